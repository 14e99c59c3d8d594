/* net.h - what the parts of `packetscope net` share: what was asked for (struct net), and one run of it (struct net_run).
 *
 *	net_cmd.c        options, the order of things
 *	net_setup.c      topology, links, programs, entries: up to what can be run
 *	net_entries.c    routes for programs that are given no entries
 *	net_schedule.c   what changes on the way
 *	net_traffic.c    what hosts send
 *	net_run.c        switches, controllers and the collector while time passes
 *	net_truth.c      decoded paths against those that packets really took
 *	net_found.c      the last row of each flow, for the page
 *	net_report.c     what became of all packets
 *	net_html.c       the network as a page; net_layout.c: where nodes go
 *
 * All of a struct net lives in `arena`, that of its first program's compilation.
 */
#ifndef UI_NET_H
#define UI_NET_H

#include "control/control.h"
#include "control/pint.h"
#include "device/soft.h"
#include "net/route.h"
#include "net/world.h"
#include "sink/sink.h"
#include "ui/load.h"
#include "ui/progress.h"

#define NET_RATE 1000000000u /* bits per second of links that nobody says anything about */
#define NET_DELAY 10000u     /* ns */

/* The command line. */
struct net_args {
	struct ui_compile_args compile;
	char *program, *schedule, *reroute, *flow_sizes, *flow_rate, *within, *until, *seed, *depth, *html;
	const char **entries, **rates, **delays, **losses, **at, **captures, **pings;
	int flows, flow_packets, packet_size, ping_count, mtu, json, csv, no_cache, no_compare;
};

/* A compiled program, which may serve many switches. */
struct net_program {
	const char *path;
	struct compilation c;
	struct compile_options options;
};

/* What is known of a switch before it runs: by id - 1. */
struct net_site {
	struct net_program *program; /* with queries */
	struct net_program *plain;   /* without */
	struct load load;
	bool has_entries; /* somebody gave it some; else it gets routes */
};

enum net_change_kind { NET_LINK, NET_LINK_LOSS, NET_LINK_DELAY, NET_COMMAND };

/* Something that happens at a time. */
struct net_change {
	uint64_t at;
	enum net_change_kind kind;
	struct str text; /* as it was written */
	VEC(uint32_t) links;
	bool is_up;
	uint64_t value;	 /* loss in ppm, delay in ns */
	uint32_t node;	 /* of a command */
	struct load load;
};

struct net {
	struct net_args args;
	struct arena *arena;
	struct diags *diags;
	struct net_topology *t;
	VEC(struct net_program *) programs; /* the first is that of -p, or the default one */
	VEC(struct net_program *) plain;    /* the same without queries, when there are any and runs are compared */
	struct net_link *links; /* as they are before anything changes */
	struct net_site *sites;
	VEC(struct net_change) changes; /* by time */
	bool is_default; /* the program is ours */
	uint64_t seed, reroute_ns, until_ns, depth; /* reroute: UINT64_MAX, never */
	bool depth_is_bytes;
	uint64_t start_ns; /* the captures' time at the clock's 0 */
};

/* A switch that runs. */
struct net_switch {
	struct net_run *run;
	uint32_t node;
	struct net_site *site;
	const struct compilation *c;
	struct soft_device soft;
	struct control *control; /* NULL without queries */
	uint64_t packets;
};

/* What hosts got of a packet: enough to compare two runs. */
struct net_delivery {
	uint64_t hash; /* of all copies, with the hosts */
	uint32_t copies;
};

struct net_traffic_state;
struct net_truth;
struct net_found;

struct net_run {
	struct net *net;
	bool is_plain;
	struct arena *arena;
	struct net_world *world;
	struct net_switch *switches; /* by id - 1 */
	struct net_traffic_state *traffic;
	struct net_truth *truth;	     /* NULL: no paths are asked for */
	struct net_found *found;	     /* for a drawing; else NULL */
	struct pint_collector *collector;    /* NULL: no queries over network() */
	struct sink *sink;
	struct progress *progress;
	VEC(uint64_t) keys;		     /* by the world's number of a packet: the traffic's, the same in all runs */
	VEC(struct net_delivery) deliveries; /* by key */
	uint64_t arrivals, last_ns; /* of packets at switches and hosts: how many at switches, the last one's time */
	int error; /* -errno of a device */
	bool failed; /* a command on the schedule was wrong; reported */
	struct event tick;
	uint64_t window_ns; /* of the reports */
};

/* How many packets of two runs are alike. */
struct net_comparison {
	uint64_t same, differ, only_here, only_there;
};

/* --- net_setup.c --- */

/* Topology, options, programs, entries; false after messages, or when a stage was printed. */
bool net_prepare(struct net *net, const char *topology);
void net_fini(struct net *net);
/* Nodes of "A-B"; false: there are none. */
bool net_pair(const struct net *net, struct str text, uint32_t ret[2]);
/* The links between two nodes. */
uint32_t net_links_between(const struct net_topology *t, uint32_t a, uint32_t b, uint32_t *ret, uint32_t most);
/* A wrong option: reported. */
void net_wrong(struct net *net, const char *option, const char *value, const char *expected);

/* --- net_entries.c --- */

/* Routes to all hosts over the links that are up, as commands of simple_switch_CLI; none when the program has no table for them. */
void net_routes_write(FILE *out, struct diags *d, const struct net *net, struct net_routes *r, const struct net_switch *s);

/* --- net_schedule.c --- */

/* All of --at and --schedule. */
bool net_schedule_read(struct net *net);
/* Adds the events of a run. */
void net_schedule_start(struct net_run *r);

/* --- net_traffic.c --- */

struct net_traffic_state *net_traffic_make(struct net_run *r);
void net_traffic_close(struct net_traffic_state *t);
/* A host got a packet: pings are answered. */
void net_traffic_deliver(struct net_traffic_state *t, uint32_t host, uint64_t time_ns, const struct net_packet *p);
struct net_pings {
	uint64_t sent, answered, least_ns, most_ns, sum_ns;
};
struct net_pings net_traffic_pings(const struct net_traffic_state *t);
/* Checks options before anything runs. */
bool net_traffic_check(struct net *net);

/* --- net_run.c --- */

/* Opens everything; false after messages. */
bool net_run_open(struct net_run *r, struct net *net, bool is_plain, struct sink *sink);
/* Until nothing happens any more. False after a message. */
bool net_run_drive(struct net_run *r);
void net_run_close(struct net_run *r);
/* Applies commands to a switch; false: reported. */
bool net_run_apply(struct net_switch *s, const struct sw_commands *commands);
/* Routes of all switches that live by them, as the links are now. */
bool net_run_route(struct net_run *r);
struct net_comparison net_run_compare(const struct net_run *r, const struct net_run *other);

/* --- net_report.c --- */

/* The balance and all that, behind the rows. `plain`: the run without queries; NULL: there was none. */
void net_report(FILE *out, const struct net_run *r, const struct net_run *plain);

#endif
