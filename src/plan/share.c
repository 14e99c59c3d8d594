/* share.c - one row per flow instead of one per flow and query. Queries that count packets, or tell keys apart, by fields of a packet's flow
 * (addresses, ports, protocols) have few more rows together than the finest of them alone: a packet then finds one row and not one for each query, and
 * the controller works out the rows of each query when the epoch closes. A row of the shared table has the keys of all of them, each 0 where the header
 * is missing, and a last key whose bits (`atoms`) are those comparisons of the queries' filters that the keys don't tell already: so all packets of a row are
 * taken by the same queries. Which ones (`marks`) is worked out once, when the row is claimed.
 *
 * Such tables are those whose rows make room for each other (plan_state.replaces), as flows may be many. Behind the queue only queries by ports share: they are many packets'
 * and few rows, while for flows it gained nothing there (docs/performance.md). */
#include "plan/share.h"

#include "plan/lower.h"

#define LEAST 3	      /* queries */
#define LEAST_PORTS 2 /* of egress */
#define WORDS_MAX 12 /* of keys: with the cell, atoms and marks a row of 64 bytes, one line of the cache */
#define MEMBERS_MAX 16 /* each has two marks at most */
#define SUMS_MAX 4
#define WORD 32

/* A key of the row: one of the queries', or several side by side. */
struct word {
	const struct ir_expr *expr;
	uint32_t used; /* bits */
};

struct exprs {
	VEC(const struct ir_expr *) all; /* no two are the same */
};

struct group {
	struct plan *p;
	VEC(uint32_t) members; /* states */
	struct exprs keys, atoms, marks;
	VEC(struct plan_value) sums; /* beside the count */
	struct exprs leaves; /* of what the atoms are taken from */
	const struct ir_expr *guard; /* NULL: always */
	VEC(struct word) packed; /* what the row's keys are */
	VEC(struct plan_part_key) places; /* by key: where it lies in them */
	uint32_t words, rows, ring_rows;
};

static uint32_t
find(const struct exprs *x, const struct ir_expr *e)
{
	uint32_t i = 0;

	while (i < x->all.n && x->all.v[i] != e)
		i++;
	return i;
}

static uint32_t
put(struct arena *a, struct exprs *x, const struct ir_expr *e)
{
	uint32_t i = find(x, e);

	if (i == x->all.n)
		vec_push(a, &x->all, e);
	return i;
}

/* --- which queries ------------------------------------------------------------------------------ */

/* The fields that all packets of a flow have in common; a program's own fields may be anything. */
static bool
is_of_flow(const struct ir_graph *g, const struct ir_field *f)
{
	static const char *const names[] = { "srcIP", "dstIP", "proto", "srcPort", "dstPort", "srcMac", "dstMac" };
	uint32_t hi, lo;

	if (f->kind == IR_F_PORT_IN || f->kind == IR_F_PORT_INTENT || f->kind == IR_F_VALID)
		return true;
	for (size_t i = 0; f->kind == IR_F_HEADER && i < sizeof(names) / sizeof(names[0]); i++)
		if (ir_schema_resolve(&g->schema->headers.v[f->header], str_from(names[i]), &hi, &lo) == (int32_t)f->field)
			return true;
	return false;
}

static bool
tells_flows(const struct ir_graph *g, const struct ir_expr *e)
{
	if (!e || e->op == IR_CONST)
		return true;
	if (e->op == IR_FIELD)
		return is_of_flow(g, e->field);
	return tells_flows(g, e->a) && tells_flows(g, e->b);
}

/* Has the query asked for a table of its own? */
static bool
asks_for_table(const struct ir_query *q)
{
	const struct ir_node *n = q->nodes.v[q->stateful];

	return n->rows || n->stages || n->overflow != IR_OVERFLOW_DEFAULT || ir_refinement(q);
}

/* Are the state's values sums? As a row's packets are taken by the same queries, a sum over them is what each of these queries would have of them. */
static bool
adds_up(const struct plan_state *s)
{
	if (s->kind != PLAN_REDUCE)
		return s->kind == PLAN_DISTINCT;
	vec_each(v, &s->values)
		if (v->merge != IR_MERGE_SUM || (v->expr ? v->expr->type.is_signed : v->width > WORD && s->window_ns > PLAN_FEW_NS))
			return false;
	return true;
}

static bool
is_port(const struct ir_expr *e)
{
	return e->op == IR_FIELD && (e->field->kind == IR_F_PORT_IN || e->field->kind == IR_F_PORT_INTENT || e->field->kind == IR_F_PORT_OUT);
}

static bool
may_share(const struct plan *p, const struct plan_state *s)
{
	if (s->part.any || !adds_up(s) || (!s->replaces && !s->index_bits) || !s->keys.n || asks_for_table(s->query))
		return false;
	vec_each(k, &s->keys)
		if (s->query->egress ? !is_port(*k) : !tells_flows(p->graph, *k))
			return false;
	return true;
}

static bool
may_meet(const struct plan_state *a, const struct plan_state *b)
{
	return a->query->egress == b->query->egress && a->window_ns == b->window_ns && a->generations == b->generations;
}

/* --- what they have in common ------------------------------------------------------------------- */

static bool
has_conjunct(const struct ir_expr *all, const struct ir_expr *e)
{
	return all == e || (all->op == IR_AND && (has_conjunct(all->a, e) || has_conjunct(all->b, e)));
}

/* Does `e` hold wherever `all` does, as far as their parts tell? */
static bool
implies(const struct ir_expr *all, const struct ir_expr *e)
{
	if (!e || (all && has_conjunct(all, e)))
		return true;
	return e->op == IR_AND && implies(all, e->a) && implies(all, e->b);
}

static uint32_t
width_of(const struct ir_expr *e)
{
	return e->type.kind == IR_BOOL ? 1 : e->type.width;
}

static uint32_t
words_of(const struct ir_expr *e)
{
	return (width_of(e) + WORD - 1) / WORD;
}

static void
put_leaves(struct arena *a, struct exprs *x, const struct ir_expr *e)
{
	if (!e)
		return;
	if (e->op != IR_AND && e->op != IR_OR && e->op != IR_NOT) {
		put(a, x, e);
		return;
	}
	put_leaves(a, x, e->a);
	put_leaves(a, x, e->b);
}

/* Which of the row's values is the state's: the count, or a sum. */
static uint32_t
value_of(const struct group *u, const struct plan_value *v)
{
	uint32_t i = 0;

	if (!v->expr)
		return 0;
	while (i < u->sums.n && (u->sums.v[i].expr != v->expr || u->sums.v[i].width != v->width))
		i++;
	return 1 + i;
}

static uint32_t
new_values(const struct group *u, const struct plan_state *s)
{
	uint32_t n = 0;

	vec_each(v, &s->values)
		n += value_of(u, v) > u->sums.n;
	return n;
}

/* False: then the row would be too wide. */
static bool
join(struct group *u, const struct plan_state *s)
{
	uint32_t words = u->words;

	put_leaves(u->p->arena, &u->leaves, s->guard);
	put_leaves(u->p->arena, &u->leaves, s->absent);
	vec_each(k, &s->keys)
		words += find(&u->keys, *k) < u->keys.all.n ? 0 : words_of(*k);
	if (words > WORDS_MAX || u->leaves.all.n > WORD || u->members.n == MEMBERS_MAX || u->sums.n + new_values(u, s) > SUMS_MAX)
		return false;
	vec_each(v, &s->values)
		if (value_of(u, v) > u->sums.n)
			vec_push(u->p->arena, &u->sums, *v);
	vec_each(k, &s->keys)
		put(u->p->arena, &u->keys, *k);
	vec_push(u->p->arena, &u->members, s->index);
	u->words = words;
	return true;
}

static bool
has_keys(const struct group *u, const struct plan_state *s)
{
	vec_each(k, &s->keys)
		if (find(&u->keys, *k) == u->keys.all.n)
			return false;
	return true;
}

static const struct plan_state *
member(const struct group *u, uint32_t i)
{
	return &u->p->states.v[u->members.v[i]];
}

static bool
is_about_headers(const struct ir_expr *e)
{
	if (!e)
		return true;
	if (e->op == IR_AND || e->op == IR_OR)
		return is_about_headers(e->a) && is_about_headers(e->b);
	return e->op == IR_FIELD && e->field->kind == IR_F_VALID;
}

/* Packets that some query takes: of guards that hold only where another does, that one is enough. Where a query takes all packets that have some
 * headers, nothing is gained by leaving the others out: with them the table tells all tuples without a key, too. */
static void
find_guard(struct group *u)
{
	for (uint32_t i = 0; i < u->members.n; i++)
		if (is_about_headers(member(u, i)->guard))
			return;
	for (uint32_t i = 0; i < u->members.n; i++) {
		const struct ir_expr *g = member(u, i)->guard;
		bool other = false;

		for (uint32_t k = 0; k < u->members.n; k++) {
			const struct ir_expr *h = member(u, k)->guard;

			other |= h != g && implies(g, h) && (k < i || !implies(h, g));
		}
		if (!other)
			u->guard = u->guard ? ir_binary(u->p->graph, IR_OR, u->guard, g) : g;
	}
}

/* Is the value of `e` the same for all packets that have the same keys? A key is 0 where its header is missing; that it is, an atom says. */
static bool
is_told(const struct group *u, const struct ir_expr *e)
{
	if (!e || e->op == IR_CONST)
		return true;
	if (find(&u->keys, e) < u->keys.all.n)
		return true;
	return e->op != IR_FIELD && is_told(u, e->a) && is_told(u, e->b);
}

static void
find_atoms(struct group *u, const struct ir_expr *e)
{
	if (implies(u->guard, e) || e->op == IR_CONST)
		return;
	if (e->op == IR_AND || e->op == IR_OR || e->op == IR_NOT) {
		find_atoms(u, e->a);
		if (e->b)
			find_atoms(u, e->b);
	} else if (!is_told(u, e)) {
		put(u->p->arena, &u->atoms, e);
	}
}

static int32_t
mark(struct group *u, const struct ir_expr *e)
{
	if (implies(u->guard, e))
		return -1;
	find_atoms(u, e);
	return (int32_t)put(u->p->arena, &u->marks, e);
}

/* --- packets without a key ---------------------------------------------------------------------- */

/* What of `e` doesn't follow from a and b; NULL: nothing. */
static const struct ir_expr *
left_of(struct ir_graph *g, const struct ir_expr *e, const struct ir_expr *a, const struct ir_expr *b)
{
	const struct ir_expr *x, *y;

	if (implies(a, e) || implies(b, e))
		return NULL;
	if (e->op != IR_AND)
		return e;
	x = left_of(g, e->a, a, b);
	y = left_of(g, e->b, a, b);
	return x && y ? ir_binary(g, IR_AND, x, y) : x ? x : y;
}

static const struct ir_expr *
both(struct ir_graph *g, const struct ir_expr *a, const struct ir_expr *b)
{
	return a && b ? ir_binary(g, IR_AND, a, b) : a ? a : b;
}

/* Absent tuples among the table's packets have rows of their own, which are found anyway; the query counts the others. */
static int32_t
split_absent(struct group *u, struct plan_state *s)
{
	struct ir_graph *g = u->p->graph;
	const struct ir_expr *e = s->absent, *pass = e && e->op == IR_AND ? e->a : NULL, *there, *missing, *outside;

	if (!e || (e->op == IR_AND ? e->b : e)->op != IR_NOT)
		return -1;
	there = (e->op == IR_AND ? e->b : e)->a;
	missing = left_of(g, there, u->guard, pass);
	if (!missing)
		return -1; /* there are none among them */
	outside = u->guard ? ir_unary(g, IR_NOT, u->guard) : NULL;
	s->absent = outside ? both(g, implies(there, u->guard) ? pass : e, outside) : NULL;
	return mark(u, both(g, pass, ir_unary(g, IR_NOT, missing)));
}

/* --- the shared state --------------------------------------------------------------------------- */

/* `there` as a number: a product with it is the other factor, or 0. */
static const struct ir_expr *
where(struct ir_graph *g, const struct ir_expr *e, const struct ir_expr *there)
{
	return there ? ir_binary(g, IR_MUL, e, there) : e;
}

static const struct ir_expr *
key_of(const struct group *u, const struct ir_expr *e)
{
	const struct ir_expr *there = lower_presence(u->p->graph, e);

	return where(u->p->graph, e, implies(u->guard, there) ? NULL : there);
}

/* Keys of few bits lie side by side in words: a row that is found has to be compared word by word. */
static void
pack(struct group *u, const struct ir_expr *e, uint32_t width)
{
	const struct ir_type type = { IR_INT, WORD, false };
	struct ir_graph *g = u->p->graph;
	bool narrow = width < WORD && !e->type.is_signed;

	for (uint32_t i = 0; narrow && i < u->packed.n; i++) {
		struct word *w = &u->packed.v[i];
		const struct ir_expr *shifted;

		if (w->used + width > WORD)
			continue;
		shifted = ir_binary(g, IR_MUL, ir_const(g, type, (ir_i128)1 << w->used), e);
		w->expr = ir_binary(g, IR_OR_BITS, shifted, w->expr);
		vec_push(u->p->arena, &u->places, (struct plan_part_key){ i, w->used });
		w->used += width;
		return;
	}
	vec_push(u->p->arena, &u->places, (struct plan_part_key){ u->packed.n, 0 });
	vec_push(u->p->arena, &u->packed, (struct word){ e, narrow ? width : WORD });
}

/* Truths as the bits of a number. What a missing header's fields are compared with is false: such fields may be anything. */
static const struct ir_expr *
bits_of(const struct group *u, const struct exprs *x)
{
	struct ir_graph *g = u->p->graph;
	const struct ir_type type = { IR_INT, WORD, false };
	const struct ir_expr *all = NULL;

	for (uint32_t i = 0; i < x->all.n; i++) {
		const struct ir_expr *bit = where(g, ir_const(g, type, (ir_i128)1 << i), lower_truth(g, x->all.v[i]));

		all = all ? ir_binary(g, IR_OR_BITS, all, bit) : bit;
	}
	return all;
}

/* Not one of the graph's: nothing of it runs behind the switch. */
static const struct ir_query *
query_of(const struct group *u, uint32_t number)
{
	struct ir_query *q = arena_new(u->p->arena, struct ir_query);

	*q = *member(u, 0)->query;
	q->name = str_fmt(u->p->arena, "shared%u", number);
	q->index = UINT32_MAX;
	q->anonymous = true;
	return q;
}

static enum ir_instant
first_instant(const struct plan_state *s)
{
	return s->query->egress ? IR_AT_DEQ : IR_AT_IN;
}

static struct plan_state
state_of(const struct group *u, uint32_t number)
{
	const struct plan_state *like = member(u, 0);
	struct plan_state s = { .index = u->p->states.n, .query = query_of(u, number), .kind = PLAN_REDUCE, .guard = u->guard,
				.packed = true, .mirror = true, .replaces = true, .row_tag = -1, .rows = u->rows, .stages = 1,
				.generations = like->generations, .ring_rows = u->ring_rows, .epoch_cells = like->epoch_cells,
				.window_ns = like->window_ns, .at = first_instant(like) };
	struct arena *a = u->p->arena;

	s.prefix = str_fmt(a, "ps_shared%u", number);
	vec_each(w, &u->packed)
		vec_push(a, &s.keys, w->expr);
	vec_push(a, &s.values, (struct plan_value){ NULL, WORD, IR_MERGE_SUM, false });
	vec_each(v, &u->sums)
		vec_push(a, &s.values, *v);
	if (u->marks.all.n)
		vec_push(a, &s.values, (struct plan_value){ bits_of(u, &u->marks), WORD, IR_MERGE_MAX, true });
	lower_later(&s.at, s.guard);
	vec_each(k, &s.keys)
		lower_later(&s.at, *k);
	vec_each(v, &s.values)
		lower_later(&s.at, v->expr);
	return s;
}

static void
become_part(struct group *u, struct plan_state *s)
{
	s->part = (struct plan_part){ .any = true, .state = u->p->states.n, .mark = mark(u, s->guard), .absent = split_absent(u, s) };
	vec_each(k, &s->keys)
		vec_push(u->p->arena, &s->part.keys, u->places.v[find(&u->keys, *k)]);
	vec_each(v, &s->values)
		vec_push(u->p->arena, &s->part.values, value_of(u, v));
	s->rows = s->stages = s->ring_rows = s->index_bits = 0;
	s->mirror = s->replaces = false;
	s->at = first_instant(s);
	lower_later(&s->at, s->absent);
}

/* Rows by number are cheap: such queries take part where they add no key, and behind the queue where the table has all their packets anyway. */
static bool
is_worth(const struct group *u, const struct plan_state *s, const struct plan_state *like)
{
	return !s->index_bits || (s->query->egress ? implies(s->guard, like->guard) : has_keys(u, s));
}

static bool
enough(const struct group *u, const struct plan_state *like)
{
	return u->members.n >= (like->query->egress ? LEAST_PORTS : LEAST);
}

/* Those of the first n states that may share a table with `first`. */
static void
find_members(struct group *u, uint32_t first, uint32_t n)
{
	const struct plan_state *like = &u->p->states.v[first];

	for (int by_number = 0; by_number <= 1; by_number++) {
		for (uint32_t i = 0; i < n; i++) {
			const struct plan_state *s = &u->p->states.v[i];

			if (may_share(u->p, s) && may_meet(s, like) && !s->index_bits == !by_number && is_worth(u, s, like))
				join(u, s);
		}
		if (!like->query->egress && !enough(u, like))
			return;
	}
}

static void
share(struct plan *p, uint32_t first, uint32_t n, uint32_t *number)
{
	const struct plan_state *like = &p->states.v[first];
	struct group u = { .p = p, .rows = like->rows, .ring_rows = like->ring_rows };

	find_members(&u, first, n);
	if (!enough(&u, like))
		return;
	find_guard(&u);
	vec_each(k, &u.keys.all)
		pack(&u, key_of(&u, *k), width_of(*k));
	vec_each(m, &u.members)
		become_part(&u, &p->states.v[*m]);
	if (u.atoms.all.n)
		pack(&u, bits_of(&u, &u.atoms), u.atoms.all.n);
	vec_push(p->arena, &p->states, state_of(&u, ++*number));
}

void
plan_share(struct plan *p, const struct plan_options *o)
{
	uint32_t n = p->states.n, number = 0;

	for (uint32_t i = 0; i < n && !o->own_tables; i++)
		if (may_share(p, &p->states.v[i]) && !p->states.v[i].index_bits)
			share(p, i, n, &number);
}
