/* lower.c - lowering makes presence explicit: after it, an atom reads a header's field only behind a test that the header
 * is valid, so that the weaver prints expressions as they stand. */
#include "plan/lower.h"

#include "plan/load.h"

#define RAW_FIELDS_MAX 31 /* columns that the controller takes from a ring, but one */

struct conjuncts {
	VEC(const struct ir_expr *) all;
};

enum ir_instant
lower_birth(const struct ir_expr *e)
{
	enum ir_instant a = IR_AT_IN, b = IR_AT_IN;

	if (e->op == IR_FIELD)
		return e->field->at;
	if (e->a)
		a = lower_birth(e->a);
	if (e->b)
		b = lower_birth(e->b);
	return a > b ? a : b;
}

static bool
is_among(const struct ir_expr *e, const struct conjuncts *c)
{
	vec_each(seen, &c->all)
		if (*seen == e)
			return true;
	return false;
}

static void
add(struct arena *a, struct conjuncts *c, const struct ir_expr *e)
{
	if (!e || (e->op == IR_CONST && e->value))
		return;
	if (e->op == IR_AND) {
		add(a, c, e->a);
		add(a, c, e->b);
		return;
	}
	if (!is_among(e, c))
		vec_push(a, &c->all, e);
}

/* The conjunction in order of birth, so that what is known early is one subexpression: one bit to carry. NULL for none. */
static const struct ir_expr *
fold(struct ir_graph *g, const struct conjuncts *c)
{
	const struct ir_expr *e = NULL;

	for (int at = IR_AT_IN; at < IR_INSTANTS; at++)
		vec_each(x, &c->all)
			if ((int)lower_birth(*x) == at)
				e = e ? ir_binary(g, IR_AND, e, *x) : *x;
	return e;
}

static const struct ir_expr *
int_const(struct ir_graph *g, struct ir_type t, uint64_t v)
{
	return ir_const(g, t, (ir_i128)v);
}

/* Adds to `c` what must hold for `e` to have a value. */
static void
presence(struct ir_graph *g, struct conjuncts *c, const struct ir_expr *e)
{
	if (!e)
		return;
	if (e->op == IR_FIELD && e->field->kind == IR_F_HEADER) {
		struct ir_field f = { .kind = IR_F_VALID, .at = e->field->at, .header = e->field->header,
				      .type = { IR_BOOL, 1, false } };

		f.text = str_fmt(g->arena, "valid(%.*s_%s)", STRA(g->schema->headers.v[f.header].path),
				 f.at == IR_AT_IN ? "in" : f.at == IR_AT_OUT ? "out" : "mid");
		add(g->arena, c, ir_read(g, ir_field(g, &f)));
	} else if (e->op == IR_FIELD && e->field->kind == IR_F_LEN_OUT) {
		struct ir_field f = { .kind = IR_F_PORT_OUT, .at = IR_AT_OUT, .type = { IR_PORT, 16, false },
				      .text = STR("port_out") };
		const struct ir_expr *port = ir_read(g, ir_field(g, &f));

		add(g->arena, c, ir_binary(g, IR_NE, port, int_const(g, port->type, IR_PORT_DROP)));
	}
	presence(g, c, e->a);
	presence(g, c, e->b);
}

const struct ir_expr *
lower_presence(struct ir_graph *g, const struct ir_expr *e)
{
	struct conjuncts c = { 0 };

	presence(g, &c, e);
	return c.all.n ? fold(g, &c) : NULL;
}

const struct ir_expr *
lower_truth(struct ir_graph *g, const struct ir_expr *e)
{
	struct conjuncts c = { 0 };

	if (e->op == IR_AND || e->op == IR_OR)
		return ir_binary(g, e->op, lower_truth(g, e->a), lower_truth(g, e->b));
	if (e->op == IR_NOT)
		return ir_unary(g, IR_NOT, lower_truth(g, e->a));
	presence(g, &c, e);
	add(g->arena, &c, e);
	return c.all.n ? fold(g, &c) : e;
}

static const struct ir_expr *
instance_is(struct ir_graph *g, bool egress, uint32_t number)
{
	struct ir_field f = { .kind = IR_F_INSTANCE, .at = egress ? IR_AT_DEQ : IR_AT_IN,
			      .type = { IR_INSTANCE, 8, false }, .text = STR("instance") };
	const struct ir_expr *e = ir_read(g, ir_field(g, &f));

	return ir_binary(g, IR_EQ, e, int_const(g, e->type, number));
}

/* Queries see normal packets and replicas. Where the program can't make others, there is nothing to test. */
static const struct ir_expr *
instance_rule(struct plan *p, const struct ir_query *q, bool lost)
{
	const struct plan_writes *in = &p->program->ingress, *eg = &p->program->egress;
	bool again = in->resubmits || eg->recirculates || in->recirculates;

	if (q->sees_all_instances || lost)
		return NULL;
	if (!q->egress)
		return again ? instance_is(p->graph, false, 0) : NULL;
	if (!again && !in->clones_i2e && !eg->clones_e2e)
		return NULL;
	return ir_binary(p->graph, IR_OR, instance_is(p->graph, true, 0), instance_is(p->graph, true, 5));
}

static struct plan_value
value_of(const struct ir_expr *e, uint8_t merge)
{
	struct plan_value v = { e, 64, merge };

	if (e && e->op == IR_CONST && e->value == 1)
		v.expr = NULL;
	if (!v.expr || (merge != IR_MERGE_SUM && e->type.width <= 32))
		v.width = 32;
	return v;
}

static void
lower_values(struct plan *p, struct plan_state *s, const struct ir_node *n)
{
	struct arena *a = p->arena;

	switch (n->func) {
	case IR_SUM:
	case IR_MIN:
	case IR_MAX:
		vec_each(v, &n->values)
			vec_push(a, &s->values, value_of(v->expr, n->func == IR_SUM ? IR_MERGE_SUM :
							 n->func == IR_MIN ? IR_MERGE_MIN : IR_MERGE_MAX));
		if (!s->values.n)
			vec_push(a, &s->values, value_of(NULL, IR_MERGE_SUM));
		break;
	case IR_AVG:
		vec_push(a, &s->values, (struct plan_value){ n->values.v[0].expr, 64, IR_MERGE_SUM });
		vec_push(a, &s->values, (struct plan_value){ NULL, 64, IR_MERGE_SUM });
		break;
	case IR_DISTINCT_F:
		vec_push(a, &s->keys, n->values.v[0].expr);
		break;
	case IR_QUANTILE:
		vec_push(a, &s->keys, n->values.v[0].expr);
		vec_push(a, &s->values, value_of(NULL, IR_MERGE_SUM));
		break;
	case IR_COUNT:
		vec_push(a, &s->values, value_of(NULL, IR_MERGE_SUM));
		break;
	}
}

/* Names of lost packets: a field of a header that isn't there is 0, and a bit says so. */
static void
lower_packets(struct plan *p, struct plan_state *s, const struct ir_node *n)
{
	if (!n)
		return;
	s->capacity = n->capacity;
	vec_each(v, &n->values) {
		struct conjuncts there = { 0 };

		presence(p->graph, &there, v->expr);
		vec_push(p->arena, &s->packets, (struct plan_packet_field){ v->expr, fold(p->graph, &there) });
	}
}

static void
lower_stateful(struct plan *p, struct plan_state *s, const struct ir_query *q)
{
	const struct ir_node *n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;

	if (!n) {
		s->kind = PLAN_STREAM;
		for (uint32_t i = q->nodes.n; i-- > 0;)
			if (q->nodes.v[i]->kind == IR_MAP) {
				vec_each(c, &q->nodes.v[i]->columns)
					vec_push(p->arena, &s->keys, c->expr);
				break;
			}
		return;
	}
	vec_each(k, &n->keys)
		vec_push(p->arena, &s->keys, k->expr);
	s->kind = n->kind == IR_LOST ? PLAN_LOST : n->kind == IR_DISTINCT ? PLAN_DISTINCT : PLAN_REDUCE;
	if (s->kind == PLAN_REDUCE)
		lower_values(p, s, n);
	s->packed = s->values.n && s->values.v[0].width == 32;
	if (s->kind == PLAN_LOST)
		lower_packets(p, s, ir_packets(q));
	/* only the first value can share the epoch's cell */
	for (uint32_t i = 1; i < s->values.n; i++)
		s->values.v[i].width = 64;
}

static void
lower_guard(struct plan *p, struct plan_state *s, const struct ir_query *q)
{
	struct conjuncts pass = { 0 }, there = { 0 }, missing = { 0 };
	struct ir_graph *g = p->graph;
	uint32_t end = s->raw ? s->split : q->stateful >= 0 ? (uint32_t)q->stateful : q->nodes.n;
	const struct ir_expr *filters, *hold;

	add(p->arena, &pass, instance_rule(p, q, s->kind == PLAN_LOST));
	for (uint32_t i = 0; i < end; i++)
		if (q->nodes.v[i]->kind == IR_FILTER)
			add(p->arena, &pass, lower_truth(g, q->nodes.v[i]->expr));
	s->guard = filters = fold(g, &pass);
	if (s->raw)
		return; /* what is absent is the controller's business */
	vec_each(k, &s->keys)
		presence(g, &there, *k);
	vec_each(v, &s->values)
		presence(g, &there, v->expr);
	vec_each(t, &there.all)
		if (!is_among(*t, &pass))
			add(p->arena, &missing, *t);
	if (!missing.all.n)
		return; /* the filters already imply that keys and values are there */
	hold = fold(g, &missing);
	s->guard = filters ? ir_binary(g, IR_AND, filters, hold) : hold;
	hold = ir_unary(g, IR_NOT, hold);
	s->absent = filters ? ir_binary(g, IR_AND, filters, hold) : hold;
}

/* Texts are codes in the switch, and names behind it. */
const struct ir_node *
plan_refinement(const struct plan_state *s)
{
	vec_each(k, &s->keys)
		if (ir_is_text((*k)->type.kind))
			return NULL;
	return s->raw ? NULL : ir_refinement(s->query);
}

void
lower_later(enum ir_instant *at, const struct ir_expr *e)
{
	if (e && lower_birth(e) > *at)
		*at = lower_birth(e);
}

static void
lower_place(struct plan_state *s, const struct ir_query *q)
{
	s->at = q->egress ? IR_AT_DEQ : s->kind == PLAN_LOST ? IR_AT_MID : IR_AT_IN;
	lower_later(&s->at, s->guard);
	lower_later(&s->at, s->absent);
	vec_each(k, &s->keys)
		lower_later(&s->at, *k);
	vec_each(v, &s->values)
		lower_later(&s->at, v->expr);
	vec_each(f, &s->packets) {
		lower_later(&s->at, f->expr);
		lower_later(&s->at, f->presence);
	}
}

/* "ps_lost_web"; a query in place is named after the one that it is in, "ps_late_with1": names depend on no other query, as
 * queries come and go beside those that stay. */
static struct str
prefix_of(struct plan *p, const struct ir_query *q)
{
	if (q->name.n)
		return str_fmt(p->arena, "ps_%.*s", STRA(q->name));
	vec_each(outer, &p->graph->queries)
		for (uint32_t i = 0; i < (*outer)->nodes.n; i++)
			if ((*outer)->nodes.v[i]->other == q)
				return str_fmt(p->arena, "%.*s_with%u", STRA(prefix_of(p, *outer)), i);
	return str_fmt(p->arena, "ps_q%u", q->index);
}

/* --- tuples for the controller ------------------------------------------------------------------ */

static void
raw_key(struct plan *p, struct plan_state *s, const struct ir_expr *e)
{
	vec_each(k, &s->keys)
		if (*k == e)
			return;
	vec_push(p->arena, &s->keys, e);
}

/* The fields that an expression reads, each behind those that say whether it is there. */
static void
raw_fields(struct plan *p, struct plan_state *s, const struct ir_expr *e)
{
	struct conjuncts there = { 0 };

	if (!e || e->op == IR_CONST)
		return;
	if (e->op != IR_FIELD) {
		raw_fields(p, s, e->a);
		raw_fields(p, s, e->b);
		return;
	}
	presence(p->graph, &there, e);
	vec_each(t, &there.all)
		raw_fields(p, s, *t);
	raw_key(p, s, e);
}

/* A query whose filters don't all run in the switch: what the rest of it reads goes to the controller, packet by packet. */
static bool
lower_raw(struct plan *p, struct diags *d, struct plan_state *s, const struct ir_query *q)
{
	const struct ir_node *n, *columns = NULL;

	s->kind = PLAN_STREAM;
	for (uint32_t i = 0; i < q->nodes.n && (q->stateful < 0 || i <= (uint32_t)q->stateful); i++) {
		n = q->nodes.v[i];
		if (n->kind == IR_FILTER && i >= s->split)
			raw_fields(p, s, n->expr);
		columns = n->kind == IR_MAP ? n : columns;
	}
	n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;
	if (n) {
		vec_each(k, &n->keys)
			raw_fields(p, s, k->expr);
		vec_each(v, &n->values)
			raw_fields(p, s, v->expr);
	} else if (columns) {
		vec_each(c, &columns->columns)
			raw_fields(p, s, c->expr);
	}
	if (s->keys.n <= RAW_FIELDS_MAX)
		return true;
	diag_error(d, q->at, "the controller would need %u fields of each packet to run this query (limit %d)", s->keys.n,
		   RAW_FIELDS_MAX);
	diag_hint(d, "let the switch run more of its operators");
	return false;
}

static uint32_t
split_of(const struct ir_query *q, const struct plan_options *o)
{
	uint32_t all = plan_operators(q), least = plan_operators_least(q), split = o->splits ? o->splits[q->index] : all;

	return split > all ? all : split < least ? least : split;
}

bool
lower_query(struct plan *p, struct diags *d, const struct ir_query *q, const struct plan_options *o)
{
	struct plan_state s = { .index = p->states.n, .query = q, .row_tag = -1, .prefix = prefix_of(p, q),
				.split = split_of(q, o) };

	s.raw = s.split < (q->stateful >= 0 ? (uint32_t)q->stateful : plan_operators(q));
	if (!s.raw)
		lower_stateful(p, &s, q);
	else if (!lower_raw(p, d, &s, q))
		return false;
	lower_guard(p, &s, q);
	lower_place(&s, q);
	if (!lower_sizes(p, d, &s, q, o))
		return false;
	if (s.kind == PLAN_LOST && s.mirror)
		s.row_bits = 32; /* a row, or with bit 31 a number of the ring */
	else if (s.kind == PLAN_LOST)
		while ((1ull << s.row_bits) < (uint64_t)s.rows * s.stages + 2)
			s.row_bits++;
	vec_push(p->arena, &p->states, s);
	return true;
}
