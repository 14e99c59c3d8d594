/* weaver.h - the inside of the weaver: its state, and what its files offer each other. Not for
 * other folders.
 *
 * Woven code is written as P4 text and parsed into nodes, which are spliced into the user's tree.
 * Names of the text resolve when the tree is checked again.
 */
#ifndef WEAVE_WEAVER_H
#define WEAVE_WEAVER_H

#include "p4/parse.h"
#include "weave/tree.h"
#include "weave/weave.h"

/* A growing text. */
struct text {
	FILE *f;
	char *p;
	size_t n;
};

void text_open(struct text *t);
struct str text_close(struct text *t, struct arena *a);

/* One of the two controls that are woven. */
struct role {
	bool egress;
	struct p4_inst *inst;
	struct p4_node *decl;	   /* its P4_CONTROL */
	struct str hdr, meta, std; /* its own names for its parameters */
	struct str carrier;	   /* "meta.ps" */
	struct str time;	   /* the packet's time of arrival, 48 bits of ticks: "meta.ps.arrival", or standard metadata's */
	bool marks, reason;	   /* follow drop marks; with reason codes */
	bool resubmits;		   /* follow resubmit requests */
	struct str mark_queries;   /* "query a, b": for comments */
	struct text locals, pre, post;
	struct text actions; /* declared behind the user's own locals */
	bool any; /* something is woven into it */
};

/* Names that can't clash: no identifier of the program begins with their prefix. */
struct names {
	struct str prefix;	/* "ps" */
	struct str tags, field; /* the carrier's type and the field that holds it */
	struct str stop, why, marked, resubmitted, arrival, sizes;
	struct str time, epoch, hash, row, found, cell, old, sequence, copies, value, key, word, mixed, place, sum, counted;
};

struct effects_known {
	struct p4_node *decl;
	uint32_t effects; /* enum effect */
};

struct weaver {
	struct arena *a;
	struct diags *d;
	const struct plan *plan;
	struct p4_program *p4;
	struct p4_node *tree;
	struct manifest *m;
	struct names n;
	struct map used; /* names given out by weave_fresh */
	struct role roles[2];
	struct p4_node *h, *meta_decl,
		*std_decl;	/* declarations of the headers, metadata, standard metadata */
	bool indexed_registers; /* register<T, I> */
	bool sizes;		/* the group sizes' register exists */
	/* while the value of a tag is printed that marks write: the text of the reason's code, and of the carrier; else NULL */
	const char *mark_reason;
	struct str mark_carrier;
	struct span at;		/* of the query being woven, for messages */
	struct str query;
	uint32_t numbered; /* fresh names so far */
	VEC(struct effects_known) effects;
	VEC(struct p4_node *) localized; /* top-level actions that were copied into a control */
};

/* weave.c */
/* Names (that begin with `prefix` and a line), roles, declarations: what every step begins with. Needs p4, tree, plan. */
void weave_open(struct weaver *w, const char *prefix);
/* Puts the roles' texts into their controls. */
void weave_close(struct weaver *w);
struct str weave_fresh(struct weaver *w, struct str wanted);
struct p4_list weave_stmts(struct weaver *w, struct str text);
struct p4_node *weave_stmt(struct weaver *w, struct str text); /* the first of them */
bool weave_is(const struct p4_type *t, const struct p4_node *decl);
/* Inserts `add` before element `at` of `list`. */
void weave_splice(struct weaver *w, struct p4_list *list, uint32_t at, const struct p4_list *add);
/* The parameter of a control (or action) whose type is `decl`; NULL when there is none. */
struct p4_node *weave_param(const struct p4_list *params, const struct p4_node *decl);

/* names.c */
void weave_names(struct weaver *w, const char *wanted);

/* expr.c: prints the value of `e` at an instant, always parenthesised where needed. */
void weave_expr(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at);
/* The same as unsigned bit<width>; booleans as one bit. Signed values are sign-extended. */
void weave_bits(struct weaver *w, FILE *out, const struct ir_expr *e, enum ir_instant at,
		uint32_t width);
void weave_tag(struct weaver *w, FILE *out, struct str carrier, const struct plan_tag *t);
/* What a tag of kind VALUE or PAYLOAD gets at an instant, as bit<its width>. */
void weave_tag_value(struct weaver *w, FILE *out, const struct plan_tag *t, enum ir_instant at);
/* Does the tag belong to the marks of this control? */
bool weave_is_at_mark(const struct plan_tag *t, const struct role *role);
/* floor(`t` / divisor), exact for all values of `bits` bits, as bit<ret_width>. */
void weave_divide(FILE *out, const char *t, uint32_t bits, uint64_t divisor, uint32_t width);

/* state.c: the code of one query's state at an instant; fills the manifest's record. */
void weave_state(struct weaver *w, const struct plan_state *s);

/* instant.c: what runs at each instant, around the states. */
void weave_instants(struct weaver *w);
void weave_check_length(struct weaver *w); /* an error unless packet.len_out can be known */
struct str weave_mark_queries(struct weaver *w, const struct role *role); /* "query a, b" */

/* signal.c: epochs that have packets tell the controller, if the plan says so. */
void weave_signals(struct weaver *w);

/* carrier.c: the struct of tags, its place in the metadata, and what copies metadata whole. */
void weave_carrier(struct weaver *w);
bool weave_carrier_wanted(const struct weaver *w);
/* What handles metadata whole goes on to mean what it meant when field n.field of type n.tags is added; `empty` initializes it. */
void weave_spare_metadata(struct weaver *w, struct str empty);
/* Adds the struct and the field. */
void weave_add_carrier(struct weaver *w, struct str declaration);

/* lists.c: field lists, by their numbers. */
struct weave_lists {
	VEC(uint64_t) numbers; /* each once */
};
void weave_lists_add(struct weaver *w, struct weave_lists *lists, uint64_t number);
/* Adds those of all calls of an extern whose last argument is a list. */
void weave_lists_of(struct weaver *w, const char *call, struct weave_lists *ret);
struct str weave_lists_text(struct weaver *w, const struct weave_lists *lists); /* "@field_list(1, 2) "; "" for none */

/* arrival.c: packets that come back keep their time of arrival, if the plan says so. */
/* The annotation of what is kept, in clones too if so it is said: they get a list where they need one. */
struct str weave_arrival_lists(struct weaver *w, bool in_clones);
void weave_arrival_begin(struct weaver *w);
void weave_arrival_end(struct weaver *w);

/* local.c: top-level actions that must see the control's variables move into it. */
void weave_localize(struct weaver *w, struct p4_node *control, uint32_t effects);

/* unshare.c: every instance that is changed in its own way gets its own declaration. */
void weave_unshare(struct weaver *w);

/* mark.c: follows drop marks, assignments that undo them, and resubmit requests. */
void weave_marks(struct weaver *w);
uint32_t weave_site(struct weaver *w, struct str text);		   /* its number; made when new */
uint32_t weave_find_site(const struct weaver *w, struct str text); /* 0: none */

/* exit.c: packets reach the end of the woven controls whatever the user's code does. */
void weave_exits(struct weaver *w);

#endif
