/* condition.c - the integer expressions of #if, as C has them, in 64 bits. */
#include "p4/preprocess.h"

struct cond {
	struct p4_pp *pp;
	const struct p4_token *v;
	uint32_t n, i;
	uint32_t depth;
	struct span at; /* for messages at the end of the line */
	bool failed;
};

static int64_t read_choice(struct cond *c, bool live);

static struct span
here(const struct cond *c)
{
	return c->i < c->n ? c->v[c->i].at : c->at;
}

static void
fail(struct cond *c, struct span at, const char *what)
{
	if (!c->failed)
		p4_pp_error(c->pp, at, "%s in a preprocessor condition", what);
	c->failed = true;
	c->i = c->n;
}

static enum p4_tok
peek(const struct cond *c)
{
	return c->i < c->n ? c->v[c->i].kind : TOK_EOL;
}

static bool
accept(struct cond *c, enum p4_tok kind)
{
	if (peek(c) != kind)
		return false;
	c->i++;
	return true;
}

/* C's spelling: a leading 0 is octal, and the suffixes u and l are allowed. */
static int64_t
number_value(struct cond *c, struct p4_token t)
{
	struct str s = t.text;
	struct p4_number n;
	uint64_t v = 0;

	while (s.n > 1 && ((s.p[s.n - 1] | 0x20) == 'u' || (s.p[s.n - 1] | 0x20) == 'l'))
		s.n--;
	if (p4_number(s, &n)) {
		fail(c, t.at, "wrong number");
		return 0;
	}
	if (n.base == 10 && s.n > 1 && s.p[0] == '0' && n.width == 0 && (s.p[1] | 0x20) != 'd')
		n.base = 8;
	for (uint32_t i = 0; i < n.digits.n; i++) {
		char d = n.digits.p[i];
		uint64_t digit = d <= '9' ? (uint64_t)(d - '0') : (uint64_t)((d | 0x20) - 'a' + 10);

		if (d == '_')
			continue;
		if (digit >= n.base || v > (UINT64_MAX - digit) / n.base) {
			fail(c, t.at, "wrong number");
			return 0;
		}
		v = v * n.base + digit;
	}
	return (int64_t)v;
}

/* primary: number | name | '(' choice ')' | ('!' | '~' | '-' | '+') primary */
static int64_t
read_primary(struct cond *c, bool live)
{
	struct p4_token t;
	int64_t v = 0;

	if (c->i >= c->n) {
		fail(c, c->at, "a value is missing");
		return 0;
	}
	if (c->depth >= PP_NESTING) {
		fail(c, here(c), "too many parentheses");
		return 0;
	}
	c->depth++;
	t = c->v[c->i++];
	if (t.kind == TOK_LPAREN) {
		v = read_choice(c, live);
		if (!accept(c, TOK_RPAREN))
			fail(c, here(c), "')' is missing");
	} else if (t.kind == TOK_NOT) {
		v = !read_primary(c, live);
	} else if (t.kind == TOK_TILDE) {
		v = ~read_primary(c, live);
	} else if (t.kind == TOK_MINUS) {
		v = (int64_t)(0 - (uint64_t)read_primary(c, live));
	} else if (t.kind == TOK_PLUS) {
		v = read_primary(c, live);
	} else if (t.kind == TOK_NUMBER) {
		v = number_value(c, t);
	} else if (t.kind == TOK_TRUE) {
		v = 1;
	} else if (t.kind != TOK_NAME && !p4_tok_is_keyword(t.kind)) {
		fail(c, t.at, "a value is missing");
	}
	c->depth--;
	return v;
}

/* Binary operators by how tightly they bind; 0: not one. `>>` comes as two tokens. */
static uint32_t
binary_level(const struct cond *c, enum p4_tok *ret_op)
{
	enum p4_tok op = peek(c);

	*ret_op = op;
	if (op == TOK_OR_OR)
		return 1;
	if (op == TOK_AND_AND)
		return 2;
	if (op == TOK_OR)
		return 3;
	if (op == TOK_XOR)
		return 4;
	if (op == TOK_AND)
		return 5;
	if (op == TOK_EQ || op == TOK_NE)
		return 6;
	if (op == TOK_SHL)
		return 8;
	if (op == TOK_GT && c->i + 1 < c->n && c->v[c->i + 1].kind == TOK_GT &&
	    !c->v[c->i + 1].space)
		return 8;
	if (op == TOK_LT || op == TOK_GT || op == TOK_LE || op == TOK_GE)
		return 7;
	if (op == TOK_PLUS || op == TOK_MINUS)
		return 9;
	if (op == TOK_STAR || op == TOK_SLASH || op == TOK_PERCENT)
		return 10;
	return 0;
}

static int64_t
divide(struct cond *c, enum p4_tok op, int64_t a, int64_t b, bool live)
{
	if (b == 0) {
		if (live)
			fail(c, c->at, "division by zero");
		return 0;
	}
	if (b == -1)
		return op == TOK_SLASH ? (int64_t)(0 - (uint64_t)a) : 0;
	return op == TOK_SLASH ? a / b : a % b;
}

static int64_t
shift(enum p4_tok op, int64_t a, int64_t b)
{
	if (b < 0 || b > 63)
		return op == TOK_GT && a < 0 ? -1 : 0;
	return op == TOK_GT ? a >> b : (int64_t)((uint64_t)a << b);
}

static int64_t
apply(struct cond *c, enum p4_tok op, uint32_t level, int64_t a, int64_t b, bool live)
{
	if (level == 8)
		return shift(op, a, b);
	if (op == TOK_OR_OR)
		return a || b;
	if (op == TOK_AND_AND)
		return a && b;
	if (op == TOK_OR)
		return a | b;
	if (op == TOK_XOR)
		return a ^ b;
	if (op == TOK_AND)
		return a & b;
	if (op == TOK_EQ)
		return a == b;
	if (op == TOK_NE)
		return a != b;
	if (op == TOK_LT)
		return a < b;
	if (op == TOK_GT)
		return a > b;
	if (op == TOK_LE)
		return a <= b;
	if (op == TOK_GE)
		return a >= b;
	if (op == TOK_PLUS)
		return (int64_t)((uint64_t)a + (uint64_t)b);
	if (op == TOK_MINUS)
		return (int64_t)((uint64_t)a - (uint64_t)b);
	if (op == TOK_STAR)
		return (int64_t)((uint64_t)a * (uint64_t)b);
	return divide(c, op, a, b, live);
}

/* binary: primary {operator primary}, operators of at least `min` */
static int64_t
read_binary(struct cond *c, uint32_t min, bool live)
{
	int64_t a = read_primary(c, live);
	enum p4_tok op;
	uint32_t level;

	while ((level = binary_level(c, &op)) >= min && level > 0) {
		bool needed = live && !(op == TOK_AND_AND && !a) && !(op == TOK_OR_OR && a);

		c->i += op == TOK_GT && level == 8 ? 2 : 1;
		a = apply(c, op, level, a, read_binary(c, level + 1, needed), needed);
	}
	return a;
}

/* choice: binary ['?' choice ':' choice] */
static int64_t
read_choice(struct cond *c, bool live)
{
	int64_t v = read_binary(c, 1, live), a, b;

	if (!accept(c, TOK_QUESTION))
		return v;
	if (c->depth >= PP_NESTING) {
		fail(c, here(c), "too many '?'");
		return 0;
	}
	c->depth++;
	a = read_choice(c, live && v);
	if (!accept(c, TOK_COLON))
		fail(c, here(c), "':' is missing");
	b = read_choice(c, live && !v);
	c->depth--;
	return v ? a : b;
}

/* Replaces `defined X` and `defined(X)` before anything is expanded. */
static void
replace_defined(struct p4_pp *pp, const struct p4_token *v, uint32_t n, struct p4_tokens *out)
{
	for (uint32_t i = 0; i < n; i++) {
		struct p4_token t = v[i];

		if (t.kind == TOK_NAME && str_is(t.text, "defined") && i + 1 < n) {
			bool paren = v[i + 1].kind == TOK_LPAREN && i + 3 < n &&
				     v[i + 3].kind == TOK_RPAREN;
			struct str name = v[i + (paren ? 2 : 1)].text;

			t.kind = TOK_NUMBER;
			t.text = map_get(&pp->macros, name) ? STR("1") : STR("0");
			i += paren ? 3 : 1;
		}
		vec_push(pp->arena, &out->list, t);
	}
}

bool
p4_pp_condition(struct p4_pp *pp, const struct p4_token *v, uint32_t n, struct span at)
{
	struct p4_tokens words = { 0 }, out = { 0 };
	struct cond c = { .pp = pp, .at = at };
	int64_t value;

	replace_defined(pp, v, n, &words);
	if (words.list.n)
		p4_pp_expand_list(pp, words.list.v, words.list.n, &out);
	c.v = out.list.v;
	c.n = out.list.n;
	value = read_choice(&c, true);
	if (c.i < c.n)
		fail(&c, here(&c), "unexpected text");
	return !c.failed && value != 0;
}
