#include "net/reno.h"

#define FIRST_WINDOW (10.0 * RENO_SEGMENT)
#define DUPLICATES 3 /* that mean a loss */

void
reno_begin(struct reno *r)
{
	*r = (struct reno){ .window = FIRST_WINDOW, .threshold = 1e18 };
}

static double
half_of(uint64_t bytes)
{
	double half = (double)bytes / 2;

	return half > 2 * RENO_SEGMENT ? half : 2 * RENO_SEGMENT;
}

/* New bytes are acknowledged while losses are made good. */
static void
recover(struct reno *r, uint64_t bytes, uint64_t acked)
{
	if (acked >= r->recover) {
		r->window = r->threshold;
		r->in_recovery = false;
		return;
	}
	r->resends = true;
	r->window += RENO_SEGMENT - (double)bytes;
	if (r->window < RENO_SEGMENT)
		r->window = RENO_SEGMENT;
}

static void
grow(struct reno *r, uint64_t bytes)
{
	if (r->window < r->threshold)
		r->window += bytes < RENO_SEGMENT ? (double)bytes : RENO_SEGMENT;
	else
		r->window += RENO_SEGMENT * (RENO_SEGMENT / r->window);
}

static void
duplicate(struct reno *r, uint64_t acked, uint64_t sent)
{
	if (r->in_recovery) {
		r->window += RENO_SEGMENT;
		return;
	}
	if (++r->duplicates != DUPLICATES || acked < r->recover)
		return;
	r->threshold = half_of(sent - acked);
	r->window = r->threshold + DUPLICATES * RENO_SEGMENT;
	r->recover = sent;
	r->in_recovery = r->resends = true;
}

void
reno_ack(struct reno *r, uint64_t before, uint64_t acked, uint64_t sent)
{
	if (acked == before) {
		if (sent > acked)
			duplicate(r, acked, sent);
		return;
	}
	r->duplicates = 0;
	if (r->in_recovery)
		recover(r, acked - before, acked);
	else
		grow(r, acked - before);
}

void
reno_timeout(struct reno *r, uint64_t acked, uint64_t sent)
{
	r->threshold = half_of(sent - acked);
	r->window = RENO_SEGMENT;
	r->recover = sent;
	r->duplicates = 0;
	r->in_recovery = r->resends = false;
}
