/* cut.h - what has to cross a boundary: the cheapest set of values from which everything that is read behind it can be worked out
 * again. Pure graph, knows nothing of packets.
 *
 * The graph is that of expressions: a node's operands are others. Behind the boundary a node can be had if it crosses, or if it is
 * `free` there, or if it has operands and all of them can be had. Only nodes that are `known` before the boundary can cross. The
 * cheapest set is a minimum vertex cut between the leaves that end at the boundary and what is read behind it (docs/planner.md).
 */
#ifndef PLAN_CUT_H
#define PLAN_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"

struct cut_node {
	uint32_t bits; /* to carry it */
	bool known;    /* can be had before the boundary; needs all its operands known */
	bool free;     /* can be had behind it for nothing: a constant, a field that still stands */
	bool wanted;   /* is read behind it */
	VEC(uint32_t) operands; /* none: a leaf, which can be had where it is free or carried */
};

struct cut {
	VEC(struct cut_node) nodes;
};

#define CUT_IMPOSSIBLE UINT64_MAX

/* Sets crosses[i] of every node that is to be carried; returns the bits of all of them, which no other set goes below. Of several
 * cheapest sets it is the one with the most worked out before the boundary when `early`, else the one with the least; either way
 * the sets of consecutive boundaries fit together. CUT_IMPOSSIBLE: something wanted hangs on a leaf that is neither free nor known. */
uint64_t cut_cheapest(struct arena *a, const struct cut *c, bool early, bool *crosses);

#endif
