/* test_kll.c - the quantile sketch: exact while there is room, its errors within what it says of
 * itself, also when merged in any order. */
#include "packetscope/pint_values.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES 20000

static struct pint_kll *
make(uint32_t room, uint32_t seed)
{
	struct pint_kll *s = malloc(pint_kll_bytes(room));

	assert_non_null(s);
	pint_kll_init(s, room, seed);
	return s;
}

enum shape { EVEN, NARROW, RISING, FALLING, TAIL, SHAPES };

/* Value i of n. */
static uint16_t
value(enum shape shape, uint32_t i, uint32_t n, uint64_t *random)
{
	uint64_t x = unit_random(random);

	switch (shape) {
	case EVEN:
		return (uint16_t)x;
	case NARROW:
		return 100 + (x & 7);
	case RISING:
		return (uint16_t)((uint64_t)i * 65535 / n);
	case FALLING:
		return (uint16_t)(65535 - (uint64_t)i * 65535 / n);
	case TAIL:
		return (uint16_t)(x & 63 ? x >> 56 : 1000 + (x >> 50));
	case SHAPES:
		break;
	}
	abort();
}

/* How many of what was added are <= code. */
struct truth {
	uint32_t n;
	uint32_t rank[65536];
};

static void
add_truth(struct truth *t, uint16_t code)
{
	t->n++;
	t->rank[code]++;
}

static void
sum_truth(struct truth *t)
{
	for (uint32_t c = 1; c < 65536; c++)
		t->rank[c] += t->rank[c - 1];
}

static uint32_t
true_quantile(const struct truth *t, double phi)
{
	uint32_t c = 0;

	while (t->rank[c] < ceil(phi * t->n))
		c++;
	return c;
}

static void
check_whole(const struct pint_kll *s)
{
	uint32_t held = (uint32_t)s->room - s->start[0];

	assert_int_equal(pint_kll_rank(s, 65535), s->n);
	assert_true(held <= s->room && s->levels <= PINT_KLL_LEVELS);
	assert_int_equal(s->start[s->levels], s->room);
}

static void
exact(void **state)
{
	struct truth *t = calloc(1, sizeof(*t));
	struct pint_kll *s = make(1000, 1);
	uint64_t random = 1;

	(void)state;
	assert_int_equal(pint_kll_quantile(s, 0.5), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		uint16_t v = value(EVEN, i, 1000, &random);

		pint_kll_add(s, v);
		add_truth(t, v);
	}
	sum_truth(t);
	for (uint32_t phi = 1; phi <= 1000; phi++)
		assert_int_equal(pint_kll_quantile(s, phi / 1000.0),
				 true_quantile(t, phi / 1000.0));
	assert_true(pint_kll_error(s, 1e-9) == 0);
	check_whole(s);
	free(s);
	free(t);
}

/* Far more values than room: nothing behind it is touched, every value counts. */
static void
bounded(void **state)
{
	static const uint32_t rooms[] = { 0, 65, 100, 301, 4096 };
	uint64_t random = 2;

	(void)state;
	for (uint32_t i = 0; i < sizeof(rooms) / sizeof(*rooms); i++) {
		size_t bytes = pint_kll_bytes(rooms[i]);
		unsigned char *memory = malloc(bytes + 16);
		struct pint_kll *s = (struct pint_kll *)memory;

		memset(memory, 0xa5, bytes + 16);
		pint_kll_init(s, rooms[i], 1);
		for (uint32_t k = 0; k < 200000; k++) {
			pint_kll_add(s, value(EVEN, k, 200000, &random));
			if (k % 997 == 0)
				check_whole(s);
		}
		check_whole(s);
		for (uint32_t k = 0; k < 16; k++)
			assert_int_equal(memory[bytes + k], 0xa5);
		assert_true(pint_kll_error(s, 0.01) > 0 && pint_kll_error(s, 0.01) <= 1);
		free(memory);
	}
	assert_int_equal(pint_kll_bytes(UINT32_MAX), pint_kll_bytes(PINT_KLL_ROOM_MAX));
}

static void
deterministic(void **state)
{
	struct pint_kll *a = make(100, 5), *b = make(100, 5), *c = make(100, 6);
	uint64_t random = 3;
	uint32_t other = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		uint16_t v = value(EVEN, i, 5000, &random);

		pint_kll_add(a, v);
		pint_kll_add(b, v);
		pint_kll_add(c, v);
	}
	assert_memory_equal(a->codes + a->start[0], b->codes + b->start[0],
			    (a->room - a->start[0]) * sizeof(*a->codes));
	for (uint32_t code = 0; code < 65536; code += 64)
		other += pint_kll_rank(a, code) != pint_kll_rank(c, code);
	assert_true(other > 100);
	free(a);
	free(b);
	free(c);
}

/* What all sketches of a test were wrong by. */
struct errors {
	uint32_t ranks, beyond; /* what they say with a doubt of 1 in 20 */
	double sum, squares, worst;
	double said; /* greatest */
};

static void
compare(struct errors *e, const struct pint_kll *s, const struct truth *t)
{
	double said = pint_kll_error(s, 0.05), surely = pint_kll_error(s, 1e-9);

	for (uint32_t c = 0; c < 65535; c += 1021) {
		double off = ((double)pint_kll_rank(s, c) - t->rank[c]) / t->n;

		assert_true(fabs(off) <= surely);
		e->ranks++;
		e->beyond += fabs(off) > said;
		e->sum += off;
		e->squares += off * off;
		e->worst = fmax(e->worst, fabs(off));
		e->said = fmax(e->said, said);
	}
}

static void
rank_errors(void **state)
{
	struct truth *t = calloc(1, sizeof(*t));

	(void)state;
	for (enum shape shape = EVEN; shape < SHAPES; shape++) {
		struct errors e = { 0 };
		uint64_t random = 4 + shape;
		uint16_t *values = malloc(VALUES * sizeof(*values));

		*t = (struct truth){ 0 };
		for (uint32_t i = 0; i < VALUES; i++)
			add_truth(t, values[i] = value(shape, i, VALUES, &random));
		sum_truth(t);
		for (uint32_t seed = 0; seed < 40; seed++) {
			struct pint_kll *s = make(300, seed);

			for (uint32_t i = 0; i < VALUES; i++)
				pint_kll_add(s, values[i]);
			compare(&e, s, t);
			free(s);
		}
		assert_true(e.beyond * 20 <= e.ranks);
		assert_true(e.said < 0.03);
		assert_true(e.worst > 0 || shape == NARROW);
		/* Not to one side: the mean of 40 sketches is as near as independent ones' would
		 * be. */
		assert_true(fabs(e.sum / e.ranks) < 5 * sqrt(e.squares / e.ranks / 40) + 1e-9);
		free(values);
	}
	free(t);
}

/* Values dealt out to sketches of different sizes, which are merged two by two in any order. */
static void
merged(uint64_t *random, struct truth *t, struct errors *e)
{
	struct pint_kll *all[8];
	uint32_t n = 2 + unit_random(random) % 7, values = 1 + unit_random(random) % 6000;
	enum shape shape = unit_random(random) % SHAPES;

	*t = (struct truth){ 0 };
	for (uint32_t i = 0; i < n; i++)
		all[i] = make(64 + unit_random(random) % 400, (uint32_t)unit_random(random));
	for (uint32_t i = 0; i < values; i++) {
		uint16_t v = value(shape, i, values, random);
		uint64_t x = unit_random(random);

		pint_kll_add(all[x % n < x / n % n ? x % n : x / n % n], v);
		add_truth(t, v);
	}
	sum_truth(t);
	while (n > 1) {
		uint32_t from = unit_random(random) % n, into;
		struct pint_kll *taken = all[from];

		all[from] = all[--n];
		into = unit_random(random) % n;
		assert_true(pint_kll_merge(all[into], taken));
		check_whole(all[into]);
		free(taken);
	}
	assert_int_equal(all[0]->n, values);
	compare(e, all[0], t);
	if (values <= 64)
		assert_true(pint_kll_error(all[0], 0.5) == 0);
	free(all[0]);
}

static void
merges(void **state)
{
	struct truth *t = calloc(1, sizeof(*t));
	struct errors e = { 0 };
	uint64_t random = 10;

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		merged(&random, t, &e);
	assert_true(e.beyond * 20 <= e.ranks);
	free(t);
}

static void
merge_edges(void **state)
{
	struct pint_kll *a = make(64, 1), *b = make(2000, 2);

	(void)state;
	assert_true(pint_kll_merge(a, b));
	assert_int_equal(a->n, 0);
	for (uint32_t i = 0; i < 2000; i++)
		pint_kll_add(b, (uint16_t)i);
	assert_true(pint_kll_merge(a, b));
	check_whole(a);
	assert_int_equal(a->n, 2000);
	b->n = UINT32_MAX - 1999;
	assert_false(pint_kll_merge(a, b));
	assert_int_equal(a->n, 2000);
	b->n = UINT32_MAX; /* takes no more */
	pint_kll_add(b, 7);
	assert_int_equal(b->n, UINT32_MAX);
	assert_int_equal(pint_kll_rank(b, 65535), 2000);
	free(a);
	free(b);
}

/* A sketch fed by merging itself into new ones: 2^31 values, the most levels. */
static void
deep(void **state)
{
	struct pint_kll *s = make(64, 1);

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		pint_kll_add(s, (uint16_t)(i * 1000));
	for (uint32_t k = 0; k < 25; k++) {
		struct pint_kll *twice = make(64, k + 2);

		assert_true(pint_kll_merge(twice, s) && pint_kll_merge(twice, s));
		check_whole(twice);
		free(s);
		s = twice;
	}
	assert_int_equal(s->n, 1u << 31);
	for (uint32_t i = 0; i < 100000; i++)
		pint_kll_add(s, 0);
	check_whole(s);
	free(s);
}

static void
odd_arguments(void **state)
{
	struct pint_kll *s = make(64, 1);

	(void)state;
	pint_kll_add(s, 0);
	pint_kll_add(s, 65535);
	assert_int_equal(pint_kll_quantile(s, 0), 0);
	assert_int_equal(pint_kll_quantile(s, -1), 0);
	assert_int_equal(pint_kll_quantile(s, (double)NAN), 0);
	assert_int_equal(pint_kll_quantile(s, 0.5), 0);
	assert_int_equal(pint_kll_quantile(s, 0.51), 65535);
	assert_int_equal(pint_kll_quantile(s, 1), 65535);
	assert_int_equal(pint_kll_quantile(s, 1e300), 65535);
	assert_int_equal(pint_kll_rank(s, UINT32_MAX), 2);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),	 cmocka_unit_test(bounded),
		cmocka_unit_test(deterministic), cmocka_unit_test(rank_errors),
		cmocka_unit_test(merges),	 cmocka_unit_test(merge_edges),
		cmocka_unit_test(deep),		 cmocka_unit_test(odd_arguments),
	};

	return cmocka_run_group_tests_name("kll", tests, NULL, NULL);
}
