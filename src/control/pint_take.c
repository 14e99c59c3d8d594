/* pint_take.c - what a packet's digest adds to what is known of its flow. */
#include "control/pint_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ir/expr.h"

#define SEVERAL 3 /* contradictions without a path that is sure: no change of the route makes so many */

/* The key's values: of each column the first field that the packet has; of a tag, where it was. False: one has none. */
static bool
key_of(const struct collector_query *q, const struct pint_report *r, uint32_t digest, ir_i128 *ret)
{
	for (uint32_t i = 0; i < q->q->flow.n; i++) {
		const struct network_flow_key *k = &q->q->flow.v[i];
		uint32_t at = 0;

		while (at < k->fields.n && !(r->there >> k->fields.v[at] & 1))
			at++;
		if (at == k->fields.n)
			return false;
		ret[i] = r->fields[k->fields.v[at]].i;
	}
	if (q->q->is_tag) {
		struct pint_tag tag = pint_tag_unpack(digest);

		ret[q->q->flow.n] = tag.switch_id;
		ret[q->q->flow.n + 1] = tag.port;
		return tag.signal == network_signal(q->q->value);
	}
	return true;
}

static bool
passes(struct pint_collector *c, const struct collector_query *q, const struct pint_report *r)
{
	const struct manifest_network *n = &c->m->network;
	struct ir_value v;

	if (!q->filter)
		return true;
	for (uint32_t i = 0; i < n->fields.n; i++)
		c->fields[n->fields.v[i]] = r->there >> i & 1 ? r->fields[i] : IR_ABSENT;
	v = ir_expr_eval(q->filter, c->fields, NULL, NULL);
	return ir_truth(&v);
}

/* --- static values ---------------------------------------------------------------------------- */

/* A path that was put together of digests of several paths is contradicted soon. So one that has not been contradicted yet is believed, unless
 * other flows of the query have packets of several paths at once: then the key is too coarse. Once there were contradictions a path is
 * believed when it is sure. */
bool
collector_believes(const struct collector_query *q, const struct collector_flow *f)
{
	const struct pint_flow *d = &f->route.decoding;

	return (!d->contradictions && f->epoch >= q->mixed_until) || f->route.is_former || pint_flow_is_sure(q->decoder, d);
}

/* What was known of the route is kept until its epoch is told. */
static void
keep_past(struct collector_query *q, struct collector_flow *f)
{
	size_t size = collector_flow_bytes(&q->flows);
	struct collector_flow *copy = alloc(1, size);

	memcpy(copy, f, size);
	copy->route.decoding = (struct pint_flow){ .contradictions = f->route.settled };
	copy->route.is_former = true;
	if (q->npast == q->cap_past) {
		q->cap_past = q->cap_past ? 2 * q->cap_past : 8;
		q->past = alloc_again(q->past, q->cap_past, sizeof(*q->past));
	}
	q->past[q->npast++] = (struct collector_past){ f->epoch, copy, f };
	f->route.former = copy;
}

static void
begin_route(struct collector_flow *f)
{
	f->packets = f->route.decoded_after = 0;
	f->route.path = NULL;
	f->route.is_former = false;
}

static void
suspect_key(struct pint_collector *c, struct collector_query *q, const struct collector_flow *f)
{
	q->mixed_until = f->epoch + 1 + c->options.idle_epochs;
}

/* The path is the one before: a packet or a few took another one, or were damaged. */
static void
go_on(struct collector_flow *f)
{
	struct collector_flow *former = f->route.former;

	f->packets += former->packets;
	f->route.decoded_after = former->route.decoded_after;
	f->route.route = former->route.route;
	f->route.is_former = true;
	f->route.former = NULL;
	former->route.hops = 0;
}

static void
take_path(struct pint_collector *c, struct collector_query *q, struct collector_flow *f, const struct pint_report *r)
{
	struct pint_flow *d = &f->route.decoding;
	struct collector_flow *former = f->route.former;
	uint32_t *path = alloc(d->hops, sizeof(*path));

	pint_flow_path(q->decoder, d, path);
	if (r->switch_id && q->q->value == NETWORK_SWITCH_ID && path[d->hops - 1] != r->switch_id) {
		c->counts.contradicted++; /* digests of more than one route, or forged ones: begin again */
		pint_flow_contradict(q->decoder, d);
		free(path);
		return;
	}
	f->route.path = path;
	f->route.decoded_after = f->packets;
	if (former && former->route.hops == d->hops && !memcmp(former->route.path, path, d->hops * sizeof(*path))) {
		suspect_key(c, q, f);
		go_on(f);
	}
}

/* Digests contradict each other, or the path that was known: has the route changed, or are there several at once? */
static void
contradict(struct pint_collector *c, struct collector_query *q, struct collector_flow *f, const struct pint_flow *before)
{
	if (f->route.path && (f->route.is_former || pint_flow_is_sure(q->decoder, before))) {
		f->route.settled = before->contradictions;
		c->counts.changes++;
		keep_past(q, f);
		begin_route(f);
		f->route.route++;
		return;
	}
	if (f->route.decoding.contradictions - f->route.settled >= SEVERAL)
		suspect_key(c, q, f);
	free(f->route.path);
	begin_route(f);
}

static void
take_static(struct pint_collector *c, struct collector_query *q, struct collector_flow *f, const struct pint_report *r, uint32_t digest)
{
	struct pint_flow before = f->route.decoding;
	enum pint_result result = pint_flow_add(q->decoder, &f->route.decoding, r->pid, r->hops, digest);

	if (result == PINT_LONG) {
		c->counts.too_long++;
		return;
	}
	if (f->route.decoding.contradictions != before.contradictions || (f->route.path && result != PINT_AGREES))
		contradict(c, q, f, &before);
	f->route.hops = r->hops;
	f->packets++;
	if (f->route.decoding.known && !f->route.path)
		take_path(c, q, f, r);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static struct hop_record *
record_of(struct collector_query *q, struct collector_flow *f, uint32_t hop, uint32_t hops)
{
	struct hop_record *h;

	if (hop > f->quantiles.nhops) {
		f->quantiles.hops = alloc_again(f->quantiles.hops, hop, sizeof(*h));
		memset(&f->quantiles.hops[f->quantiles.nhops], 0, (hop - f->quantiles.nhops) * sizeof(*h));
		f->quantiles.nhops = hop;
	}
	h = &f->quantiles.hops[hop - 1];
	if (!h->how)
		*h = (struct hop_record){ .how = &q->recordings[hops - 1], .seed = q->q->number * PINT_HOPS + hop };
	return h;
}

static void
make_recording(const struct hop_record *h, void *memory)
{
	pint_recording_init(h->how, memory, h->seed);
	for (uint32_t i = 0; i < h->ncodes; i++)
		pint_recording_add(h->how, memory, 1, 0, h->codes[i]);
}

const void *
collector_recorded(const struct hop_record *h, void *room)
{
	if (!h->ncodes)
		return h->memory;
	make_recording(h, room);
	return room;
}

/* Room for codes doubles, from 4 on. */
void
collector_record(struct hop_record *h, uint32_t code)
{
	bool is_full = !(h->ncodes & (h->ncodes - 1)) && (h->ncodes >= 4 || !h->ncodes);
	uint32_t room = h->ncodes ? 2 * h->ncodes : 4;
	void *memory;

	if (!h->ncodes && h->memory) {
		pint_recording_add(h->how, h->memory, 1, 0, code);
		return;
	}
	if (!is_full) {
		h->codes[h->ncodes++] = (uint16_t)code;
		return;
	}
	if (room * sizeof(*h->codes) < h->how->bytes) {
		h->codes = alloc_again(h->codes, room, sizeof(*h->codes));
		h->codes[h->ncodes++] = (uint16_t)code;
		return;
	}
	memory = alloc(1, h->how->bytes);
	make_recording(h, memory);
	pint_recording_add(h->how, memory, 1, 0, code);
	free(h->codes);
	h->memory = memory;
	h->ncodes = 0;
}

static void
take_quantile(struct pint_collector *c, struct collector_query *q, struct collector_flow *f, const struct pint_report *r, uint32_t digest)
{
	uint32_t bits = q->q->bits, mask = UINT32_MAX >> (32 - bits);

	if (r->hops < 1 || r->hops > PINT_HOPS) {
		c->counts.too_long++;
		return;
	}
	for (uint32_t copy = 0; copy < q->q->copies; copy++) {
		uint64_t writer = pint_acting(&q->q->path, copy, r->pid, r->hops); /* one hop, of a reservoir */
		struct hop_record *h = writer ? record_of(q, f, 64 - (uint32_t)__builtin_clzll(writer), r->hops) : NULL;

		if (h)
			collector_record(h, digest >> (copy * bits) & mask);
	}
	f->packets++;
}

static void
take_fold(struct collector_query *q, struct collector_flow *f, uint32_t digest)
{
	uint64_t v = pint_scale_value(&q->scale, q->q->is_tag ? pint_tag_unpack(digest).bucket : digest);

	if (q->q->kind == NETWORK_SUM)
		f->fold.best += v;
	else if (!f->packets || (q->q->kind == NETWORK_MAX) == (v > f->fold.best))
		f->fold.best = v;
	f->packets++;
}

void
collector_take(struct pint_collector *c, struct collector_query *q, const struct pint_report *r, uint32_t digest)
{
	uint64_t number = r->time_ns / q->q->window_ns;
	struct collector_epoch *e;
	struct collector_flow *f;
	ir_i128 key[COLLECTOR_KEYS];
	bool is_new;

	if (!passes(c, q, r))
		return;
	e = collector_epoch(q, number < q->told ? q->told : number);
	if (!key_of(q, r, digest, key)) {
		e->absent++;
		return;
	}
	f = collector_flow(&q->flows, key, e->number, &is_new);
	if (!f) {
		e->crowded++;
		c->counts.crowded++;
		return;
	}
	f->epoch = e->number;
	if (f->untold > e->number)
		f->untold = e->number;
	switch (q->q->kind) {
	case NETWORK_STATIC:
		f->route.route += is_new;
		take_static(c, q, f, r, digest);
		return;
	case NETWORK_QUANTILE:
		take_quantile(c, q, f, r, digest);
		return;
	case NETWORK_MAX:
	case NETWORK_MIN:
	case NETWORK_SUM:
		take_fold(q, f, digest);
		return;
	}
}
