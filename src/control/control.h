/* control.h - the controller: watches a woven program on a device, closes epochs when nothing of them is inside any more, reads
 * their rows, runs what the planner left over, and hands results to a sink.
 *
 * control_poll is called often (after each burst, at least once per `control_deadline`); it reads only what changed.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "device/device.h"
#include "ir/eval.h"
#include "manifest/manifest.h"

struct control;

/* `emit` gets every closed epoch of every named query. NULL after an error in `d`. malloc'd: lives with the run. */
struct control *control_open(struct arena *a, struct diags *d, const struct manifest *m, struct device dev,
			     ir_emit *emit, void *user);
void control_close(struct control *c);
/* The graph of the manifest: query names and columns. */
const struct ir_graph *control_graph(const struct control *c);
/* The switch's time before which control_poll must run again for no epoch to be reclaimed unread. */
uint64_t control_deadline(const struct control *c);
/* Drains rings, closes what can be closed. 0 or -errno of the device. */
int control_poll(struct control *c);
/* At the end: the device holds no packet any more, or the run was interrupted; closes everything below the watermark. */
int control_finish(struct control *c);

#endif
