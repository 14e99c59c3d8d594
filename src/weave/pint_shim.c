/* pint_shim.c - the shim in the program: its header behind Ethernet, in the parser and the deparser, and what packets remember between
 * them. To the program's own code a packet looks as if there were none. */
#include "weave/pint_inside.h"

#define BUILTIN STR("woven code")
#define RECIRCULATE "recirculate_preserving_field_list"
#define RESUBMIT "resubmit_preserving_field_list"

static struct p4_list
parse_decls(struct pint *p, struct text *t)
{
	struct p4_list list = { 0 };
	struct str text = text_close(t, p->w.a);

	if (!p4_parse_decls(p->w.a, p->w.d, BUILTIN, text, &list))
		bug("woven declarations do not parse:\n%.*s", STRA(text));
	return list;
}

/* Before the declaration of what uses it. */
static void
add_decls(struct pint *p, const struct p4_node *before, const struct p4_list *made)
{
	struct p4_list *decls = &p->w.tree->u.program.decls;
	uint32_t at = 0;

	while (at < decls->n && decls->v[at] != before)
		at++;
	weave_splice(&p->w, decls, at, made);
}

/* --- the header ---------------------------------------------------------------------------------- */

/* The struct whose field is the header that the shim follows. */
static struct p4_node *
container(const struct pint *p, struct str *ret_field)
{
	const struct p4_type *t = p->w.p4->v1.headers;
	struct str path = p->header->path;

	for (int64_t dot; (dot = str_find(path, '.')) >= 0; path = str_sub(path, (uint32_t)dot + 1, path.n))
		t = t->fields[p4_type_field_index(t, str_sub(path, 0, (uint32_t)dot))].type;
	*ret_field = path;
	return t->decl;
}

struct whole {
	struct pint *p;
	const struct p4_node *decl;
};

/* One more header in the struct: what names all of its fields would miss it. */
static bool
whole_visit(void *user, struct p4_node **at)
{
	const struct whole *k = user;
	const struct p4_node *n = *at;

	if ((n->kind == P4_LIST_EXPR || n->kind == P4_STRUCT_EXPR) && weave_is(n->type, k->decl))
		pint_no_place(k->p, n->at, "here all headers are listed");
	return true;
}

static void
add_header(struct pint *p)
{
	struct str field, name = weave_fresh(&p->w, pint_name(p, "shim")), type = weave_fresh(&p->w, pint_name(p, "shim_t"));
	struct p4_node *decl = container(p, &field);
	struct p4_list *fields = &decl->u.fields.fields, made, one = { 0 };
	struct whole k = { p, decl };
	uint32_t at = 0, below = p->header->path.n - field.n;
	struct text t;

	p->shim = str_fmt(p->w.a, "%.*s%.*s", (int)below, p->header->path.p, STRA(name));
	p->width = 8 * ((p->m->budget + 7) / 8);
	vec_each (n, &p->w.tree->u.program.decls)
		if (!p4_is_system(*n, p->w.d))
			tree_walk(n, whole_visit, &k);
	text_open(&t);
	fprintf(t.f, "// for queries over network(): goes behind Ethernet between switches\nheader %.*s {\n", STRA(type));
	fprintf(t.f, "bit<16> next;\nbit<4> version;\nbit<4> plan;\nbit<8> hop;\nbit<%u> digest;\n}\n", p->width);
	fprintf(t.f, "struct m { @%s %.*s %.*s; }\n", PLAN_HIDDEN, STRA(type), STRA(name));
	made = parse_decls(p, &t);
	while (!str_eq(fields->v[at]->name, field))
		at++;
	vec_push(p->w.a, &one, made.v[1]->u.fields.fields.v[0]);
	weave_splice(&p->w, fields, at + 1, &one);
	made.n = 1;
	add_decls(p, decl, &made);
}

/* --- calls --------------------------------------------------------------------------------------- */

static bool
is_path(const struct p4_node *n, const struct p4_node *root, struct str path)
{
	int64_t dot = -1;

	for (uint32_t i = 0; i < path.n; i++)
		dot = path.p[i] == '.' ? (int64_t)i : dot;
	n = tree_plain((struct p4_node *)n);
	if (!path.n)
		return n->kind == P4_NAME && n->u.ref.decl == root;
	return n->kind == P4_MEMBER && n->u.member.what == P4_MEMBER_FIELD &&
	       str_eq(n->name, str_sub(path, (uint32_t)(dot + 1), path.n)) &&
	       is_path(n->u.member.object, root, dot < 0 ? STR_NONE : str_sub(path, 0, (uint32_t)dot));
}

/* Is `stmt` a call of method `name` with what is at `path` of the parameter? */
static bool
is_call(const struct p4_node *stmt, const char *name, const struct p4_node *param, struct str path)
{
	const struct p4_node *call = stmt->kind == P4_CALL_STMT ? stmt->u.call_stmt.call : NULL;

	return call && call->u.call.what == P4_CALL_METHOD && str_is(call->u.call.target->name, name) && call->u.call.args.n == 1 &&
	       is_path(call->u.call.args.v[0]->u.arg.expr, param, path);
}

/* --- what packets remember ------------------------------------------------------------------------ */

/* What is kept of packets that come back: BMv2 forgets their port. */
static struct weave_lists
lists_of(struct pint *p, const char *call)
{
	struct weave_lists lists = { 0 };

	weave_lists_of(&p->w, call, &lists);
	return lists;
}

static struct str
kept(struct pint *p)
{
	struct weave_lists lists = lists_of(p, RECIRCULATE);

	weave_lists_of(&p->w, RESUBMIT, &lists);
	return weave_lists_text(&p->w, &lists);
}

static void
put_tags(struct pint *p, FILE *out)
{
	struct str lists = kept(p);
	const struct ir_network *net = p->n->plan->network;

	fprintf(out, "// what a packet carries for queries over network()\nstruct %.*s {\n", STRA(p->w.n.tags));
	fprintf(out, "// came from a switch\n%.*sbit<1> inner;\n// a type of ours is a shim's\n%.*sbit<1> shimmed;\n", STRA(lists),
		STRA(lists));
	fprintf(out, "// comes back by recirculation\nbit<1> again;\n// loses its shim\nbit<1> leaves;\n// gets a digest into its field\nbit<1> put;\n");
	fprintf(out, "bit<%u> field;\n// bytes behind the headers that may come or go\nbit<32> bytes;\n// the last switch's report\nbit<1> report;\n", p->width);
	fprintf(out, "bit<32> pid;\nbit<8> hops;\nbit<%u> digest;\nbit<%u> there;\n", p->m->budget, net->fields.n ? net->fields.n : 1);
	if (p->keeps_arrival)
		fprintf(out, "// at this switch\n%.*sbit<48> arrival;\n", STRA(weave_arrival_lists(&p->w, true)));
	if (p->loads)
		fprintf(out, "// was counted as it entered its queue, by then so much had\nbit<1> counted;\nbit<64> entered;\n");
	for (uint32_t i = 0; i < net->fields.n; i++)
		fprintf(out, "bit<%u> f%u;\n", net->fields.v[i]->type.width, i);
	vec_each (s, &p->plan.slots)
		fprintf(out, "bit<%u> s%u;\n", s->width, (uint32_t)(s - p->plan.slots.v));
	fputs("}\n", out);
}

static struct str
no_tags(struct pint *p)
{
	uint32_t n = 12 + p->keeps_arrival + (p->loads ? 2 : 0) + p->n->plan->network->fields.n + p->plan.slots.n;
	struct text t;

	text_open(&t);
	for (uint32_t i = 0; i < n; i++)
		fputs(i ? ", 0" : "{ 0", t.f);
	fputs(" }", t.f);
	return text_close(&t, p->w.a);
}

static void
add_tags(struct pint *p)
{
	struct text t;

	text_open(&t);
	put_tags(p, t.f);
	weave_spare_metadata(&p->w, no_tags(p));
	weave_add_carrier(&p->w, text_close(&t, p->w.a));
}

/* --- the parser ----------------------------------------------------------------------------------- */

static bool
rename_visit(void *user, struct p4_node **at)
{
	const struct p4_node *start = user;
	struct p4_node *n = *at;

	if (n->kind == P4_NAME && n->u.ref.decl == start)
		n->name = start->name;
	return true;
}

/* The states of a text become states of the program's parser. Returns the first. */
static struct p4_node *
add_states(struct pint *p, struct text *t, struct p4_node *parser)
{
	struct p4_list made = parse_decls(p, t);
	struct p4_node *from = made.v[0];

	weave_splice(&p->w, &parser->u.block_decl.locals, parser->u.block_decl.locals.n, &from->u.block_decl.locals);
	weave_splice(&p->w, &parser->u.block_decl.states, parser->u.block_decl.states.n, &from->u.block_decl.states);
	return from->u.block_decl.states.v[0];
}

/* Every pass begins with where the packet came from; those that come back with a list of fields know. */
static void
add_start(struct pint *p, struct p4_node *parser)
{
	const struct pint_scope *s = &p->parser;
	bool again = lists_of(p, RECIRCULATE).numbers.n, anew = lists_of(p, RESUBMIT).numbers.n;
	struct p4_node *start = NULL;
	struct text t;

	vec_each (state, &parser->u.block_decl.states)
		if (str_is((*state)->name, "start"))
			start = *state;
	start->name = pint_name(p, "begin");
	tree_walk(&parser, rename_visit, start);
	text_open(&t);
	pint_put(p, s, t.f, "parser p() {\n// ports that lead to switches\nvalue_set<bit<9>>(512) $_inner_ports;\n");
	fputs("state start {\n", t.f);
	if (again || anew) {
		pint_put(p, s, t.f, "transition select($s.instance_type) {\n");
		if (again)
			pint_put(p, s, t.f, "32w4: $_begin;\n");
		if (anew)
			pint_put(p, s, t.f, "32w6: $_begin;\n");
		pint_put(p, s, t.f, "default: $_arrival;\n}\n}\nstate $_arrival {\n");
	}
	pint_put(p, s, t.f, "transition select($s.ingress_port) { $_inner_ports: $_from_switch; default: $_from_host; }\n}\n");
	pint_put(p, s, t.f, "state $_from_host { $m.inner = 0; $m.shimmed = 0; transition $_begin; }\n");
	pint_put(p, s, t.f, "state $_from_switch { $m.inner = 1; $m.shimmed = 1; transition $_begin; }\n}\n");
	add_states(p, &t, parser);
}

/* What is declared before the cut isn't known behind it. */
static void
check_cut(struct pint *p, const struct p4_node *state, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++) {
		enum p4_kind kind = state->u.state.stmts.v[i]->kind;

		if (kind == P4_VAR || kind == P4_CONST || kind == P4_INSTANCE)
			pint_no_place(p, state->u.state.stmts.v[i]->at, "this is declared in front of it");
	}
}

/* The state in which Ethernet is extracted ends there; the rest is another one, with the shim between both. */
static void
cut_state(struct pint *p, struct p4_node *parser, struct p4_node *state, uint32_t at)
{
	const struct pint_scope *s = &p->parser;
	struct p4_list *stmts = &state->u.state.stmts;
	struct str rest = weave_fresh(&p->w, pint_name(p, "rest")), shim = weave_fresh(&p->w, pint_name(p, "parse_shim"));
	struct str packet = parser->u.block_decl.params.v[0]->name;
	struct p4_node *behind, *swap;
	struct text t;

	check_cut(p, state, at);
	text_open(&t);
	fprintf(t.f, "parser p() {\nstate %.*s {\n", STRA(rest));
	pint_put(p, s, t.f, "transition select($m.shimmed, $t) { (1w1, 16w0x%04x): %.*s; default: %.*s; }\n}\n", p->n->shim.ethertype,
		 STRA(shim), STRA(rest));
	pint_put(p, s, t.f, "state %.*s {\n%.*s.extract($p);\n", STRA(shim), STRA(packet));
	pint_put(p, s, t.f, "$s.packet_length = $s.packet_length - 32w%u;\n$t = $p.next;\ntransition %.*s;\n}\n}\n", p->n->shim_bytes,
		 STRA(rest));
	behind = add_states(p, &t, parser);
	for (uint32_t i = at + 1; i < stmts->n; i++)
		vec_push(p->w.a, &behind->u.state.stmts, stmts->v[i]);
	stmts->n = at + 1;
	swap = behind->u.state.transition;
	behind->u.state.transition = state->u.state.transition;
	state->u.state.transition = swap;
}

static void
weave_parser(struct pint *p)
{
	struct p4_node *parser = p->w.p4->v1.parser->decl;
	struct p4_list *states = &parser->u.block_decl.states;
	uint32_t n = states->n, found = 0;

	for (uint32_t i = 0; i < n && p->n->shim_bytes; i++)
		for (uint32_t k = 0; k < states->v[i]->u.state.stmts.n; k++)
			if (is_call(states->v[i]->u.state.stmts.v[k], "extract", parser->u.block_decl.params.v[1], p->header->path)) {
				cut_state(p, parser, states->v[i], k);
				found++;
			}
	if (!found && p->n->shim_bytes)
		pint_no_place(p, parser->name_at, "the program's parser doesn't extract it itself");
	add_start(p, parser);
}

/* --- the deparser --------------------------------------------------------------------------------- */

struct deparser {
	struct pint *p;
	const struct p4_node *param;
	struct str packet;
	bool found;
};

static bool
emit_visit(void *user, struct p4_node **at)
{
	struct deparser *k = user;
	struct p4_node *block;
	struct p4_list more;
	struct text t;

	for (struct str path = k->p->header->path; path.n;) { /* all headers, or the struct that has both, are sent in order */
		int64_t dot = -1;

		for (uint32_t i = 0; i < path.n; i++)
			dot = path.p[i] == '.' ? (int64_t)i : dot;
		path = dot < 0 ? STR_NONE : str_sub(path, 0, (uint32_t)dot);
		k->found |= is_call(*at, "emit", k->param, path);
	}
	if (!is_call(*at, "emit", k->param, k->p->header->path))
		return true;
	text_open(&t);
	fprintf(t.f, "%.*s.emit(%.*s.%.*s);\n", STRA(k->packet), STRA(k->param->name), STRA(k->p->shim));
	more = weave_stmts(&k->p->w, text_close(&t, k->p->w.a));
	block = tree_block(k->p->w.a, (*at)->at);
	vec_push(k->p->w.a, &block->u.block.stmts, *at);
	vec_push(k->p->w.a, &block->u.block.stmts, more.v[0]);
	*at = block;
	k->found = true;
	return true;
}

static void
weave_deparser(struct pint *p)
{
	struct p4_node *decl = p->w.p4->v1.deparser->decl;
	const struct p4_list *params = &decl->u.block_decl.params;
	struct deparser k = { p, params->v[1], params->v[0]->name, false };

	tree_walk(&decl->u.block_decl.body, emit_visit, &k);
	if (!k.found)
		pint_no_place(p, decl->name_at, "the program's deparser doesn't emit it itself");
}

/* --- recirculation -------------------------------------------------------------------------------- */

struct again {
	struct pint *p;
	struct str meta; /* the control's name for metadata; "" when it can't see it */
};

static bool
again_visit(void *user, struct p4_node **at)
{
	struct again *k = user;
	struct p4_node *n = *at, *block, *call = n->kind == P4_CALL_STMT ? n->u.call_stmt.call : NULL;
	struct p4_list more;

	if (!call || call->u.call.what != P4_CALL_EXTERN || !str_starts(call->u.call.target->name, STR("recirculate")))
		return true;
	if (!k->meta.n) {
		diag_error(k->p->w.d, n->at, "packets come back from here, and queries over network() can't note it: no metadata is at hand");
		return true;
	}
	block = tree_block(k->p->w.a, n->at);
	more = weave_stmts(&k->p->w, str_fmt(k->p->w.a, "%.*s.%.*s.again = 1;", STRA(k->meta), STRA(k->p->w.n.field)));
	vec_push(k->p->w.a, &block->u.block.stmts, n);
	vec_push(k->p->w.a, &block->u.block.stmts, more.v[0]);
	*at = block;
	return true;
}

static void
note_recirculation(struct pint *p)
{
	vec_each (n, &p->w.tree->u.program.decls) {
		struct again k = { .p = p };
		const struct p4_node *meta = (*n)->kind == P4_CONTROL ? weave_param(&(*n)->u.block_decl.params, p->w.meta_decl) : NULL;

		if (p4_is_system(*n, p->w.d))
			continue;
		k.meta = meta && meta->u.var.dir != P4_DIR_IN ? meta->name : STR_NONE;
		tree_walk(n, again_visit, &k);
	}
}

/* Does a checksum depend on what the shim changes? */
static bool
type_visit(void *user, struct p4_node **at)
{
	struct pint *p = user;

	if ((*at)->kind == P4_MEMBER && str_eq((*at)->name, p->type_field) && (*at)->u.member.object->type &&
	    (*at)->u.member.object->type->decl == p->header->type->decl)
		pint_no_place(p, (*at)->at, "a checksum is computed over its type");
	return true;
}

void
pint_shim(struct pint *p)
{
	if (p->recirculates)
		note_recirculation(p);
	if (p->n->shim_bytes) {
		tree_walk(&p->w.p4->v1.compute->decl->u.block_decl.body, type_visit, p);
		add_header(p);
		weave_deparser(p);
	}
	weave_parser(p);
	add_tags(p);
}
