#include "switch/worker.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/diag.h"
#include "switch/internal.h"
#include "switch/memory.h"

const char *
sw_workers_hindrance(const struct sw *sw)
{
	if (sw->program->shared)
		return sw->program->shared;
	if (sw->queues.rated)
		return "a queue with a rate";
	if (sw->old)
		return "two programs";
	return sw->pool.traced ? "a trace" : NULL;
}

/* Counters of its own, everything else the switch's. */
static void
make_counters(struct sw *w, const struct sw *sw)
{
	uint32_t n = sw->program->ncounters;

	w->objects = sw->objects;
	w->objects.counters = alloc(n, sizeof(*w->objects.counters));
	for (uint32_t i = 0; i < n; i++)
		w->objects.counters[i] = alloc(sw->objects.counter_sizes[i], sizeof(struct ps_counter_cell));
}

struct sw *
sw_worker_open(struct sw *sw, void *user,
	void (*tx)(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len))
{
	struct sw *w = alloc(1, sizeof(*w));
	int err;

	*w = *sw;
	w->config = (struct sw_config){ .user = user, .tx = tx, .passes = sw->config.passes };
	w->counts = (struct sw_counts){ 0 };
	w->again_head = w->again_tail = NULL;
	memset(w->hand, 0, sizeof(w->hand));
	memset(&w->queues, 0, sizeof(w->queues));
	sw_queues_init(&w->queues, &sw->config);
	for (uint32_t i = 0; i < SW_PORTS; i++)
		for (uint32_t k = 0; k < SW_PRIORITIES; k++) {
			const struct queue *q = &sw->queues.ports[i].queues[k];

			sw_queue_set_depth(&w->queues, i, k, q->depth, q->depth_is_bytes);
		}
	w->own_image = *sw->image; /* it counts the packets inside that came under it */
	w->own_image.inside = 0;
	w->image = &w->own_image;
	w->old = NULL;
	sw_pool_init(&w->pool, sw->pool.phv_size, false);
	w->pool.image = w->image;
	err = sw_pool_reserve(&w->pool, sw->pool.slots);
	if (err)
		bug("no address space for another switch as large as the first");
	sw_reasons_init(&w->reasons, sw->program);
	make_counters(w, sw);
	w->scratch = aligned_alloc(64, w->pool.phv_size);
	if (!w->scratch)
		bug("no memory for a packet's headers");
	w->ctx.counters = w->objects.counters;
	w->ctx.sw = (struct ps_switch *)(void *)w;
	return w;
}

void
sw_worker_piece(struct sw *worker, uint64_t number)
{
	worker->piece = number;
}

static void
add_counts(struct sw *sw, const struct sw *w)
{
	const struct sw_counts *from = &w->counts;
	struct sw_counts *to = &sw->counts;

	to->received += from->received;
	to->copies += from->copies;
	to->forwarded += from->forwarded;
	to->dropped_ingress += from->dropped_ingress;
	to->dropped_egress += from->dropped_egress;
	to->lost_queue += from->lost_queue;
	to->oversized += from->oversized;
	to->refused += from->refused;
	to->resubmitted += from->resubmitted;
	to->recirculated += from->recirculated;
	to->bytes_in += from->bytes_in;
	to->bytes_out += from->bytes_out;
	to->failed_assertions += from->failed_assertions;
}

static void
add_ports(struct sw *sw, const struct sw *w)
{
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		const struct port *from = &w->queues.ports[i];
		struct port *to = &sw->queues.ports[i];

		to->counts.received += from->counts.received;
		to->counts.forwarded += from->counts.forwarded;
		to->counts.bytes_in += from->counts.bytes_in;
		to->counts.bytes_out += from->counts.bytes_out;
		for (uint32_t k = 0; k < SW_PRIORITIES; k++) {
			to->queues[k].enqueued += from->queues[k].enqueued;
			to->queues[k].lost += from->queues[k].lost;
		}
	}
}

static void
add_counters(struct sw *sw, const struct sw *w)
{
	for (uint32_t i = 0; i < sw->program->ncounters; i++)
		for (uint32_t k = 0; k < sw->objects.counter_sizes[i]; k++) {
			sw->objects.counters[i][k].packets += w->objects.counters[i][k].packets;
			sw->objects.counters[i][k].bytes += w->objects.counters[i][k].bytes;
		}
}

/* Each worker's reasons are in the order of its pieces; together they come in the order of all pieces. */
static void
add_reasons(struct sw *sw, struct sw *const *workers, uint32_t n)
{
	uint32_t *at = alloc(n, sizeof(*at));

	for (;;) {
		const struct reason *next = NULL;
		uint32_t from = 0;

		for (uint32_t i = 0; i < n; i++) {
			const struct reason *r = at[i] < workers[i]->reasons.n ? &workers[i]->reasons.v[at[i]] : NULL;

			if (r && (!next || r->piece < next->piece)) {
				next = r;
				from = i;
			}
		}
		if (!next)
			break;
		at[from]++;
		sw_reason_add(sw, next);
	}
	free(at);
}

/* What has been added is not counted again. */
static void
forget(struct sw *w)
{
	w->counts = (struct sw_counts){ .queued = w->counts.queued };
	for (uint32_t i = 0; i < SW_PORTS; i++) {
		struct port *p = &w->queues.ports[i];

		p->counts = (struct sw_port_counts){ 0 };
		for (uint32_t k = 0; k < SW_PRIORITIES; k++)
			p->queues[k].enqueued = p->queues[k].lost = 0;
	}
	for (uint32_t i = 0; i < w->program->ncounters; i++)
		memset(w->objects.counters[i], 0, w->objects.counter_sizes[i] * sizeof(struct ps_counter_cell));
	if (!w->reasons.n)
		return;
	sw_reasons_fini(&w->reasons);
	sw_reasons_init(&w->reasons, w->program);
}

void
sw_workers_gather(struct sw *sw, struct sw **workers, uint32_t n)
{
	add_reasons(sw, workers, n);
	for (uint32_t i = 0; i < n; i++) {
		add_counts(sw, workers[i]);
		add_ports(sw, workers[i]);
		add_counters(sw, workers[i]);
		if (workers[i]->now > sw->now)
			sw->now = workers[i]->now;
		forget(workers[i]);
	}
}

static void
close_worker(struct sw *w)
{
	for (uint32_t i = 0; i < w->program->ncounters; i++)
		free(w->objects.counters[i]);
	free(w->objects.counters);
	sw_pool_fini(&w->pool);
	sw_reasons_fini(&w->reasons);
	free(w->scratch);
	free(w);
}

void
sw_workers_close(struct sw *sw, struct sw **workers, uint32_t n)
{
	sw_workers_gather(sw, workers, n);
	for (uint32_t i = 0; i < n; i++)
		close_worker(workers[i]);
}
