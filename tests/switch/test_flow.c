/* The way of a packet, step by step. */
#include <errno.h>
#include <stdlib.h>

#include "flow.h"
#include "base/arena.h"
#include "switch/entries.h"
#include "switch/pre.h"
#include "switch/table.h"

#define STR_OF(array) ((struct str){ (array), sizeof(array) - 1 })
#define OPEN(...)                                                                  \
	struct flow *f = malloc(sizeof(*f));                                       \
	(void)state;                                                               \
	flow_open(f, (struct sw_config){ __VA_ARGS__ })
#define CLOSE          \
	flow_close(f); \
	free(f)

static void
forward_and_drop(void **state)
{
	OPEN(.story = flow_story);
	flow_send(f, 1000, FAKE_OP_FORWARD, 3, 5, 7);
	flow_check(f, "1000>5/22/dst=000000dd/src=0055/v=0007 [0<-1 normal intent=5 copies=1 q5.3@1000+0-1000+0 out=5:normal forwarded]");
	flow_send(f, 2500, FAKE_OP_MARK, 0, 5, 7);
	flow_check(f, "[1<-1 normal intent=-1 copies=0 dropped_ingress MyIngress/mark_to_drop@77]");
	flow_send(f, 2500, FAKE_OP_SPEC, 0, 5, 7);
	flow_check(f, "[2<-1 normal intent=-1 copies=0 dropped_ingress MyIngress/egress_spec]");
	flow_send(f, 2600, FAKE_OP_UNDO, 0, 5, 7);
	flow_check(f, "2600>5/22/dst=000000dd/src=0055/v=0007 [3<-1 normal intent=5 copies=1 q5.0@2000+0-2000+0 out=5:normal forwarded]");
	flow_send(f, 3000, FAKE_OP_EGRESS_MARK, 0, 5, 7);
	flow_check(f, "[4<-1 normal intent=5 copies=1 q5.0@3000+0-3000+0 out=-1:normal dropped_egress MyEgress/deny]");
	assert_int_equal(sw_drops(f->sw), 3);
	assert_string_equal(sw_drop_at(f->sw, 2).where, "egress");
	CLOSE;
}

static void
odd_packets(void **state)
{
	static uint8_t big[PS_MAX_PACKET + 1];
	struct sw_counts c;

	OPEN(.seed = 1);
	sw_receive(f->sw, 0, 1, big, 0);
	sw_receive(f->sw, 0, 1, big, 1);
	sw_receive(f->sw, 0, 1, big, PS_MAX_PACKET);
	sw_receive(f->sw, 0, 1, big, PS_MAX_PACKET + 1);
	flow_check(f, "0>2/0 0>2/1 0>2/65535/dst=00000000/src=0000/v=0000");
	sw_counts(f->sw, &c);
	assert_int_equal(c.oversized, 1);
	assert_int_equal(c.received, 3);
	flow_send(f, 5, FAKE_OP_TAG, 0, 3, 0x1234);
	flow_send(f, 5, FAKE_OP_TAG, 24, 3, 0x1234);
	flow_check(f, "5>3/26/dst=000000dd/src=0055/v=1234 5>3/24/dst=000000dd/src=0055/v=0000");
	CLOSE;
}

/* Group 9: rid 1 to ports 4 and 2, rid 7 to port 2. */
static void
make_groups(struct sw *sw)
{
	uint32_t node;

	assert_int_equal(sw_group_create(sw_pre(sw), 9), 0);
	assert_int_equal(sw_group_create(sw_pre(sw), 10), 0);
	assert_int_equal(sw_node_create(sw_pre(sw), 1, (const uint32_t[]){ 4, 2 }, 2, &node), 0);
	assert_int_equal(sw_node_associate(sw_pre(sw), 9, node), 0);
	assert_int_equal(sw_node_create(sw_pre(sw), 7, (const uint32_t[]){ 2 }, 1, &node), 0);
	assert_int_equal(sw_node_associate(sw_pre(sw), 9, node), 0);
}

static void
multicast(void **state)
{
	OPEN(.story = flow_story);
	f->brief = true;
	make_groups(f->sw);
	flow_send(f, 1000, FAKE_OP_MULTICAST, 0, 9, 0);
	flow_check(f, "[0<-1 normal intent=-2 copies=3 replicated] "
		"1000>2 [1<0 replica intent=-2 copies=3 q2.0@1000+0-1000+0 out=2:replica forwarded] "
		"1000>2 [3<0 replica intent=-2 copies=3 q2.0@1000+0-1000+0 out=2:replica forwarded] "
		"1000>4 [2<0 replica intent=-2 copies=3 q4.0@1000+0-1000+0 out=4:replica forwarded]");
	flow_send(f, 1000, FAKE_OP_MULTICAST, 0, 10, 0);
	flow_send(f, 1000, FAKE_OP_MULTICAST, 0, 11, 0);
	flow_check(f, "[4<-1 normal intent=-2 copies=0 dropped_ingress multicast/empty] "
		"[5<-1 normal intent=-2 copies=0 dropped_ingress multicast/empty]");
	CLOSE;
}

static void
clones(void **state)
{
	OPEN(.story = flow_story);
	sw_mirror_port(sw_pre(f->sw), 3, 8, UINT32_MAX);
	sw_mirror_port(sw_pre(f->sw), 4, 8, 16);
	/* The clone is as the packet came; the original has a new source. */
	flow_send(f, 1000, FAKE_OP_CLONE, 3, 6, 0x77);
	flow_check(f, "1000>6/22/dst=000000dd/src=beef/v=0077 [0<-1 normal intent=6 copies=1 q6.0@1000+0-1000+0 out=6:normal forwarded] "
		"1000>8/22/dst=000000dd/src=0055/v=0077 [1<0 clone_ingress intent=8 copies=0 q8.0@1000+0-1000+0 out=8:clone_ingress forwarded]");
	flow_send(f, 1000, FAKE_OP_CLONE_DROP, 4, 6, 0x77);
	flow_check(f, "[2<-1 normal intent=-1 copies=0 dropped_ingress MyIngress/deny] "
		"1000>8/16 [3<2 clone_ingress intent=8 copies=0 q8.0@1000+0-1000+0 out=8:clone_ingress forwarded]");
	/* No session 5: no clone. */
	flow_send(f, 1000, FAKE_OP_CLONE, 5, 6, 0);
	flow_check(f, "1000>6/22/dst=000000dd/src=beef/v=0000 [4<-1 normal intent=6 copies=1 q6.0@1000+0-1000+0 out=6:normal forwarded]");
	/* An egress clone has the headers after egress. */
	flow_send(f, 1000, FAKE_OP_EGRESS_CLONE, 3, 6, 0x77);
	flow_check(f, "1000>6/22/dst=000000dd/src=c10e/v=0077 [5<-1 normal intent=6 copies=1 q6.0@1000+0-1000+0 out=6:normal forwarded] "
		"1000>8/22/dst=000000dd/src=c10e/v=0077 [6<5 clone_egress intent=8 copies=0 q8.0@1000+0-1000+0 out=8:clone_egress forwarded]");
	CLOSE;
}

static void
clone_to_group(void **state)
{
	const struct sw_copy copies[] = { { 5, 3 }, { 6, 9 } };

	OPEN(.depth = 4);
	f->brief = true;
	make_groups(f->sw);
	sw_mirror_group(sw_pre(f->sw), 3, 9, UINT32_MAX);
	sw_mirror_group(sw_pre(f->sw), 4, 10, UINT32_MAX);
	sw_mirror_copies(sw_pre(f->sw), 5, copies, 2, UINT32_MAX);
	flow_send(f, 1, FAKE_OP_CLONE_DROP, 3, 6, 0);
	flow_check(f, "1>2 1>2 1>4");
	flow_send(f, 1, FAKE_OP_CLONE_DROP, 4, 6, 0);
	flow_check(f, "");
	flow_send(f, 1, FAKE_OP_CLONE_DROP, 5, 6, 0);
	flow_check(f, "1>3 1>9");
	flow_send(f, 1, FAKE_OP_EGRESS_CLONE, 5, 6, 0);
	flow_check(f, "1>6 1>3 1>9");
	CLOSE;
}

static void
again(void **state)
{
	struct sw_counts c;

	OPEN(.story = flow_story);
	flow_send(f, 1000, FAKE_OP_RESUBMIT, 0, 6, 9);
	flow_check(f, "[0<-1 normal intent=6 copies=0 resubmitted] "
		"1000>6/22/dst=00000001/src=0055/v=0009 [1<0 resubmitted intent=6 copies=1 q6.0@1000+0-1000+0 out=6:normal forwarded]");
	flow_send(f, 2000, FAKE_OP_RECIRCULATE, 0, 6, 9);
	flow_check(f, "[2<-1 normal intent=6 copies=1 q6.0@2000+0-2000+0 out=6:normal recirculated] "
		"2000>6/22/dst=000000dd/src=0056/v=0009 [3<2 recirculated intent=6 copies=1 q6.0@2000+0-2000+0 out=6:normal forwarded]");
	flow_send(f, 3000, FAKE_OP_RESUBMIT_EVER, 0, 6, 9);
	flow_send(f, 3000, FAKE_OP_RECIRCULATE_EVER, 0, 6, 9);
	sw_counts(f->sw, &c);
	assert_int_equal(c.resubmitted, 1 + SW_PASSES);
	assert_int_equal(c.recirculated, 1 + SW_PASSES);
	assert_int_equal(c.dropped_ingress, 1);
	assert_int_equal(c.dropped_egress, 1);
	assert_str(sw_drop_at(f->sw, 0).reason, "resubmit/limit");
	assert_str(sw_drop_at(f->sw, 1).reason, "recirculate/limit");
	CLOSE;
}

/* A program that clones its clones comes to an end, whatever the group's size. */
static void
clones_of_clones(void **state)
{
	struct sw_counts c;
	const struct sw_copy copies[] = { { 0, 3 }, { 0, 3 }, { 0, 4 } };

	OPEN(.depth = 4);
	f->brief = true;
	sw_mirror_port(sw_pre(f->sw), 1, 8, UINT32_MAX);
	flow_send(f, 1, FAKE_OP_EGRESS_CLONE_EVER, 1, 6, 0);
	sw_counts(f->sw, &c);
	assert_int_equal(c.forwarded, 1 + SW_PASSES);
	assert_int_equal(c.refused, 1);
	flow_balance(f);
	sw_close(f->sw);
	flow_open(f, (struct sw_config){ .passes = 12 });
	sw_mirror_copies(sw_pre(f->sw), 1, copies, 3, UINT32_MAX);
	f->text[0] = '\0';
	f->brief = true;
	{
		uint8_t p[22];
		struct sw_config quiet = { .passes = 255 };
		char err[200];
		struct sw *sw = sw_open_program(&ps_program, &quiet, err, sizeof(err));

		sw_mirror_copies(sw_pre(sw), 1, copies, 3, UINT32_MAX);
		sw_receive(sw, 0, 1, p, flow_command(p, FAKE_OP_EGRESS_CLONE_EVER, 1, 6, 0, 22));
		sw_counts(sw, &c);
		assert_int_equal(c.copies, SW_COPIES_MAX);
		assert_int_equal(c.queued, 0);
		sw_close(sw);
	}
	CLOSE;
}

static void
tables_and_objects(void **state)
{
	const uint64_t mac = 0xdd, port = 4, value = 0x0a000000, mask = 0xff000000;
	struct ps_counter_cell cell;
	uint32_t seen;
	char buf[100];

	OPEN(.seed = 1);
	f->brief = true;
	flow_send(f, 1, FAKE_OP_DMAC, 0, 6, 0);
	assert_int_equal(sw_table_insert(sw_table(f->sw, FAKE_DMAC), &mac, NULL, 0, FAKE_FORWARD, &port, NULL), 0);
	flow_send(f, 1, FAKE_OP_DMAC, 0, 6, 0);
	assert_int_equal(sw_table_insert(sw_table(f->sw, FAKE_ROUTE), &value, &mask, 0, FAKE_DENY, NULL, NULL), 0);
	flow_send(f, 1, FAKE_OP_ROUTE, 0, 6, 0x0a010203);
	flow_send(f, 1, FAKE_OP_ROUTE, 0, 6, 0x0b010203);
	sw_table_set_default(sw_table(f->sw, FAKE_DMAC), FAKE_DENY, NULL);
	sw_table_delete(sw_table(f->sw, FAKE_DMAC), 0);
	flow_send(f, 1, FAKE_OP_DMAC, 0, 6, 0);
	flow_check(f, "1>6 1>4 1>6");
	assert_str(sw_drop_at(f->sw, 0).reason, "MyIngress.route/deny#0");
	assert_str(sw_drop_at(f->sw, 1).reason, "MyIngress.dmac/deny#default");
	assert_int_equal(sw_counter_size(f->sw, FAKE_DMAC_HITS), 5);
	assert_int_equal(sw_counter_read(f->sw, FAKE_DMAC_HITS, 0, &cell), 0);
	assert_int_equal(cell.packets, 1);
	assert_int_equal(cell.bytes, 22);
	assert_int_equal(sw_counter_read(f->sw, FAKE_DMAC_HITS, 4, &cell), 0);
	assert_int_equal(cell.packets, 2);
	assert_int_equal(sw_counter_read(f->sw, FAKE_DMAC_HITS, 5, &cell), -ERANGE);
	assert_int_equal(sw_register_index(f->sw, STR("seen")), FAKE_SEEN);
	assert_int_equal(sw_register_read(f->sw, FAKE_SEEN, 6, &seen), 0);
	assert_int_equal(seen, 2);
	assert_int_equal(sw_register_read(f->sw, FAKE_SEEN, 16, &seen), -ERANGE);
	assert_str(sw_reason_text(f->sw,
			   &(struct ps_why){ .table = FAKE_ACL, .action = FAKE_DENY, .entry = 3, .marked = true },
			   buf, sizeof(buf)), "MyIngress.acl/deny#3");
	CLOSE;
}

/* Three members, of which one is no forwarding: every value stays with its member, and each gets its share. */
static void
selector(void **state)
{
	static const char text[] = "act_prof_create_group path_selector\n"
				   "act_prof_create_member path_selector forward 3\nact_prof_create_member path_selector forward 4\n"
				   "act_prof_create_member path_selector deny 0\n"
				   "act_prof_add_member_to_group path_selector 0 0\nact_prof_add_member_to_group path_selector 1 0\n"
				   "act_prof_add_member_to_group path_selector 2 0\n"
				   "table_indirect_add_with_group paths 7 => 0\ntable_indirect_add paths 8 => 1\n"
				   "act_prof_create_group path_selector\ntable_indirect_add_with_group paths 9 => 1\n";
	struct arena *a = arena_make();
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	struct sw_commands c = { 0 };
	struct sw_counts n;
	struct sw_port_counts p3, p4;

	OPEN(.seed = 1);
	f->brief = true;
	assert_true(sw_entries_read(a, d, source_add(s, STR("x"), STR_OF(text)), &c));
	assert_true(sw_apply(f->sw, a, d, &c, NULL, 0));
	for (uint32_t i = 0; i < 600; i++)
		flow_send(f, 1, FAKE_OP_PATHS, 0, 7, i / 2);
	sw_counts(f->sw, &n);
	sw_port_counts(f->sw, 3, &p3);
	sw_port_counts(f->sw, 4, &p4);
	assert_true(p3.forwarded % 2 == 0 && p4.forwarded % 2 == 0 && n.dropped_ingress % 2 == 0);
	assert_true(p3.forwarded > 150 && p4.forwarded > 150 && n.dropped_ingress > 150);
	assert_str(sw_drop_at(f->sw, 0).reason, "MyIngress.paths/deny#0");
	f->n = 0;
	flow_send(f, 2, FAKE_OP_PATHS, 0, 8, 1);
	flow_send(f, 2, FAKE_OP_PATHS, 0, 9, 1); /* an empty group is no hit */
	flow_check(f, "2>4 2>9");
	arena_free(a);
	CLOSE;
}

/* Meter 2: one packet per ms, bursts of 2 committed and 3 at the peak rate. */
static void
meters(void **state)
{
	const struct sw_rate committed = { 1000000, 2 }, peak = { 2000000, 3 };

	OPEN(.seed = 1);
	assert_int_equal(sw_meter_set_rates(f->sw, 0, 2, committed, peak), 0);
	for (int i = 0; i < 4; i++)
		flow_send(f, 1000, FAKE_OP_METER, 2, 3, 9);
	flow_send(f, 501000, FAKE_OP_METER, 2, 3, 9);
	flow_send(f, 1001000, FAKE_OP_METER, 2, 3, 9);
	flow_send(f, 1001000, FAKE_OP_METER, 3, 3, 9);
	flow_check(f, "1000>3/22/dst=000000dd/src=0055/v=0000 1000>3/22/dst=000000dd/src=0055/v=0000 "
		"1000>3/22/dst=000000dd/src=0055/v=0001 1000>3/22/dst=000000dd/src=0055/v=0002 "
		"501000>3/22/dst=000000dd/src=0055/v=0001 1001000>3/22/dst=000000dd/src=0055/v=0000 "
		"1001000>3/22/dst=000000dd/src=0055/v=0000");
	CLOSE;
}

static void
randomness(void **state)
{
	char first[4000];

	OPEN(.seed = 42);
	for (int i = 0; i < 50; i++)
		flow_send(f, 1, FAKE_OP_RANDOM, 0, 3, 0);
	memcpy(first, f->text, sizeof(first));
	sw_close(f->sw);
	flow_open(f, (struct sw_config){ .seed = 42 });
	for (int i = 0; i < 50; i++)
		flow_send(f, 1, FAKE_OP_RANDOM, 0, 3, 0);
	assert_memory_equal(first, f->text, sizeof(first));
	CLOSE;
}

/* The same packets in bursts and one by one. */
static void
bursts(void **state)
{
	static uint8_t bytes[500][64];
	struct sw_arrival a[500];
	uint64_t rng = 5, now = 0;
	char *one = malloc(1 << 16);

	OPEN(.seed = 1);
	for (int i = 0; i < 500; i++) {
		uint32_t op = (uint32_t)(unit_random(&rng) % (FAKE_OP_TIMES + 1));
		uint32_t len = 22 + (uint32_t)(unit_random(&rng) % 42);

		if (op == FAKE_OP_METER || op == FAKE_OP_RANDOM || op == FAKE_OP_RESUBMIT_EVER || op == FAKE_OP_RECIRCULATE_EVER ||
		    op == FAKE_OP_EGRESS_CLONE_EVER)
			op = FAKE_OP_FORWARD;
		flow_command(bytes[i], (enum fake_op)op, (uint8_t)(i % 5), (uint16_t)(i % 12), (uint32_t)i, len);
		now += unit_random(&rng) % 3 * 700;
		a[i] = (struct sw_arrival){ .time_ns = now, .data = bytes[i], .len = len, .port = 1 };
	}
	for (int round = 0; round < 2; round++) {
		make_groups(f->sw);
		sw_mirror_port(sw_pre(f->sw), 3, 8, UINT32_MAX);
		sw_mirror_group(sw_pre(f->sw), 2, 9, UINT32_MAX);
		for (int i = 0; round == 0 && i < 500; i++)
			sw_receive(f->sw, a[i].time_ns, a[i].port, a[i].data, a[i].len);
		if (round == 1)
			sw_receive_burst(f->sw, a, 500);
		assert_true(f->n > 1000);
		assert_true(sw_now(f->sw) == now);
		flow_balance(f);
		if (round == 0) {
			struct ps_program no_meters = ps_program;
			struct sw_config c = { .user = f, .tx = flow_tx };
			static struct ps_program kept;
			char err[100];

			no_meters.nmeters = 0;
			kept = no_meters;
			memcpy(one, f->text, 1 << 16);
			sw_close(f->sw);
			f->n = 0;
			f->sw = sw_open_program(&kept, &c, err, sizeof(err));
		}
	}
	for (size_t i = 0; i < f->n; i++)
		if (one[i] != f->text[i])
			fail_msg("at %zu: '%.80s' but '%.80s'", i, one + i - (i < 40 ? i : 40), f->text + i - (i < 40 ? i : 40));
	free(one);
	CLOSE;
}

/* Packets inside leave under the program that they came under; all programs touch the same registers and count on. */
static void
another_program(void **state)
{
	const struct ps_register_info *info;
	struct sw_image *m;
	uint8_t seen[3];
	char err[300];
	void *cells;

	OPEN(.queue_pps = 1000, .spare_phv = 64);
	f->brief = true;
	for (int i = 0; i < 3; i++)
		flow_send(f, 0, FAKE_OP_FORWARD, 0, 5, 7);
	flow_send(f, 0, FAKE_OP_RECIRCULATE, 0, 6, 7);
	m = sw_image_open(f->sw, getenv("FAKE_MODULE"), err, sizeof(err));
	assert_non_null(m);
	assert_int_equal(sw_image_register(m, str_from(sw_program(f->sw)->registers[FAKE_SEEN].name), &cells, &info), 0);
	assert_ptr_equal(cells, sw_register_cells(f->sw, FAKE_SEEN));
	assert_int_equal(sw_image_register(m, STR("nothing"), &cells, &info), -ENOENT);
	memcpy(seen, cells, sizeof(seen));
	sw_swap(f->sw, m);
	assert_ptr_not_equal(sw_program(f->sw), &ps_program);
	assert_ptr_equal(sw_image(f->sw), m);
	assert_memory_equal(seen, sw_register_cells(f->sw, FAKE_SEEN), sizeof(seen));
	flow_send(f, 0, FAKE_OP_FORWARD, 0, 5, 7);
	assert_null(sw_take_drained(f->sw));
	sw_advance(f->sw, 2 * MS);
	flow_check(f, "0>5 1000000>5 1000000>6 2000000>5");
	assert_ptr_equal(sw_image(f->sw), m);
	m = sw_take_drained(f->sw); /* all that came before the swap has left, one packet twice */
	assert_non_null(m);
	sw_image_close(m);
	sw_advance(f->sw, 3 * MS);
	flow_check(f, "3000000>5");
	flow_send(f, 4 * MS, FAKE_OP_MARK, 0, 5, 7);
	assert_int_equal(sw_drops(f->sw), 1);
	assert_null(sw_image_open(f->sw, "/nosuch.so", err, sizeof(err)));
	CLOSE;
}

static void
opening(void **state)
{
	const struct sw_config c = { 0 };
	char err[300];
	struct sw *sw;
	struct ps_program old = ps_program;

	(void)state;
	sw = sw_open(getenv("FAKE_MODULE"), &c, err, sizeof(err));
	assert_non_null(sw);
	assert_string_equal(sw_program(sw)->name, "fake");
	sw_close(sw);
	assert_null(sw_open("/nonexistent/x.so", &c, err, sizeof(err)));
	assert_non_null(strstr(err, "nonexistent"));
	assert_null(sw_open("x.so", &c, err, sizeof(err)));
	old.abi = PS_ABI + 1;
	assert_null(sw_open_program(&old, &c, err, sizeof(err)));
	assert_non_null(strstr(err, "compile it again"));
	assert_null(sw_open_program(&ps_program, &(struct sw_config){ .depth = UINT64_MAX / 2 }, err, sizeof(err)));
	assert_non_null(strstr(err, "depths"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forward_and_drop), cmocka_unit_test(odd_packets), cmocka_unit_test(multicast),
		cmocka_unit_test(clones), cmocka_unit_test(clone_to_group), cmocka_unit_test(again),
		cmocka_unit_test(clones_of_clones), cmocka_unit_test(tables_and_objects), cmocka_unit_test(selector), cmocka_unit_test(meters),
		cmocka_unit_test(randomness), cmocka_unit_test(bursts), cmocka_unit_test(another_program), cmocka_unit_test(opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
