/* gen_ops.c - operators: texts of normalized operands in, text of a normalized result out. Up to 64 bits computed in
 * uint64_t, up to 128 in ps_u128, beyond in arrays of words. */
#include "target/soft/gen.h"

static const char *
calc(uint32_t width)
{
	return width <= 64 ? "uint64_t" : "ps_u128";
}

static const char *
suffix(uint32_t width)
{
	return width <= 64 ? "" : "128";
}

static const char *
native(uint32_t width)
{
	return width <= 8 ? "uint8_t" : width <= 16 ? "uint16_t" : width <= 32 ? "uint32_t" : width <= 64 ? "uint64_t" : "ps_u128";
}

const char *
gen_fit(struct gen *g, const char *text, uint32_t width)
{
	if (width == 0)
		return gen_text(g, "(uint8_t)((%s) & 0)", text);
	if (width == 8 || width == 16 || width == 32 || width == 64 || width == 128)
		return gen_text(g, "(%s)(%s)", native(width), text);
	if (width < 64)
		return gen_text(g, "(%s)((%s) & 0x%llxu)", native(width), text, (1ull << width) - 1);
	return gen_text(g, "(ps_u128)((%s) & ps_mask128(%u))", text, width);
}

/* --- wide ------------------------------------------------------------------------------------------- */

/* A statement expression over two wide operands x_, y_ and a result r_. */
static const char *
wide_op(struct gen *g, uint32_t width, const char *a, const char *b, const char *body)
{
	const char *t = gen_wide(g, width);
	uint32_t n = gen_words(width);

	return gen_text(g, "({ %s x_ = %s, y_ = %s, r_; %s ps_wide_trim(r_.w, %u, %u); r_; })", t, a, b, body, n, width);
}

static const char *
wide_words(struct gen *g, uint32_t width, const char *a, const char *b, const char *op)
{
	return wide_op(g, width, a, b,
		       gen_text(g, "for (int i_ = 0; i_ < %u; i_++) r_.w[i_] = x_.w[i_] %s y_.w[i_];", gen_words(width), op));
}

static const char *
wide_call(struct gen *g, uint32_t width, const char *a, const char *b, const char *function)
{
	return wide_op(g, width, a, b, gen_text(g, "ps_wide_%s(r_.w, x_.w, y_.w, %u);", function, gen_words(width)));
}

static const char *
wide_compare(struct gen *g, uint32_t width, const char *a, const char *b, const char *op)
{
	return gen_text(g, "({ %s x_ = %s, y_ = %s; ps_wide_cmp(x_.w, y_.w, %u) %s 0; })", gen_wide(g, width), a, b,
			gen_words(width), op);
}

static const char *
wide_shift(struct gen *g, uint32_t width, const char *a, const char *distance, const char *function)
{
	uint32_t n = gen_words(width);

	return gen_text(g, "({ %s x_ = %s; uint64_t n_ = %s; ps_wide_%s(x_.w, x_.w, %u, n_); ps_wide_trim(x_.w, %u, %u); x_; })",
			gen_wide(g, width), a, distance, function, n, n, width);
}

static const char *
wide_binary(struct gen *g, const struct p4_node *at, enum p4_op op, const struct p4_type *t, const char *a, const char *b)
{
	uint32_t w = gen_width(t);

	if (op == P4_BIT_AND)
		return wide_words(g, w, a, b, "&");
	if (op == P4_BIT_OR)
		return wide_words(g, w, a, b, "|");
	if (op == P4_BIT_XOR)
		return wide_words(g, w, a, b, "^");
	if (op == P4_ADD || op == P4_SUB)
		return wide_call(g, w, a, b, op == P4_ADD ? "add" : "sub");
	if (!gen_is_signed(t) && (op == P4_LT || op == P4_LE || op == P4_GT || op == P4_GE))
		return wide_compare(g, w, a, b, p4_op_text(op));
	return gen_fail(g, at, "operator %s on %u bits can't be executed (at most 128)", p4_op_text(op), w);
}

/* --- pieces ------------------------------------------------------------------------------------------ */

const char *
gen_bits(struct gen *g, const struct p4_type *t, const char *a, uint32_t hi, uint32_t lo)
{
	uint32_t w = gen_width(t), n = hi - lo + 1;
	const char *v;

	if (w > 128)
		return gen_text(g, "({ %s x_ = %s; ps_wide_bits(x_.w, %u, %u, %u); })", gen_wide(g, w), a, gen_words(w), hi, lo);
	v = lo ? gen_text(g, "(%s >> %u)", a, lo) : a;
	if (hi + 1 >= w || n == 64)
		return gen_text(g, "(uint64_t)%s", v);
	return gen_text(g, "((uint64_t)%s & 0x%llxu)", v, (1ull << n) - 1);
}

/* The words of a slice of anything, as an initializer of a wide value. */
static const char *
wide_slice(struct gen *g, const struct p4_type *from, const char *a, uint32_t hi, uint32_t lo)
{
	uint32_t width = hi - lo + 1, n = gen_words(width);
	const char *text = "";

	for (uint32_t i = 0; i < n; i++) {
		uint32_t low = lo + 64 * i, high = low + 63 < hi ? low + 63 : hi;

		text = gen_text(g, "%s%s%s", text, i ? ", " : "", gen_bits(g, from, "v_", high, low));
	}
	return gen_text(g, "({ %s v_ = %s; (%s){ { %s } }; })", gen_type(g, from), a, gen_wide(g, width), text);
}

const char *
gen_slice(struct gen *g, const struct p4_type *from, const char *a, uint32_t hi, uint32_t lo)
{
	uint32_t width = hi - lo + 1, w = gen_width(from);

	if (width > 128)
		return wide_slice(g, from, a, hi, lo);
	if (width <= 64)
		return gen_text(g, "(%s)%s", native(width), gen_bits(g, from, a, hi, lo));
	if (w <= 128)
		return gen_fit(g, gen_text(g, "%s >> %u", a, lo), width);
	return gen_text(g, "({ %s v_ = %s; PS_U128(%s, %s); })", gen_type(g, from), a, gen_bits(g, from, "v_", hi, lo + 64),
			gen_bits(g, from, "v_", lo + 63, lo));
}

/* --- binary -------------------------------------------------------------------------------------------- */

static const char *
compare(struct gen *g, enum p4_op op, const struct p4_type *t, const char *a, const char *b)
{
	uint32_t w = gen_width(t);

	if (gen_is_signed(t))
		return gen_text(g, "(ps_sext%s(%s, %u) %s ps_sext%s(%s, %u))", suffix(w), a, w, p4_op_text(op), suffix(w), b, w);
	return gen_text(g, "(%s %s %s)", a, p4_op_text(op), b);
}

static const char *
shift(struct gen *g, enum p4_op op, const struct p4_type *t, const char *a, const char *n)
{
	uint32_t w = gen_width(t);

	if (w > 128 && op == P4_SHR && gen_is_signed(t))
		return NULL;
	if (w > 128)
		return wide_shift(g, w, a, n, op == P4_SHL ? "shl" : "shr");
	if (op == P4_SHL)
		return gen_text(g, "(%s)ps_shl%s(%s, %s, %u)", native(w), suffix(w), a, n, w);
	if (gen_is_signed(t))
		return gen_text(g, "(%s)ps_sar%s(%s, %s, %u)", native(w), suffix(w), a, n, w);
	return gen_text(g, "(%s)ps_shr%s(%s, %s)", native(w), suffix(w), a, n);
}

static const char *
saturate(struct gen *g, enum p4_op op, const struct p4_type *t, const char *a, const char *b)
{
	uint32_t w = gen_width(t);

	if (gen_is_signed(t))
		return gen_text(g, "(%s)ps_%s_sat(%s, %s, %u)", native(w), op == P4_ADD_SAT ? "adds" : "subs", a, b, w);
	if (op == P4_ADD_SAT)
		return gen_text(g, "(%s)ps_add_sat(%s, %s, %u)", native(w), a, b, w);
	return gen_text(g, "(%s)ps_sub_sat(%s, %s)", native(w), a, b);
}

/* Joins two scalars; the wider cases through words. */
static const char *
concat(struct gen *g, const struct p4_type *ta, const char *a, const struct p4_type *tb, const char *b)
{
	uint32_t wa = gen_width(ta), wb = gen_width(tb), w = wa + wb;
	const char *text;

	if (wa == 0 || wb == 0)
		return wa == 0 ? gen_text(g, "((void)(%s), %s)", a, b) : gen_text(g, "((void)(%s), %s)", b, a);
	if (w <= 128)
		return gen_text(g, "(%s)((%s)%s << %u | %s)", native(w), calc(w), a, wb, b);
	text = gen_text(g, "({ %s a_ = %s; %s b_ = %s; %s c_ = { { 0 } };", gen_type(g, ta), a, gen_type(g, tb), b, gen_wide(g, w));
	for (uint32_t lo = 0; lo < w;) {
		bool low = lo < wb;
		uint32_t from = low ? lo : lo - wb, end = low ? wb : wa, n = end - from < 64 ? end - from : 64;

		text = gen_text(g, "%s ps_wide_put(c_.w, %u, %u, %u, %s);", text, gen_words(w), lo + n - 1, lo,
				gen_bits(g, low ? tb : ta, low ? "b_" : "a_", from + n - 1, from));
		lo += n;
	}
	return gen_text(g, "%s c_; })", text);
}

static const char *
divide(struct gen *g, const struct p4_node *at, enum p4_op op, const struct p4_type *t, const char *a, const char *b)
{
	uint32_t w = gen_width(t);

	if (gen_is_signed(t))
		return gen_fail(g, at, "operator %s on signed values can't be executed", p4_op_text(op));
	return gen_text(g, "(%s)ps_%s%s(%s, %s)", native(w), op == P4_DIV ? "div" : "mod", suffix(w), a, b);
}

static const char *
arithmetic(struct gen *g, const struct p4_node *at, enum p4_op op, const struct p4_type *t, const char *a, const char *b)
{
	uint32_t w = gen_width(t);

	switch (op) {
	case P4_ADD: case P4_SUB: case P4_MUL:
		return gen_fit(g, gen_text(g, "(%s)%s %s %s", calc(w), a, p4_op_text(op), b), w);
	case P4_DIV: case P4_MOD:
		return divide(g, at, op, t, a, b);
	case P4_ADD_SAT: case P4_SUB_SAT:
		return saturate(g, op, t, a, b);
	case P4_BIT_AND: case P4_BIT_OR: case P4_BIT_XOR:
		return gen_text(g, "(%s)(%s %s %s)", native(w), a, p4_op_text(op), b);
	case P4_AND: case P4_OR:
		return gen_text(g, "(%s %s %s)", a, p4_op_text(op), b);
	case P4_LT: case P4_LE: case P4_GT: case P4_GE:
		return compare(g, op, t, a, b);
	case P4_EQ: case P4_NE: case P4_SHL: case P4_SHR: case P4_CONCAT:
	case P4_OP_NONE: case P4_NEG: case P4_PLUS: case P4_NOT: case P4_BIT_NOT:
		break;
	}
	bug("operator %d", (int)op);
}

const char *
gen_binary(struct gen *g, const struct p4_node *at, enum p4_op op, const struct p4_type *t, const char *a,
	   const struct p4_type *tb, const char *b, const struct p4_node *bnode)
{
	const char *r;

	if (op == P4_EQ)
		return gen_equal(g, at, t, a, b);
	if (op == P4_NE)
		return gen_text(g, "(!%s)", gen_equal(g, at, t, a, b));
	if (!gen_is_scalar(t))
		return gen_fail(g, at, "operator %s on this type can't be executed", p4_op_text(op));
	if (op == P4_CONCAT)
		return concat(g, t, a, tb, b);
	if (op == P4_SHL || op == P4_SHR) {
		r = shift(g, op, t, a, b);
		return r ? r : gen_fail(g, bnode, "shifting a signed value of more than 128 bits can't be executed");
	}
	return gen_is_wide(t) ? wide_binary(g, at, op, t, a, b) : arithmetic(g, at, op, t, a, b);
}

const char *
gen_unary(struct gen *g, enum p4_op op, const struct p4_type *t, const char *a)
{
	uint32_t w = gen_width(t);

	if (op == P4_NOT)
		return gen_text(g, "(!%s)", a);
	if (op == P4_PLUS)
		return a;
	if (w > 128)
		return op == P4_NEG ? wide_call(g, w, gen_zero(g, t), a, "sub") :
				      wide_op(g, w, a, a, gen_text(g, "for (int i_ = 0; i_ < %u; i_++) r_.w[i_] = ~x_.w[i_] | (y_.w[i_] & 0);",
								   gen_words(w)));
	if (op == P4_NEG)
		return gen_fit(g, gen_text(g, "0 - (%s)%s", calc(w), a), w);
	return gen_fit(g, gen_text(g, "~(%s)%s", calc(w), a), w);
}

/* --- casts ----------------------------------------------------------------------------------------------- */

static const char *
widen(struct gen *g, const struct p4_type *from, const char *a, uint32_t w)
{
	uint32_t wf = gen_width(from), n = gen_words(w);
	const char *fill = "0";

	if (w <= 128) {
		if (!gen_is_signed(from))
			return gen_text(g, "(%s)%s", native(w), a);
		return gen_fit(g, gen_text(g, "(%s)ps_sext%s(%s, %u)", calc(w), suffix(wf), a, wf), w);
	}
	if (gen_is_signed(from))
		fill = gen_text(g, "(%s) ? ~UINT64_C(0) : 0", gen_bits(g, from, "a_", wf - 1, wf - 1));
	a = gen_text(g, "({ %s a_ = %s; uint64_t s_ = %s; %s c_; for (int i_ = 0; i_ < %u; i_++) c_.w[i_] = s_;",
		     gen_type(g, from), a, fill, gen_wide(g, w), n);
	for (uint32_t lo = 0; lo < wf; lo += 64) {
		uint32_t hi = lo + 63 < wf ? lo + 63 : wf - 1;

		a = gen_text(g, "%s ps_wide_put(c_.w, %u, %u, %u, %s);", a, n, hi, lo, gen_bits(g, from, "a_", hi, lo));
	}
	return gen_text(g, "%s ps_wide_trim(c_.w, %u, %u); c_; })", a, n, w);
}

const char *
gen_cast(struct gen *g, const struct p4_node *at, const struct p4_type *to, const struct p4_type *from, const char *a)
{
	uint32_t w, wf;

	if (!gen_is_scalar(to) || (!gen_is_scalar(from) && p4_type_strip(from)->kind != P4_TY_INT)) {
		if (p4_type_eq(p4_type_strip(to), p4_type_strip(from)))
			return a;
		return gen_fail(g, at, "this cast can't be executed");
	}
	w = gen_width(to);
	wf = gen_width(from);
	if (w == wf)
		return a;
	if (w == 0)
		return gen_text(g, "((void)(%s), (uint8_t)0)", a);
	if (wf == 0)
		return gen_text(g, "((void)(%s), %s)", a, gen_zero(g, to));
	return w < wf ? gen_slice(g, from, a, w - 1, 0) : widen(g, from, a, w);
}
