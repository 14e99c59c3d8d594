/* Joins of two aggregates, per key and epoch; and the join that is a loss (an ingress count minus
 * an egress count). */
#include "query/check.h"

struct joining {
	struct checker *c;
	struct flow *f; /* left */
	struct flow right;
	struct ir_query *other;
	const struct tree_op *op;
	struct ir_node n;
};

static const struct func {
	const char *name;
	enum ir_join join;
} funcs[] = {
	{ "diff", IR_JOIN_DIFF }, { "sum", IR_JOIN_SUM },     { "min", IR_JOIN_MIN },
	{ "max", IR_JOIN_MAX },	  { "ratio", IR_JOIN_RATIO },
};
#define NFUNCS (sizeof(funcs) / sizeof(funcs[0]))

/* --- the other side
 * -------------------------------------------------------------------------------- */

/* A query with a name and the same epochs is computed once; else it is built anew with the join's
 * epochs, and so is one that came at another time: it may go before this one does. */
static void
take_other(struct joining *j, struct tree *t, struct epoch epoch)
{
	struct checker *c = j->c;
	struct def *def = t->kind == TREE_PATH ? query_def(c, t->text) : NULL;

	if (def && !def->tree->is_param && def->unit == c->unit && def->built != NOW && query_build_def(c, def) &&
	    def->query->window_ns == query_window(c, epoch)) {
		j->other = def->query;
		j->right = *def->flow;
		j->right.left_name = def->name;
		return;
	}
	j->other = query_build(c, t, STR_NONE, epoch, true, &j->right);
}

static bool
other_side(struct joining *j, struct tree *t, struct epoch epoch)
{
	struct checker *c = j->c;

	if (t->kind == TREE_ERROR)
		return false;
	if (c->depth + 8 >= QUERY_CHECK_DEPTH) {
		diag_error(c->d, t->at, "too many joins inside each other");
		return false;
	}
	c->depth += 8; /* frames here are larger than an expression's */
	take_other(j, t, epoch);
	c->depth -= 8;
	if (!j->other)
		return false;
	if (j->right.reduced)
		return true;
	diag_error(c->d, t->at, "the other side of a join is an aggregate too: it needs a reduce");
	return false;
}

/* --- on
 * -----------------------------------------------------------------------------------------------
 */

static void
push_pair(struct joining *j, uint32_t left, uint32_t right)
{
	vec_push(j->c->arena, &j->n.on_left, left);
	vec_push(j->c->arena, &j->n.on_right, right);
}

static int32_t
key_of(struct joining *j, const struct flow *f, struct tree *t, const char *side)
{
	int32_t i = -1;

	if (t->kind == TREE_PATH)
		i = query_find_column(j->c, f, &f->columns, t->text);
	if (i >= 0 && f->columns.v[i].is_key)
		return i;
	if (t->kind == TREE_PATH)
		diag_error(j->c->d, t->at, "the %s side of the join has no key '%.*s'", side,
			   STRA(t->text));
	else if (t->kind != TREE_ERROR)
		diag_error(j->c->d, t->at,
			   "a key of both sides is expected here, or LEFT == RIGHT");
	return -1;
}

static bool
pair_kinds(struct joining *j, uint32_t l, uint32_t r, struct span at)
{
	struct ir_type a = j->f->columns.v[l].type, b = j->right.columns.v[r].type;

	if (a.kind == b.kind)
		return true;
	diag_error(j->c->d, at, "keys of two kinds: '%.*s' is %.*s, '%.*s' is %.*s",
		   STRA(j->f->columns.v[l].name), STRA(query_type_text(j->c, a)),
		   STRA(j->right.columns.v[r].name), STRA(query_type_text(j->c, b)));
	return false;
}

/* on=(KEY, LEFT == RIGHT, ...) */
static bool
written_on(struct joining *j, struct tree *t)
{
	struct tree_arg alone = { .value = t };
	bool is_list = t->kind == TREE_LIST, ok = true;

	for (uint32_t i = 0; i < (is_list ? t->args.n : 1); i++) {
		struct tree *item = is_list ? t->args.v[i].value : alone.value;
		bool two = item->kind == TREE_BINARY && item->op == IR_EQ;
		int32_t l = key_of(j, j->f, two ? item->a : item, "left");
		int32_t r = l < 0 ? -1 : key_of(j, &j->right, two ? item->b : item, "right");

		ok = ok && l >= 0 && r >= 0 && pair_kinds(j, (uint32_t)l, (uint32_t)r, item->at);
		if (ok)
			push_pair(j, (uint32_t)l, (uint32_t)r);
	}
	return ok;
}

static void
common_on(struct joining *j)
{
	for (uint32_t i = 0; i < j->f->columns.n; i++) {
		const struct column *l = &j->f->columns.v[i];
		int32_t r = -1;

		if (!l->is_key)
			continue;
		for (uint32_t k = 0; k < j->right.columns.n && r < 0; k++) {
			const struct column *col = &j->right.columns.v[k];

			if (col->is_key &&
			    (str_eq(col->name, l->name) || (l->field && col->field == l->field)))
				r = (int32_t)k;
		}
		if (r >= 0 && l->type.kind == j->right.columns.v[r].type.kind)
			push_pair(j, i, (uint32_t)r);
	}
}

static bool
is_in(const uint32_t *list, uint32_t n, uint32_t v)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i] == v)
			return true;
	return false;
}

/* Rows meet one to one only if all keys of both sides take part. */
static bool
all_keys(struct joining *j, const struct columns *columns, const uint32_t *on, const char *side)
{
	for (uint32_t i = 0; i < columns->n; i++) {
		if (!columns->v[i].is_key || is_in(on, j->n.on_left.n, i))
			continue;
		diag_error(j->c->d, j->op->at,
			   "key '%.*s' of the %s side has no partner on the other side",
			   STRA(columns->v[i].name), side);
		diag_hint(j->c->d,
			  "group both sides by the same keys, or pair them: on=(LEFT == RIGHT)");
		return false;
	}
	return true;
}

static bool
check_on(struct joining *j, struct tree *t)
{
	if (t && !written_on(j, t))
		return false;
	if (!t)
		common_on(j);
	if (!j->n.on_left.n) {
		diag_error(j->c->d, j->op->at, "the two sides of this join have no key in common");
		diag_hint(j->c->d, "pair them: on=(LEFT == RIGHT)");
		return false;
	}
	return all_keys(j, &j->f->columns, j->n.on_left.v, "left") &&
	       all_keys(j, &j->right.columns, j->n.on_right.v, "right");
}

/* --- func
 * -----------------------------------------------------------------------------------------------
 */

static uint32_t
nvalues(const struct columns *columns)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < columns->n; i++)
		n += !columns->v[i].is_key;
	return n;
}

static const struct column *
value_at(const struct columns *columns, uint32_t index)
{
	for (uint32_t i = 0; i < columns->n; i++)
		if (!columns->v[i].is_key && !index--)
			return &columns->v[i];
	return NULL;
}

/* What a pair of values becomes; false when they can't be combined. */
static bool
value_type(enum ir_join how, struct ir_type a, struct ir_type b, struct ir_type *ret)
{
	bool number = (a.kind == IR_INT || a.kind == IR_TIME || a.kind == IR_FLOAT) &&
		      (b.kind == IR_INT || b.kind == IR_TIME || b.kind == IR_FLOAT);
	bool order = how == IR_JOIN_MIN || how == IR_JOIN_MAX;
	bool some_float = a.kind == IR_FLOAT || b.kind == IR_FLOAT;

	*ret = a.width >= b.width ? a : b;
	ret->is_signed = a.is_signed || b.is_signed;
	if (some_float || how == IR_JOIN_RATIO)
		*ret = (struct ir_type){ IR_FLOAT, 64, true };
	else if (!order)
		*ret = (struct ir_type){ a.kind, a.width > 64 || b.width > 64 ? 128 : 64,
					 how == IR_JOIN_DIFF || ret->is_signed };
	if (order && a.kind == b.kind &&
	    (a.kind == IR_IPV4 || a.kind == IR_IPV6 || a.kind == IR_MAC))
		return true;
	return number && (a.kind == b.kind || some_float);
}

static bool
named_func(struct joining *j, struct tree *t, struct columns *values)
{
	uint32_t n = nvalues(&j->f->columns), m = nvalues(&j->right.columns);

	if (!n || n != m) {
		diag_error(j->c->d, t->at,
			   n ? "the sides of this join have %u and %u values"
			     : "the sides of this join have no values (%u and %u)",
			   n, m);
		diag_hint(j->c->d, "write an expression: func=(left.%s / right.%s)", "count",
			  "count");
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct column *l = value_at(&j->f->columns, i),
				    *r = value_at(&j->right.columns, i);
		struct column col = { .name = l->name, .is_implied = l->is_implied };

		if (!value_type(j->n.join, l->type, r->type, &col.type)) {
			diag_error(j->c->d, t->at,
				   "'%.*s' (%.*s) and '%.*s' (%.*s) can't be joined this way",
				   STRA(l->name), STRA(query_type_text(j->c, l->type)),
				   STRA(r->name), STRA(query_type_text(j->c, r->type)));
			return false;
		}
		if (j->n.join == IR_JOIN_RATIO && n == 1)
			col.name = STR("ratio");
		vec_push(j->c->arena, values, col);
	}
	return true;
}

/* func=EXPR or func=(NAME = EXPR) over left.X and right.X */
static bool
expr_func(struct joining *j, struct tree *t, struct columns *values)
{
	struct checker *c = j->c;
	struct column col = { .name = STR("value"), .is_implied = true };
	struct flow both = *j->f;
	struct tree *e = t;

	if (t->kind == TREE_LIST && t->args.n == 1) {
		e = t->args.v[0].value;
		if (t->args.v[0].name.n)
			col = (struct column){ .name = t->args.v[0].name };
	}
	both.right = &j->right.columns;
	both.right_name = j->right.left_name;
	j->n.join = IR_JOIN_EXPR;
	j->n.expr = query_value(c, query_term(c, &both, e));
	if (!j->n.expr)
		return false;
	col.type = j->n.expr->type;
	vec_push(c->arena, values, col);
	return true;
}

static bool
is_plain_word(const struct joining *j, const struct tree *t)
{
	if (t->kind == TREE_LITERAL && t->token.kind == TOKEN_STRING)
		return true;
	return t->kind == TREE_PATH && str_find(t->text, '.') < 0 &&
	       query_find_column(j->c, j->f, &j->f->columns, t->text) < 0 &&
	       query_find_column(j->c, &j->right, &j->right.columns, t->text) < 0;
}

static bool
check_func(struct joining *j, struct tree *t, struct columns *values)
{
	struct str word = STR_NONE, list[NFUNCS];

	if (!t) {
		diag_error(j->c->d, j->op->at, "'join' needs a function: func='diff'");
		return false;
	}
	for (uint32_t i = 0; i < NFUNCS; i++)
		list[i] = str_from(funcs[i].name);
	if (query_word(j->c, t, &word) && t->kind != TREE_CALL)
		for (uint32_t i = 0; i < NFUNCS; i++) {
			if (!str_eq(word, list[i]))
				continue;
			j->n.join = funcs[i].join;
			return named_func(j, t, values);
		}
	if (is_plain_word(j, t)) {
		query_unknown(j->c, t->at, "function", word, list, NFUNCS);
		return false;
	}
	return expr_func(j, t, values);
}

/* --- losses
 * --------------------------------------------------------------------------------------------- */

/* Filters and then a count of packets, nothing else? */
static bool
is_count(const struct ir_query *q)
{
	const struct ir_node *last = q->nodes.n ? q->nodes.v[q->nodes.n - 1] : NULL;

	for (uint32_t i = 0; i + 1 < q->nodes.n; i++)
		if (q->nodes.v[i]->kind != IR_FILTER)
			return false;
	return last && last->kind == IR_REDUCE && last->func == IR_COUNT && !q->sees_all_instances;
}

static bool
has_filter(const struct ir_query *q, const struct ir_expr *e)
{
	for (uint32_t i = 0; i + 1 < q->nodes.n; i++)
		if (q->nodes.v[i]->expr == e)
			return true;
	return false;
}

static bool
same_filters(const struct ir_query *a, const struct ir_query *b)
{
	for (uint32_t i = 0; i + 1 < a->nodes.n; i++)
		if (!has_filter(b, a->nodes.v[i]->expr))
			return false;
	for (uint32_t i = 0; i + 1 < b->nodes.n; i++)
		if (!has_filter(a, b->nodes.v[i]->expr))
			return false;
	return true;
}

/* Equal expressions are one node, so equal keys and filters over fields of `in` and `mid` are the
 * same pointers; the left side, over ingress(), can't have others. */
static bool
is_loss(const struct joining *j)
{
	const struct ir_query *l = j->f->q, *r = j->other;
	const struct ir_node *a, *b;

	if (j->n.join != IR_JOIN_DIFF || l->egress || !r->egress || !is_count(l) || !is_count(r) ||
	    !same_filters(l, r))
		return false;
	a = l->nodes.v[l->nodes.n - 1];
	b = r->nodes.v[r->nodes.n - 1];
	for (uint32_t i = 0; i < j->n.on_left.n; i++)
		if (a->keys.v[j->n.on_left.v[i]].expr != b->keys.v[j->n.on_right.v[i]].expr)
			return false;
	return true;
}

static void
become_loss(struct joining *j)
{
	struct ir_query *q = j->f->q;
	struct ir_node *count = q->nodes.v[q->nodes.n - 1],
		       *lost = arena_new(j->c->arena, struct ir_node);
	struct ir_type type = { IR_INT, 64, true };

	*lost = *count;
	lost->kind = IR_LOST;
	lost->at = j->op->at;
	lost->func = IR_SUM; /* no function: as in a node that was a loss from the start */
	lost->columns.v = arena_copy(j->c->arena, count->columns.v,
				     count->columns.n * sizeof(*count->columns.v));
	lost->columns.cap = count->columns.n;
	lost->columns.v[count->columns.n - 1].type = type;
	q->nodes.v[q->nodes.n - 1] = lost;
	j->f->columns.v[j->f->columns.n - 1].type = type;
}

/* --- the operator
 * ------------------------------------------------------------------------------------------ */

static bool
check_window(struct joining *j, struct tree *t)
{
	struct str word = STR_NONE;

	if (!t || (query_word(j->c, t, &word) && str_is(word, "arrival")))
		return true;
	diag_error(j->c->d, t->at, "epochs are windows of arrival: window='arrival'");
	return false;
}

static void
push_node(struct joining *j, const struct columns *values)
{
	struct checker *c = j->c;
	struct columns columns = { .n = 0 };
	struct ir_node *n = query_node(c, j->f, IR_JOIN, j->op);

	for (uint32_t i = 0; i < j->n.on_left.n; i++)
		vec_push(c->arena, &columns, j->f->columns.v[j->n.on_left.v[i]]);
	vec_each (v, values)
		vec_push(c->arena, &columns, *v);
	*n = j->n;
	n->other = j->other;
	vec_each (col, &columns)
		vec_push(c->arena, &n->columns,
			 (struct ir_column){ col->name, col->type, col->is_key, NULL });
	j->f->columns = columns;
}

static bool
prepare(struct joining *j, struct tree **args, struct epoch epoch)
{
	static const char *const names[] = { "query", "on", "func", "window", "epoch_ms", "epoch" };
	struct checker *c = j->c;

	if (!query_bind(c, j->op, names, 6, 1, args))
		return false;
	if (!args[0]) {
		diag_error(
			c->d, j->op->at,
			"'join' needs another query: its name, or the query itself in parentheses");
		return false;
	}
	if (args[4] && args[5]) {
		diag_error(c->d, args[5]->at, "the epoch is given twice");
		return false;
	}
	if (!check_window(j, args[3]) || !other_side(j, args[0], epoch))
		return false;
	if (j->f->lost_track)
		return false;
	if (!j->f->reduced) {
		diag_error(c->d, j->op->name_at,
			   "'join' works on aggregates: there is none before a reduce");
		return false;
	}
	return true;
}

void
query_join(struct checker *c, struct flow *f, const struct tree_op *op, struct epoch epoch)
{
	struct joining j = { .c = c, .f = f, .op = op, .n = { .kind = IR_JOIN, .at = op->at } };
	struct columns values = { .n = 0 };
	struct tree *args[6];

	if (!prepare(&j, args, epoch) || !check_on(&j, args[1]) ||
	    !check_func(&j, args[2], &values)) {
		f->bad = f->lost_track = f->has_columns = f->reduced = true;
		return;
	}
	if (is_loss(&j))
		become_loss(&j);
	else
		push_node(&j, &values);
}
