/* kernel.h - what the loader of eBPF programs must know of them, and what their generator must know of the kernel: data only, like
 * the manifest. Lives in the compilation's arena. */
#ifndef MANIFEST_KERNEL_H
#define MANIFEST_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"

#define KERNEL_PORTS 64

/* An interface that counts as a port of the switch. Its number is its place in the list. */
struct kernel_port {
	struct str name; /* with a NUL behind it */
	uint32_t ifindex;
};

struct kernel_reason {
	uint32_t code;
	struct str name; /* QDISC_DROP */
};

/* The kernel that the programs are for. */
struct kernel_facts {
	uint32_t release[2]; /* 6, 18 */
	uint32_t cpus;	     /* possible ones */
	uint32_t netns;	     /* inode number of the network namespace of the ports */
	bool has_tcx, has_reason, has_dequeue, has_stamp;
	VEC(struct kernel_port) ports;
	VEC(struct kernel_reason) reasons;
};

/* The hooks, in the order in which packets pass them: name, program, where it attaches. */
#define KERNEL_HOOKS(X)                                       \
	X(KERNEL_IN, "ps_in", "")                             \
	X(KERNEL_RECEIVE, "ps_receive", "netif_receive_skb")  \
	X(KERNEL_QUEUE, "ps_queue", "net_dev_queue")          \
	X(KERNEL_DEQUEUE, "ps_dequeue", "qdisc_dequeue")      \
	X(KERNEL_XMIT, "ps_xmit", "net_dev_start_xmit")       \
	X(KERNEL_DROP, "ps_drop", "kfree_skb")                \
	X(KERNEL_CONSUME, "ps_consume", "consume_skb")

enum kernel_hook {
#define X(hook, program, at) hook,
	KERNEL_HOOKS(X)
#undef X
	KERNEL_NHOOKS
};

/* What tells hooks behind ingress of a packet's arrival, cheapest first. */
enum kernel_tag {
	KERNEL_TAG_NONE,   /* nothing does */
	KERNEL_TAG_STAMP,  /* the packet's own time stamp */
	KERNEL_TAG_MEMORY, /* a tag beside the packet */
};

/* A register of the controller: a member of the values of a memory-mapped array. */
struct kernel_register {
	struct str name, map;
	uint32_t offset, bytes; /* of the member: 4 or 8 */
	uint32_t count;		/* elements */
	bool is_started;	/* of a loss: between what was offered, 8 bytes before it, and what was freed while queued, 8 behind it */
};

/* Rows of a query, for each CPU apart: `generations` times `cpus` blocks of `block` elements each; epoch e has those of generation e mod
 * generations. Keys take them from the first on, each one; how many have been taken, a number for each block says, below its epoch, stored as in cells. */
struct kernel_table {
	struct str cell;   /* its register */
	struct str claims; /* how many are taken */
	uint32_t generations, cpus, block;
};

/* A ring of whole tuples: its records say by their own number when they are complete. */
struct kernel_ring {
	struct str sequence; /* register: how many complete ones there are, without a gap */
	struct str head;     /* register: how many have been begun */
	struct str stamp;    /* register: number + 1 of the record that fills the place */
	uint32_t rows;
	bool is_stream;	     /* everything comes here, not only what finds no row */
};

struct kernel_program {
	struct str text;
	bool hooks[KERNEL_NHOOKS];
	enum kernel_tag tag;
	bool conserves;	     /* offered, started and lost packets are counted by tick */
	bool follows;	     /* copies and segments are known by their mark */
	bool waits;	     /* nobody knows what is inside: epochs close after the longest delay */
	uint64_t tick_ns;    /* of the flights */
	uint32_t flights;    /* cells of each CPU */
	uint64_t max_delay_ns;
	VEC(struct kernel_register) registers;
	VEC(struct kernel_table) tables;
	VEC(struct kernel_ring) rings;
};

#endif
