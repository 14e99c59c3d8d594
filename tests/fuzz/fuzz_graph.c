/* fuzz_graph.c - any bytes as the text form of a graph: what is accepted prints to a text that is
 * read back as the same, and its queries run. */
#include <stdio.h>
#include <stdlib.h>

#include "ir/eval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
text_of(const struct ir_graph *g)
{
	char *p = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&p, &size);

	if (!out)
		abort();
	ir_print(out, g);
	fclose(out);
	return (struct str){ p, (uint32_t)size };
}

static void
round_trip(struct arena *a, struct diags *d, const struct ir_graph *g)
{
	struct str before = text_of(g), after;
	struct ir_graph *again = ir_parse(a, d, STR("printed"), before);

	if (!again) {
		diags_print(d, stderr);
		bug("the printed graph isn't read back:\n%.*s", STRA(before));
	}
	/* Once folded and numbered anew, the text stays what it is. */
	after = text_of(again);
	if (!str_eq(before, after))
		bug("the printed graph changes:\n%.*s\n%.*s", STRA(before), STRA(after));
	free((void *)(uintptr_t)before.p);
	free((void *)(uintptr_t)after.p);
}

static void
emit(void *user, const struct ir_result *r)
{
	for (uint32_t i = 0; i < r->nrows; i++)
		for (uint32_t c = 0; c < r->ncolumns; c++)
			ir_value_json(user, r->columns[c].type, &ir_result_row(r, i)[c]);
}

static struct ir_value
some_value(const struct ir_field *f, uint32_t n)
{
	if (n % 4 == 0)
		return IR_ABSENT;
	if (f->type.kind == IR_REASON)
		return (struct ir_value){ .tag = IR_V_TEXT,
					  .text = n % 4 == 1 ? STR("a#1") : STR("b") };
	return ir_int(ir_wrap(f->type, (ir_i128)n * 0x9e3779b97f4a7c15 - 1));
}

static void
run(struct arena *a, struct ir_graph *g)
{
	struct ir_value *v = arena_array(a, struct ir_value, g->fields.n + 1);
	struct ir_eval *ev = ir_eval_make(g);
	FILE *null = fopen("/dev/null", "w");

	for (uint32_t i = 0; i < 24; i++) {
		struct ir_packet p = {
			.ingress = i % 3 != 0, .egress = i % 5 != 0, .ingress_instance = i % 7,
			.egress_instance = i % 6, .time_in = (uint64_t)i * 700000000, .id = i,
			.copies = i % 4, .fields = v,
		};

		for (uint32_t k = 0; k < g->fields.n; k++)
			v[k] = some_value(g->fields.v[k], i * 7 + k);
		ir_eval_packet(ev, &p);
	}
	if (null)
		ir_eval_finish(ev, emit, null);
	if (null)
		fclose(null);
	ir_eval_free(ev);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct ir_graph *g = NULL;

	if (size < 1 << 20)
		g = ir_parse(a, d, STR("graph"),
			     (struct str){ (const char *)data, (uint32_t)size });
	if (g) {
		round_trip(a, d, g);
		run(a, g);
	}
	arena_free(a);
	return 0;
}
