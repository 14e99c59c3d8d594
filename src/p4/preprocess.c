#include "p4/preprocess.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/datadir.h"

void
p4_pp_error(struct p4_pp *pp, struct span at, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (pp->errors++ > DIAG_LIMIT)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(pp->diags, at, "%s", text);
}

struct str
p4_system_include(struct str name)
{
	struct str dir = str_from(datadir());

	if (!str_starts(name, dir))
		return STR_NONE;
	name = str_sub(name, dir.n, name.n);
	if (!str_starts(name, STR("/p4include/")))
		return STR_NONE;
	return str_sub(name, sizeof("/p4include/") - 1, name.n);
}

/* --- include -------------------------------------------------------------------------------- */

static void
enter_file(struct p4_pp *pp, const struct source *s)
{
	struct p4_file *f = arena_new(pp->arena, struct p4_file);

	p4_lexer_init(&f->lexer, pp->arena, pp->diags, s);
	f->up = pp->file;
	f->depth = pp->file ? pp->file->depth + 1 : 0;
	pp->file = f;
}

static void
leave_file(struct p4_pp *pp)
{
	struct p4_file *f = pp->file;

	if (f->ifs.n > 0)
		p4_pp_error(pp, f->ifs.v[f->ifs.n - 1].at, "#if without #endif");
	pp->errors += f->lexer.errors;
	pp->cut |= f->lexer.errors > 0;
	pp->file = f->up;
}

static bool
is_regular_file(struct p4_pp *pp, struct str path)
{
	struct stat st;

	return str_find(path, '\0') < 0 && stat(str_cstr(pp->arena, path), &st) == 0 &&
	       S_ISREG(st.st_mode);
}

/* `#include <x>` and "x" alike: beside the including file, in the include folders, in the data
 * folder. */
static bool
find_include(struct p4_pp *pp, struct str name, struct str *ret)
{
	struct str here = pp->file->lexer.source->name;
	const char *const *dirs = pp->options ? pp->options->include_dirs : NULL;

	if (name.n && name.p[0] == '/') {
		*ret = name;
		return is_regular_file(pp, name);
	}
	here = str_sub(here, 0, (uint32_t)(str_rfind(here, '/') + 1));
	*ret = str_fmt(pp->arena, "%.*s%.*s", STRA(here), STRA(name));
	if (is_regular_file(pp, *ret))
		return true;
	for (; dirs && *dirs; dirs++) {
		*ret = str_fmt(pp->arena, "%s/%.*s", *dirs, STRA(name));
		if (is_regular_file(pp, *ret))
			return true;
	}
	*ret = str_fmt(pp->arena, "%s/p4include/%.*s", datadir(), STRA(name));
	return is_regular_file(pp, *ret);
}

static void
include_file(struct p4_pp *pp, struct str name, struct span at)
{
	const struct source *s;
	struct str path;
	int err;

	if (pp->file->depth >= PP_INCLUDE_DEPTH || pp->nincludes >= PP_INCLUDES_MAX) {
		if (!pp->stop)
			p4_pp_error(pp, at,
				    "too many nested #includes: does '%.*s' include itself?",
				    STRA(name));
		pp->stop = true;
		return;
	}
	pp->nincludes++;
	if (!find_include(pp, name, &path)) {
		p4_pp_error(pp, at, "can't find '%.*s'", STRA(name));
		diag_hint(
			pp->diags,
			"looked beside the including file, in the -I folders and in PacketScope's "
			"p4include");
		return;
	}
	s = map_get(&pp->includes, path);
	if (!s) {
		s = source_read(diags_sources(pp->diags), path, &err);
		if (!s) {
			p4_pp_error(pp, at, "can't read '%.*s': %s", STRA(path), strerror(err));
			return;
		}
		map_put(&pp->includes, path, (void *)(uintptr_t)s);
	}
	enter_file(pp, s);
}

/* The name within <> or "" at the start of `rest`. */
static bool
include_name(struct str rest, struct str *ret)
{
	char close = rest.n && rest.p[0] == '<' ? '>' : '"';
	int64_t end;

	if (rest.n == 0 || (rest.p[0] != '<' && rest.p[0] != '"'))
		return false;
	rest = str_sub(rest, 1, rest.n);
	end = str_find(rest, close);
	if (end <= 0)
		return false;
	*ret = str_sub(rest, 0, (uint32_t)end);
	return true;
}

/* Reads the rest of a directive's line as tokens. */
static void
line_tokens(struct p4_pp *pp, struct p4_lexer *l, struct p4_tokens *ret)
{
	struct p4_token t;

	while (t = p4_lex_in_line(l), t.kind != TOK_EOL && t.kind != TOK_EOF)
		vec_push(pp->arena, &ret->list, t);
}

/* include: '#' 'include' ('<' path '>' | '"' path '"' | a macro that makes one of them) */
static void
read_include(struct p4_pp *pp, struct span at)
{
	struct p4_lexer *l = &pp->file->lexer;
	struct str rest = p4_lex_rest_of_line(l), name;
	struct span place = { l->source->base + l->pos - rest.n, l->source->base + l->pos };

	if (rest.n == 0)
		place = at;
	if (rest.n && rest.p[0] != '<' && rest.p[0] != '"') {
		struct p4_tokens line = { 0 }, out = { 0 };

		l->pos -= rest.n;
		line_tokens(pp, l, &line);
		p4_pp_expand_list(pp, line.list.v, line.list.n, &out);
		for (uint32_t i = 0; i < out.list.n; i++)
			out.list.v[i].space = false;
		rest = p4_tokens_text(pp->arena, out.list.v, out.list.n);
	}
	if (!include_name(rest, &name))
		p4_pp_error(pp, place, "#include expects <file> or \"file\"");
	else
		include_file(pp, name, place);
}

/* --- conditions ----------------------------------------------------------------------------- */

static bool
line_condition(struct p4_pp *pp, struct span at)
{
	struct p4_tokens line = { 0 };

	line_tokens(pp, &pp->file->lexer, &line);
	return p4_pp_condition(pp, line.list.v, line.list.n, at);
}

/* #ifdef NAME, #ifndef NAME, #if condition */
static bool
branch_condition(struct p4_pp *pp, struct p4_token word)
{
	struct p4_token name;

	if (word.kind == TOK_IF)
		return line_condition(pp, word.at);
	name = p4_lex_in_line(&pp->file->lexer);
	p4_lex_rest_of_line(&pp->file->lexer);
	if (name.kind != TOK_NAME && !p4_tok_is_keyword(name.kind)) {
		p4_pp_error(pp, word.at, "#%.*s expects a name", STRA(word.text));
		return false;
	}
	return map_has(&pp->macros, name.text) && map_get(&pp->macros, name.text)
		       ? str_is(word.text, "ifdef")
		       : str_is(word.text, "ifndef");
}

/* Steps over branches that are off, up to the one that is on or past the #endif. */
static void
skip_branches(struct p4_pp *pp)
{
	struct p4_file *f = pp->file;
	struct p4_if *top = &f->ifs.v[f->ifs.n - 1];
	uint32_t nested = 0;

	while (p4_lex_skip_to_hash(&f->lexer)) {
		struct p4_token word = p4_lex_in_line(&f->lexer);

		if (word.kind == TOK_EOL || word.kind == TOK_EOF)
			continue;
		if (str_is(word.text, "if") || str_is(word.text, "ifdef") ||
		    str_is(word.text, "ifndef")) {
			nested++;
		} else if (str_is(word.text, "endif")) {
			if (nested-- == 0) {
				p4_lex_rest_of_line(&f->lexer);
				f->ifs.n--;
				return;
			}
		} else if (nested > 0) {
			continue;
		} else if (str_is(word.text, "else") || str_is(word.text, "elif")) {
			bool is_else = word.kind == TOK_ELSE;

			if (top->saw_else)
				p4_pp_error(pp, word.at, "#%.*s after #else", STRA(word.text));
			top->saw_else |= is_else;
			if (!top->taken && (is_else || line_condition(pp, word.at))) {
				top->taken = true;
				if (is_else)
					p4_lex_rest_of_line(&f->lexer);
				return;
			}
		}
	}
}

static void
read_if(struct p4_pp *pp, struct p4_token word)
{
	bool on = branch_condition(pp, word);

	vec_push(pp->arena, &pp->file->ifs, (struct p4_if){ word.at, on, false });
	if (!on)
		skip_branches(pp);
}

/* #elif, #else and #endif at the end of a branch that was on */
static void
end_branch(struct p4_pp *pp, struct p4_token word)
{
	struct p4_file *f = pp->file;
	struct p4_if *top = f->ifs.n ? &f->ifs.v[f->ifs.n - 1] : NULL;

	p4_lex_rest_of_line(&f->lexer);
	if (!top) {
		p4_pp_error(pp, word.at, "#%.*s without #if", STRA(word.text));
		return;
	}
	if (str_is(word.text, "endif")) {
		f->ifs.n--;
		return;
	}
	if (top->saw_else)
		p4_pp_error(pp, word.at, "#%.*s after #else", STRA(word.text));
	top->saw_else |= word.kind == TOK_ELSE;
	skip_branches(pp);
}

/* --- directives ----------------------------------------------------------------------------- */

static void
read_undef(struct p4_pp *pp, struct p4_token word)
{
	struct p4_token name = p4_lex_in_line(&pp->file->lexer);

	p4_lex_rest_of_line(&pp->file->lexer);
	if (name.kind != TOK_NAME && !p4_tok_is_keyword(name.kind))
		p4_pp_error(pp, word.at, "#undef expects a name");
	else if (map_has(&pp->macros, name.text))
		map_put(&pp->macros, name.text, NULL);
}

static void
read_message(struct p4_pp *pp, struct p4_token word)
{
	struct str text = p4_lex_rest_of_line(&pp->file->lexer);

	if (text.n > 200)
		text.n = 200;
	if (str_is(word.text, "error"))
		p4_pp_error(pp, word.at, "#error %.*s", STRA(text));
	else
		diag_warn(pp->diags, word.at, "#warning %.*s", STRA(text));
}

/* The names of directives; #line and what compilers print as `# 1 "file"` say nothing to us,
 * because every token knows its place. */
static void
read_directive(struct p4_pp *pp)
{
	static const struct str names[] = { STR("include"), STR("define"),  STR("undef"),
					    STR("if"),	    STR("ifdef"),   STR("ifndef"),
					    STR("elif"),    STR("else"),    STR("endif"),
					    STR("error"),   STR("warning"), STR("line"),
					    STR("pragma") };
	struct p4_lexer *l = &pp->file->lexer;
	struct p4_token word = p4_lex_in_line(l);

	if (word.kind == TOK_EOL || word.kind == TOK_EOF)
		return;
	if (str_is(word.text, "include")) {
		read_include(pp, word.at);
	} else if (str_is(word.text, "define")) {
		p4_pp_define(pp, l);
	} else if (str_is(word.text, "undef")) {
		read_undef(pp, word);
	} else if (str_is(word.text, "if") || str_is(word.text, "ifdef") ||
		   str_is(word.text, "ifndef")) {
		read_if(pp, word);
	} else if (str_is(word.text, "elif") || str_is(word.text, "else") ||
		   str_is(word.text, "endif")) {
		end_branch(pp, word);
	} else if (str_is(word.text, "error") || str_is(word.text, "warning")) {
		read_message(pp, word);
	} else {
		if (word.kind != TOK_NUMBER && !str_is(word.text, "line") &&
		    !str_is(word.text, "pragma")) {
			p4_pp_error(pp, word.at, "unknown directive '#%.*s'", STRA(word.text));
			diag_nearest(pp->diags, word.text, names, sizeof(names) / sizeof(names[0]));
		}
		p4_lex_rest_of_line(l);
	}
}

struct p4_token
p4_pp_file_token(struct p4_pp *pp)
{
	for (;;) {
		struct p4_token t = p4_lex(&pp->file->lexer);

		if (t.kind == TOK_HASH && t.bol && !pp->stop) {
			read_directive(pp);
			continue;
		}
		if (t.kind != TOK_EOF && !pp->stop)
			return t;
		t.kind = TOK_EOF;
		if (!pp->file->up || pp->stop)
			return t;
		leave_file(pp);
	}
}

/* -D NAME, -D NAME=VALUE: as if the program began with #define NAME VALUE. */
static void
define_options(struct p4_pp *pp)
{
	const char *const *defines = pp->options ? pp->options->defines : NULL;

	for (; defines && *defines; defines++) {
		struct str d = str_from(*defines);
		int64_t eq = str_find(d, '=');
		struct str name = eq < 0 ? d : str_sub(d, 0, (uint32_t)eq);
		struct str value = eq < 0 ? STR("1") : str_sub(d, (uint32_t)eq + 1, d.n);
		struct str text = str_fmt(pp->arena, "%.*s %.*s\n", STRA(name), STRA(value));
		struct p4_lexer l;

		p4_lexer_init(&l, pp->arena, pp->diags,
			      source_add(diags_sources(pp->diags), STR("<command line>"), text));
		p4_pp_define(pp, &l);
	}
}

bool
p4_preprocess(struct arena *a, struct diags *d, const struct source *s, const struct p4_options *o,
	      struct p4_tokens *ret)
{
	struct p4_pp pp = { .arena = a, .diags = d, .options = o };
	struct p4_token t;

	map_init(&pp.macros, a);
	map_init(&pp.includes, a);
	define_options(&pp);
	enter_file(&pp, s);
	do {
		t = p4_pp_next(&pp);
		vec_push(a, &ret->list, t);
	} while (t.kind != TOK_EOF);
	while (pp.file && !pp.stop)
		leave_file(&pp);
	ret->is_cut = pp.stop || pp.cut;
	return pp.errors == 0;
}
