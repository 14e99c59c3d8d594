#include "base/big.h"

#include <string.h>

#include "base/arena.h"
#include "base/diag.h"

__extension__ typedef unsigned __int128 u128;

#define DIGITS_MAX 10000 /* parsing takes quadratic time; more than any width of a P4 program */

static uint32_t
trimmed(const uint64_t *w, uint32_t n)
{
	while (n && !w[n - 1])
		n--;
	return n;
}

static struct big
make(const uint64_t *w, uint32_t n, bool neg)
{
	n = trimmed(w, n);
	return (struct big){ n ? w : NULL, n, neg && n };
}

static uint64_t *
words(struct arena *a, uint32_t n)
{
	return arena_array(a, uint64_t, n);
}

static uint32_t
max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Bits of a magnitude: position of its highest one bit + 1. */
static uint32_t
mag_bits(const uint64_t *w, uint32_t n)
{
	return n ? n * 64 - (uint32_t)__builtin_clzll(w[n - 1]) : 0;
}

static int
mag_cmp(struct big x, struct big y)
{
	if (x.n != y.n)
		return x.n < y.n ? -1 : 1;
	for (uint32_t i = x.n; i-- > 0;)
		if (x.w[i] != y.w[i])
			return x.w[i] < y.w[i] ? -1 : 1;
	return 0;
}

static struct big
mag_add(struct arena *a, struct big x, struct big y, bool neg)
{
	uint32_t n = max32(x.n, y.n);
	uint64_t *w = words(a, n + 1);
	u128 carry = 0;

	for (uint32_t i = 0; i < n; i++) {
		carry += (u128)(i < x.n ? x.w[i] : 0) + (i < y.n ? y.w[i] : 0);
		w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	w[n] = (uint64_t)carry;
	return make(w, n + 1, neg);
}

/* |x| - |y|, where |x| >= |y|. */
static struct big
mag_sub(struct arena *a, struct big x, struct big y, bool neg)
{
	uint64_t *w = words(a, x.n);
	uint64_t borrow = 0;

	for (uint32_t i = 0; i < x.n; i++) {
		u128 d = (u128)x.w[i] - (i < y.n ? y.w[i] : 0) - borrow;

		w[i] = (uint64_t)d;
		borrow = (uint64_t)(d >> 64) & 1;
	}
	return make(w, x.n, neg);
}

struct big
big_from_u64(struct arena *a, uint64_t v)
{
	return make(arena_copy(a, &v, sizeof(v)), 1, false);
}

struct big
big_from_i64(struct arena *a, int64_t v)
{
	uint64_t mag = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	return make(arena_copy(a, &mag, sizeof(mag)), 1, v < 0);
}

struct big
big_from_u128(struct arena *a, u128 v)
{
	uint64_t *w = words(a, 2);

	w[0] = (uint64_t)v;
	w[1] = (uint64_t)(v >> 64);
	return make(w, 2, false);
}

struct big
big_from_bytes(struct arena *a, const uint8_t *p, uint32_t n)
{
	uint32_t nwords = n / 8 + 1;
	uint64_t *w = words(a, nwords);

	for (uint32_t i = 0; i < n; i++)
		w[i / 8] |= (uint64_t)p[n - 1 - i] << (i % 8 * 8);
	return make(w, nwords, false);
}

static uint32_t
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint32_t)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (uint32_t)(c - 'A') + 10;
	return UINT32_MAX;
}

/* w = w * factor + term in place, within n words. */
static void
mul_add(uint64_t *w, uint32_t n, uint64_t factor, uint64_t term)
{
	u128 carry = term;

	for (uint32_t i = 0; i < n; i++) {
		carry += (u128)w[i] * factor;
		w[i] = (uint64_t)carry;
		carry >>= 64;
	}
}

bool
big_parse(struct arena *a, struct str digits, uint32_t base, struct big *ret)
{
	uint32_t count = 0, n;
	uint64_t *w;

	for (uint32_t i = 0; i < digits.n; i++) {
		if (digits.p[i] == '_')
			continue;
		if (digit_value(digits.p[i]) >= base || ++count > DIGITS_MAX)
			return false;
	}
	if (!count)
		return false;
	n = count / 16 + 1; /* a digit is at most four bits */
	w = words(a, n);
	for (uint32_t i = 0; i < digits.n; i++)
		if (digits.p[i] != '_')
			mul_add(w, n, base, digit_value(digits.p[i]));
	*ret = make(w, n, false);
	return true;
}

struct big
big_add(struct arena *a, struct big x, struct big y)
{
	if (x.neg == y.neg)
		return mag_add(a, x, y, x.neg);
	if (mag_cmp(x, y) >= 0)
		return mag_sub(a, x, y, x.neg);
	return mag_sub(a, y, x, y.neg);
}

struct big
big_neg(struct arena *a, struct big x)
{
	(void)a; /* values are immutable: the words are shared */
	x.neg = x.n && !x.neg;
	return x;
}

struct big
big_sub(struct arena *a, struct big x, struct big y)
{
	return big_add(a, x, big_neg(a, y));
}

struct big
big_mul(struct arena *a, struct big x, struct big y)
{
	uint64_t *w = words(a, x.n + y.n);

	for (uint32_t i = 0; i < x.n; i++) {
		u128 carry = 0;

		for (uint32_t k = 0; k < y.n; k++) {
			carry += (u128)x.w[i] * y.w[k] + w[i + k];
			w[i + k] = (uint64_t)carry;
			carry >>= 64;
		}
		w[i + y.n] = (uint64_t)carry;
	}
	return make(w, x.n + y.n, x.neg != y.neg);
}

/* q = w / d in place of w; returns the remainder. */
static uint64_t
div_word(uint64_t *w, uint32_t n, uint64_t d)
{
	u128 rest = 0;

	for (uint32_t i = n; i-- > 0;) {
		rest = rest << 64 | w[i];
		w[i] = (uint64_t)(rest / d);
		rest %= d;
	}
	return (uint64_t)rest;
}

/* r[0..n] -= q * d[0..n-1]; true when it went below zero. */
static bool
sub_product(uint64_t *r, const uint64_t *d, uint32_t n, uint64_t q)
{
	u128 carry = 0;
	uint64_t borrow = 0;

	for (uint32_t i = 0; i <= n; i++) {
		u128 diff;

		carry += i < n ? (u128)q * d[i] : 0;
		diff = (u128)r[i] - (uint64_t)carry - borrow;
		r[i] = (uint64_t)diff;
		borrow = (uint64_t)(diff >> 64) & 1;
		carry >>= 64;
	}
	return borrow;
}

static void
add_back(uint64_t *r, const uint64_t *d, uint32_t n)
{
	u128 carry = 0;

	for (uint32_t i = 0; i <= n; i++) {
		carry += (u128)r[i] + (i < n ? d[i] : 0);
		r[i] = (uint64_t)carry;
		carry >>= 64;
	}
}

/* An estimate of the quotient's digit from the top three words of r and two of d (d's highest bit
 * is set): exact or one too large (Knuth, volume 2, algorithm D). */
static uint64_t
estimate(const uint64_t *r, const uint64_t *d, uint32_t n)
{
	u128 top = (u128)r[n] << 64 | r[n - 1];
	u128 q = r[n] >= d[n - 1] ? UINT64_MAX : top / d[n - 1];
	u128 rest = top - q * d[n - 1];

	while (rest >> 64 == 0 && q * d[n - 2] > (rest << 64 | r[n - 2])) {
		q--;
		rest += d[n - 1];
	}
	return (uint64_t)q;
}

/* Magnitudes: x = q * y + r. */
static void
divide(struct arena *a, struct big x, struct big y, struct big *q, struct big *r)
{
	uint32_t shift;
	struct big d;
	uint64_t *rw, *qw;

	if (!y.n)
		bug("division by zero");
	x.neg = y.neg = false;
	if (mag_cmp(x, y) < 0) {
		*q = (struct big){ NULL, 0, false };
		*r = x;
		return;
	}
	qw = words(a, x.n);
	if (y.n == 1) {
		memcpy(qw, x.w, x.n * sizeof(*qw));
		*r = big_from_u64(a, div_word(qw, x.n, y.w[0]));
		*q = make(qw, x.n, false);
		return;
	}
	shift = (uint32_t)__builtin_clzll(y.w[y.n - 1]);
	d = big_shl(a, y, shift);
	rw = words(a, x.n + 1);
	for (uint32_t i = 0; i < x.n; i++) {
		rw[i] |= x.w[i] << shift;
		rw[i + 1] = shift ? x.w[i] >> (64 - shift) : 0;
	}
	for (uint32_t i = x.n - y.n + 1; i-- > 0;) {
		qw[i] = estimate(rw + i, d.w, y.n);
		if (sub_product(rw + i, d.w, y.n, qw[i])) {
			qw[i]--;
			add_back(rw + i, d.w, y.n);
		}
	}
	*q = make(qw, x.n, false);
	*r = big_shr(a, make(rw, x.n + 1, false), shift);
}

struct big
big_div(struct arena *a, struct big x, struct big y)
{
	struct big q, r;

	divide(a, x, y, &q, &r);
	q.neg = q.n && x.neg != y.neg;
	return q;
}

struct big
big_mod(struct arena *a, struct big x, struct big y)
{
	struct big q, r;

	divide(a, x, y, &q, &r);
	r.neg = r.n && x.neg;
	return r;
}

struct big
big_shl(struct arena *a, struct big x, uint32_t bits)
{
	uint32_t skip = bits / 64, shift = bits % 64;
	uint64_t *w;

	if (!x.n)
		return x;
	w = words(a, x.n + skip + 1);
	for (uint32_t i = 0; i < x.n; i++) {
		w[i + skip] |= x.w[i] << shift;
		if (shift)
			w[i + skip + 1] = x.w[i] >> (64 - shift);
	}
	return make(w, x.n + skip + 1, x.neg);
}

static struct big
mag_shr(struct arena *a, struct big x, uint32_t bits)
{
	uint32_t skip = bits / 64, shift = bits % 64;
	uint64_t *w;

	if (skip >= x.n)
		return (struct big){ NULL, 0, false };
	w = words(a, x.n - skip);
	for (uint32_t i = skip; i < x.n; i++) {
		w[i - skip] = x.w[i] >> shift;
		if (shift && i + 1 < x.n)
			w[i - skip] |= x.w[i + 1] << (64 - shift);
	}
	return make(w, x.n - skip, false);
}

static struct big
one(void)
{
	static const uint64_t word = 1;

	return (struct big){ &word, 1, false };
}

/* Rounds towards minus infinity: for x < 0 it is -(((-x - 1) >> bits) + 1). */
struct big
big_shr(struct arena *a, struct big x, uint32_t bits)
{
	if (!x.neg)
		return mag_shr(a, x, bits);
	x = mag_shr(a, mag_sub(a, x, one(), false), bits);
	return mag_add(a, x, one(), true);
}

struct big
big_pow2(struct arena *a, uint32_t bits)
{
	return big_shl(a, one(), bits);
}

/* The low n words of x's two's complement. */
static uint64_t *
to_twos(struct arena *a, struct big x, uint32_t n)
{
	uint64_t *w = words(a, n), carry = 1;

	for (uint32_t i = 0; i < n; i++) {
		w[i] = i < x.n ? x.w[i] : 0;
		if (x.neg) {
			w[i] = ~w[i] + carry;
			carry = carry && !w[i];
		}
	}
	return w;
}

/* The value of n words of two's complement, in place; the top bit is the sign. */
static struct big
from_twos(uint64_t *w, uint32_t n)
{
	bool neg = n && w[n - 1] >> 63;
	uint64_t carry = 1;

	for (uint32_t i = 0; neg && i < n; i++) {
		w[i] = ~w[i] + carry;
		carry = carry && !w[i];
	}
	return make(w, n, neg);
}

struct big
big_and(struct arena *a, struct big x, struct big y)
{
	uint32_t n = max32(x.n, y.n) + 1;
	uint64_t *v = to_twos(a, x, n), *w = to_twos(a, y, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] &= w[i];
	return from_twos(v, n);
}

struct big
big_or(struct arena *a, struct big x, struct big y)
{
	uint32_t n = max32(x.n, y.n) + 1;
	uint64_t *v = to_twos(a, x, n), *w = to_twos(a, y, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] |= w[i];
	return from_twos(v, n);
}

struct big
big_xor(struct arena *a, struct big x, struct big y)
{
	uint32_t n = max32(x.n, y.n) + 1;
	uint64_t *v = to_twos(a, x, n), *w = to_twos(a, y, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] ^= w[i];
	return from_twos(v, n);
}

struct big
big_wrap_unsigned(struct arena *a, struct big x, uint32_t width)
{
	uint32_t n = width / 64 + (width % 64 != 0);
	uint64_t *w;

	if (!x.neg && mag_bits(x.w, x.n) <= width)
		return x;
	w = to_twos(a, x, n);
	if (width % 64)
		w[n - 1] &= ((uint64_t)1 << width % 64) - 1;
	return make(w, n, false);
}

struct big
big_wrap_signed(struct arena *a, struct big x, uint32_t width)
{
	if (big_bits_signed(x) <= width)
		return x;
	x = big_wrap_unsigned(a, x, width);
	if (width && big_bit(x, width - 1))
		x = big_sub(a, x, big_pow2(a, width));
	return x;
}

struct big
big_slice(struct arena *a, struct big x, uint32_t hi, uint32_t lo)
{
	return big_wrap_unsigned(a, big_shr(a, x, lo), hi - lo + 1);
}

int
big_cmp(struct big x, struct big y)
{
	if (x.neg != y.neg)
		return x.neg ? -1 : 1;
	return x.neg ? mag_cmp(y, x) : mag_cmp(x, y);
}

bool
big_is_zero(struct big x)
{
	return x.n == 0;
}

/* Word i of the two's complement: -v is ~v + 1, and the 1 carries only through zero words. */
static uint64_t
twos_word(struct big x, uint32_t i)
{
	uint64_t w = i < x.n ? x.w[i] : 0;
	bool carry = true;

	if (!x.neg)
		return w;
	for (uint32_t k = 0; k < i && k < x.n && carry; k++)
		carry = !x.w[k];
	return ~w + carry;
}

bool
big_bit(struct big x, uint32_t i)
{
	return twos_word(x, i / 64) >> i % 64 & 1;
}

/* Of a negative number: the bits of its magnitude. Zero needs none. */
uint32_t
big_bits_unsigned(struct big x)
{
	return mag_bits(x.w, x.n);
}

uint32_t
big_bits_signed(struct big x)
{
	uint32_t bits = mag_bits(x.w, x.n);
	bool is_pow2 = x.n && !(x.w[x.n - 1] & (x.w[x.n - 1] - 1));

	for (uint32_t i = 0; is_pow2 && i + 1 < x.n; i++)
		is_pow2 = !x.w[i];
	return x.neg && is_pow2 ? bits : bits + 1; /* -128 fits into eight bits, 128 doesn't */
}

bool
big_fits_u64(struct big x)
{
	return !x.neg && x.n <= 1;
}

bool
big_fits_i64(struct big x)
{
	return big_bits_signed(x) <= 64;
}

uint64_t
big_u64(struct big x)
{
	return twos_word(x, 0);
}

int64_t
big_i64(struct big x)
{
	return (int64_t)big_u64(x);
}

u128
big_u128(struct big x)
{
	return (u128)twos_word(x, 1) << 64 | twos_word(x, 0);
}

static uint32_t
put_hex(char *text, struct big x)
{
	uint32_t at = 0;

	for (uint32_t i = (mag_bits(x.w, x.n) + 3) / 4; i-- > 0;)
		text[at++] = "0123456789abcdef"[x.w[i / 16] >> (i % 16 * 4) & 15];
	return at;
}

/* Writes the digits backwards, ending before text[end]; returns the index of the first. */
static uint32_t
put_decimal(struct arena *a, char *text, uint32_t end, struct big x)
{
	uint64_t *w = arena_copy(a, x.w, x.n * sizeof(*w));
	uint32_t n = x.n;

	while (n) {
		uint64_t part = div_word(w, n, 10000000000000000000u);

		n = trimmed(w, n);
		for (int i = 0; i < 19 && (n || part); i++) {
			text[--end] = (char)('0' + part % 10);
			part /= 10;
		}
	}
	return end;
}

struct str
big_text(struct arena *a, struct big x, uint32_t base)
{
	uint32_t cap = x.n * 20 + 4, at;
	char *text = arena_alloc(a, cap);

	if (base == 16) {
		uint32_t sign = x.neg;

		memcpy(text, x.neg ? "-0x" : "0x", 2 + sign);
		at = 2 + sign + put_hex(text + 2 + sign, x);
		if (!x.n)
			text[at++] = '0';
		return (struct str){ text, at };
	}
	if (base != 10)
		bug("base %u", base);
	if (!x.n)
		return STR("0");
	at = put_decimal(a, text, cap, x);
	if (x.neg)
		text[--at] = '-';
	return (struct str){ text + at, cap - at };
}
