/* prim.h - what generated C calls: arithmetic of any width, loads and stores of packet bytes, marks.
 * Everything is static inline and pure but for what its arguments point to; compiler, tests and generated
 * programs share this one implementation.
 *
 * Values of bit<N> and int<N> come and go normalized: the bits above N are 0 (program.h). Up to 64 bits they are
 * computed in uint64_t, up to 128 in ps_u128 (functions ending in 128), beyond that in arrays of 64-bit words, least
 * significant first (ps_wide_*).
 */
#ifndef PACKETSCOPE_PRIM_H
#define PACKETSCOPE_PRIM_H

#include <stddef.h>
#include <string.h>

#include "packetscope/program.h"

#define PS_INLINE static inline __attribute__((unused, always_inline))
#define PS_FUNC static inline __attribute__((unused))
#define PS_RARE static __attribute__((unused, noinline))

/* A packet on its way through one parser or control; lives on the generated function's stack. */
struct ps_run {
	const struct ps_ctx *ctx;
	struct ps_packet *pkt;
	uint8_t *out;	/* deparser: where the next header goes */
	uint32_t off;	/* parser: bytes consumed */
	uint32_t error; /* parser: why it stopped */
	uint32_t steps; /* states entered again, rounds of loops: against what never ends */
	uint32_t entry; /* handle of the entry whose action runs */
	uint32_t place; /* in the burst */
	const void *ahead; /* ingress: what was found for the burst's keys beforehand (struct ahead of the program); NULL: nothing */
	uint16_t table, action;
	uint8_t control; /* 0 ingress, 1 egress */
	uint8_t color;	 /* what the direct meter of the table hit last said */
	bool exited;
};

PS_INLINE void
ps_note(const struct ps_run *r, enum ps_note kind, uint32_t index, const char *name, const struct ps_entry *entry)
{
	if (r->ctx->note)
		r->ctx->note(r->ctx->sw, r->pkt, kind, index, name, entry);
}

#define PS_PARSER_STEPS 100000 /* more state visits than any packet needs: ParserTimeout */

#define PS_LOOP_STEPS (1u << 24)

/* Called in each round of a loop: true when the loops of this pass have run for so long that they will never end. The
 * switch hears of it once, as of a failed assertion. */
PS_INLINE bool
ps_runaway(struct ps_run *r, uint32_t line)
{
	if (__builtin_expect(++r->steps < PS_LOOP_STEPS, 1))
		return false;
	if (r->steps == PS_LOOP_STEPS && r->ctx->assertion)
		r->ctx->assertion(r->ctx->sw, line, false);
	r->steps = PS_LOOP_STEPS;
	return true;
}

/* --- bytes ---------------------------------------------------------------------------------------- */

/* n bytes (1 to 8, a constant in generated code), most significant first. */
PS_INLINE uint64_t
ps_load(const uint8_t *p, uint32_t n)
{
	uint64_t v = 0;

	if (n == 8) {
		memcpy(&v, p, 8);
		return __builtin_bswap64(v);
	}
	if (n >= 4) {
		uint32_t w;

		memcpy(&w, p, 4);
		v = __builtin_bswap32(w);
		p += 4, n -= 4;
	}
	if (n >= 2) {
		uint16_t w;

		memcpy(&w, p, 2);
		v = v << 16 | __builtin_bswap16(w);
		p += 2, n -= 2;
	}
	return n ? v << 8 | *p : v;
}

PS_INLINE void
ps_store(uint8_t *p, uint64_t v, uint32_t n)
{
	if (n == 8) {
		v = __builtin_bswap64(v);
		memcpy(p, &v, 8);
		return;
	}
	if (n >= 4) {
		uint32_t w = __builtin_bswap32((uint32_t)(v >> (8 * (n - 4))));

		memcpy(p, &w, 4);
		p += 4, n -= 4;
	}
	if (n >= 2) {
		uint16_t w = __builtin_bswap16((uint16_t)(v >> (8 * (n - 2))));

		memcpy(p, &w, 2);
		p += 2, n -= 2;
	}
	if (n)
		*p = (uint8_t)v;
}

/* Zeroes n bytes, a constant. Compilers like to make one slow string instruction of a memset of this size. */
PS_INLINE void
ps_clear(void *p, size_t n)
{
	size_t i = 0;

	for (; i + 64 <= n; i += 64)
		memset((uint8_t *)p + i, 0, 64);
	if (n % 64)
		memset((uint8_t *)p + i, 0, n % 64);
}

/* An array element that is defined for every index: beyond the end it is `dummy`, a zeroed element of its own. */
PS_INLINE void *
ps_elem(void *base, uint64_t i, uint64_t n, size_t size, void *dummy)
{
	return i < n ? (uint8_t *)base + i * size : dummy;
}

/* Header stacks: `elem` bytes an element, the zeroed one is invalid. count <= size. */
PS_FUNC void
ps_stack_push(void *v, size_t elem, uint32_t size, uint32_t count, uint32_t *next)
{
	memmove((uint8_t *)v + count * elem, v, (size - count) * elem);
	memset(v, 0, count * elem);
	*next = *next + count < size ? *next + count : size;
}

PS_FUNC void
ps_stack_pop(void *v, size_t elem, uint32_t size, uint32_t count, uint32_t *next)
{
	memmove(v, (uint8_t *)v + count * elem, (size - count) * elem);
	memset((uint8_t *)v + (size - count) * elem, 0, count * elem);
	*next = *next > count ? *next - count : 0;
}

/* --- up to 64 bits -------------------------------------------------------------------------------- */

PS_INLINE uint64_t
ps_mask(uint32_t w)
{
	return w >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << w) - 1;
}

PS_INLINE int64_t
ps_sext(uint64_t v, uint32_t w)
{
	return w == 0 ? 0 : w >= 64 ? (int64_t)v : (int64_t)(v << (64 - w)) >> (64 - w);
}

PS_INLINE uint64_t
ps_shl(uint64_t v, uint64_t n, uint32_t w)
{
	return n >= w ? 0 : (v << n) & ps_mask(w);
}

PS_INLINE uint64_t
ps_shr(uint64_t v, uint64_t n)
{
	return n >= 64 ? 0 : v >> n;
}

/* Arithmetic shift of an int<w>. */
PS_INLINE uint64_t
ps_sar(uint64_t v, uint64_t n, uint32_t w)
{
	return (uint64_t)(ps_sext(v, w) >> (n > 63 ? 63 : n)) & ps_mask(w);
}

/* Division by zero is not defined by the language; here its result is 0. */
PS_INLINE uint64_t
ps_div(uint64_t a, uint64_t b)
{
	return b ? a / b : 0;
}

PS_INLINE uint64_t
ps_mod(uint64_t a, uint64_t b)
{
	return b ? a % b : 0;
}

/* --- up to 128 bits ------------------------------------------------------------------------------- */

#define PS_U128(hi, lo) ((ps_u128)(hi) << 64 | (ps_u128)(lo))

PS_INLINE ps_u128
ps_mask128(uint32_t w)
{
	return w >= 128 ? ~(ps_u128)0 : ((ps_u128)1 << w) - 1;
}

PS_INLINE ps_i128
ps_sext128(ps_u128 v, uint32_t w)
{
	return w == 0 ? 0 : w >= 128 ? (ps_i128)v : (ps_i128)(v << (128 - w)) >> (128 - w);
}

PS_INLINE ps_u128
ps_shl128(ps_u128 v, uint64_t n, uint32_t w)
{
	return n >= w ? 0 : (v << n) & ps_mask128(w);
}

PS_INLINE ps_u128
ps_shr128(ps_u128 v, uint64_t n)
{
	return n >= 128 ? 0 : v >> n;
}

PS_INLINE ps_u128
ps_sar128(ps_u128 v, uint64_t n, uint32_t w)
{
	return (ps_u128)(ps_sext128(v, w) >> (n > 127 ? 127 : n)) & ps_mask128(w);
}

PS_INLINE ps_u128
ps_div128(ps_u128 a, ps_u128 b)
{
	return b ? a / b : 0;
}

PS_INLINE ps_u128
ps_mod128(ps_u128 a, ps_u128 b)
{
	return b ? a % b : 0;
}

/* A shift distance of any width: what does not fit is a distance beyond every width. */
PS_INLINE uint64_t
ps_distance(ps_u128 n)
{
	return n >> 64 ? ~UINT64_C(0) : (uint64_t)n;
}

/* Saturating, unsigned and signed, all widths to 128. */
PS_INLINE ps_u128
ps_add_sat(ps_u128 a, ps_u128 b, uint32_t w)
{
	ps_u128 m = ps_mask128(w);

	return b > m - a ? m : a + b;
}

PS_INLINE ps_u128
ps_sub_sat(ps_u128 a, ps_u128 b)
{
	return a < b ? 0 : a - b;
}

PS_INLINE ps_u128
ps_clamp(ps_i128 a, ps_i128 b, bool over, ps_i128 r, uint32_t w)
{
	ps_i128 max = (ps_i128)(ps_mask128(w) >> 1), min = -max - 1;

	(void)b;
	if (over)
		r = a < 0 ? min : max;
	return (ps_u128)(r > max ? max : r < min ? min : r) & ps_mask128(w);
}

PS_INLINE ps_u128
ps_adds_sat(ps_u128 a, ps_u128 b, uint32_t w)
{
	ps_i128 r, x = ps_sext128(a, w), y = ps_sext128(b, w);
	bool over = __builtin_add_overflow(x, y, &r);

	return ps_clamp(x, y, over, r, w);
}

PS_INLINE ps_u128
ps_subs_sat(ps_u128 a, ps_u128 b, uint32_t w)
{
	ps_i128 r, x = ps_sext128(a, w), y = ps_sext128(b, w);
	bool over = __builtin_sub_overflow(x, y, &r);

	return ps_clamp(x, y, over, r, w);
}

/* --- wider than 128 bits: words, least significant first -------------------------------------------- */

/* Bits hi..lo, at most 64 of them, of `n` words. */
PS_FUNC uint64_t
ps_wide_bits(const uint64_t *w, uint32_t n, uint32_t hi, uint32_t lo)
{
	uint32_t i = lo / 64, s = lo % 64;
	uint64_t v = i < n ? w[i] >> s : 0;

	if (s && i + 1 < n)
		v |= w[i + 1] << (64 - s);
	return v & ps_mask(hi - lo + 1);
}

/* Replaces bits hi..lo (at most 64) by v. */
PS_FUNC void
ps_wide_put(uint64_t *w, uint32_t n, uint32_t hi, uint32_t lo, uint64_t v)
{
	uint32_t i = lo / 64, s = lo % 64;
	uint64_t m = ps_mask(hi - lo + 1);

	if (i < n)
		w[i] = (w[i] & ~(m << s)) | (v & m) << s;
	if (s && i + 1 < n)
		w[i + 1] = (w[i + 1] & ~(m >> (64 - s))) | (v & m) >> (64 - s);
}

/* r = a << s, or a >> s, of n words; r and a may be the same. */
PS_FUNC void
ps_wide_shl(uint64_t *r, const uint64_t *a, uint32_t n, uint64_t s)
{
	for (uint32_t i = n; i-- > 0;) {
		uint64_t k = s / 64, v = i >= k ? a[i - k] << (s % 64) : 0;

		if (s % 64 && i > k)
			v |= a[i - k - 1] >> (64 - s % 64);
		r[i] = v;
	}
}

PS_FUNC void
ps_wide_shr(uint64_t *r, const uint64_t *a, uint32_t n, uint64_t s)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t k = s / 64, v = i + k < n ? a[i + k] >> (s % 64) : 0;

		if (s % 64 && i + k + 1 < n)
			v |= a[i + k + 1] << (64 - s % 64);
		r[i] = v;
	}
}

PS_FUNC void
ps_wide_add(uint64_t *r, const uint64_t *a, const uint64_t *b, uint32_t n)
{
	unsigned carry = 0;

	for (uint32_t i = 0; i < n; i++) {
		ps_u128 t = (ps_u128)a[i] + b[i] + carry;

		r[i] = (uint64_t)t;
		carry = (unsigned)(t >> 64);
	}
}

PS_FUNC void
ps_wide_sub(uint64_t *r, const uint64_t *a, const uint64_t *b, uint32_t n)
{
	unsigned borrow = 0;

	for (uint32_t i = 0; i < n; i++) {
		ps_u128 t = (ps_u128)a[i] - b[i] - borrow;

		r[i] = (uint64_t)t;
		borrow = (unsigned)(t >> 64) & 1;
	}
}

/* Clears the bits above `width` in the last of n words. */
PS_FUNC void
ps_wide_trim(uint64_t *r, uint32_t n, uint32_t width)
{
	if (n && width % 64)
		r[n - 1] &= ps_mask(width % 64);
}

/* -1, 0, 1 as unsigned numbers. */
PS_FUNC int
ps_wide_cmp(const uint64_t *a, const uint64_t *b, uint32_t n)
{
	while (n-- > 0)
		if (a[n] != b[n])
			return a[n] < b[n] ? -1 : 1;
	return 0;
}

/* --- a run of bits, for hashes, checksums and digests ---------------------------------------------- */

struct ps_bits {
	uint8_t *p; /* zeroed */
	uint32_t n; /* bits so far */
};

/* Appends the low w (up to 64) bits of v. */
PS_RARE void
ps_bits_put(struct ps_bits *b, uint64_t v, uint32_t w)
{
	while (w > 0) {
		uint32_t room = 8 - b->n % 8, k = w < room ? w : room;
		uint64_t part = (v >> (w - k)) & ps_mask(k);

		b->p[b->n / 8] |= (uint8_t)(part << (room - k));
		b->n += k;
		w -= k;
	}
}

/* Appends the first w bits of the bytes at p. */
PS_RARE void
ps_bits_bytes(struct ps_bits *b, const uint8_t *p, uint32_t w)
{
	for (; w >= 8; w -= 8)
		ps_bits_put(b, *p++, 8);
	if (w)
		ps_bits_put(b, *p >> (8 - w), w);
}

/* w (up to 64) bits that start `at` bits after p. */
PS_FUNC uint64_t
ps_bits_get(const uint8_t *p, uint64_t at, uint32_t w)
{
	uint64_t v = 0;

	while (w > 0) {
		uint32_t room = 8 - at % 8, k = w < room ? w : room;

		v = v << k | ((uint64_t)(p[at / 8] >> (room - k)) & ps_mask(k));
		at += k;
		w -= k;
	}
	return v;
}

/* --- the packet --------------------------------------------------------------------------------- */

/* Puts n bytes of headers before the payload. More than there is room for (PS_HEADROOM longer than what was parsed): the
 * packet stays as it came, and the switch hears of it as of a failed assertion. */
PS_INLINE void
ps_prepend(struct ps_run *r, const uint8_t *headers, uint32_t n)
{
	struct ps_packet *pkt = r->pkt;

	if (n > pkt->parsed + PS_HEADROOM) {
		if (r->ctx->assertion)
			r->ctx->assertion(r->ctx->sw, 0, false);
		r->out = pkt->data;
		return;
	}
	r->out = pkt->data + pkt->parsed - n;
	memcpy(r->out, headers, n);
}

/* --- marks (docs/semantics.md) ---------------------------------------------------------------------- */

/* An assignment to egress_spec or mcast_grp of `std` was made. */
PS_INLINE void
ps_unmark(struct ps_run *r, const struct ps_std *std)
{
	if (std == &r->pkt->std)
		r->pkt->why.marked = false;
}

PS_INLINE void
ps_mark_to_drop(struct ps_run *r, struct ps_std *std, uint32_t phv_size, uint32_t line)
{
	struct ps_packet *pkt = r->pkt;

	std->egress_spec = PS_DROP_PORT;
	std->mcast_grp = 0;
	if (std != &pkt->std)
		return;
	pkt->why = (struct ps_why){ .table = r->table, .action = r->action, .entry = r->entry,
				    .line = r->action == PS_NONE ? line : 0, .control = r->control, .marked = true };
	if (__builtin_expect(pkt->mark_phv != NULL, 0))
		memcpy(pkt->mark_phv, pkt->phv, phv_size);
}

/* Which action (and entry of which table) runs from here on; PS_NONE twice: the apply block itself. */
PS_INLINE void
ps_context(struct ps_run *r, uint16_t table, uint16_t action, uint32_t entry)
{
	r->table = table;
	r->action = action;
	r->entry = entry;
}

/* --- the log ----------------------------------------------------------------------------------------- */

struct ps_text {
	uint32_t n;
	char s[512];
};

PS_FUNC void
ps_text_add(struct ps_text *t, const char *s)
{
	while (*s && t->n + 1 < sizeof(t->s))
		t->s[t->n++] = *s++;
	t->s[t->n] = 0;
}

/* A number in base 10, as BMv2 logs them. */
PS_FUNC void
ps_text_number(struct ps_text *t, ps_u128 v)
{
	char digits[48];
	uint32_t i = sizeof(digits);

	digits[--i] = 0;
	do
		digits[--i] = (char)('0' + (int)(v % 10));
	while ((v /= 10) != 0);
	ps_text_add(t, digits + i);
}

PS_FUNC void
ps_text_signed(struct ps_text *t, ps_i128 v)
{
	if (v < 0)
		ps_text_add(t, "-");
	ps_text_number(t, v < 0 ? -(ps_u128)v : (ps_u128)v);
}

#endif
