#include "p4/ast.h"

#include "base/arena.h"

const char *
p4_kind_text(enum p4_kind kind)
{
	static const char *const texts[] = {
#define X(kind, text) [kind] = text,
		P4_KINDS(X)
#undef X
	};

	return texts[kind];
}

const char *
p4_op_text(enum p4_op op)
{
	static const char *const texts[] = {
		[P4_OP_NONE] = "=", [P4_ADD] = "+",	[P4_SUB] = "-",	      [P4_MUL] = "*",
		[P4_DIV] = "/",	    [P4_MOD] = "%",	[P4_ADD_SAT] = "|+|", [P4_SUB_SAT] = "|-|",
		[P4_SHL] = "<<",    [P4_SHR] = ">>",	[P4_BIT_AND] = "&",   [P4_BIT_OR] = "|",
		[P4_BIT_XOR] = "^", [P4_AND] = "&&",	[P4_OR] = "||",	      [P4_EQ] = "==",
		[P4_NE] = "!=",	    [P4_LT] = "<",	[P4_LE] = "<=",	      [P4_GT] = ">",
		[P4_GE] = ">=",	    [P4_CONCAT] = "++", [P4_NEG] = "-",	      [P4_PLUS] = "+",
		[P4_NOT] = "!",	    [P4_BIT_NOT] = "~",
	};

	return texts[op];
}

struct p4_node *
p4_node_make(struct arena *a, enum p4_kind kind, struct span at)
{
	struct p4_node *n = arena_new(a, struct p4_node);

	n->kind = kind;
	n->at = at;
	/* Every node takes more than 16 bytes, so this grows from node to node. */
	n->id = (uint32_t)(arena_used(a) / 16);
	return n;
}

struct p4_node *
p4_annotation(const struct p4_node *n, const char *name)
{
	for (uint32_t i = 0; i < n->annotations.n; i++)
		if (str_is(n->annotations.v[i]->name, name))
			return n->annotations.v[i];
	return NULL;
}
