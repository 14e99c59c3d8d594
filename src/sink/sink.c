#include "sink/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sink/format.h"

struct sink *
sink_make(FILE *out, const struct sink_format *f, size_t own_size)
{
	struct sink *s = alloc(1, sizeof(*s));

	*s = (struct sink){ .format = f, .out = out, .own = own_size ? alloc(1, own_size) : NULL };
	return s;
}

/* stdio tells of an error only that there was one: errno is of the call that has just returned. */
static void
check(struct sink *s)
{
	if (ferror(s->out) && !s->error)
		s->error = errno ? -errno : -EIO;
}

void
sink_result(struct sink *s, const struct ir_result *r, uint64_t start_ns)
{
	if (s->error)
		return;
	errno = 0;
	s->format->result(s, r, start_ns);
	check(s);
}

void
sink_switch(struct sink *s, const struct sink_totals *t)
{
	if (s->error)
		return;
	errno = 0;
	s->format->totals(s, t);
	check(s);
}

void
sink_figures(struct sink *s, const struct sink_figure *v, uint32_t n)
{
	if (s->error || !s->format->figures)
		return;
	errno = 0;
	s->format->figures(s, v, n);
	check(s);
}

void
sink_flush(struct sink *s)
{
	errno = 0;
	if (!s->error && s->format->flush)
		s->format->flush(s);
	if (!s->error && fflush(s->out))
		s->error = errno ? -errno : -EIO;
}

int
sink_error(const struct sink *s)
{
	return s->error;
}

int
sink_finish(struct sink *s)
{
	int error;

	errno = 0;
	if (s->format->finish)
		s->format->finish(s);
	check(s);
	sink_flush(s);
	error = s->error;
	free(s->own);
	free(s);
	return error;
}

/* The clock of a forged capture can't make times wrap. */
static uint64_t
time_of(uint64_t start_ns, uint64_t epochs, uint64_t window_ns)
{
	ir_u128 t = (ir_u128)epochs * window_ns + start_ns;

	return t > UINT64_MAX ? UINT64_MAX : (uint64_t)t;
}

uint64_t
sink_epoch_start(const struct ir_result *r, uint64_t start_ns)
{
	return time_of(start_ns, r->epoch, r->query->window_ns);
}

uint64_t
sink_epoch_end(const struct ir_result *r, uint64_t start_ns)
{
	uint64_t start = sink_epoch_start(r, start_ns);

	return time_of(start, 1, r->query->window_ns);
}

bool
sink_complete(const struct ir_result *r)
{
	return !r->info.late && !r->info.lost_tuples && !r->info.unnamed &&
	       !r->info.in_flight && !r->info.crowded;
}

void
sink_reason(FILE *out, const struct ir_result *r)
{
	if (r->info.restarted)
		fputs("the switch restarted before its rows were read", out);
	else if (r->info.lost_tuples)
		fprintf(out, "%" PRIu64 " tuple%s overwritten before %s read", r->info.lost_tuples,
			r->info.lost_tuples == 1 ? " was" : "s were",
			r->info.lost_tuples == 1 ? "it was" : "they were");
	else if (r->info.late)
		fputs("closed too late: its rows may have been reclaimed", out);
	else if (r->info.in_flight)
		fprintf(out, "open, %" PRIu64 " in flight", r->info.in_flight);
	else if (r->info.crowded)
		fprintf(out, "%" PRIu64 " packet%s of flows for which there was no room", r->info.crowded, r->info.crowded == 1 ? "" : "s");
	else if (r->info.unnamed)
		fprintf(out, "%" PRIu64 " lost packet%s could not be named: more than the capacity were lost; "
			"the counts hold", r->info.unnamed, r->info.unnamed == 1 ? "" : "s");
}
