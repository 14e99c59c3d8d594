/* progress.h - says on a terminal how far a long run is: after its first second, then ten times a second. */
#ifndef UI_PROGRESS_H
#define UI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *of; /* whose seconds they are; NULL: the capture's. The caller's to set */
	bool wanted, shown;
	uint64_t started, last; /* ns of the monotonic clock */
	uint32_t countdown;	/* packets until the clock is looked at again */
};

void progress_start(struct progress *p);
/* `packets` so far, `time_ns` of the capture since its start. */
void progress_tick(struct progress *p, uint64_t packets, uint64_t time_ns);
/* Wipes the line. */
void progress_end(struct progress *p);

#endif
