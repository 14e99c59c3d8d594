/* lost.c - losses as P4: ingress finds the packet's row and counts the copies that it sends towards the queue, the packet
 * carries the row's number, and egress counts into the same row of its own registers (docs/semantics.md, "State").
 *
 * With overflow=mirror a packet that finds no row goes into a ring, and carries its number there; egress puts the numbers
 * that came through into a ring of its own. */
#include "weave/state.h"

/* How many packets this pass sends towards the queue. */
static void
print_copies(struct gen *g)
{
	const struct weaver *w = g->w;
	const struct names *n = &w->n;
	struct str std = g->r->std;

	fprintf(g->out, "bit<32> %.*s = 1;\n", STRA(n->copies));
	if (w->sizes)
		fprintf(g->out,
			"if (%.*s.mcast_grp != 0) { %.*s.read(%.*s, (bit<32>)%.*s.mcast_grp); } "
			"else ",
			STRA(std), STRA(n->sizes), STRA(n->copies), STRA(std));
	fprintf(g->out, "if (%.*s.egress_spec == 511) { %.*s = 0; }\n", STRA(std), STRA(n->copies));
	if (g->r->resubmits)
		fprintf(g->out, "if (%.*s.%.*s == 1) { %.*s = 0; }\n", STRA(g->r->carrier),
			STRA(n->resubmitted), STRA(n->copies));
}

/* A tag of a mirrored state: bit 31 tells a number in the ring from a row. */
static void
print_mirror_in(struct gen *g, struct str tag, const char *copies)
{
	const struct names *n = &g->w->n;
	struct ring_names ring = { 0 };
	struct str keep = str_fmt(g->w->a, "%.*s = %.*s | 0x80000000;", STRA(tag), STRA(n->sequence));

	state_declare_ring(g, copies, &ring);
	state_ring(g, &ring, copies, str_cstr(g->w->a, keep), false);
}

/* Without a table: every packet goes into the ring. */
static void
print_tuples_in(struct gen *g, struct str tag)
{
	const char *copies = str_cstr(g->w->a, g->w->n.copies);

	state_stream_columns(g);
	print_copies(g);
	fprintf(g->out, "if (%s != 0) {\n", copies);
	state_epoch(g);
	state_keys(g);
	fputs("@atomic {\n", g->out);
	print_mirror_in(g, tag, copies);
	if (g->s->capacity)
		state_packets(g, false, copies);
	fputs("}\n}\n", g->out);
}

void
state_lost_in(struct gen *g, struct str tag)
{
	const struct names *n = &g->w->n;
	const char *copies = str_cstr(g->w->a, n->copies);
	const char *more = str_cstr(g->w->a, str_fmt(g->w->a, "(bit<64>)%s", copies));
	struct table_names t = { 0 };
	struct str overflow;

	if (!g->s->stages) {
		print_tuples_in(g, tag);
		return;
	}
	state_declare_table(g, &t);
	if (!g->s->mirror)
		overflow = state_declare(g, "_overflow", 64, g->s->epoch_cells, &g->m->overflow_in);
	print_copies(g);
	fprintf(g->out, "if (%s != 0) {\n", copies);
	state_epoch(g);
	state_keys(g);
	state_hash(g);
	fputs("@atomic {\n", g->out);
	state_find(g, &t);
	fprintf(g->out, "if (%.*s == 1) {\n", STRA(n->found));
	state_update(g, &t, copies);
	fprintf(g->out, "} else if (%.*s == 2) {\n", STRA(n->found));
	state_claim(g, &t, copies);
	fprintf(g->out, "}\nif (%.*s == 0) {\n", STRA(n->found));
	if (g->s->mirror) {
		print_mirror_in(g, tag, copies);
	} else {
		fprintf(g->out, "%.*s = ~%uw0;\n", STRA(tag), g->s->row_bits);
		state_counter(g, overflow, state_epoch_index(g), more, true);
	}
	fprintf(g->out, "} else { %.*s = (bit<%u>)(%.*s + 1); }\n", STRA(tag), g->s->row_bits,
		STRA(n->row));
	if (g->s->capacity)
		state_packets(g, false, copies);
	fputs("}\n}\n", g->out);
}

/* The ring behind the queue: numbers of ingress's ring, in the order in which they came through. */
static void
print_mirror_out(struct gen *g, const struct plan_tag *tag)
{
	struct weaver *w = g->w;
	const struct names *n = &w->n;
	struct manifest_ring *m = &g->m->ring_out;
	struct str next = state_declare(g, "_out_next", 32, 1, &m->sequence);
	struct str epoch = state_declare(g, "_out_epoch", 32, g->s->ring_rows, &m->epoch), number;

	m->rows = g->s->ring_rows;
	vec_push(w->a, &m->columns,
		 state_declare_words(g, "out", 0, 32, false, g->s->ring_rows, &number));
	fprintf(g->out, "bit<32> %.*s;\n", STRA(n->sequence));
	fprintf(g->out, "%.*s.read(%.*s, 32w0);\n", STRA(next), STRA(n->sequence));
	fprintf(g->out, "%.*s.write(32w0, %.*s + 32w1);\n", STRA(next), STRA(n->sequence));
	fprintf(g->out, "%.*s = %.*s & 32w%u;\n", STRA(n->sequence), STRA(n->sequence),
		g->s->ring_rows - 1);
	fprintf(g->out, "%.*s.write(%.*s, %.*s);\n%.*s.write(%.*s, ", STRA(epoch), STRA(n->sequence),
		STRA(n->epoch), STRA(number), STRA(n->sequence));
	weave_tag(w, g->out, g->r->carrier, tag);
	fputs(" & 0x7fffffff);\n", g->out);
}

/* Egress: no keys and no hash, the packet knows its row. */
void
state_lost_out(struct gen *g)
{
	struct weaver *w = g->w;
	const struct names *n = &w->n;
	const struct plan_tag *tag = &w->plan->tags.v[g->s->row_tag];
	uint32_t rows = g->s->rows * g->s->stages;
	struct str cell, overflow;

	if (rows)
		cell = state_declare(g, "_cell_out", 64, rows, &g->m->cell_out);
	if (!g->s->mirror)
		overflow = state_declare(g, "_overflow_out", 64, g->s->epoch_cells, &g->m->overflow_out);
	state_comment(g->out, g, "what came through the queue");
	fputs("if (", g->out);
	weave_tag(w, g->out, g->r->carrier, tag);
	fprintf(g->out, " != 0 && %.*s.instance_type != 1 && %.*s.instance_type != 2) {\n",
		STRA(g->r->std), STRA(g->r->std));
	state_begin_action(g);
	state_epoch(g);
	fputs("if (", g->out);
	weave_tag(w, g->out, g->r->carrier, tag);
	if (g->s->mirror) {
		fputs(" >= 0x80000000) {\n", g->out);
		print_mirror_out(g, tag);
	} else {
		fprintf(g->out, " == ~%uw0) {\n", g->s->row_bits);
		state_counter(g, overflow, state_epoch_index(g), "1", false);
	}
	if (rows) {
		fprintf(g->out, "} else {\nbit<32> %.*s = (bit<32>)", STRA(n->row));
		weave_tag(w, g->out, g->r->carrier, tag);
		fputs(" - 1;\n", g->out);
		state_counter(g, cell, str_cstr(w->a, n->row), "1", false);
	}
	fputs("}\n", g->out);
	if (g->s->capacity)
		state_packets(g, true, "32w1");
	state_end_action(g, "_arrived", "what came through the queue");
	fputs("}\n", g->out);
}
