/* ast.h - the P4_16 tree: one tagged node for declarations, statements, expressions and written
 * types, as the parser makes it, the checker annotates it, the weaver rewrites it and the printer
 * and the code generators read it.
 *
 * Nodes live in the compilation's arena and are never freed. Every node has a place. Fields
 * marked [check] are filled by p4_check (check.h) and are empty before. A node whose kind is
 * P4_BAD, or whose type is an error type, has been reported: later passes stay silent about it.
 *
 * Grammar: P4_16 specification 1.2.5, appendix "P4 grammar".
 */
#ifndef P4_AST_H
#define P4_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/big.h"
#include "base/source.h"
#include "base/str.h"
#include "base/vec.h"

struct p4_node;
struct p4_type;	  /* types.h */
struct p4_inst;	  /* elaborate.h */

struct p4_list {
	struct p4_node **v;
	uint32_t n, cap;
};

/* kind, spelling for messages and `-d ast` */
#define P4_KINDS(X)                                                                               \
	X(P4_BAD, "error")                                                                        \
	/* declarations */                                                                        \
	X(P4_PROGRAM, "program")                                                                  \
	X(P4_CONST, "constant")                                                                   \
	X(P4_VAR, "variable")                                                                     \
	X(P4_INSTANCE, "instantiation")                                                           \
	X(P4_TYPEDEF, "typedef")                                                                  \
	X(P4_NEWTYPE, "type")                                                                     \
	X(P4_HEADER, "header")                                                                    \
	X(P4_UNION, "header_union")                                                               \
	X(P4_STRUCT, "struct")                                                                    \
	X(P4_FIELD, "field")                                                                      \
	X(P4_ENUM, "enum")                                                                        \
	X(P4_ENUM_MEMBER, "enum member")                                                          \
	X(P4_ERROR_DECL, "error declaration")                                                     \
	X(P4_MATCH_KIND_DECL, "match_kind declaration")                                           \
	X(P4_EXTERN, "extern")                                                                    \
	X(P4_EXTERN_FUNCTION, "extern function")                                                  \
	X(P4_METHOD, "method")                                                                    \
	X(P4_FUNCTION, "function")                                                                \
	X(P4_ACTION, "action")                                                                    \
	X(P4_TABLE, "table")                                                                      \
	X(P4_TABLE_KEY, "key element")                                                            \
	X(P4_ACTION_REF, "action reference")                                                      \
	X(P4_ENTRY, "entry")                                                                      \
	X(P4_PROPERTY, "property")                                                                \
	X(P4_PARSER, "parser")                                                                    \
	X(P4_STATE, "state")                                                                      \
	X(P4_VALUE_SET, "value_set")                                                              \
	X(P4_CONTROL, "control")                                                                  \
	X(P4_PACKAGE, "package")                                                                  \
	X(P4_PARAM, "parameter")                                                                  \
	X(P4_TYPE_PARAM, "type parameter")                                                        \
	X(P4_ANNOTATION, "annotation")                                                            \
	/* statements */                                                                          \
	X(P4_BLOCK, "block")                                                                      \
	X(P4_ASSIGN, "assignment")                                                                \
	X(P4_CALL_STMT, "call statement")                                                         \
	X(P4_IF, "if")                                                                            \
	X(P4_SWITCH, "switch")                                                                    \
	X(P4_CASE, "switch case")                                                                 \
	X(P4_RETURN, "return")                                                                    \
	X(P4_EXIT, "exit")                                                                        \
	X(P4_EMPTY, "empty statement")                                                            \
	X(P4_FOR, "for")                                                                          \
	X(P4_FOR_IN, "for in")                                                                    \
	X(P4_BREAK, "break")                                                                      \
	X(P4_CONTINUE, "continue")                                                                \
	X(P4_TRANSITION, "transition")                                                            \
	/* expressions */                                                                         \
	X(P4_INT, "integer")                                                                      \
	X(P4_BOOL, "boolean")                                                                     \
	X(P4_STRING, "string")                                                                    \
	X(P4_NAME, "name")                                                                        \
	X(P4_TYPE_EXPR, "type in an expression")                                                  \
	X(P4_MEMBER, "member")                                                                    \
	X(P4_INDEX, "index")                                                                      \
	X(P4_SLICE, "slice")                                                                      \
	X(P4_UNARY, "unary operator")                                                             \
	X(P4_BINARY, "binary operator")                                                           \
	X(P4_TERNARY, "conditional operator")                                                     \
	X(P4_CAST, "cast")                                                                        \
	X(P4_CALL, "call")                                                                        \
	X(P4_ARG, "argument")                                                                     \
	X(P4_LIST_EXPR, "list")                                                                   \
	X(P4_STRUCT_EXPR, "structure initializer")                                                \
	X(P4_NAMED_EXPR, "named element")                                                         \
	X(P4_INVALID_EXPR, "invalid header")                                                      \
	X(P4_DEFAULT, "default")                                                                  \
	X(P4_DONTCARE, "_")                                                                       \
	X(P4_DOTS, "...")                                                                         \
	X(P4_MASK, "mask")                                                                        \
	X(P4_RANGE, "range")                                                                      \
	X(P4_SELECT, "select")                                                                    \
	X(P4_SELECT_CASE, "select case")                                                          \
	X(P4_THIS, "this")                                                                        \
	/* written types */                                                                       \
	X(P4_T_NAME, "type name")                                                                 \
	X(P4_T_SPECIALIZED, "specialized type")                                                   \
	X(P4_T_BIT, "bit<>")                                                                      \
	X(P4_T_SIGNED, "int<>")                                                                   \
	X(P4_T_VARBIT, "varbit<>")                                                                \
	X(P4_T_INT, "int")                                                                        \
	X(P4_T_BOOL, "bool")                                                                      \
	X(P4_T_ERROR, "error")                                                                    \
	X(P4_T_STRING, "string")                                                                  \
	X(P4_T_MATCH_KIND, "match_kind")                                                          \
	X(P4_T_VOID, "void")                                                                      \
	X(P4_T_STACK, "header stack")                                                             \
	X(P4_T_TUPLE, "tuple")                                                                    \
	X(P4_T_LIST, "list")                                                                      \
	X(P4_T_DONTCARE, "_ type")

enum p4_kind {
#define X(kind, text) kind,
	P4_KINDS(X)
#undef X
};

enum p4_op {
	P4_OP_NONE, /* plain assignment */
	/* binary; the same ones mark compound assignments (a += b is P4_ASSIGN with P4_ADD) */
	P4_ADD, P4_SUB, P4_MUL, P4_DIV, P4_MOD,
	P4_ADD_SAT, P4_SUB_SAT, /* |+| |-| */
	P4_SHL, P4_SHR,
	P4_BIT_AND, P4_BIT_OR, P4_BIT_XOR,
	P4_AND, P4_OR,
	P4_EQ, P4_NE, P4_LT, P4_LE, P4_GT, P4_GE,
	P4_CONCAT, /* ++ */
	/* unary */
	P4_NEG, P4_PLUS, P4_NOT, P4_BIT_NOT,
};

enum p4_dir { P4_DIR_NONE, P4_DIR_IN, P4_DIR_OUT, P4_DIR_INOUT };

/* What a P4_CALL does. [check] */
enum p4_call_kind {
	P4_CALL_NONE,
	P4_CALL_FUNCTION,     /* target: P4_FUNCTION */
	P4_CALL_ACTION,	      /* target: P4_ACTION */
	P4_CALL_EXTERN,	      /* target: P4_EXTERN_FUNCTION */
	P4_CALL_METHOD,	      /* target: P4_METHOD of an extern object; object: see call.object */
	P4_CALL_TABLE_APPLY,  /* target: P4_TABLE */
	P4_CALL_APPLY,	      /* parser or control instance applied; target: its P4_PARSER/P4_CONTROL,
			       * call.object: expression naming the instance (a P4_NAME whose decl is
			       * P4_INSTANCE or a P4_PARAM), or the type itself for `T.apply(..)` */
	P4_CALL_IS_VALID, P4_CALL_SET_VALID, P4_CALL_SET_INVALID, /* object: header or union */
	P4_CALL_PUSH_FRONT, P4_CALL_POP_FRONT,			  /* object: stack */
	P4_CALL_MIN_SIZE_BITS, P4_CALL_MIN_SIZE_BYTES, P4_CALL_MAX_SIZE_BITS,
	P4_CALL_MAX_SIZE_BYTES,	 /* object: header or type; constant */
	P4_CALL_CONSTRUCTOR,	 /* T(args) as an expression (anonymous instance) */
};

/* What a P4_MEMBER means. [check] */
enum p4_member_kind {
	P4_MEMBER_NONE,
	P4_MEMBER_FIELD,      /* struct, header or union field; decl: P4_FIELD */
	P4_MEMBER_ENUM,	      /* E.A; decl: P4_ENUM_MEMBER */
	P4_MEMBER_ERROR,      /* error.A; decl: P4_ENUM_MEMBER of the global error set */
	P4_MEMBER_STACK_NEXT, P4_MEMBER_STACK_LAST, P4_MEMBER_STACK_LAST_INDEX,
	P4_MEMBER_STACK_SIZE,
	P4_MEMBER_METHOD,     /* only as the callee of a P4_CALL */
	P4_MEMBER_HIT, P4_MEMBER_MISS, P4_MEMBER_ACTION_RUN, /* of t.apply() */
};

struct p4_node {
	enum p4_kind kind;
	struct span at;
	struct span name_at;	    /* of the declared or referenced name, for carets */
	struct str name;	    /* declared, referenced or member name; "" when none */
	struct p4_list annotations; /* P4_ANNOTATION */
	struct str comment;	    /* printed as // lines above a declaration or statement */
	struct p4_type *type;	    /* [check] of an expression; of the declared thing (P4_VAR, P4_CONST,
				     * P4_PARAM, P4_FIELD, P4_INSTANCE...); denoted type of type nodes */
	bool is_const;		    /* [check] expression with a compile-time value in `value` */
	struct p4_value *value;	    /* [check] see check.h */
	uint32_t id;		    /* unique per node, in order of creation */

	union {
		struct { struct p4_list decls; } program;

		/* P4_CONST, P4_VAR, P4_FIELD, P4_PARAM, P4_VALUE_SET (size in init) */
		struct {
			struct p4_node *type; /* written type; NULL never, but see P4_FOR_IN */
			struct p4_node *init; /* NULL when absent; default value of a parameter */
			enum p4_dir dir;      /* P4_PARAM */
		} var;

		/* P4_INSTANCE: `type(args) name;` with optional body of declarations */
		struct {
			struct p4_node *type;
			struct p4_list args; /* P4_ARG */
			struct p4_list body; /* P4_FUNCTION, P4_INSTANCE (abstract methods) */
			bool has_body;
		} instance;

		/* P4_TYPEDEF, P4_NEWTYPE: target may also be an inline struct declaration node */
		struct { struct p4_node *target; } alias;

		/* P4_HEADER, P4_UNION, P4_STRUCT */
		struct { struct p4_list type_params, fields; } fields;

		/* P4_ENUM, P4_ERROR_DECL, P4_MATCH_KIND_DECL */
		struct {
			struct p4_node *underlying; /* P4_ENUM: NULL when not serializable */
			struct p4_list members;	    /* P4_ENUM_MEMBER */
		} enumeration;

		struct {
			struct p4_node *init; /* serializable enums */
			uint32_t ordinal;     /* [check] position; for errors: global number */
		} member_decl; /* P4_ENUM_MEMBER */

		/* P4_EXTERN: methods are P4_METHOD; a constructor is a P4_METHOD with the
		 * extern's own name and ret NULL */
		struct { struct p4_list type_params, methods; } ext;

		/* P4_EXTERN_FUNCTION, P4_METHOD, P4_FUNCTION, P4_ACTION */
		struct {
			struct p4_node *ret; /* NULL: constructor or action */
			struct p4_list type_params, params;
			struct p4_node *body; /* P4_BLOCK or NULL */
			bool is_abstract;
			struct p4_node *owner; /* P4_METHOD: its P4_EXTERN; P4_ACTION: P4_CONTROL or NULL [check] */
		} func;

		struct {
			struct p4_list keys;	/* P4_TABLE_KEY */
			struct p4_list actions; /* P4_ACTION_REF */
			struct p4_list entries; /* P4_ENTRY */
			struct p4_node *default_action; /* P4_ACTION_REF or NULL */
			struct p4_list properties;	/* P4_PROPERTY: all others (size, implementation, counters...) */
			bool has_key, has_actions, has_entries;
			bool const_entries, const_default;
			struct p4_list entries_annotations; /* of the entries property */
			struct p4_node *owner; /* [check] its P4_CONTROL */
		} table;

		struct {
			struct p4_node *expr;
			struct p4_node *match; /* P4_NAME of the match kind */
		} key;

		struct {
			struct p4_node *action; /* P4_NAME; .name_decl [check] via decl below */
			struct p4_list args;	/* P4_ARG; has_args tells `a` from `a()` */
			bool has_args;
			struct p4_node *decl;	/* [check] P4_ACTION */
		} action_ref;

		struct {
			struct p4_list keys;	/* expressions: the key set tuple's elements */
			struct p4_node *action; /* P4_ACTION_REF */
			struct p4_node *priority; /* `priority = expr :`, NULL when absent */
			bool is_const;		/* const entry inside a mutable list */
		} entry;

		struct {
			struct p4_node *value; /* expression, or P4_LIST_EXPR */
			bool is_const;
		} property;

		/* P4_PARSER, P4_CONTROL, P4_PACKAGE; a type declaration when has_body is false */
		struct {
			struct p4_list type_params, params, ctor_params;
			struct p4_list locals; /* P4_CONST P4_VAR P4_INSTANCE P4_ACTION P4_TABLE P4_VALUE_SET P4_FUNCTION */
			struct p4_list states; /* P4_STATE */
			struct p4_node *body;  /* P4_BLOCK: a control's apply */
			bool has_body;
		} block_decl;

		struct {
			struct p4_list stmts;
			struct p4_node *transition; /* P4_TRANSITION or NULL (implicit reject) */
		} state;

		/* `transition name;` or `transition select(...) {...}` */
		struct {
			struct p4_node *select; /* P4_SELECT, or NULL */
			struct p4_node *target; /* P4_NAME when direct; decl: P4_STATE, or NULL for accept, reject */
		} transition;

		struct {
			struct p4_list exprs; /* inside the parentheses */
			struct p4_list cases; /* P4_SELECT_CASE */
		} select;

		struct {
			struct p4_list keys;	/* key set elements; one P4_DEFAULT/P4_DONTCARE for default */
			struct p4_node *target; /* P4_NAME */
		} select_case;

		/* @name("x"), @field_list(1,2), @k[a=1], raw tokens for unknown ones */
		struct {
			struct p4_list args; /* expressions or P4_NAMED_EXPR; empty when unparsed */
			struct str body;     /* text between ( ) or [ ], exactly as written */
			bool has_body, brackets;
		} annotation;

		/* statements */
		struct { struct p4_list stmts; } block; /* also holds P4_VAR, P4_CONST, P4_INSTANCE */
		struct {
			struct p4_node *left, *right;
			enum p4_op op; /* P4_OP_NONE for `=` */
		} assign;
		struct { struct p4_node *call; } call_stmt; /* P4_CALL */
		struct { struct p4_node *cond, *then, *otherwise; } if_;
		struct {
			struct p4_node *expr;
			struct p4_list cases; /* P4_CASE */
			bool on_action_run;   /* [check] */
		} switch_;
		struct {
			struct p4_node *label; /* P4_NAME (action), expression or P4_DEFAULT */
			struct p4_node *body;  /* P4_BLOCK or NULL: falls through to the next */
		} case_;
		struct { struct p4_node *expr; } ret; /* may be NULL */
		struct {
			struct p4_list init;   /* statements, P4_VAR */
			struct p4_node *cond;
			struct p4_list update;
			struct p4_node *body;
		} for_;
		struct {
			struct p4_node *var;   /* P4_VAR declared here, or P4_NAME of an lvalue */
			struct p4_node *range; /* P4_RANGE or a stack or list expression */
			struct p4_node *body;
		} for_in;

		/* expressions */
		struct {
			struct big value;
			uint32_t width;	 /* 0: arbitrary-precision `int` */
			bool is_signed;	 /* 8s10 */
			uint8_t base;	 /* 2, 8, 10 or 16: for the printer */
		} integer;
		bool boolean;
		struct str string; /* without quotes, escapes as written */
		struct {
			bool absolute;	      /* .name */
			struct p4_node *decl; /* [check] what it names; NULL for accept/reject */
		} ref;			      /* P4_NAME, P4_T_NAME */
		struct { struct p4_node *type; } type_expr; /* T.member, T() ... */
		struct {
			struct p4_node *object; /* P4_TYPE_EXPR for E.A, error.A, T.minSizeInBits() */
			enum p4_member_kind what; /* [check] */
			struct p4_node *decl;	  /* [check] P4_FIELD, P4_ENUM_MEMBER, P4_METHOD */
			uint32_t index;		  /* [check] field number */
		} member;
		struct { struct p4_node *object, *index; } index;
		struct {
			struct p4_node *object, *hi, *lo;
			uint32_t hi_value, lo_value; /* [check] */
			bool plus; /* a[lo+:width] form: hi holds the width expression */
		} slice;
		struct { enum p4_op op; struct p4_node *a; } unary;
		struct { enum p4_op op; struct p4_node *a, *b; } binary;
		struct { struct p4_node *cond, *a, *b; } ternary;
		struct { struct p4_node *to, *a; bool implicit; /* [check] inserted */ } cast;
		struct {
			struct p4_node *callee; /* P4_NAME, P4_MEMBER or P4_TYPE_EXPR */
			struct p4_list type_args;
			struct p4_list args; /* P4_ARG as written */
			enum p4_call_kind what;	    /* [check] */
			struct p4_node *target;	    /* [check] declaration called */
			struct p4_node *object;	    /* [check] receiver expression, NULL when none */
			struct p4_node **ordered;   /* [check] one expression per parameter of target, in
						     * parameter order, defaults filled in; NULL for an omitted
						     * @optional or `_`/don't-care out argument */
			uint32_t nordered;
			struct p4_type **bound;	    /* [check] actual type of each type parameter of target */
			uint32_t nbound;
		} call;
		struct { struct p4_node *expr; } arg; /* name in node->name when named; P4_DONTCARE for _ */
		struct { struct p4_list items; bool dots; } list; /* P4_LIST_EXPR; P4_STRUCT_EXPR holds P4_NAMED_EXPR */
		struct { struct p4_node *expr; } named;
		struct { struct p4_node *a, *b; } pair; /* P4_MASK value,mask; P4_RANGE low,high */

		/* written types */
		struct { struct p4_node *width; } sized; /* T_BIT T_SIGNED T_VARBIT: expression (P4_INT mostly); NULL: 1 */
		struct { struct p4_node *base; struct p4_list args; } specialized; /* T_SPECIALIZED, T_TUPLE, T_LIST (args) */
		struct { struct p4_node *elem, *size; } stack;
	} u;
};

/* Names of kinds and operators, for messages ("+", "table"...). */
const char *p4_kind_text(enum p4_kind kind);
const char *p4_op_text(enum p4_op op);

struct p4_node *p4_node_make(struct arena *a, enum p4_kind kind, struct span at);
/* The annotation `name` of a node, NULL when absent. */
struct p4_node *p4_annotation(const struct p4_node *n, const char *name);

#endif
