/* The fabric: nothing is lost or made, times are as computed by hand, and HPCC does what it is for. */
#include "net/fabric_queries.h"
#include "net/slowdown.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "unit.h"

#define GBPS UINT64_C(1000000000)
#define US UINT64_C(1000000) /* in picoseconds */
#define BYTE_PS 80	     /* of hosts' links */
#define INNER_PS 20

/* Two pods of two edge switches with two hosts each: hosts 0 and 1 at one switch, 2 and 3 in the same pod. */
static struct fabric *
make(struct arena *a, const struct fabric_options *o)
{
	struct net_topology *t = net_clos(a, 2, 2, 2, 4, 2);
	const char *why = "";
	struct fabric *f;

	vec_each(l, &t->links) {
		bool is_edge = t->nodes.v[l->end[0].node].is_host || t->nodes.v[l->end[1].node].is_host;

		l->rate_bps = (is_edge ? 100 : 400) * GBPS;
		l->delay_ns = 1000;
	}
	f = fabric_make(a, t, o, &why);
	assert_non_null(f);
	return f;
}

static void
feed(struct fabric *f, struct flows *flows, const char *sizes, uint64_t until_ps, uint64_t seed)
{
	struct str nearest;

	flows_init(flows, flow_sizes_find(str_from(sizes), &nearest), f->topology->hosts.n, fabric_line_bps(f), 500, until_ps, seed);
	fabric_feed(f, flows);
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *name;
		double mean;
	} wanted[] = { { "websearch", 1711250 }, { "hadoop", 120420.75 } };
	struct random r;
	struct str nearest;

	(void)state;
	random_init(&r, 1, 0);
	for (int i = 0; i < 2; i++) {
		const struct flow_sizes *s = flow_sizes_find(str_from(wanted[i].name), &nearest);
		uint32_t n = 40000, below = 0;
		double sum = 0;

		assert_true(fabs((double)flow_sizes_mean_2000(s) / 2000 - wanted[i].mean) < 1);
		for (uint32_t k = 0; k < n; k++) {
			uint64_t bytes = flow_sizes_draw(s, &r);

			assert_in_range(bytes, 1, s->marks[s->n - 1].bytes);
			below += bytes <= s->marks[4].bytes;
			sum += (double)bytes;
		}
		assert_true(fabs(sum / n / wanted[i].mean - 1) < 0.05);
		assert_true(fabs((double)below / n - s->marks[4].permille / 1000.0) < 0.02);
	}
	assert_null(flow_sizes_find(str_from("web-search"), &nearest));
	assert_str(nearest, "websearch");
}

static void
test_arrivals(void **state)
{
	struct str nearest;
	struct flows flows;
	struct flow f;
	double bytes = 0;

	(void)state;
	flows_init(&flows, flow_sizes_find(str_from("hadoop"), &nearest), 10, 100 * GBPS, 300, 100000 * US, 3);
	while (flows_next(&flows, &f)) {
		assert_true(f.from < 10 && f.to < 10 && f.from != f.to);
		bytes += (double)f.bytes;
	}
	/* 30 % of ten times 100 Gb/s for 100 ms */
	assert_true(fabs(bytes * 8 / 30e9 - 1) < 0.05);
}

static uint64_t
alone_ps(uint32_t to, uint64_t bytes, uint64_t *ret_ideal)
{
	struct arena *a = arena_make();
	struct fabric_options o = { .feedback = FEEDBACK_NONE };
	struct fabric *f = make(a, &o);
	struct flow flow = { .start_ps = 7 * US, .bytes = bytes, .from = 0, .to = to };
	uint64_t took;

	fabric_add(f, &flow);
	fabric_run(f, UINT64_MAX);
	assert_int_equal(f->results.n, 1);
	took = f->results.v[0].took_ps;
	*ret_ideal = f->results.v[0].ideal_ps;
	arena_free(a);
	return took;
}

/* A flow alone takes what is computed, to the picosecond; of one packet and of many equal ones by hand, too. */
static void
test_ideal(void **state)
{
	static const uint64_t bytes[] = { 1, 10, 999, 1000, 1001, 1400, 2000, 2001, 12345, 100000, 1234567 };
	static const uint32_t to[] = { 1, 3, 6 };
	uint64_t ideal, took;

	(void)state;
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		for (size_t k = 0; k < sizeof(bytes) / sizeof(bytes[0]); k++) {
			took = alone_ps(to[i], bytes[k], &ideal);
			assert_int_equal(took, ideal);
		}
	/* two links */
	took = alone_ps(1, 1000, &ideal);
	assert_int_equal(took, 4 * US + 2 * (1050 + 60) * BYTE_PS);
	took = alone_ps(1, 5000, &ideal);
	assert_int_equal(took, 4 * US + 2 * (1050 + 60) * BYTE_PS + 4 * 1050 * BYTE_PS);
	/* six: four between switches */
	took = alone_ps(6, 5000, &ideal);
	assert_int_equal(took, 12 * US + (1050 + 60) * (2 * BYTE_PS + 4 * INNER_PS) + 4 * 1050 * BYTE_PS);
}

static void
test_base_round_trip(void **state)
{
	struct arena *a = arena_make();
	struct fabric_options o = { .feedback = FEEDBACK_INT };
	struct fabric *f = make(a, &o);

	(void)state;
	assert_int_equal(f->feedback.period_ns, 12240);
	assert_true(f->rules.window == 153000);
	arena_free(a);
}

static void
test_records(void **state)
{
	struct feedback f;
	struct feedback_port p;
	struct feedback_note n;
	struct feedback_record r;

	(void)state;
	feedback_init(&f, FEEDBACK_INT, 0, 12240);
	assert_false(feedback_port_init(&f, &p, 30 * GBPS));
	assert_true(feedback_port_init(&f, &p, 400 * GBPS));
	p.sent_bytes = ((UINT64_C(5) << FEEDBACK_SENT_BITS) + 17) * FEEDBACK_SENT_UNIT + 3;
	feedback_begin(&f, &n, 1);
	feedback_leave(&f, &p, &n, (UINT64_C(3) << FEEDBACK_TIME_BITS) + 99, 805, 1050);
	r = feedback_record(n.records[0]);
	assert_int_equal(r.rate_bps, 400 * GBPS);
	assert_int_equal(r.time, 99);
	assert_int_equal(r.sent, 17);
	assert_int_equal(r.queued, 10);
	feedback_leave(&f, &p, &n, 5, UINT64_MAX, 1050);
	assert_int_equal(feedback_record(n.records[1]).queued, (1 << FEEDBACK_QUEUED_BITS) - 1);
	assert_int_equal(n.hops, 2);
}

static void
check_sums(const struct fabric *f)
{
	uint64_t bytes = 0, packets = 0;

	for (uint32_t i = 0; i < f->results.n; i++) {
		bytes += f->results.v[i].bytes;
		packets += (f->results.v[i].bytes + FABRIC_PAYLOAD - 1) / FABRIC_PAYLOAD;
		assert_true(f->results.v[i].took_ps >= f->results.v[i].ideal_ps);
	}
	assert_int_equal(f->results.n, f->flows);
	assert_int_equal(f->payload_arrived, bytes);
	assert_int_equal(f->packets_sent, packets);
	assert_int_equal(f->packets_arrived, packets);
	assert_int_equal(f->acks_sent, packets);
	assert_int_equal(f->acks_arrived, packets);
	assert_int_equal(f->packets_free, f->packets_made);
	for (uint32_t i = 0; i < 2 * f->topology->links.n; i++)
		assert_int_equal(f->ports[i].queued, 0);
}

/* With Reno packets are lost, and sent again until all has arrived, once. */
static void
test_losses(void **state)
{
	static const uint32_t loads[] = { 100, 900 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct arena *a = arena_make();
		struct fabric_options o = { .is_reno = true };
		struct fabric *f = make(a, &o);
		uint64_t bytes = 0, n = 40;

		for (uint32_t flow = 0; flow < n; flow++) { /* to one host, from all others */
			struct flow one = { .start_ps = flow * US * 1000 / loads[i], .bytes = 1 + pint_hash(1, flow, 0) % 300000, .id = flow,
					    .from = 1 + flow % 3 };

			bytes += one.bytes;
			fabric_add(f, &one);
		}
		fabric_run(f, UINT64_MAX);
		assert_int_equal(f->results.n, n);
		assert_int_equal(f->payload_arrived, bytes);
		assert_int_equal(f->packets_free, f->packets_made);
		assert_int_equal(f->packets_sent - f->packets_arrived + f->acks_sent - f->acks_arrived, f->lost);
		assert_true(f->lost > 100);
		for (uint32_t port = 0; port < 2 * f->topology->links.n; port++)
			assert_true(!f->ports[port].room || f->ports[port].most_queued <= f->ports[port].room);
		arena_free(a);
	}
}

/* By hand: a window doubles until three duplicates, halves, and grows by a segment in a round trip. */
static void
test_reno(void **state)
{
	struct reno r;

	(void)state;
	reno_begin(&r);
	for (uint64_t acked = 0; acked < 10000; acked += RENO_SEGMENT)
		reno_ack(&r, acked, acked + RENO_SEGMENT, 10000);
	assert_true(r.window == 20000);
	for (int i = 0; i < 3; i++) {
		assert_false(r.resends);
		reno_ack(&r, 10000, 10000, 30000);
	}
	assert_true(r.resends && r.in_recovery && r.threshold == 10000 && r.window == 13000);
	r.resends = false;
	reno_ack(&r, 10000, 10000, 30000);
	assert_true(r.window == 14000 && !r.resends);
	reno_ack(&r, 10000, 15000, 31000); /* another one was lost */
	assert_true(r.resends && r.in_recovery && r.window == 10000);
	reno_ack(&r, 15000, 30000, 31000);
	assert_true(!r.in_recovery && r.window == 10000);
	for (uint64_t acked = 30000; acked < 40000; acked += RENO_SEGMENT)
		reno_ack(&r, acked, acked + RENO_SEGMENT, 41000);
	assert_true(r.window > 10900 && r.window < 11000);
	reno_timeout(&r, 40000, 60000);
	assert_true(r.window == 1000 && r.threshold == 10000);
	for (int i = 0; i < 3; i++)
		reno_ack(&r, 50000, 50000, 60000);
	assert_false(r.in_recovery); /* duplicates of what was sent before */
}

/* A tag names the first of the busiest links that a packet passed. */
static void
test_locator(void **state)
{
	static const uint32_t waiting[] = { 10000, 90000, 40000, 90000, 0 };
	struct feedback f;
	struct feedback_port p[FEEDBACK_HOPS];
	struct feedback_note n;
	uint32_t before = 0;

	(void)state;
	feedback_init(&f, FEEDBACK_CSIG, 0, 12240);
	feedback_begin(&f, &n, 1);
	for (uint32_t i = 0; i < FEEDBACK_HOPS; i++) {
		assert_true(feedback_port_init(&f, &p[i], 100 * GBPS));
		feedback_leave(&f, &p[i], NULL, 1000000, waiting[i], 60);
		feedback_leave(&f, &p[i], &n, 1012240, waiting[i], 1050);
		assert_true(n.digest >= before);
		before = n.digest;
		assert_int_equal(n.locator, i ? 2 : 1);
	}
}

static void
test_conservation(void **state)
{
	static const enum feedback_kind kinds[] = { FEEDBACK_NONE, FEEDBACK_INT, FEEDBACK_PINT, FEEDBACK_CSIG };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct arena *a = arena_make();
		struct fabric_options o = { .feedback = kinds[i], .share = UINT32_MAX };
		struct fabric *f = make(a, &o);
		struct flows flows;

		feed(f, &flows, "hadoop", 300 * US, 1);
		fabric_run(f, 150 * US);
		assert_true(f->packets_sent >= f->packets_arrived);
		assert_true(f->packets_made - f->packets_free == f->packets_sent - f->acks_arrived);
		fabric_run(f, UINT64_MAX);
		assert_true(f->flows > 50);
		check_sums(f);
		arena_free(a);
	}
}

/* Bytes that have arrived, by flow. */
static void
count(void *of, struct fabric_packet *p)
{
	uint64_t *bytes = of;

	bytes[p->flow->flow.id] += (p->end - 1) % FABRIC_PAYLOAD + 1;
}

/* Two flows, one of which begins later, share the link to a host: in the second half of two milliseconds. */
static void
share_link(enum feedback_kind kind, uint32_t share, double *ret_ratio, double *ret_use)
{
	struct arena *a = arena_make();
	uint64_t arrived[2] = { 0, 0 }, before[2], sent;
	struct fabric_options o = { .feedback = kind, .share = share, .observer = { .of = arrived, .arrives = count } };
	struct fabric *f = make(a, &o);
	struct flow flows[2] = { { .bytes = 60000000, .from = 2, .to = 0 },
				 { .bytes = 60000000, .id = 1, .from = 6, .to = 0, .start_ps = 200 * US } };
	uint32_t link = f->topology->nodes.v[f->topology->hosts.v[0]].ports.v[0].link;
	struct fabric_port *port = &f->ports[2 * link];

	port += port->host != NULL;
	fabric_add(f, &flows[0]);
	fabric_add(f, &flows[1]);
	fabric_run(f, 1000 * US);
	before[0] = arrived[0];
	before[1] = arrived[1];
	sent = port->sent_bytes;
	fabric_run(f, 2000 * US);
	*ret_ratio = (double)(arrived[0] - before[0]) / (double)(arrived[1] - before[1]);
	*ret_use = (double)(port->sent_bytes - sent) * BYTE_PS / (1000.0 * US);
	assert_true(port->most_queued < 200000);
	arena_free(a);
}

static void
test_sharing(void **state)
{
	static const struct {
		enum feedback_kind kind;
		uint32_t share;
		double unfair, off;
	} cases[] = {
		{ FEEDBACK_INT, UINT32_MAX, 0.1, 0.03 },
		{ FEEDBACK_PINT, UINT32_MAX, 0.1, 0.03 },
		{ FEEDBACK_PINT, UINT32_MAX / 16, 0.25, 0.05 },
		{ FEEDBACK_CSIG, UINT32_MAX, 0.25, 0.07 }, /* buckets 9 % apart */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double ratio, use;

		share_link(cases[i].kind, cases[i].share, &ratio, &use);
		print_message("# kind %d: %.3f of each other, use %.3f\n", (int)cases[i].kind, ratio, use);
		assert_true(ratio > 1 - cases[i].unfair && ratio < 1 / (1 - cases[i].unfair));
		assert_true(fabs(use - 0.95) < cases[i].off);
	}
}

static struct slowdown
load_it(enum feedback_kind kind, uint32_t share, uint64_t seed)
{
	struct arena *a = arena_make();
	struct fabric_options o = { .feedback = kind, .share = share };
	struct fabric *f = make(a, &o);
	struct flows flows;
	struct slowdown s;

	feed(f, &flows, "hadoop", 400 * US, seed);
	fabric_run(f, UINT64_MAX);
	s = slowdown_make(a, f);
	arena_free(a);
	return s;
}

static void
test_agreement(void **state)
{
	struct slowdown in = load_it(FEEDBACK_INT, 0, 1), pint = load_it(FEEDBACK_PINT, UINT32_MAX, 1), again, other;

	(void)state;
	assert_int_equal(in.all.flows, pint.all.flows);
	assert_true(in.all.p50 >= 1 && in.all.p50 <= in.all.p95 && in.all.p95 <= in.all.p99);
	print_message("# mean slowdown: INT %.3f, PINT %.3f\n", in.all.mean, pint.all.mean);
	assert_true(fabs(in.all.mean / pint.all.mean - 1) < 0.1);
	/* the same again, to the bit; other flows are others */
	again = load_it(FEEDBACK_PINT, UINT32_MAX, 1);
	assert_memory_equal(&again, &pint, sizeof(pint));
	other = load_it(FEEDBACK_PINT, UINT32_MAX, 2);
	assert_true(other.mean_ps != pint.mean_ps);
}

/* Only the share of packets that was asked for is longer. */
static void
test_share(void **state)
{
	struct arena *a = arena_make();
	struct fabric_options o = { .feedback = FEEDBACK_PINT, .share = pint_fraction(1, 16) };
	struct fabric *f = make(a, &o);
	struct flow flow = { .bytes = 16000000, .from = 0, .to = 6 };
	double longer;

	(void)state;
	fabric_add(f, &flow);
	fabric_run(f, UINT64_MAX);
	longer = (double)f->hosts[0].port->sent_bytes - 16000.0 * 1050;
	assert_true(fabs(longer / 1000 - 1) < 0.15);
	assert_true((double)f->hosts[6].port->sent_bytes == 16000.0 * 60 + longer);
	arena_free(a);
}

static void
test_queries(void **state)
{
	(void)state;
	for (int together = 0; together < 2; together++) {
		struct arena *a = arena_make();
		struct fabric_options o = { .feedback = FEEDBACK_PINT, .share = pint_fraction(1, 16) };
		struct fabric_queries *q = fabric_queries_make(a, &o, together);
		struct fabric *f = make(a, &o);
		struct fabric_answers r;
		struct flows flows;

		assert_true(fabric_queries_start(q, f));
		feed(f, &flows, "hadoop", 400 * US, 1);
		fabric_run(f, UINT64_MAX);
		r = fabric_queries_finish(q);
		print_message("# %u paths, %.2f packets, %u hops: %.4f %.4f\n", r.paths, r.packets_mean, r.hops, r.median, r.p99);
		assert_int_equal(r.wrong_paths, 0);
		assert_true(r.paths > 20 && r.packets_mean > 3 && r.packets_mean < 20);
		assert_true(r.hops > 5 && r.median < 0.1 && r.p99 < 0.3);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	     cmocka_unit_test(test_arrivals), cmocka_unit_test(test_ideal),
		cmocka_unit_test(test_base_round_trip), cmocka_unit_test(test_records),	cmocka_unit_test(test_conservation),
		cmocka_unit_test(test_sharing),	     cmocka_unit_test(test_agreement), cmocka_unit_test(test_share),
		cmocka_unit_test(test_queries),	     cmocka_unit_test(test_locator),	cmocka_unit_test(test_losses),
		cmocka_unit_test(test_reno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
