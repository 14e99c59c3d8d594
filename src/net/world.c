#include "net/world.h"

#include "base/random.h"

#define NS 1000000000u
#define WHEEL_SHIFT 10 /* lists of about a microsecond */

/* A packet on a link. Those that have arrived are used again, by the size of their room. */
struct flight {
	struct event event;
	struct flight *spare;
	uint64_t number;
	uint32_t path, link, side; /* side: where it comes from */
	uint32_t downs; /* of the link, when it was sent */
	uint32_t len;
	uint8_t data[];
};

#define ROOM_LEAST 256
#define ROOMS 10 /* up to 128 KiB */

/* A switch is to be looked at: something leaves. */
struct wake {
	struct event event;
	struct wake *spare;
	uint32_t node;
};

struct direction {
	struct net_traffic traffic;
	struct random random;
	uint64_t free; /* of a host's port: when it can send again */
	uint64_t last; /* arrival of the previous packet: none overtakes another */
};

struct link_state {
	struct direction side[2];
	uint32_t downs;
};

struct node_state {
	struct net_world *world;
	struct sw *sw;
	uint32_t node;
	uint32_t ports[SW_PORTS]; /* link * 2 + side; NET_NOWHERE */
	uint64_t wake_at; /* the earliest of its wakes; UINT64_MAX: none */
};

/* Paths are a tree: a path is its last switch and the path before it. Number 0 is the empty one. */
struct path {
	uint32_t node, parent, child, sibling; /* child, sibling: 0, none */
};

struct net_world {
	struct arena *arena;
	struct net_topology *t;
	struct net_world_config config;
	struct events events;
	struct node_state **nodes; /* NULL: a host */
	struct link_state *links;
	struct flight *spare_flights[ROOMS];
	struct wake *spare_wakes;
	VEC(struct path) paths;
	struct net_counts counts; /* what switches count is added when somebody asks */
};

/* --- paths --- */

static uint32_t
path_on(struct net_world *w, uint32_t path, uint32_t node)
{
	uint32_t child = w->paths.v[path].child;

	while (child && w->paths.v[child].node != node)
		child = w->paths.v[child].sibling;
	if (child)
		return child;
	child = w->paths.n;
	vec_push(w->arena, &w->paths, (struct path){ node, path, 0, w->paths.v[path].child });
	w->paths.v[path].child = child;
	return child;
}

uint32_t
net_path_nodes(const struct net_world *w, uint32_t path, uint32_t *ret, uint32_t most)
{
	uint32_t hops = 0, n = 0;

	for (uint32_t p = path; p; p = w->paths.v[p].parent)
		hops++;
	for (uint32_t p = path; p; p = w->paths.v[p].parent, n++)
		if (hops - 1 - n < most)
			ret[hops - 1 - n] = w->paths.v[p].node;
	return hops < most ? hops : most;
}

/* A packet's number and path as a switch carries them. */
static uint64_t
tag_of(uint64_t number, uint32_t path)
{
	return number << 32 | path;
}

/* --- links --- */

static uint64_t
sending_time(const struct net_link *l, uint32_t len)
{
	return l->rate_bps ? (uint64_t)((ps_u128)len * 8 * NS / l->rate_bps) : 0;
}

static void arrive(struct event *e, void *world);

static uint32_t
room_for(uint32_t len)
{
	uint32_t room = 0;

	while ((uint32_t)ROOM_LEAST << room < len)
		room++;
	return room;
}

static struct flight *
take_flight(struct net_world *w, uint32_t len)
{
	uint32_t room = room_for(len);
	struct flight *f = w->spare_flights[room];

	if (!f)
		return arena_alloc(w->arena, sizeof(*f) + ((size_t)ROOM_LEAST << room));
	w->spare_flights[room] = f->spare;
	return f;
}

static void
give_flight(struct net_world *w, struct flight *f)
{
	struct flight **to = &w->spare_flights[room_for(f->len)];

	f->spare = *to;
	*to = f;
}

static bool
is_lost(struct net_world *w, const struct net_link *l, struct direction *d)
{
	if (!l->is_up)
		w->counts.lost_down++;
	else if (l->loss_ppm && random_below(&d->random, 1000000) < l->loss_ppm)
		w->counts.lost_loss++;
	else
		return false;
	d->traffic.lost++;
	return true;
}

/* The packet's first bit leaves end `side` of a link at `start`. */
static void
put_on_link(struct net_world *w, uint32_t link, uint32_t side, uint64_t start, const struct net_packet *p)
{
	const struct net_link *l = &w->t->links.v[link];
	struct direction *d = &w->links[link].side[side];
	uint64_t at = start + sending_time(l, p->len) + l->delay_ns;
	struct flight *f;

	if (is_lost(w, l, d))
		return;
	d->traffic.packets++;
	d->traffic.bytes += p->len;
	d->last = at = at > d->last ? at : d->last;
	f = take_flight(w, p->len);
	*f = (struct flight){ .event.run = arrive, .number = p->number, .path = p->path, .link = link, .side = side,
			      .downs = w->links[link].downs, .len = p->len };
	memcpy(f->data, p->data, p->len);
	w->counts.inside++;
	events_add(&w->events, &f->event, at > w->events.now ? at : w->events.now);
}

/* --- switches --- */

static void
wake_up(struct event *e, void *world)
{
	struct wake *wake = (struct wake *)e;
	struct net_world *w = world;
	struct node_state *n = w->nodes[wake->node];

	if (n->wake_at == w->events.now)
		n->wake_at = UINT64_MAX;
	wake->spare = w->spare_wakes;
	w->spare_wakes = wake;
	sw_advance(n->sw, w->events.now);
	net_world_touched(w, n->node);
}

void
net_world_touched(struct net_world *w, uint32_t node)
{
	struct node_state *n = w->nodes[node];
	uint64_t next = sw_next_departure(n->sw);
	struct wake *wake;

	if (next >= n->wake_at)
		return;
	wake = w->spare_wakes ? w->spare_wakes : arena_new(w->arena, struct wake);
	w->spare_wakes = wake->spare;
	*wake = (struct wake){ .event.run = wake_up, .node = node };
	n->wake_at = next > w->events.now ? next : w->events.now;
	events_add(&w->events, &wake->event, n->wake_at);
}

static void
on_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct node_state *n = user;
	struct net_world *w = n->world;
	uint64_t tag = sw_tag(n->sw);
	struct net_packet p = { tag >> 32, (uint32_t)tag, len, data };
	uint32_t end = n->ports[port], side = end & 1;

	if (end == NET_NOWHERE) {
		w->counts.nowhere++;
		return;
	}
	if (w->config.last_hop && w->t->nodes.v[w->t->links.v[end / 2].end[1 - side].node].is_host)
		w->config.last_hop(w->config.user, n->node, time_ns, &p);
	put_on_link(w, end / 2, side, time_ns, &p);
}

static void
reach_switch(struct net_world *w, struct node_state *n, uint32_t port, const struct flight *f)
{
	uint64_t now = w->events.now;

	if (w->config.arrival)
		w->config.arrival(w->config.user, n->node, now);
	sw_receive_tagged(n->sw, now, port, f->data, f->len, tag_of(f->number, path_on(w, f->path, n->node)));
	net_world_touched(w, n->node);
}

static void
reach_host(struct net_world *w, uint32_t host, const struct flight *f)
{
	struct net_packet p = { f->number, f->path, f->len, f->data };

	w->counts.delivered++;
	if (w->config.delivery)
		w->config.delivery(w->config.user, host, w->events.now, &p);
}

static void
arrive(struct event *e, void *world)
{
	struct flight *f = (struct flight *)e;
	struct net_world *w = world;
	struct net_end to = w->t->links.v[f->link].end[1 - f->side];

	w->counts.inside--;
	if (w->links[f->link].downs != f->downs) {
		w->counts.lost_down++;
		w->links[f->link].side[f->side].traffic.lost++;
	} else if (w->nodes[to.node]) {
		reach_switch(w, w->nodes[to.node], to.port, f);
	} else {
		reach_host(w, to.node, f);
	}
	give_flight(w, f);
}

/* --- the world --- */

struct net_world *
net_world_make(struct arena *a, struct net_topology *t, const struct net_world_config *c)
{
	struct net_world *w = arena_new(a, struct net_world);

	w->arena = a;
	w->t = t;
	w->config = *c;
	events_init(&w->events, a, WHEEL_SHIFT);
	w->nodes = arena_array(a, struct node_state *, t->nodes.n);
	w->links = arena_array(a, struct link_state, t->links.n + 1);
	vec_push(a, &w->paths, (struct path){ .node = NET_NOWHERE });
	for (uint32_t i = 0; i < t->links.n; i++)
		for (uint32_t side = 0; side < 2; side++)
			random_init(&w->links[i].side[side].random, c->seed, 2 * i + side + 1);
	return w;
}

void
net_world_free(struct net_world *w)
{
	for (uint32_t i = 0; i < w->t->nodes.n; i++)
		if (w->nodes[i])
			sw_close(w->nodes[i]->sw);
}

bool
net_world_open(struct net_world *w, uint32_t node, const char *so_path, const struct sw_config *c, char *reterr, size_t size)
{
	struct node_state *n = arena_new(w->arena, struct node_state);
	struct sw_config config = *c;

	*n = (struct node_state){ .world = w, .node = node, .wake_at = UINT64_MAX };
	config.user = n;
	config.tx = on_tx;
	n->sw = sw_open(so_path, &config, reterr, size);
	if (!n->sw)
		return false;
	w->nodes[node] = n;
	memset(n->ports, 0xff, sizeof(n->ports));
	vec_each(p, &w->t->nodes.v[node].ports) {
		n->ports[p->number] = p->link * 2 + p->side;
		sw_set_port_rate(n->sw, p->number, w->t->links.v[p->link].rate_bps);
	}
	return true;
}

struct sw *
net_world_switch(const struct net_world *w, uint32_t node)
{
	return w->nodes[node] ? w->nodes[node]->sw : NULL;
}

struct events *
net_world_events(struct net_world *w)
{
	return &w->events;
}

void *
net_world_user(const struct net_world *w)
{
	return w->config.user;
}

uint64_t
net_world_send(struct net_world *w, uint32_t host, const uint8_t *data, uint32_t len)
{
	const struct net_port *port = &w->t->nodes.v[host].ports.v[0];
	struct direction *d = &w->links[port->link].side[port->side];
	struct net_packet p = { w->counts.sent++, 0, len, data };
	uint64_t start = d->free > w->events.now ? d->free : w->events.now;

	d->free = start + sending_time(&w->t->links.v[port->link], len);
	put_on_link(w, port->link, port->side, start, &p);
	return p.number;
}

void
net_world_set_link(struct net_world *w, uint32_t link, bool is_up)
{
	if (w->t->links.v[link].is_up && !is_up)
		w->links[link].downs++;
	w->t->links.v[link].is_up = is_up;
}

bool
net_world_run(struct net_world *w, uint64_t until_ns)
{
	uint64_t next;

	events_run(&w->events, w, until_ns);
	return events_next(&w->events, &next);
}

/* --- what was counted --- */

void
net_world_counts(const struct net_world *w, struct net_counts *ret)
{
	*ret = w->counts;
	for (uint32_t i = 0; i < w->t->nodes.n; i++) {
		struct sw_counts n;

		if (!w->nodes[i])
			continue;
		sw_counts(w->nodes[i]->sw, &n);
		ret->copies += n.copies;
		ret->dropped += n.dropped_ingress + n.dropped_egress + n.oversized;
		ret->lost_queue += n.lost_queue;
		ret->inside += n.queued;
	}
}

struct net_traffic
net_world_traffic(const struct net_world *w, uint32_t link, uint32_t side)
{
	return w->links[link].side[side].traffic;
}
