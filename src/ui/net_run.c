#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "switch/pre.h"
#include "ui/interrupt.h"
#include "ui/net.h"
#include "ui/net_found.h"
#include "ui/net_truth.h"
#include "ui/net_place.h"
#include "ui/session.h"

#define POLL_EVERY 16 /* packets of a switch between two looks at its rings */

/* --- results --- */

/* Rows of ordinary queries get the switch's name as their first key. All switches answer as the first one's query, so that sinks see one query. */
static void
hand_on(struct net_switch *s, const struct ir_result *r)
{
	struct arena *scratch = arena_make();
	struct ir_column *columns = arena_array(scratch, struct ir_column, r->ncolumns + 1);
	struct ir_result all = *r;
	const struct ir_value **rows = arena_array(scratch, const struct ir_value *, r->nrows + 1);
	struct ir_value name = { .tag = IR_V_TEXT, .text = s->run->net->t->nodes.v[s->node].name };
	const struct control *first = NULL;

	for (uint32_t i = 0; !first; i++)
		if (s->run->switches[i].c == s->c)
			first = s->run->switches[i].control;
	all.query = control_graph(first)->queries.v[r->query->index];
	columns[0] = (struct ir_column){ .name = STR("switch"), .type = { .kind = IR_REASON, .width = 32 }, .is_key = true };
	memcpy(columns + 1, r->columns, r->ncolumns * sizeof(*columns));
	all.columns = columns;
	all.ncolumns++;
	all.rows = rows;
	for (uint32_t i = 0; i < r->nrows; i++) {
		struct ir_value *values = arena_array(scratch, struct ir_value, r->ncolumns + 1);

		values[0] = name;
		memcpy(values + 1, ir_result_row(r, i), r->ncolumns * sizeof(*values));
		rows[i] = values;
	}
	sink_result(s->run->sink, &all, s->run->net->start_ns);
	arena_free(scratch);
}

static void
on_switch_result(void *user, const struct ir_result *result)
{
	struct net_switch *s = user;
	struct net_run *r = s->run;

	if (r->collector && pint_collector_result(r->collector, result, r->net->t->nodes.v[s->node].id)) {
		if (r->truth)
			net_truth_reports(r->truth, s, result);
	} else {
		progress_end(r->progress);
		hand_on(s, result);
	}
}

static void
on_network_result(void *user, const struct ir_result *result)
{
	struct net_run *r = user;

	progress_end(r->progress);
	if (r->truth)
		net_truth_result(r->truth, result);
	if (r->found)
		net_found_add(r->found, result);
	sink_result(r->sink, result, r->net->start_ns);
}

/* --- while time passes --- */

static void
look(struct net_switch *s, uint64_t now)
{
	if (!s->run->error)
		s->run->error = session_advance_switch(s->soft.sw, s->control, s->c->program, now);
	if (!s->run->error)
		s->run->error = control_advance(s->control, now);
}

static void
on_arrival(void *user, uint32_t node, uint64_t now)
{
	struct net_run *r = user;
	struct net_switch *s = &r->switches[r->net->t->nodes.v[node].id - 1];

	if (s->control && (now >= control_deadline(s->control) || ++s->packets % POLL_EVERY == 0))
		look(s, now);
	s->soft.arrived = r->last_ns = now;
	progress_tick(r->progress, ++r->arrivals, now);
}

static void
on_last_hop(void *user, uint32_t node, uint64_t now, const struct net_packet *p)
{
	struct net_run *r = user;

	(void)now;
	if (r->truth)
		net_truth_last_hop(r->truth, &r->switches[r->net->t->nodes.v[node].id - 1], p);
}

static void
on_delivery(void *user, uint32_t host, uint64_t now, const struct net_packet *p)
{
	struct net_run *r = user;
	uint64_t key = r->keys.v[p->number];

	while (r->deliveries.n <= key)
		vec_push(r->arena, &r->deliveries, (struct net_delivery){ 0, 0 });
	r->deliveries.v[key].hash += str_hash((struct str){ (const char *)p->data, p->len }) * (2 * (uint64_t)host + 1);
	r->deliveries.v[key].copies++;
	r->last_ns = now;
	net_traffic_deliver(r->traffic, host, now, p);
}

/* At the end of each of the reports' epochs all switches are looked at: then all that left before has been reported. */
static void
on_tick(struct event *e, void *world)
{
	struct net_run *r = net_world_user(world);
	struct events *events = net_world_events(world);
	uint64_t now = events->now, safe = now, next;

	for (uint32_t i = 0; i < r->net->t->switches.n; i++) {
		struct net_switch *s = &r->switches[i];
		uint64_t mark;

		look(s, now);
		mark = sw_watermark(s->soft.sw);
		safe = mark < safe ? mark : safe;
		net_world_touched(r->world, s->node);
	}
	pint_collector_advance(r->collector, safe / r->window_ns * r->window_ns);
	if (events_next(events, &next))
		events_add(events, e, (next / r->window_ns + 1) * r->window_ns);
}

/* --- entries --- */

bool
net_run_apply(struct net_switch *s, const struct sw_commands *commands)
{
	struct compilation c = *s->c;
	struct load load = { *commands };
	struct arena *scratch = arena_make();
	bool ok;

	c.arena = scratch; /* what it takes to carry commands out may go again */
	sw_advance(s->soft.sw, net_world_events(s->run->world)->now);
	ok = load_apply(&load, &c, s->soft.sw);
	diags_print(c.diags, stderr);
	net_world_touched(s->run->world, s->node);
	arena_free(scratch);
	return ok;
}

/* Commands that `write` writes, carried out. */
static bool
apply_text(struct net_switch *s, const char *text, size_t size)
{
	struct arena *scratch = arena_make();
	struct diags *d = diags_make(scratch, sources_make(scratch));
	const struct source *source = source_add(diags_sources(d), STR("generated entries"), (struct str){ text, (uint32_t)size });
	struct sw_commands commands = { NULL, 0, 0 };
	bool ok = sw_entries_read(scratch, d, source, &commands) &&
		  sw_apply(s->soft.sw, scratch, d, &commands, load_hidden((struct compilation *)(uintptr_t)s->c), s->c->manifest.extras.n);

	diags_print(d, stderr);
	arena_free(scratch);
	return ok;
}

static bool
route_switch(struct net_switch *s, struct net_routes *routes)
{
	struct diags *d = s->run->net->diags;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool ok;

	net_routes_write(out, d, s->run->net, routes, s);
	fclose(out);
	ok = apply_text(s, text, size);
	free(text);
	diags_print(d, stderr);
	return ok;
}

bool
net_run_route(struct net_run *r)
{
	struct arena *scratch = arena_make();
	struct net_routes *routes = net_routes_make(scratch, r->net->t);
	bool ok = true;

	for (uint32_t i = 0; i < r->net->t->switches.n && ok; i++)
		if (!r->switches[i].site->has_entries)
			ok = route_switch(&r->switches[i], routes);
	arena_free(scratch);
	return ok;
}

/* --- queries over network() --- */

/* A switch learns who it is, and where its ports lead. */
static bool
introduce(struct net_switch *s, uint64_t rtt_ns)
{
	const struct net *net = s->run->net;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool ok;

	net_place_commands(out, s->run->arena, s->c->network, net->t, s->node, (uint32_t)net->args.mtu, rtt_ns);
	fclose(out);
	ok = apply_text(s, text, size);
	free(text);
	return ok;
}

static bool
open_collector(struct net_run *r)
{
	struct compilation *c = &r->net->programs.v[0]->c;
	struct pint_universe switches = net_place_universe(r->arena, r->net->t);
	struct pint_collector_options o = { .switches = &switches };

	vec_each(s, &c->manifest.states)
		if (str_is(s->name, NETWORK_REPORTS))
			r->window_ns = s->window_ns;
	r->collector = pint_collector_open(c->arena, c->diags, &c->manifest, c->graph, &o, on_network_result, r);
	diags_print(c->diags, stderr);
	if (!r->collector)
		return false;
	r->truth = net_truth_make(r, c);
	r->tick.run = on_tick;
	events_add(net_world_events(r->world), &r->tick, r->window_ns);
	return true;
}

/* --- opening --- */

static bool
open_switch(struct net_run *r, uint32_t i)
{
	struct net_switch *s = &r->switches[i];
	struct net *net = r->net;
	struct sw_config config = { .depth = net->depth, .depth_is_bytes = net->depth_is_bytes, .seed = net->seed * 65536 + i };
	char why[512];

	*s = (struct net_switch){ .run = r, .node = net->t->switches.v[i], .site = &net->sites[i] };
	s->c = &(r->is_plain ? s->site->plain : s->site->program)->c;
	config.discards = s->c->discards;
	if (!net_world_open(r->world, s->node, s->c->object.path, &config, why, sizeof(why))) {
		fprintf(stderr, "packetscope net: %s\n", why);
		return false;
	}
	s->soft.sw = net_world_switch(r->world, s->node);
	return !s->site->has_entries || net_run_apply(s, &s->site->load.commands);
}

static bool
open_control(struct net_switch *s)
{
	struct compilation *c = (struct compilation *)(uintptr_t)s->c;

	s->control = control_open(c->arena, c->diags, &c->manifest, soft_device(&s->soft), on_switch_result, s);
	return s->control != NULL;
}

static bool
open_switches(struct net_run *r)
{
	uint32_t n = r->net->t->switches.n;
	bool has_network = !r->is_plain && r->net->programs.v[0]->c.network;
	uint64_t rtt = has_network ? net_place_round_trip(r->arena, r->net->t) : 0;
	bool ok = true;

	r->switches = arena_array(r->arena, struct net_switch, n);
	for (uint32_t i = 0; i < n && ok; i++) {
		ok = open_switch(r, i) && (!has_network || introduce(&r->switches[i], rtt));
		if (ok && !r->is_plain && r->net->programs.v[0]->options.nqueries)
			ok = open_control(&r->switches[i]);
	}
	return ok && net_run_route(r) && (!has_network || open_collector(r));
}

bool
net_run_open(struct net_run *r, struct net *net, bool is_plain, struct sink *sink)
{
	struct net_world_config config = { net->seed, r, on_arrival, on_last_hop, on_delivery };
	struct progress *progress = r->progress;
	bool ok;

	*r = (struct net_run){ .net = net, .is_plain = is_plain, .arena = arena_make(), .sink = sink, .progress = progress };
	memcpy(net->t->links.v, net->links, net->t->links.n * sizeof(*net->links));
	r->world = net_world_make(r->arena, net->t, &config);
	if (net->args.html && !is_plain) {
		r->found = arena_new(r->arena, struct net_found);
		*r->found = (struct net_found){ .arena = r->arena, .t = net->t };
	}
	ok = open_switches(r);
	net_schedule_start(r);
	r->traffic = net_traffic_make(r);
	diags_print(net->diags, stderr);
	return ok && diag_errors(net->diags) == 0;
}

/* --- to the end --- */

/* Everything that still has to be told. */
static void
finish(struct net_run *r)
{
	for (uint32_t i = 0; i < r->net->t->switches.n && !r->error; i++)
		if (r->switches[i].control)
			r->error = control_finish(r->switches[i].control);
	if (r->collector && !r->error)
		pint_collector_finish(r->collector);
}

bool
net_run_drive(struct net_run *r)
{
	struct events *events = net_world_events(r->world);
	uint64_t next;

	interrupt_catch();
	progress_start(r->progress);
	while (!interrupted() && !r->error && !r->failed && events_next(events, &next) && next <= r->net->until_ns)
		net_world_run(r->world, next);
	if (!interrupted() && !r->failed)
		finish(r);
	progress_end(r->progress);
	if (r->error)
		fprintf(stderr, "packetscope net: the switches: %s\n", strerror(-r->error));
	if (interrupted())
		fprintf(stderr, "packetscope net: interrupted: epochs that had not closed are not reported\n");
	return !r->error && !r->failed && !interrupted();
}

void
net_run_close(struct net_run *r)
{
	for (uint32_t i = 0; r->switches && i < r->net->t->switches.n; i++)
		if (r->switches[i].control)
			control_close(r->switches[i].control);
	pint_collector_close(r->collector);
	if (r->traffic)
		net_traffic_close(r->traffic);
	net_world_free(r->world);
	arena_free(r->arena);
}

struct net_comparison
net_run_compare(const struct net_run *r, const struct net_run *other)
{
	struct net_comparison c = { 0, 0, 0, 0 };
	uint32_t n = r->deliveries.n > other->deliveries.n ? r->deliveries.n : other->deliveries.n;

	for (uint32_t i = 0; i < n; i++) {
		struct net_delivery none = { 0, 0 };
		struct net_delivery a = i < r->deliveries.n ? r->deliveries.v[i] : none;
		struct net_delivery b = i < other->deliveries.n ? other->deliveries.v[i] : none;

		if (a.copies && b.copies && a.hash == b.hash && a.copies == b.copies)
			c.same++;
		else if (a.copies && b.copies)
			c.differ++;
		c.only_here += a.copies && !b.copies;
		c.only_there += b.copies && !a.copies;
	}
	return c;
}
