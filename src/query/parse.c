#include "query/tree.h"

#define PATH_MAX_BYTES 1000

struct parser {
	struct arena *arena;
	struct diags *d;
	const struct token *tokens;
	uint32_t i;
	bool panic; /* after an error: everything looks like the end, until the next definition */
	uint32_t depth;
};

static const struct token end_token = { .kind = TOKEN_END };

static const struct token *
ahead(const struct parser *p, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		if (p->tokens[p->i + k].kind == TOKEN_END)
			return &end_token;
	return p->panic ? &end_token : &p->tokens[p->i + n];
}

static const struct token *
peek(const struct parser *p)
{
	return ahead(p, 0);
}

static bool
is(const struct parser *p, enum token_kind kind)
{
	return peek(p)->kind == kind;
}

static const struct token *
next(struct parser *p)
{
	const struct token *t = peek(p);

	if (t->kind != TOKEN_END)
		p->i++;
	return t;
}

static bool
take(struct parser *p, enum token_kind kind)
{
	if (!is(p, kind) || p->panic)
		return false;
	next(p);
	return true;
}

static struct tree *
make(struct parser *p, enum tree_kind kind, struct span at)
{
	struct tree *t = arena_new(p->arena, struct tree);

	t->kind = kind;
	t->at = at;
	return t;
}

/* "expected X, not Y" at the next token; the rest of the definition is skipped. */
static struct tree *
expected(struct parser *p, const char *what)
{
	const struct token *t = &p->tokens[p->i];

	if (!p->panic && t->kind == TOKEN_END)
		diag_error(p->d, t->at, "expected %s, not the end of the file", what);
	else if (!p->panic && t->kind != TOKEN_BAD)
		diag_error(p->d, t->at, "expected %s, not '%.*s'", what,
			   STRA(source_text(diags_sources(p->d), t->at)));
	p->panic = true;
	return make(p, TREE_ERROR, t->at);
}

static bool
expect(struct parser *p, enum token_kind kind, const char *what)
{
	if (take(p, kind))
		return true;
	expected(p, what);
	return false;
}

static struct tree *
too_deep(struct parser *p, struct span at)
{
	if (!p->panic)
		diag_error(p->d, at, "more than %d expressions inside each other", TREE_DEPTH);
	p->panic = true;
	return make(p, TREE_ERROR, at);
}

static struct span
last_at(const struct parser *p)
{
	return p->tokens[p->i ? p->i - 1 : 0].at;
}

static struct tree *parse_expr(struct parser *p, uint32_t level);

/* arg = [ NAME "=" ] expr */
static struct tree_arg
parse_arg(struct parser *p)
{
	struct tree_arg arg = { .name = STR_NONE };

	if (is(p, TOKEN_NAME) && ahead(p, 1)->kind == TOKEN_ASSIGN) {
		arg.name = peek(p)->text;
		arg.name_at = next(p)->at;
		next(p);
	}
	arg.value = parse_expr(p, 0);
	return arg;
}

/* args = [ arg { "," arg } [ "," ] ] close ; an arrow may stand for one comma when `retarrow` is
 * given */
static void
parse_args(struct parser *p, struct tree *into, enum token_kind close, uint32_t *retarrow)
{
	while (!p->panic && !take(p, close)) {
		vec_push(p->arena, &into->args, parse_arg(p));
		if (retarrow && *retarrow == UINT32_MAX && take(p, TOKEN_ARROW)) {
			*retarrow = into->args.n;
			continue;
		}
		if (take(p, TOKEN_COMMA))
			continue;
		if (!is(p, close)) {
			expected(p, close == TOKEN_RPAREN   ? "',' or ')'"
				    : close == TOKEN_RBRACE ? "',' or '}'"
							    : "',' or ']'");
			return;
		}
	}
}

/* "(" expr ")" groups; "(" args ")" with a comma, a name or nothing in it is a list */
static struct tree *
parse_parens(struct parser *p)
{
	struct span at = next(p)->at;
	struct tree *list = make(p, TREE_LIST, at);

	parse_args(p, list, TOKEN_RPAREN, NULL);
	list->at = span_join(at, last_at(p));
	if (list->args.n != 1 || list->args.v[0].name.n ||
	    p->tokens[p->i - 1 - (p->i > 1)].kind == TOKEN_COMMA)
		return list;
	return list->args.v[0].value;
}

static struct tree *
parse_bracketed(struct parser *p, enum tree_kind kind, enum token_kind close)
{
	struct span at = next(p)->at;
	struct tree *t = make(p, kind, at);

	parse_args(p, t, close, NULL);
	t->at = span_join(at, last_at(p));
	return t;
}

static bool
touches(const struct parser *p, uint32_t n)
{
	return ahead(p, n)->at.begin == p->tokens[p->i + n - 1].at.end;
}

/* part = NAME [ "[" INT "]" [ suffix ] ] ; the suffix (_in) touches the bracket */
static void
parse_part(struct parser *p, struct tree *path)
{
	struct str index;

	path->text = path->text.n
			     ? str_fmt(p->arena, "%.*s.%.*s", STRA(path->text), STRA(peek(p)->text))
			     : peek(p)->text;
	if (path->text.n > PATH_MAX_BYTES) {
		diag_error(p->d, peek(p)->at, "this name has more than %d characters",
			   PATH_MAX_BYTES);
		p->panic = true;
		return;
	}
	next(p);
	if (is(p, TOKEN_LBRACKET) && ahead(p, 1)->kind == TOKEN_INT &&
	    ahead(p, 2)->kind == TOKEN_RBRACKET) {
		index = ahead(p, 1)->text;
		p->i += 3;
		path->text = str_fmt(p->arena, "%.*s[%.*s]", STRA(path->text), STRA(index));
		if (is(p, TOKEN_NAME) && touches(p, 0) && peek(p)->text.p[0] == '_') {
			path->text = str_fmt(p->arena, "%.*s%.*s", STRA(path->text),
					     STRA(peek(p)->text));
			next(p);
		}
	}
	path->at = span_join(path->at, last_at(p));
}

static bool
is_stream(struct str name)
{
	return str_is(name, "ingress") || str_is(name, "egress") || str_is(name, "network");
}

/* Is the next thing `.name(`, an operator? A stream begins a query of its own. */
static bool
at_operator(const struct parser *p)
{
	return is(p, TOKEN_DOT) && ahead(p, 1)->kind == TOKEN_NAME &&
	       ahead(p, 2)->kind == TOKEN_LPAREN && !is_stream(ahead(p, 1)->text);
}

/* name = NAME "(" args ")" | part { "." part } */
static struct tree *
parse_name(struct parser *p)
{
	struct tree *t = make(p, TREE_PATH, peek(p)->at);

	if (ahead(p, 1)->kind == TOKEN_LPAREN) {
		t->kind = TREE_CALL;
		t->text = next(p)->text;
		next(p);
		parse_args(p, t, TOKEN_RPAREN, NULL);
		t->at = span_join(t->at, last_at(p));
		return t;
	}
	if (str_is(peek(p)->text, "true") || str_is(peek(p)->text, "false")) {
		t->kind = TREE_BOOL;
		t->value = str_is(next(p)->text, "true");
		return t;
	}
	parse_part(p, t);
	while (is(p, TOKEN_DOT) && ahead(p, 1)->kind == TOKEN_NAME &&
	       ahead(p, 2)->kind != TOKEN_LPAREN) {
		next(p);
		parse_part(p, t);
	}
	return t;
}

/* chain = value { "." NAME "(" args ")" } */
static struct tree *
parse_chain(struct parser *p, struct tree *base)
{
	struct tree *t = base;

	if (!at_operator(p))
		return base;
	if (base->kind != TREE_CHAIN) {
		t = make(p, TREE_CHAIN, base->at);
		t->a = base;
	}
	while (at_operator(p)) {
		struct tree holder = { .kind = TREE_LIST };
		struct tree_op op = { .arrow = UINT32_MAX };

		next(p);
		op.name = peek(p)->text;
		op.name_at = next(p)->at;
		next(p);
		parse_args(p, &holder, TOKEN_RPAREN, &op.arrow);
		op.args.v = holder.args.v;
		op.args.n = holder.args.n;
		op.at = span_join(op.name_at, last_at(p));
		vec_push(p->arena, &t->ops, op);
		t->at = span_join(t->at, op.at);
	}
	return t;
}

/* Is this word next, on the same line? */
static bool
at_word(const struct parser *p, const char *word)
{
	return is(p, TOKEN_NAME) && !peek(p)->column && str_is(peek(p)->text, word);
}

static struct tree *
parse_primary(struct parser *p)
{
	const struct token *t = peek(p);
	struct tree *ret;

	if (t->kind == TOKEN_DOT && ahead(p, 1)->kind == TOKEN_NAME &&
	    is_stream(ahead(p, 1)->text)) {
		next(p); /* .egress() is how the paper begins a query */
		return parse_name(p);
	}
	if (t->kind == TOKEN_NAME)
		return parse_name(p);
	if (t->kind == TOKEN_LPAREN)
		return parse_parens(p);
	if (t->kind == TOKEN_LBRACKET)
		return parse_bracketed(p, TREE_LIST, TOKEN_RBRACKET);
	if (t->kind == TOKEN_LBRACE)
		return parse_bracketed(p, TREE_SET, TOKEN_RBRACE);
	if (t->kind < TOKEN_INT || t->kind > TOKEN_STRING)
		return expected(p, "a value");
	ret = make(p, TREE_LITERAL, t->at);
	ret->token = *next(p);
	if (ret->token.kind == TOKEN_INT && at_word(p, "bytes")) { /* 4096 bytes, as well as 4KiB */
		ret->token.kind = TOKEN_SIZE;
		ret->at = span_join(t->at, next(p)->at);
	}
	return ret;
}

/* unary = ( "!" | "-" | "~" ) unary | primary chain */
static struct tree *
parse_unary(struct parser *p)
{
	const struct token *t = peek(p);
	struct tree *ret;

	if (p->depth >= TREE_DEPTH)
		return too_deep(p, t->at);
	p->depth++;
	if (t->kind == TOKEN_NOT || t->kind == TOKEN_MINUS || t->kind == TOKEN_TILDE) {
		next(p);
		ret = make(p, TREE_UNARY, t->at);
		ret->op = t->kind == TOKEN_NOT	   ? IR_NOT
			  : t->kind == TOKEN_MINUS ? IR_NEG
						   : IR_BIT_NOT;
		ret->a = parse_unary(p);
		ret->at = span_join(t->at, ret->a->at);
		ret->depth = ret->a->depth + 1;
	} else {
		ret = parse_chain(p, parse_primary(p));
	}
	p->depth--;
	return ret;
}

/* C's precedence, with `in` among the comparisons and `..` just above them. */
static const struct binary {
	enum token_kind token;
	uint32_t level;
	enum ir_op op;
} binaries[] = {
	{ TOKEN_OR_OR, 1, IR_OR },     { TOKEN_AND_AND, 2, IR_AND },  { TOKEN_OR, 3, IR_OR_BITS },
	{ TOKEN_XOR, 4, IR_XOR_BITS }, { TOKEN_AND, 5, IR_AND_BITS }, { TOKEN_EQ, 6, IR_EQ },
	{ TOKEN_NE, 6, IR_NE },	       { TOKEN_LT, 7, IR_LT },	      { TOKEN_LE, 7, IR_LE },
	{ TOKEN_GT, 7, IR_GT },	       { TOKEN_GE, 7, IR_GE },	      { TOKEN_NAME, 7, IR_CONST },
	{ TOKEN_DOTS, 8, IR_CONST },   { TOKEN_SHL, 9, IR_SHL },      { TOKEN_SHR, 9, IR_SHR },
	{ TOKEN_PLUS, 10, IR_ADD },    { TOKEN_MINUS, 10, IR_SUB },   { TOKEN_STAR, 11, IR_MUL },
	{ TOKEN_SLASH, 11, IR_DIV },   { TOKEN_PERCENT, 11, IR_MOD },
};

static const struct binary *
binary_at(const struct parser *p)
{
	const struct token *t = peek(p);

	for (uint32_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (binaries[i].token == t->kind &&
		    (t->kind != TOKEN_NAME || str_is(t->text, "in")))
			return &binaries[i];
	return NULL;
}

static struct tree *
parse_expr(struct parser *p, uint32_t level)
{
	struct tree *left = parse_unary(p), *both;
	const struct binary *b;

	while ((b = binary_at(p)) && b->level > level) {
		enum token_kind kind = next(p)->kind;

		both = make(p,
			    kind == TOKEN_NAME	 ? TREE_IN
			    : kind == TOKEN_DOTS ? TREE_RANGE
						 : TREE_BINARY,
			    left->at);
		both->op = b->op;
		both->a = left;
		both->b = parse_expr(p, b->level);
		both->at = span_join(left->at, both->b->at);
		both->depth = 1 + (left->depth > both->b->depth ? left->depth : both->b->depth);
		if (both->depth > TREE_DEPTH)
			return too_deep(p, both->at);
		left = both;
	}
	if (is(p, TOKEN_QUESTION))
		return expected(p, "an operator (there is no '?:')");
	return left;
}

/* "budget 16 bits" */
static bool
begins_budget(const struct token *t)
{
	return t->kind == TOKEN_NAME && str_is(t->text, "budget") &&
	       (t[1].kind == TOKEN_NAME || t[1].kind == TOKEN_INT);
}

/* Does a definition begin at token i? */
static bool
begins_def(const struct parser *p, uint32_t i)
{
	const struct token *t = &p->tokens[i];

	if (t->kind == TOKEN_DOT)
		return t[1].kind == TOKEN_NAME && is_stream(t[1].text) && t[2].kind == TOKEN_LPAREN;
	if (t->kind != TOKEN_NAME)
		return false;
	return t[1].kind == TOKEN_ASSIGN || (str_is(t->text, "param") && t[1].kind == TOKEN_NAME) ||
	       begins_budget(t) || (is_stream(t->text) && t[1].kind == TOKEN_LPAREN);
}

/* Skips to the first line that begins a definition and is not indented deeper than the broken one.
 */
static void
recover(struct parser *p, uint32_t column)
{
	p->panic = false;
	for (; p->tokens[p->i].kind != TOKEN_END; p->i++)
		if (p->tokens[p->i].column && p->tokens[p->i].column <= column &&
		    begins_def(p, p->i))
			return;
}

/* budget = "budget" expr "bits" */
static struct tree_def
parse_budget(struct parser *p)
{
	struct tree_def def = { .is_budget = true, .name_at = next(p)->at };

	def.value = parse_expr(p, 0);
	if (!p->panic && !at_word(p, "bits"))
		expected(p, "'bits': a budget is written 'budget 16 bits'");
	next(p);
	if (p->panic)
		def.value = make(p, TREE_ERROR, def.value->at);
	return def;
}

/* def = "param" NAME "=" expr | budget | [ NAME "=" ] query */
static struct tree_def
parse_def(struct parser *p)
{
	struct tree_def def = { .name = STR_NONE, .name_at = peek(p)->at };

	if (begins_budget(peek(p)))
		return parse_budget(p);
	if (is(p, TOKEN_NAME) && str_is(peek(p)->text, "param") &&
	    ahead(p, 1)->kind == TOKEN_NAME) {
		next(p);
		def.is_param = true;
	}
	if (def.is_param || (is(p, TOKEN_NAME) && ahead(p, 1)->kind == TOKEN_ASSIGN)) {
		def.name = peek(p)->text;
		def.name_at = next(p)->at;
		expect(p, TOKEN_ASSIGN, "'=' and a value");
	} else if (!begins_def(p, p->i)) {
		expected(p, "'NAME = QUERY' or 'param NAME = VALUE'");
		if (p->i && p->tokens[p->i].kind == TOKEN_NAME &&
		    p->tokens[p->i + 1].kind == TOKEN_LPAREN)
			diag_hint(p->d, "an operator is written with a dot: .%.*s(...)",
				  STRA(p->tokens[p->i].text));
	}
	def.value = p->panic ? make(p, TREE_ERROR, def.name_at) : parse_expr(p, 0);
	if (p->panic)
		def.value = make(p, TREE_ERROR, def.value->at);
	return def;
}

void
query_parse(struct arena *a, struct diags *d, const struct source *s, struct tree_defs *defs)
{
	struct parser p = { .arena = a, .d = d, .tokens = query_lex(a, d, s) };
	uint32_t column = 1;

	while (!is(&p, TOKEN_END)) {
		struct tree_def def;
		uint32_t from = p.i;

		if (take(&p, TOKEN_SEMICOLON))
			continue;
		if (peek(&p)->column)
			column = peek(&p)->column;
		p.depth = 0;
		def = parse_def(&p);
		if (def.name.n || !p.panic)
			vec_push(a, defs, def);
		if (p.panic) {
			p.i += p.i == from && p.tokens[p.i].kind != TOKEN_END;
			recover(&p, column);
		}
	}
}

struct tree *
query_parse_value(struct arena *a, struct diags *d, const struct source *s)
{
	struct parser p = { .arena = a, .d = d, .tokens = query_lex(a, d, s) };
	struct tree *t = parse_expr(&p, 0);

	if (!is(&p, TOKEN_END))
		expected(&p, "one value");
	return p.panic ? make(&p, TREE_ERROR, t->at) : t;
}
