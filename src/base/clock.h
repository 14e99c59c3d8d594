/* clock.h - the system's clocks in nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of the clock that nobody sets, since some moment in the past. */
static inline uint64_t
clock_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

#endif
