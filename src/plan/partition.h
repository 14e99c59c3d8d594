/* partition.h - the integer program: for each query which prefix of its operators runs in the switch, in which stages and with
 * how large a table, so that as few tuples as possible reach the controller. It knows nothing of P4 or of queries: a
 * query is a list of ways to run it, each a chain of steps that may be cut short.
 *
 *     query   has levels 1..n (of key refinement; most queries have one); the last one, which answers it, is always on
 *     way     reaches a level from another one (0: from the raw packets); a level that is on is reached in exactly one way
 *     step    sits in one stage of its pipeline, behind the steps that it needs, and uses resources there
 *     cut     how many steps of a way are in the switch (a prefix), and the tuples that the controller gets for it
 *
 * Partitioning and refinement are Sonata's (SIGCOMM 2018, section 4); the packet's bits across the pipelines' boundaries are
 * PacketScope's. Everything lives in the caller's arena.
 */
#ifndef PLAN_PARTITION_H
#define PLAN_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

enum { PART_INGRESS, PART_EGRESS, PART_PIPES };
/* What stages have: logical tables, stateful units, register bits, bits of hashes. */
enum { PART_TABLES, PART_UNITS, PART_BITS, PART_HASH, PART_RESOURCES };
#define PART_BOUNDARIES 3 /* in -> mid, mid -> deq, deq -> out */
#define PART_UNLIMITED 1e30

struct part_stage {
	double left[PART_RESOURCES];
};

struct part_step {
	uint32_t pipe; /* PART_INGRESS, PART_EGRESS */
	double uses[PART_RESOURCES];
	int32_t after[2]; /* earlier steps of the way; -1: none */
	uint32_t first;	  /* the first stage where it may be: what it reads is written before */
	struct str what;  /* for people */
};

struct part_cut {
	uint32_t steps;  /* the first steps that run */
	uint32_t number; /* the caller's: operators in the switch */
	double tuples;	 /* that reach the controller per second */
	double carried[PART_BOUNDARIES]; /* bits */
};

struct part_way {
	uint32_t from, level;
	uint32_t number, depth; /* the caller's: rows of its tables, and how many tables there are */
	VEC(struct part_step) steps;
	VEC(struct part_cut) cuts;
};

struct part_query {
	struct str name;
	uint32_t levels;
	VEC(struct part_way) ways;
};

struct part_problem {
	struct part_stage *stages[PART_PIPES]; /* one array for both when the pipelines share their stages */
	uint32_t nstages[PART_PIPES];
	double carried[PART_BOUNDARIES]; /* bits that may cross each boundary */
	VEC(struct part_query) queries;
	bool all_levels; /* every level is on (Sonata's fixed refinement) */
};

/* One way that was chosen. */
struct part_choice {
	uint32_t query, way, cut;
	uint32_t *stages; /* of the cut's steps */
};

enum part_status {
	PART_OPTIMAL,	/* proven */
	PART_TIMED,	/* the best plan found in the time; `bound` says how much better one could be */
	PART_GREEDY,	/* no solver: the best plan of a simple search */
	PART_INFEASIBLE /* nothing fits, not even what every query must have */
};

struct part_result {
	enum part_status status;
	double tuples, bound;
	VEC(struct part_choice) choices; /* by query, then level */
};

/* Solves within about time_ns, in a process of its own when the simple search has not proven its answer optimal. */
void part_solve(struct arena *a, const struct part_problem *p, uint64_t time_ns, struct part_result *ret);

/* The simple searches: queries by what they gain, each as far as it fits behind those before it; and all queries up in small steps, those
 * first that save most for what they take. PART_OPTIMAL when nothing can be better. One level at a time: levels other than the last
 * are left off (or on, when all must be). */
void part_greedy(struct arena *a, const struct part_problem *p, struct part_result *ret);

/* The first thing that is wrong with a result, "" when nothing is; reads the problem and the result only. */
struct str part_check(struct arena *a, const struct part_problem *p, const struct part_result *r);

/* partition_cbc.c: the solver. False when there is none, or it found nothing. `start`: a feasible result, or NULL. */
bool part_cbc(struct arena *a, const struct part_problem *p, uint64_t time_ns, const struct part_result *start,
	      struct part_result *ret);

#endif
