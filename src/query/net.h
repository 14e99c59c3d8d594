/* net.h - a query over network() while its operators are checked: network.c and network_aggregate.c. */
#ifndef QUERY_NET_H
#define QUERY_NET_H

#include "query/check.h"

/* What has been said once. */
enum said { SAID_AGGREGATE, SAID_BITS, SAID_FREQUENCY, SAID_SPACE, SAID_COUNT };

struct net {
	struct checker *c;
	struct def *def;
	struct ir_net_query *q;
	struct flow flow;     /* for the conditions of filters */
	struct ir_query none; /* its query */
	const struct tree_op *said[SAID_COUNT];
	uint32_t nops;
	bool bad;
};

/* An error at a place of the query. */
void query_net_wrong(struct net *n, struct span at, const char *what);
/* Each of these is said once: false, with an error, when it was said before. */
bool query_net_once(struct net *n, enum said what, const struct tree_op *op);
/* A share as it is written, in (0, 1]: 15/16, 0.25, 1. */
bool query_net_fraction(struct checker *c, struct tree *t, struct ir_net_fraction *ret);

/* network_aggregate.c */
void query_per_flow(struct net *n, const struct tree_op *op);
void query_per_packet(struct net *n, const struct tree_op *op);

#endif
