#include "p4/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "p4/parser.h"
#include "p4/preprocess.h"

/* --- cursor --------------------------------------------------------------------------------- */

const struct p4_token *
p4_peek(const struct p4_parser *p, uint32_t ahead)
{
	if (p->panic || ahead >= p->n - p->i)
		return &p->v[p->n - 1];
	return &p->v[p->i + ahead];
}

const struct p4_token *
p4_cur(const struct p4_parser *p)
{
	return p4_peek(p, 0);
}

bool
p4_at(const struct p4_parser *p, enum p4_tok kind)
{
	return p4_cur(p)->kind == kind;
}

bool
p4_peek_at(const struct p4_parser *p, uint32_t ahead, enum p4_tok kind)
{
	return p4_peek(p, ahead)->kind == kind;
}

struct p4_token
p4_take(struct p4_parser *p)
{
	struct p4_token t = *p4_cur(p);

	if (!p->panic && p->i + 1 < p->n)
		p->i++;
	return t;
}

bool
p4_accept(struct p4_parser *p, enum p4_tok kind)
{
	if (!p4_at(p, kind))
		return false;
	p4_take(p);
	return true;
}

struct span
p4_since(const struct p4_parser *p, struct span from)
{
	struct span last = p->i > 0 ? p->v[p->i - 1].at : from;
	struct sources *s = diags_sources(p->diags);

	/* An #include may stand in the middle of a declaration: a place lies in one text. */
	if (last.end < from.begin || source_at(s, from.begin) != source_at(s, last.begin))
		return from;
	return (struct span){ from.begin, last.end };
}

/* --- errors --------------------------------------------------------------------------------- */

static void
note_macro(struct p4_parser *p, const struct p4_token *t)
{
	if (t->def.end)
		diag_note(p->diags, t->def, "the text comes from here");
}

/* What the preprocessor leaves in place of something wrong. */
static bool
was_reported(const struct p4_token *t)
{
	return t->kind == TOK_BAD && t->text.n == 0;
}

static void
start_panic(struct p4_parser *p)
{
	p->panic = true;
	p->errors++;
}

void
p4_error_here(struct p4_parser *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (p->panic)
		return;
	if (was_reported(p4_cur(p))) {
		start_panic(p);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(p->diags, p4_cur(p)->at, "%s", text);
	note_macro(p, p4_cur(p));
	start_panic(p);
}

static struct str
describe(struct p4_parser *p, const struct p4_token *t)
{
	if (t->kind == TOK_EOF)
		return STR("the end of the text");
	if (t->text.n > 40)
		return str_fmt(p->arena, "'%.*s...'", 37, t->text.p);
	return str_fmt(p->arena, "%s'%.*s'", p4_tok_is_keyword(t->kind) ? "keyword " : "",
		       STRA(t->text));
}

static void
error_expected_at(struct p4_parser *p, struct span at, const char *what, const char *where)
{
	const struct p4_token *t = p4_cur(p);
	struct str found;

	if (p->panic)
		return;
	if (was_reported(t)) {
		start_panic(p);
		return;
	}
	if (t->kind == TOK_BAD) {
		unsigned char c = (unsigned char)t->text.p[0];

		if (c > ' ' && c < 0x7f)
			p4_error_here(p, "unexpected character '%c'", c);
		else
			p4_error_here(p, "unexpected byte 0x%02x outside of a string or comment",
				      c);
		return;
	}
	found = describe(p, t);
	diag_error(p->diags, at, "expected %s%s%s, found %.*s", what, *where ? " " : "", where,
		   STRA(found));
	note_macro(p, t);
	start_panic(p);
}

void
p4_error_expected(struct p4_parser *p, const char *what, const char *where)
{
	error_expected_at(p, p4_cur(p)->at, what, where);
}

/* A sign that is missing at the end of a line is missing there, not at the start of the next. */
static struct span
place_of_missing(const struct p4_parser *p)
{
	const struct p4_token *t = p4_cur(p);
	struct span at = t->at;

	if ((t->bol || t->kind == TOK_EOF) && p->i > 0 && t->def.end == 0 && t->kind != TOK_BAD) {
		at = p->v[p->i - 1].at;
		at.begin = at.end - (at.end > at.begin);
	}
	return at;
}

/* After a missing ';', can the text be read on as if it had been there? */
static bool
starts_afresh(const struct p4_parser *p)
{
	const struct p4_token *t = p4_cur(p);

	if (t->kind == TOK_RBRACE)
		return true;
	return t->bol && t->kind != TOK_ELSE && (t->kind == TOK_NAME || p4_tok_is_keyword(t->kind));
}

bool
p4_expect(struct p4_parser *p, enum p4_tok kind, const char *where)
{
	char what[32];
	bool goes_on;

	if (p4_accept(p, kind))
		return true;
	snprintf(what, sizeof(what), "'%s'", p4_tok_text(kind));
	goes_on = !p->panic && kind == TOK_SEMI && starts_afresh(p);
	error_expected_at(p, place_of_missing(p), what, where);
	if (goes_on)
		p->panic = false;
	return false;
}

struct str
p4_expect_name(struct p4_parser *p, const char *what, struct span *ret_at)
{
	const struct p4_token *t = p4_cur(p);

	if (!p4_tok_is_name(t->kind)) {
		bool keyword = p4_tok_is_keyword(t->kind);

		if (!p->panic) {
			p4_error_expected(p, what, "");
			if (keyword)
				diag_hint(p->diags, "'%s' is a keyword of P4",
					  p4_tok_text(t->kind));
		}
		return STR_NONE;
	}
	*ret_at = t->at;
	return p4_take(p).text;
}

/* Keywords that start a declaration of the outermost level: when one starts a line inside of
 * a block, a '}' is missing. */
bool
p4_starts_top_level(const struct p4_token *t)
{
	return t->bol &&
	       (t->kind == TOK_CONTROL || t->kind == TOK_PARSER || t->kind == TOK_HEADER ||
		t->kind == TOK_STRUCT || t->kind == TOK_HEADER_UNION || t->kind == TOK_PACKAGE ||
		t->kind == TOK_TYPEDEF || t->kind == TOK_EXTERN || t->kind == TOK_ENUM);
}

/* Is the '{' at token `i` the start of an expression? */
static bool
opens_expression(const struct p4_parser *p, uint32_t i)
{
	enum p4_tok k = i > 0 ? p->v[i - 1].kind : TOK_EOF;

	return k == TOK_ASSIGN || k == TOK_LPAREN || k == TOK_COMMA || k == TOK_LBRACE ||
	       k == TOK_RETURN;
}

/* Out of the outermost bracket that is open at the cursor, counted from `start`: a ';' in it (of a
 * `for`) or a '}' (of a list) ends nothing further out. True when it was a whole block. */
static bool
leave_brackets(struct p4_parser *p, uint32_t start)
{
	for (uint32_t i = start; i < p->i; i++) {
		enum p4_tok k = p->v[i].kind;
		bool is_block, is_for;

		if ((k != TOK_LPAREN && k != TOK_LBRACKET && k != TOK_LBRACE) || !p->match[i])
			continue;
		if (p->match[i] < p->i) {
			i = p->match[i];
			continue;
		}
		is_block = k == TOK_LBRACE && !opens_expression(p, i);
		is_for = k == TOK_LPAREN && i > 0 && p->v[i - 1].kind == TOK_FOR;
		if (p->v[p->i].kind == TOK_SEMI && !is_block && !is_for)
			return false; /* the bracket was never meant to reach this far */
		p->i = p->match[i] + 1;
		return is_block;
	}
	return false;
}

bool
p4_recover(struct p4_parser *p, uint32_t start, bool top)
{
	if (!p->panic)
		return true;
	if (p->errors > P4_PARSE_ERRORS_MAX)
		p->i = p->n - 1;
	if (!p4_starts_top_level(&p->v[p->i]) && leave_brackets(p, start)) {
		p->panic = false;
		return true;
	}
	while (p->i + 1 < p->n) {
		const struct p4_token *t = &p->v[p->i];

		if (p4_starts_top_level(t)) {
			if (!top)
				return false;
			break;
		}
		if (t->kind == TOK_RBRACE && !top)
			break;
		if (t->kind == TOK_SEMI || t->kind == TOK_RBRACE) {
			p->i++;
			break;
		}
		if (t->kind == TOK_LBRACE && p->match[p->i]) {
			p->i = p->match[p->i] + 1;
			if (p->v[p->i].kind != TOK_ELSE && p->v[p->i].kind != TOK_SEMI)
				break;
		} else if ((t->kind == TOK_LPAREN || t->kind == TOK_LBRACKET) && p->match[p->i]) {
			p->i = p->match[p->i] + 1;
		} else {
			p->i++;
		}
	}
	p->panic = false;
	return true;
}

bool
p4_enter(struct p4_parser *p)
{
	if (p->depth >= P4_NESTING_MAX) {
		p4_error_here(p, "nested too deeply: more than %d levels", P4_NESTING_MAX);
		return false;
	}
	p->depth++;
	return true;
}

void
p4_leave(struct p4_parser *p)
{
	p->depth--;
}

void
p4_set_height(struct p4_parser *p, uint32_t height)
{
	p->height = height;
	if (height > P4_HEIGHT_MAX)
		p4_error_here(p, "expression too long: more than %d operators in a row",
			      P4_HEIGHT_MAX);
}

/* --- nodes ---------------------------------------------------------------------------------- */

struct p4_node *
p4_make(struct p4_parser *p, enum p4_kind kind, struct span at)
{
	return p4_node_make(p->arena, kind, at);
}

struct p4_node *
p4_bad(struct p4_parser *p)
{
	return p4_make(p, P4_BAD, p->v[p->i].at);
}

void
p4_add(struct p4_parser *p, struct p4_list *list, struct p4_node *n)
{
	vec_push(p->arena, list, n);
}

struct str
p4_comment_here(const struct p4_parser *p)
{
	uint32_t lo = 0, hi = p->tokens->comments.n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		const struct p4_comment *c = &p->tokens->comments.v[mid];

		if (c->token == p->i)
			return c->text;
		if (c->token < p->i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return STR_NONE;
}

/* --- entry points --------------------------------------------------------------------------- */

/* ( [ { are 0 1 2, and so are their partners; -1 for other tokens. */
static int
bracket(enum p4_tok k, bool *ret_opens)
{
	*ret_opens = k == TOK_LPAREN || k == TOK_LBRACKET || k == TOK_LBRACE;
	if (k == TOK_LPAREN || k == TOK_RPAREN)
		return 0;
	if (k == TOK_LBRACKET || k == TOK_RBRACKET)
		return 1;
	return k == TOK_LBRACE || k == TOK_RBRACE ? 2 : -1;
}

/* Pairs up brackets of all three kinds. One that closes nothing is left alone; one that closes
 * more than the innermost leaves what is open inside of it without a partner. */
static void
match_brackets(struct p4_parser *p)
{
	uint32_t *match = arena_array(p->arena, uint32_t, p->n);
	uint32_t open_of[3] = { 0 };
	VEC(uint32_t) open = { 0 };

	for (uint32_t i = 0; i < p->n; i++) {
		bool opens, other;
		int k = bracket(p->v[i].kind, &opens);

		if (k < 0 || (!opens && open_of[k] == 0))
			continue;
		if (opens) {
			vec_push(p->arena, &open, i);
			open_of[k]++;
			continue;
		}
		for (int top; (top = bracket(p->v[open.v[open.n - 1]].kind, &other)) != k; open.n--)
			open_of[top]--;
		match[i] = open.v[--open.n];
		match[match[i]] = i;
		open_of[k]--;
	}
	p->match = match;
}

static void
parser_init(struct p4_parser *p, struct arena *a, struct diags *d, const struct p4_tokens *t)
{
	*p = (struct p4_parser){
		.arena = a, .diags = d, .tokens = t, .v = t->list.v, .n = t->list.n
	};
	p4_scope_init(p);
	match_brackets(p);
}

static struct p4_node *
parse_program(struct arena *a, struct diags *d, const struct source *s, const struct p4_options *o)
{
	uint32_t before = diag_errors(d);
	struct p4_tokens tokens = { 0 };
	struct p4_parser p;
	struct p4_node *program;

	p4_preprocess(a, d, s, o, &tokens);
	if (tokens.is_cut)
		return NULL;
	parser_init(&p, a, d, &tokens);
	program = p4_make(&p, P4_PROGRAM, (struct span){ s->base, s->base + s->text.n });
	p4_read_decls(&p, &program->u.program.decls);
	return diag_errors(d) == before ? program : NULL;
}

struct p4_node *
p4_parse_file(struct arena *a, struct diags *d, struct str path, const struct p4_options *o)
{
	int err;
	const struct source *s = source_read(diags_sources(d), path, &err);

	if (!s) {
		diag_error(d, (struct span){ 0, 0 }, "can't read '%.*s': %s", STRA(path),
			   strerror(err));
		return NULL;
	}
	return parse_program(a, d, s, o);
}

struct p4_node *
p4_parse_text(struct arena *a, struct diags *d, struct str name, struct str text,
	      const struct p4_options *o)
{
	return parse_program(a, d, source_add(diags_sources(d), name, text), o);
}

typedef void read_fn(struct p4_parser *p, struct p4_list *list);

static void
read_stmts(struct p4_parser *p, struct p4_list *list)
{
	p4_read_stmts(p, list, TOK_EOF);
}

static void
read_expr(struct p4_parser *p, struct p4_list *list)
{
	p4_add(p, list, p4_read_expr(p));
}

/* A snippet that `read` reads to its end; false after an error. */
static bool
parse_snippet(struct arena *a, struct diags *d, struct str name, struct str text, read_fn *read,
	      bool has_scope, struct p4_list *ret)
{
	uint32_t before = diag_errors(d);
	struct p4_tokens t = { 0 };
	struct p4_list list = { 0 };
	struct p4_parser p;

	p4_lex_all(a, d, source_add(diags_sources(d), name, text), &t);
	parser_init(&p, a, d, &t);
	if (has_scope)
		p4_scope_push(&p);
	read(&p, &list);
	if (!p4_at(&p, TOK_EOF) && !t.is_cut)
		p4_error_expected(&p, "the end of the text", "");
	if (diag_errors(d) != before)
		return false;
	*ret = list;
	return true;
}

bool
p4_parse_stmts(struct arena *a, struct diags *d, struct str name, struct str text,
	       struct p4_list *ret)
{
	return parse_snippet(a, d, name, text, read_stmts, true, ret);
}

bool
p4_parse_locals(struct arena *a, struct diags *d, struct str name, struct str text,
		struct p4_list *ret)
{
	return parse_snippet(a, d, name, text, p4_read_locals, true, ret);
}

bool
p4_parse_decls(struct arena *a, struct diags *d, struct str name, struct str text,
	       struct p4_list *ret)
{
	return parse_snippet(a, d, name, text, p4_read_decls, false, ret);
}

struct p4_node *
p4_parse_expr(struct arena *a, struct diags *d, struct str name, struct str text)
{
	struct p4_list list;

	return parse_snippet(a, d, name, text, read_expr, false, &list) ? list.v[0] : NULL;
}

bool
p4_is_system(const struct p4_node *n, struct diags *d)
{
	const struct source *s = source_at(diags_sources(d), n->at.begin);

	return s && p4_system_include(s->name).n > 0;
}
