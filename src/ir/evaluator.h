/* evaluator.h - the inside of the evaluator, shared by eval*.c.
 *
 *     eval.c        queries and their epochs: packets and partial rows in, closed epochs out
 *     eval_rows.c   partial rows of one epoch, merged by key: as they come
 *     eval_loose.c  the same, all at the end
 *     eval_fold.c   what a stateful operator makes of tuples, and what becomes of its rows at the
 * end eval_after.c  the operators after it, over whole relations eval_join.c   joins
 *
 * What lives as long as the evaluator is malloc'd; what an epoch's result needs lives in an arena
 * that is freed once the result has been emitted.
 */
#ifndef IR_EVALUATOR_H
#define IR_EVALUATOR_H

#include "base/map.h"
#include "ir/eval.h"

/* --- values of expressions -------------------------------------------------------------------- */

/* What expressions read, and what has been computed from it so far: each expression once. */
struct eval_memo {
	struct ir_value *values; /* by expression */
	uint32_t *stamps;	 /* value is of `now`; constants have their value from the start */
	uint32_t n, now;
	const struct ir_value *fields, *columns, *right;
	struct ir_value instance; /* of the stream at hand */
};

void eval_memo_init(struct eval_memo *m, const struct ir_graph *g);
void eval_memo_fini(struct eval_memo *m);
/* New inputs: everything computed is forgotten. */
void eval_memo_set(struct eval_memo *m, const struct ir_value *fields,
		   const struct ir_value *columns, const struct ir_value *right);
/* The value lives until the next eval_memo_set. */
const struct ir_value *eval_memo_get(struct eval_memo *m, const struct ir_expr *e);

/* --- partial rows -------------------------------------------------------------------------------
 */

/* Texts as numbers, so that a cell is 16 bytes. */
struct eval_texts {
	struct arena *arena;
	struct map map;
};

typedef ir_i128 eval_cell;

eval_cell eval_cell_make(struct eval_texts *texts, struct ir_type t, const struct ir_value *v);
struct ir_value eval_cell_unusual(const struct eval_texts *texts, struct ir_type t, eval_cell c);
static inline struct ir_value
eval_cell_value(const struct eval_texts *texts, struct ir_type t, eval_cell c)
{
	return t.kind == IR_FLOAT || ir_is_text(t.kind) ? eval_cell_unusual(texts, t, c) : ir_int(c);
}
eval_cell eval_cell_merge(int how, struct ir_type t, eval_cell a, eval_cell b);

/* Rows of nkeys + nvalues cells; with keys one row a key, found by hash. */
struct eval_rows {
	eval_cell *cells;
	uint64_t *ids; /* of rows that came in another order than they count in; NULL: as they came */
	uint32_t n, cap;
	uint32_t *slots; /* index + 1 */
	uint32_t nslots;
	bool loose;	  /* rows of eval_rows_put, of which the first `settled` are sorted and merged */
	uint32_t settled;
};

void eval_rows_fini(struct eval_rows *r);
/* Adds a row, or merges it into the one with its key. A layout of `plain` rows (a stream) merges
 * nothing. */
void eval_rows_add(struct eval_rows *r, const struct ir_partial *layout, bool plain,
		   const eval_cell *row);
/* Says where the row that was added last belongs among the others. For all rows, or for none. */
void eval_rows_place(struct eval_rows *r, uint64_t id);
/* Brings the rows into the order of their ids. */
void eval_rows_order(struct eval_rows *r, const struct ir_partial *layout);
const eval_cell *eval_rows_at(const struct eval_rows *r, const struct ir_partial *layout,
			      uint32_t i);

/* Loose rows (eval_loose.c): what rows are sorted with, kept from one time to the next. */
struct eval_ranked {
	uint64_t key;
	uint32_t row;
};

struct eval_scratch {
	eval_cell *cells;
	size_t ncells;
	struct eval_ranked *ranked;
	uint32_t nranked;
};

void eval_scratch_fini(struct eval_scratch *s);
/* Room for one more row, to be filled at once. */
eval_cell *eval_rows_put(struct eval_rows *r, const struct ir_partial *layout, struct eval_scratch *s);
/* Sorts loose rows by their keys, and merges those of one key. */
void eval_rows_settle(struct eval_rows *r, const struct ir_partial *layout, struct eval_scratch *s);
/* Whether the rows are in the order in which results are told. */
bool eval_rows_by_key(const struct eval_rows *r, const struct ir_partial *layout);

/* --- stateful operators
 * --------------------------------------------------------------------------- */

/* How tuples become partial rows of an operator (node; NULL: a stream of tuples). */
struct eval_fold {
	const struct ir_node *node;
	const struct ir_node *packets; /* of a LOST whose lost packets are named; NULL: there is none */
	struct ir_partial layout;
	VEC(const struct ir_expr *) items; /* keys, then values; all must be there */
	eval_cell *row;			   /* room for one row */
};

/* A relation: rows of values by column. */
struct eval_relation {
	const struct ir_column *columns;
	uint32_t ncolumns;
	VEC(const struct ir_value *) rows;
	bool ordered; /* by SORT or TOP, or as they came: not to be sorted by key */
	bool by_key;  /* they are in the order of their keys already */
};

struct eval_context {
	struct arena *arena; /* of the result */
	struct eval_memo *memo;
	struct eval_texts *texts;
	uint64_t absent; /* tuples dropped so far */
};

void eval_layout(struct arena *a, const struct ir_node *node, const struct ir_node *packets,
		 const struct ir_column *columns, uint32_t ncolumns, struct ir_partial *ret);
/* `columns`: of a stream (node NULL). The items are the operator's own expressions. */
void eval_fold_init(struct eval_fold *f, struct arena *a, const struct ir_node *node,
		    const struct ir_node *packets, const struct ir_column *columns, uint32_t ncolumns);
/* The tuple in the memo as a partial row in f->row; false when something it needs is absent.
 * `in`, `out`: for LOST, the copies counted on each side. */
bool eval_fold_tuple(struct eval_fold *f, struct eval_memo *memo, struct eval_texts *texts,
		     uint64_t in, uint64_t out);
/* Final values. */
void eval_fold_finish(struct eval_context *c, const struct eval_fold *f,
		      const struct eval_rows *rows, struct eval_relation *ret);

/* --- after them
 * ------------------------------------------------------------------------------------ */

/* Applies one operator other than JOIN in place. */
void eval_after(struct eval_context *c, const struct ir_node *n, struct eval_relation *r);
void eval_join(struct eval_context *c, const struct ir_node *n, struct eval_relation *left,
	       const struct eval_relation *right);
/* Leaves the rows of `r` that `n` lets through; earlier NULL: there are no rows to be among. */
void eval_refine(struct eval_context *c, const struct ir_node *n, struct eval_relation *r, const struct eval_relation *earlier);
/* By keys ascending, then by the other columns. */
void eval_sort_by_key(struct eval_relation *r);

/* --- epochs (eval_epochs.c) --- */

struct eval_epoch {
	uint64_t number;
	struct eval_rows rows;
	struct ir_epoch_info info;
};

/* A query's epochs that have not been reported to all that want them, by number. */
struct eval_epochs {
	struct eval_epoch **v; /* in no order */
	uint32_t n, cap;
	uint32_t *slots; /* index + 1 */
	uint32_t nslots;
	struct eval_epoch *last; /* looked up */
	struct eval_epoch *spare; /* one that was let go, for the next */
};

/* NULL: there is none of that number. */
struct eval_epoch *eval_epochs_find(struct eval_epochs *s, uint64_t number);
/* There is none of that number yet. */
struct eval_epoch *eval_epochs_add(struct eval_epochs *s, uint64_t number);
/* Forgets what lies below `number`. */
void eval_epochs_drop(struct eval_epochs *s, uint64_t number);
void eval_epoch_free(struct eval_epoch *e);

#endif
