/* graph.h - the dataflow graph: all queries of a compilation, checked and resolved. The query front end makes it, the
 * planner places it, the evaluator runs it, and its text form (print, parse) travels in the manifest.
 *
 * Expressions are shared: equal subexpressions of all queries are one node (ir_expr_* constructors
 * hash-cons), so that they are computed and carried once. Everything lives in one arena.
 */
#ifndef IR_GRAPH_H
#define IR_GRAPH_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"
#include "base/vec.h"
#include "ir/schema.h"
#include "ir/value.h"

struct ir_network;

/* The instants of a packet's life, in order. What the queue knows (enqueue fields too) is known at IR_DEQ. */
enum ir_instant { IR_AT_IN, IR_AT_MID, IR_AT_DEQ, IR_AT_OUT, IR_INSTANTS };

/* field kind, spelling ("%s" instants appended for headers), instant at which it becomes known */
#define IR_FIELDS(X)                                                          \
	X(IR_F_HEADER, "", IR_AT_IN)	    /* header.field_in/mid/out */     \
	X(IR_F_VALID, "valid", IR_AT_IN)    /* valid(header_in/mid/out) */    \
	X(IR_F_META, "meta", IR_AT_MID)	    /* meta.field_mid/out */          \
	X(IR_F_PORT_IN, "port_in", IR_AT_IN)                                  \
	X(IR_F_PORT_INTENT, "port_intent", IR_AT_MID)                         \
	X(IR_F_PORT_OUT, "port_out", IR_AT_OUT)                               \
	X(IR_F_TIME_IN, "time_in", IR_AT_IN)                                  \
	X(IR_F_LEN_IN, "packet.len_in", IR_AT_IN)                             \
	X(IR_F_LEN_OUT, "packet.len_out", IR_AT_OUT)                          \
	X(IR_F_Q_TIME_IN, "queuing.time_in", IR_AT_DEQ)                       \
	X(IR_F_Q_TIME_OUT, "queuing.time_out", IR_AT_DEQ)                     \
	X(IR_F_Q_LEN_IN, "queuing.len_in", IR_AT_DEQ)                         \
	X(IR_F_Q_LEN_OUT, "queuing.len_out", IR_AT_DEQ)                       \
	X(IR_F_Q_DELAY, "queuing.delay", IR_AT_DEQ)                           \
	X(IR_F_DROP_REASON, "drop.reason", IR_AT_MID) /* at mid or out, by stream: instant says */ \
	X(IR_F_DROP_CLASS, "drop.class", IR_AT_MID)   /* the same */ \
	X(IR_F_Q_BYTES, "queuing.bytes", IR_AT_DEQ)   /* kernels only: when it was queued */ \
	X(IR_F_QDISC, "queuing.qdisc", IR_AT_MID)     /* kernels only: the handle of the queue that it is offered to */ \
	X(IR_F_NETNS, "netns", IR_AT_IN)	      /* kernels only: the namespace's inode */ \
	X(IR_F_INSTANCE, "instance", IR_AT_IN)	      /* of the stream's own pass */

enum ir_field_kind {
#define X(kind, text, at) kind,
	IR_FIELDS(X)
#undef X
};

struct ir_field {
	uint32_t index; /* in ir_graph.fields */
	enum ir_field_kind kind;
	enum ir_instant at;	/* when it is taken; HEADER, VALID, META: IN, MID or OUT as written */
	uint32_t header, field; /* into the schema (HEADER, VALID; META: field only) */
	uint32_t hi, lo;	/* bits of that field (ecn of tos); width-1, 0 mostly */
	struct ir_type type;
	struct str text;	/* canonical: "ipv4.srcAddr_in", with [hi:lo] when partial; header by path */
};

#define IR_OPS(X)                                                                                  \
	X(IR_CONST, "const") X(IR_FIELD, "field") X(IR_COLUMN, "column")                           \
	X(IR_NOT, "!") X(IR_NEG, "-") X(IR_BIT_NOT, "~")                                           \
	X(IR_ADD, "+") X(IR_SUB, "-") X(IR_MUL, "*") X(IR_DIV, "/") X(IR_MOD, "%")                 \
	X(IR_AND_BITS, "&") X(IR_OR_BITS, "|") X(IR_XOR_BITS, "^") X(IR_SHL, "<<") X(IR_SHR, ">>") \
	X(IR_EQ, "==") X(IR_NE, "!=") X(IR_LT, "<") X(IR_LE, "<=") X(IR_GT, ">") X(IR_GE, ">=")     \
	X(IR_AND, "&&") X(IR_OR, "||")

enum ir_op {
#define X(op, text) op,
	IR_OPS(X)
#undef X
};

/* Operands of a binary operator have one width and signedness, that of the wider operand (zero- or sign-extended); the
 * result of arithmetic has the operands' type and wraps; comparisons are IR_BOOL, width 1.
 * A comparison that reads an absent field is false; arithmetic on an absent operand is absent (docs/semantics.md). */
struct ir_expr {
	uint32_t id; /* index in ir_graph.exprs: operands before users */
	enum ir_op op;
	struct ir_type type;
	const struct ir_expr *a, *b;
	ir_i128 value;		      /* IR_CONST */
	struct str text;	      /* IR_CONST of kind IR_REASON: the literal */
	const struct ir_field *field; /* IR_FIELD */
	uint32_t column;	      /* IR_COLUMN: index into the columns of the operator's input */
	uint32_t side;		      /* IR_COLUMN in a join's expression: 0 left, 1 right */
};

struct ir_column {
	struct str name; /* as the query spells it: "ipv4.srcIP_in", "count" */
	struct ir_type type;
	bool is_key;
	const struct ir_expr *expr; /* of a map; columns of other operators: NULL */
};

enum ir_func { IR_SUM, IR_COUNT, IR_MIN, IR_MAX, IR_AVG, IR_DISTINCT_F, IR_QUANTILE };
enum ir_join { IR_JOIN_DIFF, IR_JOIN_SUM, IR_JOIN_MIN, IR_JOIN_MAX, IR_JOIN_RATIO, IR_JOIN_EXPR };

enum ir_node_kind { IR_FILTER, IR_MAP, IR_REDUCE, IR_DISTINCT, IR_LOST, IR_JOIN, IR_TOP, IR_SORT, IR_PACKETS, IR_REFINE };

/* Where overflow of a data-plane table goes. */
enum ir_overflow { IR_OVERFLOW_DEFAULT, IR_OVERFLOW_MIRROR, IR_OVERFLOW_TOTAL };

/* The epoch before the last one: its rows are known when an epoch begins, unless packets wait in queues for longer than an epoch. */
#define IR_REFINE_LAG 2
#define IR_REFINE_MAX 16 /* refinements of refinements */
#define IR_REFINE_KEYS 16 /* of a query that is refined */

struct ir_query;

/* One operator. Its input columns are the previous operator's `columns` (none for the raw stream). Output columns:
 * FILTER, TOP, SORT: as the input. MAP: its own, with .expr. REDUCE: the keys, then one column a value (one column for COUNT, AVG,
 * DISTINCT_F and QUANTILE, whose values[0] is what they are of). DISTINCT: the keys. LOST: the keys, then the count.
 * PACKETS: stands right behind a LOST, whose losses it tells apart by its `values` (fields, which may be absent): the LOST's keys, the
 * values, the count; all but the count are keys.
 * REFINE: as the input: only those rows whose key, with column `by` cut to its `prefix` upper bits, is one of `other`, IR_REFINE_LAG epochs before.
 * JOIN: the columns joined on, as in on_left, then values: one a pair of value columns of both sides, in order (DIFF, SUM, MIN, MAX,
 * RATIO), or the single one that `expr` computes. */
struct ir_node {
	enum ir_node_kind kind;
	struct span at;
	VEC(struct ir_column) columns; /* output */
	const struct ir_expr *expr;    /* FILTER; over fields before the first stateful operator, over columns too after a MAP */

	/* REDUCE, DISTINCT, LOST: keys over the input (fields or columns of a map before it) */
	VEC(struct ir_column) keys;   /* with .expr over fields/columns */
	VEC(struct ir_column) values; /* REDUCE: what is aggregated, .expr; empty for COUNT */
	enum ir_func func;
	double quantile; /* IR_QUANTILE: p */

	/* options of the data-plane table; 0: the target's default */
	uint32_t rows, stages;
	enum ir_overflow overflow;
	uint32_t prefix;   /* REFINE */
	uint32_t capacity; /* PACKETS: lost packets of an epoch that can be named */

	/* JOIN, REFINE */
	struct ir_query *other;
	VEC(uint32_t) on_left, on_right; /* columns */
	enum ir_join join;		 /* expr for IR_JOIN_EXPR */

	/* TOP, SORT; REFINE: `by` */
	uint32_t top, by;
	bool descending;
};

struct ir_query {
	struct str name; /* "" for a query in place (join's other side) */
	uint32_t index;	 /* in ir_graph.queries; every query, those in place too */
	struct span at;
	bool egress;		  /* stream */
	bool sees_all_instances;  /* a filter mentions `instance` */
	bool anonymous;		  /* not reported by itself (in place) */
	uint64_t window_ns;	  /* epoch length */
	VEC(struct ir_node *) nodes;
	int32_t stateful;	  /* index of the first REDUCE, DISTINCT or LOST; -1: a plain stream of tuples */
};

struct ir_graph {
	struct arena *arena;
	const struct ir_schema *schema;
	VEC(struct ir_field *) fields;
	VEC(struct ir_expr *) exprs;
	VEC(struct ir_query *) queries;
	struct ir_network *network; /* queries over network() (ir/network.h); NULL: none */
	struct ir_index *index; /* finds equal fields and expressions */
};

struct ir_graph *ir_graph_make(struct arena *a, const struct ir_schema *schema);

/* Constructors; equal ones return the same node. Constants are folded: (3 < 5) is true, x && true is x. */
const struct ir_field *ir_field(struct ir_graph *g, const struct ir_field *like);
const struct ir_expr *ir_const(struct ir_graph *g, struct ir_type t, ir_i128 v);
const struct ir_expr *ir_const_reason(struct ir_graph *g, struct str text);
const struct ir_expr *ir_read(struct ir_graph *g, const struct ir_field *f);
const struct ir_expr *ir_column(struct ir_graph *g, struct ir_type t, uint32_t column, uint32_t side);
const struct ir_expr *ir_unary(struct ir_graph *g, enum ir_op op, const struct ir_expr *a);
const struct ir_expr *ir_binary(struct ir_graph *g, enum ir_op op, const struct ir_expr *a, const struct ir_expr *b);
/* Replaces columns by the expressions of the map that made them. */
const struct ir_expr *ir_substitute(struct ir_graph *g, const struct ir_expr *e, const struct ir_column *columns, uint32_t n);

/* The text form (-d graph, manifest): complete; ir_parse(ir_print(g)) prints the same. */
void ir_print(FILE *out, const struct ir_graph *g);
void ir_expr_print(FILE *out, const struct ir_graph *g, const struct ir_expr *e);
/* Checks that a graph is what this header promises (indexes in range, operators in a sensible order, no cycles of joins, no expression
 * too deep to walk), so that whoever walks it needn't. False after an error in `d`. ir_parse has called it. */
bool ir_check(struct diags *d, const struct ir_graph *g);
struct ir_graph *ir_parse(struct arena *a, struct diags *d, struct str name, struct str text);

#endif
