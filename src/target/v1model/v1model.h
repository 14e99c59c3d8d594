/* v1model.h - v1model as a target of the planner: BMv2's simple_switch and the embedded switch.
 * What its metadata give for nothing at each instant, and its limits. */
#ifndef TARGET_V1MODEL_V1MODEL_H
#define TARGET_V1MODEL_V1MODEL_H

#include "plan/plan.h"

extern const struct plan_target v1model;

#endif
