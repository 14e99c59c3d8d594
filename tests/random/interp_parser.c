/* interp_parser.c - states, select, and what packet_in does. */
#include "interp.h"

void
reject(struct interp *it, const char *error)
{
	if (it->flow != FLOW_ON)
		return;
	it->flow = FLOW_REJECT;
	it->error = 0;
	for (uint32_t i = 0; i < it->p->errors.n; i++)
		if (str_is(it->p->errors.v[i]->name, error))
			it->error = i;
}

/* --- select ---------------------------------------------------------------------------------------- */

bool
set_matches(struct interp *it, const struct p4_node *set, const struct val *v)
{
	u128 a, b;

	if (set->kind == P4_DEFAULT || set->kind == P4_DONTCARE)
		return true;
	if (set->kind == P4_MASK) {
		b = eval(it, set->u.pair.b)->bits;
		return (eval(it, set->u.pair.a)->bits & b) == (v->bits & b);
	}
	if (set->kind == P4_RANGE) {
		a = eval(it, set->u.pair.a)->bits;
		b = eval(it, set->u.pair.b)->bits;
		if (is_signed(v->type)) {
			uint32_t w = width_of(v->type);

			return as_signed(a, w) <= as_signed(v->bits, w) && as_signed(v->bits, w) <= as_signed(b, w);
		}
		return a <= v->bits && v->bits <= b;
	}
	if (set->kind == P4_LIST_EXPR && !v->n && set->u.list.items.n == 1)
		return set_matches(it, set->u.list.items.v[0], v);
	return eval(it, set)->bits == v->bits;
}

static bool
case_matches(struct interp *it, const struct p4_node *c, struct val *const *keys, uint32_t n)
{
	const struct p4_list *sets = &c->u.select_case.keys;

	if (sets->n == 1 && (sets->v[0]->kind == P4_DEFAULT || sets->v[0]->kind == P4_DONTCARE))
		return true;
	if (sets->n == 1 && n > 1 && sets->v[0]->kind == P4_LIST_EXPR)
		sets = &sets->v[0]->u.list.items;
	for (uint32_t i = 0; i < n && i < sets->n; i++)
		if (!set_matches(it, sets->v[i], keys[i]))
			return false;
	return true;
}

static const struct p4_node *
run_select(struct interp *it, const struct p4_node *s)
{
	struct val *keys[16];
	uint32_t n = s->u.select.exprs.n;

	for (uint32_t i = 0; i < n && i < 16; i++)
		keys[i] = eval(it, s->u.select.exprs.v[i]);
	if (it->flow != FLOW_ON)
		return NULL;
	for (uint32_t i = 0; i < s->u.select.cases.n; i++)
		if (case_matches(it, s->u.select.cases.v[i], keys, n))
			return s->u.select.cases.v[i]->u.select_case.target;
	reject(it, "NoMatch");
	return NULL;
}

void
run_parser(struct interp *it, const struct p4_inst *inst)
{
	const struct p4_list *states = &inst->decl->u.block_decl.states;
	const struct p4_node *state = NULL;

	for (uint32_t i = 0; i < states->n; i++)
		if (str_is(states->v[i]->name, "start"))
			state = states->v[i];
	while (state && it->flow == FLOW_ON) {
		const struct p4_node *t = state->u.state.transition, *target;
		uint32_t names = it->nnames;

		run_stmts(it, &state->u.state.stmts);
		if (it->flow != FLOW_ON)
			return;
		target = t ? t->u.transition.target : NULL;
		if (t && t->u.transition.select)
			target = run_select(it, t->u.transition.select);
		it->nnames = names;
		if (it->flow != FLOW_ON)
			return;
		if (!target || str_is(target->name, "reject")) {
			it->flow = FLOW_REJECT;
			it->error = 0;
			return;
		}
		state = str_is(target->name, "accept") ? NULL : target->u.ref.decl;
	}
}

/* --- packet_in ------------------------------------------------------------------------------------- */

static uint64_t
bits_left(const struct interp *it)
{
	return (uint64_t)it->now->len * 8 - it->now->cursor;
}

static void
extract(struct interp *it, const struct p4_node *e)
{
	struct spot p = eval_place(it, e->u.call.ordered[0]);
	uint32_t more = 0;

	if (e->u.call.nordered > 1)
		more = (uint32_t)eval(it, e->u.call.ordered[1])->bits;
	if (it->flow != FLOW_ON)
		return;
	if (bits_left(it) < (uint64_t)fixed_bits(p.v->type) + more) {
		reject(it, "PacketTooShort");
		return;
	}
	for (uint32_t i = 0; i < p.v->n; i++)
		if (p.v->items[i]->type->kind == P4_TY_VARBIT && more > p.v->items[i]->type->width) {
			reject(it, "HeaderTooShort");
			return;
		}
	for (uint32_t i = 0; i < p.v->n; i++)
		if (p.v->items[i]->type->kind == P4_TY_VARBIT)
			p.v->items[i]->next = more;
	val_from_bits(p.v, it->now->data, &it->now->cursor);
	p.v->valid = true;
	union_settle(p.v);
	/* An element of a stack that is extracted to by .next */
	if (p.v->up && p.v->up->type->kind == P4_TY_STACK && e->u.call.ordered[0]->kind == P4_MEMBER &&
	    e->u.call.ordered[0]->u.member.what == P4_MEMBER_STACK_NEXT)
		p.v->up->next++;
}

struct val *
call_packet_in(struct interp *it, const struct p4_node *e)
{
	struct val *v = val_make(it->packet, e->type);
	uint64_t at = it->now->cursor;
	const struct p4_node *m = e->u.call.target;

	if (str_is(m->name, "extract")) {
		extract(it, e);
	} else if (str_is(m->name, "lookahead")) {
		if (bits_left(it) < p4_type_bits(v->type)) {
			reject(it, "PacketTooShort");
		} else {
			val_from_bits(v, it->now->data, &at);
			v->valid = true;
		}
	} else if (str_is(m->name, "advance")) {
		u128 n = eval(it, e->u.call.ordered[0])->bits;

		if (it->flow == FLOW_ON && n > bits_left(it))
			reject(it, "PacketTooShort");
		else if (it->flow == FLOW_ON)
			it->now->cursor += (uint64_t)n;
	} else if (str_is(m->name, "length")) {
		v->bits = it->now->len;
	} else {
		interp_trouble(it, "packet_in.%.*s", STRA(m->name));
	}
	return v;
}
