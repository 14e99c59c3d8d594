#include "base/json_tree.h"

#include "base/vec.h"

#define DEPTH_MAX 100

struct builder {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	char *copy; /* of the text: strings are unescaped in it */
	struct json j;
};

static struct span
span_of(const struct builder *b, const char *from, const char *to)
{
	uint32_t begin = b->source->base + (uint32_t)(from - b->copy);

	return (struct span){ begin, b->source->base + (uint32_t)(to - b->copy) };
}

static struct json_tree *build(struct builder *b, const struct json_value *v, uint32_t depth);

static void
push(struct builder *b, struct json_tree *t, struct json_tree *item, const struct json_name *name)
{
	if (t->n == t->cap)
		t->items = vec_grow(b->arena, t->items, t->n, &t->cap, sizeof(*t->items));
	if (name && t->n == t->names_cap)
		t->names = vec_grow(b->arena, t->names, t->n, &t->names_cap, sizeof(*t->names));
	if (name)
		t->names[t->n] = *name;
	t->items[t->n++] = item;
}

static bool
build_items(struct builder *b, struct json_tree *t, uint32_t depth)
{
	struct json_name name = { .text = STR_NONE };
	struct json_value v;
	bool object = t->kind == JTEXT_OBJECT;

	while (object ? json_member(&b->j, &name.text, &v) : json_item(&b->j, &v)) {
		struct json_tree *item;

		if (object)
			name.at = span_of(b, b->j.key_at, b->j.key_at + name.text.n + 2);
		item = build(b, &v, depth + 1);
		if (!item)
			return false;
		push(b, t, item, object ? &name : NULL);
	}
	return !b->j.error;
}

/* The value that has just been read, with all that is in it. */
static struct json_tree *
build(struct builder *b, const struct json_value *v, uint32_t depth)
{
	struct json_tree *t = arena_new(b->arena, struct json_tree);

	t->kind = v->kind;
	if (depth > DEPTH_MAX && !b->j.error)
		b->j.error = "nested too deeply";
	if (b->j.error || ((v->kind == JTEXT_OBJECT || v->kind == JTEXT_ARRAY) && !build_items(b, t, depth)))
		return NULL;
	t->at = span_of(b, v->at, b->j.p);
	t->text = v->kind == JTEXT_STRING ? v->s :
					   str_sub(b->source->text, t->at.begin - b->source->base,
						   t->at.end - b->source->base);
	return t;
}

struct json_tree *
json_tree_read(struct arena *a, struct diags *d, const struct source *text)
{
	struct builder b = { .arena = a, .diags = d, .source = text };
	struct json_tree *t = NULL;
	struct json_value v;

	b.copy = str_cstr(a, text->text);
	json_init(&b.j, b.copy, text->text.n);
	if (json_value(&b.j, &v))
		t = build(&b, &v, 0);
	if (!b.j.error)
		json_end(&b.j);
	if (!b.j.error)
		return t;
	diag_error(d, span_of(&b, b.j.p, b.j.p + (b.j.p < b.j.end)), "%s", b.j.error);
	return NULL;
}

const char *
json_kind_name(enum json_kind kind)
{
	switch (kind) {
	case JTEXT_NULL:
		return "null";
	case JTEXT_BOOL:
		return "a boolean";
	case JTEXT_INT:
	case JTEXT_REAL:
		return "a number";
	case JTEXT_STRING:
		return "a string";
	case JTEXT_ARRAY:
		return "an array";
	case JTEXT_OBJECT:
		return "an object";
	}
	bug("json kind %d", (int)kind);
}

bool
json_expect(struct diags *d, const struct json_tree *j, enum json_kind kind, const char *what)
{
	if (j->kind == kind)
		return true;
	diag_error(d, j->at, "%s must be %s, not %s", what, json_kind_name(kind), json_kind_name(j->kind));
	return false;
}

struct json_tree *
json_find(const struct json_tree *j, const char *name)
{
	for (uint32_t i = 0; i < j->n; i++)
		if (str_is(j->names[i].text, name))
			return j->items[i];
	return NULL;
}

struct json_tree *
json_require(struct diags *d, const struct json_tree *j, const char *name, const char *what)
{
	struct json_tree *found = json_find(j, name);

	if (!found)
		diag_error(d, (struct span){ j->at.begin, j->at.begin + 1 }, "%s has no '%s'", what, name);
	return found;
}

#define KNOWN_MAX 8

void
json_check_members(struct diags *d, const struct json_tree *j, const char *const *known, uint32_t n, const char *what)
{
	struct str names[KNOWN_MAX];
	bool seen[KNOWN_MAX] = { false };

	for (uint32_t k = 0; k < n; k++)
		names[k] = str_from(known[k]);
	for (uint32_t i = 0; i < j->n; i++) {
		struct str name = j->names[i].text;
		uint32_t k = 0;

		while (k < n && !str_eq(name, names[k]))
			k++;
		if (k < n && seen[k])
			diag_error(d, j->names[i].at, "'%.*s' is there twice", STRA(name));
		if (k < n) {
			seen[k] = true;
		} else if (!(name.n && name.p[0] == '_') && !str_is(name, "comment")) {
			diag_error(d, j->names[i].at, "no member '%.*s' in %s", STRA(name), what);
			diag_nearest(d, name, names, n);
		}
	}
}
