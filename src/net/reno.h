/* reno.h - TCP NewReno (RFC 5681, 6582), a sender's half: how many bytes may be on their way, by what is acknowledged and what is lost.
 * For comparison with HPCC: what headers cost was published for it. */
#ifndef NET_RENO_H
#define NET_RENO_H

#include <stdbool.h>
#include <stdint.h>

#define RENO_SEGMENT 1000 /* bytes of payload */

struct reno {
	double window, threshold; /* bytes */
	uint64_t recover;	  /* what had been sent when the last loss was noticed */
	uint32_t duplicates;	  /* acknowledgements in a row that brought nothing new */
	bool in_recovery;
	bool resends; /* the first bytes that are not acknowledged go out next, whatever the window */
};

void reno_begin(struct reno *r);
/* An acknowledgement up to byte `acked`, after one up to `before`, when `sent` had been sent. */
void reno_ack(struct reno *r, uint64_t before, uint64_t acked, uint64_t sent);
/* Nothing new came for too long: everything behind `acked` is sent again. */
void reno_timeout(struct reno *r, uint64_t acked, uint64_t sent);

#endif
