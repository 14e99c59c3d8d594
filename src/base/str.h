/* str.h - strings with a length. A `struct str` never owns its bytes: they live in an arena,
 * a source text or a literal. They are not NUL-terminated unless made by str_cstr. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct str {
	const char *p;
	uint32_t n;
};

/* A literal: STR("ipv4"). */
#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf: printf("%.*s", STRA(s)). */
#define STRA(s) (int)(s).n, (s).p ? (s).p : ""

struct str str_from(const char *cstr);
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *cstr);
int str_cmp(struct str a, struct str b); /* byte order, then length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
int64_t str_find(struct str s, char c);	 /* index of the first c, -1 when absent */
int64_t str_rfind(struct str s, char c); /* index of the last c, -1 when absent */
struct str str_sub(struct str s, uint32_t from, uint32_t to); /* [from, to), clamped */
struct str str_trim(struct str s);
uint64_t str_hash(struct str s);

struct str str_dup(struct arena *a, struct str s);
char *str_cstr(struct arena *a, struct str s); /* NUL-terminated copy */
struct str str_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Bytes of the UTF-8 sequence at p, 0 when there is none; n > 0 bytes are there. */
uint32_t str_utf8_length(const uint8_t *p, uint32_t n);
/* The same, but 0 as well for what a terminal must not get from a stranger: control characters, and marks that turn the direction
 * of text. */
uint32_t str_printable(const uint8_t *p, uint32_t n);

/* Edit distance for "did you mean", capped at `limit` + 1. */
uint32_t str_distance(struct str a, struct str b, uint32_t limit);
/* The nearest of `n` candidates to `s`, STR_NONE when none is near enough to be helpful. */
struct str str_nearest(struct str s, const struct str *candidates, uint32_t n);

#endif
