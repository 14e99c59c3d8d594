/* writes.h - what a control of the user's program may write. */
#ifndef PLAN_WRITES_H
#define PLAN_WRITES_H

#include "plan/program.h"

/* Fills `w` for the control or parser `inst`; needs p's schema. */
void plan_writes_find(struct arena *a, struct plan_program *p, const struct p4_inst *inst, struct plan_writes *w);
/* The same for some of its statements. */
void plan_writes_of(struct arena *a, struct plan_program *p, const struct p4_inst *inst, const struct p4_list *stmts,
		    struct plan_writes *w);
/* Fills p->states. */
void plan_states_find(struct arena *a, struct plan_program *p, const struct p4_inst *parser);

#endif
