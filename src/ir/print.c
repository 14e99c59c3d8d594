#include "ir/text.h"

#include <inttypes.h>
#include <stdlib.h>

const char *const ir_field_words[] = {
#define X(kind, text, at) [kind] = text[0] ? text : "header",
	IR_FIELDS(X)
#undef X
		NULL
};
const char *const ir_kind_words[] = {
#define X(kind, text) [kind] = text,
	IR_KINDS(X)
#undef X
		NULL
};
const char *const ir_op_words[] = {
#define X(op, text) [op] = text,
	IR_OPS(X)
#undef X
		NULL
};
const char *const ir_instant_words[] = { "in", "mid", "deq", "out", NULL };
const char *const ir_node_words[] = { "filter", "map", "reduce", "distinct", "lost",
				      "join",	"top", "sort",	 "packets", "refine", NULL };
const char *const ir_func_words[] = { "sum", "count",	 "min",	     "max",
				      "avg", "distinct", "quantile", NULL };
const char *const ir_join_words[] = { "diff", "sum", "min", "max", "ratio", "expr", NULL };
const char *const ir_overflow_words[] = { "default", "mirror", "total", NULL };

/* Longest expression that a comment shows whole. */
#define COMMENT_NODES 64

static void
print_name(FILE *out, struct str s)
{
	fputc('"', out);
	for (uint32_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void
print_type(FILE *out, struct ir_type t)
{
	fprintf(out, "%s:%u%s", ir_kind_words[t.kind], t.width, t.is_signed ? "s" : "");
}

/* --- expressions for people ----------------------------------------------------------------- */

/* One node; *budget bounds the text, as shared subexpressions would be written out each time. */
static void
infix(FILE *out, const struct ir_expr *e, int *budget)
{
	struct ir_value v;

	if (--*budget < 0) {
		fprintf(out, "e%u", e->id);
	} else if (e->op == IR_CONST && e->type.kind == IR_REASON) {
		print_name(out, e->text);
	} else if (e->op == IR_CONST) {
		v = ir_int(e->value);
		ir_value_print(out, e->type, &v);
	} else if (e->op == IR_FIELD) {
		fprintf(out, "%.*s", STRA(e->field->text));
	} else if (e->op == IR_COLUMN) {
		fprintf(out, "%s[%u]", e->side ? "right" : "column", e->column);
	} else if (!e->b) {
		fputs(ir_op_words[e->op], out);
		infix(out, e->a, budget);
	} else {
		fputc('(', out);
		infix(out, e->a, budget);
		fprintf(out, " %s ", ir_op_words[e->op]);
		infix(out, e->b, budget);
		fputc(')', out);
	}
}

void
ir_expr_print(FILE *out, const struct ir_graph *g, const struct ir_expr *e)
{
	int budget = 4096;

	(void)g;
	infix(out, e, &budget);
}

/* Comments end at the line's end, whatever the names in them hold. */
static void
print_comment(FILE *out, const struct ir_expr *e)
{
	char *text = NULL;
	size_t n = 0;
	FILE *mem = open_memstream(&text, &n);
	int budget = COMMENT_NODES;

	if (!mem)
		bug("no memory for a comment");
	infix(mem, e, &budget);
	fclose(mem);
	fputs("\t# ", out);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		fputc(c < 0x20 || c >= 0x7f ? '?' : c, out);
	}
	free(text);
}

/* --- the graph ------------------------------------------------------------------------------ */

static void
print_schema(FILE *out, const struct ir_schema *s)
{
	if (!s)
		return;
	fprintf(out, "tick %u\n", s->tick_ns);
	vec_each (h, &s->headers) {
		fputs("header ", out);
		print_name(out, h->path);
		fputs(h->never_extracted ? " never_extracted\n" : "\n", out);
		vec_each (f, &h->fields) {
			fputs("  ", out);
			print_name(out, f->name);
			fprintf(out, " %u\n", f->width);
		}
	}
	vec_each (f, &s->metadata) {
		fputs("meta ", out);
		print_name(out, f->name);
		fprintf(out, " %u\n", f->width);
	}
}

static void
print_field(FILE *out, const struct ir_field *f)
{
	fprintf(out, "f%u = %s %s %u %u %u:%u ", f->index, ir_field_words[f->kind],
		ir_instant_words[f->at], f->header, f->field, f->hi, f->lo);
	print_type(out, f->type);
	fputc(' ', out);
	print_name(out, f->text);
	fputc('\n', out);
}

static void
print_leaf(FILE *out, const struct ir_expr *e)
{
	if (e->op == IR_FIELD) {
		fprintf(out, "f%u", e->field->index);
	} else if (e->op == IR_COLUMN) {
		fprintf(out, "%s %u ", e->side ? "right" : "column", e->column);
		print_type(out, e->type);
	} else if (e->type.kind == IR_REASON) {
		print_name(out, e->text);
	} else {
		ir_int_print(out, e->type, e->value);
		fputc(' ', out);
		print_type(out, e->type);
	}
}

static void
print_expr(FILE *out, const struct ir_expr *e)
{
	fprintf(out, "e%u = ", e->id);
	if (!e->a)
		print_leaf(out, e);
	else if (!e->b)
		fprintf(out, "%s e%u", ir_op_words[e->op], e->a->id);
	else
		fprintf(out, "e%u %s e%u", e->a->id, ir_op_words[e->op], e->b->id);
	print_comment(out, e);
	fputc('\n', out);
}

static void
print_column(FILE *out, const char *word, const struct ir_column *c)
{
	fprintf(out, "    %s ", word);
	print_name(out, c->name);
	fputc(' ', out);
	print_type(out, c->type);
	if (c->expr)
		fprintf(out, " e%u", c->expr->id);
	fputc('\n', out);
}

/* The other query and the columns in which both meet. */
static void
print_other(FILE *out, const struct ir_node *n)
{
	fprintf(out, " with %u on", n->other->index);
	for (uint32_t i = 0; i < n->on_left.n; i++)
		fprintf(out, " %u:%u", n->on_left.v[i], n->on_right.v[i]);
}

/* What stands on the operator's own line after its name. */
static void
print_options(FILE *out, const struct ir_node *n)
{
	if (n->kind == IR_REDUCE) {
		fprintf(out, " %s", ir_func_words[n->func]);
		if (n->func == IR_QUANTILE) {
			fputc(' ', out);
			ir_float_print(out, n->quantile);
		}
	}
	if (n->kind == IR_JOIN)
		fprintf(out, " %s", ir_join_words[n->join]);
	if (n->kind == IR_REFINE)
		fprintf(out, " %u", n->prefix);
	if (n->other)
		print_other(out, n);
	if (n->kind == IR_TOP)
		fprintf(out, " %u", n->top);
	if (n->kind == IR_TOP || n->kind == IR_SORT || n->kind == IR_REFINE)
		fprintf(out, " by %u%s", n->by, n->descending ? " descending" : "");
	if (n->kind == IR_PACKETS)
		fprintf(out, " %u", n->capacity);
	if (n->rows)
		fprintf(out, " rows %u", n->rows);
	if (n->stages)
		fprintf(out, " stages %u", n->stages);
	if (n->overflow != IR_OVERFLOW_DEFAULT)
		fprintf(out, " overflow %s", ir_overflow_words[n->overflow]);
	if (n->expr)
		fprintf(out, " e%u", n->expr->id);
}

static void
print_node(FILE *out, const struct ir_node *n)
{
	fprintf(out, "  %s", ir_node_words[n->kind]);
	print_options(out, n);
	if (n->expr)
		print_comment(out, n->expr);
	fputc('\n', out);
	vec_each (c, &n->keys)
		print_column(out, "by", c);
	vec_each (c, &n->values)
		print_column(out, "of", c);
	vec_each (c, &n->columns)
		print_column(out, c->is_key ? "key" : "col", c);
}

static void
print_query(FILE *out, const struct ir_query *q)
{
	fputs("query ", out);
	print_name(out, q->name);
	fprintf(out, " %s window %" PRIu64 "%s%s\n", q->egress ? "egress" : "ingress", q->window_ns,
		q->sees_all_instances ? " all_instances" : "", q->anonymous ? " anonymous" : "");
	vec_each (n, &q->nodes)
		print_node(out, *n);
}

void
ir_print(FILE *out, const struct ir_graph *g)
{
	fprintf(out, "graph %d\n", IR_TEXT_VERSION);
	print_schema(out, g->schema);
	vec_each (f, &g->fields)
		print_field(out, *f);
	vec_each (e, &g->exprs)
		print_expr(out, *e);
	vec_each (q, &g->queries)
		print_query(out, *q);
}
