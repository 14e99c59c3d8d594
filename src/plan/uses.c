#include "plan/uses.h"

#include "ir/expr.h"

/* --- packets that are dropped --------------------------------------------------------------------- */

static bool
is_port(const struct ir_expr *e, bool egress)
{
	return e->op == IR_FIELD && e->field->kind == (egress ? IR_F_PORT_OUT : IR_F_PORT_INTENT);
}

static bool
excludes(enum ir_op op, ir_i128 a, ir_i128 b)
{
	return ir_is_comparison(op) && !ir_holds(op, (a > b) - (a < b));
}

bool
plan_only_alive(const struct ir_expr *e, bool egress)
{
	if (!e)
		return false;
	if (e->op == IR_AND)
		return plan_only_alive(e->a, egress) || plan_only_alive(e->b, egress);
	if (e->op == IR_OR)
		return plan_only_alive(e->a, egress) && plan_only_alive(e->b, egress);
	if (!e->a || !e->b)
		return false;
	if (is_port(e->a, egress) && e->b->op == IR_CONST)
		return excludes(e->op, IR_PORT_DROP, e->b->value);
	if (is_port(e->b, egress) && e->a->op == IR_CONST)
		return excludes(e->op, e->a->value, IR_PORT_DROP);
	return false;
}

/* --- what is read ------------------------------------------------------------------------------------ */

static void
use(struct arena *a, struct plan_uses *u, const struct plan_state *s, const struct ir_expr *e, enum ir_instant at,
    bool alive)
{
	if (e && e->op != IR_CONST)
		vec_push(a, &u->all, (struct plan_use){ e, at, s, alive });
}

/* Losses that are told apart by name: both sides of the queue work the names out. */
static void
use_names(struct arena *a, struct plan_uses *u, const struct plan_state *s)
{
	if (!s->packets.n)
		return;
	vec_each(k, &s->keys)
		use(a, u, s, *k, IR_AT_DEQ, true);
	vec_each(f, &s->packets) {
		use(a, u, s, f->expr, s->at, false);
		use(a, u, s, f->presence, s->at, false);
		use(a, u, s, f->expr, IR_AT_DEQ, true);
		use(a, u, s, f->presence, IR_AT_DEQ, true);
	}
}

void
plan_uses(struct arena *a, const struct plan *p, struct plan_uses *ret)
{
	*ret = (struct plan_uses){ 0 };
	vec_each(s, &p->states) {
		bool alive = plan_only_alive(s->guard, s->query->egress);

		if (!s->part.any) /* else whoever has the table reads it */
			use(a, ret, s, s->guard, s->at, alive);
		use(a, ret, s, s->absent, s->at, plan_only_alive(s->absent, s->query->egress));
		for (uint32_t i = 0; !s->part.any && i < s->keys.n; i++)
			use(a, ret, s, s->keys.v[i], s->at, alive);
		for (uint32_t i = 0; !s->part.any && i < s->values.n; i++)
			use(a, ret, s, s->values.v[i].expr, s->at, alive);
		use_names(a, ret, s);
	}
}

/* --- widths ------------------------------------------------------------------------------------------- */

uint32_t
plan_field_bits(const struct ir_field *f)
{
	switch ((int)f->kind) { /* those that queries see wider than they are */
	case IR_F_PORT_IN:
	case IR_F_PORT_INTENT:
	case IR_F_PORT_OUT:
		return 9;
	case IR_F_TIME_IN:
	case IR_F_Q_TIME_IN:
	case IR_F_Q_TIME_OUT:
		return 48;
	case IR_F_Q_LEN_IN:
	case IR_F_Q_LEN_OUT:
		return 19;
	case IR_F_Q_DELAY:
		return 32;
	default:
		return f->type.kind == IR_BOOL ? 1 : f->type.width;
	}
}

static uint32_t
bits_of(ir_u128 v)
{
	uint32_t n = 0;

	for (; v; v >>= 1)
		n++;
	return n;
}

static struct plan_range
range_of_mask(ir_u128 mask)
{
	struct plan_range r = { 0, 1 };

	if (!mask)
		return r;
	while (!(mask & 1)) {
		mask >>= 1;
		r.lo++;
	}
	r.n = bits_of(mask);
	return r;
}

/* The code of a drop's reason: the place's number, then the table's entry (weave/site.c). */
static ir_u128
reason_mask(const struct plan *p, const struct ir_field *f)
{
	const struct plan_writes *w = f->at == IR_AT_OUT ? &p->program->egress : &p->program->ingress;
	uint32_t sites = ((1u << p->program->site_bits) - 1) << 20;

	return w->table_marks ? sites | 0xfffff : sites; /* the rest are entries' numbers */
}

/* Which bits of a value may be 1. Cheap and on the safe side: masks, shifts, and what passes them on. */
static ir_u128
mask_of(const struct plan *p, const struct ir_expr *e, uint32_t depth)
{
	uint32_t width = e->type.kind == IR_BOOL ? 1 : e->type.width;
	ir_u128 all = width >= 128 ? ~(ir_u128)0 : ((ir_u128)1 << width) - 1, a;
	uint32_t n;

	if (e->type.is_signed || depth > 32 || (e->a && e->a->type.is_signed))
		return all;
	switch ((int)e->op) { /* the rest may set any bit */
	case IR_CONST:
		return (ir_u128)e->value & all;
	case IR_FIELD:
		if (e->field->kind == IR_F_PORT_IN)
			return 0x1ff;
		if (ir_is_text(e->type.kind))
			return reason_mask(p, e->field);
		return e->field->kind == IR_F_TIME_IN ? all & (((ir_u128)1 << 58) - 1) : all;
	case IR_AND_BITS:
		return mask_of(p, e->a, depth + 1) & mask_of(p, e->b, depth + 1) & all;
	case IR_OR_BITS:
	case IR_XOR_BITS:
		return (mask_of(p, e->a, depth + 1) | mask_of(p, e->b, depth + 1)) & all;
	case IR_SHR:
	case IR_SHL:
		if (e->b->op != IR_CONST || e->b->value < 0 || e->b->value >= width)
			return all;
		a = mask_of(p, e->a, depth + 1);
		return (e->op == IR_SHR ? a >> e->b->value : a << e->b->value) & all;
	case IR_DIV:
		if (e->b->op != IR_CONST || e->b->value <= 0)
			return all;
		/* a value is at most its mask */
		n = bits_of(mask_of(p, e->a, depth + 1) / (ir_u128)e->b->value);
		return n >= 128 ? all : ((ir_u128)1 << n) - 1;
	default:
		return all;
	}
}

struct plan_range
plan_range_of(const struct plan *p, const struct ir_expr *e)
{
	if (e->type.kind == IR_BOOL)
		return (struct plan_range){ 0, 1 };
	if (p->placement == PLAN_WHOLE || p->placement == PLAN_PARTS)
		return (struct plan_range){ 0, e->type.width };
	return range_of_mask(mask_of(p, e, 0));
}

enum plan_access
plan_access_of(const struct plan *p, const struct ir_field *f, enum ir_instant at)
{
	bool packet = f->kind == IR_F_HEADER || f->kind == IR_F_VALID || f->kind == IR_F_META;

	if (p->placement == PLAN_WHOLE && packet && at > f->at)
		return PLAN_NOT_THERE;
	return p->target->access(p->program, f, at);
}
