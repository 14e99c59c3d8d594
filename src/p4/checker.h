/* checker.h - the inside of the checker (check*.c, const.c, elaborate.c): its state and what its
 * files offer each other. Not for other folders.
 *
 * Expressions are checked bottom-up: p4_check_expr gives a node its own type (`int` for an
 * unsized literal, a tuple for `{a, b}`), then the place where it stands asks for a type and
 * p4_coerce makes the node have it, by retyping literals and initializers or by putting an implicit
 * cast above it. That is why most functions take the slot (`struct p4_node **`) and not the node.
 */
#ifndef P4_CHECKER_H
#define P4_CHECKER_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"
#include "p4/check.h"

#define P4_MAX_WIDTH 2048    /* bits in a bit<>, int<> or varbit<> */
#define P4_MAX_STACK 65536   /* elements in a header stack */
#define P4_MAX_DEPTH 2000    /* nested expressions, statements, types */
#define P4_MAX_LEAVES 100000 /* fields in one type, counted to the last one */

struct p4_sym {
	struct p4_node *decl;
	struct p4_sym *next; /* overloads, in order of declaration */
};

struct p4_env {
	struct p4_env *up;
	struct map names; /* struct p4_sym */
};

/* Where the statement or expression being checked stands: decides what may be called. */
enum p4_place {
	P4_AT_TOP,
	P4_AT_PARSER, /* locals of a parser */
	P4_AT_STATE,
	P4_AT_CONTROL, /* locals of a control */
	P4_AT_APPLY,
	P4_AT_ACTION,
	P4_AT_FUNCTION, /* functions and abstract methods */
	P4_AT_TABLE,	/* properties and keys */
};

/* What type parameters stand for, during inference or substitution. */
struct p4_binds {
	struct p4_node **params; /* P4_TYPE_PARAM */
	struct p4_type **types;	 /* NULL: not bound yet */
	uint32_t n;
};

struct check {
	struct arena *a;
	struct diags *d;
	struct p4_node *tree;
	struct p4_env *top, *scope;
	struct map match_kinds; /* P4_ENUM_MEMBER */
	struct map error_names; /* P4_ENUM_MEMBER */
	VEC(struct p4_node *) errors;

	/* one object each of the types without parameters */
	struct p4_type *bad, *void_, *bool_, *int_, *string, *error, *match_kind, *dontcare, *state;
	struct p4_type *bits[129], *ints[129]; /* made when first asked for */

	enum p4_place place;
	struct p4_node *block;	  /* parser or control whose inside is checked */
	struct p4_node *callable; /* action, function or abstract method whose body is checked */
	struct p4_node *object;	  /* P4_INSTANCE whose methods are checked: `this` */
	struct p4_type *ret;	  /* what `return` gives; NULL outside functions */
	uint32_t loops, depth;
	bool too_deep; /* reported */
};

/* check.c */
struct span p4_where(const struct p4_node *n);		     /* the name's place, or the node's */
const char *p4_tt(struct check *c, const struct p4_type *t); /* type text for messages */
bool p4_is_bad(const struct p4_type *t);
bool p4_descend(struct check *c, struct span at); /* depth guard; false: do not descend */
void p4_ascend(struct check *c);

/* check_scope.c */
struct p4_env *p4_env_push(struct check *c);
void p4_env_pop(struct check *c);
void p4_env_add(struct check *c, struct p4_node *decl);
/* NULL when there is none. */
struct p4_sym *p4_env_find(struct check *c, struct str name, bool absolute);
/* Reports that `n` names nothing (as a `what`, if any), with the nearest visible name. */
void p4_unknown(struct check *c, const struct p4_node *n, const char *what, bool types);
bool p4_is_type_decl(const struct p4_node *decl);
void p4_check_unique(struct check *c, const struct p4_list *list, const char *what);

/* check_type.c */
struct p4_type *p4_type_make(struct check *c, enum p4_type_kind kind, struct p4_node *decl);
struct p4_type *p4_type_bit(struct check *c, uint32_t width);
struct p4_type *p4_type_signed(struct check *c, uint32_t width);
struct p4_type *p4_type_of(struct check *c, enum p4_type_kind kind, struct p4_type *elem);
/* The canonical type of a written one; also left in n->type. `generic`: a generic type's bare name
 * is fine (its arguments will be inferred). */
struct p4_type *p4_resolve(struct check *c, struct p4_node *n);
struct p4_type *p4_resolve_generic(struct check *c, struct p4_node *n);
struct p4_list *p4_type_params(struct p4_node *decl);
void p4_declare_type_params(struct check *c, struct p4_list *params);
/* The type that a declaration stands for, with its own parameters as arguments. */
struct p4_type *p4_open_type(struct check *c, struct p4_node *decl);
struct p4_type *p4_specialize(struct check *c, struct p4_node *decl, struct p4_type **args,
			      uint32_t n);
bool p4_has_vars(const struct p4_type *t);
/* Fields down to the last one; kept in `size` of struct-like types. */
uint32_t p4_type_leaves(const struct p4_type *t);
bool p4_is_value_type(const struct p4_type *t);	   /* something a variable can hold */
bool p4_is_argument_type(const struct p4_type *t); /* something a type parameter can stand for */
bool p4_fits_field(enum p4_kind owner,
		   const struct p4_type *t); /* of P4_HEADER, P4_UNION, P4_STRUCT */

/* check_infer.c */
struct p4_binds p4_binds_make(struct check *c, const struct p4_list *params);
struct p4_binds p4_binds_of(const struct p4_type *t); /* of a specialized type */
struct p4_type *p4_subst(struct check *c, const struct p4_binds *b, struct p4_type *t);
/* Binds parameters so that `formal` becomes what `actual` can be converted to. */
bool p4_unify(struct check *c, struct p4_binds *b, struct p4_type *formal, struct p4_type *actual);
/* Same shape up to bound parameters: no conversion. */
struct p4_list *p4_params_of(struct p4_node *decl);

/* const.c */
struct p4_fold {
	struct arena *a;
	/* The value of a constructor parameter or instance; NULL: none known. Without `lookup`
	 * only operands that are constants already are used. */
	struct p4_value *(*lookup)(void *context, const struct p4_node *name_or_call);
	void *context;
	uint32_t depth;
};

struct p4_value *p4_fold(struct p4_fold *f, const struct p4_node *n);
struct p4_value *p4_value_int(struct arena *a, struct big i);
struct p4_value *p4_value_bool(struct arena *a, bool b);
struct p4_value *p4_default_value(struct arena *a, const struct p4_type *t);
bool p4_value_eq(const struct p4_value *x, const struct p4_value *y);
/* Through casts: a value as a value of type `to`. */
struct p4_value *p4_value_cast(struct arena *a, const struct p4_value *v, const struct p4_type *to);
/* An integer constant as uint32_t; false when negative or too large. */
bool p4_value_u32(const struct p4_value *v, uint32_t *ret);
uint32_t p4_size_bits(const struct p4_type *t, bool max, bool *ok);

/* check_expr.c */
struct p4_type *p4_check_expr(struct check *c, struct p4_node **slot);
struct p4_type *p4_check_name(struct check *c, struct p4_node *n);
/* Checks and converts in one go; `what` for messages. */
bool p4_check_as(struct check *c, struct p4_node **slot, struct p4_type *to, const char *what);
void p4_refold(struct check *c, struct p4_node *n);
bool p4_compile_time(struct check *c, const struct p4_node *n);
bool p4_check_lvalue(struct check *c, const struct p4_node *n, const char *what);

/* check_op.c */
struct p4_type *p4_check_unary(struct check *c, struct p4_node *n);
struct p4_type *p4_check_binary(struct check *c, struct p4_node *n, enum p4_op op,
				struct p4_node **a, struct p4_node **b);
struct p4_type *p4_check_ternary(struct check *c, struct p4_node *n);
struct p4_type *p4_check_slice(struct check *c, struct p4_node *n);
struct p4_type *p4_check_cast(struct check *c, struct p4_node *n);

/* check_cast.c */
bool p4_coerce(struct check *c, struct p4_node **slot, struct p4_type *to, const char *what);
bool p4_can_coerce(struct check *c, const struct p4_type *from, const struct p4_type *to);
/* Serializable enums become their underlying type. */
struct p4_type *p4_decay(struct check *c, struct p4_node **slot);
struct p4_node *p4_implicit_cast(struct check *c, struct p4_node *n, struct p4_type *to);
void p4_warn_fit(struct check *c, struct span at, struct big v, const struct p4_type *to);
/* Reports constants that still have no width within `n`. */
bool p4_need_width(struct check *c, const struct p4_node *n);

/* check_callee.c */
/* What is being called, as the functions below need it. */
struct p4_callee {
	struct p4_node *n; /* P4_CALL */
	struct p4_node *decl;
	const struct p4_list *params;
	const struct p4_list *type_params;
	struct p4_binds owner; /* type arguments of the object */
	struct p4_binds binds; /* type arguments of the call */
	struct p4_type *ret;
	bool action;
};

struct p4_callee p4_callee_of(struct p4_node *call, struct p4_node *decl);
/* Checks and orders the arguments; the type of the call. */
struct p4_type *p4_check_callee(struct check *c, struct p4_callee *f);
/* Says why the arguments do not fit. */
void p4_explain_args(struct check *c, const struct p4_node *n, const struct p4_node *decl, const struct p4_list *params);
bool p4_is_dontcare(const struct p4_node *arg);

/* check_call.c */
struct p4_type *p4_check_call(struct check *c, struct p4_node *n);

/* check_packet.c */
void p4_check_packet_call(struct check *c, const struct p4_node *n, const struct p4_node *owner);

/* check_args.c */
/* Which of the declarations takes these arguments, by number and names; -1: none, -2: several. */
int32_t p4_pick(struct p4_node **decls, uint32_t n, const struct p4_list *args, bool ctor);
/* One argument per parameter (NULL: omitted); false when they do not fit. */
bool p4_order_args(const struct p4_list *params, const struct p4_list *args, struct p4_node **ret);
bool p4_is_optional(const struct p4_node *param);

/* check_annotation.c */
/* What is written in the annotations of a declaration, before the declaration itself is checked. */
void p4_check_annotations(struct check *c, struct p4_node *n);

/* check_stmt.c */
void p4_check_block(struct check *c, struct p4_node *block);
void p4_check_stmt(struct check *c, struct p4_node *n);
void p4_check_local(struct check *c, struct p4_node *n); /* P4_VAR, P4_CONST, P4_INSTANCE */
bool p4_always_returns(const struct p4_node *n);

/* check_state.c */
void p4_check_states(struct check *c, struct p4_node *parser);
/* One element of a key set against the type it is compared with. */
void p4_check_keyset(struct check *c, struct p4_node **slot, struct p4_type *type,
		     const char *what);

/* check_table.c */
void p4_check_table(struct check *c, struct p4_node *table);
/* The action of a default_action or an entry; `avoid`: the annotation that forbids it there. */
void p4_check_bound(struct check *c, struct p4_node *table, struct p4_node *ref, const char *avoid);

/* check_entries.c */
void p4_check_entries(struct check *c, struct p4_node *table);
/* After the properties, which say how priorities are counted. */
void p4_check_computed_priorities(struct check *c, const struct p4_node *table);

/* check_decl.c */
void p4_check_decl(struct check *c, struct p4_node *n);
void p4_check_params(struct check *c, struct p4_list *params, bool ctor);
void p4_check_function(struct check *c, struct p4_node *n, enum p4_place place);

/* check_instance.c */
/* Which constructors a type's declaration offers, and the parameters of one. */
void p4_ctors(struct arena *a, struct p4_node *decl, struct p4_node ***ret, uint32_t *retn);
struct p4_list *p4_ctor_params(struct p4_node *decl);
struct p4_type *p4_check_construct(struct check *c, struct p4_node *at, struct p4_type *type,
				   struct p4_list *args, struct p4_node ***retordered,
				   uint32_t *retn);
void p4_check_instance(struct check *c, struct p4_node *n);

/* elaborate.c */
bool p4_elaborate(struct check *c, struct p4_program *p, bool library);

#endif
