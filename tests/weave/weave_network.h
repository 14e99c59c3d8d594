/* weave_network.h - a chain of switches under test, and what the library says that its digests must be. */
#ifndef WEAVE_NETWORK_H
#define WEAVE_NETWORK_H

#include "base/random.h"
#include "device/soft.h"
#include "switch/story.h"
#include "ui/compile.h"

#define CHAIN_NODES 16
#define CHAIN_SHIM 0x88b6
#define CHAIN_RTT 200000
#define CHAIN_RATE 100000000

/* A packet that comes to a switch. */
struct arrival {
	uint64_t at;
	uint32_t node, port, len;
	uint8_t data[512];
};

struct chain;

struct node {
	struct chain *chain;
	uint32_t index; /* its id less 1 */
	struct sw *sw;
	struct soft_device dev;
	struct control *control;
	struct pint_load loads[4]; /* by port */
	uint32_t out_port, out_len;
	uint8_t out[1024]; /* what was sent last */
};

/* A pass that ended: what is to be said of it can depend on packets that came later. */
struct chain_pass {
	struct sw_story story;
	struct node *node;
	uint32_t arrival; /* in chain.arrived */
	uint32_t out_port, out_len;
	const uint8_t *out;
};

struct chain_report {
	uint32_t pid, hops, digest;
};

struct chain {
	struct arena *a;
	struct compilation c;
	struct compile_options o;
	struct soft_object object;
	uint32_t n, packets, mtu;
	uint64_t pps;
	struct node nodes[CHAIN_NODES];
	VEC(struct arrival) waiting; /* by time, from `head` */
	VEC(struct arrival) arrived; /* by the number that the switch knows the packet by, less 1 */
	uint32_t head;
	FILE *log; /* what hosts got */
	struct pint_logs logs;
	struct pint_link link;
	struct pint_scale scales[IR_NETWORK_QUERIES];
	VEC(struct chain_pass) passes;
	VEC(struct chain_report) expected, reported;
	uint64_t digests, wrong, counts[WEAVE_NETWORK_COUNTS];
};

bool chain_is_inner(const struct chain *c, uint32_t node, uint32_t port);
/* A number of up to four bytes. */
uint32_t chain_get(const uint8_t *p, uint32_t bytes);

/* weave_network_model.c */
void chain_model_make(struct chain *c);
/* Keeps what a packet did; a callback of the switch. */
void chain_story(void *user, const struct sw_story *s);
/* When all is over: looks at the packets that left. */
void chain_model_check(struct chain *c);
/* Adds a switch's counters. */
void chain_count(struct chain *c, struct node *n);
/* Compares what was reported; prints what there was. */
bool chain_verdict(struct chain *c);

#endif
