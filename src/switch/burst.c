/* Many packets at a time where no queue has a rate: each part of the program runs over a burst, and what stands between the parts
 * takes little.
 *
 * The packets of a burst are in hand: they use the same few slots again and again, and are not among the packets inside. Most go
 * the short way: to one port, through an empty queue, out. Any other enters the switch proper (sw_flow_enter) where that shows, and
 * flow.c takes it from there. Outputs come in the order in which single packets would have come out. */
#include "switch/flow.h"
#include "switch/guard.h"
#include "switch/internal.h"

#define US 1000u
#define MASK_48 0xffffffffffffu

/* Packets that have left their queues, in order; egress comes next. */
struct line {
	struct ps_packet *v[PS_BURST];
	uint32_t n;
};

static struct slot *
slot_of(const struct ps_packet *p)
{
	return p->owner;
}

/* --- out --- */

static void
leave(struct sw *sw, struct slot *s)
{
	struct sw_port_counts *c = &sw->queues.ports[s->out_port].counts;
	uint32_t len = s->pkt.len;

	sw->counts.forwarded++;
	sw->counts.bytes_out += len;
	c->forwarded++;
	c->bytes_out += len;
	if (sw->config.tx)
		sw->config.tx(sw->config.user, s->out_port, s->deq, s->pkt.data, len);
}

static void
deparse(struct sw *sw, struct ps_packet *const *p, uint32_t n)
{
	if (n)
		sw->program->deparse(&sw->ctx, p, n);
	for (uint32_t i = 0; i < n; i++) {
		struct slot *s = slot_of(p[i]);

		if (s->in_hand && !p[i]->requests) {
			leave(sw, s);
			continue;
		}
		sw->now = s->deq;
		sw_flow_enter(sw, s);
		sw_flow_after_deparser(sw, s);
	}
}

/* --- egress --- */

/* False: the packet is gone. */
static bool
stays(struct sw *sw, struct slot *s)
{
	const struct ps_packet *p = &s->pkt;

	if (s->in_hand && !p->requests) {
		if (p->std.egress_spec != PS_DROP_PORT)
			return true;
		sw->counts.dropped_egress++;
		sw_reason_count(sw, SW_WHY, &p->why, true);
		return false;
	}
	sw->now = s->deq;
	sw_flow_enter(sw, s);
	return sw_flow_after_egress(sw, s);
}

static void
egress(struct sw *sw, struct ps_packet *const *p, uint32_t n)
{
	struct ps_packet *kept[PS_BURST];
	uint32_t k = 0;

	if (sw->program->egress)
		sw->program->egress(&sw->ctx, p, n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t now = slot_of(p[i])->deq;
		bool comes_back = p[i]->requests & PS_RECIRCULATE;

		kept[k] = p[i];
		k += stays(sw, slot_of(p[i]));
		/* A clone leaves after its original, and before the next packet; a recirculated packet too. */
		if (sw->queues.nheap || comes_back) {
			deparse(sw, kept, k);
			k = 0;
			sw->now = now;
			sw_flow_run(sw, now);
		}
	}
	deparse(sw, kept, k);
}

static void
drain(struct sw *sw, struct line *l)
{
	uint64_t now = sw->now;

	if (l->n)
		egress(sw, l->v, l->n);
	l->n = 0;
	sw->now = now;
}

static void
append(struct sw *sw, struct line *l, struct slot *s)
{
	if (l->n == PS_BURST)
		drain(sw, l);
	l->v[l->n++] = &s->pkt;
}

/* What a slow packet put into queues; all of it first, because egress goes on with what it finds there. */
static void
line_up(struct sw *sw, struct line *l)
{
	struct slot *first = NULL, **end = &first, *s;

	while ((s = sw_queue_take(&sw->queues, sw->now))) {
		*end = s;
		end = &s->next;
	}
	while ((s = first)) {
		first = s->next;
		s->next = NULL;
		sw_flow_start_egress(s);
		append(sw, l, s);
	}
}

/* --- between the controls --- */

/* What sw_flow_start_egress does, for a packet that waited nowhere. */
static void
start_egress(struct slot *s, uint16_t port)
{
	struct ps_packet *p = &s->pkt;
	uint64_t us = s->arrival_us;

	s->out_port = port;
	s->deq = s->arrival;
	p->std.instance_type = PS_NORMAL; /* BMv2's word for all that goes to one port */
	p->std.enq_timestamp = (uint32_t)us;
	p->std.enq_qdepth = p->std.deq_timedelta = p->std.deq_qdepth = 0;
	p->std.egress_global_timestamp = us & MASK_48;
	p->std.egress_port = port;
	p->std.egress_spec = 0;
	p->std.packet_length = s->length;
	p->why.control = 1;
	p->why.marked = false;
}

/* Through an empty queue to egress, or dropped, when that is all there is to it. */
static bool
pass(struct sw *sw, struct line *l, struct slot *s)
{
	struct ps_packet *p = &s->pkt;
	uint16_t port = p->std.egress_spec;

	if (p->requests & (PS_CLONE | PS_RESUBMIT) || p->std.mcast_grp || sw->queues.nheap || sw->queues.bounded)
		return false;
	if (port == PS_DROP_PORT) {
		sw->counts.dropped_ingress++;
		sw_reason_count(sw, SW_WHY, &p->why, false);
		return true;
	}
	port %= SW_PORTS;
	sw->queues.ports[port].queues[p->std.priority % SW_PRIORITIES].enqueued++;
	if (sw->program->resizes)
		sw_flow_measure(sw, s);
	start_egress(s, port);
	append(sw, l, s);
	return true;
}

static void
after_ingress(struct sw *sw, struct ps_packet *const *p, uint32_t n, struct line *l)
{
	for (uint32_t i = 0; i < n; i++) {
		struct slot *s = slot_of(p[i]);
		bool comes_back = p[i]->requests & PS_RESUBMIT;

		if (pass(sw, l, s))
			continue;
		if (comes_back)
			drain(sw, l);
		sw->now = s->arrival;
		sw_flow_enter(sw, s);
		sw_flow_after_ingress(sw, s);
		if (comes_back)
			sw_flow_run(sw, sw->now);
		else
			line_up(sw, l);
	}
}

/* --- in --- */

static struct slot *
hand(struct sw *sw, uint32_t i)
{
	struct slot *s = sw->hand[i];

	if (s)
		return s;
	s = sw->hand[i] = sw_pool_get(&sw->pool);
	s->place = (uint8_t)i;
	s->in_hand = true;
	return s;
}

static void
arrive(struct sw *sw, struct slot *s, const struct sw_arrival *a)
{
	struct ps_packet *p = &s->pkt;
	struct sw_port_counts *c;

	s->arrival = sw->now;
	s->arrival_us = s->arrival / US;
	s->in_port = a->port % SW_PORTS;
	s->length = a->len;
	p->data = s->buffer + PS_HEADROOM;
	p->len = a->len;
	if (a->len)
		memcpy(p->data, a->data, a->len);
	p->requests = 0;
	p->why.control = 0;
	p->why.marked = false;
	memset(&p->std, 0, sizeof(p->std)); /* an assignment becomes a string instruction, which takes long to start */
	p->std.ingress_port = s->in_port;
	p->std.packet_length = a->len;
	p->std.instance_type = PS_NORMAL;
	p->std.ingress_global_timestamp = s->arrival_us & MASK_48;
	c = &sw->queues.ports[s->in_port].counts;
	c->received++;
	c->bytes_in += a->len;
	sw->counts.received++;
	sw->counts.bytes_in += a->len;
}

static uint32_t
take_in(struct sw *sw, const struct sw_arrival *a, uint32_t n, struct ps_packet **p)
{
	uint32_t taken = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct slot *s = hand(sw, taken);

		sw->now = a[i].time_ns > sw->now ? a[i].time_ns : sw->now;
		if (a[i].len > PS_MAX_PACKET) {
			sw->counts.oversized++;
			continue;
		}
		arrive(sw, s, &a[i]);
		sw_guard(s);
		p[taken++] = &s->pkt;
	}
	if (taken)
		sw->program->parse(&sw->ctx, p, taken);
	for (uint32_t i = 0; i < taken; i++)
		sw_unguard(slot_of(p[i]));
	for (uint32_t i = 0; sw->program->resizes && i < taken; i++)
		sw_flow_parsed(sw, slot_of(p[i]));
	return taken;
}

static void
burst(struct sw *sw, const struct sw_arrival *a, uint32_t n)
{
	struct ps_packet *p[PS_BURST];
	struct line left;
	uint32_t taken = take_in(sw, a, n, p);
	uint64_t last = sw->now;

	left.n = 0;
	if (taken)
		sw->program->ingress(&sw->ctx, p, taken);
	after_ingress(sw, p, taken, &left);
	drain(sw, &left);
	sw->now = last;
}

void
sw_receive_burst(struct sw *sw, const struct sw_arrival *packets, uint32_t n)
{
	/* With rates, queues fill and drain between arrivals; meters read the clock; after a swap, packets may be of two programs. */
	if (sw->queues.rated || sw->pool.traced || sw->program->nmeters || sw->old) {
		for (uint32_t i = 0; i < n; i++)
			sw_receive(sw, packets[i].time_ns, packets[i].port, packets[i].data, packets[i].len);
		return;
	}
	for (uint32_t i = 0; i < n; i += PS_BURST) {
		/* What waits from before, when queues had rates. */
		sw_flow_run(sw, packets[i].time_ns > sw->now ? packets[i].time_ns : sw->now);
		sw->copies_made = 0;
		burst(sw, packets + i, n - i < PS_BURST ? n - i : PS_BURST);
	}
}
