/* Cutting merged segments, and the control socket, without any network interface. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/client.h"
#include "host/segment.h"
#include "host/server.h"

/* --- segments --- */

enum { V4, V6, TAGGED };

/* A TCP segment with `payload` bytes 0, 1, 2...; its length. */
static uint32_t
make_tcp(int kind, uint32_t payload, uint8_t *to)
{
	uint32_t at = 12, ip;

	memset(to, 2, at);
	if (kind == TAGGED) {
		memcpy(to + at, "\x81\x00\x00\x05", 4);
		at += 4;
	}
	memcpy(to + at, kind == V6 ? "\x86\xdd" : "\x08\x00", 2);
	ip = at += 2;
	if (kind == V6) {
		memset(to + at, 0, 40);
		memcpy(to + at, "\x60", 1);
		to[at + 6] = 6;
		to[at + 8] = to[at + 39] = 1;
		at += 40;
	} else {
		memcpy(to + at, "\x45\x00\x00\x00\x00\x07\x00\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02", 20);
		at += 20;
	}
	/* FIN, PSH, ACK; 12 bytes of options */
	memcpy(to + at, "\x12\x34\x00\x50\xff\xff\xff\xf0\x00\x00\x00\x01\x80\x19\x01\x00\x00\x00\x00\x00"
			"\x01\x01\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02", 32);
	at += 32;
	for (uint32_t i = 0; i < payload; i++)
		to[at++] = (uint8_t)i;
	if (kind != V6) {
		to[ip + 2] = (uint8_t)((at - ip) >> 8);
		to[ip + 3] = (uint8_t)(at - ip);
	}
	return at;
}

static uint32_t
be(const uint8_t *p, uint32_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void
check_segment(const struct host_merged *m, int kind, const uint8_t *s, uint32_t len, uint32_t i, uint32_t last)
{
	uint32_t n = len - m->payload, ip = kind == V6 ? 40 : 20;

	assert_int_equal(n, i == last ? 50 : 100);
	assert_int_equal(be(s + m->tcp + 4, 4), (uint32_t)(0xfffffff0u + i * 100));
	assert_int_equal(s[m->tcp + 13], i == last ? 0x19 : 0x10);
	assert_int_equal(s[m->payload], (uint8_t)(i * 100));
	if (kind == V6) {
		assert_int_equal(be(s + m->ip + 4, 2), 32 + n);
		assert_int_equal(host_sum(host_sum(6 + 32 + n, s + m->ip + 8, 32), s + m->tcp, 32 + n), 0xffff);
	} else {
		assert_int_equal(be(s + m->ip + 2, 2), ip + 32 + n);
		assert_int_equal(be(s + m->ip + 4, 2), 7 + i);
		assert_int_equal(host_sum(0, s + m->ip, 20), 0xffff);
		assert_int_equal(host_sum(host_sum(6 + 32 + n, s + m->ip + 12, 8), s + m->tcp, 32 + n), 0xffff);
	}
}

static void
segments_are_cut(void **state)
{
	uint8_t in[4000], out[4000];

	(void)state;
	for (int kind = V4; kind <= TAGGED; kind++) {
		uint32_t len = make_tcp(kind, 1050, in), i = 0, n;
		struct host_merged m;

		assert_true(host_merged_open(&m, in, len, 100));
		for (; (n = host_merged_next(&m, out)); i++)
			check_segment(&m, kind, out, n, i, 10);
		assert_int_equal(i, 11);
	}
}

/* Each prefix in memory of its own, for ASan; every single wrong byte of the headers. */
static void
damage_is_noticed(void **state)
{
	uint8_t in[4000], out[4000];

	(void)state;
	for (int kind = V4; kind <= TAGGED; kind++) {
		uint32_t len = make_tcp(kind, 300, in);

		for (uint32_t n = 0; n <= 120; n++) {
			uint8_t *copy = malloc(n + 1);
			struct host_merged m;

			memcpy(copy, in, n);
			if (host_merged_open(&m, copy, n, 100))
				while (host_merged_next(&m, out))
					continue;
			free(copy);
		}
		for (uint32_t at = 0; at < 90; at++)
			for (uint32_t v = 0; v < 256; v++) {
				uint8_t was = in[at];
				struct host_merged m;

				in[at] = (uint8_t)v;
				if (host_merged_open(&m, in, len, 100))
					while (host_merged_next(&m, out))
						continue;
				in[at] = was;
			}
	}
}

static void
sums(void **state)
{
	(void)state;
	assert_int_equal(host_sum(0, (const uint8_t *)"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8), 0xddf2); /* RFC 1071 */
	assert_int_equal(host_sum(0, (const uint8_t *)"\x01", 1), 0x0100);
	assert_int_equal(host_sum(0xffff, (const uint8_t *)"", 0), 0xffff);
}

/* --- the socket --- */

struct place {
	char folder[64], path[80];
	struct host_server *server;
};

static enum host_answer
echo(void *user, struct str line, FILE *out)
{
	++*(int *)user;
	if (str_is(line, "big"))
		for (int i = 0; i < 1000000; i++)
			fputs("0123456789", out);
	fprintf(out, "%.*s\n", STRA(line));
	return !str_is(line, "bad");
}

/* What a switch does between bursts, `n` times. */
static int
serve(struct host_server *s, int n)
{
	int commands = 0;

	while (n--) {
		struct pollfd fds[1 + HOST_CLIENTS];
		bool waiting;
		uint32_t k = host_server_fds(s, fds, &waiting);

		poll(fds, k, 0);
		host_server_serve(s, fds, k, echo, &commands);
	}
	return commands;
}

static int
open_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char why[200];

	snprintf(p->folder, sizeof(p->folder), "packetscope-net-XXXXXX");
	if (!mkdtemp(p->folder))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/s", p->folder);
	p->server = host_server_open(p->path, why, sizeof(why));
	*state = p;
	return p->server ? 0 : -1;
}

static int
close_place(void **state)
{
	struct place *p = *state;
	int left;

	host_server_close(p->server);
	left = rmdir(p->folder); /* fails when the socket is still there */
	free(p);
	return left;
}

static int
dial(const struct place *p)
{
	int fd = host_client_open(p->path);

	assert_true(fd >= 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void
hear(int fd, const char *expected)
{
	char got[200] = "";
	ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_true(n >= 0 || !*expected);
	assert_string_equal(got, expected);
}

static void
answers(void **state)
{
	struct place *p = *state;
	int a = dial(p), b = dial(p);

	serve(p->server, 1);
	say(a, "one\ntwo\nbad\npart");
	say(b, "\n");
	assert_int_equal(serve(p->server, 1), 2); /* one of each */
	hear(a, "ok 4\none\n");
	hear(b, "ok 1\n\n");
	assert_int_equal(serve(p->server, 5), 2);
	hear(a, "ok 4\ntwo\nerror 4\nbad\n");
	say(a, "ial\nlast\n");
	shutdown(a, SHUT_WR);
	assert_int_equal(serve(p->server, 5), 2);
	hear(a, "ok 8\npartial\nok 5\nlast\n");
	assert_int_equal(recv(a, &(char){ 0 }, 1, 0), 0); /* closed in turn */
	close(a);
	close(b);
}

/* An answer that is larger than the socket's buffers waits; nobody else does. */
static void
slow_reader(void **state)
{
	struct place *p = *state;
	int a = dial(p), b = dial(p);
	char *text = malloc(1 << 20);
	size_t got = 0;

	serve(p->server, 1);
	say(a, "big\nnext\n");
	assert_int_equal(serve(p->server, 10), 1);
	say(b, "quick\n");
	assert_int_equal(serve(p->server, 2), 1);
	hear(b, "ok 6\nquick\n");
	for (int i = 0; i < 100000 && got < 10000016 + 10; i++) {
		ssize_t n = recv(a, text, 1 << 20, MSG_DONTWAIT);

		got += n > 0 ? (size_t)n : 0;
		serve(p->server, 1);
	}
	assert_int_equal(got, strlen("ok 10000004\n") + 10000004 + strlen("ok 5\nnext\n"));
	free(text);
	close(a);
	close(b);
}

static void
too_much(void **state)
{
	struct place *p = *state;
	int a = dial(p), many[3 * HOST_CLIENTS];
	char *line = malloc(HOST_LINE);

	memset(line, 'x', HOST_LINE);
	serve(p->server, 1);
	for (size_t sent = 0; sent < HOST_LINE;) {
		ssize_t n = send(a, line, HOST_LINE - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		assert_int_equal(serve(p->server, 1), 0);
	}
	serve(p->server, 3);
	hear(a, "error 35\na command has at most 262144 bytes\n");
	close(a);
	for (int i = 0; i < 3 * HOST_CLIENTS; i++) {
		many[i] = dial(p);
		serve(p->server, 1);
	}
	say(many[3 * HOST_CLIENTS - 1], "here\n");
	serve(p->server, 1);
	hear(many[3 * HOST_CLIENTS - 1], "ok 5\nhere\n");
	assert_int_equal(recv(many[0], &(char){ 0 }, 1, 0), 0); /* silent longest */
	for (int i = 0; i < 3 * HOST_CLIENTS; i++)
		close(many[i]);
	free(line);
}

static void
one_at_a_path(void **state)
{
	struct place *p = *state;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char why[200], other[90];
	struct host_server *s;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_null(host_server_open(p->path, why, sizeof(why)));
	assert_non_null(strstr(why, "another switch listens there"));
	snprintf(other, sizeof(other), "%s/old", p->folder);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", other);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd); /* as a killed switch leaves it */
	assert_int_equal(host_client_open(other), -ECONNREFUSED);
	s = host_server_open(other, why, sizeof(why));
	assert_non_null(s);
	host_server_close(s);
	assert_int_equal(host_client_open(other), -ENOENT);
	assert_null(host_server_open("/nowhere/at/all", why, sizeof(why)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
		cmocka_unit_test(segments_are_cut),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test_setup_teardown(answers, open_place, close_place),
		cmocka_unit_test_setup_teardown(slow_reader, open_place, close_place),
		cmocka_unit_test_setup_teardown(too_much, open_place, close_place),
		cmocka_unit_test_setup_teardown(one_at_a_path, open_place, close_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
