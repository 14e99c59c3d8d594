/* test_const.c - constant folding against __int128, by way of programs: the text of an operation is
 * parsed, checked and folded, and compared with what the machine computes. */
#include "unit.h"

#include <stdio.h>

#include "base/arena.h"
#include "p4/check.h"
#include "p4/parse.h"

typedef __int128 s128;
typedef unsigned __int128 u128;

#define ROUNDS 400

static u128
mask(uint32_t width)
{
	return width >= 128 ? ~(u128)0 : ((u128)1 << width) - 1;
}

static s128
sign(u128 v, uint32_t width)
{
	v &= mask(width);
	return v >> (width - 1) & 1 ? (s128)(v | ~mask(width)) : (s128)v;
}

static struct str
decimal(struct arena *a, s128 v)
{
	struct str s = STR_NONE;
	u128 u = v < 0 ? -(u128)v : (u128)v;

	do
		s = str_fmt(a, "%c%.*s", (char)('0' + (int)(u % 10)), STRA(s));
	while ((u /= 10) != 0);
	return v < 0 ? str_fmt(a, "-%.*s", STRA(s)) : s;
}

/* The value of the constant `r` of a program. */
static struct p4_value *
fold(struct arena *a, struct str text)
{
	static const struct p4_options options;
	struct diags *d = diags_make(a, sources_make(a));
	struct p4_node *tree = p4_parse_text(a, d, STR("test"), text, &options);
	struct p4_program *p = tree ? p4_check(a, d, tree, true) : NULL;

	if (!p) {
		diags_print(d, stderr);
		fail_msg("%.*s", STRA(text));
		return NULL;
	}
	tree = tree->u.program.decls.v[tree->u.program.decls.n - 1];
	return tree->value;
}

static void
expect(struct arena *a, struct str text, s128 want)
{
	const struct p4_value *v = fold(a, text);
	struct str got, wanted = decimal(a, want);

	if (!v)
		fail_msg("not constant: %.*s", STRA(text));
	got = v->kind == P4_V_BOOL ? v->b ? STR("1") : STR("0") : big_text(a, v->i, 10);
	if (!str_eq(got, wanted))
		fail_msg("%.*s: %.*s, not %.*s", STRA(text), STRA(got), STRA(wanted));
}

static s128
clamp(s128 v, s128 lo, s128 hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static const char *const ops[] = { "+",	  "-", "*",  "&",  "|", "^", "|+|",
				   "|-|", "<", ">=", "==", "/", "%" };

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

/* x op y, before it is wrapped. */
static s128
apply(size_t op, s128 x, s128 y, s128 lo, s128 hi)
{
	switch (op) {
	case 0:
		return x + y;
	case 1:
		return x - y;
	case 2:
		return x * y;
	case 3:
		return x & y;
	case 4:
		return x | y;
	case 5:
		return x ^ y;
	case 6:
		return clamp(x + y, lo, hi);
	case 7:
		return clamp(x - y, lo, hi);
	case 8:
		return x < y;
	case 9:
		return x >= y;
	case 10:
		return x == y;
	case 11:
		return x / y;
	}
	return x % y;
}

static void
binary(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		uint32_t width = 1 + (uint32_t)(unit_random(&seed) % 60);
		size_t op = unit_random(&seed) % N_OPS;
		bool is_signed = op < 11 && unit_random(&seed) % 2, compare = op >= 8 && op <= 10;
		u128 x = unit_random(&seed) & mask(width), y = unit_random(&seed) & mask(width);
		s128 sx = is_signed ? sign(x, width) : (s128)x,
		     sy = is_signed ? sign(y, width) : (s128)y;
		s128 lo = is_signed ? sign((u128)1 << (width - 1), width) : 0;
		s128 hi = is_signed ? (s128)mask(width - 1) : (s128)mask(width), want;
		char c = is_signed ? 's' : 'w';
		struct str type = compare ? STR("bool")
					  : str_fmt(a, "%s<%u>", is_signed ? "int" : "bit", width);

		if (op >= 11 && sy == 0)
			sy = 1;
		want = apply(op, sx, sy, lo, hi);
		if (!compare)
			want = is_signed ? sign((u128)want, width)
					 : (s128)((u128)want & mask(width));
		/* Constants by way of casts, so that the least int<W> can be written too. */
		expect(a,
		       str_fmt(a,
			       "const int<70> x = %.*s; const int<70> y = %.*s;\n"
			       "const %.*s r = (%s<%u>)%s x %s (%s<%u>)%s y; // %c\n",
			       STRA(decimal(a, sx)), STRA(decimal(a, sy)), STRA(type),
			       is_signed ? "int" : "bit", width, is_signed ? "" : "(bit<70>)",
			       ops[op], is_signed ? "int" : "bit", width,
			       is_signed ? "" : "(bit<70>)", c),
		       want);
		arena_free(a);
	}
}

static void
shifts(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		uint32_t width = 2 + (uint32_t)(unit_random(&seed) % 60),
			 by = (uint32_t)(unit_random(&seed) % 70);
		bool is_signed = unit_random(&seed) % 2, left = unit_random(&seed) % 2;
		u128 x = unit_random(&seed) & mask(width);
		s128 sx = is_signed ? sign(x, width) : (s128)x, want = 0;
		const char *t = is_signed ? "int" : "bit";

		if (left)
			want = by >= width ? 0 : (s128)((u128)sx << by);
		else
			want = by >= width ? (sx < 0 ? -1 : 0) : sx >> by;
		want = is_signed ? sign((u128)want, width) : (s128)((u128)want & mask(width));
		expect(a,
		       str_fmt(a, "const %s<%u> r = (%s<%u>)(%.*s) %s %u;", t, width, t, width,
			       STRA(decimal(a, sx)), left ? "<<" : ">>", by),
		       want);
		arena_free(a);
	}
}

static void
slices_and_concat(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		uint32_t width = 1 + (uint32_t)(unit_random(&seed) % 60),
			 w2 = 1 + (uint32_t)(unit_random(&seed) % 60);
		uint32_t lo = (uint32_t)(unit_random(&seed) % width);
		uint32_t hi = lo + (uint32_t)(unit_random(&seed) % (width - lo));
		u128 x = unit_random(&seed) & mask(width), y = unit_random(&seed) & mask(w2);

		expect(a,
		       str_fmt(a, "const bit<%u> r = (%uw%.*s)[%u:%u];", hi - lo + 1, width,
			       STRA(decimal(a, (s128)x)), hi, lo),
		       (s128)(x >> lo & mask(hi - lo + 1)));
		expect(a,
		       str_fmt(a, "const bit<%u> r = %uw%.*s ++ %uw%.*s;", width + w2, width,
			       STRA(decimal(a, (s128)x)), w2, STRA(decimal(a, (s128)y))),
		       (s128)(x << w2 | y));
		arena_free(a);
	}
}

static void
unary(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		uint32_t width = 1 + (uint32_t)(unit_random(&seed) % 100);
		u128 x = ((u128)unit_random(&seed) << 64 | unit_random(&seed)) & mask(width);

		expect(a,
		       str_fmt(a, "const bit<%u> r = ~%uw%.*s;", width, width,
			       STRA(decimal(a, (s128)x))),
		       (s128)(~x & mask(width)));
		expect(a,
		       str_fmt(a, "const bit<%u> r = -%uw%.*s;", width, width,
			       STRA(decimal(a, (s128)x))),
		       (s128)(-x & mask(width)));
		arena_free(a);
	}
}

/* `int` never wraps; casts do. */
static void
exact(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		int64_t x = (int64_t)unit_random(&seed) >> unit_random(&seed) % 60,
			y = (int64_t)unit_random(&seed) >> 20;
		uint32_t width = 1 + (uint32_t)(unit_random(&seed) % 64);

		expect(a,
		       str_fmt(a, "const int r = (%ld) * (%ld) + (%ld);", (long)x, (long)y,
			       (long)x),
		       (s128)x * y + x);
		expect(a,
		       str_fmt(a, "const bit<%u> r = (bit<%u>)((%ld) * (%ld));", width, width,
			       (long)x, (long)y),
		       (s128)((u128)((s128)x * y) & mask(width)));
		expect(a,
		       str_fmt(a, "const int<%u> r = (int<%u>)((%ld) - (%ld));", width, width,
			       (long)x, (long)y),
		       sign((u128)((s128)x - y), width));
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binary),
		cmocka_unit_test(shifts),
		cmocka_unit_test(slices_and_concat),
		cmocka_unit_test(unary),
		cmocka_unit_test(exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
