#include "device/bmv2_groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define TEXT_BYTES (64u << 20)

/* One item of the switch's lists: a group has nodes, a node a list of ports, and of aggregated ports (a "LAG" sends one copy). */
struct item {
	uint32_t id, link; /* a node's list of ports */
	uint32_t nports;
	VEC(uint32_t) refs; /* a group's nodes, a list's LAGs */
};

struct items {
	VEC(struct item) list;
};

struct groups {
	struct arena *arena;
	struct items groups, nodes, ports, lags;
};

static int
by_id(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Of a list that has been sorted. */
static const struct item *
item_of(const struct items *list, uint32_t id)
{
	const struct item key = { .id = id };

	return list->list.n ? bsearch(&key, list->list.v, list->list.n, sizeof(key), by_id) : NULL;
}

static uint32_t
number_of(const struct json_value *v)
{
	return v->kind == JTEXT_INT && v->i >= 0 && v->i <= UINT32_MAX ? (uint32_t)v->i : UINT32_MAX;
}

static void
read_numbers(struct groups *g, struct json *j, struct item *item, bool count_only)
{
	struct json_value v;

	while (json_item(j, &v)) {
		if (count_only)
			item->nports++;
		else
			vec_push(g->arena, &item->refs, number_of(&v));
		json_skip(j, &v);
	}
}

static void
read_item(struct groups *g, struct json *j, struct item *item)
{
	struct json_value v;
	struct str key;

	while (json_member(j, &key, &v)) {
		if (str_is(key, "id") || str_is(key, "handle"))
			item->id = number_of(&v);
		else if (str_is(key, "l2_handle"))
			item->link = number_of(&v);
		if (v.kind == JTEXT_ARRAY && str_is(key, "ports"))
			read_numbers(g, j, item, true);
		else if (v.kind == JTEXT_ARRAY && (str_is(key, "l1_handles") || str_is(key, "lags")))
			read_numbers(g, j, item, false);
		else
			json_skip(j, &v);
	}
}

static void
read_items(struct groups *g, struct json *j, struct items *to)
{
	struct json_value v;

	while (json_item(j, &v)) {
		struct item item = { 0 };

		if (v.kind == JTEXT_OBJECT) {
			read_item(g, j, &item);
			vec_push(g->arena, &to->list, item);
		} else {
			json_skip(j, &v);
		}
	}
	if (to->list.n)
		qsort(to->list.v, to->list.n, sizeof(to->list.v[0]), by_id);
}

static bool
read_groups(struct groups *g, struct json *j)
{
	struct json_value v;
	struct str key;

	if (!json_value(j, &v) || v.kind != JTEXT_OBJECT)
		return false;
	while (json_member(j, &key, &v)) {
		struct items *to = str_is(key, "mgrps")	       ? &g->groups
				   : str_is(key, "l1_handles") ? &g->nodes
				   : str_is(key, "l2_handles") ? &g->ports
				   : str_is(key, "lags")       ? &g->lags
							       : NULL;

		if (to && v.kind == JTEXT_ARRAY)
			read_items(g, j, to);
		else
			json_skip(j, &v);
	}
	return json_end(j) && !j->error;
}

static uint32_t
copies_of(const struct groups *g, const struct item *group)
{
	uint32_t n = 0;

	vec_each(ref, &group->refs) {
		const struct item *node = item_of(&g->nodes, *ref), *ports = node ? item_of(&g->ports, node->link) : NULL;

		n += ports ? ports->nports : 0;
		for (uint32_t i = 0; ports && i < ports->refs.n; i++) {
			const struct item *lag = item_of(&g->lags, ports->refs.v[i]);

			n += lag && lag->nports;
		}
	}
	return n;
}

bool
bmv2_group_sizes(char *text, size_t len, uint32_t *sizes, uint32_t n, uint32_t *ret_group)
{
	struct groups g = { .arena = arena_make() };
	struct json j;
	bool ok;

	*ret_group = 0;
	memset(sizes, 0, n * sizeof(*sizes));
	json_init(&j, text, len);
	ok = read_groups(&g, &j);
	vec_each(group, &g.groups.list) {
		uint32_t copies = ok ? copies_of(&g, group) : 0;

		if (group->id < n) {
			sizes[group->id] = copies;
		} else if (copies) {
			*ret_group = group->id;
			ok = false;
		}
	}
	arena_free(g.arena);
	return ok;
}

static char *
ask_groups(struct bmv2 *b, uint32_t *ret_n, int *ret_error)
{
	char *text = NULL;

	*ret_error = -ENOTCONN;
	*ret_n = 0;
	if (!b->thrift)
		return NULL;
	thrift_call(b->thrift, "simple_pre_lag", "bm_mc_get_entries");
	thrift_put_i32(b->thrift, 1, 0);
	if (thrift_ask(b->thrift, THRIFT_STRING))
		text = thrift_get_text(b->thrift, TEXT_BYTES, ret_n);
	*ret_error = bmv2_end(b);
	if (*ret_error < 0) {
		free(text);
		text = NULL;
	}
	return text;
}

static int
read_sizes(struct bmv2 *b, struct str reg, uint32_t n, uint32_t *ret)
{
	uint32_t cells = 0;

	if (!bmv2_call(b, "bm_register_read_all"))
		return -ENOTCONN;
	thrift_put_text(b->thrift, 2, reg);
	if (thrift_ask(b->thrift, THRIFT_LIST))
		cells = thrift_get_list(b->thrift, THRIFT_I64, BMV2_CELLS);
	for (uint32_t i = 0; i < cells; i++) {
		uint64_t v = (uint64_t)thrift_get_i64(b->thrift);

		if (i < n)
			ret[i] = (uint32_t)v;
	}
	return bmv2_end(b);
}

static int
write_sizes(struct bmv2 *b, char *text, uint32_t len, uint32_t *ret)
{
	const struct manifest *m = b->config.manifest;
	uint32_t n = m->multicast_groups, group, *want = calloc(n + 1, sizeof(*want)), *have = calloc(n + 1, sizeof(*have));
	int e = want && have ? 0 : -ENOMEM;

	if (e == 0 && !bmv2_group_sizes(text, len, want, n, &group)) {
		snprintf(b->why, sizeof(b->why), group ? "multicast group %u is beyond what the program counts (%u groups)"
						       : "its multicast groups make no sense", group, n);
		e = -ERANGE;
	}
	if (e == 0)
		e = read_sizes(b, m->multicast_sizes, n, have);
	for (uint32_t i = 0; i < n && e == 0; i++)
		if (want[i] != have[i]) {
			e = bmv2_write(b, m->multicast_sizes, i, want[i]);
			++*ret;
		}
	free(want);
	free(have);
	return e;
}

int
bmv2_fill_groups(struct bmv2 *b, uint32_t *ret)
{
	char *text, *copy;
	uint32_t n;
	int e;

	if (!b->config.manifest->multicast_sizes.n)
		return 0;
	text = ask_groups(b, &n, &e);
	if (!text)
		return e;
	if (b->groups && strcmp(b->groups, text) == 0) {
		free(text);
		return 0;
	}
	copy = strdup(text);
	e = copy ? write_sizes(b, text, n, ret) : -ENOMEM;
	free(text);
	if (e == 0) {
		free(b->groups);
		b->groups = copy;
	} else {
		free(copy);
	}
	return e;
}
