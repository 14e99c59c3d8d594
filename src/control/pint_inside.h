/* pint_inside.h - inside the collector of queries over network(): what is known of flows. Everything is on the heap and lives with the collector. */
#ifndef CONTROL_PINT_INSIDE_H
#define CONTROL_PINT_INSIDE_H

#include "base/arena.h"
#include "control/pint.h"

#define COLLECTOR_KEYS 10 /* of a flow, and a tag's switch and port */
#define COLLECTOR_COLUMNS (COLLECTOR_KEYS + 10)
#define COLLECTOR_NEVER UINT64_MAX

/* A hop's values. The first ones are kept as they came: most flows have few. When a recording takes no more room than they would, it takes
 * their place. */
struct hop_record {
	const struct pint_recording *how; /* NULL: there are no values */
	union {
		uint16_t *codes; /* ncodes > 0 */
		void *memory;
	};
	uint32_t ncodes, seed;
};

/* A flow of one query; of quantiles and per packet: in one epoch. */
struct collector_flow {
	uint64_t epoch;	 /* of static values: of its last packet */
	uint64_t untold; /* static: the first epoch with packets of it whose rows have not been told; COLLECTOR_NEVER */
	uint64_t packets;
	union {
		struct {
			struct pint_flow decoding;
			uint32_t *path; /* NULL: not known */
			struct collector_flow *former; /* the route before, if it is in `past`; not ours */
			uint32_t hops, route;
			uint16_t settled; /* contradictions when a path was sure last */
			bool is_former;	  /* the path is that of a route that was sure: so is it */
			uint64_t decoded_after;
		} route;
		struct {
			struct hop_record *hops;
			uint32_t nhops;
		} quantiles;
		struct {
			uint64_t best; /* max, min; sum: of all packets */
		} fold;
	};
	uint64_t key[]; /* collector_flows.words of them */
};

/* A route that a flow had until it changed. */
struct collector_past {
	uint64_t epoch; /* in which it changed */
	struct collector_flow *flow; /* a copy; without hops: it was no change */
	struct collector_flow *of;
};

/* An epoch in which there were packets of a query. */
struct collector_epoch {
	uint64_t number, absent, crowded;
	uint64_t lost; /* reports; late: all of a part of it */
	bool late, restarted;
};

/* Flows by key (and epoch). */
struct collector_flows {
	struct collector_flow **v;
	uint32_t n, cap, max;
	uint32_t *slots; /* place in v + 1; a power of two of them */
	uint32_t nslots, nkeys;
	uint32_t words; /* of 64 bits, of all keys: one for each, or two where a key needs them */
	bool by_epoch;
};

struct collector_query {
	const struct network_query *q;
	struct ir_query shown; /* as sinks see it */
	struct ir_column columns[COLLECTOR_COLUMNS];
	uint32_t nkeys, ncolumns;
	const struct ir_expr *filter; /* NULL: none */
	struct collector_flows flows;
	struct pint_decoder *decoder; /* static */
	struct pint_scale scale;      /* others */
	uint32_t *marks;	      /* of the scale */
	struct pint_recording recordings[PINT_HOPS]; /* quantile: of a hop, by the path's hops - 1 */
	struct collector_past *past;
	struct collector_epoch *epochs;
	uint32_t npast, cap_past, nepochs, cap_epochs;
	uint64_t told; /* the first epoch that is not */
	uint64_t mixed_until; /* static: before this epoch keys are thought to have packets of several paths at once */
};

struct pint_collector {
	const struct manifest *m;
	struct ir_graph *g;
	struct pint_collector_options options;
	struct collector_query *queries;
	struct ir_value *fields; /* of the packet at hand, by field of the graph */
	struct pint_collector_counts counts;
	ir_emit *emit;
	void *user;
};

/* pint_flows.c */
/* The flow, made if need be; NULL: there is no room for another one. */
struct collector_flow *collector_flow(struct collector_flows *f, const ir_i128 *key, uint64_t epoch, bool *ret_new);
size_t collector_flow_bytes(const struct collector_flows *f);
ir_i128 collector_key(const struct collector_flows *f, const struct collector_flow *flow, uint32_t i);
/* Forgets those for which `gone` says so, after `fini`. */
void collector_forget(struct collector_query *q, bool (*gone)(const struct collector_query *q, const struct collector_flow *f, uint64_t until),
		      uint64_t until);
void collector_flow_fini(struct collector_query *q, struct collector_flow *f);
void collector_flows_fini(struct collector_query *q);
struct collector_epoch *collector_epoch(struct collector_query *q, uint64_t number);

/* pint_take.c: a packet's part for a query. */
void collector_take(struct pint_collector *c, struct collector_query *q, const struct pint_report *r, uint32_t digest);

/* Is the path that is known sure, or is there no reason to doubt that it is the only one? */
bool collector_believes(const struct collector_query *q, const struct collector_flow *f);

void collector_record(struct hop_record *h, uint32_t code);
/* The hop's values as a recording: its own, or one made in `room`, which has how->bytes. */
const void *collector_recorded(const struct hop_record *h, void *room);

/* pint_rows.c: what the query's rows look like; the rows of the epochs below `end`. */
void collector_columns(struct pint_collector *c, struct collector_query *q);
void collector_tell(struct pint_collector *c, struct collector_query *q, uint64_t end);

#endif
