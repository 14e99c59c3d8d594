/* event.h - what happens next, in virtual time: a queue of events, each at its time.
 *
 * An event is part of what it is about (a port, a packet, a timer), so nothing is allocated for it:
 *
 *	struct port { struct event sent; ... };
 *	port->sent.run = port_sent;               once
 *	events_add(&world->events, &port->sent, at);
 *
 * It may be added again as soon as it runs, but is in the queue at most once. Events of one time run in the order in
 * which they were added, so a run depends on nothing but its input. The unit of time is the caller's. */
#ifndef NET_EVENT_H
#define NET_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct event {
	void (*run)(struct event *e, void *world);
};

struct event_entry {
	uint64_t at, order; /* of adding */
	struct event *event;
};

/* A heap, earliest first. It grows in its arena, to twice the most events that ever waited; zeroed memory with an arena is an
 * empty one. */
struct events {
	struct arena *arena;
	VEC(struct event_entry) heap;
	uint64_t now; /* of the event that runs, or ran last */
	uint64_t added, ran;
};

/* `at` must not be before `now`. */
void events_add(struct events *q, struct event *e, uint64_t at);
/* The time of the next event; false when there is none. */
bool events_next(const struct events *q, uint64_t *ret_at);
/* Runs all events up to and including `until`, also those that are added meanwhile. `now` is `until` afterwards. */
void events_run(struct events *q, void *world, uint64_t until);

#endif
