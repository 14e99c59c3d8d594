/* partition.c - the simple search, the check of a result, and when the solver is asked. */
#include "plan/partition.h"

#include <stdlib.h>

#include "base/clock.h"
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

/* Queries by what they gain, each as far as it fits behind those before it. */
static void
greedy_by_gain(struct arena *a, const struct part_problem *p, struct part_result *ret)
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

#define FAVOURED_MAX 6
#define FAVOURED_TRIED 64 /* queries at most */

/* --- the other simple search: small steps up ----------------------------------------------------- */

/* What a cut takes, as a share of all that there is of each resource. */
static double
weight(const struct part_problem *p, const struct part_way *w, const struct part_cut *c)
{
	double all[PART_RESOURCES] = { 0 }, sum = 0;

	for (int pipe = 0; pipe < PART_PIPES; pipe++)
		for (uint32_t s = 0; s < p->nstages[pipe]; s++)
			for (int i = 0; i < PART_RESOURCES; i++)
				all[i] += p->stages[pipe][s].left[i];
	for (uint32_t i = 0; i < c->steps; i++)
		for (int k = 0; k < PART_RESOURCES; k++)
			if (all[k] < PART_UNLIMITED)
				sum += w->steps.v[i].uses[k] / (all[k] + 1);
	for (int b = 0; b < PART_BOUNDARIES; b++)
		if (p->carried[b] < PART_UNLIMITED)
			sum += c->carried[b] / (p->carried[b] + 1);
	return sum;
}

/* A cut that a query could have. */
struct offer {
	struct part_choice choice;
	double tuples, weight;
	bool tried;
};

struct offers {
	VEC(struct offer) all;
	struct offer *now; /* by query */
};

static struct offers
collect_offers(struct arena *a, const struct part_problem *p)
{
	struct offers o = { .now = arena_array(a, struct offer, p->queries.n + 1) };

	for (uint32_t q = 0; q < p->queries.n; q++)
		for (uint32_t w = 0; w < p->queries.v[q].ways.n; w++) {
			const struct part_way *way = &p->queries.v[q].ways.v[w];

			for (uint32_t c = 0; way->from == 0 && way->level == p->queries.v[q].levels && c < way->cuts.n; c++)
				vec_push(a, &o.all, (struct offer){ { q, w, c, NULL }, way->cuts.v[c].tuples,
								    weight(p, way, &way->cuts.v[c]), false });
		}
	return o;
}

/* The offer that saves most tuples for what it takes more; NULL: nothing saves any. */
static struct offer *
best_offer(struct offers *o, bool first)
{
	struct offer *best = NULL;
	double most = -1;

	vec_each(x, &o->all) {
		const struct offer *now = &o->now[x->choice.query];
		double saves, takes;

		if (x->tried || !now->choice.stages != first)
			continue;
		saves = first ? -x->weight : now->tuples - x->tuples;
		takes = first ? 1 : x->weight > now->weight ? x->weight - now->weight + 1e-9 : 1e-9;
		if (first ? !best || saves > most : saves > 0 && saves / takes > most) {
			best = x;
			most = first ? saves : saves / takes;
		}
	}
	return best;
}

static void
leave_cut(struct room *r, const struct offer *x)
{
	const struct part_way *w = &r->p->queries.v[x->choice.query].ways.v[x->choice.way];

	if (!x->choice.stages)
		return;
	give_back(r, w, w->cuts.v[x->choice.cut].steps, x->choice.stages);
	for (int b = 0; b < PART_BOUNDARIES; b++)
		r->carried[b] += w->cuts.v[x->choice.cut].carried[b];
}

/* Takes an offer instead of what the query has; or leaves all as it was. */
static void
take_offer(struct arena *a, struct room *r, struct offers *o, struct offer *x)
{
	struct offer *now = &o->now[x->choice.query];
	const struct part_way *w = &r->p->queries.v[x->choice.query].ways.v[x->choice.way];
	uint32_t *stages = arena_array(a, uint32_t, w->steps.n + 1);

	x->tried = true;
	leave_cut(r, now);
	if (place_cut(r, w, &w->cuts.v[x->choice.cut], stages)) {
		*now = *x;
		now->choice.stages = stages;
	} else if (now->choice.stages) {
		const struct part_way *old = &r->p->queries.v[now->choice.query].ways.v[now->choice.way];

		for (uint32_t i = 0; i < old->cuts.v[now->choice.cut].steps; i++)
			take_step(&r->stages[old->steps.v[i].pipe][now->choice.stages[i]], &old->steps.v[i], 1);
		for (int b = 0; b < PART_BOUNDARIES; b++)
			r->carried[b] -= old->cuts.v[now->choice.cut].carried[b];
	}
}

/* Queries that get all they want before the others get anything. */
struct favoured {
	uint32_t v[FAVOURED_MAX], n;
};

static void
favour(struct arena *a, struct room *r, struct offers *o, uint32_t query)
{
	struct offer *best;

	do {
		best = NULL;
		vec_each(x, &o->all)
			if (x->choice.query == query && !x->tried && x->tuples < o->now[query].tuples &&
			    (!best || x->tuples < best->tuples))
				best = x;
		if (best)
			take_offer(a, r, o, best);
	} while (best);
}

/* All queries begin with the cut that takes least, then go up in small steps. False when not even that fits. */
static bool
greedy_by_ratio(struct arena *a, const struct part_problem *p, const struct favoured *first, struct part_result *ret)
{
	struct offers o = collect_offers(a, p);
	struct offer *x;
	struct room r;

	*ret = (struct part_result){ .status = PART_GREEDY };
	room_open(a, p, &r);
	while ((x = best_offer(&o, true)))
		take_offer(a, &r, &o, x);
	for (uint32_t i = 0; first && i < first->n; i++)
		favour(a, &r, &o, first->v[i]);
	while ((x = best_offer(&o, false)))
		take_offer(a, &r, &o, x);
	for (uint32_t q = 0; q < p->queries.n; q++) {
		if (!o.now[q].choice.stages)
			return false;
		vec_push(a, &ret->choices, o.now[q].choice);
		ret->tuples += o.now[q].tuples;
	}
	return true;
}

void
part_greedy(struct arena *a, const struct part_problem *p, struct part_result *ret)
{
	struct part_result other;

	greedy_by_gain(a, p, ret);
	if (ret->status == PART_OPTIMAL || p->all_levels || !greedy_by_ratio(a, p, NULL, &other))
		return;
	if (ret->status == PART_INFEASIBLE || other.tuples < ret->tuples) {
		other.bound = ret->bound;
		*ret = other;
	}
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

/* --- early --------------------------------------------------------------------------------------- */

/* The solver is content with any stage that will do: moves each step to the first one, in order, so that plans are the same
 * whatever solver found them. */
static void
move_early(struct arena *a, const struct part_problem *p, struct part_result *r)
{
	struct room left;

	room_open(a, p, &left);
	vec_each(c, &r->choices) {
		const struct part_way *w = &p->queries.v[c->query].ways.v[c->way];

		for (uint32_t i = 0; i < w->cuts.v[c->cut].steps; i++)
			take_step(&left.stages[w->steps.v[i].pipe][c->stages[i]], &w->steps.v[i], 1);
	}
	vec_each(c, &r->choices) {
		const struct part_way *w = &p->queries.v[c->query].ways.v[c->way];

		for (uint32_t i = 0; i < w->cuts.v[c->cut].steps; i++) {
			const struct part_step *step = &w->steps.v[i];
			uint32_t at = earliest(w, step, c->stages);

			take_step(&left.stages[step->pipe][c->stages[i]], step, -1);
			while (at < c->stages[i] && !step_fits(&left.stages[step->pipe][at], step))
				at++;
			c->stages[i] = at;
			take_step(&left.stages[step->pipe][at], step, 1);
		}
	}
}

/* Does favouring some queries help? One more at a time, as long as it does. */
static void
climb(struct arena *a, const struct part_problem *p, struct part_result *best)
{
	struct favoured f = { .n = 0 };
	bool better = true;

	while (better && f.n < FAVOURED_MAX) {
		uint32_t found = 0;

		better = false;
		f.n++;
		for (uint32_t q = 0; q < p->queries.n && q < FAVOURED_TRIED; q++) {
			struct part_result r;

			f.v[f.n - 1] = q;
			if (!greedy_by_ratio(a, p, &f, &r) || r.tuples >= best->tuples * (1 - 1e-9))
				continue;
			r.bound = best->bound;
			*best = r;
			found = q;
			better = true;
		}
		f.v[f.n - 1] = found;
	}
}

/* --- both together -------------------------------------------------------------------------------- */

void
part_solve(struct arena *a, const struct part_problem *p, uint64_t time_ns, struct part_result *ret)
{
	struct part_result simple, solved;
	uint64_t start;
	struct str wrong;

	part_greedy(a, p, &simple);
	*ret = simple;
	start = clock_now();
	if (simple.status == PART_GREEDY && !p->all_levels)
		climb(a, p, &simple);
	*ret = simple;
	if (simple.status != PART_OPTIMAL &&
	    part_cbc(a, p, time_ns, simple.status == PART_INFEASIBLE ? NULL : &simple, &solved) &&
	    (simple.status == PART_INFEASIBLE || solved.status == PART_OPTIMAL || solved.tuples < simple.tuples))
		*ret = solved;
	else if (ret->status == PART_GREEDY && clock_now() - start >= time_ns)
		ret->status = PART_TIMED;
	if (ret->status != PART_INFEASIBLE)
		move_early(a, p, ret);
	wrong = ret->status == PART_INFEASIBLE ? STR_NONE : part_check(a, p, ret);
	if (wrong.n)
		bug("a partition that can't be: %.*s", STRA(wrong));
}
