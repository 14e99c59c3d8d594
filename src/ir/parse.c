/* Reads the graph's text form (text.h). The text may come from anywhere: everything that could lead
 * a reader astray is refused here or in check.c. */
#include "ir/text.h"

#include <stdlib.h>

enum token_kind { T_END, T_LINE, T_WORD, T_NUMBER, T_STRING, T_MARK };

struct token {
	enum token_kind kind;
	struct span at;
	struct str text; /* WORD, NUMBER, MARK: as written; STRING: what it stands for */
};

#define EXPRS_MAX (1u << 20)

struct parser {
	struct arena *a;
	struct diags *d;
	struct str text;
	uint32_t base; /* offset of text[0] */
	uint32_t pos;
	struct token tok;
	uint32_t errors;
	struct span line; /* the statement at hand */
	struct ir_schema *schema;
	struct ir_graph *g;
	struct ir_query *query;
	struct ir_node *node;
	VEC(const struct ir_expr *) exprs; /* by number in the text */
	VEC(uint32_t) others;		   /* queries that joins name, in order of joins */
};

static const struct ir_expr *
fail(struct parser *p, const char *what)
{
	if (p->errors++ == 0)
		diag_error(p->d, p->tok.at, "%s", what);
	return NULL;
}

/* --- tokens --------------------------------------------------------------------------------- */

static int
peek(const struct parser *p, uint32_t ahead)
{
	return p->pos + ahead < p->text.n ? (unsigned char)p->text.p[p->pos + ahead] : -1;
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int
hex(int c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* After the opening quote. */
static void
lex_string(struct parser *p)
{
	uint32_t n = 0;
	char *s;

	/* What it stands for is never longer than what is written on the line. */
	while (peek(p, n) >= 0 && peek(p, n) != '\n')
		n++;
	s = arena_alloc(p->a, n + 1);
	n = 0;

	for (int c; (c = peek(p, 0)) != '"'; p->pos++) {
		if (c < 0 || c == '\n') {
			fail(p, "this name has no closing quote");
			break;
		}
		if (c == '\\' && peek(p, 1) == 'x' && hex(peek(p, 2)) >= 0 &&
		    hex(peek(p, 3)) >= 0) {
			c = hex(peek(p, 2)) << 4 | hex(peek(p, 3));
			p->pos += 3;
		} else if (c == '\\' && peek(p, 1) > 0) {
			c = peek(p, 1);
			p->pos++;
		}
		s[n++] = (char)c;
	}
	p->pos += peek(p, 0) == '"';
	p->tok.text = (struct str){ s, n };
}

static void
skip_blank(struct parser *p)
{
	while (peek(p, 0) == ' ' || peek(p, 0) == '\t' || peek(p, 0) == '\r')
		p->pos++;
	if (peek(p, 0) == '#')
		while (peek(p, 0) >= 0 && peek(p, 0) != '\n')
			p->pos++;
}

/* Operators of two characters come before their first character alone. */
static uint32_t
mark_length(struct str rest)
{
	static const char *const twos[] = { "<<", ">>", "==", "!=", "<=", ">=", "&&", "||" };

	for (size_t i = 0; i < sizeof(twos) / sizeof(*twos); i++)
		if (rest.n >= 2 && !memcmp(rest.p, twos[i], 2))
			return 2;
	return 1;
}

static void
next(struct parser *p)
{
	uint32_t from;
	int c;

	skip_blank(p);
	from = p->pos;
	c = peek(p, 0);
	p->tok = (struct token){ T_END, { p->base + from, p->base + from + 1 }, STR_NONE };
	if (c < 0)
		return;
	if (c == '"') {
		p->tok.kind = T_STRING;
		p->pos++;
		lex_string(p);
		p->tok.at.end = p->base + p->pos;
		return;
	}
	if (c == '\n') {
		p->tok.kind = T_LINE;
		p->pos++;
	} else if (is_word(c)) {
		p->tok.kind = T_WORD;
		while (is_word(peek(p, 0)) || is_digit(peek(p, 0)) || peek(p, 0) == '.')
			p->pos++;
	} else if (is_digit(c) || (c == '-' && is_digit(peek(p, 1)))) {
		p->tok.kind = T_NUMBER;
		p->pos++;
		while (is_digit(peek(p, 0)) || peek(p, 0) == '.' ||
		       (peek(p, 0) == 'e' && (is_digit(peek(p, 1)) || peek(p, 1) == '-')) ||
		       (peek(p, 0) == '-' && p->text.p[p->pos - 1] == 'e'))
			p->pos++;
	} else {
		p->tok.kind = T_MARK;
		p->pos += mark_length(str_sub(p->text, p->pos, p->text.n));
	}
	p->tok.text = str_sub(p->text, from, p->pos);
	p->tok.at.end = p->base + p->pos;
}

static bool
is(const struct parser *p, const char *text)
{
	return (p->tok.kind == T_WORD || p->tok.kind == T_MARK) && str_is(p->tok.text, text);
}

static bool
accept(struct parser *p, const char *text)
{
	if (!is(p, text))
		return false;
	next(p);
	return true;
}

static bool
expect(struct parser *p, const char *text)
{
	if (accept(p, text))
		return true;
	fail(p, str_cstr(p->a, str_fmt(p->a, "expected '%s'", text)));
	return false;
}

/* An integer that `t` can hold, or any of 128 bits. */
static bool
number128(struct parser *p, ir_i128 *ret)
{
	ir_u128 v = 0;
	bool negative;
	struct str s = p->tok.text;

	if (p->tok.kind != T_NUMBER)
		return fail(p, "expected a number") != NULL;
	negative = s.p[0] == '-';
	for (uint32_t i = negative; i < s.n; i++) {
		if (!is_digit(s.p[i]) || v > (~(ir_u128)0 - (ir_u128)(s.p[i] - '0')) / 10)
			return fail(p, "this number is no integer of 128 bits") != NULL;
		v = v * 10 + (ir_u128)(s.p[i] - '0');
	}
	*ret = (ir_i128)(negative ? -v : v);
	next(p);
	return true;
}

static bool
number(struct parser *p, uint64_t max, uint64_t *ret)
{
	struct token at = p->tok;
	ir_i128 v;

	if (!number128(p, &v))
		return false;
	if (v < 0 || v > (ir_i128)max) {
		p->tok.at = at.at;
		fail(p, "this number is out of range");
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
	if (p->tok.kind != T_STRING)
		return fail(p, "expected a name in quotes") != NULL;
	*ret = p->tok.text;
	next(p);
	return true;
}

/* One of a NULL-terminated list of words. */
static bool
word(struct parser *p, const char *const *words, const char *what, uint32_t *ret)
{
	for (uint32_t i = 0; words[i]; i++) {
		if (p->tok.kind == T_WORD && str_is(p->tok.text, words[i])) {
			*ret = i;
			next(p);
			return true;
		}
	}
	fail(p, str_cstr(p->a, str_fmt(p->a, "expected %s", what)));
	return false;
}

/* "e12" with the letter given. */
static bool
numbered(struct parser *p, char letter, uint32_t limit, uint32_t *ret)
{
	struct str s = p->tok.text;
	uint64_t v = 0;

	if (p->tok.kind != T_WORD || s.n < 2 || s.n > 10 || s.p[0] != letter)
		return fail(p, letter == 'e' ? "expected an expression" : "expected a field") !=
		       NULL;
	for (uint32_t i = 1; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return fail(p, "expected a letter and a number") != NULL;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v >= limit)
		return fail(p, letter == 'e' ? "no such expression so far"
					     : "no such field so far") != NULL;
	*ret = (uint32_t)v;
	next(p);
	return true;
}

/* type: KIND ':' WIDTH ['s'] */
static bool
type(struct parser *p, struct ir_type *ret)
{
	uint32_t kind;
	uint64_t width;

	if (!word(p, ir_kind_words, "a type", &kind) || !expect(p, ":") || !number(p, 128, &width))
		return false;
	if (!width)
		return fail(p, "a type of no bits") != NULL;
	*ret = (struct ir_type){ (enum ir_kind)kind, (uint16_t)width, false };
	if (accept(p, "s"))
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
	h.never_extracted = accept(p, "never_extracted");
	vec_push(p->a, &p->schema->headers, h);
}

static void
schema_field(struct parser *p, bool metadata)
{
	struct ir_schema_field f = { 0 };
	struct ir_schema *s = p->schema;

	if (!name(p, &f.name) || !number32(p, &f.width))
		return;
	if (metadata)
		vec_push(p->a, &s->metadata, f);
	else if (s->headers.n && !p->g->fields.n && !p->query)
		vec_push(p->a, &s->headers.v[s->headers.n - 1].fields, f);
	else
		fail(p, "a field without a header");
}

/* After "fN =". */
static void
field(struct parser *p)
{
	struct ir_field f = { 0 };
	uint32_t kind, at;

	if (!word(p, ir_field_words, "a kind of field", &kind) ||
	    !word(p, ir_instant_words, "an instant", &at) || !number32(p, &f.header) ||
	    !number32(p, &f.field) || !number32(p, &f.hi) || !expect(p, ":") ||
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
	if (ir_is_text(t.kind) || t.kind == IR_FLOAT)
		return fail(p, "a number can't be of this type");
	return ir_const(p->g, t, v);
}

static const struct ir_expr *
column_read(struct parser *p, uint32_t side)
{
	struct ir_type t;
	uint32_t column;

	next(p);
	if (!number32(p, &column) || !type(p, &t))
		return NULL;
	return ir_column(p->g, t, column, side);
}

static const struct ir_expr *
unary(struct parser *p)
{
	enum ir_op op = is(p, "!") ? IR_NOT : is(p, "-") ? IR_NEG : IR_BIT_NOT;
	const struct ir_expr *a;

	next(p);
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
		if (!is(p, ir_op_words[op]))
			continue;
		next(p);
		b = expr_ref(p);
		return b ? ir_binary(p->g, (enum ir_op)op, a, b) : NULL;
	}
	return fail(p, "expected an operator");
}

/* After "eN =". */
static void
expression(struct parser *p)
{
	const struct ir_expr *e = NULL;
	uint32_t i;

	if (p->exprs.n >= EXPRS_MAX)
		fail(p, "too many expressions");
	else if (p->tok.kind == T_NUMBER)
		e = constant(p);
	else if (p->tok.kind == T_STRING) {
		e = ir_const_reason(p->g, p->tok.text);
		next(p);
	} else if (is(p, "column") || is(p, "right"))
		e = column_read(p, is(p, "right"));
	else if (is(p, "!") || is(p, "-") || is(p, "~"))
		e = unary(p);
	else if (p->tok.kind == T_WORD && p->tok.text.p[0] == 'f')
		e = numbered(p, 'f', p->g->fields.n, &i) ? ir_read(p->g, p->g->fields.v[i]) : NULL;
	else
		e = binary(p);
	if (e)
		vec_push(p->a, &p->exprs, e);
}

/* "f3 = ..." or "e3 = ...": the number is the next one. */
static void
definition(struct parser *p)
{
	bool is_field = p->tok.text.p[0] == 'f';
	uint32_t wanted = is_field ? p->g->fields.n : p->exprs.n, got;

	if (p->query) {
		fail(p, "fields and expressions come before the queries");
		return;
	}
	if (!numbered(p, is_field ? 'f' : 'e', wanted + 1, &got) || !expect(p, "="))
		return;
	if (got != wanted)
		fail(p, "the numbers have to ascend one by one");
	else if (is_field)
		field(p);
	else
		expression(p);
	if (is_field && p->g->fields.n == wanted && !p->errors)
		fail(p, "the same field for the second time");
}

/* --- queries -------------------------------------------------------------------------------- */

static void
query(struct parser *p)
{
	struct ir_query *q = arena_new(p->a, struct ir_query);

	q->at = p->line;
	q->stateful = -1;
	if (!name(p, &q->name))
		return;
	q->egress = is(p, "egress");
	if (!accept(p, "egress") && !expect(p, "ingress"))
		return;
	if (!expect(p, "window") || !number(p, UINT64_MAX, &q->window_ns))
		return;
	q->sees_all_instances = accept(p, "all_instances");
	q->anonymous = accept(p, "anonymous");
	q->index = p->g->queries.n;
	vec_push(p->a, &p->g->queries, q);
	p->query = q;
	p->node = NULL;
}

/* "by", "of", "key" and "col" lines below an operator. */
static void
column(struct parser *p)
{
	struct ir_column c = { .is_key = is(p, "key") || is(p, "by") };
	char list = p->tok.text.p[0];

	next(p);
	if (!p->node) {
		fail(p, "a column without an operator");
		return;
	}
	if (!name(p, &c.name) || !type(p, &c.type))
		return;
	if (p->tok.kind == T_WORD && !(c.expr = expr_ref(p)))
		return;
	if (list == 'b')
		vec_push(p->a, &p->node->keys, c);
	else if (list == 'o')
		vec_push(p->a, &p->node->values, c);
	else
		vec_push(p->a, &p->node->columns, c);
}

/* The other query and the columns in which both meet. */
static bool
with(struct parser *p, struct ir_node *n)
{
	uint32_t other, left, right;

	if (!expect(p, "with") || !number32(p, &other) || !expect(p, "on"))
		return false;
	vec_push(p->a, &p->others, other);
	while (p->tok.kind == T_NUMBER) {
		if (!number32(p, &left) || !expect(p, ":") || !number32(p, &right))
			return false;
		vec_push(p->a, &n->on_left, left);
		vec_push(p->a, &n->on_right, right);
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
	if (p->tok.kind != T_NUMBER || p->tok.text.n > 64)
		return fail(p, "expected a number between 0 and 1") != NULL;
	n->quantile = strtod(str_cstr(p->a, p->tok.text), NULL);
	next(p);
	return true;
}

/* The words after an operator's name that any operator may have. */
static bool
options(struct parser *p, struct ir_node *n)
{
	uint32_t overflow;

	if (accept(p, "by")) {
		if (!number32(p, &n->by))
			return false;
		n->descending = accept(p, "descending");
	}
	if (accept(p, "rows") && !number32(p, &n->rows))
		return false;
	if (accept(p, "stages") && !number32(p, &n->stages))
		return false;
	if (accept(p, "overflow")) {
		if (!word(p, ir_overflow_words, "where overflow goes", &overflow))
			return false;
		n->overflow = (enum ir_overflow)overflow;
	}
	if (p->tok.kind == T_WORD)
		n->expr = expr_ref(p);
	return true;
}

static void
operation(struct parser *p)
{
	struct ir_node *n = arena_new(p->a, struct ir_node);
	struct ir_query *q = p->query;
	uint32_t kind;

	n->at = p->line;
	if (!word(p, ir_node_words, "a statement", &kind))
		return;
	if (!q) {
		fail(p, "an operator without a query");
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
	vec_push(p->a, &q->nodes, n);
	p->node = n;
}

static void
statement(struct parser *p)
{
	struct str s = p->tok.text;

	p->line = p->tok.at;
	if (p->tok.kind == T_STRING)
		schema_field(p, false);
	else if (accept(p, "tick"))
		number32(p, &p->schema->tick_ns);
	else if (accept(p, "header"))
		header(p);
	else if (accept(p, "meta"))
		schema_field(p, true);
	else if (accept(p, "query"))
		query(p);
	else if (is(p, "by") || is(p, "of") || is(p, "key") || is(p, "col"))
		column(p);
	else if (p->tok.kind == T_WORD && s.n > 1 && (s.p[0] == 'e' || s.p[0] == 'f') &&
		 is_digit(s.p[1]))
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
				diag_error(p->d, (*n)->at, "there is no query %u",
					   p->others.v[at]);
				p->errors++;
			} else {
				(*n)->other = p->g->queries.v[p->others.v[at]];
			}
			at++;
		}
}

struct ir_graph *
ir_parse(struct arena *a, struct diags *d, struct str source_name, struct str text)
{
	struct parser p = { .a = a, .d = d, .text = text };
	uint64_t version;

	p.base = source_add(diags_sources(d), source_name, text)->base;
	p.schema = arena_new(a, struct ir_schema);
	p.g = ir_graph_make(a, p.schema);
	next(&p);
	if (!expect(&p, "graph") || !number(&p, UINT32_MAX, &version))
		return NULL;
	if (version != IR_TEXT_VERSION) {
		fail(&p, "this graph is of another version of PacketScope");
		return NULL;
	}
	/* Nobody writes such texts by hand: the first error is the cause of all others. */
	while (p.tok.kind != T_END && !p.errors) {
		if (p.tok.kind != T_LINE)
			statement(&p);
		if (p.tok.kind != T_LINE && p.tok.kind != T_END)
			fail(&p, "expected the end of the line");
		if (p.tok.kind == T_LINE)
			next(&p);
	}
	if (!p.errors)
		link_joins(&p);
	return !p.errors && ir_check(d, p.g) ? p.g : NULL;
}
