/* parse_annotation.c - @name, @name(...), @name[...] and @pragma. */
#include "p4/parser.h"

/* Annotations whose arguments the compiler wants: literals, or expressions. */
static bool
has_known_args(struct p4_parser *p, const struct p4_node *n, uint32_t from, uint32_t to)
{
	if (from >= to)
		return false;
	if (str_is(n->name, "field_list") || str_is(n->name, "name") || str_is(n->name, "deprecated") ||
	    str_is(n->name, "noWarn") || str_is(n->name, "match"))
		return true;
	if (!str_is(n->name, "id") && !str_is(n->name, "priority"))
		return false;
	for (uint32_t i = from; i < to; i++) {
		enum p4_tok k = p->v[i].kind;

		if ((i - from) % 2 ? k != TOK_COMMA : k != TOK_TEXT && k != TOK_NUMBER)
			return false;
	}
	return (to - from) % 2 == 1;
}

/* expressionList [','] | kvList [','] up to token `to` */
static void
read_annotation_args(struct p4_parser *p, struct p4_node *n, uint32_t to)
{
	bool named = n->u.annotation.brackets && p4_at_named(p);

	while (p->i < to && !p->panic) {
		if (n->u.annotation.brackets && named != p4_at_named(p))
			p4_error_here(p,
				      "an annotation has either names with values or values alone");
		p4_add(p, &n->u.annotation.args, named ? p4_read_named_expr(p) : p4_read_expr(p));
		if (p->i < to && !p4_accept(p, TOK_COMMA))
			break;
	}
	if (p->i != to)
		p4_error_expected(p, "',' or the end", "of the annotation");
}

/* @p4runtime_translation("uri", bit<W> | string | W): the type that the control plane uses. */
static void
check_translation(struct p4_parser *p, uint32_t to)
{
	const struct p4_token *v = p->v + p->i;
	uint32_t n = to - p->i;
	bool bits = n == 6 && v[2].kind == TOK_BIT && v[3].kind == TOK_LT && v[4].kind == TOK_NUMBER && v[5].kind == TOK_GT;

	if (n < 3 || v[0].kind != TOK_TEXT || v[1].kind != TOK_COMMA)
		diag_error(p->diags, v[0].at, "@p4runtime_translation takes a string and a type");
	else if (!bits && !(n == 3 && (v[2].kind == TOK_STRING || v[2].kind == TOK_NUMBER)))
		diag_error(p->diags, v[2].at, "the control plane's type is bit<WIDTH>, a width, or string");
}

/* The body between brackets, or up to the end of the line for @pragma: tokens from the cursor to
 * `to`. */
static void
read_annotation_body(struct p4_parser *p, struct p4_node *n, uint32_t to)
{
	n->u.annotation.has_body = true;
	n->u.annotation.body = p4_tokens_text(p->arena, p->v + p->i, to - p->i);
	if (str_is(n->name, "p4runtime_translation") && !n->u.annotation.brackets)
		check_translation(p, to);
	if (n->u.annotation.brackets || has_known_args(p, n, p->i, to))
		read_annotation_args(p, n, to);
	else
		p->i = to;
}

/* Index of the first token on another line. */
static uint32_t
line_end(const struct p4_parser *p)
{
	uint32_t i = p->i;

	while (i + 1 < p->n && !p->v[i].bol)
		i++;
	return i;
}

/* '@pragma' name tokens-of-the-line: an older spelling of @name(tokens) */
static void
read_pragma(struct p4_parser *p, struct p4_node *n)
{
	const struct p4_token *t;
	uint32_t end, depth = 0;

	p4_take(p);
	t = p4_cur(p);
	if (t->bol || (t->kind != TOK_NAME && !p4_tok_is_keyword(t->kind))) {
		p4_error_here(p, "expected a name after '@pragma' on its line");
		return;
	}
	n->name_at = t->at;
	n->name = p4_take(p).text;
	end = line_end(p);
	for (uint32_t i = p->i; i < end; i++) {
		depth += p->v[i].kind == TOK_LPAREN;
		if (p->v[i].kind == TOK_RPAREN && depth-- == 0)
			break;
	}
	if (depth != 0) {
		p4_error_here(p, "parentheses in @pragma are not paired");
		return;
	}
	if (end > p->i)
		read_annotation_body(p, n, end);
}

/* The ')' of an unstructured annotation, in which only parentheses come in pairs; 0 without one. */
static uint32_t
annotation_end(const struct p4_parser *p)
{
	uint32_t depth = 0;

	if (p4_at(p, TOK_LBRACKET))
		return p->match[p->i];
	for (uint32_t i = p->i; i < p->n; i++) {
		depth += p->v[i].kind == TOK_LPAREN;
		if (p->v[i].kind == TOK_RPAREN && --depth == 0)
			return i;
	}
	return 0;
}

/* annotation: '@' name ['(' tokens ')' | '[' structuredAnnotationBody ']'] */
static struct p4_node *
read_annotation(struct p4_parser *p)
{
	struct span at = p4_take(p).at;
	struct p4_node *n = p4_make(p, P4_ANNOTATION, at);
	const struct p4_token *t = p4_cur(p);
	uint32_t end;

	if (t->kind != TOK_NAME && !p4_tok_is_keyword(t->kind)) {
		p4_error_expected(p, "an annotation's name", "after '@'");
		return n;
	}
	if (str_is(t->text, "pragma") && !p4_peek_at(p, 1, TOK_LPAREN) &&
	    !p4_peek_at(p, 1, TOK_LBRACKET)) {
		read_pragma(p, n);
		n->at = p4_since(p, at);
		return n;
	}
	n->name_at = t->at;
	n->name = p4_take(p).text;
	n->u.annotation.brackets = p4_at(p, TOK_LBRACKET);
	if (p4_at(p, TOK_LPAREN) || p4_at(p, TOK_LBRACKET)) {
		end = annotation_end(p);
		if (end == 0) {
			p4_error_here(p, "the annotation's '%s' is not closed",
				      p4_tok_text(p4_cur(p)->kind));
			return n;
		}
		p4_take(p);
		read_annotation_body(p, n, end);
		p4_take(p);
	}
	n->at = p4_since(p, at);
	if (str_is(n->name, "pkginfo") && !n->u.annotation.has_body)
		diag_error(p->diags, n->at, "@pkginfo needs names and values: @pkginfo(name = \"...\")");
	return n;
}

/* A structured annotation is the only one of its name. */
static void
check_only(struct p4_parser *p, const struct p4_list *others, const struct p4_node *n)
{
	for (uint32_t i = 0; i < others->n; i++) {
		const struct p4_node *o = others->v[i];

		if (!str_eq(o->name, n->name) || (!o->u.annotation.brackets && !n->u.annotation.brackets))
			continue;
		diag_error(p->diags, n->at, "there is another @%.*s: one with brackets stands alone", STRA(n->name));
		diag_note(p->diags, o->at, "it is here");
		return;
	}
}

/* optAnnotations: {annotation} */
void
p4_read_annotations(struct p4_parser *p, struct p4_list *ret)
{
	while (p4_at(p, TOK_AT)) {
		struct p4_node *n = read_annotation(p);

		check_only(p, ret, n);
		p4_add(p, ret, n);
	}
}
