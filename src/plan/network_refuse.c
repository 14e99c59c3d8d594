/* network_refuse.c - why queries over network() don't fit their budget: the fewest of them that already don't, and how many bits would do. And
 * why one does not fit its space. */

#include "packetscope/pint_values.h"
#include "plan/network_inside.h"

struct refusal {
	struct arena *a;
	const struct ir_network *n;
	const struct plan_network_need *needs;
	bool out[IR_NETWORK_QUERIES]; /* left out of the question */
};

static bool
fits(const struct refusal *r, uint32_t budget)
{
	struct plan_network_need needs[IR_NETWORK_QUERIES];
	struct plan_network_mix mix[PLAN_NETWORK_MIX];
	uint32_t n = 0;

	for (uint32_t q = 0; q < r->n->queries.n; q++)
		if (!r->out[q])
			needs[n++] = r->needs[q];
	return !n || plan_network_mix(r->a, needs, n, budget, mix) > 0;
}

/* "0.25 of the packets" */
static struct str
share_text(struct arena *a, uint64_t share)
{
	return share == UINT64_C(1) << 32 ? STR("all packets") : str_fmt(a, "%.4g of the packets", (double)share / 4294967296.0);
}

/* What a query asks of a packet's bits on average. */
static double
average(const struct refusal *r, uint32_t q)
{
	return r->needs[q].bits * ((double)r->needs[q].share / 4294967296.0);
}

static struct str
list(const struct refusal *r, double *sum)
{
	struct str text = STR_NONE;

	*sum = 0;
	for (uint32_t q = 0; q < r->n->queries.n; q++) {
		if (r->out[q])
			continue;
		text = str_fmt(r->a, "%.*s%s'%.*s' %u bits in %.*s", STRA(text), text.n ? ", " : "", STRA(r->n->queries.v[q]->name),
			       r->needs[q].bits, STRA(share_text(r->a, r->needs[q].share)));
		*sum += average(r, q);
	}
	return text;
}

/* Leaves out what isn't to blame, the first ones last: the place that is told is the last query's. */
static uint32_t
find_fewest(struct refusal *r)
{
	uint32_t last = 0;

	for (uint32_t q = 0; q < r->n->queries.n; q++) {
		r->out[q] = true;
		if (fits(r, r->n->budget))
			r->out[q] = false;
	}
	for (uint32_t q = 0; q < r->n->queries.n; q++)
		last = r->out[q] ? last : q;
	return last;
}

void
plan_network_refuse(struct arena *a, struct diags *d, const struct ir_network *n, const struct plan_network_need *needs)
{
	struct refusal r = { .a = a, .n = n, .needs = needs };
	uint32_t last = find_fewest(&r), enough = n->budget + 1;
	double sum;
	struct str all = list(&r, &sum);

	while (enough <= IR_NETWORK_BITS && !fits(&r, enough))
		enough++;
	diag_error(d, n->queries.v[last]->frequency_at.end ? n->queries.v[last]->frequency_at : n->queries.v[last]->at,
		   "the budget of %u bits a packet is too small: %.*s", n->budget, STRA(all));
	if (sum > n->budget)
		diag_hint(d, "on average that is %.4g bits in each packet, %.4g more than there are", sum, sum - n->budget);
	else
		diag_hint(d, "on average %.4g bits would do, but they don't fit together in packets", sum);
	if (enough <= IR_NETWORK_BITS)
		diag_hint(d, "a budget of %u bits is enough for these, %u more; or ask for fewer bits or lower frequencies", enough,
			  enough - n->budget);
	else
		diag_hint(d, "no budget (at most 32 bits) is enough: ask for fewer bits or lower frequencies");
}

bool
plan_network_has_space(struct diags *d, const struct ir_net_query *q)
{
	struct pint_recording r;

	if (q->kind != IR_NET_QUANTILE || !q->space || pint_recording_make(&r, q->bits, 1, 0, (size_t)q->space))
		return true;
	diag_error(d, q->space_at, "'%.*s' has no room for the values of a single hop: codes of %u bits take at least %zu bytes", STRA(q->name),
		   q->bits, r.bytes);
	return false;
}
