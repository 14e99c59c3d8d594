/* parse_decl.c - declarations: top level, and local to parsers and controls. */
#include "p4/parser.h"

/* --- parts ---------------------------------------------------------------------------------- */

struct p4_node *
p4_read_named(struct p4_parser *p, enum p4_kind kind, struct span at, const char *what)
{
	struct p4_node *n = p4_make(p, kind, at);

	n->name = p4_expect_name(p, what, &n->name_at);
	return n;
}

/* The same for a type, known from here on. */
static struct p4_node *
named_type(struct p4_parser *p, enum p4_kind kind, struct span at, const char *what)
{
	struct p4_node *n = p4_read_named(p, kind, at, what);

	p4_declare(p, n->name, P4_SYM_TYPE);
	return n;
}

/* parameter: optAnnotations ['in' | 'out' | 'inout'] typeRef name ['=' expression] */
static struct p4_node *
read_param(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_PARAM, at);

	p4_read_annotations(p, &n->annotations);
	if (p4_accept(p, TOK_IN))
		n->u.var.dir = P4_DIR_IN;
	else if (p4_accept(p, TOK_OUT))
		n->u.var.dir = P4_DIR_OUT;
	else if (p4_accept(p, TOK_INOUT))
		n->u.var.dir = P4_DIR_INOUT;
	n->u.var.type = p4_read_type(p);
	n->name = p4_expect_name(p, "a parameter's name", &n->name_at);
	n->u.var.type = p4_read_array_suffix(p, n->u.var.type);
	if (p4_accept(p, TOK_ASSIGN))
		n->u.var.init = p4_read_expr(p);
	p4_declare(p, n->name, P4_SYM_OBJECT);
	n->at = p4_since(p, at);
	return n;
}

/* '(' [parameter {',' parameter} [',']] ')' */
void
p4_read_params(struct p4_parser *p, struct p4_list *ret)
{
	p4_expect(p, TOK_LPAREN, "before the parameters");
	while (!p4_at(p, TOK_RPAREN) && !p4_at(p, TOK_EOF)) {
		p4_add(p, ret, read_param(p));
		if (!p4_accept(p, TOK_COMMA))
			break;
	}
	p4_expect(p, TOK_RPAREN, "after the parameters");
}

void
p4_read_list(struct p4_parser *p, struct p4_list *ret, struct p4_node *(*read)(struct p4_parser *),
	     const char *what)
{
	if (!p4_expect(p, TOK_LBRACE, what))
		return;
	while (!p4_at(p, TOK_RBRACE) && !p4_at(p, TOK_EOF)) {
		uint32_t start = p->i;

		p4_add(p, ret, read(p));
		if (!p4_recover(p, start, false))
			return;
		if (p->i == start)
			p4_take(p);
	}
	p4_expect(p, TOK_RBRACE, "at the end of the list");
}

/* --- structs, enums, errors ----------------------------------------------------------------- */

/* structField: optAnnotations typeRef name ';' */
static struct p4_node *
read_field(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_FIELD, at);

	n->comment = p4_comment_here(p);
	p4_read_annotations(p, &n->annotations);
	n->u.var.type = p4_read_type(p);
	n->name = p4_expect_name(p, "a field's name", &n->name_at);
	n->u.var.type = p4_read_array_suffix(p, n->u.var.type);
	p4_expect(p, TOK_SEMI, "after the field");
	n->at = p4_since(p, at);
	return n;
}

/* ('header' | 'struct' | 'header_union') name optTypeParameters '{' {structField} '}' */
static struct p4_node *
read_struct(struct p4_parser *p)
{
	struct p4_token t = p4_take(p);
	enum p4_kind kind = t.kind == TOK_HEADER   ? P4_HEADER
			    : t.kind == TOK_STRUCT ? P4_STRUCT
						   : P4_UNION;
	struct p4_node *n = named_type(p, kind, t.at, "a type's name");
	uint32_t mark = p4_scope_push(p);

	p4_read_type_params(p, &n->u.fields.type_params);
	p4_read_list(p, &n->u.fields.fields, read_field, "before the fields");
	p4_scope_pop(p, mark);
	n->at = p4_since(p, t.at);
	return n;
}

/* '{' name ['=' expression] {',' name ['=' expression]} [','] '}' */
static void
read_members(struct p4_parser *p, struct p4_node *owner)
{
	p4_expect(p, TOK_LBRACE, "before the members");
	while (!p4_at(p, TOK_RBRACE) && !p4_at(p, TOK_EOF)) {
		struct p4_node *n =
			p4_read_named(p, P4_ENUM_MEMBER, p4_cur(p)->at, "a member's name");

		if (owner->kind == P4_ENUM && p4_accept(p, TOK_ASSIGN))
			n->u.member_decl.init = p4_read_expr(p);
		n->at = p4_since(p, n->at);
		p4_add(p, &owner->u.enumeration.members, n);
		if (!p4_accept(p, TOK_COMMA))
			break;
	}
	p4_expect(p, TOK_RBRACE, "after the members");
	owner->at = p4_since(p, owner->at);
}

/* enumDeclaration: 'enum' [typeRef] name '{' members '}' */
static struct p4_node *
read_enum(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *underlying = NULL, *n;

	if (!p4_tok_is_name(p4_cur(p)->kind) || !p4_peek_at(p, 1, TOK_LBRACE))
		underlying = p4_read_type(p);
	n = named_type(p, P4_ENUM, at, "the enum's name");
	n->u.enumeration.underlying = underlying;
	read_members(p, n);
	return n;
}

/* 'error' '{' identifierList '}' | 'match_kind' '{' identifierList '}' */
static struct p4_node *
read_error_or_match_kind(struct p4_parser *p)
{
	struct p4_token t = p4_take(p);
	struct p4_node *n =
		p4_make(p, t.kind == TOK_ERROR ? P4_ERROR_DECL : P4_MATCH_KIND_DECL, t.at);

	read_members(p, n);
	return n;
}

/* typedefDeclaration: ('typedef' | 'type') (typeRef | derivedTypeDeclaration) name ';' */
static struct p4_node *
read_typedef(struct p4_parser *p)
{
	struct p4_token t = p4_take(p);
	struct p4_node *n = p4_make(p, t.kind == TOK_TYPE ? P4_NEWTYPE : P4_TYPEDEF, t.at);
	struct p4_list annotations = { 0 };

	p4_read_annotations(p, &annotations);
	if (p4_at(p, TOK_HEADER) || p4_at(p, TOK_STRUCT) || p4_at(p, TOK_HEADER_UNION))
		n->u.alias.target = read_struct(p);
	else if (p4_at(p, TOK_ENUM))
		n->u.alias.target = read_enum(p);
	else
		n->u.alias.target = p4_read_type(p);
	n->u.alias.target->annotations = annotations;
	n->name = p4_expect_name(p, "the new type's name", &n->name_at);
	n->u.alias.target = p4_at(p, TOK_LBRACKET) ? p4_read_array_suffix(p, n->u.alias.target)
						   : n->u.alias.target;
	p4_declare(p, n->name, P4_SYM_TYPE);
	p4_expect(p, TOK_SEMI, "after the type's name");
	n->at = p4_since(p, t.at);
	return n;
}

/* --- functions, actions, externs ------------------------------------------------------------ */

/* functionPrototype: typeOrVoid name optTypeParameters '(' parameterList ')'
 * followed by ';' or, of a function, by its block. The type has been read. */
struct p4_node *
p4_read_function(struct p4_parser *p, struct p4_node *ret_type, enum p4_kind kind)
{
	struct p4_node *n = p4_read_named(p, kind, ret_type->at, "the function's name");
	uint32_t mark;

	if (kind != P4_METHOD)
		p4_declare(p, n->name, P4_SYM_OBJECT);
	mark = p4_scope_push(p);
	n->u.func.ret = ret_type;
	p4_read_type_params(p, &n->u.func.type_params);
	p4_read_params(p, &n->u.func.params);
	if (kind == P4_FUNCTION)
		n->u.func.body = p4_read_block(p);
	else
		p4_expect(p, TOK_SEMI, "after the declaration");
	p4_scope_pop(p, mark);
	n->at = p4_since(p, ret_type->at);
	return n;
}

/* actionDeclaration: 'action' name '(' parameterList ')' blockStatement */
struct p4_node *
p4_read_action(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_read_named(p, P4_ACTION, at, "the action's name");
	uint32_t mark;

	p4_declare(p, n->name, P4_SYM_OBJECT);
	mark = p4_scope_push(p);
	p4_read_params(p, &n->u.func.params);
	n->u.func.body = p4_read_block(p);
	p4_scope_pop(p, mark);
	n->at = p4_since(p, at);
	return n;
}

/* name '(' parameterList ')' ';' */
static struct p4_node *
read_constructor(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_read_named(p, P4_METHOD, at, "the constructor's name");
	uint32_t mark = p4_scope_push(p);

	p4_read_params(p, &n->u.func.params);
	p4_expect(p, TOK_SEMI, "after the constructor");
	p4_scope_pop(p, mark);
	n->at = p4_since(p, at);
	return n;
}

/* methodPrototype: optAnnotations (['abstract'] functionPrototype | constructor) ';' */
static struct p4_node *
read_method(struct p4_parser *p)
{
	struct str comment = p4_comment_here(p);
	struct p4_list annotations = { 0 };
	struct p4_node *n;
	bool is_abstract;

	p4_read_annotations(p, &annotations);
	is_abstract = p4_accept(p, TOK_ABSTRACT);
	if (p4_tok_is_name(p4_cur(p)->kind) && p4_peek_at(p, 1, TOK_LPAREN))
		n = read_constructor(p);
	else
		n = p4_read_function(p, p4_read_type_or_void(p), P4_METHOD);
	n->annotations = annotations;
	n->comment = comment;
	n->u.func.is_abstract = is_abstract;
	return n;
}

/* 'extern' name optTypeParameters '{' {methodPrototype} '}'
 * A declaration ahead, `extern name;`, only makes the type known: NULL. */
static struct p4_node *
read_extern_object(struct p4_parser *p, struct span at)
{
	struct p4_node *n = named_type(p, P4_EXTERN, at, "the extern's name");
	uint32_t mark;

	if (p4_accept(p, TOK_SEMI))
		return NULL;
	mark = p4_scope_push(p);
	p4_read_type_params(p, &n->u.ext.type_params);
	p4_read_list(p, &n->u.ext.methods, read_method, "before the methods");
	for (uint32_t i = 0; i < n->u.ext.methods.n; i++)
		n->u.ext.methods.v[i]->u.func.owner = n;
	p4_scope_pop(p, mark);
	n->at = p4_since(p, at);
	return n;
}

/* externDeclaration: 'extern' (object | functionPrototype ';') */
static struct p4_node *
read_extern(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n;

	if (p4_at_extern_object(p))
		return read_extern_object(p, at);
	n = p4_read_function(p, p4_read_type_or_void(p), P4_EXTERN_FUNCTION);
	n->at = p4_since(p, at);
	return n;
}

/* objDeclaration: optAnnotations (functionDeclaration | instantiation) */
static struct p4_node *
read_object_decl(struct p4_parser *p)
{
	struct str comment = p4_comment_here(p);
	struct p4_list annotations = { 0 };
	uint32_t type;
	struct p4_node *n;

	p4_read_annotations(p, &annotations);
	type = p->panic ? 0 : p4_scan_type(p, p->i, 0);
	if (type && type < p->n && p->v[type].kind == TOK_LPAREN)
		n = p4_read_var_or_instance(p);
	else
		n = p4_read_function(p, p4_read_type_or_void(p), P4_FUNCTION);
	n->annotations = annotations;
	n->comment = comment;
	return n;
}

/* objInitializer: '{' {objDeclaration} '}' */
void
p4_read_object_body(struct p4_parser *p, struct p4_list *ret)
{
	uint32_t mark = p4_scope_push(p);

	p4_read_list(p, ret, read_object_decl, "before the object's functions");
	p4_scope_pop(p, mark);
}

/* --- locals --------------------------------------------------------------------------------- */

/* `T name (` or `T name <`: a function among variables and instances */
static bool
at_function(const struct p4_parser *p)
{
	uint32_t i = p->panic ? 0 : p4_scan_type(p, p->i, 0);

	if (i == 0 && !p->panic && p4_tok_is_name(p4_cur(p)->kind))
		i = p->i + 1;
	return i && i + 1 < p->n && p4_tok_is_name(p->v[i].kind) &&
	       (p->v[i + 1].kind == TOK_LPAREN || p->v[i + 1].kind == TOK_LT);
}

static void
suggest_local(struct p4_parser *p, struct p4_token first)
{
	static const struct str words[] = { STR("action"), STR("table"), STR("const"),
					    STR("apply"),  STR("state"), STR("value_set") };

	if (first.kind == TOK_NAME && p4_lookup(p, first.text, false) == P4_SYM_UNKNOWN)
		diag_nearest(p->diags, first.text, words, sizeof(words) / sizeof(words[0]));
}

static struct p4_node *
unknown_local(struct p4_parser *p)
{
	struct p4_token first = *p4_cur(p);

	if (p4_starts_top_level(&first)) {
		p4_error_here(p, "'%s' inside of a parser or control: is a '}' missing above?",
			      p4_tok_text(first.kind));
		return p4_bad(p);
	}
	p4_error_expected(p, "a declaration", "");
	suggest_local(p, first);
	return p4_bad(p);
}

/* controlLocalDeclaration | parserLocalElement:
 *   constantDeclaration | actionDeclaration | tableDeclaration | valueSetDeclaration
 *   | instantiation | variableDeclaration | functionDeclaration */
static struct p4_node *
read_local(struct p4_parser *p)
{
	enum p4_tok kind = p4_cur(p)->kind;

	if (kind == TOK_CONST)
		return p4_read_const(p);
	if (kind == TOK_ACTION)
		return p4_read_action(p);
	if (kind == TOK_TABLE)
		return p4_read_table(p);
	if (kind == TOK_VALUE_SET)
		return p4_read_value_set(p);
	if (at_function(p))
		return p4_read_function(p, p4_read_type_or_void(p), P4_FUNCTION);
	if (p4_at_declaration(p)) {
		struct p4_token first = *p4_cur(p);
		struct p4_node *n = p4_read_var_or_instance(p);

		if (p->panic)
			suggest_local(p, first);
		return n;
	}
	return unknown_local(p);
}

static bool
ends_locals(const struct p4_parser *p)
{
	return p4_at(p, TOK_RBRACE) || p4_at(p, TOK_EOF) ||
	       (p4_at(p, TOK_APPLY) && (p4_peek_at(p, 1, TOK_LBRACE) || p4_peek_at(p, 1, TOK_AT)));
}

/* Locals and, of a parser, states in any order; annotations belong to what follows them. */
static bool
read_elements(struct p4_parser *p, struct p4_list *locals, struct p4_list *states)
{
	while (!ends_locals(p)) {
		struct str comment = p4_comment_here(p);
		struct p4_list annotations = { 0 };
		bool is_state;
		uint32_t start = p->i;
		struct p4_node *n;

		if (p4_accept(p, TOK_SEMI))
			continue;
		p4_read_annotations(p, &annotations);
		is_state = states && p4_at(p, TOK_STATE);
		n = is_state ? p4_read_state(p) : read_local(p);
		n->annotations = annotations;
		n->comment = comment;
		p4_add(p, is_state ? states : locals, n);
		if (!p4_recover(p, start, false))
			return false;
		if (p->i == start)
			p4_take(p);
	}
	return true;
}

void
p4_read_locals(struct p4_parser *p, struct p4_list *ret)
{
	read_elements(p, ret, NULL);
}

/* '{' {parserLocalElement} {parserState} '}' */
static void
read_parser_body(struct p4_parser *p, struct p4_node *n)
{
	p4_expect(p, TOK_LBRACE, "before the parser's body");
	if (!read_elements(p, &n->u.block_decl.locals, &n->u.block_decl.states))
		return;
	if (p4_at(p, TOK_APPLY))
		p4_error_here(p, "a parser has states, not an 'apply' block");
	p4_expect(p, TOK_RBRACE, "at the end of the parser");
}

/* '{' {controlLocalDeclaration} 'apply' blockStatement '}' */
static void
read_control_body(struct p4_parser *p, struct p4_node *n)
{
	p4_expect(p, TOK_LBRACE, "before the control's body");
	if (!read_elements(p, &n->u.block_decl.locals, NULL))
		return;
	if (!p4_accept(p, TOK_APPLY))
		p4_error_expected(p, "'apply'", "at the end of the control");
	else
		n->u.block_decl.body = p4_read_block(p);
	p4_expect(p, TOK_RBRACE, "after the control's 'apply' block");
}

/* parserDeclaration, controlDeclaration, their type declarations, packageTypeDeclaration:
 *   ('parser' | 'control' | 'package') name optTypeParameters '(' parameterList ')'
 *   (';' | ['(' parameterList ')'] body) */
static struct p4_node *
read_block_decl(struct p4_parser *p)
{
	struct p4_token t = p4_take(p);
	enum p4_kind kind = t.kind == TOK_PARSER    ? P4_PARSER
			    : t.kind == TOK_CONTROL ? P4_CONTROL
						    : P4_PACKAGE;
	struct p4_node *n = named_type(p, kind, t.at, "a name");
	uint32_t mark = p4_scope_push(p);

	p4_read_type_params(p, &n->u.block_decl.type_params);
	p4_read_params(p, &n->u.block_decl.params);
	if (kind == P4_PACKAGE || p4_at(p, TOK_SEMI)) {
		p4_expect(p, TOK_SEMI, "after the declaration");
	} else {
		n->u.block_decl.has_body = true;
		if (p4_at(p, TOK_LPAREN))
			p4_read_params(p, &n->u.block_decl.ctor_params);
		if (kind == P4_PARSER)
			read_parser_body(p, n);
		else
			read_control_body(p, n);
	}
	p4_scope_pop(p, mark);
	n->at = p4_since(p, t.at);
	return n;
}

/* --- top level ------------------------------------------------------------------------------ */

static struct p4_node *
unknown_decl(struct p4_parser *p)
{
	static const struct str words[] = { STR("header"),    STR("struct"),  STR("header_union"),
					    STR("enum"),      STR("typedef"), STR("const"),
					    STR("parser"),    STR("control"), STR("package"),
					    STR("extern"),    STR("action"),  STR("error"),
					    STR("match_kind") };
	struct str found = p4_cur(p)->text;

	if (p4_at(p, TOK_TABLE) || p4_at(p, TOK_STATE)) {
		p4_error_here(p, "a %s must be declared inside a %s", p4_tok_text(p4_cur(p)->kind),
			      p4_at(p, TOK_TABLE) ? "control" : "parser");
		return p4_bad(p);
	}
	p4_error_expected(p, "a declaration", "");
	diag_nearest(p->diags, found, words, sizeof(words) / sizeof(words[0]));
	return p4_bad(p);
}

/* `controll c(...) {...}` reads as a function with an unknown result; after an error in it, say so.
 */
static void
suggest_keyword(struct p4_parser *p, struct p4_token first)
{
	static const struct str words[] = { STR("header"), STR("struct"),  STR("typedef"),
					    STR("parser"), STR("control"), STR("package"),
					    STR("extern"), STR("action"),  STR("const") };

	if (first.kind == TOK_NAME && p4_lookup(p, first.text, false) == P4_SYM_UNKNOWN)
		diag_nearest(p->diags, first.text, words, sizeof(words) / sizeof(words[0]));
}

/* functionDeclaration | instantiation */
static struct p4_node *
read_function_or_instance(struct p4_parser *p)
{
	struct p4_token first = *p4_cur(p);
	uint32_t errors = p->errors;
	struct p4_node *n;

	if (at_function(p)) {
		n = p4_read_function(p, p4_read_type_or_void(p), P4_FUNCTION);
		if (p->errors > errors)
			suggest_keyword(p, first);
		return n;
	}
	if (!p4_at_declaration(p))
		return unknown_decl(p);
	n = p4_read_var_or_instance(p);
	if (p->panic)
		suggest_keyword(p, first);
	if (n->kind != P4_VAR || p->panic)
		return n;
	diag_error(p->diags, n->name_at,
		   "a variable can't be declared outside of a parser or control");
	diag_hint(p->diags, "constants can: const type name = value;");
	p->errors++;
	return n;
}

/* declaration, after its annotations; NULL when it leaves no node */
static struct p4_node *
read_decl(struct p4_parser *p)
{
	enum p4_tok kind = p4_cur(p)->kind;

	if (kind == TOK_CONST)
		return p4_read_const(p);
	if (kind == TOK_EXTERN)
		return read_extern(p);
	if (kind == TOK_ACTION)
		return p4_read_action(p);
	if (kind == TOK_PARSER || kind == TOK_CONTROL || kind == TOK_PACKAGE)
		return read_block_decl(p);
	if (kind == TOK_HEADER || kind == TOK_STRUCT || kind == TOK_HEADER_UNION)
		return read_struct(p);
	if (kind == TOK_ENUM)
		return read_enum(p);
	if (kind == TOK_TYPEDEF || kind == TOK_TYPE)
		return read_typedef(p);
	if ((kind == TOK_ERROR || kind == TOK_MATCH_KIND) && p4_peek_at(p, 1, TOK_LBRACE))
		return read_error_or_match_kind(p);
	return read_function_or_instance(p);
}

/* p4program: {declaration | ';'} */
void
p4_read_decls(struct p4_parser *p, struct p4_list *ret)
{
	while (!p4_at(p, TOK_EOF)) {
		struct str comment = p4_comment_here(p);
		struct p4_list annotations = { 0 };
		uint32_t start = p->i;
		struct p4_node *n;

		if (p4_accept(p, TOK_SEMI))
			continue;
		p4_read_annotations(p, &annotations);
		n = read_decl(p);
		if (n) {
			n->annotations = annotations;
			n->comment = comment;
			p4_add(p, ret, n);
		}
		p4_recover(p, start, true);
		if (p->i == start)
			p4_take(p);
	}
}
