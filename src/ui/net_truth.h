/* net_truth.h - decoded paths against those that packets really took, which the world knows.
 *
 * A report in a switch's ring belongs to the packet that leaves the switch right behind it. So its number leads to the true path; the report's flow
 * then has gone that way.
 */
#ifndef UI_NET_TRUTH_H
#define UI_NET_TRUTH_H

#include "ui/net.h"

struct net_truth_counts {
	uint64_t reports, unmatched; /* unmatched: of packets that did not leave, or with a number that another one had too */
	uint64_t flows;		     /* that took at least one path, over all queries about paths */
	uint64_t decoded;	     /* of those, some row told the path */
	uint64_t rows;		     /* with a whole path: */
	uint64_t right, stale, wrong; /* a path of this epoch's packets; one that the flow took before; neither */
	uint64_t mixed;		     /* rows without a path, as packets took several */
};

/* `r`->arena's; NULL: there are no queries about paths of switches. */
struct net_truth *net_truth_make(struct net_run *r, const struct compilation *c);
/* A packet leaves switch `s` towards a host. */
void net_truth_last_hop(struct net_truth *t, struct net_switch *s, const struct net_packet *p);
/* What a switch reported, before the collector gets it. */
void net_truth_reports(struct net_truth *t, const struct net_switch *s, const struct ir_result *r);
/* A result of the collector. */
void net_truth_result(struct net_truth *t, const struct ir_result *r);
struct net_truth_counts net_truth_counts(const struct net_truth *t);

#endif
