/* gen.h - the generator's own state, shared by its files; nothing outside this folder includes it.
 *
 * The text comes in sections (types, prototypes, functions, descriptor) that are written side by side and joined at the
 * end, so that a type or function is made when it is first needed. Expressions become C expressions as text in the
 * arena; GNU statement expressions hold what needs statements, so that P4's left-to-right order of evaluation and
 * early exits stay exact. Generated names start with a letter and an underscore (f_ fields, v_ variables, p_ parameters) and never
 * meet C's keywords.
 */
#ifndef SOFT_GEN_H
#define SOFT_GEN_H

#include <stdlib.h>

#include "p4/check.h"
#include "p4/parse.h"
#include "target/soft/soft.h"

struct gen_type { /* a struct-like type and its C name */
	const struct p4_type *type;
	const char *name;
	bool has_eq;
};

struct gen_action {
	const struct p4_inst *inst; /* NULL: top level */
	const struct p4_node *decl;
	const char *name; /* control-plane name */
	uint32_t nparams; /* that entries carry */
	bool has_data;
};

struct gen_table {
	const struct p4_inst *inst;
	const struct p4_node *decl;
	const char *name;
	const struct p4_node *counter, *meter; /* property values, or NULL */
	int32_t counter_index, meter_index, profile_index;
	bool applied;
};

struct gen_set { /* a parser's value set */
	const struct p4_inst *inst;
	const struct p4_node *decl;
};

enum gen_object_kind { GEN_REGISTER, GEN_COUNTER, GEN_METER, GEN_PROFILE, GEN_NOTHING };

struct gen_object { /* a register, counter, meter, profile */
	const struct p4_inst *inst;
	enum gen_object_kind kind;
	uint32_t index; /* among its kind */
	uint32_t size;
	bool direct;
	uint8_t units; /* CounterType or MeterType */
	/* Of a register, where it is gone to: the variable that is always its index, and whose; or there are several indices. */
	const struct p4_node *at;
	const struct p4_inst *at_inst;
	bool apart;
};

enum gen_job_kind { GEN_JOB_PARSER, GEN_JOB_CONTROL, GEN_JOB_ACTION, GEN_JOB_TABLE, GEN_JOB_FUNCTION };

struct gen_job { /* a C function that has been called and must be made */
	enum gen_job_kind kind;
	const struct p4_inst *inst;
	const struct p4_node *decl;
};

struct gen_list { /* a field list: C paths below the PHV */
	uint32_t number; /* of @field_list; 0 with `made`: the data of a clone3 */
	const struct p4_node *made;
	VEC(const char *) paths;
};

/* The parts of the program that a burst goes through one after the other. */
enum gen_stage { GEN_PARSING, GEN_INGRESS, GEN_EGRESS, GEN_DEPARSING };

/* Something that lives longer than a packet, or whose order shows. */
struct gen_touched {
	const char *what;
	uint8_t stages; /* a bit each */
	bool written;	/* else it is constant */
};

struct gen_name {
	const struct p4_node *decl;
	const char *text;
};

/* The C function being written. */
struct gen_fn {
	enum gen_job_kind kind;
	const struct p4_inst *inst;
	VEC(struct gen_name) names;
	uint32_t loop; /* number of the innermost loop, 0: none */
	const struct p4_type *ret; /* of a function that returns a value */
	bool backward; /* deparser written from the payload towards the front */
};

/* An extern object that a control gets as an argument of apply. */
struct gen_passed {
	const struct p4_inst *inst;
	const struct p4_node *param;
	struct gen_object *object;
};

/* What an action's parameter is called with: where registers lie in rows, it stands for the variable. */
struct gen_handed {
	const struct p4_node *param, *variable; /* variable: NULL: something else */
};

#define GEN_DEPTH 1000 /* nested expressions and statements; the parser allows fewer */

struct gen {
	struct arena *a;
	struct diags *d;
	const struct p4_program *p;
	const struct soft_options *o;
	FILE *types, *protos, *code, *info;
	VEC(struct gen_type) ctypes;
	VEC(struct gen_action) actions;
	VEC(struct gen_table) tables;
	struct p4_custom_crcs crcs;
	VEC(struct gen_set) sets; /* tables too, after those */
	VEC(struct gen_object) objects;
	VEC(struct gen_passed) passed;
	VEC(struct gen_handed) handed;
	VEC(struct gen_job) jobs;
	VEC(struct gen_list) lists;
	VEC(uint8_t) facts;	/* by node id: what a declaration may do, FACT_ bits */
	VEC(uint32_t) wides;	/* words of the wide types that exist */
	VEC(uint32_t) ahead;	/* tables that look ahead */
	uint32_t counts[GEN_NOTHING];
	struct gen_fn *fn;
	uint32_t temps;
	uint32_t line;
	const struct source *source;
	uint32_t done; /* jobs */
	bool failed, uses_queue, resizes;
	bool comes_back; /* a packet may be cloned, resubmitted, recirculated */
	enum gen_stage stage; /* of what is being generated */
	VEC(struct gen_touched) touched;
	uint32_t depth;
};

/* A text that grows; .p is "" or NUL-terminated text in the arena. */
struct gen_buf {
	char *p;
	size_t n, cap;
};

/* gen.c */
void gen_add(struct gen *g, struct gen_buf *b, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
const char *gen_done(const struct gen_buf *b);
char *gen_text(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Reports what can't be executed; returns "0" so that callers can go on. */
const char *gen_fail(struct gen *g, const struct p4_node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
uint32_t gen_temp(struct gen *g);
/* A C string literal of any bytes. */
const char *gen_quote(struct gen *g, struct str s);
/* Asks for the C function of something (once) and gives its name. */
const char *gen_function(struct gen *g, enum gen_job_kind kind, const struct p4_inst *inst, const struct p4_node *decl);
uint32_t gen_inst_number(const struct gen *g, const struct p4_inst *inst);
void gen_bind(struct gen *g, const struct p4_node *decl, const char *text);
const char *gen_bound(const struct gen *g, const struct p4_node *decl);
/* The value of a constructor parameter in the present instance; NULL when `decl` is none. */
const struct p4_value *gen_ctor_arg(const struct gen *g, const struct p4_node *decl);
/* The compile-time value of an expression, NULL when it has none. */
const struct p4_value *gen_const(const struct gen *g, const struct p4_node *e);
/* The same as a number (int, bit, bool, enum, error). */
bool gen_const_int(struct gen *g, const struct p4_node *e, struct big *ret);

/* gen_walk.c */
enum gen_fact { GEN_MAY_EXIT = 1, GEN_MAY_MARK = 2 };
/* Whether any node of a statement or expression passes the test. */
bool gen_any(const struct p4_node *n, bool (*test)(const struct p4_node *n, void *ctx), void *ctx);
/* What running a statement, action, table, control or function may lead to. */
bool gen_may(struct gen *g, const struct p4_node *n, enum gen_fact fact);
/* Whether evaluation does more than yield a value, so that its place in the order counts. */
bool gen_has_effects(const struct p4_node *e);

/* gen_types.c */
const char *gen_type(struct gen *g, const struct p4_type *t);
bool gen_is_scalar(const struct p4_type *t); /* a native integer or wide */
bool gen_is_wide(const struct p4_type *t);
bool gen_is_signed(const struct p4_type *t);
bool gen_is_std(const struct p4_type *t);
bool gen_has_header(const struct p4_type *t);
uint32_t gen_width(const struct p4_type *t); /* bits of a scalar; enums and errors: 32 */
uint32_t gen_bytes(const struct p4_type *t); /* bytes of a scalar in memory */
uint32_t gen_words(uint32_t width);
const char *gen_wide(struct gen *g, uint32_t width);
const char *gen_field(struct gen *g, const struct p4_type *t, uint32_t i);
const char *gen_zero(struct gen *g, const struct p4_type *t);
/* `a == b` for any type; both texts are lvalues or plain values. */
const char *gen_equal(struct gen *g, const struct p4_node *at, const struct p4_type *t, const char *a, const char *b);
struct p4_type *gen_tuple_elem(const struct p4_type *t, uint32_t i);
uint32_t gen_nfields(const struct p4_type *t);

/* gen_units.c */
/* Fields first to end - 1 of a header. */
struct gen_unit {
	uint32_t first, end, bits;
	bool is_word; /* in memory w<first>, the last field's bits lowest; else each field by itself */
};
struct gen_place {
	struct gen_unit unit;
	uint32_t shift; /* of the field in the unit's word */
};
struct gen_unit gen_unit_at(const struct p4_type *header, uint32_t first);
/* Whether a field of a type is in a header's word, and where (then alone is *ret of use). */
bool gen_in_word(const struct p4_type *t, uint32_t field, struct gen_place *ret);
/* Whether it is a bit-field of C there. */
bool gen_is_packed(const struct p4_type *t, uint32_t field);
void gen_header_members(struct gen *g, FILE *out, const struct p4_type *header);
/* The value of a member, for expressions. */
const char *gen_read_member(struct gen *g, const struct p4_type *t, uint32_t i, const char *object);
bool gen_has_no_address(const struct p4_node *e);
/* A place that is found once, to be read and written: a declaration, and what it is called from there on. */
struct gen_spot {
	const char *find, *place, *value;
};
struct gen_spot gen_spot(struct gen *g, const struct p4_node *e, const char *name);

/* gen_expr.c */
const char *gen_expr(struct gen *g, const struct p4_node *e);
/* A value for a variable of type t: lists and structure initializers take its shape. */
const char *gen_expr_as(struct gen *g, const struct p4_node *e, const struct p4_type *t);
const char *gen_number(struct gen *g, struct big v, uint32_t width);
const char *gen_value(struct gen *g, const struct p4_node *at, const struct p4_value *v, const struct p4_type *t);
/* Masks and casts the text of a computation to bit<width>. */
const char *gen_fit(struct gen *g, const char *text, uint32_t width);
/* Text of a value as uint64_t; wider ones give their low or saturated 64 bits. */
const char *gen_u64(struct gen *g, const struct p4_node *e);
const char *gen_distance(struct gen *g, const struct p4_node *e);

/* gen_ops.c */
const char *gen_binary(struct gen *g, const struct p4_node *at, enum p4_op op, const struct p4_type *t,
		       const char *a, const struct p4_type *ta, const char *b, const struct p4_node *bnode);
const char *gen_unary(struct gen *g, enum p4_op op, const struct p4_type *t, const char *a);
const char *gen_cast(struct gen *g, const struct p4_node *at, const struct p4_type *to, const struct p4_type *from,
		     const char *a);
const char *gen_slice(struct gen *g, const struct p4_type *from, const char *a, uint32_t hi, uint32_t lo);
/* Bits hi..lo, at most 64, of a scalar's text as uint64_t. */
const char *gen_bits(struct gen *g, const struct p4_type *t, const char *a, uint32_t hi, uint32_t lo);

/* gen_lvalue.c */
const char *gen_lvalue(struct gen *g, const struct p4_node *e);
/* `e = value;` as statement text, with everything that belongs to it (slices, unions, marks). */
const char *gen_store(struct gen *g, const struct p4_node *e, const char *value);
/* Something of type t is written: outside of parsers that may make headers valid or invalid. */
void gen_resized(struct gen *g, const struct p4_type *t);
/* What must happen after something was stored in e by pointer; "" mostly. */
const char *gen_stored(struct gen *g, const struct p4_node *e);
bool gen_is_lvalue(const struct p4_node *e);
/* Could storing to one change the other? */
bool gen_overlap(const struct p4_node *a, const struct p4_node *b);
/* The declaration of the variable that a place is part of, NULL when there is none. */
const struct p4_node *gen_root(const struct p4_node *e);
/* The header whose field e is, NULL when none. */
const struct p4_node *gen_header_of(const struct p4_node *e);

/* gen_call.c */
const char *gen_call(struct gen *g, const struct p4_node *e); /* an expression; void ones too */
/* An action as a table runs it: `args` are bound in the table's list, the others come from the entry's data. */
const char *gen_entry_action(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl, const struct p4_list *args,
			     const char *data);
const char *gen_param_decl(struct gen *g, const struct p4_node *param);
const char *gen_param_text(struct gen *g, const struct p4_node *param);
bool gen_is_extern(const struct p4_type *t);
bool gen_by_value(const struct p4_node *param);

/* gen_stmt.c */
void gen_stmt(struct gen *g, const struct p4_node *s);
void gen_stmts(struct gen *g, const struct p4_list *l);
void gen_variable(struct gen *g, const struct p4_node *var);
void gen_line(struct gen *g, const struct p4_node *n);
uint32_t gen_line_of(const struct gen *g, const struct p4_node *n);

/* gen_parser.c */
void gen_parser(struct gen *g, const struct p4_inst *inst);
const char *gen_reject(struct gen *g, const char *error);
const char *gen_error_number(struct gen *g, const char *name);

/* A scalar or varbit within something larger: its place, and the validity of its header (NULL: always there). */
struct gen_leaf {
	const struct p4_type *type;
	const char *text, *valid;
	const char *place; /* to write it */
	const char *word;  /* of a header, that holds it; NULL: none */
	uint32_t shift, word_bits;
};
struct gen_leaves {
	struct gen_leaf *v;
	uint32_t n, cap;
};

/* Expressions of 64 bits that hold leaves one after the other, most significant bit first; the last is padded with zeros. */
struct gen_chunk {
	const char *text;
	uint32_t bits;
};
struct gen_chunks {
	struct gen_chunk *v;
	uint32_t n, cap;
};

/* gen_packet.c */
void gen_chunks_of(struct gen *g, const struct gen_leaves *l, uint32_t from, uint32_t to, struct gen_chunks *ret);
/* Stores the bits of all leaves, none a varbit, one after the other behind `base`; the last byte is padded. */
const char *gen_write_leaves(struct gen *g, const struct gen_leaves *l, const char *base);
const char *gen_extract(struct gen *g, const struct p4_node *call);
const char *gen_lookahead(struct gen *g, const struct p4_node *call);
const char *gen_advance(struct gen *g, const struct p4_node *call);
const char *gen_emit(struct gen *g, const struct p4_node *call);
uint32_t gen_emit_max(const struct p4_type *t); /* bits */

/* gen_control.c */
void gen_control(struct gen *g, const struct p4_inst *inst);
void gen_action(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl);
void gen_global_function(struct gen *g, const struct p4_node *decl);
void gen_bind_block(struct gen *g, const struct p4_inst *inst);
/* No statement, no variable. */
bool gen_does_nothing(const struct p4_inst *inst);
bool gen_is_top(const struct gen *g, const struct p4_inst *inst);
uint32_t gen_action_index(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl);
void gen_deparser(struct gen *g);

/* gen_table.c */
void gen_collect(struct gen *g); /* lists of actions, tables, objects, before anything else */
void gen_table(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl);
void gen_ahead(struct gen *g); /* after all tables */
const char *gen_table_apply(struct gen *g, const struct p4_node *call);
uint32_t gen_table_index(const struct gen *g, const struct p4_inst *inst, const struct p4_node *decl);
struct gen_object *gen_object(const struct gen *g, const struct p4_inst *inst);
struct gen_object *gen_object_of(struct gen *g, const struct p4_node *e);
const struct p4_node *gen_property(const struct p4_node *table, const char *name);

/* gen_sets.c */
void gen_collect_sets(struct gen *g, const struct p4_inst *inst);
/* Whether the value set that a select names has a member of these values. */
const char *gen_in_set(struct gen *g, const struct p4_node *use, const char *const *values, uint32_t n);
const char *gen_set_info(struct gen *g, uint32_t index); /* its part of the list of tables */

/* gen_extern.c */
const char *gen_extern_call(struct gen *g, const struct p4_node *call);
const char *gen_method_call(struct gen *g, const struct p4_node *call);

/* gen_registers.c */
/* A call of read or write with its two arguments. */
const char *gen_register(struct gen *g, const struct p4_node *call, struct gen_object *o, const struct p4_node *a, const struct p4_node *b);
/* The action that is called has `e` for its parameter. Before its body is made. */
void gen_handed(struct gen *g, const struct p4_node *param, const struct p4_node *e);
void gen_registers(struct gen *g); /* where they lie; when all code has been made */

/* gen_hash.c */
/* Statements that lay the bits of `data` out in b_N (a struct ps_bits over an array s_N): names by number. */
const char *gen_bit_run(struct gen *g, const struct p4_node *data, uint32_t number, bool payload);
void gen_collect_crcs(struct gen *g);
void gen_crc_infos(struct gen *g);
const char *gen_hash(struct gen *g, const struct p4_node *call);
const char *gen_checksum(struct gen *g, const struct p4_node *call, bool verify, bool payload);
/* One more step in collecting the leaves of a value; used for field lists too. */
void gen_leaves_of(struct gen *g, const struct p4_type *t, const char *text, const char *valid, struct gen_leaves *ret);
/* Those of field i of the header or struct `text`. */
void gen_leaves_of_field(struct gen *g, const struct p4_type *t, uint32_t i, const char *text, const char *valid,
			 struct gen_leaves *ret);

/* gen_lists.c */
void gen_lists(struct gen *g); /* @field_list annotations of the metadata */
const char *gen_list_index(struct gen *g, const struct p4_node *number, const char *none);
const char *gen_list_of_data(struct gen *g, const struct p4_node *call, const struct p4_node *data, const char *none);
void gen_copy_fields(struct gen *g);

/* gen_state.c */
void gen_touch(struct gen *g, const char *what, bool writes);
void gen_state_info(struct gen *g); /* its part of the descriptor */

/* gen_info.c, gen_entries.c */
void gen_info(struct gen *g);
void gen_table_infos(struct gen *g);
/* How an action's data or a table's key lies in memory, as a C struct; actions once. */
void gen_action_data(struct gen *g, uint32_t index);
void gen_data_struct(struct gen *g, const char *name, const struct p4_type *const *types, const char *const *names, uint32_t n);
/* Lays scalars out as keys and action data are: offset of the next one of `bytes`, *end moves on. */
uint32_t gen_layout(uint32_t *end, uint32_t bytes);
const char *gen_key_name(struct gen *g, const struct p4_node *key);
/* A look-up in a table with constant entries that lie in order, so that nothing need be compared, or little; NULL: it isn't one. */
const char *gen_constant_find(struct gen *g, const struct gen_table *t, uint32_t index);

#endif
