/* CSV (RFC 4180, but for line ends of one character): a line of names whenever the columns change.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sink/format.h"

static void
text(FILE *out, struct str s)
{
	bool quoted = false;

	for (uint32_t i = 0; i < s.n; i++)
		quoted |= s.p[i] == ',' || s.p[i] == '"' || (unsigned char)s.p[i] < 0x20;
	if (!quoted) {
		fwrite(s.n ? s.p : "", 1, s.n, out);
		return;
	}
	fputc('"', out);
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			fputc('"', out);
		fputc(s.p[i], out);
	}
	fputc('"', out);
}

/* An empty line between two tables. */
static void
begin(struct sink *s, const struct ir_query *whose)
{
	if (s->begun)
		fputc('\n', s->out);
	s->begun = true;
	s->last = whose;
}

static void
names(struct sink *s, const struct ir_result *r)
{
	begin(s, r->query);
	fputs("query,epoch,start_ns,end_ns,complete", s->out);
	for (uint32_t i = 0; i < r->ncolumns; i++) {
		fputc(',', s->out);
		text(s->out, r->columns[i].name);
	}
	fputc('\n', s->out);
}

static void
result(struct sink *s, const struct ir_result *r, uint64_t start_ns)
{
	if (r->nrows && s->last != r->query)
		names(s, r);
	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *values = ir_result_row(r, i);

		text(s->out, r->query->name);
		fprintf(s->out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s", r->epoch,
			sink_epoch_start(r, start_ns), sink_epoch_end(r, start_ns),
			sink_complete(r) ? "true" : "false");
		for (uint32_t c = 0; c < r->ncolumns; c++) {
			const struct ir_value *v = &values[c];

			fputc(',', s->out);
			if (v->tag == IR_V_TEXT)
				text(s->out, v->text);
			else
				ir_value_print(s->out, r->columns[c].type, v);
		}
		fputc('\n', s->out);
	}
}

static void
totals(struct sink *s, const struct sink_totals *t)
{
	begin(s, NULL);
	fputs("received,forwarded,dropped_ingress,dropped_egress,lost_queue,queued,copies,not_sent\n",
	      s->out);
	fprintf(s->out,
		"%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 "\n",
		t->received, t->forwarded, t->dropped_ingress, t->dropped_egress, t->lost_queue,
		t->queued, t->copies, t->not_sent);
}

static void
figures(struct sink *s, const struct sink_figure *v, uint32_t n)
{
	begin(s, NULL);
	for (uint32_t i = 0; i < n; i++)
		fprintf(s->out, "%s%s", i ? "," : "", v[i].name);
	fputc('\n', s->out);
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].is_truth)
			fprintf(s->out, "%s%s", i ? "," : "", v[i].value ? "true" : "false");
		else
			fprintf(s->out, "%s%" PRIu64, i ? "," : "", v[i].value);
	}
	fputc('\n', s->out);
}

struct sink *
sink_make_csv(FILE *out)
{
	static const struct sink_format format = { result, totals, figures, NULL, NULL };

	return sink_make(out, &format, 0);
}
