#include "switch/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE ((size_t)4096)
#define SMALL ((size_t)64 << 10) /* less comes from the heap */

static bool
is_mapped(size_t bytes)
{
	return bytes >= SMALL;
}

/* `bytes` of a mapping that is larger by a huge page, from a huge page's border on; the rest goes back. Beyond `small` bytes it may be huge pages. */
static void *
trim(uint8_t *p, size_t bytes, size_t small)
{
	size_t before = -(uintptr_t)p % HUGE_PAGE;

	if (before)
		munmap(p, before);
	if (before < HUGE_PAGE)
		munmap(p + before + bytes, HUGE_PAGE - before);
	madvise(p + before + small, bytes - small, MADV_HUGEPAGE);
	return p + before;
}

static size_t
pages(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static void *
map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		alloc_failed();
	return p;
}

void *
sw_reserve(size_t bytes)
{
	if (!is_mapped(bytes))
		return alloc(bytes, 1);
	bytes = pages(bytes);
	return bytes > 2 * HUGE_PAGE ? trim(map(bytes + HUGE_PAGE), bytes, HUGE_PAGE) : map(bytes);
}

void *
sw_reserve_whole(size_t *bytes)
{
	if (*bytes < HUGE_PAGE / 2)
		return sw_reserve(*bytes);
	*bytes = (*bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	return trim(map(*bytes + HUGE_PAGE), *bytes, 0);
}

void
sw_release(void *p, size_t bytes)
{
	if (p && is_mapped(bytes))
		munmap(p, pages(bytes));
	else
		free(p);
}

void *
sw_grow(void *p, size_t old, size_t count, size_t size)
{
	p = alloc_again(p, count, size);
	if (count > old)
		memset((char *)p + old * size, 0, (count - old) * size);
	return p;
}

void *
sw_dup(const void *p, size_t size)
{
	void *copy = alloc(size, 1);

	if (size)
		memcpy(copy, p, size);
	return copy;
}
