/* big.h - integers of any size, immutable values in an arena: P4's `int` and the constants of
 * bit<N> and int<N>. Sign and magnitude; bitwise operators act on infinite two's complement, as
 * the P4_16 specification (section 8) defines for `int`. */
#ifndef BASE_BIG_H
#define BASE_BIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

struct big {
	const uint64_t *w; /* magnitude, least significant word first, no leading zero word */
	uint32_t n;	   /* words; 0 is the value zero */
	bool neg;
};

struct big big_from_u64(struct arena *a, uint64_t v);
struct big big_from_i64(struct arena *a, int64_t v);
/* From big-endian bytes, as in packets. */
struct big big_from_bytes(struct arena *a, const uint8_t *p, uint32_t n);
/* Digits in `base` (2, 8, 10, 16), underscores allowed; false on an empty or wrong text. */
bool big_parse(struct arena *a, struct str digits, uint32_t base, struct big *ret);

struct big big_add(struct arena *a, struct big x, struct big y);
struct big big_sub(struct arena *a, struct big x, struct big y);
struct big big_mul(struct arena *a, struct big x, struct big y);
/* Truncating division; y must not be zero. */
struct big big_div(struct arena *a, struct big x, struct big y);
struct big big_mod(struct arena *a, struct big x, struct big y);
struct big big_neg(struct arena *a, struct big x);
struct big big_shl(struct arena *a, struct big x, uint32_t bits);
struct big big_shr(struct arena *a, struct big x, uint32_t bits); /* arithmetic */
struct big big_and(struct arena *a, struct big x, struct big y);
struct big big_or(struct arena *a, struct big x, struct big y);
struct big big_xor(struct arena *a, struct big x, struct big y);
/* 2^bits. */
struct big big_pow2(struct arena *a, uint32_t bits);

/* The value modulo 2^width, as unsigned, or as signed two's complement. */
struct big big_wrap_unsigned(struct arena *a, struct big x, uint32_t width);
struct big big_wrap_signed(struct arena *a, struct big x, uint32_t width);
/* Bits hi..lo of the two's complement, unsigned. */
struct big big_slice(struct arena *a, struct big x, uint32_t hi, uint32_t lo);

int big_cmp(struct big x, struct big y);
bool big_is_zero(struct big x);
bool big_bit(struct big x, uint32_t i); /* of the two's complement */
/* Bits needed: unsigned value, or signed two's complement with its sign bit. */
uint32_t big_bits_unsigned(struct big x);
uint32_t big_bits_signed(struct big x);
bool big_fits_u64(struct big x);
bool big_fits_i64(struct big x);
uint64_t big_u64(struct big x); /* low 64 bits of the two's complement */
int64_t big_i64(struct big x);
unsigned __int128 big_u128(struct big x); /* low 128 bits of the two's complement */
struct big big_from_u128(struct arena *a, unsigned __int128 v);

/* Text in base 10 or 16 (16 with 0x). */
struct str big_text(struct arena *a, struct big x, uint32_t base);

#endif
