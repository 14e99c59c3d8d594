/* weave.h - carries a plan out: P4 tree in, P4 tree with queries out, and the manifest that tells the controller what is where.
 *
 * The user's program keeps its names and its behaviour. Woven code runs before and after each of the two controls whatever the user's
 * code does (exit, return). The result is a fresh, unchecked tree: print it, or p4_check it again.
 */
#ifndef WEAVE_WEAVE_H
#define WEAVE_WEAVE_H

#include "manifest/manifest.h"
#include "plan/plan.h"

/* NULL after errors. The tree of plan->program is taken over and changed: it must not be used afterwards. `ret` is filled. */
struct p4_node *weave(struct arena *a, struct diags *d, const struct plan *p, struct manifest *ret);

/* `again` is the woven tree, printed and parsed: its drop marks get the places of those of `woven`, so that the switch's reasons
 * (CONTROL/mark_to_drop@LINE) tell the user's lines. */
void weave_places(struct arena *a, struct p4_node *woven, struct p4_node *again);

#endif
