/* query_check.c - checks query files against a schema and prints their graph without the schema.
 *
 *     query_check -s SCHEMA [-r] [-D NAME=VALUE]... FILE...
 *
 * -r takes each FILE as several variants that must make the same graph: parts divided by lines of
 * `---`. Whatever loads is also printed, parsed and printed again, which must give the same text.
 */
#include <stdlib.h>
#include <unistd.h>

#include "schema_text.h"

#include "ir/network.h"
#include "query/query.h"

struct run {
	struct arena *a;
	struct diags *d;
	const struct ir_schema *schema;
	struct query_options options;
};

static struct str
graph_text(struct arena *a, const struct ir_graph *g)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct str ret;

	ir_print(f, g);
	fclose(f);
	ret = str_dup(a, (struct str){ text, (uint32_t)n });
	free(text);
	return ret;
}

/* Prints all but the schema. */
static void
put_graph(struct str text)
{
	bool in_schema = true;

	while (text.n) {
		int64_t nl = str_find(text, '\n');
		struct str line = str_sub(text, 0, nl < 0 ? text.n : (uint32_t)nl + 1);

		text = str_sub(text, line.n, text.n);
		if (str_starts(line, STR("f0 ")) || str_starts(line, STR("query ")))
			in_schema = false;
		if (!in_schema)
			printf("%.*s", STRA(line));
	}
}

/* The text of the graph; empty after errors. */
static struct str
checked(struct run *r, struct ir_graph *g)
{
	struct str first, second;
	struct ir_graph *back;

	if (!g)
		return STR_NONE;
	first = graph_text(r->a, g);
	back = ir_parse(r->a, r->d, STR("graph"), first);
	if (!back) {
		diags_print(r->d, stderr);
		bug("the graph can't be read back:\n%.*s", STRA(first));
	}
	second = graph_text(r->a, back);
	if (!str_eq(first, second))
		bug("the graph changes when it is read back:\n%.*s\n%.*s", STRA(first),
		    STRA(second));
	return first;
}

/* Parts between lines of `---`; each must make the graph of the first. */
static bool
variants(struct run *r, struct str name)
{
	int err = 0;
	const struct source *s = source_read(diags_sources(r->d), name, &err);
	struct str rest = s ? s->text : STR_NONE, first = STR_NONE;
	bool same = s != NULL;

	for (uint32_t i = 1; rest.n; i++) {
		uint32_t end = 0;

		while (end < rest.n && !str_starts(str_sub(rest, end, rest.n), STR("\n---\n")))
			end++;
		struct str part = str_sub(rest, 0, end);
		struct str at = str_fmt(r->a, "%.*s:%u", STRA(name), i);
		struct str text =
			checked(r, query_load_text(r->a, r->d, r->schema, at, part, &r->options));

		rest = str_sub(rest, end + 5, rest.n);
		if (i == 1)
			first = text;
		if (str_eq(text, first))
			continue;
		printf("variant %u differs from the first:\n", i);
		put_graph(text);
		same = false;
	}
	put_graph(first);
	return same;
}

static void
load(struct run *r, const struct str *paths, uint32_t n)
{
	struct ir_graph *g = query_load(r->a, r->d, r->schema, paths, n, &r->options);

	put_graph(checked(r, g));
	if (g && g->network)
		ir_network_print(stdout, g->network);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_make();
	struct run r = { .a = a, .d = diags_make(a, sources_make(a)) };
	const char **defines = arena_array(a, const char *, argc + 1);
	bool has_variants = false, ok = true;
	int opt, n = 0;
	VEC(struct str) paths = { .n = 0 };

	while ((opt = getopt(argc, argv, "s:D:r")) != -1) {
		if (opt == 's')
			r.schema = schema_read(a, r.d, str_from(optarg));
		else if (opt == 'D')
			defines[n++] = optarg;
		else if (opt == 'r')
			has_variants = true;
		else
			return 2;
	}
	if (!r.schema)
		return 2;
	r.options.defines = defines;
	r.options.network = true;
	for (int i = optind; i < argc; i++) {
		vec_push(a, &paths, str_from(argv[i]));
		if (has_variants)
			ok = variants(&r, paths.v[paths.n - 1]) && ok;
	}
	if (!has_variants)
		load(&r, paths.v, paths.n);
	diags_print(r.d, stderr);
	ok = ok && !diag_errors(r.d);
	arena_free(a);
	return !ok;
}
