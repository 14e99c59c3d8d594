/* port.h - an Ethernet interface of Linux as a port: frames in and out, in bursts, through a raw socket (AF_PACKET), or, when its
 * name is given as `xdp:NAME`, through AF_XDP, or as `dpdk:DEVICE`, through a driver of DPDK. For these two the next paragraph does not hold.
 *
 * Frames look as they would on a wire: VLAN tags that the kernel took out are put back, checksums that it left to
 * hardware are filled in, and TCP segments that it merged are cut apart again. The kernel goes on using the interface as before:
 * its own stack sees the frames too, so give ports no addresses.
 *
 * All memory is reserved when an interface is opened. Functions that can fail return 0 or -errno.
 */
#ifndef HOST_PORT_H
#define HOST_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_BURST 32

struct host_port;

struct host_frame {
	const uint8_t *data;
	uint32_t len;
};

/* Frames that never came to the caller, and frames that did not leave. */
struct host_counts {
	uint64_t received, sent, bytes_in, bytes_out;
	uint64_t missed;   /* arrived while the socket's buffer was full */
	uint64_t unusable; /* arrived longer than a packet may be, or merged in a way that can't be undone */
	uint64_t busy;	   /* the interface could take no more */
	uint64_t too_long; /* for the interface */
	uint64_t failed;   /* the interface is down or gone, or the frame is too short for Ethernet */
};

enum host_state { HOST_ABSENT, HOST_DOWN, HOST_UP };
enum host_state host_state(const char *interface);
/* The name of the interface without `xdp:`; what DPDK has keeps its `dpdk:`. */
const char *host_interface(const char *text);
/* NULL: `reterr` says why. Promiscuous while open (a device of DPDK's where it can). An interface that AF_XDP can't have is opened with a raw socket, and `reterr` says so;
 * else it is empty. */
struct host_port *host_open(const char *interface, char *reterr, size_t size);
/* The same interface once more, for another thread: frames that arrive are spread over all that share it, by flow. Only raw sockets
 * can. NULL: `reterr` says why. */
struct host_port *host_share(struct host_port *p, char *reterr, size_t size);
void host_close(struct host_port *p);
const char *host_name(const struct host_port *p);
/* Readable when frames have arrived; -1: nobody tells, one has to look. */
int host_fd(const struct host_port *p);
/* The frames that have arrived, at most HOST_BURST; they are good until the next call. 0: none. */
uint32_t host_receive(struct host_port *p, struct host_frame ret[HOST_BURST]);
/* Copies the frame; it leaves at the latest with host_flush. */
void host_send(struct host_port *p, const uint8_t *data, uint32_t len);
void host_flush(struct host_port *p);
void host_counts(struct host_port *p, struct host_counts *ret);

#endif
