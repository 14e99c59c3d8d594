/* hpcc.h - HPCC, a sender's half: from what an acknowledgement tells of the busiest link to the rate of a flow.
 *
 *     C = U / eta;   R = Rc / C + R_AI            (C >= 1, or after max_stage steps up)
 *                    R = Rc + R_AI                 (else)
 *
 * R follows every acknowledgement, Rc once in a round trip. With INT the sender computes U itself, from two records of each
 * switch; with a digest it reads it (feedback.h). The first acknowledgement only begins. */
#ifndef NET_HPCC_H
#define NET_HPCC_H

#include "net/feedback.h"

struct hpcc_rules {
	double line_bps; /* of hosts: a flow begins with it */
	double ai_bps, min_bps;
	double eta; /* what U shall be */
	uint32_t max_stage;
	double window; /* bytes in flight at full rate; at R it is so much less */
};

/* As in HPCC-PINT's experiments with 100 Gb/s, for other rates in proportion: R_AI 50 Mb/s, R_min 1 Gb/s, eta 95 %. */
struct hpcc_rules hpcc_rules(uint64_t line_bps, uint32_t period_ns);

struct hpcc {
	double rate, committed; /* bits a second */
	double use;		/* INT: U */
	uint64_t last_update;	/* the acknowledgement of bytes beyond it commits */
	uint32_t stage;
	bool has_begun;
	uint64_t records[FEEDBACK_HOPS];
};

void hpcc_begin(struct hpcc *h, const struct hpcc_rules *r);
/* An acknowledgement up to byte `acked`, when `sent` had been sent. Those that carry nothing change nothing. */
void hpcc_ack(struct hpcc *h, const struct hpcc_rules *r, const struct feedback *f, const struct feedback_note *n, uint64_t acked,
	      uint64_t sent);
/* Bytes that may be in flight: another packet may leave when there are fewer. */
double hpcc_window(const struct hpcc *h, const struct hpcc_rules *r);

#endif
