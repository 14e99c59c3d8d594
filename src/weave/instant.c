/* instant.c - what runs at each instant: the states that are decided there, then the tags that are
 * born there. */
#include "weave/weaver.h"

/* --- which queries an expression serves
 * ------------------------------------------------------------ */

static bool
contains(const struct ir_expr *e, const struct ir_expr *what, bool *seen)
{
	if (!e || seen[e->id])
		return false;
	seen[e->id] = true;
	return e == what || contains(e->a, what, seen) || contains(e->b, what, seen);
}

static bool
serves(const struct weaver *w, const struct plan_state *s, const struct ir_expr *what)
{
	bool *seen = arena_array(w->a, bool, w->plan->graph->exprs.n + 1);

	if (contains(s->guard, what, seen) || contains(s->absent, what, seen))
		return true;
	vec_each (k, &s->keys)
		if (contains(*k, what, seen))
			return true;
	vec_each (v, &s->values)
		if (contains(v->expr, what, seen))
			return true;
	vec_each (f, &s->packets)
		if (contains(f->expr, what, seen) || contains(f->presence, what, seen))
			return true;
	return false;
}

static struct str
query_text(struct weaver *w, const struct ir_query *q)
{
	return q->name.n ? q->name : str_fmt(w->a, "%u", q->index);
}

/* Those for which drop marks are followed. */
struct str
weave_mark_queries(struct weaver *w, const struct role *role)
{
	struct str all = STR_NONE;

	vec_each (s, &w->plan->states) {
		bool any = false;

		vec_each (t, &w->plan->tags)
			if (weave_is_at_mark(t, role))
				any |= serves(w, s, t->expr);
		if (any)
			all = str_fmt(w->a, "%.*s%s%.*s", STRA(all), all.n ? ", " : "query ",
				      STRA(query_text(w, s->query)));
	}
	return all;
}

static void
print_comment(struct weaver *w, FILE *out, const struct plan_tag *t)
{
	const char *sep = "// query ";

	if (t->kind == PLAN_TAG_ROW) {
		fprintf(out, "// query %.*s: the packet's row\n",
			STRA(query_text(w, w->plan->states.v[t->state].query)));
		return;
	}
	if (t->kind == PLAN_TAG_PAYLOAD) {
		fputs("// packet.len_out: bytes behind the headers\n", out);
		return;
	}
	vec_each (s, &w->plan->states)
		if (serves(w, s, t->expr)) {
			fprintf(out, "%s%.*s", sep, STRA(query_text(w, s->query)));
			sep = ", ";
		}
	fputs(": ", out);
	ir_expr_print(out, w->plan->graph, t->expr);
	fputc('\n', out);
}

/* --- tags
 * ------------------------------------------------------------------------------------------ */

/* Does a value that is read for the last time here share bits with one that is born here? */
static bool
shares(const struct weaver *w, enum ir_instant at)
{
	vec_each (t, &w->plan->tags)
		vec_each (o, &w->plan->tags)
			if (t->born == at && o->dies == at && t->slot == o->slot &&
			    t->lo < o->lo + o->width && o->lo < t->lo + t->width)
				return true;
	return false;
}

static struct str
local_name(struct weaver *w, const struct plan_tag *t)
{
	return str_fmt(w->a, "%.*s_tag%u", STRA(w->n.prefix), t->index);
}

static bool
is_born(const struct plan_tag *t, enum ir_instant at)
{
	return t->born == at && !t->at_mark;
}

static void
print_value(struct weaver *w, FILE *out, const struct plan_tag *t, enum ir_instant at)
{
	weave_tag_value(w, out, t, at);
	fputs(";\n", out);
}

static void
print_tags(struct weaver *w, enum ir_instant at)
{
	struct role *r = &w->roles[at >= IR_AT_DEQ];
	FILE *out = at == IR_AT_IN || at == IR_AT_DEQ ? r->pre.f : r->post.f;
	bool apart = shares(w, at);

	vec_each (t, &w->plan->tags) {
		if (!is_born(t, at) || t->kind == PLAN_TAG_ROW || !apart)
			continue;
		print_comment(w, out, t);
		fprintf(out, "bit<%u> %.*s = ", t->width, STRA(local_name(w, t)));
		print_value(w, out, t, at);
	}
	vec_each (t, &w->plan->tags) {
		if (!is_born(t, at))
			continue;
		r->any = true;
		if (!apart || t->kind == PLAN_TAG_ROW)
			print_comment(w, out, t);
		weave_tag(w, out, r->carrier, t);
		fputs(" = ", out);
		if (apart || t->kind == PLAN_TAG_ROW)
			fprintf(out, "%.*s;\n", STRA(local_name(w, t)));
		else
			print_value(w, out, t, at);
	}
}

/* --- packet.len_out
 * -------------------------------------------------------------------------------- */

static bool
advance_visit(void *user, struct p4_node **at)
{
	const struct p4_node *n = *at;
	bool *found = user;

	if (n->kind == P4_CALL && n->u.call.what == P4_CALL_METHOD && n->u.call.target)
		*found |= str_is(n->u.call.target->name, "advance");
	return !*found;
}

static bool
condition_visit(void *user, struct p4_node **at)
{
	bool *found = user;
	enum p4_kind kind = (*at)->kind;

	*found |= kind == P4_IF || kind == P4_SWITCH || kind == P4_FOR || kind == P4_FOR_IN ||
		  kind == P4_RETURN;
	return !*found;
}

/* The length is known when every header has one size and every valid header is sent as it is. */
static const char *
why_no_length(struct weaver *w)
{
	const struct plan_program *pp = w->plan->program;
	struct p4_node *parser = w->p4->v1.parser->decl,
		       *deparser = w->p4->v1.deparser->decl->u.block_decl.body;
	bool found = false;

	if (pp->ingress.truncates || pp->egress.truncates)
		return "the program truncates packets";
	vec_each (h, &pp->headers)
		for (uint32_t i = 0; i < h->type->nfields; i++)
			if (p4_type_strip(h->type->fields[i].type)->kind == P4_TY_VARBIT)
				return "a header has a field of variable length";
	tree_walk(&parser, advance_visit, &found);
	if (found)
		return "the parser skips bytes";
	tree_walk(&deparser, condition_visit, &found);
	return found ? "the deparser has conditions" : NULL;
}

void
weave_check_length(struct weaver *w)
{
	const char *why = why_no_length(w);

	if (why)
		diag_error(w->d, w->plan->states.n ? w->plan->states.v[0].query->at : w->tree->at,
			   "packet.len_out can't be known: %s", why);
}

/* --- instants
 * -------------------------------------------------------------------------------------- */

static void
declare_sizes(struct weaver *w)
{
	struct role *r = &w->roles[0];

	fprintf(r->locals.f, "// copies that a multicast group makes; kept by the control plane\n");
	fprintf(r->locals.f, "register<bit<32>%s>(32w65536) %.*s;\n",
		w->indexed_registers ? ", bit<32>" : "", STRA(w->n.sizes));
	w->m->multicast_sizes = str_fmt(w->a, "%.*s.%.*s", STRA(r->inst->path), STRA(w->n.sizes));
	w->m->multicast_groups = 65536;
}

/* Assignments of all standard metadata are taken to put back what was there. */
static bool
clock_visit(void *user, struct p4_node **at)
{
	struct weaver *w = user;
	struct p4_node *n = *at, *left = n->kind == P4_ASSIGN ? tree_plain(n->u.assign.left) : NULL;

	while (left && left->kind == P4_SLICE)
		left = tree_plain(left->u.slice.object);
	if (left && left->kind == P4_MEMBER && str_is(left->name, "ingress_global_timestamp") &&
	    weave_is(left->u.member.object->type, w->std_decl))
		diag_error(
			w->d, n->at,
			"queries know a packet's epoch by this field, which must not be written");
	return true;
}

static void
check_clock(struct weaver *w)
{
	vec_each (n, &w->tree->u.program.decls)
		if (w->plan->states.n && !p4_is_system(*n, w->d))
			tree_walk(n, clock_visit, w);
}

/* The manifest has states in the order of their instants. */
static void
find_tables(struct weaver *w, const uint32_t *places)
{
	vec_each (s, &w->m->states)
		if (s->part.any)
			s->part.state = places[s->part.state];
}

void
weave_instants(struct weaver *w)
{
	uint32_t *places = arena_array(w->a, uint32_t, w->plan->states.n + 1);
	struct role *in = &w->roles[0];

	check_clock(w);
	if (w->sizes)
		declare_sizes(w);
	weave_arrival_begin(w);
	if (in->resubmits)
		fprintf(in->pre.f, "// for losses: no resubmission yet\n%.*s.%.*s = 0;\n",
			STRA(in->carrier), STRA(w->n.resubmitted));
	weave_signals(w);
	for (int at = IR_AT_IN; at < IR_INSTANTS; at++) {
		vec_each (s, &w->plan->states)
			if ((int)s->at == at) {
				places[s->index] = w->m->states.n;
				weave_state(w, s);
			}
		print_tags(w, (enum ir_instant)at);
	}
	find_tables(w, places);
	weave_arrival_end(w);
}
