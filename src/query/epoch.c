/* How long the epochs of a query are: window, lost and join may say so, here or in the query it
 * begins with. */
#include "base/units.h"
#include "query/check.h"

#define LONGEST_EPOCH 86400000000000 /* ns: a day */

bool
query_duration(struct checker *c, struct tree *t, bool plain_ms, struct epoch *ret)
{
	struct term v = query_term(c, NULL, t);
	ir_i128 ns = v.value;

	if (v.kind == TERM_ERROR)
		return false;
	if (v.kind == TERM_INT && plain_ms && ns < LONGEST_EPOCH)
		ns *= 1000000;
	else if (v.kind != TERM_TIME && !(v.kind == TERM_INT && (plain_ms || !ns))) {
		diag_error(c->d, t->at, "a duration is expected here, not %.*s",
			   STRA(query_describe(c, v)));
		if (v.kind == TERM_INT)
			diag_hint(c->d, "a duration is written with its unit: 20us, 5ms, 1s");
		return false;
	}
	if (ns <= 0 || ns > LONGEST_EPOCH) {
		diag_error(c->d, t->at,
			   ns > 0 ? "an epoch is at most a day (24h) long"
				  : "an epoch must be longer than 0");
		return false;
	}
	*ret = (struct epoch){ (uint64_t)ns, t->at };
	return true;
}

bool
query_same_epoch(struct checker *c, struct epoch a, struct epoch b)
{
	struct epoch first = a.at.begin <= b.at.begin ? a : b,
		     second = a.at.begin <= b.at.begin ? b : a;

	if (!a.ns || !b.ns || a.ns == b.ns)
		return true;
	diag_error(c->d, second.at, "this epoch of %.*s contradicts another one of %.*s",
		   STRA(units_duration_text(c->arena, second.ns)),
		   STRA(units_duration_text(c->arena, first.ns)));
	diag_note(c->d, first.at, "the other one");
	return false;
}

static struct tree *
find_arg(const struct tree_op *op, const char *name, const char *other, uint32_t position)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < op->args.n; i++) {
		const struct tree_arg *arg = &op->args.v[i];

		if (str_is(arg->name, name) || str_is(arg->name, other))
			return arg->value;
		if (!arg->name.n && at++ == position)
			return arg->value;
	}
	return NULL;
}

/* A first epoch stays; a second one must be the same. */
static void
merge_epoch(struct checker *c, struct epoch *into, struct epoch more)
{
	if (!into->ns)
		*into = more;
	else
		query_same_epoch(c, *into, more);
}

static void
op_epoch(struct checker *c, const struct tree_op *op, struct epoch *into)
{
	struct epoch e = { .ns = 0 };
	struct tree *t = NULL;
	bool plain_ms = true;

	if (str_is(op->name, "window")) {
		t = find_arg(op, "duration", "duration", 0);
		plain_ms = false;
	} else if (str_is(op->name, "lost")) {
		t = find_arg(op, "epoch_ms", "epoch", 1);
	} else if (str_is(op->name, "join")) {
		t = find_arg(op, "epoch_ms", "epoch", UINT32_MAX);
	}
	if (t && query_duration(c, t, plain_ms, &e))
		merge_epoch(c, into, e);
	if (str_is(op->name, "join") && (t = find_arg(op, "query", "query", 0)))
		merge_epoch(c, into, query_epoch(c, t));
}

/* The epoch that a query, its base or the other sides of its joins state; ns 0: none does. */
struct epoch
query_epoch(struct checker *c, struct tree *t)
{
	struct epoch e = { .ns = 0 };
	struct def *def;

	if (c->depth >= QUERY_CHECK_DEPTH)
		return e;
	c->depth++;
	if (t->kind == TREE_CHAIN) {
		e = query_epoch(c, t->a);
		for (uint32_t i = 0; i < t->ops.n; i++)
			op_epoch(c, &t->ops.v[i], &e);
	} else if (t->kind == TREE_PATH) {
		def = query_def(c, t->text);
		if (def && !def->tree->is_param)
			e = query_def_epoch(c, def);
	}
	c->depth--;
	return e;
}

uint64_t
query_window(struct checker *c, struct epoch e)
{
	uint64_t tick = c->schema->tick_ns ? c->schema->tick_ns : 1;
	uint64_t ns = ((e.ns ? e.ns : QUERY_DEFAULT_WINDOW) + tick - 1) / tick * tick;

	if (!e.ns)
		return ns;

	if (ns != e.ns)
		diag_warn(c->d, e.at,
			  "the clock of the switch goes in steps of %.*s: this epoch becomes %.*s",
			  STRA(units_duration_text(c->arena, tick)),
			  STRA(units_duration_text(c->arena, ns)));
	return ns;
}
