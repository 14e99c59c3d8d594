/* place.c - tag little, compute early (PacketScope paper, section 3.2), first version: for each use, the cheaper of carrying an
 * expression's result and carrying what it is made of. */
#include "plan/place.h"

#include "plan/lower.h"

static uint32_t
width_of(const struct ir_expr *e)
{
	return e->type.kind == IR_BOOL ? 1 : e->type.width;
}

static struct plan_tag *
tag_of(struct plan *p, const struct ir_expr *e)
{
	vec_each(t, &p->tags)
		if (t->expr == e)
			return t;
	return NULL;
}

static enum plan_access
access(const struct plan *p, const struct ir_field *f, enum ir_instant at)
{
	return p->target->access(p->program, f, at);
}

/* Bits that must be carried to have `e` at `at`. */
static uint32_t
cost(struct plan *p, const struct ir_expr *e, enum ir_instant at)
{
	const struct plan_tag *t = tag_of(p, e);
	uint32_t apart = 0, whole = width_of(e);

	if (e->op == IR_CONST || (t && t->dies >= at && t->born < at))
		return 0;
	if (e->op == IR_FIELD)
		return access(p, e->field, at) == PLAN_DIRECT ? 0 : whole;
	apart = cost(p, e->a, at);
	if (e->b)
		apart += cost(p, e->b, at);
	return lower_birth(e) < at && whole < apart ? whole : apart;
}

/* The last instant before `at` at which `e` can be had for nothing; its birth when there is none. */
static enum ir_instant
latest_free(struct plan *p, const struct ir_expr *e, enum ir_instant at)
{
	enum ir_instant birth = lower_birth(e);

	for (int i = (int)at - 1; i > (int)birth; i--)
		if (cost(p, e, (enum ir_instant)i) == 0)
			return (enum ir_instant)i;
	return birth;
}

static void use(struct plan *p, const struct ir_expr *e, enum ir_instant at);

static void
make_tag(struct plan *p, const struct ir_expr *e, enum ir_instant at, bool at_mark)
{
	struct plan_tag *t = tag_of(p, e);
	struct plan_tag made = { .index = p->tags.n, .expr = e, .width = width_of(e), .dies = at, .at_mark = at_mark };

	if (t) {
		if (t->dies < at)
			t->dies = at;
		return;
	}
	if (at_mark)
		made.born = e->field->at == IR_AT_OUT ? IR_AT_DEQ : IR_AT_IN;
	else
		made.born = latest_free(p, e, at);
	vec_push(p->arena, &p->tags, made);
	if (!at_mark && e->op != IR_FIELD) {
		use(p, e->a, made.born);
		if (e->b)
			use(p, e->b, made.born);
	} else if (!at_mark && access(p, e->field, made.born) == PLAN_AT_MARK) {
		use(p, e, made.born);
	}
}

/* Makes `e` readable at `at`. */
static void
use(struct plan *p, const struct ir_expr *e, enum ir_instant at)
{
	const struct plan_tag *t;
	uint32_t apart;

	if (e->op == IR_CONST)
		return;
	if (e->op == IR_FIELD) {
		if (access(p, e->field, at) != PLAN_DIRECT)
			make_tag(p, e, at, access(p, e->field, e->field->at) == PLAN_AT_MARK);
		return;
	}
	t = tag_of(p, e);
	apart = cost(p, e->a, at) + (e->b ? cost(p, e->b, at) : 0);
	if (t && t->born < at) {
		make_tag(p, e, at, false);
	} else if (lower_birth(e) < at && apart > 0 && width_of(e) <= apart) {
		make_tag(p, e, at, false);
	} else {
		use(p, e->a, at);
		if (e->b)
			use(p, e->b, at);
	}
}

static void
place_state(struct plan *p, struct plan_state *s)
{
	if (s->guard)
		use(p, s->guard, s->at);
	if (s->absent)
		use(p, s->absent, s->at);
	vec_each(k, &s->keys)
		use(p, *k, s->at);
	vec_each(v, &s->values)
		if (v->expr)
			use(p, v->expr, s->at);
	if (s->kind != PLAN_LOST)
		return;
	s->row_tag = (int32_t)p->tags.n;
	vec_push(p->arena, &p->tags, (struct plan_tag){ .index = p->tags.n, .state = s->index, .width = s->row_bits,
							.born = IR_AT_MID, .dies = IR_AT_DEQ });
}

void
place_tags(struct plan *p)
{
	vec_each(s, &p->states)
		place_state(p, s);
	vec_each(t, &p->tags) {
		bool out = t->at_mark && t->expr->field->at == IR_AT_OUT;
		bool reason = t->at_mark && t->expr->field->kind == IR_F_DROP_REASON;

		p->marks_ingress |= t->at_mark && !out;
		p->marks_egress |= out;
		p->reason_ingress |= reason && !out;
		p->reason_egress |= reason && out;
	}
}

/* --- slots ------------------------------------------------------------------------------------- */

/* Does the tag occupy its bits between instant b and the next? */
static bool
crosses(const struct plan_tag *t, int b)
{
	return (int)t->born <= b && b < (int)t->dies;
}

static bool
overlap(const struct plan_tag *x, const struct plan_tag *y)
{
	return x->born < y->dies && y->born < x->dies;
}

static bool
fits(const struct plan *p, const struct plan_tag *t, uint32_t slot, uint32_t lo, const bool *placed)
{
	vec_each(o, &p->tags)
		if (placed[o->index] && o->slot == slot && o->lo < lo + t->width && lo < o->lo + o->width &&
		    overlap(o, t))
			return false;
	return true;
}

static void
place_one(struct plan *p, struct plan_tag *t, bool *placed)
{
	for (uint32_t s = 0; s < p->slots.n; s++)
		for (uint32_t lo = 0; lo + t->width <= p->slots.v[s].width; lo++)
			if (fits(p, t, s, lo, placed)) {
				t->slot = s;
				t->lo = lo;
				placed[t->index] = true;
				return;
			}
	t->slot = p->slots.n;
	t->lo = 0;
	placed[t->index] = true;
	vec_push(p->arena, &p->slots, (struct plan_slot){ t->width });
}

void
place_slots(struct plan *p)
{
	bool *placed = arena_array(p->arena, bool, p->tags.n + 1);

	/* wide ones first: narrow tags then fill what is free of their bits */
	for (uint32_t width = 128; width > 0; width--)
		vec_each(t, &p->tags)
			if (t->width == width)
				place_one(p, t, placed);
	for (int b = 0; b < IR_AT_OUT; b++) {
		vec_each(t, &p->tags)
			if (crosses(t, b))
				p->live_bits[b] += t->width;
		if (p->live_bits[b] > p->lower_bound)
			p->lower_bound = p->live_bits[b];
	}
	vec_each(s, &p->slots)
		p->allocated += s->width;
}
