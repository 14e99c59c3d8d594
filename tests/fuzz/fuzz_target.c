/* fuzz_target.c - any bytes as the description of a switch: a model or errors. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "plan/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct str text = { (const char *)data, (uint32_t)size };
	struct plan_model m;
	FILE *null = fopen("/dev/null", "w");
	bool ok = plan_model_parse(a, d, source_add(diags_sources(d), STR("x.toml"), text), &m);

	if (!null || ok != (diag_errors(d) == 0) || (ok && !m.name.n))
		abort();
	diags_print(d, null);
	fclose(null);
	arena_free(a);
	return 0;
}
