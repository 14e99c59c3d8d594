/* check_table.c - tables: keys, action lists, default actions, properties. */
#include "p4/checker.h"

/* --- keys --------------------------------------------------------------------------------- */

static void
check_match_kind(struct check *c, struct p4_node *match)
{
	struct str *names;

	if (!match)
		return;
	match->type = c->match_kind;
	match->u.ref.decl = map_get(&c->match_kinds, match->name);
	if (match->u.ref.decl)
		return;
	names = arena_array(c->a, struct str, c->match_kinds.n + 1);
	for (uint32_t i = 0; i < c->match_kinds.n; i++)
		names[i] = c->match_kinds.entries[i].key;
	match->type = c->bad;
	diag_error(c->d, match->at, "no match kind named '%.*s'", STRA(match->name));
	diag_nearest(c->d, match->name, names, c->match_kinds.n);
}

/* Has the key a name for the control plane, by the specification's rules for simple expressions? */
static bool
has_name(const struct p4_node *n)
{
	switch ((uint32_t)n->kind) {
	case P4_NAME:
	case P4_INT:
	case P4_THIS:
		return true;
	case P4_MEMBER:
		return has_name(n->u.member.object);
	case P4_INDEX:
		return has_name(n->u.index.object);
	case P4_SLICE:
		return has_name(n->u.slice.object);
	case P4_CAST:
		return n->u.cast.implicit && has_name(n->u.cast.a);
	case P4_BINARY:
		return n->u.binary.op == P4_BIT_AND && has_name(n->u.binary.a) &&
		       n->u.binary.b->is_const;
	case P4_CALL:
		return n->u.call.what == P4_CALL_IS_VALID && has_name(n->u.call.object);
	}
	return n->is_const;
}

static void
check_key(struct check *c, struct p4_node *k, const struct p4_node *table)
{
	struct p4_type *t = p4_check_expr(c, &k->u.key.expr);
	const struct p4_type *s = p4_type_strip(t);
	struct p4_node *match = k->u.key.match;
	bool numeric = s->kind == P4_TY_BIT || s->kind == P4_TY_SIGNED;

	check_match_kind(c, match);
	k->type = t;
	if (p4_is_bad(t))
		return;
	if (k->u.key.expr->kind == P4_NAME && str_eq(k->u.key.expr->name, table->name)) {
		diag_error(c->d, k->u.key.expr->at, "within table '%.*s' its name stands for itself", STRA(table->name));
		k->type = c->bad;
		return;
	}
	if (!has_name(k->u.key.expr) && !p4_annotation(k, "name")) {
		diag_error(c->d, k->u.key.expr->at, "this key needs a name for the control plane");
		diag_hint(c->d, "write it behind the match kind: exact @name(\"key\")");
	}
	if (t->kind == P4_TY_INT) {
		p4_need_width(c, k->u.key.expr);
		k->type = c->bad;
	} else if (!numeric && s->kind != P4_TY_BOOL && s->kind != P4_TY_ENUM &&
		   s->kind != P4_TY_ERROR && s->kind != P4_TY_VAR) {
		diag_error(c->d, k->u.key.expr->at,
			   "a table key must be a number, bool, enum or error, not %s",
			   p4_tt(c, t));
		k->type = c->bad;
	} else if (match && !numeric &&
		   (str_is(match->name, "lpm") || str_is(match->name, "range")) &&
		   s->kind != P4_TY_VAR) {
		diag_error(c->d, match->at, "%.*s works on numbers, not on %s", STRA(match->name),
			   p4_tt(c, t));
		k->type = c->bad;
	}
}

/* --- actions ------------------------------------------------------------------------------ */

static uint32_t
directed_params(const struct p4_node *action)
{
	uint32_t n = 0;

	while (n < action->u.func.params.n && action->u.func.params.v[n]->u.var.dir != P4_DIR_NONE)
		n++;
	return n;
}

/* Arguments in parameter order, defaults written out; the first `n` parameters count. */
static bool
order_action_args(struct check *c, struct p4_node *ref, const struct p4_node *action, uint32_t n)
{
	struct p4_list params = action->u.func.params, *args = &ref->u.action_ref.args;
	struct p4_node **order = arena_array(c->a, struct p4_node *, params.n + 1);

	params.n = n;
	if (!p4_order_args(&params, args, order)) {
		diag_error(c->d, ref->at, "action '%.*s' takes %u argument%s here, but %u %s given",
			   STRA(action->name), n, n == 1 ? "" : "s", args->n,
			   args->n == 1 ? "is" : "are");
		if (n < action->u.func.params.n && args->n > n)
			diag_hint(c->d,
				  "parameters without direction are set by the table's entries");
		diag_note(c->d, p4_where(action), "declared here");
		return false;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!order[i]) {
			order[i] = p4_node_make(c->a, P4_ARG, ref->at);
			order[i]->u.arg.expr = params.v[i]->u.var.init;
		}
	*args = (struct p4_list){ order, n, params.n + 1 };
	return true;
}

static void
check_action_args(struct check *c, struct p4_node *ref, const struct p4_node *action)
{
	struct p4_list *args = &ref->u.action_ref.args;

	for (uint32_t i = 0; i < args->n; i++) {
		const struct p4_node *param = action->u.func.params.v[i];
		struct p4_node **slot = &args->v[i]->u.arg.expr;
		char *what = str_cstr(c->a, str_fmt(c->a, "argument '%.*s'", STRA(param->name)));
		if (*slot == param->u.var.init)
			continue;
		p4_check_expr(c, slot);
		if (!param->type || p4_is_bad(param->type))
			continue;
		if (param->u.var.dir == P4_DIR_OUT || param->u.var.dir == P4_DIR_INOUT) {
			if (p4_check_lvalue(c, *slot, what) && !p4_is_bad((*slot)->type) &&
			    !p4_type_eq((*slot)->type, param->type))
				diag_error(c->d, (*slot)->at, "%s must be %s, not %s", what,
					   p4_tt(c, param->type), p4_tt(c, (*slot)->type));
		} else if (p4_coerce(c, slot, param->type, what) &&
			   param->u.var.dir == P4_DIR_NONE && !p4_compile_time(c, *slot)) {
			diag_error(c->d, (*slot)->at, "%s must be a constant", what);
			diag_note(c->d, p4_where(param), "declared here");
		}
	}
}

static void
check_listed(struct check *c, struct p4_node *ref)
{
	struct p4_node *name = ref->u.action_ref.action;
	struct p4_sym *sym = p4_env_find(c, name->name, name->u.ref.absolute);

	ref->u.action_ref.decl = NULL;
	if (!sym) {
		p4_unknown(c, name, "action", false);
		return;
	}
	if (sym->decl->kind != P4_ACTION) {
		diag_error(c->d, p4_where(name), "'%.*s' is no action", STRA(name->name));
		diag_note(c->d, p4_where(sym->decl), "declared here");
		return;
	}
	name->u.ref.decl = ref->u.action_ref.decl = sym->decl;
	name->type = p4_type_make(c, P4_TY_ACTION, sym->decl);
	if (order_action_args(c, ref, sym->decl, directed_params(sym->decl)))
		check_action_args(c, ref, sym->decl);
}

static void
check_actions(struct check *c, struct p4_node *table)
{
	struct p4_list *refs = &table->u.table.actions;

	for (uint32_t i = 0; i < refs->n; i++) {
		check_listed(c, refs->v[i]);
		for (uint32_t k = 0; k < i; k++)
			if (str_eq(refs->v[k]->u.action_ref.action->name,
				   refs->v[i]->u.action_ref.action->name)) {
				diag_error(c->d, refs->v[i]->at, "action '%.*s' is listed twice",
					   STRA(refs->v[i]->u.action_ref.action->name));
				diag_note(c->d, refs->v[k]->at, "first listed here");
				break;
			}
	}
}

static struct p4_node *
find_listed(const struct p4_node *table, struct str name)
{
	for (uint32_t i = 0; i < table->u.table.actions.n; i++) {
		struct p4_node *ref = table->u.table.actions.v[i];
		if (str_eq(ref->u.action_ref.action->name, name))
			return ref;
	}
	return NULL;
}

static bool same_expr(const struct p4_node *x, const struct p4_node *y);

static bool
same_exprs(const struct p4_list *x, const struct p4_list *y)
{
	for (uint32_t i = 0; i < x->n && i < y->n; i++)
		if (!same_expr(x->v[i], y->v[i]))
			return false;
	return x->n == y->n;
}

static bool
same_expr(const struct p4_node *x, const struct p4_node *y)
{
	if (x->is_const && y->is_const)
		return p4_value_eq(x->value, y->value);
	if (x->kind != y->kind)
		return false;
	switch ((uint32_t)x->kind) {
	case P4_NAME:
		return x->u.ref.decl == y->u.ref.decl;
	case P4_MEMBER:
		return str_eq(x->name, y->name) &&
		       same_expr(x->u.member.object, y->u.member.object);
	case P4_INDEX:
		return same_expr(x->u.index.object, y->u.index.object) &&
		       same_expr(x->u.index.index, y->u.index.index);
	case P4_SLICE:
		return x->u.slice.hi_value == y->u.slice.hi_value &&
		       x->u.slice.lo_value == y->u.slice.lo_value &&
		       same_expr(x->u.slice.object, y->u.slice.object);
	case P4_UNARY:
		return x->u.unary.op == y->u.unary.op && same_expr(x->u.unary.a, y->u.unary.a);
	case P4_BINARY:
		return x->u.binary.op == y->u.binary.op &&
		       same_expr(x->u.binary.a, y->u.binary.a) &&
		       same_expr(x->u.binary.b, y->u.binary.b);
	case P4_CAST:
		return p4_type_eq(x->type, y->type) && same_expr(x->u.cast.a, y->u.cast.a);
	case P4_CALL:
		return same_expr(x->u.call.callee, y->u.call.callee) &&
		       same_exprs(&x->u.call.args, &y->u.call.args);
	case P4_ARG:
		return same_expr(x->u.arg.expr, y->u.arg.expr);
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		return same_exprs(&x->u.list.items, &y->u.list.items);
	case P4_NAMED_EXPR:
		return str_eq(x->name, y->name) && same_expr(x->u.named.expr, y->u.named.expr);
	}
	return true;
}

/* default_action's and entries' actions: one of the list, all parameters given, those with
 * a direction as in the list. Left out altogether, these are taken from the list. */
void
p4_check_bound(struct check *c, struct p4_node *table, struct p4_node *ref, const char *avoid)
{
	struct p4_node *name = ref->u.action_ref.action, *listed = find_listed(table, name->name);
	struct p4_sym *sym = p4_env_find(c, name->name, name->u.ref.absolute);
	struct p4_list *args = &ref->u.action_ref.args;
	const struct p4_node *action;

	ref->u.action_ref.decl = NULL;
	if (listed && sym && listed->u.action_ref.decl && sym->decl != listed->u.action_ref.decl)
		listed = NULL; /* another action of that name */
	if (!listed) {
		struct str *names = arena_array(c->a, struct str, table->u.table.actions.n + 1);
		for (uint32_t i = 0; i < table->u.table.actions.n; i++)
			names[i] = table->u.table.actions.v[i]->u.action_ref.action->name;
		diag_error(c->d, p4_where(name),
			   "action '%.*s' is not in the table's list of actions", STRA(name->name));
		diag_nearest(c->d, name->name, names, table->u.table.actions.n);
		return;
	}
	action = listed->u.action_ref.decl;
	if (!action)
		return;
	if (p4_annotation(listed, avoid)) {
		diag_error(c->d, p4_where(name), "action '%.*s' is marked @%s in the table's list",
			   STRA(name->name), avoid);
		diag_note(c->d, listed->at, "listed here");
		return;
	}
	name->u.ref.decl = ref->u.action_ref.decl = (struct p4_node *)action;
	name->type = p4_type_make(c, P4_TY_ACTION, (struct p4_node *)action);
	if (!order_action_args(c, ref, action, action->u.func.params.n))
		return;
	check_action_args(c, ref, action);
	for (uint32_t i = 0; i < listed->u.action_ref.args.n; i++)
		if (!same_expr(args->v[i]->u.arg.expr,
			       listed->u.action_ref.args.v[i]->u.arg.expr)) {
			diag_error(c->d, args->v[i]->at,
				   "argument '%.*s' differs from the one in the list of actions",
				   STRA(action->u.func.params.v[i]->name));
			diag_note(c->d, listed->u.action_ref.args.v[i]->at, "bound here");
		}
}

/* What a table without a default_action runs. */
static void
check_no_action(struct check *c)
{
	const struct p4_sym *sym = p4_env_find(c, STR("NoAction"), true);

	if (sym && (sym->decl->kind != P4_ACTION || sym->decl->u.func.params.n))
		diag_error(c->d, p4_where(sym->decl), "NoAction, which tables without a default_action run, must be an action without parameters");
}

/* --- properties --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *ext1, *ext2; /* extern objects it takes; NULL: see check_property */
} known_properties[] = {
	{ "size", NULL, NULL },
	{ "implementation", "action_profile", "action_selector" },
	{ "counters", "direct_counter", NULL },
	{ "meters", "direct_meter", NULL },
	{ "support_timeout", NULL, NULL },
	{ "priority_delta", NULL, NULL },
	{ "largest_priority_wins", NULL, NULL },
};

#define N_PROPERTIES (sizeof(known_properties) / sizeof(known_properties[0]))

static void
check_object_property(struct check *c, const struct p4_node *p, size_t k, const struct p4_node *v)
{
	const struct p4_type *t = v->type;

	if (t->kind == P4_TY_EXTERN &&
	    (str_is(t->decl->name, known_properties[k].ext1) ||
	     (known_properties[k].ext2 && str_is(t->decl->name, known_properties[k].ext2))))
		return;
	if (t->kind != P4_TY_EXTERN)
		diag_error(c->d, v->at,
			   "property '%.*s' must be an extern object such as %s, not %s",
			   STRA(p->name), known_properties[k].ext1, p4_tt(c, t));
}

static void
check_known(struct check *c, struct p4_node *p, size_t k)
{
	struct p4_node **slot = &p->u.property.value;
	bool number = k == 0 || k == 5;

	if (k == 4 || k == 6) {
		if (p4_check_as(c, slot, c->bool_, known_properties[k].name) &&
		    !p4_compile_time(c, *slot))
			diag_error(c->d, (*slot)->at, "property '%.*s' must be a constant",
				   STRA(p->name));
		return;
	}
	if (p4_is_bad(p4_check_expr(c, slot)))
		return;
	if (!number) {
		check_object_property(c, p, k, *slot);
		return;
	}
	if ((*slot)->type->kind != P4_TY_INT && (*slot)->type->kind != P4_TY_BIT &&
	    (*slot)->type->kind != P4_TY_SIGNED)
		diag_error(c->d, (*slot)->at, "property '%.*s' must be a number, not %s",
			   STRA(p->name), p4_tt(c, (*slot)->type));
	else if (!p4_compile_time(c, *slot))
		diag_error(c->d, (*slot)->at, "property '%.*s' must be a constant", STRA(p->name));
	else if ((*slot)->is_const && (*slot)->value->i.neg)
		diag_error(c->d, (*slot)->at, "property '%.*s' can't be negative", STRA(p->name));
}

static void
check_property(struct check *c, struct p4_node *p)
{
	struct str names[N_PROPERTIES];

	for (size_t k = 0; k < N_PROPERTIES; k++) {
		if (str_is(p->name, known_properties[k].name)) {
			check_known(c, p, k);
			return;
		}
		names[k] = str_from(known_properties[k].name);
	}
	diag_warn(c->d, p4_where(p), "property '%.*s' is not known here and has no effect",
		  STRA(p->name));
	diag_nearest(c->d, p->name, names, N_PROPERTIES);
	if (p->u.property.value)
		p4_check_expr(c, &p->u.property.value);
}

void
p4_check_table(struct check *c, struct p4_node *table)
{
	enum p4_place place = c->place;

	c->place = P4_AT_TABLE;
	table->u.table.owner = c->block;
	table->type = p4_type_make(c, P4_TY_TABLE, table);
	c->place = P4_AT_APPLY; /* keys are evaluated there */
	for (uint32_t i = 0; i < table->u.table.keys.n; i++)
		check_key(c, table->u.table.keys.v[i], table);
	c->place = P4_AT_TABLE;
	if (!table->u.table.has_actions)
		diag_error(c->d, p4_where(table), "table '%.*s' has no list of actions",
			   STRA(table->name));
	check_actions(c, table);
	if (table->u.table.default_action)
		p4_check_bound(c, table, table->u.table.default_action, "tableonly");
	else
		check_no_action(c);
	p4_check_entries(c, table);
	p4_check_unique(c, &table->u.table.properties, "properties");
	for (uint32_t i = 0; i < table->u.table.properties.n; i++)
		check_property(c, table->u.table.properties.v[i]);
	p4_check_computed_priorities(c, table);
	c->place = place;
	p4_env_add(c, table);
}
