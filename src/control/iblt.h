/* iblt.h - the difference of two invertible Bloom lookup tables, and how names are got out of it.
 *
 * Each side of the queue adds every packet's name (words of 32 bits) to one cell in each of four parts of its table: a cell
 * is a number of packets, the sums of their words, and the sum of their hashes. What came through both cancels out in the
 * difference, whose cells hold the packets that were lost. A cell with packets of a single name tells it: all its sums are
 * multiples of the number, and the quotients' hash is the hashes' quotient. Taken out of its four cells, it may leave
 * others with a single name, and so on. With more names than the table is made for this ends early.
 *
 * Pure: no device, no epochs. Memory is the arena's. */
#ifndef CONTROL_IBLT_H
#define CONTROL_IBLT_H

#include "base/arena.h"

#define IBLT_PARTS 4

struct iblt {
	uint32_t cells; /* of a part */
	uint32_t words; /* of a name */
	uint32_t factors[IBLT_PARTS];
	uint32_t salt;	 /* hashed behind the words: the stored epoch */
	uint64_t *count; /* by cell, part after part; all modulo 2^64 */
	uint64_t *check;
	uint64_t *sums; /* of word w at w * IBLT_PARTS * cells */
	uint32_t *work; /* cells that may hold a single name */
	uint32_t *name; /* room for one */
};

/* `n` packets of one name. */
typedef void iblt_found(void *user, const uint32_t *words, uint64_t n);

/* Of nothing. */
void iblt_init(struct iblt *t, struct arena *a, uint32_t cells, uint32_t words, const uint32_t *factors);
/* Forgets everything. */
void iblt_clear(struct iblt *t, uint32_t salt);
/* What the data plane does: `n` packets of a name; negative for those that came through. */
void iblt_add(struct iblt *t, const uint32_t *words, int64_t n);
/* Takes out names as long as there are cells with a single one. Returns how many packets are left; what was found is right even
 * then. Contents that no packets can have made are left over as a whole or in part, and end too. */
uint64_t iblt_peel(struct iblt *t, iblt_found *found, void *user);

#endif
