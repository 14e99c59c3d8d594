/* The printer's corner cases, trees that no parser makes, snippets with comments, and speed. */
#include <time.h>

#include "p4test.h"

static const char *
expr(struct p4test *t, const char *text)
{
	struct p4_node *n = p4_parse_expr(t->arena, t->diags, STR("expr"), str_from(text));

	if (!n)
		fail_msg("%s", p4test_messages(t));
	return p4test_capture(t, out, p4_print_node(out, n));
}

#define prints(text, want) assert_string_equal(expr(*state, text), want)

static void
parentheses(void **state)
{
	prints("((a)) + (b * c)", "a + b * c");
	prints("(a + b) * c", "(a + b) * c");
	prints("a - (b - c)", "a - (b - c)");
	prints("(a - b) - c", "a - b - c");
	prints("(a | b) == c", "a | b == c");
	prints("a | (b == c)", "a | (b == c)");
	prints("(a < b) > (c > d)", "(a < b) > (c > d)");
	prints("-(a + b)", "-(a + b)");
	prints("(-a)[3:0]", "(-a)[3:0]");
	prints("((bit<8>)a)[3:0]", "((bit<8>)a)[3:0]");
	prints("(bit<8>)(a)[3:0]", "(bit<8>)a[3:0]");
	prints("(bit<8>)-a", "(bit<8>)(-a)");
	prints("a ? b : c ? d : e", "a ? b : (c ? d : e)");
	prints("(a ? b : c) ? d : e", "(a ? b : c) ? d : e");
	prints("+ +a", "+ +a");
	prints("a >> b >> (c >> d)", "a >> b >> (c >> d)");
	prints("a[(b ? c : d)+:4]", "a[(b ? c : d)+:4]");
	prints("f<bit<8>, tuple<bool>>(x, y = _)", "f<bit<8>, tuple<bool>>(x, y = _)");
}

static void
numbers_keep_their_look(void **state)
{
	prints("0xFF", "0xff");
	prints("8w0b0101", "8w0b101");
	prints("8s0o17", "8s0o17");
	prints("0b0", "0b0");
	prints("0o0", "0o0");
	prints("007", "7");
	prints("64w0xffffffffffffffff", "64w0xffffffffffffffff");
	prints("0o1777777777777777777777", "0o1777777777777777777777");
}

static void
negative_numbers_of_the_checker(void **state)
{
	struct p4test *t = *state;
	struct p4_node *n = p4_parse_expr(t->arena, t->diags, STR("expr"), STR("1 + 8s5[3:0]"));

	n->u.binary.a->u.integer.value.neg = true;
	n->u.binary.b->u.slice.object->u.integer.value.neg = true;
	assert_string_equal(p4test_capture(t, out, p4_print_node(out, n)), "-1 + (-8s5)[3:0]");
}

static void
implicit_casts_are_silent(void **state)
{
	struct p4test *t = *state;
	struct p4_node *n =
		p4_parse_expr(t->arena, t->diags, STR("expr"), STR("a * (bit<8>)(b + c)"));
	const char *plain;

	n->u.binary.b->u.cast.implicit = true;
	assert_string_equal(p4test_capture(t, out, p4_print_node(out, n)), "a * (b + c)");
	plain = p4test_capture(
		t, out,
		p4_dump(out, p4_parse_expr(t->arena, t->diags, STR("expr"), STR("a * (b + c)"))));
	assert_string_equal(p4test_capture(t, out, p4_dump(out, n)), plain);
}

/* The weaver may hang an `if` without `else` under one with it. */
static void
else_stays_with_its_if(void **state)
{
	struct p4test *t = *state;
	struct p4_list list;
	struct p4_node *outer;

	assert_true(p4_parse_stmts(t->arena, t->diags, STR("s"),
				   STR("if (a) x = 1; else x = 2; if (b) x = 3;"), &list));
	assert_int_equal(list.n, 2);
	outer = list.v[0];
	outer->u.if_.then = list.v[1];
	assert_string_equal(p4test_capture(t, out, p4_print_node(out, outer)),
			    "if (a) {\n\tif (b)\n\t\tx = 3;\n} else\n\tx = 2;\n");
}

static void
snippets_keep_comments(void **state)
{
	struct p4test *t = *state;
	const char *text =
		"// The first.\n//   indented\nx = 1;\n\n// Not the third's.\n\n// The "
		"call.\nf(x);\n"
		"if (a) {\n\t// inside\n\ty = 2; // behind\n}\n// a type nobody declared\nt_t z;\n";
	struct p4_list list;

	assert_true(p4_parse_stmts(t->arena, t->diags, STR("s"), str_from(text), &list));
	assert_int_equal(list.n, 4);
	assert_str(list.v[0]->comment, "The first.\n  indented");
	assert_str(list.v[1]->comment, "The call.");
	assert_int_equal(list.v[3]->kind, P4_VAR);
	assert_string_equal(
		p4test_capture(t, out,
			       for (uint32_t i = 0; i < list.n; i++) p4_print_node(out, list.v[i])),
		"// The first.\n//   indented\nx = 1;\n// The call.\nf(x);\nif (a) {\n\t// inside\n"
		"\ty = 2;\n}\n// a type nobody declared\nt_t z;\n");
}

static void
snippets_of_declarations(void **state)
{
	struct p4test *t = *state;
	struct p4_list list;

	assert_true(p4_parse_locals(t->arena, t->diags, STR("l"),
				    STR("register<bit<32>>(16) r; bit<8> v; u_t w; ctl(1) c;\n"
					"// An action.\naction a(bit<8> x) { v = (u_t)x; }\n"
					"table t { actions = { a; } }\n"),
				    &list));
	assert_int_equal(list.n, 6);
	assert_int_equal(list.v[0]->kind, P4_INSTANCE);
	assert_int_equal(list.v[2]->kind, P4_VAR);
	assert_int_equal(list.v[3]->kind, P4_INSTANCE);
	assert_str(list.v[4]->comment, "An action.");
	assert_int_equal(list.v[4]->u.func.body->u.block.stmts.v[0]->u.assign.right->kind, P4_CAST);
	assert_true(p4_parse_decls(t->arena, t->diags, STR("d"),
				   STR("header h { bit<8> x; } control c(in h y) { apply { } }"),
				   &list));
	assert_int_equal(list.n, 2);
	assert_false(p4_parse_stmts(t->arena, t->diags, STR("s"), STR("x = 1; }"), &list));
	assert_false(p4_parse_stmts(t->arena, t->diags, STR("s"), STR("x = ;"), &list));
	assert_null(p4_parse_expr(t->arena, t->diags, STR("e"), STR("a b")));
	assert_null(p4_parse_expr(t->arena, t->diags, STR("e"), STR("")));
	assert_int_equal(list.n, 2);
}

static void
user_comments_are_dropped(void **state)
{
	assert_string_equal(p4test_print(*state, "// a comment\nconst int a = 1; // b\n"),
			    "const int a = 1;\n");
}

static void
includes_are_printed(void **state)
{
	assert_string_equal(p4test_print(*state, "#include <core.p4>\nconst int a = 1;\n"),
			    "#include <core.p4>\n\nconst int a = 1;\n");
}

static void
ids_grow(void **state)
{
	struct p4_node *n = p4test_parse(*state, "const int a = 1; const int b = 2;");
	struct p4_node *a = n->u.program.decls.v[0], *b = n->u.program.decls.v[1];

	assert_true(n->id < a->id);
	assert_true(a->id < a->u.var.init->id);
	assert_true(a->u.var.init->id < b->id);
}

static void
strings_with_any_bytes(void **state)
{
	struct p4test *t = *state;
	struct p4_node *n = p4_parse_text(t->arena, t->diags, STR("z"),
					  STR("const string a = \"x\0y\";"), NULL);

	assert_non_null(n);
	assert_int_equal(n->u.program.decls.v[0]->u.var.init->u.string.n, 3);
	assert_memory_equal(n->u.program.decls.v[0]->u.var.init->u.string.p, "x\0y", 3);
}

/* 2 MB of controls; linear work takes a fraction of a second even on a slow machine. */
static void
large_programs(void **state)
{
	struct p4test *t = *state;
	struct timespec before, after;
	const char *text = p4test_capture(t, out, {
		fputs("header h { bit<8> x; bit<8> y; }\n", out);
		for (int i = 0; i < 16000; i++)
			fprintf(out,
				"control c%d(inout h v, in bit<8> k) {\n"
				"\taction a(bit<8> p) { v.x = (bit<8>)(p + k) * 2; }\n"
				"\tapply { if (v.x < k && k > (v.y)) a(v.y[7:0]); }\n}\n",
				i);
	});

	assert_true(strlen(text) > 2000000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	p4test_parse(t, text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	print_message("# %zu bytes parsed in %ld ms\n", strlen(text),
		      (after.tv_sec - before.tv_sec) * 1000 +
			      (after.tv_nsec - before.tv_nsec) / 1000000);
	assert_true(after.tv_sec - before.tv_sec < 10); /* far off: sanitizers, busy machines */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parentheses, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(numbers_keep_their_look, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(negative_numbers_of_the_checker, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(implicit_casts_are_silent, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(else_stays_with_its_if, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(snippets_keep_comments, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(snippets_of_declarations, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(user_comments_are_dropped, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(includes_are_printed, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(ids_grow, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(strings_with_any_bytes, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(large_programs, p4test_setup, p4test_teardown),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
