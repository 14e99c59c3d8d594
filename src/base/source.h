/* source.h - the texts of a compilation, laid end to end in one space of offsets, so that a place
 * is 8 bytes (`struct span`). Line and column are computed only when something is printed. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

/* Offsets [begin, end) in a `struct sources`. {0,0} means "no place". */
struct span {
	uint32_t begin, end;
};

struct source {
	struct str name; /* as the user wrote it */
	struct str text;
	uint32_t base; /* offset of text[0]; the first source starts at 1 */
};

struct sources;

/* A place for people: 1-based line, 1-based column in bytes (tabs count one). */
struct place {
	const struct source *source;
	uint32_t line, column;
	struct str line_text; /* without the line end */
};

struct sources *sources_make(struct arena *a);
/* Adds a text; the bytes must outlive `s`. */
const struct source *source_add(struct sources *s, struct str name, struct str text);
/* Reads a whole file ("-" is standard input) into the arena and adds it.
 * Returns NULL and sets *reterr_errno when it can't be read; a directory is EISDIR, a file over
 * 64 MiB EFBIG. */
const struct source *source_read(struct sources *s, struct str path, int *reterr_errno);
/* Which source an offset lies in; NULL for 0 or beyond the end. */
const struct source *source_at(const struct sources *s, uint32_t offset);
bool source_place(const struct sources *s, uint32_t offset, struct place *ret);
/* The spelling of a span (within one source). */
struct str source_text(const struct sources *s, struct span at);

struct span span_join(struct span a,
		      struct span b); /* from a's begin to b's end; {0,0} is neutral */

#endif
