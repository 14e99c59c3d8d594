/* gen_expr.c - the queries' expressions as C. Values are kept unsigned and within their width, so that operators only have to cut
 * what grew. */
#include <inttypes.h>
#include <stdarg.h>

#include "ir/text.h"
#include "target/linux/gen.h"

void
ebpf_fail(struct gen *g, const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (g->query.n)
		diag_error(g->d, g->at, "query %.*s: %s", STRA(g->query), text);
	else /* what several queries share */
		diag_error(g->d, g->at, "%s", text);
	fputc('0', g->out);
}

uint32_t
ebpf_width(const struct ir_expr *e)
{
	return e->type.kind == IR_BOOL ? 1 : e->type.width;
}

const char *
ebpf_type(uint32_t width)
{
	return width > 64 ? "u128" : "u64";
}

static void
print_number(FILE *out, uint32_t width, ir_u128 v)
{
	if (width < 128)
		v &= ((ir_u128)1 << width) - 1;
	if (width > 64)
		fprintf(out, "((u128)0x%" PRIx64 "ull << 64 | 0x%" PRIx64 "ull)", (uint64_t)(v >> 64), (uint64_t)v);
	else if (v < 10000)
		fprintf(out, "%" PRIu64 "ull", (uint64_t)v);
	else
		fprintf(out, "0x%" PRIx64 "ull", (uint64_t)v);
}

/* --- fields ------------------------------------------------------------------------------------ */

/* Up to 64 bits of a header, `from` bits after its first. */
static void
print_bits(FILE *out, const char *name, uint32_t from, uint32_t width)
{
	uint32_t first = from / 8, last = (from + width - 1) / 8, below = 7 - (from + width - 1) % 8;

	if (from % 8 == 0 && (width == 16 || width == 32)) {
		fprintf(out, "(u64)ps_be%u(h->%s + %u)", width, name, first);
		return;
	}
	fputs("((", out);
	for (uint32_t i = first; i <= last; i++)
		fprintf(out, "%s(u64)h->%s[%u] << %u", i > first ? " | " : "", name, i, 8 * (last - i));
	fputc(')', out);
	if (below)
		fprintf(out, " >> %u", below);
	if (width < 64 && (below || (width % 8)))
		fprintf(out, " & 0x%" PRIx64 "ull", ((uint64_t)1 << width) - 1);
	fputc(')', out);
}

/* Names of headers in struct ps_headers. */
static const char *const header_names[] = {
#define HEADER(path, name) #name,
#define FIELD(name, width)
#include "target/linux/headers.def"
#undef HEADER
#undef FIELD
};

static void
print_header_field(struct gen *g, const struct ir_field *f)
{
	const struct ir_schema_header *h = &g->plan->program->schema.headers.v[f->header];
	uint32_t from = 0, width = f->hi - f->lo + 1;

	for (uint32_t i = 0; i < f->field; i++)
		from += h->fields.v[i].width;
	from += h->fields.v[f->field].width - 1 - f->hi;
	if (width <= 64) {
		print_bits(g->out, header_names[f->header], from, width);
		return;
	}
	fputs("((u128)", g->out);
	print_bits(g->out, header_names[f->header], from, width - 64);
	fputs(" << 64 | ", g->out);
	print_bits(g->out, header_names[f->header], from + width - 64, 64);
	fputc(')', g->out);
}

static void
print_field(struct gen *g, const struct ir_field *f)
{
	switch (f->kind) {
	case IR_F_HEADER:
		print_header_field(g, f);
		return;
	case IR_F_VALID:
		fprintf(g->out, "(u64)(h->valid >> %u & 1)", f->header);
		return;
	case IR_F_PORT_IN:
		fputs("(u64)port_in", g->out);
		return;
	case IR_F_PORT_INTENT:
	case IR_F_PORT_OUT:
		fputs("(u64)port", g->out);
		return;
	case IR_F_TIME_IN:
		fputs("time_in", g->out);
		return;
	case IR_F_LEN_IN:
	case IR_F_LEN_OUT:
		fputs("(u64)len", g->out);
		return;
	case IR_F_Q_TIME_IN:
		fputs("t->q_time_in", g->out);
		return;
	case IR_F_Q_TIME_OUT:
		fputs("q_time_out", g->out);
		return;
	case IR_F_Q_LEN_IN:
		fputs("(u64)t->q_len_in", g->out);
		return;
	case IR_F_Q_LEN_OUT:
		fputs("(u64)t->q_len_out", g->out);
		return;
	case IR_F_Q_DELAY:
		fputs("(q_time_out - t->q_time_in)", g->out);
		return;
	case IR_F_DROP_REASON:
	case IR_F_DROP_CLASS:
		fputs("(u64)reason", g->out);
		return;
	case IR_F_INSTANCE:
		fputs("(u64)instance", g->out);
		return;
	case IR_F_Q_BYTES:
		fputs("(u64)t->q_bytes", g->out);
		return;
	case IR_F_QDISC:
		fputs("(u64)qdisc", g->out);
		return;
	case IR_F_NETNS:
		fputs("(u64)PS_NETNS", g->out);
		return;
	case IR_F_META:
		break;
	}
	ebpf_fail(g, "the kernel has no %.*s", STRA(f->text));
}

/* --- conversions ------------------------------------------------------------------------------- */

/* `e` in `width` bits: wider ones repeat the sign of a signed value. */
static void
print_as(struct gen *g, const struct ir_expr *e, enum ir_instant at, uint32_t width)
{
	uint32_t have = ebpf_width(e);

	if (width > 64 && have <= 64)
		fputs("(u128)", g->out);
	if (e->type.is_signed && have < width && width <= 64) {
		fputs("((u64)((s64)(", g->out);
		ebpf_value(g, e, at);
		fprintf(g->out, " << %u) >> %u) & 0x%" PRIx64 "ull)", 64 - have, 64 - have,
			width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1);
		return;
	}
	ebpf_value(g, e, at);
}

static void
open_cut(struct gen *g, uint32_t width)
{
	fputs(width == 64 || width == 128 ? "(" : "((", g->out);
}

static void
close_cut(struct gen *g, uint32_t width)
{
	if (width == 64 || width == 128) {
		fputc(')', g->out);
		return;
	}
	fputs(") & ", g->out);
	print_number(g->out, width, ~(ir_u128)0);
	fputc(')', g->out);
}

/* --- drop reasons ------------------------------------------------------------------------------ */

/* The code of a name, with or without the kernel's prefix; 0 after an error. */
static uint32_t
reason_code(struct gen *g, struct str text)
{
	const struct kernel_facts *f = g->o->facts;
	struct str name = text, prefix = STR("SKB_DROP_REASON_");
	struct str *list = arena_array(g->a, struct str, f->reasons.n + 1);

	if (str_starts(name, prefix))
		name = str_sub(name, prefix.n, name.n);
	for (uint32_t i = 0; i < f->reasons.n; i++) {
		list[i] = f->reasons.v[i].name;
		if (str_eq(list[i], name))
			return f->reasons.v[i].code;
	}
	if (!f->has_reason)
		return 0; /* which was said */
	diag_error(g->d, g->at, "query %.*s: the running kernel has no drop reason \"%.*s\"", STRA(g->query), STRA(text));
	diag_nearest(g->d, name, list, f->reasons.n);
	return 0;
}

/* The codes of all reasons of the class; 0 is of packets that were not dropped. */
static void
print_class_is(struct gen *g, const struct ir_expr *code, struct str class, enum ir_instant at)
{
	fputs("(0", g->out);
	if (!class.n) {
		fputs(" || ", g->out);
		ebpf_value(g, code, at);
		fputs(" == 0", g->out);
	}
	vec_each(r, &g->o->facts->reasons) {
		if (!r->code || !str_eq(discard_text_of_kernel(r->name), class))
			continue;
		fputs(" || ", g->out);
		ebpf_value(g, code, at);
		fprintf(g->out, " == %uull", r->code << 20);
	}
	fputc(')', g->out);
}

static bool
print_reasons(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	const struct ir_expr *text = e->a->op == IR_CONST ? e->a : e->b, *code = text == e->a ? e->b : e->a;

	if (!ir_is_text(code->type.kind) || text->op != IR_CONST)
		return false;
	if (e->op != IR_EQ && e->op != IR_NE) {
		ebpf_fail(g, "drop reasons have no order");
		return true;
	}
	if (code->type.kind == IR_DISCARD) {
		fprintf(g->out, "(u64)(%s", e->op == IR_EQ ? "" : "!");
		print_class_is(g, code, text->text, at);
		fputc(')', g->out);
		return true;
	}
	fputs("(u64)(", g->out);
	ebpf_value(g, code, at);
	fprintf(g->out, " %s %uull)", e->op == IR_EQ ? "==" : "!=", text->text.n ? reason_code(g, text->text) << 20 : 0);
	return true;
}

/* --- operators --------------------------------------------------------------------------------- */

static void
print_comparison(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t a = ebpf_width(e->a), b = ebpf_width(e->b), width = a > b ? a : b;
	bool sa = e->a->type.is_signed, sb = e->b->type.is_signed;
	bool is_signed = a == b ? sa && sb : a > b ? sa : sb;

	if (print_reasons(g, e, at))
		return;
	if (is_signed && width > 64) {
		ebpf_fail(g, "signed numbers of more than 64 bits can't be compared in the kernel");
		return;
	}
	fputs(is_signed ? "(u64)((s64)(" : "(u64)((", g->out);
	print_as(g, e->a, at, width);
	if (is_signed)
		fprintf(g->out, " << %u", 64 - width);
	fprintf(g->out, is_signed ? ") %s (s64)(" : ") %s (", ir_op_words[e->op]);
	print_as(g, e->b, at, width);
	if (is_signed)
		fprintf(g->out, " << %u", 64 - width);
	fputs("))", g->out);
}

static void
print_arithmetic(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t width = ebpf_width(e);

	if (e->op == IR_MUL && width > 64) {
		ebpf_fail(g, "numbers of more than 64 bits can't be multiplied in the kernel");
		return;
	}
	open_cut(g, width);
	print_as(g, e->a, at, width);
	fprintf(g->out, " %s ", ir_op_words[e->op]);
	print_as(g, e->b, at, width);
	close_cut(g, width);
}

/* Shifts by the width or more give 0 (or the sign), which C leaves open. */
static void
print_shift(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t width = ebpf_width(e);

	if (e->b->op != IR_CONST || e->type.is_signed) {
		ebpf_fail(g, "the kernel shifts unsigned values by constants only");
		return;
	}
	if (e->b->value < 0 || e->b->value >= width) {
		fputs("0ull", g->out);
		return;
	}
	open_cut(g, width);
	print_as(g, e->a, at, width);
	fprintf(g->out, " %s %u", ir_op_words[e->op], (uint32_t)e->b->value);
	close_cut(g, width);
}

static void
print_division(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	if (e->b->op != IR_CONST || e->b->value <= 0 || e->type.is_signed || ebpf_width(e) > 64) {
		ebpf_fail(g, "the data plane divides only unsigned values of up to 64 bits, by positive constants");
		return;
	}
	fputc('(', g->out);
	print_as(g, e->a, at, ebpf_width(e));
	fprintf(g->out, " %s ", ir_op_words[e->op]);
	print_as(g, e->b, at, ebpf_width(e));
	fputc(')', g->out);
}

static void
print_compute(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	switch (e->op) {
	case IR_NOT:
		fputs("(u64)!", g->out);
		ebpf_truth(g, e->a, at);
		return;
	case IR_NEG:
	case IR_BIT_NOT:
		open_cut(g, ebpf_width(e));
		fputs(e->op == IR_NEG ? "-" : "~", g->out);
		print_as(g, e->a, at, ebpf_width(e));
		close_cut(g, ebpf_width(e));
		return;
	case IR_AND:
	case IR_OR:
		fputs("(u64)(", g->out);
		ebpf_truth(g, e->a, at);
		fputs(e->op == IR_AND ? " && " : " || ", g->out);
		ebpf_truth(g, e->b, at);
		fputc(')', g->out);
		return;
	case IR_EQ:
	case IR_NE:
	case IR_LT:
	case IR_LE:
	case IR_GT:
	case IR_GE:
		print_comparison(g, e, at);
		return;
	case IR_DIV:
	case IR_MOD:
		print_division(g, e, at);
		return;
	case IR_SHL:
	case IR_SHR:
		print_shift(g, e, at);
		return;
	case IR_ADD:
	case IR_SUB:
	case IR_MUL:
	case IR_AND_BITS:
	case IR_OR_BITS:
	case IR_XOR_BITS:
		print_arithmetic(g, e, at);
		return;
	case IR_CONST:
	case IR_FIELD:
	case IR_COLUMN:
		break;
	}
	bug("expression %u can't be computed", e->id);
}

void
ebpf_value(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t tag = 0;

	switch (plan_read(g->plan, e, at, &tag)) {
	case PLAN_READ_TAG:
		fprintf(g->out, "(%s)t->c%u", ebpf_type(ebpf_width(e)), tag);
		return;
	case PLAN_READ_FIELD:
		print_field(g, e->field);
		return;
	case PLAN_READ_CONST:
		if (e->type.kind == IR_REASON || e->type.kind == IR_FLOAT)
			ebpf_fail(g, "this constant has no form in the kernel");
		else
			print_number(g->out, ebpf_width(e), (ir_u128)e->value);
		return;
	case PLAN_READ_COMPUTE:
		print_compute(g, e, at);
		return;
	}
}

void
ebpf_truth(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	fputc('(', g->out);
	ebpf_value(g, e, at);
	fputs(" != 0)", g->out);
}
