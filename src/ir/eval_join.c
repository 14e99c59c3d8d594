/* Joins: both sides sorted by the columns they are joined on, then merged. What a missing side
 * stands for is said in docs/semantics.md. And refinements, which look their keys up among an earlier epoch's. */
#include "ir/evaluator.h"

#include <math.h>
#include <stdlib.h>

#include "ir/expr.h"

struct side {
	const struct eval_relation *r;
	const uint32_t *on;
	uint32_t non;
	const struct ir_value **rows; /* sorted by `on` */
	uint32_t n, at;
	uint32_t *values;	     /* columns that aren't joined on */
	const struct ir_type *types; /* of the columns in `on`: both sides sort by the left's */
};

struct join {
	struct eval_context *c;
	const struct ir_node *n;
	struct side left, right;
	struct eval_chain *to;
	struct ir_value *room; /* for a row */
};

static int
cmp_on(const void *x, const void *y, void *user)
{
	const struct side *s = user;
	const struct ir_value *a = *(const struct ir_value *const *)x,
			      *b = *(const struct ir_value *const *)y;

	for (uint32_t i = 0; i < s->non; i++) {
		int c = ir_value_cmp_as(s->types[i], &a[s->on[i]], &b[s->on[i]]);

		if (c)
			return c;
	}
	return 0;
}

static int
cmp_sides(const struct join *j)
{
	const struct ir_value *a = j->left.rows[j->left.at], *b = j->right.rows[j->right.at];

	for (uint32_t i = 0; i < j->left.non; i++) {
		int c = ir_value_cmp_as(j->left.types[i], &a[j->left.on[i]], &b[j->right.on[i]]);

		if (c)
			return c;
	}
	return 0;
}

static bool
is_on(const struct side *s, uint32_t column)
{
	for (uint32_t i = 0; i < s->non; i++)
		if (s->on[i] == column)
			return true;
	return false;
}

static void
side_init(struct side *s, struct arena *a, const struct eval_relation *r, const uint32_t *on,
	  uint32_t non, const struct ir_type *types)
{
	bool sorted = r->by_key;
	uint32_t n = 0;

	*s = (struct side){ .r = r, .on = on, .non = non, .n = r->rows.n, .types = types };
	for (uint32_t i = 0; i < non; i++)
		sorted &= on[i] == i && types[i].is_signed == r->columns[i].type.is_signed;
	s->rows = arena_array(a, const struct ir_value *, r->rows.n + 1);
	if (s->n)
		memcpy(s->rows, r->rows.v, s->n * sizeof(*s->rows));
	if (!sorted && s->n > 1)
		qsort_r(s->rows, s->n, sizeof(*s->rows), cmp_on, s);
	s->values = arena_array(a, uint32_t, r->ncolumns + 1);
	for (uint32_t i = 0; i < r->ncolumns; i++)
		if (!is_on(s, i))
			s->values[n++] = i;
}

static double
as_float(const struct ir_value *v)
{
	return v->tag == IR_V_FLOAT ? v->f : (double)v->i;
}

static struct ir_value
arithmetic(struct ir_type t, enum ir_join how, const struct ir_value *l, const struct ir_value *r)
{
	double f;

	if (l->tag == IR_V_TEXT || r->tag == IR_V_TEXT)
		return IR_ABSENT;
	if (how == IR_JOIN_RATIO) {
		f = as_float(r) != 0 ? as_float(l) / as_float(r) : NAN;
	} else if (t.kind == IR_FLOAT || l->tag == IR_V_FLOAT || r->tag == IR_V_FLOAT) {
		f = how == IR_JOIN_DIFF ? as_float(l) - as_float(r) : as_float(l) + as_float(r);
	} else {
		ir_u128 x = (ir_u128)l->i, y = (ir_u128)r->i;

		return ir_int(ir_wrap(t, (ir_i128)(how == IR_JOIN_DIFF ? x - y : x + y)));
	}
	return isfinite(f) ? (struct ir_value){ .tag = IR_V_FLOAT, .f = f } : IR_ABSENT;
}

/* One value of both sides; NULL: that side hasn't the key. */
static struct ir_value
combine(struct ir_type t, enum ir_join how, const struct ir_value *l, const struct ir_value *r)
{
	const struct ir_value zero = ir_int(0);
	int c;

	if (how == IR_JOIN_MIN || how == IR_JOIN_MAX) {
		if (!l || !r)
			return l ? *l : *r;
		c = ir_value_cmp_as(t, l, r);
		return (how == IR_JOIN_MIN ? c <= 0 : c >= 0) ? *l : *r;
	}
	return arithmetic(t, how, l ? l : &zero, r ? r : &zero);
}

/* What a side without the key is in an expression: the key, and 0 for everything else. */
static const struct ir_value *
stand_in(const struct join *j, const struct side *s, const struct side *other,
	 const struct ir_value *row)
{
	struct ir_value *v = arena_array(j->c->arena, struct ir_value, s->r->ncolumns + 1);

	for (uint32_t i = 0; i < s->r->ncolumns; i++)
		v[i] = ir_is_text(s->r->columns[i].type.kind)
			       ? (struct ir_value){ .tag = IR_V_TEXT, .text = STR("") }
			       : ir_int(0);
	for (uint32_t i = 0; i < s->non; i++)
		v[s->on[i]] = row[other->on[i]];
	return v;
}

static struct ir_value
expression(const struct join *j, const struct ir_value *l, const struct ir_value *r)
{
	eval_memo_set(j->c->memo, NULL, l ? l : stand_in(j, &j->left, &j->right, r),
		      r ? r : stand_in(j, &j->right, &j->left, l));
	return *eval_memo_get(j->c->memo, j->n->expr);
}

/* The row of a pair; l or r may be NULL. */
static void
pair(struct join *j, const struct ir_value *l, const struct ir_value *r)
{
	uint32_t non = j->left.non, width = j->n->columns.n;
	struct ir_value *v = j->room;
	bool differs = false;

	for (uint32_t i = 0; i < non; i++)
		v[i] = l ? l[j->left.on[i]] : r[j->right.on[i]];
	for (uint32_t i = non; i < width; i++) {
		if (j->n->join == IR_JOIN_EXPR)
			v[i] = expression(j, l, r);
		else
			v[i] = combine(j->n->columns.v[i].type, j->n->join,
				       l ? &l[j->left.values[i - non]] : NULL,
				       r ? &r[j->right.values[i - non]] : NULL);
		if (v[i].tag == IR_V_ABSENT) {
			j->c->absent++;
			return;
		}
		differs |= ir_truth(&v[i]);
	}
	/* A difference reports what differs, as `lost` does. */
	if (differs || j->n->join != IR_JOIN_DIFF)
		eval_chain_push(j->to, v);
}

/* How many rows from `at` on have the same key. */
static uint32_t
run_length(struct side *s)
{
	uint32_t n = 1;

	while (s->at + n < s->n && !cmp_on(&s->rows[s->at], &s->rows[s->at + n], s))
		n++;
	return n;
}

static void
step(struct join *j)
{
	struct side *l = &j->left, *r = &j->right;
	int c = l->at == l->n ? 1 : r->at == r->n ? -1 : cmp_sides(j);
	uint32_t nl, nr;

	if (c < 0) {
		pair(j, l->rows[l->at++], NULL);
		return;
	}
	if (c > 0) {
		pair(j, NULL, r->rows[r->at++]);
		return;
	}
	nl = run_length(l);
	nr = run_length(r);
	for (uint32_t x = 0; x < nl; x++)
		for (uint32_t y = 0; y < nr; y++)
			pair(j, l->rows[l->at + x], r->rows[r->at + y]);
	l->at += nl;
	r->at += nr;
}

void
eval_join(struct eval_context *c, const struct ir_node *n, const struct eval_relation *left,
	  const struct eval_relation *right, struct eval_chain *to)
{
	struct ir_type *types = arena_array(c->arena, struct ir_type, n->on_left.n + 1);
	struct join j = { .c = c, .n = n, .to = to };

	j.room = arena_array(c->arena, struct ir_value, n->columns.n + 1);
	for (uint32_t i = 0; i < n->on_left.n; i++)
		types[i] = left->columns[n->on_left.v[i]].type;
	side_init(&j.left, c->arena, left, n->on_left.v, n->on_left.n, types);
	side_init(&j.right, c->arena, right, n->on_right.v, n->on_right.n, types);
	while (j.left.at < j.left.n || j.right.at < j.right.n)
		step(&j);
}

/* The columns in which `row` meets the earlier rows, cut to the prefix. */
static const struct ir_value *
cut(struct eval_context *c, const struct ir_node *n, const struct ir_value *row)
{
	struct ir_value *v = arena_array(c->arena, struct ir_value, n->on_left.n);
	uint32_t below = n->columns.v[n->by].type.width - n->prefix;

	for (uint32_t i = 0; i < n->on_left.n; i++) {
		v[i] = row[n->on_left.v[i]];
		if (n->on_left.v[i] == n->by)
			v[i].i = (ir_i128)((ir_u128)v[i].i >> below << below);
	}
	return v;
}

void
eval_refine(struct eval_context *c, const struct ir_node *n, struct eval_relation *r, const struct eval_relation *earlier)
{
	struct ir_type types[IR_REFINE_KEYS];
	uint32_t places[IR_REFINE_KEYS];
	struct side side = { .n = 0 };
	struct eval_relation out = *r;

	memset(&out.rows, 0, sizeof(out.rows));
	for (uint32_t i = 0; i < n->on_left.n; i++) {
		places[i] = i;
		types[i] = r->columns[n->on_left.v[i]].type;
	}
	if (earlier)
		side_init(&side, c->arena, earlier, n->on_right.v, n->on_right.n, types);
	vec_each (row, &r->rows) {
		struct join j = { .left = { .on = places, .non = n->on_left.n, .types = types }, .right = side };
		const struct ir_value *key = cut(c, n, *row);
		uint32_t low = 0, high = side.n;

		j.left.rows = &key;
		while (low < high) {
			int order;

			j.right.at = low + (high - low) / 2;
			order = cmp_sides(&j);
			if (order == 0) {
				vec_push(c->arena, &out.rows, *row);
				break;
			}
			if (order < 0)
				high = j.right.at;
			else
				low = j.right.at + 1;
		}
	}
	*r = out;
}
