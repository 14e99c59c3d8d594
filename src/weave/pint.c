/* pint.c - the stages of weaving queries over network(). */
#include "weave/pint.h"

#include <inttypes.h>
#include <stdarg.h>

#include "weave/pint_inside.h"

/* --- text of P4 --------------------------------------------------------------------------------- */

static void
put_place(const struct pint *p, const struct pint_scope *s, FILE *out, char place)
{
	struct str prefix = p->w.n.prefix;

	if (place == '_')
		fprintf(out, "%.*s_", STRA(prefix));
	else if (place == 'm')
		fprintf(out, "%.*s.%.*s", STRA(s->meta), STRA(p->w.n.field));
	else if (place == 's')
		fprintf(out, "%.*s", STRA(s->std));
	else if (place == 'h')
		fprintf(out, "%.*s", STRA(s->hdr));
	else if (place == 'e')
		fprintf(out, "%.*s.%.*s", STRA(s->hdr), STRA(p->header->path));
	else if (place == 't')
		fprintf(out, "%.*s.%.*s.%.*s", STRA(s->hdr), STRA(p->header->path), STRA(p->type_field));
	else if (place == 'p')
		fprintf(out, "%.*s.%.*s", STRA(s->hdr), STRA(p->shim));
	else
		bug("no place '%c'", place);
}

void
pint_put(const struct pint *p, const struct pint_scope *s, FILE *out, const char *format, ...)
{
	struct text t;
	struct str with;
	va_list ap;

	text_open(&t);
	for (const char *c = format; *c; c++) {
		if (*c == '$')
			put_place(p, s, t.f, *++c);
		else
			fputc(*c, t.f);
	}
	with = text_close(&t, p->w.a);
	va_start(ap, format);
	vfprintf(out, str_cstr(p->w.a, with), ap);
	va_end(ap);
}

struct str
pint_name(const struct pint *p, const char *more)
{
	return str_fmt(p->w.a, "%.*s_%s", STRA(p->w.n.prefix), more);
}

/* --- stages ------------------------------------------------------------------------------------- */

static void
find_loads(struct pint *p)
{
	vec_each (q, &p->m->queries)
		p->loads |= q->value == NETWORK_UTILIZATION;
}

static void
find_identity(struct pint *p)
{
	vec_each (f, &p->n->plan->identity) {
		const struct plan_header *h = &p->plan.program->headers.v[f->header];

		if (h != p->header || !str_eq(h->type->fields[f->field].name, p->n->shim.field))
			vec_push(p->w.a, &p->identity, *f);
	}
}

static void
find_effects(struct pint *p)
{
	const struct plan_program *pp = p->plan.program;

	p->recirculates = pp->ingress.recirculates || pp->egress.recirculates;
	vec_each (q, &p->m->queries)
		p->keeps_arrival |= q->value == NETWORK_LATENCY;
	p->keeps_arrival &= p->recirculates || pp->ingress.resubmits || pp->ingress.clones_i2e;
	for (uint32_t i = 0; i < pp->headers.n; i++)
		p->resizes |= pp->ingress.headers[i].validity || pp->egress.headers[i].validity;
}

static struct pint_scope
control_scope(const struct role *r)
{
	return (struct pint_scope){ r->hdr, r->meta, r->std };
}

static void
start(struct pint *p, struct arena *a, struct diags *d, const struct plan_program *pp, const struct plan_target *t, struct ir_graph *g)
{
	const struct p4_list *params = &pp->p4->v1.parser->decl->u.block_decl.params;

	manifest_init(&p->manifest, a);
	p->g = g;
	p->plan = (struct plan){ .arena = a, .graph = g, .program = pp, .target = t };
	p->w = (struct weaver){ .a = a, .d = d, .plan = &p->plan, .p4 = pp->p4, .tree = pp->p4->tree, .m = &p->manifest };
	weave_open(&p->w, "psn");
	p->parser = (struct pint_scope){ params->v[1]->name, params->v[2]->name, params->v[3]->name };
	p->ingress = control_scope(&p->w.roles[0]);
	p->egress = control_scope(&p->w.roles[1]);
	find_loads(p);
	find_effects(p);
}

static struct str
control_plane_name(const struct pint *p, const struct p4_inst *inst, const char *what)
{
	return str_fmt(p->w.a, "%.*s.%.*s_%s", STRA(inst->path), STRA(p->w.n.prefix), what);
}

static void
name_tables(struct pint *p)
{
	const struct p4_inst *out = p->w.roles[1].inst;

	p->n->names = (struct weave_network_names){
		.inner_ports = control_plane_name(p, p->w.p4->v1.parser, "inner_ports"),
		.switch_table = control_plane_name(p, out, "switch"),
		.switch_action = control_plane_name(p, out, "switch_is"),
		.port_table = control_plane_name(p, out, "port"),
		.port_action = control_plane_name(p, out, "port_is"),
		.counts = control_plane_name(p, out, "counts"),
	};
}

struct weave_network *
weave_network(struct arena *a, struct diags *d, const struct plan_program *pp, const struct plan_target *t, struct ir_graph *g,
	      const struct plan_network *n, const struct weave_shim *shim)
{
	struct weave_network *ret = arena_new(a, struct weave_network);
	struct pint *p = arena_new(a, struct pint);
	uint32_t before = diag_errors(d);

	*ret = (struct weave_network){ .plan = n, .shim = *shim, .inside = p };
	ret->shim.ethertype = shim->ethertype ? shim->ethertype : NETWORK_ETHERTYPE;
	p->n = ret;
	p->m = &n->plan;
	start(p, a, d, pp, t, g);
	if (!pint_place(p) || diag_errors(d) != before)
		return NULL;
	find_identity(p);
	weave_unshare(&p->w);
	name_tables(p);
	pint_carry(p);
	pint_shim(p);
	pint_hop(p);
	ret->reports = pint_report_query(p);
	if (diag_errors(d) == before)
		weave_exits(&p->w);
	weave_close(&p->w);
	tree_uncheck(p->w.tree);
	return diag_errors(d) == before ? ret : NULL;
}

/* --- behind everything else ---------------------------------------------------------------------- */

static void
put_shim_back(struct pint *p, FILE *pre, FILE *post)
{
	const struct pint_scope *s = &p->egress;

	pint_put(p, s, pre, "// the shim is not part of the packet\n");
	pint_put(p, s, pre, "if ($p.isValid()) {\n$s.packet_length = $s.packet_length - 32w%u;\n", p->n->shim_bytes);
	pint_put(p, s, pre, "// a copy of a packet that had left egress\nif ($s.instance_type == 32w2) { $t = $p.next; }\n}\n");
	pint_put(p, s, post, "// the shim goes on or off\nif ($p.isValid()) {\n");
	pint_put(p, s, post, "if ($m.leaves == 1) { $p.setInvalid(); }\nelse { $p.next = $t; $t = 16w0x%04x; }\n}\n", p->n->shim.ethertype);
	if (p->recirculates)
		pint_put(p, s, post, "$m.shimmed = $p.isValid() ? 1w1 : 1w0;\n");
}

void
weave_network_end(struct weave_network *n, struct p4_program *p4)
{
	struct pint *p = n->inside;
	struct p4_list *body = &p4->v1.egress->decl->u.block_decl.body->u.block.stmts, pre, post;
	struct text before, after;

	text_open(&before);
	text_open(&after);
	if (p->keeps_arrival && p->recirculates)
		pint_put(p, &p->egress, after.f, "// what is recirculated arrives now\nif ($m.again == 1) { $m.arrival = $s.egress_global_timestamp; }\n");
	if (n->shim.field.n)
		pint_put(p, &p->egress, after.f, "// the digest\nif ($m.put == 1) { $p = $m.field; }\n");
	else
		put_shim_back(p, before.f, after.f);
	pre = weave_stmts(&p->w, text_close(&before, p->w.a));
	post = weave_stmts(&p->w, text_close(&after, p->w.a));
	weave_splice(&p->w, body, 0, &pre);
	weave_splice(&p->w, body, body->n, &post);
}

/* --- commands ------------------------------------------------------------------------------------ */

void
weave_network_commands(FILE *out, const struct weave_network *n, uint32_t switch_id, uint64_t rtt_ns,
		       const struct weave_network_port *ports, uint32_t nports)
{
	const struct weave_network_names *names = &n->names;
	const struct pint *p = n->inside;

	fprintf(out, "table_set_default %.*s %.*s %" PRIu32 "\n", STRA(names->switch_table), STRA(names->switch_action), switch_id);
	for (uint32_t i = 0; i < nports; i++) {
		if (!ports[i].is_edge)
			fprintf(out, "pvs_add %.*s %" PRIu32 "\n", STRA(names->inner_ports), ports[i].number);
		fprintf(out, "table_add %.*s %.*s %" PRIu32 " => %d %" PRIu32, STRA(names->port_table), STRA(names->port_action),
			ports[i].number, ports[i].is_edge, ports[i].mtu);
		if (p->loads)
			pint_load_params(out, &ports[i], rtt_ns, p->plan.target->tick_ns);
		fputc('\n', out);
	}
}
