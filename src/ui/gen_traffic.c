#include "ui/gen_traffic.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "ui/gen_flow.h"

__extension__ typedef unsigned __int128 u128;

#define SECOND UINT64_C(1000000000)
#define LONGEST_PAYLOAD 1400

/* Arrivals at a rate between two times: evenly spaced, or as a Poisson process. */
struct stream {
	struct random random;
	uint64_t start, end, rate;
	bool is_poisson;
	uint64_t n;  /* arrivals so far */
	uint64_t at; /* the next one */
	void (*fill)(struct gen_traffic *t, struct random *r, struct gen_packet *p);
};

struct gen_traffic {
	struct gen_options options;
	struct stream streams[2];
	uint32_t nstreams;
	struct gen_flow *flows; /* router */
	uint64_t *weights;	/* zipf: sums of the weights of the first keys */
	uint16_t ids;		/* IPv4 identifications given out */
};

static void
stream_step(struct stream *s)
{
	u128 wait;

	s->n++;
	if (s->is_poisson) {
		wait = (u128)random_exponential(&s->random) * SECOND / s->rate;
		s->at += (uint64_t)(wait >> 32);
	} else {
		s->at = s->start + (uint64_t)((u128)s->n * SECOND / s->rate);
	}
}

static void
add_stream(struct gen_traffic *t, struct stream s)
{
	if (s.rate == 0)
		return;
	s.at = s.start;
	random_init(&s.random, t->options.seed, t->nstreams + 1);
	t->streams[t->nstreams++] = s;
}

static uint64_t
later(uint64_t at, uint64_t wait)
{
	return wait > UINT64_MAX - at ? UINT64_MAX : at + wait;
}

/* A source inside, by number: 10.0.x.y, never .0 or .255. */
static void
inside_address(uint8_t ip[4], uint64_t number)
{
	ip[0] = 10;
	ip[1] = 0;
	ip[2] = (uint8_t)(number / 254);
	ip[3] = (uint8_t)(number % 254 + 1);
}

static void
inside_mac(uint8_t mac[6], const uint8_t ip[4])
{
	static const uint8_t start[3] = { 2, 0, 0 };

	memcpy(mac, start, 3);
	memcpy(mac + 3, ip + 1, 3);
}

/* One TCP segment to port 80 of a server; sources take turns at random. */
static void
fill_burst(struct gen_traffic *t, struct random *r, struct gen_packet *p)
{
	static const uint8_t server[4] = { 203, 0, 113, 80 };
	uint64_t flow = random_below(r, t->options.flows);

	inside_address(p->src, flow);
	inside_mac(p->src_mac, p->src);
	memcpy(p->dst, server, 4);
	p->protocol = GEN_TCP;
	p->ttl = 64;
	p->src_port = (uint16_t)(32768 + flow % 28000);
	p->dst_port = 80;
	p->flags = GEN_ACK | GEN_PSH;
	p->seq = (uint32_t)random_u64(r);
	p->ack = 1;
	p->payload = 146; /* frames of 200 bytes */
}

/* Shares of packets as they are seen on links: many empty acknowledgements, many full ones. */
static uint32_t
mixed_payload(struct random *r)
{
	uint64_t share = random_below(r, 100);

	if (share < 45)
		return 0;
	if (share < 60)
		return (uint32_t)random_below(r, 200);
	if (share < 75)
		return 200 + (uint32_t)random_below(r, 800);
	return LONGEST_PAYLOAD;
}

static uint64_t
zipf_key(const struct gen_traffic *t, struct random *r)
{
	uint64_t lo = 0, hi = t->options.keys - 1;
	uint64_t draw = random_below(r, t->weights[hi]);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (t->weights[mid] > draw)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Neighbours in rank are no neighbours in address: an odd factor permutes the 24 bits. */
static void
zipf_address(uint8_t ip[4], uint64_t key, uint64_t seed)
{
	uint32_t v = (uint32_t)((key + seed) * 0x9e3779b1u) & 0xffffff;

	ip[0] = 10;
	ip[1] = (uint8_t)(v >> 16);
	ip[2] = (uint8_t)(v >> 8);
	ip[3] = (uint8_t)v;
}

static void
fill_zipf(struct gen_traffic *t, struct random *r, struct gen_packet *p)
{
	static const uint8_t server[3] = { 203, 0, 113 };
	uint64_t key = zipf_key(t, r);

	zipf_address(p->src, key, t->options.seed);
	inside_mac(p->src_mac, p->src);
	memcpy(p->dst, server, 3);
	p->dst[3] = (uint8_t)(1 + key % 20);
	p->protocol = random_percent(r, 85) ? GEN_TCP : GEN_UDP;
	p->ttl = 64;
	p->src_port = (uint16_t)(32768 + (key * 7 + random_below(r, 3)) % 28000);
	p->dst_port = p->protocol == GEN_TCP ? 443 : 4433;
	p->flags = GEN_ACK;
	p->seq = (uint32_t)random_u64(r);
	p->ack = 1;
	p->payload = mixed_payload(r);
}

static void
fill_router(struct gen_traffic *t, struct random *r, struct gen_packet *p)
{
	uint64_t n = t->options.flows, a = random_below(r, n), b = random_below(r, n);

	gen_flow_packet(&t->flows[a < b ? a : b], r, p); /* the first ones are the busier ones */
}

/* Weights are integers, in which the last digit of a power is lost; `keys` times 2^40 must not
 * overflow. */
static void
make_weights(struct gen_traffic *t, struct arena *a)
{
	double alpha = (double)t->options.alpha / 1e6;
	uint64_t sum = 0;

	t->weights = arena_array(a, uint64_t, t->options.keys);
	for (uint64_t i = 0; i < t->options.keys; i++) {
		sum += 1 + (uint64_t)(pow((double)(i + 1), -alpha) * 0x1p40);
		t->weights[i] = sum;
	}
}

static void
make_flows(struct gen_traffic *t, struct arena *a)
{
	struct random r;

	random_init(&r, t->options.seed, 0);
	t->flows = arena_array(a, struct gen_flow, t->options.flows);
	for (uint64_t i = 0; i < t->options.flows; i++)
		gen_flow_init(&t->flows[i], &r);
}

struct gen_traffic *
gen_traffic_make(struct arena *a, const struct gen_options *o)
{
	struct gen_traffic *t = arena_new(a, struct gen_traffic);
	struct stream usual = { .end = o->duration, .rate = o->rate };
	struct stream burst = {
		.start = o->burst_at,
		.end = later(o->burst_at, o->burst_duration),
		.rate = o->burst_rate,
		.fill = fill_burst,
	};

	t->options = *o;
	switch (o->kind) {
	case GEN_ROUTER:
		make_flows(t, a);
		usual.is_poisson = true;
		usual.fill = fill_router;
		break;
	case GEN_BURST:
		usual.fill = fill_burst;
		break;
	case GEN_ZIPF:
		make_weights(t, a);
		usual.is_poisson = true;
		usual.fill = fill_zipf;
		burst.rate = 0;
		break;
	}
	if (burst.end > o->duration)
		burst.end = o->duration;
	add_stream(t, usual);
	add_stream(t, burst);
	return t;
}

static struct stream *
earliest(struct gen_traffic *t)
{
	struct stream *best = NULL;

	for (uint32_t i = 0; i < t->nstreams; i++) {
		struct stream *s = &t->streams[i];

		if (s->at < s->end && (!best || s->at < best->at))
			best = s;
	}
	return best;
}

bool
gen_traffic_next(struct gen_traffic *t, struct gen_packet *ret, uint64_t *ret_ns)
{
	struct stream *s = earliest(t);

	if (!s)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->dst_mac, t->options.dst_mac, 6);
	ret->id = t->ids++;
	*ret_ns = s->at;
	s->fill(t, &s->random, ret);
	stream_step(s);
	return true;
}
