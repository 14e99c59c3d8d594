/* pint_place.c - where packets carry the digest: behind the program's Ethernet header, or in a field of one of its headers. */
#include "weave/pint_inside.h"

/* --- Ethernet ------------------------------------------------------------------------------------ */

/* Two addresses and a type. */
static bool
is_ethernet(const struct plan_header *h)
{
	static const uint32_t widths[] = { 48, 48, 16 };

	if (h->type->nfields != 3 || str_find(h->path, '[') >= 0)
		return false;
	for (uint32_t i = 0; i < 3; i++)
		if (p4_type_strip(h->type->fields[i].type)->kind != P4_TY_BIT ||
		    p4_type_bits(h->type->fields[i].type) != widths[i])
			return false;
	return true;
}

void
pint_no_place(const struct pint *p, struct span at, const char *why)
{
	diag_error(p->w.d, at, "queries over network() add a header behind Ethernet, and %s", why);
	diag_hint(p->w.d, "a field that hosts don't need may take its place: --shim field=ipv4.identification");
}

static bool
place_behind_ethernet(struct pint *p)
{
	vec_each (h, &p->plan.program->headers)
		if (!p->header && is_ethernet(h))
			p->header = h;
	if (!p->header) {
		pint_no_place(p, p->w.p4->v1.headers->decl->name_at,
			      "this program has no header of two addresses of 48 bits and a type of 16");
		return false;
	}
	p->type_field = p->header->type->fields[2].name;
	p->n->shim_bytes = 4 + (p->m->budget + 7) / 8;
	return true;
}

/* --- a field ------------------------------------------------------------------------------------- */

static bool
is_field(const struct pint *p, const struct p4_node *n)
{
	return n->kind == P4_MEMBER && n->u.member.what == P4_MEMBER_FIELD && str_eq(n->name, p->n->shim.field) &&
	       n->u.member.object->type && n->u.member.object->type->decl == p->header->type->decl;
}

struct search {
	const struct pint *p;
	bool found;
};

static bool
field_visit(void *user, struct p4_node **at)
{
	struct search *s = user;

	s->found |= is_field(s->p, *at);
	return !s->found;
}

/* A parser or control, with its tables and all that is within. */
static bool
uses_field(const struct pint *p, const struct p4_inst *inst)
{
	struct search s = { .p = p };
	struct p4_node *decl = inst ? inst->decl : NULL;

	if (!decl)
		return false;
	tree_walk(&decl, field_visit, &s);
	vec_each (child, &inst->children)
		s.found |= uses_field(p, *child);
	return s.found;
}

/* The number of a field by a name that queries know it by, too; the whole of it or -1. */
static int32_t
whole_field(const struct ir_schema_header *h, struct str name)
{
	uint32_t hi, lo;
	int32_t i = ir_schema_resolve(h, name, &hi, &lo);

	return i >= 0 && lo == 0 && hi + 1 == h->fields.v[i].width ? i : -1;
}

static bool
check_field(struct pint *p, const struct ir_schema_header *h, int32_t i)
{
	struct weave_shim *s = &p->n->shim;
	struct diags *d = p->w.d;
	struct span at = p->header->type->decl->name_at;
	int32_t ttl = whole_field(h, STR("ttl"));

	if (i < 0) {
		diag_error(d, at, "--shim: header '%.*s' has no field '%.*s'", STRA(s->header), STRA(s->field));
		return false;
	}
	s->field = h->fields.v[i].name;
	if (p4_type_strip(p->header->type->fields[i].type)->kind != P4_TY_BIT || h->fields.v[i].width < p->m->budget)
		diag_error(d, p->header->type->fields[i].decl->at, "--shim: '%.*s' has %u bits, and digests need %u", STRA(s->field),
			   h->fields.v[i].width, p->m->budget);
	else if (ttl < 0)
		diag_error(d, at, "--shim: header '%.*s' has no TTL or hop limit that tells how many switches a packet has passed",
			   STRA(s->header));
	else if (uses_field(p, p->w.p4->v1.verify) && !uses_field(p, p->w.p4->v1.compute))
		diag_error(d, at, "--shim: the program checks a checksum over '%.*s', but computes none", STRA(s->field));
	else if (uses_field(p, p->w.p4->v1.parser) || uses_field(p, p->w.p4->v1.ingress) || uses_field(p, p->w.p4->v1.egress))
		diag_error(d, at, "--shim: the program itself reads or writes '%.*s'; a digest needs a field that it leaves alone", STRA(s->field));
	else {
		p->type_field = h->fields.v[ttl].name;
		p->shim = str_fmt(p->w.a, "%.*s.%.*s", STRA(s->header), STRA(s->field));
		p->width = h->fields.v[i].width;
		return true;
	}
	return false;
}

static bool
place_in_field(struct pint *p)
{
	const struct plan_program *pp = p->plan.program;
	const struct weave_shim *s = &p->n->shim;

	for (uint32_t i = 0; i < pp->headers.n; i++)
		if (str_eq(pp->headers.v[i].path, s->header)) {
			p->header = &pp->headers.v[i];
			return check_field(p, &pp->schema.headers.v[i], whole_field(&pp->schema.headers.v[i], s->field));
		}
	diag_error(p->w.d, p->w.p4->v1.headers->decl->name_at, "--shim: the program has no header '%.*s'", STRA(s->header));
	return false;
}

bool
pint_place(struct pint *p)
{
	return p->n->shim.field.n ? place_in_field(p) : place_behind_ethernet(p);
}
