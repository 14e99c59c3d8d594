/* weave.c - the weaver's stages, and what its files share. */
#include "weave/weave.h"

#include <stdlib.h>

#include "weave/weaver.h"

/* --- shared ------------------------------------------------------------------------------------
 */

void
text_open(struct text *t)
{
	*t = (struct text){ 0 };
	t->f = open_memstream(&t->p, &t->n);
	if (!t->f)
		bug("no memory");
}

struct str
text_close(struct text *t, struct arena *a)
{
	struct str s;

	if (fclose(t->f) != 0)
		bug("no memory");
	s = str_dup(a, (struct str){ t->p, (uint32_t)t->n });
	free(t->p);
	*t = (struct text){ 0 };
	return s;
}

struct p4_list
weave_stmts(struct weaver *w, struct str text)
{
	struct p4_list list = { 0 };

	if (text.n && !p4_parse_stmts(w->a, w->d, STR("woven code"), text, &list))
		bug("woven code does not parse:\n%.*s", STRA(text));
	return list;
}

struct p4_node *
weave_stmt(struct weaver *w, struct str text)
{
	return weave_stmts(w, text).v[0];
}

bool
weave_is(const struct p4_type *t, const struct p4_node *decl)
{
	return t && t->decl == decl && decl && t->kind != P4_TY_TYPE;
}

void
weave_splice(struct weaver *w, struct p4_list *list, uint32_t at, const struct p4_list *add)
{
	for (uint32_t i = 0; i < add->n; i++)
		vec_insert(w->a, list, at + i, add->v[i]);
}

struct p4_node *
weave_param(const struct p4_list *params, const struct p4_node *decl)
{
	vec_each (p, params)
		if (weave_is((*p)->type, decl))
			return *p;
	return NULL;
}

/* --- stages ------------------------------------------------------------------------------------
 */

static void
open_role(struct weaver *w, struct role *r, struct p4_inst *inst, bool egress)
{
	const struct p4_list *params = &inst->decl->u.block_decl.params;

	r->egress = egress;
	r->inst = inst;
	r->decl = inst->decl;
	r->hdr = params->v[0]->name;
	r->meta = params->v[1]->name;
	r->std = params->v[2]->name;
	r->carrier = str_fmt(w->a, "%.*s.%.*s", STRA(r->meta), STRA(w->n.field));
	r->time = w->plan->keeps_arrival ? str_fmt(w->a, "%.*s.%.*s", STRA(r->carrier), STRA(w->n.arrival))
					 : str_fmt(w->a, "%.*s.ingress_global_timestamp", STRA(r->std));
	r->marks = w->plan->keeps_reasons || (egress ? w->plan->marks_egress : w->plan->marks_ingress);
	r->reason = w->plan->keeps_reasons || (egress ? w->plan->reason_egress : w->plan->reason_ingress);
	text_open(&r->locals);
	text_open(&r->actions);
	text_open(&r->pre);
	text_open(&r->post);
	if (egress && w->plan->drained && !w->plan->keeps_arrival)
		r->time = w->n.time;
}

static bool
reads_length(const struct plan *p)
{
	vec_each (f, &p->graph->fields)
		if ((*f)->kind == IR_F_LEN_OUT)
			return true;
	return false;
}

static bool
counts_losses(const struct plan *p)
{
	vec_each (s, &p->states)
		if (s->kind == PLAN_LOST)
			return true;
	return false;
}

static void
find_decls(struct weaver *w)
{
	const struct p4_inst *in = w->p4->v1.ingress;

	w->h = w->p4->v1.headers->decl;
	w->meta_decl = w->p4->v1.metadata->decl;
	w->std_decl = in->decl->u.block_decl.params.v[2]->type->decl;
	vec_each (n, &w->tree->u.program.decls)
		if ((*n)->kind == P4_EXTERN && str_is((*n)->name, "register"))
			w->indexed_registers = (*n)->u.ext.type_params.n == 2;
	if (w->p4->v1.metadata->kind != P4_TY_STRUCT || p4_is_system(w->meta_decl, w->d) ||
	    w->meta_decl == w->h)
		diag_error(w->d, w->meta_decl ? w->meta_decl->at : w->tree->at,
			   "queries need a struct of the program's own for its metadata, apart "
			   "from the headers");
}

void
weave_open(struct weaver *w, const char *prefix)
{
	weave_names(w, prefix);
	open_role(w, &w->roles[0], w->p4->v1.ingress, false);
	open_role(w, &w->roles[1], w->p4->v1.egress, true);
	find_decls(w);
}

static void
start(struct weaver *w)
{
	const struct plan_program *pp = w->plan->program;

	weave_open(w, "ps");
	w->roles[0].resubmits = counts_losses(w->plan) && pp->ingress.resubmits;
	w->sizes = (counts_losses(w->plan) || w->plan->reason_ingress) && pp->ingress.multicasts;
	w->m->target = str_from(w->plan->target->name);
	w->m->tick_ns = w->plan->target->tick_ns;
	if (reads_length(w->plan))
		weave_check_length(w);
}

static struct str
graph_text(struct weaver *w)
{
	struct text t;

	text_open(&t);
	ir_print(t.f, w->plan->graph);
	return text_close(&t, w->a);
}

static bool
is_param_name(const struct role *r, const struct p4_node *n)
{
	return n->name.n &&
	       (str_eq(n->name, r->hdr) || str_eq(n->name, r->meta) || str_eq(n->name, r->std));
}

/* Variables that hide the control's parameters keep to a block of their own. */
static void
apart(struct weaver *w, struct role *r, struct p4_list *body)
{
	struct p4_node *block;
	bool hides = false;

	vec_each (l, &r->decl->u.block_decl.locals)
		if (is_param_name(r, *l))
			diag_error(w->d, (*l)->at,
				   "'%.*s' hides the control's parameter of this name, which "
				   "queries need",
				   STRA((*l)->name));
	vec_each (n, body)
		if ((*n)->kind == P4_VAR || (*n)->kind == P4_CONST || (*n)->kind == P4_INSTANCE)
			hides |= is_param_name(r, *n);
	if (!hides)
		return;
	block = tree_block(w->a, r->decl->u.block_decl.body->at);
	block->u.block.stmts = *body;
	*body = (struct p4_list){ 0 };
	vec_push(w->a, body, block);
}

/* Behind the queue, where many queries ask for their epoch and the program runs here, the time of arrival is a variable: what the compiler works out of it
 * for one query it then takes for the others, too, as no register that is written between may be it. (Ingress has no processor's register left to keep it in.) */
static struct str
keep_time(struct weaver *w, struct role *r)
{
	struct str time = w->n.time;

	if (!r->any || !str_eq(r->time, time))
		return (struct str){ 0 };
	fprintf(r->locals.f, "bit<48> %.*s;\n", STRA(time));
	return str_fmt(w->a, "%.*s = %.*s.ingress_global_timestamp;\n", STRA(time), STRA(r->std));
}

static struct p4_list
parse_locals(struct weaver *w, struct str text)
{
	struct p4_list list = { 0 };

	if (text.n && !p4_parse_locals(w->a, w->d, STR("woven code"), text, &list))
		bug("woven declarations do not parse:\n%.*s", STRA(text));
	return list;
}

/* Code before the user's body runs first, code behind it last; registers come before everything
 * that uses them. */
static void
close_role(struct weaver *w, struct role *r)
{
	struct str first = keep_time(w, r), before = text_close(&r->pre, w->a);
	struct p4_list locals = parse_locals(w, text_close(&r->locals, w->a)),
		       actions = parse_locals(w, text_close(&r->actions, w->a)), pre, post,
		       *body = &r->decl->u.block_decl.body->u.block.stmts;

	if (r->any)
		apart(w, r, body);
	pre = weave_stmts(w, str_fmt(w->a, "%.*s%.*s", STRA(first), STRA(before)));
	post = weave_stmts(w, text_close(&r->post, w->a));
	weave_splice(w, &r->decl->u.block_decl.locals, 0, &locals);
	weave_splice(w, &r->decl->u.block_decl.locals, r->decl->u.block_decl.locals.n, &actions);
	weave_splice(w, body, 0, &pre);
	weave_splice(w, body, body->n, &post);
}

void
weave_close(struct weaver *w)
{
	close_role(w, &w->roles[0]);
	close_role(w, &w->roles[1]);
}

struct p4_node *
weave(struct arena *a, struct diags *d, const struct plan *p, struct manifest *ret)
{
	struct weaver *w = arena_new(a, struct weaver);
	uint32_t before = diag_errors(d);

	manifest_init(ret, a);
	*w = (struct weaver){ .a = a,
			      .d = d,
			      .plan = p,
			      .p4 = p->program->p4,
			      .tree = p->program->p4->tree,
			      .m = ret };
	start(w);
	if (diag_errors(d) == before)
		weave_unshare(w);
	if (diag_errors(d) == before) {
		weave_carrier(w);
		weave_marks(w);
		weave_instants(w);
	}
	if (diag_errors(d) == before)
		weave_exits(w);
	weave_close(w);
	if (diag_errors(d) != before)
		return NULL;
	if (w->m->sites.n >> p->program->site_bits && w->m->sites.n < 4096)
		bug("%u places drop packets, and the plan has %u bits for their numbers", w->m->sites.n,
		    p->program->site_bits);
	tree_uncheck(w->tree);
	ret->graph = graph_text(w);
	return w->tree;
}
