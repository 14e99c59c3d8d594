/* churn.h - entries that come and go between bursts, and how long each change took: for measuring, and for long runs. */
#ifndef UI_CHURN_H
#define UI_CHURN_H

#include "ui/session.h"

struct churn {
	struct session *s;
	struct load entries;  /* table_add commands, in turns */
	struct sw_hidden *hidden;
	int64_t *handles;     /* of those that are in, -1: not in */
	uint32_t next;
	uint64_t changes;
	uint64_t sum, longest; /* ns of CPU time */
	uint64_t slow; /* changes of more than a millisecond */
};

/* Reads a file of table_add commands. False after a message. */
bool churn_open(struct churn *c, struct session *s, const char *path);
/* Adds the next entry, or takes it away when it is in. False after a message. */
bool churn_step(struct churn *c);

#endif
