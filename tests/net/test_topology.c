/* Topologies from files and generators, and shortest paths. Files are texts here; hostile ones must end in an error. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/route.h"

struct world {
	struct arena *arena;
	struct diags *diags;
	struct net_topology *t;
};

static void
open_spec(struct world *w, const char *spec, uint64_t seed)
{
	w->arena = arena_make();
	w->diags = diags_make(w->arena, sources_make(w->arena));
	w->t = net_topology_load(w->arena, w->diags, spec, seed);
}

static void
open_text(struct world *w, const char *text, size_t n)
{
	char path[] = "topology-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
	open_spec(w, path, 0);
	unlink(path);
}

/* What was wrong; "" when nothing was. */
static const char *
complaints(struct world *w, char *buf, size_t size)
{
	FILE *out = fmemopen(buf, size, "w");

	buf[0] = 0;
	diags_print(w->diags, out);
	fclose(out);
	return buf;
}

static uint32_t
count_bad_links(const struct net_topology *t)
{
	uint32_t bad = 0;

	for (uint32_t i = 0; i < t->nodes.n; i++)
		vec_each(p, &t->nodes.v[i].ports) {
			struct net_end peer = net_peer(t, p);
			const struct net_port *back = net_port(t, peer.node, peer.port);

			bad += !back || net_peer(t, back).node != i || net_peer(t, back).port != p->number;
			bad += net_port(t, i, p->number) != p;
		}
	return bad;
}

static void
check_generated(const char *spec, uint32_t switches, uint32_t hosts, uint32_t links, uint16_t diameter)
{
	struct world w;
	uint32_t ends[2];

	open_spec(&w, spec, 1);
	assert_non_null(w.t);
	assert_int_equal(w.t->switches.n, switches);
	assert_int_equal(w.t->hosts.n, hosts);
	if (links)
		assert_int_equal(w.t->links.n, links);
	assert_int_equal(count_bad_links(w.t), 0);
	assert_int_equal(net_diameter(net_routes_make(w.arena, w.t), ends), diameter);
	arena_free(w.arena);
}

static void
generators(void **state)
{
	(void)state;
	check_generated("chain:1", 1, 1, 1, 0);
	check_generated("chain:5", 5, 5, 9, 4);
	check_generated("fattree:2", 5, 2, 6, 4);
	check_generated("fattree:4", 20, 16, 48, 4);
	check_generated("fattree:8", 80, 128, 384, 4);
	check_generated("clos:5,4,4,16,16", 56, 320, 480, 4); /* HPCC's */
	check_generated("isp:30,8", 30, 30, 0, 7);
	check_generated("isp:157,36", 157, 157, 0, 35);
	check_generated("isp:753,59", 753, 753, 0, 58);
	check_generated("isp:3,3", 3, 3, 5, 2);
	check_generated("isp:1,1", 1, 1, 1, 0);
}

/* Providers' graphs: about 1.2 links for each switch; another seed is another graph, the same one the same. */
static void
isp_graphs(void **state)
{
	struct world a, b, c;
	uint32_t differ = 0;

	(void)state;
	open_spec(&a, "isp:157,36", 7);
	open_spec(&b, "isp:157,36", 7);
	open_spec(&c, "isp:157,36", 8);
	assert_in_range(a.t->links.n - a.t->hosts.n, 170, 200);
	assert_int_equal(a.t->links.n, b.t->links.n);
	for (uint32_t i = 0; i < a.t->links.n; i++) {
		assert_memory_equal(a.t->links.v[i].end, b.t->links.v[i].end, sizeof(a.t->links.v[i].end));
		differ += i >= c.t->links.n || memcmp(a.t->links.v[i].end, c.t->links.v[i].end, sizeof(a.t->links.v[i].end)) != 0;
	}
	assert_true(differ > 20);
	arena_free(a.arena);
	arena_free(b.arena);
	arena_free(c.arena);
}

static void
wrong_specs(void **state)
{
	static const char *const specs[] = {
		"chain:", "chain:0", "chain:x", "chain:1,2", "chain:99999999999999999999", "fattree:3", "fattree:0", "fattree:50",
		"fattree:4,4", "clos:1,2,3", "clos:1,1,18446744073709551615,2,1", "clos:2,2,2,3,1", "clos:500,500,1,1,499", "isp:10",
		"isp:3,4", "isp:10,2", "isp:100000,5", "isp:,", "nothing-of-this-name", ".",
	};
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct world w;

		open_spec(&w, specs[i], 0);
		assert_null(w.t);
		assert_non_null(strstr(complaints(&w, text, sizeof(text)), "error: "));
		arena_free(w.arena);
	}
}

/* --- the tutorials' files --- */

static const char pod[] =
	"{\"hosts\": {\"h1\": {\"ip\": \"10.0.1.1/24\", \"mac\": \"08:00:00:00:01:11\","
	" \"commands\": [\"route add default gw 10.0.1.10 dev eth0\", \"arp -i eth0 -s 10.0.1.10 08:00:00:00:01:00\"]},"
	" \"h2\": {\"ip\": \"10.0.2.2/24\", \"mac\": \"08:00:00:00:02:22\"}},"
	" \"switches\": {\"s1\": {\"runtime_json\": \"s1-runtime.json\"}, \"s2\": {\"cli_input\": \"s2.txt\", \"cpu_port\": \"510\"}},"
	" \"links\": [[\"h1\", \"s1-p1\"], [\"s1-p2\", \"s2-p3\", \"5ms\", 0.5], [\"s2-p1\", \"h2\", 2]]}";

static void
tutorials(void **state)
{
	const struct net_node *h1;
	struct world w;

	(void)state;
	open_text(&w, pod, strlen(pod));
	assert_non_null(w.t);
	assert_int_equal(w.t->switches.n, 2);
	assert_int_equal(count_bad_links(w.t), 0);
	h1 = &w.t->nodes.v[net_find(w.t, STR("h1"))];
	assert_int_equal(h1->ip, 0x0a000101);
	assert_int_equal(h1->mac, 0x080000000111);
	assert_int_equal(h1->gateway, 0x080000000100);
	assert_int_equal(w.t->nodes.v[net_find(w.t, STR("h2"))].gateway, 0x080000000200);
	assert_str(w.t->nodes.v[net_find(w.t, STR("s1"))].entries, "s1-runtime.json");
	assert_str(w.t->nodes.v[net_find(w.t, STR("s2"))].commands, "s2.txt");
	assert_int_equal(w.t->links.v[1].rate_bps, 500000);
	assert_int_equal(w.t->links.v[1].delay_ns, 5000000);
	assert_int_equal(w.t->links.v[2].delay_ns, 2000000);
	assert_false(w.t->links.v[0].has_delay);
	assert_int_equal(net_host_of(w.t, 0x0a000202), net_find(w.t, STR("h2")));
	assert_int_equal(net_switch_of(w.t, net_find(w.t, STR("h2"))), net_find(w.t, STR("s2")));
	arena_free(w.arena);
}

/* Every beginning of a good file is wrong, but must only be told so. */
static void
cut_files(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(pod); n += 3) {
		struct world w;

		open_text(&w, pod, n);
		assert_null(w.t);
		assert_true(diag_errors(w.diags) > 0);
		arena_free(w.arena);
	}
}

static void
wrong_files(void **state)
{
	static const struct {
		const char *text, *why;
	} files[] = {
		{ "", "error" },
		{ "[]", "a topology must be an object" },
		{ "{\"hosts\":{},\"switches\":{},\"links\":[]}", "has no switch" },
		{ "{\"hosts\":{},\"switches\":{\"s1\":{}}}", "no 'links'" },
		{ "{\"hosts\":{},\"switches\":{\"s1\":{},\"s1\":{}},\"links\":[]}", "'s1' is there twice" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[]}", "host h1 has 0 links" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h2\",\"s1-p1\"]]}", "no host or switch 'h2'" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1-q1\"]]}", "as s1-p3" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1-p511\"]]}", "as s1-p3" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1\"]]}", "a switch's port is wanted" },
		{ "{\"hosts\":{\"h1\":{},\"h2\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"h2\"]]}", "not linked to a switch" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1-p1\"],[\"h1\",\"s1-p2\"]]}", "has a link already" },
		{ "{\"hosts\":{},\"switches\":{\"s1\":{}},\"links\":[[\"s1-p1\",\"s1-p2\"]]}", "to itself" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1-p1\",\"soon\"]]}", "a latency is" },
		{ "{\"hosts\":{\"h1\":{}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1-p1\",1,-3]]}", "a bandwidth is" },
		{ "{\"hosts\":{\"h1\":{\"ip\":\"10.0.1\"}},\"switches\":{\"s1\":{}},\"links\":[[\"h1\",\"s1-p1\"]]}", "no value" },
		{ "{\"hosts\":{\"h1\":{\"mac\":\"zz:00:00:00:00:01\"}},\"switches\":{\"s1\":{}},\"links\":[]}", "no MAC address" },
		{ "{\"hosts\":{\"a\":{\"ip\":\"10.0.0.1\"},\"b\":{\"ip\":\"10.0.0.1\"}},\"switches\":{\"s1\":{}},"
		  "\"links\":[[\"a\",\"s1-p1\"],[\"b\",\"s1-p2\"]]}", "hosts a and b have one address" },
		{ "<graphml/>", "no graph in this file" },
		{ "<graphml><graph><node/></graph></graphml>", "no attribute 'id'" },
		{ "<graphml><graph><node id='0'/><node id='0'/></graph></graphml>", "node '0' is there twice" },
		{ "<graphml><graph><node id='0'/><edge source='0' target='1'/></graph></graphml>", "no node '1'" },
		{ "<graphml><graph><node id='0'><graph/></node></graph></graphml>", "only one graph" },
		{ "<graphml><graph><hyperedge/></graph></graphml>", "hyperedges" },
		{ "<graphml><graph></graph>", "no element found" },
#define GRAPH(key, node, edge)                                                                                            \
	"<graphml><key id='k' attr.name='" key "'/><graph><node id='0'>" node "</node><node id='1'/><edge source='0' target='1'>" \
	edge "</edge></graph></graphml>"
		{ GRAPH("LinkSpeedRaw", "", "<data key='k'>nan</data>"), "LinkSpeedRaw is a number from 1 to 1e+15, here is 'nan'" },
		{ GRAPH("LinkSpeedRaw", "", "<data key='k'>-5</data>"), "here is '-5'" },
		{ GRAPH("LinkSpeedRaw", "", "<data key='k'>inf</data>"), "here is 'inf'" },
		{ GRAPH("LinkSpeedRaw", "", "<data key='k'></data>"), "here is ''" },
		{ GRAPH("Longitude", "<data key='k'>12 km</data>", ""), "Longitude is a number from -180 to 180, here is '12 km'" },
		{ GRAPH("Latitude", "<data key='k'>-91</data>", ""), "Latitude is a number from -90 to 90, here is '-91'" },
#undef GRAPH
		{ "<!DOCTYPE g [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><graphml><graph>&b;</graph></graphml>", "entities are not allowed" },
		{ "<!DOCTYPE g [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><graphml>&a;</graphml>", "entities are not allowed" },
	};
	char text[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct world w;

		open_text(&w, files[i].text, strlen(files[i].text));
		assert_null(w.t);
		if (!strstr(complaints(&w, text, sizeof(text)), files[i].why))
			fail_msg("'%s' is not in: %s", files[i].why, text);
		arena_free(w.arena);
	}
}

/* --- GraphML --- */

static const char zoo[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?><graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
	"<key attr.name=\"LinkSpeedRaw\" attr.type=\"double\" for=\"edge\" id=\"d1\"/>"
	"<key attr.name=\"label\" attr.type=\"string\" for=\"node\" id=\"d2\"/>"
	"<key attr.name=\"Longitude\" attr.type=\"double\" for=\"node\" id=\"d3\"/>"
	"<key attr.name=\"Latitude\" attr.type=\"double\" for=\"node\" id=\"d4\"/>"
	"<graph edgedefault=\"undirected\">"
	"<node id=\"0\"><data key=\"d2\">New York</data><data key=\"d3\">-74.0</data><data key=\"d4\">40.7</data></node>"
	"<node id=\"1\"><data key=\"d2\">Los Angeles</data><data key=\"d3\">-118.25</data><data key=\"d4\">34.05</data></node>"
	"<node id=\"2\"><data key=\"d2\">New York</data></node>"
	"<node id=\"3\"><data key=\"d2\">h1</data></node>"
	"<edge source=\"0\" target=\"1\"><data key=\"d1\">10000000000.0</data></edge>"
	"<edge source=\"1\" target=\"2\"/><edge source=\"2\" target=\"3\"/><edge source=\"3\" target=\"3\"/>"
	"</graph></graphml>";

static void
graphml(void **state)
{
	struct world w;

	(void)state;
	open_text(&w, zoo, strlen(zoo));
	assert_non_null(w.t);
	assert_int_equal(w.t->switches.n, 4);
	assert_int_equal(w.t->hosts.n, 4);
	assert_int_equal(w.t->links.n, 7); /* not the one from a node to itself */
	assert_int_equal(count_bad_links(w.t), 0);
	assert_int_equal(net_find(w.t, STR("New_York")), 0);
	assert_int_equal(net_find(w.t, STR("Los_Angeles")), 1);
	assert_int_equal(net_find(w.t, STR("New_York_2")), 2);
	assert_int_equal(net_find(w.t, STR("h1_")), 4); /* the host of New York */
	assert_int_equal(w.t->links.v[0].rate_bps, 10000000000);
	assert_in_range(w.t->links.v[0].delay_ns, 19600000, 19800000); /* 3,936 km */
	assert_false(w.t->links.v[1].has_delay);
	assert_false(w.t->is_placed);
	arena_free(w.arena);
}

/* --- paths --- */

static void
paths(void **state)
{
	struct world w;
	struct net_routes *r;
	uint32_t ports[8], path[8], from, to;

	(void)state;
	open_spec(&w, "fattree:4", 0);
	r = net_routes_make(w.arena, w.t);
	from = net_switch_of(w.t, net_find(w.t, STR("h1")));
	to = net_switch_of(w.t, net_find(w.t, STR("h16")));
	assert_int_equal(net_distance(r, from, to), 4);
	assert_int_equal(net_next_ports(r, from, to, ports, 8), 2);
	assert_int_equal(net_path(r, from, to, 3, path, 8), 5);
	assert_int_equal(path[0], from);
	assert_int_equal(path[4], to);
	assert_true(w.t->nodes.v[path[2]].id <= 4); /* a core */
	/* one of its two uplinks goes down */
	w.t->links.v[net_port(w.t, from, ports[0])->link].is_up = false;
	r = net_routes_make(w.arena, w.t);
	assert_int_equal(net_next_ports(r, from, to, path, 8), 1);
	assert_int_equal(path[0], ports[1]);
	w.t->links.v[net_port(w.t, from, ports[1])->link].is_up = false;
	r = net_routes_make(w.arena, w.t);
	assert_int_equal(net_distance(r, from, to), NET_FAR);
	assert_int_equal(net_path(r, from, to, 0, path, 8), 0);
	arena_free(w.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generators),  cmocka_unit_test(isp_graphs),  cmocka_unit_test(wrong_specs), cmocka_unit_test(tutorials),
		cmocka_unit_test(cut_files),   cmocka_unit_test(wrong_files), cmocka_unit_test(graphml),     cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
