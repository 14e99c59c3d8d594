/* gen_state.c - what a program keeps from one packet to the next, and where it touches it. From that follows whether packets may run
 * in bursts with the results of single ones, and whether they may be spread over threads. */
#include "target/soft/gen.h"

#define ALL_STAGES 15

void
gen_touch(struct gen *g, const char *what, bool writes)
{
	/* What belongs to no instance may be called from anywhere. */
	uint8_t stages = g->fn && g->fn->inst ? (uint8_t)(1u << g->stage) : ALL_STAGES;

	for (uint32_t i = 0; i < g->touched.n; i++)
		if (strcmp(g->touched.v[i].what, what) == 0) {
			g->touched.v[i].stages |= stages;
			g->touched.v[i].written |= writes;
			return;
		}
	vec_push(g->a, &g->touched, (struct gen_touched){ what, stages, writes });
}

void
gen_state_info(struct gen *g)
{
	const char *shared = NULL;
	bool in_order = true;

	for (uint32_t i = 0; i < g->touched.n; i++) {
		const struct gen_touched *t = &g->touched.v[i];

		if (!t->written)
			continue;
		if (!shared)
			shared = t->what;
		if (g->comes_back || (t->stages & (t->stages - 1)))
			in_order = false;
	}
	fprintf(g->info, "\t.in_order = %d,\n\t.shared = %s,\n", in_order, shared ? gen_quote(g, str_from(shared)) : "NULL");
}
