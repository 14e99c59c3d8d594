/* hash.h - v1model's hashes and checksums as BMv2 computes them, over whole bytes (the last one padded with 0 bits). Static inline and pure, as prim.h is. */
#ifndef PACKETSCOPE_HASH_H
#define PACKETSCOPE_HASH_H

#include "packetscope/crc.h"
#include "packetscope/prim.h"

/* The register after the first n bytes (1 to 8, a constant) of a chunk that starts at its most significant bit. */
PS_INLINE uint32_t
ps_crc32_chunk(uint32_t c, uint64_t v, uint32_t n)
{
	const uint32_t (*t)[256] = ps_crc32_table;

	v = __builtin_bswap64(v);
	if (n == 8) {
		v ^= c;
		return t[7][v & 0xff] ^ t[6][v >> 8 & 0xff] ^ t[5][v >> 16 & 0xff] ^ t[4][v >> 24 & 0xff] ^
		       t[3][v >> 32 & 0xff] ^ t[2][v >> 40 & 0xff] ^ t[1][v >> 48 & 0xff] ^ t[0][v >> 56];
	}
	if (n >= 4) {
		c ^= (uint32_t)v;
		c = t[3][c & 0xff] ^ t[2][c >> 8 & 0xff] ^ t[1][c >> 16 & 0xff] ^ t[0][c >> 24];
		v >>= 32, n -= 4;
	}
	for (; n > 0; n--, v >>= 8)
		c = t[0][(c ^ v) & 0xff] ^ c >> 8;
	return c;
}

PS_FUNC uint64_t
ps_crc32(const uint8_t *p, uint32_t n)
{
	uint32_t c = 0xffffffff;

	for (; n >= 8; p += 8, n -= 8)
		c = ps_crc32_chunk(c, ps_load(p, 8), 8);
	for (; n > 0; p++, n--)
		c = ps_crc32_table[0][(c ^ *p) & 0xff] ^ c >> 8;
	return (uint32_t)~c;
}

/* The low `width` bits the other way round. */
PS_FUNC uint32_t
ps_reflect(uint32_t v, uint32_t width)
{
	uint32_t ret = 0;

	for (uint32_t i = 0; i < width; i++)
		ret |= (v >> i & 1) << (width - 1 - i);
	return ret;
}

PS_FUNC uint64_t
ps_crc_custom(const struct ps_crc *crc, const uint8_t *p, uint32_t n)
{
	uint32_t mask = crc->width == 16 ? 0xffff : 0xffffffff, c = crc->initial;

	if (crc->reflects_data)
		for (; n > 0; p++, n--)
			c = crc->rows[(c ^ *p) & 0xff] ^ c >> 8;
	else
		for (; n > 0; p++, n--)
			c = crc->rows[(c >> (crc->width - 8) ^ *p) & 0xff] ^ (c << 8 & mask);
	return (crc->turns_remainder ? ps_reflect(c, crc->width) : c) ^ crc->final_xor;
}

PS_FUNC uint64_t
ps_crc16(const uint8_t *p, uint32_t n)
{
	uint32_t c = 0;

	for (uint32_t i = 0; i < n; i++)
		c = ps_crc16_table[(c ^ p[i]) & 0xff] ^ c >> 8;
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

/* The same from numbers instead of memory: a chunk of 8 bytes, most significant first, is added with the carry at its end, and the
 * checksum is made of the sum. */
PS_INLINE uint64_t
ps_sum_add(uint64_t sum, uint64_t chunk)
{
	sum += chunk;
	return sum + (sum < chunk);
}

PS_INLINE uint64_t
ps_sum_chunks(uint64_t sum)
{
	uint32_t s = (uint32_t)sum + (uint32_t)(sum >> 32);

	s += s < (uint32_t)sum;
	return (uint16_t)((~s - (s >> 16 | s << 16)) >> 16); /* the upper half of s plus s with its halves exchanged */
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

/* Puts the packet's payload behind n bytes, where there is room for PS_MAX_PACKET more; returns how many bytes it are then. */
PS_FUNC uint32_t
ps_with_payload(uint8_t *p, uint32_t n, const struct ps_packet *pkt)
{
	uint32_t len = pkt->len > pkt->parsed ? pkt->len - pkt->parsed : 0;

	if (len > PS_MAX_PACKET)
		len = PS_MAX_PACKET;
	memcpy(p + n, pkt->data + pkt->parsed, len);
	return n + len;
}

#endif
