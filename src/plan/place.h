/* place.h - which values packets carry: tags, and the bits they get. */
#ifndef PLAN_PLACE_H
#define PLAN_PLACE_H

#include "plan/plan.h"

/* Needs lowered states; the least bits that any placement of them carries over each boundary: p->least_bits, lower_bound. */
void place_bound(struct plan *p);
/* Needs lowered states; fills p->tags, row_tag of states, and what the weaver must follow. */
void place_tags(struct plan *p);
/* Needs tags; fills p->slots, the tags' places in them, live_bits and allocated. */
void place_slots(struct plan *p);

#endif
