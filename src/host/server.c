#include "host/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/quote.h"

#define BACKLOG 128
#define ESCAPES_MAX 1000 /* bytes that are no text, in a refusal */

struct client {
	int fd; /* -1: free */
	uint64_t turn;	/* of the server when it last did something */
	char *in;	/* HOST_LINE bytes */
	uint32_t nin;
	char *out; /* an answer that is on its way; NULL: none */
	size_t out_len, out_at;
	bool waits; /* for a command that was put off */
	bool ends; /* nothing more comes, or nothing more is wanted */
};

struct host_server {
	int fd;
	uint64_t turns;
	struct client clients[HOST_CLIENTS];
	uint32_t order[HOST_CLIENTS]; /* clients as they were polled */
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	dev_t device; /* of the socket that is ours */
	ino_t inode;
};

bool
host_server_path(char *buf, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n;

	if (runtime && runtime[0])
		n = snprintf(buf, size, "%s/packetscope.sock", runtime);
	else if (geteuid() == 0)
		n = snprintf(buf, size, "/run/packetscope.sock");
	else
		n = snprintf(buf, size, "/tmp/packetscope-%u.sock", (unsigned int)geteuid());
	return n > 0 && (size_t)n < size;
}

/* --- opening --- */

/* A socket that refuses connections is what a switch left that was killed. */
static bool
is_stale(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof(*a)) && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return refused;
}

static int
listen_at(struct host_server *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	mode_t mask;
	int e = 0;

	memcpy(a.sun_path, s->path, sizeof(a.sun_path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -errno;
	mask = umask(0177);
	if (bind(s->fd, (struct sockaddr *)&a, sizeof(a)))
		e = -errno;
	if (e == -EADDRINUSE && is_stale(&a))
		e = unlink(s->path) || bind(s->fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
	umask(mask);
	if (e == 0 && (stat(s->path, &st) || listen(s->fd, BACKLOG)))
		e = -errno;
	if (e == 0) {
		s->device = st.st_dev;
		s->inode = st.st_ino;
	}
	return e;
}

struct host_server *
host_server_open(const char *path, char *reterr, size_t size)
{
	struct host_server *s = calloc(1, sizeof(*s));
	int e = s ? 0 : -ENOMEM;

	for (uint32_t i = 0; s && i < HOST_CLIENTS; i++)
		s->clients[i].fd = -1;
	if (s && snprintf(s->path, sizeof(s->path), "%s", path) >= (int)sizeof(s->path))
		e = -ENAMETOOLONG;
	if (e == 0)
		e = listen_at(s);
	if (e == 0)
		return s;
	snprintf(reterr, size, "%s: %s", path, e == -EADDRINUSE ? "another switch listens there" : strerror(-e));
	if (s && s->fd > 0)
		close(s->fd);
	free(s);
	return NULL;
}

static void
drop(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->in);
	free(c->out);
	*c = (struct client){ .fd = -1 };
}

void
host_server_close(struct host_server *s)
{
	struct stat st;

	if (!s)
		return;
	for (uint32_t i = 0; i < HOST_CLIENTS; i++)
		drop(&s->clients[i]);
	close(s->fd);
	if (!stat(s->path, &st) && st.st_dev == s->device && st.st_ino == s->inode)
		unlink(s->path);
	free(s);
}

/* --- clients --- */

static bool
has_line(const struct client *c)
{
	return memchr(c->in, '\n', c->nin) != NULL;
}

uint32_t
host_server_fds(struct host_server *s, struct pollfd *ret, bool *ret_waiting)
{
	uint32_t n = 0;

	*ret_waiting = false;
	ret[n++] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
	for (uint32_t i = 0; i < HOST_CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (c->fd < 0)
			continue;
		*ret_waiting |= !c->out && !c->waits && (has_line(c) || c->ends);
		s->order[n - 1] = i;
		ret[n++] = (struct pollfd){ .fd = c->waits ? -1 : c->fd, .events = c->out ? POLLOUT : POLLIN };
	}
	return n;
}

void
host_server_retry(struct host_server *s)
{
	for (uint32_t i = 0; i < HOST_CLIENTS; i++)
		s->clients[i].waits = false;
}

static bool
accept_one(struct host_server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *at = &s->clients[0];

	if (fd < 0)
		return false;
	for (uint32_t i = 0; i < HOST_CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (at->fd >= 0 && (c->fd < 0 || c->turn < at->turn))
			at = c;
	}
	drop(at);
	*at = (struct client){ .fd = fd, .turn = s->turns, .in = malloc(HOST_LINE) };
	if (!at->in)
		drop(at);
	return true;
}

static void
write_out(struct client *c)
{
	ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		drop(c);
		return;
	}
	c->out_at += n > 0 ? (size_t)n : 0;
	if (c->out_at < c->out_len)
		return;
	free(c->out);
	c->out = NULL;
}

/* A refusal quotes what was refused, which may be anything. */
static void
make_clean(char **text, size_t *len)
{
	char *said = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&said, &n);

	if (out)
		quote_put(out, (struct str){ *text, (uint32_t)*len }, ESCAPES_MAX);
	if (!out || fclose(out))
		n = 0;
	free(*text);
	*text = said;
	*len = n;
}

/* What `command` writes, behind a line that says how it went and how long it is. */
static void
answer(struct client *c, struct str line, host_command *command, void *user)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	enum host_answer ok;
	int n;

	if (!out) {
		drop(c);
		return;
	}
	ok = command(user, line, out);
	if (fclose(out)) {
		free(text);
		drop(c);
		return;
	}
	c->waits = ok == HOST_LATER;
	if (c->waits) {
		free(text);
		return;
	}
	if (!ok)
		make_clean(&text, &len);
	c->out = malloc(len + 32);
	if (c->out) {
		n = snprintf(c->out, 32, "%s %zu\n", ok ? "ok" : "error", len);
		memcpy(c->out + n, text, len);
		c->out_len = (size_t)n + len;
		c->out_at = 0;
	}
	free(text);
	if (c->out)
		write_out(c);
	else
		drop(c);
}

static enum host_answer
too_long(void *user, struct str line, FILE *out)
{
	(void)user;
	(void)line;
	fprintf(out, "a command has at most %d bytes\n", HOST_LINE);
	return HOST_WRONG;
}

static void
one_command(struct client *c, host_command *command, void *user)
{
	char *end = memchr(c->in, '\n', c->nin);
	uint32_t n;

	if (!end && c->nin == HOST_LINE) {
		c->ends = true;
		c->nin = 0;
		answer(c, STR_NONE, too_long, NULL);
		return;
	}
	if (!end) {
		if (c->ends) /* without a last line's end there is no command */
			drop(c);
		return;
	}
	n = (uint32_t)(end - c->in);
	answer(c, (struct str){ c->in, n }, command, user);
	if (c->fd < 0 || c->waits)
		return;
	c->nin -= n + 1;
	memmove(c->in, c->in + n + 1, c->nin);
}

static void
read_in(struct client *c)
{
	ssize_t n;

	if (c->nin == HOST_LINE || has_line(c) || c->ends)
		return;
	n = recv(c->fd, c->in + c->nin, HOST_LINE - c->nin, MSG_DONTWAIT);
	if (n > 0)
		c->nin += (uint32_t)n;
	else if (n == 0)
		c->ends = true;
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		drop(c);
}

void
host_server_serve(struct host_server *s, const struct pollfd *fds, uint32_t n, host_command *command, void *user)
{
	s->turns++;
	for (uint32_t i = 1; i < n; i++) {
		struct client *c = &s->clients[s->order[i - 1]];

		if (fds[i].revents)
			c->turn = s->turns;
		if (fds[i].revents && c->out)
			write_out(c);
		else if (fds[i].revents)
			read_in(c);
		if (c->fd >= 0 && !c->out && !c->waits)
			one_command(c, command, user);
	}
	for (uint32_t i = 0; i < HOST_CLIENTS && fds[0].revents && accept_one(s); i++)
		continue;
}
