/* sX-runtime.json of the P4 tutorials: table entries, multicast groups and clone sessions with names. */
#include "base/json_tree.h"
#include "switch/reading.h"

struct reader {
	struct arena *arena;
	struct diags *diags;
	struct sw_commands *ret;
};

#define CHECK_MEMBERS(r, j, known, what) \
	json_check_members((r)->diags, (j), (known), sizeof(known) / sizeof((known)[0]), (what))

static bool
is_scalar(const struct json_tree *j)
{
	return j->kind == JTEXT_INT || j->kind == JTEXT_REAL || j->kind == JTEXT_STRING || j->kind == JTEXT_BOOL;
}

/* A number, string or boolean as a word. */
static bool
scalar(struct reader *r, const struct json_tree *j, const char *what, struct sw_arg *ret)
{
	if (!is_scalar(j)) {
		diag_error(r->diags, j->at, "%s must be a number or a string, not %s", what, json_kind_name(j->kind));
		return false;
	}
	ret->text = j->text;
	ret->at = j->at;
	return true;
}

/* --- table entries --- */

static bool
read_match(struct reader *r, const struct json_tree *j, struct sw_match *m)
{
	m->at = j->at;
	m->form = SW_PLAIN;
	if (j->kind != JTEXT_ARRAY)
		return scalar(r, j, "a key's value", &m->a);
	if (j->n == 1) /* the tutorials write exact keys so, too */
		return scalar(r, j->items[0], "a key's value", &m->a);
	if (j->n != 2) {
		diag_error(r->diags, j->at, "expected [value, prefix length, mask or high end], here are %u", j->n);
		return false;
	}
	m->form = SW_PAIR;
	return scalar(r, j->items[0], "a key's value", &m->a) &&
	       scalar(r, j->items[1], "a prefix length, mask or high end", &m->b);
}

static bool
read_matches(struct reader *r, const struct json_tree *j, struct sw_command *c)
{
	bool ok = true;

	if (!j)
		return true;
	if (!json_expect(r->diags, j, JTEXT_OBJECT, "'match'"))
		return false;
	c->matches = arena_array(r->arena, struct sw_match, j->n + 1);
	c->nmatches = j->n;
	for (uint32_t i = 0; i < j->n; i++) {
		c->matches[i].name = (struct sw_arg){ .text = j->names[i].text, .at = j->names[i].at };
		ok &= read_match(r, j->items[i], &c->matches[i]);
	}
	return ok;
}

static bool
read_params(struct reader *r, const struct json_tree *j, struct sw_command *c)
{
	bool ok = true;

	if (!j)
		return true;
	if (!json_expect(r->diags, j, JTEXT_OBJECT, "'action_params'"))
		return false;
	c->args = arena_array(r->arena, struct sw_arg, j->n + 1);
	c->nargs = j->n;
	for (uint32_t i = 0; i < j->n; i++) {
		ok &= scalar(r, j->items[i], "a parameter", &c->args[i]);
		c->args[i].name = j->names[i].text;
		c->args[i].name_at = j->names[i].at;
	}
	return ok;
}

static void
read_entry(struct reader *r, const struct json_tree *j)
{
	static const char *const known[] = {
		"table", "match", "action_name", "action_params", "default_action", "priority",
	};
	struct sw_command c = { .kind = SW_TABLE_ADD, .is_json = true, .at = j->at };
	const struct json_tree *table, *action, *is_default, *priority;
	bool ok;

	if (!json_expect(r->diags, j, JTEXT_OBJECT, "a table entry"))
		return;
	CHECK_MEMBERS(r, j, known, "a table entry");
	table = json_require(r->diags, j, "table", "this entry");
	action = json_require(r->diags, j, "action_name", "this entry");
	is_default = json_find(j, "default_action");
	priority = json_find(j, "priority");
	ok = table && action && json_expect(r->diags, table, JTEXT_STRING, "'table'") && json_expect(r->diags, action, JTEXT_STRING, "'action_name'");
	ok = (!is_default || json_expect(r->diags, is_default, JTEXT_BOOL, "'default_action'")) && ok;
	ok = (!priority || scalar(r, priority, "'priority'", &c.priority)) && ok;
	ok = read_matches(r, json_find(j, "match"), &c) && ok;
	ok = read_params(r, json_find(j, "action_params"), &c) && ok;
	if (!ok)
		return;
	scalar(r, table, "", &c.target);
	scalar(r, action, "", &c.action);
	if (is_default && str_is(is_default->text, "true"))
		c.kind = SW_TABLE_SET_DEFAULT;
	c.at = j->at;
	vec_push(r->arena, r->ret, c);
}

/* --- groups and sessions --- */

/* replicas: [{"egress_port": 1, "instance": 1}, ...] becomes port, instance, port, instance... */
static bool
read_replicas(struct reader *r, const struct json_tree *j, struct sw_command *c)
{
	static const char *const known[] = { "egress_port", "instance" };
	bool ok = true;

	if (!j || !json_expect(r->diags, j, JTEXT_ARRAY, "'replicas'"))
		return false;
	c->args = arena_array(r->arena, struct sw_arg, j->n * 2 + 1);
	c->nargs = j->n * 2;
	for (uint32_t i = 0; i < j->n; i++) {
		const struct json_tree *x = j->items[i], *port, *instance;

		if (!json_expect(r->diags, x, JTEXT_OBJECT, "a replica")) {
			ok = false;
			continue;
		}
		CHECK_MEMBERS(r, x, known, "a replica");
		port = json_require(r->diags, x, "egress_port", "this replica");
		instance = json_find(x, "instance");
		c->args[2 * i + 1] = (struct sw_arg){ .text = STR("0"), .at = x->at };
		ok &= port && scalar(r, port, "'egress_port'", &c->args[2 * i]);
		ok &= !instance || scalar(r, instance, "'instance'", &c->args[2 * i + 1]);
	}
	return ok;
}

static void
read_group(struct reader *r, const struct json_tree *j)
{
	static const char *const known[] = { "multicast_group_id", "replicas" };
	struct sw_command c = { .kind = SW_GROUP_MEMBERS, .is_json = true, .at = j->at };
	const struct json_tree *id;
	bool ok;

	if (!json_expect(r->diags, j, JTEXT_OBJECT, "a multicast group"))
		return;
	CHECK_MEMBERS(r, j, known, "a multicast group");
	id = json_require(r->diags, j, "multicast_group_id", "this group");
	ok = id && scalar(r, id, "'multicast_group_id'", &c.target);
	if (read_replicas(r, json_require(r->diags, j, "replicas", "this group"), &c) && ok)
		vec_push(r->arena, r->ret, c);
}

static void
read_session(struct reader *r, const struct json_tree *j)
{
	static const char *const known[] = {
		"clone_session_id", "replicas", "packet_length_bytes", "class_of_service",
	};
	struct sw_command c = { .kind = SW_MIRROR_COPIES, .is_json = true, .at = j->at };
	const struct json_tree *id, *length;
	bool ok;

	if (!json_expect(r->diags, j, JTEXT_OBJECT, "a clone session"))
		return;
	CHECK_MEMBERS(r, j, known, "a clone session");
	id = json_require(r->diags, j, "clone_session_id", "this session");
	length = json_find(j, "packet_length_bytes");
	ok = id && scalar(r, id, "'clone_session_id'", &c.target);
	ok = (!length || scalar(r, length, "'packet_length_bytes'", &c.handle)) && ok;
	if (read_replicas(r, json_require(r->diags, j, "replicas", "this session"), &c) && ok)
		vec_push(r->arena, r->ret, c);
}

static void
each(struct reader *r, const struct json_tree *top, const char *name, void (*read)(struct reader *, const struct json_tree *))
{
	const struct json_tree *j = json_find(top, name);

	if (!j || !json_expect(r->diags, j, JTEXT_ARRAY, name))
		return;
	for (uint32_t i = 0; i < j->n; i++)
		read(r, j->items[i]);
}

void
sw_runtime_json_read(struct arena *a, struct diags *d, const struct source *text, struct sw_commands *ret)
{
	static const char *const known[] = {
		"target", "p4info", "bmv2_json", "table_entries", "multicast_group_entries", "clone_session_entries",
	};
	struct reader r = { .arena = a, .diags = d, .ret = ret };
	const struct json_tree *top = json_tree_read(a, d, text);

	if (!top || !json_expect(d, top, JTEXT_OBJECT, "the file"))
		return;
	CHECK_MEMBERS(&r, top, known, "a runtime file");
	each(&r, top, "table_entries", read_entry);
	each(&r, top, "multicast_group_entries", read_group);
	each(&r, top, "clone_session_entries", read_session);
}
