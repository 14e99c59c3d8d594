/* pint.h - queries over network() as P4: every switch's program gets a shim that packets carry from switch to switch, and code that
 * updates the digest in it (docs/pint.md).
 *
 * It is a step before and after the ordinary weaving:
 *
 *	weave_network        changes the user's tree: parser, deparser, tables, the update of the digest at the end of egress
 *	p4_check             again; then plan and weave as ever, with one more query: weave_network.reports
 *	weave_network_end    puts the shim on and takes it off, behind everything else; so neither the user's program nor ordinary
 *	                     queries see it
 */
#ifndef WEAVE_PINT_H
#define WEAVE_PINT_H

#include "plan/network.h"
#include "plan/plan.h"

/* Where packets carry digests. */
struct weave_shim {
	uint32_t ethertype; /* a shim behind Ethernet, with this EtherType; 0: NETWORK_ETHERTYPE */
	/* a field of the user's headers instead: "ipv4", "identification"; empty: none. It is 0 when hosts get it. */
	struct str header, field;
	uint32_t ttl; /* with a field: the TTL or hop limit that hosts send with */
};

/* Control-plane names of what whoever runs the switch fills in. */
struct weave_network_names {
	struct str inner_ports; /* value set: ports that lead to switches; all others are edges */
	struct str switch_table, switch_action; /* without key: the default action's parameter is the switch's id */
	struct str port_table, port_action; /* by egress port; weave_network_port writes the parameters. Those that are not there are edges */
	struct str counts; /* counter, by enum weave_network_count */
};

/* What the program counts, in packets. */
enum weave_network_count {
	WEAVE_NETWORK_SOURCE,	/* got a shim */
	WEAVE_NETWORK_SINK,	/* it was taken off */
	WEAVE_NETWORK_LONG,	/* would not have fit the link with a shim: passed without */
	WEAVE_NETWORK_FOREIGN,	/* had a shim of another version or plan */
	WEAVE_NETWORK_STRANGER, /* were dropped: a host sent the shim's EtherType, and there was no room to wrap it up */
	WEAVE_NETWORK_COUNTS
};

/* What the switch must know of a port that leads to a switch. */
struct weave_network_port {
	uint32_t number;
	bool is_edge;
	uint32_t mtu;	   /* bytes behind the Ethernet header; 0: any */
	uint64_t rate_bps; /* 0: unlimited */
};

struct weave_network {
	const struct plan_network *plan;
	struct weave_shim shim;
	struct weave_network_names names;
	uint32_t shim_bytes; /* 0 in a field */
	/* The query text (of the ordinary kind) whose tuples are the reports: columns pid, hops, digest, there, then each of
	 * plan->network->fields. `there` has bit i set when field i is. */
	struct str reports;
	struct pint *inside; /* pint_inside.h */
};

/* NULL after errors. `g` has the queries that `n` was made of, over p's schema. The tree of p->p4 is taken over and changed: check it again. */
struct weave_network *weave_network(struct arena *a, struct diags *d, const struct plan_program *p, const struct plan_target *t,
				    struct ir_graph *g, const struct plan_network *n, const struct weave_shim *shim);
/* `p4`: the program checked again, whose tree weave() has taken over. */
void weave_network_end(struct weave_network *n, struct p4_program *p4);

/* The commands that tell a switch who it is and where its ports lead, as simple_switch_CLI takes them. `rtt_ns`: the longest round trip in
 * the network without queues (for link.utilization). */
void weave_network_commands(FILE *out, const struct weave_network *n, uint32_t switch_id, uint64_t rtt_ns,
			    const struct weave_network_port *ports, uint32_t nports);

#endif
