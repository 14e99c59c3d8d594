/* share.h - queries whose rows can be worked out of one table get one. */
#ifndef PLAN_SHARE_H
#define PLAN_SHARE_H

#include "plan/plan.h"

/* Needs lowered states. Adds to p->states those that are shared; the states that they are for become parts of them. */
void plan_share(struct plan *p, const struct plan_options *o);

#endif
