/* vec.h - growable arrays in an arena. `VEC(T) name;` declares one; zeroed memory is an empty one.
 * Old storage is left to the arena when a vector grows. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdint.h>

#include "base/arena.h"

#define VEC(T)                   \
	struct {                 \
		T *v;            \
		uint32_t n, cap; \
	}

/* Appends one element. */
#define vec_push(a, vec, ...)                                                                 \
	do {                                                                                  \
		__typeof__((vec)->v[0]) vec_item_ = (__VA_ARGS__);                            \
		if ((vec)->n == (vec)->cap)                                                   \
			(vec)->v = vec_grow((a), (vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v)); \
		(vec)->v[(vec)->n++] = vec_item_;                                             \
	} while (0)

/* Inserts one element before index i. */
#define vec_insert(a, vec, i, ...)                                                                 \
	do {                                                                                       \
		uint32_t vec_at_ = (i);                                                            \
		if ((vec)->n == (vec)->cap)                                                        \
			(vec)->v =                                                                 \
				vec_grow((a), (vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v)); \
		for (uint32_t vec_k_ = (vec)->n++; vec_k_ > vec_at_; vec_k_--)                     \
			(vec)->v[vec_k_] = (vec)->v[vec_k_ - 1];                                   \
		(vec)->v[vec_at_] = (__VA_ARGS__);                                                 \
	} while (0)

/* Walks the elements: `vec_each(node, &list) use(*node);` with node a pointer to the element. */
#define vec_each(it, vec) \
	for (__typeof__((vec)->v + 0) it = (vec)->v; it && it < (vec)->v + (vec)->n; it++)

void *vec_grow(struct arena *a, void *old, uint32_t n, uint32_t *cap, size_t size);

#endif
