/* check.c - the checker's entry: declarations in order, then the instances under `main`. */
#include "p4/check.h"

#include "p4/checker.h"

struct span
p4_where(const struct p4_node *n)
{
	return n->name_at.begin ? n->name_at : n->at;
}

const char *
p4_tt(struct check *c, const struct p4_type *t)
{
	return str_cstr(c->a, p4_type_text(c->a, t));
}

bool
p4_is_bad(const struct p4_type *t)
{
	return !t || t->kind == P4_TY_ERROR_TYPE;
}

bool
p4_descend(struct check *c, struct span at)
{
	if (++c->depth <= P4_MAX_DEPTH)
		return true;
	c->depth--;
	if (!c->too_deep)
		diag_error(c->d, at, "this is nested too deeply");
	c->too_deep = true;
	return false;
}

void
p4_ascend(struct check *c)
{
	c->depth--;
}

static void
init(struct check *c, struct arena *a, struct diags *d, struct p4_node *tree)
{
	*c = (struct check){ .a = a, .d = d, .tree = tree, .place = P4_AT_TOP };
	map_init(&c->match_kinds, a);
	map_init(&c->error_names, a);
	c->top = p4_env_push(c);
	c->bad = p4_type_make(c, P4_TY_ERROR_TYPE, NULL);
	c->void_ = p4_type_make(c, P4_TY_VOID, NULL);
	c->bool_ = p4_type_make(c, P4_TY_BOOL, NULL);
	c->int_ = p4_type_make(c, P4_TY_INT, NULL);
	c->string = p4_type_make(c, P4_TY_STRING, NULL);
	c->error = p4_type_make(c, P4_TY_ERROR, NULL);
	c->match_kind = p4_type_make(c, P4_TY_MATCH_KIND, NULL);
	c->dontcare = p4_type_make(c, P4_TY_DONTCARE, NULL);
	c->state = p4_type_make(c, P4_TY_STATE, NULL);
}

struct p4_program *
p4_check(struct arena *a, struct diags *d, struct p4_node *tree, bool library)
{
	struct check *c = arena_new(a, struct check);
	struct p4_program *p = arena_new(a, struct p4_program);
	uint32_t before = diag_errors(d);

	init(c, a, d, tree);
	for (uint32_t i = 0; i < tree->u.program.decls.n; i++)
		p4_check_decl(c, tree->u.program.decls.v[i]);
	if (diag_errors(d) != before)
		return NULL;
	*p = (struct p4_program){ .tree = tree, .arena = a, .diags = d };
	p->errors.v = c->errors.v;
	p->errors.n = c->errors.n;
	p->errors.cap = c->errors.cap;
	if (!p4_elaborate(c, p, library) || diag_errors(d) != before)
		return NULL;
	return p;
}
