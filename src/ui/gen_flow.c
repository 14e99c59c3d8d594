#include "ui/gen_flow.h"

#include <stdio.h>
#include <string.h>

#define ECT0 2
#define DATA_MAX 1400
#define PING_DATA 56

static void
restart(struct gen_flow *f, struct random *r)
{
	f->step = 0;
	f->client_port = (uint16_t)(32768 + random_below(r, 28000));
	f->seq[0] = (uint32_t)random_u64(r);
	f->seq[1] = (uint32_t)random_u64(r);
}

/* 10.0.x.y inside; 203.0.113.y and 198.51.100.y outside. */
static void
choose_v4(struct gen_flow *f, struct random *r)
{
	static const uint8_t servers[2][3] = { { 203, 0, 113 }, { 198, 51, 100 } };

	f->client[0] = 10;
	f->client[2] = (uint8_t)random_below(r, 256);
	f->client[3] = (uint8_t)(1 + random_below(r, 254));
	memcpy(f->server, servers[random_below(r, 2)], 3);
	f->server[3] = (uint8_t)(1 + random_below(r, 254));
}

/* 2001:db8:1::/48 inside, 2001:db8:2::/48 outside. */
static void
choose_v6(struct gen_flow *f, struct random *r)
{
	static const uint8_t prefix[5] = { 0x20, 0x01, 0x0d, 0xb8, 0 };

	memcpy(f->client, prefix, 5);
	memcpy(f->server, prefix, 5);
	f->client[5] = 1;
	f->server[5] = 2;
	f->client[14] = (uint8_t)random_below(r, 256);
	f->client[15] = (uint8_t)(1 + random_below(r, 254));
	f->server[15] = (uint8_t)(1 + random_below(r, 254));
}

static void
choose_service(struct gen_flow *f, struct random *r)
{
	static const struct {
		uint32_t share; /* of 100 */
		enum gen_protocol protocol;
		uint16_t port;
	} services[] = {
		{ 35, GEN_TCP, 443 }, { 30, GEN_TCP, 80 }, { 5, GEN_TCP, 22 },
		{ 20, GEN_UDP, 53 },  { 10, GEN_ICMP, 0 },
	};
	uint64_t draw = random_below(r, 100);
	uint32_t i = 0;

	for (; draw >= services[i].share; i++)
		draw -= services[i].share;
	f->protocol = services[i].protocol;
	f->server_port = services[i].port;
}

void
gen_flow_init(struct gen_flow *f, struct random *r)
{
	memset(f, 0, sizeof(*f));
	f->is_v6 = random_percent(r, 20);
	if (f->is_v6)
		choose_v6(f, r);
	else
		choose_v4(f, r);
	choose_service(f, r);
	if (random_percent(r, 12))
		f->vlan = (uint16_t)(10 * (1 + random_below(r, 3)));
	if (f->protocol == GEN_TCP && random_percent(r, 35))
		f->ecn = ECT0;
	restart(f, r);
}

static void
set_ends(const struct gen_flow *f, bool from_server, struct gen_packet *p)
{
	uint8_t *mac = p->src_mac;

	p->is_v6 = f->is_v6;
	p->vlan = f->vlan;
	p->protocol = f->protocol;
	memcpy(p->src, from_server ? f->server : f->client, 16);
	memcpy(p->dst, from_server ? f->client : f->server, 16);
	p->src_port = from_server ? f->server_port : f->client_port;
	p->dst_port = from_server ? f->client_port : f->server_port;
	mac[0] = 2;
	mac[2] = from_server ? 0xff : 0; /* the next router, or the host itself */
	if (from_server)
		mac[5] = 1;
	else if (f->is_v6)
		memcpy(mac + 3, p->src + 13, 3);
	else
		memcpy(mac + 3, p->src + 1, 3);
}

/* A packet inside has its first TTL, one from outside has passed some routers; one in a hundred
 * has none left, as when somebody traces the route. */
static uint8_t
choose_ttl(struct random *r, bool from_server)
{
	if (random_percent(r, 1))
		return 1;
	return (uint8_t)(from_server ? 48 + random_below(r, 12) : 64);
}

static uint32_t
tcp_data(const struct gen_flow *f, struct random *r, bool from_server)
{
	if (f->server_port == 22)
		return 36 + 16 * (uint32_t)random_below(r, 8);
	if (!from_server)
		return random_percent(r, 80) ? 0 : 100 + (uint32_t)random_below(r, 500);
	return random_percent(r, 80) ? DATA_MAX : 1 + (uint32_t)random_below(r, DATA_MAX);
}

/* Handshake, then data and acknowledgements, until it ends and a new connection begins. */
static void
tcp_packet(struct gen_flow *f, struct random *r, struct gen_packet *p)
{
	uint32_t step = f->step++;
	bool from_server = step < 3 ? step == 1 : random_percent(r, 60);
	bool last = step > 8 && random_percent(r, 3);
	uint32_t advance;

	set_ends(f, from_server, p);
	if (step < 2)
		p->flags = step == 0 ? GEN_SYN : GEN_SYN | GEN_ACK;
	else
		p->flags = GEN_ACK;
	if (last)
		p->flags |= GEN_FIN;
	else if (step > 2)
		p->payload = tcp_data(f, r, from_server);
	if (p->payload) {
		p->flags |= GEN_PSH;
		p->tos = f->ecn;
	}
	p->seq = f->seq[from_server];
	p->ack = step == 0 ? 0 : f->seq[!from_server];
	advance = p->payload + (step < 2 || last);
	f->seq[from_server] += advance;
	if (last)
		restart(f, r);
}

/* A question for the address of a name, or (a copy of it with) the answer. */
static uint32_t
dns_message(struct gen_flow *f, struct random *r, bool is_answer)
{
	static const uint8_t question[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6 };
	static const uint8_t rest[] = "\7example\3com\0\0\1"; /* type A; NUL begins the class */
	static const uint8_t answer[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 198, 51, 100 };
	uint32_t n = sizeof(question) + 6;

	if (!is_answer) {
		char host[7];

		memcpy(f->dns, question, sizeof(question));
		f->dns[0] = (uint8_t)random_u64(r);
		f->dns[1] = (uint8_t)random_u64(r);
		snprintf(host, sizeof(host), "host%02u", (unsigned)random_below(r, 100));
		memcpy(f->dns + sizeof(question), host, 6);
		memcpy(f->dns + n, rest, sizeof(rest));
		f->dns[n + sizeof(rest)] = 1;
	}
	n += sizeof(rest) + 1;
	if (!is_answer)
		return n;
	f->dns[2] = 0x81;
	f->dns[3] = 0x80;
	f->dns[7] = 1;
	memcpy(f->dns + n, answer, sizeof(answer));
	f->dns[n + sizeof(answer)] = (uint8_t)(1 + random_below(r, 254));
	return n + sizeof(answer) + 1;
}

static void
udp_packet(struct gen_flow *f, struct random *r, struct gen_packet *p)
{
	bool from_server = f->step++ % 2;

	set_ends(f, from_server, p);
	p->payload = dns_message(f, r, from_server);
	p->data = f->dns;
	if (from_server)
		restart(f, r);
}

static void
ping_packet(struct gen_flow *f, struct gen_packet *p)
{
	uint32_t step = f->step++;

	set_ends(f, step % 2, p);
	p->is_reply = step % 2;
	p->echo = f->client_port;
	p->turn = (uint16_t)(step / 2 + 1);
	p->payload = PING_DATA;
}

void
gen_flow_packet(struct gen_flow *f, struct random *r, struct gen_packet *p)
{
	switch (f->protocol) {
	case GEN_TCP:
		tcp_packet(f, r, p);
		break;
	case GEN_UDP:
		udp_packet(f, r, p);
		break;
	case GEN_ICMP:
		ping_packet(f, p);
		break;
	}
	p->ttl = choose_ttl(r, memcmp(p->src, f->server, 16) == 0);
}
