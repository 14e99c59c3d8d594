/* print_expr.c - expressions, types and annotations, with as few parentheses as the grammar needs.
 */
#include "p4/print.h"

#include "base/arena.h"
#include "base/diag.h"

/* How tightly an expression binds; the parser's levels, with those above and below. */
#define LEVEL_TERNARY 0
#define LEVEL_COMPARE 4
#define LEVEL_UNARY 11
#define LEVEL_POSTFIX 12

static uint32_t
op_level(enum p4_op op)
{
	static const uint8_t levels[] = {
		[P4_OR] = 1,
		[P4_AND] = 2,
		[P4_EQ] = 3,
		[P4_NE] = 3,
		[P4_LT] = LEVEL_COMPARE,
		[P4_LE] = LEVEL_COMPARE,
		[P4_GT] = LEVEL_COMPARE,
		[P4_GE] = LEVEL_COMPARE,
		[P4_BIT_OR] = 5,
		[P4_BIT_XOR] = 6,
		[P4_BIT_AND] = 7,
		[P4_SHL] = 8,
		[P4_SHR] = 8,
		[P4_CONCAT] = 9,
		[P4_ADD] = 9,
		[P4_SUB] = 9,
		[P4_ADD_SAT] = 9,
		[P4_SUB_SAT] = 9,
		[P4_MUL] = 10,
		[P4_DIV] = 10,
		[P4_MOD] = 10,
		[P4_NEG] = 0,
	};

	return levels[op];
}

static uint32_t
level_of(const struct p4_node *n)
{
	if (n->kind == P4_BINARY)
		return op_level(n->u.binary.op);
	if (n->kind == P4_TERNARY)
		return LEVEL_TERNARY;
	if (n->kind == P4_UNARY || n->kind == P4_CAST)
		return LEVEL_UNARY;
	if (n->kind == P4_INT && n->u.integer.value.neg)
		return LEVEL_UNARY;
	return LEVEL_POSTFIX;
}

/* Casts that the checker put in are not the user's. */
static const struct p4_node *
as_written(const struct p4_node *n)
{
	while (n->kind == P4_CAST && n->u.cast.implicit)
		n = n->u.cast.a;
	return n;
}

void
p4_print_expr_level(struct p4_printer *pr, const struct p4_node *n, uint32_t min)
{
	n = as_written(n);
	if (level_of(n) >= min) {
		p4_print_any(pr, n);
		return;
	}
	putc('(', pr->out);
	p4_print_any(pr, n);
	putc(')', pr->out);
}

/* --- literals ------------------------------------------------------------------------------- */

/* Digits in base 2 or 8, from the most significant one. */
static void
print_digits(FILE *out, struct big v, uint32_t bits_per_digit)
{
	uint32_t n = big_bits_unsigned(v);

	n = n ? (n + bits_per_digit - 1) / bits_per_digit : 1;
	while (n-- > 0) {
		uint32_t digit = 0;

		for (uint32_t k = bits_per_digit; k-- > 0;)
			digit = digit * 2 + big_bit(v, n * bits_per_digit + k);
		putc('0' + (int)digit, out);
	}
}

void
p4_print_int(struct p4_printer *pr, const struct p4_node *n)
{
	struct big v = n->u.integer.value;

	if (v.neg)
		putc('-', pr->out);
	v.neg = false;
	if (n->u.integer.width)
		fprintf(pr->out, "%u%c", n->u.integer.width, n->u.integer.is_signed ? 's' : 'w');
	if (n->u.integer.base == 2 || n->u.integer.base == 8) {
		fputs(n->u.integer.base == 2 ? "0b" : "0o", pr->out);
		print_digits(pr->out, v, n->u.integer.base == 2 ? 1 : 3);
	} else {
		struct arena *a = arena_make();
		struct str text = big_text(a, v, n->u.integer.base == 16 ? 16 : 10);

		fwrite(text.p, 1, text.n, pr->out);
		arena_free(a);
	}
}

void
p4_print_bool(struct p4_printer *pr, const struct p4_node *n)
{
	fputs(n->u.boolean ? "true" : "false", pr->out);
}

void
p4_print_string(struct p4_printer *pr, const struct p4_node *n)
{
	putc('"', pr->out);
	if (n->u.string.n)
		fwrite(n->u.string.p, 1, n->u.string.n, pr->out); /* any bytes, zeros too */
	putc('"', pr->out);
}

/* What is a fixed word (or sign). */
void
p4_print_word(struct p4_printer *pr, const struct p4_node *n)
{
	static const char *const words[] = {
		[P4_BAD] = "/* error */",
		[P4_INVALID_EXPR] = "{#}",
		[P4_DEFAULT] = "default",
		[P4_DONTCARE] = "_",
		[P4_DOTS] = "...",
		[P4_THIS] = "this",
		[P4_T_INT] = "int",
		[P4_T_BOOL] = "bool",
		[P4_T_ERROR] = "error",
		[P4_T_STRING] = "string",
		[P4_T_MATCH_KIND] = "match_kind",
		[P4_T_VOID] = "void",
		[P4_T_DONTCARE] = "_",
	};

	fputs(words[n->kind], pr->out);
}

void
p4_print_name(struct p4_printer *pr, const struct p4_node *n)
{
	bool absolute = n->kind != P4_TYPE_PARAM && n->u.ref.absolute;

	fprintf(pr->out, "%s%.*s", absolute ? "." : "", STRA(n->name));
}

/* --- postfix -------------------------------------------------------------------------------- */

void
p4_print_type_expr(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_any(pr, n->u.type_expr.type);
}

void
p4_print_member(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_expr_level(pr, n->u.member.object, LEVEL_POSTFIX);
	fprintf(pr->out, ".%.*s", STRA(n->name));
}

void
p4_print_index(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_expr_level(pr, n->u.index.object, LEVEL_POSTFIX);
	putc('[', pr->out);
	p4_print_any(pr, as_written(n->u.index.index));
	putc(']', pr->out);
}

void
p4_print_slice(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *first = n->u.slice.plus ? n->u.slice.lo : n->u.slice.hi;
	const struct p4_node *second = n->u.slice.plus ? n->u.slice.hi : n->u.slice.lo;

	p4_print_expr_level(pr, n->u.slice.object, LEVEL_POSTFIX);
	putc('[', pr->out);
	p4_print_expr_level(pr, first, LEVEL_TERNARY + 1);
	fputs(n->u.slice.plus ? "+:" : ":", pr->out);
	p4_print_expr_level(pr, second, LEVEL_TERNARY + 1);
	putc(']', pr->out);
}

void
p4_print_call(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_expr_level(pr, n->u.call.callee, LEVEL_POSTFIX);
	if (n->u.call.type_args.n)
		p4_print_type_args(pr, &n->u.call.type_args);
	p4_print_args(pr, &n->u.call.args);
}

void
p4_print_arg(struct p4_printer *pr, const struct p4_node *n)
{
	if (n->name.n)
		fprintf(pr->out, "%.*s = ", STRA(n->name));
	p4_print_any(pr, n->u.arg.expr);
}

/* --- operators ------------------------------------------------------------------------------ */

void
p4_print_unary(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *a = as_written(n->u.unary.a);

	fputs(p4_op_text(n->u.unary.op), pr->out);
	if (n->u.unary.op == P4_PLUS && a->kind == P4_UNARY && a->u.unary.op == P4_PLUS)
		putc(' ', pr->out); /* ++ would be one sign */
	p4_print_expr_level(pr, a, LEVEL_UNARY);
}

/* All operators associate to the left. A comparison within a comparison keeps its parentheses on
 * both sides: `a < b > (c)` could be read as a call with type arguments. */
void
p4_print_binary(struct p4_printer *pr, const struct p4_node *n)
{
	uint32_t level = op_level(n->u.binary.op);

	p4_print_expr_level(pr, n->u.binary.a, level + (level == LEVEL_COMPARE));
	fprintf(pr->out, " %s ", p4_op_text(n->u.binary.op));
	p4_print_expr_level(pr, n->u.binary.b, level + 1);
}

/* A choice within a choice always gets parentheses: not every compiler of P4 pairs them up alike.
 */
void
p4_print_ternary(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_expr_level(pr, n->u.ternary.cond, LEVEL_TERNARY + 1);
	fputs(" ? ", pr->out);
	p4_print_expr_level(pr, n->u.ternary.a, LEVEL_TERNARY + 1);
	fputs(" : ", pr->out);
	p4_print_expr_level(pr, n->u.ternary.b, LEVEL_TERNARY + 1);
}

/* A sign after a cast gets parentheses: `(T)-x` reads as a difference when T isn't known. */
void
p4_print_cast(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *a = as_written(n->u.cast.a);
	bool is_sign =
		(a->kind == P4_UNARY && (a->u.unary.op == P4_NEG || a->u.unary.op == P4_PLUS)) ||
		(a->kind == P4_INT && a->u.integer.value.neg);

	if (n->u.cast.implicit) {
		p4_print_any(pr, a);
		return;
	}
	putc('(', pr->out);
	p4_print_any(pr, n->u.cast.to);
	putc(')', pr->out);
	p4_print_expr_level(pr, a, is_sign ? LEVEL_POSTFIX : LEVEL_UNARY);
}

void
p4_print_pair(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_expr_level(pr, n->u.pair.a, LEVEL_TERNARY);
	fputs(n->kind == P4_MASK ? " &&& " : " .. ", pr->out);
	p4_print_expr_level(pr, n->u.pair.b, LEVEL_TERNARY);
}

/* --- lists ---------------------------------------------------------------------------------- */

void
p4_print_braced_list(struct p4_printer *pr, const struct p4_node *n)
{
	if (n->u.list.items.n == 0 && !n->u.list.dots) {
		fputs("{}", pr->out);
		return;
	}
	fputs("{ ", pr->out);
	p4_print_list(pr, &n->u.list.items);
	if (n->u.list.dots)
		fputs(n->u.list.items.n ? ", ..." : "...", pr->out);
	fputs(" }", pr->out);
}

void
p4_print_named(struct p4_printer *pr, const struct p4_node *n)
{
	fprintf(pr->out, "%.*s = ", STRA(n->name));
	p4_print_any(pr, n->u.named.expr);
}

void
p4_print_annotation(struct p4_printer *pr, const struct p4_node *n)
{
	bool has_args = n->u.annotation.args.n > 0;

	fprintf(pr->out, "@%.*s", STRA(n->name));
	if (!has_args && !n->u.annotation.has_body)
		return;
	putc(n->u.annotation.brackets ? '[' : '(', pr->out);
	if (has_args)
		p4_print_list(pr, &n->u.annotation.args);
	else if (n->u.annotation.body.n)
		fwrite(n->u.annotation.body.p, 1, n->u.annotation.body.n, pr->out);
	putc(n->u.annotation.brackets ? ']' : ')', pr->out);
}

/* --- types ---------------------------------------------------------------------------------- */

void
p4_print_sized(struct p4_printer *pr, const struct p4_node *n)
{
	const struct p4_node *width = n->u.sized.width;
	bool plain;

	fputs(n->kind == P4_T_BIT ? "bit" : n->kind == P4_T_SIGNED ? "int" : "varbit", pr->out);
	if (!width)
		return;
	width = as_written(width);
	plain = width->kind == P4_INT && !width->u.integer.value.neg;
	fputs(plain ? "<" : "<(", pr->out);
	p4_print_any(pr, width);
	fputs(plain ? ">" : ")>", pr->out);
}

void
p4_print_specialized(struct p4_printer *pr, const struct p4_node *n)
{
	if (n->kind == P4_T_SPECIALIZED)
		p4_print_any(pr, n->u.specialized.base);
	else
		fputs(n->kind == P4_T_TUPLE ? "tuple" : "list", pr->out);
	p4_print_type_args(pr, &n->u.specialized.args);
}

void
p4_print_stack(struct p4_printer *pr, const struct p4_node *n)
{
	p4_print_any(pr, n->u.stack.elem);
	putc('[', pr->out);
	p4_print_any(pr, n->u.stack.size);
	putc(']', pr->out);
}
