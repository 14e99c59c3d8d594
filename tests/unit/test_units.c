/* Numbers with units, and files that appear whole or not at all. */
#include "base/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/outfile.h"
#include "unit.h"

#define UNTOUCHED 0xdead

static void
durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "20ms", 20000000 },
		{ "1s", 1000000000 },
		{ "1us", 1000 },
		{ "\xc2\xb5s", UNTOUCHED },
		{ "2\xc2\xb5s", 2000 },
		{ "1.5us", 1500 },
		{ "0.001us", 1 },
		{ "1.50000000000000000000000s", 1500000000 },
		{ "2min", 120000000000 },
		{ "1h", 3600000000000 },
		{ "0", 0 },
		{ "0ns", 0 },
		{ "18446744073709551615ns", UINT64_MAX },
		{ "18446744073.709551615s", UINT64_MAX },
		{ "18446744073709551616ns", UNTOUCHED },
		{ "18446744073.709551616s", UNTOUCHED },
		{ "99999999999999999999s", UNTOUCHED },
		{ "0.0001us", UNTOUCHED },
		{ "1", UNTOUCHED },
		{ "1S", UNTOUCHED },
		{ "1 s", UNTOUCHED },
		{ "s", UNTOUCHED },
		{ "", UNTOUCHED },
		{ "-1s", UNTOUCHED },
		{ "+1s", UNTOUCHED },
		{ "1.s", UNTOUCHED },
		{ ".5s", UNTOUCHED },
		{ "1..5s", UNTOUCHED },
		{ "1.5.5s", UNTOUCHED },
		{ "1e3s", UNTOUCHED },
		{ "0x1s", UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t ns = UNTOUCHED;
		bool ok = units_duration_ns(str_from(good[i].text), &ns);

		if (ok != (good[i].ns != UNTOUCHED) || ns != good[i].ns)
			fail_msg("'%s' is %llu", good[i].text, (unsigned long long)ns);
	}
}

static void
sizes(void **state)
{
	uint64_t v = 0;
	enum units of = UNITS_BITS;

	(void)state;
	assert_true(units_size(STR("1500"), &v) && v == 1500);
	assert_true(units_size(STR("64KB"), &v) && v == 64000);
	assert_true(units_size(STR("64kb"), &v) && v == 64000);
	assert_true(units_size(STR("64KiB"), &v) && v == 65536);
	assert_true(units_size(STR("1.5MiB"), &v) && v == 1572864);
	assert_true(units_size(STR("2GB"), &v) && v == 2000000000);
	v = UNTOUCHED;
	assert_false(units_size(STR("40packets"), &v));
	assert_false(units_size(STR("1.5"), &v));
	assert_false(units_size(STR("1.5B"), &v));
	assert_false(units_size(STR("10Mbps"), &v));
	assert_int_equal(v, UNTOUCHED);
	assert_true(units_amount(STR("40"), &v, &of) && v == 40 && of == UNITS_PACKETS);
	assert_true(units_amount(STR("1packet"), &v, &of) && v == 1 && of == UNITS_PACKETS);
	assert_true(units_amount(STR("64KB"), &v, &of) && v == 64000 && of == UNITS_BYTES);
	assert_false(units_amount(STR("1.5packets"), &v, &of));
}

static void
rates(void **state)
{
	uint64_t v = 0;
	enum units of = UNITS_BYTES;

	(void)state;
	assert_true(units_rate(STR("1000"), &v, &of) && v == 1000 && of == UNITS_PACKETS);
	assert_true(units_rate(STR("1000pps"), &v, &of) && v == 1000 && of == UNITS_PACKETS);
	assert_true(units_rate(STR("2.5kpps"), &v, &of) && v == 2500 && of == UNITS_PACKETS);
	assert_true(units_rate(STR("10Mbps"), &v, &of) && v == 10000000 && of == UNITS_BITS);
	assert_true(units_rate(STR("1gbps"), &v, &of) && v == 1000000000 && of == UNITS_BITS);
	assert_true(units_rate(STR("800bps"), &v, &of) && v == 800 && of == UNITS_BITS);
	v = UNTOUCHED;
	assert_false(units_rate(STR("10MB"), &v, &of));
	assert_false(units_rate(STR("fast"), &v, &of));
	assert_false(units_rate(STR("20000000Tbps"), &v, &of));
	assert_int_equal(v, UNTOUCHED);
	assert_true(units_decimal(STR("1.1"), 1000, &v) && v == 1100);
	assert_false(units_decimal(STR("1.0001"), 1000, &v));
	assert_true(units_number(STR("007"), &v) && v == 7);
	assert_false(units_number(STR("7.0"), &v));
	assert_false(units_number(STR(""), &v));
}

static void
duration_text(void **state)
{
	static const uint64_t values[] = { 0, 1, 1500, 1500000, 20000000, 60000000000, UINT64_MAX };
	static const char *const texts[] = {
		"0s", "1ns", "1500ns", "1500us", "20ms", "60s", "18446744073709551615ns"
	};
	struct arena *a = arena_make();

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct str s = units_duration_text(a, values[i]);
		uint64_t back = UNTOUCHED;

		assert_str(s, texts[i]);
		assert_true(units_duration_ns(s, &back));
		assert_true(back == values[i]);
	}
	arena_free(a);
}

static size_t
content(const char *path, char *buf, size_t size)
{
	FILE *in = fopen(path, "r");
	size_t n;

	if (!in)
		return SIZE_MAX;
	n = fread(buf, 1, size - 1, in);
	buf[n] = 0;
	fclose(in);
	return n;
}

static void
outfiles(void **state)
{
	char dir[] = "outfile-XXXXXX", buf[100];
	struct outfile f;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(outfile_open(&f, "x"), 0);
	fputs("one", f.out);
	assert_int_equal(content("x", buf, sizeof(buf)), SIZE_MAX); /* not there before the end */
	assert_int_equal(outfile_commit(&f), 0);
	assert_int_equal(content("x", buf, sizeof(buf)), 3);
	assert_int_equal(symlink("x", "link"), 0);
	assert_int_equal(outfile_open(&f, "link"), 0);
	fputs("three", f.out);
	outfile_abort(&f);
	content("x", buf, sizeof(buf));
	assert_string_equal(buf, "one");
	assert_int_equal(outfile_open(&f, "link"), 0);
	fputs("three", f.out);
	assert_int_equal(outfile_commit(&f), 0);
	content("x", buf, sizeof(buf));
	assert_string_equal(buf, "three");
	assert_int_equal(outfile_open(&f, "none/x"), -ENOENT);
	assert_int_equal(outfile_open(&f, "."), -EISDIR);
	assert_int_equal(outfile_open(&f, "/dev/full"), 0);
	fputs("four", f.out);
	assert_int_equal(outfile_commit(&f), -ENOSPC);
	assert_int_equal(lstat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(unlink("x"), 0);
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(chdir(".."), 0);
	assert_int_equal(rmdir(dir), 0); /* empty: no temporary file is left */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations), cmocka_unit_test(sizes),
		cmocka_unit_test(rates),     cmocka_unit_test(duration_text),
		cmocka_unit_test(outfiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
