/* A query: where it begins, and its operators one after the other. Maps before the first stateful operator leave no node
 * behind: what follows is written over fields. */
#include "query/check.h"

#include "base/units.h"

#define LONGEST_EPOCH 86400000000000 /* ns: a day */

/* --- arguments ------------------------------------------------------------------------------------- */

static struct str *
as_strs(struct checker *c, const char *const *names, uint32_t n)
{
	struct str *list = arena_array(c->arena, struct str, n + 1);

	for (uint32_t i = 0; i < n; i++)
		list[i] = str_from(names[i]);
	return list;
}

static bool
bind_one(struct checker *c, const struct tree_op *op, const struct tree_arg *arg, const char *const *names, uint32_t n,
	 uint32_t positional, struct tree **ret)
{
	uint32_t i = 0;

	if (arg->name.n) {
		while (i < n && !str_is(arg->name, names[i]))
			i++;
		if (i == n) {
			query_unknown(c, arg->name_at, "argument", arg->name, as_strs(c, names, n), n);
			return false;
		}
		if (ret[i]) {
			diag_error(c->d, arg->name_at, "'%.*s' is given twice", STRA(arg->name));
			diag_note(c->d, ret[i]->at, "first here");
			return false;
		}
	} else {
		while (i < positional && ret[i])
			i++;
		if (i == positional) {
			diag_error(c->d, arg->value->at, "'%.*s' takes no further argument without a name", STRA(op->name));
			return false;
		}
	}
	ret[i] = arg->value;
	return true;
}

bool
query_bind(struct checker *c, const struct tree_op *op, const char *const *names, uint32_t n, uint32_t positional,
	   struct tree **ret)
{
	bool ok = true;

	for (uint32_t i = 0; i < n; i++)
		ret[i] = NULL;
	if (op->arrow != UINT32_MAX) {
		diag_error(c->d, op->at, "'=>' belongs to map only");
		return false;
	}
	for (uint32_t i = 0; i < op->args.n; i++)
		ok &= bind_one(c, op, &op->args.v[i], names, n, positional, ret);
	return ok;
}

bool
query_constant_int(struct checker *c, struct tree *t, const char *what, uint64_t min, uint64_t max, uint64_t *ret)
{
	struct term v = query_term(c, NULL, t);

	if (v.kind == TERM_ERROR)
		return false;
	if (v.kind != TERM_INT || v.value < min || v.value > max) {
		diag_error(c->d, t->at, "%s is a number of %llu to %llu", what, (unsigned long long)min,
			   (unsigned long long)max);
		return false;
	}
	*ret = (uint64_t)v.value;
	return true;
}

/* func=sum or func='sum' */
bool
query_word(struct checker *c, struct tree *t, struct str *ret)
{
	(void)c;
	if (t->kind == TREE_PATH || t->kind == TREE_CALL)
		*ret = t->text;
	else if (t->kind == TREE_LITERAL && t->token.kind == TOKEN_STRING)
		*ret = t->token.text;
	else
		return false;
	return true;
}

/* --- epochs ------------------------------------------------------------------------------------------ */

bool
query_duration(struct checker *c, struct tree *t, bool plain_ms, struct epoch *ret)
{
	struct term v = query_term(c, NULL, t);
	ir_i128 ns = v.value;

	if (v.kind == TERM_ERROR)
		return false;
	if (v.kind == TERM_INT && plain_ms && ns < LONGEST_EPOCH)
		ns *= 1000000;
	else if (v.kind != TERM_TIME && !(v.kind == TERM_INT && (plain_ms || !ns))) {
		diag_error(c->d, t->at, "a duration is expected here, not %.*s", STRA(query_describe(c, v)));
		if (v.kind == TERM_INT)
			diag_hint(c->d, "a duration is written with its unit: 20us, 5ms, 1s");
		return false;
	}
	if (ns <= 0 || ns > LONGEST_EPOCH) {
		diag_error(c->d, t->at, ns > 0 ? "an epoch is at most a day (24h) long" : "an epoch must be longer than 0");
		return false;
	}
	*ret = (struct epoch){ (uint64_t)ns, t->at };
	return true;
}

bool
query_same_epoch(struct checker *c, struct epoch a, struct epoch b)
{
	struct epoch first = a.at.begin <= b.at.begin ? a : b, second = a.at.begin <= b.at.begin ? b : a;

	if (!a.ns || !b.ns || a.ns == b.ns)
		return true;
	diag_error(c->d, second.at, "this epoch of %.*s contradicts another one of %.*s",
		   STRA(units_duration_text(c->arena, second.ns)), STRA(units_duration_text(c->arena, first.ns)));
	diag_note(c->d, first.at, "the other one");
	return false;
}

static struct tree *
find_arg(const struct tree_op *op, const char *name, const char *other, uint32_t position)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < op->args.n; i++) {
		const struct tree_arg *arg = &op->args.v[i];

		if (str_is(arg->name, name) || str_is(arg->name, other))
			return arg->value;
		if (!arg->name.n && at++ == position)
			return arg->value;
	}
	return NULL;
}

/* A first epoch stays; a second one must be the same. */
static void
merge_epoch(struct checker *c, struct epoch *into, struct epoch more)
{
	if (!into->ns)
		*into = more;
	else
		query_same_epoch(c, *into, more);
}

static void
op_epoch(struct checker *c, const struct tree_op *op, struct epoch *into)
{
	struct epoch e = { .ns = 0 };
	struct tree *t = NULL;
	bool plain_ms = true;

	if (str_is(op->name, "window")) {
		t = find_arg(op, "duration", "duration", 0);
		plain_ms = false;
	} else if (str_is(op->name, "lost")) {
		t = find_arg(op, "epoch_ms", "epoch", 1);
	} else if (str_is(op->name, "join")) {
		t = find_arg(op, "epoch_ms", "epoch", UINT32_MAX);
	}
	if (t && query_duration(c, t, plain_ms, &e))
		merge_epoch(c, into, e);
	if (str_is(op->name, "join") && (t = find_arg(op, "query", "query", 0)))
		merge_epoch(c, into, query_epoch(c, t));
}

/* The epoch that a query, its base or the other sides of its joins state; ns 0: none does. */
struct epoch
query_epoch(struct checker *c, struct tree *t)
{
	struct epoch e = { .ns = 0 };
	struct def *def;

	if (c->depth >= QUERY_CHECK_DEPTH)
		return e;
	c->depth++;
	if (t->kind == TREE_CHAIN) {
		e = query_epoch(c, t->a);
		for (uint32_t i = 0; i < t->ops.n; i++)
			op_epoch(c, &t->ops.v[i], &e);
	} else if (t->kind == TREE_PATH) {
		def = query_def(c, t->text);
		if (def && !def->tree->is_param)
			e = query_def_epoch(c, def);
	}
	c->depth--;
	return e;
}

/* --- columns ------------------------------------------------------------------------------------------- */

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
name_of(struct checker *c, struct flow *f, const struct tree *t, const struct ir_expr *e, struct column *col)
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
	return e->op == IR_CONST && e->type.kind == IR_INT && e->value == 1 ? STR("count") : STR("value");
}

bool
query_item(struct checker *c, struct flow *f, const struct tree_arg *arg, bool is_value, struct column *ret)
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

/* --- filter, map, window, top, sort ---------------------------------------------------------------------- */

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
add_item(struct checker *c, struct flow *f, const struct tree_arg *arg, bool is_key, struct columns *out)
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
map_columns(struct checker *c, struct flow *f, const struct tree_op *op, struct columns *out, bool *retok)
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
		diag_error(c->d, op->at, "'map' needs the fields that it keeps: (KEYS) => VALUES, or a list");
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
		vec_each(col, &out) vec_push(c->arena, &n->columns,
					     (struct ir_column){ col->name, col->type, col->is_key, col->expr });
	} else {
		vec_each(col, &out) vec_push(c->arena, &f->needed, col->expr);
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

/* by=count, by=-count */
static bool
check_by(struct checker *c, struct flow *f, const struct tree_op *op, struct tree *t, struct ir_node *n)
{
	int32_t i = -1;

	if (t && t->kind == TREE_UNARY && t->op == IR_NEG) {
		n->descending = !n->descending;
		t = t->a;
	}
	if (t && t->kind != TREE_PATH) {
		diag_error(c->d, t->at, "the name of a column is expected here");
		return false;
	}
	if (t) {
		i = query_find_column(c, f, &f->columns, t->text);
		if (i < 0)
			query_term(c, f, t); /* for its message */
	} else {
		for (uint32_t k = 0; k < f->columns.n; k++)
			if (!f->columns.v[k].is_key)
				i = i == -1 ? (int32_t)k : -2;
		if (i < 0)
			diag_error(c->d, op->at, "'%.*s' needs the column that it goes by: by=count", STRA(op->name));
	}
	if (i < 0)
		return false;
	n->by = (uint32_t)i;
	return true;
}

static bool
needs_group(struct checker *c, struct flow *f, const struct tree_op *op)
{
	if (f->reduced)
		return true;
	if (!f->lost_track)
		diag_error(c->d, op->at, "'%.*s' works on an aggregate: there is none before a reduce", STRA(op->name));
	f->bad = true;
	return false;
}

static void
check_top(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "n", "by" };
	struct ir_node n = { .kind = IR_TOP, .descending = true, .at = op->at };
	struct tree *args[2];
	uint64_t top = 0;
	bool ok;

	if (!needs_group(c, f, op))
		return;
	ok = query_bind(c, op, names, 2, 2, args);
	if (ok && !args[0])
		diag_error(c->d, op->at, "'top' needs how many it keeps: .top(10, by=count)");
	ok = ok && args[0] && query_constant_int(c, args[0], "how many rows top keeps", 1, 1000000, &top);
	if (!ok || !check_by(c, f, op, args[1], &n)) {
		f->bad = true;
		return;
	}
	n.top = (uint32_t)top;
	*query_node(c, f, IR_TOP, op) = n;
	vec_each(col, &f->columns) vec_push(c->arena, &f->q->nodes.v[f->q->nodes.n - 1]->columns,
					    (struct ir_column){ col->name, col->type, col->is_key, NULL });
}

static bool
check_order(struct checker *c, struct tree *t, bool *ret)
{
	struct str word = STR_NONE;

	if (!t)
		return true;
	if (t->kind == TREE_BOOL) { /* descending=true */
		*ret = t->value;
		return true;
	}
	if (query_word(c, t, &word) && (str_is(word, "asc") || str_is(word, "desc"))) {
		*ret = str_is(word, "desc");
		return true;
	}
	diag_error(c->d, t->at, "'asc' or 'desc' is expected here");
	return false;
}

static void
check_sort(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "by", "order", "descending" };
	struct ir_node n = { .kind = IR_SORT, .at = op->at };
	struct tree *args[3];

	if (!needs_group(c, f, op))
		return;
	if (!query_bind(c, op, names, 3, 2, args) || !check_order(c, args[1], &n.descending) ||
	    !check_order(c, args[2], &n.descending) || !check_by(c, f, op, args[0], &n)) {
		f->bad = true;
		return;
	}
	*query_node(c, f, IR_SORT, op) = n;
	vec_each(col, &f->columns) vec_push(c->arena, &f->q->nodes.v[f->q->nodes.n - 1]->columns,
					    (struct ir_column){ col->name, col->type, col->is_key, NULL });
}

/* --- the chain ---------------------------------------------------------------------------------------------- */

static void
check_op(struct checker *c, struct flow *f, const struct tree_op *op, struct epoch epoch)
{
	static const struct str known[] = {
		{ "filter", 6 }, { "map", 3 },	{ "reduce", 6 }, { "distinct", 8 }, { "lost", 4 },
		{ "join", 4 },	 { "window", 6 }, { "top", 3 },	 { "sort", 4 },
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
		check_top(c, f, op);
	} else if (str_is(op->name, "sort")) {
		check_sort(c, f, op);
	} else {
		query_unknown(c, op->name_at, "operator", op->name, known, sizeof(known) / sizeof(known[0]));
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
	static const struct str streams[] = { { "ingress()", 9 }, { "egress()", 8 } };
	struct def *def = query_def(c, t->text);

	f->bad |= !def || def->bad;
	if (!def) {
		struct str *list = arena_array(c->arena, struct str, c->defs.n + 2);
		uint32_t n = 0;

		list[n++] = streams[0];
		list[n++] = streams[1];
		vec_each(it, &c->defs) if (!(*it)->tree->is_param) list[n++] = (*it)->name;
		query_unknown(c, t->at, "query", t->text, list, n);
	} else if (def->tree->is_param) {
		diag_error(c->d, t->at, "'%.*s' is a parameter, and a query is expected here", STRA(t->text));
		f->bad = true;
	} else if (def->is_base_now || def->built == NOW) {
		diag_error(c->d, t->at, "query '%.*s' is made from itself", STRA(t->text));
		diag_note(c->d, def->tree->name_at, "it begins here");
		f->bad = def->bad = true;
	} else if (!query_build_def(c, def)) {
		f->bad = true;
	} else {
		def->is_base = def->is_base_now = true;
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
	static const struct str streams[] = { { "ingress", 7 }, { "egress", 6 } };

	if (c->depth >= QUERY_CHECK_DEPTH) {
		diag_error(c->d, t->at, "more than %d queries inside each other", QUERY_CHECK_DEPTH);
		f->bad = true;
		return;
	}
	c->depth += 4; /* a query's frames are larger than an expression's */
	if (t->kind == TREE_CHAIN) {
		apply(c, f, t->a, epoch);
		for (uint32_t i = 0; i < t->ops.n; i++)
			check_op(c, f, &t->ops.v[i], epoch);
	} else if (t->kind == TREE_CALL && (str_is(t->text, "ingress") || str_is(t->text, "egress"))) {
		begin(c, f, t);
	} else if (t->kind == TREE_PATH) {
		begin_with(c, f, t, epoch);
	} else {
		if (t->kind != TREE_ERROR) {
			diag_error(c->d, t->at, "a query begins with ingress(), egress() or the name of a query");
			if (t->kind == TREE_CALL && str_nearest(t->text, streams, 2).n)
				diag_nearest(c->d, t->text, streams, 2);
			else if (t->kind == TREE_CALL)
				diag_hint(c->d, "an operator follows a stream: ingress().%.*s(...)", STRA(t->text));
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
		const struct ir_field *field = query_field(c, f->q->egress, str_from(names[i]), f->q->at);
		struct column col = { .name = str_from(names[i]), .type = field->type, .field = field,
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
	vec_each(col, &f->columns) vec_push(c->arena, &n->columns,
					    (struct ir_column){ col->name, col->type, col->is_key, col->expr });
}

uint64_t
query_window(struct checker *c, struct epoch e)
{
	uint64_t tick = c->schema->tick_ns ? c->schema->tick_ns : 1;
	uint64_t ns = ((e.ns ? e.ns : QUERY_DEFAULT_WINDOW) + tick - 1) / tick * tick;

	if (!e.ns)
		return ns;

	if (ns != e.ns)
		diag_warn(c->d, e.at, "the clock of the switch goes in steps of %.*s: this epoch becomes %.*s",
			  STRA(units_duration_text(c->arena, tick)), STRA(units_duration_text(c->arena, ns)));
	return ns;
}

/* Filters after a grouping have the columns of their input. */
static void
fill_columns(struct checker *c, struct ir_query *q)
{
	for (uint32_t i = 0; i < q->nodes.n; i++) {
		struct ir_node *n = q->nodes.v[i];

		if (n->kind == IR_FILTER && i > 0)
			vec_each(col, &q->nodes.v[i - 1]->columns) vec_push(
				c->arena, &n->columns, (struct ir_column){ col->name, col->type, col->is_key, NULL });
		if (q->stateful < 0 && (n->kind == IR_REDUCE || n->kind == IR_DISTINCT || n->kind == IR_LOST))
			q->stateful = (int32_t)i;
	}
}

struct ir_query *
query_build(struct checker *c, struct tree *t, struct str name, struct epoch epoch, bool anonymous, struct flow *retflow)
{
	struct flow f = { .bad = false };
	struct ir_query *q = arena_new(c->arena, struct ir_query);

	if (++c->nqueries > QUERY_MAX_QUERIES) {
		if (c->nqueries == QUERY_MAX_QUERIES + 1)
			diag_error(c->d, t->at, "more than %d queries, those inside joins included", QUERY_MAX_QUERIES);
		return NULL;
	}
	*q = (struct ir_query){ .name = name, .at = t->at, .anonymous = anonymous, .stateful = -1 };
	f.q = q;
	apply(c, &f, t, epoch);
	if (f.bad)
		return NULL;
	if (!f.reduced)
		finish_stream(c, &f);
	q->window_ns = query_window(c, epoch);
	fill_columns(c, q);
	if (retflow)
		*retflow = f;
	return q;
}
