/* pcapng.h - the blocks of a pcapng file, in memory, one after the other. Inside the switch only.
 *
 * Known are files of this machine's byte order with one section, Ethernet interfaces and enhanced packet blocks; what is not a packet
 * is passed over. All else is odd, and left to libpcap: sw_capture_file reads such a file with it. So nothing is said about damage here.
 */
#ifndef SWITCH_PCAPNG_H
#define SWITCH_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_PCAPNG_INTERFACES 64

/* A packet's record in a file. */
struct sw_record {
	uint64_t time_ns;
	uint32_t len, wire;
	size_t at, size; /* its bytes, from the record's start; the whole record */
};

enum sw_seen {
	SW_SEEN_PACKET,
	SW_SEEN_OTHER, /* a record to be passed over: only `size` is set */
	SW_SEEN_PART,  /* not all of it is there */
	SW_SEEN_ODD,
};

struct sw_pcapng {
	uint32_t n, snaplen;		   /* interfaces so far; of all of them */
	uint64_t unit[SW_PCAPNG_INTERFACES]; /* ns of a tick */
};

/* Whether a file that begins with these bytes can be read; `ret` is then set up, and `size` the length of the section's header. */
bool sw_pcapng_open(struct sw_pcapng *ret, const uint8_t *bytes, size_t n, size_t *size);
/* The block at these bytes. Each is to be looked at once when all of it is there. */
enum sw_seen sw_pcapng_look(struct sw_pcapng *g, const uint8_t *bytes, size_t n, struct sw_record *ret);

#endif
