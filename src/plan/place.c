/* place.c - tag little, compute early (PacketScope paper, section 3.2): the expressions of all queries are one graph, and at each
 * boundary between two instants its cheapest cut is what packets carry. Cheapest cuts of consecutive boundaries fit together
 * (docs/planner.md), so that each boundary has the least that is possible.
 *
 * A packet that a mark drops is described as it was at the mark: what such fields are worth is cut once more, between the marks and
 * the end of their control.
 */
#include "plan/place.h"

#include "plan/cut.h"
#include "plan/lower.h"
#include "plan/uses.h"

#define BOUNDARIES (IR_INSTANTS - 1)
#define PAYLOAD_BITS 16 /* no packet is longer than 65,535 bytes */

struct node {
	const struct ir_expr *expr; /* NULL: a row number, or the payload's length */
	enum plan_tag_kind kind;
	uint32_t state;
	enum ir_instant born;
	uint32_t bits;
	bool used[IR_INSTANTS];	 /* by a state */
	bool mourned[2];	 /* by a state at the end of ingress, egress that cares for dropped packets */
	bool marked[2];		 /* hangs on a field that ingress, egress takes at marks */
	bool ready[2];		 /* can be worked out at a mark */
	bool reason;		 /* hangs on drop.reason, which undropped packets have too: none */
	bool crosses[BOUNDARIES]; /* is carried */
	bool survives[2];	 /* is carried from the marks of ingress, egress to its end */
};

struct placer {
	struct arena *a;
	struct plan *p;
	VEC(struct node) nodes; /* operands before users */
	uint32_t *node_of;	/* by id of the expression, plus one */
};

static const enum ir_instant ends[2] = { IR_AT_MID, IR_AT_OUT };

/* --- the graph ---------------------------------------------------------------------------------------- */

static bool
is_packet(const struct ir_field *f)
{
	return f->kind == IR_F_HEADER || f->kind == IR_F_VALID || f->kind == IR_F_META;
}

/* drop.reason and the like are the only fields that marks tell and that aren't the packet's. */
static bool
is_reason(const struct plan *p, const struct ir_field *f)
{
	return !is_packet(f) && plan_access_of(p, f, f->at) == PLAN_AT_MARK;
}

/* A comparison with the text of a drop's reason needs the numbers of all reasons, which the end of the control knows. */
static bool
is_text(const struct ir_expr *e)
{
	return e && e->op == IR_CONST && e->text.n;
}

static void
leaf(const struct placer *k, struct node *n, const struct ir_field *f)
{
	n->born = f->at;
	n->reason = is_reason(k->p, f);
	for (int c = 0; c < 2; c++) {
		n->marked[c] = f->at == ends[c] && plan_access_of(k->p, f, ends[c]) == PLAN_AT_MARK;
		n->ready[c] = f->at < ends[c] || n->marked[c] || (f->at == ends[c] && is_packet(f));
	}
}

static uint32_t node_for(struct placer *k, const struct ir_expr *e);

static void
operand(struct placer *k, struct node *n, const struct ir_expr *e)
{
	uint32_t index;
	const struct node *o;

	if (!e || e->op == IR_CONST)
		return;
	index = node_for(k, e); /* may move the nodes */
	o = &k->nodes.v[index];
	if (o->born > n->born)
		n->born = o->born;
	n->reason |= o->reason;
	for (int c = 0; c < 2; c++) {
		n->marked[c] |= o->marked[c];
		n->ready[c] &= o->ready[c];
	}
}

static uint32_t
node_for(struct placer *k, const struct ir_expr *e)
{
	struct node n = { .expr = e, .born = IR_AT_IN, .ready = { true, true } };

	if (k->node_of[e->id])
		return k->node_of[e->id] - 1;
	n.bits = plan_range_of(k->p, e).n;
	if (e->op == IR_FIELD) {
		leaf(k, &n, e->field);
	} else {
		operand(k, &n, e->a);
		operand(k, &n, e->b);
		if (is_text(e->a) || is_text(e->b))
			n.ready[0] = n.ready[1] = false;
	}
	vec_push(k->a, &k->nodes, n);
	k->node_of[e->id] = k->nodes.n;
	return k->nodes.n - 1;
}

static bool
changes_headers(const struct plan *p, const struct plan_writes *w)
{
	bool any = false;

	for (uint32_t i = 0; i < p->program->schema.headers.n; i++)
		any |= w->headers[i].validity;
	return any;
}

/* packet.len_out is the length of what came behind the headers, and of the headers that are sent. Where no header can come or go, that is
 * the length that the target tells. */
static void
add_payload(struct placer *k)
{
	const struct plan *p = k->p;
	struct ir_field length = { .kind = IR_F_LEN_IN, .at = IR_AT_IN };
	struct node n = { .kind = PLAN_TAG_PAYLOAD, .bits = PAYLOAD_BITS, .used = { [IR_AT_OUT] = true } };
	bool any = false;

	vec_each(x, &k->nodes)
		any |= x->expr && x->expr->op == IR_FIELD && x->expr->field->kind == IR_F_LEN_OUT;
	if (!any || (p->target->access(p->program, &length, IR_AT_OUT) == PLAN_DIRECT && !changes_headers(p, &p->program->egress)))
		return;
	n.born = p->target->access(p->program, &length, IR_AT_DEQ) == PLAN_DIRECT ? IR_AT_DEQ : IR_AT_IN;
	vec_push(k->a, &k->nodes, n);
}

static void
build(struct placer *k)
{
	struct plan_uses uses;

	k->node_of = arena_array(k->a, uint32_t, k->p->graph->exprs.n + 1);
	plan_uses(k->a, k->p, &uses);
	vec_each(u, &uses.all) {
		uint32_t index = node_for(k, u->expr); /* may move the nodes */
		struct node *n = &k->nodes.v[index];

		n->used[u->at] = true;
		for (int c = 0; c < 2; c++)
			n->mourned[c] |= u->at == ends[c] && (!u->alive || n->reason);
	}
	add_payload(k);
	vec_each(s, &k->p->states)
		if (s->kind == PLAN_LOST)
			vec_push(k->a, &k->nodes, (struct node){ .kind = PLAN_TAG_ROW, .state = s->index, .born = IR_AT_MID,
								 .bits = s->row_bits, .used = { [IR_AT_DEQ] = true } });
}

/* --- cuts ----------------------------------------------------------------------------------------------- */

static void
cut_operand(const struct placer *k, struct cut_node *v, const struct ir_expr *e)
{
	if (e && e->op != IR_CONST)
		vec_push(k->a, &v->operands, k->node_of[e->id] - 1);
}

static struct cut_node
cut_node(const struct placer *k, const struct node *n)
{
	struct cut_node v = { .bits = n->bits };

	if (n->expr) {
		cut_operand(k, &v, n->expr->a);
		cut_operand(k, &v, n->expr->b);
	}
	return v;
}

static bool
stands(const struct placer *k, const struct node *n, enum ir_instant at)
{
	return n->expr && n->expr->op == IR_FIELD && plan_access_of(k->p, n->expr->field, at) == PLAN_DIRECT;
}

/* What crosses from instant b to the next. */
static struct cut
boundary(const struct placer *k, int b)
{
	struct cut c = { 0 };

	vec_each(n, &k->nodes) {
		struct cut_node v = cut_node(k, n);

		v.known = (int)n->born <= b;
		for (int at = b + 1; at < IR_INSTANTS; at++)
			v.wanted |= n->used[at];
		if (!v.operands.n)
			v.free = (int)n->born > b || stands(k, n, (enum ir_instant)(b + 1));
		vec_push(k->a, &c.nodes, v);
	}
	return c;
}

/* What crosses from the marks of a control to its end. What hangs on no mark is there at both. */
static struct cut
marks(const struct placer *k, int control)
{
	struct cut c = { 0 };

	vec_each(n, &k->nodes) {
		struct cut_node v = cut_node(k, n);

		v.free = !n->marked[control];
		v.known = n->ready[control];
		v.wanted = n->mourned[control];
		vec_push(k->a, &c.nodes, v);
	}
	return c;
}

/* Without a minimum: fields only, or all that is known. */
static void
by_rule(struct arena *a, const struct cut *c, bool leaves, bool *crosses)
{
	bool *needed = arena_array(a, bool, c->nodes.n + 1);

	for (uint32_t i = c->nodes.n; i-- > 0;) {
		const struct cut_node *v = &c->nodes.v[i];

		if (v->free || !(needed[i] || v->wanted))
			continue;
		crosses[i] = v->known && (!leaves || !v->operands.n);
		for (uint32_t o = 0; !crosses[i] && o < v->operands.n; o++)
			needed[v->operands.v[o]] = true;
	}
}

static void
choose(struct placer *k, const struct cut *c, bool *crosses)
{
	uint64_t bits = 0;

	switch (k->p->placement) {
	case PLAN_CUT:
	case PLAN_END:
	case PLAN_APART:
		bits = cut_cheapest(k->a, c, true, crosses);
		break;
	case PLAN_CUT_LATE:
		bits = cut_cheapest(k->a, c, false, crosses);
		break;
	case PLAN_RESULTS:
	case PLAN_PARTS:
	case PLAN_WHOLE:
		by_rule(k->a, c, k->p->placement != PLAN_RESULTS, crosses);
		break;
	}
	if (bits == CUT_IMPOSSIBLE)
		bug("a query reads what is not known");
}

static void
cut_all(struct placer *k)
{
	bool *crosses = arena_array(k->a, bool, k->nodes.n + 1);
	struct cut c;

	for (int b = 0; b < BOUNDARIES; b++) {
		c = boundary(k, b);
		memset(crosses, 0, k->nodes.n);
		choose(k, &c, crosses);
		for (uint32_t i = 0; i < k->nodes.n; i++)
			k->nodes.v[i].crosses[b] = crosses[i];
	}
	for (int end = 0; end < 2; end++) {
		c = marks(k, end);
		memset(crosses, 0, k->nodes.n);
		choose(k, &c, crosses);
		for (uint32_t i = 0; i < k->nodes.n; i++)
			k->nodes.v[i].survives[end] = crosses[i];
	}
}

/* --- flags ------------------------------------------------------------------------------------------------ */

static bool
follows_resubmits(const struct plan *p)
{
	bool lost = false;

	vec_each(s, &p->states)
		lost |= s->kind == PLAN_LOST;
	return lost && p->program->ingress.resubmits;
}

/* The weaver's flags: a mark stands, the program asked for resubmission; and the time of arrival where packets come back. */
static void
count_flags(const struct plan *p, bool marks_in, bool marks_out, uint32_t *ret)
{
	uint32_t arrival = p->keeps_arrival ? PLAN_ARRIVAL_BITS : 0;

	ret[IR_AT_IN] = marks_in + follows_resubmits(p) + arrival;
	ret[IR_AT_MID] = arrival;
	ret[IR_AT_DEQ] = marks_out + arrival;
}

/* --- tags ------------------------------------------------------------------------------------------------- */

static void
set_last(const struct node *n, struct plan_tag *t)
{
	for (int b = (int)t->dies; b < BOUNDARIES && n->crosses[b]; b++)
		t->dies = (enum ir_instant)(b + 1);
}

static void
add_tag(struct plan *p, const struct node *n, struct plan_tag t)
{
	t.index = p->tags.n;
	t.kind = n->kind;
	t.expr = n->expr;
	t.state = n->state;
	t.width = n->bits;
	t.shift = n->expr ? plan_range_of(p, n->expr).lo : 0;
	if (n->kind == PLAN_TAG_ROW)
		p->states.v[n->state].row_tag = (int32_t)t.index;
	vec_push(p->arena, &p->tags, t);
}

static void
tags_of(struct plan *p, const struct node *n)
{
	bool marked[2] = { n->survives[0], n->survives[1] };

	for (int c = 0; c < 2; c++)
		if (marked[c]) {
			struct plan_tag t = { .born = c ? IR_AT_DEQ : IR_AT_IN, .dies = ends[c], .at_mark = true };

			set_last(n, &t);
			add_tag(p, n, t);
		}
	for (int b = 0; b < BOUNDARIES; b++)
		if (n->crosses[b] && (b == 0 || !n->crosses[b - 1]) && !(b == IR_AT_MID && marked[0])) {
			struct plan_tag t = { .born = (enum ir_instant)b, .dies = (enum ir_instant)(b + 1) };

			set_last(n, &t);
			add_tag(p, n, t);
		}
}

static bool
reads_reason(const struct plan *p, const struct ir_expr *e)
{
	if (!e || e->op == IR_CONST)
		return false;
	if (e->op == IR_FIELD)
		return is_reason(p, e->field);
	return reads_reason(p, e->a) || reads_reason(p, e->b);
}

static void
note_marks(struct plan *p)
{
	vec_each(t, &p->tags) {
		bool out = t->born == IR_AT_DEQ, reason = t->at_mark && reads_reason(p, t->expr);

		if (!t->at_mark)
			continue;
		p->marks_ingress |= !out;
		p->marks_egress |= out;
		p->reason_ingress |= reason && !out;
		p->reason_egress |= reason && out;
	}
	count_flags(p, p->marks_ingress, p->marks_egress, p->flag_bits);
}

void
place_tags(struct plan *p)
{
	struct placer k = { .a = p->arena, .p = p };

	build(&k);
	cut_all(&k);
	vec_each(n, &k.nodes)
		tags_of(p, n);
	note_marks(p);
}

void
place_bound(struct plan *p)
{
	struct placer k = { .a = p->arena, .p = p };
	uint32_t flags[IR_INSTANTS];
	uint64_t marked[2];
	bool *crosses;
	struct cut c;

	build(&k);
	crosses = arena_array(k.a, bool, k.nodes.n + 1);
	for (int end = 0; end < 2; end++) {
		c = marks(&k, end);
		marked[end] = cut_cheapest(k.a, &c, true, crosses);
	}
	count_flags(p, marked[0] > 0, marked[1] > 0, flags);
	for (int b = 0; b < BOUNDARIES; b++) {
		c = boundary(&k, b);
		p->least_bits[b] = (uint32_t)(cut_cheapest(k.a, &c, true, crosses) +
					      (b == IR_AT_MID ? 0 : marked[b == IR_AT_DEQ])) + flags[b];
		if (p->least_bits[b] > p->lower_bound)
			p->lower_bound = p->least_bits[b];
	}
}
