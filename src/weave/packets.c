/* packets.c - the names of lost packets as P4: a pair of invertible Bloom lookup tables, one at the end of ingress and one
 * at the start of egress (src/control/iblt.h has the idea and the reader).
 *
 * A packet is named by words of 32 bits: the query's keys, then its fields, then which of them are there. Each name is added
 * to one cell in each of four parts of its epoch's table: a number of packets, sums of their words, a sum of their hashes.
 * Sums instead of exclusive ors, so that packets of one name (the members of a multicast group) don't cancel out. */
#include "manifest/manifest.h"
#include "weave/state.h"

struct side {
	struct str count, check;
	VEC(struct str) words; /* registers */
};

/* --- a packet's name ---------------------------------------------------------------------------- */

static const struct ir_expr *
field_expr(const struct gen *g, uint32_t i)
{
	return i < g->s->keys.n ? g->s->keys.v[i] : g->s->packets.v[i - g->s->keys.n].expr;
}

static const struct ir_expr *
field_presence(const struct gen *g, uint32_t i)
{
	return i < g->s->keys.n ? NULL : g->s->packets.v[i - g->s->keys.n].presence;
}

/* `name` becomes a variable with the field's bits, 0 where it isn't there. */
static void
print_field(struct gen *g, uint32_t i, struct str name)
{
	const struct ir_expr *e = field_expr(g, i), *there = field_presence(g, i);
	uint32_t width = state_key_width(e), wide = width <= 32 ? 32 : width;

	fprintf(g->out, "bit<%u> %.*s = ", wide, STRA(name));
	if (there) {
		weave_expr(g->w, g->out, there, g->at);
		fputs(" ? ", g->out);
	}
	fprintf(g->out, "(bit<%u>)(", wide);
	weave_bits(g->w, g->out, e, g->at, width);
	if (there)
		fprintf(g->out, ") : %uw0;\n", wide);
	else
		fputs(");\n", g->out);
}

/* Declares local variables for the words; returns how many. */
static uint32_t
print_words(struct gen *g)
{
	struct weaver *w = g->w;
	uint32_t word = 0;

	for (uint32_t i = 0; i < g->s->keys.n + g->s->packets.n; i++) {
		uint32_t width = state_key_width(field_expr(g, i)), n = state_words_of(width);
		struct str name = str_fmt(w->a, "%.*s%s%u", STRA(w->n.word), n > 1 ? "_of" : "", n > 1 ? i : word);

		print_field(g, i, name);
		for (uint32_t k = 0; k < n && n > 1; k++) {
			uint32_t lo = 32 * (n - 1 - k), hi = lo + 31 < width - 1 ? lo + 31 : width - 1;

			fprintf(g->out, "bit<32> %.*s%u = (bit<32>)%.*s[%u:%u];\n", STRA(w->n.word), word + k, STRA(name), hi, lo);
		}
		word += n;
	}
	return word;
}

/* The last word: bit i is set when field i is there. */
static void
print_presence(struct gen *g, uint32_t word)
{
	uint32_t always = 0;

	for (uint32_t i = 0; i < g->s->packets.n; i++)
		always |= g->s->packets.v[i].presence ? 0 : 1u << i;
	fprintf(g->out, "bit<32> %.*s%u = 32w%u", STRA(g->w->n.word), word, always);
	for (uint32_t i = 0; i < g->s->packets.n; i++) {
		if (!g->s->packets.v[i].presence)
			continue;
		fputs(" | (", g->out);
		weave_expr(g->w, g->out, g->s->packets.v[i].presence, g->at);
		fprintf(g->out, " ? 32w%u : 32w0)", 1u << i);
	}
	fputs(";\n", g->out);
}

static void
print_mixed(struct gen *g, uint32_t words)
{
	const struct names *n = &g->w->n;

	fprintf(g->out, "bit<32> %.*s;\nhash(%.*s, HashAlgorithm.crc32, 32w0, {", STRA(n->mixed), STRA(n->mixed));
	for (uint32_t i = 0; i < words; i++)
		fprintf(g->out, "%.*s%u, ", STRA(n->word), i);
	fprintf(g->out, "%.*s}, 64w0x100000000);\n", STRA(n->epoch));
}

/* --- the table ---------------------------------------------------------------------------------- */

static void
declare_side(struct gen *g, bool is_out, uint32_t words, struct side *ret)
{
	struct weaver *w = g->w;
	struct manifest_packets *m = &g->m->packets;
	struct manifest_packets_side *side = is_out ? &m->out : &m->in;
	uint32_t cells = MANIFEST_PARTS * g->s->packet_cells * g->s->packet_tables;
	const char *dir = is_out ? "out" : "in";
	char suffix[48];

	snprintf(suffix, sizeof(suffix), "_packets_%s", dir);
	ret->count = state_declare(g, suffix, 64, cells, &side->count);
	snprintf(suffix, sizeof(suffix), "_packets_%s_check", dir);
	ret->check = state_declare(g, suffix, 64, cells, &side->check);
	for (uint32_t i = 0; i < words; i++) {
		struct str path;

		snprintf(suffix, sizeof(suffix), "_packets_%s_%u", dir, i);
		vec_push(w->a, &ret->words, state_declare(g, suffix, 64, cells, &path));
		vec_push(w->a, &side->sums, path);
	}
}

static void
describe(struct gen *g)
{
	struct manifest_packets *m = &g->m->packets;

	m->capacity = g->s->capacity;
	m->cells = g->s->packet_cells;
	m->tables = g->s->packet_tables;
	for (uint32_t i = 0; i < g->s->packets.n; i++) {
		const struct ir_expr *e = g->s->packets.v[i].expr;

		vec_push(g->w->a, &m->fields,
			 (struct manifest_column){ .width = state_key_width(e), .is_signed = e->type.is_signed });
	}
	for (uint32_t i = 0; i < MANIFEST_PARTS; i++)
		m->factors[i] = state_stage_factor(i);
}

/* One register of a cell becomes `fresh` or grows by as much. */
static void
print_sum(struct gen *g, struct str reg, const char *what)
{
	const struct names *n = &g->w->n;

	fprintf(g->out, "%.*s.read(%.*s, %.*s);\n", STRA(reg), STRA(n->sum), STRA(n->place));
	fprintf(g->out, "%.*s.write(%.*s, (%.*s[63:32] == %.*s ? %.*s : 64w0) + %s);\n", STRA(reg), STRA(n->place),
		STRA(n->counted), STRA(n->epoch), STRA(n->sum), what);
}

static void
print_part(struct gen *g, const struct side *s, uint32_t part, uint32_t words, const char *copies)
{
	const struct names *n = &g->w->n;
	struct weaver *w = g->w;
	uint32_t cells = g->s->packet_cells;
	FILE *out = g->out;

	fprintf(out, "%.*s = (bit<32>)(((bit<64>)(%.*s * 32w0x%08x) * 64w%u)[63:32]) + ((%.*s & 32w%u) * 32w%u + 32w%u);\n",
		STRA(n->place), STRA(n->mixed), state_stage_factor(part), cells, STRA(n->epoch),
		g->s->packet_tables - 1, cells * MANIFEST_PARTS, cells * part);
	fprintf(out, "%.*s.read(%.*s, %.*s);\n", STRA(s->count), STRA(n->counted), STRA(n->place));
	fprintf(out, "if (%.*s == 0 || (int<32>)(%.*s - %.*s[63:32]) >= 32s0) {\n", STRA(n->counted), STRA(n->epoch),
		STRA(n->counted));
	for (uint32_t i = 0; i < words; i++)
		print_sum(g, s->words.v[i],
			  str_cstr(w->a, str_fmt(w->a, "(bit<64>)%s * (bit<64>)%.*s%u", copies, STRA(n->word), i)));
	print_sum(g, s->check, str_cstr(w->a, str_fmt(w->a, "(bit<64>)%s * (bit<64>)%.*s", copies, STRA(n->mixed))));
	fprintf(out, "%.*s.write(%.*s, %.*s ++ ((%.*s[63:32] == %.*s ? %.*s[31:0] : 32w0) + %s));\n}\n", STRA(s->count),
		STRA(n->place), STRA(n->epoch), STRA(n->counted), STRA(n->epoch), STRA(n->counted), copies);
}

void
state_packets(struct gen *g, bool is_out, const char *copies)
{
	const struct names *n = &g->w->n;
	struct side side = { 0 };
	uint32_t words;

	if (!is_out)
		describe(g);
	fputs("{\n", g->out);
	state_comment(g->out, g, is_out ? "the packet's name, among those that came through"
					: "the packet's name, among those that were sent");
	words = print_words(g);
	print_presence(g, words++);
	print_mixed(g, words);
	declare_side(g, is_out, words, &side);
	fprintf(g->out, "bit<32> %.*s;\nbit<64> %.*s;\nbit<64> %.*s;\n", STRA(n->place), STRA(n->sum), STRA(n->counted));
	for (uint32_t part = 0; part < MANIFEST_PARTS; part++)
		print_part(g, &side, part, words, copies);
	fputs("}\n", g->out);
}
