/* exemplars.h - rows name packets: the first few that each row counts. The woven program knows nothing of it; the switch's stories
 * are shown to the evaluator as they end, which says what row each packet belongs to. Costs nothing unless asked for.
 */
#ifndef UI_EXEMPLARS_H
#define UI_EXEMPLARS_H

#include "ir/eval.h"
#include "switch/story.h"

struct exemplars;

/* `each`: packets a row. NULL when there is nothing to watch. Lives until exemplars_free. */
struct exemplars *exemplars_make(struct ir_graph *g, const struct ps_program *p, uint32_t each);
void exemplars_free(struct exemplars *x);
/* A packet's end. */
void exemplars_story(struct exemplars *x, const struct sw_story *s);
/* Gives the rows of a result their packets, which live until the next call. */
void exemplars_attach(struct exemplars *x, struct ir_result *r);

#endif
