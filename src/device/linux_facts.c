/* linux_facts.c - what the running kernel can do, by looking, not by its version: BTF tells which tracepoints there are, which
 * arguments they have, and what the drop reasons are called. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "device/linux.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, since 6.6 */

static bool
may(uint32_t capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 } };

	return syscall(SYS_capget, &head, data) == 0 && (data[capability / 32].effective >> (capability % 32) & 1);
}

bool
linux_may_load(char *reterr, size_t size)
{
	static const struct {
		uint32_t number;
		const char *name, *what;
	} needed[] = {
		{ CAP_BPF, "CAP_BPF", "to load programs" },
		{ CAP_PERFMON, "CAP_PERFMON", "to look into the kernel's packets" },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN", "to attach to interfaces" },
	};
	bool all = may(CAP_SYS_ADMIN) && may(CAP_NET_ADMIN);
	int n = snprintf(reterr, size, "missing:");

	for (size_t i = 0; !all && i < 3; i++) {
		if (may(needed[i].number) || (i < 2 && may(CAP_SYS_ADMIN)))
			continue;
		if (n > 0 && (size_t)n < size)
			n += snprintf(reterr + n, size - (size_t)n, "%s %s (%s)", n > 8 ? "," : "", needed[i].name, needed[i].what);
	}
	if (all || n <= 8)
		return true;
	if (n > 0 && (size_t)n < size)
		snprintf(reterr + n, size - (size_t)n, "; run it as root, or give the program these capabilities");
	return false;
}

bool
linux_drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 } };

	return syscall(SYS_capset, &head, none) == 0;
}

/* SKB_DROP_REASON_QDISC_DROP is QDISC_DROP here. */
static void
add_reasons(struct arena *a, const struct btf *btf, struct kernel_facts *ret)
{
	int id = btf__find_by_name_kind(btf, "skb_drop_reason", BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	struct str prefix = STR("SKB_DROP_REASON_");

	for (uint32_t i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_enum *e = &btf_enum(t)[i];
		struct str name = str_from(btf__name_by_offset(btf, e->name_off));

		if (!str_starts(name, prefix))
			prefix = name.n > 4 && str_starts(name, STR("SKB_")) ? STR("SKB_") : STR("");
		name = str_dup(a, str_sub(name, prefix.n, name.n));
		prefix = STR("SKB_DROP_REASON_");
		vec_push(a, &ret->reasons, (struct kernel_reason){ (uint32_t)e->val, name });
	}
}

/* Arguments of a tracepoint, without the first one, which is the tracer's own; -1: there is no such tracepoint. */
static int
arguments(const struct btf *btf, const char *tracepoint)
{
	char name[80];
	const struct btf_type *t;
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	t = t ? btf__type_by_id(btf, t->type) : NULL; /* the pointer */
	t = t ? btf__type_by_id(btf, t->type) : NULL; /* the function */
	return t ? (int)btf_vlen(t) - 1 : -1;
}

static bool
look_at_btf(struct arena *a, struct kernel_facts *ret, char *reterr, size_t size)
{
	static const char *const needed[] = { "netif_receive_skb", "net_dev_queue", "net_dev_start_xmit", "kfree_skb", "consume_skb" };
	struct btf *btf = btf__load_vmlinux_btf();
	bool ok = true;

	if (!btf) {
		snprintf(reterr, size, "the kernel doesn't describe its types (CONFIG_DEBUG_INFO_BTF; /sys/kernel/btf/vmlinux): %s", strerror(errno));
		return false;
	}
	for (size_t i = 0; ok && i < sizeof(needed) / sizeof(needed[0]); i++) {
		ok = arguments(btf, needed[i]) >= 0;
		if (!ok)
			snprintf(reterr, size, "kernel %u.%u has no tracepoint %s", ret->release[0], ret->release[1], needed[i]);
	}
	ret->has_dequeue = arguments(btf, "qdisc_dequeue") >= 4;
	ret->has_reason = arguments(btf, "kfree_skb") >= 3;
	if (ret->has_reason)
		add_reasons(a, btf, ret);
	ret->has_tcx = btf__find_by_name_kind(btf, "tcx_entry", BTF_KIND_STRUCT) > 0;
	ret->has_stamp = btf__find_by_name_kind(btf, "bpf_skb_set_tstamp", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return ok;
}

/* What older kernels lack, taken away from this one: the environment's PACKETSCOPE_WITHOUT names it ("tcx,reason"), so that tests run what is
 * done instead. */
static void
take_away(struct kernel_facts *ret)
{
	const struct {
		const char *name;
		bool *has;
	} all[] = { { "tcx", &ret->has_tcx }, { "reason", &ret->has_reason }, { "dequeue", &ret->has_dequeue }, { "stamp", &ret->has_stamp } };
	const char *list = getenv("PACKETSCOPE_WITHOUT");

	for (size_t i = 0; list && i < sizeof(all) / sizeof(all[0]); i++)
		if (strstr(list, all[i].name))
			*all[i].has = false;
	if (!ret->has_reason)
		ret->reasons.n = 0;
}

bool
linux_facts(struct arena *a, struct kernel_facts *ret, char *reterr, size_t size)
{
	struct utsname name;
	struct stat st;
	int cpus;

	if (uname(&name) || sscanf(name.release, "%u.%u", &ret->release[0], &ret->release[1]) != 2 ||
	    stat("/proc/self/ns/net", &st)) {
		snprintf(reterr, size, "can't tell which kernel this is, or which network namespace");
		return false;
	}
	cpus = libbpf_num_possible_cpus();
	if (cpus <= 0) {
		snprintf(reterr, size, "can't tell how many CPUs there may be: %s", strerror(-cpus));
		return false;
	}
	ret->cpus = (uint32_t)cpus;
	ret->netns = (uint32_t)st.st_ino;
	if (!look_at_btf(a, ret, reterr, size))
		return false;
	take_away(ret);
	return true;
}
