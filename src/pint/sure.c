/* sure.c - how many packets must agree with a path until it can't be one that was put together of
 * several.
 *
 * A path that no packet takes differs from each packet's own in at least one hop. The packet
 * contradicts it when one of these hops acts on its digest and the symbols differ. So each packet,
 * whichever path it takes, contradicts with at least the probability that the hop which acts most
 * rarely does so.
 */
#include "pint/decoder.h"

#include <math.h>

static double
probability(uint32_t fraction)
{
	return ldexp(fraction, -32);
}

/* That this hop's symbol is in a copy that arrives: it acts, and no later hop replaces. */
static double
seen(const struct pint_schedule *s, uint32_t hop, uint32_t hops)
{
	double sum = 0, share = 0;

	for (uint32_t layer = 0; layer < s->layers; layer++) {
		double p = probability(s->either[layer][hop]);

		for (uint32_t later = hop + 1; later < hops; later++)
			p *= 1 - probability(s->replace[layer][later]);
		sum += p * (probability(s->share[layer]) - share);
		share = probability(s->share[layer]);
	}
	return sum;
}

void
pint_count_doubt(struct pint_decoder *d)
{
	const struct pint_code *c = &d->code;
	double differs = c->fragments ? 1.0 / c->fragments : 1 - ldexp(1, -c->bits);

	for (uint32_t hops = 1; hops <= PINT_HOPS; hops++) {
		double least = 1;

		for (uint32_t hop = 0; hop < hops; hop++)
			least = fmin(least, seen(&c->schedule, hop, hops));
		d->doubt_bits[hops] = -log2(1 - least * differs) * c->copies;
	}
}

uint32_t
pint_packets_sure(const struct pint_decoder *d, uint32_t hops, uint32_t contradictions)
{
	double bits = d->options.confidence + 2 * log2(contradictions + 1.0);

	return (uint32_t)fmin(ceil(bits / d->doubt_bits[hops]), UINT32_MAX);
}

bool
pint_flow_is_sure(const struct pint_decoder *d, const struct pint_flow *f)
{
	return f->known && f->next_or_agreed >= pint_packets_sure(d, f->hops, f->contradictions);
}
