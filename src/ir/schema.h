/* schema.h - what the packets of a program look like, for queries: its headers with their fields and widths, and its
 * user metadata. Made from a checked P4 program (plan/program.h) or from the first line of a trace
 * (trace.h), so that queries can be checked against either. Lives in an arena. */
#ifndef IR_SCHEMA_H
#define IR_SCHEMA_H

#include "base/vec.h"
#include "ir/value.h"

struct ir_schema_field {
	struct str name; /* the program's own: "srcAddr" */
	uint32_t width;
};

struct ir_schema_header {
	struct str path; /* inside the headers struct: "ipv4", "inner.ipv4", "mpls[0]" */
	VEC(struct ir_schema_field) fields;
	bool never_extracted; /* the parser can't produce it: queries on it never see a packet (warning) */
};

struct ir_schema {
	VEC(struct ir_schema_header) headers;
	VEC(struct ir_schema_field) metadata; /* name "x" for meta.x; nested: "a.b" */
	bool is_kernel;	     /* of the Linux kernel: some fields are there only, some are not */
	VEC(struct str) ports; /* their names, by number; none: ports are numbers */
	uint32_t tick_ns; /* the clock's step: 1000 for v1model */
};

/* The common spellings (srcIP, ttl, ecn...) and what programs call the same thing. One table, meanings.def.
 * Resolves `name` in a header: the program's own name first, then by meaning (srcAddr, src_addr, saddr -> srcIP).
 * ecn and dscp resolve to bits of a whole tos/diffserv/traffic class field too: *ret_hi/lo give the slice, else width-1..0.
 * Returns the field index, -1 when unknown, -2 when ambiguous (candidates by ir_schema_candidates). */
int32_t ir_schema_resolve(const struct ir_schema_header *h, struct str name, uint32_t *ret_hi, uint32_t *ret_lo);
/* The fields that an ambiguous name may mean: at most `max` indices; returns how many. */
uint32_t ir_schema_candidates(const struct ir_schema_header *h, struct str name, uint32_t *ret, uint32_t max);
/* What may be written for its fields: the program's names, then the common names that resolve; returns how many. */
uint32_t ir_schema_names(const struct ir_schema_header *h, struct str *ret, uint32_t max);
/* Is the field's name one that has a common meaning? Others may hold anything: addresses, ports, times. */
bool ir_schema_is_known(const struct ir_schema_header *h, uint32_t field);
/* Kind by meaning and width: an srcIP of 32 bits is IR_IPV4, of 128 IR_IPV6, a srcMac of 48 bits IR_MAC, else IR_INT. */
enum ir_kind ir_schema_kind(const struct ir_schema_header *h, uint32_t field);

#endif
