#include "ir/value.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"

const char *const ir_instance_names[IR_INSTANCE_NAMES] = {
	"normal",	"clone_ingress", "clone_egress", "coalesced",
	"recirculated", "replica",	 "resubmitted",	"local",
};

const char *
ir_kind_name(enum ir_kind kind)
{
	static const char *const names[] = {
#define X(k, text) [k] = text,
		IR_KINDS(X)
#undef X
	};

	return names[kind];
}

ir_i128
ir_wrap(struct ir_type t, ir_i128 v)
{
	ir_u128 bits = (ir_u128)v, mask;

	if (t.width >= 128 || (t.width == 64 && !t.is_signed && (ir_i128)(uint64_t)v == v))
		return v;
	mask = ((ir_u128)1 << t.width) - 1;
	bits &= mask;
	if (t.is_signed && t.width && bits >> (t.width - 1) & 1)
		bits |= ~mask;
	return (ir_i128)bits;
}

static int
rank(const struct ir_value *v)
{
	return v->tag == IR_V_ABSENT ? 0 : v->tag == IR_V_TEXT ? 2 : v->tag == IR_V_LIST ? 3 : 1;
}

static int
cmp_lists(const struct ir_value *a, const struct ir_value *b)
{
	uint32_t n = a->list.n < b->list.n ? a->list.n : b->list.n;
	int cmp = 0;

	for (uint32_t i = 0; i < n && !cmp; i++)
		cmp = ir_value_cmp(&a->list.items[i], &b->list.items[i]);
	return cmp ? cmp : (a->list.n > n) - (b->list.n > n);
}

static int
cmp_float(double x, double y)
{
	return x < y ? -1 : x > y;
}

int
ir_value_cmp(const struct ir_value *a, const struct ir_value *b)
{
	if (rank(a) != rank(b))
		return rank(a) < rank(b) ? -1 : 1;
	if (a->tag == IR_V_ABSENT)
		return 0;
	if (a->tag == IR_V_TEXT)
		return str_cmp(a->text, b->text);
	if (a->tag == IR_V_LIST)
		return cmp_lists(a, b);
	if (a->tag == IR_V_FLOAT || b->tag == IR_V_FLOAT)
		return cmp_float(a->tag == IR_V_FLOAT ? a->f : (double)a->i,
				 b->tag == IR_V_FLOAT ? b->f : (double)b->i);
	return a->i < b->i ? -1 : a->i > b->i;
}

int
ir_value_cmp_as(struct ir_type t, const struct ir_value *a, const struct ir_value *b)
{
	if (a->tag == IR_V_INT && b->tag == IR_V_INT && !t.is_signed)
		return (ir_u128)a->i < (ir_u128)b->i ? -1 : (ir_u128)a->i > (ir_u128)b->i;
	return ir_value_cmp(a, b);
}

void
ir_int_print(FILE *out, struct ir_type t, ir_i128 v)
{
	char digits[48];
	size_t at = sizeof(digits);
	bool negative = v < 0 && (t.is_signed || t.width < 128);
	ir_u128 rest = negative ? -(ir_u128)v : (ir_u128)v;

	do {
		digits[--at] = (char)('0' + (int)(rest % 10));
		rest /= 10;
	} while (rest);
	if (negative)
		digits[--at] = '-';
	fwrite(digits + at, 1, sizeof(digits) - at, out);
}

void
ir_float_print(FILE *out, double f)
{
	char text[40];

	for (int precision = 6; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, f);
		if (strtod(text, NULL) == f)
			break;
	}
	fputs(text, out);
}

static void
print_ipv6(FILE *out, ir_i128 v)
{
	uint8_t bytes[16];
	char text[INET6_ADDRSTRLEN];

	for (int i = 0; i < 16; i++)
		bytes[i] = (uint8_t)((ir_u128)v >> (120 - 8 * i));
	fputs(inet_ntop(AF_INET6, bytes, text, sizeof(text)) ? text : "::", out);
}

static void
print_ipv4(FILE *out, uint32_t v)
{
	fprintf(out, "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
}

static void
print_mac(FILE *out, uint64_t v)
{
	for (int i = 5; i >= 0; i--)
		fprintf(out, "%02x%s", (unsigned)(v >> (8 * i) & 255), i ? ":" : "");
}

static void
print_port(FILE *out, struct ir_type t, ir_i128 v)
{
	if (v == IR_PORT_DROP)
		fputs("-1", out);
	else if (v == IR_PORT_MULTICAST)
		fputs("multicast", out);
	else
		ir_int_print(out, t, v);
}

/* As tc tells it: a minor number of 0 isn't said. */
static void
print_qdisc(FILE *out, uint32_t v)
{
	fprintf(out, "%x:", v >> 16);
	if (v & 0xffff)
		fprintf(out, "%x", v & 0xffff);
}

static bool
is_instance(ir_i128 v)
{
	return v >= 0 && v < (ir_i128)(sizeof(ir_instance_names) / sizeof(*ir_instance_names));
}

static void
print_int(FILE *out, struct ir_type t, ir_i128 v)
{
	switch (t.kind) {
	case IR_BOOL:
		fputs(v ? "true" : "false", out);
		return;
	case IR_IPV4:
		print_ipv4(out, (uint32_t)v);
		return;
	case IR_IPV6:
		print_ipv6(out, v);
		return;
	case IR_MAC:
		print_mac(out, (uint64_t)v);
		return;
	case IR_PORT:
		print_port(out, t, v);
		return;
	case IR_QDISC:
		print_qdisc(out, (uint32_t)v);
		return;
	case IR_INSTANCE:
		if (is_instance(v))
			fputs(ir_instance_names[(int)v], out);
		else
			ir_int_print(out, t, v);
		return;
	case IR_INT:
	case IR_TIME:
	case IR_REASON:
	case IR_DISCARD:
	case IR_FLOAT:
		ir_int_print(out, t, v);
		return;
	}
}

void
ir_value_print(FILE *out, struct ir_type t, const struct ir_value *v)
{
	switch (v->tag) {
	case IR_V_ABSENT:
		return;
	case IR_V_INT:
		print_int(out, t, v->i);
		return;
	case IR_V_FLOAT:
		ir_float_print(out, v->f);
		return;
	case IR_V_TEXT:
		fwrite(v->text.n ? v->text.p : "", 1, v->text.n, out);
		return;
	case IR_V_LIST:
		for (uint32_t i = 0; i < v->list.n; i++) {
			const struct ir_value *item = &v->list.items[i];

			fputs(i ? " " : "", out);
			if (item->tag == IR_V_ABSENT)
				fputc('?', out);
			else
				ir_value_print(out, t, item);
		}
		return;
	}
}

static void
json_int(FILE *out, struct ir_type t, ir_i128 v)
{
	const ir_i128 exact = (ir_i128)1 << 53;
	bool quoted = t.kind == IR_IPV4 || t.kind == IR_IPV6 || t.kind == IR_MAC || t.kind == IR_QDISC ||
		      (t.kind == IR_PORT && v == IR_PORT_MULTICAST) ||
		      (t.kind == IR_INSTANCE && is_instance(v)) || v > exact || v < -exact ||
		      (v < 0 && !t.is_signed && t.width == 128);

	if (t.kind == IR_BOOL)
		quoted = false;
	if (quoted)
		fputc('"', out);
	print_int(out, t, v);
	if (quoted)
		fputc('"', out);
}

void
ir_value_json(FILE *out, struct ir_type t, const struct ir_value *v)
{
	switch (v->tag) {
	case IR_V_ABSENT:
		fputs("null", out);
		return;
	case IR_V_INT:
		json_int(out, t, v->i);
		return;
	case IR_V_FLOAT:
		if (isfinite(v->f))
			ir_float_print(out, v->f);
		else
			fputs("null", out);
		return;
	case IR_V_TEXT:
		json_print_string(out, v->text);
		return;
	case IR_V_LIST:
		fputc('[', out);
		for (uint32_t i = 0; i < v->list.n; i++) {
			fputs(i ? "," : "", out);
			ir_value_json(out, t, &v->list.items[i]);
		}
		fputc(']', out);
		return;
	}
}
