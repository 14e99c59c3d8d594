/* flow.h - the way of a packet in pieces: what flow.c does one by one and burst.c with many. Inside the switch only. */
#ifndef SWITCH_FLOW_H
#define SWITCH_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "switch/story.h"

struct sw;
struct slot;
struct reason;

/* A packet in hand (burst.c) becomes one of those inside; others are already. */
void sw_flow_enter(struct sw *sw, struct slot *s);
/* The parser is done. */
void sw_flow_parsed(const struct sw *sw, struct slot *s);
/* Ingress is done: how long the packet is now. */
void sw_flow_measure(const struct sw *sw, struct slot *s);
/* From the end of ingress to the queue, at the present time. */
void sw_flow_after_ingress(struct sw *sw, struct slot *s);
void sw_flow_start_egress(struct slot *s);
/* Clone and drop test; false: the packet is gone. */
bool sw_flow_after_egress(struct sw *sw, struct slot *s);
/* Out of the port, or back to the parser. */
void sw_flow_after_deparser(struct sw *sw, struct slot *s);
/* All that happens up to `until`. A packet that comes back is an arrival: the departures of that moment go first. */
void sw_flow_run(struct sw *sw, uint64_t until);
/* Before closing: tells the stories of the packets that are still inside. */
void sw_flow_finish(struct sw *sw);
/* flow_story.c: tells the packet's story, when there is somebody to tell it to. has_out: egress has seen it. */
void sw_flow_tell(struct sw *sw, const struct slot *s, enum sw_fate fate, const struct reason *reason, bool has_out);

#endif
