/* topology.h - a network: switches and hosts, and the links between their ports.
 *
 * It comes from a file or a generator, by a text that tells which (net_topology_load):
 *
 *	FILE.json             as the P4 tutorials write it
 *	FILE.graphml          as the Internet Topology Zoo writes it; every node is a switch with a host
 *	chain:N               N switches in a row, each with a host
 *	fattree:K             K pods of K/2 edge and K/2 aggregation switches, (K/2)^2 cores, K^3/4 hosts
 *	clos:P,E,A,C,H        the same with free numbers: P pods of E edge and A aggregation switches, C cores (a multiple of A), H
 *	                      hosts at each edge switch
 *	isp:N,D               N switches (each with a host) joined like the backbone of a provider: long chains, some rings, and D
 *	                      switches on the longest of all shortest paths; another seed gives another one
 *
 * Nodes keep the order in which they were added; a switch's id is its place among the switches, from 1. Ports of switches count
 * from 1, a host has port 0 alone. Everything lives in the arena that it was made in; nothing changes after loading but what
 * net_link.is_up says.
 */
#ifndef NET_TOPOLOGY_H
#define NET_TOPOLOGY_H

#include "base/diag.h"
#include "base/map.h"
#include "base/vec.h"

#define NET_NODES_MAX 65536
#define NET_PORTS_MAX 500 /* of a switch */
#define NET_NOWHERE UINT32_MAX

/* One end of a link. */
struct net_end {
	uint32_t node, port;
};

struct net_link {
	struct net_end end[2];
	uint64_t rate_bps; /* 0: unlimited, or not said */
	uint64_t delay_ns;
	uint32_t loss_ppm; /* packets lost of a million */
	bool has_rate, has_delay; /* the file says so */
	bool is_up;
};

/* A port in use. */
struct net_port {
	uint32_t number, link;
	uint32_t side; /* which end of the link this is */
};

struct net_node {
	struct str name;
	bool is_host;
	uint32_t id; /* of a switch, from 1; of a host 0 */
	VEC(struct net_port) ports; /* by number */
	/* of hosts */
	uint32_t ip; /* host byte order; 0: none */
	uint32_t prefix; /* length of its subnet's, when the file tells: the hosts in it are reached without the gateway; 0: none */
	uint64_t mac, gateway; /* its own, and where it sends packets to others */
	/* of switches, from files; empty: none */
	struct str program, entries, commands;
	double x, y; /* where a drawing puts it: longitude and latitude, or a generator's layers */
};

struct net_topology {
	struct arena *arena;
	struct str name; /* "fattree:4", "pod.json" */
	VEC(struct net_node) nodes;
	VEC(struct net_link) links;
	VEC(uint32_t) switches; /* nodes; that of id i is at i - 1 */
	VEC(uint32_t) hosts;	/* nodes */
	struct map names;
	bool is_placed; /* x and y say something */
	bool is_map;	/* they are longitude and latitude: of several nodes perhaps the same */
};

/* NULL after errors in `d`. `seed` is for generators. */
struct net_topology *net_topology_load(struct arena *a, struct diags *d, const char *spec, uint64_t seed);

/* Generators, for numbers that make sense (net_topology_load checks them). */
struct net_topology *net_chain(struct arena *a, uint32_t n);
struct net_topology *net_clos(struct arena *a, uint32_t pods, uint32_t edges, uint32_t aggregations, uint32_t cores, uint32_t hosts);
/* n >= d >= 3, or n = d. */
struct net_topology *net_isp(struct arena *a, uint32_t n, uint32_t d, uint64_t seed);

/* --- how one is built --- */

struct net_topology *net_topology_make(struct arena *a, struct str name);
/* Its number. The name is not there yet (net_find). */
uint32_t net_add_switch(struct net_topology *t, struct str name);
/* With an address made of the switch's id and how many hosts it has: 10.ID.ID.N; linked to it. */
uint32_t net_add_host(struct net_topology *t, struct str name, uint32_t at_switch);
/* A host of its own, without address and link. */
uint32_t net_add_lone_host(struct net_topology *t, struct str name);
/* Joins two ports that are free. Its number. */
uint32_t net_join(struct net_topology *t, struct net_end a, struct net_end b);
/* The lowest free port. */
uint32_t net_free_port(const struct net_topology *t, uint32_t node);

/* --- how one is read --- */

/* A node by its name; NET_NOWHERE. */
uint32_t net_find(const struct net_topology *t, struct str name);
/* NULL: nothing is there. */
const struct net_port *net_port(const struct net_topology *t, uint32_t node, uint32_t number);
/* The end of the link that `p` is not. */
struct net_end net_peer(const struct net_topology *t, const struct net_port *p);
/* The address in Ethernet of what a host sends to another. */
uint64_t net_next_mac(const struct net_topology *t, uint32_t from, uint32_t to);
/* The host of an address; NET_NOWHERE. */
uint32_t net_host_of(const struct net_topology *t, uint32_t ip);
/* The switch that the host is linked to; NET_NOWHERE. */
uint32_t net_switch_of(const struct net_topology *t, uint32_t host);

#endif
