/* verify.c - checks a plan from the outside. It reads the plan, the graph, and what the target says of fields; it knows nothing of how
 * tags were chosen, and shares no code with what chose them. */
#include <stdarg.h>

#include "plan/plan.h"

struct checker {
	const struct plan *p;
	char *why;
	size_t size;
	bool failed;
};

/* Whoever reads a value: at an instant, or at the drop marks of the control that ends at it. */
struct reader {
	enum ir_instant at;
	bool at_marks;
	bool mourns;	/* sees packets that a mark has dropped, and wants them as they were there */
	bool is_birth;	/* of this expression's own tag */
};

static void wrong(struct checker *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
wrong(struct checker *k, const char *fmt, ...)
{
	va_list ap;

	if (k->failed)
		return;
	k->failed = true;
	va_start(ap, fmt);
	vsnprintf(k->why, k->size, fmt, ap);
	va_end(ap);
}

/* --- reads ------------------------------------------------------------------------------------------------ */

static bool
of_packet(const struct ir_field *f)
{
	return f->kind == IR_F_HEADER || f->kind == IR_F_VALID || f->kind == IR_F_META;
}

static enum plan_access
access(const struct checker *k, const struct ir_field *f, enum ir_instant at)
{
	return k->p->target->access(k->p->program, f, at);
}

/* Is there a tag whose bits hold the value when it is read? */
static bool
carried(const struct checker *k, const struct ir_expr *e, struct reader r)
{
	vec_each(t, &k->p->tags)
		if (t->kind == PLAN_TAG_VALUE && t->expr == e && t->born < r.at && r.at <= t->dies &&
		    !(r.at_marks && t->at_mark && t->born == (r.at == IR_AT_OUT ? IR_AT_DEQ : IR_AT_IN)))
			return true;
	return false;
}

static void
check_field(struct checker *k, const struct ir_field *f, struct reader r)
{
	enum plan_access how = access(k, f, r.at);

	if (f->at > r.at)
		wrong(k, "%.*s is read at instant %d, before it is known", STRA(f->text), (int)r.at);
	else if (r.at_marks && f->at == r.at && how == PLAN_DIRECT && !of_packet(f))
		wrong(k, "%.*s is read at a mark, before it is known", STRA(f->text));
	else if (how == PLAN_NOT_THERE)
		wrong(k, "nothing carries %.*s to instant %d", STRA(f->text), (int)r.at);
	else if (how == PLAN_AT_MARK && r.mourns)
		wrong(k, "%.*s is read at instant %d, and marks don't keep it", STRA(f->text), (int)r.at);
	else if (how == PLAN_AT_MARK && !r.at_marks && !of_packet(f))
		wrong(k, "%.*s is known at marks only", STRA(f->text));
}

static void
check_read(struct checker *k, const struct ir_expr *e, struct reader r)
{
	struct reader inner = r;

	if (!e || e->op == IR_CONST || k->failed || (!r.is_birth && carried(k, e, r)))
		return;
	inner.is_birth = false;
	if (e->op == IR_FIELD) {
		check_field(k, e->field, r);
	} else if (e->op == IR_COLUMN) {
		wrong(k, "a column is read in the switch");
	} else {
		check_read(k, e->a, inner);
		check_read(k, e->b, inner);
	}
}

/* --- tags -------------------------------------------------------------------------------------------------- */

/* Can `e` not hold for a packet whose port says that it was dropped? */
static bool
excludes_drops(const struct ir_expr *e, enum ir_field_kind port)
{
	const struct ir_expr *c;
	bool turned;

	if (!e || !e->a || !e->b)
		return false;
	if (e->op == IR_AND || e->op == IR_OR) {
		bool a = excludes_drops(e->a, port), b = excludes_drops(e->b, port);

		return e->op == IR_AND ? a || b : a && b;
	}
	turned = e->a->op == IR_CONST;
	c = turned ? e->a : e->b;
	if (c->op != IR_CONST || (turned ? e->b : e->a)->op != IR_FIELD || (turned ? e->b : e->a)->field->kind != port)
		return false;
	return (e->op == IR_EQ && c->value != IR_PORT_DROP) || (e->op == IR_NE && c->value == IR_PORT_DROP) ||
	       (e->op == (turned ? IR_GT : IR_LT) && c->value <= IR_PORT_DROP) ||
	       (e->op == (turned ? IR_GE : IR_LE) && c->value < IR_PORT_DROP) ||
	       (e->op == (turned ? IR_LT : IR_GT) && c->value >= IR_PORT_DROP) ||
	       (e->op == (turned ? IR_LE : IR_GE) && c->value > IR_PORT_DROP);
}

static void
check_life(struct checker *k, const struct plan_tag *t)
{
	if (t->born >= t->dies || t->dies >= IR_INSTANTS)
		wrong(k, "tag %u dies before it is born", t->index);
	else if (t->slot >= k->p->slots.n || !t->width || t->width > k->p->slots.v[t->slot].width ||
		 t->lo > k->p->slots.v[t->slot].width - t->width)
		wrong(k, "tag %u leaves its slot", t->index);
	else if (t->at_mark && t->born != IR_AT_IN && t->born != IR_AT_DEQ)
		wrong(k, "tag %u is written at marks, and not there from its control's start", t->index);
	vec_each(o, &k->p->tags)
		if (o->index > t->index && o->slot == t->slot && o->lo < t->lo + t->width && t->lo < o->lo + o->width &&
		    o->born < t->dies && t->born < o->dies)
			wrong(k, "tags %u and %u overlap", t->index, o->index);
}

/* What a tag leaves out of its value is 0 whatever the packet. */
static ir_u128
possible(const struct checker *k, const struct ir_expr *e, int depth)
{
	uint32_t width = e->type.kind == IR_BOOL ? 1 : e->type.width;
	ir_u128 all = width >= 128 ? ~(ir_u128)0 : ((ir_u128)1 << width) - 1;
	ir_u128 a = e->a && depth < 40 ? possible(k, e->a, depth + 1) : all, b = e->b && depth < 40 ? possible(k, e->b, depth + 1) : all;
	bool plain = !e->type.is_signed && !(e->a && e->a->type.is_signed), by = e->b && e->b->op == IR_CONST && e->b->value >= 0;

	if (e->op == IR_CONST)
		return (ir_u128)e->value & all;
	if (e->op == IR_FIELD && e->field->kind == IR_F_PORT_IN)
		return 511;
	if (e->op == IR_FIELD && e->field->kind == IR_F_TIME_IN)
		return ((ir_u128)1 << 58) - 1;
	if (!plain)
		return all;
	if (e->op == IR_FIELD && ir_is_text(e->type.kind)) {
		bool entries = (e->field->at == IR_AT_OUT ? &k->p->program->egress : &k->p->program->ingress)->table_marks;

		return (((ir_u128)1 << (20 + k->p->program->site_bits)) - 1) & ~(ir_u128)(entries ? 0 : 0xfffff);
	}
	if (e->op == IR_AND_BITS)
		return a & b;
	if (e->op == IR_OR_BITS || e->op == IR_XOR_BITS)
		return a | b;
	if (by && e->b->value < 128 && e->op == IR_SHR)
		return a >> (int)e->b->value;
	if (by && e->b->value < 128 && e->op == IR_SHL)
		return (a << (int)e->b->value) & all;
	if (by && e->b->value && e->op == IR_DIV) {
		ir_u128 q = a / (ir_u128)e->b->value, m = 0;

		while (m < q)
			m = m << 1 | 1;
		return m;
	}
	return all;
}

static void
check_bits(struct checker *k, const struct plan_tag *t)
{
	ir_u128 kept = t->width >= 128 ? ~(ir_u128)0 : ((ir_u128)1 << t->width) - 1;
	uint32_t width = t->expr->type.kind == IR_BOOL ? 1 : t->expr->type.width;

	if (t->shift > width || t->width > width - t->shift)
		wrong(k, "tag %u is wider than its value", t->index);
	else if (possible(k, t->expr, 0) & ~(kept << t->shift))
		wrong(k, "tag %u loses bits of its value", t->index);
}

static bool
tells_reason(const struct checker *k, const struct ir_expr *e)
{
	if (!e || e->op == IR_CONST)
		return false;
	if (e->op == IR_FIELD)
		return !of_packet(e->field) && access(k, e->field, e->field->at) == PLAN_AT_MARK;
	return tells_reason(k, e->a) || tells_reason(k, e->b);
}

static void
check_value(struct checker *k, const struct plan_tag *t)
{
	bool egress = t->born == IR_AT_DEQ, reason;
	struct reader r = { .at = t->born, .is_birth = true };

	if (!t->expr) {
		wrong(k, "tag %u has no value", t->index);
		return;
	}
	check_bits(k, t);
	if (t->at_mark) {
		reason = tells_reason(k, t->expr);
		r = (struct reader){ .at = egress ? IR_AT_OUT : IR_AT_MID, .at_marks = true, .is_birth = true };
		if (!(egress ? k->p->marks_egress : k->p->marks_ingress))
			wrong(k, "nobody follows the marks that tag %u needs", t->index);
		if (reason && !(egress ? k->p->reason_egress : k->p->reason_ingress))
			wrong(k, "marks don't tell the reason that tag %u needs", t->index);
	}
	check_read(k, t->expr, r);
}

static void
check_row(struct checker *k, const struct plan_tag *t)
{
	const struct plan_state *s = t->state < k->p->states.n ? &k->p->states.v[t->state] : NULL;

	if (!s || s->kind != PLAN_LOST || s->row_tag != (int32_t)t->index)
		wrong(k, "tag %u is the row of no state", t->index);
	else if (t->width != s->row_bits || t->shift)
		wrong(k, "tag %u has not the width of a row of %.*s", t->index, STRA(s->prefix));
	else if (t->born != IR_AT_MID || t->at_mark)
		wrong(k, "the row of %.*s is known at mid, and tag %u is written elsewhere", STRA(s->prefix), t->index);
}

static void
check_tag(struct checker *k, const struct plan_tag *t)
{
	if (t->index != (uint32_t)(t - k->p->tags.v))
		wrong(k, "tag %u has another's number", t->index);
	check_life(k, t);
	if (k->failed)
		return;
	switch (t->kind) {
	case PLAN_TAG_VALUE:
		check_value(k, t);
		return;
	case PLAN_TAG_ROW:
		check_row(k, t);
		return;
	case PLAN_TAG_PAYLOAD:
		if (t->at_mark || t->shift || t->width < 16 || (t->born != IR_AT_IN && t->born != IR_AT_DEQ) || t->dies != IR_AT_OUT)
			wrong(k, "tag %u is no payload's", t->index);
		return;
	}
	wrong(k, "tag %u is of no kind", t->index);
}

/* --- states ------------------------------------------------------------------------------------------------- */

static void
check_lost(struct checker *k, const struct plan_state *s)
{
	const struct plan_tag *t = s->row_tag >= 0 && s->row_tag < (int32_t)k->p->tags.n ? &k->p->tags.v[s->row_tag] : NULL;
	uint64_t rows = (uint64_t)s->rows * s->stages;

	if (!t || t->kind != PLAN_TAG_ROW || t->state != s->index || t->dies < IR_AT_DEQ)
		wrong(k, "%.*s has no row tag", STRA(s->prefix));
	else if (s->row_bits < 32 && rows + 2 > (uint64_t)1 << s->row_bits)
		wrong(k, "the row tag of %.*s is too narrow for %llu rows", STRA(s->prefix), (unsigned long long)rows);
	if (s->at != IR_AT_MID)
		wrong(k, "%.*s is not told at the end of ingress what reaches the queue", STRA(s->prefix));
}

/* Losses with names work them out on both sides of the queue. */
static void
check_names(struct checker *k, const struct plan_state *s)
{
	struct reader near = { .at = s->at, .mourns = true }, far = { .at = IR_AT_DEQ };

	vec_each(f, &s->packets) {
		check_read(k, f->expr, near);
		check_read(k, f->presence, near);
		check_read(k, f->expr, far);
		check_read(k, f->presence, far);
	}
	for (uint32_t i = 0; s->packets.n && i < s->keys.n; i++)
		check_read(k, s->keys.v[i], far);
}

/* Has the table that the rows are told by what they need? */
static void
check_part(struct checker *k, const struct plan_state *s)
{
	const struct plan_state *of = s->part.any && s->part.state < k->p->states.n ? &k->p->states.v[s->part.state] : NULL;
	bool marks = s->part.mark >= 0 || s->part.absent >= 0, same;

	if (!s->part.any)
		return;
	if (!of || of->part.any || !of->stages || s->stages || s->part.keys.n != s->keys.n || (marks && of->values.n < 2)) {
		wrong(k, "%.*s is part of no table", STRA(s->prefix));
		return;
	}
	same = of->window_ns == s->window_ns && of->generations == s->generations && of->query->egress == s->query->egress;
	for (uint32_t i = 0; same && i < s->keys.n; i++)
		same = s->part.keys.v[i].key < of->keys.n &&
		       s->part.keys.v[i].lo + (s->keys.v[i]->type.kind == IR_BOOL ? 1 : s->keys.v[i]->type.width) <=
			       of->keys.v[s->part.keys.v[i].key]->type.width;
	same = same && s->part.values.n == s->values.n;
	for (uint32_t i = 0; same && i < s->values.n; i++)
		same = s->part.values.v[i] < of->values.n && of->values.v[s->part.values.v[i]].expr == s->values.v[i].expr &&
		       of->values.v[s->part.values.v[i]].merge == s->values.v[i].merge && !of->values.v[s->part.values.v[i]].by_key;
	if (!same)
		wrong(k, "%.*s is part of a table with other keys, values or epochs", STRA(s->prefix));
}

static void
check_state(struct checker *k, const struct plan_state *s)
{
	bool egress = s->query->egress, end = s->at == (egress ? IR_AT_OUT : IR_AT_MID);
	enum ir_field_kind port = egress ? IR_F_PORT_OUT : IR_F_PORT_INTENT;
	struct reader r = { .at = s->at, .mourns = end && !excludes_drops(s->guard, port) };

	if (s->index != (uint32_t)(s - k->p->states.v))
		wrong(k, "%.*s has another's number", STRA(s->prefix));
	if (egress ? s->at < IR_AT_DEQ || s->at > IR_AT_OUT : s->at > IR_AT_MID)
		wrong(k, "%.*s counts on the wrong side of the queue", STRA(s->prefix));
	check_part(k, s);
	if (!s->part.any) {
		check_read(k, s->guard, r);
		vec_each(key, &s->keys)
			check_read(k, *key, r);
		vec_each(v, &s->values)
			check_read(k, v->expr, r);
	}
	r.mourns = end && !excludes_drops(s->absent, port);
	check_read(k, s->absent, r);
	if (s->kind == PLAN_LOST) {
		check_lost(k, s);
		check_names(k, s);
	}
}

/* --- sums ----------------------------------------------------------------------------------------------------- */

static void
check_sums(struct checker *k)
{
	const struct plan *p = k->p;
	uint32_t slots = 0, most = 0;

	for (int b = 0; b < IR_AT_OUT; b++) {
		uint32_t bits = p->flag_bits[b];

		vec_each(t, &p->tags)
			bits += (int)t->born <= b && b < (int)t->dies ? t->width : 0;
		if (bits != p->live_bits[b])
			wrong(k, "%u bits are carried from instant %d, not %u", bits, b, p->live_bits[b]);
		if (bits < p->least_bits[b] && p->placement == PLAN_CUT)
			wrong(k, "%u bits are carried from instant %d, and %u are said to be the least", bits, b,
			      p->least_bits[b]);
		if (p->least_bits[b] > most)
			most = p->least_bits[b];
	}
	vec_each(s, &p->slots)
		slots += s->width;
	if (p->allocated < slots)
		wrong(k, "%u bits are allocated, not %u", slots, p->allocated);
	if (p->lower_bound != most)
		wrong(k, "the lower bound is %u, not %u", most, p->lower_bound);
}

bool
plan_check(const struct plan *p, char *why, size_t size)
{
	struct checker k = { .p = p, .why = why, .size = size };

	vec_each(t, &p->tags)
		if (!k.failed)
			check_tag(&k, t);
	vec_each(s, &p->states)
		if (!k.failed)
			check_state(&k, s);
	if (!k.failed)
		check_sums(&k);
	return !k.failed;
}

void
plan_verify(const struct plan *p)
{
	char why[256];

	if (!plan_check(p, why, sizeof(why)))
		bug("plan: %s", why);
}
