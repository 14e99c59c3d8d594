/* story_cmd.h - `packetscope story`: one packet's whole life, out of captures. */
#ifndef UI_STORY_CMD_H
#define UI_STORY_CMD_H

#include "ir/graph.h"

int ui_story(int argc, const char **argv);

/* A query that takes the packets for which `where` holds, an expression of the query language: of egress when it reads what is known
 * there, else of ingress. NULL after errors in `d`. */
struct ir_graph *story_graph(struct arena *a, struct diags *d, const struct ir_schema *schema, struct str where);

#endif
