/* load.h - how many tuples a query's operators let through, and how many keys it has: measured on a training capture, or assumed. */
#ifndef PLAN_LOAD_H
#define PLAN_LOAD_H

#include "ir/graph.h"

/* What is assumed without a training capture. */
#define PLAN_LOAD_PACKETS 100000.0 /* a second */
#define PLAN_LOAD_PASS 0.25	   /* of the tuples pass a filter */
#define PLAN_LOAD_KEYS 0.05	   /* keys for each tuple of an epoch, at most 2^bits of them */

struct plan_query_load {
	double *tuples;	  /* a second: [0] of the stream, [i] after operator i - 1, up to the first stateful one */
	uint32_t n;	  /* operators counted */
	double keys;	  /* distinct ones in an epoch, on average */
	double peak_keys; /* in the epoch that has most */
};

struct plan_load {
	struct str source; /* the capture; "" for assumptions */
	double seconds;	   /* of the capture */
	uint64_t packets;
	struct plan_query_load *queries; /* by query */
};

void plan_load_assume(struct arena *a, const struct ir_graph *g, struct plan_load *ret);

/* How many of a query's operators a switch can run: those up to the first stateful one and it; of a plain stream all filters
 * and maps that it begins with. */
uint32_t plan_operators(const struct ir_query *q);
/* How many it has to: the filters of a loss are the switch's, as both sides of the queue must count the same packets. */
uint32_t plan_operators_least(const struct ir_query *q);

/* The fraction of `keys` keys in an epoch that find no row in `stages` tables of `rows` rows, of which those of the
 * `generations` - 1 epochs before it are still taken. */
double plan_overflow(double keys, uint32_t rows, uint32_t stages, uint32_t generations);

#endif
