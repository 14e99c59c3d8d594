/* network_inside.h - what the engine's files know of each other. */
#ifndef PLAN_NETWORK_INSIDE_H
#define PLAN_NETWORK_INSIDE_H

#include "plan/network.h"

/* network_identity.c: which fields packets are told apart by. False after an error. */
bool plan_network_identity(struct arena *a, struct diags *d, const struct plan_program *p, struct plan_network *ret);
#define PLAN_NETWORK_VALIDITY UINT32_MAX
/* May the program change the field (PLAN_NETWORK_VALIDITY: none), or add or remove its header? */
bool plan_network_changes(const struct plan_program *p, uint32_t header, uint32_t field);

/* network_code.c: how a query's values are coded in `copies` times its bits. False after an error. */
bool plan_network_code(struct arena *a, struct diags *d, const struct ir_net_query *q, const struct plan_program *p, uint32_t hops,
		       struct network_query *ret);

/* network_number.c: the number of a plan that is made but for that, 1 to PLAN_NETWORK_LAST. */
uint32_t plan_network_number(const struct plan_network *p);

/* network_refuse.c: says why the queries don't fit the budget; and whether a query's space is enough for the values of a single hop (an error if it isn't). */
void plan_network_refuse(struct arena *a, struct diags *d, const struct ir_network *n, const struct plan_network_need *needs);
bool plan_network_has_space(struct diags *d, const struct ir_net_query *q);

#endif
