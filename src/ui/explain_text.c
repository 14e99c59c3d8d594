/* explain_text.c - for people, in 100 columns. */
#include "ui/explain.h"

#include "base/units.h"
#include "ui/explain_network.h"

#define COLUMNS 100

/* Words after `indent` blanks, on as many lines as they need; the first line is already `at` wide. */
static void
wrap(FILE *out, struct str s, uint32_t indent, uint32_t at)
{
	uint32_t from = 0;
	bool first = true;

	while (from < s.n) {
		uint32_t to = from;

		while (to < s.n && s.p[to] != ' ')
			to++;
		if (!first && at + (to - from) + 1 > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		first = false;
		/* a word as long as a line is cut */
		while (to - from > COLUMNS - indent) {
			fprintf(out, "%.*s\n%*s", (int)(COLUMNS - indent), s.p + from, (int)indent, "");
			from += COLUMNS - indent;
		}
		fprintf(out, "%.*s", (int)(to - from), s.p + from);
		at += to - from;
		for (from = to; from < s.n && s.p[from] == ' ';)
			from++;
	}
	fputc('\n', out);
}

static void
print_head(FILE *out, const struct explain *e)
{
	const struct plan_model *m = e->fit->model;
	const struct plan_load *l = e->fit->load;

	wrap(out, str_fmt(e->a, "%u quer%s on %s, for %.*s%s%.*s%s", e->queries.n, e->queries.n == 1 ? "y" : "ies", e->program,
			  STRA(m->name), m->text.n ? " (" : "", STRA(m->text), m->text.n ? ")" : ""), 0, 0);
	if (l->source.n)
		wrap(out, str_fmt(e->a, "load: %llu packets of %.*s in %.3f s", (unsigned long long)l->packets, STRA(l->source),
				  l->seconds), 0, 0);
	else
		wrap(out, str_fmt(e->a, "load assumed: %.0f packets/s, a filter passes %.0f %%, a key for every %.0f tuples (--train "
					"CAPTURE measures it)",
				  PLAN_LOAD_PACKETS, 100 * PLAN_LOAD_PASS, 1 / PLAN_LOAD_KEYS), 0, 0);
}

static void
print_bits_row(FILE *out, const char *what, const struct plan_bits *b, size_t offset)
{
	fprintf(out, "  %-32s", what);
	for (int i = 0; i < PART_BOUNDARIES; i++)
		fprintf(out, "%11u", *(const uint32_t *)(const void *)((const char *)&b->boundaries[i] + offset));
	fprintf(out, "%8u\n", *(const uint32_t *)(const void *)((const char *)&b->most + offset));
}

static void
print_bits(FILE *out, const struct explain *e)
{
	fprintf(out, "\nBits that a packet carries           %s  %s  %s    most\n", explain_boundaries[0], explain_boundaries[1],
		explain_boundaries[2]);
	print_bits_row(out, "naive: each query copies", &e->bits, offsetof(struct plan_bit_counts, naive));
	print_bits_row(out, "whole fields, shared", &e->bits, offsetof(struct plan_bit_counts, whole_fields));
	print_bits_row(out, "this plan", &e->bits, offsetof(struct plan_bit_counts, ours));
	print_bits_row(out, "lower bound", &e->bits, offsetof(struct plan_bit_counts, lower_bound));
	if (e->bits.in_the_way)
		wrap(out, str_fmt(e->a, "above the bound: %s", e->bits.in_the_way), 2, 0);
}

static void
print_tags(FILE *out, const struct explain *e)
{
	if (!e->tags.n)
		return;
	fprintf(out, "\nTags    bits  born  dies  slot        what, and for whom\n");
	vec_each(t, &e->tags) {
		struct str slot = str_fmt(e->a, "%u[%u:%u]", t->tag->slot, t->tag->lo + t->tag->width - 1, t->tag->lo);

		fprintf(out, "  %3u %6u  %-4s  %-4s  %-10.*s  ", t->tag->index, t->tag->width, explain_instants[t->tag->born],
			explain_instants[t->tag->dies], STRA(slot));
		wrap(out, str_fmt(e->a, "%.*s%s (%.*s)", STRA(t->what), t->tag->at_mark ? ", written at drop marks" : "",
				  STRA(t->queries)), 36, 36);
	}
}

static struct str
place_text(const struct explain *e, const struct explain_operator *o)
{
	struct str stages = STR_NONE;

	if (o->pipe < PART_PIPES && o->first == o->last)
		stages = str_fmt(e->a, " %u", o->first);
	else if (o->pipe < PART_PIPES)
		stages = str_fmt(e->a, " %u-%u", o->first, o->last);
	return str_fmt(e->a, "%s@%s%.*s", explain_pipes[o->at >= IR_AT_DEQ], explain_instants[o->at], STRA(stages));
}

static void
print_operators(FILE *out, const struct explain *e, const struct explain_query *q)
{
	for (uint32_t i = 0; i < q->operators.n; i++) {
		const struct explain_operator *o = &q->operators.v[i];
		struct str place = o->in_switch ? place_text(e, o) : STR("controller");

		fprintf(out, "  %u %-8s %-18.*s ", i + 1, o->kind, STRA(place));
		wrap(out, str_fmt(e->a, "%.*s%s%.*s", STRA(o->text), o->why.n ? "; " : "", STRA(o->why)), 32, 32);
	}
}

static void
print_state(FILE *out, const struct explain *e, const struct explain_query *q)
{
	const struct plan_state *s = q->state;
	struct str size = explain_bytes(e->a, q->state_bytes), text;

	if (s->stages && s->kind != PLAN_STREAM)
		text = str_fmt(e->a, "%u x %u rows, %.*s in %u registers; of %.*s keys in the fullest epoch %.*s find no row", s->stages,
			       s->rows, STRA(size), q->registers,
			       STRA(explain_number(e->a, e->fit->load->queries[q->query->index].peak_keys)),
			       STRA(explain_percent(e->a, q->fit->overflow)));
	else
		text = str_fmt(e->a, "a ring of %u tuples, %.*s in %u registers", s->ring_rows, STRA(size), q->registers);
	fprintf(out, "  state   ");
	wrap(out, text, 10, 10);
}

static void
print_query(FILE *out, const struct explain *e, const struct explain_query *q)
{
	struct str epoch = units_duration_text(e->a, q->query->window_ns);

	fputc('\n', out);
	wrap(out, str_fmt(e->a, "Query %.*s, epochs of %.*s: %.*s", STRA(q->name), STRA(epoch), STRA(explain_verdict(e, q))), 2, 0);
	print_operators(out, e, q);
	print_state(out, e, q);
	fprintf(out, "  load    ");
	wrap(out, str_fmt(e->a, "%.*s tuples/s to the controller; %.*s if the switch did nothing%s%.*s", STRA(explain_number(e->a, q->fit->tuples)),
			  STRA(explain_number(e->a, q->fit->packets)), q->fit->limit ? "; with more room " : "",
			  STRA(q->fit->limit ? explain_number(e->a, q->fit->best) : STR_NONE)), 10, 10);
}

static void
print_list(FILE *out, const char *what, const struct str *v, uint32_t n, struct arena *a)
{
	struct str all = str_from(what);

	for (uint32_t i = 0; i < n; i++)
		all = str_fmt(a, "%.*s%s%.*s", STRA(all), i ? ", " : " ", STRA(v[i]));
	fprintf(out, "%8s", "");
	if (n)
		wrap(out, all, 8, 8);
}

static void
print_stage(FILE *out, const struct explain *e, uint32_t pipe, uint32_t n)
{
	const struct explain_stage *s = &e->stages[pipe][n];

	fprintf(out, "  %4u ", n);
	for (int r = 0; r < PART_RESOURCES; r++) {
		struct str used = explain_number(e->a, s->used[r]);

		fprintf(out, "  %*.*s", r == PART_BITS ? 14 : 9, STRA(used));
	}
	fputc('\n', out);
	if (s->tables.n)
		print_list(out, "program:", s->tables.v, s->tables.n, e->a);
	if (s->steps.n)
		print_list(out, "queries:", s->steps.v, s->steps.n, e->a);
}

static void
print_pipe(FILE *out, const struct explain *e, uint32_t pipe)
{
	const struct plan_model *m = e->fit->model;
	uint64_t stages = pipe == PART_INGRESS ? m->ingress_stages : m->egress_stages;
	struct str of = stages == MODEL_UNLIMITED ? STR("without limit") : str_fmt(e->a, "of %llu", (unsigned long long)stages);

	fprintf(out, "\n%s: %u stages in use, %.*s%s\n", pipe ? "Egress" : "Ingress", e->nstages[pipe], STRA(of),
		m->shared ? ", shared by both pipelines" : "");
	fprintf(out, "  stage   tables      units   register bits  hash bits\n");
	for (uint32_t s = 0; s < e->nstages[pipe]; s++)
		print_stage(out, e, pipe, s);
	fprintf(out, "  limit");
	for (int r = 0; r < PART_RESOURCES; r++) {
		struct str most = explain_number(e->a, e->limits[r]);

		fprintf(out, "  %*.*s", r == PART_BITS ? 14 : 9, STRA(most));
	}
	fputc('\n', out);
}

static void
print_phv(FILE *out, const struct explain *e)
{
	const struct plan_model *m = e->fit->model;
	uint32_t user = e->fit->stages.header_bits + e->fit->stages.metadata_bits;
	struct str most = m->phv_bits == MODEL_UNLIMITED ? STR("without limit") :
							   str_fmt(e->a, "of %llu", (unsigned long long)m->phv_bits);

	fputc('\n', out);
	wrap(out, str_fmt(e->a, "A packet's vector: %u bits of headers and metadata, and up to %u bits of tags, %.*s", user,
			  e->bits.most.ours, STRA(most)), 2, 0);
}

void
explain_text(FILE *out, const struct explain *e)
{
	print_head(out, e);
	if (e->network) {
		fputc('\n', out);
		explain_network_text(out, e->a, e->network);
	}
	print_bits(out, e);
	print_tags(out, e);
	vec_each(q, &e->queries)
		print_query(out, e, q);
	for (uint32_t p = 0; p < PART_PIPES; p++)
		print_pipe(out, e, p);
	print_phv(out, e);
	wrap(out, str_fmt(e->a, "Controller: %.*s tuples/s; %.*s.", STRA(explain_number(e->a, e->fit->result.tuples)),
			  STRA(explain_search(e))), 2, 0);
	if (e->advice.n)
		fprintf(out, "\nTo gain most\n");
	vec_each(s, &e->advice) {
		fprintf(out, "  - ");
		wrap(out, *s, 4, 4);
	}
}
