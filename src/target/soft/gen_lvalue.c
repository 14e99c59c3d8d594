/* gen_lvalue.c - places that can be written, and what belongs to writing them: slices, unions' validity, marks. */
#include "target/soft/gen.h"

bool
gen_is_lvalue(const struct p4_node *e)
{
	for (uint32_t i = 0; i < GEN_DEPTH; i++) {
		if (e->kind == P4_ARG)
			e = e->u.arg.expr;
		else if (e->kind == P4_MEMBER &&
			 (e->u.member.what == P4_MEMBER_FIELD || e->u.member.what == P4_MEMBER_STACK_NEXT ||
			  e->u.member.what == P4_MEMBER_STACK_LAST))
			e = e->u.member.object;
		else if (e->kind == P4_INDEX)
			e = e->u.index.object;
		else if (e->kind == P4_SLICE)
			e = e->u.slice.object;
		else
			break;
	}
	return e->kind == P4_NAME && !e->is_const && e->u.ref.decl &&
	       (e->u.ref.decl->kind == P4_VAR || e->u.ref.decl->kind == P4_PARAM || e->u.ref.decl->kind == P4_CONST);
}

/* --- overlap ---------------------------------------------------------------------------------------- */

static const struct p4_node *
step_up(const struct p4_node *e)
{
	if (e->kind == P4_ARG)
		return e->u.arg.expr;
	if (e->kind == P4_MEMBER)
		return e->u.member.object;
	if (e->kind == P4_INDEX)
		return e->u.index.object;
	if (e->kind == P4_SLICE)
		return e->u.slice.object;
	return NULL;
}

static uint32_t
path_length(const struct p4_node *e)
{
	uint32_t n = 0;

	while ((e = step_up(e)) != NULL)
		n++;
	return n;
}

/* Two steps from the same object: may they lead to the same place? */
static bool
steps_meet(const struct p4_node *a, const struct p4_node *b)
{
	if (a->kind == P4_MEMBER && b->kind == P4_MEMBER && a->u.member.what == P4_MEMBER_FIELD &&
	    b->u.member.what == P4_MEMBER_FIELD)
		return str_eq(a->name, b->name);
	if (a->kind == P4_INDEX && b->kind == P4_INDEX && a->u.index.index->is_const && b->u.index.index->is_const &&
	    a->u.index.index->value && b->u.index.index->value)
		return big_cmp(a->u.index.index->value->i, b->u.index.index->value->i) == 0;
	return true;
}

/* Compares the paths from their roots on: a parent's answer decides before its child's. */
static bool
paths_meet(const struct p4_node *a, const struct p4_node *b, uint32_t depth)
{
	const struct p4_node *ua = step_up(a), *ub = step_up(b);

	if (depth > GEN_DEPTH)
		return true;
	if (!ua || !ub)
		return !ua && !ub && a->kind == P4_NAME && b->kind == P4_NAME && a->u.ref.decl == b->u.ref.decl;
	return paths_meet(ua, ub, depth + 1) && steps_meet(a, b);
}

static const struct p4_node *
plain(const struct p4_node *e)
{
	while (e->kind == P4_ARG || e->kind == P4_SLICE)
		e = step_up(e);
	return e;
}

bool
gen_overlap(const struct p4_node *a, const struct p4_node *b)
{
	uint32_t na, nb;

	a = plain(a);
	b = plain(b);
	na = path_length(a);
	nb = path_length(b);
	for (; na > nb; na--)
		a = step_up(a);
	for (; nb > na; nb--)
		b = step_up(b);
	return paths_meet(a, b, 0);
}

const struct p4_node *
gen_root(const struct p4_node *e)
{
	while (step_up(e))
		e = step_up(e);
	return e->kind == P4_NAME ? e->u.ref.decl : NULL;
}

const struct p4_node *
gen_header_of(const struct p4_node *e)
{
	for (e = step_up(e); e; e = step_up(e))
		if (e->type && p4_type_strip(e->type)->kind == P4_TY_HEADER)
			return e;
	return NULL;
}

/* --- places ------------------------------------------------------------------------------------------ */

static const char *
place_name(struct gen *g, const struct p4_node *e)
{
	const char *text = gen_bound(g, e->u.ref.decl);

	if (text)
		return text;
	return gen_fail(g, e, "'%.*s' can't be used as a value here", STRA(e->name));
}

/* The element that .next or .last means; stops the parser when there is none. */
static const char *
place_end(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *s = e->u.member.object;
	const struct p4_type *t = p4_type_strip(s->type);
	bool next = e->u.member.what == P4_MEMBER_STACK_NEXT;
	uint32_t n = gen_temp(g);

	if (g->fn->kind != GEN_JOB_PARSER)
		return gen_fail(g, e, ".%.*s is only defined in parsers", STRA(e->name));
	return gen_text(g, "(*({ %s *s%u_ = &%s; if (s%u_->next %s) %s &s%u_->v[s%u_->next%s]; }))", gen_type(g, t), n,
			gen_lvalue(g, s), n, next ? gen_text(g, ">= %u", t->size) : "== 0",
			gen_reject(g, "StackOutOfBounds"), n, n, next ? "" : " - 1");
}

static const char *
place_member(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *o = e->u.member.object;

	if (e->u.member.what == P4_MEMBER_STACK_NEXT || e->u.member.what == P4_MEMBER_STACK_LAST)
		return place_end(g, e);
	if (e->u.member.what != P4_MEMBER_FIELD)
		return gen_fail(g, e, "'%.*s' is no place in memory", STRA(e->name));
	if (gen_is_std(p4_type_strip(o->type)) && (str_starts(e->name, STR("enq_")) || str_starts(e->name, STR("deq_"))))
		g->uses_queue = true;
	return gen_text(g, "%s.%s", gen_lvalue(g, o), gen_field(g, o->type, e->u.member.index));
}

static const char *
place_index(struct gen *g, const struct p4_node *e)
{
	const struct p4_type *t = p4_type_strip(e->u.index.object->type);
	const char *stack, *elem, *i;
	struct big n;

	if (t->kind == P4_TY_TUPLE && gen_const_int(g, e->u.index.index, &n))
		return gen_text(g, "%s.%s", gen_lvalue(g, e->u.index.object), gen_field(g, t, (uint32_t)big_u64(n)));
	if (t->kind != P4_TY_STACK)
		return gen_fail(g, e, "only header stacks and tuples can be indexed");
	stack = gen_lvalue(g, e->u.index.object);
	if (gen_const_int(g, e->u.index.index, &n) && big_fits_u64(n) && big_u64(n) < t->size)
		return gen_text(g, "%s.v[%llu]", stack, (unsigned long long)big_u64(n));
	i = gen_distance(g, e->u.index.index);
	elem = gen_type(g, t->elem);
	return gen_text(g, "(*(%s *)ps_elem(%s.v, %s, %u, sizeof(%s), &(%s){ 0 }))", elem, stack, i, t->size, elem, elem);
}

const char *
gen_lvalue(struct gen *g, const struct p4_node *e)
{
	const char *r;

	if (++g->depth > GEN_DEPTH)
		r = gen_fail(g, e, "the expression is nested too deeply");
	else if (e->kind == P4_ARG)
		r = gen_lvalue(g, e->u.arg.expr);
	else if (e->kind == P4_NAME)
		r = place_name(g, e);
	else if (e->kind == P4_MEMBER)
		r = place_member(g, e);
	else if (e->kind == P4_INDEX)
		r = place_index(g, e);
	else
		r = gen_fail(g, e, "%s is no place that can be written", p4_kind_text(e->kind));
	g->depth--;
	return r;
}

void
gen_resized(struct gen *g, const struct p4_type *t)
{
	if (t && g->fn->kind != GEN_JOB_PARSER && gen_has_header(t))
		g->resizes = true;
}

/* --- stores -------------------------------------------------------------------------------------------- */

/* A valid header in a union makes the others invalid. */
static const char *
stored_union(struct gen *g, const struct p4_node *e)
{
	const struct p4_node *u = e->u.member.object;
	const struct p4_type *t = p4_type_strip(u->type);
	const char *text = gen_text(g, "if (%s.valid) {", gen_lvalue(g, e));

	for (uint32_t i = 0; i < t->nfields; i++)
		if (i != e->u.member.index)
			text = gen_text(g, "%s %s.%s.valid = 0;", text, gen_lvalue(g, u), gen_field(g, t, i));
	return gen_text(g, "%s }", text);
}

const char *
gen_stored(struct gen *g, const struct p4_node *e)
{
	const struct p4_type *t;

	e = plain(e);
	if (e->type && gen_is_std(p4_type_strip(e->type)))
		return gen_text(g, "ps_unmark(R, &%s);", gen_lvalue(g, e));
	if (e->kind != P4_MEMBER || e->u.member.what != P4_MEMBER_FIELD)
		return "";
	t = p4_type_strip(e->u.member.object->type);
	if (t->kind == P4_TY_UNION)
		return stored_union(g, e);
	if (gen_is_std(t) && (str_is(e->name, "egress_spec") || str_is(e->name, "mcast_grp")))
		return gen_text(g, "ps_unmark(R, &%s);", gen_lvalue(g, e->u.member.object));
	return "";
}

/* Bits hi..lo of a place: read, replace, write. Slices of slices add up. */
static const char *
store_slice(struct gen *g, const struct p4_node *e, const char *value)
{
	uint32_t lo = 0, width = e->u.slice.hi_value - e->u.slice.lo_value + 1, w, n = gen_temp(g);
	const struct p4_node *base = e;
	struct gen_spot spot;
	const char *t, *v;

	for (; base->kind == P4_SLICE; base = base->u.slice.object)
		lo += base->u.slice.lo_value;
	w = gen_width(base->type);
	t = gen_type(g, base->type);
	spot = gen_spot(g, base, gen_text(g, "q%u_", n));
	v = gen_text(g, "{%s %s v%u_ = %s;", spot.find, gen_type(g, e->type), n, value);
	if (w > 128) {
		for (uint32_t k = 0; k < width; k += 64) {
			uint32_t hi = k + 63 < width ? k + 63 : width - 1;

			v = gen_text(g, "%s ps_wide_put(q%u_->w, %u, %u, %u, %s);", v, n, gen_words(w), lo + hi, lo + k,
				     gen_bits(g, e->type, gen_text(g, "v%u_", n), hi, k));
		}
		return gen_text(g, "%s }", v);
	}
	return gen_text(g, "%s %s = (%s)((%s & ~(ps_mask%s(%u) << %u)) | (%s)v%u_ << %u); }", v, spot.place, t, spot.value,
			w > 64 ? "128" : "", width, lo, w > 64 ? "ps_u128" : "uint64_t", n, lo);
}

const char *
gen_store(struct gen *g, const struct p4_node *e, const char *value)
{
	while (e->kind == P4_ARG)
		e = e->u.arg.expr;
	gen_resized(g, e->type);
	if (e->kind == P4_SLICE)
		return gen_text(g, "%s %s", store_slice(g, e, value), gen_stored(g, e));
	return gen_text(g, "%s = %s; %s", gen_lvalue(g, e), value, gen_stored(g, e));
}
