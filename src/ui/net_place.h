/* net_place.h - where a switch stands in a network, and what it and the collector of queries over network() must know of that: from a topology, which
 * `packetscope net` runs as a whole and other commands know one switch of. Everything lives in an arena. */
#ifndef UI_NET_PLACE_H
#define UI_NET_PLACE_H

#include <popt.h>

#include "net/topology.h"
#include "weave/pint.h"

struct net_place_args {
	char *topology, *node;
};

/* Rows for commands that know one switch; `args` is a struct net_place_args lvalue. */
#define NET_PLACE_OPTIONS(args)                                                                                        \
	{ "topology", 0, POPT_ARG_STRING, &(args).topology, 0, "the network that queries over network() are about: FILE.json, " \
	  "FILE.graphml or a generator, as for `packetscope net`", "TOPOLOGY" },                                   \
	{ "switch", 0, POPT_ARG_STRING, &(args).node, 0, "which switch of the topology this is", "NAME" }

struct net_place {
	struct net_topology *t; /* NULL: nothing is known */
	uint32_t node;		/* NET_NOWHERE: not said */
};

/* Links that nobody says anything about get rate and delay. False after errors. */
bool net_place_find(struct arena *a, struct diags *d, const struct net_place_args *args, struct net_place *ret);
/* The switches, and which are next to which. */
struct pint_universe net_place_universe(struct arena *a, const struct net_topology *t);
/* The longest way there and back, without queues: of some hosts to all. */
uint64_t net_place_round_trip(struct arena *a, const struct net_topology *t);
/* What tells the program of a switch (a node) who it is and where its ports lead. `mtu` of all links, 0: any. */
void net_place_commands(FILE *out, struct arena *a, const struct weave_network *n, const struct net_topology *t, uint32_t node, uint32_t mtu,
		    uint64_t rtt_ns);

#endif
