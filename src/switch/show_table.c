/* Tables, actions and action profiles, in the words of simple_switch_CLI. */
#include "switch/profile.h"
#include "switch/show.h"
#include "switch/table.h"

static const char *
match_name(enum ps_match match)
{
	switch (match) {
	case PS_EXACT:
		return "exact";
	case PS_LPM:
		return "lpm";
	case PS_TERNARY:
		return "ternary";
	case PS_RANGE:
		return "range";
	case PS_OPTIONAL:
		return "optional";
	case PS_SELECTOR:
		return "selector";
	}
	return "";
}

static bool
is_hidden(const struct show *s, const struct ps_table_info *t, const struct ps_action_info *action, const char *param)
{
	for (uint32_t i = 0; i < s->shell->nhidden; i++) {
		const struct sw_hidden *h = &s->shell->hidden[i];

		/* without a table: of any */
		if ((!t || !strcmp(h->table, t->name)) && !strcmp(h->action, action->name) && !strcmp(h->param, param))
			return true;
	}
	return false;
}

static void
print_action_info(const struct show *s, const struct ps_table_info *t, const struct ps_action_info *a)
{
	const char *between = "";

	fprintf(s->out, "%-30s [", a->name);
	for (uint32_t i = 0; i < a->nparams; i++) {
		if (is_hidden(s, t, a, a->params[i].name))
			continue;
		fprintf(s->out, "%s%s(%u)", between, a->params[i].name, a->params[i].width);
		between = ", ";
	}
	fputs("]\n", s->out);
}

static void
print_table_info(const struct show *s, const struct ps_table_info *t)
{
	fprintf(s->out, "%-30s [implementation=%s, mk=", t->name,
		t->profile < 0 ? "None" : s->program->profiles[t->profile].name);
	for (uint32_t i = 0; i < t->nkeys; i++)
		fprintf(s->out, "%s%s(%s, %u)", i ? ",\t" : "", t->keys[i].name, match_name(t->keys[i].match), t->keys[i].width);
	fputs("]\n", s->out);
}

bool
sw_show_tables(struct show *s)
{
	for (uint32_t i = 0; i < s->program->ntables; i++)
		print_table_info(s, &s->program->tables[i]);
	return true;
}

bool
sw_show_actions(struct show *s)
{
	for (uint32_t i = 0; i < s->program->nactions; i++)
		print_action_info(s, NULL, &s->program->actions[i]);
	return true;
}

static int
table_of(struct show *s)
{
	return sw_show_find(s, 1, s->program->tables, s->program->ntables, sw_table_name, "table");
}

bool
sw_show_table_actions(struct show *s)
{
	int i = table_of(s);
	const struct ps_table_info *t = i < 0 ? NULL : &s->program->tables[i];

	for (uint32_t k = 0; t && k < t->nactions; k++)
		print_action_info(s, t, &s->program->actions[t->actions[k]]);
	return t != NULL;
}

bool
sw_show_table_info(struct show *s)
{
	int i = table_of(s);

	if (i < 0)
		return false;
	print_table_info(s, &s->program->tables[i]);
	fputs("********************************************************************************\n", s->out);
	return sw_show_table_actions(s);
}

bool
sw_show_num_entries(struct show *s)
{
	int i = table_of(s);

	if (i >= 0)
		fprintf(s->out, "%u\n", sw_table_count(sw_table(s->sw, (uint32_t)i)));
	return i >= 0;
}

/* --- entries --- */

static void
print_hex(FILE *out, const uint8_t *p, uint32_t width)
{
	for (uint32_t i = (width + 7) / 8; i-- > 0;)
		fprintf(out, "%02x", p[i]);
}

static uint32_t
bits_set(const uint8_t *p, uint32_t size)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < size; i++)
		n += (uint32_t)__builtin_popcount(p[i]);
	return n;
}

static void
print_key(const struct show *s, const struct ps_key_info *k, const uint8_t *value, const uint8_t *mask, const uint8_t *high)
{
	static const char *const kinds[] = { "EXACT", "LPM", "TERNARY", "RANGE", "OPTIONAL", "SELECTOR" };
	uint32_t at = k->offset;

	fprintf(s->out, "* %-20s: %-10s", k->name, kinds[k->match]);
	print_hex(s->out, value + at, k->width);
	switch (k->match) {
	case PS_LPM:
		fprintf(s->out, "/%u", bits_set(mask + at, k->size));
		break;
	case PS_TERNARY:
	case PS_OPTIONAL:
		fputs(" &&& ", s->out);
		print_hex(s->out, mask + at, k->width);
		break;
	case PS_RANGE:
		fputs(" -> ", s->out);
		print_hex(s->out, high ? high + at : mask + at, k->width);
		break;
	case PS_EXACT:
	case PS_SELECTOR:
		break;
	}
	fputc('\n', s->out);
}

/* data: NULL without parameters */
static void
print_call(const struct show *s, const struct ps_table_info *t, uint16_t action, const uint8_t *data)
{
	const struct ps_action_info *a = &s->program->actions[action];
	const char *between = "";

	fprintf(s->out, "Action entry: %s - ", a->name);
	for (uint32_t i = 0; i < a->nparams; i++) {
		if (is_hidden(s, t, a, a->params[i].name))
			continue;
		fputs(between, s->out);
		print_hex(s->out, data + a->params[i].offset, a->params[i].width);
		between = ", ";
	}
	fputc('\n', s->out);
}

static void
print_action(const struct show *s, const struct ps_table_info *t, const struct ps_entry *e)
{
	if (e->group)
		fprintf(s->out, "Index: %s %u\n", e->group & PS_GROUP ? "group" : "member", (e->group & ~PS_GROUP) - 1);
	else
		print_call(s, t, e->action, e->data);
}

static void
print_entry(const struct show *s, const struct ps_table *t, uint32_t handle)
{
	const struct ps_table_info *info = sw_table_info(t);
	const struct ps_entry *e = sw_table_entry(t, handle);
	const void *value, *mask, *high;

	if (!e || sw_table_match(t, handle, &value, &mask, &high))
		return;
	fprintf(s->out, "Dumping entry 0x%x\nMatch key:\n", handle);
	for (uint32_t i = 0; i < info->nkeys; i++)
		if (info->keys[i].match != PS_SELECTOR)
			print_key(s, &info->keys[i], value, mask, high);
	if (sw_table_has_priority(info))
		fprintf(s->out, "Priority: %d\n", e->priority);
	print_action(s, info, e);
}

bool
sw_show_table_dump(struct show *s)
{
	static const char line[] = "==========\n";
	int i = table_of(s);
	const struct ps_table *t = i < 0 ? NULL : sw_table(s->sw, (uint32_t)i);

	if (!t)
		return false;
	fprintf(s->out, "%sTABLE ENTRIES\n", line);
	for (uint32_t h = 0; h < sw_table_handles(t); h++)
		if (sw_table_entry(t, h)) {
			fputs("**********\n", s->out);
			print_entry(s, t, h);
		}
	fprintf(s->out, "%sDumping default entry\n", line);
	print_action(s, sw_table_info(t), t->default_entry);
	fputs(line, s->out);
	return true;
}

bool
sw_show_entry(struct show *s)
{
	int i = table_of(s);
	uint64_t handle;

	if (i < 0 || !sw_show_number(s, 2, UINT32_MAX, "the handle", &handle))
		return false;
	if (!sw_table_entry(sw_table(s->sw, (uint32_t)i), (uint32_t)handle))
		return sw_show_error(s, "table '%s' has no entry with handle %llu", s->program->tables[i].name,
			(unsigned long long)handle);
	print_entry(s, sw_table(s->sw, (uint32_t)i), (uint32_t)handle);
	return true;
}

/* --- action profiles --- */

/* NULL: the answer tells. */
static const struct sw_profile *
profile_of(struct show *s)
{
	int i = sw_show_find(s, 1, s->program->profiles, s->program->nprofiles, sw_profile_name, "action profile");

	return i < 0 ? NULL : s->sw->objects.profiles[i];
}

static bool
print_member(const struct show *s, const struct sw_profile *p, uint32_t member)
{
	const uint8_t *data;
	uint16_t action;

	if (sw_member_get(p, member, &action, &data))
		return false;
	fprintf(s->out, "Dumping member %u\n", member);
	print_call(s, NULL, action, data);
	return true;
}

static bool
print_choice(const struct show *s, const struct sw_profile *p, uint32_t group)
{
	const uint32_t *members;
	uint32_t n;

	if (sw_choice_get(p, group, &members, &n))
		return false;
	fprintf(s->out, "Dumping group %u\nMembers: [", group);
	for (uint32_t i = 0; i < n; i++)
		fprintf(s->out, "%s%u", i ? ", " : "", members[i]);
	fputs("]\n", s->out);
	return true;
}

bool
sw_show_member(struct show *s)
{
	const struct sw_profile *p = profile_of(s);
	uint64_t n;

	if (!p || !sw_show_number(s, 2, UINT32_MAX, "a member's handle", &n))
		return false;
	return print_member(s, p, (uint32_t)n) || sw_show_error(s, "there is no member %u", (uint32_t)n);
}

bool
sw_show_choice(struct show *s)
{
	const struct sw_profile *p = profile_of(s);
	uint64_t n;

	if (!p || !sw_show_number(s, 2, UINT32_MAX, "a group's handle", &n))
		return false;
	return print_choice(s, p, (uint32_t)n) || sw_show_error(s, "there is no group %u", (uint32_t)n);
}

bool
sw_show_profile(struct show *s)
{
	const struct sw_profile *p = profile_of(s);

	for (uint32_t i = 0; p && i < sw_member_handles(p); i++)
		print_member(s, p, i);
	for (uint32_t i = 0; p && i < sw_choice_handles(p); i++)
		print_choice(s, p, i);
	return p != NULL;
}
