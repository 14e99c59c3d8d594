/* Loose rows of one key become one. Each finds its key's row by hash; where there are few, or where they come in order, by sorting. Hashes of keys that
 * somebody has chosen to meet are noticed by the probes that they take: then rows are sorted, too. */
#include "ir/evaluator.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/diag.h"

#define FEW 32	   /* rows that are sorted at once */
#define BLOCK 16   /* rows whose slots are asked for together */
#define PROBES 16  /* a row, at most, on the average */

/* A row's only value, a sum in one word: NULL when there are others. */
static const struct eval_place *
only_sum(const struct eval_fold *f)
{
	const struct ir_partial *layout = &f->layout;
	const struct eval_place *p = &f->packing.places[layout->nkeys];

	return layout->nvalues == 1 && layout->merge[0] == IR_MERGE_SUM && !p->wide &&
			       layout->columns.v[layout->nkeys].type.kind != IR_FLOAT
		       ? p
		       : NULL;
}

static void
merge_into(const struct eval_fold *f, uint64_t *to, const uint64_t *row)
{
	const struct ir_partial *layout = &f->layout;

	for (uint32_t i = layout->nkeys; i < layout->nkeys + layout->nvalues; i++) {
		const struct eval_place *p = &f->packing.places[i];
		struct ir_type t = layout->columns.v[i].type;
		int how = (int)layout->merge[i - layout->nkeys];

		eval_cell c;

		if (how == IR_MERGE_SUM && !p->wide && t.kind != IR_FLOAT) {
			to[p->word] = (to[p->word] + row[p->word]) & p->mask;
			continue;
		}
		c = eval_cell_merge(how, t, eval_packed_cell(p, to), eval_packed_cell(p, row));
		to[p->word] = 0;
		eval_pack_add(p, to, c);
	}
}

static inline bool
same_key(const uint64_t *a, const uint64_t *b, uint32_t nkeys)
{
	for (uint32_t i = 0; i < nkeys; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* --- by sorting --------------------------------------------------------------------------------- */

/* Rows in order: those of one key lie side by side. */
static void
merge_neighbours(struct eval_rows *r, const struct eval_fold *f)
{
	const struct eval_packing *p = &f->packing;
	uint64_t *last = r->words;
	uint32_t n = 1;

	for (uint32_t i = 1; i < r->n; i++) {
		const uint64_t *row = r->words + (size_t)i * p->width;

		if (same_key(last, row, p->nkeys)) {
			merge_into(f, last, row);
			continue;
		}
		last += p->width;
		for (uint32_t k = 0; n != i && k < p->width; k++)
			last[k] = row[k];
		n++;
	}
	r->n = r->settled = n;
	r->sorted = true;
	r->nslots = 0;
}

/* --- by hash ------------------------------------------------------------------------------------ */

static inline uint32_t
slot_of(const struct eval_rows *r, const uint64_t *row, uint32_t nkeys)
{
	uint64_t h = 0;

	for (uint32_t i = 0; i < nkeys; i++) {
		h = (h ^ row[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return (uint32_t)h & (r->nslots - 1);
}

/* Room for n rows and three times as many more, and the settled ones in their slots. */
static void
make_slots(struct eval_rows *r, const struct eval_packing *p, uint32_t n)
{
	uint32_t most = 1u << 31;

	for (r->nslots = 128; r->nslots < 8 * (uint64_t)n && r->nslots < most;)
		r->nslots *= 2;
	if (r->nslots > r->slots_room) {
		free(r->slots);
		r->slots = alloc(r->nslots, sizeof(*r->slots));
		r->slots_room = r->nslots;
	} else {
		memset(r->slots, 0, r->nslots * sizeof(*r->slots));
	}
	for (uint32_t i = 0; i < r->settled; i++) {
		uint32_t at = slot_of(r, r->words + (size_t)i * p->width, p->nkeys);

		while (r->slots[at])
			at = (at + 1) & (r->nslots - 1);
		r->slots[at] = i + 1;
	}
}

/* Rows from `first` to `end`, whose places have been asked for. Returns how many probes they took. */
static inline __attribute__((always_inline)) uint32_t
find_block(struct eval_rows *r, const struct eval_fold *f, uint32_t first, uint32_t end, const uint32_t *places, const uint32_t nkeys)
{
	const struct eval_place *sum = only_sum(f);
	const struct eval_packing *p = &f->packing;
	uint32_t probes = 0;

	for (uint32_t i = first; i < end; i++) {
		uint64_t *row = r->words + (size_t)i * p->width, *old = NULL;
		uint32_t at = places[i - first], slot;

		for (; (slot = r->slots[at]); at = (at + 1) & (r->nslots - 1), probes++) {
			old = r->words + (size_t)(slot - 1) * p->width;
			if (same_key(old, row, nkeys))
				break;
		}
		if (slot && sum) {
			old[sum->word] = (old[sum->word] + row[sum->word]) & sum->mask;
			continue;
		}
		if (slot) {
			merge_into(f, old, row);
			continue;
		}
		for (uint32_t k = 0; r->settled != i && k < p->width; k++)
			r->words[(size_t)r->settled * p->width + k] = row[k];
		r->slots[at] = ++r->settled;
	}
	return probes;
}

/* False: keys meet too often; the rows that are left are behind those that are settled. */
static inline __attribute__((always_inline)) bool
merge_hashed(struct eval_rows *r, const struct eval_fold *f, const uint32_t nkeys)
{
	const struct eval_packing *p = &f->packing;
	uint64_t left = PROBES * (uint64_t)(r->n - r->settled);
	uint32_t places[BLOCK], end;

	for (uint32_t i = r->settled; i < r->n; i = end) {
		uint32_t probes;

		end = r->n - i < BLOCK ? r->n : i + BLOCK;
		if (r->settled + BLOCK > r->nslots / 2)
			make_slots(r, p, r->settled + BLOCK);
		for (uint32_t k = i; k < end; k++) {
			places[k - i] = slot_of(r, r->words + (size_t)k * p->width, nkeys);
			__builtin_prefetch(&r->slots[places[k - i]], 1);
		}
		probes = find_block(r, f, i, end, places, nkeys);
		if (probes > left) {
			memmove(r->words + (size_t)r->settled * p->width, r->words + (size_t)end * p->width,
				(size_t)(r->n - end) * p->width * sizeof(*r->words));
			r->n = r->settled + (r->n - end);
			return false;
		}
		left -= probes;
	}
	r->n = r->settled;
	return true;
}

static bool
merge_by_hash(struct eval_rows *r, const struct eval_fold *f)
{
	const struct eval_packing *p = &f->packing;

	r->sorted = false;
	if (p->nkeys == 1)
		return merge_hashed(r, f, 1);
	if (p->nkeys == 2)
		return merge_hashed(r, f, 2);
	return merge_hashed(r, f, p->nkeys);
}

void
eval_rows_settle(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s)
{
	const struct eval_packing *p = &f->packing;

	if (!r->loose || r->settled == r->n)
		return;
	if (r->n > FEW && !r->crowded && !(r->settled == 0 && eval_words_ordered(r, p))) {
		r->crowded = !merge_by_hash(r, f);
		if (!r->crowded)
			return;
	}
	if (!eval_words_ordered(r, p))
		eval_words_order(r, p, s);
	merge_neighbours(r, f);
}

void
eval_rows_sort(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s)
{
	eval_rows_settle(r, f, s);
	if (!r->loose || r->sorted || !r->n)
		return;
	if (!eval_words_ordered(r, &f->packing))
		eval_words_order(r, &f->packing, s);
	r->sorted = true;
	r->nslots = 0;
}

bool
eval_rows_by_key(const struct eval_rows *r, const struct ir_partial *layout)
{
	if (!r->loose)
		return false;
	for (uint32_t i = 0; i < layout->nkeys; i++)
		if (layout->columns.v[i].type.kind == IR_FLOAT || ir_is_text(layout->columns.v[i].type.kind))
			return false;
	return true;
}

void
eval_rows_keep(struct eval_rows *r, const struct eval_packing *p, const struct eval_test *t)
{
	const struct eval_place *at = &p->places[t->column];
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++) {
		const uint64_t *row = r->words + (size_t)i * p->width;

		if (!eval_test_passes(t, eval_packed_cell(at, row)))
			continue;
		for (uint32_t k = 0; n != i && k < p->width; k++)
			r->words[(size_t)n * p->width + k] = row[k];
		n++;
	}
	r->nslots = n == r->n ? r->nslots : 0;
	r->n = r->settled = n;
}
