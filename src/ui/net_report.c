#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "ui/net.h"
#include "ui/net_truth.h"

#define BUSIEST 5 /* links that people are told of */

/* Why a switch did not send packets. */
struct cause {
	struct str where, reason, name; /* the switch's */
	uint64_t packets;
};

/* All there is to tell. */
struct balance {
	const struct net_run *r;
	struct net_counts n;
	bool has_paths, has_comparison;
	struct net_truth_counts paths;
	struct net_comparison compared;
	struct net_pings pings;
	uint64_t end_ns, without_room; /* packets that got no digest, as they would have been longer than their link's MTU */
	VEC(struct cause) causes;
	struct busy {
		uint32_t link, side;
		double load; /* of the rate, over the whole run */
	} busiest[BUSIEST];
	uint32_t nbusiest;
};

/* --- gathering --- */

struct gatherer {
	struct balance *b;
	uint32_t node;
};

static void
add_cause(void *user, const struct sw_drop *d)
{
	struct gatherer *g = user;
	struct arena *a = g->b->r->arena;
	struct cause c = { str_from(d->where), str_dup(a, d->reason), g->b->r->net->t->nodes.v[g->node].name, d->packets };

	vec_push(a, &g->b->causes, c);
}

/* Most packets first; then by switch. */
static int
by_packets(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;
	int c;

	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	c = str_cmp(x->name, y->name);
	return c ? c : str_cmp(x->reason, y->reason);
}

static void
add_busy(struct balance *b, struct busy new)
{
	uint32_t i = b->nbusiest < BUSIEST ? b->nbusiest++ : BUSIEST;

	while (i && b->busiest[i - 1].load < new.load) {
		if (i < BUSIEST)
			b->busiest[i] = b->busiest[i - 1];
		i--;
	}
	if (i < BUSIEST)
		b->busiest[i] = new;
}

/* What the woven programs of all switches counted. */
static uint64_t
woven_count(const struct net_run *r, enum weave_network_count what)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < r->net->t->switches.n; i++) {
		const struct net_switch *s = &r->switches[i];
		struct ps_counter_cell cell = { 0 };

		if (s->c->network && !sw_counter_read(s->soft.sw, (uint32_t)sw_counter_index(s->soft.sw, s->c->network->names.counts), what, &cell))
			sum += cell.packets;
	}
	return sum;
}

static void
gather(struct balance *b, const struct net_run *r, const struct net_run *plain)
{
	const struct net_topology *t = r->net->t;

	*b = (struct balance){ .r = r, .has_paths = r->truth, .has_comparison = plain };
	net_world_counts(r->world, &b->n);
	b->end_ns = r->last_ns;
	b->without_room = woven_count(r, WEAVE_NETWORK_LONG);
	b->pings = net_traffic_pings(r->traffic);
	if (r->truth)
		b->paths = net_truth_counts(r->truth);
	if (plain)
		b->compared = net_run_compare(r, plain);
	for (uint32_t i = 0; i < t->switches.n; i++)
		sw_each_drop(r->switches[i].soft.sw, add_cause, &(struct gatherer){ b, r->switches[i].node });
	if (b->causes.n)
		qsort(b->causes.v, b->causes.n, sizeof(*b->causes.v), by_packets);
	for (uint32_t i = 0; i < 2 * t->links.n; i++) {
		struct net_traffic n = net_world_traffic(r->world, i / 2, i % 2);
		uint64_t rate = t->links.v[i / 2].rate_bps;

		if (rate && n.bytes && b->end_ns)
			add_busy(b, (struct busy){ i / 2, i % 2, (double)n.bytes * 8e9 / (double)rate / (double)b->end_ns });
	}
}

static uint64_t
out(const struct net_counts *n)
{
	return n->delivered + n->lost_loss + n->lost_down + n->lost_queue + n->dropped + n->nowhere + n->inside;
}

/* --- for people --- */

static void
line(FILE *f, const char *name, uint64_t n)
{
	fprintf(f, "  %-28s %12" PRIu64 "\n", name, n);
}

static void
print_comparison(FILE *f, const struct balance *b)
{
	const struct net_comparison *c = &b->compared;

	fprintf(f, "\nas hosts would have got them without queries\n");
	line(f, "the same bytes", c->same);
	line(f, "other bytes", c->differ);
	line(f, "only with queries", c->only_here);
	line(f, "only without", c->only_there);
}

static void
print_paths(FILE *f, const struct balance *b)
{
	fprintf(f, "\npaths, against those that packets took\n");
	line(f, "flows", b->paths.flows);
	line(f, "flows with a decoded path", b->paths.decoded);
	line(f, "rows that are right", b->paths.right);
	line(f, "rows of a path before", b->paths.stale);
	line(f, "several at once: not told", b->paths.mixed);
	line(f, "wrong rows", b->paths.wrong);
}

/* What reports could not tell. */
static void
print_left_out(FILE *f, const struct balance *b)
{
	const struct pint_collector_counts *c = b->r->collector ? pint_collector_counts(b->r->collector) : NULL;

	if (b->without_room)
		fprintf(f, "  ! %" PRIu64 " packets went without a digest, as it would have made them longer than links take (--mtu)\n", b->without_room);
	if (c && c->too_long)
		fprintf(f, "  ! %" PRIu64 " parts of digests are of packets that passed more than %d switches: paths and quantiles tell no further\n",
			c->too_long, PINT_HOPS);
	if (c && c->crowded)
		fprintf(f, "  ! %" PRIu64 " parts of digests are of flows for which there was no room\n", c->crowded);
	if (c && c->lost)
		fprintf(f, "  ! %" PRIu64 " reports were overwritten before they were read (--ring)\n", c->lost);
}

static struct str
end_name(const struct net_topology *t, const struct busy *busy, uint32_t which)
{
	return t->nodes.v[t->links.v[busy->link].end[which].node].name;
}

static void
print_busiest(FILE *f, const struct balance *b)
{
	const struct net_topology *t = b->r->net->t;

	if (b->nbusiest)
		fprintf(f, "\nbusiest links\n");
	for (uint32_t i = 0; i < b->nbusiest; i++) {
		const struct busy *x = &b->busiest[i];
		struct net_traffic n = net_world_traffic(b->r->world, x->link, x->side);
		struct str from = end_name(t, x, x->side), to = end_name(t, x, 1 - x->side);

		fprintf(f, "  %.*s -> %.*s%*s %6.2f %%  %" PRIu64 " packets\n", STRA(from), STRA(to), (int)(24 - (from.n + to.n) % 24), "",
			x->load * 100, n.packets);
	}
}

static void
print_causes(FILE *f, const struct balance *b)
{
	if (b->causes.n)
		fprintf(f, "\nwhy packets did not leave switches\n");
	for (uint32_t i = 0; i < b->causes.n && i < 20; i++)
		fprintf(f, "  %12" PRIu64 "  %.*s %.*s %.*s\n", b->causes.v[i].packets, STRA(b->causes.v[i].name),
			STRA(b->causes.v[i].where), STRA(b->causes.v[i].reason));
	if (b->causes.n > 20)
		fprintf(f, "  and %u more reasons\n", b->causes.n - 20);
}

static void
print_text(FILE *f, const struct balance *b)
{
	static const char *const rule = "                               ------------\n";
	const struct net_topology *t = b->r->net->t;
	const struct net_counts *n = &b->n;

	fprintf(f, "network %.*s: %u switches, %u hosts, %u links, %.3f s\n", STRA(t->name), t->switches.n, t->hosts.n, t->links.n,
		(double)b->end_ns / 1e9);
	line(f, "sent by hosts", n->sent);
	line(f, "copies made by switches", n->copies);
	fprintf(f, "%s", rule);
	line(f, "in all", n->sent + n->copies);
	line(f, "delivered", n->delivered);
	line(f, "lost by links", n->lost_loss);
	line(f, "lost, link down", n->lost_down);
	line(f, "lost, queue full", n->lost_queue);
	line(f, "dropped by switches", n->dropped);
	line(f, "sent where no link is", n->nowhere);
	line(f, "still inside", n->inside);
	fprintf(f, "%s", rule);
	line(f, "in all", out(n));
	if (out(n) != n->sent + n->copies)
		fprintf(f, "  ! packets are unaccounted for\n");
	if (b->pings.sent)
		fprintf(f, "\npings: %" PRIu64 " of %" PRIu64 " answered, %.3f ms there and back (%.3f to %.3f)\n", b->pings.answered,
			b->pings.sent, b->pings.answered ? (double)b->pings.sum_ns / (double)b->pings.answered / 1e6 : 0,
			(double)b->pings.least_ns / 1e6, (double)b->pings.most_ns / 1e6);
	if (b->has_comparison)
		print_comparison(f, b);
	if (b->has_paths)
		print_paths(f, b);
	print_left_out(f, b);
	print_busiest(f, b);
	print_causes(f, b);
}

/* --- for programs --- */

static void
print_collector(FILE *f, const struct balance *b)
{
	const struct pint_collector_counts *c = b->r->collector ? pint_collector_counts(b->r->collector) : NULL;

	if (!c)
		return;
	fprintf(f, ",\"reports\":%" PRIu64 ",\"foreign\":%" PRIu64 ",\"too_long\":%" PRIu64 ",\"lost_reports\":%" PRIu64 ",\"crowded\":%" PRIu64
		",\"route_changes\":%" PRIu64 ",\"without_room\":%" PRIu64, c->reports, c->foreign, c->too_long, c->lost, c->crowded, c->changes,
		b->without_room);
}

static void
print_links(FILE *f, const struct balance *b)
{
	const struct net_topology *t = b->r->net->t;
	bool first = true;

	fprintf(f, ",\"links\":[");
	for (uint32_t i = 0; i < 2 * t->links.n; i++) {
		struct busy x = { i / 2, i % 2, 0 };
		struct net_traffic n = net_world_traffic(b->r->world, x.link, x.side);

		if (!n.packets && !n.lost)
			continue;
		fprintf(f, "%s{\"from\":", first ? "" : ",");
		json_print_string(f, end_name(t, &x, x.side));
		fprintf(f, ",\"to\":");
		json_print_string(f, end_name(t, &x, 1 - x.side));
		fprintf(f, ",\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"lost\":%" PRIu64 "}", n.packets, n.bytes, n.lost);
		first = false;
	}
	fprintf(f, "]");
}

static void
print_json(FILE *f, const struct balance *b)
{
	const struct net_topology *t = b->r->net->t;
	const struct net_counts *n = &b->n;

	fprintf(f, "{\"type\":\"net\",\"topology\":");
	json_print_string(f, t->name);
	fprintf(f, ",\"switches\":%u,\"hosts\":%u,\"end_ns\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"copies\":%" PRIu64 ",\"delivered\":%" PRIu64
		",\"lost_link\":%" PRIu64 ",\"lost_down\":%" PRIu64 ",\"lost_queue\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"nowhere\":%" PRIu64
		",\"inside\":%" PRIu64 ",\"balanced\":%s", t->switches.n, t->hosts.n, b->end_ns, n->sent, n->copies, n->delivered,
		n->lost_loss, n->lost_down, n->lost_queue, n->dropped, n->nowhere, n->inside,
		out(n) == n->sent + n->copies ? "true" : "false");
	if (b->pings.sent)
		fprintf(f, ",\"pings\":{\"sent\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"min_ns\":%" PRIu64 ",\"max_ns\":%" PRIu64 "}",
			b->pings.sent, b->pings.answered, b->pings.least_ns, b->pings.most_ns);
	if (b->has_comparison)
		fprintf(f, ",\"compared\":{\"identical\":%" PRIu64 ",\"differ\":%" PRIu64 ",\"only_with\":%" PRIu64 ",\"only_without\":%"
			PRIu64 "}", b->compared.same, b->compared.differ, b->compared.only_here, b->compared.only_there);
	print_collector(f, b);
	if (b->has_paths)
		fprintf(f, ",\"paths\":{\"flows\":%" PRIu64 ",\"decoded\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"right\":%" PRIu64 ",\"stale\":%"
			PRIu64 ",\"mixed\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"unmatched\":%" PRIu64 "}", b->paths.flows, b->paths.decoded, b->paths.rows,
			b->paths.right, b->paths.stale, b->paths.mixed, b->paths.wrong, b->paths.unmatched);
	fprintf(f, ",\"drops\":[");
	for (uint32_t i = 0; i < b->causes.n; i++) {
		fprintf(f, "%s{\"switch\":", i ? "," : "");
		json_print_string(f, b->causes.v[i].name);
		fprintf(f, ",\"where\":\"%.*s\",\"reason\":", STRA(b->causes.v[i].where));
		json_print_string(f, b->causes.v[i].reason);
		fprintf(f, ",\"packets\":%" PRIu64 "}", b->causes.v[i].packets);
	}
	fprintf(f, "]");
	print_links(f, b);
	fprintf(f, "}\n");
}

static void
print_csv(FILE *f, const struct balance *b)
{
	const struct net_counts *n = &b->n;

	fprintf(f, "sent,copies,delivered,lost_link,lost_down,lost_queue,dropped,nowhere,inside,identical,differ,wrong_paths\n");
	fprintf(f, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 "\n", n->sent, n->copies, n->delivered, n->lost_loss, n->lost_down, n->lost_queue, n->dropped,
		n->nowhere, n->inside, b->compared.same, b->compared.differ, b->paths.wrong);
}

void
net_report(FILE *f, const struct net_run *r, const struct net_run *plain)
{
	const struct net_args *a = &r->net->args;
	struct balance b;

	gather(&b, r, plain);
	if (a->json)
		print_json(f, &b);
	else if (a->csv)
		print_csv(f, &b);
	else
		print_text(f, &b);
}
