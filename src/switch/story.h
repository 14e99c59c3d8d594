/* story.h - what happened to one packet in one pass, told when its fate is known. docs/trace.md is the same as text.
 * Pointers are good during the call only. PHVs are the program's (ps_program.fields tells what is where). */
#ifndef SWITCH_STORY_H
#define SWITCH_STORY_H

#include "base/str.h"
#include "packetscope/program.h"

enum sw_fate {
	SW_FORWARDED, SW_DROPPED_INGRESS, SW_DROPPED_EGRESS, SW_LOST, SW_QUEUED,
	SW_REPLICATED, SW_RESUBMITTED, SW_RECIRCULATED,
};

#define SW_NO_PARENT UINT64_MAX
#define SW_INTENT_DROP (-1)
#define SW_INTENT_MULTICAST (-2)

/* Times: nanoseconds of the switch's clock in whole microseconds. */
struct sw_story {
	uint64_t id, parent; /* SW_NO_PARENT */
	enum ps_instance instance;
	uint64_t time_in;
	uint32_t port_in, len_in;
	const void *in, *mid, *out; /* PHVs; out: NULL when egress was not reached */
	int32_t intent;		    /* a port, SW_INTENT_DROP, SW_INTENT_MULTICAST */
	uint32_t copies;
	bool was_sent;	  /* towards a queue: the next fields count */
	uint32_t port, priority;
	uint64_t enq_time;
	uint32_t enq_len;
	bool has_left; /* the queue */
	uint64_t deq_time;
	uint32_t deq_len;
	enum ps_instance instance_out; /* with `out` */
	int32_t port_out;	       /* with `out`; -1: dropped */
	bool has_len_out;
	uint32_t len_out;
	enum sw_fate fate;
	struct str drop_reason; /* empty: not dropped */
	struct str drop_class;	/* in the discard model (base/discard.h); empty: neither dropped nor lost */
};

/* Something that a packet met. `entry` and `phv` are good during the call only. */
struct sw_note {
	uint64_t id; /* of the pass, as in its story */
	enum ps_note kind;
	uint32_t index; /* of the table, the action, the control */
	const char *name; /* of a parser state */
	const struct ps_entry *entry; /* that was found, or the default one */
	const void *phv; /* headers and metadata at the moment */
};

const char *sw_fate_name(enum sw_fate fate);
const char *sw_instance_name(enum ps_instance instance);

#endif
