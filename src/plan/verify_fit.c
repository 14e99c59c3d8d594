/* verify_fit.c - an independent look at a fit: adds up what each stage holds, the program's and the queries', against the model's own
 * numbers, and checks that steps wait for what they need and that the plan does what the fit says. Knows nothing of how it was made. */
#include "plan/fit.h"

struct total {
	double of[PART_RESOURCES];
};

static double
number(uint64_t n)
{
	return n == MODEL_UNLIMITED ? PART_UNLIMITED : (double)n;
}

static void
add_program(const struct plan_fit *f, uint32_t pipe, struct total *stages, uint32_t n)
{
	vec_each(i, &f->stages.pipes[pipe].items) {
		if (i->first > i->last || i->last >= n)
			bug("%.*s is in stages %u to %u of %u", STRA(i->name), i->first, i->last, n);
		stages[i->first].of[PART_UNITS] += i->units;
		stages[i->first].of[PART_BITS] += (double)i->register_bits;
		stages[i->first].of[PART_HASH] += (double)i->hash_bits;
		stages[i->first].of[PART_TABLES]++;
		if (i->last > i->first)
			stages[i->last].of[PART_TABLES]++; /* and some between them */
		if (i->behind >= 0 && f->stages.pipes[pipe].items.v[i->behind].last + (i->why >= STAGES_ACTION) > i->first)
			bug("%.*s is not behind %.*s", STRA(i->name), STRA(f->stages.pipes[pipe].items.v[i->behind].name));
	}
}

static void
add_query(const struct plan_fit *f, const struct plan_fit_query *q, struct total *stages, uint32_t pipe, uint32_t n)
{
	const struct part_way *w = q->way;

	for (uint32_t i = 0; i < w->cuts.v[q->choice->cut].steps; i++) {
		const struct part_step *s = &w->steps.v[i];
		uint32_t at = q->choice->stages[i];

		if (s->pipe != pipe)
			continue;
		if (at >= n || at < s->first)
			bug("a query's step is in stage %u of %u, and may be from %u on", at, n, s->first);
		if (s->first && s->first != f->stages.pipes[pipe].used)
			bug("a step waits for stage %u, and the program's last is %u", s->first, f->stages.pipes[pipe].used);
		for (int k = 0; k < 2; k++)
			if (s->after[k] >= 0 && ((uint32_t)s->after[k] >= i ||
						 (w->steps.v[s->after[k]].pipe == pipe && q->choice->stages[s->after[k]] >= at)))
				bug("a step in stage %u needs another of stage %u", at, q->choice->stages[s->after[k]]);
		for (int r = 0; r < PART_RESOURCES; r++)
			stages[at].of[r] += s->uses[r];
	}
}

static void
check_totals(const struct plan_model *m, const struct total *stages, uint32_t n)
{
	const double limits[PART_RESOURCES] = { number(m->tables), number(m->stateful_units), number(m->register_bits),
						number(m->hash_bits) };

	for (uint32_t s = 0; s < n; s++)
		for (int r = 0; r < PART_RESOURCES; r++)
			if (stages[s].of[r] > limits[r] * (1 + 1e-9))
				bug("stage %u holds %.0f %s of %.0f", s, stages[s].of[r], plan_resource_words[r], limits[r]);
}

/* The plan's states are those that were fitted. */
static void
check_states(const struct plan *p)
{
	vec_each(s, &p->states) {
		const struct plan_fit_query *q = &p->fit->queries[s->query->index];

		if (s->split != q->split)
			bug("%.*s runs %u operators in the switch, not %u", STRA(s->prefix), s->split, q->split);
		if (q->rows && (s->rows != q->rows || s->stages != q->stages))
			bug("%.*s has %u x %u rows, not %u x %u", STRA(s->prefix), s->stages, s->rows, q->stages, q->rows);
	}
}

void
plan_verify_fit(const struct plan *p)
{
	const struct plan_fit *f = p->fit;
	const struct plan_model *m = f->model;
	uint64_t most[PART_PIPES] = { m->ingress_stages, m->egress_stages };
	struct total *stages[PART_PIPES];

	for (uint32_t pipe = 0; pipe < PART_PIPES; pipe++) {
		uint32_t n = f->stages.pipes[pipe].nstages;

		if (n > most[pipe])
			bug("%u stages of %llu", n, (unsigned long long)most[pipe]);
		/* shared stages hold both pipelines' */
		stages[pipe] = pipe && m->shared && n == f->stages.pipes[0].nstages ? stages[0] :
									      arena_array(p->arena, struct total, n + 1);
		add_program(f, pipe, stages[pipe], n);
		for (uint32_t q = 0; q < p->graph->queries.n; q++)
			add_query(f, &f->queries[q], stages[pipe], pipe, n);
		check_totals(m, stages[pipe], n);
	}
	check_states(p);
}
