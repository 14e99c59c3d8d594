/* program.c - the kernel as the planner sees it: headers that it may rewrite, and what is readable where. */
#include "target/linux/linux.h"

static const struct row {
	const char *header, *field; /* one of them */
	uint32_t bits;
} rows[] = {
#define HEADER(path, name) { .header = path },
#define FIELD(name, width) { .field = name, .bits = width },
#include "target/linux/headers.def"
#undef HEADER
#undef FIELD
};

static void
may_write_all(struct arena *a, const struct ir_schema *s, struct plan_writes *w)
{
	w->headers = arena_alloc(a, sizeof(*w->headers) * (s->headers.n + 1));
	for (uint32_t i = 0; i < s->headers.n; i++) {
		w->headers[i].validity = true;
		w->headers[i].fields = arena_array(a, bool, s->headers.v[i].fields.n + 1);
		for (uint32_t f = 0; f < s->headers.v[i].fields.n; f++)
			w->headers[i].fields[f] = true;
	}
	map_init(&w->std, a);
	w->marks = true;
}

struct plan_program *
linux_program(struct arena *a, const struct kernel_facts *facts)
{
	struct plan_program *p = arena_new(a, struct plan_program);
	struct ir_schema *s = &p->schema;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ir_schema_field f = { str_from(rows[i].field ? rows[i].field : ""), rows[i].bits };

		if (rows[i].header)
			vec_push(a, &s->headers, (struct ir_schema_header){ .path = str_from(rows[i].header) });
		else
			vec_push(a, &s->headers.v[s->headers.n - 1].fields, f);
	}
	s->tick_ns = 1000;
	s->is_kernel = true;
	vec_each(port, &facts->ports)
		vec_push(a, &s->ports, port->name);
	may_write_all(a, s, &p->parser);
	may_write_all(a, s, &p->ingress);
	may_write_all(a, s, &p->egress);
	return p;
}

/* Tags are kept beside packets, so the arrival's time and port are in every one of them. What the queue knows stays in the tag
 * until the packet leaves, and both instants behind the queue are one hook. */
static enum plan_access
access(const struct plan_program *p, const struct ir_field *f, enum ir_instant at)
{
	(void)p;
	switch (f->kind) {
	case IR_F_HEADER:
	case IR_F_VALID:
	case IR_F_LEN_IN:
	case IR_F_DROP_REASON:
	case IR_F_DROP_CLASS:
	case IR_F_QDISC:
		return at == f->at ? PLAN_DIRECT : PLAN_NOT_THERE;
	case IR_F_META:
		return PLAN_NOT_THERE;
	case IR_F_PORT_IN:
	case IR_F_TIME_IN:
	case IR_F_NETNS:
	case IR_F_INSTANCE:
		return PLAN_DIRECT;
	case IR_F_PORT_INTENT:
		return at >= IR_AT_MID ? PLAN_DIRECT : PLAN_NOT_THERE;
	case IR_F_PORT_OUT:
	case IR_F_LEN_OUT:
		return at == IR_AT_OUT ? PLAN_DIRECT : PLAN_NOT_THERE;
	case IR_F_Q_TIME_IN:
	case IR_F_Q_TIME_OUT:
	case IR_F_Q_LEN_IN:
	case IR_F_Q_LEN_OUT:
	case IR_F_Q_DELAY:
	case IR_F_Q_BYTES:
		return at >= IR_AT_DEQ ? PLAN_DIRECT : PLAN_NOT_THERE;
	}
	bug("field kind %d", (int)f->kind);
}

const struct plan_target linux_target = {
	.name = "linux",
	.tick_ns = 1000,
	.exact_epochs = true,
	.cell_bits = 64,
	.word_bits = 32,
	.default_rows = 2048,
	.default_stages = 3,
	.ring_rows = 16384,
	.max_generations = 65536,
	.access = access,
};
