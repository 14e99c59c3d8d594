/* manifest.h - what the controller must know about a woven program: where each query's state is, how wide, and what the rest of
 * the query is. Data only; the one thing that compiler and runtime share. Written and read as JSON (docs/manifest.md).
 * Lives in an arena. */
#ifndef MANIFEST_MANIFEST_H
#define MANIFEST_MANIFEST_H

#include <stdio.h>

#include "base/diag.h"
#include "base/vec.h"
#include "manifest/network.h"

#define MANIFEST_VERSION 1

/* One column of state: `words` registers, most significant word first, together `width` bits. */
struct manifest_column {
	uint32_t width;
	bool is_signed;
	VEC(struct str) words; /* register names; empty for a first value packed into the cell */
};

struct manifest_ring {
	uint32_t rows;	     /* 0: none; a power of two */
	struct str sequence; /* register with one cell: tuples written so far, modulo 2^32; tuple k sits at k mod rows */
	struct str epoch;    /* stored epoch of each tuple */
	VEC(struct manifest_column) columns; /* keys, then values */
};

/* Numbers of rows, as they are claimed. */
struct manifest_log {
	uint32_t rows;	     /* 0: none; a power of two */
	struct str sequence; /* register with one cell: rows claimed so far, modulo 2^32; claim k sits at k mod rows */
	struct str row;
};

/* Sets of prefixes that packets have to be in (docs/manifest.md). */
struct manifest_refine {
	uint32_t cells;	       /* of each of the two sets, a power of two; 0: there are none */
	struct str on, member; /* registers of 2 and of 2 * cells cells */
	VEC(uint32_t) factors; /* one for each word of the keys */
	uint32_t mix;
};

#define MANIFEST_PARTS 4

/* Registers of one side's tables of lost packets, by cell. */
struct manifest_packets_side {
	struct str count, check;
	VEC(struct str) sums; /* of each word of the names */
};

/* Names of lost packets: see src/control/iblt.h. A name has the words of the state's keys, of `fields`, and one that says which
 * fields are there. */
struct manifest_packets {
	uint32_t capacity; /* 0: none; how many can be named in an epoch */
	uint32_t cells, tables; /* cells of each of the MANIFEST_PARTS parts of a table; tables: a power of two, by stored epoch */
	uint32_t factors[MANIFEST_PARTS];
	VEC(struct manifest_column) fields; /* without registers */
	struct manifest_packets_side in, out;
};

/* Rows that are worked out of another state's, a table that queries share. */
struct manifest_part_key {
	uint32_t key, lo; /* which of the table's; the lowest of its bits, of which there are as many as the column has */
};

struct manifest_part {
	bool any;
	uint32_t state;	    /* whose; its query is MANIFEST_SHARED */
	int32_t mark;	    /* of its rows those whose last value has this bit; -1: all */
	int32_t absent;	    /* and those whose last value has this bit were left out, as a key was absent; -1: none */
	VEC(struct manifest_part_key) keys; /* by key */
	VEC(uint32_t) values; /* by value: which of the table's it is; the first of these counts packets */
};

#define MANIFEST_SHARED UINT32_MAX

enum manifest_kind { MANIFEST_REDUCE, MANIFEST_DISTINCT, MANIFEST_LOST, MANIFEST_STREAM };

struct manifest_state {
	uint32_t query; /* index in the graph; MANIFEST_SHARED: of those whose `part` says so */
	struct str name; /* of the query, for messages */
	enum manifest_kind kind;
	uint64_t window_ns;
	uint32_t rows, stages; /* cells: rows * stages, row number = stage * rows + index */
	bool replaces;	       /* a key that finds another's row takes it: then the ring has what was in it, and that is no overflow */
	uint32_t generations;  /* stored epoch = epoch + generations */
	struct str cell;       /* 64 bits: epoch (32) ++ first value (32); "" for STREAM */
	struct str cell_out;   /* LOST: egress side, same rows */
	VEC(struct manifest_column) keys, values;
	uint32_t epoch_cells; /* cells of the three below, index = epoch mod cells; each 64 bits: stored epoch ++ count */
	struct str absent;    /* "" when there is none */
	struct str overflow_in, overflow_out; /* LOST */
	struct manifest_log log;
	struct manifest_ring ring;     /* LOST: its last column is the number of copies */
	struct manifest_ring ring_out; /* LOST: what came through of `ring`: numbers of its tuples, modulo 2^31 */
	struct manifest_packets packets; /* LOST */
	struct manifest_refine refine;
	/* The controller runs the query's operators from `from` on, packet by packet: the keys are fields of the graph. A STREAM. */
	bool raw;
	uint32_t from;
	VEC(uint32_t) fields; /* by key */
	struct manifest_part part; /* then there are no registers but `absent` */
};

/* A parameter that the weaver added to an action; entries don't mention it, the loader fills it in: code | (handle + 1) for
 * an entry, code | 0xfffff for a default action. */
struct manifest_extra {
	struct str table, action, parameter; /* control-plane names */
	uint32_t code;			     /* site << 20 */
};

/* What a reason code means: code's upper 12 bits are the site, the lower 20 the entry's handle + 1, 0 none, 0xfffff default. */
struct manifest_site {
	uint32_t site;
	struct str text; /* "MyIngress.acl/deny", "MyIngress/mark_to_drop@42" */
	struct str discard, discard_default; /* its class (base/discard.h): of an entry's drop, and of a default action's */
};

/* Epochs that have packets tell the controller: the digest has two numbers of 48 bits, the epoch's + 1, and its own. */
struct manifest_signal {
	struct str reg; /* "" none; 48 bits: the last epoch that had a packet + 1, the one (+ 1) from which on none is sent, the last digest's number */
	struct str digest; /* its list's name */
	uint64_t window_ns;
};

struct manifest {
	struct arena *arena;
	struct str target, program;
	uint32_t tick_ns;
	struct str graph; /* ir_print's text */
	struct str multicast_sizes; /* register: copies per multicast group, kept by the loader; "" none */
	uint32_t multicast_groups;
	struct manifest_signal signal;
	VEC(struct manifest_state) states;
	VEC(struct manifest_extra) extras;
	VEC(struct manifest_site) sites;
	struct manifest_network network;
};

void manifest_init(struct manifest *m, struct arena *a);
/* 0 or -errno. */
int manifest_write(FILE *out, const struct manifest *m);
/* False after errors in `d`: hostile files are refused whole. */
bool manifest_read(struct arena *a, struct diags *d, struct str path, struct manifest *ret);

#endif
