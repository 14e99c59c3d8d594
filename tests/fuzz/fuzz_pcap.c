/* fuzz_pcap.c - any bytes as a capture: its packets are those that libpcap finds; and they go through a switch with a trace. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../switch/fake.h"
#include "../switch/same_capture.h"
#include "base/diag.h"
#include "switch/pcap.h"
#include "switch/switch.h"
#include "switch/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run(struct sw *sw, struct sw_capture *c)
{
	uint64_t start = sw_capture_start_ns(c);
	struct sw_frame f;
	struct sw_counts n;

	while (sw_capture_next(c, &f))
		sw_receive(sw, f.time_ns > start ? f.time_ns - start : 0, 1, f.data, f.len);
	sw_drain(sw);
	sw_counts(sw, &n);
	if (n.queued || n.received + n.copies != n.forwarded + n.dropped_ingress + n.dropped_egress + n.lost_queue)
		bug("the books don't balance");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_trace *t = sw_trace_open("/dev/null", &ps_program, 0);
	const struct sw_config config = { .queue_pps = 100, .depth = 3, .user = t, .story = sw_trace_story };
	int fd = memfd_create("capture", MFD_CLOEXEC);
	char path[40], err[400];
	const char *paths[] = { path };
	struct sw *sw = sw_open_program(&ps_program, &config, err, sizeof(err));
	struct sw_capture *c;

	if (fd < 0 || !t || !sw || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!same_capture(path, err, sizeof(err)))
		bug("%s", err);
	c = sw_capture_open(paths, 1, size % 2, err, sizeof(err));
	if (c)
		run(sw, c);
	sw_capture_close(c);
	sw_close(sw);
	sw_trace_close(t, true);
	close(fd);
	return 0;
}
