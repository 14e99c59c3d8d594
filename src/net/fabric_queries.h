/* fabric_queries.h - two more questions of a fabric's packets, beside HPCC's: each flow's path, and each hop's latencies. Switches
 * write 8 bits for each into packets, the receivers' collector decodes them, and what it finds is held against the truth.
 *
 * Together, all three share 16 bits: the path's are in all packets, and HPCC has the other eight in the share of packets that it
 * carries its digest in, latencies in the rest. Alone, path and latency are in all packets. */
#ifndef NET_FABRIC_QUERIES_H
#define NET_FABRIC_QUERIES_H

#include "net/fabric.h"

struct fabric_queries;

/* What came of them. Only flows of FABRIC_QUERIES_LONG bytes or more are asked for latencies. */
#define FABRIC_QUERIES_LONG 300000

struct fabric_answers {
	uint32_t paths, wrong_paths; /* decoded; not the true ones */
	double packets_mean;	     /* until the path was known */
	uint32_t packets_p99;
	uint32_t hops;	    /* of flows, of which latencies were asked */
	double median, p99; /* mean relative errors of their quantiles */
};

/* Attaches itself to the options of a fabric that will be made of them. */
struct fabric_queries *fabric_queries_make(struct arena *a, struct fabric_options *o, bool is_together);
/* Begins, with the fabric that was made. */
bool fabric_queries_start(struct fabric_queries *q, const struct fabric *f);
struct fabric_answers fabric_queries_finish(struct fabric_queries *q);

#endif
