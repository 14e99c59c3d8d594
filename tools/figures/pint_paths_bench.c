/* pint_paths_bench.c - what PINT's paths cost: nanoseconds of CPU per packet and hop for the
 * encoder; paths per second and bytes per flow for the decoder, which holds many flows at once, with
 * and without knowing how switches are linked. The status is 1 when a path was decoded that is not
 * the true one. Usage: pint_paths_bench [FLOWS] (a million)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "cycles.h"
#include "net/topology.h"
#include "packetscope/pint.h"
#include "universe.h"

#define ROUNDS 400
#define PACKETS 1024
#define HOPS 5

static uint64_t
cpu_time(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* The fastest of many short rounds: what else runs on the machine doesn't count. */
static void
measure_encoder(const char *what, enum pint_scheme scheme, uint32_t bits, uint32_t copies)
{
	uint32_t pids[PACKETS], digests[PACKETS] = { 0 };
	uint64_t best = UINT64_MAX;
	struct pint_code c;
	struct random r;

	random_init(&r, 1, 0);
	pint_code_make(&c, scheme, HOPS, bits, copies, 0, 1);
	for (uint32_t i = 0; i < PACKETS; i++)
		pids[i] = random_u64(&r);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint64_t began = cycles_now(), took;

		for (uint32_t hop = 1; hop <= HOPS; hop++)
			for (uint32_t i = 0; i < PACKETS; i++)
				digests[i] = pint_encode(&c, digests[i], pids[i], hop, 100 + hop);
		took = cycles_now() - began;
		best = took < best ? took : best;
	}
	for (uint32_t i = 1; i < PACKETS; i++)
		digests[0] ^= digests[i];
	printf("  %-24s %6.1f " CYCLES_UNIT "/packet and hop (digests %08x)\n", what,
	       (double)best / PACKETS / HOPS, digests[0]);
}

/* --- many flows at once --- */

struct flows {
	struct pint_code code;
	struct pint_decoder *decoder;
	uint32_t n, hops, known, wrong;
	uint32_t *paths; /* n times hops */
	struct pint_flow *v;
	struct pint_digest *digests; /* the next packet of each */
	size_t bytes_most;
	uint64_t packets, took;
	struct random random;
};

static void *
checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* Random walks that don't go straight back: the paths of flows. */
static void
choose_paths(struct flows *f, const struct pint_universe *u)
{
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t *path = f->paths + (size_t)i * f->hops,
			 at = random_below(&f->random, u->n), before = u->n;

		for (uint32_t hop = 0; hop < f->hops; hop++) {
			uint32_t first = u->links[at], n = u->links[at + 1] - first,
				 l = random_below(&f->random, n);

			path[hop] = u->values[at];
			if (u->next[first + l] == before)
				l = (l + 1) % n;
			before = at;
			at = u->next[first + l];
		}
	}
}

/* One packet more of each flow whose path isn't known. */
static void
send_packets(struct flows *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const uint32_t *path = f->paths + (size_t)i * f->hops;
		struct pint_digest *r = &f->digests[i];

		*r = (struct pint_digest){ (uint32_t)random_u64(&f->random), 0 };
		for (uint32_t hop = 1; hop <= f->hops && !f->v[i].known; hop++)
			r->digest = pint_encode(&f->code, r->digest, r->pid, hop, path[hop - 1]);
	}
}

static void
take_packets(struct flows *f)
{
	uint64_t began = cpu_time();

	for (uint32_t i = 0; i < f->n; i++) {
		if (f->v[i].known)
			continue;
		f->packets++;
		f->known += pint_flow_add(f->decoder, &f->v[i], f->digests[i].pid, f->hops,
					  f->digests[i].digest) == PINT_DECODED;
	}
	f->took += cpu_time() - began;
}

static size_t
count_bytes(const struct flows *f)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < f->n; i++)
		bytes += pint_flow_bytes(f->decoder, &f->v[i]);
	return bytes;
}

static void
check_paths(struct flows *f)
{
	uint32_t values[PINT_HOPS];

	for (uint32_t i = 0; i < f->n; i++) {
		pint_flow_path(f->decoder, &f->v[i], values);
		f->wrong += memcmp(values, f->paths + (size_t)i * f->hops,
				   f->hops * sizeof(*values)) != 0;
		pint_flow_fini(&f->v[i]);
	}
}

static void
print_flows(const struct flows *f, const char *topology, bool links, size_t bytes_known)
{
	printf("  %u flows over %u hops of %s, 2x8 bits, links %s\n", f->n, f->hops, topology,
	       links ? "known" : "unknown");
	printf("    %.0f paths/s, %.0f ns/packet, %.1f packets/path, %u wrong\n",
	       f->n / (f->took / 1e9), (double)f->took / f->packets, (double)f->packets / f->n,
	       f->wrong);
	printf("    bytes/flow: at most %.0f on average while decoding, %.0f when known\n",
	       (double)f->bytes_most / f->n, (double)bytes_known / f->n);
}

/* How many paths were wrong. */
static uint32_t
measure_decoder(struct arena *a, const char *topology, uint32_t n, uint32_t hops, bool links)
{
	struct net_topology *t = net_topology_load(a, diags_make(a, sources_make(a)), topology, 1);
	struct pint_universe u = universe_of(t), known = u;
	struct flows f = { .n = n, .hops = hops };
	size_t bytes_known;

	random_init(&f.random, 1, hops);
	pint_code_make(&f.code, PINT_SEARCHED, hops, 8, 2, 0, 1);
	if (!links)
		known.links = known.next = NULL;
	f.decoder = checked(pint_decoder_make(&f.code, &known, NULL));
	f.paths = checked(calloc((size_t)n * hops, sizeof(*f.paths)));
	f.v = checked(calloc(n, sizeof(*f.v)));
	f.digests = checked(calloc(n, sizeof(*f.digests)));
	choose_paths(&f, &u);
	while (f.known < n) {
		size_t bytes;

		send_packets(&f);
		take_packets(&f);
		bytes = count_bytes(&f);
		f.bytes_most = bytes > f.bytes_most ? bytes : f.bytes_most;
	}
	bytes_known = count_bytes(&f);
	check_paths(&f);
	print_flows(&f, topology, links, bytes_known);
	pint_decoder_free(f.decoder);
	free(f.digests);
	free(f.v);
	free(f.paths);
	return f.wrong;
}

int
main(int argc, char **argv)
{
	uint32_t flows = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
	struct arena *a = arena_make();
	uint32_t wrong = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("PINT's paths: the encoder");
	measure_encoder("baseline, 8 bits", PINT_BASELINE, 8, 1);
	measure_encoder("ours, 1 bit", PINT_SEARCHED, 1, 1);
	measure_encoder("ours, 8 bits", PINT_SEARCHED, 8, 1);
	measure_encoder("ours, 2x8 bits", PINT_SEARCHED, 8, 2);
	puts("the decoder, on one core");
	for (int links = 1; links >= 0; links--) { /* long paths take long: there are fewer */
		wrong += measure_decoder(a, "fattree:8", flows, HOPS, links);
		wrong += measure_decoder(a, "isp:157,36", flows / 1000 + 1, 36, links);
		wrong += measure_decoder(a, "isp:753,59", flows / 1000 + 1, 59, links);
	}
	return wrong != 0;
}
