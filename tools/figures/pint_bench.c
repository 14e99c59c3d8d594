/* pint_bench.c - what PINT's values cost: cycles per packet and hop where packets pass, per packet
 * where they are collected, and memory. The fastest of many short rounds counts: what else runs on
 * the machine doesn't.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "cycles.h"
#include "packetscope/pint_values.h"

#define ROUNDS 2000
#define PACKETS 1024

struct packet {
	uint64_t time;
	uint32_t pid, queue, bytes;
	uint16_t code;
};

struct bench {
	struct packet packets[PACKETS];
	struct pint_logs logs;
	struct pint_link link;
	struct pint_load load;
	struct pint_scale scale;
	uint32_t room[PINT_SCALE_WORDS(8)];
	struct pint_kll *sketch;
	struct pint_recording recording;
	void *flow;
	uint32_t digest; /* so that nothing is left out */
};

static void *
checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void
prepare(struct bench *b)
{
	struct pint_range range = PINT_LOAD_RANGE(8);
	struct random r;
	uint64_t time = 1000;

	random_init(&r, 1, 0);
	for (uint32_t i = 0; i < PACKETS; i++) {
		time += 80 + random_below(&r, 100);
		b->packets[i] = (struct packet){ time, (uint32_t)random_u64(&r),
						 (uint32_t)random_below(&r, 100000),
						 64 + (uint32_t)random_below(&r, 1400),
						 (uint16_t)random_below(&r, 256) };
	}
	pint_logs_make(&b->logs);
	if (!pint_link_make(&b->link, 100000000000, 12240, 1) ||
	    !pint_scale_make(&b->scale, &range, b->room) ||
	    !pint_recording_make(&b->recording, 8, 5, 0, 0))
		abort();
	b->sketch = checked(malloc(pint_kll_bytes(300)));
	pint_kll_init(b->sketch, 300, 1);
	b->flow = checked(malloc(b->recording.bytes));
	pint_recording_init(&b->recording, b->flow, 1);
}

static void
code(struct bench *b, const struct packet *p)
{
	b->digest += pint_scale_code(&b->scale, p->queue, p->pid);
}

static void
load(struct bench *b, const struct packet *p)
{
	b->digest += pint_load_packet(&b->logs, &b->link, &b->load, p->time, p->queue, p->bytes);
}

/* What a hop does for max(link.utilization). */
static void
busiest(struct bench *b, const struct packet *p)
{
	uint32_t use = pint_load_packet(&b->logs, &b->link, &b->load, p->time, p->queue, p->bytes);
	uint32_t coin = pint_hash(1, p->pid, 3);

	b->digest = pint_fold_add(&b->scale, PINT_MAX, b->digest & 127, use, coin);
}

static void
sketch(struct bench *b, const struct packet *p)
{
	pint_kll_add(b->sketch, p->code);
}

static void
record(struct bench *b, const struct packet *p)
{
	pint_recording_add(&b->recording, b->flow, 1 + (p->pid & 3), 0, p->code);
}

static void
measure(struct bench *b, const char *what, void (*step)(struct bench *, const struct packet *))
{
	uint64_t best = UINT64_MAX;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint64_t began = cycles_now(), took;

		for (uint32_t i = 0; i < PACKETS; i++)
			step(b, &b->packets[i]);
		took = cycles_now() - began;
		best = took < best ? took : best;
	}
	printf("  %-46s %7.1f " CYCLES_UNIT "\n", what, (double)best / PACKETS);
}

static void
memory(const char *what, size_t bytes)
{
	printf("  %-46s %7zu bytes\n", what, bytes);
}

int
main(void)
{
	struct bench *b = checked(calloc(1, sizeof(*b)));
	struct pint_recording r;

	prepare(b);
	puts("PINT's values, per packet (and hop)");
	measure(b, "code of 8 bits, rounded at random", code);
	measure(b, "utilization of a port", load);
	measure(b, "max(link.utilization): both, hash and max", busiest);
	measure(b, "KLL of 300 codes: a code", sketch);
	measure(b, "recording of 8 bits in counters: a code", record);
	memory("state of a port", sizeof(struct pint_load));
	memory("a flow of 5 hops, 4 bits, counters",
	       pint_recording_make(&r, 4, 5, 0, 0) ? r.bytes : 0);
	memory("a flow of 5 hops, 8 bits, counters", b->recording.bytes);
	memory("a flow of 5 hops, 8 bits, space=1500",
	       pint_recording_make(&r, 8, 5, 0, 1500) ? r.bytes : 0);
	memory("KLL of 300 codes", pint_kll_bytes(300));
	return b->digest == UINT32_MAX;
}
