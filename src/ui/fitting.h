/* fitting.h - fits a compilation's queries into the switch that is asked for: the target's model, the load that a training capture
 * shows, splits that the user forces. */
#ifndef UI_FITTING_H
#define UI_FITTING_H

#include "plan/fit.h"
#include "ui/compile.h"

/* Sets the splits and rows in `ret`, which are the options of the plan, and c->fit. Does nothing for the target `soft` without
 * anything forced, unless o->fit.always. False after errors. */
bool fitting(struct compilation *c, const struct compile_options *o, const struct plan_target *t, struct plan_options *ret);

#endif
