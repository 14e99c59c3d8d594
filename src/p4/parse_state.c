/* parse_state.c - parser states, select expressions and value sets. */
#include "p4/parser.h"

/* selectCase: keysetExpression ':' name ';' */
static struct p4_node *
read_select_case(struct p4_parser *p)
{
	struct span at = p4_cur(p)->at;
	struct p4_node *n = p4_make(p, P4_SELECT_CASE, at);

	p4_read_keyset(p, &n->u.select_case.keys);
	p4_expect(p, TOK_COLON, "after the key set");
	n->u.select_case.target = p4_read_name_ref(p, "a state's name");
	p4_expect(p, TOK_SEMI, "after the state's name");
	n->at = p4_since(p, at);
	return n;
}

/* selectExpression: 'select' '(' expressionList ')' '{' {selectCase} '}' */
static struct p4_node *
read_select(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_SELECT, at);

	p4_expect(p, TOK_LPAREN, "after 'select'");
	while (!p4_at(p, TOK_RPAREN) && !p4_at(p, TOK_EOF)) {
		p4_add(p, &n->u.select.exprs, p4_read_expr(p));
		if (!p4_accept(p, TOK_COMMA))
			break;
	}
	p4_expect(p, TOK_RPAREN, "after the selected expressions");
	p4_read_list(p, &n->u.select.cases, read_select_case, "before the cases");
	n->at = p4_since(p, at);
	return n;
}

/* transitionStatement: 'transition' (name ';' | selectExpression) */
static struct p4_node *
read_transition(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_TRANSITION, at);

	if (p4_at(p, TOK_SELECT)) {
		n->u.transition.select = read_select(p);
	} else {
		n->u.transition.target = p4_read_name_ref(p, "a state's name or 'select'");
		p4_expect(p, TOK_SEMI, "after the state's name");
	}
	n->at = p4_since(p, at);
	return n;
}

/* parserState: optAnnotations 'state' name '{' {parserStatement} [transitionStatement] '}' */
struct p4_node *
p4_read_state(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_read_named(p, P4_STATE, at, "the state's name");
	uint32_t mark = p4_scope_push(p);

	if (p4_expect(p, TOK_LBRACE, "before the statements")) {
		p4_read_stmts(p, &n->u.state.stmts, TOK_TRANSITION);
		if (p4_at(p, TOK_TRANSITION)) {
			uint32_t start = p->i;

			n->u.state.transition = read_transition(p);
			p4_recover(p, start, false);
		}
		p4_expect(p, TOK_RBRACE, "at the end of the state");
	}
	p4_scope_pop(p, mark);
	n->at = p4_since(p, at);
	return n;
}

/* valueSetDeclaration: 'value_set' '<' typeRef '>' '(' expression ')' name ';' */
struct p4_node *
p4_read_value_set(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_VALUE_SET, at);

	p4_expect(p, TOK_LT, "after 'value_set'");
	n->u.var.type = p4_read_type(p);
	p4_expect(p, TOK_GT, "after the type");
	p4_expect(p, TOK_LPAREN, "before the size");
	n->u.var.init = p4_read_expr(p);
	p4_expect(p, TOK_RPAREN, "after the size");
	n->name = p4_expect_name(p, "the value set's name", &n->name_at);
	p4_declare(p, n->name, P4_SYM_OBJECT);
	p4_expect(p, TOK_SEMI, "after the value set's name");
	n->at = p4_since(p, at);
	return n;
}
