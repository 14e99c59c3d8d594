#include "ui/woven_entries.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

#include "base/units.h"
#include "switch/entries.h"

static const struct span nowhere;

/* A table of the user's program whose actions have a hidden parameter. */
struct table {
	struct str name;
	uint32_t handle; /* of the next entry */
	const struct p4_node *decl;
};

/* A text that goes into a file at a place. */
struct insertion {
	uint32_t at;
	struct str text;
};

struct writer {
	struct compilation *c;
	VEC(struct table) tables;
	VEC(struct insertion) insertions;
};

/* Names may be shortened to their last parts. */
static bool
is_name(struct str full, struct str name)
{
	return str_eq(full, name) || (full.n > name.n && str_ends(full, name) && full.p[full.n - name.n - 1] == '.');
}

static void
list_tables(struct writer *w)
{
	vec_each(inst, &w->c->user->all)
		vec_each(t, &(*inst)->tables) {
			struct table table = { p4_control_name(w->c->arena, *inst, *t), (*t)->u.table.entries.n, *t };

			vec_push(w->c->arena, &w->tables, table);
		}
}

static struct table *
find_table(struct writer *w, struct str name)
{
	struct table *found = NULL;

	vec_each(t, &w->tables) {
		if (str_eq(t->name, name))
			return t;
		if (is_name(t->name, name))
			found = found ? found : t;
	}
	return found;
}

static const struct manifest_extra *
find_extra(const struct writer *w, const struct table *t, struct str action)
{
	vec_each(x, &w->c->manifest.extras)
		if (t && str_eq(x->table, t->name) && is_name(x->action, action))
			return x;
	return NULL;
}

/* How many parameters the control plane gives to an action. */
static uint32_t
count_params(const struct table *t, struct str action)
{
	uint32_t n = 0;

	vec_each(ref, &t->decl->u.table.actions) {
		const struct p4_node *decl = (*ref)->u.action_ref.decl;

		if (!decl || !(str_eq(decl->name, action) || is_name(action, decl->name)))
			continue;
		vec_each(p, &decl->u.func.params)
			n += (*p)->u.var.dir == P4_DIR_NONE;
		return n;
	}
	return n;
}

static uint32_t
code_of(const struct manifest_extra *x, uint32_t handle)
{
	return x->code | (handle + 1 < 0xffffe ? handle + 1 : 0xffffe);
}

/* --- command files ------------------------------------------------------------------------------- */

static void
command(struct writer *w, const struct sw_command *cmd)
{
	struct table *t = find_table(w, cmd->target.text);
	const struct manifest_extra *x = find_extra(w, t, cmd->action.text);
	uint32_t n, at, code = 0;
	uint64_t handle;

	if (cmd->kind == SW_TABLE_ADD && t) {
		code = x ? code_of(x, t->handle) : 0;
		t->handle++;
	} else if (cmd->kind == SW_TABLE_SET_DEFAULT && x) {
		code = x->code | SW_HIDDEN_DEFAULT;
	} else if (cmd->kind == SW_TABLE_MODIFY && x && units_number(cmd->handle.text, &handle)) {
		code = code_of(x, (uint32_t)handle);
	}
	if (!code)
		return;
	n = count_params(t, x->action);
	if (n > cmd->nargs)
		n = cmd->nargs;
	/* after the parameters; what may follow them is a priority */
	at = n < cmd->nargs ? cmd->args[n].at.begin : cmd->at.end;
	vec_push(w->c->arena, &w->insertions,
		 (struct insertion){ at, str_fmt(w->c->arena, n < cmd->nargs ? "%" PRIu32 " " : " %" PRIu32, code) });
}

static bool
command_file(FILE *out, struct writer *w, const struct source *text)
{
	struct sw_commands commands = { 0 };
	uint32_t at = 0;

	if (!sw_entries_read(w->c->arena, w->c->diags, text, &commands))
		return false;
	w->insertions.n = 0;
	vec_each(cmd, &commands)
		command(w, cmd);
	vec_each(i, &w->insertions) {
		uint32_t to = i->at - text->base;

		fwrite(text->text.p + at, 1, to - at, out);
		fwrite(i->text.p, 1, i->text.n, out);
		at = to;
	}
	fwrite(text->text.p + at, 1, text->text.n - at, out);
	if (text->text.n && text->text.p[text->text.n - 1] != '\n')
		fputc('\n', out);
	return true;
}

/* --- runtime.json -------------------------------------------------------------------------------- */

static struct str
json_text(const json_t *j, const char *member)
{
	const char *text = json_string_value(json_object_get(j, member));

	return text ? str_from(text) : STR_NONE;
}

static void
json_entry(struct writer *w, json_t *entry)
{
	struct table *t = find_table(w, json_text(entry, "table"));
	const struct manifest_extra *x = find_extra(w, t, json_text(entry, "action_name"));
	bool is_default = json_is_true(json_object_get(entry, "default_action"));
	json_t *params = json_object_get(entry, "action_params");
	uint32_t handle = t && !is_default ? t->handle++ : 0;

	if (!x)
		return;
	if (!params) {
		params = json_object();
		json_object_set_new(entry, "action_params", params);
	}
	json_object_set_new(params, str_cstr(w->c->arena, x->parameter),
			    json_integer(is_default ? x->code | SW_HIDDEN_DEFAULT : code_of(x, handle)));
}

static bool
json_file(FILE *out, struct writer *w, const struct source *text)
{
	struct sw_commands commands = { 0 };
	json_t *root, *entry;
	size_t i;

	/* finds the mistakes, each at its place */
	if (!sw_entries_read(w->c->arena, w->c->diags, text, &commands))
		return false;
	root = json_loadb(text->text.p, text->text.n, 0, NULL);
	if (!root) {
		diag_error(w->c->diags, nowhere, "%.*s: not a JSON text", STRA(text->name));
		return false;
	}
	json_array_foreach(json_object_get(root, "table_entries"), i, entry)
		json_entry(w, entry);
	json_dumpf(root, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(root);
	return true;
}

static bool
is_json(struct str text)
{
	text = str_trim(text);
	return text.n && text.p[0] == '{';
}

bool
woven_entries_write(FILE *out, struct compilation *c, const char **paths)
{
	struct writer w = { .c = c };
	bool ok = true;

	list_tables(&w);
	for (uint32_t i = 0; paths && paths[i] && ok; i++) {
		int e = 0;
		const struct source *text = source_read(diags_sources(c->diags), str_from(paths[i]), &e);

		if (!text) {
			diag_error(c->diags, nowhere, "can't read %s: %s", paths[i], strerror(e));
			return false;
		}
		if (is_json(text->text) && paths[1]) {
			diag_error(c->diags, nowhere, "%s: a runtime.json can't be put together with other files", paths[i]);
			return false;
		}
		ok = is_json(text->text) ? json_file(out, &w, text) : command_file(out, &w, text);
	}
	return ok;
}
