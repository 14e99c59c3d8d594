/* live_story.h - stories of packets of a running switch, asked for over its control socket: `story` says which packets are
 * wanted, `stories` takes those told so far. The client's side is story_cmd.c.
 */
#ifndef UI_LIVE_STORY_H
#define UI_LIVE_STORY_H

#include "ui/session.h"

struct live_story;

/* With a session that has been started, and whose program has notes. */
struct live_story *live_story_make(const struct session *s);
void live_story_free(struct live_story *l);
void live_story_note(struct live_story *l, const struct sw_note *note);
void live_story_end(struct live_story *l, const struct sw_story *story);
/* `story [json] COUNT EXPR`: tells the next COUNT packets for which EXPR holds, instead of what was wanted before. */
bool live_story_want(struct live_story *l, struct str rest, FILE *out);
/* `stories`: a line with the number told so far, then the text of those that were not taken yet. */
bool live_story_take(struct live_story *l, FILE *out);

#endif
