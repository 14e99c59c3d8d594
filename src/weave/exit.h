/* exit.h - taking apart what may stop: `exit` anywhere and `return` in a control's own body become a
 * flag and what looks at it. Internal to the three files exit*.c; nodes belong to the weaver's arena. */
#ifndef WEAVE_EXIT_H
#define WEAVE_EXIT_H

#include "weave/mark.h"

/* How what follows is kept from running: under `if (!stop)`, or behind a `return`. */
enum exit_mode { EXIT_GUARD, EXIT_RETURN };

/* What a statement was taken apart into, in order. */
struct exit_piece {
	struct p4_node *n;
	bool stops; /* may set the flag: what follows must look */
};
struct exit_pieces {
	VEC(struct exit_piece) list;
};

struct exits {
	struct weaver *w;
	enum exit_mode mode;
};

static inline bool
exits_in(struct exits *x, struct p4_node *n)
{
	return effects_in(x->w, n) & EFFECT_EXIT;
}

static inline void
exits_put(struct exits *x, struct exit_pieces *out, struct p4_node *n, bool stops)
{
	vec_push(x->w->a, &out->list, (struct exit_piece){ n, stops });
}

/* May `n` exit or, under guards, return? NULL may not. */
bool exits_may_stop(struct exits *x, struct p4_node *n);
/* Takes calls that may exit out of an expression: their values are computed by `out`, before. */
void exits_hoist(struct exits *x, struct exit_pieces *out, struct p4_node **at);
void exits_hoist_operands(struct exits *x, struct exit_pieces *out, struct p4_node *n); /* of `n` only */
/* t.apply().hit, !t.apply().hit: nothing else happens in it. */
bool exits_is_plain_call(const struct p4_node *n);
void exits_rewrite(struct exits *x, struct exit_pieces *out, struct p4_node *n, bool tail, bool loop);
/* `tail`: nothing follows the list in its body; `loop`: it lies in a loop. */
void exits_rewrite_list(struct exits *x, struct p4_list *list, bool tail, bool loop);

#endif
