/* The queues between the controls. A packet's earliest departure (`due`) is fixed when it is enqueued, as in BMv2; when it
 * really leaves depends, for ports with a rate, on when the port is free and on higher priorities. Whatever
 * could have left by now is taken out of the queues ("settled") before anything is put in or taken. */
#include <errno.h>

#include "switch/internal.h"

#define NS 1000000000u

static bool
is_bounded(const struct queue *q)
{
	return q->depth_is_bytes || !q->depth;
}

void
sw_queues_init(struct queues *q, const struct sw_config *c)
{
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		struct port *p = &q->ports[i];

		p->next = UINT64_MAX;
		p->bps = c->port_bps;
		q->rated += c->port_bps != 0;
		for (uint32_t k = 0; k < SW_PRIORITIES; k++) {
			p->queues[k].depth_is_bytes = c->depth_is_bytes;
			p->queues[k].depth = c->depth ? c->depth : c->depth_is_bytes ? 65536 : SW_DEPTH;
			p->queues[k].pps = c->queue_pps;
			q->rated += c->queue_pps != 0;
			q->bounded += is_bounded(&p->queues[k]);
		}
	}
}

static uint64_t
room(const struct queue *q)
{
	return q->depth_is_bytes ? q->depth / SW_BYTES_MIN + 1 : q->depth;
}

uint64_t
sw_queues_room(const struct queues *q)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < SW_QUEUES; i++)
		if (__builtin_add_overflow(n, room(&q->ports[i / SW_PRIORITIES].queues[i % SW_PRIORITIES]), &n))
			return UINT64_MAX;
	return n;
}

/* --- the heap of ports, by time, then port --- */

static bool
earlier(const struct queues *q, uint16_t a, uint16_t b)
{
	uint64_t x = q->ports[a].next, y = q->ports[b].next;

	return x != y ? x < y : a < b;
}

static void
heap_set(struct queues *q, uint32_t at, uint16_t port)
{
	q->heap[at] = port;
	q->ports[port].heap_at = at + 1;
}

static void
heap_up(struct queues *q, uint32_t at)
{
	uint16_t port = q->heap[at];

	while (at && earlier(q, port, q->heap[(at - 1) / 2])) {
		heap_set(q, at, q->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(q, at, port);
}

static void
heap_down(struct queues *q, uint32_t at)
{
	uint16_t port = q->heap[at];

	for (;;) {
		uint32_t child = at * 2 + 1;

		if (child >= q->nheap)
			break;
		if (child + 1 < q->nheap && earlier(q, q->heap[child + 1], q->heap[child]))
			child++;
		if (!earlier(q, q->heap[child], port))
			break;
		heap_set(q, at, q->heap[child]);
		at = child;
	}
	heap_set(q, at, port);
}

static void
heap_remove(struct queues *q, uint32_t at)
{
	uint16_t last = q->heap[--q->nheap];

	q->ports[q->heap[at]].heap_at = 0;
	if (at == q->nheap)
		return;
	heap_set(q, at, last);
	heap_up(q, at);
	heap_down(q, q->ports[last].heap_at - 1);
}

/* --- departures --- */

/* When something next leaves the port's queues: the earliest due packet, once the port is free. */
static uint64_t
departure(const struct port *p)
{
	uint64_t t = UINT64_MAX;

	if (!p->waiting)
		return t;
	for (uint32_t busy = p->busy; busy; busy &= busy - 1) {
		uint64_t due = p->queues[__builtin_ctz(busy)].head->due;

		t = due < t ? due : t;
	}
	return t < p->free && p->bps ? p->free : t;
}

static void
port_moved(struct queues *q, uint32_t port)
{
	struct port *p = &q->ports[port];
	uint64_t next = p->out_head ? p->out_head->deq : departure(p);

	if (next == p->next)
		return;
	p->next = next;
	if (next == UINT64_MAX) {
		heap_remove(q, p->heap_at - 1);
		return;
	}
	if (!p->heap_at)
		heap_set(q, q->nheap++, (uint16_t)port);
	heap_up(q, p->heap_at - 1);
	heap_down(q, p->heap_at - 1);
}

/* time + amount * NS / rate, exactly: *part holds the rest in rate-ths of a nanosecond. */
static uint64_t
add_time(uint64_t time, uint64_t *part, uint64_t amount, uint64_t rate)
{
	ps_u128 sum = (ps_u128)amount * NS + *part;

	*part = (uint64_t)(sum % rate);
	return time + (uint64_t)(sum / rate);
}

/* The port starts to send at `t`. */
static void
occupy(struct port *p, const struct slot *s, uint64_t t)
{
	if (!p->bps)
		return;
	if (t > p->free) {
		p->free = t;
		p->free_part = 0;
	}
	p->free = add_time(p->free, &p->free_part, (uint64_t)s->weight * 8, p->bps);
}

/* The slot is past its queue; egress takes it from there. */
static void
put_out(struct port *p, struct slot *s, uint64_t t, uint64_t behind)
{
	s->next = NULL;
	s->deq = t;
	s->deq_len = (uint32_t)behind;
	s->has_left = true;
	if (p->out_tail)
		p->out_tail->next = s;
	else
		p->out_head = s;
	p->out_tail = s;
}

static void
leave(struct port *p, uint32_t priority, uint64_t t)
{
	struct queue *q = &p->queues[priority];
	struct slot *s = q->head;

	q->head = s->next;
	if (!q->head) {
		q->tail = NULL;
		p->busy &= ~(1u << priority);
	}
	q->n--;
	q->bytes -= s->weight < SW_BYTES_MIN ? SW_BYTES_MIN : s->weight;
	p->waiting--;
	occupy(p, s, t);
	put_out(p, s, t, q->n);
}

static void
settle(struct port *p, uint64_t now)
{
	while (p->waiting) {
		uint64_t t = departure(p);
		uint32_t busy = p->busy, k;

		if (t > now)
			return;
		do {
			k = 31 - (uint32_t)__builtin_clz(busy);
			busy &= ~(1u << k);
		} while (p->queues[k].head->due > t);
		leave(p, k, t);
	}
}

/* --- in and out --- */

static uint64_t
due_time(struct queue *q, uint64_t now)
{
	if (!q->pps)
		return now;
	if (q->has_last)
		q->last = add_time(q->last, &q->last_part, 1, q->pps);
	if (!q->has_last || q->last < now) {
		q->last = now;
		q->last_part = 0;
	}
	q->has_last = true;
	return q->last;
}

bool
sw_queue_put(struct queues *qs, struct slot *s, uint64_t now)
{
	struct port *p = &qs->ports[s->out_port];
	struct queue *q = &p->queues[s->priority];
	uint64_t bytes = s->weight < SW_BYTES_MIN ? SW_BYTES_MIN : s->weight;

	if (p->waiting)
		settle(p, now);
	s->enq = now;
	s->enq_len = (uint32_t)q->n;
	s->was_sent = true;
	if (q->depth_is_bytes ? q->bytes + bytes > q->depth : q->n >= q->depth) {
		q->lost++;
		port_moved(qs, s->out_port);
		return false;
	}
	q->enqueued++;
	if (!p->waiting && !q->pps && !p->bps) {
		put_out(p, s, now, 0); /* nothing holds it */
		port_moved(qs, s->out_port);
		return true;
	}
	s->due = due_time(q, now);
	s->next = NULL;
	if (q->tail)
		q->tail->next = s;
	else
		q->head = s;
	q->tail = s;
	q->n++;
	q->bytes += bytes;
	p->waiting++;
	p->busy |= 1u << s->priority;
	port_moved(qs, s->out_port);
	return true;
}

struct slot *
sw_queue_take(struct queues *q, uint64_t until)
{
	uint32_t port = q->nheap ? q->heap[0] : 0;
	struct port *p = &q->ports[port];
	struct slot *s;

	if (!q->nheap || p->next > until)
		return NULL;
	if (!p->out_head)
		settle(p, p->next);
	s = p->out_head;
	p->out_head = s->next;
	if (!p->out_head)
		p->out_tail = NULL;
	s->next = NULL;
	port_moved(q, port);
	return s;
}

uint64_t
sw_queue_next(const struct queues *q)
{
	return q->nheap ? q->ports[q->heap[0]].next : UINT64_MAX;
}

/* --- configuration --- */

int
sw_queue_set_pps(struct queues *qs, uint32_t port, uint32_t priority, uint64_t pps)
{
	for (uint32_t i = 0; i < SW_QUEUES; i++) {
		struct queue *q = &qs->ports[i / SW_PRIORITIES].queues[i % SW_PRIORITIES];

		if ((port != SW_ALL && port != i / SW_PRIORITIES) ||
		    (priority != SW_ALL && priority != i % SW_PRIORITIES))
			continue;
		qs->rated += (pps != 0) - (uint32_t)(q->pps != 0);
		q->pps = pps;
		q->last_part = 0;
	}
	return 0;
}

int
sw_queue_set_depth(struct queues *qs, uint32_t port, uint32_t priority, uint64_t depth, bool is_bytes)
{
	for (uint32_t i = 0; i < SW_QUEUES; i++) {
		struct queue *q = &qs->ports[i / SW_PRIORITIES].queues[i % SW_PRIORITIES];

		if ((port != SW_ALL && port != i / SW_PRIORITIES) ||
		    (priority != SW_ALL && priority != i % SW_PRIORITIES))
			continue;
		qs->bounded -= is_bounded(q);
		q->depth = depth;
		q->depth_is_bytes = is_bytes;
		qs->bounded += is_bounded(q);
	}
	return 0;
}

int
sw_queue_set_bps(struct queues *q, uint32_t port, uint64_t bps)
{
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		if (port != SW_ALL && port != i)
			continue;
		q->rated += (bps != 0) - (uint32_t)(q->ports[i].bps != 0);
		q->ports[i].bps = bps;
		q->ports[i].free_part = 0;
		port_moved(q, i);
	}
	return 0;
}
