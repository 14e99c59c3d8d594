/* partition.c - the simple search, the check of a result, and when the solver is asked. */
#include "plan/partition.h"

#include <stdlib.h>

#include "base/diag.h"

/* --- room in the stages ------------------------------------------------------------------------- */

struct room {
	const struct part_problem *p;
	struct part_stage *stages[PART_PIPES];
	double carried[PART_BOUNDARIES];
};

static void
room_open(struct arena *a, const struct part_problem *p, struct room *r)
{
	*r = (struct room){ .p = p };
	for (int i = 0; i < PART_PIPES; i++)
		r->stages[i] = arena_copy(a, p->stages[i], p->nstages[i] * sizeof(struct part_stage));
	if (p->stages[PART_EGRESS] == p->stages[PART_INGRESS])
		r->stages[PART_EGRESS] = r->stages[PART_INGRESS];
	for (int b = 0; b < PART_BOUNDARIES; b++)
		r->carried[b] = p->carried[b];
}

static bool
step_fits(const struct part_stage *s, const struct part_step *step)
{
	for (int i = 0; i < PART_RESOURCES; i++)
		if (step->uses[i] > s->left[i] + 1e-6)
			return false;
	return true;
}

static void
take_step(struct part_stage *s, const struct part_step *step, double sign)
{
	for (int i = 0; i < PART_RESOURCES; i++)
		s->left[i] -= sign * step->uses[i];
}

/* The first stage where a step may be, by what it needs. */
static uint32_t
earliest(const struct part_way *w, const struct part_step *step, const uint32_t *stages)
{
	uint32_t first = step->first;

	for (int i = 0; i < 2; i++) {
		int32_t before = step->after[i];

		if (before >= 0 && w->steps.v[before].pipe == step->pipe && stages[before] + 1 > first)
			first = stages[before] + 1;
	}
	return first;
}

static void
give_back(struct room *r, const struct part_way *w, uint32_t n, const uint32_t *stages)
{
	for (uint32_t i = 0; i < n; i++)
		take_step(&r->stages[w->steps.v[i].pipe][stages[i]], &w->steps.v[i], -1);
}

/* Puts the cut's steps into the first stages that have room; all or none. */
static bool
place_cut(struct room *r, const struct part_way *w, const struct part_cut *c, uint32_t *stages)
{
	for (int b = 0; b < PART_BOUNDARIES; b++)
		if (c->carried[b] > r->carried[b] + 1e-6)
			return false;
	for (uint32_t i = 0; i < c->steps; i++) {
		const struct part_step *step = &w->steps.v[i];
		uint32_t at = earliest(w, step, stages);

		while (at < r->p->nstages[step->pipe] && !step_fits(&r->stages[step->pipe][at], step))
			at++;
		if (at >= r->p->nstages[step->pipe]) {
			give_back(r, w, i, stages);
			return false;
		}
		stages[i] = at;
		take_step(&r->stages[step->pipe][at], step, 1);
	}
	for (int b = 0; b < PART_BOUNDARIES; b++)
		r->carried[b] -= c->carried[b];
	return true;
}

/* --- the simple search -------------------------------------------------------------------------- */

/* Tuples of the worst and the best cut of the ways from raw packets to a level. */
static void
range(const struct part_query *q, uint32_t level, double *ret_least, double *ret_most)
{
	*ret_least = PART_UNLIMITED;
	*ret_most = 0;
	vec_each(w, &q->ways) {
		if (w->level != level || w->from != 0)
			continue;
		vec_each(c, &w->cuts) {
			*ret_least = c->tuples < *ret_least ? c->tuples : *ret_least;
			*ret_most = c->tuples > *ret_most ? c->tuples : *ret_most;
		}
	}
}

/* The best cut that still fits; false when none does. */
static bool
choose(struct arena *a, struct room *r, uint32_t query, uint32_t level, struct part_result *ret)
{
	const struct part_query *q = &r->p->queries.v[query];
	VEC(struct part_choice) tried = { 0 };

	for (;;) {
		struct part_choice best = { 0 };
		double least = PART_UNLIMITED;

		for (uint32_t w = 0; w < q->ways.n; w++)
			for (uint32_t c = 0; c < q->ways.v[w].cuts.n; c++) {
				const struct part_way *way = &q->ways.v[w];
				bool seen = way->level != level || way->from != 0;

				vec_each(t, &tried)
					seen |= t->way == w && t->cut == c;
				if (seen || way->cuts.v[c].tuples >= least)
					continue;
				least = way->cuts.v[c].tuples;
				best = (struct part_choice){ query, w, c, NULL };
			}
		if (least == PART_UNLIMITED)
			return false;
		vec_push(a, &tried, best);
		best.stages = arena_array(a, uint32_t, q->ways.v[best.way].steps.n + 1);
		if (place_cut(r, &q->ways.v[best.way], &q->ways.v[best.way].cuts.v[best.cut], best.stages)) {
			vec_push(a, &ret->choices, best);
			ret->tuples += least;
			return true;
		}
	}
}

static int
by_query(const void *x, const void *y)
{
	const struct part_choice *a = x, *b = y;

	return a->query < b->query ? -1 : a->query > b->query;
}

void
part_greedy(struct arena *a, const struct part_problem *p, struct part_result *ret)
{
	bool *done = arena_array(a, bool, p->queries.n + 1);
	bool one_level = true;
	struct room r;

	*ret = (struct part_result){ .status = PART_GREEDY };
	room_open(a, p, &r);
	for (uint32_t n = 0; n < p->queries.n; n++) {
		uint32_t best = p->queries.n;
		double gain = -1, least, most;

		for (uint32_t i = 0; i < p->queries.n; i++) {
			range(&p->queries.v[i], p->queries.v[i].levels, &least, &most);
			if (!done[i] && most - least > gain) {
				gain = most - least;
				best = i;
			}
		}
		done[best] = true;
		range(&p->queries.v[best], p->queries.v[best].levels, &least, &most);
		one_level &= p->queries.v[best].levels == 1;
		ret->bound += least;
		for (uint32_t l = p->all_levels ? 1 : p->queries.v[best].levels; l <= p->queries.v[best].levels; l++)
			if (!choose(a, &r, best, l, ret)) {
				ret->status = PART_INFEASIBLE;
				return;
			}
	}
	if (ret->choices.n)
		qsort(ret->choices.v, ret->choices.n, sizeof(*ret->choices.v), by_query);
	if (one_level && ret->tuples <= ret->bound * (1 + 1e-9))
		ret->status = PART_OPTIMAL;
	if (!one_level)
		ret->bound = 0;
}

/* --- the check ------------------------------------------------------------------------------------ */

static struct str
check_choice(struct arena *a, const struct part_problem *p, const struct part_choice *c)
{
	const struct part_query *q;
	const struct part_way *w;

	if (c->query >= p->queries.n || c->way >= p->queries.v[c->query].ways.n)
		return STR("a choice of something that is not there");
	q = &p->queries.v[c->query];
	w = &q->ways.v[c->way];
	if (c->cut >= w->cuts.n)
		return str_fmt(a, "%.*s: no such cut", STRA(q->name));
	for (uint32_t i = 0; i < w->cuts.v[c->cut].steps; i++) {
		const struct part_step *s = &w->steps.v[i];

		if (c->stages[i] >= p->nstages[s->pipe])
			return str_fmt(a, "%.*s: step %u is beyond the last stage", STRA(q->name), i);
		if (c->stages[i] < s->first)
			return str_fmt(a, "%.*s: step %u is before what it reads is written", STRA(q->name), i);
		for (int k = 0; k < 2; k++)
			if (s->after[k] >= 0 && w->steps.v[s->after[k]].pipe == s->pipe &&
			    c->stages[s->after[k]] >= c->stages[i])
				return str_fmt(a, "%.*s: step %u is not behind step %d, which it needs", STRA(q->name), i,
					       s->after[k]);
	}
	return STR_NONE;
}

static struct str
check_levels(struct arena *a, const struct part_problem *p, const struct part_result *r, uint32_t query)
{
	const struct part_query *q = &p->queries.v[query];
	uint32_t *reached = arena_array(a, uint32_t, q->levels + 1);

	vec_each(c, &r->choices)
		if (c->query == query)
			reached[q->ways.v[c->way].level]++;
	for (uint32_t l = 1; l <= q->levels; l++)
		if (reached[l] > 1 || ((l == q->levels || p->all_levels) && !reached[l]))
			return str_fmt(a, "%.*s: level %u is reached in %u ways", STRA(q->name), l, reached[l]);
	vec_each(c, &r->choices)
		if (c->query == query && q->ways.v[c->way].from && !reached[q->ways.v[c->way].from])
			return str_fmt(a, "%.*s: a level is reached from one that is off", STRA(q->name));
	return STR_NONE;
}

struct str
part_check(struct arena *a, const struct part_problem *p, const struct part_result *r)
{
	struct str wrong = STR_NONE;
	struct room left;

	room_open(a, p, &left);
	vec_each(c, &r->choices) {
		const struct part_way *w;

		wrong = check_choice(a, p, c);
		if (wrong.n)
			return wrong;
		w = &p->queries.v[c->query].ways.v[c->way];
		for (uint32_t i = 0; i < w->cuts.v[c->cut].steps; i++)
			take_step(&left.stages[w->steps.v[i].pipe][c->stages[i]], &w->steps.v[i], 1);
		for (int b = 0; b < PART_BOUNDARIES; b++)
			left.carried[b] -= w->cuts.v[c->cut].carried[b];
	}
	for (uint32_t q = 0; q < p->queries.n && !wrong.n; q++)
		wrong = check_levels(a, p, r, q);
	for (int pipe = 0; pipe < PART_PIPES && !wrong.n; pipe++)
		for (uint32_t s = 0; s < p->nstages[pipe]; s++)
			for (int i = 0; i < PART_RESOURCES; i++)
				if (left.stages[pipe][s].left[i] < -1e-3)
					wrong = str_fmt(a, "stage %u of pipeline %d holds too much of resource %d", s, pipe, i);
	for (int b = 0; b < PART_BOUNDARIES && !wrong.n; b++)
		if (left.carried[b] < -1e-3)
			wrong = str_fmt(a, "too many bits cross boundary %d", b);
	return wrong;
}

/* --- both together -------------------------------------------------------------------------------- */

void
part_solve(struct arena *a, const struct part_problem *p, uint64_t time_ns, struct part_result *ret)
{
	struct part_result simple, solved;
	struct str wrong;

	part_greedy(a, p, &simple);
	*ret = simple;
	if (simple.status != PART_OPTIMAL &&
	    part_cbc(a, p, time_ns, simple.status == PART_INFEASIBLE ? NULL : &simple, &solved) &&
	    (simple.status == PART_INFEASIBLE || solved.status == PART_OPTIMAL || solved.tuples < simple.tuples))
		*ret = solved;
	wrong = ret->status == PART_INFEASIBLE ? STR_NONE : part_check(a, p, ret);
	if (wrong.n)
		bug("a partition that can't be: %.*s", STRA(wrong));
}
