#include "host/netdev.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- interfaces -------------------------------------------------------------------------------- */

static bool
is_upper(int fd, const char *name)
{
	static const char *const kinds[] = { "bridge", "802.1Q VLAN Support", "bonding", "team", "vxlan", "ipip", "ip_gre", "gre", "sit", "ip6_gre", "ip6tnl", "macvlan", "dummy" };
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq r = { .ifr_data = (char *)&info };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (ioctl(fd, SIOCETHTOOL, &r))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(info.driver, kinds[i]) == 0)
			return true;
	return false;
}

int
host_netdevs(struct host_netdev *ret, uint32_t max)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), n = 0;

	if (!all || fd < 0) {
		n = -errno;
	} else {
		for (const struct if_nameindex *i = all; i->if_index && (uint32_t)n < max; i++) {
			struct host_netdev *d = &ret[n++];
			struct ifreq r = { .ifr_flags = 0 };

			*d = (struct host_netdev){ .ifindex = i->if_index, .is_upper = is_upper(fd, i->if_name) };
			snprintf(d->name, sizeof(d->name), "%s", i->if_name);
			snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", i->if_name);
			if (ioctl(fd, SIOCGIFFLAGS, &r) == 0) {
				d->is_up = r.ifr_flags & IFF_UP;
				d->is_loopback = r.ifr_flags & IFF_LOOPBACK;
			}
		}
	}
	if (all)
		if_freenameindex(all);
	if (fd >= 0)
		close(fd);
	return n;
}

bool
host_offloads(const char *name)
{
	static const uint32_t gets[] = { ETHTOOL_GGRO, ETHTOOL_GGSO, ETHTOOL_GTSO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool any = false;

	for (size_t i = 0; fd >= 0 && i < sizeof(gets) / sizeof(gets[0]); i++) {
		struct ethtool_value v = { .cmd = gets[i] };
		struct ifreq r = { .ifr_data = (char *)&v };

		snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
		any |= ioctl(fd, SIOCETHTOOL, &r) == 0 && v.data;
	}
	if (fd >= 0)
		close(fd);
	return any;
}

/* --- netlink ----------------------------------------------------------------------------------- */

struct request {
	struct nlmsghdr head;
	union {
		struct tcmsg tc;
		struct ifinfomsg link;
	} body;
};

typedef bool host_take(const struct nlmsghdr *h, void *user);

/* Asks, and hands on the answers until one is taken. 0, -ENOENT when none was, or -errno. */
static int
ask(struct request *r, host_take *take, void *user)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), ret = -ENOENT;
	_Alignas(struct nlmsghdr) char buffer[65536];
	bool more = true;

	if (fd < 0)
		return -errno;
	if (send(fd, r, r->head.nlmsg_len, 0) < 0) {
		ret = -errno;
		more = false;
	}
	while (more) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0)
			break;
		for (const struct nlmsghdr *h = (const void *)buffer; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				more = false;
			else if (ret && take(h, user))
				ret = 0;
			if (!(h->nlmsg_flags & NLM_F_MULTI))
				more = false;
		}
	}
	close(fd);
	return ret;
}

/* --- qdiscs ------------------------------------------------------------------------------------ */

struct wanted_qdisc {
	uint32_t ifindex;
	struct host_qdisc *ret;
};

static void
take_stats(const struct rtattr *stats, struct host_qdisc *ret)
{
	size_t left = RTA_PAYLOAD(stats);

	for (const struct rtattr *a = RTA_DATA(stats); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == TCA_STATS_QUEUE && RTA_PAYLOAD(a) >= sizeof(struct gnet_stats_queue)) {
			const struct gnet_stats_queue *q = RTA_DATA(a);

			ret->drops = q->drops;
			ret->backlog = q->backlog;
			ret->queued = q->qlen;
		} else if (a->rta_type == TCA_STATS_BASIC && RTA_PAYLOAD(a) >= 12) {
			uint32_t n;

			memcpy(&n, (const char *)RTA_DATA(a) + 8, sizeof(n));
			ret->packets = n;
		}
	}
}

static bool
take_qdisc(const struct nlmsghdr *h, void *user)
{
	struct wanted_qdisc *w = user;
	const struct tcmsg *t = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*t));

	if (h->nlmsg_type != RTM_NEWQDISC || (uint32_t)t->tcm_ifindex != w->ifindex || t->tcm_parent != TC_H_ROOT)
		return false;
	w->ret->handle = t->tcm_handle;
	for (const struct rtattr *a = (const struct rtattr *)((const char *)t + NLMSG_ALIGN(sizeof(*t))); RTA_OK(a, left);
	     a = RTA_NEXT(a, left)) {
		if (a->rta_type == TCA_KIND)
			snprintf(w->ret->kind, sizeof(w->ret->kind), "%.*s", (int)RTA_PAYLOAD(a), (const char *)RTA_DATA(a));
		else if (a->rta_type == TCA_STATS2)
			take_stats(a, w->ret);
	}
	return true;
}

int
host_qdisc(uint32_t ifindex, struct host_qdisc *ret)
{
	struct request r = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)), .nlmsg_type = RTM_GETQDISC,
				       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
			     .body.tc = { .tcm_family = AF_UNSPEC, .tcm_ifindex = (int)ifindex } };
	struct wanted_qdisc w = { ifindex, ret };

	*ret = (struct host_qdisc){ .handle = 0 };
	return ask(&r, take_qdisc, &w);
}

static bool
take_pacing(const struct nlmsghdr *h, void *user)
{
	const struct wanted_qdisc *w = user;
	const struct tcmsg *t = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*t));

	if (h->nlmsg_type != RTM_NEWQDISC || (uint32_t)t->tcm_ifindex != w->ifindex)
		return false;
	for (const struct rtattr *a = (const struct rtattr *)((const char *)t + NLMSG_ALIGN(sizeof(*t))); RTA_OK(a, left);
	     a = RTA_NEXT(a, left))
		if (a->rta_type == TCA_KIND)
			return strcmp(RTA_DATA(a), "fq") == 0 || strcmp(RTA_DATA(a), "etf") == 0 || strcmp(RTA_DATA(a), "taprio") == 0;
	return false;
}

bool
host_paces(uint32_t ifindex)
{
	struct request r = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)), .nlmsg_type = RTM_GETQDISC,
				       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
			     .body.tc = { .tcm_family = AF_UNSPEC, .tcm_ifindex = (int)ifindex } };
	struct wanted_qdisc w = { ifindex, NULL };

	return ask(&r, take_pacing, &w) == 0;
}

/* --- what never reached a hook ----------------------------------------------------------------- */

static bool
take_link(const struct nlmsghdr *h, void *user)
{
	const struct ifinfomsg *i = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*i));

	if (h->nlmsg_type != RTM_NEWLINK)
		return false;
	for (const struct rtattr *a = IFLA_RTA(i); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_STATS64 && RTA_PAYLOAD(a) >= 8 * sizeof(uint64_t)) {
			uint64_t v[8]; /* packets, bytes, errors, dropped: received and sent in turn */

			memcpy(v, RTA_DATA(a), sizeof(v));
			*(uint64_t *)user = v[4] + v[6];
		}
	return true;
}

int
host_netdev_drops(const char *name, uint64_t *ret)
{
	struct request r = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = RTM_GETLINK,
				       .nlmsg_flags = NLM_F_REQUEST },
			     .body.link = { .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name) } };

	*ret = 0;
	return ask(&r, take_link, ret);
}

int
host_softnet_drops(uint64_t *ret)
{
	FILE *f = fopen("/proc/net/softnet_stat", "r");
	char line[512];

	*ret = 0;
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		unsigned processed, dropped;

		if (sscanf(line, "%x %x", &processed, &dropped) == 2)
			*ret += dropped;
	}
	fclose(f);
	return 0;
}
