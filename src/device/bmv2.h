/* bmv2.h - a woven program that runs on BMv2's simple_switch, as a device: registers and clock over its Thrift server, while packets go on.
 *
 * What is inside the switch can't be seen from outside, so the watermark is its clock less `delay_ns`: the longest that a packet may stay.
 * The caller owns it, and the manifest must outlive it. All calls return 0 or -errno; -errno other than -EREMOTEIO means that the connection is
 * gone (bmv2_connect makes a new one). bmv2_why says in words what happened.
 */
#ifndef DEVICE_BMV2_H
#define DEVICE_BMV2_H

#include "device/device.h"
#include "manifest/manifest.h"

#define BMV2_PORT "9090"
#define BMV2_GAPS 256

/* What is known of the switch's age, which Thrift does not tell: queue lengths were summed over a port's priorities before October 2024, and
 * commands numbered priorities the other way round before November 2024. */
enum bmv2_age { BMV2_UNKNOWN, BMV2_OLD, BMV2_NEW };

enum bmv2_life {
	BMV2_SAME,    /* the switch that was there before */
	BMV2_ANOTHER, /* one that knows nothing of what was before: started anew, or with another program */
};

struct bmv2_config {
	const struct manifest *manifest;
	const char *host, *port;
	int timeout_ms;	   /* of each call */
	uint64_t delay_ns;
};

/* How long reading took. */
struct bmv2_stats {
	uint64_t banks, cells, total_ns, longest_ns, longest_cells;
};

struct bmv2;

struct bmv2 *bmv2_make(const struct bmv2_config *config);
void bmv2_free(struct bmv2 *b);
struct device bmv2_device(struct bmv2 *b);

/* Connects, or connects again. */
int bmv2_connect(struct bmv2 *b, enum bmv2_life *ret);
/* The switch's clock, ns. The device's watermark is `delay_ns` behind what this told last. */
int bmv2_now(struct bmv2 *b, uint64_t *ret);
/* The system's clock at the switch's 0, ns. */
uint64_t bmv2_start(const struct bmv2 *b);
/* Gives entries the parameters that the weaver added, and groups their sizes, where they differ: after attaching, and now and then, since
 * others change tables. *ret: how many had to be set. */
int bmv2_fill(struct bmv2 *b, uint32_t *ret);
/* Signals (docs/bmv2.md): listens to those of the program, from `now` on. -errno, with a reason: the clock alone tells when something is to be read. */
int bmv2_listen(struct bmv2 *b, uint64_t now);
void bmv2_stop_listening(struct bmv2 *b);
/* Becomes readable when a signal comes; -1: nobody listens. */
int bmv2_signal_fd(const struct bmv2 *b);
/* Takes what has come, and tells when nothing arrived, for all that is known: in up to BMV2_GAPS gaps. With `be_sure` the switch is
 * asked whether a signal is missing, so that what ended in them may be left unread. */
int bmv2_hear(struct bmv2 *b, uint64_t now, bool be_sure, struct device_gap *ret, uint32_t *ret_n);
/* What ended by then has been read. */
void bmv2_heard(struct bmv2 *b, uint64_t until);
/* Whether the program was replaced since the connection was made. */
int bmv2_same_program(struct bmv2 *b, bool *ret);
/* The version's text (of a switch on this machine) is in `ret`, "" when it isn't known. */
enum bmv2_age bmv2_age(struct bmv2 *b, char *ret, size_t n);
const struct bmv2_stats *bmv2_stats(const struct bmv2 *b);
const char *bmv2_why(const struct bmv2 *b);

#endif
