/* A tree of JSON with the places of everything, so that mistakes in it can be shown. */
#include "switch/reading.h"

#include "base/json.h"

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
push(struct builder *b, struct json_tree *t, struct json_tree *item, const struct sw_arg *name)
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
	struct sw_arg name = { .name = STR_NONE };
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
sw_json_read(struct arena *a, struct diags *d, const struct source *text)
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
