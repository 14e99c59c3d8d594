/* run_burst.h - the packets of a run many at a time, where that has the results of one by one. */
#ifndef UI_RUN_BURST_H
#define UI_RUN_BURST_H

#include "ui/ports.h"
#include "ui/progress.h"
#include "ui/session.h"

#define RUN_POLL_EVERY 16 /* packets between two looks at the rings */

struct run_burst {
	struct session *s;
	struct ports *ports;
	struct progress *progress;
	int error; /* -errno of the device */
};

bool run_burst_fits(const struct session *s, bool is_traced);
/* Pushes all packets through, until they end or something fails. */
void run_burst_drive(struct run_burst *b);

#endif
