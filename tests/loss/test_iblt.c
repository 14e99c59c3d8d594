/* Names got out of the difference of two tables: exactly those that were put in and not taken out, however many packets share
 * one; what is too much is left over; contents that nobody put in do no harm. */
#include <stdbool.h>
#include <string.h>

#include "control/iblt.h"
#include "unit.h"

#define WORDS 5

static const uint32_t factors[IBLT_PARTS] = { 0x7b1dcdaf, 0xa1b965f5, 0x8009454f, 0x724c81ed };

struct found {
	uint32_t names[4096][WORDS];
	uint64_t n[4096];
	uint32_t count;
};

static void
on_found(void *user, const uint32_t *words, uint64_t n)
{
	struct found *f = user;

	assert_true(f->count < 4096);
	memcpy(f->names[f->count], words, WORDS * sizeof(*words));
	f->n[f->count++] = n;
}

static void
make_name(uint64_t *s, uint32_t *ret)
{
	for (uint32_t w = 0; w < WORDS; w++)
		ret[w] = unit_random(s) % 4 ? (uint32_t)(unit_random(s) << 16 ^ unit_random(s)) : (uint32_t)(unit_random(s) % 3);
}

/* As src/plan/lower.c sizes a table. */
static uint32_t
cells_for(uint32_t capacity)
{
	return (capacity * 7 / 5 + 60 + IBLT_PARTS - 1) / IBLT_PARTS;
}

/* `lost` names of 1 to 5 packets among many that came through. True: all were told, and nothing else. */
static bool
tells_all(struct arena *a, uint32_t capacity, uint32_t lost, uint64_t seed)
{
	struct found *f = arena_new(a, struct found);
	uint32_t (*names)[WORDS] = arena_alloc(a, (lost + 1) * sizeof(*names));
	uint64_t *n = arena_array(a, uint64_t, lost + 1), left, total = 0;
	struct iblt t;

	iblt_init(&t, a, cells_for(capacity), WORDS, factors);
	iblt_clear(&t, (uint32_t)seed);
	for (uint32_t i = 0; i < lost; i++) {
		make_name(&seed, names[i]);
		n[i] = 1 + unit_random(&seed) % 5;
		total += n[i];
		iblt_add(&t, names[i], (int64_t)n[i] + 2);
		iblt_add(&t, names[i], -2);
	}
	for (uint32_t i = 0; i < 3 * capacity; i++) {
		uint32_t through[WORDS];

		make_name(&seed, through);
		iblt_add(&t, through, 1);
		iblt_add(&t, through, -1);
	}
	left = iblt_peel(&t, on_found, f);
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t k = 0;

		while (k < lost && memcmp(names[k], f->names[i], sizeof(names[k])) != 0)
			k++;
		assert_true(k < lost);
		assert_int_equal(n[k], f->n[i]);
		total -= n[k];
	}
	assert_int_equal(left, total);
	return left == 0;
}

static void
names_are_told(void **state)
{
	static const uint32_t capacities[] = { 1, 2, 4, 10, 30, 100, 256, 1000, 4000 };

	(void)state;
	for (uint32_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		uint32_t tries = capacities[i] > 500 ? 4 : 500, failed = 0;

		for (uint32_t k = 0; k < tries; k++) {
			struct arena *a = arena_make();

			failed += !tells_all(a, capacities[i], capacities[i], k * 7919 + capacities[i]);
			arena_free(a);
		}
		assert_true(failed <= 1);
	}
}

static void
too_many_are_left_over(void **state)
{
	uint32_t whole = 0;

	(void)state;
	for (uint32_t k = 0; k < 40; k++) {
		struct arena *a = arena_make();

		whole += tells_all(a, 64, 400, k);
		arena_free(a);
	}
	assert_int_equal(whole, 0);
}

static void
nothing_is_nothing(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	assert_true(tells_all(a, 16, 0, 1));
	arena_free(a);
}

/* Whatever registers hold, it ends, and names are few. */
static void
garbage_ends(void **state)
{
	uint64_t s = 99;

	(void)state;
	for (uint32_t k = 0; k < 300; k++) {
		struct arena *a = arena_make();
		struct found *f = arena_new(a, struct found);
		uint32_t cells = 1 + (uint32_t)(unit_random(&s) % 40), bits = 1 + (uint32_t)(unit_random(&s) % 63);
		struct iblt t;

		iblt_init(&t, a, cells, WORDS, factors);
		iblt_clear(&t, k);
		for (uint32_t c = 0; c < IBLT_PARTS * cells; c++) {
			t.count[c] = (unit_random(&s) << 33 ^ unit_random(&s)) >> bits;
			t.check[c] = (unit_random(&s) << 33 ^ unit_random(&s)) >> bits;
		}
		for (uint32_t c = 0; c < IBLT_PARTS * cells * WORDS; c++)
			t.sums[c] = (unit_random(&s) << 33 ^ unit_random(&s)) >> bits;
		iblt_peel(&t, on_found, f);
		assert_true(f->count <= IBLT_PARTS * cells);
		arena_free(a);
	}
}

/* Cells that were made to look like names, but stand in one place only. */
static void
forged_names_are_refused(void **state)
{
	struct arena *a = arena_make();
	struct found *f = arena_new(a, struct found);
	uint32_t name[WORDS] = { 1, 2, 3, 4, 5 }, forged = 0;
	struct iblt t;

	(void)state;
	iblt_init(&t, a, 20, WORDS, factors);
	iblt_clear(&t, 7);
	iblt_add(&t, name, 3);
	for (uint32_t c = 0; c < 60; c++)
		if (t.count[c] && forged++ < 1)
			t.count[c] = t.check[c] = t.sums[c] = 0;
	iblt_peel(&t, on_found, f);
	assert_int_equal(f->count, 0);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_told),	  cmocka_unit_test(too_many_are_left_over),
		cmocka_unit_test(nothing_is_nothing),	  cmocka_unit_test(garbage_ends),
		cmocka_unit_test(forged_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
