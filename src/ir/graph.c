/* Makes fields and expressions: equal ones once, constants folded. */
#include "ir/graph.h"

#include "ir/expr.h"

/* Open addressing over indexes into exprs (or fields); 0 is free, else index + 1. */
struct table {
	uint32_t *slots;
	uint32_t nslots, n;
};

struct ir_index {
	struct table exprs, fields;
};

struct ir_graph *
ir_graph_make(struct arena *a, const struct ir_schema *schema)
{
	struct ir_graph *g = arena_new(a, struct ir_graph);

	g->arena = a;
	g->schema = schema;
	g->index = arena_new(a, struct ir_index);
	return g;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static bool
same_type(struct ir_type a, struct ir_type b)
{
	return a.kind == b.kind && a.width == b.width && a.is_signed == b.is_signed;
}

static uint64_t
hash_expr(const struct ir_expr *e)
{
	uint64_t h = mix(e->op, (uint64_t)e->type.kind << 32 | (uint32_t)e->type.width << 1 |
					e->type.is_signed);

	h = mix(h, (uint64_t)(e->a ? e->a->id + 1 : 0) << 32 | (e->b ? e->b->id + 1 : 0));
	h = mix(mix(h, (uint64_t)e->value), (uint64_t)((ir_u128)e->value >> 64));
	h = mix(h, e->field ? e->field->index + 1 : 0);
	return mix(mix(h, (uint64_t)e->column << 1 | e->side), str_hash(e->text));
}

static bool
same_expr(const struct ir_expr *x, const struct ir_expr *y)
{
	return x->op == y->op && same_type(x->type, y->type) && x->a == y->a && x->b == y->b &&
	       x->value == y->value && str_eq(x->text, y->text) && x->field == y->field &&
	       x->column == y->column && x->side == y->side;
}

static uint64_t
hash_field(const struct ir_field *f)
{
	uint64_t h = mix((uint64_t)f->kind << 8 | f->at, (uint64_t)f->header << 32 | f->field);

	return mix(h, (uint64_t)f->hi << 32 | f->lo);
}

static bool
same_field(const struct ir_field *x, const struct ir_field *y)
{
	return x->kind == y->kind && x->at == y->at && x->header == y->header &&
	       x->field == y->field && x->hi == y->hi && x->lo == y->lo;
}

static void
put(struct table *t, uint64_t hash, uint32_t index)
{
	uint32_t i = (uint32_t)hash & (t->nslots - 1);

	while (t->slots[i])
		i = (i + 1) & (t->nslots - 1);
	t->slots[i] = index + 1;
	t->n++;
}

/* Makes room for one more; true when the table was made anew and is empty. */
static bool
grow(struct arena *a, struct table *t)
{
	if (t->nslots && t->n < t->nslots / 2)
		return false;
	t->nslots = t->nslots ? t->nslots * 2 : 64;
	t->slots = arena_array(a, uint32_t, t->nslots);
	t->n = 0;
	return true;
}

const struct ir_field *
ir_field(struct ir_graph *g, const struct ir_field *like)
{
	struct table *t = &g->index->fields;
	uint64_t h = hash_field(like);
	struct ir_field *f;

	if (grow(g->arena, t)) {
		vec_each (it, &g->fields)
			put(t, hash_field(*it), (*it)->index);
	}
	for (uint32_t i = (uint32_t)h & (t->nslots - 1); t->slots[i];
	     i = (i + 1) & (t->nslots - 1)) {
		f = g->fields.v[t->slots[i] - 1];
		if (same_field(f, like))
			return f;
	}
	f = arena_copy(g->arena, like, sizeof(*like));
	f->index = g->fields.n;
	vec_push(g->arena, &g->fields, f);
	put(t, h, f->index);
	return f;
}

/* The one node that looks like `like`. */
static const struct ir_expr *
intern(struct ir_graph *g, const struct ir_expr *like)
{
	struct table *t = &g->index->exprs;
	uint64_t h = hash_expr(like);
	struct ir_expr *e;

	if (grow(g->arena, t)) {
		vec_each (it, &g->exprs)
			put(t, hash_expr(*it), (*it)->id);
	}
	for (uint32_t i = (uint32_t)h & (t->nslots - 1); t->slots[i];
	     i = (i + 1) & (t->nslots - 1)) {
		e = g->exprs.v[t->slots[i] - 1];
		if (same_expr(e, like))
			return e;
	}
	e = arena_copy(g->arena, like, sizeof(*like));
	e->id = g->exprs.n;
	vec_push(g->arena, &g->exprs, e);
	put(t, h, e->id);
	return e;
}

const struct ir_expr *
ir_const(struct ir_graph *g, struct ir_type t, ir_i128 v)
{
	return intern(g, &(struct ir_expr){ .op = IR_CONST, .type = t, .value = ir_wrap(t, v) });
}

const struct ir_expr *
ir_const_reason(struct ir_graph *g, struct str text)
{
	struct ir_type t = { IR_REASON, 32, false };

	return intern(g, &(struct ir_expr){ .op = IR_CONST, .type = t, .text = text });
}

const struct ir_expr *
ir_read(struct ir_graph *g, const struct ir_field *f)
{
	return intern(g, &(struct ir_expr){ .op = IR_FIELD, .type = f->type, .field = f });
}

const struct ir_expr *
ir_column(struct ir_graph *g, struct ir_type t, uint32_t column, uint32_t side)
{
	return intern(
		g, &(struct ir_expr){ .op = IR_COLUMN, .type = t, .column = column, .side = side });
}

static const struct ir_type type_bool = { IR_BOOL, 1, false };

static bool
is_true(const struct ir_expr *e)
{
	return e->op == IR_CONST && e->type.kind == IR_BOOL && e->value;
}

static bool
is_false(const struct ir_expr *e)
{
	return e->op == IR_CONST && e->type.kind == IR_BOOL && !e->value;
}

/* The kind of `a op b`: an address or a time plus a number stays what it is, the difference or
 * quotient of two times is a time or a plain number. */
static enum ir_kind
arithmetic_kind(enum ir_op op, enum ir_kind a, enum ir_kind b)
{
	if (a == IR_FLOAT || b == IR_FLOAT)
		return IR_FLOAT;
	if (a == IR_BOOL || b == IR_BOOL || ir_is_text(a) || ir_is_text(b))
		return IR_INT;
	if (a == b && a == IR_TIME)
		return op == IR_DIV || op == IR_MUL ? IR_INT : IR_TIME;
	if (a == b)
		return op == IR_AND_BITS || op == IR_OR_BITS || op == IR_XOR_BITS ? a : IR_INT;
	if (a == IR_INT)
		return op == IR_DIV || op == IR_MOD ? IR_INT : b;
	return b == IR_INT ? a : IR_INT;
}

static struct ir_type
result_type(enum ir_op op, struct ir_type a, struct ir_type b)
{
	struct ir_type t;

	if (ir_is_comparison(op) || op == IR_AND || op == IR_OR)
		return type_bool;
	if (op == IR_SHL || op == IR_SHR)
		return a;
	t = ir_common_type(a, b);
	t.kind = arithmetic_kind(op, a.kind, b.kind);
	return t;
}

static const struct ir_expr *
fold(struct ir_graph *g, const struct ir_expr *e)
{
	struct ir_value a = ir_const_value(e->a), b = e->b ? ir_const_value(e->b) : IR_ABSENT;
	struct ir_value v = ir_apply(e, &a, e->b ? &b : NULL);

	/* A division by 0 has no value now, nor later. */
	return v.tag == IR_V_INT ? ir_const(g, e->type, v.i) : intern(g, e);
}

const struct ir_expr *
ir_unary(struct ir_graph *g, enum ir_op op, const struct ir_expr *a)
{
	struct ir_expr e = { .op = op, .type = op == IR_NOT ? type_bool : a->type, .a = a };

	if (a->op == IR_CONST)
		return fold(g, &e);
	/* !!x is x; but !(x == y) isn't x != y: without x, the first is true and the second false.
	 */
	if (op == IR_NOT && a->op == IR_NOT && a->a->type.kind == IR_BOOL)
		return a->a;
	return intern(g, &e);
}

const struct ir_expr *
ir_binary(struct ir_graph *g, enum ir_op op, const struct ir_expr *a, const struct ir_expr *b)
{
	struct ir_expr e = { .op = op, .type = result_type(op, a->type, b->type), .a = a, .b = b };

	if (a->op == IR_CONST && b->op == IR_CONST)
		return fold(g, &e);
	if (op == IR_AND && (is_false(a) || is_false(b)))
		return ir_const(g, type_bool, 0);
	if (op == IR_OR && (is_true(a) || is_true(b)))
		return ir_const(g, type_bool, 1);
	if ((op == IR_AND && is_true(a)) || (op == IR_OR && is_false(a)))
		return b->type.kind == IR_BOOL ? b : intern(g, &e);
	if ((op == IR_AND && is_true(b)) || (op == IR_OR && is_false(b)))
		return a->type.kind == IR_BOOL ? a : intern(g, &e);
	if ((op == IR_AND || op == IR_OR) && a == b && a->type.kind == IR_BOOL)
		return a;
	return intern(g, &e);
}

struct substitution {
	struct ir_graph *g;
	const struct ir_column *columns;
	uint32_t n;
	const struct ir_expr **done; /* by id */
};

static const struct ir_expr *
substitute(struct substitution *s, const struct ir_expr *e)
{
	const struct ir_expr *ret = e, *a, *b;

	if (s->done[e->id])
		return s->done[e->id];
	if (e->op == IR_COLUMN && e->side == 0) {
		if (e->column >= s->n || !s->columns[e->column].expr)
			bug("column %u of an expression has no expression of its own", e->column);
		ret = s->columns[e->column].expr;
	} else if (e->a) {
		a = substitute(s, e->a);
		b = e->b ? substitute(s, e->b) : NULL;
		if (a != e->a || b != e->b)
			ret = b ? ir_binary(s->g, e->op, a, b) : ir_unary(s->g, e->op, a);
	}
	s->done[e->id] = ret;
	return ret;
}

const struct ir_expr *
ir_substitute(struct ir_graph *g, const struct ir_expr *e, const struct ir_column *columns,
	      uint32_t n)
{
	struct substitution s = { g, columns, n,
				  arena_array(g->arena, const struct ir_expr *, e->id + 1) };

	return substitute(&s, e);
}
