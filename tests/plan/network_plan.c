/* network_plan.c - what the engine makes of queries over network(): the plan as text, or the manifest's section.
 *
 *     network_plan [-m] PROGRAM.p4 QUERIES.scope
 */
#include <stdio.h>
#include <string.h>

#include "p4/parse.h"
#include "plan/network.h"
#include "query/query.h"

static bool
show(struct arena *a, const struct plan_network *p, const struct ir_graph *g, bool manifest)
{
	struct manifest m;

	if (!manifest) {
		plan_network_print(stdout, p);
		return true;
	}
	manifest_init(&m, a);
	m.target = STR("v1model");
	m.tick_ns = 1000;
	plan_network_describe(a, p, g, &m.network);
	return manifest_write(stdout, &m) == 0;
}

int
main(int argc, char **argv)
{
	bool manifest = argc == 4 && strcmp(argv[1], "-m") == 0;
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct p4_options p4 = { .include_dirs = NULL };
	struct query_options q = { .network = true };
	struct p4_node *tree = argc == 3 + manifest ? p4_parse_file(a, d, str_from(argv[1 + manifest]), &p4) : NULL;
	struct p4_program *checked = tree ? p4_check(a, d, tree, false) : NULL;
	struct plan_program *program = checked ? plan_program_make(a, d, checked) : NULL;
	struct ir_graph *g = program ? query_load(a, d, &program->schema, &(struct str){ argv[2 + manifest], (uint32_t)strlen(argv[2 + manifest]) }, 1, &q) : NULL;
	struct plan_network *p = g && g->network ? plan_network_make(a, d, g->network, program, NULL) : NULL;
	bool ok = p && show(a, p, g, manifest);

	diags_print(d, stderr);
	arena_free(a);
	return ok ? 0 : 1;
}
