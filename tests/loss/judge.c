/* judge.c - what was answered of a mix, held against the truth: row by row, epoch by epoch, and in all. */
#include "mix.h"

#include <inttypes.h>

#define MS 1000000u

/* What the name of a query lets expect. */
static bool
is_small(const struct ir_query *q)
{
	return str_starts(q->name, STR("small")) || str_starts(q->name, STR("named_few"));
}

/* How many losses of an epoch can have a name. */
static int64_t
capacity_of(const struct ir_query *q)
{
	const struct ir_node *names = ir_packets(q);

	return names ? names->capacity : 0;
}

static struct known *
find_epoch(struct side *s, uint32_t query, uint64_t epoch)
{
	vec_each(k, &s->epochs)
		if (k->query == query && k->epoch == epoch)
			return k;
	return NULL;
}

/* Sums over rows of one key. */
static int64_t
sum_of(const struct side *s, const struct answer *like)
{
	int64_t n = 0;

	vec_each(a, &s->rows)
		if (a->query == like->query && a->epoch == like->epoch && str_eq(a->key, like->key))
			n += a->count;
	return n;
}

static const struct answer *
find_name(const struct side *s, const struct answer *like)
{
	vec_each(a, &s->rows)
		if (a->query == like->query && a->epoch == like->epoch && str_eq(a->name, like->name))
			return a;
	return NULL;
}

/* A row of a packet that has no name ends in as many dashes as there are fields. */
static bool
has_no_name(const struct mix *m, const struct answer *a)
{
	const struct ir_node *names = ir_packets(m->p->graph->queries.v[a->query]);
	uint32_t dashes = 0;

	if (!names)
		return false;
	for (uint32_t i = a->key.n; i + 1 < a->name.n; i += 2)
		dashes += a->name.p[i] == '-' && a->name.p[i + 1] == ' ';
	return dashes == names->values.n;
}

static void
judge_row(struct mix *m, const struct answer *a)
{
	struct str q = m->p->graph->queries.v[a->query]->name;
	const struct answer *t = find_name(&m->truth, a);

	const struct known *k = find_epoch(&m->mine, a->query, a->epoch);
	bool part = k && k->info.overflow && k->info.unnamed; /* of a key without a row, only some packets may have a name */

	m->checked_rows++;
	if (part ? sum_of(&m->mine, a) > sum_of(&m->truth, a) : sum_of(&m->mine, a) != sum_of(&m->truth, a))
		mix_fail(m, "%.*s, epoch %" PRIu64 ", key %.*s: %" PRId64 " lost, in truth %" PRId64, STRA(q), a->epoch,
		     STRA(a->key), sum_of(&m->mine, a), sum_of(&m->truth, a));
	if (!has_no_name(m, a) && (!t || t->count != a->count))
		mix_fail(m, "%.*s, epoch %" PRIu64 ": nobody of the name %.*s was lost %" PRId64 " times", STRA(q), a->epoch,
		     STRA(a->name), a->count);
}

static void
judge_epoch(struct mix *m, const struct known *k)
{
	const struct ir_query *q = m->p->graph->queries.v[k->query];
	const struct known *t = find_epoch(&m->truth, k->query, k->epoch);
	int64_t truth = t ? t->sum : 0, all = k->sum + (int64_t)k->info.overflow;
	bool incomplete = k->info.late || k->info.lost_tuples;

	m->checked_epochs++;
	m->incomplete += incomplete;
	m->unnamed += k->info.unnamed;
	if (incomplete && k->rows)
		mix_fail(m, "%.*s, epoch %" PRIu64 ": rows of an incomplete epoch", STRA(q->name), k->epoch);
	if (incomplete)
		return;
	if (!t)
		mix_fail(m, "%.*s, epoch %" PRIu64 ": in truth there was none", STRA(q->name), k->epoch);
	if (all != truth)
		mix_fail(m, "%.*s, epoch %" PRIu64 ": %" PRId64 " lost (%" PRIu64 " without a key, late %" PRIu64 " ms), in truth %" PRId64,
		     STRA(q->name), k->epoch, all, k->info.overflow, m->late / MS, truth);
	if (t && k->info.absent != t->info.absent)
		mix_fail(m, "%.*s, epoch %" PRIu64 ": %" PRIu64 " absent", STRA(q->name), k->epoch, k->info.absent);
	if (!is_small(q) && (k->info.overflow || (k->info.unnamed && truth <= capacity_of(q))))
		mix_fail(m, "%.*s, epoch %" PRIu64 ": %" PRIu64 " without a key, %" PRIu64 " without a name", STRA(q->name),
		     k->epoch, k->info.overflow, k->info.unnamed);
	if (truth > 0 && k->info.precision * (double)truth - (double)k->sum > 1e-6)
		mix_fail(m, "%.*s, epoch %" PRIu64 ": precision %g of %" PRId64, STRA(q->name), k->epoch, k->info.precision, truth);
}

/* The balance of `all`, which has a row for every packet: what was sent, less what came through. */
static void
judge_balance(struct mix *m)
{
	int64_t lost = 0;
	bool whole = !m->inside;

	if (m->sent != m->left + m->lost + m->queued)
		mix_fail(m, "%" PRIu64 " sent, %" PRIu64 " left, %" PRIu64 " lost, %" PRIu64 " queued", m->sent, m->left,
		     m->lost, m->queued);
	vec_each(k, &m->mine.epochs) {
		if (k->query != 0)
			continue;
		whole &= !k->info.late;
		lost += k->sum + (int64_t)k->info.overflow;
	}
	if (whole && (lost < (int64_t)m->lost || lost > (int64_t)(m->lost + m->refused)))
		mix_fail(m, "%" PRId64 " losses are reported, the queues lost %" PRIu64, lost, m->lost);
	if (lost > (int64_t)(m->lost + m->refused))
		mix_fail(m, "%" PRId64 " losses are reported of %" PRIu64, lost, m->lost);
}

/* Once the last packet has left, every epoch has been told. */
static void
judge_coverage(struct mix *m)
{
	vec_each(t, &m->truth.epochs)
		if (!m->inside && !find_epoch(&m->mine, t->query, t->epoch))
			mix_fail(m, "%.*s, epoch %" PRIu64 " is not reported", STRA(m->p->graph->queries.v[t->query]->name),
			     t->epoch);
}

void
mix_judge(struct mix *m)
{
	vec_each(a, &m->mine.rows)
		judge_row(m, a);
	vec_each(k, &m->mine.epochs)
		judge_epoch(m, k);
	judge_coverage(m);
	judge_balance(m);
}
