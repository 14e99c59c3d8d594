/* Reads the graph's text form (text.h). The text may come from anywhere: everything that could lead
 * a reader astray is refused here or in check.c. */
#include "ir/text.h"

#include "ir/lexer.h"

#include <stdlib.h>

#define EXPRS_MAX (1u << 20)

struct parser {
	struct ir_lexer lex;
	struct span line; /* the statement at hand */
	struct ir_schema *schema;
	struct ir_graph *g;
	struct ir_query *query;
	struct ir_node *node;
	VEC(const struct ir_expr *) exprs; /* by number in the text */
	VEC(uint32_t) others;		   /* queries that joins name, in order of joins */
};

/* An integer that `t` can hold, or any of 128 bits. */
static bool
number128(struct parser *p, ir_i128 *ret)
{
	ir_u128 v = 0;
	bool negative;
	struct str s = p->lex.tok.text;

	if (p->lex.tok.kind != IR_T_NUMBER)
		return ir_lex_fail(&p->lex, "expected a number");
	negative = s.p[0] == '-';
	for (uint32_t i = negative; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || v > (~(ir_u128)0 - (ir_u128)(s.p[i] - '0')) / 10)
			return ir_lex_fail(&p->lex, "this number is no integer of 128 bits");
		v = v * 10 + (ir_u128)(s.p[i] - '0');
	}
	*ret = (ir_i128)(negative ? -v : v);
	ir_lex_next(&p->lex);
	return true;
}

static bool
number(struct parser *p, uint64_t max, uint64_t *ret)
{
	struct ir_token at = p->lex.tok;
	ir_i128 v;

	if (!number128(p, &v))
		return false;
	if (v < 0 || v > (ir_i128)max) {
		p->lex.tok.at = at.at;
		ir_lex_fail(&p->lex, "this number is out of range");
		return false;
	}
	*ret = (uint64_t)v;
	return true;
}

static bool
number32(struct parser *p, uint32_t *ret)
{
	uint64_t v;

	if (!number(p, UINT32_MAX - 1, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool
name(struct parser *p, struct str *ret)
{
	if (p->lex.tok.kind != IR_T_STRING)
		return ir_lex_fail(&p->lex, "expected a name in quotes");
	*ret = p->lex.tok.text;
	ir_lex_next(&p->lex);
	return true;
}

/* One of a NULL-terminated list of words. */
static bool
word(struct parser *p, const char *const *words, const char *what, uint32_t *ret)
{
	for (uint32_t i = 0; words[i]; i++) {
		if (p->lex.tok.kind == IR_T_WORD && str_is(p->lex.tok.text, words[i])) {
			*ret = i;
			ir_lex_next(&p->lex);
			return true;
		}
	}
	ir_lex_fail(&p->lex, str_cstr(p->lex.a, str_fmt(p->lex.a, "expected %s", what)));
	return false;
}

/* "e12" with the letter given. */
static bool
numbered(struct parser *p, char letter, uint32_t limit, uint32_t *ret)
{
	struct str s = p->lex.tok.text;
	uint64_t v = 0;

	if (p->lex.tok.kind != IR_T_WORD || s.n < 2 || s.n > 10 || s.p[0] != letter)
		return ir_lex_fail(&p->lex, letter == 'e' ? "expected an expression" : "expected a field");
	for (uint32_t i = 1; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ir_lex_fail(&p->lex, "expected a letter and a number");
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v >= limit)
		return ir_lex_fail(&p->lex, letter == 'e' ? "no such expression so far" : "no such field so far");
	*ret = (uint32_t)v;
	ir_lex_next(&p->lex);
	return true;
}

/* type: KIND ':' WIDTH ['s'] */
static bool
type(struct parser *p, struct ir_type *ret)
{
	uint32_t kind;
	uint64_t width;

	if (!word(p, ir_kind_words, "a type", &kind) || !ir_lex_expect(&p->lex, ":") || !number(p, 128, &width))
		return false;
	if (!width)
		return ir_lex_fail(&p->lex, "a type of no bits");
	*ret = (struct ir_type){ (enum ir_kind)kind, (uint16_t)width, false };
	if (ir_lex_accept(&p->lex, "s"))
		ret->is_signed = true;
	return true;
}

/* --- schema and fields ---------------------------------------------------------------------- */

static void
header(struct parser *p)
{
	struct ir_schema_header h = { 0 };

	if (!name(p, &h.path))
		return;
	h.never_extracted = ir_lex_accept(&p->lex, "never_extracted");
	vec_push(p->lex.a, &p->schema->headers, h);
}

static void
schema_field(struct parser *p, bool metadata)
{
	struct ir_schema_field f = { 0 };
	struct ir_schema *s = p->schema;

	if (!name(p, &f.name) || !number32(p, &f.width))
		return;
	if (metadata)
		vec_push(p->lex.a, &s->metadata, f);
	else if (s->headers.n && !p->g->fields.n && !p->query)
		vec_push(p->lex.a, &s->headers.v[s->headers.n - 1].fields, f);
	else
		ir_lex_fail(&p->lex, "a field without a header");
}

/* After "fN =". */
static void
field(struct parser *p)
{
	struct ir_field f = { 0 };
	uint32_t kind, at;

	if (!word(p, ir_field_words, "a kind of field", &kind) ||
	    !word(p, ir_instant_words, "an instant", &at) || !number32(p, &f.header) ||
	    !number32(p, &f.field) || !number32(p, &f.hi) || !ir_lex_expect(&p->lex, ":") ||
	    !number32(p, &f.lo) || !type(p, &f.type) || !name(p, &f.text))
		return;
	f.kind = (enum ir_field_kind)kind;
	f.at = (enum ir_instant)at;
	ir_field(p->g, &f);
}

/* --- expressions ---------------------------------------------------------------------------- */

static const struct ir_expr *
expr_ref(struct parser *p)
{
	uint32_t i;

	return numbered(p, 'e', p->exprs.n, &i) ? p->exprs.v[i] : NULL;
}

static const struct ir_expr *
constant(struct parser *p)
{
	struct ir_type t;
	ir_i128 v;

	if (!number128(p, &v) || !type(p, &t))
		return NULL;
	if (ir_is_text(t.kind) || t.kind == IR_FLOAT) {
		ir_lex_fail(&p->lex, "a number can't be of this type");
		return NULL;
	}
	return ir_const(p->g, t, v);
}

static const struct ir_expr *
column_read(struct parser *p, uint32_t side)
{
	struct ir_type t;
	uint32_t column;

	ir_lex_next(&p->lex);
	if (!number32(p, &column) || !type(p, &t))
		return NULL;
	return ir_column(p->g, t, column, side);
}

static const struct ir_expr *
unary(struct parser *p)
{
	enum ir_op op = ir_lex_is(&p->lex, "!") ? IR_NOT : ir_lex_is(&p->lex, "-") ? IR_NEG : IR_BIT_NOT;
	const struct ir_expr *a;

	ir_lex_next(&p->lex);
	a = expr_ref(p);
	return a ? ir_unary(p->g, op, a) : NULL;
}

static const struct ir_expr *
binary(struct parser *p)
{
	const struct ir_expr *a = expr_ref(p), *b;

	if (!a)
		return NULL;
	for (uint32_t op = IR_ADD; ir_op_words[op]; op++) {
		if (!ir_lex_is(&p->lex, ir_op_words[op]))
			continue;
		ir_lex_next(&p->lex);
		b = expr_ref(p);
		return b ? ir_binary(p->g, (enum ir_op)op, a, b) : NULL;
	}
	ir_lex_fail(&p->lex, "expected an operator");
	return NULL;
}

/* After "eN =". */
static void
expression(struct parser *p)
{
	const struct ir_expr *e = NULL;
	uint32_t i;

	if (p->exprs.n >= EXPRS_MAX)
		ir_lex_fail(&p->lex, "too many expressions");
	else if (p->lex.tok.kind == IR_T_NUMBER)
		e = constant(p);
	else if (p->lex.tok.kind == IR_T_STRING) {
		e = ir_const_reason(p->g, p->lex.tok.text);
		ir_lex_next(&p->lex);
	} else if (ir_lex_is(&p->lex, "column") || ir_lex_is(&p->lex, "right"))
		e = column_read(p, ir_lex_is(&p->lex, "right"));
	else if (ir_lex_is(&p->lex, "!") || ir_lex_is(&p->lex, "-") || ir_lex_is(&p->lex, "~"))
		e = unary(p);
	else if (p->lex.tok.kind == IR_T_WORD && p->lex.tok.text.p[0] == 'f')
		e = numbered(p, 'f', p->g->fields.n, &i) ? ir_read(p->g, p->g->fields.v[i]) : NULL;
	else
		e = binary(p);
	if (e)
		vec_push(p->lex.a, &p->exprs, e);
}

/* "f3 = ..." or "e3 = ...": the number is the next one. */
static void
definition(struct parser *p)
{
	bool is_field = p->lex.tok.text.p[0] == 'f';
	uint32_t wanted = is_field ? p->g->fields.n : p->exprs.n, got = 0;

	if (p->query) {
		ir_lex_fail(&p->lex, "fields and expressions come before the queries");
		return;
	}
	if (!numbered(p, is_field ? 'f' : 'e', wanted + 1, &got) || !ir_lex_expect(&p->lex, "="))
		return;
	if (got != wanted)
		ir_lex_fail(&p->lex, "the numbers have to ascend one by one");
	else if (is_field)
		field(p);
	else
		expression(p);
	if (is_field && p->g->fields.n == wanted && !p->lex.errors)
		ir_lex_fail(&p->lex, "the same field for the second time");
}

/* --- queries -------------------------------------------------------------------------------- */

static void
query(struct parser *p)
{
	struct ir_query *q = arena_new(p->lex.a, struct ir_query);

	q->at = p->line;
	q->stateful = -1;
	if (!name(p, &q->name))
		return;
	q->egress = ir_lex_is(&p->lex, "egress");
	if (!ir_lex_accept(&p->lex, "egress") && !ir_lex_expect(&p->lex, "ingress"))
		return;
	if (!ir_lex_expect(&p->lex, "window") || !number(p, UINT64_MAX, &q->window_ns))
		return;
	q->sees_all_instances = ir_lex_accept(&p->lex, "all_instances");
	q->anonymous = ir_lex_accept(&p->lex, "anonymous");
	q->index = p->g->queries.n;
	vec_push(p->lex.a, &p->g->queries, q);
	p->query = q;
	p->node = NULL;
}

/* "by", "of", "key" and "col" lines below an operator. */
static void
column(struct parser *p)
{
	struct ir_column c = { .is_key = ir_lex_is(&p->lex, "key") || ir_lex_is(&p->lex, "by") };
	char list = p->lex.tok.text.p[0];

	ir_lex_next(&p->lex);
	if (!p->node) {
		ir_lex_fail(&p->lex, "a column without an operator");
		return;
	}
	if (!name(p, &c.name) || !type(p, &c.type))
		return;
	if (p->lex.tok.kind == IR_T_WORD && !(c.expr = expr_ref(p)))
		return;
	if (list == 'b')
		vec_push(p->lex.a, &p->node->keys, c);
	else if (list == 'o')
		vec_push(p->lex.a, &p->node->values, c);
	else
		vec_push(p->lex.a, &p->node->columns, c);
}

/* The other query and the columns in which both meet. */
static bool
with(struct parser *p, struct ir_node *n)
{
	uint32_t other, left, right;

	if (!ir_lex_expect(&p->lex, "with") || !number32(p, &other) || !ir_lex_expect(&p->lex, "on"))
		return false;
	vec_push(p->lex.a, &p->others, other);
	while (p->lex.tok.kind == IR_T_NUMBER) {
		if (!number32(p, &left) || !ir_lex_expect(&p->lex, ":") || !number32(p, &right))
			return false;
		vec_push(p->lex.a, &n->on_left, left);
		vec_push(p->lex.a, &n->on_right, right);
	}
	return true;
}

static bool
join(struct parser *p, struct ir_node *n)
{
	uint32_t kind;

	if (!word(p, ir_join_words, "a function of joins", &kind))
		return false;
	n->join = (enum ir_join)kind;
	return with(p, n);
}

static bool
reduce(struct parser *p, struct ir_node *n)
{
	uint32_t func;

	if (!word(p, ir_func_words, "a function of reduce", &func))
		return false;
	n->func = (enum ir_func)func;
	if (n->func != IR_QUANTILE)
		return true;
	if (p->lex.tok.kind != IR_T_NUMBER || p->lex.tok.text.n > 64)
		return ir_lex_fail(&p->lex, "expected a number between 0 and 1");
	n->quantile = strtod(str_cstr(p->lex.a, p->lex.tok.text), NULL);
	ir_lex_next(&p->lex);
	return true;
}

/* The words after an operator's name that any operator may have. */
static bool
options(struct parser *p, struct ir_node *n)
{
	uint32_t overflow;

	if (ir_lex_accept(&p->lex, "by")) {
		if (!number32(p, &n->by))
			return false;
		n->descending = ir_lex_accept(&p->lex, "descending");
	}
	if (ir_lex_accept(&p->lex, "rows") && !number32(p, &n->rows))
		return false;
	if (ir_lex_accept(&p->lex, "stages") && !number32(p, &n->stages))
		return false;
	if (ir_lex_accept(&p->lex, "overflow")) {
		if (!word(p, ir_overflow_words, "where overflow goes", &overflow))
			return false;
		n->overflow = (enum ir_overflow)overflow;
	}
	if (p->lex.tok.kind == IR_T_WORD)
		n->expr = expr_ref(p);
	return true;
}

static void
operation(struct parser *p)
{
	struct ir_node *n = arena_new(p->lex.a, struct ir_node);
	struct ir_query *q = p->query;
	uint32_t kind;

	n->at = p->line;
	if (!word(p, ir_node_words, "a statement", &kind))
		return;
	if (!q) {
		ir_lex_fail(&p->lex, "an operator without a query");
		return;
	}
	n->kind = (enum ir_node_kind)kind;
	if ((n->kind == IR_REDUCE && !reduce(p, n)) || (n->kind == IR_JOIN && !join(p, n)) ||
	    (n->kind == IR_TOP && !number32(p, &n->top)) ||
	    (n->kind == IR_PACKETS && !number32(p, &n->capacity)) ||
	    (n->kind == IR_REFINE && !(number32(p, &n->prefix) && with(p, n))) || !options(p, n))
		return;
	if (q->stateful < 0 &&
	    (n->kind == IR_REDUCE || n->kind == IR_DISTINCT || n->kind == IR_LOST))
		q->stateful = (int32_t)q->nodes.n;
	vec_push(p->lex.a, &q->nodes, n);
	p->node = n;
}

static void
statement(struct parser *p)
{
	struct str s = p->lex.tok.text;

	p->line = p->lex.tok.at;
	if (p->lex.tok.kind == IR_T_STRING)
		schema_field(p, false);
	else if (ir_lex_accept(&p->lex, "tick"))
		number32(p, &p->schema->tick_ns);
	else if (ir_lex_accept(&p->lex, "header"))
		header(p);
	else if (ir_lex_accept(&p->lex, "meta"))
		schema_field(p, true);
	else if (ir_lex_accept(&p->lex, "query"))
		query(p);
	else if (ir_lex_is(&p->lex, "by") || ir_lex_is(&p->lex, "of") || ir_lex_is(&p->lex, "key") || ir_lex_is(&p->lex, "col"))
		column(p);
	else if (p->lex.tok.kind == IR_T_WORD && s.n > 1 && (s.p[0] == 'e' || s.p[0] == 'f') &&
		 s.p[1] >= '0' && s.p[1] <= '9')
		definition(p);
	else
		operation(p);
}

/* Joins name queries by number, which may stand further below. */
static void
link_joins(struct parser *p)
{
	uint32_t at = 0;

	vec_each (q, &p->g->queries)
		vec_each (n, &(*q)->nodes) {
			if ((*n)->kind != IR_JOIN && (*n)->kind != IR_REFINE)
				continue;
			if (p->others.v[at] >= p->g->queries.n) {
				diag_error(p->lex.d, (*n)->at, "there is no query %u",
					   p->others.v[at]);
				p->lex.errors++;
			} else {
				(*n)->other = p->g->queries.v[p->others.v[at]];
			}
			at++;
		}
}

struct ir_graph *
ir_parse(struct arena *a, struct diags *d, struct str source_name, struct str text)
{
	struct parser p = { .lex = { .a = a, .d = d, .text = text } };
	uint64_t version;

	p.lex.base = source_add(diags_sources(d), source_name, text)->base;
	p.schema = arena_new(a, struct ir_schema);
	p.g = ir_graph_make(a, p.schema);
	ir_lex_next(&p.lex);
	if (!ir_lex_expect(&p.lex, "graph") || !number(&p, UINT32_MAX, &version))
		return NULL;
	if (version != IR_TEXT_VERSION) {
		ir_lex_fail(&p.lex, "this graph is of another version of PacketScope");
		return NULL;
	}
	while (p.lex.tok.kind != IR_T_END && !p.lex.errors) {
		if (p.lex.tok.kind != IR_T_LINE)
			statement(&p);
		if (p.lex.tok.kind != IR_T_LINE && p.lex.tok.kind != IR_T_END)
			ir_lex_fail(&p.lex, "expected the end of the line");
		if (p.lex.tok.kind == IR_T_LINE)
			ir_lex_next(&p.lex);
	}
	if (!p.lex.errors)
		link_joins(&p);
	return !p.lex.errors && ir_check(d, p.g) ? p.g : NULL;
}
