#include "ui/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "host/client.h"
#include "host/server.h"
#include "ui/options.h"
#include "ui/prompt.h"

/* What became of a command. */
enum outcome { DONE, REFUSED, GONE };

static enum outcome
gone(int e)
{
	fprintf(stderr, "packetscope ctl: %s\n", e == -ECONNRESET ? "the switch has ended" :
		e == -EPROTO ? "that is no switch: its answer makes no sense" : strerror(-e));
	return GONE;
}

static enum outcome
ask_switch(int fd, struct str line, FILE *errors)
{
	char *text;
	size_t len;
	bool ok;
	int e;

	if (line.n >= HOST_LINE) {
		fprintf(errors, "packetscope ctl: a command has at most %d bytes\n", HOST_LINE - 1);
		return REFUSED;
	}
	e = host_client_ask(fd, line, &text, &len, &ok);
	if (e < 0)
		return gone(e);
	fwrite(text, 1, len, ok ? stdout : errors);
	if (!ok && !len)
		fputs("error\n", errors);
	free(text);
	return ok ? DONE : REFUSED;
}

/* The switch may be in another folder than we are: files of queries are named from the root. */
static struct str
from_root(struct arena *a, struct str line)
{
	static const char before[] = "query add ";
	struct str path = str_sub(line, sizeof(before) - 1, line.n);
	char folder[4096];

	if (!str_starts(line, str_from(before)) || !str_trim(path).n || str_starts(str_trim(path), STR("/")) || !getcwd(folder, sizeof(folder)))
		return line;
	return str_fmt(a, "%s%s/%.*s", before, folder, STRA(str_trim(path)));
}

static enum outcome
ask(int fd, struct str written, FILE *errors)
{
	struct arena *a = arena_make();
	struct str line = from_root(a, written);
	enum outcome o = ask_switch(fd, line, errors);

	arena_free(a);
	return o;
}

static bool
is_end(struct str line)
{
	return str_is(line, "exit") || str_is(line, "quit") || str_is(line, "EOF");
}

/* --- a person --- */

static char *
offer(void *user, struct str line)
{
	struct arena *a = arena_make();
	struct str command = str_fmt(a, "complete %.*s", STRA(line));
	char *text = NULL;
	size_t len;
	bool ok;

	if (command.n >= HOST_LINE || host_client_ask(*(int *)user, command, &text, &len, &ok) < 0)
		text = NULL;
	arena_free(a);
	return text;
}

static int
converse(int fd)
{
	struct prompt *p = prompt_open("packetscope> ", offer, &fd);
	enum outcome o = DONE;
	struct str line;

	if (!p) {
		fputs("packetscope ctl: the terminal can't be used\n", stderr);
		return UI_FAILED;
	}
	puts("Tab completes commands, tables and actions; `help` lists the commands; Ctrl-D ends.");
	while (o != GONE && prompt_next(p, &line) && !is_end(line))
		if (line.n) {
			o = ask(fd, line, stdout);
			fflush(stdout);
		}
	prompt_close(p);
	return o == GONE ? UI_FAILED : UI_DONE;
}

/* --- a file, a pipe --- */

/* Goes on after a wrong command, but remembers it. */
static int
obey(int fd)
{
	enum outcome o = DONE;
	char *text = NULL;
	size_t size = 0;
	bool ok = true;
	ssize_t n;

	while (o != GONE && (n = getline(&text, &size, stdin)) >= 0) {
		struct str line = str_trim((struct str){ text, n > HOST_LINE ? HOST_LINE : (uint32_t)n });

		if (is_end(line))
			break;
		if (!line.n || line.p[0] == '#')
			continue;
		o = ask(fd, line, stderr);
		ok &= o == DONE;
	}
	free(text);
	return ok ? UI_DONE : UI_FAILED;
}

/* --- the command line --- */

static struct str
join(struct arena *a, const char **words)
{
	struct str line = STR_NONE;

	for (uint32_t i = 0; words && words[i]; i++)
		line = str_fmt(a, "%.*s%s%s", STRA(line), i ? " " : "", words[i]);
	return line;
}

int
ctl_connect(const char *command, const char *path)
{
	char standard[256];
	int fd;

	if (!path && !host_server_path(standard, sizeof(standard))) {
		fprintf(stderr, "packetscope %s: the control socket's path is too long (--control PATH)\n", command);
		return -ENAMETOOLONG;
	}
	fd = host_client_open(path ? path : standard);
	if (fd < 0)
		fprintf(stderr, "packetscope %s: %s: %s\n", command, path ? path : standard,
			fd == -ENOENT || fd == -ECONNREFUSED ? "no switch listens there (--control PATH)" : strerror(-fd));
	return fd;
}

static int
control(const char *path, const char **words)
{
	int fd = ctl_connect("ctl", path), status;
	struct arena *a;

	if (fd < 0)
		return UI_FAILED;
	a = arena_make();
	if (words && words[0])
		status = ask(fd, join(a, words), stderr) == DONE ? UI_DONE : UI_FAILED;
	else if (isatty(STDIN_FILENO))
		status = converse(fd);
	else
		status = obey(fd);
	arena_free(a);
	close(fd);
	if (fflush(stdout) && status == UI_DONE)
		status = UI_FAILED;
	return status;
}

static const char help[] =
	"[COMMAND...]\n\n"
	"Gives a command to a running `packetscope switch` and prints its answer. Without a command it reads\n"
	"commands, one per line: from a terminal with completion and history, else from standard input.\n\n"
	"Examples:\n"
	"  packetscope ctl table_add ipv4_lpm set_nhop 10.1.0.0/16 '=>' 1 02:00:00:00:00:01\n"
	"  packetscope ctl drops\n"
	"  packetscope ctl < entries.txt\n";

int
ui_ctl(int argc, const char **argv)
{
	char *path = NULL;
	const struct poptOption table[] = {
		{ "control", 0, POPT_ARG_STRING, &path, 0, "the switch's socket", "PATH" },
		POPT_AUTOHELP POPT_TABLEEND
	};
	/* what follows the command's name is the command's */
	poptContext ctx = poptGetContext("packetscope ctl", argc, argv, table, POPT_CONTEXT_POSIXMEHARDER);
	int status;

	poptSetOtherOptionHelp(ctx, help);
	status = ui_parse(ctx, "ctl");
	if (status == UI_DONE)
		status = control(path, poptGetArgs(ctx));
	poptFreeContext(ctx);
	free(path);
	return status;
}
