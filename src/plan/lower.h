/* lower.h - from a query's operators to the state it needs in the data plane: one guard, keys, values, sizes. */
#ifndef PLAN_LOWER_H
#define PLAN_LOWER_H

#include "plan/plan.h"

/* Adds the state of query q to p->states. False after an error. */
bool lower_query(struct plan *p, struct diags *d, const struct ir_query *q, const struct plan_options *o);

/* `e`, a truth, with explicit tests that the headers it reads are there: an atom whose header is absent is false. */
const struct ir_expr *lower_truth(struct ir_graph *g, const struct ir_expr *e);
/* What must hold for `e` to have a value; NULL: nothing. */
const struct ir_expr *lower_presence(struct ir_graph *g, const struct ir_expr *e);

/* The earliest instant at which an expression's inputs all exist. */
enum ir_instant lower_birth(const struct ir_expr *e);
/* *at becomes that instant if it is later; e may be NULL. */
void lower_later(enum ir_instant *at, const struct ir_expr *e);

/* lower_sizes.c: sizes of the state of query q, but the widths of its keys and values. False after an error. */
bool lower_sizes(struct plan *p, struct diags *d, struct plan_state *s, const struct ir_query *q, const struct plan_options *o);

#endif
