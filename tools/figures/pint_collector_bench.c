/* pint_collector_bench.c - what collecting costs: nanoseconds of CPU per report and bytes per flow, with the three queries of the docs (paths,
 * latencies, the busiest link) asked at once in 16 bits, about many flows of five hops in a fat tree.
 *
 *	pint_collector_bench PROGRAM.p4 [FLOWS]	(a million; four flows between two hosts)
 *
 * Each flow sends four packets in an epoch, mixed with those of all others. The status is 1 when a path is told that is not the flow's.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/random.h"
#include "control/pint.h"
#include "net/topology.h"
#include "p4/parse.h"
#include "plan/network.h"
#include "query/query.h"
#include "universe.h"

#define HOPS 5
#define BATCH 1024
#define FLOWS_PER_PAIR 4 /* of hosts */
#define FIRST_PORT 1024
#define FIELDS 32 /* a report's */
#define EPOCHS 3
#define PACKETS 4 /* of a flow, in an epoch */
#define SECOND UINT64_C(1000000000)

static const char queries[] =
	"budget 16 bits\n"
	"paths = network().per_flow(switch_id, flow=(ipv4.srcIP, ipv4.dstIP, ipv4.proto, l4.srcPort, l4.dstPort)).bits(8)\n"
	"latency = network().per_flow(quantile(hop.latency, [0.5, 0.99]), flow=(ipv4.srcIP, ipv4.dstIP)).bits(8).frequency(15/16)\n"
	"hot = network().per_packet(max(link.utilization)).bits(8).frequency(1/16)\n";

struct bench {
	struct arena *a;
	struct diags *d;
	struct manifest m;
	struct ir_graph *g;
	struct pint_universe network;
	struct pint_scale scales[IR_NETWORK_QUERIES];
	uint32_t flows;
	struct random random;
	uint64_t told; /* rows */
	uint32_t wrong; /* paths */
	uint64_t took, telling;
};

/* The switches that a flow passes: a walk that its number chooses. */
static void
path_of(const struct bench *b, uint32_t flow, uint32_t path[HOPS])
{
	const struct pint_universe *u = &b->network;
	uint32_t at = pint_hash(1, flow, 0) % u->n;

	for (uint32_t hop = 0; hop < HOPS; hop++) {
		uint32_t first = u->links[at], n = u->links[at + 1] - first;

		path[hop] = u->values[at];
		at = u->next[first + pint_hash(2, flow, hop) % n];
	}
}

static uint32_t
change(const struct bench *b, uint32_t query, uint32_t digest, uint32_t pid, uint32_t hop, uint32_t id)
{
	const struct network_query *q = &b->m.network.queries.v[query];
	const struct pint_scale *s = &b->scales[query];
	uint32_t noise = pint_hash(3, pid, hop);

	if (q->kind == NETWORK_STATIC)
		return pint_encode(&q->path, digest, pid, hop, id);
	if (q->kind == NETWORK_QUANTILE)
		return pint_encode(&q->path, digest, pid, hop, pint_scale_code(s, noise % 20000, noise));
	return pint_fold_add(s, PINT_MAX, hop == 1 ? pint_fold_start(s, PINT_MAX) : digest, noise >> 15, noise);
}

static uint32_t
digest_of(const struct bench *b, uint32_t pid, const uint32_t path[HOPS])
{
	const struct network_set *set = &b->m.network.sets.v[network_set_of(&b->m.network, pid)];
	uint32_t digest = 0;

	vec_each (p, &set->parts) {
		const struct network_query *q = &b->m.network.queries.v[p->query];
		uint32_t mask = UINT32_MAX >> (32 - q->bits * q->copies), part = 0;

		for (uint32_t hop = 1; hop <= HOPS; hop++)
			part = change(b, p->query, part, pid, hop, path[hop - 1]) & mask;
		digest |= part << p->lo;
	}
	return digest;
}

static uint32_t
fill(const struct bench *b, uint32_t flow, struct ir_value *fields)
{
	uint32_t there = 0;

	for (uint32_t i = 0; i < b->g->network->fields.n; i++) {
		struct str name = b->g->network->fields.v[i]->text;

		fields[i] = ir_int(str_ends(name, STR("srcAddr_in"))	? 0x0a000000 + flow / FLOWS_PER_PAIR
				   : str_ends(name, STR("dstAddr_in"))	? 0x0b000000 + flow / FLOWS_PER_PAIR
				   : str_ends(name, STR("srcPort_in"))	? FIRST_PORT + flow % FLOWS_PER_PAIR
				   : str_ends(name, STR("protocol_in")) ? 6
									: 80);
		if (!str_starts(name, STR("udp.")))
			there |= 1u << i;
	}
	return there;
}

/* The rows of paths: those that are known must be the flow's. */
static void
emit(void *user, const struct ir_result *r)
{
	struct bench *b = user;
	bool paths = r->ncolumns > 5 && str_is(r->columns[5].name, "path");

	b->told += r->nrows;
	for (uint32_t i = 0; i < r->nrows && paths; i++) {
		const struct ir_value *v = ir_result_row(r, i);
		uint32_t flow = ((uint32_t)v[0].i - 0x0a000000) * FLOWS_PER_PAIR + (uint32_t)v[3].i - FIRST_PORT, path[HOPS];

		path_of(b, flow, path);
		for (uint32_t hop = 0; hop < v[5].list.n; hop++)
			if (v[5].list.items[hop].tag != IR_V_ABSENT && v[5].list.items[hop].i != path[hop])
				b->wrong++;
	}
}

static void
send_batch(struct bench *b, struct pint_collector *c, uint64_t first, uint32_t n, uint64_t time)
{
	static struct pint_report reports[BATCH];
	static struct ir_value fields[BATCH][FIELDS];
	uint32_t path[HOPS];
	uint64_t began;

	for (uint32_t i = 0; i < n; i++) {
		/* all flows, in an order without any locality */
		uint32_t flow = (uint32_t)((first + i) * UINT64_C(2654435761) % b->flows), pid = (uint32_t)random_u64(&b->random);

		path_of(b, flow, path);
		reports[i] = (struct pint_report){ .time_ns = time, .switch_id = path[HOPS - 1], .plan = b->m.network.plan, .pid = pid,
						   .hops = HOPS, .digest = digest_of(b, pid, path), .there = fill(b, flow, fields[i]),
						   .fields = fields[i] };
	}
	began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (uint32_t i = 0; i < n; i++)
		pint_collector_report(c, &reports[i]);
	b->took += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
}

static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
measure(struct bench *b)
{
	struct pint_collector_options o = { .switches = &b->network, .max_flows = b->flows };
	struct pint_collector *c = pint_collector_open(b->a, b->d, &b->m, b->g, &o, emit, b);
	size_t before = heap(), most = 0;

	for (uint32_t epoch = 0; c && epoch < EPOCHS; epoch++) {
		uint64_t began;
		size_t now;

		for (uint64_t sent = 0; sent < (uint64_t)b->flows * PACKETS; sent += BATCH)
			send_batch(b, c, sent, BATCH, epoch * SECOND);
		now = heap() - before;
		most = now > most ? now : most;
		began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		pint_collector_advance(c, (epoch + 1) * SECOND);
		b->telling += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
	}
	if (!c)
		return;
	printf("  %u flows, %u packets of each: %.0f ns/report, %.0f ns/row, %u wrong paths\n", b->flows, EPOCHS * PACKETS,
	       (double)b->took / (double)pint_collector_counts(c)->reports, (double)b->telling / (double)b->told, b->wrong);
	printf("    bytes/flow: at most %.0f, with its quantiles of an epoch; %.0f between epochs\n", (double)most / b->flows,
	       (double)(heap() - before) / b->flows);
	pint_collector_close(c);
}

static bool
load(struct bench *b, const char *program)
{
	struct p4_options p4 = { .include_dirs = NULL };
	struct query_options q = { .network = true };
	struct plan_network_options plan = { .hops = HOPS };
	struct p4_node *tree = p4_parse_file(b->a, b->d, str_from(program), &p4);
	struct p4_program *checked = tree ? p4_check(b->a, b->d, tree, false) : NULL;
	struct plan_program *p = checked ? plan_program_make(b->a, b->d, checked) : NULL;
	struct plan_network *n;

	b->g = p ? query_load_text(b->a, b->d, &p->schema, STR("queries"), str_from(queries), &q) : NULL;
	n = b->g && b->g->network ? plan_network_make(b->a, b->d, b->g->network, p, &plan) : NULL;
	if (!n || b->g->network->fields.n > FIELDS)
		return false;
	manifest_init(&b->m, b->a);
	b->m.tick_ns = 1000;
	plan_network_describe(b->a, n, b->g, &b->m.network);
	vec_each (query, &b->m.network.queries)
		if (query->kind != NETWORK_STATIC)
			pint_scale_make(&b->scales[query - b->m.network.queries.v], &query->range,
					arena_array(b->a, uint32_t, PINT_SCALE_WORDS(query->bits)));
	return true;
}

int
main(int argc, char **argv)
{
	struct bench b = { .a = arena_make(), .flows = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000 };

	b.d = diags_make(b.a, sources_make(b.a));
	if (argc < 2 || !load(&b, argv[1])) {
		fprintf(stderr, "usage: pint_collector_bench PROGRAM.p4 [FLOWS]\n");
		diags_print(b.d, stderr);
		return 2;
	}
	b.network = universe_of(net_topology_load(b.a, b.d, "fattree:8", 1));
	random_init(&b.random, 1, 0);
	puts("PINT's collector, on one core");
	measure(&b);
	diags_print(b.d, stderr);
	return b.wrong || diag_errors(b.d);
}
