/* slowdown.h - how much longer flows took than they would alone, by size: as many flows in each bucket, shortest flows first. */
#ifndef NET_SLOWDOWN_H
#define NET_SLOWDOWN_H

#include "net/fabric.h"

#define SLOWDOWN_BUCKETS 20

/* A slowdown is the time taken over the time alone, and never less than 1. */
struct slowdown_bucket {
	uint64_t bytes; /* of the longest flow */
	uint32_t flows;
	double mean, p50, p95, p99;
	double goodput_bps; /* of its flows, on average: bytes over time */
};

struct slowdown {
	struct slowdown_bucket buckets[SLOWDOWN_BUCKETS]; /* empty ones where there are fewer flows */
	struct slowdown_bucket all;
	double mean_ps; /* that flows took */
};

struct slowdown slowdown_make(struct arena *a, const struct fabric *f);

#endif
