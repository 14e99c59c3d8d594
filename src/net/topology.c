#include "net/topology.h"

struct net_topology *
net_topology_make(struct arena *a, struct str name)
{
	struct net_topology *t = arena_new(a, struct net_topology);

	t->arena = a;
	t->name = str_dup(a, name);
	map_init(&t->names, a);
	return t;
}

/* --- building --- */

static uint32_t
add_node(struct net_topology *t, struct str name, bool is_host)
{
	uint32_t i = t->nodes.n;

	name = str_dup(t->arena, name);
	vec_push(t->arena, &t->nodes, (struct net_node){ .name = name, .is_host = is_host });
	map_put(&t->names, name, (void *)((uintptr_t)i + 1));
	return i;
}

uint32_t
net_add_switch(struct net_topology *t, struct str name)
{
	uint32_t i = add_node(t, name, false);

	vec_push(t->arena, &t->switches, i);
	t->nodes.v[i].id = t->switches.n;
	return i;
}

uint32_t
net_add_lone_host(struct net_topology *t, struct str name)
{
	uint32_t i = add_node(t, name, true);

	vec_push(t->arena, &t->hosts, i);
	return i;
}

#define HOST_MAC 0x080000000000u /* as the tutorials' */

uint32_t
net_add_host(struct net_topology *t, struct str name, uint32_t at_switch)
{
	uint32_t id = t->nodes.v[at_switch].id, n = 1, i = net_add_lone_host(t, name);
	struct net_node *host = &t->nodes.v[i];

	vec_each(p, &t->nodes.v[at_switch].ports)
		n += t->nodes.v[net_peer(t, p).node].is_host;
	host->ip = 10u << 24 | (id & 0xffff) << 8 | (n & 0xff);
	host->gateway = HOST_MAC | (uint64_t)id << 8;
	host->mac = host->gateway | (n & 0xff);
	net_join(t, (struct net_end){ i, 0 }, (struct net_end){ at_switch, net_free_port(t, at_switch) });
	return i;
}

static void
add_port(struct net_topology *t, struct net_end e, uint32_t link, uint32_t side)
{
	struct net_node *node = &t->nodes.v[e.node];
	uint32_t at = node->ports.n;

	while (at && node->ports.v[at - 1].number > e.port)
		at--;
	vec_insert(t->arena, &node->ports, at, (struct net_port){ e.port, link, side });
}

uint32_t
net_join(struct net_topology *t, struct net_end a, struct net_end b)
{
	uint32_t link = t->links.n;

	vec_push(t->arena, &t->links, (struct net_link){ .end = { a, b }, .is_up = true });
	add_port(t, a, link, 0);
	add_port(t, b, link, 1);
	return link;
}

uint32_t
net_free_port(const struct net_topology *t, uint32_t node)
{
	uint32_t free = t->nodes.v[node].is_host ? 0 : 1;

	vec_each(p, &t->nodes.v[node].ports)
		if (p->number == free)
			free++;
	return free;
}

/* --- reading --- */

uint32_t
net_find(const struct net_topology *t, struct str name)
{
	uintptr_t at = (uintptr_t)map_get(&t->names, name);

	return at ? (uint32_t)(at - 1) : NET_NOWHERE;
}

const struct net_port *
net_port(const struct net_topology *t, uint32_t node, uint32_t number)
{
	vec_each(p, &t->nodes.v[node].ports)
		if (p->number == number)
			return p;
	return NULL;
}

struct net_end
net_peer(const struct net_topology *t, const struct net_port *p)
{
	return t->links.v[p->link].end[1 - p->side];
}

uint64_t
net_next_mac(const struct net_topology *t, uint32_t from, uint32_t to)
{
	const struct net_node *a = &t->nodes.v[from], *b = &t->nodes.v[to];
	bool is_near = a->prefix && !((a->ip ^ b->ip) & (UINT32_MAX << (32 - a->prefix)));

	return is_near ? b->mac : a->gateway;
}

uint32_t
net_host_of(const struct net_topology *t, uint32_t ip)
{
	vec_each(h, &t->hosts)
		if (t->nodes.v[*h].ip == ip)
			return *h;
	return NET_NOWHERE;
}

uint32_t
net_switch_of(const struct net_topology *t, uint32_t host)
{
	const struct net_node *n = &t->nodes.v[host];

	return n->ports.n ? net_peer(t, &n->ports.v[0]).node : NET_NOWHERE;
}
