/* Values of expressions, each computed once per input. */
#include "ir/evaluator.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ir/expr.h"

#define ALWAYS UINT32_MAX

void
eval_memo_init(struct eval_memo *m, const struct ir_graph *g)
{
	*m = (struct eval_memo){ .n = g->exprs.n };
	m->values = alloc(m->n + 1, sizeof(*m->values));
	m->stamps = alloc(m->n + 1, sizeof(*m->stamps));
	vec_each (e, &g->exprs) {
		if ((*e)->op != IR_CONST)
			continue;
		m->values[(*e)->id] = ir_const_value(*e);
		m->stamps[(*e)->id] = ALWAYS;
	}
}

void
eval_memo_fini(struct eval_memo *m)
{
	free(m->values);
	free(m->stamps);
}

void
eval_memo_set(struct eval_memo *m, const struct ir_value *fields, const struct ir_value *columns,
	      const struct ir_value *right)
{
	m->fields = fields;
	m->columns = columns;
	m->right = right;
	if (++m->now != ALWAYS)
		return;
	/* Once in four thousand million inputs old stamps could pass for new ones. */
	m->now = 1;
	for (uint32_t i = 0; i < m->n; i++)
		if (m->stamps[i] != ALWAYS)
			m->stamps[i] = 0;
}

static const struct ir_value *
leaf(const struct eval_memo *m, const struct ir_expr *e)
{
	static const struct ir_value absent = { .tag = IR_V_ABSENT };
	const struct ir_value *row = e->side ? m->right : m->columns;

	if (e->op == IR_COLUMN)
		return row ? &row[e->column] : &absent;
	if (e->field->kind == IR_F_INSTANCE)
		return &m->instance;
	return m->fields ? &m->fields[e->field->index] : &absent;
}

const struct ir_value *
eval_memo_get(struct eval_memo *m, const struct ir_expr *e)
{
	struct ir_value *ret = &m->values[e->id];
	const struct ir_value *a, *b = NULL;

	if (m->stamps[e->id] == m->now || m->stamps[e->id] == ALWAYS)
		return ret;
	if (e->op == IR_FIELD || e->op == IR_COLUMN)
		return leaf(m, e);
	a = eval_memo_get(m, e->a);
	if (e->b && ((e->op == IR_AND && !ir_truth(a)) || (e->op == IR_OR && ir_truth(a)))) {
		*ret = ir_int(e->op == IR_OR);
	} else {
		if (e->b)
			b = eval_memo_get(m, e->b);
		*ret = ir_apply(e, a, b);
	}
	m->stamps[e->id] = m->now;
	return ret;
}
