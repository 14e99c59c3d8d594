/* refine.c - the switch's part of `refine`: packets of keys whose prefix is not in the set of their epoch are left out. There are two sets
 * of hashed prefixes, for even and odd epochs; a cell is of an epoch when it holds the epoch's number, and a set is when the register
 * `on` does. A set that has not been written (yet) leaves nothing out. */
#include "weave/state.h"

#define FACTORS 128 /* apart from those of rows */

/* The words of the key, with the refined column cut, times an odd number each; then mixed, as rows' are. */
static void
print_hash(struct gen *g, const struct ir_node *n, struct str hash)
{
	struct manifest_refine *m = &g->m->refine;

	fprintf(g->out, "bit<32> %.*s = ", STRA(hash));
	for (uint32_t i = 0; i < g->s->keys.n; i++) {
		uint32_t width = state_key_width(g->s->keys.v[i]), words = state_words_of(width);

		for (uint32_t k = 0; k < words; k++) {
			uint32_t below = 32 * (words - 1 - k), cut = i == n->by ? width - n->prefix : 0;
			uint32_t gone = cut <= below ? 0 : cut - below < 32 ? cut - below : 32;
			uint32_t factor = state_stage_factor(FACTORS + m->factors.n);

			fputs(m->factors.n ? " + (" : "(", g->out);
			state_key_word(g, g->out, i, k);
			fprintf(g->out, " & 32w0x%08x) * 32w0x%08x", gone == 32 ? 0 : UINT32_MAX << gone, factor);
			vec_push(g->w->a, &m->factors, factor);
		}
	}
	m->mix = state_stage_factor(FACTORS - 1);
	fprintf(g->out, ";\n%.*s = (%.*s ^ (%.*s >> 16)) * 32w0x%08x;\n", STRA(hash), STRA(hash), STRA(hash), m->mix);
}

bool
state_begin_refined(struct gen *g)
{
	const struct ir_node *n = plan_refinement(g->s);
	struct manifest_refine *m = &g->m->refine;
	const struct names *names = &g->w->n;
	uint32_t log = 0;
	struct str member, on, hash = str_fmt(g->w->a, "%.*s_prefix", STRA(names->hash));
	struct str cell = str_fmt(g->w->a, "%.*s_of_set", STRA(names->cell));

	if (!n)
		return false;
	m->cells = PLAN_SET_CELLS;
	while (1u << log < m->cells)
		log++;
	on = state_declare(g, "_refine_on", 32, 2, &m->on);
	member = state_declare(g, "_refine", 32, 2 * m->cells, &m->member);
	print_hash(g, n, hash);
	fprintf(g->out, "bit<32> %.*s_on;\n%.*s.read(%.*s_on, %.*s & 32w1);\n", STRA(cell), STRA(on), STRA(cell), STRA(names->epoch));
	fprintf(g->out, "bit<32> %.*s;\n%.*s.read(%.*s, ((%.*s & 32w1) << %u) + (%.*s >> %u));\n", STRA(cell), STRA(member),
		STRA(cell), STRA(names->epoch), log, STRA(hash), 32 - log);
	fprintf(g->out, "if (%.*s_on != %.*s || %.*s == %.*s) {\n", STRA(cell), STRA(names->epoch), STRA(cell), STRA(names->epoch));
	return true;
}

void
state_end_refined(struct gen *g, bool begun)
{
	if (begun)
		fputs("}\n", g->out);
}
