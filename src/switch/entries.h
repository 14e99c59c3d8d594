/* entries.h - what the control plane tells a switch at start: a command file as simple_switch_CLI takes it, or an sX-runtime.json
 * as the P4 tutorials have it. Which one it is, is told by the first character.
 *
 * Reading makes a list of commands, which are still text with places; sw_apply finds the names, checks widths and forms against the
 * program and carries all of them out, or none when one is wrong. All mistakes of a file are reported in one go.
 */
#ifndef SWITCH_ENTRIES_H
#define SWITCH_ENTRIES_H

#include "base/diag.h"
#include "base/source.h"
#include "base/str.h"
#include "switch/switch.h"

struct arena;

enum sw_command_kind {
	SW_TABLE_ADD, SW_TABLE_SET_DEFAULT, SW_TABLE_RESET_DEFAULT, SW_TABLE_MODIFY, SW_TABLE_DELETE, SW_TABLE_CLEAR,
	SW_GROUP_CREATE, SW_GROUP_DESTROY, SW_NODE_CREATE, SW_NODE_UPDATE, SW_NODE_DESTROY, SW_NODE_ASSOCIATE,
	SW_NODE_DISSOCIATE,
	SW_GROUP_MEMBERS, /* runtime.json: a group and all its copies */
	SW_MIRROR_PORT, SW_MIRROR_GROUP, SW_MIRROR_DELETE,
	SW_MIRROR_COPIES, /* runtime.json */
	SW_REGISTER_WRITE, SW_REGISTER_RESET, SW_COUNTER_WRITE, SW_COUNTER_RESET,
	SW_METER_RATES, SW_METER_ARRAY_RATES, SW_QUEUE_RATE, SW_QUEUE_DEPTH, SW_CRC16, SW_CRC32,
	SW_MEMBER_CREATE, SW_MEMBER_MODIFY, SW_MEMBER_DELETE, /* of an action profile, the target */
	SW_CHOICE_CREATE, SW_CHOICE_DELETE, SW_CHOICE_ADD, SW_CHOICE_REMOVE, /* a selector's groups */
	SW_SET_ADD, SW_SET_REMOVE, SW_SET_CLEAR, /* a parser's value set */
	SW_TABLE_ADD_MEMBER, SW_TABLE_ADD_CHOICE, SW_TABLE_DEFAULT_MEMBER, SW_TABLE_DEFAULT_CHOICE,
};

/* A word of the file. */
struct sw_arg {
	struct str text;
	struct span at;
	struct str name; /* of a parameter, in runtime.json */
	struct span name_at;
};

enum sw_form { SW_PLAIN, SW_SLASH, SW_MASKED, SW_ARROW, SW_PAIR }; /* v, v/n, v&&&m, lo->hi, [v, w] */

struct sw_match {
	struct sw_arg name; /* runtime.json: of the key; else empty */
	struct sw_arg a, b;
	enum sw_form form;
	struct span at;
};

struct sw_command {
	enum sw_command_kind kind;
	struct span at;
	bool is_json;	       /* keys and parameters have names; a higher priority wins */
	struct sw_arg target;  /* table, register, group, session, queue's number... */
	struct sw_arg action;
	struct sw_arg handle;
	struct sw_match *matches;
	uint32_t nmatches;
	struct sw_arg *args; /* parameters (in a command file the last may be the priority), ports, numbers */
	uint32_t nargs;
	struct sw_arg priority; /* runtime.json; empty: none */
};

struct sw_commands {
	struct sw_command *v;
	uint32_t n, cap;
};

/* Reads a text and adds its commands to *ret (empty: zeroed), those that are right even when it returns false because the text has
 * mistakes, which are then reported. Commands point into the source and the arena. */
bool sw_entries_read(struct arena *a, struct diags *d, const struct source *text, struct sw_commands *ret);

/* A parameter that files do not mention: the loader fills it with code | (handle + 1), for a default action with code |
 * SW_HIDDEN_DEFAULT. */
struct sw_hidden {
	const char *table, *action, *param; /* full control-plane names; the parameter's own name */
	uint32_t code;
};
#define SW_HIDDEN_DEFAULT 0xfffffu

/* Carries all commands out, or none and reports why. */
bool sw_apply(struct sw *sw, struct arena *a, struct diags *d, const struct sw_commands *c,
	const struct sw_hidden *hidden, uint32_t nhidden);

/* Carries out one command, while packets wait; a table is not copied for it. *ret_handle: of the entry, node, member or group that it
 * made; -1: none. */
bool sw_apply_one(struct sw *sw, struct arena *a, struct diags *d, struct sw_command *c, const struct sw_hidden *hidden,
	uint32_t nhidden, int64_t *ret_handle);

/* The names of commands and what follows them ("TABLE HANDLE"), by number; false: there are no more. */
bool sw_entries_command(uint32_t i, const char **ret_name, const char **ret_usage);
/* Why a command of simple_switch_CLI is not one here; NULL: it is one, or none there either. */
const char *sw_entries_refusal(struct str name);

/* Reads and applies a file ("-": standard input). */
bool sw_load_entries(struct sw *sw, struct arena *a, struct diags *d, const char *path, const struct sw_hidden *hidden,
	uint32_t nhidden);

#endif
