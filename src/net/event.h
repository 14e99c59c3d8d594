/* event.h - what happens next, in virtual time: a queue of events, each at its time.
 *
 * An event is part of what it is about (a port, a packet, a timer), so nothing is allocated for it:
 *
 *	struct port { struct event sent; ... };
 *	port->sent.run = port_sent;               once
 *	events_add(&world->events, &port->sent, at);
 *
 * It may be added again as soon as it runs, but is in the queue at most once. Events of one time run in the order in
 * which they were added, so a run depends on nothing but its input. The unit of time is the caller's.
 *
 * The near future is a wheel of EVENTS_BUCKETS lists, each for 2^shift units of time; what comes later waits in a heap until the wheel
 * gets there. With about one event per list an event costs a third of what it costs in a heap alone (docs/hpcc.md). */
#ifndef NET_EVENT_H
#define NET_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

#define EVENTS_BUCKETS 4096

struct event {
	void (*run)(struct event *e, void *world); /* the caller's */
	struct event *next;			   /* the queue's, as `at` */
	uint64_t at;
};

struct event_list {
	struct event *first, *last;
};

struct event_later {
	uint64_t at, order; /* of adding */
	struct event *event;
};

struct events {
	struct arena *arena;
	unsigned shift;
	struct event_list *near;
	uint64_t *used;			/* a bit per list: not empty */
	VEC(struct event_later) later;	/* a heap, earliest first */
	uint64_t now;			/* of the event that runs, or ran last; 0 before the first */
	uint64_t added, ran;
};

/* Memory comes from `a`: the wheel, and for the heap up to twice the most that ever waited in it. */
void events_init(struct events *q, struct arena *a, unsigned shift);
/* `at` must not be before `now`. */
void events_add(struct events *q, struct event *e, uint64_t at);
/* The time of the next event; false when there is none. */
bool events_next(const struct events *q, uint64_t *ret_at);
/* Runs all events up to and including `until`, also those that are added meanwhile. */
void events_run(struct events *q, void *world, uint64_t until);

#endif
