/* test_code.c - the encoder: who acts how often, what digests are made of, copies, fragments. */
#include "packetscope/pint.h"

#include "unit.h"

#include <math.h>

static const enum pint_scheme schemes[] = { PINT_BASELINE, PINT_XOR, PINT_HYBRID, PINT_SEARCHED };
#define SCHEMES (sizeof(schemes) / sizeof(*schemes))

static struct pint_code
make(enum pint_scheme scheme, uint32_t d, uint32_t bits, uint32_t copies, uint32_t value_bits)
{
	struct pint_code c;

	assert_true(pint_code_make(&c, scheme, d, bits, copies, value_bits, 3));
	return c;
}

static uint32_t
encode_path(const struct pint_code *c, uint32_t pid, uint32_t hops, const uint32_t *values)
{
	uint32_t digest = 0;

	for (uint32_t hop = 1; hop <= hops; hop++)
		digest = pint_encode(c, digest, pid, hop, values[hop - 1]);
	return digest;
}

static void
hashes(void **state)
{
	uint32_t sum = 0;

	(void)state;
	assert_int_equal(pint_mix(0), 0);
	for (uint32_t x = 1; x <= 1 << 16; x++) {
		/* its inverse, step by step, finds x again: nothing is lost */
		uint32_t h = pint_mix(x);

		h ^= h >> 16;
		h *= 0x43021123u;
		h ^= h >> 15 ^ h >> 30;
		h *= 0x1d69e2a5u;
		h ^= h >> 16;
		assert_int_equal(h, x);
		sum += (uint32_t)__builtin_popcount(pint_mix(x) ^ pint_mix(x ^ 1u << x % 32));
	}
	assert_in_range(sum, 15 << 16, 17 << 16); /* half of the bits change with any one */
}

static void
seeds(void **state)
{
	uint32_t all[7 * 8 * 4], n = 0;

	(void)state;
	for (uint32_t purpose = PINT_PID; purpose <= PINT_ROUND; purpose++)
		for (uint32_t query = 0; query < 8; query++)
			for (uint32_t copy = 0; copy < 4; copy++)
				all[n++] = pint_seed((enum pint_purpose)purpose, query, copy);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			assert_int_not_equal(all[i], all[j]);
}

static void
fractions(void **state)
{
	(void)state;
	assert_int_equal(pint_fraction(1, 1), UINT32_MAX);
	assert_int_equal(pint_fraction(3, 2), UINT32_MAX);
	assert_int_equal(pint_fraction(1, 2), 1u << 31);
	assert_int_equal(pint_fraction(1, 3), 0x55555555);
	assert_int_equal(pint_fraction(0, 3), 0);
}

static void
impossible_codes(void **state)
{
	struct pint_code c;

	(void)state;
	assert_false(pint_code_make(&c, PINT_HYBRID, 5, 0, 1, 0, 0));
	assert_false(pint_code_make(&c, PINT_HYBRID, 5, 33, 1, 0, 0));
	assert_false(pint_code_make(&c, PINT_HYBRID, 5, 8, 0, 0, 0));
	assert_false(pint_code_make(&c, PINT_HYBRID, 5, 8, 5, 0, 0));
	assert_false(pint_code_make(&c, PINT_HYBRID, 5, 11, 3, 0, 0));
	assert_false(pint_code_make(&c, PINT_HYBRID, 5, 8, 1, 33, 0));
	assert_true(pint_code_make(&c, PINT_HYBRID, 5, 32, 1, 32, 0));
	assert_int_equal(c.fragments, 1);
	assert_true(pint_code_make(&c, PINT_HYBRID, 5, 5, 2, 32, 0));
	assert_int_equal(c.fragments, 7);
}

/* The baseline's digest is that of one hop, each as likely: within 5 deviations. */
static void
reservoir_is_fair(void **state)
{
	struct pint_code c = make(PINT_BASELINE, 10, 8, 1, 8);
	uint32_t seen[25] = { 0 };
	uint64_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < 250000; i++) {
		uint64_t acting = pint_acting(&c, 0, (uint32_t)unit_random(&random), 25);

		assert_int_equal(__builtin_popcountll(acting), 1);
		seen[__builtin_ctzll(acting)]++;
	}
	for (uint32_t hop = 0; hop < 25; hop++)
		assert_in_range(seen[hop], 9500, 10500);
}

/* Layers, replacing and combining happen as often as the schedule says. */
static void
acts_are_as_likely_as_said(void **state)
{
	uint64_t random = 2;

	(void)state;
	for (uint32_t i = 0; i < SCHEMES; i++) {
		struct pint_code c = make(schemes[i], 12, 8, 2, 0);
		double layers[PINT_LAYERS] = { 0 }, n = 40000, before = 0;

		for (uint32_t p = 0; p < n; p++)
			layers[pint_layer(&c, 1, (uint32_t)unit_random(&random))]++;
		for (uint32_t l = 0; l < c.schedule.layers; l++) {
			double share = (c.schedule.share[l] - before) / 4294967296.0,
			       acts[3] = { 0 };

			before = c.schedule.share[l];
			assert_true(fabs(layers[l] / n - share) < 0.0125);
			for (uint32_t p = 0; p < n; p++)
				acts[pint_act(&c, 1, l, (uint32_t)unit_random(&random), 7)]++;
			assert_true(fabs(acts[PINT_REPLACE] / n -
					 c.schedule.replace[l][6] / 4294967296.0) < 0.0125);
			assert_true(fabs((acts[PINT_REPLACE] + acts[PINT_COMBINE]) / n -
					 c.schedule.either[l][6] / 4294967296.0) < 0.0125);
		}
	}
}

/* Each copy of the digest is the XOR of the symbols of pint_acting. */
static void
check_digest(const struct pint_code *c, uint32_t pid, uint32_t hops, const uint32_t *values)
{
	uint32_t digest = encode_path(c, pid, hops, values), mask = UINT32_MAX >> (32 - c->bits);

	for (uint32_t copy = 0; copy < c->copies; copy++) {
		uint32_t sum = 0;

		for (uint64_t a = pint_acting(c, copy, pid, hops); a; a &= a - 1)
			sum ^= pint_symbol(c, copy, pid, values[__builtin_ctzll(a)]);
		assert_int_equal(digest >> copy * c->bits & mask, sum);
	}
	if (c->bits * c->copies < 32)
		assert_int_equal(digest >> c->bits * c->copies, 0);
}

static void
digests_are_sums(void **state)
{
	static const uint8_t shapes[][3] = { { 8, 2, 0 },  { 1, 1, 0 },	 { 1, 4, 0 }, { 16, 2, 0 },
					     { 32, 1, 0 }, { 8, 1, 32 }, { 5, 3, 9 }, { 8, 4, 8 } };
	uint32_t values[70];
	uint64_t random = 3;

	(void)state;
	for (uint32_t i = 0; i < 70; i++)
		values[i] = (uint32_t)unit_random(&random);
	for (uint32_t i = 0; i < sizeof(shapes) / sizeof(*shapes) * SCHEMES; i++) {
		const uint8_t *s = shapes[i / SCHEMES];
		struct pint_code c = make(schemes[i % SCHEMES], 20, s[0], s[1], s[2]);

		for (uint32_t p = 0; p < 200; p++)
			check_digest(&c, (uint32_t)unit_random(&random), 1 + p % 70, values);
	}
}

static void
hops_beyond_the_last_leave_digests_alone(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < SCHEMES; i++) {
		struct pint_code c = make(schemes[i], 64, 8, 2, 0);

		for (uint32_t pid = 0; pid < 300; pid++) {
			assert_int_equal(pint_encode(&c, 0xabcd, pid, 65, 7), 0xabcd);
			assert_int_equal(pint_encode(&c, 0xabcd, pid, 255, 7), 0xabcd);
			assert_int_equal(pint_encode(&c, 0xabcd, pid, 0, 7), 0xabcd);
		}
	}
}

/* With every hop replacing, digests are fragments of the last hop's value. */
static void
fragments_make_up_the_value(void **state)
{
	struct pint_code c = make(PINT_BASELINE, 1, 5, 1, 32);
	uint32_t value = 0x89abcdef, found = 0;

	(void)state;
	for (uint32_t pid = 0; pid < 200; pid++)
		found |= pint_encode(&c, 0, pid, 1, value) << 5 * pint_fragment(&c, 0, pid);
	assert_int_equal(found, value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),
		cmocka_unit_test(seeds),
		cmocka_unit_test(fractions),
		cmocka_unit_test(impossible_codes),
		cmocka_unit_test(reservoir_is_fair),
		cmocka_unit_test(acts_are_as_likely_as_said),
		cmocka_unit_test(digests_are_sums),
		cmocka_unit_test(hops_beyond_the_last_leave_digests_alone),
		cmocka_unit_test(fragments_make_up_the_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
