/* never.c - tries a filter with every kind of value that its fields can have: values around the constants that they are compared with,
 * changed on the way by nothing but what the program writes. */
#include "plan/never.h"

#include "ir/expr.h"

#define TRIES_MAX 64
#define HEADERS_MAX 8

enum stop { STOP_IN, STOP_MID, STOP_OUT, STOPS };

/* One field of the packet, and a value for it at each stop. */
struct trial {
	const struct plan_program *p;
	const struct ir_field *field;
	struct plan_constants ingress, egress;
	bool ingress_validity, egress_validity;
	bool there[STOPS];
	ir_u128 value[STOPS];
	ir_u128 tries[TRIES_MAX];
	uint32_t ntries;
};

struct filters {
	const struct ir_expr *v[64];
	uint32_t n;
};

static enum stop
stop_of(const struct ir_field *f)
{
	return f->at == IR_AT_IN ? STOP_IN : f->at == IR_AT_OUT ? STOP_OUT : STOP_MID;
}

static bool
same_place(const struct ir_field *x, const struct ir_field *y)
{
	return x->kind == y->kind && x->header == y->header && x->field == y->field && x->hi == y->hi && x->lo == y->lo;
}

/* --- with the values of a trial ------------------------------------------------------------------------- */

static bool
known(const struct trial *t, const struct ir_expr *e, bool *there, ir_u128 *value)
{
	*there = true;
	if (e->op == IR_CONST) {
		*value = (ir_u128)e->value;
		return !e->text.n;
	}
	if (e->op != IR_FIELD || !same_place(e->field, t->field))
		return false;
	*there = t->there[stop_of(e->field)];
	*value = t->value[stop_of(e->field)];
	return true;
}

/* Can `e` be `wanted`? What the trial doesn't tell can be both. */
static bool
can_be(const struct trial *t, const struct ir_expr *e, bool wanted)
{
	bool a_there, b_there;
	ir_u128 a, b;

	if (e->op == IR_CONST)
		return (e->value != 0) == wanted;
	if (e->op == IR_NOT)
		return can_be(t, e->a, !wanted);
	if (e->op == IR_AND || e->op == IR_OR) {
		bool one = can_be(t, e->a, wanted), other = can_be(t, e->b, wanted);

		return (e->op == IR_AND) == wanted ? one && other : one || other;
	}
	if (e->op == IR_FIELD && e->field->kind == IR_F_VALID && t->field->kind == IR_F_HEADER &&
	    e->field->header == t->field->header)
		return t->there[stop_of(e->field)] == wanted;
	if (!ir_is_comparison(e->op) || !known(t, e->a, &a_there, &a) || !known(t, e->b, &b_there, &b))
		return true;
	return (a_there && b_there && ir_holds(e->op, (a > b) - (a < b))) == wanted;
}

static bool
all_can_hold(const struct trial *t, const struct filters *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (!can_be(t, f->v[i], true))
			return false;
	return true;
}

/* --- all values -------------------------------------------------------------------------------------------- */

static ir_u128
bits_of_field(const struct trial *t, ir_u128 v)
{
	uint32_t n = t->field->hi - t->field->lo + 1;

	return v >> t->field->lo & (n >= 128 ? ~(ir_u128)0 : ((ir_u128)1 << n) - 1);
}

static bool passes_from(struct trial *t, const struct filters *f, enum stop stop);

static bool
try_value(struct trial *t, const struct filters *f, enum stop stop, bool there, ir_u128 value)
{
	t->there[stop] = there;
	t->value[stop] = value;
	return passes_from(t, f, stop + 1);
}

/* Is there a way through the rest of the packet's life on which all filters hold? */
static bool
passes_from(struct trial *t, const struct filters *f, enum stop stop)
{
	const struct plan_constants *c = stop == STOP_MID ? &t->ingress : &t->egress;
	bool validity = stop == STOP_MID ? t->ingress_validity : t->egress_validity, first = stop == STOP_IN;

	if (stop == STOPS)
		return all_can_hold(t, f);
	if (!first && try_value(t, f, stop, t->there[stop - 1], t->value[stop - 1]))
		return true;
	if ((first || validity) && try_value(t, f, stop, false, 0))
		return true;
	for (uint32_t i = 0; (first || validity || c->other) && i < t->ntries; i++)
		if (try_value(t, f, stop, first || validity || t->there[stop - 1], t->tries[i]))
			return true;
	for (uint32_t i = 0; !first && i < c->n; i++)
		if (try_value(t, f, stop, t->there[stop - 1], bits_of_field(t, c->v[i])))
			return true;
	return false;
}

static void
add_try(struct trial *t, ir_u128 v)
{
	ir_u128 max = bits_of_field(t, ~(ir_u128)0);

	for (int d = -3; d <= 3; d++) {
		ir_u128 x = v + (ir_u128)(ir_i128)d;
		uint32_t i = 0;

		if (x > max)
			continue;
		while (i < t->ntries && t->tries[i] != x)
			i++;
		if (i == t->ntries && t->ntries < TRIES_MAX)
			t->tries[t->ntries++] = x;
	}
}

static void
add_tries(struct trial *t, const struct ir_expr *e, int depth)
{
	if (!e || depth > 200)
		return;
	if (e->op == IR_CONST && e->type.kind != IR_BOOL)
		add_try(t, (ir_u128)e->value);
	add_tries(t, e->a, depth + 1);
	add_tries(t, e->b, depth + 1);
}

static void
open_trial(struct trial *t, const struct plan_program *p, const struct ir_field *f, const struct filters *filters)
{
	const struct plan_writes *in = &p->ingress, *out = &p->egress;

	*t = (struct trial){ .p = p, .field = f };
	if (f->kind == IR_F_META) {
		t->ingress.other = true; /* what the parser leaves in it isn't known */
		t->egress = out->metadata_values[f->field];
	} else {
		t->ingress = in->headers[f->header].values[f->field];
		t->egress = out->headers[f->header].values[f->field];
		t->ingress_validity = in->headers[f->header].validity;
		t->egress_validity = out->headers[f->header].validity;
	}
	add_try(t, 0);
	add_try(t, bits_of_field(t, ~(ir_u128)0));
	for (uint32_t i = 0; i < filters->n; i++)
		add_tries(t, filters->v[i], 0);
	for (uint32_t i = 0; i < t->ingress.n; i++)
		add_try(t, bits_of_field(t, t->ingress.v[i]));
	for (uint32_t i = 0; i < t->egress.n; i++)
		add_try(t, bits_of_field(t, t->egress.v[i]));
}

/* --- why not ------------------------------------------------------------------------------------------------ */

static struct str
name_of(struct arena *a, const struct trial *t)
{
	const struct ir_schema *s = &t->p->schema;
	const struct ir_field *f = t->field;

	if (f->kind == IR_F_META)
		return str_fmt(a, "meta.%.*s", STRA(s->metadata.v[f->field].name));
	return str_fmt(a, "%.*s.%.*s", STRA(s->headers.v[f->header].path), STRA(s->headers.v[f->header].fields.v[f->field].name));
}

static struct str
written(struct arena *a, const struct trial *t)
{
	struct str all = STR_NONE;

	for (uint32_t i = 0; i < t->ingress.n + t->egress.n; i++) {
		uint64_t v = i < t->ingress.n ? t->ingress.v[i] : t->egress.v[i - t->ingress.n];

		all = str_fmt(a, "%.*s%s%llu", STRA(all), all.n ? ", " : "", (unsigned long long)v);
	}
	return all;
}

/* What lets no value of this field through; "" when something does. */
static struct str
obstacle(struct arena *a, const struct plan_program *p, const struct ir_field *f, const struct filters *filters)
{
	struct trial t, free;
	struct str name;

	open_trial(&t, p, f, filters);
	if (t.ntries == TRIES_MAX || passes_from(&t, filters, STOP_IN))
		return STR_NONE;
	name = name_of(a, &t);
	free = t;
	free.ingress.other = free.egress.other = true;
	if (!passes_from(&free, filters, STOP_IN))
		return str_fmt(a, "no value of %.*s passes it%s", STRA(name), filters->n > 1 ? " and the filters before it" : "");
	if (!t.ingress.n && !t.egress.n && !t.ingress.other && !t.egress.other)
		return str_fmt(a, "the program never writes %.*s", STRA(name));
	if (!t.ingress.other && !t.egress.other)
		return str_fmt(a, "the program writes nothing but %.*s to %.*s", STRA(written(a, &t)), STRA(name));
	if (!t.egress.n && !t.egress.other)
		return str_fmt(a, "egress never writes %.*s", STRA(name));
	if (!t.ingress.n && !t.ingress.other)
		return str_fmt(a, "ingress never writes %.*s", STRA(name));
	return str_fmt(a, "what the program writes to %.*s is something else", STRA(name));
}

static struct str
try_fields(struct arena *a, const struct plan_program *p, const struct ir_expr *e, const struct filters *f, int depth)
{
	struct str why;

	if (!e || depth > 200)
		return STR_NONE;
	if (e->op == IR_FIELD && (e->field->kind == IR_F_HEADER || e->field->kind == IR_F_META) && !e->type.is_signed &&
	    !(e->field->kind == IR_F_HEADER && p->schema.headers.v[e->field->header].never_extracted))
		return obstacle(a, p, e->field, f);
	why = try_fields(a, p, e->a, f, depth + 1);
	return why.n ? why : try_fields(a, p, e->b, f, depth + 1);
}

/* --- headers --------------------------------------------------------------------------------------------------- */

struct needed {
	uint32_t v[HEADERS_MAX], n;
};

/* Is the header at this instant there exactly when the parser extracted it? */
static bool
is_parsed(const struct plan_program *p, const struct ir_field *f)
{
	return (f->at == IR_AT_IN || !p->ingress.headers[f->header].validity) &&
	       (f->at != IR_AT_OUT || !p->egress.headers[f->header].validity);
}

/* The headers without which `e` can't hold. */
static void
add_needed(const struct plan_program *p, const struct ir_expr *e, struct needed *n, int depth)
{
	uint32_t i = 0;

	if (!e || depth > 200 || e->op == IR_OR || e->op == IR_NOT || e->op == IR_CONST)
		return;
	add_needed(p, e->a, n, depth + 1);
	add_needed(p, e->b, n, depth + 1);
	if (e->op != IR_FIELD || (e->field->kind != IR_F_HEADER && e->field->kind != IR_F_VALID) || !is_parsed(p, e->field))
		return;
	while (i < n->n && n->v[i] != e->field->header)
		i++;
	if (i == n->n && n->n < HEADERS_MAX)
		n->v[n->n++] = e->field->header;
}

static struct str
apart(struct arena *a, const struct plan_program *p, const struct filters *f)
{
	struct needed n = { 0 };
	struct str names = STR_NONE;

	for (uint32_t i = 0; i < f->n; i++)
		add_needed(p, f->v[i], &n, 0);
	for (uint32_t i = 0; i < n.n; i++) {
		const struct ir_schema_header *h = &p->schema.headers.v[n.v[i]];

		if (h->never_extracted)
			return STR_NONE; /* said elsewhere */
		names = str_fmt(a, "%.*s%s'%.*s'", STRA(names), !i ? "" : i + 1 == n.n ? " and " : ", ", STRA(h->path));
	}
	if (n.n < 2 || plan_together(p, n.v, n.n))
		return STR_NONE;
	return str_fmt(a, "the parser extracts %.*s in no packet together", STRA(names));
}

/* --- queries ---------------------------------------------------------------------------------------------------- */

static bool
compares_with_itself(const struct ir_expr *e, int depth)
{
	if (!e || depth > 200)
		return false;
	return (e->a && e->a == e->b && ir_is_comparison(e->op)) || compares_with_itself(e->a, depth + 1) ||
	       compares_with_itself(e->b, depth + 1);
}

static void
look(struct diags *d, const struct ir_graph *g, const struct ir_query *q, const struct plan_program *p)
{
	uint32_t end = q->stateful >= 0 ? (uint32_t)q->stateful : q->nodes.n;
	struct filters f = { 0 };

	for (uint32_t i = 0; i < end && f.n < 64; i++) {
		const struct ir_node *n = q->nodes.v[i];
		struct str why;

		if (n->kind != IR_FILTER || n->expr->op == IR_CONST || compares_with_itself(n->expr, 0))
			continue; /* those are known without a program */
		f.v[f.n++] = n->expr;
		why = apart(g->arena, p, &f);
		if (!why.n)
			why = try_fields(g->arena, p, n->expr, &f, 0);
		if (!why.n)
			continue;
		diag_warn(d, n->at, "this filter never holds: %.*s", STRA(why));
		return;
	}
}

void
never_warn(struct diags *d, const struct ir_graph *g, const struct plan_program *p)
{
	if (!p->p4) /* a kernel: nobody has read what it writes */
		return;
	vec_each(q, &g->queries)
		look(d, g, *q, p);
}
