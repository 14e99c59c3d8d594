/* Tables, registers, counters, meters and random numbers of a switch. */
#include <errno.h>
#include <stdlib.h>

#include "switch/internal.h"
#include "base/alloc.h"
#include "switch/memory.h"
#include "switch/name.h"
#include "switch/table.h"

/* A direct counter or meter has a cell for each entry of its table and one for the default action. */
static uint32_t
direct_size(const struct objects *o, const struct ps_program *p, int32_t index, bool is_meter)
{
	for (uint32_t i = 0; i < p->ntables; i++)
		if ((is_meter ? p->tables[i].direct_meter : p->tables[i].direct_counter) == index)
			return sw_table_size(o->tables[i]) + 1;
	return 1;
}

void
sw_objects_make(struct objects *o, const struct ps_program *p, uint64_t seed)
{
	o->tables = alloc(p->ntables + p->nsets, sizeof(*o->tables));
	o->counters = alloc(p->ncounters, sizeof(*o->counters));
	o->counter_sizes = alloc(p->ncounters, sizeof(*o->counter_sizes));
	o->meters = alloc(p->nmeters, sizeof(*o->meters));
	o->meter_sizes = alloc(p->nmeters, sizeof(*o->meter_sizes));
	o->profiles = alloc(p->nprofiles, sizeof(*o->profiles));
	o->crcs = sw_crcs_make(p);
	o->random = seed;
	for (uint32_t i = 0; i < p->nprofiles; i++)
		o->profiles[i] = sw_profile_make(&p->profiles[i], p->actions);
	for (uint32_t i = 0; i < p->ntables + p->nsets; i++)
		o->tables[i] = sw_table_make(&p->tables[i], p->actions);
	for (uint32_t i = 0; i < p->ncounters; i++) {
		o->counter_sizes[i] = p->counters[i].size ? p->counters[i].size :
							    direct_size(o, p, (int32_t)i, false);
		o->counters[i] = alloc(o->counter_sizes[i], sizeof(**o->counters));
	}
	for (uint32_t i = 0; i < p->nmeters; i++) {
		o->meter_sizes[i] = p->meters[i].size ? p->meters[i].size :
							direct_size(o, p, (int32_t)i, true);
		o->meters[i] = alloc(o->meter_sizes[i], sizeof(**o->meters));
	}
}

void
sw_objects_free(struct objects *o, const struct ps_program *p)
{
	for (uint32_t i = 0; o->tables && i < p->ntables + p->nsets; i++)
		sw_table_free(o->tables[i]);
	for (uint32_t i = 0; o->counters && i < p->ncounters; i++)
		free(o->counters[i]);
	for (uint32_t i = 0; o->meters && i < p->nmeters; i++)
		free(o->meters[i]);
	for (uint32_t i = 0; o->profiles && i < p->nprofiles; i++)
		sw_profile_free(o->profiles[i]);
	free(o->profiles);
	free(o->tables);
	free(o->counters);
	free(o->counter_sizes);
	free(o->meters);
	free(o->meter_sizes);
	free(o->crcs);
}

struct ps_table *
sw_table(struct sw *sw, uint32_t table)
{
	return sw->objects.tables[table];
}

/* --- registers --- */

int
sw_register_index(const struct sw *sw, struct str name)
{
	return sw_name_find(sw->program->registers, sw->program->nregisters, sw_register_name, name);
}

void *
sw_register_cells(struct sw *sw, uint32_t index)
{
	return index < sw->program->nregisters ? sw->objects.registers[index] : NULL;
}

static int
check_cell(const struct sw *sw, uint32_t index, uint32_t cell)
{
	if (index >= sw->program->nregisters)
		return -ENOENT;
	return cell < sw->program->registers[index].size ? 0 : -ERANGE;
}

static uint8_t *
cell_at(const struct sw *sw, uint32_t index, uint32_t cell)
{
	return (uint8_t *)sw->objects.registers[index] + (size_t)cell * sw->program->registers[index].stride;
}

int
sw_register_read(const struct sw *sw, uint32_t index, uint32_t cell, void *ret)
{
	int err = check_cell(sw, index, cell);

	if (err)
		return err;
	memcpy(ret, cell_at(sw, index, cell), sw->program->registers[index].cell);
	return 0;
}

int
sw_register_write(struct sw *sw, uint32_t index, uint32_t cell, const void *value)
{
	int err = check_cell(sw, index, cell);

	if (err)
		return err;
	memcpy(cell_at(sw, index, cell), value, sw->program->registers[index].cell);
	return 0;
}

int
sw_register_reset(struct sw *sw, uint32_t index)
{
	const struct ps_register_info *r;

	if (index >= sw->program->nregisters)
		return -ENOENT;
	r = &sw->program->registers[index];
	for (uint32_t i = 0; i < r->size; i++)
		memset(cell_at(sw, index, i), 0, r->cell);
	return 0;
}

/* --- counters --- */

int
sw_counter_index(const struct sw *sw, struct str name)
{
	return sw_name_find(sw->program->counters, sw->program->ncounters, sw_counter_name, name);
}

uint32_t
sw_counter_size(const struct sw *sw, uint32_t index)
{
	return index < sw->program->ncounters ? sw->objects.counter_sizes[index] : 0;
}

static int
check_counter(const struct sw *sw, uint32_t index, uint32_t cell)
{
	if (index >= sw->program->ncounters)
		return -ENOENT;
	return cell < sw->objects.counter_sizes[index] ? 0 : -ERANGE;
}

int
sw_counter_read(const struct sw *sw, uint32_t index, uint32_t cell, struct ps_counter_cell *ret)
{
	int err = check_counter(sw, index, cell);

	if (!err)
		*ret = sw->objects.counters[index][cell];
	return err;
}

int
sw_counter_write(struct sw *sw, uint32_t index, uint32_t cell, struct ps_counter_cell value)
{
	int err = check_counter(sw, index, cell);

	if (!err)
		sw->objects.counters[index][cell] = value;
	return err;
}

int
sw_counter_reset(struct sw *sw, uint32_t index)
{
	if (index >= sw->program->ncounters)
		return -ENOENT;
	memset(sw->objects.counters[index], 0,
		sw->objects.counter_sizes[index] * sizeof(struct ps_counter_cell));
	return 0;
}

/* --- meters: two rates, three colors (RFC 2698) --- */

#define SCALE 1000000000u /* a token is one unit times this */

int
sw_meter_index(const struct sw *sw, struct str name)
{
	return sw_name_find(sw->program->meters, sw->program->nmeters, sw_meter_name, name);
}

uint32_t
sw_meter_size(const struct sw *sw, uint32_t index)
{
	return index < sw->program->nmeters ? sw->objects.meter_sizes[index] : 0;
}

static struct bucket
bucket_make(const struct sw *sw, struct sw_rate r)
{
	return (struct bucket){
		.rate = r.rate,
		.burst = r.burst,
		.time = sw->now / 1000,
		.tokens = (ps_u128)r.burst * SCALE,
		.set = true,
	};
}

int
sw_meter_set_rates(struct sw *sw, uint32_t index, uint32_t cell, struct sw_rate committed, struct sw_rate peak)
{
	if (index >= sw->program->nmeters)
		return -ENOENT;
	if (cell != SW_ALL && cell >= sw->objects.meter_sizes[index])
		return -ERANGE;
	for (uint32_t i = 0; i < sw->objects.meter_sizes[index]; i++)
		if (cell == SW_ALL || cell == i)
			sw->objects.meters[index][i] = (struct ps_meter){
				.committed = bucket_make(sw, committed),
				.peak = bucket_make(sw, peak),
			};
	return 0;
}

static void
refill(struct bucket *b, uint64_t now_us)
{
	ps_u128 full = (ps_u128)b->burst * SCALE;

	if (now_us > b->time)
		b->tokens += (ps_u128)(now_us - b->time) * b->rate;
	if (b->tokens > full)
		b->tokens = full;
	b->time = now_us;
}

uint8_t
sw_meter(struct sw *sw, uint32_t meter, uint32_t index, uint32_t bytes)
{
	struct ps_meter *m;
	ps_u128 need;

	if (meter >= sw->program->nmeters || index >= sw->objects.meter_sizes[meter])
		return 0;
	m = &sw->objects.meters[meter][index];
	if (!m->peak.set)
		return 0;
	refill(&m->committed, sw->now / 1000);
	refill(&m->peak, sw->now / 1000);
	need = (ps_u128)(sw->program->meters[meter].kind ? bytes : 1) * SCALE;
	if (m->peak.tokens < need)
		return 2;
	m->peak.tokens -= need;
	if (m->committed.tokens < need)
		return 1;
	m->committed.tokens -= need;
	return 0;
}

/* --- random numbers --- */

/* The sequence of SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t
sw_random(struct sw *sw, uint64_t lo, uint64_t hi)
{
	uint64_t r = next_random(&sw->objects.random);
	uint64_t n = hi - lo + 1;

	if (hi < lo)
		return lo;
	/* The high half of a product: no division, and fair to within 2^-64 * n. */
	return n ? lo + (uint64_t)(((ps_u128)r * n) >> 64) : r;
}
