/* interp_call.c - calls: copy-in from left to right, the body, copy-out from left to right, also after an exit. */
#include "interp.h"

struct frame { /* what a call changes and puts back */
	uint32_t names;
	const struct p4_inst *inst;
};

#define MAX_ARGS 32

struct args {
	struct spot places[MAX_ARGS]; /* out, inout */
	struct val *values[MAX_ARGS];  /* as the callee sees them; NULL: packet, extern objects */
};

static bool
is_object(const struct p4_type *t)
{
	t = p4_type_strip(t);
	return t->kind == P4_TY_EXTERN || t->kind == P4_TY_PARSER || t->kind == P4_TY_CONTROL;
}

static void
copy_in(struct interp *it, const struct p4_list *params, struct p4_node *const *ordered, struct args *args)
{
	for (uint32_t i = 0; i < params->n && it->flow == FLOW_ON; i++) {
		const struct p4_node *p = params->v[i], *e = ordered[i];

		args->values[i] = NULL;
		if (is_object(p->type) || i >= MAX_ARGS)
			continue;
		if (p->u.var.dir == P4_DIR_OUT || p->u.var.dir == P4_DIR_INOUT)
			args->places[i] = e ? eval_place(it, e) : (struct spot){ .v = val_make(it->packet, p->type) };
		if (p->u.var.dir == P4_DIR_OUT)
			args->values[i] = val_make(it->packet, p->type);
		else if (p->u.var.dir == P4_DIR_INOUT)
			args->values[i] = val_copy(it->packet, place_read(it, args->places[i]));
		else
			args->values[i] = eval(it, e);
		if (args->values[i])
			args->values[i]->up = NULL;
	}
}

static void
copy_out(struct interp *it, const struct p4_list *params, const struct args *args)
{
	for (uint32_t i = 0; i < params->n; i++)
		if (args->values[i] && (params->v[i]->u.var.dir == P4_DIR_OUT || params->v[i]->u.var.dir == P4_DIR_INOUT))
			place_write(it, args->places[i], args->values[i], true);
}

static void
bind_args(struct interp *it, const struct p4_list *params, const struct args *args)
{
	for (uint32_t i = 0; i < params->n; i++)
		if (args->values[i])
			bind(it, params->v[i], args->values[i]);
}

static void
leave(struct interp *it, struct frame f)
{
	it->nnames = f.names;
	it->inst = f.inst;
	if (it->flow == FLOW_RETURN)
		it->flow = FLOW_ON;
}

static struct val *
call_function(struct interp *it, const struct p4_node *e)
{
	const struct p4_node *f = e->u.call.target;
	struct frame frame = { it->nnames, it->inst };
	struct args args;

	copy_in(it, &f->u.func.params, e->u.call.ordered, &args);
	if (it->flow != FLOW_ON)
		return val_make(it->packet, e->type);
	bind_args(it, &f->u.func.params, &args);
	it->returned = NULL;
	run(it, f->u.func.body);
	leave(it, frame);
	copy_out(it, &f->u.func.params, &args);
	return it->returned ? it->returned : val_make(it->packet, e->type);
}

/* An action's parameters with a direction come from `directed` (in the parameters' order, one per parameter of the action when
 * `data` is NULL, as for direct calls), the others from `data`. */
void
run_action(struct interp *it, const struct p4_node *action, struct p4_node *const *directed, struct val *const *data)
{
	const struct p4_list *params = &action->u.func.params;
	struct frame frame = { it->nnames, it->inst };
	struct p4_node *ordered[MAX_ARGS] = { NULL };
	struct p4_list some = { .v = params->v };
	const struct p4_node *outer = it->why_action;
	struct args args;
	uint32_t k = 0;

	/* Parameters without direction stand behind the others. */
	for (uint32_t i = 0; i < params->n && i < MAX_ARGS; i++)
		if (!data || params->v[i]->u.var.dir != P4_DIR_NONE)
			ordered[some.n++] = directed[i];
	copy_in(it, &some, ordered, &args);
	if (it->flow != FLOW_ON)
		return;
	for (uint32_t i = some.n; i < params->n && i < MAX_ARGS; i++)
		args.values[i] = val_copy(it->packet, data[k++]);
	bind_args(it, params, &args);
	if (!outer)
		it->why_action = action;
	run(it, action->u.func.body);
	it->why_action = outer;
	leave(it, frame);
	copy_out(it, &some, &args);
}

static void
bind_locals(struct interp *it, const struct p4_inst *inst)
{
	const struct p4_list *locals = &inst->decl->u.block_decl.locals;

	for (uint32_t i = 0; i < locals->n; i++)
		if (locals->v[i]->kind == P4_VAR)
			run(it, locals->v[i]);
}

void
run_control(struct interp *it, const struct p4_inst *inst)
{
	bind_locals(it, inst);
	run(it, inst->decl->u.block_decl.body);
}

/* A sub-control or sub-parser. */
static struct val *
call_apply(struct interp *it, const struct p4_node *e)
{
	const struct p4_node *o = e->u.call.object, *decl = o->kind == P4_NAME ? o->u.ref.decl : e;
	const struct p4_inst *inst = p4_inst_find(it->p, it->inst, decl);
	const struct p4_list *params;
	struct frame frame = { it->nnames, it->inst };
	struct args args;

	if (!inst) {
		interp_trouble(it, "an instance that can't be found");
		return NULL;
	}
	params = &inst->decl->u.block_decl.params;
	copy_in(it, params, e->u.call.ordered, &args);
	if (it->flow != FLOW_ON)
		return NULL;
	bind_args(it, params, &args);
	it->inst = inst;
	if (inst->decl->kind == P4_PARSER) {
		bind_locals(it, inst);
		run_parser(it, inst);
	} else {
		run_control(it, inst);
	}
	leave(it, frame);
	copy_out(it, params, &args);
	return NULL;
}

/* --- headers and stacks ---------------------------------------------------------------------------- */

static void
set_valid(struct interp *it, const struct p4_node *e, bool valid)
{
	struct spot p = eval_place(it, e->u.call.object);

	if (valid && !p.v->valid)
		val_assign(p.v, val_make(it->packet, p.v->type));
	p.v->valid = valid;
	union_settle(p.v);
}

static struct val *
is_valid(struct interp *it, const struct p4_node *e)
{
	struct val *v = eval_place(it, e->u.call.object).v;
	bool valid = v->valid;

	for (uint32_t i = 0; v->type->kind == P4_TY_UNION && i < v->n; i++)
		valid = valid || v->items[i]->valid;
	return val_bits(it, e->type, valid);
}

/* Elements move up by n; the first n become invalid. */
static void
push(struct interp *it, struct val *s, uint32_t n)
{
	for (uint32_t i = s->n; i-- > 0;) {
		struct val *empty = val_make(it->packet, s->type->elem);

		val_assign(s->items[i], i >= n ? s->items[i - n] : empty);
	}
	s->next = s->next + n > s->n ? s->n : s->next + n;
}

static void
pop(struct interp *it, struct val *s, uint32_t n)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct val *empty = val_make(it->packet, s->type->elem);

		val_assign(s->items[i], n < s->n && i < s->n - n ? s->items[i + n] : empty);
	}
	s->next = s->next >= n ? s->next - n : 0;
}

static void
move_stack(struct interp *it, const struct p4_node *e, bool up)
{
	struct val *s = eval_place(it, e->u.call.object).v;
	const struct p4_node *arg = e->u.call.args.v[0]->u.arg.expr;
	uint32_t n = arg->value ? (uint32_t)big_u64(arg->value->i) : 0;

	if (up)
		push(it, s, n);
	else
		pop(it, s, n);
}

struct val *
call(struct interp *it, const struct p4_node *e)
{
	struct val *r = NULL;
	const struct p4_node *action;

	switch (e->u.call.what) {
	case P4_CALL_FUNCTION:
		r = call_function(it, e);
		break;
	case P4_CALL_ACTION:
		run_action(it, e->u.call.target, e->u.call.ordered, NULL);
		break;
	case P4_CALL_EXTERN:
		r = call_extern(it, e);
		break;
	case P4_CALL_METHOD:
		r = call_method(it, e);
		break;
	case P4_CALL_TABLE_APPLY:
		table_apply(it, e->u.call.target, &action);
		break;
	case P4_CALL_APPLY:
		r = call_apply(it, e);
		break;
	case P4_CALL_IS_VALID:
		r = is_valid(it, e);
		break;
	case P4_CALL_SET_VALID:
	case P4_CALL_SET_INVALID:
		set_valid(it, e, e->u.call.what == P4_CALL_SET_VALID);
		break;
	case P4_CALL_PUSH_FRONT:
	case P4_CALL_POP_FRONT:
		move_stack(it, e, e->u.call.what == P4_CALL_PUSH_FRONT);
		break;
	case P4_CALL_MIN_SIZE_BITS:
	case P4_CALL_MIN_SIZE_BYTES:
	case P4_CALL_MAX_SIZE_BITS:
	case P4_CALL_MAX_SIZE_BYTES:
	case P4_CALL_CONSTRUCTOR:
	case P4_CALL_NONE:
		interp_trouble(it, "a call of '%.*s'", STRA(e->name));
		break;
	}
	return r ? r : val_make(it->packet, e->type);
}
