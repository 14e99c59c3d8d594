/* driver.h - the ways in which frames come and go: raw sockets (raw.c), AF_XDP (xdp.c), DPDK's drivers (a module of its own: dpdk.c loads it,
 * dpdk_module.c is it). Inside host only: port.h is what others use, and says what the functions do.
 *
 * What `open` returns belongs to the driver until `close`.
 */
#ifndef HOST_DRIVER_H
#define HOST_DRIVER_H

#include "host/port.h"

struct host_driver {
	/* NULL: `reterr` says why. */
	void *(*open)(const char *interface, char *reterr, size_t size);
	/* The same once more, for another thread; without it the driver is for one. */
	void *(*share)(void *self, const char *interface, char *reterr, size_t size);
	void (*close)(void *self);
	int (*fd)(const void *self);
	uint32_t (*receive)(void *self, struct host_frame ret[HOST_BURST]);
	void (*send)(void *self, const uint8_t *data, uint32_t len);
	void (*flush)(void *self);
	void (*counts)(void *self, struct host_counts *ret);
};

extern const struct host_driver host_raw, host_xdp;

/* NULL: `reterr` says why. Stays loaded as long as the process lives. */
const struct host_driver *host_dpdk(char *reterr, size_t size);
/* What the module has instead: its name is HOST_DPDK_DRIVER's text. */
#define HOST_DPDK_MODULE "packetscope-dpdk.so"
#define HOST_DPDK_DRIVER "host_dpdk_driver"
extern const struct host_driver host_dpdk_driver;

#endif
