/* linux.h - the Linux kernel as a target: the dataflow graph and the planner's placement become eBPF programs at the hooks that a
 * packet passes. docs/linux.md says which hook is which instant.
 *
 * There is no user's program to weave into: the kernel may rewrite anything between two instants, so whatever is read later than
 * it is known travels in a tag, beside the packet. Everything lives in the compilation's arena.
 */
#ifndef TARGET_LINUX_LINUX_H
#define TARGET_LINUX_LINUX_H

#include "manifest/kernel.h"
#include "manifest/manifest.h"
#include "plan/plan.h"

extern const struct plan_target linux_target;

/* The kernel as a "program": its headers, any of which it may rewrite, and its ports. */
struct plan_program *linux_program(struct arena *a, const struct kernel_facts *f);

struct linux_options {
	const struct kernel_facts *facts; /* of the running kernel, or those that a test made up */
	uint64_t max_delay_ns;		  /* epochs close by force so long after their end */
	bool use_receive;		  /* arrivals by the receive tracepoint, not by tc */
	bool stamp;			  /* packets' time stamps may be set, where that will do */
	uint32_t sign;			  /* lowest bits of these stamps: another process has others */
	uint32_t mark;			  /* bits of packets' marks that bear tags to copies, all beside each other; 0: none */
};

struct linux_choice {
	enum kernel_tag tag;
	struct str why;
};
/* The tag that a query needs, and that all of them together have. */
struct linux_choice linux_choose(struct arena *a, const struct linux_options *o, const struct plan_state *s);
enum kernel_tag linux_tag(const struct plan *p, const struct linux_options *o);
/* What was chosen, for `-d plan`. */
void linux_print(FILE *out, const struct plan *p, const struct linux_options *o, const struct kernel_program *k);

/* What the device and the controller must know: programs, maps, registers; the manifest of the queries' state. False after errors. */
bool linux_generate(struct arena *a, struct diags *d, const struct plan *p, const struct linux_options *o, struct kernel_program *ret,
		    struct manifest *m);
/* The object file of a generated text, by clang. False, with what is wrong in reterr. */
bool linux_compile(struct arena *a, struct str text, struct str *ret_object, char *reterr, size_t size);
/* The query that a line of the generated text is of, by the last `<stdin>:LINE` in what the compiler or the verifier said; STR_NONE when
 * it is of all queries, or nothing says which line. */
struct str linux_blame(struct str text, const char *words);

#endif
