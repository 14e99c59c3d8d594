#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER (1u << 18) /* captures and traces are large */

/* Written in place: it exists and can't be replaced by a new file. */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* A symbolic link stays one: what it points at is replaced. */
static char *
target_of(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : strdup(path);
}

static int
open_temp(struct outfile *f)
{
	int fd = -1;

	for (int i = 0; i < 100 && fd < 0; i++) {
		free(f->temp);
		if (asprintf(&f->temp, "%s.tmp%ld-%d", f->path, (long)getpid(), i) < 0) {
			f->temp = NULL;
			return -ENOMEM;
		}
		fd = open(f->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

static int
open_fd(struct outfile *f, const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		fd = dup(STDOUT_FILENO);
		return fd < 0 ? -errno : fd;
	}
	if (is_special(path)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	f->path = target_of(path);
	return f->path ? open_temp(f) : -ENOMEM;
}

static void
clear(struct outfile *f)
{
	free(f->path);
	free(f->temp);
	memset(f, 0, sizeof(*f));
}

int
outfile_open(struct outfile *f, const char *path)
{
	int fd;

	memset(f, 0, sizeof(*f));
	fflush(stdout);
	fd = open_fd(f, path);
	if (fd < 0) {
		clear(f);
		return fd;
	}
	f->out = fdopen(fd, "w");
	if (f->out) {
		setvbuf(f->out, NULL, _IOFBF, BUFFER);
		return 0;
	}
	close(fd);
	if (f->temp)
		unlink(f->temp);
	clear(f);
	return -ENOMEM;
}

int
outfile_commit(struct outfile *f)
{
	int err = 0;

	if (ferror(f->out) || fflush(f->out) != 0)
		err = errno ? -errno : -EIO;
	if (fclose(f->out) != 0 && !err)
		err = -errno;
	if (!err && f->temp && rename(f->temp, f->path) != 0)
		err = -errno;
	if (err && f->temp)
		unlink(f->temp);
	clear(f);
	return err;
}

void
outfile_abort(struct outfile *f)
{
	fclose(f->out);
	if (f->temp)
		unlink(f->temp);
	clear(f);
}

int
outfile_close(struct outfile *f, bool keep)
{
	if (keep)
		return outfile_commit(f);
	outfile_abort(f);
	return 0;
}
