/* trace_line.h - one line of a trace: between trace.c, which opens traces and knows what the graph
 * wants of them, and trace_line.c, which takes lines apart. */
#ifndef IR_TRACE_LINE_H
#define IR_TRACE_LINE_H

#include "base/map.h"
#include "base/json.h"
#include "ir/trace.h"

/* Members of a packet's object that are read as they are. */
enum member {
	M_TYPE,
	M_INSTANCE,
	M_INSTANCE_OUT,
	M_ID,
	M_TIME_IN,
	M_COPIES,
	M_PORT_IN,
	M_LEN_IN,
	M_INTENT,
	M_PORT_OUT,
	M_LEN_OUT,
	M_FATE,
	M_DROP_REASON,
	M_DROP_CLASS,
	MEMBERS,
};

/* Members of "queuing". */
enum queue_member { Q_TIME_IN, Q_TIME_OUT, Q_LEN_IN, Q_LEN_OUT, Q_DELAY, QUEUE_MEMBERS };

struct member_value {
	bool there;
	struct json_value v;
};

/* What one packet's line says, beside its headers, whose values go where they belong at once. */
struct parts {
	struct member_value m[MEMBERS], q[QUEUE_MEMBERS];
	bool headers[IR_INSTANTS], valid[IR_INSTANTS]; /* there was such a member */
};

/* Fields of the graph that are taken from one member of "in", "mid" or "out", or from one name in
 * "in_valid"... */
struct want {
	const char *key;
	uint32_t width; /* of the whole field */
	VEC(const struct ir_field *) fields;
};

struct ir_trace {
	struct arena *arena;
	struct diags *d;
	struct str path;
	FILE *file;
	char *line; /* getline's */
	size_t cap, length;
	uint64_t number; /* of the line */
	struct ir_schema *schema;
	uint64_t start_ns;
	const struct ir_graph *g;			     /* that the rest is made for */
	struct map headers[IR_INSTANTS], valid[IR_INSTANTS]; /* name -> struct want */
	struct ir_value *values;
};

/* An error of the line at hand; returns -1. */
int ir_trace_fail(struct ir_trace *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Reads the line at hand: what is wanted of its headers goes to t->values. 1: it isn't a packet; -1
 * after an error. */
int ir_trace_members(struct ir_trace *t, struct json *j, struct parts *p);
/* The packet and its other fields. */
int ir_trace_packet(struct ir_trace *t, const struct parts *p, struct ir_packet *ret);

#endif
