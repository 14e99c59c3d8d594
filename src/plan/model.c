/* model.c - from a target's file to its numbers. */
#include "plan/model.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/datadir.h"
#include "plan/toml.h"

#define STAGES_MAX 256 /* more of them are a mistake */

enum wanted { NUMBER, FLAG, TEXT };

/* All that a file may say. */
static const struct member {
	const char *table, *key;
	enum wanted wanted;
	size_t offset;
} members[] = {
	{ "", "name", TEXT, offsetof(struct plan_model, name) },
	{ "", "text", TEXT, offsetof(struct plan_model, text) },
	{ "pipeline", "ingress_stages", NUMBER, offsetof(struct plan_model, ingress_stages) },
	{ "pipeline", "egress_stages", NUMBER, offsetof(struct plan_model, egress_stages) },
	{ "pipeline", "shared", FLAG, offsetof(struct plan_model, shared) },
	{ "pipeline", "phv_bits", NUMBER, offsetof(struct plan_model, phv_bits) },
	{ "stage", "tables", NUMBER, offsetof(struct plan_model, tables) },
	{ "stage", "stateful_units", NUMBER, offsetof(struct plan_model, stateful_units) },
	{ "stage", "register_bits", NUMBER, offsetof(struct plan_model, register_bits) },
	{ "stage", "one_register_bits", NUMBER, offsetof(struct plan_model, one_register_bits) },
	{ "stage", "hash_bits", NUMBER, offsetof(struct plan_model, hash_bits) },
	{ "stage", "sram_bits", NUMBER, offsetof(struct plan_model, sram_bits) },
	{ "stage", "tcam_bits", NUMBER, offsetof(struct plan_model, tcam_bits) },
	{ "stage", "prefixes_in_sram", FLAG, offsetof(struct plan_model, prefixes_in_sram) },
};

#define NMEMBERS (sizeof(members) / sizeof(members[0]))

static bool
has_table(struct str table)
{
	for (size_t i = 0; i < NMEMBERS; i++)
		if (str_is(table, members[i].table))
			return true;
	return false;
}

static void
unknown_key(struct diags *d, const struct toml_entry *e)
{
	struct str names[NMEMBERS];
	uint32_t n = 0;

	for (size_t i = 0; i < NMEMBERS; i++)
		if (str_is(e->table, members[i].table))
			names[n++] = str_from(members[i].key);
	if (e->table.n)
		diag_error(d, e->key_at, "a target's [%.*s] has no '%.*s'", STRA(e->table), STRA(e->key));
	else
		diag_error(d, e->key_at, "a target has no '%.*s' before its first table", STRA(e->key));
	diag_nearest(d, e->key, names, n);
}

static void
unknown_tables(struct diags *d, const struct toml *t)
{
	static const struct str names[] = { { "pipeline", 8 }, { "stage", 5 } };

	vec_each(table, &t->tables)
		if (!has_table(table->table)) {
			diag_error(d, table->key_at, "a target has no table [%.*s]", STRA(table->table));
			diag_nearest(d, table->table, names, 2);
		}
}

static void
take(struct diags *d, const struct toml_entry *e, const struct member *m, struct plan_model *ret)
{
	static const char *const wanted[] = { "a whole number", "true or false", "a string" };
	static const enum toml_kind kinds[] = { TOML_INT, TOML_BOOL, TOML_STRING };
	char *to = (char *)ret + m->offset;

	if (e->kind != kinds[m->wanted]) {
		diag_error(d, e->value_at, "'%.*s' is %s", STRA(e->key), wanted[m->wanted]);
		return;
	}
	switch (m->wanted) {
	case NUMBER:
		*(uint64_t *)(void *)to = e->number;
		break;
	case FLAG:
		*(bool *)(void *)to = e->number != 0;
		break;
	case TEXT:
		*(struct str *)(void *)to = e->text;
		break;
	}
	if (str_ends(e->key, STR("_stages")) && (e->number == 0 || e->number > STAGES_MAX))
		diag_error(d, e->value_at, "a pipeline has 1 to %d stages", STAGES_MAX);
}

static struct plan_model
unlimited(void)
{
	struct plan_model m = { 0 };

	for (size_t i = 0; i < NMEMBERS; i++)
		if (members[i].wanted == NUMBER)
			*(uint64_t *)(void *)((char *)&m + members[i].offset) = MODEL_UNLIMITED;
	return m;
}

/* --- files ---------------------------------------------------------------------------------------- */

static int
by_name(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* Names of the targets in the installed folder, sorted. */
static uint32_t
known_targets(struct arena *a, struct str **ret)
{
	DIR *folder = opendir(str_cstr(a, str_fmt(a, "%s/targets", datadir())));
	VEC(struct str) names = { 0 };
	const struct dirent *e;

	while (folder && (e = readdir(folder)))
		if (str_ends(str_from(e->d_name), STR(".toml")))
			vec_push(a, &names, str_dup(a, str_sub(str_from(e->d_name), 0, (uint32_t)strlen(e->d_name) - 5)));
	if (folder)
		closedir(folder);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_name);
	*ret = names.v;
	return names.n;
}

static void
unknown_target(struct arena *a, struct diags *d, struct str name)
{
	struct str *names, all = STR_NONE;
	uint32_t n = known_targets(a, &names);

	diag_error(d, (struct span){ 0, 0 }, "there is no target '%.*s'", STRA(name));
	diag_nearest(d, name, names, n);
	for (uint32_t i = 0; i < n; i++)
		all = str_fmt(a, "%.*s%s%.*s", STRA(all), i ? ", " : "", STRA(names[i]));
	if (n)
		diag_hint(d, "there are %.*s; a file's path contains a '/' or ends in .toml", STRA(all));
}

bool
plan_model_parse(struct arena *a, struct diags *d, const struct source *s, struct plan_model *ret)
{
	uint32_t before = diag_errors(d);
	struct toml t;

	*ret = unlimited();
	if (!toml_read(a, d, s, &t))
		return false;
	unknown_tables(d, &t);
	vec_each(entry, &t.entries) {
		const struct member *m = NULL;

		for (size_t i = 0; i < NMEMBERS; i++)
			if (str_is(entry->table, members[i].table) && str_is(entry->key, members[i].key))
				m = &members[i];
		if (m)
			take(d, entry, m, ret);
		else if (has_table(entry->table))
			unknown_key(d, entry);
	}
	if (ret->shared && ret->ingress_stages != ret->egress_stages)
		diag_error(d, (struct span){ s->base, s->base }, "pipelines that share their stages have equally many");
	if (!ret->name.n && diag_errors(d) == before)
		diag_error(d, (struct span){ s->base, s->base }, "a target needs a name: name = \"...\"");
	return diag_errors(d) == before;
}

bool
plan_model_read(struct arena *a, struct diags *d, struct str name, struct plan_model *ret)
{
	bool is_path = str_find(name, '/') >= 0 || str_ends(name, STR(".toml"));
	struct str path = is_path ? name : str_fmt(a, "%s/targets/%.*s.toml", datadir(), STRA(name));
	const struct source *s;
	int e = 0;

	s = source_read(diags_sources(d), path, &e);
	if (s)
		return plan_model_parse(a, d, s, ret);
	if (!is_path && e == ENOENT)
		unknown_target(a, d, name);
	else
		diag_error(d, (struct span){ 0, 0 }, "%.*s: %s", STRA(path), strerror(e));
	return false;
}

bool
plan_model_limits(const struct plan_model *m)
{
	for (size_t i = 0; i < NMEMBERS; i++)
		if (members[i].wanted == NUMBER &&
		    *(const uint64_t *)(const void *)((const char *)m + members[i].offset) != MODEL_UNLIMITED)
			return true;
	return false;
}
