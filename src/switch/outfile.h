/* outfile.h - a file that gets its name only when it is complete. Inside the switch only. */
#ifndef SWITCH_OUTFILE_H
#define SWITCH_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
	FILE *file;
	char *path, *temp; /* temp: NULL when path is no ordinary file (a pipe, a device) and is written directly */
};

/* 0 or -errno. */
int sw_outfile_open(struct outfile *o, const char *path);
/* Closes; renames, or removes when `keep` is false or writing failed. 0 or -errno. */
int sw_outfile_close(struct outfile *o, bool keep);

#endif
