/* prompt.h - asking a person for lines, with editing, a history of this session, and completion where libedit is there. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "base/str.h"

struct prompt;

/* What may come next after `line` (up to the cursor): words with line ends, malloc'd; NULL: nothing. */
typedef char *prompt_offer(void *user, struct str line);

struct prompt *prompt_open(const char *text, prompt_offer *offer, void *user);
void prompt_close(struct prompt *p);
/* The next line, without its end; it is good until the next call. False: there is none. */
bool prompt_next(struct prompt *p, struct str *ret);

#endif
