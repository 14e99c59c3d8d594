/* test_load.c - the load of links in integers against the formula in floating point, and with
 * clocks and lengths that lie. */
#include "packetscope/pint_values.h"

#include "unit.h"

#include <math.h>

#define ONE 0x1p32 /* of U */
#define DELTA 0.0055

static struct pint_logs logs;

static int
make_logs(void **state)
{
	(void)state;
	pint_logs_make(&logs);
	return 0;
}

static void
check_log(uint64_t x)
{
	double truth = log2((double)x) * 65536, got = pint_log(&logs, x);

	assert_true(fabs(got - truth) < log2(1 + 0.5 / 256) * 65536 + 1);
}

static void
logarithms(void **state)
{
	uint64_t random = 1, last = 0;

	(void)state;
	for (uint32_t place = 0; place < 64; place++) {
		check_log(1ull << place);
		check_log((1ull << place) | ((1ull << place) - 1));
		for (uint32_t k = 0; k < 200; k++)
			check_log((1ull << place) | (unit_random(&random) & ((1ull << place) - 1)));
	}
	for (uint32_t log = 0; log < 48u << 16; log += 97) {
		uint64_t got = pint_exp(&logs, log);
		double truth = exp2(log / 65536.0);

		assert_true(got >= last);
		assert_true(fabs((double)got - truth) < truth * 0.0014 + 1);
		last = got;
	}
}

static struct pint_link
make(uint64_t rate, uint64_t period_ns, uint32_t tick_ns)
{
	struct pint_link k;

	assert_true(pint_link_make(&k, rate, period_ns, tick_ns));
	return k;
}

static double
per_period(uint64_t rate, uint64_t period_ns)
{
	return (double)rate / 8 * (double)period_ns / 1e9;
}

static void
shares(void **state)
{
	uint64_t random = 2;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		uint64_t rate = 1000 + (unit_random(&random) >> (24 + unit_random(&random) % 30));
		uint64_t period = 20 + (unit_random(&random) >> (32 + unit_random(&random) % 27)),
			 last = 0;
		struct pint_link k;

		if (!pint_link_make(&k, rate, period, 1)) {
			assert_true(per_period(rate, period) < 2 ||
				    per_period(rate, period) > 0x1p40);
			continue;
		}
		assert_true(k.limit <= 1ull << 40 && k.factor && (k.factor < 1u << 24 || !k.shift));
		for (uint32_t bit = 0; bit < 64; bit++) {
			uint64_t bytes = (1ull << bit) + unit_random(&random) % (1ull << bit);
			uint64_t got = pint_link_share(&k, bytes);
			double truth = (double)bytes / per_period(rate, period) * ONE;

			assert_true(got >= last && got <= PINT_LOAD_MAX);
			if (bytes < k.limit)
				assert_true(fabs((double)got - truth) < truth * 0x1p-23 + 1);
			else
				assert_true(got == PINT_LOAD_MAX &&
					    (truth > 0.999 * PINT_LOAD_MAX || bytes >= 1ull << 40));
			last = got;
		}
	}
}

static void
steps(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t period =
			2 + (uint32_t)(unit_random(&random) >> (32 + unit_random(&random) % 30));
		struct pint_link k = { .period = period,
				       .period_log = (uint32_t)lround(65536 * log2(period)) };
		uint64_t distance = unit_random(&random) >> (17 + unit_random(&random) % 47),
			 tau = unit_random(&random) % period;
		uint64_t got = pint_load_step(&logs, &k, distance, tau);
		double truth = (double)distance * (double)tau / period;

		assert_true(got <= distance);
		assert_true(fabs((double)got - truth) < truth * DELTA + 1.01);
		assert_int_equal(pint_load_step(&logs, &k, distance, period), distance);
		assert_int_equal(pint_load_step(&logs, &k, distance, UINT64_MAX), distance);
	}
}

/* --- traffic --- */

/* The formula as it is, beside what is under test. */
struct pair {
	struct pint_link link;
	struct pint_load load;
	double use, last, bytes; /* of the formula */
	double per_period;
	double farthest; /* |q - U|, the greatest so far */
};

static void
packet(struct pair *p, uint64_t now, uint64_t queue, uint32_t bytes)
{
	double period = p->link.period, tau = fmin((double)now - p->last, period),
	       q = (double)queue / p->per_period;
	uint32_t got;

	p->farthest = fmax(p->farthest, fabs(q - p->use));
	p->use = (period - tau) / period * p->use + q * tau / period + p->bytes / p->per_period;
	p->last = (double)now;
	p->bytes = bytes;
	got = pint_load_packet(&logs, &p->link, &p->load, now, queue, bytes);
	assert_int_equal(got, p->load.use >> 16);
	assert_true(fabs((double)p->load.use / ONE - p->use) <=
		    DELTA * p->farthest + p->use * 0x1p-22 + 0x1p-16);
}

/* A queue that is fed at `percent` of the rate in bursts, and served packet by packet. */
static double
traffic(uint64_t rate, uint64_t period_ns, uint32_t tick_ns, uint32_t percent, uint64_t seed)
{
	struct pair p = { .link = make(rate, period_ns, tick_ns) };
	double ns_per_byte = 8e9 / (double)rate, now = 1e6, arrival = 1e6, sum = 0, weight = 0;
	uint64_t queue = 0;

	p.per_period = per_period(rate, (uint64_t)p.link.period * tick_ns);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t bytes =
			unit_random(&seed) % 3 ? 1050 : 60 + (uint32_t)(unit_random(&seed) % 900);
		uint32_t burst = bytes * (uint32_t)(1 + unit_random(&seed) % 20);
		double step = bytes * ns_per_byte;

		if (queue < bytes) { /* idle until the next burst */
			arrival += burst * ns_per_byte * 100 / percent;
			now = fmax(now, arrival);
			queue += burst;
		}
		queue -= bytes < queue ? bytes : queue;
		packet(&p, (uint64_t)(now / tick_ns), queue, bytes);
		sum += (double)p.load.use / ONE * step;
		weight += step;
		now += step;
	}
	return sum / weight;
}

static void
formula(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		traffic(100000000000, 12240, 1, 60, seed);
		traffic(400000000000, 12240, 1, 90, seed);
		traffic(100000000000, 12240, 1000, 70, seed);
		traffic(10000000000, 50000, 1000, 50, seed);
		traffic(1000000000, 1000000, 1000, 99, seed);
		traffic(10000000, 20000000, 1000, 30, seed);
	}
}

/* Packets of one length at regular times: U is how much of the link they take. */
static void
steady(void **state)
{
	(void)state;
	for (uint32_t percent = 10; percent <= 100; percent += 15) {
		struct pint_link k = make(100000000000, 12000, 1);
		struct pint_load p = { 0 };
		double use = 0, around = 0;

		for (uint64_t i = 0; i < 20000; i++)
			use = pint_load_packet(&logs, &k, &p, i * 8000 / percent, 0, 1000) /
			      65536.0;
		around = percent / 100.0;
		assert_true(fabs(use - around) < around * (0.0055 + 80.0 / 12000));
	}
}

/* A queue that stays adds its share of rate * T. */
static void
standing_queue(void **state)
{
	struct pint_link k = make(100000000000, 12000, 1);
	struct pint_load p = { 0 };
	uint32_t use = 0;

	(void)state;
	for (uint64_t i = 0; i < 20000; i++)
		use = pint_load_packet(&logs, &k, &p, i * 80, 300000, 1000);
	assert_true(use > 2.97 * 65536 && use < 3.05 * 65536);
}

static void
wrapping_clock(void **state)
{
	struct pint_link k = make(10000000000, 20000, 1);
	struct pint_load plain = { 0 }, wraps = { 0 };
	uint64_t random = 5, now = 0, start = (1ull << PINT_TIME_BITS) - 3000000;

	(void)state;
	wraps.last = start;
	for (uint32_t i = 0; i < 20000; i++) {
		uint64_t queue = unit_random(&random) % 100000;
		uint32_t bytes = 64 + (uint32_t)(unit_random(&random) % 1400);

		now += unit_random(&random) % 2000;
		assert_int_equal(pint_load_packet(&logs, &k, &plain, now, queue, bytes),
				 pint_load_packet(&logs, &k, &wraps, start + now, queue, bytes));
		assert_true(wraps.last < 1ull << PINT_TIME_BITS);
	}
	assert_true(now > 4000000);
}

/* A clock that goes back is a pause: what there was is forgotten. */
static void
clock_goes_back(void **state)
{
	struct pint_link k = make(10000000000, 20000, 1);
	struct pint_load p = { .use = PINT_LOAD_MAX, .last = 1000000, .bytes = 0 };

	(void)state;
	assert_int_equal(pint_load_packet(&logs, &k, &p, 999999, 0, 100), 0);
	assert_int_equal(p.use, 0);
}

static void
hostile(void **state)
{
	static const uint64_t edges[] = {
		0,	    1,		255,	    256,       UINT32_MAX,
		1ull << 40, 1ull << 47, 1ull << 48, INT64_MAX, UINT64_MAX
	};
	uint64_t random = 7;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		uint64_t rate = 1ull << (10 + unit_random(&random) % 30),
			 period = 1ull << (10 + unit_random(&random) % 20);
		struct pint_load p = { 0 };
		struct pint_link k;

		if (!pint_link_make(&k, rate, period, i & 1 ? 1000 : 1))
			continue;
		for (uint32_t j = 0; j < 300; j++) {
			uint64_t now = edges[unit_random(&random) % 10] + unit_random(&random) % 3;
			uint64_t queue =
				edges[unit_random(&random) % 10] - unit_random(&random) % 2;
			uint32_t use = pint_load_packet(&logs, &k, &p, now, queue,
							(uint32_t)edges[unit_random(&random) % 10]);

			assert_true(p.use <= PINT_LOAD_MAX && use <= PINT_LOAD_MAX >> 16);
		}
		pint_load_packet(&logs, &k, &p, p.last + k.period, 0, 0);
		pint_load_packet(&logs, &k, &p, p.last + k.period, 0, 0);
		assert_int_equal(p.use, 0);
	}
}

static void
impossible(void **state)
{
	struct pint_link k;

	(void)state;
	assert_false(pint_link_make(&k, 0, 1000, 1));
	assert_false(pint_link_make(&k, 1000000, 0, 1));
	assert_false(pint_link_make(&k, 1000000, 1000, 0));
	assert_false(pint_link_make(&k, 8, 1000, 1));
	assert_false(pint_link_make(&k, 100000000000, 1ull << 33, 1));
	assert_false(pint_link_make(&k, UINT64_MAX, 1u << 31, 1));
	assert_true(pint_link_make(&k, 100000000000, 1, 1000));
	assert_int_equal(k.period, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms),	  cmocka_unit_test(shares),
		cmocka_unit_test(steps),	  cmocka_unit_test(formula),
		cmocka_unit_test(steady),	  cmocka_unit_test(standing_queue),
		cmocka_unit_test(wrapping_clock), cmocka_unit_test(clock_goes_back),
		cmocka_unit_test(hostile),	  cmocka_unit_test(impossible),
	};

	return cmocka_run_group_tests_name("load", tests, make_logs, NULL);
}
