/* irtest.h - small graphs for the tests of ir: a schema of one header and shorthands for queries.
 */
#ifndef IRTEST_H
#define IRTEST_H

#include <stdio.h>
#include <stdlib.h>

#include "ir/eval.h"
#include "unit.h"

/* Header h: a 8 bits, b 16, c 32 (an IPv4 address), d 128 (IPv6), s 8 (signed in the tests);
 * meta.m 16. */
enum { H_A, H_B, H_C, H_D, H_S };

struct irtest {
	struct arena *a;
	struct ir_schema *schema;
	struct ir_graph *g;
	struct diags *d;
};

static const struct ir_type u8 = { IR_INT, 8, false }, u16 = { IR_INT, 16, false },
			    u32 = { IR_INT, 32, false }, u64 = { IR_INT, 64, false },
			    s8 = { IR_INT, 8, true }, s64 = { IR_INT, 64, true },
			    bool1 = { IR_BOOL, 1, false }, ip4 = { IR_IPV4, 32, false },
			    ip6 = { IR_IPV6, 128, false }, f64 = { IR_FLOAT, 64, true },
			    reason = { IR_REASON, 32, false };

static inline struct ir_schema *
irtest_schema(struct arena *a)
{
	static const struct {
		const char *name;
		uint32_t width;
	} fields[] = { { "a", 8 }, { "b", 16 }, { "c", 32 }, { "d", 128 }, { "s", 8 } };
	struct ir_schema *s = arena_new(a, struct ir_schema);
	struct ir_schema_header h = { .path = STR("h") };

	for (size_t i = 0; i < 5; i++)
		vec_push(a, &h.fields,
			 (struct ir_schema_field){ str_from(fields[i].name), fields[i].width });
	vec_push(a, &s->headers, h);
	h = (struct ir_schema_header){ .path = STR("odd \"name\"\n#"), .never_extracted = true };
	vec_push(a, &s->headers, h);
	vec_push(a, &s->metadata, (struct ir_schema_field){ STR("m"), 16 });
	s->tick_ns = 1000;
	return s;
}

static inline int
irtest_setup(void **state)
{
	struct irtest *t = calloc(1, sizeof(*t));

	t->a = arena_make();
	t->schema = irtest_schema(t->a);
	t->g = ir_graph_make(t->a, t->schema);
	t->d = diags_make(t->a, sources_make(t->a));
	*state = t;
	return 0;
}

static inline int
irtest_teardown(void **state)
{
	struct irtest *t = *state;

	arena_free(t->a);
	free(t);
	return 0;
}

static inline const struct ir_expr *
hdr(struct irtest *t, uint32_t field)
{
	static const char *const names[] = { "h.a_in", "h.b_in", "h.c_in", "h.d_in", "h.s_in" };
	const struct ir_type types[] = { u8, u16, ip4, ip6, s8 };

	return ir_read(t->g, ir_field(t->g, &(struct ir_field){ .kind = IR_F_HEADER,
								.field = field,
								.hi = types[field].width - 1u,
								.type = types[field],
								.text = str_from(names[field]) }));
}

static inline const struct ir_expr *
plain_field(struct irtest *t, enum ir_field_kind kind, enum ir_instant at, struct ir_type type,
	    const char *text)
{
	return ir_read(t->g, ir_field(t->g, &(struct ir_field){ .kind = kind,
								.at = at,
								.hi = type.width - 1u,
								.type = type,
								.text = str_from(text) }));
}

static inline const struct ir_expr *
num(struct irtest *t, struct ir_type type, ir_i128 v)
{
	return ir_const(t->g, type, v);
}

static inline struct ir_query *
add_query(struct irtest *t, const char *name, bool egress, uint64_t window)
{
	struct ir_query *q = arena_new(t->a, struct ir_query);

	q->name = str_from(name);
	q->index = t->g->queries.n;
	q->egress = egress;
	q->window_ns = window;
	q->stateful = -1;
	vec_push(t->a, &t->g->queries, q);
	return q;
}

static inline struct ir_node *
add_node(struct irtest *t, struct ir_query *q, enum ir_node_kind kind)
{
	struct ir_node *n = arena_new(t->a, struct ir_node);

	n->kind = kind;
	if (q->stateful < 0 && (kind == IR_REDUCE || kind == IR_DISTINCT || kind == IR_LOST))
		q->stateful = (int32_t)q->nodes.n;
	vec_push(t->a, &q->nodes, n);
	return n;
}

static inline struct ir_column
col(const char *name, struct ir_type type, bool key, const struct ir_expr *e)
{
	return (struct ir_column){ str_from(name), type, key, e };
}

static inline void
add_filter(struct irtest *t, struct ir_query *q, const struct ir_expr *e)
{
	struct ir_node *before = q->nodes.n ? q->nodes.v[q->nodes.n - 1] : NULL;
	struct ir_node *n = add_node(t, q, IR_FILTER);

	n->expr = e;
	for (uint32_t i = 0; before && i < before->columns.n; i++) {
		struct ir_column c = before->columns.v[i];

		c.expr = NULL;
		vec_push(t->a, &n->columns, c);
	}
}

/* TOP (n > 0) or SORT. */
static inline void
add_order(struct irtest *t, struct ir_query *q, uint32_t top, uint32_t by, bool descending)
{
	struct ir_node *n;

	add_filter(t, q, NULL);
	n = q->nodes.v[q->nodes.n - 1];
	n->kind = top ? IR_TOP : IR_SORT;
	n->top = top;
	n->by = by;
	n->descending = descending;
}

/* reduce over one key (NULL: none) of one value (NULL for COUNT). */
static inline struct ir_node *
add_reduce(struct irtest *t, struct ir_query *q, enum ir_func func, const struct ir_expr *key,
	   const struct ir_expr *value, struct ir_type result)
{
	struct ir_node *n = add_node(t, q, IR_REDUCE);

	n->func = func;
	if (key) {
		vec_push(t->a, &n->keys, col("k", key->type, true, key));
		vec_push(t->a, &n->columns, col("k", key->type, true, NULL));
	}
	if (value)
		vec_push(t->a, &n->values, col("v", value->type, false, value));
	vec_push(t->a, &n->columns, col("v", result, false, NULL));
	return n;
}

static inline struct ir_node *
add_lost(struct irtest *t, struct ir_query *q, const struct ir_expr *key)
{
	struct ir_node *n = add_node(t, q, IR_LOST);

	vec_push(t->a, &n->keys, col("k", key->type, true, key));
	vec_push(t->a, &n->columns, col("k", key->type, true, NULL));
	vec_push(t->a, &n->columns, col("count", u64, false, NULL));
	return n;
}

/* Joins on column 0 of both sides, one value. */
static inline struct ir_node *
add_join(struct irtest *t, struct ir_query *q, struct ir_query *other, enum ir_join how,
	 struct ir_type result)
{
	struct ir_column key = q->nodes.v[q->nodes.n - 1]->columns.v[0];
	struct ir_node *n = add_node(t, q, IR_JOIN);

	n->join = how;
	n->other = other;
	vec_push(t->a, &n->on_left, 0);
	vec_push(t->a, &n->on_right, 0);
	vec_push(t->a, &n->columns, col("k", key.type, true, NULL));
	vec_push(t->a, &n->columns, col("v", result, false, NULL));
	return n;
}

/* A packet of ingress and egress at `time`; fields by index, ABSENT where not set. */
struct packet {
	struct ir_packet p;
	struct ir_value v[32];
};

static inline struct packet
packet(uint64_t time)
{
	struct packet p = {
		.p = { .ingress = true, .egress = true, .time_in = time, .copies = 1 }
	};

	return p;
}

static inline void
set(struct packet *p, const struct ir_expr *field, ir_i128 v)
{
	p->v[field->field->index] = ir_int(v);
}

static inline void
feed(struct ir_eval *ev, struct packet *p)
{
	p->p.fields = p->v;
	ir_eval_packet(ev, &p->p);
}

/* Results as text: "q 3: 1 5 | 2 7" a line; notes in [] when there is something to tell. */
static inline void
emit_text(void *user, const struct ir_result *r)
{
	FILE *out = user;

	fprintf(out, "%.*s %llu:", STRA(r->query->name), (unsigned long long)r->epoch);
	for (uint32_t i = 0; i < r->nrows; i++) {
		fputs(i ? " |" : "", out);
		for (uint32_t c = 0; c < r->ncolumns; c++) {
			fputc(' ', out);
			ir_value_print(out, r->columns[c].type, &ir_result_row(r, i)[c]);
		}
	}
	if (r->info.absent)
		fprintf(out, " [absent %llu]", (unsigned long long)r->info.absent);
	if (r->info.overflow)
		fprintf(out, " [overflow %llu]", (unsigned long long)r->info.overflow);
	if (r->info.precision != 1)
		fprintf(out, " [precision %g]", r->info.precision);
	fputc('\n', out);
}

struct text {
	FILE *file;
	char *p;
	size_t n;
};

static inline void
text_open(struct text *x)
{
	*x = (struct text){ 0 };
	x->file = open_memstream(&x->p, &x->n);
	assert_non_null(x->file);
}

/* The text so far; text_free frees it. */
static inline char *
text_close(struct text *x)
{
	assert_int_equal(fclose(x->file), 0);
	return x->p;
}

/* Finishes and compares. */
static inline void
expect_results(struct ir_eval *ev, const char *wanted)
{
	struct text x;

	text_open(&x);
	ir_eval_finish(ev, emit_text, x.file);
	assert_string_equal(text_close(&x), wanted);
	free(x.p);
	ir_eval_free(ev);
}

#endif
