#include "ui/gen.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <popt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/outfile.h"
#include "base/str.h"
#include "base/units.h"
#include "ui/gen_traffic.h"

#define SECOND UINT64_C(1000000000)
#define RATE_MAX UINT64_C(1000000000)
#define PACKETS_MAX UINT64_C(1000000000)
#define DURATION_MAX (UINT64_C(1000000) * SECOND)

#define KINDS 3 /* as enum gen_kind */
static const char *const kind_names[KINDS] = { "router", "burst", "zipf" };

enum form { FORM_NUMBER, FORM_DURATION, FORM_MILLIONTHS, FORM_MAC };

/* An option that sets a field of struct gen_options. */
struct knob {
	const char *name;
	enum form form;
	size_t offset;
	uint64_t min, max;
	const char *defaults[KINDS]; /* NULL: that kind of traffic doesn't know the option */
	const char *help;
};

#define FIELD(name) offsetof(struct gen_options, name)
#define MAC "02:00:00:00:00:01"

static const struct knob knobs[] = {
	{ "duration",
	  FORM_DURATION,
	  FIELD(duration),
	  1,
	  DURATION_MAX,
	  { "10s", "60s", "60s" },
	  "length of the capture" },
	{ "rate",
	  FORM_NUMBER,
	  FIELD(rate),
	  1,
	  RATE_MAX,
	  { "1000", NULL, "1700" },
	  "packets per second, on average" },
	{ "base",
	  FORM_NUMBER,
	  FIELD(rate),
	  1,
	  RATE_MAX,
	  { NULL, "100", NULL },
	  "packets per second, evenly spaced" },
	{ "flows",
	  FORM_NUMBER,
	  FIELD(flows),
	  1,
	  60000,
	  { "200", "10", NULL },
	  "conversations (router) or sources (burst)" },
	{ "burst-at",
	  FORM_DURATION,
	  FIELD(burst_at),
	  0,
	  DURATION_MAX,
	  { "5s", "30s", NULL },
	  "start of the burst" },
	{ "burst-rate",
	  FORM_NUMBER,
	  FIELD(burst_rate),
	  0,
	  RATE_MAX,
	  { "0", "500", NULL },
	  "more packets per second in the burst" },
	{ "burst-duration",
	  FORM_DURATION,
	  FIELD(burst_duration),
	  0,
	  DURATION_MAX,
	  { "1s", "6s", NULL },
	  "length of the burst" },
	{ "keys",
	  FORM_NUMBER,
	  FIELD(keys),
	  1,
	  1 << 22,
	  { NULL, NULL, "2000" },
	  "source addresses" },
	{ "alpha",
	  FORM_MILLIONTHS,
	  FIELD(alpha),
	  0,
	  10000000,
	  { NULL, NULL, "1.1" },
	  "exponent of the sources' shares, 0 to 10" },
	{ "seed",
	  FORM_NUMBER,
	  FIELD(seed),
	  0,
	  UINT64_MAX,
	  { "1", "1", "1" },
	  "another number, other packets" },
	{ "dst-mac", FORM_MAC, FIELD(dst_mac), 0, 0, { MAC, MAC, MAC }, "the router's address" },
};

#define NKNOBS (sizeof(knobs) / sizeof(knobs[0]))

struct command {
	struct gen_options options;
	char *values[NKNOBS]; /* as given; NULL when absent */
	char *out;
	int help;
};

static const char *
form_name(enum form form)
{
	switch (form) {
	case FORM_NUMBER:
		return "N";
	case FORM_DURATION:
		return "T";
	case FORM_MILLIONTHS:
		return "X";
	case FORM_MAC:
		return "MAC";
	}
	return "";
}

static bool
same_default(const struct knob *k)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (!k->defaults[kind] || strcmp(k->defaults[kind], k->defaults[0]) != 0)
			return false;
	return true;
}

static void
print_knob(FILE *out, const struct knob *k)
{
	const char *separator = "";
	char left[32];

	snprintf(left, sizeof(left), "--%s %s", k->name, form_name(k->form));
	fprintf(out, "      %-20s%s (", left, k->help);
	if (same_default(k)) {
		fprintf(out, "%s)\n", k->defaults[0]);
		return;
	}
	for (int kind = 0; kind < KINDS; kind++) {
		if (!k->defaults[kind])
			continue;
		fprintf(out, "%s%s %s", separator, kind_names[kind], k->defaults[kind]);
		separator = ", ";
	}
	fputs(")\n", out);
}

static void
print_help(FILE *out)
{
	fputs("usage: packetscope gen router|burst|zipf -o OUT.pcap [OPTION...]\n\n"
	      "Writes a synthetic capture; the same options give the same bytes.\n\n"
	      "  router  clients in 10.0.0.0/16 and 2001:db8:1::/48 talk to servers outside:\n"
	      "          TCP, DNS and ping, some tagged, some ECN-capable, some with TTL 1\n"
	      "  burst   a constant rate of TCP to port 80, and a burst that overflows a queue\n"
	      "  zipf    many sources of which few send most, arriving at random\n\n"
	      "  -o, --output FILE       `-` is standard output\n",
	      out);
	for (size_t i = 0; i < NKNOBS; i++)
		print_knob(out, &knobs[i]);
	fputs("  -h, --help\n\n"
	      "N is a number, T a time such as 20ms, 1.5s or 2min. In brackets: the defaults.\n\n"
	      "examples:\n"
	      "  packetscope gen router -o traffic.pcap --rate 5000 --burst-at 3s --burst-rate "
	      "20000\n"
	      "  packetscope gen burst -o burst.pcap\n"
	      "  packetscope gen zipf -o zipf.pcap --keys 500 --alpha 1.3 --seed 7\n",
	      out);
}

static bool
parse_mac(const char *text, uint8_t mac[6])
{
	unsigned b[6];
	char rest;

	if (strlen(text) != 17 || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", b, b + 1, b + 2, b + 3,
					 b + 4, b + 5, &rest) != 6)
		return false;
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return true;
}

static bool
parse_value(const struct knob *k, struct gen_options *o, const char *text)
{
	uint64_t *field = (uint64_t *)(void *)((char *)o + k->offset), v = 0;
	bool ok = false;

	switch (k->form) {
	case FORM_MAC:
		return parse_mac(text, o->dst_mac);
	case FORM_NUMBER:
		ok = units_number(str_from(text), &v);
		break;
	case FORM_DURATION:
		ok = units_duration_ns(str_from(text), &v);
		break;
	case FORM_MILLIONTHS:
		ok = units_decimal(str_from(text), 1000000, &v);
		break;
	}
	if (!ok || v < k->min || v > k->max)
		return false;
	*field = v;
	return true;
}

static void
complain_value(const struct knob *k, const char *text)
{
	fprintf(stderr, "packetscope gen: --%s can't be '%s': ", k->name, text);
	switch (k->form) {
	case FORM_NUMBER:
		fprintf(stderr, "a whole number from %llu to %llu is expected\n",
			(unsigned long long)k->min, (unsigned long long)k->max);
		break;
	case FORM_DURATION:
		fprintf(stderr, "a time such as 20ms or 1.5s, at most %llus, is expected\n",
			(unsigned long long)(k->max / SECOND));
		break;
	case FORM_MILLIONTHS:
		fprintf(stderr, "a number from 0 to %llu is expected\n",
			(unsigned long long)(k->max / 1000000));
		break;
	case FORM_MAC:
		fputs("an address such as " MAC " is expected\n", stderr);
		break;
	}
}

static bool
was_given(const struct command *c, const char *name)
{
	for (size_t i = 0; i < NKNOBS; i++)
		if (c->values[i] && strcmp(knobs[i].name, name) == 0)
			return true;
	return false;
}

static bool
check_sum(const struct command *c)
{
	const struct gen_options *o = &c->options;
	uint64_t burst = o->burst_duration < o->duration ? o->burst_duration : o->duration;
	double packets = (double)o->rate * (double)o->duration / 1e9 +
			 (double)o->burst_rate * (double)burst / 1e9;

	if (packets > (double)PACKETS_MAX) {
		fprintf(stderr, "packetscope gen: more than %llu packets\n",
			(unsigned long long)PACKETS_MAX);
		return false;
	}
	if (o->kind == GEN_ROUTER && o->burst_rate == 0 &&
	    (was_given(c, "burst-at") || was_given(c, "burst-duration"))) {
		fputs("packetscope gen: a burst needs --burst-rate\n", stderr);
		return false;
	}
	if (o->burst_rate && o->burst_at >= o->duration) {
		fputs("packetscope gen: the burst begins after the end: --burst-at must be below "
		      "--duration\n",
		      stderr);
		return false;
	}
	return true;
}

/* Defaults, then what was given. */
static bool
take_values(struct command *c)
{
	for (size_t i = 0; i < NKNOBS; i++) {
		const struct knob *k = &knobs[i];
		const char *usual = k->defaults[c->options.kind];
		const char *text = c->values[i] ? c->values[i] : usual;

		if (c->values[i] && !usual) {
			fprintf(stderr, "packetscope gen: %s has no option --%s\n",
				kind_names[c->options.kind], k->name);
			return false;
		}
		if (text && !parse_value(k, &c->options, text)) {
			complain_value(k, text);
			return false;
		}
	}
	return check_sum(c);
}

static bool
take_kind(struct command *c, const char *name)
{
	struct str known[KINDS], near;

	for (int i = 0; name && i < KINDS; i++) {
		if (strcasecmp(name, kind_names[i]) == 0) {
			c->options.kind = (enum gen_kind)i;
			return true;
		}
		known[i] = str_from(kind_names[i]);
	}
	if (!name) {
		fputs("packetscope gen: which traffic? router, burst or zipf\n", stderr);
		return false;
	}
	near = str_nearest(str_from(name), known, KINDS);
	fprintf(stderr, "packetscope gen: no traffic '%s': router, burst and zipf are known", name);
	if (near.n)
		fprintf(stderr, "; did you mean %.*s?", STRA(near));
	fputc('\n', stderr);
	return false;
}

static bool
take_arguments(struct command *c, poptContext popt)
{
	const char *kind, *extra;
	int rc = poptGetNextOpt(popt);

	if (rc < -1) {
		fprintf(stderr, "packetscope gen: %s: %s\n",
			poptBadOption(popt, POPT_BADOPTION_NOALIAS), poptStrerror(rc));
		return false;
	}
	if (c->help)
		return true;
	kind = poptGetArg(popt);
	if (!take_kind(c, kind))
		return false;
	extra = poptGetArg(popt);
	if (extra) {
		fprintf(stderr, "packetscope gen: '%s' is one word too many\n", extra);
		return false;
	}
	if (!c->out || !*c->out) {
		fputs("packetscope gen: where to? -o OUT.pcap\n", stderr);
		return false;
	}
	return take_values(c);
}

static bool
take_command(struct command *c, int argc, const char **argv)
{
	struct poptOption table[NKNOBS + 3] = { 0 };
	poptContext popt;
	bool ok;

	for (size_t i = 0; i < NKNOBS; i++)
		table[i] = (struct poptOption){ .longName = knobs[i].name,
						.argInfo = POPT_ARG_STRING,
						.arg = &c->values[i] };
	table[NKNOBS] = (struct poptOption){
		.longName = "output", .shortName = 'o', .argInfo = POPT_ARG_STRING, .arg = &c->out
	};
	table[NKNOBS + 1] = (struct poptOption){
		.longName = "help", .shortName = 'h', .argInfo = POPT_ARG_NONE, .arg = &c->help
	};
	popt = poptGetContext("packetscope", argc, argv, table, 0);
	ok = take_arguments(c, popt);
	poptFreeContext(popt);
	return ok;
}

/* Ctrl-C must not leave half a file: the signals wait while it is written, and this looks for
 * them. */
static bool
was_interrupted(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
	       sigismember(&pending, SIGHUP);
}

static bool
is_done(uint64_t count, FILE *out)
{
	return count % 1024 == 0 && (ferror(out) || was_interrupted());
}

/* Writes all packets; false when something is wrong with the file or a signal came. */
static bool
write_packets(const struct gen_options *o, FILE *out, uint64_t *ret_count)
{
	pcap_t *pcap =
		pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *dumper = pcap ? pcap_dump_fopen(pcap, out) : NULL;
	struct arena *a = arena_make();
	struct gen_traffic *t = gen_traffic_make(a, o);
	struct gen_packet p;
	uint64_t ns, count = 0;
	uint8_t frame[GEN_FRAME_MAX];

	while (dumper && !is_done(count, out) && gen_traffic_next(t, &p, &ns)) {
		size_t n = gen_packet_build(&p, frame);
		/* tv_usec holds nanoseconds: that is how libpcap does it. */
		struct pcap_pkthdr header = {
			.ts = { .tv_sec = (time_t)(ns / SECOND),
				.tv_usec = (suseconds_t)(ns % SECOND) },
			.caplen = (bpf_u_int32)n,
			.len = (bpf_u_int32)n,
		};

		pcap_dump((u_char *)dumper, &header, frame);
		count++;
	}
	arena_free(a);
	if (pcap)
		pcap_close(pcap);
	*ret_count = count;
	return dumper && !ferror(out) && !was_interrupted();
}

static int
write_capture(const struct command *c, uint64_t *ret_count)
{
	struct outfile f;
	int err = outfile_open(&f, c->out);

	if (err)
		return err;
	errno = 0;
	if (write_packets(&c->options, f.out, ret_count))
		return outfile_commit(&f);
	err = errno ? -errno : -EIO;
	outfile_abort(&f);
	return err;
}

static int
generate(const struct command *c)
{
	sigset_t wait, before;
	uint64_t count;
	int err;

	sigemptyset(&wait);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigaddset(&wait, SIGHUP);
	sigprocmask(SIG_BLOCK, &wait, &before);
	err = write_capture(c, &count);
	sigprocmask(SIG_SETMASK, &before, NULL); /* a signal that waited ends the program here */
	if (err) {
		fprintf(stderr, "packetscope gen: %s: %s\n", c->out, strerror(-err));
		return 1;
	}
	fprintf(stderr, "%s: %llu packet%s\n", c->out, (unsigned long long)count,
		count == 1 ? "" : "s");
	return 0;
}

int
ui_gen(int argc, const char **argv)
{
	struct command c = { 0 };
	int status = 0;

	if (!take_command(&c, argc, argv)) {
		fputs("try: packetscope gen --help\n", stderr);
		status = 2;
	} else if (c.help) {
		print_help(stdout);
	} else {
		status = generate(&c);
	}
	for (size_t i = 0; i < NKNOBS; i++)
		free(c.values[i]);
	free(c.out);
	return status;
}
