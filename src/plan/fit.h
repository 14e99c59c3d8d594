/* fit.h - fits queries into the switch that a model describes: the user's program takes its stages, the integer program shares out the
 * rest, and what finds no room is left to the controller. */
#ifndef PLAN_FIT_H
#define PLAN_FIT_H

#include "plan/load.h"
#include "plan/plan.h"
#include "plan/stages.h"

#define PLAN_TIME_NS UINT64_C(2000000000) /* default limit of the search */
#define PLAN_SPLIT_FREE UINT32_MAX

struct plan_fit_options {
	const struct plan_model *model;
	const struct plan_load *load;
	uint64_t time_ns;
	const uint32_t *forced; /* by query: operators in the switch, PLAN_SPLIT_FREE; NULL: none is */
};

/* What became of a query. */
struct plan_fit_query {
	uint32_t operators; /* that a switch can run at all */
	uint32_t split;	    /* operators that it does run */
	uint32_t rows, stages; /* of its table; 0: it has none */
	bool forced;
	double tuples, best; /* a second to the controller: now, and if there were room for all of it */
	double packets;	     /* a second that the controller would see without the switch's work */
	double overflow;     /* expected fraction of keys without a row, in the epoch with most keys */
	const char *limit;   /* what stands in the way of the rest; NULL: nothing */
	const struct part_way *way;
	const struct part_choice *choice; /* stages of its steps */
};

struct plan_fit {
	const struct plan_model *model;
	const struct plan_load *load;
	struct stages stages; /* the user's program */
	struct part_problem problem;
	struct part_result result;
	struct plan_fit_query *queries; /* by query */
	uint64_t took_ns;
};

/* NULL after errors. `p` is a plan with graph, program and target. */
struct plan_fit *plan_fit(struct plan *p, struct diags *d, const struct plan_options *o, const struct plan_fit_options *f);

/* Checks a plan with a fit from scratch (verify_fit.c): stages' limits, the order of steps, what the plan took of the fit. Calls bug()
 * with what is wrong. */
void plan_verify_fit(const struct plan *p);

/* The names of resources, for people: "tables"... */
extern const char *const plan_resource_words[PART_RESOURCES];

/* The query in which a change would save most: most tuples that reach the controller though the switch could keep them; -1 when nothing is
 * left to the controller for want of room. */
int32_t plan_fit_worst(const struct plan_fit *f);

#endif
