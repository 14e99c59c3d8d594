#include "weave/tree.h"

#include "p4/kids.h"

#include <stdlib.h>

void
tree_walk(struct p4_node **at, tree_visit *visit, void *user)
{
	struct p4_node *before = *at;
	struct p4_kids k;

	if (!before || !visit(user, at) || *at != before)
		return;
	p4_kids(*at, &k);
	for (uint32_t i = 0; i < k.n; i++) {
		if (k.v[i].one)
			tree_walk(k.v[i].one, visit, user);
		else
			for (uint32_t j = 0; j < k.v[i].all->n; j++)
				tree_walk(&k.v[i].all->v[j], visit, user);
	}
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
	struct p4_kids k;

	*c = *n;
	c->id = id;
	vec_push(a, &m->pairs, (struct tree_pair){ n, c });
	p4_kids(c, &k);
	for (uint32_t i = 0; i < k.n; i++) {
		if (k.v[i].one)
			*k.v[i].one = copy(a, *k.v[i].one, m);
		else
			copy_list(a, k.v[i].all, m);
	}
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
