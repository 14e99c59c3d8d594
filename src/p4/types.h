/* types.h - canonical P4 types, as the checker gives them to every expression. Types live in the
 * compilation's arena; two types are the same when p4_type_eq says so (struct-like ones: same declaration
 * and same type arguments). */
#ifndef P4_TYPES_H
#define P4_TYPES_H

#include "p4/ast.h"

enum p4_type_kind {
	P4_TY_ERROR_TYPE, /* something was wrong and has been reported */
	P4_TY_VOID,
	P4_TY_BOOL,
	P4_TY_INT,    /* arbitrary precision, compile time only */
	P4_TY_BIT,    /* width; 0 allowed */
	P4_TY_SIGNED, /* int<width> */
	P4_TY_VARBIT, /* max width */
	P4_TY_STRING,
	P4_TY_ERROR,	  /* the type `error` */
	P4_TY_MATCH_KIND,
	P4_TY_DONTCARE,	  /* _ */
	P4_TY_STRUCT, P4_TY_HEADER, P4_TY_UNION, /* decl, args */
	P4_TY_ENUM,	  /* decl; elem: underlying type or NULL */
	P4_TY_NEW,	  /* `type X name;` decl, elem */
	P4_TY_STACK,	  /* elem, size */
	P4_TY_TUPLE,	  /* args */
	P4_TY_LIST,	  /* elem: list<T>, compile time only */
	P4_TY_SET,	  /* elem: key sets (masks, ranges) */
	P4_TY_EXTERN,	  /* decl, args */
	P4_TY_PARSER, P4_TY_CONTROL, P4_TY_PACKAGE, /* decl, args */
	P4_TY_TABLE,	  /* decl */
	P4_TY_ACTION,	  /* decl */
	P4_TY_FUNCTION,	  /* decl: function or extern function or method */
	P4_TY_APPLY_RESULT, /* of t.apply(): hit, miss, action_run; decl: table */
	P4_TY_ACTION_ENUM, /* t.apply().action_run; decl: table */
	P4_TY_STATE,
	P4_TY_VAR,	  /* a type parameter not bound here; decl: P4_TYPE_PARAM */
	P4_TY_TYPE,	  /* an expression that names a type; elem */
	P4_TY_STRUCT_INIT, /* {a=..,b=..} before it is converted; decl: P4_STRUCT_EXPR */
};

struct p4_type {
	enum p4_type_kind kind;
	uint32_t width; /* BIT, SIGNED, VARBIT */
	uint32_t size;	/* STACK; for struct-like types the number of fields down to the last one */
	struct p4_node *decl;
	struct p4_type *elem;
	struct p4_type **args; /* type arguments, tuple elements */
	uint32_t nargs;
	/* STRUCT, HEADER, UNION, STRUCT_INIT: fields with type arguments substituted */
	struct p4_type_field {
		struct str name;
		struct p4_type *type;
		struct p4_node *decl; /* P4_FIELD */
	} *fields;
	uint32_t nfields;
};

bool p4_type_eq(const struct p4_type *a, const struct p4_type *b);
/* As a user would write it: "bit<32>", "header ipv4_t", "tuple<bit<8>, bool>". */
struct str p4_type_text(struct arena *a, const struct p4_type *t);
/* Through `type X name` and serializable enums to what is stored. */
const struct p4_type *p4_type_strip(const struct p4_type *t);
/* Index of a field, -1 when absent. */
int32_t p4_type_field_index(const struct p4_type *t, struct str name);
/* Bits of a value of this type on the wire or in a table key (varbit: its maximum); 0 for types without size. */
uint32_t p4_type_bits(const struct p4_type *t);

#endif
