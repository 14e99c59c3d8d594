/* live_threads.h - a live switch on several threads, for programs whose packets share no state (switch/worker.h). Each has sockets of its own at
 * all ports, and the kernel spreads the frames that arrive over them, by flow. Commands are carried out by the thread that
 * began, while the others stand still between two bursts: a packet meets all of a change or nothing of it, on every thread.
 */
#ifndef UI_LIVE_THREADS_H
#define UI_LIVE_THREADS_H

#include "host/port.h"
#include "switch/switch.h"

struct live;
struct live_threads;

/* NULL after a message. The first thread's ports are the live's. */
struct live_threads *live_threads_start(struct live *l, uint32_t n);
/* All stand still; what they counted is in the switch. */
void live_threads_hold(struct live_threads *t);
void live_threads_go_on(struct live_threads *t);
/* Ends them; what they counted is in the switch. */
void live_threads_stop(struct live_threads *t);
/* For the ports that stay open to be asked what they counted. */
void live_threads_free(struct live_threads *t);
/* Adds what the sockets of a port counted that are not the live's own. Only while all stand still, or have ended. */
void live_threads_counts(const struct live_threads *t, uint32_t port, struct host_counts *ret, uint64_t *retnowhere);

#endif
