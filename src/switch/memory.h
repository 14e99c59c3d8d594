/* memory.h - the switch's memory: zeroed, and the process stops with a message when there is none. Used when a
 * switch is set up or changed, never per packet. free() gives it back. */
#ifndef SWITCH_MEMORY_H
#define SWITCH_MEMORY_H

#include <stddef.h>

void *sw_alloc(size_t count, size_t size);
/* The same for what is large and read at random: on huge pages where there are some. */
void *sw_alloc_large(size_t count, size_t size);
/* `p` with room for `count` objects; those beyond `old` are zeroed. */
void *sw_grow(void *p, size_t old, size_t count, size_t size);
void *sw_dup(const void *p, size_t size);

#endif
