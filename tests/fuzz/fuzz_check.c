/* fuzz_check.c - any bytes as a P4 program, through everything that a compilation does with it: check, elaborate, lay out
 * its packets, and generate code. Nothing may crash; what can't be compiled is refused. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "p4/check.h"
#include "p4/parse.h"
#include "plan/program.h"
#include "target/soft/soft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
generate(struct arena *a, struct diags *d, struct p4_program *p)
{
	struct soft_options o = { .name = "fuzz" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	plan_program_make(a, d, p);
	soft_generate(out, p, &o);
	fclose(out);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct str text = str_dup(a, (struct str){ (const char *)data, (uint32_t)size });
	struct p4_node *tree = p4_parse_text(a, d, STR("fuzz.p4"), text, NULL);
	struct p4_program *p = tree ? p4_check(a, d, tree, true) : NULL;

	if (p && p->main)
		generate(a, d, p);
	arena_free(a);
	return 0;
}
