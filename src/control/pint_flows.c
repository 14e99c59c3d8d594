/* pint_flows.c - the flows of a query, and its epochs. */
#include "control/pint_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- keys, most of which are short ------------------------------------------------------------------ */

static void
pack(const struct collector_flows *f, const ir_i128 *key, uint64_t *ret)
{
	for (uint32_t i = 0; i < f->nkeys; i++) {
		ret[i] = (uint64_t)key[i];
		if (f->words > f->nkeys)
			ret[f->nkeys + i] = (uint64_t)((ir_u128)key[i] >> 64);
	}
}

ir_i128
collector_key(const struct collector_flows *f, const struct collector_flow *flow, uint32_t i)
{
	ir_u128 high = f->words > f->nkeys ? flow->key[f->nkeys + i] : 0;

	return (ir_i128)(high << 64 | flow->key[i]);
}

size_t
collector_flow_bytes(const struct collector_flows *f)
{
	return sizeof(struct collector_flow) + f->words * sizeof(uint64_t);
}

/* --- flows by key ----------------------------------------------------------------------------------- */

static uint32_t
hash(const struct collector_flows *f, const uint64_t *key, uint64_t epoch)
{
	uint64_t h = f->by_epoch ? epoch : 0;

	for (uint32_t i = 0; i < f->words; i++) {
		h = (h ^ key[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(h >> 32);
}

static bool
is_it(const struct collector_flows *f, const struct collector_flow *flow, const uint64_t *key, uint64_t epoch)
{
	return (!f->by_epoch || flow->epoch == epoch) && !memcmp(flow->key, key, f->words * sizeof(*key));
}

/* Its slot, or the free one where it would be. */
static uint32_t *
slot(const struct collector_flows *f, const uint64_t *key, uint64_t epoch)
{
	uint32_t at = hash(f, key, epoch) & (f->nslots - 1);

	while (f->slots[at] && !is_it(f, f->v[f->slots[at] - 1], key, epoch))
		at = (at + 1) & (f->nslots - 1);
	return &f->slots[at];
}

static void
rebuild(struct collector_flows *f, uint32_t nslots)
{
	free(f->slots);
	f->nslots = nslots;
	f->slots = alloc(nslots, sizeof(*f->slots));
	for (uint32_t i = 0; i < f->n; i++)
		*slot(f, f->v[i]->key, f->v[i]->epoch) = i + 1;
}

struct collector_flow *
collector_flow(struct collector_flows *f, const ir_i128 *key, uint64_t epoch, bool *ret_new)
{
	uint64_t words[2 * COLLECTOR_KEYS];
	struct collector_flow *flow;
	uint32_t *at;

	*ret_new = false;
	pack(f, key, words);
	if (f->nslots <= 2 * f->n)
		rebuild(f, f->nslots ? 2 * f->nslots : 64);
	at = slot(f, words, epoch);
	if (*at)
		return f->v[*at - 1];
	if (f->n == f->max)
		return NULL;
	if (f->n == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 64;
		f->v = alloc_again(f->v, f->cap, sizeof(struct collector_flow *));
	}
	flow = alloc(1, collector_flow_bytes(f));
	flow->epoch = epoch;
	flow->untold = COLLECTOR_NEVER;
	memcpy(flow->key, words, f->words * sizeof(*words));
	f->v[f->n++] = flow;
	*at = f->n;
	*ret_new = true;
	return flow;
}

void
collector_flow_fini(struct collector_query *q, struct collector_flow *f)
{
	if (q->q->kind == NETWORK_STATIC) {
		pint_flow_fini(&f->route.decoding);
		free(f->route.path);
	} else if (q->q->kind == NETWORK_QUANTILE) {
		for (uint32_t i = 0; i < f->quantiles.nhops; i++)
			free(f->quantiles.hops[i].memory);
		free(f->quantiles.hops);
	}
	free(f);
}

void
collector_forget(struct collector_query *q, bool (*gone)(const struct collector_query *q, const struct collector_flow *f, uint64_t until),
		 uint64_t until)
{
	struct collector_flows *f = &q->flows;
	uint32_t left = 0;

	for (uint32_t i = 0; i < f->n; i++) {
		if (gone(q, f->v[i], until))
			collector_flow_fini(q, f->v[i]);
		else
			f->v[left++] = f->v[i];
	}
	if (left == f->n)
		return;
	f->n = left;
	rebuild(f, f->nslots);
}

void
collector_flows_fini(struct collector_query *q)
{
	for (uint32_t i = 0; i < q->flows.n; i++)
		collector_flow_fini(q, q->flows.v[i]);
	for (uint32_t i = 0; i < q->npast; i++)
		collector_flow_fini(q, q->past[i].flow);
	free(q->flows.v);
	free(q->flows.slots);
	free(q->past);
	free(q->epochs);
}

struct collector_epoch *
collector_epoch(struct collector_query *q, uint64_t number)
{
	uint32_t i = q->nepochs;

	while (i && q->epochs[i - 1].number > number)
		i--;
	if (i && q->epochs[i - 1].number == number)
		return &q->epochs[i - 1];
	if (q->nepochs == q->cap_epochs) {
		q->cap_epochs = q->cap_epochs ? 2 * q->cap_epochs : 8;
		q->epochs = alloc_again(q->epochs, q->cap_epochs, sizeof(*q->epochs));
	}
	memmove(&q->epochs[i + 1], &q->epochs[i], (q->nepochs++ - i) * sizeof(*q->epochs));
	q->epochs[i] = (struct collector_epoch){ .number = number };
	return &q->epochs[i];
}
