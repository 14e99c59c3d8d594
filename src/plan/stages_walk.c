/* stages_walk.c - finds the logical tables of a control: each table that is applied, and each run of statements between them, which
 * a switch keeps in a table without keys. A condition is a gateway in front of what it guards. Calls are followed with their
 * arguments. */
#include "plan/stages_walk.h"

#define WALKS_MAX 20000 /* a program that nests more calls gets a rough picture: the rest of them is left out */
#define DEFAULT_ENTRIES 1024
#define OVERHEAD_BITS 32 /* of an entry in SRAM: action, pointer, version */

/* A parameter that stands for an argument. */
struct binding {
	const struct p4_node *param;
	struct str path;
};

struct walker {
	struct arena *a;
	const struct plan_program *p;
	const struct plan_model *m;
	const struct p4_inst *inst;	 /* the control being walked */
	const struct p4_node *params[3]; /* of the woven control */
	VEC(struct binding) bindings;	 /* innermost last */
	struct stages_found *found;
	struct stages_code *open;	 /* the run of statements that is being collected; NULL: none */
	struct stages_paths conditions;	 /* of the guards around, a stack */
	VEC(uint32_t) guards;		 /* tables whose result is among them, a stack */
	VEC(struct stages_arm) arms;	 /* around, a stack */
	uint32_t branches;		 /* so far */
	uint32_t inside;		 /* actions and functions around: what is in them is one piece */
	uint32_t walks;
};

static void walk_stmt(struct walker *k, const struct p4_node *n);
static void walk_expr(struct walker *k, const struct p4_node *n, struct stages_paths *reads);

static void
add(struct walker *k, struct stages_paths *to, struct str path)
{
	vec_each(p, to)
		if (str_eq(*p, path))
			return;
	vec_push(k->a, to, path);
}

/* The storage that an expression names; false for anything else. */
static bool
path_of(struct walker *k, const struct p4_node *n, struct str *ret)
{
	switch ((int)n->kind) { /* only l-values have a case */
	case P4_NAME:
		for (uint32_t i = k->bindings.n; i-- > 0;)
			if (k->bindings.v[i].param == n->u.ref.decl) {
				*ret = k->bindings.v[i].path;
				return ret->n > 0;
			}
		for (int i = 0; i < 3; i++)
			if (k->params[i] && n->u.ref.decl == k->params[i]) {
				*ret = str_fmt(k->a, "%d", i);
				return true;
			}
		if (!n->u.ref.decl || (n->u.ref.decl->kind != P4_VAR && n->u.ref.decl->kind != P4_PARAM))
			return false;
		*ret = str_fmt(k->a, "v%u", n->u.ref.decl->id);
		return true;
	case P4_MEMBER:
		if (n->u.member.what != P4_MEMBER_FIELD && n->u.member.what != P4_MEMBER_STACK_NEXT &&
		    n->u.member.what != P4_MEMBER_STACK_LAST)
			return false;
		if (!path_of(k, n->u.member.object, ret))
			return false;
		if (n->u.member.what == P4_MEMBER_FIELD)
			*ret = str_fmt(k->a, "%.*s.%.*s", STRA(*ret), STRA(n->name));
		else
			*ret = str_fmt(k->a, "%.*s*", STRA(*ret));
		return true;
	case P4_INDEX:
		if (!path_of(k, n->u.index.object, ret))
			return false;
		if (n->u.index.index->is_const && n->u.index.index->value)
			*ret = str_fmt(k->a, "%.*s[%llu]", STRA(*ret),
				       (unsigned long long)big_u64(n->u.index.index->value->i));
		else
			*ret = str_fmt(k->a, "%.*s*", STRA(*ret));
		return true;
	case P4_SLICE:
		return path_of(k, n->u.slice.object, ret);
	case P4_CAST:
		return path_of(k, n->u.cast.a, ret);
	default:
		return false;
	}
}

/* --- runs of statements --------------------------------------------------------------------------- */

static struct stages_code *
begin(struct walker *k, struct str name)
{
	struct stages_code c = { .index = k->found->codes.n };

	c.item.name = name;
	c.item.match = "";
	vec_each(p, &k->conditions)
		add(k, &c.matches, *p);
	vec_each(g, &k->guards)
		vec_push(k->a, &c.guards, *g);
	vec_each(arm, &k->arms)
		vec_push(k->a, &c.arms, *arm);
	vec_push(k->a, &k->found->codes, c);
	return &k->found->codes.v[c.index];
}

/* The run of statements at hand. */
static struct stages_code *
run(struct walker *k, const struct p4_node *at)
{
	struct place place = { 0 };

	if (k->open)
		return k->open;
	source_place(diags_sources(k->p->p4->diags), at->at.begin, &place);
	return k->open = begin(k, str_fmt(k->a, "%.*s:%u", STRA(k->inst->name), place.line));
}

static void
write_path(struct walker *k, struct stages_code *c, const struct p4_node *n)
{
	struct str path;

	if (c && path_of(k, n, &path))
		add(k, &c->writes, path);
}

/* --- calls ---------------------------------------------------------------------------------------- */

/* A counter, meter or register takes a stateful unit; registers have bits. */
static void
use_extern(struct walker *k, struct stages_code *c, const struct p4_node *call)
{
	const struct p4_node *object = call->u.call.object;
	const struct p4_inst *inst;
	struct str name = call->u.call.target->u.func.owner ? call->u.call.target->u.func.owner->name : STR_NONE;

	if (!c || !object || !object->type)
		return;
	inst = object->kind == P4_NAME && object->u.ref.decl ? p4_inst_find(k->p->p4, k->inst, object->u.ref.decl) : NULL;
	if (!str_is(name, "register") && !str_is(name, "counter") && !str_is(name, "meter") &&
	    !str_is(name, "direct_counter") && !str_is(name, "direct_meter"))
		return;
	if (inst) { /* once for each object */
		struct str path = str_fmt(k->a, "x%.*s", STRA(inst->path));
		uint32_t before = c->writes.n;

		add(k, &c->writes, path);
		if (c->writes.n == before)
			return;
	}
	c->item.units++;
	if (inst && inst->nargs && inst->args[0] && inst->args[0]->kind == P4_V_INT && str_is(name, "register") &&
	    inst->type && inst->type->nargs)
		c->item.register_bits += big_u64(inst->args[0]->i) * p4_type_bits(inst->type->args[0]);
}

static void
call_extern(struct walker *k, struct stages_code *c, const struct p4_node *n, struct stages_paths *reads)
{
	const struct p4_node *t = n->u.call.target;

	if (str_is(t->name, "mark_to_drop") && c) {
		add(k, &c->writes, STR("2.egress_spec"));
		add(k, &c->writes, STR("2.mcast_grp"));
		return;
	}
	if (str_is(t->name, "hash") && c)
		c->item.hash_bits += 32;
	for (uint32_t i = 0; i < n->u.call.nordered; i++) {
		const struct p4_node *arg = n->u.call.ordered[i];
		enum p4_dir dir = i < t->u.func.params.n ? t->u.func.params.v[i]->u.var.dir : P4_DIR_NONE;

		if (arg && dir != P4_DIR_OUT)
			walk_expr(k, arg, reads);
		if (arg && (dir == P4_DIR_OUT || dir == P4_DIR_INOUT))
			write_path(k, c, arg);
	}
}

/* Binds parameters to arguments; what is no storage is read here. */
static void
bind(struct walker *k, const struct p4_node *call, const struct p4_list *params, struct stages_paths *reads)
{
	for (uint32_t i = 0; i < call->u.call.nordered && i < params->n; i++) {
		const struct p4_node *arg = call->u.call.ordered[i];
		struct binding b = { .param = params->v[i] };

		if (!arg)
			continue;
		if (path_of(k, arg, &b.path)) {
			vec_push(k->a, &k->bindings, b);
			continue;
		}
		walk_expr(k, arg, reads);
	}
}

/* A function or action: its body belongs to the code that calls it. */
static void
call_body(struct walker *k, struct stages_code *c, const struct p4_node *n, struct stages_paths *reads)
{
	uint32_t before = k->bindings.n;

	if (++k->walks > WALKS_MAX)
		return;
	bind(k, n, &n->u.call.target->u.func.params, reads);
	k->inside++;
	if (c) /* else a function in a key or condition: it changes nothing */
		walk_stmt(k, n->u.call.target->u.func.body);
	k->inside--;
	k->bindings.n = before;
}

static void apply_table(struct walker *k, const struct p4_node *t);

static void
apply_control(struct walker *k, const struct p4_node *n)
{
	const struct p4_node *t = n->u.call.target;
	const struct p4_inst *outer = k->inst, *inst = NULL;
	uint32_t before = k->bindings.n;
	struct stages_paths reads = { 0 };

	if (t->kind != P4_CONTROL || ++k->walks > WALKS_MAX)
		return;
	if (n->u.call.object && n->u.call.object->kind == P4_NAME && n->u.call.object->u.ref.decl)
		inst = p4_inst_find(k->p->p4, k->inst, n->u.call.object->u.ref.decl);
	if (!inst)
		inst = p4_inst_find(k->p->p4, k->inst, n);
	bind(k, n, &t->u.block_decl.params, &reads);
	k->open = NULL;
	k->inst = inst ? inst : outer;
	walk_stmt(k, t->u.block_decl.body);
	k->inst = outer;
	k->open = NULL;
	k->bindings.n = before;
}

static void
walk_call(struct walker *k, const struct p4_node *n, struct stages_paths *reads)
{
	struct stages_code *c = k->open;
	struct str path;

	switch (n->u.call.what) {
	case P4_CALL_EXTERN:
		call_extern(k, c, n, reads);
		break;
	case P4_CALL_METHOD:
		use_extern(k, c, n);
		call_extern(k, c, n, reads);
		break;
	case P4_CALL_FUNCTION:
	case P4_CALL_ACTION:
		call_body(k, c, n, reads);
		break;
	case P4_CALL_TABLE_APPLY:
		apply_table(k, n->u.call.target);
		break;
	case P4_CALL_APPLY:
		apply_control(k, n);
		break;
	case P4_CALL_IS_VALID:
		if (path_of(k, n->u.call.object, &path))
			add(k, reads, str_fmt(k->a, "%.*s.$valid", STRA(path)));
		break;
	case P4_CALL_SET_VALID:
	case P4_CALL_SET_INVALID:
	case P4_CALL_PUSH_FRONT:
	case P4_CALL_POP_FRONT:
		write_path(k, c, n->u.call.object);
		break;
	case P4_CALL_NONE:
	case P4_CALL_MIN_SIZE_BITS:
	case P4_CALL_MIN_SIZE_BYTES:
	case P4_CALL_MAX_SIZE_BITS:
	case P4_CALL_MAX_SIZE_BYTES:
	case P4_CALL_CONSTRUCTOR:
		break;
	}
}

static void
walk_expr(struct walker *k, const struct p4_node *n, struct stages_paths *reads)
{
	struct str path;

	if (!n || n->is_const)
		return;
	if (path_of(k, n, &path)) {
		add(k, reads, path);
		return;
	}
	switch ((int)n->kind) { /* what has parts */
	case P4_CALL:
		walk_call(k, n, reads);
		break;
	case P4_MEMBER:
		walk_expr(k, n->u.member.object, reads);
		break;
	case P4_UNARY:
		walk_expr(k, n->u.unary.a, reads);
		break;
	case P4_BINARY:
		walk_expr(k, n->u.binary.a, reads);
		walk_expr(k, n->u.binary.b, reads);
		break;
	case P4_TERNARY:
		walk_expr(k, n->u.ternary.cond, reads);
		walk_expr(k, n->u.ternary.a, reads);
		walk_expr(k, n->u.ternary.b, reads);
		break;
	case P4_CAST:
		walk_expr(k, n->u.cast.a, reads);
		break;
	case P4_SLICE:
		walk_expr(k, n->u.slice.object, reads);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		vec_each(item, &n->u.list.items)
			walk_expr(k, (*item)->kind == P4_NAMED_EXPR ? (*item)->u.named.expr : *item, reads);
		break;
	default:
		break;
	}
}

/* --- tables --------------------------------------------------------------------------------------- */

/* `size = 1024;`, or as many as there are const entries. */
static uint32_t
entries_of(const struct p4_node *t)
{
	vec_each(p, &t->u.table.properties)
		if (str_is((*p)->name, "size") && (*p)->u.property.value && (*p)->u.property.value->is_const &&
		    (*p)->u.property.value->value)
			return (uint32_t)big_u64((*p)->u.property.value->value->i);
	if (t->u.table.const_entries)
		return t->u.table.entries.n;
	return t->u.table.keys.n ? DEFAULT_ENTRIES : 0;
}

static uint64_t
action_data_bits(const struct p4_node *t)
{
	uint64_t most = 0;

	vec_each(ref, &t->u.table.actions) {
		const struct p4_node *action = (*ref)->u.action_ref.decl;
		uint64_t bits = 0;

		for (uint32_t i = 0; action && i < action->u.func.params.n; i++)
			if (action->u.func.params.v[i]->u.var.dir == P4_DIR_NONE && action->u.func.params.v[i]->type)
				bits += p4_type_bits(action->u.func.params.v[i]->type);
		most = bits > most ? bits : most;
	}
	return most;
}

/* Ternary keys sit in TCAM, exact ones in SRAM, prefixes where the target puts them; action data always in SRAM. */
static void
table_memory(struct walker *k, const struct p4_node *t, struct stages_item *i)
{
	uint64_t data = action_data_bits(t) + OVERHEAD_BITS;
	bool ternary = false, lpm = false;

	vec_each(key, &t->u.table.keys) {
		struct str match = (*key)->u.key.match->name;

		i->key_bits += (*key)->u.key.expr->type ? p4_type_bits((*key)->u.key.expr->type) : 0;
		lpm |= str_is(match, "lpm");
		ternary |= !str_is(match, "lpm") && !str_is(match, "exact");
	}
	i->entries = entries_of(t);
	i->match = !t->u.table.keys.n ? "" : ternary ? "ternary" : lpm ? "lpm" : "exact";
	if (ternary || (lpm && !k->m->prefixes_in_sram))
		i->tcam_bits = (uint64_t)i->entries * i->key_bits;
	else
		data += i->key_bits;
	i->sram_bits = (uint64_t)i->entries * data;
	if (t->u.table.keys.n && !i->tcam_bits)
		for (uint32_t n = i->entries; n > 1; n /= 2)
			i->hash_bits++;
}

static void
apply_table(struct walker *k, const struct p4_node *t)
{
	struct stages_code *c;
	uint32_t index;

	if (++k->walks > WALKS_MAX)
		return;
	k->open = NULL;
	c = begin(k, p4_control_name(k->a, k->inst, t));
	index = c->index;
	c->item.is_table = true;
	table_memory(k, t, &c->item);
	vec_each(key, &t->u.table.keys)
		walk_expr(k, (*key)->u.key.expr, &c->matches);
	k->open = &k->found->codes.v[index];
	k->inside++;
	vec_each(ref, &t->u.table.actions)
		if ((*ref)->u.action_ref.decl)
			walk_stmt(k, (*ref)->u.action_ref.decl->u.func.body);
	k->inside--;
	k->open = NULL;
}

/* --- statements ----------------------------------------------------------------------------------- */

/* Does a packet's way end in it? What follows then runs under the same condition. */
static bool
leaves(const struct p4_node *n)
{
	bool any = false;

	if (!n)
		return false;
	if (n->kind == P4_BLOCK)
		vec_each(s, &n->u.block.stmts)
			any |= leaves(*s);
	else if (n->kind == P4_IF)
		any = leaves(n->u.if_.then) || leaves(n->u.if_.otherwise);
	else if (n->kind == P4_SWITCH)
		vec_each(c, &n->u.switch_.cases)
			any |= leaves((*c)->u.case_.body);
	return any || n->kind == P4_RETURN || n->kind == P4_EXIT;
}

static void
walk_arm(struct walker *k, const struct p4_node *n, uint32_t branch, uint32_t arm)
{
	k->open = NULL;
	vec_push(k->a, &k->arms, (struct stages_arm){ branch, arm });
	walk_stmt(k, n);
	k->arms.n--;
	k->open = NULL;
}

/* A case without a body shares that of the next one, so the arms are the bodies. */
static void
walk_cases(struct walker *k, const struct p4_node *n, uint32_t branch)
{
	for (uint32_t i = 0; i < n->u.switch_.cases.n; i++)
		walk_arm(k, n->u.switch_.cases.v[i]->u.case_.body, branch, i);
}

/* A condition guards what comes under it; what comes under one that applies a table depends on its result. */
static void
walk_branches(struct walker *k, const struct p4_node *n)
{
	uint32_t conditions = k->conditions.n, guards = k->guards.n, before = k->found->codes.n, branch = k->branches++;

	k->open = NULL;
	walk_expr(k, n->kind == P4_IF ? n->u.if_.cond : n->u.switch_.expr, &k->conditions);
	for (uint32_t i = before; i < k->found->codes.n; i++)
		vec_push(k->a, &k->guards, i);
	if (n->kind == P4_IF) {
		walk_arm(k, n->u.if_.then, branch, 0);
		walk_arm(k, n->u.if_.otherwise, branch, 1);
	} else {
		walk_cases(k, n, branch);
	}
	if (leaves(n))
		return;
	k->conditions.n = conditions;
	k->guards.n = guards;
}

/* Within an action all is one piece, and conditions are only read. */
static void
walk_inside(struct walker *k, const struct p4_node *n)
{
	struct stages_code *c = run(k, n); /* an argument may have applied a table and ended the run before */

	if (n->kind == P4_IF) {
		walk_expr(k, n->u.if_.cond, &c->reads);
		walk_stmt(k, n->u.if_.then);
		walk_stmt(k, n->u.if_.otherwise);
		return;
	}
	walk_expr(k, n->u.switch_.expr, &c->reads);
	vec_each(each, &n->u.switch_.cases)
		walk_stmt(k, (*each)->u.case_.body);
}

/* An assignment, or a call that is one: into the run at hand. */
static void
walk_simple(struct walker *k, const struct p4_node *n)
{
	const struct p4_node *call = n->kind == P4_CALL_STMT ? n->u.call_stmt.call : NULL;
	struct stages_paths reads = { 0 };
	struct stages_code *c;
	uint32_t index;

	if (call && (call->u.call.what == P4_CALL_TABLE_APPLY || call->u.call.what == P4_CALL_APPLY)) {
		walk_call(k, call, &k->conditions);
		return;
	}
	c = run(k, n);
	index = c->index;
	if (call)
		walk_call(k, call, &reads);
	else
		walk_expr(k, n->kind == P4_VAR ? n->u.var.init : n->u.assign.right, &reads);
	c = &k->found->codes.v[index]; /* tables in it have moved the list */
	if (!call && n->kind == P4_ASSIGN && n->u.assign.op != P4_OP_NONE)
		walk_expr(k, n->u.assign.left, &reads);
	if (n->kind == P4_ASSIGN)
		write_path(k, c, n->u.assign.left);
	else if (n->kind == P4_VAR)
		add(k, &c->writes, str_fmt(k->a, "v%u", n->id));
	vec_each(r, &reads)
		add(k, &c->reads, *r);
}

static void
walk_stmt(struct walker *k, const struct p4_node *n)
{
	if (!n)
		return;
	switch ((int)n->kind) { /* statements */
	case P4_BLOCK:
		vec_each(s, &n->u.block.stmts)
			walk_stmt(k, *s);
		break;
	case P4_VAR:
		if (n->u.var.init)
			walk_simple(k, n);
		break;
	case P4_ASSIGN:
	case P4_CALL_STMT:
		walk_simple(k, n);
		break;
	case P4_IF:
	case P4_SWITCH:
		if (k->inside)
			walk_inside(k, n);
		else
			walk_branches(k, n);
		break;
	case P4_FOR:
		vec_each(s, &n->u.for_.init)
			walk_stmt(k, *s);
		walk_stmt(k, n->u.for_.body);
		break;
	case P4_FOR_IN:
		walk_stmt(k, n->u.for_in.body);
		break;
	default:
		break;
	}
}

void
stages_walk(struct arena *a, const struct plan_program *p, const struct plan_model *m, const struct p4_inst *inst,
	    struct stages_found *ret)
{
	struct walker k = { .a = a, .p = p, .m = m, .inst = inst, .found = ret };
	const struct p4_list *params = &inst->decl->u.block_decl.params;

	*ret = (struct stages_found){ 0 };
	for (uint32_t i = 0; i < 3 && i < params->n; i++)
		k.params[i] = params->v[i];
	walk_stmt(&k, inst->decl->u.block_decl.body);
}
