/* mutants.c - breaks plans in every way that it can think of; the checker must notice each.
 *
 *     mutants PROGRAM.p4 QUERIES.scope...
 *
 * The sums of a broken plan are put right again, so that it is not they who give it away. Prints TAP: a line for each way, with how
 * many plans were broken so. */
#include <stdio.h>
#include <string.h>

#include "p4/parse.h"
#include "plan/plan.h"
#include "query/query.h"
#include "target/v1model/v1model.h"

struct bench {
	struct arena *a;
	struct plan *p; /* sound */
	struct plan broken;
	uint32_t tests, mutants, survivors;
	char survivor[160];
};

static void
copy(struct bench *b)
{
	struct plan *x = &b->broken;

	*x = *b->p;
	x->tags.v = arena_copy(b->a, x->tags.v, sizeof(*x->tags.v) * x->tags.n);
	x->slots.v = arena_copy(b->a, x->slots.v, sizeof(*x->slots.v) * x->slots.n);
	x->states.v = arena_copy(b->a, x->states.v, sizeof(*x->states.v) * x->states.n);
}

static void
put_right(struct plan *p)
{
	p->lower_bound = 0;
	for (int i = 0; i < IR_AT_OUT; i++) {
		p->least_bits[i] = 0;
		p->live_bits[i] = p->flag_bits[i];
		vec_each(t, &p->tags)
			p->live_bits[i] += (int)t->born <= i && i < (int)t->dies ? t->width : 0;
	}
}

/* The plan that `b` holds must be found wrong. */
static void
judge(struct bench *b, uint32_t number)
{
	char why[256];

	put_right(&b->broken);
	b->mutants++;
	if (plan_check(&b->broken, why, sizeof(why)) && !b->survivors++)
		snprintf(b->survivor, sizeof(b->survivor), "number %u", number);
	copy(b);
}

static void
report(struct bench *b, const char *what)
{
	b->tests++;
	if (b->survivors)
		printf("not ok %u - %s: %u of %u plans pass, first %s\n", b->tests, what, b->survivors, b->mutants, b->survivor);
	else if (b->mutants)
		printf("ok %u - %s: %u plans\n", b->tests, what, b->mutants);
	else
		printf("ok %u - %s: nothing to break\n", b->tests, what);
	b->mutants = b->survivors = 0;
}

static enum ir_instant
birth(const struct ir_expr *e)
{
	enum ir_instant at = e->op == IR_FIELD ? e->field->at : IR_AT_IN, a;

	a = e->a ? birth(e->a) : IR_AT_IN;
	at = a > at ? a : at;
	a = e->b ? birth(e->b) : IR_AT_IN;
	return a > at ? a : at;
}

static bool
meet(const struct plan_tag *x, const struct plan_tag *y)
{
	return x->born < y->dies && y->born < x->dies;
}

/* --- tags ------------------------------------------------------------------------------------------------ */

static void
break_lives(struct bench *b)
{
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		b->broken.tags.v[i].dies = b->broken.tags.v[i].born;
		judge(b, i);
	}
	report(b, "a value is not carried");
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		if (b->p->tags.v[i].dies - b->p->tags.v[i].born < 2)
			continue;
		b->broken.tags.v[i].dies--;
		judge(b, i);
	}
	report(b, "a value dies too early");
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		b->broken.tags.v[i].born++;
		judge(b, i);
	}
	report(b, "a value is born too late");
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		const struct plan_tag *t = &b->p->tags.v[i];

		if (t->born == IR_AT_IN || (t->kind == PLAN_TAG_VALUE && !t->at_mark && birth(t->expr) < t->born))
			continue; /* would only be carried in vain */
		b->broken.tags.v[i].born--;
		judge(b, i);
	}
	report(b, "a value is born before it is known");
}

static void
break_values(struct bench *b)
{
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		b->broken.tags.v[i].width--;
		judge(b, i);
	}
	report(b, "a tag lacks a bit");
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		b->broken.tags.v[i].shift++;
		judge(b, i);
	}
	report(b, "a tag keeps the wrong bits");
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		b->broken.tags.v[i].at_mark = !b->broken.tags.v[i].at_mark;
		judge(b, i);
	}
	report(b, "a tag is written at marks that isn't theirs, or isn't that is");
	for (uint32_t i = 0; i < b->p->tags.n; i++)
		for (uint32_t k = 0; k < b->p->tags.n; k++) {
			if (b->p->tags.v[i].expr == b->p->tags.v[k].expr)
				continue;
			b->broken.tags.v[i].expr = b->p->tags.v[k].expr;
			b->broken.tags.v[i].kind = b->p->tags.v[k].kind;
			judge(b, i);
		}
	report(b, "a tag holds another's value");
}

static void
break_places(struct bench *b)
{
	for (uint32_t i = 0; i < b->p->tags.n; i++)
		for (uint32_t k = 0; k < b->p->tags.n; k++) {
			const struct plan_tag *t = &b->p->tags.v[i], *o = &b->p->tags.v[k];

			if (i == k || !meet(t, o))
				continue;
			b->broken.tags.v[i].slot = o->slot;
			b->broken.tags.v[i].lo = o->lo + o->width - 1;
			judge(b, i);
		}
	report(b, "two live tags share a bit");
	for (uint32_t i = 0; i < b->p->slots.n; i++) {
		b->broken.slots.v[i].width--;
		judge(b, i);
	}
	report(b, "a slot lacks a bit");
	for (uint32_t i = 0; i < b->p->tags.n; i++) {
		b->broken.tags.v[i].slot = b->p->slots.n;
		judge(b, i);
		b->broken.tags.v[i].lo = UINT32_MAX;
		judge(b, i);
	}
	report(b, "a tag lies outside of all slots");
}

/* --- states ----------------------------------------------------------------------------------------------- */

static void
break_states(struct bench *b)
{
	for (uint32_t i = 0; i < b->p->states.n; i++) {
		b->broken.states.v[i].at = b->p->states.v[i].query->egress ? IR_AT_MID : IR_AT_DEQ;
		judge(b, i);
	}
	report(b, "a state is on the wrong side of the queue");
	for (uint32_t i = 0; i < b->p->states.n; i++) {
		const struct plan_state *s = &b->p->states.v[i];

		if (s->at == (s->query->egress ? IR_AT_DEQ : IR_AT_IN))
			continue;
		b->broken.states.v[i].at--; /* each is at the first instant at which all that it reads is known */
		judge(b, i);
	}
	report(b, "a state reads what isn't known yet");
	for (uint32_t i = 0; i < b->p->states.n; i++) {
		if (b->p->states.v[i].kind != PLAN_LOST)
			continue;
		b->broken.states.v[i].row_tag = -1;
		judge(b, i);
		b->broken.states.v[i].row_tag = (int32_t)b->p->tags.n;
		judge(b, i);
		b->broken.states.v[i].row_bits--;
		judge(b, i);
		b->broken.states.v[i].rows *= 2;
		judge(b, i);
		b->broken.tags.v[b->p->states.v[i].row_tag].state++;
		judge(b, i);
	}
	report(b, "the row of a loss is mistaken");
	for (uint32_t i = 1; i < b->p->states.n; i++) {
		b->broken.states.v[i].index = 0;
		judge(b, i);
	}
	report(b, "a state has another's number");
}

static bool
has_tag(const struct plan *p, const struct ir_expr *e)
{
	vec_each(t, &p->tags)
		if (t->expr == e)
			return true;
	return false;
}

/* Keys and values that are read directly, where they no longer stand. */
static void
break_keys(struct bench *b)
{
	for (uint32_t i = 0; i < b->p->states.n; i++)
		for (uint32_t f = 0; f < b->p->graph->fields.n && !b->p->states.v[i].part.any; f++) {
			const struct ir_field *field = b->p->graph->fields.v[f];
			const struct ir_expr *key = ir_read(b->p->graph, field);

			if (has_tag(b->p, key) || b->p->target->access(b->p->program, field, b->p->states.v[i].at) != PLAN_NOT_THERE)
				continue;
			b->broken.states.v[i].keys.v = (const struct ir_expr **)arena_copy(b->a, &key, sizeof(key));
			b->broken.states.v[i].keys.n = 1;
			judge(b, i);
		}
	report(b, "a state reads what nobody carries");
}

/* Rows that are told by a table which isn't there, or hasn't got their keys, values, marks or epochs. */
static void
break_parts(struct bench *b)
{
	for (uint32_t i = 0; i < b->p->states.n; i++)
		for (int how = 0; how < 6 && b->p->states.v[i].part.any; how++) {
			struct plan_state *s = &b->broken.states.v[i], *of = &b->broken.states.v[s->part.state];

			if (how == 0)
				s->part.state = i;
			else if (how == 1)
				s->part.state = b->p->states.n;
			else if (how == 2)
				of->keys.n = 0;
			else if (how == 3)
				s->window_ns *= 2;
			else if (how == 4 && s->values.n)
				s->part.values.n = 0;
			else if (how == 5 && s->part.mark >= 0)
				of->values.n = 1;
			else
				continue;
			judge(b, i);
		}
	report(b, "rows are told by a table that can't");
}

static void
break_marks(struct bench *b)
{
	bool in = b->p->marks_ingress, out = b->p->marks_egress, why_in = b->p->reason_ingress, why_out = b->p->reason_egress;

	b->broken.marks_ingress = b->broken.marks_egress = false;
	if (in || out)
		judge(b, 0);
	b->broken.reason_ingress = b->broken.reason_egress = false;
	if (why_in || why_out)
		judge(b, 1);
	report(b, "nobody follows the marks");
	for (uint32_t i = 0; i < b->p->states.n; i++) {
		const struct plan_state *s = &b->p->states.v[i];
		bool reads = false;

		/* who cares for undropped packets only reads as it ends what marks may have told otherwise */
		vec_each(k, &s->keys)
			reads |= (*k)->op == IR_FIELD && !has_tag(b->p, *k) &&
				 b->p->target->access(b->p->program, (*k)->field, s->at) == PLAN_AT_MARK;
		if (!reads)
			continue;
		b->broken.states.v[i].guard = NULL;
		judge(b, i);
	}
	report(b, "dropped packets are described as they ended");
}

static void
break_sums(struct bench *b)
{
	char why[256];

	for (int i = 0; i < IR_AT_OUT; i++) {
		b->broken.live_bits[i]++;
		b->mutants++;
		b->survivors += plan_check(&b->broken, why, sizeof(why));
		copy(b);
		b->broken.least_bits[i] += 1000;
		b->mutants++;
		b->survivors += plan_check(&b->broken, why, sizeof(why));
		copy(b);
	}
	report(b, "the sums are wrong");
}

static struct plan *
planned(struct arena *a, struct diags *d, const char *program, const char **files)
{
	struct p4_options o = { 0 };
	struct query_options q = { 0 };
	struct plan_options po = { .drained = true };
	struct p4_node *tree = p4_parse_file(a, d, str_from(program), &o);
	struct p4_program *p4 = tree ? p4_check(a, d, tree, false) : NULL;
	struct plan_program *pp = p4 ? plan_program_make(a, d, p4) : NULL;
	VEC(struct str) names = { 0 };
	struct ir_graph *g;

	for (; *files; files++)
		vec_push(a, &names, str_from(*files));
	g = pp ? query_load(a, d, &pp->schema, names.v, names.n, &q) : NULL;
	return g ? plan_make(a, d, g, pp, &v1model, &po) : NULL;
}

int
main(int argc, const char **argv)
{
	struct arena *a = arena_make();
	struct diags *d = diags_make(a, sources_make(a));
	struct bench b = { .a = a };
	char why[256] = "";

	b.p = argc > 2 ? planned(a, d, argv[1], argv + 2) : NULL;
	if (!b.p) {
		diags_print(d, stdout);
		puts("Bail out! no plan");
		return 1;
	}
	copy(&b);
	if (!plan_check(b.p, why, sizeof(why)))
		printf("# %s\n", why);
	printf("%s 1 - the sound plan: %u tags, %u states\n", why[0] ? "not ok" : "ok", b.p->tags.n, b.p->states.n);
	b.tests = 1;
	break_lives(&b);
	break_values(&b);
	break_places(&b);
	break_states(&b);
	break_keys(&b);
	break_parts(&b);
	break_marks(&b);
	break_sums(&b);
	printf("1..%u\n", b.tests);
	arena_free(a);
	return 0;
}
