#include "device/signals.h"

#include <string.h>

void
signals_begin(struct signals *s, uint64_t now, uint64_t last)
{
	s->last = last;
	s->is_broken = false;
	s->from = (now / s->window_ns + 1) * s->window_ns;
	s->n = 0;
}

/* In its place, once. */
static void
add(struct signals *s, uint64_t epoch)
{
	uint32_t i = s->n;

	while (i > 0 && s->epochs[i - 1] > epoch)
		i--;
	if (i > 0 && s->epochs[i - 1] == epoch)
		return;
	if (s->n == SIGNALS_KEPT) {
		s->is_broken = true;
		return;
	}
	memmove(&s->epochs[i + 1], &s->epochs[i], (s->n - i) * sizeof(s->epochs[0]));
	s->epochs[i] = epoch;
	s->n++;
}

void
signals_take(struct signals *s, uint64_t epoch, uint64_t count)
{
	if (count != s->last + 1 || !epoch || epoch > INT64_MAX / s->window_ns)
		s->is_broken = true;
	s->last = count;
	if (!s->is_broken && (epoch - 1) * s->window_ns >= s->from)
		add(s, epoch - 1);
}

uint32_t
signals_gaps(const struct signals *s, struct device_gap *ret)
{
	uint64_t from = s->from;

	if (s->is_broken)
		return 0;
	for (uint32_t i = 0; i < s->n; i++) {
		ret[i] = (struct device_gap){ from, s->epochs[i] * s->window_ns };
		from = ret[i].to + s->window_ns;
	}
	ret[s->n] = (struct device_gap){ from, UINT64_MAX };
	return s->n + 1;
}

void
signals_done(struct signals *s, uint64_t until)
{
	uint32_t done = 0;

	while (done < s->n && (s->epochs[done] + 1) * s->window_ns <= until)
		s->from = (s->epochs[done++] + 1) * s->window_ns;
	s->n -= done;
	memmove(s->epochs, s->epochs + done, s->n * sizeof(s->epochs[0]));
}
