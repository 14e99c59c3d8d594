/* effects.h - what code does to a packet's fate: drop marks, assignments that undo them,
 * resubmission; and whether it may exit. Internal to src/weave. */
#ifndef WEAVE_EFFECTS_H
#define WEAVE_EFFECTS_H

#include "weave/weaver.h"

enum effect {
	EFFECT_MARK = 1,     /* calls mark_to_drop */
	EFFECT_SPEC = 2,     /* may assign egress_spec or mcast_grp */
	EFFECT_RESUBMIT = 4, /* asks for resubmission */
	EFFECT_EXIT = 8,     /* may run `exit` */
};

/* Of an action, function, table or control, with all that it calls. */
uint32_t effects_of(struct weaver *w, struct p4_node *decl);
/* Of a statement or expression, with all that it calls. */
uint32_t effects_in(struct weaver *w, struct p4_node *n);
/* Of one call itself: what is called, and what it does to its arguments. */
uint32_t effects_of_call(struct weaver *w, struct p4_node *call);

/* Is `n` egress_spec or mcast_grp (or a slice of one) of the control's own standard metadata? */
bool effects_is_spec(const struct weaver *w, struct p4_node *n);
/* Is it all of the standard metadata? */
bool effects_is_std(const struct weaver *w, struct p4_node *n);

#endif
