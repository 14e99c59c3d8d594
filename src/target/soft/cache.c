#include "target/soft/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENTRIES 64 /* objects kept; the least recently used go first */
#define OBJECT_MAX ((size_t)256 << 20)
#define MAGIC "packetscope-1"
#define STALE 3600 /* seconds after which a file that never got its name is somebody's remains */

/* Behind an object; loaders don't look there. */
struct trailer {
	char magic[16];
	uint64_t size, a, b;
};

struct bytes {
	uint8_t *p;
	size_t n;
};

/* --- keys --- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 32;
}

void
cache_key_init(struct cache_key *k)
{
	*k = (struct cache_key){ UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xc2b2ae3d27d4eb4f) };
}

void
cache_key_add(struct cache_key *k, const void *p, size_t n)
{
	const uint8_t *at = p;

	k->a = mix(k->a, n);
	k->b = mix(k->b + 1, n);
	while (n > 0) {
		uint64_t v = 0;
		size_t m = n < 8 ? n : 8;

		memcpy(&v, at, m);
		k->a = mix(k->a, v);
		k->b = mix(k->b + UINT64_C(0x165667b19e3779f9), v << 29 | v >> 35);
		at += m;
		n -= m;
	}
}

void
cache_key_text(struct cache_key *k, const char *s)
{
	cache_key_add(k, s ? s : "", s ? strlen(s) + 1 : 0);
}

static bool
add_stat(struct cache_key *k, const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(path, real) || stat(real, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	cache_key_text(k, real);
	cache_key_add(k, &st.st_size, sizeof(st.st_size));
	cache_key_add(k, &st.st_mtim, sizeof(st.st_mtim));
	return true;
}

void
cache_key_program(struct cache_key *k, const char *name)
{
	const char *path = getenv("PATH");
	char *copy = path && !strchr(name, '/') ? strdup(path) : NULL, *save = NULL;

	cache_key_text(k, name);
	if (strchr(name, '/'))
		add_stat(k, name);
	for (char *dir = copy ? strtok_r(copy, ":", &save) : NULL; dir; dir = strtok_r(NULL, ":", &save)) {
		char full[PATH_MAX];

		if (snprintf(full, sizeof(full), "%s/%s", dir, name) < (int)sizeof(full) && access(full, X_OK) == 0 &&
		    add_stat(k, full))
			break;
	}
	free(copy);
}

/* --- files --- */

/* All of a file; n is 0 when that can't be. */
static struct bytes
read_at(int dir, const char *name)
{
	struct bytes b = { NULL, 0 };
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	size_t size, got = 0;

	if (fd < 0)
		return b;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= OBJECT_MAX) {
		size = (size_t)st.st_size;
		b.p = malloc(size);
		while (b.p && got < size) {
			ssize_t n = read(fd, b.p + got, size - got);

			if (n <= 0 && !(n < 0 && errno == EINTR))
				break;
			got += n > 0 ? (size_t)n : 0;
		}
		b.n = got == size ? size : 0;
	}
	close(fd);
	return b;
}

static bool
write_all(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno != EINTR)
			return false;
		at += done > 0 ? (size_t)done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

void
cache_key_folder(struct cache_key *k, const char *path)
{
	struct cache_key all = { 0, 0 };
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d));) {
		struct cache_key one;
		struct bytes b;

		if (e->d_name[0] == '.')
			continue;
		b = read_at(dirfd(d), e->d_name);
		cache_key_init(&one);
		cache_key_text(&one, e->d_name);
		cache_key_add(&one, b.p, b.n);
		free(b.p);
		/* in whatever order they come */
		all.a += one.a;
		all.b += one.b;
	}
	if (d)
		closedir(d);
	cache_key_add(k, &all, sizeof(all));
}

/* --- the folder --- */

/* The user's own folder, writable for nobody else; made when it is missing. -1: there is none. */
static int
open_folder(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char base[PATH_MAX], path[PATH_MAX];
	struct stat st;
	int fd;

	if (xdg && xdg[0] == '/')
		snprintf(base, sizeof(base), "%s", xdg);
	else if (home && home[0] == '/')
		snprintf(base, sizeof(base), "%s/.cache", home);
	else
		return -1;
	if (snprintf(path, sizeof(path), "%s/packetscope", base) >= (int)sizeof(path))
		return -1;
	if (mkdir(path, 0700) < 0 && errno == ENOENT && (mkdir(base, 0700) == 0 || errno == EEXIST))
		mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 022))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void
name_of(const struct cache_key *k, char ret[64])
{
	snprintf(ret, 64, "%016llx%016llx.so", (unsigned long long)k->a, (unsigned long long)k->b);
}

static void
trailer_of(struct bytes b, struct trailer *ret)
{
	struct cache_key sum;

	cache_key_init(&sum);
	cache_key_add(&sum, b.p, b.n);
	*ret = (struct trailer){ .magic = MAGIC, .size = b.n, .a = sum.a, .b = sum.b };
}

/* Whether the file is an object with its sum behind it; *b then ends before that. */
static bool
is_whole(struct bytes *b)
{
	struct trailer there, right;

	if (b->n <= sizeof(there))
		return false;
	b->n -= sizeof(there);
	memcpy(&there, b->p + b->n, sizeof(there));
	trailer_of(*b, &right);
	return memcmp(&there, &right, sizeof(there)) == 0;
}

static bool
write_object(const char *path, struct bytes b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	bool good = fd >= 0 && write_all(fd, b.p, b.n);

	if (fd >= 0 && close(fd) < 0)
		good = false;
	if (fd >= 0 && !good)
		unlink(path);
	return good;
}

bool
cache_get(const struct cache_key *k, const char *path)
{
	int dir = open_folder();
	struct bytes b;
	char name[64];
	bool good;

	if (dir < 0)
		return false;
	name_of(k, name);
	b = read_at(dir, name);
	good = is_whole(&b);
	if (good)
		utimensat(dir, name, NULL, 0); /* used just now */
	else if (b.p)
		unlinkat(dir, name, 0);
	good = good && write_object(path, b);
	free(b.p);
	close(dir);
	return good;
}

/* Lets the least recently used object go, and what killed runs left; returns how many objects there were. */
static uint32_t
trim(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	char oldest[256] = "";
	struct timespec when = { 0, 0 };
	uint32_t n = 0;

	if (!d) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		struct stat st;

		if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			continue;
		if (strncmp(e->d_name, "new-", 4) == 0 && st.st_mtim.tv_sec + STALE < time(NULL))
			unlinkat(dir, e->d_name, 0);
		if (len < 3 || strcmp(e->d_name + len - 3, ".so") != 0)
			continue;
		if (n++ == 0 || st.st_mtim.tv_sec < when.tv_sec ||
		    (st.st_mtim.tv_sec == when.tv_sec && st.st_mtim.tv_nsec < when.tv_nsec)) {
			when = st.st_mtim;
			snprintf(oldest, sizeof(oldest), "%s", e->d_name);
		}
	}
	if (n > ENTRIES)
		unlinkat(dir, oldest, 0);
	closedir(d);
	return n;
}

static bool
write_entry(int dir, const char *name, struct bytes b)
{
	struct trailer t;
	char temporary[64];
	bool good;
	int fd;

	snprintf(temporary, sizeof(temporary), "new-%ld", (long)getpid());
	unlinkat(dir, temporary, 0);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	trailer_of(b, &t);
	good = write_all(fd, b.p, b.n) && write_all(fd, &t, sizeof(t));
	if (close(fd) < 0)
		good = false;
	if (good && renameat(dir, temporary, dir, name) == 0)
		return true;
	unlinkat(dir, temporary, 0);
	return false;
}

void
cache_put(const struct cache_key *k, const char *path)
{
	int dir = open_folder();
	struct bytes b;
	char name[64];

	if (dir < 0)
		return;
	b = read_at(AT_FDCWD, path);
	name_of(k, name);
	if (b.n && write_entry(dir, name, b))
		for (uint32_t n = trim(dir); n > ENTRIES + 1; n--)
			trim(dir);
	free(b.p);
	close(dir);
}
