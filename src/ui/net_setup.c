#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/datadir.h"
#include "ui/net.h"

static const struct span nowhere;

void
net_wrong(struct net *net, const char *option, const char *value, const char *expected)
{
	diag_error(net->diags, nowhere, "%s %s: %s is expected", option, value, expected);
}

/* --- links --- */

bool
net_pair(const struct net *net, struct str text, uint32_t ret[2])
{
	int64_t dash = str_find(text, '-');

	if (dash < 0)
		return false;
	ret[0] = net_find(net->t, str_sub(text, 0, (uint32_t)dash));
	ret[1] = net_find(net->t, str_sub(text, (uint32_t)dash + 1, text.n));
	return ret[0] != NET_NOWHERE && ret[1] != NET_NOWHERE;
}

uint32_t
net_links_between(const struct net_topology *t, uint32_t a, uint32_t b, uint32_t *ret, uint32_t most)
{
	uint32_t n = 0;

	vec_each(p, &t->nodes.v[a].ports)
		if (n < most && net_peer(t, p).node == b)
			ret[n++] = p->link;
	return n;
}

static bool
read_rate(struct str s, uint64_t *ret)
{
	enum units unit;

	if (str_is(s, "unlimited"))
		*ret = 0;
	return str_is(s, "unlimited") || (units_rate(s, ret, &unit) && unit == UNITS_BITS && *ret);
}

static bool
read_loss(struct str s, uint64_t *ret)
{
	bool is_percent = str_ends(s, STR("%"));

	return units_decimal(str_sub(s, 0, s.n - is_percent), is_percent ? 10000 : 1000000, ret) && *ret <= 1000000;
}

/* What [A-B=]VALUE sets. */
struct setting {
	const char *option, *expected;
	bool (*read)(struct str s, uint64_t *ret);
	void (*set)(struct net_link *l, uint64_t value, bool is_named);
};

static void
set_rate(struct net_link *l, uint64_t value, bool is_named)
{
	if (is_named || !l->has_rate)
		l->rate_bps = value;
	l->has_rate |= is_named;
}

static void
set_delay(struct net_link *l, uint64_t value, bool is_named)
{
	if (is_named || !l->has_delay)
		l->delay_ns = value;
	l->has_delay |= is_named;
}

static void
set_loss(struct net_link *l, uint64_t value, bool is_named)
{
	(void)is_named;
	l->loss_ppm = (uint32_t)value;
}

static void
apply_setting(struct net *net, const struct setting *s, const char *text, bool named)
{
	struct str value = str_from(text);
	int64_t equals = str_find(value, '=');
	uint32_t ends[2], links[NET_PORTS_MAX], n;
	uint64_t number;

	if ((equals >= 0) != named)
		return;
	if (!s->read(str_sub(value, (uint32_t)(equals + 1), value.n), &number)) {
		net_wrong(net, s->option, text, s->expected);
		return;
	}
	for (uint32_t i = 0; !named && i < net->t->links.n; i++)
		s->set(&net->t->links.v[i], number, false);
	if (!named)
		return;
	n = net_pair(net, str_sub(value, 0, (uint32_t)equals), ends) ?
		    net_links_between(net->t, ends[0], ends[1], links, NET_PORTS_MAX) : 0;
	if (!n)
		net_wrong(net, s->option, text, "a link that the topology has, as s1-s2=VALUE,");
	while (n)
		s->set(&net->t->links.v[links[--n]], number, true);
}

/* Those for all links first. */
static void
apply_settings(struct net *net, const struct setting *s, const char **texts)
{
	for (int named = 0; named < 2; named++)
		for (uint32_t i = 0; texts && texts[i]; i++)
			apply_setting(net, s, texts[i], named);
}

static void
set_links(struct net *net)
{
	static const struct setting rate = { "--link-rate", "a rate such as 10Mbps, or unlimited,", read_rate, set_rate };
	static const struct setting delay = { "--link-delay", "a time such as 20us", units_duration_ns, set_delay };
	static const struct setting loss = { "--link-loss", "a share such as 1% or 0.001", read_loss, set_loss };

	vec_each(l, &net->t->links) {
		set_rate(l, NET_RATE, false);
		set_delay(l, NET_DELAY, false);
	}
	apply_settings(net, &rate, net->args.rates);
	apply_settings(net, &delay, net->args.delays);
	apply_settings(net, &loss, net->args.losses);
}

/* --- files that a topology names --- */

static struct str
folder_of(struct str path)
{
	int64_t slash = str_rfind(path, '/');

	return slash < 0 ? STR(".") : slash == 0 ? STR("/") : str_sub(path, 0, (uint32_t)slash);
}

/* The tutorials' files name others as seen from the exercise's folder, which is the topology's or the one above. */
static const char *
find_file(struct net *net, const char *near, struct str name)
{
	struct str folders[] = { folder_of(str_from(near)), folder_of(net->t->name), STR_NONE, STR(".") };

	folders[2] = str_fmt(net->arena, "%.*s/..", STRA(folders[1]));
	for (size_t i = 0; i < 4; i++) {
		struct str path = str_fmt(net->arena, "%.*s/%.*s", STRA(folders[i]), STRA(name));

		if (access(str_cstr(net->arena, path), R_OK) == 0)
			return str_cstr(net->arena, path);
	}
	return NULL;
}

/* --- programs --- */

static struct net_program *
add_program(struct net *net, const char *path, bool is_plain)
{
	struct net_program *p = arena_new(net->arena, struct net_program);

	p->path = path;
	if (is_plain)
		vec_push(net->arena, &net->plain, p);
	else
		vec_push(net->arena, &net->programs, p);
	compilation_init(&p->c);
	p->options = net->programs.v[0]->options;
	p->options.program = path;
	if (is_plain)
		p->options.nqueries = 0;
	return p;
}

/* "build/basic.json" is what p4c makes of basic.p4. */
static struct net_program *
program_of(struct net *net, const struct net_node *node)
{
	struct str name = node->program;
	const char *path;

	if (str_ends(name, STR(".json")))
		name = str_fmt(net->arena, "%.*s.p4", STRA(str_sub(name, 0, name.n - 5)));
	path = find_file(net, net->args.program, name);
	if (!path)
		path = find_file(net, net->args.program, str_sub(name, (uint32_t)(str_rfind(name, '/') + 1), name.n));
	if (!path) {
		diag_error(net->diags, nowhere, "switch %.*s runs %.*s, but there is no %.*s near %s or the topology", STRA(node->name),
			   STRA(node->program), STRA(name), net->args.program);
		return NULL;
	}
	vec_each(p, &net->programs) {
		char *here = realpath((*p)->path, NULL), *there = realpath(path, NULL);
		bool is_same = here && there && strcmp(here, there) == 0;

		free(here);
		free(there);
		if (is_same)
			return *p;
	}
	return add_program(net, path, false);
}

static struct net_program *
plain_of(struct net *net, struct net_program *p)
{
	vec_each(q, &net->plain)
		if ((*q)->path == p->path)
			return *q;
	return add_program(net, p->path, true);
}

/* --- entries --- */

static void
read_entries(struct net *net, struct net_site *site, const char *path)
{
	const char *paths[] = { path, NULL };

	site->has_entries = true;
	load_read(&site->load, &net->programs.v[0]->c, paths);
}

/* -e for all switches or for this one; else what the topology names. */
static void
find_entries(struct net *net, const struct net_node *node, struct net_site *site)
{
	struct str named[] = { node->entries, node->commands };
	bool is_given = false;

	for (uint32_t i = 0; net->args.entries && net->args.entries[i]; i++) {
		struct str text = str_from(net->args.entries[i]);
		int64_t equals = str_find(text, '=');

		if (equals >= 0 && !str_eq(str_sub(text, 0, (uint32_t)equals), node->name))
			continue;
		read_entries(net, site, net->args.entries[i] + equals + 1);
		is_given = true;
	}
	for (size_t i = 0; !is_given && !net->is_default && i < 2; i++) {
		const char *path = named[i].n ? find_file(net, net->args.program, named[i]) : NULL;

		if (path)
			read_entries(net, site, path);
		else if (named[i].n)
			diag_error(net->diags, nowhere, "can't find %.*s of switch %.*s", STRA(named[i]), STRA(node->name));
	}
}

static void
check_entries(struct net *net)
{
	for (uint32_t i = 0; net->args.entries && net->args.entries[i]; i++) {
		struct str text = str_from(net->args.entries[i]);
		int64_t equals = str_find(text, '=');
		uint32_t node = equals >= 0 ? net_find(net->t, str_sub(text, 0, (uint32_t)equals)) : net->t->switches.v[0];

		if (node == NET_NOWHERE || net->t->nodes.v[node].is_host)
			net_wrong(net, "-e", net->args.entries[i], "SWITCH=FILE, with a switch of the topology,");
	}
}

static void
make_sites(struct net *net)
{
	bool compares = net->programs.v[0]->options.nqueries && !net->args.no_compare;

	net->sites = arena_array(net->arena, struct net_site, net->t->switches.n);
	check_entries(net);
	for (uint32_t i = 0; i < net->t->switches.n; i++) {
		const struct net_node *node = &net->t->nodes.v[net->t->switches.v[i]];
		struct net_site *site = &net->sites[i];

		site->program = node->program.n && !net->is_default ? program_of(net, node) : net->programs.v[0];
		if (site->program && compares)
			site->plain = plain_of(net, site->program);
		find_entries(net, node, site);
	}
}

/* --- compiling --- */

/* Queries must know how long packets may wait: for the slowest link. */
static uint64_t
longest_wait(const struct net *net)
{
	struct run_queue rate = { SW_ALL, 0, UNITS_BITS };
	struct run_queue depth = { SW_ALL, net->depth, net->depth_is_bytes ? UNITS_BYTES : UNITS_PACKETS };
	struct run_args args = { .rate = { &rate, 1, 1 }, .depth = { &depth, net->depth != 0, 1 } };
	struct load none = { { NULL, 0, 0 } };

	vec_each(l, &net->t->links)
		if (l->rate_bps && (!rate.value || l->rate_bps < rate.value))
			rate.value = l->rate_bps;
	return rate.value ? load_max_delay(&none, &args) : 0;
}

static bool
compile(struct net *net, struct net_program *p)
{
	const struct soft_options so = { .name = p->path, .cache = !net->args.no_cache };
	bool ok;

	if (!net->args.compile.max_delay)
		p->options.plan.max_delay_ns = longest_wait(net);
	ok = compile_weave(&p->c, &p->options) && compile_native(&p->c, &p->options, &so);
	if (ok && net->programs.n > 1 && p->c.network) {
		diag_error(p->c.diags, nowhere, "queries over network() need the same program on all switches");
		ok = false;
	}
	diags_print(p->c.diags, stderr);
	return ok;
}

static bool
compile_all(struct net *net)
{
	bool ok = true;

	vec_each(p, &net->programs)
		ok = ok && compile(net, *p);
	vec_each(p, &net->plain)
		ok = ok && compile(net, *p);
	return ok;
}

/* --- all of it --- */

static void
read_numbers(struct net *net)
{
	enum units unit = UNITS_PACKETS;

	if (net->args.seed && !units_number(str_from(net->args.seed), &net->seed))
		net_wrong(net, "--seed", net->args.seed, "a number");
	net->reroute_ns = 50000000;
	if (net->args.reroute && strcmp(net->args.reroute, "never") == 0)
		net->reroute_ns = UINT64_MAX;
	else if (net->args.reroute && !units_duration_ns(str_from(net->args.reroute), &net->reroute_ns))
		net_wrong(net, "--reroute", net->args.reroute, "a time such as 50ms, or never,");
	net->until_ns = UINT64_MAX - 1;
	if (net->args.until && !units_duration_ns(str_from(net->args.until), &net->until_ns))
		net_wrong(net, "--until", net->args.until, "a time such as 2s");
	if (net->args.depth && (!units_amount(str_from(net->args.depth), &net->depth, &unit) || !net->depth))
		net_wrong(net, "--queue-depth", net->args.depth, "a depth such as 40 (packets) or 64KB");
	net->depth_is_bytes = unit == UNITS_BYTES;
}

/* Paths of as many switches as are on the average way between two hosts. */
static uint32_t
typical_hops(struct net *net)
{
	struct net_routes *r = net_routes_make(net->arena, net->t);
	uint32_t hosts = net->t->hosts.n, step = hosts / 64 + 1;
	uint64_t sum = 0, n = 0;

	for (uint32_t i = 0; i < hosts; i += step)
		for (uint32_t k = 0; k < hosts; k++) {
			uint16_t d = net_distance(r, net_switch_of(net->t, net->t->hosts.v[k]), net_switch_of(net->t, net->t->hosts.v[i]));

			sum += i != k && d != NET_FAR ? d + 1u : 0;
			n += i != k && d != NET_FAR;
		}
	return n ? (uint32_t)((sum + n / 2) / n) : 1;
}

bool
net_prepare(struct net *net, const char *topology)
{
	read_numbers(net);
	net->t = net_topology_load(net->arena, net->diags, topology, net->seed);
	if (!net->t)
		return false;
	set_links(net);
	net->links = arena_copy(net->arena, net->t->links.v, net->t->links.n * sizeof(*net->links));
	make_sites(net);
	net_traffic_check(net);
	if (!net_schedule_read(net) || diag_errors(net->diags))
		return false;
	vec_each(p, &net->programs)
		if (!(*p)->options.network.hops)
			(*p)->options.network.hops = typical_hops(net);
	return compile_all(net);
}

void
net_fini(struct net *net)
{
	vec_each(p, &net->plain)
		compilation_fini(&(*p)->c);
	for (uint32_t i = net->programs.n; i > 0; i--) /* the first one's arena is the net's */
		if (i > 1)
			compilation_fini(&net->programs.v[i - 1]->c);
}
