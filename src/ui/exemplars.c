#include "ui/exemplars.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "ui/packet.h"

/* Packets of one row. */
struct few {
	uint32_t n;
	struct ir_exemplar v[];
};

/* Rows of one query and epoch. */
struct epoch {
	struct epoch *next;
	const struct ir_query *query;
	uint64_t number;
	struct arena *arena;
	struct map rows; /* key's bytes -> struct few */
};

struct exemplars {
	struct arena *arena;
	struct ir_eval *ev;
	struct packet_view *view;
	struct ir_partial *layouts; /* by query */
	const struct sw_story *story; /* being shown */
	struct epoch *epochs, *reported;
	uint32_t each;
};

static ir_taken on_taken;

struct exemplars *
exemplars_make(struct ir_graph *g, const struct ps_program *p, uint32_t each)
{
	struct arena *a = arena_make();
	struct exemplars *x = arena_new(a, struct exemplars);

	*x = (struct exemplars){ .arena = a, .ev = ir_eval_make(g), .each = each };
	x->view = packet_view_make(a, g, p);
	x->layouts = arena_array(a, struct ir_partial, g->queries.n + 1);
	vec_each(q, &g->queries)
		ir_partial_layout(g, *q, &x->layouts[(*q)->index]);
	ir_eval_watch(x->ev, on_taken, x);
	return x;
}

static void
free_epochs(struct epoch *e)
{
	struct epoch *next;

	for (; e; e = next) {
		next = e->next;
		arena_free(e->arena);
	}
}

void
exemplars_free(struct exemplars *x)
{
	if (!x)
		return;
	free_epochs(x->epochs);
	free_epochs(x->reported);
	ir_eval_free(x->ev);
	arena_free(x->arena);
}

/* --- packets in ---------------------------------------------------------------------------------------------------------- */

static struct epoch *
epoch_of(struct exemplars *x, const struct ir_query *q, uint64_t number)
{
	struct epoch *e = x->epochs;
	struct arena *a;

	while (e && (e->query != q || e->number != number))
		e = e->next;
	if (e)
		return e;
	a = arena_make();
	e = arena_new(a, struct epoch);
	*e = (struct epoch){ .next = x->epochs, .query = q, .number = number, .arena = a };
	map_init(&e->rows, a);
	x->epochs = e;
	return e;
}

/* Appends a value to a row's key. What is absent counts as 0: partial rows say so elsewhere. */
static struct str
key_add(struct arena *a, struct str key, const struct ir_value *v)
{
	if (v->tag == IR_V_TEXT)
		return str_fmt(a, "%.*s\"%.*s\"", STRA(key), STRA(v->text));
	return str_fmt(a, "%.*s %llx.%llx", STRA(key), (unsigned long long)((ir_u128)v->i >> 64),
		       (unsigned long long)(uint64_t)v->i);
}

/* Which column of partial rows is the result's key column of this name; -1: none. */
static int
partial_column(const struct ir_partial *layout, struct str name)
{
	for (uint32_t i = 0; i < layout->nkeys; i++)
		if (str_eq(layout->columns.v[i].name, name))
			return (int)i;
	return -1;
}

/* The columns that results name rows by. */
static const struct ir_node *
last_node(const struct ir_query *q)
{
	return q->nodes.n ? q->nodes.v[q->nodes.n - 1] : NULL;
}

static void
on_taken(void *user, const struct ir_query *q, uint64_t number, const struct ir_partial *layout, const struct ir_value *row,
	 const struct ir_packet *p)
{
	struct exemplars *x = user;
	const struct ir_node *last = last_node(q);
	bool loses = q->stateful >= 0 && q->nodes.v[q->stateful]->kind == IR_LOST;
	struct str key = STR("");
	struct epoch *e;
	struct few *few;

	if (q->anonymous || !last || (loses && x->story->fate != SW_LOST))
		return;
	e = epoch_of(x, q, number);
	vec_each(c, &last->columns) {
		int at = c->is_key || q->stateful < 0 ? partial_column(layout, c->name) : -1;

		if (at >= 0)
			key = key_add(e->arena, key, &row[at]);
	}
	few = map_get(&e->rows, key);
	if (!few) {
		few = arena_alloc(e->arena, sizeof(*few) + x->each * sizeof(few->v[0]));
		map_put(&e->rows, key, few);
	}
	if (few->n < x->each)
		few->v[few->n++] = (struct ir_exemplar){ p->id, p->time_in };
}

void
exemplars_story(struct exemplars *x, const struct sw_story *s)
{
	x->story = s;
	ir_eval_packet(x->ev, packet_view_of(x->view, s));
}

/* --- rows out -------------------------------------------------------------------------------------------------------------- */

/* Takes the result's epoch out of the list, and all of its query that are older: they had no row. */
static struct epoch *
take(struct exemplars *x, const struct ir_result *r)
{
	struct epoch **at = &x->epochs, *found = NULL, *e;

	free_epochs(x->reported);
	x->reported = NULL;
	while ((e = *at)) {
		/* the controller has a graph of its own, from the manifest */
		if (!str_eq(e->query->name, r->query->name) || e->number > r->epoch) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		e->next = x->reported;
		x->reported = e;
		if (e->number == r->epoch)
			found = e;
	}
	return found;
}

void
exemplars_attach(struct exemplars *x, struct ir_result *r)
{
	struct epoch *e = take(x, r);
	const struct ir_partial *layout = e ? &x->layouts[e->query->index] : NULL;
	struct ir_exemplars *rows;

	if (!e)
		return;
	rows = arena_array(e->arena, struct ir_exemplars, r->nrows + 1);
	for (uint32_t i = 0; i < r->nrows; i++) {
		struct str key = STR("");
		const struct few *few;

		for (uint32_t c = 0; c < r->ncolumns; c++)
			if ((r->columns[c].is_key || r->query->stateful < 0) && partial_column(layout, r->columns[c].name) >= 0)
				key = key_add(e->arena, key, &ir_result_row(r, i)[c]);
		few = map_get(&e->rows, key);
		if (few)
			rows[i] = (struct ir_exemplars){ few->v, few->n };
	}
	r->exemplars = rows;
}
