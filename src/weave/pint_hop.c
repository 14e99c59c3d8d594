/* pint_hop.c - what a switch does to a packet that leaves it: the source adds the shim, every switch updates the digest, the sink reports it
 * and takes the shim off. All of it stands at the end of egress, where copies have gone their ways; only the parser knows of it before.
 *
 * Variables: `mine`: the packet's digest is of our plan, and this is a hop of its own; `hop`, `digest`, `fresh` (this is the source). */
#include "weave/pint_inside.h"

#include "manifest/network.h"

/* --- tables --------------------------------------------------------------------------------------- */

static void
put_switch_table(struct pint *p)
{
	const struct pint_scope *s = &p->egress;
	FILE *locals = p->w.roles[1].locals.f, *out = p->w.roles[1].actions.f;

	pint_put(p, s, locals, "// for queries over network(): this switch, and where the packet's port leads\nbit<32> $_id = 0;\n");
	pint_put(p, s, locals, "bit<1> $_edge = 1;\nbit<32> $_mtu = 0;\n");
	pint_put(p, s, out, "// for queries over network(): which switch this is\naction $_switch_is(bit<32> id) { $_id = id; }\n");
	pint_put(p, s, out, "table $_switch { actions = { $_switch_is; } default_action = $_switch_is(0); }\n");
}

static void
put_port_table(struct pint *p)
{
	const struct pint_scope *s = &p->egress;
	FILE *out = p->w.roles[1].actions.f;

	pint_put(p, s, out, "// where a port leads: to a host (edge), or a switch; frames without Ethernet's header have up to mtu bytes (0: any)\n");
	pint_put(p, s, out, "action $_port_is(bit<1> edge, bit<32> mtu%s) {\n$_edge = edge;\n$_mtu = mtu;\n",
		 p->loads ? ", bit<32> factor, bit<8> shift, bit<64> most, bit<48> period, bit<32> period_log" : "");
	if (p->loads)
		pint_put(p, s, out,
			 "$_factor = factor;\n$_shift = shift;\n$_most = most;\n$_period = period;\n$_period_log = period_log;\n");
	pint_put(p, s, out, "}\ntable $_port {\nkey = { $s.egress_port: exact; }\nactions = { $_port_is; }\nsize = 512;\n");
	pint_put(p, s, out, "default_action = $_port_is(1, 0%s);\n}\n", p->loads ? ", 0, 0, 0xffffffffffffffff, 1, 0" : "");
}

static void
put_count(struct pint *p, FILE *out, enum weave_network_count what)
{
	pint_put(p, &p->egress, out, "$_counts.count(32w%d);\n", (int)what);
}

/* --- in a shim ------------------------------------------------------------------------------------- */

/* The bytes of headers that may come or go, each behind `sign`. */
static void
put_bytes(struct pint *p, const struct pint_scope *s, FILE *out, char sign)
{
	const struct plan_program *pp = p->plan.program;

	for (uint32_t i = 0; i < pp->headers.n; i++)
		if (pp->ingress.headers[i].validity || pp->egress.headers[i].validity)
			pint_put(p, s, out, " %c ($h.%.*s.isValid() ? 32w%u : 32w0)", sign, STRA(pp->headers.v[i].path),
				 p4_type_bits(pp->headers.v[i].type) / 8);
}

static void
put_wrapped(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, out, "// a host sent the shim's type: a shim without digest keeps other switches from reading it\n");
	pint_put(p, s, out, "if ($_edge == 0 && $_fits == 1) {\n$p.setValid();\n$p.version = 0;\n$p.plan = 0;\n$p.hop = 0;\n$p.digest = 0;\n} else if ($_edge == 0) {\n");
	put_count(p, out, WEAVE_NETWORK_STRANGER);
	pint_put(p, s, out, "mark_to_drop($s);\n}\n");
}

static void
put_source(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, out, "if ($_edge == 1 || $_fits == 1) {\n$p.setValid();\n$p.version = %u;\n$p.plan = %u;\n$p.hop = 0;\n$p.digest = 0;\n",
		 NETWORK_VERSION, p->m->plan);
	pint_put(p, s, out, "$_mine = 1;\n$_fresh = 1;\n");
	put_count(p, out, WEAVE_NETWORK_SOURCE);
	fputs("} else {\n", out);
	put_count(p, out, WEAVE_NETWORK_LONG);
	fputs("}\n", out);
}

static void
put_shim_found(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, out, p->resizes ? "bit<32> $_length = $m.bytes" : "bit<32> $_length = $s.packet_length");
	if (p->resizes)
		put_bytes(p, s, out, '+');
	pint_put(p, s, out, ";\nbit<1> $_fits = ($_mtu == 0 || $_length + 32w%u <= $_mtu) ? 1w1 : 1w0;\n", p->n->shim_bytes - 14);
	pint_put(p, s, out, "if ($p.isValid()) {\nif ($p.version == %u && $p.plan == %u) { $_mine = 1; }\n", NETWORK_VERSION, p->m->plan);
	pint_put(p, s, out, "} else if ($e.isValid() && $t == 16w0x%04x) {\n", p->n->shim.ethertype);
	put_wrapped(p, out);
	pint_put(p, s, out, "} else if ($e.isValid() && $m.inner == 0 && $s.instance_type != 32w1 && $s.instance_type != 32w2) {\n");
	put_source(p, out);
	pint_put(p, s, out, "}\nif ($_mine == 1) {\n$_digest = (bit<32>)$p.digest;\n");
	pint_put(p, s, out, "if ($s.instance_type != 32w2) { $p.hop = $p.hop |+| 1; }\n$_hop = $p.hop;\n}\n");
}

static void
put_shim_left(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, out, "if ($_mine == 1) { $p.digest = (bit<%u>)$_digest; }\n", p->width);
	pint_put(p, s, out, "if ($p.isValid() && ($_edge == 1 || !$e.isValid())) {\n$m.leaves = 1;\n");
	put_count(p, out, WEAVE_NETWORK_SINK);
	pint_put(p, s, out, "if ($_mine == 1) {\n");
	pint_report(p, out);
	pint_put(p, s, out, "} else if ($p.version != 0) {\n");
	put_count(p, out, WEAVE_NETWORK_FOREIGN);
	fputs("}\n}\n", out);
}

/* --- in a field ------------------------------------------------------------------------------------ */

/* Packets whose TTL was higher than that of the hosts are none of ours. */
static void
put_field_found(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, out, "if ($e.isValid() && $t < 8w%u) {\n$_mine = 1;\n$_hop = 8w%u - $t;\n", p->n->shim.ttl, p->n->shim.ttl);
	pint_put(p, s, out, "if ($m.inner == 0 && $s.instance_type != 32w2) {\n$_fresh = 1;\n");
	put_count(p, out, WEAVE_NETWORK_SOURCE);
	pint_put(p, s, out, "} else { $_digest = (bit<32>)$p; }\n}\n");
}

static void
put_field_left(struct pint *p, FILE *out)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, out, "if ($_mine == 1) {\n$m.put = 1;\n$m.field = (bit<%u>)$_digest;\nif ($_edge == 1) {\n$m.field = 0;\n", p->width);
	put_count(p, out, WEAVE_NETWORK_SINK);
	pint_report(p, out);
	fputs("}\n}\n", out);
}

/* --- all of it -------------------------------------------------------------------------------------- */

static void
declare(struct pint *p)
{
	const struct pint_scope *s = &p->egress;
	FILE *out = p->w.roles[1].locals.f;

	put_switch_table(p);
	put_port_table(p);
	pint_put(p, s, out, "bit<1> $_mine = 0;\nbit<1> $_fresh = 0;\nbit<8> $_hop = 0;\nbit<32> $_digest = 0;\nbit<32> $_pid = 0;\n");
	pint_put(p, s, out, "// packets by what happened: source, sink, too long, foreign, stranger\n");
	pint_put(p, s, out, "counter%s(%d, CounterType.packets) $_counts;\n", p->w.indexed_registers ? "<bit<32>>" : "", WEAVE_NETWORK_COUNTS);
}

/* Clones, resubmitted and recirculated packets may have the time 0. */
static void
note_arrival(struct pint *p, struct role *r, const struct pint_scope *s)
{
	r->any = true;
	pint_put(p, s, r->pre.f, "if ($s.ingress_global_timestamp != 0) { $m.arrival = $s.ingress_global_timestamp; }\n");
}

void
pint_hop(struct pint *p)
{
	const struct pint_scope *s = &p->egress;
	FILE *out = p->w.roles[1].post.f;

	p->w.roles[1].any = true;
	declare(p);
	pint_functions(p);
	pint_carry_at(p);
	if (p->loads)
		pint_load_enter(p);
	if (p->resizes && p->n->shim_bytes) {
		p->w.roles[0].any = true;
		pint_put(p, &p->ingress, p->w.roles[0].pre.f, "$m.bytes = $s.packet_length");
		put_bytes(p, &p->ingress, p->w.roles[0].pre.f, '-');
		fputs(";\n", p->w.roles[0].pre.f);
	}
	if (p->keeps_arrival) {
		note_arrival(p, &p->w.roles[0], &p->ingress);
		note_arrival(p, &p->w.roles[1], &p->egress);
	}
	pint_put(p, s, out, "// queries over network(): the packet's digest\nif ($s.egress_spec != 511 && $m.again == 0) {\n$_switch.apply();\n$_port.apply();\n");
	if (p->loads)
		pint_load(p, out);
	(p->n->shim_bytes ? put_shim_found : put_field_found)(p, out);
	pint_put(p, s, out, "if ($_mine == 1) {\n");
	pint_number(p, out);
	pint_put(p, s, out, "if ($s.instance_type != 32w2) {\n");
	pint_digest(p, out);
	fputs("}\n}\n", out);
	(p->n->shim_bytes ? put_shim_left : put_field_left)(p, out);
	fputs("}\n", out);
}
