#include "plan/never.h"

/* The two ends of a comparison are the same field of a packet, taken at two instants. */
static bool
same_field(const struct ir_expr *a, const struct ir_expr *b)
{
	return a->op == IR_FIELD && b->op == IR_FIELD && a->field->kind == b->field->kind &&
	       a->field->at != b->field->at &&
	       (a->field->kind == IR_F_HEADER || a->field->kind == IR_F_META) &&
	       a->field->header == b->field->header && a->field->field == b->field->field &&
	       a->field->hi == b->field->hi && a->field->lo == b->field->lo;
}

static bool
writes(const struct plan_writes *w, const struct ir_field *f)
{
	if (f->kind == IR_F_META)
		return w->metadata[f->field];
	return w->headers[f->header].fields[f->field] || w->headers[f->header].validity;
}

/* May the field change between two instants? */
static bool
may_change(const struct plan_program *p, const struct ir_field *f, enum ir_instant from, enum ir_instant to)
{
	if (from > to)
		return may_change(p, f, to, from);
	return (from < IR_AT_MID && to >= IR_AT_MID && writes(&p->ingress, f)) ||
	       (from < IR_AT_OUT && to >= IR_AT_OUT && writes(&p->egress, f));
}

/* The field that would have to change for `e` to hold; NULL when nothing speaks against it. */
static const struct ir_field *
never_changes(const struct plan_program *p, const struct ir_expr *e)
{
	const struct ir_field *f;

	switch ((int)e->op) {
	case IR_AND:
		f = never_changes(p, e->a);
		return f ? f : never_changes(p, e->b);
	case IR_OR:
		f = never_changes(p, e->a);
		return f && never_changes(p, e->b) ? f : NULL;
	case IR_NE:
	case IR_LT:
	case IR_GT:
		if (same_field(e->a, e->b) && !may_change(p, e->a->field, e->a->field->at, e->b->field->at))
			return e->a->field;
		return NULL;
	default:
		return NULL;
	}
}

void
never_warn(struct diags *d, const struct ir_graph *g, const struct plan_program *p)
{
	vec_each(q, &g->queries)
		vec_each(n, &(*q)->nodes) {
			const struct ir_field *f = (*n)->kind == IR_FILTER ? never_changes(p, (*n)->expr) : NULL;
			struct str name = f ? f->text : STR_NONE;
			int64_t end = str_rfind(name, '_');

			if (!f)
				continue;
			name = str_sub(name, 0, end > 0 ? (uint32_t)end : name.n);
			diag_warn(d, (*n)->at, "this filter never holds: the program never writes %.*s", STRA(name));
		}
}
