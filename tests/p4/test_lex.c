/* Tokens: the longest one wins, numbers, strings, comments and where they are kept. */
#include "p4/lex.h"
#include "p4test.h"

static struct p4_tokens
lex(struct p4test *t, const char *text)
{
	struct p4_tokens out = { 0 };

	p4_lex_all(t->arena, t->diags,
		   source_add(diags_sources(t->diags), STR("test"), str_from(text)), &out);
	return out;
}

static void
longest_token_wins(void **state)
{
	static const enum p4_tok want[] = { TOK_ADD_SAT_ASSIGN,
					    TOK_ADD_SAT,
					    TOK_OR,
					    TOK_PLUS,
					    TOK_OR_ASSIGN,
					    TOK_OR_OR,
					    TOK_MASK,
					    TOK_AND_AND,
					    TOK_AND_ASSIGN,
					    TOK_DOTS,
					    TOK_RANGE,
					    TOK_DOT,
					    TOK_SHL_ASSIGN,
					    TOK_SHL,
					    TOK_LE,
					    TOK_GT,
					    TOK_GT,
					    TOK_GT,
					    TOK_GE,
					    TOK_CONCAT,
					    TOK_INVALID,
					    TOK_LBRACE,
					    TOK_HASH,
					    TOK_RBRACE,
					    TOK_PASTE,
					    TOK_SUB_SAT,
					    TOK_EOF };
	struct p4_tokens got =
		lex(*state, "|+|= |+| | + |= || &&& && &= ... .. . <<= << <= >> >>= ++ "
			    "{#} { #} ## |-|");

	assert_int_equal(got.list.n, sizeof(want) / sizeof(want[0]));
	for (uint32_t i = 0; i < got.list.n; i++)
		assert_int_equal(got.list.v[i].kind, want[i]);
}

static void
every_keyword_is_found(void **state)
{
	for (enum p4_tok k = TOK_DONTCARE; k <= TOK_VOID; k++) {
		struct p4_tokens got = lex(*state, p4_tok_text(k));

		assert_int_equal(got.list.n, 2);
		assert_int_equal(got.list.v[0].kind, k);
	}
	assert_int_equal(lex(*state, "tables").list.v[0].kind, TOK_NAME);
	assert_int_equal(lex(*state, "__").list.v[0].kind, TOK_NAME);
}

static void
number(const char *text, uint32_t width, bool is_signed, uint32_t base, const char *digits)
{
	struct p4_number n;

	assert_null(p4_number(str_from(text), &n));
	assert_int_equal(n.width, width);
	assert_int_equal(n.is_signed, is_signed);
	assert_int_equal(n.base, base);
	assert_str(n.digits, digits);
}

static void
numbers(void **state)
{
	static const char *const wrong[] = {
		"8w",	"8s",	"0x",  "0b2",	  "0o8",
		"1a",	"0w1",	"0s0", "65537w1", "99999999999999999999w1",
		"8w_1", "8w0x", "0x_"
	};
	struct p4_number n;

	(void)state;
	number("0", 0, false, 10, "0");
	number("1_000", 0, false, 10, "1_000");
	number("0xFf", 0, false, 16, "Ff");
	number("8w255", 8, false, 10, "255");
	number("8s0b_1010", 8, true, 2, "_1010");
	number("16w0377", 16, false, 10, "0377");
	number("16w0O377", 16, false, 8, "377");
	number("65536w0D9", 65536, false, 10, "9");
	for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(p4_number(str_from(wrong[i]), &n));
}

static void
number_length_is_limited(void **state)
{
	char text[4200];
	struct p4_number n;

	(void)state;
	memset(text, '7', sizeof(text));
	assert_null(p4_number((struct str){ text, 4096 }, &n));
	assert_non_null(p4_number((struct str){ text, 4097 }, &n));
}

static void
strings(void **state)
{
	struct p4_tokens got = lex(*state, "\"a\\\"b\" \"\\\\\" \"two\nlines\" \"\"");

	assert_int_equal(got.list.n, 5);
	assert_str(got.list.v[0].text, "\"a\\\"b\"");
	assert_str(got.list.v[1].text, "\"\\\\\"");
	assert_str(got.list.v[2].text, "\"two\nlines\"");
	assert_str(got.list.v[3].text, "\"\"");
}

static void
line_starts_and_blanks(void **state)
{
	struct p4_tokens got = lex(*state, "a b\n c/*\n*/d \\\n e//x\nf");
	static const bool bol[] = { true, false, true, false, false, true };
	static const bool space[] = { false, true, true, true, true, true };

	assert_int_equal(got.list.n, 7);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(got.list.v[i].bol, bol[i]);
		assert_int_equal(got.list.v[i].space, space[i]);
	}
}

static void
comments_above(void **state)
{
	struct p4_tokens got =
		lex(*state, "// lost\n\n// one\n//two\n//\n// three\na // not me\nb\n// x\n\nc");

	assert_int_equal(got.comments.n, 1);
	assert_int_equal(got.comments.v[0].token, 0);
	assert_str(got.comments.v[0].text, "one\ntwo\n\nthree");
}

static void
bad_bytes_make_one_token(void **state)
{
	struct p4_tokens got = lex(*state, "a \xc3\xa9\xe2\x82\xac b");

	assert_int_equal(got.list.n, 4);
	assert_int_equal(got.list.v[1].kind, TOK_BAD);
	assert_int_equal(got.list.v[1].text.n, 5);
}

static void
unclosed(void **state)
{
	assert_true(lex(*state, "a \"b").is_cut);
	assert_true(lex(*state, "a /* b").is_cut);
	assert_true(lex(*state, "\"\\\"").is_cut);
	assert_false(lex(*state, "\"\" /**/ /***/").is_cut);
	assert_int_equal(diag_errors(((struct p4test *)*state)->diags), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(longest_token_wins, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(every_keyword_is_found, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(numbers, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(number_length_is_limited, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(strings, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(line_starts_and_blanks, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(comments_above, p4test_setup, p4test_teardown),
		cmocka_unit_test_setup_teardown(bad_bytes_make_one_token, p4test_setup,
						p4test_teardown),
		cmocka_unit_test_setup_teardown(unclosed, p4test_setup, p4test_teardown),
	};

	return cmocka_run_group_tests_name("lex", tests, NULL, NULL);
}
