/* mark.h - tags that survive what an address doesn't: copies, segments and fragments made on the way bear their packet's mark (--tag mark:MASK).
 * The generated code has defined PS_MARK (the mask; its bits lie together) and PS_MARK_SHIFT before.
 *
 * An arrival gets a number in the masked bits of its mark, and what its tag knows is kept by that number too. A copy that comes to a queue, and a
 * segment of what was cut while queued, take a tag of their own from there, so what becomes of one copy says nothing of another.
 */
#ifndef PACKETSCOPE_LINUX_MARK_H
#define PACKETSCOPE_LINUX_MARK_H

#include "packetscope/linux/tags.h"

#define PS_NUMBERS 65536u
#define PS_NUMBER_MAX (PS_MARK >> PS_MARK_SHIFT)

struct ps_kept {
	u64 number; /* PS_NUMBERS apart have one place */
	struct ps_tag tag;
};
struct {
	PS_UINT(type, PS_MAP_ARRAY);
	PS_UINT(max_entries, PS_NUMBERS);
	PS_TYPE(key, u32);
	PS_TYPE(value, struct ps_kept);
} ps_kept SEC(".maps");

/* How many numbers a CPU has given. */
struct {
	PS_UINT(type, PS_MAP_PERCPU_ARRAY);
	PS_UINT(max_entries, 1);
	PS_TYPE(key, u32);
	PS_TYPE(value, u64);
} ps_given SEC(".maps");

PS_INLINE struct ps_kept *
ps_kept_at(u32 number)
{
	u32 i = number % PS_NUMBERS;

	return ps_lookup(&ps_kept, &i);
}

/* What is kept of the packet that has the mark; NULL for marks that are not ours, or whose place has been given away. */
PS_INLINE struct ps_kept *
ps_kept_of(u32 mark)
{
	u32 number = (mark & PS_MARK) >> PS_MARK_SHIFT;
	struct ps_kept *k = number ? ps_kept_at(number) : NULL;

	return k && k->number == number ? k : NULL;
}

/* A number for an arrival. Masked bits that somebody else has set are left alone. */
PS_INLINE void
ps_mark_arrival(struct __sk_buff *skb, const struct ps_tag *t, u32 port)
{
	u32 zero = 0, number;
	u64 *given = ps_lookup(&ps_given, &zero);
	struct ps_kept *k;

	if ((skb->mark & PS_MARK) && !ps_kept_of(skb->mark)) {
		ps_count(port, PS_N_MARKED);
		return;
	}
	if (!given)
		return;
	number = (u32)(++*given * PS_CPUS + ps_cpu()) & PS_NUMBER_MAX;
	k = number ? ps_kept_at(number) : NULL;
	if (!k)
		return;
	k->tag = *t;
	k->number = number;
	*(volatile u32 *)&skb->mark = (skb->mark & ~PS_MARK) | number << PS_MARK_SHIFT; /* the verifier takes nothing but the whole word */
}

/* A packet that was cut into segments while queued: they may take its tag from now on. */
PS_INLINE void
ps_mark_cut(u32 mark, const struct ps_tag *t)
{
	struct ps_kept *k = ps_kept_of(mark);

	if (!k)
		return;
	k->tag = *t;
	k->tag.stage = PS_QUEUED;
}

static void ps_offer_again(struct ps_tag *t); /* generated: a segment is offered to the queue, as what it was cut from was */

/* The place of a tag for a copy (stage PS_IN) or a segment (PS_QUEUED); PS_NO_PLACE when the mark says nothing, or something else. */
PS_ONCE u32
ps_mark_place(u64 skb, u32 mark, u32 stage, u64 now)
{
	struct ps_kept *k = ps_kept_of(mark);
	struct ps_tag *t;
	u32 place;

	if (!k || k->tag.stage != stage)
		return PS_NO_PLACE;
	place = ps_tag_place(skb);
	if (place == PS_NO_PLACE)
		place = ps_tag_room(skb, now);
	else
		ps_tag_own(place, skb);
	t = ps_tag_at(place);
	if (!t)
		return PS_NO_PLACE;
	*t = k->tag;
	ps_count(t->port, PS_N_COPIES);
	if (stage == PS_QUEUED)
		ps_offer_again(t);
	return place;
}

/* A segment's tag, when its packet was cut. */
PS_INLINE struct ps_tag *
ps_mark_segment(u64 skb, u32 mark, u64 now, u32 *ret_place)
{
	*ret_place = mark & PS_MARK ? ps_mark_place(skb, mark, PS_QUEUED, now) : PS_NO_PLACE;
	return ps_tag_at(*ret_place);
}

#endif
