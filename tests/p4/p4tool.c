/* p4tool.c - parts of src/p4 from the command line, for golden files:
 *   p4tool ast FILE     the tree
 *   p4tool print FILE   the printed program
 *   p4tool round FILE   nothing, when the printed program has the same tree and prints the same */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "p4/parse.h"

static struct str
text_of(const struct p4_node *n, struct diags *d, bool dump)
{
	char *p = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&p, &size);

	if (!out)
		abort();
	if (dump)
		p4_dump(out, n);
	else
		p4_print(out, n, d);
	fclose(out);
	return (struct str){ p, (uint32_t)size };
}

static int
differs(struct str a, struct str b, const char *what)
{
	if (str_eq(a, b))
		return 0;
	printf("%s differs\n--- first\n%.*s--- then\n%.*s", what, STRA(a), STRA(b));
	return 1;
}

static int
round_trip(struct arena *a, struct diags *d, const struct p4_node *n)
{
	struct str tree = text_of(n, d, true), printed = text_of(n, d, false), tree2, printed2;
	struct p4_node *again = p4_parse_text(a, d, STR("printed.p4"), printed, NULL);
	int wrong;

	if (!again) {
		diags_print(d, stdout);
		return 1;
	}
	tree2 = text_of(again, d, true);
	printed2 = text_of(again, d, false);
	wrong = differs(tree, tree2, "the tree") || differs(printed, printed2, "the text");
	free((void *)(uintptr_t)tree.p);
	free((void *)(uintptr_t)printed.p);
	free((void *)(uintptr_t)tree2.p);
	free((void *)(uintptr_t)printed2.p);
	return wrong;
}

static int
run(struct arena *a, struct diags *d, const char *what, const char *path)
{
	static const char *const dirs[] = { "include", NULL };
	static const char *const defines[] = { "FROM_COMMAND_LINE=7", NULL };
	struct p4_options o = { .include_dirs = dirs, .defines = defines };
	struct p4_node *n = p4_parse_file(a, d, str_from(path), &o);

	diags_print(d, stderr);
	if (!n)
		return 1;
	if (str_eq(str_from(what), STR("round")))
		return round_trip(a, d, n);
	if (str_eq(str_from(what), STR("ast")))
		p4_dump(stdout, n);
	else
		p4_print(stdout, n, d);
	return 0;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_make();
	int status = 2;

	if (argc == 3)
		status = run(a, diags_make(a, sources_make(a)), argv[1], argv[2]);
	else
		fprintf(stderr, "usage: p4tool ast|print|round FILE\n");
	arena_free(a);
	return status;
}
