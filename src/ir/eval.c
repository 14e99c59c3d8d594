/* The evaluator: queries and their epochs. evaluator.h says what is where. */
#include "ir/eval.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "ir/evaluator.h"
#include "ir/expr.h"
#include "packetscope/program.h"

/* --- epochs ----------------------------------------------------------------------------------- */

static struct eval_epoch *
epoch_of(struct eval_state *s, uint64_t number)
{
	struct eval_epoch *e;

	if (number < s->sealed)
		bug("query %.*s: a row for epoch %llu, which has been closed", STRA(s->q->name),
		    (unsigned long long)number);
	e = eval_epochs_find(&s->epochs, number);
	return e ? e : eval_epochs_add(&s->epochs, number);
}

/* --- queries ---------------------------------------------------------------------------------- */

/* Filters and maps up to the first other operator become expressions over fields. */
static void
prepare(struct ir_eval *ev, struct eval_state *s)
{
	const struct ir_query *q = s->q;
	const struct ir_column *columns = NULL;
	const struct ir_node *n = NULL, *at = NULL, *packets = NULL;
	uint32_t ncolumns = 0;

	for (s->after = 0; s->after < q->nodes.n; s->after++) {
		n = q->nodes.v[s->after];
		if (n->kind == IR_FILTER) {
			vec_push(ev->arena, &s->filters,
				 ir_substitute(ev->g, n->expr, columns, ncolumns));
		} else if (n->kind == IR_MAP) {
			struct ir_column *v =
				arena_array(ev->arena, struct ir_column, n->columns.n + 1);

			for (uint32_t i = 0; i < n->columns.n; i++) {
				v[i] = n->columns.v[i];
				v[i].expr = ir_substitute(ev->g, v[i].expr, columns, ncolumns);
			}
			columns = v;
			ncolumns = n->columns.n;
		} else {
			break;
		}
	}
	s->plain = q->stateful < 0;
	if (!s->plain)
		at = q->nodes.v[s->after++];
	s->lost = at && at->kind == IR_LOST;
	if (s->lost && s->after < q->nodes.n && q->nodes.v[s->after]->kind == IR_PACKETS)
		packets = q->nodes.v[s->after++];
	eval_fold_init(&s->fold, ev->arena, at, packets, columns, ncolumns);
	eval_sieve_init(&s->fold.sieve, &s->fold, s->after < q->nodes.n ? q->nodes.v[s->after] : NULL);
	for (uint32_t i = 0; at && i < s->fold.items.n; i++)
		s->fold.items.v[i] = ir_substitute(ev->g, s->fold.items.v[i], columns, ncolumns);
}

/* `depth`: refinements on the way there. seen: by query and depth, whose query was there last. */
static void
close_over(struct ir_eval *ev, struct eval_state *s, const struct ir_query *q, uint32_t depth, uint32_t *seen)
{
	uint32_t *mark = &seen[q->index * (IR_REFINE_MAX + 1) + depth];

	if (*mark == s->q->index + 1)
		return;
	*mark = s->q->index + 1;
	vec_push(ev->arena, &s->closure, (struct eval_link){ q->index, (uint64_t)depth * IR_REFINE_LAG });
	vec_each (n, &q->nodes)
		if ((*n)->other)
			close_over(ev, s, (*n)->other, depth + ((*n)->kind == IR_REFINE), seen);
}

struct ir_eval *
ir_eval_make(struct ir_graph *g)
{
	struct ir_eval *ev = alloc(1, sizeof(*ev));
	uint32_t *seen;

	ev->g = g;
	ev->arena = arena_make();
	ev->texts.arena = ev->arena;
	map_init(&ev->texts.map, ev->arena);
	ev->nstates = g->queries.n;
	ev->states = arena_array(ev->arena, struct eval_state, ev->nstates + 1);
	seen = arena_array(ev->arena, uint32_t, ev->nstates * (IR_REFINE_MAX + 1) + 1);
	for (uint32_t i = 0; i < ev->nstates; i++) {
		struct eval_state *s = &ev->states[i];

		s->q = g->queries.v[i];
		prepare(ev, s);
		close_over(ev, s, s->q, 0, seen);
		if (!s->q->anonymous)
			vec_each (l, &s->closure)
				vec_push(ev->arena, &ev->states[l->query].users, (struct eval_link){ i, l->before });
	}
	eval_memo_init(&ev->memo, g); /* after prepare, which makes expressions */
	ev->results = arena_make();
	return ev;
}

void
ir_eval_free(struct ir_eval *ev)
{
	if (!ev)
		return;
	for (uint32_t i = 0; i < ev->nstates; i++) {
		eval_epochs_drop(&ev->states[i].epochs, UINT64_MAX);
		for (uint32_t k = 0; k < ev->states[i].epochs.n; k++)
			eval_epoch_free(ev->states[i].epochs.v[k]);
		if (ev->states[i].epochs.spare)
			eval_epoch_free(ev->states[i].epochs.spare);
		free(ev->states[i].epochs.v);
		free(ev->states[i].epochs.slots);
	}
	eval_memo_fini(&ev->memo);
	eval_scratch_fini(&ev->scratch);
	arena_free(ev->results);
	arena_free(ev->arena);
	free(ev);
}

const struct ir_node *
ir_refinement(const struct ir_query *q)
{
	uint32_t i = (uint32_t)(q->stateful + 1);

	while (i < q->nodes.n && q->nodes.v[i]->kind == IR_FILTER)
		i++;
	return q->stateful >= 0 && i < q->nodes.n && q->nodes.v[i]->kind == IR_REFINE ? q->nodes.v[i] : NULL;
}

const struct ir_node *
ir_packets(const struct ir_query *q)
{
	uint32_t next = (uint32_t)(q->stateful + 1);

	return q->stateful >= 0 && next < q->nodes.n && q->nodes.v[next]->kind == IR_PACKETS
		       ? q->nodes.v[next]
		       : NULL;
}

void
ir_partial_layout(struct ir_graph *g, const struct ir_query *q, struct ir_partial *ret)
{
	const struct ir_node *n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;
	const struct ir_column *columns = NULL;
	uint32_t ncolumns = 0;

	vec_each (it, &q->nodes) {
		if ((*it)->kind != IR_FILTER && (*it)->kind != IR_MAP)
			break;
		columns = (*it)->kind == IR_MAP ? (*it)->columns.v : columns;
		ncolumns = (*it)->kind == IR_MAP ? (*it)->columns.n : ncolumns;
	}
	eval_layout(g->arena, n, ir_packets(q), columns, ncolumns, ret);
}

/* --- packets and partial rows in ----------------------------------------------------------------
 */

void
ir_eval_watch(struct ir_eval *ev, ir_taken *taken, void *user)
{
	ev->taken = taken;
	ev->user = user;
	for (uint32_t i = 0; i < ev->nstates; i++)
		ev->states[i].told = arena_array(ev->arena, struct ir_value, ev->states[i].fold.layout.columns.n + 1);
}

/* The row that was folded last. */
static void
tell(struct ir_eval *ev, const struct eval_state *s, uint64_t epoch, const struct ir_packet *p)
{
	const struct ir_partial *layout = &s->fold.layout;

	for (uint32_t i = 0; i < layout->columns.n; i++)
		s->told[i] = eval_cell_value(&ev->texts, layout->columns.v[i].type, s->fold.row[i]);
	ev->taken(ev->user, s->q, epoch, layout, s->told, p);
}

static bool
passes(struct ir_eval *ev, const struct eval_state *s)
{
	vec_each (f, &s->filters)
		if (!ir_truth(eval_memo_get(&ev->memo, *f)))
			return false;
	return true;
}

/* in, out: for LOST. A tuple that counts nothing (nothing was sent) leaves no row, but it may lack
 * a key. */
static void
tuple(struct ir_eval *ev, struct eval_state *s, const struct ir_packet *p, uint64_t in, uint64_t out)
{
	uint64_t number = p->time_in / s->q->window_ns;
	struct eval_epoch *e;
	bool there;

	if (!passes(ev, s))
		return;
	there = eval_fold_tuple(&s->fold, &ev->memo, &ev->texts, in, out);
	if (ev->taken) {
		if (there)
			tell(ev, s, number, p);
	} else if (!there) {
		epoch_of(s, number)->info.absent++;
	} else if (!s->lost || in || out) {
		e = epoch_of(s, number);
		eval_rows_add(&e->rows, &s->fold.layout, s->plain, s->fold.row);
		/* packets are told in the order in which they end, which is egress's, not ingress's */
		if (s->plain && !s->q->egress)
			eval_rows_place(&e->rows, p->id);
	}
}

/* Whether ingress sent copies of it from the normal path: clones never are. */
static bool
is_sent(uint32_t instance)
{
	return instance == PS_NORMAL || instance == PS_RECIRCULATED || instance == PS_RESUBMITTED;
}

static bool
is_clone(uint32_t instance)
{
	return instance == PS_INGRESS_CLONE || instance == PS_EGRESS_CLONE;
}

/* Both sides of a loss in one line of a trace; what only egress saw (a replica) has been asked for
 * its keys as its parent. */
static void
tuple_lost(struct ir_eval *ev, struct eval_state *s, const struct ir_packet *p)
{
	bool sent = p->ingress && is_sent(p->ingress_instance);
	uint64_t out = p->egress && !is_clone(p->egress_instance);

	if (ev->taken && !is_clone(p->ingress_instance))
		tuple(ev, s, p, 1, out);
	else if (sent)
		tuple(ev, s, p, p->copies, out);
	else if (out && passes(ev, s) && eval_fold_tuple(&s->fold, &ev->memo, &ev->texts, 0, out))
		eval_rows_add(&epoch_of(s, p->time_in / s->q->window_ns)->rows, &s->fold.layout,
			      false, s->fold.row);
}

static void
set_packet(struct ir_eval *ev, const struct ir_packet *p, uint32_t instance)
{
	eval_memo_set(&ev->memo, p->fields, NULL, NULL);
	ev->memo.instance = ir_int(instance);
}

void
ir_eval_packet(struct ir_eval *ev, const struct ir_packet *p)
{
	bool normal = p->ingress_instance == PS_NORMAL;

	set_packet(ev, p, p->ingress_instance);
	for (uint32_t i = 0; i < ev->nstates; i++) {
		struct eval_state *s = &ev->states[i];

		if (s->lost)
			tuple_lost(ev, s, p);
		else if (!s->q->egress && p->ingress && (normal || s->q->sees_all_instances))
			tuple(ev, s, p, 0, 0);
	}
	if (!p->egress)
		return;
	normal = p->egress_instance == PS_NORMAL || p->egress_instance == PS_REPLICA;
	set_packet(ev, p, p->egress_instance);
	for (uint32_t i = 0; i < ev->nstates; i++) {
		struct eval_state *s = &ev->states[i];

		if (s->q->egress && (normal || s->q->sees_all_instances))
			tuple(ev, s, p, 0, 0);
	}
}

void
ir_eval_partial(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch,
		const struct ir_value *values)
{
	struct eval_state *s = &ev->states[q->index];
	struct eval_epoch *e = epoch_of(s, epoch);
	const struct ir_partial *layout = &s->fold.layout;
	eval_cell *row = s->fold.row;

	for (uint32_t i = 0; i < layout->nkeys + layout->nvalues; i++)
		row[i] = eval_cell_make(&ev->texts, layout->columns.v[i].type, &values[i]);
	if (s->plain)
		eval_rows_add(&e->rows, layout, true, row);
	else
		eval_pack(&s->fold.packing, layout->columns.n, row, eval_rows_put(&e->rows, &s->fold, &ev->scratch, 1));
}

void
ir_eval_cells(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, const struct ir_cells *columns,
	      const uint32_t *rows, uint32_t n, enum ir_cells_keys same)
{
	struct eval_state *s = &ev->states[q->index];
	struct eval_epoch *e = epoch_of(s, epoch); /* there is one, even if nothing comes */

	if (n) {
		bool is_result = same != IR_KEYS_OFTEN && s->after == s->q->nodes.n && !s->q->anonymous; /* in the order of keys, as they are */

		bool unique = same == IR_KEYS_NEVER && !e->rows.n;

		e->rows.tables = is_result && (!e->rows.n || e->rows.tables) ? e->rows.tables + 1 : 0;
		eval_pack_columns(&s->fold.packing, s->fold.layout.columns.n, columns, rows, n,
				  eval_rows_put(&e->rows, &s->fold, &ev->scratch, n));
		e->rows.unique = unique;
	}
}

void
ir_eval_tuple(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, uint32_t from, const struct ir_value *fields,
	      uint32_t instance)
{
	struct eval_state *s = &ev->states[q->index];
	uint32_t passed = 0;

	for (uint32_t i = 0; i < from && i < q->nodes.n; i++)
		passed += q->nodes.v[i]->kind == IR_FILTER;
	eval_memo_set(&ev->memo, fields, NULL, NULL);
	ev->memo.instance = ir_int(instance);
	for (uint32_t i = passed; i < s->filters.n; i++)
		if (!ir_truth(eval_memo_get(&ev->memo, s->filters.v[i])))
			return;
	if (eval_fold_tuple(&s->fold, &ev->memo, &ev->texts, 0, 0))
		eval_rows_add(&epoch_of(s, epoch)->rows, &s->fold.layout, s->plain, s->fold.row);
	else
		epoch_of(s, epoch)->info.absent++;
}

void
ir_eval_info(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch,
	     const struct ir_epoch_info *info)
{
	struct ir_epoch_info *to = &epoch_of(&ev->states[q->index], epoch)->info;

	to->absent += info->absent;
	to->overflow += info->overflow;
	to->lost_tuples += info->lost_tuples;
	to->unnamed += info->unnamed;
	to->in_flight += info->in_flight;
	to->late |= info->late;
	to->restarted |= info->restarted;
	if (info->overflow)
		to->precision = info->precision;
}
