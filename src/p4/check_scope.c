/* check_scope.c - names: nested scopes, overloads, "did you mean". */
#include "p4/checker.h"

struct p4_env *
p4_env_push(struct check *c)
{
	struct p4_env *s = arena_new(c->a, struct p4_env);

	map_init(&s->names, c->a);
	s->up = c->scope;
	c->scope = s;
	return s;
}

void
p4_env_pop(struct check *c)
{
	c->scope = c->scope->up;
}

static bool
is_overloadable(const struct p4_node *n)
{
	return n->kind == P4_EXTERN_FUNCTION || n->kind == P4_FUNCTION || n->kind == P4_METHOD;
}

/* Functions of one name must differ in the number or the names of their parameters. */
static bool
same_signature(const struct p4_node *x, const struct p4_node *y)
{
	const struct p4_list *p = &x->u.func.params, *q = &y->u.func.params;

	if (p->n != q->n)
		return false;
	for (uint32_t i = 0; i < p->n; i++)
		if (!str_eq(p->v[i]->name, q->v[i]->name))
			return false;
	return true;
}

static const struct p4_sym *
find_clash(const struct p4_sym *old, const struct p4_node *decl)
{
	for (const struct p4_sym *s = old; s; s = s->next)
		if (!is_overloadable(decl) || !is_overloadable(s->decl) ||
		    same_signature(decl, s->decl))
			return s;
	return NULL;
}

/* A variable that hides a parameter is taken for it by whoever reads the program. */
static void
check_hides(struct check *c, const struct p4_node *decl)
{
	const struct p4_sym *outer = p4_env_find(c, decl->name, false);

	if ((decl->kind != P4_VAR && decl->kind != P4_CONST && decl->kind != P4_INSTANCE) || !outer ||
	    outer->decl->kind != P4_PARAM)
		return;
	diag_error(c->d, p4_where(decl), "'%.*s' hides a parameter", STRA(decl->name));
	diag_note(c->d, p4_where(outer->decl), "declared here");
}

void
p4_env_add(struct check *c, struct p4_node *decl)
{
	struct p4_sym *old = map_get(&c->scope->names, decl->name);
	const struct p4_sym *clash = find_clash(old, decl);

	if (!decl->name.n)
		return;
	if (!old)
		check_hides(c, decl);
	if (clash && clash->decl == decl)
		return;
	if (clash) {
		diag_error(c->d, p4_where(decl), "'%.*s' is declared twice", STRA(decl->name));
		diag_note(c->d, p4_where(clash->decl), "first declared here");
		return;
	}
	struct p4_sym *s = arena_new(c->a, struct p4_sym);
	s->decl = decl;
	if (!old) {
		map_put(&c->scope->names, decl->name, s);
		return;
	}
	while (old->next)
		old = old->next;
	old->next = s;
}

struct p4_sym *
p4_env_find(struct check *c, struct str name, bool absolute)
{
	if (absolute)
		return map_get(&c->top->names, name);
	for (struct p4_env *s = c->scope; s; s = s->up) {
		struct p4_sym *sym = map_get(&s->names, name);
		if (sym)
			return sym;
	}
	return NULL;
}

bool
p4_is_type_decl(const struct p4_node *decl)
{
	return decl->kind == P4_TYPEDEF || decl->kind == P4_NEWTYPE || decl->kind == P4_HEADER ||
	       decl->kind == P4_UNION || decl->kind == P4_STRUCT || decl->kind == P4_ENUM ||
	       decl->kind == P4_EXTERN || decl->kind == P4_PARSER || decl->kind == P4_CONTROL ||
	       decl->kind == P4_PACKAGE || decl->kind == P4_TYPE_PARAM;
}

/* A name that is declared further down is the commonest mistake of those who know other languages.
 */
static const struct p4_node *
declared_later(struct check *c, struct str name)
{
	const struct p4_list *decls = &c->tree->u.program.decls;

	for (uint32_t i = 0; i < decls->n; i++)
		if (str_eq(decls->v[i]->name, name))
			return decls->v[i];
	return NULL;
}

void
p4_unknown(struct check *c, const struct p4_node *n, const char *what, bool types)
{
	VEC(struct str) names = { 0 };
	const struct p4_node *later;

	if (what)
		diag_error(c->d, p4_where(n), "no %s named '%.*s'", what, STRA(n->name));
	else
		diag_error(c->d, p4_where(n), "'%.*s' is not declared", STRA(n->name));
	later = declared_later(c, n->name);
	if (later) {
		diag_note(c->d, p4_where(later),
			  "declared here, but a declaration must come before its use");
		return;
	}
	for (struct p4_env *s = c->scope; s; s = s->up)
		for (uint32_t i = 0; i < s->names.n; i++) {
			const struct p4_sym *sym = s->names.entries[i].value;
			if (p4_is_type_decl(sym->decl) == types)
				vec_push(c->a, &names, s->names.entries[i].key);
		}
	diag_nearest(c->d, n->name, names.v, names.n);
}

/* Fields, members, parameters: no two of one name. */
void
p4_check_unique(struct check *c, const struct p4_list *list, const char *what)
{
	struct map seen;

	map_init(&seen, c->a);
	for (uint32_t i = 0; i < list->n; i++) {
		struct p4_node *n = list->v[i], *first;
		if (!n->name.n || str_is(n->name, "_"))
			continue;
		first = map_get(&seen, n->name);
		if (first) {
			diag_error(c->d, p4_where(n), "two %s named '%.*s'", what, STRA(n->name));
			diag_note(c->d, p4_where(first), "first declared here");
		} else {
			map_put(&seen, n->name, n);
		}
	}
}
