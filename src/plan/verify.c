/* verify.c - checks a plan from the outside: it reads the plan and the target's availability and knows nothing of how
 * tags were chosen. */
#include "plan/plan.h"

static const struct plan_tag *
carried(const struct plan *p, const struct ir_expr *e, enum ir_instant at)
{
	vec_each(t, &p->tags)
		if (t->expr == e && t->dies >= at &&
		    (t->born < at || (t->at_mark && e->op == IR_FIELD && e->field->at == at)))
			return t;
	return NULL;
}

/* Every value used at `at` comes from somewhere. */
static void
check_reads(const struct plan *p, const struct ir_expr *e, enum ir_instant at, bool define)
{
	if (!e || e->op == IR_CONST || (!define && carried(p, e, at)))
		return;
	if (e->op == IR_FIELD) {
		if (e->field->at > at)
			bug("plan: %.*s is read at %d, before it is known", STRA(e->field->text), (int)at);
		if (p->target->access(p->program, e->field, at) != PLAN_DIRECT && !carried(p, e, at))
			bug("plan: nothing carries %.*s to instant %d", STRA(e->field->text), (int)at);
		return;
	}
	check_reads(p, e->a, at, false);
	check_reads(p, e->b, at, false);
}

static void
check_tag(const struct plan *p, const struct plan_tag *t)
{
	if (t->born >= t->dies)
		bug("plan: tag %u dies before it is born", t->index);
	if (t->slot >= p->slots.n || t->lo + t->width > p->slots.v[t->slot].width)
		bug("plan: tag %u leaves its slot", t->index);
	if (t->expr && !t->at_mark)
		check_reads(p, t->expr, t->born, true);
	vec_each(o, &p->tags)
		if (o->index > t->index && o->slot == t->slot && o->lo < t->lo + t->width &&
		    t->lo < o->lo + o->width && o->born < t->dies && t->born < o->dies)
			bug("plan: tags %u and %u overlap", t->index, o->index);
}

void
plan_verify(const struct plan *p)
{
	vec_each(t, &p->tags)
		check_tag(p, t);
	vec_each(s, &p->states) {
		check_reads(p, s->guard, s->at, false);
		check_reads(p, s->absent, s->at, false);
		vec_each(k, &s->keys)
			check_reads(p, *k, s->at, false);
		vec_each(v, &s->values)
			check_reads(p, v->expr, s->at, false);
		vec_each(f, &s->packets)
			for (int side = 0; side < 2; side++) {
				check_reads(p, f->expr, side ? IR_AT_DEQ : s->at, false);
				check_reads(p, f->presence, side ? IR_AT_DEQ : s->at, false);
			}
		for (uint32_t i = 0; s->packets.n && i < s->keys.n; i++)
			check_reads(p, s->keys.v[i], IR_AT_DEQ, false);
		if (s->kind == PLAN_LOST && (s->row_tag < 0 || p->tags.v[s->row_tag].width != s->row_bits))
			bug("plan: %.*s has no row tag", STRA(s->prefix));
		if (s->query->egress && s->at < IR_AT_DEQ)
			bug("plan: %.*s counts before the queue", STRA(s->prefix));
	}
}
