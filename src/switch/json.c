/* JSON with the places of everything, so that mistakes in it can be shown. RFC 8259. */
#include "switch/reading.h"

#define DEPTH_MAX 100

struct reader {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	uint32_t at;
};

static struct span
here(const struct reader *r, uint32_t n)
{
	return (struct span){ r->source->base + r->at, r->source->base + r->at + n };
}

static char
peek(const struct reader *r)
{
	return r->at < r->source->text.n ? r->source->text.p[r->at] : '\0';
}

static void
skip_space(struct reader *r)
{
	while (r->at < r->source->text.n && strchr(" \t\r\n", peek(r)) && peek(r))
		r->at++;
}

static struct json *
fail(struct reader *r, const char *expected)
{
	if (r->at >= r->source->text.n)
		diag_error(r->diags, here(r, 0), "the file ends here, expected %s", expected);
	else
		diag_error(r->diags, here(r, 1), "expected %s", expected);
	return NULL;
}

static bool
hex4(const struct reader *r, uint32_t *ret)
{
	*ret = 0;
	for (uint32_t i = 0; i < 4; i++) {
		char c = r->at + i < r->source->text.n ? r->source->text.p[r->at + i] : ' ';
		uint32_t v = c >= '0' && c <= '9' ? (uint32_t)(c - '0') :
			     (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a' + 10) : 99;

		if (v == 99)
			return false;
		*ret = *ret * 16 + v;
	}
	return true;
}

static uint32_t
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 63));
	to[2] = (char)(0x80 | (c & 63));
	return 3;
}

/* After a backslash. */
static bool
read_escape(struct reader *r, char *to, uint32_t *n)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	char c = peek(r);
	const char *found = c ? strchr(from, c) : NULL;
	uint32_t code;

	r->at++;
	if (found) {
		to[(*n)++] = is[found - from];
		return true;
	}
	if (c != 'u' || !hex4(r, &code))
		return false;
	r->at += 4;
	*n += put_utf8(to + *n, code);
	return true;
}

static bool
read_string(struct reader *r, struct sw_arg *ret)
{
	uint32_t start = r->at, n = 0;
	char *to;
	const char *close;
	uint32_t end = r->at + 1;

	while (end < r->source->text.n && r->source->text.p[end] != '"' && r->source->text.p[end] != '\n')
		end += r->source->text.p[end] == '\\' ? 2 : 1;
	close = end < r->source->text.n ? &r->source->text.p[end] : NULL;
	if (!close || *close != '"') {
		diag_error(r->diags, here(r, 1), "this string has no end");
		return false;
	}
	to = arena_alloc(r->arena, end - start + 4);
	r->at++;
	while (r->at < end) {
		char c = peek(r);

		if ((unsigned char)c < 0x20) {
			fail(r, "no control characters in a string");
			return false;
		}
		r->at++;
		if (c != '\\') {
			to[n++] = c;
		} else if (!read_escape(r, to, &n)) {
			r->at--;
			fail(r, "an escape such as \\n or \\u0041");
			return false;
		}
	}
	r->at = end + 1;
	*ret = (struct sw_arg){
		.text = { to, n }, .at = { r->source->base + start, r->source->base + r->at },
	};
	return true;
}

static struct json *
node(struct reader *r, enum json_kind kind, uint32_t from)
{
	struct json *j = arena_new(r->arena, struct json);

	j->kind = kind;
	j->at = (struct span){ r->source->base + from, r->source->base + r->at };
	j->text = str_sub(r->source->text, from, r->at);
	return j;
}

static struct json *read_value(struct reader *r, uint32_t depth);

static void
push(struct reader *r, struct json *j, struct json *item)
{
	if (j->n == j->cap)
		j->items = vec_grow(r->arena, j->items, j->n, &j->cap, sizeof(*j->items));
	j->items[j->n++] = item;
}

/* After '{' or '[', up to and including the end. */
static struct json *
read_items(struct reader *r, struct json *j, uint32_t depth)
{
	char end = j->kind == JSON_OBJECT ? '}' : ']';

	skip_space(r);
	while (peek(r) != end || j->n) {
		struct json *item;
		struct sw_arg name = { 0 };

		if (j->kind == JSON_OBJECT && peek(r) != '"')
			return fail(r, j->n ? "a member's name in quotes" : "a member's name in quotes, or '}'");
		if (j->kind == JSON_OBJECT && !read_string(r, &name))
			return NULL;
		skip_space(r);
		if (j->kind == JSON_OBJECT && peek(r) != ':')
			return fail(r, "':'");
		r->at += j->kind == JSON_OBJECT;
		item = read_value(r, depth + 1);
		if (!item)
			return NULL;
		if (j->kind == JSON_OBJECT) {
			if (j->n == j->names_cap)
				j->names = vec_grow(r->arena, j->names, j->n, &j->names_cap, sizeof(*j->names));
			j->names[j->n] = name;
		}
		push(r, j, item);
		skip_space(r);
		if (peek(r) == end)
			break;
		if (peek(r) != ',')
			return fail(r, end == '}' ? "',' or '}'" : "',' or ']'");
		r->at++;
		skip_space(r);
	}
	r->at++;
	j->at.end = r->source->base + r->at;
	return j;
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '+' || c == '-' || c == '.' || c == '_';
}

static bool
is_number(struct str s)
{
	uint32_t i = s.n && s.p[0] == '-', digits = 0;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (!digits)
		return false;
	/* Fractions and exponents are JSON, but nothing here is one: the value's reader tells. */
	return i == s.n || s.p[i] == '.' || (s.p[i] | 32) == 'e';
}

static struct json *
read_word(struct reader *r)
{
	uint32_t from = r->at;
	struct str word;

	while (r->at < r->source->text.n && is_word(peek(r)))
		r->at++;
	word = str_sub(r->source->text, from, r->at);
	if (str_is(word, "true") || str_is(word, "false"))
		return node(r, JSON_BOOL, from);
	if (str_is(word, "null"))
		return node(r, JSON_NULL, from);
	if (is_number(word))
		return node(r, JSON_NUMBER, from);
	r->at = from;
	return fail(r, "a value");
}

static struct json *
read_value(struct reader *r, uint32_t depth)
{
	struct json *j;
	struct sw_arg text;
	uint32_t from;

	skip_space(r);
	from = r->at;
	if (depth > DEPTH_MAX) {
		diag_error(r->diags, here(r, 1), "nested deeper than %d levels", DEPTH_MAX);
		return NULL;
	}
	if (peek(r) == '{' || peek(r) == '[') {
		r->at++;
		j = node(r, r->source->text.p[from] == '{' ? JSON_OBJECT : JSON_ARRAY, from);
		return read_items(r, j, depth);
	}
	if (peek(r) != '"')
		return read_word(r);
	if (!read_string(r, &text))
		return NULL;
	j = node(r, JSON_STRING, from);
	j->text = text.text;
	return j;
}

struct json *
sw_json_read(struct arena *a, struct diags *d, const struct source *text)
{
	struct reader r = { .arena = a, .diags = d, .source = text };
	struct json *j = read_value(&r, 0);

	if (!j)
		return NULL;
	skip_space(&r);
	if (r.at < text->text.n)
		return fail(&r, "the end of the file");
	return j;
}
