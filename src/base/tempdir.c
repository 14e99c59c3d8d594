#include "base/tempdir.h"

#include <errno.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>

char *
tempdir_make(const char **ret_parent)
{
	const char *named = getenv("TMPDIR"), *parent = named && *named ? named : _PATH_TMP;
	char *path;
	int e;

	*ret_parent = parent;
	if (asprintf(&path, "%s/packetscope-XXXXXX", parent) < 0)
		return NULL;
	if (mkdtemp(path))
		return path;
	e = errno;
	free(path);
	errno = e;
	return NULL;
}
