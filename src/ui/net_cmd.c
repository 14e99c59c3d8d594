#include "ui/net_cmd.h"

#include <signal.h>
#include <stdio.h>

#include "base/datadir.h"
#include "ui/net.h"
#include "ui/net_hpcc.h"
#include "ui/net_html.h"
#include "ui/shim_option.h"

static struct sink *
open_sink(const struct net_args *a)
{
	return a->json ? sink_make_json(stdout) : a->csv ? sink_make_csv(stdout) : sink_make_table(stdout);
}

/* Behind the rows. */
static bool
tell(const struct net_run *r, const struct net_run *plain)
{
	const struct net_args *a = &r->net->args;
	bool ok = true;
	int e;

	if (r->net->programs.v[0]->options.nqueries && !a->json)
		printf("\n");
	net_report(stdout, r, plain);
	if (a->html)
		ok = net_html(r, a->html);
	e = fflush(stdout) || ferror(stdout);
	if (e)
		fprintf(stderr, "packetscope net: can't write the output\n");
	return ok && !e;
}

/* The run; then the one without queries that it is compared with. */
static bool
run(struct net *net)
{
	struct progress progress = { .of = "virtual time" };
	struct net_run r = { .progress = &progress }, plain = { .progress = &progress };
	struct sink *sink = open_sink(&net->args);
	bool ok = net_run_open(&r, net, false, sink) && net_run_drive(&r);

	ok &= sink_finish(sink) == 0;
	if (ok && net->plain.n) {
		ok = net_run_open(&plain, net, true, NULL) && net_run_drive(&plain);
		ok = ok && tell(&r, &plain);
		net_run_close(&plain);
	} else if (ok) {
		ok = tell(&r, NULL);
	}
	net_run_close(&r);
	return ok;
}

/* --- options --- */

static bool
set_up(struct net *net, struct net_program *first)
{
	struct net_args *a = &net->args;

	compilation_init(&first->c);
	net->arena = first->c.arena;
	net->diags = first->c.diags;
	net->is_default = !a->program;
	a->program = a->program ? a->program : str_cstr(net->arena, str_fmt(net->arena, "%s/programs/forward.p4", datadir()));
	first->path = a->program;
	vec_push(net->arena, &net->programs, first);
	if (!ui_compile_options(net->arena, "net", &a->compile, first->path, &first->options) ||
	    !ui_network_options("net", &a->compile, &first->options))
		return false;
	first->options.tells_reports = first->options.drained = true;
	return true;
}

static int
run_net(struct net *net, const char *topology)
{
	struct net_program first = { .path = NULL };
	int status = UI_USAGE;

	if (net->args.json && net->args.csv)
		return ui_usage("net", "--json or --csv, not both");
	if (set_up(net, &first)) {
		bool ok = net_prepare(net, topology);

		diags_print(net->diags, stderr);
		status = (ok && run(net)) || first.c.printed ? UI_DONE : UI_FAILED;
		net_fini(net);
	}
	compilation_fini(&first.c);
	return status;
}

static const char help[] =
	"TOPOLOGY [-p PROGRAM.p4] [-q FILE.scope...] [-e [SWITCH=]ENTRIES...]\n\n"
	"Runs a network of embedded switches, links and hosts in virtual time, and answers queries\n"
	"about packets' whole ways as well as about each switch.\n\n"
	"A topology is a tutorials' topology.json, a GraphML file, chain:N, fattree:K,\n"
	"clos:PODS,EDGES,AGGREGATIONS,CORES,HOSTS or isp:SWITCHES,LONGEST.\n\n"
	"Examples:\n"
	"  packetscope net fattree:4 -q paths.scope\n"
	"  packetscope net pod-topo/topology.json -p basic.p4 --ping all\n"
	"  packetscope net chain:5 -q paths.scope --at '50ms link s2-s3 down' --html net.html\n";

int
ui_net(int argc, const char **argv)
{
	struct net net = { .seed = 1 };
	struct net_args *a = &net.args;
	const struct poptOption table[] = {
		{ "program", 'p', POPT_ARG_STRING, &a->program, 0, "what switches run (default: IPv4 routers with routes to all hosts)",
		  "PROGRAM.p4" },
		UI_COMPILE_OPTIONS(a->compile),
		UI_NETWORK_OPTIONS(a->compile, "the average between hosts"),
		{ "entries", 'e', POPT_ARG_ARGV, &a->entries, 0, "table entries, of one switch or of all", "[SWITCH=]FILE" },
		{ "link-rate", 0, POPT_ARG_ARGV, &a->rates, 0, "bits per second of links that the topology leaves open, or of one link (default: 1Gbps)",
		  "[A-B=]RATE" },
		{ "link-delay", 0, POPT_ARG_ARGV, &a->delays, 0, "the same for their delay (default: 10us)", "[A-B=]TIME" },
		{ "link-loss", 0, POPT_ARG_ARGV, &a->losses, 0, "share of the packets that links lose", "[A-B=]SHARE" },
		{ "queue-depth", 0, POPT_ARG_STRING, &a->depth, 0, "packets (40) or bytes (64KB) that wait for a link; 64 packets without it", "DEPTH" },
		{ "mtu", 0, POPT_ARG_INT, &a->mtu, 0, "bytes behind Ethernet that links take: packets that have no room for a digest go without", "N" },
		{ "traffic", 0, POPT_ARG_ARGV, &a->captures, 0, "a capture that a host sends", "HOST=FILE.pcap" },
		{ "flows", 0, POPT_ARG_INT, &a->flows, 0, "flows between hosts (default: up to 64, when nothing else is sent)", "N" },
		{ "flow-packets", 0, POPT_ARG_INT, &a->flow_packets, 0, "packets of each (default: 500)", "N" },
		{ "flow-sizes", 0, POPT_ARG_STRING, &a->flow_sizes, 0, "their bytes, by a published distribution: websearch, hadoop", "NAME" },
		{ "flow-rate", 0, POPT_ARG_STRING, &a->flow_rate, 0, "what each sends, in packets or bits per second (default: 10000pps)", "RATE" },
		{ "packet-size", 0, POPT_ARG_INT, &a->packet_size, 0, "bytes of their packets (default: 200)", "N" },
		{ "within", 0, POPT_ARG_STRING, &a->within, 0, "when they begin, at random (default: within 100ms)", "TIME" },
		{ "ping", 0, POPT_ARG_ARGV, &a->pings, 0, "one host pings another, or each each other", "A-B|all" },
		{ "ping-count", 0, POPT_ARG_INT, &a->ping_count, 0, "how often (default: once)", "N" },
		{ "at", 0, POPT_ARG_ARGV, &a->at, 0, "something that changes: 'TIME link A-B down', 'TIME SWITCH COMMAND'...", "CHANGE" },
		{ "schedule", 0, POPT_ARG_STRING, &a->schedule, 0, "a file with such lines", "FILE" },
		{ "reroute", 0, POPT_ARG_STRING, &a->reroute, 0, "how long after a link's change routes follow, or never (default: 50ms)", "TIME" },
		{ "until", 0, POPT_ARG_STRING, &a->until, 0, "stop then (default: when nothing happens any more)", "TIME" },
		{ "seed", 0, POPT_ARG_STRING, &a->seed, 0, "of everything that is drawn (default: 1)", "N" },
		{ "no-compare", 0, POPT_ARG_NONE, &a->no_compare, 0, "don't run it again without queries, to compare what hosts get", NULL },
		{ "max-delay", 0, POPT_ARG_STRING, &a->compile.max_delay, 0, "the longest a packet may wait in a queue (default: from rates and depths)",
		  "TIME" },
		{ "no-cache", 0, POPT_ARG_NONE, &a->no_cache, 0, "compile the program even when it was compiled before", NULL },
		{ "html", 0, POPT_ARG_STRING, &a->html, 0, "draw the network, with what was found", "FILE" },
		{ "json", 0, POPT_ARG_NONE, &a->json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &a->csv, 0, "results as CSV", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx;
	const char *topology;
	int status;

	if (ui_is_net_hpcc(argc, argv))
		return ui_net_hpcc(argc, argv);
	a->compile.takes_network = true;
	ctx = poptGetContext("packetscope net", argc, argv, table, 0);
	signal(SIGPIPE, SIG_IGN);
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "net");
	topology = status == UI_DONE ? poptGetArg(ctx) : NULL;
	if (status == UI_DONE && (!topology || poptPeekArg(ctx)))
		status = ui_usage("net", "one topology, please: a file, chain:N, fattree:K, clos:P,E,A,C,H or isp:N,D");
	if (status == UI_DONE)
		status = run_net(&net, topology);
	poptFreeContext(ctx);
	return status;
}
