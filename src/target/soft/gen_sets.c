/* gen_sets.c - parsers' value sets: tables without actions, which come after the others in the descriptor. */
#include "target/soft/gen.h"

#define FIELDS 64

/* What a member of a set consists of. */
struct fields {
	const struct p4_type *types[FIELDS];
	const char *names[FIELDS];
	const struct p4_node *decls[FIELDS]; /* that @match may stand at */
	uint32_t n;
};

static void
collect(struct gen *g, const struct p4_node *set, const struct p4_type *t, const char *name, const struct p4_node *decl,
	struct fields *ret)
{
	const struct p4_type *s = p4_type_strip(t);

	if (s->kind == P4_TY_STRUCT || s->kind == P4_TY_TUPLE) {
		for (uint32_t i = 0; i < gen_nfields(s); i++) {
			const char *last = s->kind == P4_TY_TUPLE ? gen_text(g, "%u", i) : gen_text(g, "%.*s", STRA(s->fields[i].name));

			collect(g, set, gen_tuple_elem(s, i), *name ? gen_text(g, "%s.%s", name, last) : last,
				s->kind == P4_TY_STRUCT ? s->fields[i].decl : NULL, ret);
		}
		return;
	}
	if (!gen_is_scalar(t) || ret->n == FIELDS) {
		gen_fail(g, set, "a value set has at most %d fields, which are numbers, bools, enums or errors", FIELDS);
		return;
	}
	ret->types[ret->n] = t;
	ret->names[ret->n] = *name ? name : "value";
	ret->decls[ret->n++] = decl;
}

static void
fields_of(struct gen *g, const struct p4_node *set, struct fields *ret)
{
	ret->n = 0;
	collect(g, set, set->type->elem, "", set, ret);
}

void
gen_collect_sets(struct gen *g, const struct p4_inst *inst)
{
	const struct p4_list *l = &inst->decl->u.block_decl.locals;

	if (inst->decl->kind != P4_PARSER)
		return;
	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i]->kind == P4_VALUE_SET)
			vec_push(g->a, &g->sets, (struct gen_set){ inst, l->v[i] });
}

const char *
gen_in_set(struct gen *g, const struct p4_node *use, const char *const *values, uint32_t n)
{
	const struct p4_node *decl = use->u.ref.decl;
	struct fields f;
	const char *text;
	uint32_t i = 0;

	while (i < g->sets.n && (g->sets.v[i].decl != decl || g->sets.v[i].inst != g->fn->inst))
		i++;
	fields_of(g, decl, &f);
	if (i == g->sets.n || f.n != n)
		return gen_fail(g, use, "this value set can't be looked into here");
	text = gen_text(g, "({ struct set%u s_; memset(&s_, 0, sizeof(s_));", i);
	for (uint32_t k = 0; k < n; k++)
		text = gen_text(g, "%s s_.k%u = %s;", text, k, values[k]);
	return gen_text(g, "%s ps_table_lookup(R->ctx->tables[%u], &s_)->hit; })", text, g->tables.n + i);
}

/* --- the descriptor ----------------------------------------------------------------------------------------------- */

static const char *
match_kind(struct gen *g, const struct p4_node *decl)
{
	static const char *const kinds[][2] = {
		{ "exact", "PS_EXACT" }, { "lpm", "PS_LPM" }, { "ternary", "PS_TERNARY" }, { "range", "PS_RANGE" },
		{ "optional", "PS_OPTIONAL" },
	};
	const struct p4_node *a = decl ? p4_annotation(decl, "match") : NULL;

	if (!a)
		return "PS_EXACT";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_is(str_trim(a->u.annotation.body), kinds[i][0]))
			return kinds[i][1];
	return gen_fail(g, a, "a value set's @match is exact, lpm, ternary, range or optional");
}

const char *
gen_set_info(struct gen *g, uint32_t index)
{
	const struct gen_set *s = &g->sets.v[index];
	struct fields f;
	const char *names[FIELDS];
	struct big size;
	uint32_t end = 0;

	fields_of(g, s->decl, &f);
	fprintf(g->info, "static const struct ps_key_info members%u[] = {\n", index);
	for (uint32_t i = 0; i < f.n; i++) {
		uint32_t bytes = gen_bytes(f.types[i]);

		names[i] = gen_text(g, "k%u", i);
		fprintf(g->info, "\t{ %s, %s, %u, %u, %u },\n", gen_quote(g, str_from(f.names[i])), match_kind(g, f.decls[i]),
			gen_width(f.types[i]), gen_layout(&end, bytes), bytes);
	}
	fprintf(g->info, "\t{ NULL, PS_EXACT, 0, 0, 0 }\n};\n");
	gen_data_struct(g, gen_text(g, "set%u", index), f.types, names, f.n);
	if (!gen_const_int(g, s->decl->u.var.init, &size) || size.neg || !big_fits_u64(size) || big_u64(size) > 0x7fffffff)
		return gen_fail(g, s->decl->u.var.init, "a value set's size must be a constant of at most 2147483647");
	return gen_text(g,
		"\t{ .name = %s, .nkeys = %u, .keys = members%u, .key_size = %u, .size = %llu,\n"
		"\t  .direct_counter = -1, .direct_meter = -1, .profile = -1 },\n",
		gen_quote(g, p4_control_name(g->a, s->inst, s->decl)), f.n, index, (end + 7) / 8 * 8, (unsigned long long)big_u64(size));
}
