/* tree.h - walking, copying and cleaning P4 trees. Internal to src/weave. */
#ifndef WEAVE_TREE_H
#define WEAVE_TREE_H

#include "p4/check.h"

/* Calls `visit` on every node under and including *slot, parents first; a false return keeps it
 * from going deeper. The visitor may replace *slot; what it put there is not visited again. */
typedef bool tree_visit(void *user, struct p4_node **slot);
void tree_walk(struct p4_node **slot, tree_visit *visit, void *user);

/* A deep copy whose references (decl, target, owner...) to nodes inside the original point to the
 * copies. `ret_map`, when not NULL, is filled: original node -> copy. */
struct tree_pair {
	struct p4_node *from, *to;
};
struct tree_map {
	VEC(struct tree_pair) pairs; /* sorted by `from`, for looking up only */
};
void tree_sort_map(struct tree_map *m);
struct p4_node *tree_copy(struct arena *a, struct p4_node *n, struct tree_map *ret_map);
struct p4_node *tree_mapped(const struct tree_map *m, struct p4_node *n); /* itself when absent */
/* Points all references under `n` to mapped nodes. */
void tree_remap(struct p4_node *n, const struct tree_map *m);

/* Forgets what the checker found and takes its implicit casts out: the tree is as after parsing. */
void tree_uncheck(struct p4_node *n);

/* Small makers. */
struct p4_node *tree_block(struct arena *a, struct span at);
struct p4_node *tree_name(struct arena *a, struct str name);
struct p4_node *tree_arg(struct arena *a, struct p4_node *expr);

/* The parameter or variable at the root of an l-value (hdr of hdr.ipv4.ttl[3:0]); NULL for others.
 */
struct p4_node *tree_root(struct p4_node *lvalue);
/* Without the implicit casts around it. */
struct p4_node *tree_plain(struct p4_node *n);

#endif
