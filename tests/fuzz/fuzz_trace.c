/* fuzz_trace.c - any bytes as a trace: every field of its schema is read, counted and summed up. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ir/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ir_expr *
add(struct ir_graph *g, struct ir_field f, enum ir_kind kind, uint32_t width)
{
	f.hi = f.lo + width - 1;
	f.type = (struct ir_type){ kind, (uint16_t)width, false };
	return ir_read(g, ir_field(g, &f));
}

static void
add_headers(struct ir_graph *g, enum ir_instant at)
{
	const struct ir_schema *s = g->schema;

	for (uint32_t h = 0; h < s->headers.n; h++) {
		add(g, (struct ir_field){ .kind = IR_F_VALID, .at = at, .header = h }, IR_BOOL, 1);
		for (uint32_t i = 0; i < s->headers.v[h].fields.n; i++) {
			uint32_t width = s->headers.v[h].fields.v[i].width;
			struct ir_field f = {
				.kind = IR_F_HEADER, .at = at, .header = h, .field = i
			};

			if (!width)
				continue;
			add(g, f, IR_INT, width < 128 ? width : 128);
			f.lo = width - 1;
			add(g, f, IR_INT, 1);
		}
	}
	for (uint32_t i = 0; at != IR_AT_IN && i < s->metadata.n; i++)
		if (s->metadata.v[i].width && s->metadata.v[i].width <= 128)
			add(g, (struct ir_field){ .kind = IR_F_META, .at = at, .field = i }, IR_INT,
			    s->metadata.v[i].width);
}

/* A count by each field, over one stream. */
static void
add_queries(struct arena *a, struct ir_graph *g, bool egress)
{
	for (uint32_t i = 0; i < g->fields.n && i < 100; i++) {
		struct ir_query *q = arena_new(a, struct ir_query);
		struct ir_node *n = arena_new(a, struct ir_node);
		struct ir_column c = { .type = g->fields.v[i]->type,
				       .is_key = true,
				       .expr = ir_read(g, g->fields.v[i]) };

		n->kind = IR_REDUCE;
		n->func = IR_COUNT;
		vec_push(a, &n->keys, c);
		c.expr = NULL;
		vec_push(a, &n->columns, c);
		vec_push(a, &n->columns, (struct ir_column){ .type = { IR_INT, 64, false } });
		vec_push(a, &q->nodes, n);
		q->egress = egress;
		q->sees_all_instances = true;
		q->window_ns = 1000000000;
		q->index = g->queries.n;
		vec_push(a, &g->queries, q);
	}
}

static struct ir_graph *
make_graph(struct arena *a, const struct ir_schema *s)
{
	static const enum ir_field_kind kinds[] = {
		IR_F_PORT_IN,  IR_F_PORT_INTENT, IR_F_PORT_OUT,	 IR_F_TIME_IN,
		IR_F_LEN_IN,   IR_F_LEN_OUT,	 IR_F_Q_TIME_IN, IR_F_Q_TIME_OUT,
		IR_F_Q_LEN_IN, IR_F_Q_LEN_OUT,	 IR_F_Q_DELAY,
	};
	struct ir_graph *g = ir_graph_make(a, s);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		add(g, (struct ir_field){ .kind = kinds[i] }, IR_INT, 64);
	add(g, (struct ir_field){ .kind = IR_F_DROP_REASON, .at = IR_AT_MID }, IR_REASON, 32);
	add(g, (struct ir_field){ .kind = IR_F_DROP_REASON, .at = IR_AT_OUT }, IR_REASON, 32);
	add_headers(g, IR_AT_IN);
	add_headers(g, IR_AT_MID);
	add_headers(g, IR_AT_OUT);
	add_queries(a, g, false);
	add_queries(a, g, true);
	return g;
}

static void
emit(void *user, const struct ir_result *r)
{
	for (uint32_t i = 0; i < r->nrows; i++)
		for (uint32_t c = 0; c < r->ncolumns; c++)
			ir_value_json(user, r->columns[c].type, &ir_result_row(r, i)[c]);
}

static void
run(struct arena *a, struct diags *d, struct str path)
{
	struct ir_trace *t = ir_trace_open(a, d, path);
	FILE *null = fopen("/dev/null", "w");
	struct ir_graph *g;
	struct ir_packet p;
	struct ir_eval *ev;

	if (t && null) {
		g = make_graph(a, ir_trace_schema(t));
		ev = ir_eval_make(g);
		while (ir_trace_next(t, g, &p) > 0)
			ir_eval_packet(ev, &p);
		ir_eval_finish(ev, emit, null);
		ir_eval_free(ev);
	}
	if (null)
		fclose(null);
	ir_trace_close(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("trace", 0);
	struct arena *a = arena_make();

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	run(a, diags_make(a, sources_make(a)), str_fmt(a, "/proc/self/fd/%d", fd));
	arena_free(a);
	close(fd);
	return 0;
}
