/* test_recording.c - what is kept of flows, hop by hop, against lists of all values: whole streams
 * and sliding windows, in little and much space. */
#include "packetscope/pint_values.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOPS 3
#define VALUES 6000

struct seen {
	uint64_t epoch;
	uint32_t code;
};

/* A flow and all that it was given, by hop. */
struct flow {
	struct pint_recording r;
	void *memory;
	uint32_t n[HOPS + 1];
	struct seen seen[HOPS + 1][VALUES];
};

static struct flow *
make(uint32_t bits, uint64_t window, size_t space)
{
	struct flow *f = calloc(1, sizeof(*f));

	assert_true(pint_recording_make(&f->r, bits, HOPS, window, space));
	assert_true(window ? (window - 1) / PINT_PANES < f->r.pane : !f->r.pane);
	f->memory = malloc(f->r.bytes);
	pint_recording_init(&f->r, f->memory, 1);
	return f;
}

static void
finish(struct flow *f)
{
	free(f->memory);
	free(f);
}

static void
add(struct flow *f, uint32_t hop, uint64_t at, uint32_t code)
{
	uint64_t epoch = f->r.pane ? at / f->r.pane : 0,
		 last = f->n[hop] ? f->seen[hop][f->n[hop] - 1].epoch : 0;
	struct seen seen = { epoch < last ? last : epoch, code };

	f->seen[hop][f->n[hop]++] = seen;
	assert_true(pint_recording_add(&f->r, f->memory, hop, at, code));
}

/* How many of the window are <= code. */
static uint32_t
rank(const struct flow *f, uint32_t hop, uint32_t code)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < f->n[hop]; i++)
		found += f->seen[hop][i].code <= code &&
			 f->seen[hop][i].epoch + PINT_PANES > f->seen[hop][f->n[hop] - 1].epoch;
	return found;
}

static void
check(const struct flow *f, double doubt)
{
	uint32_t last = (1u << f->r.bits) - 1;

	for (uint32_t hop = 1; hop <= HOPS; hop++) {
		uint32_t n = rank(f, hop, last);
		double allowed = pint_recording_error(&f->r, f->memory, hop, doubt) * n;

		assert_int_equal(pint_recording_count(&f->r, f->memory, hop), n);
		for (uint32_t c = 0; c <= last; c += 1 + last / 61) {
			double got = (double)pint_recording_rank(&f->r, f->memory, hop, c);

			assert_true(fabs(got - rank(f, hop, c)) <= allowed);
		}
		for (uint32_t k = 1; n && k <= 10; k++) {
			uint32_t c = pint_recording_quantile(&f->r, f->memory, hop, k / 10.0);

			assert_true(rank(f, hop, c) >= ceil(k / 10.0 * n) - allowed);
			assert_true(!c || rank(f, hop, c - 1) < ceil(k / 10.0 * n) + allowed);
		}
	}
}

/* A hop's codes lie around a place of its own. */
static uint32_t
code(uint32_t hop, uint32_t bits, uint64_t *random)
{
	uint64_t x = unit_random(random), y = unit_random(random);

	return (uint32_t)((hop * 13 + (x & y) % 50) & ((1u << bits) - 1));
}

static void
fill(struct flow *f, uint64_t *random)
{
	uint64_t now = 0;

	for (uint32_t i = 0; i < VALUES; i++) {
		uint32_t hop = 1 + unit_random(random) % HOPS;

		now += unit_random(random) % 500 ? unit_random(random) % 20 : 10000;
		if (f->n[hop] < VALUES)
			add(f, hop, now, code(hop, f->r.bits, random));
		if (i % 1500 == 7)
			check(f, 1e-9);
	}
	check(f, 1e-9);
}

static void
whole_streams(void **state)
{
	static const uint32_t bits[] = { 1, 4, 8, 10, 16 };
	uint64_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		struct flow *f = make(bits[i], 0, 0);

		assert_int_equal(f->r.store, bits[i] <= 8 ? PINT_COUNTS : PINT_SKETCH);
		fill(f, &random);
		finish(f);
		f = make(bits[i], 0, 3 * 600);
		assert_int_equal(f->r.store, bits[i] <= 4 ? PINT_COUNTS : PINT_SKETCH);
		fill(f, &random);
		finish(f);
	}
}

static void
windows(void **state)
{
	static const uint64_t lengths[] = { 1, 3, 1000, 4096, 50000, UINT64_MAX };
	uint64_t random = 2;

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		struct flow *f = make(4, lengths[i], 0);

		fill(f, &random);
		finish(f);
		f = make(8, lengths[i], 3 * 4 * 300);
		assert_int_equal(f->r.store, PINT_SKETCH);
		fill(f, &random);
		finish(f);
	}
}

static void
times_that_lie(void **state)
{
	struct flow *f = make(8, 1000, 0);

	(void)state;
	add(f, 1, 5000, 1);
	add(f, 1, 10, 2); /* counts as the latest */
	check(f, 0.5);
	add(f, 1, UINT64_MAX, 3);
	add(f, 1, 0, 4);
	check(f, 0.5);
	assert_int_equal(pint_recording_count(&f->r, f->memory, 1), 2);
	finish(f);
}

/* Any space: it is kept to, or refused with what is needed. */
static void
spaces(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t bits = 1 + unit_random(&random) % 16,
			 hops = 1 + unit_random(&random) % PINT_HOPS;
		size_t space =
			1 + (size_t)(unit_random(&random) >> (44 + unit_random(&random) % 20));
		uint64_t window = unit_random(&random) % 2 * 100;
		struct pint_recording r, again;

		if (pint_recording_make(&r, bits, hops, window, space)) {
			assert_true(r.bytes && r.bytes <= space);
			continue;
		}
		assert_true(r.bytes > space);
		assert_true(pint_recording_make(&again, bits, hops, window, r.bytes));
		assert_int_equal(again.bytes, r.bytes);
	}
}

static void
small_space(void **state)
{
	struct pint_recording r;
	unsigned char *memory;
	uint64_t random = 4;

	(void)state;
	assert_false(pint_recording_make(&r, 16, HOPS, 400, 1));
	memory = malloc(r.bytes + 8);
	memset(memory + r.bytes, 0xa5, 8);
	pint_recording_init(&r, memory, 1);
	for (uint32_t i = 0; i < 20000; i++)
		assert_true(pint_recording_add(&r, memory, 1 + i % HOPS, i,
					       (uint32_t)unit_random(&random)));
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(memory[r.bytes + i], 0xa5);
	free(memory);
}

static void
strangers(void **state)
{
	struct pint_recording r;
	struct flow *f = make(4, 0, 0);

	(void)state;
	assert_false(pint_recording_add(&f->r, f->memory, 0, 0, 1));
	assert_false(pint_recording_add(&f->r, f->memory, HOPS + 1, 0, 1));
	assert_false(pint_recording_add(&f->r, f->memory, UINT32_MAX, 0, 1));
	assert_int_equal(pint_recording_count(&f->r, f->memory, UINT32_MAX), 0);
	assert_int_equal(pint_recording_quantile(&f->r, f->memory, 0, 0.5), 0);
	assert_true(
		pint_recording_add(&f->r, f->memory, 1, 0, UINT32_MAX)); /* the largest there is */
	assert_int_equal(pint_recording_quantile(&f->r, f->memory, 1, 0.5), 15);
	assert_int_equal(pint_recording_rank(&f->r, f->memory, 1, UINT32_MAX), 1);
	assert_int_equal(pint_recording_rank(&f->r, f->memory, 1, 14), 0);
	finish(f);
	assert_false(pint_recording_make(&r, 0, 1, 0, 0));
	assert_false(pint_recording_make(&r, 17, 1, 0, 0));
	assert_false(pint_recording_make(&r, 8, 0, 0, 0));
	assert_false(pint_recording_make(&r, 8, PINT_HOPS + 1, 0, 0));
	assert_int_equal(r.bytes, 0);
}

/* Values spread evenly (by ratio, or by difference): quantiles are known much better than codes
 * tell. */
static void
between_marks(void **state)
{
	(void)state;
	for (enum pint_spacing spacing = PINT_MULTIPLICATIVE; spacing <= PINT_ADDITIVE; spacing++) {
		struct pint_range range = { spacing, false, 4, 100, 100000 };
		uint32_t room[PINT_SCALE_WORDS(4)];
		struct flow *f = make(4, 0, 0);
		struct pint_scale s;

		assert_true(pint_scale_make(&s, &range, room));
		assert_true(isnan(pint_recording_value(&f->r, f->memory, 1, 0.5, &s)));
		for (uint32_t i = 0; i < 5000; i++) {
			double part = (i + 0.5) / 5000;
			double v = spacing == PINT_ADDITIVE ? 100 + 99900 * part
							    : 100 * pow(1000, part);

			add(f, 1, 0, pint_scale_code(&s, (uint64_t)lround(v), 0));
		}
		for (double phi = 0.01; phi < 1; phi += 0.01) {
			double truth =
				spacing == PINT_ADDITIVE ? 100 + 99900 * phi : 100 * pow(1000, phi);
			double got = pint_recording_value(&f->r, f->memory, 1, phi, &s);

			assert_true(fabs(got - truth) < 0.02 * truth);
			assert_int_equal(pint_scale_code(&s, (uint64_t)lround(got), 0),
					 pint_recording_quantile(&f->r, f->memory, 1, phi));
		}
		finish(f);
	}
}

/* A value that has a code of its own is told exactly; codes that were rounded at random tell marks
 * only. */
static void
own_marks(void **state)
{
	struct pint_range range = { PINT_MULTIPLICATIVE, false, 8, 0, 200 };
	uint32_t room[PINT_SCALE_WORDS(8)];
	struct flow *f = make(8, 0, 0);
	struct pint_scale s;

	(void)state;
	assert_true(pint_scale_make(&s, &range, room));
	for (uint32_t v = 0; v <= 200; v++)
		add(f, 1, 0, pint_scale_code(&s, v, 0));
	for (uint32_t v = 0; v <= 200; v++)
		assert_true(pint_recording_value(&f->r, f->memory, 1, (v + 1) / 201.0 - 1e-9, &s) ==
			    v);
	range = (struct pint_range){ PINT_MULTIPLICATIVE, true, 8, 0, 20000 };
	assert_true(pint_scale_make(&s, &range, room));
	assert_true(pint_recording_value(&f->r, f->memory, 1, 0.5, &s) == s.value[100]);
	finish(f);
}

static void
frequent(void **state)
{
	uint32_t found[4], exact[] = { 0, 3, 7 };

	(void)state;
	for (uint32_t bits = 4; bits <= 16; bits += 12) {
		struct flow *f = make(bits, 0, 0);

		for (uint32_t i = 0; i < 1000; i++)
			add(f, 2, 0, i % 2 ? 7 : i % 4 ? 3 : i % 8 ? 0 : 8 + i % 7);
		assert_int_equal(pint_recording_frequent(&f->r, f->memory, 2, 0.1, found, 4), 3);
		assert_memory_equal(found, exact, sizeof(exact));
		assert_int_equal(pint_recording_frequent(&f->r, f->memory, 2, 0.1, found, 2), 2);
		assert_int_equal(pint_recording_frequent(&f->r, f->memory, 2, 0.6, found, 4), 0);
		assert_int_equal(pint_recording_frequent(&f->r, f->memory, 1, 0, found, 4), 0);
		finish(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_streams),  cmocka_unit_test(windows),
		cmocka_unit_test(times_that_lie), cmocka_unit_test(spaces),
		cmocka_unit_test(small_space),	  cmocka_unit_test(strangers),
		cmocka_unit_test(between_marks),  cmocka_unit_test(own_marks),
		cmocka_unit_test(frequent),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
