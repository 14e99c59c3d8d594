/* arrival.c - packets that come back, and clones, keep their time of arrival, by which queries know their epoch. Targets may forget it:
 * BMv2 gives them 0. Resubmitted packets keep that of the pass before; recirculated ones arrive when egress took them last. */
#include "weave/weaver.h"

#define LISTS 256 /* field lists have numbers of 8 bits */

struct cloner {
	struct weaver *w;
	struct weave_lists *lists;
	uint32_t list; /* of clones that keep nothing; 0: there were none */
};

static uint32_t
unused_list(struct weaver *w, struct weave_lists *lists)
{
	uint32_t number = LISTS, before = lists->numbers.n;

	while (lists->numbers.n == before)
		weave_lists_add(w, lists, --number);
	return number;
}

/* Clones that keep nothing keep the time now: with a list of their own. */
static bool
clone_visit(void *user, struct p4_node **at)
{
	struct cloner *k = user;
	struct p4_node *n = *at, *list;

	if (n->kind != P4_CALL || n->u.call.what != P4_CALL_EXTERN || !str_is(n->u.call.target->name, "clone"))
		return true;
	k->list = k->list ? k->list : unused_list(k->w, k->lists);
	list = tree_arg(k->w->a, p4_parse_expr(k->w->a, k->w->d, STR("woven code"), str_fmt(k->w->a, "8w%u", k->list)));
	list->name = n->u.call.args.v[0]->name.n ? STR("index") : STR_NONE;
	n->u.call.callee->name = STR("clone_preserving_field_list");
	vec_push(k->w->a, &n->u.call.args, list);
	return true;
}

static void
keep_in_clones(struct weaver *w, struct weave_lists *lists)
{
	struct cloner k = { w, lists, 0 };

	weave_lists_of(w, "clone_preserving_field_list", lists);
	vec_each (n, &w->tree->u.program.decls)
		if (!p4_is_system(*n, w->d))
			tree_walk(n, clone_visit, &k);
}

struct str
weave_arrival_lists(struct weaver *w, bool in_clones)
{
	struct weave_lists lists = { 0 };

	weave_lists_of(w, "resubmit_preserving_field_list", &lists);
	weave_lists_of(w, "recirculate_preserving_field_list", &lists);
	if (in_clones)
		keep_in_clones(w, &lists);
	return weave_lists_text(w, &lists);
}

static void
print_known(struct role *r)
{
	fprintf(r->pre.f, "// packets that come back have no time of their own everywhere\nif (%.*s.ingress_global_timestamp != 0) { %.*s = %.*s.ingress_global_timestamp; }\n",
		STRA(r->std), STRA(r->time), STRA(r->std));
	r->any = true;
}

void
weave_arrival_begin(struct weaver *w)
{
	if (!w->plan->keeps_arrival)
		return;
	print_known(&w->roles[0]);
	if (w->plan->sees_clones)
		print_known(&w->roles[1]);
}

void
weave_arrival_end(struct weaver *w)
{
	const struct plan_program *p = w->plan->program;
	struct role *r = &w->roles[1];

	if (!w->plan->keeps_arrival || !(p->ingress.recirculates || p->egress.recirculates))
		return;
	fprintf(r->post.f, "// what is recirculated arrives now\n%.*s = %.*s.egress_global_timestamp;\n", STRA(r->time), STRA(r->std));
	r->any = true;
}
