/* The primitives that generated code calls: against wider arithmetic, against base's big integers, against published check
 * values of the hashes. */
#include "packetscope/hash.h"

#include "base/arena.h"
#include "base/big.h"
#include "unit.h"

#define ROUNDS 4000

static uint64_t seed = 7;

static uint32_t
below(uint32_t n)
{
	return (uint32_t)(unit_random(&seed) % n);
}

/* Numbers near the ends of the range are as frequent as others. */
static ps_u128
number(uint32_t width)
{
	ps_u128 v = PS_U128(unit_random(&seed), unit_random(&seed));
	uint32_t how = below(4);

	if (how == 0)
		v = ps_mask128(width) - below(3);
	else if (how == 1)
		v = below(3);
	else if (how == 2)
		v = ((ps_u128)1 << (width - 1)) - 1 + below(3);
	return v & ps_mask128(width);
}

static ps_i128
as_signed(ps_u128 v, uint32_t w)
{
	return v >> (w - 1) & 1 ? (ps_i128)v - ((ps_i128)1 << (w - 1)) * 2 : (ps_i128)v;
}

static void
test_narrow(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t w = 1 + below(64), n = below(80);
		uint64_t a = (uint64_t)number(w), b = (uint64_t)number(w);
		ps_i128 s = as_signed(a, w);

		assert_true(ps_sext(a, w) == s);
		assert_true(ps_shl(a, n, w) == (n >= w ? 0 : (uint64_t)((ps_u128)a << n & ps_mask128(w))));
		assert_true(ps_shr(a, n) == (n >= 64 ? 0 : a >> n));
		assert_true(ps_sar(a, n, w) == (uint64_t)((ps_u128)(s >> n) & ps_mask128(w)));
		assert_true(ps_div(a, b) == (b ? a / b : 0));
		assert_true(ps_mod(a, b) == (b ? a % b : 0));
	}
	assert_true(ps_shl(1, ~UINT64_C(0), 64) == 0);
	assert_true(ps_distance((ps_u128)1 << 64) == ~UINT64_C(0));
}

static ps_i128
clamped(ps_i128 v, uint32_t w)
{
	ps_i128 max = ((ps_i128)1 << (w - 1)) - 1;

	return v > max ? max : v < -max - 1 ? -max - 1 : v;
}

static void
test_saturation(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t w = 1 + below(120);
		ps_u128 a = number(w), b = number(w), m = ps_mask128(w);

		assert_true(ps_add_sat(a, b, w) == (a + b > m ? m : a + b));
		assert_true(ps_sub_sat(a, b) == (a < b ? 0 : a - b));
		assert_true(as_signed(ps_adds_sat(a, b, w), w) == clamped(as_signed(a, w) + as_signed(b, w), w));
		assert_true(as_signed(ps_subs_sat(a, b, w), w) == clamped(as_signed(a, w) - as_signed(b, w), w));
	}
	/* 128 bits, where the sum has no room: 2^127 - 1 + 1, -2^127 - 1 */
	assert_true(ps_adds_sat(ps_mask128(127), 1, 128) == ps_mask128(127));
	assert_true(ps_subs_sat((ps_u128)1 << 127, 1, 128) == (ps_u128)1 << 127);
	assert_true(ps_add_sat(~(ps_u128)0, 1, 128) == ~(ps_u128)0);
}

static void
test_wide_numbers(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t w = 65 + below(64), n = below(200);
		ps_u128 x = number(w);
		struct big b = big_from_u128(a, x);

		assert_true(ps_shl128(x, n, w) == big_u128(big_wrap_unsigned(a, big_shl(a, b, n), w)));
		assert_true(ps_shr128(x, n) == big_u128(big_shr(a, b, n)));
		assert_true(ps_sar128(x, n, w) ==
			    big_u128(big_wrap_unsigned(a, big_shr(a, big_wrap_signed(a, b, w), n), w)));
	}
	arena_free(a);
}

/* --- words ------------------------------------------------------------------------------------------ */

static struct big
big_of(struct arena *a, const uint64_t *w, uint32_t n)
{
	struct big b = { .w = NULL };

	for (uint32_t i = n; i-- > 0;)
		b = big_or(a, big_shl(a, b, 64), big_from_u64(a, w[i]));
	return b;
}

static void
fill(uint64_t *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		w[i] = below(3) == 0 ? ~UINT64_C(0) : unit_random(&seed);
}

static void
expect_big(struct arena *a, const uint64_t *w, uint32_t n, struct big want)
{
	assert_int_equal(big_cmp(big_of(a, w, n), big_wrap_unsigned(a, want, 64 * n)), 0);
}

static void
test_words(void **state)
{
	uint64_t x[6], y[6], r[6];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		uint32_t n = 1 + below(6), s = below(64 * 6 + 10);
		struct big bx, by;

		fill(x, n);
		fill(y, n);
		bx = big_of(a, x, n);
		by = big_of(a, y, n);
		ps_wide_add(r, x, y, n);
		expect_big(a, r, n, big_add(a, bx, by));
		ps_wide_sub(r, x, y, n);
		expect_big(a, r, n, big_sub(a, bx, by));
		ps_wide_shl(r, x, n, s);
		expect_big(a, r, n, big_shl(a, bx, s));
		ps_wide_shr(r, x, n, s);
		expect_big(a, r, n, big_shr(a, bx, s));
		memcpy(r, x, sizeof(r));
		ps_wide_shl(r, r, n, s); /* in place */
		expect_big(a, r, n, big_shl(a, bx, s));
		assert_int_equal(ps_wide_cmp(x, y, n), big_cmp(bx, by));
		arena_free(a);
	}
}

static void
test_word_pieces(void **state)
{
	uint64_t x[4], before[4];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *a = arena_make();
		uint32_t width = 1 + below(64), lo = below(256 - width), hi = lo + width - 1;
		uint64_t v = unit_random(&seed);

		fill(x, 4);
		memcpy(before, x, sizeof(x));
		assert_true(ps_wide_bits(x, 4, hi, lo) == big_u64(big_slice(a, big_of(a, x, 4), hi, lo)));
		ps_wide_put(x, 4, hi, lo, v);
		assert_true(ps_wide_bits(x, 4, hi, lo) == (v & ps_mask(width)));
		ps_wide_put(x, 4, hi, lo, ps_wide_bits(before, 4, hi, lo));
		assert_memory_equal(x, before, sizeof(x)); /* nothing else was touched */
		arena_free(a);
	}
	fill(x, 4);
	ps_wide_trim(x, 3, 130);
	assert_true(x[2] <= 3);
}

/* --- bytes -------------------------------------------------------------------------------------------- */

static void
test_bytes(void **state)
{
	uint8_t p[10], q[10];

	(void)state;
	for (uint32_t n = 1; n <= 8; n++)
		for (int i = 0; i < 100; i++) {
			uint64_t v = unit_random(&seed) & ps_mask(8 * n), sum = 0;

			memset(p, 0xee, sizeof(p));
			ps_store(p + 1, v, n);
			for (uint32_t k = 0; k < n; k++)
				sum = sum << 8 | p[1 + k];
			assert_true(sum == v);
			assert_true(ps_load(p + 1, n) == v);
			memset(q, 0xee, sizeof(q));
			assert_memory_equal(p + 1 + n, q + 1 + n, sizeof(p) - 1 - n);
			assert_int_equal(p[0], 0xee);
		}
}

static void
test_bits(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint8_t bytes[80] = { 0 };
		uint64_t v[8];
		uint32_t w[8], at = 0;
		struct ps_bits b = { bytes, 0 };

		for (int k = 0; k < 8; k++) {
			w[k] = 1 + below(64);
			v[k] = unit_random(&seed) & ps_mask(w[k]);
			ps_bits_put(&b, v[k], w[k]);
		}
		for (int k = 0; k < 8; k++) {
			assert_true(ps_bits_get(bytes, at, w[k]) == v[k]);
			at += w[k];
		}
		assert_int_equal(b.n, at);
		assert_int_equal(bytes[at / 8 + 1], 0); /* padded with zeros */
	}
}

static void
test_bit_bytes(void **state)
{
	uint8_t bytes[8] = { 0 };
	struct ps_bits b = { bytes, 0 };

	(void)state;
	ps_bits_put(&b, 5, 3);
	ps_bits_bytes(&b, (const uint8_t *)"\xab\xc0", 12);
	assert_int_equal(b.n, 15);
	assert_memory_equal(bytes, "\xb5\x78", 2); /* 101 10101011 1100 0 */
}

/* --- hashes ---------------------------------------------------------------------------------------------- */

static void
test_hashes(void **state)
{
	const uint8_t *check = (const uint8_t *)"123456789";

	(void)state;
	assert_int_equal(ps_crc32(check, 9), 0xcbf43926); /* CRC-32/ISO-HDLC */
	assert_int_equal(ps_crc16(check, 9), 0xbb3d);	  /* CRC-16/ARC */
	assert_int_equal(ps_xor16((const uint8_t *)"\x12\x34\x56\x78\x9a", 5), 0x1234 ^ 0x5678 ^ 0x9a00);
	assert_true(ps_identity((const uint8_t *)"\x01\x02\x03", 3) == 0x010203);
	assert_true(ps_identity(check, 9) == UINT64_C(0x3132333435363738));
	assert_true(ps_mix(check, 9) == ps_mix(check, 9));
	assert_true(ps_mix(check, 9) != ps_mix(check, 8));
	assert_int_equal(ps_hash_range(103, 10, 100), 13);
	assert_int_equal(ps_hash_range(103, 10, 0), 10);
}

static uint32_t
crc32_bits(uint32_t c, const uint8_t *p, uint32_t n)
{
	for (; n > 0; n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
	}
	return c;
}

static void
test_crc_tables(void **state)
{
	uint8_t bytes[64] = { 0 };

	(void)state;
	for (uint32_t k = 0; k < 8; k++)
		for (uint32_t i = 0; i < 256; i++) {
			bytes[0] = (uint8_t)i;
			assert_int_equal(ps_crc32_table[k][i], crc32_bits(0, bytes, k + 1));
		}
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t n = below(64), c = (uint32_t)unit_random(&seed), k = 1 + below(8);
		uint64_t v = 0;

		for (uint32_t b = 0; b < n; b++)
			bytes[b] = (uint8_t)unit_random(&seed);
		assert_int_equal(ps_crc32(bytes, n), (uint32_t)~crc32_bits(0xffffffff, bytes, n));
		for (uint32_t b = 0; b < k; b++)
			v |= (uint64_t)bytes[b] << (56 - 8 * b);
		assert_int_equal(ps_crc32_chunk(c, v, k), crc32_bits(c, bytes, k));
	}
}

static void
test_checksums(void **state)
{
	static const uint8_t ipv4[] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
					0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7 };
	uint8_t zeroed[20], buf[64 + 8];
	struct ps_packet pkt = { .data = (uint8_t *)(uintptr_t)ipv4, .len = 20, .parsed = 12 };

	(void)state;
	assert_int_equal(ps_csum16((const uint8_t *)"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8), 0x220d); /* RFC 1071's sum */
	memcpy(zeroed, ipv4, 20);
	zeroed[10] = zeroed[11] = 0;
	assert_int_equal(ps_csum16(zeroed, 20), 0xb861);
	assert_int_equal(ps_csum16(ipv4, 20), 0);
	assert_int_equal(ps_csum16((const uint8_t *)"\x12\x34\x56", 3), 0xffff - 0x1234 - 0x5600);
	memcpy(buf, ipv4, 12);
	assert_int_equal(ps_csum16(buf, ps_with_payload(buf, 12, &pkt)), 0);
}

/* --- packets and stacks ---------------------------------------------------------------------------------- */

static void
test_stacks(void **state)
{
	uint16_t v[4] = { 1, 2, 3, 4 };
	uint32_t next = 3;

	(void)state;
	ps_stack_push(v, sizeof(v[0]), 4, 2, &next);
	assert_memory_equal(v, ((uint16_t[]){ 0, 0, 1, 2 }), sizeof(v));
	assert_int_equal(next, 4);
	ps_stack_pop(v, sizeof(v[0]), 4, 3, &next);
	assert_memory_equal(v, ((uint16_t[]){ 2, 0, 0, 0 }), sizeof(v));
	assert_int_equal(next, 1);
	ps_stack_pop(v, sizeof(v[0]), 4, 4, &next);
	assert_int_equal(v[0] | next, 0);
	assert_ptr_equal(ps_elem(v, 3, 4, sizeof(v[0]), NULL), &v[3]);
	assert_null(ps_elem(v, 4, 4, sizeof(v[0]), NULL));
}

static void
test_marks(void **state)
{
	char phv[4] = "abc", copy[4] = "";
	struct ps_packet pkt = { .phv = phv, .mark_phv = copy, .std = { .egress_spec = 3, .mcast_grp = 4 } };
	struct ps_run r = { .pkt = &pkt, .control = 1 };
	struct ps_std other = { 0 };

	(void)state;
	ps_context(&r, 5, 6, 7);
	ps_mark_to_drop(&r, &pkt.std, sizeof(phv), 99);
	assert_int_equal(pkt.std.egress_spec, PS_DROP_PORT);
	assert_int_equal(pkt.std.mcast_grp, 0);
	assert_true(pkt.why.marked && pkt.why.table == 5 && pkt.why.action == 6 && pkt.why.entry == 7 && pkt.why.control == 1);
	assert_int_equal(pkt.why.line, 0);
	assert_string_equal(copy, "abc");
	ps_unmark(&r, &other);
	assert_true(pkt.why.marked);
	ps_unmark(&r, &pkt.std);
	assert_false(pkt.why.marked);
	ps_mark_to_drop(&r, &other, sizeof(phv), 99); /* somebody's copy: no mark of the packet */
	assert_int_equal(other.egress_spec, PS_DROP_PORT);
	assert_false(pkt.why.marked);
	ps_context(&r, PS_NONE, PS_NONE, 0);
	ps_mark_to_drop(&r, &pkt.std, sizeof(phv), 99);
	assert_int_equal(pkt.why.line, 99);
}

static void
test_text(void **state)
{
	struct ps_text t = { 0 };

	(void)state;
	ps_text_add(&t, "x=");
	ps_text_number(&t, ~(ps_u128)0);
	ps_text_add(&t, " ");
	ps_text_signed(&t, -12);
	ps_text_number(&t, 0);
	assert_string_equal(t.s, "x=340282366920938463463374607431768211455 -120");
	for (int i = 0; i < 200; i++)
		ps_text_add(&t, "more of it");
	assert_int_equal(strlen(t.s), sizeof(t.s) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow), cmocka_unit_test(test_saturation), cmocka_unit_test(test_wide_numbers),
		cmocka_unit_test(test_words), cmocka_unit_test(test_word_pieces), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bits), cmocka_unit_test(test_bit_bytes), cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_crc_tables), cmocka_unit_test(test_checksums), cmocka_unit_test(test_stacks), cmocka_unit_test(test_marks),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
