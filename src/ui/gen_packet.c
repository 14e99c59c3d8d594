#include "ui/gen_packet.h"

#include <string.h>

#define FRAME_MIN 60
#define IPPROTO_ICMP6 58
#define WINDOW 64240

static uint8_t *
put8(uint8_t *at, uint32_t v)
{
	*at = (uint8_t)v;
	return at + 1;
}

static uint8_t *
put16(uint8_t *at, uint32_t v)
{
	return put8(put8(at, v >> 8), v);
}

static uint8_t *
put32(uint8_t *at, uint32_t v)
{
	return put16(put16(at, v >> 16), v);
}

static uint8_t *
put_bytes(uint8_t *at, const void *p, size_t n)
{
	memcpy(at, p, n);
	return at + n;
}

static uint32_t
sum16(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (n % 2)
		sum += (uint32_t)p[n - 1] << 8;
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t
ip_protocol(const struct gen_packet *p)
{
	return p->is_v6 && p->protocol == GEN_ICMP ? IPPROTO_ICMP6 : (uint32_t)p->protocol;
}

/* The checksum of an upper layer with its pseudo header; ICMP in IPv4 has none. */
static uint16_t
checksum(const struct gen_packet *p, const uint8_t *upper, size_t n)
{
	size_t address = p->is_v6 ? 16 : 4;
	uint32_t sum = 0;

	if (p->is_v6 || p->protocol != GEN_ICMP) {
		sum = sum16(sum, p->src, address);
		sum = sum16(sum, p->dst, address);
		sum += ip_protocol(p) + (uint32_t)n;
	}
	return fold(sum16(sum, upper, n));
}

static uint8_t *
put_ethernet(uint8_t *at, const struct gen_packet *p)
{
	at = put_bytes(at, p->dst_mac, 6);
	at = put_bytes(at, p->src_mac, 6);
	if (p->vlan)
		at = put16(put16(at, 0x8100), p->vlan);
	return put16(at, p->is_v6 ? 0x86dd : 0x0800);
}

static uint8_t *
put_ipv4(uint8_t *at, const struct gen_packet *p, size_t upper)
{
	uint8_t *header = at;

	at = put8(put8(at, 0x45), p->tos);
	at = put16(at, (uint32_t)(20 + upper));
	at = put16(put16(at, p->id), 0x4000); /* don't fragment */
	at = put8(put8(at, p->ttl), ip_protocol(p));
	at = put16(at, 0);
	at = put_bytes(at, p->src, 4);
	at = put_bytes(at, p->dst, 4);
	put16(header + 10, fold(sum16(0, header, 20)));
	return at;
}

static uint8_t *
put_ipv6(uint8_t *at, const struct gen_packet *p, size_t upper)
{
	at = put32(at, 6u << 28 | (uint32_t)p->tos << 20);
	at = put16(at, (uint32_t)upper);
	at = put8(put8(at, ip_protocol(p)), p->ttl);
	at = put_bytes(at, p->src, 16);
	return put_bytes(at, p->dst, 16);
}

static uint8_t *
put_payload(uint8_t *at, const struct gen_packet *p)
{
	if (p->data)
		return put_bytes(at, p->data, p->payload);
	for (uint32_t i = 0; i < p->payload; i++)
		at[i] = (uint8_t)('a' + i % 26); /* no protocol begins so */
	return at + p->payload;
}

static bool
is_syn(const struct gen_packet *p)
{
	return p->flags & GEN_SYN;
}

static size_t
upper_size(const struct gen_packet *p)
{
	if (p->protocol == GEN_TCP)
		return (is_syn(p) ? 24u : 20u) + p->payload;
	return 8u + p->payload;
}

static uint8_t *
put_tcp(uint8_t *at, const struct gen_packet *p)
{
	uint8_t *header = at;

	at = put16(put16(at, p->src_port), p->dst_port);
	at = put32(put32(at, p->seq), p->ack);
	at = put8(put8(at, is_syn(p) ? 0x60 : 0x50), p->flags);
	at = put32(put16(at, WINDOW), 0); /* checksum and urgent pointer */
	if (is_syn(p))
		at = put16(put16(at, 0x0204), p->is_v6 ? 1440 : 1460); /* largest segment */
	at = put_payload(at, p);
	put16(header + 16, checksum(p, header, (size_t)(at - header)));
	return at;
}

static uint8_t *
put_udp(uint8_t *at, const struct gen_packet *p)
{
	uint8_t *header = at;
	uint16_t sum;

	at = put16(put16(at, p->src_port), p->dst_port);
	at = put16(put16(at, 8 + p->payload), 0);
	at = put_payload(at, p);
	sum = checksum(p, header, (size_t)(at - header));
	put16(header + 6, sum ? sum : 0xffff); /* 0 would say that there is none */
	return at;
}

static uint8_t *
put_icmp(uint8_t *at, const struct gen_packet *p)
{
	uint8_t *header = at;

	if (p->is_v6)
		at = put8(at, p->is_reply ? 129 : 128);
	else
		at = put8(at, p->is_reply ? 0 : 8);
	at = put16(put8(at, 0), 0);
	at = put16(put16(at, p->echo), p->turn);
	at = put_payload(at, p);
	put16(header + 2, checksum(p, header, (size_t)(at - header)));
	return at;
}

size_t
gen_packet_build(const struct gen_packet *p, uint8_t frame[GEN_FRAME_MAX])
{
	uint8_t *at = put_ethernet(frame, p);
	size_t n;

	if (p->is_v6)
		at = put_ipv6(at, p, upper_size(p));
	else
		at = put_ipv4(at, p, upper_size(p));
	switch (p->protocol) {
	case GEN_TCP:
		at = put_tcp(at, p);
		break;
	case GEN_UDP:
		at = put_udp(at, p);
		break;
	case GEN_ICMP:
		at = put_icmp(at, p);
		break;
	}
	n = (size_t)(at - frame);
	if (n < FRAME_MIN) {
		memset(at, 0, FRAME_MIN - n);
		n = FRAME_MIN;
	}
	return n;
}
