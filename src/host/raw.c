/* raw.c - raw sockets (AF_PACKET), in bursts. Frames look as they would on a wire (port.h); all memory is reserved when one is opened. */
#include "host/driver.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include "host/segment.h"
#include "packetscope/program.h"

#define SOCKET_BYTES (32 << 20) /* the kernel's buffers each way, if it permits */
#define VLAN_BYTES 4
#define SLOT 69632 /* bytes of a received frame: VLAN_BYTES, PS_MAX_PACKET, whole pages */
#define OUT_BYTES (512 << 10)
#define OUT_FRAMES 64
#define BUSY_MS 1 /* how long an interface may hold up the others */

struct control {
	_Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

struct raw {
	int fd;
	uint32_t group; /* of sockets that share what arrives; 0: none */
	struct host_counts counts;
	/* in */
	uint8_t *in; /* HOST_BURST slots */
	struct virtio_net_hdr headers[HOST_BURST];
	struct control controls[HOST_BURST];
	struct iovec in_parts[HOST_BURST][2];
	struct mmsghdr in_messages[HOST_BURST];
	uint32_t got, next; /* messages of the last burst, and how many of them have been taken */
	struct host_merged merged; /* being cut; size 0: none */
	uint8_t *cut;		  /* HOST_BURST slots for segments; NULL until there is something to cut */
	/* out */
	struct virtio_net_hdr none; /* before every frame: nothing is left to hardware */
	uint8_t *out;
	uint32_t out_bytes, nout;
	struct iovec out_parts[OUT_FRAMES][2];
	struct mmsghdr out_messages[OUT_FRAMES];
};

/* Address space: a page costs memory when it is first used. */
static uint8_t *
reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int
set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));
}

static void
set_buffer(int fd, int force, int plain)
{
	int bytes = SOCKET_BYTES;

	/* what one gets is enough to run with */
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)))
		(void)setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

/* Tunnels have other frames, or none. */
static bool
is_ethernet(int fd, const char *interface)
{
	struct ifreq r = { .ifr_flags = 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	return !ioctl(fd, SIOCGIFHWADDR, &r) &&
	       (r.ifr_hwaddr.sa_family == ARPHRD_ETHER || r.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
}

/* Options first: once bound, frames come in. */
static int
attach(int fd, const char *interface, unsigned int index)
{
	struct packet_mreq m = { .mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC };
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index };

	if (!is_ethernet(fd, interface))
		return -EMEDIUMTYPE;
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (set_option(fd, PACKET_AUXDATA, 1) || set_option(fd, PACKET_VNET_HDR, 1) ||
	    set_option(fd, PACKET_IGNORE_OUTGOING, 1) || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m)))
		return -errno;
	return 0;
}

static void
prepare(struct raw *p)
{
	for (uint32_t i = 0; i < HOST_BURST; i++) {
		p->in_parts[i][0] = (struct iovec){ &p->headers[i], sizeof(p->headers[i]) };
		p->in_parts[i][1] = (struct iovec){ p->in + i * (size_t)SLOT + VLAN_BYTES, PS_MAX_PACKET };
		p->in_messages[i].msg_hdr = (struct msghdr){ .msg_iov = p->in_parts[i], .msg_iovlen = 2 };
	}
	for (uint32_t i = 0; i < OUT_FRAMES; i++) {
		p->out_parts[i][0] = (struct iovec){ &p->none, sizeof(p->none) };
		p->out_messages[i].msg_hdr = (struct msghdr){ .msg_iov = p->out_parts[i], .msg_iovlen = 2 };
	}
}

static bool
start(struct raw *p, const char *interface, char *reterr, size_t size)
{
	int e;

	p->in = reserve((size_t)HOST_BURST * SLOT);
	p->out = reserve(OUT_BYTES);
	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	e = p->fd < 0 ? -errno : p->in && p->out ? attach(p->fd, interface, if_nametoindex(interface)) : -ENOMEM;
	if (e < 0)
		snprintf(reterr, size, "%s: %s%s", interface, e == -EMEDIUMTYPE ? "not an Ethernet interface" : strerror(-e),
			 e == -EPERM ? " (raw sockets need root or CAP_NET_RAW)" : "");
	else
		prepare(p);
	return e >= 0;
}

static void
raw_close(void *self)
{
	struct raw *p = self;

	if (p->fd >= 0)
		close(p->fd);
	if (p->in)
		munmap(p->in, (size_t)HOST_BURST * SLOT);
	if (p->cut)
		munmap(p->cut, (size_t)HOST_BURST * SLOT);
	if (p->out)
		munmap(p->out, OUT_BYTES);
	free(p);
}

static void *
raw_open(const char *interface, char *reterr, size_t size)
{
	struct raw *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(reterr, size, "%s: %s", interface, strerror(ENOMEM));
		return NULL;
	}
	p->fd = -1;
	if (start(p, interface, reterr, size))
		return p;
	raw_close(p);
	return NULL;
}

/* The first of a group asks for a number that nobody else has. */
static int
join(struct raw *p, uint32_t *group)
{
	uint32_t type = PACKET_FANOUT_HASH | (*group ? 0 : PACKET_FANOUT_FLAG_UNIQUEID);
	int value = (int)(type << 16 | (*group & 0xffff));
	socklen_t n = sizeof(value);

	if (setsockopt(p->fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof(value)) ||
	    getsockopt(p->fd, SOL_PACKET, PACKET_FANOUT, &value, &n))
		return -errno;
	*group = p->group = (uint32_t)value & 0xffff;
	return 0;
}

static void *
raw_share(void *self, const char *interface, char *reterr, size_t size)
{
	struct raw *p = self, *other = raw_open(interface, reterr, size);
	int e = 0;

	if (!other)
		return NULL;
	if (!p->group)
		e = join(p, &p->group);
	if (!e)
		e = join(other, &p->group);
	if (!e)
		return other;
	snprintf(reterr, size, "%s: can't be shared by threads: %s", interface, strerror(-e));
	raw_close(other);
	return NULL;
}

static int
raw_fd(const void *self)
{
	const struct raw *p = self;

	return p->fd;
}

/* --- in --- */

/* Puts the tag back that the kernel keeps beside the frame. */
static void
restore_tag(struct msghdr *h, struct host_frame *f, uint8_t *start)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	struct tpacket_auxdata aux;
	uint16_t tpid;

	if (!c || c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA || f->len < 12)
		return;
	memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
		return;
	tpid = aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETH_P_8021Q;
	memmove(start - VLAN_BYTES, start, 12);
	start += 12 - VLAN_BYTES;
	start[0] = (uint8_t)(tpid >> 8);
	start[1] = (uint8_t)tpid;
	start[2] = (uint8_t)(aux.tp_vlan_tci >> 8);
	start[3] = (uint8_t)aux.tp_vlan_tci;
	f->data -= VLAN_BYTES;
	f->len += VLAN_BYTES;
}

/* The field holds the pseudo header's sum; the rest of the sum was left to hardware that isn't there. */
static void
finish_checksum(const struct virtio_net_hdr *v, uint8_t *start, uint32_t len)
{
	uint32_t field = (uint32_t)v->csum_start + v->csum_offset;
	uint16_t sum;

	if (!(v->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || field + 2 > len)
		return;
	sum = (uint16_t)~host_sum(0, start + v->csum_start, len - v->csum_start);
	if (!sum)
		sum = 0xffff;
	start[field] = (uint8_t)(sum >> 8);
	start[field + 1] = (uint8_t)sum;
}

/* The frame of message i. False: it is to be cut, or unusable. */
static bool
take(struct raw *p, uint32_t i, struct host_frame *ret)
{
	const struct virtio_net_hdr *v = &p->headers[i];
	struct msghdr *h = &p->in_messages[i].msg_hdr;
	uint8_t *start = p->in + i * (size_t)SLOT + VLAN_BYTES;
	struct host_frame f = { start, p->in_messages[i].msg_len - (uint32_t)sizeof(*v) };

	if (p->in_messages[i].msg_len < sizeof(*v) || h->msg_flags & MSG_TRUNC) {
		p->counts.unusable++;
		return false;
	}
	if (v->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		finish_checksum(v, start, f.len);
	restore_tag(h, &f, start);
	if (v->gso_type == VIRTIO_NET_HDR_GSO_NONE && f.len <= PS_MAX_PACKET) {
		*ret = f;
		return true;
	}
	if (!p->cut)
		p->cut = reserve((size_t)HOST_BURST * SLOT);
	if (!p->cut || v->gso_type == VIRTIO_NET_HDR_GSO_NONE || !host_merged_open(&p->merged, f.data, f.len, v->gso_size)) {
		p->merged.size = 0;
		p->counts.unusable++;
	}
	return false;
}

static void
fill(struct raw *p)
{
	int n;

	for (uint32_t i = 0; i < HOST_BURST; i++) {
		p->in_messages[i].msg_hdr.msg_control = p->controls[i].bytes;
		p->in_messages[i].msg_hdr.msg_controllen = sizeof(p->controls[i].bytes);
	}
	n = recvmmsg(p->fd, p->in_messages, HOST_BURST, MSG_DONTWAIT, NULL);
	/* an interface that went down says so once, and is silent until it is up again */
	p->got = n > 0 ? (uint32_t)n : 0;
	p->next = 0;
}

static void
count_in(struct raw *p, const struct host_frame *f, uint32_t n)
{
	p->counts.received += n;
	for (uint32_t i = 0; i < n; i++)
		p->counts.bytes_in += f[i].len;
}

static uint32_t
raw_receive(void *self, struct host_frame ret[HOST_BURST])
{
	struct raw *p = self;
	uint32_t n = 0;

	/* The rest of the last burst comes first; its slots are still in use until then. */
	if (!p->merged.size && p->next == p->got)
		fill(p);
	while (n < HOST_BURST) {
		uint8_t *to = p->cut ? p->cut + n * (size_t)SLOT : NULL;
		uint32_t len = p->merged.size ? host_merged_next(&p->merged, to) : 0;

		if (len) {
			ret[n++] = (struct host_frame){ to, len };
			continue;
		}
		p->merged.size = 0;
		if (p->next == p->got)
			break;
		n += take(p, p->next++, &ret[n]);
	}
	count_in(p, ret, n);
	return n;
}

/* --- out --- */

/* What the first unsent frame met. */
static void
count_failure(struct raw *p, int e)
{
	if (e == EMSGSIZE)
		p->counts.too_long++;
	else if (e == ENOBUFS || e == EAGAIN || e == EWOULDBLOCK)
		p->counts.busy++;
	else
		p->counts.failed++;
}

static void
raw_flush(void *self)
{
	struct raw *p = self;
	uint32_t at = 0;
	bool waited = false;

	while (at < p->nout) {
		int n = sendmmsg(p->fd, p->out_messages + at, p->nout - at, MSG_DONTWAIT);

		for (int i = 0; i < n; i++)
			p->counts.bytes_out += p->out_parts[at + (uint32_t)i][1].iov_len;
		if (n > 0) {
			p->counts.sent += (uint32_t)n;
			at += (uint32_t)n;
		} else if (errno == EINTR) {
			continue;
		} else if ((errno == EAGAIN || errno == EWOULDBLOCK) && !waited) {
			struct pollfd f = { .fd = p->fd, .events = POLLOUT };

			waited = true;
			poll(&f, 1, BUSY_MS);
		} else {
			count_failure(p, errno);
			at++;
		}
	}
	p->nout = p->out_bytes = 0;
}

static void
raw_send(void *self, const uint8_t *data, uint32_t len)
{
	struct raw *p = self;

	if (p->nout == OUT_FRAMES || p->out_bytes + len > OUT_BYTES)
		raw_flush(p);
	memcpy(p->out + p->out_bytes, data, len);
	p->out_parts[p->nout++][1] = (struct iovec){ p->out + p->out_bytes, len };
	p->out_bytes += len;
}

static void
raw_counts(void *self, struct host_counts *ret)
{
	struct raw *p = self;
	struct tpacket_stats s;
	socklen_t n = sizeof(s);

	/* reading clears the kernel's count */
	if (!getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &s, &n))
		p->counts.missed += s.tp_drops;
	*ret = p->counts;
}

const struct host_driver host_raw = {
	.open = raw_open,
	.share = raw_share,
	.close = raw_close,
	.fd = raw_fd,
	.receive = raw_receive,
	.send = raw_send,
	.flush = raw_flush,
	.counts = raw_counts,
};
