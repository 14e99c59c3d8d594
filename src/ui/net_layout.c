/* net_layout.c - stress of a drawing, reduced by gradient descent on one pair of nodes after the other, with steps that get smaller (Zheng, Pawar and Goodman,
 * "Graph Drawing by Stochastic Gradient Descent"). */
#include "ui/net_layout.h"

#include <math.h>

#include "base/random.h"

#define PASSES 30
#define PAIRS_MAX 1500000 /* of larger networks some pairs are drawn */
#define LEAST_HEIGHT 200
#define APART 22.0 /* of nodes that places would put on top of each other */

struct pair {
	uint32_t a, b;
	double distance;
};

struct layout {
	struct arena *arena;
	const struct net_topology *t;
	struct random random;
	struct net_point *at;
	VEC(struct pair) pairs;
};

/* --- pairs with their distances in the graph --- */

static void
distances(const struct net_topology *t, uint32_t from, uint32_t *ret, uint32_t *queue)
{
	uint32_t head = 0, n = 0;

	memset(ret, 0xff, t->nodes.n * sizeof(*ret));
	ret[from] = 0;
	queue[n++] = from;
	while (head < n) {
		uint32_t at = queue[head++];

		vec_each(p, &t->nodes.v[at].ports) {
			uint32_t next = net_peer(t, p).node;

			if (ret[next] != UINT32_MAX)
				continue;
			ret[next] = ret[at] + 1;
			queue[n++] = next;
		}
	}
}

static void
add_pairs(struct layout *l)
{
	uint32_t n = l->t->nodes.n, *distance = arena_array(l->arena, uint32_t, n), *queue = arena_array(l->arena, uint32_t, n);
	bool all = (uint64_t)n * (n - 1) / 2 <= PAIRS_MAX;
	double apart = 1 + sqrt(n); /* of parts that are not joined */

	for (uint32_t a = 0; a < n; a++) {
		distances(l->t, a, distance, queue);
		for (uint32_t b = a + 1; b < n; b++) {
			double d = distance[b] == UINT32_MAX ? apart : distance[b];

			if (all || d == 1 || random_below(&l->random, (uint64_t)n * (n - 1) / 2) < PAIRS_MAX)
				vec_push(l->arena, &l->pairs, (struct pair){ a, b, d });
		}
	}
}

/* --- descent --- */

static void
shuffle(struct layout *l)
{
	for (uint32_t i = l->pairs.n; i > 1; i--) {
		uint32_t k = (uint32_t)random_below(&l->random, i);
		struct pair p = l->pairs.v[i - 1];

		l->pairs.v[i - 1] = l->pairs.v[k];
		l->pairs.v[k] = p;
	}
}

static void
move(struct layout *l, const struct pair *p, double step)
{
	struct net_point *a = &l->at[p->a], *b = &l->at[p->b];
	double dx = a->x - b->x, dy = a->y - b->y, now = sqrt(dx * dx + dy * dy);
	double weight = step / (p->distance * p->distance), by;

	if (weight > 1)
		weight = 1;
	if (now < 1e-9)
		return;
	by = weight * (now - p->distance) / 2 / now;
	a->x -= by * dx;
	a->y -= by * dy;
	b->x += by * dx;
	b->y += by * dy;
}

static void
descend(struct layout *l)
{
	double longest = 1, first, last = 0.1;

	vec_each(p, &l->pairs)
		longest = p->distance > longest ? p->distance : longest;
	first = longest * longest;
	for (uint32_t i = 0; i < l->t->nodes.n; i++)
		l->at[i] = (struct net_point){ (double)random_below(&l->random, 1u << 20) / (1u << 20),
					       (double)random_below(&l->random, 1u << 20) / (1u << 20) };
	for (uint32_t pass = 0; pass < PASSES; pass++) {
		double step = first * pow(last / first, (double)pass / (PASSES - 1));

		shuffle(l);
		vec_each(p, &l->pairs)
			move(l, p, step);
	}
}

/* The longest direction becomes the horizontal one. */
static void
turn(struct layout *l)
{
	double mx = 0, my = 0, xx = 0, xy = 0, yy = 0, angle;
	uint32_t n = l->t->nodes.n;

	for (uint32_t i = 0; i < n; i++) {
		mx += l->at[i].x / n;
		my += l->at[i].y / n;
	}
	for (uint32_t i = 0; i < n; i++) {
		double x = l->at[i].x - mx, y = l->at[i].y - my;

		xx += x * x;
		xy += x * y;
		yy += y * y;
	}
	angle = -0.5 * atan2(2 * xy, xx - yy);
	for (uint32_t i = 0; i < n; i++) {
		double x = l->at[i].x - mx, y = l->at[i].y - my;

		l->at[i] = (struct net_point){ x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle) };
	}
}

/* --- places that are known --- */

/* Hosts whose place isn't known stand around their switch. */
static void
use_places(struct layout *l)
{
	const struct net_topology *t = l->t;

	for (uint32_t i = 0; i < t->nodes.n; i++)
		l->at[i] = (struct net_point){ t->nodes.v[i].x, t->nodes.v[i].y };
	vec_each(h, &t->hosts) {
		const struct net_node *node = &t->nodes.v[*h], *at = &t->nodes.v[net_switch_of(t, *h)];

		if (node->x == 0 && node->y == 0)
			l->at[*h] = (struct net_point){ at->x + 0.25, at->y + 0.25 };
	}
}

/* --- to the drawing's size --- */

/* As large as there is room for, and as much in one direction as in the other: a chain stays thin, and its hosts close. */
static double
fit(struct layout *l, double width, double tallest)
{
	double left = l->at[0].x, right = left, top = l->at[0].y, bottom = top, scale, height;

	for (uint32_t i = 0; i < l->t->nodes.n; i++) {
		left = fmin(left, l->at[i].x);
		right = fmax(right, l->at[i].x);
		top = fmin(top, l->at[i].y);
		bottom = fmax(bottom, l->at[i].y);
	}
	scale = fmin(width / fmax(right - left, 1e-9), tallest / fmax(bottom - top, 1e-9));
	height = fmax(LEAST_HEIGHT, scale * (bottom - top));
	for (uint32_t i = 0; i < l->t->nodes.n; i++) {
		l->at[i].x = width / 2 + scale * (l->at[i].x - (left + right) / 2);
		l->at[i].y = height / 2 + scale * (l->at[i].y - (top + bottom) / 2);
	}
	return height;
}

/* Pushes two nodes away from each other, if they are too near. */
static bool
push(struct net_point *a, struct net_point *b, double angle)
{
	double x = b->x - a->x, y = b->y - a->y, distance = hypot(x, y), by;

	if (distance >= APART - 0.5)
		return false;
	if (distance < 1e-3) {
		x = cos(angle);
		y = sin(angle);
		distance = 0;
	} else {
		x /= distance;
		y /= distance;
	}
	by = (APART - distance) / 2;
	*a = (struct net_point){ a->x - by * x, a->y - by * y };
	*b = (struct net_point){ b->x + by * x, b->y + by * y };
	return true;
}

/* Places may be the same, or nearly: two nodes in one town. */
static void
part(struct layout *l, double width, double height)
{
	uint32_t n = l->t->nodes.n;
	bool moved = (uint64_t)n * n <= 4 * PAIRS_MAX;

	for (uint32_t pass = 0; moved && pass < PASSES; pass++) {
		moved = false;
		for (uint32_t b = 1; b < n; b++)
			for (uint32_t a = 0; a < b; a++)
				moved |= push(&l->at[a], &l->at[b], 2.4 * b);
		for (uint32_t i = 0; i < n; i++) {
			l->at[i].x = fmin(fmax(l->at[i].x, 0), width);
			l->at[i].y = fmin(fmax(l->at[i].y, 0), height);
		}
	}
}

struct net_point *
net_layout(struct arena *a, const struct net_topology *t, double width, double tallest, double *ret_height)
{
	struct layout l = { .arena = a, .t = t };

	random_init(&l.random, 1, t->nodes.n);
	l.at = arena_array(a, struct net_point, t->nodes.n);
	if (t->is_placed) {
		use_places(&l);
	} else {
		add_pairs(&l);
		descend(&l);
		turn(&l);
	}
	*ret_height = fit(&l, width, tallest);
	if (t->is_placed && t->is_map)
		part(&l, width, *ret_height);
	return l.at;
}
