#include "base/vec.h"

#include <string.h>

#include "base/diag.h"

void *
vec_grow(struct arena *a, void *old, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t wanted = *cap ? *cap * 2 : 8;
	void *v;

	if (wanted <= *cap)
		bug("a vector of more than %u elements", *cap);
	v = arena_alloc(a, (size_t)wanted * size);
	if (n)
		memcpy(v, old, (size_t)n * size);
	*cap = wanted;
	return v;
}
