/* check.h - scopes, types, generics, constants: turns a parsed tree into a checked one, and
 * lays out the instances that `main` is made of.
 *
 * p4_check annotates the tree in place (fields marked [check] in ast.h), inserts P4_CAST nodes with
 * `implicit` set where the specification (8.11.2) casts implicitly, and gives every expression a type;
 * integer constants get their final type (`bit<9> x = 5` makes 5 a bit<9>). After it, an operator's operands
 * have exactly the types that the operator works on.
 *
 * What passes behind it may rely on, beyond ast.h:
 *  - Where is_const is set, `value` says it all: what is below (operands of type `int`, wider
 *    literals) need not be looked at. Nothing of type `int` or string is left at run time. `value` is
 *    wrapped to the node's type; an integer literal's own u.integer stays as written.
 *  - Lists and structure initializers have the type of what they initialize, elements in the order
 *    written; those left to `...` are not in the tree (`value`, when constant, has all of them).
 *  - Arguments of P4_ACTION_REF stand in the order of the action's parameters: in a table's list of
 *    actions those with a direction, in default_action and entries all. A table without
 *    default_action does nothing on a miss.
 *  - A label of a select or entry may be a P4_NAME of type P4_TY_SET: a value_set; alone it may
 *    match all expressions of the select together.
 *  - u.call.ordered may share nodes with the tree and with default values of parameters.
 *  - An expression that is no constant but known at compile time (constructor parameters) has a
 *    value within an instance: p4_inst_eval.
 * A checked tree may be changed and checked again: annotations are made anew.
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
	struct p4_node *member;	  /* P4_V_ENUM, P4_V_ERROR: P4_ENUM_MEMBER; NULL: a number without a name */
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

/* A type within a generic declaration (function, method, extern, parser, control) with its
 * parameters replaced: `args` are call.bound of a call, or args of an instance's or object's type.
 * Bodies of generic functions are checked once, with P4_TY_VARs as types. */
struct p4_type *p4_type_bind(struct arena *a, struct p4_type *t, struct p4_node *decl,
			     struct p4_type **args, uint32_t n);

/* Checks and elaborates. NULL when there were errors. A program without `main` is an error unless `library`. */
struct p4_program *p4_check(struct arena *a, struct diags *d, struct p4_node *tree, bool library);

/* The control-plane name of a table or action within an instance: "MyIngress.acl", honouring @name. */
struct str p4_control_name(struct arena *a, const struct p4_inst *inst, const struct p4_node *decl);
/* The instance that a P4_INSTANCE declaration, a P4_CALL (of `T.apply()`, or of a constructor as in
 * `implementation = action_profile(32)`) or a constructor P4_PARAM stands for within `inst`; looks at
 * globals too. */
struct p4_inst *p4_inst_find(const struct p4_program *p, const struct p4_inst *inst, const struct p4_node *decl);
/* The value of an expression within an instance: constructor parameters and instances are known
 * here. NULL when it isn't known at compile time. */
struct p4_value *p4_inst_eval(const struct p4_program *p, const struct p4_inst *inst,
			      const struct p4_node *expr);

#endif
