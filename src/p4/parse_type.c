/* parse_type.c - written types. */
#include "p4/parser.h"

/* typeArgumentList: '<' [typeArg {',' typeArg}] '>'
 * typeArg: typeRef | 'void' | '_' */
void
p4_read_type_args(struct p4_parser *p, struct p4_list *ret)
{
	uint32_t height = 0;

	p4_expect(p, TOK_LT, "before type arguments");
	while (!p4_at(p, TOK_GT) && !p4_at(p, TOK_EOF)) {
		if (p4_at(p, TOK_DONTCARE))
			p4_add(p, ret, p4_make(p, P4_T_DONTCARE, p4_take(p).at));
		else
			p4_add(p, ret, p4_read_type_or_void(p));
		if (p->height > height)
			height = p->height;
		if (!p4_accept(p, TOK_COMMA))
			break;
	}
	p4_expect(p, TOK_GT, "after type arguments");
	p4_set_height(p, height + 1);
}

/* optTypeParameters: ['<' name {',' name} '>'] */
void
p4_read_type_params(struct p4_parser *p, struct p4_list *ret)
{
	if (!p4_accept(p, TOK_LT))
		return;
	do {
		struct p4_node *n;

		if (p4_at(p, TOK_GT))
			break;
		n = p4_make(p, P4_TYPE_PARAM, p4_cur(p)->at);
		n->name = p4_expect_name(p, "a type parameter's name", &n->name_at);
		p4_declare(p, n->name, P4_SYM_TYPE);
		p4_add(p, ret, n);
	} while (p4_accept(p, TOK_COMMA));
	p4_expect(p, TOK_GT, "after type parameters");
}

/* '<' width '>'; NULL when absent */
static struct p4_node *
read_sized(struct p4_parser *p, enum p4_kind kind, struct span at)
{
	struct p4_node *n = p4_make(p, kind, at);

	if (p4_accept(p, TOK_LT)) {
		n->u.sized.width = p4_read_width(p);
		p4_expect(p, TOK_GT, "after the width");
	} else {
		p4_set_height(p, 1);
		if (kind == P4_T_VARBIT)
			p4_error_expected(p, "'<'", "after 'varbit'");
	}
	n->at = p4_since(p, at);
	return n;
}

/* namedType: ['.'] name ['<' typeArgumentList '>'] */
struct p4_node *
p4_read_named_type(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_T_NAME, at), *base = n;

	n->u.ref.absolute = p4_accept(p, TOK_DOT);
	n->name = p4_expect_name(p, "a type", &n->name_at);
	n->at = p4_since(p, at);
	p4_set_height(p, 1);
	if (p4_at(p, TOK_LT)) {
		n = p4_make(p, P4_T_SPECIALIZED, at);
		n->u.specialized.base = base;
		n->name_at = base->name_at;
		p4_read_type_args(p, &n->u.specialized.args);
		n->at = p4_since(p, at);
	}
	return n;
}

/* tupleType: 'tuple' '<' typeArgumentList '>'
 * p4listType: 'list' '<' typeArg '>' */
static struct p4_node *
read_container(struct p4_parser *p, enum p4_kind kind)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, kind, at);

	p4_read_type_args(p, &n->u.specialized.args);
	n->at = p4_since(p, at);
	if (kind == P4_T_LIST && n->u.specialized.args.n != 1 && !p->panic) {
		diag_error(p->diags, n->at, "list<> takes one type argument");
		p->errors++;
	}
	return n;
}

static struct p4_node *
simple_type(struct p4_parser *p, enum p4_kind kind)
{
	p4_set_height(p, 1);
	return p4_make(p, kind, p4_take(p).at);
}

/* baseType | namedType | tupleType | p4listType */
static struct p4_node *
read_unsuffixed(struct p4_parser *p)
{
	enum p4_tok kind = p4_cur(p)->kind;

	if (kind == TOK_BIT)
		return read_sized(p, P4_T_BIT, p4_take(p).at);
	if (kind == TOK_VARBIT)
		return read_sized(p, P4_T_VARBIT, p4_take(p).at);
	if (kind == TOK_INT && p4_peek_at(p, 1, TOK_LT))
		return read_sized(p, P4_T_SIGNED, p4_take(p).at);
	if (kind == TOK_INT)
		return simple_type(p, P4_T_INT);
	if (kind == TOK_BOOL)
		return simple_type(p, P4_T_BOOL);
	if (kind == TOK_ERROR)
		return simple_type(p, P4_T_ERROR);
	if (kind == TOK_STRING)
		return simple_type(p, P4_T_STRING);
	if (kind == TOK_MATCH_KIND)
		return simple_type(p, P4_T_MATCH_KIND);
	if (kind == TOK_TUPLE)
		return read_container(p, P4_T_TUPLE);
	if (kind == TOK_LIST && p4_peek_at(p, 1, TOK_LT))
		return read_container(p, P4_T_LIST);
	if (p4_tok_is_name(kind) || kind == TOK_DOT)
		return p4_read_named_type(p);
	p4_error_expected(p, "a type", "");
	return p4_bad(p);
}

/* {'[' expression ']'}: stacks of stacks grow to the left, T[2][3] is three times T[2] */
struct p4_node *
p4_read_array_suffix(struct p4_parser *p, struct p4_node *type)
{
	while (p4_at(p, TOK_LBRACKET)) {
		struct p4_node *n = p4_make(p, P4_T_STACK, type->at);
		uint32_t height = p->height;

		p4_take(p);
		n->u.stack.elem = type;
		n->u.stack.size = p4_read_expr(p);
		p4_expect(p, TOK_RBRACKET, "after the size");
		n->at = p4_since(p, type->at);
		p4_set_height(p, (p->height > height ? p->height : height) + 1);
		type = n;
	}
	return type;
}

/* typeRef: baseType | typeName | specializedType | arrayType | p4listType | tupleType */
struct p4_node *
p4_read_type(struct p4_parser *p)
{
	struct p4_node *n;

	if (!p4_enter(p))
		return p4_bad(p);
	n = p4_read_array_suffix(p, read_unsuffixed(p));
	p4_leave(p);
	return n;
}

/* typeOrVoid: typeRef | 'void' */
struct p4_node *
p4_read_type_or_void(struct p4_parser *p)
{
	return p4_at(p, TOK_VOID) ? simple_type(p, P4_T_VOID) : p4_read_type(p);
}
