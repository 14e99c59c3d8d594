/* Query files to the graph: definitions, parameters, and the order of the queries. */
#include "query/query.h"

#include <errno.h>

#include "query/check.h"

#define FILE_MAX (4u << 20) /* bytes of a query file */
#define NEAR_MAX 500	    /* candidates for "did you mean" */

void
query_unknown(struct checker *c, struct span at, const char *what, struct str name,
	      const struct str *list, uint32_t n)
{
	uint32_t near = n > NEAR_MAX ? NEAR_MAX : n;

	diag_error(c->d, at, "there is no %s '%.*s'", what, STRA(name));
	if (str_nearest(name, list, near).n) {
		diag_nearest(c->d, name, list, near);
	} else if (n && n <= 16) {
		struct str all = list[0];

		for (uint32_t i = 1; i < n; i++)
			all = str_fmt(c->arena, "%.*s, %.*s", STRA(all), STRA(list[i]));
		diag_hint(c->d, "there %s: %.*s", n == 1 ? "is only" : "are", STRA(all));
	}
}

/* --- definitions
 * --------------------------------------------------------------------------------------- */

struct def *
query_def(struct checker *c, struct str name)
{
	return map_get(&c->names, name);
}

/* Words that mean something of their own wherever a name may stand. */
static bool
is_reserved(struct str name)
{
	static const char *const words[] = { "ingress",	    "egress",	"param",     "in",	"network",
					     "true",	    "false",	"multicast", "port_in",
					     "port_intent", "port_out", "time_in",   "instance",
					     "left",	    "right",	"valid" };

	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is(name, words[i]))
			return true;
	for (uint32_t i = 0; i < 7; i++) /* "local" is too good a name to be taken */
		if (str_is(name, ir_instance_names[i]))
			return true;
	return false;
}

static bool
is_taken(const struct checker *c, const struct tree_defs *trees, struct str name)
{
	for (uint32_t i = 0; i < trees->n; i++)
		if (str_eq(trees->v[i].name, name))
			return true;
	return map_has(&c->names, name);
}

static bool
is_left_out(const struct query_file *f, const struct def *def)
{
	for (uint32_t i = 0; f && i < f->nwithout; i++)
		if (!def->tree->is_param && str_eq(f->without[i], def->name))
			return true;
	return false;
}

/* A building block stays one when the queries that begin with it go. */
static void
note_base(struct checker *c, const struct tree *t)
{
	while (t->kind == TREE_CHAIN)
		t = t->a;
	if (t->kind == TREE_PATH)
		vec_push(c->arena, &c->bases, t->text);
}

static void
add_def(struct checker *c, const struct tree_defs *trees, const struct query_file *f,
	const struct tree_def *tree, uint32_t *nameless)
{
	struct def *def = arena_new(c->arena, struct def), *old;

	*def = (struct def){ .tree = tree, .name = tree->name, .value = tree->value, .unit = c->unit };
	while (!def->name.n || (!tree->name.n && is_taken(c, trees, def->name)))
		def->name = str_fmt(c->arena, "query%u", ++*nameless);
	if (is_left_out(f, def)) {
		note_base(c, def->value);
		return;
	}
	if (c->unit && !tree->name.n)
		diag_error(c->d, tree->name_at, "a query that comes while others run needs a name");
	if (is_reserved(def->name)) {
		diag_error(c->d, tree->name_at,
			   "'%.*s' can't be a name: it means something else in queries",
			   STRA(def->name));
		return;
	}
	old = query_def(c, def->name);
	if (old) {
		diag_error(c->d, tree->name_at, "the name '%.*s' is used twice", STRA(def->name));
		diag_note(c->d, old->tree->name_at, "first here");
		def->built = DONE;
	} else {
		map_put(&c->names, def->name, def);
	}
	vec_push(c->arena, &c->defs, def);
}

/* All queries over network() share the bits of one digest. */
static void
add_budget(struct checker *c, const struct tree_def *tree)
{
	if (c->budget) {
		diag_error(c->d, tree->name_at, "there are two budgets");
		diag_note(c->d, c->budget->name_at, "first here");
	}
	c->budget = tree;
}

static void
add_defs(struct checker *c, const struct source *s, const struct query_file *f)
{
	struct tree_defs *trees = arena_new(c->arena, struct tree_defs);
	uint32_t nameless = 0;

	query_parse(c->arena, c->d, s, trees);
	for (uint32_t i = 0; i < trees->n; i++) {
		if (c->defs.n == QUERY_MAX_QUERIES) {
			diag_error(c->d, trees->v[i].name_at, "more than %d queries and parameters",
				   QUERY_MAX_QUERIES);
			break;
		}
		if (trees->v[i].is_budget)
			add_budget(c, &trees->v[i]);
		else
			add_def(c, trees, f, &trees->v[i], &nameless);
	}
}

/* --- parameters
 * ------------------------------------------------------------------------------------------- */

static bool
is_many(const struct tree *t)
{
	return t->kind == TREE_SET || t->kind == TREE_RANGE ||
	       (t->kind == TREE_LITERAL &&
		(t->token.kind == TOKEN_PREFIX4 || t->token.kind == TOKEN_PREFIX6));
}

static struct term
param_term(struct checker *c, struct def *def, struct span at)
{
	if (def->built == NOW) {
		diag_error(c->d, at, "parameter '%.*s' is made from itself", STRA(def->name));
		def->bad = true;
	}
	if (def->built == NOT_YET && !is_many(def->value)) {
		def->built = NOW;
		def->term = query_term(c, NULL, def->value);
		def->bad |= def->term.kind == TERM_ERROR;
		def->built = DONE;
	}
	return def->bad ? (struct term){ .kind = TERM_ERROR, .at = at } : def->term;
}

struct term
query_param(struct checker *c, struct def *def, struct span at)
{
	struct term t;

	if (is_many(def->value)) {
		diag_error(c->d, at,
			   "parameter '%.*s' is a set, a range or a prefix: it can only stand "
			   "after 'in'",
			   STRA(def->name));
		return (struct term){ .kind = TERM_ERROR, .at = at };
	}
	t = param_term(c, def, at);
	t.at = at;
	return t;
}

static void
define(struct checker *c, const char *text, bool lenient)
{
	const struct source *s = source_add(diags_sources(c->d), STR("-D"), str_from(text));
	int64_t eq = str_find(s->text, '=');
	struct span at = { s->base, s->base + s->text.n };
	struct str name = str_trim(str_sub(s->text, 0, eq < 0 ? s->text.n : (uint32_t)eq));
	struct def *def = query_def(c, name);
	struct tree_defs trees = { .n = 0 };

	if (eq < 0) {
		diag_error(c->d, at, "a parameter is set by NAME=VALUE");
		return;
	}
	if ((!def || !def->tree->is_param) && lenient)
		return;
	if (!def || !def->tree->is_param) {
		struct str *list = arena_array(c->arena, struct str, c->defs.n + 1);
		uint32_t n = 0;

		vec_each (it, &c->defs)
			if ((*it)->tree->is_param)
				list[n++] = (*it)->name;
		query_unknown(c, at, "parameter", name, list, n);
		return;
	}
	query_parse(c->arena, c->d, s, &trees);
	if (trees.n == 1 && !trees.v[0].is_param && str_eq(trees.v[0].name, name))
		def->value = trees.v[0].value;
	else if (!trees.n || trees.n > 1)
		diag_error(c->d, at, "a parameter is set by NAME=VALUE");
}

/* --- queries
 * --------------------------------------------------------------------------------------------------
 */

struct epoch
query_def_epoch(struct checker *c, struct def *def)
{
	if (def->timed == NOT_YET) {
		def->timed = NOW; /* recursion has its own message elsewhere */
		def->epoch = query_epoch(c, def->value);
		def->timed = DONE;
	}
	return def->epoch;
}

struct ir_query *
query_build_def(struct checker *c, struct def *def)
{
	uint32_t unit = c->unit;

	if (def->built != NOT_YET)
		return def->query;
	def->built = NOW;
	def->flow = arena_new(c->arena, struct flow);
	c->unit = def->unit;
	if (query_is_network(c, def->value))
		def->bad |= !query_network(c, def);
	else if (def->value->kind != TREE_ERROR)
		def->query = query_build(c, def->value, def->name, query_def_epoch(c, def), false,
					 def->flow);
	c->unit = unit;
	if (def->query)
		def->query->at = def->tree->name_at;
	def->bad |= !def->query && !query_is_network(c, def->value);
	def->built = DONE;
	return def->query;
}

/* Queries in the order of the files; those in place just before the one that joins them. */
static void
put_in_order(struct ir_graph *g, struct ir_query *q)
{
	vec_each (n, &q->nodes) {
		struct ir_query *other = (*n)->other;

		if (other && other->anonymous)
			put_in_order(g, other);
	}
	q->index = g->queries.n;
	vec_push(g->arena, &g->queries, q);
}

/* A stream of packets that another query begins with is a building block: nobody asked to see each
 * of its packets. */
static bool
is_reported(const struct def *def)
{
	return def->query && !(def->is_base && def->query->stateful < 0);
}

/* One switch can answer the other queries only. */
static void
leave_out_network(struct checker *c)
{
	struct span at = c->g->network->queries.v[0]->at;
	bool others = false;

	vec_each (def, &c->defs)
		others |= (*def)->query != NULL;
	if (others)
		diag_warn(c->d, at, "queries over network() are left out: one switch can't answer them");
	else
		diag_error(c->d, at, "one switch can't answer queries over network(), and there is no other query");
	diag_hint(c->d, "'packetscope net' runs a network of switches");
	c->g->network = NULL;
}

/* A query over network() that asks nothing is a building block, too. */
static void
check_network(struct checker *c)
{
	bool any = false;

	vec_each (def, &c->defs) {
		if ((*def)->tree->is_param || !query_is_network(c, (*def)->value))
			continue;
		any = true;
		if (!(*def)->bad && !(*def)->network && !(*def)->is_base)
			diag_error(c->d, (*def)->tree->name_at, "a query over network() asks per_flow(...) or per_packet(...)");
	}
	if (c->budget && !any)
		diag_warn(c->d, c->budget->name_at, "there is no query over network() that this budget is for");
	query_network_budget(c);
	if (c->g->network && c->g->network->queries.n && !(c->o && c->o->network))
		leave_out_network(c);
}

static void
check_defs(struct checker *c, uint32_t errors_before)
{
	bool any = false;

	vec_each (name, &c->bases)
		if (query_def(c, *name))
			query_def(c, *name)->is_base = true;
	vec_each (def, &c->defs) {
		any |= !(*def)->tree->is_param;
		if ((*def)->tree->is_param)
			param_term(c, *def, (*def)->tree->name_at);
		else
			query_build_def(c, *def);
	}
	check_network(c);
	if (!any && diag_errors(c->d) == errors_before)
		diag_error(c->d, (struct span){ c->end, c->end },
			   "there is no query: a query is written NAME = ingress()..., "
			   "NAME = egress()... or NAME = network()...");
	if (diag_errors(c->d) > errors_before)
		return;
	vec_each (def, &c->defs)
		if (is_reported(*def))
			put_in_order(c->g, (*def)->query);
}

static void
checker_init(struct checker *c, struct arena *a, struct diags *d, const struct ir_schema *schema,
	     const struct query_options *o)
{
	*c = (struct checker){ .arena = a, .d = d, .schema = schema, .o = o };
	c->g = ir_graph_make(a, schema);
	map_init(&c->names, a);
}

static bool
fits(struct checker *c, const struct source *s)
{
	if (s->text.n <= FILE_MAX)
		return true;
	diag_error(c->d, (struct span){ s->base, s->base }, "a query file has at most %u bytes",
		   FILE_MAX);
	return false;
}

static void
add_file(struct checker *c, const struct query_file *f)
{
	int err = 0;
	const struct source *s = f->text.p ? source_add(diags_sources(c->d), f->path, f->text) :
					     source_read(diags_sources(c->d), f->path, &err);

	c->unit = f->unit;
	if (!s)
		diag_error(c->d, (struct span){ 0, 0 }, "can't read '%.*s': %s", STRA(f->path), strerror(err));
	else if (fits(c, s))
		add_defs(c, s, f);
	c->end = s ? s->base + s->text.n : c->end;
}

static struct ir_graph *
finish(struct checker *c, uint32_t errors_before)
{
	for (uint32_t i = 0; c->o && c->o->defines && c->o->defines[i]; i++)
		define(c, c->o->defines[i], c->o->lenient);
	check_defs(c, errors_before);
	return diag_errors(c->d) > errors_before ? NULL : query_compact(c->arena, c->g);
}

struct ir_graph *
query_load(struct arena *a, struct diags *d, const struct ir_schema *schema,
	   const struct str *paths, uint32_t n, const struct query_options *o)
{
	uint32_t errors = diag_errors(d);
	struct checker c;

	checker_init(&c, a, d, schema, o);
	for (uint32_t i = 0; i < n; i++)
		add_file(&c, &(struct query_file){ .path = paths[i] });
	return finish(&c, errors);
}

struct ir_graph *
query_load_files(struct arena *a, struct diags *d, const struct ir_schema *schema,
		 const struct query_file *files, uint32_t n, const struct query_options *o)
{
	uint32_t errors = diag_errors(d);
	struct checker c;

	checker_init(&c, a, d, schema, o);
	if (!n)
		return c.g;
	for (uint32_t i = 0; i < n; i++)
		add_file(&c, &files[i]);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; files[i].defines && files[i].defines[k]; k++)
			define(&c, files[i].defines[k], false);
	return finish(&c, errors);
}

struct ir_graph *
query_load_text(struct arena *a, struct diags *d, const struct ir_schema *schema, struct str name,
		struct str text, const struct query_options *o)
{
	uint32_t errors = diag_errors(d);
	struct checker c;

	checker_init(&c, a, d, schema, o);
	const struct source *s = source_add(diags_sources(d), name, text);

	if (fits(&c, s))
		add_defs(&c, s, NULL);
	c.end = s->base + s->text.n;
	return finish(&c, errors);
}
