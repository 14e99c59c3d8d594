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

#endif
