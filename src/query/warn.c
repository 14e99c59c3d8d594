/* Filters whose outcome is known before the first packet, and headers that no packet has. */
#include "query/check.h"

enum outcome { NEVER, ALWAYS, PERHAPS };

struct look {
	const struct ir_schema *schema;
	enum outcome *known; /* by expression, + 1 */
	const struct ir_schema_header
		*missing; /* a header that is never extracted, when one was the reason */
};

static const struct ir_schema_header *
missing_header(const struct ir_schema *s, const struct ir_expr *e, bool *seen)
{
	const struct ir_schema_header *h;

	if (!e || seen[e->id])
		return NULL;
	seen[e->id] = true;
	if (e->op == IR_FIELD && (e->field->kind == IR_F_HEADER || e->field->kind == IR_F_VALID) &&
	    s->headers.v[e->field->header].never_extracted)
		return &s->headers.v[e->field->header];
	h = missing_header(s, e->a, seen);
	return h ? h : missing_header(s, e->b, seen);
}

static const struct ir_schema_header *
find_missing(struct checker *c, const struct ir_expr *e)
{
	return missing_header(c->schema, e, arena_array(c->arena, bool, e->id + 1));
}

static enum outcome outcome(struct checker *c, struct look *l, const struct ir_expr *e);

static enum outcome
combined(struct checker *c, struct look *l, const struct ir_expr *e)
{
	enum outcome a = outcome(c, l, e->a), b, decides = e->op == IR_AND ? NEVER : ALWAYS;

	if (e->op == IR_NOT)
		return a == NEVER ? ALWAYS : a == ALWAYS ? NEVER : PERHAPS;
	b = outcome(c, l, e->b);
	if (a == decides || b == decides)
		return decides;
	return a == PERHAPS || b == PERHAPS ? PERHAPS : a;
}

static enum outcome
of_expr(struct checker *c, struct look *l, const struct ir_expr *e)
{
	const struct ir_schema_header *h;

	if (e->op == IR_CONST)
		return e->value ? ALWAYS : NEVER;
	if (e->type.kind != IR_BOOL)
		return PERHAPS;
	if (e->op == IR_NOT || e->op == IR_AND || e->op == IR_OR)
		return combined(c, l, e);
	h = find_missing(c, e);
	if (h) {
		l->missing = h;
		return NEVER;
	}
	if (e->a && e->a == e->b && (e->op == IR_NE || e->op == IR_LT || e->op == IR_GT))
		return NEVER;
	return PERHAPS;
}

static enum outcome
outcome(struct checker *c, struct look *l, const struct ir_expr *e)
{
	if (!l->known[e->id])
		l->known[e->id] = of_expr(c, l, e) + 1;
	return l->known[e->id] - 1;
}

void
query_warn_filter(struct checker *c, const struct ir_expr *e, struct span at)
{
	struct look l = { .schema = c->schema,
			  .known = arena_array(c->arena, enum outcome, e->id + 1) };
	enum outcome o = outcome(c, &l, e);

	if (o == ALWAYS)
		diag_warn(c->d, at, "this filter always holds");
	else if (o == NEVER && l.missing)
		diag_warn(c->d, at,
			  "this filter never holds: the parser never extracts header '%.*s'",
			  STRA(l.missing->path));
	else if (o == NEVER)
		diag_warn(c->d, at, "this filter never holds");
}

void
query_warn_key(struct checker *c, const struct ir_expr *e, struct span at)
{
	const struct ir_schema_header *h = find_missing(c, e);

	if (h)
		diag_warn(
			c->d, at,
			"no packet reaches this operator: the parser never extracts header '%.*s'",
			STRA(h->path));
}
