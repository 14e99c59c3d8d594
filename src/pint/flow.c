/* flow.c - what is kept of a flow: its digests until they tell the path, then the path.
 *
 * Digests are kept instead of sets of values or equations because they are smallest; they are
 * decoded all at once, now and then.
 */
#include "pint/decoder.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *
record_at(const struct pint_decoder *d, const struct pint_flow *f, uint32_t i)
{
	return (uint8_t *)f->memory + (size_t)i * d->record_bytes;
}

static struct pint_digest
read_record(const struct pint_decoder *d, const struct pint_flow *f, uint32_t i)
{
	const uint8_t *at = record_at(d, f, i);
	struct pint_digest r = { 0 };

	memcpy(&r.pid, at, 4);
	for (uint32_t b = 4; b < d->record_bytes; b++)
		r.digest |= (uint32_t)at[b] << 8 * (b - 4);
	return r;
}

static void
write_record(const struct pint_decoder *d, struct pint_flow *f, uint32_t i, struct pint_digest r)
{
	uint8_t *at = record_at(d, f, i);

	memcpy(at, &r.pid, 4);
	for (uint32_t b = 4; b < d->record_bytes; b++)
		at[b] = (uint8_t)(r.digest >> 8 * (b - 4));
}

static void
forget_oldest(const struct pint_decoder *d, struct pint_flow *f, uint32_t n)
{
	memmove(f->memory, record_at(d, f, n), (size_t)(f->records - n) * d->record_bytes);
	f->records = (uint16_t)(f->records - n);
}

/* Room for one more. False: memory is short. */
static bool
make_room(const struct pint_decoder *d, struct pint_flow *f)
{
	uint32_t room = f->room * 8u;
	void *memory;

	if (f->records < room && f->records < d->options.max_records)
		return true;
	if (f->records >= d->options.max_records) {
		forget_oldest(d, f, (f->records + 1u) / 2);
		return true;
	}
	room += room < 32 ? 8 : room / 32 * 8;
	memory = realloc(f->memory, (size_t)room * d->record_bytes);
	if (!memory)
		return false;
	f->memory = memory;
	f->room = (uint16_t)(room / 8);
	return true;
}

static bool
push_record(const struct pint_decoder *d, struct pint_flow *f, struct pint_digest r)
{
	if (!make_room(d, f))
		return false;
	write_record(d, f, f->records++, r);
	return true;
}

static void
count_contradiction(struct pint_flow *f)
{
	f->contradictions = (uint16_t)(f->contradictions + (f->contradictions < UINT16_MAX));
}

static void
start_again(const struct pint_decoder *d, struct pint_flow *f, uint32_t hops)
{
	uint16_t contradictions = f->contradictions;

	pint_flow_fini(f);
	f->contradictions = contradictions;
	f->hops = (uint8_t)hops;
	f->next_or_agreed = pint_packets_min(d, hops);
}

void
pint_flow_contradict(const struct pint_decoder *d, struct pint_flow *f)
{
	count_contradiction(f);
	start_again(d, f, f->hops);
}

/* --- the path, once it is known --- */

static bool
keep_path(const struct pint_decoder *d, struct pint_flow *f)
{
	uint8_t *memory = malloc((size_t)f->hops * d->path_bytes);

	if (!memory)
		return false;
	for (uint32_t i = 0; i < f->hops; i++)
		for (uint32_t b = 0; b < d->path_bytes; b++)
			memory[i * d->path_bytes + b] = (uint8_t)(d->path[i] >> 8 * b);
	free(f->memory);
	f->memory = memory;
	f->known = true;
	f->records = f->room = 0;
	f->next_or_agreed = 0;
	return true;
}

static uint32_t
value_at(const struct pint_decoder *d, const struct pint_flow *f, uint32_t hop)
{
	const uint8_t *at = (const uint8_t *)f->memory + (size_t)hop * d->path_bytes;
	uint32_t v = 0;

	for (uint32_t b = 0; b < d->path_bytes; b++)
		v |= (uint32_t)at[b] << 8 * b;
	return d->universe.n ? d->universe.values[v] : v;
}

static bool
agrees(const struct pint_decoder *d, const struct pint_flow *f, struct pint_digest r)
{
	uint32_t digest = 0;

	for (uint32_t i = 0; i < f->hops; i++)
		digest = pint_encode(&d->code, digest, r.pid, i + 1, value_at(d, f, i));
	return digest == r.digest;
}

/* --- until then --- */

static void
take_records(struct pint_decoder *d, const struct pint_flow *f)
{
	pint_begin(d, f->hops);
	for (uint32_t i = 0; i < f->records; i++)
		pint_take(d, read_record(d, f, i));
}

static enum pint_result
decode(struct pint_decoder *d, const struct pint_flow *f)
{
	take_records(d, f);
	return pint_solve(d);
}

/* Digests of two paths don't fit together: the older half goes, and again. */
static enum pint_result
try_decoding(struct pint_decoder *d, struct pint_flow *f)
{
	enum pint_result result = decode(d, f);
	bool changed = result == PINT_CHANGED;

	if (changed)
		count_contradiction(f);
	while (result == PINT_CHANGED && f->records > 1) {
		forget_oldest(d, f, (f->records + 1u) / 2);
		f->packets = f->records;
		result = decode(d, f);
	}
	if (result == PINT_DECODED && keep_path(d, f))
		return PINT_DECODED;
	f->next_or_agreed = f->records + 1 + (d->options.eager ? 0 : f->records / 10);
	if (f->next_or_agreed > d->options.max_records)
		f->next_or_agreed = d->options.max_records;
	return changed ? PINT_CHANGED : PINT_MORE;
}

/* Equal packets have equal numbers, and say the same. */
static bool
seen_before(const struct pint_decoder *d, const struct pint_flow *f, uint32_t pid)
{
	for (uint32_t i = 0; i < f->records; i++)
		if (!memcmp(record_at(d, f, i), &pid, 4))
			return true;
	return false;
}

static enum pint_result
add_record(struct pint_decoder *d, struct pint_flow *f, struct pint_digest r)
{
	f->packets++;
	if (seen_before(d, f, r.pid) || !push_record(d, f, r) || f->records < f->next_or_agreed)
		return PINT_MORE;
	return try_decoding(d, f);
}

enum pint_result
pint_flow_add(struct pint_decoder *d, struct pint_flow *f, uint32_t pid, uint32_t hops,
	      uint32_t digest)
{
	struct pint_digest r = { pid, digest & (UINT32_MAX >> (32 - d->digest_bits)) };
	bool changed = f->hops && hops != f->hops;
	enum pint_result result;

	if (hops < 1 || hops > d->options.max_hops)
		return PINT_LONG;
	if (f->known && !changed) {
		if (agrees(d, f, r)) {
			f->next_or_agreed += f->next_or_agreed < UINT32_MAX;
			return PINT_AGREES;
		}
		changed = true;
	}
	if (changed)
		count_contradiction(f);
	if (changed || !f->hops)
		start_again(d, f, hops);
	result = add_record(d, f, r);
	return changed && result == PINT_MORE ? PINT_CHANGED : result;
}

void
pint_flow_path(const struct pint_decoder *d, const struct pint_flow *f, uint32_t *ret_values)
{
	for (uint32_t i = 0; i < f->hops; i++)
		ret_values[i] = value_at(d, f, i);
}

uint64_t
pint_flow_known(struct pint_decoder *d, const struct pint_flow *f, uint32_t *ret_values)
{
	const struct sets *s = &d->levels[0];

	if (f->known) {
		pint_flow_path(d, f, ret_values);
		return UINT64_MAX >> (64 - f->hops);
	}
	if (!d->universe.n || !f->records)
		return 0;
	take_records(d, f);
	if (!pint_narrow_sets(d))
		return 0;
	for (uint64_t rest = s->fixed; rest; rest &= rest - 1) {
		uint32_t hop = (uint32_t)__builtin_ctzll(rest);

		ret_values[hop] = d->universe.values[s->only[hop]];
	}
	return s->fixed;
}

size_t
pint_flow_bytes(const struct pint_decoder *d, const struct pint_flow *f)
{
	return sizeof(*f) +
	       (f->known ? (size_t)f->hops * d->path_bytes : f->room * (size_t)8 * d->record_bytes);
}

void
pint_flow_fini(struct pint_flow *f)
{
	free(f->memory);
	*f = (struct pint_flow){ 0 };
}
