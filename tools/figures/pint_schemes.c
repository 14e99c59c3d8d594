/* pint_schemes.c - how many packets the schemes of path coding need, when a digest holds a hop's
 * whole value. Usage:
 *
 *	pint_schemes k25 PATHS	25 hops: baseline, XOR and hybrid as published, linear coding, ours
 *	pint_schemes hops PATHS	2 to 64 hops: ours, and the hybrid for paths of that length, of 10 and of 59
 *
 * Each path is decoded by peeling; linear coding (each hop XORs every other packet) by elimination.
 * Prints CSV. The status is 1 when the library's decoder does not find the true path in the same
 * packets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "packetscope/pint.h"
#include "peel.h"
#include "sample.h"

/* What one path's packets bring, made when they are asked for. */
struct stream {
	const struct pint_code *code;
	struct random *random;
	uint32_t hops, values[PINT_HOPS];
	uint32_t n;
	struct pint_digest digests[PEEL_PACKETS];
};

static void
begin(struct stream *s, uint32_t path)
{
	s->n = 0;
	for (uint32_t i = 0; i < s->hops; i++)
		s->values[i] = pint_hash(2, path, i);
}

/* The hops that acted on the next packet. */
static uint64_t
send_packet(struct stream *s)
{
	struct pint_digest d = { (uint32_t)random_u64(s->random), 0 };

	for (uint32_t hop = 1; hop <= s->hops; hop++)
		d.digest = pint_encode(s->code, d.digest, d.pid, hop, s->values[hop - 1]);
	s->digests[s->n++] = d;
	return pint_acting(s->code, 0, d.pid, s->hops);
}

static void
peel(struct stream *s)
{
	static struct peel p;

	peel_begin(&p, 1);
	while (!peel_done(&p, s->hops) && s->n < PEEL_PACKETS)
		peel_take(&p, send_packet(s));
}

static void
eliminate(struct stream *s)
{
	uint64_t rows[PINT_HOPS] = { 0 };
	uint32_t rank = 0;

	while (rank < s->hops && s->n < PEEL_PACKETS) {
		uint64_t acting = send_packet(s);

		while (acting && rows[__builtin_ctzll(acting)])
			acting ^= rows[__builtin_ctzll(acting)];
		if (!acting)
			continue;
		rows[__builtin_ctzll(acting)] = acting;
		rank++;
	}
}

/* Does the library's decoder find the path in these packets? It wants one or two more than there must be, so that noise is no path. */
static bool
is_decoded(struct stream *s, struct pint_decoder *d)
{
	uint32_t values[PINT_HOPS], least = pint_packets_min(d, s->hops);

	while (s->n < least)
		send_packet(s);
	return pint_decode(d, s->hops, s->digests, s->n, values) == PINT_DECODED &&
	       !memcmp(values, s->values, s->hops * sizeof(*values));
}

static uint32_t wrong; /* paths */

static struct sample
measure(enum pint_scheme scheme, uint32_t d, bool linear, uint32_t hops, uint32_t paths)
{
	static struct stream stream;
	struct pint_options options = { .max_records = PEEL_PACKETS };
	struct pint_decoder *decoder;
	struct sample sample = { 0 };
	struct random r;
	struct pint_code c;

	random_init(&r, 1, hops);
	stream.code = &c;
	stream.random = &r;
	stream.hops = hops;
	pint_code_make(&c, scheme, d, 32, 1, 32, 1);
	decoder = pint_decoder_make(&c, NULL, &options);
	if (!decoder)
		abort();
	for (uint32_t i = 0; i < paths; i++) {
		begin(&stream, i);
		if (linear)
			eliminate(&stream);
		else
			peel(&stream);
		sample_add(&sample, stream.n);
		wrong += !is_decoded(&stream, decoder);
	}
	pint_decoder_free(decoder);
	return sample;
}

static void
print_k25(uint32_t paths)
{
	static const struct {
		const char *name;
		enum pint_scheme scheme;
		uint32_t d;
		bool linear;
	} rows[] = {
		{ "baseline", PINT_BASELINE, 25, false }, { "xor", PINT_XOR, 25, false },
		{ "hybrid", PINT_HYBRID, 25, false },	  { "linear", PINT_XOR, 2, true },
		{ "ours", PINT_SEARCHED, 25, false },
	};

	printf("scheme,median,p99\n");
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sample s = measure(rows[i].scheme, rows[i].d, rows[i].linear, 25, paths);

		printf("%s,%u,%u\n", rows[i].name, sample_quantile(&s, 0.5),
		       sample_quantile(&s, 0.99));
		free(s.v);
	}
}

static void
print_mean(struct sample s)
{
	printf(",%.1f,%u", sample_mean(&s), sample_quantile(&s, 0.99));
	free(s.v);
}

static void
print_hops(uint32_t paths)
{
	printf("hops,ours_mean,ours_p99,hybrid_mean,hybrid_p99,hybrid10_mean,hybrid10_p99,hybrid59_"
	       "mean,hybrid59_p99\n");
	for (uint32_t hops = 2; hops <= PINT_HOPS; hops += hops < 10 ? 1 : 3) {
		printf("%u", hops);
		print_mean(measure(PINT_SEARCHED, hops, false, hops, paths));
		print_mean(measure(PINT_HYBRID, hops, false, hops, paths));
		print_mean(measure(PINT_HYBRID, 10, false, hops, paths));
		print_mean(measure(PINT_HYBRID, 59, false, hops, paths));
		printf("\n");
	}
}

int
main(int argc, char **argv)
{
	uint32_t paths = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;

	if (paths && !strcmp(argv[1], "k25"))
		print_k25(paths);
	else if (paths && !strcmp(argv[1], "hops"))
		print_hops(paths);
	else
		fprintf(stderr, "usage: pint_schemes k25|hops PATHS\n");
	if (wrong)
		fprintf(stderr, "pint_schemes: %u paths were not decoded as they are\n", wrong);
	return !paths || wrong;
}
