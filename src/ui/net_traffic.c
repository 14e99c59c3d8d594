/* net_traffic.c - what hosts send: captures, flows of UDP packets, pings. Each source is an event that sends a packet and comes again. All draws are made before
 * anything runs, so two runs of one network send the same packets at the same times; only answers depend on what arrives. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "net/flows.h"
#include "switch/pcap.h"
#include "ui/gen_packet.h"
#include "ui/net.h"

#define SIZE 200    /* bytes of a frame, when nobody says how many */
#define PACKETS 500 /* of a flow */
#define RATE 10000  /* packets per second of a flow */
#define WITHIN 100000000u /* ns in which flows begin */
#define DEFAULT_FLOWS 64
#define PING_INTERVAL 10000000u
#define OVERHEAD 42 /* Ethernet, IPv4, UDP */

/* A flow or a series of pings. */
struct stream {
	struct event event;
	struct net_traffic_state *state;
	uint32_t from, to; /* hosts */
	uint64_t packets, sent;
	uint64_t interval;
	struct gen_packet packet;
	uint64_t *times; /* of pings: when each was sent */
};

struct capture {
	struct event event;
	struct net_traffic_state *state;
	struct sw_capture *in;
	const char *path;
	uint32_t host;
	struct sw_frame frame; /* the next one */
};

struct net_traffic_state {
	struct net_run *run;
	struct random random;
	uint64_t next_key; /* of packets that sources send; twice that, and one more for answers */
	VEC(struct stream *) pings;
	VEC(struct capture *) captures;
	struct net_pings found;
};

static void
send_packet(struct net_traffic_state *s, uint32_t host, uint64_t key, const uint8_t *data, uint32_t len)
{
	net_world_send(s->run->world, host, data, len);
	vec_push(s->run->arena, &s->run->keys, key);
}

/* --- streams --- */

static void
put_mac(uint8_t to[6], uint64_t mac)
{
	for (int i = 0; i < 6; i++)
		to[i] = (uint8_t)(mac >> (40 - 8 * i));
}

static void
put_ip(uint8_t *to, uint32_t ip)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(ip >> (24 - 8 * i));
}

static void
on_stream(struct event *e, void *world)
{
	struct stream *f = (struct stream *)e;
	uint8_t frame[GEN_FRAME_MAX], number[8], payload[GEN_FRAME_MAX] = { 0 };

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(f->sent >> (56 - 8 * i));
	memcpy(payload, number, sizeof(number));
	f->packet.data = payload;
	if (f->times) {
		f->times[f->sent] = net_world_events(world)->now;
		f->packet.turn = (uint16_t)f->sent;
		f->state->found.sent++;
	}
	send_packet(f->state, f->from, 2 * f->state->next_key++, frame, (uint32_t)gen_packet_build(&f->packet, frame));
	f->packet.id++;
	if (++f->sent < f->packets)
		events_add(net_world_events(world), e, net_world_events(world)->now + f->interval);
}

static struct stream *
add_stream(struct net_traffic_state *s, uint32_t from, uint32_t to, uint64_t start)
{
	struct stream *f = arena_new(s->run->arena, struct stream);
	const struct net_node *a = &s->run->net->t->nodes.v[from], *b = &s->run->net->t->nodes.v[to];

	*f = (struct stream){ .event.run = on_stream, .state = s, .from = from, .to = to };
	f->packet.ttl = s->run->net->programs.v[0]->options.shim.header.n ? (uint8_t)s->run->net->programs.v[0]->options.shim.ttl : 255;
	f->packet.id = (uint16_t)random_u64(&s->random);
	put_mac(f->packet.src_mac, a->mac);
	put_mac(f->packet.dst_mac, net_next_mac(s->run->net->t, from, to));
	put_ip(f->packet.src, a->ip);
	put_ip(f->packet.dst, b->ip);
	events_add(net_world_events(s->run->world), &f->event, start);
	return f;
}

/* --- flows --- */

/* What the command line says about flows, checked by net_traffic_check. */
struct flow_options {
	uint32_t n, size, packets;
	uint64_t interval, within;
	const struct flow_sizes *sizes;
};

static bool
is_silent(const struct net_args *a)
{
	return !a->flows && !a->captures && !a->pings;
}

static void
read_rate(struct net *net, struct flow_options *o)
{
	const char *text = net->args.flow_rate;
	enum units unit = UNITS_PACKETS;
	uint64_t rate = RATE;

	if (text && (!units_rate(str_from(text), &rate, &unit) || !rate))
		net_wrong(net, "--flow-rate", text, "a rate such as 10000pps or 10Mbps");
	else
		o->interval = (unit == UNITS_BITS ? (uint64_t)o->size * 8 : 1) * 1000000000u / rate;
}

static void
read_options(struct net *net, struct flow_options *o)
{
	const struct net_args *a = &net->args;
	struct str nearest = STR_NONE;
	uint32_t hosts = net->t->hosts.n;

	*o = (struct flow_options){ .n = (uint32_t)a->flows, .size = a->packet_size ? (uint32_t)a->packet_size : SIZE,
				    .packets = a->flow_packets ? (uint32_t)a->flow_packets : PACKETS, .within = WITHIN };
	if (is_silent(a))
		o->n = hosts > 8 ? DEFAULT_FLOWS : hosts * (hosts - 1);
	if (a->flows < 0 || a->flow_packets < 0 || a->flows > 10000000)
		diag_error(net->diags, (struct span){ 0, 0 }, "--flows and --flow-packets are positive numbers");
	if (o->size < 60 || o->size > 1514)
		diag_error(net->diags, (struct span){ 0, 0 }, "--packet-size is a number of bytes from 60 to 1514");
	if (a->within && !units_duration_ns(str_from(a->within), &o->within))
		net_wrong(net, "--within", a->within, "a time such as 100ms");
	if (a->flow_sizes && !(o->sizes = flow_sizes_find(str_from(a->flow_sizes), &nearest)))
		net_wrong(net, "--flow-sizes", a->flow_sizes, "websearch or hadoop");
	if ((o->n || is_silent(a)) && hosts < 2)
		diag_error(net->diags, (struct span){ 0, 0 }, "flows need two hosts");
	read_rate(net, o);
}

/* All pairs in turn while there are enough flows for them, else any. */
static void
choose_hosts(struct net_traffic_state *s, const struct flow_options *o, uint32_t i, uint32_t *ret_from, uint32_t *ret_to)
{
	const struct net_topology *t = s->run->net->t;
	uint32_t n = t->hosts.n, from, to;

	if ((uint64_t)n * (n - 1) <= o->n) {
		from = i % (n * (n - 1)) / (n - 1);
		to = i % (n - 1);
	} else {
		from = (uint32_t)random_below(&s->random, n);
		to = (uint32_t)random_below(&s->random, n - 1);
	}
	*ret_from = t->hosts.v[from];
	*ret_to = t->hosts.v[to + (to >= from)];
}

static void
add_flow(struct net_traffic_state *s, const struct flow_options *o, uint32_t i)
{
	uint32_t from, to;
	struct stream *f;
	uint64_t start = o->within ? random_below(&s->random, o->within) : 0;

	choose_hosts(s, o, i, &from, &to);
	f = add_stream(s, from, to, start);
	f->interval = o->interval;
	f->packets = o->packets;
	if (o->sizes)
		f->packets = (flow_sizes_draw(o->sizes, &s->random) + o->size - OVERHEAD - 1) / (o->size - OVERHEAD);
	if (!f->packets)
		f->packets = 1;
	f->packet.protocol = GEN_UDP;
	f->packet.payload = o->size - OVERHEAD;
	f->packet.src_port = (uint16_t)(10000 + i % 50000);
	f->packet.dst_port = (uint16_t)(5000 + i / 50000);
}

/* --- pings --- */

static void
add_pings(struct net_traffic_state *s, uint32_t from, uint32_t to)
{
	uint32_t count = s->run->net->args.ping_count ? (uint32_t)s->run->net->args.ping_count : 1;
	struct stream *f = add_stream(s, from, to, s->pings.n * UINT64_C(100000));

	f->packets = count;
	f->interval = PING_INTERVAL;
	f->times = arena_array(s->run->arena, uint64_t, count);
	f->packet.protocol = GEN_ICMP;
	f->packet.payload = 56;
	f->packet.echo = (uint16_t)s->pings.n;
	vec_push(s->run->arena, &s->pings, f);
}

/* "all", or A-B. */
static void
add_ping_option(struct net_traffic_state *s, const char *text)
{
	const struct net_topology *t = s->run->net->t;
	uint32_t ends[2];

	if (strcmp(text, "all") != 0) {
		net_pair(s->run->net, str_from(text), ends);
		add_pings(s, ends[0], ends[1]);
		return;
	}
	vec_each(from, &t->hosts)
		vec_each(to, &t->hosts)
			if (*from != *to)
				add_pings(s, *from, *to);
}

/* The message in an ICMP echo that is meant for this host; NULL: it is something else. */
static const uint8_t *
echo_of(const struct net_node *host, const struct net_packet *p)
{
	const uint8_t *d = p->data;
	uint32_t to;

	if (p->len < 42 || d[12] != 8 || d[13] != 0 || d[14] != 0x45 || d[23] != GEN_ICMP)
		return NULL;
	to = (uint32_t)d[30] << 24 | (uint32_t)d[31] << 16 | (uint32_t)d[32] << 8 | d[33];
	return to == host->ip ? d + 34 : NULL;
}

/* The request, turned around; those of captures are not answered. */
static void
answer(struct net_traffic_state *s, uint32_t host, const struct net_packet *p)
{
	uint32_t sum, which = (uint32_t)p->data[38] << 8 | p->data[39];
	uint8_t frame[GEN_FRAME_MAX];

	if (p->len > sizeof(frame) || which >= s->pings.n)
		return;
	memcpy(frame, p->data, p->len);
	put_mac(frame, net_next_mac(s->run->net->t, host, s->pings.v[which]->from));
	put_mac(frame + 6, s->run->net->t->nodes.v[host].mac);
	memcpy(frame + 26, p->data + 30, 4);
	memcpy(frame + 30, p->data + 26, 4);
	sum = (uint32_t)frame[24] << 8 | frame[25]; /* of the header, with the new TTL */
	sum += (uint32_t)frame[22] << 8;
	frame[22] = 255;
	sum += 0xffffu - (255u << 8);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	frame[24] = (uint8_t)(sum >> 8);
	frame[25] = (uint8_t)sum;
	frame[34] = 0;
	sum = ((uint32_t)frame[36] << 8 | frame[37]) + 0x0800;
	sum = (sum & 0xffff) + (sum >> 16);
	frame[36] = (uint8_t)(sum >> 8);
	frame[37] = (uint8_t)sum;
	send_packet(s, host, s->run->keys.v[p->number] | 1, frame, p->len);
}

static void
take_answer(struct net_traffic_state *s, uint32_t host, uint64_t time_ns, const uint8_t *echo)
{
	uint32_t which = (uint32_t)echo[4] << 8 | echo[5], turn = (uint32_t)echo[6] << 8 | echo[7];
	uint64_t took;

	if (which >= s->pings.n || s->pings.v[which]->from != host || turn >= s->pings.v[which]->sent)
		return;
	took = time_ns - s->pings.v[which]->times[turn];
	if (!s->found.answered++ || took < s->found.least_ns)
		s->found.least_ns = took;
	if (took > s->found.most_ns)
		s->found.most_ns = took;
	s->found.sum_ns += took;
}

void
net_traffic_deliver(struct net_traffic_state *s, uint32_t host, uint64_t time_ns, const struct net_packet *p)
{
	const uint8_t *echo = echo_of(&s->run->net->t->nodes.v[host], p);

	if (echo && echo[0] == 8)
		answer(s, host, p);
	else if (echo && echo[0] == 0)
		take_answer(s, host, time_ns, echo);
}

struct net_pings
net_traffic_pings(const struct net_traffic_state *s)
{
	return s->found;
}

/* --- captures --- */

static uint64_t
time_of(const struct capture *c)
{
	uint64_t start = c->state->run->net->start_ns, t = c->frame.time_ns;

	return t > start ? t - start : 0;
}

static void
on_capture(struct event *e, void *world)
{
	struct capture *c = (struct capture *)e;
	struct events *events = net_world_events(world);
	uint64_t at;

	send_packet(c->state, c->host, 2 * c->state->next_key++, c->frame.data, c->frame.len);
	if (!sw_capture_next(c->in, &c->frame))
		return;
	at = time_of(c);
	events_add(events, e, at > events->now ? at : events->now);
}

/* HOST=FILE; the host has been checked. */
static bool
add_capture(struct net_traffic_state *s, const char *text)
{
	struct capture *c = arena_new(s->run->arena, struct capture);
	const char *equals = strchr(text, '=');
	char why[512];

	*c = (struct capture){ .event.run = on_capture, .state = s, .path = equals + 1 };
	c->host = net_find(s->run->net->t, (struct str){ text, (uint32_t)(equals - text) });
	c->in = sw_capture_open(&c->path, 1, false, why, sizeof(why));
	if (!c->in) {
		diag_error(s->run->net->diags, (struct span){ 0, 0 }, "%s", why);
		return false;
	}
	vec_push(s->run->arena, &s->captures, c);
	return true;
}

/* The clock's 0 is the whole second before the earliest packet. */
static void
start_captures(struct net_traffic_state *s)
{
	uint64_t start = UINT64_MAX;

	vec_each(c, &s->captures)
		if (sw_capture_start_ns((*c)->in) < start)
			start = sw_capture_start_ns((*c)->in);
	s->run->net->start_ns = s->captures.n ? start : 0;
	vec_each(c, &s->captures)
		if (sw_capture_next((*c)->in, &(*c)->frame))
			events_add(net_world_events(s->run->world), &(*c)->event, time_of(*c));
}

/* --- all of it --- */

bool
net_traffic_check(struct net *net)
{
	struct flow_options o;
	uint32_t ends[2];

	read_options(net, &o);
	if (net->args.ping_count < 0 || net->args.ping_count > 60000)
		diag_error(net->diags, (struct span){ 0, 0 }, "--ping-count is a number from 1 to 60000");
	for (uint32_t i = 0; net->args.pings && net->args.pings[i]; i++) {
		bool is_all = strcmp(net->args.pings[i], "all") == 0;

		if (is_all ? net->t->hosts.n > 200 : !net_pair(net, str_from(net->args.pings[i]), ends) ||
		    !net->t->nodes.v[ends[0]].is_host || !net->t->nodes.v[ends[1]].is_host)
			net_wrong(net, "--ping", net->args.pings[i], "a pair of hosts, as h1-h2, or all (up to 200 hosts),");
	}
	for (uint32_t i = 0; net->args.captures && net->args.captures[i]; i++) {
		struct str text = str_from(net->args.captures[i]);
		int64_t equals = str_find(text, '=');
		uint32_t host = equals > 0 ? net_find(net->t, str_sub(text, 0, (uint32_t)equals)) : NET_NOWHERE;

		if (host == NET_NOWHERE || !net->t->nodes.v[host].is_host)
			net_wrong(net, "--traffic", net->args.captures[i], "HOST=FILE.pcap, with a host of the topology,");
	}
	return diag_errors(net->diags) == 0;
}

struct net_traffic_state *
net_traffic_make(struct net_run *r)
{
	struct net_traffic_state *s = arena_new(r->arena, struct net_traffic_state);
	const struct net_args *a = &r->net->args;
	struct flow_options o;

	s->run = r;
	random_init(&s->random, r->net->seed, 0);
	read_options(r->net, &o);
	for (uint32_t i = 0; i < o.n; i++)
		add_flow(s, &o, i);
	for (uint32_t i = 0; a->pings && a->pings[i]; i++)
		add_ping_option(s, a->pings[i]);
	for (uint32_t i = 0; a->captures && a->captures[i]; i++)
		if (!add_capture(s, a->captures[i]))
			return s;
	start_captures(s);
	return s;
}

void
net_traffic_close(struct net_traffic_state *s)
{
	vec_each(c, &s->captures) {
		if (!s->run->is_plain && sw_capture_damage((*c)->in, 0))
			fprintf(stderr, "packetscope net: %s\n", sw_capture_damage((*c)->in, 0));
		sw_capture_close((*c)->in);
	}
}
