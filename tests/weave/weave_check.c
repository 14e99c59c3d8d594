/* weave_check.c - weaves a program with the queries beside it and prints what came out.
 *
 *     weave_check [-m | -c] [-s] [-q QUERIES.scope] PROGRAM.p4
 *
 * Without -q the queries are in PROGRAM.scope. The woven tree must pass the checker, print the same
 * afterwards, and so must what it is printed as; a manifest must come back from a file as it went
 * in. -m prints the manifest without the graph, -c only the two controls, without registers. With
 * -s epochs signal. */
#include <stdlib.h>
#include <unistd.h>

#include "p4/parse.h"
#include "query/query.h"
#include "target/v1model/v1model.h"
#include "weave/weave.h"

struct run {
	struct arena *a;
	struct diags *d;
	bool manifest, controls, signals;
	struct str queries;
};

static struct str
printed(struct run *r, const struct p4_node *tree)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct str ret;

	p4_print(f, tree, r->d);
	fclose(f);
	ret = str_dup(r->a, (struct str){ text, (uint32_t)n });
	free(text);
	return ret;
}

static struct plan *
planned(struct run *r, struct str path)
{
	struct query_options q = { .defines = NULL };
	struct plan_options o = { .rows = 0 };
	struct p4_node *tree = p4_parse_file(r->a, r->d, path, &(struct p4_options){ NULL, NULL });
	struct p4_program *p4 = tree ? p4_check(r->a, r->d, tree, false) : NULL;
	struct plan_program *program = p4 ? plan_program_make(r->a, r->d, p4) : NULL;
	struct ir_graph *g =
		program ? query_load(r->a, r->d, &program->schema, &r->queries, 1, &q) : NULL;

	return g ? plan_make(r->a, r->d, g, program, &v1model, &o) : NULL;
}

static void
check_tree(struct run *r, struct p4_node *tree, struct str text)
{
	struct p4_node *again = p4_parse_text(r->a, r->d, STR("woven.p4"), text,
					      &(struct p4_options){ NULL, NULL });

	if (!again || !p4_check(r->a, r->d, again, false) || !p4_check(r->a, r->d, tree, false)) {
		diags_print(r->d, stderr);
		bug("the woven program does not check:\n%.*s", STRA(text));
	}
	if (!str_eq(printed(r, tree), text))
		bug("the woven program prints otherwise once it is checked");
}

static struct str
manifest_text(struct run *r, const struct manifest *m)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct str ret;

	if (manifest_write(f, m) != 0)
		bug("can't write the manifest");
	fclose(f);
	ret = str_dup(r->a, (struct str){ text, (uint32_t)n });
	free(text);
	return ret;
}

static void
check_manifest(struct run *r, struct manifest *m)
{
	char path[] = "manifest-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	struct str text = manifest_text(r, m);
	struct manifest back;

	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0)
		bug("can't write %s", path);
	if (!manifest_read(r->a, r->d, str_from(path), &back)) {
		diags_print(r->d, stderr);
		bug("the manifest can't be read back:\n%.*s", STRA(text));
	}
	unlink(path);
	if (!str_eq(manifest_text(r, &back), text))
		bug("the manifest changes when it is read back:\n%.*s", STRA(text));
	if (!r->manifest)
		return;
	m->graph = STR("");
	text = manifest_text(r, m);
	printf("%.*s", STRA(text));
}

/* From the first control on, without declarations of registers and their comments. */
static void
put_controls(struct str text)
{
	bool on = false;

	while (text.n) {
		int64_t nl = str_find(text, '\n');
		struct str line = str_sub(text, 0, nl < 0 ? text.n : (uint32_t)nl + 1),
			   t = str_trim(line);

		text = str_sub(text, line.n, text.n);
		on |= str_starts(line, STR("control "));
		if (on && !str_starts(t, STR("register<")))
			printf("%.*s", STRA(line));
	}
}

static bool
check_file(struct run *r, struct str path)
{
	struct plan *p;
	struct manifest m;
	struct p4_node *tree;
	struct str text;

	if (!r->queries.n)
		r->queries = str_fmt(r->a, "%.*s.scope", STRA(str_sub(path, 0, path.n - 3)));
	p = planned(r, path);
	if (p)
		p->signals = r->signals;
	tree = p ? weave(r->a, r->d, p, &m) : NULL;
	if (!tree)
		return false;
	m.program = path;
	text = printed(r, tree);
	check_tree(r, tree, text);
	check_manifest(r, &m);
	if (r->controls)
		put_controls(text);
	else if (!r->manifest)
		printf("%.*s", STRA(text));
	return true;
}

int
main(int argc, char **argv)
{
	struct run r = { .a = arena_make() };
	bool ok;
	int c;

	r.d = diags_make(r.a, sources_make(r.a));
	while ((c = getopt(argc, argv, "mcsq:")) != -1) {
		if (c == 'm')
			r.manifest = true;
		else if (c == 's')
			r.signals = true;
		else if (c == 'c')
			r.controls = true;
		else if (c == 'q')
			r.queries = str_from(optarg);
		else
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	ok = check_file(&r, str_from(argv[optind]));
	diags_print(r.d, stderr);
	arena_free(r.a);
	return ok ? 0 : 1;
}
