#include "ui/explain_network.h"

#include "base/json.h"

static double
share_of(const struct plan_network *p, uint32_t set)
{
	double before = set ? (double)p->plan.sets.v[set - 1].last + 1 : 0;

	return ((double)p->plan.sets.v[set].last + 1 - before) / 4294967296.0;
}

/* --- for people --------------------------------------------------------------------------------- */

static void
put_sets(FILE *out, const struct plan_network *p)
{
	fputs("  of the packets  carry (bits of the digest)\n", out);
	for (uint32_t i = 0; i < p->plan.sets.n; i++) {
		fprintf(out, "  %12.4g %%", 100 * share_of(p, i));
		vec_each (part, &p->plan.sets.v[i].parts) {
			const struct network_query *q = &p->plan.queries.v[part->query];

			fprintf(out, "  %.*s[%u:%u]", STRA(q->name), part->lo + q->bits * q->copies - 1, part->lo);
		}
		fputc('\n', out);
	}
}

static int
decimals(double percent)
{
	return percent < 10 ? 1 : 0;
}

static void
put_expected(FILE *out, const struct plan_network *p, const struct network_query *q, const struct plan_network_expect *e)
{
	if (q->kind == NETWORK_STATIC)
		fprintf(out, "%.0f packets of a flow tell %u hops, 99 %% of flows need %.0f", e->packets, p->hops, e->most_packets);
	else if (q->kind == NETWORK_QUANTILE)
		fprintf(out, "1 of %.3g packets is from a given hop (of %u); within %.*f %%", e->packets, p->hops,
			decimals(100 * e->error), 100 * e->error);
	else
		fprintf(out, "1 of %.3g packets; within %.*f %%", e->packets, decimals(100 * e->error), 100 * e->error);
	if (q->kind == NETWORK_STATIC && q->value == NETWORK_SWITCH_ID)
		fprintf(out, " (%u switches)", e->switches);
	fputc('\n', out);
}

static void
put_identity(FILE *out, const struct plan_network *p)
{
	uint32_t column = 0;

	fputs("  packets are told apart by", out);
	vec_each (id, &p->identity) {
		column += id->text.n + 2;
		fprintf(out, "%s%.*s%s", column > 70 ? "\n    " : " ", STRA(id->text), id + 1 < p->identity.v + p->identity.n ? "," : "\n");
		column = column > 70 ? id->text.n : column;
	}
}

void
explain_network_text(FILE *out, struct arena *a, const struct plan_network *p)
{
	uint32_t width = 5;

	vec_each (q, &p->plan.queries)
		width = q->name.n > width ? q->name.n : width;
	fprintf(out, "Network: %u bits of digest in each packet, plan %u\n", p->plan.budget, p->plan.plan);
	put_identity(out, p);
	put_sets(out, p);
	fprintf(out, "  %-*s  bits  copies    asked      got  to expect\n", (int)width, "query");
	for (uint32_t i = 0; i < p->plan.queries.n; i++) {
		const struct network_query *q = &p->plan.queries.v[i];
		struct plan_network_expect e = plan_network_expect(a, p, i, 0);

		fprintf(out, "  %-*.*s %5u %7u %6.4g %% %6.4g %%  ", (int)width, STRA(q->name), q->bits, q->copies, 100 * p->shares.v[i].asked,
			100 * p->shares.v[i].got);
		put_expected(out, p, q, &e);
	}
}

/* --- for programs ------------------------------------------------------------------------------- */

static void
json_sets(FILE *out, const struct plan_network *p)
{
	for (uint32_t i = 0; i < p->plan.sets.n; i++) {
		fprintf(out, "%s{\"share\":%.10g,\"queries\":[", i ? "," : "", share_of(p, i));
		vec_each (part, &p->plan.sets.v[i].parts) {
			fputs(part > p->plan.sets.v[i].parts.v ? ",{\"name\":" : "{\"name\":", out);
			json_print_string(out, p->plan.queries.v[part->query].name);
			fprintf(out, ",\"lo\":%u}", part->lo);
		}
		fputs("]}", out);
	}
}

static void
json_query(FILE *out, struct arena *a, const struct plan_network *p, uint32_t i)
{
	const struct network_query *q = &p->plan.queries.v[i];
	struct plan_network_expect e = plan_network_expect(a, p, i, 0);

	fputs(i ? ",{\"name\":" : "{\"name\":", out);
	json_print_string(out, q->name);
	fprintf(out, ",\"bits\":%u,\"copies\":%u,\"asked\":%.10g,\"got\":%.10g,\"packets\":%.10g", q->bits, q->copies, p->shares.v[i].asked,
		p->shares.v[i].got, e.packets);
	if (q->kind == NETWORK_STATIC)
		fprintf(out, ",\"packets_p99\":%.10g,\"switches\":%u}", e.most_packets, e.switches);
	else
		fprintf(out, ",\"error\":%.4g}", e.error);
}

void
explain_network_json(FILE *out, struct arena *a, const struct plan_network *p)
{
	fprintf(out, "{\"budget\":%u,\"plan\":%u,\"hops\":%u,\"identity\":[", p->plan.budget, p->plan.plan, p->hops);
	vec_each (id, &p->identity) {
		fputs(id > p->identity.v ? "," : "", out);
		json_print_string(out, id->text);
	}
	fputs("],\"sets\":[", out);
	json_sets(out, p);
	fputs("],\"queries\":[", out);
	for (uint32_t i = 0; i < p->plan.queries.n; i++)
		json_query(out, a, p, i);
	fputs("]}", out);
}
