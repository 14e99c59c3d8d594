/* thrift.h - calls of a Thrift server: the strict binary protocol over TCP, with a service's name before each method's ("standard:..."), as
 * BMv2's simple_switch serves it. Just what the controller of such a switch needs: no generated code.
 *
 * A call is put together (thrift_call, thrift_put...), sent (thrift_ask), and its result taken apart (thrift_get...):
 *
 *	thrift_call(t, "standard", "bm_register_read");
 *	thrift_put_i32(t, 1, 0);
 *	thrift_put_text(t, 2, name);
 *	if (thrift_ask(t, THRIFT_I64))
 *		value = thrift_get_i64(t);
 *	return thrift_end(t);
 *
 * Nothing that the other end sends is trusted: lengths are bounded, a reply has a time limit, and what is no reply to this call breaks
 * the connection. After an error everything else does nothing until thrift_end, which tells it.
 */
#ifndef DEVICE_THRIFT_H
#define DEVICE_THRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum thrift_type {
	THRIFT_STOP = 0,
	THRIFT_VOID = 1,
	THRIFT_BOOL = 2,
	THRIFT_BYTE = 3,
	THRIFT_DOUBLE = 4,
	THRIFT_I16 = 6,
	THRIFT_I32 = 8,
	THRIFT_I64 = 10,
	THRIFT_STRING = 11,
	THRIFT_STRUCT = 12,
	THRIFT_MAP = 13,
	THRIFT_SET = 14,
	THRIFT_LIST = 15,
};

struct thrift;

/* Connects; NULL after a text in `why`. `timeout_ms`: for connecting, and for each call. */
struct thrift *thrift_open(const char *host, const char *port, int timeout_ms, char *why, size_t n);
void thrift_close(struct thrift *t);

void thrift_call(struct thrift *t, const char *service, const char *method);
void thrift_put_i32(struct thrift *t, int16_t field, int32_t value);
void thrift_put_i64(struct thrift *t, int16_t field, int64_t value);
void thrift_put_text(struct thrift *t, int16_t field, struct str text);
/* The beginning of a list; its items follow (of texts: thrift_put_item). */
void thrift_put_list(struct thrift *t, int16_t field, enum thrift_type of, uint32_t n);
void thrift_put_item(struct thrift *t, struct str text);

/* Sends the call. True when there is a result of type `want`, which is to be read next; false after an error, and for THRIFT_VOID. */
bool thrift_ask(struct thrift *t, enum thrift_type want);
int32_t thrift_get_i32(struct thrift *t);
int64_t thrift_get_i64(struct thrift *t);
/* At most `max` bytes; NUL-terminated besides, to be freed by the caller. NULL after an error. */
char *thrift_get_text(struct thrift *t, uint32_t max, uint32_t *ret_n);
/* The number of a list's items, which are to be `of` and at most `max`; 0 after an error. */
uint32_t thrift_get_list(struct thrift *t, enum thrift_type of, uint32_t max);
/* The next field of a struct; false after the last, or after an error. */
bool thrift_get_field(struct thrift *t, enum thrift_type *ret_type, int16_t *ret_field);
/* Whether a field is of the type that it should be; an error if not. */
bool thrift_is(struct thrift *t, enum thrift_type type, enum thrift_type want);
void thrift_skip(struct thrift *t, enum thrift_type type);
/* For results that make no sense: an error with this text. */
void thrift_wrong(struct thrift *t, const char *what);

/* Ends a call. 0; -EREMOTEIO: the switch refused, with thrift_code; any other -errno: there is no connection any more. */
int thrift_end(struct thrift *t);
/* The code with which the switch refused the last call, as its protocol numbers them; 0: it does not know the method. */
int32_t thrift_code(const struct thrift *t);
/* What went wrong last, for people. */
const char *thrift_why(const struct thrift *t);

#endif
