/* json.h - reads one JSON text in order, without building anything: for lines of traces, of which a
 *query wants a few members. Strings are unescaped where they stand, so the text is written to and
 *strings point into it.
 *
 *	while (ir_json_member(&j, &key, &v))        an object whose '{' has been read
 *		if (str_is(key, "id")) use(v); else ir_json_skip(&j, &v);
 *	if (j.error) ...
 */
#ifndef IR_JSON_H
#define IR_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum ir_json_kind {
	IR_J_NULL,
	IR_J_BOOL,
	IR_J_INT,
	IR_J_REAL,
	IR_J_STRING,
	IR_J_ARRAY,
	IR_J_OBJECT
};

/* Of arrays and objects only the opening bracket has been read. */
struct ir_json_value {
	enum ir_json_kind kind;
	int64_t i; /* INT; BOOL: 0, 1 */
	struct str s;
};

struct ir_json {
	char *p, *end;
	const char *error; /* what is wrong at p; everything returns false from then on */
	bool first;	   /* the last thing read was an opening bracket */
};

/* `text` is written to; it must stay as long as strings from it are used. */
void ir_json_init(struct ir_json *j, char *text, size_t n);
bool ir_json_value(struct ir_json *j, struct ir_json_value *ret);
/* The next member or item; false after the closing bracket (or an error). */
bool ir_json_member(struct ir_json *j, struct str *ret_key, struct ir_json_value *ret);
bool ir_json_item(struct ir_json *j, struct ir_json_value *ret);
/* Passes over what is in `v` when it is an array or object. */
bool ir_json_skip(struct ir_json *j, const struct ir_json_value *v);
/* Nothing but blanks may follow. */
bool ir_json_end(struct ir_json *j);

#endif
