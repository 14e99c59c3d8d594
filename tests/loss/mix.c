/* mix.c - losses under mixes of everything that changes how often a packet reaches egress.
 *
 *     mix PROGRAM.p4 QUERIES.scope [-n MIXES] [-s FIRST] [-e COMMANDS] [-f]
 *
 * A mix is made from its number: the traffic (and what is done to each packet), rates and depths of the queues, multicast groups
 * (which change while packets come), the time at which it starts (also where clocks and epochs wrap), when it ends
 * (also with packets still queued), and how late the controller looks. All mixes run on one woven program; a mix starts
 * with registers as they are when a switch is opened. For each
 *
 * - what was sent towards the queues = what left them + what they lost + what still waits, to the packet;
 * - every row equals what the plain evaluator finds in the trace of the same packets. Queries whose names begin with
 *   "small" or "named_few" may lack keys or names: then rows, totals and precision must say so and add up;
 * - an epoch is complete, or it says why and has no rows (or, of names, rows whose sums hold).
 *
 * With -f the switch forgets when packets that come back arrived, as BMv2 does: their ingress_global_timestamp is 0.
 *
 * Prints TAP: one line for each block of mixes. */
#include "mix.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "p4/parse.h"
#include "query/query.h"
#include "switch/entries.h"
#include "switch/pre.h"
#include "switch/trace.h"
#include "target/v1model/v1model.h"
#include "weave/tree.h"
#include "weave/weave.h"

#define MAX_DELAY_NS 50000000 /* what the program is woven for; queues may be slower */
#define BLOCK 50
#define US 1000u
#define MS 1000000u
#define SECOND 1000000000u

static uint32_t
rnd(struct random *r, uint32_t n)
{
	r->s = r->s * 6364136223846793005u + 1442695040888963407u;
	return n ? (uint32_t)((r->s >> 33) % n) : 0;
}

static bool
chance(struct random *r, uint32_t percent)
{
	return rnd(r, 100) < percent;
}

bool
mix_fail(struct mix *m, const char *fmt, ...)
{
	va_list args;

	if (m->why[0])
		return false;
	va_start(args, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, args);
	va_end(args);
	return false;
}

/* --- compiling ---------------------------------------------------------------------------------------- */

static bool
forget_visit(void *user, struct p4_node **at)
{
	struct program *p = user;
	struct p4_node *n = *at;
	struct str std;

	if (n->kind != P4_MEMBER || !str_is(n->name, "ingress_global_timestamp"))
		return true;
	std = n->u.member.object->name;
	*at = p4_parse_expr(p->a, p->d, STR("forgetful"),
			    str_fmt(p->a, "(%.*s.instance_type == 0 || %.*s.instance_type == 5 ? %.*s.ingress_global_timestamp : 0)",
				    STRA(std), STRA(std), STRA(std)));
	return false;
}

static bool
compile(struct program *p)
{
	struct p4_options none = { NULL, NULL };
	struct query_options q = { .defines = NULL };
	struct plan_options o = { .rows = 0, .max_delay_ns = MAX_DELAY_NS };
	const char *const flags[] = { "-O1", NULL };
	struct soft_options so = { .flags = flags };
	struct p4_node *tree = p4_parse_file(p->a, p->d, p->path, &none);
	struct p4_program *user = tree ? p4_check(p->a, p->d, tree, false) : NULL, *woven;
	struct plan_program *program = user ? plan_program_make(p->a, p->d, user) : NULL;
	struct plan *plan;

	if (!program)
		return false;
	p->graph = query_load(p->a, p->d, &program->schema, &p->queries, 1, &q);
	plan = p->graph ? plan_make(p->a, p->d, p->graph, program, &v1model, &o) : NULL;
	tree = plan ? weave(p->a, p->d, plan, &p->m) : NULL;
	if (tree && p->forgetful)
		tree_walk(&tree, forget_visit, p);
	woven = tree ? p4_check(p->a, p->d, tree, false) : NULL;
	return woven && soft_compile(woven, &so, &p->object);
}

/* --- the switch --------------------------------------------------------------------------------------- */

static void
on_story(void *user, const struct sw_story *s)
{
	struct mix *m = user;
	bool clone = s->instance == PS_INGRESS_CLONE || s->instance == PS_EGRESS_CLONE;

	sw_trace_story(m->trace, s);
	m->inside |= s->fate == SW_QUEUED;
	if (clone || !s->was_sent)
		return;
	m->sent++;
	m->lost += s->fate == SW_LOST;
	m->queued += s->fate == SW_QUEUED;
	m->left += s->fate != SW_LOST && s->fate != SW_QUEUED;
}

/* As the loader does after each command. */
static void
tell_group_sizes(struct mix *m)
{
	int reg = m->p->m.multicast_sizes.n ? sw_register_index(m->sw, m->p->m.multicast_sizes) : -1;

	for (uint32_t g = 0; reg >= 0 && g < 8; g++) {
		uint32_t n = sw_group_copies(sw_pre(m->sw), g)->n;

		sw_register_write(m->sw, (uint32_t)reg, g, &n);
	}
}

static void
set_groups(struct mix *m)
{
	struct sw_pre *pre = sw_pre(m->sw);

	for (uint32_t g = 1; g < 6; g++) {
		uint32_t ports[6], n = rnd(&m->r, 6);

		for (uint32_t i = 0; i < n; i++)
			ports[i] = chance(&m->r, 5) ? 400 : rnd(&m->r, 5);
		sw_group_create(pre, g);
		m->nodes[g] = UINT32_MAX;
		if (g != 5 && sw_node_create(pre, g, ports, n, &m->nodes[g]) == 0)
			sw_node_associate(pre, g, m->nodes[g]);
	}
	sw_mirror_port(pre, 5, 3, UINT32_MAX);
	sw_mirror_port(pre, 6, 1, 64);
	sw_mirror_group(pre, 7, 1, UINT32_MAX);
	tell_group_sizes(m);
}

/* A group's members come and go while packets do. */
static void
change_group(struct mix *m)
{
	struct sw_pre *pre = sw_pre(m->sw);
	uint32_t g = 1 + rnd(&m->r, 4), ports[4], n = rnd(&m->r, 5);

	if (m->nodes[g] == UINT32_MAX)
		return;
	for (uint32_t i = 0; i < n; i++)
		ports[i] = rnd(&m->r, 5);
	if (chance(&m->r, 30))
		sw_node_dissociate(pre, g, m->nodes[g]);
	else if (chance(&m->r, 50))
		sw_node_associate(pre, g, m->nodes[g]);
	else
		sw_node_update(pre, m->nodes[g], ports, n);
	tell_group_sizes(m);
}

static void
set_queues(struct mix *m)
{
	static const uint64_t rates[] = { 100, 400, 1000, 3000, 20000, 0 };
	static const uint64_t bits[] = { 100000, 1000000, 8000000 };

	for (uint32_t port = 0; port < 5; port++) {
		uint32_t kind = rnd(&m->r, 4);

		for (uint32_t k = 0; k < 8; k++) {
			uint64_t depth = 1 + rnd(&m->r, chance(&m->r, 50) ? 4 : 40);

			sw_set_queue_depth(m->sw, port, k, chance(&m->r, 20) ? depth * 60 : depth, chance(&m->r, 20));
			if (kind != 0)
				sw_set_queue_rate(m->sw, port, k, rates[rnd(&m->r, 6)]);
		}
		if (kind == 0 || kind == 1)
			sw_set_port_rate(m->sw, port, bits[rnd(&m->r, 3)]);
	}
}

static bool
apply_entries(struct mix *m)
{
	struct sw_commands commands = { 0 };
	const struct manifest *w = &m->p->m;
	struct sw_hidden *hidden = arena_array(m->a, struct sw_hidden, w->extras.n + 1);

	for (uint32_t i = 0; i < w->extras.n; i++) {
		hidden[i].table = str_cstr(m->a, w->extras.v[i].table);
		hidden[i].action = str_cstr(m->a, w->extras.v[i].action);
		hidden[i].param = str_cstr(m->a, w->extras.v[i].parameter);
		hidden[i].code = w->extras.v[i].code;
	}
	return sw_entries_read(m->a, m->p->d, source_add(diags_sources(m->p->d), STR("entries"), m->p->entries), &commands) &&
	       sw_apply(m->sw, m->a, m->p->d, &commands, hidden, w->extras.n);
}

/* --- traffic ------------------------------------------------------------------------------------------ */

/* Percentages of what is done to packets. */
struct habits {
	uint32_t group, mark, undo, clone_in, again, truncate, leave, prune, clone_out, turns, stray;
	uint32_t keys, priorities, idle;
	uint32_t step; /* ns between packets, on average */
};

static struct habits
make_habits(struct random *r)
{
	static const uint32_t steps[] = { 20 * US, 100 * US, 400 * US, 2 * MS };
	struct habits h = {
		.group = rnd(r, 3) * 15, .mark = rnd(r, 3) * 10, .undo = rnd(r, 3) * 10, .clone_in = rnd(r, 3) * 12,
		.again = rnd(r, 3) * 10, .truncate = rnd(r, 2) * 20, .leave = rnd(r, 3) * 10, .prune = rnd(r, 3) * 15,
		.clone_out = rnd(r, 3) * 10, .turns = rnd(r, 3) * 12, .stray = rnd(r, 3) * 5, .keys = 1 + rnd(r, 40),
		.priorities = rnd(r, 2) ? 8 : 1, .idle = rnd(r, 4), .step = steps[rnd(r, 4)],
	};

	return h;
}

static uint32_t
make_packet(struct random *r, const struct habits *h, uint8_t *p)
{
	uint32_t port = chance(r, h->stray) ? (chance(r, 50) ? 511 : 300 + rnd(r, 100)) : rnd(r, 5);
	uint32_t group = chance(r, h->group) ? 1 + rnd(r, 6) : 0, priority = rnd(r, h->priorities);
	uint32_t key = rnd(r, h->keys);

	memset(p, 0, 64);
	p[0] = (uint8_t)(key >> 8);
	p[1] = (uint8_t)key;
	p[2] = (uint8_t)(rnd(r, 1 + h->keys) * 7);
	p[3] = (uint8_t)(priority << 5 | group);
	p[4] = (uint8_t)(port >> 8);
	p[5] = (uint8_t)port;
	p[6] = (uint8_t)(chance(r, h->mark) << 7 | chance(r, h->undo) << 6 | chance(r, h->clone_in) << 5 |
			 (rnd(r, 2) << 4) | (chance(r, h->again) ? rnd(r, 3) << 2 : 0) | chance(r, h->truncate) << 1 |
			 chance(r, h->leave));
	p[7] = (uint8_t)(chance(r, h->prune) << 7 | chance(r, h->clone_out) << 6 |
			 (chance(r, h->turns) ? rnd(r, 4) << 4 : 0));
	p[8] = (uint8_t)rnd(r, 2); /* id: many are alike */
	p[9] = (uint8_t)rnd(r, 4);
	for (uint32_t i = 10; i < 20; i++)
		p[i] = (uint8_t)rnd(r, 3);
	return chance(r, 5) ? 4 : 20 + rnd(r, 44);
}

/* For programs that parse Ethernet and IPv4. */
static uint32_t
make_ip(struct random *r, const struct habits *h, uint8_t *p)
{
	static const uint8_t protocols[] = { 6, 17, 1, 50 };

	for (uint32_t i = 0; i < 64; i++)
		p[i] = (uint8_t)rnd(r, 4);
	p[12] = chance(r, 90) ? 8 : 0x86;
	p[13] = p[12] == 8 ? 0 : 0xdd;
	p[14] = 0x45;
	p[23] = protocols[rnd(r, 4)];
	p[26] = 10;
	p[29] = (uint8_t)rnd(r, h->keys);
	return chance(r, 5) ? 14 : 40 + rnd(r, 24);
}

static uint64_t
next_arrival(struct random *r, const struct habits *h, uint64_t now)
{
	static const uint32_t pauses[] = { 5 * MS, 70 * MS, 900 * MS, 3 * SECOND };

	if (chance(r, h->idle))
		return now + pauses[rnd(r, 4)];
	return now + (chance(r, 60) ? rnd(r, h->step / 4 + 1) : rnd(r, 2 * h->step));
}

/* --- answers ------------------------------------------------------------------------------------------ */

static struct str
key_text(struct mix *m, const struct ir_result *r, uint32_t row, uint32_t n)
{
	char *p = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&p, &size);
	struct str s;

	for (uint32_t c = 0; f && c < n; c++) {
		const struct ir_value *v = &ir_result_row(r, row)[c];

		if (v->tag == IR_V_ABSENT)
			fputc('-', f);
		else
			ir_value_print(f, r->columns[c].type, v);
		fputc(' ', f);
	}
	fclose(f);
	s = str_dup(m->a, (struct str){ p, (uint32_t)size });
	free(p);
	return s;
}

static void
take(struct mix *m, struct side *s, const struct ir_result *r)
{
	struct known k = { .query = r->query->index, .epoch = r->epoch, .info = r->info, .rows = r->nrows };
	const struct ir_node *lost = r->query->nodes.v[r->query->stateful];

	for (uint32_t i = 0; i < r->nrows; i++) {
		struct answer a = { .query = k.query, .epoch = k.epoch };

		a.count = (int64_t)ir_result_row(r, i)[r->ncolumns - 1].i;
		a.key = key_text(m, r, i, lost->keys.n);
		a.name = key_text(m, r, i, r->ncolumns - 1);
		k.sum += a.count;
		vec_push(m->a, &s->rows, a);
	}
	vec_push(m->a, &s->epochs, k);
}

static void
on_result(void *user, const struct ir_result *r)
{
	struct mix *m = user;

	take(m, &m->mine, r);
}

static void
on_truth(void *user, const struct ir_result *r)
{
	struct mix *m = user;

	take(m, &m->truth, r);
}

static bool
evaluate(struct mix *m, const char *path)
{
	struct ir_trace *t = ir_trace_open(m->a, m->p->d, str_from(path));
	struct query_options q = { .defines = NULL };
	struct ir_graph *g = t ? query_load(m->a, m->p->d, ir_trace_schema(t), &m->p->queries, 1, &q) : NULL;
	struct ir_packet p;
	struct ir_eval *ev;
	int got;

	if (!g)
		return mix_fail(m, "no trace");
	ev = ir_eval_make(g);
	while ((got = ir_trace_next(t, g, &p)) > 0)
		ir_eval_packet(ev, &p);
	ir_eval_finish(ev, on_truth, m);
	ir_eval_free(ev);
	ir_trace_close(t);
	return got == 0 || mix_fail(m, "the trace is damaged");
}

/* --- a run -------------------------------------------------------------------------------------------- */

/* Departures up to `t`; the controller looks before packets that come back enter a new epoch, unless it is late. */
static int
advance(struct mix *m, uint64_t t)
{
	int e = 0;

	while (e == 0 && !m->late && sw_next_departure(m->sw) < t && control_deadline(m->c) < t) {
		uint64_t next = sw_next_departure(m->sw), look = control_deadline(m->c);

		look = look > next ? look : next;
		sw_advance(m->sw, look - 1);
		e = control_advance(m->c, look);
	}
	if (t == UINT64_MAX)
		sw_drain(m->sw);
	else
		sw_advance(m->sw, t);
	return e;
}

static void
drive(struct mix *m, uint32_t packets, bool ip)
{
	struct habits h = make_habits(&m->r);
	uint64_t now = m->base, look = 0;
	int e = 0;

	sw_advance(m->sw, m->base);
	for (uint32_t i = 0; i < packets && e == 0; i++) {
		uint8_t data[64];
		uint32_t len = ip ? make_ip(&m->r, &h, data) : make_packet(&m->r, &h, data);

		now = next_arrival(&m->r, &h, now);
		if (chance(&m->r, 2))
			change_group(m);
		e = advance(m, now);
		if (e == 0 && now >= look) {
			e = control_advance(m->c, now);
			look = m->late ? now + rnd(&m->r, (uint32_t)m->late) : 0;
		}
		sw_receive(m->sw, now, rnd(&m->r, 4), data, len);
		m->dev.arrived = now;
	}
	if (e == 0 && chance(&m->r, 75))
		e = advance(m, UINT64_MAX);
	if (e == 0)
		e = control_finish(m->c);
	if (e < 0)
		mix_fail(m, "the controller: %s", strerror(-e));
}

/* Where something wraps: the enqueue time after 2^32 us, the number of an epoch after 2^32 of them. */
static uint64_t
make_base(struct mix *m)
{
	const struct ir_graph *g = m->p->graph;
	uint64_t wrap;

	if (chance(&m->r, 50))
		return rnd(&m->r, 2) * (uint64_t)rnd(&m->r, 1000) * MS;
	wrap = chance(&m->r, 50) ? (uint64_t)US << 32 : g->queries.v[rnd(&m->r, g->queries.n)]->window_ns << 32;
	if (wrap / US >> 47) /* the clock has 48 bits */
		return 0;
	return wrap - rnd(&m->r, 60) * (uint64_t)MS;
}

static bool
run(struct mix *m, const char *path)
{
	struct sw_config config = { .user = m, .story = on_story };
	struct sw_counts counts;
	bool ip = m->p->entries.n > 0;
	char why[200];

	m->sw = sw_open(m->p->object.path, &config, why, sizeof(why));
	if (!m->sw)
		return mix_fail(m, "%s", why);
	m->trace = sw_trace_open(path, sw_program(m->sw), 0);
	m->dev = (struct soft_device){ m->sw, 0 };
	set_queues(m);
	if (ip)
		apply_entries(m);
	set_groups(m);
	m->base = make_base(m);
	m->late = chance(&m->r, 20) ? (uint64_t)rnd(&m->r, 400) * MS : 0;
	m->c = control_open(m->a, m->p->d, &m->p->m, soft_device(&m->dev), on_result, m);
	if (m->c)
		drive(m, 60 + rnd(&m->r, 300), ip);
	control_close(m->c);
	sw_counts(m->sw, &counts);
	m->refused = counts.refused;
	sw_close(m->sw);
	return sw_trace_close(m->trace, true) == 0 && m->c;
}

/* --- one after the other ------------------------------------------------------------------------------- */

/* SHOW=1: everything that both sides say. */
static void
show(const struct mix *m)
{
	const struct side *sides[] = { &m->mine, &m->truth };

	for (uint32_t i = 0; i < 2; i++)
		vec_each(a, &sides[i]->rows)
			printf("# %s %.*s %" PRIu64 " %.*s= %" PRId64 "\n", i ? "truth" : "mine",
			       STRA(m->p->graph->queries.v[a->query]->name), a->epoch, STRA(a->name), a->count);
}

static bool
one(struct mix *all, uint32_t number, const char *path)
{
	struct mix m = { .p = all->p, .a = arena_make(), .number = number, .r = { number * 2654435761u + 12345 } };

	rnd(&m.r, 2);
	if (run(&m, path) && evaluate(&m, path))
		mix_judge(&m);
	if (getenv("SHOW"))
		show(&m);
	all->checked_rows += m.checked_rows;
	all->checked_epochs += m.checked_epochs;
	all->incomplete += m.incomplete;
	all->unnamed += m.unnamed;
	all->lost += m.lost;
	all->sent += m.sent;
	if (m.why[0])
		fprintf(stdout, "# mix %u: %s\n", number, m.why);
	if (m.why[0] && getenv("SAVE")) {
		char keep[64];

		snprintf(keep, sizeof(keep), "mix-%u.jsonl", number);
		rename(path, keep);
	}
	arena_free(m.a);
	return !m.why[0];
}

/* --- main --------------------------------------------------------------------------------------------- */

static int
mixes(struct program *p, uint32_t first, uint32_t count)
{
	struct mix all = { .p = p };
	char path[] = "mix-XXXXXX";
	int fd = mkstemp(path);
	uint32_t bad = 0, lines = 0;

	if (fd < 0)
		return 1;
	close(fd);
	for (uint32_t at = 0; at < count; at += BLOCK) {
		uint32_t end = at + BLOCK < count ? at + BLOCK : count, failed = 0;

		for (uint32_t i = at; i < end; i++)
			failed += !one(&all, first + i, path);
		printf("%s %u - mixes %u to %u\n", failed ? "not ok" : "ok", ++lines, first + at, first + end - 1);
		fflush(stdout);
		bad += failed;
	}
	unlink(path);
	printf("%s %u - something was lost, late, and without a name\n",
	       all.lost && (count < 100 || (all.incomplete && all.unnamed)) ? "ok" : "not ok", ++lines);
	printf("# %u mixes: %" PRIu64 " packets sent, %" PRIu64 " lost; %" PRIu64 " rows and %" PRIu64
	       " epochs checked, %" PRIu64 " epochs incomplete, %" PRIu64 " losses without a name\n1..%u\n",
	       count, all.sent, all.lost, all.checked_rows, all.checked_epochs, all.incomplete, all.unnamed, lines);
	return bad ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct program p = { .a = arena_make() };
	uint32_t first = 1, count = 100;
	int c, status, e = 0;

	p.d = diags_make(p.a, sources_make(p.a));
	while ((c = getopt(argc, argv, "n:s:e:f")) != -1) {
		if (c == 'n')
			count = (uint32_t)strtoul(optarg, NULL, 10);
		else if (c == 's')
			first = (uint32_t)strtoul(optarg, NULL, 10);
		else if (c == 'f')
			p.forgetful = true;
		else if (c == 'e' && source_read(diags_sources(p.d), str_from(optarg), &e))
			p.entries = source_read(diags_sources(p.d), str_from(optarg), &e)->text;
		else
			return 2;
	}
	if (optind + 2 != argc)
		return 2;
	p.path = str_from(argv[optind]);
	p.queries = str_from(argv[optind + 1]);
	if (!compile(&p)) {
		diags_print(p.d, stderr);
		printf("not ok 1 - compiled\n1..1\n");
		return 1;
	}
	status = mixes(&p, first, count);
	diags_print(p.d, stderr);
	soft_object_free(&p.object);
	arena_free(p.a);
	return status;
}
