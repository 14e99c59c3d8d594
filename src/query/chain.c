/* A query: where it begins, and its operators one after the other. Maps before the first stateful
 * operator leave no node behind: what follows is written over fields. */
#include "query/check.h"

/* --- columns
 * ------------------------------------------------------------------------------------------- */

bool
query_add_column(struct checker *c, struct columns *list, struct column col)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (!str_eq(list->v[i].name, col.name))
			continue;
		diag_error(c->d, col.at, "there are two columns '%.*s'", STRA(col.name));
		diag_hint(c->d, "give one another name: NAME = ...");
		return false;
	}
	vec_push(c->arena, list, col);
	return true;
}

/* The field or column that a tree is, for its name and for finding it by another spelling. */
static void
name_of(struct checker *c, struct flow *f, const struct tree *t, const struct ir_expr *e,
	struct column *col)
{
	int32_t i;

	if (t->kind == TREE_PATH && !(query_def(c, t->text) && e->op == IR_CONST))
		col->name = t->text;
	if (e->op == IR_FIELD)
		col->field = e->field;
	if (t->kind != TREE_PATH || !f->has_columns)
		return;
	i = query_find_column(c, f, &f->columns, t->text);
	if (i >= 0) {
		col->field = f->columns.v[i].field;
		col->is_implied = f->columns.v[i].is_implied;
	}
}

/* Unnamed values are called `count` when the value is 1, else `value`. */
static struct str
implied_name(const struct ir_expr *e)
{
	return e->op == IR_CONST && e->type.kind == IR_INT && e->value == 1 ? STR("count")
									    : STR("value");
}

bool
query_item(struct checker *c, struct flow *f, const struct tree_arg *arg, bool is_value,
	   struct column *ret)
{
	struct column col = { .at = arg->value->at };
	const struct ir_expr *e = query_value(c, query_term(c, f, arg->value));

	if (!e)
		return false;
	col.expr = e;
	col.type = e->type;
	name_of(c, f, arg->value, e, &col);
	if (arg->name.n) {
		col.name = arg->name;
		col.is_implied = false;
	} else if (is_value) {
		col.name = implied_name(e);
		col.is_implied = true;
	}
	if (!col.name.n) {
		diag_error(c->d, arg->value->at, "this needs a name: NAME = ...");
		return false;
	}
	*ret = col;
	return true;
}

struct ir_node *
query_node(struct checker *c, struct flow *f, enum ir_node_kind kind, const struct tree_op *op)
{
	struct ir_node *n = arena_new(c->arena, struct ir_node);

	n->kind = kind;
	if (op)
		n->at = op->at;
	vec_push(c->arena, &f->q->nodes, n);
	return n;
}

/* --- filter, map, window ---------------------------------------------------------------------- */

static bool
mentions_instance(const struct checker *c, const struct ir_expr *e, bool *seen)
{
	if (!e || seen[e->id])
		return false;
	seen[e->id] = true;
	if (e->op == IR_FIELD && e->field->kind == IR_F_INSTANCE)
		return true;
	return mentions_instance(c, e->a, seen) || mentions_instance(c, e->b, seen);
}

static void
check_filter(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "condition" };
	struct tree *t;
	const struct ir_expr *e;

	if (!query_bind(c, op, names, 1, 1, &t) || !t) {
		if (!op->args.n)
			diag_error(c->d, op->at, "'filter' needs a condition");
		f->bad = true;
		return;
	}
	e = query_condition(c, f, t);
	if (!e) {
		f->bad = true;
		return;
	}
	query_warn_filter(c, e, t->at);
	query_node(c, f, IR_FILTER, op)->expr = e;
	if (mentions_instance(c, e, arena_array(c->arena, bool, e->id + 1)))
		f->q->sees_all_instances = true;
}

static bool
add_item(struct checker *c, struct flow *f, const struct tree_arg *arg, bool is_key,
	 struct columns *out)
{
	struct column col;

	if (!query_item(c, f, arg, false, &col))
		return false;
	col.is_key = is_key;
	return query_add_column(c, out, col);
}

static bool
add_value(struct checker *c, struct flow *f, const struct tree_arg *arg, struct columns *out)
{
	struct column col;

	return query_item(c, f, arg, true, &col) && query_add_column(c, out, col);
}

/* Keys stand before the arrow, singly or as a list. */
static bool
add_keys(struct checker *c, struct flow *f, const struct tree_arg *arg, struct columns *out)
{
	const struct tree *t = arg->value;
	bool ok = true;

	if (t->kind != TREE_LIST || arg->name.n)
		return add_item(c, f, arg, true, out);
	for (uint32_t i = 0; i < t->args.n; i++)
		ok &= add_item(c, f, &t->args.v[i], true, out);
	return ok;
}

static bool
add_values(struct checker *c, struct flow *f, const struct tree_arg *arg, struct columns *out)
{
	const struct tree *t = arg->value;
	bool ok = true;

	if (t->kind != TREE_LIST || arg->name.n)
		return add_value(c, f, arg, out);
	for (uint32_t i = 0; i < t->args.n; i++)
		ok &= add_value(c, f, &t->args.v[i], out);
	return ok;
}

static void
map_columns(struct checker *c, struct flow *f, const struct tree_op *op, struct columns *out,
	    bool *retok)
{
	bool has_arrow = op->arrow != UINT32_MAX;
	bool ok = true;

	for (uint32_t i = 0; i < op->args.n; i++) {
		const struct tree_arg *arg = &op->args.v[i];

		if (has_arrow && i >= op->arrow)
			ok &= add_values(c, f, arg, out);
		else if (has_arrow || (arg->value->kind == TREE_LIST && !arg->name.n))
			ok &= add_keys(c, f, arg, out);
		else
			ok &= add_item(c, f, arg, !arg->name.n, out);
	}
	*retok = ok;
}

static void
check_map(struct checker *c, struct flow *f, const struct tree_op *op)
{
	struct columns out = { .n = 0 };
	struct ir_node *n;
	bool ok;

	map_columns(c, f, op, &out, &ok);
	if (op->arrow != UINT32_MAX && op->arrow >= op->args.n) {
		diag_error(c->d, op->at, "a value is expected after '=>'");
		ok = false;
	}
	if (!op->args.n) {
		diag_error(c->d, op->at,
			   "'map' needs the fields that it keeps: (KEYS) => VALUES, or a list");
		ok = false;
	}
	if (!ok) {
		f->bad = f->lost_track = true;
		f->has_columns = true;
		f->columns = out;
		return;
	}
	if (f->reduced) {
		n = query_node(c, f, IR_MAP, op);
		vec_each (col, &out)
			vec_push(
				c->arena, &n->columns,
				(struct ir_column){ col->name, col->type, col->is_key, col->expr });
	} else {
		vec_each (col, &out)
			vec_push(c->arena, &f->needed, col->expr);
	}
	f->columns = out;
	f->has_columns = true;
}

/* Its duration is known already: see query_epoch. */
static void
check_window(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "duration" };
	struct tree *t;

	if (!query_bind(c, op, names, 1, 1, &t))
		f->bad = true;
	else if (!t) {
		diag_error(c->d, op->at, "'window' needs a duration: .window(1s)");
		f->bad = true;
	}
}

/* --- the chain
 * ---------------------------------------------------------------------------------------------- */

static void
check_op(struct checker *c, struct flow *f, const struct tree_op *op, struct epoch epoch)
{
	static const struct str known[] = {
		{ "filter", 6 }, { "map", 3 },	  { "reduce", 6 }, { "distinct", 8 }, { "lost", 4 },
		{ "join", 4 },	 { "window", 6 }, { "top", 3 },	   { "sort", 4 },
		{ "packets", 7 }, { "refine", 6 },
	};

	if (f->nops++ == QUERY_MAX_OPS) {
		diag_error(c->d, op->at, "a query has at most %d operators", QUERY_MAX_OPS);
		f->bad = f->lost_track = true;
	}
	if (f->nops > QUERY_MAX_OPS)
		return;
	if (str_is(op->name, "filter")) {
		check_filter(c, f, op);
	} else if (str_is(op->name, "map")) {
		check_map(c, f, op);
	} else if (str_is(op->name, "reduce")) {
		query_reduce(c, f, op);
	} else if (str_is(op->name, "distinct")) {
		query_distinct(c, f, op);
	} else if (str_is(op->name, "lost")) {
		query_lost(c, f, op);
	} else if (str_is(op->name, "join")) {
		query_join(c, f, op, epoch);
	} else if (str_is(op->name, "window")) {
		check_window(c, f, op);
	} else if (str_is(op->name, "top")) {
		query_top(c, f, op);
	} else if (str_is(op->name, "packets")) {
		query_packets(c, f, op);
	} else if (str_is(op->name, "refine")) {
		query_refine(c, f, op, epoch);
	} else if (str_is(op->name, "sort")) {
		query_sort(c, f, op);
	} else {
		query_unknown(c, op->name_at, "operator", op->name, known,
			      sizeof(known) / sizeof(known[0]));
		f->bad = f->lost_track = true;
	}
}

static void
begin(struct checker *c, struct flow *f, struct tree *t)
{
	f->q->egress = str_is(t->text, "egress");
	if (t->args.n) {
		diag_error(c->d, t->at, "'%.*s()' takes no arguments", STRA(t->text));
		f->bad = true;
	}
}

static void apply(struct checker *c, struct flow *f, struct tree *t, struct epoch epoch);

/* All operators of another query come first. */
static void
begin_with(struct checker *c, struct flow *f, struct tree *t, struct epoch epoch)
{
	static const struct str streams[] = { { "ingress()", 9 }, { "egress()", 8 }, { "network()", 9 } };
	struct def *def = query_def(c, t->text);

	f->bad |= !def || def->bad;
	if (!def) {
		struct str *list = arena_array(c->arena, struct str, c->defs.n + 3);
		uint32_t n = 0;

		while (n < 3) {
			list[n] = streams[n];
			n++;
		}
		vec_each (it, &c->defs)
			if (!(*it)->tree->is_param)
				list[n++] = (*it)->name;
		query_unknown(c, t->at, "query", t->text, list, n);
	} else if (def->tree->is_param) {
		diag_error(c->d, t->at, "'%.*s' is a parameter, and a query is expected here",
			   STRA(t->text));
		f->bad = true;
	} else if (def->is_base_now || def->built == NOW) {
		diag_error(c->d, t->at, "query '%.*s' is made from itself", STRA(t->text));
		diag_note(c->d, def->tree->name_at, "it begins here");
		f->bad = def->bad = true;
	} else if (query_is_network(c, def->value)) {
		diag_error(c->d, t->at, "'%.*s' is a query over network(): no other query can begin with it or join it", STRA(t->text));
		f->bad = true;
	} else if (!query_build_def(c, def)) {
		f->bad = true;
	} else {
		def->is_base |= def->unit == c->unit;
		def->is_base_now = true;
		apply(c, f, def->value, epoch);
		def->is_base_now = false;
		f->left_name = t->text;
		return;
	}
	f->lost_track = f->has_columns = f->reduced = true;
}

static void
apply(struct checker *c, struct flow *f, struct tree *t, struct epoch epoch)
{
	static const struct str streams[] = { { "ingress", 7 }, { "egress", 6 }, { "network", 7 } };

	if (c->depth >= QUERY_CHECK_DEPTH) {
		diag_error(c->d, t->at, "more than %d queries inside each other",
			   QUERY_CHECK_DEPTH);
		f->bad = true;
		return;
	}
	c->depth += 4; /* a query's frames are larger than an expression's */
	if (t->kind == TREE_CHAIN) {
		apply(c, f, t->a, epoch);
		for (uint32_t i = 0; i < t->ops.n; i++)
			check_op(c, f, &t->ops.v[i], epoch);
	} else if (t->kind == TREE_CALL &&
		   (str_is(t->text, "ingress") || str_is(t->text, "egress"))) {
		begin(c, f, t);
	} else if (t->kind == TREE_PATH) {
		begin_with(c, f, t, epoch);
	} else {
		if (t->kind != TREE_ERROR) {
			diag_error(
				c->d, t->at,
				"a query begins with ingress(), egress(), network() or the name of a query");
			if (t->kind == TREE_CALL && str_nearest(t->text, streams, 3).n)
				diag_nearest(c->d, t->text, streams, 3);
			else if (t->kind == TREE_CALL)
				diag_hint(c->d, "an operator follows a stream: ingress().%.*s(...)",
					  STRA(t->text));
		}
		f->bad = f->lost_track = f->has_columns = f->reduced = true;
	}
	c->depth -= 4;
}

/* A stream without a map shows when, where and how long each packet came. */
static void
default_columns(struct checker *c, struct flow *f)
{
	static const char *const names[] = { "time_in", "port_in", "packet.len_in" };

	for (uint32_t i = 0; i < 3; i++) {
		const struct ir_field *field =
			query_field(c, f->q->egress, str_from(names[i]), f->q->at);
		struct column col = { .name = str_from(names[i]),
				      .type = field->type,
				      .field = field,
				      .expr = ir_read(c->g, field) };

		query_add_column(c, &f->columns, col);
	}
}

/* A plain stream ends with one map over fields. */
static void
finish_stream(struct checker *c, struct flow *f)
{
	const struct ir_expr **used;
	struct ir_node *n;

	if (!f->has_columns)
		default_columns(c, f);
	used = arena_array(c->arena, const struct ir_expr *, f->columns.n + 1);
	for (uint32_t i = 0; i < f->columns.n; i++)
		used[i] = f->columns.v[i].expr;
	query_keep_needed(c, f, used, f->columns.n);
	n = query_node(c, f, IR_MAP, NULL);
	n->at = f->q->at;
	vec_each (col, &f->columns)
		vec_push(c->arena, &n->columns,
			 (struct ir_column){ col->name, col->type, col->is_key, col->expr });
}

/* Filters after a grouping have the columns of their input. */
void
query_finish(struct checker *c, struct ir_query *q, struct epoch epoch)
{
	q->window_ns = query_window(c, epoch);
	for (uint32_t i = 0; i < q->nodes.n; i++) {
		struct ir_node *n = q->nodes.v[i];

		if ((n->kind == IR_FILTER && i > 0) || n->kind == IR_REFINE)
			vec_each (col, &q->nodes.v[i - 1]->columns)
				vec_push(c->arena, &n->columns,
					 (struct ir_column){ col->name, col->type, col->is_key,
							     NULL });
		if (q->stateful < 0 &&
		    (n->kind == IR_REDUCE || n->kind == IR_DISTINCT || n->kind == IR_LOST))
			q->stateful = (int32_t)i;
	}
}

struct ir_query *
query_build(struct checker *c, struct tree *t, struct str name, struct epoch epoch, bool anonymous,
	    struct flow *retflow)
{
	struct flow f = { .bad = false };
	struct ir_query *q = arena_new(c->arena, struct ir_query);

	if (++c->nqueries > QUERY_MAX_QUERIES) {
		if (c->nqueries == QUERY_MAX_QUERIES + 1)
			diag_error(c->d, t->at, "more than %d queries, those inside joins included",
				   QUERY_MAX_QUERIES);
		return NULL;
	}
	*q = (struct ir_query){ .name = name, .at = t->at, .anonymous = anonymous, .stateful = -1 };
	f.q = q;
	apply(c, &f, t, epoch);
	if (f.bad)
		return NULL;
	if (!f.reduced)
		finish_stream(c, &f);
	query_finish(c, q, epoch);
	if (retflow)
		*retflow = f;
	return q;
}
