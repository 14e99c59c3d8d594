/* The highest of loose rows: a TOP takes a few of thousands, for which these need neither be sorted nor unpacked. */
#include "ir/evaluator.h"

#include <stdlib.h>

#include "base/arena.h"

/* Rows by the number in a column, then by key. */
struct ranking {
	const struct eval_rows *rows;
	const struct eval_packing *packing;
	const struct eval_place *place;
	uint64_t sign; /* what makes numbers comparable as they lie */
};

static const uint64_t *
row_of(const struct ranking *k, uint32_t i)
{
	return k->rows->words + (size_t)i * k->packing->width;
}

static inline uint64_t
number_of(const struct ranking *k, const uint64_t *row)
{
	return (row[k->place->word] >> k->place->shift & k->place->mask) ^ k->sign;
}

/* Does row a come behind row b? */
static bool
is_below(const struct ranking *k, uint32_t a, uint32_t b)
{
	const uint64_t *x = row_of(k, a), *y = row_of(k, b);
	uint64_t m = number_of(k, x), n = number_of(k, y);

	if (m != n)
		return m < n;
	for (uint32_t i = 0; i < k->packing->nkeys; i++)
		if (x[i] != y[i])
			return x[i] > y[i];
	return false;
}

/* A heap whose lowest row is its first: row `i` takes a place from `at` downwards. */
static void
sink_into(const struct ranking *k, uint32_t *heap, uint32_t n, uint32_t at, uint32_t i)
{
	for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && is_below(k, heap[child + 1], heap[child]))
			child++;
		if (!is_below(k, heap[child], i))
			break;
		heap[at] = heap[child];
	}
	heap[at] = i;
}

static int
cmp_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The rows of the heap, in the order in which they lay. */
static void
leave(struct eval_rows *r, uint32_t width, uint32_t *heap, uint32_t n)
{
	qsort(heap, n, sizeof(*heap), cmp_numbers);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < width; k++)
			r->words[(size_t)i * width + k] = r->words[(size_t)heap[i] * width + k];
	r->n = r->settled = n;
	r->nslots = 0;
}

void
eval_rows_top(struct eval_rows *r, const struct eval_packing *p, uint32_t column, uint32_t n, struct arena *a)
{
	const struct eval_place *place = &p->places[column];
	struct ranking k = { r, p, place, place->is_signed && !place->flip ? place->mask ^ place->mask >> 1 : 0 };
	uint32_t *heap;

	if (!n || r->n <= n)
		return;
	heap = arena_array(a, uint32_t, n);
	for (uint32_t i = 0; i < n; i++)
		heap[i] = i;
	for (uint32_t i = n / 2; i-- > 0;)
		sink_into(&k, heap, n, i, heap[i]);
	for (uint32_t i = n; i < r->n; i++)
		if (is_below(&k, heap[0], i))
			sink_into(&k, heap, n, 0, i);
	leave(r, p->width, heap, n);
}
