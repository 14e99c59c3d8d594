/* control.c - when epochs close. */
#include "control/control.h"

#include <errno.h>
#include <stdlib.h>

#include "control/collect.h"
#include "control/refine.h"

/* What is asked of a ring before every burst, close together. */
struct ring {
	struct collect *of;
	const uint32_t *written; /* as in collect */
	uint32_t read, patience; /* `read`: when it was read here */
};

struct control {
	struct arena *arena;
	struct ir_graph *graph;
	struct ir_eval *eval;
	struct device dev;
	struct collect *states;
	uint32_t nstates;
	/* close together, as it is asked for each epoch of any query: when a state's epoch may end, and nobody has to look before */
	uint64_t *dues;
	uint32_t *due, ndue; /* states that are looked at now, in their order */
	struct ring *rings;
	uint32_t nrings;
	VEC(struct refine) refines;
	uint64_t deadline;
	ir_emit *emit;
	void *user;
};

static const struct ir_query *
query_at(const struct ir_graph *g, uint32_t index)
{
	return index < g->queries.n ? g->queries.v[index] : NULL;
}

/* A query, and what is joined to it. */
static void
want(bool *wanted, const struct ir_query *q)
{
	wanted[q->index] = true;
	vec_each(n, &q->nodes)
		if ((*n)->other && !wanted[(*n)->other->index])
			want(wanted, (*n)->other);
}

static bool
is_one_of(struct str name, const struct str *names, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

static bool
open_refine(struct control *c, struct diags *d, const struct collect *s)
{
	struct refine r;

	if (!s->m->refine.cells)
		return true;
	if (!refine_open(&r, d, c->dev, c->eval, s->m, s->query))
		return false;
	vec_push(c->arena, &c->refines, r);
	return true;
}

/* A table that queries share is, if one of them is. */
static bool
is_wanted(const struct ir_graph *g, const struct manifest *m, uint32_t state, const bool *wanted)
{
	if (m->states.v[state].query != MANIFEST_SHARED)
		return wanted[m->states.v[state].query];
	vec_each(s, &m->states)
		if (s->part.any && s->part.state == state && query_at(g, s->query) && wanted[s->query])
			return true;
	return false;
}

static void
list_rings(struct control *c)
{
	c->nrings = 0;
	for (uint32_t i = 0; i < c->nstates; i++) {
		struct collect *s = &c->states[i];

		if (s->m->ring.rows || s->m->ring_out.rows)
			c->rings[c->nrings++] = (struct ring){ s, s->written, s->sequence, s->patience };
	}
}

static bool
open_states(struct control *c, struct diags *d, const struct manifest *m, const bool *wanted)
{
	c->states = arena_array(c->arena, struct collect, m->states.n + 1);
	c->dues = arena_array(c->arena, uint64_t, m->states.n + 1);
	c->due = arena_array(c->arena, uint32_t, m->states.n + 1);
	c->rings = arena_array(c->arena, struct ring, m->states.n + 1);
	for (uint32_t i = 0; i < m->states.n; i++) {
		struct collect *s = &c->states[c->nstates];

		s->arena = c->arena;
		s->manifest = m;
		s->m = &m->states.v[i];
		s->query = query_at(c->graph, s->m->query);
		s->dev = c->dev;
		s->eval = c->eval;
		if (!s->query && s->m->query != MANIFEST_SHARED) {
			diag_error(d, (struct span){ 0, 0 }, "the manifest's graph has no query %u", s->m->query);
			return false;
		}
		if (!is_wanted(c->graph, m, i, wanted))
			continue;
		if (!collect_open(s, c->graph, d, wanted) || !open_refine(c, d, s))
			return false;
		c->nstates++;
	}
	list_rings(c);
	return true;
}

struct control *
control_open(struct arena *a, struct diags *d, const struct manifest *m, struct device dev, ir_emit *emit, void *user)
{
	return control_open_some(a, d, m, dev, emit, user, NULL, 0);
}

struct control *
control_open_some(struct arena *a, struct diags *d, const struct manifest *m, struct device dev, ir_emit *emit, void *user,
		  const struct str *names, uint32_t n)
{
	struct control *c = arena_new(a, struct control);
	bool *wanted;

	c->arena = a;
	c->dev = dev;
	c->emit = emit;
	c->user = user;
	c->graph = ir_parse(a, d, STR("manifest"), m->graph);
	if (!c->graph)
		return NULL;
	wanted = arena_array(a, bool, c->graph->queries.n + 1);
	vec_each(q, &c->graph->queries)
		if (!n || (!(*q)->anonymous && is_one_of((*q)->name, names, n)))
			want(wanted, *q);
	c->eval = ir_eval_make(c->graph);
	if (open_states(c, d, m, wanted))
		return c;
	ir_eval_free(c->eval);
	return NULL;
}

void
control_forget(struct control *c, struct str name)
{
	bool *gone = arena_array(c->arena, bool, c->graph->queries.n + 1);
	uint32_t kept = 0;

	vec_each(q, &c->graph->queries)
		if (!(*q)->anonymous && str_eq((*q)->name, name)) {
			gone[(*q)->index] = true;
			vec_each(n, &(*q)->nodes)
				if ((*n)->other && (*n)->other->anonymous)
					want(gone, (*n)->other);
		}
	for (uint32_t i = 0; i < c->nstates; i++) {
		struct collect *s = &c->states[i];

		if (s->shared ? !collect_shared_forget(s, gone) : gone[s->query->index]) {
			collect_close(&c->states[i]);
			continue;
		}
		c->dues[kept] = c->dues[i];
		c->states[kept++] = c->states[i];
	}
	c->nstates = kept;
	list_rings(c);
}

void
control_close(struct control *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->nstates; i++)
		collect_close(&c->states[i]);
	ir_eval_free(c->eval);
}

struct ir_graph *
control_graph(const struct control *c)
{
	return c->graph;
}

uint64_t
control_closed(const struct control *c, struct str query)
{
	for (uint32_t i = 0; i < c->nstates; i++)
		if (c->states[i].query && str_eq(c->states[i].query->name, query))
			return c->states[i].open * c->states[i].m->window_ns;
	return 0;
}

uint64_t
control_deadline(const struct control *c)
{
	return c->deadline;
}

/* The first epoch that is open, and of which something may have arrived. */
static uint64_t
first_awaited(const struct collect *s, const struct device_gap *gaps, uint32_t n, uint64_t until)
{
	uint64_t window = s->m->window_ns, first = s->open;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t begin = gaps[i].from / window + (gaps[i].from % window != 0);
		uint64_t end = (gaps[i].to < until ? gaps[i].to : until) / window;

		if (first >= begin && first < end)
			first = end;
	}
	return first;
}

uint64_t
control_due(const struct control *c, const struct device_gap *gaps, uint32_t n)
{
	uint64_t due = UINT64_MAX;

	for (uint32_t i = 0; i < c->nstates; i++) {
		uint64_t first = first_awaited(&c->states[i], gaps, n, UINT64_MAX), window = c->states[i].m->window_ns;

		if (first < UINT64_MAX / window && (first + 1) * window < due)
			due = (first + 1) * window;
	}
	return due;
}

void
control_skip(struct control *c, const struct device_gap *gaps, uint32_t n, uint64_t until)
{
	for (uint32_t i = 0; i < c->nstates; i++)
		c->states[i].open = first_awaited(&c->states[i], gaps, n, until);
}

/* Few tuples in a large ring may wait for others: taken together they cost less. */
static bool
may_wait(const struct ring *r)
{
	return r->written && *r->written - r->read < r->patience;
}

/* The tuples of rings that have many. */
static int
drain_full_rings(struct control *c)
{
	int e = 0;

	for (uint32_t i = 0; e == 0 && i < c->nrings; i++)
		if (!may_wait(&c->rings[i])) {
			e = collect_ring(c->rings[i].of);
			c->rings[i].read = c->rings[i].of->sequence;
		}
	return e;
}

/* Finds the states of which an epoch may end by `now`, and takes their rings' tuples. */
static int
find_due(struct control *c, uint64_t now)
{
	int e = 0;

	c->ndue = 0;
	for (uint32_t i = 0; i < c->nstates; i++)
		if (c->dues[i] <= now)
			c->due[c->ndue++] = i;
	for (uint32_t i = 0; e == 0 && i < c->ndue; i++)
		e = collect_ring(&c->states[c->due[i]]);
	return e;
}

/* Reading gives rows back. That must not happen in the middle of an epoch: a key that found no row before would then get one, and its
 * losses be counted partly by key and partly not. So rows are read before an epoch's first packet if that can be, and given back then only. Both sides of a join
 * have the same epochs and are read together. */
static bool
may_read(struct collect *s, uint64_t now, uint64_t arrived, uint64_t watermark)
{
	uint64_t epoch = now / s->m->window_ns;

	s->gives_back = arrived / s->m->window_ns < epoch;

	if (s->dev.ops->snapshot) /* gives nothing back */
		return watermark / s->m->window_ns > s->open;
	if (s->entered == epoch)
		return false;
	s->entered = epoch;
	return true;
}

/* Both sides of a join close the same epochs at the same time. */
static void
tell(struct control *c, struct collect *s)
{
	s->told = s->open;
	if (s->query && !s->query->anonymous)
		ir_eval_close(c->eval, s->query, s->open, c->emit, c->user);
}

/* Of the states that are due, collects what ended by `watermark` (all that ever arrived when `all`), then closes it: both sides of a join are there by then. */
static int
close_epochs(struct control *c, uint64_t now, uint64_t watermark, bool all)
{
	uint64_t arrived = 0;
	int e = c->dev.ops->arrived(c->dev.self, &arrived);

	for (uint32_t i = 0; e == 0 && i < c->ndue; i++) {
		struct collect *s = &c->states[c->due[i]];

		if (all || may_read(s, now, arrived, watermark))
			e = collect_epochs(s, watermark / s->m->window_ns + all);
	}
	for (uint32_t i = 0; e == 0 && i < c->ndue; i++) {
		struct collect *s = &c->states[c->due[i]];

		if (s->told != s->open)
			tell(c, s);
	}
	return e;
}

/* The epochs below this one have rows. */
static uint64_t
known_of(const struct control *c, const struct ir_query *q)
{
	for (uint32_t i = 0; i < c->nstates; i++)
		if (c->states[i].query == q)
			return c->states[i].told;
	return 0;
}

static int
advance_refines(struct control *c, uint64_t now)
{
	int e = 0;

	vec_each(r, &c->refines)
		if (e == 0)
			e = refine_advance(r, now, known_of(c, r->node->other));
	return e;
}

/* Epochs are looked at when packets of the next come; a device that goes on by itself, when the watermark has passed them. */
static void
set_deadline(struct control *c, uint64_t now, uint64_t watermark)
{
	uint64_t lag = c->dev.ops->snapshot && now > watermark ? now - watermark : 0;

	for (uint32_t i = 0; i < c->ndue; i++) {
		uint64_t window = c->states[c->due[i]].m->window_ns;

		c->dues[c->due[i]] = ((now - lag) / window + 1) * window + lag;
	}
	c->deadline = UINT64_MAX;
	for (uint32_t i = 0; i < c->nstates; i++)
		if (c->dues[i] < c->deadline)
			c->deadline = c->dues[i];
}

/* At the states that are due by `until`. */
static int
look(struct control *c, uint64_t now, uint64_t until, uint64_t *ret_watermark)
{
	int e = find_due(c, until);

	*ret_watermark = now;
	if (e == 0)
		e = c->dev.ops->watermark(c->dev.self, ret_watermark);
	if (e == 0)
		e = close_epochs(c, now, *ret_watermark, false);
	return e == 0 ? advance_refines(c, now) : e;
}

int
control_poll(struct control *c)
{
	uint64_t arrived = 0, watermark;
	int e = c->dev.ops->arrived(c->dev.self, &arrived);

	return e == 0 ? look(c, arrived, UINT64_MAX, &watermark) : e;
}

int
control_advance(struct control *c, uint64_t now)
{
	uint64_t watermark;
	int e;

	if (now < c->deadline && c->deadline)
		return drain_full_rings(c);
	e = look(c, now, now, &watermark);
	if (e == 0)
		set_deadline(c, now, watermark);
	return e;
}

int
control_begin(struct control *c, uint64_t from)
{
	int e = 0;

	c->deadline = 0;
	for (uint32_t i = 0; e == 0 && i < c->nstates; i++) {
		c->dues[i] = 0;
		e = collect_begin(&c->states[i], from);
	}
	return e;
}

void
control_abandon(struct control *c, uint64_t now)
{
	for (uint32_t i = 0; i < c->nstates; i++)
		collect_abandon(&c->states[i], now);
	for (uint32_t i = 0; i < c->nstates; i++)
		if (c->states[i].query && !c->states[i].query->anonymous)
			ir_eval_close(c->eval, c->states[i].query, c->states[i].open, c->emit, c->user);
}

uint64_t
control_strays(const struct control *c)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < c->nstates; i++)
		n += c->states[i].strays;
	return n;
}

int
control_finish(struct control *c)
{
	uint64_t watermark = 0, arrived = 0;
	int e = find_due(c, UINT64_MAX);

	if (e == 0)
		e = c->dev.ops->watermark(c->dev.self, &watermark);
	if (e == 0)
		e = c->dev.ops->arrived(c->dev.self, &arrived);
	if (e == 0)
		e = close_epochs(c, UINT64_MAX, watermark,
				 c->dev.ops->is_empty ? c->dev.ops->is_empty(c->dev.self) : watermark >= arrived);
	return e;
}
