#include "ui/attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "control/control.h"
#include "control/pint.h"
#include "device/bmv2.h"
#include "sink/sink.h"
#include "ui/options.h"
#include "ui/net_place.h"

#define NS 1000000000u
#define POLL_NS 50000000u    /* rings are drained so often */
#define LOOK_NS NS	     /* entries, groups and the program are looked at so often */
#define RETRY_NS 500000000u  /* without a connection */
#define TIMEOUT_MS 10000

struct attach {
	const char *url, *manifest_path;
	char *max_delay, *duration;
	int json, csv;
	struct net_place_args place_args;
	struct net_place place;
	struct arena *arena;
	struct diags *diags;
	struct manifest manifest;
	struct bmv2_config config;
	struct bmv2 *switch_;
	struct arena *life; /* of the control: from one start of the switch to the next */
	struct control *control;
	struct pint_collector *collector; /* NULL without queries over network() */
	struct sink *sink;
	uint64_t now;	    /* the switch's clock when it was last read, ns */
	uint64_t looked;    /* monotonic */
	uint64_t until;	    /* monotonic; UINT64_MAX: until a signal */
	uint64_t strays;    /* that were told of */
	bool listens;	    /* to the switch's signals */
	uint64_t due;	    /* with signals: the watermark at which something is to be read, as far as is known */
	int stop_fd;
};

/* Those that stop it are read from a->stop_fd. */
static bool
take_stop_signals(struct attach *a)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	a->stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
	if (a->stop_fd < 0)
		fprintf(stderr, "packetscope attach: %s\n", strerror(errno));
	return a->stop_fd >= 0;
}

/* Or until the switch signals. False when it is time to stop. */
static bool
sleep_for(const struct attach *a, uint64_t ns)
{
	uint64_t now = clock_now(), left = now < a->until ? a->until - now : 0;
	struct pollfd fds[] = { { .fd = a->stop_fd, .events = POLLIN }, { .fd = bmv2_signal_fd(a->switch_), .events = POLLIN } };
	struct timespec t;
	int n;

	ns = ns < left ? ns : left;
	t = (struct timespec){ .tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS) };
	n = ppoll(fds, 2, &t, NULL);
	return !fds[0].revents && (left > ns || n > 0);
}

static void
on_row(void *user, const struct ir_result *r)
{
	struct attach *a = user;

	sink_result(a->sink, r, bmv2_start(a->switch_));
}

static uint32_t
own_id(const struct attach *a)
{
	return a->place.t && a->place.node != NET_NOWHERE ? a->place.t->nodes.v[a->place.node].id : 0;
}

static void
on_result(void *user, const struct ir_result *r)
{
	struct attach *a = user;

	if (!a->collector || !pint_collector_result(a->collector, r, own_id(a)))
		on_row(a, r);
}

/* --- the beginning ------------------------------------------------------------------------------- */

/* bmv2://HOST:PORT, bmv2://[IPV6]:PORT; the port may be left out. */
static bool
parse_url(struct attach *a)
{
	struct str s = str_from(a->url), host, port = STR(BMV2_PORT), prefix = STR("bmv2://");
	bool bracket;
	int64_t end;
	uint64_t n;

	if (!str_starts(s, prefix))
		return false;
	s = str_sub(s, prefix.n, s.n);
	if (str_ends(s, STR("/")))
		s = str_sub(s, 0, s.n - 1);
	bracket = str_starts(s, STR("["));
	end = bracket ? str_find(s, ']') : str_find(s, ':');
	if (bracket && end < 0)
		return false;
	host = str_sub(s, bracket, end < 0 ? s.n : (uint32_t)end);
	s = str_sub(s, end < 0 ? s.n : (uint32_t)end + bracket, s.n);
	if (s.n)
		port = str_sub(s, 1, s.n);
	if (!host.n || (s.n && s.p[0] != ':') || !units_number(port, &n) || !n || n > 65535)
		return false;
	a->config.host = str_cstr(a->arena, host);
	a->config.port = str_cstr(a->arena, port);
	return true;
}

/* An epoch may be read once its packets have left, and until the last of its generations begins. Without an option the rest of that time is
 * divided: a quarter for packets that stay longer than was said, the others for reading. */
static bool
choose_delay(struct attach *a)
{
	uint64_t least = UINT64_MAX, most = UINT64_MAX, n;

	vec_each(s, &a->manifest.states) {
		uint64_t stay = s->generations >= 2 ? (s->generations - 2) * s->window_ns : 0;

		least = stay < least ? stay : least;
		most = stay + s->window_ns < most ? stay + s->window_ns : most;
	}
	a->config.delay_ns = most == UINT64_MAX ? 0 : least + (most - least) / 4;
	if (!a->max_delay)
		return true;
	if (!units_duration_ns(str_from(a->max_delay), &n)) {
		ui_usage("attach", "--max-delay %s: a time such as 10ms is expected", a->max_delay);
		return false;
	}
	a->config.delay_ns = n;
	if (n < most)
		return true;
	ui_usage("attach", "--max-delay %s: the program keeps rows for %s only (weave it with --max-delay)", a->max_delay,
		 str_cstr(a->arena, units_duration_text(a->arena, most)));
	return false;
}

static bool
failed(const struct attach *a, const char *what)
{
	fprintf(stderr, "packetscope attach: %s: %s: %s\n", a->url, what, bmv2_why(a->switch_));
	return false;
}

static bool
has_queue_length(const struct attach *a)
{
	return strstr(str_cstr(a->arena, a->manifest.graph), "queuing.len") != NULL;
}

static void
announce(struct attach *a)
{
	char version[64];
	enum bmv2_age age = bmv2_age(a->switch_, version, sizeof(version));

	fprintf(stderr, "packetscope attach: simple_switch %s%sat %s:%s, up for %.1f s\n", version, *version ? " " : "", a->config.host,
		a->config.port, (double)a->now / 1e9);
	if (age == BMV2_OLD)
		fprintf(stderr, "packetscope attach: this BMv2 is from before October 2024: lengths of queues are sums over all priorities of a "
				"port, and set_queue_rate and set_queue_depth number priorities the other way round\n");
	else if (age == BMV2_UNKNOWN && has_queue_length(a))
		fprintf(stderr, "packetscope attach: if this BMv2 is from before October 2024, lengths of queues are sums over all priorities of "
				"a port\n");
}

static bool
fill(struct attach *a, bool *ret_connected)
{
	uint32_t n;
	int e = bmv2_fill(a->switch_, &n);

	*ret_connected = e == 0 || e == -ERANGE || e == -ENOMEM || e == -EREMOTEIO;
	if (n)
		fprintf(stderr, "packetscope attach: %u entries and groups were given what the queries need of them\n", n);
	return e == 0 || (*ret_connected && failed(a, "can't prepare its tables"));
}

/* Without signals the clock alone tells when something is to be read. */
static void
listen_to(struct attach *a)
{
	a->listens = false;
	if (!a->manifest.signal.reg.n)
		return;
	a->listens = bmv2_listen(a->switch_, a->now) == 0;
	if (!a->listens)
		fprintf(stderr, "packetscope attach: the switch's signals can't be heard, so that every epoch is looked at: %s\n",
			bmv2_why(a->switch_));
}

/* Queries over network() are answered from what this switch, as the last one, reports. */
static bool
open_collector(struct attach *a)
{
	struct pint_universe switches = { 0 };
	const struct pint_collector_options o = { .switches = &switches };

	if (!a->manifest.network.budget)
		return true;
	if (a->place.t)
		switches = net_place_universe(a->life, a->place.t);
	a->collector = pint_collector_open(a->life, a->diags, &a->manifest, control_graph(a->control), &o, on_row, a);
	if (!a->collector && !a->place.t)
		diag_hint(a->diags, "--topology says it: FILE.json, FILE.graphml, chain:N...");
	return a->collector != NULL;
}

/* From here on the switch is one that counts for us: its epochs are reported from the next one on. */
static bool
begin(struct attach *a, bool *ret_connected)
{
	bool ok;
	int e;

	if (!fill(a, ret_connected))
		return false;
	a->life = arena_make();
	a->control = control_open(a->life, a->diags, &a->manifest, bmv2_device(a->switch_), on_result, a);
	ok = a->control && open_collector(a);
	diags_print(a->diags, stderr);
	if (!ok)
		return false;
	e = bmv2_now(a->switch_, &a->now);
	if (e == 0)
		listen_to(a);
	if (e == 0)
		e = control_begin(a->control, a->now);
	*ret_connected = e == 0 || e == -ERANGE || e == -EREMOTEIO;
	a->looked = clock_now();
	return e == 0 || (*ret_connected && failed(a, "can't read its registers"));
}

static void
end_life(struct attach *a)
{
	control_close(a->control);
	pint_collector_close(a->collector);
	a->control = NULL;
	a->collector = NULL;
	if (a->life)
		arena_free(a->life);
	a->life = NULL;
}

/* --- while it runs ------------------------------------------------------------------------------- */

static void
tell_strays(struct attach *a)
{
	uint64_t n = control_strays(a->control);

	if (n > a->strays)
		fprintf(stderr, "packetscope attach: %llu packets left after the rows of their epoch had been read, which count them as lost: "
				"they wait longer than %s (weave with --max-delay)\n",
			(unsigned long long)(n - a->strays), str_cstr(a->life, units_duration_text(a->life, a->config.delay_ns)));
	a->strays = n;
}

/* Before anything is read, what no packet came for is passed over, once the switch has said that no signal is missing. */
static int
hear(struct attach *a, bool be_sure)
{
	uint64_t left = a->now > a->config.delay_ns ? a->now - a->config.delay_ns : 0;
	struct device_gap gaps[BMV2_GAPS];
	uint32_t n;
	int e = bmv2_hear(a->switch_, a->now, be_sure, gaps, &n);

	a->due = control_due(a->control, gaps, n);
	if (e == 0 && !be_sure && a->due != UINT64_MAX)
		return hear(a, true);
	if (e == 0 && be_sure)
		control_skip(a->control, gaps, n, left);
	if (bmv2_signal_fd(a->switch_) < 0) {
		fprintf(stderr, "packetscope attach: the switch's signals have ended: every epoch is looked at from now on\n");
		a->listens = false;
	}
	return e;
}

static int
look_at_epochs(struct attach *a)
{
	int e = a->listens ? hear(a, clock_now() - a->looked >= LOOK_NS) : 0;

	if (e == 0 && (!a->listens || a->due != UINT64_MAX))
		e = control_advance(a->control, a->now);
	if (e == 0 && a->collector)
		pint_collector_advance(a->collector, control_closed(a->control, STR(NETWORK_REPORTS)));
	if (e == 0 && a->listens && a->now > a->config.delay_ns)
		bmv2_heard(a->switch_, a->now - a->config.delay_ns);
	return e;
}

/* One look at the switch. *ret_another: it has a new program, and knows nothing. */
static int
look(struct attach *a, bool *ret_another)
{
	int e = bmv2_now(a->switch_, &a->now);
	bool same = true, connected;

	if (e == 0)
		e = look_at_epochs(a);
	if (e == 0 && clock_now() - a->looked >= LOOK_NS) {
		a->looked = clock_now();
		e = bmv2_same_program(a->switch_, &same);
		if (e == 0 && same && !fill(a, &connected))
			e = connected ? -EINVAL : -ENOTCONN;
		tell_strays(a);
	}
	*ret_another = e == 0 && !same;
	sink_flush(a->sink);
	return e;
}

static bool
is_fatal(int e)
{
	return e == -EREMOTEIO || e == -ERANGE || e == -EINVAL || e == -ENOMEM;
}

/* Until the switch answers again, and what counts on it is ready. False when it is time to stop; *ret_ok: that is no failure. */
static bool
reconnect(struct attach *a, bool *ret_ok)
{
	enum bmv2_life life = BMV2_SAME;
	bool connected = false;

	for (;;) {
		if (bmv2_connect(a->switch_, &life) == 0) {
			if (life == BMV2_SAME && a->control)
				break;
			if (a->control)
				control_abandon(a->control, a->now);
			if (a->collector)
				pint_collector_finish(a->collector);
			sink_flush(a->sink);
			end_life(a);
			if (begin(a, &connected))
				break;
			*ret_ok = !connected;
			if (connected)
				return false;
			end_life(a);
		}
		*ret_ok = true;
		if (!sleep_for(a, RETRY_NS))
			return false;
	}
	fprintf(stderr, "packetscope attach: %s\n", life == BMV2_SAME ? "connected again" : "connected again: the switch started anew");
	return true;
}

static uint64_t
next_look(const struct attach *a)
{
	uint64_t deadline = control_deadline(a->control);

	if (a->listens && a->due == UINT64_MAX)
		return LOOK_NS;
	return deadline <= a->now ? 1000000 : deadline - a->now < POLL_NS ? deadline - a->now : POLL_NS;
}

static bool
follow(struct attach *a)
{
	bool goes_on = true, another = false, ok = true;

	while (goes_on && sink_error(a->sink) == 0) {
		int e = look(a, &another);

		if (is_fatal(e))
			return e == -EINVAL ? false : failed(a, "can't be read");
		if (e < 0) {
			fprintf(stderr, "packetscope attach: the connection is lost (%s); trying again\n", bmv2_why(a->switch_));
			goes_on = reconnect(a, &ok);
		} else if (another) {
			fprintf(stderr, "packetscope attach: the switch got another program\n");
			goes_on = reconnect(a, &ok);
		} else {
			goes_on = sleep_for(a, next_look(a));
		}
	}
	return ok;
}

/* --- the end ------------------------------------------------------------------------------------- */

static void
report(const struct attach *a)
{
	const struct bmv2_stats *s = bmv2_stats(a->switch_);

	if (s->banks)
		fprintf(stderr, "packetscope attach: read %llu banks of registers, %.2f ms each; one of %llu cells took %.2f ms at most\n",
			(unsigned long long)s->banks, (double)s->total_ns / 1e6 / (double)s->banks, (unsigned long long)s->longest_cells,
			(double)s->longest_ns / 1e6);
}

static bool
finish(struct attach *a)
{
	int e;

	bmv2_stop_listening(a->switch_);
	if (a->control) {
		control_finish(a->control);
		if (a->collector)
			pint_collector_finish(a->collector);
		tell_strays(a);
	}
	e = sink_finish(a->sink);
	report(a);
	if (e < 0)
		fprintf(stderr, "packetscope attach: the output: %s\n", strerror(-e));
	return e == 0;
}

static bool
connect_first(struct attach *a)
{
	enum bmv2_life life;
	bool connected;

	if (bmv2_connect(a->switch_, &life) < 0 || bmv2_now(a->switch_, &a->now) < 0)
		return failed(a, "can't connect");
	announce(a);
	a->sink = a->json ? sink_make_json(stdout) : a->csv ? sink_make_csv(stdout) : sink_make_table(stdout);
	return begin(a, &connected) || (!connected && failed(a, "can't be read"));
}

static int
attach(struct attach *a)
{
	struct sources *sources = sources_make(a->arena);
	uint64_t duration;
	bool ok;

	a->diags = diags_make(a->arena, sources);
	if (!parse_url(a))
		return ui_usage("attach", "%s: bmv2://HOST:PORT is expected", a->url);
	if (a->duration && !units_duration_ns(str_from(a->duration), &duration))
		return ui_usage("attach", "--duration %s: a time such as 10s is expected", a->duration);
	ok = manifest_read(a->arena, a->diags, str_from(a->manifest_path), &a->manifest) &&
	     net_place_find(a->arena, a->diags, &a->place_args, &a->place);
	diags_print(a->diags, stderr);
	if (!ok)
		return UI_FAILED;
	if (!choose_delay(a))
		return UI_USAGE;
	if (!take_stop_signals(a))
		return UI_FAILED;
	a->until = a->duration ? clock_now() + duration : UINT64_MAX;
	a->config.manifest = &a->manifest;
	a->config.timeout_ms = TIMEOUT_MS;
	a->switch_ = bmv2_make(&a->config);
	ok = connect_first(a);
	if (ok)
		ok = follow(a);
	if (a->sink)
		ok = finish(a) && ok;
	end_life(a);
	bmv2_free(a->switch_);
	close(a->stop_fd);
	return ok ? UI_DONE : UI_FAILED;
}

static const char help[] =
	"bmv2://HOST:PORT --manifest FILE.json\n\n"
	"Answers the queries of a woven program that runs on BMv2's simple_switch: reads its registers over Thrift as epochs\n"
	"close, until it is interrupted (Ctrl-C, SIGTERM) or the duration is over. Packets go on meanwhile.\n\n"
	"Example:\n"
	"  packetscope weave router.p4 -q table1.scope -o woven.p4 --manifest woven.json \\\n"
	"      -e entries.txt --entries-output woven-entries.txt\n"
	"  p4c-bm2-ss woven.p4 -o switch.json\n"
	"  simple_switch -i 0@veth0 -i 1@veth1 switch.json\n"
	"  simple_switch_CLI < woven-entries.txt\n"
	"  packetscope attach bmv2://localhost:9090 --manifest woven.json\n";

int
ui_attach(int argc, const char **argv)
{
	struct attach a = { .url = NULL };
	const struct poptOption table[] = {
		{ "manifest", 0, POPT_ARG_STRING, &a.manifest_path, 0, "what `packetscope weave --manifest` wrote", "FILE.json" },
		{ "json", 0, POPT_ARG_NONE, &a.json, 0, "results as JSON lines", NULL },
		{ "csv", 0, POPT_ARG_NONE, &a.csv, 0, "results as CSV", NULL },
		{ "max-delay", 0, POPT_ARG_STRING, &a.max_delay, 0,
		  "the longest that a packet may wait in the switch (default: from the manifest)", "TIME" },
		{ "duration", 0, POPT_ARG_STRING, &a.duration, 0, "stop after so long", "TIME" },
		NET_PLACE_OPTIONS(a.place_args),
		UI_SHORT_HELP,
		POPT_AUTOHELP POPT_TABLEEND
	};
	poptContext ctx = poptGetContext("packetscope attach", argc, argv, table, 0);
	int status;

	poptSetOtherOptionHelp(ctx, help);
	a.arena = arena_make();
	status = ui_parse(ctx, "attach");
	if (status == UI_DONE) {
		a.url = poptGetArg(ctx);
		if (!a.url)
			status = ui_usage("attach", "which switch? (bmv2://HOST:PORT)");
		else if (poptPeekArg(ctx))
			status = ui_usage("attach", "one switch, please: what is '%s'?", poptPeekArg(ctx));
		else if (!a.manifest_path)
			status = ui_usage("attach", "where is its manifest? (--manifest FILE.json)");
		else
			status = attach(&a);
	}
	arena_free(a.arena);
	poptFreeContext(ctx);
	return status;
}
