/* The distribution over sets of queries: known ones, such that exist by the way they were made, and such that can't. */
#include "plan/network.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define WHOLE (UINT64_C(1) << 32)

struct problem {
	struct plan_network_need needs[IR_NETWORK_QUERIES];
	uint32_t n, budget;
};

static uint64_t
got(const struct plan_network_mix *mix, uint32_t n, uint32_t q)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += mix[i].members >> q & 1 ? mix[i].share : 0;
	return sum;
}

static uint32_t
bits(const struct problem *p, uint32_t members)
{
	uint32_t sum = 0;

	for (uint32_t q = 0; q < p->n; q++)
		sum += members >> q & 1 ? p->needs[q].bits : 0;
	return sum;
}

/* What must hold of every answer. */
static void
check(const struct problem *p, const struct plan_network_mix *mix, uint32_t n)
{
	uint64_t all = 0;

	assert_in_range(n, 1, p->n + 1);
	for (uint32_t i = 0; i < n; i++) {
		assert_true(bits(p, mix[i].members) <= p->budget);
		assert_true(mix[i].share > 0);
		assert_true(i == 0 || mix[i].members > mix[i - 1].members);
		all += mix[i].share;
	}
	assert_int_equal(all, WHOLE);
	for (uint32_t q = 0; q < p->n; q++)
		assert_true(got(mix, n, q) + 64 >= p->needs[q].share);
}

static uint32_t
solve(const struct problem *p, struct plan_network_mix *mix)
{
	struct arena *a = arena_make();
	uint32_t n = plan_network_mix(a, p->needs, p->n, p->budget, mix);

	arena_free(a);
	return n;
}

static void
known(void **state)
{
	struct problem p = { { { 8, WHOLE }, { 8, WHOLE / 16 * 15 }, { 8, WHOLE / 16 } }, 3, 16 };
	struct plan_network_mix mix[PLAN_NETWORK_MIX];

	(void)state;
	assert_int_equal(solve(&p, mix), 2);
	check(&p, mix, 2);
	assert_int_equal(mix[0].members, 3);
	assert_int_equal(mix[0].share, WHOLE / 16 * 15);
	assert_int_equal(mix[1].members, 5);
	p.needs[2].share += 1000;
	assert_int_equal(solve(&p, mix), 0);
	p.budget = 24;
	assert_int_equal(solve(&p, mix), 1);
	assert_int_equal(mix[0].members, 7);
}

/* A quarter of the packets is left over: it is shared in proportion. */
static void
left_over(void **state)
{
	struct problem p = { { { 8, WHOLE / 2 }, { 8, WHOLE / 4 } }, 2, 8 };
	struct plan_network_mix mix[PLAN_NETWORK_MIX];

	(void)state;
	assert_int_equal(solve(&p, mix), 2);
	check(&p, mix, 2);
	assert_in_range(got(mix, 2, 0), WHOLE / 3 * 2 - 64, WHOLE / 3 * 2 + 64);
	p.budget = 16;
	assert_int_equal(solve(&p, mix), 1);
	assert_int_equal(mix[0].members, 3);
}

/* No two fit together, though on average there were bits enough. */
static void
apart(void **state)
{
	struct problem p = { { { 9, WHOLE / 2 }, { 9, WHOLE / 2 }, { 9, WHOLE / 2 } }, 3, 16 };
	struct plan_network_mix mix[PLAN_NETWORK_MIX];

	(void)state;
	assert_int_equal(solve(&p, mix), 0);
	p.budget = 18;
	check(&p, mix, solve(&p, mix));
	p.needs[0].bits = 19;
	assert_int_equal(solve(&p, mix), 0);
}

/* Needs that some mixture of sets meets exactly; and a little more than the budget holds. */
static void
random_ones(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (uint32_t round = 0; round < 400; round++) {
		struct problem p = { .n = 1 + (uint32_t)(unit_random(&seed) % 12), .budget = 8 + (uint32_t)(unit_random(&seed) % 25) };
		struct plan_network_mix mix[PLAN_NETWORK_MIX];
		uint64_t left = WHOLE, sum = 0;

		for (uint32_t q = 0; q < p.n; q++)
			p.needs[q].bits = 1 + (uint32_t)(unit_random(&seed) % 8);
		for (uint32_t i = 0; i < 6; i++) {
			uint32_t set = (uint32_t)unit_random(&seed) & ((1u << p.n) - 1);
			uint64_t share = i == 5 ? left : unit_random(&seed) % (left + 1);

			while (bits(&p, set) > p.budget)
				set &= set - 1;
			for (uint32_t q = 0; q < p.n; q++)
				p.needs[q].share += set >> q & 1 ? share : 0;
			left -= share;
		}
		check(&p, mix, solve(&p, mix));
		for (uint32_t q = 0; q < p.n; q++) {
			p.needs[q].share = WHOLE / 2 + unit_random(&seed) % (WHOLE / 2);
			sum += p.needs[q].share * p.needs[q].bits;
		}
		if (sum > p.budget * (WHOLE + 1000))
			assert_int_equal(solve(&p, mix), 0);
	}
}

/* The most that there may be. */
static void
many(void **state)
{
	struct problem p = { .n = IR_NETWORK_QUERIES, .budget = 32 };
	struct plan_network_mix mix[PLAN_NETWORK_MIX];

	(void)state;
	for (uint32_t q = 0; q < p.n; q++)
		p.needs[q] = (struct plan_network_need){ 4, WHOLE / 2 };
	check(&p, mix, solve(&p, mix));
	p.needs[3].share += 1000;
	assert_int_equal(solve(&p, mix), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known), cmocka_unit_test(left_over), cmocka_unit_test(apart),
		cmocka_unit_test(random_ones), cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("network_lp", tests, NULL, NULL);
}
