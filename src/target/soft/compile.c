/* compile.c - from C text to a shared object, with the system's compiler. No shell is involved, and everything lives in a
 * folder of its own that only this user can read. */
#include "target/soft/soft.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/datadir.h"
#include "base/tempdir.h"
#include "target/soft/cache.h"

#define MAX_ARGS 64
#define CPU_SECONDS 600 /* for the compiler: no program keeps us waiting for ever */

static char *
path_in(const char *folder, const char *name)
{
	size_t n = strlen(folder) + strlen(name) + 2;
	char *p = malloc(n);

	if (p)
		snprintf(p, n, "%s/%s", folder, name);
	return p;
}

static bool
fail(struct diags *d, const char *what, const char *path)
{
	diag_error(d, (struct span){ 0, 0 }, "can't %s %s: %s", what, path, strerror(errno));
	return false;
}

static bool
write_file(struct diags *d, const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");
	bool good;

	if (!f)
		return fail(d, "write", path);
	good = fwrite(text, 1, len, f) == len;
	if (fclose(f) != 0)
		good = false;
	return good || fail(d, "write", path);
}

static bool
make_folder(struct diags *d, struct soft_object *ret)
{
	const char *parent;

	ret->folder = tempdir_make(&parent);
	if (!ret->folder)
		return fail(d, "make a folder in", parent);
	ret->path = path_in(ret->folder, "program.so");
	return ret->path != NULL;
}

/* --- running the compiler ----------------------------------------------------------------------------------------- */

/* $CC may carry flags ("ccache gcc"): words, without quoting. The words live in `copy`. */
static int
compiler_words(char *copy, const char **argv)
{
	char *save = NULL;
	int n = 0;

	for (char *w = strtok_r(copy, " \t", &save); w && n < 8; w = strtok_r(NULL, " \t", &save))
		argv[n++] = w;
	if (n == 0)
		argv[n++] = "cc";
	return n;
}

/* Not by fork, which would make a running switch copy every page that it writes to next. */
static int
start(pid_t *ret, char *const *argv, const char *log)
{
	const struct rlimit limit = { CPU_SECONDS, CPU_SECONDS };
	posix_spawn_file_actions_t files;
	int e;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	e = posix_spawnp(ret, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (e == 0)
		prlimit(*ret, RLIMIT_CPU, &limit, NULL);
	return e;
}

/* The first lines of what the compiler said. */
static void
report(struct diags *d, const char *log, int status)
{
	char text[1500] = "";
	FILE *f = fopen(log, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = 0;
	if (f)
		fclose(f);
	if (WIFSIGNALED(status))
		diag_error(d, (struct span){ 0, 0 }, "the C compiler was stopped by signal %d", WTERMSIG(status));
	else
		diag_error(d, (struct span){ 0, 0 }, "internal error: the C compiler refuses the generated program:\n%s", text);
}

static bool
run(struct diags *d, const char *const *argv, const char *log)
{
	pid_t pid;
	int status;

	errno = start(&pid, (char *const *)(uintptr_t)argv, log);
	if (errno == ENOENT || errno == EACCES || errno == ENOEXEC) {
		diag_error(d, (struct span){ 0, 0 }, "can't run the C compiler '%s' (set CC to one)", argv[0]);
		return false;
	}
	if (errno)
		return fail(d, "start", argv[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(d, "wait for", argv[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	report(d, log, status);
	return false;
}

static const char *const fixed[] = { "-std=gnu11", "-O2", "-g0", "-fPIC", "-shared", "-w", "-fno-semantic-interposition" };

/* All that decides what the object will be. */
static void
make_key(const char *text, size_t len, const struct soft_options *o, struct cache_key *ret)
{
	static const char *const variables[] = { "CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "LIBRARY_PATH" };
	const char *argv[MAX_ARGS], *cc = getenv("CC");
	char *copy = strdup(cc && *cc ? cc : "cc"), *include = path_in(datadir(), "include/packetscope");
	int n = copy ? compiler_words(copy, argv) : 0;

	cache_key_init(ret);
	cache_key_add(ret, text, len);
	for (int i = 0; i < n; i++)
		cache_key_program(ret, argv[i]);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		cache_key_text(ret, fixed[i]);
	for (int i = 0; o->flags && o->flags[i]; i++)
		cache_key_text(ret, o->flags[i]);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		cache_key_text(ret, getenv(variables[i]));
	if (include)
		cache_key_folder(ret, include);
	free(copy);
	free(include);
}

static bool
compile(struct diags *d, const char *c, const struct soft_options *o, const struct soft_object *ret)
{
	const char *argv[MAX_ARGS], *cc = getenv("CC");
	char *copy = strdup(cc && *cc ? cc : "cc"), *include = path_in(datadir(), "include"), *log = path_in(ret->folder, "log");
	int n;
	bool good = false;

	if (copy && include && log) {
		n = compiler_words(copy, argv);
		for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
			argv[n++] = fixed[i];
		argv[n++] = "-I";
		argv[n++] = include;
		for (int i = 0; o && o->flags && o->flags[i] && n < MAX_ARGS - 5; i++)
			argv[n++] = o->flags[i];
		argv[n++] = "-o";
		argv[n++] = ret->path;
		argv[n++] = c;
		argv[n] = NULL;
		good = run(d, argv, log);
	}
	free(copy);
	free(include);
	free(log);
	return good;
}

bool
soft_compile_text(struct diags *d, const char *text, size_t len, const struct soft_options *o, struct soft_object *ret)
{
	struct cache_key key;
	char *c;
	bool good;

	*ret = (struct soft_object){ 0 };
	if (o && o->keep_c && !write_file(d, o->keep_c, text, len))
		return false;
	if (!make_folder(d, ret))
		return false;
	if (o && o->cache) {
		make_key(text, len, o, &key);
		ret->cached = cache_get(&key, ret->path);
		if (ret->cached)
			return true;
	}
	c = path_in(ret->folder, "program.c");
	good = c && write_file(d, c, text, len) && compile(d, c, o, ret);
	free(c);
	if (good && o && o->cache)
		cache_put(&key, ret->path);
	if (!good)
		soft_object_free(ret);
	return good;
}

bool
soft_compile(const struct p4_program *p, const struct soft_options *o, struct soft_object *ret)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool good;

	*ret = (struct soft_object){ 0 };
	if (!out)
		bug("open_memstream");
	good = soft_generate(out, p, o);
	if (fclose(out) != 0)
		bug("memory for the generated program");
	good = good && soft_compile_text(p->diags, text, len, o, ret);
	free(text);
	return good;
}

void
soft_object_free(struct soft_object *o)
{
	static const char *const names[] = { "program.c", "program.so", "log" };

	for (size_t i = 0; o->folder && i < sizeof(names) / sizeof(names[0]); i++) {
		char *p = path_in(o->folder, names[i]);

		if (p)
			unlink(p);
		free(p);
	}
	if (o->folder)
		rmdir(o->folder);
	free(o->folder);
	free(o->path);
	*o = (struct soft_object){ 0 };
}
