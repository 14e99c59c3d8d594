/* Runs the same packets through the fake program and writes the trace to the standard output. */
#include <stdio.h>
#include <stdlib.h>

#include "fake.h"
#include "switch/pre.h"
#include "switch/switch.h"
#include "switch/table.h"
#include "switch/trace.h"

static void
send(struct sw *sw, uint64_t now, enum fake_op op, uint8_t arg, uint16_t port, uint32_t value)
{
	uint8_t p[30] = {
		[5] = 0xdd, [11] = 0x55, [12] = FAKE_TYPE >> 8, [13] = FAKE_TYPE & 255, [14] = (uint8_t)op, [15] = arg,
		[16] = (uint8_t)(port >> 8), [17] = (uint8_t)port, [18] = (uint8_t)(value >> 24),
		[19] = (uint8_t)(value >> 16), [20] = (uint8_t)(value >> 8), [21] = (uint8_t)value,
	};

	sw_receive(sw, now, 1, p, sizeof(p));
}

int
main(void)
{
	const struct sw_copy copies[] = { { 1, 3 }, { 2, 4 } };
	struct sw_trace *t = sw_trace_open("/dev/stdout", &ps_program, 1699999999000000000u);
	const struct sw_config c = { .user = t, .story = sw_trace_story, .depth = 1 };
	char err[200];
	struct sw *sw;
	uint32_t node;
	const uint64_t src[2] = { 0x55, 0 }, mask[2] = { 0xff, 0xffff };

	if (!t || !(sw = sw_open_program(&ps_program, &c, err, sizeof(err))))
		return 2;
	sw_mirror_port(sw_pre(sw), 1, 8, UINT32_MAX);
	sw_mirror_copies(sw_pre(sw), 2, copies, 2, 20);
	sw_group_create(sw_pre(sw), 9);
	sw_group_create(sw_pre(sw), 10);
	sw_node_create(sw_pre(sw), 5, (const uint32_t[]){ 2, 3 }, 2, &node);
	sw_node_associate(sw_pre(sw), 9, node);
	sw_table_insert(sw_table(sw, FAKE_ACL), src, mask, 1, FAKE_DENY, NULL, NULL);
	sw_set_queue_rate(sw, 7, SW_ALL, 1000);
	sw_receive(sw, 300000001, 1, (const uint8_t *)"short", 5);
	send(sw, 300000999, FAKE_OP_FORWARD, 3, 2, 0xffffffff);
	send(sw, 300001000, FAKE_OP_MARK, 0, 2, 0);
	send(sw, 300001000, FAKE_OP_SPEC, 0, 2, 0);
	send(sw, 300001000, FAKE_OP_ACL, 0, 2, 0);
	send(sw, 300001000, FAKE_OP_EGRESS_MARK, 0, 2, 0);
	send(sw, 300002000, FAKE_OP_MULTICAST, 0, 9, 0);
	send(sw, 300002000, FAKE_OP_MULTICAST, 0, 10, 0);
	send(sw, 300003000, FAKE_OP_CLONE_DROP, 1, 6, 5);
	send(sw, 300003000, FAKE_OP_EGRESS_CLONE, 2, 6, 6);
	send(sw, 300004000, FAKE_OP_RESUBMIT, 0, 6, 7);
	send(sw, 300004000, FAKE_OP_RECIRCULATE, 0, 6, 8);
	send(sw, 300005000, FAKE_OP_TAG, 0, 6, 8);
	for (int i = 0; i < 3; i++)
		send(sw, 300006000, FAKE_OP_FORWARD, 2, 7, 9);
	sw_advance(sw, 301006000);
	send(sw, 301007000, FAKE_OP_FORWARD, 2, 7, 9);
	sw_close(sw);
	return sw_trace_close(t, true) != 0;
}
