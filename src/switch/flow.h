/* flow.h - the way of a packet in pieces: what flow.c does one by one and burst.c with many. Inside the switch only. */
#ifndef SWITCH_FLOW_H
#define SWITCH_FLOW_H

#include <stdbool.h>
#include <stdint.h>

struct sw;
struct slot;

/* A packet that arrives, parsed. */
struct slot *sw_flow_take_in(struct sw *sw, uint64_t now, uint32_t port, const uint8_t *data, uint32_t len);
/* From the end of ingress to the queue, at the present time. */
void sw_flow_after_ingress(struct sw *sw, struct slot *s);
/* The same for a packet that goes to one port through an empty queue, and to its other end: egress comes next. Else false, and
 * nothing happened. Not for tracing. */
bool sw_flow_pass(struct sw *sw, struct slot *s);
void sw_flow_start_egress(struct slot *s);
/* Clone and drop test; false: the packet is gone. */
bool sw_flow_after_egress(struct sw *sw, struct slot *s);
/* Out of the port, or back to the parser. */
void sw_flow_after_deparser(struct sw *sw, struct slot *s);
/* All that happens up to `until`. A packet that comes back is an arrival: the departures of that moment go first. */
void sw_flow_run(struct sw *sw, uint64_t until);
/* Before closing: tells the stories of the packets that are still inside. */
void sw_flow_finish(struct sw *sw);

#endif
