/* group.c - what the operators that group have in common: keys, options of the table, headers that a
 * map needed, the new columns; and the two that are little more than that: distinct and lost. */
#include "query/check.h"

#define KEYS_MAX 16
#define ROWS_MAX (1u << 24)
#define STAGES_MAX 16

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
bool
query_table(struct checker *c, struct tree *const *args, struct ir_node *n)
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

bool
query_keys(struct checker *c, struct flow *f, const struct tree_op *op, struct tree *t,
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

void
query_keep_for_node(struct checker *c, struct flow *f, const struct columns *keys,
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

void
query_push_columns(struct checker *c, struct ir_node *n, struct columns *keys, struct columns *results)
{
	vec_each (k, keys) {
		vec_push(c->arena, &n->keys, (struct ir_column){ k->name, k->type, true, k->expr });
		vec_push(c->arena, &n->columns, (struct ir_column){ k->name, k->type, true, NULL });
	}
	vec_each (r, results)
		vec_push(c->arena, &n->columns,
			 (struct ir_column){ r->name, r->type, false, NULL });
}

void
query_become(struct checker *c, struct flow *f, const struct columns *keys, const struct columns *results)
{
	f->columns = (struct columns){ .n = 0 };
	vec_each (k, keys)
		vec_push(c->arena, &f->columns, *k);
	vec_each (r, results)
		vec_push(c->arena, &f->columns, *r);
	f->has_columns = f->reduced = true;
}

void
query_fail(struct flow *f)
{
	f->bad = f->lost_track = f->has_columns = f->reduced = true;
}

bool
query_names_differ(struct checker *c, struct columns *keys, struct columns *values, struct span at)
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

/* --- distinct and lost --------------------------------------------------------------------------- */

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
	ok = ok && query_keys(c, f, op, args[0], &keys) && query_table(c, args + 1, &n);
	if (!ok) {
		query_fail(f);
		return;
	}
	query_keep_for_node(c, f, &keys, &none);
	made = query_node(c, f, IR_DISTINCT, op);
	*made = n;
	query_push_columns(c, made, &keys, &none);
	query_become(c, f, &keys, &none);
}

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
	ok = ok && query_keys(c, f, op, args[0], &keys) && query_table(c, args + 2, &n);
	vec_push(c->arena, &counts,
		 (struct column){ .name = STR("count"), .type = { IR_INT, 64, true } });
	ok = ok && query_names_differ(c, &keys, &counts, op->at);
	if (!ok) {
		query_fail(f);
		return;
	}
	query_keep_for_node(c, f, &keys, &(struct columns){ .n = 0 });
	made = query_node(c, f, IR_LOST, op);
	*made = n;
	query_push_columns(c, made, &keys, &counts);
	query_become(c, f, &keys, &counts);
}
