/* sink.h - where results go: a table for people, JSON lines or CSV for programs. docs/json.md
 * describes all three.
 *
 * A sink writes to a FILE that stays the caller's. Write errors (a closed pipe, a full disk) are
 * remembered; sink_error tells early, sink_finish at last.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ir/eval.h"

struct sink;

/* Packets that did not leave, for one reason. */
struct sink_drop {
	struct str where; /* "ingress", "egress", "queue", "port" */
	struct str reason, class; /* docs/semantics.md, "Discard classes" */
	uint64_t packets;
};

/* What became of all packets: received + copies = forwarded + dropped_ingress + dropped_egress +
 * lost_queue + queued + not_sent. */
struct sink_totals {
	uint64_t received;
	uint64_t copies; /* made by the switch: clones, and of a multicast packet its members less
			    one */
	uint64_t forwarded, dropped_ingress, dropped_egress, lost_queue, queued;
	uint64_t not_sent; /* they had come out of the switch, and no interface took them */
	const struct sink_drop *drops; /* dropped, lost and not sent, by class and reason */
	uint32_t ndrops;
};

/* A figure of the caller's own: a number, or whether something is so. */
struct sink_figure {
	const char *name;
	uint64_t value;
	bool is_truth;
};

struct sink *sink_make_table(FILE *out);
struct sink *sink_make_json(FILE *out);
struct sink *sink_make_csv(FILE *out);

/* One query's result of one epoch. `start_ns`: the capture's time at which the switch's clock is 0.
 */
void sink_result(struct sink *s, const struct ir_result *r, uint64_t start_ns);
void sink_switch(struct sink *s, const struct sink_totals *t);
/* A table of one line, between the rows: CSV only, since whoever writes tables and JSON says such things in words of its own. */
void sink_figures(struct sink *s, const struct sink_figure *v, uint32_t n);
/* Makes what has been written visible: for live runs, after each batch of epochs. */
void sink_flush(struct sink *s);
/* 0, or -errno of the first write that failed. */
int sink_error(const struct sink *s);
/* Flushes and frees the sink; as sink_error. */
int sink_finish(struct sink *s);

#endif
