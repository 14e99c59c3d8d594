/* parse_stmt.c - statements, and the declarations that may stand among them. */
#include "p4/parser.h"

/* name, which from here on stands for a value */
static void
declare_name(struct p4_parser *p, struct p4_node *n, const char *what)
{
	n->name = p4_expect_name(p, what, &n->name_at);
	p4_declare(p, n->name, P4_SYM_OBJECT);
}

/* constantDeclaration: 'const' typeRef name '=' expression ';' */
struct p4_node *
p4_read_const(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_CONST, at);

	n->u.var.type = p4_read_type(p);
	n->name = p4_expect_name(p, "the constant's name", &n->name_at);
	n->u.var.type = p4_read_array_suffix(p, n->u.var.type);
	p4_expect(p, TOK_ASSIGN, "after the constant's name");
	n->u.var.init = p4_read_expr(p);
	p4_declare(p, n->name, P4_SYM_OBJECT);
	p4_expect(p, TOK_SEMI, "after the constant's value");
	n->at = p4_since(p, at);
	return n;
}

/* typeRef name ['=' expression], without the ';' */
static struct p4_node *
read_var(struct p4_parser *p, struct p4_node *type)
{
	struct p4_node *n = p4_make(p, P4_VAR, type->at);

	n->name = p4_expect_name(p, "a variable's name", &n->name_at);
	n->u.var.type = p4_read_array_suffix(p, type);
	if (p4_accept(p, TOK_ASSIGN))
		n->u.var.init = p4_read_expr(p);
	p4_declare(p, n->name, P4_SYM_OBJECT);
	n->at = p4_since(p, type->at);
	return n;
}

/* instantiation: typeRef '(' argumentList ')' name ['=' '{' objDeclarations '}'] ';' */
static struct p4_node *
read_instance(struct p4_parser *p, struct p4_node *type)
{
	struct p4_node *n = p4_make(p, P4_INSTANCE, type->at);

	n->u.instance.type = type;
	p4_read_args(p, &n->u.instance.args);
	declare_name(p, n, "the instance's name");
	n->u.instance.type = p4_read_array_suffix(p, type);
	if (p4_accept(p, TOK_ASSIGN)) {
		n->u.instance.has_body = true;
		p4_read_object_body(p, &n->u.instance.body);
	}
	p4_expect(p, TOK_SEMI, "after the instantiation");
	n->at = p4_since(p, type->at);
	return n;
}

/* variableDeclaration | instantiation */
struct p4_node *
p4_read_var_or_instance(struct p4_parser *p)
{
	struct p4_node *type = p4_read_type_or_void(p), *n;

	if (p4_at(p, TOK_LPAREN))
		return read_instance(p, type);
	n = read_var(p, type);
	p4_expect(p, TOK_SEMI,
		  n->u.var.init ? "after the variable's value" : "after the variable's name");
	n->at = p4_since(p, n->at);
	return n;
}

/* '=' or an operator with it; P4_OP_NONE is plain */
static bool
take_assign_op(struct p4_parser *p, enum p4_op *ret)
{
	static const struct {
		enum p4_tok kind;
		enum p4_op op;
	} ops[] = {
		{ TOK_ASSIGN, P4_OP_NONE },	    { TOK_ADD_ASSIGN, P4_ADD },
		{ TOK_SUB_ASSIGN, P4_SUB },	    { TOK_MUL_ASSIGN, P4_MUL },
		{ TOK_DIV_ASSIGN, P4_DIV },	    { TOK_MOD_ASSIGN, P4_MOD },
		{ TOK_ADD_SAT_ASSIGN, P4_ADD_SAT }, { TOK_SUB_SAT_ASSIGN, P4_SUB_SAT },
		{ TOK_SHL_ASSIGN, P4_SHL },	    { TOK_AND_ASSIGN, P4_BIT_AND },
		{ TOK_OR_ASSIGN, P4_BIT_OR },	    { TOK_XOR_ASSIGN, P4_BIT_XOR },
	};

	if (p4_at(p, TOK_GT) && p4_peek_at(p, 1, TOK_GE) && !p4_peek(p, 1)->space) {
		p4_take(p);
		p4_take(p);
		*ret = P4_SHR;
		return true;
	}
	for (uint32_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!p4_accept(p, ops[i].kind))
			continue;
		*ret = ops[i].op;
		return true;
	}
	return false;
}

/* lvalue '(' arguments ')' | lvalue assignment-operator expression, without the ';' */
static struct p4_node *
read_assign_or_call(struct p4_parser *p)
{
	struct p4_node *left = p4_read_postfix(p), *n;
	struct span op_at = p4_cur(p)->at;
	enum p4_op op;

	if (take_assign_op(p, &op)) {
		n = p4_make(p, P4_ASSIGN, left->at);
		n->name_at = op_at;
		n->u.assign.left = left;
		n->u.assign.op = op;
		n->u.assign.right = p4_read_expr(p);
		n->at = p4_since(p, left->at);
		return n;
	}
	n = p4_make(p, P4_CALL_STMT, left->at);
	n->u.call_stmt.call = left;
	if (left->kind != P4_CALL)
		p4_error_expected(p, "'=' or '('", "in a statement");
	return n;
}

/* The statement under if, else and for. */
static struct p4_node *
read_sub_stmt(struct p4_parser *p)
{
	if (p4_at(p, TOK_CONST) || (!p4_at(p, TOK_LBRACE) && p4_at_declaration(p))) {
		p4_error_here(p, "a declaration needs a block of its own here");
		return p4_bad(p);
	}
	return p4_read_stmt(p);
}

/* conditionalStatement: 'if' '(' expression ')' statement ['else' statement] */
static struct p4_node *
read_if(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_IF, at);

	p4_expect(p, TOK_LPAREN, "after 'if'");
	n->u.if_.cond = p4_read_expr(p);
	p4_expect(p, TOK_RPAREN, "after the condition");
	n->u.if_.then = read_sub_stmt(p);
	if (p4_accept(p, TOK_ELSE))
		n->u.if_.otherwise = read_sub_stmt(p);
	n->at = p4_since(p, at);
	return n;
}

/* switchCase: ('default' | expression) ':' [blockStatement] */
static struct p4_node *
read_case(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_CASE, at);

	if (p4_at(p, TOK_DEFAULT))
		n->u.case_.label = p4_make(p, P4_DEFAULT, p4_take(p).at);
	else
		n->u.case_.label = p4_read_expr(p);
	p4_expect(p, TOK_COLON, "after the label");
	if (p4_at(p, TOK_LBRACE) || p4_at(p, TOK_AT))
		n->u.case_.body = p4_read_block(p);
	n->at = p4_since(p, at);
	return n;
}

/* switchStatement: 'switch' '(' expression ')' '{' {switchCase} '}' */
static struct p4_node *
read_switch(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_SWITCH, at);

	p4_expect(p, TOK_LPAREN, "after 'switch'");
	n->u.switch_.expr = p4_read_expr(p);
	p4_expect(p, TOK_RPAREN, "after the expression");
	p4_expect(p, TOK_LBRACE, "before the cases");
	while (!p4_at(p, TOK_RBRACE) && !p4_at(p, TOK_EOF)) {
		uint32_t start = p->i;

		p4_add(p, &n->u.switch_.cases, read_case(p));
		if (!p4_recover(p, start, false))
			break;
		if (p->i == start)
			p4_take(p);
	}
	p4_expect(p, TOK_RBRACE, "after the cases");
	n->at = p4_since(p, at);
	return n;
}

/* declOrAssignmentOrMethodCallStatement, without the ';' */
static struct p4_node *
read_for_part(struct p4_parser *p)
{
	struct p4_list annotations = { 0 };
	struct p4_node *n;

	p4_read_annotations(p, &annotations);
	n = p4_at_declaration(p) ? read_var(p, p4_read_type(p)) : read_assign_or_call(p);
	n->annotations = annotations;
	return n;
}

/* 'in' expression ['..' expression] ')' statement */
static void
read_for_in(struct p4_parser *p, struct p4_node *n, struct p4_node *var)
{
	struct p4_node *a, *r;

	n->kind = P4_FOR_IN;
	n->u.for_in.var = var;
	p4_take(p);
	r = a = p4_read_expr(p);
	if (p4_at(p, TOK_RANGE)) {
		r = p4_make(p, P4_RANGE, a->at);
		r->name_at = p4_take(p).at;
		r->u.pair.a = a;
		r->u.pair.b = p4_read_expr(p);
		r->at = p4_since(p, a->at);
	}
	n->u.for_in.range = r;
	p4_expect(p, TOK_RPAREN, "after the collection");
	n->u.for_in.body = read_sub_stmt(p);
}

/* forInitStatements ';' expression ';' forUpdateStatements ')' statement; the first one is read */
static void
read_for_rest(struct p4_parser *p, struct p4_node *n, struct p4_node *first)
{
	if (first)
		p4_add(p, &n->u.for_.init, first);
	while (p4_accept(p, TOK_COMMA))
		p4_add(p, &n->u.for_.init, read_for_part(p));
	p4_expect(p, TOK_SEMI, "after the start of 'for'");
	n->u.for_.cond = p4_read_expr(p);
	p4_expect(p, TOK_SEMI, "after the condition of 'for'");
	if (!p4_at(p, TOK_RPAREN)) {
		do
			p4_add(p, &n->u.for_.update, read_assign_or_call(p));
		while (p4_accept(p, TOK_COMMA));
	}
	p4_expect(p, TOK_RPAREN, "after the update of 'for'");
	n->u.for_.body = read_sub_stmt(p);
}

/* forStatement: 'for' '(' init ';' condition ';' update ')' statement
 *             | 'for' '(' typeRef name 'in' collection ')' statement */
static struct p4_node *
read_for(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_FOR, at), *first = NULL;
	uint32_t mark = p4_scope_push(p);

	p4_expect(p, TOK_LPAREN, "after 'for'");
	if (!p4_at(p, TOK_SEMI))
		first = read_for_part(p);
	if (p4_at(p, TOK_IN) && first && first->kind == P4_VAR)
		read_for_in(p, n, first);
	else
		read_for_rest(p, n, first);
	p4_scope_pop(p, mark);
	n->at = p4_since(p, at);
	return n;
}

/* 'return' [expression] ';' */
static struct p4_node *
read_return(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_RETURN, at);

	if (!p4_at(p, TOK_SEMI))
		n->u.ret.expr = p4_read_expr(p);
	p4_expect(p, TOK_SEMI, "after 'return'");
	n->at = p4_since(p, at);
	return n;
}

/* 'exit' ';' | 'break' ';' | 'continue' ';' */
static struct p4_node *
read_jump(struct p4_parser *p, enum p4_kind kind)
{
	struct p4_token t = p4_take(p);
	struct p4_node *n = p4_make(p, kind, t.at);

	p4_expect(p, TOK_SEMI,
		  kind == P4_EXIT    ? "after 'exit'"
		  : kind == P4_BREAK ? "after 'break'"
				     : "after 'continue'");
	n->at = p4_since(p, t.at);
	return n;
}

/* What can't stand in a block gets a message that says where it belongs. */
static void
misplaced(struct p4_parser *p)
{
	if (p4_starts_top_level(p4_cur(p)))
		p4_error_here(p, "'%s' inside of a block: is a '}' missing above?",
			      p4_tok_text(p4_cur(p)->kind));
	else if (p4_at(p, TOK_TABLE) || p4_at(p, TOK_ACTION))
		p4_error_here(p, "'%s' can't be declared inside a block",
			      p4_tok_text(p4_cur(p)->kind));
	else if (p4_at(p, TOK_TRANSITION))
		p4_error_here(p, "'transition' must be the last statement of a parser state");
	else if (p4_at(p, TOK_ELSE))
		p4_error_here(p, "'else' without 'if'");
	else
		p4_error_expected(p, "a statement", "");
}

static bool
starts_expression(const struct p4_parser *p)
{
	enum p4_tok k = p4_cur(p)->kind;

	return p4_tok_is_name(k) || k == TOK_DOT || k == TOK_LPAREN || k == TOK_THIS ||
	       k == TOK_ERROR || p4_at_type(p);
}

/* assignmentOrMethodCallStatement | variableDeclaration | instantiation */
static struct p4_node *
read_simple(struct p4_parser *p)
{
	struct p4_node *n;

	if (!starts_expression(p)) {
		misplaced(p);
		return p4_bad(p);
	}
	if (p4_at_declaration(p))
		return p4_read_var_or_instance(p);
	n = read_assign_or_call(p);
	p4_expect(p, TOK_SEMI, n->kind == P4_ASSIGN ? "after the assignment" : "after the call");
	n->at = p4_since(p, n->at);
	return n;
}

static struct p4_node *
read_block_here(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_BLOCK, at);
	uint32_t mark = p4_scope_push(p);

	if (p4_expect(p, TOK_LBRACE, "before the statements")) {
		p4_read_stmts(p, &n->u.block.stmts, TOK_RBRACE);
		p4_expect(p, TOK_RBRACE, "at the end of the block");
	}
	p4_scope_pop(p, mark);
	n->at = p4_since(p, at);
	return n;
}

static struct p4_node *
read_by_keyword(struct p4_parser *p)
{
	enum p4_tok kind = p4_cur(p)->kind;

	if (kind == TOK_LBRACE)
		return read_block_here(p);
	if (kind == TOK_SEMI)
		return p4_make(p, P4_EMPTY, p4_take(p).at);
	if (kind == TOK_IF)
		return read_if(p);
	if (kind == TOK_SWITCH)
		return read_switch(p);
	if (kind == TOK_FOR)
		return read_for(p);
	if (kind == TOK_RETURN)
		return read_return(p);
	if (kind == TOK_EXIT)
		return read_jump(p, P4_EXIT);
	if (kind == TOK_BREAK)
		return read_jump(p, P4_BREAK);
	if (kind == TOK_CONTINUE)
		return read_jump(p, P4_CONTINUE);
	if (kind == TOK_CONST)
		return p4_read_const(p);
	return read_simple(p);
}

/* statementOrDeclaration: optAnnotations (statement | variableDeclaration | constantDeclaration) */
struct p4_node *
p4_read_stmt(struct p4_parser *p)
{
	struct str comment = p4_comment_here(p);
	struct p4_list annotations = { 0 };
	struct p4_node *n;

	if (!p4_enter(p))
		return p4_bad(p);
	p4_read_annotations(p, &annotations);
	n = read_by_keyword(p);
	n->annotations = annotations;
	n->comment = comment;
	p4_leave(p);
	return n;
}

/* blockStatement: optAnnotations '{' {statementOrDeclaration} '}' */
struct p4_node *
p4_read_block(struct p4_parser *p)
{
	struct p4_list annotations = { 0 };
	struct p4_node *n;

	p4_read_annotations(p, &annotations);
	n = read_block_here(p);
	n->annotations = annotations;
	return n;
}

/* Statements up to '}', the end or `also_ends`, which are left. Errors are recovered from here. */
void
p4_read_stmts(struct p4_parser *p, struct p4_list *ret, enum p4_tok also_ends)
{
	while (!p4_at(p, TOK_RBRACE) && !p4_at(p, TOK_EOF) && !p4_at(p, also_ends)) {
		uint32_t start = p->i;

		p4_add(p, ret, p4_read_stmt(p));
		if (!p4_recover(p, start, false))
			return;
		if (p->i == start)
			p4_take(p);
	}
}
