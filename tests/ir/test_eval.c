/* The evaluator on cases worked out by hand. */
#include "irtest.h"
#include "packetscope/program.h"

/* Three packets of epoch 1 and one of epoch 3: (a, b) = (2, 10), (1, 20), (2, 5); (7, 1). */
static void
feed_four(struct irtest *t, struct ir_eval *ev)
{
	static const int times[] = { 1000, 1500, 1999, 3000 }, as[] = { 2, 1, 2, 7 },
			 bs[] = { 10, 20, 5, 1 };

	for (int i = 0; i < 4; i++) {
		struct packet p = packet((uint64_t)times[i]);

		set(&p, hdr(t, H_A), as[i]);
		set(&p, hdr(t, H_B), bs[i]);
		feed(ev, &p);
	}
}

static void
check_reduce(struct irtest *t, enum ir_func func, struct ir_type type, const char *wanted)
{
	struct ir_query *q;
	struct ir_eval *ev;

	t->g->queries.n = 0;
	q = add_query(t, "q", false, 1000);
	add_reduce(t, q, func, hdr(t, H_A), func == IR_COUNT ? NULL : hdr(t, H_B), type)->quantile =
		0.5;
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	feed_four(t, ev);
	expect_results(ev, wanted);
}

static void
functions_of_reduce(void **state)
{
	struct irtest *t = *state;

	check_reduce(t, IR_SUM, u64, "q 1: 1 20 | 2 15\nq 3: 7 1\n");
	check_reduce(t, IR_COUNT, u64, "q 1: 1 1 | 2 2\nq 3: 7 1\n");
	check_reduce(t, IR_MIN, u16, "q 1: 1 20 | 2 5\nq 3: 7 1\n");
	check_reduce(t, IR_MAX, u16, "q 1: 1 20 | 2 10\nq 3: 7 1\n");
	check_reduce(t, IR_AVG, f64, "q 1: 1 20 | 2 7.5\nq 3: 7 1\n");
	check_reduce(t, IR_DISTINCT_F, u64, "q 1: 1 1 | 2 2\nq 3: 7 1\n");
	check_reduce(t, IR_QUANTILE, u16, "q 1: 1 20 | 2 5\nq 3: 7 1\n");
}

/* Nearest rank: the smallest value such that at least p of all are not above it. */
static void
quantiles_are_nearest_rank(void **state)
{
	static const struct {
		double p;
		const char *wanted;
	} cases[] = { { 0, "q 0: 1\n" },     { 0.01, "q 0: 1\n" }, { 0.07, "q 0: 7\n" },
		      { 0.071, "q 0: 8\n" }, { 0.5, "q 0: 50\n" }, { 0.99, "q 0: 99\n" },
		      { 1, "q 0: 1000\n" } };
	struct irtest *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ir_eval *ev;

		t->g->queries.n = 0;
		add_reduce(t, add_query(t, "q", false, 1000000), IR_QUANTILE, NULL, hdr(t, H_B),
			   u16)
			->quantile = cases[i].p;
		ev = ir_eval_make(t->g);
		for (int v = 100; v > 0; v--) {
			struct packet p = packet((uint64_t)v);

			set(&p, hdr(t, H_B), v == 100 ? 1000 : v);
			feed(ev, &p);
		}
		expect_results(ev, cases[i].wanted);
	}
}

static void
absent_fields(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *a = hdr(t, H_A), *b = hdr(t, H_B), *five = num(t, u16, 5);
	struct ir_query *q = add_query(t, "eq", false, 1000);
	struct ir_eval *ev;
	struct packet p = packet(0);

	add_filter(t, q, ir_binary(t->g, IR_EQ, b, five));
	add_reduce(t, q, IR_COUNT, NULL, NULL, u64);
	q = add_query(t, "ne", false, 1000);
	add_filter(t, q, ir_binary(t->g, IR_NE, b, five));
	add_reduce(t, q, IR_COUNT, NULL, NULL, u64);
	q = add_query(t, "not_eq", false, 1000);
	add_filter(t, q, ir_unary(t->g, IR_NOT, ir_binary(t->g, IR_EQ, b, five)));
	add_reduce(t, q, IR_COUNT, NULL, NULL, u64);
	q = add_query(t, "sum_absent", false, 1000);
	add_filter(t, q,
		   ir_unary(t->g, IR_NOT,
			    ir_binary(t->g, IR_EQ, ir_binary(t->g, IR_ADD, a, b), five)));
	add_reduce(t, q, IR_SUM, a, ir_binary(t->g, IR_ADD, a, b), u64);
	q = add_query(t, "key", false, 1000);
	add_reduce(t, q, IR_COUNT, b, NULL, u64);
	ev = ir_eval_make(t->g);
	set(&p, a, 1);
	feed(ev, &p); /* without b */
	set(&p, b, 5);
	feed(ev, &p);
	set(&p, b, 6);
	feed(ev, &p);
	expect_results(ev, "eq 0: 1\nne 0: 1\nnot_eq 0: 2\nsum_absent 0: 1 13 [absent 1]\n"
			   "key 0: 5 1 | 6 1 [absent 1]\n");
}

static void
add_instance_query(struct irtest *t, const char *name, bool egress, bool all)
{
	struct ir_query *q = add_query(t, name, egress, 1000);

	q->sees_all_instances = all;
	add_reduce(t, q, IR_COUNT,
		   plain_field(t, IR_F_INSTANCE, IR_AT_IN,
			       (struct ir_type){ IR_INSTANCE, 8, false }, "instance"),
		   NULL, u64);
}

/* One packet of each kind on each stream. */
static void
instances(void **state)
{
	struct irtest *t = *state;
	struct ir_eval *ev;

	add_instance_query(t, "in", false, false);
	add_instance_query(t, "in_all", false, true);
	add_instance_query(t, "out", true, false);
	add_instance_query(t, "out_all", true, true);
	ev = ir_eval_make(t->g);
	for (uint32_t i = PS_NORMAL; i <= PS_RESUBMITTED; i++) {
		struct packet p = packet(0);

		if (i == PS_COALESCED)
			continue;
		p.p.ingress = i == PS_NORMAL || i == PS_RECIRCULATED || i == PS_RESUBMITTED;
		p.p.ingress_instance = i;
		p.p.egress_instance = i == PS_RECIRCULATED || i == PS_RESUBMITTED ? PS_NORMAL : i;
		feed(ev, &p);
	}
	expect_results(ev, "in 0: normal 1\n"
			   "in_all 0: normal 1 | recirculated 1 | resubmitted 1\n"
			   "out 0: normal 3 | replica 1\n"
			   "out_all 0: normal 3 | clone_ingress 1 | clone_egress 1 | replica 1\n");
}

/* ingress: copies sent; egress: was it seen there; -1: no pass through ingress. */
static void
feed_lost(struct irtest *t, struct ir_eval *ev, uint64_t time, int key, int copies, bool egress,
	  uint32_t instance)
{
	struct packet p = packet(time);

	set(&p, hdr(t, H_A), key);
	p.p.ingress = copies >= 0;
	p.p.copies = copies >= 0 ? (uint32_t)copies : 7;
	p.p.ingress_instance = instance == PS_REPLICA ? PS_NORMAL : instance;
	p.p.egress = egress;
	p.p.egress_instance = instance;
	feed(ev, &p);
}

static void
losses(void **state)
{
	struct irtest *t = *state;
	struct ir_query *q = add_query(t, "lost", false, 1000);
	struct ir_eval *ev;
	struct packet p;

	add_filter(t, q,
		   ir_unary(t->g, IR_NOT, ir_binary(t->g, IR_EQ, hdr(t, H_A), num(t, u8, 9))));
	add_lost(t, q, hdr(t, H_A));
	ev = ir_eval_make(t->g);
	feed_lost(t, ev, 0, 1, 1, true, PS_NORMAL);
	feed_lost(t, ev, 1, 1, 1, false, PS_NORMAL); /* lost */
	feed_lost(t, ev, 2, 2, 1, true, PS_NORMAL);
	feed_lost(t, ev, 3, 9, 1, false, PS_NORMAL);	/* another query's business */
	feed_lost(t, ev, 1000, 3, 3, false, PS_NORMAL); /* multicast: three copies, one arrives */
	feed_lost(t, ev, 1000, 3, -1, true, PS_REPLICA);
	feed_lost(t, ev, 1001, 4, 0, false, PS_NORMAL); /* dropped */
	feed_lost(t, ev, 1002, 5, -1, true, PS_INGRESS_CLONE);
	feed_lost(t, ev, 2000, 6, 1, true, PS_RESUBMITTED);
	feed_lost(t, ev, 2001, 6, 1, false, PS_RECIRCULATED);
	feed_lost(t, ev, 3000, 4, 0, false, PS_NORMAL); /* alone in its epoch: nothing was sent */
	feed_lost(t, ev, 4000, 4, 1, true, PS_NORMAL);
	p = packet(5000);
	p.p.copies = 0;
	feed(ev,
	     &p); /* dropped, and without the header: counted as such on its one pass of ingress */
	p.p.ingress = false;
	feed(ev, &p);
	expect_results(ev, "lost 0: 1 1\nlost 1: 3 2\nlost 2: 6 1\nlost 4:\nlost 5: [absent 1]\n");
}

static void
plain_streams_keep_their_order(void **state)
{
	struct irtest *t = *state;
	struct ir_query *q = add_query(t, "s", true, 2000);
	struct ir_node *n;
	struct ir_eval *ev;

	add_filter(t, q, ir_binary(t->g, IR_LT, hdr(t, H_A), num(t, u8, 7)));
	n = add_node(t, q, IR_MAP);
	vec_push(t->a, &n->columns,
		 col("x", u16, false, ir_binary(t->g, IR_ADD, hdr(t, H_A), hdr(t, H_B))));
	n = add_node(t, q, IR_MAP);
	vec_push(t->a, &n->columns,
		 col("y", u16, false,
		     ir_binary(t->g, IR_MUL, ir_column(t->g, u16, 0, 0), num(t, u16, 2))));
	ev = ir_eval_make(t->g);
	feed_four(t, ev);
	expect_results(ev, "s 0: 24 | 42 | 14\n");
}

static void
operators_after_a_reduce(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *v = ir_column(t->g, u64, 1, 0), *k = ir_column(t->g, u8, 0, 0);
	struct ir_query *q;
	struct ir_node *n;
	struct ir_eval *ev;

	q = add_query(t, "filter", false, 10000);
	add_reduce(t, q, IR_SUM, hdr(t, H_A), hdr(t, H_B), u64);
	add_filter(t, q, ir_binary(t->g, IR_GT, v, num(t, u64, 14)));
	q = add_query(t, "top", false, 10000);
	add_reduce(t, q, IR_COUNT, hdr(t, H_A), NULL, u64);
	add_order(t, q, 2, 1, true);
	q = add_query(t, "sort", false, 10000);
	add_reduce(t, q, IR_SUM, hdr(t, H_A), hdr(t, H_B), u64);
	add_order(t, q, 0, 1, false);
	q = add_query(t, "map", false, 10000);
	add_reduce(t, q, IR_SUM, hdr(t, H_A), hdr(t, H_B), u64);
	n = add_node(t, q, IR_MAP);
	vec_push(t->a, &n->columns,
		 col("odd", u8, true, ir_binary(t->g, IR_AND_BITS, k, num(t, u8, 1))));
	vec_push(t->a, &n->columns,
		 col("q", u64, false,
		     ir_binary(t->g, IR_DIV, num(t, u64, 60),
			       ir_binary(t->g, IR_SUB, v, num(t, u64, 1)))));
	add_reduce(t, q, IR_SUM, ir_column(t->g, u8, 0, 0), ir_column(t->g, u64, 1, 0), u64);
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	feed_four(t, ev); /* sums: 1: 20, 2: 15, 7: 1 */
	expect_results(ev, "filter 0: 1 20 | 2 15\n"
			   "top 0: 2 2 | 1 1\n"
			   "sort 0: 7 1 | 2 15 | 1 20\n"
			   "map 0: 0 4 | 1 3 [absent 1]\n"); /* 60/14, 60/19, and 60/0 */
}

static void
add_partial(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, int key, int count)
{
	const struct ir_value v[] = { ir_int(key), ir_int(count) };

	ir_eval_partial(ev, q, epoch, v);
}

/* --- the highest of many rows that come in arrays --- */

#define KEYS 200

static uint64_t
count_of(uint32_t key)
{
	return key * key % 13 + 1;
}

/* Rows of all keys, in no order. Each has `part` of its count; with all of it no key comes twice. */
static void
add_cells(struct ir_eval *ev, const struct ir_query *q, uint64_t epoch, uint32_t part)
{
	uint8_t keys[KEYS];
	uint32_t counts[KEYS];
	const struct ir_cells cells[] = { { keys, 1, 1 }, { counts, 4, 4 } };

	for (uint32_t i = 0; i < KEYS; i++) {
		keys[i] = (uint8_t)(i * 77 % KEYS);
		counts[i] = (uint32_t)count_of(keys[i]) * part;
	}
	ir_eval_cells(ev, q, epoch, cells, NULL, KEYS, true);
}

/* By count, then by key, as a TOP has them. */
static void
write_highest(FILE *out, uint32_t n, uint32_t factor)
{
	for (uint64_t count = 13; count; count--)
		for (uint32_t key = 0; key < KEYS && n; key++)
			if (count_of(key) == count)
				fprintf(out, " %u %u%s", key, (uint32_t)count * factor, --n ? " |" : "");
}

static void
top_of_many_rows(void **state)
{
	struct irtest *t = *state;
	struct ir_query *q = add_query(t, "q", false, 1000), *all = add_query(t, "all", false, 1000);
	char *wanted = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&wanted, &size);
	struct ir_eval *ev;

	add_reduce(t, q, IR_COUNT, hdr(t, H_A), NULL, u64);
	add_order(t, q, 9, 1, true);
	add_reduce(t, all, IR_COUNT, hdr(t, H_A), NULL, u64);
	add_order(t, all, KEYS, 1, true);
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	add_cells(ev, q, 0, 1);
	add_cells(ev, q, 1, 1);
	add_cells(ev, q, 1, 2); /* another table: keys meet */
	add_cells(ev, q, 2, 1);
	add_partial(ev, q, 2, 3, 100); /* and what found no row */
	add_cells(ev, all, 0, 1);
	fputs("q 0:", out);
	write_highest(out, 9, 1);
	fputs("\nq 1:", out);
	write_highest(out, 9, 3);
	fputs("\nq 2: 3 110 |", out);
	write_highest(out, 8, 1);
	fputs("\nall 0:", out);
	write_highest(out, KEYS, 1);
	fputc('\n', out);
	fclose(out);
	expect_results(ev, wanted);
	free(wanted);
}

/* --- rows of many groups, of which a filter lets few pass --- */

#define GROUPS 3000

/* Some at the limit, some beyond, and most far below it. */
static uint32_t
size_of_group(uint32_t g)
{
	return g % 100 == 1 ? 100 : g % 100 == 2 ? 101 : g % 500 == 7 ? 150 : g % 5 + 1;
}

/* A group's rows, one after the other all through the arrays; the second cell is the row's number in its group, or 1. */
static void
add_groups(struct ir_eval *ev, const struct ir_query *q, bool numbered)
{
	static uint16_t keys[8 * GROUPS], cells[8 * GROUPS];
	uint32_t n = 0;

	for (uint32_t k = 0; k < 150; k++)
		for (uint32_t g = 0; g < GROUPS; g++)
			if (k < size_of_group(g)) {
				keys[n] = (uint16_t)g;
				cells[n++] = numbered ? (uint16_t)k : 1;
			}
	assert_true(n <= sizeof(keys) / sizeof(keys[0]));
	for (uint32_t at = 0; at < n; at += 1000) {
		const struct ir_cells columns[] = { { keys + at, 2, 2 }, { cells + at, 2, 2 } };

		ir_eval_cells(ev, q, 0, columns, NULL, n - at < 1000 ? n - at : 1000, IR_KEYS_OFTEN);
	}
}

static void
check_groups(struct irtest *t, enum ir_func func, enum ir_op op, bool twice)
{
	uint32_t times = twice && func == IR_COUNT ? 2 : 1, least = op == IR_GT ? 101 : 100;
	struct ir_query *q;
	struct ir_eval *ev;
	const char *before = "q 0: ";
	char *wanted = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&wanted, &size);

	t->g->queries.n = 0;
	q = add_query(t, "q", false, 1000);
	add_reduce(t, q, func, hdr(t, H_B), func == IR_DISTINCT_F ? hdr(t, H_B) : NULL, u64);
	add_filter(t, q, ir_binary(t->g, op, ir_column(t->g, u64, 1, 0), num(t, u64, 100)));
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	for (int i = 0; i <= twice; i++)
		add_groups(ev, q, func == IR_DISTINCT_F);
	for (uint32_t g = 0; g < GROUPS; g++)
		if (size_of_group(g) * times >= least) {
			fprintf(out, "%s%u %u", before, g, size_of_group(g) * times);
			before = " | ";
		}
	fputc('\n', out);
	fclose(out);
	expect_results(ev, wanted);
	free(wanted);
}

/* Without keys there is one group. */
static void
check_one_group(struct irtest *t, int limit, const char *wanted)
{
	uint16_t values[2 * 150];
	const struct ir_cells columns[] = { { values, 2, 2 } };
	struct ir_query *q;
	struct ir_eval *ev;

	t->g->queries.n = 0;
	q = add_query(t, "q", false, 1000);
	add_reduce(t, q, IR_DISTINCT_F, NULL, hdr(t, H_B), u64);
	add_filter(t, q, ir_binary(t->g, IR_GT, ir_column(t->g, u64, 0, 0), num(t, u64, limit)));
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	for (uint16_t i = 0; i < 300; i++)
		values[i] = i / 2;
	ir_eval_cells(ev, q, 0, columns, NULL, 300, IR_KEYS_OFTEN);
	expect_results(ev, wanted);
}

static void
groups_that_pass_a_filter(void **state)
{
	struct irtest *t = *state;

	check_one_group(t, 149, "q 0: 150\n");
	check_one_group(t, 150, "q 0:\n");

	for (int twice = 0; twice < 2; twice++) { /* rows that are there twice are one value that is distinct */
		check_groups(t, IR_COUNT, IR_GT, twice);
		check_groups(t, IR_COUNT, IR_GE, twice);
		check_groups(t, IR_DISTINCT_F, IR_GT, twice);
		check_groups(t, IR_DISTINCT_F, IR_GE, twice);
	}
}

static struct ir_query *
add_side(struct irtest *t, const char *name, bool egress, const struct ir_expr *key)
{
	struct ir_query *q = add_query(t, name, egress, 1000);

	q->anonymous = !name[0];
	add_reduce(t, q, IR_COUNT, key, NULL, u64);
	return q;
}

static void
check_join(struct irtest *t, enum ir_join how, struct ir_type type, const char *wanted)
{
	struct ir_query *left, *right;
	struct ir_node *n;
	struct ir_eval *ev;
	struct packet p;

	t->g->queries.n = 0;
	left = add_side(t, "j", false, hdr(t, H_A));
	right = add_side(t, "", true, hdr(t, H_B));
	n = add_join(t, left, right, how, type);
	if (how == IR_JOIN_EXPR) /* 10 * left - right */
		n->expr = ir_binary(
			t->g, IR_SUB,
			ir_binary(t->g, IR_MUL, ir_column(t->g, s64, 1, 0), num(t, s64, 10)),
			ir_column(t->g, s64, 1, 1));
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	/* keys of ingress: 1 1 1 2; of egress: 1 2 3 3; in epoch 1 only egress has a tuple */
	for (int i = 0; i < 4; i++) {
		p = packet(0);
		set(&p, hdr(t, H_A), i < 3 ? 1 : 2);
		set(&p, hdr(t, H_B), i < 3 ? i + 1 : 3);
		feed(ev, &p);
	}
	p = packet(1000);
	p.p.ingress = false;
	set(&p, hdr(t, H_B), 4);
	feed(ev, &p);
	expect_results(ev, wanted);
}

static void
joins(void **state)
{
	struct irtest *t = *state;

	check_join(t, IR_JOIN_DIFF, s64, "j 0: 1 2 | 3 -2\nj 1: 4 -1\n");
	check_join(t, IR_JOIN_SUM, u64, "j 0: 1 4 | 2 2 | 3 2\nj 1: 4 1\n");
	check_join(t, IR_JOIN_MIN, u64, "j 0: 1 1 | 2 1 | 3 2\nj 1: 4 1\n");
	check_join(t, IR_JOIN_MAX, u64, "j 0: 1 3 | 2 1 | 3 2\nj 1: 4 1\n");
	check_join(t, IR_JOIN_RATIO, f64, "j 0: 1 3 | 2 1 | 3 0\nj 1: 4 0\n");
	check_join(t, IR_JOIN_EXPR, s64, "j 0: 1 29 | 2 9 | 3 -2\nj 1: 4 -1\n");
}

/* The same of partial rows, which are joined as they are packed. */
static void
check_join_of_rows(struct irtest *t, enum ir_join how, struct ir_type type, const char *wanted)
{
	struct ir_query *left, *right;
	struct ir_eval *ev;

	t->g->queries.n = 0;
	left = add_side(t, "j", false, hdr(t, H_A));
	right = add_side(t, "", true, hdr(t, H_A));
	add_join(t, left, right, how, type);
	add_filter(t, left, ir_binary(t->g, IR_NE, ir_column(t->g, type, 1, 0), num(t, type, 9)));
	assert_true(ir_check(t->d, t->g));
	ev = ir_eval_make(t->g);
	add_partial(ev, left, 0, 2, 1);
	add_partial(ev, left, 0, 1, 1);
	add_partial(ev, left, 0, 1, 2);
	add_partial(ev, left, 0, 5, 9);
	add_partial(ev, right, 0, 3, 2);
	add_partial(ev, right, 0, 2, 1);
	add_partial(ev, right, 0, 1, 1);
	add_partial(ev, right, 1, 4, 1);
	add_partial(ev, left, 2, 6, 1);
	expect_results(ev, wanted);
}

static void
joins_of_rows(void **state)
{
	struct irtest *t = *state;

	check_join_of_rows(t, IR_JOIN_DIFF, s64, "j 0: 1 2 | 3 -2\nj 1: 4 -1\nj 2: 6 1\n");
	check_join_of_rows(t, IR_JOIN_SUM, u64, "j 0: 1 4 | 2 2 | 3 2\nj 1: 4 1\nj 2: 6 1\n");
	check_join_of_rows(t, IR_JOIN_MAX, u64, "j 0: 1 3 | 2 1 | 3 2\nj 1: 4 1\nj 2: 6 1\n");
}

/* A named query, reported itself and joined twice over; closed in any order. */
static void
closing(void **state)
{
	struct irtest *t = *state;
	struct ir_query *base = add_side(t, "base", false, hdr(t, H_A));
	struct ir_query *j = add_side(t, "j", false, hdr(t, H_A));
	struct ir_eval *ev;
	struct text x;

	add_join(t, j, base, IR_JOIN_SUM, u64);
	ev = ir_eval_make(t->g);
	feed_four(t, ev);
	text_open(&x);
	ir_eval_close(ev, j, 1, emit_text, x.file);
	ir_eval_close(ev, j, 2, emit_text, x.file);
	ir_eval_close(ev, j, 2, emit_text, x.file);
	ir_eval_close(ev, base, 3, emit_text, x.file);
	ir_eval_close(ev, j, 3, emit_text, x.file);
	ir_eval_finish(ev, emit_text, x.file);
	ir_eval_finish(ev, emit_text, x.file);
	assert_string_equal(text_close(&x),
			    "j 1: 1 2 | 2 4\nbase 1: 1 1 | 2 2\nbase 3: 7 1\nj 3: 7 2\n");
	free(x.p);
	ir_eval_free(ev);
}

static void
what_is_known_of_epochs(void **state)
{
	struct irtest *t = *state;
	struct ir_query *q = add_query(t, "lost", false, 1000);
	struct ir_eval *ev;
	struct ir_value row[] = { ir_int(5), ir_int(9), ir_int(4) };
	struct ir_value more[] = { ir_int(5), ir_int(0), ir_int(3) };

	add_lost(t, q, hdr(t, H_A));
	ev = ir_eval_make(t->g);
	ir_eval_partial(ev, q, 0, row);
	ir_eval_partial(ev, q, 0, more);
	ir_eval_info(ev, q, 0, &(struct ir_epoch_info){ .absent = 2, .precision = -1 });
	ir_eval_partial(ev, q, 1, row);
	ir_eval_info(ev, q, 1, &(struct ir_epoch_info){ .overflow = 3, .precision = 0.75 });
	ir_eval_info(ev, q, 2, &(struct ir_epoch_info){ .overflow = 3, .precision = -1 });
	ir_eval_partial(ev, q, 3, row);
	ir_eval_info(ev, q, 3, &(struct ir_epoch_info){ .late = true });
	ir_eval_partial(ev, q, 4, row);
	ir_eval_info(ev, q, 4, &(struct ir_epoch_info){ .lost_tuples = 1 });
	expect_results(ev, "lost 0: 5 2 [absent 2]\n"
			   "lost 1: 5 5 [overflow 3] [precision 0.625]\n"
			   "lost 2: [overflow 3] [precision 0]\n"
			   "lost 3: [precision -1]\n"
			   "lost 4: 5 5 [precision -1]\n");
}

static void
reasons(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *why =
		plain_field(t, IR_F_DROP_REASON, IR_AT_MID, reason, "drop.reason");
	static const char *const texts[] = { "I.acl/deny#3", "I.acl/deny#12", "I.acl/denied#3",
					     "I.acl/deny", "" };
	struct ir_query *q = add_query(t, "any", false, 1000);
	struct ir_eval *ev;

	add_filter(t, q, ir_binary(t->g, IR_EQ, why, ir_const_reason(t->g, STR("I.acl/deny"))));
	add_reduce(t, q, IR_COUNT, why, NULL, u64);
	q = add_query(t, "one", false, 1000);
	add_filter(t, q, ir_binary(t->g, IR_EQ, why, ir_const_reason(t->g, STR("I.acl/deny#3"))));
	add_reduce(t, q, IR_COUNT, why, NULL, u64);
	q = add_query(t, "others", false, 1000);
	add_filter(t, q, ir_binary(t->g, IR_NE, why, ir_const_reason(t->g, STR("I.acl/deny"))));
	add_reduce(t, q, IR_COUNT, NULL, NULL, u64);
	ev = ir_eval_make(t->g);
	for (int i = 0; i < 5; i++) {
		struct packet p = packet(0);

		p.v[why->field->index] =
			(struct ir_value){ .tag = IR_V_TEXT, .text = str_from(texts[i]) };
		feed(ev, &p);
	}
	/* The switch's bare "I.acl/deny" has no entry: it is any of them. */
	expect_results(ev, "any 0: I.acl/deny 1 | I.acl/deny#12 1 | I.acl/deny#3 1\n"
			   "one 0: I.acl/deny 1 | I.acl/deny#3 1\nothers 0: 2\n");
}

static void
wide_keys_sort_as_addresses(void **state)
{
	struct irtest *t = *state;
	struct ir_query *q = add_query(t, "q", false, 1000);
	struct ir_eval *ev;
	struct packet p = packet(0);

	add_reduce(t, q, IR_MAX, hdr(t, H_D), hdr(t, H_D), ip6);
	ev = ir_eval_make(t->g);
	set(&p, hdr(t, H_D), (ir_i128)((ir_u128)0xfe80 << 112 | 1));
	feed(ev, &p);
	set(&p, hdr(t, H_D), (ir_i128)((ir_u128)0x2001 << 112 | 2));
	feed(ev, &p);
	expect_results(ev, "q 0: 2001::2 2001::2 | fe80::1 fe80::1\n");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, irtest_setup, irtest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(functions_of_reduce),
		TEST(quantiles_are_nearest_rank),
		TEST(absent_fields),
		TEST(instances),
		TEST(losses),
		TEST(plain_streams_keep_their_order),
		TEST(operators_after_a_reduce),
		TEST(top_of_many_rows),
		TEST(groups_that_pass_a_filter),
		TEST(joins),
		TEST(joins_of_rows),
		TEST(closing),
		TEST(what_is_known_of_epochs),
		TEST(reasons),
		TEST(wide_keys_sort_as_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
