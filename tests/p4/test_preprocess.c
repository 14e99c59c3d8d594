/* The preprocessor: what comes out of macros and conditions, and where it says it stands. */
#include "p4/preprocess.h"
#include "p4test.h"

/* All tokens of a text, one blank between them. */
static const char *
expand(struct p4test *t, const char *text)
{
	const struct source *s =
		source_add(diags_sources(t->diags), STR("test.p4"), str_from(text));
	struct p4_tokens out = { 0 };

	p4_preprocess(t->arena, t->diags, s, NULL, &out);
	for (uint32_t i = 0; i < out.list.n; i++)
		out.list.v[i].space = i + 1 < out.list.n;
	return str_cstr(t->arena, p4_tokens_text(t->arena, out.list.v, out.list.n));
}

#define expands(text, want) assert_string_equal(expand(*state, text), want)

static void
object_macros(void **state)
{
	expands("#define A 1\nA + A", "1 + 1");
	expands("#define A B\n#define B C\nA", "C");
	expands("#define A\nx A y", "x y");
	expands("#define A 1\n#undef A\nA", "A");
	expands("#define A x \\\n + y\nA", "x + y");
	expands("#define if 1\nif", "1");
}

static void
function_macros(void **state)
{
	expands("#define F(x) x + x\nF(1) F((1, 2)) F", "1 + 1 ( 1 , 2 ) + ( 1 , 2 ) F");
	expands("#define F (x)\nF", "( x )");
	expands("#define F() 1\nF() F ()", "1 1");
	expands("#define F(x) [x]\nF()", "[ ]");
	expands("#define F(x, y) y x\nF(a\n, b)", "b a");
	expands("#define F(x, ...) x { __VA_ARGS__ }\nF(1, 2, 3) F(1)", "1 { 2 , 3 } 1 { }");
	expands("#define F(x) G(x)\n#define G(x) x x\nF(F(1))", "1 1 1 1");
	expands("#define L (\n#define F(x) x\nF L 1 )", "F ( 1 )");
}

static void
recursion_ends(void **state)
{
	expands("#define A A + 1\nA", "A + 1");
	expands("#define A B\n#define B A\nA B", "A B");
	expands("#define F(x) F(x) + x\nF(F(1))", "F ( F ( 1 ) + 1 ) + F ( 1 ) + 1");
}

static void
paste_and_stringize(void **state)
{
	expands("#define C(a, b) a ## b\nC(x, y) C(1, 2) C(x, ) C(, y) C(<, <=)", "xy 12 x y <<=");
	expands("#define ONE 1\n#define C(a, b) a ## b\nC(ON, E) C(ONE, ONE)", "1 ONEONE");
	expands("#define P a ## b ## c\nP", "abc");
	expands("#define S(x) #x\nS(a  +  \"b\\n\") S()", "\"a + \\\"b\\\\n\\\"\" \"\"");
	expands("#define S(x) #x\n#define ONE 1\n#define X(x) S(x)\nS(ONE) X(ONE)",
		"\"ONE\" \"1\"");
}

static void
conditions(void **state)
{
	expands("#if 1 + 2 * 3 == 7 && (8 >> 1) == 4\na\n#endif", "a");
	expands("#if -1 > 0 || ~0 != -1\na\n#else\nb\n#endif", "b");
	expands("#if UNKNOWN\na\n#elif 0x10 == 16 && 010 == 8\nb\n#else\nc\n#endif", "b");
	expands("#define D\n#if defined D && !defined(E)\na\n#endif", "a");
	expands("#ifdef D\na\n#else\nb\n#endif\n#ifndef D\nc\n#endif", "b c");
	expands("#if 0\n#if 1\na\n#else\nb\n#endif\n#else\nc\n#endif", "c");
	expands("#if 1\na\n#elif 1 / 0\nb\n#else\nc\n#endif\nd", "a d");
	expands("#if 0 && 1 / 0\na\n#endif\n#if 1 ? 2 : 1 / 0\nb\n#endif", "b");
	expands("#if (-9223372036854775807 - 1) / -1\na\n#endif", "a");
	expands("#if 1 << 100 == 0 && 5 % 3 == 2\na\n#endif", "a");
	expands("#if 0\n' \" unpaired\n/* #endif */ \"#endif\"\n#endif\na", "a");
	expands("#define ADD(x, y) x + y\n#if ADD(1, 1) == 2UL\na\n#endif", "a");
}

static void
ignored_directives(void **state)
{
	expands("#line 3 \"x\"\n# 3 \"x\" 1\n#pragma once\n#\na", "a");
}

static void
places_of_macro_output(void **state)
{
	const char *text = p4test_errors(*state, "#define BAD x y\nconst int a =\n  BAD;\n");

	p4test_contains(text, "test.p4:3:3: error: expected ';'");
	p4test_contains(text, "test.p4:1:15: note: ");
}

static void
places_of_calls_span_the_call(void **state)
{
	struct p4test *t = *state;
	const struct source *s = source_add(diags_sources(t->diags), STR("test.p4"),
					    STR("#define F(x, y) x y\nF(a,\n b) c"));
	struct p4_tokens out = { 0 };

	assert_true(p4_preprocess(t->arena, t->diags, s, NULL, &out));
	assert_int_equal(out.list.n, 4);
	assert_str(source_text(diags_sources(t->diags), out.list.v[0].at), "F(a,\n b)");
	assert_str(source_text(diags_sources(t->diags), out.list.v[1].at), "F(a,\n b)");
	assert_str(source_text(diags_sources(t->diags), out.list.v[1].def), "b");
	assert_str(source_text(diags_sources(t->diags), out.list.v[2].at), "c");
}

static void
nothing_expands_for_ever(void **state)
{
	const char *text = p4test_errors(
		*state,
		"#define A B B B B B B B B\n#define B C C C C C C C C\n#define C D D D D D D D D\n"
		"#define D E E E E E E E E\n#define E F F F F F F F F\n#define F G G G G G G G G\n"
		"#define G H H H H H H H H\n#define H 1 + 1 + 1 + 1 +\nconst int a = A 1;\n");

	p4test_contains(text, "test.p4:9:15: error: the program is too large");
}

static void
system_includes(void **state)
{
	struct p4test *t = *state;
	struct p4_node *n = p4test_parse(t, "#include <core.p4>\nconst int a = 1;\n");
	uint32_t last = n->u.program.decls.n - 1;

	assert_true(last > 0);
	assert_true(p4_is_system(n->u.program.decls.v[0], t->diags));
	assert_false(p4_is_system(n->u.program.decls.v[last], t->diags));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(object_macros, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(function_macros, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(recursion_ends, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(paste_and_stringize, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(conditions, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(ignored_directives, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(places_of_macro_output, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(places_of_calls_span_the_call, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(nothing_expands_for_ever, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(system_includes, p4test_setup, p4test_teardown),
	};

	return cmocka_run_group_tests_name("preprocess", tests, NULL, NULL);
}
