/* mix.h - a mix of traffic, what was answered of it, and what is true. */
#ifndef TESTS_LOSS_MIX_H
#define TESTS_LOSS_MIX_H

#include "control/control.h"
#include "device/soft.h"
#include "ir/trace.h"
#include "manifest/manifest.h"
#include "target/soft/soft.h"

struct random {
	uint64_t s;
};

/* One answer of one side: a row, or what is known of an epoch. */
struct answer {
	uint32_t query, nkeys;
	uint64_t epoch;
	struct str key;	 /* of the first keys: of LOST its own, of others all */
	struct str name; /* the whole key */
	int64_t count;
};

struct known {
	uint32_t query;
	uint64_t epoch;
	struct ir_epoch_info info;
	int64_t sum;
	uint32_t rows;
};

struct side {
	VEC(struct answer) rows;
	VEC(struct known) epochs;
};

struct program {
	struct arena *a;
	struct diags *d;
	struct str path, queries, entries;
	struct manifest m;
	struct ir_graph *graph;
	struct soft_object object;
	bool forgetful; /* packets that come back have no time of arrival */
};

struct mix {
	struct program *p;
	struct arena *a;
	struct random r;
	uint32_t number;
	bool verbose;
	struct sw *sw;
	struct soft_device dev;
	struct control *c;
	struct sw_trace *trace;
	struct side mine, truth;
	uint64_t base, late; /* ns */
	uint64_t sent, left, lost, queued; /* towards queues, of what losses are about */
	uint64_t refused; /* copies that the switch did not make: to whoever counts, they are lost */
	bool inside; /* something was, at the end: clones too */
	char why[400];
	uint32_t nodes[8];
	/* of all mixes */
	uint64_t checked_rows, checked_epochs, incomplete, unnamed;
};

/* Keeps the first of a mix's faults; false. */
bool mix_fail(struct mix *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Compares what was answered with the truth. */
void mix_judge(struct mix *m);

#endif
