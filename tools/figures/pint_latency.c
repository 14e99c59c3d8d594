/* pint_latency.c - how well quantiles of latency are known, hop by hop, from digests of 4 and 8
 * bits. Usage: pint_latency FLOWS
 *
 * A path of five ports of 100 Gb/s, each with a queue of its own: flows of published sizes come as
 * a Poisson process, and each sends a window per round trip. The latency of a port's packets is
 * what waits there, their own length, and a constant. A flow's packets meet random instants of it;
 * each carries the code of one hop, chosen as ever. What is known of the flow afterwards is
 * compared with the quantiles of all instants. Errors are relative, means over hops and FLOWS
 * flows, in percent.
 *
 * Prints CSV. `space`: bytes per hop; 0: as many as wanted. Codes of 4 bits are counted in 64 bytes
 * in any case, those of 8 bits in 1 KiB or in a sketch. Schemes: int, every packet tells every
 * hop's latency; 4bit, 8bit: the marks of codes; 4bit+, 8bit+: and where between them
 * (pint_recording_value).
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "net/flows.h"
#include "packetscope/pint_values.h"
#include "sample.h"

#define HOPS 5
#define INSTANTS 20000
#define WINDOW 40000	 /* bytes of a flow per round trip: 26 Gb/s */
#define ROUND_TRIP 12240 /* ns */
#define BYTES_PER_NS 12.5
#define CONSTANT 500 /* ns */
#define PACKET 1050
#define LOAD_PERMILLE 500
#define BUFFER 800000
#define MAX (CONSTANT + 66000) /* ns: more than a full buffer */
#define QUANTILES 2

static const double phis[QUANTILES] = { 0.5, 0.99 };

static void *
checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* --- a port --- */

/* Bytes that come at once. */
struct chunk {
	uint64_t at; /* ns */
	uint32_t bytes;
};

struct chunks {
	struct chunk *v;
	uint32_t n;
};

static void
add_chunk(struct chunks *c, uint64_t at, uint32_t bytes)
{
	if (!(c->n & (c->n - 1)))
		c->v = checked(realloc(c->v, (c->n ? 2 * c->n : 1) * sizeof(*c->v)));
	c->v[c->n++] = (struct chunk){ at, bytes };
}

static int
by_time(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static struct chunks
arrivals(const struct flow_sizes *sizes, uint64_t until, struct random *r)
{
	double wait =
		(double)flow_sizes_mean_2000(sizes) / 2000 / BYTES_PER_NS * 1000 / LOAD_PERMILLE;
	struct chunks c = { 0 };

	for (double start = 0; start < (double)until;
	     start += wait * (double)random_exponential(r) / 0x1p32) {
		uint64_t left = flow_sizes_draw(sizes, r), at = (uint64_t)start;

		for (; left && at < until; at += ROUND_TRIP) {
			uint32_t bytes = left < WINDOW ? (uint32_t)left : WINDOW;

			add_chunk(&c, at, bytes);
			left -= bytes;
		}
	}
	qsort(c.v, c.n, sizeof(*c.v), by_time);
	return c;
}

/* The smallest of which a share of `phi` is no greater. Sorts. */
static uint32_t
quantile(struct sample *s, double phi)
{
	qsort(s->v, s->n, sizeof(*s->v), sample_compare);
	return s->v[(uint32_t)ceil(phi * s->n) - 1];
}

struct port {
	uint32_t latency[INSTANTS];
	uint32_t truth[QUANTILES];
};

/* Latencies at regular instants, behind a while in which the queue gets going. */
static void
make_port(struct port *p, const struct flow_sizes *sizes, struct random *r)
{
	uint64_t step = 5000, begin = 20000000, until = begin + step * INSTANTS;
	struct chunks c = arrivals(sizes, until, r);
	struct sample all = { 0 };
	double waiting = 0;
	uint64_t now = 0;
	uint32_t next = 0;

	for (uint32_t i = 0; i < INSTANTS; i++) {
		uint64_t at = begin + i * step;

		for (; next < c.n && c.v[next].at <= at; next++) {
			waiting = fmax(0, waiting - (double)(c.v[next].at - now) * BYTES_PER_NS);
			waiting = fmin(BUFFER, waiting + c.v[next].bytes);
			now = c.v[next].at;
		}
		waiting = fmax(0, waiting - (double)(at - now) * BYTES_PER_NS);
		now = at;
		p->latency[i] = CONSTANT + (uint32_t)((waiting + PACKET) / BYTES_PER_NS);
		sample_add(&all, p->latency[i]);
	}
	for (uint32_t q = 0; q < QUANTILES; q++)
		p->truth[q] = quantile(&all, phis[q]);
	free(all.v);
	free(c.v);
}

/* --- what is known of it --- */

struct error {
	double sum[QUANTILES];
	uint32_t n;
};

/* Of one scheme for a number of packets and space. */
struct case_ {
	uint32_t bits; /* 0: INT */
	bool between_marks;
	uint32_t packets, space;
};

struct known {
	struct pint_recording recording;
	struct pint_scale scale;
	struct pint_code code;
	uint32_t room[PINT_SCALE_WORDS(8)];
	void *memory;
};

static void
prepare(struct known *k, const struct case_ *c, uint32_t seed)
{
	struct pint_range range = { PINT_MULTIPLICATIVE, false, (uint8_t)c->bits, 100, MAX };

	if (!pint_scale_make(&k->scale, &range, k->room) ||
	    !pint_code_make(&k->code, PINT_BASELINE, HOPS, c->bits, 1, c->bits, 1) ||
	    !pint_recording_make(&k->recording, c->bits, HOPS, 0, HOPS * (size_t)c->space))
		abort();
	k->memory = checked(malloc(k->recording.bytes));
	pint_recording_init(&k->recording, k->memory, seed);
}

/* A packet crosses the ports at instants of its own. */
static void
cross(struct known *k, const struct port *ports, uint32_t pid, struct random *r)
{
	uint32_t digest = 0;
	uint64_t acting;

	for (uint32_t hop = 1; hop <= HOPS; hop++) {
		uint32_t latency = ports[hop - 1].latency[random_below(r, INSTANTS)];

		digest = pint_encode(&k->code, digest, pid, hop,
				     pint_scale_code(&k->scale, latency, 0));
	}
	acting = pint_acting(&k->code, 0, pid, HOPS);
	if (acting)
		pint_recording_add(&k->recording, k->memory, 1 + (uint32_t)__builtin_ctzll(acting),
				   0, digest);
}

static void
count_error(struct error *e, const struct port *p, uint32_t q, double got)
{
	e->sum[q] += fabs(got - p->truth[q]) / p->truth[q];
	e->n += q == 0;
}

static void
by_digests(struct error *e, const struct case_ *c, const struct port *ports, uint32_t seed,
	   struct random *r)
{
	struct known k;

	prepare(&k, c, seed);
	for (uint32_t i = 0; i < c->packets; i++)
		cross(&k, ports, pint_hash(seed, i, 0), r);
	for (uint32_t hop = 1; hop <= HOPS; hop++)
		for (uint32_t q = 0;
		     q < QUANTILES && pint_recording_count(&k.recording, k.memory, hop); q++) {
			uint32_t code =
				pint_recording_quantile(&k.recording, k.memory, hop, phis[q]);
			double between = pint_recording_value(&k.recording, k.memory, hop, phis[q],
							      &k.scale);

			count_error(e, &ports[hop - 1], q,
				    c->between_marks ? between : pint_scale_value(&k.scale, code));
		}
	free(k.memory);
}

static void
by_int(struct error *e, const struct case_ *c, const struct port *ports, struct random *r)
{
	for (uint32_t hop = 0; hop < HOPS; hop++) {
		struct sample s = { 0 };

		for (uint32_t i = 0; i < c->packets; i++)
			sample_add(&s, ports[hop].latency[random_below(r, INSTANTS)]);
		for (uint32_t q = 0; q < QUANTILES; q++)
			count_error(e, &ports[hop], q, quantile(&s, phis[q]));
		free(s.v);
	}
}

static void
measure(const char *workload, const struct port *ports, const struct case_ *c, uint32_t flows)
{
	struct error e = { 0 };
	struct random r;
	char scheme[16];

	random_init(&r, 1, c->packets * 4096 + c->space);
	for (uint32_t i = 0; i < flows; i++)
		if (c->bits)
			by_digests(&e, c, ports, pint_hash(c->packets, c->space, i), &r);
		else
			by_int(&e, c, ports, &r);
	snprintf(scheme, sizeof(scheme), c->bits ? "%" PRIu32 "bit%s" : "int", c->bits,
		 c->between_marks ? "+" : "");
	printf("%s,%" PRIu32 ",%" PRIu32 ",%s,%.2f,%.2f\n", workload, c->packets, c->space, scheme,
	       100 * e.sum[0] / e.n, 100 * e.sum[1] / e.n);
}

static void
measure_schemes(const char *workload, const struct port *ports, uint32_t packets, uint32_t space,
		uint32_t flows)
{
	if (!space)
		measure(workload, ports, &(struct case_){ .packets = packets }, flows);
	for (uint32_t bits = 4; bits <= 8; bits += 4)
		for (uint32_t between = 0; between < 2; between++)
			measure(workload, ports, &(struct case_){ bits, between, packets, space },
				flows);
}

int
main(int argc, char **argv)
{
	static const uint32_t spaces[] = { 232, 320, 448, 640, 832, 1032 };
	static const char *const workloads[] = { "websearch", "hadoop" };
	static struct port ports[HOPS];
	unsigned long flows = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (!flows || flows > 100000)
		return 2;
	puts("workload,packets,space,scheme,median,p99");
	for (uint32_t w = 0; w < 2; w++) {
		struct str nearest;
		const struct flow_sizes *sizes = flow_sizes_find(str_from(workloads[w]), &nearest);
		struct random r;

		random_init(&r, 1, w);
		for (uint32_t i = 0; i < HOPS; i++)
			make_port(&ports[i], sizes, &r);
		for (uint32_t packets = 100; packets <= 1000; packets += 100)
			measure_schemes(workloads[w], ports, packets, 0, (uint32_t)flows);
		for (uint32_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++)
			measure_schemes(workloads[w], ports, 10000, spaces[i],
					(uint32_t)(flows + 3) / 4);
		measure_schemes(workloads[w], ports, 10000, 0, (uint32_t)(flows + 3) / 4);
	}
	return 0;
}
