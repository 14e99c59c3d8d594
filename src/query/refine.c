/* refine: a query looks closely only where it was heavy at a coarser look before (dynamic refinement, Sonata, SIGCOMM 2018, section 4).
 * Each level is a query in place: the same operators with fewer bits of the key, refined by the level before. */
#include "query/check.h"

#include "ir/value.h"

struct refining {
	struct checker *c;
	struct flow *f;
	const struct tree_op *op;
	const struct ir_node *group; /* the aggregate */
	uint32_t by;		     /* its column that is refined */
	uint32_t levels[IR_REFINE_MAX], nlevels;
};

/* --- what may be refined --- */

static bool
reads(const struct ir_expr *e, uint32_t column)
{
	return e && ((e->op == IR_COLUMN && e->column == column) || reads(e->a, column) || reads(e->b, column));
}

/* Is a prefix at least as heavy as each of its addresses? */
static bool
grows(const struct ir_node *n)
{
	return n->kind == IR_DISTINCT || n->func == IR_SUM || n->func == IR_COUNT || n->func == IR_MAX || n->func == IR_DISTINCT_F;
}

/* One aggregate, and filters of its rows behind it. */
static bool
find_group(struct refining *r)
{
	struct diags *d = r->c->d;
	uint32_t filters = 0;

	vec_each (n, &r->f->q->nodes) {
		if ((*n)->kind == IR_FILTER) {
			filters += r->group != NULL;
		} else if (((*n)->kind == IR_REDUCE || (*n)->kind == IR_DISTINCT) && !r->group) {
			r->group = *n;
		} else {
			diag_error(d, r->op->name_at, "'refine' stands behind one reduce or distinct and filters of its rows");
			return false;
		}
	}
	if (!r->group || !filters) {
		diag_error(d, r->op->name_at, "'refine' needs a filter of the aggregate's rows before it: it says what is worth a closer look");
		return false;
	}
	if (!grows(r->group)) {
		diag_error(d, r->op->name_at, "'refine' works on sum, count, max and distinct: only they are at least as large for a prefix as "
					      "for what it contains");
		return false;
	}
	return true;
}

static bool
find_key(struct refining *r, const struct tree *t)
{
	struct checker *c = r->c;
	int32_t i = t && t->kind == TREE_PATH ? query_find_column(c, r->f, &r->f->columns, t->text) : -1;
	struct ir_type type;

	if (i < 0 || (uint32_t)i >= r->group->keys.n) {
		diag_error(c->d, t ? t->at : r->op->at, "'refine' needs the key that it refines, and its prefixes: .refine(ipv4.dstIP_in, [8, 16])");
		return false;
	}
	type = r->group->keys.v[i].type;
	if (ir_is_text(type.kind) || type.is_signed || type.width < 2) {
		diag_error(c->d, t->at, "'%.*s' has no prefixes", STRA(t->text));
		return false;
	}
	vec_each (n, &r->f->q->nodes)
		if ((*n)->kind == IR_FILTER && reads((*n)->expr, (uint32_t)i)) {
			diag_error(c->d, (*n)->at, "a filter of '%.*s' behind the aggregate can't be asked of its prefixes: filter before", STRA(t->text));
			return false;
		}
	r->by = (uint32_t)i;
	return true;
}

static bool
find_levels(struct refining *r, struct tree *t)
{
	uint32_t width = r->group->keys.v[r->by].type.width;
	struct tree *const *each = t && t->kind == TREE_LIST ? NULL : &t;
	uint32_t n = !t ? 0 : each ? 1 : t->args.n;

	if (!n || n > IR_REFINE_MAX) {
		diag_error(r->c->d, t ? t->at : r->op->at, "'refine' needs 1 to %d lengths of prefixes: [8, 16]", IR_REFINE_MAX);
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct tree *one = each ? t : t->args.v[i].value;
		uint64_t level;

		if (!query_constant_int(r->c, one, "a prefix's length in bits", i ? r->levels[i - 1] + 1 : 1, width - 1, &level))
			return false;
		r->levels[r->nlevels++] = (uint32_t)level;
	}
	return true;
}

/* --- the levels --- */

static void
push_refinement(struct refining *r, struct ir_query *q, struct ir_query *earlier, uint32_t prefix)
{
	struct arena *a = r->c->arena;
	struct ir_node *n = arena_new(a, struct ir_node);

	n->kind = IR_REFINE;
	n->at = r->op->at;
	n->other = earlier;
	n->by = r->by;
	n->prefix = prefix;
	for (uint32_t i = 0; i < r->group->keys.n; i++) {
		vec_push(a, &n->on_left, i);
		vec_push(a, &n->on_right, i);
	}
	vec_push(a, &q->nodes, n);
}

/* The aggregate by a prefix of `bits`. What was said of the table is of the finest one. */
static struct ir_node *
coarser(struct refining *r, uint32_t bits)
{
	struct arena *a = r->c->arena;
	struct ir_node *n = arena_copy(a, r->group, sizeof(*n));
	struct ir_column *key, *column;
	ir_u128 below;

	n->rows = r->c->o ? r->c->o->default_rows : 0;
	n->stages = r->c->o ? r->c->o->default_stages : 0;
	n->overflow = IR_OVERFLOW_DEFAULT;
	n->keys.v = arena_copy(a, n->keys.v, n->keys.n * sizeof(*n->keys.v));
	n->columns.v = arena_copy(a, n->columns.v, n->columns.n * sizeof(*n->columns.v));
	key = &n->keys.v[r->by];
	column = &n->columns.v[r->by];
	below = ((ir_u128)1 << (key->type.width - bits)) - 1;
	key->expr = ir_binary(r->c->g, IR_AND_BITS, key->expr, ir_const(r->c->g, key->type, ir_wrap(key->type, (ir_i128)~below)));
	key->name = column->name = str_fmt(a, "%.*s/%u", STRA(key->name), bits);
	return n;
}

static struct ir_query *
make_level(struct refining *r, uint32_t i, struct ir_query *earlier, struct epoch epoch)
{
	struct arena *a = r->c->arena;
	struct ir_query *q = arena_copy(a, r->f->q, sizeof(*q));

	r->c->nqueries++;
	q->name = STR_NONE;
	q->anonymous = true;
	memset(&q->nodes, 0, sizeof(q->nodes));
	vec_each (n, &r->f->q->nodes)
		vec_push(a, &q->nodes, *n == r->group ? coarser(r, r->levels[i]) : arena_copy(a, *n, sizeof(**n)));
	if (earlier)
		push_refinement(r, q, earlier, r->levels[i - 1]);
	query_finish(r->c, q, epoch);
	return q;
}

void
query_refine(struct checker *c, struct flow *f, const struct tree_op *op, struct epoch epoch)
{
	static const char *const names[] = { "key", "prefixes" };
	struct refining r = { .c = c, .f = f, .op = op };
	struct ir_query *level = NULL;
	struct tree *args[2];

	if (!query_bind(c, op, names, 2, 2, args) || f->lost_track || !find_group(&r) || !find_key(&r, args[0]) ||
	    !find_levels(&r, args[1])) {
		f->bad = true;
		return;
	}
	for (uint32_t i = 0; i < r.nlevels; i++)
		level = make_level(&r, i, level, epoch);
	push_refinement(&r, f->q, level, r.levels[r.nlevels - 1]);
}
