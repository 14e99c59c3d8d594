#include "ui/weave_cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/outfile.h"
#include "ui/explain_network.h"
#include "ui/options.h"
#include "ui/net_place.h"
#include "ui/shim_option.h"
#include "ui/woven_entries.h"

struct outputs {
	char *p4, *manifest, *entries, *switch_;
	const char **from; /* files of entries */
	struct net_place_args place_args;
	struct net_place place;
};

enum { P4, MANIFEST, ENTRIES, SWITCH, OUTPUTS };

static int
write_one(struct compilation *c, FILE *out, int which, const struct outputs *to)
{
	if (which == P4)
		fwrite(c->woven_text.p, 1, c->woven_text.n, out);
	if (which == MANIFEST)
		return manifest_write(out, &c->manifest);
	if (which == ENTRIES)
		return woven_entries_write(out, c, to->from) ? 0 : -EINVAL;
	if (which == SWITCH && c->network)
		net_place_commands(out, c->arena, c->network, to->place.t, to->place.node, 0, net_place_round_trip(c->arena, to->place.t));
	return 0;
}

/* All files or none: all are open and written before the first is put in its place. */
static int
write_outputs(struct compilation *c, const struct outputs *to)
{
	const char *const paths[OUTPUTS] = { to->p4 ? to->p4 : "-", to->manifest, to->entries, to->switch_ };
	struct outfile files[OUTPUTS];
	int e = 0, opened = 0, at = 0;

	for (; e == 0 && opened < OUTPUTS; opened += e == 0) {
		at = opened;
		e = paths[at] ? outfile_open(&files[at], paths[at]) : 0;
	}
	for (int i = 0; i < opened && e == 0; i++) {
		at = i;
		e = paths[i] ? write_one(c, files[i].out, i, to) : 0;
	}
	for (int i = 0; i < opened; i++) {
		int failed = !paths[i] ? 0 : e == 0 ? outfile_commit(&files[i]) : (outfile_abort(&files[i]), 0);

		if (failed < 0) {
			e = failed;
			at = i;
		}
	}
	if (e < 0 && !diag_errors(c->diags))
		fprintf(stderr, "packetscope weave: %s: %s\n", str_is(str_from(paths[at]), "-") ? "the output" : paths[at], strerror(-e));
	return e < 0 ? UI_FAILED : UI_DONE;
}

/* Whoever reads the manifest wants the reports of queries over network(), too. */
static int
weave_and_write(struct compilation *c, struct compile_options *o, struct outputs *to)
{
	o->tells_reports = true;
	if (net_place_find(c->arena, c->diags, &to->place_args, &to->place) && compile_weave(c, o))
		return write_outputs(c, to);
	return c->printed ? UI_DONE : UI_FAILED;
}

static int
weave_program(const struct ui_compile_args *args, const char *program, struct outputs *to)
{
	struct compilation c;
	struct compile_options o;
	int status = UI_FAILED;

	compilation_init(&c);
	if (!ui_compile_options(c.arena, "weave", args, program, &o))
		status = UI_USAGE;
	else if (!o.nqueries)
		status = ui_usage("weave", "which queries? (-q FILE.scope)");
	else if (to->entries && !(to->from && to->from[0]))
		status = ui_usage("weave", "which entries? (-e FILE)");
	else if (to->switch_ && (!to->place_args.topology || !to->place_args.node))
		status = ui_usage("weave", "--switch-output: of which switch? (--topology TOPOLOGY --switch NAME)");
	else if (o.print == COMPILE_C)
		status = ui_usage("weave", "-d c is a stage of `packetscope run`");
	else
		status = weave_and_write(&c, &o, to);
	compilation_fini(&c);
	return status;
}

int
ui_weave(int argc, const char **argv)
{
	struct ui_compile_args args = { .takes_network = true };
	struct outputs to = { NULL };
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args),
		UI_FIT_OPTIONS(args),
		UI_NETWORK_OPTIONS(args, "8"),
		{ "entries", 'e', POPT_ARG_ARGV, &args.entries, 0, "table entries, for --train and --entries-output", "FILE" },
		{ "output", 'o', POPT_ARG_STRING, &to.p4, 0, "the woven program (default: standard output)", "FILE.p4" },
		{ "manifest", 0, POPT_ARG_STRING, &to.manifest, 0, "what a controller must know, as JSON", "FILE.json" },
		{ "entries-output", 0, POPT_ARG_STRING, &to.entries, 0,
		  "the entries, with the parameters that drop reasons need", "FILE" },
		NET_PLACE_OPTIONS(to.place_args),
		{ "switch-output", 0, POPT_ARG_STRING, &to.switch_, 0,
		  "commands that tell the switch who it is and where its ports lead, for queries over network()", "FILE" },
		{ "max-delay", 0, POPT_ARG_STRING, &args.max_delay, 0, "the longest a packet may wait in a queue", "TIME" },
		{ "signals", 0, POPT_ARG_STRING, &args.signals, 0,
		  "how a switch tells `packetscope attach` that an epoch has packets: by a digest (default: not at all)", "digest" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope weave", argc, argv, table, 0);
	const char *program;
	int status;

	poptSetOtherOptionHelp(ctx,
			       "PROGRAM.p4 -q FILE.scope... [-o WOVEN.p4] [--manifest FILE.json] [-e ENTRIES --entries-output FILE]\n\n"
			       "Weaves queries into a P4 program, for BMv2 or the embedded switch.\n\n"
			       "Example:\n  packetscope weave router.p4 -q table1.scope -o woven.p4 --manifest woven.json\n");
	status = ui_parse(ctx, "weave");
	if (status == UI_DONE) {
		to.from = args.entries;
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
	n += g->network ? g->network->queries.n : 0;
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
	} else if (o.library = !o.nqueries, compile_weave(&c, &o)) {
		printf("%s: no errors", program);
		if (!c.user->main)
			printf(", but no 'main' either: there is nothing to run");
		if (o.nqueries)
			print_queries(c.graph);
		printf("\n");
		if (c.network_plan)
			explain_network_text(stdout, c.arena, c.network_plan);
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
	struct ui_compile_args args = { .takes_network = true };
	char *program = NULL;
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args),
		UI_NETWORK_OPTIONS(args, "8"),
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
