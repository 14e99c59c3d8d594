/* bits.c - what packets would carry if queries were compiled in simpler ways (docs/planner.md), beside what they do carry. */
#include "plan/uses.h"

#define BOUNDARIES (IR_INSTANTS - 1)
#define TIME_BITS 48
#define LENGTH_BITS 32

/* A field's way to where it is read last. */
struct trip {
	const struct ir_field *field;
	enum ir_instant last;
};

struct trips {
	struct arena *a;
	VEC(struct trip) all;
	enum ir_instant length; /* of packet.len_out: the length that the packet came with, read at `out` */
	enum ir_instant time; /* last instant at which the arrival's time is read */
};

static void
note(struct trips *t, const struct ir_field *f, enum ir_instant at)
{
	vec_each(x, &t->all)
		if (x->field == f) {
			x->last = at > x->last ? at : x->last;
			return;
		}
	vec_push(t->a, &t->all, (struct trip){ f, at });
}

static void
fields_of(struct trips *t, const struct ir_expr *e, enum ir_instant at)
{
	if (!e)
		return;
	if (e->op == IR_FIELD && e->field->kind == IR_F_TIME_IN)
		t->time = at > t->time ? at : t->time;
	else if (e->op == IR_FIELD)
		note(t, e->field, at);
	if (e->op == IR_FIELD && e->field->kind == IR_F_LEN_OUT)
		t->length = at;
	fields_of(t, e->a, at);
	fields_of(t, e->b, at);
}

/* All that a state reads, read at `at`: the epoch is the arrival's. */
static void
state_fields(struct trips *t, const struct plan_state *s, enum ir_instant at)
{
	fields_of(t, s->guard, at);
	fields_of(t, s->absent, at);
	vec_each(k, &s->keys)
		fields_of(t, *k, at);
	vec_each(v, &s->values)
		fields_of(t, v->expr, at);
	vec_each(f, &s->packets)
		fields_of(t, f->expr, at);
	t->time = at > t->time ? at : t->time;
}

/* What marks tell travels inside its control. */
static enum ir_instant
birth(const struct plan *p, const struct ir_field *f)
{
	if (p->target->access(p->program, f, f->at) != PLAN_AT_MARK)
		return f->at;
	return f->at == IR_AT_OUT ? IR_AT_DEQ : IR_AT_IN;
}

/* A header's field that is read where it was taken is read in place, at a mark too. */
static bool
in_place(const struct trip *t)
{
	return t->last == t->field->at && (t->field->kind == IR_F_HEADER || t->field->kind == IR_F_VALID ||
					   t->field->kind == IR_F_META);
}

static uint32_t
trip_bits(const struct plan *p, const struct trips *t, int b)
{
	uint32_t bits = ((int)t->time > b ? TIME_BITS : 0) + ((int)t->length > b ? LENGTH_BITS : 0);

	vec_each(x, &t->all)
		if (!in_place(x) && (int)birth(p, x->field) <= b && b < (int)x->last)
			bits += plan_field_bits(x->field);
	return bits;
}

/* The paper counts losses in keyed tables on both sides of the queue: filter and keys are read behind it too. */
static void
count_whole(const struct plan *p, uint32_t *ret)
{
	struct trips t = { .a = p->arena };

	vec_each(s, &p->states)
		state_fields(&t, s, s->kind == PLAN_LOST ? IR_AT_DEQ : s->at);
	for (int b = 0; b < BOUNDARIES; b++)
		ret[b] = trip_bits(p, &t, b);
}

static void
count_naive(const struct plan *p, uint32_t *ret)
{
	vec_each(s, &p->states) {
		struct trips t = { .a = p->arena };

		state_fields(&t, s, s->query->egress || s->kind == PLAN_LOST ? IR_AT_OUT : IR_AT_MID);
		for (int b = 0; b < BOUNDARIES; b++)
			ret[b] += trip_bits(p, &t, b);
	}
}

static const char *
in_the_way(const struct plan *p, const struct plan_bit_counts *most)
{
	if (most->ours <= most->lower_bound)
		return NULL;
	if (p->placement != PLAN_CUT)
		return "another placement was asked for";
	return "a flag of the drop marks keeps a bit of its own in both pipelines";
}

static uint32_t
larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

bool
plan_bits(const struct plan *p, struct plan_bits *ret)
{
	uint32_t naive[BOUNDARIES] = { 0 }, whole[BOUNDARIES] = { 0 };
	struct plan_bit_counts *most = &ret->most;

	*ret = (struct plan_bits){ 0 };
	if (!p->states.n)
		return false;
	count_naive(p, naive);
	count_whole(p, whole);
	for (int b = 0; b < BOUNDARIES; b++) {
		struct plan_bit_counts c = { naive[b], whole[b], p->live_bits[b], p->least_bits[b] };

		ret->boundaries[b] = c;
		most->naive = larger(most->naive, c.naive);
		most->whole_fields = larger(most->whole_fields, c.whole_fields);
		most->lower_bound = larger(most->lower_bound, c.lower_bound);
	}
	most->ours = p->allocated;
	ret->in_the_way = in_the_way(p, most);
	return true;
}
