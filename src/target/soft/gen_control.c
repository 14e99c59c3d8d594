/* gen_control.c - controls, actions, functions. A control instance keeps its parameters and variables in a frame, which its
 * actions and tables see through F; the parameters of the six blocks of a V1Switch are the packet's PHV itself. */
#include "target/soft/gen.h"

bool
gen_is_top(const struct gen *g, const struct p4_inst *inst)
{
	return inst == g->p->v1.parser || inst == g->p->v1.verify || inst == g->p->v1.ingress || inst == g->p->v1.egress ||
	       inst == g->p->v1.compute || inst == g->p->v1.deparser;
}

uint32_t
gen_action_index(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	for (uint32_t i = 0; i < g->actions.n; i++)
		if (g->actions.v[i].decl == decl && g->actions.v[i].inst == inst)
			return i;
	gen_fail(g, decl, "action '%.*s' belongs to no instance", STRA(decl->name));
	return 0;
}

static bool
is_variable(const struct p4_node *local)
{
	return local->kind == P4_VAR || (local->kind == P4_CONST && !local->value);
}

bool
gen_does_nothing(const struct p4_inst *inst)
{
	const struct p4_node *d = inst->decl;

	for (uint32_t i = 0; i < d->u.block_decl.locals.n; i++)
		if (is_variable(d->u.block_decl.locals.v[i]))
			return false;
	return !d->u.block_decl.body || !d->u.block_decl.body->u.block.stmts.n;
}

static const char *
top_text(const struct gen *g, const struct p4_inst *inst, uint32_t i)
{
	static const char *const texts[] = { "PHV->h", "PHV->m", "R->pkt->std" };
	uint32_t shift = inst == g->p->v1.parser || inst == g->p->v1.deparser ? 1 : 0;

	return i < shift || i - shift > 2 ? NULL : texts[i - shift];
}

void
gen_bind_block(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params, *locals = &inst->decl->u.block_decl.locals;
	bool control = inst->decl->kind == P4_CONTROL;

	for (uint32_t i = 0; i < params->n; i++) {
		const struct p4_node *p = params->v[i];

		if (gen_is_top(g, inst))
			gen_bind(g, p, top_text(g, inst, i));
		else if (control)
			gen_bind(g, p, gen_text(g, gen_by_value(p) ? "F->p_%.*s" : "(*F->p_%.*s)", STRA(p->name)));
		else
			gen_bind(g, p, gen_param_text(g, p));
	}
	for (uint32_t i = 0; control && i < locals->n; i++)
		if (is_variable(locals->v[i]))
			gen_bind(g, locals->v[i], gen_text(g, "F->v_%.*s_%u", STRA(locals->v[i]->name), locals->v[i]->id));
}

/* --- controls ---------------------------------------------------------------------------------------------------- */

static void
write_frame(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params, *locals = &inst->decl->u.block_decl.locals;
	struct gen_buf text = { 0 };

	for (uint32_t i = 0; i < params->n && !gen_is_top(g, inst); i++)
		if (!gen_is_extern(params->v[i]->type))
			gen_add(g, &text, "\t%s;\n", gen_param_decl(g, params->v[i]));
	for (uint32_t i = 0; i < locals->n; i++)
		if (is_variable(locals->v[i]))
			gen_add(g, &text, "\t%s v_%.*s_%u;\n", gen_type(g, locals->v[i]->type), STRA(locals->v[i]->name),
				locals->v[i]->id);
	fprintf(g->types, "struct frame%u {\n%s};\n", gen_inst_number(g, inst), text.n ? text.p : "\tuint8_t nothing;\n");
}

static void
open_control(struct gen *g, const struct p4_inst *inst, const char *head)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params;
	uint32_t n = gen_inst_number(g, inst);

	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n\tstruct frame%u frame_ = { 0 }, *const F = &frame_;\n\n\t(void)F;\n", head, n);
	for (uint32_t i = 0; i < params->n && !gen_is_top(g, inst); i++)
		if (!gen_is_extern(params->v[i]->type))
			fprintf(g->code, "\tF->p_%.*s = p_%.*s;\n", STRA(params->v[i]->name), STRA(params->v[i]->name));
}

void
gen_control(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_node *d = inst->decl;
	struct gen_fn fn = { .kind = GEN_JOB_CONTROL, .inst = inst };
	const char *params = "";

	g->fn = &fn;
	gen_bind_block(g, inst);
	write_frame(g, inst);
	for (uint32_t i = 0; i < d->u.block_decl.params.n && !gen_is_top(g, inst); i++)
		if (!gen_is_extern(d->u.block_decl.params.v[i]->type))
			params = gen_text(g, "%s, %s", params, gen_param_decl(g, d->u.block_decl.params.v[i]));
	open_control(g, inst, gen_text(g, "static inline void\n%s(struct ps_run *R%s)",
				       gen_function(g, GEN_JOB_CONTROL, inst, d), params));
	for (uint32_t i = 0; i < d->u.block_decl.locals.n; i++) {
		const struct p4_node *local = d->u.block_decl.locals.v[i];

		if (is_variable(local) && local->u.var.init)
			fprintf(g->code, "\t%s = %s;\n", gen_bound(g, local), gen_expr_as(g, local->u.var.init, local->type));
	}
	if (d->u.block_decl.body)
		gen_stmt(g, d->u.block_decl.body);
	fprintf(g->code, "}\n");
	g->fn = NULL;
}

/* --- actions and functions ------------------------------------------------------------------------------------------ */

static const char *
bind_params(struct gen *g, const struct p4_node *decl)
{
	const struct p4_list *l = &decl->u.func.params;
	const char *text = "";

	for (uint32_t i = 0; i < l->n; i++) {
		if (gen_is_extern(l->v[i]->type)) {
			gen_fail(g, l->v[i], "parameter '%.*s' of an extern type can't be executed", STRA(l->v[i]->name));
			continue;
		}
		gen_bind(g, l->v[i], gen_param_text(g, l->v[i]));
		text = gen_text(g, "%s, %s", text, gen_param_decl(g, l->v[i]));
	}
	return text;
}

/* An action that few packets come to keeps out of the others' way: it is called, and its variables take no registers from theirs. Where all that it wants of R is
 * the context, the compiler hands it that alone, and R needs no memory. */
void
gen_action(struct gen *g, const struct p4_inst *inst, const struct p4_node *decl)
{
	bool rare = p4_annotation(decl, "rare");
	struct gen_fn fn = { .kind = GEN_JOB_ACTION, .inst = inst };
	const char *head, *frame = inst ? gen_text(g, ", struct frame%u *F", gen_inst_number(g, inst)) : "";

	g->fn = &fn;
	if (inst)
		gen_bind_block(g, inst);
	head = gen_text(g, "%s void\n%s(struct ps_run *R%s%s)", rare ? "PS_RARE" : "static inline", gen_function(g, GEN_JOB_ACTION, inst, decl), frame,
			bind_params(g, decl));
	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n", head);
	if (rare)
		fprintf(g->code, "\tconst struct ps_ctx *const ctx_ = R->ctx;\n\n\t(void)ctx_;\n");
	if (g->o->notes)
		fprintf(g->code, "\tps_note(R, PS_NOTE_ACTION, %u, NULL, NULL);\n", gen_action_index(g, inst, decl));
	if (decl->u.func.body)
		gen_stmt(g, decl->u.func.body);
	fprintf(g->code, "}\n");
	g->fn = NULL;
}

void
gen_global_function(struct gen *g, const struct p4_node *decl)
{
	const struct p4_type *ret = decl->u.func.ret ? decl->u.func.ret->type : NULL;
	struct gen_fn fn = { .kind = GEN_JOB_FUNCTION };
	const char *head;

	if (ret && p4_type_strip(ret)->kind == P4_TY_VOID)
		ret = NULL;
	fn.ret = ret;
	g->fn = &fn;
	head = gen_text(g, "static inline %s\n%s(struct ps_run *R%s)", ret ? gen_type(g, ret) : "void",
			gen_function(g, GEN_JOB_FUNCTION, NULL, decl), bind_params(g, decl));
	fprintf(g->protos, "%s;\n", head);
	fprintf(g->code, "\n%s\n{\n", head);
	if (decl->u.func.body)
		gen_stmt(g, decl->u.func.body);
	if (ret)
		fprintf(g->code, "\treturn %s;\n", gen_zero(g, ret));
	fprintf(g->code, "}\n");
	g->fn = NULL;
}

/* --- the deparser --------------------------------------------------------------------------------------------------- */

#define HEADROOM 512   /* PS_HEADROOM */
#define MAX_EMIT 65535 /* PS_MAX_PACKET */

static const struct p4_node *
emit_call(const struct p4_node *s)
{
	const struct p4_node *c = s->kind == P4_CALL_STMT ? s->u.call_stmt.call : NULL;

	return c && c->u.call.what == P4_CALL_METHOD && c->u.call.target && str_is(c->u.call.target->name, "emit") ? c : NULL;
}

/* Nothing but emits: they can be written from the payload towards the front, so that no byte moves twice. */
static bool
only_emits(const struct p4_node *d)
{
	const struct p4_list *l = &d->u.block_decl.body->u.block.stmts;

	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i]->kind != P4_EMPTY && !emit_call(l->v[i]))
			return false;
	for (uint32_t i = 0; i < d->u.block_decl.locals.n; i++)
		if (is_variable(d->u.block_decl.locals.v[i]))
			return false;
	return true;
}

static void
write_backward(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_list *l = &inst->decl->u.block_decl.body->u.block.stmts;
	struct gen_fn fn = { .kind = GEN_JOB_CONTROL, .inst = inst, .backward = true };

	g->fn = &fn;
	gen_bind_block(g, inst);
	fprintf(g->code, "\nstatic inline void\nemit_all(struct ps_run *R)\n{\n");
	for (uint32_t i = l->n; i-- > 0;)
		gen_stmt(g, l->v[i]);
	fprintf(g->code, "}\n");
	g->fn = NULL;
}

static bool
test_emit(const struct p4_node *n, void *ctx)
{
	uint64_t *bits = ctx;

	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_METHOD && n->u.call.target && n->u.call.nordered > 0 &&
	    str_is(n->u.call.target->name, "emit") && n->u.call.ordered[0]->type)
		*bits += gen_emit_max(n->u.call.ordered[0]->type);
	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_APPLY && n->u.call.target && n->u.call.target->kind == P4_CONTROL)
		gen_any(n->u.call.target->u.block_decl.body, test_emit, ctx);
	return false;
}

void
gen_deparser(struct gen *g)
{
	const struct p4_inst *inst = g->p->v1.deparser;
	uint64_t bits = 0;

	gen_any(inst->decl->u.block_decl.body, test_emit, &bits);
	if (bits / 8 > MAX_EMIT)
		gen_fail(g, inst->decl, "the deparser can emit %llu bytes of headers, more than a packet has",
			 (unsigned long long)bits / 8);
	if (bits / 8 <= HEADROOM && only_emits(inst->decl))
		write_backward(g, inst);
	else
		fprintf(g->code, "\nstatic inline void\nemit_all(struct ps_run *R)\n{\n\tuint8_t buf[%llu];\n\n"
			"\tR->out = buf;\n\t%s(R);\n\tps_prepend(R, buf, (uint32_t)(R->out - buf));\n}\n",
			(unsigned long long)bits / 8 + 8, gen_function(g, GEN_JOB_CONTROL, inst, inst->decl));
}
