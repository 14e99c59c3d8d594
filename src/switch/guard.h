/* guard.h - while a packet is parsed, the bytes before and behind it are out of bounds. AddressSanitizer, which knows nothing of
 * packets in a buffer, is told so; in other builds nothing is done. */
#ifndef SWITCH_GUARD_H
#define SWITCH_GUARD_H

#include "switch/internal.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SW_GUARDED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(SW_GUARDED)
#define SW_GUARDED
#endif
#ifdef SW_GUARDED
#include <sanitizer/asan_interface.h>
#endif

static inline void
sw_guard(const struct slot *s)
{
#ifdef SW_GUARDED
	const uint8_t *after = s->pkt.data + s->pkt.len, *end = s->buffer + PS_HEADROOM + PS_MAX_PACKET;

	ASAN_POISON_MEMORY_REGION(s->buffer, (size_t)(s->pkt.data - s->buffer));
	ASAN_POISON_MEMORY_REGION(after, (size_t)(end - after));
#else
	(void)s;
#endif
}

static inline void
sw_unguard(const struct slot *s)
{
#ifdef SW_GUARDED
	ASAN_UNPOISON_MEMORY_REGION(s->buffer, PS_HEADROOM + PS_MAX_PACKET);
#else
	(void)s;
#endif
}

#endif
