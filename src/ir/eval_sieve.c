/* Rows of groups that a filter leaves out whatever they come to: `count > 100` is behind a count or a sum, and most groups are far below. What groups
 * have at most is told by as many counters as the cache has room for, each of many groups; rows whose counter stays below the limit are gone before
 * anything is merged. The filter itself comes later, and decides. */
#include "ir/evaluator.h"

#include <string.h>

#define COUNTER_BITS 11
#define COUNTERS (1u << COUNTER_BITS)
#define FEW 64	       /* rows that are merged as soon */
#define LIMIT_BITS 31  /* so that no counter wraps: rows are fewer than 2^32 */

void
eval_sieve_init(struct eval_sieve *v, const struct eval_fold *f, const struct ir_node *next)
{
	const struct ir_node *n = f->node;
	bool counts = n && n->kind == IR_REDUCE && n->func == IR_DISTINCT_F;
	bool sums = n && n->kind == IR_REDUCE && (n->func == IR_SUM || n->func == IR_COUNT);
	struct eval_test t = { 0 };

	*v = (struct eval_sieve){ 0 };
	if (next && next->kind == IR_FILTER)
		eval_test_init(&t, next->expr);
	if (!t.is_plain || (t.op != IR_GT && t.op != IR_GE) || (!counts && !sums) || !n->keys.n || t.column < n->keys.n || t.limit < 1 || t.limit >> LIMIT_BITS)
		return;
	if (sums && (!eval_is_word(f->layout.columns.v[t.column].type) || f->layout.columns.v[t.column].type.is_signed))
		return;
	*v = (struct eval_sieve){ .limit = (uint64_t)t.limit + (t.op == IR_GT), .counts = counts, .column = t.column };
}

/* The words of a row by which it has its group. */
struct group {
	uint32_t words;
	uint64_t last; /* bits of the last one */
};

static struct group
group_of(const struct eval_fold *f, bool counts)
{
	const struct eval_place *end = &f->packing.places[f->layout.nkeys - 1]; /* of what is counted */
	uint64_t below = end->mask << end->shift, before = ~(below | (below - 1));

	if (!counts)
		return (struct group){ f->packing.nkeys, UINT64_MAX };
	return before ? (struct group){ end->word + 1u, before } : (struct group){ end->word, UINT64_MAX };
}

static inline uint32_t
counter_of(const uint64_t *row, const struct group g)
{
	uint64_t h = row[g.words - 1] & g.last;

	for (uint32_t i = 0; i + 1 < g.words; i++)
		h = (h ^ row[i]) * 0x9e3779b97f4a7c15u;
	return (uint32_t)((h ^ h >> 32) * 0x9e3779b97f4a7c15u >> (64 - COUNTER_BITS)); /* a narrow key lies in the highest bits */
}

/* Adds up rows in the counters of their groups, and leaves those whose counters reach the limit, in their order. The group's words and the row's `width`
 * are constants where they can be, as there are many rows. */
static inline __attribute__((always_inline)) void
sieve(struct eval_rows *r, const struct eval_sieve *v, const struct eval_place amount, const struct group g, const uint32_t width)
{
	const uint64_t limit = v->limit;
	const uint32_t n = r->n;
	const bool counts = v->counts;
	uint64_t counters[COUNTERS], *words = r->words, *to = words;
	uint32_t settled = 0;

	memset(counters, 0, sizeof(counters));
	for (uint32_t i = 0; i < n; i++) {
		const uint64_t *row = words + (size_t)i * width;
		uint64_t more = counts ? 1 : row[amount.word] >> amount.shift & amount.mask;

		counters[counter_of(row, g)] += more < limit ? more : limit;
	}
	for (uint32_t i = 0; i < n; i++) {
		const uint64_t *row = words + (size_t)i * width;

		if (counters[counter_of(row, g)] < limit)
			continue;
		for (uint32_t k = 0; to != row && k < width; k++)
			to[k] = row[k];
		to += width;
		settled += i < r->settled;
	}
	r->n = (uint32_t)((size_t)(to - words) / width);
	r->settled = settled;
	r->nslots = 0;
}

void
eval_rows_sieve(struct eval_rows *r, const struct eval_fold *f)
{
	const struct eval_sieve *v = &f->sieve;
	const uint32_t width = f->packing.width;
	struct eval_place amount;
	struct group g;

	if (!v->limit || !r->loose || r->n <= FEW || v->limit < r->n / COUNTERS)
		return;
	amount = f->packing.places[v->column];
	g = group_of(f, v->counts);
	if (g.words == 1 && width == 1)
		sieve(r, v, amount, (struct group){ 1, g.last }, 1);
	else if (g.words == 1)
		sieve(r, v, amount, (struct group){ 1, g.last }, width);
	else
		sieve(r, v, amount, g, width);
}
