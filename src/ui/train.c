#include "ui/train.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/tempdir.h"
#include "ir/evaluator.h"
#include "ir/expr.h"
#include "ir/trace.h"
#include "packetscope/program.h"
#include "query/query.h"
#include "switch/trace.h"
#include "ui/ports.h"
#include "ui/session.h"

/* --- from a capture to a trace -------------------------------------------------------------------- */

static void
drive(struct session *s, struct ports *ports)
{
	struct sw_frame f;
	uint64_t packets = 0, t = 0;

	while (packets < TRAIN_PACKETS && sw_capture_next(ports->in, &f)) {
		t = f.time_ns - ports->start_ns > t ? f.time_ns - ports->start_ns : t;
		sw_receive(s->soft.sw, t, s->args.in.v[f.file].port, f.data, f.len);
		packets++;
	}
	sw_drain(s->soft.sw);
}

/* The switch needs to know its trace when it is opened, and the trace the switch's program. */
struct tracer {
	struct sw_trace *trace;
};

static void
on_traced(void *user, const struct sw_story *story)
{
	struct tracer *t = user;

	if (t->trace)
		sw_trace_story(t->trace, story);
}

static bool
run_capture(struct session *s, const char *trace_path)
{
	struct tracer tracer = { NULL };
	const struct sw_config config = { .user = &tracer, .story = on_traced };
	struct ports ports = { .in = NULL };
	bool ok = session_prepare(s) && ports_open(&ports, s->c.arena, &s->args.in, &s->args.out);
	int e;

	if (!ok)
		return false;
	s->start_ns = ports.start_ns;
	ok = session_open_switch(s, &config);
	if (ok && !(tracer.trace = sw_trace_open(trace_path, sw_program(s->soft.sw), ports.start_ns)))
		ok = session_failed(s, trace_path, -errno);
	ok = ok && session_start(s);
	if (ok)
		drive(s, &ports);
	session_close(s); /* tells the stories of packets still inside */
	e = tracer.trace ? sw_trace_close(tracer.trace, ok) : 0;
	if (e < 0)
		ok = session_failed(s, trace_path, e);
	return ports_close(&ports, ok) && ok;
}

static bool
make_trace(struct compilation *c, const struct compile_options *o, const char *path)
{
	const char *inputs[] = { NULL, NULL };
	struct session s;
	bool ok;

	inputs[0] = str_find(str_from(o->fit.train), '@') >= 0 ? o->fit.train :
		    str_cstr(c->arena, str_fmt(c->arena, "0@%s", o->fit.train));
	session_init(&s, "explain");
	s.args.inputs = inputs;
	s.args.entries = (const char **)(uintptr_t)o->fit.entries;
	s.options = (struct compile_options){ .program = o->program, .include_dirs = o->include_dirs };
	ok = run_parse(s.c.arena, &s.args) == UI_DONE && run_capture(&s, path);
	session_fini(&s);
	return ok;
}

/* --- counting ------------------------------------------------------------------------------------- */

/* Keys seen, each with its epoch: hashes, as two keys in 10^9 may be taken for one. */
struct seen {
	uint64_t *slots, n, nslots; /* 0: free */
};

struct epoch_keys {
	uint64_t epoch, keys;
};

struct counted {
	const struct ir_query *q;
	uint64_t *tuples; /* as plan_query_load.tuples, in all */
	uint32_t n;
	struct seen seen;
	VEC(struct epoch_keys) epochs; /* the last ones last */
};

struct counting {
	struct arena *a;
	struct ir_graph *g;
	struct eval_memo memo;
	struct train_watch *watch;
	struct counted *queries;
	uint64_t first, last, packets; /* of arrivals */
};

static void
grow(struct seen *s)
{
	struct seen old = *s;

	s->nslots = old.nslots ? 2 * old.nslots : 1024;
	s->slots = alloc(s->nslots, sizeof(*s->slots));
	for (uint64_t i = 0; i < old.nslots; i++) {
		uint64_t at = old.slots[i];

		if (!old.slots[i])
			continue;
		while (s->slots[at &= s->nslots - 1])
			at++;
		s->slots[at] = old.slots[i];
	}
	free(old.slots);
}

/* Is it new? */
static bool
see(struct seen *s, uint64_t hash)
{
	uint64_t at = hash = hash ? hash : 1;

	if (s->n * 2 >= s->nslots)
		grow(s);
	for (;; at++) {
		at &= s->nslots - 1;
		if (s->slots[at] == hash)
			return false;
		if (!s->slots[at])
			break;
	}
	s->slots[at] = hash;
	s->n++;
	return true;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t
hash_value(uint64_t h, const struct ir_value *v)
{
	if (v->tag == IR_V_TEXT)
		return mix(h, str_hash(v->text));
	return mix(mix(h, (uint64_t)v->i), (uint64_t)((ir_u128)v->i >> 64));
}

static void
count_key(struct counting *c, struct counted *k, const struct ir_node *n, uint64_t epoch)
{
	uint64_t hash = mix(1, epoch);

	vec_each(key, &n->keys) {
		const struct ir_value *v = eval_memo_get(&c->memo, key->expr);

		if (v->tag == IR_V_ABSENT)
			return;
		hash = hash_value(hash, v);
	}
	/* these keep their value among the keys */
	if (n->kind == IR_REDUCE && (n->func == IR_DISTINCT_F || n->func == IR_QUANTILE))
		hash = hash_value(hash, eval_memo_get(&c->memo, n->values.v[0].expr));
	if (c->watch)
		c->watch->key(c->watch, k->q->index, epoch, hash ? hash : 1);
	if (!see(&k->seen, hash))
		return;
	for (uint32_t i = k->epochs.n; i-- > 0 && i + 64 > k->epochs.n;)
		if (k->epochs.v[i].epoch == epoch) {
			k->epochs.v[i].keys++;
			return;
		}
	vec_push(c->a, &k->epochs, (struct epoch_keys){ epoch, 1 });
}

static bool
is_loss(const struct ir_query *q)
{
	return q->stateful >= 0 && q->nodes.v[q->stateful]->kind == IR_LOST;
}

static void
count_tuple(struct counting *c, struct counted *k, const struct ir_packet *p)
{
	k->tuples[0]++;
	for (uint32_t i = 0; i < k->n; i++) {
		const struct ir_node *n = k->q->nodes.v[i];

		if (n->kind == IR_FILTER && !ir_truth(eval_memo_get(&c->memo, n->expr)))
			return;
		k->tuples[i + 1]++;
	}
	if (k->q->stateful >= 0 && (!is_loss(k->q) || p->copies))
		count_key(c, k, k->q->nodes.v[k->q->stateful], p->time_in / k->q->window_ns);
}

/* As the evaluator chooses the packets that a query sees. */
static void
count_side(struct counting *c, const struct ir_packet *p, bool egress)
{
	uint32_t instance = egress ? p->egress_instance : p->ingress_instance;
	bool normal = instance == PS_NORMAL || (egress && instance == PS_REPLICA);

	eval_memo_set(&c->memo, p->fields, NULL, NULL);
	c->memo.instance = ir_int(instance);
	for (uint32_t i = 0; i < c->g->queries.n; i++) {
		const struct ir_query *q = c->g->queries.v[i];

		if (q->egress == egress && (normal || q->sees_all_instances || is_loss(q)))
			count_tuple(c, &c->queries[i], p);
	}
}

static void
count_packet(struct counting *c, const struct ir_packet *p)
{
	if (p->ingress) {
		c->first = !c->packets || p->time_in < c->first ? p->time_in : c->first;
		c->last = p->time_in > c->last ? p->time_in : c->last;
		c->packets++;
		count_side(c, p, false);
	}
	if (p->egress)
		count_side(c, p, true);
}

static void
open_counting(struct counting *c, struct arena *a, struct ir_graph *g, struct train_watch *watch)
{
	*c = (struct counting){ .a = a, .g = g, .watch = watch };
	eval_memo_init(&c->memo, g);
	c->queries = arena_array(a, struct counted, g->queries.n + 1);
	for (uint32_t i = 0; i < g->queries.n; i++) {
		const struct ir_query *q = g->queries.v[i];

		c->queries[i].q = q;
		c->queries[i].n = q->stateful >= 0 ? (uint32_t)q->stateful : plan_operators(q);
		c->queries[i].tuples = arena_array(a, uint64_t, c->queries[i].n + 1);
	}
}

/* Totals become rates; an epoch at least has passed. */
static void
take_load(struct counting *c, struct plan_load *ret)
{
	ret->packets = c->packets;
	ret->seconds = c->packets ? (double)(c->last - c->first) / 1e9 : 0;
	ret->queries = arena_array(c->a, struct plan_query_load, c->g->queries.n + 1);
	for (uint32_t i = 0; i < c->g->queries.n; i++) {
		const struct counted *k = &c->queries[i];
		struct plan_query_load *to = &ret->queries[i];
		double epoch = (double)k->q->window_ns / 1e9, seconds = ret->seconds > epoch ? ret->seconds : epoch;

		to->n = k->n;
		to->tuples = arena_array(c->a, double, k->n + 1);
		for (uint32_t t = 0; t <= k->n; t++)
			to->tuples[t] = (double)k->tuples[t] / seconds;
		to->keys = (double)k->seen.n * epoch / seconds;
		vec_each(e, &k->epochs)
			to->peak_keys = (double)e->keys > to->peak_keys ? (double)e->keys : to->peak_keys;
		free(c->queries[i].seen.slots);
	}
	eval_memo_fini(&c->memo);
}

static bool
count_trace(struct compilation *c, const struct compile_options *o, const char *path, struct train_watch *watch,
	    struct plan_load *ret)
{
	struct query_options q = { .defines = o->params };
	struct diags *d = diags_make(c->arena, sources_make(c->arena));
	struct ir_trace *t = ir_trace_open(c->arena, d, str_from(path));
	struct ir_graph *g = t ? query_load(c->arena, d, ir_trace_schema(t), o->queries, o->nqueries, &q) : NULL;
	struct counting counting;
	struct ir_packet p;
	int got = 0;

	if (g && g->queries.n != c->graph->queries.n)
		bug("the same queries, and %u are %u", c->graph->queries.n, g->queries.n);
	if (g) {
		open_counting(&counting, c->arena, g, watch);
		while ((got = ir_trace_next(t, g, &p)) > 0 && counting.packets < TRAIN_PACKETS)
			count_packet(&counting, &p);
		take_load(&counting, ret);
	}
	if (!g || got < 0)
		diags_print(d, stderr);
	ir_trace_close(t);
	return g && got >= 0;
}

bool
train(struct compilation *c, const struct compile_options *o, struct train_watch *watch, struct plan_load *ret)
{
	const char *parent;
	char *folder, *path;
	bool ok;

	*ret = (struct plan_load){ .source = str_from(o->fit.train) };
	if (str_ends(str_from(o->fit.train), STR(".jsonl")))
		return count_trace(c, o, o->fit.train, watch, ret);
	folder = tempdir_make(&parent);
	if (!folder) {
		fprintf(stderr, "packetscope: can't make a folder in %s: %s\n", parent, strerror(errno));
		return false;
	}
	path = str_cstr(c->arena, str_fmt(c->arena, "%s/trace.jsonl", folder));
	ok = make_trace(c, o, path) && count_trace(c, o, path, watch, ret);
	unlink(path);
	rmdir(folder);
	free(folder);
	return ok;
}
