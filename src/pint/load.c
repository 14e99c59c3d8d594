/* load.c - the constants of links' loads: logarithms, and what a byte is of a port's round trip. */
#include "packetscope/pint_values.h"

#include <math.h>

#define ONE (1u << 16)

void
pint_logs_make(struct pint_logs *l)
{
	for (uint32_t i = 0; i < PINT_LOG_STEPS; i++) {
		double middle = (i + 0.5) / PINT_LOG_STEPS;

		l->log[i] = (uint32_t)lround(ONE * log2(1 + middle));
		l->exp[i] = (uint32_t)lround(ONE * exp2(middle));
	}
}

bool
pint_link_make(struct pint_link *l, uint64_t bits_per_second, uint64_t period_ns, uint32_t tick_ns)
{
	const double most = 0x1p40;
	double ticks, bytes, each, limit;

	if (!tick_ns || !period_ns || !bits_per_second)
		return false;
	ticks = fmax(1, round((double)period_ns / tick_ns));
	bytes = (double)bits_per_second / 8 * ticks * tick_ns / 1e9;
	if (ticks > UINT32_MAX || bytes < 2 || bytes > most)
		return false;
	each = 0x1p32 / bytes;
	*l = (struct pint_link){ .period = (uint32_t)ticks,
				 .period_log = (uint32_t)lround(ONE * log2(ticks)) };
	while (round(ldexp(each, (int)l->shift + 1)) < 0x1p24)
		l->shift++;
	l->factor = (uint32_t)round(ldexp(each, (int)l->shift));
	limit = ceil(ldexp((double)PINT_LOAD_MAX, (int)l->shift) / l->factor);
	l->limit = (uint64_t)fmin(limit, most);
	return true;
}
