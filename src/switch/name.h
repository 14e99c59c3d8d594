/* name.h - finding tables, actions and the like by the names that people write: the full control-plane name, or
 * its last parts when no other name ends in them. */
#ifndef SWITCH_NAME_H
#define SWITCH_NAME_H

#include "base/str.h"

/* Name i of the things in `list`. */
typedef const char *sw_name_fn(const void *list, uint32_t i);

/* -ENOENT; -ENOTUNIQ: several names end in it. */
int sw_name_find(const void *list, uint32_t n, sw_name_fn *name, struct str wanted);

sw_name_fn sw_table_name, sw_action_name, sw_register_name, sw_counter_name, sw_meter_name, sw_profile_name;

#endif
