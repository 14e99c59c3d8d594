/* parse.h - from text to tree and back: preprocessor, lexer, parser, printer.
 *
 * p4_parse reads a program with its #includes (system ones, <core.p4> and <v1model.p4>, from the
 * data folder's p4include/, and from `include_dirs`). Declarations that came from system includes are in the
 * tree like all others; p4_print leaves them out and prints the #include lines instead.
 */
#ifndef P4_PARSE_H
#define P4_PARSE_H

#include <stdio.h>

#include "base/diag.h"
#include "p4/ast.h"

struct p4_options {
	const char *const *include_dirs; /* -I; NULL-terminated or NULL */
	const char *const *defines;	 /* -D NAME or NAME=VALUE; NULL-terminated or NULL */
};

/* Reads and parses; NULL when there was an error (already in `d`). A tree with errors is never returned. */
struct p4_node *p4_parse_file(struct arena *a, struct diags *d, struct str path, const struct p4_options *o);
/* The same for a text that is already in memory (woven programs, fuzzers). */
struct p4_node *p4_parse_text(struct arena *a, struct diags *d, struct str name, struct str text,
			      const struct p4_options *o);

/* Pieces for the weaver: a list of statements (as inside a block), of control-local declarations
 * (actions, tables, instances, variables), of top-level declarations, one expression. The text is our own: an
 * error in it is reported like any other, and NULL or false is returned. `//` comment lines
 * directly above a statement or declaration become its `comment`. No preprocessing. */
bool p4_parse_stmts(struct arena *a, struct diags *d, struct str name, struct str text, struct p4_list *ret);
bool p4_parse_locals(struct arena *a, struct diags *d, struct str name, struct str text, struct p4_list *ret);
bool p4_parse_decls(struct arena *a, struct diags *d, struct str name, struct str text, struct p4_list *ret);
struct p4_node *p4_parse_expr(struct arena *a, struct diags *d, struct str name, struct str text);

/* Did this node come from a system include (core.p4, v1model.p4)? */
bool p4_is_system(const struct p4_node *n, struct diags *d);

/* Prints the program as P4_16 that parses to the same tree: #include <core.p4>, #include <v1model.p4> for the
 * system ones that were read, then the user's declarations. With `sources` non-NULL, #line-like comments are not
 * printed; the text is tidy: tabs, one statement a line, comments kept from `comment`. */
void p4_print(FILE *out, const struct p4_node *program, struct diags *d);
/* One expression, statement, declaration or written type. */
void p4_print_node(FILE *out, const struct p4_node *n);
/* The tree as indented text, one node a line, without places (-d ast): equal trees give equal texts. */
void p4_dump(FILE *out, const struct p4_node *n);

#endif
