/* place.h - which values packets carry: tags, and the bits they get. */
#ifndef PLAN_PLACE_H
#define PLAN_PLACE_H

#include "plan/plan.h"

/* Needs lowered states; fills p->tags. */
void place_tags(struct plan *p);
/* Needs tags; fills p->slots, the tags' places, and the totals. */
void place_slots(struct plan *p);

#endif
