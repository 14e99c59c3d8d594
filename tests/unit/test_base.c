/* base without its big integers: arenas, strings, vectors, maps, sources, diagnostics. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/datadir.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/source.h"
#include "base/str.h"
#include "base/vec.h"
#include "unit.h"

static int
setup(void **state)
{
	*state = arena_make();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
arena_zeroed_aligned_apart(void **state)
{
	struct arena *a = *state;
	size_t used = arena_used(a);
	unsigned char *previous = NULL;

	for (size_t i = 0; i < 3000; i++) {
		size_t size = i % 100 == 0 ? i * 97 : i % 50;
		unsigned char *p = arena_alloc(a, size);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, size);
		assert_ptr_not_equal(p, previous);
		previous = p;
		used += size;
	}
	assert_true(arena_used(a) >= used);
	assert_memory_equal(arena_copy(a, "abc", 3), "abc", 3);
	arena_free(NULL);
}

static void
str_compare(void **state)
{
	(void)state;
	assert_true(str_eq(STR("ab"), str_from("ab")));
	assert_true(str_eq(STR_NONE, STR("")));
	assert_false(str_eq(STR("ab"), STR("abc")));
	assert_true(str_is(STR("x"), "x"));
	assert_int_equal(str_cmp(STR("a"), STR("b")), -1);
	assert_int_equal(str_cmp(STR("ab"), STR("a")), 1);
	assert_int_equal(str_cmp(STR("\x80"), STR("a")), 1);
	assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
	assert_true(str_starts(STR("hdr.ipv4"), STR("hdr")));
	assert_false(str_starts(STR("hd"), STR("hdr")));
	assert_true(str_ends(STR("hdr.ipv4"), STR("ipv4")));
	assert_true(str_ends(STR("x"), STR_NONE));
	assert_int_equal(str_hash(STR("abc")), str_hash(str_from("abc")));
	assert_int_not_equal(str_hash(STR("abc")), str_hash(STR("abd")));
}

static void
str_parts(void **state)
{
	struct arena *a = *state;

	assert_int_equal(str_find(STR("a.b.c"), '.'), 1);
	assert_int_equal(str_rfind(STR("a.b.c"), '.'), 3);
	assert_int_equal(str_find(STR_NONE, '.'), -1);
	assert_int_equal(str_rfind(STR("abc"), '.'), -1);
	assert_str(str_sub(STR("abcdef"), 2, 4), "cd");
	assert_str(str_sub(STR("abc"), 2, 99), "c");
	assert_str(str_sub(STR("abc"), 7, 9), "");
	assert_str(str_sub(STR("abc"), 2, 1), "");
	assert_str(str_trim(STR(" \t x y\r\n")), "x y");
	assert_str(str_trim(STR("  ")), "");
	assert_string_equal(str_cstr(a, STR("abc")), "abc");
	assert_string_equal(str_cstr(a, STR_NONE), "");
	assert_str(str_fmt(a, "%d-%s", 7, "x"), "7-x");
	for (int n = 250; n < 260; n++)
		assert_int_equal(str_fmt(a, "%*d", n, 1).n, n);
}

static void
str_near(void **state)
{
	static const struct str names[] = { STR("srcAddr"), STR("dstAddr"), STR("ttl"),
					    STR("protocol") };
	char longest[300];

	(void)state;
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 9), 3);
	assert_int_equal(str_distance(STR("ab"), STR("ba"), 9), 1);
	assert_int_equal(str_distance(STR(""), STR("abc"), 9), 3);
	assert_int_equal(str_distance(STR("abc"), STR("xyz"), 1), 2);
	assert_int_equal(str_distance(STR("same"), STR("same"), 0), 0);
	assert_str(str_nearest(STR("dstAdr"), names, 4), "dstAddr");
	assert_str(str_nearest(STR("tll"), names, 4), "ttl");
	assert_str(str_nearest(STR("protocl"), names, 4), "protocol");
	assert_int_equal(str_nearest(STR("checksum"), names, 4).n, 0);
	assert_int_equal(str_nearest(STR("x"), names, 4).n, 0);
	assert_int_equal(str_nearest(STR("x"), NULL, 0).n, 0);
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(str_nearest((struct str){ longest, sizeof(longest) }, names, 4).n, 0);
}

static void
vec_push_insert(void **state)
{
	struct arena *a = *state;
	VEC(uint32_t) v = { 0 };
	uint32_t sum = 0;

	vec_each (it, &v)
		sum += *it;
	assert_int_equal(sum, 0);
	for (uint32_t i = 0; i < 1000; i++)
		vec_push(a, &v, i);
	vec_insert(a, &v, 0, 7);
	vec_insert(a, &v, 500, 8);
	vec_insert(a, &v, v.n, 9);
	assert_int_equal(v.n, 1003);
	assert_int_equal(v.v[0], 7);
	assert_int_equal(v.v[1], 0);
	assert_int_equal(v.v[500], 8);
	assert_int_equal(v.v[501], 499);
	assert_int_equal(v.v[1002], 9);
	vec_each (it, &v)
		sum += *it;
	assert_int_equal(sum, 999 * 1000 / 2 + 7 + 8 + 9);
}

static void
map_many(void **state)
{
	struct arena *a = *state;
	struct map m;
	int one, two;

	map_init(&m, a);
	assert_null(map_get(&m, STR("x")));
	assert_false(map_has(&m, STR("x")));
	for (int i = 0; i < 5000; i++)
		assert_null(map_put(&m, str_fmt(a, "key%d", i), &one));
	assert_ptr_equal(map_put(&m, STR("key17"), &two), &one);
	assert_null(map_put(&m, STR("nothing"), NULL));
	assert_true(map_has(&m, STR("nothing")));
	assert_null(map_put(&m, STR(""), &two));
	assert_ptr_equal(map_get(&m, STR_NONE), &two);
	assert_int_equal(m.n, 5002);
	for (int i = 0; i < 5000; i++) {
		struct str key = str_fmt(a, "key%d", i);

		assert_true(str_eq(m.entries[i].key, key));
		assert_ptr_equal(map_get(&m, key), i == 17 ? &two : &one);
	}
	assert_null(map_get(&m, STR("key5000")));
}

static void
places(void **state)
{
	struct arena *a = *state;
	struct sources *s = sources_make(a);
	const struct source *x = source_add(s, STR("x"), STR("one\r\ntwo\n"));
	const struct source *empty = source_add(s, STR("empty"), STR(""));
	const struct source *y = source_add(s, STR("y"), STR("three"));
	struct place p;

	assert_int_equal(x->base, 1);
	assert_null(source_at(s, 0));
	assert_ptr_equal(source_at(s, 1), x);
	assert_ptr_equal(source_at(s, x->base + x->text.n), x);
	assert_ptr_equal(source_at(s, empty->base), empty);
	assert_ptr_equal(source_at(s, y->base), y);
	assert_ptr_equal(source_at(s, y->base + 5), y);
	assert_null(source_at(s, y->base + 6));
	assert_true(source_place(s, x->base + 6, &p));
	assert_int_equal(p.line, 2);
	assert_int_equal(p.column, 2);
	assert_str(p.line_text, "two");
	assert_true(source_place(s, x->base, &p));
	assert_str(p.line_text, "one");
	assert_true(source_place(s, x->base + x->text.n, &p));
	assert_int_equal(p.line, 3);
	assert_str(p.line_text, "");
	assert_false(source_place(s, 0, &p));
	assert_str(source_text(s, (struct span){ y->base + 1, y->base + 3 }), "hr");
	assert_int_equal(source_text(s, (struct span){ 0, 0 }).n, 0);
	assert_int_equal(span_join((struct span){ 0, 0 }, (struct span){ 3, 4 }).begin, 3);
	assert_int_equal(span_join((struct span){ 3, 4 }, (struct span){ 0, 0 }).end, 4);
	assert_int_equal(span_join((struct span){ 3, 4 }, (struct span){ 6, 9 }).end, 9);
}

static void
files(void **state)
{
	struct arena *a = *state;
	struct sources *s = sources_make(a);
	char name[] = "base-test-XXXXXX";
	char *text = arena_alloc(a, 100000);
	const struct source *got;
	int err = 0, fd = mkstemp(name);

	memset(text, 'x', 100000);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, 100000), 100000);
	got = source_read(s, str_from(name), &err);
	assert_non_null(got);
	assert_int_equal(got->text.n, 100000);
	assert_int_equal(ftruncate(fd, (off_t)65 << 20), 0);
	assert_null(source_read(s, str_from(name), &err));
	assert_int_equal(err, EFBIG);
	close(fd);
	unlink(name);
	assert_null(source_read(s, str_from(name), &err));
	assert_int_equal(err, ENOENT);
	assert_null(source_read(s, STR("."), &err));
	assert_int_equal(err, EISDIR);
}

/* What `d` prints. */
static char *
printed(struct diags *d)
{
	static char buf[16384];
	FILE *out;

	buf[0] = 0; /* stays when nothing is printed */
	out = fmemopen(buf, sizeof(buf), "w");
	diags_print(d, out);
	fclose(out);
	return buf;
}

static void
diag_printed(void **state)
{
	static const struct str names[] = { STR("dstAddr"), STR("ttl") };
	struct arena *a = *state;
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	const struct source *x =
		source_add(s, STR("r.p4"), STR("\thdr.dstAdr = x;\nb\x1b = \xc3\xa4 + 2;\n"));

	diag_warn(d, (struct span){ x->base + 22, x->base + 24 }, "later");
	diag_error(d, (struct span){ x->base + 5, x->base + 11 }, "no field '%s'", "dstAdr");
	diag_nearest(d, STR("dstAdr"), names, 2);
	diag_note(d, (struct span){ x->base + 26, x->base + 27 }, "see\x1b[1m");
	diag_error(d, (struct span){ x->base + 5, x->base + 11 }, "no field '%s'", "dstAdr");
	diag_hint(d, "belongs to the repeated one, so it is dropped as well");
	diag_error(d, (struct span){ 0, 0 }, "nowhere");
	assert_ptr_equal(diags_sources(d), s);
	assert_int_equal(diag_errors(d), 2);
	assert_int_equal(diag_warnings(d), 1);
	assert_string_equal(printed(d), "r.p4:1:6: error: no field 'dstAdr'\n"
					"    1 | \thdr.dstAdr = x;\n"
					"      | \t    ^~~~~~\n"
					"hint: did you mean 'dstAddr'?\n"
					"r.p4:2:10: note: see\\x1b[1m\n"
					"    2 | b? = \xc3\xa4 + 2;\n"
					"      |         ^\n"
					"r.p4:2:6: warning: later\n"
					"    2 | b? = \xc3\xa4 + 2;\n"
					"      |      ^\n"
					"error: nowhere\n");
	assert_string_equal(printed(d), "");
}

static void
diag_limits(void **state)
{
	struct arena *a = *state;
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	char *line = arena_alloc(a, 5000);
	const struct source *x;
	char *text, *end;

	memset(line, 'y', 5000);
	x = source_add(s, STR("long"), (struct str){ line, 5000 });
	for (uint32_t i = 0; i < 3000; i++)
		diag_error(d, (struct span){ x->base + i, x->base + 4000 }, "wrong");
	assert_int_equal(diag_errors(d), 3000);
	text = printed(d);
	end = strstr(text, "2980 more errors not shown\n");
	assert_non_null(end);
	assert_true(end - text < 20 * 400);
	diag_error(d, (struct span){ x->base, x->base }, "one more");
	assert_string_equal(printed(d), "1 more error not shown\n");
}

/* What is no text does not reach the terminal, nor all of a line that never ends. */
static void
diag_bytes(void **state)
{
	struct arena *a = *state;
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	const struct source *x = source_add(s, STR("a\x1b"), STR("\x7f""ELF\x80\xc2\x9b\xe2\x80\xae\xc3\xa4x\n"));
	char many[3000];
	struct str long_line = { memset(many, 0x80, sizeof(many)), sizeof(many) };
	char *text;

	diag_error(d, (struct span){ x->base + 12, x->base + 13 }, "near '%s'", "\x02\xff\xc2\x9b\xe2\x80\xae\xc3\xa4");
	assert_string_equal(printed(d), "a\\x1b:1:13: error: near '\\x02\\xff\\xc2\\x9b\\xe2\\x80\\xae\xc3\xa4'\n"
					"    1 | ?ELF?\?\?\?\?\?\xc3\xa4x\n"
					"      |            ^\n");
	x = source_add(s, STR("long"), long_line);
	diag_error(d, (struct span){ x->base + 1000, x->base + 3000 }, "%.*s", STRA(long_line));
	text = printed(d);
	assert_true(strlen(text) < 600);
	for (; *text; text++)
		assert_true((unsigned char)*text < 0x7f);
}

static void
data_folder(void **state)
{
	(void)state;
	unsetenv("PACKETSCOPE_DATA");
	assert_true(datadir()[0] == '/');
	setenv("PACKETSCOPE_DATA", "elsewhere", 1);
	assert_string_equal(datadir(), "elsewhere");
	unsetenv("PACKETSCOPE_DATA");
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(arena_zeroed_aligned_apart),
		WITH_ARENA(str_compare),
		WITH_ARENA(str_parts),
		WITH_ARENA(str_near),
		WITH_ARENA(vec_push_insert),
		WITH_ARENA(map_many),
		WITH_ARENA(places),
		WITH_ARENA(files),
		WITH_ARENA(diag_printed),
		WITH_ARENA(diag_limits),
		WITH_ARENA(diag_bytes),
		WITH_ARENA(data_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
