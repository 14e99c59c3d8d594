/* A table for people: a block a query, rows below the epoch's number and times. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/diag.h"
#include "sink/format.h"

#define WIDEST 40 /* a wider text pushes its row to the right instead of all rows */

/* Columns of one query, as wide as anything printed in them so far. */
struct widths {
	const struct ir_query *query;
	uint32_t *v; /* [0] is the epoch's */
	bool titled;
};

struct table {
	struct widths *widths;
	uint32_t nwidths;
	/* epochs without rows that haven't been printed yet */
	const struct ir_query *empty;
	uint64_t empty_first, empty_last;
	uint64_t start_ns;
};

static void *
checked(void *p)
{
	if (!p) {
		fputs("packetscope: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/* --- pieces of text ------------------------------------------------------------------------- */

/* Characters, of a text in UTF-8. */
static uint32_t
width_of(struct str s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s.n; i++)
		n += (s.p[i] & 0xc0) != 0x80;
	return n;
}

/* A terminal must not obey what a capture says: neither C0 nor C1 control characters get there. */
static void
put_safe(FILE *out, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	uint32_t n;

	for (uint32_t i = 0; i < s.n; i += n ? n : 1) {
		n = ir_utf8_length(p + i, s.n - i);
		if (!n || p[i] < 0x20 || p[i] == 0x7f || (p[i] == 0xc2 && p[i + 1] < 0xa0))
			fputc('?', out);
		else
			fwrite(p + i, 1, n, out);
	}
}

static void
pad(FILE *out, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		fputc(' ', out);
}

static void
put_duration(FILE *out, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
		int digits;
	} units[] = { { 1000000000, "s", 9 }, { 1000000, "ms", 6 }, { 1000, "us", 3 }, { 1, "ns", 0 } };
	int u = 0, digits;
	uint64_t rest;

	while (u < 3 && ns < units[u].ns)
		u++;
	rest = ns % units[u].ns;
	for (digits = units[u].digits; digits && rest % 10 == 0; digits--)
		rest /= 10;
	fprintf(out, "%" PRIu64, ns / units[u].ns);
	if (digits)
		fprintf(out, ".%0*" PRIu64, digits, rest);
	fprintf(out, " %s", units[u].name);
}

static void
put_value(FILE *out, struct ir_type t, const struct ir_value *v)
{
	if (t.kind == IR_TIME && v->tag == IR_V_INT && !t.is_signed)
		put_duration(out, (uint64_t)v->i);
	else if (v->tag == IR_V_TEXT)
		put_safe(out, v->text);
	else
		ir_value_print(out, t, v);
}

static bool
is_right(struct ir_type t)
{
	return t.kind == IR_INT || t.kind == IR_TIME || t.kind == IR_FLOAT || t.kind == IR_PORT;
}

/* As many decimals as the ends of epochs have, three at a time. */
static int
decimals(uint64_t window_ns)
{
	int digits = 9;

	for (uint64_t unit = 1000; digits && window_ns % unit == 0; unit *= 1000)
		digits -= 3;
	return digits;
}

static void
put_seconds(FILE *out, uint64_t ns, int digits)
{
	uint64_t rest = ns % 1000000000;

	for (int i = digits; i < 9; i++)
		rest /= 10;
	fprintf(out, "%" PRIu64, ns / 1000000000);
	if (digits)
		fprintf(out, ".%0*" PRIu64, digits, rest);
}

/* "[12] 0.240-0.260 s" */
static void
put_epochs(FILE *out, const struct ir_query *q, uint64_t first, uint64_t last)
{
	struct ir_result a = { .query = q, .epoch = first }, b = { .query = q, .epoch = last };
	int digits = decimals(q->window_ns);

	fprintf(out, "[%" PRIu64, first);
	if (last != first)
		fprintf(out, "..%" PRIu64, last);
	fputs("] ", out);
	put_seconds(out, sink_epoch_start(&a, 0), digits);
	fputc('-', out);
	put_seconds(out, sink_epoch_end(&b, 0), digits);
	fputs(" s", out);
}

/* --- widths and titles ------------------------------------------------------------------------ */

static struct widths *
widths_of(struct table *t, const struct ir_result *r)
{
	struct widths *w;

	for (uint32_t i = 0; i < t->nwidths; i++)
		if (t->widths[i].query == r->query)
			return &t->widths[i];
	t->widths = checked(realloc(t->widths, (t->nwidths + 1) * sizeof(*t->widths)));
	w = &t->widths[t->nwidths++];
	*w = (struct widths){ r->query, checked(calloc(r->ncolumns + 1, sizeof(uint32_t))), false };
	w->v[0] = 5;
	for (uint32_t i = 0; i < r->ncolumns; i++)
		w->v[i + 1] = width_of(r->columns[i].name);
	return w;
}

static void
title(struct sink *s, const struct ir_query *q, uint64_t start_ns)
{
	fputs(s->last ? "\n" : "", s->out);
	fprintf(s->out, "%.*s: epochs of ", STRA(q->name));
	put_duration(s->out, q->window_ns);
	if (start_ns) {
		fputs(", times in seconds after ", s->out);
		put_seconds(s->out, start_ns, start_ns % 1000000000 ? 9 : 0);
	}
	fputc('\n', s->out);
	s->last = q;
}

static void
put_names(struct sink *s, const struct ir_result *r, const struct widths *w)
{
	fputs("  epoch", s->out);
	pad(s->out, 5, r->ncolumns ? w->v[0] : 5);
	for (uint32_t i = 0; i < r->ncolumns; i++) {
		uint32_t n = width_of(r->columns[i].name);
		bool right = is_right(r->columns[i].type);

		fputs("  ", s->out);
		pad(s->out, right ? n : w->v[i + 1], w->v[i + 1]);
		put_safe(s->out, r->columns[i].name);
		pad(s->out, right || i + 1 == r->ncolumns ? w->v[i + 1] : n, w->v[i + 1]);
	}
	fputc('\n', s->out);
}

/* --- epochs ----------------------------------------------------------------------------------- */

/* All texts of an epoch: its own, then the rows' cells. */
struct cells {
	char *text;
	size_t *ends;
	uint32_t n;
};

static struct cells
make_cells(const struct ir_result *r)
{
	struct cells c = { .n = 0 };
	size_t size = 0;
	FILE *mem = checked(open_memstream(&c.text, &size));

	c.ends = checked(calloc((size_t)r->nrows * r->ncolumns + 1, sizeof(*c.ends)));
	put_epochs(mem, r->query, r->epoch, r->epoch);
	c.ends[c.n++] = (size_t)ftell(mem);
	for (uint32_t i = 0; i < r->nrows; i++) {
		for (uint32_t k = 0; k < r->ncolumns; k++) {
			put_value(mem, r->columns[k].type, &r->rows[i].values[k]);
			c.ends[c.n++] = (size_t)ftell(mem);
		}
	}
	if (fclose(mem))
		checked(NULL);
	return c;
}

static struct str
cell(const struct cells *c, uint32_t i)
{
	size_t from = i ? c->ends[i - 1] : 0;

	return (struct str){ c->text + from, (uint32_t)(c->ends[i] - from) };
}

/* Makes room for the cells; true when a column became wider. */
static bool
widen(struct widths *w, const struct ir_result *r, const struct cells *c)
{
	bool wider = false;

	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t column = i ? (i - 1) % r->ncolumns + 1 : 0, n = width_of(cell(c, i));

		n = n > WIDEST ? WIDEST : n;
		if (n > w->v[column]) {
			w->v[column] = n;
			wider = true;
		}
	}
	return wider;
}

static void
put_row(struct sink *s, const struct ir_result *r, const struct widths *w, const struct cells *c, uint32_t row)
{
	struct str epoch = row ? STR("") : cell(c, 0);

	fprintf(s->out, "  %.*s", STRA(epoch));
	pad(s->out, width_of(epoch), r->ncolumns ? w->v[0] : 0);
	for (uint32_t i = 0; i < r->ncolumns; i++) {
		struct str text = cell(c, 1 + row * r->ncolumns + i);
		uint32_t n = width_of(text);
		bool right = is_right(r->columns[i].type);

		fputs("  ", s->out);
		if (right)
			pad(s->out, n, w->v[i + 1]);
		fwrite(text.p, 1, text.n, s->out);
		if (!right && i + 1 < r->ncolumns)
			pad(s->out, n, w->v[i + 1]);
	}
	fputc('\n', s->out);
}

static void
put_notes(struct sink *s, const struct ir_result *r)
{
	const struct ir_epoch_info *info = &r->info;
	bool lost = r->query->stateful >= 0 && r->query->nodes.v[r->query->stateful]->kind == IR_LOST;

	if (!sink_complete(r)) {
		fputs("  ! incomplete: ", s->out);
		sink_reason(s->out, r);
		fputc('\n', s->out);
	}
	if (info->overflow && lost) {
		fprintf(s->out, "  ! %" PRIu64 " lost packet%s counted without a key", info->overflow,
			info->overflow == 1 ? "" : "s");
		if (info->precision >= 0)
			fprintf(s->out, "; %.4g of the keys are known", info->precision);
		fputc('\n', s->out);
	}
	if (info->absent)
		fprintf(s->out, "  ! %" PRIu64 " packet%s without a header that the query needs\n", info->absent,
			info->absent == 1 ? "" : "s");
}

/* Prints the run of empty epochs that has been held back. */
static void
put_empty(struct sink *s)
{
	struct table *t = s->own;

	if (!t->empty)
		return;
	if (s->last != t->empty)
		title(s, t->empty, t->start_ns);
	fputs("  ", s->out);
	put_epochs(s->out, t->empty, t->empty_first, t->empty_last);
	fputs("  no rows\n", s->out);
	t->empty = NULL;
}

static bool
hold_empty(struct sink *s, const struct ir_result *r, uint64_t start_ns)
{
	struct table *t = s->own;

	if (r->nrows || r->info.absent || r->info.overflow || !sink_complete(r))
		return false;
	if (t->empty != r->query || r->epoch != t->empty_last + 1) {
		put_empty(s);
		t->empty = r->query;
		t->empty_first = r->epoch;
	}
	t->empty_last = r->epoch;
	t->start_ns = start_ns;
	return true;
}

static void
result(struct sink *s, const struct ir_result *r, uint64_t start_ns)
{
	struct widths *w = widths_of(s->own, r);
	struct cells c;

	if (hold_empty(s, r, start_ns))
		return;
	put_empty(s);
	c = make_cells(r);
	if (widen(w, r, &c))
		w->titled = false;
	if (s->last != r->query) {
		title(s, r->query, start_ns);
		w->titled = false;
	}
	if (!w->titled && r->nrows) {
		put_names(s, r, w);
		w->titled = true;
	}
	for (uint32_t i = 0; i < r->nrows; i++)
		put_row(s, r, w, &c, i);
	if (!r->nrows)
		fprintf(s->out, "  %.*s  no rows\n", STRA(cell(&c, 0)));
	put_notes(s, r);
	free(c.text);
	free(c.ends);
}

/* --- the switch ------------------------------------------------------------------------------- */

static void
total_line(FILE *out, const char *name, uint64_t n)
{
	fprintf(out, "  %-20s %12" PRIu64 "\n", name, n);
}

static void
totals(struct sink *s, const struct sink_totals *t)
{
	static const char *const rule = "                       ------------\n";
	uint64_t in = t->received + t->copies;
	uint64_t out = t->forwarded + t->dropped_ingress + t->dropped_egress + t->lost_queue + t->queued;

	put_empty(s);
	fputs(s->last ? "\nswitch\n" : "switch\n", s->out);
	total_line(s->out, "received", t->received);
	total_line(s->out, "copies made", t->copies);
	fputs(rule, s->out);
	total_line(s->out, "in all", in);
	total_line(s->out, "forwarded", t->forwarded);
	total_line(s->out, "dropped in ingress", t->dropped_ingress);
	total_line(s->out, "dropped in egress", t->dropped_egress);
	total_line(s->out, "lost, queue full", t->lost_queue);
	total_line(s->out, "still queued", t->queued);
	fputs(rule, s->out);
	total_line(s->out, "in all", out);
	if (in != out)
		fprintf(s->out, "  ! %" PRIu64 " packets are unaccounted for\n", in > out ? in - out : out - in);
}

static void
finish(struct sink *s)
{
	struct table *t = s->own;

	put_empty(s);
	for (uint32_t i = 0; i < t->nwidths; i++)
		free(t->widths[i].v);
	free(t->widths);
}

struct sink *
sink_make_table(FILE *out)
{
	static const struct sink_format format = { result, totals, finish };

	return sink_make(out, &format, sizeof(struct table));
}
