/* pint.h - questions about whole paths in a few bits per packet: what switches and collectors
 * compute alike (PINT).
 *
 * The encoder's half is inline, made of 32-bit additions, multiplications, shifts and comparisons
 * (what P4 can do with bit<32>): the woven program computes the same to the bit. The decoder's half
 * (libpacketscope-pint) is for collectors. Nothing here does I/O or has state of its own.
 * docs/pint.md tells how it all fits together.
 */
#ifndef PACKETSCOPE_PINT_H
#define PACKETSCOPE_PINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- hashes --- */

/* A bijection of 32 bits of which each bit of the result depends on each bit of x. */
static inline uint32_t
pint_mix(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x7feb352du;
	x ^= x >> 15;
	x *= 0x846ca68bu;
	return x ^ x >> 16;
}

static inline uint32_t
pint_hash(uint32_t seed, uint32_t a, uint32_t b)
{
	return pint_mix(pint_mix(seed ^ a) ^ b);
}

/* What a hash is for. Hashes for different purposes, queries or copies have nothing to do with each
 * other. */
enum pint_purpose {
	PINT_PID = 1,  /* the packet's number, from its fields: pint_mix(h ^ word) for each word, h
			  is the seed at first */
	PINT_SET,      /* (pid, 0): the set of queries */
	PINT_LAYER,    /* (pid, 0): the layer of a schedule */
	PINT_ACT,      /* (pid, hop): does the hop act? */
	PINT_VALUE,    /* (pid, value): the value's hash, its top bits */
	PINT_FRAGMENT, /* (pid, 0): which fragment of the value */
	PINT_ROUND,    /* (pid, hop): rounding of codes */
};

/* `query` is any number that the plan gives to each of its queries; 0 for PINT_PID and PINT_SET. */
static inline uint32_t
pint_seed(enum pint_purpose purpose, uint32_t query, uint32_t copy)
{
	return pint_hash(pint_mix(0x50494e54u + (uint32_t)purpose), query, copy);
}

/* floor(2^32 * numerator / denominator), at most 2^32 - 1: a probability, to be compared by `hash <
 * fraction`. */
static inline uint32_t
pint_fraction(uint64_t numerator, uint64_t denominator)
{
	return numerator >= denominator ? UINT32_MAX : (uint32_t)((numerator << 32) / denominator);
}

/* --- schedules: who acts --- */

#define PINT_HOPS 64 /* hops are counted from 1; those beyond 64 leave digests alone */
#define PINT_LAYERS 4

/* Packet p is in the first layer of which hash(LAYER, p, 0) < share; in the last one if there is
 * none. With act = hash(ACT, p, i) hop i replaces the digest when act < replace[layer][i - 1], else
 * XORs into it when act < either[layer][i - 1], else leaves it alone. */
struct pint_schedule {
	uint32_t layers;
	uint32_t share[PINT_LAYERS]; /* cumulated; that of the last layer is UINT32_MAX */
	uint32_t replace[PINT_LAYERS][PINT_HOPS];
	uint32_t either[PINT_LAYERS][PINT_HOPS]; /* at least `replace` */
};

enum pint_scheme {
	PINT_BASELINE, /* a reservoir: the digest is that of one hop, each as likely */
	PINT_XOR,      /* each hop XORs with probability 1/d */
	PINT_HYBRID,   /* 3/4 of the packets as in the baseline; in others hops XOR with 7.75/d */
	PINT_SEARCHED, /* found by search: needs the fewest packets, for paths of any length */
};

/* For paths of typically d hops (1 to PINT_HOPS; clamped) and symbols of so many bits (32 if they
 * are not hashed). Any scheme decodes paths of any length up to PINT_HOPS; XOR and hybrid do it
 * badly when it is not d (docs/pint.md), to the others d means nothing. */
void pint_schedule_make(struct pint_schedule *s, enum pint_scheme scheme, uint32_t d,
			uint32_t bits);

/* --- codes: what a hop writes --- */

#define PINT_COPIES 4

/* A query's digest: `copies` of `bits` bits each, the first in the lowest bits; together at
 * most 32. With fragments == 0 a copy takes the top bits of hash(VALUE, pid, value): for values of
 * which the collector knows the universe. Else values are cut into that many fragments of `bits`
 * bits, lowest first, and the packet carries (an XOR of) the fragment number floor(fragments *
 * hash(FRAGMENT, pid, 0) / 2^32): for values of which nothing is known; with fragments == 1 for
 * those that fit. */
struct pint_code {
	uint8_t bits; /* 1 to 32 */
	uint8_t copies;
	uint8_t fragments; /* 0: values are hashed */
	uint32_t layer_seed[PINT_COPIES], act_seed[PINT_COPIES], value_seed[PINT_COPIES],
		fragment_seed[PINT_COPIES];
	struct pint_schedule schedule;
};

/* Of values of `value_bits` bits when raw, of hashed ones when value_bits is 0. `query` seeds the
 * hashes. False: the numbers are impossible. */
bool pint_code_make(struct pint_code *c, enum pint_scheme scheme, uint32_t d, uint32_t bits,
		    uint32_t copies, uint32_t value_bits, uint32_t query);

enum pint_act { PINT_KEEP, PINT_COMBINE, PINT_REPLACE };

static inline uint32_t
pint_layer(const struct pint_code *c, uint32_t copy, uint32_t pid)
{
	const struct pint_schedule *s = &c->schedule;
	uint32_t hash = s->layers > 1 ? pint_hash(c->layer_seed[copy], pid, 0) : 0, layer = 0;

	while (layer + 1 < s->layers && hash >= s->share[layer])
		layer++;
	return layer;
}

/* hop: 1 to PINT_HOPS */
static inline enum pint_act
pint_act(const struct pint_code *c, uint32_t copy, uint32_t layer, uint32_t pid, uint32_t hop)
{
	uint32_t act = pint_hash(c->act_seed[copy], pid, hop);

	if (act < c->schedule.replace[layer][hop - 1])
		return PINT_REPLACE;
	return act < c->schedule.either[layer][hop - 1] ? PINT_COMBINE : PINT_KEEP;
}

static inline uint32_t
pint_fragment(const struct pint_code *c, uint32_t copy, uint32_t pid)
{
	return (uint32_t)((uint64_t)pint_hash(c->fragment_seed[copy], pid, 0) * c->fragments >> 32);
}

/* What a hop with this value contributes to a packet's copy. */
static inline uint32_t
pint_symbol(const struct pint_code *c, uint32_t copy, uint32_t pid, uint32_t value)
{
	uint32_t fragment;

	if (!c->fragments)
		return pint_hash(c->value_seed[copy], pid, value) >> (32 - c->bits);
	fragment = c->fragments > 1 ? pint_fragment(c, copy, pid) : 0;
	return value >> (fragment * c->bits) & (UINT32_MAX >> (32 - c->bits));
}

/* The digest as hop number `hop` leaves it. It is 0 before the first. */
static inline uint32_t
pint_encode(const struct pint_code *c, uint32_t digest, uint32_t pid, uint32_t hop, uint32_t value)
{
	uint32_t mask = UINT32_MAX >> (32 - c->bits);

	if (hop < 1 || hop > PINT_HOPS)
		return digest;
	for (uint32_t copy = 0; copy < c->copies; copy++) {
		enum pint_act act = pint_act(c, copy, pint_layer(c, copy, pid), pid, hop);
		uint32_t at = copy * c->bits, symbol;

		if (act == PINT_KEEP)
			continue;
		symbol = pint_symbol(c, copy, pid, value);
		digest = (act == PINT_REPLACE ? digest & ~(mask << at) : digest) ^ symbol << at;
	}
	return digest;
}

/* The hops whose symbols the digest's copy is the XOR of, after `hops` hops: bit i - 1 for hop i.
 */
uint64_t pint_acting(const struct pint_code *c, uint32_t copy, uint32_t pid, uint32_t hops);

/* --- decoding: a collector's half --- */

/* The values that a hop may have, and which may follow which. `links` are n + 1 offsets into
 * `next`, which holds indices of values: value v may be followed by next[links[v]] ... next[links[v
 * + 1] - 1]. Links go both ways: name both. links == NULL: any may follow any. */
struct pint_universe {
	const uint32_t *values;
	uint32_t n;
	const uint32_t *links, *next;
};

struct pint_options {
	uint32_t max_hops;    /* longer paths are refused (PINT_LONG); 0: PINT_HOPS, the most */
	uint32_t max_records; /* digests kept of a flow, which bounds its memory, at most 65535; 0: 4096 */
	uint32_t confidence;  /* noise passes for a path in one of 2^confidence cases; 0: 16 */
	bool simple;	      /* no value comes twice on a path */
	bool eager;	      /* try after each packet, not only after each tenth more */
};

enum pint_result {
	PINT_MORE,    /* the path is not known yet */
	PINT_DECODED, /* this packet made the path known */
	PINT_AGREES,  /* the path was known, and the packet fits */
	PINT_CHANGED, /* digests contradict each other, or a known path: decoding starts again.
			 Unless the path was sure (pint_flow_is_sure), it was perhaps never taken:
			 packets took several at once, or the route changed before */
	PINT_LONG,    /* longer than max_hops: ignored */
};

/* A code, a universe (copied) and the memory in which paths are decoded; may be used for any number
 * of flows, by one thread at a time. */
struct pint_decoder;

/* universe == NULL for a code of raw fragments: values are then what the digests say. NULL when
 * memory is short, or code and universe do not go together. */
struct pint_decoder *pint_decoder_make(const struct pint_code *c, const struct pint_universe *u,
				       const struct pint_options *o);
void pint_decoder_free(struct pint_decoder *d);

/* One packet's digest, as the last switch reported it. */
struct pint_digest {
	uint32_t pid, digest;
};

/* The path of `hops` hops from which all these digests come (of different packets; if they are more
 * than max_records, the latest ones): PINT_DECODED and ret_values[0 .. hops - 1], PINT_MORE, or
 * PINT_CHANGED if no path explains them all. */
enum pint_result pint_decode(struct pint_decoder *d, uint32_t hops,
			     const struct pint_digest *digests, uint32_t n, uint32_t *ret_values);

/* Fewer packets never make a path known: noise would be taken for one too easily. */
uint32_t pint_packets_min(const struct pint_decoder *d, uint32_t hops);

/* What is known of a flow; zeroed at first, to be finished by pint_flow_fini. It owns `memory`:
 * digests until the path is known, then the path. */
struct pint_flow {
	void *memory;
	uint32_t packets;	 /* seen since decoding began */
	uint32_t next_or_agreed; /* until known: digests at the next try; then: packets that agreed */
	uint16_t records;	 /* digests kept */
	uint16_t room;		 /* records that fit into `memory`, in eights */
	uint16_t contradictions; /* so often decoding started again (65535: or more often) */
	uint8_t hops;		 /* of the path; 0: no packet yet */
	bool known;		 /* the path is known: `packets` is how many it took */
};

/* A packet arrived after `hops` hops. */
enum pint_result pint_flow_add(struct pint_decoder *d, struct pint_flow *f, uint32_t pid,
			       uint32_t hops, uint32_t digest);

/* Do all of a flow's packets take the known path? If all digests come from one path, that is known. If
 * packets take several at once, it may be put together of some of each; but then every further packet
 * has a chance to contradict it, whichever path it takes. After so many packets without a
 * contradiction the path is sure: a flow ever has a sure path that no packet took with a probability
 * of at most 1.65 * 2^-confidence, however often decoding starts again. */
bool pint_flow_is_sure(const struct pint_decoder *d, const struct pint_flow *f);
/* The packets that must agree with a path until it is sure, after so many contradictions. */
uint32_t pint_packets_sure(const struct pint_decoder *d, uint32_t hops, uint32_t contradictions);
/* The caller knows that the digests of a flow contradict each other, or its path: decoding starts again. */
void pint_flow_contradict(const struct pint_decoder *d, struct pint_flow *f);
/* The known path, f->hops values. */
void pint_flow_path(const struct pint_decoder *d, const struct pint_flow *f, uint32_t *ret_values);
/* What is known before the whole path is: bit i - 1 for hop i, whose value is then ret_values[i -
 * 1] (room for PINT_HOPS), as sure as it is that all digests come from one path. Of raw fragments
 * nothing. */
uint64_t pint_flow_known(struct pint_decoder *d, const struct pint_flow *f, uint32_t *ret_values);
size_t pint_flow_bytes(const struct pint_decoder *d, const struct pint_flow *f);
void pint_flow_fini(struct pint_flow *f);

#ifdef __cplusplus
}
#endif
#endif
