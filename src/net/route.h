/* route.h - shortest paths over the links that are up, counted in links. Hosts forward nothing. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "net/topology.h"

#define NET_FAR UINT16_MAX

/* Distances of all switches from each other: rows are only made for switches that are asked for. */
struct net_routes;

/* For the links that are up now. */
struct net_routes *net_routes_make(struct arena *a, const struct net_topology *t);
/* Links from one switch (a node) to another; NET_FAR: there is no way. */
uint16_t net_distance(struct net_routes *r, uint32_t from, uint32_t to);
/* The ports of switch `at` that lead to switch `to` on a shortest path, ascending; at most `most`. Their number. */
uint32_t net_next_ports(struct net_routes *r, uint32_t at, uint32_t to, uint32_t *ret, uint32_t most);
/* Some shortest path as nodes, both ends included, which `seed` chooses among those of equal length; its length, 0 when there is none. */
uint32_t net_path(struct net_routes *r, uint32_t from, uint32_t to, uint64_t seed, uint32_t *ret, uint32_t most);
/* Two switches as far from each other as any two are that have a way; their distance. */
uint16_t net_diameter(struct net_routes *r, uint32_t ret[2]);

#endif
