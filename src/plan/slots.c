/* slots.c - which bits a tag gets: tags whose lives don't overlap share bits. */
#include <stdlib.h>

#include "plan/place.h"

struct layout {
	VEC(struct plan_slot) slots;
	uint32_t *slot, *lo; /* of each tag */
	uint32_t bits;
};

static uint32_t
length(const struct plan_tag *t)
{
	return (uint32_t)(t->dies - t->born);
}

static bool
overlap(const struct plan_tag *x, const struct plan_tag *y)
{
	return x->born < y->dies && y->born < x->dies;
}

/* Does the tag occupy its bits between instant b and the next? */
static bool
crosses(const struct plan_tag *t, int b)
{
	return (int)t->born <= b && b < (int)t->dies;
}

/* --- one after the other ------------------------------------------------------------------------------- */

static int
wider(const void *x, const void *y)
{
	const struct plan_tag *a = *(const struct plan_tag *const *)x, *b = *(const struct plan_tag *const *)y;

	return a->width != b->width ? (a->width < b->width ? 1 : -1) : (a->index > b->index) - (a->index < b->index);
}

static int
longer(const void *x, const void *y)
{
	const struct plan_tag *a = *(const struct plan_tag *const *)x, *b = *(const struct plan_tag *const *)y;

	return length(a) != length(b) ? (length(a) < length(b) ? 1 : -1) : wider(x, y);
}

static const struct plan_tag **
sorted(const struct plan *p, int (*order)(const void *, const void *))
{
	const struct plan_tag **v = arena_array(p->arena, const struct plan_tag *, p->tags.n + 1);

	for (uint32_t i = 0; i < p->tags.n; i++)
		v[i] = &p->tags.v[i];
	qsort(v, p->tags.n, sizeof(*v), order);
	return v;
}

/* The first bit from `lo` on that a tag of those placed leaves free for t; slot's width: none. */
static uint32_t
find_room(const struct layout *l, const struct plan_tag *const *placed, uint32_t n, const struct plan_tag *t,
	  uint32_t slot)
{
	uint32_t lo = 0, width = l->slots.v[slot].width;
	bool moved = true;

	while (moved && lo + t->width <= width) {
		moved = false;
		for (uint32_t i = 0; i < n; i++) {
			const struct plan_tag *o = placed[i];
			uint32_t at = l->lo[o->index];

			if (l->slot[o->index] == slot && overlap(o, t) && at < lo + t->width && lo < at + o->width) {
				lo = at + o->width;
				moved = true;
			}
		}
	}
	return lo + t->width <= width ? lo : width;
}

/* First fit: a slot is as wide as its first tag, narrower ones fill what is free of its bits. */
static struct layout
first_fit(const struct plan *p, int (*order)(const void *, const void *), bool share)
{
	const struct plan_tag **v = sorted(p, order);
	struct layout l = { .slot = arena_array(p->arena, uint32_t, p->tags.n + 1),
			    .lo = arena_array(p->arena, uint32_t, p->tags.n + 1) };

	for (uint32_t i = 0; i < p->tags.n; i++) {
		const struct plan_tag *t = v[i];
		uint32_t s = share ? 0 : l.slots.n, lo = 0;

		for (; s < l.slots.n; s++) {
			lo = find_room(&l, v, i, t, s);
			if (lo < l.slots.v[s].width)
				break;
		}
		if (s == l.slots.n) {
			vec_push(p->arena, &l.slots, (struct plan_slot){ t->width });
			l.bits += t->width;
			lo = 0;
		}
		l.slot[t->index] = s;
		l.lo[t->index] = lo;
	}
	return l;
}

/* --- exactly ---------------------------------------------------------------------------------------------- */

/* Three boundaries are few enough for a layout without waste: what lives longest from the left at the bottom, what ends last from
 * the top, and in between whoever crosses only one. At each boundary the two stacks hold what crosses it, so that they meet only
 * when that is more than all there is. */
static uint32_t
stack_up(const struct plan *p, struct layout *l)
{
	uint32_t at = 0, above;

	vec_each(t, &p->tags)
		if (t->born == IR_AT_IN && t->dies == IR_AT_OUT) {
			l->lo[t->index] = at;
			at += t->width;
		}
	vec_each(t, &p->tags)
		if (t->born == IR_AT_IN && t->dies == IR_AT_DEQ) {
			l->lo[t->index] = at;
			at += t->width;
		}
	for (int b = IR_AT_IN; b <= IR_AT_MID; b++) {
		above = at;
		vec_each(t, &p->tags)
			if ((int)t->born == b && (int)t->dies == b + 1) {
				l->lo[t->index] = above;
				above += t->width;
			}
	}
	return at;
}

static void
stack_down(const struct plan *p, struct layout *l)
{
	uint32_t at = l->bits;

	for (int b = IR_AT_MID; b <= IR_AT_DEQ; b++)
		vec_each(t, &p->tags)
			if ((int)t->born == b && t->dies == IR_AT_OUT) {
				at -= t->width;
				l->lo[t->index] = at;
			}
}

/* Cuts the one row of bits into slots where no tag goes across. */
static void
split(const struct plan *p, struct layout *l)
{
	bool *inside = arena_array(p->arena, bool, l->bits + 1); /* no cut below this bit */
	uint32_t begin = 0;

	vec_each(t, &p->tags)
		for (uint32_t i = l->lo[t->index] + 1; i < l->lo[t->index] + t->width; i++)
			inside[i] = true;
	for (uint32_t i = 1; i <= l->bits; i++) {
		if (i < l->bits && inside[i])
			continue;
		vec_each(t, &p->tags)
			if (l->lo[t->index] >= begin && l->lo[t->index] < i)
				l->slot[t->index] = l->slots.n;
		vec_push(p->arena, &l->slots, (struct plan_slot){ i - begin });
		begin = i;
	}
}

static struct layout
exact(const struct plan *p, uint32_t bits)
{
	struct layout l = { .slot = arena_array(p->arena, uint32_t, p->tags.n + 1),
			    .lo = arena_array(p->arena, uint32_t, p->tags.n + 1), .bits = bits };
	uint32_t *begins = arena_array(p->arena, uint32_t, bits + 1), begin = 0;

	stack_up(p, &l);
	stack_down(p, &l);
	split(p, &l);
	vec_each(s, &l.slots) {
		begins[s - l.slots.v] = begin;
		begin += s->width;
	}
	vec_each(t, &p->tags)
		l.lo[t->index] -= begins[l.slot[t->index]];
	return l;
}

/* --- the better one ------------------------------------------------------------------------------------- */

static uint32_t
most_live(struct plan *p)
{
	uint32_t most = 0;

	for (int b = 0; b < IR_AT_OUT; b++) {
		uint32_t bits = 0;

		vec_each(t, &p->tags)
			bits += crosses(t, b) ? t->width : 0;
		p->live_bits[b] = bits + p->flag_bits[b];
		if (bits > most)
			most = bits;
	}
	return most;
}

static uint32_t
flag_width(const struct plan *p)
{
	uint32_t follows = p->flag_bits[IR_AT_IN] - (uint32_t)p->marks_ingress;

	return (p->marks_ingress || p->marks_egress) + follows;
}

void
place_slots(struct plan *p)
{
	uint32_t least = most_live(p);
	struct layout best;

	best = first_fit(p, wider, p->placement != PLAN_APART);
	if (best.bits > least && p->placement != PLAN_APART) {
		struct layout other = first_fit(p, longer, true);

		best = other.bits < best.bits ? other : best;
		if (best.bits > least)
			best = exact(p, least);
	}
	vec_each(t, &p->tags) {
		t->slot = best.slot[t->index];
		t->lo = best.lo[t->index];
	}
	vec_each(s, &best.slots)
		vec_push(p->arena, &p->slots, *s);
	p->allocated = best.bits + flag_width(p);
}
