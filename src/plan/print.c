/* print.c - the plan as text (-d plan): states, tags, slots, bits per boundary. */
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

		fprintf(out, "  value   %s ", merges[v->merge]);
		if (v->expr)
			ir_expr_print(out, p->graph, v->expr);
		else
			fputc('1', out);
		fprintf(out, " : %u bits\n", v->width);
	}
	if (s->kind != PLAN_STREAM)
		fprintf(out, "  table   %u stages x %u rows, %u generations%s\n", s->stages, s->rows, s->generations,
			s->packed ? ", epoch and first value in one cell" : "");
	vec_each(f, &s->packets) {
		fprintf(out, "  packet  ");
		ir_expr_print(out, p->graph, f->expr);
		fprintf(out, " : %u bits\n", f->expr->type.width);
	}
	if (s->capacity)
		fprintf(out, "  names   of %u lost packets, in %u tables of 3 x %u cells on each side\n", s->capacity,
			s->packet_tables, s->packet_cells);
	if (s->ring_rows)
		fprintf(out, "  ring    %u rows\n", s->ring_rows);
}

static void
print_tag(FILE *out, const struct plan *p, const struct plan_tag *t)
{
	fprintf(out, "tag %u: %u bits, %s -> %s, slot %u [%u:%u]%s  ", t->index, t->width, instants[t->born],
		instants[t->dies], t->slot, t->lo + t->width - 1, t->lo, t->at_mark ? ", written at marks" : "");
	if (t->expr)
		ir_expr_print(out, p->graph, t->expr);
	else
		fprintf(out, "row of %.*s", STRA(p->states.v[t->state].prefix));
	fputc('\n', out);
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
	fprintf(out, "carried: in->mid %u, mid->deq %u, deq->out %u bits; allocated %u, lower bound %u\n",
		p->live_bits[IR_AT_IN], p->live_bits[IR_AT_MID], p->live_bits[IR_AT_DEQ], p->allocated,
		p->lower_bound);
}
