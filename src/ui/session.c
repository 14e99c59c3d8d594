#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/session_network.h"

void
session_init(struct session *s, const char *command)
{
	*s = (struct session){ .command = command };
	s->args.command = command;
	compilation_init(&s->c);
}

void
session_fini(struct session *s)
{
	compilation_fini(&s->c);
}

bool
session_failed(const struct session *s, const char *what, int e)
{
	fprintf(stderr, "packetscope %s: %s: %s\n", s->command, what, strerror(-e));
	return false;
}

bool
session_prepare(struct session *s)
{
	const struct soft_options so = { .name = s->options.program, .cache = !s->args.no_cache, .notes = s->notes };

	if (!load_read(&s->load, &s->c, s->args.entries))
		return false;
	if (!s->args.compile.max_delay)
		s->options.plan.max_delay_ns = load_max_delay(&s->load, &s->args);
	return compile_weave(&s->c, &s->options) && compile_native(&s->c, &s->options, &so);
}

bool
session_open_switch(struct session *s, const struct sw_config *config)
{
	struct sw_config all = *config;
	char why[512];
	int e;

	all.discards = s->c.discards;
	s->soft.sw = sw_open(s->c.object.path, &all, why, sizeof(why));
	if (!s->soft.sw) {
		fprintf(stderr, "packetscope %s: %s\n", s->command, why);
		return false;
	}
	e = run_set_queues(s->soft.sw, &s->args);
	return e == 0 || session_failed(s, "the queues", e);
}

void
session_result(void *session, const struct ir_result *r)
{
	struct session *s = session;
	struct ir_result named = *r;

	if (session_network_result(s, r))
		return;
	if (s->on_result)
		s->on_result(s->user);
	if (s->exemplars)
		exemplars_attach(s->exemplars, &named);
	if (s->sink)
		sink_result(s->sink, &named, s->start_ns);
}

void
session_story(struct session *s, const struct sw_story *story)
{
	if (s->exemplars)
		exemplars_story(s->exemplars, story);
}

bool
session_start(struct session *s)
{
	if (!load_apply(&s->load, &s->c, s->soft.sw))
		return false;
	if (!s->options.nqueries)
		return true;
	if (s->args.exemplars)
		s->exemplars = exemplars_make(s->c.graph, sw_program(s->soft.sw), (uint32_t)s->args.exemplars);
	s->control = control_open(s->c.arena, s->c.diags, &s->c.manifest,
				  s->part ? soft_part_device(s->part) : soft_device(&s->soft), session_result, s);
	return s->control && session_network_start(s);
}

/* Do queries ask for what only happens in queues that fill? */
static bool
asks_for_queues(const struct ir_graph *g)
{
	vec_each(f, &g->fields)
		if ((*f)->kind >= IR_F_Q_TIME_IN && (*f)->kind <= IR_F_Q_DELAY)
			return true;
	vec_each(q, &g->queries)
		vec_each(n, &(*q)->nodes)
			if ((*n)->kind == IR_LOST || ((*n)->kind == IR_JOIN && (*n)->other->egress != (*q)->egress))
				return true;
	return false;
}

void
session_announce(struct session *s)
{
	diags_print(s->c.diags, stderr);
	if (s->options.nqueries && asks_for_queues(s->c.graph) && !load_has_rate(&s->load, &s->args))
		fprintf(stderr, "packetscope %s: no queue has a rate, so queues drain at once: delays and "
				"losses will be 0 (--queue-rate)\n", s->command);
	s->sink = s->args.json ? sink_make_json(stdout) : s->args.csv ? sink_make_csv(stdout) : sink_make_table(stdout);
}

/* --- the end --- */

struct drops {
	struct arena *arena;
	VEC(struct sink_drop) v;
	uint64_t not_sent;
};

static void
add_drop(void *user, const struct sw_drop *d)
{
	struct drops *all = user;

	vec_push(all->arena, &all->v, (struct sink_drop){ str_from(d->where), str_dup(all->arena, d->reason),
							  str_dup(all->arena, d->class), d->packets });
	if (str_is(str_from(d->where), "port"))
		all->not_sent += d->packets;
}

/* By class, most packets first. */
static int
by_class(const void *a, const void *b)
{
	const struct sink_drop *x = a, *y = b;
	int c = str_cmp(x->class, y->class);

	if (c == 0 && x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	return c ? c : str_cmp(x->reason, y->reason);
}

int
session_advance_switch(struct sw *sw, struct control *control, const struct plan_program *program, uint64_t t)
{
	bool may_return = control && (program->egress.recirculates || program->ingress.recirculates);
	int e = 0;

	while (e == 0 && may_return && sw_next_departure(sw) < t && control_deadline(control) < t) {
		uint64_t next = sw_next_departure(sw), look = control_deadline(control);

		look = look > next ? look : next;
		if (look > sw_now(sw))
			sw_advance(sw, look - 1);
		e = control_advance(control, look);
	}
	if (t == UINT64_MAX)
		sw_drain(sw);
	else
		sw_advance(sw, t);
	return e;
}

int
session_advance(struct session *s, uint64_t t)
{
	return session_advance_switch(s->soft.sw, s->control, s->c.program, t);
}

void
session_totals(struct session *s, const struct sw_shell *shell)
{
	struct drops drops = { .arena = s->c.arena };
	struct sw_counts n;

	sw_counts(s->soft.sw, &n);
	if (shell)
		sw_shell_each_drop(shell, add_drop, &drops);
	else
		sw_each_drop(s->soft.sw, add_drop, &drops);
	if (drops.v.n)
		qsort(drops.v.v, drops.v.n, sizeof(*drops.v.v), by_class);
	sink_switch(s->sink, &(struct sink_totals){ n.received, n.copies, n.forwarded - drops.not_sent, n.dropped_ingress, n.dropped_egress,
						    n.lost_queue, n.queued, drops.not_sent, drops.v.v, drops.v.n });
	if (n.oversized)
		fprintf(stderr, "packetscope %s: %llu packets of more than %u bytes were not processed\n", s->command,
			(unsigned long long)n.oversized, PS_MAX_PACKET);
	if (n.refused)
		fprintf(stderr, "packetscope %s: %llu copies were not made: a packet multiplied without end\n", s->command,
			(unsigned long long)n.refused);
}

bool
session_finish(struct session *s)
{
	int e = sink_finish(s->sink);

	return e == 0 || session_failed(s, "the output", e);
}

void
session_close(struct session *s)
{
	control_close(s->control);
	pint_collector_close(s->collector);
	if (s->soft.sw)
		sw_close(s->soft.sw);
	exemplars_free(s->exemplars);
	s->exemplars = NULL;
	s->control = NULL;
	s->collector = NULL;
	s->soft.sw = NULL;
}
