/* state.h - the inside of what writes one query's state as P4, shared by state.c (rings, counters), state_table.c, lost.c (both
 * sides of a loss) and packets.c (the names of lost packets). */
#ifndef WEAVE_STATE_H
#define WEAVE_STATE_H

#include "weave/weaver.h"

/* What the code of one state is made of. */
struct gen {
	struct weaver *w;
	const struct plan_state *s;
	struct manifest_state *m;
	struct role *r; /* where the code runs */
	FILE *out;
	enum ir_instant at;
	struct text action; /* what is inside an action, while it is being written */
	FILE *outside;
	uint32_t nwords; /* of all keys */
	bool declared;	 /* the first register has said which query it is for */
	bool apart;	 /* in an action that has all values as parameters */
};

struct ring_names {
	struct str sequence, epoch;
	VEC(struct str) words; /* in order of keys, then values */
};

struct table_names {
	struct str cell;
	VEC(struct str) words; /* of keys */
	struct str values[8];
	struct str log, next; /* numbers of claimed rows, and how many there have been */
};

/* Where a state's code goes at an instant. */
struct gen state_gen(struct weaver *w, const struct plan_state *s, struct manifest_state *m, enum ir_instant at);
void state_comment(FILE *out, const struct gen *g, const char *what);
/* Declares a register in the control where it is used; *ret is its control-plane name. */
struct str state_declare(struct gen *g, const char *suffix, uint32_t width, uint32_t cells, struct str *ret);
/* Declares the registers of a column of `width` bits in words of 32. */
struct manifest_column state_declare_words(struct gen *g, const char *what, uint32_t number, uint32_t width,
					   bool is_signed, uint32_t cells, struct str *names);
/* Declares the register of value i; *ret_name is its name in the program. */
struct manifest_column state_declare_value(struct gen *g, const char *what, uint32_t i, uint32_t cells, struct str *ret_name);
void state_begin_action(struct gen *g);
void state_end_action(struct gen *g, const char *suffix, const char *what);

uint32_t state_words_of(uint32_t width);
uint32_t state_key_width(const struct ir_expr *e);
/* An odd multiplier for each stage. */
uint32_t state_stage_factor(uint32_t stage);

/* Local variables: the packet's epoch, its keys, a hash of both. */
void state_epoch(struct gen *g);
void state_keys(struct gen *g);
void state_hash(struct gen *g);

/* The cell of this epoch in a counter gets `amount` more. `inside` an atomic block there is a variable for it. */
void state_counter(struct gen *g, struct str reg, const char *index, const char *amount, bool inside);
/* The counter's cell for the packet's epoch. */
const char *state_epoch_index(const struct gen *g);

/* Prints value number i as a row gets it. */
void state_value(const struct gen *g, FILE *out, uint32_t i);
/* Key word number i (most significant first) of the key in local variable `key`N. */
void state_key_word(const struct gen *g, FILE *out, uint32_t key, uint32_t i);

/* refine.c: of a refined query, an `if` around what counts a packet, behind its epoch and its keys. True: it was begun. */
bool state_begin_refined(struct gen *g);
void state_end_refined(struct gen *g, bool begun);

void state_declare_table(struct gen *g, struct table_names *ret);
void state_find(struct gen *g, const struct table_names *t);
/* `copies`: of losses, the variable that says how many; NULL: the query's values. */
void state_update(struct gen *g, const struct table_names *t, const char *copies);
/* The row that was looked for is updated, or claimed, or the packet has none and goes to the ring, or into the register `overflow`. */
void state_found(struct gen *g, const struct table_names *t, const struct ring_names *ring, struct str overflow);
void state_claim(struct gen *g, const struct table_names *t, const char *copies);

/* `copies`: a column of this name (of losses) comes last. */
void state_declare_ring(struct gen *g, const char *copies, struct ring_names *ret);
/* Tells the manifest of columns that are in the ring only. */
void state_stream_columns(struct gen *g);
/* Writes the packet's tuple, or, `old`, what is in the row at hand; the variable `sequence` is its number, before it becomes a place in the ring. */
void state_ring(struct gen *g, const struct ring_names *ring, const char *copies, const char *keep_number, bool old);

/* lost.c: the two sides of a loss. */
void state_lost_in(struct gen *g, struct str tag);
void state_lost_out(struct gen *g);

/* packets.c: adds the packet `copies` times to one side's table of lost packets. */
void state_packets(struct gen *g, bool is_out, const char *copies);

#endif
