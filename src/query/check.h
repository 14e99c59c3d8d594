/* check.h - inside the checker: from trees to the graph. Everything lives in the arena of the
 * compilation.
 *
 * load.c      definitions, parameters, -D, order of the queries
 * chain.c     a query: its stream, its operators one after the other
 * args.c      arguments of operators;  epoch.c  lengths of epochs
 * group.c     keys and tables, distinct, lost;  reduce.c  reduce;  order.c  top, sort
 * packets.c   packets;  refine.c  refine
 * join.c      join, and the joins that are losses
 * network.c   queries over network();  network_aggregate.c  what they ask;  network_names.c  what their names mean
 * terms.c     expressions: names and structure;  membership.c  `in`
 * typing.c    kinds and widths;  compare.c  comparisons
 * names.c     fields of packets
 * warn.c      filters that never or always hold;  compact.c  leaves out what isn't used
 */
#ifndef QUERY_CHECK_H
#define QUERY_CHECK_H

#include "base/map.h"
#include "ir/network.h"
#include "query/query.h"
#include "query/tree.h"

/* Limits, so that hostile files stay cheap. */
#define QUERY_CHECK_DEPTH 400	 /* expressions and definitions inside each other */
#define QUERY_MAX_OPS 200	 /* operators of a query, those of its base included */
#define QUERY_MAX_QUERIES 2000	 /* of a graph */
#define QUERY_MAX_EXPR 20000	 /* operators of an expression, shared ones each time */
#define QUERY_MAX_EXPR_DEPTH 400 /* of an expression, names replaced by what they mean */

#define QUERY_DEFAULT_WINDOW 1000000000u

/* What an expression stands for: a literal, whose type depends on what it meets, or an expression.
 */
enum term_kind {
	TERM_ERROR, /* reported already */
	TERM_INT,
	TERM_DECIMAL,
	TERM_BOOL,
	TERM_TIME,
	TERM_SIZE,
	TERM_RATE,
	TERM_IPV4,
	TERM_IPV6,
	TERM_MAC,
	TERM_STRING,
	TERM_MULTICAST, /* the word */
	TERM_INSTANCE,	/* value: number of the instance */
	TERM_EXPR,
};

struct term {
	enum term_kind kind;
	struct span at;
	ir_i128 value;	 /* literals */
	uint32_t digits; /* DECIMAL: after the point */
	bool is_hex;	 /* INT */
	struct str text; /* STRING */
	const struct ir_expr *expr;
};

static inline struct term
query_error_term(struct span at)
{
	return (struct term){ .kind = TERM_ERROR, .at = at };
}

static inline bool
query_is_number(enum term_kind k)
{
	return k == TERM_INT || k == TERM_SIZE || k == TERM_RATE;
}

static inline bool
query_is_address(enum ir_kind k)
{
	return k == IR_IPV4 || k == IR_IPV6 || k == IR_MAC;
}

/* How long an epoch is and where it was written; ns 0: nowhere. */
struct epoch {
	uint64_t ns;
	struct span at;
};

enum progress { NOT_YET, NOW, DONE };

/* A definition of the file. */
struct def {
	const struct tree_def *tree;
	struct tree *value; /* tree->value, or what -D put in its place */
	struct str name;
	enum progress built, timed;
	bool is_base;	  /* another query begins with it */
	bool is_base_now; /* its operators are being taken over: finds recursion */
	bool bad;
	uint32_t unit; /* of its file */
	struct term term;   /* of a parameter */
	struct epoch epoch; /* of a query */
	struct ir_query *query;
	struct ir_net_query *network; /* instead of a query, when it is over network() */
	struct flow *flow; /* as it was at the query's end */
};

/* A column of the tuples between two operators. */
struct column {
	struct str name;
	struct ir_type type;
	struct span at;
	bool is_key;
	bool is_implied;	      /* nobody wrote the name: `count`, `value` */
	const struct ir_expr *expr;   /* before the first stateful operator: over fields */
	const struct ir_field *field; /* what it was read from, if anything: `ipv4.srcAddr_in` finds
					 `ipv4.srcIP_in` */
};

struct columns {
	struct column *v;
	uint32_t n, cap;
};

/* A query while its operators are checked. */
struct flow {
	struct ir_query *q;
	struct columns columns;
	bool has_columns; /* after a map or a stateful operator: names are columns, not fields */
	bool reduced;	  /* after a stateful operator */
	bool of_network;  /* names are those of network() */
	bool lost_track;  /* an error hid the columns: unknown names are not reported */
	bool bad;
	uint32_t nops;
	VEC(const struct ir_expr *) needed; /* values of maps: a tuple without them is dropped */
	const struct columns *right;	    /* in a join's expression */
	struct str right_name, left_name;   /* what an expression may call the sides */
};

/* How large an expression is; size 0: not measured yet. */
struct measure {
	uint32_t size, depth;
};

struct checker {
	uint32_t end; /* of the last file: the place of what is missing */
	struct arena *arena;
	struct diags *d;
	struct ir_graph *g;
	const struct ir_schema *schema;
	const struct query_options *o;
	struct map names; /* of struct def */
	uint32_t unit;	  /* of the file being read, then of the query being built */
	VEC(struct def *) defs;
	const struct tree_def *budget; /* NULL: none is stated */
	VEC(struct str) bases; /* what queries that were left out begin with */
	uint32_t depth;
	uint32_t nqueries;
	bool in_range;		      /* the ends of a range may be the ends of all values */
	VEC(struct measure) measures; /* of expressions, by id */
};

/* load.c */
struct def *query_def(struct checker *c, struct str name);
/* Builds the query of a definition, once; NULL when it has errors. */
struct ir_query *query_build_def(struct checker *c, struct def *def);
struct term query_param(struct checker *c, struct def *def, struct span at);
struct epoch query_def_epoch(struct checker *c, struct def *def);
/* "no X 'name'" with the nearest candidates. */
void query_unknown(struct checker *c, struct span at, const char *what, struct str name,
		   const struct str *list, uint32_t n);

/* chain.c */
/* A query from its tree; `epoch` is what it must have when ns is not 0. NULL after errors. */
struct ir_query *query_build(struct checker *c, struct tree *t, struct str name, struct epoch epoch,
			     bool anonymous, struct flow *retflow);
/* Its epochs, its first stateful operator, and the columns of filters. */
void query_finish(struct checker *c, struct ir_query *q, struct epoch epoch);
struct ir_node *query_node(struct checker *c, struct flow *f, enum ir_node_kind kind,
			   const struct tree_op *op);
bool query_add_column(struct checker *c, struct columns *list, struct column col);
/* One item of keys or values: `name = EXPR`, a field or a column; values need no name. */
bool query_item(struct checker *c, struct flow *f, const struct tree_arg *arg, bool is_value,
		struct column *ret);
/* args.c */
/* Sorts arguments by name; those without one take the first free place of [0, positional). False
 * after an error. */
bool query_bind(struct checker *c, const struct tree_op *op, const char *const *names, uint32_t n,
		uint32_t positional, struct tree **ret);
bool query_constant_int(struct checker *c, struct tree *t, const char *what, uint64_t min,
			uint64_t max, uint64_t *ret);
bool query_word(struct checker *c, struct tree *t, struct str *ret);

/* epoch.c */
struct epoch query_epoch(struct checker *c, struct tree *t);
/* The length that an epoch gets: whole ticks, the default where none is stated. */
uint64_t query_window(struct checker *c, struct epoch e);
bool query_same_epoch(struct checker *c, struct epoch a, struct epoch b);
/* A duration over 0; whole numbers are milliseconds when `plain_ms`. */
bool query_duration(struct checker *c, struct tree *t, bool plain_ms, struct epoch *ret);

/* order.c */
void query_top(struct checker *c, struct flow *f, const struct tree_op *op);
void query_sort(struct checker *c, struct flow *f, const struct tree_op *op);

/* reduce.c */
void query_reduce(struct checker *c, struct flow *f, const struct tree_op *op);
/* A number between 0 and 1. */
bool query_quantile(struct checker *c, struct tree *t, double *ret);

/* group.c */
void query_distinct(struct checker *c, struct flow *f, const struct tree_op *op);
void query_lost(struct checker *c, struct flow *f, const struct tree_op *op);
/* Of the table: rows, stages, overflow, args[0..2], each NULL when it isn't given. */
bool query_table(struct checker *c, struct tree *const *args, struct ir_node *n);
/* Keys of `t`, or those of the map before when it is NULL; false after an error. */
bool query_keys(struct checker *c, struct flow *f, const struct tree_op *op, struct tree *t,
		struct columns *keys);
/* False, after a message, when a key and a value have the same name. */
bool query_names_differ(struct checker *c, struct columns *keys, struct columns *values,
			struct span at);
/* The columns of a node, and of the flow behind it. */
void query_push_columns(struct checker *c, struct ir_node *n, struct columns *keys,
			struct columns *results);
void query_become(struct checker *c, struct flow *f, const struct columns *keys,
		  const struct columns *results);
/* After an error: what follows can't be told what it works on. */
void query_fail(struct flow *f);
/* As query_keep_needed, for what keys and values use. */
void query_keep_for_node(struct checker *c, struct flow *f, const struct columns *keys,
			 const struct columns *values);
/* Filters for headers that a map before needed and nothing else asks for. */
void query_keep_needed(struct checker *c, struct flow *f, const struct ir_expr *const *used,
		       uint32_t n);

/* refine.c */
void query_refine(struct checker *c, struct flow *f, const struct tree_op *op, struct epoch epoch);

/* packets.c */
void query_packets(struct checker *c, struct flow *f, const struct tree_op *op);

/* join.c */
void query_join(struct checker *c, struct flow *f, const struct tree_op *op, struct epoch epoch);

/* network.c */
/* Does the query begin with network(), by itself or with another query's name? */
bool query_is_network(struct checker *c, const struct tree *t);
/* Builds the query over network() of a definition; false after errors. One without an aggregate leaves def->network NULL: others
 * may begin with it. */
bool query_network(struct checker *c, struct def *def);
/* The budget of all queries over network(), when there are any. */
void query_network_budget(struct checker *c);
struct ir_network *query_network_list(struct checker *c);

/* network_names.c */
/* A header's field as the packet arrives at each switch: `ipv4.ttl`; NULL after an error. */
const struct ir_field *query_network_field(struct checker *c, struct str text, struct span at);
bool query_network_value(struct checker *c, const struct tree *t, struct ir_net_query *q);
bool query_network_key(struct checker *c, const struct tree_arg *arg, struct ir_net_key *ret);

/* terms.c */
/* f NULL: constants and parameters only. */
struct term query_term(struct checker *c, struct flow *f, struct tree *t);
const struct ir_expr *query_condition(struct checker *c, struct flow *f, struct tree *t);
/* The column that a name means, -1: none (nothing is reported). */
int32_t query_find_column(struct checker *c, const struct flow *f, const struct columns *list,
			  struct str name);
struct term query_expr_term(struct checker *c, const struct ir_expr *e, struct span at);
/* How a term is called in messages: "ipv4.srcIP_in (an IPv4 address)". */
struct str query_describe(struct checker *c, struct term t);
struct str query_type_text(struct checker *c, struct ir_type t);

/* membership.c */
struct term query_in(struct checker *c, struct flow *f, struct tree *t);
/* The conjunction, or another connective, of two conditions. */
struct term query_both(struct checker *c, enum ir_op op, struct term a, struct term b,
		       struct span at);

static inline bool
query_is_prefix(const struct tree *t)
{
	return t->kind == TREE_LITERAL && (t->token.kind == TOKEN_PREFIX4 || t->token.kind == TOKEN_PREFIX6);
}

/* compare.c */
struct term query_compare(struct checker *c, enum ir_op op, struct term a, struct term b,
			  struct span at);

/* typing.c */
/* "WHAT a and b" as an error. */
struct term query_refuse(struct checker *c, const char *what, struct term a, struct term b,
			 struct span at);
/* A number as a constant of the type; NULL and a message when it has not the width. */
const struct ir_expr *query_fitting(struct checker *c, struct term lit, struct ir_type t,
				    struct term against);
struct term query_arithmetic(struct checker *c, enum ir_op op, struct term a, struct term b,
			     struct span at);
struct term query_unary(struct checker *c, enum ir_op op, struct term a, struct span at);
const struct ir_expr *query_truth(struct checker *c, struct term t);
/* An expression of its own type; literals get one. NULL after an error. */
const struct ir_expr *query_value(struct checker *c, struct term t);

/* fold.c: literals among themselves */
struct term query_fold(struct checker *c, enum ir_op op, struct term a, struct term b,
		       struct span at);
struct term query_fold_compare(struct checker *c, enum ir_op op, struct term a, struct term b,
			       struct span at);

/* names.c */
/* A field by its full name; NULL after an error. */
const struct ir_field *query_field(struct checker *c, bool egress, struct str text, struct span at);
/* The same without messages: NULL when it is none. */
const struct ir_field *query_probe_field(struct checker *c, struct str text);
const struct ir_field *query_valid(struct checker *c, bool egress, struct str text, struct span at);

/* warn.c */
void query_warn_filter(struct checker *c, const struct ir_expr *e, struct span at);
void query_warn_key(struct checker *c, const struct ir_expr *e, struct span at);

/* compact.c */
/* The same graph with only those fields and expressions that its queries use, in order of use. */
struct ir_graph *query_compact(struct arena *a, const struct ir_graph *g);

#endif
