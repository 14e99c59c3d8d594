/* netdev.h - the network interfaces of this namespace and their queues, as the kernel tells over netlink and ioctls. Functions that
 * can fail return 0 or -errno. */
#ifndef HOST_NETDEV_H
#define HOST_NETDEV_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_NAME 16 /* bytes of an interface's name, with its 0 */

struct host_netdev {
	char name[HOST_NAME];
	uint32_t ifindex;
	bool is_up, is_loopback, is_upper; /* upper: a bridge, a bond, a VLAN or a tunnel, which sends through others */
};

/* At most `max`; returns how many there are, or -errno. */
int host_netdevs(struct host_netdev *ret, uint32_t max);

/* What the root qdisc of an interface says of itself. */
struct host_qdisc {
	char kind[16];
	uint32_t handle;
	uint64_t packets, drops, backlog, queued;
};
int host_qdisc(uint32_t ifindex, struct host_qdisc *ret);
/* Does any of its qdiscs send packets when their time stamps say? */
bool host_paces(uint32_t ifindex);

/* Packets that the kernel dropped before any hook (softnet_stat), over all CPUs. */
int host_softnet_drops(uint64_t *ret);
/* Packets that the interface itself dropped on their way in. */
int host_netdev_drops(const char *name, uint64_t *ret);
/* Does the interface merge or cut packets (GRO, GSO, TSO)? */
bool host_offloads(const char *name);

#endif
