#include "host/xdp_ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_xdp.h>

#define FRAMES_BYTES ((size_t)(XDP_IN + XDP_OUT) * XDP_FRAME)

static int
set_option(int fd, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, SOL_XDP, option, value, size) ? -errno : 0;
}

static int
share_frames(struct xdp_socket *s)
{
	struct xdp_umem_reg frames = { .len = FRAMES_BYTES, .chunk_size = XDP_FRAME };

	s->frames = mmap(NULL, FRAMES_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->frames == MAP_FAILED) {
		s->frames = NULL;
		return -ENOMEM;
	}
	frames.addr = (uint64_t)(uintptr_t)s->frames;
	return set_option(s->fd, XDP_UMEM_REG, &frames, sizeof(frames));
}

static int
map_ring(struct xdp_socket *s, struct xdp_ring *r, const struct xdp_ring_offset *o, off_t at, uint32_t n, size_t entry)
{
	r->size = o->desc + n * entry;
	r->map = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, at);
	if (r->map == MAP_FAILED) {
		r->map = NULL;
		return -errno;
	}
	r->producer = (uint32_t *)(void *)((uint8_t *)r->map + o->producer);
	r->consumer = (uint32_t *)(void *)((uint8_t *)r->map + o->consumer);
	r->entries = (uint8_t *)r->map + o->desc;
	r->last = n - 1;
	return 0;
}

static int
make_rings(struct xdp_socket *s)
{
	static const uint32_t in = XDP_IN, out = XDP_OUT;
	struct xdp_mmap_offsets o;
	socklen_t size = sizeof(o);
	int e;

	if ((e = set_option(s->fd, XDP_UMEM_FILL_RING, &in, sizeof(in))) ||
	    (e = set_option(s->fd, XDP_RX_RING, &in, sizeof(in))) ||
	    (e = set_option(s->fd, XDP_TX_RING, &out, sizeof(out))) ||
	    (e = set_option(s->fd, XDP_UMEM_COMPLETION_RING, &out, sizeof(out))))
		return e;
	if (getsockopt(s->fd, SOL_XDP, XDP_MMAP_OFFSETS, &o, &size))
		return -errno;
	if ((e = map_ring(s, &s->filled, &o.fr, XDP_UMEM_PGOFF_FILL_RING, in, sizeof(uint64_t))) ||
	    (e = map_ring(s, &s->received, &o.rx, XDP_PGOFF_RX_RING, in, sizeof(struct xdp_desc))) ||
	    (e = map_ring(s, &s->to_send, &o.tx, XDP_PGOFF_TX_RING, out, sizeof(struct xdp_desc))))
		return e;
	return map_ring(s, &s->sent, &o.cr, XDP_UMEM_PGOFF_COMPLETION_RING, out, sizeof(uint64_t));
}

int
xdp_socket_open(struct xdp_socket *s, uint32_t interface, uint32_t queue)
{
	struct sockaddr_xdp a = { .sxdp_family = AF_XDP, .sxdp_ifindex = interface, .sxdp_queue_id = queue };
	int e;

	memset(s, 0, sizeof(*s));
	s->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if ((e = share_frames(s)) || (e = make_rings(s)))
		return e;
	for (uint32_t i = 0; i < XDP_IN; i++)
		((uint64_t *)s->filled.entries)[i] = (uint64_t)i * XDP_FRAME;
	xdp_ring_move(s->filled.producer, XDP_IN);
	while (s->nidle < XDP_OUT) {
		s->idle[s->nidle] = (uint64_t)(XDP_IN + s->nidle) * XDP_FRAME;
		s->nidle++;
	}
	return bind(s->fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
}

static void
unmap(struct xdp_ring *r)
{
	if (r->map)
		munmap(r->map, r->size);
}

void
xdp_socket_close(struct xdp_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	unmap(&s->filled);
	unmap(&s->received);
	unmap(&s->to_send);
	unmap(&s->sent);
	if (s->frames)
		munmap(s->frames, FRAMES_BYTES);
}
