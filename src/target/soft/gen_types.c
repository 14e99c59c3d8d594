/* gen_types.c - P4 types as C types: native integers up to 128 bits, arrays of words beyond, structs for the rest. */
#include "target/soft/gen.h"

bool
gen_is_scalar(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED || t->kind == P4_TY_BOOL || t->kind == P4_TY_ERROR ||
	       t->kind == P4_TY_ENUM || t->kind == P4_TY_ACTION_ENUM;
}

uint32_t
gen_width(const struct p4_type *t)
{
	t = p4_type_strip(t);
	if (t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED)
		return t->width;
	if (t->kind == P4_TY_BOOL)
		return 1;
	if (t->kind == P4_TY_INT)
		return 64;
	return 32;
}

uint32_t
gen_words(uint32_t width)
{
	return (width + 63) / 64;
}

uint32_t
gen_bytes(const struct p4_type *t)
{
	uint32_t w = gen_width(t);

	return w <= 8 ? 1 : w <= 16 ? 2 : w <= 32 ? 4 : w <= 64 ? 8 : w <= 128 ? 16 : 8 * gen_words(w);
}

bool
gen_is_wide(const struct p4_type *t)
{
	return gen_is_scalar(t) && gen_width(t) > 128;
}

bool
gen_is_signed(const struct p4_type *t)
{
	return p4_type_strip(t)->kind == P4_TY_SIGNED;
}

bool
gen_is_std(const struct p4_type *t)
{
	return t->kind == P4_TY_STRUCT && str_is(t->decl->name, "standard_metadata_t");
}

uint32_t
gen_nfields(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_TUPLE ? t->nargs : t->nfields;
}

struct p4_type *
gen_tuple_elem(const struct p4_type *t, uint32_t i)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_TUPLE ? t->args[i] : t->fields[i].type;
}

bool
gen_has_header(const struct p4_type *t)
{
	t = p4_type_strip(t);
	if (t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION)
		return true;
	if (t->kind == P4_TY_STACK)
		return true;
	if (t->kind != P4_TY_STRUCT && t->kind != P4_TY_TUPLE)
		return false;
	for (uint32_t i = 0; i < gen_nfields(t); i++)
		if (gen_has_header(gen_tuple_elem(t, i)))
			return true;
	return false;
}

const char *
gen_field(struct gen *g, const struct p4_type *t, uint32_t i)
{
	t = p4_type_strip(t);
	if (t->kind == P4_TY_TUPLE)
		return gen_text(g, "e%u", i);
	if (gen_is_std(t))
		return gen_text(g, "%.*s", STRA(t->fields[i].name));
	return gen_text(g, "f_%.*s", STRA(t->fields[i].name));
}

const char *
gen_wide(struct gen *g, uint32_t width)
{
	uint32_t n = gen_words(width);
	bool known = false;

	for (uint32_t i = 0; i < g->wides.n; i++)
		known |= g->wides.v[i] == n;
	if (!known) {
		vec_push(g->a, &g->wides, n);
		fprintf(g->types, "struct ps_w%u { uint64_t w[%u]; };\n", n, n);
	}
	return gen_text(g, "struct ps_w%u", n);
}

static const char *
scalar(struct gen *g, const struct p4_type *t)
{
	uint32_t w = gen_width(t);

	if (w <= 8)
		return "uint8_t";
	if (w <= 16)
		return "uint16_t";
	if (w <= 32)
		return "uint32_t";
	if (w <= 64)
		return "uint64_t";
	return w <= 128 ? "ps_u128" : gen_wide(g, w);
}

/* The text of a struct's members; their types come before it in the file. */
static void
write_members(struct gen *g, FILE *out, const struct p4_type *t)
{
	if (t->kind == P4_TY_STACK) {
		fprintf(out, "\t%s v[%u];\n\tuint32_t next;\n", gen_type(g, t->elem), t->size ? t->size : 1);
		return;
	}
	if (t->kind == P4_TY_VARBIT) {
		fprintf(out, "\tuint32_t bits;\n\tuint8_t b[%u];\n", t->width / 8 + 1);
		return;
	}
	if (t->kind == P4_TY_HEADER) {
		gen_header_members(g, out, t);
		return;
	}
	for (uint32_t i = 0; i < gen_nfields(t); i++)
		fprintf(out, "\t%s %s;\n", gen_type(g, gen_tuple_elem(t, i)), gen_field(g, t, i));
	if (gen_nfields(t) == 0)
		fprintf(out, "\tuint8_t nothing;\n");
}

static const char *
type_name(struct gen *g, const struct p4_type *t)
{
	uint32_t n = g->ctypes.n;

	if (t->kind == P4_TY_STACK)
		return gen_text(g, "struct t%u_stack", n);
	if (t->kind == P4_TY_VARBIT)
		return gen_text(g, "struct t%u_varbit", n);
	if (t->kind == P4_TY_TUPLE)
		return gen_text(g, "struct t%u_tuple", n);
	return gen_text(g, "struct t%u_%.*s", n, STRA(t->decl->name));
}

static const char *
make_type(struct gen *g, const struct p4_type *t)
{
	char *text = NULL;
	size_t len = 0;
	const char *name;
	FILE *out;

	if (++g->depth > GEN_DEPTH) {
		g->depth--;
		return gen_fail(g, t->decl, "types are nested too deeply");
	}
	out = open_memstream(&text, &len);
	if (!out)
		bug("open_memstream");
	write_members(g, out, t);
	fclose(out);
	name = type_name(g, t);
	fprintf(g->types, "%s {\n%s};\n", name, text);
	free(text);
	vec_push(g->a, &g->ctypes, (struct gen_type){ .type = t, .name = name });
	g->depth--;
	return name;
}

static struct gen_type *
find_type(struct gen *g, const struct p4_type *t)
{
	for (uint32_t i = 0; i < g->ctypes.n; i++)
		if (p4_type_eq(g->ctypes.v[i].type, t))
			return &g->ctypes.v[i];
	return NULL;
}

const char *
gen_type(struct gen *g, const struct p4_type *t)
{
	struct gen_type *known;

	t = p4_type_strip(t);
	if (gen_is_scalar(t))
		return scalar(g, t);
	if (t->kind == P4_TY_INT)
		return "uint64_t";
	if (t->kind == P4_TY_VOID)
		return "void";
	if (t->kind == P4_TY_STRING)
		return "const char *";
	if (t->kind == P4_TY_APPLY_RESULT)
		return "const struct ps_entry *";
	if (gen_is_std(t))
		return "struct ps_std";
	if (t->kind != P4_TY_STRUCT && t->kind != P4_TY_HEADER && t->kind != P4_TY_UNION && t->kind != P4_TY_STACK &&
	    t->kind != P4_TY_TUPLE && t->kind != P4_TY_VARBIT) {
		struct str s = p4_type_text(g->a, t);

		gen_fail(g, t->decl, "a value of type %.*s can't be executed", STRA(s));
		return "uint8_t";
	}
	known = find_type(g, t);
	return known ? known->name : make_type(g, t);
}

const char *
gen_zero(struct gen *g, const struct p4_type *t)
{
	if (gen_is_scalar(t) && !gen_is_wide(t))
		return "0";
	if (p4_type_strip(t)->kind == P4_TY_INT)
		return "0";
	return gen_text(g, "(%s){ 0 }", gen_type(g, t));
}

/* --- equality --------------------------------------------------------------------------------------- */

static void
write_equal(struct gen *g, FILE *out, const struct p4_type *t)
{
	if (t->kind == P4_TY_STACK) {
		fprintf(out, "\tfor (uint32_t i = 0; i < %u; i++)\n\t\tif (!%s)\n\t\t\treturn false;\n\treturn true;\n",
			t->size, gen_equal(g, NULL, t->elem, "a->v[i]", "b->v[i]"));
		return;
	}
	if (t->kind == P4_TY_VARBIT) {
		fprintf(out, "\treturn a->bits == b->bits && memcmp(a->b, b->b, (a->bits + 7) / 8) == 0;\n");
		return;
	}
	if (t->kind == P4_TY_HEADER)
		fprintf(out, "\tif (!a->valid || !b->valid)\n\t\treturn a->valid == b->valid;\n");
	for (uint32_t i = 0; i < gen_nfields(t); i++) {
		const char *f = gen_field(g, t, i);

		fprintf(out, "\tif (!%s)\n\t\treturn false;\n",
			gen_equal(g, NULL, gen_tuple_elem(t, i), gen_text(g, "a->%s", f), gen_text(g, "b->%s", f)));
	}
	fprintf(out, "\treturn true;\n");
}

static void
make_equal(struct gen *g, const struct p4_type *t, const char *name)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		bug("open_memstream");
	write_equal(g, out, t);
	fclose(out);
	fprintf(g->types, "static inline __attribute__((unused)) bool\neq_%s(const %s *a, const %s *b)\n{\n%s}\n",
		name + strlen("struct "), name, name, text);
	free(text);
}

const char *
gen_equal(struct gen *g, const struct p4_node *at, const struct p4_type *t, const char *a, const char *b)
{
	const char *name;
	struct gen_type *ct;

	(void)at;
	t = p4_type_strip(t);
	if (gen_is_wide(t)) {
		uint32_t n = gen_words(gen_width(t));

		name = gen_wide(g, gen_width(t));
		return gen_text(g, "({ %s x_ = %s, y_ = %s; ps_wide_cmp(x_.w, y_.w, %u) == 0; })", name, a, b, n);
	}
	if (gen_is_scalar(t) || t->kind == P4_TY_INT || t->kind == P4_TY_STRING)
		return gen_text(g, "(%s == %s)", a, b);
	name = gen_type(g, t);
	ct = find_type(g, t);
	if (!ct)
		return gen_fail(g, at, "values of this type can't be compared");
	if (!ct->has_eq) {
		ct->has_eq = true;
		make_equal(g, t, name);
	}
	return gen_text(g, "({ %s x_ = %s, y_ = %s; eq_%s(&x_, &y_); })", name, a, b, name + strlen("struct "));
}
