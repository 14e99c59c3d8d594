/* random.h - random numbers that are the same on every machine (xoshiro256**). */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t s[4];
};

/* Different streams of one seed are independent of each other. */
void random_init(struct random *r, uint64_t seed, uint64_t stream);
uint64_t random_u64(struct random *r);
/* 0 .. n-1; n must not be 0. */
uint64_t random_below(struct random *r, uint64_t n);
/* True in `percent` of 100 cases. */
bool random_percent(struct random *r, uint32_t percent);
/* An exponentially distributed number with mean 1, times 2^32. */
uint64_t random_exponential(struct random *r);

#endif
