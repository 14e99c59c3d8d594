#include "ui/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "ui/shim_option.h"

int
ui_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "packetscope %s: ", command);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\ntry: packetscope %s --help\n", command);
	va_end(ap);
	return UI_USAGE;
}

int
ui_parse(poptContext ctx, const char *command)
{
	int rc = poptGetNextOpt(ctx);

	if (rc == 'h') {
		poptPrintHelp(ctx, stdout, 0);
		exit(UI_DONE);
	}
	if (rc < -1)
		return ui_usage(command, "%s: %s", poptBadOption(ctx, POPT_BADOPTION_NOALIAS), poptStrerror(rc));
	return UI_DONE;
}

const char *
ui_program(poptContext ctx, const char *command)
{
	const char *program = poptGetArg(ctx), *more = poptGetArg(ctx);

	if (!program)
		ui_usage(command, "which P4 program?");
	else if (more)
		ui_usage(command, "one P4 program, please: what is '%s'?", more);
	return more ? NULL : program;
}

bool
ui_compile_options(struct arena *a, const char *command, const struct ui_compile_args *args, const char *program,
		   struct compile_options *ret)
{
	struct compile_options o = { .program = program, .params = args->params, .include_dirs = args->include_dirs };
	struct str *queries;

	if (args->print && (o.print = compile_stage_of(args->print)) == COMPILE_NONE) {
		ui_usage(command, "no stage '%s': there are ast, graph, plan, woven and c", args->print);
		return false;
	}
	if (args->rows < 0 || args->stages < 0 || args->ring_rows < 0 || args->stages > 64) {
		ui_usage(command, "--rows, --stages (at most 64) and --ring are positive numbers");
		return false;
	}
	if (args->placement && !plan_placement_of(args->placement, &o.plan.placement)) {
		ui_usage(command, "no placement '%s': docs/planner.md names them", args->placement);
		return false;
	}
	if (args->max_delay && !units_duration_ns(str_from(args->max_delay), &o.plan.max_delay_ns)) {
		ui_usage(command, "--max-delay %s: a duration such as 50ms is expected", args->max_delay);
		return false;
	}
	if (args->signals && !str_is(str_from(args->signals), "digest")) {
		ui_usage(command, "--signals %s: epochs are signalled by digest, or not at all", args->signals);
		return false;
	}
	if (args->plan_time && !units_duration_ns(str_from(args->plan_time), &o.fit.time_ns)) {
		ui_usage(command, "--plan-time %s: a duration such as 5s is expected", args->plan_time);
		return false;
	}
	if (args->plan_time && o.fit.time_ns < 1000000)
		o.fit.time_ns = 1000000;
	if (args->precision) {
		uint64_t millionths;

		if (!units_decimal(str_from(args->precision), 1000000, &millionths) || !millionths || millionths > 1000000) {
			ui_usage(command, "--precision %s: a share up to 1 is expected, as 0.99", args->precision);
			return false;
		}
		if (!args->train || args->target || args->splits) {
			ui_usage(command, "--precision needs --train CAPTURE, and no --target or --split: those choose sizes themselves");
			return false;
		}
		o.fit.precision = (double)millionths / 1000000;
	}
	while (args->queries && args->queries[o.nqueries])
		o.nqueries++;
	queries = arena_array(a, struct str, o.nqueries + 1);
	for (uint32_t i = 0; i < o.nqueries; i++)
		queries[i] = str_from(args->queries[i]);
	o.queries = queries;
	o.fit.target = args->target;
	o.fit.train = args->train;
	o.fit.splits = args->splits;
	o.fit.entries = args->entries;
	o.plan.rows = (uint32_t)args->rows;
	o.plan.stages = (uint32_t)args->stages;
	o.plan.ring_rows = (uint32_t)args->ring_rows;
	o.signals = args->signals;
	o.takes_network = args->takes_network;
	*ret = o;
	return ui_network_options(command, args, ret);
}
