/* device.h - one interface to a running data plane, whatever it is: the embedded switch (soft.h), BMv2 (bmv2.h), later Linux. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Numbers of 1, 2, 4 or 8 bytes, native, `stride` bytes from one to the next. */
struct device_cells {
	const void *at; /* NULL: they can't be looked into */
	uint32_t bytes, stride;
};

/* Registers are resolved once, then read by number. Cells are at most 64 bits. All return 0 or -errno. */
struct device_ops {
	int (*find)(void *self, struct str name, uint32_t *ret);
	int (*read)(void *self, uint32_t reg, uint32_t from, uint32_t n, uint64_t *ret);
	int (*write)(void *self, uint32_t reg, uint32_t index, uint64_t value);
	/* No packet that arrived after *ret (ns, switch's clock) has been processed yet: state of its epochs can't have been
	 * reclaimed by later ones. */
	int (*arrived)(void *self, uint64_t *ret);
	/* No packet that arrived before *ret is still inside or still to come. */
	int (*watermark)(void *self, uint64_t *ret);
	/* Only of devices whose packets go on while they are read, else NULL: takes a copy of these registers, from which `read`
	 * serves them until the next one. Rows of such a device are never given back, since that would race with its packets. */
	int (*snapshot)(void *self, const uint32_t *regs, uint32_t n);
	/* The rest may be NULL. Is no packet inside? Without it: when the watermark has reached the last arrival. */
	bool (*is_empty)(void *self);
	/* The first `n` cells of a register, where and as they are. ret->at NULL: it has to be read. */
	void (*look)(void *self, uint32_t reg, uint32_t n, struct device_cells *ret);
	/* Where the rows of each epoch lie apart: those that packets of `epoch` have claimed in the table of register `cell`, one behind
	 * the other. They are in several parts, in each of which a key has one; -ENOENT: there is no such part, -ESTALE: packets of a later
	 * epoch have taken its rows. */
	int (*claimed)(void *self, uint32_t cell, uint64_t epoch, uint32_t part, uint32_t *ret_first, uint32_t *ret_n);
	/* Packets that arrived in [from, to) and were still inside when the watermark passed them, after the longest wait. */
	int (*in_flight)(void *self, uint64_t from_ns, uint64_t to_ns, uint64_t *ret);
};

/* A time in which nothing arrived: [from, to), ns, switch's clock. */
struct device_gap {
	uint64_t from, to;
};

struct device {
	const struct device_ops *ops;
	void *self;
};

#endif
