/* cycles.h - the finest clock of this machine: its counter of cycles where there is one, else nanoseconds. */
#ifndef FIGURES_CYCLES_H
#define FIGURES_CYCLES_H

#include "base/clock.h"

#if defined(__x86_64__)
#define CYCLES_UNIT "cycles"
static inline uint64_t
cycles_now(void)
{
	return __builtin_ia32_rdtsc();
}
#else
#define CYCLES_UNIT "ns"
static inline uint64_t
cycles_now(void)
{
	return clock_now();
}
#endif

#endif
