/* cut.c - minimum vertex cuts by maximum flow (Dinic). Every node is an arc from its entry to its exit, as wide as its bits; flow runs
 * from leaves to readers, and the arcs that are full where it can't get any further are the values that cross. */
#include "plan/cut.h"

#include <string.h>

#define WIDE ((uint64_t)1 << 60) /* an arc that is never cut */

struct arc {
	uint32_t to, next; /* next arc of the same vertex, plus one */
	uint64_t room;
};

struct net {
	struct arena *a;
	VEC(struct arc) arcs; /* arc i and i ^ 1 are each other's reverse */
	uint32_t vertices, source, sink;
	uint32_t *first;      /* arc plus one */
	uint32_t *level;      /* distance from the source plus one */
	uint32_t *at;	      /* next arc to try, plus one */
	uint32_t *path;	      /* arcs to where the search stands */
	uint32_t *queue;
};

static uint32_t
entry(uint32_t node)
{
	return 2 * node;
}

static uint32_t
leave(uint32_t node)
{
	return 2 * node + 1;
}

static void
add_arc(struct net *n, uint32_t from, uint32_t to, uint64_t room)
{
	vec_push(n->a, &n->arcs, (struct arc){ to, n->first[from], room });
	n->first[from] = n->arcs.n;
	vec_push(n->a, &n->arcs, (struct arc){ from, n->first[to], 0 });
	n->first[to] = n->arcs.n;
}

static void
build(struct net *n, struct arena *a, const struct cut *c)
{
	uint32_t count = c->nodes.n;

	*n = (struct net){ .a = a, .vertices = 2 * count + 2, .source = 2 * count, .sink = 2 * count + 1 };
	n->first = arena_array(a, uint32_t, n->vertices);
	n->level = arena_array(a, uint32_t, n->vertices);
	n->at = arena_array(a, uint32_t, n->vertices);
	n->path = arena_array(a, uint32_t, n->vertices);
	n->queue = arena_array(a, uint32_t, n->vertices);
	for (uint32_t i = 0; i < count; i++) {
		const struct cut_node *v = &c->nodes.v[i];

		if (v->free)
			continue;
		add_arc(n, entry(i), leave(i), v->known ? v->bits : WIDE);
		if (!v->operands.n)
			add_arc(n, n->source, entry(i), WIDE);
		if (v->wanted)
			add_arc(n, leave(i), n->sink, WIDE);
		vec_each(o, &v->operands)
			if (!c->nodes.v[*o].free)
				add_arc(n, leave(*o), entry(i), WIDE);
	}
}

/* Distances from the source along arcs with room. Does it reach the sink? */
static bool
measure(struct net *n)
{
	uint32_t head = 0, tail = 0;

	memset(n->level, 0, sizeof(*n->level) * n->vertices);
	n->level[n->source] = 1;
	n->queue[tail++] = n->source;
	while (head < tail) {
		uint32_t v = n->queue[head++];

		for (uint32_t i = n->first[v]; i; i = n->arcs.v[i - 1].next) {
			const struct arc *arc = &n->arcs.v[i - 1];

			if (arc->room && !n->level[arc->to]) {
				n->level[arc->to] = n->level[v] + 1;
				n->queue[tail++] = arc->to;
			}
		}
	}
	return n->level[n->sink] != 0;
}

/* Pushes what fits along the path, and returns how many of its arcs still have room in front of the first full one. */
static uint32_t
push(struct net *n, uint32_t depth, uint64_t *total)
{
	uint64_t least = UINT64_MAX;
	uint32_t keep = 0;

	for (uint32_t i = depth; i-- > 0;) {
		uint64_t room = n->arcs.v[n->path[i]].room;

		if (room <= least) {
			least = room;
			keep = i;
		}
	}
	for (uint32_t i = 0; i < depth; i++) {
		n->arcs.v[n->path[i]].room -= least;
		n->arcs.v[n->path[i] ^ 1].room += least;
	}
	*total += least;
	return keep;
}

/* The next arc that leads nearer to the sink, from vertex v; none: 0. */
static uint32_t
advance(struct net *n, uint32_t v)
{
	for (; n->at[v]; n->at[v] = n->arcs.v[n->at[v] - 1].next) {
		const struct arc *arc = &n->arcs.v[n->at[v] - 1];

		if (arc->room && n->level[arc->to] == n->level[v] + 1)
			return n->at[v];
	}
	return 0;
}

/* As much as fits along shortest paths. */
static void
block(struct net *n, uint64_t *total)
{
	uint32_t depth = 0, v = n->source;

	memcpy(n->at, n->first, sizeof(*n->at) * n->vertices);
	for (;;) {
		uint32_t i;

		if (v == n->sink) {
			depth = push(n, depth, total);
			v = n->arcs.v[n->path[depth] ^ 1].to;
		}
		if (*total >= WIDE)
			return;
		i = advance(n, v);
		if (i) {
			n->path[depth++] = i - 1;
			v = n->arcs.v[i - 1].to;
		} else if (depth == 0) {
			return;
		} else {
			n->level[v] = 0; /* a dead end */
			v = n->arcs.v[n->path[--depth] ^ 1].to;
		}
	}
}

/* Marks in `level` what still reaches the sink. */
static void
measure_back(struct net *n)
{
	uint32_t head = 0, tail = 0;

	memset(n->level, 0, sizeof(*n->level) * n->vertices);
	n->level[n->sink] = 1;
	n->queue[tail++] = n->sink;
	while (head < tail) {
		uint32_t v = n->queue[head++];

		for (uint32_t i = n->first[v]; i; i = n->arcs.v[i - 1].next) {
			uint32_t to = n->arcs.v[i - 1].to;

			if (n->arcs.v[(i - 1) ^ 1].room && !n->level[to]) {
				n->level[to] = 1;
				n->queue[tail++] = to;
			}
		}
	}
}

uint64_t
cut_cheapest(struct arena *a, const struct cut *c, bool early, bool *crosses)
{
	struct net n;
	uint64_t total = 0;

	build(&n, a, c);
	while (total < WIDE && measure(&n))
		block(&n, &total);
	if (total >= WIDE)
		return CUT_IMPOSSIBLE;
	if (early)
		measure_back(&n);
	else
		measure(&n);
	for (uint32_t i = 0; i < c->nodes.n; i++) {
		/* before the boundary: what the source still reaches, or what no longer reaches the sink */
		bool in = early ? !n.level[entry(i)] : n.level[entry(i)] != 0;
		bool out = early ? !n.level[leave(i)] : n.level[leave(i)] != 0;

		crosses[i] = in && !out && !c->nodes.v[i].free;
	}
	return total;
}
