#include "ui/lab_cmd.h"

#include <stdio.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "ui/interrupt.h"
#include "ui/lab_check.h"

#define WAIT_NS 200000000u /* after the sender has finished */

struct lab_args {
	char *path, *queue, *kind, *epoch, *gap, *duration, *tag;
	int check, no_nat, no_filter, packets, bursts, rate, limit, json, once;
	const char **queries;
};

struct lab_run {
	struct lab lab;
	struct kernel k;
	struct lab_check check;
	bool sending;
	uint64_t start;
	uint64_t done; /* the sender's end by the device's clock; 0: not yet */
	uint64_t until; /* a shown lab sends again and again until then */
};

/* The place of a word in a list that ends with NULL; -1 for none. */
static int
word(const char *text, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(text, list[i]) == 0)
			return i;
	return -1;
}

static int
set_up(struct lab_options *o, const struct lab_args *a)
{
	static const char *const paths[] = { "route", "bridge", NULL }, *const queues[] = { "tbf", "htb", NULL };
	static const char *const kinds[] = { "ipv4", "ipv6", "vlan", "vxlan", NULL };
	int path = a->path ? word(a->path, paths) : 0, queue = a->queue ? word(a->queue, queues) : 0;
	int kind = a->kind ? word(a->kind, kinds) : 0;

	if (path < 0 || queue < 0 || kind < 0)
		return ui_usage("lab", "--path route|bridge, --queue tbf|htb, --kind ipv4|ipv6|vlan|vxlan");
	*o = (struct lab_options){ .path = (enum lab_path)path, .queue = (enum lab_queue)queue, .kind = (enum lab_kind)kind,
				   .nat = !a->no_nat, .filter = !a->no_filter, .rate_mbit = a->rate >= 0 ? (uint32_t)a->rate : 20,
				   .limit_kb = a->limit ? (uint32_t)a->limit : 20, .packets = a->packets ? (uint32_t)a->packets : 20000,
				   .bursts = a->bursts ? (uint32_t)a->bursts : 100, .epoch_ns = 20000000, .gap_ns = 6000000 };
	if ((a->epoch && (!units_duration_ns(str_from(a->epoch), &o->epoch_ns) || o->epoch_ns < 100000)) ||
	    (a->gap && !units_duration_ns(str_from(a->gap), &o->gap_ns)))
		return ui_usage("lab", "--epoch and --gap are times such as 20ms");
	if (a->packets < 0 || a->bursts < 0 || a->limit < 0 || o->packets > 10000000 || o->bursts > o->packets)
		return ui_usage("lab", "--packets, --bursts, --rate and --limit are positive numbers");
	if (o->kind == LAB_VLAN && o->path == LAB_ROUTE)
		return ui_usage("lab", "tagged packets are bridged here: --path bridge");
	if (o->kind == LAB_VXLAN && o->path == LAB_BRIDGE)
		return ui_usage("lab", "the tunnel is routed into: --path route");
	o->nat &= o->path == LAB_ROUTE;
	o->packets = o->packets / o->bursts * o->bursts;
	if (a->check && o->bursts * o->gap_ns > 800000000)
		return ui_usage("lab", "with --check all bursts take 0.8 s at most: the sender has a CPU for itself meanwhile");
	return UI_DONE;
}

/* --- while it runs ------------------------------------------------------------------------------- */

static bool
on_result(void *user, const struct ir_result *r)
{
	return lab_check_result(&((struct lab_run *)user)->check, r);
}

/* Sends, then lets the last epochs close. */
static void
on_tick(void *user, uint64_t now)
{
	struct lab_run *r = user;
	uint64_t sent[LAB_KEYS];

	if (!r->start)
		r->start = now + 2 * r->lab.o.epoch_ns; /* the first whole epoch has begun by then */
	if (!r->sending && now > r->start) {
		lab_send(&r->lab);
		r->sending = true;
	}
	if (!r->done && lab_sent(&r->lab, sent)) {
		for (uint32_t i = 0; i < LAB_KEYS; i++)
			r->check.sent[i] += sent[i];
		r->done = now;
		if (now < r->until)
			r->sending = false, r->done = 0;
	}
	if (r->done && now > r->done + WAIT_NS)
		interrupt();
	if (r->lab.why[0])
		interrupt();
}

static const char *const shown_ports[] = { "r0", "r1", NULL };

static bool
prepare(struct lab_run *r, const struct lab_args *args)
{
	r->lab.why[0] = 0;
	if (!lab_open(&r->lab)) {
		fprintf(stderr, "packetscope lab: %s\n", r->lab.why);
		return false;
	}
	r->k.ports = (const char **)(uintptr_t)shown_ports;
	r->k.user = r;
	r->k.on_tick = on_tick;
	r->k.json = args->json;
	return kernel_prepare(&r->k) && kernel_open(&r->k);
}

/* What was started may still be on its way into host b. */
static bool
ask_nft(struct lab_run *r)
{
	struct lab_check *c = &r->check;
	struct timespec t = { 0, 100000000 };

	for (int try = 0; try < 100; try++) {
		if (!lab_counters(&r->lab, &c->nft_filtered, &c->nft_arrived))
			return false;
		if (c->nft_arrived >= c->w.started)
			break;
		nanosleep(&t, NULL);
	}
	return true;
}

/* Rows are kept for a while, but on a busy machine the reader might wait for longer: behind the sender, which has a CPU to itself, or behind
 * everybody else. */
static void
take_turns(void)
{
	struct sched_param p = { .sched_priority = 1 };
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t set;

	if (last > 0 && sched_getaffinity(0, sizeof(set), &set) == 0) {
		CPU_CLR((size_t)last, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p))
		setpriority(PRIO_PROCESS, 0, -20);
}

static bool
check(struct lab_run *r, const struct lab_args *args)
{
	struct lab_check *c = &r->check;
	bool ok;

	r->k.target.max_delay_ns = 600000000;
	r->k.text = lab_check_queries(r->k.c.arena, &r->lab.o);
	r->k.quiet = true;
	r->k.on_result = on_result;
	ok = prepare(r, args);
	if (ok)
		take_turns();
	ok = ok && kernel_run(&r->k);
	if (!ok)
		return false;
	kernel_witness(&r->k, &c->w);
	if (!ask_nft(r)) {
		fprintf(stderr, "packetscope lab: %s\n", r->lab.why);
		return false;
	}
	return lab_check_tell(c, &r->lab.o, stdout, stderr);
}

static const char story[] =
	"host a --a0--r0-- router --r1--b0-- host b\n\n"
	"Host a sends UDP from 64 addresses in bursts. The router filters port 5001 (nft), masquerades the addresses from\n"
	"10.0.0.32 on (nft), and sends through a queue of %u Mbit/s and %u KB (tc). Everything is in network namespaces of this\n"
	"process's own. These queries watch the router:\n\n%.*s\n";

static const char shown[] =
	"lost      = ingress().filter(udp.dstPort_in == 5000).lost([port_intent], 1s)\n"
	"top_lost  = ingress().filter(udp.dstPort_in == 5000).lost([ipv4.srcIP_in], 1s).top(5, by=count)\n"
	"drops     = ingress().filter(port_intent == -1).reduce(keys=(drop.reason, udp.dstPort_in), func=count).window(1s)\n"
	"rewritten = egress().filter(ipv4.srcIP_in != ipv4.srcIP_out).reduce(keys=(ipv4.srcIP_out), func=count).window(1s)\n"
	"delay     = egress().reduce(keys=(port_out), func=quantile(queuing.delay, 0.9)).window(1s)\n";

static bool
show(struct lab_run *r, const struct lab_args *args)
{
	struct lab_options *o = &r->lab.o;
	uint64_t duration = 5000000000u;

	if (args->duration && !units_duration_ns(str_from(args->duration), &duration)) {
		ui_usage("lab", "--duration %s: a time such as 10s is expected", args->duration);
		return false;
	}
	while (args->queries && args->queries[r->k.options.nqueries])
		r->k.options.nqueries++;
	if (r->k.options.nqueries) {
		struct str *files = arena_array(r->k.c.arena, struct str, r->k.options.nqueries);

		for (uint32_t i = 0; i < r->k.options.nqueries; i++)
			files[i] = str_from(args->queries[i]);
		r->k.options.queries = files;
	}
	r->k.text = str_from(shown);
	r->until = args->once ? 0 : duration;
	if (!args->json && !r->k.options.nqueries)
		printf(story, o->rate_mbit, o->limit_kb, STRA(r->k.text));
	fflush(stdout);
	return prepare(r, args) && kernel_run(&r->k);
}

static const char help[] =
	"[--check]\n\n"
	"Builds two hosts and a router with NAT, a filter and a slow queue in network namespaces of its own, sends traffic\n"
	"through, shows what queries say of it, and leaves nothing behind. With --check it compares what queries say with\n"
	"three witnesses of loss, the filter's counter, the receiver and the sender, to the packet, and prints one line.\n\n"
	"Examples:\n"
	"  packetscope lab\n"
	"  packetscope lab --check\n"
	"  packetscope lab --check --path bridge --kind vlan --queue htb --epoch 1ms\n";

int
ui_lab(int argc, const char **argv)
{
	struct lab_run r = { .sending = false };
	struct lab_args args = { .rate = -1 };
	const struct poptOption table[] = {
		{ "check", 0, POPT_ARG_NONE, &args.check, 0, "compare all counts and say in one line whether they agree", NULL },
		{ "query", 'q', POPT_ARG_ARGV, &args.queries, 0, "other queries than its own; may be repeated", "FILE.scope" },
		{ "path", 0, POPT_ARG_STRING, &args.path, 0, "how the router forwards: route or bridge", "WAY" },
		{ "kind", 0, POPT_ARG_STRING, &args.kind, 0, "ipv4, ipv6, vlan (bridged) or vxlan (routed into a tunnel)", "KIND" },
		{ "queue", 0, POPT_ARG_STRING, &args.queue, 0, "tbf, or htb (with a pfifo)", "QDISC" },
		{ "rate", 0, POPT_ARG_INT, &args.rate, 0, "of the queue, in Mbit/s (default 20); 0 (htb): it all but stands still", "N" },
		{ "limit", 0, POPT_ARG_INT, &args.limit, 0, "of the queue, in KB (htb: in 5 packets; default 20)", "N" },
		{ "packets", 0, POPT_ARG_INT, &args.packets, 0, "that host a sends (default 20000)", "N" },
		{ "bursts", 0, POPT_ARG_INT, &args.bursts, 0, "in which it sends them (default 100)", "N" },
		{ "gap", 0, POPT_ARG_STRING, &args.gap, 0, "between the beginnings of bursts (default 6ms)", "TIME" },
		{ "epoch", 0, POPT_ARG_STRING, &args.epoch, 0, "of the queries of --check (default 20ms)", "TIME" },
		{ "tag", 0, POPT_ARG_STRING, &args.tag, 0, "where tags are kept: map, stamp or mark:MASK", "WHERE" },
		{ "once", 0, POPT_ARG_NONE, &args.once, 0, "send all packets once instead of again and again", NULL },
		{ "no-nat", 0, POPT_ARG_NONE, &args.no_nat, 0, "without masquerading", NULL },
		{ "no-filter", 0, POPT_ARG_NONE, &args.no_filter, 0, "without the filter", NULL },
		{ "duration", 0, POPT_ARG_STRING, &args.duration, 0, "how long it is shown (default 5s)", "TIME" },
		{ "json", 0, POPT_ARG_NONE, &args.json, 0, "results as JSON lines", NULL },
		UI_SHORT_HELP,
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope lab", argc, argv, table, 0);
	int status;

	kernel_init(&r.k, "lab");
	interrupt_catch();
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "lab");
	if (status == UI_DONE)
		status = set_up(&r.lab.o, &args);
	if (status == UI_DONE && args.tag && !kernel_tag(&r.k, args.tag))
		status = UI_USAGE;
	if (status == UI_DONE)
		status = (args.check ? check(&r, &args) : show(&r, &args)) ? UI_DONE : UI_FAILED;
	kernel_close(&r.k);
	lab_close(&r.lab);
	lab_check_fini(&r.check);
	kernel_fini(&r.k);
	poptFreeContext(ctx);
	return status;
}
