/* check_annotation.c - annotations whose arguments are more than text: @name, @deprecated, @noWarn (strings), @match
 * (a match kind), @length (of earlier fields), and structured ones (constants). */
#include "p4/checker.h"

static bool
is_any_of(const struct p4_node *a, const char *x, const char *y, const char *z)
{
	return str_is(a->name, x) || str_is(a->name, y) || str_is(a->name, z);
}

static void
check_string(struct check *c, struct p4_node *a)
{
	struct p4_list *args = &a->u.annotation.args;

	if (args->n != 1) {
		diag_error(c->d, a->at, "@%.*s takes one string", STRA(a->name));
		return;
	}
	if (!p4_is_bad(p4_check_expr(c, &args->v[0])) && args->v[0]->type->kind != P4_TY_STRING)
		diag_error(c->d, args->v[0]->at, "@%.*s takes a string, not %s", STRA(a->name), p4_tt(c, args->v[0]->type));
}

static void
check_match(struct check *c, struct p4_node *a)
{
	struct p4_list *args = &a->u.annotation.args;

	if (args->n == 1 && !p4_is_bad(p4_check_expr(c, &args->v[0])) && args->v[0]->type->kind != P4_TY_MATCH_KIND)
		diag_error(c->d, args->v[0]->at, "@match takes a match kind, not %s", p4_tt(c, args->v[0]->type));
}

/* `[a = 1, b = "x"]` or `[1, "x"]` */
static void
check_structured(struct check *c, struct p4_node *a)
{
	for (uint32_t i = 0; i < a->u.annotation.args.n; i++) {
		struct p4_node *item = a->u.annotation.args.v[i];
		struct p4_node **slot = item->kind == P4_NAMED_EXPR ? &item->u.named.expr : &a->u.annotation.args.v[i];
		struct p4_type *t = p4_check_expr(c, slot);

		if (p4_is_bad(t))
			continue;
		if (t->kind != P4_TY_STRING && t->kind != P4_TY_BOOL && t->kind != P4_TY_INT && t->kind != P4_TY_BIT &&
		    t->kind != P4_TY_SIGNED)
			diag_error(c->d, (*slot)->at, "an annotation holds strings, numbers and bools, not %s", p4_tt(c, t));
		else if (!(*slot)->is_const)
			diag_error(c->d, (*slot)->at, "what an annotation holds must be constant");
	}
}

void
p4_check_annotations(struct check *c, struct p4_node *n)
{
	for (uint32_t i = 0; i < n->annotations.n; i++) {
		struct p4_node *a = n->annotations.v[i];

		if (a->u.annotation.brackets)
			check_structured(c, a);
		else if (is_any_of(a, "name", "deprecated", "noWarn"))
			check_string(c, a);
		else if (str_is(a->name, "match"))
			check_match(c, a);
	}
}
