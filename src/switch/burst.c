/* Many packets at a time where no queue has a rate: the controls run over a burst, everything else goes packet by packet, so that
 * outputs come in the order in which single packets would have come out. */
#include "switch/flow.h"
#include "switch/internal.h"

/* Packets that have left their queues, in order; egress comes next. */
struct line {
	struct slot *head, *tail;
};

static struct slot *
slot_of(const struct ps_packet *p)
{
	return p->owner;
}

static void
append(struct line *l, struct slot *s)
{
	if (l->tail)
		l->tail->next = s;
	else
		l->head = s;
	l->tail = s;
}

static void
line_up(struct sw *sw, struct line *l)
{
	struct slot *s;

	while ((s = sw_queue_take(&sw->queues, sw->now)))
		append(l, s);
}

static void
deparse(struct sw *sw, struct ps_packet *const *p, uint32_t n)
{
	if (n)
		sw->program->deparse(&sw->ctx, p, n);
	for (uint32_t i = 0; i < n; i++) {
		sw->now = slot_of(p[i])->deq;
		sw_flow_after_deparser(sw, slot_of(p[i]));
	}
}

static void
egress(struct sw *sw, struct ps_packet *const *p, uint32_t n)
{
	struct ps_packet *kept[PS_BURST];
	uint32_t k = 0;

	sw->program->egress(&sw->ctx, p, n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t now = slot_of(p[i])->deq;
		bool comes_back = p[i]->recirculate_list != PS_NO_REQUEST;

		sw->now = now;
		if (sw_flow_after_egress(sw, slot_of(p[i])))
			kept[k++] = p[i];
		/* A clone leaves after its original, and before the next packet; a recirculated packet too. */
		if (sw->queues.nheap || comes_back) {
			deparse(sw, kept, k);
			k = 0;
			sw->now = now;
			sw_flow_run(sw, now);
		}
	}
	deparse(sw, kept, k);
}

static void
drain(struct sw *sw, struct line *l)
{
	uint64_t now = sw->now;
	struct ps_packet *p[PS_BURST];

	while (l->head) {
		uint32_t n = 0;

		for (; n < PS_BURST && l->head; n++) {
			struct slot *s = l->head;

			l->head = s->next;
			s->next = NULL;
			sw_flow_start_egress(s);
			p[n] = &s->pkt;
		}
		egress(sw, p, n);
	}
	l->tail = NULL;
	sw->now = now;
}

static uint32_t
take_in(struct sw *sw, const struct sw_arrival *a, uint32_t n, struct ps_packet **p)
{
	uint32_t taken = 0;

	for (uint32_t i = 0; i < n; i++) {
		sw->now = a[i].time_ns > sw->now ? a[i].time_ns : sw->now;
		if (a[i].len > PS_MAX_PACKET)
			sw->counts.oversized++;
		else
			p[taken++] = &sw_flow_take_in(sw, sw->now, a[i].port, a[i].data, a[i].len)->pkt;
	}
	return taken;
}

static void
burst(struct sw *sw, const struct sw_arrival *a, uint32_t n)
{
	struct ps_packet *p[PS_BURST];
	struct line left = { NULL, NULL };
	uint32_t taken = take_in(sw, a, n, p);
	uint64_t last = sw->now;

	if (taken)
		sw->program->ingress(&sw->ctx, p, taken);
	for (uint32_t i = 0; i < taken; i++) {
		bool comes_back = p[i]->resubmit_list != PS_NO_REQUEST;

		if (comes_back)
			drain(sw, &left);
		sw->now = slot_of(p[i])->arrival;
		if (sw_flow_pass(sw, slot_of(p[i]))) {
			append(&left, slot_of(p[i]));
			continue;
		}
		sw_flow_after_ingress(sw, slot_of(p[i]));
		if (comes_back)
			sw_flow_run(sw, sw->now);
		else
			line_up(sw, &left);
	}
	drain(sw, &left);
	sw->now = last;
}

void
sw_receive_burst(struct sw *sw, const struct sw_arrival *packets, uint32_t n)
{
	/* With rates, queues fill and drain between arrivals; meters read the clock. */
	if (sw->queues.rated || sw->pool.traced || sw->program->nmeters) {
		for (uint32_t i = 0; i < n; i++)
			sw_receive(sw, packets[i].time_ns, packets[i].port, packets[i].data, packets[i].len);
		return;
	}
	for (uint32_t i = 0; i < n; i += PS_BURST) {
		/* What waits from before, when queues had rates. */
		sw_flow_run(sw, packets[i].time_ns > sw->now ? packets[i].time_ns : sw->now);
		sw->copies_made = 0;
		burst(sw, packets + i, n - i < PS_BURST ? n - i : PS_BURST);
	}
}
