/* Commands about action profiles and selectors, and about table entries that stand for their members and groups. */
#include <errno.h>

#include "base/arena.h"
#include "switch/apply.h"
#include "switch/internal.h"
#include "switch/profile.h"
#include "switch/table.h"

static struct sw_profile *
shadow(struct apply *ap, uint32_t profile)
{
	if (!ap->profiles[profile])
		ap->profiles[profile] = sw_profile_copy(ap->sw->objects.profiles[profile]);
	return ap->profiles[profile];
}

static bool
number(struct apply *ap, struct sw_arg arg, const char *what, uint32_t *ret)
{
	uint64_t v;

	if (!sw_number(ap->arena, ap->diags, arg, INT32_MAX - 1, what, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool
missing(struct apply *ap, uint32_t profile, struct sw_arg arg, const char *what)
{
	if (!ap->profiles_doubtful[profile])
		diag_error(ap->diags, arg.at, "profile '%s' has no %s %.*s", ap->program->profiles[profile].name, what,
			STRA(arg.text));
	return false;
}

/* A table that uses the profile: its actions are the profile's. NULL: reported. */
static const struct ps_table_info *
user(struct apply *ap, uint32_t profile, const struct sw_command *c)
{
	for (uint32_t i = 0; i < ap->program->ntables; i++)
		if (ap->program->tables[i].profile == (int32_t)profile)
			return &ap->program->tables[i];
	diag_error(ap->diags, c->target.at, "no table uses profile '%s'", ap->program->profiles[profile].name);
	return NULL;
}

static bool
set_member(struct apply *ap, uint32_t profile, const struct sw_command *c)
{
	const struct ps_table_info *t = user(ap, profile, c);
	int action = t ? sw_apply_action(ap, t, c) : -1;
	uint8_t *data = action < 0 ? NULL : sw_apply_data(ap, t, &ap->program->actions[action], c, c->nargs);
	uint32_t handle;

	if (c->kind == SW_MEMBER_MODIFY) {
		if (!number(ap, c->handle, "a member's handle", &handle) || !data)
			return false;
		return !sw_member_modify(shadow(ap, profile), handle, (uint16_t)action, data) ||
		       missing(ap, profile, c->handle, "member");
	}
	if (!data)
		return false;
	if (!sw_member_create(shadow(ap, profile), (uint16_t)action, data, &handle)) {
		ap->handle = handle;
		return true;
	}
	diag_error(ap->diags, c->at, "profile '%s' is full: its size is %u", ap->program->profiles[profile].name,
		ap->program->profiles[profile].size);
	return false;
}

/* Whether some table has an entry or a default action that stands for it. Reported. */
static bool
is_used(struct apply *ap, uint32_t profile, struct sw_arg arg, uint32_t group, const char *what)
{
	for (uint32_t i = 0; i < ap->program->ntables; i++) {
		const struct ps_table *t;
		bool used;

		if (ap->program->tables[i].profile != (int32_t)profile)
			continue;
		t = sw_apply_shadow(ap, i);
		used = t->default_entry->group == group;
		for (uint32_t k = 0; !used && k < sw_table_handles(t); k++)
			used = sw_table_entry(t, k) && sw_table_entry(t, k)->group == group;
		if (!used)
			continue;
		diag_error(ap->diags, arg.at, "%s %.*s is used by table '%s'", what, STRA(arg.text),
			ap->program->tables[i].name);
		return true;
	}
	return false;
}

static bool
delete(struct apply *ap, uint32_t profile, const struct sw_command *c)
{
	bool is_member = c->kind == SW_MEMBER_DELETE;
	uint32_t handle;
	int err;

	if (!number(ap, c->args[0], is_member ? "a member's handle" : "a group's handle", &handle))
		return false;
	if (is_used(ap, profile, c->args[0], (handle + 1) | (is_member ? 0 : PS_GROUP), is_member ? "member" : "group"))
		return false;
	err = is_member ? sw_member_delete(shadow(ap, profile), handle) : sw_choice_delete(shadow(ap, profile), handle);
	if (err == -EBUSY)
		diag_error(ap->diags, c->args[0].at, "member %u is in a group", handle);
	else if (err)
		missing(ap, profile, c->args[0], is_member ? "member" : "group");
	return !err;
}

static bool
change_group(struct apply *ap, uint32_t profile, const struct sw_command *c)
{
	struct sw_profile *p = shadow(ap, profile);
	uint32_t member, group;
	int err;

	if (!number(ap, c->args[0], "a member's handle", &member) || !number(ap, c->args[1], "a group's handle", &group))
		return false;
	if (!sw_member_exists(p, member))
		return missing(ap, profile, c->args[0], "member");
	if (!sw_choice_exists(p, group))
		return missing(ap, profile, c->args[1], "group");
	err = c->kind == SW_CHOICE_ADD ? sw_choice_add(p, group, member) : sw_choice_remove(p, group, member);
	if (err)
		diag_error(ap->diags, c->at, "member %u is %s group %u", member, err == -EEXIST ? "already in" : "not in", group);
	return !err;
}

static bool
create_group(struct apply *ap, uint32_t profile, const struct sw_command *c)
{
	uint32_t handle;

	if (!ap->program->profiles[profile].selector) {
		diag_error(ap->diags, c->target.at, "'%s' is no action selector: it has no groups",
			ap->program->profiles[profile].name);
		return false;
	}
	if (sw_choice_create(shadow(ap, profile), &handle))
		return false;
	ap->handle = handle;
	return true;
}

static bool
change(struct apply *ap, uint32_t profile, const struct sw_command *c)
{
	if (c->kind == SW_MEMBER_CREATE || c->kind == SW_MEMBER_MODIFY)
		return set_member(ap, profile, c);
	if (c->kind == SW_MEMBER_DELETE || c->kind == SW_CHOICE_DELETE)
		return delete(ap, profile, c);
	if (c->kind == SW_CHOICE_CREATE)
		return create_group(ap, profile, c);
	return change_group(ap, profile, c);
}

/* --- tables --- */

/* table_indirect_add and the like: an entry or the default action that stands for a member or a group. */
static bool
refer(struct apply *ap, uint32_t table, const struct sw_command *c)
{
	const struct ps_table_info *t = &ap->program->tables[table];
	bool is_group = c->kind == SW_TABLE_ADD_CHOICE || c->kind == SW_TABLE_DEFAULT_CHOICE;
	uint32_t handle;

	if (t->profile < 0) {
		diag_error(ap->diags, c->target.at, "table '%s' has no action profile", t->name);
		return false;
	}
	if (!c->nargs) {
		diag_error(ap->diags, c->at, "expected a %s's handle after '=>'", is_group ? "group" : "member");
		return false;
	}
	if (!number(ap, c->args[0], is_group ? "a group's handle" : "a member's handle", &handle))
		return false;
	if (!(is_group ? sw_choice_exists(shadow(ap, (uint32_t)t->profile), handle) :
			 sw_member_exists(shadow(ap, (uint32_t)t->profile), handle)))
		return missing(ap, (uint32_t)t->profile, c->args[0], is_group ? "group" : "member");
	handle = (handle + 1) | (is_group ? PS_GROUP : 0);
	if (c->kind == SW_TABLE_ADD_MEMBER || c->kind == SW_TABLE_ADD_CHOICE)
		return sw_apply_add_group(ap, table, c, handle);
	if (t->const_default) {
		diag_error(ap->diags, c->target.at, "the default action of table '%s' is const", t->name);
		return false;
	}
	sw_table_reset_default(sw_apply_shadow(ap, table));
	return !sw_table_set_group(sw_apply_shadow(ap, table), PS_DEFAULT_ENTRY, handle);
}

void
sw_apply_profile(struct apply *ap, const struct sw_command *c)
{
	const struct ps_program *p = ap->program;
	int i;

	if (c->kind == SW_TABLE_ADD_MEMBER || c->kind == SW_TABLE_ADD_CHOICE || c->kind == SW_TABLE_DEFAULT_MEMBER ||
	    c->kind == SW_TABLE_DEFAULT_CHOICE) {
		i = sw_apply_find(ap, c->target, p->tables, p->ntables, sw_table_name, "table");
		if (i >= 0 && !refer(ap, (uint32_t)i, c))
			ap->doubtful[i] = true;
		return;
	}
	i = sw_apply_find(ap, c->target, p->profiles, p->nprofiles, sw_profile_name, "action profile");
	if (i >= 0 && !change(ap, (uint32_t)i, c))
		ap->profiles_doubtful[i] = true;
}

void
sw_apply_resolve(struct apply *ap)
{
	for (uint32_t i = 0; i < ap->program->ntables; i++) {
		int32_t profile = ap->program->tables[i].profile;
		const struct sw_profile *p;

		if (profile < 0 || (!ap->tables[i] && !ap->profiles[profile]))
			continue;
		p = ap->profiles[profile] ? ap->profiles[profile] : ap->sw->objects.profiles[profile];
		sw_table_resolve(sw_apply_shadow(ap, i), p);
	}
}
