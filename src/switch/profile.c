#include "switch/profile.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "switch/memory.h"
#include "switch/table.h"

struct member {
	bool used;
	uint16_t action;
	void *data;
};

struct choice {
	bool used;
	uint32_t *members; /* in the order in which they were added */
	uint32_t n, cap;
};

struct sw_profile {
	const struct ps_profile_info *info;
	const struct ps_action_info *actions;
	struct member *members;
	struct choice *groups;
	uint32_t nmembers, ngroups; /* handles are below these */
};

struct sw_profile *
sw_profile_make(const struct ps_profile_info *info, const struct ps_action_info *actions)
{
	struct sw_profile *p = alloc(1, sizeof(*p));

	p->info = info;
	p->actions = actions;
	return p;
}

struct sw_profile *
sw_profile_copy(const struct sw_profile *from)
{
	struct sw_profile *p = sw_dup(from, sizeof(*from));

	p->members = sw_dup(from->members, from->nmembers * sizeof(*p->members));
	p->groups = sw_dup(from->groups, from->ngroups * sizeof(*p->groups));
	for (uint32_t i = 0; i < p->nmembers; i++)
		if (p->members[i].data)
			p->members[i].data = sw_dup(from->members[i].data, p->actions[p->members[i].action].data_size);
	for (uint32_t i = 0; i < p->ngroups; i++)
		p->groups[i].members = sw_dup(from->groups[i].members, from->groups[i].cap * sizeof(uint32_t));
	return p;
}

void
sw_profile_free(struct sw_profile *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->nmembers; i++)
		free(p->members[i].data);
	for (uint32_t i = 0; i < p->ngroups; i++)
		free(p->groups[i].members);
	free(p->members);
	free(p->groups);
	free(p);
}

bool
sw_member_exists(const struct sw_profile *p, uint32_t member)
{
	return member < p->nmembers && p->members[member].used;
}

bool
sw_choice_exists(const struct sw_profile *p, uint32_t group)
{
	return group < p->ngroups && p->groups[group].used;
}

uint32_t
sw_member_handles(const struct sw_profile *p)
{
	return p->nmembers;
}

uint32_t
sw_choice_handles(const struct sw_profile *p)
{
	return p->ngroups;
}

int
sw_member_get(const struct sw_profile *p, uint32_t member, uint16_t *ret_action, const uint8_t **ret_data)
{
	if (!sw_member_exists(p, member))
		return -ENOENT;
	*ret_action = p->members[member].action;
	*ret_data = p->members[member].data;
	return 0;
}

int
sw_choice_get(const struct sw_profile *p, uint32_t group, const uint32_t **ret_members, uint32_t *ret_n)
{
	if (!sw_choice_exists(p, group))
		return -ENOENT;
	*ret_members = p->groups[group].members;
	*ret_n = p->groups[group].n;
	return 0;
}

static void
set_member(const struct sw_profile *p, struct member *m, uint16_t action, const void *data)
{
	free(m->data);
	*m = (struct member){ .used = true, .action = action, .data = sw_dup(data, p->actions[action].data_size) };
}

int
sw_member_create(struct sw_profile *p, uint16_t action, const void *data, uint32_t *ret_handle)
{
	uint32_t i = 0;

	while (i < p->nmembers && p->members[i].used)
		i++;
	if (p->info->size && i >= p->info->size)
		return -ENOSPC;
	if (i == p->nmembers) {
		p->members = sw_grow(p->members, i, i + 1, sizeof(*p->members));
		p->nmembers++;
	}
	set_member(p, &p->members[i], action, data);
	*ret_handle = i;
	return 0;
}

int
sw_member_modify(struct sw_profile *p, uint32_t member, uint16_t action, const void *data)
{
	if (!sw_member_exists(p, member))
		return -ENOENT;
	set_member(p, &p->members[member], action, data);
	return 0;
}

int
sw_member_delete(struct sw_profile *p, uint32_t member)
{
	if (!sw_member_exists(p, member))
		return -ENOENT;
	for (uint32_t i = 0; i < p->ngroups; i++)
		for (uint32_t k = 0; k < p->groups[i].n; k++)
			if (p->groups[i].members[k] == member)
				return -EBUSY;
	p->members[member].used = false;
	return 0;
}

int
sw_choice_create(struct sw_profile *p, uint32_t *ret_handle)
{
	uint32_t i = 0;

	while (i < p->ngroups && p->groups[i].used)
		i++;
	if (i == p->ngroups) {
		p->groups = sw_grow(p->groups, i, i + 1, sizeof(*p->groups));
		p->ngroups++;
	}
	p->groups[i].used = true;
	p->groups[i].n = 0;
	*ret_handle = i;
	return 0;
}

int
sw_choice_delete(struct sw_profile *p, uint32_t group)
{
	if (!sw_choice_exists(p, group))
		return -ENOENT;
	p->groups[group].used = false;
	p->groups[group].n = 0;
	return 0;
}

int
sw_choice_add(struct sw_profile *p, uint32_t group, uint32_t member)
{
	struct choice *g;

	if (!sw_choice_exists(p, group) || !sw_member_exists(p, member))
		return -ENOENT;
	g = &p->groups[group];
	for (uint32_t i = 0; i < g->n; i++)
		if (g->members[i] == member)
			return -EEXIST;
	if (g->n == g->cap) {
		uint32_t cap = g->cap ? g->cap * 2 : 4;

		g->members = sw_grow(g->members, g->cap, cap, sizeof(*g->members));
		g->cap = cap;
	}
	g->members[g->n++] = member;
	return 0;
}

int
sw_choice_remove(struct sw_profile *p, uint32_t group, uint32_t member)
{
	struct choice *g;

	if (!sw_choice_exists(p, group))
		return -ENOENT;
	g = &p->groups[group];
	for (uint32_t i = 0; i < g->n; i++)
		if (g->members[i] == member) {
			memmove(g->members + i, g->members + i + 1, (g->n - i - 1) * sizeof(*g->members));
			g->n--;
			return 0;
		}
	return -ENOENT;
}

/* --- tables --- */

static void
resolve_group(struct ps_table *t, const struct ps_entry *e, const struct sw_profile *p)
{
	uint32_t number = (e->group & ~PS_GROUP) - 1;
	const struct choice *g = sw_choice_exists(p, number) ? &p->groups[number] : NULL;
	uint32_t n = g ? g->n : 0;
	uint16_t *actions = alloc(n, sizeof(*actions));
	const void **data = alloc(n, sizeof(*data));

	for (uint32_t i = 0; i < n; i++) {
		actions[i] = p->members[g->members[i]].action;
		data[i] = p->members[g->members[i]].data;
	}
	sw_table_set_choice(t, e, actions, data, n);
	free(actions);
	free(data);
}

static void
resolve(struct ps_table *t, const struct ps_entry *e, const struct sw_profile *p)
{
	uint32_t group = e->group, handle = e->handle;
	const struct member *m;

	if (group & PS_GROUP) {
		resolve_group(t, e, p);
		return;
	}
	if (!group || !sw_member_exists(p, group - 1))
		return;
	m = &p->members[group - 1];
	if (handle == PS_DEFAULT_ENTRY)
		sw_table_set_default(t, m->action, m->data);
	else
		sw_table_modify(t, handle, m->action, m->data);
	sw_table_set_group(t, handle, group);
}

void
sw_table_resolve(struct ps_table *t, const struct sw_profile *p)
{
	for (uint32_t i = 0; i < sw_table_handles(t); i++) {
		const struct ps_entry *e = sw_table_entry(t, i);

		if (e)
			resolve(t, e, p);
	}
	resolve(t, t->default_entry, p);
}
