/* outfile.h - a file that appears whole or not at all: written under another name in the same
 * folder and renamed at the end. "-" is standard output; what exists and isn't a regular file (a
 * pipe, /dev/null) is written to directly.
 *
 *	if (outfile_open(&f, path) < 0) ...
 *	fprintf(f.out, ...);
 *	err = outfile_commit(&f);     or     outfile_abort(&f);
 */
#ifndef BASE_OUTFILE_H
#define BASE_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
	FILE *out;
	char *path,
		*temp; /* malloc'ed until commit or abort; `temp` is NULL when written directly */
};

/* 0, or -errno and nothing to clean up. */
int outfile_open(struct outfile *f, const char *path);
/* Closes and puts the file in its place. 0, or -errno: then nothing is left of it. */
int outfile_commit(struct outfile *f);
/* Commits when `keep`, else aborts (0). */
int outfile_close(struct outfile *f, bool keep);
/* Closes and removes it. */
void outfile_abort(struct outfile *f);

#endif
