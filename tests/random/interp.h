/* interp.h - a slow and obvious interpreter of checked P4 programs on v1model, for tests only: it walks the tree and
 * copies whatever P4 says is copied. It shares nothing with the code generator or the switch.
 *
 * Where the specification leaves a value open, it is: 0 and invalid for what was never written and for the fields of
 * a header that becomes valid by itself, what was last stored for those of invalid headers, 0 for what is read beyond a stack or register; writes beyond go nowhere.
 *
 * interp.c: passes of packets. interp_value.c: values. interp_expr.c: expressions and places. interp_op.c: operators.
 * interp_stmt.c: statements. interp_call.c: calls. interp_parser.c: parsers. interp_table.c: tables and their
 * entries. interp_extern.c: v1model's externs. */
#ifndef INTERP_H
#define INTERP_H

#include <stdio.h>

#include "base/arena.h"
#include "p4/check.h"

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

#define INTERP_NONE UINT32_MAX

/* What marked a packet. Belongs to a value of type standard_metadata_t and is copied with it. */
struct mark {
	bool stands;
	const char *text; /* the drop reason, in the arena of the packet */
};

/* A value, or a place that holds one. */
struct val {
	const struct p4_type *type; /* stripped */
	u128 bits;		    /* numbers (two's complement in the type's width), bool, error, enum */
	bool valid;		    /* headers */
	uint32_t next;		    /* stacks; of a varbit how many bits it has, at most 128 */
	struct val **items;	    /* fields, elements */
	uint32_t n;
	struct val *up;		    /* what it is a field of */
	struct mark mark;
};

/* A place in memory, or some bits of it. */
struct spot {
	struct val *v;
	bool sliced;
	uint32_t hi, lo;
};

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_EXIT, FLOW_REJECT };

struct binding {
	const struct p4_node *decl;
	struct val *v;
};

struct entry {
	const struct p4_node *action;
	u128 *value, *mask; /* per key; of ranges the ends */
	uint32_t *prefix;   /* lpm */
	bool *any;	    /* ternary, optional: matches whatever comes */
	struct val **args;  /* directionless parameters */
	uint32_t nargs;
	int64_t priority;   /* smaller wins */
	uint32_t handle;
	const struct p4_node *from; /* P4_ACTION_REF with arguments for directed parameters, or NULL */
};

struct table {
	const struct p4_inst *inst;
	const struct p4_node *decl;
	struct str name;
	VEC(struct entry *) entries;
	struct entry *normal; /* the default action, or NULL */
};

struct object { /* register or counter */
	const struct p4_inst *inst;
	struct str name;
	struct val **cells;
	uint64_t *packets, *bytes;
	uint32_t n;
};

struct buffer {
	uint8_t *p;
	uint32_t bits;
};

struct copy {
	uint32_t rid, port;
};

struct group {
	struct copy *copies;
	uint32_t n;
};

/* Where a packet went, and what became of it. */
struct event {
	bool sent;
	uint32_t port, len;
	const uint8_t *data;
	const char *reason; /* of a drop; NULL */
};

/* One packet in one pass. */
struct pass {
	uint8_t *data;	/* as received */
	uint32_t len;
	uint64_t cursor; /* bits */
	struct val *hdr, *meta, *std;
	uint32_t header_bytes; /* when it was parsed, or when egress began */
	uint32_t length;       /* of the packet when header_bytes were counted */
	uint32_t clone_session, resubmit, recirculate, truncate;
	uint32_t clone_list;
	uint32_t in_port, instance, out_port;
	uint32_t passes;
	struct val *kept; /* metadata of the pass before */
	uint32_t kept_list;
	struct pass *after; /* in its queue */
};

struct interp {
	const struct p4_program *p;
	struct arena *a;      /* lives as long as the interpreter */
	struct arena *packet; /* until the next packet */
	VEC(struct table *) tables;
	VEC(struct object *) objects;
	struct group groups[16];
	int32_t sessions[16]; /* port, or -1 */
	/* the present pass */
	struct pass *now;
	bool egress;
	const struct p4_inst *inst;
	enum flow flow;
	struct val *returned;
	struct binding *names;
	uint32_t nnames, cap_names;
	struct buffer out;
	uint32_t error; /* of the parser, with FLOW_REJECT */
	uint64_t steps;
	/* who is running, for marks */
	struct table *why_table;
	struct entry *why_entry;
	const struct p4_node *why_action;
	/* results of a packet */
	VEC(struct event) events;
	struct pass *queued, *again;
	const char *trouble; /* what can't be interpreted: the first thing */
};

/* --- interp.c --- */
struct interp *interp_make(struct arena *a, const struct p4_program *p);
/* All passes of one packet, and of all that comes from it. Results in it->events. */
void interp_packet(struct interp *it, uint32_t port, const uint8_t *data, uint32_t len);
/* Says that something can't be interpreted. */
void interp_trouble(struct interp *it, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bits of a header without varbits. */
uint32_t fixed_bits(const struct p4_type *t);
uint32_t interp_header_bytes(const struct val *v);
uint32_t interp_line(const struct interp *it, const struct p4_node *n);

/* --- interp_value.c --- */
struct val *val_make(struct arena *a, const struct p4_type *t);
struct val *val_copy(struct arena *a, const struct val *v);
/* The contents of `from` into the place `to`, marks too. */
void val_assign(struct val *to, const struct val *from);
bool val_equal(const struct val *a, const struct val *b);
struct val *val_bits(struct interp *it, const struct p4_type *t, u128 bits);
struct val *val_of_const(struct interp *it, const struct p4_type *t, const struct p4_value *v);
struct val *val_field(const struct val *v, const char *name);
u128 mask_of(uint32_t width);
uint32_t width_of(const struct p4_type *t);
bool is_signed(const struct p4_type *t);
i128 as_signed(u128 bits, uint32_t width);
bool is_number(const struct p4_type *t);
/* The bits of all fields in order; those of invalid headers are left out with `skip`. */
void val_to_bits(struct buffer *b, const struct val *v, bool skip);
void buffer_put(struct buffer *b, u128 bits, uint32_t n);
u128 buffer_get(const uint8_t *p, uint64_t at, uint32_t n);
void val_from_bits(struct val *v, const uint8_t *p, uint64_t *at);
/* After a header of a union became valid. */
void union_settle(struct val *header);

/* --- interp_expr.c, interp_op.c --- */
struct val *eval(struct interp *it, const struct p4_node *e);
struct spot eval_place(struct interp *it, const struct p4_node *e);
struct val *place_read(struct interp *it, struct spot p);
/* An assignment: undoes marks, settles unions. `whole` marks are kept when a parameter is copied out. */
void place_write(struct interp *it, struct spot p, const struct val *v, bool copy_out);
bool is_place(const struct p4_node *e);
struct val *operate(struct interp *it, const struct p4_node *at, enum p4_op op, const struct val *a, const struct val *b,
		    const struct p4_type *t);
struct val *convert(struct interp *it, const struct p4_type *to, const struct val *v);

/* --- interp_stmt.c --- */
void run_stmts(struct interp *it, const struct p4_list *stmts);
void run(struct interp *it, const struct p4_node *s);
void bind(struct interp *it, const struct p4_node *decl, struct val *v);
struct val *bound(struct interp *it, const struct p4_node *decl);

/* --- interp_call.c --- */
struct val *call(struct interp *it, const struct p4_node *e);
void run_action(struct interp *it, const struct p4_node *action, struct p4_node *const *directed, struct val *const *data);
void run_control(struct interp *it, const struct p4_inst *inst);

/* --- interp_parser.c --- */
void run_parser(struct interp *it, const struct p4_inst *inst);
void reject(struct interp *it, const char *error);
struct val *call_packet_in(struct interp *it, const struct p4_node *e);
bool set_matches(struct interp *it, const struct p4_node *set, const struct val *v);

/* --- interp_table.c --- */
void tables_make(struct interp *it);
/* Applies; *ret_action is the action that ran, NULL when none. True on a hit. */
bool table_apply(struct interp *it, const struct p4_node *decl, const struct p4_node **ret_action);
/* A line of simple_switch_CLI: table_add, table_set_default. False when it isn't understood. */
bool table_command(struct interp *it, char *line);

/* --- interp_extern.c --- */
void objects_make(struct interp *it);
struct val *call_extern(struct interp *it, const struct p4_node *e);
struct val *call_method(struct interp *it, const struct p4_node *e);

#endif
