#include "device/thrift.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "device/connect.h"

#define VERSION_1 0x80010000u
#define NESTING 16   /* structs and lists within each other that are passed over */
#define ITEMS (1u << 26) /* of lists that are passed over */

enum message { CALL = 1, REPLY = 2, EXCEPTION = 3 };

struct thrift {
	int fd, timeout_ms;
	const char *method;
	int32_t sequence;
	uint8_t *out;
	size_t nout, cap;
	uint8_t in[1 << 16];
	size_t at, end;	    /* what has arrived and was not read yet */
	uint64_t deadline;  /* of the call, ms */
	bool in_result;	    /* the result's struct has not ended */
	int error;	    /* -errno; 0: so far so good */
	int32_t code;
	char why[256];
};

static uint64_t
now_ms(void)
{
	return clock_now() / 1000000;
}

static void
fail(struct thrift *t, int error, const char *what)
{
	if (t->error)
		return;
	t->error = error;
	snprintf(t->why, sizeof(t->why), "%s: %s", t->method, what);
}

void
thrift_wrong(struct thrift *t, const char *what)
{
	fail(t, -EPROTO, what);
}

/* --- the connection ------------------------------------------------------------------------------ */

static bool
wait_for(struct thrift *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	uint64_t now = now_ms();
	int n;

	if (now >= t->deadline) {
		fail(t, -ETIMEDOUT, "no answer in time");
		return false;
	}
	n = poll(&p, 1, (int)(t->deadline - now));
	if (n < 0 && errno != EINTR)
		fail(t, -errno, strerror(errno));
	return t->error == 0;
}

struct thrift *
thrift_open(const char *host, const char *port, int timeout_ms, char *why, size_t n)
{
	const char *reason;
	struct thrift *t;
	int fd = connect_tcp(host, port, timeout_ms, &reason);

	if (fd < 0) {
		snprintf(why, n, "%s", reason);
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		snprintf(why, n, "no memory");
		close(fd);
		return NULL;
	}
	t->fd = fd;
	t->timeout_ms = timeout_ms;
	t->method = "";
	return t;
}

void
thrift_close(struct thrift *t)
{
	if (!t)
		return;
	close(t->fd);
	free(t->out);
	free(t);
}

/* --- what is sent -------------------------------------------------------------------------------- */

static void
put(struct thrift *t, const void *p, size_t n)
{
	if (t->error)
		return;
	if (n > t->cap - t->nout) {
		size_t cap = (t->cap + n) * 2;
		uint8_t *out = realloc(t->out, cap);

		if (!out) {
			fail(t, -ENOMEM, "no memory");
			return;
		}
		t->out = out;
		t->cap = cap;
	}
	if (n)
		memcpy(t->out + t->nout, p, n);
	t->nout += n;
}

static void
put_number(struct thrift *t, uint64_t v, unsigned bytes)
{
	uint8_t b[8];

	for (unsigned i = 0; i < bytes; i++)
		b[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
	put(t, b, bytes);
}

void
thrift_put_item(struct thrift *t, struct str text)
{
	put_number(t, text.n, 4);
	put(t, text.p, text.n);
}

static void
put_field(struct thrift *t, enum thrift_type type, int16_t field)
{
	put_number(t, type, 1);
	put_number(t, (uint16_t)field, 2);
}

void
thrift_put_i32(struct thrift *t, int16_t field, int32_t value)
{
	put_field(t, THRIFT_I32, field);
	put_number(t, (uint32_t)value, 4);
}

void
thrift_put_i64(struct thrift *t, int16_t field, int64_t value)
{
	put_field(t, THRIFT_I64, field);
	put_number(t, (uint64_t)value, 8);
}

void
thrift_put_text(struct thrift *t, int16_t field, struct str text)
{
	put_field(t, THRIFT_STRING, field);
	thrift_put_item(t, text);
}

void
thrift_put_list(struct thrift *t, int16_t field, enum thrift_type of, uint32_t n)
{
	put_field(t, THRIFT_LIST, field);
	put_number(t, of, 1);
	put_number(t, n, 4);
}

void
thrift_call(struct thrift *t, const char *service, const char *method)
{
	char name[128];
	int n = snprintf(name, sizeof(name), "%s:%s", service, method);

	t->method = method;
	t->error = t->code = 0;
	t->nout = t->at = t->end = 0;
	t->in_result = false;
	put_number(t, VERSION_1 | CALL, 4);
	thrift_put_item(t, (struct str){ name, (uint32_t)n });
	put_number(t, (uint32_t)++t->sequence, 4);
}

static void
send_all(struct thrift *t)
{
	size_t sent = 0;

	while (t->error == 0 && sent < t->nout) {
		ssize_t n = send(t->fd, t->out + sent, t->nout - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno == EAGAIN)
			wait_for(t, POLLOUT);
		else if (errno != EINTR)
			fail(t, -errno, "the connection is gone");
	}
}

/* --- what comes back ----------------------------------------------------------------------------- */

static void
fill(struct thrift *t)
{
	ssize_t n;

	t->at = t->end = 0;
	while (t->error == 0 && t->end == 0) {
		n = recv(t->fd, t->in, sizeof(t->in), 0);
		if (n > 0)
			t->end = (size_t)n;
		else if (n == 0)
			fail(t, -ECONNRESET, "the switch closed the connection");
		else if (errno == EAGAIN)
			wait_for(t, POLLIN);
		else if (errno != EINTR)
			fail(t, -errno, "the connection is gone");
	}
}

static void
get(struct thrift *t, void *to, size_t n)
{
	uint8_t *p = to;

	while (n && t->error == 0) {
		size_t have = t->end - t->at;

		if (!have) {
			fill(t);
			continue;
		}
		have = have < n ? have : n;
		memcpy(p, t->in + t->at, have);
		t->at += have;
		p += have;
		n -= have;
	}
	if (n)
		memset(p, 0, n);
}

static uint64_t
get_number(struct thrift *t, unsigned bytes)
{
	uint64_t v = 0;
	uint8_t b[8];

	get(t, b, bytes);
	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | b[i];
	return v;
}

int32_t
thrift_get_i32(struct thrift *t)
{
	return (int32_t)(uint32_t)get_number(t, 4);
}

int64_t
thrift_get_i64(struct thrift *t)
{
	return (int64_t)get_number(t, 8);
}

char *
thrift_get_text(struct thrift *t, uint32_t max, uint32_t *ret_n)
{
	uint32_t n = (uint32_t)get_number(t, 4);
	char *text;

	*ret_n = 0;
	if (t->error == 0 && n > max)
		fail(t, -EPROTO, "a text is longer than it can be");
	if (t->error)
		return NULL;
	text = malloc((size_t)n + 1);
	if (!text) {
		fail(t, -ENOMEM, "no memory");
		return NULL;
	}
	get(t, text, n);
	text[n] = '\0';
	if (t->error) {
		free(text);
		return NULL;
	}
	*ret_n = n;
	return text;
}

uint32_t
thrift_get_list(struct thrift *t, enum thrift_type of, uint32_t max)
{
	enum thrift_type type = (enum thrift_type)get_number(t, 1);
	uint32_t n = (uint32_t)get_number(t, 4);

	if (t->error == 0 && n && type != of)
		fail(t, -EPROTO, "a list of something else came back");
	if (t->error == 0 && n > max)
		fail(t, -EPROTO, "a list is longer than it can be");
	return t->error ? 0 : n;
}

bool
thrift_get_field(struct thrift *t, enum thrift_type *ret_type, int16_t *ret_field)
{
	*ret_type = (enum thrift_type)get_number(t, 1);
	*ret_field = 0;
	if (t->error || *ret_type == THRIFT_STOP)
		return false;
	*ret_field = (int16_t)(uint16_t)get_number(t, 2);
	return t->error == 0;
}

bool
thrift_is(struct thrift *t, enum thrift_type type, enum thrift_type want)
{
	if (type != want)
		fail(t, -EPROTO, "a value of another type came back");
	return type == want && t->error == 0;
}

static void
pass(struct thrift *t, uint64_t n)
{
	uint8_t b[512];

	for (; n && t->error == 0; n -= n < sizeof(b) ? n : sizeof(b))
		get(t, b, n < sizeof(b) ? n : sizeof(b));
}

static void skip(struct thrift *t, enum thrift_type type, unsigned depth);

static void
skip_items(struct thrift *t, unsigned kinds, unsigned depth)
{
	enum thrift_type of[2] = { THRIFT_STOP, THRIFT_STOP };
	uint32_t n;

	for (unsigned k = 0; k < kinds; k++)
		of[k] = (enum thrift_type)get_number(t, 1);
	n = (uint32_t)get_number(t, 4);
	if (n > ITEMS)
		fail(t, -EPROTO, "a list is longer than it can be");
	for (uint32_t i = 0; i < n && t->error == 0; i++)
		for (unsigned k = 0; k < kinds; k++)
			skip(t, of[k], depth + 1);
}

static void
skip_struct(struct thrift *t, unsigned depth)
{
	enum thrift_type type;
	int16_t field;

	while (thrift_get_field(t, &type, &field))
		skip(t, type, depth + 1);
}

static void
skip(struct thrift *t, enum thrift_type type, unsigned depth)
{
	if (depth > NESTING)
		fail(t, -EPROTO, "values are nested too deep");
	if (t->error)
		return;
	switch (type) {
	case THRIFT_BOOL:
	case THRIFT_BYTE:
		pass(t, 1);
		return;
	case THRIFT_I16:
		pass(t, 2);
		return;
	case THRIFT_I32:
		pass(t, 4);
		return;
	case THRIFT_I64:
	case THRIFT_DOUBLE:
		pass(t, 8);
		return;
	case THRIFT_STRING:
		pass(t, get_number(t, 4));
		return;
	case THRIFT_STRUCT:
		skip_struct(t, depth);
		return;
	case THRIFT_MAP:
		skip_items(t, 2, depth);
		return;
	case THRIFT_LIST:
	case THRIFT_SET:
		skip_items(t, 1, depth);
		return;
	case THRIFT_STOP:
	case THRIFT_VOID:
		break;
	}
	fail(t, -EPROTO, "a value of no type came back");
}

void
thrift_skip(struct thrift *t, enum thrift_type type)
{
	skip(t, type, 0);
}

/* --- a reply's frame ----------------------------------------------------------------------------- */

/* The reply's name, which must be the method's, with or without the service before it. */
static void
get_name(struct thrift *t)
{
	uint32_t n = 0;
	char *name = thrift_get_text(t, 256, &n);
	const char *colon = name ? strrchr(name, ':') : NULL;

	if (name && strcmp(colon ? colon + 1 : name, t->method) != 0)
		fail(t, -EPROTO, "the answer is to another call");
	free(name);
}

/* What Thrift itself has to say: a text and a code, of which 1 is an unknown method. */
static void
application_exception(struct thrift *t)
{
	enum thrift_type type;
	int16_t field;
	uint32_t n = 0;
	char *text = NULL;
	int32_t code = 0;

	while (thrift_get_field(t, &type, &field)) {
		if (field == 1 && type == THRIFT_STRING && !text)
			text = thrift_get_text(t, 4096, &n);
		else if (field == 2 && type == THRIFT_I32)
			code = thrift_get_i32(t);
		else
			skip(t, type, 0);
	}
	/* other codes mean that the two ends don't speak the same protocol */
	fail(t, code == 1 ? -EREMOTEIO : -EPROTO, code == 1 ? "the switch does not know this method" : text && *text ? text : "refused");
	free(text);
}

/* An exception of the method: a struct whose first field is the code. */
static void
method_exception(struct thrift *t)
{
	enum thrift_type type;
	int16_t field;
	char text[64];
	int32_t code = -1;

	while (thrift_get_field(t, &type, &field)) {
		if (field == 1 && type == THRIFT_I32)
			code = thrift_get_i32(t);
		else
			skip(t, type, 0);
	}
	if (thrift_get_field(t, &type, &field))
		fail(t, -EPROTO, "more than one result came back");
	snprintf(text, sizeof(text), "the switch refused with code %d", code);
	t->code = t->error ? 0 : code;
	fail(t, -EREMOTEIO, text);
}

static void
get_head(struct thrift *t)
{
	uint32_t head = (uint32_t)get_number(t, 4);

	if (t->error == 0 && (head & 0xffff0000u) != VERSION_1)
		fail(t, -EPROTO, "the answer is none of Thrift's binary protocol");
	if (t->error)
		return;
	get_name(t);
	if (thrift_get_i32(t) != t->sequence && t->error == 0)
		fail(t, -EPROTO, "the answer is to another call");
	if (t->error)
		return;
	if ((head & 0xff) == EXCEPTION)
		application_exception(t);
	else if ((head & 0xff) != REPLY)
		fail(t, -EPROTO, "the answer is no answer");
}

bool
thrift_ask(struct thrift *t, enum thrift_type want)
{
	enum thrift_type type = THRIFT_STOP;
	int16_t field = 0;

	put_number(t, THRIFT_STOP, 1);
	t->deadline = now_ms() + (uint64_t)t->timeout_ms;
	if (t->error == 0)
		send_all(t);
	if (t->error == 0)
		get_head(t);
	if (t->error)
		return false;
	if (!thrift_get_field(t, &type, &field)) {
		if (t->error == 0 && want != THRIFT_VOID)
			fail(t, -EPROTO, "nothing came back");
		return false;
	}
	if (field != 0 && type == THRIFT_STRUCT)
		method_exception(t);
	else if (field != 0)
		fail(t, -EPROTO, "a value of another type came back");
	else
		t->in_result = thrift_is(t, type, want);
	return t->in_result;
}

int
thrift_end(struct thrift *t)
{
	enum thrift_type type;
	int16_t field;

	if (t->in_result && t->error == 0 && thrift_get_field(t, &type, &field))
		fail(t, -EPROTO, "more than one result came back");
	if (t->error == 0 && t->at != t->end)
		fail(t, -EPROTO, "more came back than the answer");
	return t->error;
}

int32_t
thrift_code(const struct thrift *t)
{
	return t->code;
}

const char *
thrift_why(const struct thrift *t)
{
	return t->why;
}
