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
#define COLLECT_SWEEP (1u << 28) /* epochs between two sweeps */
#define LATE_REPORTED 65536 /* epochs of one reading that are reported as missed, at most */

/* A number of 1, 2, 4 or 8 bytes. */
static inline uint64_t
collect_number(const void *p, uint32_t bytes)
{
	switch (bytes) {
	case 8:
		return *(const uint64_t *)p;
	case 4:
		return *(const uint32_t *)p;
	case 2:
		return *(const uint16_t *)p;
	}
	return *(const uint8_t *)p;
}

static inline uint64_t
collect_cell(const struct device_cells *w, uint32_t index)
{
	return collect_number((const uint8_t *)w->at + (size_t)index * w->stride, w->bytes);
}

/* The registers of a column, resolved. */
struct collect_column {
	const struct manifest_column *m;
	uint32_t regs[COLLECT_WORDS];
	struct device_cells window; /* of the first; of a value that the epoch's cell holds, the cell's half */
	enum ir_kind kind; /* of the result: codes of IR_REASON and IR_DISCARD become texts */
};

struct collect_regs {
	uint32_t *v, n, cap;
};

struct collect {
	struct arena *arena;
	const struct manifest *manifest;
	const struct manifest_state *m;
	const struct ir_query *query;
	struct device dev;
	struct ir_eval *eval;
	struct collect_lost *lost; /* LOST: what its rows become; NULL for others */
	uint32_t cell, cell_out, absent, overflow_in, overflow_out, ring_sequence, ring_epoch;
	struct collect_column columns[COLLECT_COLUMNS], ring[COLLECT_COLUMNS];
	uint32_t nkeys, nvalues; /* of partial rows */
	/* claims.c: rows that have been claimed and wait for their epochs to close */
	bool has_log, *waits;	/* by row */
	uint32_t *claimed, nclaimed, logged, log_sequence, log_row;
	uint32_t *aside, naside; /* of those, rows of one epoch that are about to be handed on together */
	struct device_cells log_window;
	struct device_cells cell_window, out_window, next_window, ring_epoch_window;
	bool plain_rows, plain_ring; /* rows, tuples that rows.c takes */
	struct collect_shared *shared; /* rows of several queries; then `query` is NULL; NULL for others */
	struct collect_raw *raw; /* tuples are fields of packets; NULL for others */
	uint64_t *cells; /* buffer: rows * stages */
	uint64_t *counters, *counters_out; /* epoch_cells */
	uint64_t open;	   /* the first epoch that is not closed */
	uint64_t seen;	   /* the epoch that the last row without losses was of, + 1 */
	uint64_t sweep_at; /* the open epoch at which cells of long ago are emptied next */
	bool *emptied;	   /* rows that were emptied beside packets, of which some may have been claimed meanwhile; NULL: that is known */
	uint64_t told;	   /* the first epoch that the evaluator has not closed */
	uint64_t entered;  /* the epoch of the last arrival when its rows were last read */
	bool gives_back;   /* rows that have been read may be claimed by the epoch that begins now */
	uint32_t sequence; /* ring tuples read so far, modulo 2^32 */
	uint32_t patience; /* so many tuples are worth being read beside packets */
	const uint32_t *written; /* ring tuples so far, modulo 2^32, where the device keeps them; NULL: it has to be asked */
	struct map reasons, classes; /* texts already made, by code */
	/* of devices that are read while packets go on: */
	struct collect_regs of_rows, of_ring; /* what is copied before it is read */
	uint64_t *left;	  /* cell_out as it was read last: what closed epochs have more since then left too late */
	uint64_t strays;
};

/* Fills the rest of a collect whose arena, manifest, m, query, dev and eval are set. `wanted`: queries whose rows are asked for, by index. False, with an
 * error in `d`, when the device lacks a register or the manifest makes no sense. */
bool collect_open(struct collect *c, struct ir_graph *g, struct diags *d, const bool *wanted);
/* For devices that have been running: nothing before the first epoch that begins at `from` or later is of interest. 0 or -errno. */
int collect_begin(struct collect *c, uint64_t from);
/* The device forgot everything: the epochs up to that of `now` are incomplete. */
void collect_abandon(struct collect *c, uint64_t now);
/* Frees what it holds beside the arena. */
void collect_close(struct collect *c);
/* Takes the ring's new tuples. 0 or -errno. */
int collect_ring(struct collect *c);
/* Takes rows and counters of the epochs [c->open, end) and moves c->open to end. 0 or -errno. */
int collect_epochs(struct collect *c, uint64_t end);


/* --- inside ---------------------------------------------------------------------------------------- */

/* Resolves a register; false after an error. */
bool collect_register(struct collect *c, struct diags *d, struct str name, uint32_t *ret);
bool collect_resolve(struct collect *c, struct diags *d, const struct manifest_column *m, struct collect_column *ret);
int collect_read(struct collect *c, const struct collect_column *col, uint32_t index, struct ir_value *ret);
/* What the bits of a column mean. */
struct ir_value collect_value(struct collect *c, const struct collect_column *col, ir_u128 bits);
/* A stored epoch as a number, by its distance from `now`, the epoch of the latest arrival; false: it is none. */
bool collect_epoch(const struct collect *c, uint64_t now, uint32_t stored, uint64_t *ret);
/* The epoch of the latest arrival. 0 or -errno. */
int collect_arrived(struct collect *c, uint64_t *ret);
/* Tuples of open epochs up to `now` were overwritten before they were read. */
void collect_missed(struct collect *c, uint64_t now, uint32_t n);

/* claims.c: looks for rows that have been claimed since the last time. 0 or -errno. */
bool collect_claims_open(struct collect *c, struct diags *d);
int collect_claims(struct collect *c);

/* sweep.c: empties cells of long ago. The second, before rows are taken that may have been emptied by that. 0 or -errno. */
int collect_sweep(struct collect *c, uint64_t now);
int collect_swept(struct collect *c, uint64_t now);

/* rows.c: what the device lets us look into; whether columns of `cells` cells are such that collect_plain takes their rows. */
void collect_look(struct collect *c);
bool collect_windows(struct collect *c, struct collect_column *columns, uint32_t n, uint32_t cells, const struct ir_partial *layout);
/* n tuples of the ring from `first` on; n rows of the table by their numbers, or from `first` on. */
void collect_plain_tuples(struct collect *c, uint32_t first, uint32_t n, uint64_t epoch);
void collect_plain_rows(struct collect *c, const uint32_t *rows, uint32_t n, uint64_t epoch);
void collect_plain_part(struct collect *c, uint32_t first, uint32_t n, uint64_t epoch);

/* shared.c: rows of a table that several queries share. The layout is that of the table; false: its rows can't be taken as they lie. */
bool collect_shared_open(struct collect *c, struct ir_graph *g, struct diags *d, const bool *wanted);
bool collect_shared_layout(const struct collect *c, struct ir_graph *g, struct ir_partial *ret);
/* n rows whose columns lie in arrays, as ir_eval_cells() takes them; one row of values. */
void collect_shared_cells(struct collect *c, uint64_t epoch, const struct ir_cells *columns, const uint32_t *rows, uint32_t n);
void collect_shared_row(struct collect *c, uint64_t epoch, const struct ir_value *values);
/* Leaves the queries out that are gone; returns how many are left. */
uint32_t collect_shared_forget(struct collect *c, const bool *gone);
/* What is known about an epoch, to whoever the rows are for. */
void collect_info(struct collect *c, uint64_t epoch, const struct ir_epoch_info *info);

/* collect_raw.c: tuples that are fields of packets, on which the evaluator runs the rest of the query. */
bool collect_raw_open(struct collect *c, struct ir_graph *g, struct diags *d);
void collect_raw_tuple(struct collect *c, uint64_t epoch, const struct ir_value *values);

/* collect_lost.c: losses, whose rows are handed on only when their epoch closes. */
bool collect_lost_open(struct collect *c, struct diags *d);
void collect_lost_close(struct collect *c);
/* The registers that say of which epoch the cells of lost packets' names are, in and out; how many cells a table has. 0: there are no names. */
uint32_t collect_lost_names(const struct collect *c, uint32_t ret[2]);
/* A tuple of the ring of ingress, its number, and how many copies were sent; and what came through of it. */
void collect_lost_tuple(struct collect *c, uint64_t epoch, uint32_t number, const struct ir_value *values);
int collect_lost_out(struct collect *c, uint64_t now);
/* The ring behind the queue is read as far as it was when this is called, after ingress's. */
int collect_lost_look(struct collect *c);
/* A row, and losses that only the epoch's total knows. */
void collect_lost_row(struct collect *c, uint64_t epoch, const struct ir_value *keys, uint64_t in, uint64_t out);
void collect_lost_total(struct collect *c, uint64_t epoch, uint64_t n);
/* Hands on what is known of the epochs [first, end) and forgets it. 0 or -errno. */
int collect_lost_finish(struct collect *c, uint64_t first, uint64_t end);

#endif
