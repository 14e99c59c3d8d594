/* compile_network.h - the stage of a compilation that weaves queries over network(). */
#ifndef UI_COMPILE_NETWORK_H
#define UI_COMPILE_NETWORK_H

#include "ui/compile.h"

/* c->graph has such queries: `user`, `program` and `graph` become those of a program that carries digests; c->network is filled. False after errors. */
bool compile_network(struct compilation *c, const struct compile_options *o, const struct query_options *q);

#endif
