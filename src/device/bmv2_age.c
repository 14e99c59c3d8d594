/* bmv2_age.c - how old a simple_switch is. Its protocol does not say. What it does not know tells that it is old; of a switch on this machine
 * the program itself can be asked. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/bmv2_internal.h"

#define LISTENS 0x0a /* a socket's state in /proc/net/tcp */

/* A call that came in August 2022, with arguments that change nothing. */
static bool
lacks_calls(struct bmv2 *b)
{
	if (!bmv2_call(b, "bm_set_toeplitz_hash_key"))
		return false;
	thrift_put_text(b->thrift, 2, STR(""));
	thrift_put_text(b->thrift, 3, STR(""));
	thrift_ask(b->thrift, THRIFT_VOID);
	return thrift_end(b->thrift) == -EREMOTEIO && thrift_code(b->thrift) == 0;
}

static bool
is_here(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* The inode of the socket that listens on a port; 0 when there is none. */
static unsigned long
listening_socket(const char *table, unsigned port)
{
	FILE *in = fopen(table, "re");
	char line[512];
	unsigned long inode = 0;

	while (in && !inode && fgets(line, sizeof(line), in)) {
		unsigned at, state;
		unsigned long found;

		if (sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f:] %x %*s %*s %*s %*u %*u %lu", &at, &state, &found) == 3 &&
		    at == port && state == LISTENS)
			inode = found;
	}
	if (in)
		fclose(in);
	return inode;
}

static bool
has_socket(int proc, const char *pid, unsigned long inode)
{
	char path[PATH_MAX], want[64], link[64];
	struct dirent *e;
	bool found = false;
	DIR *d;
	int fd;

	snprintf(path, sizeof(path), "%s/fd", pid);
	snprintf(want, sizeof(want), "socket:[%lu]", inode);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return false;
	while (!found && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);

		link[n < 0 ? 0 : n] = '\0';
		found = strcmp(link, want) == 0;
	}
	closedir(d);
	return found;
}

/* The program of the process that has the socket: ours to run only when it is a simple_switch that runs as the same user. */
static bool
program_of(unsigned long inode, char *ret, size_t n)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	bool found = false;

	while (proc && !found && (e = readdir(proc))) {
		char path[64];
		struct stat st;
		ssize_t len;
		const char *name;

		if (e->d_name[0] < '0' || e->d_name[0] > '9' || strlen(e->d_name) > 20)
			continue;
		if (fstatat(dirfd(proc), e->d_name, &st, 0) < 0 || st.st_uid != geteuid() || !has_socket(dirfd(proc), e->d_name, inode))
			continue;
		snprintf(path, sizeof(path), "%.20s/exe", e->d_name);
		len = readlinkat(dirfd(proc), path, ret, n - 1);
		ret[len < 0 ? 0 : len] = '\0';
		name = strrchr(ret, '/');
		found = name && strncmp(name + 1, "simple_switch", 13) == 0;
	}
	if (proc)
		closedir(proc);
	return found;
}

static void
ask_program(char *path, char *ret, size_t n)
{
	char *argv[] = { path, (char *)(uintptr_t)"--version", NULL }, *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], status;
	pid_t pid;
	FILE *in;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	if (posix_spawn(&pid, path, &actions, NULL, argv, env) == 0) {
		close(ends[1]);
		in = fdopen(ends[0], "r");
		if (!in || !fgets(ret, (int)n, in))
			*ret = '\0';
		ret[strcspn(ret, "\n")] = '\0';
		if (in)
			fclose(in);
		waitpid(pid, &status, 0);
	} else {
		close(ends[0]);
		close(ends[1]);
	}
	posix_spawn_file_actions_destroy(&actions);
}

/* 1.15.0 was the version's number from 2022 to 2026. */
static enum bmv2_age
age_of(const char *version)
{
	unsigned major, minor, patch;

	if (sscanf(version, "%u.%u.%u", &major, &minor, &patch) != 3)
		return BMV2_UNKNOWN;
	if (major != 1 || minor != 15)
		return major < 1 || (major == 1 && minor < 15) ? BMV2_OLD : BMV2_NEW;
	return patch > 0 ? BMV2_NEW : BMV2_UNKNOWN;
}

enum bmv2_age
bmv2_age(struct bmv2 *b, char *ret, size_t n)
{
	unsigned port = (unsigned)strtoul(b->config.port, NULL, 10);
	char program[PATH_MAX] = "", version[48] = "";
	unsigned long inode;

	*ret = '\0';
	if (is_here(b->config.host)) {
		inode = listening_socket("/proc/net/tcp", port);
		if (!inode)
			inode = listening_socket("/proc/net/tcp6", port);
		if (inode && program_of(inode, program, sizeof(program)))
			ask_program(program, version, sizeof(version));
	}
	if (*version)
		snprintf(ret, n, "%s", version);
	if (age_of(version) != BMV2_UNKNOWN)
		return age_of(version);
	return lacks_calls(b) ? BMV2_OLD : BMV2_UNKNOWN;
}
