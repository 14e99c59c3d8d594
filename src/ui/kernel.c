/* kernel.c - the stages of a run on the kernel, and its loop. */
#include "ui/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "query/query.h"
#include "ui/interrupt.h"

#define SHOW_LEAST 100000000u /* ns between two answers: what belongs to each asks the kernel for a dozen counts */

void
kernel_init(struct kernel *k, const char *command)
{
	*k = (struct kernel){ .command = command, .duration = UINT64_MAX };
	compilation_init(&k->c);
}

void
kernel_fini(struct kernel *k)
{
	compilation_fini(&k->c);
}

static bool
failed(const struct kernel *k, const char *what, const char *why)
{
	fprintf(stderr, "packetscope %s: %s%s%s\n", k->command, what, *what ? ": " : "", why);
	return false;
}

/* --- options ----------------------------------------------------------------------------------- */

#define MARK_BITS_LEAST 8

bool
kernel_tag(struct kernel *k, const char *where)
{
	char *end = NULL;
	unsigned long mask;

	if (strcmp(where, "map") == 0)
		return true;
	if (strcmp(where, "stamp") == 0) {
		k->target.stamp = true;
		k->target.sign = (uint32_t)getpid();
		return true;
	}
	if (strncmp(where, "mark:", 5)) {
		ui_usage(k->command, "--tag %s: map, stamp, or mark:MASK such as mark:0xffff0000, is expected", where);
		return false;
	}
	errno = 0;
	mask = strtoul(where + 5, &end, 0);
	if (end == where + 5 || *end || errno || mask > UINT32_MAX || __builtin_popcountl(mask) < MARK_BITS_LEAST ||
	    ((mask >> __builtin_ctzl(mask)) & ((mask >> __builtin_ctzl(mask)) + 1))) {
		ui_usage(k->command, "--tag %s: MASK is a number of %d to 32 bits beside each other, such as 0xffff0000", where, MARK_BITS_LEAST);
		return false;
	}
	k->target.mark = (uint32_t)mask;
	return true;
}

/* --- ports ------------------------------------------------------------------------------------- */

static bool
add_port(struct kernel *k, const struct host_netdev *d)
{
	struct kernel_port p = { str_from(str_cstr(k->c.arena, str_from(d->name))), d->ifindex }; /* the kernel is asked by name */

	if (k->facts.ports.n == KERNEL_PORTS)
		return failed(k, d->name, "too many ports: at most 64");
	vec_push(k->c.arena, &k->facts.ports, p);
	return true;
}

static bool
unknown_port(struct kernel *k, const char *name, const struct host_netdev *all, uint32_t n)
{
	struct str names[256], near;

	for (uint32_t i = 0; i < n; i++)
		names[i] = str_from(all[i].name);
	near = str_nearest(str_from(name), names, n);
	fprintf(stderr, "packetscope %s: there is no interface '%s'", k->command, name);
	if (near.n)
		fprintf(stderr, ": did you mean '%.*s'?", STRA(near));
	fputc('\n', stderr);
	return false;
}

/* The named interfaces; without names all that are up and send by themselves. */
static bool
find_ports(struct kernel *k)
{
	struct host_netdev all[256];
	int n = host_netdevs(all, 256);

	if (n < 0)
		return failed(k, "interfaces", strerror(-n));
	for (int i = 0; !k->ports && i < n; i++)
		if (all[i].is_up && !all[i].is_loopback && !all[i].is_upper && !add_port(k, &all[i]))
			return false;
	for (uint32_t p = 0; k->ports && k->ports[p]; p++) {
		int i = 0;

		while (i < n && strcmp(all[i].name, k->ports[p]))
			i++;
		if (i == n)
			return unknown_port(k, k->ports[p], all, (uint32_t)n);
		if (!add_port(k, &all[i]))
			return false;
	}
	return k->facts.ports.n ? true : failed(k, "", "no interface is up: name ports with -i");
}

/* --- from queries to programs ------------------------------------------------------------------ */

static bool
wanted(struct kernel *k, enum compile_stage stage)
{
	k->c.printed |= k->options.print == stage;
	return k->c.printed;
}

static bool
load_queries(struct kernel *k)
{
	struct query_options q = { .defines = k->options.params };
	struct compilation *c = &k->c;

	c->program = linux_program(c->arena, &k->facts);
	if (k->options.nqueries)
		c->graph = query_load(c->arena, c->diags, &c->program->schema, k->options.queries, k->options.nqueries, &q);
	else
		c->graph = query_load_text(c->arena, c->diags, &c->program->schema, STR("built-in queries"), k->text, &q);
	if (!c->graph)
		return false;
	if (wanted(k, COMPILE_GRAPH)) {
		ir_print(stdout, c->graph);
		return false;
	}
	return true;
}

/* The longest wait to reckon with: a second, but short epochs would be kept too often for that. */
static uint64_t
default_delay(const struct ir_graph *g)
{
	uint64_t delay = 1000000000;

	vec_each(q, &g->queries)
		if ((*q)->window_ns * 64 < delay)
			delay = (*q)->window_ns * 64;
	return delay < 50000000 ? 50000000 : delay;
}

static bool
plan_queries(struct kernel *k)
{
	struct compilation *c = &k->c;

	if (!k->target.max_delay_ns)
		k->target.max_delay_ns = default_delay(c->graph);
	/* rows must outlive the forced end of their epoch */
	k->options.plan.max_delay_ns = k->target.max_delay_ns + k->target.max_delay_ns / 4 + 350000000;
	c->plan = plan_make(c->arena, c->diags, c->graph, c->program, &linux_target, &k->options.plan);
	if (!c->plan)
		return false;
	k->target.facts = &k->facts;
	if (!linux_generate(c->arena, c->diags, c->plan, &k->target, &k->program, &c->manifest))
		return false;
	if (wanted(k, COMPILE_PLAN)) {
		plan_print(stdout, c->plan);
		linux_print(stdout, c->plan, &k->target, &k->program);
		return false;
	}
	if (wanted(k, COMPILE_C)) {
		fwrite(k->program.text.p, 1, k->program.text.n, stdout);
		return false;
	}
	return true;
}

/* What clang or the verifier refuses is an error of the query that it is of, when that can be told. */
static bool
refused(struct kernel *k, const char *what, const char *why)
{
	struct str name = linux_blame(k->program.text, why);

	vec_each(q, &k->c.graph->queries)
		if (name.n && str_eq((*q)->name, name)) {
			diag_error(k->c.diags, (*q)->at, "query %.*s: %s has no program for it", STRA(name), *what ? what : "the kernel");
			diags_print(k->c.diags, stderr);
		}
	return failed(k, what, why);
}

/* Stamps may be set where nobody else reads them. */
static bool
may_stamp(struct kernel *k)
{
	if (k->target.use_receive || !k->facts.has_stamp)
		return failed(k, "--tag stamp", "time stamps are set by tcx, which kernels have since 6.6");
	vec_each(p, &k->facts.ports)
		if (host_paces(p->ifindex)) {
			fprintf(stderr, "packetscope %s: --tag stamp: a queue of %.*s reads packets' time stamps (fq, etf or taprio)\n", k->command,
				STRA(p->name));
			return false;
		}
	return true;
}

bool
kernel_prepare(struct kernel *k)
{
	char why[4096];
	uint64_t start = clock_now();

	if (!linux_facts(k->c.arena, &k->facts, why, sizeof(why)) || (!k->options.print && !linux_may_load(why, sizeof(why))))
		return failed(k, "", why);
	k->target.use_receive |= !k->facts.has_tcx;
	if (k->target.mark && k->target.use_receive)
		return failed(k, "--tag mark:MASK", "marks are set by tcx, which kernels have since 6.6");
	if (!find_ports(k) || (k->target.stamp && !may_stamp(k)) || !load_queries(k) || !plan_queries(k))
		return false;
	diags_print(k->c.diags, stderr);
	if (!linux_compile(k->c.arena, k->program.text, &k->object, why, sizeof(why)))
		return refused(k, "clang", why);
	k->compile_ns = clock_now() - start;
	return true;
}

/* --- results ----------------------------------------------------------------------------------- */

static struct ir_value
port_value(struct kernel *k, const struct ir_value *v)
{
	struct ir_value ret = *v;

	if (v->tag == IR_V_INT && v->i >= 0 && v->i < k->facts.ports.n) {
		ret.tag = IR_V_TEXT;
		ret.text = k->facts.ports.v[v->i].name;
	} else if (v->tag == IR_V_INT && v->i == 0xfffd) {
		ret.tag = IR_V_TEXT;
		ret.text = STR("local");
	}
	return ret;
}

/* Ports are numbers in the kernel and names outside. */
static void
name_ports(struct kernel *k, struct arena *a, struct ir_result *r)
{
	const struct ir_value **rows = arena_array(a, const struct ir_value *, r->nrows + 1);

	for (uint32_t i = 0; i < r->nrows; i++) {
		struct ir_value *v = arena_copy(a, ir_result_row(r, i), sizeof(*v) * r->ncolumns);

		for (uint32_t c = 0; c < r->ncolumns; c++)
			if (r->columns[c].type.kind == IR_PORT)
				v[c] = port_value(k, &v[c]);
		rows[i] = v;
	}
	r->rows = rows;
}

static void
on_result(void *user, const struct ir_result *r)
{
	struct kernel *k = user;
	struct ir_result named = *r;
	bool ports = false;
	struct arena *a;

	for (uint32_t c = 0; c < r->ncolumns; c++)
		ports |= r->columns[c].type.kind == IR_PORT;
	a = arena_make();
	if (ports)
		name_ports(k, a, &named);
	k->fresh = true;
	if (!k->on_result || !k->on_result(k->user, &named))
		sink_result(k->sink, &named, linux_start_ns(k->device));
	arena_free(a);
}

/* --- the run ----------------------------------------------------------------------------------- */

static void
announce(const struct kernel *k)
{
	if (k->quiet)
		return;
	fprintf(stderr, "packetscope %s: watching", k->command);
	vec_each(p, &k->facts.ports)
		fprintf(stderr, "%s %.*s", p == k->facts.ports.v ? "" : ",", STRA(p->name));
	fprintf(stderr, " (compiled in %.0f ms, loaded and attached in %.0f ms)\n", (double)k->compile_ns / 1e6,
		(double)linux_load_ns(k->device) / 1e6);
}

bool
kernel_open(struct kernel *k)
{
	char why[4096];
	int e;

	k->device = linux_open(&k->program, &k->facts, k->object, why, sizeof(why));
	if (!k->device)
		return refused(k, "", why);
	kernel_witness_begin(k);
	k->control = control_open(k->c.arena, k->c.diags, &k->c.manifest, linux_as_device(k->device), on_result, k);
	k->page = k->in_place ? page_make() : NULL;
	k->sink = k->json ? sink_make_json(stdout) : k->csv ? sink_make_csv(stdout) : sink_make_table(k->page ? page_body(k->page) : stdout);
	if (!k->control)
		return false;
	/* epochs that ended before are nobody's */
	e = control_begin(k->control, linux_now(k->device));
	announce(k);
	return e == 0 || failed(k, "the programs' memory", strerror(-e));
}

static void
show(struct kernel *k, bool last)
{
	if (!last && (!k->fresh || linux_now(k->device) < k->shown + SHOW_LEAST))
		return;
	k->fresh = false;
	k->shown = linux_now(k->device);
	sink_flush(k->sink);
	if (!k->quiet)
		kernel_report(k, k->page ? page_head(k->page) : stdout);
	if (k->page)
		page_show(k->page);
	fflush(stdout);
}

static int
look(struct kernel *k)
{
	int e = control_poll(k->control);

	k->fresh |= k->in_place && linux_now(k->device) >= k->shown + 1500000000; /* also when there is nothing to tell */
	show(k, false);
	if (k->on_tick)
		k->on_tick(k->user, linux_now(k->device));
	return e;
}

/* After a pause as long as may be. */
static int
look_later(struct kernel *k)
{
	struct timespec t = { 0, (long)linux_step(k->device) };

	nanosleep(&t, NULL);
	return look(k);
}

/* Packets that are inside get the longest wait to come out. */
static int
drain(struct kernel *k)
{
	int e = 0;

	linux_stop_arrivals(k->device);
	for (uint64_t end = linux_now(k->device) + k->program.max_delay_ns; e == 0 && !linux_is_empty(k->device) && linux_now(k->device) < end;)
		e = look_later(k);
	linux_finish(k->device);
	if (e == 0)
		e = control_finish(k->control);
	show(k, true); /* the last word, also when there was nothing to tell */
	return e;
}

bool
kernel_run(struct kernel *k)
{
	uint64_t start = linux_now(k->device);
	int e = 0;

	prctl(PR_SET_TIMERSLACK, 1);
	while (!interrupted() && e == 0 && sink_error(k->sink) == 0 && linux_now(k->device) - start < k->duration)
		e = look_later(k);
	if (e == 0)
		e = drain(k);
	if (e == 0)
		e = sink_finish(k->sink);
	k->sink = NULL;
	return e == 0 || failed(k, "the run", strerror(-e));
}

void
kernel_close(struct kernel *k)
{
	control_close(k->control);
	linux_close(k->device);
	page_free(k->page);
	k->page = NULL;
	k->control = NULL;
	k->device = NULL;
}
