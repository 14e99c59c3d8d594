/* eval.h - the plain evaluator: runs queries over packets or over partial results. It is the oracle of the tests
 * (`packetscope eval`, whole packets in) and the executor of what the planner left to the controller
 * (partial rows in, read from a switch). Both ways go through the same code.
 *
 * A query is cut at its first stateful operator. Before it: per packet (filters, maps). At it: *partial rows*, which can be merged in any
 * order and number:
 *     REDUCE sum, min, max   keys, values...
 *     REDUCE count           keys, count
 *     REDUCE avg             keys, sum, count
 *     REDUCE distinct(f)     keys, f
 *     REDUCE quantile(f, p)  keys, f, count
 *     DISTINCT               keys
 *     LOST                   keys, ingress count, egress count
 *     LOST, PACKETS          keys, the PACKETS' values, a bit for each value that is there, the counts
 *     none (a plain stream)  the last map's columns
 * After it, per closed epoch: final values, filters on them, joins, top, sort.
 */
#ifndef IR_EVAL_H
#define IR_EVAL_H

#include "ir/graph.h"

/* One packet as the oracle sees it. fields: by ir_field.index, IR_V_ABSENT where there is none. */
struct ir_packet {
	bool ingress, egress;	   /* which streams have a tuple of it */
	uint32_t ingress_instance, egress_instance; /* numbers of enum ps_instance */
	uint64_t time_in;	   /* ns, switch's clock */
	uint64_t id;		   /* in the order in which ingress saw the packets */
	uint32_t copies;	   /* how many copies ingress sent towards the queue */
	const struct ir_value *fields;
};

/* The columns of partial rows of a query. */
struct ir_partial {
	VEC(struct ir_column) columns;
	uint32_t nkeys; /* the first columns are the keys (f included for distinct(f), quantile) */
	uint32_t nvalues;
	/* how a value merges */
	enum { IR_MERGE_SUM, IR_MERGE_MIN, IR_MERGE_MAX } merge[8];
};
/* The PACKETS behind the query's LOST; NULL: there is none. */
const struct ir_node *ir_packets(const struct ir_query *q);
/* The REFINE that works on the rows of its first stateful operator, but for filters; NULL: there is none. */
const struct ir_node *ir_refinement(const struct ir_query *q);
void ir_partial_layout(struct ir_graph *g, const struct ir_query *q, struct ir_partial *ret);

/* What is known about an epoch of a query beside its rows. Sums over both sides of joins. */
struct ir_epoch_info {
	uint64_t absent;   /* tuples dropped because a key or value was absent */
	uint64_t overflow; /* LOST: losses that only the total counted; others: tuples that went around the table */
	uint64_t lost_tuples; /* mirrored tuples overwritten before they were read: the epoch is incomplete */
	uint64_t unnamed;  /* PACKETS: lost packets that could not be told apart: the rows know their keys only */
	uint64_t in_flight; /* packets of it that were still inside when it was closed after the longest wait */
	uint64_t crowded;  /* over network(): packets of flows for which the collector had no room */
	bool late;	   /* closed too late to be read */
	bool restarted;	   /* late because the switch restarted, and forgot */
	double precision;  /* LOST: lost packets that have a key / all; others: keys reported / seen; < 0: not known */
};

struct ir_exemplar {
	uint64_t id;	  /* struct ir_packet's */
	uint64_t time_in; /* ns, switch's clock */
};
/* Packets that a row counts. */
struct ir_exemplars {
	const struct ir_exemplar *v;
	uint32_t n;
};

/* Results of one query and epoch, in a stated order: by key ascending, unless SORT or TOP ordered them. Rows by the thousand stay as they were counted
 * until somebody asks for them: ir_result_row. */
struct ir_result {
	const struct ir_query *query;
	uint64_t epoch;
	const struct ir_column *columns;
	uint32_t ncolumns;
	const struct ir_value *const *rows; /* NULL: they are `packed` */
	const struct eval_packed *packed;
	const struct ir_exemplars *exemplars; /* by row, or NULL; whoever watched the packets puts them here */
	uint32_t nrows;
	struct ir_epoch_info info;
};

const struct ir_value *ir_result_unpack(const struct ir_result *r, uint32_t row);
/* The values of a row, by column of the query's last operator: good until the next one is asked for. */
static inline const struct ir_value *
ir_result_row(const struct ir_result *r, uint32_t row)
{
	return r->rows ? r->rows[row] : ir_result_unpack(r, row);
}

typedef void ir_emit(void *user, const struct ir_result *r);

struct ir_eval;

/* State for all queries of a graph; malloc'd, as it lives with the run. */
struct ir_eval *ir_eval_make(struct ir_graph *g);
void ir_eval_free(struct ir_eval *ev);

/* One packet, to every query. */
void ir_eval_packet(struct ir_eval *ev, const struct ir_packet *p);
/* A tuple that a query takes: `row` by partial column, good during the call. */
typedef void ir_taken(void *user, const struct ir_query *q, uint64_t epoch, const struct ir_partial *layout,
		      const struct ir_value *row, const struct ir_packet *p);
/* From now on tuples are told to `taken` and not kept: for finding packets, not for counting them. A LOST takes everything that could be
 * lost, each replica by itself: whether it was, its story says. */
void ir_eval_watch(struct ir_eval *ev, ir_taken *taken, void *user);
/* One partial row of query q: values by partial column. */
void ir_eval_partial(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, const struct ir_value *values);
/* One packet of query q, of which what its operators from `from` on read is known: fields by ir_field.index. The operators before
 * have passed it. */
void ir_eval_tuple(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, uint32_t from, const struct ir_value *fields,
		   uint32_t instance);
/* Numbers of 1, 2, 4 or 8 bytes, `stride` bytes from one to the next. */
struct ir_cells {
	const void *cells;
	uint32_t bytes, stride;
};
/* How often rows that come together have the same key. */
enum ir_cells_keys { IR_KEYS_OFTEN, IR_KEYS_SELDOM, IR_KEYS_NEVER };
/* n partial rows of query q, whose columns lie in arrays: the elements whose numbers are in `rows` (NULL: the first n); the columns take the bits that they have. Not for
 * plain streams, nor for rows with texts, broken numbers or columns of more than 64 bits. */
void ir_eval_cells(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, const struct ir_cells *columns, const uint32_t *rows,
		   uint32_t n, enum ir_cells_keys same);
/* Adds to what is known about an epoch; also makes an epoch known that has no rows. */
void ir_eval_info(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, const struct ir_epoch_info *info);

/* Closes the epochs of a query (and of the other sides of its joins) below `epoch`, in order, and emits a result for each that
 * had a tuple or an info. Epochs already closed are not closed again; a partial row for a closed epoch is a bug(). */
void ir_eval_close(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, ir_emit *emit, void *user);
/* Calls `member` for each key of an earlier epoch that rows of `epoch` have to be among to pass `n`, a REFINE: in the order of
 * n->on_right. That epoch must have been closed not longer ago than the epoch before `epoch`. */
typedef void ir_member(void *user, const struct ir_value *keys);
void ir_eval_members(struct ir_eval *ev, const struct ir_node *n, uint64_t epoch, ir_member *member, void *user);
/* Everything that is left, all queries that are not anonymous, in order of query, then epoch. */
void ir_eval_finish(struct ir_eval *ev, ir_emit *emit, void *user);

/* Evaluates an expression over packet fields and columns (either may be NULL). */
struct ir_value ir_expr_eval(const struct ir_expr *e, const struct ir_value *fields, const struct ir_value *columns,
			     const struct ir_value *right);

#endif
