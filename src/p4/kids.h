/* kids.h - which children a node of the tree has: the one place that knows the shape of every kind.
 * What the checker left behind (call.ordered, decl, implicit values...) is no child. */
#ifndef P4_KIDS_H
#define P4_KIDS_H

#include "p4/ast.h"

/* Where a node keeps one child, or a list of them; exactly one of the two is set. An absent child
 * has no entry, nor has a list that never had room. */
struct p4_kid {
	const char *what; /* what it is to its parent, as the dump of the tree says */
	struct p4_node **one;
	struct p4_list *all;
};

#define P4_KIDS 8

struct p4_kids {
	struct p4_kid v[P4_KIDS];
	uint32_t n;
};

/* In source order as far as one kind goes, annotations first. */
void p4_kids(struct p4_node *n, struct p4_kids *ret);

#endif
