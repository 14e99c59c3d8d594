/* arena.h - memory by lifetime: everything allocated from an arena dies with it.
 *
 * The compiler uses one arena per compilation and scratch arenas per pass. Allocation never
 * fails (the process stops with a message when memory is exhausted) and there is no free of
 * single objects. All memory comes back zeroed and aligned to 16 bytes.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct arena *arena_make(void);
void arena_free(struct arena *a);
/* Everything allocated so far dies, but the memory stays with the arena for what comes next. */
void arena_reset(struct arena *a);

/* Zeroed memory of `size` bytes that lives as long as `a`. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of `size` bytes at `p`. */
void *arena_copy(struct arena *a, const void *p, size_t size);

/* Bytes handed out so far (for benchmarks and limits). */
size_t arena_used(const struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

#endif
