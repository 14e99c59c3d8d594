/* interp_stmt.c - statements. Each leaves it->flow at what happens next. */
#include <stdlib.h>

#include "interp.h"

#define MAX_STEPS 2000000

void
bind(struct interp *it, const struct p4_node *decl, struct val *v)
{
	if (it->nnames == it->cap_names) {
		it->cap_names = it->cap_names ? it->cap_names * 2 : 64;
		it->names = realloc(it->names, it->cap_names * sizeof(*it->names));
		if (!it->names)
			abort();
	}
	it->names[it->nnames++] = (struct binding){ decl, v };
}

struct val *
bound(struct interp *it, const struct p4_node *decl)
{
	for (uint32_t i = it->nnames; i-- > 0;)
		if (it->names[i].decl == decl)
			return it->names[i].v;
	return NULL;
}

static void
run_var(struct interp *it, const struct p4_node *s)
{
	struct val *v = val_make(it->packet, s->type);

	if (s->u.var.init)
		val_assign(v, eval(it, s->u.var.init));
	v->mark = (struct mark){ .stands = false };
	bind(it, s, v);
}

static void
run_assign(struct interp *it, const struct p4_node *s)
{
	struct spot p = eval_place(it, s->u.assign.left);
	struct val *old, *v;

	if (it->flow != FLOW_ON)
		return;
	old = place_read(it, p);
	v = eval(it, s->u.assign.right);
	if (it->flow != FLOW_ON)
		return;
	if (s->u.assign.op != P4_OP_NONE)
		v = operate(it, s, s->u.assign.op, old, v, s->u.assign.left->type);
	place_write(it, p, v, false);
}

static bool
label_holds(struct interp *it, const struct p4_node *label, const struct p4_node *action, const struct val *v)
{
	if (label->kind == P4_DEFAULT)
		return true;
	if (!v)
		return action && label->kind == P4_NAME && label->u.ref.decl == action;
	return set_matches(it, label, v);
}

static void
run_switch(struct interp *it, const struct p4_node *s)
{
	const struct p4_list *cases = &s->u.switch_.cases;
	const struct p4_node *action = NULL, *fallback = NULL, *body = NULL;
	struct val *v = NULL;
	bool found = false;

	if (s->u.switch_.on_action_run)
		table_apply(it, s->u.switch_.expr->u.member.object->u.call.target, &action);
	else
		v = eval(it, s->u.switch_.expr);
	if (it->flow != FLOW_ON)
		return;
	for (uint32_t i = 0; i < cases->n && !body; i++) {
		const struct p4_node *label = cases->v[i]->u.case_.label;

		if (label->kind == P4_DEFAULT) {
			for (uint32_t k = i; k < cases->n && !fallback; k++)
				fallback = cases->v[k]->u.case_.body;
			if (found)
				body = fallback;
			continue;
		}
		found = found || label_holds(it, label, action, v);
		if (found)
			body = cases->v[i]->u.case_.body;
	}
	if (!found)
		body = fallback;
	if (body)
		run(it, body);
}

static void
run_body(struct interp *it, const struct p4_node *body)
{
	run(it, body);
	if (it->flow == FLOW_CONTINUE)
		it->flow = FLOW_ON;
}

static void
run_for(struct interp *it, const struct p4_node *s)
{
	uint32_t names = it->nnames;

	for (uint32_t i = 0; i < s->u.for_.init.n; i++)
		run(it, s->u.for_.init.v[i]);
	while (it->flow == FLOW_ON && (!s->u.for_.cond || eval(it, s->u.for_.cond)->bits)) {
		run_body(it, s->u.for_.body);
		for (uint32_t i = 0; i < s->u.for_.update.n && it->flow == FLOW_ON; i++)
			run(it, s->u.for_.update.v[i]);
	}
	if (it->flow == FLOW_BREAK)
		it->flow = FLOW_ON;
	it->nnames = names;
}

static void
run_once_in(struct interp *it, const struct p4_node *s, const struct val *v)
{
	uint32_t names = it->nnames;

	if (s->u.for_in.var->kind == P4_VAR)
		bind(it, s->u.for_in.var, val_copy(it->packet, v));
	else
		place_write(it, eval_place(it, s->u.for_in.var), v, false);
	run_body(it, s->u.for_in.body);
	it->nnames = names;
}

static void
run_for_in(struct interp *it, const struct p4_node *s)
{
	const struct p4_node *r = s->u.for_in.range;

	if (r->kind == P4_RANGE) {
		struct val *lo = eval(it, r->u.pair.a), *hi = eval(it, r->u.pair.b);
		uint32_t w = width_of(lo->type);
		bool sign = is_signed(lo->type);
		i128 from = sign ? as_signed(lo->bits, w) : (i128)lo->bits, to = sign ? as_signed(hi->bits, w) : (i128)hi->bits;

		for (i128 i = from; i <= to && it->flow == FLOW_ON; i++)
			run_once_in(it, s, val_bits(it, s->u.for_in.var->type, (u128)i));
	} else {
		struct val *all = eval(it, r);

		for (uint32_t i = 0; i < all->n && it->flow == FLOW_ON; i++)
			run_once_in(it, s, all->items[i]);
	}
	if (it->flow == FLOW_BREAK)
		it->flow = FLOW_ON;
}

void
run_stmts(struct interp *it, const struct p4_list *stmts)
{
	for (uint32_t i = 0; i < stmts->n && it->flow == FLOW_ON; i++)
		run(it, stmts->v[i]);
}

void
run(struct interp *it, const struct p4_node *s)
{
	uint32_t names = it->nnames;
	struct val *v;

	if (it->flow != FLOW_ON)
		return;
	if (++it->steps > MAX_STEPS) {
		interp_trouble(it, "a program that doesn't end");
		it->flow = FLOW_EXIT;
		return;
	}
	switch ((int)s->kind) {
	case P4_BLOCK:
		run_stmts(it, &s->u.block.stmts);
		it->nnames = names;
		return;
	case P4_VAR:
		run_var(it, s);
		return;
	case P4_CONST:
	case P4_INSTANCE:
	case P4_EMPTY:
		return;
	case P4_ASSIGN:
		run_assign(it, s);
		return;
	case P4_CALL_STMT:
		eval(it, s->u.call_stmt.call);
		return;
	case P4_IF:
		v = eval(it, s->u.if_.cond);
		if (it->flow != FLOW_ON)
			return;
		if (v->bits)
			run(it, s->u.if_.then);
		else if (s->u.if_.otherwise)
			run(it, s->u.if_.otherwise);
		return;
	case P4_SWITCH:
		run_switch(it, s);
		return;
	case P4_RETURN:
		v = s->u.ret.expr ? eval(it, s->u.ret.expr) : NULL;
		if (it->flow != FLOW_ON)
			return;
		it->returned = v;
		it->flow = FLOW_RETURN;
		return;
	case P4_EXIT:
		it->flow = FLOW_EXIT;
		return;
	case P4_BREAK:
		it->flow = FLOW_BREAK;
		return;
	case P4_CONTINUE:
		it->flow = FLOW_CONTINUE;
		return;
	case P4_FOR:
		run_for(it, s);
		return;
	case P4_FOR_IN:
		run_for_in(it, s);
		return;
	}
	interp_trouble(it, "the statement '%s'", p4_kind_text(s->kind));
}
