/* gen_units.c - how a header lies in memory. Neighbouring fields that fill whole bytes, up to 64 bits of them, are a unit: one word,
 * with the fields in it where they are on the wire. It is read from the packet and written back as a whole, and so are checksums
 * of neighbours. Inside, fields of 8, 16 and 32 bits at their own alignment are integers as anywhere else; the others are bit-fields
 * ("packed"): they have no address, and a cast gives them the type that expressions expect. Fields of more than 64 bits, varbits, structs,
 * and fields that have a word to themselves stand alone, as natively as in a struct. */
#include "target/soft/gen.h"

static bool
joins(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return gen_is_scalar(t) && gen_width(t) > 0 && gen_width(t) <= 64;
}

/* The end of the unit that begins with field i, at a whole byte; i: there is none. */
static uint32_t
unit_end(const struct p4_type *t, uint32_t i)
{
	uint32_t bits = 0, end = i;

	for (uint32_t k = i; k < t->nfields && joins(t->fields[k].type); k++) {
		bits += gen_width(t->fields[k].type);
		if (bits > 64)
			break;
		if (bits % 8 == 0)
			end = k + 1;
	}
	return end == i + 1 ? i : end;
}

static bool
is_varbit(const struct p4_type *t, uint32_t i)
{
	return p4_type_strip(t->fields[i].type)->kind == P4_TY_VARBIT;
}

/* The end of the fields from i on that stand alone: at a whole byte again. */
static uint32_t
lone_end(const struct p4_type *t, uint32_t i)
{
	uint32_t bits = gen_emit_max(t->fields[i].type);

	if (is_varbit(t, i++))
		return i;
	for (; i < t->nfields && bits % 8 != 0 && !is_varbit(t, i); i++)
		bits += gen_emit_max(t->fields[i].type);
	return i;
}

struct gen_unit
gen_unit_at(const struct p4_type *header, uint32_t first)
{
	struct gen_unit u = { .first = first, .end = unit_end(header, first) };

	u.is_word = u.end > first;
	if (!u.is_word)
		u.end = lone_end(header, first);
	for (uint32_t k = u.first; k < u.end; k++)
		u.bits += gen_emit_max(header->fields[k].type);
	return u;
}

bool
gen_in_word(const struct p4_type *t, uint32_t field, struct gen_place *ret)
{
	t = p4_type_strip(t);
	if (t->kind != P4_TY_HEADER)
		return false;
	for (uint32_t i = 0; i <= field; i = ret->unit.end)
		ret->unit = gen_unit_at(t, i);
	ret->shift = 0;
	for (uint32_t k = field + 1; k < ret->unit.end; k++)
		ret->shift += gen_emit_max(t->fields[k].type);
	return ret->unit.is_word;
}

bool
gen_is_packed(const struct p4_type *t, uint32_t field)
{
	struct gen_place p;
	uint32_t w;

	if (!gen_in_word(t, field, &p))
		return false;
	w = gen_width(p4_type_strip(t)->fields[field].type);
	return (w != 8 && w != 16 && w != 32) || p.shift % w != 0;
}

static void
write_word(struct gen *g, FILE *out, const struct p4_type *t, const struct gen_unit *u)
{
	fprintf(out, "\tunion {\n\t\tuint64_t w%u;\n\t\tstruct {\n", u->first);
	for (uint32_t k = u->end; k-- > u->first;) {
		const char *name = gen_field(g, t, k);

		if (gen_is_packed(t, k))
			fprintf(out, "\t\t\tuint64_t %s : %u;\n", name, gen_width(t->fields[k].type));
		else
			fprintf(out, "\t\t\t%s %s;\n", gen_type(g, t->fields[k].type), name);
	}
	fprintf(out, "\t\t};\n\t};\n");
}

void
gen_header_members(struct gen *g, FILE *out, const struct p4_type *t)
{
	struct gen_unit u;

	for (uint32_t i = 0; i < t->nfields; i = u.end) {
		u = gen_unit_at(t, i);
		if (u.is_word)
			write_word(g, out, t, &u);
		for (uint32_t k = i; !u.is_word && k < u.end; k++)
			fprintf(out, "\t%s %s;\n", gen_type(g, t->fields[k].type), gen_field(g, t, k));
	}
	fprintf(out, "\tuint8_t valid;\n");
}

const char *
gen_read_member(struct gen *g, const struct p4_type *t, uint32_t i, const char *object)
{
	const char *text = gen_text(g, "%s.%s", object, gen_field(g, t, i));

	return gen_is_packed(t, i) ? gen_text(g, "((%s)%s)", gen_type(g, gen_tuple_elem(t, i)), text) : text;
}

bool
gen_has_no_address(const struct p4_node *e)
{
	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	return e->kind == P4_MEMBER && e->u.member.what == P4_MEMBER_FIELD && e->u.member.object->type &&
	       gen_is_packed(e->u.member.object->type, e->u.member.index);
}

struct gen_spot
gen_spot(struct gen *g, const struct p4_node *e, const char *name)
{
	const struct p4_node *o;

	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	if (!gen_has_no_address(e))
		return (struct gen_spot){ gen_text(g, " %s *%s = &%s;", gen_type(g, e->type), name, gen_lvalue(g, e)),
					  gen_text(g, "(*%s)", name), gen_text(g, "(*%s)", name) };
	o = e->u.member.object;
	return (struct gen_spot){ gen_text(g, " %s *%s = &%s;", gen_type(g, o->type), name, gen_lvalue(g, o)),
				  gen_text(g, "%s->%s", name, gen_field(g, o->type, e->u.member.index)),
				  gen_read_member(g, o->type, e->u.member.index, gen_text(g, "(*%s)", name)) };
}
