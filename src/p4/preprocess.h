/* preprocess.h - the C preprocessor as far as P4 programs use it: a program and its #includes
 * become one list of tokens. Internal to src/p4.
 *
 * Works on tokens, never on text: each keeps its place. What a macro makes stands, for messages,
 * where the macro is used; `def` says where it came from.
 *
 * preprocess.c reads files and directives, macro.c expands macros, condition.c works out #if.
 */
#ifndef P4_PREPROCESS_H
#define P4_PREPROCESS_H

#include "base/map.h"
#include "p4/lex.h"
#include "p4/parse.h"

#define PP_INCLUDE_DEPTH 40
#define PP_INCLUDES_MAX 500
#define PP_TOKENS_MAX (4u << 20)
#define PP_NESTING 200 /* macro calls within arguments, parentheses in #if */

struct p4_macro {
	struct str name;
	struct span at;
	bool is_function, is_variadic;
	bool disabled; /* being expanded: its own name in it stays as it is */
	VEC(struct str) params;
	VEC(struct p4_token) body;
};

/* Tokens to be read before the file goes on: a macro's expansion, an argument, a token put back. */
struct p4_input {
	const struct p4_token *v;
	uint32_t n, i;
	struct p4_macro *macro; /* enabled again at the end */
	bool barrier;		/* reading stops at its end */
	struct p4_input *up;
};

struct p4_if {
	struct span at;
	bool taken, saw_else;
};

struct p4_file {
	struct p4_lexer lexer;
	VEC(struct p4_if) ifs;
	struct p4_file *up;
	uint32_t depth;
};

struct p4_pp {
	struct arena *arena;
	struct diags *diags;
	const struct p4_options *options;
	struct map macros;   /* struct p4_macro */
	struct map includes; /* path -> struct source, so that a file is read once */
	uint32_t nincludes;
	struct p4_file *file;
	struct p4_input *input;
	uint32_t count;	  /* tokens read and made so far */
	uint32_t nesting; /* of p4_pp_expand_list */
	uint32_t errors;
	bool stop; /* a limit was hit: everything reads as the end */
	bool cut;  /* a text ended within a comment or string */
};

/* Preprocesses `s`. False after an error. */
bool p4_preprocess(struct arena *a, struct diags *d, const struct source *s,
		   const struct p4_options *o, struct p4_tokens *ret);
/* Is `name` the path of a system include, a file of the data folder? Its name there, or STR_NONE.
 */
struct str p4_system_include(struct str name);

void p4_pp_error(struct p4_pp *pp, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* preprocess.c: the next token of the files, directives carried out. */
struct p4_token p4_pp_file_token(struct p4_pp *pp);
/* macro.c */
void p4_pp_define(struct p4_pp *pp, struct p4_lexer *l);
/* The next token of inputs and files with all macros expanded. */
struct p4_token p4_pp_next(struct p4_pp *pp);
/* Expands a list by itself; appends to `out`. */
void p4_pp_expand_list(struct p4_pp *pp, const struct p4_token *v, uint32_t n,
		       struct p4_tokens *out);
/* condition.c: the value of an #if line's tokens; false after an error too. */
bool p4_pp_condition(struct p4_pp *pp, const struct p4_token *v, uint32_t n, struct span at);

#endif
