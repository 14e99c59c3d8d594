/* network_identity.c - what packets are told apart by: header fields that no switch changes on the way. */
#include "plan/network_inside.h"

/* Fields of outer headers by their common names. `tells`: differs from packet to packet of a flow. */
static const struct candidate {
	const char *name;
	bool transport; /* of headers with ports, or of ICMP's kind; else of those with addresses */
	bool tells;
} candidates[] = {
	{ "id", false, true },	     { "len", false, false },	 { "proto", false, false }, { "srcIP", false, false },
	{ "dstIP", false, false },   { "srcPort", true, false }, { "dstPort", true, false }, { "seq", true, true },
	{ "ack", true, true },	     { "checksum", true, true },
};

static bool
has(const struct ir_schema_header *h, const char *name)
{
	uint32_t hi, lo;

	return ir_schema_resolve(h, str_from(name), &hi, &lo) >= 0;
}

static bool
is_network_header(const struct ir_schema_header *h)
{
	return has(h, "srcIP") && has(h, "dstIP") && has(h, "proto");
}

static bool
is_transport_header(const struct ir_schema_header *h)
{
	return (has(h, "srcPort") && has(h, "dstPort")) || (has(h, "type") && has(h, "code") && has(h, "checksum"));
}

static bool
is_written_by(const struct plan_writes *w, uint32_t header, uint32_t field)
{
	return w->headers && (w->headers[header].validity || (field != PLAN_NETWORK_VALIDITY && w->headers[header].fields[field]));
}

bool
plan_network_changes(const struct plan_program *p, uint32_t header, uint32_t field)
{
	return is_written_by(&p->ingress, header, field) || is_written_by(&p->egress, header, field) ||
	       is_written_by(&p->compute, header, field);
}

static void
add(struct arena *a, const struct plan_program *p, uint32_t header, const struct candidate *c, struct plan_network *ret, bool *tells)
{
	const struct ir_schema_header *h = &p->schema.headers.v[header];
	struct plan_identity id = { .header = header };
	uint32_t hi, lo;
	int32_t field = ir_schema_resolve(h, str_from(c->name), &hi, &lo);

	if (field < 0 || lo != 0 || hi + 1 != h->fields.v[field].width || hi >= 128 ||
	    plan_network_changes(p, header, (uint32_t)field))
		return;
	id.field = (uint32_t)field;
	id.width = hi + 1;
	id.text = str_fmt(a, "%.*s.%.*s", STRA(h->path), STRA(h->fields.v[field].name));
	vec_push(a, &ret->identity, id);
	vec_push(a, &ret->plan.identity, id.text);
	*tells |= c->tells;
}

bool
plan_network_identity(struct arena *a, struct diags *d, const struct plan_program *p, struct plan_network *ret)
{
	struct span at = ret->network->queries.v[0]->at;
	bool tells = false;

	for (uint32_t h = 0; h < p->schema.headers.n; h++) {
		const struct ir_schema_header *header = &p->schema.headers.v[h];
		bool network = is_network_header(header), transport = !network && is_transport_header(header);

		if (str_find(header->path, '.') >= 0 || str_find(header->path, '[') >= 0 || header->never_extracted)
			continue;
		for (uint32_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
			if (candidates[i].transport ? transport : network)
				add(a, p, h, &candidates[i], ret, &tells);
	}
	if (!ret->identity.n) {
		diag_error(d, at, "packets can't be told apart: the program has no field of IPv4, IPv6, TCP, UDP or ICMP that it leaves alone");
		return false;
	}
	if (!tells)
		diag_warn(d, at, "the program has (and leaves alone) no field that tells a flow's packets apart, such as IPv4's identification: "
			  "their digests will be alike, and little is learnt from them");
	return true;
}
