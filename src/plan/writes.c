/* writes.c - walks what runs in a control, in its order: what may be written, and what of it behind a drop mark that may still stand
 * at the end. */
#include "plan/writes.h"

/* A parameter of something called, and the l-value that it stands for. */
struct binding {
	const struct p4_node *param;
	int root;
	struct str path;
};

#define WALKS_MAX 20000 /* bodies walked for their arguments' sake; a program with more may write everything */

/* Where the walk is: can anything get here, and after a mark that nothing has undone? */
struct flow {
	bool reached, marked;
};

struct walked {
	const struct p4_node *decl;
	bool marked;	  /* when it began */
	bool marks;	  /* something in it marks */
	struct flow ends; /* how it ended */
};

struct walker {
	struct arena *a;
	struct plan_program *p;
	struct plan_writes *w;
	const struct p4_node *params[3]; /* headers, metadata, standard metadata of the control */
	VEC(struct walked) seen;	  /* declarations walked already, without arguments */
	VEC(struct binding) bindings;	  /* innermost last */
	uint32_t walks;
	struct flow at, returned; /* now; at the returns of what is being walked */
	const struct p4_node *constant; /* the value that is being assigned */
};

static void walk_stmt(struct walker *k, const struct p4_node *n);
static void walk_expr(struct walker *k, const struct p4_node *n);
static void walk_block_decl(struct walker *k, const struct p4_node *decl);
static void walk_body(struct walker *k, const struct p4_node *decl);

static struct flow
join(struct flow x, struct flow y)
{
	return (struct flow){ x.reached || y.reached, x.marked || y.marked };
}

/* --- writes ------------------------------------------------------------------------------------ */

/* Does `path` cover `leaf` (is it the leaf or one of its ancestors)? */
static bool
covers(struct str path, struct str leaf)
{
	if (!path.n || str_eq(path, leaf))
		return true;
	return str_starts(leaf, path) && (leaf.p[path.n] == '.' || leaf.p[path.n] == '[');
}

static void
add_value(struct walker *k, struct plan_constants *c, bool exact)
{
	const struct p4_value *v = exact && k->constant ? k->constant->value : NULL;
	uint32_t i = 0;

	if (!v || v->kind != P4_V_INT || !big_fits_u64(v->i)) {
		c->other = true;
		return;
	}
	while (i < c->n && c->v[i] != big_u64(v->i))
		i++;
	if (i == PLAN_CONSTANTS)
		c->other = true;
	else if (i == c->n)
		c->v[c->n++] = big_u64(v->i);
}

static void
write_headers(struct walker *k, struct str path)
{
	for (uint32_t i = 0; i < k->p->schema.headers.n; i++) {
		const struct ir_schema_header *h = &k->p->schema.headers.v[i];
		bool whole = covers(path, h->path);

		if (whole)
			k->w->headers[i].validity = true;
		if (whole && k->at.marked)
			k->w->headers[i].late_validity = true;
		for (uint32_t f = 0; f < h->fields.n; f++) {
			struct str leaf = str_fmt(k->a, "%.*s.%.*s", STRA(h->path), STRA(h->fields.v[f].name));

			if (!whole && !covers(path, leaf))
				continue;
			k->w->headers[i].fields[f] = true;
			k->w->headers[i].late_fields[f] |= k->at.marked;
			add_value(k, &k->w->headers[i].values[f], str_eq(path, leaf));
		}
	}
}

static void
write_std(struct walker *k, struct str path)
{
	static const char *const all[] = { "ingress_port", "egress_spec", "egress_port", "instance_type",
		"packet_length", "enq_timestamp", "enq_qdepth", "deq_timedelta", "deq_qdepth",
		"ingress_global_timestamp", "egress_global_timestamp", "mcast_grp", "egress_rid",
		"checksum_error", "parser_error", "priority" };

	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (covers(path, str_from(all[i])))
			map_put(&k->w->std, str_from(all[i]), k);
	if (covers(path, STR("mcast_grp")))
		k->w->multicasts = true;
}

/* The root parameter (0 headers, 1 metadata, 2 standard metadata) and path of an l-value; -1 for
 * anything else. A run-time index makes the path end before it: everything under it may be written. */
static int
lvalue_path(struct walker *k, const struct p4_node *n, struct str *ret)
{
	const struct p4_node *o;
	int root;

	switch ((int)n->kind) { /* only l-values have a case */
	case P4_NAME:
		*ret = STR_NONE;
		for (int i = 0; i < 3; i++)
			if (k->params[i] && n->u.ref.decl == k->params[i])
				return i;
		for (uint32_t i = k->bindings.n; i-- > 0;)
			if (k->bindings.v[i].param == n->u.ref.decl) {
				*ret = k->bindings.v[i].path;
				return k->bindings.v[i].root;
			}
		return -1;
	case P4_MEMBER:
		root = lvalue_path(k, n->u.member.object, ret);
		if (root >= 0 && (n->u.member.what == P4_MEMBER_STACK_NEXT ||
				  n->u.member.what == P4_MEMBER_STACK_LAST))
			*ret = str_fmt(k->a, "%.*s*", STRA(*ret));
		else if (root >= 0 && str_find(*ret, '*') < 0)
			*ret = str_fmt(k->a, "%.*s%s%.*s", STRA(*ret), ret->n ? "." : "", STRA(n->name));
		return root;
	case P4_INDEX:
		root = lvalue_path(k, n->u.index.object, ret);
		o = n->u.index.index;
		if (root >= 0 && o->is_const && o->value && o->value->kind == P4_V_INT)
			*ret = str_fmt(k->a, "%.*s[%llu]", STRA(*ret), (unsigned long long)big_u64(o->value->i));
		else if (root >= 0)
			*ret = str_fmt(k->a, "%.*s*", STRA(*ret));
		return root;
	case P4_SLICE:
		return lvalue_path(k, n->u.slice.object, ret);
	case P4_CAST:
		return lvalue_path(k, n->u.cast.a, ret);
	default:
		return -1;
	}
}

static void
write_metadata(struct walker *k, struct str path)
{
	for (uint32_t i = 0; i < k->p->schema.metadata.n; i++)
		if (covers(path, k->p->schema.metadata.v[i].name)) {
			k->w->metadata[i] = true;
			k->w->late_metadata[i] |= k->at.marked;
			add_value(k, &k->w->metadata_values[i], str_eq(path, k->p->schema.metadata.v[i].name));
		}
}

static void
write_lvalue(struct walker *k, const struct p4_node *n)
{
	struct str path;
	int root = lvalue_path(k, n, &path);
	int64_t star = root >= 0 ? str_find(path, '*') : -1;

	if (star >= 0)
		path = str_sub(path, 0, (uint32_t)star);
	if (root == 0)
		write_headers(k, path);
	else if (root == 1)
		write_metadata(k, path);
	else if (root == 2)
		write_std(k, path);
}

static void
extern_effects(struct walker *k, const struct p4_node *call)
{
	struct str name = call->u.call.target->name;

	if (str_is(name, "mark_to_drop")) {
		k->w->marks = true;
		k->w->mark_calls++;
		k->at.marked = k->at.reached;
		map_put(&k->w->std, STR("egress_spec"), k);
		map_put(&k->w->std, STR("mcast_grp"), k);
	} else if (str_starts(name, STR("clone"))) {
		k->w->clones_e2e = k->w->clones_i2e = true;
	} else if (str_starts(name, STR("resubmit"))) {
		k->w->resubmits = true;
	} else if (str_starts(name, STR("recirculate"))) {
		k->w->recirculates = true;
	} else if (str_is(name, "truncate")) {
		k->w->truncates = true;
	}
}

static void
walk_args(struct walker *k, const struct p4_node *call, const struct p4_list *params)
{
	for (uint32_t i = 0; i < call->u.call.nordered; i++) {
		const struct p4_node *arg = call->u.call.ordered[i];
		enum p4_dir dir = params && i < params->n ? params->v[i]->u.var.dir : P4_DIR_NONE;

		if (!arg)
			continue;
		walk_expr(k, arg);
		if (dir == P4_DIR_OUT || dir == P4_DIR_INOUT)
			write_lvalue(k, arg);
	}
}

/* A part of the headers or metadata that was given to what marked the packet is written back behind the mark. */
static void
copy_back(struct walker *k, const struct binding *b)
{
	struct plan_writes *w = k->w;
	int64_t star = str_find(b->path, '*');
	struct str path = star < 0 ? b->path : str_sub(b->path, 0, (uint32_t)star);

	if (!path.n && star < 0)
		return;
	for (uint32_t i = 0; b->root == 0 && i < k->p->schema.headers.n; i++) {
		const struct ir_schema_header *h = &k->p->schema.headers.v[i];

		if (!covers(path, h->path) && !covers(h->path, path))
			continue;
		w->headers[i].late_validity |= w->headers[i].validity;
		for (uint32_t f = 0; f < h->fields.n; f++)
			w->headers[i].late_fields[f] |= w->headers[i].fields[f];
	}
	for (uint32_t i = 0; b->root == 1 && i < k->p->schema.metadata.n; i++)
		w->late_metadata[i] |= w->metadata[i] && covers(path, k->p->schema.metadata.v[i].name);
}

/* The body of what is called, with its parameters standing for the arguments: what it writes to them counts, field by
 * field. An `out` argument is written as a whole in any case. */
static void
follow_call(struct walker *k, const struct p4_node *call, const struct p4_list *params)
{
	const struct p4_node *t = call->u.call.target;
	uint32_t before = k->bindings.n;

	for (uint32_t i = 0; i < call->u.call.nordered && i < params->n; i++) {
		const struct p4_node *arg = call->u.call.ordered[i];
		struct binding b = { .param = params->v[i] };

		if (!arg)
			continue;
		walk_expr(k, arg);
		b.root = lvalue_path(k, arg, &b.path);
		if (params->v[i]->u.var.dir == P4_DIR_OUT)
			write_lvalue(k, arg);
		if (b.root >= 0 && params->v[i]->u.var.dir == P4_DIR_INOUT)
			vec_push(k->a, &k->bindings, b);
	}
	if (k->bindings.n > before)
		walk_body(k, t);
	else
		walk_block_decl(k, t);
	for (uint32_t i = before; k->at.marked && i < k->bindings.n; i++)
		copy_back(k, &k->bindings.v[i]);
	k->bindings.n = before;
}

static void
walk_call(struct walker *k, const struct p4_node *n)
{
	const struct p4_node *t = n->u.call.target;

	if (n->u.call.object)
		walk_expr(k, n->u.call.object);
	switch (n->u.call.what) {
	case P4_CALL_EXTERN:
		extern_effects(k, n);
		if (!str_is(t->name, "mark_to_drop"))
			walk_args(k, n, &t->u.func.params);
		break;
	case P4_CALL_METHOD:
		walk_args(k, n, &t->u.func.params);
		break;
	case P4_CALL_FUNCTION:
	case P4_CALL_ACTION:
		follow_call(k, n, &t->u.func.params);
		break;
	case P4_CALL_TABLE_APPLY:
		walk_block_decl(k, t);
		break;
	case P4_CALL_APPLY:
		follow_call(k, n, &t->u.block_decl.params);
		break;
	case P4_CALL_SET_VALID:
	case P4_CALL_SET_INVALID:
	case P4_CALL_PUSH_FRONT:
	case P4_CALL_POP_FRONT:
		write_lvalue(k, n->u.call.object);
		break;
	case P4_CALL_NONE:
	case P4_CALL_IS_VALID:
	case P4_CALL_MIN_SIZE_BITS:
	case P4_CALL_MIN_SIZE_BYTES:
	case P4_CALL_MAX_SIZE_BITS:
	case P4_CALL_MAX_SIZE_BYTES:
	case P4_CALL_CONSTRUCTOR:
		break;
	}
}

static void
walk_expr(struct walker *k, const struct p4_node *n)
{
	struct flow before;

	if (!n)
		return;
	switch ((int)n->kind) { /* what can contain a call */
	case P4_CALL:
		walk_call(k, n);
		break;
	case P4_MEMBER:
		walk_expr(k, n->u.member.object);
		break;
	case P4_UNARY:
		walk_expr(k, n->u.unary.a);
		break;
	case P4_BINARY:
		walk_expr(k, n->u.binary.a);
		before = k->at;
		walk_expr(k, n->u.binary.b);
		k->at = join(k->at, before); /* && and || may stop after the first */
		break;
	case P4_TERNARY:
		walk_expr(k, n->u.ternary.cond);
		before = k->at;
		walk_expr(k, n->u.ternary.a);
		k->at = join(k->at, before);
		walk_expr(k, n->u.ternary.b);
		k->at = join(k->at, before);
		break;
	case P4_CAST:
		walk_expr(k, n->u.cast.a);
		break;
	case P4_SLICE:
		walk_expr(k, n->u.slice.object);
		break;
	case P4_LIST_EXPR:
	case P4_STRUCT_EXPR:
		vec_each(item, &n->u.list.items)
			walk_expr(k, (*item)->kind == P4_NAMED_EXPR ? (*item)->u.named.expr : *item);
		break;
	default:
		break;
	}
}

static void
walk_list(struct walker *k, const struct p4_list *l)
{
	vec_each(n, l)
		walk_stmt(k, *n);
}

static void
walk_if(struct walker *k, const struct p4_node *n)
{
	struct flow before, then;

	walk_expr(k, n->u.if_.cond);
	before = k->at;
	walk_stmt(k, n->u.if_.then);
	then = k->at;
	k->at = before;
	walk_stmt(k, n->u.if_.otherwise);
	k->at = join(then, k->at);
}

static const struct p4_node *
table_of(const struct p4_node *switch_stmt)
{
	const struct p4_node *e = switch_stmt->u.switch_.expr;

	if (!switch_stmt->u.switch_.on_action_run || e->kind != P4_MEMBER || e->u.member.object->kind != P4_CALL)
		return NULL;
	e = e->u.member.object->u.call.target;
	return e && e->kind == P4_TABLE ? e : NULL;
}

static bool
has_label(const struct p4_node *n, const struct p4_node *action)
{
	vec_each(c, &n->u.switch_.cases) {
		const struct p4_node *label = (*c)->u.case_.label;

		if (label && label->kind == P4_NAME && label->u.ref.decl == action)
			return true;
	}
	return false;
}

/* Where the packet is when it enters a case: `action` has run (NULL: one that no case names). */
static struct flow
after_action(struct walker *k, const struct p4_node *n, const struct p4_node *table, struct flow before,
	     const struct p4_node *action)
{
	struct flow after = before;

	if (action)
		after = (struct flow){ 0 };
	vec_each(ref, &table->u.table.actions) {
		const struct p4_node *a = (*ref)->u.action_ref.decl;

		if (!a || (action ? a != action : has_label(n, a)))
			continue;
		k->at = before;
		walk_block_decl(k, a);
		after = join(after, k->at);
	}
	return after;
}

static void
walk_switch(struct walker *k, const struct p4_node *n)
{
	const struct p4_node *table = table_of(n);
	struct flow before = k->at, any, out, in = { 0 };
	bool caught = false;

	walk_expr(k, n->u.switch_.expr);
	any = k->at;
	if (table)
		any = after_action(k, n, table, before, NULL);
	out = (struct flow){ 0 };
	vec_each(c, &n->u.switch_.cases) {
		const struct p4_node *label = (*c)->u.case_.label;
		bool named = label && label->kind == P4_NAME && label->u.ref.decl;

		caught |= label && label->kind == P4_DEFAULT;
		in = join(in, table && named ? after_action(k, n, table, before, label->u.ref.decl) : any);
		if (!(*c)->u.case_.body)
			continue; /* falls through */
		k->at = in;
		walk_stmt(k, (*c)->u.case_.body);
		out = join(out, k->at);
		in = (struct flow){ 0 };
	}
	out = join(out, in);
	k->at = caught ? out : join(out, any);
}

/* A body that may run again finds itself behind its own marks. */
static void
walk_loop(struct walker *k, const struct p4_node *body, const struct p4_list *update, const struct p4_node *cond)
{
	struct flow before;

	do {
		before = k->at;
		walk_expr(k, cond);
		walk_stmt(k, body);
		if (update)
			walk_list(k, update);
		k->at = join(k->at, before);
	} while (k->at.marked && !before.marked);
}

static void
leave(struct walker *k, bool exit)
{
	if (!exit)
		k->returned = join(k->returned, k->at);
	k->at = (struct flow){ 0 };
}

/* Is it egress_spec or mcast_grp, which undo a mark? */
static bool
undoes_mark(struct walker *k, const struct p4_node *left)
{
	struct str path;

	return left->kind == P4_MEMBER && lvalue_path(k, left, &path) == 2 &&
	       (str_is(path, "egress_spec") || str_is(path, "mcast_grp"));
}

static void
walk_stmt(struct walker *k, const struct p4_node *n)
{
	if (!n)
		return;
	switch ((int)n->kind) { /* statements */
	case P4_BLOCK:
		walk_list(k, &n->u.block.stmts);
		break;
	case P4_ASSIGN:
		walk_expr(k, n->u.assign.right);
		k->constant = n->u.assign.left->kind == P4_MEMBER && n->u.assign.right->is_const ? n->u.assign.right : NULL;
		write_lvalue(k, n->u.assign.left);
		k->constant = NULL;
		if (undoes_mark(k, n->u.assign.left))
			k->at.marked = false;
		break;
	case P4_VAR:
		walk_expr(k, n->u.var.init);
		break;
	case P4_CALL_STMT:
		walk_expr(k, n->u.call_stmt.call);
		break;
	case P4_IF:
		walk_if(k, n);
		break;
	case P4_SWITCH:
		walk_switch(k, n);
		break;
	case P4_RETURN:
		walk_expr(k, n->u.ret.expr);
		leave(k, false);
		break;
	case P4_EXIT:
		k->w->exits = true;
		leave(k, true);
		break;
	case P4_FOR:
		walk_list(k, &n->u.for_.init);
		walk_loop(k, n->u.for_.body, &n->u.for_.update, n->u.for_.cond);
		break;
	case P4_FOR_IN:
		write_lvalue(k, n->u.for_in.var);
		walk_loop(k, n->u.for_in.body, NULL, NULL);
		break;
	default:
		break;
	}
}

static void
walk_table(struct walker *k, const struct p4_node *t)
{
	struct flow before, after;
	bool marks = k->w->marks;

	vec_each(key, &t->u.table.keys)
		walk_expr(k, (*key)->u.key.expr);
	before = after = k->at;
	vec_each(ref, &t->u.table.actions) {
		const struct p4_node *action = (*ref)->u.action_ref.decl;

		if (!action)
			continue;
		k->at = before;
		k->w->marks = false;
		walk_block_decl(k, action);
		k->w->table_marks |= k->w->marks;
		marks |= k->w->marks;
		/* arguments bound in the list: out and inout ones are written when the action ends */
		for (uint32_t i = 0; i < (*ref)->u.action_ref.args.n && i < action->u.func.params.n; i++)
			if (action->u.func.params.v[i]->u.var.dir >= P4_DIR_OUT)
				write_lvalue(k, (*ref)->u.action_ref.args.v[i]->u.arg.expr);
		after = join(after, k->at);
	}
	k->w->marks = marks;
	k->at = after;
}

static void
write_everything(struct walker *k)
{
	struct plan_writes *w = k->w;

	k->at.marked = true;
	write_headers(k, STR_NONE);
	write_std(k, STR_NONE);
	write_metadata(k, STR_NONE);
	w->marks = w->table_marks = w->clones_e2e = w->clones_i2e = w->resubmits = w->recirculates = w->truncates = w->exits = true;
}

static void
walk_body(struct walker *k, const struct p4_node *decl)
{
	struct flow outer = k->returned;

	k->returned = (struct flow){ 0 };
	if (k->bindings.n && ++k->walks > WALKS_MAX) {
		write_everything(k);
		k->returned = outer;
		return;
	}
	if (decl->kind == P4_ACTION || decl->kind == P4_FUNCTION) {
		walk_stmt(k, decl->u.func.body);
	} else if (decl->kind == P4_TABLE) {
		walk_table(k, decl);
	} else if (decl->kind == P4_CONTROL) {
		vec_each(l, &decl->u.block_decl.locals)
			if ((*l)->kind == P4_VAR)
				walk_stmt(k, *l);
		walk_stmt(k, decl->u.block_decl.body);
	} else if (decl->kind == P4_PARSER) {
		vec_each(s, &decl->u.block_decl.states)
			walk_list(k, &(*s)->u.state.stmts);
	}
	k->at = join(k->at, k->returned);
	k->returned = outer;
}

/* An action, a table or a control: each once, before marks and behind them, as long as no arguments make a difference. */
static void
walk_block_decl(struct walker *k, const struct p4_node *decl)
{
	struct walked done = { .decl = decl, .marked = k->at.marked };
	bool reached = k->at.reached, marks = k->w->marks;

	if (k->bindings.n) {
		walk_body(k, decl);
		return;
	}
	vec_each(s, &k->seen)
		if (s->decl == decl && s->marked == done.marked) {
			k->w->marks |= s->marks;
			k->at = (struct flow){ reached && s->ends.reached, reached && s->ends.marked };
			return;
		}
	k->at.reached = true;
	k->w->marks = false;
	walk_body(k, decl);
	done.marks = k->w->marks;
	k->w->marks |= marks;
	done.ends = k->at;
	vec_push(k->a, &k->seen, done);
	k->at = (struct flow){ reached && done.ends.reached, reached && done.ends.marked };
}

static void
open_writes(struct arena *a, const struct plan_program *p, struct plan_writes *w)
{
	w->headers = arena_alloc(a, sizeof(*w->headers) * p->schema.headers.n);
	for (uint32_t i = 0; i < p->schema.headers.n; i++) {
		uint32_t fields = p->schema.headers.v[i].fields.n + 1;

		w->headers[i].fields = arena_array(a, bool, fields);
		w->headers[i].late_fields = arena_array(a, bool, fields);
		w->headers[i].values = arena_array(a, struct plan_constants, fields);
	}
	w->metadata = arena_array(a, bool, p->schema.metadata.n + 1);
	w->late_metadata = arena_array(a, bool, p->schema.metadata.n + 1);
	w->metadata_values = arena_array(a, struct plan_constants, p->schema.metadata.n + 1);
	map_init(&w->std, a);
}

void
plan_writes_find(struct arena *a, struct plan_program *p, const struct p4_inst *inst, struct plan_writes *w)
{
	struct walker k = { .a = a, .p = p, .w = w, .at = { .reached = true } };
	const struct p4_list *params = &inst->decl->u.block_decl.params;
	uint32_t first = inst->decl->kind == P4_PARSER ? 1 : 0; /* a parser's first parameter is packet_in */

	for (uint32_t i = 0; i < 3 && first + i < params->n; i++)
		k.params[i] = params->v[first + i];
	open_writes(a, p, w);
	walk_block_decl(&k, inst->decl);
}

/* --- the parser's states ------------------------------------------------------------------------ */

static void
add_next(struct arena *a, const struct plan_program *p, struct plan_parser_state *s, const struct p4_node *target)
{
	for (uint32_t i = 0; target && target->kind == P4_NAME && i < p->states.n; i++)
		if (p->states.v[i].decl == target->u.ref.decl)
			vec_push(a, &s->next, i);
}

static void
find_next(struct arena *a, const struct plan_program *p, struct plan_parser_state *s)
{
	const struct p4_node *t = s->decl->u.state.transition;

	if (!t)
		return;
	add_next(a, p, s, t->u.transition.target);
	if (t->u.transition.select)
		vec_each(c, &t->u.transition.select->u.select.cases)
			add_next(a, p, s, (*c)->u.select_case.target);
}

/* What a state extracts, or sets valid, or hands to a sub-parser. */
static void
find_headers(struct arena *a, struct plan_program *p, const struct p4_inst *parser, struct plan_parser_state *s)
{
	struct plan_writes w = { 0 };
	struct walker k = { .a = a, .p = p, .w = &w, .at = { .reached = true } };
	const struct p4_list *params = &parser->decl->u.block_decl.params;

	for (uint32_t i = 0; i < 3 && 1 + i < params->n; i++)
		k.params[i] = params->v[1 + i];
	open_writes(a, p, &w);
	walk_list(&k, &s->decl->u.state.stmts);
	s->headers = arena_array(a, bool, p->schema.headers.n + 1);
	for (uint32_t i = 0; i < p->schema.headers.n; i++) {
		s->headers[i] = w.headers[i].validity;
		for (uint32_t f = 0; f < p->schema.headers.v[i].fields.n; f++)
			s->headers[i] |= w.headers[i].fields[f];
	}
}

void
plan_states_find(struct arena *a, struct plan_program *p, const struct p4_inst *parser)
{
	vec_each(n, &parser->decl->u.block_decl.states)
		if (str_is((*n)->name, "start"))
			vec_push(a, &p->states, (struct plan_parser_state){ .decl = *n });
	vec_each(n, &parser->decl->u.block_decl.states)
		if (!str_is((*n)->name, "start"))
			vec_push(a, &p->states, (struct plan_parser_state){ .decl = *n });
	vec_each(s, &p->states) {
		find_next(a, p, s);
		find_headers(a, p, parser, s);
	}
}

static uint32_t
made_in(const struct plan_parser_state *s, const uint32_t *headers, uint32_t n)
{
	uint32_t set = 0;

	for (uint32_t i = 0; i < n; i++)
		set |= (uint32_t)s->headers[headers[i]] << i;
	return set;
}

bool
plan_together(const struct plan_program *p, const uint32_t *headers, uint32_t n)
{
	uint32_t all = (1u << n) - 1, size = all + 1;
	struct arena *a = arena_make();
	bool *seen = arena_array(a, bool, (size_t)p->states.n * size + 1), found = !p->states.n;
	VEC(uint32_t) work = { 0 };

	if (p->states.n)
		vec_push(a, &work, 0);
	while (work.n && !found) {
		uint32_t at = work.v[--work.n], set = at % size;
		const struct plan_parser_state *s = &p->states.v[at / size];

		set |= made_in(s, headers, n);
		found = set == all;
		vec_each(next, &s->next) {
			uint32_t to = *next * size + set;

			if (!seen[to])
				vec_push(a, &work, to);
			seen[to] = true;
		}
	}
	arena_free(a);
	return found;
}
