/* Command files of simple_switch_CLI: one command per line, words with spaces between, `#` starts a comment. */
#include "base/arena.h"
#include "switch/reading.h"

/* What a line's words are. `least`, `most` count those after the command's name. */
enum shape { SHAPE_WORDS, SHAPE_TABLE_ADD, SHAPE_TABLE_ACTION, SHAPE_TABLE_MODIFY, SHAPE_SET };

struct command_info {
	const char *name;
	enum sw_command_kind kind;
	enum shape shape;
	uint32_t least, most;
	const char *usage;
};

static const struct command_info commands[] = {
	{ "table_add", SW_TABLE_ADD, SHAPE_TABLE_ADD, 3, 9999, "TABLE ACTION KEY... => PARAMETER... [PRIORITY]" },
	{ "table_set_default", SW_TABLE_SET_DEFAULT, SHAPE_TABLE_ACTION, 2, 9999, "TABLE ACTION PARAMETER..." },
	{ "table_reset_default", SW_TABLE_RESET_DEFAULT, SHAPE_WORDS, 1, 1, "TABLE" },
	{ "table_modify", SW_TABLE_MODIFY, SHAPE_TABLE_MODIFY, 3, 9999, "TABLE ACTION HANDLE [=>] PARAMETER..." },
	{ "table_delete", SW_TABLE_DELETE, SHAPE_WORDS, 2, 2, "TABLE HANDLE" },
	{ "table_clear", SW_TABLE_CLEAR, SHAPE_WORDS, 1, 1, "TABLE" },
	{ "act_prof_create_member", SW_MEMBER_CREATE, SHAPE_TABLE_ACTION, 2, 9999, "PROFILE ACTION PARAMETER..." },
	{ "act_prof_modify_member", SW_MEMBER_MODIFY, SHAPE_TABLE_MODIFY, 3, 9999, "PROFILE ACTION MEMBER PARAMETER..." },
	{ "act_prof_delete_member", SW_MEMBER_DELETE, SHAPE_WORDS, 2, 2, "PROFILE MEMBER" },
	{ "act_prof_create_group", SW_CHOICE_CREATE, SHAPE_WORDS, 1, 1, "PROFILE" },
	{ "act_prof_delete_group", SW_CHOICE_DELETE, SHAPE_WORDS, 2, 2, "PROFILE GROUP" },
	{ "act_prof_add_member_to_group", SW_CHOICE_ADD, SHAPE_WORDS, 3, 3, "PROFILE MEMBER GROUP" },
	{ "act_prof_remove_member_from_group", SW_CHOICE_REMOVE, SHAPE_WORDS, 3, 3, "PROFILE MEMBER GROUP" },
	{ "table_indirect_add", SW_TABLE_ADD_MEMBER, SHAPE_TABLE_ADD, 3, 9999, "TABLE KEY... => MEMBER [PRIORITY]" },
	{ "table_indirect_add_with_group", SW_TABLE_ADD_CHOICE, SHAPE_TABLE_ADD, 3, 9999,
	  "TABLE KEY... => GROUP [PRIORITY]" },
	{ "table_indirect_delete", SW_TABLE_DELETE, SHAPE_WORDS, 2, 2, "TABLE HANDLE" },
	{ "table_indirect_set_default", SW_TABLE_DEFAULT_MEMBER, SHAPE_WORDS, 2, 2, "TABLE MEMBER" },
	{ "table_indirect_set_default_with_group", SW_TABLE_DEFAULT_CHOICE, SHAPE_WORDS, 2, 2, "TABLE GROUP" },
	{ "table_indirect_reset_default", SW_TABLE_RESET_DEFAULT, SHAPE_WORDS, 1, 1, "TABLE" },
	{ "pvs_add", SW_SET_ADD, SHAPE_SET, 2, 9999, "SET VALUE" },
	{ "pvs_remove", SW_SET_REMOVE, SHAPE_SET, 2, 9999, "SET VALUE" },
	{ "pvs_clear", SW_SET_CLEAR, SHAPE_WORDS, 1, 1, "SET" },
	{ "mc_mgrp_create", SW_GROUP_CREATE, SHAPE_WORDS, 1, 1, "GROUP" },
	{ "mc_mgrp_destroy", SW_GROUP_DESTROY, SHAPE_WORDS, 1, 1, "GROUP" },
	{ "mc_node_create", SW_NODE_CREATE, SHAPE_WORDS, 1, 9999, "RID PORT..." },
	{ "mc_node_update", SW_NODE_UPDATE, SHAPE_WORDS, 2, 9999, "NODE PORT..." },
	{ "mc_node_destroy", SW_NODE_DESTROY, SHAPE_WORDS, 1, 1, "NODE" },
	{ "mc_node_associate", SW_NODE_ASSOCIATE, SHAPE_WORDS, 2, 2, "GROUP NODE" },
	{ "mc_node_dissociate", SW_NODE_DISSOCIATE, SHAPE_WORDS, 2, 2, "GROUP NODE" },
	{ "mirroring_add", SW_MIRROR_PORT, SHAPE_WORDS, 2, 2, "SESSION PORT" },
	{ "mirroring_add_mc", SW_MIRROR_GROUP, SHAPE_WORDS, 2, 2, "SESSION GROUP" },
	{ "mirroring_delete", SW_MIRROR_DELETE, SHAPE_WORDS, 1, 1, "SESSION" },
	{ "register_write", SW_REGISTER_WRITE, SHAPE_WORDS, 3, 3, "REGISTER INDEX VALUE" },
	{ "register_reset", SW_REGISTER_RESET, SHAPE_WORDS, 1, 1, "REGISTER" },
	{ "counter_write", SW_COUNTER_WRITE, SHAPE_WORDS, 4, 4, "COUNTER INDEX PACKETS BYTES" },
	{ "counter_reset", SW_COUNTER_RESET, SHAPE_WORDS, 1, 1, "COUNTER" },
	{ "meter_set_rates", SW_METER_RATES, SHAPE_WORDS, 4, 4, "METER INDEX RATE:BURST RATE:BURST" },
	{ "meter_array_set_rates", SW_METER_ARRAY_RATES, SHAPE_WORDS, 3, 3, "METER RATE:BURST RATE:BURST" },
	{ "set_queue_rate", SW_QUEUE_RATE, SHAPE_WORDS, 1, 3, "PACKETS_PER_SECOND [PORT [PRIORITY]]" },
	{ "set_queue_depth", SW_QUEUE_DEPTH, SHAPE_WORDS, 1, 3, "PACKETS [PORT [PRIORITY]]" },
	{ "set_crc16_parameters", SW_CRC16, SHAPE_WORDS, 6, 6, "CRC16 POLYNOMIAL INITIAL FINAL_XOR REFLECT_DATA REFLECT_REMAINDER" },
	{ "set_crc32_parameters", SW_CRC32, SHAPE_WORDS, 6, 6, "CRC32 POLYNOMIAL INITIAL FINAL_XOR REFLECT_DATA REFLECT_REMAINDER" },
};
enum { NCOMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Commands that only show something. */
static const char *const showing[] = {
	"act_prof_dump", "act_prof_dump_group", "act_prof_dump_member", "counter_read", "get_time_elapsed",
	"help", "mc_dump", "meter_get_rates", "mirroring_get", "pvs_get", "register_read",
	"show_actions", "show_ports", "show_pvs", "show_tables", "table_dump", "table_dump_entry",
	"table_info", "table_num_entries",
	"table_show_actions",
};
#define NSHOWING (sizeof(showing) / sizeof(showing[0]))

/* Commands of simple_switch_CLI for what this switch does not have, or has in another way. */
static const struct refused {
	const char *name, *why;
	bool shows; /* in a file of entries it has no effect */
} refused[] = {
	{ "get_time_since_epoch", "get_time_elapsed tells the switch's clock, which starts at the whole second before the start", true },
	{ "port_add", "ports are named at the start, with -i", true },
	{ "port_remove", "ports are named at the start, with -i", false },
	{ "switch_info", "show_tables, show_actions, show_ports and stats tell what it would", true },
	{ "table_dump_entry_from_key", "table_dump shows entries with their handles, table_dump_entry one of them", true },
	{ "table_dump_member", "act_prof_dump_member shows members of action profiles", true },
	{ "table_dump_group", "act_prof_dump_group shows groups of action selectors", true },
	{ "load_new_config_file", "a program stays for as long as its switch runs; queries may come and go (query add)", false },
	{ "swap_configs", "a program stays for as long as its switch runs; queries may come and go (query add)", false },
	{ "write_config_to_file", "what runs is the P4 program itself: packetscope weave writes it, with its queries", false },
	{ "mc_set_lag_membership", "there are no link aggregation groups", false },
	{ "reset_state", "table_clear, register_reset and counter_reset empty one object each", false },
	{ "serialize_state", "state is not kept in files; register_read, counter_read and table_dump show it", false },
	{ "set_toeplitz_hash_key", "v1model has no Toeplitz hash", false },
	{ "shell", "this prompt runs no other programs", false },
	{ "table_set_timeout", "entries do not age", false },
	{ "table_indirect_create_member", "it is act_prof_create_member PROFILE ACTION now", false },
	{ "table_indirect_delete_member", "it is act_prof_delete_member PROFILE MEMBER now", false },
	{ "table_indirect_modify_member", "it is act_prof_modify_member PROFILE ACTION MEMBER now", false },
	{ "table_indirect_create_group", "it is act_prof_create_group PROFILE now", false },
	{ "table_indirect_delete_group", "it is act_prof_delete_group PROFILE GROUP now", false },
	{ "table_indirect_add_member_to_group", "it is act_prof_add_member_to_group PROFILE MEMBER GROUP now", false },
	{ "table_indirect_remove_member_from_group", "it is act_prof_remove_member_from_group PROFILE MEMBER GROUP now", false },
};

static const struct refused *
find_refused(struct str name)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (str_is(name, refused[i].name))
			return &refused[i];
	return NULL;
}

const char *
sw_entries_refusal(struct str name)
{
	const struct refused *r = find_refused(name);

	return r ? r->why : NULL;
}

bool
sw_entries_command(uint32_t i, const char **ret_name, const char **ret_usage)
{
	if (i >= NCOMMANDS)
		return false;
	*ret_name = commands[i].name;
	*ret_usage = commands[i].usage;
	return true;
}

struct cli {
	struct arena *arena;
	struct diags *diags;
	struct sw_commands *ret;
	struct sw_arg *words; /* of the line */
	uint32_t n, cap;
};

static bool
is_among(struct str s, const char *const *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_is(s, list[i]))
			return true;
	return false;
}

#define AMONG(s, list) is_among((s), (list), sizeof(list) / sizeof((list)[0]))

static void
split(struct cli *c, struct str line, uint32_t base)
{
	uint32_t at = 0;

	c->n = 0;
	for (;;) {
		uint32_t from;

		while (at < line.n && strchr(" \t\r\v\f", line.p[at]) && line.p[at])
			at++;
		if (at == line.n || line.p[at] == '#')
			return;
		from = at;
		while (at < line.n && (!strchr(" \t\r\v\f", line.p[at]) || !line.p[at]))
			at++;
		if (c->n == c->cap)
			c->words = vec_grow(c->arena, c->words, c->n, &c->cap, sizeof(*c->words));
		c->words[c->n++] = (struct sw_arg){
			.text = str_sub(line, from, at), .at = { base + from, base + at },
		};
	}
}

static struct sw_arg *
copy_words(struct cli *c, uint32_t from, uint32_t to)
{
	return arena_copy(c->arena, c->words + from, (to > from ? to - from : 0) * sizeof(*c->words));
}

static struct sw_arg
part(struct sw_arg word, uint32_t from, uint32_t to)
{
	uint32_t begin = word.at.begin;

	word.text = str_sub(word.text, from, to);
	word.at = (struct span){ begin + from, begin + to };
	return word;
}

static int64_t
find_text(struct str s, const char *what)
{
	uint32_t n = (uint32_t)strlen(what);

	for (uint32_t i = 0; i + n <= s.n; i++)
		if (!memcmp(s.p + i, what, n))
			return i;
	return -1;
}

static struct sw_match
read_match(struct sw_arg word)
{
	static const struct { const char *text; enum sw_form form; } marks[] = {
		{ "&&&", SW_MASKED }, { "->", SW_ARROW }, { "/", SW_SLASH },
	};
	struct sw_match m = { .a = word, .at = word.at, .form = SW_PLAIN };

	for (uint32_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int64_t at = find_text(word.text, marks[i].text);

		if (at < 0)
			continue;
		m.form = marks[i].form;
		m.a = part(word, 0, (uint32_t)at);
		m.b = part(word, (uint32_t)at + (uint32_t)strlen(marks[i].text), word.text.n);
		return m;
	}
	return m;
}

static bool
read_table_add(struct cli *c, const struct command_info *info, struct sw_command *cmd)
{
	uint32_t first = info->kind == SW_TABLE_ADD ? 3 : 2, arrow = first;

	while (arrow < c->n && !str_is(c->words[arrow].text, "=>"))
		arrow++;
	if (info->kind == SW_TABLE_ADD)
		cmd->action = c->words[2];
	if (arrow == c->n) {
		diag_error(c->diags, cmd->at, "no '=>' between keys and parameters");
		diag_hint(c->diags, "%s %s", info->name, info->usage);
		return false;
	}
	cmd->nmatches = arrow - first;
	cmd->matches = arena_array(c->arena, struct sw_match, cmd->nmatches ? cmd->nmatches : 1);
	for (uint32_t i = first; i < arrow; i++)
		cmd->matches[i - first] = read_match(c->words[i]);
	cmd->nargs = c->n - arrow - 1;
	cmd->args = copy_words(c, arrow + 1, c->n);
	return true;
}

static bool
read_value(struct cli *c, struct sw_command *cmd)
{
	cmd->nmatches = c->n - 2;
	cmd->matches = arena_array(c->arena, struct sw_match, cmd->nmatches);
	for (uint32_t i = 0; i < cmd->nmatches; i++)
		cmd->matches[i] = read_match(c->words[2 + i]);
	return true;
}

static bool
read_words(struct cli *c, const struct command_info *info, struct sw_command *cmd)
{
	uint32_t from = 2;

	switch (info->shape) {
	case SHAPE_TABLE_ADD:
		return read_table_add(c, info, cmd);
	case SHAPE_SET:
		return read_value(c, cmd);
	case SHAPE_TABLE_ACTION:
		cmd->action = c->words[2];
		from = 3;
		break;
	case SHAPE_TABLE_MODIFY:
		cmd->action = c->words[2];
		cmd->handle = c->words[3];
		from = 4;
		break;
	case SHAPE_WORDS:
		break;
	}
	if (info->shape != SHAPE_WORDS && from < c->n && str_is(c->words[from].text, "=>"))
		from++;
	cmd->nargs = c->n - from;
	cmd->args = copy_words(c, from, c->n);
	return true;
}

static void
unknown(struct cli *c)
{
	struct sw_arg name = c->words[0];
	const struct refused *no = find_refused(name.text);
	struct str names[NCOMMANDS + NSHOWING];

	if (AMONG(name.text, showing) || (no && no->shows)) {
		diag_warn(c->diags, name.at, "'%.*s' has no effect here", STRA(name.text));
		return;
	}
	if (no) {
		diag_error(c->diags, name.at, "'%.*s' is not supported: %s", STRA(name.text), no->why);
		return;
	}
	for (uint32_t i = 0; i < NCOMMANDS; i++)
		names[i] = str_from(commands[i].name);
	for (uint32_t i = 0; i < NSHOWING; i++)
		names[NCOMMANDS + i] = str_from(showing[i]);
	diag_error(c->diags, name.at, "no command '%.*s'", STRA(name.text));
	diag_nearest(c->diags, name.text, names, NCOMMANDS + NSHOWING);
}

static void
read_line(struct cli *c)
{
	const struct command_info *info = NULL;
	struct sw_command cmd = { 0 };

	for (uint32_t i = 0; i < NCOMMANDS; i++)
		if (str_is(c->words[0].text, commands[i].name))
			info = &commands[i];
	if (!info) {
		unknown(c);
		return;
	}
	cmd.kind = info->kind;
	cmd.at = span_join(c->words[0].at, c->words[c->n - 1].at);
	if (c->n - 1 < info->least || c->n - 1 > info->most) {
		diag_error(c->diags, cmd.at, "'%s' needs %s%u word%s after it, here %s %u", info->name,
			info->least == info->most ? "" : c->n - 1 < info->least ? "at least " : "at most ",
			c->n - 1 < info->least ? info->least : info->most,
			(c->n - 1 < info->least ? info->least : info->most) == 1 ? "" : "s",
			c->n - 1 == 1 ? "is" : "are", c->n - 1);
		diag_hint(c->diags, "%s %s", info->name, info->usage);
		return;
	}
	cmd.target = c->words[1];
	if (read_words(c, info, &cmd))
		vec_push(c->arena, c->ret, cmd);
}

void
sw_cli_read(struct arena *a, struct diags *d, const struct source *text, struct sw_commands *ret)
{
	struct cli c = { .arena = a, .diags = d, .ret = ret };
	uint32_t at = 0, errors = diag_errors(d);

	while (at < text->text.n && diag_errors(d) - errors < SW_ENTRIES_ERRORS) {
		const char *p = text->text.p + at;
		const char *end = memchr(p, '\n', text->text.n - at);
		uint32_t n = end ? (uint32_t)(end - p) : text->text.n - at;

		split(&c, (struct str){ p, n }, text->base + at);
		if (c.n)
			read_line(&c);
		at += n + 1;
	}
}
