/* test_scale.c - codes of values against brute force, their error bounds, and that rounding is
 * fair: to the last random number. */
#include "packetscope/pint_values.h"

#include "unit.h"

#include <stdlib.h>

static const struct pint_range ranges[] = {
	{ PINT_MULTIPLICATIVE, false, 1, 1, 2 },
	{ PINT_MULTIPLICATIVE, false, 1, 7, UINT32_MAX },
	{ PINT_MULTIPLICATIVE, true, 2, 0, 3 },
	{ PINT_MULTIPLICATIVE, true, 2, 0, 900 },
	{ PINT_MULTIPLICATIVE, false, 3, 0, UINT32_MAX },
	{ PINT_MULTIPLICATIVE, false, 4, 1, 37037 },
	{ PINT_MULTIPLICATIVE, true, 4, 0, 37037 },
	{ PINT_MULTIPLICATIVE, false, 8, 1, 66063 },
	{ PINT_MULTIPLICATIVE, true, 8, 128, 512u << 16 },
	{ PINT_MULTIPLICATIVE, false, 8, 1000, 1200 },
	{ PINT_MULTIPLICATIVE, true, 12, 0, UINT32_MAX },
	{ PINT_MULTIPLICATIVE, true, 16, 0, UINT32_MAX },
	{ PINT_ADDITIVE, false, 1, 0, 1 },
	{ PINT_ADDITIVE, true, 1, 0, UINT32_MAX },
	{ PINT_ADDITIVE, false, 3, 5, 11 },
	{ PINT_ADDITIVE, true, 4, 100, 4000 },
	{ PINT_ADDITIVE, false, 8, 0, 5000 },
	{ PINT_ADDITIVE, true, 16, 17, UINT32_MAX },
};
#define RANGES (sizeof(ranges) / sizeof(*ranges))

static struct pint_scale
make(const struct pint_range *r)
{
	struct pint_scale s;
	uint32_t *room = malloc(PINT_SCALE_WORDS(r->bits) * sizeof(*room));

	assert_non_null(room);
	assert_true(pint_scale_make(&s, r, room));
	assert_ptr_equal(s.value, room);
	return s;
}

static void
finish(struct pint_scale *s)
{
	free((void *)(uintptr_t)s->value);
}

static void
marks(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RANGES; i++) {
		const struct pint_range *r = &ranges[i];
		struct pint_scale s = make(r);

		assert_in_range(s.n, 2, 1u << r->bits);
		assert_int_equal(s.value[0], r->min);
		assert_int_equal(s.value[s.n - 1], r->max);
		for (uint32_t c = 0; c < s.n; c++) {
			assert_true(!c || s.value[c] > s.value[c - 1]);
			assert_true(!c || s.from[c] > s.from[c - 1]);
			assert_int_equal(pint_scale_code(&s, s.value[c], 0), c);
			assert_int_equal(pint_scale_code(&s, s.value[c], UINT32_MAX), c);
			assert_int_equal(pint_scale_value(&s, c), s.value[c]);
		}
		finish(&s);
	}
}

/* When there are no more values than codes, each has its own. */
static void
exact(void **state)
{
	struct pint_range r = { PINT_MULTIPLICATIVE, false, 8, 0, 255 };

	(void)state;
	for (uint32_t k = 0; k < 4; k++) {
		struct pint_scale s;

		r.spacing = k & 1 ? PINT_ADDITIVE : PINT_MULTIPLICATIVE;
		r.randomised = k & 2;
		s = make(&r);
		assert_int_equal(s.n, 256);
		for (uint32_t v = 0; v < 256; v++)
			assert_int_equal(pint_scale_code(&s, v, v * 0x01010101u), v);
		assert_int_equal(pint_scale_error(&s).absolute, 0);
		finish(&s);
	}
}

static void
saturation(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RANGES; i++) {
		struct pint_scale s = make(&ranges[i]);

		assert_int_equal(pint_scale_code(&s, 0, UINT32_MAX), 0);
		for (uint32_t random = 0; random < 4; random++) {
			assert_int_equal(pint_scale_code(&s, UINT64_MAX, random * 0x55555555u),
					 s.n - 1);
			assert_int_equal(pint_scale_code(&s, 1ull << 32, random * 0x55555555u),
					 s.n - 1);
		}
		assert_int_equal(pint_scale_value(&s, s.n), ranges[i].max);
		assert_int_equal(pint_scale_value(&s, UINT32_MAX), ranges[i].max);
		finish(&s);
	}
}

/* Is mark `a` at least as near to v as mark `b` is? */
static bool
as_near(enum pint_spacing spacing, uint64_t v, uint64_t a, uint64_t b)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a;
	bool to_high = spacing == PINT_ADDITIVE ? v - low >= high - v : v * v >= low * high;
	bool to_low = spacing == PINT_ADDITIVE ? v - low <= high - v : v * v <= low * high;

	return a == high ? to_high : to_low;
}

static void
check_nearest(const struct pint_scale *s, uint32_t v)
{
	uint32_t c = pint_scale_code(s, v, 0x12345678);

	if (c && v <= s->value[c])
		assert_true(as_near(s->range.spacing, v, s->value[c], s->value[c - 1]));
	if (c + 1 < s->n && v >= s->value[c])
		assert_true(as_near(s->range.spacing, v, s->value[c], s->value[c + 1]));
	assert_true(!c || v >= s->value[c - 1]);
	assert_true(c + 1 == s->n || v <= s->value[c + 1]);
}

static void
nearest(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < RANGES; i++) {
		struct pint_scale s = make(&ranges[i]);
		uint32_t span = ranges[i].max - ranges[i].min;

		for (uint32_t k = 0; k < 3000 && !ranges[i].randomised; k++) {
			check_nearest(&s, ranges[i].min + k % (span + (uint64_t)1));
			check_nearest(&s,
				      ranges[i].min + unit_random(&random) % (span + (uint64_t)1));
		}
		finish(&s);
	}
}

/* All values that a code may be of, with the most extreme random numbers. */
static struct pint_error
brute_error(const struct pint_scale *s)
{
	struct pint_error e = { 0 };

	for (uint64_t v = s->range.min; v <= s->range.max; v++)
		for (uint32_t up = 0; up < 2; up++) {
			uint32_t got =
				pint_scale_value(s, pint_scale_code(s, v, up ? 0 : UINT32_MAX));
			uint32_t off = (uint32_t)(got > v ? got - v : v - got);

			e.absolute = off > e.absolute ? off : e.absolute;
			if (v && (double)off / (double)v > e.relative)
				e.relative = (double)off / (double)v;
		}
	return e;
}

static void
errors(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RANGES; i++) {
		struct pint_scale s = make(&ranges[i]);
		struct pint_error said = pint_scale_error(&s), is;

		if (ranges[i].max - ranges[i].min <= 70000) {
			is = brute_error(&s);
			assert_int_equal(said.absolute, is.absolute);
			assert_true(said.relative > is.relative - 1e-12 &&
				    said.relative < is.relative + 1e-12);
		}
		finish(&s);
	}
}

static double
relative_error(struct pint_range r)
{
	struct pint_scale s = make(&r);
	double e = pint_scale_error(&s).relative;

	finish(&s);
	return e;
}

/* The published parameters of these ranges have 0.022 and 0.42 (of real numbers, not integers),
 * and 1.05. */
static void
known_errors(void **state)
{
	struct pint_range load = PINT_LOAD_RANGE(8);
	struct pint_scale s = make(&load);

	(void)state;
	assert_true(relative_error((struct pint_range){ PINT_MULTIPLICATIVE, false, 8, 1, 66063 }) <
		    0.022);
	assert_true(relative_error((struct pint_range){ PINT_MULTIPLICATIVE, false, 4, 1, 37037 }) <
		    0.43);
	for (uint32_t c = 1; c < s.n; c++)
		assert_true((double)s.value[c] <= 1.051 * s.value[c - 1]);
	finish(&s);
}

/* Of all 2^32 random numbers, those below a bound round up, and the bound makes the mean exact:
 * less than 2^-32 of the marks' distance above the value. */
static void
check_fair(const struct pint_scale *s, uint32_t v)
{
	uint32_t c = pint_scale_code(s, v, UINT32_MAX);
	uint64_t off = v - s->value[c], span, up;

	assert_true(v >= s->value[c]);
	if (c + 1 == s->n) {
		assert_int_equal(v, s->value[c]);
		return;
	}
	span = s->value[c + 1] - s->value[c];
	assert_true(off < span || s->value[c + 1] == v);
	up = ((off << 32) + span - 1) / span;
	if (up)
		assert_int_equal(pint_scale_code(s, v, (uint32_t)(up - 1)), c + 1);
	if (up <= UINT32_MAX)
		assert_int_equal(pint_scale_code(s, v, (uint32_t)up), c);
	assert_true(up * span - (off << 32) < span);
}

static void
fair(void **state)
{
	uint64_t random = 2;

	(void)state;
	for (uint32_t i = 0; i < RANGES; i++) {
		struct pint_scale s = make(&ranges[i]);
		uint64_t values = (uint64_t)ranges[i].max - ranges[i].min + 1;

		for (uint32_t k = 0; k < 2000 && ranges[i].randomised; k++) {
			check_fair(&s, (uint32_t)(ranges[i].min + k % values));
			check_fair(&s, (uint32_t)(ranges[i].max - k % values));
			check_fair(&s, (uint32_t)(ranges[i].min + unit_random(&random) % values));
		}
		finish(&s);
	}
}

static void
impossible(void **state)
{
	static const struct pint_range bad[] = {
		{ PINT_MULTIPLICATIVE, false, 0, 1, 10 }, { PINT_ADDITIVE, false, 17, 0, 10 },
		{ PINT_ADDITIVE, false, 255, 0, 10 },	  { PINT_ADDITIVE, true, 8, 10, 10 },
		{ PINT_MULTIPLICATIVE, true, 8, 11, 10 }, { PINT_MULTIPLICATIVE, true, 1, 0, 2 },
	};
	static uint32_t room[PINT_SCALE_WORDS(PINT_SCALE_BITS)];
	struct pint_scale s;

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(pint_scale_make(&s, &bad[i], room));
}

static void
extremes(void **state)
{
	struct pint_range r = { PINT_MULTIPLICATIVE, true, 8, 0, 1000000 };
	struct pint_scale s = make(&r);
	uint64_t random = 3;

	(void)state;
	for (uint32_t k = 0; k < 500; k++) {
		uint32_t max = pint_fold_start(&s, PINT_MAX), min = pint_fold_start(&s, PINT_MIN);
		uint32_t most = 0, least = UINT32_MAX;

		for (uint32_t hop = 1; hop <= 5; hop++) {
			uint64_t v = unit_random(&random) % 1200000;
			uint32_t coin = pint_hash(1, k, hop), code = pint_scale_code(&s, v, coin);

			max = pint_fold_add(&s, PINT_MAX, max, v, coin);
			min = pint_fold_add(&s, PINT_MIN, min, v, coin);
			most = code > most ? code : most;
			least = code < least ? code : least;
		}
		assert_int_equal(max, most);
		assert_int_equal(min, least);
	}
	finish(&s);
}

/* The mean of many packets' sums is the sum; each hop's contribution is fair, and 5 deviations of
 * the mean are allowed. */
static void
sums(void **state)
{
	struct pint_range r = { PINT_MULTIPLICATIVE, true, 6, 0, 100000 };
	struct pint_scale s = make(&r);
	uint32_t seed = pint_seed(PINT_ROUND, 1, 0), packets = 20000;
	double sum = 0, squares = 0, mean, deviation, truth = 0;

	(void)state;
	for (uint32_t hop = 1; hop <= 20; hop++)
		truth += hop * 77;
	for (uint32_t pid = 0; pid < packets; pid++) {
		uint32_t digest = pint_fold_start(&s, PINT_SUM);

		for (uint32_t hop = 1; hop <= 20; hop++) {
			uint32_t before = digest;

			digest = pint_fold_add(&s, PINT_SUM, digest, hop * 77,
					       pint_hash(seed, pid, hop));
			assert_true(digest >= before);
		}
		sum += pint_scale_value(&s, digest);
		squares += (double)pint_scale_value(&s, digest) * pint_scale_value(&s, digest);
	}
	mean = sum / packets;
	deviation = squares / packets - mean * mean;
	assert_true((mean - truth) * (mean - truth) < 25 * deviation / packets);
	assert_true(deviation < truth * truth / 16);
	assert_int_equal(pint_fold_add(&s, PINT_SUM, s.n - 1, UINT64_MAX, 0), s.n - 1);
	assert_int_equal(pint_fold_add(&s, PINT_SUM, UINT32_MAX, 1, 0), s.n - 1);
	finish(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks),      cmocka_unit_test(exact),
		cmocka_unit_test(saturation), cmocka_unit_test(nearest),
		cmocka_unit_test(errors),     cmocka_unit_test(known_errors),
		cmocka_unit_test(fair),	      cmocka_unit_test(impossible),
		cmocka_unit_test(extremes),   cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
