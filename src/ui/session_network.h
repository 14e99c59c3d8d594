/* session_network.h - queries over network() in a session of one switch. Without a topology all its ports are edges, so that it is the first and the last on
 * each path. */
#ifndef UI_SESSION_NETWORK_H
#define UI_SESSION_NETWORK_H

#include "ui/session.h"

/* Tells the switch who it is (number 1 where nothing is known), and opens s->collector. Does nothing without such queries. False after errors. */
bool session_network_start(struct session *s);
/* Takes a result of the controller if it holds reports. */
bool session_network_result(struct session *s, const struct ir_result *r);
/* What the controller has told all reports of is told. */
void session_network_advance(struct session *s);
/* Behind the controller's end: whatever is open is told. */
void session_network_finish(struct session *s);

#endif
