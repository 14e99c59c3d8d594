/* Loose rows: partial rows that come by the thousand and seldom twice, as from a switch's table. They are put down as they come, and
 * sorted and merged when they are wanted, which costs less than looking each one up, and leaves them in the order of their keys. */
#include "ir/evaluator.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"

#define FEW 32	  /* rows that are sorted by insertion */
#define MANY 1024 /* rows that are worth being sorted and merged before the end */

void
eval_scratch_fini(struct eval_scratch *s)
{
	free(s->cells);
	free(s->ranked);
}

eval_cell *
eval_rows_put(struct eval_rows *r, const struct ir_partial *layout, struct eval_scratch *s)
{
	uint32_t width = layout->nkeys + layout->nvalues;

	if (r->nslots)
		bug("rows are either looked up or loose");
	r->loose = true;
	if (r->n == r->cap) {
		if (r->n >= MANY && r->n >= 2 * r->settled)
			eval_rows_settle(r, layout, s);
		if (r->n > r->cap / 2 || !r->cap) {
			if (r->cap >= UINT32_MAX / 4)
				bug("an epoch of more than %u rows", r->cap);
			r->cap = r->cap ? r->cap * 2 : 8;
			r->cells = alloc_again(r->cells, (size_t)r->cap * width, sizeof(*r->cells));
		}
	}
	return r->cells + (size_t)r->n++ * width;
}

/* --- order ------------------------------------------------------------------------------------ */

/* Bits of the key as one number that sorts as the key does; more than 64: it takes comparisons. */
static uint32_t
packed_bits(const struct ir_partial *layout)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < layout->nkeys; i++) {
		struct ir_type t = layout->columns.v[i].type;

		if (t.kind == IR_FLOAT || ir_is_text(t.kind))
			return 128;
		bits += t.width;
	}
	return bits;
}

static uint64_t
pack(const struct ir_partial *layout, const eval_cell *row)
{
	uint64_t key = 0;

	for (uint32_t i = 0; i < layout->nkeys; i++) {
		struct ir_type t = layout->columns.v[i].type;
		uint64_t sign = t.is_signed && t.width ? UINT64_C(1) << (t.width - 1) : 0;
		uint64_t cell = (uint64_t)row[i] ^ sign;

		key = t.width >= 64 ? cell : key << t.width | (cell & ((UINT64_C(1) << t.width) - 1));
	}
	return key;
}

static void
insertion(struct eval_ranked *v, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct eval_ranked x = v[i];
		uint32_t at = i;

		for (; at && v[at - 1].key > x.key; at--)
			v[at] = v[at - 1];
		v[at] = x;
	}
}

/* By the bytes in which keys differ, last byte first. Returns where the result is: v or spare. */
static struct eval_ranked *
radix(struct eval_ranked *v, struct eval_ranked *spare, uint32_t n)
{
	uint64_t differ = 0;

	for (uint32_t i = 1; i < n; i++)
		differ |= v[i].key ^ v[0].key;
	for (uint32_t shift = 0; shift < 64; shift += 8) {
		uint32_t at[256] = { 0 }, sum = 0;
		struct eval_ranked *to = spare;

		if (!(differ >> shift & 0xff))
			continue;
		for (uint32_t i = 0; i < n; i++)
			at[v[i].key >> shift & 0xff]++;
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t count = at[i];

			at[i] = sum;
			sum += count;
		}
		for (uint32_t i = 0; i < n; i++)
			to[at[v[i].key >> shift & 0xff]++] = v[i];
		spare = v;
		v = to;
	}
	return v;
}

struct wide {
	const struct eval_rows *r;
	const struct ir_partial *layout;
};

static int
cmp_wide(const void *x, const void *y, void *user)
{
	const struct wide *w = user;
	const eval_cell *a = eval_rows_at(w->r, w->layout, ((const struct eval_ranked *)x)->row);
	const eval_cell *b = eval_rows_at(w->r, w->layout, ((const struct eval_ranked *)y)->row);

	for (uint32_t i = 0; i < w->layout->nkeys; i++) {
		if (a[i] == b[i])
			continue;
		if (w->layout->columns.v[i].type.is_signed)
			return a[i] < b[i] ? -1 : 1;
		return (ir_u128)a[i] < (ir_u128)b[i] ? -1 : 1;
	}
	return 0;
}

static const struct eval_ranked *
rank(const struct eval_rows *r, const struct ir_partial *layout, struct eval_scratch *s)
{
	bool packed = packed_bits(layout) <= 64;
	bool bare = packed && layout->nkeys == 1 && !layout->columns.v[0].type.is_signed;
	struct eval_ranked *v;

	if (s->nranked < 2 * r->n) {
		s->nranked = 2 * r->cap;
		s->ranked = alloc_again(s->ranked, s->nranked, sizeof(*s->ranked));
	}
	v = s->ranked;
	for (uint32_t i = 0; i < r->n; i++)
		v[i] = (struct eval_ranked){ bare	? (uint64_t)*eval_rows_at(r, layout, i)
					     : packed	? pack(layout, eval_rows_at(r, layout, i))
							: 0,
					     i };
	if (!packed)
		qsort_r(v, r->n, sizeof(*v), cmp_wide, &(struct wide){ r, layout });
	else if (r->n <= FEW)
		insertion(v, r->n);
	else
		v = radix(v, v + r->n, r->n);
	return v;
}

/* --- merging ---------------------------------------------------------------------------------- */

static bool
same_key(const struct ir_partial *layout, const eval_cell *a, const eval_cell *b)
{
	for (uint32_t i = 0; i < layout->nkeys; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static void
merge_into(const struct ir_partial *layout, eval_cell *to, const eval_cell *row)
{
	for (uint32_t i = layout->nkeys; i < layout->nkeys + layout->nvalues; i++)
		to[i] = eval_cell_merge((int)layout->merge[i - layout->nkeys], layout->columns.v[i].type, to[i],
					row[i]);
}

void
eval_rows_settle(struct eval_rows *r, const struct ir_partial *layout, struct eval_scratch *s)
{
	uint32_t width = layout->nkeys + layout->nvalues, n = 0;
	const struct eval_ranked *ranked;
	eval_cell *last = NULL, *old = r->cells;
	size_t room = (size_t)r->cap * width;

	if (!r->loose || r->settled == r->n)
		return;
	if (s->ncells < room) {
		s->ncells = room;
		s->cells = alloc_again(s->cells, room, sizeof(*s->cells));
	}
	ranked = rank(r, layout, s);
	for (uint32_t i = 0; i < r->n; i++) {
		const eval_cell *row = eval_rows_at(r, layout, ranked[i].row);

		if (last && same_key(layout, last, row)) {
			merge_into(layout, last, row);
			continue;
		}
		last = s->cells + (size_t)n++ * width;
		for (uint32_t k = 0; k < width; k++)
			last[k] = row[k];
	}
	r->cells = s->cells;
	r->cap = (uint32_t)(s->ncells / width);
	r->n = r->settled = n;
	s->cells = old;
	s->ncells = room;
}

bool
eval_rows_by_key(const struct eval_rows *r, const struct ir_partial *layout)
{
	if (!r->loose || r->settled != r->n)
		return false;
	for (uint32_t i = 0; i < layout->nkeys; i++)
		if (layout->columns.v[i].type.kind == IR_FLOAT || ir_is_text(layout->columns.v[i].type.kind))
			return false;
	return true;
}
