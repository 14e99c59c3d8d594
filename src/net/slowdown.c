#include "net/slowdown.h"

#include <stdlib.h>
#include <string.h>

static int
by_size(const void *x, const void *y)
{
	const struct fabric_result *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
by_value(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static double
slowdown_of(const struct fabric_result *r)
{
	double s = (double)r->took_ps / (double)r->ideal_ps;

	return s < 1 ? 1 : s;
}

/* The smallest value that at least `percent` of all don't exceed. */
static double
percentile(const double *sorted, uint32_t n, uint32_t percent)
{
	return sorted[((uint64_t)n * percent + 99) / 100 - 1];
}

static struct slowdown_bucket
bucket(const struct fabric_result *r, uint32_t n, double *room)
{
	struct slowdown_bucket b = { .flows = n };

	if (!n)
		return b;
	b.bytes = r[n - 1].bytes;
	for (uint32_t i = 0; i < n; i++) {
		room[i] = slowdown_of(&r[i]);
		b.mean += room[i] / n;
		b.goodput_bps += (double)r[i].bytes * 8e12 / (double)r[i].took_ps / n;
	}
	qsort(room, n, sizeof(*room), by_value);
	b.p50 = percentile(room, n, 50);
	b.p95 = percentile(room, n, 95);
	b.p99 = percentile(room, n, 99);
	return b;
}

struct slowdown
slowdown_make(struct arena *a, const struct fabric *f)
{
	uint32_t n = f->results.n;
	struct fabric_result *r;
	struct slowdown s = { 0 };
	double *room;

	if (!n)
		return s;
	r = arena_copy(a, f->results.v, n * sizeof(*r));
	room = arena_array(a, double, n);
	qsort(r, n, sizeof(*r), by_size);
	for (uint32_t i = 0; i < SLOWDOWN_BUCKETS; i++) {
		uint32_t from = (uint32_t)((uint64_t)n * i / SLOWDOWN_BUCKETS);
		uint32_t to = (uint32_t)((uint64_t)n * (i + 1) / SLOWDOWN_BUCKETS);

		s.buckets[i] = bucket(r + from, to - from, room);
	}
	s.all = bucket(r, n, room);
	for (uint32_t i = 0; i < n; i++)
		s.mean_ps += (double)r[i].took_ps / n;
	return s;
}
