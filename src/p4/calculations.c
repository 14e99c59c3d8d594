#include "p4/calculations.h"

#include <stdint.h>

#include "base/arena.h"
#include "p4/kids.h"

/* --- walking --- */

typedef void visit_fn(void *ctx, const struct p4_node *n);

/* All nodes under n in source order, n first. */
static void
walk(const struct p4_node *n, visit_fn *visit, void *ctx)
{
	struct p4_kids kids = { 0 };

	if (!n)
		return;
	visit(ctx, n);
	p4_kids((struct p4_node *)(uintptr_t)n, &kids);
	for (uint32_t i = 0; i < kids.n; i++) {
		if (kids.v[i].one)
			walk(*kids.v[i].one, visit, ctx);
		for (uint32_t k = 0; kids.v[i].all && k < kids.v[i].all->n; k++)
			walk(kids.v[i].all->v[k], visit, ctx);
	}
}

/* The argument of a hash or checksum that says how; NULL: it is none. */
static const struct p4_node *
algorithm_of(const struct p4_node *n)
{
	uint32_t at = 0;

	if (n->kind != P4_CALL || n->u.call.what != P4_CALL_EXTERN || !n->u.call.target)
		return NULL;
	if (str_is(n->u.call.target->name, "hash"))
		at = 1;
	else if (str_starts(n->u.call.target->name, STR("update_checksum")) || str_starts(n->u.call.target->name, STR("verify_checksum")))
		at = 3;
	return at && at < n->u.call.nordered ? n->u.call.ordered[at] : NULL;
}

/* 0: no CRC with parameters. */
static uint8_t
custom_width(const struct p4_node *call)
{
	const struct p4_node *algorithm = algorithm_of(call);
	const struct p4_value *v = algorithm && algorithm->is_const ? algorithm->value : NULL;

	if (!v || v->kind != P4_V_ENUM || !v->member)
		return 0;
	return str_is(v->member->name, "crc16_custom") ? 16 : str_is(v->member->name, "crc32_custom") ? 32 : 0;
}

struct count {
	const struct p4_node *of;
	uint32_t n;
};

static void
count_calculation(void *ctx, const struct p4_node *n)
{
	*(uint32_t *)ctx += algorithm_of(n) != NULL;
}

static bool
calculates(const struct p4_node *n)
{
	uint32_t count = 0;

	walk(n, count_calculation, &count);
	return count > 0;
}

/* --- the numbering --- */

struct numbering {
	struct arena *arena;
	const struct p4_program *program;
	VEC(const struct p4_node *) calls; /* none of them is copied; p4c's order unless there is a doubt */
	const char *doubt;
};

static void
doubt(struct numbering *nu, const char *why)
{
	if (!nu->doubt)
		nu->doubt = why;
}

static void
note_jump(void *ctx, const struct p4_node *n)
{
	if (n->kind == P4_RETURN || n->kind == P4_EXIT)
		doubt(ctx, "a control with a hash has 'return' or 'exit', around which p4c arranges statements anew");
}

static void
add_call(void *ctx, const struct p4_node *n)
{
	struct numbering *nu = ctx;

	if (algorithm_of(n))
		vec_push(nu->arena, &nu->calls, n);
}

/* Statements side by side become one action, which p4c makes after those of the branch that follows them. */
struct group {
	const struct p4_node **v;
	uint32_t n, cap;
};

static void number_statements(struct numbering *nu, const struct p4_node *n, struct group *g);

static void
end_group(struct numbering *nu, struct group *g)
{
	for (uint32_t i = 0; i < g->n; i++)
		walk(g->v[i], add_call, nu);
	g->n = 0;
}

static void
number_branch(struct numbering *nu, const struct p4_node *n)
{
	struct group g = { 0 };

	if (n)
		number_statements(nu, n, &g);
	end_group(nu, &g);
}

static void
find_other_call(void *ctx, const struct p4_node *n)
{
	if (n->kind == P4_CALL && (n->u.call.what == P4_CALL_TABLE_APPLY || n->u.call.what == P4_CALL_ACTION || n->u.call.what == P4_CALL_APPLY))
		++*(uint32_t *)ctx;
}

static void
number_plain(struct numbering *nu, const struct p4_node *n, struct group *g)
{
	uint32_t calls = 0;

	walk(n, find_other_call, &calls);
	if (calls)
		end_group(nu, g);
	else
		vec_push(nu->arena, g, n);
}

static void
number_if(struct numbering *nu, const struct p4_node *n)
{
	if (n->u.if_.cond->is_const && calculates(n))
		doubt(nu, "a hash depends on a constant condition, which p4c resolves");
	number_branch(nu, n->u.if_.then);
	number_branch(nu, n->u.if_.otherwise);
}

static void
number_statements(struct numbering *nu, const struct p4_node *n, struct group *g)
{
	if (n->kind == P4_BLOCK) {
		for (uint32_t i = 0; i < n->u.block.stmts.n; i++)
			number_statements(nu, n->u.block.stmts.v[i], g);
		return;
	}
	if (n->kind == P4_IF) {
		number_if(nu, n);
	} else if (n->kind == P4_SWITCH) {
		for (uint32_t i = 0; i < n->u.switch_.cases.n; i++)
			number_branch(nu, n->u.switch_.cases.v[i]->u.case_.body);
	} else if ((n->kind == P4_FOR || n->kind == P4_FOR_IN) && calculates(n)) {
		doubt(nu, "a hash is in a loop, which p4c unrolls");
	} else {
		number_plain(nu, n, g);
		return;
	}
	end_group(nu, g);
}

/* --- how often an action is used --- */

static void
count_apply(void *ctx, const struct p4_node *n)
{
	struct count *c = ctx;

	c->n += n->kind == P4_CALL && n->u.call.what == P4_CALL_TABLE_APPLY && n->u.call.target == c->of;
}

static void
count_call(void *ctx, const struct p4_node *n)
{
	struct count *c = ctx;

	c->n += n->kind == P4_CALL && n->u.call.what == P4_CALL_ACTION && n->u.call.target == c->of;
}

static uint32_t
count(visit_fn *fn, const struct p4_node *in, const struct p4_node *of)
{
	struct count c = { of, 0 };

	walk(in, fn, &c);
	return c.n;
}

/* Calls from another action count twice: p4c puts a copy there. */
static uint32_t
uses(const struct p4_node *control, const struct p4_node *action)
{
	const struct p4_list *l = &control->u.block_decl.locals;
	uint32_t n = count(count_call, control->u.block_decl.body, action);

	for (uint32_t i = 0; i < l->n; i++) {
		const struct p4_node *t = l->v[i];

		if (t->kind == P4_ACTION)
			n += 2 * count(count_call, t, action);
		if (t->kind != P4_TABLE || !count(count_apply, control->u.block_decl.body, t))
			continue;
		for (uint32_t k = 0; k < t->u.table.actions.n; k++)
			n += t->u.table.actions.v[k]->u.action_ref.decl == action;
	}
	return n;
}

static void
number_action(struct numbering *nu, const struct p4_node *control, const struct p4_node *action)
{
	uint32_t n = uses(control, action);

	walk(action, note_jump, nu);
	if (n > 1)
		doubt(nu, str_cstr(nu->arena, str_fmt(nu->arena, "action '%.*s' has a hash and is used in several places, for each of which p4c makes a calculation",
						      STRA(action->name))));
	else if (n == 1)
		walk(action->u.func.body, add_call, nu);
}

static void
number_control(struct numbering *nu, const struct p4_node *control)
{
	const struct p4_list *l = &control->u.block_decl.locals;

	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i]->kind == P4_ACTION && calculates(l->v[i]))
			number_action(nu, control, l->v[i]);
	if (calculates(control->u.block_decl.body)) {
		walk(control->u.block_decl.body, note_jump, nu);
		number_branch(nu, control->u.block_decl.body);
	}
}

/* Ingress, egress and whatever else has hashes, in order of declaration, then checksums. */
static void
number_program(struct numbering *nu)
{
	const struct p4_program *p = nu->program;
	const struct p4_list *l = &p->tree->u.program.decls;
	const struct p4_node *ingress = p->v1.ingress->decl, *egress = p->v1.egress->decl, *compute = p->v1.compute->decl, *verify = p->v1.verify->decl;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct p4_node *n = l->v[i];

		if (n == compute || n == verify || !calculates(n))
			continue;
		if (n == ingress || n == egress)
			number_control(nu, n);
		else
			doubt(nu, str_cstr(nu->arena, str_fmt(nu->arena, "'%.*s' has a hash, and p4c copies it to where it is used", STRA(n->name))));
	}
	if (ingress == egress)
		doubt(nu, "ingress and egress are the same control");
	number_branch(nu, compute->u.block_decl.body);
	number_branch(nu, verify->u.block_decl.body);
}

static void
note_name(void *ctx, const struct p4_node *n)
{
	if (str_is(n->name, "calc") || str_starts(n->name, STR("calc_")))
		doubt(ctx, "the program has names like 'calc' itself, which p4c avoids");
}

static void
note_custom(void *ctx, const struct p4_node *n)
{
	struct numbering *nu = ctx;

	if (algorithm_of(n) && !algorithm_of(n)->is_const)
		doubt(nu, "a hash has its algorithm from a parameter");
}

/* --- the result --- */

struct found {
	struct arena *arena;
	struct p4_custom_crcs *ret;
};

static void
add_custom(void *ctx, const struct p4_node *n)
{
	struct found *f = ctx;
	uint8_t width = custom_width(n);

	if (width)
		vec_push(f->arena, f->ret, (struct p4_custom_crc){ .call = n, .width = width });
}

static uint32_t
of_width(const struct p4_custom_crcs *l, uint8_t width)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->n; i++)
		n += l->v[i].width == width;
	return n;
}

static void
name_one(const struct numbering *nu, const struct p4_custom_crcs *all, struct p4_custom_crc *c)
{
	uint32_t at = 0;

	while (at < nu->calls.n && nu->calls.v[at] != c->call)
		at++;
	if (at == nu->calls.n)
		c->why = nu->doubt ? nu->doubt : "nothing runs it";
	else if (!nu->doubt)
		c->name = at ? str_fmt(nu->arena, "calc_%u", at - 1) : STR("calc");
	else if (of_width(all, c->width) > 1)
		c->why = nu->doubt;
}

void
p4_custom_crcs(struct arena *a, const struct p4_program *p, struct p4_custom_crcs *ret)
{
	struct numbering nu = { .arena = a, .program = p };
	struct found found = { a, ret };

	walk(p->tree, add_custom, &found);
	if (!ret->n || !p->v1.ingress)
		return;
	walk(p->tree, note_name, &nu);
	walk(p->tree, note_custom, &nu);
	number_program(&nu);
	for (uint32_t i = 0; i < ret->n; i++)
		name_one(&nu, ret, &ret->v[i]);
}
