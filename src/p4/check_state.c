/* check_state.c - parser states, transitions, select, key sets. */
#include "p4/checker.h"

static struct p4_node *
find_state(const struct p4_node *parser, struct str name)
{
	for (uint32_t i = 0; i < parser->u.block_decl.states.n; i++)
		if (str_eq(parser->u.block_decl.states.v[i]->name, name))
			return parser->u.block_decl.states.v[i];
	return NULL;
}

static void
check_target(struct check *c, struct p4_node *target)
{
	const struct p4_list *states = &c->block->u.block_decl.states;
	struct str *names;

	if (!target || target->kind != P4_NAME)
		return;
	target->type = c->state;
	target->u.ref.decl = NULL;
	if (str_is(target->name, "accept") || str_is(target->name, "reject"))
		return;
	target->u.ref.decl = find_state(c->block, target->name);
	if (target->u.ref.decl)
		return;
	names = arena_array(c->a, struct str, states->n + 2);
	for (uint32_t i = 0; i < states->n; i++)
		names[i] = states->v[i]->name;
	names[states->n] = STR("accept");
	names[states->n + 1] = STR("reject");
	diag_error(c->d, p4_where(target), "no state named '%.*s'", STRA(target->name));
	diag_nearest(c->d, target->name, names, states->n + 2);
	target->type = c->bad;
}

static bool
is_ordered(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED || p4_is_bad(t);
}

/* Masks and ranges. A serializable enum's mask is one of its underlying type's. */
static void
check_pair(struct check *c, struct p4_node *n, struct p4_type *type, const char *what)
{
	struct p4_type *t = type;
	bool ok;

	if (type->kind == P4_TY_ENUM && type->elem)
		t = type->elem;
	if (!is_ordered(t)) {
		diag_error(c->d, n->at, "%s: %s works on numbers, not on %s", what,
			   p4_kind_text(n->kind), p4_tt(c, type));
		n->type = c->bad;
		return;
	}
	p4_check_expr(c, &n->u.pair.a);
	p4_check_expr(c, &n->u.pair.b);
	while (t->kind == P4_TY_NEW && n->u.pair.a->type->kind != P4_TY_NEW)
		t = t->elem;
	ok = p4_coerce(c, &n->u.pair.a, t, what);
	while (t->kind == P4_TY_NEW && n->u.pair.b->type->kind != P4_TY_NEW)
		t = t->elem;
	ok = p4_coerce(c, &n->u.pair.b, t, what) && ok;
	for (uint32_t i = 0; ok && i < 2; i++) {
		const struct p4_node *end = i ? n->u.pair.b : n->u.pair.a;
		ok = p4_compile_time(c, end);
		if (!ok)
			diag_error(c->d, end->at, "%s: both parts of a %s must be constants", what, p4_kind_text(n->kind));
	}
	n->type = ok ? p4_type_of(c, P4_TY_SET, type) : c->bad;
	if (ok && n->kind == P4_RANGE && n->u.pair.a->is_const && n->u.pair.b->is_const &&
	    big_cmp(n->u.pair.a->value->i, n->u.pair.b->value->i) > 0)
		diag_warn(c->d, n->at, "this range is empty: its low end is above its high end");
}

void
p4_check_keyset(struct check *c, struct p4_node **slot, struct p4_type *type, const char *what)
{
	struct p4_node *n = *slot;
	struct p4_type *t;

	if (n->kind == P4_DEFAULT || n->kind == P4_DONTCARE) {
		n->type = p4_type_of(c, P4_TY_SET, type);
		return;
	}
	if (n->kind == P4_MASK || n->kind == P4_RANGE) {
		check_pair(c, n, type, what);
		return;
	}
	t = p4_check_expr(c, slot);
	if (n->kind == P4_CALL && !n->is_const && !p4_is_bad(t) && n->u.call.what != P4_CALL_IS_VALID) {
		diag_error(c->d, n->at, "%s can't be a call", what);
		return;
	}
	if (t->kind == P4_TY_SET) {
		if (!p4_type_eq(t->elem, type) && !p4_is_bad(type))
			diag_error(c->d, n->at, "%s must be %s, but this is a value_set of %s",
				   what, p4_tt(c, type), p4_tt(c, t->elem));
		return;
	}
	if (t->kind == P4_TY_INT && type->kind == P4_TY_NEW && is_ordered(type)) {
		/* A label is compared with what is stored. */
		struct p4_type *under = type->elem;
		while (under->kind == P4_TY_NEW)
			under = under->elem;
		p4_coerce(c, slot, under, what);
		return;
	}
	p4_coerce(c, slot, type, what);
}

static bool
can_select(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED || t->kind == P4_TY_BOOL ||
	       t->kind == P4_TY_ENUM || t->kind == P4_TY_ERROR || t->kind == P4_TY_VAR ||
	       p4_is_bad(t);
}

static bool
is_any(const struct p4_node *n)
{
	return n->kind == P4_DEFAULT || n->kind == P4_DONTCARE;
}

/* Do the fields of a value_set's struct or tuple, down to the last one, fit the select's
 * expressions? */
static bool
fit_whole(const struct p4_type *e, const struct p4_list *exprs, uint32_t *i)
{
	if (e->kind == P4_TY_STRUCT || e->kind == P4_TY_TUPLE) {
		uint32_t n = e->kind == P4_TY_STRUCT ? e->nfields : e->nargs;
		for (uint32_t k = 0; k < n; k++)
			if (!fit_whole(e->kind == P4_TY_STRUCT ? e->fields[k].type : e->args[k],
				       exprs, i))
				return false;
		return true;
	}
	if (*i >= exprs->n)
		return false;
	(*i)++;
	return p4_is_bad(exprs->v[*i - 1]->type) || p4_type_eq(e, exprs->v[*i - 1]->type);
}

/* A value_set of a struct or tuple matches all expressions of the select at once. */
static bool
check_whole_set(struct check *c, struct p4_node **slot, const struct p4_list *exprs)
{
	struct p4_type *t, *e;
	uint32_t n = 0;

	if ((*slot)->kind != P4_NAME)
		return false;
	t = p4_check_expr(c, slot);
	if (t->kind != P4_TY_SET)
		return false;
	e = t->elem;
	if (!fit_whole(e, exprs, &n) || n != exprs->n)
		diag_error(c->d, (*slot)->at,
			   "the elements of this value_set, %s, are not what is selected on",
			   p4_tt(c, e));
	return true;
}

static void
check_case(struct check *c, struct p4_node *k, const struct p4_list *exprs)
{
	struct p4_list *keys = &k->u.select_case.keys;

	check_target(c, k->u.select_case.target);
	if (keys->n == 1 && is_any(keys->v[0])) {
		keys->v[0]->type = c->dontcare;
		return;
	}
	if (keys->n == 1 && keys->v[0]->kind == P4_LIST_EXPR)
		*keys = keys->v[0]->u.list.items;
	if (keys->n == 1 && check_whole_set(c, &keys->v[0], exprs))
		return;
	if (keys->n != exprs->n) {
		diag_error(c->d, k->at, "select looks at %u value%s, but this case has %u",
			   exprs->n, exprs->n == 1 ? "" : "s", keys->n);
		return;
	}
	for (uint32_t i = 0; i < keys->n; i++)
		p4_check_keyset(c, &keys->v[i], exprs->v[i]->type, "the case");
}

static void
check_select(struct check *c, struct p4_node *n)
{
	struct p4_list *exprs = &n->u.select.exprs;
	bool warned = false;

	n->type = c->state;
	if (exprs->n == 1 && exprs->v[0]->kind == P4_LIST_EXPR)
		*exprs = exprs->v[0]->u.list.items;
	for (uint32_t i = 0; i < exprs->n; i++) {
		struct p4_type *t = p4_check_expr(c, &exprs->v[i]);
		if (t->kind == P4_TY_INT) {
			p4_need_width(c, exprs->v[i]);
			exprs->v[i]->type = c->bad;
		} else if (!can_select(t)) {
			diag_error(c->d, exprs->v[i]->at, "select can't look at %s", p4_tt(c, t));
			exprs->v[i]->type = c->bad;
		}
	}
	for (uint32_t i = 0; i < n->u.select.cases.n; i++) {
		struct p4_node *k = n->u.select.cases.v[i];
		check_case(c, k, exprs);
		if (i && !warned && n->u.select.cases.v[i - 1]->u.select_case.keys.n == 1 &&
		    is_any(n->u.select.cases.v[i - 1]->u.select_case.keys.v[0])) {
			diag_warn(c->d, k->at,
				  "this case is never reached: the one before takes everything");
			warned = true;
		}
	}
}

static void
check_state(struct check *c, struct p4_node *s)
{
	struct p4_node *t = s->u.state.transition;

	p4_env_push(c);
	for (uint32_t i = 0; i < s->u.state.stmts.n; i++)
		p4_check_stmt(c, s->u.state.stmts.v[i]);
	if (t && t->u.transition.select)
		check_select(c, t->u.transition.select);
	else if (t)
		check_target(c, t->u.transition.target);
	p4_env_pop(c);
}

static bool
is_end(const struct p4_node *target)
{
	return str_is(target->name, "accept") || str_is(target->name, "reject");
}

/* Can parsing end in a state of those that `reached` marks, by number in `states`? A select without a default
 * may end in reject, but such a parser is one that its author forgot to end. */
static bool
ends(const struct p4_list *states, bool *reached, uint32_t i)
{
	const struct p4_node *t = states->v[i]->u.state.transition;
	const struct p4_node *select = t ? t->u.transition.select : NULL;
	uint32_t n = select ? select->u.select.cases.n : 1;

	reached[i] = true;
	if (!t)
		return true;
	for (uint32_t k = 0; k < n; k++) {
		const struct p4_node *to = select ? select->u.select.cases.v[k]->u.select_case.target : t->u.transition.target;
		if (!to || is_end(to) || !to->u.ref.decl)
			return true;
		for (uint32_t j = 0; j < states->n; j++)
			reached[j] = reached[j] || states->v[j] == to->u.ref.decl;
	}
	return false;
}

static void
check_end(struct check *c, const struct p4_node *parser)
{
	const struct p4_list *states = &parser->u.block_decl.states;
	bool *reached = arena_array(c->a, bool, states->n + 1), *seen = arena_array(c->a, bool, states->n + 1), more = true;

	for (uint32_t i = 0; i < states->n; i++)
		reached[i] = str_is(states->v[i]->name, "start");
	while (more) {
		more = false;
		for (uint32_t i = 0; i < states->n; i++) {
			if (!reached[i] || seen[i])
				continue;
			seen[i] = more = true;
			if (ends(states, reached, i))
				return;
		}
	}
	diag_error(c->d, p4_where(parser), "parser '%.*s' never ends: no way leads to accept or reject", STRA(parser->name));
}

void
p4_check_states(struct check *c, struct p4_node *parser)
{
	struct p4_list *states = &parser->u.block_decl.states;

	p4_check_unique(c, states, "states");
	c->place = P4_AT_STATE;
	for (uint32_t i = 0; i < states->n; i++) {
		states->v[i]->type = c->state;
		if (str_is(states->v[i]->name, "accept") || str_is(states->v[i]->name, "reject"))
			diag_error(c->d, p4_where(states->v[i]),
				   "the state '%.*s' exists already in every parser",
				   STRA(states->v[i]->name));
	}
	if (!find_state(parser, STR("start")))
		diag_error(c->d, p4_where(parser), "parser '%.*s' has no state 'start'",
			   STRA(parser->name));
	for (uint32_t i = 0; i < states->n; i++)
		check_state(c, states->v[i]);
	if (find_state(parser, STR("start")))
		check_end(c, parser);
}
