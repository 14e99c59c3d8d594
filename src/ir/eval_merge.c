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
#define TABLES 4   /* whose rows are sorted at once: they have to be, and few of them meet */

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
hash_of(const uint64_t *row, uint32_t nkeys)
{
	uint64_t h = 0;

	for (uint32_t i = 0; i < nkeys; i++) {
		h = (h ^ row[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

static void
take_slots(struct eval_rows *r, struct eval_scratch *s)
{
	free(r->slots);
	r->slots = s->slots;
	r->slots_room = s->slots_room;
	r->top = s->slots_top;
	s->slots = NULL;
	s->slots_room = 0;
}

void
eval_rows_done(struct eval_rows *r, struct eval_scratch *s)
{
	if (r->loose && r->slots_room > s->slots_room) {
		free(s->slots);
		s->slots = r->slots;
		s->slots_room = r->slots_room;
		s->slots_top = r->top;
		r->slots = NULL;
	}
	eval_rows_fini(r);
}

/* Room for n rows, half of it at least free: some of the slots that there are, or new ones. No more than that, as they should stay in the cache. */
static void
find_slots(struct eval_rows *r, struct eval_scratch *s, uint32_t n)
{
	uint32_t most = 1u << 31, wanted = 128;

	while (wanted < 2 * (uint64_t)n && wanted < most)
		wanted *= 2;
	if (wanted > r->slots_room && wanted <= s->slots_room)
		take_slots(r, s);
	if (wanted > r->slots_room) {
		free(r->slots);
		r->slots = alloc(wanted, sizeof(*r->slots));
		r->slots_room = wanted;
		r->top = 0;
	} else if (r->top > most) {
		memset(r->slots, 0, r->slots_room * sizeof(*r->slots));
		r->top = 0;
	}
	r->nslots = wanted;
	r->base = r->top;
}

/* And the settled rows in their slots. */
static void
make_slots(struct eval_rows *r, const struct eval_packing *p, struct eval_scratch *s, uint32_t n)
{
	uint32_t mask;

	find_slots(r, s, n);
	mask = r->nslots - 1;
	for (uint32_t i = 0; i < r->settled; i++) {
		uint32_t at = hash_of(r->words + (size_t)i * p->width, p->nkeys) & mask;

		while (r->slots[at] > r->base)
			at = (at + 1) & mask;
		r->slots[at] = r->base + i + 1;
	}
	r->top = r->base + r->settled;
}

/* The shape of loose rows: constants where rows are merged, as there are many. */
struct shape {
	uint32_t nkeys, width; /* words */
};

/* Rows from `first` to `end`, whose places have been asked for. Returns how many probes they took. */
static inline __attribute__((always_inline)) uint32_t
find_block(struct eval_rows *r, const struct eval_fold *f, uint32_t first, uint32_t end, const uint32_t *places, const struct shape shape)
{
	const struct eval_place *sum = only_sum(f);
	const uint32_t mask = r->nslots - 1, base = r->base, width = shape.width;
	uint32_t *slots = r->slots, settled = r->settled, probes = 0;
	uint64_t *words = r->words;

	for (uint32_t i = first; i < end; i++) {
		uint64_t *row = words + (size_t)i * width, *old = NULL;
		uint32_t at = places[i - first], found;

		for (; (found = slots[at] - base - 1) < settled; at = (at + 1) & mask, probes++) {
			old = words + (size_t)found * width;
			if (same_key(old, row, shape.nkeys))
				break;
		}
		if (found < settled && sum) {
			old[sum->word] = (old[sum->word] + row[sum->word]) & sum->mask;
			continue;
		}
		if (found < settled) {
			merge_into(f, old, row);
			continue;
		}
		for (uint32_t k = 0; settled != i && k < width; k++)
			words[(size_t)settled * width + k] = row[k];
		slots[at] = base + ++settled;
	}
	r->settled = settled;
	r->top = base + settled;
	return probes;
}

/* False: keys meet too often; the rows that are left are behind those that are settled. */
static inline __attribute__((always_inline)) bool
merge_hashed(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s, const struct shape shape)
{
	const uint32_t width = shape.width;
	uint64_t left = PROBES * (uint64_t)(r->n - r->settled);
	uint32_t places[BLOCK], end;

	for (uint32_t i = r->settled; i < r->n; i = end) {
		uint32_t probes;

		end = r->n - i < BLOCK ? r->n : i + BLOCK;
		if (r->settled + BLOCK > r->nslots / 2)
			make_slots(r, &f->packing, s, r->n + BLOCK);
		for (uint32_t k = i; k < end; k++) {
			places[k - i] = hash_of(r->words + (size_t)k * width, shape.nkeys) & (r->nslots - 1);
			__builtin_prefetch(&r->slots[places[k - i]], 1);
		}
		probes = find_block(r, f, i, end, places, shape);
		if (probes > left) {
			memmove(r->words + (size_t)r->settled * width, r->words + (size_t)end * width,
				(size_t)(r->n - end) * width * sizeof(*r->words));
			r->n = r->settled + (r->n - end);
			return false;
		}
		left -= probes;
	}
	r->n = r->settled;
	return true;
}

static bool
merge_by_hash(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s)
{
	const struct shape shape = { f->packing.nkeys, f->packing.width };

	r->sorted = false;
	if (shape.nkeys == 1 && shape.width == 1)
		return merge_hashed(r, f, s, (struct shape){ 1, 1 });
	if (shape.nkeys == 1 && shape.width == 2)
		return merge_hashed(r, f, s, (struct shape){ 1, 2 });
	if (shape.nkeys == 2 && shape.width == 2)
		return merge_hashed(r, f, s, (struct shape){ 2, 2 });
	return merge_hashed(r, f, s, shape);
}

void
eval_rows_settle(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s)
{
	const struct eval_packing *p = &f->packing;

	if (!r->loose || r->settled == r->n)
		return;
	if (r->unique) {
		r->settled = r->n;
		return;
	}
	if (r->n > FEW && !r->crowded && !(r->tables && r->tables <= TABLES) && !(r->settled == 0 && eval_words_ordered(r, p))) {
		r->crowded = !merge_by_hash(r, f, s);
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

/* The same test of numbers that 64 bits hold. */
struct quick_test {
	int64_t limit;
	bool passes[3]; /* below, at and above the limit */
};

static bool
quick_test_init(struct quick_test *q, const struct eval_test *t, const struct eval_place *at)
{
	bool fits = !at->wide && (at->is_signed || at->mask <= INT64_MAX) && t->limit >= INT64_MIN && t->limit <= INT64_MAX;

	*q = (struct quick_test){ .limit = fits ? (int64_t)t->limit : 0 };
	for (int order = -1; order <= 1; order++)
		q->passes[order + 1] = ir_holds(t->op, order);
	return fits;
}

static inline bool
quick_test_passes(const struct quick_test *q, int64_t v)
{
	return q->passes[(v > q->limit) - (v < q->limit) + 1];
}

void
eval_rows_keep(struct eval_rows *r, const struct eval_packing *p, const struct eval_test *t)
{
	const struct eval_place *at = &p->places[t->column];
	struct quick_test quick;
	bool is_quick = quick_test_init(&quick, t, at);
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n; i++) {
		const uint64_t *row = r->words + (size_t)i * p->width;

		if (!(is_quick ? quick_test_passes(&quick, (int64_t)eval_packed_cell(at, row)) : eval_test_passes(t, eval_packed_cell(at, row))))
			continue;
		for (uint32_t k = 0; n != i && k < p->width; k++)
			r->words[(size_t)n * p->width + k] = row[k];
		n++;
	}
	r->nslots = n == r->n ? r->nslots : 0;
	r->n = r->settled = n;
}
