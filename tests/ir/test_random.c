/* The evaluator against a second one that is as simple as can be: it keeps all tuples in a list and
 * answers each query by going through it, with arithmetic of its own. Packets, partial rows merged
 * in any order, and the graph's text form read back all have to give the same. */
#include "irtest.h"

#define PACKETS 60
#define ROUNDS 400
#define WINDOW 1000

static const enum ir_op operators[] = { IR_ADD, IR_SUB,	     IR_MUL,	 IR_DIV,
					IR_MOD, IR_AND_BITS, IR_OR_BITS, IR_XOR_BITS };
static const enum ir_op comparisons[] = { IR_EQ, IR_NE, IR_LT, IR_LE, IR_GT, IR_GE };

static uint32_t
below(uint64_t *random, uint32_t n)
{
	return (uint32_t)(unit_random(random) % n);
}

/* Unsigned arithmetic over a, b and small constants. */
static const struct ir_expr *
random_value(struct irtest *t, uint64_t *random, int depth)
{
	uint32_t pick = below(random, depth ? 4 : 3);

	if (pick == 0)
		return hdr(t, H_A);
	if (pick == 1)
		return hdr(t, H_B);
	if (pick == 2)
		return num(t, below(random, 2) ? u8 : u16, below(random, 8));
	return ir_binary(t->g, operators[below(random, 8)], random_value(t, random, depth - 1),
			 random_value(t, random, depth - 1));
}

static const struct ir_expr *
random_condition(struct irtest *t, uint64_t *random, int depth)
{
	uint32_t pick = below(random, depth ? 4 : 1);

	if (pick == 0)
		return ir_binary(t->g, comparisons[below(random, 6)], random_value(t, random, 2),
				 random_value(t, random, 2));
	if (pick == 1)
		return ir_unary(t->g, IR_NOT, random_condition(t, random, depth - 1));
	return ir_binary(t->g, pick == 2 ? IR_AND : IR_OR, random_condition(t, random, depth - 1),
			 random_condition(t, random, depth - 1));
}

static struct ir_query *
random_query(struct irtest *t, uint64_t *random)
{
	struct ir_query *q = add_query(t, "q", below(random, 2), WINDOW);
	enum ir_func func = (enum ir_func)below(random, 7);
	const struct ir_expr *key = below(random, 4) ? random_value(t, random, 1) : NULL;
	const struct ir_expr *value = random_value(t, random, 2);
	struct ir_type type = func == IR_AVG ? f64
			      : func == IR_SUM || func == IR_COUNT || func == IR_DISTINCT_F
				      ? u64
				      : value->type;

	if (below(random, 2))
		add_filter(t, q, random_condition(t, random, 2));
	add_reduce(t, q, func, key, func == IR_COUNT ? NULL : value, type)->quantile =
		below(random, 101) / 100.0;
	return q;
}

/* --- the simple evaluator ----------------------------------------------------------------------
 */

struct number {
	bool there;
	uint64_t v;
};

static bool holds(const struct ir_expr *e, const struct packet *p);

/* All values here are unsigned and at most 16 bits wide. */
static struct number
naive(const struct ir_expr *e, const struct packet *p)
{
	struct number none = { false, 0 }, a, b;
	uint64_t mask = (1u << e->type.width) - 1, v = 0;

	if (e->op == IR_CONST)
		return (struct number){ true, (uint64_t)e->value };
	if (e->op == IR_FIELD)
		return (struct number){ p->v[e->field->index].tag != IR_V_ABSENT,
					(uint64_t)p->v[e->field->index].i };
	a = naive(e->a, p);
	b = naive(e->b, p);
	if (!a.there || !b.there || ((e->op == IR_DIV || e->op == IR_MOD) && !b.v))
		return none;
	v = e->op == IR_ADD	   ? a.v + b.v
	    : e->op == IR_SUB	   ? a.v - b.v
	    : e->op == IR_MUL	   ? a.v * b.v
	    : e->op == IR_DIV	   ? a.v / b.v
	    : e->op == IR_MOD	   ? a.v % b.v
	    : e->op == IR_AND_BITS ? (a.v & b.v)
	    : e->op == IR_OR_BITS  ? (a.v | b.v)
				   : (a.v ^ b.v);
	return (struct number){ true, v & mask };
}

static bool
holds(const struct ir_expr *e, const struct packet *p)
{
	struct number a, b;

	if (e->op == IR_CONST)
		return e->value != 0;
	if (e->op == IR_NOT)
		return !holds(e->a, p);
	if (e->op == IR_AND)
		return holds(e->a, p) && holds(e->b, p);
	if (e->op == IR_OR)
		return holds(e->a, p) || holds(e->b, p);
	a = naive(e->a, p);
	b = naive(e->b, p);
	if (!a.there || !b.there)
		return false;
	return e->op == IR_EQ	? a.v == b.v
	       : e->op == IR_NE ? a.v != b.v
	       : e->op == IR_LT ? a.v < b.v
	       : e->op == IR_LE ? a.v <= b.v
	       : e->op == IR_GT ? a.v > b.v
				: a.v >= b.v;
}

struct tuple {
	uint64_t key, value;
};

static int
cmp_tuples(const void *x, const void *y)
{
	const struct tuple *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

/* The result of tuples of one key, sorted by value. */
static void
naive_group(FILE *out, const struct ir_node *n, const struct tuple *v, uint32_t count)
{
	uint64_t sum = 0, distinct = 0;
	uint32_t rank = 0;
	struct ir_value f = { .tag = IR_V_FLOAT };

	for (uint32_t i = 0; i < count; i++) {
		sum += v[i].value;
		distinct += !i || v[i].value != v[i - 1].value;
	}
	/* hundredths, so that the rank is exact */
	while (rank < count && (uint64_t)(rank * 100) < (uint64_t)(n->quantile * 100 + 0.5) * count)
		rank++;
	f.f = (double)sum / count;
	if (n->func == IR_AVG)
		ir_value_print(out, f64, &f);
	else
		fprintf(out, "%llu",
			(unsigned long long)(n->func == IR_SUM	   ? sum
					     : n->func == IR_COUNT ? count
					     : n->func == IR_MIN   ? v[0].value
					     : n->func == IR_MAX   ? v[count - 1].value
					     : n->func == IR_DISTINCT_F
						     ? distinct
						     : v[rank ? rank - 1 : 0].value));
}

static void
naive_epoch(FILE *out, const struct ir_query *q, const struct packet *p, uint64_t epoch)
{
	const struct ir_node *n = q->nodes.v[q->stateful];
	struct tuple tuples[PACKETS];
	uint32_t count = 0, absent = 0, end;

	for (uint32_t i = 0; i < PACKETS; i++) {
		struct number key = { true, 0 }, value = { true, 1 };

		if (p[i].p.time_in / WINDOW != epoch ||
		    !(q->egress ? p[i].p.egress : p[i].p.ingress) ||
		    (n != q->nodes.v[0] && !holds(q->nodes.v[0]->expr, &p[i])))
			continue;
		if (n->keys.n)
			key = naive(n->keys.v[0].expr, &p[i]);
		if (n->values.n)
			value = naive(n->values.v[0].expr, &p[i]);
		if (key.there && value.there)
			tuples[count++] = (struct tuple){ key.v, value.v };
		else
			absent++;
	}
	if (!count && !absent)
		return;
	fprintf(out, "q %llu:", (unsigned long long)epoch);
	qsort(tuples, count, sizeof(*tuples), cmp_tuples);
	for (uint32_t i = 0; i < count; i = end) {
		for (end = i; end < count && tuples[end].key == tuples[i].key;)
			end++;
		fputs(i ? " | " : " ", out);
		if (n->keys.n)
			fprintf(out, "%llu ", (unsigned long long)tuples[i].key);
		naive_group(out, n, tuples + i, end - i);
	}
	if (absent)
		fprintf(out, " [absent %u]", absent);
	fputc('\n', out);
}

/* --- comparison --------------------------------------------------------------------------------
 */

static void
random_packets(struct irtest *t, uint64_t *random, struct packet *p)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		p[i] = packet(below(random, 4 * WINDOW));
		p[i].p.ingress = below(random, 4) != 0;
		p[i].p.egress = below(random, 4) != 0;
		if (below(random, 5))
			set(&p[i], hdr(t, H_A), below(random, 5));
		if (below(random, 5))
			set(&p[i], hdr(t, H_B), below(random, 7) * (below(random, 3) ? 1 : 9001));
	}
}

/* The partial row of one tuple of the query, if it is one. */
static void
relay_packet(struct ir_eval *to, const struct ir_query *q, const struct packet *p)
{
	const struct ir_node *n = q->nodes.v[q->stateful];
	struct ir_value row[4];
	uint32_t at = 0;

	if (!(q->egress ? p->p.egress : p->p.ingress) ||
	    (n != q->nodes.v[0] && !holds(q->nodes.v[0]->expr, p)))
		return;
	if (n->keys.n)
		row[at++] = ir_expr_eval(n->keys.v[0].expr, p->v, NULL, NULL);
	if (n->values.n)
		row[at++] = ir_expr_eval(n->values.v[0].expr, p->v, NULL, NULL);
	for (uint32_t i = 0; i < at; i++) {
		if (row[i].tag == IR_V_ABSENT) {
			ir_eval_info(to, q, p->p.time_in / WINDOW,
				     &(struct ir_epoch_info){ .absent = 1, .precision = -1 });
			return;
		}
	}
	if (n->func == IR_COUNT || n->func == IR_AVG || n->func == IR_QUANTILE)
		row[at++] = ir_int(1);
	ir_eval_partial(to, q, p->p.time_in / WINDOW, row);
}

static void
two_evaluators_agree(void **state)
{
	struct irtest *t = *state;
	uint64_t random = 1, told = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct packet packets[PACKETS];
		struct ir_query *q;
		struct ir_eval *whole, *parts;
		struct text x;

		t->g->queries.n = 0;
		q = random_query(t, &random);
		assert_true(ir_check(t->d, t->g));
		random_packets(t, &random, packets);
		whole = ir_eval_make(t->g);
		parts = ir_eval_make(t->g);
		text_open(&x);
		for (uint64_t epoch = 0; epoch < 4; epoch++)
			naive_epoch(x.file, q, packets, epoch);
		text_close(&x);
		told += x.n;
		for (uint32_t i = 0; i < PACKETS; i++)
			feed(whole, &packets[i]);
		for (uint32_t i = PACKETS; i-- > 0;)
			relay_packet(parts, q, &packets[i]);
		expect_results(whole, x.p);
		expect_results(parts, x.p);
		free(x.p);
	}
	assert_true(told > 20000); /* the queries were not all empty */
}

/* A whole graph, through its text: the same results. */
static void
text_form_means_the_same(void **state)
{
	struct irtest *t = *state;
	uint64_t random = 2;
	struct packet packets[PACKETS];
	struct ir_eval *one, *two;
	struct ir_graph *again;
	struct text graph, results;

	for (int i = 0; i < 50; i++)
		random_query(t, &random);
	random_packets(t, &random, packets);
	text_open(&graph);
	ir_print(graph.file, t->g);
	text_close(&graph);
	again = ir_parse(t->a, t->d, STR("graph"), str_from(graph.p));
	assert_non_null(again);
	one = ir_eval_make(t->g);
	two = ir_eval_make(again);
	for (uint32_t i = 0; i < PACKETS; i++) {
		feed(one, &packets[i]);
		feed(two, &packets[i]);
	}
	text_open(&results);
	ir_eval_finish(one, emit_text, results.file);
	ir_eval_free(one);
	text_close(&results);
	assert_true(results.n > 1000);
	expect_results(two, results.p);
	free(results.p);
	free(graph.p);
}

/* A loss query is the join of two counts by `diff`, when nothing is dropped or copied. */
static void
lost_is_a_difference(void **state)
{
	struct irtest *t = *state;
	struct ir_query *lost = add_query(t, "q", false, WINDOW), *in, *out;
	uint64_t random = 3;
	struct ir_eval *ev;
	struct text x, y;

	add_lost(t, lost, hdr(t, H_A));
	in = add_query(t, "q", false, WINDOW);
	add_reduce(t, in, IR_COUNT, hdr(t, H_A), NULL, s64);
	out = add_query(t, "", true, WINDOW);
	out->anonymous = true;
	add_reduce(t, out, IR_COUNT, hdr(t, H_A), NULL, s64);
	add_join(t, in, out, IR_JOIN_DIFF, s64);
	ev = ir_eval_make(t->g);
	for (int i = 0; i < 3000; i++) {
		struct packet p = packet(below(&random, 20 * WINDOW));

		set(&p, hdr(t, H_A), below(&random, 50));
		p.p.egress = below(&random, 8) != 0;
		feed(ev, &p);
	}
	text_open(&x);
	ir_eval_close(ev, lost, 1000, emit_text, x.file);
	text_close(&x);
	text_open(&y);
	ir_eval_close(ev, in, 1000, emit_text, y.file);
	text_close(&y);
	assert_true(x.n > 1000);
	assert_string_equal(x.p, y.p);
	free(x.p);
	free(y.p);
	ir_eval_free(ev);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, irtest_setup, irtest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(two_evaluators_agree),
		TEST(text_form_means_the_same),
		TEST(lost_is_a_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
