/* program.h - what the planner knows of the user's program: its packets' shape (for queries), and which fields each of its
 * controls may write, so that a field's availability is an interval. Needs a checked program; changes nothing. */
#ifndef PLAN_PROGRAM_H
#define PLAN_PROGRAM_H

#include "ir/graph.h"
#include "p4/discards.h"

#define PLAN_CONSTANTS 4
#define PLAN_HIDDEN "packetscope_hidden" /* annotation of a header that queries don't see */

/* What is written to a field: a few constants, or `other` values too. */
struct plan_constants {
	uint64_t v[PLAN_CONSTANTS];
	uint32_t n;
	bool other;
};

/* What a control may write, found by walking it with all it calls (actions of its tables, nested controls, functions). Whole-header
 * and whole-struct assignments, out arguments and validity changes count for every field they cover. */
struct plan_writes {
	/* by header index of the schema */
	struct {
		bool *fields;  /* by field index */
		bool validity; /* setValid, setInvalid, push_front, whole-header assignment... */
		/* the same, of writes behind a drop mark that nothing has undone: what isn't, is at the end still as at the mark */
		bool *late_fields, late_validity;
		struct plan_constants *values; /* by field index */
	} *headers;
	bool *metadata, *late_metadata; /* by schema metadata index */
	struct plan_constants *metadata_values;
	struct map std; /* standard_metadata field names that may be written (value non-NULL) */
	uint32_t mark_calls; /* how many places mark packets to be dropped, at least */
	bool table_marks;    /* an action that a table runs does */
	bool marks, clones_e2e, clones_i2e, resubmits, recirculates, multicasts, truncates, exits;
};

/* Where a header lives in the program: `hdr.ipv4` with the control's own parameter name put in front. */
struct plan_header {
	struct str path; /* "ipv4", "inner.ipv4", "mpls[0]" */
	const struct p4_type *type;
};

/* A state of the parser: which headers it may make valid, and where it may lead. */
struct plan_parser_state {
	const struct p4_node *decl;
	bool *headers;
	VEC(uint32_t) next;
};

struct plan_program {
	struct p4_program *p4;
	uint32_t site_bits; /* of the number of a place that drops packets, in the upper part of a reason's code */
	struct ir_schema schema;
	VEC(struct plan_header) headers; /* parallel to schema.headers */
	VEC(struct plan_parser_state) states;	    /* the first one is `start` */
	struct plan_writes parser, ingress, egress, compute; /* parser: of metadata; compute: checksums */
	struct discards *discards; /* of its drops; the weaver adds what it calls otherwise */
};

/* May the parser make all `n` (at most 8) headers valid in one packet? */
bool plan_together(const struct plan_program *p, const uint32_t *headers, uint32_t n);

/* NULL (and a diagnostic) when the program is no V1Switch. */
struct plan_program *plan_program_make(struct arena *a, struct diags *d, struct p4_program *p4);

#endif
