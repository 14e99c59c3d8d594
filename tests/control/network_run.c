/* network_run.c - queries over network() from end to end, without switches: hops encode packets with the library, as the engine's plan says, and
 * the collector takes the reports.
 *
 *     network_run PROGRAM.p4 QUERIES.scope
 *
 * Lines of the query file that begin with `#:` are flows, in order of time: SOURCE DESTINATION SOURCE-PORT PACKETS FIRST-MS GAP-US PATH..., where source and
 * destination are the last bytes of 10.0.0.x, and the path is made of numbers of switches. A source port of 0 stands for packets without ports; `#! N` makes room
 * for N flows, `#/ A B...` links a switch with others. Prints JSON, then tables. A path that no flow of its key took ends the run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/pint.h"
#include "p4/parse.h"
#include "plan/network.h"
#include "query/query.h"
#include "sink/sink.h"

#define FLOWS_MAX 64
#define SWITCHES 20

struct traffic {
	uint32_t source, destination, port, packets, hops;
	uint64_t first_ns, gap_ns;
	uint32_t path[PINT_HOPS];
};

struct bench {
	struct arena *a;
	struct diags *d;
	struct manifest m;
	struct ir_graph *g;
	struct plan_network *plan;
	struct traffic flows[FLOWS_MAX];
	uint32_t nflows, max_flows;
	bool linked[SWITCHES + 1][SWITCHES + 1], has_links;
	struct pint_scale scales[IR_NETWORK_QUERIES];
	struct sink *json, *table;
};

/* --- the scenario ------------------------------------------------------------------------------- */

static void
read_flow(struct bench *b, const char *line)
{
	struct traffic *t = &b->flows[b->nflows];
	unsigned long long first, gap;
	int used = 0, more = 0;
	unsigned id;

	if (b->nflows == FLOWS_MAX || sscanf(line, "%u %u %u %u %llu %llu%n", &t->source, &t->destination, &t->port, &t->packets, &first,
					     &gap, &used) != 6)
		bug("not a flow: %s", line);
	t->first_ns = first * 1000000;
	t->gap_ns = gap * 1000;
	for (line += used; t->hops < PINT_HOPS && sscanf(line, "%u%n", &id, &more) == 1; line += more)
		t->path[t->hops++] = id;
	b->nflows++;
}

static void
read_links(struct bench *b, const char *line)
{
	unsigned from, to;
	int used = 0;

	if (sscanf(line, "%u%n", &from, &used) != 1 || from > SWITCHES)
		bug("not a switch: %s", line);
	b->has_links = true;
	for (line += used; sscanf(line, "%u%n", &to, &used) == 1 && to <= SWITCHES; line += used)
		b->linked[from][to] = b->linked[to][from] = true;
}

static void
read_scenario(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[1000];

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "#: ", 3) == 0)
			read_flow(b, line + 3);
		else if (strncmp(line, "#/ ", 3) == 0)
			read_links(b, line + 3);
		else if (strncmp(line, "#! ", 3) == 0)
			b->max_flows = (uint32_t)atol(line + 3);
	}
	if (f)
		fclose(f);
}

/* --- switches ----------------------------------------------------------------------------------- */

static uint32_t
noise(uint32_t a, uint32_t b)
{
	return pint_hash(99, a, b);
}

/* What a hop has to tell: a switch is slower and busier the higher its number, and its latency wavers. */
static uint32_t
value_at(const struct network_query *q, uint32_t id, uint32_t hop, uint32_t pid)
{
	switch (q->value) {
	case NETWORK_SWITCH_ID:
		return id;
	case NETWORK_HOP:
		return hop;
	case NETWORK_LATENCY:
		return 10 * id + noise(pid, hop) % 10;
	case NETWORK_UTILIZATION:
		return (id << 16) / 10;
	case NETWORK_FIELD:
		return str_is(q->value_name, "ipv4.ttl") ? 64 - hop : id + 3;
	}
	return 0;
}

static uint32_t
change(const struct bench *b, uint32_t query, uint32_t digest, uint32_t id, uint32_t hop, uint32_t pid)
{
	const struct network_query *q = &b->m.network.queries.v[query];
	const struct pint_scale *s = &b->scales[query];
	uint32_t value = value_at(q, id, hop, pid), random = pint_hash(pint_seed(PINT_ROUND, q->number, 0), pid, hop);

	struct pint_tag own = { network_signal(q->value), q->is_tag ? pint_scale_code(s, value, 0) : 0, id, hop };

	if (q->is_tag)
		return pint_tag_add(digest, (enum pint_fold)(q->kind - NETWORK_MAX), pint_tag_pack(&own));
	switch (q->kind) {
	case NETWORK_STATIC:
		return pint_encode(&q->path, digest, pid, hop, value);
	case NETWORK_QUANTILE:
		return pint_encode(&q->path, digest, pid, hop, pint_scale_code(s, value, random));
	case NETWORK_MAX:
	case NETWORK_MIN:
	case NETWORK_SUM:
		break;
	}
	return pint_fold_add(s, (enum pint_fold)(q->kind - NETWORK_MAX), hop == 1 ? pint_fold_start(s, (enum pint_fold)(q->kind - NETWORK_MAX)) : digest,
			     value, random);
}

static uint32_t
carry(const struct bench *b, const struct traffic *t, uint32_t pid)
{
	const struct network_set *set = &b->m.network.sets.v[network_set_of(&b->m.network, pid)];
	uint32_t digest = 0;

	for (uint32_t hop = 1; hop <= t->hops; hop++)
		vec_each (p, &set->parts) {
			const struct network_query *q = &b->m.network.queries.v[p->query];
			uint32_t mask = UINT32_MAX >> (32 - q->bits * q->copies) << p->lo;
			uint32_t part = change(b, p->query, (digest & mask) >> p->lo, t->path[hop - 1], hop, pid);

			digest = (digest & ~mask) | part << p->lo;
		}
	return digest;
}

/* --- what comes out ------------------------------------------------------------------------------- */

static bool
is_path_of(const struct traffic *t, const struct ir_value *path)
{
	bool same = t->hops == path->list.n;

	for (uint32_t i = 0; i < t->hops && same; i++)
		same = path->list.items[i].tag == IR_V_ABSENT || path->list.items[i].i == t->path[i];
	return same;
}

/* After how many packets a path is decoded is the decoder's art, not the collector's: 1 stands for it. */
static void
hide_luck(struct bench *b, struct ir_result *r)
{
	const struct ir_value **rows = arena_array(b->a, const struct ir_value *, r->nrows + 1);

	for (uint32_t i = 0; i < r->nrows; i++) {
		struct ir_value *v = arena_copy(b->a, ir_result_row(r, i), r->ncolumns * sizeof(*v));

		for (uint32_t c = 0; c < r->ncolumns; c++)
			if (str_is(r->columns[c].name, "decoded_after") && v[c].tag == IR_V_INT)
				v[c].i = 1;
		rows[i] = v;
	}
	r->rows = rows;
}

static void
emit(void *user, const struct ir_result *r)
{
	struct bench *b = user;
	struct ir_result shown = *r;

	for (uint32_t i = 0; i < r->nrows; i++)
		for (uint32_t c = 0; c < r->ncolumns; c++) {
			const struct ir_value *v = &ir_result_row(r, i)[c];
			bool found = v->tag != IR_V_LIST || !str_is(r->columns[c].name, "path");

			for (uint32_t f = 0; f < b->nflows && !found; f++)
				found = is_path_of(&b->flows[f], v);
			if (!found)
				bug("nobody took the path in row %u", i);
		}
	hide_luck(b, &shown);
	sink_result(b->json, &shown, 0);
	sink_result(b->table, &shown, 0);
}

/* 10.0.0.n, or fcNN::1: only high bits tell those apart. */
static ir_i128
address(const struct ir_field *f, uint32_t n)
{
	return f->type.width > 64 ? (ir_i128)((ir_u128)(0xfc00 + n) << 112 | 1) : 0x0a000000 + n;
}

/* Fields as a packet of the flow has them. */
static uint32_t
fill(const struct bench *b, const struct traffic *t, struct ir_value *fields)
{
	uint32_t there = 0;

	for (uint32_t i = 0; i < b->g->network->fields.n; i++) {
		const struct ir_field *f = b->g->network->fields.v[i];
		struct str name = f->text;
		bool tcp = str_starts(name, STR("tcp.")), udp = str_starts(name, STR("udp."));

		fields[i] = ir_int(str_ends(name, STR("srcAddr_in"))   ? address(f, t->source)
				   : str_ends(name, STR("dstAddr_in")) ? address(f, t->destination)
				   : str_ends(name, STR("srcPort_in")) ? t->port
				   : str_ends(name, STR("dstPort_in")) ? 80
				   : str_ends(name, STR("protocol_in")) ? (t->port % 2 ? 6 : 17)
								       : 1);
		if (!(tcp || udp) || (t->port && (t->port % 2 ? tcp : udp)))
			there |= 1u << i;
	}
	return there;
}

static void
run(struct bench *b, struct pint_collector *c)
{
	struct ir_value fields[IR_NETWORK_FIELDS + 1];
	uint32_t sent[FLOWS_MAX] = { 0 }, pid = 0;

	for (;;) { /* the packet that comes next */
		struct traffic *next = NULL;
		struct pint_report r;

		for (uint32_t f = 0; f < b->nflows; f++) {
			struct traffic *t = &b->flows[f];

			if (sent[f] < t->packets && (!next || t->first_ns + sent[f] * t->gap_ns < r.time_ns)) {
				next = t;
				r.time_ns = t->first_ns + sent[f] * t->gap_ns;
			}
		}
		if (!next)
			return;
		sent[next - b->flows]++;
		pint_collector_advance(c, r.time_ns);
		r.pid = pint_mix(++pid);
		r.hops = next->hops;
		r.plan = b->m.network.plan;
		r.switch_id = next->path[next->hops - 1];
		r.digest = carry(b, next, r.pid);
		r.there = fill(b, next, fields);
		r.fields = fields;
		pint_collector_report(c, &r);
		r.plan ^= 1;
		if (pid % 50 == 0)
			pint_collector_report(c, &r);
	}
}

static void
ignore(void *user, const struct ir_result *r)
{
	(void)user;
	(void)r;
}

/* Reports that no switch would make: nothing of them may end the collector. */
static void
garbage(struct bench *b, const struct pint_collector_options *o)
{
	struct pint_collector *c = pint_collector_open(b->a, b->d, &b->m, b->g, o, ignore, NULL);
	struct ir_value fields[IR_NETWORK_FIELDS + 1];

	for (uint32_t i = 0; c && i < 5000; i++) {
		struct pint_report r = { .time_ns = (uint64_t)noise(i, 1) << noise(i, 2) % 34, .switch_id = noise(i, 3) % 30, .pid = noise(i, 4),
					 .hops = noise(i, 5) % 4 ? noise(i, 5) % 70 : noise(i, 6), .digest = noise(i, 7), .there = noise(i, 8), .fields = fields };

		for (uint32_t f = 0; f < IR_NETWORK_FIELDS; f++)
			fields[f] = ir_int(noise(i, 20 + f) % 3);
		if (i % 100 == 0)
			pint_collector_advance(c, r.time_ns);
		pint_collector_report(c, &r);
	}
	if (c)
		pint_collector_finish(c);
	pint_collector_close(c);
}

static void
collect(struct bench *b)
{
	uint32_t ids[SWITCHES], starts[SWITCHES + 1], next[SWITCHES * SWITCHES], n = 0;
	struct pint_universe u = { ids, SWITCHES, starts, next };
	struct pint_collector_options o = { &u, b->max_flows, 3, true };
	const struct pint_collector_counts *counts;
	struct pint_collector *c;

	for (uint32_t i = 0; i < SWITCHES; i++) {
		ids[i] = i + 1;
		starts[i] = n;
		for (uint32_t k = 0; k < SWITCHES; k++)
			if (b->linked[i + 1][k + 1])
				next[n++] = k;
	}
	starts[SWITCHES] = n;
	if (!b->has_links)
		u.links = u.next = NULL;
	c = pint_collector_open(b->a, b->d, &b->m, b->g, &o, emit, b);
	if (!c)
		return;
	run(b, c);
	pint_collector_finish(c);
	sink_finish(b->json);
	sink_finish(b->table);
	counts = pint_collector_counts(c);
	printf("\nreports %llu, foreign %llu, crowded %llu, changes %llu, contradicted %llu\n", (unsigned long long)counts->reports,
	       (unsigned long long)counts->foreign, (unsigned long long)counts->crowded, (unsigned long long)counts->changes,
	       (unsigned long long)counts->contradicted);
	pint_collector_close(c);
	garbage(b, &o);
}

static bool
load(struct bench *b, const char *program, const char *queries)
{
	struct p4_options p4 = { .include_dirs = NULL };
	struct query_options q = { .network = true };
	struct str path = str_from(queries);
	struct p4_node *tree = p4_parse_file(b->a, b->d, str_from(program), &p4);
	struct p4_program *checked = tree ? p4_check(b->a, b->d, tree, false) : NULL;
	struct plan_program *p = checked ? plan_program_make(b->a, b->d, checked) : NULL;

	b->g = p ? query_load(b->a, b->d, &p->schema, &path, 1, &q) : NULL;
	b->plan = b->g && b->g->network ? plan_network_make(b->a, b->d, b->g->network, p, NULL) : NULL;
	return b->plan != NULL;
}

int
main(int argc, char **argv)
{
	struct bench b = { .a = arena_make() };
	bool ok;

	b.d = diags_make(b.a, sources_make(b.a));
	ok = argc == 3 && load(&b, argv[1], argv[2]);
	if (ok) {
		manifest_init(&b.m, b.a);
		b.m.tick_ns = 1000;
		plan_network_describe(b.a, b.plan, b.g, &b.m.network);
		vec_each (n, &b.m.network.queries) {
			/* the schedule that nobody will improve */
			pint_schedule_make(&n->path.schedule, PINT_BASELINE, 8, n->bits * n->copies);
			if (n->kind != NETWORK_STATIC &&
			    !pint_scale_make(&b.scales[n->number - 1], &n->range, arena_array(b.a, uint32_t, PINT_SCALE_WORDS(n->range.bits))))
				bug("an impossible scale");
		}
		read_scenario(&b, argv[2]);
		b.json = sink_make_json(stdout);
		b.table = sink_make_table(stdout);
		collect(&b);
	}
	diags_print(b.d, stderr);
	ok &= !diag_errors(b.d);
	arena_free(b.a);
	return ok ? 0 : 1;
}
