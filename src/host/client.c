#include "host/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD_MAX 40 /* bytes of an answer's first line */

int
host_client_open(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, e;

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", path) >= (int)sizeof(a.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	e = -errno;
	close(fd);
	return e;
}

static int
send_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return errno == EPIPE ? -ECONNRESET : -errno;
		s = str_sub(s, n > 0 ? (uint32_t)n : 0, s.n);
	}
	return 0;
}

static int
receive_all(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t got = recv(fd, p, n, 0);

		if (got == 0)
			return -ECONNRESET;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

/* `ok 17` or `error 17`. */
static int
receive_head(int fd, bool *ret_ok, size_t *ret_len)
{
	char head[HEAD_MAX + 1], *end;
	unsigned long long len;
	uint32_t n = 0;
	int e;

	do {
		if (n == HEAD_MAX)
			return -EPROTO;
		e = receive_all(fd, &head[n], 1);
		if (e < 0)
			return e;
	} while (head[n++] != '\n');
	head[n] = '\0';
	*ret_ok = strncmp(head, "ok ", 3) == 0;
	if (!*ret_ok && strncmp(head, "error ", 6) != 0)
		return -EPROTO;
	errno = 0;
	len = strtoull(head + (*ret_ok ? 3 : 6), &end, 10);
	if (errno || *end != '\n' || len > SIZE_MAX - 1)
		return -EPROTO;
	*ret_len = (size_t)len;
	return 0;
}

int
host_client_ask(int fd, struct str line, char **ret_text, size_t *ret_len, bool *ret_ok)
{
	size_t len = 0;
	char *text;
	int e = send_all(fd, line);

	if (e == 0)
		e = send_all(fd, STR("\n"));
	if (e == 0)
		e = receive_head(fd, ret_ok, &len);
	if (e < 0)
		return e;
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	e = receive_all(fd, text, len);
	if (e < 0) {
		free(text);
		return e;
	}
	text[len] = '\0';
	*ret_text = text;
	*ret_len = len;
	return 0;
}
