/* collect_lost.c - from rows and tuples of a loss to partial rows. Until its epoch closes, a tuple of the ring is remembered
 * with the copies that were sent and those that came through; and where lost packets have names, rows wait until the names
 * have been told: what a row lost and no name explains stays a row without a name. */
#include <errno.h>
#include <stdlib.h>

#include "control/collect.h"
#include "base/alloc.h"
#include "control/iblt.h"

/* Losses of one key, or of one tuple. */
struct loss {
	uint64_t epoch, in, out;
	uint32_t number; /* of tuples: in the ring */
};

/* Losses in the order in which they came; their keys apart. */
struct losses {
	struct loss *v;
	struct ir_value *keys; /* nkeys each */
	size_t n, cap;
};

/* Losses of an epoch without a key. */
struct total {
	uint64_t epoch, n;
};

struct side {
	uint32_t count, check, *sums; /* registers */
};

struct collect_lost {
	struct losses tuples, rows;
	VEC(struct total) totals;
	struct arena *arena; /* of the totals; renewed with each finish */
	struct collect_regs of_names; /* what is copied before names are read */
	bool copied;		      /* by this finish */
	uint32_t out_sequence, out_epoch, out_number, read, until;
	/* names */
	const struct manifest_packets *m; /* NULL: there are none */
	uint32_t words;
	struct side in, out;
	struct iblt table;
	uint64_t *buffer, *stored;
	struct collect_column fields[COLLECT_COLUMNS];
	/* while an epoch's names are told */
	uint64_t epoch, unnamed;
};

/* --- losses --------------------------------------------------------------------------------------- */

static void
add(struct losses *l, uint32_t nkeys, struct loss loss, const struct ir_value *keys)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = alloc_again(l->v, l->cap, sizeof(*l->v));
		l->keys = alloc_again(l->keys, (size_t)l->cap * nkeys + 1, sizeof(*l->keys));
	}
	memcpy(l->keys + l->n * nkeys, keys, nkeys * sizeof(*keys));
	l->v[l->n++] = loss;
}

/* Keeps those of `end` and later. */
static void
forget(struct losses *l, uint32_t nkeys, uint64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].epoch < end)
			continue;
		l->v[kept] = l->v[i];
		memmove(l->keys + kept * nkeys, l->keys + i * nkeys, nkeys * sizeof(*l->keys));
		kept++;
	}
	l->n = kept;
}

static void
losses_fini(struct losses *l)
{
	free(l->v);
	free(l->keys);
}

void
collect_lost_tuple(struct collect *c, uint64_t epoch, uint32_t number, const struct ir_value *values)
{
	struct loss loss = { epoch, (uint64_t)values[c->nkeys].i, 0, number & INT32_MAX };

	add(&c->lost->tuples, c->nkeys, loss, values);
}

void
collect_lost_row(struct collect *c, uint64_t epoch, const struct ir_value *keys, uint64_t in, uint64_t out)
{
	add(&c->lost->rows, c->nkeys, (struct loss){ epoch, in, out, 0 }, keys);
}

void
collect_lost_total(struct collect *c, uint64_t epoch, uint64_t n)
{
	vec_push(c->lost->arena, &c->lost->totals, (struct total){ epoch, n });
}

/* --- the ring behind the queue ---------------------------------------------------------------------- */

int
collect_lost_look(struct collect *c)
{
	uint64_t sequence = 0;
	int e;

	if (!c->m->ring_out.rows)
		return 0;
	e = c->dev.ops->read(c->dev.self, c->lost->out_sequence, 0, 1, &sequence);
	c->lost->until = (uint32_t)sequence;
	return e;
}

/* Numbers of tuples ascend, modulo 2^31. */
static struct loss *
tuple_at(struct losses *l, uint32_t number)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int32_t ahead = (int32_t)((number - l->v[mid].number) << 1);

		if (ahead == 0)
			return &l->v[mid];
		if (ahead > 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int
came_through(struct collect *c, uint32_t at)
{
	uint64_t number;
	struct loss *tuple;
	int e = c->dev.ops->read(c->dev.self, c->lost->out_number, at, 1, &number);

	tuple = e == 0 ? tuple_at(&c->lost->tuples, (uint32_t)number & INT32_MAX) : NULL;
	if (tuple && tuple->out < tuple->in)
		tuple->out++;
	return e;
}

int
collect_lost_out(struct collect *c, uint64_t now)
{
	struct collect_lost *l = c->lost;
	uint32_t rows = c->m->ring_out.rows, fresh = l->until - l->read;
	uint64_t written = l->until;
	int e = 0;

	if (!rows || !fresh)
		return 0;
	if (c->dev.ops->snapshot) { /* what is written meanwhile takes the place of others */
		e = c->dev.ops->snapshot(c->dev.self, &l->out_number, 1);
		if (e == 0)
			e = c->dev.ops->read(c->dev.self, l->out_sequence, 0, 1, &written);
	}
	if (e < 0)
		return e;
	if ((uint32_t)written - l->read > rows)
		fresh += (uint32_t)written - l->until;
	if (fresh > rows) {
		collect_missed(c, now, fresh - rows);
		l->read += fresh - rows;
	}
	for (; e == 0 && (int32_t)(l->until - l->read) > 0; l->read++)
		e = came_through(c, l->read & (rows - 1));
	return e;
}

/* --- names ------------------------------------------------------------------------------------------ */

/* One register of a side's table, added to (or taken from) `to` where the cell is of the epoch. */
static int
read_register(struct collect *c, uint32_t reg, uint32_t from, uint32_t stored, bool is_out, uint64_t *to)
{
	struct collect_lost *l = c->lost;
	uint32_t n = MANIFEST_PARTS * l->m->cells;
	int e = c->dev.ops->read(c->dev.self, reg, from, n, l->buffer);

	for (uint32_t i = 0; e == 0 && i < n; i++)
		if (l->stored[i] && l->stored[i] >> 32 == stored)
			to[i] += is_out ? -l->buffer[i] : l->buffer[i];
	return e;
}

static int
read_side(struct collect *c, const struct side *s, uint32_t stored, bool is_out)
{
	struct collect_lost *l = c->lost;
	uint32_t n = MANIFEST_PARTS * l->m->cells, from = (stored & (l->m->tables - 1)) * n;
	int e = c->dev.ops->read(c->dev.self, s->count, from, n, l->stored);

	for (uint32_t i = 0; e == 0 && i < n; i++)
		if (l->stored[i] && l->stored[i] >> 32 == stored)
			l->table.count[i] += is_out ? -(uint64_t)(uint32_t)l->stored[i] : (uint32_t)l->stored[i];
	if (e == 0)
		e = read_register(c, s->check, from, stored, is_out, l->table.check);
	for (uint32_t w = 0; e == 0 && w < l->words; w++)
		e = read_register(c, s->sums[w], from, stored, is_out, l->table.sums + (size_t)w * n);
	return e;
}

static ir_u128
take_bits(const uint32_t **words, uint32_t width)
{
	ir_u128 v = 0;

	for (uint32_t n = (width + 31) / 32; n > 0; n--)
		v = v << 32 | *(*words)++;
	return v;
}

static bool
same_keys(const struct collect *c, const struct ir_value *a, const struct ir_value *b)
{
	for (uint32_t i = 0; i < c->nkeys; i++)
		if (ir_value_cmp(&a[i], &b[i]) != 0)
			return false;
	return true;
}

/* Takes `n` losses out of those of the key, or out of those without a key. False: nobody lost them. */
static bool
explain(struct collect *c, const struct ir_value *keys, uint64_t n)
{
	struct collect_lost *l = c->lost;

	for (size_t i = 0; i < l->rows.n; i++) {
		struct loss *row = &l->rows.v[i];

		if (row->epoch != l->epoch || !same_keys(c, keys, l->rows.keys + i * c->nkeys))
			continue;
		if (row->in - row->out < n)
			return false;
		row->in -= n;
		return true;
	}
	vec_each(t, &l->totals)
		if (t->epoch == l->epoch && t->n >= n) {
			t->n -= n;
			return true;
		}
	return false;
}

static void
on_name(void *user, const uint32_t *words, uint64_t n)
{
	struct collect *c = user;
	struct collect_lost *l = c->lost;
	uint32_t fields = l->m->fields.n, at = c->nkeys;
	struct ir_value values[2 * COLLECT_COLUMNS + 3];

	for (uint32_t i = 0; i < c->nkeys; i++)
		values[i] = collect_value(c, &c->columns[i], take_bits(&words, c->m->keys.v[i].width));
	for (uint32_t i = 0; i < fields; i++)
		values[at++] = collect_value(c, &l->fields[i], take_bits(&words, l->m->fields.v[i].width));
	if (!explain(c, values, n))
		return;
	values[at++] = ir_int(*words);
	values[at++] = ir_int((ir_i128)n);
	values[at++] = ir_int(0);
	ir_eval_partial(c->eval, c->query, l->epoch, values);
}

/* What no name explains. */
static void
without_name(struct collect *c, const struct loss *loss, const struct ir_value *keys)
{
	uint32_t fields = c->lost->m->fields.n;
	struct ir_value values[2 * COLLECT_COLUMNS + 3];

	for (uint32_t i = 0; i < c->nkeys; i++)
		values[i] = keys[i];
	for (uint32_t i = 0; i < fields + 1; i++)
		values[c->nkeys + i] = ir_int(0);
	values[c->nkeys + fields + 1] = ir_int((ir_i128)loss->in);
	values[c->nkeys + fields + 2] = ir_int((ir_i128)loss->out);
	ir_eval_partial(c->eval, c->query, loss->epoch, values);
	c->lost->unnamed += loss->in - loss->out;
}

/* Reading the tables takes time, and they are much of what a query keeps: only where something was lost. */
static bool
has_losses(const struct collect *c, uint64_t epoch)
{
	const struct collect_lost *l = c->lost;

	for (size_t i = 0; i < l->rows.n; i++)
		if (l->rows.v[i].epoch == epoch && l->rows.v[i].in != l->rows.v[i].out)
			return true;
	vec_each(t, &l->totals)
		if (t->epoch == epoch && t->n)
			return true;
	return false;
}

/* The tables of an epoch. *ret: they are still its own, on both sides. */
static int
read_names(struct collect *c, uint64_t epoch, bool *ret)
{
	struct collect_lost *l = c->lost;
	uint32_t stored = (uint32_t)(epoch + c->m->generations);
	uint64_t now = epoch;
	int e = 0;

	if (c->dev.ops->snapshot && !l->copied)
		e = c->dev.ops->snapshot(c->dev.self, l->of_names.v, l->of_names.n);
	l->copied = true;
	iblt_clear(&l->table, stored);
	if (e == 0)
		e = read_side(c, &l->in, stored, false);
	if (e == 0)
		e = read_side(c, &l->out, stored, true);
	if (e == 0 && c->dev.ops->snapshot)
		e = collect_arrived(c, &now);
	*ret = now < epoch + c->m->generations;
	return e;
}

static int
tell_names(struct collect *c, uint64_t epoch)
{
	struct collect_lost *l = c->lost;
	struct ir_epoch_info info = { .precision = -1 };
	bool whole;
	int e = read_names(c, epoch, &whole);

	if (e < 0)
		return e;
	l->epoch = epoch;
	l->unnamed = 0;
	if (whole)
		iblt_peel(&l->table, on_name, c);
	for (size_t i = 0; i < l->rows.n; i++)
		if (l->rows.v[i].epoch == epoch && l->rows.v[i].in > l->rows.v[i].out)
			without_name(c, &l->rows.v[i], l->rows.keys + i * c->nkeys);
	vec_each(t, &l->totals)
		if (t->epoch == epoch)
			l->unnamed += t->n;
	info.unnamed = l->unnamed;
	ir_eval_info(c->eval, c->query, epoch, &info);
	return 0;
}

/* --- the end of epochs ------------------------------------------------------------------------------ */

static void
hand_on(struct collect *c, const struct losses *l, uint64_t first, uint64_t end)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct loss *loss = &l->v[i];
		struct ir_value values[COLLECT_COLUMNS + 2];

		if (loss->epoch < first || loss->epoch >= end)
			continue;
		memcpy(values, l->keys + i * c->nkeys, c->nkeys * sizeof(*values));
		values[c->nkeys] = ir_int((ir_i128)loss->in);
		values[c->nkeys + 1] = ir_int((ir_i128)loss->out);
		ir_eval_partial(c->eval, c->query, loss->epoch, values);
	}
}

/* An epoch without losses is one, too. */
static void
make_known(struct collect *c, const struct losses *l, uint64_t first, uint64_t end)
{
	struct ir_epoch_info known = { .precision = 1 };

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].epoch >= first && l->v[i].epoch < end)
			ir_eval_info(c->eval, c->query, l->v[i].epoch, &known);
}

/* Tuples of one key are one row, as if it had found one. */
static void
merge_tuples(struct collect *c, uint64_t first, uint64_t end)
{
	struct collect_lost *l = c->lost;

	for (size_t i = 0; i < l->tuples.n; i++) {
		const struct loss *t = &l->tuples.v[i];
		const struct ir_value *keys = l->tuples.keys + i * c->nkeys;
		size_t k = 0;

		if (t->epoch < first || t->epoch >= end || t->in == t->out)
			continue;
		while (k < l->rows.n && (l->rows.v[k].epoch != t->epoch || !same_keys(c, keys, l->rows.keys + k * c->nkeys)))
			k++;
		if (k == l->rows.n) {
			collect_lost_row(c, t->epoch, keys, t->in, t->out);
		} else {
			l->rows.v[k].in += t->in;
			l->rows.v[k].out += t->out;
		}
	}
}

static int
tell_once(struct collect *c, uint64_t epoch, uint64_t first, uint64_t end, struct map *told)
{
	struct str key = str_dup(c->lost->arena, (struct str){ (const char *)&epoch, sizeof(epoch) });

	if (epoch < first || epoch >= end || map_has(told, key) || !has_losses(c, epoch))
		return 0;
	map_put(told, key, c);
	return tell_names(c, epoch);
}

static int
name_all(struct collect *c, uint64_t first, uint64_t end)
{
	struct collect_lost *l = c->lost;
	struct map told;
	int e = 0;

	map_init(&told, l->arena);
	l->copied = false;
	merge_tuples(c, first, end);
	for (size_t i = 0; e == 0 && i < l->rows.n; i++)
		e = tell_once(c, l->rows.v[i].epoch, first, end, &told);
	vec_each(t, &l->totals)
		if (e == 0)
			e = tell_once(c, t->epoch, first, end, &told);
	return e;
}

int
collect_lost_finish(struct collect *c, uint64_t first, uint64_t end)
{
	struct collect_lost *l = c->lost;
	int e = 0;

	if (l->m) {
		make_known(c, &l->rows, first, end);
		make_known(c, &l->tuples, first, end);
		e = name_all(c, first, end);
	} else {
		hand_on(c, &l->rows, first, end);
		hand_on(c, &l->tuples, first, end);
	}
	vec_each(t, &l->totals) {
		struct ir_epoch_info info = { .overflow = t->n, .precision = -1 };

		ir_eval_info(c->eval, c->query, t->epoch, &info);
	}
	l->rows.n = 0;
	forget(&l->tuples, c->nkeys, end);
	arena_reset(l->arena);
	memset(&l->totals, 0, sizeof(l->totals));
	return e;
}

/* --- opening ---------------------------------------------------------------------------------------- */

static bool
open_side(struct collect *c, struct diags *d, const struct manifest_packets_side *m, struct side *ret)
{
	bool ok = collect_register(c, d, m->count, &ret->count) && collect_register(c, d, m->check, &ret->check);

	ret->sums = arena_array(c->arena, uint32_t, m->sums.n + 1);
	for (uint32_t w = 0; ok && w < m->sums.n; w++)
		ok = collect_register(c, d, m->sums.v[w], &ret->sums[w]);
	return ok;
}

static void
list_side(struct collect *c, const struct side *s)
{
	struct collect_lost *l = c->lost;

	vec_push(c->arena, &l->of_names, s->count);
	vec_push(c->arena, &l->of_names, s->check);
	for (uint32_t w = 0; w < l->words; w++)
		vec_push(c->arena, &l->of_names, s->sums[w]);
}

static bool
open_names(struct collect *c, struct diags *d)
{
	const struct manifest_packets *m = &c->m->packets;
	const struct ir_node *node = ir_packets(c->query);
	struct collect_lost *l = c->lost;
	size_t n = (size_t)MANIFEST_PARTS * m->cells + 1;

	l->m = m;
	l->words = m->in.sums.n;
	for (uint32_t i = 0; i < m->fields.n; i++)
		l->fields[i] = (struct collect_column){ .m = &m->fields.v[i], .kind = node->values.v[i].type.kind };
	l->buffer = arena_array(c->arena, uint64_t, n);
	l->stored = arena_array(c->arena, uint64_t, n);
	iblt_init(&l->table, c->arena, m->cells, l->words, m->factors);
	if (!open_side(c, d, &m->in, &l->in) || !open_side(c, d, &m->out, &l->out))
		return false;
	list_side(c, &l->in);
	list_side(c, &l->out);
	return true;
}

bool
collect_lost_open(struct collect *c, struct diags *d)
{
	struct collect_lost *l = arena_new(c->arena, struct collect_lost);
	const struct manifest_ring *out = &c->m->ring_out;

	c->lost = l;
	l->arena = arena_make();
	if (out->rows && !(collect_register(c, d, out->sequence, &l->out_sequence) &&
			   collect_register(c, d, out->epoch, &l->out_epoch) && out->columns.v[0].words.n &&
			   collect_register(c, d, out->columns.v[0].words.v[0], &l->out_number)))
		return false;
	return !c->m->packets.capacity || open_names(c, d);
}

uint32_t
collect_lost_names(const struct collect *c, uint32_t ret[2])
{
	const struct collect_lost *l = c->lost;

	if (!l || !l->m)
		return 0;
	ret[0] = l->in.count;
	ret[1] = l->out.count;
	return MANIFEST_PARTS * l->m->cells;
}

void
collect_lost_close(struct collect *c)
{
	if (!c->lost)
		return;
	losses_fini(&c->lost->tuples);
	losses_fini(&c->lost->rows);
	arena_free(c->lost->arena);
}
