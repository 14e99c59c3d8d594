/* switch.h - the embedded switch: loads a compiled program and runs packets through it on a virtual clock.
 *
 * The caller owns time. It hands packets in with their arrival times, in ascending order, and says how far the clock may go;
 * the switch works off departures up to there and hands packets out through `tx`. The clock counts nanoseconds from 0; the program
 * sees microseconds. The same packets, entries and configuration give the same results to the byte.
 *
 * One pass of a packet is BMv2's: parser, ingress control, then clone, digest, resubmission, multicast, drop or unicast;
 * the queue; egress control, clone, drop test, deparser; then out of the port or back to the parser. What BMv2
 * resets and this switch keeps: the ingress port and the ingress timestamp of clones and of resubmitted packets; a
 * recirculated packet keeps its port and gets the time it came back.
 *
 * Queues: per port and priority (0-7, higher goes first), first in, first out. `depth` bounds the packets (or
 * bytes) that wait; a packet whose departure time has come waits no longer. A queue's rate is packets per second (a packet leaves at the
 * earliest 1/rate after its predecessor), a port's is bits per second (it is busy while it sends). 0 is unlimited.
 * Events of the same time: departures before arrivals, then by port, then by priority.
 *
 * Memory is reserved when the switch is opened or configured, by the depths of the queues; nothing is allocated per packet.
 * Functions that can fail return 0 or -errno. A switch is used by one thread at a time.
 */
#ifndef SWITCH_SWITCH_H
#define SWITCH_SWITCH_H

#include "base/discard.h"
#include "packetscope/program.h"

#define SW_PORTS 512
#define SW_PRIORITIES 8
#define SW_DEPTH 64
#define SW_PASSES 64
#define SW_ALL UINT32_MAX /* every port, every priority */
#define SW_SESSIONS 32768

struct sw;
struct sw_story;
struct sw_note;

struct sw_config {
	uint64_t depth;	      /* of each queue; 0: SW_DEPTH packets, or 64 KiB */
	bool depth_is_bytes;
	uint64_t queue_pps;   /* of each queue; 0: unlimited */
	uint64_t port_bps;    /* of each port; 0: unlimited */
	uint64_t seed;	      /* of random() */
	const struct discards *discards; /* classes of the program's drops (base/discard.h); NULL: none are known */
	uint32_t spare_phv;   /* bytes that a packet's record may grow by when another program takes the place of this one */
	uint32_t passes;      /* resubmissions, recirculations and clonings in a row; 0: SW_PASSES */
	void *user;	      /* first argument of the callbacks; each may be NULL */
	void (*tx)(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len);
	void (*story)(void *user, const struct sw_story *story); /* not NULL: tracing is on (story.h) */
	void (*note)(void *user, const struct sw_note *note); /* story.h; of programs that were compiled with notes */
	void (*log)(void *user, uint64_t time_ns, const char *text);
	void (*assertion)(void *user, uint64_t time_ns, uint32_t line, bool assumption);
	void (*digest)(void *user, uint64_t time_ns, uint32_t receiver, const void *data, uint32_t size);
};

/* Packets, as they were counted: received + copies = forwarded + dropped_ingress + dropped_egress + lost_queue + queued. */
struct sw_counts {
	uint64_t received;
	uint64_t copies; /* packets that clones and multicast made in addition */
	uint64_t forwarded, dropped_ingress, dropped_egress, lost_queue;
	uint64_t queued;    /* inside at the moment */
	uint64_t oversized; /* longer than PS_MAX_PACKET: not received */
	uint64_t refused;   /* copies that were not made: SW_COPIES_MAX of one moment were reached */
	uint64_t resubmitted, recirculated;
	uint64_t bytes_in, bytes_out;
	uint64_t failed_assertions;
};
/* Copies that one arrival or departure may cause, so that a program which clones its clones comes to an end. */
#define SW_COPIES_MAX 65536

struct sw_port_counts {
	uint64_t received, forwarded, bytes_in, bytes_out;
};
struct sw_queue_counts {
	uint64_t enqueued, lost, waiting, waiting_bytes;
};
/* Packets that did not leave, and why. */
struct sw_drop {
	const char *where; /* "ingress", "egress": the control that dropped them; "queue": the queue was full; "port": no interface took it */
	struct str reason; /* as docs/semantics.md words it; of a queue "port 2 priority 0: full" */
	struct str class;  /* in the discard model (base/discard.h) */
	uint64_t packets;
};
typedef void sw_drop_fn(void *user, const struct sw_drop *d);

/* Loads a shared object that exports PS_PROGRAM_SYMBOL. NULL: `reterr` says why. */
struct sw *sw_open(const char *so_path, const struct sw_config *c, char *reterr, size_t size);
/* The same for a program that is linked in. */
struct sw *sw_open_program(const struct ps_program *p, const struct sw_config *c, char *reterr, size_t size);
/* Packets that are still inside are told to `story` as queued. */
void sw_close(struct sw *sw);
const struct ps_program *sw_program(const struct sw *sw);

/* --- another program in its place ---
 *
 * A program made of the same user's program, with other things woven in, may take the place of the one that runs, between two packets.
 * Tables, counters, meters, action profiles, groups, sessions and queues stay as they are, and so do registers that both have.
 * Packets inside leave under the program that they came under, so both touch the same registers for a while. */
struct sw_image;
/* Loads the program and makes what is new of it. May be done by another thread, as long as no swap happens meanwhile. NULL: `reterr` says why. */
struct sw_image *sw_image_open(const struct sw *sw, const char *so_path, char *reterr, size_t size);
/* For one that was not swapped in, or a list of those that have been taken out. May be done by another thread. */
void sw_image_close(struct sw_image *m);
/* That of packets that arrive now. */
const struct sw_image *sw_image(const struct sw *sw);
/* The cells of a register by its name, as sw_register_index has it; they stay where they are in all programs that have it in turn. */
int sw_image_register(const struct sw_image *m, struct str name, void **ret_cells, const struct ps_register_info **ret_info);
/* From the next packet on. */
void sw_swap(struct sw *sw, struct sw_image *m);
/* The programs of before under which no packet is inside any more, for sw_image_close. NULL: none. */
struct sw_image *sw_take_drained(struct sw *sw);

/* A packet arrives. A time before the clock is taken as the clock's. */
void sw_receive(struct sw *sw, uint64_t now_ns, uint32_t port, const uint8_t *data, uint32_t len);
/* The same, with a number that comes out of the switch again with the packet and everything that is made of it. */
void sw_receive_tagged(struct sw *sw, uint64_t now_ns, uint32_t port, const uint8_t *data, uint32_t len, uint64_t tag);
/* During `tx`: the number of the packet that leaves, if it came with one. */
uint64_t sw_tag(const struct sw *sw);
struct sw_arrival {
	uint64_t time_ns;
	const uint8_t *data;
	uint32_t len, port;
};
/* Many packets; the same results as one by one as long as ingress and egress share no state and no packet is cloned or comes
 * back (such a packet meets registers as the others of its burst left them). Faster where no queue has a rate. */
void sw_receive_burst(struct sw *sw, const struct sw_arrival *packets, uint32_t n);
/* All departures up to and including `until_ns`; the clock is then there. */
void sw_advance(struct sw *sw, uint64_t until_ns);
/* All departures; the clock stops at the last. */
void sw_drain(struct sw *sw);
uint64_t sw_now(const struct sw *sw);
/* When a packet last came back to the parser, with a new time of arrival: 0, never. */
uint64_t sw_returned(const struct sw *sw);
/* No packet that arrived earlier is inside any more. */
uint64_t sw_watermark(const struct sw *sw);
/* UINT64_MAX: nothing waits. */
uint64_t sw_next_departure(const struct sw *sw);

void sw_counts(const struct sw *sw, struct sw_counts *ret);
void sw_port_counts(const struct sw *sw, uint32_t port, struct sw_port_counts *ret);
void sw_queue_counts(const struct sw *sw, uint32_t port, uint32_t priority, struct sw_queue_counts *ret);
/* Drops by reason in the order in which the reasons first occurred; their texts live as long as the switch. */
uint32_t sw_drops(const struct sw *sw);
struct sw_drop sw_drop_at(const struct sw *sw, uint32_t i);
/* All of these, and then losses by queue, whose texts live for the call. */
void sw_each_drop(const struct sw *sw, sw_drop_fn *visit, void *user);
/* The reason's text, written to `buf`. */
struct str sw_reason_text(const struct sw *sw, const struct ps_why *why, char *buf, size_t size);

/* port, priority: SW_ALL for every one. */
int sw_set_queue_depth(struct sw *sw, uint32_t port, uint32_t priority, uint64_t depth, bool is_bytes);
int sw_set_queue_rate(struct sw *sw, uint32_t port, uint32_t priority, uint64_t pps);
int sw_set_port_rate(struct sw *sw, uint32_t port, uint64_t bps);

/* Tables by index (sw_find_table) through switch/table.h. */
struct ps_table *sw_table(struct sw *sw, uint32_t table);
struct sw_pre;
/* Multicast groups and mirroring sessions: switch/pre.h. */
struct sw_pre *sw_pre(struct sw *sw);

/* Registers by index, cells as native integers of info->cell bytes. -ENOENT: no such register, -ERANGE: beyond its size. */
int sw_register_index(const struct sw *sw, struct str name); /* full name or a suffix that is unique; -ENOENT */
void *sw_register_cells(struct sw *sw, uint32_t index); /* the first cell; the others lie ps_register_info.stride apart */
int sw_register_read(const struct sw *sw, uint32_t index, uint32_t cell, void *ret);
int sw_register_write(struct sw *sw, uint32_t index, uint32_t cell, const void *value);
int sw_register_reset(struct sw *sw, uint32_t index);
/* Cells of a counter: its size, or for a direct one a cell per entry and one for the default action. */
uint32_t sw_counter_size(const struct sw *sw, uint32_t index);
int sw_counter_index(const struct sw *sw, struct str name);
int sw_counter_read(const struct sw *sw, uint32_t index, uint32_t cell, struct ps_counter_cell *ret);
int sw_counter_write(struct sw *sw, uint32_t index, uint32_t cell, struct ps_counter_cell value);
int sw_counter_reset(struct sw *sw, uint32_t index);

/* A meter's rate in units (packets, bytes) per 10^9 microseconds, and its burst in units. */
struct sw_rate {
	uint64_t rate, burst;
};
int sw_meter_index(const struct sw *sw, struct str name);
uint32_t sw_meter_size(const struct sw *sw, uint32_t index);
/* cell: SW_ALL for all. committed, peak as RFC 2698 has them. */
int sw_meter_set_rates(struct sw *sw, uint32_t index, uint32_t cell, struct sw_rate committed, struct sw_rate peak);

#endif
