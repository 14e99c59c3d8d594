/* linux_inside.h - the kernel's device: programs that have been loaded, and the memory that they share with us. Between linux_load.c, which makes it, and
 * linux.c, which reads it. */
#ifndef DEVICE_LINUX_INSIDE_H
#define DEVICE_LINUX_INSIDE_H

#include <bpf/libbpf.h>

#include "device/linux.h"

#define LINUX_LINKS (KERNEL_NHOOKS + KERNEL_PORTS)

struct mapping {
	struct str name;
	uint8_t *at;
	size_t bytes, stride;
	uint32_t count;
};

struct reg {
	const struct kernel_register *k; /* NULL: the sequence of a ring */
	const uint8_t *at;		 /* the first element's member */
	size_t stride;
	uint32_t ring;
};

/* How far a ring's tuples are complete. */
struct ring_state {
	uint32_t head, stamp; /* registers */
	uint64_t done, seen;  /* complete ones, and those that there were when it was looked at last */
};

/* A tick that was closed by force. */
struct forced {
	uint64_t tick, in_flight;
};

struct linux_device {
	const struct kernel_program *k;
	const struct kernel_facts *facts;
	struct bpf_object *object;
	struct mapping *maps;
	uint32_t nmaps;
	struct reg *regs;
	uint32_t nregs;
	struct ring_state *rings;
	int links[LINUX_LINKS];
	struct bpf_link *traces[KERNEL_NHOOKS];
	uint32_t nlinks;
	uint64_t zero, start_ns, load_ns;
	uint64_t closed; /* ticks below have been closed */
	struct forced *forced;
	uint32_t nforced, cap_forced;
	bool finish;
	uint64_t keys, keys_apart; /* rows of losses that were read, and those whose packets were not all accounted for */
	uint64_t last; /* arrivals have ended then; 0: not yet */
	const struct ps_counts *counts;
	const struct ps_flight *flights;
	uint64_t *control;
};

/* The number of a register by its name; 0, or -errno. */
int linux_find(void *self, struct str name, uint32_t *ret);

#endif
