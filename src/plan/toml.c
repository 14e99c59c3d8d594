/* toml.c - line by line: a comment, a [table], or a key and its value. */
#include "plan/toml.h"

struct reader {
	struct arena *a;
	struct diags *d;
	const struct source *s;
	uint32_t at;
	struct str table;
	struct toml *to;
};

static struct span
span_from(const struct reader *r, uint32_t from)
{
	uint32_t to = r->at > from ? r->at : from + 1;

	return (struct span){ r->s->base + from, r->s->base + (to <= r->s->text.n ? to : r->s->text.n) };
}

/* The next character; 0 at the end. */
static char
peek(const struct reader *r)
{
	return r->at < r->s->text.n ? r->s->text.p[r->at] : '\0';
}

static bool
at_end(const struct reader *r)
{
	return r->at >= r->s->text.n;
}

static void
blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || (peek(r) == '\r' && r->at + 1 < r->s->text.n))
		r->at++;
}

static void
rest_of_line(struct reader *r)
{
	while (!at_end(r) && peek(r) != '\n')
		r->at++;
}

static bool
is_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static struct str
word(struct reader *r)
{
	uint32_t from = r->at;

	while (is_key(peek(r)))
		r->at++;
	return str_sub(r->s->text, from, r->at);
}

static bool
complain(struct reader *r, uint32_t from, const char *what)
{
	diag_error(r->d, span_from(r, from), "%s", what);
	rest_of_line(r);
	return false;
}

/* --- values --------------------------------------------------------------------------------------- */

static bool
read_number(struct reader *r, struct toml_entry *e)
{
	uint32_t from = r->at;
	bool digit = false;

	e->kind = TOML_INT;
	for (; (peek(r) >= '0' && peek(r) <= '9') || peek(r) == '_'; r->at++) {
		uint64_t next = e->number * 10 + (uint64_t)(peek(r) - '0');

		if (peek(r) == '_' && !digit)
			return complain(r, from, "a _ stands between two digits");
		digit = peek(r) != '_';
		if (digit && (e->number > UINT64_MAX / 10 - 1 || next > INT64_MAX))
			return complain(r, from, "this number is too large");
		e->number = digit ? next : e->number;
	}
	if (!digit)
		return complain(r, from, "a _ stands between two digits");
	if (is_key(peek(r)) || peek(r) == '.')
		return complain(r, from, "a whole number is expected, in decimal");
	return true;
}

static bool
read_string(struct reader *r, struct toml_entry *e)
{
	uint32_t from = r->at++;
	VEC(char) text = { 0 };

	e->kind = TOML_STRING;
	while (!at_end(r) && peek(r) != '"' && peek(r) != '\n') {
		char c = peek(r);

		r->at++;
		if ((unsigned char)c < ' ' && c != '\t')
			return complain(r, r->at - 1, "a control character in a string");
		if (c == '\\') {
			c = peek(r);
			r->at++;
			if (c != '"' && c != '\\')
				return complain(r, r->at - 2, "only \\\" and \\\\ are known");
		}
		vec_push(r->a, &text, c);
	}
	if (peek(r) != '"')
		return complain(r, from, "the string does not end on its line");
	r->at++;
	e->text = (struct str){ text.v, text.n };
	return true;
}

static bool
read_value(struct reader *r, struct toml_entry *e)
{
	uint32_t from = r->at;
	struct str w;

	if (peek(r) == '"')
		return read_string(r, e);
	if (peek(r) >= '0' && peek(r) <= '9')
		return read_number(r, e);
	w = word(r);
	e->kind = TOML_BOOL;
	e->number = str_is(w, "true");
	if (str_is(w, "true") || str_is(w, "false"))
		return true;
	return complain(r, from, "a whole number, a string in double quotes, true or false is expected");
}

/* --- lines ---------------------------------------------------------------------------------------- */

static bool
end_line(struct reader *r)
{
	blanks(r);
	if (peek(r) == '#')
		rest_of_line(r);
	if (at_end(r) || peek(r) == '\n')
		return true;
	return complain(r, r->at, "nothing more is expected on this line");
}

static void
read_table(struct reader *r)
{
	uint32_t from = r->at++;
	struct toml_entry t = { 0 };

	t.table = word(r);
	if (!t.table.n || peek(r) != ']') {
		complain(r, from, "a table's name in brackets is expected, such as [stage]");
		return;
	}
	r->at++;
	t.key_at = span_from(r, from);
	vec_each(other, &r->to->tables)
		if (str_eq(other->table, t.table)) {
			diag_error(r->d, t.key_at, "the table [%.*s] is there twice", STRA(t.table));
			diag_note(r->d, other->key_at, "here is the first");
		}
	r->table = t.table;
	vec_push(r->a, &r->to->tables, t);
	end_line(r);
}

static void
read_entry(struct reader *r)
{
	struct toml_entry e = { .table = r->table };
	uint32_t from = r->at;

	e.key = word(r);
	e.key_at = span_from(r, from);
	blanks(r);
	if (!e.key.n || peek(r) != '=') {
		complain(r, from, "a line is `key = value`, a [table] or a comment");
		return;
	}
	r->at++;
	blanks(r);
	from = r->at;
	if (!read_value(r, &e))
		return;
	e.value_at = span_from(r, from);
	vec_each(other, &r->to->entries)
		if (str_eq(other->table, e.table) && str_eq(other->key, e.key)) {
			diag_error(r->d, e.key_at, "%.*s is there twice", STRA(e.key));
			diag_note(r->d, other->key_at, "here is the first");
			rest_of_line(r);
			return;
		}
	if (end_line(r))
		vec_push(r->a, &r->to->entries, e);
}

bool
toml_read(struct arena *a, struct diags *d, const struct source *s, struct toml *ret)
{
	struct reader r = { .a = a, .d = d, .s = s, .to = ret };
	uint32_t before = diag_errors(d);

	*ret = (struct toml){ 0 };
	/* a file of many mistakes is not a description of a target */
	while (!at_end(&r) && diag_errors(d) - before < DIAG_LIMIT && ret->entries.n < 1000) {
		blanks(&r);
		if (peek(&r) == '[')
			read_table(&r);
		else if (peek(&r) == '#')
			rest_of_line(&r);
		else if (!at_end(&r) && peek(&r) != '\n' && !(peek(&r) == '\r' && r.at + 1 == s->text.n))
			read_entry(&r);
		r.at++;
	}
	return diag_errors(d) == before;
}
