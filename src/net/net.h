/* net.h - an Ethernet interface of Linux as a port: frames in and out, in bursts, through a raw socket (AF_PACKET).
 *
 * Frames look as they would on a wire: VLAN tags that the kernel took out are put back, checksums that it left to
 * hardware are filled in, and TCP segments that it merged are cut apart again. The kernel goes on using the interface as before:
 * its own stack sees the frames too, so give ports no addresses.
 *
 * All memory is reserved when an interface is opened. Functions that can fail return 0 or -errno.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_BURST 32

struct net_port;

struct net_frame {
	const uint8_t *data;
	uint32_t len;
};

/* Frames that never came to the caller, and frames that did not leave. */
struct net_counts {
	uint64_t received, sent, bytes_in, bytes_out;
	uint64_t missed;   /* arrived while the socket's buffer was full */
	uint64_t unusable; /* arrived longer than a packet may be, or merged in a way that can't be undone */
	uint64_t busy;	   /* the interface could take no more */
	uint64_t too_long; /* for the interface */
	uint64_t failed;   /* the interface is down or gone, or the frame is too short for Ethernet */
};

enum net_state { NET_ABSENT, NET_DOWN, NET_UP };
enum net_state net_state(const char *interface);
/* NULL: `reterr` says why. Promiscuous while open. */
struct net_port *net_open(const char *interface, char *reterr, size_t size);
void net_close(struct net_port *p);
const char *net_name(const struct net_port *p);
/* Readable when frames have arrived. */
int net_fd(const struct net_port *p);
/* The frames that have arrived, at most NET_BURST; they are good until the next call. 0: none. */
uint32_t net_receive(struct net_port *p, struct net_frame ret[NET_BURST]);
/* Copies the frame; it leaves at the latest with net_flush. */
void net_send(struct net_port *p, const uint8_t *data, uint32_t len);
void net_flush(struct net_port *p);
void net_counts(struct net_port *p, struct net_counts *ret);

#endif
