/* show.h - the shell's commands that show something. Inside the switch only. */
#ifndef SWITCH_SHOW_H
#define SWITCH_SHOW_H

#include "switch/internal.h"
#include "switch/name.h"
#include "switch/shell.h"

struct show {
	const struct sw_shell *shell;
	struct sw *sw;
	const struct ps_program *program;
	struct arena *arena;
	FILE *out;
	struct str words[4]; /* the command and what follows it */
	uint32_t n;
};

typedef bool sw_show_fn(struct show *s);

/* What is wrong, as an answer; false. */
bool sw_show_error(struct show *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The number of a thing that word `at` names; -1: the answer tells. */
int sw_show_find(struct show *s, uint32_t at, const void *list, uint32_t n, sw_name_fn *name, const char *kind);
/* A number below `end`. */
bool sw_show_number(struct show *s, uint32_t at, uint64_t end, const char *what, uint64_t *ret);
/* A native integer in decimal; wider than 64 bits in hexadecimal. */
void sw_show_value(FILE *out, const void *p, uint32_t size, uint32_t width, bool is_signed);

/* show_table.c */
sw_show_fn sw_show_tables, sw_show_actions, sw_show_table_info, sw_show_table_actions, sw_show_table_dump, sw_show_entry,
	sw_show_num_entries, sw_show_profile, sw_show_member, sw_show_choice;
/* show_set.c */
sw_show_fn sw_show_sets, sw_show_set;
/* show_state.c */
sw_show_fn sw_show_register, sw_show_counter, sw_show_meter, sw_show_session, sw_show_groups, sw_show_stats, sw_show_drops,
	sw_show_queues, sw_show_ports, sw_show_elapsed;

#endif
