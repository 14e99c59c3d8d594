/* xdp.h - an Ethernet interface as a port through AF_XDP: frames lie in memory that the kernel shares, and a small XDP program hands all
 * that arrive to us; the kernel's own stack sees none of them. Works with every driver (frames are copied where the driver
 * can't do better). Inside host only: port.h is what others use.
 *
 * Memory, rings and program are made when it is opened, and go with it. Functions that can fail return 0 or -errno.
 */
#ifndef HOST_XDP_H
#define HOST_XDP_H

#include "host/port.h"

struct host_xdp;

/* NULL: `reterr` says why. */
struct host_xdp *host_xdp_open(const char *interface, uint32_t index, char *reterr, size_t size);
void host_xdp_close(struct host_xdp *x);
int host_xdp_fd(const struct host_xdp *x);
/* As in port.h. */
uint32_t host_xdp_receive(struct host_xdp *x, struct host_frame ret[HOST_BURST]);
void host_xdp_send(struct host_xdp *x, const uint8_t *data, uint32_t len);
void host_xdp_flush(struct host_xdp *x);
void host_xdp_counts(struct host_xdp *x, struct host_counts *ret);

#endif
