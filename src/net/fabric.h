/* fabric.h - a network of hosts and switches, packet by packet in virtual time: flows of bytes between hosts, each packet
 * acknowledged, rates by HPCC (hpcc.h) or Reno (reno.h). Switches queue at their output ports, in one queue each, in order of arrival; with HPCC
 * without a limit, and nothing is ever lost. Flows keep to one of the shortest paths that a hash chooses. Times are picoseconds.
 *
 * Packets and flows come from pools that grow to the most there are at a time; everything lives in the arena.
 *
 *	f = fabric_make(a, topology, &options, &why);
 *	fabric_add(f, &flow);  or  fabric_feed(f, &flows);
 *	fabric_run(f, until);
 *	f->results
 */
#ifndef NET_FABRIC_H
#define NET_FABRIC_H

#include "net/event.h"
#include "net/flows.h"
#include "net/hpcc.h"
#include "net/reno.h"
#include "net/route.h"

#define FABRIC_PAYLOAD 1000
#define FABRIC_HEADER 50 /* of a data packet without feedback */
#define FABRIC_ACK 60	 /* an acknowledgement without feedback */
#define FABRIC_LINKS (FEEDBACK_HOPS + 1)

struct fabric_packet {
	struct fabric_packet *next;
	uint64_t at; /* in a queue: since when; on a wire: until when */
	struct fabric_flow *flow;
	uint64_t end;	/* the flow's bytes up to here are sent, or acknowledged */
	uint32_t bytes; /* on the wire */
	bool is_ack;
	uint8_t step;	   /* links passed */
	uint32_t observed; /* the observer's, 0 at first */
	struct feedback_note note;
};

struct fabric_packets {
	struct fabric_packet *first, *last;
};

/* One direction of a link, and the queue in front of it. */
struct fabric_port {
	struct event sent, arrival; /* a packet has left; one has arrived on the other side */
	struct fabric_packets queue, wire;
	struct fabric_host *host; /* whose port it is; NULL: a switch's */
	uint32_t switch_id;
	bool sent_waits;
	uint32_t byte_ps;
	uint64_t delay_ps, free_at;
	uint64_t queued, most_queued; /* bytes */
	uint64_t room;		      /* what may wait; 0: everything */
	uint64_t sent_bytes;
	struct feedback_port feedback;
};

/* What Reno needs of a flow besides. */
struct fabric_reno {
	struct event timer;
	struct fabric_flow *flow;
	struct reno sender;
	uint64_t deadline; /* of the next acknowledgement */
	uint32_t backoff;
	uint32_t underway; /* packets and acknowledgements */
	uint64_t most_sent;
	uint64_t received; /* up to here without a gap, in whole packets */
	uint64_t *arrived; /* bits, by packet */
	bool is_finished;
};

struct fabric_flow {
	struct event pace; /* it starts, or may send the next packet */
	struct fabric_flow *next; /* in a host's list of flows that are ready, or the pool */
	struct flow flow;
	uint64_t sent, acked, next_at;
	enum { FABRIC_PACED, FABRIC_READY, FABRIC_BLOCKED, FABRIC_SENT } state;
	uint32_t links;
	uint32_t path[2][FABRIC_LINKS]; /* ports: there, and back */
	struct hpcc hpcc;
	struct fabric_reno *reno; /* NULL: HPCC */
};

struct fabric_host {
	struct fabric_port *port;
	struct fabric_flow *first, *last; /* ready, each sends one packet in turn */
};

struct fabric_result {
	uint64_t bytes, took_ps, ideal_ps;
	uint32_t id;
};

/* Called for flows and their data packets. */
struct fabric_observer {
	void *of;
	void (*begins)(void *of, const struct fabric_flow *flow);
	/* One begins to leave switch `hop` (from 1) of its way, after `ns` from its arrival to its last bit's leaving. */
	void (*leaves)(void *of, struct fabric_packet *p, uint32_t hop, uint32_t switch_id, uint64_t ns);
	void (*arrives)(void *of, struct fabric_packet *p);
};

struct fabric_options {
	enum feedback_kind feedback;
	uint32_t share;	      /* PINT: of 2^32 */
	uint32_t extra_bytes; /* of headers, in each data packet */
	bool is_inside;	      /* the feedback's bytes are part of these */
	double eta;	      /* 0: 95 % */
	bool is_reno; /* switches keep what a link carries in a base round trip and lose the rest */
	struct fabric_observer observer; /* its functions may be NULL */
};

struct fabric {
	struct arena *arena;
	const struct net_topology *topology;
	struct net_routes *routes;
	struct fabric_options options;
	struct events events;
	struct feedback feedback;
	struct hpcc_rules rules;
	uint32_t pid_seed;
	struct fabric_port *ports; /* 2 * link + side that sends */
	struct fabric_host *hosts; /* in the topology's order */
	struct fabric_packet *free_packets;
	struct fabric_flow *free_flows;
	struct flows *source;
	struct flow coming;
	struct event more;
	uint64_t packets_sent, packets_arrived, acks_sent, acks_arrived, payload_arrived;
	uint64_t packets_made, packets_free; /* of the pool */
	uint64_t lost;
	uint32_t flows; /* begun */
	VEC(struct fabric_result) results; /* in order of finishing */
};

/* Links have rates that divide 8000 Gb/s, hosts' links all the same. NULL, and why. */
struct fabric *fabric_make(struct arena *a, const struct net_topology *t, const struct fabric_options *o, const char **ret_why);
/* A flow that starts at its time, now or later. */
void fabric_add(struct fabric *f, const struct flow *flow);
/* All flows of a source, each added when it starts. */
void fabric_feed(struct fabric *f, struct flows *source);
/* Until nothing is left to do, or a time. */
void fabric_run(struct fabric *f, uint64_t until_ps);

/* How long the flow takes (to its last acknowledgement) on its path alone, at full rate and without feedback. */
uint64_t fabric_ideal_ps(const struct fabric *f, const struct fabric_flow *flow);
uint64_t fabric_line_bps(const struct fabric *f);

/* --- inside: fabric.c moves packets, fabric_host.c makes them, fabric_reno.c makes them again --- */

/* Sets the flow's path. Equal lengths there and back. */
bool fabric_route(struct fabric *f, struct fabric_flow *flow);
struct fabric_packet *fabric_packet_get(struct fabric *f);
void fabric_packet_put(struct fabric *f, struct fabric_packet *p);
void fabric_enqueue(struct fabric *f, struct fabric_port *port, struct fabric_packet *p);
/* The port has something to send now. */
void fabric_kick(struct fabric *f, struct fabric_port *port);
/* A host's next packet when its queue is empty; NULL: none. */
struct fabric_packet *fabric_host_next(struct fabric *f, struct fabric_host *h);
void fabric_host_arrival(struct fabric *f, struct fabric_packet *p);
/* More of the flow may be allowed now. */
void fabric_host_go_on(struct fabric *f, struct fabric_flow *flow);
/* Nobody knows of the flow any more. */
void fabric_flow_put(struct fabric *f, struct fabric_flow *flow);
void fabric_reno_begin(struct fabric *f, struct fabric_flow *flow);
bool fabric_reno_may_send(const struct fabric_flow *flow);
/* From which byte on the next packet is; it is underway. */
uint64_t fabric_reno_send(struct fabric_flow *flow);
void fabric_reno_lose(struct fabric *f, struct fabric_packet *p);
/* At its host: p->end is what is acknowledged. False: it came before. */
bool fabric_reno_arrival(struct fabric_packet *p);
void fabric_reno_ack(struct fabric *f, struct fabric_flow *flow, uint64_t acked);

#endif
