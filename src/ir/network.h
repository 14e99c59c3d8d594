/* network.h - checked queries over network(): what is asked of the switches on a packet's path, and with how many bits of the packets' digest
 * (docs/pint.md). The query front end makes them, the engine (plan/network.h) gives them their share of packets, the collector (control/pint.h)
 * answers them. They live beside the ordinary queries of a graph (ir_graph.network), in its arena.
 */
#ifndef IR_NETWORK_H
#define IR_NETWORK_H

#include "ir/graph.h"

#define IR_NETWORK_QUERIES 16
#define IR_NETWORK_BITS 32   /* of the digest, at most */
#define IR_NETWORK_COPIES 4  /* of a query, in one packet */
#define IR_NETWORK_QUANTILES 8
#define IR_NETWORK_EITHER 4
#define IR_NETWORK_FIELDS 24 /* of reports */

enum ir_net_kind {
	IR_NET_STATIC,	 /* per_flow(VALUE): each hop's value, which is the same for all packets of a flow: paths */
	IR_NET_QUANTILE, /* per_flow(quantile(VALUE, [P...])) or per_flow(frequent(VALUE, SHARE)): of each hop's values */
	IR_NET_MAX,	 /* per_packet(max(VALUE)): of the values along the packet's path */
	IR_NET_MIN,
	IR_NET_SUM,
};

/* value, spelling, kind, bits; those that are fields of packets too (queuing.delay, port_in, ipv4.ttl) are IR_NET_FIELD */
#define IR_NET_VALUES(X)                                                                                        \
	X(IR_NET_SWITCH_ID, "switch_id", IR_INT, 32)		/* set by whoever runs the switch; never 0 */   \
	X(IR_NET_HOP, "hop", IR_INT, 8)				/* from 1 */                                    \
	X(IR_NET_LATENCY, "hop.latency", IR_TIME, 64)		/* from arrival to leaving the queue */         \
	X(IR_NET_UTILIZATION, "link.utilization", IR_FLOAT, 32) /* of the link that the packet leaves by, 0..1 and beyond while a queue grows */ \
	X(IR_NET_FIELD, "", IR_INT, 0)

enum ir_net_value {
#define X(kind, text, type, bits) kind,
	IR_NET_VALUES(X)
#undef X
};

/* In (0, 1]. */
struct ir_net_fraction {
	uint32_t num, den;
};

/* What makes a flow: one of its fields, as the packet arrived at the last switch. `l4.srcPort` is that of whichever transport header is there: the
 * first of `fields` that is. */
struct ir_net_key {
	struct str name; /* as the query spells it */
	struct ir_type type;
	const struct ir_field *fields[IR_NETWORK_EITHER];
	uint32_t nfields;
};

struct ir_net_query {
	struct str name;
	uint32_t index; /* in ir_network.queries */
	struct span at; /* of its name */
	enum ir_net_kind kind;

	enum ir_net_value value;
	const struct ir_field *field; /* IR_NET_FIELD: port_in, port_out, queuing.*, packet.len_*, or a header's, as the packet arrived */
	struct ir_type type;	      /* of the value */
	struct str value_text;	      /* as messages call it: "hop.latency" */
	double quantiles[IR_NETWORK_QUANTILES];
	uint32_t nquantiles;
	double theta; /* instead of quantiles: the values that at least this share of a hop's are; 0: not asked */

	VEC(struct ir_net_key) flow; /* none: all packets are one flow (per_packet only) */
	/* Holds for the packets that are asked about; over fields of headers that no switch may change; NULL: all. */
	const struct ir_expr *filter;
	struct span filter_at;

	bool is_tag;	 /* answered by a tag (packetscope/pint_tag.h), which tells where it was, too: max and min */
	uint32_t bits;	 /* of one copy */
	uint32_t copies; /* independent ones in each packet that the query has; 0: as many as there is room for */
	uint64_t largest; /* value that is told from larger ones: ns, packets, bytes...; 0: a default by what it is */
	struct span bits_at;
	struct ir_net_fraction frequency; /* of the packets that carry it, at least */
	struct span frequency_at;
	uint64_t space; /* bytes that the collector may keep for a flow; 0: as it likes */
	struct span space_at;
	uint64_t window_ns;
};

struct ir_network {
	uint32_t budget; /* bits of the digest */
	struct span budget_at; /* where it is stated; the first query where it isn't */
	VEC(struct ir_net_query *) queries;
	/* What the report of a packet has to hold beside its number, hops and digest: the fields that flows and filters read, each once. */
	VEC(const struct ir_field *) fields;
};

/* "switch_id", "hop.latency"... */
const char *ir_net_value_name(enum ir_net_value v);
/* "max", "quantile"...; "" for static values. */
const char *ir_net_kind_name(enum ir_net_kind k);
/* For people, behind the graph's text form (-d graph), as its comments: what travels is the manifest's section. */
void ir_network_print(FILE *out, const struct ir_network *n);

#endif
