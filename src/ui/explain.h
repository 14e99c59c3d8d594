/* explain.h - what `packetscope explain` knows of a compilation, and the three ways in which it says so. */
#ifndef UI_EXPLAIN_H
#define UI_EXPLAIN_H

#include <stdio.h>

#include "plan/fit.h"
#include "ui/compile.h"

int ui_explain(int argc, const char **argv);

/* --- inside: explain*.c --------------------------------------------------------------------------- */

/* An operator of a query. */
struct explain_operator {
	const char *kind; /* "filter" */
	struct str text;  /* what it does */
	bool in_switch;
	enum ir_instant at; /* in the switch */
	struct str why;	    /* there */
	uint32_t pipe, first, last; /* stages; pipe PART_PIPES: takes none */
};

struct explain_query {
	struct str name;
	const struct ir_query *query;
	const struct plan_state *state;
	const struct plan_fit_query *fit;
	VEC(struct explain_operator) operators;
	uint64_t state_bytes;
	uint32_t registers;
	uint32_t own_bits; /* most bits over a boundary that no other query needs */
};

struct explain_tag {
	const struct plan_tag *tag;
	struct str what, queries;
};

/* What a stage of a pipeline holds. */
struct explain_stage {
	VEC(struct str) tables; /* the user's */
	VEC(struct str) steps;	/* of queries: "lost_web: table 0" */
	double used[PART_RESOURCES];
};

struct explain {
	struct arena *a;
	const char *program;
	const struct plan *plan;
	const struct plan_fit *fit;
	const struct plan_network *network; /* NULL: no queries over network() */
	struct plan_bits bits;
	VEC(struct explain_query) queries;
	VEC(struct explain_tag) tags;
	struct explain_stage *stages[PART_PIPES];
	uint32_t nstages[PART_PIPES]; /* those up to the last one in use */
	double limits[PART_RESOURCES]; /* of a stage; PART_UNLIMITED */
	VEC(struct str) advice;	       /* sentences: what to change to gain most */
};

extern const char *const explain_instants[IR_INSTANTS];
extern const char *const explain_boundaries[PART_BOUNDARIES];
extern const char *const explain_pipes[PART_PIPES];

void explain_make(struct explain *e, struct compilation *c, const char *program);
/* "all in the switch", "2 of 3 operators in the switch"... */
struct str explain_verdict(const struct explain *e, const struct explain_query *q);
/* The search for the plan: "nothing to choose", "proven best"... */
struct str explain_search(const struct explain *e);
/* 1234567 is "1,234,567"; 0.5 is "0.5". */
struct str explain_number(struct arena *a, double n);
struct str explain_bytes(struct arena *a, uint64_t n);
struct str explain_percent(struct arena *a, double share);

void explain_text(FILE *out, const struct explain *e);
void explain_json(FILE *out, const struct explain *e);
void explain_html(FILE *out, const struct explain *e);

#endif
