/* Programs that take each other's place while packets go through. All are made of one user's program, and have its tables, counters,
 * meters and profiles in common; a program has its own list of registers, of which those that it shares with its predecessor are
 * the same memory. A packet stays with the program that it arrived under until it has left. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "switch/internal.h"
#include "base/alloc.h"
#include "switch/memory.h"
#include "switch/name.h"

/* --- registers: as many programs may use one as have it --- */

static struct bank *
bank_make(size_t bytes)
{
	struct bank *b = alloc(1, sizeof(*b));

	b->bytes = bytes;
	b->cells = sw_reserve_whole(&b->bytes);
	for (size_t at = 0; at < bytes; at += 4096) /* there before the first packet, which then needs not wait for it */
		((volatile uint8_t *)b->cells)[at] = 0;
	return b;
}

static void
bank_leave(struct bank *b)
{
	if (__atomic_sub_fetch(&b->users, 1, __ATOMIC_ACQ_REL) == 0) {
		sw_release(b->cells, b->bytes);
		free(b);
	}
}

/* Of all registers in a row, in whole lines of the cache. */
static size_t
store_bytes(const struct ps_register_info *r)
{
	return ((size_t)r->size * r->stride + 63) / 64 * 64;
}

static struct store *
store_make(struct bank *b, size_t at)
{
	struct store *s = alloc(1, sizeof(*s));

	*s = (struct store){ .bank = b, .cells = b->cells + at, .users = 1 };
	b->users++;
	return s;
}

static void
store_leave(struct store *s)
{
	if (s && __atomic_sub_fetch(&s->users, 1, __ATOMIC_ACQ_REL) == 0) {
		bank_leave(s->bank);
		free(s);
	}
}

static bool
is_same(const struct ps_register_info *a, const struct ps_register_info *b)
{
	return strcmp(a->name, b->name) == 0 && a->size == b->size && a->width == b->width && a->cell == b->cell &&
	       a->is_signed == b->is_signed && a->at == b->at && a->stride == b->stride;
}

/* Does the row of p's register `first` lie in memory like that of q's register `like`? */
static bool
is_same_row(const struct ps_program *p, uint32_t first, const struct ps_program *q, uint32_t like)
{
	for (uint32_t i = 0; i < p->nregisters; i++) {
		bool found = p->registers[i].row != first;

		for (uint32_t k = 0; !found && k < q->nregisters; k++)
			found = q->registers[k].row == like && is_same(&p->registers[i], &q->registers[k]);
		if (!found)
			return false;
	}
	return true;
}

static struct store *
find_store(const struct sw_image *from, const struct ps_program *p, uint32_t first)
{
	for (uint32_t i = 0; from && i < from->program->nregisters; i++)
		if (from->program->registers[i].row == i && is_same(&p->registers[first], &from->program->registers[i]) &&
		    is_same_row(p, first, from->program, i)) {
			__atomic_add_fetch(&from->stores[i]->users, 1, __ATOMIC_RELAXED);
			return from->stores[i];
		}
	return NULL;
}

static void
make_registers(struct sw_image *m, const struct sw_image *from)
{
	const struct ps_program *p = m->program;
	struct bank *bank;
	size_t bytes = 0, at = 0;

	m->stores = alloc(p->nregisters, sizeof(struct store *));
	m->registers = alloc(p->nregisters, sizeof(void *));
	for (uint32_t i = 0; i < p->nregisters; i++) {
		if (p->registers[i].row != i)
			continue;
		m->stores[i] = find_store(from, p, i);
		bytes += m->stores[i] ? 0 : store_bytes(&p->registers[i]);
	}
	bank = bytes ? bank_make(bytes) : NULL;
	for (uint32_t i = 0; i < p->nregisters; i++) {
		const struct ps_register_info *r = &p->registers[i];

		if (r->row == i && !m->stores[i]) {
			m->stores[i] = store_make(bank, at);
			at += store_bytes(r);
		}
		m->registers[i] = (uint8_t *)m->stores[r->row]->cells + r->at;
	}
}

/* --- what flow.c wants to know of a PHV --- */

/* Adjacent fields become one span. */
static void
find_metadata(struct sw_image *m)
{
	const struct ps_program *p = m->program;

	m->metadata = alloc(p->nfields, sizeof(*m->metadata));
	for (uint32_t i = 0; i < p->nfields; i++) {
		const struct ps_field_info *f = &p->fields[i];
		struct span_of_phv *last = m->nmetadata ? &m->metadata[m->nmetadata - 1] : NULL;

		if (f->header >= 0)
			continue;
		if (last && f->packed && last->offset + last->size == f->offset + sizeof(uint64_t))
			continue; /* in the word of the field before */
		if (last && last->offset + last->size == f->offset)
			last->size += f->packed ? sizeof(uint64_t) : f->size;
		else
			m->metadata[m->nmetadata++] = (struct span_of_phv){ f->offset, f->packed ? sizeof(uint64_t) : f->size };
	}
}

static void
find_headers(struct sw_image *m)
{
	const struct ps_program *p = m->program;

	m->headers = alloc(p->nheaders, sizeof(*m->headers));
	for (uint32_t i = 0; i < p->nheaders; i++)
		m->headers[i] = (struct header_size){ p->headers[i].valid, p->headers[i].bits };
}

struct sw_image *
sw_image_make(const struct ps_program *p, const struct sw_image *from)
{
	struct sw_image *m = alloc(1, sizeof(*m));

	m->program = p;
	make_registers(m, from);
	find_metadata(m);
	find_headers(m);
	return m;
}

static void
close_one(struct sw_image *m)
{
	for (uint32_t i = 0; i < m->program->nregisters; i++)
		store_leave(m->stores[i]);
	free(m->stores);
	free(m->registers);
	free(m->metadata);
	free(m->headers);
	if (m->library)
		dlclose(m->library);
	free(m);
}

void
sw_image_close(struct sw_image *m)
{
	while (m) {
		struct sw_image *next = m->next;

		close_one(m);
		m = next;
	}
}

void
sw_image_use(struct sw *sw, struct sw_image *m)
{
	sw->program = m->program;
	sw->ctx.registers = m->registers;
	sw->objects.registers = m->registers;
	sw->metadata = m->metadata;
	sw->nmetadata = m->nmetadata;
	sw->headers = m->headers;
	sw->pool.image = m;
}

/* --- another program in its place --- */

/* Entries name actions and hold their data, and must mean the same to both programs. */
static bool
same_action(const struct ps_action_info *a, const struct ps_action_info *b)
{
	return strcmp(a->name, b->name) == 0 && a->nparams == b->nparams && a->data_size == b->data_size;
}

static bool
same_table(const struct ps_table_info *a, const struct ps_table_info *b)
{
	bool same = strcmp(a->name, b->name) == 0 && a->nkeys == b->nkeys && a->key_size == b->key_size && a->nactions == b->nactions &&
		    a->size == b->size && a->direct_counter == b->direct_counter && a->direct_meter == b->direct_meter &&
		    a->profile == b->profile;

	for (uint32_t i = 0; same && i < a->nactions; i++)
		same = a->actions[i] == b->actions[i];
	return same;
}

/* What is not the same; NULL: they can take each other's place. */
static const char *
difference(const struct ps_program *first, const struct ps_program *p)
{
	if (p->ntables != first->ntables || p->nsets != first->nsets || p->ncounters != first->ncounters || p->nmeters != first->nmeters ||
	    p->nprofiles != first->nprofiles || p->ncrcs != first->ncrcs)
		return "it has other tables, counters, meters, action profiles or calculations";
	for (uint32_t i = 0; i < p->ntables + p->nsets; i++)
		if (!same_table(&first->tables[i], &p->tables[i]))
			return first->tables[i].name;
	for (uint32_t i = 0; i < p->ntables; i++)
		for (uint32_t k = 0; k < p->tables[i].nactions; k++) {
			uint32_t a = p->tables[i].actions[k];

			if (a >= first->nactions || a >= p->nactions || !same_action(&first->actions[a], &p->actions[a]))
				return p->actions[a].name;
		}
	for (uint32_t i = 0; i < p->ncounters; i++)
		if (strcmp(p->counters[i].name, first->counters[i].name) || p->counters[i].size != first->counters[i].size)
			return p->counters[i].name;
	for (uint32_t i = 0; i < p->nmeters; i++)
		if (strcmp(p->meters[i].name, first->meters[i].name) || p->meters[i].size != first->meters[i].size)
			return p->meters[i].name;
	return NULL;
}

struct sw_image *
sw_image_open(const struct sw *sw, const char *so_path, char *reterr, size_t size)
{
	void *library;
	const struct ps_program *p = sw_load(so_path, &library, reterr, size);
	const char *other = NULL;
	struct sw_image *m;

	if (!p)
		return NULL;
	other = difference(sw->first, p);
	if (other)
		snprintf(reterr, size, "it can't take the place of the program that runs: %s is not the same", other);
	else if (sw->pool.traced || p->phv_size > sw->pool.phv_size)
		snprintf(reterr, size, sw->pool.traced ? "a traced switch keeps its program" :
							 "packets would have to carry more than there is room for");
	if (other || sw->pool.traced || p->phv_size > sw->pool.phv_size) {
		dlclose(library);
		return NULL;
	}
	m = sw_image_make(p, sw->image);
	m->library = library;
	return m;
}

int
sw_image_register(const struct sw_image *m, struct str name, void **ret_cells, const struct ps_register_info **ret_info)
{
	int i = sw_name_find(m->program->registers, m->program->nregisters, sw_register_name, name);

	if (i < 0)
		return i;
	*ret_cells = m->registers[i];
	*ret_info = &m->program->registers[i];
	return 0;
}

const struct sw_image *
sw_image(const struct sw *sw)
{
	return sw->image;
}

void
sw_swap(struct sw *sw, struct sw_image *m)
{
	sw->image->next = sw->old;
	sw->old = sw->image;
	sw->image = m;
	sw_image_use(sw, m);
}

struct sw_image *
sw_take_drained(struct sw *sw)
{
	struct sw_image **at = &sw->old, *list = NULL;

	while (*at) {
		struct sw_image *m = *at;

		if (m->inside) {
			at = &m->next;
			continue;
		}
		*at = m->next;
		m->next = list;
		list = m;
	}
	return list;
}
