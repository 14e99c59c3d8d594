/* xdp_ring.h - the four rings of an AF_XDP socket (filled, received, to send, sent) and the frames that go round in them. */
#ifndef HOST_XDP_RING_H
#define HOST_XDP_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define XDP_FRAME 4096u /* bytes of a frame's place */
#define XDP_IN 2048u    /* places for frames that arrive */
#define XDP_OUT 1024u   /* and for those that leave */

struct xdp_ring {
	uint32_t *producer, *consumer;
	void *entries;
	uint32_t last; /* number of entries - 1; a power of two less one */
	void *map;
	size_t size;
};

struct xdp_socket {
	int fd;
	uint8_t *frames; /* XDP_IN + XDP_OUT places */
	struct xdp_ring filled, received, to_send, sent;
	uint64_t idle[XDP_OUT]; /* places that a frame may leave from */
	uint32_t nidle;
};

/* Makes the socket of one queue of an interface. */
int xdp_socket_open(struct xdp_socket *s, uint32_t interface, uint32_t queue);
void xdp_socket_close(struct xdp_socket *s);

static inline uint32_t
xdp_ring_used(const struct xdp_ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
}

/* The entry so many after the one that is next to be taken, or to be put. */
static inline uint32_t
xdp_ring_at(const struct xdp_ring *r, const uint32_t *end, uint32_t i)
{
	return (*end + i) & r->last;
}

/* n entries have been put, or taken. */
static inline void
xdp_ring_move(uint32_t *end, uint32_t n)
{
	__atomic_store_n(end, *end + n, __ATOMIC_RELEASE);
}

#endif
