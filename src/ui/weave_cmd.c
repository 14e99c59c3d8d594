#include "ui/weave_cmd.h"

#include <stdio.h>
#include <string.h>

#include "base/outfile.h"
#include "ui/options.h"

struct outputs {
	char *p4, *manifest;
};

/* Both files or none: the second is opened before the first is put in its place. */
static int
write_outputs(struct compilation *c, const struct outputs *to)
{
	struct outfile p4, manifest;
	const char *path = to->p4 ? to->p4 : "-";
	int e = outfile_open(&p4, path);

	if (e == 0 && to->manifest && (e = outfile_open(&manifest, to->manifest)) < 0) {
		path = to->manifest;
		outfile_abort(&p4);
	}
	if (e < 0) {
		fprintf(stderr, "packetscope weave: %s: %s\n", path, strerror(-e));
		return UI_FAILED;
	}
	fwrite(c->woven_text.p, 1, c->woven_text.n, p4.out);
	if (to->manifest && (e = manifest_write(manifest.out, &c->manifest)) < 0)
		path = to->manifest;
	if (e == 0)
		e = outfile_commit(&p4);
	else
		outfile_abort(&p4);
	if (to->manifest && e == 0) {
		path = to->manifest;
		e = outfile_commit(&manifest);
	} else if (to->manifest) {
		outfile_abort(&manifest);
	}
	if (e < 0)
		fprintf(stderr, "packetscope weave: %s: %s\n", str_is(str_from(path), "-") ? "the output" : path, strerror(-e));
	return e < 0 ? UI_FAILED : UI_DONE;
}

static int
weave_program(const struct ui_compile_args *args, const char *program, const struct outputs *to)
{
	struct compilation c;
	struct compile_options o;
	int status = UI_FAILED;

	compilation_init(&c);
	if (!ui_compile_options(c.arena, "weave", args, program, &o))
		status = UI_USAGE;
	else if (!o.nqueries)
		status = ui_usage("weave", "which queries? (-q FILE.scope)");
	else if (o.print == COMPILE_C)
		status = ui_usage("weave", "-d c is a stage of `packetscope run`");
	else if (compile_weave(&c, &o))
		status = write_outputs(&c, to);
	else if (c.printed)
		status = UI_DONE;
	compilation_fini(&c);
	return status;
}

int
ui_weave(int argc, const char **argv)
{
	struct ui_compile_args args = { .max_delay = NULL };
	struct outputs to = { NULL, NULL };
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args),
		UI_FIT_OPTIONS(args),
		{ "output", 'o', POPT_ARG_STRING, &to.p4, 0, "the woven program (default: standard output)", "FILE.p4" },
		{ "manifest", 0, POPT_ARG_STRING, &to.manifest, 0, "what a controller must know, as JSON", "FILE.json" },
		{ "max-delay", 0, POPT_ARG_STRING, &args.max_delay, 0, "the longest a packet may wait in a queue", "TIME" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope weave", argc, argv, table, 0);
	const char *program;
	int status;

	poptSetOtherOptionHelp(ctx,
			       "PROGRAM.p4 -q FILE.scope... [-o WOVEN.p4] [--manifest FILE.json]\n\n"
			       "Weaves queries into a P4 program, for BMv2 or the embedded switch.\n\n"
			       "Example:\n  packetscope weave router.p4 -q table1.scope -o woven.p4 --manifest woven.json\n");
	status = ui_parse(ctx, "weave");
	if (status == UI_DONE) {
		program = ui_program(ctx, "weave");
		status = program ? weave_program(&args, program, &to) : UI_USAGE;
	}
	poptFreeContext(ctx);
	return status;
}

/* --- check ------------------------------------------------------------------------------------- */

static void
print_queries(const struct ir_graph *g)
{
	uint32_t n = 0;

	vec_each(q, &g->queries)
		n += !(*q)->anonymous;
	printf(", %u quer%s can be answered on it", n, n == 1 ? "y" : "ies");
}

static int
check_files(const struct ui_compile_args *args, const char *program)
{
	struct compilation c;
	struct compile_options o;
	int status = UI_FAILED;

	compilation_init(&c);
	if (!ui_compile_options(c.arena, "check", args, program, &o)) {
		status = UI_USAGE;
	} else if (compile_weave(&c, &o)) {
		printf("%s: no errors", program);
		if (o.nqueries)
			print_queries(c.graph);
		printf("\n");
		status = UI_DONE;
	} else if (c.printed) {
		status = UI_DONE;
	}
	compilation_fini(&c);
	return status;
}

static bool
is_query(const char *path)
{
	return str_ends(str_from(path), STR(".scope"));
}

/* `check A.p4`, `check Q.scope... -p A.p4`. */
static int
check_args(poptContext ctx, struct ui_compile_args *args, const char *program)
{
	struct arena *a = arena_make();
	VEC(const char *) queries = { 0 };
	int status = UI_DONE;
	const char *arg;

	for (uint32_t i = 0; args->queries && args->queries[i]; i++)
		vec_push(a, &queries, args->queries[i]);
	while (status == UI_DONE && (arg = poptGetArg(ctx))) {
		if (is_query(arg))
			vec_push(a, &queries, arg);
		else if (!program)
			program = arg;
		else
			status = ui_usage("check", "one P4 program, please: what is '%s'?", arg);
	}
	if (status == UI_DONE && !program)
		status = ui_usage("check", "%s", queries.n ? "queries are checked against a program: -p PROGRAM.p4" :
							   "which file?");
	vec_push(a, &queries, NULL);
	args->queries = queries.v;
	if (status == UI_DONE)
		status = check_files(args, program);
	arena_free(a);
	return status;
}

int
ui_check(int argc, const char **argv)
{
	struct ui_compile_args args = { .max_delay = NULL };
	char *program = NULL;
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args),
		{ "program", 'p', POPT_ARG_STRING, &program, 0, "the program that queries are checked against", "FILE.p4" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope check", argc, argv, table, 0);
	int status;

	poptSetOtherOptionHelp(ctx, "PROGRAM.p4 | FILE.scope... -p PROGRAM.p4\n\n"
				    "Reports every error of a program or of query files.\n\n"
				    "Examples:\n  packetscope check router.p4\n"
				    "  packetscope check table1.scope -p router.p4\n");
	status = ui_parse(ctx, "check");
	if (status == UI_DONE)
		status = check_args(ctx, &args, program);
	poptFreeContext(ctx);
	return status;
}
