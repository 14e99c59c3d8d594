/* The evaluator: queries and their epochs. evaluator.h says what is where. */
#include "ir/eval.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "ir/evaluator.h"
#include "ir/expr.h"
#include "packetscope/program.h"

/* Another query that a result comes from, and how many epochs before; or a query that has it so. */
struct link {
	uint32_t query;
	uint64_t before;
};

struct state {
	const struct ir_query *q;
	VEC(const struct ir_expr *) filters; /* before the first stateful operator, over fields */
	struct eval_fold fold;
	struct ir_value *told; /* room for a row, when tuples are told */
	uint32_t after; /* first operator that works on rows */
	bool plain;	/* no stateful operator */
	bool lost;
	struct eval_epochs epochs;
	uint64_t sealed;  /* no more rows for epochs below it */
	uint64_t emitted; /* results of epochs below it have been emitted */
	VEC(struct link) closure; /* queries whose rows its results come from: itself and, through joins and refinements, others */
	VEC(struct link) users;	  /* reported queries that have it in their closure */
	/* the result of one epoch, while that of a reported query is being computed */
	struct eval_relation result;
	bool has_result;
	uint64_t result_of;
};

struct ir_eval {
	struct ir_graph *g;
	struct arena *arena;
	struct state *states; /* by query */
	uint32_t nstates;
	struct eval_memo memo;
	struct eval_texts texts;
	ir_taken *taken; /* not NULL: tuples are told, not kept */
	void *user;
	struct eval_scratch scratch;
	struct arena *results; /* of the epoch that is being told */
};

/* --- epochs ----------------------------------------------------------------------------------- */

static struct eval_epoch *
epoch_of(struct state *s, uint64_t number)
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
prepare(struct ir_eval *ev, struct state *s)
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
	for (uint32_t i = 0; at && i < s->fold.items.n; i++)
		s->fold.items.v[i] = ir_substitute(ev->g, s->fold.items.v[i], columns, ncolumns);
}

/* `depth`: refinements on the way there. seen: by query and depth, whose query was there last. */
static void
close_over(struct ir_eval *ev, struct state *s, const struct ir_query *q, uint32_t depth, uint32_t *seen)
{
	uint32_t *mark = &seen[q->index * (IR_REFINE_MAX + 1) + depth];

	if (*mark == s->q->index + 1)
		return;
	*mark = s->q->index + 1;
	vec_push(ev->arena, &s->closure, (struct link){ q->index, (uint64_t)depth * IR_REFINE_LAG });
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
	ev->states = arena_array(ev->arena, struct state, ev->nstates + 1);
	seen = arena_array(ev->arena, uint32_t, ev->nstates * (IR_REFINE_MAX + 1) + 1);
	for (uint32_t i = 0; i < ev->nstates; i++) {
		struct state *s = &ev->states[i];

		s->q = g->queries.v[i];
		prepare(ev, s);
		close_over(ev, s, s->q, 0, seen);
		if (!s->q->anonymous)
			vec_each (l, &s->closure)
				vec_push(ev->arena, &ev->states[l->query].users, (struct link){ i, l->before });
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
tell(struct ir_eval *ev, const struct state *s, uint64_t epoch, const struct ir_packet *p)
{
	const struct ir_partial *layout = &s->fold.layout;

	for (uint32_t i = 0; i < layout->columns.n; i++)
		s->told[i] = eval_cell_value(&ev->texts, layout->columns.v[i].type, s->fold.row[i]);
	ev->taken(ev->user, s->q, epoch, layout, s->told, p);
}

static bool
passes(struct ir_eval *ev, const struct state *s)
{
	vec_each (f, &s->filters)
		if (!ir_truth(eval_memo_get(&ev->memo, *f)))
			return false;
	return true;
}

/* in, out: for LOST. A tuple that counts nothing (nothing was sent) leaves no row, but it may lack
 * a key. */
static void
tuple(struct ir_eval *ev, struct state *s, const struct ir_packet *p, uint64_t in, uint64_t out)
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
tuple_lost(struct ir_eval *ev, struct state *s, const struct ir_packet *p)
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
		struct state *s = &ev->states[i];

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
		struct state *s = &ev->states[i];

		if (s->q->egress && (normal || s->q->sees_all_instances))
			tuple(ev, s, p, 0, 0);
	}
}

void
ir_eval_partial(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch,
		const struct ir_value *values)
{
	struct state *s = &ev->states[q->index];
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
	      const uint32_t *rows, uint32_t n)
{
	struct state *s = &ev->states[q->index];
	struct eval_epoch *e = epoch_of(s, epoch); /* there is one, even if nothing comes */

	if (n)
		eval_pack_columns(&s->fold.packing, s->fold.layout.columns.n, columns, rows, n,
				  eval_rows_put(&e->rows, &s->fold, &ev->scratch, n));
}

void
ir_eval_tuple(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, uint32_t from, const struct ir_value *fields,
	      uint32_t instance)
{
	struct state *s = &ev->states[q->index];
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

/* --- closed epochs out
 * ---------------------------------------------------------------------------- */

static const struct eval_relation *compute(struct ir_eval *ev, struct state *s, struct eval_context *c, uint64_t number);

/* Everything behind the first stateful operator. Rows go through chains of filters and maps; a chain ends in a reduce, whose rows then go through the next one, or
 * in a relation, which the next operator takes whole. */
static void
run_after(struct ir_eval *ev, struct state *s, struct eval_context *c, uint64_t number, struct eval_rows *rows)
{
	const struct ir_query *q = s->q;
	struct eval_relation *r = &s->result;
	struct eval_chain x, before = { 0 };
	const struct ir_node *n;
	uint32_t at = eval_chain_open(&x, c, q, s->after, r);

	eval_fold_finish(c, &s->fold, rows, &x);
	while (x.folds || at < q->nodes.n) {
		before = x;
		if (x.folds) {
			n = x.fold.node;
			eval_rows_settle(&before.rows, &before.fold, c->scratch);
			*r = (struct eval_relation){ .columns = n->columns.v, .ncolumns = n->columns.n,
						     .by_key = eval_rows_by_key(&before.rows, &before.fold.layout) };
			at = eval_chain_open(&x, c, q, at, r);
			eval_fold_finish(c, &before.fold, &before.rows, &x);
			eval_rows_fini(&before.rows);
			continue;
		}
		n = q->nodes.v[at++];
		*r = x.out;
		if (n->kind == IR_JOIN) {
			const struct eval_relation joined = { .columns = n->columns.v, .ncolumns = n->columns.n };

			at = eval_chain_open(&x, c, q, at, &joined);
			eval_join(c, n, r, compute(ev, &ev->states[n->other->index], c, number), &x);
			continue;
		}
		if (n->kind == IR_REFINE)
			eval_refine(c, n, r, number < IR_REFINE_LAG ? NULL
					     : compute(ev, &ev->states[n->other->index], c, number - IR_REFINE_LAG));
		else
			eval_order(c, n, r);
		at = eval_chain_open(&x, c, q, at, r);
		vec_each (row, &r->rows)
			eval_chain_push(&x, *row);
	}
	*r = x.out;
}

/* The relation that a query is in an epoch. The results of joined queries are kept until forget().
 */
static const struct eval_relation *
compute(struct ir_eval *ev, struct state *s, struct eval_context *c, uint64_t number)
{
	struct eval_rows nothing = { 0 };
	struct eval_epoch *e = eval_epochs_find(&s->epochs, number);
	struct eval_relation *r = &s->result;

	if (s->has_result && s->result_of == number)
		return r;
	*r = (struct eval_relation){ .columns = s->fold.layout.columns.v, .ncolumns = s->fold.layout.nkeys, .ordered = s->plain };
	if (s->fold.node) {
		const struct ir_node *last = s->fold.packets ? s->fold.packets : s->fold.node;

		r->columns = last->columns.v;
		r->ncolumns = last->columns.n;
	}
	if (e) {
		eval_rows_settle(&e->rows, &s->fold, &ev->scratch);
		eval_rows_order(&e->rows, &s->fold.layout);
		/* a name's absent fields sort first */
		r->by_key = !s->fold.packets && eval_rows_by_key(&e->rows, &s->fold.layout);
	}
	run_after(ev, s, c, number, e ? &e->rows : &nothing);
	if (!r->ordered)
		eval_sort_by_key(r);
	s->has_result = true;
	s->result_of = number;
	return r;
}

/* The lost packets that have a key, over all (the paper's section 4.2). */
static double
lost_precision(const struct state *s, const struct eval_epoch *e)
{
	const struct ir_partial *p = &s->fold.layout;
	uint64_t known = 0;

	for (uint32_t i = 0; i < e->rows.n; i++) {
		const eval_cell *row = s->fold.row;

		if (e->rows.loose)
			eval_unpack(&s->fold.packing, p->columns.n, e->rows.words + (size_t)i * s->fold.packing.width,
				    s->fold.row);
		else
			row = eval_rows_at(&e->rows, p, i);
		known += (uint64_t)(row[p->nkeys] - row[p->nkeys + 1]);
	}
	return (double)known / ((double)known + (double)e->info.overflow);
}

/* The fraction of one query's tuples that its rows tell of; < 0: not known. */
static double
precision_of(const struct state *s, const struct eval_epoch *e)
{
	bool totals = s->fold.node && s->fold.node->overflow == IR_OVERFLOW_TOTAL;

	if (e->info.late || e->info.lost_tuples)
		return -1;
	if (s->lost && e->info.overflow)
		return lost_precision(s, e);
	return totals && e->info.overflow ? e->info.precision : 1;
}

/* What is known of an epoch over all the queries that a result comes from. */
static struct ir_epoch_info
gather(struct ir_eval *ev, const struct state *s, uint64_t number)
{
	struct ir_epoch_info sum = { .precision = 1 };

	vec_each (l, &s->closure) {
		struct state *other = &ev->states[l->query];
		struct eval_epoch *e = number < l->before ? NULL : eval_epochs_find(&other->epochs, number - l->before);
		double precision;

		if (!e)
			continue;
		sum.absent += e->info.absent;
		sum.overflow += e->info.overflow;
		sum.lost_tuples += e->info.lost_tuples;
		sum.unnamed += e->info.unnamed;
		sum.in_flight += e->info.in_flight;
		sum.late |= e->info.late;
		sum.restarted |= e->info.restarted;
		precision = precision_of(other, e);
		if (precision < sum.precision && sum.precision >= 0)
			sum.precision = precision;
	}
	return sum;
}

static void
forget(struct ir_eval *ev, const struct state *s)
{
	vec_each (l, &s->closure)
		ev->states[l->query].has_result = false;
	arena_reset(ev->results);
	eval_scratch_reset(&ev->scratch);
}

static void
emit_epoch(struct ir_eval *ev, struct state *s, uint64_t number, ir_emit *emit, void *user)
{
	struct eval_context c = { ev->results, &ev->memo, &ev->texts, &ev->scratch, 0 };
	struct ir_result ret = { .query = s->q, .epoch = number, .info = gather(ev, s, number) };
	const struct eval_relation *r = compute(ev, s, &c, number);

	ret.columns = r->columns;
	ret.ncolumns = r->ncolumns;
	ret.info.absent += c.absent;
	if (!ret.info.late) {
		ret.nrows = r->rows.n;
		ret.rows = eval_room(&c, (size_t)ret.nrows * sizeof(*ret.rows));
		for (uint32_t i = 0; i < ret.nrows; i++)
			ret.rows[i] = (struct ir_result_row){ .values = r->rows.v[i] };
	}
	emit(user, &ret);
	forget(ev, s);
}

static int
cmp_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* How many epochs the queries of the closure know in all. */
static size_t
count_epochs(struct ir_eval *ev, const struct state *s)
{
	size_t n = 0;

	vec_each (l, &s->closure)
		n += ev->states[l->query].epochs.n;
	return n;
}

/* Epochs in [s->emitted, end) that any query of the closure knows: sorted, each once. `v` has room for all; returns how many. */
static size_t
known_epochs(struct ir_eval *ev, const struct state *s, uint64_t end, bool to_the_last, uint64_t *v)
{
	size_t n = 0, unique = 0;

	vec_each (l, &s->closure) {
		const struct eval_epochs *from = &ev->states[l->query].epochs;

		for (uint32_t k = 0; k < from->n; k++)
			if (from->v[k]->number >= s->emitted &&
			    (from->v[k]->number < end || to_the_last))
				v[n++] = from->v[k]->number;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), cmp_numbers);
	for (size_t i = 0; i < n; i++)
		if (!i || v[i] != v[i - 1])
			v[unique++] = v[i];
	return unique;
}

static void
emit_known(struct ir_eval *ev, struct state *s, uint64_t end, bool to_the_last, ir_emit *emit,
	   void *user)
{
	size_t all = count_epochs(ev, s), n;
	uint64_t few[8], *numbers = all <= 8 ? few : alloc(all, sizeof(*numbers));

	n = known_epochs(ev, s, end, to_the_last, numbers);
	for (size_t i = 0; i < n; i++)
		emit_epoch(ev, s, numbers[i], emit, user);
	if (numbers != few)
		free(numbers);
	if (s->emitted < end)
		s->emitted = end;
}

/* Lets go of the epochs of a query that everyone who reports them has reported. */
static void
let_go(struct ir_eval *ev, struct state *s)
{
	uint64_t below = s->sealed;

	if (!s->epochs.n)
		return;
	vec_each (u, &s->users) {
		uint64_t next = ev->states[u->query].emitted;

		if (next - (next < u->before ? next : u->before) < below)
			below = next - (next < u->before ? next : u->before);
	}
	eval_epochs_drop(&s->epochs, below);
}

void
ir_eval_close(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, ir_emit *emit,
	      void *user)
{
	struct state *s = &ev->states[q->index];

	vec_each (l, &s->closure)
		if (ev->states[l->query].sealed < epoch)
			ev->states[l->query].sealed = epoch;
	emit_known(ev, s, epoch, false, emit, user);
	vec_each (l, &s->closure)
		let_go(ev, &ev->states[l->query]);
}

void
ir_eval_members(struct ir_eval *ev, const struct ir_node *n, uint64_t epoch, ir_member *member, void *user)
{
	struct state *s = &ev->states[n->other->index];
	struct eval_context c = { ev->results, &ev->memo, &ev->texts, &ev->scratch, 0 };
	struct ir_value keys[IR_REFINE_KEYS];

	if (epoch < IR_REFINE_LAG)
		return;
	vec_each (row, &compute(ev, s, &c, epoch - IR_REFINE_LAG)->rows) {
		for (uint32_t i = 0; i < n->on_right.n; i++)
			keys[i] = (*row)[n->on_right.v[i]];
		member(user, keys);
	}
	forget(ev, s);
}

void
ir_eval_finish(struct ir_eval *ev, ir_emit *emit, void *user)
{
	for (uint32_t i = 0; i < ev->nstates; i++)
		if (!ev->states[i].q->anonymous)
			emit_known(ev, &ev->states[i], UINT64_MAX, true, emit, user);
	for (uint32_t i = 0; i < ev->nstates; i++) {
		ev->states[i].sealed = UINT64_MAX;
		let_go(ev, &ev->states[i]);
	}
}
