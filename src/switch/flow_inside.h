/* flow_inside.h - what the files of a packet's way share: flow.c (one packet after another) and flow_copy.c (what is
 * made of one). */
#ifndef SWITCH_FLOW_INSIDE_H
#define SWITCH_FLOW_INSIDE_H

#include <string.h>

#include "switch/flow.h"
#include "switch/internal.h"

#define US 1000u
#define MASK_48 0xffffffffffffu

/* A packet's story ends here, if there is somebody to tell it to. */
static inline void
sw_flow_told(struct sw *sw, const struct slot *s, enum sw_fate fate, const struct reason *reason, bool has_out)
{
	if (sw->config.story)
		sw_flow_tell(sw, s, fate, reason, has_out);
}

static inline void
sw_flow_snap(const struct sw *sw, void *to, const void *from)
{
	if (sw->pool.traced)
		memcpy(to, from, sw->program->phv_size);
}

static inline void
sw_flow_clear_why(struct ps_packet *p, uint8_t control)
{
	p->why.control = control;
	p->why.marked = false;
}

/* flow.c */

/* Bytes of the headers that are valid now. */
uint32_t sw_flow_header_bytes(const struct sw *sw, const void *phv);
/* The fields of a clone's, or another pass's, field list. */
void sw_flow_copy_list(const struct sw *sw, uint32_t list, const void *from, void *to);
/* Everything about a pass that starts at the parser, except the bytes. */
void sw_flow_start_pass(struct sw *sw, struct slot *s, enum ps_instance instance);
void sw_flow_parse(struct sw *sw, struct slot *s);
/* The packet is gone. */
void sw_flow_drop(struct sw *sw, struct slot *s, enum sw_special special, bool egress);
/* Towards the queue of `port`, at the present time. */
void sw_flow_send(struct sw *sw, struct slot *s, uint16_t port);

/* flow_copy.c */

/* The packet as it came to ingress, parsed again, if it asked for that. */
void sw_flow_clone_at_ingress(struct sw *sw, struct slot *s);
/* The headers as egress left them, not parsed, if it asked for that. */
void sw_flow_clone_at_egress(struct sw *sw, struct slot *s);
/* To all of its group; without any, it is dropped. */
void sw_flow_multicast(struct sw *sw, struct slot *s);

#endif
