/* cycles.c - loads, attaches and detaches programs many times, and measures what reading rows costs.
 *
 *     cycles load COUNT       queries of all hooks on lo, COUNT times; prints ms per load and attach
 *     cycles read KEYS EPOCHS [all|json|filter|top]
 *                             packets of KEYS keys in each of EPOCHS epochs of 20 ms go over lo while the controller reads; prints the
 *                             reader's CPU time, with what the evaluator does for all rows (and the sink), for those of many packets, or
 *                             for the first ten
 */
#include <bpf/bpf.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "control/control.h"
#include "device/linux.h"
#include "query/query.h"
#include "sink/sink.h"
#include "target/linux/linux.h"

struct made {
	struct arena *a;
	struct diags *d;
	struct kernel_facts facts;
	struct linux_options o;
	struct kernel_program k;
	struct manifest m;
	struct str object;
};

static const char all[] = "a = ingress().reduce(keys=(ipv4.srcIP_in), func=count).window(20ms)\n"
			  "b = ingress().lost([ipv4.srcIP_in], 20ms)\n"
			  "c = ingress().filter(port_intent == -1).reduce(keys=(drop.reason), func=count)\n"
			  "d = egress().reduce(keys=(port_out), func=max(queuing.delay))\n";

#define HEAVY 10 /* packets that one key has more than others */
#define COUNT "a = ingress().reduce(keys=(ipv4.srcIP_in), func=count, rows=32768).window(20ms)"

/* What is asked for; how many packets of an epoch that tells, beside those of all keys if there are. */
static const struct mode {
	const char *name, *text;
	uint32_t told;
	bool all, json;
} modes[] = {
	{ "all", COUNT "\n", HEAVY, true, false },
	{ "json", COUNT "\n", HEAVY, true, true },
	{ "filter", COUNT ".filter(count > 5)\n", HEAVY + 1, false, false },
	{ "top", COUNT ".top(10, by=count)\n", HEAVY + 10, false, false },
};

static double
clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool
make(struct made *m, const char *text)
{
	struct plan_options po = { .max_delay_ns = 1000000000 };
	struct query_options qo = { .defines = NULL };
	struct plan_program *p;
	struct ir_graph *g;
	struct plan *plan;
	char why[4096] = "";

	m->a = arena_make();
	m->d = diags_make(m->a, sources_make(m->a));
	if (!linux_facts(m->a, &m->facts, why, sizeof(why)))
		return fprintf(stderr, "%s\n", why), false;
	vec_push(m->a, &m->facts.ports, (struct kernel_port){ STR("lo"), if_nametoindex("lo") });
	m->o = (struct linux_options){ .facts = &m->facts, .max_delay_ns = 100000000, .use_receive = !m->facts.has_tcx };
	p = linux_program(m->a, &m->facts);
	g = query_load_text(m->a, m->d, &p->schema, STR("queries"), str_from(text), &qo);
	plan = g ? plan_make(m->a, m->d, g, p, &linux_target, &po) : NULL;
	if (plan && linux_generate(m->a, m->d, plan, &m->o, &m->k, &m->m) &&
	    linux_compile(m->a, m->k.text, &m->object, why, sizeof(why)))
		return true;
	diags_print(m->d, stderr);
	fprintf(stderr, "%s\n", why);
	return false;
}

static struct linux_device *
open_device(struct made *m)
{
	char why[4096];
	struct linux_device *l = linux_open(&m->k, &m->facts, m->object, why, sizeof(why));

	if (!l)
		fprintf(stderr, "%s\n", why);
	return l;
}

static int
cycle(struct made *m, uint32_t n)
{
	double sum = 0, most = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct linux_device *l = open_device(m);
		double ms;

		if (!l)
			return 1;
		ms = (double)linux_load_ns(l) / 1e6;
		sum += ms;
		most = ms > most ? ms : most;
		linux_close(l);
	}
	printf("%u cycles: %.1f ms to load and attach, %.1f at most\n", n, sum / n, most);
	return 0;
}

/* --- reading ------------------------------------------------------------------------------------- */

#define WINDOW_NS 20000000u
#define SCATTER 7919 /* a prime */
#define BATCH 100
#define PATIENCE_NS 60000000000ull /* for the last epochs to close */

/* What the controller told. Epochs that waited too long for a reader that was kept from its CPU are told to be incomplete. */
struct told {
	struct sink *sink; /* NULL: rows are only counted */
	uint64_t rows, packets, epochs, incomplete;
};

static void
on_result(void *user, const struct ir_result *r)
{
	struct told *t = user;

	t->epochs++;
	t->rows += r->nrows;
	for (uint32_t i = 0; i < r->nrows; i++)
		t->packets += (uint64_t)ir_result_row(r, i)[1].i;
	t->incomplete += r->info.late || r->info.lost_tuples;
	if (t->sink)
		sink_result(t->sink, r, 0);
}

/* Packets of `keys` sources to nobody, over lo, once in each epoch. */
struct sender {
	const struct linux_device *l;
	int socket;
	uint32_t keys, epochs, late; /* late: epochs that were over before all of their packets had come */
	uint64_t ended;
	atomic_bool done;
};

static int
open_socket(void)
{
	struct sockaddr_ll lo = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("lo") };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd >= 0 && bind(fd, (const struct sockaddr *)&lo, sizeof(lo)) == 0 ? fd : -1;
}

/* Keys of [from, from + BATCH), in no order, as they come; or, many times, only the first of them. */
static void
send_batch(const struct sender *s, uint32_t from, uint32_t times)
{
	uint8_t frames[BATCH][64];
	struct mmsghdr m[BATCH];
	struct iovec v[BATCH];
	uint32_t n = 0;

	for (; n < (times > 1 ? times : BATCH) && from + n / times < s->keys; n++) {
		uint32_t key = (uint32_t)((uint64_t)(from + n / times) * SCATTER % s->keys);
		const uint8_t frame[64] = { [0] = 2, [12] = 8, [14] = 0x45, [17] = 50, [22] = 64, [23] = 17, [26] = 10,
					    [27] = (uint8_t)(key >> 16), [28] = (uint8_t)(key >> 8), [29] = (uint8_t)key, [30] = 10, [33] = 1 };

		memcpy(frames[n], frame, sizeof(frame));
		v[n] = (struct iovec){ frames[n], sizeof(frame) };
		m[n] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &v[n], .msg_iovlen = 1 } };
	}
	if (sendmmsg(s->socket, m, n, 0) != (int)n) {
		perror("sending");
		exit(1);
	}
}

static void
wait_until(const struct linux_device *l, uint64_t t)
{
	struct timespec pause = { 0, 100000 };

	while (linux_now(l) < t)
		nanosleep(&pause, NULL);
}

/* The last processor is the sender's, before everybody else, and the others are the reader's: so a busy machine gets as many packets in an epoch,
 * too. Where that may not be, they share. */
static void
take_cpu(bool sends)
{
	struct sched_param p = { .sched_priority = 1 };
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long i = sends ? last : 0; i < last + sends; i++)
		CPU_SET((size_t)i, &set);
	if (last > 0)
		sched_setaffinity(0, sizeof(set), &set);
	if (sends)
		sched_setscheduler(0, SCHED_FIFO, &p);
}

static void *
sender_run(void *user)
{
	struct sender *s = user;
	uint64_t epoch = linux_now(s->l) / WINDOW_NS + 2;

	take_cpu(true);
	pthread_setname_np(pthread_self(), "sender"); /* whoever profiles wants to tell them apart */
	for (uint32_t i = 0; i < s->epochs; i++) {
		wait_until(s->l, epoch * WINDOW_NS);
		for (uint32_t k = 0; k < s->keys; k += BATCH)
			send_batch(s, k, 1);
		send_batch(s, 0, HEAVY);
		s->late += linux_now(s->l) / WINDOW_NS != epoch;
		epoch = linux_now(s->l) / WINDOW_NS + 1;
	}
	s->ended = linux_now(s->l);
	atomic_store(&s->done, true);
	return NULL;
}

/* A network of our own: nobody else's packets. */
static bool
leave_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = unshare(CLONE_NEWNET) ? -1 : socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Packets that came in time. Where a processor stands still for longer than epochs are waited for, the others are counted apart. */
static uint64_t
came(const struct linux_device *l, uint64_t *ret_late)
{
	struct ps_counts n;

	linux_counts(l, 0, &n);
	*ret_late = n.n[PS_N_LATE];
	return n.n[PS_N_SEEN] - n.n[PS_N_LATE];
}

/* Whether results tell all of what came in time; of those that leave rows out that is known only where each sending has an epoch for itself. */
static bool
tells_all(const struct sender *s, const struct mode *mode, const struct told *told)
{
	uint64_t late, in_time = came(s->l, &late);

	if (mode->all)
		return told->packets == in_time;
	return told->packets == (uint64_t)s->epochs * mode->told || s->late || late;
}

/* Looks as often as `packetscope live` does, while packets come. Returns the CPU time in ms; of looks that found rows: in ret_found. */
static double
read_all(struct control *c, struct linux_device *l, struct sender *s, const struct mode *mode, const struct told *told, double *ret_found)
{
	double before = clock_ms(CLOCK_THREAD_CPUTIME_ID);

	*ret_found = 0;
	while (!atomic_load(&s->done) || (!tells_all(s, mode, told) && !told->incomplete && linux_now(l) < s->ended + PATIENCE_NS)) {
		struct timespec step = { 0, (long)linux_step(l) };
		uint64_t rows = told->rows;
		double now;

		nanosleep(&step, NULL);
		now = clock_ms(CLOCK_THREAD_CPUTIME_ID);
		if (control_poll(c))
			exit(1);
		*ret_found += told->rows != rows ? clock_ms(CLOCK_THREAD_CPUTIME_ID) - now : 0;
	}
	return clock_ms(CLOCK_THREAD_CPUTIME_ID) - before;
}

static void
print_figures(const struct sender *s, const struct told *told, double cpu, double found, double ms)
{
	double rows = found * 1e3 / s->epochs, beside = (cpu - found) * 1e3 * 20 / ms;
	uint64_t late, in_time = came(s->l, &late);

	printf("%u keys in each of %u epochs (%u overran): %" PRIu64 " packets came, %" PRIu64 " late, %" PRIu64 " told, in %" PRIu64 " rows of %" PRIu64
	       " epochs, %" PRIu64 " incomplete\n", s->keys, s->epochs, s->late, in_time + late, late, told->packets, told->rows, told->epochs,
	       told->incomplete);
	printf("CPU of the reader: %.0f us for the rows of an epoch, %.0f us for 20 ms beside: %.2f %% of a core for so many keys in each epoch of 20 ms\n",
	       rows, beside, (rows + beside) / 200);
}

static int
read_rows(struct made *m, uint32_t keys, uint32_t epochs, const struct mode *mode)
{
	struct linux_device *l = open_device(m);
	FILE *null = fopen("/dev/null", "w");
	struct told told = { .sink = mode->json ? sink_make_json(null) : NULL };
	struct control *c = l ? control_open(m->a, m->d, &m->m, linux_as_device(l), on_result, &told) : NULL;
	struct sender s = { .l = l, .socket = open_socket(), .keys = keys, .epochs = epochs };
	pthread_t thread;
	double cpu, found, start;
	bool exact;

	if (!c || !null || s.socket < 0 || control_begin(c, linux_now(l)) || pthread_create(&thread, NULL, sender_run, &s))
		return 1;
	take_cpu(false);
	start = clock_ms(CLOCK_MONOTONIC);
	cpu = read_all(c, l, &s, mode, &told, &found);
	start = clock_ms(CLOCK_MONOTONIC) - start;
	pthread_join(thread, NULL);
	print_figures(&s, &told, cpu, found, start);
	exact = tells_all(&s, mode, &told) || told.incomplete;
	control_close(c);
	linux_close(l);
	close(s.socket);
	return !exact;
}

static const struct mode *
mode_of(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	struct made m = { .a = NULL };
	bool reads = argc >= 4 && argc <= 5 && strcmp(argv[1], "read") == 0;
	const struct mode *mode = reads ? mode_of(argc == 5 ? argv[4] : "all") : NULL;
	int status = 2;

	if (!mode && !(argc == 3 && strcmp(argv[1], "load") == 0)) {
		fprintf(stderr, "usage: cycles load COUNT | cycles read KEYS EPOCHS [all|json|filter|top]\n");
		return 2;
	}
	if (mode && !leave_network())
		return perror("a network of our own"), 1;
	if (make(&m, mode ? mode->text : all))
		status = mode ? read_rows(&m, (uint32_t)strtoul(argv[2], NULL, 0), (uint32_t)strtoul(argv[3], NULL, 0), mode) :
				cycle(&m, (uint32_t)strtoul(argv[2], NULL, 0));
	arena_free(m.a);
	return status;
}
