/* test_pint_record.c - a hop's values are the same to whoever asks, whether they are kept one by one or are recorded. */
#include "control/pint_inside.h"

#include <stdlib.h>

#include "unit.h"

#define VALUES 3000

static void
check(uint32_t bits, size_t space)
{
	struct pint_recording r;
	struct hop_record h = { .how = &r, .seed = 7 };
	void *all, *room;
	bool was_list = false, was_recorded = false;

	assert_true(pint_recording_make(&r, bits, 1, 0, space));
	all = malloc(r.bytes);
	room = malloc(r.bytes);
	pint_recording_init(&r, all, 7);
	for (uint32_t i = 0; i < VALUES; i++) {
		uint32_t code = pint_mix(i) >> (32 - bits);
		const void *kept;

		collector_record(&h, code);
		pint_recording_add(&r, all, 1, 0, code);
		assert_true(h.ncodes * sizeof(*h.codes) < r.bytes);
		was_list |= h.ncodes > 0;
		was_recorded |= !h.ncodes;
		kept = collector_recorded(&h, room);
		assert_int_equal(pint_recording_count(&r, kept, 1), i + 1);
		for (double phi = 0.1; phi < 1; phi += 0.2)
			assert_int_equal(pint_recording_quantile(&r, kept, 1, phi), pint_recording_quantile(&r, all, 1, phi));
	}
	assert_true(was_list && was_recorded);
	free(h.memory);
	free(room);
	free(all);
}

static void
counters(void **state)
{
	(void)state;
	check(4, 0);
	check(8, 0);
}

static void
sketches(void **state)
{
	(void)state;
	check(8, 600);
	check(16, 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(counters), cmocka_unit_test(sketches) };

	return cmocka_run_group_tests_name("pint-record", tests, NULL, NULL);
}
