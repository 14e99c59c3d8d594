/* segment.h - cutting what segmentation offload merged. */
#ifndef HOST_SEGMENT_H
#define HOST_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* One's complement sum of the bytes, folded to 16 bits; `sum` is what came before (an even number of bytes). */
uint16_t host_sum(uint32_t sum, const uint8_t *p, uint32_t len);

/* A TCP segment over IPv4 or IPv6, larger than what its sender meant to be on the wire. */
struct host_merged {
	const uint8_t *data; /* Ethernet, perhaps VLAN tags, IP, TCP */
	uint32_t len;
	uint32_t ip, tcp, payload; /* offsets */
	uint32_t size;		   /* payload bytes of each segment */
	uint32_t at;		   /* of the next segment, from `payload` */
	uint32_t number;
};

/* False: not TCP, or damaged. */
bool host_merged_open(struct host_merged *m, const uint8_t *data, uint32_t len, uint32_t size);
/* Writes the next segment (checksums right) to `to`, which has room for m->payload + m->size bytes; its length, 0: no more. */
uint32_t host_merged_next(struct host_merged *m, uint8_t *to);

#endif
