#include "switch/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "switch/internal.h"
#include "switch/memory.h"
#include "switch/table.h"

#define DEPTH_MAX (1u << 24)
#define RATE_MAX 1000000000000u

/* --- names --- */

static void
ambiguous(struct apply *ap, struct sw_arg name, const void *list, uint32_t n, sw_name_fn *fn, const char *kind)
{
	diag_error(ap->diags, name.at, "several %ss end in '%.*s'", kind, STRA(name.text));
	for (uint32_t i = 0; i < n; i++) {
		struct str s = str_from(fn(list, i));

		if (str_ends(s, name.text) && s.n > name.text.n && s.p[s.n - name.text.n - 1] == '.')
			diag_hint(ap->diags, "it may be '%.*s'", STRA(s));
	}
}

int
sw_apply_find(struct apply *ap, struct sw_arg name, const void *list, uint32_t n, sw_name_fn *fn, const char *kind)
{
	int i = sw_name_find(list, n, fn, name.text);
	struct str *names;

	if (i >= 0)
		return i;
	if (i == -ENOTUNIQ) {
		ambiguous(ap, name, list, n, fn, kind);
		return -1;
	}
	diag_error(ap->diags, name.at, "no %s '%.*s'", kind, STRA(name.text));
	names = arena_array(ap->arena, struct str, n + 1);
	for (uint32_t k = 0; k < n; k++) {
		struct str s = str_from(fn(list, k));
		int64_t dot = str_find(name.text, '.') < 0 ? str_rfind(s, '.') : -1;

		names[k] = str_sub(s, (uint32_t)(dot + 1), s.n);
	}
	diag_nearest(ap->diags, name.text, names, n);
	return -1;
}

/* --- registers, counters, meters, queues --- */

static void
push(struct apply *ap, struct later l)
{
	vec_push(ap->arena, &ap->later, l);
}

static bool
cell_number(struct apply *ap, struct sw_arg arg, uint32_t size, const char *what, uint32_t *ret)
{
	uint64_t v;

	if (!size) {
		diag_error(ap->diags, arg.at, "it has no cells");
		return false;
	}
	if (!sw_number(ap->arena, ap->diags, arg, size - 1, what, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static void
registers(struct apply *ap, const struct sw_command *c)
{
	int r = sw_apply_find(ap, c->target, ap->program->registers, ap->program->nregisters, sw_register_name, "register");
	const struct ps_register_info *info = r < 0 ? NULL : &ap->program->registers[r];
	struct later l = { .kind = c->kind, .at = c->at, .index = (uint32_t)r };
	char what[200];
	uint8_t *value;
	bool ok;

	if (!info)
		return;
	if (c->kind == SW_REGISTER_WRITE) {
		snprintf(what, sizeof(what), "a cell of '%s'", info->name);
		value = arena_alloc(ap->arena, info->cell + 8u);
		ok = cell_number(ap, c->args[0], info->size, "the index", &l.cell);
		ok = sw_value(ap->arena, ap->diags, c->args[1], info->width, info->is_signed, what, value, info->cell) && ok;
		l.value = value;
		if (!ok)
			return;
	}
	push(ap, l);
}

static void
counters(struct apply *ap, const struct sw_command *c)
{
	int i = sw_apply_find(ap, c->target, ap->program->counters, ap->program->ncounters, sw_counter_name, "counter");
	struct later l = { .kind = c->kind, .at = c->at, .index = (uint32_t)i };
	bool ok = true;

	if (i < 0)
		return;
	if (c->kind == SW_COUNTER_WRITE) {
		ok = cell_number(ap, c->args[0], sw_counter_size(ap->sw, l.index), "the index", &l.cell);
		ok = sw_number(ap->arena, ap->diags, c->args[1], UINT64_MAX, "packets", &l.a) && ok;
		ok = sw_number(ap->arena, ap->diags, c->args[2], UINT64_MAX, "bytes", &l.b) && ok;
	}
	if (ok)
		push(ap, l);
}

static void
meters(struct apply *ap, const struct sw_command *c)
{
	int i = sw_apply_find(ap, c->target, ap->program->meters, ap->program->nmeters, sw_meter_name, "meter");
	struct later l = { .kind = SW_METER_RATES, .at = c->at, .index = (uint32_t)i, .cell = SW_ALL };
	uint32_t first = c->kind == SW_METER_RATES;
	bool ok = true;

	if (i < 0)
		return;
	if (first)
		ok = cell_number(ap, c->args[0], sw_meter_size(ap->sw, l.index), "the index", &l.cell);
	ok = sw_rate_value(ap->diags, c->args[first], &l.committed) && ok;
	ok = sw_rate_value(ap->diags, c->args[first + 1], &l.peak) && ok;
	if (ok)
		push(ap, l);
}

static void
queues(struct apply *ap, const struct sw_command *c)
{
	struct later l = { .kind = c->kind, .at = c->at, .index = SW_ALL, .cell = SW_ALL };
	bool is_depth = c->kind == SW_QUEUE_DEPTH;
	bool ok = sw_number(ap->arena, ap->diags, c->target, is_depth ? DEPTH_MAX : RATE_MAX,
		is_depth ? "a queue's depth" : "a rate in packets per second", &l.a);

	if (c->nargs > 0)
		ok = cell_number(ap, c->args[0], SW_PORTS, "a port", &l.index) && ok;
	if (c->nargs > 1)
		ok = cell_number(ap, c->args[1], SW_PRIORITIES, "a priority", &l.cell) && ok;
	if (ok)
		push(ap, l);
}

/* --- all of them --- */

static void
one(struct apply *ap, const struct sw_command *c)
{
	switch (c->kind) {
	case SW_TABLE_ADD:
	case SW_TABLE_SET_DEFAULT:
	case SW_TABLE_RESET_DEFAULT:
	case SW_TABLE_MODIFY:
	case SW_TABLE_DELETE:
	case SW_TABLE_CLEAR:
		sw_apply_table(ap, c);
		break;
	case SW_SET_ADD:
	case SW_SET_REMOVE:
	case SW_SET_CLEAR:
		sw_apply_set(ap, c);
		break;
	case SW_MEMBER_CREATE:
	case SW_MEMBER_MODIFY:
	case SW_MEMBER_DELETE:
	case SW_CHOICE_CREATE:
	case SW_CHOICE_DELETE:
	case SW_CHOICE_ADD:
	case SW_CHOICE_REMOVE:
	case SW_TABLE_ADD_MEMBER:
	case SW_TABLE_ADD_CHOICE:
	case SW_TABLE_DEFAULT_MEMBER:
	case SW_TABLE_DEFAULT_CHOICE:
		sw_apply_profile(ap, c);
		break;
	case SW_GROUP_CREATE:
	case SW_GROUP_DESTROY:
	case SW_GROUP_MEMBERS:
	case SW_NODE_CREATE:
	case SW_NODE_UPDATE:
	case SW_NODE_DESTROY:
	case SW_NODE_ASSOCIATE:
	case SW_NODE_DISSOCIATE:
	case SW_MIRROR_PORT:
	case SW_MIRROR_GROUP:
	case SW_MIRROR_DELETE:
	case SW_MIRROR_COPIES:
		sw_apply_copies(ap, c);
		break;
	case SW_REGISTER_WRITE:
	case SW_REGISTER_RESET:
		registers(ap, c);
		break;
	case SW_COUNTER_WRITE:
	case SW_COUNTER_RESET:
		counters(ap, c);
		break;
	case SW_METER_RATES:
	case SW_METER_ARRAY_RATES:
		meters(ap, c);
		break;
	case SW_QUEUE_RATE:
	case SW_QUEUE_DEPTH:
		queues(ap, c);
		break;
	case SW_CRC16:
	case SW_CRC32:
		sw_apply_crc(ap, c);
		break;
	}
}

/* Depths come first: they are the one change that can still fail, for want of address space. */
static bool
set_depths(struct apply *ap)
{
	struct queues *before;
	bool ok = true;

	if (!ap->later.n)
		return true;
	before = sw_dup(&ap->sw->queues, sizeof(*before));
	vec_each(l, &ap->later) {
		if (l->kind != SW_QUEUE_DEPTH || !sw_set_queue_depth(ap->sw, l->index, l->cell, l->a, false))
			continue;
		diag_error(ap->diags, l->at, "not enough address space for queues as deep as this");
		ap->sw->queues = *before;
		ok = false;
		break;
	}
	free(before);
	return ok;
}

static void
carry_out(struct sw *sw, const struct later *l)
{
	if (l->kind == SW_REGISTER_WRITE)
		sw_register_write(sw, l->index, l->cell, l->value);
	else if (l->kind == SW_REGISTER_RESET)
		sw_register_reset(sw, l->index);
	else if (l->kind == SW_COUNTER_WRITE)
		sw_counter_write(sw, l->index, l->cell, (struct ps_counter_cell){ l->a, l->b });
	else if (l->kind == SW_COUNTER_RESET)
		sw_counter_reset(sw, l->index);
	else if (l->kind == SW_METER_RATES)
		sw_meter_set_rates(sw, l->index, l->cell, l->committed, l->peak);
	else if (l->kind == SW_QUEUE_RATE)
		sw_set_queue_rate(sw, l->index, l->cell, l->a);
	else if (l->kind == SW_CRC16 || l->kind == SW_CRC32)
		sw_crc_set(sw, l->index, &l->crc);
}

/* Afterwards `tables` and `pre` hold what the switch had before. */
static void
commit(struct apply *ap)
{
	for (uint32_t i = 0; i < ap->program->ntables + ap->program->nsets; i++)
		if (ap->tables[i]) {
			struct ps_table *old = ap->sw->objects.tables[i];

			ap->sw->objects.tables[i] = ap->tables[i];
			ap->tables[i] = old;
		}
	for (uint32_t i = 0; i < ap->program->nprofiles; i++)
		if (ap->profiles[i]) {
			struct sw_profile *old = ap->sw->objects.profiles[i];

			ap->sw->objects.profiles[i] = ap->profiles[i];
			ap->profiles[i] = old;
		}
	if (ap->pre) {
		struct sw_pre *old = ap->sw->pre;

		ap->sw->pre = ap->pre;
		ap->pre = old;
	}
	vec_each(l, &ap->later)
		carry_out(ap->sw, l);
}

static void
release(struct apply *ap)
{
	for (uint32_t i = 0; i < ap->program->ntables + ap->program->nsets; i++)
		sw_table_free(ap->tables[i]);
	for (uint32_t i = 0; i < ap->program->nprofiles; i++)
		sw_profile_free(ap->profiles[i]);
	sw_pre_free(ap->pre);
}

/* `is_whole`: the commands are all that the file has; else they are only checked, and handles say nothing.
 * ret_handle: NULL, or there is a single command, carried out in place. */
static bool
apply(struct sw *sw, struct arena *a, struct diags *d, const struct sw_commands *c, const struct sw_hidden *hidden,
	uint32_t nhidden, bool is_whole, int64_t *ret_handle)
{
	const struct ps_program *p = sw_program(sw);
	uint32_t ntables = p->ntables + p->nsets; /* value sets follow the tables */
	struct apply ap = {
		.sw = sw, .program = p, .arena = a, .diags = d, .hidden = hidden, .nhidden = nhidden,
		.tables = arena_array(a, struct ps_table *, ntables + 1),
		.doubtful = arena_array(a, bool, ntables + 1), .nodes_doubtful = !is_whole,
		.profiles = arena_array(a, struct sw_profile *, p->nprofiles + 1),
		.profiles_doubtful = arena_array(a, bool, p->nprofiles + 1),
		.in_place = ret_handle != NULL, .handle = -1,
	};
	uint32_t errors = diag_errors(d);
	bool ok;

	memset(ap.doubtful, !is_whole, ntables);
	memset(ap.profiles_doubtful, !is_whole, p->nprofiles);
	for (uint32_t i = 0; i < c->n && diag_errors(d) - errors < SW_ENTRIES_ERRORS; i++)
		one(&ap, &c->v[i]);
	ok = is_whole && diag_errors(d) == errors && set_depths(&ap);
	if (ok) {
		sw_apply_resolve(&ap);
		commit(&ap);
	}
	if (ret_handle)
		*ret_handle = ok ? ap.handle : -1;
	release(&ap);
	return ok;
}

bool
sw_apply(struct sw *sw, struct arena *a, struct diags *d, const struct sw_commands *c, const struct sw_hidden *hidden,
	uint32_t nhidden)
{
	return apply(sw, a, d, c, hidden, nhidden, true, NULL);
}

bool
sw_apply_one(struct sw *sw, struct arena *a, struct diags *d, struct sw_command *c, const struct sw_hidden *hidden,
	uint32_t nhidden, int64_t *ret_handle)
{
	return apply(sw, a, d, &(struct sw_commands){ c, 1, 1 }, hidden, nhidden, true, ret_handle);
}

bool
sw_entries_read(struct arena *a, struct diags *d, const struct source *text, struct sw_commands *ret)
{
	uint32_t errors = diag_errors(d);
	struct str s = str_trim(text->text);

	if (s.n && s.p[0] == '{')
		sw_runtime_json_read(a, d, text, ret);
	else
		sw_cli_read(a, d, text, ret);
	return diag_errors(d) == errors;
}

bool
sw_load_entries(struct sw *sw, struct arena *a, struct diags *d, const char *path, const struct sw_hidden *hidden,
	uint32_t nhidden)
{
	int err = 0;
	const struct source *text = source_read(diags_sources(d), str_from(path), &err);
	struct sw_commands c = { 0 };
	bool ok;

	if (!text) {
		diag_error(d, (struct span){ 0, 0 }, "%s: %s", path, strerror(err));
		return false;
	}
	ok = sw_entries_read(a, d, text, &c);
	if (ok)
		return sw_apply(sw, a, d, &c, hidden, nhidden);
	/* The right commands of a wrong file are checked all the same, so that all mistakes are reported. */
	apply(sw, a, d, &c, hidden, nhidden, false, NULL);
	return false;
}
