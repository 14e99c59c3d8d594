/* stages_walk.h - the logical tables of a control, in the order in which they run, with what they read and write. */
#ifndef PLAN_STAGES_WALK_H
#define PLAN_STAGES_WALK_H

#include "plan/stages.h"

/* Storage by its path: "0.ipv4.ttl" (0 headers, 1 metadata, 2 standard metadata), "v12" for a local variable by its declaration. */
struct stages_paths {
	struct str *v;
	uint32_t n, cap;
};

/* One of the ways that a condition chooses between: packets take one of them. */
struct stages_arm {
	uint32_t branch, arm;
};

struct stages_code {
	uint32_t index;
	struct stages_item item;
	struct stages_paths matches; /* keys, and the conditions that it runs under */
	struct stages_paths reads, writes; /* of actions */
	VEC(struct stages_arm) arms; /* in which it is, outermost first */
	VEC(uint32_t) guards; /* tables whose result decides whether it runs */
};

struct stages_found {
	VEC(struct stages_code) codes;
};

void stages_walk(struct arena *a, const struct plan_program *p, const struct plan_model *m, const struct p4_inst *inst,
		 struct stages_found *ret);

#endif
