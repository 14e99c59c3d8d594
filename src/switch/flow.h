/* flow.h - packets on their way through the switch (flow.c). Inside the switch only. */
#ifndef SWITCH_FLOW_H
#define SWITCH_FLOW_H

struct sw;

/* Before closing: tells the stories of the packets that are still inside. */
void sw_flow_finish(struct sw *sw);

#endif
