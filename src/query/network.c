/* Queries over network(): paths, latencies by hop and bottlenecks, out of a few bits per packet (docs/pint.md). */
#include "packetscope/pint_tag.h"
#include "query/net.h"

#define COPY_BITS_MAX 32
#define VALUE_BITS_MAX 16 /* of a code of numbers */
#define DEFAULT_BITS 8
#define DEFAULT_BUDGET 16
#define SPACE_MAX (64u << 20)

struct ir_network *
query_network_list(struct checker *c)
{
	if (!c->g->network)
		c->g->network = arena_new(c->arena, struct ir_network);
	return c->g->network;
}

bool
query_is_network(struct checker *c, const struct tree *t)
{
	for (uint32_t i = 0; i < QUERY_MAX_QUERIES; i++) {
		struct def *def;

		while (t->kind == TREE_CHAIN)
			t = t->a;
		if (t->kind == TREE_CALL)
			return str_is(t->text, "network");
		def = t->kind == TREE_PATH ? query_def(c, t->text) : NULL;
		if (!def || def->tree->is_param)
			return false;
		t = def->value;
	}
	return false;
}

void
query_net_wrong(struct net *n, struct span at, const char *what)
{
	diag_error(n->c->d, at, "%s", what);
	n->bad = true;
}

/* Each of these is said once. */
bool
query_net_once(struct net *n, enum said what, const struct tree_op *op)
{
	const struct tree_op *before = n->said[what];

	n->said[what] = op;
	if (!before)
		return true;
	if (what == SAID_BITS && !str_eq(op->name, before->name))
		diag_error(n->c->d, op->name_at, "'csig' takes the place of 'bits': one of them is said");
	else
		diag_error(n->c->d, op->name_at, what == SAID_AGGREGATE ? "a query over network() has one aggregate" : "'%.*s' is said twice",
			   STRA(op->name));
	diag_note(n->c->d, before->name_at, "first here");
	n->bad = true;
	return false;
}

/* --- bits, frequency, space ----------------------------------------------------------------------- */

/* max=10ms: a number, a time or a size, in the value's own unit. */
static void
check_largest(struct net *n, struct tree *t)
{
	struct term v = query_term(n->c, NULL, t);

	if (v.kind == TERM_ERROR)
		n->bad = true;
	else if ((v.kind != TERM_INT && v.kind != TERM_TIME && v.kind != TERM_SIZE) || v.value < 1 || v.value > INT64_MAX)
		query_net_wrong(n, t->at, "'max', the largest value to be told from larger ones, is a number, a time or a size");
	else
		n->q->largest = (uint64_t)v.value;
}

static void
check_bits(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "bits", "copies", "max" };
	struct tree *args[3];
	uint64_t bits = 0, copies = 0;

	if (!query_net_once(n, SAID_BITS, op))
		return;
	if (!query_bind(n->c, op, names, 3, 1, args)) {
		n->bad = true;
		return;
	}
	if (!args[0])
		query_net_wrong(n, op->at, "'bits' needs a number: .bits(8)");
	else if (!query_constant_int(n->c, args[0], "'bits', those of the digest,", 1, COPY_BITS_MAX, &bits))
		n->bad = true;
	if (args[1] && !query_constant_int(n->c, args[1], "'copies', independent digests in a packet,", 1, IR_NETWORK_COPIES, &copies))
		n->bad = true;
	if (args[2])
		check_largest(n, args[2]);
	n->q->bits = (uint32_t)bits;
	n->q->copies = (uint32_t)copies;
	n->q->bits_at = op->at;
}

/* Instead of bits: 4 bytes of each packet, and the answer tells where it was. */
static void
check_csig(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "max" };
	struct tree *largest;

	if (!query_net_once(n, SAID_BITS, op))
		return;
	if (!query_bind(n->c, op, names, 1, 0, &largest)) {
		n->bad = true;
		return;
	}
	if (largest)
		check_largest(n, largest);
	n->q->is_tag = true;
	n->q->bits = PINT_TAG_BITS;
	n->q->bits_at = op->at;
}

/* A fraction as it is written: 15/16, 0.25, 1. */
bool
query_net_fraction(struct checker *c, struct tree *t, struct ir_net_fraction *ret)
{
	bool is_ratio = t->kind == TREE_BINARY && t->op == IR_DIV;
	struct term a = query_term(c, NULL, is_ratio ? t->a : t);
	struct term b = is_ratio ? query_term(c, NULL, t->b) : (struct term){ .kind = TERM_INT, .value = 1 };
	uint64_t den = 1;

	if (a.kind == TERM_ERROR || b.kind == TERM_ERROR)
		return false;
	for (uint32_t i = 0; i < a.digits && den < UINT32_MAX; i++)
		den *= 10;
	if ((a.kind == TERM_INT || (a.kind == TERM_DECIMAL && !is_ratio)) && b.kind == TERM_INT && a.value > 0 && b.value > 0 &&
	    b.value <= UINT32_MAX && den <= UINT32_MAX && a.value <= (ir_i128)(den * (uint64_t)b.value)) {
		*ret = (struct ir_net_fraction){ (uint32_t)a.value, (uint32_t)(den * (uint64_t)b.value) };
		return true;
	}
	diag_error(c->d, t->at, "a frequency is a share of the packets, more than 0 and at most 1: 15/16 or 0.25");
	return false;
}

static void
check_frequency(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "share" };
	struct tree *t;

	if (!query_net_once(n, SAID_FREQUENCY, op))
		return;
	if (!query_bind(n->c, op, names, 1, 1, &t))
		n->bad = true;
	else if (!t)
		query_net_wrong(n, op->at, "'frequency' needs a share of the packets: .frequency(15/16)");
	else if (!query_net_fraction(n->c, t, &n->q->frequency))
		n->bad = true;
	n->q->frequency_at = op->at;
}

static void
check_space(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "bytes" };
	struct tree *t;
	struct term v;

	if (!query_net_once(n, SAID_SPACE, op))
		return;
	if (!query_bind(n->c, op, names, 1, 1, &t) || !t) {
		if (!op->args.n)
			query_net_wrong(n, op->at, "'space' needs a size, what the collector may keep for a flow: .space(4KiB)");
		n->bad = true;
		return;
	}
	v = query_term(n->c, NULL, t);
	if (v.kind == TERM_ERROR)
		n->bad = true;
	else if ((v.kind != TERM_INT && v.kind != TERM_SIZE) || v.value < 1 || v.value > SPACE_MAX)
		query_net_wrong(n, t->at, "a space is a size in bytes, 1 to 64 MiB: 4096, 4KiB");
	else
		n->q->space = (uint64_t)v.value;
	n->q->space_at = op->at;
}

/* --- the chain ------------------------------------------------------------------------------------ */

static void
check_filter(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "condition" };
	const struct ir_expr *e;
	struct tree *t;

	if (n->said[SAID_AGGREGATE]) {
		query_net_wrong(n, op->name_at, "a filter stands before the aggregate in queries over network()");
		return;
	}
	if (!query_bind(n->c, op, names, 1, 1, &t) || !t) {
		if (!op->args.n)
			query_net_wrong(n, op->at, "'filter' needs a condition");
		n->bad = true;
		return;
	}
	e = query_condition(n->c, &n->flow, t);
	if (!e) {
		n->bad = true;
		return;
	}
	query_warn_filter(n->c, e, t->at);
	n->q->filter = n->q->filter ? ir_binary(n->c->g, IR_AND, n->q->filter, e) : e;
	n->q->filter_at = op->at;
}

static void
check_op(struct net *n, const struct tree_op *op)
{
	static const struct {
		const char *name;
		void (*check)(struct net *n, const struct tree_op *op);
	} ops[] = {
		{ "filter", check_filter },	  { "per_flow", query_per_flow }, { "per_packet", query_per_packet }, { "bits", check_bits },
		{ "csig", check_csig },
		{ "frequency", check_frequency }, { "space", check_space }, { "window", NULL }, /* query_epoch reads it */
	};
	struct str list[sizeof(ops) / sizeof(ops[0])];

	if (n->nops++ >= QUERY_MAX_OPS) {
		if (n->nops == QUERY_MAX_OPS + 1)
			query_net_wrong(n, op->at, "a query has too many operators");
		return;
	}
	for (uint32_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		list[i] = str_from(ops[i].name);
		if (!str_eq(op->name, list[i]))
			continue;
		if (ops[i].check)
			ops[i].check(n, op);
		else if (op->args.n != 1)
			query_net_wrong(n, op->at, "'window' needs a duration: .window(1s)");
		return;
	}
	query_unknown(n->c, op->name_at, "operator over network()", op->name, list, sizeof(list) / sizeof(list[0]));
	n->bad = true;
}

static void
apply(struct net *n, const struct tree *t)
{
	struct def *def;

	if (t->kind == TREE_CHAIN) {
		apply(n, t->a);
		for (uint32_t i = 0; i < t->ops.n; i++)
			check_op(n, &t->ops.v[i]);
		return;
	}
	if (t->kind == TREE_CALL) { /* network(): query_is_network has looked */
		if (t->args.n)
			query_net_wrong(n, t->at, "'network()' takes no arguments");
		return;
	}
	def = query_def(n->c, t->text);
	if (def->is_base_now || def == n->def || n->c->depth >= QUERY_CHECK_DEPTH) {
		diag_error(n->c->d, t->at, "query '%.*s' is made from itself", STRA(t->text));
		n->bad = true;
		return;
	}
	def->is_base = def->is_base_now = true;
	n->c->depth += 4;
	apply(n, def->value);
	n->c->depth -= 4;
	def->is_base_now = false;
}

static void
check_widths(struct net *n)
{
	struct ir_net_query *q = n->q;

	if (q->is_tag && q->kind != IR_NET_MAX && q->kind != IR_NET_MIN)
		query_net_wrong(n, q->bits_at, "a tag tells one value and where it was: per_packet(max(VALUE)) or per_packet(min(VALUE))");
	if (q->bits > VALUE_BITS_MAX && q->kind != IR_NET_STATIC && !q->is_tag)
		query_net_wrong(n, q->bits_at, "numbers are coded in at most 16 bits");
	if (q->copies > 1 && q->kind > IR_NET_QUANTILE) {
		query_net_wrong(n, q->bits_at, "copies of what is asked per packet tell nothing new");
		diag_hint(n->c->d, "more bits tell it more precisely");
	}
	if (q->largest && q->kind == IR_NET_STATIC)
		query_net_wrong(n, q->bits_at, "'max' is for quantities: it means nothing here");
	if (q->bits * (q->copies ? q->copies : 1) > IR_NETWORK_BITS)
		query_net_wrong(n, q->bits_at, "a packet's digest has at most 32 bits");
}

static void
add_field(struct checker *c, const struct ir_field *f)
{
	struct ir_network *net = query_network_list(c);

	vec_each (have, &net->fields)
		if (*have == f)
			return;
	vec_push(c->arena, &net->fields, f);
}

static void
add_filter_fields(struct checker *c, const struct ir_expr *e, bool *seen)
{
	if (!e || seen[e->id])
		return;
	seen[e->id] = true;
	if (e->op == IR_FIELD)
		add_field(c, e->field);
	add_filter_fields(c, e->a, seen);
	add_filter_fields(c, e->b, seen);
}

/* What the reports must hold for it. */
static void
add_to_network(struct net *n)
{
	struct checker *c = n->c;
	struct ir_network *net = query_network_list(c);

	vec_each (k, &n->q->flow)
		for (uint32_t i = 0; i < k->nfields; i++)
			add_field(c, k->fields[i]);
	if (n->q->filter)
		add_filter_fields(c, n->q->filter, arena_array(c->arena, bool, n->q->filter->id + 1));
	if (net->queries.n == IR_NETWORK_QUERIES)
		query_net_wrong(n, n->q->at, "there are more than 16 queries over network()");
	else if (net->fields.n > IR_NETWORK_FIELDS)
		query_net_wrong(n, n->q->at, "queries over network() read more than 24 fields: reports would be too long");
	n->q->index = net->queries.n;
	vec_push(c->arena, &net->queries, n->q);
}

bool
query_network(struct checker *c, struct def *def)
{
	struct net n = { .c = c, .def = def };

	n.q = arena_new(c->arena, struct ir_net_query);
	*n.q = (struct ir_net_query){ .name = def->name, .at = def->tree->name_at, .bits_at = def->tree->name_at };
	n.q->frequency = (struct ir_net_fraction){ 1, 1 };
	n.none.egress = true;
	n.flow = (struct flow){ .q = &n.none, .of_network = true };
	apply(&n, def->value);
	if (!n.said[SAID_BITS])
		n.q->bits = DEFAULT_BITS;
	if (!n.bad)
		check_widths(&n);
	n.q->window_ns = query_window(c, query_def_epoch(c, def));
	if (n.bad || !n.said[SAID_AGGREGATE])
		return !n.bad;
	def->network = n.q;
	add_to_network(&n);
	return !n.bad;
}

/* --- the budget ----------------------------------------------------------------------------------- */

void
query_network_budget(struct checker *c)
{
	struct ir_network *net = c->g->network;
	uint64_t bits = DEFAULT_BUDGET;

	if (c->budget && c->budget->value->kind != TREE_ERROR)
		query_constant_int(c, c->budget->value, "a budget, the bits of packets' digests,", 1, IR_NETWORK_BITS, &bits);
	if (!net || !net->queries.n)
		return;
	net->budget = (uint32_t)bits;
	net->budget_at = c->budget ? c->budget->value->at : net->queries.v[0]->at;
}
