/* explain_json.c - for programs: docs/json.md promises the members. */
#include "ui/explain.h"

#include "base/json.h"
#include "ui/explain_network.h"

struct writer {
	FILE *out;
	const struct explain *e;
	bool first; /* of the object or list at hand */
};

static void
separate(struct writer *w)
{
	if (!w->first)
		fputc(',', w->out);
	w->first = false;
}

static void
key(struct writer *w, const char *name)
{
	separate(w);
	fprintf(w->out, "\"%s\":", name);
}

static void
open(struct writer *w, const char *name, char bracket)
{
	if (name)
		key(w, name);
	else
		separate(w);
	fputc(bracket, w->out);
	w->first = true;
}

static void
shut(struct writer *w, char bracket)
{
	fputc(bracket, w->out);
	w->first = false;
}

static void
text(struct writer *w, const char *name, struct str s)
{
	key(w, name);
	json_print_string(w->out, s);
}

/* Null where there is no limit. */
static void
number(struct writer *w, const char *name, double n)
{
	key(w, name);
	if (n >= PART_UNLIMITED)
		fputs("null", w->out);
	else
		fprintf(w->out, "%.10g", n);
}

static void
flag(struct writer *w, const char *name, bool b)
{
	key(w, name);
	fputs(b ? "true" : "false", w->out);
}

static double
limit(uint64_t n)
{
	return n == MODEL_UNLIMITED ? PART_UNLIMITED : (double)n;
}

/* --- parts ---------------------------------------------------------------------------------------- */

static void
counts(struct writer *w, const char *name, const struct plan_bit_counts *c)
{
	open(w, name, '{');
	number(w, "naive", c->naive);
	number(w, "whole_fields", c->whole_fields);
	number(w, "ours", c->ours);
	number(w, "lower_bound", c->lower_bound);
	shut(w, '}');
}

static void
tags(struct writer *w)
{
	open(w, "tags", '[');
	vec_each(t, &w->e->tags) {
		open(w, NULL, '{');
		number(w, "tag", t->tag->index);
		text(w, "what", t->what);
		text(w, "queries", t->queries);
		number(w, "bits", t->tag->width);
		text(w, "born", str_from(explain_instants[t->tag->born]));
		text(w, "dies", str_from(explain_instants[t->tag->dies]));
		number(w, "slot", t->tag->slot);
		number(w, "lo", t->tag->lo);
		flag(w, "at_marks", t->tag->at_mark);
		shut(w, '}');
	}
	shut(w, ']');
}

static void
operators(struct writer *w, const struct explain_query *q)
{
	open(w, "operators", '[');
	vec_each(o, &q->operators) {
		open(w, NULL, '{');
		text(w, "operator", str_from(o->kind));
		text(w, "what", o->text);
		text(w, "where", str_from(o->in_switch ? "switch" : "controller"));
		if (o->in_switch) {
			text(w, "at", str_from(explain_instants[o->at]));
			text(w, "why", o->why);
		}
		if (o->pipe < PART_PIPES) {
			text(w, "pipeline", str_from(explain_pipes[o->pipe]));
			number(w, "first_stage", o->first);
			number(w, "last_stage", o->last);
		}
		shut(w, '}');
	}
	shut(w, ']');
}

static void
state(struct writer *w, const struct explain_query *q)
{
	const struct plan_state *s = q->state;

	open(w, "state", '{');
	number(w, "rows", s->rows);
	number(w, "stages", s->stages);
	number(w, "generations", s->generations);
	number(w, "ring_rows", s->ring_rows);
	number(w, "registers", q->registers);
	number(w, "bytes", (double)q->state_bytes);
	number(w, "keys", w->e->fit->load->queries[q->query->index].peak_keys);
	number(w, "expected_overflow", q->fit->overflow);
	shut(w, '}');
}

static void
query(struct writer *w, const struct explain_query *q)
{
	open(w, NULL, '{');
	text(w, "query", q->name);
	number(w, "epoch_ns", (double)q->query->window_ns);
	number(w, "operators_in_switch", q->fit->split);
	number(w, "operators_possible", q->fit->operators);
	flag(w, "forced", q->fit->forced);
	key(w, "limit");
	if (q->fit->limit)
		json_print_string(w->out, str_from(q->fit->limit));
	else
		fputs("null", w->out);
	number(w, "tuples_per_second", q->fit->tuples);
	number(w, "tuples_per_second_best", q->fit->best);
	number(w, "tuples_per_second_none", q->fit->packets);
	number(w, "own_tag_bits", q->own_bits);
	operators(w, q);
	state(w, q);
	shut(w, '}');
}

static void
names(struct writer *w, const char *name, const struct str *v, uint32_t n)
{
	open(w, name, '[');
	for (uint32_t i = 0; i < n; i++) {
		separate(w);
		json_print_string(w->out, v[i]);
	}
	shut(w, ']');
}

static void
resources(struct writer *w, const double *v)
{
	static const char *const words[PART_RESOURCES] = { "tables", "stateful_units", "register_bits", "hash_bits" };

	for (int r = 0; r < PART_RESOURCES; r++)
		number(w, words[r], v[r]);
}

static void
pipeline(struct writer *w, uint32_t p)
{
	open(w, explain_pipes[p], '[');
	for (uint32_t s = 0; s < w->e->nstages[p]; s++) {
		const struct explain_stage *stage = &w->e->stages[p][s];

		open(w, NULL, '{');
		number(w, "stage", s);
		resources(w, stage->used);
		names(w, "program", stage->tables.v, stage->tables.n);
		names(w, "queries", stage->steps.v, stage->steps.n);
		shut(w, '}');
	}
	shut(w, ']');
}

static void
target(struct writer *w)
{
	const struct plan_model *m = w->e->fit->model;

	open(w, "target", '{');
	text(w, "name", m->name);
	text(w, "text", m->text);
	number(w, "ingress_stages", limit(m->ingress_stages));
	number(w, "egress_stages", limit(m->egress_stages));
	flag(w, "shared", m->shared);
	number(w, "phv_bits", limit(m->phv_bits));
	open(w, "stage", '{');
	resources(w, w->e->limits);
	shut(w, '}');
	shut(w, '}');
}

static void
load(struct writer *w)
{
	const struct plan_load *l = w->e->fit->load;

	open(w, "load", '{');
	flag(w, "measured", l->source.n > 0);
	if (l->source.n) {
		text(w, "source", l->source);
		number(w, "packets", (double)l->packets);
		number(w, "seconds", l->seconds);
	}
	shut(w, '}');
}

static void
search(struct writer *w)
{
	static const char *const words[] = { "optimal", "time", "greedy", "infeasible" };
	const struct part_result *r = &w->e->fit->result;

	open(w, "search", '{');
	text(w, "status", str_from(words[r->status]));
	number(w, "tuples_per_second", r->tuples);
	number(w, "bound", r->bound);
	shut(w, '}');
}

static void
left(struct writer *w)
{
	open(w, "left_to_controller", '[');
	vec_each(q, &w->e->queries)
		if (q->fit->split < q->fit->operators) {
			open(w, NULL, '{');
			text(w, "query", q->name);
			number(w, "from", q->fit->split + 1);
			text(w, "limit", q->fit->forced ? STR("asked for") : str_from(q->fit->limit ? q->fit->limit : ""));
			shut(w, '}');
		}
	shut(w, ']');
}

void
explain_json(FILE *out, const struct explain *e)
{
	struct writer w = { out, e, true };

	open(&w, NULL, '{');
	text(&w, "program", str_from(e->program));
	target(&w);
	counts(&w, "tag_bits", &e->bits.most);
	open(&w, "boundaries", '[');
	for (int b = 0; b < PART_BOUNDARIES; b++)
		counts(&w, NULL, &e->bits.boundaries[b]);
	shut(&w, ']');
	number(&w, "allocated_bits", e->plan->allocated);
	number(&w, "header_bits", e->fit->stages.header_bits);
	number(&w, "metadata_bits", e->fit->stages.metadata_bits);
	load(&w);
	search(&w);
	tags(&w);
	open(&w, "queries", '[');
	vec_each(q, &e->queries)
		query(&w, q);
	shut(&w, ']');
	open(&w, "pipelines", '{');
	pipeline(&w, PART_INGRESS);
	pipeline(&w, PART_EGRESS);
	shut(&w, '}');
	left(&w);
	names(&w, "advice", e->advice.v, e->advice.n);
	if (e->network) {
		key(&w, "network");
		explain_network_json(out, e->a, e->network);
	}
	shut(&w, '}');
	fputc('\n', out);
}
