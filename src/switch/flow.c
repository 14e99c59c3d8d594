/* The way of a packet: receive, ingress, what follows ingress, the queue, egress, what follows egress. The order of
 * the steps is BMv2's. */
#include "switch/flow.h"

#include "base/diag.h"
#include "switch/internal.h"

#define US 1000u
#define MASK_19 0x7ffffu
#define MASK_48 0xffffffffffffu

static inline void
tell(struct sw *sw, const struct slot *s, enum sw_fate fate, const struct reason *reason, bool has_out)
{
	if (sw->config.story)
		sw_flow_tell(sw, s, fate, reason, has_out);
}

static void
snap(const struct sw *sw, void *to, const void *from)
{
	if (sw->pool.traced)
		memcpy(to, from, sw->program->phv_size);
}

/* --- packets --- */

static void
clear_why(struct ps_packet *p, uint8_t control)
{
	p->why.control = control;
	p->why.marked = false;
}

/* Bytes of the headers that are valid now. */
static uint32_t
header_bytes(const struct sw *sw, const void *phv)
{
	uint32_t bits = 0, n = sw->program->nheaders;

	for (uint32_t i = 0; i < n; i++)
		bits += ((const uint8_t *)phv)[sw->headers[i].valid] ? sw->headers[i].bits : 0;
	return bits / 8;
}

/* Length of the packet if it were deparsed now; headers of variable size count as they came in. */
static uint32_t
length_now(const struct sw *sw, const struct slot *s)
{
	return s->length + header_bytes(sw, s->pkt.phv) - s->headers;
}

static void
clear_metadata(const struct sw *sw, void *phv)
{
	for (uint32_t i = 0; i < sw->nmetadata; i++)
		memset((uint8_t *)phv + sw->metadata[i].offset, 0, sw->metadata[i].size);
}

static void
copy_list(const struct sw *sw, uint32_t list, const void *from, void *to)
{
	if (list < sw->program->nfield_lists && sw->program->copy_fields)
		sw->program->copy_fields(list, from, to);
}

/* Everything about a pass that starts at the parser, except the bytes. */
static void
start_pass(struct sw *sw, struct slot *s, enum ps_instance instance)
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
	clear_why(p, 0);
	s->id = sw->next_id++;
	s->instance = (uint8_t)instance;
	s->len_in = s->length = p->len;
	s->was_sent = s->has_left = false;
	s->copies = 0;
}

void
sw_flow_parsed(const struct sw *sw, struct slot *s)
{
	s->headers = header_bytes(sw, s->pkt.phv);
}

static void
parse(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	sw->program->parse(&sw->ctx, &p, 1);
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

/* Another packet with the same headers, metadata, payload and history. */
static struct slot *
duplicate(struct sw *sw, struct slot *from)
{
	struct slot *s = sw_pool_take(&sw->pool, from);

	s->pkt.std = from->pkt.std;
	s->pkt.len = from->pkt.len;
	s->pkt.parsed = from->pkt.parsed;
	s->pkt.data = s->buffer + (from->pkt.data - from->buffer);
	s->pkt.requests = from->pkt.requests & PS_TRUNCATE;
	s->pkt.truncate = from->pkt.truncate;
	clear_why(&s->pkt, 0);
	memcpy(s->pkt.phv, from->pkt.phv, sw->program->phv_size);
	if (s->pkt.len > s->pkt.parsed)
		memcpy(s->pkt.data + s->pkt.parsed, from->pkt.data + from->pkt.parsed,
			s->pkt.len - s->pkt.parsed);
	snap(sw, s->snap_in, from->snap_in);
	snap(sw, s->snap_mid, from->snap_mid);
	s->tag = from->tag;
	s->arrival = from->arrival;
	s->len_in = from->len_in;
	s->length = from->length;
	s->headers = from->headers;
	s->intent = from->intent;
	s->copies = from->copies;
	s->in_port = from->in_port;
	s->passes = from->passes;
	s->instance = from->instance;
	s->was_sent = s->has_left = false;
	return s;
}

static void
drop(struct sw *sw, struct slot *s, enum sw_special special, bool egress)
{
	const struct reason *r = sw_reason_count(sw, special, &s->pkt.why, egress);

	if (egress)
		sw->counts.dropped_egress++;
	else
		sw->counts.dropped_ingress++;
	tell(sw, s, egress ? SW_DROPPED_EGRESS : SW_DROPPED_INGRESS, r, egress);
	sw_pool_give(&sw->pool, s);
}

/* What the packet weighs now that ingress is over. No header changes between here and egress, so it is counted once. */
void
sw_flow_measure(const struct sw *sw, struct slot *s)
{
	uint32_t headers = header_bytes(sw, s->pkt.phv);

	s->length = s->length + headers - s->headers;
	s->headers = headers;
}

/* Towards the queue of `port`, at the present time. */
static void
send(struct sw *sw, struct slot *s, uint16_t port)
{
	struct ps_std *std = &s->pkt.std;

	sw_flow_measure(sw, s);
	s->out_port = port % SW_PORTS;
	s->priority = std->priority % SW_PRIORITIES;
	s->weight = s->length;
	if (!sw_queue_put(&sw->queues, s, sw->now)) {
		sw->counts.lost_queue++;
		tell(sw, s, SW_LOST, NULL, false);
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

/* --- clones and multicast --- */

static bool
may_copy(struct sw *sw)
{
	if (sw->copies_made >= SW_COPIES_MAX) {
		sw->counts.refused++;
		return false;
	}
	sw->copies_made++;
	sw->counts.copies++;
	return true;
}

/* Sends `s` to the first of the copies and duplicates of it to the others. All have `parent` as parent. */
static void
fan_out(struct sw *sw, struct slot *s, const struct sw_copies *copies, uint64_t parent, uint32_t instance)
{
	s->parent = parent;
	s->pkt.std.instance_type = instance;
	s->instance = (uint8_t)instance;
	for (uint32_t i = 0; i < copies->n; i++) {
		bool is_last = i + 1 == copies->n;
		struct slot *copy = s;

		if (!is_last && !may_copy(sw))
			continue;
		if (!is_last) {
			copy = duplicate(sw, s);
			copy->parent = parent;
		}
		copy->id = sw->next_id++;
		copy->pkt.std.egress_rid = copies->v[i].rid;
		send(sw, copy, copies->v[i].port);
	}
}

/* Sends the clone `c` where the session says. */
static void
mirror(struct sw *sw, struct slot *c, const struct sw_session *session, uint64_t parent, enum ps_instance instance)
{
	struct sw_copy one = { .rid = 0, .port = session->port };
	struct sw_copies copies = { .v = &one, .n = 1 };

	c->pkt.requests = PS_TRUNCATE;
	c->pkt.truncate = session->truncate;
	c->copies = 0;
	c->intent = session->kind == SW_SESSION_PORT ? session->port : SW_INTENT_MULTICAST;
	if (session->kind == SW_SESSION_GROUP)
		copies = *sw_group_copies(sw->pre, session->group);
	else if (session->kind == SW_SESSION_COPIES)
		copies = session->copies;
	snap(sw, c->snap_in, c->pkt.phv);
	snap(sw, c->snap_mid, c->pkt.phv);
	fan_out(sw, c, &copies, parent, instance);
}

/* The session that the packet asked for; NULL: no clone is made. */
static const struct sw_session *
clone_session(struct sw *sw, const struct slot *s)
{
	const struct sw_session *session;

	if (!(s->pkt.requests & PS_CLONE))
		return NULL;
	session = sw_session(sw->pre, s->pkt.clone_session % SW_SESSIONS);
	if (!session || (session->kind == SW_SESSION_GROUP && !sw_group_copies(sw->pre, session->group)->n) ||
	    (session->kind == SW_SESSION_COPIES && !session->copies.n))
		return NULL;
	if (s->passes + 1u > sw->config.passes) {
		sw->counts.refused++;
		return NULL;
	}
	return may_copy(sw) ? session : NULL;
}

/* A clone's metadata is new, except where it came from and when. */
static void
fresh_metadata(struct sw *sw, struct slot *c, const struct slot *from)
{
	c->pkt.std = (struct ps_std){
		.ingress_port = c->in_port,
		.packet_length = c->length,
		.ingress_global_timestamp = c->arrival / US & MASK_48,
	};
	clear_metadata(sw, c->pkt.phv);
	copy_list(sw, from->pkt.clone_list, from->pkt.phv, c->pkt.phv);
	c->passes = (uint8_t)(from->passes + 1);
}

/* The packet as it came to ingress, parsed again. */
static void
clone_at_ingress(struct sw *sw, struct slot *s)
{
	const struct sw_session *session = clone_session(sw, s);
	struct slot *c;
	uint64_t id = sw->next_id;

	if (!session)
		return;
	c = sw_pool_take(&sw->pool, s);
	memcpy(c->pkt.data, s->pkt.data, s->pkt.len);
	c->pkt.len = s->pkt.len;
	c->tag = s->tag;
	c->arrival = s->arrival;
	c->in_port = s->in_port;
	start_pass(sw, c, PS_NORMAL);
	sw->next_id = id; /* given again for each copy */
	parse(sw, c);
	fresh_metadata(sw, c, s);
	mirror(sw, c, session, s->id, PS_INGRESS_CLONE);
}

/* The headers as egress left them; not parsed. */
static void
clone_at_egress(struct sw *sw, struct slot *s)
{
	const struct sw_session *session = clone_session(sw, s);
	struct slot *c;

	if (!session)
		return;
	c = duplicate(sw, s);
	c->length = c->len_in = length_now(sw, s);
	c->headers = header_bytes(sw, c->pkt.phv);
	fresh_metadata(sw, c, s);
	mirror(sw, c, session, s->id, PS_EGRESS_CLONE);
}

static void
multicast(struct sw *sw, struct slot *s)
{
	const struct sw_copies *copies = sw_group_copies(sw->pre, s->pkt.std.mcast_grp);

	if (!copies->n) {
		drop(sw, s, SW_EMPTY_GROUP, false);
		return;
	}
	tell(sw, s, SW_REPLICATED, NULL, false);
	s->pkt.requests &= PS_TRUNCATE;
	fan_out(sw, s, copies, s->id, PS_REPLICA);
}

/* --- ingress --- */

/* A packet may be marked for drop all the same: its next pass decides, but queries ask what this one meant. */
static void
resubmit(struct sw *sw, struct slot *s)
{
	struct reason marked = { .text = STR_NONE };
	char text[SW_REASON_TEXT];

	if (++s->passes > sw->config.passes) {
		drop(sw, s, SW_RESUBMIT_LIMIT, false);
		return;
	}
	sw->counts.resubmitted++;
	if (s->intent == SW_INTENT_DROP && sw->config.story)
		marked.text = sw_reason_text(sw, &s->pkt.why, text, sizeof(text));
	if (marked.text.n && sw->config.discards)
		marked.class = discards_class(sw->config.discards, marked.text, false);
	tell(sw, s, SW_RESUBMITTED, &marked, false);
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
	snap(sw, s->snap_mid, is_dropped && p->why.marked ? p->mark_phv : p->phv);
}

void
sw_flow_after_ingress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	read_intent(sw, s);
	clone_at_ingress(sw, s);
	if (p->requests & PS_RESUBMIT) {
		resubmit(sw, s);
	} else if (p->std.mcast_grp) {
		multicast(sw, s);
	} else if (p->std.egress_spec == PS_DROP_PORT) {
		drop(sw, s, SW_WHY, false);
	} else {
		p->std.instance_type = PS_NORMAL; /* BMv2's word for all that goes to one port */
		send(sw, s, p->std.egress_spec);
	}
}

static void
ingress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;

	snap(sw, s->snap_in, p->phv);
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
	start_pass(sw, s, is_resubmitted ? PS_RESUBMITTED : PS_RECIRCULATED);
	if (list < sw->program->nfield_lists) {
		s->pkt.keep_phv = sw->scratch;
		s->pkt.keep_list = list;
	}
	parse(sw, s);
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
	clear_why(p, 1);
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
		drop(sw, s, SW_RECIRCULATE_LIMIT, true);
		return;
	}
	sw->counts.recirculated++;
	tell(sw, s, SW_RECIRCULATED, NULL, true);
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
	tell(sw, s, SW_FORWARDED, NULL, true);
	sw_pool_give(&sw->pool, s);
}

bool
sw_flow_after_egress(struct sw *sw, struct slot *s)
{
	struct ps_packet *p = &s->pkt;
	bool is_dropped = p->std.egress_spec == PS_DROP_PORT;

	if (!(is_dropped && p->why.marked))
		snap(sw, p->mark_phv, p->phv);
	clone_at_egress(sw, s);
	if (is_dropped)
		drop(sw, s, SW_WHY, true);
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
	start_pass(sw, s, PS_NORMAL);
	sw->counts.received++;
	sw->counts.bytes_in += len;
	c->received++;
	c->bytes_in += len;
	parse(sw, s);
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
		tell(sw, s, SW_QUEUED, NULL, false);
}
