/* network.h - the manifest's section "network": how the digests of packets are shared among queries over network(), and how what is in them was
 * coded. What every switch's program does and what the collector takes it for is this, to the bit (docs/pint.md). Data only; lives in the manifest's
 * arena. The engine makes it (plan/network.h).
 */
#ifndef MANIFEST_NETWORK_H
#define MANIFEST_NETWORK_H

#include "base/str.h"
#include "base/vec.h"
#include "packetscope/pint_tag.h"

#define NETWORK_VERSION 1 /* of the shim */
#define NETWORK_ETHERTYPE 0x88b6
#define NETWORK_REPORTS "psn_reports" /* the name of the query that the last switches' reports come from */

/* What a hop makes of its part of the digest, as the query's kind says:
 *   static         pint_encode(&path, digest, pid, hop, value)
 *   quantile       pint_encode(&path, digest, pid, hop, code), where code = pint_scale_code(scale, value, random) of the scale of `range`
 *   max, min, sum  pint_fold_add(scale, fold, digest, value, random); the source writes pint_fold_start first
 *   ... as a tag   pint_tag_add(digest, fold, { network_signal(value), pint_scale_code(scale, value, 0), switch, port })
 * random = pint_hash(pint_seed(PINT_ROUND, number, 0), pid, hop). Values are numbers of 32 bits (larger ones are clamped): times in ticks of the switch's clock,
 * utilisation as pint_load_packet returns it, everything else as it is.
 */
enum network_kind { NETWORK_STATIC, NETWORK_QUANTILE, NETWORK_MAX, NETWORK_MIN, NETWORK_SUM };
enum network_value { NETWORK_SWITCH_ID, NETWORK_HOP, NETWORK_LATENCY, NETWORK_UTILIZATION, NETWORK_FIELD };

struct network_flow_key {
	struct str name;	/* of the column */
	VEC(uint32_t) fields; /* in manifest_network.fields: the first that is there */
};

struct network_query {
	struct str name;
	enum network_kind kind;
	enum network_value value;
	struct str value_name, value_type; /* "ipv4.ttl"; a word of ir_kind_name: "int", "time", "port"... */
	VEC(struct network_flow_key) flow;
	int32_t filter;	 /* an expression of the graph, by number: which packets it is about; -1: all */
	uint32_t number; /* seeds its hashes; from 1 */
	bool is_tag;	 /* the part is a tag, and its bucket the code */
	uint32_t bits;	 /* of a copy; the query's part of the digest has bits * copies */
	uint32_t copies;
	uint32_t value_bits; /* of the value itself */
	double frequency; /* share of the packets that carry it */
	VEC(double) quantiles;
	double theta; /* QUANTILE: values with at least this share are asked for, instead of quantiles; 0 */
	uint64_t space, window_ns;
	struct pint_code path;	 /* STATIC, QUANTILE */
	struct pint_range range; /* of the others; QUANTILE too */
};

/* Bits lo .. lo + bits * copies - 1 of the digest, the first copy in the lowest ones. */
struct network_part {
	uint32_t query, lo;
};

/* The packets with last of the set before < hash(SET, pid, 0) <= last; the last set's is UINT32_MAX. */
struct network_set {
	uint32_t last;
	VEC(struct network_part) parts; /* ascending by lo, never overlapping */
};

struct manifest_network {
	uint32_t budget;    /* bits of the digest; 0: there are no queries over network() */
	uint32_t plan;	    /* 4 bits: digests of another plan are not read */
	uint32_t ethertype; /* of the shim */
	VEC(uint32_t) fields;	/* of the graph: what a report holds of the packet's headers */
	VEC(struct str) identity; /* fields that the packet's number is made of, for people: "ipv4.identification" */
	VEC(struct network_query) queries;
	VEC(struct network_set) sets;
};

/* What tags call it. */
static inline uint32_t
network_signal(enum network_value v)
{
	return (uint32_t)v + 1;
}

/* Bits of the code of a query's values. */
static inline uint32_t
network_code_bits(const struct network_query *q)
{
	return q->is_tag ? PINT_TAG_BUCKET_BITS : q->bits;
}

/* Which set a packet is of. */
static inline uint32_t
network_set_of(const struct manifest_network *n, uint32_t pid)
{
	uint32_t hash = pint_hash(pint_seed(PINT_SET, 0, 0), pid, 0), i = 0;

	while (i + 1 < n->sets.n && hash > n->sets.v[i].last)
		i++;
	return i;
}

#endif
