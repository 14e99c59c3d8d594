#include "ui/live.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"
#include "ui/interrupt.h"
#include "ui/session_network.h"
#include "ui/threads.h"

#define NS 1000000000u
#define EPOCH_WAKE 1000000u /* an idle switch looks at epochs once in so many ns at most */

enum { FDS = SW_PORTS + 1 + 1 + HOST_CLIENTS };

/* The switch's clock starts at the whole second before now, as it does with captures. */
static void
set_clock(struct live *l)
{
	uint64_t wall = clock_ns(CLOCK_REALTIME);

	l->s.start_ns = wall / NS * NS;
	l->zero = clock_now() - wall % NS;
}

static uint64_t
now_of(const struct live *l)
{
	return clock_now() - l->zero;
}

/* The same port or interface a second time. */
static bool
is_taken(const struct run_files *in, const struct run_file *f)
{
	for (const struct run_file *other = in->v; other < f; other++)
		if (other->port == f->port || strcmp(host_interface(other->path), host_interface(f->path)) == 0)
			return true;
	return false;
}

bool
live_check(const struct live *l)
{
	vec_each(f, &l->s.args.in) {
		enum host_state state = host_state(f->path);

		if (is_taken(&l->s.args.in, f)) {
			fprintf(stderr, "packetscope switch: -i %u@%s: this port or this interface is there already\n", f->port, f->path);
			return false;
		}
		if (state == HOST_ABSENT) {
			fprintf(stderr, "packetscope switch: port %u: there is no interface %s\n", f->port, host_interface(f->path));
			return false;
		}
		if (state == HOST_DOWN)
			fprintf(stderr, "packetscope switch: port %u: %s is down (ip link set %s up)\n", f->port, host_interface(f->path),
				host_interface(f->path));
	}
	return true;
}

bool
live_open(struct live *l)
{
	char why[512];

	vec_each(f, &l->s.args.in) {
		l->ports[f->port] = host_open(f->path, why, sizeof(why));
		if (!l->ports[f->port]) {
			fprintf(stderr, "packetscope switch: %s\n", why);
			return false;
		}
		if (*why)
			fprintf(stderr, "packetscope switch: %s\n", why);
		l->list[l->nports++] = f->port;
		l->looks |= host_fd(l->ports[f->port]) < 0;
	}
	return true;
}

void
live_close(struct live *l)
{
	host_server_close(l->server);
	live_threads_free(l->threads);
	for (uint32_t i = 0; i < SW_PORTS; i++)
		host_close(l->ports[i]);
}

void
live_tx(void *live, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct live *l = live;

	(void)time_ns;
	if (port < SW_PORTS && l->ports[port])
		host_send(l->ports[port], data, len);
	else
		l->nowhere[port % SW_PORTS]++;
}

/* Does anybody wait for the ends of epochs? */
static bool
has_epochs(const struct live *l)
{
	return l->queries.ones || l->s.collector;
}

/* Departures up to now, then epochs and rings. */
static void
advance(struct live *l, uint64_t now)
{
	sw_advance(l->s.soft.sw, now);
	if (l->error == 0)
		l->error = queries_advance(&l->queries, now);
	session_network_advance(&l->s);
}

uint32_t
live_fetch(const struct live *l, struct host_port *from, uint32_t port, struct sw_arrival ret[HOST_BURST])
{
	struct host_frame f[HOST_BURST];
	uint32_t n = host_receive(from, f);
	uint64_t now = now_of(l);

	for (uint32_t i = 0; i < n; i++)
		ret[i] = (struct sw_arrival){ .time_ns = now, .data = f[i].data, .len = f[i].len, .port = port };
	return n;
}

static void
receive(struct live *l, uint32_t port)
{
	struct sw_arrival a[HOST_BURST];
	uint32_t n = live_fetch(l, l->ports[port], port, a);

	if (!n)
		return;
	if (has_epochs(l))
		advance(l, a[0].time_ns);
	sw_receive_burst(l->s.soft.sw, a, n);
	l->s.soft.arrived = a[0].time_ns;
}

static void
flush(struct live *l)
{
	for (uint32_t i = 0; i < l->nports; i++)
		host_flush(l->ports[l->list[i]]);
	if (l->fresh)
		sink_flush(l->s.sink);
	l->fresh = false;
}

/* Until when there is nothing to do without a packet or a command. */
static uint64_t
next_event(const struct live *l, uint64_t now)
{
	uint64_t t = sw_next_departure(l->s.soft.sw), epoch;

	if (has_epochs(l)) {
		epoch = queries_deadline(&l->queries);
		if (epoch < now + EPOCH_WAKE)
			epoch = now + EPOCH_WAKE;
		t = epoch < t ? epoch : t;
	}
	return l->duration < t ? l->duration : t;
}

static void
wait_for(struct live *l, struct pollfd *fds, uint32_t n, bool dont, const sigset_t *signals)
{
	uint64_t now = now_of(l), until = next_event(l, now);
	uint64_t left = dont || until <= now ? 0 : until - now;
	struct timespec t = { .tv_sec = (time_t)(left / NS), .tv_nsec = (long)(left % NS) };

	if (ppoll(fds, n, until == UINT64_MAX && !dont ? NULL : &t, signals) < 0)
		for (uint32_t i = 0; i < n; i++)
			fds[i].revents = 0;
}

static bool
is_for_one_thread(struct str s)
{
	return str_starts(s, STR("query add")) || str_starts(s, STR("set_queue_"));
}

static enum host_answer
carry_out(struct live *l, struct str line, FILE *out)
{
	struct str s = str_trim(line);

	if (l->threads && is_for_one_thread(s)) {
		fprintf(out, "error: queries, and rates and depths of queues, are for a switch on one thread (without --threads)\n");
		return HOST_WRONG;
	}
	if (str_starts(s, STR("query")) && (s.n == 5 || s.p[5] == ' ' || s.p[5] == '\t'))
		return queries_command(&l->queries, str_sub(s, 5, s.n), out);
	return sw_shell_command(&l->shell, line, out) ? HOST_OK : HOST_WRONG;
}

static enum host_answer
command(void *live, struct str line, FILE *out)
{
	struct live *l = live;
	enum host_answer answer;

	if (l->threads)
		live_threads_hold(l->threads);
	answer = carry_out(l, line, out);
	if (l->threads)
		live_threads_go_on(l->threads);
	return answer;
}

/* Other queries are compiled, and take the place of those that run. */
static void
change_queries(struct live *l)
{
	uint64_t now = now_of(l);

	advance(l, now);
	queries_swap(&l->queries, now);
	if (l->server)
		host_server_retry(l->server);
}

static void
turn(struct live *l, const sigset_t *signals)
{
	struct pollfd fds[FDS];
	uint32_t nserver = 0, event = l->nports, first = l->nports + 1;
	bool waiting = false;

	for (uint32_t i = 0; i < l->nports; i++)
		fds[i] = (struct pollfd){ .fd = l->threads ? -1 : host_fd(l->ports[l->list[i]]), .events = POLLIN };
	fds[event] = (struct pollfd){ .fd = l->queries.event, .events = POLLIN };
	if (l->server)
		nserver = host_server_fds(l->server, fds + first, &waiting);
	wait_for(l, fds, first + nserver, waiting || l->looks, signals);
	for (uint32_t i = 0; i < l->nports; i++)
		if (fds[i].revents || (fds[i].fd < 0 && l->looks))
			receive(l, l->list[i]);
	advance(l, now_of(l));
	if (!l->threads)
		flush(l);
	if (fds[event].revents)
		change_queries(l);
	if (l->server)
		host_server_serve(l->server, fds + first, nserver, command, l);
}

static bool
goes_on(const struct live *l)
{
	return !interrupted() && l->error == 0 && sink_error(l->s.sink) == 0 && now_of(l) < l->duration;
}

static bool
start_threads(struct live *l)
{
	uint32_t n = threads_allowed(&l->s, has_epochs(l), l->s.args.threads);

	if (n > 1)
		l->threads = live_threads_start(l, n);
	return n == 1 || l->threads;
}

bool
live_forward(struct live *l)
{
	sigset_t block, before;

	/* signals come in while the poll waits, and nowhere else */
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &before);
	prctl(PR_SET_TIMERSLACK, 1); /* packets leave queues on time */
	set_clock(l);
	if (!start_threads(l))
		return false;
	while (goes_on(l))
		turn(l, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (l->threads)
		live_threads_stop(l->threads);
	sw_drain(l->s.soft.sw);
	if (l->error == 0)
		l->error = queries_finish(&l->queries);
	if (l->error == 0)
		session_network_finish(&l->s);
	flush(l);
	return l->error == 0 || session_failed(&l->s, "the switch", l->error);
}

void
live_counts(const struct live *l, uint32_t port, struct host_counts *ret, uint64_t *retnowhere)
{
	*ret = (struct host_counts){ 0 };
	*retnowhere = l->nowhere[port];
	if (l->ports[port])
		host_counts(l->ports[port], ret);
	if (l->threads)
		live_threads_counts(l->threads, port, ret, retnowhere);
}

static void
report_port(uint32_t port, const char *name, uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, "packetscope switch: port %u %s: %llu packets %s\n", port, name, (unsigned long long)n, what);
}

void
live_report(struct live *l)
{
	for (uint32_t i = 0; i < l->nports; i++) {
		uint32_t port = l->list[i];
		const char *name = host_name(l->ports[port]);
		struct host_counts n;
		uint64_t nowhere;

		live_counts(l, port, &n, &nowhere);
		report_port(port, name, n.missed, "were missed: they arrived faster than they could be taken in");
		report_port(port, name, n.unusable, "were not taken in: too long, or merged by offload (ethtool -K ... gro off)");
	}
}
