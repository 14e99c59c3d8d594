/* big integers: against __int128, against text, and identities of numbers of many words. */
#include "base/big.h"

#include <stdio.h>

#include "base/arena.h"
#include "unit.h"

__extension__ typedef __int128 s128;
__extension__ typedef unsigned __int128 u128;

#define ROUNDS 3000

static uint64_t seed = 1;

/* Random, with lengths spread evenly and long runs of ones and zeroes, where carries go wrong. */
static u128
random_u128(uint32_t bits_max)
{
	uint64_t how = unit_random(&seed);
	uint32_t bits = (uint32_t)(how >> 8) % (bits_max + 1);
	u128 v = (u128)unit_random(&seed) << 64 | unit_random(&seed);

	if (how % 4 == 0)
		v = ~(u128)0;
	if (how % 4 == 1)
		v = (u128)1 << 127 >> (127 - (bits ? bits - 1 : 0));
	return bits ? v & (~(u128)0 >> (128 - bits)) : 0;
}

static s128
random_s128(uint32_t bits)
{
	s128 v = (s128)random_u128(bits);

	return unit_random(&seed) & 1 ? -v : v;
}

static struct big
from_s128(struct arena *a, s128 v)
{
	struct big b = big_from_u128(a, v < 0 ? -(u128)v : (u128)v);

	return v < 0 ? big_neg(a, b) : b;
}

static struct big
random_big(struct arena *a, uint32_t words_max)
{
	uint32_t n = (uint32_t)(unit_random(&seed) % (words_max + 1));
	struct big v = big_from_u64(a, 0);

	for (uint32_t i = 0; i < n; i++) {
		uint64_t w = unit_random(&seed), how = unit_random(&seed) % 4;

		w = how == 0 ? 0 : how == 1 ? UINT64_MAX : w;
		v = big_add(a, big_shl(a, v, 64), big_from_u64(a, w));
	}
	return unit_random(&seed) & 1 ? big_neg(a, v) : v;
}

static void
assert_big(struct big got, struct big want)
{
	struct arena *a = arena_make();

	if (big_cmp(got, want) != 0)
		fail_msg("got %s, want %s", str_cstr(a, big_text(a, got, 16)),
			 str_cstr(a, big_text(a, want, 16)));
	assert_true(got.n == 0 || got.w[got.n - 1] != 0);
	assert_false(got.n == 0 && got.neg);
	arena_free(a);
}

static struct big
number(struct arena *a, const char *text)
{
	struct big v;
	struct str s = str_from(text);
	bool neg = str_starts(s, STR("-"));

	s = str_sub(s, neg, s.n);
	if (str_starts(s, STR("0x")))
		assert_true(big_parse(a, str_sub(s, 2, s.n), 16, &v));
	else
		assert_true(big_parse(a, s, 10, &v));
	return neg ? big_neg(a, v) : v;
}

static void
arithmetic_as_int128(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		s128 x = random_s128(126), y = random_s128(126);
		s128 p = random_s128(63), q = random_s128(63);
		struct big bx = from_s128(a, x), by = from_s128(a, y);

		assert_big(big_add(a, bx, by), from_s128(a, x + y));
		assert_big(big_sub(a, bx, by), from_s128(a, x - y));
		assert_big(big_neg(a, bx), from_s128(a, -x));
		assert_big(big_mul(a, from_s128(a, p), from_s128(a, q)), from_s128(a, p * q));
		if (y) {
			assert_big(big_div(a, bx, by), from_s128(a, x / y));
			assert_big(big_mod(a, bx, by), from_s128(a, x % y));
		}
		assert_int_equal(big_cmp(bx, by), x < y ? -1 : x > y);
		arena_free(a);
	}
}

static void
bits_as_int128(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		s128 x = random_s128(126), y = random_s128(126), z = random_s128(60);
		uint32_t k = (uint32_t)(unit_random(&seed) % 127);
		struct big bx = from_s128(a, x), by = from_s128(a, y);

		assert_big(big_and(a, bx, by), from_s128(a, x & y));
		assert_big(big_or(a, bx, by), from_s128(a, x | y));
		assert_big(big_xor(a, bx, by), from_s128(a, x ^ y));
		assert_big(big_shr(a, bx, k), from_s128(a, x >> k));
		assert_big(big_shl(a, from_s128(a, z), k % 64),
			   from_s128(a, z * ((s128)1 << k % 64)));
		assert_int_equal(big_bit(bx, k), x >> k & 1);
		assert_int_equal(big_bit(bx, 200), x < 0);
		assert_true(big_u128(bx) == (u128)x);
		assert_true(big_u64(bx) == (uint64_t)x);
		arena_free(a);
	}
}

static void
wraps_as_int128(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		s128 x = random_s128(126);
		uint32_t width = (uint32_t)(unit_random(&seed) % 126) + 1;
		uint32_t lo = (uint32_t)(unit_random(&seed) % width);
		u128 mask = ~(u128)0 >> (128 - width), low = (u128)x & mask;
		s128 sign = (s128)(low << (128 - width)) >> (128 - width);
		struct big bx = from_s128(a, x);

		assert_big(big_wrap_unsigned(a, bx, width), big_from_u128(a, low));
		assert_big(big_wrap_signed(a, bx, width), from_s128(a, sign));
		assert_big(big_slice(a, bx, width - 1, lo), big_from_u128(a, low >> lo));
		assert_true((big_bits_signed(bx) <= width) == (sign == x));
		if (x >= 0)
			assert_true((big_bits_unsigned(bx) <= width) == (low == (u128)x));
		assert_int_equal(big_fits_u64(bx), x >= 0 && x <= (s128)UINT64_MAX);
		assert_int_equal(big_fits_i64(bx), x >= INT64_MIN && x <= INT64_MAX);
		if (big_fits_i64(bx))
			assert_true(big_i64(bx) == (int64_t)x);
		arena_free(a);
	}
}

/* Laws that hold for numbers of any length. */
static void
identities(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		struct big x = random_big(a, 9), y = random_big(a, 5), z = random_big(a, 4);
		struct big minus_one = big_from_i64(a, -1), rest;
		uint32_t k = (uint32_t)(unit_random(&seed) % 300);

		assert_big(big_sub(a, big_add(a, x, y), y), x);
		assert_big(big_mul(a, x, big_add(a, y, z)),
			   big_add(a, big_mul(a, x, y), big_mul(a, x, z)));
		assert_big(big_xor(a, x, minus_one), big_sub(a, big_neg(a, x), big_from_u64(a, 1)));
		assert_big(big_add(a, big_and(a, x, y), big_or(a, x, y)), big_add(a, x, y));
		assert_big(big_xor(a, x, y), big_sub(a, big_or(a, x, y), big_and(a, x, y)));
		assert_big(big_shl(a, x, k), big_mul(a, x, big_pow2(a, k)));
		assert_big(big_add(a, big_shl(a, big_shr(a, x, k), k), big_wrap_unsigned(a, x, k)),
			   x);
		rest = big_sub(a, x, big_wrap_signed(a, x, k));
		assert_true(big_is_zero(big_wrap_unsigned(a, rest, k)));
		arena_free(a);
	}
}

static void
division(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		struct big x = random_big(a, 9), y = random_big(a, 5), q, r;
		struct big zero = big_from_u64(a, 0);

		if (big_is_zero(y))
			y = big_from_i64(a, -3);
		if (unit_random(&seed) %
		    2) /* divisible or nearly: quotient digits at their limit */
			x = big_add(a, big_mul(a, x, y),
				    big_from_i64(a, (int64_t)(unit_random(&seed) % 3) - 1));
		q = big_div(a, x, y);
		r = big_mod(a, x, y);
		assert_big(big_add(a, big_mul(a, q, y), r), x);
		assert_true(big_is_zero(r) || r.neg == x.neg);
		r.neg = y.neg = false;
		assert_true(big_cmp(r, y) < 0);
		assert_big(big_div(a, zero, y), zero);
		arena_free(a);
	}
}

/* Cases in which the first estimate of a quotient's digit is wrong. */
static void
division_estimates(void **state)
{
	struct arena *a = arena_make();
	struct big x = number(a, "0x7fffffffffffffff80000000000000000000000000000000");
	struct big y = number(a, "0x800000000000000000000000000000000001");
	struct big q = big_div(a, x, y), r = big_mod(a, x, y);

	(void)state;
	assert_big(big_add(a, big_mul(a, q, y), r), x);
	x = number(a, "0x80000000000000000000000000000000fffffffffffffffe0000000000000000");
	y = number(a, "0x8000000000000000000000000000000000000000ffffffff");
	q = big_div(a, x, y);
	r = big_mod(a, x, y);
	assert_big(big_add(a, big_mul(a, q, y), r), x);
	assert_true(big_cmp(r, y) < 0);
	arena_free(a);
}

static void
text_round_trip(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		struct big x = random_big(a, 12);

		assert_big(number(a, str_cstr(a, big_text(a, x, 10))), x);
		assert_big(number(a, str_cstr(a, big_text(a, x, 16))), x);
		arena_free(a);
	}
}

static void
text_known(void **state)
{
	struct arena *a = arena_make();
	struct big v;

	(void)state;
	assert_str(big_text(a, big_from_u64(a, 0), 10), "0");
	assert_str(big_text(a, big_from_u64(a, 0), 16), "0x0");
	assert_str(big_text(a, big_from_i64(a, -255), 16), "-0xff");
	assert_str(big_text(a, big_from_i64(a, INT64_MIN), 10), "-9223372036854775808");
	assert_str(big_text(a, big_pow2(a, 128), 10), "340282366920938463463374607431768211456");
	assert_str(big_text(a, number(a, "10000000000000000000"), 10), "10000000000000000000");
	assert_str(big_text(a, number(a, "0x1_0000_0000_0000_0000"), 16), "0x10000000000000000");
	assert_true(big_parse(a, STR("1010_1010"), 2, &v) && big_u64(v) == 0xaa);
	assert_true(big_parse(a, STR("_7_77_"), 8, &v) && big_u64(v) == 0777);
	assert_true(big_parse(a, STR("00000000000000000000000000000000000012"), 10, &v));
	assert_int_equal(v.n, 1);
	assert_int_equal(big_u64(v), 12);
	assert_false(big_parse(a, STR(""), 10, &v));
	assert_false(big_parse(a, STR("_"), 10, &v));
	assert_false(big_parse(a, STR("12a"), 10, &v));
	assert_false(big_parse(a, STR("8"), 8, &v));
	assert_false(big_parse(a, STR("-1"), 10, &v));
	assert_false(big_parse(a, STR("0x1"), 16, &v));
	arena_free(a);
}

static void
text_limit(void **state)
{
	struct arena *a = arena_make();
	char *digits = arena_alloc(a, 20000);
	struct big v;

	(void)state;
	memset(digits, '9', 20000);
	assert_false(big_parse(a, (struct str){ digits, 20000 }, 10, &v));
	assert_true(big_parse(a, (struct str){ digits, 5000 }, 10, &v));
	assert_big(big_add(a, v, big_from_u64(a, 1)),
		   number(a, str_cstr(a, big_text(a, big_add(a, v, big_from_u64(a, 1)), 10))));
	assert_int_equal(big_text(a, v, 10).n, 5000);
	arena_free(a);
}

static void
bytes(void **state)
{
	static const uint8_t p[] = { 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0x12 };
	struct arena *a = arena_make();

	(void)state;
	assert_big(big_from_bytes(a, p, sizeof(p)), number(a, "0x20010db80000000012"));
	assert_true(big_is_zero(big_from_bytes(a, p, 1)));
	assert_true(big_is_zero(big_from_bytes(a, p, 0)));
	assert_int_equal(big_u64(big_from_bytes(a, p, 8)), 0x20010db8000000);
	arena_free(a);
}

static void
sizes(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	assert_int_equal(big_bits_unsigned(big_from_u64(a, 0)), 0);
	assert_int_equal(big_bits_unsigned(big_from_u64(a, 255)), 8);
	assert_int_equal(big_bits_unsigned(big_pow2(a, 64)), 65);
	assert_int_equal(big_bits_signed(big_from_u64(a, 0)), 1);
	assert_int_equal(big_bits_signed(big_from_i64(a, -1)), 1);
	assert_int_equal(big_bits_signed(big_from_i64(a, 127)), 8);
	assert_int_equal(big_bits_signed(big_from_i64(a, -128)), 8);
	assert_int_equal(big_bits_signed(big_from_i64(a, 128)), 9);
	assert_int_equal(big_bits_signed(big_neg(a, big_pow2(a, 127))), 128);
	assert_true(big_is_zero(big_wrap_unsigned(a, big_from_i64(a, -1), 0)));
	assert_true(big_is_zero(big_wrap_signed(a, big_from_i64(a, -1), 0)));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic_as_int128),
		cmocka_unit_test(bits_as_int128),
		cmocka_unit_test(wraps_as_int128),
		cmocka_unit_test(identities),
		cmocka_unit_test(division),
		cmocka_unit_test(division_estimates),
		cmocka_unit_test(text_round_trip),
		cmocka_unit_test(text_known),
		cmocka_unit_test(text_limit),
		cmocka_unit_test(bytes),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
