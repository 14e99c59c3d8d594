/* Closed epochs: their rows go through the operators behind the first stateful one, and out. */
#include "ir/eval.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ir/evaluator.h"

static const struct eval_relation *compute(struct ir_eval *ev, struct eval_state *s, struct eval_context *c, uint64_t number);

/* --- operators ---------------------------------------------------------------------------------- */

/* A query's epoch on its way through the operators behind the first stateful one. Rows go through chains of filters and maps; a chain ends in a reduce,
 * whose rows then go through the next one, or in a relation, which the next operator takes whole. */
struct run {
	struct ir_eval *ev;
	struct eval_context *c;
	const struct ir_query *q;
	struct eval_relation *r; /* what the rows are by now */
	uint64_t number;
	struct eval_chain x; /* the chain at hand */
	uint32_t at;	     /* the operator behind it */
	const struct eval_fold *fold;
	struct eval_rows *rows; /* before the chain, of `fold`; NULL: they have gone through it */
	struct eval_fold own_fold;
	struct eval_rows own; /* rows that are not the epoch's */
};

/* An epoch without rows has none to point to: `own`. */
static void
run_begin(struct run *k, struct ir_eval *ev, struct eval_state *s, struct eval_context *c, uint64_t number, struct eval_relation *r)
{
	struct eval_epoch *e = eval_epochs_find(&s->epochs, number);
	const struct ir_node *last = s->fold.packets ? s->fold.packets : s->fold.node;

	*k = (struct run){ .ev = ev, .c = c, .q = s->q, .r = r, .number = number, .fold = &s->fold };
	k->rows = e ? &e->rows : &k->own;
	*r = (struct eval_relation){ .columns = s->fold.layout.columns.v, .ncolumns = s->fold.layout.nkeys, .ordered = s->plain };
	if (last) {
		r->columns = last->columns.v;
		r->ncolumns = last->columns.n;
	}
	if (e) {
		eval_rows_sieve(&e->rows, &s->fold);
		eval_rows_settle(&e->rows, &s->fold, &ev->scratch);
		eval_rows_order(&e->rows, &s->fold.layout);
		/* a name's absent fields sort first */
		r->by_key = !s->fold.packets && eval_rows_by_key(&e->rows, &s->fold.layout);
	}
	k->at = eval_chain_open(&k->x, c, s->q, s->after, r);
}

static void
drop_rows(struct run *k)
{
	if (k->rows == &k->own)
		eval_rows_done(&k->own, k->c->scratch);
	k->own = (struct eval_rows){ 0 };
	k->rows = NULL;
}

static void
push_rows(struct run *k)
{
	k->c->packs &= k->rows != &k->own;
	if (k->rows)
		eval_fold_finish(k->c, k->fold, k->rows, &k->x);
	k->c->packs = false;
	drop_rows(k);
}

/* Goes on with rows of an operator that keeps state, which become the run's. */
static void
take_rows(struct run *k, struct eval_fold fold, struct eval_rows rows)
{
	k->own_fold = fold;
	k->own = rows;
	k->fold = &k->own_fold;
	k->rows = &k->own;
	eval_rows_settle(k->rows, k->fold, k->c->scratch);
	*k->r = (struct eval_relation){ .columns = fold.node->columns.v, .ncolumns = fold.node->columns.n,
					.by_key = eval_rows_by_key(k->rows, &fold.layout) };
	k->at = eval_chain_open(&k->x, k->c, k->q, k->at, k->r);
}

/* Up to a chain that ends in no reduce. */
static void
run_folds(struct run *k)
{
	while (k->x.folds) {
		push_rows(k);
		take_rows(k, k->x.fold, k->x.rows);
	}
}

/* The last rows of a query that ends in a reduce, with all filters and maps before it. */
static bool
ends_in_rows(const struct eval_state *s)
{
	for (uint32_t i = s->after; i < s->q->nodes.n; i++) {
		enum ir_node_kind kind = s->q->nodes.v[i]->kind;

		if (kind != IR_FILTER && kind != IR_MAP && kind != IR_REDUCE && kind != IR_DISTINCT)
			return false;
	}
	return s->q->stateful >= 0 && s->q->nodes.v[s->q->nodes.n - 1]->kind == IR_REDUCE;
}

/* Joins rows without making values of them; false: values it must be. */
static bool
join_rows(struct run *k, const struct ir_node *n)
{
	struct eval_state *other = &k->ev->states[n->other->index];
	struct eval_rows joined = { 0 };
	struct eval_relation r;
	struct eval_fold fold;
	struct run right;
	bool ok;

	if (!k->rows || k->x.n || !ends_in_rows(other) || !eval_joins_rows(n, k->fold, k->rows))
		return false;
	run_begin(&right, k->ev, other, k->c, k->number, &r);
	run_folds(&right);
	ok = eval_join_rows(k->c, n, k->fold, k->rows, right.fold, right.rows, &fold, &joined);
	drop_rows(&right);
	if (ok) {
		drop_rows(k);
		k->at++;
		take_rows(k, fold, joined);
	}
	return ok;
}

static void
run_operator(struct run *k)
{
	const struct ir_node *n = k->q->nodes.v[k->at++];
	struct eval_relation *r = k->r;
	struct ir_eval *ev = k->ev;

	*r = k->x.out;
	if (n->kind == IR_JOIN) {
		const struct eval_relation joined = { .columns = n->columns.v, .ncolumns = n->columns.n };

		k->at = eval_chain_open(&k->x, k->c, k->q, k->at, &joined);
		eval_join(k->c, n, r, compute(ev, &ev->states[n->other->index], k->c, k->number), &k->x);
		return;
	}
	if (n->kind == IR_REFINE)
		eval_refine(k->c, n, r, k->number < IR_REFINE_LAG ? NULL
					: compute(ev, &ev->states[n->other->index], k->c, k->number - IR_REFINE_LAG));
	else
		eval_order(k->c, n, r);
	k->at = eval_chain_open(&k->x, k->c, k->q, k->at, r);
	vec_each (row, &r->rows)
		eval_chain_push(&k->x, *row);
}

static void
run_all(struct run *k)
{
	for (;;) {
		bool more;

		run_folds(k);
		more = k->at < k->q->nodes.n;
		if (more && k->q->nodes.v[k->at]->kind == IR_JOIN && join_rows(k, k->q->nodes.v[k->at]))
			continue;
		push_rows(k);
		if (!more)
			break;
		run_operator(k);
	}
	*k->r = k->x.out;
}

/* The relation that a query is in an epoch. The results of joined queries are kept until forget().
 */
static const struct eval_relation *
compute(struct ir_eval *ev, struct eval_state *s, struct eval_context *c, uint64_t number)
{
	struct eval_relation *r = &s->result;
	struct run k;

	if (s->has_result && s->result_of == number)
		return r;
	run_begin(&k, ev, s, c, number, r);
	run_all(&k);
	if (!r->ordered)
		eval_sort_by_key(r);
	s->has_result = true;
	s->result_of = number;
	return r;
}

/* --- epochs ------------------------------------------------------------------------------------- */

/* The lost packets that have a key, over all (the paper's section 4.2). */
static double
lost_precision(const struct eval_state *s, const struct eval_epoch *e)
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
precision_of(const struct eval_state *s, const struct eval_epoch *e)
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
gather(struct ir_eval *ev, const struct eval_state *s, uint64_t number)
{
	struct ir_epoch_info sum = { .precision = 1 };

	vec_each (l, &s->closure) {
		struct eval_state *other = &ev->states[l->query];
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
forget(struct ir_eval *ev, const struct eval_state *s)
{
	vec_each (l, &s->closure)
		ev->states[l->query].has_result = false;
	arena_reset(ev->results);
	eval_scratch_reset(&ev->scratch);
}

static void
emit_epoch(struct ir_eval *ev, struct eval_state *s, uint64_t number, ir_emit *emit, void *user)
{
	struct eval_context c = { ev->results, &ev->memo, &ev->texts, &ev->scratch, .packs = s->closure.n == 1 };
	struct ir_result ret = { .query = s->q, .epoch = number, .info = gather(ev, s, number) };
	const struct eval_relation *r = compute(ev, s, &c, number);

	ret.columns = r->columns;
	ret.ncolumns = r->ncolumns;
	ret.info.absent += c.absent;
	if (!ret.info.late) {
		ret.nrows = r->packed.rows ? r->packed.rows->n : r->rows.n;
		ret.rows = r->packed.rows ? NULL : r->rows.v;
		ret.packed = &r->packed;
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
count_epochs(struct ir_eval *ev, const struct eval_state *s)
{
	size_t n = 0;

	vec_each (l, &s->closure)
		n += ev->states[l->query].epochs.n;
	return n;
}

/* Epochs in [s->emitted, end) that any query of the closure knows: sorted, each once. `v` has room for all; returns how many. */
static size_t
known_epochs(struct ir_eval *ev, const struct eval_state *s, uint64_t end, bool to_the_last, uint64_t *v)
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
emit_known(struct ir_eval *ev, struct eval_state *s, uint64_t end, bool to_the_last, ir_emit *emit,
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
let_go(struct ir_eval *ev, struct eval_state *s)
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
	struct eval_state *s = &ev->states[q->index];

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
	struct eval_state *s = &ev->states[n->other->index];
	struct eval_context c = { ev->results, &ev->memo, &ev->texts, &ev->scratch, .packs = false };
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
