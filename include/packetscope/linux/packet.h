/* packet.h - takes a packet's headers apart, inside the kernel. Headers are copied to the stack; what lies beyond the part of the packet
 * that is at hand counts as absent. PS_NEED(h) tells whether any query wants header h at this instant: it is a constant, and what nobody
 * wants is not compiled.
 */
#ifndef PACKETSCOPE_LINUX_PACKET_H
#define PACKETSCOPE_LINUX_PACKET_H

#include "packetscope/linux/kernel.h"

/* name, bytes: in the order of src/target/linux/headers.def */
#define PS_HEADERS(X)                                                                                                 \
	X(ethernet, 14) X(vlan, 4) X(vlan2, 4) X(arp, 28) X(ipv4, 20) X(ipv6, 40) X(fragment, 8) X(tcp, 20) X(udp, 8) \
	X(icmp, 8) X(icmpv6, 8) X(sctp, 12) X(gre, 4) X(vxlan, 8) X(inner_ethernet, 14) X(inner_ipv4, 20)             \
	X(inner_ipv6, 40) X(inner_tcp, 20) X(inner_udp, 8) X(inner_icmp, 8)

enum ps_header {
#define X(name, bytes) PS_H_##name,
	PS_HEADERS(X)
#undef X
};

#define PS_B(name) (1u << PS_H_##name)
/* What must be walked through to get to something. */
#define PS_INNER (PS_B(inner_ethernet) | PS_B(inner_ipv4) | PS_B(inner_ipv6) | PS_B(inner_tcp) | PS_B(inner_udp) | PS_B(inner_icmp))
#define PS_INNER_L4 (PS_B(inner_tcp) | PS_B(inner_udp) | PS_B(inner_icmp))
#define PS_L4 (PS_B(fragment) | PS_B(tcp) | PS_B(udp) | PS_B(icmp) | PS_B(icmpv6) | PS_B(sctp) | PS_B(gre) | PS_B(vxlan) | PS_INNER)
#define PS_L3 (PS_B(arp) | PS_B(ipv4) | PS_B(ipv6) | PS_L4)

/* Only the headers that some query wants are kept (PS_KEEP, set by the generated code). */
struct ps_headers {
	u32 valid; /* by enum ps_header */
#define X(name, bytes) u8 name[(PS_KEEP & PS_B(name)) ? bytes : 0] __attribute__((aligned(4)));
	PS_HEADERS(X)
#undef X
};

/* Where a hook keeps them: on its stack, or, when they are too many, in memory of its own on each CPU. */
#ifdef PS_HEADERS_IN_MAP
struct {
	PS_UINT(type, PS_MAP_PERCPU_ARRAY);
	PS_UINT(max_entries, 8);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_headers);
} ps_room SEC(".maps");

PS_INLINE struct ps_headers *
ps_headers_room(u32 hook)
{
	return ps_lookup(&ps_room, &hook);
}

#define PS_HEADERS_HERE(hook, otherwise)                   \
	struct ps_headers *h = ps_headers_room(hook);      \
	if (!h)                                            \
		return otherwise;
#else
#define PS_HEADERS_HERE(hook, otherwise) struct ps_headers headers_ = { 0 }, *h = &headers_;
#endif

/* What is copied in words instead of bytes. */
#define PS_WORDS __attribute__((aligned(4)))

/* Where a packet's bytes come from: a tc context, or a linear buffer from `base` with `end` bytes. */
struct ps_bytes {
	const void *ctx;
	u64 base;
	u32 end;
};

PS_INLINE int
ps_load(const struct ps_bytes *b, u32 at, void *to, u32 n)
{
	if (b->ctx)
		return ps_skb_load_bytes(b->ctx, at, to, n) == 0;
	return at + n <= b->end && ps_probe_read_kernel(to, n, (const void *)(b->base + at)) == 0;
}

PS_INLINE u16
ps_be16(const u8 *p)
{
	u16 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

PS_INLINE u32
ps_be32(const u8 *p)
{
	u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

#define PS_COPY(h, name, from)                                                       \
	do {                                                                         \
		if (PS_KEEP & PS_B(name))                                            \
			__builtin_memcpy((h)->name, from, (PS_KEEP & PS_B(name)) ? sizeof((h)->name) : 0); \
		(h)->valid |= PS_B(name);                                            \
	} while (0)

/* The transport header inside a tunnel. */
PS_INLINE void
ps_inner_l4(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, u8 proto)
{
	u8 raw[20] PS_WORDS;

	if (proto == 6 && (need & PS_B(inner_tcp)) && ps_load(b, at, raw, 20))
		PS_COPY(h, inner_tcp, raw);
	else if (proto == 17 && (need & PS_B(inner_udp)) && ps_load(b, at, raw, 8))
		PS_COPY(h, inner_udp, raw);
	else if ((proto == 1 || proto == 58) && (need & PS_B(inner_icmp)) && ps_load(b, at, raw, 8))
		PS_COPY(h, inner_icmp, raw);
}

PS_INLINE void
ps_inner_l3(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, u16 type)
{
	u8 raw[40] PS_WORDS;

	if (!(need & PS_INNER & ~PS_B(inner_ethernet)))
		return;
	if (type == 0x0800 && ps_load(b, at, raw, 20)) {
		PS_COPY(h, inner_ipv4, raw);
		if ((need & PS_INNER_L4) && !(ps_be16(raw + 6) & 0x1fff))
			ps_inner_l4(b, need, h, at + 4u * (raw[0] & 15u), raw[9]);
	} else if (type == 0x86dd && ps_load(b, at, raw, 40)) {
		PS_COPY(h, inner_ipv6, raw);
		ps_inner_l4(b, need, h, at + 40, raw[6]);
	}
}

PS_INLINE void
ps_inner_l2(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at)
{
	u8 raw[14] PS_WORDS;
	u16 type;

	if (!ps_load(b, at, raw, 14))
		return;
	PS_COPY(h, inner_ethernet, raw);
	type = ps_be16(raw + 12);
	at += 14;
	if (type == 0x8100 || type == 0x88a8) {
		if (!ps_load(b, at, raw, 4))
			return;
		type = ps_be16(raw + 2);
		at += 4;
	}
	ps_inner_l3(b, need, h, at, type);
}

PS_INLINE void
ps_gre(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at)
{
	u8 raw[4] PS_WORDS;
	u16 flags, type;

	if (!ps_load(b, at, raw, 4))
		return;
	PS_COPY(h, gre, raw);
	flags = ps_be16(raw);
	type = ps_be16(raw + 2);
	at += 4u + (flags & 0x8000 ? 4u : 0) + (flags & 0x2000 ? 4u : 0) + (flags & 0x1000 ? 4u : 0);
	if (!(need & PS_INNER) || (flags & 0x4007)) /* routing is long gone; version 1 is PPTP's */
		return;
	if (type == 0x6558)
		ps_inner_l2(b, need, h, at);
	else
		ps_inner_l3(b, need, h, at, type);
}

PS_INLINE void
ps_udp(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at)
{
	u8 raw[8] PS_WORDS;

	if (!ps_load(b, at, raw, 8))
		return;
	PS_COPY(h, udp, raw);
	if (!(need & (PS_B(vxlan) | PS_INNER)) || ps_be16(raw + 2) != 4789 || !ps_load(b, at + 8, raw, 8) || !(raw[0] & 8))
		return;
	PS_COPY(h, vxlan, raw);
	if (need & PS_INNER)
		ps_inner_l2(b, need, h, at + 16);
}

PS_INLINE void
ps_l4(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, u8 proto)
{
	u8 raw[20] PS_WORDS;

	if (proto == 6 && (need & PS_B(tcp)) && ps_load(b, at, raw, 20))
		PS_COPY(h, tcp, raw);
	else if (proto == 17 && (need & (PS_B(udp) | PS_B(vxlan) | PS_INNER)))
		ps_udp(b, need, h, at);
	else if (proto == 1 && (need & PS_B(icmp)) && ps_load(b, at, raw, 8))
		PS_COPY(h, icmp, raw);
	else if (proto == 58 && (need & PS_B(icmpv6)) && ps_load(b, at, raw, 8))
		PS_COPY(h, icmpv6, raw);
	else if (proto == 132 && (need & PS_B(sctp)) && ps_load(b, at, raw, 12))
		PS_COPY(h, sctp, raw);
	else if (proto == 47 && (need & (PS_B(gre) | PS_INNER)))
		ps_gre(b, need, h, at);
	else if (proto == 4 && (need & PS_INNER))
		ps_inner_l3(b, need, h, at, 0x0800);
	else if (proto == 41 && (need & PS_INNER))
		ps_inner_l3(b, need, h, at, 0x86dd);
}

/* Passes over extension headers; returns the transport's protocol, 59 (nothing follows) for later fragments. */
PS_INLINE u8
ps_extensions(const struct ps_bytes *b, struct ps_headers *h, u32 *at, u8 proto)
{
	u8 raw[8] PS_WORDS;

#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		if (proto != 0 && proto != 43 && proto != 44 && proto != 51 && proto != 60)
			return proto;
		if (!ps_load(b, *at, raw, 8))
			return 59;
		if (proto == 44) {
			PS_COPY(h, fragment, raw);
			*at += 8;
			if (ps_be16(raw + 2) & 0xfff8)
				return 59;
		} else {
			*at += proto == 51 ? 4u * (raw[1] + 2u) : 8u * (raw[1] + 1u);
		}
		proto = raw[0];
	}
	return proto;
}

PS_INLINE void
ps_ipv4(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, const u8 *raw)
{
	if (raw[0] >> 4 != 4)
		return;
	PS_COPY(h, ipv4, raw);
	if ((need & PS_L4) && !(ps_be16(raw + 6) & 0x1fff))
		ps_l4(b, need, h, at + 4u * (raw[0] & 15u), raw[9]);
}

PS_INLINE void
ps_l3(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, u16 type)
{
	u8 raw[40] PS_WORDS, proto;

	if (type == 0x0800 && (need & PS_L3 & ~PS_B(arp)) && ps_load(b, at, raw, 20)) {
		ps_ipv4(b, need, h, at, raw);
	} else if (type == 0x86dd && (need & (PS_B(ipv6) | PS_L4)) && ps_load(b, at, raw, 40)) {
		PS_COPY(h, ipv6, raw);
		at += 40;
		if (!(need & PS_L4))
			return;
		proto = ps_extensions(b, h, &at, raw[6]);
		ps_l4(b, need, h, at, proto);
	} else if (type == 0x0806 && (need & PS_B(arp)) && ps_load(b, at, raw, 28)) {
		PS_COPY(h, arp, raw);
	}
}

/* A tag that the kernel keeps beside the packet is put where it was on the wire. */
struct ps_vlan {
	u16 there, proto, tci;
};

PS_INLINE void
ps_put16(u8 *p, u16 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

/* Behind the Ethernet header, which tells `type`. */
PS_INLINE void
ps_tagged(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, u16 type)
{
	u8 tag[4] PS_WORDS;

#pragma clang loop unroll(full)
	for (int i = 0; i < 2; i++) {
		if ((type != 0x8100 && type != 0x88a8) || !ps_load(b, at, tag, 4))
			break;
		if (!(h->valid & PS_B(vlan)))
			PS_COPY(h, vlan, tag);
		else if (!(h->valid & PS_B(vlan2)))
			PS_COPY(h, vlan2, tag);
		type = ps_be16(tag + 2);
		at += 4;
	}
	if (need & PS_L3)
		ps_l3(b, need, h, at, type);
}

/* From the Ethernet header at `at`. Most packets are IPv4 right behind it: both are fetched at once. */
PS_INLINE void
ps_parse(const struct ps_bytes *b, u32 need, struct ps_headers *h, u32 at, const struct ps_vlan *v)
{
	u8 room[36] PS_WORDS, *raw = room + 2, tag[4] PS_WORDS; /* so that what follows Ethernet lies in words */
	int with_ip = (need & PS_L3 & ~PS_B(arp)) && ps_load(b, at, raw, 34);
	u16 type;

	h->valid = 0;
	if (!need || (!with_ip && !ps_load(b, at, raw, 14)))
		return;
	type = ps_be16(raw + 12);
	if (v->there) {
		ps_put16(raw + 12, v->proto);
		ps_put16(tag, v->tci);
		ps_put16(tag + 2, type);
		PS_COPY(h, vlan, tag);
	}
	PS_COPY(h, ethernet, raw);
	if (with_ip && type == 0x0800)
		ps_ipv4(b, need, h, at + 14, raw + 14);
	else
		ps_tagged(b, need, h, at + 14, type);
}

/* A packet that a tc program was given. */
PS_INLINE void
ps_parse_tc(struct __sk_buff *skb, u32 need, struct ps_headers *h)
{
	struct ps_bytes b = { .ctx = skb };
	struct ps_vlan v = { 0, 0, 0 };

	if (!need)
		return;
	if (skb->vlan_present) {
		v.there = 1;
		v.proto = ps_swap16((u16)skb->vlan_proto);
		v.tci = (u16)skb->vlan_tci;
	}
	ps_parse(&b, need, h, 0, &v);
}

/* A packet that a tracepoint was given: its linear part. */
PS_INLINE void
ps_parse_skb(struct sk_buff *skb, u32 need, struct ps_headers *h)
{
	struct ps_bytes b;
	struct ps_vlan v = { 0, 0, 0 };
	u32 mac;

	if (!need)
		return;
	b.ctx = NULL;
	b.base = (u64)skb->head;
	b.end = skb->tail;
	mac = skb->mac_header;
	h->valid = 0;
	if (mac == 0xffff)
		return;
	if (ps_has(skb->vlan_all)) {
		v.there = skb->vlan_all != 0;
	} else {
		struct sk_buff___old *old = (void *)skb;

		v.there = old->vlan_present;
	}
	if (v.there) {
		v.proto = ps_swap16(skb->vlan_proto);
		v.tci = skb->vlan_tci;
	}
	ps_parse(&b, need, h, mac, &v);
}

#endif
