/* stamp.h - the arrival's time in the packet's own time stamp, where the kernel leaves it alone (--tag stamp): routers and bridges forget when a
 * packet was received, but not when it is to be delivered, which is what this claims to be; the time is past, so nothing waits for it. Local sockets
 * forget it. The generated code has defined PS_SIGN, PS_TICK_NS and ps_now() before.
 *
 * The lowest bits say whose stamp it is: those of senders that pace themselves, or of another process of ours, are none.
 */
#ifndef PACKETSCOPE_LINUX_STAMP_H
#define PACKETSCOPE_LINUX_STAMP_H

#include "packetscope/linux/state.h"

#define PS_SIGN_MASK 1023ull /* about a microsecond */
#define PS_STAMP_MAX (1ull << 56) /* two years; stamps by the clock on the wall are larger */
#define PS_DELIVERY_MONO 1u

PS_INLINE u64
ps_stamp_now(void)
{
	return ((ps_ktime() & ~PS_SIGN_MASK) | PS_SIGN) - ps_zero;
}

/* Refused for what is neither IPv4 nor IPv6. */
PS_INLINE void
ps_stamp_set(struct __sk_buff *skb, u64 time_in)
{
	ps_skb_set_tstamp(skb, time_in + ps_zero, PS_DELIVERY_MONO);
}

PS_INLINE int
ps_stamp_of(struct sk_buff *skb, u64 *ret)
{
	u64 stamp = skb->tstamp;

	*ret = stamp - ps_zero;
	return (stamp & PS_SIGN_MASK) == PS_SIGN && stamp > ps_zero && stamp < PS_STAMP_MAX;
}

#endif
