/* table.h - building and changing the tables that generated code looks into (packetscope/table.h).
 *
 * A table owns its entries and never moves them; a modification changes one in place, between two look-ups. No change to a table
 * without ranges takes more than a bounded number of steps, however many entries there are. Handles count from 0,
 * the lowest free number first, as `table_add` of simple_switch_CLI prints them. Functions return 0 or -errno.
 */
#ifndef SWITCH_TABLE_H
#define SWITCH_TABLE_H

#include "packetscope/table.h"

/* A table with the const or initial entries and the default action of `info`. `actions` is the program's list; both must outlive
 * the table. */
struct ps_table *sw_table_make(const struct ps_table_info *info, const struct ps_action_info *actions);
struct ps_table *sw_table_copy(const struct ps_table *t);
void sw_table_free(struct ps_table *t);

/* value, mask: key_size bytes, mask as in ps_entry_init (NULL: all exact). data: data_size bytes of the action (NULL: none).
 * -EEXIST: the same match is there already (with the same priority, where priorities count); -ENOSPC: the table is full. */
int sw_table_insert(struct ps_table *t, const void *value, const void *mask, int32_t priority, uint16_t action,
	const void *data, uint32_t *ret_handle);
/* -ENOENT: no entry has this handle. */
int sw_table_modify(struct ps_table *t, uint32_t handle, uint16_t action, const void *data);
int sw_table_delete(struct ps_table *t, uint32_t handle);
void sw_table_clear(struct ps_table *t);
void sw_table_set_default(struct ps_table *t, uint16_t action, const void *data);
void sw_table_reset_default(struct ps_table *t);

/* Makes the entry (PS_DEFAULT_ENTRY: the default action) stand for what `group` says (ps_entry.group): 1 + a member's number, or PS_GROUP
 * + 1 + a group's number. sw_table_resolve (profile.h) must follow. -ENOENT. */
int sw_table_set_group(struct ps_table *t, uint32_t handle, uint32_t group);
/* Replaces the copies of the entry at `cell` (ps_entry.counter), one for each of n actions. The table copies them. */
void sw_table_set_choice(struct ps_table *t, const struct ps_entry *e, const uint16_t *actions, const void *const *data,
	uint32_t n);
/* The handle that the next insertion will give. */
uint32_t sw_table_next_handle(const struct ps_table *t);
/* NULL when there is none. */
const struct ps_entry *sw_table_entry(const struct ps_table *t, uint32_t handle);
/* What the entry matches, key_size bytes each: values, masks, and (NULL in tables without ranges) high ends. -ENOENT. */
int sw_table_match(const struct ps_table *t, uint32_t handle, const void **ret_value, const void **ret_mask,
	const void **ret_high);
/* Handles are below this. */
uint32_t sw_table_handles(const struct ps_table *t);
uint32_t sw_table_count(const struct ps_table *t);
/* Entries that fit. */
uint32_t sw_table_size(const struct ps_table *t);
/* Slots, rows and groups that the last change touched: what it cost. */
uint64_t sw_table_work(const struct ps_table *t);
const struct ps_table_info *sw_table_info(const struct ps_table *t);
/* Whether priorities decide: ternary, optional and range matches. */
bool sw_table_has_priority(const struct ps_table_info *info);

#endif
