/* check_packet.c - what the methods of packet_in and packet_out ask of their type argument. */
#include "p4/checker.h"

static bool
is_packet_part(const struct p4_type *t)
{
	if (t->kind == P4_TY_STACK)
		return is_packet_part(t->elem);
	if (t->kind == P4_TY_STRUCT || t->kind == P4_TY_TUPLE) {
		uint32_t n = t->kind == P4_TY_STRUCT ? t->nfields : t->nargs;
		for (uint32_t i = 0; i < n; i++)
			if (!is_packet_part(t->kind == P4_TY_STRUCT ? t->fields[i].type
								    : t->args[i]))
				return false;
		return true;
	}
	return t->kind == P4_TY_HEADER || t->kind == P4_TY_UNION || t->kind == P4_TY_VAR ||
	       p4_is_bad(t);
}

static uint32_t
count_varbits(const struct p4_type *t)
{
	uint32_t n = t->kind == P4_TY_VARBIT;

	for (uint32_t i = 0; i < t->nfields; i++)
		n += count_varbits(t->fields[i].type);
	return n;
}

void
p4_check_packet_call(struct check *c, const struct p4_node *n, const struct p4_node *owner)
{
	struct str name = n->u.call.target->name;
	const struct p4_type *t = n->u.call.nbound == 1 ? n->u.call.bound[0] : NULL;
	uint32_t varbits;

	if (!t || p4_is_bad(t) || t->kind == P4_TY_VAR || t->kind == P4_TY_DONTCARE)
		return;
	varbits = count_varbits(t);
	if (str_is(owner->name, "packet_in") && str_is(name, "extract")) {
		if (t->kind != P4_TY_HEADER)
			diag_error(c->d, n->u.call.args.v[0]->at, "extract needs a header, not %s",
				   p4_tt(c, t));
		else if (n->u.call.nordered == 2 && varbits != 1)
			diag_error(c->d, n->u.call.args.v[0]->at,
				   "extract with a length needs a header with one varbit field; %s "
				   "has %u",
				   p4_tt(c, t), varbits);
		else if (n->u.call.nordered == 1 && varbits)
			diag_error(c->d, n->at,
				   "%s has a varbit field: extract needs its length as second "
				   "argument",
				   p4_tt(c, t));
	} else if (str_is(owner->name, "packet_in") && str_is(name, "lookahead")) {
		bool sized = true;
		p4_size_bits(t, true, &sized);
		if (varbits || !sized)
			diag_error(c->d, n->at, "lookahead needs a type of fixed size, not %s",
				   p4_tt(c, t));
	} else if (str_is(owner->name, "packet_out") && str_is(name, "emit") &&
		   !is_packet_part(t)) {
		diag_error(c->d, n->u.call.args.n ? n->u.call.args.v[0]->at : n->at,
			   "emit needs a header, a stack or union, or a struct of them, not %s",
			   p4_tt(c, t));
	}
}
