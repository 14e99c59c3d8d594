#include "net/hpcc.h"

#include <string.h>

struct hpcc_rules
hpcc_rules(uint64_t line_bps, uint32_t period_ns)
{
	double line = (double)line_bps;

	return (struct hpcc_rules){ .line_bps = line,
				    .ai_bps = line / 2000,
				    .min_bps = line / 100,
				    .eta = 0.95,
				    .window = line * period_ns / 8e9 };
}

void
hpcc_begin(struct hpcc *h, const struct hpcc_rules *r)
{
	*h = (struct hpcc){ .rate = r->line_bps, .committed = r->line_bps };
}

/* A link's utilisation between two records of it; *ret_ns is the time between. */
static double
link_use(uint64_t before, uint64_t after, const struct feedback *f, uint32_t *ret_ns)
{
	struct feedback_record a = feedback_record(before), b = feedback_record(after);
	uint32_t ns = (b.time - a.time) & ((1u << FEEDBACK_TIME_BITS) - 1);
	uint32_t sent = (b.sent - a.sent) & ((1u << FEEDBACK_SENT_BITS) - 1);
	double bytes_per_ns = (double)b.rate_bps / 8e9;
	double queued = (double)(a.queued < b.queued ? a.queued : b.queued) * FEEDBACK_QUEUED_UNIT;

	*ret_ns = ns;
	if (!ns)
		return 0;
	return (double)sent * FEEDBACK_SENT_UNIT / ns / bytes_per_ns + queued / (bytes_per_ns * f->period_ns);
}

/* U: the busiest link's, averaged over about a round trip. */
static double
path_use(const struct hpcc *h, const struct feedback *f, const struct feedback_note *n)
{
	double most = 0, share;
	uint32_t most_ns = 0, ns;

	for (uint32_t i = 0; i < n->hops; i++) {
		double u = link_use(h->records[i], n->records[i], f, &ns);

		if (u > most) {
			most = u;
			most_ns = ns;
		}
	}
	share = most_ns < f->period_ns ? (double)most_ns / f->period_ns : 1;
	return h->use * (1 - share) + most * share;
}

static void
set_rate(struct hpcc *h, const struct hpcc_rules *r, double use, bool commits)
{
	double c = use / r->eta, rate;
	bool is_step_up = c < 1 && h->stage < r->max_stage;

	rate = is_step_up ? h->committed + r->ai_bps : h->committed / c + r->ai_bps;
	rate = rate < r->min_bps ? r->min_bps : rate > r->line_bps ? r->line_bps : rate;
	h->rate = rate;
	if (commits) {
		h->committed = rate;
		h->stage = is_step_up ? h->stage + 1 : 0;
	}
}

void
hpcc_ack(struct hpcc *h, const struct hpcc_rules *r, const struct feedback *f, const struct feedback_note *n, uint64_t acked,
	 uint64_t sent)
{
	bool is_first = !h->has_begun, commits = is_first || acked > h->last_update;

	if (!n->is_carried)
		return;
	h->has_begun = true;
	if (!is_first) {
		h->use = f->kind == FEEDBACK_INT ? path_use(h, f, n) : feedback_use(f, n);
		set_rate(h, r, h->use, commits);
	}
	if (f->kind == FEEDBACK_INT)
		memcpy(h->records, n->records, sizeof(h->records));
	if (commits)
		h->last_update = sent;
}

double
hpcc_window(const struct hpcc *h, const struct hpcc_rules *r)
{
	return r->window * h->rate / r->line_bps;
}
