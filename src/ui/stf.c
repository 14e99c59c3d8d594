#include "ui/stf.h"

#include "sink/sink.h"
#include "ui/stf_run.h"

/* Exit statuses: what was expected came; it didn't; the test could not be carried out. */
enum { STF_PASSED = 0, STF_FAILED = 1, STF_BROKEN = 2 };

struct stf {
	struct ui_compile_args args;
	struct compile_options options;
	struct compilation c;
	const char *program;
	VEC(const char *) paths;
	VEC(struct stf_test) tests;
	struct sink *sink; /* the queries' results, when asked for */
	int verbose;
};

static void
on_result(void *user, const struct ir_result *result)
{
	struct stf *stf = user;

	if (stf->sink)
		sink_result(stf->sink, result, 0);
}

static bool
read_tests(struct stf *stf)
{
	struct compilation *c = &stf->c;
	bool ok = true;

	vec_each(path, &stf->paths) {
		int e = 0;
		const struct source *text = source_read(diags_sources(c->diags), str_from(*path), &e);
		struct stf_test test;

		if (!text)
			diag_error(c->diags, (struct span){ 0, 0 }, "can't read %s: %s", *path, strerror(e));
		ok &= text && stf_parse(c->arena, c->diags, text, &test);
		if (ok)
			vec_push(c->arena, &stf->tests, test);
	}
	return ok;
}

static int
verdict(const struct stf_run *r)
{
	struct str name = r->test->source->name;

	if (r->failed_to_run)
		printf("%.*s: not carried out\n", STRA(name));
	else if (r->failures)
		printf("%.*s: failed, %u difference%s\n", STRA(name), r->failures, r->failures == 1 ? "" : "s");
	else
		printf("%.*s: passed, %u check%s\n", STRA(name), r->checks, r->checks == 1 ? "" : "s");
	return r->failed_to_run ? STF_BROKEN : r->failures ? STF_FAILED : STF_PASSED;
}

/* Every test has a switch of its own. */
static int
run_test(struct stf *stf, const struct stf_test *test)
{
	struct compilation *c = &stf->c;
	struct stf_run r = { .arena = c->arena, .c = c, .test = test, .verbose = stf->verbose };
	struct sw_config config = stf_config(&r);
	char why[512];
	int status;

	r.soft.sw = sw_open(c->object.path, &config, why, sizeof(why));
	if (!r.soft.sw) {
		fprintf(stderr, "packetscope stf: %s\n", why);
		return STF_BROKEN;
	}
	stf->sink = stf->verbose && stf->options.nqueries ? sink_make_table(stdout) : NULL;
	if (stf->options.nqueries)
		r.control = control_open(c->arena, c->diags, &c->manifest, soft_device(&r.soft), on_result, stf);
	if (stf->options.nqueries && !r.control)
		r.failed_to_run = true;
	else
		stf_run(&r);
	if (stf->sink)
		sink_finish(stf->sink);
	status = verdict(&r);
	control_close(r.control);
	sw_close(r.soft.sw);
	return status;
}

static int
run_tests(struct stf *stf)
{
	const struct soft_options so = { .name = stf->program };
	int status = STF_PASSED;
	bool read;

	if (!ui_compile_options(stf->c.arena, "stf", &stf->args, stf->program, &stf->options))
		return STF_BROKEN;
	stf->options.drained = true;
	read = read_tests(stf);
	if (!compile_weave(&stf->c, &stf->options) || !read || !compile_native(&stf->c, &stf->options, &so))
		return stf->c.printed ? STF_PASSED : STF_BROKEN;
	diags_print(stf->c.diags, stderr);
	vec_each(test, &stf->tests) {
		int one = run_test(stf, test);

		status = one > status ? one : status;
	}
	return status;
}

static int
stf_args(struct stf *stf, poptContext ctx)
{
	const char *arg;

	stf->program = poptGetArg(ctx);
	if (!stf->program)
		return ui_usage("stf", "which P4 program?");
	while ((arg = poptGetArg(ctx)))
		vec_push(stf->c.arena, &stf->paths, arg);
	if (!stf->paths.n && !stf->args.print)
		return ui_usage("stf", "which test? (packetscope stf %s TEST.stf)", stf->program);
	return run_tests(stf);
}

static const char help[] =
	"PROGRAM.p4 TEST.stf... [-q FILE.scope...]\n\n"
	"Runs tests in the STF language: entries, packets in, packets that are expected out.\n"
	"Exit status: 0 all passed, 1 something came out differently, 2 a test could not be run.\n\n"
	"Examples:\n"
	"  packetscope stf basic.p4 basic.stf\n"
	"  packetscope stf basic.p4 basic.stf -q table1.scope    the same with queries woven in\n";

int
ui_stf(int argc, const char **argv)
{
	struct stf stf = { .verbose = 0 };
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(stf.args),
		{ "verbose", 'v', POPT_ARG_NONE, &stf.verbose, 0, "every statement, packet and result", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope stf", argc, argv, table, 0);
	int status;

	compilation_init(&stf.c);
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "stf");
	if (status == UI_DONE)
		status = stf_args(&stf, ctx);
	compilation_fini(&stf.c);
	poptFreeContext(ctx);
	return status;
}
