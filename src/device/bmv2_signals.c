/* bmv2_signals.c - digests by which the woven program tells which epochs have packets. The switch publishes them over nanomsg, and keeps each until it is
 * acknowledged; so the program sends them only as long as it is told that somebody listens. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "device/bmv2_internal.h"

#define CONFIG_BYTES (1u << 26)
#define HEAD 32	   /* of a notification; numbers are as the switch's machine has them */
#define SAMPLE 12
#define LEASE_NS 10000000000u
#define UNDER_WAY_MS 100 /* a signal that the register knows of comes by then, */
#define PATIENCE 3	 /* or after so many */
_Static_assert(BMV2_GAPS == SIGNALS_KEPT + 1, "all gaps");

enum { EPOCH, UNTIL, COUNT }; /* cells of the register */

#define AT_ONCE 4096	 /* messages that are taken before something else is done */

/* --- the program's list of digests ------------------------------------------------------------------- */

static bool
is_list(struct json *j, struct str name, int32_t *ret)
{
	struct json_value v;
	struct str key;
	bool found = false;

	while (json_member(j, &key, &v)) {
		if (v.kind == JTEXT_INT && str_is(key, "id") && v.i >= 0 && v.i <= INT32_MAX)
			*ret = (int32_t)v.i;
		found |= v.kind == JTEXT_STRING && str_is(key, "name") && str_eq(v.s, name);
		json_skip(j, &v);
	}
	return found;
}

static int32_t
find_list(struct json *j, struct str name)
{
	int32_t id, found = -1;
	struct json_value v;

	while (json_item(j, &v)) {
		id = -1;
		if (v.kind == JTEXT_OBJECT && is_list(j, name, &id))
			found = id;
		else if (v.kind != JTEXT_OBJECT)
			json_skip(j, &v);
	}
	return found;
}

int32_t
bmv2_list(char *config, size_t n, struct str name)
{
	struct json_value v;
	struct json j;
	struct str key;
	int32_t found = -1;

	json_init(&j, config, n);
	if (!json_value(&j, &v) || v.kind != JTEXT_OBJECT)
		return -1;
	while (json_member(&j, &key, &v)) {
		if (v.kind == JTEXT_ARRAY && str_is(key, "learn_lists"))
			found = find_list(&j, name);
		else
			json_skip(&j, &v);
	}
	return j.error ? -1 : found;
}

static int
ask_list(struct bmv2 *b)
{
	char *config = NULL;
	uint32_t n = 0;
	int e;

	if (!b->thrift)
		return -ENOTCONN;
	thrift_call(b->thrift, "standard", "bm_get_config");
	if (thrift_ask(b->thrift, THRIFT_STRING))
		config = thrift_get_text(b->thrift, CONFIG_BYTES, &n);
	e = bmv2_end(b);
	b->list = e == 0 && config ? bmv2_list(config, n, b->config.manifest->signal.digest) : -1;
	free(config);
	if (e == 0 && b->list < 0) {
		snprintf(b->why, sizeof(b->why), "its program has no digest %.*s", STRA(b->config.manifest->signal.digest));
		e = -ENOENT;
	}
	return e;
}

/* --- the connection ---------------------------------------------------------------------------------- */

/* The address is the third field of what the switch tells of itself. malloc'd. */
static int
ask_address(struct bmv2 *b, char **ret)
{
	enum thrift_type type;
	int16_t field;
	uint32_t n;
	int e;

	if (!b->thrift)
		return -ENOTCONN;
	thrift_call(b->thrift, "standard", "bm_mgmt_get_info");
	if (thrift_ask(b->thrift, THRIFT_STRUCT))
		while (thrift_get_field(b->thrift, &type, &field)) {
			if (field == 3 && type == THRIFT_STRING && !*ret)
				*ret = thrift_get_text(b->thrift, 1024, &n);
			else
				thrift_skip(b->thrift, type);
		}
	e = bmv2_end(b);
	if (e == 0 && (!*ret || !**ret)) {
		snprintf(b->why, sizeof(b->why), "it publishes nothing (built without nanomsg)");
		e = -ENOENT;
	}
	return e;
}

static int
subscribe(struct bmv2 *b)
{
	char *address = NULL;
	int e = ask_address(b, &address);

	if (e == 0) {
		b->subscribe = subscribe_open(address, b->config.host, b->config.timeout_ms, b->why, sizeof(b->why));
		e = b->subscribe ? 0 : -ECONNREFUSED;
	}
	free(address);
	return e;
}

/* The switch would gather digests for a second, and send several at once. */
static int
send_at_once(struct bmv2 *b)
{
	if (!bmv2_call(b, "bm_learning_set_buffer_size"))
		return -ENOTCONN;
	thrift_put_i32(b->thrift, 2, b->list);
	thrift_put_i32(b->thrift, 3, 1);
	thrift_ask(b->thrift, THRIFT_VOID);
	return bmv2_end(b);
}

/* Signals go on for a while. */
static int
renew(struct bmv2 *b, uint64_t now)
{
	const struct manifest_signal *m = &b->config.manifest->signal;

	if (b->lease > now + LEASE_NS / 2)
		return 0;
	b->lease = now + LEASE_NS;
	return bmv2_write(b, m->reg, UNTIL, b->lease / m->window_ns + 1);
}

static int
begin(struct bmv2 *b)
{
	uint64_t last, now;
	int e = bmv2_read(b, b->config.manifest->signal.reg, COUNT, &last);

	if (e == 0)
		e = bmv2_elapsed(b, &now);
	if (e == 0)
		signals_begin(&b->signals, now, last);
	return e;
}

int
bmv2_listen(struct bmv2 *b, uint64_t now)
{
	int e;

	bmv2_stop_listening(b);
	b->signals.window_ns = b->config.manifest->signal.window_ns;
	e = ask_list(b);
	if (e == 0)
		e = subscribe(b);
	if (e == 0)
		e = send_at_once(b);
	if (e == 0)
		e = renew(b, now);
	if (e == 0)
		e = begin(b);
	if (e < 0 && b->subscribe)
		bmv2_stop_listening(b);
	return e;
}

void
bmv2_stop_listening(struct bmv2 *b)
{
	if (b->subscribe && b->thrift)
		bmv2_write(b, b->config.manifest->signal.reg, UNTIL, 0);
	subscribe_close(b->subscribe);
	b->subscribe = NULL;
	b->lease = 0;
}

int
bmv2_signal_fd(const struct bmv2 *b)
{
	return b->subscribe ? subscribe_fd(b->subscribe) : -1;
}

/* --- what comes -------------------------------------------------------------------------------------- */

static uint64_t
number(const uint8_t *p, int n, bool is_little)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[is_little ? n - 1 - i : i];
	return v;
}

static int
acknowledge(struct bmv2 *b, uint64_t buffer)
{
	int e;

	if (!bmv2_call(b, "bm_learning_ack_buffer"))
		return -ENOTCONN;
	thrift_put_i32(b->thrift, 2, b->list);
	thrift_put_i64(b->thrift, 3, (int64_t)buffer);
	thrift_ask(b->thrift, THRIFT_VOID);
	e = bmv2_end(b);
	return e == -EREMOTEIO ? 0 : e;
}

/* "LEA|", device (8 bytes), context (4), list (4), buffer (8), number of samples (4), and the samples. Others are not for us. */
static int
take(struct bmv2 *b, const uint8_t *p, size_t n)
{
	if (n < HEAD || memcmp(p, "LEA|", 4) != 0 || number(p + 16, 4, true) != (uint32_t)b->list)
		return 0;
	if ((n - HEAD) % SAMPLE || (n - HEAD) / SAMPLE != number(p + 28, 4, true))
		b->signals.is_broken = true;
	for (size_t at = HEAD; !b->signals.is_broken && at < n; at += SAMPLE)
		signals_take(&b->signals, number(p + at, 6, false), number(p + at + 6, 6, false));
	return acknowledge(b, number(p + 20, 8, true));
}

/* -EPIPE: the subscription is over. */
static int
take_all(struct bmv2 *b)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	int e = 1;

	for (uint32_t i = 0; e == 1 && i < AT_ONCE; i++) {
		e = subscribe_take(b->subscribe, &p, &n);
		if (e == 1) {
			int failed = take(b, p, n);

			e = failed ? failed : 1;
		} else if (e < 0) {
			e = -EPIPE;
		}
	}
	return e > 0 ? 0 : e;
}

/* The register knows the last signal, which may be under way. */
static int
check(struct bmv2 *b, uint64_t now)
{
	struct pollfd p = { .fd = subscribe_fd(b->subscribe), .events = POLLIN };
	uint64_t last = 0;
	int e = renew(b, now);

	for (int i = 0; e == 0 && i < PATIENCE && !b->signals.is_broken; i++) {
		e = bmv2_read(b, b->config.manifest->signal.reg, COUNT, &last);
		if (e < 0 || last == b->signals.last)
			return e;
		if (poll(&p, 1, UNDER_WAY_MS) > 0)
			e = take_all(b);
	}
	b->signals.is_broken = true;
	return e;
}

int
bmv2_hear(struct bmv2 *b, uint64_t now, bool be_sure, struct device_gap *ret, uint32_t *ret_n)
{
	int e = b->subscribe ? take_all(b) : -EPIPE;

	*ret_n = 0;
	if (e == 0 && be_sure && !b->signals.is_broken)
		e = check(b, now);
	if (e == -EPIPE) {
		bmv2_stop_listening(b);
		return b->thrift ? 0 : -ENOTCONN;
	}
	*ret_n = signals_gaps(&b->signals, ret);
	if (e == 0 && b->signals.is_broken)
		e = begin(b);
	return e;
}

void
bmv2_heard(struct bmv2 *b, uint64_t until)
{
	signals_done(&b->signals, until);
}
