/* soft.h - the embedded switch as a device. The caller owns the switch and feeds it; `arrived` is his to keep. */
#ifndef DEVICE_SOFT_H
#define DEVICE_SOFT_H

#include "device/device.h"
#include "switch/switch.h"

struct soft_device {
	struct sw *sw;
	uint64_t arrived; /* arrival time of the last packet that was handed in; the switch itself knows of those that came back */
};

struct device soft_device(struct soft_device *s);

/* A part of it: registers of one of its programs, found by name once, which stay the same when another program that has them
 * takes its place. For queries that live longer than the program they came with. */
struct soft_part {
	struct soft_device *of;
	const struct sw_image *image; /* where names are looked up */
	struct soft_register {
		uint8_t *cells;
		uint32_t size, cell, stride; /* cells; bytes */
	} *v;
	uint32_t n, cap;
};

struct device soft_part_device(struct soft_part *p);
void soft_part_close(struct soft_part *p);

#endif
