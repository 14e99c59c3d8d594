/* The controller in front of a device that says anything: registers, rings, clocks with arbitrary contents, and errors at any
 * time. It must not crash or hang; and what it reports stays within what registers can hold. */
#include <errno.h>
#include <stdlib.h>

#include "control/control.h"
#include "unit.h"

#define CELLS 4096

/* Every register there is: the same few words, over and over, that look like epochs near the clock now and then. */
struct liar {
	uint64_t s;
	uint64_t arrived, watermark;
	uint32_t names;
	uint32_t fail; /* one read in so many fails; 0: none */
	uint64_t reads, rows;
};

static uint64_t
next(struct liar *l)
{
	return unit_random(&l->s) >> 31;
}

static int
find(void *self, struct str name, uint32_t *ret)
{
	struct liar *l = self;

	(void)name;
	*ret = l->names++;
	return 0;
}

static uint64_t
lie(struct liar *l)
{
	uint64_t epoch = l->arrived / 1000000 + next(l) % 9 - 3;

	switch (next(l) % 6) {
	case 0:
		return 0;
	case 1:
		return next(l) << 33 ^ next(l) << 11 ^ next(l);
	case 2:
		return next(l) % 8;
	case 3:
		return epoch << 32 | next(l);
	default:
		return epoch << 32 | next(l) % 5;
	}
}

static int
reading(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	struct liar *l = self;

	(void)reg;
	(void)from;
	l->reads++;
	if (l->fail && next(l) % l->fail == 0)
		return -EIO;
	for (uint32_t i = 0; i < n; i++)
		ret[i] = lie(l);
	return 0;
}

static int
writing(void *self, uint32_t reg, uint32_t index, uint64_t value)
{
	(void)self;
	(void)reg;
	(void)index;
	(void)value;
	return 0;
}

static int
arrived(void *self, uint64_t *ret)
{
	*ret = ((struct liar *)self)->arrived;
	return 0;
}

static int
watermark(void *self, uint64_t *ret)
{
	*ret = ((struct liar *)self)->watermark;
	return 0;
}

static const struct device_ops ops = { .find = find, .read = reading, .write = writing, .arrived = arrived, .watermark = watermark };

static void
on_result(void *user, const struct ir_result *r)
{
	struct liar *l = user;

	l->rows += r->nrows;
	for (uint32_t i = 0; i < r->nrows; i++)
		for (uint32_t c = 0; c < r->ncolumns; c++)
			assert_true(ir_result_row(r, i)[c].tag <= IR_V_TEXT);
}

/* Clocks go on, stand still, jump ahead and back. */
static void
move(struct liar *l)
{
	uint64_t step = next(l) % 4 ? next(l) % 3000000 : next(l) % 7 ? 0 : next(l) << 20;

	if (next(l) % 20 == 0 && l->arrived > step)
		l->arrived -= step;
	else
		l->arrived += step;
	l->watermark = next(l) % 3 ? l->arrived : l->arrived - next(l) % (l->arrived + 1);
}

static void
one(const char *manifest, uint64_t seed)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct liar l = { .s = seed, .fail = seed % 3 ? 0 : 50 };
	struct manifest m;
	struct control *c;
	int e = 0;

	assert_true(manifest_read(a, d, str_from(manifest), &m));
	c = control_open(a, d, &m, (struct device){ &ops, &l }, on_result, &l);
	assert_non_null(c);
	for (uint32_t i = 0; i < 40 && e == 0; i++) {
		move(&l);
		e = next(&l) % 4 ? control_advance(c, l.arrived) : control_poll(c);
	}
	if (e == 0)
		e = control_finish(c);
	assert_true(e == 0 || e == -EIO);
	assert_true(l.fail || l.reads > 0);
	control_close(c);
	arena_free(a);
}

static void
any_contents_will_do(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		one(getenv("MANIFEST"), seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(any_contents_will_do) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
