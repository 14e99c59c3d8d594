/* mark.c - a packet that ends as dropped is described as it was at the drop mark that stood in the
 * end. Behind each mark its tags are written; each assignment that undoes a mark clears the flag.
 */
#include "weave/mark.h"

#define WANTED(k)                                              \
	(((k)->role->marks ? EFFECT_MARK | EFFECT_SPEC : 0u) | \
	 ((k)->role->resubmits ? EFFECT_RESUBMIT : 0u))

static void rewrite_list(struct marker *k, struct p4_list *list);

/* --- the woven text, in the words of this control ----------------------------------------------
 */

/* Texts are written with the top control's names, and `carrier` for the tags. */
struct rename {
	struct marker *k;
	struct str carrier;
	struct span at;
	bool failed;
};

static void
replace_name(struct rename *r, struct p4_node **at, struct str name, const char *what)
{
	if (!name.n && !r->failed) {
		diag_error(r->k->w->d, r->at,
			   "control '%.*s' drops packets here but can't see the %s, which queries "
			   "need at this place",
			   STRA(r->k->inst->decl->name), what);
		diag_hint(r->k->w->d, "give the control the whole struct as a parameter");
		r->failed = true;
	}
	(*at)->name = name;
}

static bool
rename_visit(void *user, struct p4_node **at)
{
	struct rename *r = user;
	struct marker *k = r->k;
	struct weaver *w = k->w;
	struct p4_node *n = *at;

	if (n->kind != P4_NAME)
		return true;
	if (str_eq(n->name, r->carrier)) {
		*at = k->has_carrier_param ? tree_name(w->a, w->n.field)
					   : p4_parse_expr(w->a, w->d, STR("woven code"),
							   str_fmt(w->a, "%.*s.%.*s", STRA(k->meta),
								   STRA(w->n.field)));
		return false;
	}
	if (str_eq(n->name, k->role->hdr))
		replace_name(r, at, k->hdr, "headers");
	else if (str_eq(n->name, k->role->meta))
		replace_name(r, at, k->meta, "metadata");
	else if (str_eq(n->name, k->role->std))
		replace_name(r, at, k->std, "standard metadata");
	return false;
}

static struct str
carrier_name(struct weaver *w)
{
	return str_fmt(w->a, "%.*s_carrier", STRA(w->n.prefix));
}

static bool
hidden_visit(void *user, struct p4_node **at)
{
	struct rename *r = user;
	struct p4_node *n = *at;
	const struct marker *k = r->k;

	if ((n->kind == P4_PARAM || n->kind == P4_VAR || n->kind == P4_CONST) && n->name.n &&
	    (str_eq(n->name, k->hdr) || str_eq(n->name, k->meta) || str_eq(n->name, k->std))) {
		diag_error(k->w->d, n->at,
			   "'%.*s' hides the control's parameter of this name, which queries need "
			   "here",
			   STRA(n->name));
		r->failed = true;
	}
	return !r->failed;
}

static void
append(struct marker *k, struct p4_list *out, struct str text, struct span at)
{
	struct rename r = { .k = k, .carrier = carrier_name(k->w), .at = at };
	struct p4_list list = weave_stmts(k->w, text);

	if (list.n && k->callable)
		tree_walk(&k->callable, hidden_visit, &r);
	vec_each (n, &list) {
		tree_walk(n, rename_visit, &r);
		vec_push(k->w->a, out, *n);
	}
}

/* Writes every tag that is taken at marks; `reason`: the text of its code. */
static void
print_snapshot(struct weaver *w, const struct role *role, FILE *out, struct str carrier,
	       const char *reason)
{
	enum ir_instant end = role->egress ? IR_AT_OUT : IR_AT_MID;

	w->mark_reason = reason;
	w->mark_carrier = carrier;
	vec_each (t, &w->plan->tags) {
		if (!weave_is_at_mark(t, role))
			continue;
		weave_tag(w, out, carrier, t);
		fputs(" = ", out);
		weave_tag_value(w, out, t, end);
		fputs(";\n", out);
	}
	w->mark_reason = NULL;
}

/* Nothing is made of a packet for a group without members. */
static void
print_empty_group(struct weaver *w, struct role *role)
{
	FILE *out = role->post.f;
	const struct names *n = &w->n;

	fprintf(out,
		"// %.*s: a multicast group without members\nif (%.*s.mcast_grp != 0) {\nbit<32> "
		"%.*s;\n",
		STRA(role->mark_queries), STRA(role->std), STRA(n->copies));
	fprintf(out, "%.*s.read(%.*s, (bit<32>)%.*s.mcast_grp);\nif (%.*s == 0) {\n",
		STRA(n->sizes), STRA(n->copies), STRA(role->std), STRA(n->copies));
	vec_each (t, &w->plan->tags)
		if (weave_is_at_mark(t, role) && ir_is_text(t->expr->type.kind)) {
			weave_tag(w, out, role->carrier, t);
			fprintf(out, " = %uw0x%08x;\n", t->width,
				weave_site(w, STR("multicast/empty")) << 20 >> t->shift);
		}
	fputs("}\n}\n", out);
}

void
mark_print_end(struct weaver *w, struct role *role)
{
	FILE *out = role->post.f;
	struct str std = role->std;
	uint32_t site = 0;
	struct str reason = STR("");

	if (!role->marks)
		return;
	if (role->reason) {
		site = weave_site(w, str_fmt(w->a, "%.*s/egress_spec", STRA(role->inst->path)));
		reason = role->egress ? STR("")
				      : str_fmt(w->a, "%.*s.mcast_grp == 0 && ", STRA(std));
		reason = str_fmt(w->a, "(%.*s%.*s.egress_spec == 511 ? 32w0x%08x : 32w0)",
				 STRA(reason), STRA(std), site << 20);
	}
	fprintf(role->pre.f, "// %.*s: no drop mark yet\n%.*s.%.*s = 0;\n",
		STRA(role->mark_queries), STRA(role->carrier), STRA(w->n.marked));
	fprintf(out,
		"// %.*s: the packet as it is now, unless a mark stands\nif (%.*s.%.*s == 0) {\n",
		STRA(role->mark_queries), STRA(role->carrier), STRA(w->n.marked));
	print_snapshot(w, role, out, role->carrier, str_cstr(w->a, reason));
	fputs("}\n", out);
	if (w->plan->keeps_reasons && !role->egress)
		weave_site(w, STR("multicast/empty")); /* whether a query counts groups or not: numbers stay */
	if (role->reason && w->sizes && !role->egress)
		print_empty_group(w, role);
	role->any = true;
}

static void
append_mark(struct marker *k, struct p4_list *out, const struct p4_node *call)
{
	struct weaver *w = k->w;
	struct str carrier = carrier_name(w), reason = k->w->n.why;
	struct text t;

	if (k->role->reason && !k->action)
		reason = str_fmt(w->a, "32w0x%08x", mark_site_of_line(k, call->at) << 20);
	text_open(&t);
	fprintf(t.f, "// %.*s: the packet when it was marked\n%.*s.%.*s = 1;\n",
		STRA(k->role->mark_queries), STRA(carrier), STRA(w->n.marked));
	print_snapshot(w, k->role, t.f, carrier, str_cstr(w->a, reason));
	append(k, out, text_close(&t, w->a), call->at);
}

/* --- statements --------------------------------------------------------------------------------
 */

static void
append_clear(struct marker *k, struct p4_list *out, struct span at)
{
	append(k, out,
	       str_fmt(k->w->a, "// %.*s: no longer marked\n%.*s.%.*s = 0;",
		       STRA(k->role->mark_queries), STRA(carrier_name(k->w)), STRA(k->w->n.marked)),
	       at);
}

static bool
passes_std(struct marker *k, const struct p4_node *call)
{
	for (uint32_t i = 0; i < call->u.call.nordered; i++)
		if (call->u.call.ordered[i] && effects_is_std(k->w, call->u.call.ordered[i]))
			return true;
	return false;
}

/* What a call did to the packet's fate, as far as the callee was not rewritten itself. */
static void
append_call(struct marker *k, struct p4_list *out, struct p4_node *call)
{
	enum p4_call_kind what = call->u.call.what;
	uint32_t e = effects_of_call(k->w, call) & WANTED(k);
	bool rewritten =
		what == P4_CALL_ACTION || what == P4_CALL_APPLY || what == P4_CALL_TABLE_APPLY;
	bool spec_arg = false;

	if (what == P4_CALL_ACTION)
		mark_call_action(k, call);
	if (what == P4_CALL_APPLY && e && !call->u.call.target->u.block_decl.has_body)
		diag_error(k->w->d, call->at,
			   "queries can't follow drops into a control that is a constructor's "
			   "parameter");
	if (what == P4_CALL_EXTERN && (e & EFFECT_MARK)) {
		append_mark(k, out, call);
		return;
	}
	if (what == P4_CALL_EXTERN && (e & EFFECT_RESUBMIT)) {
		append(k, out,
		       str_fmt(k->w->a,
			       "// for losses: it will not reach the queue\n%.*s.%.*s = 1;",
			       STRA(carrier_name(k->w)), STRA(k->w->n.resubmitted)),
		       call->at);
		return;
	}
	if (what == P4_CALL_FUNCTION && (e & (EFFECT_MARK | EFFECT_RESUBMIT)))
		diag_error(k->w->d, call->at,
			   "queries can't follow packets that a function drops or resubmits");
	for (uint32_t i = 0; i < call->u.call.nordered; i++)
		spec_arg |=
			call->u.call.ordered[i] && effects_is_spec(k->w, call->u.call.ordered[i]);
	if ((e & EFFECT_SPEC) && spec_arg)
		append_clear(k, out, call->at);
	else if ((e & EFFECT_SPEC) && !rewritten && passes_std(k, call))
		append(k, out,
		       str_fmt(k->w->a,
			       "if (%.*s.egress_spec != 511 || %.*s.mcast_grp != 0) { %.*s.%.*s = "
			       "0; }",
			       STRA(k->role->std), STRA(k->role->std), STRA(carrier_name(k->w)),
			       STRA(k->w->n.marked)),
		       call->at);
}

struct inner {
	struct marker *k;
	struct p4_list *out;
	bool inside; /* a condition: nothing can follow it */
};

static bool
calls_visit(void *user, struct p4_node **at)
{
	struct inner *in = user;
	struct p4_node *n = *at;

	if (n->kind != P4_CALL)
		return true;
	if (in->inside) {
		enum p4_call_kind what = n->u.call.what;

		if (what != P4_CALL_TABLE_APPLY && (effects_of_call(in->k->w, n) & WANTED(in->k)))
			diag_error(in->k->w->d, n->at,
				   "queries can't follow a packet's fate through a call inside a "
				   "condition");
	} else {
		append_call(in->k, in->out, n);
	}
	return true;
}

static void
follow_calls(struct marker *k, struct p4_list *out, struct p4_node *expr, bool inside)
{
	struct inner in = { k, out, inside };

	if (expr)
		tree_walk(&expr, calls_visit, &in);
}

/* A statement that is no block: what follows it needs one. */
static void
rewrite_branch(struct marker *k, struct p4_node **at)
{
	struct p4_list list = { 0 };
	struct p4_node *block;

	if (!*at)
		return;
	if ((*at)->kind == P4_BLOCK) {
		rewrite_list(k, &(*at)->u.block.stmts);
		return;
	}
	vec_push(k->w->a, &list, *at);
	rewrite_list(k, &list);
	if (list.n == 1) {
		*at = list.v[0];
		return;
	}
	block = tree_block(k->w->a, (*at)->at);
	block->u.block.stmts = list;
	*at = block;
}

static void
rewrite_simple(struct marker *k, struct p4_list *out, struct p4_node *n)
{
	switch ((int)n->kind) { /* statements that can do something to the packet's fate */
	case P4_ASSIGN:
		follow_calls(k, out, n->u.assign.right, false);
		if (k->role->marks && (effects_is_spec(k->w, n->u.assign.left) ||
				       effects_is_std(k->w, n->u.assign.left)))
			append_clear(k, out, n->at);
		break;
	case P4_VAR:
		follow_calls(k, out, n->u.var.init, false);
		break;
	case P4_CALL_STMT:
		follow_calls(k, out, n->u.call_stmt.call, false);
		break;
	case P4_RETURN:
		follow_calls(k, out, n->u.ret.expr, true);
		break;
	default:
		break;
	}
}

static void
rewrite_stmt(struct marker *k, struct p4_list *out, struct p4_node *n)
{
	switch ((int)n->kind) { /* statements with others inside */
	case P4_BLOCK:
		rewrite_list(k, &n->u.block.stmts);
		break;
	case P4_IF:
		follow_calls(k, out, n->u.if_.cond, true);
		rewrite_branch(k, &n->u.if_.then);
		rewrite_branch(k, &n->u.if_.otherwise);
		break;
	case P4_SWITCH:
		follow_calls(k, out, n->u.switch_.expr, true);
		vec_each (c, &n->u.switch_.cases)
			if ((*c)->u.case_.body)
				rewrite_list(k, &(*c)->u.case_.body->u.block.stmts);
		break;
	case P4_FOR:
		follow_calls(k, out, n->u.for_.cond, true);
		vec_each (s, &n->u.for_.init)
			follow_calls(k, out, *s, true);
		vec_each (s, &n->u.for_.update)
			follow_calls(k, out, *s, true);
		rewrite_branch(k, &n->u.for_.body);
		break;
	case P4_FOR_IN:
		rewrite_branch(k, &n->u.for_in.body);
		break;
	default:
		rewrite_simple(k, out, n);
		break;
	}
}

static void
rewrite_list(struct marker *k, struct p4_list *list)
{
	struct p4_list out = { 0 };

	vec_each (n, list) {
		vec_push(k->w->a, &out, *n);
		rewrite_stmt(k, &out, *n);
	}
	*list = out;
}

/* --- controls ----------------------------------------------------------------------------------
 */

struct call_patch {
	struct weaver *w;
	const struct p4_node *target;
	struct marker *caller;
};

static bool
patch_visit(void *user, struct p4_node **at)
{
	const struct call_patch *p = user;
	struct weaver *w = p->w;
	struct p4_node *n = *at, *expr;

	if (n->kind != P4_CALL || n->u.call.what != P4_CALL_APPLY || n->u.call.target != p->target)
		return true;
	expr = p->caller->has_carrier_param
		       ? tree_name(w->a, w->n.field)
		       : p4_parse_expr(w->a, w->d, STR("woven code"),
				       str_fmt(w->a, "%.*s.%.*s", STRA(p->caller->meta),
					       STRA(w->n.field)));
	mark_add_arg(w, &n->u.call.args, w->n.field, expr);
	return true;
}

static void
add_carrier_param(struct marker *k, struct marker *caller)
{
	struct weaver *w = k->w;
	struct p4_list made = { 0 };
	struct str text = str_fmt(w->a, "control c(inout %.*s %.*s) { apply { } }", STRA(w->n.tags),
				  STRA(w->n.field));
	struct call_patch p = { w, k->inst->decl, caller };

	if (!p4_parse_decls(w->a, w->d, STR("woven code"), text, &made))
		bug("no parameter");
	vec_push(w->a, &k->inst->decl->u.block_decl.params, made.v[0]->u.block_decl.params.v[0]);
	k->has_carrier_param = true;
	tree_walk(&caller->inst->decl, patch_visit, &p);
}

static struct str
name_of(const struct p4_node *param)
{
	return param ? param->name : STR_NONE;
}

/* Out arguments bound in a table's list of actions are written when the action ends: nothing can
 * follow that. */
static void
check_bound(struct marker *k, struct p4_node *table)
{
	vec_each (ref, &table->u.table.actions) {
		const struct p4_list *params = &(*ref)->u.action_ref.decl->u.func.params;

		vec_each (arg, &(*ref)->u.action_ref.args) {
			uint32_t i = (uint32_t)(arg - (*ref)->u.action_ref.args.v);

			if (i < params->n && params->v[i]->u.var.dir == P4_DIR_IN)
				continue; /* only read */
			if (k->role->marks && effects_is_spec(k->w, (*arg)->u.arg.expr))
				diag_error(k->w->d, (*arg)->at,
					   "queries can't follow a port that an action of a table "
					   "gets as an argument");
		}
	}
}

static void follow(struct marker *caller, struct role *role, struct p4_inst *inst);

static void
follow_inside(struct marker *k)
{
	struct p4_node *decl = k->inst->decl;

	if (k->role->reason)
		mark_reasons(k);
	vec_each (child, &k->inst->children)
		if ((*child)->decl->kind == P4_CONTROL &&
		    (effects_of(k->w, (*child)->decl) & WANTED(k)))
			follow(k, k->role, *child);
	vec_each (l, &decl->u.block_decl.locals) {
		if ((*l)->kind == P4_TABLE)
			check_bound(k, *l);
		if ((*l)->kind != P4_ACTION)
			continue;
		k->action = k->callable = *l;
		rewrite_list(k, &(*l)->u.func.body->u.block.stmts);
	}
	k->action = NULL;
	k->callable = decl->u.block_decl.body;
	rewrite_list(k, &decl->u.block_decl.body->u.block.stmts);
	if (k->role->reason)
		mark_part_actions(k);
}

static void
follow(struct marker *caller, struct role *role, struct p4_inst *inst)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params;
	struct weaver *w = caller->w;
	struct marker k = { .w = w, .role = role, .inst = inst };
	const struct p4_node *meta = weave_param(params, w->meta_decl);

	weave_localize(w, inst->decl, WANTED(&k));
	k.hdr = name_of(weave_param(params, w->h));
	k.meta = name_of(meta);
	k.std = name_of(weave_param(params, w->std_decl));
	if (caller->inst && (!meta || meta->u.var.dir != P4_DIR_INOUT))
		add_carrier_param(&k, caller);
	follow_inside(&k);
}

void
weave_marks(struct weaver *w)
{
	struct marker none = { .w = w };

	for (uint32_t i = 0; i < 2; i++) {
		struct role *r = &w->roles[i];

		if (!r->marks && !r->resubmits)
			continue;
		r->mark_queries = weave_mark_queries(w, r);
		if (!r->mark_queries.n)
			r->mark_queries = STR("queries to come");
		follow(&none, r, r->inst);
		mark_print_end(w, r);
	}
}
