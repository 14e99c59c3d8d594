/* network_number.c - a plan's number: all that determines what switches do to a digest, as a text, and its hash in four bits. Programs that would read a
 * digest differently have different numbers, but for one pair in fifteen; those that were woven alike have the same one, wherever that was. */
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "plan/network_inside.h"

static void
put_hops(FILE *out, const uint32_t *shares)
{
	for (uint32_t hop = 0; hop < PINT_HOPS; hop++)
		fprintf(out, " %u", shares[hop]);
	fputc('\n', out);
}

static void
put_query(FILE *out, const struct ir_net_query *asked, const struct network_query *q)
{
	const struct pint_schedule *s = &q->path.schedule;

	fprintf(out, "query %u kind %d value %d %.*s tag %d bits %u copies %u fragments %u\n", q->number, (int)q->kind, (int)q->value, STRA(q->value_name),
		q->is_tag, q->bits, q->copies, q->path.fragments);
	fprintf(out, "range %d %d %u %u %u\n", (int)q->range.spacing, q->range.randomised, q->range.bits, q->range.min, q->range.max);
	for (uint32_t i = 0; i < s->layers; i++) {
		fprintf(out, "layer %u\n", s->share[i]);
		put_hops(out, s->replace[i]);
		put_hops(out, s->either[i]);
	}
	if (asked->filter)
		ir_expr_print(out, NULL, asked->filter);
}

static void
put_plan(FILE *out, const struct plan_network *p)
{
	fprintf(out, "budget %u\n", p->plan.budget);
	vec_each (id, &p->identity)
		fprintf(out, "identity %.*s %u\n", STRA(id->text), id->width);
	for (uint32_t i = 0; i < p->plan.queries.n; i++)
		put_query(out, p->network->queries.v[i], &p->plan.queries.v[i]);
	vec_each (s, &p->plan.sets) {
		fprintf(out, "set %u\n", s->last);
		vec_each (part, &s->parts)
			fprintf(out, " %u %u\n", part->query, part->lo);
	}
}

uint32_t
plan_network_number(const struct plan_network *p)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	uint32_t number;

	if (!out)
		bug("no memory for a plan's number");
	put_plan(out, p);
	fclose(out);
	number = 1 + (uint32_t)(str_hash((struct str){ text, (uint32_t)n }) % PLAN_NETWORK_LAST);
	free(text);
	return number;
}
