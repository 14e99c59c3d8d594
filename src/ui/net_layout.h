/* net_layout.h - where a drawing puts the nodes of a network. */
#ifndef UI_NET_LAYOUT_H
#define UI_NET_LAYOUT_H

#include "net/topology.h"

struct net_point {
	double x, y;
};

/* By node, from (0, 0) to (width, *ret_height), which is at most `tallest`; in `a`. Places that the topology knows are used; else distances in the
 * drawing are made like those in the graph. The same for the same network. */
struct net_point *net_layout(struct arena *a, const struct net_topology *t, double width, double tallest, double *ret_height);

#endif
