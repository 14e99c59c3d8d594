/* live.h - the switch in real time: frames of interfaces in and out, departures and epochs by the clock, commands in between.
 *
 * One thread does everything, or several forward and one carries out commands (live_threads.h). Commands are carried out between two bursts of packets, so a packet sees either all of a change or
 * nothing of it.
 */
#ifndef UI_LIVE_H
#define UI_LIVE_H

#include "host/port.h"
#include "host/server.h"
#include "switch/shell.h"
#include "ui/live_story.h"
#include "ui/live_threads.h"
#include "ui/queries.h"

struct live {
	struct session s;
	struct host_port *ports[SW_PORTS]; /* by number; NULL: no such port */
	uint32_t list[SW_PORTS], nports;  /* numbers of those there are */
	uint64_t nowhere[SW_PORTS];	  /* packets that left for a port that there isn't */
	struct host_server *server;	  /* NULL: nobody commands */
	struct sw_shell shell;
	struct live_story *stories; /* NULL: without --stories */
	struct queries queries;
	struct live_threads *threads; /* NULL: there is but one */
	uint64_t zero;		/* monotonic clock at the switch's 0, ns */
	uint64_t duration;	/* of the switch's clock, ns; UINT64_MAX: until a signal */
	bool looks;		/* a port doesn't tell when frames arrive: never wait */
	bool fresh;		/* results that nobody has seen yet */
	int error;		/* -errno of the device */
};

/* Whether there are such interfaces as s.args.in says; false after a message. */
bool live_check(const struct live *l);
/* Opens the interfaces of s.args.in; false after a message. */
bool live_open(struct live *l);
void live_close(struct live *l);
/* sw_config.tx, with the live as `user` */
void live_tx(void *live, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len);
/* What has arrived at a port; good until the next call for it. */
uint32_t live_fetch(const struct live *l, struct host_port *from, uint32_t port, struct sw_arrival ret[HOST_BURST]);
/* What a port counted on all threads, and packets that left for it without it being there. */
void live_counts(const struct live *l, uint32_t port, struct host_counts *ret, uint64_t *retnowhere);
/* Forwards until a signal or the end of the duration, then lets all out that waits. False after a failure. */
bool live_forward(struct live *l);
/* What came to the ports and not to the switch, on stderr. */
void live_report(struct live *l);

#endif
