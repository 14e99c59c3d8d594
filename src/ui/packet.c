#include "ui/packet.h"

#include "base/arena.h"

/* Where a field of the graph lies in the PHV. */
struct in_phv {
	const struct ps_field_info *field; /* HEADER, META */
	int32_t header; /* whose validity counts; -1: none */
};

struct packet_view {
	const struct ir_graph *g;
	const struct ps_program *p;
	struct in_phv *places; /* by ir_field.index */
	struct ir_value *values;
	struct ir_packet packet;
};

/* --- places ------------------------------------------------------------------------------------------------------------ */

static int32_t
find_header(const struct ps_program *p, struct str path)
{
	for (uint32_t i = 0; i < p->nheaders; i++)
		if (str_is(path, p->headers[i].path))
			return (int32_t)i;
	return -1;
}

static const struct ps_field_info *
find_field(const struct ps_program *p, struct str path)
{
	for (uint32_t i = 0; i < p->nfields; i++)
		if (str_is(path, p->fields[i].path))
			return &p->fields[i];
	return NULL;
}

static struct in_phv
place_of(struct arena *a, const struct ir_schema *schema, const struct ps_program *p, const struct ir_field *f)
{
	struct in_phv at = { .header = -1 };
	const struct ir_schema_header *h;

	if (f->kind == IR_F_META) {
		at.field = find_field(p, str_fmt(a, "meta.%.*s", STRA(schema->metadata.v[f->field].name)));
	} else if (f->kind == IR_F_HEADER || f->kind == IR_F_VALID) {
		h = &schema->headers.v[f->header];
		at.header = find_header(p, h->path);
		if (f->kind == IR_F_HEADER)
			at.field = find_field(p, str_fmt(a, "%.*s.%.*s", STRA(h->path), STRA(h->fields.v[f->field].name)));
	}
	return at;
}

struct packet_view *
packet_view_make(struct arena *a, const struct ir_graph *g, const struct ps_program *p)
{
	struct packet_view *v = arena_new(a, struct packet_view);

	*v = (struct packet_view){ .g = g, .p = p };
	v->values = arena_array(a, struct ir_value, g->fields.n + 1);
	v->places = arena_array(a, struct in_phv, g->fields.n + 1);
	vec_each(f, &g->fields)
		v->places[(*f)->index] = place_of(a, g->schema, p, *f);
	return v;
}

/* --- values -------------------------------------------------------------------------------------------------------------- */

/* Bits hi..lo of a native integer of any size. */
static ir_u128
bits_of(const uint8_t *at, uint32_t size, uint32_t hi, uint32_t lo)
{
	ir_u128 v = 0;

	for (uint32_t bit = lo; bit <= hi && bit / 8 < size; bit++)
		v |= (ir_u128)(at[bit / 8] >> bit % 8 & 1) << (bit - lo);
	return v;
}

static struct ir_value
read_phv(const struct packet_view *v, const struct ir_field *f, const struct sw_story *s)
{
	const uint8_t *phv = f->at == IR_AT_IN ? s->in : f->at == IR_AT_MID ? s->mid : s->out;
	const struct in_phv *at = &v->places[f->index];
	uint64_t room;
	bool valid = phv && (at->header < 0 || phv[v->p->headers[at->header].valid]);

	if (!phv)
		return IR_ABSENT;
	if (f->kind == IR_F_VALID)
		return ir_int(valid);
	if (!valid || !at->field)
		return IR_ABSENT;
	return ir_int(ir_wrap(f->type, (ir_i128)bits_of(ps_field_in(at->field, phv, &room), at->field->size, f->hi, f->lo)));
}

static struct ir_value
text_of(const struct sw_story *s, const struct ir_field *f, struct str text)
{
	bool here = f->at == IR_AT_MID ? s->fate == SW_DROPPED_INGRESS || s->fate == SW_RESUBMITTED
				       : s->fate == SW_DROPPED_EGRESS;

	return (struct ir_value){ .tag = IR_V_TEXT, .text = here ? text : STR("") };
}

static struct ir_value
intent_of(const struct sw_story *s)
{
	return ir_int(s->intent == SW_INTENT_DROP ? IR_PORT_DROP : s->intent == SW_INTENT_MULTICAST ? IR_PORT_MULTICAST
												     : (uint32_t)s->intent);
}

static struct ir_value
when(bool there, uint64_t v)
{
	return there ? ir_int((ir_i128)v) : IR_ABSENT;
}

static struct ir_value
value_of(const struct packet_view *v, const struct ir_field *f, const struct sw_story *s)
{
	switch (f->kind) {
	case IR_F_HEADER:
	case IR_F_META:
	case IR_F_VALID:
		return read_phv(v, f, s);
	case IR_F_PORT_IN:
		return ir_int(s->port_in);
	case IR_F_PORT_INTENT:
		return intent_of(s);
	case IR_F_PORT_OUT:
		return when(s->out, s->port_out < 0 ? IR_PORT_DROP : (uint64_t)s->port_out);
	case IR_F_TIME_IN:
		return ir_int((ir_i128)s->time_in);
	case IR_F_LEN_IN:
		return ir_int(s->len_in);
	case IR_F_LEN_OUT:
		return when(s->has_len_out, s->len_out);
	case IR_F_Q_TIME_IN:
		return when(s->was_sent, s->enq_time);
	case IR_F_Q_LEN_IN:
		return when(s->was_sent, s->enq_len);
	case IR_F_Q_TIME_OUT:
		return when(s->has_left, s->deq_time);
	case IR_F_Q_LEN_OUT:
		return when(s->has_left, s->deq_len);
	case IR_F_Q_DELAY:
		return when(s->has_left, s->deq_time - s->enq_time);
	case IR_F_DROP_REASON:
		return text_of(s, f, s->drop_reason);
	case IR_F_DROP_CLASS:
		return text_of(s, f, s->drop_class);
	case IR_F_Q_BYTES:
	case IR_F_QDISC:
	case IR_F_NETNS: /* of kernels */
	case IR_F_INSTANCE:
		return IR_ABSENT; /* of each stream: see struct ir_packet */
	}
	return IR_ABSENT;
}

const struct ir_packet *
packet_view_of(struct packet_view *v, const struct sw_story *s)
{
	vec_each(f, &v->g->fields)
		v->values[(*f)->index] = value_of(v, *f, s);
	v->packet = (struct ir_packet){
		.ingress = s->instance == PS_NORMAL || s->instance == PS_RESUBMITTED || s->instance == PS_RECIRCULATED,
		.egress = s->out != NULL,
		/* The ingress control saw what a replica is a copy of. */
		.ingress_instance = s->instance == PS_REPLICA ? PS_NORMAL : s->instance,
		.egress_instance = s->instance_out,
		.time_in = s->time_in,
		.id = s->id,
		.copies = s->copies,
		.fields = v->values,
	};
	return &v->packet;
}
