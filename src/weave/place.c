/* place.c - drop reasons name lines, and a line is the user's. The woven program is printed and read again before it runs, so its
 * marks would stand on lines of the woven text; they get back the places that they have in the user's file. */
#include "weave/tree.h"
#include "weave/weave.h"

struct marks {
	struct arena *a;
	VEC(struct p4_node *) calls; /* of mark_to_drop, in order of the text */
};

static bool
collect(void *user, struct p4_node **slot)
{
	struct marks *m = user;
	struct p4_node *n = *slot;

	if (n->kind == P4_CALL && n->u.call.callee->kind == P4_NAME && str_is(n->u.call.callee->name, "mark_to_drop"))
		vec_push(m->a, &m->calls, n);
	return true;
}

void
weave_places(struct arena *a, struct p4_node *woven, struct p4_node *again)
{
	struct marks from = { .a = a }, to = { .a = a };

	tree_walk(&woven, collect, &from);
	tree_walk(&again, collect, &to);
	for (uint32_t i = 0; from.calls.n == to.calls.n && i < to.calls.n; i++)
		to.calls.v[i]->at = from.calls.v[i]->at;
}
