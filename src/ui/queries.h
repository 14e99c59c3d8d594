/* queries.h - the queries of a live switch, which come and go while it forwards.
 *
 * Queries come in units: those of the start, then each file that is added. A unit has a controller of its own, which goes on
 * undisturbed when others come and go. To add or to remove, everything is planned, woven and compiled anew by another thread; between
 * two bursts the new program takes the place of the old one (switch.h), with which it shares the registers of the queries that stay.
 */
#ifndef UI_QUERIES_H
#define UI_QUERIES_H

#include <pthread.h>

#include "host/server.h"
#include "ui/session.h"

/* A file, as it was when it came. */
struct queries_file {
	struct queries_file *next;
	struct arena *arena; /* of all of it */
	struct query_file file;
	VEC(struct str) without; /* queries of it that are gone */
	bool has_network; /* queries over network(), which stay */
	VEC(const char *) defines;
};

/* A query that is asked. */
struct queries_one {
	struct queries_one *next;
	struct queries_file *file;
	struct queries_unit *unit;
	struct str name; /* lives with the unit */
	uint64_t window_ns;
};

struct queries_unit {
	struct queries_unit *next;
	struct arena *arena;
	struct soft_part part;
	struct manifest manifest;
	struct control *control; /* NULL: it has no queries */
	VEC(struct str) names;
};

/* A change on its way: what the other thread needs, and what it makes. */
struct queries_job {
	struct queries *q;
	struct arena *arena;
	char *line; /* the command */
	struct str gone;	     /* the query that is to go; "": one comes */
	struct queries_file *file;   /* that comes, or of the query that is to go */
	VEC(struct query_file) files; /* as they will be */
	struct sw_image *trash;	     /* programs to close */
	/* what it makes */
	bool ok;
	char *text; /* for who asked */
	size_t size;
	struct sw_image *image;
	struct queries_unit *unit;
	VEC(struct queries_one) ones; /* of the unit */
	bool new_sizes; /* the register of multicast groups is new */
	uint64_t compiler_ns;
};

struct queries {
	struct session *s;
	struct queries_file *files;
	struct queries_one *ones;
	struct queries_unit *units; /* the first one's control is the session's */
	uint32_t numbered;	  /* units so far */
	struct queries_job *job;  /* NULL: nothing is on its way */
	int event;		  /* becomes readable when the job is done; -1 */
	char *line, *text;	  /* what was asked last, and its answer, until it is fetched */
	size_t size;
	bool ok;
};

/* Before session_prepare: reads the files of the start into s->options. */
void queries_read(struct queries *q, struct session *s);
/* After session_open_switch: the device of the queries of the start. */
struct soft_part *queries_part(struct queries *q);
/* After session_start. False: no memory or descriptors for it. */
bool queries_open(struct queries *q);
/* Before session_close; waits for a job to end. */
void queries_close(struct queries *q);

/* As control.h has them, of all queries. */
int queries_advance(struct queries *q, uint64_t now);
int queries_finish(struct queries *q);
uint64_t queries_deadline(const struct queries *q);

/* `query ...`, without the first word. */
enum host_answer queries_command(struct queries *q, struct str line, FILE *out);
/* After `event` became readable, at the switch's time `now`: swaps programs. */
void queries_swap(struct queries *q, uint64_t now);
/* How a multicast group's members become known to the queries that run. */
const struct manifest *queries_manifest(const struct queries *q);

/* renew.c: what the other thread does. */
void *queries_renew(void *job);

#endif
