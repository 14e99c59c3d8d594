/* Commands about multicast groups, nodes and mirroring sessions. */
#include <errno.h>

#include "base/arena.h"
#include "switch/apply.h"
#include "switch/pre.h"

#define REPLICAS_MAX 8192

static bool
number(struct apply *ap, struct sw_arg arg, uint64_t max, const char *what, uint32_t *ret)
{
	uint64_t v;

	if (!sw_number(ap->arena, ap->diags, arg, max, what, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool
group_number(struct apply *ap, struct sw_arg arg, uint32_t *ret)
{
	return number(ap, arg, SW_GROUPS - 1, "a multicast group's number", ret);
}

/* NULL: reported. */
static uint32_t *
ports(struct apply *ap, const struct sw_arg *args, uint32_t n)
{
	uint32_t *v = arena_array(ap->arena, uint32_t, n + 1);
	bool ok = true;

	for (uint32_t i = 0; i < n; i++) {
		if (str_is(args[i].text, "|")) {
			diag_error(ap->diags, args[i].at, "link aggregation groups are not supported");
			return NULL;
		}
		ok &= number(ap, args[i], SW_PORTS - 1, "a port", &v[i]);
	}
	return ok ? v : NULL;
}

static void
missing(struct apply *ap, struct sw_arg arg, const char *what)
{
	if (!ap->nodes_doubtful)
		diag_error(ap->diags, arg.at, "there is no %s %.*s", what, STRA(arg.text));
}

static bool
create_node(struct apply *ap, const struct sw_command *c)
{
	uint32_t rid = 0, handle, n = c->nargs;
	uint32_t *v;
	bool ok = number(ap, c->target, UINT16_MAX, "a replication number", &rid);

	/* "|" with nothing behind it is how some files end their list of ports. */
	if (n && str_is(c->args[n - 1].text, "|"))
		n--;
	v = ports(ap, c->args, n);
	if (!ok || !v)
		return false;
	if (sw_node_create(ap->pre, rid, v, n, &handle))
		return false;
	ap->handle = handle;
	return true;
}

static bool
update_node(struct apply *ap, const struct sw_command *c)
{
	uint32_t node;
	uint32_t *v = ports(ap, c->args, c->nargs);

	if (!number(ap, c->target, UINT32_MAX, "a node's handle", &node) || !v)
		return false;
	if (!sw_node_update(ap->pre, node, v, c->nargs))
		return true;
	missing(ap, c->target, "node with handle");
	return false;
}

static bool
destroy_node(struct apply *ap, const struct sw_command *c)
{
	uint32_t node;

	if (!number(ap, c->target, UINT32_MAX, "a node's handle", &node))
		return false;
	if (!sw_node_destroy(ap->pre, node))
		return true;
	missing(ap, c->target, "node with handle");
	return false;
}

static bool
associate(struct apply *ap, const struct sw_command *c)
{
	uint32_t group, node;
	int err;

	if (!group_number(ap, c->target, &group) || !number(ap, c->args[0], UINT32_MAX, "a node's handle", &node))
		return false;
	if (!sw_group_exists(ap->pre, group)) {
		missing(ap, c->target, "multicast group");
		return false;
	}
	err = c->kind == SW_NODE_ASSOCIATE ? sw_node_associate(ap->pre, group, node) :
					     sw_node_dissociate(ap->pre, group, node);
	if (err == -EEXIST)
		diag_error(ap->diags, c->at, "node %u is in group %u already", node, group);
	else if (err)
		missing(ap, c->args[0], c->kind == SW_NODE_ASSOCIATE ? "node with handle" : "such node in the group:");
	return !err;
}

static bool
create_group(struct apply *ap, const struct sw_command *c)
{
	uint32_t group;

	if (!group_number(ap, c->target, &group))
		return false;
	if (!sw_group_create(ap->pre, group))
		return true;
	diag_error(ap->diags, c->target.at, "multicast group %u exists already", group);
	return false;
}

static bool
destroy_group(struct apply *ap, const struct sw_command *c)
{
	uint32_t group;

	if (!group_number(ap, c->target, &group))
		return false;
	if (!sw_group_destroy(ap->pre, group))
		return true;
	missing(ap, c->target, "multicast group");
	return false;
}

/* port, instance, port, instance... as copies; NULL: reported. */
static struct sw_copy *
copies(struct apply *ap, const struct sw_command *c)
{
	struct sw_copy *v = arena_array(ap->arena, struct sw_copy, c->nargs / 2 + 1);
	bool ok = true;

	for (uint32_t i = 0; i < c->nargs / 2; i++) {
		uint32_t port = 0, rid = 0;

		ok &= number(ap, c->args[2 * i], SW_PORTS - 1, "'egress_port'", &port);
		ok &= number(ap, c->args[2 * i + 1], UINT16_MAX, "'instance'", &rid);
		v[i] = (struct sw_copy){ .rid = (uint16_t)rid, .port = (uint16_t)port };
	}
	return ok ? v : NULL;
}

/* One node for each replication number, in the order in which they are first mentioned. */
static bool
make_group(struct apply *ap, const struct sw_command *c)
{
	const struct sw_copy *v = copies(ap, c);
	uint32_t group, node, n = c->nargs / 2;

	if (n > REPLICAS_MAX) {
		diag_error(ap->diags, c->target.at, "more than %d replicas", REPLICAS_MAX);
		return false;
	}
	if (!v || !create_group(ap, c) || !group_number(ap, c->target, &group))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t list[SW_PORTS], count = 0;
		bool is_first = true;

		for (uint32_t k = 0; k < i && is_first; k++)
			is_first = v[k].rid != v[i].rid;
		for (uint32_t k = i; k < n && is_first; k++) {
			if (v[k].rid != v[i].rid)
				continue;
			for (uint32_t m = 0; m < count; m++)
				if (list[m] == v[k].port) {
					diag_error(ap->diags, c->args[2 * k].at, "port %u is there twice with instance %u",
						v[k].port, v[k].rid);
					return false;
				}
			list[count++] = v[k].port;
		}
		if (is_first && (sw_node_create(ap->pre, v[i].rid, list, count, &node) ||
				 sw_node_associate(ap->pre, group, node)))
			return false;
	}
	return true;
}

static bool
mirror(struct apply *ap, const struct sw_command *c)
{
	uint32_t session = 0, to = 0, truncate = UINT32_MAX;
	const struct sw_copy *v;
	bool ok = number(ap, c->target, SW_SESSIONS - 1, "a mirroring session's number", &session);

	if (c->kind == SW_MIRROR_PORT) {
		ok = number(ap, c->args[0], SW_PORTS - 1, "a port", &to) && ok;
		return ok && !sw_mirror_port(ap->pre, session, to, truncate);
	}
	if (c->kind == SW_MIRROR_GROUP) {
		ok = group_number(ap, c->args[0], &to) && ok;
		return ok && !sw_mirror_group(ap->pre, session, to, truncate);
	}
	if (c->kind == SW_MIRROR_DELETE) {
		if (!ok || !sw_mirror_delete(ap->pre, session))
			return ok;
		missing(ap, c->target, "mirroring session");
		return false;
	}
	v = copies(ap, c);
	if (c->handle.text.n)
		ok = number(ap, c->handle, UINT32_MAX - 1, "'packet_length_bytes'", &truncate) && ok;
	if (truncate == 0) /* P4Runtime's word for everything */
		truncate = UINT32_MAX;
	return ok && v && !sw_mirror_copies(ap->pre, session, v, c->nargs / 2, truncate);
}

static bool
change(struct apply *ap, const struct sw_command *c)
{
	switch (c->kind) {
	case SW_GROUP_CREATE:
		return create_group(ap, c);
	case SW_GROUP_DESTROY:
		return destroy_group(ap, c);
	case SW_GROUP_MEMBERS:
		return make_group(ap, c);
	case SW_NODE_CREATE:
		return create_node(ap, c);
	case SW_NODE_UPDATE:
		return update_node(ap, c);
	case SW_NODE_DESTROY:
		return destroy_node(ap, c);
	case SW_NODE_ASSOCIATE:
	case SW_NODE_DISSOCIATE:
		return associate(ap, c);
	case SW_MIRROR_PORT:
	case SW_MIRROR_GROUP:
	case SW_MIRROR_DELETE:
	case SW_MIRROR_COPIES:
		return mirror(ap, c);
	case SW_TABLE_ADD: case SW_TABLE_SET_DEFAULT: case SW_TABLE_RESET_DEFAULT: case SW_TABLE_MODIFY:
	case SW_TABLE_DELETE: case SW_TABLE_CLEAR: case SW_REGISTER_WRITE: case SW_REGISTER_RESET:
	case SW_COUNTER_WRITE: case SW_COUNTER_RESET: case SW_METER_RATES: case SW_METER_ARRAY_RATES:
	case SW_QUEUE_RATE: case SW_QUEUE_DEPTH: case SW_CRC16: case SW_CRC32: case SW_MEMBER_CREATE: case SW_MEMBER_MODIFY: case SW_MEMBER_DELETE:
	case SW_CHOICE_CREATE: case SW_CHOICE_DELETE: case SW_CHOICE_ADD: case SW_CHOICE_REMOVE: case SW_TABLE_ADD_MEMBER:
	case SW_TABLE_ADD_CHOICE: case SW_TABLE_DEFAULT_MEMBER: case SW_TABLE_DEFAULT_CHOICE:
	case SW_SET_ADD: case SW_SET_REMOVE: case SW_SET_CLEAR:
		break;
	}
	bug("command %d is not about copies", (int)c->kind);
}

void
sw_apply_copies(struct apply *ap, const struct sw_command *c)
{
	if (!ap->pre)
		ap->pre = sw_pre_copy(sw_pre(ap->sw));
	if (!change(ap, c))
		ap->nodes_doubtful = true;
}
