#include "weave/tree.h"

#include <stdlib.h>

static void
slot(struct tree_kids *k, struct p4_node **s)
{
	if (*s)
		k->slot[k->nslots++] = s;
}

static void
list(struct tree_kids *k, struct p4_list *l)
{
	if (l->v) /* an empty one may have room: copies must not share it */
		k->list[k->nlists++] = l;
}

/* One honest switch: the shape of every kind. */
void
tree_kids(struct p4_node *n, struct tree_kids *k)
{
	*k = (struct tree_kids){ 0 };
	list(k, &n->annotations);
	switch (n->kind) {
	case P4_PROGRAM:
		list(k, &n->u.program.decls);
		break;
	case P4_CONST:
	case P4_VAR:
	case P4_FIELD:
	case P4_PARAM:
	case P4_VALUE_SET:
		slot(k, &n->u.var.type);
		slot(k, &n->u.var.init);
		break;
	case P4_INSTANCE:
		slot(k, &n->u.instance.type);
		list(k, &n->u.instance.args);
		list(k, &n->u.instance.body);
		break;
	case P4_TYPEDEF:
	case P4_NEWTYPE:
		slot(k, &n->u.alias.target);
		break;
	case P4_HEADER:
	case P4_UNION:
	case P4_STRUCT:
		list(k, &n->u.fields.type_params);
		list(k, &n->u.fields.fields);
		break;
	case P4_ENUM:
	case P4_ERROR_DECL:
	case P4_MATCH_KIND_DECL:
		slot(k, &n->u.enumeration.underlying);
		list(k, &n->u.enumeration.members);
		break;
	case P4_ENUM_MEMBER:
		slot(k, &n->u.member_decl.init);
		break;
	case P4_EXTERN:
		list(k, &n->u.ext.type_params);
		list(k, &n->u.ext.methods);
		break;
	case P4_EXTERN_FUNCTION:
	case P4_METHOD:
	case P4_FUNCTION:
	case P4_ACTION:
		slot(k, &n->u.func.ret);
		list(k, &n->u.func.type_params);
		list(k, &n->u.func.params);
		slot(k, &n->u.func.body);
		break;
	case P4_TABLE:
		list(k, &n->u.table.keys);
		list(k, &n->u.table.actions);
		list(k, &n->u.table.entries);
		slot(k, &n->u.table.default_action);
		list(k, &n->u.table.properties);
		break;
	case P4_TABLE_KEY:
		slot(k, &n->u.key.expr);
		slot(k, &n->u.key.match);
		break;
	case P4_ACTION_REF:
		slot(k, &n->u.action_ref.action);
		list(k, &n->u.action_ref.args);
		break;
	case P4_ENTRY:
		list(k, &n->u.entry.keys);
		slot(k, &n->u.entry.action);
		slot(k, &n->u.entry.priority);
		break;
	case P4_PROPERTY:
		slot(k, &n->u.property.value);
		break;
	case P4_PARSER:
	case P4_CONTROL:
	case P4_PACKAGE:
		list(k, &n->u.block_decl.type_params);
		list(k, &n->u.block_decl.params);
		list(k, &n->u.block_decl.ctor_params);
		list(k, &n->u.block_decl.locals);
		list(k, &n->u.block_decl.states);
		slot(k, &n->u.block_decl.body);
		break;
	case P4_STATE:
		list(k, &n->u.state.stmts);
		slot(k, &n->u.state.transition);
		break;
	case P4_TRANSITION:
		slot(k, &n->u.transition.select);
		slot(k, &n->u.transition.target);
		break;
	case P4_SELECT:
		list(k, &n->u.select.exprs);
		list(k, &n->u.select.cases);
		break;
	case P4_SELECT_CASE:
		list(k, &n->u.select_case.keys);
		slot(k, &n->u.select_case.target);
		break;
	case P4_ANNOTATION:
		list(k, &n->u.annotation.args);
		break;
	case P4_BLOCK:
		list(k, &n->u.block.stmts);
		break;
	case P4_ASSIGN:
		slot(k, &n->u.assign.left);
		slot(k, &n->u.assign.right);
		break;
	case P4_CALL_STMT:
		slot(k, &n->u.call_stmt.call);
		break;
	case P4_IF:
		slot(k, &n->u.if_.cond);
		slot(k, &n->u.if_.then);
		slot(k, &n->u.if_.otherwise);
		break;
	case P4_SWITCH:
		slot(k, &n->u.switch_.expr);
		list(k, &n->u.switch_.cases);
		break;
	case P4_CASE:
		slot(k, &n->u.case_.label);
		slot(k, &n->u.case_.body);
		break;
	case P4_RETURN:
		slot(k, &n->u.ret.expr);
		break;
	case P4_FOR:
		list(k, &n->u.for_.init);
		slot(k, &n->u.for_.cond);
		list(k, &n->u.for_.update);
		slot(k, &n->u.for_.body);
		break;
	case P4_FOR_IN:
		slot(k, &n->u.for_in.var);
		slot(k, &n->u.for_in.range);
		slot(k, &n->u.for_in.body);
		break;
	case P4_TYPE_EXPR:
		slot(k, &n->u.type_expr.type);
		break;
	case P4_MEMBER:
		slot(k, &n->u.member.object);
		break;
	case P4_INDEX:
		slot(k, &n->u.index.object);
		slot(k, &n->u.index.index);
		break;
	case P4_SLICE:
		slot(k, &n->u.slice.object);
		slot(k, &n->u.slice.hi);
		slot(k, &n->u.slice.lo);
		break;
	case P4_UNARY:
		slot(k, &n->u.unary.a);
		break;
	case P4_BINARY:
		slot(k, &n->u.binary.a);
		slot(k, &n->u.binary.b);
		break;
	case P4_TERNARY:
		slot(k, &n->u.ternary.cond);
		slot(k, &n->u.ternary.a);
		slot(k, &n->u.ternary.b);
		break;
	case P4_CAST:
		slot(k, &n->u.cast.to);
		slot(k, &n->u.cast.a);
		break;
	case P4_CALL:
		slot(k, &n->u.call.callee);
		list(k, &n->u.call.type_args);
		list(k, &n->u.call.args);
		break;
	case P4_ARG:
		slot(k, &n->u.arg.expr);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		list(k, &n->u.list.items);
		break;
	case P4_NAMED_EXPR:
		slot(k, &n->u.named.expr);
		break;
	case P4_MASK:
	case P4_RANGE:
		slot(k, &n->u.pair.a);
		slot(k, &n->u.pair.b);
		break;
	case P4_T_BIT:
	case P4_T_SIGNED:
	case P4_T_VARBIT:
		slot(k, &n->u.sized.width);
		break;
	case P4_T_SPECIALIZED:
	case P4_T_TUPLE:
	case P4_T_LIST:
		slot(k, &n->u.specialized.base);
		list(k, &n->u.specialized.args);
		break;
	case P4_T_STACK:
		slot(k, &n->u.stack.elem);
		slot(k, &n->u.stack.size);
		break;
	case P4_BAD:
	case P4_TYPE_PARAM:
	case P4_EMPTY:
	case P4_EXIT:
	case P4_BREAK:
	case P4_CONTINUE:
	case P4_INT:
	case P4_BOOL:
	case P4_STRING:
	case P4_NAME:
	case P4_INVALID_EXPR:
	case P4_DEFAULT:
	case P4_DONTCARE:
	case P4_DOTS:
	case P4_THIS:
	case P4_T_NAME:
	case P4_T_INT:
	case P4_T_BOOL:
	case P4_T_ERROR:
	case P4_T_STRING:
	case P4_T_MATCH_KIND:
	case P4_T_VOID:
	case P4_T_DONTCARE:
		break;
	}
}

void
tree_walk(struct p4_node **at, tree_visit *visit, void *user)
{
	struct p4_node *before = *at;
	struct tree_kids k;

	if (!before || !visit(user, at) || *at != before)
		return;
	tree_kids(*at, &k);
	for (uint32_t i = 0; i < k.nlists; i++)
		for (uint32_t j = 0; j < k.list[i]->n; j++)
			tree_walk(&k.list[i]->v[j], visit, user);
	for (uint32_t i = 0; i < k.nslots; i++)
		tree_walk(k.slot[i], visit, user);
}

/* --- copying --------------------------------------------------------------------------------- */

static struct p4_node *copy(struct arena *a, struct p4_node *n, struct tree_map *m);

static void
copy_list(struct arena *a, struct p4_list *l, struct tree_map *m)
{
	struct p4_list made = { 0 };

	for (uint32_t i = 0; i < l->n; i++)
		vec_push(a, &made, copy(a, l->v[i], m));
	*l = made;
}

static struct p4_node *
copy(struct arena *a, struct p4_node *n, struct tree_map *m)
{
	struct p4_node *c = p4_node_make(a, n->kind, n->at);
	uint32_t id = c->id;
	struct tree_kids k;

	*c = *n;
	c->id = id;
	vec_push(a, &m->pairs, (struct tree_pair){ n, c });
	tree_kids(c, &k);
	for (uint32_t i = 0; i < k.nlists; i++)
		copy_list(a, k.list[i], m);
	for (uint32_t i = 0; i < k.nslots; i++)
		*k.slot[i] = copy(a, *k.slot[i], m);
	if (c->kind == P4_CALL && n->u.call.nordered)
		c->u.call.ordered = arena_copy(a, n->u.call.ordered,
					       sizeof(struct p4_node *) * n->u.call.nordered);
	return c;
}

static int
by_address(const void *x, const void *y)
{
	uintptr_t a = (uintptr_t)((const struct tree_pair *)x)->from;
	uintptr_t b = (uintptr_t)((const struct tree_pair *)y)->from;

	return a < b ? -1 : a > b;
}

struct p4_node *
tree_mapped(const struct tree_map *m, struct p4_node *n)
{
	struct tree_pair key = { n, NULL };
	const struct tree_pair *found;

	if (!n || m->pairs.n == 0)
		return n;
	found = bsearch(&key, m->pairs.v, m->pairs.n, sizeof(key), by_address);
	return found ? found->to : n;
}

/* The references of one node that the weaver believes in. */
static void
remap_one(struct p4_node *n, const struct tree_map *m)
{
	if (n->kind == P4_NAME || n->kind == P4_T_NAME) {
		n->u.ref.decl = tree_mapped(m, n->u.ref.decl);
	} else if (n->kind == P4_MEMBER) {
		n->u.member.decl = tree_mapped(m, n->u.member.decl);
	} else if (n->kind == P4_ACTION_REF) {
		n->u.action_ref.decl = tree_mapped(m, n->u.action_ref.decl);
	} else if (n->kind == P4_ACTION || n->kind == P4_METHOD) {
		n->u.func.owner = tree_mapped(m, n->u.func.owner);
	} else if (n->kind == P4_TABLE) {
		n->u.table.owner = tree_mapped(m, n->u.table.owner);
	} else if (n->kind == P4_CALL) {
		n->u.call.target = tree_mapped(m, n->u.call.target);
		n->u.call.object = tree_mapped(m, n->u.call.object);
		for (uint32_t i = 0; i < n->u.call.nordered; i++)
			n->u.call.ordered[i] = tree_mapped(m, n->u.call.ordered[i]);
	}
}

static bool
remap_visit(void *user, struct p4_node **slot_at)
{
	remap_one(*slot_at, user);
	return true;
}

void
tree_sort_map(struct tree_map *m)
{
	if (m->pairs.n)
		qsort(m->pairs.v, m->pairs.n, sizeof(*m->pairs.v), by_address);
}

void
tree_remap(struct p4_node *n, const struct tree_map *m)
{
	tree_walk(&n, remap_visit, (void *)(uintptr_t)m);
}

struct p4_node *
tree_copy(struct arena *a, struct p4_node *n, struct tree_map *ret_map)
{
	struct tree_map m = { 0 };
	struct p4_node *c = copy(a, n, &m);

	tree_sort_map(&m);
	tree_remap(c, &m);
	if (ret_map)
		*ret_map = m;
	return c;
}

/* --- forgetting ------------------------------------------------------------------------------ */

static bool
uncheck_visit(void *user, struct p4_node **at)
{
	struct p4_node *n;

	(void)user;
	while ((*at)->kind == P4_CAST && (*at)->u.cast.implicit) {
		*at = (*at)->u.cast.a;
		tree_uncheck(*at);
	}
	n = *at;
	n->type = NULL;
	n->is_const = false;
	n->value = NULL;
	if (n->kind == P4_NAME || n->kind == P4_T_NAME) {
		n->u.ref.decl = NULL;
	} else if (n->kind == P4_MEMBER) {
		n->u.member.what = P4_MEMBER_NONE;
		n->u.member.decl = NULL;
	} else if (n->kind == P4_ACTION_REF) {
		n->u.action_ref.decl = NULL;
	} else if (n->kind == P4_ACTION || n->kind == P4_METHOD) {
		n->u.func.owner = NULL;
	} else if (n->kind == P4_TABLE) {
		n->u.table.owner = NULL;
	} else if (n->kind == P4_CALL) {
		n->u.call.what = P4_CALL_NONE;
		n->u.call.target = n->u.call.object = NULL;
		n->u.call.ordered = NULL;
		n->u.call.nordered = 0;
		n->u.call.bound = NULL;
		n->u.call.nbound = 0;
	}
	return true;
}

void
tree_uncheck(struct p4_node *n)
{
	tree_walk(&n, uncheck_visit, NULL);
}

/* --- makers ---------------------------------------------------------------------------------- */

struct p4_node *
tree_block(struct arena *a, struct span at)
{
	return p4_node_make(a, P4_BLOCK, at);
}

struct p4_node *
tree_name(struct arena *a, struct str name)
{
	struct p4_node *n = p4_node_make(a, P4_NAME, (struct span){ 0, 0 });

	n->name = name;
	return n;
}

struct p4_node *
tree_arg(struct arena *a, struct p4_node *expr)
{
	struct p4_node *n = p4_node_make(a, P4_ARG, expr->at);

	n->u.arg.expr = expr;
	return n;
}

struct p4_node *
tree_plain(struct p4_node *n)
{
	while (n && n->kind == P4_CAST && n->u.cast.implicit)
		n = n->u.cast.a;
	return n;
}

struct p4_node *
tree_root(struct p4_node *n)
{
	for (n = tree_plain(n); n; n = tree_plain(n)) {
		if (n->kind == P4_NAME)
			return n->u.ref.decl;
		if (n->kind == P4_MEMBER)
			n = n->u.member.object;
		else if (n->kind == P4_INDEX)
			n = n->u.index.object;
		else if (n->kind == P4_SLICE)
			n = n->u.slice.object;
		else
			return NULL;
	}
	return NULL;
}
