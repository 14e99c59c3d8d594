/* pint_report.c - what is known of a packet as it arrived: fields that the program may change on the way are carried from the parser to the
 * end of egress; and the last switch's report. */
#include "weave/pint_inside.h"

#include "plan/lower.h"

/* --- what is carried ------------------------------------------------------------------------------ */

static bool
is_carried(const struct pint *p, const struct ir_field *f)
{
	vec_each (t, &p->plan.tags)
		if (t->expr->field == f)
			return true;
	return false;
}

static void
carry_field(struct pint *p, const struct ir_expr *e)
{
	const struct ir_field *f = e->field;
	struct plan_tag t = { .index = p->plan.tags.n, .kind = PLAN_TAG_VALUE, .expr = e, .born = f->at, .dies = IR_AT_OUT };

	if (p->plan.target->access(p->plan.program, f, IR_AT_OUT) == PLAN_DIRECT || is_carried(p, f))
		return;
	t.width = f->type.kind == IR_BOOL ? 1 : f->type.width;
	t.slot = p->plan.slots.n;
	vec_push(p->w.a, &p->plan.slots, (struct plan_slot){ t.width });
	vec_push(p->w.a, &p->plan.tags, t);
}

/* All fields that `e` reads. */
static void
carry(struct pint *p, const struct ir_expr *e)
{
	if (!e)
		return;
	if (e->op == IR_FIELD)
		carry_field(p, e);
	carry(p, e->a);
	carry(p, e->b);
}

static void
carry_with_presence(struct pint *p, const struct ir_expr *e)
{
	carry(p, e);
	carry(p, lower_presence(p->g, e));
}

void
pint_carry(struct pint *p)
{
	const struct ir_network *net = p->n->plan->network;

	vec_each (f, &net->fields)
		carry_with_presence(p, ir_read(p->g, *f));
	vec_each (q, &net->queries) {
		if ((*q)->filter)
			carry(p, lower_truth(p->g, (*q)->filter));
		if ((*q)->value == IR_NET_FIELD)
			carry_with_presence(p, ir_read(p->g, (*q)->field));
	}
}

static void
put_carried(struct pint *p)
{
	FILE *out = p->w.roles[0].pre.f;

	fputs("// for queries over network(): as the packet arrived\n", out);
	vec_each (t, &p->plan.tags) {
		pint_put(p, &p->ingress, out, "$m.s%u = ", t->slot);
		weave_tag_value(&p->w, out, t, IR_AT_IN);
		fputs(";\n", out);
	}
}

/* Clones don't bring what ingress noted: what they are when egress begins is what they arrived as. */
static void
put_clones(struct pint *p)
{
	FILE *out = p->w.roles[1].pre.f;

	pint_put(p, &p->egress, out, "// for queries over network(): clones begin here\n");
	pint_put(p, &p->egress, out, "if ($s.instance_type == 32w1 || $s.instance_type == 32w2) {\n");
	vec_each (t, &p->plan.tags) {
		struct ir_field now = *t->expr->field;

		if (now.kind != IR_F_HEADER && now.kind != IR_F_VALID)
			continue;
		now.at = IR_AT_MID;
		now.text = str_fmt(p->w.a, "%.*s, when egress begins", STRA(now.text));
		pint_put(p, &p->egress, out, "$m.s%u = ", t->slot);
		weave_bits(&p->w, out, ir_read(p->g, ir_field(p->g, &now)), IR_AT_DEQ, t->width);
		fputs(";\n", out);
	}
	fputs("}\n", out);
}

void
pint_carry_at(struct pint *p)
{
	if (!p->plan.tags.n)
		return;
	p->w.roles[0].any = p->w.roles[1].any = true;
	put_carried(p);
	put_clones(p);
}

void
pint_truth(struct pint *p, FILE *out, const struct ir_expr *e)
{
	weave_expr(&p->w, out, lower_truth(p->g, e), IR_AT_OUT);
}

/* --- the report ----------------------------------------------------------------------------------- */

void
pint_report(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;
	const struct ir_network *net = p->n->plan->network;

	pint_put(p, s, out, "$m.report = 1;\n$m.pid = $_pid;\n$m.hops = $_hop;\n$m.digest = $_digest[%u:0];\n", p->m->budget - 1);
	for (uint32_t i = 0; i < net->fields.n; i++) {
		const struct ir_expr *e = ir_read(p->g, net->fields.v[i]), *there = lower_presence(p->g, e);

		if (there) {
			fputs("if (", out);
			weave_expr(&p->w, out, there, IR_AT_OUT);
			fputs(") {\n", out);
		}
		pint_put(p, s, out, "$m.there[%u:%u] = 1;\n$m.f%u = ", i, i, i);
		weave_bits(&p->w, out, e, IR_AT_OUT, e->type.width);
		fputs(there ? ";\n}\n" : ";\n", out);
	}
}

/* Reports are as old as the epoch that they are told in: one that all queries' epochs are made of, unless that is very short; then some are counted for
 * the epoch before. */
static uint64_t
report_window(const struct ir_network *net)
{
	uint64_t common = 0, least = UINT64_MAX;

	vec_each (q, &net->queries) {
		uint64_t a = common, b = (*q)->window_ns;

		least = b < least ? b : least;
		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		common = a;
	}
	return least / common > 100 ? least : common;
}

/* All instances: `instance` in the filter says so. */
struct str
pint_report_query(struct pint *p)
{
	const struct ir_network *net = p->n->plan->network;
	uint64_t window = report_window(net);
	struct text t;

	text_open(&t);
	fprintf(t.f, "%s = egress().filter(meta.%.*s.report_out == 1 && port_out >= 0 && instance != coalesced)\n", NETWORK_REPORTS,
		STRA(p->w.n.field));
	fprintf(t.f, "\t.map(meta.%.*s.pid_out, meta.%.*s.hops_out, meta.%.*s.digest_out, meta.%.*s.there_out", STRA(p->w.n.field),
		STRA(p->w.n.field), STRA(p->w.n.field), STRA(p->w.n.field));
	for (uint32_t i = 0; i < net->fields.n; i++)
		fprintf(t.f, ", meta.%.*s.f%u_out", STRA(p->w.n.field), i);
	fprintf(t.f, ").window(%lluns)\n", (unsigned long long)window);
	return text_close(&t, p->w.a);
}
