/* gen_flow.h - one conversation of the router's traffic: a client, a server, what they speak and
 * how far they are. */
#ifndef UI_GEN_FLOW_H
#define UI_GEN_FLOW_H

#include "base/random.h"
#include "ui/gen_packet.h"

struct gen_flow {
	bool is_v6;
	uint8_t client[16], server[16];
	enum gen_protocol protocol;
	uint16_t client_port, server_port;
	uint16_t vlan;
	uint8_t ecn;	 /* of its data packets */
	uint32_t step;	 /* packets since the conversation began */
	uint32_t seq[2]; /* of client and server */
	uint8_t dns[80]; /* the last name asked for, then the answer */
};

void gen_flow_init(struct gen_flow *f, struct random *r);
/* Its next packet. Destination MAC and IPv4 identification are the caller's. */
void gen_flow_packet(struct gen_flow *f, struct random *r, struct gen_packet *p);

#endif
