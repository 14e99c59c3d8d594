/* The way of a packet: receive, ingress, what follows ingress, the queue, egress, what follows egress. The order of
 * the steps is BMv2's. */
#include "switch/flow.h"

#include "switch/flow_inside.h"
#include "switch/guard.h"

#define MASK_19 0x7ffffu

/* --- packets --- */

uint32_t
sw_flow_header_bytes(const struct sw *sw, const void *phv)
{
	uint32_t bits = 0, n = sw->program->nheaders;

	for (uint32_t i = 0; i < n; i++)
		bits += ((const uint8_t *)phv)[sw->headers[i].valid] ? sw->headers[i].bits : 0;
	return bits / 8;
}

void
sw_flow_copy_list(const struct sw *sw, uint32_t list, const void *from, void *to)
{
	if (list < sw->program->nfield_lists && sw->program->copy_fields)
		sw->program->copy_fields(list, from, to);
}

void
sw_flow_start_pass(struct sw *sw, struct slot *s, enum ps_instance instance)
{
	struct ps_packet *p = &s->pkt;

	p->std = (struct ps_std){
		.ingress_port = s->in_port,
		.packet_length = p->len,
		.instance_type = instance,
		.ingress_global_timestamp = s->arrival / US & MASK_48,
	};
	p->parsed = 0;
	p->requests = 0;
	sw_flow_clear_why(p, 0);
	s->id = sw->next_id++;
	s->instance = (uint8_t)instance;
	s->len_in = s->length = p->len;
	s->was_sent = s->has_left = false;
	s->copies = 0;
}

void
sw_flow_parsed(const struct sw *sw, struct slot *s)
{
	s->headers = sw_flow_header_bytes(sw, s->pkt.phv);
}

void
sw_flow_parse(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	sw_guard(s);
	sw->program->parse(&sw->ctx, &p, 1);
	sw_unguard(s);
	sw_flow_parsed(sw, s);
}

void
sw_flow_enter(struct sw *sw, struct slot *s)
{
	if (!s->in_hand)
		return;
	s->in_hand = false;
	sw->hand[s->place] = NULL;
	s->id = sw->next_id++;
	s->parent = SW_NO_PARENT;
	s->instance = PS_NORMAL;
	s->passes = 0;
	s->copies = 0;
	s->was_sent = s->has_left = false;
	s->len_in = s->pkt.len;
	if (!sw->program->resizes)
		sw_flow_parsed(sw, s); /* the headers are still those that the parser found */
	sw_pool_enter(&sw->pool, s);
}

void
sw_flow_drop(struct sw *sw, struct slot *s, enum sw_special special, bool egress)
{
	const struct reason *r = sw_reason_count(sw, special, &s->pkt.why, egress);

	if (egress)
		sw->counts.dropped_egress++;
	else
		sw->counts.dropped_ingress++;
	sw_flow_told(sw, s, egress ? SW_DROPPED_EGRESS : SW_DROPPED_INGRESS, r, egress);
	sw_pool_give(&sw->pool, s);
}

/* What the packet weighs now that ingress is over. No header changes between here and egress, so it is counted once. */
void
sw_flow_measure(const struct sw *sw, struct slot *s)
{
	uint32_t headers = sw_flow_header_bytes(sw, s->pkt.phv);

	s->length = s->length + headers - s->headers;
	s->headers = headers;
}

void
sw_flow_send(struct sw *sw, struct slot *s, uint16_t port)
{
	struct ps_std *std = &s->pkt.std;

	sw_flow_measure(sw, s);
	s->out_port = port % SW_PORTS;
	s->priority = std->priority % SW_PRIORITIES;
	s->weight = s->length;
	if (!sw_queue_put(&sw->queues, s, sw->now)) {
		sw->counts.lost_queue++;
		sw_flow_told(sw, s, SW_LOST, NULL, false);
		sw_pool_give(&sw->pool, s);
		return;
	}
	std->enq_timestamp = (uint32_t)(sw->now / US);
	std->enq_qdepth = s->enq_len & MASK_19;
}

/* Back to the parser once the departures of this moment are done. */
static void
again(struct sw *sw, struct slot *s)
{
	s->next = NULL;
	if (sw->again_tail)
		sw->again_tail->next = s;
	else
		sw->again_head = s;
	sw->again_tail = s;
}

/* --- ingress --- */

/* A packet may be marked for drop all the same: its next pass decides, but queries ask what this one meant. */
static void
resubmit(struct sw *sw, struct slot *s)
{
	struct reason marked = { .text = STR_NONE };
	char text[SW_REASON_TEXT];

	if (++s->passes > sw->config.passes) {
		sw_flow_drop(sw, s, SW_RESUBMIT_LIMIT, false);
		return;
	}
	sw->counts.resubmitted++;
	if (s->intent == SW_INTENT_DROP && sw->config.story)
		marked.text = sw_reason_text(sw, &s->pkt.why, text, sizeof(text));
	if (marked.text.n && sw->config.discards)
		marked.class = discards_class(sw->config.discards, marked.text, false);
	sw_flow_told(sw, s, SW_RESUBMITTED, &marked, false);
	again(sw, s);
}

/* What the packet means to do, as port_intent tells it. */
static void
read_intent(struct sw *sw, struct slot *s)
{
	const struct ps_packet *p = &s->pkt;
	bool is_dropped = false;

	if (p->std.mcast_grp) {
		s->intent = SW_INTENT_MULTICAST;
		s->copies = sw_group_copies(sw->pre, p->std.mcast_grp)->n;
	} else if (p->std.egress_spec == PS_DROP_PORT) {
		s->intent = SW_INTENT_DROP;
		s->copies = 0;
		is_dropped = true;
	} else {
		s->intent = p->std.egress_spec;
		s->copies = 1;
	}
	if (p->requests & PS_RESUBMIT)
		s->copies = 0;
	sw_flow_snap(sw, s->snap_mid, is_dropped && p->why.marked ? p->mark_phv : p->phv);
}

void
sw_flow_after_ingress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	read_intent(sw, s);
	sw_flow_clone_at_ingress(sw, s);
	if (p->requests & PS_RESUBMIT) {
		resubmit(sw, s);
	} else if (p->std.mcast_grp) {
		sw_flow_multicast(sw, s);
	} else if (p->std.egress_spec == PS_DROP_PORT) {
		sw_flow_drop(sw, s, SW_WHY, false);
	} else {
		p->std.instance_type = PS_NORMAL; /* BMv2's word for all that goes to one port */
		sw_flow_send(sw, s, p->std.egress_spec);
	}
}

static void
ingress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	sw_flow_snap(sw, s->snap_in, p->phv);
	sw->program->ingress(&sw->ctx, &p, 1);
	sw_flow_after_ingress(sw, s);
}

/* The next pass of a packet that was resubmitted or recirculated. */
static void
ingress_again(struct sw *sw)
{
	struct slot *s = sw->again_head;
	bool is_resubmitted = s->pkt.requests & PS_RESUBMIT;
	uint32_t list = is_resubmitted ? s->pkt.resubmit_list : s->pkt.recirculate_list;

	sw->again_head = s->next;
	if (!sw->again_head)
		sw->again_tail = NULL;
	s->next = NULL;
	memcpy(sw->scratch, s->pkt.phv, sw->program->phv_size);
	s->parent = s->id;
	sw_flow_start_pass(sw, s, is_resubmitted ? PS_RESUBMITTED : PS_RECIRCULATED);
	if (list < sw->program->nfield_lists) {
		s->pkt.keep_phv = sw->scratch;
		s->pkt.keep_list = list;
	}
	sw_flow_parse(sw, s);
	s->pkt.keep_phv = NULL;
	ingress(sw, s);
}

/* --- egress --- */

void
sw_flow_start_egress(struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	p->std.egress_global_timestamp = s->deq / US & MASK_48;
	p->std.deq_timedelta = (uint32_t)(s->deq / US - s->enq / US);
	p->std.deq_qdepth = s->deq_len & MASK_19;
	p->std.egress_port = s->out_port;
	p->std.egress_spec = 0; /* BMv2 writes the drop port's successor, 512, of which 9 bits are left */
	p->std.packet_length = s->length;
	p->requests &= PS_RECIRCULATE | PS_TRUNCATE;
	sw_flow_clear_why(p, 1);
}

/* The buffer's headroom is used up by what the deparser put there. */
static void
make_headroom(struct slot *s)
{
	uint8_t *start = s->buffer + PS_HEADROOM;

	if (s->pkt.data == start)
		return;
	memmove(start, s->pkt.data, s->pkt.len);
	s->pkt.data = start;
}

static void
recirculate(struct sw *sw, struct slot *s)
{
	if (++s->passes > sw->config.passes || s->pkt.len > PS_MAX_PACKET) {
		sw_flow_drop(sw, s, SW_RECIRCULATE_LIMIT, true);
		return;
	}
	sw->counts.recirculated++;
	sw_flow_told(sw, s, SW_RECIRCULATED, NULL, true);
	make_headroom(s);
	s->arrival = sw->returned = sw->now;
	sw_pool_renew(&sw->pool, s);
	again(sw, s);
}

static void
transmit(struct sw *sw, struct slot *s)
{
	struct sw_port_counts *c = &sw->queues.ports[s->out_port].counts;

	sw->counts.forwarded++;
	sw->counts.bytes_out += s->pkt.len;
	c->forwarded++;
	c->bytes_out += s->pkt.len;
	sw->tag = s->tag;
	if (sw->config.tx)
		sw->config.tx(sw->config.user, s->out_port, s->deq, s->pkt.data, s->pkt.len);
	sw_flow_told(sw, s, SW_FORWARDED, NULL, true);
	sw_pool_give(&sw->pool, s);
}

bool
sw_flow_after_egress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;
	bool is_dropped = p->std.egress_spec == PS_DROP_PORT;

	if (!(is_dropped && p->why.marked))
		sw_flow_snap(sw, p->mark_phv, p->phv);
	sw_flow_clone_at_egress(sw, s);
	if (is_dropped)
		sw_flow_drop(sw, s, SW_WHY, true);
	return !is_dropped;
}

void
sw_flow_after_deparser(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	if (p->requests & PS_TRUNCATE && p->truncate < p->len)
		p->len = p->truncate;
	if (p->requests & PS_RECIRCULATE)
		recirculate(sw, s);
	else
		transmit(sw, s);
}

/* Sets the clock; what one moment may cause starts anew with the next. */
static void
set_now(struct sw *sw, uint64_t now)
{
	if (now <= sw->now)
		return;
	sw->now = now;
	sw->copies_made = 0;
}

static void
egress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	set_now(sw, s->deq);
	sw_flow_start_egress(s);
	if (sw->program->egress)
		sw->program->egress(&sw->ctx, &p, 1);
	if (!sw_flow_after_egress(sw, s))
		return;
	sw->program->deparse(&sw->ctx, &p, 1);
	sw_flow_after_deparser(sw, s);
}

/* --- time --- */

/* A packet goes on under the program that it came under. */
static inline void
follow(struct sw *sw, const struct slot *s)
{
	if (s->image != sw->pool.image)
		sw_image_use(sw, s->image);
}

void
sw_flow_run(struct sw *sw, uint64_t until)
{
	for (;;) {
		struct slot *s = sw_queue_take(&sw->queues, sw->again_head ? sw->now : until);

		if (!s && !sw->again_head)
			break;
		follow(sw, s ? s : sw->again_head);
		if (s)
			egress(sw, s);
		else
			ingress_again(sw);
	}
	if (sw->pool.image != sw->image)
		sw_image_use(sw, sw->image);
}

static struct slot *
take_in(struct sw *sw, uint64_t now, uint32_t port, const uint8_t *data, uint32_t len)
{
	struct slot *s = sw_pool_take(&sw->pool, NULL);
	struct sw_port_counts *c = &sw->queues.ports[port % SW_PORTS].counts;

	if (len)
		memcpy(s->pkt.data, data, len);
	s->pkt.len = len;
	s->tag = sw->tag;
	s->arrival = now;
	s->parent = SW_NO_PARENT;
	s->in_port = port % SW_PORTS;
	s->passes = 0;
	sw_flow_start_pass(sw, s, PS_NORMAL);
	sw->counts.received++;
	sw->counts.bytes_in += len;
	c->received++;
	c->bytes_in += len;
	sw_flow_parse(sw, s);
	return s;
}

void
sw_receive_tagged(struct sw *sw, uint64_t now_ns, uint32_t port, const uint8_t *data, uint32_t len, uint64_t tag)
{
	struct slot *s;

	if (now_ns < sw->now)
		now_ns = sw->now;
	sw_flow_run(sw, now_ns);
	set_now(sw, now_ns);
	sw->copies_made = 0;
	if (len > PS_MAX_PACKET) {
		sw->counts.oversized++;
		return;
	}
	sw->tag = tag;
	s = take_in(sw, now_ns, port, data, len);
	ingress(sw, s);
	sw_flow_run(sw, now_ns);
}

void
sw_receive(struct sw *sw, uint64_t now_ns, uint32_t port, const uint8_t *data, uint32_t len)
{
	sw_receive_tagged(sw, now_ns, port, data, len, 0);
}

uint64_t
sw_tag(const struct sw *sw)
{
	return sw->tag;
}

void
sw_advance(struct sw *sw, uint64_t until_ns)
{
	sw_flow_run(sw, until_ns);
	set_now(sw, until_ns);
}

void
sw_drain(struct sw *sw)
{
	sw_flow_run(sw, UINT64_MAX - 1);
}

uint64_t
sw_now(const struct sw *sw)
{
	return sw->now;
}

uint64_t
sw_returned(const struct sw *sw)
{
	return sw->returned;
}

uint64_t
sw_watermark(const struct sw *sw)
{
	const struct slot *oldest = sw->pool.oldest.newer;

	return oldest == &sw->pool.oldest ? sw->now : oldest->arrival;
}

uint64_t
sw_next_departure(const struct sw *sw)
{
	return sw->again_head ? sw->now : sw_queue_next(&sw->queues);
}

void
sw_flow_finish(struct sw *sw)
{
	if (!sw->config.story)
		return;
	sw_flow_run(sw, sw->now);
	for (const struct slot *s = sw->pool.oldest.newer; s != &sw->pool.oldest; s = s->newer)
		sw_flow_told(sw, s, SW_QUEUED, NULL, false);
}
