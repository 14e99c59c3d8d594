#include "ui/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define LOOK_EVERY 256 /* packets */

void
progress_start(struct progress *p)
{
	*p = (struct progress){ .of = p->of, .wanted = isatty(STDERR_FILENO), .started = clock_now(), .countdown = LOOK_EVERY };
	p->last = p->started + 900000000u;
}

void
progress_tick(struct progress *p, uint64_t packets, uint64_t time_ns)
{
	uint64_t t;

	if (!p->wanted || --p->countdown)
		return;
	p->countdown = LOOK_EVERY;
	t = clock_now();
	if (t < p->last + 100000000u)
		return;
	p->last = t;
	p->shown = true;
	fprintf(stderr, "\r%.*f s of %s, %llu packets, %.0f packets/s \033[K", p->of ? 3 : 1, (double)time_ns / 1e9, p->of ? p->of : "the capture",
		(unsigned long long)packets, (double)packets / ((double)(t - p->started) / 1e9));
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r\033[K");
	p->shown = false;
}
