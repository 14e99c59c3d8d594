/* Takes lines of traces apart (docs/trace.md says what they hold). */
#include "ir/trace_line.h"

#include "packetscope/program.h"

/* With their lengths, as they are compared with every name of every line. */
#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
static const struct str member_names[MEMBERS] = {
	NAME("type"),	 NAME("instance"), NAME("instance_out"), NAME("id"),
	NAME("time_in"), NAME("copies"),   NAME("port_in"),	 NAME("len_in"),
	NAME("intent"),	 NAME("port_out"), NAME("len_out"),	 NAME("fate"),
	NAME("drop_reason"), NAME("drop_class"),
};

static const struct str queue_names[QUEUE_MEMBERS] = { NAME("time_in"), NAME("time_out"),
						       NAME("len_in"), NAME("len_out"),
						       NAME("delay") };

/* --- headers ------------------------------------------------------------------------------------
 */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Checks "0x..." against the width of its field. */
static bool
hex_fits(struct str s, uint32_t width)
{
	uint32_t top = (s.n - 3) * 4; /* of the first digit's lowest bit */

	if (s.n < 3 || s.p[0] != '0' || s.p[1] != 'x')
		return false;
	for (uint32_t i = 2; i < s.n; i++)
		if (hex_digit(s.p[i]) < 0)
			return false;
	return top < width && (top + 4 <= width || !(hex_digit(s.p[2]) >> (width - top)));
}

/* Bits hi..lo of "0x...", which may be wider than any integer. */
static ir_u128
hex_bits(struct str s, uint32_t hi, uint32_t lo)
{
	ir_u128 ret = 0;

	for (uint32_t bit = lo; bit <= hi && bit / 4 < s.n - 2; bit++)
		if (hex_digit(s.p[s.n - 1 - bit / 4]) >> bit % 4 & 1)
			ret |= (ir_u128)1 << (bit - lo);
	return ret;
}

static void
put_field(struct ir_trace *t, const struct ir_field *f, const struct json_value *v)
{
	uint32_t n = f->hi - f->lo + 1;
	ir_u128 bits;

	if (v->kind == JTEXT_STRING)
		bits = hex_bits(v->s, f->hi, f->lo);
	else
		bits = f->lo < 64 ? (uint64_t)v->i >> f->lo : 0;
	if (n < 128)
		bits &= ((ir_u128)1 << n) - 1;
	t->values[f->index] = ir_int(ir_wrap(f->type, (ir_i128)bits));
}

static int
put_fields(struct ir_trace *t, const struct want *w, const struct json_value *v)
{
	bool fits = v->kind == JTEXT_STRING
			    ? hex_fits(v->s, w->width)
			    : v->kind == JTEXT_INT && v->i >= 0 &&
				      (w->width >= 64 || !((uint64_t)v->i >> w->width));

	if (!fits)
		return ir_trace_fail(t, "\"%s\" is no number of %u bits", w->key, w->width);
	vec_each (f, &w->fields)
		put_field(t, *f, v);
	return 0;
}

/* Queries read few fields: most names are told apart by their length. */
static const struct want *
wanted(const struct map *m, struct str key)
{
	if (m->n > 8)
		return map_get(m, key);
	for (uint32_t i = 0; i < m->n; i++)
		if (key.n == m->entries[i].key.n && !memcmp(key.p, m->entries[i].key.p, key.n))
			return m->entries[i].value;
	return NULL;
}

/* "in", "mid" or "out". */
static int
read_headers(struct ir_trace *t, struct json *j, enum ir_instant at)
{
	struct json_value v;
	struct str key;

	while (json_member(j, &key, &v)) {
		const struct want *w = wanted(&t->headers[at], key);

		if (w ? put_fields(t, w, &v) : !json_skip(j, &v))
			return -1;
	}
	return 0;
}

/* "in_valid"... */
static int
read_valid(struct ir_trace *t, struct json *j, enum ir_instant at)
{
	struct json_value v;

	for (uint32_t i = 0; i < t->valid[at].n; i++) {
		const struct want *w = t->valid[at].entries[i].value;

		t->values[w->fields.v[0]->index] = ir_int(0);
	}
	while (json_item(j, &v)) {
		const struct want *w = v.kind == JTEXT_STRING ? wanted(&t->valid[at], v.s) : NULL;

		if (w)
			t->values[w->fields.v[0]->index] = ir_int(1);
		else if (!json_skip(j, &v))
			return -1;
	}
	return 0;
}

/* --- lines --------------------------------------------------------------------------------------
 */

static int
find_name(const struct str *names, int n, struct str key)
{
	for (int i = 0; i < n; i++)
		if (key.n == names[i].n && !memcmp(key.p, names[i].p, key.n))
			return i;
	return -1;
}

static int
read_queuing(struct ir_trace *t, struct json *j, struct parts *p)
{
	struct json_value v;
	struct str key;

	(void)t;
	while (json_member(j, &key, &v)) {
		int i = find_name(queue_names, QUEUE_MEMBERS, key);

		if (i >= 0)
			p->q[i] = (struct member_value){ true, v };
		if (!json_skip(j, &v))
			return -1;
	}
	return 0;
}

/* Members that hold more than a value. 1: it is none of them. */
static int
read_nested(struct ir_trace *t, struct json *j, struct parts *p, struct str key,
	    const struct json_value *v)
{
	static const struct str names[] = { NAME("in"),	 NAME("mid"),	   NAME("queuing"),
					    NAME("out"), NAME("in_valid"), NAME("mid_valid"),
					    NAME("?"),	 NAME("out_valid") };
	int i = find_name(names, 8, key);
	enum ir_instant at;

	if (i < 0 || i == 6)
		return 1;
	at = (enum ir_instant)(i % 4);
	if (v->kind != (i < 4 ? JTEXT_OBJECT : JTEXT_ARRAY))
		return ir_trace_fail(t, "\"%s\" is no %s", names[i].p, i < 4 ? "object" : "list");
	if (at == IR_AT_DEQ)
		return read_queuing(t, j, p);
	if (i < 4) {
		p->headers[at] = true;
		return read_headers(t, j, at);
	}
	p->valid[at] = true;
	return read_valid(t, j, at);
}

/* Everything of the line at hand. 1: it isn't a packet. */
int
ir_trace_members(struct ir_trace *t, struct json *j, struct parts *p)
{
	struct json_value v;
	struct str key;
	int i, got;

	if (!json_value(j, &v) || v.kind != JTEXT_OBJECT)
		return j->error ? -1 : ir_trace_fail(t, "expected an object");
	while (json_member(j, &key, &v)) {
		got = read_nested(t, j, p, key, &v);
		if (got < 0 || (got > 0 && !json_skip(j, &v)))
			return -1;
		i = got > 0 ? find_name(member_names, MEMBERS, key) : -1;
		if (i >= 0)
			p->m[i] = (struct member_value){ true, v };
	}
	if (!json_end(j))
		return -1;
	if (p->m[M_TYPE].v.kind != JTEXT_STRING)
		return ir_trace_fail(t, "a line without a type");
	return !str_is(p->m[M_TYPE].v.s, "packet");
}

/* --- the other fields ---------------------------------------------------------------------------
 */

/* A number that may be missing. */
static int
put_number(struct ir_trace *t, const struct member_value *m, const char *name, struct ir_value *ret)
{
	if (!m->there)
		return 0;
	if (m->v.kind != JTEXT_INT || m->v.i < 0)
		return ir_trace_fail(t, "\"%s\" is no number", name);
	*ret = ir_int(m->v.i);
	return 0;
}

static int
put_port(struct ir_trace *t, const struct member_value *m, const char *name, struct ir_value *ret)
{
	if (!m->there)
		return 0;
	if (m->v.kind == JTEXT_STRING && str_is(m->v.s, "multicast"))
		*ret = ir_int(IR_PORT_MULTICAST);
	else if (m->v.kind == JTEXT_INT && m->v.i == -1)
		*ret = ir_int(IR_PORT_DROP);
	else if (m->v.kind == JTEXT_INT && m->v.i >= 0 && m->v.i < (int64_t)IR_PORT_MULTICAST)
		*ret = ir_int(m->v.i);
	else
		return ir_trace_fail(t, "\"%s\" is no port", name);
	return 0;
}

/* Of the control at whose end the reason is taken; empty when that control dropped nothing. What it resubmitted it may have marked
 * as well. */
static struct ir_value
reason_of(const struct parts *p, enum member which, enum ir_instant at)
{
	const struct member_value *m = &p->m[which];
	struct str fate = p->m[M_FATE].v.s;
	bool here = at == IR_AT_MID ? str_is(fate, "dropped_ingress") || str_is(fate, "resubmitted")
				    : str_is(fate, "dropped_egress");

	return (struct ir_value){ .tag = IR_V_TEXT,
				  .text = here && m->there && m->v.kind == JTEXT_STRING ? m->v.s
										       : STR("") };
}

static int
put_member(struct ir_trace *t, const struct parts *p, enum member m, struct ir_value *ret)
{
	return put_number(t, &p->m[m], member_names[m].p, ret);
}

static int
put_queue(struct ir_trace *t, const struct parts *p, enum queue_member q, struct ir_value *ret)
{
	return put_number(t, &p->q[q], queue_names[q].p, ret);
}

/* What isn't a header's and is known only when the whole line has been read. */
static int
put_rest(struct ir_trace *t, const struct parts *p, const struct ir_field *f, struct ir_value *ret)
{
	switch (f->kind) {
	case IR_F_HEADER:
	case IR_F_META:
	case IR_F_VALID:
	case IR_F_INSTANCE: /* of each stream: see struct ir_packet */
		return 0;
	case IR_F_PORT_IN:
		return put_port(t, &p->m[M_PORT_IN], "port_in", ret);
	case IR_F_PORT_INTENT:
		return put_port(t, &p->m[M_INTENT], "intent", ret);
	case IR_F_PORT_OUT:
		return put_port(t, &p->m[M_PORT_OUT], "port_out", ret);
	case IR_F_TIME_IN:
		return put_member(t, p, M_TIME_IN, ret);
	case IR_F_LEN_IN:
		return put_member(t, p, M_LEN_IN, ret);
	case IR_F_LEN_OUT:
		return put_member(t, p, M_LEN_OUT, ret);
	case IR_F_Q_TIME_IN:
		return put_queue(t, p, Q_TIME_IN, ret);
	case IR_F_Q_TIME_OUT:
		return put_queue(t, p, Q_TIME_OUT, ret);
	case IR_F_Q_LEN_IN:
		return put_queue(t, p, Q_LEN_IN, ret);
	case IR_F_Q_LEN_OUT:
		return put_queue(t, p, Q_LEN_OUT, ret);
	case IR_F_Q_DELAY:
		return put_queue(t, p, Q_DELAY, ret);
	case IR_F_DROP_REASON:
		*ret = reason_of(p, M_DROP_REASON, f->at);
		return 0;
	case IR_F_DROP_CLASS:
		*ret = reason_of(p, M_DROP_CLASS, f->at);
		return 0;
	case IR_F_Q_BYTES:
	case IR_F_QDISC:
	case IR_F_NETNS:
		return 0; /* no trace is of a kernel */
	}
	return 0;
}

/* --- packets ---------------------------------------------------------------------------------- */

static int
instance(struct ir_trace *t, const struct parts *p, enum member which, uint32_t *ret)
{
	const struct member_value *m = &p->m[which];

	for (uint32_t i = 0; m->v.kind == JTEXT_STRING && i < 7; i++) {
		if (str_is(m->v.s, ir_instance_names[i])) {
			*ret = i;
			return 0;
		}
	}
	return ir_trace_fail(t, "\"%s\" isn't one of the instances", member_names[which].p);
}

int
ir_trace_packet(struct ir_trace *t, const struct parts *p, struct ir_packet *ret)
{
	const struct member_value *time_in = &p->m[M_TIME_IN], *copies = &p->m[M_COPIES], *id = &p->m[M_ID];
	uint32_t as = 0;

	*ret = (struct ir_packet){ .fields = t->values, .egress = p->m[M_INSTANCE_OUT].there };
	if (p->m[M_FATE].v.kind != JTEXT_STRING)
		return ir_trace_fail(t, "a packet without a fate");
	if (!p->headers[IR_AT_IN] || !p->valid[IR_AT_IN] || !p->headers[IR_AT_MID] ||
	    !p->valid[IR_AT_MID] || ret->egress != p->headers[IR_AT_OUT] ||
	    ret->egress != p->valid[IR_AT_OUT])
		return ir_trace_fail(t, "a packet without its headers");
	if (instance(t, p, M_INSTANCE, &as) ||
	    (ret->egress && instance(t, p, M_INSTANCE_OUT, &ret->egress_instance)))
		return -1;
	ret->ingress = as == PS_NORMAL || as == PS_RESUBMITTED || as == PS_RECIRCULATED;
	/* The ingress control saw what a replica is a copy of. */
	ret->ingress_instance = as == PS_REPLICA ? PS_NORMAL : as;
	if (!time_in->there || time_in->v.kind != JTEXT_INT || time_in->v.i < 0)
		return ir_trace_fail(t, "a packet without its time_in");
	if (!copies->there || copies->v.kind != JTEXT_INT || copies->v.i < 0 ||
	    copies->v.i > INT32_MAX)
		return ir_trace_fail(t, "a packet without its number of copies");
	if (!id->there || id->v.kind != JTEXT_INT || id->v.i < 0)
		return ir_trace_fail(t, "a packet without its id");
	ret->id = (uint64_t)id->v.i;
	ret->time_in = (uint64_t)time_in->v.i;
	ret->copies = (uint32_t)copies->v.i;
	vec_each (f, &t->g->fields)
		if (put_rest(t, p, *f, &t->values[(*f)->index]))
			return -1;
	return 0;
}
