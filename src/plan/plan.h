/* plan.h - what runs where: the planner takes the dataflow graph and the user's program, and decides at which instant
 * each expression is computed, what a packet carries between instants (tags), in which bits (slots), and how the
 * state of each query is laid out. The weaver carries the plan out and takes no decision of its own.
 *
 * A query becomes one `plan_state` (its first stateful operator, with everything before it as guard and keys); what
 * comes after runs on the controller. Everything lives in the compilation's arena.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "ir/eval.h"
#include "ir/graph.h"
#include "plan/program.h"

/* How a leaf can be read at an instant. */
enum plan_access {
	PLAN_NOT_THERE, /* must be carried from where it was known */
	PLAN_DIRECT,	/* the program's own field, or the target's metadata, still holds it */
	PLAN_AT_MARK,	/* taken at each drop mark and at the control's end: a tag that the marks write */
};

/* Ways to place; all give the same rows. The first is the planner's own, the others are for comparison and for tests. */
#define PLAN_PLACEMENTS(X)                                                                                   \
	X(PLAN_CUT, "cut")	   /* the cheapest cut; of equal ones the one worked out earliest */         \
	X(PLAN_CUT_LATE, "late")   /* of equal ones the one worked out latest */                             \
	X(PLAN_RESULTS, "results") /* everything is worked out as early as can be, however wide it is */     \
	X(PLAN_PARTS, "parts")	   /* fields are carried, and everything is worked out where it is read */   \
	X(PLAN_WHOLE, "whole")	   /* as PARTS, and without knowing what the program writes: the paper's way */ \
	X(PLAN_END, "end")	   /* CUT, with each state at the end of its pipeline */                     \
	X(PLAN_APART, "apart")	   /* CUT, with a slot for each tag */

enum plan_placement {
#define X(id, text) id,
	PLAN_PLACEMENTS(X)
#undef X
};

/* What a target is to the planner: limits, and what its metadata give for nothing. A struct and a folder; the planner never
 * asks which target it is. */
struct plan_target {
	const char *name;
	uint32_t tick_ns;	/* step of its clock */
	bool exact_epochs;	/* any multiple of the tick; else powers of two */
	uint32_t cell_bits;	/* widest register cell: 64 holds epoch and count in one */
	uint32_t word_bits;	/* keys are kept in words of this many bits */
	uint32_t default_rows, default_stages, ring_rows;
	uint32_t port_bits;	/* the lowest bits of a port that tell all ports apart, IR_PORT_DROP and its like included; 0: not known */
	uint32_t max_generations;
	/* May the field be read at `at` without being carried? */
	enum plan_access (*access)(const struct plan_program *p, const struct ir_field *f, enum ir_instant at);
	/* Prints the P4 expression of a field that is PLAN_DIRECT at `at`; its width is the field type's. `time`: the text of the packet's arrival. */
	void (*print_field)(FILE *out, const struct plan_program *p, const struct ir_field *f, enum ir_instant at, struct str time);
	/* Prints whether such a port is `special`, IR_PORT_DROP or IR_PORT_MULTICAST, where that takes less than the port; false: nothing is printed. */
	bool (*print_port_is)(FILE *out, const struct plan_program *p, const struct ir_field *f, enum ir_instant at, uint64_t special);
};

enum plan_tag_kind {
	PLAN_TAG_VALUE,	  /* of `expr` */
	PLAN_TAG_ROW,	  /* the row of LOST state `state` */
	PLAN_TAG_PAYLOAD, /* bytes behind the headers, for packet.len_out */
};

/* One value that packets carry from `born` to `dies` (born < dies). */
struct plan_tag {
	uint32_t index;
	enum plan_tag_kind kind;
	const struct ir_expr *expr; /* NULL for others than VALUE */
	uint32_t state;
	uint32_t width;
	uint32_t shift; /* bits of the value below those that are carried: always 0 */
	enum ir_instant born, dies; /* written at the end of `born`, last read at `dies` */
	bool at_mark;		    /* written at each mark too (PLAN_AT_MARK); then it lives inside its control already: from IN or DEQ */
	uint32_t slot, lo;	    /* bits lo .. lo+width-1 of slot */
};

struct plan_slot {
	uint32_t width;
};

enum plan_state_kind { PLAN_REDUCE, PLAN_DISTINCT, PLAN_LOST, PLAN_STREAM };

struct plan_value {
	const struct ir_expr *expr; /* what is merged; NULL: 1 */
	uint32_t width;		    /* of the register's value: 32 (packed into the cell when first) or 64 */
	uint8_t merge;		    /* IR_MERGE_* */
	bool by_key;		    /* it is the same for all packets of a row, which get it when they claim it */
};

/* A field by which a lost packet is named; `presence`: what must hold for it to be there, NULL: nothing. */
struct plan_packet_field {
	const struct ir_expr *expr, *presence;
};

/* Rows that are worked out of another state's: of a table that queries share (share.c). Such a state counts absent tuples, and nothing else. */
struct plan_part_key {
	uint32_t key, lo; /* of the table's; the lowest bit of it */
};

struct plan_part {
	bool any;
	uint32_t state;	     /* whose table it is */
	int32_t mark, absent; /* bits of the table's last value: rows of this state, -1: all are; rows of packets without a key, -1: none are */
	VEC(struct plan_part_key) keys; /* by key */
	VEC(uint32_t) values; /* by value: which of the table's it is */
};

/* State of one query in the data plane. */
struct plan_state {
	uint32_t index;
	const struct ir_query *query;
	enum plan_state_kind kind;
	struct str prefix; /* of all its names: "ps_lost_web" */
	enum ir_instant at; /* LOST: IR_AT_MID for ingress; the egress side is at IR_AT_DEQ */
	/* Runs for packets for which guard holds; its atoms test the presence of what they read. Contains the instance rules, and presence
	 * of keys and values. NULL: always. */
	const struct ir_expr *guard;
	/* Tuples dropped for an absent key or value: passed all filters, but presence fails. NULL: can't happen. Else guard and absent are two
	 * conjunctions that begin with the filters, if there are any. */
	const struct ir_expr *absent;
	VEC(const struct ir_expr *) keys; /* STREAM: all columns */
	VEC(struct plan_value) values;	  /* LOST: none (copies are counted) */
	uint32_t rows, stages, generations;
	uint32_t index_bits; /* the keys' low bits tell all keys apart: they are a row's number, and no row is shared; 0: rows are found by hash */
	bool replaces;	    /* a key that finds another's row takes it, and what was in it goes to the ring: one look, one stage */
	bool packed;	    /* the first value shares the cell with the epoch */
	bool mirror;	    /* overflow goes to the ring (LOST: to one on each side); else to the epoch's overflow counter */
	uint32_t ring_rows; /* 0: no ring */
	uint32_t epoch_cells; /* cells of per-epoch counters (absent, overflow): a power of two */
	uint64_t window_ns;
	int32_t row_tag;    /* LOST: index of its tag, -1 */
	uint32_t row_bits;
	uint32_t split; /* operators of the query that run in the switch; the controller runs the others */
	bool raw;	/* STREAM: its keys are the fields that the operators from `split` on read */
	struct plan_part part; /* of another state's table; that state is of no query in the graph */
	/* LOST with .packets(): names of lost packets, from tables of MANIFEST_PARTS * packet_cells cells each, one for each epoch modulo
	 * packet_tables (a power of two). */
	VEC(struct plan_packet_field) packets;
	uint32_t capacity; /* 0: no names */
	uint32_t packet_cells, packet_tables;
};

#define PLAN_FEW_NS 2000000000u /* in an epoch of so long, at 2 billion packets a second, there are fewer than 2^32 */
/* Prefixes that one epoch of a refined query can tell apart: cells of each of its two sets. */
#define PLAN_SET_CELLS 4096
#define PLAN_ARRIVAL_BITS 48
/* The REFINE whose prefixes the switch keeps; NULL: it counts all keys. */
const struct ir_node *plan_refinement(const struct plan_state *s);

struct plan {
	struct arena *arena;
	struct ir_graph *graph;
	const struct plan_program *program;
	const struct plan_target *target;
	const struct plan_fit *fit; /* fit.h; NULL: the queries were not fitted into a model of a switch */
	VEC(struct plan_tag) tags;
	VEC(struct plan_slot) slots;
	VEC(struct plan_state) states; /* in order of queries; behind them those that queries share */
	bool marks_ingress, marks_egress;   /* the weaver must follow marks (at_mark tags or reasons) */
	bool reason_ingress, reason_egress; /* marks need the reason code */
	bool signals; /* the first packet of each epoch sends a digest */
	bool sees_clones;   /* behind the queue some query looks at clones */
	bool keeps_arrival; /* packets may come back, or be clones that queries see: they carry their time of arrival */
	bool keeps_reasons; /* the weaver follows marks and reasons whether a query asks or not: entries then look alike in all programs */
	bool drained;	    /* as the options said: the program runs here */
	enum plan_placement placement;
	uint32_t flag_bits[IR_INSTANTS];    /* of live_bits: the weaver's own flags, which have no slot */
	uint32_t live_bits[IR_INSTANTS];    /* carried out of each instant: bits */
	uint32_t least_bits[IR_INSTANTS];   /* what no plan for these states goes below */
	uint32_t lower_bound, allocated;    /* largest least_bits; sum of slots' widths and flags */
};

struct plan_options {
	uint64_t max_delay_ns; /* largest queue delay to expect: fixes the generations; 0: 2 generations */
	uint32_t rows, stages, ring_rows; /* 0: the query's or the target's */
	/* by query: operators in the switch, rows and stages of its table (0: as above); NULL: all that can, as above */
	const uint32_t *splits, *rows_of, *stages_of;
	bool drained;	 /* rings are read all the time: tuples may come often */
	bool own_tables; /* each query has its own, whatever they have in common: they may come and go */
	enum plan_placement placement;
};

/* The low bits that tell a key's values apart: of an indexed table they are its part of a row's number. */
uint32_t plan_index_bits(const struct plan_target *t, const struct ir_expr *e);

/* Places all queries of a graph. NULL after errors. */
struct plan *plan_make(struct arena *a, struct diags *d, struct ir_graph *g, const struct plan_program *p,
		       const struct plan_target *t, const struct plan_options *o);

/* "cut", "whole"...; false for anything else. */
bool plan_placement_of(const char *name, enum plan_placement *ret);

/* Bits that a packet carries over one boundary, or the most that it carries over any (docs/planner.md defines them). */
struct plan_bit_counts {
	uint32_t naive;	       /* each query copies every field that it names, and keeps it to the end of its stream */
	uint32_t whole_fields; /* the paper's way: fields are copied whole, once for all queries, and dropped when last read */
	uint32_t ours;	       /* this plan's */
	uint32_t lower_bound;  /* no plan for these queries carries less: the value of the maximum flow */
};

struct plan_bits {
	struct plan_bit_counts most;			  /* largest over the boundaries */
	struct plan_bit_counts boundaries[IR_INSTANTS - 1]; /* in->mid, mid->deq, deq->out */
	const char *in_the_way; /* why this plan takes more than the lower bound; NULL: it doesn't */
};

/* Counts them. False (and all 0) when nothing of the queries runs in the switch. */
bool plan_bits(const struct plan *p, struct plan_bits *ret);

/* How the weaver gets an expression's value at an instant. */
enum plan_read { PLAN_READ_TAG, PLAN_READ_FIELD, PLAN_READ_CONST, PLAN_READ_COMPUTE };
/* *ret_tag: index of the tag for PLAN_READ_TAG. At the instant where a tag is born it is still computed (or read directly), except at_mark tags, which
 * are read from their slot at the end of their control. */
enum plan_read plan_read(const struct plan *p, const struct ir_expr *e, enum ir_instant at, uint32_t *ret_tag);

/* The same at each drop mark of the control that ends at `end`, for the values of at_mark tags. */
enum plan_read plan_read_at_mark(const struct plan *p, const struct ir_expr *e, enum ir_instant end, uint32_t *ret_tag);

/* -d plan: the text form. */
void plan_print(FILE *out, const struct plan *p);

/* Checks a plan from scratch, knowing nothing of how it was made: every use is reached by its definition, no two live tags overlap,
 * every leaf that is read directly is available, what a tag leaves out of its value is 0, all sums are right. Says in `why` what is
 * wrong. */
bool plan_check(const struct plan *p, char *why, size_t size);
/* The same in every compilation; a broken plan is a bug(). */
void plan_verify(const struct plan *p);

#endif
