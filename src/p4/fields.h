/* fields.h - what a program's H and M consist of: every header instance with its place (structs
 * nested, stacks element by element, members of unions), and every field at the end of a path.
 * Paths are P4 expressions without the parameter's name: "ipv4", "inner.ipv4", "mpls[0]", "l3.v6",
 * "acl.port".
 */
#ifndef P4_FIELDS_H
#define P4_FIELDS_H

#include "p4/types.h"

struct arena;

/* One header, or one element of a header stack. */
struct p4_header_inst {
	struct str path;
	const struct p4_type *type; /* P4_TY_HEADER */
	struct str stack;	    /* path of the stack that it is an element of; "" when none */
	uint32_t index;		    /* its place in that stack */
	uint32_t size;		    /* elements of that stack; 0 when none */
	struct str union_;	    /* path of the union that it is a member of; "" when none */
};

struct p4_header_insts {
	struct p4_header_inst *v;
	uint32_t n, cap;
};

/* One field that is no struct, header, stack, union or tuple itself. */
struct p4_leaf {
	struct str path;
	const struct p4_type *type; /* BIT, SIGNED, BOOL, VARBIT, ENUM, ERROR, NEW */
	uint32_t width; /* p4_type_bits: 0 for `error` and enums without underlying type */
};

struct p4_leaves {
	struct p4_leaf *v;
	uint32_t n, cap;
};

/* All headers within `t` (H, or any struct, header, stack or union), in order of declaration. */
struct p4_header_insts p4_fields_headers(struct arena *a, const struct p4_type *t);
/* All last fields of `t`: of a header ("dstAddr"), or of M ("acl.port", "copy.ttl",
 * "mpls[1].label"). */
struct p4_leaves p4_fields_leaves(struct arena *a, const struct p4_type *t);
/* The type at a path within `t`, NULL when there is none. Stack elements are written [k]. */
const struct p4_type *p4_fields_find(const struct p4_type *t, struct str path);

#endif
