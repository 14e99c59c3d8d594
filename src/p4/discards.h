/* discards.h - which class of the discard model each drop of a program has, judged by where it stands: the table whose action
 * drops, and the condition around it. docs/semantics.md, "Discard classes", has the rules.
 */
#ifndef P4_DISCARDS_H
#define P4_DISCARDS_H

#include "base/discard.h"
#include "p4/check.h"

/* Fills `ret` (initialized) for every table and action and every mark_to_drop of ingress and egress. An annotation
 * @discard("policy/l3/acl") on a table, an action or a control says it better; a wrong path there is an error in `d`. */
void p4_discards(struct arena *a, struct diags *d, const struct p4_program *p, struct discards *ret);

#endif
