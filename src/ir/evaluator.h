/* evaluator.h - the inside of the evaluator, shared by eval*.c.
 *
 *     eval.c        queries and their epochs: packets and partial rows in
 *     eval_close.c  closed epochs out
 *     eval_rows.c   partial rows of one epoch, merged by key: as they come
 *     eval_loose.c  the same, by the thousand: as words, and in order
 *     eval_merge.c  merges these
 *     eval_sieve.c  leaves those that may pass the filter behind them, before they are merged
 *     eval_top.c    leaves the highest of them
 *     eval_fold.c   what a stateful operator makes of tuples, and what becomes of its rows at the end
 *     eval_copy.c   rows that become rows of the next operator as they are
 *     eval_after.c  the operators after it
 *     eval_join.c   joins
 *
 * What lives as long as the evaluator is malloc'd; what an epoch's result needs lives in an arena
 * that is freed once the result has been emitted.
 */
#ifndef IR_EVALUATOR_H
#define IR_EVALUATOR_H

#include "base/map.h"
#include "ir/eval.h"
#include "ir/expr.h"

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

/* Rows of nkeys + nvalues cells; with keys one row a key, found by hash. Loose rows are words. */
struct eval_rows {
	eval_cell *cells;
	uint64_t *words; /* of loose rows */
	uint64_t *ids; /* of rows that came in another order than they count in; NULL: as they came */
	uint32_t n, cap;
	uint32_t *slots; /* index + 1; of loose rows: of those that are settled, or there are none (nslots 0) */
	uint32_t nslots, slots_room;
	uint32_t base, top; /* of loose rows: what is added to an index, so that slots of earlier rows count as free; the highest number in a slot */
	bool loose;	  /* rows of eval_rows_put, of which the first `settled` have a key each */
	uint32_t settled;
	bool sorted;	  /* and these are in the order of their keys */
	bool crowded;	  /* they met too often in the slots: merged by sorting only */
	bool unique;	  /* no two of them have the same key, as they came */
	uint32_t tables;  /* they are wanted in order, and come from so many tables, in each of which few keys have more than one; 0: not only from tables */
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
/* Of rows that are not loose. */
static inline const eval_cell *
eval_rows_at(const struct eval_rows *r, const struct ir_partial *layout, uint32_t i)
{
	return r->cells + (size_t)i * (layout->nkeys + layout->nvalues);
}

/* --- stateful operators
 * --------------------------------------------------------------------------- */

/* Where a column lies in a loose row: a word's bits, or (`wide`) a word and the whole next one. Keys lie so that words that are compared one after the
 * other have the order of the keys; signs are flipped for that. */
struct eval_place {
	uint64_t mask, flip;
	uint8_t word, shift;
	bool wide, is_signed;
};

struct eval_packing {
	struct eval_place *places; /* by column */
	uint32_t nkeys, width;	   /* words */
};

/* Is a column the first in its word? */
static inline bool
eval_is_first(const struct eval_packing *p, uint32_t column)
{
	return column == 0 || p->places[column].word != p->places[column - 1].word;
}

/* Is it a number that a word holds? */
static inline bool
eval_is_word(struct ir_type t)
{
	return t.kind != IR_FLOAT && !ir_is_text(t.kind) && t.width <= 64;
}

/* A filter behind a fold that lets groups pass from a number of rows, or a sum, on. */
struct eval_sieve {
	uint64_t limit; /* 0: there is no such filter */
	bool counts;	/* rows of a group, which has all keys but the last; else their sum in `column` */
	uint32_t column;
};

/* How tuples become partial rows of an operator (node; NULL: a stream of tuples). */
struct eval_fold {
	const struct ir_node *node;
	const struct ir_node *packets; /* of a LOST whose lost packets are named; NULL: there is none */
	struct ir_partial layout;
	struct eval_packing packing;
	VEC(const struct ir_expr *) items; /* keys, then values; all must be there */
	eval_cell *row;			   /* room for one row */
	struct eval_sieve sieve;	   /* of what comes behind, where it is known */
};

/* A filter that compares a column with a number, which takes no expression to tell. */
struct eval_test {
	bool is_plain; /* else the filter has to be asked */
	enum ir_op op;
	uint32_t column;
	ir_i128 limit;
};

void eval_test_init(struct eval_test *t, const struct ir_expr *filter);
static inline bool
eval_test_passes(const struct eval_test *t, ir_i128 v)
{
	return ir_holds(t->op, v < t->limit ? -1 : v > t->limit);
}

/* Memory that is kept from one time to the next: what loose rows are sorted with (eval_loose.c), slots (eval_merge.c), and room for an epoch's results, which, unlike
 * an arena's, is not emptied. */
struct eval_scratch {
	uint64_t *words, *ranked;
	size_t nwords, nranked;
	uint32_t *slots, slots_room, slots_top; /* of rows that are gone */
	uint8_t *room;
	size_t size, taken, wanted;
};

void eval_scratch_fini(struct eval_scratch *s);
/* The room is all free again, and as large as was wanted. */
void eval_scratch_reset(struct eval_scratch *s);
void eval_packing_init(struct eval_packing *p, struct arena *a, const struct ir_partial *layout);
/* The first n columns of a row, to words and back. */
void eval_pack(const struct eval_packing *p, uint32_t n, const eval_cell *cells, uint64_t *row);
void eval_unpack(const struct eval_packing *p, uint32_t n, const uint64_t *row, eval_cell *cells);
/* One column, whose bits are 0. */
void eval_pack_add(const struct eval_place *p, uint64_t *row, eval_cell c);
static inline eval_cell
eval_packed_cell(const struct eval_place *p, const uint64_t *row)
{
	uint64_t v = (row[p->word] >> p->shift & p->mask) ^ p->flip, sign = p->mask ^ p->mask >> 1;

	if (p->is_signed)
		v = (v ^ sign) - sign;
	if (p->wide)
		return (eval_cell)((ir_u128)v << 64 | row[p->word + 1]);
	return p->is_signed ? (eval_cell)(int64_t)v : (eval_cell)v;
}
/* n rows whose columns, of up to 64 bits, lie in arrays: the elements `from` (NULL: the first n). */
void eval_pack_columns(const struct eval_packing *p, uint32_t ncolumns, const struct ir_cells *columns, const uint32_t *from,
		       uint32_t n, uint64_t *rows);
/* Do the first keys agree? There is a column behind them. */
bool eval_packed_same(const struct eval_packing *p, uint32_t nkeys, const uint64_t *a, const uint64_t *b);
/* Room for n more rows, to be filled at once. */
uint64_t *eval_rows_put(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s, uint32_t n);
/* Merges loose rows of one key (eval_merge.c). */
void eval_rows_settle(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s);
/* And brings them into the order of their keys. */
void eval_rows_sort(struct eval_rows *r, const struct eval_fold *f, struct eval_scratch *s);
/* `next`: the operator behind the fold; NULL: there is none. */
void eval_sieve_init(struct eval_sieve *v, const struct eval_fold *f, const struct ir_node *next);
/* Lets go of loose rows whose groups can't pass. No more rows may come. */
void eval_rows_sieve(struct eval_rows *r, const struct eval_fold *f);
/* Frees rows; their slots are for others. */
void eval_rows_done(struct eval_rows *r, struct eval_scratch *s);
/* Whether sorted rows are in the order in which results are told. */
bool eval_rows_by_key(const struct eval_rows *r, const struct ir_partial *layout);
/* Leaves those of settled rows in which the number in `column` passes. */
void eval_rows_keep(struct eval_rows *r, const struct eval_packing *p, const struct eval_test *t);
/* eval_top.c: leaves the n of settled rows with the highest numbers in `column`, of equal ones those with the lowest keys. */
void eval_rows_top(struct eval_rows *r, const struct eval_packing *p, uint32_t column, uint32_t n, struct arena *a);
/* Are words in the order of their keys, each key as often as it may be? Puts them in order. */
bool eval_words_ordered(const struct eval_rows *r, const struct eval_packing *p);
void eval_words_order(struct eval_rows *r, const struct eval_packing *p, struct eval_scratch *s);

/* Loose rows whose columns are a relation's, and room for the values of one. */
struct eval_packed {
	const struct eval_rows *rows; /* NULL: none */
	const struct eval_packing *packing;
	struct ir_value *row;
};

/* A relation: rows of values by column. */
struct eval_relation {
	const struct ir_column *columns;
	uint32_t ncolumns;
	VEC(const struct ir_value *) rows;
	struct eval_packed packed; /* the rows, if nobody works on them any more */
	bool ordered; /* by SORT or TOP, or as they came: not to be sorted by key */
	bool by_key;  /* they are in the order of their keys already */
};

struct eval_context {
	struct arena *arena; /* of the result */
	struct eval_memo *memo;
	struct eval_texts *texts;
	struct eval_scratch *scratch;
	uint64_t absent; /* tuples dropped so far */
	bool packs;	 /* rows of the epoch that are results as they are may stay packed */
};

/* Memory that lives as long as the arena, with anything in it. */
void *eval_room(struct eval_context *c, size_t size);

/* Rows on their way through filters and maps, one by one, into a relation or into the rows of a reduce or distinct. */
struct eval_chain {
	struct eval_context *c;
	struct ir_node **nodes; /* filters and maps */
	uint32_t n;
	struct ir_value **room; /* for what each map makes */
	struct eval_test *tests; /* by node */
	bool folds;
	const struct ir_node *behind; /* the operator that takes the relation; NULL: none does */
	struct eval_fold fold; /* `folds`: where rows end */
	struct eval_rows rows;
	struct eval_relation out; /* else */
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
/* Final values, into a chain that was opened for them. */
void eval_fold_finish(struct eval_context *c, const struct eval_fold *f, struct eval_rows *rows,
		      struct eval_chain *to);
/* eval_copy.c: the same where rows become rows of the chain's fold, as they are; false: they don't. */
bool eval_copy_rows(struct eval_context *c, const struct eval_fold *f, const struct eval_rows *rows, struct eval_chain *to);
/* Of a DISTINCT_F: its groups as rows of `ret`, with how many rows each has. */
void eval_count_groups(struct eval_context *c, const struct eval_fold *f, const struct eval_rows *rows, struct eval_fold *ret_fold,
		       struct eval_rows *ret);

/* Joins of rows that are a number for each key (`diff` and `sum` of two counts): the rows of both sides, the right ones' numbers negative for `diff`,
 * merged. Whether left rows are such; the joined rows of `ret_fold`, or false: the right ones are not. */
bool eval_joins_rows(const struct ir_node *n, const struct eval_fold *left, const struct eval_rows *rows);
bool eval_join_rows(struct eval_context *c, const struct ir_node *n, const struct eval_fold *left, const struct eval_rows *left_rows,
		    const struct eval_fold *right, const struct eval_rows *right_rows, struct eval_fold *ret_fold, struct eval_rows *ret);

/* --- after them
 * ------------------------------------------------------------------------------------ */

/* The operators of `q` from `at` on that take rows one by one. Their input is like `in`, whose rows don't matter. Returns the first operator that is
 * not among them. */
uint32_t eval_chain_open(struct eval_chain *x, struct eval_context *c, const struct ir_query *q, uint32_t at,
			 const struct eval_relation *in);
/* The row is good during the call. */
void eval_chain_push(struct eval_chain *x, const struct ir_value *row);
/* SORT or TOP, in place. */
void eval_order(struct eval_context *c, const struct ir_node *n, struct eval_relation *r);
void eval_join(struct eval_context *c, const struct ir_node *n, const struct eval_relation *left,
	       const struct eval_relation *right, struct eval_chain *to);
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

/* --- the evaluator ----------------------------------------------------------------------------- */

/* Another query that a result comes from, and how many epochs before; or a query that has it so. */
struct eval_link {
	uint32_t query;
	uint64_t before;
};

struct eval_state {
	const struct ir_query *q;
	VEC(const struct ir_expr *) filters; /* before the first stateful operator, over fields */
	struct eval_fold fold;
	struct ir_value *told; /* room for a row, when tuples are told */
	uint32_t after; /* first operator that works on rows */
	bool plain;	/* no stateful operator */
	bool lost;
	struct eval_epochs epochs;
	uint64_t sealed;  /* no more rows for epochs below it */
	uint64_t emitted; /* results of epochs below it have been emitted */
	VEC(struct eval_link) closure; /* queries whose rows its results come from: itself and, through joins and refinements, others */
	VEC(struct eval_link) users;	  /* reported queries that have it in their closure */
	/* the result of one epoch, while that of a reported query is being computed */
	struct eval_relation result;
	bool has_result;
	uint64_t result_of;
};

struct ir_eval {
	struct ir_graph *g;
	struct arena *arena;
	struct eval_state *states; /* by query */
	uint32_t nstates;
	struct eval_memo memo;
	struct eval_texts texts;
	ir_taken *taken; /* not NULL: tuples are told, not kept */
	void *user;
	struct eval_scratch scratch;
	struct arena *results; /* of the epoch that is being told */
};

#endif
