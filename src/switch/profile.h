/* profile.h - members and groups of action profiles and selectors, and what tables make of them. Handles count from 0, the
 * lowest free one first. Functions return 0 or -errno: -ENOENT, -EEXIST, -ENOSPC, -EBUSY. */
#ifndef SWITCH_PROFILE_H
#define SWITCH_PROFILE_H

#include "packetscope/table.h"

struct sw_profile;

struct sw_profile *sw_profile_make(const struct ps_profile_info *info, const struct ps_action_info *actions);
struct sw_profile *sw_profile_copy(const struct sw_profile *p);
void sw_profile_free(struct sw_profile *p);

int sw_member_create(struct sw_profile *p, uint16_t action, const void *data, uint32_t *ret_handle);
int sw_member_modify(struct sw_profile *p, uint32_t member, uint16_t action, const void *data);
/* -EBUSY: a group has it. */
int sw_member_delete(struct sw_profile *p, uint32_t member);
bool sw_member_exists(const struct sw_profile *p, uint32_t member);
int sw_choice_create(struct sw_profile *p, uint32_t *ret_handle);
int sw_choice_delete(struct sw_profile *p, uint32_t group);
bool sw_choice_exists(const struct sw_profile *p, uint32_t group);
int sw_choice_add(struct sw_profile *p, uint32_t group, uint32_t member);
int sw_choice_remove(struct sw_profile *p, uint32_t group, uint32_t member);

/* Handles are below these. */
uint32_t sw_member_handles(const struct sw_profile *p);
uint32_t sw_choice_handles(const struct sw_profile *p);
/* What a member does, data as ps_entry.data has it; what a group has. -ENOENT. */
int sw_member_get(const struct sw_profile *p, uint32_t member, uint16_t *ret_action, const uint8_t **ret_data);
int sw_choice_get(const struct sw_profile *p, uint32_t group, const uint32_t **ret_members, uint32_t *ret_n);

/* Gives all entries of the table that stand for members and groups their actions. */
void sw_table_resolve(struct ps_table *t, const struct sw_profile *p);

#endif
