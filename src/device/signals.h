/* signals.h - when a switch had no packets, as far as its signals tell (docs/bmv2.md). The first packet of an epoch sends a signal with the
 * epoch's number and that of the signal before it, so that a missing one is noticed: then nothing is known of the time up to now.
 * Numbers are those of the switch: epochs count from 1, 0 is none. */
#ifndef DEVICE_SIGNALS_H
#define DEVICE_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#define SIGNALS_KEPT 1024 /* epochs that had packets and may not have been read yet */

struct signals {
	uint64_t window_ns;
	uint64_t last;	/* number of the last signal */
	bool is_new;	/* the last signal may still be on its way */
	bool is_broken; /* signals are missing: signals_begin again */
	uint64_t from;	/* ns: of what arrived before nothing is known */
	uint64_t epochs[SIGNALS_KEPT]; /* that had packets since `from`, ascending: from 0 */
	uint32_t n;
};

/* From `now` (ns, the switch's clock) on, when the switch's last signal was `last`, which was asked for before. */
void signals_begin(struct signals *s, uint64_t now, uint64_t last);
void signals_take(struct signals *s, uint64_t number, uint64_t before);
/* Nothing arrived in [*from, *to), for all that has been heard. */
void signals_quiet(const struct signals *s, uint64_t *ret_from, uint64_t *ret_to);
/* What ended by then has been read, or will be with what follows. */
void signals_done(struct signals *s, uint64_t until);

#endif
