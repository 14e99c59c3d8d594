/* lists.c - field lists: which of the program's hold what is kept of packets that come back and of clones. */
#include "weave/weaver.h"

struct look {
	struct weaver *w;
	const char *call;
	struct weave_lists *ret;
};

void
weave_lists_add(struct weaver *w, struct weave_lists *lists, uint64_t number)
{
	vec_each (n, &lists->numbers)
		if (*n == number)
			return;
	vec_push(w->a, &lists->numbers, number);
}

static bool
list_visit(void *user, struct p4_node **at)
{
	const struct look *k = user;
	const struct p4_node *n = *at, *number;

	if (n->kind != P4_CALL || n->u.call.what != P4_CALL_EXTERN || !str_is(n->u.call.target->name, k->call))
		return true;
	number = n->u.call.ordered[n->u.call.nordered - 1];
	if (number && number->is_const && number->value && big_fits_u64(number->value->i))
		weave_lists_add(k->w, k->ret, big_u64(number->value->i));
	return true;
}

void
weave_lists_of(struct weaver *w, const char *call, struct weave_lists *ret)
{
	struct look k = { w, call, ret };

	vec_each (n, &w->tree->u.program.decls)
		if (!p4_is_system(*n, w->d))
			tree_walk(n, list_visit, &k);
}

struct str
weave_lists_text(struct weaver *w, const struct weave_lists *lists)
{
	struct text t;

	if (!lists->numbers.n)
		return STR_NONE;
	text_open(&t);
	vec_each (n, &lists->numbers)
		fprintf(t.f, "%s%u", n == lists->numbers.v ? "@field_list(" : ", ", (unsigned int)*n);
	fputs(") ", t.f);
	return text_close(&t, w->a);
}
