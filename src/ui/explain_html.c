/* explain_html.c - one page without anything from elsewhere: pipelines stage by stage, tags over the instants, queries. Everything
 * that comes from users is escaped. Details are in the shapes' titles, which browsers show when the pointer rests on them. */
#include <stdlib.h>

#include "base/units.h"
#include "ui/explain.h"
#include "ui/explain_network.h"
#include "ui/html.h"

#define STAGE_WIDTH 92 /* of the drawing, in its units */
#define BOX_HEIGHT 18
#define TAG_HEIGHT 22
#define INSTANT_WIDTH 190
#define TEXT_LEFT 70

static const char style[] =
	"svg .frame{fill:none;stroke:var(--line)}svg .user{fill:var(--user)}svg .bar{fill:var(--bar)}svg .rest{fill:var(--line)}"
	"svg rect:hover{stroke:var(--fg);stroke-width:1.5}\n"
	".key{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}\n";

/* --- pieces --------------------------------------------------------------------------------------- */

/* A colour for each query: turns of the golden angle. */
static void
colour(FILE *out, uint32_t query)
{
	fprintf(out, "hsl(%u var(--sat) var(--light))", (210 + query * 137) % 360);
}

/* As many characters as fit a box. */
static void
put_short(FILE *out, struct str s, uint32_t most)
{
	html_put(out, str_sub(s, 0, s.n > most ? most - 1 : s.n));
	if (s.n > most)
		fputs("\xe2\x80\xa6", out);
}

/* --- the pipelines -------------------------------------------------------------------------------- */

static const char *const resources[PART_RESOURCES] = { "tables", "stateful units", "register bits", "hash bits" };

static void
draw_box(FILE *out, double x, double y, double width, struct str text, struct str title, int32_t query)
{
	fprintf(out, "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%d\" rx=\"3\"", x, y, width, BOX_HEIGHT - 2);
	if (query < 0) {
		fputs(" class=\"user\">", out);
	} else {
		fputs(" style=\"fill:", out);
		colour(out, (uint32_t)query);
		fputs("\">", out);
	}
	fputs("<title>", out);
	html_put(out, title);
	fprintf(out, "</title></rect><text x=\"%.0f\" y=\"%.0f\" pointer-events=\"none\">", x + 4, y + 12);
	put_short(out, text, (uint32_t)(width / 6.1));
	fputs("</text>\n", out);
}

/* Which query a step's text ("lost_web: table 0") is of. */
static int32_t
query_of(const struct explain *e, struct str step)
{
	for (uint32_t i = 0; i < e->queries.n; i++)
		if (str_starts(step, e->queries.v[i].name) && step.n > e->queries.v[i].name.n &&
		    step.p[e->queries.v[i].name.n] == ':')
			return (int32_t)i;
	return -1;
}

static uint32_t
boxes(const struct explain_stage *s)
{
	return s->tables.n + s->steps.n;
}

/* How full the stage is, a thin bar for each resource. */
static void
draw_use(FILE *out, const struct explain *e, const struct explain_stage *s, double x, double y)
{
	for (int r = 0; r < PART_RESOURCES; r++) {
		double most = e->limits[r], share = most >= PART_UNLIMITED || most <= 0 ? 0 : s->used[r] / most;

		fprintf(out, "<rect class=\"rest\" x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"5\"><title>", x, y + 8 * r, STAGE_WIDTH - 18);
		fprintf(out, "%s: ", resources[r]);
		html_put(out, explain_number(e->a, s->used[r]));
		fputs(" of ", out);
		html_put(out, explain_number(e->a, most));
		fprintf(out, "</title></rect><rect class=\"bar\" pointer-events=\"none\" x=\"%.0f\" y=\"%.0f\" width=\"%.1f\" height=\"5\"/>\n", x,
			y + 8 * r, (STAGE_WIDTH - 18) * (share > 1 ? 1 : share));
	}
}

static void
draw_stage(FILE *out, const struct explain *e, uint32_t pipe, uint32_t n, uint32_t tallest)
{
	const struct explain_stage *s = &e->stages[pipe][n];
	double x = n * STAGE_WIDTH + 4, y = 26;

	fprintf(out, "<rect class=\"frame\" x=\"%.0f\" y=\"2\" width=\"%d\" height=\"%u\" rx=\"5\"/><text class=\"dim\" x=\"%.0f\" y=\"18\">stage %u</text>\n",
		x, STAGE_WIDTH - 6, tallest * BOX_HEIGHT + 66, x + 8, n);
	vec_each(t, &s->tables) {
		draw_box(out, x + 6, y, STAGE_WIDTH - 18, str_sub(*t, (uint32_t)(str_rfind(*t, '.') + 1), t->n),
			 str_fmt(e->a, "program: %.*s", STRA(*t)), -1);
		y += BOX_HEIGHT;
	}
	vec_each(step, &s->steps) {
		draw_box(out, x + 6, y, STAGE_WIDTH - 18, *step, *step, query_of(e, *step));
		y += BOX_HEIGHT;
	}
	draw_use(out, e, s, x + 6, 30 + tallest * BOX_HEIGHT);
}

static void
draw_pipe(FILE *out, const struct explain *e, uint32_t pipe)
{
	const struct plan_model *m = e->fit->model;
	uint64_t limit = pipe == PART_INGRESS ? m->ingress_stages : m->egress_stages;
	uint32_t tallest = 1, n = e->nstages[pipe];

	for (uint32_t s = 0; s < n; s++)
		tallest = boxes(&e->stages[pipe][s]) > tallest ? boxes(&e->stages[pipe][s]) : tallest;
	fprintf(out, "<div class=\"card\"><h3>%s</h3><p class=\"dim\">%u stages in use", pipe ? "Egress" : "Ingress", n);
	if (limit != MODEL_UNLIMITED)
		fprintf(out, " of %llu", (unsigned long long)limit);
	fprintf(out, "%s</p>\n<div class=\"wide\"><svg width=\"%u\" height=\"%u\" role=\"img\" aria-label=\"%s, stage by stage\">\n",
		m->shared ? ", whose resources both pipelines share" : "", n * STAGE_WIDTH + 8, tallest * BOX_HEIGHT + 72, explain_pipes[pipe]);
	for (uint32_t s = 0; s < n; s++)
		draw_stage(out, e, pipe, s, tallest);
	fputs("</svg></div></div>\n", out);
}

/* --- tags ----------------------------------------------------------------------------------------- */

static void
draw_tag(FILE *out, const struct explain *e, const struct explain_tag *t, double y)
{
	const struct plan_tag *g = t->tag;
	double from = TEXT_LEFT + g->born * INSTANT_WIDTH, to = TEXT_LEFT + g->dies * INSTANT_WIDTH;
	int32_t query = -1;

	for (uint32_t i = 0; i < e->queries.n; i++)
		if (str_eq(e->queries.v[i].name, t->queries))
			query = (int32_t)i;
	fprintf(out, "<text class=\"dim\" x=\"0\" y=\"%.0f\">%u[%u:%u]</text>", y + 15, g->slot, g->lo + g->width - 1, g->lo);
	draw_box(out, from + 2, y + 2, to - from - 4, str_fmt(e->a, "%u  %.*s", g->width, STRA(t->what)),
		 str_fmt(e->a, "%.*s: %u bits of slot %u from %s to %s%s, for %.*s", STRA(t->what), g->width, g->slot,
			 explain_instants[g->born], explain_instants[g->dies], g->at_mark ? ", written at drop marks too" : "",
			 STRA(t->queries)), query);
}

static void
draw_tags(FILE *out, const struct explain *e)
{
	uint32_t n = e->tags.n;
	double bottom = 30 + n * TAG_HEIGHT;

	fprintf(out, "<h2>What packets carry</h2><div class=\"card\"><p class=\"dim\">Each bar is a tag, from the instant where it is written to that where it is "
		     "read last; on its left the bits of its slot.</p>\n<div class=\"wide\"><svg width=\"%d\" height=\"%.0f\" role=\"img\" "
		     "aria-label=\"tags over the instants\">\n", TEXT_LEFT + 3 * INSTANT_WIDTH + 40, bottom + 22);
	for (int i = 0; i < IR_INSTANTS; i++)
		fprintf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"20\" y2=\"%.0f\" class=\"frame\"/><text x=\"%d\" y=\"14\" text-anchor=\"middle\">%s</text>\n",
			TEXT_LEFT + i * INSTANT_WIDTH, TEXT_LEFT + i * INSTANT_WIDTH, bottom, TEXT_LEFT + i * INSTANT_WIDTH, explain_instants[i]);
	for (uint32_t i = 0; i < n; i++)
		draw_tag(out, e, &e->tags.v[i], 24 + i * TAG_HEIGHT);
	for (int b = 0; b < PART_BOUNDARIES; b++)
		fprintf(out, "<text class=\"dim\" x=\"%d\" y=\"%.0f\" text-anchor=\"middle\">%u bits</text>\n",
			TEXT_LEFT + b * INSTANT_WIDTH + INSTANT_WIDTH / 2, bottom + 14, e->bits.boundaries[b].ours);
	fputs("</svg></div>\n", out);
}

static void
bar(FILE *out, const char *what, uint32_t bits, uint32_t most)
{
	fprintf(out, "<tr><td style=\"white-space:nowrap\">%s</td><td class=\"n\" style=\"white-space:nowrap\">%u bits</td><td style=\"width:70%%\"><svg width=\"100%%\" "
		     "height=\"12\" preserveAspectRatio=\"none\" viewBox=\"0 0 1000 12\"><rect class=\"bar\" width=\"%.0f\" height=\"12\" rx=\"2\"/></svg></td></tr>\n",
		what, bits, most ? 1000.0 * bits / most : 0);
}

static void
print_bits(FILE *out, const struct explain *e)
{
	const struct plan_bit_counts *m = &e->bits.most;

	fputs("<table>\n", out);
	bar(out, "naive: each query copies", m->naive, m->naive);
	bar(out, "whole fields, shared", m->whole_fields, m->naive);
	bar(out, "this plan", m->ours, m->naive);
	bar(out, "lower bound", m->lower_bound, m->naive);
	fputs("</table></div>\n", out);
}

/* --- queries -------------------------------------------------------------------------------------- */

static void
print_operator(FILE *out, const struct explain_operator *o, uint32_t number)
{
	fprintf(out, "<tr><td class=\"n\">%u</td><td>%s</td><td style=\"white-space:nowrap\">", number, o->kind);
	if (!o->in_switch)
		fputs("controller", out);
	else if (o->pipe == PART_PIPES)
		fprintf(out, "%s, at %s", explain_pipes[o->at >= IR_AT_DEQ], explain_instants[o->at]);
	else if (o->first == o->last)
		fprintf(out, "%s, at %s, stage %u", explain_pipes[o->pipe], explain_instants[o->at], o->first);
	else
		fprintf(out, "%s, at %s, stages %u&ndash;%u", explain_pipes[o->pipe], explain_instants[o->at], o->first, o->last);
	fputs("</td><td><code>", out);
	html_put(out, o->text);
	fputs("</code></td><td class=\"dim\">", out);
	html_put(out, o->why);
	fputs("</td></tr>\n", out);
}

static void
print_query(FILE *out, const struct explain *e, uint32_t i)
{
	const struct explain_query *q = &e->queries.v[i];
	const struct plan_state *s = q->state;

	fputs("<div class=\"card\"><h3><span class=\"key\" style=\"background:", out);
	colour(out, i);
	fputs("\"></span>", out);
	html_put(out, q->name);
	fputs("</h3><p class=\"dim\">epochs of ", out);
	html_put(out, units_duration_text(e->a, q->query->window_ns));
	fputs("; ", out);
	html_put(out, explain_verdict(e, q));
	fputs("</p><table><tr><th class=\"n\"></th><th>operator</th><th>where</th><th>what</th><th>why there</th></tr>\n", out);
	for (uint32_t k = 0; k < q->operators.n; k++)
		print_operator(out, &q->operators.v[k], k + 1);
	fputs("</table><p>", out);
	if (s->stages && s->kind != PLAN_STREAM)
		fprintf(out, "%u &times; %u rows, ", s->stages, s->rows);
	else
		fprintf(out, "a ring of %u tuples, ", s->ring_rows);
	html_put(out, explain_bytes(e->a, q->state_bytes));
	fprintf(out, " in %u registers", q->registers);
	if (s->stages && s->kind != PLAN_STREAM) {
		fputs("; ", out);
		html_put(out, explain_percent(e->a, q->fit->overflow));
		fputs(" of the keys of the fullest epoch find no row", out);
	}
	fputs(". ", out);
	html_put(out, explain_number(e->a, q->fit->tuples));
	fputs(" tuples/s reach the controller, of ", out);
	html_put(out, explain_number(e->a, q->fit->packets));
	fputs(".</p></div>\n", out);
}

/* --- the page ------------------------------------------------------------------------------------- */

static void
print_head(FILE *out, const struct explain *e)
{
	const struct plan_model *m = e->fit->model;
	const struct plan_load *l = e->fit->load;

	html_begin(out, str_fmt(e->a, "%s: what queries cost", e->program), style);
	fputs("<h1>", out);
	html_put(out, str_from(e->program));
	fprintf(out, ": what %u quer%s cost%s</h1><p class=\"dim\">on ", e->queries.n, e->queries.n == 1 ? "y" : "ies", e->queries.n == 1 ? "s" : "");
	html_put(out, m->name);
	if (m->text.n) {
		fputs(" (", out);
		html_put(out, m->text);
		fputs(")", out);
	}
	if (l->source.n) {
		fprintf(out, "; load of %llu packets of ", (unsigned long long)l->packets);
		html_put(out, l->source);
		fprintf(out, " in %.3f s", l->seconds);
	} else {
		fprintf(out, "; load assumed: %.0f packets/s, a filter passes %.0f %%, a key for every %.0f tuples", PLAN_LOAD_PACKETS,
			100 * PLAN_LOAD_PASS, 1 / PLAN_LOAD_KEYS);
	}
	fputs("</p>\n<p>The controller gets ", out);
	html_put(out, explain_number(e->a, e->fit->result.tuples));
	fputs(" tuples/s; ", out);
	html_put(out, explain_search(e));
	fputs(".</p>\n", out);
}

static void
print_network(FILE *out, const struct explain *e)
{
	char *all = NULL;
	size_t n = 0;
	FILE *mem = open_memstream(&all, &n);

	if (!mem)
		bug("no memory for a page");
	explain_network_text(mem, e->a, e->network);
	fclose(mem);
	fputs("<h2>The network</h2><pre class=\"card\">\n", out);
	html_put(out, (struct str){ all, (uint32_t)n });
	fputs("</pre>\n", out);
	free(all);
}

void
explain_html(FILE *out, const struct explain *e)
{
	print_head(out, e);
	if (e->advice.n)
		fputs("<h2>To gain most</h2><div class=\"card\">\n", out);
	vec_each(s, &e->advice) {
		fputs("<p>", out);
		html_put(out, *s);
		fputs("</p>\n", out);
	}
	fputs(e->advice.n ? "</div>\n<h2>The pipelines</h2>\n" : "<h2>The pipelines</h2>\n", out);
	fputs("<p class=\"dim\">Grey: the program's own tables. In colour: steps of queries. The thin bars say how full a stage is: tables, stateful units, register "
	      "bits, hash bits.</p>\n", out);
	for (uint32_t p = 0; p < PART_PIPES; p++)
		draw_pipe(out, e, p);
	draw_tags(out, e);
	print_bits(out, e);
	if (e->network)
		print_network(out, e);
	fputs("<h2>The queries</h2>\n", out);
	for (uint32_t i = 0; i < e->queries.n; i++)
		print_query(out, e, i);
	html_end(out);
}
