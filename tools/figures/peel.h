/* peel.h - peeling with ideal symbols: a hop is known after `needed` equations in which only it was
 * unknown. */
#ifndef FIGURES_PEEL_H
#define FIGURES_PEEL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "packetscope/pint.h"

#define PEEL_PACKETS 8192

struct peel {
	uint64_t known; /* bit i: hop i + 1 */
	uint32_t needed;
	uint32_t seen[PINT_HOPS];
	uint32_t npending;
	uint64_t pending[PEEL_PACKETS]; /* unknown hops of equations with several */
};

static inline void
peel_begin(struct peel *p, uint32_t needed)
{
	p->known = 0;
	p->needed = needed;
	memset(p->seen, 0, sizeof(p->seen));
	p->npending = 0;
}

/* An equation with one unknown hop. True: that is known now. */
static inline bool
peel_tell(struct peel *p, uint64_t hop)
{
	if (++p->seen[__builtin_ctzll(hop)] < p->needed)
		return false;
	p->known |= hop;
	return true;
}

/* A packet in which these hops acted; at most PEEL_PACKETS. */
static inline void
peel_take(struct peel *p, uint64_t acting)
{
	bool again = false;

	acting &= ~p->known;
	if (acting & (acting - 1))
		p->pending[p->npending++] = acting;
	else if (acting)
		again = peel_tell(p, acting);
	while (again) {
		uint32_t kept = 0;

		again = false;
		for (uint32_t i = 0; i < p->npending; i++) {
			uint64_t unknown = p->pending[i] & ~p->known;

			if (unknown & (unknown - 1))
				p->pending[kept++] = unknown;
			else if (unknown)
				again |= peel_tell(p, unknown);
		}
		p->npending = kept;
	}
}

static inline bool
peel_done(const struct peel *p, uint32_t hops)
{
	return p->known == UINT64_MAX >> (64 - hops);
}

#endif
