#include "query/address.h"

#include <arpa/inet.h>

/* A NUL-terminated copy for the C library; false when it doesn't fit. */
static bool
copy(struct str s, char *buf, size_t size)
{
	if (s.n >= size)
		return false;
	memcpy(buf, s.p, s.n);
	buf[s.n] = 0;
	return true;
}

static ir_i128
from_bytes(const uint8_t *p, uint32_t n)
{
	ir_u128 v = 0;

	for (uint32_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (ir_i128)v;
}

bool
query_ipv4(struct str s, ir_i128 *ret)
{
	char buf[32];
	uint8_t bytes[4];

	if (!copy(s, buf, sizeof(buf)) || inet_pton(AF_INET, buf, bytes) != 1)
		return false;
	*ret = from_bytes(bytes, 4);
	return true;
}

bool
query_ipv6(struct str s, ir_i128 *ret)
{
	char buf[64];
	uint8_t bytes[16];

	if (!copy(s, buf, sizeof(buf)) || inet_pton(AF_INET6, buf, bytes) != 1)
		return false;
	*ret = from_bytes(bytes, 16);
	return true;
}

static int32_t
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
query_mac(struct str s, ir_i128 *ret)
{
	ir_u128 v = 0;

	if (s.n != 17)
		return false;
	for (uint32_t i = 0; i < s.n; i += 3) {
		int32_t hi = nibble(s.p[i]), lo = nibble(s.p[i + 1]);

		if (hi < 0 || lo < 0 || (i + 2 < s.n && s.p[i + 2] != ':'))
			return false;
		v = v << 8 | (ir_u128)(hi << 4 | lo);
	}
	*ret = (ir_i128)v;
	return true;
}

ir_u128
query_prefix_mask(uint32_t bits, uint32_t length)
{
	ir_u128 all = bits >= 128 ? ~(ir_u128)0 : ((ir_u128)1 << bits) - 1;

	return length >= bits ? all : all & ~(all >> length);
}
