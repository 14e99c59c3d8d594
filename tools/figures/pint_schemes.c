/* pint_schemes.c - how many packets the schemes of path coding need, when a digest holds a hop's
 *whole value. Usage:
 *
 *	pint_schemes k25 PATHS     25 hops: baseline, XOR and hybrid as published, linear coding,
 *ours pint_schemes hops PATHS    2 to 64 hops: ours, and the hybrid for paths of that length, of 10
 *and of 59
 *
 * Each path is decoded by peeling; linear coding (each hop XORs every other packet) by elimination.
 *Prints CSV.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "packetscope/pint.h"
#include "peel.h"
#include "sample.h"

static uint32_t
packets_by_peeling(const struct pint_code *c, struct random *r, uint32_t hops)
{
	static struct peel p;
	uint32_t n = 0;

	peel_begin(&p, 1);
	for (; !peel_done(&p, hops) && n < PEEL_PACKETS; n++)
		peel_take(&p, pint_acting(c, 0, (uint32_t)random_u64(r), hops));
	return n;
}

static uint32_t
packets_by_elimination(const struct pint_code *c, struct random *r, uint32_t hops)
{
	uint64_t rows[PINT_HOPS] = { 0 };
	uint32_t rank = 0, n = 0;

	for (; rank < hops; n++) {
		uint64_t acting = pint_acting(c, 0, (uint32_t)random_u64(r), hops);

		while (acting && rows[__builtin_ctzll(acting)])
			acting ^= rows[__builtin_ctzll(acting)];
		if (!acting)
			continue;
		rows[__builtin_ctzll(acting)] = acting;
		rank++;
	}
	return n;
}

static struct sample
measure(enum pint_scheme scheme, uint32_t d, bool linear, uint32_t hops, uint32_t paths)
{
	struct sample sample = { 0 };
	struct random r;
	struct pint_code c;

	random_init(&r, 1, hops);
	pint_code_make(&c, scheme, d, 32, 1, 32, 1);
	for (uint32_t i = 0; i < paths; i++)
		sample_add(&sample, linear ? packets_by_elimination(&c, &r, hops)
					   : packets_by_peeling(&c, &r, hops));
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
	return !paths;
}
