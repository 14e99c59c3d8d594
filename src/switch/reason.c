#include <stdio.h>
#include <stdlib.h>

#include "switch/internal.h"
#include "base/alloc.h"
#include "switch/memory.h"

#define REASONS_MAX 65536

void
sw_reasons_init(struct reasons *r, const struct ps_program *p)
{
	uint64_t n = 256 + (uint64_t)p->nactions * 2;

	for (uint32_t i = 0; i < p->ntables; i++)
		n += p->tables[i].size;
	r->cap = n > REASONS_MAX ? REASONS_MAX : (uint32_t)n;
	r->last = 512 - 1;
	while (r->last < r->cap * 2)
		r->last = r->last * 2 + 1;
	r->v = alloc(r->cap, sizeof(*r->v));
	r->texts = alloc(r->cap, SW_REASON_TEXT);
	r->slots = alloc((size_t)r->last + 1, sizeof(*r->slots));
}

void
sw_reasons_fini(struct reasons *r)
{
	free(r->v);
	free(r->texts);
	free(r->slots);
}

/* The last part of a control-plane name. */
static const char *
last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static const char *
without_dot(const char *name)
{
	return name[0] == '.' ? name + 1 : name;
}

static void
own_text(const struct ps_program *p, const struct ps_why *w, char *buf, size_t size)
{
	const char *control = w->control ? p->egress_name : p->ingress_name;
	const char *action = w->action < p->nactions ? last_part(p->actions[w->action].name) : "";

	if (!w->marked)
		snprintf(buf, size, "%s/egress_spec", control);
	else if (w->table < p->ntables && w->entry == PS_DEFAULT_ENTRY)
		snprintf(buf, size, "%s/%s#default", without_dot(p->tables[w->table].name), action);
	else if (w->table < p->ntables)
		snprintf(buf, size, "%s/%s#%u", without_dot(p->tables[w->table].name), action, w->entry);
	else if (w->action < p->nactions)
		snprintf(buf, size, "%s/%s", control, action);
	else
		snprintf(buf, size, "%s/mark_to_drop@%u", control, w->line);
}

static void
why_text(const struct sw *sw, const struct ps_why *w, char *buf, size_t size)
{
	char own[SW_REASON_TEXT];

	own_text(sw->program, w, own, sizeof(own));
	snprintf(buf, size, "%s", sw->config.discards ? discards_told(sw->config.discards, str_from(own), own) : own);
}

struct str
sw_reason_text(const struct sw *sw, const struct ps_why *why, char *buf, size_t size)
{
	why_text(sw, why, buf, size);
	return str_from(buf);
}

static const char *
special_text(enum sw_special special)
{
	switch (special) {
	case SW_WHY:
		return "";
	case SW_EMPTY_GROUP:
		return "multicast/empty";
	case SW_RESUBMIT_LIMIT:
		return "resubmit/limit";
	case SW_RECIRCULATE_LIMIT:
		return "recirculate/limit";
	case SW_OTHER:
		return "other";
	}
	return "";
}

/* Only what the text tells counts, so that equal reasons are equal. */
static struct ps_why
normal(enum sw_special special, const struct ps_why *why, bool egress)
{
	struct ps_why w = { .table = PS_NONE, .action = PS_NONE, .control = egress };

	if (special != SW_WHY || !why->marked)
		return w;
	w.marked = true;
	w.table = why->table;
	w.action = why->action;
	if (why->table != PS_NONE)
		w.entry = why->entry;
	else if (why->action == PS_NONE)
		w.line = why->line;
	return w;
}

static bool
same(const struct ps_why *a, const struct ps_why *b)
{
	return a->table == b->table && a->action == b->action && a->entry == b->entry &&
	       a->line == b->line && a->control == b->control && a->marked == b->marked;
}

static uint32_t
hash(enum sw_special special, const struct ps_why *w)
{
	uint64_t h = ((uint64_t)w->table << 48) ^ ((uint64_t)w->action << 32) ^ w->entry;

	h ^= ((uint64_t)w->line << 8) ^ ((uint64_t)special << 4) ^ ((uint64_t)w->control << 1) ^ w->marked;
	h *= 0xff51afd7ed558ccdu;
	return (uint32_t)(h >> 32);
}

const struct reason *
sw_reason_count(struct sw *sw, enum sw_special special, const struct ps_why *why, bool egress)
{
	struct reasons *r = &sw->reasons;
	struct ps_why w = normal(special, why, egress);
	uint32_t at = hash(special, &w);
	struct reason *x;

	for (; r->slots[at & r->last]; at++) {
		x = &r->v[r->slots[at & r->last] - 1];
		if (x->special == special && same(&x->why, &w)) {
			x->packets++;
			return x;
		}
	}
	if (r->n >= r->cap - 2 && special != SW_OTHER)
		return sw_reason_count(sw, SW_OTHER, why, egress);
	x = &r->v[r->n];
	*x = (struct reason){ .why = w, .special = special, .packets = 1, .piece = sw->piece };
	x->text.p = r->texts + (size_t)r->n * SW_REASON_TEXT;
	if (special == SW_WHY)
		why_text(sw, &w, r->texts + (size_t)r->n * SW_REASON_TEXT, SW_REASON_TEXT);
	else
		snprintf(r->texts + (size_t)r->n * SW_REASON_TEXT, SW_REASON_TEXT, "%s", special_text(special));
	x->text.n = (uint32_t)strlen(x->text.p);
	x->class = sw->config.discards ? discards_class(sw->config.discards, x->text, egress) : STR_NONE;
	r->slots[at & r->last] = ++r->n;
	return x;
}

void
sw_reason_add(struct sw *sw, const struct reason *r)
{
	const struct reason *mine = sw_reason_count(sw, r->special, &r->why, r->why.control);

	((struct reason *)(uintptr_t)mine)->packets += r->packets - 1;
}

uint32_t
sw_drops(const struct sw *sw)
{
	return sw->reasons.n;
}

struct sw_drop
sw_drop_at(const struct sw *sw, uint32_t i)
{
	const struct reason *x = &sw->reasons.v[i];

	return (struct sw_drop){ x->why.control ? "egress" : "ingress", x->text, x->class, x->packets };
}

void
sw_each_drop(const struct sw *sw, sw_drop_fn *visit, void *user)
{
	struct sw_drop d;
	char text[64];

	for (uint32_t i = 0; i < sw_drops(sw); i++) {
		d = sw_drop_at(sw, i);
		visit(user, &d);
	}
	for (uint32_t i = 0; i < SW_QUEUES; i++) {
		uint32_t port = i / SW_PRIORITIES, priority = i % SW_PRIORITIES;
		uint64_t lost = sw->queues.ports[port].queues[priority].lost;

		if (!lost)
			continue;
		snprintf(text, sizeof(text), "port %u priority %u: full", port, priority);
		visit(user, &(struct sw_drop){ "queue", str_from(text), discard_tail_drop(priority), lost });
	}
}
