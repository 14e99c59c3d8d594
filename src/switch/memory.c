#include "switch/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void
exhausted(void)
{
	fputs("packetscope: out of memory\n", stderr);
	exit(1);
}

void *
sw_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		exhausted();
	return p;
}

void *
sw_grow(void *p, size_t old, size_t count, size_t size)
{
	if (count > SIZE_MAX / (size ? size : 1))
		exhausted();
	p = realloc(p, count && size ? count * size : 1);
	if (!p)
		exhausted();
	if (count > old)
		memset((char *)p + old * size, 0, (count - old) * size);
	return p;
}

void *
sw_dup(const void *p, size_t size)
{
	void *copy = sw_alloc(size, 1);

	if (size)
		memcpy(copy, p, size);
	return copy;
}
