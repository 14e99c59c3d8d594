/* site.c - drop reasons: numbers for the places that mark, and the codes that actions get from
 * where they are run. */
#include "weave/mark.h"

uint32_t
weave_find_site(const struct weaver *w, struct str text)
{
	vec_each (s, &w->m->sites)
		if (str_eq(s->text, text))
			return s->site;
	return 0;
}

uint32_t
weave_site(struct weaver *w, struct str text)
{
	const struct discards *discards = w->plan->program->discards;
	uint32_t site = weave_find_site(w, text);

	if (site)
		return site;
	site = w->m->sites.n + 1;
	if (site == 4096)
		diag_error(w->d, w->tree->at,
			   "more than 4095 places in the program drop packets: too many for "
			   "drop.reason");
	vec_push(w->a, &w->m->sites,
		 (struct manifest_site){ site & 0xfff, text, discards_class(discards, text, false),
					 discards_class(discards, str_fmt(w->a, "%.*s#default", STRA(text)), false) });
	return site & 0xfff;
}

/* The last part of a control-plane name. */
static struct str
last_part(struct str name)
{
	int64_t dot = str_rfind(name, '.');

	return dot < 0 ? name : str_sub(name, (uint32_t)dot + 1, name.n);
}

uint32_t
mark_site_of_action(struct marker *k, struct str where, const struct p4_node *action)
{
	struct str name = p4_control_name(k->w->a, k->inst, action);

	return weave_site(k->w, str_fmt(k->w->a, "%.*s/%.*s", STRA(where), STRA(last_part(name))));
}

uint32_t
mark_site_of_line(struct marker *k, struct span at)
{
	struct place place = { 0 };

	source_place(diags_sources(k->w->d), at.begin, &place);
	return weave_site(k->w, str_fmt(k->w->a, "%.*s/mark_to_drop@%u", STRA(k->role->inst->path),
					place.line));
}

void
mark_add_arg(struct weaver *w, struct p4_list *args, struct str name, struct p4_node *expr)
{
	struct p4_node *arg = tree_arg(w->a, expr);

	vec_each (other, args)
		if ((*other)->name.n)
			arg->name = name;
	vec_push(w->a, args, arg);
}

static struct p4_node *
code_expr(struct weaver *w, uint32_t code)
{
	struct str text = str_fmt(w->a, "32w0x%08x", code);

	return p4_parse_expr(w->a, w->d, STR("woven code"), text);
}

/* --- tables ------------------------------------------------------------------------------------
 */

static void
add_code(struct marker *k, struct p4_node *ref, uint32_t code)
{
	mark_add_arg(k->w, &ref->u.action_ref.args, k->w->n.why, code_expr(k->w, code));
	ref->u.action_ref.has_args = true;
}

/* What the program itself states gets its code here; what the control plane adds gets it from the
 * loader. */
static void
code_table(struct marker *k, struct p4_node *table)
{
	struct weaver *w = k->w;
	struct str name = p4_control_name(w->a, k->inst, table);
	struct p4_node *def = table->u.table.default_action;

	vec_each (ref, &table->u.table.actions) {
		struct p4_node *action = (*ref)->u.action_ref.decl;
		uint32_t site;

		if (!(effects_of(w, action) & EFFECT_MARK))
			continue;
		site = mark_site_of_action(k, name, action);
		vec_push(w->a, &w->m->extras,
			 (struct manifest_extra){ name, p4_control_name(w->a, k->inst, action),
						  w->n.why, site << 20 });
		if (def && def->u.action_ref.decl == action)
			add_code(k, def, site << 20 | 0xfffff);
		for (uint32_t i = 0; i < table->u.table.entries.n; i++) {
			struct p4_node *entry = table->u.table.entries.v[i]->u.entry.action;

			if (entry->u.action_ref.decl == action)
				add_code(k, entry, site << 20 | (i + 1));
		}
	}
}

static void
add_param(struct weaver *w, struct p4_node *action)
{
	struct p4_list made = { 0 };
	struct str text = str_fmt(w->a, "action a(bit<32> %.*s) { }", STRA(w->n.why));

	if (!p4_parse_locals(w->a, w->d, STR("woven code"), text, &made))
		bug("no parameter");
	vec_push(w->a, &action->u.func.params, made.v[0]->u.func.params.v[0]);
}

void
mark_reasons(struct marker *k)
{
	struct p4_list *locals = &k->inst->decl->u.block_decl.locals;

	vec_each (l, locals)
		if ((*l)->kind == P4_ACTION && (effects_of(k->w, *l) & EFFECT_MARK))
			add_param(k->w, *l);
	vec_each (l, locals)
		if ((*l)->kind == P4_TABLE)
			code_table(k, *l);
}

void
mark_call_action(struct marker *k, struct p4_node *call)
{
	struct p4_node *action = call->u.call.target;
	struct p4_node *why;

	if (!k->role->reason || !(effects_of(k->w, action) & EFFECT_MARK))
		return;
	why = k->action
		      ? tree_name(k->w->a, k->w->n.why)
		      : code_expr(k->w, mark_site_of_action(k, k->role->inst->path, action) << 20);
	mark_add_arg(k->w, &call->u.call.args, k->w->n.why, why);
}

/* --- actions that tables run and that are also called ------------------------------------------- */

struct called {
	struct marker *k;
	struct tree_map copies; /* action -> its copy for calls */
	struct p4_list made;
};

static bool
is_in_table(const struct p4_list *locals, const struct p4_node *action)
{
	vec_each (l, locals) {
		if ((*l)->kind != P4_TABLE)
			continue;
		vec_each (ref, &(*l)->u.table.actions)
			if ((*ref)->u.action_ref.decl == action)
				return true;
	}
	return false;
}

static void
drop_name(struct weaver *w, struct p4_node *action)
{
	struct p4_list kept = { 0 };

	vec_each (a, &action->annotations)
		if (!str_is((*a)->name, "name"))
			vec_push(w->a, &kept, *a);
	action->annotations = kept;
}

static struct p4_node *
copy_for_calls(struct called *c, struct p4_node *action)
{
	struct weaver *w = c->k->w;
	struct p4_node *copy;

	vec_each (pair, &c->copies.pairs)
		if (pair->from == action)
			return pair->to;
	copy = tree_copy(w->a, action, NULL);
	copy->name = weave_fresh(w, str_fmt(w->a, "%.*s_%.*s", STRA(w->n.prefix), STRA(action->name)));
	drop_name(w, copy);
	vec_push(w->a, &c->copies.pairs, (struct tree_pair){ action, copy });
	vec_push(w->a, &c->made, copy);
	discards_tell_as(w->plan->program->discards, str_fmt(w->a, "%.*s/%.*s", STRA(c->k->role->inst->path), STRA(copy->name)),
			 str_fmt(w->a, "%.*s/%.*s", STRA(c->k->role->inst->path),
				 STRA(last_part(p4_control_name(w->a, c->k->inst, action)))));
	return copy;
}

static bool
visit_called(void *user, struct p4_node **at)
{
	struct called *c = user;
	struct p4_node *n = *at, *action = n->kind == P4_CALL ? n->u.call.target : NULL;

	if (!action || n->u.call.what != P4_CALL_ACTION || n->u.call.callee->kind != P4_NAME ||
	    !(effects_of(c->k->w, action) & EFFECT_MARK) || !is_in_table(&c->k->inst->decl->u.block_decl.locals, action))
		return true;
	n->u.call.target = n->u.call.callee->u.ref.decl = copy_for_calls(c, action);
	n->u.call.callee->name = n->u.call.target->name;
	return true;
}

void
mark_part_actions(struct marker *k)
{
	struct p4_list *locals = &k->inst->decl->u.block_decl.locals;
	struct called c = { .k = k };

	tree_walk(&k->inst->decl->u.block_decl.body, visit_called, &c);
	weave_splice(k->w, locals, locals->n, &c.made);
}
