#include "p4/fields.h"

#include "base/arena.h"
#include "base/vec.h"

static struct str
field_path(struct arena *a, struct str path, struct str name)
{
	return path.n ? str_fmt(a, "%.*s.%.*s", STRA(path), STRA(name)) : name;
}

static struct str
element_path(struct arena *a, struct str path, uint32_t i)
{
	return str_fmt(a, "%.*s[%u]", STRA(path), i);
}

static bool
has_fields(const struct p4_type *t)
{
	return t->kind == P4_TY_STRUCT || t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION;
}

/* `at` says where the walk is: path, stack and union around. */
static void
walk_headers(struct arena *a, const struct p4_type *t, struct p4_header_inst at,
	     struct p4_header_insts *ret)
{
	struct str path = at.path;

	if (t->kind == P4_TY_HEADER) {
		at.type = t;
		vec_push(a, ret, at);
	} else if (t->kind == P4_TY_STACK) {
		at.stack = path;
		at.size = t->size;
		for (at.index = 0; at.index < t->size; at.index++) {
			at.path = element_path(a, path, at.index);
			walk_headers(a, t->elem, at, ret);
		}
	} else if (has_fields(t)) {
		if (t->kind == P4_TY_UNION)
			at.union_ = path;
		for (uint32_t i = 0; i < t->nfields; i++) {
			at.path = field_path(a, path, t->fields[i].name);
			walk_headers(a, t->fields[i].type, at, ret);
		}
	}
}

struct p4_header_insts
p4_fields_headers(struct arena *a, const struct p4_type *t)
{
	struct p4_header_insts ret = { 0 };

	walk_headers(a, t, (struct p4_header_inst){ 0 }, &ret);
	return ret;
}

static void
walk_leaves(struct arena *a, const struct p4_type *t, struct str path, struct p4_leaves *ret)
{
	if (has_fields(t)) {
		for (uint32_t i = 0; i < t->nfields; i++)
			walk_leaves(a, t->fields[i].type, field_path(a, path, t->fields[i].name),
				    ret);
	} else if (t->kind == P4_TY_STACK) {
		for (uint32_t i = 0; i < t->size; i++)
			walk_leaves(a, t->elem, element_path(a, path, i), ret);
	} else if (t->kind == P4_TY_TUPLE) {
		for (uint32_t i = 0; i < t->nargs; i++)
			walk_leaves(a, t->args[i], element_path(a, path, i), ret);
	} else {
		struct p4_leaf leaf = { path, t, p4_type_bits(t) };
		vec_push(a, ret, leaf);
	}
}

struct p4_leaves
p4_fields_leaves(struct arena *a, const struct p4_type *t)
{
	struct p4_leaves ret = { 0 };

	walk_leaves(a, t, STR_NONE, &ret);
	return ret;
}

/* "[12]" at the beginning of *path: the number, and *path moved behind it; -1 when malformed. */
static int64_t
take_index(struct str *path)
{
	int64_t end = str_find(*path, ']'), k = 0;

	if (end < 2 || end > 8)
		return -1;
	for (uint32_t i = 1; i < (uint32_t)end; i++) {
		if (path->p[i] < '0' || path->p[i] > '9')
			return -1;
		k = k * 10 + (path->p[i] - '0');
	}
	*path = str_sub(*path, (uint32_t)end + 1, path->n);
	return k;
}

const struct p4_type *
p4_fields_find(const struct p4_type *t, struct str path)
{
	while (path.n && t) {
		uint32_t n = 0;
		int32_t i;
		if (path.p[0] == '[') {
			int64_t k = take_index(&path);
			if (t->kind == P4_TY_STACK)
				t = k >= 0 && k < t->size ? t->elem : NULL;
			else
				t = t->kind == P4_TY_TUPLE && k >= 0 && k < t->nargs ? t->args[k]
										     : NULL;
		} else {
			while (n < path.n && path.p[n] != '.' && path.p[n] != '[')
				n++;
			i = has_fields(t) ? p4_type_field_index(t, str_sub(path, 0, n)) : -1;
			t = i >= 0 ? t->fields[i].type : NULL;
			path = str_sub(path, n, path.n);
		}
		if (path.n && path.p[0] == '.')
			path = str_sub(path, 1, path.n);
	}
	return t;
}
