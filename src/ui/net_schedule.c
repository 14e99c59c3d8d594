/* net_schedule.c - what changes while a network runs. A line, or an --at, is
 *
 *	TIME link A-B down|up            all links between two nodes
 *	TIME link A-B loss 1%            or delay 5ms
 *	TIME switch S down|up            all links of a switch
 *	TIME S COMMAND...                a command of simple_switch_CLI
 *
 * Times count from the start. `#` begins a remark.
 */
#include <errno.h>
#include <stdlib.h>

#include "ui/net.h"

struct reader {
	struct net *net;
	struct span at; /* of the line */
	struct str rest;
};

static struct str
word(struct reader *r)
{
	struct str s = str_trim(r->rest);
	uint32_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	r->rest = str_trim(str_sub(s, n, s.n));
	return str_sub(s, 0, n);
}

static bool
wrong(struct reader *r, const char *why, struct str what)
{
	diag_error(r->net->diags, r->at, "%s '%.*s'", why, STRA(what));
	diag_hint(r->net->diags, "TIME link A-B down|up|loss SHARE|delay TIME, TIME switch S down|up, or TIME S COMMAND");
	return false;
}

static bool
read_state(struct reader *r, struct net_change *c)
{
	struct str what = word(r), value = word(r);

	if (str_is(what, "down") || str_is(what, "up")) {
		c->kind = NET_LINK;
		c->is_up = what.p[0] == 'u';
		return !value.n || wrong(r, "nothing is expected behind up and down, here is", value);
	}
	if (str_is(what, "delay") && units_duration_ns(value, &c->value)) {
		c->kind = NET_LINK_DELAY;
		return true;
	}
	if (str_is(what, "loss") &&
	    units_decimal(str_sub(value, 0, value.n - str_ends(value, STR("%"))), str_ends(value, STR("%")) ? 10000 : 1000000, &c->value) &&
	    c->value <= 1000000) {
		c->kind = NET_LINK_LOSS;
		return true;
	}
	return wrong(r, "a link can't be", what);
}

static bool
read_links(struct reader *r, struct net_change *c)
{
	struct str name = word(r);
	uint32_t ends[2], links[NET_PORTS_MAX], n = 0;

	if (net_pair(r->net, name, ends))
		n = net_links_between(r->net->t, ends[0], ends[1], links, NET_PORTS_MAX);
	for (uint32_t i = 0; i < n; i++)
		vec_push(r->net->arena, &c->links, links[i]);
	return n ? read_state(r, c) : wrong(r, "no link", name);
}

static bool
read_switch(struct reader *r, struct net_change *c)
{
	struct str name = word(r);
	uint32_t node = net_find(r->net->t, name);

	if (node == NET_NOWHERE || r->net->t->nodes.v[node].is_host)
		return wrong(r, "no switch", name);
	vec_each(p, &r->net->t->nodes.v[node].ports)
		vec_push(r->net->arena, &c->links, p->link);
	return read_state(r, c) && (c->kind == NET_LINK || wrong(r, "a switch can only be up or down:", name));
}

static bool
read_command(struct reader *r, struct str name, struct net_change *c)
{
	c->kind = NET_COMMAND;
	c->node = net_find(r->net->t, name);
	if (c->node == NET_NOWHERE || r->net->t->nodes.v[c->node].is_host)
		return wrong(r, "neither 'link', 'switch' nor a switch:", name);
	return sw_entries_read(r->net->arena, r->net->diags,
			       source_add(diags_sources(r->net->diags), c->text, str_dup(r->net->arena, r->rest)), &c->load.commands);
}

static void
read_line(struct net *net, struct str line, struct span at)
{
	struct reader r = { net, at, line };
	struct net_change c = { .text = str_trim(line) };
	struct str time = word(&r), what = word(&r);
	uint32_t i = net->changes.n;
	bool ok;

	if (!units_duration_ns(time, &c.at))
		ok = wrong(&r, "no time:", time);
	else if (str_is(what, "link"))
		ok = read_links(&r, &c);
	else if (str_is(what, "switch"))
		ok = read_switch(&r, &c);
	else
		ok = read_command(&r, what, &c);
	while (i && net->changes.v[i - 1].at > c.at)
		i--;
	if (ok)
		vec_insert(net->arena, &net->changes, i, c);
}

static void
read_file(struct net *net, const char *path)
{
	int e = 0;
	const struct source *text = source_read(diags_sources(net->diags), str_from(path), &e);
	uint32_t from = 0;

	if (!text)
		diag_error(net->diags, (struct span){ 0, 0 }, "can't read %s: %s", path, strerror(e));
	while (text && from < text->text.n && diag_errors(net->diags) < 100) {
		struct str rest = str_sub(text->text, from, text->text.n), line = rest;
		int64_t end = str_find(rest, '\n'), remark;

		if (end >= 0)
			line = str_sub(rest, 0, (uint32_t)end);
		remark = str_find(line, '#');
		if (str_trim(str_sub(line, 0, remark < 0 ? line.n : (uint32_t)remark)).n)
			read_line(net, str_sub(line, 0, remark < 0 ? line.n : (uint32_t)remark),
				  (struct span){ text->base + from, text->base + from + line.n });
		from += line.n + 1;
	}
}

bool
net_schedule_read(struct net *net)
{
	for (uint32_t i = 0; net->args.at && net->args.at[i]; i++)
		read_line(net, str_from(net->args.at[i]), (struct span){ 0, 0 });
	if (net->args.schedule)
		read_file(net, net->args.schedule);
	return diag_errors(net->diags) == 0;
}

/* --- while it runs --- */

struct change_event {
	struct event event;
	const struct net_change *change;
};

static void
on_reroute(struct event *e, void *world)
{
	struct net_run *r = net_world_user(world);

	(void)e;
	if (!net_run_route(r))
		r->failed = true;
}

static void
change_links(struct net_run *r, const struct net_change *c)
{
	struct event *reroute;

	vec_each(l, &c->links) {
		if (c->kind == NET_LINK)
			net_world_set_link(r->world, *l, c->is_up);
		else if (c->kind == NET_LINK_LOSS)
			r->net->t->links.v[*l].loss_ppm = (uint32_t)c->value;
		else
			r->net->t->links.v[*l].delay_ns = c->value;
	}
	if (c->kind != NET_LINK || r->net->reroute_ns == UINT64_MAX)
		return;
	reroute = arena_new(r->arena, struct event);
	reroute->run = on_reroute;
	events_add(net_world_events(r->world), reroute, c->at + r->net->reroute_ns);
}

static void
on_change(struct event *e, void *world)
{
	const struct net_change *c = ((struct change_event *)e)->change;
	struct net_run *r = net_world_user(world);

	if (c->kind != NET_COMMAND)
		change_links(r, c);
	else if (!net_run_apply(&r->switches[r->net->t->nodes.v[c->node].id - 1], &c->load.commands))
		r->failed = true;
}

void
net_schedule_start(struct net_run *r)
{
	vec_each(c, &r->net->changes) {
		struct change_event *e = arena_new(r->arena, struct change_event);

		*e = (struct change_event){ .event.run = on_change, .change = c };
		events_add(net_world_events(r->world), &e->event, c->at);
	}
}
