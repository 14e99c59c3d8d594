/* story.h - one packet's whole life, as text or JSON: what the program notes on its way (parser states, tables and the entry that
 * was found, actions, what each changed), then what the switch knows at its end (queue, times, fate and why).
 *
 * Notes are collected for the packets that are inside; at a packet's end its story is kept when somebody wants it. Passes that come
 * from a wanted packet (replicas, clones, packets that come back) are wanted as well.
 */
#ifndef UI_STORY_H
#define UI_STORY_H

#include "ir/graph.h"
#include "p4/types.h"
#include "switch/story.h"

struct stories;

/* `graph`: has one query, a stream of the packets that are wanted; NULL: `packet` is the one. `most`: passes to be told.
 * `schema`: of the program; `metadata`: the user's, as a woven program's holds more; `start_ns`: the packets' time at the clock's 0.
 * Lives until stories_free. */
struct stories_options {
	struct ir_graph *graph;
	const struct ir_schema *schema;
	const struct p4_type *metadata;
	uint64_t packet, most, start_ns;
	bool json;
	FILE *out;
};
struct stories *stories_make(const struct ps_program *p, const struct stories_options *o);
void stories_free(struct stories *s);
/* For sw_config.note and sw_config.story. */
void stories_note(struct stories *s, const struct sw_note *note);
void stories_end(struct stories *s, const struct sw_story *story);
/* How many have been told. */
uint64_t stories_told(const struct stories *s);

#endif
