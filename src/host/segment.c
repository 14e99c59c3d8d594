#include "host/segment.h"

#include <string.h>

enum { FIN = 0x01, PSH = 0x08, CWR = 0x80 };

uint16_t
host_sum(uint32_t start, const uint8_t *p, uint32_t len)
{
	uint64_t sum = start;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (len)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static bool
is_ipv6(const struct host_merged *m)
{
	return m->data[m->ip] >> 4 == 6;
}

/* Where IP starts; 0: nowhere. */
static uint32_t
find_ip(const uint8_t *data, uint32_t len)
{
	uint32_t at = 12;

	while (at + 4 < len && (get16(data + at) == 0x8100 || get16(data + at) == 0x88a8))
		at += 4;
	if (at + 2 + 20 > len || (get16(data + at) != 0x0800 && get16(data + at) != 0x86dd))
		return 0;
	return at + 2;
}

bool
host_merged_open(struct host_merged *m, const uint8_t *data, uint32_t len, uint32_t size)
{
	*m = (struct host_merged){ .data = data, .len = len, .size = size };
	m->ip = find_ip(data, len);
	if (!m->ip || !size)
		return false;
	if (is_ipv6(m)) {
		if (m->ip + 40 > len || data[m->ip + 6] != 6) /* extension headers are left alone */
			return false;
		m->tcp = m->ip + 40;
	} else {
		if (data[m->ip] >> 4 != 4 || (data[m->ip] & 15) < 5 || data[m->ip + 9] != 6)
			return false;
		m->tcp = m->ip + (data[m->ip] & 15u) * 4;
	}
	if (m->tcp + 20 > len || (data[m->tcp + 12] >> 4) < 5)
		return false;
	m->payload = m->tcp + (data[m->tcp + 12] >> 4) * 4u;
	return m->payload < len;
}

static void
finish_ip(const struct host_merged *m, uint8_t *ip, uint32_t len)
{
	if (is_ipv6(m)) {
		put16(ip + 4, len - 40);
		return;
	}
	put16(ip + 2, len);
	put16(ip + 4, get16(ip + 4) + m->number);
	put16(ip + 10, 0);
	put16(ip + 10, ~host_sum(0, ip, m->tcp - m->ip) & 0xffffu);
}

static void
finish_tcp(const struct host_merged *m, const uint8_t *ip, uint8_t *tcp, uint32_t len, bool is_last)
{
	uint32_t seq = get32(tcp + 4) + m->at, sum;

	put16(tcp + 4, seq >> 16);
	put16(tcp + 6, seq);
	if (!is_last)
		tcp[13] &= (uint8_t)~(FIN | PSH);
	if (m->number)
		tcp[13] &= (uint8_t)~CWR;
	put16(tcp + 16, 0);
	sum = is_ipv6(m) ? host_sum(6 + len, ip + 8, 32) : host_sum(6 + len, ip + 12, 8);
	put16(tcp + 16, ~host_sum(sum, tcp, len) & 0xffffu);
}

uint32_t
host_merged_next(struct host_merged *m, uint8_t *to)
{
	uint32_t left = m->len - m->payload - m->at, n = left < m->size ? left : m->size;

	if (!n)
		return 0;
	memcpy(to, m->data, m->payload);
	memcpy(to + m->payload, m->data + m->payload + m->at, n);
	finish_ip(m, to + m->ip, m->payload - m->ip + n);
	finish_tcp(m, to + m->ip, to + m->tcp, m->payload - m->tcp + n, n == left);
	m->at += n;
	m->number++;
	return m->payload + n;
}
