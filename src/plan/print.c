/* print.c - the plan as text (-d plan): states, tags, slots, bits per boundary. */
#include "manifest/manifest.h"
#include "plan/plan.h"

static const char *const instants[IR_INSTANTS] = { "in", "mid", "deq", "out" };
static const char *const kinds[] = { "reduce", "distinct", "lost", "stream" };

static void
print_state(FILE *out, const struct plan *p, const struct plan_state *s)
{
	fprintf(out, "state %u %.*s: %s of '%.*s' at %s, epoch %llu ns\n", s->index, STRA(s->prefix), kinds[s->kind],
		STRA(s->query->name), instants[s->at], (unsigned long long)s->window_ns);
	if (s->guard) {
		fprintf(out, "  guard   ");
		ir_expr_print(out, p->graph, s->guard);
		fputc('\n', out);
	}
	if (s->absent) {
		fprintf(out, "  absent  ");
		ir_expr_print(out, p->graph, s->absent);
		fputc('\n', out);
	}
	vec_each(k, &s->keys) {
		fprintf(out, "  key     ");
		ir_expr_print(out, p->graph, *k);
		fprintf(out, " : %u bits\n", (*k)->type.width);
	}
	vec_each(v, &s->values) {
		static const char *const merges[] = { "sum", "min", "max" };

		fprintf(out, "  value   %s ", v->by_key ? "by key" : merges[v->merge]);
		if (v->expr)
			ir_expr_print(out, p->graph, v->expr);
		else
			fputc('1', out);
		fprintf(out, " : %u bits\n", v->width);
	}
	if (s->part.any && s->part.mark >= 0)
		fprintf(out, "  part    of state %u, where bit %d of its last value is set\n", s->part.state, s->part.mark);
	else if (s->part.any)
		fprintf(out, "  part    of state %u\n", s->part.state);
	if (s->part.any && s->part.absent >= 0)
		fprintf(out, "  absent  where bit %d is set\n", s->part.absent);
	if (s->raw)
		fprintf(out, "  rest    operators from %u on are the controller's\n", s->split + 1);
	if (s->index_bits)
		fprintf(out, "  table   %u rows by the keys' %u bits, %u generations%s\n", s->rows, s->index_bits, s->generations,
			s->packed ? ", epoch and first value in one cell" : "");
	else if (s->replaces)
		fprintf(out, "  table   %u rows of the last key that came, %u generations%s\n", s->rows, s->generations,
			s->packed ? ", epoch and first value in one cell" : "");
	else if (s->kind != PLAN_STREAM && s->stages)
		fprintf(out, "  table   %u stages x %u rows, %u generations%s\n", s->stages, s->rows, s->generations,
			s->packed ? ", epoch and first value in one cell" : "");
	vec_each(f, &s->packets) {
		fprintf(out, "  packet  ");
		ir_expr_print(out, p->graph, f->expr);
		fprintf(out, " : %u bits\n", f->expr->type.width);
	}
	if (s->capacity)
		fprintf(out, "  names   of %u lost packets, in %u tables of %u cells on each side\n", s->capacity,
			s->packet_tables, MANIFEST_PARTS * s->packet_cells);
	if (s->ring_rows)
		fprintf(out, "  ring    %u rows\n", s->ring_rows);
}

static void
print_tag(FILE *out, const struct plan *p, const struct plan_tag *t)
{
	fprintf(out, "tag %u: %u bits, %s -> %s, slot %u [%u:%u]%s  ", t->index, t->width, instants[t->born],
		instants[t->dies], t->slot, t->lo + t->width - 1, t->lo, t->at_mark ? ", written at marks" : "");
	switch (t->kind) {
	case PLAN_TAG_VALUE:
		ir_expr_print(out, p->graph, t->expr);
		if (t->shift)
			fprintf(out, " >> %u", t->shift);
		break;
	case PLAN_TAG_ROW:
		fprintf(out, "row of %.*s", STRA(p->states.v[t->state].prefix));
		break;
	case PLAN_TAG_PAYLOAD:
		fputs("bytes behind the headers", out);
		break;
	}
	fputc('\n', out);
}

static void
print_bits(FILE *out, const struct plan *p)
{
	static const char *const names[] = { "in->mid", "mid->deq", "deq->out" };
	struct plan_bits bits;

	if (!plan_bits(p, &bits))
		return;
	for (int b = 0; b < IR_AT_OUT; b++) {
		const struct plan_bit_counts *c = &bits.boundaries[b];

		fprintf(out, "%-8s  carried %u bits, lower bound %u, whole fields %u, naive %u\n", names[b], c->ours,
			c->lower_bound, c->whole_fields, c->naive);
	}
	fprintf(out, "allocated %u bits, lower bound %u, whole fields %u, naive %u\n", bits.most.ours,
		bits.most.lower_bound, bits.most.whole_fields, bits.most.naive);
	if (bits.in_the_way)
		fprintf(out, "more than the lower bound: %s\n", bits.in_the_way);
}

void
plan_print(FILE *out, const struct plan *p)
{
	fprintf(out, "target %s\n", p->target->name);
	vec_each(s, &p->states)
		print_state(out, p, s);
	vec_each(t, &p->tags)
		print_tag(out, p, t);
	for (uint32_t i = 0; i < p->slots.n; i++)
		fprintf(out, "slot %u: %u bits\n", i, p->slots.v[i].width);
	print_bits(out, p);
}
