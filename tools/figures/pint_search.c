/* pint_search.c - searches the layers of PINT_SEARCHED (src/pint/schedule.c). Usage: pint_search
 * NEEDED STEPS TRIALS [SEED]
 *
 * A schedule is three layers of (share, replace, combine): hop i replaces with probability
 * replace/i, else combines with probability combine/i. It is tried on paths of several lengths with
 * ideal hashes: a hop is known once NEEDED equations had it as their only unknown hop (1 when a
 * symbol tells the value; about log2(universe) / bits + 1 when symbols are hashes). Hill climbing
 * with steps that get smaller minimises the sum over the lengths of mean + 0.15 (p99 - mean), each
 * relative to the start's. The same trials (random numbers) are used for all candidates; the result
 * is measured with others.
 */
#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "packetscope/pint.h"
#include "peel.h"
#include "sample.h"

#define LAYERS 3

static const uint32_t lengths[] = { 3, 5, 8, 14, 25, 40, 59 };
#define LENGTHS (sizeof(lengths) / sizeof(*lengths))

struct layer {
	double share, replace, combine;
};

struct candidate {
	struct layer layers[LAYERS];
};

static uint32_t
thousandths(double x)
{
	return x < 0 ? 0 : (uint32_t)lround(1000 * x);
}

static void
make_schedule(struct pint_schedule *s, const struct candidate *c)
{
	double sum = 0, share = 0;

	*s = (struct pint_schedule){ .layers = LAYERS };
	for (uint32_t l = 0; l < LAYERS; l++)
		sum += c->layers[l].share;
	for (uint32_t l = 0; l < LAYERS; l++) {
		const struct layer *p = &c->layers[l];

		share += p->share;
		s->share[l] = pint_fraction(thousandths(share / sum), 1000);
		for (uint32_t i = 1; i <= PINT_HOPS; i++) {
			s->replace[l][i - 1] = pint_fraction(thousandths(p->replace), 1000 * i);
			s->either[l][i - 1] = pint_fraction(
				thousandths(p->replace) + thousandths(p->combine), 1000 * i);
		}
	}
}

static uint64_t
acting_hops(const struct pint_schedule *s, struct random *r, uint32_t hops)
{
	uint32_t hash = random_u64(r), layer = 0;
	uint64_t acting = 0;

	while (layer + 1 < s->layers && hash >= s->share[layer])
		layer++;
	for (uint32_t i = 0; i < hops; i++) {
		uint32_t act = random_u64(r);

		if (act < s->replace[layer][i])
			acting = UINT64_C(1) << i;
		else if (act < s->either[layer][i])
			acting |= UINT64_C(1) << i;
	}
	return acting;
}

static uint32_t
packets_needed(const struct pint_schedule *s, struct random *r, uint32_t hops, uint32_t needed)
{
	static struct peel p;
	uint32_t n = 0;

	peel_begin(&p, needed);
	for (; !peel_done(&p, hops) && n < PEEL_PACKETS; n++)
		peel_take(&p, acting_hops(s, r, hops));
	return n;
}

static struct sample
measure(const struct candidate *c, uint32_t hops, uint32_t needed, uint32_t trials, uint64_t seed)
{
	struct sample sample = { 0 };
	struct pint_schedule s;

	make_schedule(&s, c);
	for (uint32_t t = 0; t < trials; t++) {
		struct random r;

		random_init(&r, seed, t);
		sample_add(&sample, packets_needed(&s, &r, hops, needed));
	}
	return sample;
}

/* The cost of each length is added up, relative to that in `scale` if there is any (else it is put
 * there). */
static double
cost(const struct candidate *c, uint32_t needed, uint32_t trials, double scale[LENGTHS])
{
	double sum = 0;

	for (uint32_t i = 0; i < LENGTHS; i++) {
		struct sample s = measure(c, lengths[i], needed, trials * 8 / (lengths[i] + 5), 1);
		double mean = sample_mean(&s),
		       one = mean + 0.15 * (sample_quantile(&s, 0.99) - mean);

		if (scale[i] == 0)
			scale[i] = one;
		sum += one / scale[i];
		free(s.v);
	}
	return sum;
}

/* About normal, with deviation `by`. */
static double
noise(struct random *r, double by)
{
	double sum = 0;

	for (uint32_t i = 0; i < 6; i++)
		sum += (random_u64(r) >> 32) / 4294967296.0;
	return (sum - 3) * 1.4 * by;
}

static double
within(double x, double least, double most)
{
	return x < least ? least : x > most ? most : x;
}

static struct candidate
moved(struct candidate c, struct random *r, double by)
{
	for (uint32_t l = 0; l < LAYERS; l++) {
		struct layer *p = &c.layers[l];

		if (random_below(r, 2))
			p->share = within(p->share + noise(r, by / 2), 0.001, 1);
		if (random_below(r, 2))
			p->combine = within(p->combine * exp(noise(r, 2 * by)) + noise(r, by / 4),
					    0, 16);
		if (random_below(r, 2))
			p->replace = within(p->replace * exp(noise(r, 2 * by)), 0.01, 4);
	}
	return c;
}

static void
print(const struct candidate *c, uint32_t needed, uint32_t trials)
{
	double sum = c->layers[0].share + c->layers[1].share + c->layers[2].share, share = 0;

	for (uint32_t l = 0; l < LAYERS; l++) {
		share += c->layers[l].share;
		printf("{ %u, %u, %u }, ", thousandths(share / sum),
		       thousandths(c->layers[l].replace), thousandths(c->layers[l].combine));
	}
	printf("\n");
	for (uint32_t i = 0; i < LENGTHS; i++) {
		struct sample s = measure(c, lengths[i], needed, trials, 0x5eed);
		double mean = sample_mean(&s);

		printf("  %u hops: mean %.1f, median %u, p99 %u\n", lengths[i], mean,
		       sample_quantile(&s, 0.5), sample_quantile(&s, 0.99));
		free(s.v);
	}
}

int
main(int argc, char **argv)
{
	struct candidate best = { { { 0.27, 0.8, 8 }, { 0.03, 0.9, 0.2 }, { 0.7, 0.5, 0.9 } } };
	uint32_t needed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
	uint32_t steps = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 500;
	uint32_t trials = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 500;
	struct random r;
	double scale[LENGTHS] = { 0 }, least = cost(&best, needed, trials, scale);

	random_init(&r, argc > 4 ? strtoull(argv[4], NULL, 10) : 1, 0);
	for (uint32_t step = 0; step < steps; step++) {
		struct candidate next = moved(best, &r, 0.3 * pow(0.05, (double)step / steps));
		double sum = cost(&next, needed, trials, scale);

		if (sum < least) {
			least = sum;
			best = next;
		}
	}
	print(&best, needed, 4 * trials);
	return 0;
}
