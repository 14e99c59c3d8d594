/* A program written by hand as the code generator would: what the tests of the switch run. A packet is an Ethernet header
 * and, with type 0x8899, a command that says what shall happen to it. */
#include "fake.h"

#include <stddef.h>
#include <string.h>

#include "packetscope/table.h"

struct phv {
	uint64_t dst, src;
	uint16_t type;
	uint8_t op, arg;
	uint16_t port;
	uint32_t value;
	uint32_t mark;
	uint8_t eth_valid, cmd_valid, tag_valid;
	uint32_t keep, other; /* metadata */
};

static uint64_t
load(const uint8_t *p, uint32_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void
store(uint8_t *p, uint64_t v, uint32_t n)
{
	while (n--) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static void
copy_fields(uint32_t list, const void *from_phv, void *to_phv)
{
	const struct phv *from = from_phv;
	struct phv *to = to_phv;

	if (list == 0)
		to->keep = from->keep;
}

static void
parse_one(struct ps_packet *pkt)
{
	struct phv *h = pkt->phv;
	const uint8_t *p = pkt->data;

	memset(h, 0, sizeof(*h));
	if (pkt->keep_phv)
		copy_fields(pkt->keep_list, pkt->keep_phv, h);
	pkt->parsed = 0;
	if (pkt->len < 14) {
		pkt->std.parser_error = 1;
		return;
	}
	h->dst = load(p, 6);
	h->src = load(p + 6, 6);
	h->type = (uint16_t)load(p + 12, 2);
	h->eth_valid = 1;
	pkt->parsed = 14;
	if (h->type != FAKE_TYPE || pkt->len < 22)
		return;
	h->op = p[14];
	h->arg = p[15];
	h->port = (uint16_t)load(p + 16, 2);
	h->value = (uint32_t)load(p + 18, 4);
	h->cmd_valid = 1;
	pkt->parsed = 22;
}

static void
parse(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)
{
	(void)ctx;
	for (uint32_t i = 0; i < n; i++)
		parse_one(pkts[i]);
}

static void
mark(struct ps_packet *pkt, uint16_t table, uint16_t action, uint32_t entry, uint32_t line)
{
	pkt->std.egress_spec = PS_DROP_PORT;
	pkt->std.mcast_grp = 0;
	pkt->why = (struct ps_why){
		.table = table, .action = action, .entry = entry, .line = line,
		.control = pkt->why.control, .marked = true,
	};
	if (pkt->mark_phv)
		memcpy(pkt->mark_phv, pkt->phv, sizeof(struct phv));
}

static void
go(struct ps_packet *pkt, uint16_t port)
{
	pkt->std.egress_spec = port & 511;
	pkt->why.marked = false;
}

static void
apply(const struct ps_ctx *ctx, struct ps_packet *pkt, uint16_t table, const void *key)
{
	const struct ps_entry *e = ps_table_lookup(ctx->tables[table], key);
	uint32_t port;

	if (table == FAKE_DMAC) {
		ctx->counters[FAKE_DMAC_HITS][e->counter].packets++;
		ctx->counters[FAKE_DMAC_HITS][e->counter].bytes += pkt->std.packet_length;
	}
	if (e->action == FAKE_FORWARD) {
		memcpy(&port, e->data, sizeof(port));
		go(pkt, (uint16_t)port);
	} else if (e->action == FAKE_DENY) {
		mark(pkt, table, e->action, e->handle, 0);
	}
}

static void
lookup(const struct ps_ctx *ctx, struct ps_packet *pkt, const struct phv *h)
{
	if (h->op == FAKE_OP_DMAC) {
		uint64_t key = h->dst;

		apply(ctx, pkt, FAKE_DMAC, &key);
	} else if (h->op == FAKE_OP_PATHS) {
		struct { uint16_t port, gap; uint32_t value; } key = { .port = h->port, .value = h->value };
		uint64_t words;

		memcpy(&words, &key, sizeof(words));
		apply(ctx, pkt, FAKE_PATHS, &words);
	} else if (h->op == FAKE_OP_ROUTE) {
		uint64_t key = h->value;

		apply(ctx, pkt, FAKE_ROUTE, &key);
	} else {
		struct { uint64_t src; uint16_t port; uint8_t gap[6]; } key = { .src = h->src, .port = h->port };

		apply(ctx, pkt, FAKE_ACL, &key);
	}
}

static void
one_ingress(const struct ps_ctx *ctx, struct ps_packet *pkt)
{
	struct phv *h = pkt->phv;
	bool is_new = pkt->std.instance_type == PS_NORMAL;

	go(pkt, pkt->std.ingress_port + 1);
	if (!h->cmd_valid)
		return;
	go(pkt, h->port);
	h->other = 0x0111;
	switch ((enum fake_op)h->op) {
	case FAKE_OP_FORWARD:
		pkt->std.priority = h->arg & 7;
		break;
	case FAKE_OP_MARK:
		mark(pkt, PS_NONE, PS_NONE, 0, 77);
		h->src = 0xdead;
		break;
	case FAKE_OP_SPEC:
		pkt->std.egress_spec = PS_DROP_PORT;
		break;
	case FAKE_OP_UNDO:
		mark(pkt, PS_NONE, FAKE_DENY, 0, 0);
		go(pkt, h->port);
		break;
	case FAKE_OP_MULTICAST:
		pkt->std.mcast_grp = h->port;
		break;
	case FAKE_OP_CLONE:
	case FAKE_OP_CLONE_DROP:
		h->keep = h->value;
		h->src = 0xbeef;
		pkt->clone_session = h->arg;
		pkt->clone_list = 0;
		pkt->requests |= PS_CLONE;
		if (h->op == FAKE_OP_CLONE_DROP)
			mark(pkt, PS_NONE, FAKE_DENY, 0, 0);
		break;
	case FAKE_OP_RESUBMIT:
		h->keep += is_new ? h->value : 0;
		h->dst = 1;
		if (is_new) {
			pkt->resubmit_list = 0;
			pkt->requests |= PS_RESUBMIT;
		}
		break;
	case FAKE_OP_RESUBMIT_EVER:
		pkt->resubmit_list = PS_EMPTY_LIST;
		pkt->requests |= PS_RESUBMIT;
		break;
	case FAKE_OP_DMAC:
	case FAKE_OP_ROUTE:
	case FAKE_OP_ACL:
	case FAKE_OP_PATHS:
		lookup(ctx, pkt, h);
		break;
	case FAKE_OP_TAG:
		h->tag_valid = 1;
		h->mark = h->value;
		pkt->truncate = h->arg;
		pkt->requests |= h->arg ? PS_TRUNCATE : 0;
		break;
	case FAKE_OP_METER:
		h->value = ctx->meter(ctx->sw, 0, h->arg, pkt->std.packet_length);
		break;
	case FAKE_OP_RANDOM:
		h->value = (uint32_t)ctx->random(ctx->sw, 10, 19);
		break;
	case FAKE_OP_RECIRCULATE:
	case FAKE_OP_RECIRCULATE_EVER:
	case FAKE_OP_EGRESS_MARK:
	case FAKE_OP_EGRESS_CLONE:
	case FAKE_OP_EGRESS_CLONE_EVER:
	case FAKE_OP_TIMES:
		break;
	}
}

static void
one_egress(const struct ps_ctx *ctx, struct ps_packet *pkt)
{
	struct phv *h = pkt->phv;
	uint8_t *seen = (uint8_t *)ctx->registers[FAKE_SEEN];
	uint32_t n;

	memcpy(&n, seen + 4 * (pkt->std.egress_port & 15u), 4);
	n++;
	memcpy(seen + 4 * (pkt->std.egress_port & 15u), &n, 4);
	if (!h->cmd_valid)
		return;
	h->other |= 0x2000;
	if (h->op == FAKE_OP_EGRESS_MARK) {
		mark(pkt, PS_NONE, FAKE_DENY, 0, 0);
		h->src = 0xfeed;
	} else if (h->op == FAKE_OP_EGRESS_CLONE_EVER ||
		   (h->op == FAKE_OP_EGRESS_CLONE && pkt->std.instance_type != PS_EGRESS_CLONE)) {
		h->keep = h->value;
		h->src = 0xc10e;
		pkt->clone_session = h->arg;
		pkt->clone_list = 0;
		pkt->requests |= PS_CLONE;
	} else if (h->op == FAKE_OP_RECIRCULATE_EVER || (h->op == FAKE_OP_RECIRCULATE && !h->keep)) {
		h->keep = h->value;
		h->src++;
		pkt->recirculate_list = 0;
		pkt->requests |= PS_RECIRCULATE;
	} else if (h->op == FAKE_OP_TIMES) {
		h->dst = (uint64_t)pkt->std.enq_qdepth << 24 | pkt->std.deq_qdepth;
		h->src = pkt->std.deq_timedelta;
		h->value = pkt->std.packet_length;
	}
}

static void
deparse_one(struct ps_packet *pkt)
{
	const struct phv *h = pkt->phv;
	uint32_t size = (h->eth_valid ? 14u : 0) + (h->tag_valid ? 4u : 0) + (h->cmd_valid ? 8u : 0);
	uint8_t *p = pkt->data + pkt->parsed - size;

	pkt->len = pkt->len - pkt->parsed + size;
	pkt->data = p;
	pkt->parsed = 0;
	if (h->eth_valid) {
		store(p, h->dst, 6);
		store(p + 6, h->src, 6);
		store(p + 12, h->type, 2);
		p += 14;
	}
	if (h->tag_valid) {
		store(p, h->mark, 4);
		p += 4;
	}
	if (h->cmd_valid) {
		p[0] = h->op;
		p[1] = h->arg;
		store(p + 2, h->port, 2);
		store(p + 4, h->value, 4);
	}
}

static void
ingress(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		one_ingress(ctx, pkts[i]);
}

static void
egress(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		one_egress(ctx, pkts[i]);
}

static void
deparse(const struct ps_ctx *ctx, struct ps_packet *const *pkts, uint32_t n)
{
	(void)ctx;
	for (uint32_t i = 0; i < n; i++)
		deparse_one(pkts[i]);
}

/* --- the descriptor --- */

#define FIELD(name, bits, member, head) \
	{ name, bits, false, false, offsetof(struct phv, member), sizeof(((struct phv *)0)->member), head }

static const struct ps_field_info fields[] = {
	FIELD("ethernet.dstAddr", 48, dst, 0), FIELD("ethernet.srcAddr", 48, src, 0),
	FIELD("ethernet.etherType", 16, type, 0), FIELD("cmd.op", 8, op, 1), FIELD("cmd.arg", 8, arg, 1),
	FIELD("cmd.port", 16, port, 1), FIELD("cmd.value", 32, value, 1), FIELD("tag.mark", 32, mark, 2),
	FIELD("meta.keep", 32, keep, -1), FIELD("meta.other", 32, other, -1),
};
static const struct ps_header_info headers[] = {
	{ "ethernet", offsetof(struct phv, eth_valid), 112 },
	{ "cmd", offsetof(struct phv, cmd_valid), 64 },
	{ "tag", offsetof(struct phv, tag_valid), 32 },
};

static const struct ps_param_info forward_params[] = { { "port", 9, false, 0, 4 } };
static const struct ps_param_info deny_params[] = { { "site", 32, false, 0, 4 } };
static const struct ps_param_info wide_params[] = {
	{ "mac", 48, false, 0, 8 }, { "address", 128, false, 16, 16 }, { "long", 200, false, 32, 32 },
};
static const struct ps_action_info actions[] = {
	{ "NoAction", 0, NULL, 0 },
	{ "MyIngress.forward", 1, forward_params, 8 },
	{ "MyIngress.deny", 1, deny_params, 8 },
	{ "MyIngress.wide", 3, wide_params, 64 },
};

static const uint16_t all_actions[] = { FAKE_FORWARD, FAKE_DENY, FAKE_NO_ACTION };
static const bool not_default_only[] = { false, false, false, false };
static const uint16_t wide_actions[] = { FAKE_FORWARD, FAKE_WIDE, FAKE_NO_ACTION, FAKE_DENY };
static const bool deny_default_only[] = { false, false, false, true };
static const struct ps_key_info dmac_keys[] = { { "hdr.ethernet.dstAddr", PS_EXACT, 48, 0, 8 } };
static const struct ps_key_info route_keys[] = { { "hdr.cmd.value", PS_LPM, 32, 0, 4 } };
static const struct ps_key_info acl_keys[] = {
	{ "hdr.ethernet.srcAddr", PS_TERNARY, 48, 0, 8 }, { "hdr.cmd.port", PS_RANGE, 16, 8, 2 },
};
static const struct ps_key_info wide_keys[] = {
	{ "hdr.ip6.dst", PS_TERNARY, 128, 0, 16 }, { "hdr.cmd.port", PS_OPTIONAL, 16, 16, 2 },
	{ "hdr.cmd.op", PS_EXACT, 8, 18, 1 },
};
static const struct ps_key_info paths_keys[] = {
	{ "hdr.cmd.port", PS_EXACT, 16, 0, 2 }, { "hdr.cmd.value", PS_SELECTOR, 32, 4, 4 },
};
static const struct ps_key_info fixed_keys[] = { { "hdr.cmd.op", PS_EXACT, 8, 0, 1 } };
static const uint64_t fixed_values[] = { 1, 2 };
static const uint64_t fixed_data[] = { 7 };
static const struct ps_entry_init fixed_entries[] = {
	{ &fixed_values[0], NULL, 0, FAKE_FORWARD, fixed_data },
	{ &fixed_values[1], NULL, 0, FAKE_NO_ACTION, NULL },
};
static const struct ps_key_info kinds_keys[] = { { "value", PS_EXACT, 16, 0, 2 } };
static const struct ps_key_info pairs_keys[] = { { "a", PS_EXACT, 16, 0, 2 }, { "b", PS_EXACT, 24, 4, 4 } };
static const struct ps_key_info masked_keys[] = { { "a", PS_EXACT, 16, 0, 2 }, { "b", PS_TERNARY, 128, 8, 16 } };
static const struct ps_key_info several_keys[] = { { "a", PS_RANGE, 9, 0, 2 }, { "b", PS_OPTIONAL, 24, 4, 4 } };

#define TABLE(title, k, bytes, acts, only, most)                                                             \
	.name = title, .nkeys = sizeof(k) / sizeof((k)[0]), .keys = k, .key_size = bytes,                    \
	.nactions = sizeof(acts) / sizeof((acts)[0]), .actions = acts, .default_only = only, .size = most,   \
	.direct_meter = -1

#define SET(title, k, bytes, most)                                                                            \
	{ .name = title, .nkeys = sizeof(k) / sizeof((k)[0]), .keys = k, .key_size = bytes, .size = most,    \
	  .direct_counter = -1, .direct_meter = -1, .profile = -1 }

static const struct ps_table_info tables[] = {
	{ TABLE("MyIngress.dmac", dmac_keys, 8, all_actions, not_default_only, 4), .direct_counter = FAKE_DMAC_HITS, .profile = -1 },
	{ TABLE("MyIngress.route", route_keys, 8, all_actions, not_default_only, 1024), .direct_counter = -1, .profile = -1 },
	{ TABLE("MyIngress.acl", acl_keys, 16, all_actions, not_default_only, 1024), .direct_counter = -1, .profile = -1 },
	{ TABLE("MyIngress.wide_table", wide_keys, 24, wide_actions, deny_default_only, 1024), .direct_counter = -1, .profile = -1 },
	{ TABLE("MyIngress.fixed", fixed_keys, 8, all_actions, not_default_only, 1024), .direct_counter = -1, .profile = -1,
	  .const_entries = true, .const_default = true, .nentries = 2, .entries = fixed_entries },
	{ TABLE("MyEgress.fixed", fixed_keys, 8, all_actions, not_default_only, 1024), .direct_counter = -1, .profile = -1 },
	{ TABLE("MyIngress.paths", paths_keys, 8, all_actions, not_default_only, 1024), .direct_counter = -1, .profile = 0 },
	/* value sets */
	SET("MyParser.kinds", kinds_keys, 8, 2),
	SET("MyParser.pairs", pairs_keys, 8, 4),
	SET("MyParser.masked", masked_keys, 24, 4),
	SET("MyParser.several", several_keys, 8, 4),
};

static const struct ps_register_info registers[] = {
	{ "MyEgress.seen", 16, 32, 4, false, 0, 0, 4 }, { "MyIngress.big", 4, 128, 16, false, 1, 0, 16 },
};
static const struct ps_counter_info counters[] = { { "MyIngress.hits", 8, 2 }, { "MyIngress.dmac_hits", 0, 2 } };
static const struct ps_meter_info meters[] = { { "MyIngress.meter", 4, 0 } };
static const struct ps_profile_info profiles[] = { { "MyIngress.path_selector", 4, true }, { "MyIngress.unused", 4, false } };
static const struct ps_field_list_info lists[] = { { 1 } };
static const char *const errors[] = { "NoError", "PacketTooShort" };

static const struct ps_crc_info crcs[] = {
	{ "calc_1", NULL, 16 }, { "calc", NULL, 16 }, { NULL, NULL, 32 }, { NULL, "'S' has a hash, and p4c copies it to where it is used", 16 },
};

const struct ps_program ps_program = {
	.abi = PS_ABI, .name = "fake", .phv_size = sizeof(struct phv),
	.ntables = 7, .nsets = 4, .nactions = 4, .nregisters = 2, .ncounters = 2, .nmeters = 1, .nfield_lists = 1, .nprofiles = 2, .ncrcs = 4,
	.nfields = sizeof(fields) / sizeof(fields[0]), .nheaders = 3, .nerrors = 2,
	.tables = tables, .actions = actions, .registers = registers, .counters = counters, .meters = meters, .profiles = profiles,
	.field_lists = lists, .crcs = crcs, .fields = fields, .headers = headers, .errors = errors,
	.ingress_name = "MyIngress", .egress_name = "MyEgress", .uses_queue_fields = true, .resizes = true, .shared = "register MyEgress.seen",
	.parse = parse, .ingress = ingress, .egress = egress, .deparse = deparse, .copy_fields = copy_fields,
};
