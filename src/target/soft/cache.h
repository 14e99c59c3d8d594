/* cache.h - shared objects that were compiled before, in $XDG_CACHE_HOME/packetscope or ~/.cache/packetscope.
 *
 * An object is found by what it was made of: C text, compiler, flags, and the headers that the text includes. It is checked byte by byte
 * (a sum stands behind it) and read as a whole, so that neither a damaged file nor one that another run takes away does harm.
 * Files get their names when they are complete. The folder is this user's alone; when it can't be, or there is no
 * home, there is no cache. What goes wrong here costs time, never a run.
 */
#ifndef SOFT_CACHE_H
#define SOFT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache_key {
	uint64_t a, b;
};

void cache_key_init(struct cache_key *k);
/* Strings are told apart from their concatenation by their lengths. */
void cache_key_add(struct cache_key *k, const void *p, size_t n);
void cache_key_text(struct cache_key *k, const char *s); /* NULL is not "" */
/* The program that `name` runs: where it is, how large, from when. */
void cache_key_program(struct cache_key *k, const char *name);
/* Names and contents of the files of a folder. */
void cache_key_folder(struct cache_key *k, const char *path);

/* Writes the object to `path`; false when the cache has none. */
bool cache_get(const struct cache_key *k, const char *path);
/* Takes a copy of the object at `path`, and lets the oldest ones go. */
void cache_put(const struct cache_key *k, const char *path);

#endif
