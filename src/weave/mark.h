/* mark.h - following drop marks through one control instance. Internal to src/weave. */
#ifndef WEAVE_MARK_H
#define WEAVE_MARK_H

#include "weave/effects.h"

struct marker {
	struct weaver *w;
	struct role *role;
	struct p4_inst *inst;
	struct str hdr, meta, std; /* the control's names for what it can see; "" when it can't */
	bool has_carrier_param;	   /* the tags come as a parameter of their own */
	struct p4_node *action;	   /* whose body is being rewritten; NULL: the apply block */
	struct p4_node *callable;  /* for messages */
};

/* site.c */
void mark_reasons(struct marker *k); /* hidden parameters of actions, and their codes in tables */
void mark_call_action(struct marker *k, struct p4_node *call);
/* Calls from the apply block get actions of their own: what a table runs and what is called would else be two actions of one name in
 * BMv2's JSON, one of which lost its parameter because its value is known, and simple_switch_CLI takes either for the other. */
void mark_part_actions(struct marker *k);
void mark_print_end(struct weaver *w, struct role *role);
uint32_t mark_site_of_action(struct marker *k, struct str where, const struct p4_node *action);
uint32_t mark_site_of_line(struct marker *k, struct span at);
void mark_add_arg(struct weaver *w, struct p4_list *args, struct str name, struct p4_node *expr);

#endif
