/* Loads a file of entries into the fake program's switch and prints what the switch then holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "fake.h"
#include "switch/entries.h"
#include "switch/internal.h"
#include "switch/pre.h"
#include "switch/table.h"

/* Parameters that files do not mention. */
static const struct sw_hidden hidden[] = {
	{ "MyIngress.dmac", "MyIngress.deny", "site", 3u << 20 },
	{ "MyIngress.acl", "MyIngress.deny", "site", 5u << 20 },
};

static void
print_native(const uint8_t *p, uint32_t size)
{
	while (size > 1 && !p[size - 1])
		size--;
	printf("%x", p[size - 1]);
	for (uint32_t i = size - 1; i-- > 0;)
		printf("%02x", p[i]);
}

static void
print_action(const struct ps_entry *e)
{
	const struct ps_action_info *a = &ps_program.actions[e->action];

	printf("%s(", a->name);
	for (uint32_t i = 0; i < a->nparams; i++) {
		printf("%s%s=0x", i ? ", " : "", a->params[i].name);
		print_native(e->data + a->params[i].offset, a->params[i].size);
	}
	printf(")");
}

/* An entry's action, or those of its group's members. */
static void
print_target(const struct ps_table *t, const struct ps_entry *e)
{
	const struct ps_choice *c = e->group & PS_GROUP ? &t->choices[e->counter] : NULL;

	if (!c)
		print_action(e);
	for (uint32_t i = 0; c && i < c->n; i++) {
		printf(i ? " or " : "");
		print_action(c->v[i]);
	}
	if (e->group)
		printf(" [%s %u]", c ? "group" : "member", (e->group & ~PS_GROUP) - 1);
}

static void
print_entry(const struct ps_table *t, uint32_t handle)
{
	const struct ps_table_info *info = sw_table_info(t);
	const void *value, *mask, *high;

	sw_table_match(t, handle, &value, &mask, &high);
	printf("  %u:", handle);
	for (uint32_t i = 0; i < info->nkeys; i++) {
		const struct ps_key_info *k = &info->keys[i];
		bool is_range = k->match == PS_RANGE;

		printf(" 0x");
		print_native((const uint8_t *)value + k->offset, k->size);
		if (k->match == PS_EXACT || k->match == PS_SELECTOR)
			continue;
		printf(is_range ? "->0x" : "&0x");
		print_native((const uint8_t *)(is_range ? high : mask) + k->offset, k->size);
	}
	if (sw_table_has_priority(info))
		printf(" (%d)", sw_table_entry(t, handle)->priority);
	printf(" => ");
	print_target(t, sw_table_entry(t, handle));
	printf("\n");
}

static void
print_tables(struct sw *sw)
{
	for (uint32_t i = 0; i < ps_program.ntables; i++) {
		const struct ps_table *t = sw_table(sw, i);

		if (!sw_table_count(t) && !t->default_entry->action && !t->default_entry->group)
			continue;
		printf("%s\n", sw_table_info(t)->name);
		for (uint32_t handle = 0; handle < sw_table_handles(t); handle++)
			if (sw_table_entry(t, handle))
				print_entry(t, handle);
		if (t->default_entry->action || t->default_entry->group) {
			printf("  default => ");
			print_target(t, t->default_entry);
			printf("\n");
		}
	}
}

static void
print_copies(const struct sw_copies *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		printf(" %u/%u", c->v[i].port, c->v[i].rid);
	printf("\n");
}

static void
print_pre(struct sw *sw)
{
	for (uint32_t i = 0; i < SW_GROUPS; i++)
		if (sw_group_exists(sw_pre(sw), i)) {
			printf("group %u:", i);
			print_copies(sw_group_copies(sw_pre(sw), i));
		}
	for (uint32_t i = 0; i < SW_SESSIONS; i++) {
		const struct sw_session *s = sw_session(sw_pre(sw), i);

		if (!s)
			continue;
		if (s->kind == SW_SESSION_PORT)
			printf("session %u: port %u\n", i, s->port);
		else if (s->kind == SW_SESSION_GROUP)
			printf("session %u: group %u\n", i, s->group);
		else
			printf("session %u, %d bytes:", i, (int)s->truncate);
		if (s->kind == SW_SESSION_COPIES)
			print_copies(&s->copies);
	}
}

static void
print_objects(struct sw *sw)
{
	for (uint32_t r = 0; r < ps_program.nregisters; r++)
		for (uint32_t i = 0; i < ps_program.registers[r].size; i++) {
			uint8_t v[16], zero[16] = { 0 };

			sw_register_read(sw, r, i, v);
			if (!memcmp(v, zero, ps_program.registers[r].cell))
				continue;
			printf("%s[%u] = 0x", ps_program.registers[r].name, i);
			print_native(v, ps_program.registers[r].cell);
			printf("\n");
		}
	for (uint32_t c = 0; c < ps_program.ncounters; c++)
		for (uint32_t i = 0; i < sw_counter_size(sw, c); i++) {
			struct ps_counter_cell v;

			sw_counter_read(sw, c, i, &v);
			if (v.packets || v.bytes)
				printf("%s[%u] = %llu packets, %llu bytes\n", ps_program.counters[c].name, i,
					(unsigned long long)v.packets, (unsigned long long)v.bytes);
		}
	for (uint32_t i = 0; i < sw_meter_size(sw, 0); i++) {
		const struct ps_meter *m = &sw->objects.meters[0][i];

		if (m->peak.set)
			printf("meter %u: %llu:%llu %llu:%llu\n", i, (unsigned long long)m->committed.rate,
				(unsigned long long)m->committed.burst, (unsigned long long)m->peak.rate,
				(unsigned long long)m->peak.burst);
	}
}

static void
print_queues(struct sw *sw)
{
	for (uint32_t i = 0; i < SW_PORTS; i++)
		for (uint32_t k = 0; k < SW_PRIORITIES; k++) {
			const struct queue *q = &sw->queues.ports[i].queues[k];

			if ((q->pps || q->depth != SW_DEPTH) && i < 3)
				printf("queue %u.%u: depth %llu, rate %llu\n", i, k, (unsigned long long)q->depth,
					(unsigned long long)q->pps);
		}
}

int
main(int argc, char **argv)
{
	const struct sw_config config = { 0 };
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	char err[200];
	struct sw *sw = sw_open_program(&ps_program, &config, err, sizeof(err));
	bool ok;

	if (argc != 2 || !sw)
		return 2;
	ok = sw_load_entries(sw, a, d, argv[1], hidden, 2);
	diags_print(d, stderr);
	print_tables(sw);
	print_pre(sw);
	print_objects(sw);
	print_queues(sw);
	sw_close(sw);
	arena_free(a);
	return !ok;
}
