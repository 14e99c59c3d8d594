/* JSON lines: see docs/json.md, which promises the members and their order. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "sink/format.h"

static void
times(FILE *out, const struct ir_result *r, uint64_t start_ns)
{
	fprintf(out, "\"start_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64, sink_epoch_start(r, start_ns),
		sink_epoch_end(r, start_ns));
}

static void
head(FILE *out, const char *type, const struct ir_result *r)
{
	fprintf(out, "{\"type\":\"%s\",\"query\":", type);
	json_print_string(out, r->query->name);
	fprintf(out, ",\"epoch\":%" PRIu64 ",", r->epoch);
}

/* The columns that are keys, or those that aren't, as an object. */
static void
members(FILE *out, const struct ir_result *r, const struct ir_value *values, bool keys)
{
	bool first = true;

	fputc('{', out);
	for (uint32_t i = 0; i < r->ncolumns; i++) {
		if (r->columns[i].is_key != keys)
			continue;
		if (!first)
			fputc(',', out);
		first = false;
		json_print_string(out, r->columns[i].name);
		fputc(':', out);
		ir_value_json(out, r->columns[i].type, &values[i]);
	}
	fputc('}', out);
}

static void
precision(FILE *out, double p)
{
	if (p < 0)
		fputs("null", out);
	else if (p == 0 || p == 1)
		fputs(p == 0 ? "0.0" : "1.0", out);
	else
		ir_float_print(out, p);
}

static void
epoch(FILE *out, const struct ir_result *r, uint64_t start_ns)
{
	bool complete = sink_complete(r);

	head(out, "epoch", r);
	fprintf(out, "\"complete\":%s,\"rows\":%u,\"overflow\":%" PRIu64 ",\"precision\":",
		complete ? "true" : "false", r->nrows, r->info.overflow);
	precision(out, r->info.precision);
	fprintf(out, ",\"absent\":%" PRIu64 ",", r->info.absent);
	times(out, r, start_ns);
	if (!complete) {
		fputs(",\"reason\":\"", out);
		sink_reason(out, r);
		fputc('"', out);
	}
	fputs("}\n", out);
}

static void
exemplars(FILE *out, const struct ir_exemplars *of, uint64_t start_ns)
{
	for (uint32_t i = 0; i < of->n; i++)
		fprintf(out, "%s{\"packet\":%" PRIu64 ",\"time_ns\":%" PRIu64 "}", i ? "," : ",\"exemplars\":[", of->v[i].id,
			of->v[i].time_in + start_ns);
	if (of->n)
		fputc(']', out);
}

/* What all rows of an epoch begin with; the caller frees it. NULL when there is no memory. */
static char *
row_head(const struct ir_result *r, uint64_t start_ns, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	if (!out)
		return NULL;
	head(out, "row", r);
	times(out, r, start_ns);
	fputs(",\"key\":", out);
	fclose(out);
	return text;
}

static void
result(struct sink *s, const struct ir_result *r, uint64_t start_ns)
{
	size_t size = 0;
	char *begin = r->nrows ? row_head(r, start_ns, &size) : NULL;

	if (r->nrows && !begin)
		alloc_failed();
	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *values = ir_result_row(r, i);

		fwrite(begin, 1, size, s->out);
		members(s->out, r, values, true);
		fputs(",\"value\":", s->out);
		members(s->out, r, values, false);
		if (r->exemplars)
			exemplars(s->out, &r->exemplars[i], start_ns);
		fputs("}\n", s->out);
	}
	free(begin);
	epoch(s->out, r, start_ns);
}

static void
drops(FILE *out, const struct sink_totals *t)
{
	fputs(",\"drops\":[", out);
	for (uint32_t i = 0; i < t->ndrops; i++) {
		const struct sink_drop *d = &t->drops[i];

		fprintf(out, "%s{\"where\":\"%.*s\",\"reason\":", i ? "," : "", STRA(d->where));
		json_print_string(out, d->reason);
		fputs(",\"class\":", out);
		json_print_string(out, d->class);
		fprintf(out, ",\"packets\":%" PRIu64 "}", d->packets);
	}
	fputc(']', out);
}

static void
totals(struct sink *s, const struct sink_totals *t)
{
	fprintf(s->out,
		"{\"type\":\"switch\",\"received\":%" PRIu64 ",\"forwarded\":%" PRIu64
		",\"dropped_ingress\":%" PRIu64 ",\"dropped_egress\":%" PRIu64
		",\"lost_queue\":%" PRIu64 ",\"queued\":%" PRIu64 ",\"not_sent\":%" PRIu64 ",\"copies\":%" PRIu64,
		t->received, t->forwarded, t->dropped_ingress, t->dropped_egress, t->lost_queue,
		t->queued, t->not_sent, t->copies);
	drops(s->out, t);
	fputs("}\n", s->out);
}

struct sink *
sink_make_json(FILE *out)
{
	static const struct sink_format format = { result, totals, NULL, NULL, NULL };

	return sink_make(out, &format, 0);
}
