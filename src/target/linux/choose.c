/* choose.c - the cheapest tag that will do, and the hooks that the queries need.
 *
 * Rows belong to the epoch of arrival, so whoever counts behind ingress must know when a packet came. Cheapest first: nothing, for what is
 * counted where packets arrive; the packet's own time stamp, beside which the kernel tells the port that it came from (skb_iif); a tag in memory,
 * for all else. The hooks are shared, so all queries have the dearest tag that one of them needs.
 */
#include "target/linux/linux.h"

/* What the packet itself can't tell where it leaves; NULL: nothing. */
static const struct ir_field *
forgotten(const struct ir_expr *e)
{
	const struct ir_field *f;

	if (!e)
		return NULL;
	if (e->op != IR_FIELD) {
		f = forgotten(e->a);
		return f ? f : forgotten(e->b);
	}
	switch (e->field->kind) {
	case IR_F_PORT_IN:
	case IR_F_TIME_IN:
	case IR_F_NETNS:
	case IR_F_INSTANCE:
	case IR_F_PORT_INTENT:
	case IR_F_PORT_OUT:
	case IR_F_LEN_OUT:
		return NULL;
	case IR_F_HEADER:
	case IR_F_VALID:
		return e->field->at < IR_AT_OUT ? e->field : NULL;
	case IR_F_META:
	case IR_F_LEN_IN:
	case IR_F_Q_TIME_IN:
	case IR_F_Q_TIME_OUT:
	case IR_F_Q_LEN_IN:
	case IR_F_Q_LEN_OUT:
	case IR_F_Q_DELAY:
	case IR_F_Q_BYTES:
	case IR_F_QDISC:
	case IR_F_DROP_REASON:
	case IR_F_DROP_CLASS:
		return e->field;
	}
	bug("field kind %d", (int)e->field->kind);
}

static const struct ir_field *
forgotten_by(const struct plan_state *s)
{
	const struct ir_field *f = NULL;

	vec_each(k, &s->keys)
		f = f ? f : forgotten(*k);
	vec_each(v, &s->values)
		f = f ? f : forgotten(v->expr);
	f = f ? f : forgotten(s->guard);
	return f ? f : forgotten(s->absent);
}

static struct linux_choice
choose(struct arena *a, const struct plan_state *s)
{
	const struct ir_field *f;

	if (s->kind == PLAN_LOST)
		return (struct linux_choice){ KERNEL_TAG_MEMORY, STR("both sides of the queue must count the same packets") };
	if (s->at == IR_AT_IN)
		return (struct linux_choice){ KERNEL_TAG_NONE, STR("counted where packets arrive") };
	if (s->at == IR_AT_MID)
		return (struct linux_choice){ KERNEL_TAG_MEMORY, STR("a freed packet doesn't tell whether it had been queued") };
	if (s->query->sees_all_instances)
		return (struct linux_choice){ KERNEL_TAG_MEMORY, STR("packets of local processes don't tell when they were queued") };
	f = forgotten_by(s);
	if (f)
		return (struct linux_choice){ KERNEL_TAG_MEMORY, str_fmt(a, "a packet that leaves doesn't tell %.*s", STRA(f->text)) };
	return (struct linux_choice){ KERNEL_TAG_STAMP, STR("a packet that leaves tells all but when it came") };
}

struct linux_choice
linux_choose(struct arena *a, const struct linux_options *o, const struct plan_state *s)
{
	struct linux_choice c = choose(a, s);

	if (c.tag == KERNEL_TAG_STAMP && !o->stamp)
		c = (struct linux_choice){ KERNEL_TAG_MEMORY, STR("its time stamp would do (--tag stamp)") };
	return c;
}

enum kernel_tag
linux_tag(const struct plan *p, const struct linux_options *o)
{
	enum kernel_tag most = KERNEL_TAG_NONE;

	vec_each(s, &p->states) {
		enum kernel_tag tag = linux_choose(p->arena, o, s).tag;

		most = tag > most ? tag : most;
	}
	return most;
}

void
linux_print(FILE *out, const struct plan *p, const struct linux_options *o, const struct kernel_program *k)
{
	static const char *const words[] = { "none", "stamp", "map" };
	static const char *const hooks[] = {
#define X(hook, program, at) at,
		KERNEL_HOOKS(X)
#undef X
	};
	const char *between = "hooks ";

	vec_each(s, &p->states) {
		struct linux_choice c = linux_choose(p->arena, o, s);

		fprintf(out, "tag of %.*s: %s: %.*s\n", STRA(s->query->name), c.tag == KERNEL_TAG_MEMORY && o->mark ? "mark" : words[c.tag],
			STRA(c.why));
	}
	for (int i = 0; i < KERNEL_NHOOKS; i++) {
		if (!k->hooks[i])
			continue;
		fprintf(out, "%s%s", between, *hooks[i] ? hooks[i] : "tcx");
		between = ", ";
	}
	fputc('\n', out);
}
