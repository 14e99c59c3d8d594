/* gen_lists.c - field lists: which user metadata travels with clones, resubmitted and recirculated packets. */
#include "target/soft/gen.h"

static struct gen_list *
list_of(struct gen *g, uint32_t number)
{
	for (uint32_t i = 0; i < g->lists.n; i++)
		if (!g->lists.v[i].made && g->lists.v[i].number == number)
			return &g->lists.v[i];
	vec_push(g->a, &g->lists, (struct gen_list){ .number = number });
	return &g->lists.v[g->lists.n - 1];
}

/* Annotations are not checked: numbers, constants and members of enums, by name. */
static bool
annotation_number(struct gen *g, const struct p4_node *e, struct big *ret)
{
	const struct p4_list *decls = &g->p->tree->u.program.decls;
	const struct p4_node *o = e->kind == P4_MEMBER ? e->u.member.object : NULL;
	struct str owner = STR_NONE;

	if (e->kind == P4_INT) {
		*ret = e->u.integer.value;
		return true;
	}
	if (o)
		owner = o->kind == P4_TYPE_EXPR && o->u.type_expr.type ? o->u.type_expr.type->name : o->name;
	for (uint32_t i = 0; i < decls->n; i++) {
		const struct p4_node *d = decls->v[i];

		if (!o && d->kind == P4_CONST && str_eq(d->name, e->name) && d->value && d->value->kind == P4_V_INT) {
			*ret = d->value->i;
			return true;
		}
		for (uint32_t k = 0; o && d->kind == P4_ENUM && str_eq(d->name, owner) && k < d->u.enumeration.members.n; k++) {
			const struct p4_node *m = d->u.enumeration.members.v[k];

			if (str_eq(m->name, e->name) && m->u.member_decl.init && gen_const_int(g, m->u.member_decl.init, ret))
				return true;
		}
	}
	return gen_const_int(g, e, ret);
}

static void
annotated(struct gen *g, const struct p4_node *annotation, const char *path)
{
	const struct p4_list *l = &annotation->u.annotation.args;
	struct big n;

	for (uint32_t i = 0; i < l->n; i++) {
		if (!annotation_number(g, l->v[i], &n)) {
			gen_fail(g, l->v[i], "a field list's number must be a constant");
			continue;
		}
		if (!big_fits_u64(n) || big_u64(n) > 255)
			gen_fail(g, l->v[i], "field lists are numbered from 0 to 255");
		else
			vec_push(g->a, &list_of(g, (uint32_t)big_u64(n))->paths, path);
	}
}

static void
find_annotated(struct gen *g, const struct p4_type *t, const char *path)
{
	t = p4_type_strip(t);
	if (t->kind != P4_TY_STRUCT || g->depth > GEN_DEPTH)
		return;
	g->depth++;
	for (uint32_t i = 0; i < t->nfields; i++) {
		const char *field = gen_text(g, "%s.%s", path, gen_field(g, t, i));
		const struct p4_node *a = t->fields[i].decl ? p4_annotation(t->fields[i].decl, "field_list") : NULL;

		if (a)
			annotated(g, a, field);
		find_annotated(g, t->fields[i].type, field);
	}
	g->depth--;
}

void
gen_lists(struct gen *g)
{
	find_annotated(g, g->p->v1.metadata, "m");
}

const char *
gen_list_index(struct gen *g, const struct p4_node *number, const char *none)
{
	struct big n;

	if (!gen_const_int(g, number, &n))
		return gen_fail(g, number, "a field list's number must be a constant");
	for (uint32_t i = 0; i < g->lists.n; i++)
		if (!g->lists.v[i].made && big_fits_u64(n) && g->lists.v[i].number == big_u64(n))
			return gen_text(g, "%u", i);
	return none;
}

/* The older form: the fields are named in the call. Only user metadata can be kept. */
static void
data_paths(struct gen *g, const struct p4_node *e, struct gen_list *list)
{
	const char *text;

	while (e->kind == P4_ARG || e->kind == P4_NAMED_EXPR || e->kind == P4_CAST)
		e = e->kind == P4_ARG ? e->u.arg.expr : e->kind == P4_CAST ? e->u.cast.a : e->u.named.expr;
	if (e->kind == P4_LIST_EXPR || e->kind == P4_STRUCT_EXPR) {
		for (uint32_t i = 0; i < e->u.list.items.n; i++)
			data_paths(g, e->u.list.items.v[i], list);
		return;
	}
	if (e->is_const || !gen_is_lvalue(e) || e->kind == P4_SLICE) {
		diag_warn(g->d, e->at, "only fields of the user's metadata are kept; this isn't one");
		return;
	}
	text = gen_lvalue(g, e);
	if (strncmp(text, "PHV->m", 6) == 0)
		vec_push(g->a, &list->paths, text + strlen("PHV->"));
	else
		diag_warn(g->d, e->at, "only fields of the user's metadata are kept; this isn't one");
}

const char *
gen_list_of_data(struct gen *g, const struct p4_node *call, const struct p4_node *data, const char *none)
{
	struct gen_list list = { .made = call };

	if (!data)
		return none;
	for (uint32_t i = 0; i < g->lists.n; i++)
		if (g->lists.v[i].made == call)
			return gen_text(g, "%u", i);
	data_paths(g, data, &list);
	if (list.paths.n == 0)
		return none;
	list.number = 256 + g->lists.n;
	vec_push(g->a, &g->lists, list);
	return gen_text(g, "%u", g->lists.n - 1);
}

void
gen_copy_fields(struct gen *g)
{
	fprintf(g->protos, "static void copy_fields(uint32_t list, const void *from_phv, void *to_phv);\n");
	fprintf(g->code, "\nstatic void\ncopy_fields(uint32_t list, const void *from_phv, void *to_phv)\n{\n"
		"\tconst struct phv *from = from_phv;\n\tstruct phv *to = to_phv;\n\n\t(void)from, (void)to;\n\tswitch (list) {\n");
	for (uint32_t i = 0; i < g->lists.n; i++) {
		fprintf(g->code, "\tcase %u:\n", i);
		for (uint32_t k = 0; k < g->lists.v[i].paths.n; k++)
			fprintf(g->code, "\t\tto->%s = from->%s;\n", g->lists.v[i].paths.v[k], g->lists.v[i].paths.v[k]);
		fprintf(g->code, "\t\tbreak;\n");
	}
	fprintf(g->code, "\t}\n}\n");
}
