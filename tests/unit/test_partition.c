/* The integer program: the published test vectors of Sonata's (SONATA-DEV, sonata_ilp.py: inputs and optima), small random
 * problems against trying everything, and what happens when time is short. */
#include "plan/partition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "unit.h"

#define SECOND 1000000000u
#define STEPS 2

/* Tables that refine a query's keys from one level to another: tuples into the first, and what leaves each, which is also
 * the bits of its register. Levels are numbered 1.. in order; 0: raw packets. */
struct transition {
	uint32_t from, level;
	double in[STEPS], out[STEPS];
};

struct vector {
	const char *name;
	uint32_t queries, levels, stages, tables, bits;
	struct transition of[2][6];
	uint32_t ntransitions;
	struct {
		const char *mode;
		bool filters_only, finest_only, all_levels;
		double optimum;
	} wanted[4];
};

static const struct vector vectors[] = {
	{ "test 1", 1, 2, 3, 4, 100,
	  { { { 0, 2, { 1000, 120 }, { 110, 80 } }, { 0, 1, { 1000, 50 }, { 50, 30 } }, { 1, 2, { 500, 70 }, { 70, 50 } } } },
	  3,
	  { { "sonata", false, false, false, 80 } } },
	{ "test 2", 2, 1, 1, 1, 100,
	  { { { 0, 1, { 1000, 50 }, { 50, 40 } } }, { { 0, 1, { 800, 40 }, { 40, 30 } } } },
	  1,
	  { { "sonata", false, false, false, 850 } } },
	{ "test 3", 2, 3, 2, 2, 100,
	  { { { 0, 3, { 1000, 110 }, { 110, 80 } }, { 0, 1, { 1000, 40 }, { 40, 20 } }, { 0, 2, { 1000, 70 }, { 70, 50 } },
	      { 1, 2, { 700, 60 }, { 60, 40 } }, { 1, 3, { 700, 70 }, { 70, 50 } }, { 2, 3, { 500, 55 }, { 55, 35 } } },
	    { { 0, 3, { 900, 100 }, { 100, 70 } }, { 0, 1, { 900, 30 }, { 30, 10 } }, { 0, 2, { 900, 60 }, { 50, 30 } },
	      { 1, 2, { 600, 60 }, { 60, 40 } }, { 1, 3, { 600, 60 }, { 60, 40 } }, { 2, 3, { 300, 55 }, { 45, 25 } } } },
	  6,
	  { { "filters only", true, true, false, 1900 },
	    { "one level", false, true, false, 1070 },
	    { "fixed refinement", false, false, true, 980 },
	    { "sonata", false, false, false, 200 } } },
};

static struct part_way
way_of(struct arena *a, const struct transition *t, bool filters_only)
{
	struct part_way w = { .from = t->from, .level = t->level };

	vec_push(a, &w.cuts, (struct part_cut){ .tuples = t->in[0] });
	for (int i = 0; i < STEPS && !filters_only; i++) {
		struct part_step s = { .uses = { [PART_TABLES] = 1, [PART_BITS] = t->out[i] }, .after = { i - 1, -1 } };

		vec_push(a, &w.steps, s);
		vec_push(a, &w.cuts, (struct part_cut){ .steps = w.steps.n, .tuples = t->out[i] });
	}
	return w;
}

static struct part_problem
problem_of(struct arena *a, const struct vector *v, int mode)
{
	struct part_problem p = { .all_levels = v->wanted[mode].all_levels };

	p.nstages[PART_INGRESS] = v->stages;
	p.stages[PART_INGRESS] = arena_array(a, struct part_stage, v->stages);
	for (uint32_t s = 0; s < v->stages; s++)
		p.stages[PART_INGRESS][s] = (struct part_stage){ { v->tables, PART_UNLIMITED, v->bits, PART_UNLIMITED } };
	p.stages[PART_EGRESS] = arena_array(a, struct part_stage, 1);
	for (int b = 0; b < PART_BOUNDARIES; b++)
		p.carried[b] = PART_UNLIMITED;
	for (uint32_t q = 0; q < v->queries; q++) {
		struct part_query query = { .name = STR("q"), .levels = v->levels };

		for (uint32_t t = 0; t < v->ntransitions; t++) {
			const struct transition *from = &v->of[q][t];

			if (v->wanted[mode].finest_only && (from->from || from->level != v->levels))
				continue;
			vec_push(a, &query.ways, way_of(a, from, v->wanted[mode].filters_only));
		}
		vec_push(a, &p.queries, query);
	}
	return p;
}

/* Does the library find a solver at all? */
static bool
has_solver(struct arena *a)
{
	struct part_problem p = problem_of(a, &vectors[0], 0);
	struct part_result r;

	return part_cbc(a, &p, 5 * (uint64_t)SECOND, NULL, &r);
}

static void
published(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	if (!has_solver(a)) {
		arena_free(a);
		skip();
	}
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		for (int m = 0; m < 4 && vectors[i].wanted[m].mode; m++) {
			struct part_problem p = problem_of(a, &vectors[i], m);
			struct part_result r;

			part_solve(a, &p, 20 * (uint64_t)SECOND, &r);
			print_message("# %s, %s: %g\n", vectors[i].name, vectors[i].wanted[m].mode, r.tuples);
			assert_int_equal(r.status, PART_OPTIMAL);
			assert_true(fabs(r.tuples - vectors[i].wanted[m].optimum) < 1e-6);
			assert_str(part_check(a, &p, &r), "");
		}
	arena_free(a);
}

/* --- random problems, against trying everything --------------------------------------------------- */

static uint32_t
below(uint64_t *seed, uint32_t n)
{
	return (uint32_t)(unit_random(seed) % n);
}

static struct part_problem
random_problem(struct arena *a, uint64_t *seed)
{
	struct part_problem p = { .all_levels = false };
	uint32_t queries = 1 + below(seed, 3);

	for (uint32_t pipe = 0; pipe < PART_PIPES; pipe++) {
		p.nstages[pipe] = 1 + below(seed, 3);
		p.stages[pipe] = arena_array(a, struct part_stage, p.nstages[pipe]);
		for (uint32_t s = 0; s < p.nstages[pipe]; s++)
			p.stages[pipe][s] = (struct part_stage){ { 1 + below(seed, 2), 2, 100, PART_UNLIMITED } };
	}
	for (int b = 0; b < PART_BOUNDARIES; b++)
		p.carried[b] = 20 + below(seed, 60);
	for (uint32_t q = 0; q < queries; q++) {
		struct part_query query = { .name = STR("q"), .levels = 1 };
		double tuples = 1000;

		for (uint32_t w = 0; w < 1 + below(seed, 2); w++) {
			struct part_way way = { .level = 1 };

			vec_push(a, &way.cuts, (struct part_cut){ .tuples = tuples });
			for (uint32_t s = 0, n = 1 + below(seed, 3); s < n; s++) {
				struct part_step step = { .after = { (int32_t)s - 1, -1 } };

				step.pipe = s && way.steps.v[s - 1].pipe ? PART_EGRESS : below(seed, 2);
				step.uses[PART_TABLES] = 1;
				step.uses[PART_UNITS] = below(seed, 3);
				step.uses[PART_BITS] = below(seed, 100);
				vec_push(a, &way.steps, step);
				tuples = tuples * (1 + below(seed, 9)) / 10;
				vec_push(a, &way.cuts, (struct part_cut){ .steps = s + 1, .tuples = floor(tuples),
									  .carried = { below(seed, 40) } });
			}
			vec_push(a, &query.ways, way);
		}
		vec_push(a, &p.queries, query);
	}
	return p;
}

/* Tries every stage for every step of every cut, with what is left in the stages. */
struct trial {
	const struct part_problem *p;
	struct part_stage left[PART_PIPES][4];
	double carried;
	double best;
};

static void try_query(struct trial *t, uint32_t query, double sum);

static void
try_step(struct trial *t, uint32_t query, const struct part_way *w, uint32_t steps, uint32_t at, uint32_t *stages, double sum)
{
	const struct part_step *s = &w->steps.v[at];

	if (at == steps) {
		try_query(t, query + 1, sum);
		return;
	}
	for (uint32_t stage = 0; stage < t->p->nstages[s->pipe]; stage++) {
		struct part_stage *room = &t->left[s->pipe][stage], before = *room;
		bool fits = at == 0 || w->steps.v[at - 1].pipe != s->pipe || stages[at - 1] < stage;

		for (int i = 0; i < PART_RESOURCES; i++)
			fits &= (room->left[i] -= s->uses[i]) >= 0;
		stages[at] = stage;
		if (fits)
			try_step(t, query, w, steps, at + 1, stages, sum);
		*room = before;
	}
}

static void
try_query(struct trial *t, uint32_t query, double sum)
{
	uint32_t stages[8];

	if (sum >= t->best)
		return;
	if (query == t->p->queries.n) {
		t->best = sum;
		return;
	}
	vec_each(w, &t->p->queries.v[query].ways)
		vec_each(c, &w->cuts) {
			t->carried -= c->carried[0];
			if (t->carried >= 0)
				try_step(t, query, w, c->steps, 0, stages, sum + c->tuples);
			t->carried += c->carried[0];
		}
}

static void
against_everything(void **state)
{
	uint64_t seed = 4;
	uint32_t better = 0;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct arena *a = arena_make();
		struct part_problem p = random_problem(a, &seed);
		struct trial t = { .p = &p, .carried = p.carried[0], .best = 1e9 };
		struct part_result r, simple;

		if (round == 0 && !has_solver(a)) {
			arena_free(a);
			skip();
		}
		for (int pipe = 0; pipe < PART_PIPES; pipe++)
			memcpy(t.left[pipe], p.stages[pipe], p.nstages[pipe] * sizeof(struct part_stage));
		try_query(&t, 0, 0);
		part_greedy(a, &p, &simple);
		part_solve(a, &p, 20 * (uint64_t)SECOND, &r);
		assert_int_equal(r.status, PART_OPTIMAL);
		assert_true(fabs(r.tuples - t.best) < 1e-6);
		assert_true(simple.tuples >= t.best - 1e-6);
		better += simple.tuples > t.best + 1e-6;
		arena_free(a);
	}
	assert_true(better > 0); /* else the simple search would do */
}

/* --- little time, no room ------------------------------------------------------------------------- */

/* Many queries that all want the same few stages. */
static struct part_problem
crowd(struct arena *a, uint32_t queries, uint32_t stages)
{
	struct part_problem p = { .all_levels = false };
	uint64_t seed = 9;

	p.nstages[PART_INGRESS] = stages;
	p.stages[PART_INGRESS] = arena_array(a, struct part_stage, stages);
	p.stages[PART_EGRESS] = arena_array(a, struct part_stage, 1);
	for (uint32_t s = 0; s < stages; s++)
		p.stages[PART_INGRESS][s] = (struct part_stage){ { 8, 4, 1000, 300 } };
	for (int b = 0; b < PART_BOUNDARIES; b++)
		p.carried[b] = 512;
	for (uint32_t q = 0; q < queries; q++) {
		struct part_query query = { .name = STR("q"), .levels = 1 };

		for (uint32_t w = 0; w < 3; w++) {
			struct part_way way = { .level = 1 };

			vec_push(a, &way.cuts, (struct part_cut){ .tuples = 5000 });
			for (int32_t s = 0; s < 6; s++) {
				struct part_step step = { .after = { s - 1, s - 2 },
							  .uses = { 1, 1, 100 + below(&seed, 500), 30 + below(&seed, 90) } };

				vec_push(a, &way.steps, step);
				vec_push(a, &way.cuts, (struct part_cut){ .steps = (uint32_t)s + 1,
					.tuples = 4000 - 600 * s + below(&seed, 500), .carried = { 10 + below(&seed, 30) } });
			}
			vec_push(a, &query.ways, way);
		}
		vec_push(a, &p.queries, query);
	}
	return p;
}

/* A plan comes back in any case, no worse than the simple one, with an honest bound; a solver that goes on would hang the test. */
static void
short_time(void **state)
{
	struct arena *a = arena_make();
	struct part_problem p = crowd(a, 24, 12);
	struct part_result simple, r;

	(void)state;
	part_greedy(a, &p, &simple);
	assert_int_equal(simple.status, PART_GREEDY);
	part_solve(a, &p, SECOND / 5, &r);
	assert_true(r.status != PART_INFEASIBLE);
	assert_true(r.tuples <= simple.tuples && r.bound <= r.tuples);
	assert_str(part_check(a, &p, &r), "");
	arena_free(a);
}

static void
no_room(void **state)
{
	struct arena *a = arena_make();
	struct part_problem p = crowd(a, 3, 2);
	struct part_result r;

	(void)state;
	for (uint32_t q = 0; q < p.queries.n; q++)
		vec_each(w, &p.queries.v[q].ways) {
			w->cuts.v[0] = w->cuts.v[w->cuts.n - 1]; /* six steps in two stages */
			w->cuts.n = 1;
		}
	part_solve(a, &p, SECOND, &r);
	assert_int_equal(r.status, PART_INFEASIBLE);
	arena_free(a);
}

/* The check finds what is wrong with a result. */
static void
checks(void **state)
{
	struct arena *a = arena_make();
	struct part_problem p = crowd(a, 2, 8);
	struct part_result r;
	uint32_t *stages;

	(void)state;
	part_greedy(a, &p, &r);
	assert_str(part_check(a, &p, &r), "");
	stages = r.choices.v[0].stages;
	stages[1] = stages[0];
	assert_str(part_check(a, &p, &r), "q: step 1 is not behind step 0, which it needs");
	stages[1] = 8;
	assert_str(part_check(a, &p, &r), "q: step 1 is beyond the last stage");
	part_greedy(a, &p, &r);
	p.carried[0] = 1;
	assert_str(part_check(a, &p, &r), "too many bits cross boundary 0");
	p.carried[0] = 512;
	p.stages[0][0].left[PART_UNITS] = 0;
	assert_str(part_check(a, &p, &r), "stage 0 of pipeline 0 holds too much of resource 1");
	r.choices.n--;
	assert_str(part_check(a, &p, &r), "q: level 1 is reached in 0 ways");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published), cmocka_unit_test(against_everything), cmocka_unit_test(short_time),
		cmocka_unit_test(no_room),   cmocka_unit_test(checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
