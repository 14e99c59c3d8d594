/* memory.h - the switch's memory: zeroed, and the process stops with a message when there is none. Used when a
 * switch is set up or changed, never per packet. free() gives it back. */
#ifndef SWITCH_MEMORY_H
#define SWITCH_MEMORY_H

#include <stddef.h>

/* Address space for what may become large: pages come when they are first used, huge ones beyond the first 2 MB where the system
 * has them. sw_release wants the same number of bytes; NULL is fine. */
void *sw_reserve(size_t bytes);
void sw_release(void *p, size_t bytes);
/* Memory that will be used from end to end: huge pages from the first on, where there is much of it; *bytes becomes what sw_release wants. */
void *sw_reserve_whole(size_t *bytes);
/* `p` with room for `count` objects; those beyond `old` are zeroed. */
void *sw_grow(void *p, size_t old, size_t count, size_t size);
void *sw_dup(const void *p, size_t size);

#endif
