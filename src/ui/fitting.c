#include "ui/fitting.h"

#include <stdlib.h>

#include "base/units.h"
#include "ui/sizes.h"
#include "ui/train.h"

static const struct span nowhere;

static void
unknown_query(struct compilation *c, struct str name)
{
	struct str *names = arena_array(c->arena, struct str, c->graph->queries.n + 1);
	uint32_t n = 0;

	vec_each(q, &c->graph->queries)
		if ((*q)->name.n)
			names[n++] = (*q)->name;
	diag_error(c->diags, nowhere, "--split: there is no query '%.*s'", STRA(name));
	diag_nearest(c->diags, name, names, n);
}

static uint32_t
within(const struct ir_query *q, uint64_t k)
{
	uint32_t least = plan_operators_least(q), most = plan_operators(q);

	return k < least ? least : k > most ? most : (uint32_t)k;
}

/* The queries in place that a query joins are split with it, as far as they go. */
static void
force_joined(const struct ir_query *q, uint64_t k, uint32_t *forced, uint32_t depth)
{
	vec_each(n, &q->nodes)
		if ((*n)->other && (*n)->other->anonymous && depth < 100) {
			forced[(*n)->other->index] = within((*n)->other, k);
			force_joined((*n)->other, k, forced, depth + 1);
		}
}

static bool
force(struct compilation *c, struct str name, uint64_t k, uint32_t *forced)
{
	bool all = str_is(name, "*"), any = false;

	vec_each(q, &c->graph->queries) {
		if (all) {
			forced[(*q)->index] = within(*q, k);
		} else if (str_eq((*q)->name, name)) {
			if (within(*q, k) != k) {
				diag_error(c->diags, (*q)->at, "the switch runs %u to %u operators of '%.*s', not %llu",
					   plan_operators_least(*q), plan_operators(*q), STRA(name), (unsigned long long)k);
				return false;
			}
			forced[(*q)->index] = (uint32_t)k;
			force_joined(*q, k, forced, 0);
			any = true;
		}
	}
	if (!all && !any)
		unknown_query(c, name);
	return all || any;
}

/* NAME=K...; NULL after errors. */
static uint32_t *
forced_splits(struct compilation *c, const struct compile_options *o)
{
	uint32_t *forced = arena_array(c->arena, uint32_t, c->graph->queries.n + 1);

	for (uint32_t i = 0; i < c->graph->queries.n; i++)
		forced[i] = PLAN_SPLIT_FREE;
	for (uint32_t i = 0; o->fit.splits && o->fit.splits[i]; i++) {
		struct str s = str_from(o->fit.splits[i]);
		int64_t equal = str_rfind(s, '=');
		uint64_t k;

		if (equal <= 0 || !units_number(str_sub(s, (uint32_t)equal + 1, s.n), &k)) {
			diag_error(c->diags, nowhere, "--split %.*s: NAME=OPERATORS is expected, or *=OPERATORS", STRA(s));
			return NULL;
		}
		if (!force(c, str_sub(s, 0, (uint32_t)equal), k, forced))
			return NULL;
	}
	return forced;
}

static bool
read_load(struct compilation *c, const struct compile_options *o, struct plan_load *ret)
{
	if (o->fit.train)
		return train(c, o, NULL, ret);
	plan_load_assume(c->arena, c->graph, ret);
	return true;
}

bool
fitting(struct compilation *c, const struct compile_options *o, const struct plan_target *t, struct plan_options *ret)
{
	struct plan_fit_options f = { .time_ns = o->fit.time_ns ? o->fit.time_ns : PLAN_TIME_NS };
	struct plan_model *model = arena_new(c->arena, struct plan_model);
	struct plan_load *load = arena_new(c->arena, struct plan_load);
	struct plan empty = { .arena = c->arena, .graph = c->graph, .program = c->program, .target = t };
	uint32_t *splits, *rows, *stages, n = c->graph->queries.n;

	if (o->fit.precision > 0 && !o->fit.target && !o->fit.splits && !sizes_from_training(c, o, t, ret))
		return false;
	if (!o->fit.always && !o->fit.target && !o->fit.splits)
		return true;
	f.forced = forced_splits(c, o);
	if (!f.forced || !plan_model_read(c->arena, c->diags, str_from(o->fit.target ? o->fit.target : "soft"), model) ||
	    !read_load(c, o, load))
		return false;
	f.model = model;
	f.load = load;
	c->fit = plan_fit(&empty, c->diags, ret, &f);
	if (!c->fit)
		return false;
	splits = arena_array(c->arena, uint32_t, n + 1);
	rows = arena_array(c->arena, uint32_t, n + 1);
	stages = arena_array(c->arena, uint32_t, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		splits[i] = c->fit->queries[i].split;
		rows[i] = c->fit->queries[i].rows;
		stages[i] = c->fit->queries[i].stages;
	}
	ret->splits = splits;
	ret->rows_of = rows;
	ret->stages_of = stages;
	return true;
}
