/* The operators that group: reduce, distinct, lost. */
#include "query/check.h"

#define VALUES_MAX 7 /* of a reduce: what partial rows have room for */
#define KEYS_MAX 16
#define ROWS_MAX (1u << 24)
#define STAGES_MAX 16

static const struct ir_type type_count = { IR_INT, 32, false };

/* --- options of the table ------------------------------------------------------------------------
 */

static bool
check_overflow(struct checker *c, struct tree *t, struct ir_node *n)
{
	static const struct str known[] = { { "mirror", 6 }, { "total", 5 } };
	struct str word = STR_NONE;

	if (query_word(c, t, &word) && str_eq(word, known[0])) {
		n->overflow = IR_OVERFLOW_MIRROR;
		return true;
	}
	if (str_eq(word, known[1])) {
		n->overflow = IR_OVERFLOW_TOTAL;
		return true;
	}
	diag_error(c->d, t->at,
		   "'overflow' is 'mirror' (every tuple that finds no row goes to the controller) "
		   "or 'total' "
		   "(they are only counted)");
	return false;
}

/* rows, stages, overflow: args[0..2] */
static bool
check_table(struct checker *c, struct tree *const *args, struct ir_node *n)
{
	uint64_t rows = c->o ? c->o->default_rows : 0, stages = c->o ? c->o->default_stages : 0;

	if (args[0] &&
	    !query_constant_int(c, args[0], "'rows', rows of a stage,", 1, ROWS_MAX, &rows))
		return false;
	if (args[1] && !query_constant_int(c, args[1], "'stages', stages of the table,", 1,
					   STAGES_MAX, &stages))
		return false;
	n->rows = (uint32_t)rows;
	n->stages = (uint32_t)stages;
	return !args[2] || check_overflow(c, args[2], n);
}

/* --- keys
 * ------------------------------------------------------------------------------------------- */

static bool
add_key(struct checker *c, struct flow *f, const struct tree_arg *arg, struct columns *keys)
{
	struct column col;

	if (!query_item(c, f, arg, false, &col))
		return false;
	if (col.type.kind == IR_FLOAT) {
		diag_error(c->d, arg->value->at, "a fraction can't be a key");
		return false;
	}
	if (!f->reduced)
		query_warn_key(c, col.expr, arg->value->at);
	col.is_key = true;
	return query_add_column(c, keys, col);
}

static bool
written_keys(struct checker *c, struct flow *f, struct tree *t, struct columns *keys)
{
	struct tree_arg alone = { .value = t };
	bool ok = true;

	if (t->kind != TREE_LIST && t->kind != TREE_SET)
		return add_key(c, f, &alone, keys);
	for (uint32_t i = 0; i < t->args.n; i++)
		ok &= add_key(c, f, &t->args.v[i], keys);
	if (!t->args.n) {
		diag_error(c->d, t->at, "there is no key in this list");
		diag_hint(c->d, "group by something that all packets share, as 'port_in'");
		return false;
	}
	return ok;
}

/* Keys of the map before, or of what was grouped before. */
static void
inherited_keys(struct checker *c, struct flow *f, struct columns *keys)
{
	for (uint32_t i = 0; i < f->columns.n; i++) {
		struct column col = f->columns.v[i];

		if (!col.is_key)
			continue;
		if (f->reduced)
			col.expr = ir_column(c->g, col.type, i, 0);
		else
			query_warn_key(c, col.expr, col.at);
		vec_push(c->arena, keys, col);
	}
}

static bool
check_keys(struct checker *c, struct flow *f, const struct tree_op *op, struct tree *t,
	   struct columns *keys)
{
	if (t && !written_keys(c, f, t, keys))
		return false;
	if (!t && f->has_columns)
		inherited_keys(c, f, keys);
	if (!keys->n) {
		if (!f->lost_track)
			diag_error(c->d, op->at, "'%.*s' needs keys: keys=(ipv4.srcIP_in)",
				   STRA(op->name));
		return false;
	}
	if (keys->n > KEYS_MAX) {
		diag_error(c->d, op->at, "'%.*s' has %u keys: at most %d", STRA(op->name), keys->n,
			   KEYS_MAX);
		return false;
	}
	return true;
}

/* --- headers that a map needed
 * --------------------------------------------------------------------- */

struct presence {
	bool *seen;			      /* by expression */
	VEC(const struct ir_field *) headers; /* one field of each header and instant */
};

static bool
has_header(const struct presence *p, const struct ir_field *f)
{
	for (uint32_t i = 0; i < p->headers.n; i++)
		if (p->headers.v[i]->header == f->header && p->headers.v[i]->at == f->at)
			return true;
	return false;
}

static void
collect(struct checker *c, struct presence *p, const struct ir_expr *e)
{
	if (!e || p->seen[e->id])
		return;
	p->seen[e->id] = true;
	/* Comparisons have a value without the header too. */
	if (e->type.kind == IR_BOOL)
		return;
	if (e->op == IR_FIELD && e->field->kind == IR_F_HEADER && !has_header(p, e->field))
		vec_push(c->arena, &p->headers, e->field);
	collect(c, p, e->a);
	collect(c, p, e->b);
}

/* Headers that a packet has because the filters before let it through. */
static void
collect_filtered(struct checker *c, struct presence *p, const struct ir_expr *e)
{
	if (e->op == IR_AND) {
		collect_filtered(c, p, e->a);
		collect_filtered(c, p, e->b);
	} else if (e->op == IR_FIELD && e->field->kind == IR_F_VALID) {
		if (!has_header(p, e->field))
			vec_push(c->arena, &p->headers, e->field);
	} else if (e->op >= IR_EQ && e->op <= IR_GE) {
		collect(c, p, e->a);
		collect(c, p, e->b);
	}
}

static struct str
valid_text(struct checker *c, const struct ir_field *f)
{
	static const char *const words[] = { "in", "mid", "deq", "out" };

	return str_fmt(c->arena, "valid(%.*s_%s)", STRA(c->schema->headers.v[f->header].path),
		       words[f->at]);
}

void
query_keep_needed(struct checker *c, struct flow *f, const struct ir_expr *const *used, uint32_t n)
{
	struct presence has = { .seen = arena_array(c->arena, bool, c->g->exprs.n + 1) };
	struct presence needs = { .seen = arena_array(c->arena, bool, c->g->exprs.n + 1) };

	for (uint32_t i = 0; i < n; i++)
		collect(c, &has, used[i]);
	vec_each (node, &f->q->nodes)
		if ((*node)->kind == IR_FILTER)
			collect_filtered(c, &has, (*node)->expr);
	vec_each (e, &f->needed)
		collect(c, &needs, *e);
	vec_each (field, &needs.headers) {
		struct ir_field valid = { .kind = IR_F_VALID,
					  .at = (*field)->at,
					  .header = (*field)->header,
					  .type = { IR_BOOL, 1, false },
					  .text = valid_text(c, *field) };

		if (!has_header(&has, *field))
			query_node(c, f, IR_FILTER, NULL)->expr =
				ir_read(c->g, ir_field(c->g, &valid));
	}
	f->needed.n = 0;
}

static void
keep_for_node(struct checker *c, struct flow *f, const struct columns *keys,
	      const struct columns *values)
{
	const struct ir_expr **used =
		arena_array(c->arena, const struct ir_expr *, keys->n + values->n + 1);
	uint32_t n = 0;

	if (f->reduced)
		return;
	for (uint32_t i = 0; i < keys->n; i++)
		used[n++] = keys->v[i].expr;
	for (uint32_t i = 0; i < values->n; i++)
		used[n++] = values->v[i].expr;
	query_keep_needed(c, f, used, n);
}

/* --- the new columns
 * ----------------------------------------------------------------------------------- */

static void
push_columns(struct checker *c, struct ir_node *n, struct columns *keys, struct columns *results)
{
	vec_each (k, keys) {
		vec_push(c->arena, &n->keys, (struct ir_column){ k->name, k->type, true, k->expr });
		vec_push(c->arena, &n->columns, (struct ir_column){ k->name, k->type, true, NULL });
	}
	vec_each (r, results)
		vec_push(c->arena, &n->columns,
			 (struct ir_column){ r->name, r->type, false, NULL });
}

static void
become(struct checker *c, struct flow *f, const struct columns *keys, const struct columns *results)
{
	f->columns = (struct columns){ .n = 0 };
	vec_each (k, keys)
		vec_push(c->arena, &f->columns, *k);
	vec_each (r, results)
		vec_push(c->arena, &f->columns, *r);
	f->has_columns = f->reduced = true;
}

static void
fail(struct flow *f)
{
	f->bad = f->lost_track = f->has_columns = f->reduced = true;
}

/* --- reduce
 * ---------------------------------------------------------------------------------------------- */

static const struct func {
	const char *name;
	enum ir_func func;
} funcs[] = {
	{ "sum", IR_SUM },	     { "count", IR_COUNT }, { "min", IR_MIN },
	{ "max", IR_MAX },	     { "avg", IR_AVG },	    { "distinct", IR_DISTINCT_F },
	{ "quantile", IR_QUANTILE },
};
#define NFUNCS (sizeof(funcs) / sizeof(funcs[0]))

static bool
is_func(const struct tree *t)
{
	for (uint32_t i = 0; i < NFUNCS; i++)
		if ((t->kind == TREE_PATH || t->kind == TREE_CALL) &&
		    str_is(t->text, funcs[i].name))
			return true;
	return t->kind == TREE_CALL;
}

static bool
check_func(struct checker *c, const struct tree_op *op, struct tree *t, enum ir_func *ret)
{
	struct str word = STR_NONE, list[NFUNCS];

	if (!t) {
		diag_error(c->d, op->at, "'reduce' needs a function: func=sum");
		return false;
	}
	for (uint32_t i = 0; i < NFUNCS; i++)
		list[i] = str_from(funcs[i].name);
	if (!query_word(c, t, &word)) {
		if (t->kind != TREE_ERROR)
			diag_error(c->d, t->at,
				   "a function is expected here: sum, count, min, max, avg, "
				   "distinct(f) or "
				   "quantile(f, p)");
		return false;
	}
	for (uint32_t i = 0; i < NFUNCS; i++) {
		if (!str_eq(word, list[i]))
			continue;
		*ret = funcs[i].func;
		return true;
	}
	query_unknown(c, t->at, "function", word, list, NFUNCS);
	return false;
}

bool
query_quantile(struct checker *c, struct tree *t, double *ret)
{
	struct term p = query_term(c, NULL, t);
	double v = (double)p.value;

	for (uint32_t i = 0; i < p.digits; i++)
		v /= 10;
	if (p.kind == TERM_ERROR)
		return false;
	if ((p.kind != TERM_INT && p.kind != TERM_DECIMAL) || v < 0 || v > 1) {
		diag_error(c->d, t->at, "a quantile is a number between 0 and 1, as 0.99");
		return false;
	}
	*ret = v;
	return true;
}

/* What stands in the function's parentheses: f, or f and p. */
static bool
func_args(struct checker *c, struct flow *f, struct tree *t, struct ir_node *n,
	  struct columns *values)
{
	uint32_t wanted = n->func == IR_QUANTILE ? 2 : 1;
	struct tree_arg arg;
	struct column col;

	if (n->func == IR_COUNT || t->args.n != wanted) {
		diag_error(c->d, t->at, "'%.*s' takes %s", STRA(t->text),
			   n->func == IR_COUNT ? "no arguments"
			   : n->func == IR_QUANTILE
				   ? "a field and a number of 0 to 1: quantile(f, p)"
				   : "one field");
		return false;
	}
	if (wanted == 2 && !query_quantile(c, t->args.v[1].value, &n->quantile))
		return false;
	arg = t->args.v[0];
	if (!query_item(c, f, &arg, true, &col))
		return false;
	if (!arg.name.n)
		col.name = n->func == IR_DISTINCT_F ? STR("count") : STR("value");
	col.is_key = false;
	vec_push(c->arena, values, col);
	return true;
}

static bool
has_name(const struct columns *columns, struct str name)
{
	for (uint32_t i = 0; i < columns->n; i++)
		if (str_eq(columns->v[i].name, name))
			return true;
	return false;
}

/* A key may name a column, or the field that a column of another name holds. */
static bool
is_one_of(const struct columns *keys, const struct column *col, const struct columns *all)
{
	for (uint32_t i = 0; i < keys->n; i++)
		if (str_eq(keys->v[i].name, col->name) ||
		    (col->field && keys->v[i].field == col->field && !has_name(all, keys->v[i].name)))
			return true;
	return false;
}

/* Values of the map before: the columns that are not keys, here nor there. */
static void
mapped_values(struct checker *c, struct flow *f, const struct columns *keys, struct columns *values)
{
	for (uint32_t i = 0; f->has_columns && i < f->columns.n; i++) {
		struct column col = f->columns.v[i];

		if (col.is_key || is_one_of(keys, &col, &f->columns))
			continue;
		if (f->reduced)
			col.expr = ir_column(c->g, col.type, i, 0);
		vec_push(c->arena, values, col);
	}
}

/* Can the function work on such values? */
static bool
suits(enum ir_func func, enum ir_kind k)
{
	bool number = k == IR_INT || k == IR_TIME || k == IR_FLOAT;

	switch (func) {
	case IR_SUM:
		return number || k == IR_BOOL;
	case IR_COUNT:
	case IR_DISTINCT_F:
		return true;
	case IR_AVG:
	case IR_QUANTILE:
		return number;
	case IR_MIN:
	case IR_MAX:
		return number || k == IR_IPV4 || k == IR_IPV6 || k == IR_MAC;
	}
	bug("function %d", (int)func);
}

static bool
is_small(const struct column *col)
{
	return col->type.kind == IR_BOOL || (col->expr && col->expr->op == IR_CONST &&
					     col->expr->value >= 0 && col->expr->value < 256);
}

static struct ir_type
result_type(enum ir_func func, const struct column *col)
{
	struct ir_type t = col->type;

	switch (func) {
	case IR_SUM:
		if (t.kind == IR_FLOAT)
			return t;
		if (t.kind == IR_TIME)
			return (struct ir_type){ IR_TIME, 64, t.is_signed };
		return is_small(col) ? type_count
				     : (struct ir_type){ IR_INT, t.width > 64 ? t.width : 64,
							 t.is_signed };
	case IR_COUNT:
	case IR_DISTINCT_F:
		return type_count;
	case IR_AVG:
		return (struct ir_type){ IR_FLOAT, 64, true };
	case IR_MIN:
	case IR_MAX:
	case IR_QUANTILE:
		return t;
	}
	bug("function %d", (int)func);
}

static bool
is_constant_one(const struct columns *values)
{
	const struct ir_expr *e = values->n == 1 ? values->v[0].expr : NULL;

	return e && e->op == IR_CONST && e->type.kind == IR_INT && e->value == 1;
}

/* Counting: nothing to carry. The name stays that of the 1 which was summed. */
static void
make_count(struct checker *c, struct ir_node *n, struct columns *values)
{
	struct column col = { .name = STR("count"), .type = type_count };

	if (n->func == IR_SUM && values->n)
		col.name = values->v[0].name;
	n->func = IR_COUNT;
	values->n = 0;
	vec_push(c->arena, values, col);
}

static bool
check_values(struct checker *c, const struct tree_op *op, struct tree *t, struct ir_node *n,
	     struct columns *values)
{
	uint32_t max = n->func == IR_SUM || n->func == IR_MIN || n->func == IR_MAX ? VALUES_MAX : 1;

	if (n->func == IR_COUNT || (n->func == IR_SUM && (!values->n || is_constant_one(values)))) {
		make_count(c, n, values);
		return true;
	}
	if (!values->n || (!(t->kind == TREE_CALL && t->args.n) &&
			   (n->func == IR_DISTINCT_F || n->func == IR_QUANTILE))) {
		diag_error(c->d, t->at, "'%.*s' needs to know of what: %.*s(packet.len_in%s)",
			   STRA(t->text), STRA(t->text), n->func == IR_QUANTILE ? ", 0.99" : "");
		return false;
	}
	if (values->n > max) {
		diag_error(c->d, op->at, "'%.*s' works on at most %u value%s: there are %u",
			   STRA(t->text), max, max == 1 ? "" : "s", values->n);
		return false;
	}
	vec_each (v, values) {
		if (suits(n->func, v->type.kind))
			continue;
		diag_error(c->d, t->at, "'%.*s' can't work on '%.*s', which is %.*s", STRA(t->text),
			   STRA(v->name), STRA(query_type_text(c, v->type)));
		return false;
	}
	vec_each (v, values) {
		vec_push(c->arena, &n->values,
			 (struct ir_column){ v->name, v->type, false, v->expr });
		v->type = result_type(n->func, v);
	}
	return true;
}

/* Results are no longer what they were read from. */
static void
forget_fields(struct columns *values)
{
	vec_each (v, values) {
		v->field = NULL;
		v->is_key = false;
		v->expr = NULL;
	}
}

static bool
names_differ(struct checker *c, struct columns *keys, struct columns *values, struct span at)
{
	for (uint32_t i = 0; i < values->n; i++)
		for (uint32_t k = 0; k < keys->n; k++)
			if (str_eq(keys->v[k].name, values->v[i].name)) {
				diag_error(c->d, at, "there are two columns '%.*s'",
					   STRA(keys->v[k].name));
				return false;
			}
	return true;
}

void
query_reduce(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "keys", "func", "rows", "stages", "overflow" };
	struct ir_node n = { .kind = IR_REDUCE, .at = op->at }, *made;
	struct columns keys = { .n = 0 }, values = { .n = 0 };
	struct tree *args[5];
	bool ok = query_bind(c, op, names, 5, 2, args);

	if (ok && args[0] && !args[1] && is_func(args[0])) { /* .reduce(sum) */
		args[1] = args[0];
		args[0] = NULL;
	}
	if (ok) { /* both are told */
		ok = check_func(c, op, args[1], &n.func);
		ok &= check_keys(c, f, op, args[0], &keys);
	}
	ok = ok && check_table(c, args + 2, &n);
	if (ok && args[1]->kind == TREE_CALL && args[1]->args.n)
		ok = func_args(c, f, args[1], &n, &values);
	else if (ok)
		mapped_values(c, f, &keys, &values);
	ok = ok && check_values(c, op, args[1], &n, &values) &&
	     names_differ(c, &keys, &values, op->at);
	if (!ok) {
		fail(f);
		return;
	}
	forget_fields(&values);
	struct columns used = { .n = 0 };
	vec_each (v, &n.values)
		vec_push(c->arena, &used, (struct column){ .expr = v->expr });
	keep_for_node(c, f, &keys, &used);
	made = query_node(c, f, IR_REDUCE, op);
	*made = n;
	push_columns(c, made, &keys, &values);
	become(c, f, &keys, &values);
}

void
query_distinct(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "keys", "rows", "stages", "overflow" };
	struct ir_node n = { .kind = IR_DISTINCT, .at = op->at }, *made;
	struct columns keys = { .n = 0 }, none = { .n = 0 };
	struct tree *args[4];
	bool ok = query_bind(c, op, names, 4, 1, args);

	if (ok && !args[0]) /* all columns of the map */
		vec_each (col, &f->columns)
			col->is_key = true;
	ok = ok && check_keys(c, f, op, args[0], &keys) && check_table(c, args + 1, &n);
	if (!ok) {
		fail(f);
		return;
	}
	keep_for_node(c, f, &keys, &none);
	made = query_node(c, f, IR_DISTINCT, op);
	*made = n;
	push_columns(c, made, &keys, &none);
	become(c, f, &keys, &none);
}

/* --- lost
 * ----------------------------------------------------------------------------------------------------
 */

static bool
can_lose(struct checker *c, struct flow *f, const struct tree_op *op)
{
	if (f->lost_track)
		return false;
	if (f->q->egress) {
		diag_error(c->d, op->name_at,
			   "'lost' works on ingress() only: a packet that was lost never reaches "
			   "egress");
		return false;
	}
	if (f->reduced) {
		diag_error(c->d, op->name_at,
			   "there can be no reduce, distinct, lost or join before 'lost'");
		return false;
	}
	return true;
}

void
query_lost(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "keys",   "epoch_ms", "rows",
					     "stages", "overflow", "epoch" };
	struct ir_node n = { .kind = IR_LOST, .at = op->at }, *made;
	struct columns keys = { .n = 0 }, counts = { .n = 0 };
	struct tree *args[6];
	bool ok = can_lose(c, f, op);

	ok = query_bind(c, op, names, 6, 2, args) && ok;
	if (ok && args[1] && args[5]) {
		diag_error(c->d, args[5]->at, "the epoch is given twice");
		ok = false;
	}
	ok = ok && check_keys(c, f, op, args[0], &keys) && check_table(c, args + 2, &n);
	vec_push(c->arena, &counts,
		 (struct column){ .name = STR("count"), .type = { IR_INT, 64, true } });
	ok = ok && names_differ(c, &keys, &counts, op->at);
	if (!ok) {
		fail(f);
		return;
	}
	keep_for_node(c, f, &keys, &(struct columns){ .n = 0 });
	made = query_node(c, f, IR_LOST, op);
	*made = n;
	push_columns(c, made, &keys, &counts);
	become(c, f, &keys, &counts);
}
