/* Queues and time, computed by hand. */
#include <errno.h>
#include <stdlib.h>

#include "flow.h"
#include "switch/pre.h"

#define OPEN(...)                                                                  \
	struct flow *f = malloc(sizeof(*f));                                       \
	(void)state;                                                               \
	flow_open(f, (struct sw_config){ __VA_ARGS__ });                           \
	f->brief = true
#define CLOSE          \
	flow_close(f); \
	free(f)

static uint64_t
lost(struct flow *f)
{
	struct sw_counts c;

	sw_counts(f->sw, &c);
	return c.lost_queue;
}

/* 100 packets a second into a queue of 100: one goes at once, 100 wait, the rest is lost. */
static void
hundred(void **state)
{
	struct sw_queue_counts q;

	OPEN(.depth = 100, .queue_pps = 100);
	for (int i = 0; i < 130; i++)
		flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 29);
	sw_queue_counts(f->sw, 2, 0, &q);
	assert_int_equal(q.enqueued, 101);
	assert_int_equal(q.lost, 29);
	assert_int_equal(q.waiting, 100);
	assert_int_equal(q.waiting_bytes, 2200);
	flow_check(f, "0>2");
	assert_true(sw_next_departure(f->sw) == 10 * MS);
	sw_advance(f->sw, 10 * MS - 1);
	flow_check(f, "");
	sw_advance(f->sw, 10 * MS);
	flow_check(f, "10000000>2");
	flow_balance(f);
	/* At 20 ms one departs before the next arrival: there is room again. */
	flow_send(f, 20 * MS, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 29);
	flow_check(f, "20000000>2");
	flow_send(f, 20 * MS, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 29);
	flow_send(f, 20 * MS, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 30);
	sw_drain(f->sw);
	assert_true(sw_now(f->sw) == 1020 * MS);
	CLOSE;
}

/* A third of a second is no whole number of nanoseconds: after 3 it must be right again. */
static void
no_drift(void **state)
{
	OPEN(.depth = 1000, .queue_pps = 3);
	for (int i = 0; i < 7; i++)
		flow_send(f, 5, FAKE_OP_FORWARD, 0, 2, 0);
	sw_drain(f->sw);
	flow_check(f, "5>2 333333338>2 666666671>2 1000000005>2 1333333338>2 1666666671>2 2000000005>2");
	/* Idle: the next one leaves at once, and the rhythm starts there. */
	flow_send(f, 2500000000u, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 2500000000u, FAKE_OP_FORWARD, 0, 2, 0);
	sw_drain(f->sw);
	flow_check(f, "2500000000>2 2833333333>2");
	CLOSE;
}

/* What the program sees: depth before, depth behind, delay in microseconds. */
static void
queue_fields(void **state)
{
	uint8_t p[22];

	OPEN(.queue_pps = 1000);
	f->brief = false;
	for (int i = 0; i < 4; i++)
		sw_receive(f->sw, 1500 * (uint64_t)i, 1, p, flow_command(p, FAKE_OP_TIMES, 0, 2, 0, 22));
	sw_drain(f->sw);
	/* dst = enq_qdepth << 24 | deq_qdepth; the second packet waits from 1 us (1.5) to 1000 us. */
	flow_check(f, "0>2/22/dst=00000000/src=0000/v=0016 1000000>2/22/dst=00000002/src=03e7/v=0016 "
		"2000000>2/22/dst=01000001/src=07cd/v=0016 3000000>2/22/dst=02000000/src=0bb4/v=0016");
	CLOSE;
}

/* One port of 1 Mbit/s: 22 bytes take 176 us; priority 5 overtakes, but interrupts nothing. */
static void
strict_priority(void **state)
{
	OPEN(.port_bps = 1000000, .story = flow_story);
	flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 1000, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 2000, FAKE_OP_FORWARD, 5, 2, 0);
	flow_send(f, 3000, FAKE_OP_FORWARD, 1, 2, 0);
	flow_send(f, 4000, FAKE_OP_FORWARD, 5, 3, 0);
	f->n = 0;
	sw_drain(f->sw);
	flow_check(f, "176000>2 [2<-1 normal intent=2 copies=1 q2.5@2000+0-176000+0 out=2:normal forwarded] "
		"352000>2 [3<-1 normal intent=2 copies=1 q2.1@3000+0-352000+0 out=2:normal forwarded] "
		"528000>2 [1<-1 normal intent=2 copies=1 q2.0@1000+0-528000+0 out=2:normal forwarded]");
	CLOSE;
}

/* 3 bit/s: 176 bits take 58.666... s. */
static void
bits_without_drift(void **state)
{
	OPEN(.port_bps = 3);
	for (int i = 0; i < 4; i++)
		flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	sw_drain(f->sw);
	flow_check(f, "0>2 58666666666>2 117333333333>2 176000000000>2");
	CLOSE;
}

static void
rates_of_queues_and_ports(void **state)
{
	OPEN(.depth = 10);
	assert_int_equal(sw_set_queue_rate(f->sw, 2, SW_ALL, 10), 0);
	assert_int_equal(sw_set_port_rate(f->sw, 2, 176 * 4), 0);
	/* The queue's rate is the slower one; priority 1 has its own. */
	for (int i = 0; i < 3; i++)
		flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 0, FAKE_OP_FORWARD, 1, 2, 0);
	sw_drain(f->sw);
	flow_check(f, "0>2 250000000>2 500000000>2 750000000>2");
	assert_int_equal(sw_set_queue_rate(f->sw, 2, 9, 10), -ERANGE);
	assert_int_equal(sw_set_queue_depth(f->sw, 512, 1, 10, false), -ERANGE);
	CLOSE;
}

static void
depth_in_bytes(void **state)
{
	OPEN(.depth = 66, .depth_is_bytes = true, .queue_pps = 1000);
	for (int i = 0; i < 5; i++)
		flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 1); /* one left, three are waiting */
	assert_int_equal(sw_set_queue_depth(f->sw, 2, 0, 4, false), 0);
	flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 2);
	assert_int_equal(sw_set_queue_depth(f->sw, SW_ALL, SW_ALL, UINT64_MAX, false), -ENOMEM);
	flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 3);
	sw_drain(f->sw);
	CLOSE;
}

static void
depth_zero_and_unlimited(void **state)
{
	OPEN(.depth = 1);
	/* Without a rate a packet leaves at once: a queue of one never overflows... */
	for (int i = 0; i < 100; i++)
		flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 0);
	/* ...and one of none takes nothing. */
	assert_int_equal(sw_set_queue_depth(f->sw, 2, 0, 0, false), 0);
	flow_send(f, 0, FAKE_OP_FORWARD, 0, 2, 0);
	assert_int_equal(lost(f), 1);
	CLOSE;
}

static void
lost_and_queued(void **state)
{
	OPEN(.depth = 1, .queue_pps = 1000, .story = flow_story);
	for (int i = 0; i < 3; i++)
		flow_send(f, 1000, FAKE_OP_FORWARD, 0, 2, 0);
	flow_check(f, "1000>2 [0<-1 normal intent=2 copies=1 q2.0@1000+0-1000+0 out=2:normal forwarded] "
		"[2<-1 normal intent=2 copies=1 q2.0@1000+1 lost]");
	flow_balance(f);
	sw_close(f->sw);
	flow_check(f, "[1<-1 normal intent=2 copies=1 q2.0@1000+0 queued]");
	free(f);
}

/* Equal times: by port. */
static void
order_of_ports(void **state)
{
	OPEN(.queue_pps = 1000);
	for (uint16_t port = 30; port > 2; port -= 3) {
		flow_send(f, 0, FAKE_OP_FORWARD, 0, port, 0);
		flow_send(f, 0, FAKE_OP_FORWARD, 0, port, 0);
	}
	f->n = 0;
	sw_advance(f->sw, MS);
	flow_check(f, "1000000>3 1000000>6 1000000>9 1000000>12 1000000>15 1000000>18 1000000>21 1000000>24 1000000>27 1000000>30");
	CLOSE;
}

static void
watermark(void **state)
{
	const struct sw_copy copies[] = { { 0, 2 }, { 0, 3 } };

	OPEN(.depth = 10);
	sw_set_queue_rate(f->sw, 2, SW_ALL, 1000);
	sw_mirror_copies(sw_pre(f->sw), 1, copies, 2, UINT32_MAX);
	assert_true(sw_watermark(f->sw) == 0);
	flow_send(f, 100, FAKE_OP_FORWARD, 0, 2, 0);
	assert_true(sw_watermark(f->sw) == 100);
	flow_send(f, 200, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 300, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 400, FAKE_OP_FORWARD, 0, 5, 0);
	assert_true(sw_watermark(f->sw) == 200);
	sw_advance(f->sw, MS + 100);
	assert_true(sw_watermark(f->sw) == 300);
	/* A clone is as old as its original; here it overtakes nothing and stays longer. */
	flow_send(f, MS + 200, FAKE_OP_CLONE, 1, 7, 0);
	flow_send(f, MS + 300, FAKE_OP_FORWARD, 0, 2, 0);
	sw_advance(f->sw, 2 * MS + 100);
	assert_true(sw_watermark(f->sw) == MS + 200);
	sw_advance(f->sw, 3 * MS + 100);
	assert_true(sw_watermark(f->sw) == MS + 300);
	/* A time before the clock is the clock's. */
	sw_advance(f->sw, 10 * MS);
	assert_true(sw_watermark(f->sw) == 10 * MS);
	flow_send(f, 5, FAKE_OP_FORWARD, 0, 2, 0);
	flow_send(f, 5, FAKE_OP_FORWARD, 0, 2, 0);
	assert_true(sw_watermark(f->sw) == 10 * MS);
	sw_drain(f->sw);
	assert_true(sw_watermark(f->sw) == sw_now(f->sw));
	CLOSE;
}

/* Many packets over many queues with all kinds of rates: nothing is lost from the books, order holds per queue. */
static void
storm(void **state)
{
	uint64_t rng = 3, now = 0, before[SW_PORTS] = { 0 };
	const char *p;
	char *end;

	OPEN(.depth = 7);
	for (uint32_t port = 2; port < 12; port++) {
		sw_set_queue_rate(f->sw, port, SW_ALL, unit_random(&rng) % 5 * 40000);
		sw_set_port_rate(f->sw, port, unit_random(&rng) % 3 * 7777777);
	}
	for (int i = 0; i < 3000; i++) {
		enum fake_op op = (enum fake_op)(unit_random(&rng) % 4 ? FAKE_OP_FORWARD : FAKE_OP_RECIRCULATE);

		now += unit_random(&rng) % 9000;
		flow_send(f, now, op, (uint8_t)unit_random(&rng), (uint16_t)(2 + unit_random(&rng) % 10), 5);
		flow_balance(f);
	}
	sw_drain(f->sw);
	assert_true(sw_next_departure(f->sw) == UINT64_MAX);
	for (p = f->text; *p; p = end + 1) {
		uint64_t t = strtoull(p, &end, 10);
		uint32_t port = (uint32_t)strtoul(end + 1, &end, 10);

		assert_true(t >= before[port]);
		before[port] = t;
	}
	CLOSE;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hundred), cmocka_unit_test(no_drift), cmocka_unit_test(queue_fields),
		cmocka_unit_test(strict_priority), cmocka_unit_test(bits_without_drift),
		cmocka_unit_test(rates_of_queues_and_ports), cmocka_unit_test(depth_in_bytes),
		cmocka_unit_test(depth_zero_and_unlimited), cmocka_unit_test(lost_and_queued),
		cmocka_unit_test(order_of_ports), cmocka_unit_test(watermark), cmocka_unit_test(storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
