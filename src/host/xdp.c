/* xdp.c - frames lie in memory that the kernel shares, and a small XDP program hands all that arrive to us; the kernel's own stack sees none of
 * them. Works with every driver (frames are copied where the driver can't do better). Memory, rings and program are made when it is opened, and go with it. */
#include "host/driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBBPF

#include <net/if.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>

#include "host/xdp_ring.h"

#define QUEUES 64
#define BUSY_MS 1 /* how long an interface may hold up the others */

/* Frames of the last burst, which are in use until the next. */
struct held {
	struct xdp_socket *socket;
	uint64_t place;
};

struct xdp {
	struct host_counts counts;
	int poll, promiscuous, map, program, link; /* descriptors; -1: not there */
	uint32_t nqueues, turn; /* which queue is looked at first */
	struct xdp_socket queues[QUEUES];
	struct held held[HOST_BURST];
	uint32_t nheld;
};

/* Queues that frames may arrive at, so many sockets. */
static uint32_t
queues_of(int fd, const char *interface)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq r = { .ifr_data = (void *)&c };
	uint32_t n;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCETHTOOL, &r))
		return 1;
	n = c.combined_count + c.rx_count;
	return n < 1 ? 1 : n > QUEUES ? QUEUES : n;
}

static int
be_promiscuous(struct xdp *x, uint32_t index)
{
	struct packet_mreq m = { .mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC };

	x->promiscuous = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* of no protocol: it gets nothing itself */
	return x->promiscuous < 0 || setsockopt(x->promiscuous, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m)) ? -errno : 0;
}

/* Every frame goes to the socket of its queue. */
static int
load_program(struct xdp *x)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = x->map },
		{ .code = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	x->program = bpf_prog_load(BPF_PROG_TYPE_XDP, "packetscope", "Apache-2.0", program, sizeof(program) / sizeof(program[0]), NULL);
	return x->program < 0 ? x->program : 0;
}

/* In the driver, or, where it can't, before the stack. The program goes when its link is closed, or we die. */
static int
attach(struct xdp *x, uint32_t index)
{
	LIBBPF_OPTS(bpf_link_create_opts, driver, .flags = XDP_FLAGS_DRV_MODE);
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);

	x->link = bpf_link_create(x->program, (int)index, BPF_XDP, &driver);
	if (x->link < 0 && x->link != -EBUSY && x->link != -EEXIST)
		x->link = bpf_link_create(x->program, (int)index, BPF_XDP, &generic);
	return x->link < 0 ? x->link : 0;
}

static int
open_queue(struct xdp *x, uint32_t index, uint32_t queue)
{
	struct xdp_socket *s = &x->queues[x->nqueues++];
	struct epoll_event readable = { .events = EPOLLIN };
	int e = xdp_socket_open(s, index, queue);

	if (e)
		return e;
	if (bpf_map_update_elem(x->map, &queue, &s->fd, BPF_ANY) || epoll_ctl(x->poll, EPOLL_CTL_ADD, s->fd, &readable))
		return -errno;
	return 0;
}

static int
start(struct xdp *x, const char *interface, uint32_t index, const char **retwhat)
{
	uint32_t n;
	int e;

	*retwhat = "promiscuous mode";
	if ((e = be_promiscuous(x, index)))
		return e;
	n = queues_of(x->promiscuous, interface);
	*retwhat = "the map of sockets";
	x->poll = epoll_create1(EPOLL_CLOEXEC);
	x->map = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "packetscope", sizeof(uint32_t), sizeof(uint32_t), n, NULL);
	if (x->poll < 0 || x->map < 0)
		return -errno;
	*retwhat = "the program";
	if ((e = load_program(x)))
		return e;
	*retwhat = "the socket";
	for (uint32_t i = 0; i < n && !e; i++)
		e = open_queue(x, index, i);
	if (e)
		return e;
	*retwhat = "attaching the program";
	return attach(x, index);
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void
xdp_close(void *self)
{
	struct xdp *x = self;

	if (!x)
		return;
	close_fd(x->link);
	for (uint32_t i = 0; i < x->nqueues; i++)
		xdp_socket_close(&x->queues[i]);
	close_fd(x->program);
	close_fd(x->map);
	close_fd(x->poll);
	close_fd(x->promiscuous);
	free(x);
}

static void *
xdp_open(const char *interface, char *reterr, size_t size)
{
	struct xdp *x = calloc(1, sizeof(*x));
	const char *what = "memory";
	int e = -ENOMEM;

	if (x) {
		x->poll = x->promiscuous = x->map = x->program = x->link = -1;
		e = start(x, interface, if_nametoindex(interface), &what);
	}
	if (!e)
		return x;
	snprintf(reterr, size, "%s: %s%s", what, strerror(-e), e == -EPERM ? " (AF_XDP needs root or CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF)" : "");
	xdp_close(x);
	return NULL;
}

static int
xdp_fd(const void *self)
{
	const struct xdp *x = self;

	return x->poll;
}

/* --- in --- */

/* There is room: no more places go round than a ring has entries. */
static void
give_back(struct xdp *x)
{
	for (uint32_t i = 0; i < x->nheld; i++) {
		struct xdp_ring *r = &x->held[i].socket->filled;

		((uint64_t *)r->entries)[xdp_ring_at(r, r->producer, 0)] = x->held[i].place;
		xdp_ring_move(r->producer, 1);
	}
	x->nheld = 0;
}

static void
take(struct xdp *x, struct xdp_socket *s, struct host_frame *ret)
{
	struct xdp_ring *r = &s->received;
	uint32_t n = xdp_ring_used(r), room = HOST_BURST - x->nheld;

	n = n < room ? n : room;
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *d = (const struct xdp_desc *)r->entries + xdp_ring_at(r, r->consumer, i);

		ret[x->nheld] = (struct host_frame){ s->frames + d->addr, d->len };
		x->counts.bytes_in += d->len;
		x->held[x->nheld++] = (struct held){ s, d->addr / XDP_FRAME * XDP_FRAME };
	}
	xdp_ring_move(r->consumer, n);
}

static uint32_t
xdp_receive(void *self, struct host_frame ret[HOST_BURST])
{
	struct xdp *x = self;

	give_back(x);
	for (uint32_t i = 0; i < x->nqueues && x->nheld < HOST_BURST; i++)
		take(x, &x->queues[(x->turn + i) % x->nqueues], ret);
	x->turn++;
	x->counts.received += x->nheld;
	return x->nheld;
}

/* --- out: through the first queue --- */

static void
collect_sent(struct xdp_socket *s)
{
	struct xdp_ring *r = &s->sent;
	uint32_t n = xdp_ring_used(r);

	for (uint32_t i = 0; i < n; i++)
		s->idle[s->nidle++] = ((const uint64_t *)r->entries)[xdp_ring_at(r, r->consumer, i)];
	xdp_ring_move(r->consumer, n);
}

/* The kernel takes some at a time. What an interface that is down leaves in the ring goes when it is up again. */
static void
xdp_flush(void *self)
{
	struct xdp *x = self;
	struct xdp_socket *s = &x->queues[0];
	bool waited = false;

	while (xdp_ring_used(&s->to_send)) {
		uint32_t before = xdp_ring_used(&s->to_send);
		struct pollfd f = { .fd = s->fd, .events = POLLOUT };
		ssize_t n = sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0);

		collect_sent(s);
		if (xdp_ring_used(&s->to_send) < before || (n < 0 && errno == EINTR))
			continue;
		if (waited || (n < 0 && errno != EAGAIN && errno != EBUSY && errno != ENOBUFS))
			break;
		waited = true;
		poll(&f, 1, BUSY_MS);
	}
	collect_sent(s);
}

static void
xdp_send(void *self, const uint8_t *data, uint32_t len)
{
	struct xdp *x = self;
	struct xdp_socket *s = &x->queues[0];
	struct xdp_ring *r = &s->to_send;
	uint64_t place;

	if (len > XDP_FRAME) {
		x->counts.too_long++;
		return;
	}
	if (!s->nidle)
		xdp_flush(x);
	if (!s->nidle) {
		x->counts.busy++;
		return;
	}
	place = s->idle[--s->nidle];
	memcpy(s->frames + place, data, len);
	((struct xdp_desc *)r->entries)[xdp_ring_at(r, r->producer, 0)] = (struct xdp_desc){ .addr = place, .len = len };
	xdp_ring_move(r->producer, 1);
	x->counts.sent++;
	x->counts.bytes_out += len;
}

static void
xdp_counts(void *self, struct host_counts *ret)
{
	const struct xdp *x = self;

	*ret = x->counts;
	for (uint32_t i = 0; i < x->nqueues; i++) {
		struct xdp_statistics n = { 0 };
		socklen_t size = sizeof(n);

		if (!getsockopt(x->queues[i].fd, SOL_XDP, XDP_STATISTICS, &n, &size)) {
			ret->missed += n.rx_dropped + n.rx_ring_full;
			ret->failed += n.tx_invalid_descs;
		}
	}
}

const struct host_driver host_xdp = {
	.open = xdp_open,
	.close = xdp_close,
	.fd = xdp_fd,
	.receive = xdp_receive,
	.send = xdp_send,
	.flush = xdp_flush,
	.counts = xdp_counts,
};

#else /* without libbpf */

static void *
xdp_open(const char *interface, char *reterr, size_t size)
{
	(void)interface;
	snprintf(reterr, size, "packetscope was built without libbpf");
	return NULL;
}

const struct host_driver host_xdp = { .open = xdp_open }; /* nothing else of it is ever called */

#endif
