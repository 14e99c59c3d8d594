/* fuzz_p4.c - any bytes as a P4 program: whatever parses must print to a program with the same
 * tree. The first byte chooses: a program (with its #includes), or one of the weaver's snippets. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "p4/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void
round_trip(struct arena *a, struct diags *d, const struct p4_node *program)
{
	struct str before = text_of(program, d, true), printed = text_of(program, d, false), after;
	struct p4_node *again = p4_parse_text(a, d, STR("printed.p4"), printed, NULL);

	if (!again) {
		diags_print(d, stderr);
		bug("the printed program does not parse:\n%.*s", STRA(printed));
	}
	after = text_of(again, d, true);
	if (!str_eq(before, after))
		bug("the printed program has another tree:\n%.*s", STRA(printed));
	free((void *)(uintptr_t)before.p);
	free((void *)(uintptr_t)printed.p);
	free((void *)(uintptr_t)after.p);
}

/* Parsed one way or another; the trees of snippets only have to print. */
static void
run(struct arena *a, struct diags *d, uint8_t how, struct str text)
{
	struct p4_list list = { 0 };
	struct p4_node *n = NULL;
	bool ok = false;

	switch (how) {
	case 's':
		ok = p4_parse_stmts(a, d, STR("stmts"), text, &list);
		break;
	case 'l':
		ok = p4_parse_locals(a, d, STR("locals"), text, &list);
		break;
	case 'd':
		ok = p4_parse_decls(a, d, STR("decls"), text, &list);
		break;
	case 'e':
		n = p4_parse_expr(a, d, STR("expr"), text);
		break;
	default:
		n = p4_parse_text(a, d, STR("input.p4"), text, NULL);
		if (n)
			round_trip(a, d, n);
		return;
	}
	for (uint32_t i = 0; ok && i < list.n; i++)
		free((void *)(uintptr_t)text_of(list.v[i], d, true).p);
	if (n)
		free((void *)(uintptr_t)text_of(n, d, true).p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	struct diags *d;
	struct str text;
	FILE *sink;

	if (size == 0 || size > 1 << 20)
		return 0;
	a = arena_make();
	d = diags_make(a, sources_make(a));
	text.p = arena_copy(a, data + 1, size - 1);
	text.n = (uint32_t)size - 1;
	run(a, d, data[0], text);
	sink = fopen("/dev/null", "w");
	if (sink) {
		diags_print(d, sink);
		fclose(sink);
	}
	arena_free(a);
	return 0;
}
