/* pint_paths.c - how many packets tell a path: PINT with b = 1, 4 and 2x8 bits, by what is known of
 * the network, beside PPM and AMS2 with marks of 16 bits. Usage: pint_paths PATHS TOPOLOGY...
 *
 * A topology is what `packetscope net` takes. For each, and for several numbers of hops up to those
 * of its longest shortest path, PATHS random shortest paths are traced. Prints CSV; the status is 1
 * when a path was decoded that is not the true one, or none at all.
 *
 * PPM and AMS2 are models, both helped by reservoir sampling (each packet has the mark of one hop,
 * each as likely): PPM needs all 8 fragments of each hop, AMS2 the values of m = 5 or 6 of 8 hash
 * functions. Neither knows anything of the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "net/route.h"
#include "packetscope/pint.h"
#include "sample.h"
#include "universe.h"

#define PACKETS_MAX 4096

/* What the decoder knows of the network: the candidates of each hop are all switches, or those of
 * the path (in any order); with links, neighbours follow each other. */
enum known { SWITCHES, PATH, LINKS };
static const char *const known_names[] = { "switches", "path", "links" };

struct network {
	struct net_topology *t;
	struct net_routes *routes;
	struct pint_universe universe;
	uint32_t n;
};

struct trace {
	uint32_t hops;
	uint32_t ids[PINT_HOPS];
};

static void *
checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static struct network
read_network(struct arena *a, struct diags *d, const char *spec)
{
	struct network net = { .t = net_topology_load(a, d, spec, 1) };

	if (!net.t)
		return net;
	net.routes = net_routes_make(a, net.t);
	net.n = net.t->switches.n;
	net.universe = universe_of(net.t);
	return net;
}

/* A random shortest path that passes so many switches. */
static struct trace
choose_path(struct network *net, struct random *r, uint32_t hops)
{
	uint32_t nodes[PINT_HOPS], first = random_below(r, net->n), seed = random_u64(r);
	struct trace path = { 0 };

	for (uint32_t i = 0; i < net->n && !path.hops; i++) {
		uint32_t from = net->t->switches.v[(first + i) % net->n], to = 0, matching = 0;

		for (uint32_t j = 0; j < net->n; j++)
			if (net_distance(net->routes, from, net->t->switches.v[j]) == hops - 1u &&
			    !random_below(r, ++matching))
				to = net->t->switches.v[j];
		if (matching && net_path(net->routes, from, to, seed, nodes, PINT_HOPS) == hops)
			path.hops = hops;
	}
	for (uint32_t i = 0; i < path.hops; i++)
		path.ids[i] = net->t->nodes.v[nodes[i]].id;
	return path;
}

static struct pint_decoder *
make_decoder(const struct network *net, const struct pint_code *code, enum known known,
	     const struct trace *path)
{
	struct pint_universe u = net->universe;
	struct pint_options o = { .max_records = PACKETS_MAX };

	if (known == PATH)
		u = (struct pint_universe){ .values = path->ids, .n = path->hops };
	if (known != LINKS)
		u.links = u.next = NULL;
	return checked(pint_decoder_make(code, &u, &o));
}

/* The packets that a flow sends over a path: made when they are asked for. */
struct stream {
	const struct pint_code *code;
	struct trace path;
	struct random random;
	uint32_t sent;
	struct pint_digest digests[PACKETS_MAX];
};

static bool
is_decoded(struct pint_decoder *d, struct stream *s, uint32_t n, uint32_t *ret_ids)
{
	for (; s->sent < n; s->sent++) {
		struct pint_digest *r = &s->digests[s->sent];

		*r = (struct pint_digest){ (uint32_t)random_u64(&s->random), 0 };
		for (uint32_t hop = 1; hop <= s->path.hops; hop++)
			r->digest =
				pint_encode(s->code, r->digest, r->pid, hop, s->path.ids[hop - 1]);
	}
	return pint_decode(d, s->path.hops, s->digests, n, ret_ids) == PINT_DECODED;
}

/* The first n for which the first n digests tell the path, and whether they tell the true one. */
static uint32_t
packets_needed(struct pint_decoder *d, struct stream *s, uint32_t *wrong)
{
	uint32_t ids[PINT_HOPS], fails = 0, n = pint_packets_min(d, s->path.hops);

	while (n < PACKETS_MAX && !is_decoded(d, s, n, ids)) {
		fails = n;
		n += n / 8 + 1;
	}
	n = n < PACKETS_MAX ? n : PACKETS_MAX;
	while (n - fails > 1) {
		uint32_t middle = fails + (n - fails) / 2;

		if (is_decoded(d, s, middle, ids))
			n = middle;
		else
			fails = middle;
	}
	if (!is_decoded(d, s, n, ids) || memcmp(ids, s->path.ids, s->path.hops * sizeof(*ids)) != 0)
		++*wrong;
	return n;
}

/* Until the pairs of hop and one of 8 pieces have been seen that are needed: `pieces` different
 * ones of each hop. */
static uint32_t
packets_marked(struct random *r, uint32_t hops, uint32_t pieces)
{
	uint8_t seen[PINT_HOPS] = { 0 };
	uint32_t n = 0, done = 0;

	for (; done < hops; n++) {
		uint8_t *hop = &seen[random_below(r, hops)],
			piece = (uint8_t)(1u << random_below(r, 8));

		if (*hop & piece || __builtin_popcount(*hop) >= (int)pieces)
			continue;
		*hop |= piece;
		done += __builtin_popcount(*hop) == (int)pieces;
	}
	return n;
}

struct figure {
	const char *topology;
	struct network net;
	uint32_t hops, paths, wrong;
};

static void
print_row(const struct figure *f, const char *scheme, const char *known, struct sample s)
{
	for (const char *c = f->topology; *c; c++)
		putchar(*c == ',' ? '/' : *c);
	printf(",%u,%u,%s,%s,%.1f,%u\n", f->net.n, f->hops, scheme, known, sample_mean(&s),
	       sample_quantile(&s, 0.99));
	fflush(stdout);
	free(s.v);
}

static void
measure_pint(struct figure *f, const char *scheme, const struct pint_code *code, enum known known)
{
	static struct stream stream;
	struct random r;
	struct sample sample = { 0 };

	random_init(&r, 1, f->hops);
	for (uint32_t i = 0; i < f->paths; i++) {
		struct pint_decoder *d;

		stream.code = code;
		stream.path = choose_path(&f->net, &r, f->hops);
		random_init(&stream.random, 2, i);
		stream.sent = 0;
		d = make_decoder(&f->net, code, known, &stream.path);
		sample_add(&sample, packets_needed(d, &stream, &f->wrong));
		pint_decoder_free(d);
	}
	print_row(f, scheme, known_names[known], sample);
}

static void
measure_marks(struct figure *f, const char *scheme, uint32_t pieces)
{
	struct random r;
	struct sample sample = { 0 };

	random_init(&r, 3, f->hops);
	for (uint32_t i = 0; i < f->paths; i++)
		sample_add(&sample, packets_marked(&r, f->hops, pieces));
	print_row(f, scheme, "nothing", sample);
}

static void
measure_all(struct figure *f)
{
	static const struct {
		const char *name;
		uint32_t bits, copies;
	} pint[] = { { "pint 1", 1, 1 }, { "pint 4", 4, 1 }, { "pint 2x8", 8, 2 } };

	for (uint32_t i = 0; i < sizeof(pint) / sizeof(*pint); i++) {
		struct pint_code code;

		pint_code_make(&code, PINT_SEARCHED, f->hops, pint[i].bits, pint[i].copies, 0, 1);
		for (uint32_t known = SWITCHES; known <= LINKS; known++)
			measure_pint(f, pint[i].name, &code, (enum known)known);
	}
	measure_marks(f, "ppm", 8);
	measure_marks(f, "ams2 m=5", 5);
	measure_marks(f, "ams2 m=6", 6);
}

/* Six numbers of hops, up to those of the longest shortest path (or 64). */
static void
measure_topology(struct figure *f)
{
	uint32_t ends[2], longest = net_diameter(f->net.routes, ends) + 1u, last = 0;

	longest = longest < PINT_HOPS ? longest : PINT_HOPS;
	for (uint32_t i = 1; i <= 6; i++) {
		f->hops = (longest * i + 5) / 6;
		if (f->hops == last)
			continue;
		last = f->hops;
		measure_all(f);
	}
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_make();
	struct diags *diags = diags_make(a, sources_make(a));
	struct figure f = { .paths = argc > 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0 };

	if (!f.paths) {
		fprintf(stderr, "usage: pint_paths PATHS TOPOLOGY...\n");
		return 2;
	}
	printf("topology,switches,hops,scheme,known,mean,p99\n");
	for (int i = 2; i < argc; i++) {
		f.topology = argv[i];
		f.net = read_network(a, diags, argv[i]);
		if (!f.net.t) {
			diags_print(diags, stderr);
			return 2;
		}
		measure_topology(&f);
	}
	fprintf(stderr, "%u wrong paths\n", f.wrong);
	return f.wrong != 0;
}
