/* world.h - a network that runs: embedded switches, links between their ports, hosts, in virtual time (nanoseconds from 0).
 *
 * The caller makes a world of a topology, opens a switch for each node that is one, adds events of its own (what hosts send, what changes), and lets
 * time pass. A run depends on nothing but its input: links draw their losses from streams of their own, events of one time
 * come in the order in which they were made.
 *
 * A packet leaves a host or a switch when the port is free, takes its bits over the link's rate, and the link's delay. The queues before links are
 * the switches' own; a host's is without end. What is on a link that goes down is lost.
 *
 * Each packet that a host sends has a number, and carries the true way that it takes; so does everything that switches make of it.
 */
#ifndef NET_WORLD_H
#define NET_WORLD_H

#include "net/event.h"
#include "net/topology.h"
#include "switch/switch.h"

struct net_world;

/* A packet on its way, and where it has been: `path` is a number that net_path_nodes understands. */
struct net_packet {
	uint64_t number; /* among all that hosts sent, from 0 */
	uint32_t path;
	uint32_t len;
	const uint8_t *data; /* good during the call */
};

struct net_world_config {
	uint64_t seed;
	void *user; /* first argument of the callbacks; each may be NULL */
	/* A packet is about to arrive at a switch. */
	void (*arrival)(void *user, uint32_t node, uint64_t time_ns);
	/* A switch sends a packet towards a host. */
	void (*last_hop)(void *user, uint32_t node, uint64_t time_ns, const struct net_packet *p);
	/* A host gets a packet. */
	void (*delivery)(void *user, uint32_t host, uint64_t time_ns, const struct net_packet *p);
};

/* sent + copies = delivered + lost_loss + lost_down + lost_queue + dropped + nowhere + inside */
struct net_counts {
	uint64_t sent, copies; /* by hosts; what switches made in addition */
	uint64_t delivered;
	uint64_t lost_loss, lost_down; /* by links: at random, or because they were down */
	uint64_t lost_queue, dropped;  /* by switches: a full queue; the program */
	uint64_t nowhere;	       /* sent to a port without a link */
	uint64_t inside;	       /* still in queues or on links */
};

/* One direction of a link. */
struct net_traffic {
	uint64_t packets, bytes, lost;
};

/* `t` is the caller's, and its links' rates, delays and losses are; it must stay. */
struct net_world *net_world_make(struct arena *a, struct net_topology *t, const struct net_world_config *c);
/* Closes all switches. */
void net_world_free(struct net_world *w);
/* Opens the switch of a node; the ports have their links' rates. `c`: without user and tx, which are the world's. False: `reterr` says why. */
bool net_world_open(struct net_world *w, uint32_t node, const char *so_path, const struct sw_config *c, char *reterr, size_t size);
struct sw *net_world_switch(const struct net_world *w, uint32_t node);

/* Where the caller adds events; they run with the world as `world`. */
struct events *net_world_events(struct net_world *w);
/* What the caller's events need: net_world_config.user. */
void *net_world_user(const struct net_world *w);
/* A host sends a packet now, as soon as its port is free. Its number. */
uint64_t net_world_send(struct net_world *w, uint32_t host, const uint8_t *data, uint32_t len);
void net_world_set_link(struct net_world *w, uint32_t link, bool is_up);
/* Something was done to a switch (commands, its clock was moved): its departures may be others than they were. */
void net_world_touched(struct net_world *w, uint32_t node);
/* All events up to and including `until`; false when there are no more. */
bool net_world_run(struct net_world *w, uint64_t until_ns);

void net_world_counts(const struct net_world *w, struct net_counts *ret);
/* From end[side] of a link. */
struct net_traffic net_world_traffic(const struct net_world *w, uint32_t link, uint32_t side);
/* The switches (nodes) of a path, first to last; their number, at most `most`. */
uint32_t net_path_nodes(const struct net_world *w, uint32_t path, uint32_t *ret, uint32_t most);

#endif
