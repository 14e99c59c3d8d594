/* sample.h - samples of measurements. */
#ifndef FIGURES_SAMPLE_H
#define FIGURES_SAMPLE_H

#include <stdint.h>
#include <stdlib.h>

struct sample {
	uint32_t *v;
	uint32_t n;
};

static inline void
sample_add(struct sample *s, uint32_t value)
{
	if (!(s->n & (s->n - 1)))
		s->v = realloc(s->v, (s->n ? 2 * s->n : 1) * sizeof(*s->v));
	if (!s->v)
		abort();
	s->v[s->n++] = value;
}

static inline int
sample_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static inline double
sample_mean(const struct sample *s)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->n; i++)
		sum += s->v[i];
	return sum / s->n;
}

/* Sorts. The smallest value that is at least as large as a share `q` of all. */
static inline uint32_t
sample_quantile(struct sample *s, double q)
{
	qsort(s->v, s->n, sizeof(*s->v), sample_compare);
	return s->v[q < 1 ? (uint32_t)(q * s->n) : s->n - 1];
}

#endif
