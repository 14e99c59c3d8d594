/* gen.h - between the files that write eBPF C. A generator writes to memory; texts and names live in the compilation's arena. */
#ifndef TARGET_LINUX_GEN_H
#define TARGET_LINUX_GEN_H

#include "target/linux/linux.h"

struct gen {
	struct arena *a;
	struct diags *d;
	FILE *out;
	const struct plan *plan;
	const struct linux_options *o;
	struct kernel_program *k;
	struct manifest *m;
	/* for messages: the query at hand */
	struct str query;
	struct span at;
	/* what is read: headers by instant (bits by index of the schema), and what the queue tells */
	uint32_t need[IR_INSTANTS];
	bool queue_time, queue_len_in, queue_bytes, qdisc, dequeue, time_out, port_in; /* time_out: of the queue; port_in: behind ingress */
	bool state_at[IR_INSTANTS]; /* there is state that is counted at the instant */
	bool any_lost, sees_own; /* a LOST state; an egress query that asks for instances */
};

/* The value of an expression at an instant: unsigned, within its width, in 64 bits or (wider ones) 128. */
void ebpf_value(struct gen *g, const struct ir_expr *e, enum ir_instant at);
/* The same as a condition. */
void ebpf_truth(struct gen *g, const struct ir_expr *e, enum ir_instant at);
uint32_t ebpf_width(const struct ir_expr *e);
/* The C type that holds so many bits. */
const char *ebpf_type(uint32_t width);
void ebpf_fail(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Maps, rows and functions of all states; the manifest's part of them. */
void ebpf_states(struct gen *g);
/* Counts the packet in what is kept at the instant. `own`: of packets that were not received. */
void ebpf_count(struct gen *g, const struct plan_state *s, enum ir_instant at);
/* A lost query's side behind the queue, and what a loss counts. */
void ebpf_lost_out(struct gen *g, const char *what, const char *indent);
/* What is carried from the instant on. */
void ebpf_carry(struct gen *g, enum ir_instant at);

#endif
