/* elaborate.c - the tree of instances under `main`, and control-plane names (P4_16 specification,
 * sections "Compile-time evaluation" and "Control plane names"). */
#include "p4/check.h"

#include "p4/checker.h"

#define MAX_INSTANCES 100000

struct elab {
	struct check *c;
	struct p4_program *p;
	bool full; /* too many instances: reported */
};

/* The text of @name("..."), else the declared name. */
static struct str
local_name(const struct p4_node *n)
{
	const struct p4_node *a = p4_annotation(n, "name");

	if (a && a->u.annotation.args.n == 1 && a->u.annotation.args.v[0]->kind == P4_STRING)
		return a->u.annotation.args.v[0]->u.string;
	if (a && a->u.annotation.args.n == 1 && a->u.annotation.args.v[0]->is_const)
		return a->u.annotation.args.v[0]->value->s; /* "a" ++ "b" */
	return n->name;
}

/* A name that begins with a dot is complete. */
static struct str
join(struct arena *a, const struct p4_inst *parent, struct str name)
{
	if (name.n && name.p[0] == '.')
		return str_sub(name, 1, name.n);
	if (!parent || !parent->path.n)
		return name;
	return str_fmt(a, "%.*s.%.*s", STRA(parent->path), STRA(name));
}

struct str
p4_control_name(struct arena *a, const struct p4_inst *inst, const struct p4_node *decl)
{
	if (decl->kind == P4_ACTION && !decl->u.func.owner)
		inst = NULL;
	return join(a, inst, local_name(decl));
}

static bool
holds(const struct p4_inst *inst, const struct p4_node *decl)
{
	return inst->at == decl || (inst->at->kind == P4_CALL && inst->decl == decl);
}

struct p4_inst *
p4_inst_find(const struct p4_program *p, const struct p4_inst *inst, const struct p4_node *decl)
{
	if (decl->kind == P4_PARAM && inst) {
		const struct p4_list *params =
			inst->decl->kind == P4_EXTERN ? NULL : p4_ctor_params(inst->decl);
		for (uint32_t i = 0; params && i < params->n && i < inst->nargs; i++)
			if (params->v[i] == decl && inst->args[i])
				return inst->args[i]->inst;
		return NULL;
	}
	for (uint32_t i = 0; inst && i < inst->children.n; i++)
		if (inst->children.v[i]->at == decl)
			return inst->children.v[i];
	for (uint32_t i = 0; inst && i < inst->children.n; i++)
		if (holds(inst->children.v[i], decl))
			return inst->children.v[i];
	for (uint32_t i = 0; i < p->globals.n; i++)
		if (p->globals.v[i]->at == decl)
			return p->globals.v[i];
	for (uint32_t i = 0; i < p->all.n; i++) /* packages at top level */
		if (!p->all.v[i]->parent && p->all.v[i]->at == decl)
			return p->all.v[i];
	return NULL;
}

/* --- values ------------------------------------------------------------------------------- */

struct lookup {
	const struct p4_program *p;
	const struct p4_inst *inst;
	struct arena *a;
};

static struct p4_value *
instance_value(struct arena *a, struct p4_inst *inst)
{
	struct p4_value *v;

	if (!inst)
		return NULL;
	v = arena_new(a, struct p4_value);
	v->kind = P4_V_INSTANCE;
	v->inst = inst;
	return v;
}

static struct p4_value *
look_up(void *context, const struct p4_node *n)
{
	const struct lookup *l = context;
	const struct p4_node *decl = n->kind == P4_NAME ? n->u.ref.decl : n;
	const struct p4_list *params;

	if (!decl)
		return NULL;
	if (decl->kind == P4_INSTANCE || decl->kind == P4_CALL)
		return instance_value(l->a, p4_inst_find(l->p, l->inst, decl));
	if (decl->kind != P4_PARAM || !l->inst || l->inst->decl->kind == P4_EXTERN)
		return NULL;
	params = p4_ctor_params(l->inst->decl);
	for (uint32_t i = 0; i < params->n && i < l->inst->nargs; i++)
		if (params->v[i] == decl)
			return l->inst->args[i];
	return NULL;
}

struct p4_value *
p4_inst_eval(const struct p4_program *p, const struct p4_inst *inst, const struct p4_node *expr)
{
	struct lookup l = { p, inst, p->arena };
	struct p4_fold f = { .a = p->arena, .lookup = look_up, .context = &l };

	return expr->is_const ? expr->value : p4_fold(&f, expr);
}

/* --- instances ---------------------------------------------------------------------------- */

static struct p4_inst *build(struct elab *e, struct p4_inst *parent, struct p4_node *at,
			     struct p4_type *type, struct p4_list *args, struct str name);

/* One constructor argument. A constructor call makes an instance named after the parameter, or
 * after itself when it is what a package is made of. */
static struct p4_value *
eval_arg(struct elab *e, struct p4_inst *inst, struct p4_inst *holder, struct p4_node *n,
	 struct str formal)
{
	struct p4_value *v;

	if (!n)
		return NULL;
	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_CONSTRUCTOR) {
		bool block = n->type->kind == P4_TY_PARSER || n->type->kind == P4_TY_CONTROL;
		struct str name = holder->decl->kind == P4_PACKAGE && block
					  ? local_name(n->type->decl)
					  : formal;
		return instance_value(e->p->arena,
				      build(e, holder, n, n->type, &n->u.call.args, name));
	}
	v = p4_inst_eval(e->p, inst, n);
	if (!v)
		diag_error(e->c->d, n->at, "this is not known at compile time");
	return v;
}

static void
eval_args(struct elab *e, struct p4_inst *outer, struct p4_inst *inst, struct p4_list *args)
{
	struct p4_node **ctors, **order;
	const struct p4_list *params;
	uint32_t n;
	int32_t k;

	p4_ctors(e->p->arena, inst->decl, &ctors, &n);
	k = p4_pick(ctors, n, args, true);
	if (k < 0)
		return;
	params = p4_ctor_params(ctors[k]);
	order = arena_array(e->p->arena, struct p4_node *, params->n + 1);
	if (!p4_order_args(params, args, order))
		return;
	inst->nargs = params->n;
	inst->args = arena_array(e->p->arena, struct p4_value *, params->n + 1);
	for (uint32_t i = 0; i < params->n; i++) {
		struct p4_node *expr = order[i] ? order[i]->u.arg.expr : params->v[i]->u.var.init;
		inst->args[i] = eval_arg(e, outer, inst, expr, params->v[i]->name);
	}
}

static void
make_child(struct elab *e, struct p4_inst *inst, struct p4_node *n)
{
	build(e, inst, n, n->type, &n->u.instance.args, local_name(n));
}

static void walk_list(struct elab *e, struct p4_inst *inst, struct p4_list *l);

/* Instances that statements make: declarations in blocks, and `T.apply(...)`. */
static void
walk_stmt(struct elab *e, struct p4_inst *inst, struct p4_node *n)
{
	static struct p4_list no_args;

	if (!n)
		return;
	switch ((uint32_t)n->kind) {
	case P4_INSTANCE:
		make_child(e, inst, n);
		break;
	case P4_CALL_STMT:
		n = n->u.call_stmt.call;
		if (n->kind == P4_CALL && n->u.call.what == P4_CALL_APPLY &&
		    n->u.call.object->type->kind == P4_TY_TYPE)
			build(e, inst, n, n->u.call.object->type->elem, &no_args,
			      local_name(n->u.call.target));
		break;
	case P4_BLOCK:
		walk_list(e, inst, &n->u.block.stmts);
		break;
	case P4_IF:
		walk_stmt(e, inst, n->u.if_.then);
		walk_stmt(e, inst, n->u.if_.otherwise);
		break;
	case P4_SWITCH:
		for (uint32_t i = 0; i < n->u.switch_.cases.n; i++)
			walk_stmt(e, inst, n->u.switch_.cases.v[i]->u.case_.body);
		break;
	case P4_FOR:
		walk_stmt(e, inst, n->u.for_.body);
		break;
	case P4_FOR_IN:
		walk_stmt(e, inst, n->u.for_in.body);
		break;
	}
}

static void
walk_list(struct elab *e, struct p4_inst *inst, struct p4_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		walk_stmt(e, inst, l->v[i]);
}

/* `implementation = action_profile(32)`: an object without a name of its own. */
static void
walk_table(struct elab *e, struct p4_inst *inst, struct p4_node *table)
{
	struct arena *a = e->p->arena;

	vec_push(a, &inst->tables, table);
	for (uint32_t i = 0; i < table->u.table.properties.n; i++) {
		struct p4_node *p = table->u.table.properties.v[i], *v = p->u.property.value;
		struct str name = local_name(p);
		if (!v || v->kind != P4_CALL || v->u.call.what != P4_CALL_CONSTRUCTOR)
			continue;
		if (str_eq(name, p->name))
			name = str_fmt(a, "%.*s.%.*s", STRA(local_name(table)), STRA(p->name));
		build(e, inst, v, v->type, &v->u.call.args, name);
	}
}

static void
walk_block(struct elab *e, struct p4_inst *inst)
{
	struct p4_node *decl = inst->decl;

	for (uint32_t i = 0; i < decl->u.block_decl.locals.n; i++) {
		struct p4_node *n = decl->u.block_decl.locals.v[i];
		if (n->kind == P4_INSTANCE)
			make_child(e, inst, n);
		else if (n->kind == P4_TABLE)
			walk_table(e, inst, n);
		else if (n->kind == P4_ACTION)
			vec_push(e->p->arena, &inst->actions, n);
	}
	for (uint32_t i = 0; i < decl->u.block_decl.states.n; i++)
		walk_list(e, inst, &decl->u.block_decl.states.v[i]->u.state.stmts);
	walk_stmt(e, inst, decl->u.block_decl.body);
}

static struct p4_inst *
build(struct elab *e, struct p4_inst *parent, struct p4_node *at, struct p4_type *type,
      struct p4_list *args, struct str name)
{
	struct arena *a = e->p->arena;
	struct p4_inst *inst = arena_new(a, struct p4_inst);

	if (e->full || e->p->all.n >= MAX_INSTANCES || !p4_descend(e->c, at->at)) {
		if (!e->full)
			diag_error(e->c->d, at->at, "too many instances: more than %u",
				   MAX_INSTANCES);
		e->full = true;
		return NULL;
	}
	inst->decl = type->decl;
	inst->type = type;
	if (parent) { /* default values and generic blocks speak of their own type parameters */
		struct p4_binds b = p4_binds_of(parent->type);
		inst->type = p4_subst(e->c, &b, type);
	}
	inst->at = at;
	inst->name = name.n && name.p[0] == '.' ? str_sub(name, 1, name.n) : name;
	inst->parent = parent;
	inst->path = join(a, parent && parent->decl->kind == P4_PACKAGE ? NULL : parent, name);
	vec_push(a, &e->p->all, inst);
	if (parent)
		vec_push(a, &parent->children, inst);
	eval_args(e, parent, inst, args);
	if (inst->decl->kind == P4_PARSER || inst->decl->kind == P4_CONTROL)
		walk_block(e, inst);
	p4_ascend(e->c);
	return inst;
}

/* --- names that the control plane sees ---------------------------------------------------- */

static void
claim(struct elab *e, struct map *names, struct str name, struct p4_node *n, const char *what)
{
	struct p4_node *first;

	if (p4_annotation(n, "hidden"))
		return;
	first = map_put(names, name, n);
	if (!first)
		return;
	diag_error(e->c->d, p4_where(n), "two %ss have the control-plane name '%.*s'", what,
		   STRA(name));
	if (first != n)
		diag_note(e->c->d, p4_where(first), "the other is here");
}

static void
check_names(struct elab *e)
{
	struct arena *a = e->p->arena;
	struct map tables, actions, objects;

	map_init(&tables, a);
	map_init(&actions, a);
	map_init(&objects, a);
	for (uint32_t i = 0; i < e->p->all.n; i++) {
		struct p4_inst *inst = e->p->all.v[i];
		for (uint32_t k = 0; k < inst->tables.n; k++)
			claim(e, &tables, p4_control_name(a, inst, inst->tables.v[k]),
			      inst->tables.v[k], "table");
		for (uint32_t k = 0; k < inst->actions.n; k++)
			claim(e, &actions, p4_control_name(a, inst, inst->actions.v[k]),
			      inst->actions.v[k], "action");
		if (inst->decl->kind == P4_EXTERN)
			claim(e, &objects, inst->path, inst->at, "object");
	}
}

/* --- v1model ------------------------------------------------------------------------------ */

static void
resolve_v1(struct p4_program *p)
{
	struct p4_inst *part[6];
	const struct p4_list *params;

	if (!str_is(p->main->decl->name, "V1Switch") || p->main->nargs != 6)
		return;
	for (uint32_t i = 0; i < 6; i++) {
		const struct p4_value *v = p->main->args[i];
		if (!v || v->kind != P4_V_INSTANCE || !v->inst)
			return;
		part[i] = v->inst;
	}
	params = &part[0]->decl->u.block_decl.params;
	if (params->n != 4)
		return;
	p->v1.parser = part[0];
	p->v1.verify = part[1];
	p->v1.ingress = part[2];
	p->v1.egress = part[3];
	p->v1.compute = part[4];
	p->v1.deparser = part[5];
	p->v1.headers = params->v[1]->type;
	p->v1.metadata = params->v[2]->type;
}

bool
p4_elaborate(struct check *c, struct p4_program *p, bool library)
{
	struct elab *e = &(struct elab){ .c = c, .p = p };
	struct p4_list *decls = &p->tree->u.program.decls;
	struct p4_node *main = NULL;

	for (uint32_t i = 0; i < decls->n; i++) {
		struct p4_node *n = decls->v[i];
		struct p4_inst *inst;
		if (n->kind != P4_INSTANCE) {
			if (str_is(n->name, "main"))
				diag_error(c->d, p4_where(n), "'main' must be an instance of a package, but this is declared as %s", p4_kind_text(n->kind));
			continue;
		}
		inst = build(e, NULL, n, n->type, &n->u.instance.args, local_name(n));
		if (inst && str_is(n->name, "main")) {
			main = n;
			p->main = inst;
		} else if (inst && inst->decl->kind == P4_EXTERN) {
			vec_push(p->arena, &p->globals, inst);
		}
	}
	if (main && p->main->decl->kind != P4_PACKAGE) {
		diag_error(c->d, p4_where(main), "'main' must be a package, not %s",
			   p4_tt(c, main->type));
		return false;
	}
	if (!main && !library) {
		struct span end = decls->n ? decls->v[decls->n - 1]->at : p->tree->at;
		diag_error(c->d, end, "the program has no 'main': nothing is instantiated");
		diag_hint(c->d, "a v1model program ends with V1Switch(...) main;");
		return false;
	}
	check_names(e);
	if (p->main)
		resolve_v1(p);
	return true;
}
