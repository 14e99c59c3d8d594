/* check_table.c - tables: keys, action lists, default actions, entries, properties. */
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
static void
check_bound(struct check *c, struct p4_node *table, struct p4_node *ref, const char *avoid)
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

/* --- entries ------------------------------------------------------------------------------ */

static bool
is_any(const struct p4_node *n)
{
	return n->kind == P4_DEFAULT || n->kind == P4_DONTCARE;
}

/* Ones, then zeros. */
static bool
is_prefix_mask(struct check *c, struct big mask, uint32_t width)
{
	struct big m = big_wrap_unsigned(c->a, mask, width);
	struct big low = big_sub(c->a, big_pow2(c->a, width), m); /* 2^k when it is a prefix */

	return big_is_zero(m) ||
	       big_is_zero(big_and(c->a, low, big_sub(c->a, low, big_from_u64(c->a, 1))));
}

static void
check_entry_kind(struct check *c, const struct p4_node *key, const struct p4_node *k)
{
	struct str kind = key->u.key.match ? key->u.key.match->name : STR("exact");
	const char *wrong = NULL;

	if (str_is(kind, "exact") && (k->kind == P4_MASK || k->kind == P4_RANGE))
		wrong = "one value";
	else if (str_is(kind, "exact") && is_any(k))
		wrong = "one value; `_` can't be stored";
	else if (str_is(kind, "lpm") && k->kind == P4_RANGE)
		wrong = "a value and a prefix mask (&&&)";
	else if (str_is(kind, "ternary") && k->kind == P4_RANGE)
		wrong = "a value and a mask (&&&)";
	else if (str_is(kind, "range") && k->kind == P4_MASK)
		wrong = "a range (..)";
	else if (str_is(kind, "optional") && (k->kind == P4_MASK || k->kind == P4_RANGE))
		wrong = "one value or `_`";
	if (wrong) {
		diag_error(c->d, k->at, "a key matched as %.*s takes %s", STRA(kind), wrong);
		diag_note(c->d, key->at, "the key is declared here");
		return;
	}
	if (str_is(kind, "lpm") && k->kind == P4_MASK && k->u.pair.b->is_const &&
	    !is_prefix_mask(c, k->u.pair.b->value->i, p4_type_bits(key->type)))
		diag_error(c->d, k->u.pair.b->at,
			   "the mask of an lpm key must be a prefix: ones, then zeros");
}

static void
check_entry_const(struct check *c, const struct p4_node *k)
{
	if (k->kind == P4_MASK || k->kind == P4_RANGE) {
		check_entry_const(c, k->u.pair.a);
		check_entry_const(c, k->u.pair.b);
	} else if (!is_any(k) && k->type && !p4_is_bad(k->type) && !p4_compile_time(c, k)) {
		diag_error(c->d, k->at, "the key of an entry must be a constant");
	}
}

static void
check_priority(struct check *c, struct p4_node *table, struct p4_node *e)
{
	struct p4_node **slot = &e->u.entry.priority;
	struct p4_type *t;

	if (!*slot)
		return;
	if (table->u.table.const_entries)
		diag_error(c->d, (*slot)->at,
			   "const entries have no priorities: their order decides");
	t = p4_check_expr(c, slot);
	if (p4_is_bad(t))
		return;
	if ((t->kind != P4_TY_INT && t->kind != P4_TY_BIT) || !(*slot)->is_const ||
	    (*slot)->value->i.neg)
		diag_error(c->d, (*slot)->at,
			   "a priority must be a constant number that is not negative");
}

static void
check_entry(struct check *c, struct p4_node *table, struct p4_node *e)
{
	struct p4_list *keys = &e->u.entry.keys, *want = &table->u.table.keys;

	check_priority(c, table, e);
	check_bound(c, table, e->u.entry.action, "defaultonly");
	if (keys->n == 1 && want->n != 1 && is_any(keys->v[0])) {
		keys->v[0]->type = c->dontcare;
		for (uint32_t i = 0; i < want->n; i++)
			check_entry_kind(c, want->v[i], keys->v[0]);
		return;
	}
	if (keys->n == 1 && keys->v[0]->kind == P4_LIST_EXPR)
		*keys = keys->v[0]->u.list.items;
	if (keys->n != want->n) {
		diag_error(c->d, e->at, "the table has %u key%s, but this entry has %u", want->n,
			   want->n == 1 ? "" : "s", keys->n);
		diag_note(c->d, p4_where(table), "declared here");
		return;
	}
	for (uint32_t i = 0; i < keys->n; i++) {
		if (!want->v[i]->type || p4_is_bad(want->v[i]->type))
			continue;
		p4_check_keyset(c, &keys->v[i], want->v[i]->type, "the key");
		check_entry_kind(c, want->v[i], keys->v[i]);
		check_entry_const(c, keys->v[i]);
	}
}

/* Two entries of a table that matches exactly can't have the same keys. */
static void
check_duplicates(struct check *c, const struct p4_node *table)
{
	struct map seen;

	map_init(&seen, c->a);
	for (uint32_t i = 0; i < table->u.table.keys.n; i++) {
		const struct p4_node *match = table->u.table.keys.v[i]->u.key.match;
		if (!match || !str_is(match->name, "exact"))
			return;
	}
	for (uint32_t i = 0; i < table->u.table.entries.n; i++) {
		const struct p4_list *keys = &table->u.table.entries.v[i]->u.entry.keys;
		struct str text = STR_NONE;
		struct p4_node *first;
		for (uint32_t k = 0; k < keys->n; k++) {
			const struct p4_node *n = keys->v[k];
			if (!n->is_const)
				return;
			struct str one = n->value->kind == P4_V_BOOL
						 ? str_fmt(c->a, "%d", n->value->b)
						 : big_text(c->a, n->value->i, 16);
			text = str_fmt(c->a, "%.*s,%.*s", STRA(text), STRA(one));
		}
		first = map_put(&seen, text, table->u.table.entries.v[i]);
		if (first) {
			diag_error(c->d, table->u.table.entries.v[i]->at,
				   "another entry has the same keys");
			diag_note(c->d, first->at, "it is here");
		}
	}
}

static bool
has_priorities(const struct p4_node *table)
{
	static const char *const kinds[] = { "ternary", "range", "optional" };

	for (uint32_t i = 0; i < table->u.table.keys.n; i++) {
		const struct p4_node *match = table->u.table.keys.v[i]->u.key.match;
		for (size_t k = 0; match && k < sizeof(kinds) / sizeof(kinds[0]); k++)
			if (str_is(match->name, kinds[k]))
				return true;
		if (!match || (!str_is(match->name, "exact") && !str_is(match->name, "lpm")))
			return true; /* a target's own kind */
	}
	return false;
}

/* An entry without a priority goes on from the one before, so the first needs one when any has. */
static void
check_priorities(struct check *c, const struct p4_node *table)
{
	const struct p4_list *entries = &table->u.table.entries;
	const struct p4_node *first = NULL;

	for (uint32_t i = 0; !first && i < entries->n; i++)
		first = entries->v[i]->u.entry.priority;
	if (!first || table->u.table.const_entries)
		return;
	if (!has_priorities(table))
		diag_error(c->d, first->at, "the matches of this table need no priorities");
	else if (!entries->v[0]->u.entry.priority) {
		diag_error(c->d, entries->v[0]->at, "the first entry has no priority, but another one has");
		diag_note(c->d, first->at, "it is here");
	}
}

static void
check_entries(struct check *c, struct p4_node *table)
{
	struct p4_list *entries = &table->u.table.entries;

	if (!table->u.table.has_entries)
		return;
	if (!table->u.table.keys.n && entries->n) {
		diag_error(c->d, p4_where(table), "a table without keys can't have entries");
		diag_note(c->d, entries->v[0]->at, "the first one is here");
		return;
	}
	for (uint32_t i = 0; i < entries->n; i++)
		check_entry(c, table, entries->v[i]);
	check_priorities(c, table);
	check_duplicates(c, table);
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

static const struct p4_node *
property_value(const struct p4_node *table, const char *name)
{
	for (uint32_t i = 0; i < table->u.table.properties.n; i++)
		if (str_is(table->u.table.properties.v[i]->name, name))
			return table->u.table.properties.v[i]->u.property.value;
	return NULL;
}

/* Where the largest priority wins, those that are not written out go down, but not below 0. */
static void
check_computed_priorities(struct check *c, const struct p4_node *table)
{
	const struct p4_node *delta = property_value(table, "priority_delta"), *largest = property_value(table, "largest_priority_wins");
	struct big step = delta && delta->is_const ? delta->value->i : big_from_u64(c->a, 1), p = big_from_u64(c->a, 0);
	const struct p4_list *entries = &table->u.table.entries;

	if (table->u.table.const_entries || !entries->n || !entries->v[0]->u.entry.priority ||
	    (largest && largest->is_const && !largest->value->b))
		return;
	for (uint32_t i = 0; i < entries->n; i++) {
		const struct p4_node *own = entries->v[i]->u.entry.priority;
		if (own && !own->is_const)
			return;
		p = own ? own->value->i : big_sub(c->a, p, step);
		if (!p.neg)
			continue;
		diag_error(c->d, p4_where(table), "an entry's priority would be %s", str_cstr(c->a, big_text(c->a, p, 10)));
		diag_note(c->d, entries->v[i]->at, "it is this one");
		return;
	}
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
		check_bound(c, table, table->u.table.default_action, "tableonly");
	else
		check_no_action(c);
	check_entries(c, table);
	p4_check_unique(c, &table->u.table.properties, "properties");
	for (uint32_t i = 0; i < table->u.table.properties.n; i++)
		check_property(c, table->u.table.properties.v[i]);
	check_computed_priorities(c, table);
	c->place = place;
	p4_env_add(c, table);
}
