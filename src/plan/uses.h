/* uses.h - what the states of a plan read, and when. */
#ifndef PLAN_USES_H
#define PLAN_USES_H

#include "plan/plan.h"

struct plan_use {
	const struct ir_expr *expr;
	enum ir_instant at;
	const struct plan_state *state;
	/* The state only cares about packets that no mark has dropped: it may read a field as it is at the control's end. */
	bool alive;
};

struct plan_uses {
	VEC(struct plan_use) all;
};

/* In order of states; allocated in `a`. */
void plan_uses(struct arena *a, const struct plan *p, struct plan_uses *ret);

/* Does `e` hold only for packets that leave their control's end undropped? `egress`: port_out tells, else port_intent. */
bool plan_only_alive(const struct ir_expr *e, bool egress);

/* Bits of a field as the program or the target keeps it: an output port has 9, a time 48. */
uint32_t plan_field_bits(const struct ir_field *f);
/* The bits of a value that are not always 0: lo .. lo + n - 1. */
struct plan_range {
	uint32_t lo, n;
};
struct plan_range plan_range_of(const struct plan *p, const struct ir_expr *e);

/* The plan's own view of a field: the target's, unless the placement is to know nothing of the program. */
enum plan_access plan_access_of(const struct plan *p, const struct ir_field *f, enum ir_instant at);

#endif
