/* bench.c - how fast the switch is: captures are held in memory and handed in again and again, each round later by the captures'
 * length, so that epochs open and close as they would. Reading files and writing rows are not measured; the controller is. */
#include "ui/bench.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "switch/pcap.h"
#include "switch/worker.h"
#include "ui/churn.h"
#include "ui/session.h"
#include "ui/threads.h"

#define SECOND UINT64_C(1000000000)

struct packets {
	struct sw_arrival *v; /* data stay in `capture` */
	uint32_t n, cap;
};

struct clocks {
	uint64_t wall, cpu; /* ns */
};

struct lane;

struct bench {
	struct session s;
	struct sw_capture *capture;
	struct packets packets;
	struct sw_arrival *shifted; /* a burst */
	uint64_t period;	    /* what a round is later than the one before */
	uint64_t sent, sent_bytes, results;
	struct clocks entries, open; /* start-up */
	struct clocks run;
	uint64_t best; /* the fastest round's CPU time */
	int repeat, single, error;
	char *time;		   /* --time */
	uint64_t enough;	   /* ns of CPU time after which no round begins; 0: `repeat` rounds */
	int rounds;		   /* that were measured */
	struct lane *lanes; /* one for each thread, when there are several */
	uint32_t nlanes;
	char *churned; /* --churn */
	struct churn churn;
	long rss; /* KiB, after the first round */
};

/* --- clocks --- */

static struct clocks
clocks_now(void)
{
	return (struct clocks){ clock_now(), clock_ns(CLOCK_PROCESS_CPUTIME_ID) };
}

static struct clocks
clocks_since(struct clocks start)
{
	struct clocks now = clocks_now();

	return (struct clocks){ now.wall - start.wall, now.cpu - start.cpu };
}

/* --- packets --- */

static bool
read_packets(struct bench *b)
{
	struct session *s = &b->s;
	const char **paths = arena_array(s->c.arena, const char *, s->args.in.n + 1);
	uint64_t start, last = 0;
	struct sw_frame f;
	char why[512];

	for (uint32_t i = 0; i < s->args.in.n; i++)
		paths[i] = s->args.in.v[i].path;
	b->capture = sw_capture_open(paths, s->args.in.n, true, why, sizeof(why));
	if (!b->capture) {
		fprintf(stderr, "packetscope bench: %s\n", why);
		return false;
	}
	start = s->start_ns = sw_capture_start_ns(b->capture);
	while (sw_capture_next(b->capture, &f)) {
		struct sw_arrival a = { .time_ns = f.time_ns > start ? f.time_ns - start : 0, .data = f.data, .len = f.len,
					.port = s->args.in.v[f.file].port };

		last = a.time_ns = a.time_ns > last ? a.time_ns : last;
		vec_push(s->c.arena, &b->packets, a);
	}
	b->period = (last / SECOND + 1) * SECOND;
	if (!b->packets.n)
		fprintf(stderr, "packetscope bench: the captures hold no packet\n");
	return b->packets.n > 0;
}

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct bench *b = user;

	(void)port, (void)time_ns, (void)data;
	b->sent++;
	b->sent_bytes += len;
}

static void
on_result(void *user)
{
	((struct bench *)user)->results++;
}

/* --- the run --- */

static bool
advance(struct bench *b, uint64_t t)
{
	struct session *s = &b->s;

	if (!s->control)
		return true;
	if (t >= control_deadline(s->control))
		sw_advance(s->soft.sw, t);
	b->error = control_advance(s->control, t);
	return b->error == 0;
}

/* From packet `at` on, at most a burst, and none of the next epoch's; returns how many. */
static uint32_t
fill_burst(struct bench *b, uint32_t at, uint64_t later)
{
	uint64_t until = b->s.control ? control_deadline(b->s.control) : UINT64_MAX;
	uint32_t n = 0;

	for (; n < PS_BURST && at + n < b->packets.n; n++) {
		b->shifted[n] = b->packets.v[at + n];
		b->shifted[n].time_ns += later;
		if (n && b->shifted[n].time_ns >= until)
			break;
	}
	return n;
}

static bool
round_of(struct bench *b, uint64_t later)
{
	struct sw *sw = b->s.soft.sw;

	for (uint32_t at = 0, n; at < b->packets.n; at += n) {
		if (!advance(b, b->packets.v[at].time_ns + later))
			return false;
		n = fill_burst(b, at, later);
		if (b->single)
			for (uint32_t i = 0; i < n; i++)
				sw_receive(sw, b->shifted[i].time_ns, b->shifted[i].port, b->shifted[i].data, b->shifted[i].len);
		else
			sw_receive_burst(sw, b->shifted, n);
		if (b->churned && !churn_step(&b->churn))
			return false;
		b->s.soft.arrived = b->shifted[n - 1].time_ns;
	}
	return true;
}

/* KiB of memory in use. */
static long
rss_now(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (f && fscanf(f, "%*s %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* --- on several threads: each takes every n-th burst --- */

struct lane {
	struct bench *b;
	struct sw *worker;
	uint32_t first, step;
	uint64_t later;
	pthread_t thread;
};

static void
on_lane_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	(void)user, (void)port, (void)time_ns, (void)data, (void)len;
}

static void *
run_lane(void *lane)
{
	const struct lane *l = lane;
	struct sw_arrival a[PS_BURST];

	for (uint32_t at = l->first; at < l->b->packets.n; at += l->step) {
		uint32_t n = l->b->packets.n - at < PS_BURST ? l->b->packets.n - at : PS_BURST;

		memcpy(a, l->b->packets.v + at, n * sizeof(*a));
		for (uint32_t i = 0; i < n; i++)
			a[i].time_ns += l->later;
		sw_receive_burst(l->worker, a, n);
	}
	return NULL;
}

static bool
round_on_threads(struct bench *b, uint64_t later)
{
	for (uint32_t i = 0; i < b->nlanes; i++) {
		b->lanes[i].later = later;
		if (pthread_create(&b->lanes[i].thread, NULL, run_lane, &b->lanes[i]))
			bug("no more threads");
	}
	for (uint32_t i = 0; i < b->nlanes; i++)
		pthread_join(b->lanes[i].thread, NULL);
	return true;
}

static void
open_lanes(struct bench *b)
{
	uint32_t n = threads_allowed(&b->s, b->s.control != NULL, b->s.args.threads);

	if (n < 2)
		return;
	b->lanes = arena_array(b->s.c.arena, struct lane, n);
	for (; b->nlanes < n; b->nlanes++)
		b->lanes[b->nlanes] = (struct lane){ .b = b, .worker = sw_worker_open(b->s.soft.sw, NULL, on_lane_tx),
						     .first = b->nlanes * PS_BURST, .step = n * PS_BURST };
}

static void
close_lanes(struct bench *b)
{
	struct sw *workers[THREADS_MOST];

	for (uint32_t i = 0; i < b->nlanes; i++)
		workers[i] = b->lanes[i].worker;
	if (b->nlanes)
		sw_workers_close(b->s.soft.sw, workers, b->nlanes);
}

static bool
any_round(struct bench *b, uint64_t later)
{
	return b->nlanes ? round_on_threads(b, later) : round_of(b, later);
}

static bool
is_enough(const struct bench *b)
{
	return b->enough ? b->run.cpu >= b->enough : b->rounds == b->repeat;
}

/* The first round warms caches, and is not counted. */
static bool
run_rounds(struct bench *b)
{
	bool ok;

	open_lanes(b);
	ok = any_round(b, 0);
	b->rss = rss_now();

	while (ok && !is_enough(b)) {
		struct clocks start = clocks_now(), took;

		ok = any_round(b, (uint64_t)++b->rounds * b->period);
		took = clocks_since(start);
		b->run.wall += took.wall;
		b->run.cpu += took.cpu;
		if (b->rounds == 1 || took.cpu < b->best)
			b->best = took.cpu;
	}
	close_lanes(b);
	sw_drain(b->s.soft.sw);
	if (b->s.control && b->error == 0)
		b->error = control_finish(b->s.control);
	return b->error == 0 || session_failed(&b->s, "the switch", b->error);
}

/* --- the report --- */

static double
ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void
report_json(const struct bench *b, const struct sw_counts *n, double packets)
{
	const struct compile_times *t = &b->s.c.times;
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	printf("{\"packets\":%.0f,\"rounds\":%d,\"pps\":%.0f,\"pps_wall\":%.0f,\"pps_best\":%.0f,\"ns_cpu\":%.2f,\"ns_wall\":%.2f,\"ns_best\":%.2f,",
	       packets, b->rounds, packets / ((double)b->run.cpu / 1e9), packets / ((double)b->run.wall / 1e9),
	       packets / b->rounds / ((double)b->best / 1e9), (double)b->run.cpu / packets, (double)b->run.wall / packets,
	       (double)b->best / (packets / b->rounds));
	printf("\"front_ms\":%.2f,\"weave_ms\":%.2f,\"native_ms\":%.2f,\"cached\":%s,\"open_ms\":%.2f,\"entries_ms\":%.2f,",
	       ms(t->front_end), ms(t->weave), ms(t->native), b->s.c.object.cached ? "true" : "false", ms(b->open.wall), ms(b->entries.wall));
	printf("\"changes\":%llu,\"change_us\":%.1f,\"longest_us\":%.1f,\"slow_changes\":%llu,\"rss_start_kb\":%ld,"
	       "\"rss_end_kb\":%ld,", (unsigned long long)b->churn.changes,
	       b->churn.changes ? (double)b->churn.sum / 1e3 / (double)b->churn.changes : 0.0, (double)b->churn.longest / 1e3,
	       (unsigned long long)b->churn.slow, b->rss, rss_now());
	printf("\"received\":%llu,\"forwarded\":%llu,\"dropped_ingress\":%llu,\"dropped_egress\":%llu,\"lost_queue\":%llu,"
	       "\"results\":%llu,\"max_rss_kb\":%ld}\n",
	       (unsigned long long)n->received, (unsigned long long)n->forwarded, (unsigned long long)n->dropped_ingress,
	       (unsigned long long)n->dropped_egress, (unsigned long long)n->lost_queue, (unsigned long long)b->results,
	       r.ru_maxrss);
}

static void
report_text(const struct bench *b, const struct sw_counts *n, double packets)
{
	const struct compile_times *t = &b->s.c.times;

	printf("%.0f packets in %d rounds: %.2f M packets/s, %.1f ns of CPU and %.1f ns of time per packet\n", packets, b->rounds,
	       packets / ((double)b->run.cpu / 1e3), (double)b->run.cpu / packets, (double)b->run.wall / packets);
	if (b->nlanes)
		printf("%u threads: %.2f M packets/s by time\n", b->nlanes, packets / ((double)b->run.wall / 1e3));
	printf("fastest round: %.2f M packets/s, %.1f ns per packet\n", packets / b->rounds / ((double)b->best / 1e3),
	       (double)b->best / (packets / b->rounds));
	printf("start-up: front end %.1f ms, weaving %.1f ms, native code %.1f ms%s, loading %.1f ms, entries %.1f ms\n",
	       ms(t->front_end), ms(t->weave), ms(t->native), b->s.c.object.cached ? " (from the cache)" : "", ms(b->open.wall),
	       ms(b->entries.wall));
	if (b->churned)
		printf("%llu changes of entries: %.1f us each, the longest %.1f us, %llu of more than a millisecond; memory %ld KiB "
		       "after the first round, %ld KiB at the end\n",
		       (unsigned long long)b->churn.changes, (double)b->churn.sum / 1e3 / (double)b->churn.changes,
		       (double)b->churn.longest / 1e3, (unsigned long long)b->churn.slow, b->rss, rss_now());
	printf("received %llu, forwarded %llu, dropped in ingress %llu, in egress %llu, lost in queues %llu; results: %llu\n",
	       (unsigned long long)n->received, (unsigned long long)n->forwarded, (unsigned long long)n->dropped_ingress,
	       (unsigned long long)n->dropped_egress, (unsigned long long)n->lost_queue, (unsigned long long)b->results);
}

static void
report(const struct bench *b)
{
	double packets = (double)b->packets.n * b->rounds;
	struct sw_counts n;

	sw_counts(b->s.soft.sw, &n);
	if (b->s.args.json)
		report_json(b, &n, packets);
	else
		report_text(b, &n, packets);
}

/* --- the command --- */

static bool
start(struct bench *b)
{
	struct session *s = &b->s;
	struct sw_config config = { .user = b, .tx = on_tx };
	struct clocks since;

	if (!session_prepare(s) || !read_packets(b))
		return false;
	since = clocks_now();
	if (!session_open_switch(s, &config))
		return false;
	b->open = clocks_since(since);
	since = clocks_now();
	if (!session_start(s) || (b->churned && !churn_open(&b->churn, s, b->churned)))
		return false;
	b->entries = clocks_since(since);
	b->shifted = arena_array(s->c.arena, struct sw_arrival, PS_BURST);
	return true;
}

static int
bench_program(struct bench *b, const char *program)
{
	struct session *s = &b->s;
	int status = run_parse(s->c.arena, &s->args);
	bool ok;

	if (status != UI_DONE)
		return status;
	if (!ui_compile_options(s->c.arena, "bench", &s->args.compile, program, &s->options))
		return UI_USAGE;
	s->options.drained = true;
	if (!s->args.in.n && !s->options.print)
		return ui_usage("bench", "no packets: give at least one capture (-i PORT@FILE.pcap)");
	if (s->args.threads < 0 || s->args.threads > THREADS_MOST)
		return ui_usage("bench", "--threads is a number from 1 to %d", THREADS_MOST);
	if (b->churned && s->args.threads > 1)
		return ui_usage("bench", "--churn runs on one thread");
	if (b->repeat < 1 || b->repeat > 1000000)
		return ui_usage("bench", "--repeat is a number from 1 to 1000000");
	if (b->time && (!units_duration_ns(str_from(b->time), &b->enough) || !b->enough))
		return ui_usage("bench", "--time %s: a time such as 500ms or 10s is expected", b->time);
	ok = start(b) && run_rounds(b);
	diags_print(s->c.diags, stderr);
	if (ok)
		report(b);
	session_close(s);
	if (b->capture)
		sw_capture_close(b->capture);
	return ok || s->c.printed ? UI_DONE : UI_FAILED;
}

static const char help[] =
	"PROGRAM.p4 -i PORT@IN.pcap... [-q FILE.scope...] [-e ENTRIES...]\n\n"
	"Measures how fast a program runs: captures are held in memory and handed in again and\n"
	"again. Files, and the printing of rows, are not measured; queries and their controller are.\n\n"
	"Example:\n"
	"  packetscope bench router.p4 -e entries.txt -i 0@in.pcap -q table1.scope --repeat 20\n";

int
ui_bench(int argc, const char **argv)
{
	struct bench b = { .repeat = 10 };
	struct run_args *args = &b.s.args;
	const struct poptOption table[] = {
		UI_COMPILE_OPTIONS(args->compile),
		RUN_OPTIONS(*args),
		{ "input", 'i', POPT_ARG_ARGV, &args->inputs, 0, "a capture that arrives at a port", "PORT@FILE.pcap" },
		{ "repeat", 0, POPT_ARG_INT, &b.repeat, 0, "rounds that are measured (default: 10)", "N" },
		{ "time", 0, POPT_ARG_STRING, &b.time, 0,
		  "rounds until so much CPU time has been measured, instead of --repeat: what runs beside it on one core ends with it", "TIME" },
		{ "threads", 0, POPT_ARG_INT, &args->threads, 0, "on N threads, if the program's packets share no state", "N" },
		{ "churn", 0, POPT_ARG_STRING, &b.churned, 0,
		  "table_add commands that come and go, one between two bursts", "FILE" },
		{ "single", 0, POPT_ARG_NONE, &b.single, 0, "hand packets in one by one, not in bursts", NULL },
		{ "json", 0, POPT_ARG_NONE, &args->json, 0, "the figures as one JSON object", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope bench", argc, argv, table, 0);
	const char *program;
	int status;

	session_init(&b.s, "bench");
	b.s.on_result = on_result;
	b.s.user = &b;
	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "bench");
	if (status == UI_DONE) {
		program = ui_program(ctx, "bench");
		status = program ? bench_program(&b, program) : UI_USAGE;
	}
	session_fini(&b.s);
	poptFreeContext(ctx);
	return status;
}
