/* pint_tag.h - a tag of 4 bytes in each packet: what was largest (or least) on its way, in one of
 * 32 buckets, and at which port of which switch. It is what CSIG's compact tags tell; where a
 * digest of so many bits is affordable, no packet need be left out, and none needs another one to
 * be understood.
 *
 *	bits 31..29	signal: what is told; 0: nothing has been written yet
 *	bits 28..24	bucket: a code of a scale of 5 bits (pint_values.h)
 *	bits 23..9	switch, the low 15 bits of its id
 *	bits  8..0	port by which the packet left it
 *
 * A hop compares its own tag with the packet's and replaces it, if its value is in a higher (lower)
 * bucket: of equal ones the first hop is told. Integers only; a woven program computes the same to
 * the bit.
 */
#ifndef PACKETSCOPE_PINT_TAG_H
#define PACKETSCOPE_PINT_TAG_H

#include "packetscope/pint_values.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PINT_TAG_BITS 32
#define PINT_TAG_BUCKET_BITS 5
#define PINT_TAG_SWITCH_BITS 15
#define PINT_TAG_PORT_BITS 9

#define PINT_TAG_BUCKET_LO 24
#define PINT_TAG_SIGNAL_LO 29
#define PINT_TAG_SWITCH_LO 9

/* Buckets of pint_load_packet's values, up to `most` (with 16 fractional bits, too) and from a 64th
 * of it: 14 % apart. */
#define PINT_TAG_LOAD_RANGE(most)                                                                  \
	((struct pint_range){ PINT_MULTIPLICATIVE, .bits = PINT_TAG_BUCKET_BITS,                   \
			      .min = (most) / 64, .max = (most) })

struct pint_tag {
	uint32_t signal, bucket, switch_id, port;
};

static inline uint32_t
pint_tag_pack(const struct pint_tag *t)
{
	uint32_t id = t->switch_id & ((1u << PINT_TAG_SWITCH_BITS) - 1);

	return t->signal << PINT_TAG_SIGNAL_LO | t->bucket << PINT_TAG_BUCKET_LO |
	       id << PINT_TAG_SWITCH_LO | (t->port & ((1u << PINT_TAG_PORT_BITS) - 1));
}

static inline struct pint_tag
pint_tag_unpack(uint32_t tag)
{
	struct pint_tag t = { .signal = tag >> PINT_TAG_SIGNAL_LO,
			      .bucket = tag >> PINT_TAG_BUCKET_LO & ((1u << PINT_TAG_BUCKET_BITS) - 1),
			      .switch_id = tag >> PINT_TAG_SWITCH_LO & ((1u << PINT_TAG_SWITCH_BITS) - 1),
			      .port = tag & ((1u << PINT_TAG_PORT_BITS) - 1) };

	return t;
}

/* The packet's tag as a hop leaves it whose own is `own`, of the same signal; `fold` is PINT_MAX or
 * PINT_MIN. The source begins with 0. */
static inline uint32_t
pint_tag_add(uint32_t tag, enum pint_fold fold, uint32_t own)
{
	uint32_t bucket = tag >> PINT_TAG_BUCKET_LO, mine = own >> PINT_TAG_BUCKET_LO;

	if (!(tag >> PINT_TAG_SIGNAL_LO))
		return own;
	return (fold == PINT_MAX ? mine > bucket : mine < bucket) ? own : tag;
}

#ifdef __cplusplus
}
#endif

#endif
