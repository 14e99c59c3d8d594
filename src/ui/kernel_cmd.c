#include "ui/kernel_cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/units.h"
#include "ui/interrupt.h"
#include "ui/kernel.h"

struct live_args {
	struct ui_compile_args compile;
	const char **ports;
	char *tag, *duration;
	int json, csv, receive;
};

/* What one wants to know of a router that one knows nothing of. */
static const char overview[] =
	"lost     = ingress().lost([port_intent, queuing.qdisc], 1s)\n"
	"losers   = ingress().lost([ipv4.srcIP_in, ipv4.dstIP_in], 1s).top(5, by=count)\n"
	"drops    = ingress().filter(port_intent == -1).reduce(keys=(port_in, drop.reason), func=count)\n"
	"longest  = egress().reduce(keys=(port_out, queuing.qdisc), func=max(queuing.delay))\n"
	"delay_us = egress().map((port_out, queuing.qdisc) => us = queuing.delay / 1us)\n"
	"             .reduce(keys=(port_out, queuing.qdisc), func=avg(us))\n"
	"arrived  = ingress().reduce(keys=(port_in), func=count)\n";

static int
set_up(struct kernel *k, const struct live_args *args)
{
	if (!ui_compile_options(k->c.arena, "live", &args->compile, "linux", &k->options))
		return UI_USAGE;
	if (k->options.print && k->options.print != COMPILE_GRAPH && k->options.print != COMPILE_PLAN && k->options.print != COMPILE_C)
		return ui_usage("live", "no stage '%s': there are graph, plan and c", args->compile.print);
	if (args->duration && !units_duration_ns(str_from(args->duration), &k->duration))
		return ui_usage("live", "--duration %s: a time such as 10s is expected", args->duration);
	if (args->tag && !kernel_tag(k, args->tag))
		return UI_USAGE;
	if ((k->target.mark || k->target.stamp) && args->receive)
		return ui_usage("live", "--tag %s: packets are marked by tc, which --receive does without", args->tag);
	if (args->json && args->csv)
		return ui_usage("live", "--json or --csv, not both");
	k->target.max_delay_ns = k->options.plan.max_delay_ns;
	k->target.use_receive = args->receive;
	k->ports = args->ports;
	k->json = args->json;
	if (!k->options.nqueries) {
		k->text = str_from(overview);
		k->in_place = !args->json && !args->csv && isatty(1);
	}
	k->csv = args->csv;
	return UI_DONE;
}

static int
run(struct kernel *k, const struct live_args *args)
{
	int status = set_up(k, args);
	bool ok;

	if (status != UI_DONE)
		return status;
	ok = kernel_prepare(k) && kernel_open(k);
	if (ok && !linux_drop_capabilities())
		fprintf(stderr, "packetscope live: capabilities could not be dropped\n");
	ok = ok && kernel_run(k);
	return ok || k->c.printed ? UI_DONE : UI_FAILED;
}

static const char help[] =
	"[-q FILE.scope...] [-i INTERFACE...]\n\n"
	"Answers queries about the packets that this machine's kernel receives, filters, queues and sends, until it is\n"
	"interrupted (Ctrl-C, SIGTERM) or the duration is over. Packets are not touched, and nothing stays behind.\n"
	"Without queries an overview is shown.\n\n"
	"Examples:\n"
	"  packetscope live\n"
	"  packetscope live -q lost.scope -i eth0 -i eth1\n"
	"  packetscope live -q lost.scope -i eth0 -i eth1 --json --duration 30s\n";

int
ui_live(int argc, const char **argv)
{
	struct kernel k;
	struct live_args args = { .ports = NULL };
	const struct poptOption table[] = {
		{ "query", 'q', POPT_ARG_ARGV, &args.compile.queries, 0, "query file; may be repeated", "FILE.scope" },
		{ "param", 'D', POPT_ARG_ARGV, &args.compile.params, 0, "set a parameter of the queries", "NAME=VALUE" },
		{ "dump", 'd', POPT_ARG_STRING, &args.compile.print, 0, "print a stage and stop: graph, plan, c", "STAGE" },
		{ "rows", 0, POPT_ARG_INT, &args.compile.rows, 0, "rows per stage of every query's table", "N" },
		{ "stages", 0, POPT_ARG_INT, &args.compile.stages, 0, "stages of every query's table", "N" },
		{ "ring", 0, POPT_ARG_INT, &args.compile.ring_rows, 0, "tuples that wait for the reader", "N" },
		UI_SHORT_HELP,
		{ "interface", 'i', POPT_ARG_ARGV, &args.ports, 0, "an interface that is a port (default: all that are up)", "INTERFACE" },
		{ "tag", 0, POPT_ARG_STRING, &args.tag, 0, "where tags are kept: map (beside packets), stamp (in time stamps where that will do) or mark:MASK (also in these bits of marks)", "WHERE" },
		{ "receive", 0, POPT_ARG_NONE, &args.receive, 0, "see arrivals at the receive tracepoint instead of tc", NULL },
		{ "duration", 0, POPT_ARG_STRING, &args.duration, 0, "stop after so long", "TIME" },
		{ "json", 0, POPT_ARG_NONE, &args.json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &args.csv, 0, "results as CSV", NULL },
		{ "max-delay", 0, POPT_ARG_STRING, &args.compile.max_delay, 0, "the longest a packet may wait in a queue (default: 1s)", "TIME" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope live", argc, argv, table, 0);
	const char *extra;
	int status;

	kernel_init(&k, "live");
	interrupt_catch();
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "live");
	extra = poptGetArg(ctx);
	if (status == UI_DONE && extra)
		status = ui_usage("live", "what is '%s'?", extra);
	if (status == UI_DONE)
		status = run(&k, &args);
	kernel_close(&k);
	kernel_fini(&k);
	poptFreeContext(ctx);
	return status;
}
