#include "net/event.h"

#include "base/diag.h"

void
events_init(struct events *q, struct arena *a, unsigned shift)
{
	*q = (struct events){ .arena = a, .shift = shift };
	q->near = arena_array(a, struct event_list, EVENTS_BUCKETS);
	q->used = arena_array(a, uint64_t, EVENTS_BUCKETS / 64);
}

/* Behind all that are as early: those were added before. */
static void
near_add(struct events *q, struct event *e)
{
	uint32_t i = (e->at >> q->shift) % EVENTS_BUCKETS;
	struct event_list *l = &q->near[i];
	struct event **at = &l->first;

	if (l->first && l->last->at <= e->at)
		at = &l->last->next;
	else
		while (*at && (*at)->at <= e->at)
			at = &(*at)->next;
	e->next = *at;
	*at = e;
	if (!e->next)
		l->last = e;
	q->used[i / 64] |= UINT64_C(1) << i % 64;
}

static bool
earlier(const struct event_later *a, const struct event_later *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void
later_add(struct events *q, struct event_later new)
{
	uint32_t i = q->later.n;

	vec_push(q->arena, &q->later, new);
	for (; i && earlier(&new, &q->later.v[(i - 1) / 2]); i = (i - 1) / 2)
		q->later.v[i] = q->later.v[(i - 1) / 2];
	q->later.v[i] = new;
}

static struct event *
later_take(struct events *q)
{
	struct event_later *v = q->later.v, moved = v[--q->later.n];
	struct event *first = v[0].event;
	uint32_t n = q->later.n, i = 0, child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && earlier(&v[child + 1], &v[child]))
			child++;
		if (earlier(&moved, &v[child]))
			break;
		v[i] = v[child];
		i = child;
	}
	v[i] = moved;
	return first;
}

/* Whether the wheel, as it stands, has a list for `at`. */
static bool
is_near(const struct events *q, uint64_t at)
{
	return (at >> q->shift) - (q->now >> q->shift) < EVENTS_BUCKETS;
}

void
events_add(struct events *q, struct event *e, uint64_t at)
{
	if (at < q->now)
		bug("an event before now");
	e->at = at;
	if (is_near(q, at))
		near_add(q, e);
	else
		later_add(q, (struct event_later){ .at = at, .order = q->added, .event = e });
	q->added++;
}

/* The earliest list that is not empty, from that of `now` on around the wheel. */
static struct event_list *
near_first(const struct events *q)
{
	uint32_t start = (q->now >> q->shift) % EVENTS_BUCKETS, word = start / 64;
	uint64_t bits;

	if (q->near[start].first)
		return &q->near[start];
	bits = q->used[word] & ~UINT64_C(0) << start % 64;
	for (uint32_t i = 0; i <= EVENTS_BUCKETS / 64; i++) {
		if (bits)
			return &q->near[word * 64 + (uint32_t)__builtin_ctzll(bits)];
		word = (word + 1) % (EVENTS_BUCKETS / 64);
		bits = q->used[word];
	}
	return NULL;
}

bool
events_next(const struct events *q, uint64_t *ret_at)
{
	const struct event_list *l = near_first(q);

	if (!l && !q->later.n)
		return false;
	*ret_at = l ? l->first->at : q->later.v[0].at;
	return true;
}

/* The wheel turns: lists that have passed stand for later times now. */
static void
advance(struct events *q, uint64_t now)
{
	q->now = now;
	while (q->later.n && is_near(q, q->later.v[0].at))
		near_add(q, later_take(q));
}

static struct event *
near_take(struct events *q, struct event_list *l)
{
	struct event *e = l->first;
	uint32_t i = (uint32_t)(l - q->near);

	l->first = e->next;
	if (!l->first)
		q->used[i / 64] &= ~(UINT64_C(1) << i % 64);
	return e;
}

void
events_run(struct events *q, void *world, uint64_t until)
{
	for (;;) {
		struct event_list *l = near_first(q);
		struct event *e;

		if (!l && q->later.n && q->later.v[0].at <= until) {
			advance(q, q->later.v[0].at);
			l = near_first(q);
		}
		if (!l || l->first->at > until)
			return;
		e = near_take(q, l);
		advance(q, e->at);
		q->ran++;
		e->run(e, world);
	}
}
