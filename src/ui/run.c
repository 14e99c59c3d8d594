/* run.c - the order in which a run happens. What it needs is in session.h (from files to a switch with queries) and ports.h
 * (captures); this file holds them together and drives the clock. */
#include "ui/run.h"

#include <errno.h>
#include <stdio.h>

#include "switch/trace.h"
#include "ui/interrupt.h"
#include "ui/ports.h"
#include "ui/progress.h"
#include "ui/run_burst.h"
#include "ui/session_network.h"
#include "ui/shim_option.h"
#include "ui/threads.h"

struct run {
	struct session s;
	struct ports ports;
	struct sw_trace *trace;
	struct progress progress;
	uint64_t late_ns, look_at; /* --reader-delay: the controller looks only so often */
	int error; /* -errno of the device */
};

static void
on_result(void *user)
{
	progress_end(&((struct run *)user)->progress);
}

static void
on_story(void *user, const struct sw_story *story)
{
	struct run *r = user;

	if (r->trace)
		sw_trace_story(r->trace, story);
	session_story(&r->s, story);
}

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	ports_tx(&((struct run *)user)->ports, port, time_ns, data, len);
}

/* The trace needs the program's descriptor, so it is opened after the switch. */
static bool
open_switch(struct run *r)
{
	const char *trace = r->s.args.trace;
	struct sw_config config = { .user = r, .tx = on_tx, .story = trace || r->s.args.exemplars ? on_story : NULL };

	if (!session_open_switch(&r->s, &config))
		return false;
	if (!trace)
		return true;
	r->trace = sw_trace_open(trace, sw_program(r->s.soft.sw), r->ports.start_ns);
	return r->trace || session_failed(&r->s, trace, -errno);
}

/* The controller sees the time before each arrival that enters a new epoch, and the rings every few packets. */
static bool
step(struct run *r, const struct sw_frame *f, uint64_t packets)
{
	struct session *s = &r->s;
	uint64_t t = f->time_ns - r->ports.start_ns;

	if (t < s->soft.arrived)
		t = s->soft.arrived;
	if (s->control && r->late_ns) {
		sw_advance(s->soft.sw, t);
		if (t >= r->look_at)
			r->error = control_advance(s->control, t);
		if (t >= r->look_at)
			r->look_at = t + r->late_ns;
	} else if (s->control && (t >= control_deadline(s->control) || packets % RUN_POLL_EVERY == 0)) {
		r->error = session_advance(s, t);
		if (r->error == 0)
			r->error = control_advance(s->control, t);
	}
	sw_receive(s->soft.sw, t, s->args.in.v[f->file].port, f->data, f->len);
	s->soft.arrived = t;
	progress_tick(&r->progress, packets, t);
	return r->error == 0 && sink_error(s->sink) == 0;
}

static bool
in_bursts(const struct run *r)
{
	return !r->late_ns && run_burst_fits(&r->s, r->trace || r->s.args.exemplars);
}

static bool
drive(struct run *r)
{
	uint32_t nthreads;
	struct run_burst burst = { &r->s, &r->ports, &r->progress, 0 };
	struct sw_frame f;
	uint64_t packets = 0;
	bool more = true;

	progress_start(&r->progress);
	nthreads = threads_allowed(&r->s, r->s.control != NULL, r->s.args.threads);
	if (nthreads > 1) {
		threads_drive(&burst, nthreads);
		r->error = burst.error;
	} else if (in_bursts(r)) {
		run_burst_drive(&burst);
		r->error = burst.error;
	} else {
		while (more && !interrupted() && sw_capture_next(r->ports.in, &f))
			more = step(r, &f, ++packets);
	}
	if (!interrupted() && r->late_ns)
		sw_drain(r->s.soft.sw);
	else if (!interrupted() && r->error == 0)
		r->error = session_advance(&r->s, UINT64_MAX);
	if (r->s.control && r->error == 0)
		r->error = control_finish(r->s.control);
	if (r->error == 0)
		session_network_finish(&r->s);
	progress_end(&r->progress);
	if (r->error < 0)
		return session_failed(&r->s, "the switch", r->error);
	if (interrupted())
		fprintf(stderr, "packetscope run: interrupted: epochs that had not closed are not reported\n");
	return !interrupted();
}

static bool
run_packets(struct run *r)
{
	bool ok = drive(r);

	session_totals(&r->s, NULL);
	ok &= !ports_damage(&r->ports);
	return session_finish(&r->s) && ok;
}

/* Closes whatever is open; files get their names only when the run reached its end. */
static bool
run_close(struct run *r, bool keep)
{
	bool ok = true;
	int e;

	session_close(&r->s);
	e = r->trace ? sw_trace_close(r->trace, keep) : 0;
	if (e < 0)
		ok = session_failed(&r->s, r->s.args.trace, e);
	if (r->ports.in && !ports_close(&r->ports, keep))
		ok = false;
	return ok;
}

static bool
prepare(struct run *r)
{
	struct session *s = &r->s;

	if (!session_prepare(s) || !ports_open(&r->ports, s->c.arena, &s->args.in, &s->args.out))
		return false;
	s->start_ns = r->ports.start_ns;
	return open_switch(r) && session_start(s);
}

static int
run_program(struct run *r, const char *program)
{
	struct session *s = &r->s;
	int status = run_parse(s->c.arena, &s->args);
	bool ok;

	if (status != UI_DONE)
		return status;
	s->args.compile.entries = s->args.entries;
	s->args.compile.takes_network = true;
	if (!ui_compile_options(s->c.arena, "run", &s->args.compile, program, &s->options))
		return UI_USAGE;
	s->options.tells_reports = s->options.drained = true;
	if (!s->args.in.n && !s->options.print)
		return ui_usage("run", "no packets: give at least one capture (-i PORT@FILE.pcap)");
	if (s->args.reader_delay && (!units_duration_ns(str_from(s->args.reader_delay), &r->late_ns) || !r->late_ns))
		return ui_usage("run", "--reader-delay %s: a duration such as 300ms is expected", s->args.reader_delay);
	if (s->args.threads < 0 || s->args.threads > THREADS_MOST)
		return ui_usage("run", "--threads is a number from 1 to %d", THREADS_MOST);
	ok = prepare(r);
	if (ok) {
		session_announce(s);
		ok = run_packets(r);
	}
	/* an interrupted run or a damaged capture still leaves complete files of what was processed */
	if (!run_close(r, s->sink != NULL && r->error == 0))
		ok = false;
	return ok || s->c.printed ? UI_DONE : UI_FAILED;
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
	struct run r = { .trace = NULL };
	struct run_args *args = &r.s.args;
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args->compile),
		UI_FIT_OPTIONS(args->compile),
		UI_NETWORK_OPTIONS(args->compile, "8"),
		RUN_OPTIONS(*args),
		RUN_EXEMPLARS(*args),
		{ "input", 'i', POPT_ARG_ARGV, &args->inputs, 0, "a capture that arrives at a port", "PORT@FILE.pcap" },
		{ "output", 'o', POPT_ARG_ARGV, &args->outputs, 0, "a capture of what leaves a port", "PORT@FILE.pcap" },
		{ "trace", 0, POPT_ARG_STRING, &args->trace, 0, "each packet's whole life, one JSON line each", "FILE" },
		{ "reader-delay", 0, POPT_ARG_STRING, &args->reader_delay, 0,
		  "for tests: the controller looks only so often, and reports what it comes too late for", "TIME" },
		{ "threads", 0, POPT_ARG_INT, &args->threads, 0,
		  "run on N threads, with the same output; for programs whose packets share no state", "N" },
		{ "json", 0, POPT_ARG_NONE, &args->json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &args->csv, 0, "results as CSV", NULL },
		{ "max-delay", 0, POPT_ARG_STRING, &args->compile.max_delay, 0,
		  "the longest a packet may wait in a queue (default: from rates and depths)", "TIME" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope run", argc, argv, table, 0);
	const char *program;
	int status;

	session_init(&r.s, "run");
	r.s.on_result = on_result;
	r.s.user = &r;
	interrupt_catch();
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "run");
	if (status == UI_DONE) {
		program = ui_program(ctx, "run");
		status = program ? run_program(&r, program) : UI_USAGE;
	}
	session_fini(&r.s);
	poptFreeContext(ctx);
	return status;
}
