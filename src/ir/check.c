/* Checks a graph before anything walks it: see ir_check in graph.h. The front end's graphs are
 * always right (it has told the user otherwise); those that were read from a file may be anything.
 */
#include "ir/graph.h"

#define DEPTH_MAX 500
#define NAMES_MAX 24 /* fields of lost packets: a bit of a word each */
#define VALUES_MAX 7 /* ir_partial.merge has 8, and avg adds a count */

/* What an expression reads. */
struct reads {
	uint32_t depth;
	uint32_t columns[2]; /* largest index + 1, left and right */
	bool fields;
	bool text; /* is a drop reason */
};

struct checker {
	struct diags *d;
	const struct ir_graph *g;
	struct reads *reads; /* by expression */
	bool ok;
};

static void
complain(struct checker *c, struct span at, const char *what)
{
	diag_error(c->d, at, "%s", what);
	c->ok = false;
}

static const struct ir_schema_field *
schema_field(const struct ir_schema *s, const struct ir_field *f)
{
	if (f->kind == IR_F_META)
		return f->field < s->metadata.n ? &s->metadata.v[f->field] : NULL;
	if (f->header >= s->headers.n || f->field >= s->headers.v[f->header].fields.n)
		return NULL;
	return &s->headers.v[f->header].fields.v[f->field];
}

static void
check_field(struct checker *c, const struct ir_field *f)
{
	const struct ir_schema_field *in;

	if (!f->type.width || f->type.width > 128)
		complain(c, (struct span){ 0, 0 }, "a field of the graph is wider than 128 bits");
	if (f->kind == IR_F_VALID && (!c->g->schema || f->header >= c->g->schema->headers.n))
		complain(c, (struct span){ 0, 0 },
			 "the graph tests a header that its schema doesn't have");
	if (f->kind != IR_F_HEADER && f->kind != IR_F_META)
		return;
	in = c->g->schema ? schema_field(c->g->schema, f) : NULL;
	if (!in || f->hi < f->lo || f->hi >= in->width || f->hi - f->lo >= 128)
		complain(c, (struct span){ 0, 0 },
			 "the graph reads a field that its schema doesn't have");
}

static uint32_t
larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void
check_expr(struct checker *c, const struct ir_expr *e)
{
	static const struct reads nothing = { 0 };
	const struct reads *a = e->a ? &c->reads[e->a->id] : &nothing;
	const struct reads *b = e->b ? &c->reads[e->b->id] : &nothing;
	struct reads *r = &c->reads[e->id];

	r->depth = 1 + larger(a->depth, b->depth);
	r->fields = e->op == IR_FIELD || a->fields || b->fields;
	r->text = ir_is_text(e->type.kind);
	for (int side = 0; side < 2; side++)
		r->columns[side] = larger(a->columns[side], b->columns[side]);
	if (e->op == IR_COLUMN)
		r->columns[e->side] = e->column + 1;
	if (r->depth == DEPTH_MAX + 1)
		complain(c, (struct span){ 0, 0 },
			 "an expression of the graph is nested too deeply");
}

/* Whether `e` may be evaluated over fields (if told) and `columns` columns; `right`: of a join. */
static void
check_use(struct checker *c, struct span at, const struct ir_expr *e, bool fields, uint32_t columns,
	  uint32_t right)
{
	const struct reads *r;

	if (!e) {
		complain(c, at, "an expression is missing here");
		return;
	}
	r = &c->reads[e->id];
	if (r->fields && !fields)
		complain(c, at, "fields of packets are read where only columns are known");
	if (r->columns[0] > columns || r->columns[1] > right)
		complain(c, at, "a column is read that isn't there");
}

struct walk {
	const struct ir_query *q;
	const struct ir_node *previous;
	bool fields;	      /* still before the first stateful operator */
	uint32_t ncolumns;    /* of the input */
	uint32_t before_lost; /* of the input of a LOST */
};

static void
check_columns(struct checker *c, struct walk *w, const struct ir_node *n, uint32_t wanted)
{
	if (n->columns.n != wanted)
		complain(c, n->at, "this operator has the wrong number of columns");
	w->ncolumns = n->columns.n;
}

static void
check_exprs(struct checker *c, const struct walk *w, const struct ir_node *n,
	    const struct ir_column *v, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		check_use(c, n->at, v[i].expr, w->fields, w->ncolumns, 0);
}

static void
check_reduce(struct checker *c, struct walk *w, const struct ir_node *n)
{
	bool many = n->func == IR_SUM || n->func == IR_MIN || n->func == IR_MAX;
	uint32_t values = many && n->values.n ? n->values.n : 1;

	check_exprs(c, w, n, n->keys.v, n->keys.n);
	check_exprs(c, w, n, n->values.v, n->values.n);
	if (n->values.n > VALUES_MAX)
		complain(c, n->at, "more values than one reduce can have");
	if (n->func != IR_SUM && n->func != IR_COUNT && !n->values.n)
		complain(c, n->at, "this function needs a value");
	if (!many && n->func != IR_COUNT && n->values.n != 1)
		complain(c, n->at, "this function has one value");
	if (n->func == IR_QUANTILE && !(n->quantile >= 0 && n->quantile <= 1))
		complain(c, n->at, "a quantile lies between 0 and 1");
	if (n->func != IR_DISTINCT_F && n->func != IR_QUANTILE && n->func != IR_COUNT)
		vec_each (v, &n->values)
			if (v->expr && c->reads[v->expr->id].text)
				complain(c, n->at, "reasons and classes can't be aggregated");
	check_columns(c, w, n, n->keys.n + values);
}

static void
check_lost(struct checker *c, struct walk *w, const struct ir_node *n)
{
	if (!w->fields || w->q->egress)
		complain(c, n->at, "'lost' works on packets of ingress");
	w->before_lost = w->ncolumns;
	check_exprs(c, w, n, n->keys.v, n->keys.n);
	check_columns(c, w, n, n->keys.n + 1);
}

/* Its values are fields of packets, as its LOST's keys are. */
static void
check_packets(struct checker *c, struct walk *w, const struct ir_node *n)
{
	const struct ir_node *lost = w->previous;

	if (!lost || lost->kind != IR_LOST) {
		complain(c, n->at, "'packets' stands behind 'lost'");
		return;
	}
	w->ncolumns = w->before_lost;
	w->fields = true;
	check_exprs(c, w, n, n->values.v, n->values.n);
	w->fields = false;
	if (n->values.n > NAMES_MAX || !n->values.n || !n->capacity)
		complain(c, n->at, "lost packets need fields that name them, and room");
	check_columns(c, w, n, lost->keys.n + n->values.n + 1);
}

/* Columns of a query's results. */
static uint32_t
width_of(const struct ir_query *q)
{
	return q->nodes.n ? q->nodes.v[q->nodes.n - 1]->columns.n : 0;
}

static void
check_join(struct checker *c, struct walk *w, const struct ir_node *n)
{
	uint32_t left = w->ncolumns, right, on = n->on_left.n, values;

	if (w->fields || !n->other || n->other->stateful < 0) {
		complain(c, n->at, "a join needs an aggregate on both sides");
		return;
	}
	right = width_of(n->other);
	if (n->on_right.n != on || on > left || on > right) {
		complain(c, n->at, "a join needs as many columns of one side as of the other");
		return;
	}
	for (uint32_t i = 0; i < on; i++)
		if (n->on_left.v[i] >= left || n->on_right.v[i] >= right)
			complain(c, n->at, "a column is read that isn't there");
	values = n->columns.n - on;
	if (n->columns.n <= on ||
	    (n->join == IR_JOIN_EXPR ? values != 1 : values > left - on || values > right - on))
		complain(c, n->at, "this join has the wrong number of columns");
	if (n->join == IR_JOIN_EXPR)
		check_use(c, n->at, n->expr, false, left, right);
	w->ncolumns = n->columns.n;
}

/* Both sides meet in keys, of the same types but for what is cut off. */
static void
check_refine(struct checker *c, struct walk *w, const struct ir_node *n)
{
	uint32_t right = n->other ? width_of(n->other) : 0, by = 0;

	check_columns(c, w, n, w->ncolumns);
	if (w->fields || !n->other || n->other->stateful < 0 || n->other->window_ns != w->q->window_ns) {
		complain(c, n->at, "an aggregate is refined by one of the same epochs");
		return;
	}
	for (uint32_t i = 0; i < n->on_left.n && i < n->on_right.n; i++) {
		if (n->on_left.v[i] >= w->ncolumns || n->on_right.v[i] >= right) {
			complain(c, n->at, "a column is read that isn't there");
			return;
		}
		by += n->on_left.v[i] == n->by;
	}
	if (n->on_left.n != n->on_right.n || n->on_left.n > IR_REFINE_KEYS || by != 1 || n->by >= n->columns.n || !n->prefix ||
	    n->prefix >= n->columns.v[n->by].type.width)
		complain(c, n->at, "this is no column to refine by");
}

static void
check_order(struct checker *c, struct walk *w, const struct ir_node *n)
{
	check_columns(c, w, n, w->ncolumns);
	if (n->by >= w->ncolumns)
		complain(c, n->at, "a column is read that isn't there");
}

static void
check_node(struct checker *c, struct walk *w, const struct ir_node *n)
{
	switch (n->kind) {
	case IR_FILTER:
		check_use(c, n->at, n->expr, w->fields, w->ncolumns, 0);
		check_columns(c, w, n, w->ncolumns);
		return;
	case IR_MAP:
		check_exprs(c, w, n, n->columns.v, n->columns.n);
		w->ncolumns = n->columns.n;
		return;
	case IR_REDUCE:
		check_reduce(c, w, n);
		w->fields = false;
		return;
	case IR_DISTINCT:
		check_exprs(c, w, n, n->keys.v, n->keys.n);
		check_columns(c, w, n, n->keys.n);
		w->fields = false;
		return;
	case IR_LOST:
		check_lost(c, w, n);
		w->fields = false;
		return;
	case IR_JOIN:
		check_join(c, w, n);
		return;
	case IR_TOP:
	case IR_SORT:
		check_order(c, w, n);
		return;
	case IR_PACKETS:
		check_packets(c, w, n);
		return;
	case IR_REFINE:
		check_refine(c, w, n);
		return;
	}
}

static void
check_query(struct checker *c, const struct ir_query *q)
{
	struct walk w = { .q = q, .fields = true };
	int32_t stateful = -1;

	if (!q->window_ns)
		complain(c, q->at, "an epoch of no length");
	vec_each (n, &q->nodes) {
		enum ir_node_kind k = (*n)->kind;

		if (stateful < 0 && (k == IR_REDUCE || k == IR_DISTINCT || k == IR_LOST))
			stateful = (int32_t)(n - q->nodes.v);
		check_node(c, &w, *n);
		w.previous = *n;
	}
	if (stateful != q->stateful)
		bug("query %.*s: the first stateful operator is %d, not %d", STRA(q->name),
		    stateful, q->stateful);
}

/* Whether `q` joins, at any distance, with a query whose visit isn't over. state: 0 new, 1 open, 2
 * done. */
static bool
cyclic(const struct ir_query *q, uint8_t *state, uint32_t depth)
{
	if (state[q->index] == 2)
		return false;
	if (state[q->index] == 1 || depth > DEPTH_MAX)
		return true;
	state[q->index] = 1;
	vec_each (n, &q->nodes)
		if ((*n)->other && cyclic((*n)->other, state, depth + 1))
			return true;
	state[q->index] = 2;
	return false;
}

/* Refinements one behind the other, up to this query. */
static uint32_t
refinements(const struct ir_query *q, uint8_t *known)
{
	uint32_t most = 0;

	if (known[q->index])
		return known[q->index] - 1u;
	vec_each (n, &q->nodes)
		if ((*n)->other) {
			uint32_t depth = refinements((*n)->other, known) + ((*n)->kind == IR_REFINE);

			most = depth > most ? depth : most;
		}
	known[q->index] = (uint8_t)(most > IR_REFINE_MAX ? IR_REFINE_MAX + 2 : most + 1);
	return most;
}

bool
ir_check(struct diags *d, const struct ir_graph *g)
{
	struct arena *scratch = arena_make();
	struct checker c = { d, g, arena_array(scratch, struct reads, g->exprs.n + 1), true };
	uint8_t *state = arena_alloc(scratch, g->queries.n + 1);

	vec_each (f, &g->fields)
		check_field(&c, *f);
	vec_each (e, &g->exprs)
		check_expr(&c, *e);
	vec_each (q, &g->queries)
		check_query(&c, *q);
	vec_each (q, &g->queries) {
		if (cyclic(*q, state, 0)) {
			complain(&c, (*q)->at, "this query joins with itself");
			break;
		}
	}
	if (c.ok) {
		memset(state, 0, g->queries.n);
		vec_each (q, &g->queries)
			if (refinements(*q, state) > IR_REFINE_MAX)
				complain(&c, (*q)->at, "too many refinements one behind the other");
	}
	arena_free(scratch);
	return c.ok;
}
