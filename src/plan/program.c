/* program.c - the shape of the user's packets. */
#include "plan/program.h"

#include "plan/writes.h"

static void
add_header(struct arena *a, struct plan_program *p, struct str path, const struct p4_type *t)
{
	struct ir_schema_header h = { .path = path };

	for (uint32_t i = 0; i < t->nfields; i++) {
		struct ir_schema_field f = { t->fields[i].name, p4_type_bits(t->fields[i].type) };

		vec_push(a, &h.fields, f);
	}
	vec_push(a, &p->schema.headers, h);
	vec_push(a, &p->headers, (struct plan_header){ path, t });
}

static void
add_headers(struct arena *a, struct plan_program *p, struct str path, const struct p4_type *t)
{
	const char *dot = path.n ? "." : "";

	if (t->kind == P4_TY_HEADER) {
		add_header(a, p, path, t);
	} else if (t->kind == P4_TY_STACK) {
		for (uint32_t i = 0; i < t->size; i++)
			add_headers(a, p, str_fmt(a, "%.*s[%u]", STRA(path), i), t->elem);
	} else if (t->kind == P4_TY_STRUCT || t->kind == P4_TY_UNION) {
		for (uint32_t i = 0; i < t->nfields; i++)
			if (!p4_annotation(t->fields[i].decl, PLAN_HIDDEN))
				add_headers(a, p, str_fmt(a, "%.*s%s%.*s", STRA(path), dot, STRA(t->fields[i].name)),
					    t->fields[i].type);
	}
}

static void
add_metadata(struct arena *a, struct plan_program *p, struct str path, const struct p4_type *t)
{
	const struct p4_type *s = p4_type_strip(t);

	if (s->kind == P4_TY_STRUCT) {
		for (uint32_t i = 0; i < s->nfields; i++)
			add_metadata(a, p, str_fmt(a, "%.*s%s%.*s", STRA(path), path.n ? "." : "",
						   STRA(s->fields[i].name)),
				     s->fields[i].type);
	} else if (s->kind == P4_TY_BIT || s->kind == P4_TY_SIGNED || s->kind == P4_TY_BOOL) {
		struct ir_schema_field f = { path, s->kind == P4_TY_BOOL ? 1 : s->width };

		vec_push(a, &p->schema.metadata, f);
	}
}

/* A header that the parser neither extracts nor sets valid, nor hands to a sub-parser, is never there at `in`. */
static void
mark_never_extracted(struct plan_program *p)
{
	for (uint32_t i = 0; i < p->schema.headers.n; i++) {
		bool any = p->parser.headers[i].validity;

		for (uint32_t f = 0; f < p->schema.headers.v[i].fields.n; f++)
			any |= p->parser.headers[i].fields[f];
		p->schema.headers.v[i].never_extracted = !any;
	}
}

/* Places that may drop packets are told apart by number; there are at most so many: actions by table, actions by themselves, calls. */
static void
count_sites(struct plan_program *p)
{
	uint64_t calls = (uint64_t)p->ingress.mark_calls + p->egress.mark_calls, most = 8, actions = 0;

	vec_each(n, &p->p4->tree->u.program.decls)
		actions += (*n)->kind == P4_ACTION;
	vec_each(inst, &p->p4->all) {
		if ((*inst)->decl->kind != P4_CONTROL)
			continue;
		most += calls + actions;
		vec_each(l, &(*inst)->decl->u.block_decl.locals)
			most += (*l)->kind == P4_TABLE ? (*l)->u.table.actions.n : 1;
	}
	while (p->site_bits < 12 && most >> p->site_bits)
		p->site_bits++;
}

struct plan_program *
plan_program_make(struct arena *a, struct diags *d, struct p4_program *p4)
{
	struct plan_program *p = arena_new(a, struct plan_program);

	if (!p4->v1.ingress || !p4->v1.egress || !p4->v1.parser) {
		diag_error(d, p4->main ? p4->main->at->at : p4->tree->at,
			   "queries need a v1model program: main must be a V1Switch");
		return NULL;
	}
	p->p4 = p4;
	p->schema.tick_ns = 1000;
	add_headers(a, p, STR_NONE, p4->v1.headers);
	add_metadata(a, p, STR_NONE, p4->v1.metadata);
	plan_writes_find(a, p, p4->v1.parser, &p->parser);
	plan_writes_find(a, p, p4->v1.ingress, &p->ingress);
	plan_writes_find(a, p, p4->v1.egress, &p->egress);
	if (p4->v1.compute)
		plan_writes_find(a, p, p4->v1.compute, &p->compute);
	mark_never_extracted(p);
	plan_states_find(a, p, p4->v1.parser);
	count_sites(p);
	p->discards = arena_new(a, struct discards);
	discards_init(p->discards, a);
	p4_discards(a, d, p4, p->discards);
	return p;
}
