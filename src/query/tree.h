/* tree.h - a query file as written: definitions and their expressions, nothing resolved yet. Lives
 * in the arena.
 *
 * One expression grammar serves everything (values, lists of keys, queries); the checker knows what
 * is wanted where.
 */
#ifndef QUERY_TREE_H
#define QUERY_TREE_H

#include "base/vec.h"
#include "ir/graph.h"
#include "query/lex.h"

#define TREE_DEPTH 200 /* of nested expressions */

enum tree_kind {
	TREE_ERROR,   /* reported already */
	TREE_LITERAL, /* token: what and how much */
	TREE_BOOL,    /* value */
	TREE_PATH,    /* text: "mpls[0].label_in", without white space */
	TREE_UNARY,   /* op, a */
	TREE_BINARY,  /* op, a, b */
	TREE_IN,      /* a in b */
	TREE_RANGE,   /* a .. b */
	TREE_SET,     /* args: {80, 443} */
	TREE_LIST,    /* args: (a, b = c) or [a] */
	TREE_CALL,    /* text(args): valid(ipv4_in), quantile(f, 0.9), ingress() */
	TREE_CHAIN,   /* a, then ops */
};

struct tree;

struct tree_arg {
	struct str name; /* empty without `name =` */
	struct span name_at;
	struct tree *value;
};

/* .name(args) */
struct tree_op {
	struct str name;
	struct span name_at, at; /* at: with the arguments */
	VEC(struct tree_arg) args;
	uint32_t arrow; /* args[arrow..] come after `=>`; UINT32_MAX: there is none */
};

struct tree {
	enum tree_kind kind;
	struct span at;
	uint32_t depth;
	enum ir_op op;
	struct token token;
	struct str text;
	bool value;
	struct tree *a, *b;
	VEC(struct tree_arg) args;
	VEC(struct tree_op) ops;
};

/* param NAME = value, budget value bits, or NAME = query. */
struct tree_def {
	struct str name; /* empty: a query without a name, or a budget */
	struct span name_at;
	bool is_param, is_budget;
	struct tree *value;
};

struct tree_defs {
	struct tree_def *v;
	uint32_t n, cap;
};

/* All definitions of a source; syntax errors are reported and leave TREE_ERROR values behind. */
void query_parse(struct arena *a, struct diags *d, const struct source *s, struct tree_defs *defs);
/* One expression that fills the whole source (-D). */
struct tree *query_parse_value(struct arena *a, struct diags *d, const struct source *s);

#endif
