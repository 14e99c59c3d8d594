/* universe.h - a network as the decoder of paths knows it: ids of switches, and which are
 * neighbours. */
#ifndef FIGURES_UNIVERSE_H
#define FIGURES_UNIVERSE_H

#include <stdlib.h>

#include "net/topology.h"
#include "packetscope/pint.h"

static inline uint32_t *
universe_words(size_t n)
{
	uint32_t *words = calloc(n + 1, sizeof(*words));

	if (!words)
		abort();
	return words;
}

/* Switch i is called i + 1. Nothing of it is ever freed. */
static inline struct pint_universe
universe_of(const struct net_topology *t)
{
	uint32_t *ids = universe_words(t->switches.n), *links = universe_words(t->switches.n);
	uint32_t *next = universe_words(2 * t->links.n), n = 0;

	for (uint32_t i = 0; i < t->switches.n; i++) {
		const struct net_node *s = &t->nodes.v[t->switches.v[i]];

		ids[i] = s->id;
		for (uint32_t p = 0; p < s->ports.n; p++) {
			const struct net_node *to = &t->nodes.v[net_peer(t, &s->ports.v[p]).node];

			if (!to->is_host)
				next[n++] = to->id - 1;
		}
		links[i + 1] = n;
	}
	return (struct pint_universe){ ids, t->switches.n, links, next };
}

#endif
