#include "device/connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
connect_to(const struct addrinfo *a, int timeout_ms)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol), one = 1, e = 0;
	socklen_t len = sizeof(e);
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	e = errno;
	if (e == EINPROGRESS) {
		e = ETIMEDOUT;
		if (poll(&p, 1, timeout_ms) > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
			e = errno;
	}
	if (e == 0)
		return fd;
	close(fd);
	return -e;
}

int
connect_tcp(const char *host, const char *port, int timeout_ms, const char **ret_why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = -ENOENT, e = getaddrinfo(host, port, &hints, &list);

	for (struct addrinfo *a = list; e == 0 && a && fd < 0; a = a->ai_next)
		fd = connect_to(a, timeout_ms);
	if (list)
		freeaddrinfo(list);
	*ret_why = e ? gai_strerror(e) : fd < 0 ? strerror(-fd) : "";
	return fd;
}

int
connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd, e;

	if (n >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, n + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd < 0 ? -errno : fd;
	e = errno;
	close(fd);
	return -e;
}
