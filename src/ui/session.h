/* session.h - what every command that runs the embedded switch holds: a compiled program, the switch, its controller, and where
 * results go. The order is session_prepare, session_open_switch, session_start; session_close ends it at any point.
 */
#ifndef UI_SESSION_H
#define UI_SESSION_H

#include "control/control.h"
#include "control/pint.h"
#include "device/soft.h"
#include "sink/sink.h"
#include "switch/shell.h"
#include "ui/exemplars.h"
#include "ui/load.h"
#include "ui/net_place.h"

struct session {
	const char *command; /* "run": begins messages */
	struct run_args args;
	struct compilation c;
	struct compile_options options;
	struct load load;
	struct soft_device soft;
	struct soft_part *part; /* not NULL: what the controller reads, instead of all of it */
	struct control *control; /* NULL without queries */
	struct net_place place; /* of the switch in its network; for queries over network() */
	struct pint_collector *collector; /* NULL without queries over network() (session_network.h) */
	struct sink *sink;
	bool notes; /* the program tells what packets meet */
	struct exemplars *exemplars; /* NULL: none are wanted */
	uint64_t start_ns; /* the packets' time at the switch's clock's 0 */
	void (*on_result)(void *user); /* before each result is handed to the sink; may be NULL */
	void *user;
};

void session_init(struct session *s, const char *command);
/* Reads entries, compiles, weaves: all before the switch. False after errors, or when c.printed. */
bool session_prepare(struct session *s);
/* Loads the program and sets its queues; false after a message. */
bool session_open_switch(struct session *s, const struct sw_config *config);
/* Entries, then the controller. False after errors. */
bool session_start(struct session *s);
/* A packet's end, for the rows' exemplars; to be called from sw_config.story when args.exemplars. */
void session_story(struct session *s, const struct sw_story *story);
/* Hands a result to the sink; `session` is one. */
void session_result(void *session, const struct ir_result *r);
/* Says what was found so far; then the sink is open. */
void session_announce(struct session *s);
/* All departures up to `t` (UINT64_MAX: all there are). Packets that come back meanwhile enter epochs of their own: the controller looks
 * before each. 0 or -errno. */
int session_advance(struct session *s, uint64_t t);
/* The same for a switch alone; `control` may be NULL. */
int session_advance_switch(struct sw *sw, struct control *control, const struct plan_program *program, uint64_t t);
/* The switch's totals, to the sink; with `shell` (else NULL) what its ports did not send has not left. */
void session_totals(struct session *s, const struct sw_shell *shell);
/* Finishes the sink; false after a message. */
bool session_finish(struct session *s);
/* Closes the controller and the switch. */
void session_close(struct session *s);
/* Frees the rest, last of all. */
void session_fini(struct session *s);
/* A message on stderr, from -errno; false. */
bool session_failed(const struct session *s, const char *what, int e);

#endif
