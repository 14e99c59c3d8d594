/* check.h - scopes, types, generics, constants: turns a parsed tree into a checked one, and
 * lays out the instances that `main` is made of.
 *
 * p4_check annotates the tree in place (fields marked [check] in ast.h), inserts P4_CAST nodes with
 * `implicit` set where the specification (8.11.2) casts implicitly, and gives every expression a type;
 * integer constants get their final type (`bit<9> x = 5` makes 5 a bit<9>). After it, an operator's operands
 * have exactly the types that the operator works on.
 */
#ifndef P4_CHECK_H
#define P4_CHECK_H

#include "base/diag.h"
#include "base/map.h"
#include "p4/ast.h"
#include "p4/types.h"

/* A compile-time value. */
enum p4_value_kind { P4_V_INT, P4_V_BOOL, P4_V_STRING, P4_V_ENUM, P4_V_ERROR, P4_V_LIST, P4_V_INSTANCE, P4_V_DEFAULT, P4_V_INVALID };

struct p4_value {
	enum p4_value_kind kind;
	struct big i;		  /* P4_V_INT; P4_V_ENUM with underlying type too */
	bool b;
	struct str s;
	struct p4_node *member;	  /* P4_V_ENUM, P4_V_ERROR: P4_ENUM_MEMBER */
	struct p4_value **items;  /* P4_V_LIST: lists, tuples, structs, in field order */
	uint32_t n;
	struct p4_inst *inst;	  /* P4_V_INSTANCE */
};

/* One instance of a parser, control, package, extern object, table... in the tree that hangs under `main`.
 * The same declaration instantiated twice gives two instances. */
struct p4_inst {
	struct p4_node *decl;	/* P4_PARSER, P4_CONTROL, P4_PACKAGE, P4_EXTERN */
	struct p4_type *type;	/* with type arguments */
	struct p4_node *at;	/* the P4_INSTANCE or P4_CALL that makes it */
	struct str name;	/* local name; "main" for the package; for a package's direct arguments: the decl's name */
	struct str path;	/* control-plane name: "MyIngress.acl_inst", @name applied (specification 18.3), top-level: "reg" */
	struct p4_inst *parent; /* NULL for main and for top-level instances */
	struct p4_value **args; /* constructor arguments by parameter */
	uint32_t nargs;
	/* named children: local instances of parsers, controls, externs, by declared name (P4_INSTANCE) */
	VEC(struct p4_inst *) children;
	VEC(struct p4_node *) tables;  /* P4_TABLE of this control, in order */
	VEC(struct p4_node *) actions; /* P4_ACTION of this control, in order */
};

struct p4_program {
	struct p4_node *tree;	/* P4_PROGRAM, checked */
	struct p4_inst *main;	/* the package instance */
	VEC(struct p4_inst *) globals; /* extern objects instantiated at top level */
	VEC(struct p4_inst *) all;     /* every instance, parents before children */
	VEC(struct p4_node *) errors;  /* all P4_ENUM_MEMBERs of `error` in order of declaration; NoError is 0 */
	/* v1model's arguments, resolved; NULL when main is no V1Switch */
	struct {
		struct p4_inst *parser, *verify, *ingress, *egress, *compute, *deparser;
		struct p4_type *headers, *metadata; /* H and M */
	} v1;
	struct arena *arena;
	struct diags *diags;
};

/* Checks and elaborates. NULL when there were errors. A program without `main` is an error unless `library`. */
struct p4_program *p4_check(struct arena *a, struct diags *d, struct p4_node *tree, bool library);

/* The control-plane name of a table or action within an instance: "MyIngress.acl", honouring @name. */
struct str p4_control_name(struct arena *a, const struct p4_inst *inst, const struct p4_node *decl);
/* The child instance that a P4_INSTANCE declaration makes within `inst`; looks at globals too. */
struct p4_inst *p4_inst_find(const struct p4_program *p, const struct p4_inst *inst, const struct p4_node *decl);
/* The value of an expression within an instance: constructor parameters and instances are known here. NULL
 * when it isn't known at compile time. */
struct p4_value *p4_inst_eval(const struct p4_program *p, const struct p4_inst *inst, const struct p4_node *expr);

#endif
