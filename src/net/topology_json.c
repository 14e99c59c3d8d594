/* topology.json of the P4 tutorials: hosts, switches, and links [END, END, LATENCY, BANDWIDTH]. An end is a host's name or SWITCH-pPORT; a
 * latency is a number of milliseconds or a text with a unit, a bandwidth is in Mbit/s. */
#include "base/json_tree.h"
#include "base/units.h"
#include "net/loader.h"
#include "packetscope/program.h"
#include "switch/reading.h"

#define ERRORS_MAX 100 /* after so many a file is given up */

struct reader {
	struct arena *arena;
	struct diags *diags;
	struct net_topology *t;
};

#define CHECK(r, j, known, what) json_check_members((r)->diags, (j), (known), sizeof(known) / sizeof((known)[0]), (what))

/* Words for command lines and for ends of links. */
static bool
check_name(struct reader *r, const struct json_name *name)
{
	bool ok = name->text.n > 0 && name->text.n <= 64;

	for (uint32_t i = 0; i < name->text.n && ok; i++)
		ok = name->text.p[i] > ' ' && name->text.p[i] < 127 && !strchr("-@=,:/\\\"'", name->text.p[i]);
	if (!ok)
		diag_error(r->diags, name->at, "names have up to 64 characters, without blanks and any of - @ = , : / \\ and quotes");
	else if (r->t->nodes.n >= NET_NODES_MAX)
		diag_error(r->diags, name->at, "a network has at most %u nodes", NET_NODES_MAX);
	else if (net_find(r->t, name->text) != NET_NOWHERE)
		diag_error(r->diags, name->at, "'%.*s' is there twice", STRA(name->text));
	else
		return true;
	return false;
}

/* The member's text; empty when it is absent or wrong. */
static struct sw_arg
text_of(struct reader *r, const struct json_tree *j, const char *name)
{
	const struct json_tree *v = json_find(j, name);

	if (!v || !json_expect(r->diags, v, JTEXT_STRING, name))
		return (struct sw_arg){ .text = STR_NONE };
	return (struct sw_arg){ .text = v->text, .at = v->at };
}

/* --- hosts --- */

static uint64_t
read_mac(struct reader *r, struct sw_arg arg, const char *what)
{
	uint64_t mac = 0;

	if (arg.text.n)
		sw_value(r->arena, r->diags, arg, 48, false, what, &mac, sizeof(mac));
	return mac;
}

/* 10.0.1.1/24; the prefix may be missing. */
static void
read_address(struct reader *r, struct sw_arg ip, struct net_node *host)
{
	int64_t slash = str_find(ip.text, '/');
	uint64_t prefix = 0;

	if (!ip.text.n)
		return;
	if (slash >= 0 && (!units_number(str_sub(ip.text, (uint32_t)slash + 1, ip.text.n), &prefix) || !prefix || prefix > 32))
		diag_error(r->diags, ip.at, "the length of a prefix is a number from 1 to 32");
	ip.text = slash >= 0 ? str_sub(ip.text, 0, (uint32_t)slash) : ip.text;
	host->prefix = prefix <= 32 ? (uint32_t)prefix : 0;
	sw_value(r->arena, r->diags, ip, 32, false, "a host's address", &host->ip, sizeof(host->ip));
}

/* The gateway's address is the last word of "arp -i eth0 -s 10.0.1.10 08:00:00:00:01:00". */
static void
read_commands(struct reader *r, const struct json_tree *j, struct net_node *host)
{
	for (uint32_t i = 0; i < j->n; i++) {
		struct str s = j->items[i]->text;
		int64_t last = str_rfind(s, ' ');
		struct sw_arg word = { .at = j->items[i]->at };

		if (j->items[i]->kind != JTEXT_STRING || !str_starts(s, STR("arp ")) || host->gateway)
			continue;
		word.text = str_sub(s, (uint32_t)last + 1, s.n);
		host->gateway = read_mac(r, word, "the gateway of a host");
	}
}

static void
read_host(struct reader *r, const struct json_name *name, const struct json_tree *j)
{
	static const char *const known[] = { "ip", "mac", "commands" };
	const struct json_tree *commands;
	struct net_node *host;
	uint32_t at;

	if (!check_name(r, name) || !json_expect(r->diags, j, JTEXT_OBJECT, "a host"))
		return;
	CHECK(r, j, known, "a host");
	at = net_add_lone_host(r->t, name->text);
	host = &r->t->nodes.v[at];
	read_address(r, text_of(r, j, "ip"), host);
	host->mac = read_mac(r, text_of(r, j, "mac"), "a host's address");
	commands = json_find(j, "commands");
	if (commands && json_expect(r->diags, commands, JTEXT_ARRAY, "'commands'"))
		read_commands(r, commands, host);
}

/* --- switches --- */

static void
read_switch(struct reader *r, const struct json_name *name, const struct json_tree *j)
{
	static const char *const known[] = { "runtime_json", "cli_input", "program", "cpu_port", "priority_queues", "mac" };
	struct net_node *s;
	uint32_t at;

	if (!check_name(r, name) || !json_expect(r->diags, j, JTEXT_OBJECT, "a switch"))
		return;
	CHECK(r, j, known, "a switch");
	at = net_add_switch(r->t, name->text);
	s = &r->t->nodes.v[at];
	s->entries = text_of(r, j, "runtime_json").text;
	s->commands = text_of(r, j, "cli_input").text;
	s->program = text_of(r, j, "program").text;
}

/* --- links --- */

static bool
find_node(struct reader *r, struct str name, struct span at, uint32_t *ret)
{
	struct str *names = arena_array(r->arena, struct str, r->t->nodes.n + 1);

	*ret = net_find(r->t, name);
	if (*ret != NET_NOWHERE)
		return true;
	diag_error(r->diags, at, "no host or switch '%.*s'", STRA(name));
	for (uint32_t i = 0; i < r->t->nodes.n; i++)
		names[i] = r->t->nodes.v[i].name;
	diag_nearest(r->diags, name, names, r->t->nodes.n);
	return false;
}

static bool
read_port(struct reader *r, const struct json_tree *j, struct net_end *ret)
{
	int64_t dash = str_find(j->text, '-');
	uint64_t port;

	if (dash < 0 || !str_starts(str_sub(j->text, (uint32_t)dash, j->text.n), STR("-p")) ||
	    !units_number(str_sub(j->text, (uint32_t)dash + 2, j->text.n), &port) || port >= PS_DROP_PORT) {
		diag_error(r->diags, j->at, "the end of a link is a host's name, or a switch's with its port, as s1-p3");
		return false;
	}
	ret->port = (uint32_t)port;
	return find_node(r, str_sub(j->text, 0, (uint32_t)dash), j->at, &ret->node);
}

static bool
read_end(struct reader *r, const struct json_tree *j, struct net_end *ret)
{
	if (!json_expect(r->diags, j, JTEXT_STRING, "the end of a link"))
		return false;
	*ret = (struct net_end){ 0, 0 };
	if (str_find(j->text, '-') < 0 ? !find_node(r, j->text, j->at, &ret->node) : !read_port(r, j, ret))
		return false;
	if (r->t->nodes.v[ret->node].is_host != (str_find(j->text, '-') < 0))
		diag_error(r->diags, j->at, "a switch's port is wanted, as s1-p3, and none of a host");
	else if (net_port(r->t, ret->node, ret->port))
		diag_error(r->diags, j->at, "'%.*s' has a link already", STRA(j->text));
	else
		return true;
	return false;
}

/* A number is milliseconds; a text without a unit microseconds, as `tc` takes it. */
static bool
read_latency(struct reader *r, const struct json_tree *j, uint64_t *ret)
{
	bool is_text = j->kind == JTEXT_STRING;

	if (units_decimal(j->text, is_text ? 1000 : 1000000, ret) || (is_text && units_duration_ns(j->text, ret)))
		return true;
	diag_error(r->diags, j->at, "a latency is a number of milliseconds, or a text such as \"20us\"");
	return false;
}

static bool
read_bandwidth(struct reader *r, const struct json_tree *j, uint64_t *ret)
{
	if ((j->kind == JTEXT_INT || j->kind == JTEXT_REAL) && units_decimal(j->text, 1000000, ret) && *ret)
		return true;
	diag_error(r->diags, j->at, "a bandwidth is a number of Mbit/s");
	return false;
}

static void
read_link(struct reader *r, const struct json_tree *j)
{
	struct net_end a, b;
	struct net_link link = { .rate_bps = 0 }, *made;
	uint32_t at;
	bool ok;

	if (!json_expect(r->diags, j, JTEXT_ARRAY, "a link"))
		return;
	if (j->n < 2 || j->n > 4) {
		diag_error(r->diags, j->at, "a link is [END, END], [END, END, LATENCY] or [END, END, LATENCY, BANDWIDTH]");
		return;
	}
	ok = read_end(r, j->items[0], &a);
	ok = read_end(r, j->items[1], &b) && ok;
	link.has_delay = j->n > 2;
	link.has_rate = j->n > 3;
	ok = (!link.has_delay || read_latency(r, j->items[2], &link.delay_ns)) && ok;
	ok = (!link.has_rate || read_bandwidth(r, j->items[3], &link.rate_bps)) && ok;
	if (ok && a.node == b.node) {
		diag_error(r->diags, j->at, "a link from a node to itself");
		ok = false;
	}
	if (!ok)
		return;
	at = net_join(r->t, a, b);
	made = &r->t->links.v[at];
	made->delay_ns = link.delay_ns;
	made->rate_bps = link.rate_bps;
	made->has_delay = link.has_delay;
	made->has_rate = link.has_rate;
}

/* --- the file --- */

static void
each_member(struct reader *r, const struct json_tree *top, const char *name,
	    void (*read)(struct reader *, const struct json_name *, const struct json_tree *))
{
	const struct json_tree *j = json_require(r->diags, top, name, "the topology");

	if (!j || !json_expect(r->diags, j, JTEXT_OBJECT, name))
		return;
	for (uint32_t i = 0; i < j->n && diag_errors(r->diags) < ERRORS_MAX; i++)
		read(r, &j->names[i], j->items[i]);
}

void
net_read_tutorials(struct arena *a, struct diags *d, const struct source *text, struct net_topology *t)
{
	static const char *const known[] = { "hosts", "switches", "links" };
	struct reader r = { a, d, t };
	const struct json_tree *top = json_tree_read(a, d, text), *links;

	if (!top || !json_expect(d, top, JTEXT_OBJECT, "a topology"))
		return;
	CHECK(&r, top, known, "a topology");
	each_member(&r, top, "hosts", read_host);
	each_member(&r, top, "switches", read_switch);
	links = json_require(d, top, "links", "the topology");
	if (!links || !json_expect(d, links, JTEXT_ARRAY, "'links'"))
		return;
	for (uint32_t i = 0; i < links->n && diag_errors(d) < ERRORS_MAX; i++)
		read_link(&r, links->items[i]);
}
