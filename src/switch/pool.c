#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/diag.h"
#include "base/alloc.h"
#include "switch/internal.h"
#include "switch/memory.h"

#define LINE 64

static size_t
lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

int
sw_pool_init(struct pool *p, size_t phv_size, bool traced)
{
	size_t copies = traced ? 4 : 1; /* the PHV, at the mark, in, mid */

	*p = (struct pool){ .phv_size = lines(phv_size ? phv_size : 1), .traced = traced };
	p->oldest.newer = p->oldest.older = &p->oldest;
	p->stride = lines(sizeof(struct slot)) + copies * p->phv_size + PS_HEADROOM + lines(PS_MAX_PACKET);
	/* Not a multiple of a page, or all packets would compete for the same cache lines. */
	p->stride = p->stride / 4096 * 4096 + 4096 + 9 * LINE;
	return 0;
}

void
sw_pool_fini(struct pool *p)
{
	for (struct region *r = p->regions; r;) {
		struct region *next = r->next;

		munmap(r->at, r->bytes);
		free(r);
		r = next;
	}
	p->regions = NULL;
}

/* Address space only: a page costs memory when a packet first uses it. */
int
sw_pool_reserve(struct pool *p, uint64_t slots)
{
	struct region *r;
	uint64_t more = slots > p->slots ? slots - p->slots : 0;
	uint8_t *at;

	if (!more)
		return 0;
	if (more > ((uint64_t)1 << 46) / p->stride)
		return -ENOMEM;
	at = mmap(NULL, more * p->stride, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return -ENOMEM;
	madvise(at, more * p->stride, MADV_DONTDUMP);
	r = alloc(1, sizeof(*r));
	*r = (struct region){ .next = p->regions, .at = at, .bytes = more * p->stride, .slots = more };
	p->regions = r;
	p->slots += more;
	return 0;
}

/* A slot that was never used before. */
static struct slot *
carve(struct pool *p)
{
	for (struct region *r = p->regions; r; r = r->next) {
		uint8_t *at = r->at + r->used * p->stride;
		struct slot *s = (struct slot *)(void *)at;

		if (r->used == r->slots)
			continue;
		r->used++;
		at += lines(sizeof(*s));
		s->pkt.phv = at;
		s->pkt.owner = s;
		if (p->traced) {
			s->pkt.mark_phv = at + p->phv_size;
			s->snap_in = at + 2 * p->phv_size;
			s->snap_mid = at + 3 * p->phv_size;
			at += 3 * p->phv_size;
		}
		s->buffer = at + p->phv_size;
		return s;
	}
	bug("more packets inside than the queues can hold");
}

static void
link_after(struct slot *at, struct slot *s)
{
	s->older = at;
	s->newer = at->newer;
	at->newer->older = s;
	at->newer = s;
}

static void
unlink_slot(struct slot *s)
{
	s->older->newer = s->newer;
	s->newer->older = s->older;
}

struct slot *
sw_pool_get(struct pool *p)
{
	struct slot *s = p->free;

	if (s)
		p->free = s->next;
	else
		s = carve(p);
	s->next = NULL;
	return s;
}

static void
count(struct pool *p, struct slot *s)
{
	s->image = p->image;
	s->image->inside++;
	p->inside++;
}

void
sw_pool_enter(struct pool *p, struct slot *s)
{
	struct slot *after = p->oldest.older;

	while (after != &p->oldest && after->arrival > s->arrival)
		after = after->older;
	link_after(after, s);
	count(p, s);
}

struct slot *
sw_pool_take(struct pool *p, struct slot *after)
{
	struct slot *s = sw_pool_get(p);

	s->pkt.data = s->buffer + PS_HEADROOM;
	s->pkt.len = s->pkt.parsed = 0;
	link_after(after ? after : p->oldest.older, s);
	count(p, s);
	return s;
}

void
sw_pool_give(struct pool *p, struct slot *s)
{
	unlink_slot(s);
	s->next = p->free;
	p->free = s;
	p->inside--;
	s->image->inside--;
}

void
sw_pool_renew(struct pool *p, struct slot *s)
{
	unlink_slot(s);
	link_after(p->oldest.older, s);
}
