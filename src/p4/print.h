/* print.h - what the files of the printer share. Internal to src/p4.
 *
 * One function per kind of node (print.c has the table). Statements and declarations print whole
 * lines, at the current indent; expressions and types print what stands within a line.
 */
#ifndef P4_PRINT_H
#define P4_PRINT_H

#include <stdio.h>

#include "p4/ast.h"

struct p4_printer {
	FILE *out;
	uint32_t indent;
};

void p4_print_any(struct p4_printer *pr, const struct p4_node *n);
void p4_print_indent(struct p4_printer *pr);
/* The comment above a statement or declaration, its annotations (a line each), and the indent. */
void p4_print_start(struct p4_printer *pr, const struct p4_node *n);
/* Annotations within a line, each with `before` or `after` it a blank. */
void p4_print_annotations(struct p4_printer *pr, const struct p4_list *list, const char *before,
			  const char *after);
void p4_print_list(struct p4_printer *pr, const struct p4_list *list);
void p4_print_args(struct p4_printer *pr, const struct p4_list *args);
void p4_print_type_args(struct p4_printer *pr, const struct p4_list *args);
void p4_print_keys(struct p4_printer *pr, const struct p4_list *keys);
/* An expression in parentheses if it binds less than `min` (print_expr.c's levels). */
void p4_print_expr_level(struct p4_printer *pr, const struct p4_node *n, uint32_t min);
/* `{`, the statements, `}`, without indent before and line end after. */
void p4_print_braces(struct p4_printer *pr, const struct p4_node *block);
void p4_print_stmts(struct p4_printer *pr, const struct p4_list *stmts);
/* `T name = init` without the ';'. */
void p4_print_var_head(struct p4_printer *pr, const struct p4_node *n);

/* print_expr.c */
void p4_print_int(struct p4_printer *pr, const struct p4_node *n);
void p4_print_bool(struct p4_printer *pr, const struct p4_node *n);
void p4_print_string(struct p4_printer *pr, const struct p4_node *n);
void p4_print_name(struct p4_printer *pr, const struct p4_node *n);
void p4_print_type_expr(struct p4_printer *pr, const struct p4_node *n);
void p4_print_member(struct p4_printer *pr, const struct p4_node *n);
void p4_print_index(struct p4_printer *pr, const struct p4_node *n);
void p4_print_slice(struct p4_printer *pr, const struct p4_node *n);
void p4_print_unary(struct p4_printer *pr, const struct p4_node *n);
void p4_print_binary(struct p4_printer *pr, const struct p4_node *n);
void p4_print_ternary(struct p4_printer *pr, const struct p4_node *n);
void p4_print_cast(struct p4_printer *pr, const struct p4_node *n);
void p4_print_call(struct p4_printer *pr, const struct p4_node *n);
void p4_print_arg(struct p4_printer *pr, const struct p4_node *n);
void p4_print_braced_list(struct p4_printer *pr, const struct p4_node *n);
void p4_print_named(struct p4_printer *pr, const struct p4_node *n);
void p4_print_word(struct p4_printer *pr, const struct p4_node *n);
void p4_print_pair(struct p4_printer *pr, const struct p4_node *n);
void p4_print_annotation(struct p4_printer *pr, const struct p4_node *n);
void p4_print_sized(struct p4_printer *pr, const struct p4_node *n);
void p4_print_specialized(struct p4_printer *pr, const struct p4_node *n);
void p4_print_stack(struct p4_printer *pr, const struct p4_node *n);

/* print_stmt.c */
void p4_print_block(struct p4_printer *pr, const struct p4_node *n);
void p4_print_assign(struct p4_printer *pr, const struct p4_node *n);
void p4_print_call_stmt(struct p4_printer *pr, const struct p4_node *n);
void p4_print_if(struct p4_printer *pr, const struct p4_node *n);
void p4_print_switch(struct p4_printer *pr, const struct p4_node *n);
void p4_print_case(struct p4_printer *pr, const struct p4_node *n);
void p4_print_return(struct p4_printer *pr, const struct p4_node *n);
void p4_print_jump(struct p4_printer *pr, const struct p4_node *n);
void p4_print_for(struct p4_printer *pr, const struct p4_node *n);
void p4_print_for_in(struct p4_printer *pr, const struct p4_node *n);
void p4_print_transition(struct p4_printer *pr, const struct p4_node *n);
void p4_print_select(struct p4_printer *pr, const struct p4_node *n);
void p4_print_select_case(struct p4_printer *pr, const struct p4_node *n);
void p4_print_var(struct p4_printer *pr, const struct p4_node *n);
void p4_print_const(struct p4_printer *pr, const struct p4_node *n);
void p4_print_instance(struct p4_printer *pr, const struct p4_node *n);

/* print_decl.c */
void p4_print_program(struct p4_printer *pr, const struct p4_node *n);
void p4_print_alias(struct p4_printer *pr, const struct p4_node *n);
void p4_print_struct(struct p4_printer *pr, const struct p4_node *n);
void p4_print_field(struct p4_printer *pr, const struct p4_node *n);
void p4_print_enum(struct p4_printer *pr, const struct p4_node *n);
void p4_print_enum_member(struct p4_printer *pr, const struct p4_node *n);
void p4_print_extern(struct p4_printer *pr, const struct p4_node *n);
void p4_print_function(struct p4_printer *pr, const struct p4_node *n);
void p4_print_table(struct p4_printer *pr, const struct p4_node *n);
void p4_print_key(struct p4_printer *pr, const struct p4_node *n);
void p4_print_action_ref(struct p4_printer *pr, const struct p4_node *n);
void p4_print_entry(struct p4_printer *pr, const struct p4_node *n);
void p4_print_property(struct p4_printer *pr, const struct p4_node *n);
void p4_print_block_decl(struct p4_printer *pr, const struct p4_node *n);
void p4_print_state(struct p4_printer *pr, const struct p4_node *n);
void p4_print_value_set(struct p4_printer *pr, const struct p4_node *n);
void p4_print_param(struct p4_printer *pr, const struct p4_node *n);
/* Declarations one after the other, with blank lines where they help. */
void p4_print_decls(struct p4_printer *pr, const struct p4_list *list);
bool p4_print_gap(const struct p4_node *before, const struct p4_node *after);

#endif
