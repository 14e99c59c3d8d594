/* unit.h - cmocka with the headers that it wants, and a small generator of random numbers. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* splitmix64: the same numbers in every run. */
static inline uint64_t
unit_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

#define assert_str(s, text)                                      \
	do {                                                     \
		struct str unit_s_ = (s);                        \
		assert_int_equal(unit_s_.n, strlen(text));       \
		assert_memory_equal(unit_s_.p, text, unit_s_.n); \
	} while (0)

#endif
