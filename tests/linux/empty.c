/* empty.c - holds programs that do nothing at hooks of the kernel, until its input ends: what hooks cost by themselves.
 *
 *     empty HOOK... -- INTERFACE...
 *                             a HOOK is tcx, which is attached to each interface, or a tracepoint's name
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, which the headers of 6.1 don't know */

/* return `value`; */
static int
load(enum bpf_prog_type type, int value, const struct bpf_prog_load_opts *opts)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(type, "empty", "Dual BSD/GPL", insns, 2, opts);
}

static int
attach_trace(const char *name)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(name, BPF_TRACE_RAW_TP), program;

	if (id <= 0)
		return -1;
	opts.attach_btf_id = (__u32)id;
	program = load(BPF_PROG_TYPE_TRACING, 0, &opts);
	return program < 0 ? -1 : bpf_raw_tracepoint_open(NULL, program);
}

/* Links and programs end with this process. */
static int
attach_tc(char **interfaces)
{
	int program = load(BPF_PROG_TYPE_SCHED_CLS, -1, NULL), link = program;

	for (; link >= 0 && *interfaces; interfaces++)
		link = bpf_link_create(program, (int)if_nametoindex(*interfaces), (enum bpf_attach_type)TCX_INGRESS, NULL);
	return link;
}

int
main(int argc, char **argv)
{
	char **end = argv + 1, rest[64];

	while (*end && strcmp(*end, "--"))
		end++;
	if (argc < 2 || !*end) {
		fprintf(stderr, "usage: empty HOOK... -- INTERFACE...\n");
		return 2;
	}
	for (char **hook = argv + 1; hook < end; hook++)
		if ((strcmp(*hook, "tcx") ? attach_trace(*hook) : attach_tc(end + 1)) < 0)
			return fprintf(stderr, "%s: ", *hook), perror("a program that does nothing"), 1;
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		continue;
	return 0;
}
