#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Under AddressSanitizer every object gets a chunk of its own that ends where the object ends, so that overruns by a single byte are seen. */
#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_SIZE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_SIZE 0
#endif
#endif
#ifndef CHUNK_SIZE
#define CHUNK_SIZE ((size_t)64 * 1024)
#endif
/* The first chunk is small: many arenas live for one number or one command only, and all of a chunk is cleared. */
#define FIRST_SIZE (CHUNK_SIZE / 32)
#define ALIGN ((size_t)16)
#define GRAIN (CHUNK_SIZE ? ALIGN : 1)

struct chunk {
	struct chunk *next;
	size_t used, cap; /* of the bytes after this header */
};

_Static_assert(sizeof(struct chunk) <= 2 * ALIGN, "chunk header fits its slot");
#define HEADER (2 * ALIGN)

struct arena {
	struct chunk *head; /* the one allocated from; older and large ones follow */
	size_t used;
};

static struct chunk *
chunk_make(size_t cap)
{
	struct chunk *c = cap > SIZE_MAX / 2 ? NULL : calloc(1, HEADER + cap);

	if (!c)
		alloc_failed();
	c->cap = cap;
	return c;
}

struct arena *
arena_make(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		alloc_failed();
	return a;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

/* The largest chunk is kept; if each object has its own, none. */
void
arena_reset(struct arena *a)
{
	struct chunk *kept = CHUNK_SIZE ? a->head : NULL;

	for (struct chunk *c = kept; c; c = c->next)
		kept = c->cap > kept->cap ? c : kept;
	for (struct chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		if (c != kept)
			free(c);
	}
	if (kept) {
		memset((char *)kept + HEADER, 0, kept->used);
		kept->used = 0;
		kept->next = NULL;
	}
	a->head = kept;
	a->used = 0;
}

/* A chunk for `size` bytes. One much larger than usual goes behind the head, which then stays in
 * use for small objects. */
static struct chunk *
chunk_for(struct arena *a, size_t size)
{
	size_t usual = a->head ? CHUNK_SIZE : FIRST_SIZE;
	struct chunk *c;

	if (a->head && a->head->cap - a->head->used >= size)
		return a->head;
	c = chunk_make(size > usual / 4 ? size : usual);
	if (a->head && c->cap == size) {
		c->next = a->head->next;
		a->head->next = c;
	} else {
		c->next = a->head;
		a->head = c;
	}
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c;
	void *p;

	if (size > SIZE_MAX / 2)
		alloc_failed();
	size = size ? (size + GRAIN - 1) & ~(GRAIN - 1) : GRAIN;
	c = chunk_for(a, size);
	p = (char *)c + HEADER + c->used;
	c->used += size;
	a->used += size;
	return p;
}

void *
arena_copy(struct arena *a, const void *p, size_t size)
{
	void *q = arena_alloc(a, size);

	if (size)
		memcpy(q, p, size);
	return q;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
