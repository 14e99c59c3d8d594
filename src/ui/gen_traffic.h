/* gen_traffic.h - who sends what and when: the kinds of traffic of `packetscope gen`.
 *
 * Traffic is one or two streams of arrivals (the usual one and a burst), each with random numbers
 * of its own, so that adding a burst leaves the other packets as they were. Nothing depends on
 * the machine: random numbers are integers, and so is the arithmetic of time. */
#ifndef UI_GEN_TRAFFIC_H
#define UI_GEN_TRAFFIC_H

#include "ui/gen_packet.h"

struct arena;

enum gen_kind { GEN_ROUTER, GEN_BURST, GEN_ZIPF };

struct gen_options {
	enum gen_kind kind;
	uint64_t seed;
	uint64_t duration;		   /* ns */
	uint64_t rate;			   /* packets per second */
	uint64_t flows;			   /* router, burst */
	uint64_t keys;			   /* zipf: sources */
	uint64_t alpha;			   /* zipf: exponent, in millionths */
	uint64_t burst_at, burst_duration; /* ns; router, burst */
	uint64_t burst_rate;		   /* packets per second; 0 is no burst */
	uint8_t dst_mac[6];
};

struct gen_traffic;

/* Everything lives in `a`. */
struct gen_traffic *gen_traffic_make(struct arena *a, const struct gen_options *o);
/* The next packet in order of time, valid until the next call; false at the end. */
bool gen_traffic_next(struct gen_traffic *t, struct gen_packet *ret, uint64_t *ret_ns);

#endif
