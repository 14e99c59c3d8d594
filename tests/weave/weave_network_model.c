/* weave_network_model.c - what the library makes of the packets that a chain of switches forwards. */
#include <stdlib.h>

#include "weave_network.h"

uint32_t
chain_get(const uint8_t *p, uint32_t bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

void
chain_model_make(struct chain *c)
{
	pint_logs_make(&c->logs);
	pint_link_make(&c->link, CHAIN_RATE, CHAIN_RTT, 1000);
	for (uint32_t i = 0; i < c->c.network_plan->plan.queries.n; i++) {
		const struct pint_range *range = &c->c.network_plan->plan.queries.v[i].range;

		if (range->bits)
			pint_scale_make(&c->scales[i], range, arena_array(c->a, uint32_t, PINT_SCALE_WORDS(range->bits)));
	}
}

/* --- the packet's number ---------------------------------------------------------------------------- */

/* Where a header begins in a packet without shim, in bytes; 0: it is not there. */
static uint32_t
header_at(const uint8_t *p, struct str path)
{
	bool tagged = chain_get(p + 12, 2) == 0x9000;
	uint32_t ip = tagged ? 18 : 14, type = chain_get(p + (tagged ? 16 : 12), 2);

	if (type != 0x0800)
		return 0;
	if (str_is(path, "ipv4"))
		return ip;
	if ((str_is(path, "tcp") && p[ip + 9] == 6) || (str_is(path, "udp") && p[ip + 9] == 17))
		return ip + 20;
	return 0;
}

static uint64_t
bits_at(const uint8_t *p, uint32_t at, uint32_t n)
{
	uint64_t v = 0;

	for (uint32_t i = at; i < at + n; i++)
		v = v << 1 | (p[i / 8] >> (7 - i % 8) & 1);
	return v;
}

/* The bits of one header's fields, right-aligned in whole words. */
static uint32_t
mix_header(const struct chain *c, const uint8_t *header, uint32_t from, uint32_t to, uint32_t pid)
{
	const struct plan_network *n = c->c.network_plan;
	const struct p4_type *t = c->c.program->headers.v[n->identity.v[from].header].type;
	uint8_t bits[1024] = { 0 };
	uint32_t nbits = 0, pad;

	for (uint32_t i = from; i < to; i++) {
		uint32_t at = 0;

		for (uint32_t f = 0; f < n->identity.v[i].field; f++)
			at += p4_type_bits(t->fields[f].type);
		for (uint32_t b = 0; b < n->identity.v[i].width; b++)
			bits[nbits++] = (uint8_t)bits_at(header, at + b, 1);
	}
	pad = (32 - nbits % 32) % 32;
	for (uint32_t word = 0; word < (nbits + pad) / 32; word++) {
		uint32_t v = 0;

		for (uint32_t b = 0; b < 32; b++)
			v = v << 1 | (word * 32 + b < pad ? 0 : bits[word * 32 + b - pad]);
		pid = pint_mix(pid ^ v);
	}
	return pid;
}

/* A field that carries the digest says nothing of the packet. */
static bool
is_carrier(const struct chain *c, uint32_t i)
{
	const struct plan_identity *f = &c->c.network_plan->identity.v[i];
	const struct plan_header *h = &c->c.program->headers.v[f->header];

	return c->o.shim.field.n && str_eq(h->path, c->o.shim.header) && str_eq(h->type->fields[f->field].name, c->c.network->shim.field);
}

static uint32_t
number_of(const struct chain *c, const uint8_t *p)
{
	const struct plan_network *n = c->c.network_plan;
	uint32_t pid = pint_seed(PINT_PID, 0, 0);

	for (uint32_t i = 0, to; i < n->identity.n; i = to) {
		uint32_t at = header_at(p, c->c.program->headers.v[n->identity.v[i].header].path), from = i + is_carrier(c, i);

		for (to = i; to < n->identity.n && n->identity.v[to].header == n->identity.v[i].header; to++)
			;
		if (at && from < to)
			pid = mix_header(c, p + at, from, to, pid);
	}
	return pid;
}

/* --- the digest --------------------------------------------------------------------------------------- */

static uint64_t
value_of(const struct node *n, const struct sw_story *s, uint32_t query, uint32_t hop, uint32_t load)
{
	const struct ir_net_query *q = n->chain->c.network_plan->network->queries.v[query];

	if (q->value == IR_NET_SWITCH_ID)
		return n->index + 1;
	if (q->value == IR_NET_HOP)
		return hop;
	if (q->value == IR_NET_LATENCY)
		return (s->deq_time - s->time_in) / 1000;
	if (q->value == IR_NET_UTILIZATION)
		return load;
	return q->field->kind == IR_F_Q_LEN_OUT ? s->deq_len : s->port;
}

static uint32_t
update(const struct node *n, uint32_t query, uint32_t part, uint32_t pid, uint32_t hop, uint64_t value, bool fresh)
{
	const struct chain *c = n->chain;
	const struct network_query *q = &c->c.network_plan->plan.queries.v[query];
	uint32_t random = pint_hash(pint_seed(PINT_ROUND, q->number, 0), pid, hop);
	enum pint_fold fold = q->kind == NETWORK_MAX ? PINT_MAX : q->kind == NETWORK_MIN ? PINT_MIN : PINT_SUM;
	struct pint_tag own = { network_signal(q->value), q->is_tag ? pint_scale_code(&c->scales[query], value, 0) : 0, n->index + 1, n->out_port };

	if (q->is_tag)
		return pint_tag_add(part, fold, pint_tag_pack(&own));
	if (q->kind == NETWORK_STATIC)
		return pint_encode(&q->path, part, pid, hop, (uint32_t)value);
	if (q->kind == NETWORK_QUANTILE)
		return pint_act(&q->path, 0, 0, pid, hop) == PINT_REPLACE ? pint_scale_code(&c->scales[query], value, random) : part;
	return pint_fold_add(&c->scales[query], fold, fresh ? pint_fold_start(&c->scales[query], fold) : part, value, random);
}

/* Queries of the tests that have a filter are about UDP. */
static uint32_t
digest_after(const struct node *n, const struct sw_story *s, uint32_t digest, uint32_t pid, uint32_t hop, uint32_t load, bool fresh,
	     bool is_udp)
{
	const struct manifest_network *m = &n->chain->c.network_plan->plan;
	const struct network_set *set = &m->sets.v[network_set_of(m, pid)];

	for (uint32_t i = 0; i < set->parts.n; i++) {
		uint32_t query = set->parts.v[i].query, lo = set->parts.v[i].lo;
		uint32_t mask = UINT32_MAX >> (32 - m->queries.v[query].bits * m->queries.v[query].copies);
		uint32_t part = digest >> lo & mask;

		if (n->chain->c.network_plan->network->queries.v[query]->filter && !is_udp)
			continue;
		part = update(n, query, part, pid, hop, value_of(n, s, query, hop, load), fresh);
		digest = (digest & ~(mask << lo)) | part << lo;
	}
	return digest;
}

/* --- what left ------------------------------------------------------------------------------------------ */

/* What is to be known of a packet on a link. */
struct carried {
	bool is_there, is_ours;
	uint32_t hop, digest;
	uint8_t bare[1024]; /* the packet without it */
};

static void
look(const struct chain *c, const uint8_t *p, uint32_t len, bool inner, struct carried *ret)
{
	uint32_t bytes = c->c.network->shim_bytes, at;

	*ret = (struct carried){ .is_there = false };
	memcpy(ret->bare, p, len);
	if (!bytes) {
		at = header_at(p, STR("ipv4"));
		ret->is_there = ret->is_ours = at && inner;
		ret->digest = at ? chain_get(p + at + 4, 2) : 0;
		ret->hop = at ? c->o.shim.ttl - p[at + 8] : 0;
		return;
	}
	if (!inner || chain_get(p + 12, 2) != CHAIN_SHIM)
		return;
	ret->is_there = true;
	ret->is_ours = p[16] == (NETWORK_VERSION << 4 | c->c.network_plan->plan.plan);
	ret->hop = p[17];
	ret->digest = chain_get(p + 18, bytes - 4);
	memcpy(ret->bare + 12, p + 14, 2);
	memcpy(ret->bare + 14, p + 14 + bytes, len - 14 - bytes);
}

/* As ingress sees it: without a shim. */
static uint32_t
length_in(const struct chain *c, const struct chain_pass *p)
{
	const struct arrival *a = &c->arrived.v[p->arrival];
	bool shimmed = chain_is_inner(c, a->node, a->port) && c->c.network->shim_bytes && chain_get(a->data + 12, 2) == CHAIN_SHIM;

	return p->story.len_in - (shimmed ? c->c.network->shim_bytes : 0);
}

/* Is it known at the end of ingress which queue it goes to? */
static bool
is_counted(const struct chain_pass *p)
{
	return p->story.intent >= 0 && p->story.instance != PS_INGRESS_CLONE && p->story.instance != PS_EGRESS_CLONE;
}

/* The bytes behind a packet when it left its queue: of packets that were counted, and of others, as if they were as long as it. */
static uint64_t
waiting_behind(const struct chain *c, const struct chain_pass *p, uint32_t bytes)
{
	uint64_t counted = 0, sum = 0;

	vec_each (later, &c->passes) {
		const struct sw_story *s = &later->story;
		uint64_t time = s->was_sent ? s->enq_time : s->time_in;

		if (later->node != p->node || !is_counted(later) || s->intent != (int32_t)p->out_port || s->id <= p->story.id ||
		    time >= p->story.deq_time)
			continue;
		counted++;
		sum += length_in(c, later);
	}
	if (!is_counted(p))
		counted = sum = 0;
	if (!p->story.deq_len)
		return 0;
	return sum + (p->story.deq_len > counted ? p->story.deq_len - counted : 0) * bytes;
}

static uint32_t
load_after(struct chain *c, const struct chain_pass *p, uint32_t bytes)
{
	struct node *n = p->node;

	if (!chain_is_inner(c, n->index, p->out_port))
		return 0; /* nobody told the rate of ports to hosts */
	return pint_load_packet(&c->logs, &c->link, &n->loads[p->out_port % 4], p->story.deq_time / 1000, waiting_behind(c, p, bytes), bytes);
}

static void
wrong(struct chain *c, const struct node *n, const char *what, uint64_t is, uint64_t expected)
{
	if (c->wrong++ < 10)
		printf("switch %u, port %u: %s is %llx, should be %llx\n", n->index + 1, n->out_port, what, (unsigned long long)is,
		       (unsigned long long)expected);
}

/* Packets between switches that have no shim: those that came without, and those that would have been too long with one. */
static void
check_bare(struct chain *c, struct node *n, const struct arrival *a, const struct sw_story *s)
{
	bool from_host = !chain_is_inner(c, a->node, a->port) && s->instance != PS_INGRESS_CLONE && c->c.network->shim_bytes;

	if (from_host && (!c->mtu || n->out_len + c->c.network->shim_bytes <= c->mtu + 14))
		wrong(c, n, "packet without shim", n->out_len, 0);
}

static void
check(struct chain *c, struct node *n, const struct arrival *a, const struct sw_story *s, uint32_t load)
{
	bool inner_in = chain_is_inner(c, a->node, a->port), inner_out = chain_is_inner(c, n->index, n->out_port), fresh;
	struct carried in, out;
	uint32_t pid, hop, digest;

	look(c, a->data, a->len, inner_in, &in);
	look(c, n->out, n->out_len, inner_out, &out);
	pid = number_of(c, in.bare);
	fresh = !inner_in;
	if (!c->c.network->shim_bytes && !header_at(in.bare, STR("ipv4")))
		return;
	if (in.is_there && !in.is_ours) {
		if (inner_out && (out.digest != in.digest || out.hop != in.hop))
			wrong(c, n, "another plan's digest", out.digest, in.digest);
		return;
	}
	if (inner_out && !out.is_there) {
		check_bare(c, n, a, s);
		return;
	}
	if ((!in.is_there && (inner_in || s->instance == PS_INGRESS_CLONE)) || (inner_out && !out.is_ours))
		return; /* bypassed the source, or a stranger */
	if (!inner_in && chain_get(a->data + 12, 2) == CHAIN_SHIM)
		return;
	if (c->mtu && fresh && inner_out && n->out_len > c->mtu + 14)
		wrong(c, n, "length of a packet with a shim", n->out_len, c->mtu + 14);
	hop = c->c.network->shim_bytes ? (fresh ? 1 : in.hop + 1) : c->o.shim.ttl - n->out[header_at(n->out, STR("ipv4")) + 8];
	digest = digest_after(n, s, fresh ? 0 : in.digest, pid, hop, load, fresh, header_at(in.bare, STR("udp")) > 0);
	c->digests++;
	if (inner_out && (out.hop != hop || out.digest != digest))
		wrong(c, n, "digest", (uint64_t)out.hop << 32 | out.digest, (uint64_t)hop << 32 | digest);
	if (!inner_out)
		vec_push(c->a, &c->expected, (struct chain_report){ pid, hop, digest });
}

/* Clones at egress are no hops of their own; what they are on their way out is not looked at. Their port is no other packet's but those of a
 * multicast group, whose loads the model leaves out. */
void
chain_model_check(struct chain *c)
{
	vec_each (p, &c->passes) {
		struct node *n = p->node;
		struct carried out;

		if (p->story.fate != SW_FORWARDED || p->out_port == 3)
			continue;
		n->out_port = p->out_port;
		n->out_len = p->out_len;
		memcpy(n->out, p->out, p->out_len);
		look(c, n->out, n->out_len, chain_is_inner(c, n->index, n->out_port), &out);
		check(c, n, &c->arrived.v[p->arrival], &p->story, load_after(c, p, n->out_len - (out.is_there ? c->c.network->shim_bytes : 0)));
	}
}

void
chain_story(void *user, const struct sw_story *s)
{
	struct node *n = user;
	struct chain *c = n->chain;
	struct chain_pass p = { *s, n, (uint32_t)sw_tag(n->sw) - 1, n->out_port, n->out_len, NULL };

	if (s->fate == SW_FORWARDED)
		p.out = arena_copy(c->a, n->out, n->out_len);
	vec_push(c->a, &c->passes, p);
}

/* --- the verdict ------------------------------------------------------------------------------------------ */

void
chain_count(struct chain *c, struct node *n)
{
	int counter = sw_counter_index(n->sw, c->c.network->names.counts);

	for (uint32_t i = 0; i < WEAVE_NETWORK_COUNTS; i++) {
		struct ps_counter_cell cell = { 0 };

		sw_counter_read(n->sw, (uint32_t)counter, i, &cell);
		c->counts[i] += cell.packets;
	}
}

static int
by_number(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct chain_report));
}

/* Every report that is expected has come. Others are of packets that are not looked at. */
static uint64_t
missing_reports(struct chain *c)
{
	uint64_t missing = 0;
	uint32_t k = 0;

	qsort(c->expected.v, c->expected.n, sizeof(struct chain_report), by_number);
	qsort(c->reported.v, c->reported.n, sizeof(struct chain_report), by_number);
	vec_each (e, &c->expected) {
		while (k < c->reported.n && by_number(&c->reported.v[k], e) < 0)
			k++;
		if (k < c->reported.n && by_number(&c->reported.v[k], e) == 0)
			k++;
		else if (missing++ < 5)
			printf("no report of packet %08x, %u hops, digest %x\n", e->pid, e->hops, e->digest);
	}
	return missing;
}

bool
chain_verdict(struct chain *c)
{
	static const char *const names[] = { "sources", "sinks", "too long", "of another plan", "strangers dropped" };
	uint64_t missing = missing_reports(c);

	printf("%llu digests compared, %llu wrong; %u of %u reports, %llu missing\n", (unsigned long long)c->digests,
	       (unsigned long long)c->wrong, c->expected.n, c->reported.n, (unsigned long long)missing);
	for (uint32_t i = 0; i < WEAVE_NETWORK_COUNTS; i++)
		printf("%s%s %llu", i ? ", " : "", names[i], (unsigned long long)c->counts[i]);
	putchar('\n');
	return !c->wrong && !missing && c->digests;
}
