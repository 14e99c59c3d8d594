/* collect_rows.c - from cells to partial rows. A cell holds its epoch (upper 32 bits, epoch + generations, 0: empty) and a
 * count; docs/semantics.md, "State". */
#include <errno.h>

#include "control/collect.h"

/* The text of a reason's code (site << 20 | handle + 1), or its class. */
static struct str
text_of(struct collect *c, enum ir_kind kind, uint32_t code)
{
	uint32_t entry = code & 0xfffff;

	vec_each(s, &c->manifest->sites) {
		if (!code || s->site != code >> 20)
			continue;
		if (kind == IR_DISCARD)
			return entry == 0xfffff ? s->discard_default : s->discard;
		if (entry == 0xfffff)
			return str_fmt(c->arena, "%.*s#default", STRA(s->text));
		return entry ? str_fmt(c->arena, "%.*s#%u", STRA(s->text), entry - 1) : s->text;
	}
	return STR_NONE;
}

/* Each code's text is made once. */
static struct ir_value
text_value(struct collect *c, enum ir_kind kind, uint32_t code)
{
	struct map *made = kind == IR_DISCARD ? &c->classes : &c->reasons;
	struct str key = { (const char *)&code, sizeof(code) }, *known = map_get(made, key), text;

	if (!known) {
		text = text_of(c, kind, code);
		known = arena_copy(c->arena, &text, sizeof(text));
		map_put(made, str_dup(c->arena, key), known);
	}
	return (struct ir_value){ .tag = IR_V_TEXT, .text = *known };
}

struct ir_value
collect_value(struct collect *c, const struct collect_column *col, ir_u128 v)
{
	const struct manifest_column *m = col->m;

	if (m->width < 128)
		v &= ((ir_u128)1 << m->width) - 1;
	if (m->is_signed && m->width < 128 && (v >> (m->width - 1) & 1))
		v |= ~(ir_u128)0 << m->width;
	return ir_is_text(col->kind) ? text_value(c, col->kind, (uint32_t)v) : ir_int((ir_i128)v);
}

int
collect_read(struct collect *c, const struct collect_column *col, uint32_t index, struct ir_value *ret)
{
	const struct manifest_column *m = col->m;
	ir_u128 v = 0;

	if (col->window.at && m->words.n == 1) {
		*ret = collect_value(c, col, collect_cell(&col->window, index));
		return 0;
	}
	for (uint32_t w = 0; w < m->words.n; w++) {
		uint32_t bits = m->words.n == 1 ? m->width : 32;
		uint64_t word;
		int e = c->dev.ops->read(c->dev.self, col->regs[w], index, 1, &word);

		if (e < 0)
			return e;
		v = v << (bits > 64 ? 64 : bits) | word;
	}
	*ret = collect_value(c, col, v);
	return 0;
}

bool
collect_epoch(const struct collect *c, uint64_t now, uint32_t stored, uint64_t *ret)
{
	int32_t behind = (int32_t)((uint32_t)(now + c->m->generations) - stored);

	if (behind > 0 && (uint64_t)behind > now)
		return false;
	*ret = now - (uint64_t)(int64_t)behind;
	return true;
}

int
collect_arrived(struct collect *c, uint64_t *ret)
{
	int e = c->dev.ops->arrived(c->dev.self, ret);

	*ret /= c->m->window_ns;
	return e;
}

static int
snapshot(struct collect *c, const struct collect_regs *regs)
{
	return c->dev.ops->snapshot ? c->dev.ops->snapshot(c->dev.self, regs->v, regs->n) : 0;
}

void
collect_missed(struct collect *c, uint64_t now, uint32_t n)
{
	/* without what came through, losses would be told that were none: such epochs have no rows */
	struct ir_epoch_info info = { .lost_tuples = n, .late = c->lost != NULL, .precision = -1 };

	for (uint64_t e = now > c->open + LATE_REPORTED ? now - LATE_REPORTED : c->open; e <= now; e++)
		collect_info(c, e, &info);
}

/* Where the cells end that are like the first of [from, to). */
static uint32_t
end_of_same(const struct device_cells *w, uint32_t from, uint32_t to)
{
	uint64_t first = collect_cell(w, from);

	while (++from < to && collect_cell(w, from) == first)
		continue;
	return from;
}

/* The ring's tuples from `from` to `to`, which lie one behind the other: those of one epoch are handed on at once. */
static void
plain_tuples(struct collect *c, uint64_t now, uint32_t from, uint32_t to)
{
	struct ir_epoch_info info = { .precision = 1 };
	uint64_t epoch;

	for (uint32_t end; from < to; from = end) {
		uint32_t stored = (uint32_t)collect_cell(&c->ring_epoch_window, from);

		end = end_of_same(&c->ring_epoch_window, from, to);
		if (!collect_epoch(c, now, stored, &epoch) || epoch < c->open)
			continue;
		collect_plain_tuples(c, from, end - from, epoch);
		info.overflow = end - from; /* went around the table */
		if (c->m->cell.n && !c->m->replaces)
			collect_info(c, epoch, &info);
	}
}

static void
plain_ring(struct collect *c, uint64_t now, uint32_t sequence)
{
	uint32_t mask = c->m->ring.rows - 1;

	while (c->sequence != sequence) {
		uint32_t from = c->sequence & mask, n = sequence - c->sequence;

		n = n < mask + 1 - from ? n : mask + 1 - from;
		plain_tuples(c, now, from, from + n);
		c->sequence += n;
	}
}

static int
ring_tuple(struct collect *c, uint64_t now, uint32_t sequence)
{
	uint32_t at = sequence & (c->m->ring.rows - 1);
	struct ir_value values[COLLECT_COLUMNS];
	uint64_t stored, epoch;
	int e = c->dev.ops->read(c->dev.self, c->ring_epoch, at, 1, &stored);

	for (uint32_t i = 0; e == 0 && i < c->m->ring.columns.n; i++)
		e = collect_read(c, &c->ring[i], at, &values[i]);
	if (e < 0)
		return e;
	if (!collect_epoch(c, now, (uint32_t)stored, &epoch) || epoch < c->open)
		return 0;
	if (c->lost) {
		collect_lost_tuple(c, epoch, sequence, values);
	} else if (c->raw) {
		collect_raw_tuple(c, epoch, values);
	} else if (c->shared) {
		collect_shared_row(c, epoch, values);
	} else {
		struct ir_epoch_info info = { .overflow = c->m->cell.n != 0 && !c->m->replaces, .precision = 1 };

		ir_eval_partial(c->eval, c->query, epoch, values);
		collect_info(c, epoch, &info);
	}
	return 0;
}

static int
read_ring(struct collect *c)
{
	uint64_t sequence, written, now;
	uint32_t fresh, missed;
	int e;

	if (!c->m->ring.rows || (c->next_window.at && collect_cell(&c->next_window, 0) == c->sequence))
		return 0;
	e = c->dev.ops->read(c->dev.self, c->ring_sequence, 0, 1, &sequence);
	fresh = (uint32_t)sequence - c->sequence;
	if (e < 0 || !fresh)
		return e;
	e = snapshot(c, &c->of_ring);
	written = sequence;
	if (e == 0 && c->dev.ops->snapshot) /* what was written meanwhile took the place of others */
		e = c->dev.ops->read(c->dev.self, c->ring_sequence, 0, 1, &written);
	if (e == 0)
		e = collect_arrived(c, &now);
	if (e < 0)
		return e;
	missed = (uint32_t)written - c->sequence > c->m->ring.rows ? (uint32_t)written - c->sequence - c->m->ring.rows : 0;
	missed = missed < fresh ? missed : fresh;
	if (missed) {
		collect_missed(c, now, missed);
		c->sequence += missed;
	}
	if (e == 0 && c->plain_ring)
		plain_ring(c, now, (uint32_t)sequence);
	while (e == 0 && c->sequence != (uint32_t)sequence)
		e = ring_tuple(c, now, c->sequence++);
	return e;
}

int
collect_ring(struct collect *c)
{
	uint64_t now = 0;
	int e;

	e = c->lost ? collect_lost_look(c) : 0;
	if (e == 0)
		e = read_ring(c);
	if (e == 0 && c->lost)
		e = collect_arrived(c, &now);
	return e == 0 && c->lost ? collect_lost_out(c, now) : e;
}

/* What came through the queue of the packets that this row counts. */
static int
read_out(struct collect *c, uint32_t row, uint32_t stored, uint64_t *ret)
{
	uint64_t out = 0;
	int e = 0;

	if (c->out_window.at)
		out = collect_cell(&c->out_window, row);
	else
		e = c->dev.ops->read(c->dev.self, c->cell_out, row, 1, &out);
	*ret = out && out >> 32 == stored ? (uint32_t)out : 0;
	return e;
}

/* A row that lost nothing only says that its epoch was. */
static void
nothing_lost(struct collect *c, uint64_t epoch)
{
	struct ir_epoch_info info = { .precision = 1 };

	if (!c->seen || c->seen != epoch + 1)
		collect_info(c, epoch, &info);
	c->seen = epoch + 1;
}

static int
read_row(struct collect *c, uint32_t row, uint64_t cell, uint64_t epoch)
{
	struct ir_value values[COLLECT_COLUMNS];
	uint32_t nkeys = c->m->keys.n;
	uint64_t out = 0;
	int e = c->lost ? read_out(c, row, (uint32_t)(cell >> 32), &out) : 0;

	if (c->lost && out == (uint32_t)cell) {
		nothing_lost(c, epoch);
		return e;
	}
	for (uint32_t i = 0; e == 0 && i < nkeys + c->m->values.n; i++) {
		if (c->columns[i].m->words.n)
			e = collect_read(c, &c->columns[i], row, &values[i]);
		else
			values[i] = ir_int((uint32_t)cell);
	}
	if (e == 0 && c->lost)
		collect_lost_row(c, epoch, values, (uint32_t)cell, out);
	else if (e == 0 && c->shared)
		collect_shared_row(c, epoch, values);
	else if (e == 0)
		ir_eval_partial(c->eval, c->query, epoch, values);
	return e;
}

/* A row that has been read is given back at once: held until it is old enough, it would be missing in the next epoch. */
static int
give_back(struct collect *c, uint32_t row)
{
	return c->gives_back && !c->dev.ops->snapshot ? c->dev.ops->write(c->dev.self, c->cell, row, 0) : 0;
}

static int
take_row(struct collect *c, uint32_t row, uint64_t cell, uint64_t epoch)
{
	int e = 0;

	if (c->plain_rows)
		collect_plain_rows(c, &row, 1, epoch);
	else
		e = read_row(c, row, cell, epoch);
	return e == 0 ? give_back(c, row) : e;
}

static int
read_cell(struct collect *c, uint32_t row, uint64_t *ret)
{
	if (!c->cell_window.at)
		return c->dev.ops->read(c->dev.self, c->cell, row, 1, ret);
	*ret = collect_cell(&c->cell_window, row);
	return 0;
}

/* n rows from `first` on, of keys of which each has one. */
static int
take_part(struct collect *c, uint64_t epoch, uint32_t first, uint32_t n)
{
	int e = 0;

	if (c->plain_rows) {
		collect_plain_part(c, first, n, epoch);
		return 0;
	}
	for (uint32_t i = first; e == 0 && i < first + n; i++) {
		uint64_t cell;

		e = read_cell(c, i, &cell);
		if (e == 0)
			e = read_row(c, i, cell, epoch);
	}
	return e;
}

/* The rows that packets of the epoch have claimed still tell of it: whoever takes one over claims it first. */
static bool
are_intact(struct collect *c, uint64_t epoch)
{
	uint32_t first, n, part = 0;
	int e;

	do {
		e = c->dev.ops->claimed(c->dev.self, c->cell, epoch, part++, &first, &n);
	} while (e == 0);
	return e == -ENOENT;
}

/* Packets of an epoch that is to have the same rows may have come while they were read, and before: whoever reads so late has to look again. Counters
 * of epochs last longer, but not for ever. */
static int
check_rows(struct collect *c, uint64_t epoch)
{
	struct ir_epoch_info info = { .late = true, .precision = -1 };
	uint64_t now;
	int e = collect_arrived(c, &now);

	if (e == 0 && ((now >= epoch + c->m->generations && !are_intact(c, epoch)) || (c->m->epoch_cells && now >= epoch + c->m->epoch_cells)))
		collect_info(c, epoch, &info);
	return e;
}

/* A device that keeps the rows of each epoch apart knows which they are. */
static int
take_rows_apart(struct collect *c, uint64_t first, uint64_t end)
{
	uint32_t from, n;
	int e = 0;

	for (uint64_t epoch = first; e == 0 && epoch < end; epoch++) {
		for (uint32_t part = 0; e == 0 && c->dev.ops->claimed(c->dev.self, c->cell, epoch, part, &from, &n) != -ENOENT; part++)
			e = take_part(c, epoch, from, n);
		if (e == 0)
			e = check_rows(c, epoch);
	}
	return e;
}

/* Hands on the claimed rows that have been put aside, which are of one epoch. */
static int
take_aside(struct collect *c, uint64_t epoch)
{
	int e = 0;

	if (c->naside)
		collect_plain_rows(c, c->aside, c->naside, epoch);
	for (uint32_t i = 0; e == 0 && i < c->naside; i++)
		e = give_back(c, c->aside[i]);
	c->naside = 0;
	return e;
}

/* Rows of the log whose epochs close; those of later epochs go on waiting. Plain rows of one epoch are taken together. */
static int
take_claimed(struct collect *c, uint64_t first, uint64_t end)
{
	uint32_t lo = (uint32_t)(first + c->m->generations), kept = 0, last = 0;
	uint32_t span = end - first > INT32_MAX ? INT32_MAX : (uint32_t)(end - first);
	int e = collect_claims(c);

	c->naside = 0;
	for (uint32_t i = 0; e == 0 && i < c->nclaimed; i++) {
		uint32_t row = c->claimed[i], after;
		uint64_t cell;

		e = read_cell(c, row, &cell);
		after = (uint32_t)(cell >> 32) - lo;
		if (e == 0 && cell && after < span) {
			if (after != last)
				e = take_aside(c, first + last);
			last = after;
			if (c->plain_rows)
				c->aside[c->naside++] = row;
			else if (e == 0)
				e = take_row(c, row, cell, first + after);
		}
		c->waits[row] = cell && after >= span && (int32_t)after >= 0;
		if (c->waits[row])
			c->claimed[kept++] = row;
	}
	c->nclaimed = kept;
	return e == 0 ? take_aside(c, first + last) : e;
}

/* Most cells are of other epochs, in every reading: they are told apart by one subtraction. */
static int
take_rows(struct collect *c, uint64_t first, uint64_t end)
{
	uint32_t n = c->m->rows * c->m->stages, lo = (uint32_t)(first + c->m->generations);
	uint32_t span = end - first > INT32_MAX ? INT32_MAX : (uint32_t)(end - first);
	int e = 0;

	if (!c->m->cell.n || end <= first)
		return 0;
	if (c->dev.ops->claimed)
		return take_rows_apart(c, first, end);
	if (c->has_log)
		return take_claimed(c, first, end);
	if (!c->cell_window.at)
		e = c->dev.ops->read(c->dev.self, c->cell, 0, n, c->cells);
	for (uint32_t i = 0; e == 0 && i < n; i++) {
		uint64_t cell = c->cell_window.at ? collect_cell(&c->cell_window, i) : c->cells[i];
		uint32_t after = (uint32_t)(cell >> 32) - lo;

		if (after < span && cell)
			e = take_row(c, i, cell, first + after);
	}
	return e;
}

/* Per-epoch counters: absent tuples, or what only the totals know (losses: minus what came out, `reg_out`). */
static int
take_counters(struct collect *c, uint32_t reg, const uint32_t *reg_out, bool overflow, uint64_t first, uint64_t end,
	      uint64_t now)
{
	int e = c->dev.ops->read(c->dev.self, reg, 0, c->m->epoch_cells, c->counters);
	bool few = end - first < c->m->epoch_cells;
	uint64_t epoch;

	if (e == 0 && reg_out)
		e = c->dev.ops->read(c->dev.self, *reg_out, 0, c->m->epoch_cells, c->counters_out);
	for (uint64_t k = 0; e == 0 && k < (few ? end - first : c->m->epoch_cells); k++) {
		uint32_t i = few ? (uint32_t)(first + k) & (c->m->epoch_cells - 1) : (uint32_t)k;
		uint64_t in = c->counters[i], out = c->counters_out[i];
		struct ir_epoch_info info = { .precision = 1 };

		if (!in || !collect_epoch(c, now, (uint32_t)(in >> 32), &epoch) || epoch < first || epoch >= end)
			continue;
		if (overflow) {
			info.overflow = (uint32_t)in - (reg_out && in >> 32 == out >> 32 ? (uint32_t)out : 0);
			info.precision = -1; /* how many keys went past the table is not known */
			if (c->lost) {
				if (info.overflow)
					collect_lost_total(c, epoch, info.overflow);
				info.overflow = 0;
			}
		} else {
			info.absent = (uint32_t)in;
		}
		collect_info(c, epoch, &info);
	}
	return e;
}

/* Epochs whose rows later packets may already have taken: reported as incomplete, without rows. */
static uint64_t
skip_late(struct collect *c, uint64_t end, uint64_t now)
{
	uint64_t first = c->open, kept = now + 1 > c->m->generations ? now + 1 - c->m->generations : 0;
	struct ir_epoch_info info = { .late = true, .precision = -1 };

	if (first >= kept || (!c->m->cell.n && !c->lost)) /* tuples have come already */
		return first;
	if (kept > end)
		kept = end;
	for (uint64_t e = kept - first > LATE_REPORTED ? kept - LATE_REPORTED : first; e < kept; e++)
		collect_info(c, e, &info);
	return kept;
}

/* What egress has counted since the last time for epochs that were closed already. */
static int
count_strays(struct collect *c)
{
	uint32_t n = c->m->rows * c->m->stages;
	int e;

	if (!c->dev.ops->snapshot || c->dev.ops->claimed || c->m->kind != MANIFEST_LOST)
		return 0;
	e = c->dev.ops->read(c->dev.self, c->cell_out, 0, n, c->cells);
	for (uint32_t i = 0; e == 0 && i < n; i++) {
		uint64_t out = c->cells[i], before = c->left[i];
		uint32_t to_come = (uint32_t)(out >> 32) - (uint32_t)(c->open + c->m->generations);

		if (out != before && (int32_t)to_come < 0)
			c->strays += (uint32_t)out - (out >> 32 == before >> 32 ? (uint32_t)before : 0);
		c->left[i] = out;
	}
	return e;
}

int
collect_begin(struct collect *c, uint64_t from)
{
	uint64_t sequence = 0;
	int e = snapshot(c, &c->of_rows);

	/* what kept its rows apart has counted since `from` only: the epoch is as whole as it gets */
	c->open = (from + (c->dev.ops->claimed ? 0 : c->m->window_ns - 1)) / c->m->window_ns;
	if (e == 0)
		e = count_strays(c);
	if (e == 0 && c->m->ring.rows)
		e = c->dev.ops->read(c->dev.self, c->ring_sequence, 0, 1, &sequence);
	c->sequence = (uint32_t)sequence;
	c->strays = 0;
	return e;
}

void
collect_abandon(struct collect *c, uint64_t now)
{
	struct ir_epoch_info info = { .late = true, .restarted = true, .precision = -1 };
	uint64_t end = now / c->m->window_ns + 1;

	for (uint64_t e = end - c->open > LATE_REPORTED && end > c->open ? end - LATE_REPORTED : c->open; e < end; e++)
		collect_info(c, e, &info);
	if (end > c->open)
		c->open = end;
}

/* Epochs that the device closed though packets of them were still inside. */
static int
take_in_flight(struct collect *c, uint64_t first, uint64_t end)
{
	int e = 0;

	for (uint64_t epoch = first; e == 0 && epoch < end; epoch++) {
		struct ir_epoch_info info = { .precision = 1 };

		e = c->dev.ops->in_flight(c->dev.self, epoch * c->m->window_ns, (epoch + 1) * c->m->window_ns, &info.in_flight);
		if (e == 0 && info.in_flight)
			collect_info(c, epoch, &info);
	}
	return e;
}

int
collect_epochs(struct collect *c, uint64_t end)
{
	uint64_t now, first;
	int e;

	if (end <= c->open)
		return 0;
	e = snapshot(c, &c->of_rows);
	if (e == 0)
		e = count_strays(c);
	if (e == 0)
		e = collect_arrived(c, &now); /* after the snapshot: whatever may be newer than it counts as there */
	if (e < 0)
		return e;
	e = collect_swept(c, now);
	if (e < 0)
		return e;
	first = skip_late(c, end, now);
	e = take_rows(c, first, end);
	if (e == 0 && c->m->absent.n)
		e = take_counters(c, c->absent, NULL, false, first, end, now);
	if (e == 0 && c->m->overflow_in.n)
		e = take_counters(c, c->overflow_in, c->m->overflow_out.n ? &c->overflow_out : NULL, true, first, end,
				  now);
	if (e == 0 && c->dev.ops->in_flight)
		e = take_in_flight(c, first, end);
	if (e == 0 && c->lost)
		e = collect_lost_finish(c, first, end);
	c->open = end;
	return e == 0 ? collect_sweep(c, now) : e;
}
