#include "switch/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

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
sw_alloc_large(size_t count, size_t size)
{
	size_t bytes = count * size;
	void *p;

	if (bytes < 2 * HUGE_PAGE)
		return sw_alloc(count, size);
	bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	p = aligned_alloc(HUGE_PAGE, bytes);
	if (!p)
		exhausted();
	madvise(p, bytes, MADV_HUGEPAGE);
	memset(p, 0, bytes);
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
