/* control.h - the controller: watches a woven program on a device, closes epochs when nothing of them is inside any more, reads
 * their rows, runs what the planner left over, and hands results to a sink.
 *
 * The caller runs the device and calls control_advance before each arrival (or burst) with its time; departures up to then
 * have happened. That drains rings, and closes epochs whenever the time enters a new epoch of any query.
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
/* The same for some queries of the manifest alone, by name, with the other sides of their joins. */
struct control *control_open_some(struct arena *a, struct diags *d, const struct manifest *m, struct device dev, ir_emit *emit,
				  void *user, const struct str *names, uint32_t n);
void control_close(struct control *c);
/* A query is no longer asked: what of it is open is not told any more. */
void control_forget(struct control *c, struct str name);
/* The graph of the manifest: query names and columns. */
struct ir_graph *control_graph(const struct control *c);
/* The switch's time from which on control_advance will look at epochs: packets before it may be handed in without calling it, as
 * long as rings can't overflow. */
uint64_t control_deadline(const struct control *c);
/* When nothing arrived in these gaps, which ascend: the watermark at which something is to be read next; UINT64_MAX: never, for all that is known. */
uint64_t control_due(const struct control *c, const struct device_gap *gaps, uint32_t n);
/* Epochs that lie in these gaps and end by `until` are not read. */
void control_skip(struct control *c, const struct device_gap *gaps, uint32_t n, uint64_t until);
/* For a device that has been running: looks at epochs that begin at `from` or later only. 0 or -errno of the device. */
int control_begin(struct control *c, uint64_t from);
/* The device started anew and forgot everything: what is open, up to the epoch of `now`, is reported as incomplete. */
void control_abandon(struct control *c, uint64_t now);
/* All that the query can tell of packets that arrived before then has been told. */
uint64_t control_closed(const struct control *c, struct str query);
/* Packets that left only after the rows of their epoch had been read (they were counted as lost): more than the device's watermark promised.
 * Counted for devices that run by themselves only. */
uint64_t control_strays(const struct control *c);
/* Packets of time `now` are about to be processed. 0 or -errno of the device. */
int control_advance(struct control *c, uint64_t now);
/* Drains rings and closes what can be closed, now. */
int control_poll(struct control *c);
/* At the end: closes everything when the device holds no packet any more, else (interrupted runs) what lies below the watermark. */
int control_finish(struct control *c);

#endif
