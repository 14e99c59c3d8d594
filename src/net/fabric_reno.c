/* Flows of a fabric whose rates are Reno's: packets are lost, and sent again. What a flow needs for it stays in the arena until the end. */
#include "base/diag.h"
#include "net/fabric.h"

#define TIMEOUT_PS UINT64_C(1000000000) /* 1 ms, more than any round trip; twice that after each that was in vain */
#define BACKOFF_MAX 64

static void
wait(struct fabric *f, struct fabric_reno *r, uint64_t ps)
{
	r->deadline = f->events.now + ps;
}

static bool
is_idle(const struct fabric_flow *flow)
{
	return !flow->reno->underway && (flow->state == FABRIC_BLOCKED || flow->state == FABRIC_SENT);
}

/* It is in the queue of events as long as the flow is there. */
static void
timer(struct event *e, void *world)
{
	struct fabric_reno *r = (struct fabric_reno *)e;
	struct fabric_flow *flow = r->flow;
	struct fabric *f = world;

	if (r->is_finished && is_idle(flow)) {
		fabric_flow_put(f, flow);
		return;
	}
	if (!r->is_finished && f->events.now >= r->deadline) {
		reno_timeout(&r->sender, flow->acked, r->most_sent);
		flow->sent = flow->acked;
		r->backoff = r->backoff < BACKOFF_MAX ? 2 * r->backoff : BACKOFF_MAX;
		wait(f, r, r->backoff * TIMEOUT_PS);
		fabric_host_go_on(f, flow);
	}
	events_add(&f->events, e, r->is_finished ? f->events.now + TIMEOUT_PS : r->deadline);
}

void
fabric_reno_begin(struct fabric *f, struct fabric_flow *flow)
{
	struct fabric_reno *r = arena_new(f->arena, struct fabric_reno);
	uint64_t packets = (flow->flow.bytes + FABRIC_PAYLOAD - 1) / FABRIC_PAYLOAD;

	*r = (struct fabric_reno){ .timer.run = timer, .flow = flow, .backoff = 1 };
	r->arrived = arena_array(f->arena, uint64_t, packets / 64 + 1);
	reno_begin(&r->sender);
	flow->reno = r;
	r->deadline = flow->flow.start_ps + TIMEOUT_PS;
	events_add(&f->events, &r->timer, r->deadline);
}

bool
fabric_reno_may_send(const struct fabric_flow *flow)
{
	const struct reno *r = &flow->reno->sender;

	return r->resends || (flow->sent < flow->flow.bytes && (double)(flow->sent - flow->acked) < r->window);
}

uint64_t
fabric_reno_send(struct fabric_flow *flow)
{
	uint64_t from = flow->reno->sender.resends ? flow->acked : flow->sent;

	flow->reno->sender.resends = false;
	flow->reno->underway++;
	return from;
}

void
fabric_reno_lose(struct fabric *f, struct fabric_packet *p)
{
	f->lost++;
	p->flow->reno->underway--;
	fabric_packet_put(f, p);
}

bool
fabric_reno_arrival(struct fabric_packet *p)
{
	struct fabric_reno *r = p->flow->reno;
	uint64_t n = (p->end - 1) / FABRIC_PAYLOAD, bit = UINT64_C(1) << n % 64;
	bool is_new = !(r->arrived[n / 64] & bit);

	r->arrived[n / 64] |= bit;
	while (r->received < p->flow->flow.bytes && r->arrived[r->received / FABRIC_PAYLOAD / 64] >> r->received / FABRIC_PAYLOAD % 64 & 1)
		r->received += FABRIC_PAYLOAD;
	p->end = r->received < p->flow->flow.bytes ? r->received : p->flow->flow.bytes;
	return is_new;
}

void
fabric_reno_ack(struct fabric *f, struct fabric_flow *flow, uint64_t acked)
{
	struct fabric_reno *r = flow->reno;

	r->underway--;
	r->most_sent = flow->sent > r->most_sent ? flow->sent : r->most_sent;
	if (acked < flow->acked || r->is_finished) /* they don't pass each other, so these are of what was sent twice */
		return;
	reno_ack(&r->sender, flow->acked, acked, r->most_sent);
	if (acked > flow->acked) {
		flow->acked = acked;
		flow->sent = flow->sent < acked ? acked : flow->sent;
		r->backoff = 1;
		wait(f, r, TIMEOUT_PS);
	}
	r->is_finished = acked == flow->flow.bytes;
}
