/* Hosts of a fabric: flows begin, send packets at their rate while their window has room, and end. */
#include "base/diag.h"
#include "net/fabric.h"

#define POOL 64

static void
make_ready(struct fabric *f, struct fabric_flow *flow)
{
	struct fabric_host *h = &f->hosts[flow->flow.from];

	flow->state = FABRIC_READY;
	flow->next = NULL;
	if (h->first)
		h->last->next = flow;
	else
		h->first = flow;
	h->last = flow;
}

/* Without feedback there is nothing that could hold it back. */
static bool
has_window(const struct fabric *f, const struct fabric_flow *flow)
{
	if (flow->reno)
		return fabric_reno_may_send(flow);
	return f->feedback.kind == FEEDBACK_NONE ||
	       (double)(flow->sent - flow->acked) < hpcc_window(&flow->hpcc, &f->rules);
}

/* It may send when its time and the window allow; not before `at` in any case. */
static void
wait_for_turn(struct fabric *f, struct fabric_flow *flow, uint64_t at)
{
	if (!has_window(f, flow)) {
		flow->state = FABRIC_BLOCKED;
	} else if (flow->next_at <= at) {
		make_ready(f, flow);
	} else {
		flow->state = FABRIC_PACED;
		events_add(&f->events, &flow->pace, flow->next_at);
	}
}

static void
pace(struct event *e, void *world)
{
	struct fabric_flow *flow = (struct fabric_flow *)e;
	struct fabric *f = world;

	wait_for_turn(f, flow, f->events.now);
	if (flow->state == FABRIC_READY)
		fabric_kick(f, f->hosts[flow->flow.from].port);
}

static uint32_t
packet_number(const struct fabric *f, const struct fabric_flow *flow, uint64_t from)
{
	return pint_hash(f->pid_seed, flow->flow.id, (uint32_t)(from / FABRIC_PAYLOAD));
}

static struct fabric_packet *
data_packet(struct fabric *f, struct fabric_flow *flow)
{
	uint64_t from = flow->reno ? fabric_reno_send(flow) : flow->sent, left = flow->flow.bytes - from;
	uint64_t payload = left < FABRIC_PAYLOAD ? left : FABRIC_PAYLOAD;
	struct fabric_packet *p = fabric_packet_get(f);

	p->flow = flow;
	p->is_ack = false;
	feedback_begin(&f->feedback, &p->note, packet_number(f, flow, from));
	p->end = from + payload;
	flow->sent = flow->sent < p->end ? p->end : flow->sent;
	p->bytes = (uint32_t)payload + FABRIC_HEADER + f->options.extra_bytes;
	if (p->note.is_carried && !f->options.is_inside)
		p->bytes += f->feedback.bytes;
	f->packets_sent++;
	return p;
}

/* The port will be free when this packet has left: who may send by then is ready now. */
struct fabric_packet *
fabric_host_next(struct fabric *f, struct fabric_host *h)
{
	struct fabric_flow *flow;

	while ((flow = h->first)) {
		struct fabric_packet *p;

		h->first = flow->next;
		if (!has_window(f, flow)) {
			flow->state = FABRIC_BLOCKED;
			continue;
		}
		p = data_packet(f, flow);
		flow->next_at = f->events.now + (uint64_t)(p->bytes * 8e12 / flow->hpcc.rate);
		if (flow->sent == flow->flow.bytes)
			flow->state = FABRIC_SENT;
		else
			wait_for_turn(f, flow, f->events.now + (uint64_t)p->bytes * h->port->byte_ps);
		return p;
	}
	return NULL;
}

/* The packet becomes its acknowledgement, with what it carried. */
static void
data_arrival(struct fabric *f, struct fabric_packet *p)
{
	struct fabric_flow *flow = p->flow;
	const struct fabric_observer *o = &f->options.observer;

	uint64_t payload = (p->end - 1) % FABRIC_PAYLOAD + 1;

	f->packets_arrived++;
	if (!flow->reno || fabric_reno_arrival(p))
		f->payload_arrived += payload;
	if (o->arrives)
		o->arrives(o->of, p);
	p->is_ack = true;
	p->step = 0;
	p->bytes = FABRIC_ACK + (p->note.is_carried ? f->feedback.bytes : 0);
	f->acks_sent++;
	fabric_enqueue(f, f->hosts[flow->flow.to].port, p);
}

static void
finish(struct fabric *f, struct fabric_flow *flow)
{
	struct fabric_result r = { .bytes = flow->flow.bytes,
				   .took_ps = f->events.now - flow->flow.start_ps,
				   .ideal_ps = fabric_ideal_ps(f, flow),
				   .id = flow->flow.id };

	vec_push(f->arena, &f->results, r);
}

void
fabric_flow_put(struct fabric *f, struct fabric_flow *flow)
{
	flow->next = f->free_flows;
	f->free_flows = flow;
}

void
fabric_host_go_on(struct fabric *f, struct fabric_flow *flow)
{
	if (flow->state == FABRIC_SENT && flow->reno)
		flow->state = FABRIC_BLOCKED; /* there may be something to send again */
	if (flow->state != FABRIC_BLOCKED)
		return;
	wait_for_turn(f, flow, f->events.now);
	if (flow->state == FABRIC_READY)
		fabric_kick(f, f->hosts[flow->flow.from].port);
}

static void
ack_arrival(struct fabric *f, struct fabric_packet *p)
{
	struct fabric_flow *flow = p->flow;

	bool was_finished = flow->acked == flow->flow.bytes;

	f->acks_arrived++;
	if (flow->reno) {
		fabric_reno_ack(f, flow, p->end);
	} else {
		flow->acked = p->end;
		hpcc_ack(&flow->hpcc, &f->rules, &f->feedback, &p->note, flow->acked, flow->sent);
	}
	fabric_packet_put(f, p);
	if (flow->acked < flow->flow.bytes) {
		fabric_host_go_on(f, flow);
	} else if (!was_finished) {
		finish(f, flow);
		if (!flow->reno)
			fabric_flow_put(f, flow);
	}
}

void
fabric_host_arrival(struct fabric *f, struct fabric_packet *p)
{
	if (p->is_ack)
		ack_arrival(f, p);
	else
		data_arrival(f, p);
}

static struct fabric_flow *
flow_get(struct fabric *f)
{
	struct fabric_flow *flow;

	if (!f->free_flows) {
		flow = arena_array(f->arena, struct fabric_flow, POOL);
		for (int i = 0; i < POOL; i++)
			fabric_flow_put(f, &flow[i]);
	}
	flow = f->free_flows;
	f->free_flows = flow->next;
	return flow;
}

void
fabric_add(struct fabric *f, const struct flow *what)
{
	struct fabric_flow *flow = flow_get(f);

	*flow = (struct fabric_flow){ .pace.run = pace, .flow = *what, .next_at = what->start_ps, .state = FABRIC_PACED };
	hpcc_begin(&flow->hpcc, &f->rules);
	if (!fabric_route(f, flow))
		bug("a flow without a way");
	f->flows++;
	if (f->options.observer.begins)
		f->options.observer.begins(f->options.observer.of, flow);
	if (f->options.is_reno)
		fabric_reno_begin(f, flow);
	events_add(&f->events, &flow->pace, what->start_ps);
}

static void
more(struct event *e, void *world)
{
	struct fabric *f = world;

	fabric_add(f, &f->coming);
	if (flows_next(f->source, &f->coming))
		events_add(&f->events, e, f->coming.start_ps);
}

void
fabric_feed(struct fabric *f, struct flows *source)
{
	f->source = source;
	f->more.run = more;
	if (flows_next(source, &f->coming))
		events_add(&f->events, &f->more, f->coming.start_ps);
}

/* Over a link: when its last bit has arrived, of the packet before the last and of the last, which may have to wait for it. */
static void
pass(const struct fabric_port *port, uint64_t at[2], uint64_t before_ps, uint64_t last_ps)
{
	at[0] = before_ps;
	at[1] = (at[1] > at[0] ? at[1] : at[0]) + last_ps;
	at[0] += port->delay_ps;
	at[1] += port->delay_ps;
}

/* All packets but the last are equally long. They leave back to back, so packet n - 1 has passed link j when one alone would, and
 * n - 2 packets on the slowest link so far later; only the last one can catch up with its predecessor. Acknowledgements are as far
 * from each other as packets, and pass one by one, but for the last. */
uint64_t
fabric_ideal_ps(const struct fabric *f, const struct fabric_flow *flow)
{
	uint64_t n = (flow->flow.bytes + FABRIC_PAYLOAD - 1) / FABRIC_PAYLOAD, at[2] = { 0, 0 };
	uint64_t full = n > 1 ? FABRIC_PAYLOAD + FABRIC_HEADER : 0;
	uint64_t rest = (flow->flow.bytes - 1) % FABRIC_PAYLOAD + 1 + FABRIC_HEADER, slowest = 0, alone = 0;

	for (uint32_t i = 0; i < flow->links; i++) {
		const struct fabric_port *port = &f->ports[flow->path[0][i]];

		slowest = port->byte_ps > slowest ? port->byte_ps : slowest;
		alone += full * port->byte_ps;
		pass(port, at, alone + (n > 2 ? (n - 2) * full * slowest : 0), rest * port->byte_ps);
		alone += port->delay_ps;
	}
	for (uint32_t i = 0; i < flow->links; i++) {
		const struct fabric_port *port = &f->ports[flow->path[1][i]];
		uint64_t ack = (uint64_t)FABRIC_ACK * port->byte_ps;

		pass(port, at, n > 1 ? at[0] + ack : 0, ack);
	}
	return at[1];
}
