/* feedback.h - what packets tell their senders about the links on their way, for congestion control, in one of three forms:
 *
 *	INT	each switch adds a record of 8 bytes; room for five, 42 bytes in all packets
 *	PINT	the code of the busiest link's utilisation, 8 bits rounded at random, in the share of packets that a hash chooses
 *	CSIG	the same in a tag of 4 bytes in all packets: 32 buckets, rounded to the nearest; and where that link is
 *
 * Nothing is allocated but at the start. */
#ifndef NET_FEEDBACK_H
#define NET_FEEDBACK_H

#include "packetscope/pint_values.h"

#define FEEDBACK_HOPS 5

enum feedback_kind { FEEDBACK_NONE, FEEDBACK_INT, FEEDBACK_PINT, FEEDBACK_CSIG };

/* What all switches and hosts have agreed upon. */
struct feedback {
	enum feedback_kind kind;
	uint32_t share; /* PINT: packets whose hash is below carry it */
	uint32_t bytes; /* by which packets that carry it are longer */
	uint32_t set_seed, round_seed;
	uint32_t period_ns; /* over which loads are averages: the network's base round trip */
	struct pint_logs logs;
	struct pint_scale scale;
	uint32_t room[PINT_SCALE_WORDS(8)];
};

/* A port's state. */
struct feedback_port {
	uint64_t sent_bytes;
	uint64_t rate; /* as records tell it */
	struct pint_link link;
	struct pint_load load;
};

/* In a packet. */
struct feedback_note {
	uint32_t pid;
	bool is_carried;
	uint8_t hops; /* switches passed */
	uint32_t digest;
	uint8_t locator; /* CSIG: the hop that wrote the digest, the first of those in the same bucket */
	uint64_t records[FEEDBACK_HOPS];
};

/* A record: 3 bits for the line's rate, 24 for the time in ns, 20 for the bytes sent in units of 128, 17 for those queued in units
 * of 80. */
struct feedback_record {
	uint64_t rate_bps;
	uint32_t time, sent, queued;
};

#define FEEDBACK_TIME_BITS 24
#define FEEDBACK_SENT_BITS 20
#define FEEDBACK_QUEUED_BITS 17
#define FEEDBACK_SENT_UNIT 128
#define FEEDBACK_QUEUED_UNIT 80

void feedback_init(struct feedback *f, enum feedback_kind kind, uint32_t share, uint32_t period_ns);
/* False: no record tells of such a rate. */
bool feedback_port_init(const struct feedback *f, struct feedback_port *p, uint64_t rate_bps);

/* A sender begins a packet. */
void feedback_begin(const struct feedback *f, struct feedback_note *n, uint32_t pid);
/* A packet of `bytes` leaves a switch's port, `queued` bytes stay behind. Acknowledgements have no note (NULL): what they carry is
 * an echo. */
void feedback_leave(const struct feedback *f, struct feedback_port *p, struct feedback_note *n, uint64_t now_ns, uint64_t queued,
		    uint32_t bytes);

struct feedback_record feedback_record(uint64_t bits);
/* The utilisation that a packet with a digest tells: 1 is full. */
double feedback_use(const struct feedback *f, const struct feedback_note *n);

#endif
