#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void
alloc_failed(void)
{
	fputs("packetscope: out of memory\n", stderr);
	exit(1);
}

void *
alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		alloc_failed();
	return p;
}

void *
alloc_again(void *old, size_t n, size_t size)
{
	bool fits = !size || n <= SIZE_MAX / size;
	void *p = fits ? realloc(old, n && size ? n * size : 1) : NULL;

	if (!p)
		alloc_failed();
	return p;
}
