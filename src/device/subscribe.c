#include "device/subscribe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device/connect.h"

#define GREETING 8
#define LENGTH 8

struct subscribe {
	int fd;
	bool greeted;
	size_t head; /* bytes before each message: its length, over Unix sockets a type before that */
	uint64_t skip; /* bytes of a message that is too long */
	size_t at, end; /* in `in`: what has come and was not taken yet */
	uint8_t in[1 << 16];
};

struct subscribe *
subscribe_on(int fd, int is_ipc)
{
	static const uint8_t greeting[GREETING] = { 0, 'S', 'P', 0, 0, 0x21, 0, 0 }; /* SUB */
	struct subscribe *s = calloc(1, sizeof(*s));

	if (!s) {
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->head = LENGTH + (is_ipc != 0);
	if (send(fd, greeting, GREETING, MSG_NOSIGNAL) != GREETING) {
		subscribe_close(s);
		return NULL;
	}
	return s;
}

struct subscribe *
subscribe_open(const char *address, const char *host, int timeout_ms, char *why, size_t n)
{
	bool is_ipc = strncmp(address, "ipc://", 6) == 0, is_tcp = strncmp(address, "tcp://", 6) == 0;
	const char *port = is_tcp ? strrchr(address + 6, ':') : NULL, *reason = "its address is neither tcp:// nor ipc://";
	struct subscribe *s = NULL;
	int fd = -EINVAL;

	if (is_ipc) {
		fd = connect_unix(address + 6);
		reason = fd < 0 ? strerror(-fd) : "";
	} else if (port) {
		fd = connect_tcp(host, port + 1, timeout_ms, &reason);
	}
	if (fd >= 0) {
		s = subscribe_on(fd, is_ipc);
		reason = "the connection broke";
	}
	if (!s)
		snprintf(why, n, "%.120s: %s", address, reason);
	return s;
}

void
subscribe_close(struct subscribe *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

int
subscribe_fd(const struct subscribe *s)
{
	return s->fd;
}

/* 1; 0: nothing is there; -errno. */
static int
receive(struct subscribe *s)
{
	ssize_t n;

	memmove(s->in, s->in + s->at, s->end - s->at);
	s->end -= s->at;
	s->at = 0;
	n = recv(s->fd, s->in + s->end, sizeof(s->in) - s->end, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	s->end += (size_t)n;
	return n ? 1 : -ECONNRESET;
}

/* The other end must publish. */
static int
greet(struct subscribe *s)
{
	static const uint8_t expected[GREETING] = { 0, 'S', 'P', 0, 0, 0x20, 0, 0 };

	s->greeted = memcmp(s->in + s->at, expected, GREETING) == 0;
	s->at += GREETING;
	return s->greeted ? 0 : -EPROTO;
}

static uint64_t
length_of(const struct subscribe *s)
{
	const uint8_t *p = s->in + s->at + s->head - LENGTH;
	uint64_t n = 0;

	for (int i = 0; i < LENGTH; i++)
		n = n << 8 | p[i];
	return n;
}

static void
pass_over(struct subscribe *s)
{
	size_t n = s->end - s->at < s->skip ? s->end - s->at : (size_t)s->skip;

	s->at += n;
	s->skip -= n;
}

/* 1: a message; 0: more has to come, or was passed over (*ret_goes_on); -errno. */
static int
take(struct subscribe *s, const uint8_t **ret, size_t *ret_n, bool *ret_goes_on)
{
	uint64_t n;

	pass_over(s);
	*ret_goes_on = false;
	if (!s->greeted) {
		*ret_goes_on = s->end - s->at >= GREETING;
		return *ret_goes_on ? greet(s) : 0;
	}
	if (s->end - s->at < s->head)
		return 0;
	if (s->head > LENGTH && s->in[s->at] != 1)
		return -EPROTO;
	n = length_of(s);
	if (n > sizeof(s->in) - s->head) {
		s->at += s->head;
		s->skip = n;
		*ret_goes_on = true;
		return 0;
	}
	if (s->end - s->at - s->head < n)
		return 0;
	*ret = s->in + s->at + s->head;
	*ret_n = (size_t)n;
	s->at += s->head + (size_t)n;
	return 1;
}

int
subscribe_take(struct subscribe *s, const uint8_t **ret, size_t *ret_n)
{
	bool goes_on = true;
	int e = 0;

	while (e == 0) {
		e = take(s, ret, ret_n, &goes_on);
		if (e == 0 && !goes_on) {
			e = receive(s);
			if (e <= 0)
				return e;
			e = 0;
		}
	}
	return e;
}
