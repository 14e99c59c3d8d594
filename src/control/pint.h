/* pint.h - the collector of queries over network(): takes what the last switches report of packets, decodes it flow by flow, and hands on
 * rows at the end of epochs, as control.h does for ordinary queries. It knows nothing of devices: whoever reads the reports calls it.
 *
 * Columns of rows (docs/json.md):
 *	static     the flow's fields; `path` (a list by hop, null where nothing is known yet; called as the value unless that is switch_id),
 *	           `packets` of the flow since its route is what it is, `decoded_after` how many of them (null: not decoded), `hops`, `known` (hops),
 *	           `contradictions` (how often digests contradicted each other or the path so far: nothing is known while packets take several at once),
 *	           `route` (which one of the flow it is, from 1)
 *	quantile   the flow's fields, `hop`; `p50`..., `packets`
 *	max...     the flow's fields; `max`, `min` or `sum`, `packets`
 *	as a tag   the flow's fields, `switch` and `port` where it was; `max` or `min`, `bucket` (of 32), `packets` that tell of this place
 * Digests that don't carry a query's part, or belong to another plan, are no packets of it.
 */
#ifndef CONTROL_PINT_H
#define CONTROL_PINT_H

#include "ir/eval.h"
#include "manifest/manifest.h"

struct pint_collector;

/* A packet that left the network. */
struct pint_report {
	uint64_t time_ns;   /* when it arrived at the last switch, on its clock */
	uint32_t switch_id; /* the last switch; 0: not known */
	uint32_t plan;	    /* the shim's */
	uint32_t pid, hops, digest;
	uint32_t there;	    /* bit i: the packet has field i */
	const struct ir_value *fields; /* by manifest_network.fields; good during the call */
};

struct pint_collector_options {
	/* The ids that switches may have, and which are linked; copied. NULL: paths are asked of switches that nobody knows, an error. */
	const struct pint_universe *switches;
	uint32_t max_flows; /* of each query, at once; 0: 65536. Packets of more are counted */
	uint32_t idle_epochs; /* paths of flows without a packet for so long are forgotten; 0: 60 */
	bool eager; /* try to decode a path after each packet, not only after each tenth more */
};

struct pint_collector_counts {
	uint64_t reports;
	uint64_t foreign;  /* of another plan: not read */
	uint64_t too_long; /* more hops than digests can tell */
	uint64_t lost;	   /* reports that were overwritten before they were read */
	uint64_t crowded;  /* packets of flows for which there was no room, over all queries */
	uint64_t changes;  /* routes that changed */
	uint64_t contradicted; /* paths that did not end at the switch that reported them: not believed */
};

/* `m`->network of a program whose graph is `g`. NULL after errors in `d`. malloc'd: lives with the run. */
struct pint_collector *pint_collector_open(struct arena *a, struct diags *d, const struct manifest *m, struct ir_graph *g,
					   const struct pint_collector_options *o, ir_emit *emit, void *user);
void pint_collector_close(struct pint_collector *c);
void pint_collector_report(struct pint_collector *c, const struct pint_report *r);
/* Takes the rows of the query that the last switches' reports come from (NETWORK_REPORTS), of one epoch: columns pid, hops, digest, there, then the
 * fields. Their time is `time_in` where there is such a column, else the beginning of their epoch. False: they are of another query. */
bool pint_collector_result(struct pint_collector *c, const struct ir_result *r, uint32_t switch_id);
/* All packets that arrived before `now` have been reported: epochs that ended are told. */
void pint_collector_advance(struct pint_collector *c, uint64_t now);
/* The end: whatever is open is told. */
void pint_collector_finish(struct pint_collector *c);
/* Does this row of static values tell nothing because digests contradict each other: do packets take several paths at once? */
bool pint_collector_is_mixed(const struct ir_result *r, uint32_t row);
const struct pint_collector_counts *pint_collector_counts(const struct pint_collector *c);

#endif
