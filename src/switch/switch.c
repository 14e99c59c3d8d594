#include "switch/switch.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "switch/flow.h"
#include "switch/internal.h"
#include "switch/memory.h"

/* --- what generated code calls back --- */

static struct sw *
from_ctx(struct ps_switch *p)
{
	return (struct sw *)(void *)p;
}

static uint8_t
do_meter(struct ps_switch *p, uint32_t meter, uint32_t index, uint32_t bytes)
{
	return sw_meter(from_ctx(p), meter, index, bytes);
}

static uint64_t
do_random(struct ps_switch *p, uint64_t lo, uint64_t hi)
{
	return sw_random(from_ctx(p), lo, hi);
}

static void
do_digest(struct ps_switch *p, uint32_t receiver, const void *data, uint32_t size)
{
	struct sw *sw = from_ctx(p);

	if (sw->config.digest)
		sw->config.digest(sw->config.user, sw->now, receiver, data, size);
}

static void
do_log(struct ps_switch *p, const char *text)
{
	struct sw *sw = from_ctx(p);

	if (sw->config.log)
		sw->config.log(sw->config.user, sw->now, text);
}

static void
do_assertion(struct ps_switch *p, uint32_t line, bool assumption)
{
	struct sw *sw = from_ctx(p);

	sw->counts.failed_assertions++;
	if (sw->config.assertion)
		sw->config.assertion(sw->config.user, sw->now, line, assumption);
}

/* --- opening --- */

static void
do_note(struct ps_switch *p, const struct ps_packet *pkt, enum ps_note kind, uint32_t index, const char *name,
	const struct ps_entry *entry)
{
	struct sw *sw = from_ctx(p);
	const struct slot *s = (const struct slot *)(const void *)pkt;

	sw->config.note(sw->config.user, &(struct sw_note){ s->id, kind, index, name, entry, pkt->phv });
}

static void
set_context(struct sw *sw)
{
	sw->ctx = (struct ps_ctx){
		.tables = sw->objects.tables,
		.counters = sw->objects.counters,
		.crcs = sw->objects.crcs,
		.sw = (struct ps_switch *)(void *)sw,
		.meter = do_meter,
		.random = do_random,
		.digest = do_digest,
		.log = do_log,
		.assertion = do_assertion,
		.note = sw->config.note ? do_note : NULL,
	};
}

static int
reserve(struct sw *sw)
{
	uint64_t room = sw_queues_room(&sw->queues);

	if (__builtin_add_overflow(room, SW_COPIES_MAX + SW_SLOT_SPARE + PS_BURST, &room))
		return -ENOMEM;
	return sw_pool_reserve(&sw->pool, room);
}

static bool
check_program(const struct ps_program *p, char *reterr, size_t size)
{
	if (p->abi != PS_ABI) {
		snprintf(reterr, size, "compiled for version %u of the interface, this switch has version %u: compile it again",
			p->abi, PS_ABI);
		return false;
	}
	if (!p->parse || !p->ingress || !p->deparse) {
		snprintf(reterr, size, "a part of the pipeline is missing");
		return false;
	}
	return true;
}

struct sw *
sw_open_program(const struct ps_program *p, const struct sw_config *c, char *reterr, size_t size)
{
	struct sw *sw;

	if (!check_program(p, reterr, size))
		return NULL;
	sw = alloc(1, sizeof(*sw));
	sw->program = p;
	sw->config = *c;
	if (!sw->config.passes)
		sw->config.passes = SW_PASSES;
	if (sw->config.passes > 255)
		sw->config.passes = 255;
	sw->pre = sw_pre_make();
	sw_pool_init(&sw->pool, p->phv_size + c->spare_phv, c->story != NULL);
	sw_queues_init(&sw->queues, c);
	sw_reasons_init(&sw->reasons, p);
	sw_objects_make(&sw->objects, p, c->seed);
	sw->scratch = aligned_alloc(64, sw->pool.phv_size);
	set_context(sw);
	sw->first = p;
	sw->image = sw_image_make(p, NULL);
	sw_image_use(sw, sw->image);
	if (!sw->scratch || reserve(sw)) {
		snprintf(reterr, size, "not enough address space for the queues: choose smaller depths");
		sw_close(sw);
		return NULL;
	}
	return sw;
}

const struct ps_program *
sw_load(const char *so_path, void **ret_library, char *reterr, size_t size)
{
	const struct ps_program *p;
	char path[4096];

	/* Without a slash the loader would search the system's folders. */
	if (snprintf(path, sizeof(path), "%s%s", strchr(so_path, '/') ? "" : "./", so_path) >= (int)sizeof(path)) {
		snprintf(reterr, size, "the path is too long");
		return NULL;
	}
	*ret_library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!*ret_library) {
		snprintf(reterr, size, "%s", dlerror());
		return NULL;
	}
	p = dlsym(*ret_library, PS_PROGRAM_SYMBOL);
	if (!p) {
		snprintf(reterr, size, "%s is no compiled P4 program: it has no '" PS_PROGRAM_SYMBOL "'", so_path);
	} else if (!check_program(p, reterr, size)) {
		p = NULL;
	}
	if (!p)
		dlclose(*ret_library);
	return p;
}

struct sw *
sw_open(const char *so_path, const struct sw_config *c, char *reterr, size_t size)
{
	void *library;
	const struct ps_program *p = sw_load(so_path, &library, reterr, size);
	struct sw *sw;

	if (!p)
		return NULL;
	sw = sw_open_program(p, c, reterr, size);
	if (sw)
		sw->library = library;
	else
		dlclose(library);
	return sw;
}

void
sw_close(struct sw *sw)
{
	if (!sw)
		return;
	sw_flow_finish(sw);
	sw_pool_fini(&sw->pool);
	sw_reasons_fini(&sw->reasons);
	sw_objects_free(&sw->objects, sw->first);
	sw_pre_free(sw->pre);
	free(sw->scratch);
	sw_image_close(sw->old);
	sw_image_close(sw->image);
	if (sw->library)
		dlclose(sw->library);
	free(sw);
}

const struct ps_program *
sw_program(const struct sw *sw)
{
	return sw->program;
}

struct sw_pre *
sw_pre(struct sw *sw)
{
	return sw->pre;
}

/* --- configuration --- */

static bool
is_queue(uint32_t port, uint32_t priority)
{
	return (port == SW_ALL || port < SW_PORTS) && (priority == SW_ALL || priority < SW_PRIORITIES);
}

int
sw_set_queue_depth(struct sw *sw, uint32_t port, uint32_t priority, uint64_t depth, bool is_bytes)
{
	struct queues *before;
	int err;

	if (!is_queue(port, priority))
		return -ERANGE;
	before = sw_dup(&sw->queues, sizeof(sw->queues));
	sw_queue_set_depth(&sw->queues, port, priority, depth, is_bytes);
	err = reserve(sw);
	if (err)
		sw->queues = *before;
	free(before);
	return err;
}

int
sw_set_queue_rate(struct sw *sw, uint32_t port, uint32_t priority, uint64_t pps)
{
	return is_queue(port, priority) ? sw_queue_set_pps(&sw->queues, port, priority, pps) : -ERANGE;
}

int
sw_set_port_rate(struct sw *sw, uint32_t port, uint64_t bps)
{
	return is_queue(port, SW_ALL) ? sw_queue_set_bps(&sw->queues, port, bps) : -ERANGE;
}

/* --- counts --- */

void
sw_counts(const struct sw *sw, struct sw_counts *ret)
{
	*ret = sw->counts;
	ret->queued = sw->pool.inside;
}

void
sw_port_counts(const struct sw *sw, uint32_t port, struct sw_port_counts *ret)
{
	*ret = port < SW_PORTS ? sw->queues.ports[port].counts : (struct sw_port_counts){ 0 };
}

void
sw_queue_counts(const struct sw *sw, uint32_t port, uint32_t priority, struct sw_queue_counts *ret)
{
	const struct queue *q;

	*ret = (struct sw_queue_counts){ 0 };
	if (port >= SW_PORTS || priority >= SW_PRIORITIES)
		return;
	q = &sw->queues.ports[port].queues[priority];
	*ret = (struct sw_queue_counts){
		.enqueued = q->enqueued, .lost = q->lost, .waiting = q->n, .waiting_bytes = q->bytes,
	};
}
