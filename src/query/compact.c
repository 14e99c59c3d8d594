/* Copies a graph without what checking left over: attempts, expressions of maps that nothing reads.
 * Fields and expressions get their numbers in order of use, so equal queries make equal graphs
 * however they are spelled. */
#include "query/check.h"

struct copy {
	struct ir_graph *to;
	const struct ir_expr **done; /* by old id */
	struct ir_query **queries;   /* by old index */
};

static const struct ir_expr *
copy_expr(struct copy *k, const struct ir_expr *e)
{
	const struct ir_expr *a, *b;

	if (!e)
		return NULL;
	if (k->done[e->id])
		return k->done[e->id];
	a = copy_expr(k, e->a);
	b = copy_expr(k, e->b);
	if (e->op == IR_CONST && e->type.kind == IR_REASON)
		a = ir_const_reason(k->to, e->text);
	else if (e->op == IR_CONST)
		a = ir_const(k->to, e->type, e->value);
	else if (e->op == IR_FIELD)
		a = ir_read(k->to, ir_field(k->to, e->field));
	else if (e->op == IR_COLUMN)
		a = ir_column(k->to, e->type, e->column, e->side);
	else
		a = b ? ir_binary(k->to, e->op, a, b) : ir_unary(k->to, e->op, a);
	k->done[e->id] = a;
	return a;
}

#define COPY_COLUMNS(k, into, from)                                \
	do {                                                       \
		vec_each (col_, (from)) {                          \
			struct ir_column copied_ = *col_;          \
			copied_.expr = copy_expr((k), col_->expr); \
			vec_push((k)->to->arena, (into), copied_); \
		}                                                  \
	} while (0)

static struct ir_node *
copy_node(struct copy *k, const struct ir_node *n)
{
	struct ir_node *ret = arena_copy(k->to->arena, n, sizeof(*n));

	ret->expr = copy_expr(k, n->expr);
	memset(&ret->columns, 0, sizeof(ret->columns));
	memset(&ret->keys, 0, sizeof(ret->keys));
	memset(&ret->values, 0, sizeof(ret->values));
	COPY_COLUMNS(k, &ret->keys, &n->keys);
	COPY_COLUMNS(k, &ret->values, &n->values);
	COPY_COLUMNS(k, &ret->columns, &n->columns);
	if (n->other)
		ret->other = k->queries[n->other->index];
	return ret;
}

static const struct ir_field *
copy_field(struct copy *k, const struct ir_field *f)
{
	return f ? ir_field(k->to, f) : NULL;
}

/* Queries over network(), which nothing else refers to. */
static struct ir_network *
copy_network(struct copy *k, const struct ir_network *n)
{
	struct ir_network *ret = arena_copy(k->to->arena, n, sizeof(*n));

	memset(&ret->queries, 0, sizeof(ret->queries));
	memset(&ret->fields, 0, sizeof(ret->fields));
	vec_each (f, &n->fields)
		vec_push(k->to->arena, &ret->fields, copy_field(k, *f));
	vec_each (q, &n->queries) {
		struct ir_net_query *copied = arena_copy(k->to->arena, *q, sizeof(**q));

		copied->field = copy_field(k, copied->field);
		copied->filter = copy_expr(k, copied->filter);
		vec_each (key, &copied->flow)
			for (uint32_t i = 0; i < key->nfields; i++)
				key->fields[i] = copy_field(k, key->fields[i]);
		vec_push(k->to->arena, &ret->queries, copied);
	}
	return ret;
}

struct ir_graph *
query_compact(struct arena *a, const struct ir_graph *g)
{
	struct copy k = { .to = ir_graph_make(a, g->schema) };

	k.done = arena_array(a, const struct ir_expr *, g->exprs.n + 1);
	k.queries = arena_array(a, struct ir_query *, g->queries.n + 1);
	vec_each (q, &g->queries) {
		k.queries[(*q)->index] = arena_copy(a, *q, sizeof(**q));
		memset(&k.queries[(*q)->index]->nodes, 0, sizeof((*q)->nodes));
		vec_push(a, &k.to->queries, k.queries[(*q)->index]);
	}
	vec_each (q, &g->queries)
		vec_each (n, &(*q)->nodes)
			vec_push(a, &k.queries[(*q)->index]->nodes, copy_node(&k, *n));
	if (g->network)
		k.to->network = copy_network(&k, g->network);
	return k.to;
}
