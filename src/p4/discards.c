#include "p4/discards.h"

#include <ctype.h>

struct walk {
	struct arena *a;
	struct diags *d;
	const struct p4_program *p;
	struct discards *ret;
	const struct p4_inst *top, *inst;
	bool egress;
	/* When an action's body is walked: whether it drops, and which class its conditions tell. */
	bool in_action, marks;
	enum discard told;
};

static void walk_stmt(struct walk *w, const struct p4_node *n, enum discard hint);

/* --- what names tell ---------------------------------------------------------------------------------------------- */

static bool
has(struct str name, const char *part)
{
	uint32_t n = (uint32_t)strlen(part);

	for (uint32_t i = 0; i + n <= name.n; i++) {
		uint32_t k = 0;

		while (k < n && tolower((unsigned char)name.p[i + k]) == part[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

struct word {
	const char *part;
	enum discard discard;
};

static enum discard
of_words(const struct word *words, uint32_t n, struct str name)
{
	for (uint32_t i = 0; i < n; i++)
		if (has(name, words[i].part))
			return words[i].discard;
	return DISCARD_NONE;
}

#define OF_WORDS(words, name) of_words(words, sizeof(words) / sizeof(words[0]), name)

/* A field or variable that a condition tests. */
static enum discard
of_field(struct str name)
{
	static const struct word words[] = {
		{ "ttl", DISCARD_TTL_EXPIRED }, { "hoplim", DISCARD_TTL_EXPIRED }, { "hop_lim", DISCARD_TTL_EXPIRED },
		{ "checksum_error", DISCARD_CHECKSUM_ERROR }, { "parser_error", DISCARD_INVALID_PACKET },
		{ "color", DISCARD_POLICER }, { "colour", DISCARD_POLICER }, { "meter", DISCARD_POLICER },
		{ "mtu", DISCARD_MTU_EXCEEDED }, { "packet_length", DISCARD_MTU_EXCEEDED },
		{ "rpf", DISCARD_RPF }, { "ihl", DISCARD_INVALID_PACKET }, { "version", DISCARD_INVALID_PACKET },
	};

	return OF_WORDS(words, name);
}

static enum discard
of_missing_header(struct str name)
{
	static const struct word words[] = {
		{ "eth", DISCARD_INVALID_FRAME }, { "vlan", DISCARD_INVALID_VLAN }, { "mpls", DISCARD_INVALID_LABEL },
	};
	enum discard c = OF_WORDS(words, name);

	return c ? c : DISCARD_INVALID_PACKET;
}

/* --- what tables tell ------------------------------------------------------------------------------------------------ */

/* What an entry's drop is, and the default action's. */
struct table_class {
	enum discard entry, missed;
};

static bool
is_layer_2(const struct p4_node *key)
{
	const struct p4_node *object = key->kind == P4_MEMBER ? key->u.member.object : NULL;

	if (has(key->name, "ingress_port"))
		return true;
	return object && (has(object->name, "eth") || has(object->name, "vlan"));
}

/* A table that finds the way: by prefix, or by exact destination. */
static bool
is_routing(const struct p4_node *t)
{
	const struct p4_list *keys = &t->u.table.keys;

	for (uint32_t i = 0; i < keys->n; i++)
		if (keys->v[i]->u.key.match && str_is(keys->v[i]->u.key.match->name, "lpm"))
			return true;
	return keys->n == 1 && has(keys->v[0]->u.key.expr->name, "dst") && !is_layer_2(keys->v[0]->u.key.expr) &&
	       keys->v[0]->u.key.match && str_is(keys->v[0]->u.key.match->name, "exact");
}

static struct table_class
class_of_table(const struct p4_node *t)
{
	static const struct word names[] = {
		{ "rpf", DISCARD_RPF }, { "ddos", DISCARD_DOS }, { "meter", DISCARD_POLICER }, { "policer", DISCARD_POLICER },
	};
	static const struct word rules[] = {
		{ "acl", DISCARD_L3_ACL }, { "filter", DISCARD_L3_ACL }, { "firewall", DISCARD_L3_ACL }, { "block", DISCARD_L3_ACL },
	};
	static const struct word neighbors[] = {
		{ "arp", DISCARD_NO_NEIGHBOR }, { "neigh", DISCARD_NO_NEIGHBOR }, { "nexthop", DISCARD_NO_NEIGHBOR },
		{ "next_hop", DISCARD_NO_NEIGHBOR }, { "adjac", DISCARD_NO_NEIGHBOR },
	};
	enum discard c = OF_WORDS(names, t->name), acl = DISCARD_L2_ACL;

	for (uint32_t i = 0; i < t->u.table.keys.n; i++) {
		const struct p4_node *key = t->u.table.keys.v[i]->u.key.expr;

		c = c ? c : of_field(key->name);
		if (!is_layer_2(key))
			acl = DISCARD_L3_ACL;
	}
	if (c)
		return (struct table_class){ c, c };
	if (OF_WORDS(rules, t->name))
		return (struct table_class){ acl, acl };
	if (OF_WORDS(neighbors, t->name))
		return (struct table_class){ acl, DISCARD_NO_NEIGHBOR };
	if (is_routing(t))
		return (struct table_class){ DISCARD_NULL_ROUTE, DISCARD_NO_ROUTE };
	if (has(t->name, "vlan"))
		return (struct table_class){ acl, DISCARD_INVALID_VLAN };
	return (struct table_class){ acl, acl };
}

/* --- what conditions tell ---------------------------------------------------------------------------------------------- */

/* Of two hints the one that says more: a header that is missing is often tested beside what is really meant. */
static enum discard
better(enum discard a, enum discard b)
{
	if (!a || !b)
		return a ? a : b;
	return a == DISCARD_INVALID_PACKET || a == DISCARD_INVALID_FRAME ? b : a;
}

/* The class of a packet for which the condition is (not) true. */
static enum discard
of_condition(const struct p4_node *n, bool is_true)
{
	if (n->kind == P4_UNARY)
		return of_condition(n->u.unary.a, n->u.unary.op == P4_NOT ? !is_true : is_true);
	if (n->kind == P4_BINARY)
		return better(of_condition(n->u.binary.a, is_true), of_condition(n->u.binary.b, is_true));
	if (n->kind == P4_CAST)
		return of_condition(n->u.cast.a, is_true);
	if (n->kind == P4_SLICE)
		return of_condition(n->u.slice.object, is_true);
	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_IS_VALID && n->u.call.object)
		return is_true ? DISCARD_NONE : of_missing_header(n->u.call.object->name);
	if (n->kind == P4_MEMBER && n->u.member.object->kind == P4_CALL && n->u.member.object->u.call.target &&
	    n->u.member.object->u.call.what == P4_CALL_TABLE_APPLY) {
		struct table_class c = class_of_table(n->u.member.object->u.call.target);

		return (n->u.member.what == P4_MEMBER_HIT) == is_true ? c.entry : c.missed;
	}
	if (n->kind == P4_MEMBER || n->kind == P4_NAME)
		return of_field(n->name);
	return DISCARD_NONE;
}

/* --- annotations ---------------------------------------------------------------------------------------------------------- */

static enum discard
stated(struct walk *w, const struct p4_node *n)
{
	const struct p4_node *a = p4_annotation(n, "discard");
	struct str paths[DISCARD_CLASSES];
	struct str text;
	enum discard c;

	if (!a)
		return DISCARD_NONE;
	text = str_trim(a->u.annotation.body); /* P4 leaves the arguments of unknown annotations as text */
	if (text.n < 2 || text.p[0] != '"' || text.p[text.n - 1] != '"') {
		diag_error(w->d, a->at, "@discard wants a class of the discard model, as in @discard(\"policy/l3/acl\")");
		return DISCARD_NONE;
	}
	text = str_sub(text, 1, text.n - 1);
	c = discard_from_path(text);
	if (!c) {
		diag_error(w->d, a->at, "\"%.*s\" is no class of the discard model", STRA(text));
		discard_paths(paths);
		diag_nearest(w->d, text, paths, DISCARD_CLASSES - 1);
	}
	return c;
}

/* --- walking ---------------------------------------------------------------------------------------------------------------- */

static void
put(struct walk *w, struct str reason, enum discard c)
{
	if (!map_has(&w->ret->classes, reason))
		discards_put(w->ret, reason, c, w->egress);
}

static struct str
last_part(struct str name)
{
	int64_t dot = str_rfind(name, '.');

	return dot < 0 ? name : str_sub(name, (uint32_t)dot + 1, name.n);
}

static void
mark(struct walk *w, const struct p4_node *call, enum discard hint)
{
	struct place place = { 0 };
	enum discard c = stated(w, w->top->decl);

	if (w->in_action) {
		if (!w->marks)
			w->told = hint;
		w->marks = true;
		return;
	}
	c = c ? c : hint;
	source_place(diags_sources(w->p->diags), call->at.begin, &place);
	put(w, str_fmt(w->a, "%.*s/mark_to_drop@%u", STRA(w->top->path), place.line), c ? c : DISCARD_L3_ACL);
}

/* Does the action drop, and why, as far as its own conditions tell? */
static bool
look_into(struct walk *w, const struct p4_node *action, enum discard *ret_told)
{
	struct walk inner = *w;
	enum discard c = stated(w, action);

	inner.in_action = true;
	inner.marks = false;
	inner.told = DISCARD_NONE;
	if (action->u.func.body)
		walk_stmt(&inner, action->u.func.body, DISCARD_NONE);
	*ret_told = c ? c : inner.told;
	return inner.marks;
}

static void
walk_call(struct walk *w, const struct p4_node *call, enum discard hint)
{
	const struct p4_node *target = call->u.call.target;
	enum discard told;

	if (!target)
		return;
	if (call->u.call.what == P4_CALL_EXTERN && str_is(target->name, "mark_to_drop"))
		mark(w, call, hint);
	if (call->u.call.what == P4_CALL_FUNCTION && target->u.func.body)
		walk_stmt(w, target->u.func.body, hint);
	if (call->u.call.what != P4_CALL_ACTION || !look_into(w, target, &told))
		return;
	told = told ? told : hint;
	if (w->in_action)
		mark(w, call, told);
	else
		put(w, str_fmt(w->a, "%.*s/%.*s", STRA(w->top->path), STRA(last_part(p4_control_name(w->a, w->inst, target)))),
		    told ? told : DISCARD_L3_ACL);
}

static void
walk_list(struct walk *w, const struct p4_list *l, enum discard hint)
{
	for (uint32_t i = 0; i < l->n; i++)
		walk_stmt(w, l->v[i], hint);
}

static enum discard
or_hint(enum discard told, enum discard hint)
{
	return told ? told : hint;
}

static void
walk_stmt(struct walk *w, const struct p4_node *n, enum discard hint)
{
	switch ((int)n->kind) { /* statements that hold others */
	case P4_BLOCK:
		walk_list(w, &n->u.block.stmts, hint);
		break;
	case P4_CALL_STMT:
		walk_call(w, n->u.call_stmt.call, hint);
		break;
	case P4_IF:
		walk_stmt(w, n->u.if_.then, or_hint(of_condition(n->u.if_.cond, true), hint));
		if (n->u.if_.otherwise)
			walk_stmt(w, n->u.if_.otherwise, or_hint(of_condition(n->u.if_.cond, false), hint));
		break;
	case P4_SWITCH:
		for (uint32_t i = 0; i < n->u.switch_.cases.n; i++)
			if (n->u.switch_.cases.v[i]->u.case_.body)
				walk_stmt(w, n->u.switch_.cases.v[i]->u.case_.body,
					  or_hint(of_condition(n->u.switch_.expr, true), hint));
		break;
	case P4_FOR:
		walk_stmt(w, n->u.for_.body, hint);
		break;
	case P4_FOR_IN:
		walk_stmt(w, n->u.for_in.body, hint);
		break;
	}
}

static void
walk_table(struct walk *w, const struct p4_node *t)
{
	struct str name = p4_control_name(w->a, w->inst, t);
	struct table_class c = class_of_table(t);
	enum discard said = stated(w, t), told;

	if (name.n && name.p[0] == '.')
		name = str_sub(name, 1, name.n);
	for (uint32_t i = 0; i < t->u.table.actions.n; i++) {
		const struct p4_node *action = t->u.table.actions.v[i]->u.action_ref.decl;
		struct str text;

		if (!action || !look_into(w, action, &told))
			continue;
		told = told ? told : said;
		text = str_fmt(w->a, "%.*s/%.*s", STRA(name), STRA(last_part(p4_control_name(w->a, w->inst, action))));
		put(w, text, told ? told : c.entry);
		put(w, str_fmt(w->a, "%.*s#default", STRA(text)), told ? told : c.missed);
	}
}

static void
walk_control(struct walk *w, const struct p4_inst *inst)
{
	const struct p4_inst *outer = w->inst;

	w->inst = inst;
	if (inst->decl->kind == P4_CONTROL && inst->decl->u.block_decl.body)
		walk_stmt(w, inst->decl->u.block_decl.body, DISCARD_NONE);
	for (uint32_t i = 0; i < inst->tables.n; i++)
		walk_table(w, inst->tables.v[i]);
	for (uint32_t i = 0; i < inst->children.n; i++)
		if (inst->children.v[i]->decl->kind == P4_CONTROL)
			walk_control(w, inst->children.v[i]);
	w->inst = outer;
}

void
p4_discards(struct arena *a, struct diags *d, const struct p4_program *p, struct discards *ret)
{
	const struct p4_inst *tops[] = { p->v1.ingress, p->v1.egress };

	for (int i = 0; i < 2; i++) {
		struct walk w = { .a = a, .d = d, .p = p, .ret = ret, .top = tops[i], .inst = tops[i], .egress = i == 1 };

		if (!tops[i])
			continue;
		put(&w, str_fmt(a, "%.*s/egress_spec", STRA(tops[i]->path)), DISCARD_L3_ACL);
		walk_control(&w, tops[i]);
	}
}
