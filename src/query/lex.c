#include "query/lex.h"

#include <arpa/inet.h>

#include "base/arena.h"
#include "base/units.h"
#include "base/vec.h"
#include "query/address.h"

const char *const token_texts[] = {
#define X(kind, text) text,
	TOKENS(X)
#undef X
};

#define NTOKENS (sizeof(token_texts) / sizeof(token_texts[0]))

struct lexer {
	struct arena *arena;
	struct diags *d;
	struct str text;
	uint32_t base; /* offset of text[0] */
	uint32_t i;
	uint32_t line_start;
	bool fresh; /* no token yet in this line */
	VEC(struct token) out;
};

static char
peek(const struct lexer *l, uint32_t ahead)
{
	return ahead < l->text.n - l->i ? l->text.p[l->i + ahead] : 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name(char c)
{
	return is_name_start(c) || is_digit(c);
}

static struct span
span_of(const struct lexer *l, uint32_t from)
{
	return (struct span){ l->base + from, l->base + l->i };
}

static struct token *
push(struct lexer *l, enum token_kind kind, uint32_t from)
{
	struct token t = { .kind = kind,
			   .at = span_of(l, from),
			   .text = str_sub(l->text, from, l->i) };

	if (l->fresh)
		t.column = from - l->line_start + 1;
	l->fresh = false;
	vec_push(l->arena, &l->out, t);
	return &l->out.v[l->out.n - 1];
}

static void
bad(struct lexer *l, uint32_t from, const char *what)
{
	push(l, TOKEN_BAD, from);
	diag_error(l->d, span_of(l, from), "%s", what);
}

/* White space and comments; true when the text goes on. */
static bool
skip_space(struct lexer *l)
{
	for (; l->i < l->text.n; l->i++) {
		char c = l->text.p[l->i];

		if (c == '#' || (c == '/' && peek(l, 1) == '/')) {
			while (l->i < l->text.n && l->text.p[l->i] != '\n')
				l->i++;
			if (l->i == l->text.n)
				break;
			c = '\n';
		}
		if (c == '\n') {
			l->line_start = l->i + 1;
			l->fresh = true;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			return true;
		}
	}
	return false;
}

static void
lex_name(struct lexer *l)
{
	uint32_t from = l->i;

	while (is_name(peek(l, 0)))
		l->i++;
	push(l, TOKEN_NAME, from);
}

/* string = '"' { character | '\' character } '"' ; the same with single quotes */
static void
lex_string(struct lexer *l)
{
	uint32_t from = l->i, n = 0;
	char quote = peek(l, 0), *buf;
	struct token *t;

	for (l->i++; l->i < l->text.n && peek(l, 0) != quote && peek(l, 0) != '\n'; l->i++)
		if (peek(l, 0) == '\\' && l->i + 1 < l->text.n && peek(l, 1) != '\n')
			l->i++;
	if (peek(l, 0) != quote || l->i >= l->text.n) {
		bad(l, from, "this string is not closed in its line");
		return;
	}
	l->i++;
	t = push(l, TOKEN_STRING, from);
	buf = arena_alloc(l->arena, t->text.n);
	for (uint32_t k = 1; k + 1 < t->text.n; k++) {
		if (t->text.p[k] == '\\')
			k++;
		buf[n++] = t->text.p[k];
	}
	t->text = (struct str){ buf, n };
}

/* How far an address with colons would reach from here; 0 when none begins here. */
static uint32_t
colon_run(const struct lexer *l)
{
	uint32_t n = 0, colons = 0;

	for (;; n++) {
		char c = peek(l, n);

		if (c == '.' && (!is_digit(peek(l, n + 1)) || colons < 2))
			break;
		if (!is_hex_digit(c) && c != ':' && c != '.')
			break;
		colons += c == ':';
	}
	return colons >= 2 ? n : 0;
}

/* `/len` directly after an address makes a prefix of it. */
static void
lex_prefix(struct lexer *l, uint32_t from, bool is_ipv6, ir_i128 value)
{
	uint32_t bits = is_ipv6 ? 128 : 32, length = 0;
	struct token *t;

	if (peek(l, 0) != '/' || !is_digit(peek(l, 1))) {
		push(l, is_ipv6 ? TOKEN_IPV6 : TOKEN_IPV4, from)->value = value;
		return;
	}
	for (l->i++; is_digit(peek(l, 0)); l->i++)
		length = length > 1000 ? length : length * 10 + (uint32_t)(peek(l, 0) - '0');
	if (length > bits || is_name_start(peek(l, 0))) {
		bad(l, from,
		    is_ipv6 ? "an IPv6 prefix is at most 128 bits long"
			    : "an IPv4 prefix is at most 32 bits long");
		return;
	}
	t = push(l, is_ipv6 ? TOKEN_PREFIX6 : TOKEN_PREFIX4, from);
	t->digits = length;
	t->value = (ir_i128)((ir_u128)value & query_prefix_mask(bits, length));
	if (t->value != value)
		diag_warn(l->d, t->at, "bits after the first %u of this prefix are ignored",
			  length);
}

static void
lex_colons(struct lexer *l, uint32_t n)
{
	uint32_t from = l->i;
	struct str s = str_sub(l->text, from, from + n);
	ir_i128 value;

	l->i += n;
	while (is_name(peek(l, 0)))
		l->i++;
	if (l->i == from + n && query_mac(s, &value))
		push(l, TOKEN_MAC, from)->value = value;
	else if (l->i == from + n && query_ipv6(s, &value))
		lex_prefix(l, from, true, value);
	else
		bad(l, from, "this is neither a MAC address nor an IPv6 address");
}

static uint32_t
digit_value(char c)
{
	if (is_digit(c))
		return (uint32_t)(c - '0');
	return (uint32_t)((c | 0x20) - 'a' + 10);
}

/* Digits of a base with underscores; false when one doesn't belong or they are too many. */
static bool
integer(struct str s, uint32_t base, ir_i128 *ret)
{
	ir_u128 v = 0, limit = ((ir_u128)1 << 127) - 1;
	bool any = false;

	for (uint32_t i = 0; i < s.n; i++) {
		uint32_t d;

		if (s.p[i] == '_')
			continue;
		d = digit_value(s.p[i]);
		if (d >= base || v > (limit - d) / base)
			return false;
		v = v * base + d;
		any = true;
	}
	*ret = (ir_i128)v;
	return any;
}

/* 0x1f, 0b101, 0o17 */
static void
lex_based(struct lexer *l, uint32_t base)
{
	uint32_t from = l->i;
	struct token *t;
	ir_i128 value;

	for (l->i += 2; is_name(peek(l, 0));)
		l->i++;
	if (!integer(str_sub(l->text, from + 2, l->i), base, &value)) {
		bad(l, from, "this number has wrong digits or more than 127 bits");
		return;
	}
	t = push(l, TOKEN_INT, from);
	t->value = value;
	t->is_hex = base != 10;
}

static void
lex_unit(struct lexer *l, uint32_t from, struct str s)
{
	enum units unit;
	uint64_t v;

	if (units_duration_ns(s, &v)) {
		push(l, TOKEN_TIME, from)->value = v;
	} else if (units_size(s, &v)) {
		push(l, TOKEN_SIZE, from)->value = v;
	} else if (units_rate(s, &v, &unit)) {
		push(l, TOKEN_RATE, from)->value = v;
	} else {
		bad(l, from,
		    "this is no number with a unit that is known and a value that is whole");
		diag_hint(l->d,
			  "durations: ns, us, ms, s, min, h; sizes: B, KB, KiB, MB, ...; rates: "
			  "Kbps, Mbps, Gbps, pps");
	}
}

static void
lex_fraction(struct lexer *l, uint32_t from, struct str s)
{
	uint32_t point = (uint32_t)str_find(s, '.');
	ir_i128 whole, rest;
	struct token *t;

	if (s.n > 19 || !integer(str_sub(s, 0, point), 10, &whole) ||
	    !integer(str_sub(s, point + 1, s.n), 10, &rest)) {
		bad(l, from, "this fraction has too many digits");
		return;
	}
	t = push(l, TOKEN_DECIMAL, from);
	t->digits = s.n - point - 1;
	for (uint32_t i = 0; i < t->digits; i++)
		whole *= 10;
	t->value = whole + rest;
}

static void
lex_number(struct lexer *l)
{
	uint32_t from = l->i, groups = 1;
	ir_i128 value;
	struct str s;

	while (is_digit(peek(l, 0)) || peek(l, 0) == '_' ||
	       (peek(l, 0) == '.' && is_digit(peek(l, 1)))) {
		groups += peek(l, 0) == '.';
		l->i++;
	}
	s = str_sub(l->text, from, l->i);
	if (is_name_start(peek(l, 0))) {
		while (is_name(peek(l, 0)))
			l->i++;
		lex_unit(l, from, str_sub(l->text, from, l->i));
	} else if (groups == 1 && integer(s, 10, &value)) {
		push(l, TOKEN_INT, from)->value = value;
	} else if (groups == 2) {
		lex_fraction(l, from, s);
	} else if (groups == 4 && query_ipv4(s, &value)) {
		lex_prefix(l, from, false, value);
	} else {
		bad(l, from,
		    groups == 1 ? "this number has more than 127 bits"
				: "this is neither a number nor an IPv4 address");
	}
}

static void
lex_punctuation(struct lexer *l)
{
	uint32_t from = l->i;

	for (uint32_t k = TOKEN_ARROW; k < NTOKENS; k++) {
		uint32_t n = (uint32_t)strlen(token_texts[k]);

		if (!str_starts(str_sub(l->text, l->i, l->text.n), str_from(token_texts[k])))
			continue;
		l->i += n;
		push(l, (enum token_kind)k, from);
		return;
	}
	for (l->i++; ((unsigned char)peek(l, 0) & 0xc0) == 0x80;)
		l->i++; /* all bytes of a UTF-8 character */
	bad(l, from, "a character that no query has outside strings and comments");
}

static void
lex_one(struct lexer *l)
{
	char c = peek(l, 0);
	uint32_t colons = is_hex_digit(c) || c == ':' ? colon_run(l) : 0;
	char base = c == '0' ? peek(l, 1) : 0;

	if (colons)
		lex_colons(l, colons);
	else if (base == 'x' || base == 'X')
		lex_based(l, 16);
	else if (base == 'b' && is_digit(peek(l, 2)))
		lex_based(l, 2);
	else if (base == 'o')
		lex_based(l, 8);
	else if (is_digit(c))
		lex_number(l);
	else if (is_name_start(c))
		lex_name(l);
	else if (c == '"' || c == '\'')
		lex_string(l);
	else
		lex_punctuation(l);
}

struct token *
query_lex(struct arena *a, struct diags *d, const struct source *s)
{
	struct lexer l = { .arena = a, .d = d, .text = s->text, .base = s->base, .fresh = true };

	while (skip_space(&l))
		lex_one(&l);
	l.i = l.text.n;
	push(&l, TOKEN_END, l.i)->column = 1;
	return l.out.v;
}
