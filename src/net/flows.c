#include "net/flows.h"

__extension__ typedef unsigned __int128 u128;

/* What Alibaba's HPCC and its followers simulate: of the DCTCP paper (2010) and of Facebook's (2015). */
static const struct flow_sizes sizes[] = {
	{ "websearch",
	  { { 10000, 150 }, { 20000, 200 }, { 30000, 300 }, { 50000, 400 }, { 80000, 530 }, { 200000, 600 },
	    { 1000000, 700 }, { 2000000, 800 }, { 5000000, 900 }, { 10000000, 970 }, { 30000000, 1000 } },
	  11 },
	{ "hadoop",
	  { { 100, 10 }, { 200, 20 }, { 300, 50 }, { 350, 150 }, { 400, 200 }, { 500, 300 }, { 600, 400 },
	    { 700, 500 }, { 1000, 600 }, { 2000, 670 }, { 7000, 700 }, { 30000, 720 }, { 50000, 820 }, { 80000, 870 },
	    { 120000, 900 }, { 300000, 950 }, { 1000000, 975 }, { 2000000, 990 }, { 10000000, 1000 } },
	  19 },
};

#define NSIZES (sizeof(sizes) / sizeof(sizes[0]))

const struct flow_sizes *
flow_sizes_find(struct str name, struct str *ret_nearest)
{
	struct str names[NSIZES];

	for (size_t i = 0; i < NSIZES; i++) {
		if (str_is(name, sizes[i].name))
			return &sizes[i];
		names[i] = str_from(sizes[i].name);
	}
	*ret_nearest = str_nearest(name, names, NSIZES);
	return NULL;
}

uint64_t
flow_sizes_mean_2000(const struct flow_sizes *s)
{
	struct flow_mark last = { 0, 0 };
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		sum += ((uint64_t)last.bytes + s->marks[i].bytes) * (s->marks[i].permille - last.permille);
		last = s->marks[i];
	}
	return sum;
}

uint64_t
flow_sizes_draw(const struct flow_sizes *s, struct random *r)
{
	uint64_t at = random_below(r, UINT64_C(1000) << 32), bytes;
	const struct flow_mark *m = s->marks;
	struct flow_mark last = { 0, 0 };

	for (; at >= (uint64_t)m->permille << 32; m++)
		last = *m;
	at -= (uint64_t)last.permille << 32;
	bytes = last.bytes + (uint64_t)((u128)at * (m->bytes - last.bytes) / (m->permille - last.permille) >> 32);
	return bytes ? bytes : 1;
}

void
flows_init(struct flows *f, const struct flow_sizes *s, uint32_t hosts, uint64_t rate_bps, uint32_t load_permille,
	   uint64_t until_ps, uint64_t seed)
{
	/* mean / (load * rate * hosts): bits and picoseconds in 10^12 * 8, the mean in 2000ths, the load in 1000ths */
	u128 above = (u128)flow_sizes_mean_2000(s) * 8 * 1000000000000u * 1000;
	u128 below = (u128)2000 * load_permille * rate_bps * hosts;

	*f = (struct flows){ .sizes = s, .hosts = hosts, .wait_ps = (uint64_t)(above / below), .until_ps = until_ps };
	random_init(&f->random, seed, 0);
}

bool
flows_next(struct flows *f, struct flow *ret)
{
	f->now_ps += (uint64_t)((u128)random_exponential(&f->random) * f->wait_ps >> 32);
	if (f->now_ps > f->until_ps)
		return false;
	ret->id = f->n++;
	ret->start_ps = f->now_ps;
	ret->from = (uint32_t)random_below(&f->random, f->hosts);
	ret->to = (uint32_t)random_below(&f->random, f->hosts - 1);
	ret->to += ret->to >= ret->from;
	ret->bytes = flow_sizes_draw(f->sizes, &f->random);
	return true;
}
