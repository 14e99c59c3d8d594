/* explain.c - the command: what runs where, and why there. */
#include "ui/explain.h"

#include <string.h>

#include "base/outfile.h"
#include "ui/options.h"
#include "ui/shim_option.h"

struct explain_args {
	struct ui_compile_args compile;
	char *html;
	int json;
};

static int
write_html(const struct explain *e, const char *path)
{
	struct outfile f;
	int error = outfile_open(&f, path);

	if (error == 0) {
		explain_html(f.out, e);
		error = outfile_commit(&f);
	}
	if (error < 0)
		fprintf(stderr, "packetscope explain: %s: %s\n", path, strerror(-error));
	return error < 0 ? UI_FAILED : UI_DONE;
}

static int
show(struct compilation *c, const struct explain_args *args, const char *program)
{
	struct explain e;
	int status = UI_DONE;

	explain_make(&e, c, program);
	diags_print(c->diags, stderr);
	if (args->html)
		status = write_html(&e, args->html);
	if (args->json)
		explain_json(stdout, &e);
	else if (!args->html || strcmp(args->html, "-"))
		explain_text(stdout, &e);
	return fflush(stdout) ? UI_FAILED : status;
}

static int
explain_program(const struct explain_args *args, const char *program)
{
	struct compilation c;
	struct compile_options o;
	int status = UI_FAILED;

	compilation_init(&c);
	if (!ui_compile_options(c.arena, "explain", &args->compile, program, &o)) {
		status = UI_USAGE;
	} else if (!o.nqueries) {
		status = ui_usage("explain", "which queries? (-q FILE.scope)");
	} else if (o.print == COMPILE_C) {
		status = ui_usage("explain", "-d c is a stage of `packetscope run`");
	} else {
		o.fit.always = true;
		if (compile_weave(&c, &o))
			status = show(&c, args, program);
		else if (c.printed)
			status = UI_DONE;
	}
	compilation_fini(&c);
	return status;
}

int
ui_explain(int argc, const char **argv)
{
	struct explain_args args = { .compile.takes_network = true };
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args.compile),
		UI_FIT_OPTIONS(args.compile),
		UI_NETWORK_OPTIONS(args.compile, "8"),
		{ "entries", 'e', POPT_ARG_ARGV, &args.compile.entries, 0, "table entries, for --train", "FILE" },
		{ "max-delay", 0, POPT_ARG_STRING, &args.compile.max_delay, 0, "the longest a packet may wait in a queue", "TIME" },
		{ "json", 0, POPT_ARG_NONE, &args.json, 0, "one JSON object", NULL },
		{ "html", 0, POPT_ARG_STRING, &args.html, 0, "a page that draws it", "FILE.html" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope explain", argc, argv, table, 0);
	const char *program;
	int status;

	poptSetOtherOptionHelp(ctx, "PROGRAM.p4 -q FILE.scope... [--target NAME] [--train CAPTURE.pcap] [--json] [--html FILE.html]\n\n"
				    "Says what queries cost on a switch: what runs where and why there, what packets carry,\n"
				    "what is kept, and what is left to the controller.\n\n"
				    "Examples:\n  packetscope explain router.p4 -q table1.scope\n"
				    "  packetscope explain router.p4 -q table1.scope --target tofino1 --html plan.html\n");
	status = ui_parse(ctx, "explain");
	if (status == UI_DONE) {
		program = ui_program(ctx, "explain");
		status = program ? explain_program(&args, program) : UI_USAGE;
	}
	poptFreeContext(ctx);
	return status;
}
