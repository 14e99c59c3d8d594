/* state_table.c - a table as P4: a row of d stages is found by a hash of the keys and the epoch, or claimed, and updated. */
#include "weave/state.h"

void
state_declare_table(struct gen *g, struct table_names *ret)
{
	uint32_t rows = g->s->rows * g->s->stages;
	struct str names[4];

	ret->cell = state_declare(g, "_cell", 64, rows, &g->m->cell);
	for (uint32_t i = 0; i < g->s->keys.n; i++) {
		const struct ir_expr *e = g->s->keys.v[i];
		struct manifest_column c =
			state_declare_words(g, "key", i, state_key_width(e), e->type.is_signed, rows, names);

		vec_push(g->w->a, &g->m->keys, c);
		for (uint32_t k = 0; k < state_words_of(state_key_width(e)); k++)
			vec_push(g->w->a, &ret->words, names[k]);
	}
	for (uint32_t i = 0; i < g->s->values.n; i++) {
		const struct plan_value *v = &g->s->values.v[i];
		struct manifest_column c = { .width = v->width,
					     .is_signed = v->expr && v->expr->type.is_signed };

		if (i != 0 || !g->s->packed)
			c = state_declare_value(g, "value", i, rows, &ret->values[i]);
		vec_push(g->w->a, &g->m->values, c);
	}
	for (g->m->log.rows = 1; g->m->log.rows < rows;)
		g->m->log.rows *= 2;
	ret->next = state_declare(g, "_log_next", 32, 1, &g->m->log.sequence);
	ret->log = state_declare(g, "_log", 32, g->m->log.rows, &g->m->log.row);
}

/* Odd multipliers without a common pattern, one for each stage. */
uint32_t
state_stage_factor(uint32_t stage)
{
	uint64_t z = 0x9e3779b97f4a7c15u * (stage + 1);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(z ^ z >> 31) | 1;
}

#define EPOCH_FACTOR 0x85ebca6bu
#define WORD_FACTORS 64 /* there are fewer stages */

/* The words are added up, each but the first times an odd number. Then they are mixed, or keys of a regular pattern could meet in all stages.
 * The epoch takes part, as a key that is there in every epoch has a row in each that is still kept; times an odd number, so that port 2 in one
 * epoch has not all its rows in common with port 1 in the next. */
void
state_hash(struct gen *g)
{
	const struct names *n = &g->w->n;
	uint32_t word = 0;

	if (g->nwords == 0 || g->s->index_bits)
		return;
	fprintf(g->out, "bit<32> %.*s = ", STRA(n->hash));
	for (uint32_t i = 0; i < g->s->keys.n; i++)
		for (uint32_t k = 0; k < state_words_of(state_key_width(g->s->keys.v[i])); k++) {
			fputs(word ? " + " : "", g->out);
			state_key_word(g, g->out, i, k);
			if (word++)
				fprintf(g->out, " * 32w0x%08x", state_stage_factor(WORD_FACTORS + word));
		}
	fprintf(g->out, " + %.*s * 32w0x%08x;\n", STRA(n->epoch), EPOCH_FACTOR);
	fprintf(g->out, "%.*s = (%.*s ^ (%.*s >> 16)) * 32w0x%08x;\n", STRA(n->hash), STRA(n->hash), STRA(n->hash),
		state_stage_factor(WORD_FACTORS));
}

/* Rows of indexed tables: the epoch's part of the table, then the keys' bits. */
static void
print_index(struct gen *g)
{
	const struct names *n = &g->w->n;
	uint32_t parts = 0;

	while (1u << (g->s->index_bits + parts) < g->s->rows)
		parts++;
	fprintf(g->out, "%.*s = (bit<32>)(", STRA(n->row));
	if (parts)
		fprintf(g->out, "%.*s[%u:0] ++ ", STRA(n->epoch), parts - 1);
	for (uint32_t i = 0; i < g->s->keys.n; i++)
		fprintf(g->out, "%s%.*s%u[%u:0]", i ? " ++ " : "", STRA(n->key), i,
			plan_index_bits(g->w->plan->target, g->s->keys.v[i]) - 1);
	fputs(");\n", g->out);
}

static void
print_row(struct gen *g, uint32_t stage)
{
	const struct names *n = &g->w->n;
	uint32_t log = 0, base = stage * g->s->rows;

	if (g->s->index_bits) {
		print_index(g);
		return;
	}
	while (1u << log < g->s->rows)
		log++;
	fprintf(g->out, "%.*s = ", STRA(n->row));
	if (log == 0 || g->nwords == 0) {
		fprintf(g->out, "32w%u;\n", base);
		return;
	}
	fprintf(g->out, "(bit<32>)((%.*s * 32w0x%08x)[31:%u])", STRA(n->hash), state_stage_factor(stage), 32 - log);
	if (base)
		fprintf(g->out, " + 32w%u", base);
	fputs(";\n", g->out);
}

/* A clock of 48 bits never counts epochs of 2^18 of its ticks up to 2^31: then none is stored as 0, and what an empty cell holds is one of long ago. */
static bool
epochs_wrap(const struct gen *g)
{
	return g->s->window_ns / g->w->plan->target->tick_ns < 1u << 18;
}

/* Can the lower half of a cell in use be 0? In the one epoch that is stored as 0, such a cell looks empty: then the
 * table isn't used, and tuples go where those go that find no row. */
static bool
may_be_zero(const struct plan_state *s)
{
	return s->packed && s->values.v[0].expr;
}

/* Is the row's key the packet's? Its words are read one after the other, for as long as they agree: most rows that are looked at in vain differ in the first. */
static void
compare_keys(struct gen *g, const struct table_names *t)
{
	const struct names *n = &g->w->n;
	uint32_t word = 0;

	for (uint32_t i = 0; i < g->s->keys.n && !g->s->index_bits; i++)
		for (uint32_t k = 0; k < state_words_of(state_key_width(g->s->keys.v[i])); k++, word++) {
			fprintf(g->out, "%.*s.read(%.*s%u, %.*s);\nif (%.*s%u == ", STRA(t->words.v[word]), STRA(n->old), word, STRA(n->row),
				STRA(n->old), word);
			state_key_word(g, g->out, i, k);
			fputs(") {\n", g->out);
		}
	fprintf(g->out, "%.*s = 1;\n", STRA(n->found));
	while (word-- > 0)
		fputs("}\n", g->out);
}

/* Looks at one row: `found` becomes 1 for the key's own row of this epoch, 2 for one that may be
 * claimed, and where rows are replaced 3 for one that is another's. */
static void
print_stage(struct gen *g, const struct table_names *t, uint32_t stage)
{
	const struct names *n = &g->w->n;
	FILE *out = g->out;

	if (stage > 0)
		fprintf(out, "// stage %u\nif (%.*s == 0) {\n", stage, STRA(n->found));
	print_row(g, stage);
	fprintf(out, "%.*s.read(%.*s, %.*s);\n", STRA(t->cell), STRA(n->cell), STRA(n->row));
	/* An empty cell is 0 as a whole. */
	if (epochs_wrap(g))
		fprintf(out, "if (%.*s == 0) { %.*s = %s; } else ", STRA(n->cell), STRA(n->found),
			may_be_zero(g->s) ? str_cstr(g->w->a, str_fmt(g->w->a, "(%.*s == 0 ? 2w0 : 2w2)",
								      STRA(n->epoch)))
					  : "2");
	fprintf(out, "if (%.*s[63:32] == %.*s) {\n", STRA(n->cell), STRA(n->epoch));
	if (g->s->replaces)
		fprintf(out, "%.*s = 3;\n", STRA(n->found));
	compare_keys(g, t);
	fprintf(out, "} else if ((int<32>)(%.*s - %.*s[63:32]) >= 32s%u) { %.*s = 2; }\n",
		STRA(n->epoch), STRA(n->cell), g->s->generations, STRA(n->found));
	if (g->s->replaces)
		fprintf(out, "else if ((int<32>)(%.*s - %.*s[63:32]) > 0) { %.*s = 3; }\n", STRA(n->epoch), STRA(n->cell),
			STRA(n->found));
	if (stage > 0)
		fputs("}\n", out);
}

static void
print_merge(struct gen *g, const struct plan_value *v, const char *old, const char *fresh)
{
	bool is_signed = v->expr && v->expr->type.is_signed;
	const char *op = v->merge == IR_MERGE_MIN ? "<" : ">";

	if (v->merge == IR_MERGE_SUM)
		fprintf(g->out, "(%s + %s)", old, fresh);
	else if (is_signed)
		fprintf(g->out, "((int<%u>)%s %s (int<%u>)%s ? %s : %s)", v->width, old, op,
			v->width, fresh, old, fresh);
	else
		fprintf(g->out, "(%s %s %s ? %s : %s)", old, op, fresh, old, fresh);
}

static const char *
value_name(const struct gen *g, uint32_t i)
{
	return str_cstr(g->w->a, str_fmt(g->w->a, "%.*s%u", STRA(g->w->n.value), i));
}

/* Are packets counted, fewer than 2^32 in an epoch? Then one more never carries into the cell's epoch. */
static bool
counts_few(const struct plan_state *s)
{
	return s->packed && s->values.v[0].merge == IR_MERGE_SUM && !s->values.v[0].expr && s->window_ns <= PLAN_FEW_NS;
}

void
state_update(struct gen *g, const struct table_names *t, const char *copies)
{
	const struct names *n = &g->w->n;
	const char *low = str_cstr(g->w->a, str_fmt(g->w->a, "%.*s[31:0]", STRA(n->cell)));
	FILE *out = g->out;

	if (!copies && counts_few(g->s)) {
		fprintf(out, "%.*s.write(%.*s, %.*s + 64w1);\n", STRA(t->cell), STRA(n->row), STRA(n->cell));
	} else if (copies || g->s->packed) {
		fprintf(out, "%.*s.write(%.*s, %.*s ++ ", STRA(t->cell), STRA(n->row),
			STRA(n->epoch));
		if (copies)
			fprintf(out, "(%s + %s)", low, copies);
		else
			print_merge(g, &g->s->values.v[0], low, value_name(g, 0));
		fputs(");\n", out);
	}
	for (uint32_t i = g->s->packed ? 1 : 0; i < g->s->values.n; i++) {
		const struct plan_value *v = &g->s->values.v[i];
		const char *old;

		if (v->by_key)
			continue;
		old = str_cstr(g->w->a, str_fmt(g->w->a, "%.*s_%.*s%u", STRA(n->old),
							    STRA(STR("value")), i));

		fprintf(out, "bit<%u> %s;\n%.*s.read(%s, %.*s);\n", v->width, old,
			STRA(t->values[i]), old, STRA(n->row));
		fprintf(out, "%.*s.write(%.*s, ", STRA(t->values[i]), STRA(n->row));
		print_merge(g, v, old, value_name(g, i));
		fputs(");\n", out);
	}
}

/* The controller reads rows by their numbers in the log: the row is written before. */
static void
log_claim(struct gen *g, const struct table_names *t)
{
	const struct names *n = &g->w->n;
	FILE *out = g->out;

	fprintf(out, "bit<32> %.*s;\n%.*s.read(%.*s, 32w0);\n", STRA(n->sequence), STRA(t->next),
		STRA(n->sequence));
	fprintf(out, "%.*s.write(%.*s & 32w%u, %.*s);\n", STRA(t->log), STRA(n->sequence),
		g->m->log.rows - 1, STRA(n->row));
	fprintf(out, "%.*s.write(32w0, %.*s + 32w1);\n", STRA(t->next), STRA(n->sequence));
}

void
state_claim(struct gen *g, const struct table_names *t, const char *copies)
{
	const struct names *n = &g->w->n;
	FILE *out = g->out;
	uint32_t word = 0;

	fprintf(out, "%.*s.write(%.*s, %.*s ++ %s);\n", STRA(t->cell), STRA(n->row), STRA(n->epoch),
		copies	       ? copies
		: g->s->packed ? value_name(g, 0)
			       : "32w1");
	for (uint32_t i = 0; i < g->s->keys.n; i++)
		for (uint32_t k = 0; k < state_words_of(state_key_width(g->s->keys.v[i])); k++) {
			fprintf(out, "%.*s.write(%.*s, ", STRA(t->words.v[word]), STRA(n->row));
			state_key_word(g, out, i, k);
			fputs(");\n", out);
			word++;
		}
	for (uint32_t i = g->s->packed ? 1 : 0; i < g->s->values.n; i++) {
		fprintf(out, "%.*s.write(%.*s, ", STRA(t->values[i]), STRA(n->row));
		state_value(g, out, i);
		fputs(");\n", out);
	}
	/* a row that goes from key to key in one epoch is in the log already */
	if (g->s->replaces)
		fprintf(out, "if (%.*s == 2 || %.*s[63:32] != %.*s) {\n", STRA(n->found), STRA(n->cell), STRA(n->epoch));
	log_claim(g, t);
	if (g->s->replaces)
		fputs("}\n", out);
}

void
state_find(struct gen *g, const struct table_names *t)
{
	const struct names *n = &g->w->n;

	fprintf(g->out, "bit<32> %.*s;\nbit<2> %.*s = 0;\nbit<64> %.*s;\n", STRA(n->row),
		STRA(n->found), STRA(n->cell));
	for (uint32_t i = 0; i < g->nwords && !g->s->index_bits; i++)
		fprintf(g->out, "bit<32> %.*s%u;\n", STRA(n->old), i);
	for (uint32_t i = 0; i < (g->nwords ? g->s->stages : 1); i++)
		print_stage(g, t, i);
}

/* What is in the row goes to the controller now instead of later. */
static void
print_evict(struct gen *g, const struct table_names *t, const struct ring_names *ring)
{
	const struct names *n = &g->w->n;

	for (uint32_t word = 0; word < t->words.n; word++)
		fprintf(g->out, "bit<32> %.*s%u;\n%.*s.read(%.*s%u, %.*s);\n", STRA(n->old), word, STRA(t->words.v[word]), STRA(n->old), word,
			STRA(n->row));
	for (uint32_t i = g->s->packed ? 1 : 0; i < g->s->values.n; i++)
		fprintf(g->out, "bit<%u> %.*s_value%u;\n%.*s.read(%.*s_value%u, %.*s);\n", g->s->values.v[i].width, STRA(n->old), i,
			STRA(t->values[i]), STRA(n->old), i, STRA(n->row));
	state_ring(g, ring, NULL, NULL, true);
}

/* Claims the row, or does without one. */
static void
print_unfound(struct gen *g, const struct table_names *t, const struct ring_names *ring, struct str overflow)
{
	const struct names *n = &g->w->n;

	fprintf(g->out, "if (%.*s %s 2) {\n", STRA(n->found), g->s->replaces ? ">=" : "==");
	if (g->s->replaces) {
		fprintf(g->out, "if (%.*s == 3) {\n", STRA(n->found));
		print_evict(g, t, ring);
		fputs("}\n", g->out);
	}
	state_claim(g, t, NULL);
	fprintf(g->out, "} else if (%.*s == 0) {\n", STRA(n->found));
	if (g->s->mirror)
		state_ring(g, ring, NULL, NULL, false);
	else
		state_counter(g, overflow, state_epoch_index(g), "1", true);
	fputs("}\n", g->out);
}

/* The variables that an action of its own needs, as its parameters or as its arguments. */
static void
print_handed(struct gen *g, FILE *out, bool declare)
{
	const struct names *n = &g->w->n;
	const struct str common[] = { n->row, n->found, n->cell, n->epoch };
	static const uint32_t widths[] = { 32, 2, 64, 32 };

	for (uint32_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		fputs(i ? ", " : "", out);
		if (declare)
			fprintf(out, "in bit<%u> ", widths[i]);
		fprintf(out, "%.*s", STRA(common[i]));
	}
	for (uint32_t i = 0; i < g->s->keys.n; i++) {
		uint32_t width = state_key_width(g->s->keys.v[i]);

		fputs(", ", out);
		if (declare)
			fprintf(out, "in bit<%u> ", width <= 32 ? 32 : width);
		fprintf(out, "%.*s%u", STRA(n->key), i);
	}
	for (uint32_t i = 0; i < g->s->values.n; i++) {
		fputs(", ", out);
		if (declare)
			fprintf(out, "in bit<%u> %.*s%u", g->s->values.v[i].width, STRA(n->value), i);
		else
			state_value(g, out, i);
	}
}

/* Packets that find their row are nearly all. What others do is an action of its own, out of their way: its many variables, in one piece with the rest of the
 * control, took registers and moves from all packets (docs/performance.md). */
static void
print_unfound_apart(struct gen *g, const struct table_names *t, const struct ring_names *ring)
{
	const struct names *n = &g->w->n;
	struct gen inside = *g;
	struct text body;
	struct str text, name = weave_fresh(g->w, str_fmt(g->w->a, "%.*s%.*s_make_room", STRA(n->prefix), STRA(str_sub(g->s->prefix, 2, g->s->prefix.n))));

	text_open(&body);
	inside.out = body.f;
	inside.apart = true;
	print_unfound(&inside, t, ring, (struct str){ 0 });
	text = text_close(&body, g->w->a);
	state_comment(g->r->actions.f, g, "a packet without a row");
	fprintf(g->r->actions.f, "@rare\naction %.*s(", STRA(name));
	print_handed(g, g->r->actions.f, true);
	fprintf(g->r->actions.f, ") {\n%.*s}\n", STRA(text));
	fprintf(g->out, "%.*s(", STRA(name));
	print_handed(g, g->out, false);
	fputs(");\n", g->out);
}

void
state_found(struct gen *g, const struct table_names *t, const struct ring_names *ring, struct str overflow)
{
	const struct names *n = &g->w->n;

	bool apart = g->w->plan->drained && g->s->mirror;

	if (g->s->kind != PLAN_DISTINCT) {
		fprintf(g->out, "if (%.*s == 1) {\n", STRA(n->found));
		state_update(g, t, NULL);
		fputs("} else ", g->out);
	} else if (apart) {
		fprintf(g->out, "if (%.*s != 1) ", STRA(n->found));
	}
	if (!apart) {
		print_unfound(g, t, ring, overflow);
		return;
	}
	fputs("{\n", g->out);
	print_unfound_apart(g, t, ring);
	fputs("}\n", g->out);
}
