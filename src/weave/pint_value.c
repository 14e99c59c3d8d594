/* pint_value.c - what a hop's value is, and its code: a look-up in a table of ranges, and a rounding. */
#include "weave/pint_inside.h"

#include <inttypes.h>

#include "plan/lower.h"

#define PUT(...) pint_put(p, &p->egress, out, __VA_ARGS__)

/* A field of the packet; 0 where its header is absent. */
static void
put_field(struct pint *p, FILE *out, const struct ir_field *f)
{
	const struct ir_expr *e = ir_read(p->g, f), *there = lower_presence(p->g, e);
	uint32_t width = e->type.kind == IR_BOOL ? 1 : e->type.width;
	struct text t;

	if (e->type.kind == IR_TIME) { /* in ticks */
		text_open(&t);
		weave_expr(&p->w, t.f, e, IR_AT_OUT);
		weave_divide(out, str_cstr(p->w.a, text_close(&t, p->w.a)), 58, p->plan.target->tick_ns, 64);
		return;
	}
	if (there) {
		fputc('(', out);
		weave_expr(&p->w, out, there, IR_AT_OUT);
		fputs(" ? ", out);
	}
	fputs(width < 64 ? "(bit<64>)(" : "(", out);
	weave_bits(&p->w, out, e, IR_AT_OUT, width);
	fputs(width > 64 ? ")[63:0]" : ")", out);
	fputs(there ? " : 64w0)" : "", out);
}

void
pint_value(struct pint *p, FILE *out, uint32_t i, const char *to)
{
	const struct ir_net_query *q = p->n->plan->network->queries.v[i];

	PUT("$_%s = ", to);
	switch (q->value) {
	case IR_NET_SWITCH_ID:
		PUT("(bit<64>)$_id");
		break;
	case IR_NET_HOP:
		PUT("(bit<64>)$_hop");
		break;
	case IR_NET_LATENCY:
		PUT("(bit<64>)($s.egress_global_timestamp - ");
		PUT(p->keeps_arrival ? "$m.arrival)" : "$s.ingress_global_timestamp)"); /* ticks */
		break;
	case IR_NET_UTILIZATION:
		PUT("$_load");
		break;
	case IR_NET_FIELD:
		put_field(p, out, q->field);
		break;
	}
	fputs(";\n", out);
}

/* --- codes ---------------------------------------------------------------------------------------- */

static struct pint_scale
scale_of(const struct pint *p, uint32_t i)
{
	const struct pint_range *range = &p->m->queries.v[i].range;
	uint32_t *room = arena_array(p->w.a, uint32_t, PINT_SCALE_WORDS(range->bits));
	struct pint_scale s;

	if (!pint_scale_make(&s, range, room))
		bug("query %.*s has no scale", STRA(p->m->queries.v[i].name));
	return s;
}

uint32_t
pint_code_last(const struct pint *p, uint32_t i)
{
	return scale_of(p, i).n - 1;
}

/* A range of values for each code, with what rounding at random needs: the mark, and how far the next one is. */
void
pint_code_table(struct pint *p, uint32_t i)
{
	struct pint_scale s = scale_of(p, i);
	FILE *out = p->w.roles[1].actions.f, *locals = p->w.roles[1].locals.f;
	bool rounds = s.range.randomised;

	pint_put(p, &p->egress, locals, "bit<32> $_clamped%u = 0;\nbit<32> $_code%u = 0;\n", i, i);
	if (rounds)
		pint_put(p, &p->egress, locals, "bit<32> $_mark%u = 0;\nbit<32> $_gap%u = 0;\n", i, i);
	PUT("// query %.*s: values as codes\naction $_code%u_is(bit<32> code%s) {\n$_code%u = code;\n", STRA(p->m->queries.v[i].name), i,
	    rounds ? ", bit<32> mark, bit<32> gap" : "", i);
	if (rounds)
		PUT("$_mark%u = mark;\n$_gap%u = gap;\n", i, i);
	PUT("}\ntable $_codes%u {\nkey = { $_clamped%u: range; }\nactions = { $_code%u_is; NoAction; }\nconst default_action = NoAction();\nconst entries = {\n",
	    i, i, i);
	for (uint32_t c = 0; c < s.n; c++) {
		bool last = c + 1 == s.n;

		PUT("%" PRIu32 " .. %" PRIu32 ": $_code%u_is(%" PRIu32, c ? s.from[c] : 0, last ? UINT32_MAX : s.from[c + 1] - 1, i, c);
		if (rounds)
			fprintf(out, ", %" PRIu32 ", %" PRIu32, s.value[c], last ? 0 : s.value[c + 1] - s.value[c]);
		fputs(");\n", out);
	}
	fputs("}\n}\n", out);
}

static void
put_clamped(struct pint *p, FILE *out, const char *to, uint32_t i, uint32_t min, uint32_t max)
{
	PUT("$_%s%u = $_value > 64w%" PRIu32 " ? 32w%" PRIu32 " : (bit<32>)$_value;\n", to, i, max, max);
	if (min)
		PUT("if ($_%s%u < %" PRIu32 ") { $_%s%u = %" PRIu32 "; }\n", to, i, min, to, i, min);
}

void
pint_code(struct pint *p, FILE *out, uint32_t i)
{
	const struct network_query *q = &p->m->queries.v[i];

	put_clamped(p, out, "clamped", i, q->range.min, q->range.max);
	PUT("$_codes%u.apply();\nbit<32> $_code = $_code%u;\n", i, i);
	if (!q->range.randomised)
		return;
	PUT("bit<32> $_random = $_hash(0x%08x, $_pid, (bit<32>)$_hop);\n", pint_seed(PINT_ROUND, q->number, 0));
	PUT("if ((bit<64>)$_random * (bit<64>)$_gap%u < (bit<64>)($_clamped%u - $_mark%u) << 32) { $_code = $_code + 1; }\n", i, i, i);
}

/* The sum so far, as the digest tells it, and this hop's value. */
void
pint_sum(struct pint *p, FILE *out, uint32_t i)
{
	const struct pint_range *range = &p->m->queries.v[i].range;
	struct pint_scale s = scale_of(p, i);
	FILE *tables = p->w.roles[1].actions.f;

	pint_put(p, &p->egress, p->w.roles[1].locals.f, "bit<32> $_so_far%u = 0;\nbit<32> $_addend%u = 0;\nbit<32> $_sum_code%u = 0;\n", i, i, i);
	pint_put(p, &p->egress, tables, "// query %.*s: what codes mean\naction $_so_far%u_is(bit<32> value) { $_so_far%u = value; }\n",
		 STRA(p->m->queries.v[i].name), i, i);
	pint_put(p, &p->egress, tables, "table $_values%u {\nkey = { $_sum_code%u: exact; }\nactions = { $_so_far%u_is; }\n", i, i, i);
	pint_put(p, &p->egress, tables, "const default_action = $_so_far%u_is(%" PRIu32 ");\nconst entries = {\n", i, s.value[s.n - 1]);
	for (uint32_t c = 0; c < s.n; c++)
		pint_put(p, &p->egress, tables, "%" PRIu32 ": $_so_far%u_is(%" PRIu32 ");\n", c, i, s.value[c]);
	fputs("}\n}\n", tables);
	PUT("$_sum_code%u = $_before;\n$_values%u.apply();\n", i, i);
	put_clamped(p, out, "addend", i, range->min, range->max);
	PUT("$_value = (bit<64>)$_so_far%u + (bit<64>)$_addend%u;\n", i, i);
}
