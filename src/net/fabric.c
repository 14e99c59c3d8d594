#include "net/fabric.h"

#include <stddef.h>

#include "base/diag.h"

#define BYTE_PS_GBPS 8000 /* picoseconds per byte at 1 Gb/s */
#define POOL 256

/* A wheel of 512 ps per list reaches two microseconds ahead, beyond what links take. */
#define EVENT_SHIFT 9

struct fabric_packet *
fabric_packet_get(struct fabric *f)
{
	struct fabric_packet *p;

	if (!f->free_packets) {
		p = arena_array(f->arena, struct fabric_packet, POOL);
		for (int i = 0; i < POOL; i++)
			fabric_packet_put(f, &p[i]);
		f->packets_made += POOL;
	}
	p = f->free_packets;
	f->free_packets = p->next;
	f->packets_free--;
	p->step = 0;
	p->observed = 0;
	return p;
}

void
fabric_packet_put(struct fabric *f, struct fabric_packet *p)
{
	p->next = f->free_packets;
	f->free_packets = p;
	f->packets_free++;
}

static void
append(struct fabric_packets *l, struct fabric_packet *p)
{
	p->next = NULL;
	if (l->first)
		l->last->next = p;
	else
		l->first = p;
	l->last = p;
}

static struct fabric_packet *
take(struct fabric_packets *l)
{
	struct fabric_packet *p = l->first;

	if (p)
		l->first = p->next;
	return p;
}

/* A switch's port begins to send a packet. */
static void
leave_switch(struct fabric *f, struct fabric_port *port, struct fabric_packet *p)
{
	const struct fabric_observer *o = &f->options.observer;
	uint64_t now = f->events.now;

	feedback_leave(&f->feedback, &port->feedback, p->is_ack ? NULL : &p->note, now / 1000, port->queued, p->bytes);
	if (o->leaves && !p->is_ack)
		o->leaves(o->of, p, p->note.hops, port->switch_id, (now - p->at + p->bytes * port->byte_ps) / 1000);
}

static bool
has_more(const struct fabric_port *port)
{
	return port->queue.first || (port->host && port->host->first);
}

/* The port is free. */
static void
port_send(struct fabric *f, struct fabric_port *port)
{
	struct fabric_packet *p = take(&port->queue);

	if (p)
		port->queued -= p->bytes;
	else if (!port->host || !(p = fabric_host_next(f, port->host)))
		return;
	if (!port->host)
		leave_switch(f, port, p);
	port->sent_bytes += p->bytes;
	port->free_at = f->events.now + (uint64_t)p->bytes * port->byte_ps;
	p->at = port->free_at + port->delay_ps;
	append(&port->wire, p);
	if (port->wire.first == p)
		events_add(&f->events, &port->arrival, p->at);
	if (has_more(port)) {
		port->sent_waits = true;
		events_add(&f->events, &port->sent, port->free_at);
	}
}

static void
port_sent(struct event *e, void *world)
{
	struct fabric_port *port = (struct fabric_port *)e;

	port->sent_waits = false;
	port_send(world, port);
}

void
fabric_kick(struct fabric *f, struct fabric_port *port)
{
	if (port->sent_waits)
		return;
	if (port->free_at <= f->events.now) {
		port_send(f, port);
		return;
	}
	port->sent_waits = true;
	events_add(&f->events, &port->sent, port->free_at);
}

void
fabric_enqueue(struct fabric *f, struct fabric_port *port, struct fabric_packet *p)
{
	if (port->room && port->queued + p->bytes > port->room) {
		fabric_reno_lose(f, p);
		return;
	}
	p->at = f->events.now;
	append(&port->queue, p);
	port->queued += p->bytes;
	if (port->queued > port->most_queued)
		port->most_queued = port->queued;
	fabric_kick(f, port);
}

/* Only the first packet on a wire has an event. */
static void
port_arrival(struct event *e, void *world)
{
	struct fabric_port *port = (struct fabric_port *)((char *)e - offsetof(struct fabric_port, arrival));
	struct fabric *f = world;
	struct fabric_packet *p = take(&port->wire);
	const struct fabric_flow *flow = p->flow;

	if (port->wire.first)
		events_add(&f->events, &port->arrival, port->wire.first->at);
	if (++p->step == flow->links)
		fabric_host_arrival(f, p);
	else
		fabric_enqueue(f, &f->ports[flow->path[p->is_ack][p->step]], p);
}

static const char *
make_port(struct fabric *f, uint32_t i)
{
	const struct net_link *l = &f->topology->links.v[i / 2];
	const struct net_node *from = &f->topology->nodes.v[l->end[i % 2].node];
	struct fabric_port *port = &f->ports[i];
	uint64_t gbps = l->rate_bps / 1000000000;

	if (!gbps || l->rate_bps % 1000000000 || BYTE_PS_GBPS % gbps)
		return "each link needs a rate in Gb/s that divides 8000";
	*port = (struct fabric_port){ .sent.run = port_sent,
				      .arrival.run = port_arrival,
				      .switch_id = from->id,
				      .byte_ps = (uint32_t)(BYTE_PS_GBPS / gbps),
				      .delay_ps = l->delay_ns * 1000 };
	return NULL;
}

static const char *
make_host(struct fabric *f, uint32_t i)
{
	uint32_t node = f->topology->hosts.v[i];
	const struct net_node *n = &f->topology->nodes.v[node];
	struct fabric_host *h = &f->hosts[i];

	if (n->ports.n != 1 || net_switch_of(f->topology, node) == NET_NOWHERE)
		return "each host needs one link, to a switch";
	h->port = &f->ports[2 * n->ports.v[0].link + n->ports.v[0].side];
	h->port->host = h;
	return h->port->byte_ps == f->hosts[0].port->byte_ps ? NULL : "hosts' links need one rate";
}

/* The port of switch `node` towards `to`, which `hash` chooses among those on shortest paths. */
static const struct net_port *
choose_port(struct fabric *f, uint32_t node, uint32_t to, uint32_t hash)
{
	uint32_t ports[64], n = net_next_ports(f->routes, node, to, ports, 64);

	return n ? net_port(f->topology, node, ports[pint_hash(hash, node, 0) % n]) : NULL;
}

/* The ports on a way from host to host; their number, 0 when there is none or it is too long. */
static uint32_t
find_path(struct fabric *f, uint32_t from, uint32_t to, uint32_t hash, uint32_t *ret)
{
	const struct net_topology *t = f->topology;
	uint32_t to_host = t->hosts.v[to], last = net_switch_of(t, to_host), n = 0;
	const struct net_port *p = &t->nodes.v[t->hosts.v[from]].ports.v[0];

	while (p && n < FABRIC_LINKS) {
		uint32_t node = net_peer(t, p).node;

		ret[n++] = 2 * p->link + p->side;
		if (node == to_host)
			return n;
		if (node != last) {
			p = choose_port(f, node, last, hash);
			continue;
		}
		p = &t->nodes.v[to_host].ports.v[0];
		p = net_port(t, node, t->links.v[p->link].end[1 - p->side].port);
	}
	return 0;
}

/* Two hosts as far from each other as any; false: too far. */
static bool
farthest(struct fabric *f, uint32_t ret[2])
{
	const struct net_topology *t = f->topology;
	uint32_t most = 0;

	ret[0] = 0;
	ret[1] = 1;
	for (uint32_t i = 0; i < t->hosts.n; i++)
		for (uint32_t j = 0; j < i; j++) {
			uint32_t links = 2u + net_distance(f->routes, net_switch_of(t, t->hosts.v[i]), net_switch_of(t, t->hosts.v[j]));

			if (links > FABRIC_LINKS)
				return false;
			if (links > most) {
				most = links;
				ret[0] = i;
				ret[1] = j;
			}
		}
	return true;
}

/* The base round trip of the longest path, with a payload one way: over it loads are averages, and its bytes fill a window. 0:
 * records have no room for so many switches. */
static uint32_t
base_round_trip_ns(struct fabric *f)
{
	uint32_t path[FABRIC_LINKS], ends[2], n;
	uint64_t ps = 0;

	if (!farthest(f, ends))
		return 0;
	n = find_path(f, ends[0], ends[1], 0, path);
	for (uint32_t i = 0; i < n; i++)
		ps += 2 * f->ports[path[i]].delay_ps + FABRIC_PAYLOAD * f->ports[path[i]].byte_ps;
	return (uint32_t)(ps / 1000);
}

static const char *
make_parts(struct fabric *f)
{
	const struct net_topology *t = f->topology;
	const char *why;

	if (t->hosts.n < 2)
		return "there must be two hosts";
	f->hosts = arena_array(f->arena, struct fabric_host, t->hosts.n);
	f->ports = arena_array(f->arena, struct fabric_port, 2 * t->links.n);
	for (uint32_t i = 0; i < 2 * t->links.n; i++)
		if ((why = make_port(f, i)))
			return why;
	for (uint32_t i = 0; i < t->hosts.n; i++)
		if ((why = make_host(f, i)))
			return why;
	return NULL;
}

static const char *
make_feedback(struct fabric *f)
{
	uint32_t period_ns = base_round_trip_ns(f);

	if (!period_ns)
		return "hosts must reach each other over at most five switches";
	feedback_init(&f->feedback, f->options.feedback, f->options.share, period_ns);
	f->rules = hpcc_rules(fabric_line_bps(f), period_ns);
	if (f->options.eta > 0)
		f->rules.eta = f->options.eta;
	for (uint32_t i = 0; i < 2 * f->topology->links.n && f->options.is_reno; i++)
		if (!f->ports[i].host)
			f->ports[i].room = period_ns * UINT64_C(1000) / f->ports[i].byte_ps;
	for (uint32_t i = 0; i < 2 * f->topology->links.n; i++)
		if (!feedback_port_init(&f->feedback, &f->ports[i].feedback, f->topology->links.v[i / 2].rate_bps))
			return "feedback can tell of links of 1, 10, 25, 40, 50, 100, 200 and 400 Gb/s";
	return NULL;
}

struct fabric *
fabric_make(struct arena *a, const struct net_topology *t, const struct fabric_options *o, const char **ret_why)
{
	struct fabric *f = arena_new(a, struct fabric);
	const char *why;

	*f = (struct fabric){ .arena = a, .topology = t, .options = *o, .routes = net_routes_make(a, t) };
	f->pid_seed = pint_seed(PINT_PID, 0, 0);
	events_init(&f->events, a, EVENT_SHIFT);
	if (!(why = make_parts(f)))
		why = make_feedback(f);
	if (!why)
		return f;
	*ret_why = why;
	return NULL;
}

uint64_t
fabric_line_bps(const struct fabric *f)
{
	return BYTE_PS_GBPS / f->hosts[0].port->byte_ps * UINT64_C(1000000000);
}

bool
fabric_route(struct fabric *f, struct fabric_flow *flow)
{
	uint32_t hash = pint_mix(flow->flow.id), from = flow->flow.from, to = flow->flow.to;

	flow->links = find_path(f, from, to, hash, flow->path[0]);
	return flow->links && find_path(f, to, from, hash, flow->path[1]) == flow->links;
}

void
fabric_run(struct fabric *f, uint64_t until_ps)
{
	events_run(&f->events, f, until_ps);
}
