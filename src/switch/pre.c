#include "switch/pre.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "switch/memory.h"
#include "switch/switch.h"

struct node {
	bool used;
	uint16_t rid;
	uint16_t *ports; /* ascending */
	uint32_t n;
	uint32_t groups; /* that it is in */
};

struct group {
	uint32_t *nodes; /* in order of association */
	uint32_t n, cap;
	struct sw_copies copies; /* what they amount to */
};

struct sw_pre {
	struct group **groups; /* by number; NULL: not created */
	struct node *nodes;
	uint32_t nnodes, nodes_cap;
	struct sw_session *sessions;
};

struct sw_pre *
sw_pre_make(void)
{
	struct sw_pre *p = alloc(1, sizeof(*p));

	p->groups = alloc(SW_GROUPS, sizeof(struct group *));
	p->sessions = alloc(SW_SESSIONS, sizeof(*p->sessions));
	return p;
}

static void
group_free(struct group *g)
{
	if (!g)
		return;
	free(g->nodes);
	free(g->copies.v);
	free(g);
}

void
sw_pre_free(struct sw_pre *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < SW_GROUPS; i++)
		group_free(p->groups[i]);
	for (uint32_t i = 0; i < p->nnodes; i++)
		free(p->nodes[i].ports);
	for (uint32_t i = 0; i < SW_SESSIONS; i++)
		free(p->sessions[i].copies.v);
	free(p->groups);
	free(p->nodes);
	free(p->sessions);
	free(p);
}

static struct group *
group_copy(const struct group *from)
{
	struct group *g = sw_dup(from, sizeof(*from));

	g->nodes = sw_dup(from->nodes, from->cap * sizeof(*g->nodes));
	g->copies.v = sw_dup(from->copies.v, from->copies.cap * sizeof(*g->copies.v));
	return g;
}

struct sw_pre *
sw_pre_copy(const struct sw_pre *from)
{
	struct sw_pre *p = sw_pre_make();

	for (uint32_t i = 0; i < SW_GROUPS; i++)
		if (from->groups[i])
			p->groups[i] = group_copy(from->groups[i]);
	p->nnodes = p->nodes_cap = from->nnodes;
	p->nodes = sw_dup(from->nodes, from->nnodes * sizeof(*p->nodes));
	for (uint32_t i = 0; i < p->nnodes; i++)
		p->nodes[i].ports = sw_dup(from->nodes[i].ports, from->nodes[i].n * sizeof(uint16_t));
	memcpy(p->sessions, from->sessions, SW_SESSIONS * sizeof(*p->sessions));
	for (uint32_t i = 0; i < SW_SESSIONS; i++)
		if (p->sessions[i].copies.v)
			p->sessions[i].copies.v = sw_dup(from->sessions[i].copies.v,
				from->sessions[i].copies.n * sizeof(struct sw_copy));
	return p;
}

/* --- groups and nodes --- */

int
sw_group_create(struct sw_pre *p, uint32_t group)
{
	if (group >= SW_GROUPS)
		return -ERANGE;
	if (p->groups[group])
		return -EEXIST;
	p->groups[group] = alloc(1, sizeof(struct group));
	return 0;
}

int
sw_group_destroy(struct sw_pre *p, uint32_t group)
{
	if (group >= SW_GROUPS)
		return -ERANGE;
	if (!p->groups[group])
		return -ENOENT;
	for (uint32_t i = 0; i < p->groups[group]->n; i++)
		p->nodes[p->groups[group]->nodes[i]].groups--;
	group_free(p->groups[group]);
	p->groups[group] = NULL;
	return 0;
}

bool
sw_group_exists(const struct sw_pre *p, uint32_t group)
{
	return group < SW_GROUPS && p->groups[group];
}

static void
push_copy(struct sw_copies *c, struct sw_copy copy)
{
	if (c->n == c->cap) {
		uint32_t cap = c->cap ? c->cap * 2 : 4;

		c->v = sw_grow(c->v, c->cap, cap, sizeof(*c->v));
		c->cap = cap;
	}
	c->v[c->n++] = copy;
}

static void
push_node(struct group *g, const struct node *node)
{
	for (uint32_t k = 0; k < node->n; k++)
		push_copy(&g->copies, (struct sw_copy){ node->rid, node->ports[k] });
}

static void
flatten(const struct sw_pre *p, struct group *g)
{
	g->copies.n = 0;
	for (uint32_t i = 0; i < g->n; i++)
		push_node(g, &p->nodes[g->nodes[i]]);
}

static void
flatten_with(struct sw_pre *p, uint32_t node)
{
	for (uint32_t i = 0; i < SW_GROUPS && p->nodes[node].groups; i++)
		for (uint32_t k = 0; p->groups[i] && k < p->groups[i]->n; k++)
			if (p->groups[i]->nodes[k] == node) {
				flatten(p, p->groups[i]);
				break;
			}
}

/* Ascending, each port once. */
static int
set_ports(struct node *node, const uint32_t *ports, uint32_t n)
{
	bool has[SW_PORTS] = { false };
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (ports[i] >= SW_PORTS)
			return -ERANGE;
		count += !has[ports[i]];
		has[ports[i]] = true;
	}
	free(node->ports);
	node->ports = alloc(count, sizeof(*node->ports));
	node->n = 0;
	for (uint32_t port = 0; port < SW_PORTS; port++)
		if (has[port])
			node->ports[node->n++] = (uint16_t)port;
	return 0;
}

int
sw_node_create(struct sw_pre *p, uint32_t rid, const uint32_t *ports, uint32_t n, uint32_t *ret_handle)
{
	struct node node = { .used = true, .rid = (uint16_t)rid };

	if (rid > UINT16_MAX || set_ports(&node, ports, n))
		return -ERANGE;
	if (p->nnodes == p->nodes_cap) {
		uint32_t cap = p->nodes_cap ? p->nodes_cap * 2 : 8;

		p->nodes = sw_grow(p->nodes, p->nodes_cap, cap, sizeof(*p->nodes));
		p->nodes_cap = cap;
	}
	*ret_handle = p->nnodes;
	p->nodes[p->nnodes++] = node;
	return 0;
}

static bool
has_node(const struct sw_pre *p, uint32_t node)
{
	return node < p->nnodes && p->nodes[node].used;
}

int
sw_node_update(struct sw_pre *p, uint32_t node, const uint32_t *ports, uint32_t n)
{
	int err;

	if (!has_node(p, node))
		return -ENOENT;
	err = set_ports(&p->nodes[node], ports, n);
	flatten_with(p, node);
	return err;
}

static bool
remove_node(struct sw_pre *p, struct group *g, uint32_t node)
{
	for (uint32_t i = 0; i < g->n; i++)
		if (g->nodes[i] == node) {
			memmove(g->nodes + i, g->nodes + i + 1, (g->n - i - 1) * sizeof(*g->nodes));
			g->n--;
			p->nodes[node].groups--;
			flatten(p, g);
			return true;
		}
	return false;
}

int
sw_node_destroy(struct sw_pre *p, uint32_t node)
{
	if (!has_node(p, node))
		return -ENOENT;
	for (uint32_t i = 0; i < SW_GROUPS && p->nodes[node].groups; i++)
		if (p->groups[i])
			remove_node(p, p->groups[i], node);
	p->nodes[node].used = false;
	return 0;
}

int
sw_node_associate(struct sw_pre *p, uint32_t group, uint32_t node)
{
	struct group *g;

	if (!sw_group_exists(p, group) || !has_node(p, node))
		return -ENOENT;
	g = p->groups[group];
	for (uint32_t i = 0; i < g->n && p->nodes[node].groups; i++)
		if (g->nodes[i] == node)
			return -EEXIST;
	if (g->n == g->cap) {
		uint32_t cap = g->cap ? g->cap * 2 : 4;

		g->nodes = sw_grow(g->nodes, g->cap, cap, sizeof(*g->nodes));
		g->cap = cap;
	}
	g->nodes[g->n++] = node;
	p->nodes[node].groups++;
	push_node(g, &p->nodes[node]);
	return 0;
}

int
sw_node_dissociate(struct sw_pre *p, uint32_t group, uint32_t node)
{
	if (!sw_group_exists(p, group) || !has_node(p, node))
		return -ENOENT;
	return remove_node(p, p->groups[group], node) ? 0 : -ENOENT;
}

bool
sw_group_node(const struct sw_pre *p, uint32_t group, uint32_t i, struct sw_node *ret)
{
	const struct group *g = sw_group_exists(p, group) ? p->groups[group] : NULL;
	const struct node *n = g && i < g->n ? &p->nodes[g->nodes[i]] : NULL;

	if (!n)
		return false;
	*ret = (struct sw_node){ .handle = g->nodes[i], .rid = n->rid, .nports = n->n, .ports = n->ports };
	return true;
}

const struct sw_copies *
sw_group_copies(const struct sw_pre *p, uint32_t group)
{
	static const struct sw_copies none;

	return sw_group_exists(p, group) ? &p->groups[group]->copies : &none;
}

/* --- sessions --- */

static int
set_session(struct sw_pre *p, uint32_t session, struct sw_session s)
{
	if (session >= SW_SESSIONS) {
		free(s.copies.v);
		return -ERANGE;
	}
	free(p->sessions[session].copies.v);
	p->sessions[session] = s;
	return 0;
}

int
sw_mirror_port(struct sw_pre *p, uint32_t session, uint32_t port, uint32_t truncate)
{
	if (port >= SW_PORTS)
		return -ERANGE;
	return set_session(p, session,
		(struct sw_session){ .kind = SW_SESSION_PORT, .port = (uint16_t)port, .truncate = truncate });
}

int
sw_mirror_group(struct sw_pre *p, uint32_t session, uint32_t group, uint32_t truncate)
{
	if (group >= SW_GROUPS)
		return -ERANGE;
	return set_session(p, session,
		(struct sw_session){ .kind = SW_SESSION_GROUP, .group = (uint16_t)group, .truncate = truncate });
}

int
sw_mirror_copies(struct sw_pre *p, uint32_t session, const struct sw_copy *v, uint32_t n, uint32_t truncate)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i].port >= SW_PORTS)
			return -ERANGE;
	return set_session(p, session,
		(struct sw_session){
			.kind = SW_SESSION_COPIES,
			.copies = { .v = sw_dup(v, n * sizeof(*v)), .n = n, .cap = n },
			.truncate = truncate,
		});
}

int
sw_mirror_delete(struct sw_pre *p, uint32_t session)
{
	if (session >= SW_SESSIONS)
		return -ERANGE;
	if (p->sessions[session].kind == SW_SESSION_NONE)
		return -ENOENT;
	return set_session(p, session, (struct sw_session){ .kind = SW_SESSION_NONE });
}

const struct sw_session *
sw_session(const struct sw_pre *p, uint32_t session)
{
	if (session >= SW_SESSIONS || p->sessions[session].kind == SW_SESSION_NONE)
		return NULL;
	return &p->sessions[session];
}
