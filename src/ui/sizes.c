/* sizes.c - tables of many sizes, simulated on the tuples of a training capture. */
#include "ui/sizes.h"

#include <stdio.h>

#include "ui/train.h"

#define ROWS_LEAST 16
#define ROWS_MOST (1u << 20)
#define STAGES_MOST 4

/* One tuple that wants a row. */
struct wish {
	uint64_t epoch, key;
};

struct wishes {
	VEC(struct wish) all;
};

struct watcher {
	struct train_watch watch; /* first: the callback gets it */
	struct arena *a;
	struct wishes *queries;
};

static void
on_key(struct train_watch *w, uint32_t query, uint64_t epoch, uint64_t key)
{
	struct watcher *to = (struct watcher *)w;

	vec_push(to->a, &to->queries[query].all, (struct wish){ epoch, key });
}

/* --- one size ------------------------------------------------------------------------------------- */

struct table {
	uint32_t rows, stages, generations;
	struct wish *cells; /* key 0: free */
};

static uint64_t
mixed(uint64_t v, uint32_t stage)
{
	v = (v ^ (uint64_t)(stage + 1) * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
	v = (v ^ v >> 27) * 0x94d049bb133111ebu;
	return v ^ v >> 31;
}

/* As src/weave/state.c has it. */
static bool
finds_row(struct table *t, const struct wish *w)
{
	for (uint32_t s = 0; s < t->stages; s++) {
		struct wish *cell = &t->cells[(uint64_t)s * t->rows + (mixed(w->key, s) & (t->rows - 1))];

		if (cell->key == w->key && cell->epoch == w->epoch)
			return true;
		if (!cell->key || cell->epoch + t->generations <= w->epoch) {
			*cell = *w;
			return true;
		}
	}
	return false;
}

/* The lowest share of an epoch's tuples that find a row. Tuples come by epoch, but for a few that came back. */
static double
precision_of(struct arena *a, const struct wishes *q, uint32_t rows, uint32_t stages, uint32_t generations)
{
	struct table t = { rows, stages, generations, arena_array(a, struct wish, (size_t)rows * stages) };
	uint64_t epoch = 0, found = 0, n = 0;
	double least = 1;

	for (uint32_t i = 0; i <= q->all.n; i++) {
		bool end = i == q->all.n;

		if (n && (end || q->all.v[i].epoch > epoch)) {
			least = (double)found / (double)n < least ? (double)found / (double)n : least;
			n = found = 0;
		}
		if (end)
			break;
		epoch = q->all.v[i].epoch;
		found += finds_row(&t, &q->all.v[i]);
		n++;
	}
	return least;
}

/* --- the choice ----------------------------------------------------------------------------------- */

struct size {
	uint32_t rows, stages;
	double precision;
};

/* The fewest rows in `stages` stages, below `limit` in all. */
static bool
fewest(const struct wishes *q, uint32_t stages, uint32_t generations, double wanted, uint64_t limit, struct size *ret)
{
	for (uint32_t rows = ROWS_LEAST; rows <= ROWS_MOST && (uint64_t)rows * stages < limit; rows *= 2) {
		struct arena *a = arena_make();
		double precision = precision_of(a, q, rows, stages, generations);

		arena_free(a);
		if (precision < wanted)
			continue;
		*ret = (struct size){ rows, stages, precision };
		return true;
	}
	return false;
}

static struct size
choose(const struct wishes *q, uint32_t generations, double wanted)
{
	struct size best = { 0, 0, 0 };
	uint64_t limit = UINT64_MAX;

	for (uint32_t stages = STAGES_MOST; stages > 0; stages--)
		if (fewest(q, stages, generations, wanted, limit, &best))
			limit = (uint64_t)best.rows * best.stages;
	return best;
}

static uint32_t
generations_of(const struct compilation *c, const struct ir_query *q, const struct plan_options *o)
{
	uint64_t stay = o->max_delay_ns * (c->program->egress.clones_e2e ? 2 : 1);

	return (uint32_t)(2 + (stay + q->window_ns - 1) / q->window_ns);
}

/* Only tables that nobody has given a size. */
static bool
is_open(const struct ir_query *q, const struct plan_options *o)
{
	const struct ir_node *n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;

	return n && !n->rows && !n->stages && !o->rows && !o->stages;
}

bool
sizes_from_training(struct compilation *c, const struct compile_options *o, const struct plan_target *t, struct plan_options *ret)
{
	uint32_t n = c->graph->queries.n;
	uint32_t *rows = arena_array(c->arena, uint32_t, n + 1), *stages = arena_array(c->arena, uint32_t, n + 1);
	struct watcher w = { { on_key }, c->arena, arena_array(c->arena, struct wishes, n + 1) };
	struct plan_load load;

	(void)t;
	if (!train(c, o, &w.watch, &load))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct ir_query *q = c->graph->queries.v[i];
		struct size s;

		if (!is_open(q, ret) || !w.queries[i].all.n)
			continue;
		s = choose(&w.queries[i], generations_of(c, q, ret), o->fit.precision);
		if (!s.rows) {
			diag_error(c->diags, q->at, "no table of up to %u rows a stage reaches a precision of %g on %s", ROWS_MOST,
				   o->fit.precision, o->fit.train);
			return false;
		}
		rows[i] = s.rows;
		stages[i] = s.stages;
		fprintf(stderr, "%.*s: %u stages of %u rows, precision %.4g on %s\n", STRA(q->name), s.stages, s.rows,
			s.precision, o->fit.train);
	}
	ret->rows_of = rows;
	ret->stages_of = stages;
	return true;
}
