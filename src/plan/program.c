/* program.c - the shape of the user's packets, and what his controls may write. */
#include "plan/program.h"

/* A parameter of something called, and the l-value that it stands for. */
struct binding {
	const struct p4_node *param;
	int root;
	struct str path;
};

#define WALKS_MAX 20000 /* bodies walked for their arguments' sake; a program with more may write everything */

struct walker {
	struct arena *a;
	struct plan_program *p;
	struct plan_writes *w;
	const struct p4_node *params[3]; /* headers, metadata, standard metadata of the control */
	VEC(const struct p4_node *) seen; /* declarations walked already, without arguments */
	VEC(struct binding) bindings;	  /* innermost last */
	uint32_t walks;
};

static void walk_stmt(struct walker *k, const struct p4_node *n);
static void walk_expr(struct walker *k, const struct p4_node *n);
static void walk_block_decl(struct walker *k, const struct p4_node *decl);
static void walk_body(struct walker *k, const struct p4_node *decl);

/* --- schema ------------------------------------------------------------------------------------ */

static void
add_header(struct arena *a, struct plan_program *p, struct str path, const struct p4_type *t)
{
	struct ir_schema_header h = { .path = path };

	for (uint32_t i = 0; i < t->nfields; i++) {
		struct ir_schema_field f = { t->fields[i].name, p4_type_bits(t->fields[i].type) };

		vec_push(a, &h.fields, f);
	}
	vec_push(a, &p->schema.headers, h);
	vec_push(a, &p->headers, (struct plan_header){ path, t });
}

static void
add_headers(struct arena *a, struct plan_program *p, struct str path, const struct p4_type *t)
{
	const char *dot = path.n ? "." : "";

	if (t->kind == P4_TY_HEADER) {
		add_header(a, p, path, t);
	} else if (t->kind == P4_TY_STACK) {
		for (uint32_t i = 0; i < t->size; i++)
			add_headers(a, p, str_fmt(a, "%.*s[%u]", STRA(path), i), t->elem);
	} else if (t->kind == P4_TY_STRUCT || t->kind == P4_TY_UNION) {
		for (uint32_t i = 0; i < t->nfields; i++)
			add_headers(a, p, str_fmt(a, "%.*s%s%.*s", STRA(path), dot, STRA(t->fields[i].name)),
				    t->fields[i].type);
	}
}

static void
add_metadata(struct arena *a, struct plan_program *p, struct str path, const struct p4_type *t)
{
	const struct p4_type *s = p4_type_strip(t);

	if (s->kind == P4_TY_STRUCT) {
		for (uint32_t i = 0; i < s->nfields; i++)
			add_metadata(a, p, str_fmt(a, "%.*s%s%.*s", STRA(path), path.n ? "." : "",
						   STRA(s->fields[i].name)),
				     s->fields[i].type);
	} else if (s->kind == P4_TY_BIT || s->kind == P4_TY_SIGNED || s->kind == P4_TY_BOOL) {
		struct ir_schema_field f = { path, s->kind == P4_TY_BOOL ? 1 : s->width };

		vec_push(a, &p->schema.metadata, f);
	}
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
write_headers(struct walker *k, struct str path)
{
	for (uint32_t i = 0; i < k->p->schema.headers.n; i++) {
		const struct ir_schema_header *h = &k->p->schema.headers.v[i];
		bool whole = covers(path, h->path);

		if (whole)
			k->w->headers[i].validity = true;
		for (uint32_t f = 0; f < h->fields.n; f++) {
			struct str leaf = str_fmt(k->a, "%.*s.%.*s", STRA(h->path), STRA(h->fields.v[f].name));

			if (whole || covers(path, leaf))
				k->w->headers[i].fields[f] = true;
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
		for (uint32_t i = 0; i < k->p->schema.metadata.n; i++)
			k->w->metadata[i] |= covers(path, k->p->schema.metadata.v[i].name);
	else if (root == 2)
		write_std(k, path);
}

static void
extern_effects(struct walker *k, const struct p4_node *call)
{
	struct str name = call->u.call.target->name;

	if (str_is(name, "mark_to_drop")) {
		k->w->marks = true;
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
		walk_expr(k, n->u.binary.b);
		break;
	case P4_TERNARY:
		walk_expr(k, n->u.ternary.cond);
		walk_expr(k, n->u.ternary.a);
		walk_expr(k, n->u.ternary.b);
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
walk_stmt(struct walker *k, const struct p4_node *n)
{
	if (!n)
		return;
	switch ((int)n->kind) { /* statements */
	case P4_BLOCK:
		walk_list(k, &n->u.block.stmts);
		break;
	case P4_ASSIGN:
		write_lvalue(k, n->u.assign.left);
		walk_expr(k, n->u.assign.right);
		break;
	case P4_VAR:
		walk_expr(k, n->u.var.init);
		break;
	case P4_CALL_STMT:
		walk_expr(k, n->u.call_stmt.call);
		break;
	case P4_IF:
		walk_expr(k, n->u.if_.cond);
		walk_stmt(k, n->u.if_.then);
		walk_stmt(k, n->u.if_.otherwise);
		break;
	case P4_SWITCH:
		walk_expr(k, n->u.switch_.expr);
		vec_each(c, &n->u.switch_.cases)
			walk_stmt(k, (*c)->u.case_.body);
		break;
	case P4_RETURN:
		walk_expr(k, n->u.ret.expr);
		break;
	case P4_EXIT:
		k->w->exits = true;
		break;
	case P4_FOR:
		walk_list(k, &n->u.for_.init);
		walk_expr(k, n->u.for_.cond);
		walk_list(k, &n->u.for_.update);
		walk_stmt(k, n->u.for_.body);
		break;
	case P4_FOR_IN:
		write_lvalue(k, n->u.for_in.var);
		walk_stmt(k, n->u.for_in.body);
		break;
	default:
		break;
	}
}

static void
walk_table(struct walker *k, const struct p4_node *t)
{
	vec_each(ref, &t->u.table.actions) {
		const struct p4_node *action = (*ref)->u.action_ref.decl;

		if (!action)
			continue;
		/* arguments bound in the list: out and inout ones are written by the action */
		for (uint32_t i = 0; i < (*ref)->u.action_ref.args.n && i < action->u.func.params.n; i++)
			if (action->u.func.params.v[i]->u.var.dir >= P4_DIR_OUT)
				write_lvalue(k, (*ref)->u.action_ref.args.v[i]->u.arg.expr);
		walk_block_decl(k, action);
	}
	vec_each(key, &t->u.table.keys)
		walk_expr(k, (*key)->u.key.expr);
}

static void
write_everything(struct walker *k)
{
	struct plan_writes *w = k->w;

	write_headers(k, STR_NONE);
	write_std(k, STR_NONE);
	memset(w->metadata, true, k->p->schema.metadata.n);
	w->marks = w->clones_e2e = w->clones_i2e = w->resubmits = w->recirculates = w->truncates = w->exits = true;
}

static void
walk_body(struct walker *k, const struct p4_node *decl)
{
	if (k->bindings.n && ++k->walks > WALKS_MAX) {
		write_everything(k);
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
}

/* An action, a table or a control: each once, as long as no arguments make a difference. */
static void
walk_block_decl(struct walker *k, const struct p4_node *decl)
{
	if (!k->bindings.n) {
		vec_each(s, &k->seen)
			if (*s == decl)
				return;
		vec_push(k->a, &k->seen, decl);
	}
	walk_body(k, decl);
}

static void
find_writes(struct arena *a, struct plan_program *p, const struct p4_inst *inst, struct plan_writes *w)
{
	struct walker k = { .a = a, .p = p, .w = w };
	const struct p4_list *params = &inst->decl->u.block_decl.params;
	uint32_t first = inst->decl->kind == P4_PARSER ? 1 : 0; /* a parser's first parameter is packet_in */

	for (uint32_t i = 0; i < 3 && first + i < params->n; i++)
		k.params[i] = params->v[first + i];
	w->headers = arena_alloc(a, sizeof(*w->headers) * p->schema.headers.n);
	for (uint32_t i = 0; i < p->schema.headers.n; i++)
		w->headers[i].fields = arena_array(a, bool, p->schema.headers.v[i].fields.n + 1);
	w->metadata = arena_array(a, bool, p->schema.metadata.n + 1);
	map_init(&w->std, a);
	walk_block_decl(&k, inst->decl);
}

/* A header that the parser neither extracts nor sets valid, nor hands to a sub-parser, is never there at `in`. */
static void
mark_never_extracted(struct plan_program *p)
{
	for (uint32_t i = 0; i < p->schema.headers.n; i++) {
		bool any = p->parser.headers[i].validity;

		for (uint32_t f = 0; f < p->schema.headers.v[i].fields.n; f++)
			any |= p->parser.headers[i].fields[f];
		p->schema.headers.v[i].never_extracted = !any;
	}
}

struct plan_program *
plan_program_make(struct arena *a, struct diags *d, struct p4_program *p4)
{
	struct plan_program *p = arena_new(a, struct plan_program);

	if (!p4->v1.ingress || !p4->v1.egress || !p4->v1.parser) {
		diag_error(d, p4->main ? p4->main->at->at : p4->tree->at,
			   "queries need a v1model program: main must be a V1Switch");
		return NULL;
	}
	p->p4 = p4;
	p->schema.tick_ns = 1000;
	add_headers(a, p, STR_NONE, p4->v1.headers);
	add_metadata(a, p, STR_NONE, p4->v1.metadata);
	find_writes(a, p, p4->v1.parser, &p->parser);
	find_writes(a, p, p4->v1.ingress, &p->ingress);
	find_writes(a, p, p4->v1.egress, &p->egress);
	mark_never_extracted(p);
	discards_init(&p->discards, a);
	p4_discards(a, d, p4, &p->discards);
	return p;
}
