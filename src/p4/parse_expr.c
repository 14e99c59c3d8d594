/* parse_expr.c - expressions, arguments and key sets. */
#include "p4/parser.h"

#include "base/arena.h"

static struct p4_node *read_unary(struct p4_parser *p);

static uint32_t
max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* --- literals and names --------------------------------------------------------------------- */

static struct p4_node *
read_number(struct p4_parser *p)
{
	struct p4_token t = *p4_cur(p);
	struct p4_node *n = p4_make(p, P4_INT, t.at);
	struct p4_number num;
	const char *wrong = p4_number(t.text, &num);

	if (wrong) {
		p4_error_here(p, "wrong number '%.*s': %s", t.text.n > 40 ? 40 : (int)t.text.n,
			      t.text.p, wrong);
		p->panic = false; /* the rest can still be read */
		p4_take(p);
		n->kind = P4_BAD;
		return n;
	}
	p4_take(p);
	if (!big_parse(p->arena, num.digits, num.base, &n->u.integer.value))
		bug("number not readable: %.*s", STRA(t.text));
	n->u.integer.width = num.width;
	n->u.integer.is_signed = num.is_signed;
	n->u.integer.base = num.base;
	return n;
}

/* Without its quotes, and without backslash-newlines, which join lines in strings too. */
static struct p4_node *
read_string(struct p4_parser *p)
{
	struct p4_token t = p4_take(p);
	struct p4_node *n = p4_make(p, P4_STRING, t.at);
	struct str s = str_sub(t.text, 1, t.text.n > 1 ? t.text.n - 1 : 1);
	VEC(char) out = { 0 };

	n->u.string = s;
	if (str_find(s, '\n') < 0)
		return n;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '\n') {
			i++;
			continue;
		}
		vec_push(p->arena, &out, s.p[i]);
		if (s.p[i] == '\\' && i + 1 < s.n)
			vec_push(p->arena, &out, s.p[++i]);
	}
	n->u.string = (struct str){ out.v, out.n };
	return n;
}

/* prefixedNonTypeName: ['.'] name; no matter what the name stands for */
struct p4_node *
p4_read_name_ref(struct p4_parser *p, const char *what)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_NAME, at);

	n->u.ref.absolute = p4_accept(p, TOK_DOT);
	n->name = p4_expect_name(p, what, &n->name_at);
	n->at = p4_since(p, at);
	return n;
}

/* A type where a value could stand: only T.member and T(...) make sense. */
static struct p4_node *
read_type_expr(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_TYPE_EXPR, at);

	n->u.type_expr.type = p4_read_type(p);
	n->at = p4_since(p, at);
	if (!p4_at(p, TOK_DOT) && !p4_at(p, TOK_LPAREN) && !p->panic) {
		p4_error_expected(p, "'.' or '('", "after a type in an expression");
		diag_hint(p->diags, "a type is not a value; a cast is written (type)value");
	}
	return n;
}

static struct p4_node *
read_name(struct p4_parser *p)
{
	bool absolute = p4_at(p, TOK_DOT);
	const struct p4_token *t = p4_peek(p, absolute);
	enum p4_symbol what = p4_lookup(p, t->text, absolute);

	if (p4_tok_is_name(t->kind)) {
		uint32_t args = p->i + absolute + 1;

		if (what == P4_SYM_TYPE)
			return read_type_expr(p);
		if (what == P4_SYM_UNKNOWN && p4_peek_at(p, absolute + 1u, TOK_LT)) {
			uint32_t end = p4_scan_type_args(p, args, 0);

			if (end > 0 && end < p->n && p->v[end].kind == TOK_DOT)
				return read_type_expr(p); /* T<a>.apply(...) */
		}
	}
	return p4_read_name_ref(p, "a name");
}

/* --- lists ---------------------------------------------------------------------------------- */

/* kvPair: name '=' expression */
struct p4_node *
p4_read_named_expr(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_NAMED_EXPR, at);

	n->name = p4_expect_name(p, "a field's name", &n->name_at);
	p4_expect(p, TOK_ASSIGN, "after the field's name");
	n->u.named.expr = p4_read_expr(p);
	n->at = p4_since(p, at);
	return n;
}

bool
p4_at_named(const struct p4_parser *p)
{
	return p4_tok_is_name(p4_cur(p)->kind) && p4_peek_at(p, 1, TOK_ASSIGN);
}

/* '{' expressionList [','] '}' | '{' kvList [',' '...'] [','] '}' */
static struct p4_node *
read_braces(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	bool named = p4_at_named(p);
	struct p4_node *n = p4_make(p, named ? P4_STRUCT_EXPR : P4_LIST_EXPR, at);
	uint32_t height = 0;

	while (!p4_at(p, TOK_RBRACE) && !p4_at(p, TOK_EOF)) {
		if (p4_at(p, TOK_DOTS)) {
			p4_take(p);
			n->u.list.dots = true;
			p4_accept(p, TOK_COMMA);
			break;
		}
		p4_add(p, &n->u.list.items, named ? p4_read_named_expr(p) : p4_read_expr(p));
		height = max(height, p->height);
		if (!p4_accept(p, TOK_COMMA))
			break;
	}
	p4_expect(p, TOK_RBRACE, n->u.list.dots ? "after '...'" : "at the end of the list");
	n->at = p4_since(p, at);
	p4_set_height(p, height + 1);
	return n;
}

/* argument: expression | name '=' expression | '_' | name '=' '_' */
static struct p4_node *
read_arg(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_ARG, at);

	if (p4_at_named(p)) {
		n->name = p4_expect_name(p, "an argument's name", &n->name_at);
		p4_take(p);
	}
	if (p4_at(p, TOK_DONTCARE)) {
		n->u.arg.expr = p4_make(p, P4_DONTCARE, p4_take(p).at);
		p4_set_height(p, 1);
	} else {
		n->u.arg.expr = p4_read_expr(p);
	}
	n->at = p4_since(p, at);
	return n;
}

/* '(' argumentList ')' */
void
p4_read_args(struct p4_parser *p, struct p4_list *ret)
{
	uint32_t height = 0;

	p4_expect(p, TOK_LPAREN, "before the arguments");
	while (!p4_at(p, TOK_RPAREN) && !p4_at(p, TOK_EOF)) {
		p4_add(p, ret, read_arg(p));
		height = max(height, p->height);
		if (!p4_accept(p, TOK_COMMA))
			break;
	}
	p4_expect(p, TOK_RPAREN, "after the arguments");
	p4_set_height(p, height + 1);
}

/* --- primary and postfix -------------------------------------------------------------------- */

static struct p4_node *
read_token_expr(struct p4_parser *p, enum p4_kind kind)
{
	return p4_make(p, kind, p4_take(p).at);
}

/* primary: integer | string | 'true' | 'false' | 'this' | '...' | '{#}' | '{' list '}'
 *        | '(' expression ')' | ['.'] name | type */
static struct p4_node *
read_primary(struct p4_parser *p)
{
	enum p4_tok kind = p4_cur(p)->kind;
	struct p4_node *n;

	p->height = 1;
	if (kind == TOK_NUMBER)
		return read_number(p);
	if (kind == TOK_TEXT)
		return read_string(p);
	if (kind == TOK_TRUE || kind == TOK_FALSE) {
		n = read_token_expr(p, P4_BOOL);
		n->u.boolean = kind == TOK_TRUE;
		return n;
	}
	if (kind == TOK_THIS)
		return read_token_expr(p, P4_THIS);
	if (kind == TOK_DOTS)
		return read_token_expr(p, P4_DOTS);
	if (kind == TOK_INVALID)
		return read_token_expr(p, P4_INVALID_EXPR);
	if (kind == TOK_LBRACE)
		return read_braces(p);
	if (kind == TOK_LPAREN) {
		p4_take(p);
		n = p4_read_expr(p);
		p4_expect(p, TOK_RPAREN, "after the expression");
		return n;
	}
	if (p4_at_type(p) || kind == TOK_ERROR)
		return read_type_expr(p);
	if (p4_tok_is_name(kind) || kind == TOK_DOT)
		return read_name(p);
	p4_error_expected(p, "an expression", "");
	return p4_bad(p);
}

/* object '.' name */
static struct p4_node *
read_member(struct p4_parser *p, struct p4_node *object)
{
	struct p4_node *n = p4_make(p, P4_MEMBER, object->at);

	p4_take(p);
	n->u.member.object = object;
	n->name = p4_expect_name(p, "a member's name", &n->name_at);
	n->at = p4_since(p, object->at);
	p4_set_height(p, p->height + 1);
	return n;
}

/* object '[' expression ']' | object '[' hi ':' lo ']' | object '[' lo '+' ':' width ']' */
static struct p4_node *
read_index(struct p4_parser *p, struct p4_node *object)
{
	struct p4_node *n = p4_make(p, P4_INDEX, object->at), *first;
	uint32_t height = p->height;

	p4_take(p);
	first = p4_read_expr(p);
	height = max(height, p->height);
	if (p4_at(p, TOK_PLUS) || p4_at(p, TOK_COLON)) {
		bool plus = p4_accept(p, TOK_PLUS);
		struct p4_node *second;

		p4_expect(p, TOK_COLON, "in the slice");
		second = p4_read_expr(p);
		height = max(height, p->height);
		n->kind = P4_SLICE;
		n->u.slice.object = object;
		n->u.slice.hi = plus ? second : first;
		n->u.slice.lo = plus ? first : second;
		n->u.slice.plus = plus;
	} else {
		n->u.index.object = object;
		n->u.index.index = first;
	}
	p4_expect(p, TOK_RBRACKET, n->kind == P4_SLICE ? "after the slice" : "after the index");
	n->at = p4_since(p, object->at);
	p4_set_height(p, height + 1);
	return n;
}

/* callee ['<' types '>'] '(' arguments ')' */
static struct p4_node *
read_call(struct p4_parser *p, struct p4_node *callee)
{
	struct p4_node *n = p4_make(p, P4_CALL, callee->at);
	uint32_t height = p->height;

	n->u.call.callee = callee;
	if (p4_at(p, TOK_LT)) {
		p4_read_type_args(p, &n->u.call.type_args);
		height = max(height, p->height);
	}
	p4_read_args(p, &n->u.call.args);
	n->at = p4_since(p, callee->at);
	n->name_at = callee->name_at;
	p4_set_height(p, max(height, p->height) + 1);
	return n;
}

/* postfix: primary {'.' name | '[' ... ']' | ['<' types '>'] '(' arguments ')'} */
struct p4_node *
p4_read_postfix(struct p4_parser *p)
{
	struct p4_node *n = read_primary(p);

	for (;;) {
		if (p4_at(p, TOK_DOT))
			n = read_member(p, n);
		else if (p4_at(p, TOK_LBRACKET))
			n = read_index(p, n);
		else if (p4_at(p, TOK_LPAREN))
			n = read_call(p, n);
		else if ((n->kind == P4_NAME || n->kind == P4_MEMBER) && p4_at_generic_call(p))
			n = read_call(p, n);
		else
			return n;
	}
}

/* --- operators ------------------------------------------------------------------------------ */

/* '(' typeRef ')' unary */
static struct p4_node *
read_cast(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_CAST, at);
	uint32_t height;

	n->u.cast.to = p4_read_type(p);
	height = p->height;
	p4_expect(p, TOK_RPAREN, "after the type of a cast");
	n->u.cast.a = read_unary(p);
	n->at = p4_since(p, at);
	p4_set_height(p, max(height, p->height) + 1);
	return n;
}

static enum p4_op
unary_op(enum p4_tok kind)
{
	if (kind == TOK_NOT)
		return P4_NOT;
	if (kind == TOK_TILDE)
		return P4_BIT_NOT;
	if (kind == TOK_MINUS)
		return P4_NEG;
	return kind == TOK_PLUS ? P4_PLUS : P4_OP_NONE;
}

/* unary: ('!' | '~' | '-' | '+') unary | cast | postfix */
static struct p4_node *
read_unary(struct p4_parser *p)
{
	enum p4_op op = unary_op(p4_cur(p)->kind);
	bool cast = op == P4_OP_NONE && p4_at_cast(p);
	struct p4_node *n;

	if (op == P4_OP_NONE && !cast)
		return p4_read_postfix(p);
	if (!p4_enter(p))
		return p4_bad(p);
	if (cast) {
		n = read_cast(p);
	} else {
		struct p4_token t = p4_take(p);

		n = p4_make(p, P4_UNARY, t.at);
		n->name_at = t.at;
		n->u.unary.op = op;
		n->u.unary.a = read_unary(p);
		n->at = p4_since(p, t.at);
		p4_set_height(p, p->height + 1);
	}
	p4_leave(p);
	return n;
}

/* Two tokens that were written without a blank: the halves of `>>`. */
static bool
next_touches(const struct p4_parser *p, enum p4_tok kind)
{
	const struct p4_token *t = p4_peek(p, 1);

	return t->kind == kind && !t->space;
}

#define LEVEL_MIN 1

/* The binary operator at the cursor: its level, 0 when there is none, and its tokens. */
static uint32_t
binary_level(const struct p4_parser *p, enum p4_op *ret_op, uint32_t *ret_tokens)
{
	static const struct {
		enum p4_tok kind;
		enum p4_op op;
		uint32_t level;
	} ops[] = {
		{ TOK_OR_OR, P4_OR, LEVEL_MIN },
		{ TOK_AND_AND, P4_AND, 2 },
		{ TOK_EQ, P4_EQ, 3 },
		{ TOK_NE, P4_NE, 3 },
		{ TOK_LT, P4_LT, 4 },
		{ TOK_GT, P4_GT, 4 },
		{ TOK_LE, P4_LE, 4 },
		{ TOK_GE, P4_GE, 4 },
		{ TOK_OR, P4_BIT_OR, 5 },
		{ TOK_XOR, P4_BIT_XOR, 6 },
		{ TOK_AND, P4_BIT_AND, 7 },
		{ TOK_SHL, P4_SHL, 8 },
		{ TOK_CONCAT, P4_CONCAT, 9 },
		{ TOK_PLUS, P4_ADD, 9 },
		{ TOK_MINUS, P4_SUB, 9 },
		{ TOK_ADD_SAT, P4_ADD_SAT, 9 },
		{ TOK_SUB_SAT, P4_SUB_SAT, 9 },
		{ TOK_STAR, P4_MUL, 10 },
		{ TOK_SLASH, P4_DIV, 10 },
		{ TOK_PERCENT, P4_MOD, 10 },
	};
	enum p4_tok kind = p4_cur(p)->kind;

	*ret_tokens = 1;
	if (p->gt_ends && (kind == TOK_GT || kind == TOK_GE))
		return 0;
	if (kind == TOK_GT && next_touches(p, TOK_GE))
		return 0; /* >>= */
	if (kind == TOK_GT && next_touches(p, TOK_GT)) {
		*ret_op = P4_SHR;
		*ret_tokens = 2;
		return 8;
	}
	if (kind == TOK_PLUS && p4_peek_at(p, 1, TOK_COLON))
		return 0; /* a slice's +: */
	for (uint32_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (ops[i].kind != kind)
			continue;
		*ret_op = ops[i].op;
		return ops[i].level;
	}
	return 0;
}

/* binary: unary {operator unary}, operators of at least the level `min`; all associate to the left
 */
static struct p4_node *
read_binary(struct p4_parser *p, uint32_t min)
{
	struct p4_node *a = read_unary(p);
	uint32_t height = p->height, level, tokens;
	enum p4_op op;

	while ((level = binary_level(p, &op, &tokens)) >= min && level > 0) {
		struct p4_node *n = p4_make(p, P4_BINARY, a->at);

		n->name_at = p4_take(p).at;
		if (tokens == 2)
			n->name_at = span_join(n->name_at, p4_take(p).at);
		n->u.binary.op = op;
		n->u.binary.a = a;
		n->u.binary.b = read_binary(p, level + 1);
		n->at = p4_since(p, a->at);
		height = max(height, p->height) + 1;
		p4_set_height(p, height);
		a = n;
	}
	p->height = height;
	return a;
}

/* expression: binary ['?' expression ':' expression] */
static struct p4_node *
read_choice(struct p4_parser *p)
{
	struct p4_node *cond, *n;
	uint32_t height;

	if (!p4_enter(p))
		return p4_bad(p);
	n = cond = read_binary(p, LEVEL_MIN);
	if (p4_at(p, TOK_QUESTION)) {
		height = p->height;
		n = p4_make(p, P4_TERNARY, cond->at);
		n->name_at = p4_take(p).at;
		n->u.ternary.cond = cond;
		n->u.ternary.a = read_choice(p);
		height = max(height, p->height);
		p4_expect(p, TOK_COLON, "between the two values of '?'");
		n->u.ternary.b = read_choice(p);
		n->at = p4_since(p, cond->at);
		p4_set_height(p, max(height, p->height) + 1);
	}
	p4_leave(p);
	return n;
}

static struct p4_node *
read_until(struct p4_parser *p, bool gt_ends)
{
	bool before = p->gt_ends;
	struct p4_node *n;

	p->gt_ends = gt_ends;
	n = read_choice(p);
	p->gt_ends = before;
	return n;
}

struct p4_node *
p4_read_expr(struct p4_parser *p)
{
	return read_until(p, false);
}

/* The width of bit<...>. The specification wants an integer or '(' expression ')'; other
 * expressions do as well, up to the first '>' outside of brackets. */
struct p4_node *
p4_read_width(struct p4_parser *p)
{
	return read_until(p, true);
}

/* --- key sets ------------------------------------------------------------------------------- */

/* simpleKeysetExpression: expression ['&&&' expression | '..' expression] | 'default' | '_' */
static struct p4_node *
read_key(struct p4_parser *p)
{
	struct p4_node *a, *n;

	if (p4_at(p, TOK_DEFAULT))
		return read_token_expr(p, P4_DEFAULT);
	if (p4_at(p, TOK_DONTCARE))
		return read_token_expr(p, P4_DONTCARE);
	a = p4_read_expr(p);
	if (!p4_at(p, TOK_MASK) && !p4_at(p, TOK_RANGE))
		return a;
	n = p4_make(p, p4_at(p, TOK_MASK) ? P4_MASK : P4_RANGE, a->at);
	n->name_at = p4_take(p).at;
	n->u.pair.a = a;
	n->u.pair.b = p4_read_expr(p);
	n->at = p4_since(p, a->at);
	return n;
}

/* keysetExpression: '(' key {',' key} ')' | key
 * A parenthesis whose partner stands before the ':' holds the whole key set. */
void
p4_read_keyset(struct p4_parser *p, struct p4_list *ret)
{
	uint32_t end = p4_at(p, TOK_LPAREN) ? p->match[p->i] : 0;

	if (end == 0 || p->v[end + 1].kind != TOK_COLON) {
		p4_add(p, ret, read_key(p));
		return;
	}
	p4_take(p);
	do {
		if (p4_at(p, TOK_RPAREN) && ret->n > 0)
			break;
		p4_add(p, ret, read_key(p));
	} while (p4_accept(p, TOK_COMMA));
	p4_expect(p, TOK_RPAREN, "after the keys");
}
