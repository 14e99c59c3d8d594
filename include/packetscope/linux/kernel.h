/* kernel.h - what generated eBPF programs need of the kernel: types, helpers by their numbers, and the few structs that they
 * read, with only the members that they read. Where a member lies is found when a program is loaded (CO-RE), so one
 * object runs on every kernel that has the member. Nothing of libbpf or the kernel's headers is included.
 */
#ifndef PACKETSCOPE_LINUX_KERNEL_H
#define PACKETSCOPE_LINUX_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
__extension__ typedef unsigned __int128 u128;

#define NULL ((void *)0)
#define PS_INLINE static inline __attribute__((always_inline, unused))
/* A function that the verifier looks at once, not at each call: for numbers in, a number out. */
#define PS_ONCE __attribute__((noinline))
#define SEC(name) __attribute__((section(name), used))
#define PS_UINT(name, value) int(*name)[value]
#define PS_TYPE(name, type) __typeof__(type) *name
#define PS_KERNEL __attribute__((preserve_access_index))
#define unlikely(x) __builtin_expect(!!(x), 0)
#define likely(x) __builtin_expect(!!(x), 1)

#define PS_MAP_ARRAY 2
#define PS_MAP_PERCPU_ARRAY 6
#define PS_F_MMAPABLE (1u << 10)

/* Helpers, by the numbers that the kernel gives them for good. */
static void *(*const ps_lookup)(void *map, const void *key) = (void *)1;
static u64 (*const ps_ktime)(void) = (void *)5;
static u32 (*const ps_cpu)(void) = (void *)8;
static long (*const ps_skb_load_bytes)(const void *skb, u32 offset, void *to, u32 len) = (void *)26;
static long (*const ps_skb_set_tstamp)(void *skb, u64 stamp, u32 type) = (void *)192;
static long (*const ps_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;

/* The clock's 0, which the loader writes. */
const volatile u64 ps_zero = 0;

/* A packet as tc programs see it. This one is no kernel struct but an agreement that never changes. */
struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex,
		tc_index, cb[5], hash, tc_classid, data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4],
		remote_port, local_port, data_meta;
	u64 flow_keys, tstamp;
	u32 wire_len, gso_segs;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};
struct net {
	struct ns_common ns;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct gnet_stats_queue {
	u32 qlen, backlog, drops;
};
struct qdisc_skb_head {
	u32 qlen;
};
struct Qdisc {
	unsigned int flags;
	u32 handle;
	struct gnet_stats_queue *cpu_qstats;
	struct qdisc_skb_head q;
	struct gnet_stats_queue qstats;
	struct netdev_queue *dev_queue;
};
struct netdev_queue {
	struct net_device *dev;
	struct Qdisc *qdisc;
};
struct net_device {
	int ifindex;
	possible_net_t nd_net;
	struct netdev_queue *_tx;
	unsigned short type;
};
struct sock;
struct sk_buff {
	struct sk_buff *next;
	struct net_device *dev;
	struct sock *sk;
	unsigned int len, data_len;
	u16 queue_mapping;
	int skb_iif;
	u32 mark;
	u64 tstamp;
	u32 vlan_all;
	u16 vlan_proto, vlan_tci;
	u16 protocol, network_header, mac_header, inner_network_header;
	u32 tail, end;
	unsigned char *head, *data;
};
struct skb_shared_info {
	unsigned short gso_size;
};
/* before 6.2 */
struct sk_buff___old {
	u8 vlan_present : 1;
};

#pragma clang attribute pop

/* Does the running kernel have the member? Known when the program is loaded; what is not taken is never verified. */
#define ps_has(member) __builtin_preserve_field_info(member, 2)

#define ps_offset(type, member) __builtin_preserve_field_info(((type *)0)->member, 0)
#define ps_sizeof(type) __builtin_preserve_type_info(*(type *)0, 1)

/* A packet's number, by which it is known at all hooks: its distance from something that stays where it is. The verifier forbids arithmetic
 * on pointers, but for the difference of two. The lowest bits are 0, as both lie at multiples of 8. */
PS_INLINE u64
ps_number(const void *skb)
{
	u64 n = (u64)skb;

	__asm__ volatile("%0 -= %1" : "+r"(n) : "r"(&ps_zero));
	return n;
}

/* Any pointer as a number that it can be made of again. */
PS_INLINE u64
ps_address(const void *p)
{
	u64 n = 0;

	ps_probe_read_kernel(&n, sizeof(n), &p);
	return n;
}

PS_INLINE u16
ps_swap16(u16 v)
{
	return __builtin_bswap16(v);
}

#endif
