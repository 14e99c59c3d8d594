/* gen_packet.h - one synthetic packet: from its fields to the bytes of a frame. */
#ifndef UI_GEN_PACKET_H
#define UI_GEN_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEN_FRAME_MAX 1600

enum gen_protocol { GEN_ICMP = 1, GEN_TCP = 6, GEN_UDP = 17 }; /* GEN_ICMP is ICMPv6 in IPv6 */

enum gen_tcp_flags { GEN_FIN = 1, GEN_SYN = 2, GEN_PSH = 8, GEN_ACK = 16 };

struct gen_packet {
	uint8_t dst_mac[6], src_mac[6];
	uint16_t vlan; /* 0: no tag */
	bool is_v6;
	uint8_t src[16], dst[16]; /* IPv4 uses the first four bytes */
	enum gen_protocol protocol;
	uint8_t tos, ttl;
	uint16_t id; /* IPv4 identification */
	uint16_t src_port, dst_port;
	uint32_t seq, ack;   /* TCP */
	uint8_t flags;	     /* TCP */
	bool is_reply;	     /* ICMP echo */
	uint16_t echo, turn; /* ICMP identifier and sequence number */
	uint32_t payload;    /* bytes after the TCP, UDP or ICMP header */
	const uint8_t *data; /* NULL: a pattern */
};

/* Writes the frame, padded to Ethernet's 60 bytes, and returns its length. */
size_t gen_packet_build(const struct gen_packet *p, uint8_t frame[GEN_FRAME_MAX]);

#endif
