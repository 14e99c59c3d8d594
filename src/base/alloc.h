/* alloc.h - memory from the heap, for what grows while it runs (the compiler's comes from an arena). Where there is none left the
 * process ends, with a word and status 1: nobody could go on. The caller frees with free(). */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/* Zeroed. */
void *alloc(size_t n, size_t size);
/* `old`, which may be NULL, with room for `n`; what is new is not zeroed. */
void *alloc_again(void *old, size_t n, size_t size);
/* "packetscope: out of memory" */
_Noreturn void alloc_failed(void);

#endif
