/* linux.c - reading what loaded programs count. */
#include "device/linux.h"

#include "device/linux_inside.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define SLACK_NS 150000000 /* a packet that has come may not have reached its queue yet: a virtual machine's processor may stand still meanwhile */
#define STEP_LEAST 500000u   /* ns between two looks */
#define STEP_MOST 50000000u

/* --- registers --------------------------------------------------------------------------------- */

/* A tuple counts when it and all before it are complete; one that has been overwritten since is passed over. */
static uint64_t
sequence(struct linux_device *l, uint32_t ring)
{
	struct ring_state *s = &l->rings[ring];
	uint64_t head = __atomic_load_n((const uint64_t *)l->regs[s->head].at, __ATOMIC_ACQUIRE);
	const struct reg *stamp = &l->regs[s->stamp];

	while (s->done < head) {
		uint32_t i = (uint32_t)(s->done % l->k->rings.v[ring].rows);

		if (__atomic_load_n((const uint64_t *)(stamp->at + i * stamp->stride), __ATOMIC_ACQUIRE) <= s->done)
			break;
		s->done++;
	}
	return s->done;
}

/* What came through of what was offered: all that was not freed while it was queued. Packets that are still queued count as such too:
 * they are not lost. Where none are, it is the number of those that were started, or the key's witnesses differ. */
static uint64_t
came_through(struct linux_device *l, const uint8_t *p)
{
	uint64_t offered = __atomic_load_n((const uint64_t *)(p - 8), __ATOMIC_RELAXED);
	uint64_t started = __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED);
	uint64_t gone = __atomic_load_n((const uint64_t *)(p + 8), __ATOMIC_RELAXED);
	uint32_t n = (uint32_t)offered - (uint32_t)gone;

	if (offered >> 32 != gone >> 32)
		return started;
	l->keys++;
	l->keys_apart += n != (uint32_t)started;
	return offered >> 32 << 32 | n;
}

static int
read_cells(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret)
{
	struct linux_device *l = self;
	const struct reg *r = &l->regs[reg];

	if (!r->k) {
		*ret = sequence(l, r->ring);
		return 0;
	}
	if (from > r->k->count || n > r->k->count - from)
		return -ERANGE;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = r->at + (size_t)(from + i) * r->stride;

		if (r->k->is_started) {
			ret[i] = came_through(l, p);
			continue;
		}
		ret[i] = r->k->bytes == 8 ? __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED) :
					    __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
	}
	return 0;
}

static int
write_cell(void *self, uint32_t reg, uint32_t index, uint64_t value)
{
	struct linux_device *l = self;
	const struct reg *r = &l->regs[reg];
	uint8_t *p = (uint8_t *)(uintptr_t)r->at + (size_t)index * r->stride;

	if (!r->k || index >= r->k->count)
		return -ERANGE;
	if (r->k->bytes == 8)
		__atomic_store_n((uint64_t *)p, value, __ATOMIC_RELAXED);
	else
		__atomic_store_n((uint32_t *)p, (uint32_t)value, __ATOMIC_RELAXED);
	return 0;
}

/* --- epochs ------------------------------------------------------------------------------------ */

uint64_t
linux_now(const struct linux_device *l)
{
	return clock_now() - l->zero;
}

uint64_t
linux_start_ns(const struct linux_device *l)
{
	return l->start_ns;
}

/* Do packets fill a ring? */
static bool
are_rings_busy(struct linux_device *l)
{
	bool busy = false;

	for (uint32_t i = 0; i < l->k->rings.n; i++) {
		uint64_t head = __atomic_load_n((const uint64_t *)l->regs[l->rings[i].head].at, __ATOMIC_RELAXED);

		busy |= head != l->rings[i].seen || l->k->rings.v[i].is_stream;
		l->rings[i].seen = head;
	}
	return busy;
}

uint64_t
linux_step(struct linux_device *l)
{
	uint64_t step = are_rings_busy(l) ? l->k->tick_ns / 2 : STEP_MOST;

	return step < STEP_LEAST ? STEP_LEAST : step > STEP_MOST ? STEP_MOST : step;
}

void
linux_stop_arrivals(struct linux_device *l)
{
	for (uint32_t i = 0; i < l->nlinks; i++)
		close(l->links[i]);
	l->nlinks = 0;
	bpf_link__destroy(l->traces[KERNEL_RECEIVE]);
	l->traces[KERNEL_RECEIVE] = NULL;
	l->last = linux_now(l);
}

static int
arrived(void *self, uint64_t *ret)
{
	struct linux_device *l = self;

	*ret = l->last ? l->last : linux_now(l);
	return 0;
}

/* The cell that the tick has on the CPU, if no other tick has it. */
static const volatile struct ps_flight *
flight_of(const struct linux_device *l, uint32_t cpu, uint64_t tick)
{
	return &l->flights[(size_t)cpu * l->k->flights + (tick + 1) % l->k->flights];
}

/* Packets of the tick that were offered to a queue and have not come out of it. */
static uint64_t
in_flight_at(const struct linux_device *l, uint64_t tick)
{
	uint64_t in = 0, out = 0;
	bool done = false;

	for (int pass = 0; pass < 2 && !done; pass++) {
		in = out = 0;
		for (uint32_t cpu = 0; cpu < l->facts->cpus; cpu++) {
			const volatile struct ps_flight *f = flight_of(l, cpu, tick);

			if (f->tick != tick + 1)
				continue;
			in += f->offered;
			out += f->started + f->lost + f->segmented + f->evicted;
		}
		done = out <= in;
	}
	return in > out ? in - out : 0;
}

/* Whether packets of the tick were cut while queued, whose segments come out by themselves: nobody knows how many are still inside. */
static bool
is_cut_at(const struct linux_device *l, uint64_t tick)
{
	for (uint32_t cpu = 0; l->k->follows && cpu < l->facts->cpus; cpu++) {
		const volatile struct ps_flight *f = flight_of(l, cpu, tick);

		if (f->tick == tick + 1 && f->segmented)
			return true;
	}
	return false;
}

static void
force(struct linux_device *l, uint64_t tick, uint64_t n)
{
	if (l->nforced == l->cap_forced) {
		uint32_t cap = l->cap_forced ? 2 * l->cap_forced : 64;
		struct forced *p = realloc(l->forced, cap * sizeof(*p));

		if (!p)
			return;
		l->forced = p;
		l->cap_forced = cap;
	}
	l->forced[l->nforced++] = (struct forced){ tick, n };
}

bool
linux_is_empty(const struct linux_device *l)
{
	uint64_t now = linux_now(l), end = now / l->k->tick_ns;
	bool waits = l->k->waits;

	if (l->last && now < l->last + SLACK_NS)
		return false;
	for (uint64_t tick = l->closed; l->k->conserves && tick <= end; tick++) {
		if (in_flight_at(l, tick))
			return false;
		waits |= is_cut_at(l, tick);
	}
	return !waits || now >= l->last + l->k->max_delay_ns;
}

void
linux_finish(struct linux_device *l)
{
	l->finish = true;
}

/* Ticks close in order: when all that was offered has come out, else after the largest delay. */
static int
watermark(void *self, uint64_t *ret)
{
	struct linux_device *l = self;
	uint64_t now = linux_now(l), tick = l->k->tick_ns;

	while ((l->closed + 1) * tick + SLACK_NS <= now || (l->finish && l->closed <= l->last / tick)) {
		uint64_t n = l->k->conserves ? in_flight_at(l, l->closed) : 0;
		bool waits = n || l->k->waits || is_cut_at(l, l->closed);

		if (waits && !l->finish && now < (l->closed + 1) * tick + l->k->max_delay_ns)
			break;
		if (n)
			force(l, l->closed, n);
		l->closed++;
	}
	*ret = l->closed * tick;
	__atomic_store_n(l->control, *ret, __ATOMIC_RELEASE);
	return 0;
}

static int
in_flight(void *self, uint64_t from_ns, uint64_t to_ns, uint64_t *ret)
{
	struct linux_device *l = self;

	*ret = 0;
	for (uint32_t i = 0; i < l->nforced; i++)
		if (l->forced[i].tick * l->k->tick_ns >= from_ns && l->forced[i].tick * l->k->tick_ns < to_ns)
			*ret += l->forced[i].in_flight;
	return 0;
}

static void
look(void *self, uint32_t reg, uint32_t n, struct device_cells *ret)
{
	const struct linux_device *l = self;
	const struct reg *r = &l->regs[reg];

	*ret = (struct device_cells){ .at = NULL };
	if (r->k && !r->k->is_started && n <= r->k->count)
		*ret = (struct device_cells){ r->at, r->k->bytes, (uint32_t)r->stride };
}

static const struct kernel_table *
table_of(const struct linux_device *l, uint32_t cell)
{
	vec_each(t, &l->k->tables)
		if (l->regs[cell].k && str_eq(l->regs[cell].k->name, t->cell))
			return t;
	return NULL;
}

static uint64_t *
claims_of(const struct reg *r, const struct kernel_table *t, uint64_t epoch, uint32_t cpu)
{
	return (uint64_t *)((uintptr_t)r->at + (epoch % t->generations * t->cpus + cpu) * r->stride);
}

/* Claims of rows that have been read: left as they are, they would come to look new after 2^31 epochs. A later epoch may have taken the rows. */
static void
forget(uint64_t *claims, uint32_t stored)
{
	uint64_t n = __atomic_load_n(claims, __ATOMIC_RELAXED);

	if (n >> 32 == stored)
		__atomic_compare_exchange_n(claims, &n, 0, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static int
claimed(void *self, uint32_t cell, uint64_t epoch, uint32_t part, uint32_t *ret_first, uint32_t *ret_n)
{
	struct linux_device *l = self;
	const struct kernel_table *t = table_of(l, cell);
	uint32_t reg, stored;
	uint64_t n;

	if (!t || part >= t->cpus || linux_find(l, t->claims, &reg))
		return -ENOENT;
	n = __atomic_load_n(claims_of(&l->regs[reg], t, epoch, part), __ATOMIC_ACQUIRE);
	stored = (uint32_t)(epoch + t->generations);
	*ret_first = (uint32_t)(epoch % t->generations * t->cpus + part) * t->block;
	*ret_n = n >> 32 != stored ? 0 : (uint32_t)n < t->block ? (uint32_t)n : t->block;
	if (epoch)
		forget(claims_of(&l->regs[reg], t, epoch - 1, part), stored - 1);
	return n && (int32_t)((uint32_t)(n >> 32) - stored) > 0 ? -ESTALE : 0;
}

/* Rows are read only when nobody writes them any more. */
static int
snapshot(void *self, const uint32_t *regs, uint32_t n)
{
	(void)self;
	(void)regs;
	(void)n;
	return 0;
}

struct device
linux_as_device(struct linux_device *l)
{
	static const struct device_ops ops = {
		.find = linux_find,
		.read = read_cells,
		.write = write_cell,
		.arrived = arrived,
		.watermark = watermark,
		.snapshot = snapshot,
		.look = look,
		.claimed = claimed,
		.in_flight = in_flight,
	};

	return (struct device){ &ops, l };
}

/* --- counts ------------------------------------------------------------------------------------ */

void
linux_counts(const struct linux_device *l, uint32_t port, struct ps_counts *ret)
{
	uint32_t ports = l->facts->ports.n ? l->facts->ports.n : 1;

	memset(ret, 0, sizeof(*ret));
	for (uint32_t cpu = 0; cpu < l->facts->cpus; cpu++)
		for (uint32_t i = 0; i < PS_NCOUNTERS; i++)
			ret->n[i] += __atomic_load_n(&l->counts[(size_t)cpu * ports + port].n[i], __ATOMIC_RELAXED);
}

uint64_t
linux_keys_apart(const struct linux_device *l)
{
	return l->keys_apart;
}

uint64_t
linux_missed_runs(const struct linux_device *l)
{
	struct bpf_program *p;
	uint64_t n = 0;

	bpf_object__for_each_program(p, l->object) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &size) == 0)
			n += info.recursion_misses;
	}
	return n;
}

uint64_t
linux_load_ns(const struct linux_device *l)
{
	return l->load_ns;
}
