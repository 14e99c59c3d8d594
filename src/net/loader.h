/* loader.h - readers of topologies' files. Inside net only. */
#ifndef NET_LOADER_H
#define NET_LOADER_H

#include "net/topology.h"

/* Both report what is wrong in the file and go on; the caller looks at the number of errors. */
void net_read_tutorials(struct arena *a, struct diags *d, const struct source *text, struct net_topology *t);
void net_read_graphml(struct diags *d, const struct source *text, struct net_topology *t);

#endif
