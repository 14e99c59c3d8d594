/* flows.h - who sends how much to whom, and when: sizes drawn from published distributions, arrivals as a Poisson process of each
 * host, destinations evenly among all others. The same numbers on every machine. */
#ifndef NET_FLOWS_H
#define NET_FLOWS_H

#include "base/random.h"
#include "base/str.h"

/* A distribution: `permille` of all flows have at most `bytes`, with straight lines between marks, from 0 on. */
struct flow_mark {
	uint32_t bytes, permille;
};

struct flow_sizes {
	const char *name;
	struct flow_mark marks[20];
	uint32_t n;
};

/* "websearch" or "hadoop"; NULL, and *ret_nearest (empty: none) for a message. */
const struct flow_sizes *flow_sizes_find(struct str name, struct str *ret_nearest);
/* Times 2000, which makes it whole. */
uint64_t flow_sizes_mean_2000(const struct flow_sizes *s);
uint64_t flow_sizes_draw(const struct flow_sizes *s, struct random *r);

struct flow {
	uint64_t start_ps, bytes;
	uint32_t id;	   /* in order of starting, from 0 */
	uint32_t from, to; /* hosts, from 0; different ones */
};

struct flows {
	const struct flow_sizes *sizes;
	struct random random;
	uint32_t hosts, n;
	uint64_t wait_ps; /* the mean between two flows of the network */
	uint64_t now_ps, until_ps;
};

/* `load_permille` of `rate_bps` is payload that each host sends, on average; at least two hosts. */
void flows_init(struct flows *f, const struct flow_sizes *sizes, uint32_t hosts, uint64_t rate_bps, uint32_t load_permille,
		uint64_t until_ps, uint64_t seed);
/* False: the next one starts after `until_ps`. */
bool flows_next(struct flows *f, struct flow *ret);

#endif
