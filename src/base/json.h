/* json.h - reads one JSON text (RFC 8259) in order, without building anything: for lines of traces, of which a
 * query wants a few members (building trees of them took ten times as long), and for files whose mistakes are shown at their
 * places. Strings are unescaped where they stand, so the text is written to and strings point into it; it keeps its
 * length, so that places are offsets of the original.
 *
 *	while (json_member(&j, &key, &v))        an object whose '{' has been read
 *		if (str_is(key, "id")) use(v); else json_skip(&j, &v);
 *	if (j.error) ...
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

enum json_kind {
	JTEXT_NULL,
	JTEXT_BOOL,
	JTEXT_INT,
	JTEXT_REAL, /* a number that is no integer of 63 bits and sign: only its text tells */
	JTEXT_STRING,
	JTEXT_ARRAY,
	JTEXT_OBJECT
};

/* Of arrays and objects only the opening bracket has been read. */
struct json_value {
	enum json_kind kind;
	int64_t i; /* INT; BOOL: 0, 1 */
	struct str s;	/* STRING: without escapes */
	const char *at; /* its first character in the text; it ends at json.p, brackets after their last item */
};

struct json {
	char *p, *end;
	const char *error; /* what is wrong at p; everything returns false from then on */
	bool first;	   /* the last thing read was an opening bracket */
	const char *key_at; /* the last member's name, with its quote */
};

/* `text` is written to; it must stay as long as strings from it are used. */
void json_init(struct json *j, char *text, size_t n);
bool json_value(struct json *j, struct json_value *ret);
/* The next member or item; false after the closing bracket (or an error). */
bool json_member(struct json *j, struct str *ret_key, struct json_value *ret);
bool json_item(struct json *j, struct json_value *ret);
/* Passes over what is in `v` when it is an array or object. */
bool json_skip(struct json *j, const struct json_value *v);
/* Nothing but blanks may follow. */
bool json_end(struct json *j);

/* A string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void json_print_string(FILE *out, struct str s);

#endif
