/* plan.c - the planner's stages, and how the weaver reads values. */
#include "plan/plan.h"

#include "plan/lower.h"
#include "plan/never.h"
#include "plan/place.h"
#include "plan/share.h"
#include "plan/uses.h"

bool
plan_placement_of(const char *name, enum plan_placement *ret)
{
	static const char *const names[] = {
#define X(id, text) text,
		PLAN_PLACEMENTS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum plan_placement)i;
			return true;
		}
	return false;
}

/* The end of its pipeline does for every state but a loss's, which has two sides. */
static void
move_to_end(struct plan *p)
{
	vec_each(s, &p->states)
		if (s->kind != PLAN_LOST)
			s->at = s->query->egress ? IR_AT_OUT : IR_AT_MID;
}

static void
note_arrivals(struct plan *p)
{
	const struct plan_writes *in = &p->program->ingress, *eg = &p->program->egress;
	bool clones = in->clones_i2e || in->clones_e2e || eg->clones_i2e || eg->clones_e2e;

	vec_each(s, &p->states)
		p->sees_clones |= clones && s->query->egress && s->query->sees_all_instances;
	p->keeps_arrival = p->states.n && (p->sees_clones || in->resubmits || in->recirculates || eg->recirculates);
}

static void
place(struct plan *p, enum plan_placement placement)
{
	p->placement = PLAN_CUT;
	place_bound(p);
	p->placement = placement;
	if (placement == PLAN_END)
		move_to_end(p);
	place_tags(p);
	place_slots(p);
}

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
	p->drained = o->drained;
	never_warn(d, g, program);
	vec_each(q, &g->queries)
		lower_query(p, d, *q, o);
	if (diag_errors(d) != before)
		return NULL;
	plan_share(p, o);
	note_arrivals(p);
	place(p, o->placement);
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
		access = plan_access_of(p, e->field, at);
		if (access == PLAN_DIRECT)
			return PLAN_READ_FIELD;
	}
	vec_each(t, &p->tags)
		if (t->expr == e && t->dies >= at && (t->born < at || (t->at_mark && access == PLAN_AT_MARK))) {
			*ret_tag = t->index;
			return PLAN_READ_TAG;
		}
	/* who reads it cares for no packet that a mark drops */
	if (access == PLAN_AT_MARK)
		return PLAN_READ_FIELD;
	if (e->op == IR_FIELD)
		bug("%.*s is not readable at instant %d", STRA(e->field->text), (int)at);
	return PLAN_READ_COMPUTE;
}

enum plan_read
plan_read_at_mark(const struct plan *p, const struct ir_expr *e, enum ir_instant end, uint32_t *ret_tag)
{
	if (e->op == IR_CONST)
		return PLAN_READ_CONST;
	if (e->op == IR_FIELD && plan_access_of(p, e->field, end) != PLAN_NOT_THERE)
		return PLAN_READ_FIELD;
	vec_each(t, &p->tags)
		if (t->expr == e && t->born < end && end <= t->dies && !t->at_mark) {
			*ret_tag = t->index;
			return PLAN_READ_TAG;
		}
	if (e->op == IR_FIELD)
		bug("%.*s is not readable at the marks before instant %d", STRA(e->field->text), (int)end);
	return PLAN_READ_COMPUTE;
}
