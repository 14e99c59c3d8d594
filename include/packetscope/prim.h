/* prim.h - what generated C calls: arithmetic of any width, loads and stores of packet bytes, hashes, checksums,
 * marks. Everything is static inline and pure but for what its arguments point to; compiler, tests and generated
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
	uint16_t table, action;
	uint8_t control; /* 0 ingress, 1 egress */
	uint8_t color;	 /* what the direct meter of the table hit last said */
	bool exited;
};

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

/* --- hashes: BMv2's, over whole bytes (the last one padded with 0 bits) ------------------------------ */

PS_FUNC uint64_t
ps_crc32(const uint8_t *p, uint32_t n)
{
	static const uint32_t table[256] = {
		0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f, 0xe963a535, 0x9e6495a3,
		0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988, 0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91,
		0x1db71064, 0x6ab020f2, 0xf3b97148, 0x84be41de, 0x1adad47d, 0x6ddde4eb, 0xf4d4b551, 0x83d385c7,
		0x136c9856, 0x646ba8c0, 0xfd62f97a, 0x8a65c9ec, 0x14015c4f, 0x63066cd9, 0xfa0f3d63, 0x8d080df5,
		0x3b6e20c8, 0x4c69105e, 0xd56041e4, 0xa2677172, 0x3c03e4d1, 0x4b04d447, 0xd20d85fd, 0xa50ab56b,
		0x35b5a8fa, 0x42b2986c, 0xdbbbc9d6, 0xacbcf940, 0x32d86ce3, 0x45df5c75, 0xdcd60dcf, 0xabd13d59,
		0x26d930ac, 0x51de003a, 0xc8d75180, 0xbfd06116, 0x21b4f4b5, 0x56b3c423, 0xcfba9599, 0xb8bda50f,
		0x2802b89e, 0x5f058808, 0xc60cd9b2, 0xb10be924, 0x2f6f7c87, 0x58684c11, 0xc1611dab, 0xb6662d3d,
		0x76dc4190, 0x01db7106, 0x98d220bc, 0xefd5102a, 0x71b18589, 0x06b6b51f, 0x9fbfe4a5, 0xe8b8d433,
		0x7807c9a2, 0x0f00f934, 0x9609a88e, 0xe10e9818, 0x7f6a0dbb, 0x086d3d2d, 0x91646c97, 0xe6635c01,
		0x6b6b51f4, 0x1c6c6162, 0x856530d8, 0xf262004e, 0x6c0695ed, 0x1b01a57b, 0x8208f4c1, 0xf50fc457,
		0x65b0d9c6, 0x12b7e950, 0x8bbeb8ea, 0xfcb9887c, 0x62dd1ddf, 0x15da2d49, 0x8cd37cf3, 0xfbd44c65,
		0x4db26158, 0x3ab551ce, 0xa3bc0074, 0xd4bb30e2, 0x4adfa541, 0x3dd895d7, 0xa4d1c46d, 0xd3d6f4fb,
		0x4369e96a, 0x346ed9fc, 0xad678846, 0xda60b8d0, 0x44042d73, 0x33031de5, 0xaa0a4c5f, 0xdd0d7cc9,
		0x5005713c, 0x270241aa, 0xbe0b1010, 0xc90c2086, 0x5768b525, 0x206f85b3, 0xb966d409, 0xce61e49f,
		0x5edef90e, 0x29d9c998, 0xb0d09822, 0xc7d7a8b4, 0x59b33d17, 0x2eb40d81, 0xb7bd5c3b, 0xc0ba6cad,
		0xedb88320, 0x9abfb3b6, 0x03b6e20c, 0x74b1d29a, 0xead54739, 0x9dd277af, 0x04db2615, 0x73dc1683,
		0xe3630b12, 0x94643b84, 0x0d6d6a3e, 0x7a6a5aa8, 0xe40ecf0b, 0x9309ff9d, 0x0a00ae27, 0x7d079eb1,
		0xf00f9344, 0x8708a3d2, 0x1e01f268, 0x6906c2fe, 0xf762575d, 0x806567cb, 0x196c3671, 0x6e6b06e7,
		0xfed41b76, 0x89d32be0, 0x10da7a5a, 0x67dd4acc, 0xf9b9df6f, 0x8ebeeff9, 0x17b7be43, 0x60b08ed5,
		0xd6d6a3e8, 0xa1d1937e, 0x38d8c2c4, 0x4fdff252, 0xd1bb67f1, 0xa6bc5767, 0x3fb506dd, 0x48b2364b,
		0xd80d2bda, 0xaf0a1b4c, 0x36034af6, 0x41047a60, 0xdf60efc3, 0xa867df55, 0x316e8eef, 0x4669be79,
		0xcb61b38c, 0xbc66831a, 0x256fd2a0, 0x5268e236, 0xcc0c7795, 0xbb0b4703, 0x220216b9, 0x5505262f,
		0xc5ba3bbe, 0xb2bd0b28, 0x2bb45a92, 0x5cb36a04, 0xc2d7ffa7, 0xb5d0cf31, 0x2cd99e8b, 0x5bdeae1d,
		0x9b64c2b0, 0xec63f226, 0x756aa39c, 0x026d930a, 0x9c0906a9, 0xeb0e363f, 0x72076785, 0x05005713,
		0x95bf4a82, 0xe2b87a14, 0x7bb12bae, 0x0cb61b38, 0x92d28e9b, 0xe5d5be0d, 0x7cdcefb7, 0x0bdbdf21,
		0x86d3d2d4, 0xf1d4e242, 0x68ddb3f8, 0x1fda836e, 0x81be16cd, 0xf6b9265b, 0x6fb077e1, 0x18b74777,
		0x88085ae6, 0xff0f6a70, 0x66063bca, 0x11010b5c, 0x8f659eff, 0xf862ae69, 0x616bffd3, 0x166ccf45,
		0xa00ae278, 0xd70dd2ee, 0x4e048354, 0x3903b3c2, 0xa7672661, 0xd06016f7, 0x4969474d, 0x3e6e77db,
		0xaed16a4a, 0xd9d65adc, 0x40df0b66, 0x37d83bf0, 0xa9bcae53, 0xdebb9ec5, 0x47b2cf7f, 0x30b5ffe9,
		0xbdbdf21c, 0xcabac28a, 0x53b39330, 0x24b4a3a6, 0xbad03605, 0xcdd70693, 0x54de5729, 0x23d967bf,
		0xb3667a2e, 0xc4614ab8, 0x5d681b02, 0x2a6f2b94, 0xb40bbe37, 0xc30c8ea1, 0x5a05df1b, 0x2d02ef8d,
	};
	uint32_t c = 0xffffffff;

	for (uint32_t i = 0; i < n; i++)
		c = table[(c ^ p[i]) & 0xff] ^ c >> 8;
	return ~c;
}

PS_FUNC uint64_t
ps_crc16(const uint8_t *p, uint32_t n)
{
	static const uint16_t table[256] = {
		0x0000, 0xc0c1, 0xc181, 0x0140, 0xc301, 0x03c0, 0x0280, 0xc241, 0xc601, 0x06c0, 0x0780, 0xc741,
		0x0500, 0xc5c1, 0xc481, 0x0440, 0xcc01, 0x0cc0, 0x0d80, 0xcd41, 0x0f00, 0xcfc1, 0xce81, 0x0e40,
		0x0a00, 0xcac1, 0xcb81, 0x0b40, 0xc901, 0x09c0, 0x0880, 0xc841, 0xd801, 0x18c0, 0x1980, 0xd941,
		0x1b00, 0xdbc1, 0xda81, 0x1a40, 0x1e00, 0xdec1, 0xdf81, 0x1f40, 0xdd01, 0x1dc0, 0x1c80, 0xdc41,
		0x1400, 0xd4c1, 0xd581, 0x1540, 0xd701, 0x17c0, 0x1680, 0xd641, 0xd201, 0x12c0, 0x1380, 0xd341,
		0x1100, 0xd1c1, 0xd081, 0x1040, 0xf001, 0x30c0, 0x3180, 0xf141, 0x3300, 0xf3c1, 0xf281, 0x3240,
		0x3600, 0xf6c1, 0xf781, 0x3740, 0xf501, 0x35c0, 0x3480, 0xf441, 0x3c00, 0xfcc1, 0xfd81, 0x3d40,
		0xff01, 0x3fc0, 0x3e80, 0xfe41, 0xfa01, 0x3ac0, 0x3b80, 0xfb41, 0x3900, 0xf9c1, 0xf881, 0x3840,
		0x2800, 0xe8c1, 0xe981, 0x2940, 0xeb01, 0x2bc0, 0x2a80, 0xea41, 0xee01, 0x2ec0, 0x2f80, 0xef41,
		0x2d00, 0xedc1, 0xec81, 0x2c40, 0xe401, 0x24c0, 0x2580, 0xe541, 0x2700, 0xe7c1, 0xe681, 0x2640,
		0x2200, 0xe2c1, 0xe381, 0x2340, 0xe101, 0x21c0, 0x2080, 0xe041, 0xa001, 0x60c0, 0x6180, 0xa141,
		0x6300, 0xa3c1, 0xa281, 0x6240, 0x6600, 0xa6c1, 0xa781, 0x6740, 0xa501, 0x65c0, 0x6480, 0xa441,
		0x6c00, 0xacc1, 0xad81, 0x6d40, 0xaf01, 0x6fc0, 0x6e80, 0xae41, 0xaa01, 0x6ac0, 0x6b80, 0xab41,
		0x6900, 0xa9c1, 0xa881, 0x6840, 0x7800, 0xb8c1, 0xb981, 0x7940, 0xbb01, 0x7bc0, 0x7a80, 0xba41,
		0xbe01, 0x7ec0, 0x7f80, 0xbf41, 0x7d00, 0xbdc1, 0xbc81, 0x7c40, 0xb401, 0x74c0, 0x7580, 0xb541,
		0x7700, 0xb7c1, 0xb681, 0x7640, 0x7200, 0xb2c1, 0xb381, 0x7340, 0xb101, 0x71c0, 0x7080, 0xb041,
		0x5000, 0x90c1, 0x9181, 0x5140, 0x9301, 0x53c0, 0x5280, 0x9241, 0x9601, 0x56c0, 0x5780, 0x9741,
		0x5500, 0x95c1, 0x9481, 0x5440, 0x9c01, 0x5cc0, 0x5d80, 0x9d41, 0x5f00, 0x9fc1, 0x9e81, 0x5e40,
		0x5a00, 0x9ac1, 0x9b81, 0x5b40, 0x9901, 0x59c0, 0x5880, 0x9841, 0x8801, 0x48c0, 0x4980, 0x8941,
		0x4b00, 0x8bc1, 0x8a81, 0x4a40, 0x4e00, 0x8ec1, 0x8f81, 0x4f40, 0x8d01, 0x4dc0, 0x4c80, 0x8c41,
		0x4400, 0x84c1, 0x8581, 0x4540, 0x8701, 0x47c0, 0x4680, 0x8641, 0x8201, 0x42c0, 0x4380, 0x8341,
		0x4100, 0x81c1, 0x8081, 0x4040,
	};
	uint32_t c = 0;

	for (uint32_t i = 0; i < n; i++)
		c = table[(c ^ p[i]) & 0xff] ^ c >> 8;
	return c;
}

/* Ones' complement sums (RFC 1071), in memory order: ps_sum_fold makes the checksum of them. A run of bytes
 * may be summed in parts as long as each part but the last is of even length. */
PS_FUNC uint64_t
ps_sum(const uint8_t *p, uint32_t n)
{
	uint64_t sum = 0;

	for (; n >= 4; p += 4, n -= 4) {
		uint32_t w;

		memcpy(&w, p, 4);
		sum += w;
	}
	if (n >= 2) {
		uint16_t w;

		memcpy(&w, p, 2);
		sum += w;
		p += 2, n -= 2;
	}
	if (n)
		sum += *p;
	return sum;
}

PS_FUNC uint64_t
ps_sum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return __builtin_bswap16((uint16_t)~sum);
}

/* The same from numbers instead of memory: the sum of a chunk of 8 bytes, most significant first, and the
 * checksum of such sums. */
PS_INLINE uint64_t
ps_sum_chunk(uint64_t v)
{
	return (v >> 32) + (uint32_t)v;
}

PS_INLINE uint64_t
ps_sum_chunks(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

PS_FUNC uint64_t
ps_csum16(const uint8_t *p, uint32_t n)
{
	return ps_sum_fold(ps_sum(p, n));
}

PS_FUNC uint64_t
ps_xor16(const uint8_t *p, uint32_t n)
{
	uint32_t x = 0;

	for (; n >= 2; p += 2, n -= 2)
		x ^= (uint32_t)p[0] << 8 | p[1];
	return n ? x ^ (uint32_t)p[0] << 8 : x;
}

/* The first 8 bytes as a number. */
PS_FUNC uint64_t
ps_identity(const uint8_t *p, uint32_t n)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < n && i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* v1model's HashAlgorithm.random: any good mix of the bytes; the same bytes give the same number in every run. */
PS_FUNC uint64_t
ps_mix(const uint8_t *p, uint32_t n)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n;

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

/* base + hash mod max, as BMv2: a max of 0 counts as 1. */
PS_INLINE uint64_t
ps_hash_range(uint64_t hash, uint64_t base, uint64_t max)
{
	return base + (max ? hash % max : 0);
}

typedef uint64_t ps_hash_fn(const uint8_t *p, uint32_t n);

/* The hash of some bytes and the packet's payload behind them; `room` is at least n + PS_MAX_PACKET. */
PS_FUNC uint64_t
ps_with_payload(ps_hash_fn *hash, uint8_t *p, uint32_t n, const struct ps_packet *pkt)
{
	uint32_t len = pkt->len > pkt->parsed ? pkt->len - pkt->parsed : 0;

	if (len > PS_MAX_PACKET)
		len = PS_MAX_PACKET;
	memcpy(p + n, pkt->data + pkt->parsed, len);
	return hash(p, n + len);
}

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
