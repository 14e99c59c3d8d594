/* lower.h - from a query's operators to the state it needs in the data plane: one guard, keys, values, sizes. */
#ifndef PLAN_LOWER_H
#define PLAN_LOWER_H

#include "plan/plan.h"

/* Adds the state of query q to p->states. False after an error. */
bool lower_query(struct plan *p, struct diags *d, const struct ir_query *q, const struct plan_options *o);

/* The earliest instant at which an expression's inputs all exist. */
enum ir_instant lower_birth(const struct ir_expr *e);

#endif
