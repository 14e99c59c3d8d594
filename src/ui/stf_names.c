#include "ui/stf_names.h"

/* The language's own numbering of priorities, 0 to this, the highest first; commands count the other way round. */
#define HIGHEST_PRIORITY 10000

typedef const char *name_fn(const void *list, uint32_t i);

/* --- names --- */

static bool
ends_in(struct str name, struct str part, bool whole_parts)
{
	return part.n && name.n > part.n && str_ends(name, part) &&
	       (!whole_parts || name.p[name.n - part.n - 1] == '.');
}

/* The full name, or else the only one that ends in whole parts `.a.b`, or else the only one that ends in the letters. -1. */
static int
find(const void *list, uint32_t n, name_fn *name, struct str wanted)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_is(wanted, name(list, i)))
			return (int)i;
	for (int whole = 1; whole >= 0; whole--) {
		int found = -1, count = 0;

		for (uint32_t i = 0; i < n; i++)
			if (ends_in(str_from(name(list, i)), wanted, whole == 1)) {
				found = (int)i;
				count++;
			}
		if (count == 1)
			return found;
		if (count > 1)
			return -1;
	}
	return -1;
}

static const char *
table_name(const void *list, uint32_t i)
{
	return ((const struct ps_table_info *)list)[i].name;
}

struct permitted {
	const struct ps_program *program;
	const struct ps_table_info *table;
};

static const char *
action_name(const void *list, uint32_t i)
{
	const struct permitted *p = list;

	return p->program->actions[p->table->actions[i]].name;
}

int
stf_table(const struct ps_program *p, struct str name)
{
	return find(p->tables, p->ntables, table_name, name);
}

/* `extra$0.h` is extra[0].h. */
static struct str
with_brackets(struct arena *a, struct str s)
{
	for (uint32_t i = 0; i + 1 < s.n; i++) {
		uint32_t end = i + 1;

		while (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
			end++;
		if (i && s.p[i] == '$' && end > i + 1)
			return str_fmt(a, "%.*s[%.*s]%.*s", STRA(str_sub(s, 0, i)), STRA(str_sub(s, i + 1, end)),
				       STRA(str_sub(s, end, s.n)));
	}
	return s;
}

static int
key_named(const struct ps_table_info *t, struct str name)
{
	for (uint32_t i = 0; i < t->nkeys; i++)
		if (str_is(name, t->keys[i].name))
			return (int)i;
	return -1;
}

/* What tests write for a header's validity, beside its full name `hdr.h.$valid$`. */
static struct str
validity(struct arena *a, struct str name)
{
	static const char *const ends[] = { ".$valid", ".valid", "$valid", "valid" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_ends(name, str_from(ends[i])))
			return str_fmt(a, "%.*s%s$valid$", STRA(str_sub(name, 0, name.n - (uint32_t)strlen(ends[i]))),
				       ends[i][0] == '.' ? "." : "");
	return str_fmt(a, "%.*s.$valid$", STRA(name));
}

/* The full name, or else the first key whose last parts these are. */
static int
find_key(struct arena *a, const struct ps_table_info *t, struct str written)
{
	struct str name = with_brackets(a, written), names[3] = { name, str_fmt(a, "%.*s$", STRA(name)), validity(a, name) };

	for (uint32_t i = 0; i < 3; i++)
		if (key_named(t, names[i]) >= 0)
			return key_named(t, names[i]);
	for (uint32_t i = 0; i < 3; i++)
		for (uint32_t k = 0; k < t->nkeys; k++)
			if (ends_in(str_from(t->keys[k].name), names[i], true))
				return (int)k;
	return -1;
}

/* --- values --- */

static uint32_t
base_of(struct str s)
{
	if (s.n < 3 || s.p[0] != '0')
		return 10;
	return (s.p[1] | 32) == 'x' ? 16 : (s.p[1] | 32) == 'b' ? 2 : (s.p[1] | 32) == 'o' ? 8 : 10;
}

static uint32_t
digit_bits(struct str s)
{
	uint32_t base = base_of(s);

	return base == 16 ? 4 : base == 8 ? 3 : base == 2 ? 1 : 0;
}

bool
stf_number(struct arena *a, struct diags *d, struct sw_arg arg, struct big *ret)
{
	struct str s = arg.text;
	bool neg = s.n && s.p[0] == '-';
	uint32_t base;

	s = str_sub(s, neg, s.n);
	base = base_of(s);
	if (base != 10)
		s = str_sub(s, 2, s.n);
	if (!s.n || s.n > 10000 || !big_parse(a, s, base, ret)) {
		diag_error(d, arg.at, "'%.*s' is no number", STRA(arg.text));
		return false;
	}
	if (neg)
		*ret = big_neg(a, *ret);
	return true;
}

static uint32_t
stars(struct str s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s.n; i++)
		n += s.p[i] == '*';
	return n;
}

static struct str
without_stars(struct arena *a, struct str s)
{
	char *p = str_cstr(a, s);

	for (uint32_t i = 0; i < s.n; i++)
		if (p[i] == '*')
			p[i] = '0';
	return (struct str){ p, s.n };
}

/* A binary number: ones for each digit that is written, zeros for stars, at most `width` bits. A decimal number has all. */
static struct str
mask_text(struct arena *a, struct str s, uint32_t width)
{
	uint32_t per = digit_bits(s), n = per ? (s.n - 2) * per : width, keep = n < width ? n : width;
	char *p = arena_alloc(a, keep + 4u);

	p[0] = '0';
	p[1] = 'b';
	for (uint32_t i = 0; i < keep; i++)
		p[2 + i] = per && s.p[2 + (n - keep + i) / per] == '*' ? '0' : '1';
	if (!keep)
		p[2] = '0';
	return (struct str){ p, keep ? keep + 2 : 3 };
}

/* Digits before the first star, 4 bits each in base 16. */
static struct str
prefix_text(struct arena *a, struct str s, uint32_t width)
{
	uint32_t per = digit_bits(s), n = per ? (s.n - 2 - stars(s)) * per : width;

	return str_fmt(a, "%u", n < width ? n : width);
}

static const char *
hint(enum ps_match match)
{
	switch (match) {
	case PS_EXACT:
		return "an exact match takes a number: 0x0a";
	case PS_LPM:
		return "a longest prefix match takes value/length, or a number with stars at its end: 0x0a01****";
	case PS_TERNARY:
		return "a ternary match takes a number with stars for any digit (0x0a**), or value&&&mask";
	case PS_RANGE:
		return "a range match takes low..high";
	case PS_OPTIONAL:
		return "an optional match takes a number, or * for any";
	case PS_SELECTOR:
		return "a selector's input is not matched";
	}
	bug("match %d", (int)match);
}

/* Whether this form can be what the key's match takes; stars too. */
static bool
fits(const struct ps_key_info *k, const struct sw_match *m)
{
	bool plain = m->form == SW_PLAIN;

	switch (k->match) {
	case PS_EXACT:
	case PS_OPTIONAL:
		return plain && !stars(m->a.text);
	case PS_LPM:
		return plain || (m->form == SW_SLASH && !stars(m->a.text));
	case PS_TERNARY:
		return plain || (m->form == SW_MASKED && !stars(m->a.text));
	case PS_RANGE:
		return (plain || m->form == SW_ARROW) && !stars(m->a.text);
	case PS_SELECTOR:
		return false;
	}
	bug("match %d", (int)k->match);
}

/* Writes the match in full: with its mask, length or high end. */
static void
complete(struct arena *a, const struct ps_key_info *k, struct sw_match *m)
{
	bool plain = m->form == SW_PLAIN;

	if (k->match == PS_EXACT || k->match == PS_OPTIONAL)
		return;
	if (plain)
		m->b = m->a;
	if (plain && k->match == PS_TERNARY)
		m->b.text = mask_text(a, m->a.text, k->width);
	if (plain && k->match == PS_LPM)
		m->b.text = prefix_text(a, m->a.text, k->width);
	m->a.text = without_stars(a, m->a.text);
	m->form = SW_PAIR;
}

static bool
all_stars(struct str s)
{
	return s.n && stars(s) == s.n;
}

/* --- entries --- */

static bool
resolve_keys(struct arena *a, struct diags *d, const struct ps_table_info *t, const struct sw_command *from,
	     struct sw_command *ret)
{
	bool *seen = arena_array(a, bool, t->nkeys + 1u), ok = true;

	ret->matches = arena_array(a, struct sw_match, from->nmatches + t->nkeys + 1u);
	ret->nmatches = 0;
	for (uint32_t i = 0; i < from->nmatches; i++) {
		struct sw_match m = from->matches[i];
		int k = find_key(a, t, m.name.text);

		if (k >= 0) {
			m.name.text = str_from(t->keys[k].name);
			if (all_stars(m.a.text) && m.form == SW_PLAIN && t->keys[k].match != PS_EXACT)
				continue;
			seen[k] = true;
			if (!fits(&t->keys[k], &m)) {
				diag_error(d, m.at, "this is no match for key '%s'", t->keys[k].name);
				diag_hint(d, "%s", hint(t->keys[k].match));
				ok = false;
				continue;
			}
			complete(a, &t->keys[k], &m);
		}
		ret->matches[ret->nmatches++] = m;
	}
	for (uint32_t k = 0; k < t->nkeys; k++) { /* what isn't mentioned is 0 */
		struct sw_arg zero = { .text = STR("0"), .at = from->at }, name = { .text = str_from(t->keys[k].name), .at = from->at };

		if (!seen[k] && t->keys[k].match == PS_EXACT)
			ret->matches[ret->nmatches++] = (struct sw_match){ .name = name, .a = zero, .at = from->at };
	}
	return ok;
}

static bool
resolve_priority(struct arena *a, struct diags *d, const struct sw_command *from, struct sw_command *ret)
{
	struct big v = { 0 };
	bool given = from->priority.text.n > 0;

	if (given && !stf_number(a, d, from->priority, &v))
		return false;
	if (v.neg || !big_fits_u64(v) || big_u64(v) > HIGHEST_PRIORITY) {
		diag_error(d, from->priority.at, "a priority is 0 to %u", HIGHEST_PRIORITY);
		return false;
	}
	ret->priority.at = given ? from->priority.at : from->at;
	ret->priority.text = str_fmt(a, "%llu", INT32_MAX - (HIGHEST_PRIORITY - (unsigned long long)big_u64(v)));
	return true;
}

bool
stf_resolve(struct arena *a, struct diags *d, const struct ps_program *p, const struct stf_statement *s,
	    struct sw_command *ret)
{
	int index = stf_table(p, s->command.target.text), action;
	const struct ps_table_info *t = index < 0 ? NULL : &p->tables[index];
	bool ok = true;

	*ret = s->command;
	if (!t)
		return true;
	ret->target.text = str_from(t->name);
	action = find(&(struct permitted){ p, t }, t->nactions, action_name, s->command.action.text);
	if (action >= 0)
		ret->action.text = str_from(p->actions[t->actions[action]].name);
	if (s->kind != STF_ADD)
		return true;
	ok = resolve_keys(a, d, t, &s->command, ret);
	ret->priority = (struct sw_arg){ 0 };
	for (uint32_t i = 0; i < t->nkeys; i++) /* elsewhere priorities mean nothing, and tests give them all the same */
		if (t->keys[i].match == PS_TERNARY || t->keys[i].match == PS_RANGE || t->keys[i].match == PS_OPTIONAL)
			return resolve_priority(a, d, &s->command, ret) && ok;
	return ok;
}
