/* writes.c - what a write to an l-value touches: headers, their fields, metadata; and whether it is done behind a drop mark. */
#include "plan/writes.h"

#include "plan/writes_walk.h"

/* Does `path` cover `leaf` (is it the leaf or one of its ancestors)? */
static bool
covers(struct str path, struct str leaf)
{
	if (!path.n || str_eq(path, leaf))
		return true;
	return str_starts(leaf, path) && (leaf.p[path.n] == '.' || leaf.p[path.n] == '[');
}

static void
add_value(struct writes_walk *k, struct plan_constants *c, bool exact)
{
	const struct p4_value *v = exact && k->constant ? k->constant->value : NULL;
	uint32_t i = 0;

	if (!v || v->kind != P4_V_INT || !big_fits_u64(v->i)) {
		c->other = true;
		return;
	}
	while (i < c->n && c->v[i] != big_u64(v->i))
		i++;
	if (i == PLAN_CONSTANTS)
		c->other = true;
	else if (i == c->n)
		c->v[c->n++] = big_u64(v->i);
}

static void
write_headers(struct writes_walk *k, struct str path)
{
	for (uint32_t i = 0; i < k->p->schema.headers.n; i++) {
		const struct ir_schema_header *h = &k->p->schema.headers.v[i];
		bool whole = covers(path, h->path);

		if (whole)
			k->w->headers[i].validity = true;
		if (whole && k->at.marked)
			k->w->headers[i].late_validity = true;
		for (uint32_t f = 0; f < h->fields.n; f++) {
			struct str leaf = str_fmt(k->a, "%.*s.%.*s", STRA(h->path), STRA(h->fields.v[f].name));

			if (!whole && !covers(path, leaf))
				continue;
			k->w->headers[i].fields[f] = true;
			k->w->headers[i].late_fields[f] |= k->at.marked;
			add_value(k, &k->w->headers[i].values[f], str_eq(path, leaf));
		}
	}
}

static void
write_std(struct writes_walk *k, struct str path)
{
	static const char *const all[] = { "ingress_port", "egress_spec", "egress_port", "instance_type",
		"packet_length", "enq_timestamp", "enq_qdepth", "deq_timedelta", "deq_qdepth",
		"ingress_global_timestamp", "egress_global_timestamp", "mcast_grp", "egress_rid",
		"checksum_error", "parser_error", "priority" };

	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (covers(path, str_from(all[i])))
			map_put(&k->w->std, str_from(all[i]), k);
	if (covers(path, STR("mcast_grp")))
		k->w->multicasts = true;
}

int
writes_path(struct writes_walk *k, const struct p4_node *n, struct str *ret)
{
	const struct p4_node *o;
	int root;

	switch ((int)n->kind) { /* only l-values have a case */
	case P4_NAME:
		*ret = STR_NONE;
		for (int i = 0; i < 3; i++)
			if (k->params[i] && n->u.ref.decl == k->params[i])
				return i;
		for (uint32_t i = k->bindings.n; i-- > 0;)
			if (k->bindings.v[i].param == n->u.ref.decl) {
				*ret = k->bindings.v[i].path;
				return k->bindings.v[i].root;
			}
		return -1;
	case P4_MEMBER:
		root = writes_path(k, n->u.member.object, ret);
		if (root >= 0 && (n->u.member.what == P4_MEMBER_STACK_NEXT ||
				  n->u.member.what == P4_MEMBER_STACK_LAST))
			*ret = str_fmt(k->a, "%.*s*", STRA(*ret));
		else if (root >= 0 && str_find(*ret, '*') < 0)
			*ret = str_fmt(k->a, "%.*s%s%.*s", STRA(*ret), ret->n ? "." : "", STRA(n->name));
		return root;
	case P4_INDEX:
		root = writes_path(k, n->u.index.object, ret);
		o = n->u.index.index;
		if (root >= 0 && o->is_const && o->value && o->value->kind == P4_V_INT)
			*ret = str_fmt(k->a, "%.*s[%llu]", STRA(*ret), (unsigned long long)big_u64(o->value->i));
		else if (root >= 0)
			*ret = str_fmt(k->a, "%.*s*", STRA(*ret));
		return root;
	case P4_SLICE:
		return writes_path(k, n->u.slice.object, ret);
	case P4_CAST:
		return writes_path(k, n->u.cast.a, ret);
	default:
		return -1;
	}
}

static void
write_metadata(struct writes_walk *k, struct str path)
{
	for (uint32_t i = 0; i < k->p->schema.metadata.n; i++)
		if (covers(path, k->p->schema.metadata.v[i].name)) {
			k->w->metadata[i] = true;
			k->w->late_metadata[i] |= k->at.marked;
			add_value(k, &k->w->metadata_values[i], str_eq(path, k->p->schema.metadata.v[i].name));
		}
}

void
writes_add(struct writes_walk *k, const struct p4_node *n)
{
	struct str path;
	int root = writes_path(k, n, &path);
	int64_t star = root >= 0 ? str_find(path, '*') : -1;

	if (star >= 0)
		path = str_sub(path, 0, (uint32_t)star);
	if (root == 0)
		write_headers(k, path);
	else if (root == 1)
		write_metadata(k, path);
	else if (root == 2)
		write_std(k, path);
}

void
writes_copy_back(struct writes_walk *k, const struct writes_binding *b)
{
	struct plan_writes *w = k->w;
	int64_t star = str_find(b->path, '*');
	struct str path = star < 0 ? b->path : str_sub(b->path, 0, (uint32_t)star);

	if (!path.n && star < 0)
		return;
	for (uint32_t i = 0; b->root == 0 && i < k->p->schema.headers.n; i++) {
		const struct ir_schema_header *h = &k->p->schema.headers.v[i];

		if (!covers(path, h->path) && !covers(h->path, path))
			continue;
		w->headers[i].late_validity |= w->headers[i].validity;
		for (uint32_t f = 0; f < h->fields.n; f++)
			w->headers[i].late_fields[f] |= w->headers[i].fields[f];
	}
	for (uint32_t i = 0; b->root == 1 && i < k->p->schema.metadata.n; i++)
		w->late_metadata[i] |= w->metadata[i] && covers(path, k->p->schema.metadata.v[i].name);
}

void
writes_add_all(struct writes_walk *k)
{
	struct plan_writes *w = k->w;

	k->at.marked = true;
	write_headers(k, STR_NONE);
	write_std(k, STR_NONE);
	write_metadata(k, STR_NONE);
	w->marks = w->table_marks = w->clones_e2e = w->clones_i2e = w->resubmits = w->recirculates = w->truncates = w->exits = true;
}

void
writes_open(struct arena *a, const struct plan_program *p, struct plan_writes *w)
{
	w->headers = arena_alloc(a, sizeof(*w->headers) * p->schema.headers.n);
	for (uint32_t i = 0; i < p->schema.headers.n; i++) {
		uint32_t fields = p->schema.headers.v[i].fields.n + 1;

		w->headers[i].fields = arena_array(a, bool, fields);
		w->headers[i].late_fields = arena_array(a, bool, fields);
		w->headers[i].values = arena_array(a, struct plan_constants, fields);
	}
	w->metadata = arena_array(a, bool, p->schema.metadata.n + 1);
	w->late_metadata = arena_array(a, bool, p->schema.metadata.n + 1);
	w->metadata_values = arena_array(a, struct plan_constants, p->schema.metadata.n + 1);
	map_init(&w->std, a);
}
