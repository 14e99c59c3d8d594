/* tempdir.h - a folder of one's own for a while. */
#ifndef BASE_TEMPDIR_H
#define BASE_TEMPDIR_H

/* Makes packetscope-XXXXXX under $TMPDIR, or where the system keeps such folders. The name is malloc'ed; whoever asked removes the
 * folder. NULL: errno says why, and `*ret_parent` where it should have been. */
char *tempdir_make(const char **ret_parent);

#endif
