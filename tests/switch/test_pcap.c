/* Captures: merging, damage, formats, writing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "switch/pcap.h"
#include "unit.h"

#define S 1000000000ull

static void
write_file(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A capture of packets of one byte each, by its times. */
static void
make(const char *path, char mark, const uint64_t *times, size_t n)
{
	struct sw_writer *w = sw_writer_open(path);

	assert_non_null(w);
	for (size_t i = 0; i < n; i++)
		sw_writer_put(w, times[i], (const uint8_t *)&mark, 1, 60);
	assert_int_equal(sw_writer_close(w, true), 0);
}

/* The packets' bytes in order. */
static void
check_order(const char *const *paths, uint32_t n, bool in_memory, const char *expected)
{
	char err[300], text[100] = "";
	struct sw_capture *c = sw_capture_open(paths, n, in_memory, err, sizeof(err));
	struct sw_capture_counts counts;
	struct sw_frame f;

	assert_non_null(c);
	for (int round = 0; round < 1 + in_memory; round++) {
		uint64_t last = 0;
		size_t k = 0;

		while (sw_capture_next(c, &f)) {
			assert_true(f.time_ns >= last);
			last = f.time_ns;
			text[k++] = (char)f.data[0];
			text[k] = '\0';
		}
		assert_string_equal(text, expected);
		assert_false(sw_capture_next(c, &f));
		sw_capture_rewind(c);
		if (!in_memory)
			break;
	}
	sw_capture_counts(c, &counts);
	assert_int_equal(counts.packets, strlen(expected));
	assert_int_equal(counts.bytes, strlen(expected));
	assert_int_equal(counts.cut, strlen(expected));
	assert_false(counts.damaged);
	sw_capture_close(c);
}

static void
merging(void **state)
{
	const uint64_t a[] = { 5 * S + 3, 5 * S + 10, 7 * S }, b[] = { 5 * S + 3, 5 * S + 4, 5 * S + 10, 9 * S };
	const char *ab[] = { "a.pcap", "b.pcap", "none.pcap" }, *ba[] = { "b.pcap", "a.pcap" };
	char err[300];
	struct sw_capture *c;

	(void)state;
	make("a.pcap", 'a', a, 3);
	make("b.pcap", 'b', b, 4);
	make("none.pcap", 'n', NULL, 0);
	check_order(ab, 3, false, "abbabab");
	check_order(ab, 3, true, "abbabab");
	check_order(ba, 2, false, "babbaab");
	check_order(ab, 1, false, "aaa");
	c = sw_capture_open(ab, 3, false, err, sizeof(err));
	assert_true(sw_capture_first_ns(c) == 5 * S + 3);
	assert_true(sw_capture_start_ns(c) == 5 * S);
	sw_capture_close(c);
	c = sw_capture_open(ab + 2, 1, false, err, sizeof(err));
	assert_true(sw_capture_first_ns(c) == 0);
	sw_capture_close(c);
	unlink("b.pcap");
	unlink("none.pcap");
}

/* The file a.pcap cut at every byte: an error or fewer packets with a report, never more. */
static void
cutting(void **state)
{
	const uint64_t times[] = { S, 2 * S, 3 * S };
	const char *path = "cut.pcap";
	char bytes[400], err[300];
	size_t n;
	FILE *f;

	(void)state;
	make("a.pcap", 'a', times, 3);
	f = fopen("a.pcap", "rb");
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_int_equal(n, 24 + 3 * 17);
	for (size_t len = 0; len <= n; len++) {
		struct sw_capture *c;
		struct sw_capture_counts counts;
		struct sw_frame frame;
		uint32_t packets = 0;

		write_file(path, bytes, len);
		c = sw_capture_open(&path, 1, false, err, sizeof(err));
		if (len < 24) {
			assert_null(c);
			assert_non_null(strstr(err, "cut.pcap"));
			continue;
		}
		assert_non_null(c);
		while (sw_capture_next(c, &frame))
			packets++;
		sw_capture_counts(c, &counts);
		assert_int_equal(packets, (len - 24) / 17);
		assert_int_equal(counts.damaged, (len - 24) % 17 != 0);
		assert_int_equal(sw_capture_damage(c, 0) != NULL, counts.damaged);
		if (len == n - 1)
			assert_non_null(strstr(sw_capture_damage(c, 0), "cut.pcap: damaged after packet 2: "));
		sw_capture_close(c);
	}
	unlink(path);
}

static void
wrong_files(void **state)
{
	static const struct { const char *bytes; size_t n; const char *expected; } cases[] = {
		{ "", 0, "x.pcap" },
		{ "hello, this is no capture at all", 32, "x.pcap" },
		/* link type 105, IEEE 802.11; 101 raw IP */
		{ "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x69\0\0\0", 24, "IEEE802_11" },
		{ "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0", 24, "only Ethernet" },
	};
	const char *path = "x.pcap", *missing = "missing.pcap", *folder = ".";
	char err[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(path, cases[i].bytes, cases[i].n);
		assert_null(sw_capture_open(&path, 1, false, err, sizeof(err)));
		assert_non_null(strstr(err, cases[i].expected));
		assert_non_null(strstr(err, "x.pcap"));
	}
	unlink(path);
	assert_null(sw_capture_open(&missing, 1, false, err, sizeof(err)));
	assert_non_null(strstr(err, "missing.pcap"));
	assert_null(sw_capture_open(&folder, 1, false, err, sizeof(err)));
	assert_non_null(strstr(err, "folder"));
}

/* Microseconds, big-endian, and pcapng with nanoseconds. */
static void
formats(void **state)
{
	static const char micro[] = "\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\1"
				    "\0\0\0\2\0\0\0\3\0\0\0\1\0\0\0\1Z";
	static const char ng[] = "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0"
				 "\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\x09\0\1\0\x09\0\0\0\0\0\0\0\x20\0\0\0"
				 "\6\0\0\0\x24\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0N\0\0\0\x24\0\0\0";
	const char *paths[] = { "micro.pcap", "ng.pcapng" };
	char err[300];
	struct sw_capture *c;
	struct sw_frame f;

	(void)state;
	write_file(paths[0], micro, sizeof(micro) - 1);
	write_file(paths[1], ng, sizeof(ng) - 1);
	c = sw_capture_open(paths, 2, false, err, sizeof(err));
	if (!c)
		fail_msg("%s", err);
	assert_true(sw_capture_next(c, &f));
	assert_true(f.time_ns == 7 && f.data[0] == 'N' && f.file == 1);
	assert_true(sw_capture_next(c, &f));
	assert_true(f.time_ns == 2 * S + 3000 && f.data[0] == 'Z' && f.file == 0);
	assert_false(sw_capture_next(c, &f));
	sw_capture_close(c);
	unlink(paths[0]);
	unlink(paths[1]);
}

static void
writing(void **state)
{
	struct sw_writer *w = sw_writer_open("w.pcap");

	(void)state;
	assert_non_null(w);
	assert_int_equal(access("w.pcap", F_OK), -1); /* no name before it is complete */
	sw_writer_put(w, 1, (const uint8_t *)"x", 1, 1);
	assert_int_equal(sw_writer_close(w, false), 0);
	assert_int_equal(access("w.pcap", F_OK), -1);
	assert_null(sw_writer_open("/nonexistent/w.pcap"));
	assert_int_equal(errno, ENOENT);
	w = sw_writer_open("/dev/full");
	assert_non_null(w);
	sw_writer_put(w, 1, (const uint8_t *)"x", 1, 1);
	assert_int_equal(sw_writer_close(w, true), -ENOSPC);
	unlink("a.pcap");
}

/* Real captures, where they are there. */
static void
real(void **state)
{
	char path[500], err[300];
	const char *paths[] = { path };
	struct sw_capture_counts counts;
	struct sw_capture *c;
	struct sw_frame f;

	(void)state;
	snprintf(path, sizeof(path), "%s/mix-60s.pcap", getenv("CAPTURES"));
	if (access(path, R_OK)) {
		print_message("# no %s\n", path);
		skip();
	}
	c = sw_capture_open(paths, 1, true, err, sizeof(err));
	assert_non_null(c);
	sw_capture_counts(c, &counts);
	assert_int_equal(counts.packets, 27301);
	while (sw_capture_next(c, &f))
		assert_true(f.len && f.len <= f.wire);
	sw_capture_close(c);
	snprintf(path, sizeof(path), "%s/dlt_ppp.pcap", getenv("CAPTURES"));
	assert_null(sw_capture_open(paths, 1, true, err, sizeof(err)));
	assert_non_null(strstr(err, "PPP"));
	snprintf(path, sizeof(path), "%s/tcp_scan.pcapng", getenv("CAPTURES"));
	c = sw_capture_open(paths, 1, false, err, sizeof(err));
	assert_non_null(c);
	assert_true(sw_capture_next(c, &f));
	sw_capture_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merging), cmocka_unit_test(cutting), cmocka_unit_test(wrong_files),
		cmocka_unit_test(formats), cmocka_unit_test(writing), cmocka_unit_test(real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
