/* run.c - the order in which a run happens. What it needs is in compile.h (from files to native code), ports.h (captures),
 * load.h (entries); this file holds them together and drives the clock. */
#include "ui/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "control/control.h"
#include "device/soft.h"
#include "sink/sink.h"
#include "switch/trace.h"
#include "ui/load.h"
#include "ui/ports.h"
#include "ui/progress.h"

#define POLL_EVERY 16 /* packets between two looks at the rings */

struct run {
	struct run_args args;
	struct compilation c;
	struct compile_options options;
	struct load load;
	struct ports ports;
	struct soft_device soft;
	struct control *control; /* NULL without queries */
	struct sw_trace *trace;
	struct sink *sink;
	struct progress progress;
	int error; /* -errno of the device or the sink */
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void
on_result(void *user, const struct ir_result *r)
{
	struct run *run = user;

	progress_end(&run->progress);
	sink_result(run->sink, r, run->ports.start_ns);
}

static void
on_story(void *user, const struct sw_story *story)
{
	sw_trace_story(((struct run *)user)->trace, story);
}

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	ports_tx(&((struct run *)user)->ports, port, time_ns, data, len);
}

static bool
failed(const char *what, int e)
{
	fprintf(stderr, "packetscope run: %s: %s\n", what, strerror(-e));
	return false;
}

/* Loads the compiled program; the trace needs its descriptor, so it is opened in between. */
static bool
open_switch(struct run *r)
{
	struct sw_config config = { .user = r, .tx = on_tx, .story = r->args.trace ? on_story : NULL };
	char why[512];
	int e;

	r->soft.sw = sw_open(r->c.object.path, &config, why, sizeof(why));
	if (!r->soft.sw) {
		fprintf(stderr, "packetscope run: %s\n", why);
		return false;
	}
	e = run_set_queues(r->soft.sw, &r->args);
	if (e < 0)
		return failed("the queues", e);
	if (!r->args.trace)
		return true;
	r->trace = sw_trace_open(r->args.trace, sw_program(r->soft.sw), r->ports.start_ns);
	return r->trace || failed(r->args.trace, -errno);
}

static bool
open_control(struct run *r)
{
	if (!r->options.nqueries)
		return true;
	r->control = control_open(r->c.arena, r->c.diags, &r->c.manifest, soft_device(&r->soft), on_result, r);
	return r->control != NULL;
}

/* The controller sees the time before each arrival that enters a new epoch, and the rings every few packets. */
static bool
step(struct run *r, const struct sw_frame *f, uint64_t packets)
{
	uint64_t t = f->time_ns - r->ports.start_ns;

	if (t < r->soft.arrived)
		t = r->soft.arrived;
	if (r->control && (t >= control_deadline(r->control) || packets % POLL_EVERY == 0)) {
		sw_advance(r->soft.sw, t);
		r->error = control_advance(r->control, t);
	}
	sw_receive(r->soft.sw, t, r->args.in.v[f->file].port, f->data, f->len);
	r->soft.arrived = t;
	progress_tick(&r->progress, packets, t);
	return r->error == 0 && sink_error(r->sink) == 0;
}

static bool
drive(struct run *r)
{
	struct sw_frame f;
	uint64_t packets = 0;
	bool more = true;

	progress_start(&r->progress);
	while (more && !interrupted && sw_capture_next(r->ports.in, &f))
		more = step(r, &f, ++packets);
	if (!interrupted)
		sw_drain(r->soft.sw);
	if (r->control && r->error == 0)
		r->error = control_finish(r->control);
	progress_end(&r->progress);
	if (r->error < 0)
		return failed("the switch", r->error);
	if (interrupted)
		fprintf(stderr, "packetscope run: interrupted: epochs that had not closed are not reported\n");
	return !interrupted;
}

static void
report_totals(struct run *r)
{
	struct sw_counts n;

	sw_counts(r->soft.sw, &n);
	sink_switch(r->sink, &(struct sink_totals){ n.received, n.copies, n.forwarded, n.dropped_ingress,
						    n.dropped_egress, n.lost_queue, n.queued });
	if (n.oversized)
		fprintf(stderr, "packetscope run: %llu packets of more than %u bytes were not processed\n",
			(unsigned long long)n.oversized, PS_MAX_PACKET);
	if (n.refused)
		fprintf(stderr, "packetscope run: %llu copies were not made: a packet multiplied without end\n",
			(unsigned long long)n.refused);
}

static void
make_sink(struct run *r)
{
	r->sink = r->args.json ? sink_make_json(stdout) : r->args.csv ? sink_make_csv(stdout) : sink_make_table(stdout);
}

static bool
run_packets(struct run *r)
{
	bool ok;
	int e;

	make_sink(r);
	ok = drive(r);
	report_totals(r);
	ok &= !ports_damage(&r->ports);
	e = sink_finish(r->sink);
	if (e < 0)
		ok = failed("the output", e);
	return ok;
}

/* Closes whatever is open; files get their names only when the run reached its end. */
static bool
run_close(struct run *r, bool keep)
{
	bool ok = true;
	int e;

	control_close(r->control);
	if (r->soft.sw)
		sw_close(r->soft.sw);
	e = r->trace ? sw_trace_close(r->trace, keep) : 0;
	if (e < 0)
		ok = failed(r->args.trace, e);
	if (r->ports.in && !ports_close(&r->ports, keep))
		ok = false;
	return ok;
}

static bool
prepare(struct run *r)
{
	const struct soft_options so = { .name = r->options.program };

	if (!load_read(&r->load, &r->c, r->args.entries))
		return false;
	if (!r->args.compile.max_delay)
		r->options.plan.max_delay_ns = load_max_delay(&r->load, &r->args);
	if (!compile_weave(&r->c, &r->options) || !compile_native(&r->c, &r->options, &so))
		return false;
	if (!ports_open(&r->ports, r->c.arena, &r->args.in, &r->args.out))
		return false;
	return open_switch(r) && load_apply(&r->load, &r->c, r->soft.sw) && open_control(r);
}

static int
run_program(struct run *r, const char *program)
{
	int status = run_parse(r->c.arena, &r->args);
	bool ok;

	if (status != UI_DONE)
		return status;
	if (!ui_compile_options(r->c.arena, "run", &r->args.compile, program, &r->options))
		return UI_USAGE;
	if (!r->args.in.n && !r->options.print)
		return ui_usage("run", "no packets: give at least one capture (-i PORT@FILE.pcap)");
	ok = prepare(r);
	if (ok) {
		diags_print(r->c.diags, stderr);
		if (r->options.nqueries && !load_has_rate(&r->load, &r->args))
			fprintf(stderr, "packetscope run: no queue has a rate, so queues drain at once: delays and "
					"losses will be 0 (--queue-rate)\n");
		ok = run_packets(r);
	}
	/* an interrupted run or a damaged capture still leaves complete files of what was processed */
	if (!run_close(r, r->sink != NULL && r->error == 0))
		ok = false;
	return ok || r->c.printed ? UI_DONE : UI_FAILED;
}

static const char help[] =
	"PROGRAM.p4 -i PORT@IN.pcap... [-q FILE.scope...] [-e ENTRIES...] [-o PORT@OUT.pcap...]\n\n"
	"Weaves queries into a P4 program, compiles it, pushes captures through, and prints each\n"
	"query's rows per epoch and what became of the packets.\n\n"
	"Examples:\n"
	"  packetscope run router.p4 -e entries.txt -i 0@in.pcap -q table1.scope -D Th=10 \\\n"
	"      --queue-rate 1000pps --queue-depth 40\n"
	"  packetscope run router.p4 -e s1-runtime.json -i 0@a.pcap -i 2@b.pcap -o 3@out.pcap --json\n"
	"  packetscope run router.p4 -q table1.scope -d woven\n";

int
ui_run(int argc, const char **argv)
{
	struct run r = { .control = NULL };
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(r.args.compile),
		RUN_OPTIONS(r.args),
		{ "output", 'o', POPT_ARG_ARGV, &r.args.outputs, 0, "a capture of what leaves a port", "PORT@FILE.pcap" },
		{ "trace", 0, POPT_ARG_STRING, &r.args.trace, 0, "each packet's whole life, one JSON line each", "FILE" },
		{ "json", 0, POPT_ARG_NONE, &r.args.json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &r.args.csv, 0, "results as CSV", NULL },
		{ "max-delay", 0, POPT_ARG_STRING, &r.args.compile.max_delay, 0,
		  "the longest a packet may wait in a queue (default: from rates and depths)", "TIME" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope run", argc, argv, table, 0);
	const char *program;
	int status;

	compilation_init(&r.c);
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	signal(SIGPIPE, SIG_IGN);
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "run");
	if (status == UI_DONE) {
		program = ui_program(ctx, "run");
		status = program ? run_program(&r, program) : UI_USAGE;
	}
	compilation_fini(&r.c);
	poptFreeContext(ctx);
	return status;
}
