/* lower_sizes.c - how large a query's state is: generations, rows and stages, the ring, tables of names. */
#include "plan/lower.h"

#include "manifest/manifest.h"

#define EPOCH_CELLS_LEAST 16
#define PACKET_CELLS_MAX (1u << 22)

static uint32_t
power_of_two(uint64_t n, uint32_t least)
{
	uint64_t p = least;

	while (p < n)
		p *= 2;
	return (uint32_t)p;
}

/* How long a packet's arrival time may be inside. A clone made at egress goes through a queue again with its parent's. */
static uint64_t
max_stay(const struct plan *p, const struct plan_options *o)
{
	return o->max_delay_ns * (p->program->egress.clones_e2e ? 2 : 1);
}

/* Four hash functions need 1.3 cells a name when there are many, and more when there are few: with as many losses as the
 * capacity says, fewer than one table in 500 leaves names over (tests/loss). */
static bool
packet_sizes(struct diags *d, struct plan_state *s, const struct ir_node *n)
{
	uint64_t cells;

	s->packet_cells = (uint32_t)(((uint64_t)s->capacity * 7 / 5 + 60 + MANIFEST_PARTS - 1) / MANIFEST_PARTS);
	s->packet_tables = power_of_two(s->generations, 2);
	cells = (uint64_t)s->packet_cells * MANIFEST_PARTS * s->packet_tables;
	if (cells <= PACKET_CELLS_MAX)
		return true;
	diag_error(d, n->at, "%llu cells for names of lost packets are too many (limit %u): %u epochs are kept, of %u names each",
		   (unsigned long long)cells, PACKET_CELLS_MAX, s->packet_tables, s->capacity);
	diag_hint(d, "choose a smaller capacity, or a longer epoch");
	return false;
}

static uint32_t
log_of(uint64_t n)
{
	uint32_t log = 0;

	while (1ull << log < n)
		log++;
	return log;
}

uint32_t
plan_index_bits(const struct plan_target *t, const struct ir_expr *e)
{
	if (e->type.kind == IR_PORT)
		return e->op == IR_FIELD && t->port_bits ? t->port_bits : e->type.width;
	return e->type.kind == IR_BOOL ? 1 : e->type.width;
}

/* Keys of few bits are rows' numbers, in a part of the table for each generation: then a row is found without a hash, without a look at
 * its key, and there always is one. Only where such a table has no more rows than another would; a shape that somebody asks for (`asked`) is kept. */
static void
lower_indexed(struct plan *p, struct plan_state *s, bool asked)
{
	uint32_t parts = log_of(s->generations), bits = 0;

	if (!p->target->port_bits || !s->keys.n || (s->kind != PLAN_REDUCE && s->kind != PLAN_DISTINCT))
		return;
	vec_each(k, &s->keys)
		bits += plan_index_bits(p->target, *k);
	if (bits + parts > log_of((uint64_t)s->rows * s->stages) || (asked && (s->stages != 1 || s->rows != 1u << (bits + parts))))
		return;
	s->index_bits = bits;
	s->rows = 1u << (bits + parts);
	s->stages = 1;
}

/* Flows come in bursts: a row that always is the last key's serves nearly as many packets as rows in several stages, and is found with one look that is
 * guessed right. What has to make room goes to the controller at once, which has to be there to read it. */
static void
lower_replaced(struct plan_state *s, const struct plan_options *o)
{
	if (!o->drained || o->splits || !s->mirror || s->index_bits || (s->kind != PLAN_REDUCE && s->kind != PLAN_DISTINCT))
		return;
	s->replaces = true;
	s->rows *= s->stages;
	s->stages = 1;
}

static bool
shape_asked(const struct ir_node *n, const struct ir_query *q, const struct plan_options *o)
{
	return (o->rows_of && o->rows_of[q->index]) || (o->stages_of && o->stages_of[q->index]) || o->rows || o->stages ||
	       (n && (n->rows || n->stages));
}

bool
lower_sizes(struct plan *p, struct diags *d, struct plan_state *s, const struct ir_query *q, const struct plan_options *o)
{
	const struct ir_node *n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;
	uint64_t tick = p->target->tick_ns, stay = max_stay(p, o), generations;

	s->window_ns = (q->window_ns + tick - 1) / tick * tick;
	generations = 2 + (stay + s->window_ns - 1) / s->window_ns;
	if (generations > p->target->max_generations) {
		diag_error(d, n ? n->at : q->at,
			   "the epoch is too short: packets may wait %.3f s in a queue, %llu epochs long (limit %u)",
			   (double)stay / 1e9, (unsigned long long)generations - 2,
			   p->target->max_generations - 2);
		diag_hint(d, "choose a longer epoch, or a shorter or faster queue");
		return false;
	}
	s->generations = (uint32_t)generations;
	s->epoch_cells = power_of_two(2 * generations, EPOCH_CELLS_LEAST);
	s->rows = power_of_two(o->rows_of && o->rows_of[q->index] ? o->rows_of[q->index] :
			       o->rows ? o->rows : n && n->rows ? n->rows : p->target->default_rows, 2);
	s->stages = o->stages_of && o->stages_of[q->index] ? o->stages_of[q->index] :
		    o->stages ? o->stages : n && n->stages ? n->stages : p->target->default_stages;
	if ((uint64_t)s->rows * s->stages > 1u << 24) {
		diag_error(d, n ? n->at : q->at, "%u rows in %u stages are too many (limit 16777216 in all)",
			   s->rows, s->stages);
		return false;
	}
	s->mirror = s->kind == PLAN_REDUCE || s->kind == PLAN_DISTINCT;
	if (n && n->overflow != IR_OVERFLOW_DEFAULT)
		s->mirror = n->overflow == IR_OVERFLOW_MIRROR;
	if (q->stateful >= 0 && s->split <= (uint32_t)q->stateful) { /* no table: all tuples take the ring */
		s->rows = s->stages = 0;
		s->mirror = true;
	}
	if (s->rows)
		lower_indexed(p, s, shape_asked(n, q, o));
	if (s->rows && !shape_asked(n, q, o))
		lower_replaced(s, o);
	if (s->mirror || s->kind == PLAN_STREAM)
		s->ring_rows = power_of_two(o->ring_rows ? o->ring_rows : p->target->ring_rows, 2);
	return !s->capacity || packet_sizes(d, s, ir_packets(q));
}
