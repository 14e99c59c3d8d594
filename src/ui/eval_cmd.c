#include "ui/eval_cmd.h"

#include <stdio.h>
#include <string.h>

#include "ir/trace.h"
#include "query/query.h"
#include "sink/sink.h"
#include "ui/options.h"

struct eval_args {
	const char **queries, **params;
	char *print;
	int json, csv;
	VEC(struct str) files; /* of queries */
	struct str trace;
};

struct eval_run {
	struct sink *sink;
	uint64_t start_ns;
};

static void
on_result(void *user, const struct ir_result *r)
{
	struct eval_run *run = user;

	sink_result(run->sink, r, run->start_ns);
}

/* Every packet of the trace, up to its end or its damage, then all results. */
static int
evaluate(struct ir_trace *t, struct ir_graph *g, struct sink *sink)
{
	struct eval_run run = { sink, ir_trace_start_ns(t) };
	struct ir_eval *ev = ir_eval_make(g);
	struct ir_packet p;
	int got, error;

	while ((got = ir_trace_next(t, g, &p)) > 0)
		ir_eval_packet(ev, &p);
	ir_eval_finish(ev, on_result, &run);
	ir_eval_free(ev);
	error = sink_finish(sink);
	if (error)
		fprintf(stderr, "packetscope eval: can't write: %s\n", strerror(-error));
	return got < 0 || error ? UI_FAILED : UI_DONE;
}

static int
eval_trace(struct arena *a, struct diags *d, const struct eval_args *args, struct ir_trace *t)
{
	struct query_options o = { .defines = args->params };
	struct ir_graph *g = query_load(a, d, ir_trace_schema(t), args->files.v, args->files.n, &o);

	diags_print(d, stderr);
	if (!g)
		return UI_FAILED;
	if (args->print) {
		ir_print(stdout, g);
		return fflush(stdout) ? UI_FAILED : UI_DONE;
	}
	return evaluate(t, g,
			args->json  ? sink_make_json(stdout)
			: args->csv ? sink_make_csv(stdout)
				    : sink_make_table(stdout));
}

static int
eval_files(struct arena *a, const struct eval_args *args)
{
	struct diags *d = diags_make(a, sources_make(a));
	struct ir_trace *t = ir_trace_open(a, d, args->trace);
	int status = t ? eval_trace(a, d, args, t) : UI_FAILED;

	diags_print(d, stderr);
	ir_trace_close(t);
	return status;
}

/* The arguments that aren't options: queries by their name, and one trace. */
static int
positional(struct arena *a, poptContext ctx, struct eval_args *args)
{
	const char *arg;

	for (const char **q = args->queries; q && *q; q++)
		vec_push(a, &args->files, str_from(*q));
	while ((arg = poptGetArg(ctx))) {
		struct str s = str_dup(a, str_from(arg));

		if (str_ends(s, STR(".scope")))
			vec_push(a, &args->files, s);
		else if (args->trace.n)
			return ui_usage("eval", "one trace, please: what is '%s'?", arg);
		else
			args->trace = s;
	}
	if (!args->trace.n)
		return ui_usage("eval", "which trace?");
	if (!args->files.n)
		return ui_usage("eval", "which queries?");
	if (args->json && args->csv)
		return ui_usage("eval", "either --json or --csv");
	if (args->print && strcmp(args->print, "graph"))
		return ui_usage("eval", "no stage '%s' here: there is graph", args->print);
	return UI_DONE;
}

int
ui_eval(int argc, const char **argv)
{
	struct eval_args args = { .queries = NULL };
	const struct poptOption table[] = {
		{ "query", 'q', POPT_ARG_ARGV, &args.queries, 0, "query file; may be repeated",
		  "FILE.scope" },
		{ "param", 'D', POPT_ARG_ARGV, &args.params, 0, "set a parameter of the queries",
		  "NAME=VALUE" },
		{ "dump", 'd', POPT_ARG_STRING, &args.print, 0, "print a stage and stop: graph",
		  "STAGE" },
		{ "json", 0, POPT_ARG_NONE, &args.json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &args.csv, 0, "results as CSV", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope eval", argc, argv, table, 0);
	struct arena *a = arena_make();
	int status;

	poptSetOtherOptionHelp(
		ctx, "FILE.scope... TRACE.jsonl\n\n"
		     "Answers queries from a trace that `packetscope run --trace` wrote.\n\n"
		     "Example:\n  packetscope eval table1.scope trace.jsonl -D Th=50 --json\n");
	status = ui_parse(ctx, "eval");
	if (status == UI_DONE)
		status = positional(a, ctx, &args);
	if (status == UI_DONE)
		status = eval_files(a, &args);
	poptFreeContext(ctx);
	arena_free(a);
	return status;
}
