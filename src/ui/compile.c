/* compile.c - the list of stages. */
#include "ui/compile.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ir/network.h"
#include "p4/parse.h"
#include "query/query.h"
#include "target/v1model/v1model.h"
#include "ui/compile_network.h"
#include "ui/fitting.h"
#include "weave/weave.h"

void
compilation_init(struct compilation *c)
{
	*c = (struct compilation){ .arena = arena_make() };
	c->diags = diags_make(c->arena, sources_make(c->arena));
	manifest_init(&c->manifest, c->arena);
}

void
compilation_fini(struct compilation *c)
{
	diags_print(c->diags, stderr);
	soft_object_free(&c->object);
	arena_free(c->arena);
}

enum compile_stage
compile_stage_of(const char *name)
{
	static const char *const names[] = { "", "ast", "graph", "plan", "woven", "c" };

	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum compile_stage)i;
	return COMPILE_NONE;
}

/* True when `stage` is to be printed: the compilation then ends. */
static bool
wanted(struct compilation *c, const struct compile_options *o, enum compile_stage stage)
{
	if (o->print == stage)
		c->printed = true;
	return c->printed;
}

static bool
front_end(struct compilation *c, const struct compile_options *o)
{
	struct p4_options p4 = { .include_dirs = o->include_dirs };
	struct p4_node *tree = p4_parse_file(c->arena, c->diags, str_from(o->program), &p4);

	if (!tree)
		return false;
	if (wanted(c, o, COMPILE_AST)) {
		p4_dump(stdout, tree);
		return false;
	}
	c->user = p4_check(c->arena, c->diags, tree, o->library);
	if (c->user)
		p4_custom_crcs(c->arena, c->user, &c->crcs); /* weaving changes the tree */
	return c->user != NULL;
}

static bool
plan_queries(struct compilation *c, const struct compile_options *o)
{
	struct query_options q = { .defines = o->params, .lenient = o->lenient, .network = o->takes_network };
	struct plan_options plan = o->plan;

	c->program = plan_program_make(c->arena, c->diags, c->user);
	if (!c->program)
		return false;
	c->discards = c->program->discards;
	if (o->files || !o->nqueries)
		c->graph = query_load_files(c->arena, c->diags, &c->program->schema, o->files, o->nfiles, &q);
	else
		c->graph = query_load(c->arena, c->diags, &c->program->schema, o->queries, o->nqueries, &q);
	if (!c->graph)
		return false;
	if (wanted(c, o, COMPILE_GRAPH)) {
		ir_print(stdout, c->graph);
		if (c->graph->network)
			ir_network_print(stdout, c->graph->network);
		return false;
	}
	if (c->graph->network && !compile_network(c, o, &q))
		return false;
	plan.drained = o->drained;
	plan.own_tables |= o->keeps_reasons; /* queries come and go */
	if (!fitting(c, o, &v1model, &plan))
		return false;
	c->plan = plan_make(c->arena, c->diags, c->graph, c->program, &v1model, &plan);
	if (!c->plan)
		return false;
	c->plan->fit = c->fit;
	if (c->fit)
		plan_verify_fit(c->plan);
	c->plan->keeps_reasons = o->keeps_reasons;
	c->plan->signals = o->signals;
	if (wanted(c, o, COMPILE_PLAN)) {
		plan_print(stdout, c->plan);
		return false;
	}
	return true;
}

/* The woven tree is printed and read again: what runs is what `-d woven` shows. */
static bool
weave_queries(struct compilation *c, const struct compile_options *o)
{
	struct p4_options p4 = { .include_dirs = o->include_dirs };
	struct p4_node *woven = weave(c->arena, c->diags, c->plan, &c->manifest), *tree;
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (!woven)
		return false;
	c->manifest.program = str_from(o->program);
	if (c->network) {
		weave_network_end(c->network, c->user);
		plan_network_describe(c->arena, c->network_plan, c->graph, &c->manifest.network);
	}
	out = open_memstream(&text, &size);
	p4_print(out, woven, c->diags);
	fclose(out);
	c->woven_text = str_dup(c->arena, (struct str){ text, (uint32_t)size });
	free(text);
	if (wanted(c, o, COMPILE_WOVEN)) {
		fwrite(c->woven_text.p, 1, c->woven_text.n, stdout);
		return false;
	}
	tree = p4_parse_text(c->arena, c->diags, STR("woven.p4"), c->woven_text, &p4);
	if (tree)
		weave_places(c->arena, woven, tree);
	c->executable = tree ? p4_check(c->arena, c->diags, tree, false) : NULL;
	return c->executable != NULL;
}

bool
compile_weave(struct compilation *c, const struct compile_options *o)
{
	uint64_t start = clock_now();
	bool ok = front_end(c, o);

	c->times.front_end = clock_now() - start;
	if (!ok)
		return false;
	if (!o->nqueries && !o->nfiles && !o->keeps_reasons) {
		c->executable = c->user;
		c->discards = arena_new(c->arena, struct discards);
		discards_init(c->discards, c->arena);
		p4_discards(c->arena, c->diags, c->user, c->discards);
		return diag_errors(c->diags) == 0;
	}
	start = clock_now();
	ok = plan_queries(c, o) && weave_queries(c, o);
	c->times.weave = clock_now() - start;
	return ok;
}

bool
compile_native(struct compilation *c, const struct compile_options *o, const struct soft_options *so)
{
	struct soft_options woven = *so;
	uint64_t start = clock_now();
	bool ok;

	woven.crcs = &c->crcs;
	if (wanted(c, o, COMPILE_C)) {
		c->printed = soft_generate(stdout, c->executable, &woven);
		return false;
	}
	ok = soft_compile(c->executable, &woven, &c->object);
	c->times.native = clock_now() - start;
	return ok;
}
