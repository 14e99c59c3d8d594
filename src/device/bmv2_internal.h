/* bmv2_internal.h - a connection to simple_switch, for the bmv2*.c files only. */
#ifndef DEVICE_BMV2_INTERNAL_H
#define DEVICE_BMV2_INTERNAL_H

#include "device/bmv2.h"
#include "device/signals.h"
#include "device/subscribe.h"
#include "device/thrift.h"

#define BMV2_CELLS (1u << 24) /* of a register, at most */

/* A register that is read, and what was read of it last. */
struct bmv2_bank {
	struct str name;
	uint64_t *cells;
	uint32_t n, cap;
	uint64_t snapshot; /* number of the one it belongs to */
};

/* A table with parameters to fill in. */
struct bmv2_table {
	struct str name;
	int64_t entries; /* how many there were when it was looked through; -1: it wasn't */
};

struct bmv2 {
	struct bmv2_config config;
	struct arena *arena;
	struct thrift *thrift; /* NULL: not connected */
	VEC(struct bmv2_bank) banks;
	uint64_t snapshot;
	VEC(struct bmv2_table) tables;
	uint8_t program[16];	 /* MD5 of its configuration */
	bool known;		 /* that was connected before */
	uint64_t start_ns;	 /* the system's clock at the switch's 0 */
	uint64_t elapsed_ns;	 /* the switch's clock when it was last read ... */
	uint64_t elapsed_at;	 /* ... and the monotonic clock then */
	uint64_t seen_ns;	 /* the same when the caller last asked for it */
	uint32_t age;		 /* of what was filled in: looks since all tables were gone through */
	char *groups;		 /* the switch's groups when their sizes were written; malloc'd, NULL: not yet */
	struct subscribe *subscribe; /* NULL: nobody listens to signals */
	int32_t list;		 /* of digests, that are signals */
	uint64_t lease;		 /* ns, the switch's clock: until when it signals */
	struct signals signals;
	struct bmv2_stats stats;
	char why[320];
};

/* Ends a call; drops the connection after an error that leaves it in an unknown state. */
int bmv2_end(struct bmv2 *b);
/* Begins a call of service "standard" about the first (and only) context; false without a connection. */
bool bmv2_call(struct bmv2 *b, const char *method);
/* The switch's clock. */
int bmv2_elapsed(struct bmv2 *b, uint64_t *ret);
int bmv2_write(struct bmv2 *b, struct str reg, uint32_t index, uint64_t value);
int bmv2_read(struct bmv2 *b, struct str reg, uint32_t index, uint64_t *ret);

/* bmv2_signals.c: the number of a list of digests in a program's JSON (written to); -1: it has none of this name. */
int32_t bmv2_list(char *config, size_t n, struct str name);

#endif
