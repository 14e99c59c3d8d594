/* gen_call.c - calls: the built-in methods of headers and stacks, functions, actions, sub-controls and sub-parsers with
 * P4's copy-in and copy-out.
 *
 * Sub-controls, sub-parsers and functions see their caller's variables only through their parameters, so out and inout
 * arguments are passed by pointer; where two arguments overlap, and for actions (which see the control's variables too), they are
 * really copied. */
#include "target/soft/gen.h"

bool
gen_is_extern(const struct p4_type *t)
{
	return p4_type_strip(t)->kind == P4_TY_EXTERN;
}

bool
gen_by_value(const struct p4_node *param)
{
	const struct p4_type *t = p4_type_strip(param->type);

	return (param->u.var.dir == P4_DIR_IN || param->u.var.dir == P4_DIR_NONE) &&
	       (gen_is_scalar(t) || t->kind == P4_TY_INT || t->kind == P4_TY_STRING);
}

static bool
is_out(const struct p4_node *param)
{
	return param->u.var.dir == P4_DIR_OUT || param->u.var.dir == P4_DIR_INOUT;
}

const char *
gen_param_decl(struct gen *g, const struct p4_node *p)
{
	const char *t = gen_type(g, p->type);

	if (gen_by_value(p))
		return gen_text(g, "%s p_%.*s", t, STRA(p->name));
	return gen_text(g, "%s%s *p_%.*s", is_out(p) ? "" : "const ", t, STRA(p->name));
}

const char *
gen_param_text(struct gen *g, const struct p4_node *p)
{
	return gen_text(g, gen_by_value(p) ? "p_%.*s" : "(*p_%.*s)", STRA(p->name));
}

/* --- arguments ----------------------------------------------------------------------------------------- */

struct invocation {
	struct p4_node *const *given; /* by parameter */
	uint32_t ngiven;
	const struct p4_list *params;
	const char *data; /* where parameters without direction come from in a table's action; else NULL */
	const char *before, *reset, *args, *after; /* reset: of out arguments, once all others have been read */
	uint32_t number;
	const struct p4_node *action; /* whose body sees the caller's variables; else NULL */
};

static const struct p4_node *
arg_expr(const struct p4_node *e)
{
	while (e && e->kind == P4_ARG)
		e = e->u.arg.expr;
	return e && e->kind == P4_DONTCARE ? NULL : e;
}

static const struct p4_node *
argument(const struct invocation *v, uint32_t i)
{
	return i < v->ngiven ? arg_expr(v->given[i]) : NULL;
}

struct mention {
	const struct p4_node *root;
	uint32_t depth;
};

/* Does an action, or what it calls, name a variable of its control? */
static bool
test_mention(const struct p4_node *n, void *ctx)
{
	struct mention *m = ctx;
	const struct p4_node *target = n->kind == P4_CALL ? n->u.call.target : NULL;
	bool found;

	if (n->kind == P4_NAME && n->u.ref.decl == m->root)
		return true;
	if (!target || target->kind != P4_ACTION || m->depth > 50)
		return false;
	m->depth++;
	found = gen_any(target->u.func.body, test_mention, m);
	m->depth--;
	return found;
}

static bool
action_mentions(const struct p4_node *action, const struct p4_node *e)
{
	struct mention m = { gen_root(e), 0 };

	return m.root && gen_any(action->u.func.body, test_mention, &m);
}

/* Is it a call of a function that writes to the l-value `ctx`? */
static bool
test_writer(const struct p4_node *n, void *ctx)
{
	const struct p4_node *target = n->kind == P4_CALL ? n->u.call.target : NULL;

	if (!target || target->kind != P4_FUNCTION)
		return false;
	for (uint32_t i = 0; i < n->u.call.nordered && i < target->u.func.params.n; i++) {
		const struct p4_node *e = arg_expr(n->u.call.ordered[i]);

		if (e && is_out(target->u.func.params.v[i]) && gen_is_lvalue(e) && gen_overlap(ctx, e))
			return true;
	}
	return false;
}

/* Can the callee not work on the argument itself: would it see what it shouldn't? */
static bool
must_copy(const struct invocation *v, uint32_t i)
{
	const struct p4_node *e = argument(v, i);

	if (!e || e->kind == P4_SLICE || !gen_is_lvalue(e) || gen_has_no_address(e) || (v->action && action_mentions(v->action, e)))
		return true;
	for (uint32_t k = 0; k < v->params->n; k++) {
		const struct p4_node *other = argument(v, k);

		if (k > i && other && gen_any(other, test_writer, (void *)e)) /* after it was taken */
			return true;
		if (k == i || !other || gen_by_value(v->params->v[k]) || gen_is_extern(v->params->v[k]->type))
			continue;
		if (gen_is_lvalue(other) && gen_overlap(e, other))
			return true;
	}
	return false;
}

static void
pass_in(struct gen *g, struct invocation *v, uint32_t i)
{
	const struct p4_node *p = v->params->v[i], *e = argument(v, i);
	const char *t = gen_type(g, p->type), *value;

	if (!gen_by_value(p) && e && !must_copy(v, i)) {
		v->before = gen_text(g, "%s const %s *a%u_%u = &%s;", v->before, t, v->number, i, gen_lvalue(g, e));
		v->args = gen_text(g, "%s, a%u_%u", v->args, v->number, i);
		return;
	}
	value = e ? gen_expr_as(g, e, p->type) : gen_zero(g, p->type);
	v->before = gen_text(g, "%s %s a%u_%u = %s;", v->before, t, v->number, i, value);
	v->args = gen_text(g, "%s, %sa%u_%u", v->args, gen_by_value(p) ? "" : "&", v->number, i);
}

static void
pass_copy(struct gen *g, struct invocation *v, uint32_t i)
{
	const struct p4_node *p = v->params->v[i], *e = argument(v, i);
	const char *t = gen_type(g, p->type), *temp = gen_text(g, "a%u_%u", v->number, i);
	bool inout = p->u.var.dir == P4_DIR_INOUT && e;

	gen_resized(g, p->type);
	if (e && gen_is_std(p4_type_strip(e->type)))
		gen_fail(g, e, "standard metadata that an action gets as an argument and also uses itself");
	if (e && e->kind != P4_SLICE) {
		struct gen_spot spot = gen_spot(g, e, gen_text(g, "l%u_%u", v->number, i));

		v->after = gen_text(g, "%s %s = %s; %s", v->after, spot.place, temp, gen_stored(g, e));
		v->before = gen_text(g, "%s%s %s %s = %s;", v->before, spot.find, t, temp, inout ? spot.value : gen_zero(g, p->type));
	} else {
		v->before = gen_text(g, "%s %s %s = %s;", v->before, t, temp, inout ? gen_expr(g, e) : gen_zero(g, p->type));
		if (e)
			v->after = gen_text(g, "%s %s", v->after, gen_store(g, e, temp));
	}
	v->args = gen_text(g, "%s, &%s", v->args, temp);
}

static void
pass_pointer(struct gen *g, struct invocation *v, uint32_t i)
{
	const struct p4_node *p = v->params->v[i], *e = argument(v, i);
	bool whole = gen_is_std(p4_type_strip(e->type));

	v->before = gen_text(g, "%s %s *a%u_%u = &%s;", v->before, gen_type(g, p->type), v->number, i, gen_lvalue(g, e));
	if (p->u.var.dir == P4_DIR_OUT) { /* nothing of what was there is seen inside, or left over */
		gen_resized(g, p->type);
		v->reset = gen_text(g, "%s *a%u_%u = %s;", v->reset, v->number, i, gen_zero(g, p->type));
	}
	v->args = gen_text(g, "%s, a%u_%u", v->args, v->number, i);
	if (!whole) /* what the callee does to all of standard metadata it accounts for itself */
		v->after = gen_text(g, "%s %s", v->after, gen_stored(g, e));
}

static void
pass_all(struct gen *g, struct invocation *v)
{
	v->number = gen_temp(g);
	v->before = v->reset = v->args = v->after = "";
	for (uint32_t i = 0; i < v->params->n; i++) {
		const struct p4_node *p = v->params->v[i], *e = argument(v, i);

		if (gen_is_extern(p->type))
			continue;
		if (v->data && !e && p->u.var.dir == P4_DIR_NONE)
			v->args = gen_text(g, "%s, %s->f_%.*s", v->args, v->data, STRA(p->name));
		else if (e && is_out(p) && !gen_is_lvalue(e))
			gen_fail(g, e, "this can't be written");
		else if (!is_out(p))
			pass_in(g, v, i);
		else if (must_copy(v, i))
			pass_copy(g, v, i);
		else
			pass_pointer(g, v, i);
	}
	v->before = gen_text(g, "%s%s", v->before, v->reset);
}

static const char *
exit_check(struct gen *g, const struct p4_node *decl)
{
	return gen_may(g, decl, GEN_MAY_EXIT) ? " if (R->exited) return;" : "";
}

/* --- the kinds of calls ---------------------------------------------------------------------------------- */

static const char *
call_function(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *decl = e->u.call.target;
	struct invocation v = { .given = e->u.call.ordered, .ngiven = e->u.call.nordered, .params = &decl->u.func.params };
	const char *name = gen_function(g, GEN_JOB_FUNCTION, NULL, decl);

	if (decl->u.func.type_params.n)
		return gen_fail(g, e, "generic function '%.*s' can't be executed", STRA(decl->name));
	pass_all(g, &v);
	if (!e->type || p4_type_strip(e->type)->kind == P4_TY_VOID)
		return gen_text(g, "({%s %s(R%s);%s (void)0; })", v.before, name, v.args, v.after);
	return gen_text(g, "({%s %s r%u_ = %s(R%s);%s r%u_; })", v.before, gen_type(g, e->type), v.number, name, v.args, v.after,
			v.number);
}

static const char *
note_done(const struct gen *g)
{
	return g->o->notes ? " ps_note(R, PS_NOTE_DONE, 0, NULL, NULL);" : "";
}

static const char *
call_action(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *decl = e->u.call.target;
	const struct p4_inst *inst = decl->u.func.owner ? g->fn->inst : NULL;
	struct invocation v = { .given = e->u.call.ordered, .ngiven = e->u.call.nordered, .params = &decl->u.func.params, .action = decl };
	const char *name = gen_function(g, GEN_JOB_ACTION, inst, decl), *set = "", *reset = "";

	if (g->fn->kind == GEN_JOB_CONTROL && gen_may(g, decl, GEN_MAY_MARK)) {
		set = gen_text(g, " ps_context(R, PS_NONE, %u, 0);", gen_action_index(g, inst, decl));
		reset = " ps_context(R, PS_NONE, PS_NONE, 0);";
	}
	pass_all(g, &v);
	for (uint32_t i = 0; i < v.params->n; i++)
		gen_handed(g, v.params->v[i], argument(&v, i));
	return gen_text(g, "({%s%s %s(R%s%s);%s%s%s%s (void)0; })", v.before, set, name, inst ? ", F" : "", v.args, v.after, reset,
			note_done(g), exit_check(g, decl));
}

const char *
gen_entry_action(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl, const struct p4_list *args,
		 const char *data)
{
	struct invocation v = { .params = &decl->u.func.params, .action = decl, .data = data };
	struct p4_node **given = arena_array(g->a, struct p4_node *, decl->u.func.params.n + 1);

	for (uint32_t i = 0; i < args->n; i++)
		for (uint32_t k = 0; k < v.params->n; k++)
			if (args->v[i]->name.n ? str_eq(args->v[i]->name, v.params->v[k]->name) : i == k)
				given[k] = args->v[i];
	v.given = given;
	v.ngiven = v.params->n;
	pass_all(g, &v);
	return gen_text(g, "{%s %s(R%s%s);%s%s }", v.before, gen_function(g, GEN_JOB_ACTION, inst, decl), inst ? ", F" : "", v.args,
			v.after, note_done(g));
}

/* The instance that `object.apply()` runs. */
static const struct p4_inst *
applied(struct gen *g, const struct p4_node *call)
{
	const struct p4_node *o = call->u.call.object;
	const struct p4_value *v;

	if (o && o->kind == P4_NAME && o->u.ref.decl) {
		v = gen_ctor_arg(g, o->u.ref.decl);
		if (v)
			return v->inst;
		if (o->u.ref.decl->kind == P4_INSTANCE)
			return p4_inst_find(g->p, g->fn->inst, o->u.ref.decl);
	}
	for (uint32_t i = 0; g->fn->inst && i < g->fn->inst->children.n; i++)
		if (g->fn->inst->children.v[i]->at == call || g->fn->inst->children.v[i]->at == o)
			return g->fn->inst->children.v[i];
	return NULL;
}

/* Registers and the like among the arguments: known when the callee is generated, and the same at every apply. */
static void
pass_objects(struct gen *g, const struct invocation *v, const struct p4_inst *inst)
{
	for (uint32_t i = 0; i < v->params->n; i++) {
		const struct p4_node *p = v->params->v[i], *e = argument(v, i);
		struct gen_object *o = e && gen_is_extern(p->type) ? gen_object_of(g, e) : NULL;
		bool known = false;

		for (uint32_t k = 0; o && k < g->passed.n; k++) {
			if (g->passed.v[k].inst != inst || g->passed.v[k].param != p)
				continue;
			known = true;
			if (g->passed.v[k].object != o)
				gen_fail(g, e, "this instance is applied with different objects for '%.*s'", STRA(p->name));
		}
		if (o && !known)
			vec_push(g->a, &g->passed, (struct gen_passed){ inst, p, o });
	}
}

static const char *
call_apply(struct gen *g, const struct p4_node *e)
{
	const struct p4_inst *inst = applied(g, e);
	struct invocation v = { .given = e->u.call.ordered, .ngiven = e->u.call.nordered };
	bool parser;

	if (!inst)
		return gen_fail(g, e, "the instance applied here isn't known");
	v.params = &inst->decl->u.block_decl.params;
	parser = inst->decl->kind == P4_PARSER;
	pass_all(g, &v);
	pass_objects(g, &v, inst);
	if (parser && g->fn->kind != GEN_JOB_PARSER)
		return gen_fail(g, e, "a parser can't be applied in a control");
	if (parser)
		return gen_text(g, "({%s bool j%u_ = %s(R%s);%s if (j%u_) goto reject; (void)0; })", v.before, v.number,
				gen_function(g, GEN_JOB_PARSER, inst, inst->decl), v.args, v.after, v.number);
	return gen_text(g, "({%s %s(R%s);%s%s (void)0; })", v.before, gen_function(g, GEN_JOB_CONTROL, inst, inst->decl), v.args,
			v.after, exit_check(g, inst->decl));
}

static const char *
call_is_valid(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *o = e->u.call.object;
	const struct p4_type *t = p4_type_strip(o->type);
	const char *h = gen_expr(g, o), *text = "(0";

	if (t->kind == P4_TY_HEADER)
		return gen_text(g, "%s.valid", h);
	for (uint32_t i = 0; i < t->nfields; i++)
		text = gen_text(g, "%s | %s.%s.valid", text, h, gen_field(g, t, i));
	return gen_text(g, "%s)", text);
}

static const char *
call_set_valid(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *o = e->u.call.object;
	uint32_t n = gen_temp(g);

	if (p4_type_strip(o->type)->kind != P4_TY_HEADER)
		return gen_fail(g, e, "only headers can be made valid");
	gen_resized(g, o->type);
	if (e->u.call.what == P4_CALL_SET_INVALID)
		return gen_text(g, "({ %s.valid = 0; (void)0; })", gen_lvalue(g, o));
	return gen_text(g, "({ %s *h%u_ = &%s; if (!h%u_->valid) { *h%u_ = %s; h%u_->valid = 1; } %s (void)0; })",
			gen_type(g, o->type), n, gen_lvalue(g, o), n, n, gen_zero(g, o->type), n, gen_stored(g, o));
}

static const char *
call_stack(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *o = e->u.call.object;
	const struct p4_type *t = p4_type_strip(o->type);
	uint32_t n = gen_temp(g);
	struct big count;

	if (e->u.call.nordered < 1 || !gen_const_int(g, e->u.call.ordered[0], &count))
		return gen_fail(g, e, "the count of push_front and pop_front must be a constant");
	gen_resized(g, t);
	return gen_text(g, "({ %s *s%u_ = &%s; ps_stack_%s(s%u_->v, sizeof(s%u_->v[0]), %u, %llu, &s%u_->next); })",
			gen_type(g, t), n, gen_lvalue(g, o), e->u.call.what == P4_CALL_PUSH_FRONT ? "push" : "pop", n, n, t->size,
			(unsigned long long)(big_fits_u64(count) && big_u64(count) < t->size ? big_u64(count) : t->size), n);
}

static const char *
call_size(struct gen *g, const struct p4_node *e)
{
	const struct p4_type *t = e->u.call.object ? p4_type_strip(e->u.call.object->type) : NULL;

	(void)t;
	return gen_fail(g, e, "this size isn't known at compile time");
}

const char *
gen_call(struct gen *g, const struct p4_node *e)
{
	switch (e->u.call.what) {
	case P4_CALL_FUNCTION:
		return call_function(g, e);
	case P4_CALL_ACTION:
		return call_action(g, e);
	case P4_CALL_EXTERN:
		return gen_extern_call(g, e);
	case P4_CALL_METHOD:
		return gen_method_call(g, e);
	case P4_CALL_TABLE_APPLY:
		return gen_table_apply(g, e);
	case P4_CALL_APPLY:
		return call_apply(g, e);
	case P4_CALL_IS_VALID:
		return call_is_valid(g, e);
	case P4_CALL_SET_VALID: case P4_CALL_SET_INVALID:
		return call_set_valid(g, e);
	case P4_CALL_PUSH_FRONT: case P4_CALL_POP_FRONT:
		return call_stack(g, e);
	case P4_CALL_MIN_SIZE_BITS: case P4_CALL_MIN_SIZE_BYTES: case P4_CALL_MAX_SIZE_BITS: case P4_CALL_MAX_SIZE_BYTES:
		return call_size(g, e);
	case P4_CALL_CONSTRUCTOR: case P4_CALL_NONE:
		break;
	}
	return gen_fail(g, e, "this call can't be executed");
}
