/* pint_load.c - how busy a port is (pint_load_packet in include/packetscope/pint_values.h, to the bit). Each port has cells of its own, and
 * packets of one port leave one after the other. v1model tells in packets what waits behind one; the bytes are counted where they enter queues. Copies go
 * uncounted, as their ports are not known there: they are taken to be as long as the packet that leaves. */
#include "weave/pint_inside.h"

#include <inttypes.h>

#define PUT(...) pint_put(p, &p->egress, out, __VA_ARGS__)
#define PACKETS_LO 40 /* below: bytes */
#define LOCAL(...) pint_put(p, &p->egress, p->w.roles[1].locals.f, __VA_ARGS__)

/* `NAME`.apply() turns the mantissa in `mantissa_NAME` into what the table says, in variable NAME. */
static void
put_table(struct pint *p, const char *name, const uint32_t *values)
{
	FILE *out = p->w.roles[1].actions.f;

	LOCAL("bit<8> $_mantissa_%s = 0;\nbit<32> $_%s = 0;\n", name, name);
	PUT("action $_%s_is(bit<32> x) { $_%s = x; }\ntable $_%ss {\nkey = { $_mantissa_%s: exact; }\nactions = { $_%s_is; NoAction; }\n", name, name,
	    name, name, name);
	PUT("const default_action = NoAction();\nconst entries = {\n");
	for (uint32_t i = 0; i < PINT_LOG_STEPS; i++)
		PUT("%u: $_%s_is(%" PRIu32 ");\n", i, name, values[i]);
	fputs("}\n}\n", out);
}

/* `log` becomes 2^16 * log2 of the variable `of`, nearly. */
static void
put_log(struct pint *p, FILE *out, const char *of, const char *log)
{
	PUT("bit<64> $_%s_up = $_%s;\nbit<32> $_%s_place = 63;\n", log, of, log);
	for (uint32_t step = 32; step; step /= 2)
		PUT("if ($_%s_up[63:%u] == 0) { $_%s_up = $_%s_up << %u; $_%s_place = $_%s_place - %u; }\n", log, 64 - step, log, log, step, log,
		    log, step);
	PUT("$_mantissa_%s = $_%s_up[62:55];\n$_%ss.apply();\n$_%s = $_%s | $_%s_place << 16;\n", log, log, log, log, log, log);
}

static void
declare(struct pint *p)
{
	struct pint_logs logs;

	pint_logs_make(&logs);
	LOCAL("// link.utilization: by port, what it was, when its last packet left, and how long that was\n");
	for (uint32_t i = 0; i < 3; i++)
		LOCAL("register<bit<%u>%s>(512) $_load_%s;\n", i == 0 ? 64 : i == 1 ? 48 : 32, p->w.indexed_registers ? ", bit<32>" : "",
		      i == 0 ? "use" : i == 1 ? "last" : "bytes");
	LOCAL("bit<64> $_load = 0;\nbit<32> $_factor = 0;\nbit<8> $_shift = 0;\nbit<64> $_most = 0;\nbit<48> $_period = 1;\nbit<32> $_period_log = 0;\n");
	put_table(p, "log_way", logs.log);
	put_table(p, "log_time", logs.log);
	put_table(p, "exp", logs.exp);
}

/* `to` = the share of a round trip that the bytes in `bytes` take. */
static void
put_share(struct pint *p, FILE *out, const char *to, const char *bytes)
{
	PUT("bit<64> $_%s = 0x%" PRIx64 ";\nif (%s < $_most) { $_%s = (%s * (bit<64>)$_factor) >> $_shift; }\n", to, (uint64_t)PINT_LOAD_MAX, bytes,
	    to, bytes);
}

static void
put_step(struct pint *p, FILE *out)
{
	PUT("bit<64> $_step = 0;\nif ($_tau >= (bit<64>)$_period) {\n$_step = $_way;\n} else if ($_tau != 0 && $_way != 0) {\n");
	put_log(p, out, "way", "log_way");
	put_log(p, out, "tau", "log_time");
	PUT("bit<32> $_log = $_log_way + $_log_time;\nif ($_log >= $_period_log) {\n$_log = $_log - $_period_log;\n");
	PUT("$_mantissa_exp = $_log[15:8];\n$_exps.apply();\n$_step = ((bit<64>)$_exp << $_log[23:16]) >> 16;\n");
	PUT("if ($_step > $_way) { $_step = $_way; }\n}\n}\n");
}

void
pint_load_shared(struct pint *p, FILE *out)
{
	PUT("// link.utilization: what ever went into each port's queues, packets (upper 24 bits) and bytes\n");
	PUT("register<bit<64>%s>(512) $_entered;\n", p->w.indexed_registers ? ", bit<32>" : "");
}

void
pint_load_enter(struct pint *p)
{
	const struct pint_scope *s = &p->ingress;
	FILE *out = p->w.roles[0].post.f;

	p->w.roles[0].any = true;
	pint_put(p, s, out, "// link.utilization: what goes into the port's queue\n$m.counted = 0;\n");
	pint_put(p, s, out, "if ($s.mcast_grp == 0 && $s.egress_spec != 511) {\nbit<64> $_so_far;\n$_entered.read($_so_far, (bit<32>)$s.egress_spec);\n");
	pint_put(p, s, out, "$m.entered = $_so_far + (64w0x%" PRIx64 " | (bit<64>)$s.packet_length);\n", UINT64_C(1) << PACKETS_LO);
	pint_put(p, s, out, "$_entered.write((bit<32>)$s.egress_spec, $m.entered);\n$m.counted = 1;\n}\n");
}

/* `waiting`: bytes behind the packet. Packets that found the queue full are among the counted ones, if it was full since the packet entered. */
static void
put_waiting(struct pint *p, FILE *out)
{
	PUT("bit<64> $_waiting = 0;\nif ($m.counted == 1) {\n$_entered.read($_waiting, (bit<32>)$s.egress_port);\n$_waiting = $_waiting - $m.entered;\n}\n");
	PUT("bit<64> $_copies = (bit<64>)$s.deq_qdepth;\n$_copies = $_copies > $_waiting >> %d ? $_copies - ($_waiting >> %d) : 0;\n", PACKETS_LO,
	    PACKETS_LO);
	PUT("$_waiting = ($_waiting & 0x%" PRIx64 ") + $_copies * (bit<64>)$s.packet_length;\n", (UINT64_C(1) << PACKETS_LO) - 1);
	PUT("if ($s.deq_qdepth == 0) { $_waiting = 0; }\n");
}

void
pint_load(struct pint *p, FILE *out)
{
	declare(p);
	PUT("// how busy the port is\nbit<64> $_use;\nbit<48> $_last;\nbit<32> $_bytes;\n");
	PUT("$_load_use.read($_use, (bit<32>)$s.egress_port);\n$_load_last.read($_last, (bit<32>)$s.egress_port);\n");
	PUT("$_load_bytes.read($_bytes, (bit<32>)$s.egress_port);\n");
	PUT("bit<64> $_tau = (bit<64>)($s.egress_global_timestamp - $_last);\n");
	put_waiting(p, out);
	put_share(p, out, "target", str_cstr(p->w.a, pint_name(p, "waiting")));
	PUT("bit<64> $_way = $_target >= $_use ? $_target - $_use : $_use - $_target;\n");
	put_step(p, out);
	PUT("$_use = $_target >= $_use ? $_use + $_step : $_use - $_step;\n");
	put_share(p, out, "sent", str_cstr(p->w.a, str_fmt(p->w.a, "(bit<64>)%.*s_bytes", STRA(p->w.n.prefix))));
	PUT("$_use = $_use + $_sent;\nif ($_use > 0x%" PRIx64 ") { $_use = 0x%" PRIx64 "; }\n", (uint64_t)PINT_LOAD_MAX, (uint64_t)PINT_LOAD_MAX);
	PUT("$_load_use.write((bit<32>)$s.egress_port, $_use);\n");
	PUT("$_load_last.write((bit<32>)$s.egress_port, $s.egress_global_timestamp);\n");
	PUT("$_load_bytes.write((bit<32>)$s.egress_port, $s.packet_length);\n$_load = $_use >> 16;\n");
}

/* A port of no rate is never busy. */
void
pint_load_params(FILE *out, const struct weave_network_port *port, uint64_t rtt_ns, uint32_t tick_ns)
{
	struct pint_link l = { .limit = UINT64_MAX, .period = 1 };

	if (port->rate_bps && !pint_link_make(&l, port->rate_bps, rtt_ns, tick_ns))
		l = (struct pint_link){ .limit = UINT64_MAX, .period = 1 };
	fprintf(out, " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu32 " %" PRIu32, l.factor, l.shift, l.limit, l.period, l.period_log);
}
