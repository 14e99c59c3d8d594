/* never.h - finds filters that can never hold, because the program never writes the field that is said to change. */
#ifndef PLAN_NEVER_H
#define PLAN_NEVER_H

#include "plan/program.h"

/* Warns for each filter of the graph's queries that is false for every packet of this program. */
void never_warn(struct diags *d, const struct ir_graph *g, const struct plan_program *p);

#endif
