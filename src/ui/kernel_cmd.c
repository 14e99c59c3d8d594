#include "ui/kernel_cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "ui/kernel.h"

struct live_args {
	struct ui_compile_args compile;
	const char **ports;
	char *tag, *duration;
	int json, csv, receive;
};

/* map, or mark:MASK */
static bool
parse_tag(const char *text, uint32_t *ret_mask)
{
	char *end;
	unsigned long v;

	if (!text || strcmp(text, "map") == 0)
		return true;
	if (strncmp(text, "mark:", 5) != 0)
		return false;
	v = strtoul(text + 5, &end, 0);
	if (*end || end == text + 5 || !v || v > UINT32_MAX)
		return false;
	*ret_mask = (uint32_t)v;
	return true;
}

static int
set_up(struct kernel *k, const struct live_args *args)
{
	if (!ui_compile_options(k->c.arena, "live", &args->compile, "linux", &k->options))
		return UI_USAGE;
	if (args->duration && !units_duration_ns(str_from(args->duration), &k->duration))
		return ui_usage("live", "--duration %s: a time such as 10s is expected", args->duration);
	if (!parse_tag(args->tag, &k->target.mark))
		return ui_usage("live", "--tag %s: map, or mark: and a mask such as mark:0xffff0000", args->tag);
	if (args->json && args->csv)
		return ui_usage("live", "--json or --csv, not both");
	k->target.max_delay_ns = k->options.plan.max_delay_ns;
	k->target.use_receive = args->receive;
	k->ports = args->ports;
	k->json = args->json;
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
		UI_COMPILE_OPTIONS(args.compile),
		{ "interface", 'i', POPT_ARG_ARGV, &args.ports, 0, "an interface that is a port (default: all that are up)", "INTERFACE" },
		{ "tag", 0, POPT_ARG_STRING, &args.tag, 0, "where tags are kept: map (beside packets, the default) or mark:MASK", "WHERE" },
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
	kernel_catch_signals();
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
