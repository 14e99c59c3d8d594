/* gen_random.h - random numbers that are the same on every machine (xoshiro256**). */
#ifndef UI_GEN_RANDOM_H
#define UI_GEN_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct gen_random {
	uint64_t s[4];
};

/* Different streams of one seed are independent of each other. */
void gen_random_init(struct gen_random *r, uint64_t seed, uint64_t stream);
uint64_t gen_random_u64(struct gen_random *r);
/* 0 .. n-1; n must not be 0. */
uint64_t gen_random_below(struct gen_random *r, uint64_t n);
/* True in `percent` of 100 cases. */
bool gen_random_percent(struct gen_random *r, uint32_t percent);
/* An exponentially distributed number with mean 1, times 2^32. */
uint64_t gen_random_exponential(struct gen_random *r);

#endif
