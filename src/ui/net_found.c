#include "ui/net_found.h"

#include <math.h>
#include <stdlib.h>

static struct net_found_query *
query_of(struct net_found *f, const struct ir_result *r)
{
	struct net_found_query *q;

	vec_each(known, &f->queries)
		if (str_eq((*known)->name, r->query->name))
			return *known;
	q = arena_new(f->arena, struct net_found_query);
	q->name = str_dup(f->arena, r->query->name);
	q->ncolumns = r->ncolumns;
	q->columns = arena_copy(f->arena, r->columns, r->ncolumns * sizeof(*r->columns));
	q->hop = q->place = UINT32_MAX;
	for (uint32_t i = 0; i < r->ncolumns; i++) {
		q->nkeys += r->columns[i].is_key;
		if (r->columns[i].is_key && str_is(r->columns[i].name, "hop"))
			q->hop = i;
		if (i + 1 < r->ncolumns && str_is(r->columns[i].name, "switch") && str_is(r->columns[i + 1].name, "port"))
			q->place = i;
	}
	map_init(&q->keys, f->arena);
	vec_push(f->arena, &f->queries, q);
	return q;
}

/* '?' for what isn't known. */
static struct str
switch_name(const struct net_found *f, const struct ir_value *v)
{
	uint64_t id = v->tag == IR_V_INT ? (uint64_t)v->i : 0;

	return id && id <= f->t->switches.n ? f->t->nodes.v[f->t->switches.v[id - 1]].name : STR("?");
}

static void
print_path(FILE *out, const struct net_found *f, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->list.n; i++)
		fprintf(out, "%s%.*s", i ? " \xe2\x86\x92 " : "", STRA(switch_name(f, &v->list.items[i])));
}

static struct str
cell(struct net_found *f, struct ir_type type, const struct ir_value *v)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct str s;

	if (v->tag == IR_V_LIST)
		print_path(out, f, v);
	else if (type.kind == IR_TIME && v->tag == IR_V_INT)
		fprintf(out, "%.1f \xc2\xb5s", (double)v->i / 1e3);
	else
		ir_value_print(out, type, v);
	fclose(out);
	s = str_dup(f->arena, (struct str){ text, (uint32_t)size });
	free(text);
	return s;
}

static void
take_path(struct net_found *f, struct net_found_row *row, const struct ir_value *v)
{
	uint32_t *path = arena_array(f->arena, uint32_t, v->list.n + 1);

	for (uint32_t i = 0; i < v->list.n; i++) {
		uint64_t id = v->list.items[i].tag == IR_V_INT ? (uint64_t)v->list.items[i].i : 0;

		if (!id || id > f->t->switches.n)
			return;
		path[i] = f->t->switches.v[id - 1];
	}
	row->path = path;
	row->npath = v->list.n;
}

static void
add_row(struct net_found *f, struct net_found_query *q, const struct ir_result *r, uint32_t number)
{
	const struct ir_value *values = ir_result_row(r, number);
	struct net_found_row row = { arena_array(f->arena, struct str, q->ncolumns), arena_array(f->arena, double, q->ncolumns), NULL, 0 };
	struct str key = STR("");
	uintptr_t at;

	for (uint32_t i = 0; i < q->ncolumns; i++) {
		const struct ir_value *v = &values[i];

		row.cells[i] = i == q->place ? switch_name(f, v) : cell(f, q->columns[i].type, v);
		row.numbers[i] = v->tag == IR_V_INT ? (double)v->i : v->tag == IR_V_FLOAT ? v->f : NAN;
		if (q->columns[i].is_key)
			key = str_fmt(f->arena, "%.*s|%.*s", STRA(key), STRA(row.cells[i]));
		if (v->tag == IR_V_LIST && str_is(q->columns[i].name, "path"))
			take_path(f, &row, v);
		if (v->tag == IR_V_LIST && pint_collector_is_mixed(r, number))
			row.cells[i] = STR("several at once");
	}
	at = (uintptr_t)map_get(&q->keys, key);
	if (at) {
		q->rows.v[at - 1] = row;
		return;
	}
	vec_push(f->arena, &q->rows, row);
	map_put(&q->keys, key, (void *)(uintptr_t)q->rows.n);
}

void
net_found_add(struct net_found *f, const struct ir_result *r)
{
	struct net_found_query *q = query_of(f, r);

	for (uint32_t i = 0; i < r->nrows && r->ncolumns == q->ncolumns; i++)
		add_row(f, q, r, i);
}

static bool
are_alike(const struct net_found_query *q, const struct net_found_row *row, const struct net_found_query *p, const struct net_found_row *with)
{
	uint32_t common = 0;

	for (uint32_t i = 0; i < q->ncolumns; i++)
		for (uint32_t k = 0; k < p->ncolumns; k++) {
			if (!q->columns[i].is_key || !p->columns[k].is_key || !str_eq(q->columns[i].name, p->columns[k].name))
				continue;
			if (!str_eq(row->cells[i], with->cells[k]))
				return false;
			common++;
		}
	return common > 0;
}

const struct net_found_row *
net_found_path(const struct net_found *f, const struct net_found_query *q, const struct net_found_row *row)
{
	if (row->path)
		return row;
	vec_each(p, &f->queries)
		vec_each(with, &(*p)->rows)
			if (with->path && are_alike(q, row, *p, with))
				return with;
	return NULL;
}
