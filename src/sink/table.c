/* A table for people: a block a query, rows below the epoch's number and times.
 *
 * Queries close their epochs in turn, and who reads wants one query after the other: so blocks are
 * kept until the sink is flushed or finished (or BYTES_MAX wait), then printed, each with columns
 * as wide as its cells. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/alloc.h"
#include "sink/format.h"

#define WIDEST 40 /* a wider text pushes its row to the right instead of all rows */
#define BYTES_MAX (64u << 20)

/* A row (an epoch's name, which may be empty, and a cell a column), or a single text that isn't in
 * columns. */
struct line {
	size_t first; /* cell */
	bool is_row;
};

/* What one query has to say. */
struct block {
	const struct ir_query *query;
	struct ir_column *columns;
	uint32_t ncolumns;
	FILE *mem; /* all cells, one after the other */
	char *text;
	size_t size;
	size_t *ends; /* of cells */
	size_t nends, cap_ends;
	struct line *lines;
	size_t nlines, cap_lines;
	bool has_empty; /* epochs without rows that have no line yet */
	uint64_t empty_first, empty_last;
	uint64_t absent;
	uint64_t start_ns;
};

struct table {
	struct block **blocks; /* by index of their query; each stays where it is, as its stream writes into it */
	uint32_t nblocks;
	bool said; /* something has been printed */
};

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

/* A terminal must not obey what a capture says. */
static void
put_safe(FILE *out, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	uint32_t n;

	for (uint32_t i = 0; i < s.n; i += n ? n : 1) {
		n = str_printable(p + i, s.n - i);
		if (!n)
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
	} units[] = {
		{ 1000000000, "s", 9 }, { 1000000, "ms", 6 }, { 1000, "us", 3 }, { 1, "ns", 0 }
	};
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

/* --- blocks ----------------------------------------------------------------------------------- */

static struct block *
block_make(const struct ir_result *r, uint64_t start_ns)
{
	struct block *b = alloc(1, sizeof(*b));

	b->query = r->query;
	b->ncolumns = r->ncolumns;
	b->start_ns = start_ns;
	b->columns = alloc(r->ncolumns + 1, sizeof(*b->columns));
	for (uint32_t c = 0; c < r->ncolumns; c++)
		b->columns[c] = r->columns[c];
	b->mem = open_memstream(&b->text, &b->size);
	if (!b->mem)
		alloc_failed();
	return b;
}

static struct block *
block_of(struct table *t, const struct ir_result *r, uint64_t start_ns)
{
	uint32_t i = 0;

	while (i < t->nblocks && t->blocks[i]->query != r->query &&
	       t->blocks[i]->query->index <= r->query->index)
		i++;
	if (i < t->nblocks && t->blocks[i]->query == r->query)
		return t->blocks[i];
	t->blocks = alloc_again(t->blocks, t->nblocks + 1, sizeof(*t->blocks));
	memmove(t->blocks + i + 1, t->blocks + i, (t->nblocks++ - i) * sizeof(*t->blocks));
	return t->blocks[i] = block_make(r, start_ns);
}

static void
block_free(struct block *b)
{
	fclose(b->mem);
	free(b->text);
	free(b->ends);
	free(b->lines);
	free(b->columns);
	free(b);
}

static void
begin_line(struct block *b, bool is_row)
{
	if (b->nlines == b->cap_lines) {
		b->cap_lines = b->cap_lines ? 2 * b->cap_lines : 64;
		b->lines = alloc_again(b->lines, b->cap_lines, sizeof(*b->lines));
	}
	b->lines[b->nlines++] = (struct line){ b->nends, is_row };
}

/* What was written to b->mem since the last cell becomes one. */
static void
end_cell(struct block *b)
{
	if (b->nends == b->cap_ends) {
		b->cap_ends = b->cap_ends ? 2 * b->cap_ends : 256;
		b->ends = alloc_again(b->ends, b->cap_ends, sizeof(*b->ends));
	}
	b->ends[b->nends++] = (size_t)ftell(b->mem);
}

static struct str
cell(const struct block *b, size_t i)
{
	size_t from = i ? b->ends[i - 1] : 0;

	return (struct str){ b->text + from, (uint32_t)(b->ends[i] - from) };
}

/* --- epochs ----------------------------------------------------------------------------------- */

/* Epochs that nothing is known of have no rows either. */
static void
add_empty(struct block *b)
{
	if (!b->has_empty)
		return;
	begin_line(b, false);
	put_epochs(b->mem, b->query, b->empty_first, b->empty_last);
	fputs("  no rows", b->mem);
	end_cell(b);
	b->has_empty = false;
}

static bool
hold_empty(struct block *b, const struct ir_result *r)
{
	if (r->nrows || r->info.overflow || !sink_complete(r))
		return false;
	if (!b->has_empty)
		b->empty_first = r->epoch;
	b->empty_last = r->epoch;
	b->has_empty = true;
	return true;
}

static void
add_exemplars(struct block *b, const struct ir_exemplars *of)
{
	if (!of->n)
		return;
	begin_line(b, false);
	fputs("       packets", b->mem);
	for (uint32_t i = 0; i < of->n; i++)
		fprintf(b->mem, "%s %" PRIu64, i ? "," : "", of->v[i].id);
	end_cell(b);
}

static void
add_rows(struct block *b, const struct ir_result *r)
{
	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *values = ir_result_row(r, i);

		begin_line(b, true);
		if (i == 0)
			put_epochs(b->mem, r->query, r->epoch, r->epoch);
		end_cell(b);
		for (uint32_t k = 0; k < r->ncolumns; k++) {
			put_value(b->mem, r->columns[k].type, &values[k]);
			end_cell(b);
		}
		if (r->exemplars)
			add_exemplars(b, &r->exemplars[i]);
	}
	if (r->nrows)
		return;
	begin_line(b, false);
	put_epochs(b->mem, r->query, r->epoch, r->epoch);
	fputs("  no rows", b->mem);
	end_cell(b);
}

static void
add_notes(struct block *b, const struct ir_result *r)
{
	const struct ir_epoch_info *info = &r->info;
	bool lost =
		r->query->stateful >= 0 && r->query->nodes.v[r->query->stateful]->kind == IR_LOST;

	if (!sink_complete(r)) {
		begin_line(b, false);
		fputs("! incomplete: ", b->mem);
		sink_reason(b->mem, r);
		end_cell(b);
	}
	if (info->overflow && lost) {
		begin_line(b, false);
		fprintf(b->mem, "! %" PRIu64 " lost packet%s counted without a key", info->overflow,
			info->overflow == 1 ? "" : "s");
		if (info->precision >= 0)
			fprintf(b->mem, "; %.4g of the keys are known", info->precision);
		end_cell(b);
	}
}

/* --- printing --------------------------------------------------------------------------------- */

static void
put_title(struct sink *s, const struct block *b)
{
	struct table *t = s->own;

	fputs(t->said ? "\n" : "", s->out);
	t->said = true;
	fprintf(s->out, "%.*s: epochs of ", STRA(b->query->name));
	put_duration(s->out, b->query->window_ns);
	if (b->start_ns) {
		fputs(", times in seconds after ", s->out);
		put_seconds(s->out, b->start_ns, b->start_ns % 1000000000 ? 9 : 0);
	}
	fputc('\n', s->out);
}

/* Widths of the epoch's name and of the columns; false when there is no row. */
static bool
measure(const struct block *b, uint32_t *widths)
{
	bool any = false;

	widths[0] = 5;
	for (uint32_t c = 0; c < b->ncolumns; c++)
		widths[c + 1] = width_of(b->columns[c].name);
	for (size_t i = 0; i < b->nlines; i++) {
		for (uint32_t c = 0; b->lines[i].is_row && c <= b->ncolumns; c++) {
			uint32_t n = width_of(cell(b, b->lines[i].first + c));

			n = n > WIDEST ? WIDEST : n;
			widths[c] = n > widths[c] ? n : widths[c];
		}
		any |= b->lines[i].is_row;
	}
	return any;
}

/* A cell of column `c`, and blanks up to the next column if there is one. */
static void
put_cell(FILE *out, const struct block *b, uint32_t c, struct str text, uint32_t width)
{
	uint32_t n = width_of(text);
	bool right = is_right(b->columns[c].type);

	fputs("  ", out);
	if (right)
		pad(out, n, width);
	put_safe(out, text);
	if (!right && c + 1 < b->ncolumns)
		pad(out, n, width);
}

static void
put_line(FILE *out, const struct block *b, const struct line *l, const uint32_t *widths)
{
	struct str epoch = cell(b, l->first);

	fprintf(out, "  %.*s", STRA(epoch));
	if (l->is_row) {
		pad(out, width_of(epoch), b->ncolumns ? widths[0] : 0);
		for (uint32_t c = 0; c < b->ncolumns; c++)
			put_cell(out, b, c, cell(b, l->first + 1 + c), widths[c + 1]);
	}
	fputc('\n', out);
}

static void
put_block(struct sink *s, struct block *b)
{
	uint32_t *widths = alloc(b->ncolumns + 1, sizeof(*widths));

	add_empty(b);
	if (fflush(b->mem))
		alloc_failed();
	if (b->nlines || b->absent)
		put_title(s, b);
	if (measure(b, widths)) {
		fputs("  epoch", s->out);
		pad(s->out, 5, b->ncolumns ? widths[0] : 5);
		for (uint32_t c = 0; c < b->ncolumns; c++)
			put_cell(s->out, b, c, b->columns[c].name, widths[c + 1]);
		fputc('\n', s->out);
	}
	for (size_t i = 0; i < b->nlines; i++)
		put_line(s->out, b, &b->lines[i], widths);
	if (b->absent)
		fprintf(s->out,
			"  ! left out: %" PRIu64
			" packet%s without a header that the query needs\n",
			b->absent, b->absent == 1 ? "" : "s");
	free(widths);
}

/* Prints what there is, and begins anew. */
static void
flush(struct sink *s)
{
	struct table *t = s->own;

	for (uint32_t i = 0; i < t->nblocks; i++) {
		put_block(s, t->blocks[i]);
		block_free(t->blocks[i]);
	}
	free(t->blocks);
	t->blocks = NULL;
	t->nblocks = 0;
}

static bool
is_full(const struct table *t)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < t->nblocks; i++) {
		const struct block *b = t->blocks[i];

		bytes += b->nends ? b->ends[b->nends - 1] + b->nends * sizeof(*b->ends) : 0;
	}
	return bytes > BYTES_MAX;
}

static void
result(struct sink *s, const struct ir_result *r, uint64_t start_ns)
{
	struct table *t = s->own;
	struct block *b = block_of(t, r, start_ns);

	b->absent += r->info.absent;
	if (hold_empty(b, r))
		return;
	add_empty(b);
	add_rows(b, r);
	add_notes(b, r);
	if (is_full(t))
		flush(s);
}

/* --- the switch ------------------------------------------------------------------------------- */

static void
total_line(FILE *out, const char *name, uint64_t n)
{
	fprintf(out, "  %-20s %12" PRIu64 "\n", name, n);
}

/* Each class, and below it the reasons: drops come sorted so. */
static void
drops(FILE *out, const struct sink_totals *n)
{
	struct str class = STR_NONE;

	if (n->ndrops)
		fputs("\nwhy packets did not leave\n", out);
	for (uint32_t i = 0; i < n->ndrops; i++) {
		const struct sink_drop *d = &n->drops[i];
		uint64_t sum = 0;

		for (uint32_t k = i; k < n->ndrops && str_eq(n->drops[k].class, d->class); k++)
			sum += n->drops[k].packets;
		if (!str_eq(d->class, class))
			fprintf(out, "  %12" PRIu64 "  %.*s\n", sum, STRA(d->class));
		class = d->class;
		fprintf(out, "  %24" PRIu64 "  ", d->packets);
		put_safe(out, d->reason);
		fputc('\n', out);
	}
}

static void
totals(struct sink *s, const struct sink_totals *n)
{
	struct table *t = s->own;
	static const char *const rule = "                       ------------\n";
	uint64_t in = n->received + n->copies;
	uint64_t out =
		n->forwarded + n->dropped_ingress + n->dropped_egress + n->lost_queue + n->queued + n->not_sent;

	flush(s);
	fputs(t->said ? "\nswitch\n" : "switch\n", s->out);
	t->said = true;
	total_line(s->out, "received", n->received);
	total_line(s->out, "copies made", n->copies);
	fputs(rule, s->out);
	total_line(s->out, "in all", in);
	total_line(s->out, "forwarded", n->forwarded);
	total_line(s->out, "dropped in ingress", n->dropped_ingress);
	total_line(s->out, "dropped in egress", n->dropped_egress);
	total_line(s->out, "lost, queue full", n->lost_queue);
	total_line(s->out, "still queued", n->queued);
	if (n->not_sent)
		total_line(s->out, "not sent", n->not_sent);
	fputs(rule, s->out);
	total_line(s->out, "in all", out);
	if (in != out)
		fprintf(s->out, "  ! %" PRIu64 " packets are unaccounted for\n",
			in > out ? in - out : out - in);
	drops(s->out, n);
}

struct sink *
sink_make_table(FILE *out)
{
	static const struct sink_format format = { result, totals, NULL, flush, flush };

	return sink_make(out, &format, sizeof(struct table));
}
