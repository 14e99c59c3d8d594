/* network.h - the engine: shares the bits of packets' digests among the queries over network(). It finds a distribution over sets of queries, each set
 * within the budget, such that each query is in as many packets as it asks for; chooses codes and schedules; and by which fields packets are told
 * apart. The weaver (weave/pint*.c) carries it out, the collector reads digests by it. Everything lives in the compilation's arena.
 */
#ifndef PLAN_NETWORK_H
#define PLAN_NETWORK_H

#include "ir/network.h"
#include "manifest/manifest.h"
#include "plan/program.h"

/* A field that makes the packet's number, of the program's schema; 0 where the header is absent. In this order. */
struct plan_identity {
	uint32_t header, field;
	uint32_t width; /* at most 128 */
	struct str text; /* "ipv4.identification" */
};

/* A query's share of all packets. */
struct plan_network_share {
	double asked, got;
};

struct plan_network {
	const struct ir_network *network;
	/* Sets, codes, seeds: what the manifest says. Its queries are the network's, by index; `fields` and `filter` are of the graph. */
	struct manifest_network plan;
	VEC(struct plan_identity) identity;
	VEC(struct plan_network_share) shares; /* by query */
	uint32_t hops; /* for which the schedules are made */
};

#define PLAN_NETWORK_LAST 15

struct plan_network_options {
	uint32_t hops;	    /* typical length of a path; 0: 8 */
	uint32_t plan;	    /* its number, 1 to PLAN_NETWORK_LAST; 0: made from what is in it */
	uint32_t ethertype; /* of the shim; 0: NETWORK_ETHERTYPE */
};

/* NULL after errors in `d`: queries that don't fit together are told with what is missing. */
struct plan_network *plan_network_make(struct arena *a, struct diags *d, const struct ir_network *n, const struct plan_program *p,
				       const struct plan_network_options *o);
/* The manifest's section for a program that was woven from it: `g` has the same queries over network(), maybe with other fields before
 * theirs. */
void plan_network_describe(struct arena *a, const struct plan_network *n, const struct ir_graph *g, struct manifest_network *ret);
#define PLAN_NETWORK_SWITCHES 100

struct plan_network_expect {
	uint32_t switches; /* that there are */
	/* Of a flow: until a path of the plan's length is known, on average (0: not in 5000), and what 99 of 100 flows need; until a hop is seen once;
	 * until there is one value. */
	double packets, most_packets;
	double error; /* of numbers: by how much of itself a value may be wrong in its code */
};

/* Simulated, always alike. switches 0: PLAN_NETWORK_SWITCHES. */
struct plan_network_expect plan_network_expect(struct arena *a, const struct plan_network *n, uint32_t query, uint32_t switches);
/* -d plan */
void plan_network_print(FILE *out, const struct plan_network *n);

/* --- the linear program (network_lp.c) --- */

#define PLAN_NETWORK_MIX (IR_NETWORK_QUERIES + 1)

/* What the engine knows of a query; `share`: of 2^32. */
struct plan_network_need {
	uint32_t bits;
	uint64_t share;
};

struct plan_network_mix {
	uint32_t members; /* bit i: query i is in the set */
	uint64_t share;	  /* of 2^32; all together make 2^32 */
};

/* Finds the distribution over sets within `budget`: each need is met (but for rounding by a few 2^-32), and packets that are left over go to the queries
 * in proportion to what they need. `ret` has room for PLAN_NETWORK_MIX; returns the number of sets, at most n + 1; 0: there is none.
 * Deterministic. */
uint32_t plan_network_mix(struct arena *a, const struct plan_network_need *needs, uint32_t n, uint32_t budget,
			  struct plan_network_mix *ret);

#endif
