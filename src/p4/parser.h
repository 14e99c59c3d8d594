/* parser.h - what the files of the parser share. Internal to src/p4.
 *
 * Recursive descent over a finished list of tokens: parse.c has the entry points, the cursor and
 * error recovery, scope.c the names, and parse_type.c, parse_expr.c, parse_stmt.c, parse_decl.c and
 * parse_table.c a part of the grammar each.
 *
 * After an error the parser *panics*: the current token reads as the end of the text, so that
 * every loop ends and every expectation stays silent, until a list of statements or declarations
 * finds a place to go on (p4_recover).
 */
#ifndef P4_PARSER_H
#define P4_PARSER_H

#include "base/map.h"
#include "p4/ast.h"
#include "p4/lex.h"

#define P4_NESTING_MAX 400
#define P4_HEIGHT_MAX 1000 /* of one expression's tree: a + b + c + ... */
#define P4_PARSE_ERRORS_MAX 50

enum p4_symbol { P4_SYM_UNKNOWN, P4_SYM_TYPE, P4_SYM_OBJECT };

struct p4_parser {
	struct arena *arena;
	struct diags *diags;
	const struct p4_token *v; /* ends with TOK_EOF */
	uint32_t n, i;
	const uint32_t *match; /* of each bracket: its partner's index; 0 without one */
	const struct p4_tokens *tokens;
	struct map names, globals; /* enum p4_symbol as pointers to symbols[] */
	VEC(struct p4_shadow {
		struct str name;
		void *before;
	})
	shadows;
	uint32_t scope_depth;
	uint32_t depth;	 /* of nested rules */
	uint32_t height; /* of the expression or type read last */
	uint32_t errors;
	bool gt_ends; /* within <...> of a width: '>' is no operator */
	bool panic;
};

/* --- cursor (parse.c) --- */
const struct p4_token *p4_cur(const struct p4_parser *p); /* TOK_EOF while in panic */
const struct p4_token *p4_peek(const struct p4_parser *p, uint32_t ahead);
bool p4_at(const struct p4_parser *p, enum p4_tok kind);
bool p4_peek_at(const struct p4_parser *p, uint32_t ahead, enum p4_tok kind);
bool p4_accept(struct p4_parser *p, enum p4_tok kind);
/* Consumes `kind`, or reports "expected 'kind' WHERE, found ..." and panics. */
bool p4_expect(struct p4_parser *p, enum p4_tok kind, const char *where);
/* Consumes a name; `what` completes "expected ". STR_NONE after an error. */
struct str p4_expect_name(struct p4_parser *p, const char *what, struct span *ret_at);
struct p4_token p4_take(struct p4_parser *p);
/* Span from `from` to the end of the token consumed last. */
struct span p4_since(const struct p4_parser *p, struct span from);

/* --- errors (parse.c) --- */
void p4_error_here(struct p4_parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void p4_error_expected(struct p4_parser *p, const char *what, const char *where);
bool p4_starts_top_level(const struct p4_token *t);
/* Ends a panic in what began at token `start` after the next ';' or block, or before '}'. False
 * when the list must end too because the text goes on with something that belongs further out. */
bool p4_recover(struct p4_parser *p, uint32_t start, bool top);
/* Counts nesting; false (reported) when there is too much. Leave what was entered. */
bool p4_enter(struct p4_parser *p);
void p4_leave(struct p4_parser *p);
/* Sets the height of the tree read last; too much is reported. */
void p4_set_height(struct p4_parser *p, uint32_t height);

/* --- nodes (parse.c) --- */
struct p4_node *p4_make(struct p4_parser *p, enum p4_kind kind, struct span at);
struct p4_node *p4_bad(struct p4_parser *p);
void p4_add(struct p4_parser *p, struct p4_list *list, struct p4_node *n);
/* The // lines directly above the current token (snippets only). */
struct str p4_comment_here(const struct p4_parser *p);

/* --- names (scope.c) --- */
void p4_scope_init(struct p4_parser *p);
uint32_t p4_scope_push(struct p4_parser *p);
void p4_scope_pop(struct p4_parser *p, uint32_t mark);
void p4_declare(struct p4_parser *p, struct str name, enum p4_symbol what);
/* What the name at token `i` (a `.name` when `absolute`) stands for. */
enum p4_symbol p4_lookup(const struct p4_parser *p, struct str name, bool absolute);

/* --- looking ahead without reading (scope.c); 0: no --- */
uint32_t p4_scan_type(const struct p4_parser *p, uint32_t i, uint32_t depth);
uint32_t p4_scan_type_args(const struct p4_parser *p, uint32_t i, uint32_t depth);
bool p4_at_type(const struct p4_parser *p);	     /* a type that can't be an expression */
bool p4_at_declaration(const struct p4_parser *p);   /* `T name` or `T(...) name` */
bool p4_at_cast(const struct p4_parser *p);	     /* `(T) operand` */
bool p4_at_generic_call(const struct p4_parser *p);  /* `<T, ...> (` after a function's name */
bool p4_at_extern_object(const struct p4_parser *p); /* `name {`, `name<T> {` */

/* --- grammar --- */
struct p4_node *p4_read_type(struct p4_parser *p);
struct p4_node *p4_read_type_or_void(struct p4_parser *p);
struct p4_node *p4_read_named_type(struct p4_parser *p);
struct p4_node *p4_read_array_suffix(struct p4_parser *p, struct p4_node *type);
void p4_read_type_args(struct p4_parser *p, struct p4_list *ret);
void p4_read_type_params(struct p4_parser *p, struct p4_list *ret);

struct p4_node *p4_read_expr(struct p4_parser *p);
struct p4_node *p4_read_width(struct p4_parser *p);
struct p4_node *p4_read_postfix(struct p4_parser *p);
struct p4_node *p4_read_name_ref(struct p4_parser *p, const char *what);
void p4_read_args(struct p4_parser *p, struct p4_list *ret);
void p4_read_keyset(struct p4_parser *p, struct p4_list *ret);
bool p4_at_named(const struct p4_parser *p); /* `name =` */
struct p4_node *p4_read_named_expr(struct p4_parser *p);
void p4_read_annotations(struct p4_parser *p, struct p4_list *ret);

struct p4_node *p4_read_block(struct p4_parser *p);
struct p4_node *p4_read_stmt(struct p4_parser *p);
void p4_read_stmts(struct p4_parser *p, struct p4_list *ret, enum p4_tok also_ends);
struct p4_node *p4_read_const(struct p4_parser *p);
/* `type name [= init]` or `type(args) name [= {...}]` after the annotations. */
struct p4_node *p4_read_var_or_instance(struct p4_parser *p);

void p4_read_decls(struct p4_parser *p, struct p4_list *ret);
void p4_read_locals(struct p4_parser *p, struct p4_list *ret);
void p4_read_object_body(struct p4_parser *p, struct p4_list *ret);
void p4_read_params(struct p4_parser *p, struct p4_list *ret);
struct p4_node *p4_read_action(struct p4_parser *p);
struct p4_node *p4_read_function(struct p4_parser *p, struct p4_node *ret_type, enum p4_kind kind);
struct p4_node *p4_read_table(struct p4_parser *p);
struct p4_node *p4_read_state(struct p4_parser *p);
struct p4_node *p4_read_value_set(struct p4_parser *p);
/* A node with the name at the cursor; `what` completes "expected ". */
struct p4_node *p4_read_named(struct p4_parser *p, enum p4_kind kind, struct span at,
			      const char *what);
/* '{' {element} '}', each by `read`; an error in one does not hide the next. */
void p4_read_list(struct p4_parser *p, struct p4_list *ret,
		  struct p4_node *(*read)(struct p4_parser *), const char *what);

#endif
