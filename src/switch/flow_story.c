/* What the switch knows of a packet at its end, for whoever asked (story.h). */
#include "switch/flow.h"

#include "switch/internal.h"

#define US 1000u

static uint64_t
whole_us(uint64_t ns)
{
	return ns - ns % US;
}

static void
tell_out(const struct slot *s, struct sw_story *story)
{
	story->instance_out = (enum ps_instance)s->pkt.std.instance_type;
	story->port_out = story->fate == SW_DROPPED_EGRESS ? -1 : s->out_port;
	/* The mark's copy is the headers at the mark, or, without a mark, those before deparsing (sw_flow_after_egress). */
	story->out = s->pkt.mark_phv;
	story->has_len_out = story->fate == SW_FORWARDED || story->fate == SW_RECIRCULATED;
	story->len_out = s->pkt.len;
}

void
sw_flow_tell(struct sw *sw, const struct slot *s, enum sw_fate fate, const struct reason *reason, bool has_out)
{
	struct sw_story story = {
		.id = s->id, .parent = s->parent, .instance = (enum ps_instance)s->instance,
		.time_in = whole_us(s->arrival), .port_in = s->in_port, .len_in = s->len_in,
		.in = s->snap_in, .mid = s->snap_mid, .intent = s->intent, .copies = s->copies,
		.was_sent = s->was_sent, .port = s->out_port, .priority = s->priority,
		.enq_time = whole_us(s->enq), .enq_len = s->enq_len, .has_left = s->has_left && has_out,
		.deq_time = whole_us(s->deq), .deq_len = s->deq_len, .fate = fate,
		.drop_reason = reason ? reason->text : STR_NONE,
		.drop_class = reason ? reason->class : STR_NONE,
	};

	if (fate == SW_LOST)
		story.drop_class = discard_tail_drop(s->priority);

	if (has_out)
		tell_out(s, &story);
	sw->config.story(sw->config.user, &story);
}
