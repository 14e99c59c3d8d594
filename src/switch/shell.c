#include "switch/shell.h"

#include <inttypes.h>
#include <errno.h>
#include <stdarg.h>

#include "base/arena.h"
#include "switch/show.h"
#include "switch/reading.h"


/* --- for the commands that show --- */

bool
sw_show_error(struct show *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("error: ", s->out);
	vfprintf(s->out, fmt, ap);
	fputc('\n', s->out);
	va_end(ap);
	return false;
}

/* Names as they are written here: in full, or only the last part. */
static struct str
near_name(struct show *s, struct str wanted, const void *list, uint32_t n, sw_name_fn *name)
{
	struct str *names = arena_array(s->arena, struct str, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		struct str full = str_from(name(list, i));
		int64_t dot = str_find(wanted, '.') < 0 ? str_rfind(full, '.') : -1;

		names[i] = str_sub(full, (uint32_t)(dot + 1), full.n);
	}
	return str_nearest(wanted, names, n);
}

int
sw_show_find(struct show *s, uint32_t at, const void *list, uint32_t n, sw_name_fn *name, const char *kind)
{
	struct str wanted = s->words[at], near;
	int i = sw_name_find(list, n, name, wanted);

	if (i >= 0)
		return i;
	if (i == -ENOTUNIQ) {
		sw_show_error(s, "several %ss end in '%.*s'", kind, STRA(wanted));
		return -1;
	}
	sw_show_error(s, "no %s '%.*s'", kind, STRA(wanted));
	near = near_name(s, wanted, list, n, name);
	if (near.n)
		fprintf(s->out, "hint: did you mean '%.*s'?\n", STRA(near));
	return -1;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

bool
sw_show_number(struct show *s, uint32_t at, uint64_t end, const char *what, uint64_t *ret)
{
	struct str w = s->words[at];
	int base = w.n > 2 && w.p[0] == '0' && (w.p[1] | 32) == 'x' ? 16 : 10;
	uint64_t v = 0;

	for (uint32_t i = base == 16 ? 2 : 0; i < w.n; i++) {
		int digit = digit_value(w.p[i]);

		if (digit >= base)
			return sw_show_error(s, "'%.*s' is no number, expected %s", STRA(w), what);
		if (v < end) /* else it is too large already */
			v = v * (uint64_t)base + (uint64_t)digit;
	}
	if (v >= end)
		return sw_show_error(s, "%.*s is out of bounds: %s is below %" PRIu64, STRA(w), what, end);
	*ret = v;
	return true;
}

void
sw_show_value(FILE *out, const void *p, uint32_t size, uint32_t width, bool is_signed)
{
	uint64_t v = 0;

	if (size > 8) {
		fputs("0x", out);
		for (uint32_t i = size; i-- > 0;)
			fprintf(out, "%02x", ((const uint8_t *)p)[i]);
		return;
	}
	memcpy(&v, p, size);
	if (is_signed && width && v >> (width - 1) & 1)
		fprintf(out, "-%" PRIu64, width == 64 ? -v : ((uint64_t)1 << width) - v);
	else
		fprintf(out, "%" PRIu64, v);
}

/* --- the commands --- */

static sw_show_fn help, complete;

static const struct shown {
	const char *name, *usage, *what;
	uint32_t least; /* words after the name; at most as many as `usage` has */
	sw_show_fn *fn;
} shown[] = {
	{ "stats", "", "packets: received + copies = sent + not_sent + no_such_port + dropped + lost + queued", 0, sw_show_stats },
	{ "drops", "[json]", "why packets did not leave, and their classes in the discard model", 0, sw_show_drops },
	{ "queues", "", "what waits in queues, and what they lost", 0, sw_show_queues },
	{ "show_ports", "", "ports, their interfaces and packets", 0, sw_show_ports },
	{ "show_tables", "", "tables and their keys", 0, sw_show_tables },
	{ "show_actions", "", "actions and their parameters", 0, sw_show_actions },
	{ "table_info", "TABLE", "its key and actions", 1, sw_show_table_info },
	{ "table_show_actions", "TABLE", "its actions", 1, sw_show_table_actions },
	{ "table_dump", "TABLE", "its entries", 1, sw_show_table_dump },
	{ "table_dump_entry", "TABLE HANDLE", "one entry", 2, sw_show_entry },
	{ "table_num_entries", "TABLE", "how many entries it has", 1, sw_show_num_entries },
	{ "show_pvs", "", "parser value sets and what their values consist of", 0, sw_show_sets },
	{ "pvs_get", "SET", "its values", 1, sw_show_set },
	{ "act_prof_dump", "PROFILE", "its members and groups", 1, sw_show_profile },
	{ "act_prof_dump_member", "PROFILE MEMBER", "one member", 2, sw_show_member },
	{ "act_prof_dump_group", "PROFILE GROUP", "one group", 2, sw_show_choice },
	{ "register_read", "REGISTER [INDEX]", "one cell, or all", 1, sw_show_register },
	{ "counter_read", "COUNTER INDEX", "packets and bytes", 2, sw_show_counter },
	{ "meter_get_rates", "METER INDEX", "rates and bursts", 2, sw_show_meter },
	{ "mc_dump", "", "multicast groups and their copies", 0, sw_show_groups },
	{ "mirroring_get", "SESSION", "where its clones go", 1, sw_show_session },
	{ "get_time_elapsed", "", "microseconds of the switch's clock", 0, sw_show_elapsed },
	{ "help", "[COMMAND]", "this", 0, help },
	{ "complete", "COMMAND", "what may come next, for prompts", 0, complete },
};
enum { NSHOWN = sizeof(shown) / sizeof(shown[0]) };

static bool
help(struct show *s)
{
	const char *name, *usage;
	bool any = false;

	for (uint32_t i = 0; i < NSHOWN; i++)
		if (s->n < 2 || str_is(s->words[1], shown[i].name)) {
			fprintf(s->out, "%s%s%s\n    %s\n", shown[i].name, *shown[i].usage ? " " : "", shown[i].usage, shown[i].what);
			any = true;
		}
	for (uint32_t i = 0; i < s->shell->nextra; i++) {
		const struct sw_shell_extra *e = &s->shell->extra[i];

		if (s->n < 2 || str_is(s->words[1], e->name)) {
			fprintf(s->out, "%s%s%s\n    %s\n", e->name, *e->usage ? " " : "", e->usage, e->what);
			any = true;
		}
	}
	for (uint32_t i = 0; sw_entries_command(i, &name, &usage); i++)
		if (s->n < 2 || str_is(s->words[1], name)) {
			fprintf(s->out, "%s %s\n", name, usage);
			any = true;
		}
	return any || sw_show_error(s, "no command '%.*s'", STRA(s->words[1]));
}

/* --- completion --- */

static void
offer(const struct show *s, const char *name, struct str start)
{
	if (str_starts(str_from(name), start))
		fprintf(s->out, "%s\n", name);
}

/* The last part of a name, where that is enough and fits what is typed; else the name. */
static void
offer_names(const struct show *s, const void *list, uint32_t n, sw_name_fn *name, struct str start)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *full = name(list, i), *dot = strrchr(full, '.');
		const char *last = dot ? dot + 1 : full;

		if (str_starts(str_from(last), start) && sw_name_find(list, n, name, str_from(last)) == (int)i)
			offer(s, last, start);
		else
			offer(s, full, start);
	}
}

static void
offer_crcs(const struct show *s, uint32_t width, struct str start)
{
	for (uint32_t i = 0; i < s->program->ncrcs; i++)
		if (s->program->crcs[i].width == width && !s->program->crcs[i].why)
			offer(s, s->program->crcs[i].name ? s->program->crcs[i].name : "calc", start);
}

static void
offer_kind(const struct show *s, struct str kind, struct str start)
{
	const struct ps_program *p = s->program;

	if (str_is(kind, "TABLE"))
		offer_names(s, p->tables, p->ntables, sw_table_name, start);
	else if (str_is(kind, "SET"))
		offer_names(s, p->tables + p->ntables, p->nsets, sw_table_name, start);
	else if (str_is(kind, "ACTION"))
		offer_names(s, p->actions, p->nactions, sw_action_name, start);
	else if (str_is(kind, "REGISTER"))
		offer_names(s, p->registers, p->nregisters, sw_register_name, start);
	else if (str_is(kind, "COUNTER"))
		offer_names(s, p->counters, p->ncounters, sw_counter_name, start);
	else if (str_is(kind, "METER"))
		offer_names(s, p->meters, p->nmeters, sw_meter_name, start);
	else if (str_is(kind, "CRC16"))
		offer_crcs(s, 16, start);
	else if (str_is(kind, "CRC32"))
		offer_crcs(s, 32, start);
	else if (str_is(kind, "PROFILE"))
		offer_names(s, p->profiles, p->nprofiles, sw_profile_name, start);
}

static struct str
next_word(struct str *rest)
{
	struct str s = *rest;
	uint32_t from = 0, to;

	while (from < s.n && strchr(" \t\r\v\f", s.p[from]) && s.p[from])
		from++;
	to = from;
	while (to < s.n && (!strchr(" \t\r\v\f", s.p[to]) || !s.p[to]))
		to++;
	*rest = str_sub(s, to, s.n);
	return str_sub(s, from, to);
}

/* What follows the command, by its name. */
static struct str
usage_of(struct str command)
{
	const char *name, *usage;

	for (uint32_t i = 0; i < NSHOWN; i++)
		if (str_is(command, shown[i].name))
			return str_from(shown[i].usage);
	for (uint32_t i = 0; sw_entries_command(i, &name, &usage); i++)
		if (str_is(command, name))
			return str_from(usage);
	return STR_NONE;
}

static void
offer_commands(const struct show *s, struct str start)
{
	const char *name, *usage;

	for (uint32_t i = 0; i < NSHOWN - 1; i++) /* the last one is for programs */
		offer(s, shown[i].name, start);
	for (uint32_t i = 0; i < s->shell->nextra; i++)
		offer(s, s->shell->extra[i].name, start);
	for (uint32_t i = 0; sw_entries_command(i, &name, &usage); i++)
		offer(s, name, start);
}

/* The actions of the table that the line names; all of them when it names none. */
static void
offer_actions(const struct show *s, struct str table, struct str start)
{
	const struct ps_program *p = s->program;
	int i = sw_name_find(p->tables, p->ntables, sw_table_name, table);

	if (i < 0) {
		offer_kind(s, STR("ACTION"), start);
		return;
	}
	for (uint32_t k = 0; k < p->tables[i].nactions; k++)
		offer_names(s, &p->actions[p->tables[i].actions[k]], 1, sw_action_name, start);
}

/* The line so far, of which the last word (it may be empty) is to be completed: one offer in a line. */
static bool
complete(struct show *s)
{
	struct str rest = s->words[1], command = next_word(&rest), usage = usage_of(command), word, kind;
	struct str table = STR_NONE;

	if (!rest.n) {
		offer_commands(s, command);
		return true;
	}
	for (word = next_word(&rest), kind = next_word(&usage); rest.n && kind.n; word = next_word(&rest), kind = next_word(&usage))
		if (str_is(kind, "TABLE"))
			table = word;
	if (str_is(kind, "[COMMAND]"))
		offer_commands(s, word);
	else if (str_is(kind, "ACTION"))
		offer_actions(s, table, word);
	else
		offer_kind(s, kind, word);
	return true;
}

/* --- one command --- */

static uint32_t
count_words(struct str s)
{
	uint32_t n = 0;

	while (next_word(&s).n)
		n++;
	return n;
}

static bool
show(struct show *s, const struct shown *what, struct str rest)
{
	uint32_t most = count_words(str_from(what->usage));

	if (what->fn == complete) { /* where words end matters */
		s->words[1] = str_sub(rest, 1, rest.n);
		s->n = 2;
		return what->fn(s);
	}
	for (struct str w = next_word(&rest); w.n; w = next_word(&rest)) {
		if (w.p[0] == '#')
			break;
		if (s->n > most)
			return sw_show_error(s, "'%s' is followed by %s", what->name, most ? what->usage : "nothing");
		s->words[s->n++] = w;
	}
	if (s->n - 1 < what->least)
		return sw_show_error(s, "'%s' must be followed by %s", what->name, what->usage);
	return what->fn(s);
}

static void
tell_handle(FILE *out, enum sw_command_kind kind, int64_t handle)
{
	const char *what = kind == SW_NODE_CREATE ? "node was created" : kind == SW_MEMBER_CREATE ? "Member has been created" :
			   kind == SW_CHOICE_CREATE ? "Group has been created" : "Entry has been added";

	if (handle >= 0)
		fprintf(out, "%s with handle %" PRId64 "\n", what, handle);
}

static bool
concerns_groups(enum sw_command_kind kind)
{
	return kind == SW_GROUP_CREATE || kind == SW_GROUP_DESTROY || kind == SW_NODE_CREATE || kind == SW_NODE_UPDATE ||
	       kind == SW_NODE_DESTROY || kind == SW_NODE_ASSOCIATE || kind == SW_NODE_DISSOCIATE || kind == SW_GROUP_MEMBERS;
}

static bool
change(struct show *s, struct str line)
{
	const struct sw_shell *shell = s->shell;
	struct diags *d = diags_make(s->arena, sources_make(s->arena));
	const struct source *text = source_add(diags_sources(d), STR("command"), line);
	struct sw_commands c = { 0 };
	int64_t handle = -1;
	bool ok = true;

	sw_cli_read(s->arena, d, text, &c);
	for (uint32_t i = 0; i < c.n && ok; i++)
		ok = sw_apply_one(s->sw, s->arena, d, &c.v[i], shell->hidden, shell->nhidden, &handle);
	ok = ok && !diag_errors(d);
	if (ok && !c.n && diag_warnings(d)) /* files may have commands that only show something; here they are for nothing */
		return sw_show_error(s, "'%.*s' is not supported%s%s", STRA(s->words[0]), sw_entries_refusal(s->words[0]) ? ": " : "",
				     sw_entries_refusal(s->words[0]) ? sw_entries_refusal(s->words[0]) : "");
	diags_print(d, s->out);
	if (!ok || !c.n)
		return ok;
	tell_handle(s->out, c.v[0].kind, handle);
	return !concerns_groups(c.v[0].kind) || !shell->groups || shell->groups(shell->user, s->out);
}

bool
sw_shell_command(void *shell, struct str line, FILE *out)
{
	const struct sw_shell *sh = shell;
	struct arena *a = arena_make();
	struct str rest = line;
	struct show s = { .shell = sh, .sw = sh->sw, .program = sw_program(sh->sw), .arena = a, .out = out, .n = 1 };
	const struct shown *found = NULL;
	bool ok;

	s.words[0] = next_word(&rest);
	for (uint32_t i = 0; i < sh->nextra; i++)
		if (str_is(s.words[0], sh->extra[i].name)) {
			arena_free(a);
			return sh->extra[i].fn(sh->user, rest, out);
		}
	for (uint32_t i = 0; i < NSHOWN && !found; i++)
		found = str_is(s.words[0], shown[i].name) ? &shown[i] : NULL;
	ok = found ? show(&s, found, rest) : change(&s, line);
	arena_free(a);
	return ok;
}
