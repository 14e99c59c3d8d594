/* The graph: equal things made once, constants folded, text form read back, hostile text refused.
 */
#include "irtest.h"

static void
equal_things_are_made_once(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *a = hdr(t, H_A), *five = num(t, u8, 5);

	assert_ptr_equal(a, hdr(t, H_A));
	assert_ptr_equal(five, num(t, u8, 261));
	assert_ptr_not_equal(five, num(t, u16, 5));
	assert_ptr_equal(ir_binary(t->g, IR_EQ, a, five), ir_binary(t->g, IR_EQ, a, five));
	assert_ptr_not_equal(ir_binary(t->g, IR_EQ, a, five), ir_binary(t->g, IR_EQ, five, a));
	assert_ptr_equal(ir_const_reason(t->g, STR("x/y#1")), ir_const_reason(t->g, STR("x/y#1")));
	for (uint32_t i = 0; i < 5000; i++)
		assert_ptr_equal(num(t, u32, i), num(t, u32, i));
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(num(t, u32, i)->value, i);
	assert_int_equal(t->g->fields.n, 1);
	vec_each (e, &t->g->exprs)
		assert_int_equal((*e)->id, e - t->g->exprs.v);
}

static void
constants_are_folded(void **state)
{
	struct irtest *t = *state;
	static const struct {
		enum ir_op op;
		struct ir_type t;
		int a, b, wanted;
	} cases[] = {
		{ IR_ADD, { IR_INT, 8, false }, 200, 100, 44 },
		{ IR_ADD, { IR_INT, 8, true }, 100, 100, -56 },
		{ IR_SUB, { IR_INT, 8, false }, 1, 2, 255 },
		{ IR_SUB, { IR_INT, 128, false }, 1, 2, -1 },
		{ IR_MUL, { IR_INT, 16, false }, 300, 300, 24464 },
		{ IR_DIV, { IR_INT, 16, false }, 300, 7, 42 },
		{ IR_DIV, { IR_INT, 8, true }, -128, -1, -128 },
		{ IR_DIV, { IR_INT, 16, true }, -7, 2, -3 },
		{ IR_MOD, { IR_INT, 16, true }, -7, 2, -1 },
		{ IR_MOD, { IR_INT, 16, false }, 300, 7, 6 },
		{ IR_AND_BITS, { IR_INT, 8, false }, 0xf0, 0x3c, 0x30 },
		{ IR_OR_BITS, { IR_INT, 8, false }, 0xf0, 0x3c, 0xfc },
		{ IR_XOR_BITS, { IR_INT, 8, false }, 0xf0, 0x3c, 0xcc },
		{ IR_SHL, { IR_INT, 8, false }, 3, 7, 128 },
		{ IR_SHL, { IR_INT, 8, false }, 3, 200, 0 },
		{ IR_SHR, { IR_INT, 8, false }, 200, 3, 25 },
		{ IR_SHR, { IR_INT, 8, true }, -100, 3, -13 },
		{ IR_SHR, { IR_INT, 8, true }, -1, 99, -1 },
		{ IR_EQ, { IR_INT, 8, false }, 3, 3, 1 },
		{ IR_NE, { IR_INT, 8, false }, 3, 3, 0 },
		{ IR_LT, { IR_INT, 8, false }, 200, 100, 0 },
		{ IR_LT, { IR_INT, 8, true }, -56, 100, 1 },
		{ IR_LE, { IR_INT, 8, false }, 100, 100, 1 },
		{ IR_GT, { IR_INT, 128, false }, -1, 1, 1 },
		{ IR_GE, { IR_INT, 8, false }, 5, 6, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct ir_expr *e =
			ir_binary(t->g, cases[i].op, num(t, cases[i].t, cases[i].a),
				  num(t, cases[i].t, cases[i].b));

		assert_int_equal(e->op, IR_CONST);
		assert_true(e->value == cases[i].wanted);
	}
	assert_int_equal(ir_unary(t->g, IR_NEG, num(t, u8, 1))->value, 255);
	assert_int_equal(ir_unary(t->g, IR_BIT_NOT, num(t, u8, 1))->value, 254);
	assert_int_equal(ir_unary(t->g, IR_NOT, num(t, bool1, 1))->value, 0);
	/* Division by 0 has no value. */
	assert_int_equal(ir_binary(t->g, IR_DIV, num(t, u8, 1), num(t, u8, 0))->op, IR_DIV);
}

static void
conditions_are_folded(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *yes = num(t, bool1, 1), *no = num(t, bool1, 0);
	const struct ir_expr *x = ir_binary(t->g, IR_EQ, hdr(t, H_A), num(t, u8, 5));

	assert_ptr_equal(ir_binary(t->g, IR_AND, x, yes), x);
	assert_ptr_equal(ir_binary(t->g, IR_AND, yes, x), x);
	assert_ptr_equal(ir_binary(t->g, IR_AND, x, no), no);
	assert_ptr_equal(ir_binary(t->g, IR_OR, x, yes), yes);
	assert_ptr_equal(ir_binary(t->g, IR_OR, no, x), x);
	assert_ptr_equal(ir_binary(t->g, IR_OR, x, x), x);
	assert_ptr_equal(ir_unary(t->g, IR_NOT, ir_unary(t->g, IR_NOT, x)), x);
	/* Without header h, !(a == 5) holds and a != 5 doesn't. */
	assert_int_equal(ir_unary(t->g, IR_NOT, x)->op, IR_NOT);
}

static void
types_of_operators(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *a = hdr(t, H_A), *b = hdr(t, H_B), *c = hdr(t, H_C), *s = hdr(t, H_S);

	assert_int_equal(ir_binary(t->g, IR_ADD, a, b)->type.width, 16);
	assert_int_equal(ir_binary(t->g, IR_AND_BITS, c, num(t, u32, 255))->type.kind, IR_IPV4);
	assert_int_equal(ir_binary(t->g, IR_SUB, c, c)->type.kind, IR_INT);
	assert_false(ir_binary(t->g, IR_ADD, a, s)->type.is_signed);
	assert_true(ir_binary(t->g, IR_ADD, s, s)->type.is_signed);
	assert_int_equal(ir_binary(t->g, IR_LT, a, b)->type.kind, IR_BOOL);
	assert_int_equal(ir_binary(t->g, IR_SHL, a, b)->type.width, 8);
}

static void
columns_are_substituted(void **state)
{
	struct irtest *t = *state;
	const struct ir_expr *a = hdr(t, H_A), *b = hdr(t, H_B),
			     *sum = ir_binary(t->g, IR_ADD, a, b);
	struct ir_column columns[] = { col("x", u8, false, a), col("y", u16, false, sum) };
	const struct ir_expr *e =
		ir_binary(t->g, IR_MUL, ir_column(t->g, u16, 1, 0), ir_column(t->g, u8, 0, 0));

	assert_ptr_equal(ir_substitute(t->g, e, columns, 2), ir_binary(t->g, IR_MUL, sum, a));
	assert_ptr_equal(ir_substitute(t->g, sum, NULL, 0), sum);
	/* Doubling sixty times is sixty steps, not 2^60. */
	e = ir_column(t->g, u8, 0, 0);
	for (int i = 0; i < 60; i++)
		e = ir_binary(t->g, IR_ADD, e, e);
	assert_int_equal(ir_substitute(t->g, e, columns, 2)->op, IR_ADD);
}

/* A graph with everything in it. */
static void
everything(struct irtest *t)
{
	const struct ir_expr *a = hdr(t, H_A), *b = hdr(t, H_B), *c = hdr(t, H_C), *s = hdr(t, H_S),
			     *e;
	const struct ir_expr *why =
		plain_field(t, IR_F_DROP_REASON, IR_AT_MID, reason, "drop.reason");
	struct ir_query *q, *other;
	struct ir_node *n;

	plain_field(t, IR_F_VALID, IR_AT_OUT, bool1, "valid(h_out)");
	ir_field(t->g, &(struct ir_field){ .kind = IR_F_META,
					   .at = IR_AT_MID,
					   .hi = 15,
					   .type = u16,
					   .text = STR("meta.m_mid") });
	ir_field(t->g, &(struct ir_field){ .kind = IR_F_HEADER,
					   .field = H_D,
					   .hi = 100,
					   .lo = 3,
					   .type = { IR_INT, 98, false },
					   .text = STR("h.d_in[100:3]") });
	for (uint32_t op = IR_ADD; op <= IR_GE; op++)
		ir_binary(t->g, (enum ir_op)op, a, b);
	ir_unary(t->g, IR_NEG, s);
	ir_unary(t->g, IR_BIT_NOT, a);
	num(t, s8, -5);
	num(t, ip6, -1);
	e = ir_binary(t->g, IR_AND,
		      ir_binary(t->g, IR_NE, why, ir_const_reason(t->g, STR("C.t/a \"#3\n"))),
		      ir_unary(t->g, IR_NOT, ir_binary(t->g, IR_EQ, c, num(t, ip4, 0x0a000001))));
	q = add_query(t, "first \\ one", false, 20000000);
	q->sees_all_instances = true;
	add_filter(t, q, e);
	n = add_node(t, q, IR_MAP);
	vec_push(t->a, &n->columns, col("k", u8, true, a));
	vec_push(t->a, &n->columns, col("count", u16, false, b));
	n = add_reduce(t, q, IR_QUANTILE, a, b, u16);
	n->quantile = 0.99;
	n->rows = 128;
	n->stages = 2;
	n->overflow = IR_OVERFLOW_MIRROR;
	add_filter(t, q, ir_binary(t->g, IR_GT, ir_column(t->g, u16, 1, 0), num(t, u16, 3)));
	add_order(t, q, 5, 1, true);
	add_order(t, q, 0, 0, false);
	other = add_query(t, "", true, 20000000);
	other->anonymous = true;
	add_reduce(t, other, IR_AVG, a, b, f64);
	n = add_join(t, q, other, IR_JOIN_EXPR, u16);
	n->expr = ir_binary(t->g, IR_SUB, ir_column(t->g, u16, 1, 0), ir_column(t->g, u16, 1, 1));
	add_lost(t, add_query(t, "lost", false, 1), c);
	n = add_node(t, add_query(t, "unique", true, 1000000000), IR_DISTINCT);
	vec_push(t->a, &n->keys, col("k", u8, true, a));
	vec_push(t->a, &n->columns, col("k", u8, true, NULL));
	add_query(t, "all", false, UINT64_MAX);
}

static char *
printed(const struct ir_graph *g)
{
	struct text x;

	text_open(&x);
	ir_print(x.file, g);
	return text_close(&x);
}

static void
text_is_read_back(void **state)
{
	struct irtest *t = *state;
	struct ir_graph *g;
	char *once, *twice;

	everything(t);
	assert_true(ir_check(t->d, t->g));
	once = printed(t->g);
	g = ir_parse(t->a, t->d, STR("once"), str_dup(t->a, str_from(once)));
	diags_print(t->d, stderr);
	assert_non_null(g);
	twice = printed(g);
	assert_string_equal(once, twice);
	assert_int_equal(g->queries.n, t->g->queries.n);
	assert_int_equal(g->queries.v[0]->stateful, 2);
	assert_true(g->queries.v[0]->nodes.v[2]->quantile == 0.99);
	free(once);
	free(twice);
}

/* Whatever is done to a text, it is refused or it is a graph whose text is read back. */
static void
try_text(const char *text, size_t n, uint32_t *accepted)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct ir_graph *g =
		ir_parse(a, d, STR("text"), str_dup(a, (struct str){ text, (uint32_t)n }));

	assert_true(!g == (diag_errors(d) > 0));
	if (g) {
		char *again = printed(g);
		struct ir_graph *h = ir_parse(a, d, STR("again"), str_from(again));

		assert_non_null(h);
		ir_eval_free(ir_eval_make(h));
		free(again);
		++*accepted;
	}
	arena_free(a);
}

static void
damaged_text_is_refused(void **state)
{
	struct irtest *t = *state;
	uint64_t random = 7;
	uint32_t accepted = 0;
	size_t n;
	char *text, *copy;

	everything(t);
	text = printed(t->g);
	n = strlen(text);
	copy = malloc(n + 1);
	try_text(text, n, &accepted);
	assert_int_equal(accepted, 1);
	for (size_t end = 0; end < n; end += 13)
		try_text(text, end, &accepted);
	for (int i = 0; i < 1500; i++) {
		memcpy(copy, text, n + 1);
		for (uint64_t k = unit_random(&random) % 3 + 1; k; k--) {
			size_t at = unit_random(&random) % n, from = unit_random(&random) % n;

			copy[at] = k == 1 ? text[from] : "0123456789 ef\n\"=-"[from % 17];
		}
		try_text(copy, n, &accepted);
	}
	assert_true(accepted > 100);
	free(copy);
	free(text);
}

static void
refused(const char *body, const char *why)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct text x;

	assert_null(ir_parse(a, d, STR("g"),
			     str_fmt(a, "graph 1\ntick 1000\nheader \"h\"\n  \"a\" 8\n%s", body)));
	text_open(&x);
	diags_print(d, x.file);
	if (!strstr(text_close(&x), why))
		fail_msg("expected '%s' in:\n%s", why, x.p);
	free(x.p);
	arena_free(a);
}

static void
wrong_graphs_are_refused(void **state)
{
	(void)state;
	refused("graph", "expected a statement");
	refused("f0 = header in 0 1 7:0 int:8 \"h.b\"", "schema doesn't have");
	refused("f0 = header in 1 0 7:0 int:8 \"h.b\"", "schema doesn't have");
	refused("f0 = header in 0 0 8:0 int:9 \"h.a\"", "schema doesn't have");
	refused("f0 = meta mid 0 0 7:0 int:8 \"meta.a\"", "schema doesn't have");
	refused("f0 = header in 0 0 7:0 int:129 \"h.a\"", "out of range");
	refused("f1 = header in 0 0 7:0 int:8 \"h.a\"", "no such field");
	refused("e0 = f0", "no such field");
	refused("e0 = e0 + e0", "no such expression");
	refused("e1 = 5 int:8", "no such expression");
	refused("e0 = 5 reason:32", "can't be of this type");
	refused("e0 = 5 int:8\ne1 = e0 = e0", "expected an operator");
	refused("query \"q\" ingress window 0", "no length");
	refused("query \"q\" sideways window 1", "expected 'ingress'");
	refused("filter e0", "an operator without a query");
	refused("query \"q\" ingress window 1\n filter e0", "no such expression");
	refused("query \"q\" ingress window 1\n filter", "an expression is missing");
	refused("e0 = column 0 int:8\nquery \"q\" ingress window 1\n filter e0",
		"a column is read");
	refused("query \"q\" ingress window 1\n reduce sum\n", "wrong number of columns");
	refused("query \"q\" ingress window 1\n reduce avg\n col \"x\" int:8", "needs a value");
	refused("query \"q\" ingress window 1\n reduce median\n", "expected a function");
	refused("query \"q\" egress window 1\n lost\n col \"x\" int:8", "packets of ingress");
	refused("query \"q\" ingress window 1\n reduce count\n col \"x\" int:8\n lost\n col \"x\" "
		"int:8",
		"packets of ingress");
	refused("query \"q\" ingress window 1\n join diff with 0 on\n col \"x\" int:8",
		"an aggregate on both sides");
	refused("query \"q\" ingress window 1\n reduce count\n col \"x\" int:8\n join diff with 0 "
		"on\n col \"x\" int:8",
		"joins with itself");
	refused("query \"q\" ingress window 1\n reduce count\n col \"x\" int:8\n join diff with 7 "
		"on\n col \"x\" int:8",
		"no query 7");
	refused("query \"q\" ingress window 1\n reduce count\n col \"x\" int:8\n top 3 by 1\n col "
		"\"x\" int:8",
		"a column is read");
	refused("f0 = header in 0 0 7:0 int:8 \"h.a\"\ne0 = f0\n"
		"query \"q\" ingress window 1\n reduce count\n col \"x\" int:8\n filter e0\n col "
		"\"x\" int:8",
		"only columns are known");
}

static void
deep_expressions_are_refused(void **state)
{
	struct irtest *t = *state;
	struct text x;
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));

	(void)t;
	text_open(&x);
	fputs("graph 1\nf0 = port_in in 0 0 15:0 port:16 \"port_in\"\ne0 = f0\n", x.file);
	for (int i = 1; i < 100000; i++)
		fprintf(x.file, "e%d = - e%d\n", i, i - 1);
	text_close(&x);
	assert_null(ir_parse(a, d, STR("deep"), str_from(x.p)));
	assert_true(diag_errors(d) > 0);
	free(x.p);
	arena_free(a);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, irtest_setup, irtest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(equal_things_are_made_once),   TEST(constants_are_folded),
		TEST(conditions_are_folded),	    TEST(types_of_operators),
		TEST(columns_are_substituted),	    TEST(text_is_read_back),
		TEST(damaged_text_is_refused),	    TEST(wrong_graphs_are_refused),
		TEST(deep_expressions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
