/* rank.h - quantiles by ranks, for whatever tells ranks. */
#ifndef PINT_RANK_H
#define PINT_RANK_H

#include <stdint.h>

/* How many values are <= code; ascends with codes. */
typedef uint64_t pint_rank(const void *of, uint32_t code);

/* The smallest number of values that make phi of n; phi is taken as the nearest that is possible. */
double pint_rank_wanted(uint64_t n, double phi);
/* The smallest code below 2^bits whose rank is at least that. 0 of nothing. */
uint32_t pint_rank_quantile(pint_rank *rank, const void *of, uint32_t bits, uint64_t n, double phi);
/* What isn't exceeded with a probability of 1 - doubt, as a fraction of n. */
double pint_rank_error(double variance, uint64_t n, double doubt);

#endif
