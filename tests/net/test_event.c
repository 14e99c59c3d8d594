/* The event queue against a model that looks through all events each time. */
#include "net/event.h"

#include "base/arena.h"
#include "base/random.h"
#include "unit.h"

#define MOST 64

struct world {
	struct events events;
	struct random random;
	struct thing {
		struct event event;
		bool waits;
		uint64_t at, order;
	} things[MOST];
	uint64_t orders, ran, span;
};

static void
add(struct world *w, struct thing *t, uint64_t at)
{
	t->waits = true;
	t->at = at;
	t->order = w->orders++;
	events_add(&w->events, &t->event, at);
}

/* Mostly the near future, often the same time again, sometimes far away. */
static uint64_t
draw(struct world *w)
{
	switch (random_below(&w->random, 4)) {
	case 0:
		return 0;
	case 1:
		return random_below(&w->random, w->span * EVENTS_BUCKETS * 3);
	}
	return random_below(&w->random, w->span);
}

/* Nothing that waits is earlier than what runs. */
static void
run(struct event *e, void *world)
{
	struct world *w = world;
	struct thing *t = (struct thing *)e, *other;

	assert_true(t->waits);
	assert_int_equal(w->events.now, t->at);
	t->waits = false;
	w->ran++;
	for (int i = 0; i < MOST; i++) {
		other = &w->things[i];
		if (other->waits)
			assert_true(other->at > t->at || (other->at == t->at && other->order > t->order));
	}
	for (int i = 0; i < 2; i++) {
		other = &w->things[random_below(&w->random, MOST)];
		if (!other->waits)
			add(w, other, w->events.now + draw(w));
	}
}

static void
test_order(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (unsigned shift = 0; shift <= 12; shift += 3) {
		struct world w = { .span = UINT64_C(3) << shift };
		uint64_t next = 0, until = 0;

		random_init(&w.random, shift, 1);
		events_init(&w.events, a, shift);
		for (int i = 0; i < MOST; i++)
			w.things[i].event.run = run;
		add(&w, &w.things[0], 5);
		while (w.ran < 3000) {
			until += draw(&w);
			events_run(&w.events, &w, until);
			assert_true(!events_next(&w.events, &next) || next > until);
			if (!w.things[1].waits)
				add(&w, &w.things[1], w.events.now + draw(&w));
		}
		assert_int_equal(w.events.ran, w.ran);
	}
	arena_free(a);
}

static void
count(struct event *e, void *world)
{
	(void)e;
	++*(int *)world;
}

static void
test_end(void **state)
{
	struct arena *a = arena_make();
	struct events q;
	struct event e[2] = { { .run = count }, { .run = count } };
	uint64_t at;
	int n = 0;

	(void)state;
	events_init(&q, a, 4);
	assert_false(events_next(&q, &at));
	events_run(&q, &n, UINT64_MAX);
	events_add(&q, &e[0], 100);
	events_add(&q, &e[1], UINT64_MAX);
	events_run(&q, &n, 99);
	assert_int_equal(n, 0);
	assert_int_equal(q.now, 0);
	events_run(&q, &n, 100);
	assert_int_equal(n, 1);
	assert_true(events_next(&q, &at));
	assert_true(at == UINT64_MAX);
	events_run(&q, &n, UINT64_MAX);
	assert_int_equal(n, 2);
	assert_false(events_next(&q, &at));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
