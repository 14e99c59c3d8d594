/* ports.h - captures at the switch's ports: what goes in, merged by time, and what comes out. */
#ifndef UI_PORTS_H
#define UI_PORTS_H

#include "switch/pcap.h"
#include "ui/run_options.h"

struct ports {
	struct sw_capture *in;
	const struct run_files *in_files;
	struct sw_writer *writers[SW_PORTS]; /* by port; NULL: nobody listens */
	const char *paths[SW_PORTS];
	uint64_t start_ns; /* the capture's time at the clock's 0 */
};

/* Opens all captures; false after a message, with nothing open. */
bool ports_open(struct ports *p, struct arena *a, const struct run_files *in, const struct run_files *out);
/* Damage of the inputs, on stderr; true when there was any. */
bool ports_damage(const struct ports *p);
/* Names the outputs when `keep`, else removes them. False after a message. */
bool ports_close(struct ports *p, bool keep);
/* sw_config.tx */
void ports_tx(void *ports, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len);

#endif
