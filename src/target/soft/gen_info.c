/* gen_info.c - the descriptor (struct ps_program): stateful objects, the PHV's fields, names. */
#include "target/soft/gen.h"

/* --- the PHV ------------------------------------------------------------------------------------------------------ */

struct phv_walk {
	struct gen *g;
	FILE *fields, *headers;
	uint32_t nfields, nheaders;
};

static void walk_phv(struct phv_walk *w, const struct p4_type *t, const char *path, const char *place, int32_t header, bool meta);

static void
walk_leaf(struct phv_walk *w, const struct p4_type *t, const char *path, const char *place, int32_t header, const char *packed)
{
	struct gen *g = w->g;

	if (!gen_is_scalar(t) || gen_width(t) == 0)
		return; /* varbits have no number to show */
	fprintf(w->fields, "\t{ %s, %u, %d, %d, offsetof(struct phv, %s), %u, %d%s },\n", gen_quote(g, str_from(path)), gen_width(t),
		gen_is_signed(t), p4_type_strip(t)->kind == P4_TY_BOOL, place, gen_bytes(t), header, packed);
	w->nfields++;
}

static void
walk_fields(struct phv_walk *w, const struct p4_type *t, const char *path, const char *place, int32_t header, bool meta)
{
	struct gen *g = w->g;

	for (uint32_t i = 0; i < gen_nfields(t); i++) {
		const char *name = t->kind == P4_TY_TUPLE ? gen_text(g, "%u", i) : gen_text(g, "%.*s", STRA(t->fields[i].name));
		const struct p4_type *ft = gen_tuple_elem(t, i);
		struct gen_place p;

		name = *path ? gen_text(g, "%s.%s", path, name) : name;
		if (gen_is_packed(t, i) && gen_in_word(t, i, &p))
			walk_leaf(w, ft, name, gen_text(g, "%s.w%u", place, p.unit.first), header, gen_text(g, ", true, %u", p.shift));
		else
			walk_phv(w, ft, name, gen_text(g, "%s.%s", place, gen_field(g, t, i)), header, meta);
	}
}

/* Of a header, without its varbit. */
static uint32_t
fixed_bits(const struct p4_type *t)
{
	uint32_t bits = gen_emit_max(t);

	for (uint32_t i = 0; i < t->nfields; i++)
		if (t->fields[i].type->kind == P4_TY_VARBIT)
			bits -= t->fields[i].type->width;
	return bits;
}

static void
walk_phv(struct phv_walk *w, const struct p4_type *t, const char *path, const char *place, int32_t header, bool meta)
{
	struct gen *g = w->g;

	t = p4_type_strip(t);
	if (t->kind == P4_TY_STACK) {
		for (uint32_t i = 0; i < t->size; i++)
			walk_phv(w, t->elem, gen_text(g, "%s[%u]", path, i), gen_text(g, "%s.v[%u]", place, i), header, meta);
		return;
	}
	if (t->kind == P4_TY_HEADER && !meta) {
		header = (int32_t)w->nheaders++;
		fprintf(w->headers, "\t{ %s, offsetof(struct phv, %s.valid), %u },\n", gen_quote(g, str_from(path)), place, fixed_bits(t));
	}
	if (t->kind == P4_TY_HEADER || t->kind == P4_TY_STRUCT || t->kind == P4_TY_TUPLE || t->kind == P4_TY_UNION)
		walk_fields(w, t, path, place, header, meta);
	else
		walk_leaf(w, t, path, place, header, "");
}

static char *
close_text(FILE *f, char **text)
{
	fclose(f);
	return *text;
}

static void
write_phv(struct gen *g, uint32_t *nfields, uint32_t *nheaders)
{
	char *fields = NULL, *headers = NULL;
	size_t n = 0, m = 0;
	struct phv_walk w = { .g = g, .fields = open_memstream(&fields, &n), .headers = open_memstream(&headers, &m) };

	if (!w.fields || !w.headers)
		bug("open_memstream");
	walk_phv(&w, g->p->v1.headers, "", "h", -1, false);
	walk_phv(&w, g->p->v1.metadata, "meta", "m", -1, true);
	close_text(w.fields, &fields);
	close_text(w.headers, &headers);
	fprintf(g->info, "static const struct ps_field_info fields[] = {\n%s\t{ NULL, 0, 0, 0, 0, 0, -1 }\n};\n", fields);
	fprintf(g->info, "static const struct ps_header_info headers[] = {\n%s\t{ NULL, 0, 0 }\n};\n", headers);
	free(fields);
	free(headers);
	*nfields = w.nfields;
	*nheaders = w.nheaders;
}

/* --- objects -------------------------------------------------------------------------------------------------------- */

static void
write_object(struct gen *g, const struct gen_object *o)
{
	const char *name = gen_quote(g, o->inst->path);
	const struct p4_type *t;

	switch (o->kind) {
	case GEN_REGISTER:
		t = o->inst->type->nargs ? o->inst->type->args[0] : NULL;
		if (!t || !gen_is_scalar(t))
			gen_fail(g, o->inst->at, "registers of this type can't be executed");
		else
			fprintf(g->info, "\t{ %s, %u, %u, %u, %d, row%u, at%u, stride%u },\n", name, o->size, gen_width(t), gen_bytes(t), gen_is_signed(t),
				o->index, o->index, o->index);
		return;
	case GEN_COUNTER: case GEN_METER:
		fprintf(g->info, "\t{ %s, %u, %u },\n", name, o->direct ? 0 : o->size, o->units);
		return;
	case GEN_PROFILE:
		fprintf(g->info, "\t{ %s, %u, %d },\n", name, o->size, str_is(o->inst->decl->name, "action_selector"));
		return;
	case GEN_NOTHING:
		return;
	}
}

static void
write_objects(struct gen *g, enum gen_object_kind kind, const char *type, const char *name)
{
	if (g->counts[kind] == 0)
		return;
	fprintf(g->info, "static const struct %s %s[] = {\n", type, name);
	for (uint32_t i = 0; i < g->objects.n; i++)
		if (g->objects.v[i].kind == kind)
			write_object(g, &g->objects.v[i]);
	fprintf(g->info, "};\n");
}

static void
write_actions(struct gen *g)
{
	fprintf(g->info, "static const struct ps_action_info actions[] = {\n");
	for (uint32_t i = 0; i < g->actions.n; i++) {
		const struct gen_action *a = &g->actions.v[i];

		fprintf(g->info, "\t{ %s, %u, %s, %s },\n", gen_quote(g, str_from(a->name)), a->nparams,
			a->nparams ? gen_text(g, "params%u", i) : "NULL", a->nparams ? gen_text(g, "sizeof(struct data%u)", i) : "0");
	}
	fprintf(g->info, "\t{ NULL, 0, NULL, 0 }\n};\n");
}

static void
write_small(struct gen *g)
{
	fprintf(g->info, "static const struct ps_field_list_info field_lists[] = {\n");
	for (uint32_t i = 0; i < g->lists.n; i++)
		fprintf(g->info, "\t{ %u },\n", g->lists.v[i].number);
	fprintf(g->info, "\t{ 0 }\n};\nstatic const char *const errors[] = {\n");
	for (uint32_t i = 0; i < g->p->errors.n; i++)
		fprintf(g->info, "\t%s,\n", gen_quote(g, g->p->errors.v[i]->name));
	fprintf(g->info, "\tNULL\n};\n");
}

void
gen_info(struct gen *g)
{
	uint32_t nfields, nheaders;
	const char *name = g->o->name ? g->o->name : "program";

	gen_table_infos(g);
	write_phv(g, &nfields, &nheaders);
	write_objects(g, GEN_REGISTER, "ps_register_info", "registers");
	write_objects(g, GEN_COUNTER, "ps_counter_info", "counters");
	write_objects(g, GEN_METER, "ps_meter_info", "meters");
	write_objects(g, GEN_PROFILE, "ps_profile_info", "profiles");
	write_actions(g);
	write_small(g);
	gen_crc_infos(g);
	fprintf(g->info, "\nconst struct ps_program ps_program = {\n\t.abi = PS_ABI,\n\t.name = %s,\n\t.phv_size = sizeof(struct phv),\n",
		gen_quote(g, str_from(name)));
	fprintf(g->info, "\t.ntables = %u, .nsets = %u, .nactions = %u, .nregisters = %u, .ncounters = %u, .nmeters = %u, .nprofiles = %u,\n"
		"\t.nfield_lists = %u, .nfields = %u, .nheaders = %u, .nerrors = %u, .ncrcs = %u,\n", g->tables.n, g->sets.n, g->actions.n,
		g->counts[GEN_REGISTER], g->counts[GEN_COUNTER], g->counts[GEN_METER], g->counts[GEN_PROFILE], g->lists.n, nfields,
		nheaders, g->p->errors.n, g->crcs.n);
	fprintf(g->info, "\t.tables = %s,\n\t.actions = actions,\n\t.registers = %s,\n\t.counters = %s,\n\t.meters = %s,\n\t.profiles = %s,\n",
		g->tables.n + g->sets.n ? "tables" : "NULL", g->counts[GEN_REGISTER] ? "registers" : "NULL",
		g->counts[GEN_COUNTER] ? "counters" : "NULL", g->counts[GEN_METER] ? "meters" : "NULL",
		g->counts[GEN_PROFILE] ? "profiles" : "NULL");
	fprintf(g->info, "\t.field_lists = field_lists,\n\t.crcs = crcs,\n\t.fields = fields,\n\t.headers = headers,\n\t.errors = errors,\n"
		"\t.ingress_name = %s,\n\t.egress_name = %s,\n\t.uses_queue_fields = %d,\n\t.resizes = %d,\n", gen_quote(g, g->p->v1.ingress->decl->name),
		gen_quote(g, g->p->v1.egress->decl->name), g->uses_queue, g->resizes);
	gen_state_info(g);
	fprintf(g->info, "\t.parse = parse,\n\t.ingress = ingress,\n\t.egress = %s,\n\t.deparse = deparse,\n\t.copy_fields = copy_fields,\n};\n",
		gen_does_nothing(g->p->v1.egress) && !g->o->notes ? "NULL" : "egress");
}
