/* compile_network.c - queries over network(): the program gets what they need before anything else is planned. */
#include "ui/compile_network.h"

#include "target/v1model/v1model.h"

/* The query files, and one more. */
static struct query_file *
with_reports(struct compilation *c, const struct compile_options *o, uint32_t *ret_n)
{
	uint32_t n = o->files ? o->nfiles : o->nqueries;
	struct query_file *files = arena_array(c->arena, struct query_file, n + 1);

	for (uint32_t i = 0; i < n; i++)
		files[i] = o->files ? o->files[i] : (struct query_file){ .path = o->queries[i] };
	files[n] = (struct query_file){ .path = STR("reports of queries over network()"), .text = c->network->reports };
	*ret_n = n + 1;
	return files;
}

/* Everything again, for the program as it is now. What there is to say has been said. */
static bool
load_again(struct compilation *c, const struct compile_options *o, const struct query_options *q)
{
	struct diags *silent = diags_make(c->arena, diags_sources(c->diags));
	uint32_t n;
	const struct query_file *files = with_reports(c, o, &n);

	c->program = plan_program_make(c->arena, silent, c->user);
	c->graph = c->program ? query_load_files(c->arena, silent, &c->program->schema, files, n, q) : NULL;
	if (!c->graph) {
		diags_print(silent, stderr);
		bug("queries over network() don't load again");
	}
	c->discards = c->program->discards;
	vec_each(query, &c->graph->queries)
		if (str_is((*query)->name, NETWORK_REPORTS))
			(*query)->anonymous = !o->tells_reports;
	return true;
}

bool
compile_network(struct compilation *c, const struct compile_options *o, const struct query_options *q)
{
	struct p4_node *tree = c->user->tree;

	c->network_plan = plan_network_make(c->arena, c->diags, c->graph->network, c->program, &o->network);
	if (!c->network_plan)
		return false;
	if (o->print == COMPILE_PLAN)
		plan_network_print(stdout, c->network_plan);
	c->network = weave_network(c->arena, c->diags, c->program, &v1model, c->graph, c->network_plan, &o->shim);
	if (!c->network)
		return false;
	c->user = p4_check(c->arena, c->diags, tree, false);
	if (!c->user) {
		diags_print(c->diags, stderr);
		bug("a program with queries over network() is wrong");
	}
	return load_again(c, o, q);
}
