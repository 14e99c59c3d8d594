/* fuzz_shell.c - any lines as commands to a switch, with packets in between; the books must balance. */
#include <stdio.h>
#include <stdlib.h>

#include "../switch/fake.h"
#include "base/diag.h"
#include "switch/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
packets(struct sw *sw, uint8_t op)
{
	for (uint8_t arg = 0; arg < 4; arg++) {
		uint8_t p[22] = {
			[5] = arg, [11] = 1, [12] = FAKE_TYPE >> 8, [13] = FAKE_TYPE & 255, [14] = op, [15] = arg, [17] = arg,
			[18] = 10, [21] = arg,
		};

		/* Clones of clones take their time, and are tested elsewhere. */
		if (op != FAKE_OP_EGRESS_CLONE_EVER)
			sw_receive(sw, sw_now(sw) + 1000, arg, p, sizeof(p));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sw_hidden hidden[] = { { "MyIngress.acl", "MyIngress.deny", "site", 5u << 20 } };
	const struct sw_config config = { .depth = 4 };
	struct sw_shell shell = { .hidden = hidden, .nhidden = 1 };
	struct str rest = { (const char *)data, (uint32_t)size };
	FILE *null = fopen("/dev/null", "w");
	struct sw_counts n;
	char why[200];

	shell.sw = sw_open_program(&ps_program, &config, why, sizeof(why));
	if (!shell.sw || !null)
		abort();
	for (uint8_t op = 0; rest.n; op = (uint8_t)((op + 1) % (FAKE_OP_TIMES + 1))) {
		int64_t end = str_find(rest, '\n');

		sw_shell_command(&shell, str_sub(rest, 0, end < 0 ? rest.n : (uint32_t)end), null);
		rest = str_sub(rest, end < 0 ? rest.n : (uint32_t)end + 1, rest.n);
		packets(shell.sw, op);
	}
	sw_counts(shell.sw, &n);
	if (n.received + n.copies != n.forwarded + n.dropped_ingress + n.dropped_egress + n.lost_queue + n.queued)
		bug("the books don't balance");
	fclose(null);
	sw_close(shell.sw);
	return 0;
}
