/* kernel.h - queries on the running kernel, from files to rows: what `live` and `lab` share.
 *
 * The order is kernel_prepare (queries to an object), kernel_open (into the kernel), kernel_run (until a signal or the duration is
 * over), kernel_close at any point.
 */
#ifndef UI_KERNEL_H
#define UI_KERNEL_H

#include "control/control.h"
#include "device/linux.h"
#include "host/netdev.h"
#include "manifest/kernel.h"
#include "sink/sink.h"
#include "target/linux/linux.h"
#include "ui/options.h"
#include "ui/page.h"

struct kernel {
	const char *command;
	struct compilation c; /* arena, diagnostics, graph, plan, manifest */
	struct compile_options options;
	struct str text; /* of queries, when there are no files */
	const char **ports;
	struct linux_options target;
	struct kernel_facts facts;
	struct kernel_program program;
	struct str object;
	struct linux_device *device;
	struct control *control;
	struct sink *sink;
	bool json, csv, quiet;
	bool in_place; /* each answer takes the place of the last one on the terminal, */
	struct page *page; /* which is this; NULL before kernel_open and else */
	uint64_t duration; /* ns; UINT64_MAX: until a signal */
	uint64_t shown;	   /* when answers were shown last */
	bool fresh;	   /* results that nobody has seen yet */
	bool (*on_result)(void *user, const struct ir_result *r); /* true: don't print it; may be NULL */
	void (*on_tick)(void *user, uint64_t now);		  /* each time epochs have been looked at; may be NULL */
	void *user;
	uint64_t qdisc_before[KERNEL_PORTS], softnet_before, netdev_before[KERNEL_PORTS];
	uint64_t compile_ns;
};

void kernel_init(struct kernel *k, const char *command);
void kernel_fini(struct kernel *k);
/* --tag: map, stamp or mark:MASK. False after a message. */
bool kernel_tag(struct kernel *k, const char *where);
/* False after a message, or when c.printed. */
bool kernel_prepare(struct kernel *k);
bool kernel_open(struct kernel *k);
bool kernel_run(struct kernel *k); /* until it is interrupted (ui/interrupt.h) or the duration is over */
void kernel_close(struct kernel *k);

/* What three witnesses say of lost packets, and what the tool itself did not see. */
struct kernel_witness {
	uint64_t seen, offered, started, lost, segmented, dropped, local, elsewhere;
	uint64_t own_offered, own_started, own_lost, own_segmented;
	uint64_t freed;	     /* all packets freed while queued */
	uint64_t cut, freed_untagged; /* of them in segments, which the qdiscs count instead; segments and others that have no tag */
	uint64_t difference; /* offered and not started or segmented: lost, or still queued */
	uint64_t queued;     /* that are in the qdiscs now */
	uint64_t qdisc;	     /* drops that the qdiscs count */
	bool looked, agree; /* into the queues; whoever didn't has no say */
	uint64_t untagged, collisions, late, merged, requeued, copies, marked, missed_runs, keys_apart, softnet, netdev;
	uint64_t unseen; /* have come, and then nobody saw them again, while all hooks were looked at */
};
/* Remembers what the qdiscs and interfaces have dropped before. */
void kernel_witness_begin(struct kernel *k);
void kernel_witness(const struct kernel *k, struct kernel_witness *ret);
/* A line or two for people, a JSON line, or a table of one line (CSV). */
void kernel_report(const struct kernel *k, FILE *out);

#endif
