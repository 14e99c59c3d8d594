/* macro.c - #define and the expansion of macros.
 *
 * Expansion reads from a stack of inputs. A macro is disabled while its expansion is being read,
 * and a name met while its macro is disabled is painted: that ends every recursion.
 */
#include "p4/preprocess.h"

#include "base/arena.h"

typedef VEC(struct p4_token) token_vec;

struct args {
	struct p4_tokens *raw;	    /* one per parameter */
	struct p4_tokens *expanded; /* made when first needed */
	bool *is_expanded;
	struct span use; /* place of what comes out */
};

static bool
is_word(enum p4_tok kind)
{
	return kind == TOK_NAME || p4_tok_is_keyword(kind);
}

/* --- #define -------------------------------------------------------------------------------- */

/* '(' [name {',' name}] [',' '...'] ')' */
static bool
read_params(struct p4_pp *pp, struct p4_lexer *l, struct p4_macro *m)
{
	struct p4_token t = p4_lex_in_line(l);

	while (t.kind != TOK_RPAREN) {
		if (t.kind == TOK_DOTS) {
			m->is_variadic = true;
			vec_push(pp->arena, &m->params, STR("__VA_ARGS__"));
		} else if (is_word(t.kind)) {
			vec_push(pp->arena, &m->params, t.text);
		} else {
			p4_pp_error(pp, t.at,
				    "expected a parameter's name in the definition of macro '%.*s'",
				    STRA(m->name));
			return false;
		}
		t = p4_lex_in_line(l);
		if (t.kind == TOK_COMMA && !m->is_variadic) {
			t = p4_lex_in_line(l);
			if (t.kind != TOK_RPAREN)
				continue;
		} else if (t.kind == TOK_RPAREN) {
			break;
		}
		p4_pp_error(pp, t.at, "expected ',' or ')' in the definition of macro '%.*s'",
			    STRA(m->name));
		return false;
	}
	return true;
}

static bool
same_body(const struct p4_macro *a, const struct p4_macro *b)
{
	if (a->body.n != b->body.n || a->params.n != b->params.n ||
	    a->is_function != b->is_function)
		return false;
	for (uint32_t i = 0; i < a->params.n; i++)
		if (!str_eq(a->params.v[i], b->params.v[i]))
			return false;
	for (uint32_t i = 0; i < a->body.n; i++)
		if (!str_eq(a->body.v[i].text, b->body.v[i].text))
			return false;
	return true;
}

/* '##' needs an operand on both sides, '#' in a function-like macro a parameter. */
static void
check_body(struct p4_pp *pp, const struct p4_macro *m)
{
	if (m->body.n == 0)
		return;
	if (m->body.v[0].kind == TOK_PASTE)
		p4_pp_error(pp, m->body.v[0].at, "'##' at the start of a macro");
	else if (m->body.v[m->body.n - 1].kind == TOK_PASTE)
		p4_pp_error(pp, m->body.v[m->body.n - 1].at, "'##' at the end of a macro");
}

void
p4_pp_define(struct p4_pp *pp, struct p4_lexer *l)
{
	struct p4_macro *m = arena_new(pp->arena, struct p4_macro), *old;
	struct p4_token t = p4_lex_in_line(l);

	if (!is_word(t.kind) || str_is(t.text, "defined")) {
		p4_pp_error(pp, t.at, "#define expects a name");
		p4_lex_rest_of_line(l);
		return;
	}
	m->name = t.text;
	m->at = t.at;
	t = p4_lex_in_line(l);
	if (t.kind == TOK_LPAREN && !t.space) {
		m->is_function = true;
		if (!read_params(pp, l, m)) {
			p4_lex_rest_of_line(l);
			return;
		}
		t = p4_lex_in_line(l);
	}
	for (; t.kind != TOK_EOL && t.kind != TOK_EOF; t = p4_lex_in_line(l))
		vec_push(pp->arena, &m->body, t);
	check_body(pp, m);
	old = map_get(&pp->macros, m->name);
	if (old && !same_body(old, m)) {
		diag_warn(pp->diags, m->at, "macro '%.*s' is defined again", STRA(m->name));
		diag_note(pp->diags, old->at, "its first definition");
	}
	map_put(&pp->macros, m->name, m);
}

/* --- inputs --------------------------------------------------------------------------------- */

static void
push_input(struct p4_pp *pp, const struct p4_token *v, uint32_t n, struct p4_macro *m, bool barrier)
{
	struct p4_input *in = arena_new(pp->arena, struct p4_input);

	*in = (struct p4_input){ .v = v, .n = n, .macro = m, .barrier = barrier, .up = pp->input };
	if (m)
		m->disabled = true;
	pp->input = in;
}

static void
pop_input(struct p4_pp *pp)
{
	if (pp->input->macro)
		pp->input->macro->disabled = false;
	pp->input = pp->input->up;
}

static bool
over_limit(struct p4_pp *pp, struct span at)
{
	if (!pp->stop && pp->count++ > PP_TOKENS_MAX) {
		p4_pp_error(pp, at,
			    "the program is too large: over %u tokens with its macros expanded",
			    PP_TOKENS_MAX);
		pp->stop = true;
	}
	return pp->stop;
}

/* The next token, not yet expanded. */
static struct p4_token
get(struct p4_pp *pp)
{
	struct p4_token t = { .kind = TOK_EOF };

	while (pp->input && pp->input->i == pp->input->n) {
		if (pp->input->barrier)
			return t;
		pop_input(pp);
	}
	if (pp->input)
		t = pp->input->v[pp->input->i++];
	else
		t = p4_pp_file_token(pp);
	if (over_limit(pp, t.at))
		t.kind = TOK_EOF;
	return t;
}

static void
put_back(struct p4_pp *pp, struct p4_token t)
{
	if (t.kind == TOK_EOF)
		return; /* it comes again by itself */
	push_input(pp, arena_copy(pp->arena, &t, sizeof(t)), 1, NULL, false);
}

void
p4_pp_expand_list(struct p4_pp *pp, const struct p4_token *v, uint32_t n, struct p4_tokens *out)
{
	struct p4_input *before = pp->input;
	struct p4_token t;

	if (pp->nesting >= PP_NESTING) {
		if (!pp->stop)
			p4_pp_error(pp, v[0].at, "macro calls are nested too deeply");
		pp->stop = true;
		return;
	}
	pp->nesting++;
	push_input(pp, v, n, NULL, true);
	while (t = p4_pp_next(pp), t.kind != TOK_EOF)
		vec_push(pp->arena, &out->list, t);
	while (pp->input != before)
		pop_input(pp);
	pp->nesting--;
}

/* --- # and ## ------------------------------------------------------------------------------- */

/* #param: the argument as a string. */
static struct p4_token
stringize(struct p4_pp *pp, const struct p4_tokens *arg, struct p4_token hash)
{
	struct str text = p4_tokens_text(pp->arena, arg->list.v, arg->list.n);
	VEC(char) out = { 0 };

	vec_push(pp->arena, &out, '"');
	for (uint32_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			vec_push(pp->arena, &out, '\\');
		vec_push(pp->arena, &out, text.p[i]);
	}
	vec_push(pp->arena, &out, '"');
	hash.kind = TOK_TEXT;
	hash.text = (struct str){ out.v, out.n };
	return hash;
}

/* left ## right */
static void
paste(struct p4_pp *pp, struct p4_token *left, struct p4_token right, struct span use)
{
	struct str text = str_fmt(pp->arena, "%.*s%.*s", STRA(left->text), STRA(right.text));
	uint32_t n;
	enum p4_tok kind = p4_scan(text, &n);

	if (kind == TOK_BAD || kind == TOK_BAD_STRING || n != text.n) {
		p4_pp_error(pp, use, "'%.*s' ## '%.*s' does not make one token", STRA(left->text),
			    STRA(right.text));
		left->kind = TOK_BAD;
		left->text = STR_NONE;
		return;
	}
	left->kind = kind;
	left->text = text;
	left->painted = false;
}

/* --- expansion ------------------------------------------------------------------------------ */

static int32_t
param_index(const struct p4_macro *m, const struct p4_token *t)
{
	if (is_word(t->kind))
		for (uint32_t i = 0; i < m->params.n; i++)
			if (str_eq(m->params.v[i], t->text))
				return (int32_t)i;
	return -1;
}

/* Appends tokens that came from `def` places and now stand at the macro's use. */
static void
append(struct p4_pp *pp, token_vec *out, const struct p4_token *v, uint32_t n,
       const struct p4_token *as, struct span use)
{
	for (uint32_t i = 0; i < n && !over_limit(pp, use); i++) {
		struct p4_token t = v[i];

		if (t.def.end == 0)
			t.def = t.at;
		t.at = use;
		t.bol = false;
		if (i == 0)
			t.space = as->space;
		vec_push(pp->arena, out, t);
	}
}

static const struct p4_tokens *
expanded_arg(struct p4_pp *pp, struct args *args, int32_t k)
{
	if (!args->is_expanded[k]) {
		args->is_expanded[k] = true;
		if (args->raw[k].list.n)
			p4_pp_expand_list(pp, args->raw[k].list.v, args->raw[k].list.n,
					  &args->expanded[k]);
	}
	return &args->expanded[k];
}

/* One operand of the body at index *i (a token, #param, a parameter), without regard to ##. */
static void
operand(struct p4_pp *pp, const struct p4_macro *m, struct args *args, uint32_t *i, bool pasted,
	token_vec *out)
{
	const struct p4_token *t = &m->body.v[(*i)++];
	int32_t k = param_index(m, t);

	if (m->is_function && t->kind == TOK_HASH) {
		if (*i < m->body.n && (k = param_index(m, &m->body.v[*i])) >= 0) {
			struct p4_token s = stringize(pp, &args->raw[k], *t);

			append(pp, out, &s, 1, t, args->use);
			(*i)++;
			return;
		}
		p4_pp_error(pp, t->at, "'#' in a macro expects a parameter after it");
		return;
	}
	if (k < 0) {
		append(pp, out, t, 1, t, args->use);
	} else {
		const struct p4_tokens *arg = pasted ? &args->raw[k] : expanded_arg(pp, args, k);

		append(pp, out, arg->list.v, arg->list.n, t, args->use);
	}
}

/* body: operand {['##'] operand} */
static void
substitute(struct p4_pp *pp, struct p4_macro *m, struct args *args, token_vec *out)
{
	uint32_t i = 0;
	bool pasting = false, left_empty = true;

	while (i < m->body.n && !pp->stop) {
		token_vec part = { 0 };
		uint32_t after, from = 0;

		/* operands beside ## are taken as written */
		after = i + 1 + (m->is_function && m->body.v[i].kind == TOK_HASH);
		operand(pp, m, args, &i,
			pasting || (after < m->body.n && m->body.v[after].kind == TOK_PASTE),
			&part);
		if (pasting && !left_empty && part.n) {
			paste(pp, &out->v[out->n - 1], part.v[0], args->use);
			from = 1;
		}
		for (uint32_t k = from; k < part.n; k++)
			vec_push(pp->arena, out, part.v[k]);
		left_empty = part.n == 0 && (!pasting || left_empty);
		pasting = i < m->body.n && m->body.v[i].kind == TOK_PASTE;
		if (pasting)
			i++;
	}
}

/* '(' [argument {',' argument}] ')' after a function-like macro's name; '(' has been read */
static bool
collect_args(struct p4_pp *pp, struct p4_macro *m, struct p4_token name, struct args *args)
{
	uint32_t depth = 0, k = 0, slots = m->params.n ? m->params.n : 1;
	struct p4_token t;

	args->raw = arena_array(pp->arena, struct p4_tokens, slots);
	args->expanded = arena_array(pp->arena, struct p4_tokens, slots);
	args->is_expanded = arena_array(pp->arena, bool, slots);
	for (;;) {
		t = get(pp);
		if (t.kind == TOK_EOF) {
			if (!pp->stop)
				p4_pp_error(pp, name.at, "the call of macro '%.*s' has no ')'",
					    STRA(m->name));
			return false;
		}
		if (depth == 0 && t.kind == TOK_RPAREN)
			break;
		if (depth == 0 && t.kind == TOK_COMMA &&
		    !(m->is_variadic && k + 1 == m->params.n)) {
			k++;
			continue;
		}
		depth += t.kind == TOK_LPAREN;
		depth -= t.kind == TOK_RPAREN;
		if (k < slots)
			vec_push(pp->arena, &args->raw[k].list, t);
	}
	args->use = name.def.end ? name.at : span_join(name.at, t.def.end ? name.at : t.at);
	if (m->params.n == 0 ? k > 0 || args->raw[0].list.n > 0
			     : k + 1 != m->params.n && !(m->is_variadic && k + 2 == m->params.n)) {
		p4_pp_error(pp, name.at, "macro '%.*s' takes %u argument%s, not %u", STRA(m->name),
			    m->params.n, m->params.n == 1 ? "" : "s",
			    m->params.n || args->raw[0].list.n ? k + 1 : k);
		diag_note(pp->diags, m->at, "its definition");
		return false;
	}
	return true;
}

/* Stands for what could not be expanded. */
static struct p4_token
reported(struct span at)
{
	return (struct p4_token){ .kind = TOK_BAD, .at = at };
}

/* Replaces the call whose name was just read by its expansion. */
static bool
invoke(struct p4_pp *pp, struct p4_macro *m, struct p4_token name)
{
	struct args args = { .use = name.at };
	token_vec out = { 0 };

	if (m->is_function) {
		struct p4_token paren = get(pp);

		if (paren.kind != TOK_LPAREN) {
			put_back(pp, paren);
			return false;
		}
		if (!collect_args(pp, m, name, &args)) {
			put_back(pp, reported(name.at));
			return true;
		}
	}
	substitute(pp, m, &args, &out);
	if (out.n) {
		out.v[0].space = name.space;
		out.v[0].bol = name.bol;
	}
	push_input(pp, out.v, out.n, m, false);
	return true;
}

struct p4_token
p4_pp_next(struct p4_pp *pp)
{
	for (;;) {
		struct p4_token t = get(pp);
		struct p4_macro *m;

		if (!is_word(t.kind) || t.painted || pp->macros.n == 0)
			return t;
		m = map_get(&pp->macros, t.text);
		if (!m)
			return t;
		if (m->disabled) {
			t.painted = true;
			return t;
		}
		if (!invoke(pp, m, t))
			return t;
	}
}
