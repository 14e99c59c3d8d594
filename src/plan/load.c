/* load.c - assumptions, and what follows from numbers of keys. */
#include "plan/load.h"

#include <math.h>

uint32_t
plan_operators(const struct ir_query *q)
{
	uint32_t n = 0;

	if (q->stateful >= 0)
		return (uint32_t)q->stateful + 1;
	while (n < q->nodes.n && (q->nodes.v[n]->kind == IR_FILTER || q->nodes.v[n]->kind == IR_MAP))
		n++;
	return n;
}

uint32_t
plan_operators_least(const struct ir_query *q)
{
	return q->stateful >= 0 && q->nodes.v[q->stateful]->kind == IR_LOST ? (uint32_t)q->stateful : 0;
}

/* As many values as the keys can have. */
static double
key_space(const struct ir_query *q)
{
	const struct ir_node *n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;
	uint32_t bits = 0;

	if (!n)
		return 0;
	vec_each(k, &n->keys)
		bits += k->type.kind == IR_BOOL ? 1 : k->type.kind == IR_PORT ? 6 : k->type.width;
	return ldexp(1, bits > 60 ? 60 : (int)bits);
}

void
plan_load_assume(struct arena *a, const struct ir_graph *g, struct plan_load *ret)
{
	*ret = (struct plan_load){ .seconds = 1 };
	ret->queries = arena_array(a, struct plan_query_load, g->queries.n + 1);
	vec_each(q, &g->queries) {
		struct plan_query_load *l = &ret->queries[(*q)->index];
		double tuples = PLAN_LOAD_PACKETS, epoch = (double)(*q)->window_ns / 1e9;

		l->n = (*q)->stateful >= 0 ? (uint32_t)(*q)->stateful : plan_operators(*q);
		l->tuples = arena_array(a, double, l->n + 1);
		l->tuples[0] = tuples;
		for (uint32_t i = 0; i < l->n; i++)
			l->tuples[i + 1] = tuples = (*q)->nodes.v[i]->kind == IR_FILTER ? tuples * PLAN_LOAD_PASS : tuples;
		l->keys = tuples * epoch * PLAN_LOAD_KEYS;
		if (l->keys < 1)
			l->keys = tuples * epoch < 1 ? tuples * epoch : 1;
		if (l->keys > key_space(*q))
			l->keys = key_space(*q);
		l->peak_keys = l->keys;
	}
}

double
plan_overflow(double keys, uint32_t rows, uint32_t stages, uint32_t generations)
{
	double older = keys * (generations - 1), left = keys;

	if (keys <= 0 || !rows)
		return keys > 0;
	for (uint32_t s = 0; s < stages; s++) {
		double held = rows * (1 - exp(-older / rows)), found = (rows - held) * (1 - exp(-left / rows));

		older -= held < older ? held : older;
		left -= found < left ? found : left;
	}
	return left / keys;
}
