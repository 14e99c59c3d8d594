/* writes_walk.h - what the walk over a control (writes_walk.c) and what it writes down (writes.c) share. */
#ifndef PLAN_WRITES_WALK_H
#define PLAN_WRITES_WALK_H

#include "plan/writes.h"

/* A parameter of something called, and the l-value that it stands for. */
struct writes_binding {
	const struct p4_node *param;
	int root;
	struct str path;
};

/* Where the walk is: can anything get here, and after a mark that nothing has undone? */
struct writes_flow {
	bool reached, marked;
};

struct writes_walked {
	const struct p4_node *decl;
	bool marked;	  /* when it began */
	bool marks;	  /* something in it marks */
	struct writes_flow ends; /* how it ended */
};

struct writes_walk {
	struct arena *a;
	struct plan_program *p;
	struct plan_writes *w;
	const struct p4_node *params[3]; /* headers, metadata, standard metadata of the control */
	VEC(struct writes_walked) seen;	  /* declarations walked already, without arguments */
	VEC(struct writes_binding) bindings;	  /* innermost last */
	uint32_t walks;
	struct writes_flow at, returned; /* now; at the returns of what is being walked */
	const struct p4_node *constant; /* the value that is being assigned */
};

/* Room for what a control of this program may write. */
void writes_open(struct arena *a, const struct plan_program *p, struct plan_writes *w);
/* The root parameter (0 headers, 1 metadata, 2 standard metadata) and path of an l-value; -1 for
 * anything else. A run-time index makes the path end before it: everything under it may be written. */
int writes_path(struct writes_walk *k, const struct p4_node *n, struct str *ret);
void writes_add(struct writes_walk *k, const struct p4_node *lvalue);
/* Everything may be written. */
void writes_add_all(struct writes_walk *k);
/* A part of the headers or metadata that was given to what marked the packet is written back behind the mark. */
void writes_copy_back(struct writes_walk *k, const struct writes_binding *b);

#endif
