/* interp_expr.c - expressions and places. */
#include "interp.h"

/* --- places ---------------------------------------------------------------------------------------- */

bool
is_place(const struct p4_node *e)
{
	while (e) {
		if (e->is_const)
			return false;
		if (e->kind == P4_ARG)
			e = e->u.arg.expr;
		else if (e->kind == P4_MEMBER &&
			 (e->u.member.what == P4_MEMBER_FIELD || e->u.member.what == P4_MEMBER_STACK_NEXT ||
			  e->u.member.what == P4_MEMBER_STACK_LAST))
			e = e->u.member.object;
		else if (e->kind == P4_INDEX)
			e = e->u.index.object;
		else if (e->kind == P4_SLICE)
			e = e->u.slice.object;
		else
			break;
	}
	return e && e->kind == P4_NAME && e->u.ref.decl && (e->u.ref.decl->kind == P4_VAR || e->u.ref.decl->kind == P4_PARAM);
}

static struct spot
nowhere(struct interp *it, const struct p4_type *t)
{
	return (struct spot){ .v = val_make(it->packet, t) };
}

static struct spot
place_name(struct interp *it, const struct p4_node *e)
{
	struct val *v = bound(it, e->u.ref.decl);
	const struct p4_value *c;

	if (v)
		return (struct spot){ .v = v };
	c = p4_inst_eval(it->p, it->inst, e);
	if (c)
		return (struct spot){ .v = val_of_const(it, e->type, c) };
	interp_trouble(it, "the name '%.*s' has no value", STRA(e->name));
	return nowhere(it, e->type);
}

static struct spot
place_member(struct interp *it, const struct p4_node *e)
{
	struct val *o = eval_place(it, e->u.member.object).v;
	enum p4_member_kind what = e->u.member.what;

	if (what == P4_MEMBER_FIELD)
		return (struct spot){ .v = o->items[e->u.member.index] };
	if (what == P4_MEMBER_STACK_NEXT ? o->next >= o->n : o->next == 0) {
		reject(it, "StackOutOfBounds");
		return nowhere(it, o->type->elem);
	}
	return (struct spot){ .v = o->items[what == P4_MEMBER_STACK_NEXT ? o->next : o->next - 1] };
}

static struct spot
place_index(struct interp *it, const struct p4_node *e)
{
	struct val *o = eval_place(it, e->u.index.object).v, *i = eval(it, e->u.index.index);
	i128 at = is_signed(i->type) ? as_signed(i->bits, width_of(i->type)) : (i128)i->bits;

	if (at < 0 || at >= (i128)o->n)
		return nowhere(it, e->type);
	return (struct spot){ .v = o->items[(uint32_t)at] };
}

struct spot
eval_place(struct interp *it, const struct p4_node *e)
{
	struct spot p;

	if (e->kind == P4_ARG)
		return eval_place(it, e->u.arg.expr);
	if (!is_place(e))
		return (struct spot){ .v = eval(it, e) };
	if (e->kind == P4_NAME)
		return place_name(it, e);
	if (e->kind == P4_MEMBER)
		return place_member(it, e);
	if (e->kind == P4_INDEX)
		return place_index(it, e);
	p = eval_place(it, e->u.slice.object);
	p.lo = (p.sliced ? p.lo : 0) + e->u.slice.lo_value;
	p.hi = p.lo + e->u.slice.hi_value - e->u.slice.lo_value;
	p.sliced = true;
	return p;
}

struct val *
place_read(struct interp *it, struct spot p)
{
	struct val *v = val_copy(it->packet, p.v);

	if (p.sliced) {
		struct p4_type *t = arena_new(it->packet, struct p4_type);

		t->kind = P4_TY_BIT;
		t->width = p.hi - p.lo + 1;
		return val_bits(it, t, v->bits >> p.lo);
	}
	return v;
}

/* A later assignment to egress_spec or mcast_grp undoes a mark; so does one of all. */
static void
unmark(struct val *v)
{
	struct val *up = v->up;

	if (up && (v == val_field(up, "egress_spec") || v == val_field(up, "mcast_grp")))
		up->mark = (struct mark){ .stands = false };
}

static bool
is_std(const struct val *v)
{
	return v->type->kind == P4_TY_STRUCT && v->type->decl && str_is(v->type->decl->name, "standard_metadata_t");
}

void
place_write(struct interp *it, struct spot p, const struct val *v, bool copy_out)
{
	if (v->n != p.v->n)
		interp_trouble(it, "an assignment between different shapes");
	if (p.sliced) {
		u128 m = mask_of(p.hi - p.lo + 1) << p.lo;

		p.v->bits = (p.v->bits & ~m) | (v->bits << p.lo & m);
	} else {
		val_assign(p.v, v);
	}
	union_settle(p.v);
	if (p.v->up && is_std(p.v->up))
		unmark(p.v);
	if (!copy_out && is_std(p.v))
		p.v->mark = (struct mark){ .stands = false };
}

/* --- values ---------------------------------------------------------------------------------------- */

static struct val *
eval_binary(struct interp *it, const struct p4_node *e)
{
	enum p4_op op = e->u.binary.op;
	struct val *a = eval(it, e->u.binary.a);

	if (it->flow != FLOW_ON || (op == P4_AND && !a->bits) || (op == P4_OR && a->bits))
		return val_bits(it, e->type, a->bits);
	return operate(it, e, op, a, eval(it, e->u.binary.b), e->type);
}

static struct val *
eval_list(struct interp *it, const struct p4_node *e)
{
	struct val *v = val_make(it->packet, e->type);

	v->valid = true;
	for (uint32_t i = 0; i < e->u.list.items.n && it->flow == FLOW_ON; i++) {
		const struct p4_node *x = e->u.list.items.v[i];
		int32_t at = (int32_t)i;

		if (x->kind == P4_NAMED_EXPR) {
			at = p4_type_field_index(v->type, x->name);
			x = x->u.named.expr;
		}
		if (at < 0 || (uint32_t)at >= v->n)
			interp_trouble(it, "an initializer with too many elements");
		else
			val_assign(v->items[at], eval(it, x));
	}
	return v;
}

static struct val *
eval_member(struct interp *it, const struct p4_node *e)
{
	const struct p4_node *action;
	struct val *o;

	switch (e->u.member.what) {
	case P4_MEMBER_HIT:
		return val_bits(it, e->type, table_apply(it, e->u.member.object->u.call.target, &action));
	case P4_MEMBER_MISS:
		return val_bits(it, e->type, !table_apply(it, e->u.member.object->u.call.target, &action));
	case P4_MEMBER_STACK_LAST_INDEX:
		o = eval_place(it, e->u.member.object).v;
		return val_bits(it, e->type, (u128)o->next - 1);
	case P4_MEMBER_STACK_SIZE:
		return val_bits(it, e->type, eval_place(it, e->u.member.object).v->n);
	case P4_MEMBER_FIELD:
		return val_copy(it->packet, eval(it, e->u.member.object)->items[e->u.member.index]);
	case P4_MEMBER_NONE:
	case P4_MEMBER_ENUM:
	case P4_MEMBER_ERROR:
	case P4_MEMBER_STACK_NEXT:
	case P4_MEMBER_STACK_LAST:
	case P4_MEMBER_METHOD:
	case P4_MEMBER_ACTION_RUN:
		break;
	}
	interp_trouble(it, "the member '%.*s'", STRA(e->name));
	return val_make(it->packet, e->type);
}

struct val *
eval(struct interp *it, const struct p4_node *e)
{
	struct val *v;

	if (it->flow != FLOW_ON)
		return val_make(it->packet, e->type);
	if (e->is_const && e->value)
		return val_of_const(it, e->type, e->value);
	if (is_place(e))
		return place_read(it, eval_place(it, e));
	switch ((int)e->kind) {
	case P4_ARG:
		return eval(it, e->u.arg.expr);
	case P4_NAME:
		return val_copy(it->packet, place_name(it, e).v);
	case P4_MEMBER:
		return eval_member(it, e);
	case P4_INDEX:
		return val_copy(it->packet, place_index(it, e).v);
	case P4_SLICE:
		return val_bits(it, e->type, eval(it, e->u.slice.object)->bits >> e->u.slice.lo_value);
	case P4_UNARY:
		v = eval(it, e->u.unary.a);
		return operate(it, e, e->u.unary.op, v, v, e->type);
	case P4_BINARY:
		return eval_binary(it, e);
	case P4_TERNARY:
		return eval(it, eval(it, e->u.ternary.cond)->bits ? e->u.ternary.a : e->u.ternary.b);
	case P4_CAST:
		return convert(it, e->type, eval(it, e->u.cast.a));
	case P4_CALL:
		return call(it, e);
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		return eval_list(it, e);
	case P4_INVALID_EXPR:
		return val_make(it->packet, e->type);
	}
	interp_trouble(it, "the expression '%s'", p4_kind_text(e->kind));
	return val_make(it->packet, e->type);
}
