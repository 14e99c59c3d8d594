/* worker.h - further switches that share one's tables, groups and sessions, a thread each, for programs whose packets share nothing
 * (ps_program.shared). Nothing that is shared may change while workers run. Queues must have no rate: then what leaves for a packet
 * leaves with it, and the outputs of packets that workers took in turns, put back in the packets' order, are those of one switch.
 */
#ifndef SWITCH_WORKER_H
#define SWITCH_WORKER_H

#include "switch/switch.h"

/* What keeps the switch from having workers, as a few words that live as long as it; NULL: nothing. */
const char *sw_workers_hindrance(const struct sw *sw);
/* What leaves it goes to `tx`; the switch's other callbacks aren't called. */
struct sw *sw_worker_open(struct sw *sw, void *user,
	void (*tx)(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len));
/* The packets that come next are the `number`th piece of the input: puts the reasons of drops in order. */
void sw_worker_piece(struct sw *worker, uint64_t number);
/* Adds what the workers counted since to the switch's counts. None of them is at work. */
void sw_workers_gather(struct sw *sw, struct sw **workers, uint32_t n);
/* The same, and closes them. */
void sw_workers_close(struct sw *sw, struct sw **workers, uint32_t n);

#endif
