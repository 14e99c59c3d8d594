/* fit.c - queries as steps for the integer program, and its answer as splits. */
#include "plan/fit.h"

#include <math.h>

#include "base/clock.h"
#include "plan/lower.h"
#include "plan/place.h"

#define ROWS_LEAST 64 /* a table made smaller to fit is not made smaller than this */
#define ROWS_HALVED 3 /* times at most */
#define DEPTH_LESS 2  /* a table of more stages may become one of this many, with four times the rows */

const char *const plan_resource_words[PART_RESOURCES] = { "tables", "stateful units", "register bits", "hash bits" };

struct fitting {
	struct plan *p;
	struct arena *a;
	const struct plan_options *options;
	const struct plan_fit_options *o;
	struct plan_fit *fit;
};

/* --- steps ---------------------------------------------------------------------------------------- */

static double
limit(uint64_t n)
{
	return n == MODEL_UNLIMITED ? PART_UNLIMITED : (double)n;
}

static uint32_t
log2_up(uint64_t n)
{
	uint32_t bits = 0;

	while ((UINT64_C(1) << bits) < n)
		bits++;
	return bits;
}

/* The pipeline of an instant, and the first stage there where its values are what they are: before the user's tables, or behind. */
static void
place_step(const struct fitting *f, enum ir_instant at, struct part_step *s)
{
	s->pipe = at >= IR_AT_DEQ ? PART_EGRESS : PART_INGRESS;
	s->first = at == IR_AT_MID || at == IR_AT_OUT ? f->fit->stages.pipes[s->pipe].used : 0;
}

static int32_t
push_step(struct fitting *f, struct part_way *w, enum ir_instant at, int32_t after, struct str what, const double *uses)
{
	struct part_step s = { .after = { after, -1 }, .what = what };

	place_step(f, at, &s);
	for (int i = 0; i < PART_RESOURCES; i++)
		s.uses[i] = uses[i];
	if (uses[PART_BITS] > limit(f->o->model->one_register_bits))
		s.uses[PART_BITS] = PART_UNLIMITED;
	vec_push(f->a, &w->steps, s);
	return (int32_t)w->steps.n - 1;
}

static uint32_t
key_words(const struct plan_state *s)
{
	uint32_t words = 0;

	vec_each(k, &s->keys)
		words += ((*k)->type.kind == IR_BOOL ? 1 : (*k)->type.width + 31) / 32;
	return words;
}

/* d tables, one behind the other: each claims a row by one operation on epoch and key (a unit works on pairs of words), and the stage
 * behind it merges the further values; then the overflow. */
static void
table_steps(struct fitting *f, struct part_way *w, const struct plan_state *s, uint32_t rows, int32_t last)
{
	uint32_t words = key_words(s), stages = words ? w->depth : 1, further = s->values.n - (s->packed ? 1 : 0);

	if (plan_refinement(s)) /* whose epoch the set is of, and what is in it */
		last = push_step(f, w, s->at, last, STR("prefixes"),
				 (double[PART_RESOURCES]){ 1, 2, 64.0 * PLAN_SET_CELLS + 64, log2_up(2 * PLAN_SET_CELLS) });
	for (uint32_t i = 0; i < stages; i++) {
		double claim[PART_RESOURCES] = { 1, 1 + (words + 1) / 2, (double)rows * (64 + 32 * words), log2_up(rows) };
		double merge[PART_RESOURCES] = { 1, further, 0, 0 };

		last = push_step(f, w, s->at, last, str_fmt(f->a, "table %u", i), claim);
		for (uint32_t v = s->packed ? 1 : 0; v < s->values.n; v++)
			merge[PART_BITS] += (double)rows * s->values.v[v].width;
		if (further)
			push_step(f, w, s->at, last, str_fmt(f->a, "values %u", i), merge);
	}
	push_step(f, w, s->at, last, STR("overflow"), (double[PART_RESOURCES]){ 1, s->mirror ? 0 : 1, s->mirror ? 0 : 64.0 * s->epoch_cells, 0 });
	for (uint32_t i = 0; s->kind == PLAN_LOST && i < stages; i++)
		push_step(f, w, IR_AT_DEQ, -1, str_fmt(f->a, "arrived %u", i),
			  (double[PART_RESOURCES]){ 1, 1, 64.0 * rows, 0 });
}

static enum ir_instant
birth_of_map(const struct ir_node *n)
{
	enum ir_instant at = IR_AT_IN;

	vec_each(c, &n->columns)
		if (c->expr && lower_birth(c->expr) > at)
			at = lower_birth(c->expr);
	return at;
}

/* Does a map compute anything, or only name fields and constants? */
static bool
computes(const struct ir_node *n)
{
	vec_each(c, &n->columns)
		if (c->expr && c->expr->op != IR_FIELD && c->expr->op != IR_CONST)
			return true;
	return false;
}

/* --- cuts ----------------------------------------------------------------------------------------- */

/* Tuples a second that reach the controller: with a table one for each row that is read, and what overflows. */
static double
tuples_of_table(const struct plan_query_load *l, const struct plan_state *s, uint32_t rows, uint32_t stages)
{
	double lost = plan_overflow(l->keys, rows, key_words(s) ? stages : 1, s->generations);
	double epochs = 1e9 / (double)s->window_ns;

	return l->keys * (1 - lost) * epochs + (s->mirror ? l->tuples[l->n] * lost : 0);
}

static double
tuples_of_cut(const struct plan_query_load *l, const struct plan_state *s, uint32_t k)
{
	/* a loss that the controller counts needs a tuple before the queue and one behind it */
	return l->tuples[k < l->n ? k : l->n] * (s->kind == PLAN_LOST ? 2 : 1);
}

/* Bits that the query alone carries when `split` of its operators run in the switch. */
static void
carried_alone(struct fitting *f, const struct ir_query *q, uint32_t split, double *ret)
{
	struct plan alone = { .arena = f->a, .graph = f->p->graph, .program = f->p->program, .target = f->p->target };
	struct plan_options o = *f->options;
	struct diags *quiet = diags_make(f->a, sources_make(f->a));
	uint32_t *splits = arena_array(f->a, uint32_t, f->p->graph->queries.n + 1);

	memset(ret, 0, sizeof(*ret) * PART_BOUNDARIES);
	if (f->o->model->phv_bits == MODEL_UNLIMITED)
		return;
	splits[q->index] = split;
	o.splits = splits;
	if (!lower_query(&alone, quiet, q, &o))
		return;
	place_tags(&alone);
	place_slots(&alone);
	for (int b = 0; b < PART_BOUNDARIES; b++)
		ret[b] = alone.live_bits[b];
}

static void
push_cut(struct fitting *f, struct part_way *w, const struct ir_query *q, uint32_t split, double tuples)
{
	struct part_cut c = { .steps = w->steps.n, .number = split, .tuples = tuples };
	uint32_t forced = f->o->forced ? f->o->forced[q->index] : PLAN_SPLIT_FREE;

	if ((forced != PLAN_SPLIT_FREE && forced != split) || split < plan_operators_least(q))
		return;
	carried_alone(f, q, split, c.carried);
	vec_push(f->a, &w->cuts, c);
}

/* The query with a table of `depth` stages of `rows` rows. */
static struct part_way
way_of(struct fitting *f, const struct ir_query *q, const struct plan_state *s, uint32_t rows, uint32_t depth)
{
	static const double plain[PART_RESOURCES] = { 1, 0, 0, 0 };
	const struct plan_query_load *l = &f->o->load->queries[q->index];
	struct part_way w = { .level = 1, .number = rows, .depth = depth };
	uint32_t before = q->stateful >= 0 ? (uint32_t)q->stateful : plan_operators(q);
	int32_t last = -1;

	push_cut(f, &w, q, 0, tuples_of_cut(l, s, 0));
	for (uint32_t i = 0; i < before; i++) {
		const struct ir_node *n = q->nodes.v[i];

		if (n->kind == IR_FILTER)
			last = push_step(f, &w, lower_birth(n->expr), last, STR("filter"), plain);
		else if (n->kind == IR_MAP && computes(n))
			last = push_step(f, &w, birth_of_map(n), last, STR("map"), plain);
		push_cut(f, &w, q, i + 1, tuples_of_cut(l, s, i + 1));
	}
	if (q->stateful >= 0) {
		table_steps(f, &w, s, rows, last);
		push_cut(f, &w, q, before + 1, tuples_of_table(l, s, rows, depth));
	}
	return w;
}

static void
add_way(struct fitting *f, struct part_query *to, const struct ir_query *q, const struct plan_state *s, uint32_t rows,
	uint32_t depth)
{
	struct part_way w = way_of(f, q, s, rows, depth);

	if (w.cuts.n)
		vec_push(f->a, &to->ways, w);
}

static bool
asked_for_rows(const struct fitting *f, const struct ir_query *q)
{
	const struct ir_node *n = q->stateful >= 0 ? q->nodes.v[q->stateful] : NULL;

	return f->options->rows || f->options->stages || f->options->rows_of || (n && (n->rows || n->stages));
}

/* Can register bits run out before units do? */
static bool
bits_bind(const struct fitting *f, const struct plan_state *s)
{
	const struct plan_model *m = f->o->model;
	double claim = (double)s->rows * (64 + 32 * key_words(s)), each = 1 + (key_words(s) + 1) / 2;
	double most = m->stateful_units == MODEL_UNLIMITED ? PART_UNLIMITED : claim * (double)m->stateful_units / each;

	return claim > limit(m->one_register_bits) || most > limit(m->register_bits);
}

static void
add_query(struct fitting *f, const struct ir_query *q, const struct plan_state *s)
{
	struct part_query to = { .name = q->name, .levels = 1 };
	/* another shape of a table must not make answers less precise: what finds no row is mirrored, or the shape stays */
	bool fixed = !plan_model_limits(f->o->model) || asked_for_rows(f, q) || q->stateful < 0 || !s->mirror;

	if (!to.name.n)
		to.name = str_fmt(f->a, "%u", q->index);
	add_way(f, &to, q, s, s->rows, s->stages);
	if (!fixed && s->stages > DEPTH_LESS && f->o->model->ingress_stages != MODEL_UNLIMITED)
		add_way(f, &to, q, s, 4 * s->rows, DEPTH_LESS);
	for (uint32_t i = 1; !fixed && bits_bind(f, s) && i <= ROWS_HALVED && s->rows >> i >= ROWS_LEAST; i++)
		add_way(f, &to, q, s, s->rows >> i, s->stages);
	vec_push(f->a, &f->fit->problem.queries, to);
}

/* --- answers -------------------------------------------------------------------------------------- */

static double
cut_tuples(const struct part_problem *p, const struct part_result *r, uint32_t query)
{
	vec_each(c, &r->choices)
		if (c->query == query)
			return p->queries.v[query].ways.v[c->way].cuts.v[c->cut].tuples;
	return PART_UNLIMITED;
}

/* The first limit without which the query would leave less to the controller. */
static const char *
find_limit(struct fitting *f, uint32_t query)
{
	static const char *const boundaries[] = { "PHV bits between ingress and its end", "PHV bits across the queue",
						  "PHV bits within egress" };
	double now = cut_tuples(&f->fit->problem, &f->fit->result, query);
	struct part_result r;

	for (int i = 0; i <= PART_RESOURCES + PART_BOUNDARIES; i++) {
		bool all = i == PART_RESOURCES + PART_BOUNDARIES; /* more stages have more of everything: asked last */
		struct part_problem p = f->fit->problem;
		bool shared = p.stages[0] == p.stages[1];

		for (int pipe = 0; pipe < PART_PIPES; pipe++) {
			uint32_t n = p.nstages[pipe], more = all ? n + 256 : n;
			struct part_stage *stages = arena_array(f->a, struct part_stage, more + 1);

			for (uint32_t s = 0; s < more; s++) {
				stages[s] = p.stages[pipe][s < n ? s : n - 1];
				if (s >= n) /* an empty one */
					for (int k = 0; k < PART_RESOURCES; k++)
						stages[s].left[k] = PART_UNLIMITED;
				if (i < PART_RESOURCES)
					stages[s].left[i] = PART_UNLIMITED;
			}
			p.stages[pipe] = pipe && shared ? p.stages[0] : stages;
			p.nstages[pipe] = more;
		}
		if (i >= PART_RESOURCES && !all)
			p.carried[i - PART_RESOURCES] = PART_UNLIMITED;
		part_greedy(f->a, &p, &r);
		if (r.status != PART_INFEASIBLE && cut_tuples(&p, &r, query) < now * (1 - 1e-9))
			return all ? "stages" : i < PART_RESOURCES ? plan_resource_words[i] : boundaries[i - PART_RESOURCES];
	}
	return "several limits together";
}

static void
take_choice(struct fitting *f, const struct part_choice *c, const struct plan_state *s)
{
	const struct ir_query *q = f->p->graph->queries.v[c->query];
	const struct part_query *pq = &f->fit->problem.queries.v[c->query];
	const struct plan_query_load *l = &f->o->load->queries[c->query];
	struct plan_fit_query *to = &f->fit->queries[c->query];
	uint32_t forced = f->o->forced ? f->o->forced[c->query] : PLAN_SPLIT_FREE;

	to->operators = plan_operators(q);
	to->way = &pq->ways.v[c->way];
	to->choice = c;
	to->split = to->way->cuts.v[c->cut].number;
	to->forced = forced != PLAN_SPLIT_FREE;
	to->tuples = to->way->cuts.v[c->cut].tuples;
	to->packets = tuples_of_cut(l, s, 0);
	to->best = to->tuples;
	vec_each(w, &pq->ways)
		vec_each(cut, &w->cuts)
			to->best = cut->tuples < to->best ? cut->tuples : to->best;
	if (q->stateful >= 0 && to->split == to->operators) {
		to->rows = to->way->number;
		to->stages = to->way->depth;
		to->overflow = plan_overflow(l->peak_keys, to->rows, key_words(s) ? to->stages : 1, s->generations);
	}
	if (to->tuples > to->best * (1 + 1e-9))
		to->limit = find_limit(f, c->query);
}

static void
complain(struct fitting *f, struct diags *d, const struct stages *s)
{
	if (!s->fits)
		diag_error(d, (struct span){ 0, 0 }, "the program does not fit %.*s: %.*s", STRA(f->o->model->name), STRA(s->problem));
	else
		diag_error(d, (struct span){ 0, 0 }, "the queries do not fit %.*s: what they were made to run there finds no room",
			   STRA(f->o->model->name));
}

static void
set_limits(struct fitting *f)
{
	struct part_problem *p = &f->fit->problem;
	const struct stages *s = &f->fit->stages;
	double phv = limit(f->o->model->phv_bits);

	for (int i = 0; i < PART_PIPES; i++) {
		p->stages[i] = s->pipes[i].left;
		p->nstages[i] = s->pipes[i].nstages;
	}
	for (int b = 0; b < PART_BOUNDARIES; b++)
		p->carried[b] = phv >= PART_UNLIMITED ? phv : phv - s->header_bits - s->metadata_bits;
}

struct plan_fit *
plan_fit(struct plan *p, struct diags *d, const struct plan_options *options, const struct plan_fit_options *o)
{
	struct fitting f = { .p = p, .a = p->arena, .options = options, .o = o };
	struct plan whole = { .arena = p->arena, .graph = p->graph, .program = p->program, .target = p->target };
	struct plan_options plain = *options;
	struct plan_fit *fit = f.fit = arena_new(p->arena, struct plan_fit);
	uint64_t start = clock_now();

	*fit = (struct plan_fit){ .model = o->model, .load = o->load };
	plain.splits = NULL;
	vec_each(q, &p->graph->queries)
		if (!lower_query(&whole, d, *q, &plain))
			return NULL;
	stages_place(p->arena, p->program, o->model, &fit->stages);
	if (!fit->stages.fits) {
		complain(&f, d, &fit->stages);
		return NULL;
	}
	set_limits(&f);
	fit->queries = arena_array(p->arena, struct plan_fit_query, p->graph->queries.n + 1);
	vec_each(q, &p->graph->queries)
		add_query(&f, *q, &whole.states.v[(*q)->index]);
	part_solve(p->arena, &fit->problem, o->time_ns, &fit->result);
	if (fit->result.status == PART_INFEASIBLE) {
		complain(&f, d, &fit->stages);
		return NULL;
	}
	vec_each(c, &fit->result.choices)
		take_choice(&f, c, &whole.states.v[c->query]);
	fit->took_ns = clock_now() - start;
	return fit;
}

int32_t
plan_fit_worst(const struct plan_fit *f)
{
	int32_t worst = -1;
	double most = 0;

	for (uint32_t i = 0; i < f->problem.queries.n; i++)
		if (f->queries[i].tuples - f->queries[i].best > most * (1 + 1e-9)) {
			most = f->queries[i].tuples - f->queries[i].best;
			worst = (int32_t)i;
		}
	return worst;
}
