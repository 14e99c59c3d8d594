/* flow.h - a switch with the fake program whose outputs are written down as text. */
#ifndef TESTS_SWITCH_FLOW_H
#define TESTS_SWITCH_FLOW_H

#include <stdio.h>
#include <string.h>

#include "fake.h"
#include "switch/story.h"
#include "switch/switch.h"
#include "unit.h"

#define MS 1000000ull

struct flow {
	struct sw *sw;
	char text[1 << 16]; /* what came out since the last check */
	size_t n;
	bool brief; /* tx: time and port only */
};

static inline void
flow_tx(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct flow *f = user;

	f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, "%llu>%u",
		(unsigned long long)time_ns, port);
	if (!f->brief && len >= 22)
		f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, "/%u/dst=%02x%02x%02x%02x/src=%02x%02x/v=%02x%02x",
			len, data[2], data[3], data[4], data[5], data[10], data[11], data[len - 2], data[len - 1]);
	else if (!f->brief)
		f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, "/%u", len);
	f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, " ");
	assert_true(f->n < sizeof(f->text));
}

static inline void
flow_story(void *user, const struct sw_story *s)
{
	struct flow *f = user;

	f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, "[%llu<%lld %s intent=%d copies=%u",
		(unsigned long long)s->id, (long long)s->parent, sw_instance_name(s->instance), s->intent, s->copies);
	if (s->was_sent)
		f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, " q%u.%u@%llu+%u", s->port, s->priority,
			(unsigned long long)s->enq_time, s->enq_len);
	if (s->has_left)
		f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, "-%llu+%u", (unsigned long long)s->deq_time,
			s->deq_len);
	if (s->out)
		f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, " out=%d:%s", s->port_out,
			sw_instance_name(s->instance_out));
	f->n += (size_t)snprintf(f->text + f->n, sizeof(f->text) - f->n, " %s%s%.*s] ", sw_fate_name(s->fate),
		s->drop_reason.n ? " " : "", STRA(s->drop_reason));
	assert_true(f->n < sizeof(f->text));
}

static inline void
flow_open(struct flow *f, struct sw_config c)
{
	char err[200];

	memset(f, 0, sizeof(*f));
	c.user = f;
	c.tx = flow_tx;
	f->sw = sw_open_program(&ps_program, &c, err, sizeof(err));
	assert_non_null(f->sw);
}

static inline uint32_t
flow_command(uint8_t *p, enum fake_op op, uint8_t arg, uint16_t port, uint32_t value, uint32_t len)
{
	memset(p, 0, len);
	p[5] = 0xdd;
	p[11] = 0x55;
	p[12] = FAKE_TYPE >> 8;
	p[13] = FAKE_TYPE & 255;
	p[14] = (uint8_t)op;
	p[15] = arg;
	p[16] = (uint8_t)(port >> 8);
	p[17] = (uint8_t)port;
	p[18] = (uint8_t)(value >> 24);
	p[19] = (uint8_t)(value >> 16);
	p[20] = (uint8_t)(value >> 8);
	p[21] = (uint8_t)value;
	return len;
}

static inline void
flow_send(struct flow *f, uint64_t now, enum fake_op op, uint8_t arg, uint16_t port, uint32_t value)
{
	uint8_t p[22];

	sw_receive(f->sw, now, 1, p, flow_command(p, op, arg, port, value, sizeof(p)));
}

/* What came out since the last time. */
static inline void
flow_check(struct flow *f, const char *expected)
{
	while (f->n && f->text[f->n - 1] == ' ')
		f->text[--f->n] = '\0';
	assert_string_equal(f->text, expected);
	f->n = 0;
	f->text[0] = '\0';
}

/* The books must balance. */
static inline void
flow_balance(struct flow *f)
{
	struct sw_counts c;

	sw_counts(f->sw, &c);
	assert_true(c.received + c.copies ==
		    c.forwarded + c.dropped_ingress + c.dropped_egress + c.lost_queue + c.queued);
}

static inline void
flow_close(struct flow *f)
{
	flow_balance(f);
	sw_close(f->sw);
}

#endif
