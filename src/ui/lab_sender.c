/* lab_sender.c - host a: packets of 64 sources in bursts, as regular as can be. It has a CPU for itself while it sends and a little
 * longer, so that the kernel's own work for these packets happens in it and not in some process that tracing programs are not run for
 * (docs/linux.md, "In virtual machines"). */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#include "ui/lab.h"

#define FRAME_MAX 256
#define PAYLOAD 72
#define AFTER_NS 150000000u /* the queue drains */

struct frame {
	uint8_t data[FRAME_MAX];
	uint32_t n;
};

static void
put(struct frame *f, const void *p, uint32_t n)
{
	memcpy(f->data + f->n, p, n);
	f->n += n;
}

static void
put16(struct frame *f, uint32_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(f, b, 2);
}

static void
put_ethernet(struct frame *f, const struct lab_options *o)
{
	static const uint8_t router[6] = { 2, 0, 0, 0, 0, 2 }, a[6] = { 2, 0, 0, 0, 0, 1 }, b[6] = { 2, 0, 0, 0, 0, 4 };

	put(f, o->path == LAB_BRIDGE ? b : router, 6);
	put(f, a, 6);
	if (o->kind == LAB_VLAN) {
		put16(f, 0x8100);
		put16(f, 100);
	}
	put16(f, o->kind == LAB_IPV6 ? 0x86dd : 0x0800);
}

static void
put_ipv4(struct frame *f, uint32_t key)
{
	uint32_t start = f->n, sum = 0;
	uint8_t rest[] = { 64, 17, 0, 0, 10, 0, 0, (uint8_t)(10 + key), 10, 1, 0, 1 };

	put16(f, 0x4500);
	put16(f, 20 + 8 + PAYLOAD);
	put16(f, 0);
	put16(f, 0);
	put(f, rest, sizeof(rest));
	for (uint32_t i = 0; i < 20; i += 2)
		sum += (uint32_t)f->data[start + i] << 8 | f->data[start + i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	f->data[start + 10] = (uint8_t)(sum >> 8);
	f->data[start + 11] = (uint8_t)sum;
}

static void
put_ipv6(struct frame *f, uint32_t key)
{
	uint8_t from[16] = { 0xfd, 0, 0, 0xa, [15] = (uint8_t)(10 + key) }, to[16] = { 0xfd, 0, 0, 0xb, [15] = 1 };

	put16(f, 0x6000);
	put16(f, 0);
	put16(f, 8 + PAYLOAD);
	put16(f, 17 << 8 | 64);
	put(f, from, 16);
	put(f, to, 16);
}

/* IPv6 wants one: over the UDP datagram at `start`, the addresses before it, its length and the protocol. */
static void
put_checksum(struct frame *f, uint32_t start)
{
	uint32_t sum = 17 + (f->n - start);

	for (uint32_t i = start - 32; i < f->n; i += 2)
		sum += (uint32_t)f->data[i] << 8 | f->data[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16)) & 0xffff;
	sum = sum ? sum : 0xffff;
	f->data[start + 6] = (uint8_t)(sum >> 8);
	f->data[start + 7] = (uint8_t)sum;
}

/* A quarter of the packets goes to the port that the filter drops. */
static void
make(struct frame *f, const struct lab_options *o, uint32_t i)
{
	uint32_t key = i % LAB_KEYS, turn = i / LAB_KEYS, start;
	uint8_t payload[PAYLOAD] = { 0 };

	f->n = 0;
	put_ethernet(f, o);
	if (o->kind == LAB_IPV6)
		put_ipv6(f, key);
	else
		put_ipv4(f, key);
	start = f->n;
	put16(f, 1000 + key);
	put16(f, o->filter && (turn + key) % 4 == 0 ? 5001 : 5000);
	put16(f, 8 + PAYLOAD);
	put16(f, 0);
	put(f, payload, PAYLOAD);
	if (o->kind == LAB_IPV6)
		put_checksum(f, start);
}

static void
take_cpu(bool take)
{
	struct sched_param p = { .sched_priority = take ? 10 : 0 };
	cpu_set_t set;
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	CPU_ZERO(&set);
	CPU_SET((size_t)(last > 0 ? last : 0), &set);
	sched_setaffinity(0, sizeof(set), &set);
	sched_setscheduler(0, take ? SCHED_FIFO : SCHED_OTHER, &p);
}

static void
wait_until(uint64_t t)
{
	while (clock_now() < t)
		;
}

static void
send_all(const struct lab_options *o, int fd, struct frame *frames, uint64_t *sent)
{
	uint64_t start;
	uint32_t each = o->packets / o->bursts, next = 0;

	take_cpu(true);
	start = clock_now();
	for (uint32_t b = 0; b < o->bursts; b++) {
		for (uint32_t i = 0; i < each; i++, next++) {
			const struct frame *f = &frames[next % (4 * LAB_KEYS)];

			if (send(fd, f->data, f->n, 0) == (ssize_t)f->n)
				sent[next % LAB_KEYS]++;
		}
		wait_until(start + (b + 1) * o->gap_ns);
	}
	wait_until(clock_now() + AFTER_NS);
	take_cpu(false);
}

_Noreturn void
lab_sender(const struct lab_options *o, int in, int out)
{
	struct frame *frames = calloc(4 * LAB_KEYS, sizeof(*frames));
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	char order;

	for (uint32_t i = 0; frames && i < 4 * LAB_KEYS; i++)
		make(&frames[i], o, i);
	while (frames && fd >= 0 && read(in, &order, 1) == 1) {
		struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("a0") };
		uint64_t sent[LAB_KEYS] = { 0 };

		if (bind(fd, (const struct sockaddr *)&at, sizeof(at)))
			break;
		send_all(o, fd, frames, sent);
		if (write(out, sent, sizeof(sent)) != sizeof(sent))
			break;
	}
	_exit(0);
}
