/* compile.c - generated eBPF C to an object file, by clang, through pipes: no file is left behind whatever happens. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/datadir.h"
#include "target/linux/linux.h"

#define OBJECT_MAX (64u << 20)

struct pipes {
	int in[2], out[2], err[2];
};

static void
close_all(struct pipes *p)
{
	int *all[] = { p->in, p->out, p->err };

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 2; k++)
			if (all[i][k] >= 0)
				close(all[i][k]);
}

static bool
open_all(struct pipes *p)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	return pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 && pipe2(p->err, O_CLOEXEC) == 0;
}

static void
run_clang(const struct pipes *p, const char *include)
{
	const char *argv[] = { "clang", "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-fno-stack-protector", "-Wall", "-Werror",
			       "-Wno-unused-function", "-Wno-unused-variable", "-I", include, "-x", "c", "-c", "-", "-o", "-", NULL };

	dup2(p->in[0], 0);
	dup2(p->out[1], 1);
	dup2(p->err[1], 2);
	execvp("clang", (char *const *)argv);
	dprintf(2, "clang can't be started: %s (install the package clang)\n", strerror(errno));
	_exit(127);
}

/* Hands the text over and takes the object and the messages as they come. */
static void
talk(struct pipes *p, struct str text, FILE *object, FILE *messages)
{
	uint32_t given = 0;
	char buffer[65536];
	struct pollfd fds[3] = { { p->in[1], POLLOUT, 0 }, { p->out[0], POLLIN, 0 }, { p->err[0], POLLIN, 0 } };

	while (fds[1].fd >= 0 || fds[2].fd >= 0) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return;
		if (fds[0].fd >= 0 && fds[0].revents) {
			ssize_t n = write(fds[0].fd, text.p + given, text.n - given);

			given += n > 0 ? (uint32_t)n : 0;
			if (n < 0 || given == text.n) {
				close(p->in[1]);
				p->in[1] = fds[0].fd = -1;
			}
		}
		for (int i = 1; i < 3; i++) {
			ssize_t n;

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			n = read(fds[i].fd, buffer, sizeof(buffer));
			if (n <= 0)
				fds[i].fd = -1;
			else
				fwrite(buffer, 1, (size_t)n, i == 1 ? object : messages);
		}
	}
}

static bool
compile(struct pipes *p, struct str text, FILE *object, FILE *messages)
{
	char include[4096];
	int status = 0;
	pid_t child;

	snprintf(include, sizeof(include), "%s/include", datadir());
	child = fork();
	if (child == 0)
		run_clang(p, include);
	if (child < 0)
		return false;
	close(p->in[0]);
	close(p->out[1]);
	close(p->err[1]);
	p->in[0] = p->out[1] = p->err[1] = -1;
	talk(p, text, object, messages);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fprintf(messages, "%s", strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
linux_compile(struct arena *a, struct str text, struct str *ret_object, char *reterr, size_t size)
{
	char *object = NULL, *messages = NULL;
	size_t nobject = 0, nmessages = 0;
	FILE *fobject = open_memstream(&object, &nobject), *fmessages = open_memstream(&messages, &nmessages);
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	struct pipes p;
	bool ok = open_all(&p) && fobject && fmessages && compile(&p, text, fobject, fmessages);

	signal(SIGPIPE, before);
	close_all(&p);
	if (fobject)
		fclose(fobject);
	if (fmessages)
		fclose(fmessages);
	ok = ok && nobject > 0 && nobject < OBJECT_MAX;
	if (ok)
		*ret_object = str_dup(a, (struct str){ object, (uint32_t)nobject });
	else
		snprintf(reterr, size, "%.*s", (int)(nmessages < size ? nmessages : size - 1), messages ? messages : "");
	free(object);
	free(messages);
	return ok;
}

/* --- whose fault it is --------------------------------------------------------------------------- */

static uint32_t
line_told(const char *words)
{
	static const char place[] = "<stdin>:";
	const char *last = NULL;

	for (const char *p = strstr(words, place); p; p = strstr(p + 1, place))
		last = p;
	return last ? (uint32_t)strtoul(last + sizeof(place) - 1, NULL, 10) : 0;
}

/* Between its marks when the line has both. */
static bool
named(struct str line, const char *before, const char *after, struct str *ret)
{
	uint32_t a = (uint32_t)strlen(before), b = (uint32_t)strlen(after);

	if (line.n <= a + b || memcmp(line.p, before, a) || memcmp(line.p + line.n - b, after, b))
		return false;
	*ret = str_sub(line, a, line.n - b);
	return true;
}

/* Functions of a query stand behind its headline; in the programs its part begins with its name. */
struct str
linux_blame(struct str text, const char *words)
{
	uint32_t told = line_told(words), at = 0;
	struct str query = STR_NONE;

	for (uint32_t number = 1; number <= told && at < text.n; number++) {
		const char *end = memchr(text.p + at, '\n', text.n - at);
		uint32_t n = end ? (uint32_t)(end - text.p) - at : text.n - at;
		struct str line = { text.p + at, n };

		if (str_starts(line, STR("SEC(")) || str_starts(line, STR("/* A new owner")))
			query = STR_NONE;
		else if (!named(line, "/* --- query ", " --- */", &query))
			named(line, "\t/* ", " */", &query);
		at += n + 1;
	}
	return told ? query : STR_NONE;
}
