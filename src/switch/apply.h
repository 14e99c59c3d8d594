/* apply.h - carrying commands out on copies that take the originals' places when all went well. Inside the switch only. */
#ifndef SWITCH_APPLY_H
#define SWITCH_APPLY_H

#include "base/vec.h"
#include "switch/internal.h"
#include "switch/name.h"
#include "switch/reading.h"

/* A change that cannot fail any more and waits for the rest of the file. */
struct later {
	enum sw_command_kind kind;
	struct span at;
	uint32_t index, cell; /* object and cell; port and priority */
	const void *value;    /* of a register */
	uint64_t a, b;	      /* packets and bytes; a rate; a depth */
	struct sw_rate committed, peak;
	struct sw_crc crc;
};

struct apply {
	struct sw *sw;
	const struct ps_program *program;
	struct arena *arena;
	struct diags *diags;
	const struct sw_hidden *hidden;
	uint32_t nhidden;
	struct ps_table **tables; /* copies; NULL: not touched */
	bool *doubtful;		  /* tables with a wrong command: handles after it say nothing */
	struct sw_profile **profiles; /* copies; NULL: not touched */
	bool *profiles_doubtful;
	struct sw_pre *pre;	  /* a copy; NULL: not touched */
	bool nodes_doubtful;
	bool in_place;	/* a single command: tables without a profile are changed themselves */
	int64_t handle; /* of the last thing made; -1: none */
	VEC(struct later) later;
};

/* The index of a thing by name; -1: reported. `kind`: "table". */
int sw_apply_find(struct apply *ap, struct sw_arg name, const void *list, uint32_t n, sw_name_fn *fn, const char *kind);

void sw_apply_table(struct apply *ap, const struct sw_command *c); /* apply_table.c */
void sw_apply_crc(struct apply *ap, const struct sw_command *c); /* crc.c */
void sw_apply_set(struct apply *ap, const struct sw_command *c); /* apply_set.c */
void sw_apply_profile(struct apply *ap, const struct sw_command *c); /* apply_profile.c */
/* Before the copies are taken over: tables get what members and groups have become. */
void sw_apply_resolve(struct apply *ap);

/* --- apply_table.c, for the others --- */

/* Reads a field of a match; value, mask: where it is in them, zeroed. */
bool sw_apply_field(struct apply *ap, const struct ps_key_info *k, const struct sw_command *c, const struct sw_match *m,
	uint8_t *value, uint8_t *mask);

struct ps_table *sw_apply_shadow(struct apply *ap, uint32_t table);
/* The action among those that the table permits; -1: reported. */
int sw_apply_action(struct apply *ap, const struct ps_table_info *t, const struct sw_command *c);
/* The parameters' bytes; NULL: reported. */
uint8_t *sw_apply_data(struct apply *ap, const struct ps_table_info *t, const struct ps_action_info *action,
	const struct sw_command *c, uint32_t nargs);
/* Adds the command's match with the default action and no parameters, which stands for `group` (ps_entry.group). */
bool sw_apply_add_group(struct apply *ap, uint32_t table, const struct sw_command *c, uint32_t group);
void sw_apply_copies(struct apply *ap, const struct sw_command *c); /* apply_pre.c: groups, nodes, sessions */

#endif
