/* gen.c - the programs at the hooks, from the plan. The text is one C file for `clang -target bpf`. */
#include "target/linux/gen.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/discard.h"

#define TAG_BUCKETS_LOG 14 /* of 8 tags */
#define FLIGHTS_LEAST 64
#define STACK_HEADERS 120 /* bytes of headers that fit on the stack, of 512 */

/* --- what the queries need --------------------------------------------------------------------- */

static void
need_fields(struct gen *g, const struct ir_expr *e, enum ir_instant at)
{
	uint32_t tag = 0;

	if (!e)
		return;
	switch (plan_read(g->plan, e, at, &tag)) {
	case PLAN_READ_TAG:
	case PLAN_READ_CONST:
		return;
	case PLAN_READ_COMPUTE:
		need_fields(g, e->a, at);
		need_fields(g, e->b, at);
		return;
	case PLAN_READ_FIELD:
		break;
	}
	if (e->field->kind == IR_F_HEADER || e->field->kind == IR_F_VALID)
		g->need[at] |= 1u << e->field->header;
	g->time_out |= e->field->kind == IR_F_Q_TIME_OUT || e->field->kind == IR_F_Q_DELAY;
	g->queue_time |= e->field->kind == IR_F_Q_TIME_IN || g->time_out; /* what passes an empty queue leaves when it came */
	g->port_in |= e->field->kind == IR_F_PORT_IN && at > IR_AT_IN;
	g->queue_bytes |= e->field->kind == IR_F_Q_BYTES;
	g->qdisc |= e->field->kind == IR_F_QDISC;
	g->queue_len_in |= e->field->kind == IR_F_Q_LEN_IN;
	g->dequeue |= e->field->kind == IR_F_Q_TIME_OUT || e->field->kind == IR_F_Q_DELAY || e->field->kind == IR_F_Q_LEN_OUT;
}

static void
need_state(struct gen *g, const struct plan_state *s)
{
	need_fields(g, s->guard, s->at);
	need_fields(g, s->absent, s->at);
	vec_each(k, &s->keys)
		need_fields(g, *k, s->at);
	vec_each(v, &s->values)
		need_fields(g, v->expr, s->at);
	g->state_at[s->at] = true;
	g->any_lost |= s->kind == PLAN_LOST;
	g->sees_own |= s->query->egress && s->query->sees_all_instances;
}

static void
check_fields(struct gen *g)
{
	const struct kernel_facts *f = g->o->facts;

	vec_each(field, &g->plan->graph->fields)
		if (((*field)->kind == IR_F_DROP_REASON || (*field)->kind == IR_F_DROP_CLASS) && !f->has_reason)
			diag_error(g->d, (struct span){ 0, 0 }, "%.*s: kernel %u.%u doesn't say why it drops a packet (5.17 and later do)",
				   STRA((*field)->text), f->release[0], f->release[1]);
	if (g->dequeue && !f->has_dequeue)
		diag_error(g->d, (struct span){ 0, 0 }, "kernel %u.%u doesn't tell when packets leave a queue (tracepoint qdisc_dequeue): there are "
			   "queuing.time_in, queuing.len_in and queuing.bytes", f->release[0], f->release[1]);
}

/* Packets have tags beside them. */
static bool
has_tags(const struct gen *g)
{
	return g->k->tag == KERNEL_TAG_MEMORY;
}

/* Copies are known by their mark. */
static bool
has_marks(const struct gen *g)
{
	return g->o->mark && has_tags(g);
}

static void
need_all(struct gen *g)
{
	bool *hooks = g->k->hooks, behind;

	vec_each(s, &g->plan->states)
		need_state(g, s);
	vec_each(t, &g->plan->tags)
		if (t->expr)
			need_fields(g, t->expr, t->born);
	check_fields(g);
	behind = g->any_lost || g->state_at[IR_AT_DEQ] || g->state_at[IR_AT_OUT];
	g->k->tag = linux_tag(g->plan, g->o);
	g->k->conserves = behind && has_tags(g);
	g->k->follows = has_marks(g);
	g->k->waits = g->k->tag == KERNEL_TAG_STAMP;
	hooks[g->o->use_receive ? KERNEL_RECEIVE : KERNEL_IN] = true;
	hooks[KERNEL_QUEUE] = has_tags(g);
	hooks[KERNEL_DEQUEUE] = g->dequeue;
	hooks[KERNEL_XMIT] = g->k->tag != KERNEL_TAG_NONE;
	hooks[KERNEL_DROP] = has_tags(g);
	hooks[KERNEL_CONSUME] = g->any_lost || g->state_at[IR_AT_MID];
}

static uint64_t
common(uint64_t a, uint64_t b)
{
	return b ? common(b, a % b) : a;
}

/* The tick of the flights divides all windows. */
static void
set_ticks(struct gen *g)
{
	uint64_t tick = 0, n;

	vec_each(s, &g->plan->states)
		tick = common(s->window_ns, tick);
	g->k->tick_ns = tick ? tick : 1000000000;
	n = 2 * (g->o->max_delay_ns / g->k->tick_ns + 1) + FLIGHTS_LEAST;
	vec_each(s, &g->plan->states) /* whose rows can still be read, of that it is known whether all have come out */
		n = n < s->generations * s->window_ns / g->k->tick_ns ? s->generations * s->window_ns / g->k->tick_ns : n;
	while (n & (n - 1)) /* powers of two need no division */
		n += n & -n;
	g->k->max_delay_ns = g->o->max_delay_ns;
	if (n * g->o->facts->cpus > 1u << 22)
		diag_error(g->d, (struct span){ 0, 0 }, "epochs of %" PRIu64 " ns are too short for a delay of up to %" PRIu64 " ms (--max-delay)",
			   g->k->tick_ns, g->o->max_delay_ns / 1000000);
	g->k->flights = (uint32_t)n;
}

/* --- the parts of the text --------------------------------------------------------------------- */

static uint32_t
header_bytes(const struct ir_schema_header *h)
{
	uint32_t bits = 0;

	vec_each(f, &h->fields)
		bits += f->width;
	return bits / 8;
}

static void
write_head(struct gen *g)
{
	const struct kernel_facts *f = g->o->facts;
	uint32_t keep = 0, bytes = 0;

	for (int i = 0; i < IR_INSTANTS; i++)
		keep |= g->need[i];
	for (uint32_t i = 0; i < g->plan->program->schema.headers.n; i++)
		bytes += keep >> i & 1 ? header_bytes(&g->plan->program->schema.headers.v[i]) : 0;
	if (bytes > STACK_HEADERS)
		fputs("#define PS_HEADERS_IN_MAP\n", g->out);
	fprintf(g->out, "#define PS_KEEP 0x%xu\n#define PS_CPUS %uu\n#define PS_PORTS %uu\n#define PS_BUCKETS_LOG %u\n#define PS_TICK_NS %" PRIu64
		"ull\n#define PS_FLIGHTS %uu\n#define PS_NETNS %uu\n\n#include \"packetscope/linux/packet.h\"\n\n",
		keep, f->cpus, f->ports.n ? f->ports.n : 1, TAG_BUCKETS_LOG, g->k->tick_ns, g->k->flights, f->netns);
}

static void
write_tag(struct gen *g)
{
	if (g->k->tag == KERNEL_TAG_STAMP)
		fprintf(g->out, "#define PS_SIGN %uull\n#include \"packetscope/linux/stamp.h\"\n\n", g->o->sign & 1023);
	if (g->k->tag == KERNEL_TAG_NONE)
		fputs("#include \"packetscope/linux/state.h\"\n\n", g->out);
	if (!has_tags(g))
		return;
	fputs("struct ps_tag {\n\tu64 time_in, tick;\n\tu16 port_in, port;\n\tu8 stage, own, unused[2];\n", g->out);
	vec_each(t, &g->plan->tags)
		if (t->expr)
			fprintf(g->out, "\t%s c%u;\n", t->width > 64 ? "u128" : t->width > 32 ? "u64" : t->width > 8 ? "u32" : "u8", t->index);
	vec_each(s, &g->plan->states)
		if (s->kind == PLAN_LOST)
			fprintf(g->out, "\tu32 row%u;\n", s->index);
	if (g->queue_time)
		fputs("\tu64 q_time_in;\n", g->out);
	if (g->queue_len_in)
		fputs("\tu32 q_len_in;\n", g->out);
	if (g->queue_bytes)
		fputs("\tu32 q_bytes;\n", g->out);
	if (g->time_out)
		fputs("\tu64 q_time_out;\n", g->out);
	if (g->dequeue)
		fputs("\tu32 q_len_out;\n", g->out);
	fputs("};\n\n", g->out);
	if (has_marks(g))
		fprintf(g->out, "#define PS_MARK 0x%xu\n#define PS_MARK_SHIFT %d\n#include \"packetscope/linux/mark.h\"\n\n", g->o->mark,
			__builtin_ctz(g->o->mark));
	else
		fputs("#include \"packetscope/linux/tags.h\"\n\n", g->out);
}

static void
write_ports(struct gen *g)
{
	const struct kernel_facts *f = g->o->facts;
	uint32_t i = 0;

	fputs("PS_INLINE u64\nps_now(void)\n{\n\treturn ps_ktime() - ps_zero;\n}\n\n", g->out);
	fputs("/* The number of the port; PS_NO_PORT for other interfaces, also those of other namespaces. */\n"
	      "PS_INLINE u32\nps_port_of(u32 ifindex)\n{\n\tswitch (ifindex) {\n", g->out);
	vec_each(p, &f->ports)
		fprintf(g->out, "\tcase %u: /* %.*s */\n\t\treturn %u;\n", p->ifindex, STRA(p->name), i++);
	fputs("\t}\n\treturn PS_NO_PORT;\n}\n\n"
	      "PS_INLINE u32\nps_port(struct net_device *dev)\n{\n\tu32 port = dev ? ps_port_of((u32)dev->ifindex) : PS_NO_PORT;\n\n"
	      "\treturn port == PS_NO_PORT || dev->nd_net.net->ns.inum == PS_NETNS ? port : PS_NO_PORT;\n}\n\n", g->out);
}

/* The packet has come out, and all that it counts for has been counted: its epoch may close. */
static void
write_flight(struct gen *g, const char *indent, const char *count, const char *how)
{
	if (g->k->conserves)
		fprintf(g->out, "%s%s(tick, %s);\n", indent, count, how);
}

static void
write_tag_functions(struct gen *g)
{
	if (!has_tags(g))
		return;
	fputs("/* A new owner knows nothing of the last one. */\nPS_INLINE void\nps_tag_clear(struct ps_tag *t)\n{\n", g->out);
	vec_each(t, &g->plan->tags)
		if (t->expr)
			fprintf(g->out, "\tt->c%u = 0;\n", t->index);
	vec_each(s, &g->plan->states)
		if (s->kind == PLAN_LOST)
			fprintf(g->out, "\tt->row%u = 0;\n", s->index);
	if (g->queue_time)
		fputs("\tt->q_time_in = 0;\n", g->out);
	if (g->queue_len_in)
		fputs("\tt->q_len_in = 0;\n", g->out);
	if (g->queue_bytes)
		fputs("\tt->q_bytes = 0;\n", g->out);
	if (g->time_out)
		fputs("\tt->q_time_out = 0;\n", g->out);
	if (g->dequeue)
		fputs("\tt->q_len_out = 0;\n", g->out);
	fputs("\tt->own = 0;\n}\n\n", g->out);
	fputs("PS_INLINE void\nps_evict(struct ps_tag *t)\n{\n\tu64 time_in = t->time_in, tick = t->tick;\n\tu32 port = t->port;\n\n"
	      "\tif (t->stage != PS_QUEUED && t->stage != PS_OUT_OF_QUEUE)\n\t\treturn;\n\tps_count(port, PS_N_COLLISIONS);\n"
	      "\tif (t->own)\n\t\treturn;\n", g->out);
	ebpf_lost_out(g, "evict", "\t");
	write_flight(g, "\t", "PS_FLIGHT", "evicted");
	fputs("\t(void)time_in, (void)tick;\n}\n\n", g->out);
	if (!has_marks(g))
		return;
	fputs("PS_INLINE void\nps_offer_again(struct ps_tag *t)\n{\n\tu64 time_in = t->time_in, tick = t->tick;\n\n\tps_count(t->port, PS_N_OFFERED);\n"
	      "\tPS_FLIGHT(tick, offered);\n", g->out);
	ebpf_lost_out(g, "again", "\t");
	fputs("\t(void)time_in;\n}\n\n", g->out);
}

/* States of an instant. Behind the queue, packets that were made here are for those that ask for instances. */
static void
write_counts(struct gen *g, enum ir_instant at, bool local)
{
	vec_each(s, &g->plan->states) {
		if (s->at != at || (local && !s->query->sees_all_instances))
			continue;
		if (s->query->egress && !s->query->sees_all_instances && g->sees_own)
			fputs("\tif (!t->own) {\n", g->out);
		ebpf_count(g, s, at);
		if (s->query->egress && !s->query->sees_all_instances && g->sees_own)
			fputs("\t}\n", g->out);
	}
}

/* Names that generated expressions use, whether or not any does. */
static void
write_unused(struct gen *g, const char *names)
{
	fprintf(g->out, "\t%s\n", names);
}

/* --- the hooks --------------------------------------------------------------------------------- */

static void
write_arrival(struct gen *g, bool tc)
{
	bool tags = has_tags(g);

	if (tc)
		fputs("SEC(\"tc\")\nint\nps_in(struct __sk_buff *skb)\n{\n\tPS_HEADERS_HERE(0, -1)\n"
		      "\tu32 port_in = ps_port_of(skb->ifindex), port = port_in, len = skb->len + (skb->vlan_present ? 4 : 0);\n"
		      "\tu32 instance = PS_INSTANCE_NORMAL, segments = skb->gso_segs;\n", g->out);
	else
		fputs("SEC(\"tp_btf/netif_receive_skb\")\nint\nps_receive(u64 *ctx)\n{\n\tPS_HEADERS_HERE(1, 0)\n"
		      "\tstruct sk_buff *skb = (void *)ctx[0];\n\tu32 port_in = ps_port(skb->dev), port = port_in, len = skb->len + 14;\n"
		      "\tu32 instance = PS_INSTANCE_NORMAL, segments = 0;\n", g->out);
	fprintf(g->out, "\tu64 time_in = %s, tick = time_in / PS_TICK_NS;\n", g->k->tag == KERNEL_TAG_STAMP ? "ps_stamp_now()" : "ps_now()");
	if (tags)
		fputs("\tstruct ps_tag *t;\n", g->out);
	fprintf(g->out, "\n\tif (port_in == PS_NO_PORT)\n\t\treturn %d;\n\tps_count(port_in, PS_N_SEEN);\n"
		"\tif (segments > 1)\n\t\tps_count(port_in, PS_N_MERGED);\n", tc ? -1 : 0);
	fprintf(g->out, "\tps_parse_%s(skb, 0x%xu, h);\n", tc ? "tc" : "skb", g->need[IR_AT_IN]);
	if (tags) {
		fprintf(g->out, "\tt = ps_tag_claim(ps_number(skb), time_in, tick);\n\tif (!t)\n\t\treturn %d;\n\tps_tag_clear(t);\n"
			"\tt->stage = PS_IN;\n\tt->port_in = (u16)port_in;\n\tt->port = (u16)port_in;\n", tc ? -1 : 0);
		ebpf_carry(g, IR_AT_IN);
		if (tc && has_marks(g))
			fputs("\tps_mark_arrival(skb, t, port_in);\n", g->out);
	}
	if (g->k->tag == KERNEL_TAG_STAMP)
		fputs("\tps_stamp_set(skb, time_in);\n", g->out);
	write_unused(g, "(void)len, (void)instance, (void)port, (void)h, (void)tick;");
	write_counts(g, IR_AT_IN, false);
	fprintf(g->out, "\treturn %d;\n}\n\n", tc ? -1 : 0);
}

static void
write_queue_fields(struct gen *g, const char *indent)
{
	if (g->queue_time)
		fprintf(g->out, "%st->q_time_in = now;\n", indent);
	if (g->queue_len_in)
		fprintf(g->out, "%st->q_len_in = ps_queue_length(skb, dev);\n", indent);
	if (g->queue_bytes)
		fprintf(g->out, "%st->q_bytes = ps_queue_bytes(skb, dev);\n", indent);
}

/* What is known when the packet comes to its queue. */
static void
write_offer(struct gen *g)
{
	if (g->qdisc)
		fputs("\tqdisc = ps_queue_handle(skb, dev);\n", g->out);
	fprintf(g->out, "\tps_parse_skb(skb, 0x%xu, h);\n", g->need[IR_AT_MID]);
	write_unused(g, "(void)instance, (void)reason, (void)h, (void)port_in, (void)time_in, (void)tick, (void)qdisc;");
	ebpf_carry(g, IR_AT_MID);
}

static void
write_queue(struct gen *g)
{
	const char *now = g->queue_time ? "\tnow = ps_now();\n" : ""; /* a clock takes time to read: only for packets that are ours */

	fprintf(g->out, "SEC(\"tp_btf/net_dev_queue\")\nint\nps_queue(u64 *ctx)\n{\n\tstruct sk_buff *skb = (void *)ctx[0];\n"
	      "\tstruct net_device *dev = skb->dev;\n\tPS_HEADERS_HERE(2, 0)\n\tstruct ps_tag *t;\n"
	      "\tu32 port = ps_port(dev), port_in, place, instance = PS_INSTANCE_NORMAL, reason = 0, qdisc = 0;\n\tu64 addr, time_in, tick%s;\n\n"
	      "\tif (port == PS_NO_PORT)\n\t\treturn 0;\n%s\taddr = ps_number(skb);\n\tt = ps_tag_find(addr, &place);\n", g->queue_time ? ", now" : "", now);
	if (has_marks(g))
		fputs("\tif ((skb->mark & PS_MARK) && (!t || (t->stage != PS_IN && t->stage != PS_ELSEWHERE)))\n"
		      "\t\tt = ps_tag_at(ps_mark_place(addr, skb->mark, PS_IN, ps_now()));\n", g->out);
	fprintf(g->out, "\tif (!t || (t->stage != PS_IN && t->stage != PS_ELSEWHERE) || !ps_is_forwarded(skb)) {\n"
	      "\t\tif (ps_is_forwarded(skb))\n\t\t\tps_count_alone(port, PS_N_UNTAGGED);\n"
	      "\t\tps_count_alone(port, PS_N_OWN_OFFERED);\n\t\ttime_in = %s;\n\t\tt = ps_tag_claim(addr, time_in, time_in / PS_TICK_NS);\n"
	      "\t\tif (!t)\n\t\t\treturn 0;\n"
	      "\t\tps_tag_clear(t);\n\t\tt->stage = PS_QUEUED;\n\t\tt->own = 1;\n\t\tt->port = (u16)port;\n\t\tt->port_in = (u16)port;\n",
	      g->queue_time ? "now" : "ps_now()");
	write_queue_fields(g, "\t\t");
	if (g->sees_own) {
		fputs("\t\ttick = t->tick;\n\t\tport_in = port;\n\t\tinstance = PS_INSTANCE_LOCAL;\n", g->out);
		write_offer(g);
	}
	fprintf(g->out, "\t\treturn 0;\n\t}\n\ttime_in = t->time_in;\n\ttick = t->tick;\n\tport_in = t->port_in;\n\tt->stage = PS_QUEUED;\n\tt->port = (u16)port;\n"
	      "\t%s(port, PS_N_OFFERED);\n", has_marks(g) ? "ps_count" : "ps_count_alone");
	if (g->k->conserves)
		fprintf(g->out, "\t%s(tick, offered);\n", has_marks(g) ? "PS_FLIGHT" : "PS_FLIGHT_ALONE");
	write_queue_fields(g, "\t");
	write_offer(g);
	write_counts(g, IR_AT_MID, false);
	fputs("\treturn 0;\n}\n\n", g->out);
}

static void
write_dequeue(struct gen *g)
{
	if (!g->dequeue)
		return;
	fputs("SEC(\"tp_btf/qdisc_dequeue\")\nint\nps_dequeue(u64 *ctx)\n{\n\tstruct Qdisc *qdisc = (void *)ctx[0];\n"
	      "\tstruct sk_buff *skb = (void *)ctx[3];\n\tu32 left, place;\n\n"
	      "\tif (!skb || !ps_address(skb)) /* older verifiers take an argument for something, whatever it is compared with */\n\t\treturn 0;\n", g->out);
	if (g->time_out || has_marks(g))
		fputs("\tu64 now = ps_now();\n\n", g->out);
	fputs("\tleft = qdisc->q.qlen;\n\tfor (int i = 0; i < 64; i++) { /* several may leave at once */\n"
	      "\t\tstruct ps_tag *t = ps_tag_find(ps_number(skb), &place);\n\n", g->out);
	if (has_marks(g))
		fputs("\t\tif (!t)\n\t\t\tt = ps_mark_segment(ps_number(skb), skb->mark, now, &place);\n", g->out);
	fputs("\t\tif (t && t->stage == PS_QUEUED)\n\t\t\tt->q_len_out = left;\n", g->out);
	if (g->time_out)
		fputs("\t\tif (t && t->stage == PS_QUEUED)\n\t\t\tt->q_time_out = now;\n", g->out);
	fputs("\t\tskb = skb->next;\n\t\tif (!skb)\n\t\t\tbreak;\n\t}\n\treturn 0;\n}\n\n", g->out);
}

static void
write_xmit(struct gen *g)
{
	fputs("SEC(\"tp_btf/net_dev_start_xmit\")\nint\nps_xmit(u64 *ctx)\n{\n\tstruct sk_buff *skb = (void *)ctx[0];\n"
	      "\tstruct net_device *dev = (void *)ctx[1];\n\tPS_HEADERS_HERE(3, 0)\n\tstruct ps_tag *t;\n"
	      "\tu32 place, port, port_in, instance = PS_INSTANCE_NORMAL, reason = 0, len = skb->len;\n\tu64 addr = ps_number(skb), time_in, tick, q_time_out = 0;\n\tu8 own;\n\n"
	      "\tif (dev->nd_net.net->ns.inum != PS_NETNS)\n\t\treturn 0;\n\tport = ps_port_of((u32)dev->ifindex);\n"
	      "\tt = ps_tag_find(addr, &place);\n", g->out);
	if (has_marks(g))
		fputs("\tif (!t && port != PS_NO_PORT)\n\t\tt = ps_mark_segment(addr, skb->mark, ps_now(), &place);\n", g->out);
	fputs("\tif (!t)\n\t\treturn 0;\n"
	      "\tif (port == PS_NO_PORT) {\n\t\tif (t->stage == PS_IN)\n\t\t\tt->stage = PS_ELSEWHERE;\n\t\treturn 0;\n\t}\n"
	      "\tif (t->stage != PS_QUEUED && t->stage != PS_OUT_OF_QUEUE) {\n\t\tif (t->stage == PS_GONE)\n\t\t\tps_count(port, PS_N_REQUEUED);\n"
	      "\t\treturn 0;\n\t}\n"
	      "\ttime_in = t->time_in;\n\ttick = t->tick;\n\tport_in = t->port_in;\n\town = t->own;\n"
	      "\tps_count_alone(port, own ? PS_N_OWN_STARTED : PS_N_STARTED);\n\tif (own)\n", g->out);
	fputs(g->sees_own ? "\t\tinstance = PS_INSTANCE_LOCAL;\n" : "\t\tgoto out;\n", g->out);
	if (g->time_out)
		fputs("\tq_time_out = t->q_time_out ? t->q_time_out : t->q_time_in; /* an empty queue is passed by */\n", g->out);
	ebpf_lost_out(g, "start", "\t");
	fprintf(g->out, "\tps_parse_skb(skb, 0x%xu, h);\n", g->need[IR_AT_DEQ] | g->need[IR_AT_OUT]);
	write_unused(g, "(void)instance, (void)reason, (void)h, (void)port_in, (void)time_in, (void)tick, (void)len, (void)q_time_out;");
	ebpf_carry(g, IR_AT_DEQ);
	write_counts(g, IR_AT_DEQ, false);
	write_counts(g, IR_AT_OUT, false);
	write_flight(g, "\tif (!own)\n\t\t", "PS_FLIGHT_ALONE", "started");
	fprintf(g->out, "%s\tt->stage = PS_GONE;\n\tps_tag_own(place, addr | PS_HAS_LEFT);\n\treturn 0;\n}\n\n", g->sees_own ? "" : "out:\n");
}

/* Packets that the qdisc frees and counts. Of a packet that it cuts without room for any segment these are the segments, which have no tag; the packet
 * itself is freed for no reason of the qdisc's. */
static void
write_qdisc_reasons(struct gen *g)
{
	fputs("PS_INLINE int\nps_is_qdisc_drop(u32 reason)\n{\n\treturn 0", g->out);
	vec_each(r, &g->o->facts->reasons)
		if (str_starts(r->name, STR("QDISC_")))
			fprintf(g->out, " || reason == %u", r->code);
	fputs(";\n}\n\n", g->out);
}

/* The tag stays the packet's until all is counted: what is free is taken by other processors at once. */
static void
write_end_head(struct gen *g, bool drop)
{
	bool reasons = drop && g->o->facts->has_reason;

	fprintf(g->out, "SEC(\"tp_btf/%s\")\nint\n%s(u64 *ctx)\n{\n\tstruct sk_buff *skb = (void *)ctx[0];\n"
		"\tu32 place;\n\tstruct ps_tag *t = ps_tag_find(ps_number(skb), &place);\n\tPS_HEADERS_HERE(%d, 0)\n"
		"\tu32 port, port_in, instance = PS_INSTANCE_%s, reason = %s, qdisc = 0;\n\tu64 time_in, tick;\n\tu8 stage;\n\n%s"
		"\tif (!t) {\n",
		drop ? "kfree_skb" : "consume_skb", drop ? "ps_drop" : "ps_consume", drop ? 4 : 5, drop ? "NORMAL" : "LOCAL",
		reasons ? "ps_reason((u32)ctx[2])" : "0",
		drop && has_marks(g) ? "\tif (!t)\n\t\tt = ps_mark_segment(ps_number(skb), skb->mark, ps_now(), &place);\n" : "");
	if (reasons)
		fputs("\t\tif (ps_is_qdisc_drop((u32)ctx[2])) {\n\t\t\tport = ps_port(skb->dev);\n\t\t\tif (port != PS_NO_PORT)\n"
		      "\t\t\t\tps_count_alone(port, PS_N_FREED);\n\t\t}\n", g->out);
	fputs("\t\treturn 0;\n\t}\n\tstage = t->stage;\n\tport = t->port;\n\tport_in = t->port_in;\n\ttime_in = t->time_in;\n\ttick = t->tick;\n", g->out);
	if (reasons)
		fputs("\tif ((stage == PS_QUEUED || stage == PS_OUT_OF_QUEUE) && !ps_is_qdisc_drop((u32)ctx[2]) && ps_is_merged(skb))\n"
		      "\t\tps_count_alone(port, PS_N_CUT);\n", g->out);
}

/* Without tags: what leaves tells where and when it came. */
static void
write_stamped(struct gen *g)
{
	fprintf(g->out, "SEC(\"tp_btf/net_dev_start_xmit\")\nint\nps_xmit(u64 *ctx)\n{\n\tstruct sk_buff *skb = (void *)ctx[0];\n"
		"\tstruct net_device *dev = (void *)ctx[1];\n\tPS_HEADERS_HERE(3, 0)\n\tu32 port = ps_port(dev), port_in, instance = PS_INSTANCE_NORMAL,"
		" len = skb->len;\n\tu64 time_in, tick;\n\n\tif (port == PS_NO_PORT)\n\t\treturn 0;\n\tif (!ps_is_forwarded(skb)) {\n"
		"\t\tps_count_alone(port, PS_N_OWN_STARTED);\n\t\treturn 0;\n\t}\n"
		"\tport_in = ps_port_of((u32)skb->skb_iif);\n\tif (!ps_stamp_of(skb, &time_in)%s) {\n\t\tps_count_alone(port, PS_N_UNTAGGED);\n"
		"\t\treturn 0;\n\t}\n%s\ttick = time_in / PS_TICK_NS;\n\tps_count_alone(port, PS_N_STARTED);\n\tps_parse_skb(skb, 0x%xu, h);\n",
		g->port_in ? " || port_in == PS_NO_PORT" : "", g->port_in ? "" : "\tport_in = port; /* nobody asks */\n",
		g->need[IR_AT_DEQ] | g->need[IR_AT_OUT]);
	write_unused(g, "(void)instance, (void)h, (void)tick, (void)len;");
	write_counts(g, IR_AT_DEQ, false);
	write_counts(g, IR_AT_OUT, false);
	fputs("\treturn 0;\n}\n\n", g->out);
}

static void
write_end(struct gen *g, bool drop)
{
	write_end_head(g, drop);
	fprintf(g->out, "\tif (stage == PS_QUEUED || stage == PS_OUT_OF_QUEUE) {\n\t\tif (t->own) {\n\t\t\tps_count_alone(port, PS_N_OWN_%s);\n\t\t\tgoto out;\n\t\t}\n"
		"\t\tps_count_alone(port, PS_N_%s);\n", drop ? "LOST" : "SEGMENTED", drop ? "LOST" : "SEGMENTED");
	if (!drop && has_marks(g))
		fputs("\t\tps_mark_cut(skb->mark, t);\n", g->out);
	ebpf_lost_out(g, drop ? "lose" : "evict", "\t\t");
	write_flight(g, "\t\t", "PS_FLIGHT_ALONE", drop ? "lost" : "segmented");
	fputs("\t\tgoto out;\n\t}\n\tif (stage == PS_ELSEWHERE) {\n\t\tps_count(port_in, PS_N_ELSEWHERE);\n\t\tgoto out;\n\t}\n"
	      "\tif (stage != PS_IN || !ps_is_here(skb))\n\t\tgoto out;\n", g->out);
	fprintf(g->out, "\tps_count_alone(port_in, PS_N_%s);\n\tport = %s;\n", drop ? "DROPPED" : "LOCAL", drop ? "PS_NO_PORT" : "PS_TO_LOCAL");
	write_unused(g, "(void)instance, (void)reason, (void)h, (void)port_in, (void)time_in, (void)tick, (void)port, (void)qdisc;");
	if (g->state_at[IR_AT_MID]) {
		fprintf(g->out, "\tps_parse_skb(skb, 0x%xu, h);\n", g->need[IR_AT_MID]);
		vec_each(s, &g->plan->states)
			if (s->at == IR_AT_MID && s->kind != PLAN_LOST && (drop || s->query->sees_all_instances))
				ebpf_count(g, s, IR_AT_MID);
	}
	fputs("out:\n\tt->stage = PS_FREE;\n\tps_tag_own(place, 0);\n\treturn 0;\n}\n\n", g->out);
}

static void
write_hooks(struct gen *g)
{
	const bool *hooks = g->k->hooks;

	if (hooks[KERNEL_IN])
		write_arrival(g, true);
	if (hooks[KERNEL_RECEIVE])
		write_arrival(g, false);
	if (hooks[KERNEL_QUEUE])
		write_queue(g);
	if (hooks[KERNEL_DEQUEUE])
		write_dequeue(g);
	if (hooks[KERNEL_XMIT] && has_tags(g))
		write_xmit(g);
	else if (hooks[KERNEL_XMIT])
		write_stamped(g);
	if (hooks[KERNEL_DROP] && g->o->facts->has_reason)
		write_qdisc_reasons(g);
	if (hooks[KERNEL_DROP])
		write_end(g, true);
	if (hooks[KERNEL_CONSUME])
		write_end(g, false);
	fputs("char ps_license[] SEC(\"license\") = \"Dual BSD/GPL\";\n", g->out);
}

/* What a drop's code means: its number above, nothing below. */
static void
write_sites(struct gen *g)
{
	vec_each(r, &g->o->facts->reasons)
		if (r->code && r->code < 4096)
			vec_push(g->a, &g->m->sites, (struct manifest_site){ r->code, r->name, discard_text_of_kernel(r->name),
									     discard_text_of_kernel(r->name) });
}

static void
write_manifest(struct gen *g)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ir_print(out, g->plan->graph);
	fclose(out);
	g->m->graph = str_dup(g->a, (struct str){ text, (uint32_t)size });
	free(text);
	g->m->target = STR("linux");
	g->m->program = STR("linux");
	g->m->tick_ns = g->plan->target->tick_ns;
	write_sites(g);
}

bool
linux_generate(struct arena *a, struct diags *d, const struct plan *p, const struct linux_options *o, struct kernel_program *ret,
	       struct manifest *m)
{
	struct gen g = { .a = a, .d = d, .plan = p, .o = o, .k = ret, .m = m };
	uint32_t before = diag_errors(d);
	char *text = NULL;
	size_t size = 0;

	manifest_init(m, a);
	need_all(&g);
	set_ticks(&g);
	g.out = open_memstream(&text, &size);
	write_head(&g);
	write_tag(&g);
	write_ports(&g);
	ebpf_states(&g);
	write_tag_functions(&g);
	write_hooks(&g);
	fclose(g.out);
	ret->text = str_dup(a, (struct str){ text, (uint32_t)size });
	free(text);
	write_manifest(&g);
	return diag_errors(d) == before;
}
