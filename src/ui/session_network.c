#include "ui/session_network.h"

#include <errno.h>
#include <stdlib.h>

#include "switch/entries.h"

#define SELF 1 /* alone */

static uint32_t
own_id(const struct session *s)
{
	return s->place.t ? s->place.t->nodes.v[s->place.node].id : SELF;
}

/* Rows go to the sink, without exemplars: reports don't tell which packets they are of. */
static void
on_row(void *user, const struct ir_result *r)
{
	struct session *s = user;

	if (s->on_result)
		s->on_result(s->user);
	if (s->sink)
		sink_result(s->sink, r, s->start_ns);
}

static bool
tell_switch(struct session *s)
{
	struct compilation *c = &s->c;
	struct sw_commands commands = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	const struct source *source;

	if (!f)
		return session_failed(s, "memory", -ENOMEM);
	if (s->place.t)
		net_place_commands(f, c->arena, c->network, s->place.t, s->place.node, 0, net_place_round_trip(c->arena, s->place.t));
	else
		weave_network_commands(f, c->network, SELF, 0, NULL, 0);
	fclose(f);
	source = source_add(diags_sources(c->diags), STR("this switch"), str_dup(c->arena, str_from(text)));
	free(text);
	return sw_entries_read(c->arena, c->diags, source, &commands) && sw_apply(s->soft.sw, c->arena, c->diags, &commands, NULL, 0);
}

bool
session_network_start(struct session *s)
{
	static const uint32_t self = SELF;
	struct pint_universe switches = { .values = &self, .n = 1 };
	const struct pint_collector_options o = { .switches = &switches };

	if (!s->c.network)
		return true;
	if (!tell_switch(s))
		return false;
	if (s->place.t)
		switches = net_place_universe(s->c.arena, s->place.t);
	s->collector = pint_collector_open(s->c.arena, s->c.diags, &s->c.manifest, s->c.graph, &o, on_row, s);
	return s->collector != NULL;
}

bool
session_network_result(struct session *s, const struct ir_result *r)
{
	if (!s->collector || !pint_collector_result(s->collector, r, own_id(s)))
		return false;
	pint_collector_advance(s->collector, (r->epoch + 1) * r->query->window_ns);
	return true;
}

void
session_network_advance(struct session *s)
{
	if (s->collector)
		pint_collector_advance(s->collector, control_closed(s->control, STR(NETWORK_REPORTS)));
}

void
session_network_finish(struct session *s)
{
	if (s->collector)
		pint_collector_finish(s->collector);
}
