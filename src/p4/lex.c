#include "p4/lex.h"

#include "base/arena.h"

#define WIDTH_MAX 65536
#define DIGITS_MAX 4096

static const struct {
	enum p4_tok kind;
	const char *text;
} words[] = {
#define X(kind, text) { kind, text },
	P4_PUNCTUATION(X)
#undef X
}, keywords[] = {
#define X(kind, text) { kind, text },
	P4_KEYWORDS(X)
#undef X
};

#define NWORDS (sizeof(words) / sizeof(words[0]))
#define NKEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

const char *
p4_tok_text(enum p4_tok kind)
{
	if (kind >= words[0].kind && kind < words[0].kind + NWORDS)
		return words[kind - words[0].kind].text;
	if (p4_tok_is_keyword(kind))
		return keywords[kind - keywords[0].kind].text;
	return "";
}

bool
p4_tok_is_keyword(enum p4_tok kind)
{
	return kind >= keywords[0].kind && kind < keywords[0].kind + NKEYWORDS;
}

bool
p4_tok_is_name(enum p4_tok kind)
{
	return kind == TOK_NAME || kind == TOK_APPLY || kind == TOK_KEY || kind == TOK_ACTIONS ||
	       kind == TOK_STATE || kind == TOK_ENTRIES || kind == TOK_TYPE ||
	       kind == TOK_PRIORITY || kind == TOK_LIST;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

/* The keywords are sorted in byte order: a binary search. */
static enum p4_tok
keyword_or_name(struct str word)
{
	uint32_t lo = 0, hi = NKEYWORDS;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		struct str key = str_from(keywords[mid].text);
		int c = str_cmp(word, key);

		if (c == 0)
			return keywords[mid].kind;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return TOK_NAME;
}

/* A string ends at the first quote that an even number of backslashes precedes; it may span
 * lines. */
static enum p4_tok
scan_text(struct str s, uint32_t *ret_length)
{
	uint32_t i = 1;

	while (i < s.n && s.p[i] != '"')
		i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	if (i >= s.n) {
		*ret_length = s.n;
		return TOK_BAD_STRING;
	}
	*ret_length = i + 1;
	return TOK_TEXT;
}

/* The longest punctuation token at the start of `s`. */
static enum p4_tok
scan_punctuation(struct str s, uint32_t *ret_length)
{
	enum p4_tok best = TOK_BAD;

	*ret_length = 1;
	for (uint32_t i = 0; i < NWORDS; i++) {
		struct str w;

		if (words[i].text[0] != s.p[0])
			continue;
		w = str_from(words[i].text);
		if (!str_starts(s, w))
			continue;
		if (best != TOK_BAD && w.n <= *ret_length)
			continue;
		best = words[i].kind;
		*ret_length = w.n;
	}
	return best;
}

enum p4_tok
p4_scan(struct str s, uint32_t *ret_length)
{
	uint32_t n = 0;

	if (is_word(s.p[0])) {
		while (n < s.n && is_word(s.p[n]))
			n++;
		*ret_length = n;
		return is_digit(s.p[0]) ? TOK_NUMBER : keyword_or_name(str_sub(s, 0, n));
	}
	if (s.p[0] == '"')
		return scan_text(s, ret_length);
	return scan_punctuation(s, ret_length);
}

void
p4_lexer_init(struct p4_lexer *l, struct arena *a, struct diags *d, const struct source *s)
{
	*l = (struct p4_lexer){ .arena = a, .diags = d, .source = s, .bol = true };
	if (str_starts(s->text, STR("\xef\xbb\xbf")))
		l->pos = 3; /* a byte order mark says nothing */
}

static struct span
span_of(const struct p4_lexer *l, uint32_t from, uint32_t to)
{
	return (struct span){ l->source->base + from, l->source->base + to };
}

static char
peek(const struct p4_lexer *l, uint32_t ahead)
{
	const struct str *t = &l->source->text;

	return l->pos + ahead < t->n ? t->p[l->pos + ahead] : '\0';
}

/* Length of a backslash-newline at the position, 0 when there is none. */
static uint32_t
splice(const struct p4_lexer *l)
{
	if (peek(l, 0) != '\\')
		return 0;
	if (peek(l, 1) == '\n')
		return 2;
	return peek(l, 1) == '\r' && peek(l, 2) == '\n' ? 3 : 0;
}

static void
skip_to_line_end(struct p4_lexer *l)
{
	while (l->pos < l->source->text.n && peek(l, 0) != '\n')
		l->pos += splice(l) ? splice(l) : 1;
}

static void
skip_block_comment(struct p4_lexer *l)
{
	struct str rest = str_sub(l->source->text, l->pos + 2, l->source->text.n);
	const char *end = rest.n ? memmem(rest.p, rest.n, "*/", 2) : NULL;

	if (!end) {
		diag_error(l->diags, span_of(l, l->pos, l->pos + 2), "comment is not closed");
		diag_hint(l->diags, "it ends with */");
		l->errors++;
		l->pos = l->source->text.n;
		return;
	}
	l->pos += 2 + (uint32_t)(end - rest.p) + 2;
}

/* Remembers the // line at the position for the token that follows it. */
static void
keep_comment(struct p4_lexer *l, uint32_t from, uint32_t to, bool joins)
{
	struct p4_tokens *t = l->comments;
	struct str line = str_sub(l->source->text, from + 2, to);
	struct p4_comment *last = t->comments.n ? &t->comments.v[t->comments.n - 1] : NULL;

	if (line.n && line.p[0] == ' ')
		line = str_sub(line, 1, line.n);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (joins && last && last->token == t->list.n) {
		last->text = str_fmt(l->arena, "%.*s\n%.*s", STRA(last->text), STRA(line));
		return;
	}
	if (last && last->token == t->list.n)
		last->text = line; /* a blank line parts what came before */
	else
		vec_push(l->arena, &t->comments, (struct p4_comment){ t->list.n, line });
}

/* A blank line between a comment and the next token: it isn't the token's. */
static void
drop_comment(struct p4_lexer *l)
{
	struct p4_tokens *t = l->comments;

	if (t && t->comments.n && t->comments.v[t->comments.n - 1].token == t->list.n)
		t->comments.n--;
}

/* Skips white space and comments; with `in_line` up to the end of the line. */
static bool
skip_space(struct p4_lexer *l, bool in_line)
{
	uint32_t start = l->pos, newlines = 0;

	while (l->pos < l->source->text.n) {
		char c = peek(l, 0);

		if (c == '\n') {
			if (in_line)
				break;
			l->bol = true;
			l->pos++;
			if (++newlines > 1)
				drop_comment(l);
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f') {
			l->pos++;
		} else if (splice(l)) {
			l->pos += splice(l);
		} else if (c == '/' && peek(l, 1) == '/') {
			uint32_t from = l->pos;

			skip_to_line_end(l);
			if (l->comments && l->bol)
				keep_comment(l, from, l->pos, newlines <= 1);
			newlines = 0;
		} else if (c == '/' && peek(l, 1) == '*') {
			skip_block_comment(l);
			newlines = 0;
		} else {
			break;
		}
	}
	return l->pos != start;
}

/* Bytes that belong to no token make one together, so that they are reported once. */
static uint32_t
bad_run(const struct p4_lexer *l)
{
	uint32_t n = 1;

	while ((unsigned char)peek(l, n) >= 0x80)
		n++;
	return n;
}

static struct p4_token
lex(struct p4_lexer *l, bool in_line)
{
	struct p4_token t = { 0 };
	uint32_t n;

	t.space = skip_space(l, in_line);
	t.bol = l->bol;
	t.at = span_of(l, l->pos, l->pos);
	if (l->pos >= l->source->text.n) {
		t.kind = TOK_EOF;
		return t;
	}
	if (in_line && peek(l, 0) == '\n') {
		t.kind = TOK_EOL;
		return t;
	}
	t.kind = p4_scan(str_sub(l->source->text, l->pos, l->source->text.n), &n);
	if (t.kind == TOK_BAD) {
		n = bad_run(l);
	} else if (t.kind == TOK_BAD_STRING) {
		diag_error(l->diags, span_of(l, l->pos, l->pos + 1), "string is not closed");
		l->errors++;
		t.kind = TOK_TEXT;
	}
	t.at = span_of(l, l->pos, l->pos + n);
	t.text = str_sub(l->source->text, l->pos, l->pos + n);
	l->pos += n;
	l->bol = false;
	return t;
}

struct p4_token
p4_lex(struct p4_lexer *l)
{
	return lex(l, false);
}

struct p4_token
p4_lex_in_line(struct p4_lexer *l)
{
	return lex(l, true);
}

struct str
p4_lex_rest_of_line(struct p4_lexer *l)
{
	uint32_t from = l->pos;

	skip_to_line_end(l);
	return str_trim(str_sub(l->source->text, from, l->pos));
}

/* In text that is switched off only comments count, and quotes as far as they are paired. */
static void
skip_dead_line(struct p4_lexer *l)
{
	while (l->pos < l->source->text.n && peek(l, 0) != '\n') {
		if (peek(l, 0) == '/' && peek(l, 1) == '*') {
			skip_block_comment(l);
		} else if (peek(l, 0) == '/' && peek(l, 1) == '/') {
			skip_to_line_end(l);
		} else if (peek(l, 0) == '"') {
			uint32_t k = 1;

			while (peek(l, k) && peek(l, k) != '"' && peek(l, k) != '\n')
				k += peek(l, k) == '\\' && peek(l, k + 1) > '\n' ? 2 : 1;
			l->pos += peek(l, k) == '"' ? k + 1 : 1;
		} else {
			l->pos += splice(l) ? splice(l) : 1;
		}
	}
}

bool
p4_lex_skip_to_hash(struct p4_lexer *l)
{
	for (;;) {
		skip_dead_line(l);
		skip_space(l, false);
		if (l->pos >= l->source->text.n)
			return false;
		if (l->bol && peek(l, 0) == '#') {
			l->pos++;
			l->bol = false;
			return true;
		}
		l->bol = false;
		l->pos += peek(l, 0) != '"'; /* a quote may open a string: look at it again */
	}
}

void
p4_lex_all(struct arena *a, struct diags *d, const struct source *s, struct p4_tokens *ret)
{
	struct p4_lexer l;
	struct p4_token t;

	p4_lexer_init(&l, a, d, s);
	l.comments = ret;
	do {
		t = p4_lex(&l);
		vec_push(a, &ret->list, t);
	} while (t.kind != TOK_EOF);
	ret->is_cut = l.errors > 0;
}

struct str
p4_tokens_text(struct arena *a, const struct p4_token *v, uint32_t n)
{
	VEC(char) out = { 0 };

	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && v[i].space)
			vec_push(a, &out, ' ');
		for (uint32_t k = 0; k < v[i].text.n; k++)
			vec_push(a, &out, v[i].text.p[k]);
	}
	return (struct str){ out.v, out.n };
}

/* `8w`, `8s`: stays at the start when there is none. */
static const char *
read_width(struct str text, struct p4_number *n, uint32_t *i)
{
	uint32_t k = 0;
	uint64_t width = 0;

	while (k < text.n && is_digit(text.p[k]))
		k++;
	if (k == text.n || (text.p[k] != 'w' && text.p[k] != 's'))
		return NULL;
	for (uint32_t j = 0; j < k && width <= WIDTH_MAX; j++)
		width = width * 10 + (uint64_t)(text.p[j] - '0');
	if (width == 0)
		return "a literal's width is at least 1";
	if (width > WIDTH_MAX)
		return "a literal's width is at most 65536";
	n->width = (uint32_t)width;
	n->is_signed = text.p[k] == 's';
	*i = k + 1;
	if (*i == text.n)
		return "the value is missing after the width";
	return NULL;
}

static uint8_t
base_of(char letter)
{
	switch (letter | 0x20) {
	case 'x':
		return 16;
	case 'o':
		return 8;
	case 'b':
		return 2;
	case 'd':
		return 10;
	}
	return 0;
}

static bool
is_digit_of(char c, uint8_t base)
{
	if (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
		return true;
	return is_digit(c) && c - '0' < base;
}

const char *
p4_number(struct str text, struct p4_number *ret)
{
	struct p4_number n = { .base = 10 };
	uint32_t i = 0, digits = 0;
	const char *wrong = read_width(text, &n, &i);

	if (wrong)
		return wrong;
	if (i + 1 < text.n && text.p[i] == '0' && base_of(text.p[i + 1])) {
		n.base = base_of(text.p[i + 1]);
		i += 2;
	} else if (text.p[i] == '_') {
		return "a number can't start with '_'";
	}
	n.digits = str_sub(text, i, text.n);
	for (; i < text.n; i++) {
		if (text.p[i] == '_')
			continue;
		if (!is_digit_of(text.p[i], n.base))
			return "a digit does not belong to the number's base";
		digits++;
	}
	if (digits == 0)
		return "there are no digits";
	if (digits > DIGITS_MAX)
		return "more than 4096 digits";
	*ret = n;
	return NULL;
}
