/* state.h - what is counted of all packets, and what hooks ask of a packet. The generated code has defined PS_CPUS, PS_PORTS, PS_NETNS,
 * PS_TICK_NS and PS_FLIGHTS before.
 */
#ifndef PACKETSCOPE_LINUX_STATE_H
#define PACKETSCOPE_LINUX_STATE_H

#include "packetscope/linux/counters.h"
#include "packetscope/linux/kernel.h"

#define PS_NO_PORT 0xffffu	/* also port_intent of a drop */
#define PS_TO_LOCAL 0xfffdu	/* port_intent of a packet that a local process took */

#define PS_INSTANCE_NORMAL 0
#define PS_INSTANCE_LOCAL 7

struct {
	PS_UINT(type, PS_MAP_ARRAY);
	PS_UINT(map_flags, PS_F_MMAPABLE);
	PS_UINT(max_entries, PS_CPUS * PS_PORTS);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_counts);
} ps_counts SEC(".maps");

struct {
	PS_UINT(type, PS_MAP_ARRAY);
	PS_UINT(map_flags, PS_F_MMAPABLE);
	PS_UINT(max_entries, PS_CPUS * PS_FLIGHTS);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_flight);
} ps_flights SEC(".maps");

/* What the loader tells while the programs run. */
struct ps_control {
	u64 closed_ns; /* epochs that end by then are closed */
};
struct {
	PS_UINT(type, PS_MAP_ARRAY);
	PS_UINT(map_flags, PS_F_MMAPABLE);
	PS_UINT(max_entries, 1);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_control);
} ps_control SEC(".maps");

/* --- counting ---------------------------------------------------------------------------------- */

PS_INLINE u64 *
ps_counter(u32 port, enum ps_counter which)
{
	u32 i = ps_cpu() * PS_PORTS + port;
	struct ps_counts *c = ps_lookup(&ps_counts, &i);

	return c ? &c->n[which] : NULL;
}

PS_INLINE void
ps_count(u32 port, enum ps_counter which)
{
	u64 *n = ps_counter(port, which);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* The same by the only program that counts it. A tracepoint's program is never interrupted by itself on its CPU (the kernel leaves such runs
 * out, and says so), so nothing gets between reading and writing. */
PS_INLINE void
ps_count_alone(u32 port, enum ps_counter which)
{
	u64 *n = ps_counter(port, which);

	if (n)
		++*n;
}

/* The tick's cell on this CPU; NULL for a packet from so long ago that the cell has been given away. */
PS_INLINE struct ps_flight *
ps_flight(u64 tick)
{
	u32 i = ps_cpu() * PS_FLIGHTS + (u32)((tick + 1) % PS_FLIGHTS);
	struct ps_flight *f = ps_lookup(&ps_flights, &i);

	if (!f || f->tick == tick + 1)
		return f;
	if (f->tick > tick)
		return NULL;
	f->offered = f->started = f->lost = f->segmented = f->evicted = 0;
	f->tick = tick + 1;
	return f;
}

#define PS_FLIGHT(tick, member)                                           \
	do {                                                              \
		struct ps_flight *flight_ = ps_flight(tick);              \
		if (flight_)                                              \
			__sync_fetch_and_add(&flight_->member, 1);        \
	} while (0)

/* By the only program that counts the member, as above. */
#define PS_FLIGHT_ALONE(tick, member)                                     \
	do {                                                              \
		struct ps_flight *flight_ = ps_flight(tick);              \
		if (flight_)                                              \
			flight_->member++;                                \
	} while (0)

PS_INLINE int
ps_is_late(u64 epoch, u64 window_ns)
{
	u32 zero = 0;
	struct ps_control *c = ps_lookup(&ps_control, &zero);

	return c && (epoch + 1) * window_ns <= *(volatile u64 *)&c->closed_ns;
}

/* Was the packet received, not made here? A tunnel that wraps a packet forgets where it came from, but not what it wraps; what is
 * made here for a tunnel has a socket. */
PS_INLINE int
ps_is_forwarded(struct sk_buff *skb)
{
	return skb->skb_iif != 0 || (skb->inner_network_header && !skb->sk);
}

/* Is the packet, which hasn't reached a queue, still in our namespace? One that a socket took in silence may have left its address to
 * another's. */
PS_INLINE int
ps_is_here(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct net *net = NULL;

	if (!skb->skb_iif)
		return 0;
	ps_probe_read_kernel(&net, sizeof(net), (void *)(ps_address(dev) + ps_offset(struct net_device, nd_net.net)));
	if (!net)
		return 1; /* sockets use the member for something else */
	u32 inum = 0;

	ps_probe_read_kernel(&inum, sizeof(inum), (void *)(ps_address(net) + ps_offset(struct net, ns.inum)));
	return !inum || inum == PS_NETNS;
}

/* A reason as the controller reads it: its number above; those of other subsystems are unknown ones. */
PS_INLINE u32
ps_reason(u32 reason)
{
	return reason < 4096 ? reason << 20 : 2u << 20;
}

/* Several segments in one? What segmentation needs lies behind the packet's linear part. */
PS_INLINE int
ps_is_merged(struct sk_buff *skb)
{
	u16 size = 0;

	ps_probe_read_kernel(&size, sizeof(size), (void *)(ps_address(skb->head) + skb->end + ps_offset(struct skb_shared_info, gso_size)));
	return size != 0;
}

/* The root qdisc of the queue that the packet is about to enter. */
PS_INLINE u64
ps_qdisc(struct sk_buff *skb, struct net_device *dev)
{
	u64 queue = ps_address(dev->_tx) + (u64)skb->queue_mapping * ps_sizeof(struct netdev_queue);
	u64 qdisc = 0;

	ps_probe_read_kernel(&qdisc, sizeof(qdisc), (void *)(queue + ps_offset(struct netdev_queue, qdisc)));
	return qdisc;
}

/* What waits in it: packets, and bytes. */
PS_INLINE u32
ps_queue_length(struct sk_buff *skb, struct net_device *dev)
{
	u32 n = 0;

	ps_probe_read_kernel(&n, sizeof(n), (void *)(ps_qdisc(skb, dev) + ps_offset(struct Qdisc, q.qlen)));
	return n;
}

PS_INLINE u32
ps_queue_bytes(struct sk_buff *skb, struct net_device *dev)
{
	u32 n = 0;

	ps_probe_read_kernel(&n, sizeof(n), (void *)(ps_qdisc(skb, dev) + ps_offset(struct Qdisc, qstats.backlog)));
	return n;
}

PS_INLINE u32
ps_queue_handle(struct sk_buff *skb, struct net_device *dev)
{
	u32 handle = 0;

	ps_probe_read_kernel(&handle, sizeof(handle), (void *)(ps_qdisc(skb, dev) + ps_offset(struct Qdisc, handle)));
	return handle;
}

PS_INLINE u64
ps_hash(const u32 *key, u32 n)
{
	u64 h = 0x9e3779b97f4a7c15ull;

#pragma clang loop unroll(full)
	for (u32 i = 0; i < n; i++) {
		h = (h ^ key[i]) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	return h;
}

/* --- counters of epochs -------------------------------------------------------------------------- */

/* A cell holds its epoch above and a count below; a cell of an older epoch begins anew. Returns the count before; all ones when the cell
 * is of a newer epoch. */
PS_INLINE u32
ps_epoch_count(u64 *cell, u32 stored)
{
	u64 old = *(volatile u64 *)cell, first = (u64)stored << 32 | 1;

	if ((u32)(old >> 32) != stored) {
		if (old && (s32)((u32)(old >> 32) - stored) > 0)
			return ~0u;
		if (__sync_val_compare_and_swap(cell, old, first) == old)
			return 0;
	}
	return (u32)__sync_fetch_and_add(cell, 1);
}

#endif
