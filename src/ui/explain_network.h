/* explain_network.h - what queries over network() get, for people and programs. */
#ifndef UI_EXPLAIN_NETWORK_H
#define UI_EXPLAIN_NETWORK_H

#include "plan/network.h"

void explain_network_text(FILE *out, struct arena *a, const struct plan_network *p);
void explain_network_json(FILE *out, struct arena *a, const struct plan_network *p);

#endif
