/* tags.h - tags beside packets: nothing of a packet is changed, its address leads to its tag. The generated code has defined struct ps_tag (with
 * the members time_in, tick, stage, port_in, port) and PS_BUCKETS_LOG before.
 *
 * The address says which bucket; whoever comes takes any of its places. A tag is overwritten only when all places of a bucket belong to packets
 * that are inside (docs/linux.md has the odds). A bucket is one line of the cache, apart from the tags: the many packets that have no tag cost
 * no more than that line.
 */
#ifndef PACKETSCOPE_LINUX_TAGS_H
#define PACKETSCOPE_LINUX_TAGS_H

#include "packetscope/linux/state.h"

#define PS_WAYS 8u
#define PS_BUCKETS (1u << PS_BUCKETS_LOG)
#define PS_NO_PLACE (~0u)
#define PS_HAS_LEFT 1ull	  /* beside an address, whose lowest bits are 0: the place is free, but the driver may give the packet back */
#define PS_STALE_NS 1000000000ull /* a tag that has waited so long before the queue may be taken by another packet */

enum ps_stage { PS_FREE, PS_IN, PS_ELSEWHERE, PS_QUEUED, PS_OUT_OF_QUEUE, PS_GONE };

/* Whose tags they are: addresses, 0 for nobody's. Memory that can be mapped begins with a page, so buckets with a line of the cache. */
struct ps_bucket {
	u64 skb[PS_WAYS];
};
struct {
	PS_UINT(type, PS_MAP_ARRAY);
	PS_UINT(map_flags, PS_F_MMAPABLE);
	PS_UINT(max_entries, PS_BUCKETS);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_bucket);
} ps_buckets SEC(".maps");

struct {
	PS_UINT(type, PS_MAP_ARRAY);
	PS_UINT(max_entries, PS_BUCKETS * PS_WAYS);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_tag);
} ps_tags SEC(".maps");

static void ps_evict(struct ps_tag *t); /* generated: takes the packet out of what was counted */

PS_INLINE struct ps_tag *
ps_tag_at(u32 place)
{
	return ps_lookup(&ps_tags, &place);
}

/* Packets lie in arrays, which a product of the address scatters more evenly than chance would. */
PS_INLINE u32
ps_bucket_of(u64 skb)
{
	return (u32)(skb * 0x9e3779b97f4a7c15ull >> (64 - PS_BUCKETS_LOG));
}

/* Where the packet's tag is; PS_NO_PLACE when it has none. */
PS_ONCE u32
ps_tag_place(u64 skb)
{
	u32 i = ps_bucket_of(skb);
	struct ps_bucket *b = ps_lookup(&ps_buckets, &i);

	if (!b)
		return PS_NO_PLACE;
#pragma clang loop unroll(full)
	for (u32 way = 0; way < PS_WAYS; way++)
		if ((b->skb[way] & ~PS_HAS_LEFT) == skb)
			return i * PS_WAYS + way;
	return PS_NO_PLACE;
}

PS_INLINE struct ps_tag *
ps_tag_find(u64 skb, u32 *ret_place)
{
	*ret_place = ps_tag_place(skb);
	return ps_tag_at(*ret_place);
}

PS_INLINE void
ps_tag_own(u32 place, u64 word)
{
	u32 i = place / PS_WAYS;
	struct ps_bucket *b = ps_lookup(&ps_buckets, &i);

	if (b)
		b->skb[place % PS_WAYS] = word;
}

/* Is the packet inside? */
PS_INLINE int
ps_tag_busy(const struct ps_tag *t, u64 now)
{
	if (t->stage == PS_QUEUED || t->stage == PS_OUT_OF_QUEUE)
		return 1;
	return (t->stage == PS_IN || t->stage == PS_ELSEWHERE) && now - t->time_in < PS_STALE_NS;
}

/* A place in the bucket for a packet that has none: a free one, that of a packet that went in silence, or, at worst, one that is taken. */
PS_ONCE u32
ps_tag_room(u64 skb, u64 now)
{
	u32 i = ps_bucket_of(skb), at = i * PS_WAYS;
	struct ps_bucket *b = ps_lookup(&ps_buckets, &i);
	struct ps_tag *t;

	if (!b)
		return PS_NO_PLACE;
#pragma clang loop unroll(full)
	for (u32 way = 0; way < PS_WAYS; way++) {
		u64 word = b->skb[way];

		if ((!word || (word & PS_HAS_LEFT)) && __sync_val_compare_and_swap(&b->skb[way], word, skb) == word)
			return at + way;
	}
#pragma clang loop unroll(full)
	for (u32 way = 0; way < PS_WAYS; way++) {
		t = ps_tag_at(at + way);
		if (t && !ps_tag_busy(t, now)) {
			b->skb[way] = skb;
			return at + way;
		}
	}
	t = ps_tag_at(at);
	if (t)
		ps_evict(t);
	b->skb[0] = skb;
	return at;
}

/* A tag for the packet, whatever its address's last owner left. */
PS_INLINE struct ps_tag *
ps_tag_claim(u64 skb, u64 now, u64 tick)
{
	u32 place = ps_tag_place(skb);
	struct ps_tag *t;

	if (place == PS_NO_PLACE)
		place = ps_tag_room(skb, now);
	else
		ps_tag_own(place, skb);
	t = ps_tag_at(place);
	if (t) {
		t->time_in = now;
		t->tick = tick;
	}
	return t;
}

#endif
