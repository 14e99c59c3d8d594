/* signal.c - tells the controller which epochs have packets: the first packet of an epoch sends a digest of its epoch's number, from 1, and its own,
 * so that a digest that gets lost is missed. A register keeps both. What would be sent while nobody takes it
 * stays with the switch for good, so another cell says until which epoch somebody listens.
 *
 * A packet that is a little older than the one before it sends one too: receivers of several ports take turns.
 * A digest of the user's own takes the place of this one, as the later of two does: then the register alone tells. */
#include "weave/weaver.h"

#define LEAST_NS 10000000u /* between two signals: each is a packet to the controller, and an answer */

static uint64_t
shortest_window(const struct weaver *w)
{
	uint64_t least = UINT64_MAX;

	vec_each (s, &w->plan->states)
		least = s->window_ns < least ? s->window_ns : least;
	return least;
}

static void
declare_type(struct weaver *w, struct str type)
{
	struct p4_list *decls = &w->tree->u.program.decls, made = { 0 };
	struct str text = str_fmt(w->a, "struct %.*s { bit<48> epoch; bit<48> count; }", STRA(type));
	uint32_t at = 0;

	if (!p4_parse_decls(w->a, w->d, STR("woven code"), text, &made))
		bug("no type of signals");
	while (at < decls->n && (decls->v[at]->kind != P4_CONTROL || p4_is_system(decls->v[at], w->d)))
		at++;
	weave_splice(w, decls, at, &made);
}

static void
print_signal(struct weaver *w, struct str type, struct str reg, uint64_t window_ns)
{
	struct role *r = &w->roles[0];
	FILE *out = r->pre.f;
	const struct names *n = &w->n;

	fprintf(out, "// the first packet of an epoch tells the controller\n{\nbit<48> %.*s = ", STRA(n->epoch));
	weave_divide(out, str_cstr(w->a, r->time), 48, window_ns / w->plan->target->tick_ns, 48);
	fprintf(out, " + 48w1;\nbit<48> %.*s;\n%.*s.read(%.*s, 32w0);\n", STRA(n->old), STRA(reg), STRA(n->old));
	fprintf(out, "if (%.*s != %.*s) {\n%.*s.write(32w0, %.*s);\n", STRA(n->epoch), STRA(n->old), STRA(reg), STRA(n->epoch));
	fprintf(out, "%.*s.read(%.*s, 32w2);\n%.*s = %.*s + 48w1;\n%.*s.write(32w2, %.*s);\n", STRA(reg), STRA(n->old), STRA(n->old),
		STRA(n->old), STRA(reg), STRA(n->old));
	fprintf(out, "bit<48> %.*s;\n%.*s.read(%.*s, 32w1);\n", STRA(n->sequence), STRA(reg), STRA(n->sequence));
	fprintf(out, "if (%.*s < %.*s) { digest<%.*s>(32w1, { %.*s, %.*s }); }\n}\n}\n", STRA(n->epoch), STRA(n->sequence), STRA(type),
		STRA(n->epoch), STRA(n->old));
}

void
weave_signals(struct weaver *w)
{
	struct role *r = &w->roles[0];
	uint64_t window_ns = shortest_window(w);
	struct str type, reg;

	if (!w->plan->signals || !w->plan->states.n)
		return;
	window_ns = window_ns < LEAST_NS ? LEAST_NS : window_ns;
	type = weave_fresh(w, str_fmt(w->a, "%.*s_signal_t", STRA(w->n.prefix)));
	reg = weave_fresh(w, str_fmt(w->a, "%.*s_signals", STRA(w->n.prefix)));
	declare_type(w, type);
	fprintf(r->locals.f, "// the last epoch that had a packet, until which one the controller listens, and how often epochs were told\nregister<bit<48>%s>(32w3) %.*s;\n",
		w->indexed_registers ? ", bit<32>" : "", STRA(reg));
	print_signal(w, type, reg, window_ns);
	r->any = true;
	w->m->signal = (struct manifest_signal){ .reg = str_fmt(w->a, "%.*s.%.*s", STRA(r->inst->path), STRA(reg)), .digest = type,
						 .window_ns = window_ns };
}
