/* gen_registers.c - registers: how they are read and written, and how they lie in memory. P4 has no register of structs, so programs keep the columns of a table
 * in registers of their own, and go to all of them with one index. Such registers lie in memory as rows: what is read together is one line of the cache. */
#include "target/soft/gen.h"

#define ROW_MAX 64 /* bytes */

/* --- code --------------------------------------------------------------------------------------------------------- */

/* The variable that an index is, NULL when it is something else. A parameter is the variable that the action is called with. */
static const struct p4_node *
variable_of(const struct gen *g, const struct p4_node *index)
{
	const struct p4_node *decl;

	while (index->kind == P4_ARG)
		index = index->u.arg.expr;
	decl = index->kind == P4_NAME ? index->u.ref.decl : NULL;
	vec_each(h, &g->handed)
		if (h->param == decl)
			return h->variable;
	return decl && decl->kind == P4_VAR ? decl : NULL;
}

void
gen_handed(struct gen *g, const struct p4_node *param, const struct p4_node *e)
{
	if (e && param->u.var.dir == P4_DIR_IN)
		vec_push(g->a, &g->handed, (struct gen_handed){ param, variable_of(g, e) });
}

static void
note_index(struct gen *g, struct gen_object *o, const struct p4_node *index)
{
	const struct p4_node *variable = variable_of(g, index);

	o->apart |= !variable || (o->at && (o->at != variable || o->at_inst != g->fn->inst));
	o->at = variable;
	o->at_inst = g->fn->inst;
}

const char *
gen_register(struct gen *g, const struct p4_node *call, struct gen_object *o, const struct p4_node *a, const struct p4_node *b)
{
	bool read = str_is(call->u.call.target->name, "read");
	const struct p4_type *t = o->inst->type->nargs ? o->inst->type->args[0] : NULL;
	const struct p4_node *index = read ? b : a;
	uint32_t n = gen_temp(g);
	const char *c, *cell;

	if (!t || !gen_is_scalar(t))
		return gen_fail(g, call, "registers of this type can't be executed");
	gen_touch(g, gen_text(g, "register %.*s", STRA(o->inst->path)), !read);
	note_index(g, o, index);
	c = gen_type(g, t);
	cell = gen_text(g, "*(%s *)((uint8_t *)R->ctx->registers[row%u] + i%u_ * stride%u + at%u)", c, o->index, n, o->index, o->index);
	if (read)
		return gen_text(g, "({ uint64_t i%u_ = %s; %s v%u_ = i%u_ < %u ? %s : %s; %s (void)0; })", n, gen_distance(g, index), c, n, n, o->size,
				cell, gen_zero(g, t), gen_store(g, a, gen_text(g, "v%u_", n)));
	return gen_text(g, "({ uint64_t i%u_ = %s; %s v%u_ = %s; if (i%u_ < %u) %s = v%u_; })", n, gen_distance(g, index), c, n,
			gen_expr_as(g, b, t), n, o->size, cell, n);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static uint32_t
bytes_of(const struct gen_object *o)
{
	const struct p4_type *t = o->inst->type->nargs ? o->inst->type->args[0] : NULL;

	return t && gen_is_scalar(t) ? gen_bytes(t) : 0;
}

static bool
may_share(const struct gen_object *o)
{
	return o->kind == GEN_REGISTER && o->at && !o->apart && bytes_of(o) && bytes_of(o) <= 8;
}

/* Registers that are always gone to with the first one's index, behind it. */
static void
write_row(struct gen *g, uint32_t first, bool *placed)
{
	const struct gen_object *o = &g->objects.v[first];
	uint32_t end = 0, align = 1;

	for (uint32_t i = first; i < g->objects.n; i++) {
		const struct gen_object *with = &g->objects.v[i];
		bool joins = may_share(o) && may_share(with) && with->at == o->at && with->at_inst == o->at_inst && with->size == o->size;
		uint32_t bytes = bytes_of(with);

		if (placed[i] || (i != first && (!joins || end + 2 * bytes > ROW_MAX)))
			continue;
		placed[i] = true;
		fprintf(g->protos, "enum { row%u = %u, at%u = %u };\n", with->index, o->index, with->index, gen_layout(&end, bytes ? bytes : 1));
		fprintf(g->protos, "#define stride%u width%u\n", with->index, o->index);
		align = bytes <= 8 && bytes > align ? bytes : align;
	}
	fprintf(g->protos, "enum { width%u = %u };\n", o->index, (end + align - 1) / align * align);
}

void
gen_registers(struct gen *g)
{
	bool *placed = arena_array(g->a, bool, g->objects.n + 1);

	for (uint32_t i = 0; i < g->objects.n; i++)
		if (g->objects.v[i].kind == GEN_REGISTER && !placed[i])
			write_row(g, i, placed);
}
