#include "ui/stf_parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_ERRORS 100
#define MAX_PORT 65535

struct reader {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	struct stf_test *test;
	uint32_t at; /* offset in the text */
	struct stf_statement now;
};

/* --- characters and words --- */

static int
peek(const struct reader *r)
{
	return r->at < r->source->text.n ? (unsigned char)r->source->text.p[r->at] : -1;
}

static void
skip_spaces(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r')
		r->at++;
	if (peek(r) == '#')
		while (peek(r) != -1 && peek(r) != '\n')
			r->at++;
}

/* An entry may go on in the next line. */
static void
skip_lines(struct reader *r)
{
	for (skip_spaces(r); peek(r) == '\n'; skip_spaces(r))
		r->at++;
}

static void
skip_line(struct reader *r)
{
	while (peek(r) != -1 && peek(r) != '\n')
		r->at++;
}

static struct sw_arg
word_from(const struct reader *r, uint32_t from)
{
	return (struct sw_arg){ .text = str_sub(r->source->text, from, r->at),
				.at = { r->source->base + from, r->source->base + r->at } };
}

static struct span
here(const struct reader *r)
{
	return (struct span){ r->source->base + r->at, r->source->base + r->at + (peek(r) > '\n') };
}

static bool
is_name(int c)
{
	return c > 0 && (isalnum(c) || c == '_' || c == '$');
}

/* Whatever stands up to the next space. */
static struct sw_arg
spaced_word(struct reader *r)
{
	uint32_t from;

	skip_spaces(r);
	from = r->at;
	while (peek(r) > ' ')
		r->at++;
	return word_from(r, from);
}

static bool
accept(struct reader *r, const char *text)
{
	uint32_t n = (uint32_t)strlen(text);

	if (r->source->text.n - r->at < n || memcmp(r->source->text.p + r->at, text, n) != 0)
		return false;
	r->at += n;
	return true;
}

static bool
expected(struct reader *r, const char *what)
{
	struct span at = here(r);

	if (peek(r) == -1 || peek(r) == '\n')
		diag_error(r->diags, at, "expected %s, here the line ends", what);
	else
		diag_error(r->diags, at, "expected %s, here is '%c'", what, peek(r));
	return false;
}

static bool
need(struct reader *r, const char *text, const char *what)
{
	skip_spaces(r);
	return accept(r, text) || expected(r, what);
}

static bool
need_end(struct reader *r)
{
	skip_spaces(r);
	return peek(r) == -1 || peek(r) == '\n' || expected(r, "the end of the line");
}

/* a.b[2]."c d", or `a$2.b`, which is a[2].b; *ret.text is in one piece without quotes. */
static bool
read_name(struct reader *r, const char *what, struct sw_arg *ret)
{
	uint32_t from = r->at;
	char *text, *to;

	while (is_name(peek(r)) || peek(r) == '.' || peek(r) == '[' || peek(r) == ']' || peek(r) == '"') {
		if (peek(r) == '"')
			for (r->at++; peek(r) != '"' && peek(r) != '\n' && peek(r) != -1;)
				r->at++;
		if (peek(r) == -1 || peek(r) == '\n')
			break;
		r->at++;
	}
	*ret = word_from(r, from);
	if (!ret->text.n)
		return expected(r, what);
	text = to = arena_alloc(r->arena, ret->text.n + 1);
	for (uint32_t i = 0; i < ret->text.n; i++)
		if (ret->text.p[i] != '"')
			*to++ = ret->text.p[i];
	ret->text = (struct str){ text, (uint32_t)(to - text) };
	return true;
}

/* 12, 0x1f**, 0b1*, true. */
static bool
read_value(struct reader *r, struct sw_arg *ret)
{
	uint32_t from;

	skip_spaces(r);
	from = r->at;
	if (peek(r) == '-')
		r->at++;
	while (peek(r) == '*' || (peek(r) > 0 && isalnum(peek(r))))
		r->at++;
	*ret = word_from(r, from);
	return ret->text.n > 0 || expected(r, "a number");
}

/* --- entries --- */

static bool
read_match(struct reader *r, struct sw_arg name)
{
	static const struct { const char *text; enum sw_form form; } marks[] = {
		{ "/", SW_SLASH }, { "&&&", SW_MASKED }, { "..", SW_ARROW }, { "->", SW_ARROW },
	};
	struct sw_match m = { .name = name, .form = SW_PLAIN };
	struct sw_command *c = &r->now.command;
	uint32_t cap = c->nmatches; /* few keys: growing one by one is well enough */

	if (!read_value(r, &m.a))
		return false;
	m.at = m.a.at;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (m.form == SW_PLAIN && accept(r, marks[i].text)) {
			m.form = marks[i].form;
			if (!read_value(r, &m.b))
				return false;
			m.at = span_join(m.a.at, m.b.at);
		}
	c->matches = vec_grow(r->arena, c->matches, c->nmatches, &cap, sizeof(m));
	c->matches[c->nmatches++] = m;
	return true;
}

/* NAME:VALUE, NAME:VALUE) */
static bool
read_params(struct reader *r)
{
	struct sw_command *c = &r->now.command;
	uint32_t cap = 0;

	skip_lines(r);
	if (accept(r, ")"))
		return true;
	do {
		struct sw_arg name, value;

		skip_lines(r);
		if (!read_name(r, "a parameter's name", &name) || !need(r, ":", "':' and a value") || !read_value(r, &value))
			return false;
		value.name = name.text;
		value.name_at = name.at;
		if (c->nargs == cap)
			c->args = vec_grow(r->arena, c->args, c->nargs, &cap, sizeof(value));
		c->args[c->nargs++] = value;
		skip_lines(r);
	} while (accept(r, ","));
	return accept(r, ")") || expected(r, "',' or ')'");
}

static bool
is_number(struct str s)
{
	for (uint32_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

/* [PRIORITY] KEY:VALUE... ACTION( */
static bool
read_keys(struct reader *r)
{
	struct sw_command *c = &r->now.command;
	struct sw_arg name;

	for (;;) {
		skip_lines(r);
		if (!read_name(r, "a key or an action", &name))
			return false;
		if (!c->nmatches && !c->priority.text.n && is_number(name.text)) {
			c->priority = name;
			continue;
		}
		skip_lines(r);
		if (accept(r, "(")) {
			c->action = name;
			return true;
		}
		if (!need(r, ":", "':' and a value after a key's name, or '(' after an action's") || !read_match(r, name))
			return false;
	}
}

static bool
read_entry(struct reader *r)
{
	struct sw_command *c = &r->now.command;
	bool add = r->now.kind == STF_ADD;

	c->kind = add ? SW_TABLE_ADD : SW_TABLE_SET_DEFAULT;
	c->is_json = true; /* names tell which is which */
	skip_spaces(r);
	if (!read_name(r, "a table's name", &c->target))
		return false;
	skip_lines(r);
	if (!add && (!read_name(r, "an action's name", &c->action) || !need(r, "(", "'('")))
		return false;
	if ((add && !read_keys(r)) || !read_params(r))
		return false;
	skip_spaces(r);
	if (add && accept(r, "=")) {
		skip_spaces(r);
		if (!read_name(r, "a name for the entry", &r->now.label))
			return false;
	}
	return need_end(r);
}

/* --- packets --- */

static bool
read_port(struct reader *r)
{
	struct sw_arg w = spaced_word(r);
	unsigned long n = is_number(w.text) && w.text.n < 9 ? strtoul(str_cstr(r->arena, w.text), NULL, 10) : MAX_PORT + 1;

	if (!w.text.n)
		return expected(r, "a port");
	r->now.port = (uint32_t)n;
	if (n <= MAX_PORT)
		return true;
	diag_error(r->diags, w.at, "'%.*s' is no port", STRA(w.text));
	return false;
}

/* Digits to the line's end; spaces may be anywhere. */
static bool
read_hex(struct reader *r, bool pattern)
{
	const char *p = r->source->text.p;
	uint32_t from = r->at, end, n = 0;
	char *digits;

	skip_line(r);
	end = r->at;
	digits = arena_alloc(r->arena, end - from + 1);
	for (r->at = from; r->at < end && peek(r) != '#'; r->at++) {
		int c = peek(r);

		if (c == ' ' || c == '\t' || c == '\r')
			continue;
		if (pattern && c == '$') {
			r->now.exact = true;
			r->at++;
			return (r->now.hex = (struct str){ digits, n }, need_end(r));
		}
		if (!isxdigit(c) && !(pattern && c == '*'))
			return expected(r, pattern ? "hexadecimal digits, '*' or '$'" : "hexadecimal digits");
		digits[n++] = p[r->at];
	}
	r->now.hex = (struct str){ digits, n };
	r->at = end;
	return true;
}

static bool
read_packet(struct reader *r)
{
	if (!read_port(r) || !read_hex(r, false))
		return false;
	if (r->now.hex.n % 2 == 0)
		return true;
	diag_error(r->diags, r->now.at, "a packet with half a byte: %u digits", r->now.hex.n);
	return false;
}

static bool
read_expect(struct reader *r)
{
	if (!read_port(r) || !read_hex(r, true))
		return false;
	r->now.any = !r->now.hex.n && !r->now.exact;
	return true;
}

/* --- checks --- */

static bool
read_comparison(struct reader *r)
{
	static const struct { const char *text; enum stf_compare compare; } marks[] = {
		{ "==", STF_EQ }, { "!=", STF_NE }, { "<=", STF_LE }, { ">=", STF_GE }, { "<", STF_LT }, { ">", STF_GT },
	};

	skip_spaces(r);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (accept(r, marks[i].text)) {
			r->now.compare = marks[i].compare;
			r->now.compares = true;
			return read_value(r, &r->now.number) && need_end(r);
		}
	return expected(r, "a comparison (==, !=, <, <=, >, >=)");
}

/* NAME(INDEX) [packets|bytes == N] */
static bool
read_counter(struct reader *r)
{
	struct sw_arg what;
	uint32_t from;

	skip_spaces(r);
	if (!read_name(r, "a counter's name", &r->now.name) || !need(r, "(", "'(' and an index"))
		return false;
	skip_spaces(r);
	if (!read_name(r, "an index or the name of an entry", &r->now.index) || !need(r, ")", "')'"))
		return false;
	skip_spaces(r);
	from = r->at;
	while (is_name(peek(r)))
		r->at++;
	what = word_from(r, from);
	if (!what.text.n)
		return need_end(r);
	r->now.bytes = strncasecmp(what.text.p, "bytes", 5) == 0 && what.text.n == 5;
	if (r->now.bytes || (what.text.n == 7 && strncasecmp(what.text.p, "packets", 7) == 0))
		return read_comparison(r);
	diag_error(r->diags, what.at, "expected 'packets' or 'bytes', here is '%.*s'", STRA(what.text));
	return false;
}

static bool
read_named(struct reader *r, const char *what, bool with_index)
{
	r->now.name = spaced_word(r);
	if (!r->now.name.text.n)
		return expected(r, what);
	if (!with_index)
		return true;
	r->now.index = spaced_word(r);
	return r->now.index.text.n || expected(r, "an index");
}

static bool
read_rest(struct reader *r)
{
	uint32_t from;

	skip_spaces(r);
	from = r->at;
	skip_line(r);
	r->now.name = word_from(r, from);
	r->now.name.text = str_trim(r->now.name.text);
	return true;
}

/* [LINE] */
static bool
read_assertion(struct reader *r)
{
	skip_spaces(r);
	r->now.any = peek(r) == -1 || peek(r) == '\n';
	return r->now.any || (read_port(r) && need_end(r));
}

/* RECEIVER HEX */
static bool
read_digest(struct reader *r)
{
	return read_port(r) && read_hex(r, false);
}

static bool
read_all(struct reader *r)
{
	struct sw_arg w = spaced_word(r);

	if (w.text.n == 3 && strncasecmp(w.text.p, "all", 3) == 0)
		return need_end(r);
	diag_error(r->diags, r->now.at, "only 'remove all' is known");
	diag_hint(r->diags, "'table_delete TABLE HANDLE' removes one entry");
	return false;
}

/* --- commands of the control plane --- */

/* What only shows something that nobody would see. */
static bool
is_silent(struct str name)
{
	static const char *const names[] = { "mirroring_get", "meter_get_rates", "mc_dump", "table_dump", "table_info" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

/* The line as it is, with its first word in lower case. */
static void
read_control(struct reader *r, struct sw_arg word)
{
	uint32_t from = word.at.begin - r->source->base;
	struct sw_commands commands = { 0 };
	struct source line;
	char *text;

	skip_line(r);
	text = str_cstr(r->arena, str_sub(r->source->text, from, r->at));
	for (uint32_t i = 0; i < word.text.n; i++)
		text[i] = (char)tolower((unsigned char)text[i]);
	if (is_silent((struct str){ text, word.text.n }))
		return;
	line = (struct source){ .name = r->source->name, .text = { text, r->at - from }, .base = word.at.begin };
	sw_entries_read(r->arena, r->diags, &line, &commands);
	vec_each(c, &commands) {
		r->now.kind = STF_CONTROL;
		r->now.command = *c;
		vec_push(r->arena, r->test, r->now);
	}
}

/* --- statements --- */

static const struct word_info {
	const char *name;
	enum stf_kind kind;
} words[] = {
	{ "add", STF_ADD }, { "setdefault", STF_DEFAULT }, { "remove", STF_REMOVE_ALL },
	{ "packet", STF_PACKET }, { "expect", STF_EXPECT }, { "no_packet", STF_NO_PACKET }, { "wait", STF_WAIT },
	{ "check_counter", STF_COUNTER }, { "check_register", STF_REGISTER }, { "check_drop", STF_DROP },
	{ "counter_read", STF_SHOW_COUNTER }, { "register_read", STF_SHOW_REGISTER },
	{ "check_log", STF_LOG }, { "check_assert", STF_ASSERT }, { "check_assume", STF_ASSUME },
	{ "check_digest", STF_DIGEST },
};

static bool
read_statement(struct reader *r)
{
	switch (r->now.kind) {
	case STF_ADD:
	case STF_DEFAULT:
		return read_entry(r);
	case STF_REMOVE_ALL:
		return read_all(r);
	case STF_PACKET:
		return read_packet(r);
	case STF_EXPECT:
		return read_expect(r);
	case STF_NO_PACKET:
	case STF_WAIT:
		return need_end(r);
	case STF_COUNTER:
		return read_counter(r);
	case STF_REGISTER:
		return read_named(r, "a register", true) && read_comparison(r);
	case STF_DROP:
		return read_named(r, "a reason", false) && read_comparison(r);
	case STF_SHOW_COUNTER:
		return read_named(r, "a counter", true) && need_end(r);
	case STF_SHOW_REGISTER:
		return read_named(r, "a register", true) && need_end(r);
	case STF_LOG:
		return read_rest(r);
	case STF_ASSERT:
	case STF_ASSUME:
		return read_assertion(r);
	case STF_DIGEST:
		return read_digest(r);
	case STF_CONTROL:
		break;
	}
	bug("statement %d is not read here", (int)r->now.kind);
}

static void
read_line(struct reader *r)
{
	struct sw_arg w = spaced_word(r);

	r->now = (struct stf_statement){ .at = w.at };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == w.text.n && strncasecmp(words[i].name, w.text.p, w.text.n) == 0) {
			r->now.kind = words[i].kind;
			if (!read_statement(r)) {
				skip_line(r);
				return;
			}
			r->now.at.end = r->source->base + r->at;
			r->now.command.at = r->now.at;
			vec_push(r->arena, r->test, r->now);
			return;
		}
	read_control(r, w);
}

bool
stf_parse(struct arena *a, struct diags *d, const struct source *text, struct stf_test *ret)
{
	struct reader r = { .arena = a, .diags = d, .source = text, .test = ret };
	uint32_t errors = diag_errors(d);

	*ret = (struct stf_test){ .source = text };
	for (;;) {
		skip_lines(&r);
		if (peek(&r) == -1 || diag_errors(d) - errors >= MAX_ERRORS)
			return diag_errors(d) == errors;
		if (peek(&r) <= ' ') { /* NUL and the like */
			expected(&r, "a command");
			skip_line(&r);
			continue;
		}
		read_line(&r);
	}
}
