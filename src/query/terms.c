/* Expressions: what their names mean, and their structure. */
#include "query/check.h"

static struct measure
measure(struct checker *c, const struct ir_expr *e)
{
	struct measure a, b, *m;

	if (!e)
		return (struct measure){ 0, 0 };
	while (c->measures.n <= e->id)
		vec_push(c->arena, &c->measures, (struct measure){ 0, 0 });
	if (c->measures.v[e->id].size)
		return c->measures.v[e->id];
	a = measure(c, e->a);
	b = measure(c, e->b);
	m = &c->measures.v[e->id];
	m->size = 1 + a.size + b.size;
	m->size = m->size > QUERY_MAX_EXPR ? QUERY_MAX_EXPR + 1 : m->size;
	m->depth = 1 + (a.depth > b.depth ? a.depth : b.depth);
	return *m;
}

struct term
query_expr_term(struct checker *c, const struct ir_expr *e, struct span at)
{
	struct measure m = measure(c, e);

	if (!e)
		return query_error_term(at);
	if (m.size > QUERY_MAX_EXPR || m.depth > QUERY_MAX_EXPR_DEPTH) {
		diag_error(c->d, at, "this expression has more than %d operators%s",
			   m.size > QUERY_MAX_EXPR ? QUERY_MAX_EXPR : QUERY_MAX_EXPR_DEPTH,
			   m.size > QUERY_MAX_EXPR ? "" : " inside each other");
		return query_error_term(at);
	}
	return (struct term){ .kind = TERM_EXPR, .at = at, .expr = e };
}

struct str
query_type_text(struct checker *c, struct ir_type t)
{
	switch (t.kind) {
	case IR_INT:
		return str_fmt(c->arena, "a number of %u bit%s", t.width, t.width == 1 ? "" : "s");
	case IR_BOOL:
		return STR("a condition");
	case IR_IPV4:
		return STR("an IPv4 address");
	case IR_IPV6:
		return STR("an IPv6 address");
	case IR_MAC:
		return STR("a MAC address");
	case IR_PORT:
		return STR("a port of the switch");
	case IR_TIME:
		return STR("a time");
	case IR_REASON:
		return STR("a drop reason");
	case IR_DISCARD:
		return STR("a discard class");
	case IR_INSTANCE:
		return STR("an instance");
	case IR_QDISC:
		return STR("a queue's handle");
	case IR_FLOAT:
		return STR("a fraction");
	}
	bug("kind %d", (int)t.kind);
}

static struct str
kind_text(struct checker *c, struct term t)
{
	switch (t.kind) {
	case TERM_ERROR:
		return STR("an error");
	case TERM_INT:
		return STR("a number");
	case TERM_DECIMAL:
		return STR("a fraction");
	case TERM_BOOL:
		return STR("a condition");
	case TERM_TIME:
		return STR("a time");
	case TERM_SIZE:
		return STR("a size");
	case TERM_RATE:
		return STR("a rate");
	case TERM_IPV4:
		return STR("an IPv4 address");
	case TERM_IPV6:
		return STR("an IPv6 address");
	case TERM_MAC:
		return STR("a MAC address");
	case TERM_STRING:
		return STR("a string");
	case TERM_MULTICAST:
		return STR("an output port");
	case TERM_INSTANCE:
		return STR("an instance");
	case TERM_EXPR:
		return query_type_text(c, t.expr->type);
	}
	bug("term %d", (int)t.kind);
}

struct str
query_describe(struct checker *c, struct term t)
{
	struct str text = source_text(diags_sources(c->d), t.at);

	if (text.n > 40)
		text = str_fmt(c->arena, "%.*s...", 37, text.p);
	return str_fmt(c->arena, "'%.*s' (%.*s)", STRA(text), STRA(kind_text(c, t)));
}

/* --- names ---------------------------------------------------------------------------------- */

int32_t
query_find_column(struct checker *c, const struct flow *f, const struct columns *list,
		  struct str name)
{
	const struct ir_field *field;

	for (uint32_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i].name, name))
			return (int32_t)i;
	field = query_probe_field(c, name);
	for (uint32_t i = 0; field && i < list->n; i++) {
		const struct ir_field *of = list->v[i].field;

		/* drop.reason is one name for two instants, and so is drop.class */
		if (of == field ||
		    (of && of->kind == field->kind && ir_is_text(field->type.kind)))
			return (int32_t)i;
	}
	(void)f;
	return -1;
}

static struct term
column_term(struct checker *c, const struct flow *f, uint32_t i, struct span at)
{
	const struct column *col = &f->columns.v[i];

	if (!f->reduced)
		return query_expr_term(c, col->expr, at);
	return query_expr_term(c, ir_column(c->g, col->type, i, 0), at);
}

/* Words that mean an aggregate, wherever it comes from. */
static bool
is_aggregate(struct str name)
{
	static const char *const words[] = { "count", "value", "sum",	"min",
					     "max",   "avg",   "ratio", "total" };

	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is(name, words[i]))
			return true;
	return false;
}

static struct term
unknown_column(struct checker *c, const struct flow *f, struct str name, struct span at)
{
	struct str *list = arena_array(c->arena, struct str, f->columns.n + 1);
	struct str all = STR_NONE;

	if (f->lost_track)
		return query_error_term(at);
	for (uint32_t i = 0; i < f->columns.n; i++) {
		list[i] = f->columns.v[i].name;
		all = str_fmt(c->arena, "%.*s%s%.*s", STRA(all), i ? ", " : "", STRA(list[i]));
	}
	if (f->reduced)
		diag_error(c->d, at, "there is no '%.*s' in what the query has grouped",
			   STRA(name));
	else
		diag_error(c->d, at, "there is no '%.*s' after the map", STRA(name));
	if (str_nearest(name, list, f->columns.n).n)
		diag_nearest(c->d, name, list, f->columns.n);
	else
		diag_hint(c->d, "there are only: %.*s", STRA(all));
	return query_error_term(at);
}

static struct term
aggregate_too_early(struct checker *c, struct str name, struct span at)
{
	diag_error(c->d, at, "'%.*s' is an aggregate: there is none before a reduce", STRA(name));
	diag_hint(c->d, "move this operator behind .reduce(...)");
	return query_error_term(at);
}

/* A column of the tuples, or what only looks like one. */
static bool
as_column(struct checker *c, struct flow *f, struct tree *t, struct term *ret)
{
	int32_t i;

	if (!f || !f->has_columns)
		return false;
	i = query_find_column(c, f, &f->columns, t->text);
	if (i < 0)
		return false;
	if (!f->reduced && f->columns.v[i].is_implied && str_is(t->text, "count"))
		*ret = aggregate_too_early(c, t->text, t->at);
	else
		*ret = column_term(c, f, (uint32_t)i, t->at);
	return true;
}

/* A column of a join's side: left.count, right.count, QUERY.count, or a name that only one side
 * has. */
static bool
as_side(struct checker *c, struct flow *f, struct tree *t, struct term *ret)
{
	int64_t dot = str_find(t->text, '.');
	struct str side = dot > 0 ? str_sub(t->text, 0, (uint32_t)dot) : STR_NONE;
	struct str name = t->text;
	bool left = str_is(side, "left") || (side.n && str_eq(side, f->left_name));
	bool right = str_is(side, "right") || (side.n && str_eq(side, f->right_name));
	int32_t i, k;

	if (left || right)
		name = str_sub(name, (uint32_t)dot + 1, name.n);
	i = right ? -1 : query_find_column(c, f, &f->columns, name);
	k = left ? -1 : query_find_column(c, f, f->right, name);
	if (i >= 0 && k >= 0 && !f->columns.v[i].is_key) {
		diag_error(c->d, t->at, "both sides of the join have '%.*s'", STRA(name));
		diag_hint(c->d, "write 'left.%.*s' or 'right.%.*s'", STRA(name), STRA(name));
		*ret = query_error_term(t->at);
		return true;
	}
	if (i >= 0)
		*ret = column_term(c, f, (uint32_t)i, t->at);
	else if (k >= 0)
		*ret = query_expr_term(c, ir_column(c->g, f->right->v[k].type, (uint32_t)k, 1),
				       t->at);
	return i >= 0 || k >= 0;
}

static bool
as_word(struct tree *t, struct term *ret)
{
	*ret = (struct term){ .kind = TERM_INSTANCE, .at = t->at };
	if (str_is(t->text, "multicast")) {
		ret->kind = TERM_MULTICAST;
		return true;
	}
	for (uint32_t i = 0; i < IR_INSTANCE_NAMES; i++) {
		ret->value = i;
		if (str_is(t->text, ir_instance_names[i]))
			return true;
	}
	return false;
}

/* An interface's name. */
static bool
as_port(struct checker *c, struct tree *t, struct term *ret)
{
	*ret = (struct term){ .kind = TERM_STRING, .at = t->at, .text = t->text };
	vec_each (p, &c->schema->ports)
		if (str_eq(*p, t->text))
			return true;
	return false;
}

static struct term
unknown_constant(struct checker *c, struct tree *t)
{
	struct str *list = arena_array(c->arena, struct str, c->defs.n + 1);
	uint32_t n = 0;

	if (query_probe_field(c, t->text)) {
		diag_error(c->d, t->at,
			   "a constant is expected here, and '%.*s' is a field of packets",
			   STRA(t->text));
		return query_error_term(t->at);
	}
	vec_each (def, &c->defs)
		if ((*def)->tree->is_param)
			list[n++] = (*def)->name;
	query_unknown(c, t->at, "parameter", t->text, list, n);
	return query_error_term(t->at);
}

static struct term
name_term(struct checker *c, struct flow *f, struct tree *t)
{
	struct term ret;
	struct def *def;
	const struct ir_field *field;

	if (f && f->right ? as_side(c, f, t, &ret) : as_column(c, f, t, &ret))
		return ret;
	def = query_def(c, t->text);
	if (def && def->tree->is_param)
		return query_param(c, def, t->at);
	if (def) {
		diag_error(c->d, t->at, "'%.*s' is a query, and a value is expected here",
			   STRA(t->text));
		return query_error_term(t->at);
	}
	if (as_word(t, &ret) || as_port(c, t, &ret))
		return ret;
	if (!f)
		return unknown_constant(c, t);
	if (!f->reduced && is_aggregate(t->text))
		return aggregate_too_early(c, t->text, t->at);
	if (f->has_columns)
		return unknown_column(c, f, t->text, t->at);
	field = f->of_network ? query_network_field(c, t->text, t->at) : query_field(c, f->q->egress, t->text, t->at);
	return field ? query_expr_term(c, ir_read(c->g, field), t->at) : query_error_term(t->at);
}

/* --- structure ------------------------------------------------------------------------------ */

static struct term
literal_term(struct tree *t)
{
	static const struct {
		enum token_kind token;
		enum term_kind term;
	} kinds[] = {
		{ TOKEN_INT, TERM_INT },       { TOKEN_DECIMAL, TERM_DECIMAL },
		{ TOKEN_TIME, TERM_TIME },     { TOKEN_SIZE, TERM_SIZE },
		{ TOKEN_RATE, TERM_RATE },     { TOKEN_IPV4, TERM_IPV4 },
		{ TOKEN_IPV6, TERM_IPV6 },     { TOKEN_MAC, TERM_MAC },
		{ TOKEN_STRING, TERM_STRING },
	};
	struct term ret = { .kind = TERM_ERROR,
			    .at = t->at,
			    .value = t->token.value,
			    .digits = t->token.digits,
			    .is_hex = t->token.is_hex,
			    .text = t->token.text };

	for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].token == t->token.kind)
			ret.kind = kinds[i].term;
	return ret;
}

static struct term
misplaced(struct checker *c, struct tree *t, const char *what)
{
	diag_error(c->d, t->at, "%s can only stand after 'in'", what);
	return query_error_term(t->at);
}

static struct term
valid_term(struct checker *c, struct flow *f, struct tree *t)
{
	const struct ir_field *field;
	struct str header;

	if (t->args.n != 1 || t->args.v[0].name.n || t->args.v[0].value->kind != TREE_PATH) {
		diag_error(c->d, t->at, "'valid' takes one header and its instant: valid(ipv4_in)");
		return query_error_term(t->at);
	}
	if (!f || f->has_columns) {
		diag_error(c->d, t->at,
			   f ? "there are no headers after a map or a reduce: use valid() before it"
			     : "a constant is expected here, and 'valid' depends on the packet");
		return query_error_term(t->at);
	}
	header = t->args.v[0].value->text;
	if (f->of_network)
		header = str_fmt(c->arena, "%.*s_in", STRA(header));
	field = query_valid(c, f->q->egress, header, t->args.v[0].value->at);
	return field ? query_expr_term(c, ir_read(c->g, field), t->at) : query_error_term(t->at);
}

static struct term
call_term(struct checker *c, struct flow *f, struct tree *t)
{
	static const struct str known[] = { { "valid", 5 } };

	if (str_is(t->text, "valid"))
		return valid_term(c, f, t);
	if (str_is(t->text, "ingress") || str_is(t->text, "egress") || str_is(t->text, "network"))
		diag_error(c->d, t->at, "this is a query, and a value is expected here");
	else
		query_unknown(c, t->at, "function", t->text, known, 1);
	return query_error_term(t->at);
}

static struct term
binary_term(struct checker *c, struct flow *f, struct tree *t)
{
	struct term a = query_term(c, f, t->a), b = query_term(c, f, t->b);

	if (a.kind == TERM_ERROR || b.kind == TERM_ERROR)
		return query_error_term(t->at);
	if (t->op == IR_AND || t->op == IR_OR)
		return query_both(c, t->op, a, b, t->at);
	if (t->op >= IR_EQ && t->op <= IR_GE)
		return query_compare(c, t->op, a, b, t->at);
	return query_arithmetic(c, t->op, a, b, t->at);
}

static struct term
term(struct checker *c, struct flow *f, struct tree *t)
{
	switch (t->kind) {
	case TREE_ERROR:
		return query_error_term(t->at);
	case TREE_LITERAL:
		return query_is_prefix(t) ? misplaced(c, t, "a prefix") : literal_term(t);
	case TREE_BOOL:
		return (struct term){ .kind = TERM_BOOL, .at = t->at, .value = t->value };
	case TREE_PATH:
		return name_term(c, f, t);
	case TREE_UNARY:
		return query_unary(c, t->op, query_term(c, f, t->a), t->at);
	case TREE_BINARY:
		return binary_term(c, f, t);
	case TREE_IN:
		return query_in(c, f, t);
	case TREE_RANGE:
		return misplaced(c, t, "a range");
	case TREE_SET:
		return misplaced(c, t, "a set");
	case TREE_LIST:
		diag_error(c->d, t->at, "one value is expected here, not a list");
		return query_error_term(t->at);
	case TREE_CALL:
		return call_term(c, f, t);
	case TREE_CHAIN:
		diag_error(c->d, t->at, "this is a query, and a value is expected here");
		return query_error_term(t->at);
	}
	bug("tree %d", (int)t->kind);
}

struct term
query_term(struct checker *c, struct flow *f, struct tree *t)
{
	struct term ret;

	if (c->depth >= QUERY_CHECK_DEPTH) {
		diag_error(c->d, t->at, "more than %d expressions and parameters inside each other",
			   QUERY_CHECK_DEPTH);
		return query_error_term(t->at);
	}
	c->depth++;
	ret = term(c, f, t);
	c->depth--;
	return ret;
}

const struct ir_expr *
query_condition(struct checker *c, struct flow *f, struct tree *t)
{
	return query_truth(c, query_term(c, f, t));
}
