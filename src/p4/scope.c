/* scope.c - which names are types. P4's grammar needs to know: `(x)(y)` is a cast or a call, `a <
 * b` a comparison or the start of type arguments. A name that was never declared (in snippets, or
 * by mistake) is judged by what stands around it.
 *
 * The look-aheads are linear: brackets are stepped over by the table of partners, and nested type
 * arguments are followed to a fixed depth.
 */
#include "p4/parser.h"

#define SCAN_DEPTH 32
#define SCAN_WIDTH 256 /* tokens of one width */

static const enum p4_symbol symbols[] = { P4_SYM_UNKNOWN, P4_SYM_TYPE, P4_SYM_OBJECT };

void
p4_scope_init(struct p4_parser *p)
{
	map_init(&p->names, p->arena);
	map_init(&p->globals, p->arena);
}

uint32_t
p4_scope_push(struct p4_parser *p)
{
	p->scope_depth++;
	return p->shadows.n;
}

void
p4_scope_pop(struct p4_parser *p, uint32_t mark)
{
	while (p->shadows.n > mark) {
		struct p4_shadow *s = &p->shadows.v[--p->shadows.n];

		map_put(&p->names, s->name, s->before);
	}
	p->scope_depth--;
}

void
p4_declare(struct p4_parser *p, struct str name, enum p4_symbol what)
{
	void *value = (void *)(uintptr_t)&symbols[what];
	void *before;

	if (name.n == 0)
		return;
	before = map_put(&p->names, name, value);
	if (p->scope_depth > 0)
		vec_push(p->arena, &p->shadows, (struct p4_shadow){ name, before });
	else
		map_put(&p->globals, name, value);
}

enum p4_symbol
p4_lookup(const struct p4_parser *p, struct str name, bool absolute)
{
	const enum p4_symbol *s = map_get(absolute ? &p->globals : &p->names, name);

	return s ? *s : P4_SYM_UNKNOWN;
}

static enum p4_tok
kind_at(const struct p4_parser *p, uint32_t i)
{
	return i < p->n ? p->v[i].kind : TOK_EOF;
}

/* '<' ... '>' of bit, int and varbit */
static uint32_t
scan_width(const struct p4_parser *p, uint32_t i)
{
	uint32_t steps = 0;

	if (kind_at(p, i) != TOK_LT)
		return i;
	for (i++; kind_at(p, i) != TOK_GT; i++) {
		enum p4_tok k = kind_at(p, i);

		if (steps++ == SCAN_WIDTH)
			return 0;
		if ((k == TOK_LPAREN || k == TOK_LBRACKET) && p->match[i])
			i = p->match[i];
		else if (k == TOK_EOF || k == TOK_SEMI || k == TOK_LBRACE || k == TOK_RBRACE ||
			 k == TOK_COMMA || k == TOK_RPAREN || k == TOK_ASSIGN)
			return 0;
	}
	return i + 1;
}

uint32_t
p4_scan_type_args(const struct p4_parser *p, uint32_t i, uint32_t depth)
{
	if (kind_at(p, i) != TOK_LT || depth > SCAN_DEPTH)
		return 0;
	i++;
	while (kind_at(p, i) != TOK_GT) {
		i = p4_scan_type(p, i, depth + 1);
		if (i == 0)
			return 0;
		if (kind_at(p, i) == TOK_COMMA)
			i++;
		else if (kind_at(p, i) != TOK_GT)
			return 0;
	}
	return i + 1;
}

/* [.] name ['<' ... '>']; not a name that is known to be something else */
static uint32_t
scan_named_type(const struct p4_parser *p, uint32_t i, uint32_t depth)
{
	bool absolute = kind_at(p, i) == TOK_DOT;

	i += absolute;
	if (!p4_tok_is_name(kind_at(p, i)) || p4_lookup(p, p->v[i].text, absolute) == P4_SYM_OBJECT)
		return 0;
	i++;
	return kind_at(p, i) == TOK_LT ? p4_scan_type_args(p, i, depth) : i;
}

uint32_t
p4_scan_type(const struct p4_parser *p, uint32_t i, uint32_t depth)
{
	enum p4_tok kind = kind_at(p, i);

	if (kind == TOK_BIT || kind == TOK_INT || kind == TOK_VARBIT)
		i = scan_width(p, i + 1);
	else if (kind == TOK_TUPLE || (kind == TOK_LIST && kind_at(p, i + 1) == TOK_LT))
		i = p4_scan_type_args(p, i + 1, depth);
	else if (kind == TOK_BOOL || kind == TOK_ERROR || kind == TOK_STRING ||
		 kind == TOK_MATCH_KIND || kind == TOK_VOID || kind == TOK_DONTCARE)
		i++;
	else
		i = scan_named_type(p, i, depth);
	while (i > 0 && kind_at(p, i) == TOK_LBRACKET && p->match[i])
		i = p->match[i] + 1;
	return i;
}

bool
p4_at_type(const struct p4_parser *p)
{
	enum p4_tok kind = p4_cur(p)->kind;

	return kind == TOK_BIT || kind == TOK_INT || kind == TOK_VARBIT || kind == TOK_BOOL ||
	       kind == TOK_STRING || kind == TOK_TUPLE || kind == TOK_MATCH_KIND ||
	       kind == TOK_VOID || (kind == TOK_ERROR && !p4_peek_at(p, 1, TOK_DOT)) ||
	       (kind == TOK_LIST && p4_peek_at(p, 1, TOK_LT));
}

bool
p4_at_declaration(const struct p4_parser *p)
{
	uint32_t end;

	if (p->panic)
		return false;
	if (p4_at_type(p))
		return true;
	if (!p4_tok_is_name(p4_cur(p)->kind) && !p4_at(p, TOK_DOT))
		return false;
	if (p4_tok_is_name(p4_cur(p)->kind) && p4_tok_is_name(p4_peek(p, 1)->kind))
		return true;
	end = p4_scan_type(p, p->i, 0);
	if (end == 0)
		return false;
	if (kind_at(p, end) == TOK_LPAREN && p->match[end])
		end = p->match[end] + 1;
	return p4_tok_is_name(kind_at(p, end));
}

/* Tokens that can't follow a complete expression but can start an operand. */
static bool
starts_operand_only(enum p4_tok kind)
{
	return p4_tok_is_name(kind) || kind == TOK_NUMBER || kind == TOK_TEXT || kind == TOK_TRUE ||
	       kind == TOK_FALSE || kind == TOK_THIS || kind == TOK_ERROR || kind == TOK_NOT ||
	       kind == TOK_TILDE || kind == TOK_LBRACE || kind == TOK_INVALID;
}

bool
p4_at_cast(const struct p4_parser *p)
{
	uint32_t i = p->i + 1, end;
	enum p4_symbol what;

	if (!p4_at(p, TOK_LPAREN))
		return false;
	if (!p4_tok_is_name(kind_at(p, i)) && kind_at(p, i) != TOK_DOT)
		return (p4_scan_type(p, i, 0) && kind_at(p, i) != TOK_ERROR &&
			kind_at(p, i) != TOK_DONTCARE) ||
		       (kind_at(p, i) == TOK_ERROR && kind_at(p, i + 1) == TOK_RPAREN);
	end = p4_scan_type(p, i, 0);
	if (end == 0 || kind_at(p, end) != TOK_RPAREN)
		return false;
	if (kind_at(p, i) == TOK_DOT)
		what = p4_lookup(p, p->v[i + 1].text, true);
	else
		what = p4_lookup(p, p->v[i].text, false);
	if (what != P4_SYM_UNKNOWN || kind_at(p, end - 1) == TOK_GT)
		return true; /* a known type: the scan refuses objects */
	return starts_operand_only(kind_at(p, end + 1)) || kind_at(p, end + 1) == TOK_LPAREN;
}

bool
p4_at_generic_call(const struct p4_parser *p)
{
	uint32_t end;

	if (!p4_at(p, TOK_LT))
		return false;
	end = p4_scan_type_args(p, p->i, 0);
	return end > 0 && kind_at(p, end) == TOK_LPAREN;
}

bool
p4_at_extern_object(const struct p4_parser *p)
{
	uint32_t i = p->i + 1;

	if (!p4_tok_is_name(p4_cur(p)->kind))
		return false;
	if (kind_at(p, i) == TOK_LT) {
		for (i++; p4_tok_is_name(kind_at(p, i)) || kind_at(p, i) == TOK_COMMA;)
			i++;
		if (kind_at(p, i) != TOK_GT)
			return false;
		i++;
	}
	return kind_at(p, i) == TOK_LBRACE || (i == p->i + 1 && kind_at(p, i) == TOK_SEMI);
}
