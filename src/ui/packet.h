/* packet.h - a packet's story as queries see it: what the switch tells at a packet's end becomes the fields of a graph. (The
 * evaluator reads the same from a trace, src/ir/trace_line.c.)
 */
#ifndef UI_PACKET_H
#define UI_PACKET_H

#include "ir/eval.h"
#include "switch/story.h"

struct packet_view;

/* For the fields of `g`, whose schema has been made of the program that was compiled to `p`. Lives in `a`. */
struct packet_view *packet_view_make(struct arena *a, const struct ir_graph *g, const struct ps_program *p);
/* Good until the next call, and as long as the story. */
const struct ir_packet *packet_view_of(struct packet_view *v, const struct sw_story *s);

#endif
