#include "switch/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "switch/memory.h"

#define BUFFER (1u << 18)

static int
open_temp(struct outfile *o)
{
	size_t size = strlen(o->path) + 32;

	o->temp = sw_alloc(size, 1);
	snprintf(o->temp, size, "%s.%ld.tmp", o->path, (long)getpid());
	return open(o->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

int
sw_outfile_open(struct outfile *o, const char *path)
{
	struct stat st;
	bool is_special = !stat(path, &st) && !S_ISREG(st.st_mode);
	int fd, err;

	*o = (struct outfile){ .path = sw_dup(path, strlen(path) + 1) };
	fd = is_special ? open(path, O_WRONLY | O_CLOEXEC) : open_temp(o);
	if (fd >= 0)
		o->file = fdopen(fd, "wb");
	if (o->file) {
		setvbuf(o->file, NULL, _IOFBF, BUFFER);
		return 0;
	}
	err = errno;
	free(o->path);
	free(o->temp);
	return -err;
}

int
sw_outfile_close(struct outfile *o, bool keep)
{
	int err = ferror(o->file) ? EIO : 0;

	if (fflush(o->file) && !err)
		err = errno;
	if (fclose(o->file) && !err)
		err = errno;
	if (o->temp && keep && !err && rename(o->temp, o->path))
		err = errno;
	if (o->temp && (!keep || err))
		unlink(o->temp);
	free(o->path);
	free(o->temp);
	*o = (struct outfile){ 0 };
	return -err;
}
