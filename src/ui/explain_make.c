/* explain_make.c - gathers what plan, fit and graph say about each query, tag and stage. */
#include <math.h>
#include <stdlib.h>

#include "plan/lower.h"
#include "ui/explain.h"

const char *const explain_instants[IR_INSTANTS] = { "in", "mid", "deq", "out" };
const char *const explain_boundaries[PART_BOUNDARIES] = { "in > mid", "mid > deq", "deq > out" };
const char *const explain_pipes[PART_PIPES] = { "ingress", "egress" };

/* --- texts ---------------------------------------------------------------------------------------- */

struct str
explain_number(struct arena *a, double n)
{
	struct str digits, s = STR_NONE;

	if (n >= PART_UNLIMITED)
		return STR("unlimited");
	if (n > 0 && n < 10 && fabs(n - floor(n + 0.5)) > 1e-9)
		return str_fmt(a, "%.2g", n);
	digits = str_fmt(a, "%.0f", n);
	for (uint32_t i = 0; i < digits.n; i++)
		s = str_fmt(a, "%.*s%s%c", STRA(s), i && (digits.n - i) % 3 == 0 ? "," : "", digits.p[i]);
	return s;
}

struct str
explain_bytes(struct arena *a, uint64_t n)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	double v = (double)n;
	int unit = 0;

	for (; v >= 1024 && unit < 3; unit++)
		v /= 1024;
	return unit && v < 10 ? str_fmt(a, "%.1f %s", v, units[unit]) : str_fmt(a, "%.0f %s", v, units[unit]);
}

struct str
explain_percent(struct arena *a, double share)
{
	if (share > 0 && share < 0.0001)
		return STR("less than 0.01 %");
	return str_fmt(a, "%.2g %%", 100 * share);
}

static struct str
expr_text(const struct explain *e, const struct ir_expr *x)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct str s;

	if (!f)
		bug("no memory");
	ir_expr_print(f, e->plan->graph, x);
	fclose(f);
	s = str_dup(e->a, (struct str){ text, (uint32_t)n });
	free(text);
	return s;
}

static struct str
list_columns(const struct explain *e, const struct ir_column *v, uint32_t n)
{
	struct str s = STR_NONE;

	for (uint32_t i = 0; i < n; i++)
		s = str_fmt(e->a, "%.*s%s%.*s", STRA(s), i ? ", " : "", STRA(v[i].name));
	return s;
}

/* --- operators ------------------------------------------------------------------------------------ */

static const char *const kinds[] = { "filter", "map", "reduce", "distinct", "lost", "join", "top", "sort", "packets", "refine" };

static struct str
function_text(struct arena *a, const struct ir_node *n)
{
	static const char *const names[] = { "sum", "count", "min", "max", "avg", "distinct", "quantile" };

	if (n->func == IR_QUANTILE)
		return str_fmt(a, "quantile %g", n->quantile);
	return str_from(names[n->func]);
}

/* The query that another refines, at the end by name. */
static struct str
root_of(const struct explain *e, const struct ir_query *q)
{
	vec_each(other, &e->plan->graph->queries)
		vec_each(n, &(*other)->nodes)
			if (!q->name.n && (*n)->kind == IR_REFINE && (*n)->other == q)
				return root_of(e, *other);
	return q->name.n ? q->name : str_fmt(e->a, "query %u", q->index);
}

/* A query in place is called after the one that joins it, or after the one that it refines and the length of its prefixes. */
static struct str
name_in_place(const struct explain *e, const struct ir_query *q)
{
	vec_each(other, &e->plan->graph->queries) {
		uint32_t number = 2;

		vec_each(n, &(*other)->nodes) {
			if (!(*n)->other)
				continue;
			if ((*n)->other == q && (*n)->kind == IR_REFINE)
				return str_fmt(e->a, "%.*s/%u", STRA(root_of(e, *other)), (*n)->prefix);
			if ((*n)->other == q && (*other)->name.n)
				return str_fmt(e->a, "%.*s/%u", STRA((*other)->name), number);
			number++;
		}
	}
	return str_fmt(e->a, "query %u", q->index);
}

/* The columns of rows by their names: "(column[2] > 0)" is "(count > 0)". */
static struct str
with_names(const struct explain *e, struct str s, const struct ir_node *input)
{
	struct str out = STR_NONE;
	uint32_t number, at = 0;

	while (at < s.n) {
		struct str rest = str_sub(s, at, s.n);
		int64_t end = str_find(rest, ']');

		if (input && str_starts(rest, STR("column[")) && end > 0 &&
		    sscanf(str_cstr(e->a, rest), "column[%u]", &number) == 1 && number < input->columns.n) {
			out = str_fmt(e->a, "%.*s%.*s", STRA(out), STRA(input->columns.v[number].name));
			at += (uint32_t)end + 1;
		} else {
			out = str_fmt(e->a, "%.*s%c", STRA(out), rest.p[0]);
			at++;
		}
	}
	return out;
}

static struct str
operator_text(const struct explain *e, const struct ir_node *n, const struct ir_node *input)
{
	struct str keys = list_columns(e, n->keys.v, n->keys.n);

	switch (n->kind) {
	case IR_FILTER:
		return with_names(e, expr_text(e, n->expr), input);
	case IR_MAP:
		return list_columns(e, n->columns.v, n->columns.n);
	case IR_REDUCE:
		return str_fmt(e->a, "%.*s by %.*s", STRA(function_text(e->a, n)), STRA(keys.n ? keys : STR("nothing")));
	case IR_DISTINCT:
	case IR_LOST:
		return str_fmt(e->a, "by %.*s", STRA(keys.n ? keys : STR("nothing")));
	case IR_JOIN:
		return str_fmt(e->a, "with %.*s", STRA(n->other->name.n ? n->other->name : name_in_place(e, n->other)));
	case IR_TOP:
		return str_fmt(e->a, "%u by %.*s", n->top, STRA(n->columns.v[n->by].name));
	case IR_SORT:
		return str_fmt(e->a, "by %.*s%s", STRA(n->columns.v[n->by].name), n->descending ? ", descending" : "");
	case IR_PACKETS:
		return STR("names of lost packets");
	case IR_REFINE:
		return str_fmt(e->a, "%.*s/%u was heavy in the epoch before the last", STRA(n->columns.v[n->by].name), n->prefix);
	}
	bug("operator kind %d", (int)n->kind);
}

/* A field that is known no earlier than `at`. */
static const struct ir_field *
latest(const struct ir_expr *x, enum ir_instant at)
{
	const struct ir_field *f;

	if (!x)
		return NULL;
	if (x->op == IR_FIELD)
		return x->field->at == at ? x->field : NULL;
	f = latest(x->a, at);
	return f ? f : latest(x->b, at);
}

/* Why an operator runs at its instant, which is the earliest that it can. */
static struct str
why_there(const struct explain *e, const struct plan_state *s, const struct ir_node *n, enum ir_instant at)
{
	const struct ir_field *f = n->kind == IR_FILTER ? latest(n->expr, at) : NULL;

	vec_each(k, &n->keys)
		f = f ? f : latest(k->expr, at);
	vec_each(v, &n->values)
		f = f ? f : latest(v->expr, at);
	for (uint32_t i = 0; n->kind == IR_MAP && i < n->columns.n; i++)
		f = f ? f : latest(n->columns.v[i].expr, at);
	if (n->kind == IR_FILTER || n->kind == IR_MAP || f)
		return f && at != IR_AT_IN ? str_fmt(e->a, "needs %.*s", STRA(f->text)) : STR("what it needs has arrived");
	if (n->kind == IR_LOST)
		return STR("counts what ingress sends to the queue");
	if (s->guard && (f = latest(s->guard, at)))
		return str_fmt(e->a, "behind the filter on %.*s", STRA(f->text));
	return at == IR_AT_IN ? STR("what it needs has arrived") : STR("the stream begins there");
}

static enum ir_instant
birth(const struct ir_node *n)
{
	enum ir_instant at = IR_AT_IN;

	if (n->kind == IR_FILTER)
		return lower_birth(n->expr);
	vec_each(c, &n->columns)
		if (c->expr && lower_birth(c->expr) > at)
			at = lower_birth(c->expr);
	return at;
}

/* The steps of the query's way that belong to operator `i` of the switch. */
static void
stages_of(const struct explain_query *q, uint32_t i, struct explain_operator *o)
{
	const struct part_way *w = q->fit->way;
	uint32_t from = 0, to = 0;

	o->pipe = PART_PIPES;
	vec_each(c, &w->cuts) {
		from = c->number <= i ? c->steps : from;
		to = c->number == i + 1 ? c->steps : to;
	}
	for (uint32_t s = from; s < to; s++) {
		uint32_t at = q->fit->choice->stages[s];

		if (o->pipe == PART_PIPES)
			*o = (struct explain_operator){ o->kind, o->text, o->in_switch, o->at, o->why, w->steps.v[s].pipe, at, at };
		if (w->steps.v[s].pipe != o->pipe)
			continue;
		o->first = at < o->first ? at : o->first;
		o->last = at > o->last ? at : o->last;
	}
}

static void
add_operators(struct explain *e, struct explain_query *q)
{
	for (uint32_t i = 0; i < q->query->nodes.n; i++) {
		const struct ir_node *n = q->query->nodes.v[i];
		struct explain_operator o = { .kind = kinds[n->kind], .text = operator_text(e, n, i ? q->query->nodes.v[i - 1] : NULL), .in_switch = i < q->fit->split, .pipe = PART_PIPES };

		if (o.in_switch) {
			o.at = n->kind == IR_FILTER || n->kind == IR_MAP ? birth(n) : q->state->at;
			o.why = why_there(e, q->state, n, o.at);
			stages_of(q, i, &o);
		}
		vec_push(e->a, &q->operators, o);
	}
}

/* --- state ---------------------------------------------------------------------------------------- */

static uint32_t
words_of(const struct ir_expr *x)
{
	return ((x->type.kind == IR_BOOL ? 1 : x->type.width) + 31) / 32;
}

/* Registers as the weaver declares them. */
static void
measure_state(struct explain_query *q)
{
	const struct plan_state *s = q->state;
	uint64_t cells = (uint64_t)s->rows * s->stages, row = 8, tuple = 4;
	uint32_t words = 0, values = 0;

	vec_each(k, &s->keys)
		words += words_of(*k);
	for (uint32_t i = 0; i < s->values.n; i++)
		values += s->values.v[i].width / 8;
	row += 4 * words + values - (s->packed ? 4 : 0);
	tuple += 4 * words + values;
	if (cells) {
		q->registers += 1 + words + s->values.n - (s->packed ? 1 : 0);
		q->state_bytes += cells * row;
	}
	if (s->kind == PLAN_LOST && cells) {
		q->registers++;
		q->state_bytes += cells * 8;
	}
	if (s->ring_rows) {
		q->registers += 2 + words + s->values.n;
		q->state_bytes += 4 + (uint64_t)s->ring_rows * tuple;
	}
	if (s->absent || (cells && !s->mirror)) {
		uint32_t n = (s->absent != NULL) + (cells && !s->mirror ? 1 + (s->kind == PLAN_LOST) : 0);

		q->registers += n;
		q->state_bytes += (uint64_t)n * 8 * s->epoch_cells;
	}
}

/* --- tags ----------------------------------------------------------------------------------------- */

static bool
contains(const struct ir_expr *x, const struct ir_expr *what, bool *seen)
{
	if (!x || seen[x->id])
		return false;
	seen[x->id] = true;
	return x == what || contains(x->a, what, seen) || contains(x->b, what, seen);
}

static bool
uses(const struct explain *e, const struct plan_state *s, const struct plan_tag *t)
{
	bool *seen = arena_array(e->a, bool, e->plan->graph->exprs.n + 1);

	if (!t->expr)
		return s->row_tag == (int32_t)t->index;
	if (contains(s->guard, t->expr, seen) || contains(s->absent, t->expr, seen))
		return true;
	vec_each(k, &s->keys)
		if (contains(*k, t->expr, seen))
			return true;
	vec_each(v, &s->values)
		if (contains(v->expr, t->expr, seen))
			return true;
	return false;
}

static struct str
tag_text(const struct explain *e, const struct plan_tag *t)
{
	if (t->expr)
		return expr_text(e, t->expr);
	return t->kind == PLAN_TAG_ROW ? STR("row number") : STR("length of the payload");
}

static void
add_tags(struct explain *e)
{
	uint32_t *own = arena_array(e->a, uint32_t, (e->queries.n + 1) * PART_BOUNDARIES);

	vec_each(t, &e->plan->tags) {
		struct explain_tag x = { .tag = t, .what = tag_text(e, t) };
		uint32_t users = 0, last = 0;

		for (uint32_t i = 0; i < e->queries.n; i++)
			if (uses(e, e->queries.v[i].state, t)) {
				x.queries = str_fmt(e->a, "%.*s%s%.*s", STRA(x.queries), users++ ? ", " : "",
						    STRA(e->queries.v[i].name));
				last = i;
			}
		for (int b = 0; users == 1 && b < PART_BOUNDARIES; b++)
			if ((int)t->born <= b && b < (int)t->dies)
				own[last * PART_BOUNDARIES + (uint32_t)b] += t->width;
		vec_push(e->a, &e->tags, x);
	}
	for (uint32_t i = 0; i < e->queries.n; i++)
		for (uint32_t b = 0; b < PART_BOUNDARIES; b++)
			if (own[i * PART_BOUNDARIES + b] > e->queries.v[i].own_bits)
				e->queries.v[i].own_bits = own[i * PART_BOUNDARIES + b];
}

/* --- stages --------------------------------------------------------------------------------------- */

static void
use_stage(struct explain *e, uint32_t pipe, uint32_t stage)
{
	if (stage + 1 > e->nstages[pipe])
		e->nstages[pipe] = stage + 1;
}

static void
add_users_tables(struct explain *e, uint32_t pipe)
{
	vec_each(i, &e->fit->stages.pipes[pipe].items)
		for (uint32_t s = i->first; s <= i->last; s++) {
			struct explain_stage *to = &e->stages[pipe][s];

			vec_push(e->a, &to->tables, i->name);
			to->used[PART_TABLES]++;
			if (s == i->first) {
				to->used[PART_UNITS] += i->units;
				to->used[PART_BITS] += (double)i->register_bits;
				to->used[PART_HASH] += (double)i->hash_bits;
			}
			use_stage(e, pipe, s);
		}
}

static void
add_steps(struct explain *e, const struct explain_query *q)
{
	const struct part_way *w = q->fit->way;

	for (uint32_t i = 0; i < w->cuts.v[q->fit->choice->cut].steps; i++) {
		const struct part_step *s = &w->steps.v[i];
		struct explain_stage *to = &e->stages[s->pipe][q->fit->choice->stages[i]];

		vec_push(e->a, &to->steps, str_fmt(e->a, "%.*s: %.*s", STRA(q->name), STRA(s->what)));
		for (int r = 0; r < PART_RESOURCES; r++)
			to->used[r] += s->uses[r];
		use_stage(e, s->pipe, q->fit->choice->stages[i]);
	}
}

static double
limit(uint64_t n)
{
	return n == MODEL_UNLIMITED ? PART_UNLIMITED : (double)n;
}

static void
add_stages(struct explain *e)
{
	const struct plan_model *m = e->fit->model;

	e->limits[PART_TABLES] = limit(m->tables);
	e->limits[PART_UNITS] = limit(m->stateful_units);
	e->limits[PART_BITS] = limit(m->register_bits);
	e->limits[PART_HASH] = limit(m->hash_bits);
	for (uint32_t p = 0; p < PART_PIPES; p++) {
		e->stages[p] = arena_array(e->a, struct explain_stage, e->fit->stages.pipes[p].nstages + 1);
		add_users_tables(e, p);
	}
	vec_each(q, &e->queries)
		add_steps(e, q);
}

/* --- advice --------------------------------------------------------------------------------------- */

static void
add_advice(struct explain *e)
{
	const struct explain_query *wide = NULL, *busy = NULL, *big = NULL;
	int32_t worst = plan_fit_worst(e->fit);

	if (worst >= 0) {
		const struct plan_fit_query *f = &e->fit->queries[worst];
		const struct explain_query *q = &e->queries.v[worst];

		vec_push(e->a, &e->advice, str_fmt(e->a, "%.*s sends %.*s tuples/s more to the controller than it must, for want of %s.",
						   STRA(q->name), STRA(explain_number(e->a, f->tuples - f->best)), f->limit));
	}
	vec_each(q, &e->queries) {
		wide = q->own_bits && (!wide || q->own_bits > wide->own_bits) ? q : wide;
		busy = q->fit->tuples > 0 && (!busy || q->fit->tuples > busy->fit->tuples) ? q : busy;
		big = !big || q->state_bytes > big->state_bytes ? q : big;
	}
	if (wide)
		vec_push(e->a, &e->advice, str_fmt(e->a, "%.*s alone makes packets carry %u bits; without it the others would not.",
						   STRA(wide->name), wide->own_bits));
	if (busy && worst != (int32_t)busy->query->index)
		vec_push(e->a, &e->advice, str_fmt(e->a, "%.*s keeps the controller busiest, with %.*s tuples/s: a longer epoch, fewer keys or a "
							 "narrower filter would help.",
						   STRA(busy->name), STRA(explain_number(e->a, busy->fit->tuples))));
	if (big && big->state_bytes)
		vec_push(e->a, &e->advice, str_fmt(e->a, "%.*s has the most state, %.*s: see its rows and stages.", STRA(big->name),
						   STRA(explain_bytes(e->a, big->state_bytes))));
}

/* --- verdicts ------------------------------------------------------------------------------------- */

struct str
explain_verdict(const struct explain *e, const struct explain_query *q)
{
	if (q->fit->split == q->fit->operators)
		return STR("the switch does what a switch can");
	return str_fmt(e->a, "%u of %u operators in the switch%s%s", q->fit->split, q->fit->operators,
		       q->fit->forced ? ", as asked for" : q->fit->limit ? ", for want of " : "",
		       !q->fit->forced && q->fit->limit ? q->fit->limit : "");
}

struct str
explain_search(const struct explain *e)
{
	const struct part_result *r = &e->fit->result;
	double gap = r->tuples > 0 ? 100 * (r->tuples - r->bound) / r->tuples : 0;

	switch (r->status) {
	case PART_OPTIMAL:
		return STR("no plan sends fewer tuples to the controller");
	case PART_TIMED:
		return str_fmt(e->a, "the best plan found in the time; one that sends %.1f %% fewer tuples may exist", gap);
	case PART_GREEDY:
		return STR("the best plan of a simple search, as there is no solver (libCbcSolver)");
	case PART_INFEASIBLE:
		break;
	}
	return STR("nothing fits");
}

void
explain_make(struct explain *e, struct compilation *c, const char *program)
{
	const char *slash = strrchr(program, '/');

	*e = (struct explain){ .a = c->arena, .program = slash ? slash + 1 : program, .plan = c->plan, .fit = c->fit, .network = c->network_plan };
	plan_bits(c->plan, &e->bits);
	vec_each(s, &c->plan->states) {
		struct explain_query q = { .name = s->query->name, .query = s->query, .state = s,
					   .fit = &c->fit->queries[s->query->index] };

		if (!q.name.n)
			q.name = name_in_place(e, s->query);
		add_operators(e, &q);
		measure_state(&q);
		vec_push(e->a, &e->queries, q);
	}
	add_tags(e);
	add_stages(e);
	add_advice(e);
}
