/* plan.c - the planner's stages, and how the weaver reads values. */
#include "plan/plan.h"

#include "plan/lower.h"
#include "plan/never.h"
#include "plan/place.h"

struct plan *
plan_make(struct arena *a, struct diags *d, struct ir_graph *g, const struct plan_program *program,
	  const struct plan_target *target, const struct plan_options *o)
{
	struct plan *p = arena_new(a, struct plan);
	uint32_t before = diag_errors(d);

	p->arena = a;
	p->graph = g;
	p->program = program;
	p->target = target;
	never_warn(d, g, program);
	vec_each(q, &g->queries)
		lower_query(p, d, *q, o);
	if (diag_errors(d) != before)
		return NULL;
	place_tags(p);
	place_slots(p);
	plan_verify(p);
	return p;
}

enum plan_read
plan_read(const struct plan *p, const struct ir_expr *e, enum ir_instant at, uint32_t *ret_tag)
{
	enum plan_access access = PLAN_NOT_THERE;

	if (e->op == IR_CONST)
		return PLAN_READ_CONST;
	if (e->op == IR_FIELD) {
		access = p->target->access(p->program, e->field, at);
		if (access == PLAN_DIRECT)
			return PLAN_READ_FIELD;
	}
	vec_each(t, &p->tags)
		if (t->expr == e && t->dies >= at && (t->born < at || (t->at_mark && access == PLAN_AT_MARK))) {
			*ret_tag = t->index;
			return PLAN_READ_TAG;
		}
	if (e->op == IR_FIELD)
		bug("%.*s is not readable at instant %d", STRA(e->field->text), (int)at);
	return PLAN_READ_COMPUTE;
}
