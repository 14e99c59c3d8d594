#include "interp.h"

u128
mask_of(uint32_t width)
{
	return width >= 128 ? ~(u128)0 : ((u128)1 << width) - 1;
}

uint32_t
width_of(const struct p4_type *t)
{
	t = p4_type_strip(t);
	switch ((int)t->kind) {
	case P4_TY_BIT:
	case P4_TY_SIGNED:
		return t->width;
	case P4_TY_BOOL:
		return 1;
	case P4_TY_ERROR:
	case P4_TY_ENUM:
		return 32;
	}
	return 0;
}

bool
is_signed(const struct p4_type *t)
{
	return p4_type_strip(t)->kind == P4_TY_SIGNED;
}

bool
is_number(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_BIT || t->kind == P4_TY_SIGNED || t->kind == P4_TY_BOOL || t->kind == P4_TY_ERROR || t->kind == P4_TY_ENUM;
}

i128
as_signed(u128 bits, uint32_t width)
{
	if (width && width < 128 && bits >> (width - 1) & 1)
		bits |= ~mask_of(width);
	return (i128)bits;
}

static uint32_t
count_items(const struct p4_type *t)
{
	switch ((int)t->kind) {
	case P4_TY_STRUCT:
	case P4_TY_HEADER:
	case P4_TY_UNION:
		return t->nfields;
	case P4_TY_STACK:
		return t->size;
	case P4_TY_TUPLE:
		return t->nargs;
	}
	return 0;
}

static const struct p4_type *
item_type(const struct p4_type *t, uint32_t i)
{
	return t->kind == P4_TY_STACK ? t->elem : t->kind == P4_TY_TUPLE ? t->args[i] : t->fields[i].type;
}

struct val *
val_make(struct arena *a, const struct p4_type *t)
{
	struct val *v = arena_new(a, struct val);

	v->type = t = p4_type_strip(t);
	v->n = count_items(t);
	if (v->n)
		v->items = arena_array(a, struct val *, v->n);
	for (uint32_t i = 0; i < v->n; i++) {
		v->items[i] = val_make(a, item_type(t, i));
		v->items[i]->up = v;
	}
	return v;
}

void
val_assign(struct val *to, const struct val *from)
{
	to->bits = from->bits;
	to->valid = from->valid;
	to->next = from->next;
	to->mark = from->mark;
	for (uint32_t i = 0; i < to->n && i < from->n; i++)
		val_assign(to->items[i], from->items[i]);
}

struct val *
val_copy(struct arena *a, const struct val *v)
{
	struct val *c = val_make(a, v->type);

	val_assign(c, v);
	return c;
}

/* Headers are equal when both are invalid, or both are valid and their fields are equal. */
bool
val_equal(const struct val *a, const struct val *b)
{
	if (a->type->kind == P4_TY_HEADER && a->valid != b->valid)
		return false;
	if (a->type->kind == P4_TY_HEADER && !a->valid)
		return true;
	if (!a->n)
		return a->bits == b->bits && a->next == b->next;
	for (uint32_t i = 0; i < a->n; i++)
		if (!val_equal(a->items[i], b->items[i]))
			return false;
	return true;
}

struct val *
val_bits(struct interp *it, const struct p4_type *t, u128 bits)
{
	struct val *v = val_make(it->packet, t);
	uint32_t w = width_of(t);

	v->bits = bits & mask_of(w);
	return v;
}

struct val *
val_of_const(struct interp *it, const struct p4_type *t, const struct p4_value *c)
{
	struct val *v = val_make(it->packet, t);

	switch (c->kind) {
	case P4_V_INT:
		v->bits = big_u128(c->i) & (width_of(t) ? mask_of(width_of(t)) : ~(u128)0);
		break;
	case P4_V_BOOL:
		v->bits = c->b;
		break;
	case P4_V_ENUM:
		if (c->member && !c->member->u.member_decl.init)
			v->bits = c->member->u.member_decl.ordinal;
		else
			v->bits = big_u128(c->i);
		break;
	case P4_V_ERROR:
		v->bits = c->member->u.member_decl.ordinal;
		break;
	case P4_V_LIST:
		v->valid = true;
		for (uint32_t i = 0; i < v->n && i < c->n; i++)
			val_assign(v->items[i], val_of_const(it, v->items[i]->type, c->items[i]));
		break;
	case P4_V_STRING:
	case P4_V_INSTANCE:
	case P4_V_DEFAULT:
	case P4_V_INVALID:
		break;
	}
	return v;
}

struct val *
val_field(const struct val *v, const char *name)
{
	int32_t i = p4_type_field_index(v->type, str_from(name));

	return i < 0 ? NULL : v->items[i];
}

/* --- bits ------------------------------------------------------------------------------------------ */

void
buffer_put(struct buffer *b, u128 bits, uint32_t n)
{
	for (uint32_t i = n; i-- > 0; b->bits++) {
		uint8_t bit = (uint8_t)(bits >> i & 1), *p = &b->p[b->bits / 8];

		*p = (uint8_t)((*p & ~(0x80 >> b->bits % 8)) | (bit ? 0x80 >> b->bits % 8 : 0));
	}
}

u128
buffer_get(const uint8_t *p, uint64_t at, uint32_t n)
{
	u128 r = 0;

	for (uint32_t i = 0; i < n; i++, at++)
		r = r << 1 | (p[at / 8] >> (7 - at % 8) & 1);
	return r;
}

static uint32_t
wire_width(const struct p4_type *t)
{
	return t->kind == P4_TY_ENUM && t->elem ? p4_type_strip(t->elem)->width : width_of(t);
}

void
val_to_bits(struct buffer *b, const struct val *v, bool skip)
{
	if (skip && v->type->kind == P4_TY_HEADER && !v->valid)
		return;
	if (!v->n) {
		buffer_put(b, v->bits, v->type->kind == P4_TY_VARBIT ? v->next : wire_width(v->type));
		return;
	}
	for (uint32_t i = 0; i < v->n; i++)
		val_to_bits(b, v->items[i], skip);
}

void
val_from_bits(struct val *v, const uint8_t *p, uint64_t *at)
{
	uint32_t w = v->type->kind == P4_TY_VARBIT ? v->next : wire_width(v->type);

	for (uint32_t i = 0; i < v->n; i++)
		val_from_bits(v->items[i], p, at);
	if (v->n)
		return;
	v->bits = buffer_get(p, *at, w);
	*at += w;
}

void
union_settle(struct val *header)
{
	struct val *u = header->up;

	if (!u || u->type->kind != P4_TY_UNION || !header->valid)
		return;
	for (uint32_t i = 0; i < u->n; i++)
		if (u->items[i] != header)
			u->items[i]->valid = false;
}
