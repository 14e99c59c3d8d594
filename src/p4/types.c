#include "p4/types.h"

#include "base/arena.h"

static bool
args_eq(const struct p4_type *a, const struct p4_type *b)
{
	if (a->nargs != b->nargs)
		return false;
	for (uint32_t i = 0; i < a->nargs; i++)
		if (!p4_type_eq(a->args[i], b->args[i]))
			return false;
	return true;
}

bool
p4_type_eq(const struct p4_type *a, const struct p4_type *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind)
		return false;
	switch (a->kind) {
	case P4_TY_ERROR_TYPE:
	case P4_TY_VOID:
	case P4_TY_BOOL:
	case P4_TY_INT:
	case P4_TY_STRING:
	case P4_TY_ERROR:
	case P4_TY_MATCH_KIND:
	case P4_TY_DONTCARE:
	case P4_TY_STATE:
		return true;
	case P4_TY_BIT:
	case P4_TY_SIGNED:
	case P4_TY_VARBIT:
		return a->width == b->width;
	case P4_TY_STRUCT:
	case P4_TY_HEADER:
	case P4_TY_UNION:
	case P4_TY_EXTERN:
	case P4_TY_PARSER:
	case P4_TY_CONTROL:
	case P4_TY_PACKAGE:
		return a->decl == b->decl && args_eq(a, b);
	case P4_TY_TUPLE:
		return args_eq(a, b);
	case P4_TY_ENUM:
	case P4_TY_NEW:
	case P4_TY_TABLE:
	case P4_TY_ACTION:
	case P4_TY_FUNCTION:
	case P4_TY_APPLY_RESULT:
	case P4_TY_ACTION_ENUM:
	case P4_TY_VAR:
	case P4_TY_STRUCT_INIT:
		return a->decl == b->decl;
	case P4_TY_STACK:
		return a->size == b->size && p4_type_eq(a->elem, b->elem);
	case P4_TY_LIST:
	case P4_TY_SET:
	case P4_TY_TYPE:
		return p4_type_eq(a->elem, b->elem);
	}
	return false;
}

static struct str text(struct arena *a, const struct p4_type *t, bool prefix, uint32_t depth);

/* "name<arg, arg>" */
static struct str
with_args(struct arena *a, struct str name, const struct p4_type *t, uint32_t depth)
{
	if (!t->nargs)
		return name;
	struct str s = str_fmt(a, "%.*s<", STRA(name));
	for (uint32_t i = 0; i < t->nargs; i++) {
		struct str arg = text(a, t->args[i], false, depth);
		s = str_fmt(a, "%.*s%s%.*s", STRA(s), i ? ", " : "", STRA(arg));
	}
	return str_fmt(a, "%.*s>", STRA(s));
}

static struct str
named(struct arena *a, const char *word, const struct p4_type *t, bool prefix, uint32_t depth)
{
	struct str name = with_args(a, t->decl ? t->decl->name : STR("?"), t, depth);
	return prefix ? str_fmt(a, "%s %.*s", word, STRA(name)) : name;
}

static struct str
text(struct arena *a, const struct p4_type *t, bool prefix, uint32_t depth)
{
	if (!t || depth > 20)
		return STR("?");
	depth++;
	switch (t->kind) {
	case P4_TY_ERROR_TYPE:
		return STR("(error)");
	case P4_TY_VOID:
		return STR("void");
	case P4_TY_BOOL:
		return STR("bool");
	case P4_TY_INT:
		return STR("int");
	case P4_TY_BIT:
		return str_fmt(a, "bit<%u>", t->width);
	case P4_TY_SIGNED:
		return str_fmt(a, "int<%u>", t->width);
	case P4_TY_VARBIT:
		return str_fmt(a, "varbit<%u>", t->width);
	case P4_TY_STRING:
		return STR("string");
	case P4_TY_ERROR:
		return STR("error");
	case P4_TY_MATCH_KIND:
		return STR("match_kind");
	case P4_TY_DONTCARE:
		return STR("_");
	case P4_TY_STRUCT:
		return named(a, "struct", t, prefix, depth);
	case P4_TY_HEADER:
		return named(a, "header", t, prefix, depth);
	case P4_TY_UNION:
		return named(a, "header_union", t, prefix, depth);
	case P4_TY_ENUM:
		return named(a, "enum", t, prefix, depth);
	case P4_TY_NEW:
		return named(a, "type", t, prefix, depth);
	case P4_TY_STACK: {
		struct str elem = text(a, t->elem, false, depth);
		return str_fmt(a, "%.*s[%u]", STRA(elem), t->size);
	}
	case P4_TY_TUPLE:
		return t->nargs ? with_args(a, STR("tuple"), t, depth) : STR("tuple<>");
	case P4_TY_LIST:
	case P4_TY_SET: {
		struct str elem = text(a, t->elem, false, depth);
		return str_fmt(a, "%s<%.*s>", t->kind == P4_TY_LIST ? "list" : "set", STRA(elem));
	}
	case P4_TY_EXTERN:
		return named(a, "extern", t, prefix, depth);
	case P4_TY_PARSER:
		return named(a, "parser", t, prefix, depth);
	case P4_TY_CONTROL:
		return named(a, "control", t, prefix, depth);
	case P4_TY_PACKAGE:
		return named(a, "package", t, prefix, depth);
	case P4_TY_TABLE:
		return named(a, "table", t, true, depth);
	case P4_TY_ACTION:
		return named(a, "action", t, true, depth);
	case P4_TY_FUNCTION:
		return named(a, "function", t, true, depth);
	case P4_TY_APPLY_RESULT:
		return STR("result of apply()");
	case P4_TY_ACTION_ENUM:
		return STR("action_run");
	case P4_TY_STATE:
		return STR("state");
	case P4_TY_VAR:
		return t->decl ? t->decl->name : STR("?");
	case P4_TY_TYPE: {
		struct str elem = text(a, t->elem, prefix, depth);
		return str_fmt(a, "type %.*s", STRA(elem));
	}
	case P4_TY_STRUCT_INIT:
		return STR("structure initializer");
	}
	return STR("?");
}

struct str
p4_type_text(struct arena *a, const struct p4_type *t)
{
	return text(a, t, true, 0);
}

const struct p4_type *
p4_type_strip(const struct p4_type *t)
{
	while (t && t->elem && (t->kind == P4_TY_NEW || t->kind == P4_TY_ENUM))
		t = t->elem;
	return t;
}

int32_t
p4_type_field_index(const struct p4_type *t, struct str name)
{
	for (uint32_t i = 0; t && i < t->nfields; i++)
		if (str_eq(t->fields[i].name, name))
			return (int32_t)i;
	return -1;
}

/* Adds with saturation: a type that large was refused when it was declared. */
static uint32_t
add_bits(uint64_t a, uint64_t b)
{
	return a + b > UINT32_MAX ? UINT32_MAX : (uint32_t)(a + b);
}

uint32_t
p4_type_bits(const struct p4_type *t)
{
	uint32_t sum = 0;

	t = p4_type_strip(t);
	if (!t)
		return 0;
	switch (t->kind) {
	case P4_TY_BOOL:
		return 1;
	case P4_TY_BIT:
	case P4_TY_SIGNED:
	case P4_TY_VARBIT:
		return t->width;
	case P4_TY_STRUCT:
	case P4_TY_HEADER:
		for (uint32_t i = 0; i < t->nfields; i++)
			sum = add_bits(sum, p4_type_bits(t->fields[i].type));
		return sum;
	case P4_TY_UNION:
		for (uint32_t i = 0; i < t->nfields; i++) {
			uint32_t bits = p4_type_bits(t->fields[i].type);
			sum = bits > sum ? bits : sum;
		}
		return sum;
	case P4_TY_TUPLE:
		for (uint32_t i = 0; i < t->nargs; i++)
			sum = add_bits(sum, p4_type_bits(t->args[i]));
		return sum;
	case P4_TY_STACK: {
		uint64_t bits = (uint64_t)p4_type_bits(t->elem) * t->size;
		return add_bits(bits, 0);
	}
	case P4_TY_ERROR_TYPE:
	case P4_TY_VOID:
	case P4_TY_INT:
	case P4_TY_STRING:
	case P4_TY_ERROR:
	case P4_TY_MATCH_KIND:
	case P4_TY_DONTCARE:
	case P4_TY_ENUM:
	case P4_TY_NEW:
	case P4_TY_LIST:
	case P4_TY_SET:
	case P4_TY_EXTERN:
	case P4_TY_PARSER:
	case P4_TY_CONTROL:
	case P4_TY_PACKAGE:
	case P4_TY_TABLE:
	case P4_TY_ACTION:
	case P4_TY_FUNCTION:
	case P4_TY_APPLY_RESULT:
	case P4_TY_ACTION_ENUM:
	case P4_TY_STATE:
	case P4_TY_VAR:
	case P4_TY_TYPE:
	case P4_TY_STRUCT_INIT:
		return 0;
	}
	return 0;
}
