/* signals.h - when a switch had no packets, as far as its signals tell (docs/bmv2.md). The first packet of an epoch sends a signal with the
 * epoch's number and its own, so that a missing one is noticed: then nothing is known of the time up to now.
 * Both count from 1. */
#ifndef DEVICE_SIGNALS_H
#define DEVICE_SIGNALS_H

#include "device/device.h"

#define SIGNALS_KEPT 255 /* epochs that had packets and may not have been read yet */

struct signals {
	uint64_t window_ns;
	uint64_t last;	/* number of the last signal */
	bool is_broken; /* signals are missing: signals_begin again */
	uint64_t from;	/* ns: of what arrived before nothing is known */
	uint64_t epochs[SIGNALS_KEPT]; /* that had packets since `from`, ascending: from 0 */
	uint32_t n;
};

/* From `now` (ns, the switch's clock) on, when the switch's last signal was `last`, which was asked for before. */
void signals_begin(struct signals *s, uint64_t now, uint64_t last);
void signals_take(struct signals *s, uint64_t epoch, uint64_t count);
/* When nothing arrived, for all that has been heard: up to SIGNALS_KEPT + 1 gaps, of which the last has no end yet. How many; 0 when signals are missing. */
uint32_t signals_gaps(const struct signals *s, struct device_gap *ret);
/* What ended by then has been read. */
void signals_done(struct signals *s, uint64_t until);

#endif
