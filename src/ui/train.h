/* train.h - what a training capture says about queries: tuples after each operator, and keys. The capture goes through the user's
 * program as it is, in a switch of its own, and the evaluator counts. */
#ifndef UI_TRAIN_H
#define UI_TRAIN_H

#include "plan/load.h"
#include "ui/compile.h"

#define TRAIN_PACKETS 200000 /* of a longer capture the first ones are looked at */

/* Gets every tuple that wants a row of its query's table, in the order of arrival; the key is a hash, never 0. */
struct train_watch {
	void (*key)(struct train_watch *w, uint32_t query, uint64_t epoch, uint64_t key);
};

/* o->fit.train: [PORT@]CAPTURE, or a trace (.jsonl) of an earlier run. `watch` may be NULL. False after a message. */
bool train(struct compilation *c, const struct compile_options *o, struct train_watch *watch, struct plan_load *ret);

#endif
