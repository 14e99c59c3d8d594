/* From a text to a network: which reader, or which generator. */
#include <string.h>

#include "base/units.h"
#include "net/loader.h"

#define NUMBERS 5
#define SWITCHES_MAX 16384

struct numbers {
	uint64_t v[NUMBERS];
	uint32_t n;
};

static void
wrong(struct diags *d, const char *why)
{
	diag_error(d, (struct span){ 0, 0 }, "%s", why);
}

static bool
numbers(struct str s, uint32_t wanted, struct numbers *ret)
{
	for (ret->n = 0; ret->n < wanted; ret->n++) {
		int64_t comma = str_find(s, ',');
		struct str one = comma < 0 ? s : str_sub(s, 0, (uint32_t)comma);

		if (!units_number(one, &ret->v[ret->n]) || (comma < 0) != (ret->n + 1 == wanted))
			return false;
		s = str_sub(s, (uint32_t)comma + 1, s.n);
	}
	return true;
}

static struct net_topology *
make_chain(struct arena *a, struct diags *d, struct str s, uint64_t seed)
{
	struct numbers n;

	(void)seed;
	if (numbers(s, 1, &n) && n.v[0] && n.v[0] <= SWITCHES_MAX)
		return net_chain(a, (uint32_t)n.v[0]);
	wrong(d, "chain:N is a row of 1 to 16384 switches");
	return NULL;
}

static struct net_topology *
make_clos(struct arena *a, struct diags *d, struct str s, uint64_t seed)
{
	struct numbers n;
	const uint64_t *v = n.v;

	(void)seed;
	if (numbers(s, 5, &n) && v[0] && v[0] <= NET_PORTS_MAX && v[1] && v[1] <= NET_PORTS_MAX && v[2] && v[2] <= NET_PORTS_MAX &&
	    v[3] && v[3] <= 100000 && v[4] && v[4] <= NET_PORTS_MAX && v[2] + v[4] <= NET_PORTS_MAX && v[3] % v[2] == 0 && v[1] + v[3] / v[2] <= NET_PORTS_MAX &&
	    v[0] * (v[1] * (1 + v[4]) + v[2]) + v[3] <= NET_NODES_MAX && v[0] * (v[1] + v[2]) + v[3] <= SWITCHES_MAX)
		return net_clos(a, (uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2], (uint32_t)v[3], (uint32_t)v[4]);
	wrong(d, "clos:P,E,A,C,H has P pods of E edge and A aggregation switches, C cores, which are a multiple of A, and H hosts at each "
		 "edge switch; no switch has more than 500 ports");
	return NULL;
}

static struct net_topology *
make_fattree(struct arena *a, struct diags *d, struct str s, uint64_t seed)
{
	struct numbers n;
	uint32_t half;

	(void)seed;
	if (numbers(s, 1, &n) && n.v[0] >= 2 && n.v[0] <= 48 && n.v[0] % 2 == 0) {
		half = (uint32_t)n.v[0] / 2;
		return net_clos(a, 2 * half, half, half, half * half, half);
	}
	wrong(d, "fattree:K has an even K from 2 to 48");
	return NULL;
}

static struct net_topology *
make_isp(struct arena *a, struct diags *d, struct str s, uint64_t seed)
{
	struct numbers n;

	if (numbers(s, 2, &n) && n.v[0] <= SWITCHES_MAX && n.v[1] && n.v[1] <= n.v[0] && (n.v[1] >= 3 || n.v[1] == n.v[0]))
		return net_isp(a, (uint32_t)n.v[0], (uint32_t)n.v[1], seed);
	wrong(d, "isp:N,D has N switches, up to 16384, and D of them (at least 3, at most N) on the longest path");
	return NULL;
}

typedef struct net_topology *make_fn(struct arena *a, struct diags *d, struct str s, uint64_t seed);

static const struct {
	const char *prefix;
	make_fn *make;
} generators[] = { { "chain:", make_chain }, { "fattree:", make_fattree }, { "clos:", make_clos }, { "isp:", make_isp } };

/* --- files --- */

static bool
is_xml(struct str text)
{
	text = str_trim(text);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_sub(text, 3, text.n);
	return text.n && text.p[0] == '<';
}

static struct net_topology *
read_file(struct arena *a, struct diags *d, const char *path)
{
	struct net_topology *t = net_topology_make(a, str_from(path));
	int e = 0;
	const struct source *text = source_read(diags_sources(d), str_from(path), &e);

	if (!text) {
		diag_error(d, (struct span){ 0, 0 }, "can't read %s: %s", path, strerror(e));
		if (!strchr(path, '.') && !strchr(path, '/'))
			diag_hint(d, "a topology is a file, or one of chain:N, fattree:K, clos:P,E,A,C,H and isp:N,D");
		return NULL;
	}
	if (is_xml(text->text))
		net_read_graphml(d, text, t);
	else
		net_read_tutorials(a, d, text, t);
	return t;
}

/* --- what all networks must have --- */

static void
check_host(struct diags *d, const struct net_topology *t, const struct net_node *h)
{
	if (h->ports.n != 1)
		diag_error(d, (struct span){ 0, 0 }, "host %.*s has %u links: one is wanted", STRA(h->name), h->ports.n);
	else if (t->nodes.v[net_peer(t, &h->ports.v[0]).node].is_host)
		diag_error(d, (struct span){ 0, 0 }, "host %.*s is not linked to a switch", STRA(h->name));
}

/* Hosts that have no addresses get some: 10.254.x.y. */
static void
give_addresses(struct net_topology *t, struct net_node *h, uint32_t number)
{
	if (!h->ip)
		h->ip = 10u << 24 | 254u << 16 | (number & 0xffff);
	if (!h->mac)
		h->mac = 0x080000fe0000u | (number & 0xffff);
	if (!h->gateway)
		h->gateway = 0x080000000000u | (uint64_t)t->nodes.v[net_peer(t, &h->ports.v[0]).node].id << 8;
}

static void
check_addresses(struct diags *d, const struct net_topology *t)
{
	struct map seen;

	map_init(&seen, t->arena);
	vec_each(i, &t->hosts) {
		const struct net_node *h = &t->nodes.v[*i];
		const struct net_node *other = map_put(&seen, (struct str){ (const char *)&h->ip, sizeof(h->ip) }, (void *)h);

		if (other)
			diag_error(d, (struct span){ 0, 0 }, "hosts %.*s and %.*s have one address", STRA(other->name), STRA(h->name));
	}
}

static bool
check(struct diags *d, struct net_topology *t)
{
	if (!t->switches.n)
		diag_error(d, (struct span){ 0, 0 }, "%.*s has no switch", STRA(t->name));
	vec_each(i, &t->hosts)
		check_host(d, t, &t->nodes.v[*i]);
	if (diag_errors(d))
		return false;
	for (uint32_t i = 0; i < t->hosts.n; i++)
		give_addresses(t, &t->nodes.v[t->hosts.v[i]], i + 1);
	check_addresses(d, t);
	return diag_errors(d) == 0;
}

struct net_topology *
net_topology_load(struct arena *a, struct diags *d, const char *spec, uint64_t seed)
{
	struct net_topology *t = NULL;
	size_t i = 0, n = sizeof(generators) / sizeof(generators[0]);

	while (i < n && strncmp(spec, generators[i].prefix, strlen(generators[i].prefix)) != 0)
		i++;
	t = i < n ? generators[i].make(a, d, str_from(spec + strlen(generators[i].prefix)), seed) : read_file(a, d, spec);
	if (!t || diag_errors(d) || !check(d, t))
		return NULL;
	t->name = str_dup(a, str_from(spec));
	return t;
}
