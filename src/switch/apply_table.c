/* Commands about tables. */
#include <errno.h>
#include <stdio.h>

#include "base/arena.h"
#include "switch/apply.h"
#include "switch/table.h"

/* The actions that a table permits, as a list of names. */
struct permitted {
	const struct ps_program *program;
	const struct ps_table_info *table;
};

static const char *
permitted_name(const void *list, uint32_t i)
{
	const struct permitted *p = list;

	return p->program->actions[p->table->actions[i]].name;
}

static const char *
key_name(const void *list, uint32_t i)
{
	return ((const struct ps_key_info *)list)[i].name;
}

static const char *
param_name(const void *list, uint32_t i)
{
	return ((const struct ps_param_info *)list)[i].name;
}

struct ps_table *
sw_apply_shadow(struct apply *ap, uint32_t table)
{
	/* Checks come before changes, so that a single command does its work or leaves things as they are. */
	if (ap->in_place && ap->program->tables[table].profile < 0)
		return sw_table(ap->sw, table);
	if (!ap->tables[table])
		ap->tables[table] = sw_table_copy(sw_table(ap->sw, table));
	return ap->tables[table];
}

/* --- keys --- */

struct key {
	uint8_t *value, *mask; /* mask: as sw_table_insert has it */
};

/* Sets the low `width` bits of a native integer. */
static void
fill(uint8_t *p, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++)
		p[i / 8] |= (uint8_t)(1u << (i % 8));
}

static void
fill_prefix(uint8_t *p, uint32_t width, uint32_t prefix)
{
	for (uint32_t i = width - prefix; i < width; i++)
		p[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* What a key's field must look like. */
static const char *
form_hint(enum ps_match match, bool is_json)
{
	switch (match) {
	case PS_EXACT:
		return is_json ? "an exact match takes a single value" : "an exact match takes a value alone";
	case PS_LPM:
		return is_json ? "a longest prefix match takes [value, prefix length]" :
				 "a longest prefix match takes value/length";
	case PS_TERNARY:
		return is_json ? "a ternary match takes [value, mask]" : "a ternary match takes value&&&mask";
	case PS_RANGE:
		return is_json ? "a range match takes [low, high]" : "a range match takes low->high";
	case PS_OPTIONAL:
		return "an optional match takes a value, or value&&&mask with a mask of all bits or none";
	case PS_SELECTOR:
		return "a selector's input is not matched";
	}
	bug("match %d", (int)match);
}

static bool
has_form(enum ps_match match, enum sw_form form)
{
	switch (match) {
	case PS_EXACT:
		return form == SW_PLAIN;
	case PS_LPM:
		return form == SW_SLASH || form == SW_PAIR;
	case PS_TERNARY:
		return form == SW_MASKED || form == SW_PAIR;
	case PS_RANGE:
		return form == SW_ARROW || form == SW_PAIR;
	case PS_OPTIONAL:
		return form == SW_PLAIN || form == SW_MASKED;
	case PS_SELECTOR:
		return false;
	}
	bug("match %d", (int)match);
}

static bool
read_optional_mask(struct apply *ap, const struct ps_key_info *k, const struct sw_match *m, const char *what,
	uint8_t *mask)
{
	uint8_t *full = arena_alloc(ap->arena, k->size), *none = arena_alloc(ap->arena, k->size);

	fill(full, k->width);
	if (!sw_value(ap->arena, ap->diags, m->b, k->width, false, what, mask, k->size))
		return false;
	if (!memcmp(mask, full, k->size) || !memcmp(mask, none, k->size))
		return true;
	diag_error(ap->diags, m->b.at, "%s must have a mask of all bits or none", what);
	return false;
}

static bool
read_second(struct apply *ap, const struct ps_key_info *k, const struct sw_match *m, const char *what,
	const uint8_t *value, uint8_t *mask)
{
	uint64_t prefix;

	switch (k->match) {
	case PS_EXACT:
	case PS_SELECTOR:
		return true;
	case PS_LPM:
		if (!sw_number(ap->arena, ap->diags, m->b, k->width, "the prefix length", &prefix))
			return false;
		fill_prefix(mask, k->width, (uint32_t)prefix);
		return true;
	case PS_TERNARY:
		return sw_value(ap->arena, ap->diags, m->b, k->width, false, what, mask, k->size);
	case PS_OPTIONAL:
		if (m->form == SW_MASKED)
			return read_optional_mask(ap, k, m, what, mask);
		fill(mask, k->width);
		return true;
	case PS_RANGE:
		if (!sw_value(ap->arena, ap->diags, m->b, k->width, false, what, mask, k->size))
			return false;
		if (ps_compare(value, mask, k->size) <= 0)
			return true;
		diag_error(ap->diags, m->at, "the range's low end is above its high end");
		return false;
	}
	bug("match %d", (int)k->match);
}

bool
sw_apply_field(struct apply *ap, const struct ps_key_info *k, const struct sw_command *c, const struct sw_match *m,
	uint8_t *value, uint8_t *mask)
{
	char what[200];

	snprintf(what, sizeof(what), "key '%s'", k->name);
	if (!has_form(k->match, m->form)) {
		diag_error(ap->diags, m->at, "wrong form for %s", what);
		diag_hint(ap->diags, "%s", form_hint(k->match, c->is_json));
		return false;
	}
	return sw_value(ap->arena, ap->diags, m->a, k->width, false, what, value, k->size) &&
	       read_second(ap, k, m, what, value, mask);
}

/* A field that runtime.json leaves out matches everything, if it can. */
static bool
leave_out(struct apply *ap, const struct ps_key_info *k, const struct sw_command *c, struct key *key)
{
	if (k->match == PS_EXACT) {
		diag_error(ap->diags, c->target.at, "this entry has no value for key '%s', which is matched exactly",
			k->name);
		return false;
	}
	if (k->match == PS_RANGE)
		fill(key->mask + k->offset, k->width);
	return true;
}

/* Which match of the command belongs to each key, by name. */
static bool
pair_by_name(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c, const struct sw_match **ret)
{
	bool ok = true;

	for (uint32_t i = 0; i < c->nmatches; i++) {
		int k = sw_apply_find(ap, c->matches[i].name, t->keys, t->nkeys, key_name, "key");

		if (k >= 0 && ret[k])
			diag_error(ap->diags, c->matches[i].name.at, "key '%s' is there twice", t->keys[k].name);
		if (k < 0 || ret[k])
			ok = false;
		else
			ret[k] = &c->matches[i];
	}
	return ok;
}

static bool
pair_by_order(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c, const struct sw_match **ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->nkeys; i++)
		n += t->keys[i].match != PS_SELECTOR;
	if (n != c->nmatches) {
		diag_error(ap->diags, c->nmatches ? span_join(c->matches[0].at, c->matches[c->nmatches - 1].at) : c->at,
			"table '%s' has %u key%s, here %s %u", t->name, n, n == 1 ? "" : "s", c->nmatches == 1 ? "is" : "are",
			c->nmatches);
		return false;
	}
	n = 0;
	for (uint32_t i = 0; i < t->nkeys; i++)
		if (t->keys[i].match != PS_SELECTOR)
			ret[i] = &c->matches[n++];
	return true;
}

static bool
read_key(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c, struct key *ret)
{
	const struct sw_match **by_key = arena_array(ap->arena, const struct sw_match *, t->nkeys + 1);
	bool ok = c->is_json ? pair_by_name(ap, t, c, by_key) : pair_by_order(ap, t, c, by_key);

	ret->value = arena_alloc(ap->arena, t->key_size + 16);
	ret->mask = arena_alloc(ap->arena, t->key_size + 16);
	for (uint32_t i = 0; ok && i < t->nkeys; i++) {
		const struct ps_key_info *k = &t->keys[i];

		if (k->match == PS_SELECTOR)
			continue;
		ok = (by_key[i] ? sw_apply_field(ap, k, c, by_key[i], ret->value + k->offset, ret->mask + k->offset) :
				    leave_out(ap, k, c, ret)) && ok;
	}
	return ok;
}

/* --- actions --- */

int
sw_apply_action(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c)
{
	const struct permitted list = { ap->program, t };
	int i = sw_name_find(&list, t->nactions, permitted_name, c->action.text);
	struct str *names;

	if (i == -ENOTUNIQ)
		return sw_apply_find(ap, c->action, &list, t->nactions, permitted_name, "action");
	if (i >= 0 && t->default_only && t->default_only[i] && c->kind != SW_TABLE_SET_DEFAULT) {
		diag_error(ap->diags, c->action.at, "action '%s' can only be the default action of table '%s'",
			permitted_name(&list, (uint32_t)i), t->name);
		return -1;
	}
	if (i >= 0)
		return t->actions[i];
	names = arena_array(ap->arena, struct str, t->nactions + 1u);
	for (uint32_t k = 0; k < t->nactions; k++) {
		struct str name = str_from(permitted_name(&list, k));
		int64_t dot = str_find(c->action.text, '.') < 0 ? str_rfind(name, '.') : -1;

		names[k] = str_sub(name, (uint32_t)(dot + 1), name.n);
	}
	diag_error(ap->diags, c->action.at, "table '%s' has no action '%.*s'", t->name, STRA(c->action.text));
	diag_nearest(ap->diags, c->action.text, names, t->nactions);
	return -1;
}

static const struct sw_hidden *
find_hidden(const struct apply *ap, const struct ps_table_info *t, const struct ps_action_info *action, const char *param)
{
	for (uint32_t i = 0; i < ap->nhidden; i++) {
		const struct sw_hidden *h = &ap->hidden[i];

		if (!strcmp(h->table, t->name) && !strcmp(h->action, action->name) && !strcmp(h->param, param))
			return h;
	}
	return NULL;
}

static void
fill_hidden(const struct apply *ap, const struct ps_table_info *t, const struct ps_action_info *action, uint32_t handle,
	uint8_t *data)
{
	for (uint32_t i = 0; i < action->nparams; i++) {
		const struct ps_param_info *p = &action->params[i];
		const struct sw_hidden *h = find_hidden(ap, t, action, p->name);
		uint32_t low = handle == PS_DEFAULT_ENTRY ? SW_HIDDEN_DEFAULT :
			       handle + 1 < SW_HIDDEN_DEFAULT ? handle + 1 : SW_HIDDEN_DEFAULT - 1;
		uint64_t v;

		if (!h)
			continue;
		v = h->code | low;
		if (p->width < 64)
			v &= ((uint64_t)1 << p->width) - 1;
		memcpy(data + p->offset, &v, p->size < 8 ? p->size : 8);
	}
}

/* The argument for each parameter that is not hidden, by name. */
static bool
args_by_name(struct apply *ap, const struct ps_action_info *action, const struct sw_command *c, const struct sw_arg **ret)
{
	bool ok = true;

	for (uint32_t i = 0; i < c->nargs; i++) {
		struct sw_arg name = { .text = c->args[i].name, .at = c->args[i].name_at };
		int k = sw_apply_find(ap, name, action->params, action->nparams, param_name, "parameter");

		if (k >= 0 && ret[k])
			diag_error(ap->diags, name.at, "parameter '%s' is there twice", action->params[k].name);
		if (k < 0 || ret[k])
			ok = false;
		else
			ret[k] = &c->args[i];
	}
	return ok;
}

static bool
args_by_order(struct apply *ap, const struct ps_table_info *t, const struct ps_action_info *action,
	const struct sw_command *c, uint32_t nargs, const struct sw_arg **ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < action->nparams; i++)
		if (!find_hidden(ap, t, action, action->params[i].name)) {
			if (n < nargs)
				ret[i] = &c->args[n];
			n++;
		}
	if (n == nargs)
		return true;
	diag_error(ap->diags, nargs ? span_join(c->args[0].at, c->args[nargs - 1].at) : c->action.at,
		"action '%s' needs %u parameter%s, here %s %u", action->name, n, n == 1 ? "" : "s", nargs == 1 ? "is" : "are",
		nargs);
	return false;
}

uint8_t *
sw_apply_data(struct apply *ap, const struct ps_table_info *t, const struct ps_action_info *action,
	const struct sw_command *c, uint32_t nargs)
{
	const struct sw_arg **args = arena_array(ap->arena, const struct sw_arg *, action->nparams + 1u);
	uint8_t *data = arena_alloc(ap->arena, action->data_size + 16u);
	bool ok = c->is_json ? args_by_name(ap, action, c, args) : args_by_order(ap, t, action, c, nargs, args);

	for (uint32_t i = 0; ok && i < action->nparams; i++) {
		const struct ps_param_info *p = &action->params[i];
		char what[200];

		snprintf(what, sizeof(what), "parameter '%s'", p->name);
		if (find_hidden(ap, t, action, p->name))
			continue;
		if (args[i]) {
			ok = sw_value(ap->arena, ap->diags, *args[i], p->width, p->is_signed, what, data + p->offset,
				p->size);
			continue;
		}
		diag_error(ap->diags, c->action.at, "action '%s' needs parameter '%s'", action->name, p->name);
		ok = false;
	}
	return ok ? data : NULL;
}

/* --- commands --- */

/* Parameters that a file mentions. */
static uint32_t
visible(const struct apply *ap, const struct ps_table_info *t, const struct ps_action_info *action)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < action->nparams; i++)
		n += !find_hidden(ap, t, action, action->params[i].name);
	return n;
}

/* In command files a lower number wins, in P4Runtime's a higher one. `action`: negative when it is not known. */
static bool
read_priority(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c, int action, uint32_t *nargs,
	int32_t *ret)
{
	bool is_short = action >= 0 && !c->is_json && *nargs == visible(ap, t, &ap->program->actions[action]);
	struct sw_arg word = c->priority;
	uint64_t v;

	*ret = 0;
	if (!sw_table_has_priority(t)) {
		if (word.text.n && !str_is(word.text, "0"))
			diag_warn(ap->diags, word.at, "table '%s' has no priorities", t->name);
		return true;
	}
	if (!c->is_json && *nargs && !is_short)
		word = c->args[--*nargs];
	if (!word.text.n) {
		diag_error(ap->diags, c->at, "an entry of table '%s' needs a priority", t->name);
		diag_hint(ap->diags, c->is_json ? "\"priority\": 10; the highest wins" :
						  "it is the last word; the lowest wins");
		return false;
	}
	if (!sw_number(ap->arena, ap->diags, word, INT32_MAX, "the priority", &v))
		return false;
	*ret = c->is_json ? (int32_t)(INT32_MAX - v) : (int32_t)v;
	return true;
}

static bool
is_const(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c)
{
	if (!t->const_entries)
		return false;
	diag_error(ap->diags, c->target.at, "the entries of table '%s' are const", t->name);
	return true;
}

static bool
insert(struct apply *ap, uint32_t table, const struct sw_command *c, const struct key *key, int32_t priority,
	uint16_t action, uint8_t *data)
{
	const struct ps_table_info *info = &ap->program->tables[table];
	struct ps_table *t = sw_apply_shadow(ap, table);
	uint32_t handle;
	int err;

	fill_hidden(ap, info, &ap->program->actions[action], sw_table_next_handle(t), data);
	err = sw_table_insert(t, key->value, key->mask, priority, action, data, &handle);
	if (!err)
		ap->handle = handle;
	else if (err == -EEXIST)
		diag_error(ap->diags, c->at, "table '%s' has an entry with this match already", info->name);
	else if (err == -EINVAL)
		diag_error(ap->diags, c->at, "table '%s' has no key: it can't have entries", info->name);
	else if (err && !ap->doubtful[table])
		diag_error(ap->diags, c->at, "table '%s' is full: its size is %u", info->name, sw_table_size(t));
	return !err;
}

static bool
add(struct apply *ap, uint32_t table, const struct sw_command *c)
{
	const struct ps_table_info *info = &ap->program->tables[table];
	uint32_t nargs = c->nargs;
	struct key key;
	int32_t priority;
	int action;
	uint8_t *data;
	bool ok;

	if (is_const(ap, info, c))
		return false;
	action = sw_apply_action(ap, info, c);
	ok = read_key(ap, info, c, &key);
	ok = read_priority(ap, info, c, action, &nargs, &priority) && ok;
	data = action < 0 ? NULL : sw_apply_data(ap, info, &ap->program->actions[action], c, nargs);
	return ok && data && insert(ap, table, c, &key, priority, (uint16_t)action, data);
}

bool
sw_apply_add_group(struct apply *ap, uint32_t table, const struct sw_command *c, uint32_t group)
{
	const struct ps_table_info *info = &ap->program->tables[table];
	const struct ps_entry_init *init = &info->default_entry;
	uint32_t nargs = c->nargs, handle;
	uint8_t *data = arena_alloc(ap->arena, ap->program->actions[init->action].data_size + 16u);
	struct key key;
	int32_t priority;

	if (is_const(ap, info, c) || !read_key(ap, info, c, &key) ||
	    !read_priority(ap, info, c, -1, &nargs, &priority))
		return false;
	if (nargs != 1) {
		diag_error(ap->diags, c->at, "expected one handle after '=>', here are %u words", nargs);
		return false;
	}
	if (init->data)
		memcpy(data, init->data, ap->program->actions[init->action].data_size);
	handle = sw_table_next_handle(sw_apply_shadow(ap, table));
	return insert(ap, table, c, &key, priority, init->action, data) &&
	       !sw_table_set_group(sw_apply_shadow(ap, table), handle, group);
}

static bool
set_default(struct apply *ap, uint32_t table, const struct sw_command *c)
{
	const struct ps_table_info *info = &ap->program->tables[table];
	int action = sw_apply_action(ap, info, c);
	uint8_t *data = action < 0 ? NULL : sw_apply_data(ap, info, &ap->program->actions[action], c, c->nargs);

	if (info->const_default)
		diag_error(ap->diags, c->target.at, "the default action of table '%s' is const", info->name);
	if (info->const_default || !data)
		return false;
	fill_hidden(ap, info, &ap->program->actions[action], PS_DEFAULT_ENTRY, data);
	sw_table_set_default(sw_apply_shadow(ap, table), (uint16_t)action, data);
	return true;
}

static void
no_entry(struct apply *ap, uint32_t table, struct sw_arg handle)
{
	uint32_t n = sw_table_count(sw_apply_shadow(ap, table));

	if (ap->doubtful[table])
		return;
	diag_error(ap->diags, handle.at, "table '%s' has no entry with handle %.*s", ap->program->tables[table].name,
		STRA(handle.text));
	diag_hint(ap->diags, "it has %u entr%s at this point", n, n == 1 ? "y" : "ies");
}

static bool
modify(struct apply *ap, uint32_t table, const struct sw_command *c)
{
	const struct ps_table_info *info = &ap->program->tables[table];
	uint64_t handle = 0;
	int action;
	uint8_t *data;
	bool ok;

	if (is_const(ap, info, c))
		return false;
	action = sw_apply_action(ap, info, c);
	ok = sw_number(ap->arena, ap->diags, c->handle, UINT32_MAX, "the handle", &handle);
	data = action < 0 ? NULL : sw_apply_data(ap, info, &ap->program->actions[action], c, c->nargs);
	if (!ok || !data)
		return false;
	fill_hidden(ap, info, &ap->program->actions[action], (uint32_t)handle, data);
	if (!sw_table_modify(sw_apply_shadow(ap, table), (uint32_t)handle, (uint16_t)action, data))
		return true;
	no_entry(ap, table, c->handle);
	return false;
}

static bool
delete(struct apply *ap, uint32_t table, const struct sw_command *c)
{
	uint64_t handle;

	if (is_const(ap, &ap->program->tables[table], c) ||
	    !sw_number(ap->arena, ap->diags, c->args[0], UINT32_MAX, "the handle", &handle))
		return false;
	if (!sw_table_delete(sw_apply_shadow(ap, table), (uint32_t)handle))
		return true;
	no_entry(ap, table, c->args[0]);
	return false;
}

static bool
change(struct apply *ap, uint32_t table, const struct sw_command *c)
{
	switch (c->kind) {
	case SW_TABLE_ADD:
		return add(ap, table, c);
	case SW_TABLE_SET_DEFAULT:
		return set_default(ap, table, c);
	case SW_TABLE_RESET_DEFAULT:
		sw_table_reset_default(sw_apply_shadow(ap, table));
		return true;
	case SW_TABLE_MODIFY:
		return modify(ap, table, c);
	case SW_TABLE_DELETE:
		return delete(ap, table, c);
	case SW_TABLE_CLEAR:
		if (is_const(ap, &ap->program->tables[table], c))
			return false;
		sw_table_clear(sw_apply_shadow(ap, table));
		return true;
	case SW_GROUP_CREATE: case SW_GROUP_DESTROY: case SW_NODE_CREATE: case SW_NODE_UPDATE: case SW_NODE_DESTROY:
	case SW_NODE_ASSOCIATE: case SW_NODE_DISSOCIATE: case SW_GROUP_MEMBERS: case SW_MIRROR_PORT:
	case SW_MIRROR_GROUP: case SW_MIRROR_DELETE: case SW_MIRROR_COPIES: case SW_REGISTER_WRITE:
	case SW_REGISTER_RESET: case SW_COUNTER_WRITE: case SW_COUNTER_RESET: case SW_METER_RATES:
	case SW_METER_ARRAY_RATES: case SW_QUEUE_RATE: case SW_QUEUE_DEPTH: case SW_CRC16: case SW_CRC32: case SW_MEMBER_CREATE: case SW_MEMBER_MODIFY:
	case SW_MEMBER_DELETE: case SW_CHOICE_CREATE: case SW_CHOICE_DELETE: case SW_CHOICE_ADD: case SW_CHOICE_REMOVE:
	case SW_TABLE_ADD_MEMBER: case SW_TABLE_ADD_CHOICE: case SW_TABLE_DEFAULT_MEMBER: case SW_TABLE_DEFAULT_CHOICE:
	case SW_SET_ADD: case SW_SET_REMOVE: case SW_SET_CLEAR:
		break;
	}
	bug("command %d is not about tables", (int)c->kind);
}

void
sw_apply_table(struct apply *ap, const struct sw_command *c)
{
	int table = sw_apply_find(ap, c->target, ap->program->tables, ap->program->ntables, sw_table_name, "table");

	/* An entry that isn't there shifts the handles of those after it. */
	if (table >= 0 && !change(ap, (uint32_t)table, c) && c->kind == SW_TABLE_ADD)
		ap->doubtful[table] = true;
}
