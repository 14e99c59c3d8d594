/* carrier.c - the tags travel in a struct of their own inside the user's metadata. What handles
 * metadata as a whole must go on to mean what it meant: initializers get one more element,
 * assignments spare the tags, and externs see the fields that they saw before. */
#include "weave/weaver.h"

bool
weave_carrier_wanted(const struct weaver *w)
{
	return w->plan->slots.n || w->roles[0].marks || w->roles[1].marks || w->roles[0].resubmits || w->plan->keeps_arrival;
}

static struct str
fields_text(struct weaver *w, const char *each_slot, const char *other)
{
	struct text t;

	text_open(&t);
	for (uint32_t i = 0; i < w->plan->slots.n; i++)
		fprintf(t.f, "%s", each_slot);
	if (w->roles[0].marks || w->roles[1].marks)
		fputs(other, t.f);
	if (w->roles[0].resubmits)
		fputs(other, t.f);
	if (w->plan->keeps_arrival)
		fputs(other, t.f);
	return text_close(&t, w->a);
}

/* { 0, 0, 0 } */
static struct str
no_tags(struct weaver *w)
{
	struct str items = fields_text(w, "0, ", "0, ");

	return str_fmt(w->a, "{ %.*s }", STRA(str_sub(items, 0, items.n - 2)));
}

/* --- the struct
 * -------------------------------------------------------------------------------------- */

/* What the bits of a slot hold, one after the other in a packet's life. */
static void
print_tags_of(struct weaver *w, FILE *out, uint32_t slot)
{
	vec_each (t, &w->plan->tags) {
		if (t->slot != slot)
			continue;
		fputs("// ", out);
		if (t->width != w->plan->slots.v[slot].width)
			fprintf(out, "[%u:%u] ", t->lo + t->width - 1, t->lo);
		switch (t->kind) {
		case PLAN_TAG_VALUE:
			ir_expr_print(out, w->plan->graph, t->expr);
			if (t->shift)
				fprintf(out, " >> %u", t->shift);
			break;
		case PLAN_TAG_ROW:
			fprintf(out, "row of query %.*s", STRA(w->plan->states.v[t->state].query->name));
			break;
		case PLAN_TAG_PAYLOAD:
			fputs("packet.len_out: bytes behind the headers", out);
			break;
		}
		fputc('\n', out);
	}
}

static struct str
struct_text(struct weaver *w)
{
	struct str lists = w->plan->keeps_arrival ? weave_arrival_lists(w, w->plan->sees_clones) : STR_NONE;
	struct text t;

	text_open(&t);
	fprintf(t.f,
		"// What a packet carries between the instants of its life, for queries.\nstruct "
		"%.*s {\n",
		STRA(w->n.tags));
	for (uint32_t i = 0; i < w->plan->slots.n; i++) {
		print_tags_of(w, t.f, i);
		fprintf(t.f, "bit<%u> s%u;\n", w->plan->slots.v[i].width, i);
	}
	if (w->roles[0].marks || w->roles[1].marks)
		fprintf(t.f, "// a drop mark stands\nbit<1> %.*s;\n", STRA(w->n.marked));
	if (w->roles[0].resubmits)
		fprintf(t.f, "// the program asked for resubmission\nbit<1> %.*s;\n",
			STRA(w->n.resubmitted));
	if (w->plan->keeps_arrival)
		fprintf(t.f, "// when it arrived\n%.*sbit<48> %.*s;\n", STRA(lists), STRA(w->n.arrival));
	fputs("}\n", t.f);
	return text_close(&t, w->a);
}

/* --- what handles metadata as a whole
 * ------------------------------------------------------------------ */

static bool
is_meta(const struct weaver *w, const struct p4_node *n)
{
	return weave_is(n->type, w->meta_decl);
}

static void
extend_initializer(struct weaver *w, struct p4_node *n, struct str empty)
{
	struct p4_node *item = p4_parse_expr(w->a, w->d, STR("woven code"), empty), *named;

	if (n->u.list.dots)
		return;
	for (uint32_t i = 0; i < n->u.list.items.n; i++)
		if (n->u.list.items.v[i]->kind == P4_DOTS)
			return;
	if (n->kind == P4_STRUCT_EXPR) {
		named = p4_node_make(w->a, P4_NAMED_EXPR, n->at);
		named->name = w->n.field;
		named->u.named.expr = item;
		item = named;
	}
	vec_push(w->a, &n->u.list.items, item);
}

/* Metadata as data of an extern: a list of the user's own fields. */
static struct p4_node *
as_list(struct weaver *w, struct p4_node *n)
{
	struct p4_node *list = p4_node_make(w->a, P4_LIST_EXPR, n->at);

	vec_each (f, &w->meta_decl->u.fields.fields) {
		struct p4_node *m;

		if (str_eq((*f)->name, w->n.field))
			continue;
		m = p4_node_make(w->a, P4_MEMBER, n->at);
		m->name = (*f)->name;
		m->u.member.object = tree_copy(w->a, n, NULL);
		vec_push(w->a, &list->u.list.items, m);
	}
	return list;
}

static bool
data_visit(void *user, struct p4_node **at)
{
	struct weaver *w = user;
	struct p4_node *n = *at;

	if (n->kind == P4_NAME && is_meta(w, n))
		*at = as_list(w, n);
	else if (n->kind == P4_MEMBER && is_meta(w, n))
		*at = as_list(w, n);
	return *at == n && n->kind != P4_MEMBER;
}

static void
spare_extern(struct weaver *w, struct p4_node *call)
{
	vec_each (t, &call->u.call.type_args)
		if (weave_is((*t)->type, w->meta_decl))
			diag_error(w->d, (*t)->at,
				   "queries add a field to this struct, which an extern is told to "
				   "take whole");
	vec_each (arg, &call->u.call.args)
		tree_walk(&(*arg)->u.arg.expr, data_visit, w);
}

static void
check_out(struct weaver *w, const struct p4_node *call)
{
	const struct p4_node *t = call->u.call.target;
	const struct p4_list *params = t && t->kind == P4_CONTROL ? &t->u.block_decl.params
				       : t && call->u.call.what != P4_CALL_APPLY &&
						       call->u.call.what != P4_CALL_TABLE_APPLY
					       ? &t->u.func.params
					       : NULL;

	for (uint32_t i = 0; params && i < params->n && i < call->u.call.nordered; i++)
		if (call->u.call.ordered[i] && params->v[i]->u.var.dir == P4_DIR_OUT &&
		    is_meta(w, call->u.call.ordered[i]))
			diag_error(w->d, call->u.call.ordered[i]->at,
				   "all metadata is an `out` argument here: what queries remember "
				   "in it would be lost");
}

/* The tags survive an assignment to what they are part of. */
static void
spare_assignment(struct weaver *w, struct p4_node **at)
{
	struct p4_node *n = *at, *block = tree_block(w->a, n->at), *save, *back;
	struct str field = w->n.field, tags = w->n.tags;
	struct str keep = str_fmt(w->a, "%.*s_keep", STRA(w->n.prefix));
	struct p4_list made =
		weave_stmts(w, str_fmt(w->a, "%.*s %.*s = a.%.*s;\na.%.*s = %.*s;\n", STRA(tags),
				       STRA(keep), STRA(field), STRA(field), STRA(keep)));

	save = made.v[0];
	back = made.v[1];
	save->comment = STR("what queries remember stays");
	save->u.var.init->u.member.object = tree_copy(w->a, n->u.assign.left, NULL);
	back->u.assign.left->u.member.object = tree_copy(w->a, n->u.assign.left, NULL);
	vec_push(w->a, &block->u.block.stmts, save);
	vec_push(w->a, &block->u.block.stmts, n);
	vec_push(w->a, &block->u.block.stmts, back);
	*at = block;
}

struct whole {
	struct weaver *w;
	struct str empty; /* the carrier's initializer */
	bool control; /* inside a control, where tags live */
};

static bool
whole_visit(void *user, struct p4_node **at)
{
	struct whole *k = user;
	struct weaver *w = k->w;
	struct p4_node *n = *at;

	if ((n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR) && is_meta(w, n))
		extend_initializer(w, n, k->empty);
	if (n->kind == P4_BINARY && n->u.binary.a->type && is_meta(w, n->u.binary.a))
		diag_error(w->d, n->at,
			   "metadata is compared whole here, and queries add a field to it");
	if (n->kind == P4_CALL &&
	    (n->u.call.what == P4_CALL_EXTERN || n->u.call.what == P4_CALL_METHOD))
		spare_extern(w, n);
	if (n->kind == P4_CALL && k->control)
		check_out(w, n);
	if (n->kind == P4_ASSIGN && k->control && is_meta(w, n->u.assign.left)) {
		const struct p4_node *root = tree_root(n->u.assign.left);

		tree_walk(&n->u.assign.right, whole_visit, k);
		if (root && root->kind == P4_PARAM)
			spare_assignment(w, at);
		return false;
	}
	return true;
}

void
weave_spare_metadata(struct weaver *w, struct str empty)
{
	struct whole k = { .w = w, .empty = empty };

	vec_each (n, &w->tree->u.program.decls) {
		k.control = (*n)->kind == P4_CONTROL;
		if (!p4_is_system(*n, w->d))
			tree_walk(n, whole_visit, &k);
	}
}

void
weave_add_carrier(struct weaver *w, struct str declaration)
{
	struct p4_list *decls = &w->tree->u.program.decls, made = { 0 }, one = { 0 };
	struct str field = str_fmt(w->a, "struct m { %.*s %.*s; }", STRA(w->n.tags), STRA(w->n.field));
	uint32_t at = 0;

	if (!p4_parse_decls(w->a, w->d, STR("woven code"), declaration, &one) ||
	    !p4_parse_decls(w->a, w->d, STR("woven code"), field, &made))
		bug("no carrier");
	while (at < decls->n && decls->v[at] != w->meta_decl &&
	       (decls->v[at]->kind != P4_CONTROL || p4_is_system(decls->v[at], w->d)))
		at++;
	weave_splice(w, decls, at, &one);
	vec_push(w->a, &w->meta_decl->u.fields.fields, made.v[0]->u.fields.fields.v[0]);
}

void
weave_carrier(struct weaver *w)
{
	if (!weave_carrier_wanted(w))
		return;
	weave_spare_metadata(w, no_tags(w));
	weave_add_carrier(w, struct_text(w));
}
