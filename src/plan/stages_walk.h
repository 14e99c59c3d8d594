/* stages_walk.h - the logical tables of a control, in the order in which they run, with what they read and write. */
#ifndef PLAN_STAGES_WALK_H
#define PLAN_STAGES_WALK_H

#include "plan/stages.h"

/* Storage by its path: "0.ipv4.ttl" (0 headers, 1 metadata, 2 standard metadata), "v12" for a local variable by its declaration. */
struct stages_paths {
	struct str *v;
	uint32_t n, cap;
};

struct stages_code {
	uint32_t index;
	struct stages_item item;
	struct stages_paths matches; /* keys, and the conditions that it runs under */
	struct stages_paths reads, writes; /* of actions */
	VEC(uint32_t) guards; /* tables whose result decides whether it runs */
};

struct stages_found {
	VEC(struct stages_code) codes;
};

void stages_walk(struct arena *a, const struct plan_program *p, const struct plan_model *m, const struct p4_inst *inst,
		 struct stages_found *ret);

#endif
