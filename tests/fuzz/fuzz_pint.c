/* fuzz_pint.c - any bytes as a code, a universe and the digests of a flow: whatever is decoded
 * explains all digests that it was decoded from. */
#include "packetscope/pint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUES_MAX 70
#define DIGESTS_MAX 96

struct input {
	const uint8_t *data;
	size_t size;
};

static uint32_t
take(struct input *in, uint32_t n)
{
	uint32_t v = 0;

	while (n-- && in->size) {
		v = v << 8 | *in->data++;
		in->size--;
	}
	return v;
}

struct setting {
	struct pint_code code;
	struct pint_options options;
	uint32_t values[VALUES_MAX], links[VALUES_MAX + 1], next[VALUES_MAX * 4];
	struct pint_universe universe;
	bool has_universe;
};

/* Links as they come: they may lead anywhere, and need not go back. */
static void
read_universe(struct setting *s, struct input *in, uint32_t shape)
{
	s->universe.n = take(in, 1) % (VALUES_MAX + 1);
	s->universe.values = s->values;
	for (uint32_t i = 0; i < s->universe.n; i++)
		s->values[i] = i * 2654435761u;
	if (!(shape & 2))
		return;
	s->universe.links = s->links;
	s->universe.next = s->next;
	for (uint32_t i = 0; i < s->universe.n; i++) {
		s->links[i + 1] = s->links[i] + (shape >> 8) % 4;
		for (uint32_t l = s->links[i]; l < s->links[i + 1]; l++)
			s->next[l] = take(in, 1) % (VALUES_MAX + 2);
	}
}

static bool
read_setting(struct setting *s, struct input *in)
{
	uint32_t shape = take(in, 2), bits = take(in, 1), copies = take(in, 1),
		 value_bits = take(in, 1);

	s->options = (struct pint_options){ .max_hops = take(in, 1) % 70,
					    .max_records = take(in, 1) % DIGESTS_MAX,
					    .confidence = take(in, 1) % 33,
					    .simple = shape & 4,
					    .eager = shape & 8 };
	s->has_universe = shape & 1;
	if (s->has_universe)
		read_universe(s, in, shape);
	return pint_code_make(&s->code, (enum pint_scheme)(shape >> 4 & 3), take(in, 1), bits % 34,
			      copies % 6, value_bits % 34, shape >> 6);
}

static void
check(const struct setting *s, uint32_t hops, const uint32_t *path,
      const struct pint_digest *digests, uint32_t n)
{
	uint32_t most = s->options.max_records ? s->options.max_records : 4096;

	for (uint32_t i = n > most ? n - most : 0; i < n; i++) {
		uint32_t digest = 0;

		for (uint32_t hop = 1; hop <= hops; hop++)
			digest = pint_encode(&s->code, digest, digests[i].pid, hop, path[hop - 1]);
		if (digest != digests[i].digest)
			abort();
	}
}

/* The digests of a path, some of them bent; or what the input says. */
static uint32_t
read_digests(const struct setting *s, struct input *in, uint32_t hops, struct pint_digest *digests)
{
	uint32_t n = take(in, 1) % DIGESTS_MAX, bits = (uint32_t)s->code.bits * s->code.copies,
		 path[PINT_HOPS];
	uint32_t bend = take(in, 1);

	for (uint32_t i = 0; i < hops; i++)
		path[i] = s->universe.n ? s->values[take(in, 1) % s->universe.n] : take(in, 4);
	for (uint32_t i = 0; i < n; i++) {
		digests[i] = (struct pint_digest){ take(in, 2) + (i << 16), 0 };
		for (uint32_t hop = 1; hop <= hops; hop++)
			digests[i].digest = pint_encode(&s->code, digests[i].digest, digests[i].pid,
							hop, path[hop - 1]);
		if (bend > i)
			digests[i].digest ^= take(in, 4) & (UINT32_MAX >> (32 - bits));
	}
	return n;
}

static void
run(struct setting *s, struct pint_decoder *d, struct input *in)
{
	uint32_t hops = take(in, 1) % 70, n, path[PINT_HOPS];
	struct pint_digest digests[DIGESTS_MAX];
	struct pint_flow flow = { 0 };

	if (hops < 1 || hops > PINT_HOPS) {
		if (pint_flow_add(d, &flow, 1, hops, 1) != PINT_LONG ||
		    pint_decode(d, hops, NULL, 0, path) != PINT_LONG)
			abort();
		return;
	}
	n = read_digests(s, in, hops, digests);
	if (pint_decode(d, hops, digests, n, path) == PINT_DECODED)
		check(s, hops, path, digests, n);
	for (uint32_t i = 0; i < n; i++) {
		enum pint_result result =
			pint_flow_add(d, &flow, digests[i].pid, hops, digests[i].digest);

		if (flow.known != (result == PINT_DECODED || result == PINT_AGREES))
			abort();
		if (!flow.known)
			continue;
		pint_flow_path(d, &flow, path);
		check(s, hops, path, digests + i, 1);
	}
	pint_flow_fini(&flow);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct setting s = { 0 };
	struct pint_decoder *d = NULL;

	if (read_setting(&s, &in))
		d = pint_decoder_make(&s.code, s.has_universe ? &s.universe : NULL, &s.options);
	if (d)
		run(&s, d, &in);
	pint_decoder_free(d);
	return 0;
}
