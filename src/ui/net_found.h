/* net_found.h - what queries over network() found, kept for a drawing: of each flow and hop the last row. */
#ifndef UI_NET_FOUND_H
#define UI_NET_FOUND_H

#include "ui/net.h"

struct net_found_row {
	struct str *cells;    /* by column, as text; lists of switches by name */
	double *numbers;      /* the same as numbers; NAN: none */
	const uint32_t *path; /* nodes; NULL: no whole path */
	uint32_t npath;
};

struct net_found_query {
	struct str name;
	uint32_t ncolumns, nkeys;
	struct ir_column *columns;
	uint32_t hop;	/* column; UINT32_MAX: none */
	uint32_t place; /* column of a switch, with its port in the next one; UINT32_MAX: none */
	VEC(struct net_found_row) rows; /* in the order in which they first came */
	struct map keys;		/* to row number + 1 */
};

struct net_found {
	struct arena *arena;
	const struct net_topology *t;
	VEC(struct net_found_query *) queries;
};

/* A result of the collector. */
void net_found_add(struct net_found *f, const struct ir_result *r);
/* A row that tells the path of this row's flow, if there is one: all keys that both have are alike. NULL: none. */
const struct net_found_row *net_found_path(const struct net_found *f, const struct net_found_query *q, const struct net_found_row *row);

#endif
