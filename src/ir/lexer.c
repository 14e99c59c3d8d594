/* lexer.c */
#include "ir/lexer.h"

bool
ir_lex_fail(struct ir_lexer *l, const char *what)
{
	if (l->errors++ == 0)
		diag_error(l->d, l->tok.at, "%s", what);
	return false;
}

static int
peek(const struct ir_lexer *l, uint32_t ahead)
{
	return l->pos + ahead < l->text.n ? (unsigned char)l->text.p[l->pos + ahead] : -1;
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int
hex(int c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* After the opening quote. */
static void
lex_string(struct ir_lexer *l)
{
	uint32_t n = 0;
	char *s;

	/* What it stands for is never longer than what is written on the line. */
	while (peek(l, n) >= 0 && peek(l, n) != '\n')
		n++;
	s = arena_alloc(l->a, n + 1);
	n = 0;

	for (int c; (c = peek(l, 0)) != '"'; l->pos++) {
		if (c < 0 || c == '\n') {
			ir_lex_fail(l, "this name has no closing quote");
			break;
		}
		if (c == '\\' && peek(l, 1) == 'x' && hex(peek(l, 2)) >= 0 &&
		    hex(peek(l, 3)) >= 0) {
			c = hex(peek(l, 2)) << 4 | hex(peek(l, 3));
			l->pos += 3;
		} else if (c == '\\' && peek(l, 1) > 0) {
			c = peek(l, 1);
			l->pos++;
		}
		s[n++] = (char)c;
	}
	l->pos += peek(l, 0) == '"';
	l->tok.text = (struct str){ s, n };
}

static void
skip_blank(struct ir_lexer *l)
{
	while (peek(l, 0) == ' ' || peek(l, 0) == '\t' || peek(l, 0) == '\r')
		l->pos++;
	if (peek(l, 0) == '#')
		while (peek(l, 0) >= 0 && peek(l, 0) != '\n')
			l->pos++;
}

/* Operators of two characters come before their first character alone. */
static uint32_t
mark_length(struct str rest)
{
	static const char *const twos[] = { "<<", ">>", "==", "!=", "<=", ">=", "&&", "||" };

	for (size_t i = 0; i < sizeof(twos) / sizeof(*twos); i++)
		if (rest.n >= 2 && !memcmp(rest.p, twos[i], 2))
			return 2;
	return 1;
}

void
ir_lex_next(struct ir_lexer *l)
{
	uint32_t from;
	int c;

	skip_blank(l);
	from = l->pos;
	c = peek(l, 0);
	l->tok = (struct ir_token){ IR_T_END, { l->base + from, l->base + from + 1 }, STR_NONE };
	if (c < 0)
		return;
	if (c == '"') {
		l->tok.kind = IR_T_STRING;
		l->pos++;
		lex_string(l);
		l->tok.at.end = l->base + l->pos;
		return;
	}
	if (c == '\n') {
		l->tok.kind = IR_T_LINE;
		l->pos++;
	} else if (is_word(c)) {
		l->tok.kind = IR_T_WORD;
		while (is_word(peek(l, 0)) || is_digit(peek(l, 0)) || peek(l, 0) == '.')
			l->pos++;
	} else if (is_digit(c) || (c == '-' && is_digit(peek(l, 1)))) {
		l->tok.kind = IR_T_NUMBER;
		l->pos++;
		while (is_digit(peek(l, 0)) || peek(l, 0) == '.' ||
		       (peek(l, 0) == 'e' && (is_digit(peek(l, 1)) || peek(l, 1) == '-')) ||
		       (peek(l, 0) == '-' && l->text.p[l->pos - 1] == 'e'))
			l->pos++;
	} else {
		l->tok.kind = IR_T_MARK;
		l->pos += mark_length(str_sub(l->text, l->pos, l->text.n));
	}
	l->tok.text = str_sub(l->text, from, l->pos);
	l->tok.at.end = l->base + l->pos;
}

bool
ir_lex_is(const struct ir_lexer *l, const char *text)
{
	return (l->tok.kind == IR_T_WORD || l->tok.kind == IR_T_MARK) && str_is(l->tok.text, text);
}

bool
ir_lex_accept(struct ir_lexer *l, const char *text)
{
	if (!ir_lex_is(l, text))
		return false;
	ir_lex_next(l);
	return true;
}

bool
ir_lex_expect(struct ir_lexer *l, const char *text)
{
	if (ir_lex_accept(l, text))
		return true;
	ir_lex_fail(l, str_cstr(l->a, str_fmt(l->a, "expected '%s'", text)));
	return false;
}
