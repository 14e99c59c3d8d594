/* flow_copy.c - copies of packets: clones of both kinds, and what multicast groups make of one. */
#include "switch/flow_inside.h"

/* Length of the packet if it were deparsed now; headers of variable size count as they came in. */
static uint32_t
length_now(const struct sw *sw, const struct slot *s)
{
	return s->length + sw_flow_header_bytes(sw, s->pkt.phv) - s->headers;
}

static void
clear_metadata(const struct sw *sw, void *phv)
{
	for (uint32_t i = 0; i < sw->nmetadata; i++)
		memset((uint8_t *)phv + sw->metadata[i].offset, 0, sw->metadata[i].size);
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
	sw_flow_clear_why(&s->pkt, 0);
	memcpy(s->pkt.phv, from->pkt.phv, sw->program->phv_size);
	if (s->pkt.len > s->pkt.parsed)
		memcpy(s->pkt.data + s->pkt.parsed, from->pkt.data + from->pkt.parsed,
			s->pkt.len - s->pkt.parsed);
	sw_flow_snap(sw, s->snap_in, from->snap_in);
	sw_flow_snap(sw, s->snap_mid, from->snap_mid);
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
		sw_flow_send(sw, copy, copies->v[i].port);
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
	sw_flow_snap(sw, c->snap_in, c->pkt.phv);
	sw_flow_snap(sw, c->snap_mid, c->pkt.phv);
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
	sw_flow_copy_list(sw, from->pkt.clone_list, from->pkt.phv, c->pkt.phv);
	c->passes = (uint8_t)(from->passes + 1);
}

void
sw_flow_clone_at_ingress(struct sw *sw, struct slot *s)
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
	sw_flow_start_pass(sw, c, PS_NORMAL);
	sw->next_id = id; /* given again for each copy */
	sw_flow_parse(sw, c);
	fresh_metadata(sw, c, s);
	mirror(sw, c, session, s->id, PS_INGRESS_CLONE);
}

void
sw_flow_clone_at_egress(struct sw *sw, struct slot *s)
{
	const struct sw_session *session = clone_session(sw, s);
	struct slot *c;

	if (!session)
		return;
	c = duplicate(sw, s);
	c->length = c->len_in = length_now(sw, s);
	c->headers = sw_flow_header_bytes(sw, c->pkt.phv);
	fresh_metadata(sw, c, s);
	mirror(sw, c, session, s->id, PS_EGRESS_CLONE);
}

void
sw_flow_multicast(struct sw *sw, struct slot *s)
{
	const struct sw_copies *copies = sw_group_copies(sw->pre, s->pkt.std.mcast_grp);

	if (!copies->n) {
		sw_flow_drop(sw, s, SW_EMPTY_GROUP, false);
		return;
	}
	sw_flow_told(sw, s, SW_REPLICATED, NULL, false);
	s->pkt.requests &= PS_TRUNCATE;
	fan_out(sw, s, copies, s->id, PS_REPLICA);
}
