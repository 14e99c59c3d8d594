/* collect.h - reads one query's state from a device: table rows of closed epochs, per-epoch counters, the ring of
 * tuples; and hands it to the evaluator as partial rows. Buffers live in the arena of the run. */
#ifndef CONTROL_COLLECT_H
#define CONTROL_COLLECT_H

#include "base/map.h"
#include "device/device.h"
#include "ir/eval.h"
#include "manifest/manifest.h"

#define COLLECT_COLUMNS 32
#define COLLECT_WORDS 8

/* The registers of a column, resolved. */
struct collect_column {
	const struct manifest_column *m;
	uint32_t regs[COLLECT_WORDS];
	bool is_reason;
};

struct collect {
	struct arena *arena;
	const struct manifest *manifest;
	const struct manifest_state *m;
	const struct ir_query *query;
	struct device dev;
	struct ir_eval *eval;
	uint32_t cell, cell_out, absent, overflow_in, overflow_out, ring_sequence, ring_epoch;
	struct collect_column columns[COLLECT_COLUMNS], ring[COLLECT_COLUMNS];
	uint32_t nkeys, nvalues; /* of partial rows */
	uint64_t *cells; /* buffer: rows * stages */
	uint64_t *counters, *counters_out; /* epoch_cells */
	uint64_t open;	   /* the first epoch that is not closed */
	uint64_t entered;  /* the epoch of the last arrival when its rows were last read */
	uint32_t sequence; /* ring tuples read so far, modulo 2^32 */
	struct map reasons; /* texts already made, by code */
};

/* Fills the rest of a collect whose arena, manifest, m, query, dev and eval are set. False, with an error in `d`,
 * when the device lacks a register or the manifest makes no sense. */
bool collect_open(struct collect *c, struct ir_graph *g, struct diags *d);
/* Takes the ring's new tuples. 0 or -errno. */
int collect_ring(struct collect *c);
/* Takes rows and counters of the epochs [c->open, end) and moves c->open to end. 0 or -errno. */
int collect_epochs(struct collect *c, uint64_t end);

#endif
