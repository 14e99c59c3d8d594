/* Tables with ranges: rows in order of priority, one after the other in memory. */
#include <stdlib.h>

#include "switch/memory.h"
#include "switch/table_own.h"

static size_t
row_words(const struct table *o)
{
	return 3 * (size_t)o->t.words + 1;
}

static uint64_t *
row_at(const struct table *o, uint32_t i)
{
	return o->rows + i * row_words(o);
}

static const struct ps_entry *
entry_at(const struct table *o, uint32_t i)
{
	return sw_row_entry(o, (uint32_t)row_at(o, i)[3 * o->t.words]);
}

/* Where a row with this priority and handle belongs. */
static uint32_t
place(const struct table *o, int32_t priority, uint32_t handle)
{
	uint32_t lo = 0, hi = o->t.nrows;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct ps_entry *e = entry_at(o, mid);

		if (e->priority < priority || (e->priority == priority && e->handle < handle))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
sw_rows_put(struct table *o, uint32_t handle)
{
	uint32_t at = place(o, sw_row_entry(o, handle)->priority, handle), words = o->t.words;
	size_t size = row_words(o) * sizeof(uint64_t);
	uint64_t *row;

	if (o->t.nrows == o->rows_cap) {
		uint32_t cap = o->rows_cap ? o->rows_cap * 2 : 16;

		o->t.rows = o->rows = sw_grow(o->rows, o->rows_cap, cap, size);
		o->rows_cap = cap;
	}
	row = row_at(o, at);
	memmove(row_at(o, at + 1), row, (o->t.nrows - at) * size);
	memcpy(row, sw_row_key(o, handle), words * sizeof(*row));
	memcpy(row + words, sw_row_mask(o, handle), words * sizeof(*row));
	memcpy(row + 2 * words, sw_row_high(o, handle), words * sizeof(*row));
	row[3 * words] = handle;
	o->work += o->t.nrows - at + 1;
	o->t.nrows++;
}

void
sw_rows_remove(struct table *o, uint32_t handle)
{
	uint32_t at = place(o, sw_row_entry(o, handle)->priority, handle);

	o->t.nrows--;
	memmove(row_at(o, at), row_at(o, at + 1), (o->t.nrows - at) * row_words(o) * sizeof(uint64_t));
	o->work += o->t.nrows - at + 1;
}

bool
sw_rows_know(const struct table *o, uint32_t handle)
{
	size_t size = o->t.words * sizeof(uint64_t);
	int32_t priority = sw_row_entry(o, handle)->priority;

	for (uint32_t i = place(o, priority, 0); i < o->t.nrows && entry_at(o, i)->priority == priority; i++) {
		uint32_t x = entry_at(o, i)->handle;

		if (!memcmp(sw_row_key(o, x), sw_row_key(o, handle), size) &&
		    !memcmp(sw_row_mask(o, x), sw_row_mask(o, handle), size) &&
		    !memcmp(sw_row_high(o, x), sw_row_high(o, handle), size))
			return true;
	}
	return false;
}
