/* check_entries.c - the entries that a table is declared with: keys, priorities, actions. */
#include "p4/checker.h"

static bool
is_any(const struct p4_node *n)
{
	return n->kind == P4_DEFAULT || n->kind == P4_DONTCARE;
}

/* Ones, then zeros. */
static bool
is_prefix_mask(struct check *c, struct big mask, uint32_t width)
{
	struct big m = big_wrap_unsigned(c->a, mask, width);
	struct big low = big_sub(c->a, big_pow2(c->a, width), m); /* 2^k when it is a prefix */

	return big_is_zero(m) ||
	       big_is_zero(big_and(c->a, low, big_sub(c->a, low, big_from_u64(c->a, 1))));
}

static void
check_entry_kind(struct check *c, const struct p4_node *key, const struct p4_node *k)
{
	struct str kind = key->u.key.match ? key->u.key.match->name : STR("exact");
	const char *wrong = NULL;

	if (str_is(kind, "exact") && (k->kind == P4_MASK || k->kind == P4_RANGE))
		wrong = "one value";
	else if (str_is(kind, "exact") && is_any(k))
		wrong = "one value; `_` can't be stored";
	else if (str_is(kind, "lpm") && k->kind == P4_RANGE)
		wrong = "a value and a prefix mask (&&&)";
	else if (str_is(kind, "ternary") && k->kind == P4_RANGE)
		wrong = "a value and a mask (&&&)";
	else if (str_is(kind, "range") && k->kind == P4_MASK)
		wrong = "a range (..)";
	else if (str_is(kind, "optional") && (k->kind == P4_MASK || k->kind == P4_RANGE))
		wrong = "one value or `_`";
	if (wrong) {
		diag_error(c->d, k->at, "a key matched as %.*s takes %s", STRA(kind), wrong);
		diag_note(c->d, key->at, "the key is declared here");
		return;
	}
	if (str_is(kind, "lpm") && k->kind == P4_MASK && k->u.pair.b->is_const &&
	    !is_prefix_mask(c, k->u.pair.b->value->i, p4_type_bits(key->type)))
		diag_error(c->d, k->u.pair.b->at,
			   "the mask of an lpm key must be a prefix: ones, then zeros");
}

static void
check_entry_const(struct check *c, const struct p4_node *k)
{
	if (k->kind == P4_MASK || k->kind == P4_RANGE) {
		check_entry_const(c, k->u.pair.a);
		check_entry_const(c, k->u.pair.b);
	} else if (!is_any(k) && k->type && !p4_is_bad(k->type) && !p4_compile_time(c, k)) {
		diag_error(c->d, k->at, "the key of an entry must be a constant");
	}
}

static void
check_priority(struct check *c, struct p4_node *table, struct p4_node *e)
{
	struct p4_node **slot = &e->u.entry.priority;
	struct p4_type *t;

	if (!*slot)
		return;
	if (table->u.table.const_entries)
		diag_error(c->d, (*slot)->at,
			   "const entries have no priorities: their order decides");
	t = p4_check_expr(c, slot);
	if (p4_is_bad(t))
		return;
	if ((t->kind != P4_TY_INT && t->kind != P4_TY_BIT) || !(*slot)->is_const ||
	    (*slot)->value->i.neg)
		diag_error(c->d, (*slot)->at,
			   "a priority must be a constant number that is not negative");
}

static void
check_entry(struct check *c, struct p4_node *table, struct p4_node *e)
{
	struct p4_list *keys = &e->u.entry.keys, *want = &table->u.table.keys;

	check_priority(c, table, e);
	p4_check_bound(c, table, e->u.entry.action, "defaultonly");
	if (keys->n == 1 && want->n != 1 && is_any(keys->v[0])) {
		keys->v[0]->type = c->dontcare;
		for (uint32_t i = 0; i < want->n; i++)
			check_entry_kind(c, want->v[i], keys->v[0]);
		return;
	}
	if (keys->n == 1 && keys->v[0]->kind == P4_LIST_EXPR)
		*keys = keys->v[0]->u.list.items;
	if (keys->n != want->n) {
		diag_error(c->d, e->at, "the table has %u key%s, but this entry has %u", want->n,
			   want->n == 1 ? "" : "s", keys->n);
		diag_note(c->d, p4_where(table), "declared here");
		return;
	}
	for (uint32_t i = 0; i < keys->n; i++) {
		if (!want->v[i]->type || p4_is_bad(want->v[i]->type))
			continue;
		p4_check_keyset(c, &keys->v[i], want->v[i]->type, "the key");
		check_entry_kind(c, want->v[i], keys->v[i]);
		check_entry_const(c, keys->v[i]);
	}
}

/* Two entries of a table that matches exactly can't have the same keys. */
static void
check_duplicates(struct check *c, const struct p4_node *table)
{
	struct map seen;

	map_init(&seen, c->a);
	for (uint32_t i = 0; i < table->u.table.keys.n; i++) {
		const struct p4_node *match = table->u.table.keys.v[i]->u.key.match;
		if (!match || !str_is(match->name, "exact"))
			return;
	}
	for (uint32_t i = 0; i < table->u.table.entries.n; i++) {
		const struct p4_list *keys = &table->u.table.entries.v[i]->u.entry.keys;
		struct str text = STR_NONE;
		struct p4_node *first;
		for (uint32_t k = 0; k < keys->n; k++) {
			const struct p4_node *n = keys->v[k];
			if (!n->is_const)
				return;
			struct str one = n->value->kind == P4_V_BOOL
						 ? str_fmt(c->a, "%d", n->value->b)
						 : big_text(c->a, n->value->i, 16);
			text = str_fmt(c->a, "%.*s,%.*s", STRA(text), STRA(one));
		}
		first = map_put(&seen, text, table->u.table.entries.v[i]);
		if (first) {
			diag_error(c->d, table->u.table.entries.v[i]->at,
				   "another entry has the same keys");
			diag_note(c->d, first->at, "it is here");
		}
	}
}

static bool
has_priorities(const struct p4_node *table)
{
	static const char *const kinds[] = { "ternary", "range", "optional" };

	for (uint32_t i = 0; i < table->u.table.keys.n; i++) {
		const struct p4_node *match = table->u.table.keys.v[i]->u.key.match;
		for (size_t k = 0; match && k < sizeof(kinds) / sizeof(kinds[0]); k++)
			if (str_is(match->name, kinds[k]))
				return true;
		if (!match || (!str_is(match->name, "exact") && !str_is(match->name, "lpm")))
			return true; /* a target's own kind */
	}
	return false;
}

/* An entry without a priority goes on from the one before, so the first needs one when any has. */
static void
check_priorities(struct check *c, const struct p4_node *table)
{
	const struct p4_list *entries = &table->u.table.entries;
	const struct p4_node *first = NULL;

	for (uint32_t i = 0; !first && i < entries->n; i++)
		first = entries->v[i]->u.entry.priority;
	if (!first || table->u.table.const_entries)
		return;
	if (!has_priorities(table))
		diag_error(c->d, first->at, "the matches of this table need no priorities");
	else if (!entries->v[0]->u.entry.priority) {
		diag_error(c->d, entries->v[0]->at, "the first entry has no priority, but another one has");
		diag_note(c->d, first->at, "it is here");
	}
}

void
p4_check_entries(struct check *c, struct p4_node *table)
{
	struct p4_list *entries = &table->u.table.entries;

	if (!table->u.table.has_entries)
		return;
	if (!table->u.table.keys.n && entries->n) {
		diag_error(c->d, p4_where(table), "a table without keys can't have entries");
		diag_note(c->d, entries->v[0]->at, "the first one is here");
		return;
	}
	for (uint32_t i = 0; i < entries->n; i++)
		check_entry(c, table, entries->v[i]);
	check_priorities(c, table);
	check_duplicates(c, table);
}

static const struct p4_node *
property_value(const struct p4_node *table, const char *name)
{
	for (uint32_t i = 0; i < table->u.table.properties.n; i++)
		if (str_is(table->u.table.properties.v[i]->name, name))
			return table->u.table.properties.v[i]->u.property.value;
	return NULL;
}

/* Where the largest priority wins, those that are not written out go down, but not below 0. */
void
p4_check_computed_priorities(struct check *c, const struct p4_node *table)
{
	const struct p4_node *delta = property_value(table, "priority_delta"), *largest = property_value(table, "largest_priority_wins");
	struct big step = delta && delta->is_const ? delta->value->i : big_from_u64(c->a, 1), p = big_from_u64(c->a, 0);
	const struct p4_list *entries = &table->u.table.entries;

	if (table->u.table.const_entries || !entries->n || !entries->v[0]->u.entry.priority ||
	    (largest && largest->is_const && !largest->value->b))
		return;
	for (uint32_t i = 0; i < entries->n; i++) {
		const struct p4_node *own = entries->v[i]->u.entry.priority;
		if (own && !own->is_const)
			return;
		p = own ? own->value->i : big_sub(c->a, p, step);
		if (!p.neg)
			continue;
		diag_error(c->d, p4_where(table), "an entry's priority would be %s", str_cstr(c->a, big_text(c->a, p, 10)));
		diag_note(c->d, entries->v[i]->at, "it is this one");
		return;
	}
}
