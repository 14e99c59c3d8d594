/* weave_network.c - runs a program in a chain of switches with and without queries over network(), on the same packets.
 *
 *     weave_network [-n SWITCHES] [-c PACKETS] [-r PPS] [-m MTU] [-s HEADER.FIELD] -q QUERIES.scope PROGRAM.p4
 *
 * Ports 1 and 2 of each switch lead to its neighbours, all others and the chain's ends to hosts. Hosts must get the same packets, to the byte
 * and the microsecond. On each link, and in each report of a last switch, the digest must be what the library makes of it
 * (weave_network_model.c). Hosts send packets that look like shims, too; some packets come in between switches, without a shim or with one of
 * another plan. With -s hosts send 0 in the field, and must get 0. -m makes links between switches narrow. */
#include "weave_network.h"

#include <stdlib.h>
#include <unistd.h>

#include "control/control.h"
#include "switch/entries.h"
#include "switch/pre.h"

#define STEP_NS 20000
#define LINK_NS 3000
#define CLOCK_NS 100000000
#define TTL 64

/* --- packets ------------------------------------------------------------------------------------- */

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	put16(ip + 10, 0);
	for (uint32_t i = 0; i < 20; i += 2)
		sum += chain_get(ip + i, 2);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum);
}

/* Mostly UDP or TCP over IPv4, some of other types, some that look as if there were a shim. */
static void
make_packet(struct chain *c, struct random *r, struct arrival *a)
{
	uint32_t what = (uint32_t)random_below(r, 12);
	bool in_field = c->o.shim.field.n;
	uint8_t *p = a->data;

	a->len = 60 + (uint32_t)random_below(r, 160);
	for (uint32_t i = 0; i < a->len; i++)
		p[i] = (uint8_t)random_below(r, 256);
	put16(p + 12, what ? 0x0800 : 0x0806);
	if (what == 1 && !c->mtu) {
		put16(p + 12, CHAIN_SHIM);
		put16(p + 14, 0x0800);
		p[16] = NETWORK_VERSION << 4;
		return;
	}
	p[14] = 0x45;
	p[15] = (uint8_t)(random_below(r, 2) ? 0 : random_below(r, 9));
	put16(p + 16, a->len - 14);
	if (in_field)
		put16(p + 18, 0);
	p[22] = (uint8_t)(in_field ? TTL : 1 + random_below(r, c->n + 2));
	p[23] = what < 6 ? 6 : 17;
	checksum(p + 14);
}

/* A shim of another plan. */
static void
wrap(const struct chain *c, struct arrival *a, uint32_t digest)
{
	uint32_t bytes = c->c.network->shim_bytes;

	memmove(a->data + 14 + bytes, a->data + 14, a->len - 14);
	memcpy(a->data + 14, a->data + 12, 2);
	put16(a->data + 12, CHAIN_SHIM);
	a->data[16] = (uint8_t)(NETWORK_VERSION << 4 | (c->c.network_plan->plan.plan ^ 9));
	a->data[17] = 3;
	for (uint32_t i = 18; i < 14 + bytes; i++)
		a->data[i] = (uint8_t)(digest >> i % 4 * 8);
	a->len += bytes;
}

/* --- the chain ------------------------------------------------------------------------------------ */

bool
chain_is_inner(const struct chain *c, uint32_t node, uint32_t port)
{
	return (port == 1 && node > 0) || (port == 2 && node + 1 < c->n);
}

static void
enqueue(struct chain *c, const struct arrival *a)
{
	uint32_t at = c->waiting.n;

	while (at > c->head && c->waiting.v[at - 1].at > a->at)
		at--;
	vec_insert(c->a, &c->waiting, at, *a);
}

/* To the next switch, or to a host. */
static void
sent(void *user, uint32_t port, uint64_t time_ns, const uint8_t *data, uint32_t len)
{
	struct node *n = user;
	struct chain *c = n->chain;
	struct arrival a = { .at = time_ns + LINK_NS, .node = n->index + (port == 2 ? 1 : -1u), .port = port == 2 ? 1 : 2, .len = len };

	n->out_port = port;
	n->out_len = len;
	memcpy(n->out, data, len);
	if (chain_is_inner(c, n->index, port)) {
		memcpy(a.data, data, len);
		enqueue(c, &a);
		return;
	}
	fprintf(c->log, "switch %u port %u at %llu:", n->index + 1, port, (unsigned long long)time_ns);
	for (uint32_t i = 0; i < len; i++)
		fprintf(c->log, " %02x", data[i]);
	fputc('\n', c->log);
}

static void
result(void *user, const struct ir_result *r)
{
	struct chain *c = user;

	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *v = ir_result_row(r, i);
		struct chain_report report = { (uint32_t)v[0].i, (uint32_t)v[1].i, (uint32_t)v[2].i };

		vec_push(c->a, &c->reported, report);
	}
}

static bool
command(struct chain *c, struct sw *sw, struct str text)
{
	struct sw_commands commands = { 0 };

	return sw_entries_read(c->a, c->c.diags, source_add(diags_sources(c->c.diags), STR("commands"), text), &commands) &&
	       sw_apply(sw, c->a, c->c.diags, &commands, NULL, 0);
}

/* Which ports lead where. */
static bool
tell_ports(struct chain *c, struct node *n)
{
	struct weave_network_port ports[2];
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	uint32_t nports = 0;
	bool ok;

	for (uint32_t port = 1; port <= 2; port++)
		if (chain_is_inner(c, n->index, port))
			ports[nports++] = (struct weave_network_port){ port, false, c->mtu, CHAIN_RATE };
	weave_network_commands(f, c->c.network, n->index + 1, CHAIN_RTT, ports, nports);
	fclose(f);
	ok = command(c, n->sw, str_dup(c->a, str_from(text)));
	free(text);
	return ok;
}

static bool
open_node(struct chain *c, uint32_t i, bool woven)
{
	static const uint32_t group[] = { 2, 3 };
	struct node *n = &c->nodes[i];
	struct sw_config config = { .user = n, .tx = sent, .story = woven ? chain_story : NULL };
	char why[256];
	uint32_t member;

	*n = (struct node){ .chain = c, .index = i };
	n->dev.sw = n->sw = sw_open(c->object.path, &config, why, sizeof(why));
	if (!n->sw) {
		fprintf(stderr, "%s\n", why);
		return false;
	}
	sw_group_create(sw_pre(n->sw), 1);
	sw_node_create(sw_pre(n->sw), 1, group, 2, &member);
	sw_node_associate(sw_pre(n->sw), 1, member);
	sw_mirror_port(sw_pre(n->sw), 5, 3, UINT32_MAX);
	if (c->pps)
		sw_set_queue_rate(n->sw, SW_ALL, SW_ALL, c->pps);
	if (!woven)
		return true;
	n->control = control_open(c->a, c->c.diags, &c->c.manifest, soft_device(&n->dev), result, c);
	return n->control && tell_ports(c, n);
}

/* Something else every now and then: packets that come in between two switches. */
static void
feed(struct chain *c, struct random *r, uint32_t i, bool woven)
{
	struct arrival a = { .at = CLOCK_NS + (uint64_t)i * STEP_NS, .node = (uint32_t)random_below(r, c->n) };
	bool between = i % 16 == 7 && c->n > 1 && !c->o.shim.field.n;
	uint32_t digest = (uint32_t)random_u64(r);

	make_packet(c, r, &a);
	if (between) {
		a.node = 1;
		a.port = 1;
		put16(a.data + 12, chain_get(a.data + 12, 2) == CHAIN_SHIM ? 0x0800 : chain_get(a.data + 12, 2));
	}
	if (between && woven && i % 32 == 7)
		wrap(c, &a, digest);
	enqueue(c, &a);
}

/* What happens next: a packet arrives somewhere, or leaves a queue. */
static bool
step(struct chain *c)
{
	struct node *first = NULL;
	uint64_t at = c->head < c->waiting.n ? c->waiting.v[c->head].at : UINT64_MAX;

	for (uint32_t i = 0; i < c->n; i++)
		if (sw_next_departure(c->nodes[i].sw) <= at) {
			at = sw_next_departure(c->nodes[i].sw);
			first = at == UINT64_MAX ? NULL : &c->nodes[i];
		}
	if (first) {
		sw_advance(first->sw, at);
	} else if (at != UINT64_MAX) {
		struct arrival a = c->waiting.v[c->head++];
		struct node *n = &c->nodes[a.node];

		vec_push(c->a, &c->arrived, a);
		sw_advance(n->sw, a.at);
		n->dev.arrived = a.at;
		sw_receive_tagged(n->sw, a.at, a.port, a.data, a.len, c->arrived.n);
	}
	return first || at != UINT64_MAX;
}

static bool
drive(struct chain *c, bool woven, struct str *ret)
{
	char *text = NULL;
	size_t size = 0;
	struct random r;
	bool ok = true;

	random_init(&r, 1, 0);
	c->log = open_memstream(&text, &size);
	c->waiting.n = c->head = c->arrived.n = 0;
	for (uint32_t i = 0; i < c->n && ok; i++)
		ok = open_node(c, i, woven);
	for (uint32_t i = 0; i < c->packets && ok; i++)
		feed(c, &r, i, woven);
	while (ok && step(c))
		;
	if (woven)
		chain_model_check(c);
	for (uint32_t i = 0; i < c->n && ok; i++) {
		if (woven)
			ok = control_finish(c->nodes[i].control) == 0;
		if (woven)
			chain_count(c, &c->nodes[i]);
		control_close(c->nodes[i].control);
		sw_close(c->nodes[i].sw);
	}
	fclose(c->log);
	*ret = str_dup(c->a, str_from(text));
	free(text);
	return ok;
}

/* --- comparing ------------------------------------------------------------------------------------- */

static bool
compile(struct chain *c, bool woven)
{
	static const char *const flags[] = { "-O0", NULL };
	struct soft_options so = { .flags = flags };

	compilation_init(&c->c);
	if (!woven)
		c->o.nqueries = 0;
	if (!compile_weave(&c->c, &c->o) || !soft_compile(c->c.executable, &so, &c->object))
		return false;
	if (woven)
		chain_model_make(c);
	return true;
}

static bool
run(struct chain *c, bool woven, struct str *ret)
{
	struct compile_options o = c->o;
	bool ok = compile(c, woven) && drive(c, woven, ret);

	soft_object_free(&c->object);
	compilation_fini(&c->c);
	c->o = o;
	return ok;
}

static bool
same(struct str with, struct str without)
{
	uint32_t lines = 0, from = 0, i = 0;

	for (; i < with.n && i < without.n && with.p[i] == without.p[i]; i++)
		if (with.p[i] == '\n') {
			lines++;
			from = i + 1;
		}
	if (i == with.n && i == without.n) {
		printf("%u packets reached hosts, the same with and without queries\n", lines);
		return true;
	}
	with = str_sub(with, from, with.n);
	without = str_sub(without, from, without.n);
	printf("packet %u differs\nwith:    %.*s\nwithout: %.*s\n", lines, (int)str_find(with, '\n'), with.p, (int)str_find(without, '\n'),
	       without.p);
	return false;
}

static bool
options(struct chain *c, int argc, char **argv, struct str *query)
{
	int o;

	while ((o = getopt(argc, argv, "n:c:r:m:s:q:")) != -1) {
		if (o == 'n')
			c->n = (uint32_t)strtoul(optarg, NULL, 10);
		else if (o == 'c')
			c->packets = (uint32_t)strtoul(optarg, NULL, 10);
		else if (o == 'r')
			c->pps = strtoull(optarg, NULL, 10);
		else if (o == 'm')
			c->mtu = (uint32_t)strtoul(optarg, NULL, 10);
		else if (o == 's')
			c->o.shim.field = str_from(optarg);
		else if (o == 'q')
			*query = str_from(optarg);
		else
			return false;
	}
	if (c->o.shim.field.n) {
		int64_t dot = str_find(c->o.shim.field, '.');

		c->o.shim.header = str_sub(c->o.shim.field, 0, (uint32_t)dot);
		c->o.shim.field = str_sub(c->o.shim.field, (uint32_t)dot + 1, c->o.shim.field.n);
		c->o.shim.ttl = TTL;
	}
	return query->n && c->n > 0 && c->n <= CHAIN_NODES && optind + 1 == argc;
}

int
main(int argc, char **argv)
{
	struct chain c = { .a = arena_make(), .n = 4, .packets = 1000 };
	struct str query = STR_NONE, with, without;
	bool ok;

	c.o.takes_network = c.o.tells_reports = true;
	if (!options(&c, argc, argv, &query))
		return 2;
	c.o.program = argv[optind];
	c.o.queries = &query;
	c.o.nqueries = 1;
	c.o.plan.ring_rows = 8192;
	ok = run(&c, true, &with) && run(&c, false, &without) && same(with, without);
	ok = ok && chain_verdict(&c);
	arena_free(c.a);
	return ok ? 0 : 1;
}
