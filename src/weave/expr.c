/* expr.c - the queries' expressions as P4. Everything is put in parentheses: the printer leaves out
 * those that are not needed. */
#include <inttypes.h>

#include "ir/text.h"
#include "ir/value.h"
#include "weave/weaver.h"

void
weave_tag(struct weaver *w, FILE *out, struct str carrier, const struct plan_tag *t)
{
	fprintf(out, "%.*s.s%u", STRA(carrier), t->slot);
	if (t->lo != 0 || t->width != w->plan->slots.v[t->slot].width)
		fprintf(out, "[%u:%u]", t->lo + t->width - 1, t->lo);
}

static const struct role *
role_at(const struct weaver *w, enum ir_instant at)
{
	return &w->roles[at >= IR_AT_DEQ];
}

/* --- constants ---------------------------------------------------------------------------------
 */

static void
print_hex(FILE *out, ir_u128 v)
{
	uint64_t hi = (uint64_t)(v >> 64), lo = (uint64_t)v;

	if (hi)
		fprintf(out, "0x%" PRIx64 "%016" PRIx64, hi, lo);
	else
		fprintf(out, "0x%08" PRIx64, lo);
}

static void
print_const(FILE *out, struct ir_type t, ir_i128 v)
{
	ir_u128 bits = t.width >= 128 ? (ir_u128)v : (ir_u128)v & (((ir_u128)1 << t.width) - 1);
	bool hex = t.kind == IR_IPV4 || t.kind == IR_IPV6 || t.kind == IR_MAC || bits >> 63;

	if (t.kind == IR_BOOL) {
		fputs(v ? "true" : "false", out);
		return;
	}
	if (t.is_signed && v >= 0 && !hex) {
		fprintf(out, "%us%" PRIu64, t.width, (uint64_t)bits);
		return;
	}
	if (t.is_signed)
		fprintf(out, "((int<%u>)", t.width);
	fprintf(out, "%uw", t.width);
	if (hex || t.is_signed)
		print_hex(out, bits);
	else
		fprintf(out, "%" PRIu64, (uint64_t)bits);
	if (t.is_signed)
		fputc(')', out);
}

/* --- conversions -------------------------------------------------------------------------------
 */

/* A value of one type as another: first wider in its own sign, then the sign. */
static void
print_as(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at, uint32_t width,
	 bool is_signed)
{
	uint32_t have = e->type.width;
	bool sign = e->type.is_signed;

	if (e->type.kind == IR_BOOL) {
		have = 1;
		sign = false;
	}
	if (is_signed != sign)
		fprintf(out, "((%s<%u>)", is_signed ? "int" : "bit", width);
	if (have != width)
		fprintf(out, "((%s<%u>)", sign ? "int" : "bit", width);
	if (e->type.kind == IR_BOOL)
		fputc('(', out);
	weave_expr(w, out, e, at);
	if (e->type.kind == IR_BOOL)
		fputs(" ? 1w1 : 1w0)", out);
	if (have != width)
		fputc(')', out);
	if (is_signed != sign)
		fputc(')', out);
}

void
weave_bits(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at, uint32_t width)
{
	print_as(w, out, e, at, width, false);
}

/* --- division by constants ---------------------------------------------------------------------
 */

/* With m = ceil(2^s / d) and s = bits + ceil(log2 d), floor(t * m / 2^s) is exact for all t <
 * 2^bits: the error of m is below d, so that of the product is below 2^s / d. */
void
weave_divide(FILE *out, const char *t, uint32_t bits, uint64_t d, uint32_t width)
{
	uint32_t log = 0, s;
	ir_u128 m;

	while (((ir_u128)1 << log) < d)
		log++;
	if (((uint64_t)1 << (log & 63)) == d && log < 64) {
		if (log)
			fprintf(out, "((bit<%u>)((%s) >> %u))", width, t, log);
		else
			fprintf(out, "((bit<%u>)(%s))", width, t);
		return;
	}
	s = bits + log;
	if (bits <= 63) {
		fprintf(out, "((bit<%u>)((((bit<128>)(%s)) * 128w", width, t);
		print_hex(out, (((ir_u128)1 << s) + d - 1) / d);
		fprintf(out, ") >> %u))", s);
		return;
	}
	/* m takes 65 bits then: t * m = t * (m - 2^64) + t * 2^64, and only the first product is worked out */
	m = (((ir_u128)1 << log) - d) << 64;
	m = (m + d - 1) / d;
	fprintf(out, "((bit<%u>)(((((bit<128>)(%s)) * 128w", width, t);
	print_hex(out, m);
	fprintf(out, ") >> 64) + ((bit<128>)(%s)) >> %u))", t, log);
}

/* Bits that a value can take at most: times are far from filling their 64. */
static uint32_t
value_bits(const struct ir_expr *e)
{
	uint32_t width = e->type.width, a = e->a ? value_bits(e->a) : 0, n = 0;

	if (e->op == IR_FIELD && e->type.kind == IR_TIME)
		return 58; /* 48 bits of microseconds */
	if ((e->op == IR_DIV || e->op == IR_MOD) && e->b->op == IR_CONST && e->b->value > 0) {
		ir_u128 least = e->op == IR_DIV ? (ir_u128)e->b->value : (ir_u128)e->b->value - 1;

		while (n < 128 && least >> n)
			n++;
		if (e->op == IR_MOD)
			return n < a ? n : a;
		return a >= n ? a - n + 1 : 1;
	}
	return width;
}

static void
print_division(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t width = e->type.width, bits = value_bits(e->a);
	struct text t;
	struct str a;
	uint64_t d = e->b->op == IR_CONST ? (uint64_t)e->b->value : 0;

	if (e->b->op != IR_CONST || e->b->value <= 0 || e->b->value > INT64_MAX ||
	    e->type.is_signed || bits > 64) {
		diag_error(w->d, w->at,
			   "query %.*s: the data plane divides only unsigned values of up to 64 "
			   "bits, by "
			   "positive constants",
			   STRA(w->query));
		fputs("0", out);
		return;
	}
	text_open(&t);
	print_as(w, t.f, e->a, at, width, false);
	a = text_close(&t, w->a);
	if (e->op == IR_MOD)
		fprintf(out, "(%.*s - ", STRA(a));
	weave_divide(out, str_cstr(w->a, a), bits, d, width);
	if (e->op == IR_MOD)
		fprintf(out, " * %uw%" PRIu64 ")", width, d);
}

/* --- drop reasons --------------------------------------------------------------------------------
 */

/* A literal with '#' means one entry, one without the whole site, the empty one packets that are
 * not dropped. */
static void
print_reason_is(struct weaver *w, FILE *out, const struct ir_expr *code, struct str literal,
		enum ir_instant at)
{
	int64_t hash = str_find(literal, '#');
	struct str base = hash < 0 ? literal : str_sub(literal, 0, (uint32_t)hash);
	struct str low = hash < 0 ? STR_NONE : str_sub(literal, (uint32_t)hash + 1, literal.n);
	uint32_t site = weave_find_site(w, base);
	struct big n;

	if (literal.n && !site) {
		fputs("false", out);
		return;
	}
	fputc('(', out);
	weave_expr(w, out, code, at);
	if (!literal.n)
		fputs(" == 32w0)", out);
	else if (hash < 0)
		fprintf(out, "[31:20] == 12w%u)", site);
	else if (str_is(low, "default"))
		fprintf(out, " == 32w%u)", site << 20 | 0xfffff);
	else if (big_parse(w->a, low, 10, &n) && big_fits_u64(n) && big_u64(n) < 0xffffe)
		fprintf(out, " == 32w%u)", site << 20 | ((uint32_t)big_u64(n) + 1));
	else
		fputs(" == 32w0xffffffff)", out);
}

/* Entries and the default action of one site may have different classes. */
static void
print_class_of_site(FILE *out, struct str code, const struct manifest_site *s, struct str class)
{
	bool entry = str_eq(s->discard, class), missed = str_eq(s->discard_default, class);

	if (!entry && !missed)
		return;
	fprintf(out, " || (%.*s[31:20] == 12w%u", STRA(code), s->site);
	if (entry != missed)
		fprintf(out, " && %.*s[19:0] %s 20w0xfffff", STRA(code), missed ? "==" : "!=");
	fputc(')', out);
}

static void
print_class_is(struct weaver *w, FILE *out, const struct ir_expr *code, struct str class, enum ir_instant at)
{
	struct text t;
	struct str c;

	text_open(&t);
	weave_expr(w, t.f, code, at);
	c = text_close(&t, w->a);
	fprintf(out, "(%.*s == 32w0 && %s", STRA(c), class.n ? "false" : "true");
	vec_each (s, &w->m->sites)
		print_class_of_site(out, c, s, class);
	fputc(')', out);
}

static bool
print_reasons(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	const struct ir_expr *a = e->a, *b = e->b;
	const struct ir_expr *code = a->op == IR_CONST ? b : a, *literal = a->op == IR_CONST ? a : b;

	if (!ir_is_text(a->type.kind) || (a->op != IR_CONST && b->op != IR_CONST))
		return false;
	if (e->op != IR_EQ && e->op != IR_NE) {
		diag_error(w->d, w->at, "query %.*s: drop reasons and classes have no order in the data plane",
			   STRA(w->query));
		fputs("false", out);
		return true;
	}
	if (e->op == IR_NE)
		fputs("(!", out);
	if (code->type.kind == IR_DISCARD)
		print_class_is(w, out, code, literal->text, at);
	else
		print_reason_is(w, out, code, literal->text, at);
	if (e->op == IR_NE)
		fputc(')', out);
	return true;
}

/* --- operators -----------------------------------------------------------------------------------
 */

static void
print_truth(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	if (e->type.kind != IR_BOOL)
		fputc('(', out);
	weave_expr(w, out, e, at);
	if (e->type.kind != IR_BOOL)
		fputs(" != 0)", out);
}

static void
print_logic(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	fputc('(', out);
	print_truth(w, out, e->a, at);
	fputs(e->op == IR_AND ? " && " : " || ", out);
	print_truth(w, out, e->b, at);
	fputc(')', out);
}

/* Is a port none at all? */
static bool
print_port_is(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	const struct ir_expr *port = e->a->op == IR_CONST ? e->b : e->a, *special = e->a->op == IR_CONST ? e->a : e->b;
	uint32_t tag;
	struct text t;
	struct str is;
	bool ok;

	if ((e->op != IR_EQ && e->op != IR_NE) || port->type.kind != IR_PORT || special->op != IR_CONST || w->mark_reason ||
	    plan_read(w->plan, port, at, &tag) != PLAN_READ_FIELD)
		return false;
	text_open(&t);
	ok = w->plan->target->print_port_is(t.f, w->plan->program, port->field, at, (uint64_t)special->value);
	is = text_close(&t, w->a);
	if (ok)
		fprintf(out, e->op == IR_EQ ? "(%.*s)" : "(!(%.*s))", STRA(is));
	return ok;
}

static void
print_comparison(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	struct ir_type a = e->a->type, b = e->b->type;
	uint32_t width = a.width > b.width ? a.width : b.width;
	bool is_signed = a.width == b.width  ? a.is_signed && b.is_signed
			 : a.width > b.width ? a.is_signed
					     : b.is_signed;

	if (print_reasons(w, out, e, at) || print_port_is(w, out, e, at))
		return;
	fputc('(', out);
	if (a.kind == IR_BOOL && b.kind == IR_BOOL && (e->op == IR_EQ || e->op == IR_NE)) {
		weave_expr(w, out, e->a, at);
		fprintf(out, " %s ", ir_op_words[e->op]);
		weave_expr(w, out, e->b, at);
	} else {
		print_as(w, out, e->a, at, width, is_signed);
		fprintf(out, " %s ", ir_op_words[e->op]);
		print_as(w, out, e->b, at, width, is_signed);
	}
	fputc(')', out);
}

/* A product with a truth. */
static void
print_where(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	fputc('(', out);
	print_truth(w, out, e->b, at);
	fputs(" ? ", out);
	print_as(w, out, e->a, at, e->type.width, e->type.is_signed);
	fprintf(out, " : %u%c0)", e->type.width, e->type.is_signed ? 's' : 'w');
}

static void
print_arithmetic(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t width = e->type.width;

	if (e->op == IR_MUL && e->b->type.kind == IR_BOOL && e->type.kind != IR_BOOL) {
		print_where(w, out, e, at);
		return;
	}
	fputc('(', out);
	if (e->type.kind == IR_BOOL)
		fputc('(', out);
	print_as(w, out, e->a, at, width, e->type.is_signed);
	fprintf(out, " %s ", ir_op_words[e->op]);
	if (e->op == IR_SHL || e->op == IR_SHR)
		print_as(w, out, e->b, at, e->b->type.width, false);
	else
		print_as(w, out, e->b, at, width, e->type.is_signed);
	if (e->type.kind == IR_BOOL)
		fputs(") == 1", out);
	fputc(')', out);
}

static void
print_compute(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	switch (e->op) {
	case IR_NOT:
		fputs("(!", out);
		print_truth(w, out, e->a, at);
		fputc(')', out);
		return;
	case IR_NEG:
	case IR_BIT_NOT:
		fprintf(out, "(%s", e->op == IR_NEG ? "-" : "~");
		print_as(w, out, e->a, at, e->type.width, e->type.is_signed);
		fputc(')', out);
		return;
	case IR_AND:
	case IR_OR:
		print_logic(w, out, e, at);
		return;
	case IR_EQ:
	case IR_NE:
	case IR_LT:
	case IR_LE:
	case IR_GT:
	case IR_GE:
		print_comparison(w, out, e, at);
		return;
	case IR_DIV:
	case IR_MOD:
		print_division(w, out, e, at);
		return;
	case IR_ADD:
	case IR_SUB:
	case IR_MUL:
	case IR_AND_BITS:
	case IR_OR_BITS:
	case IR_XOR_BITS:
	case IR_SHL:
	case IR_SHR:
		print_arithmetic(w, out, e, at);
		return;
	case IR_CONST:
	case IR_FIELD:
	case IR_COLUMN:
		break;
	}
	bug("expression %u can't be computed", e->id);
}

/* --- lengths ------------------------------------------------------------------------------------- */

static const struct plan_tag *
payload_tag(const struct weaver *w)
{
	vec_each (t, &w->plan->tags)
		if (t->kind == PLAN_TAG_PAYLOAD)
			return t;
	return NULL;
}

/* Bytes of the headers that are there, each behind `sign`. */
static void
print_headers(struct weaver *w, FILE *out, const struct role *r, char sign)
{
	vec_each (h, &w->plan->program->headers)
		fprintf(out, " %c (%.*s.%.*s.isValid() ? 32w%u : 32w0)", sign, STRA(r->hdr), STRA(h->path),
			p4_type_bits(h->type) / 8);
}

static void
print_payload(struct weaver *w, FILE *out, enum ir_instant at)
{
	const struct role *r = role_at(w, at);

	fprintf(out, "(%.*s.packet_length", STRA(r->std));
	print_headers(w, out, r, '-');
	fputc(')', out);
}

/* packet.len_out: what came behind the headers and the headers that are sent; all of the packet where no header can come or go. */
static void
print_length(struct weaver *w, FILE *out, const struct ir_field *f)
{
	const struct role *r = &w->roles[1];
	const struct plan_tag *t = payload_tag(w);

	if (f->type.width != 32)
		fprintf(out, "((bit<%u>)", f->type.width);
	if (t) {
		fputs("((bit<32>)", out);
		weave_tag(w, out, r->carrier, t);
		print_headers(w, out, r, '+');
		fputc(')', out);
	} else {
		fprintf(out, "(%.*s.packet_length)", STRA(r->std));
	}
	if (f->type.width != 32)
		fputc(')', out);
}

/* --- tags ---------------------------------------------------------------------------------------- */

bool
weave_is_at_mark(const struct plan_tag *t, const struct role *role)
{
	return t->at_mark && (t->born >= IR_AT_DEQ) == role->egress;
}

void
weave_tag_value(struct weaver *w, FILE *out, const struct plan_tag *t, enum ir_instant at)
{
	uint32_t width = t->kind == PLAN_TAG_PAYLOAD ? 32 : t->expr->type.kind == IR_BOOL ? 1 : t->expr->type.width;

	if (width != t->width)
		fputc('(', out);
	if (t->kind == PLAN_TAG_PAYLOAD)
		print_payload(w, out, at);
	else
		weave_bits(w, out, t->expr, at, width);
	if (width != t->width)
		fprintf(out, ")[%u:%u]", t->shift + t->width - 1, t->shift);
}

static void
print_tag_read(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at, const struct plan_tag *t)
{
	struct str carrier = w->mark_reason ? w->mark_carrier : role_at(w, at)->carrier;
	bool narrow = e->type.kind != IR_BOOL && t->width != e->type.width;

	if (e->type.kind == IR_BOOL)
		fputc('(', out);
	else if (e->type.is_signed)
		fprintf(out, "((int<%u>)", e->type.width);
	if (narrow)
		fprintf(out, "(((bit<%u>)", e->type.width);
	weave_tag(w, out, carrier, t);
	if (narrow)
		fprintf(out, ") << %u)", t->shift);
	if (e->type.kind == IR_BOOL)
		fputs(" == 1)", out);
	else if (e->type.is_signed)
		fputc(')', out);
}

/* Where the time of arrival is, for code at an instant or at a mark before it. */
static struct str
time_at(struct weaver *w, enum ir_instant at)
{
	if (w->mark_reason && w->plan->keeps_arrival)
		return str_fmt(w->a, "%.*s.%.*s", STRA(w->mark_carrier), STRA(w->n.arrival));
	return role_at(w, at)->time;
}

static void
print_field(struct weaver *w, FILE *out, const struct ir_field *f, enum ir_instant at)
{
	if (f->kind == IR_F_LEN_OUT) {
		print_length(w, out, f);
		return;
	}
	fputc('(', out);
	if (w->mark_reason && ir_is_text(f->type.kind))
		fputs(w->mark_reason, out);
	else
		w->plan->target->print_field(out, w->plan->program, f, at, time_at(w, at));
	fputc(')', out);
}

void
weave_expr(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t tag = 0;

	switch (w->mark_reason ? plan_read_at_mark(w->plan, e, at, &tag) : plan_read(w->plan, e, at, &tag)) {
	case PLAN_READ_TAG:
		print_tag_read(w, out, e, at, &w->plan->tags.v[tag]);
		return;
	case PLAN_READ_FIELD:
		print_field(w, out, e->field, at);
		return;
	case PLAN_READ_CONST:
		if (e->type.kind == IR_REASON || e->type.kind == IR_FLOAT) {
			diag_error(w->d, w->at,
				   "query %.*s: this constant has no form in the data plane",
				   STRA(w->query));
			fputs("0", out);
			return;
		}
		print_const(out, e->type, e->value);
		return;
	case PLAN_READ_COMPUTE:
		print_compute(w, out, e, at);
		return;
	}
}
