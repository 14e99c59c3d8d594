#include "ui/net_hpcc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/units.h"
#include "net/fabric_queries.h"
#include "net/slowdown.h"
#include "ui/options.h"

#define COMMAND "net"
#define GIGA 1e9

/* As given; NULL when absent. */
struct texts {
	const char *kind, *share, *load, *flows, *duration, *rate, *core_rate, *delay, *header, *eta, *queries, *seed;
	int json;
};

enum queries { QUERIES_NONE, QUERIES_ALONE, QUERIES_TOGETHER };

struct settings {
	struct fabric_options options;
	enum queries queries;
	const struct flow_sizes *sizes;
	uint64_t load_permille, duration_ns, rate_bps, core_rate_bps, delay_ns, seed;
};

struct run {
	const char *topology;
	const struct texts *texts;
	struct settings s;
	struct fabric *f;
	struct slowdown slowdown;
	struct fabric_answers answers;
};

bool
ui_is_net_hpcc(int argc, const char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--hpcc") == 0 || strncmp(argv[i], "--hpcc=", 7) == 0)
			return true;
	return false;
}

static bool
wrong(const char *option, const char *text, const char *wanted)
{
	ui_usage(COMMAND, "--%s %s: wanted is %s", option, text, wanted);
	return false;
}

static bool
read_kind(const struct texts *t, struct settings *s)
{
	static const char *const names[] = { "none", "reno", "int", "pint", "csig" };
	static const enum feedback_kind kinds[] = { FEEDBACK_NONE, FEEDBACK_NONE, FEEDBACK_INT, FEEDBACK_PINT, FEEDBACK_CSIG };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(t->kind, names[i]) == 0) {
			s->options.feedback = kinds[i];
			s->options.is_reno = strcmp(t->kind, "reno") == 0;
			return true;
		}
	return wrong("hpcc", t->kind, "int, pint, csig, reno or none");
}

/* 1, 1/16, 0.0625 */
static bool
read_share(const struct texts *t, struct settings *s)
{
	struct str text = str_from(t->share), below = { 0 };
	const char *slash = memchr(text.p, '/', text.n);
	uint64_t n, d = 1000000;
	bool ok;

	if (slash) {
		below = (struct str){ slash + 1, (uint32_t)(text.p + text.n - slash - 1) };
		text.n = (uint32_t)(slash - text.p);
		ok = units_number(text, &n) && units_number(below, &d);
	} else {
		ok = units_decimal(text, d, &n);
	}
	if (!ok || !n || n > d || d > UINT32_MAX)
		return wrong("p", t->share, "a share of packets such as 1/16");
	s->options.share = pint_fraction(n, d);
	if (n != d && s->options.feedback != FEEDBACK_PINT)
		return wrong("p", t->share, "--hpcc pint with it");
	return true;
}

static bool
read_flows(const struct texts *t, struct settings *s)
{
	struct str nearest;

	s->sizes = flow_sizes_find(str_from(t->flows), &nearest);
	if (!s->sizes)
		return wrong("flow-sizes", t->flows, "websearch or hadoop");
	if (!units_decimal(str_from(t->load), 1000, &s->load_permille) || !s->load_permille || s->load_permille > 1000)
		return wrong("load", t->load, "a share of the hosts' rate such as 0.5");
	if (!units_duration_ns(str_from(t->duration), &s->duration_ns) || !s->duration_ns || s->duration_ns > 10000000000)
		return wrong("duration", t->duration, "a time up to 10s such as 5ms");
	if (!units_number(str_from(t->seed), &s->seed))
		return wrong("seed", t->seed, "a number");
	return true;
}

static bool
read_rate(const char *option, const char *text, uint64_t *ret)
{
	enum units unit;

	if (!units_rate(str_from(text), ret, &unit) || unit != UNITS_BITS)
		return wrong(option, text, "a rate such as 100Gbps");
	return true;
}

static bool
read_links(const struct texts *t, struct settings *s)
{
	if (!read_rate("link-rate", t->rate, &s->rate_bps) || !read_rate("core-rate", t->core_rate, &s->core_rate_bps))
		return false;
	if (!units_duration_ns(str_from(t->delay), &s->delay_ns) || s->delay_ns > 1000000000)
		return wrong("link-delay", t->delay, "a time up to 1s such as 1us");
	return true;
}

static bool
read_control(const struct texts *t, struct settings *s)
{
	uint64_t header, eta;

	if (!units_number(str_from(t->header), &header) || header > 1000)
		return wrong("header", t->header, "a number of bytes up to 1000");
	if (!units_decimal(str_from(t->eta), 1000, &eta) || !eta || eta > 2000)
		return wrong("eta", t->eta, "a utilisation such as 0.95");
	s->options.extra_bytes = (uint32_t)header;
	s->options.eta = (double)eta / 1000;
	if (!t->queries)
		return true;
	s->queries = strcmp(t->queries, "alone") == 0 ? QUERIES_ALONE : QUERIES_TOGETHER;
	if (s->queries == QUERIES_TOGETHER && strcmp(t->queries, "together") != 0)
		return wrong("queries", t->queries, "alone or together");
	if (s->options.feedback != FEEDBACK_PINT)
		return wrong("queries", t->queries, "--hpcc pint with it");
	return true;
}

/* What a file says of its links stays. */
static void
set_links(struct net_topology *t, const struct settings *s)
{
	vec_each(l, &t->links) {
		bool is_edge = t->nodes.v[l->end[0].node].is_host || t->nodes.v[l->end[1].node].is_host;

		if (!l->has_rate)
			l->rate_bps = is_edge ? s->rate_bps : s->core_rate_bps;
		if (!l->has_delay)
			l->delay_ns = s->delay_ns;
	}
}

static double
cpu_seconds(void)
{
	return (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / GIGA;
}

/* How long it took is for people: not part of the result. */
static void
simulate(struct run *r, struct flows *flows)
{
	double start = cpu_seconds(), seconds;

	fabric_feed(r->f, flows);
	fabric_run(r->f, UINT64_MAX);
	seconds = cpu_seconds() - start;
	fprintf(stderr, "%" PRIu64 " packets, %" PRIu64 " events in %.1f s: %.1f million events a second\n", r->f->packets_sent,
		r->f->events.ran, seconds, (double)r->f->events.ran / seconds / 1e6);
}

static uint64_t
most_queued(const struct fabric *f)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < 2 * f->topology->links.n; i++)
		if (!f->ports[i].host && f->ports[i].most_queued > most)
			most = f->ports[i].most_queued;
	return most;
}

static void
print_bucket(const struct slowdown_bucket *b)
{
	printf("%12" PRIu64 " %8u %9.3f %9.3f %9.3f %9.3f %9.3f\n", b->bytes, b->flows, b->mean, b->p50, b->p95, b->p99,
	       b->goodput_bps / GIGA);
}

static void
print_table(const struct run *r)
{
	const struct fabric *f = r->f;

	printf("%s: %u hosts, %u switches, base round trip %u ns\n", r->topology, f->topology->hosts.n, f->topology->switches.n,
	       f->feedback.period_ns);
	printf("%u flows of %s at load %s for %s: %" PRIu64 " packets, last acknowledgement at %.3f ms\n", f->flows,
	       r->s.sizes->name, r->texts->load, r->texts->duration, f->packets_sent, (double)f->events.now / GIGA);
	printf("longest queue %" PRIu64 " bytes, %" PRIu64 " packets lost, mean time of a flow %.2f us\n\n", most_queued(f), f->lost,
	       r->slowdown.mean_ps / 1e6);
	printf("slowdown by size of flow\n%12s %8s %9s %9s %9s %9s %9s\n", "bytes up to", "flows", "mean", "p50", "p95", "p99", "Gb/s");
	for (int i = 0; i < SLOWDOWN_BUCKETS; i++)
		if (r->slowdown.buckets[i].flows)
			print_bucket(&r->slowdown.buckets[i]);
	printf("all\n");
	print_bucket(&r->slowdown.all);
	if (r->s.queries)
		printf("\n%u paths decoded, %u wrong, after %.2f packets on average, 99th percentile %u\n"
		       "latency of %u hops of long flows: mean relative error of the median %.2f %%, of the 99th percentile %.2f %%\n",
		       r->answers.paths, r->answers.wrong_paths, r->answers.packets_mean, r->answers.packets_p99, r->answers.hops,
		       r->answers.median * 100, r->answers.p99 * 100);
}

static void
print_json_bucket(const struct slowdown_bucket *b)
{
	printf("{\"bytes\":%" PRIu64 ",\"flows\":%u,\"mean\":%.4f,\"p50\":%.4f,\"p95\":%.4f,\"p99\":%.4f,\"goodput_gbps\":%.4f}", b->bytes,
	       b->flows, b->mean, b->p50, b->p95, b->p99, b->goodput_bps / GIGA);
}

static void
print_json(const struct run *r)
{
	const struct fabric *f = r->f;

	printf("{\"topology\":");
	json_print_string(stdout, str_from(r->topology));
	printf(",\"hosts\":%u,\"switches\":%u,\"feedback\":\"%s\",\"p\":%.6f,\"load\":%.3f,\"sizes\":\"%s\",", f->topology->hosts.n,
	       f->topology->switches.n, r->texts->kind, (double)r->s.options.share / UINT32_MAX, (double)r->s.load_permille / 1000,
	       r->s.sizes->name);
	printf("\"base_rtt_ns\":%u,\"flows\":%u,\"packets\":%" PRIu64 ",\"events\":%" PRIu64 ",\"end_ns\":%" PRIu64 ",\"longest_queue\":%" PRIu64
	       ",\"lost\":%" PRIu64 ",\"mean_fct_us\":%.3f,\"buckets\":[",
	       f->feedback.period_ns, f->flows, f->packets_sent, f->events.ran, f->events.now / 1000, most_queued(f), f->lost,
	       r->slowdown.mean_ps / 1e6);
	for (int i = 0; i < SLOWDOWN_BUCKETS; i++) {
		printf("%s", i ? "," : "");
		print_json_bucket(&r->slowdown.buckets[i]);
	}
	printf("],\"all\":");
	print_json_bucket(&r->slowdown.all);
	if (r->s.queries)
		printf(",\"paths\":{\"decoded\":%u,\"wrong\":%u,\"packets_mean\":%.3f,\"packets_p99\":%u},"
		       "\"latency\":{\"hops\":%u,\"median_error\":%.5f,\"p99_error\":%.5f}",
		       r->answers.paths, r->answers.wrong_paths, r->answers.packets_mean, r->answers.packets_p99, r->answers.hops,
		       r->answers.median, r->answers.p99);
	printf("}\n");
}

static bool
make(struct arena *a, struct net_topology *t, struct run *r, struct fabric_queries **ret_queries)
{
	const char *why;

	set_links(t, &r->s);
	if (r->s.queries)
		*ret_queries = fabric_queries_make(a, &r->s.options, r->s.queries == QUERIES_TOGETHER);
	r->f = fabric_make(a, t, &r->s.options, &why);
	if (!r->f) {
		fprintf(stderr, "packetscope net: %s: %s\n", r->topology, why);
		return false;
	}
	if (*ret_queries && !fabric_queries_start(*ret_queries, r->f)) {
		fprintf(stderr, "packetscope net: %s: no code for the paths of so many switches\n", r->topology);
		return false;
	}
	return true;
}

static int
run(struct arena *a, struct net_topology *t, struct run *r)
{
	struct fabric_queries *queries = NULL;
	struct flows flows;

	if (!make(a, t, r, &queries))
		return UI_FAILED;
	flows_init(&flows, r->s.sizes, t->hosts.n, fabric_line_bps(r->f), (uint32_t)r->s.load_permille, r->s.duration_ns * 1000,
		   r->s.seed);
	simulate(r, &flows);
	r->slowdown = slowdown_make(a, r->f);
	if (queries)
		r->answers = fabric_queries_finish(queries);
	if (r->texts->json)
		print_json(r);
	else
		print_table(r);
	return fflush(stdout) || ferror(stdout) ? UI_FAILED : UI_DONE;
}

static int
load_and_run(struct run *r)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct net_topology *t = net_topology_load(a, d, r->topology, r->s.seed);
	int status = UI_FAILED;

	diags_print(d, stderr);
	if (t)
		status = run(a, t, r);
	arena_free(a);
	return status;
}

int
ui_net_hpcc(int argc, const char **argv)
{
	struct texts t = { .share = "1", .load = "0.5", .flows = "websearch", .duration = "1ms", .rate = "100Gbps",
			   .core_rate = "400Gbps", .delay = "1us", .header = "0", .eta = "0.95", .seed = "1" };
	const struct poptOption options[] = {
		{ "hpcc", 0, POPT_ARG_STRING, &t.kind, 0, "what tells senders of the busiest link: int, pint, csig; reno: losses; none: full rate", "KIND" },
		{ "p", 'p', POPT_ARG_STRING, &t.share, 0, "pint: share of the packets that carry it (default: 1)", "1/16" },
		{ "load", 0, POPT_ARG_STRING, &t.load, 0, "payload that hosts send, of their links' rate (default: 0.5)", "X" },
		{ "flow-sizes", 0, POPT_ARG_STRING, &t.flows, 0, "how long flows are: websearch (default) or hadoop", "SIZES" },
		{ "duration", 0, POPT_ARG_STRING, &t.duration, 0, "how long flows begin; all are finished (default: 1ms)", "TIME" },
		{ "link-rate", 0, POPT_ARG_STRING, &t.rate, 0, "of hosts' links where the topology doesn't say (default: 100Gbps)", "RATE" },
		{ "core-rate", 0, POPT_ARG_STRING, &t.core_rate, 0, "the same between switches (default: 400Gbps)", "RATE" },
		{ "link-delay", 0, POPT_ARG_STRING, &t.delay, 0, "of links where the topology doesn't say (default: 1us)", "TIME" },
		{ "header", 0, POPT_ARG_STRING, &t.header, 0, "more bytes of header in data packets (default: 0)", "BYTES" },
		{ "eta", 0, POPT_ARG_STRING, &t.eta, 0, "the utilisation that HPCC aims at (default: 0.95)", "X" },
		{ "queries", 0, POPT_ARG_STRING, &t.queries, 0,
		  "pint: ask for paths and latencies, too: alone, in all packets; or together with HPCC, in 16 bits", "alone|together" },
		{ "seed", 0, POPT_ARG_STRING, &t.seed, 0, "another number, other flows (default: 1)", "N" },
		{ "json", 0, POPT_ARG_NONE, &t.json, 0, "print one JSON object", NULL },
		UI_SHORT_HELP,
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext(NULL, argc, argv, options, 0);
	struct run r = { .texts = &t };
	int status;

	poptSetOtherOptionHelp(ctx, "TOPOLOGY --hpcc KIND [OPTION...]");
	status = ui_parse(ctx, COMMAND);
	if (!status) {
		r.topology = poptGetArg(ctx);
		if (!r.topology || poptPeekArg(ctx))
			status = ui_usage(COMMAND, "one topology, please");
		else if (!read_kind(&t, &r.s) || !read_share(&t, &r.s) || !read_flows(&t, &r.s) || !read_links(&t, &r.s) ||
			 !read_control(&t, &r.s))
			status = UI_USAGE;
		else
			status = load_and_run(&r);
	}
	poptFreeContext(ctx);
	return status;
}
