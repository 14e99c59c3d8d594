#include "base/json.h"

#define DEPTH_MAX 64

void
json_init(struct json *j, char *text, size_t n)
{
	*j = (struct json){ .p = text, .end = text + n };
}

static bool
wrong(struct json *j, const char *what)
{
	if (!j->error)
		j->error = what;
	return false;
}

/* The next character that isn't a blank; 0 at the end. */
static inline char
look(struct json *j)
{
	if (j->p < j->end && *j->p > ' ')
		return *j->p;
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n'))
		j->p++;
	return j->p < j->end ? *j->p : 0;
}

static bool
is_digit(const struct json *j)
{
	return j->p < j->end && *j->p >= '0' && *j->p <= '9';
}

/* --- strings ---------------------------------------------------------------------------------- */

/* Four hexadecimal digits; -1 when they aren't. */
static int32_t
hex4(struct json *j)
{
	int32_t v = 0;

	if (j->end - j->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *j->p++;
		int d = c >= '0' && c <= '9'			 ? c - '0'
			: (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
								 : -1;

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static char *
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c >= 0x10000)
		*to++ = (char)(0xf0 | c >> 18);
	if (c >= 0x800)
		*to++ = (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 63) : 0xe0 | c >> 12);
	*to++ = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xc0 | c >> 6);
	*to++ = (char)(0x80 | (c & 63));
	return to;
}

/* After "\u". */
static char *
unicode(struct json *j, char *to)
{
	int32_t c = hex4(j), low;

	if (c >= 0xd800 && c < 0xdc00 && j->end - j->p >= 2 && j->p[0] == '\\' && j->p[1] == 'u') {
		j->p += 2;
		low = hex4(j);
		c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
						  : -1;
	}
	if (c <= 0 || (c >= 0xd800 && c < 0xe000)) {
		wrong(j, "a \\u escape that is no character");
		return to;
	}
	return put_utf8(to, (uint32_t)c);
}

/* After a backslash; what it stands for is never longer than what was written. */
static char *
escape(struct json *j, char *to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	char c = j->p < j->end ? *j->p++ : 0;
	const char *at = c ? strchr(from, c) : NULL;

	if (c == 'u')
		return unicode(j, to);
	if (!at) {
		wrong(j, "an unknown escape in a string");
		return to;
	}
	*to++ = into[at - from];
	return to;
}

/* From the opening quote on. */
static bool
string(struct json *j, struct str *ret)
{
	char *start = ++j->p, *to;

	while (j->p < j->end && *j->p != '"' && *j->p != '\\' && (unsigned char)*j->p >= 0x20)
		j->p++;
	to = j->p;
	while (j->p < j->end && *j->p != '"' && !j->error) {
		if ((unsigned char)*j->p < 0x20 && *j->p != '\n')
			return wrong(j, "a control character in a string");
		if (*j->p == '\n')
			break;
		if (*j->p != '\\') {
			*to++ = *j->p++;
			continue;
		}
		j->p++;
		to = escape(j, to);
	}
	if (j->error)
		return false;
	if (j->p == j->end || *j->p != '"') {
		j->p = start - 1;
		return wrong(j, "a string without its closing quote");
	}
	j->p++;
	*ret = (struct str){ start, (uint32_t)(to - start) };
	return true;
}

/* --- numbers and words ------------------------------------------------------------------------ */

static bool
digits(struct json *j)
{
	if (!is_digit(j))
		return wrong(j, "a number without digits");
	while (is_digit(j))
		j->p++;
	return true;
}

/* The rest of a number that is no integer: its value is of no interest. */
static bool
real(struct json *j, struct json_value *ret)
{
	ret->kind = JTEXT_REAL;
	if (j->p < j->end && *j->p == '.') {
		j->p++;
		if (!digits(j))
			return false;
	}
	if (j->p < j->end && (*j->p | 0x20) == 'e') {
		j->p++;
		if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
			j->p++;
		return digits(j);
	}
	return true;
}

static bool
number(struct json *j, struct json_value *ret)
{
	bool negative = *j->p == '-';
	bool is_wide = false;
	uint64_t v = 0;
	char *start;

	j->p += negative;
	start = j->p;
	for (; is_digit(j); j->p++) {
		uint64_t d = (uint64_t)(*j->p - '0');

		is_wide |= v > (INT64_MAX - d) / 10;
		v = is_wide ? 0 : v * 10 + d;
	}
	if (j->p == start || (*start == '0' && j->p > start + 1))
		return wrong(j, "a number without digits, or with a leading 0");
	ret->kind = is_wide ? JTEXT_REAL : JTEXT_INT;
	ret->i = negative ? -(int64_t)v : (int64_t)v;
	if (j->p < j->end && (*j->p == '.' || (*j->p | 0x20) == 'e'))
		return real(j, ret);
	return true;
}

static bool
word(struct json *j, struct json_value *ret)
{
	static const struct {
		struct str text;
		enum json_kind kind;
		int i;
	} words[] = { { { "null", 4 }, JTEXT_NULL, 0 },
		      { { "true", 4 }, JTEXT_BOOL, 1 },
		      { { "false", 5 }, JTEXT_BOOL, 0 } };

	for (size_t i = 0; i < 3; i++) {
		if ((size_t)(j->end - j->p) >= words[i].text.n &&
		    !memcmp(j->p, words[i].text.p, words[i].text.n)) {
			j->p += words[i].text.n;
			ret->kind = words[i].kind;
			ret->i = words[i].i;
			return true;
		}
	}
	return wrong(j, "expected a value");
}

/* --- values ----------------------------------------------------------------------------------- */

bool
json_value(struct json *j, struct json_value *ret)
{
	char c = look(j);

	if (j->error)
		return false;
	j->first = false;
	ret->at = j->p;
	if (c == '"') {
		ret->kind = JTEXT_STRING;
		return string(j, &ret->s);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(j, ret);
	if (c == '{' || c == '[') {
		ret->kind = c == '{' ? JTEXT_OBJECT : JTEXT_ARRAY;
		j->p++;
		return j->first = true;
	}
	return word(j, ret);
}

/* Before a member or item: a comma unless it is the first, or the closing bracket. */
static bool
more(struct json *j, char close)
{
	bool first = j->first;
	char c = look(j);

	j->first = false;
	if (j->error)
		return false;
	if (c == close) {
		j->p++;
		return false;
	}
	if (first)
		return true;
	if (c != ',')
		return wrong(j, !c		 ? "the text ends here, in the middle" :
				close == '}' ? "expected ',' or '}'" :
					       "expected ',' or ']'");
	j->p++;
	return true;
}

bool
json_member(struct json *j, struct str *ret_key, struct json_value *ret)
{
	if (!more(j, '}'))
		return false;
	if (look(j) != '"')
		return wrong(j, "expected a name in quotes");
	j->key_at = j->p;
	if (!string(j, ret_key))
		return false;
	if (look(j) != ':')
		return wrong(j, "expected ':'");
	j->p++;
	return json_value(j, ret);
}

bool
json_item(struct json *j, struct json_value *ret)
{
	return more(j, ']') && json_value(j, ret);
}

static bool
skip(struct json *j, const struct json_value *v, uint32_t depth)
{
	struct json_value inner;
	struct str key;

	if (depth > DEPTH_MAX)
		return wrong(j, "nested too deeply");
	if (v->kind == JTEXT_OBJECT)
		while (json_member(j, &key, &inner))
			skip(j, &inner, depth + 1);
	if (v->kind == JTEXT_ARRAY)
		while (json_item(j, &inner))
			skip(j, &inner, depth + 1);
	return !j->error;
}

bool
json_skip(struct json *j, const struct json_value *v)
{
	return skip(j, v, 0);
}

bool
json_end(struct json *j)
{
	if (look(j) || j->p < j->end)
		return wrong(j, "expected the end of the text");
	return !j->error;
}

/* How many characters stand for themselves. */
static uint32_t
plain(const uint8_t *p, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

void
json_print_string(FILE *out, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;

	fputc('"', out);
	for (uint32_t i = 0; i < s.n;) {
		uint32_t n = plain(p + i, s.n - i), len;

		if (n) { /* nearly always everything */
			fwrite(p + i, 1, n, out);
			i += n;
			continue;
		}
		len = str_utf8_length(p + i, s.n - i);
		if (!len)
			fputs("\\ufffd", out);
		else if (p[i] == '"' || p[i] == '\\')
			fprintf(out, "\\%c", p[i]);
		else if (p[i] < 0x20 || p[i] == 0x7f)
			fprintf(out, "\\u%04x", p[i]);
		else
			fwrite(p + i, 1, len, out);
		i += len ? len : 1;
	}
	fputc('"', out);
}
