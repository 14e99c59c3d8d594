/* fuzz_entries.c - any bytes as a file of entries, then packets over what it made of the switch. */
#include <stdio.h>
#include <stdlib.h>

#include "../switch/fake.h"
#include "base/arena.h"
#include "switch/entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
send_all(struct sw *sw)
{
	for (uint8_t op = 0; op <= FAKE_OP_TIMES; op++)
		for (uint8_t arg = 0; arg < 8; arg++) {
			uint8_t p[22] = {
				[5] = arg, [11] = 1, [12] = FAKE_TYPE >> 8, [13] = FAKE_TYPE & 255, [14] = op,
				[15] = arg, [17] = arg, [18] = 10, [21] = arg,
			};

			/* Clones of clones take their time, and are tested elsewhere. */
			if (op != FAKE_OP_EGRESS_CLONE_EVER)
				sw_receive(sw, op * 100000u + arg, arg, p, sizeof(p));
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sw_hidden hidden[] = { { "MyIngress.acl", "MyIngress.deny", "site", 5u << 20 } };
	const struct sw_config config = { .queue_pps = size % 3 * 10000 };
	struct arena *a = arena_make();
	struct sources *s = sources_make(a);
	struct diags *d = diags_make(a, s);
	const struct source *text = source_add(s, STR("fuzz"), (struct str){ (const char *)data, (uint32_t)size });
	FILE *null = fopen("/dev/null", "w");
	struct sw_commands c = { 0 };
	struct sw_counts n;
	char err[200];
	struct sw *sw = sw_open_program(&ps_program, &config, err, sizeof(err));
	bool ok;

	if (!sw || !null)
		abort();
	ok = sw_entries_read(a, d, text, &c) && sw_apply(sw, a, d, &c, hidden, 1);
	if (ok != (diag_errors(d) == 0))
		bug("%u errors, but ok is %d", diag_errors(d), ok);
	send_all(sw);
	sw_counts(sw, &n);
	if (n.received + n.copies != n.forwarded + n.dropped_ingress + n.dropped_egress + n.lost_queue + n.queued)
		bug("the books don't balance");
	diags_print(d, null);
	fclose(null);
	sw_close(sw);
	arena_free(a);
	return 0;
}
