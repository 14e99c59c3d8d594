/* What queries over network() ask: per_flow, per_packet. */
#include "query/net.h"

#define KEYS_MAX 8

static void
check_flow(struct net *n, struct tree *t)
{
	struct tree_arg alone = { .value = t };
	bool is_list = t->kind == TREE_LIST;

	if (is_list && !t->args.n)
		query_net_wrong(n, t->at, "there is no field in this list");
	for (uint32_t i = 0; i < (is_list ? t->args.n : 1); i++) {
		const struct tree_arg *arg = is_list ? &t->args.v[i] : &alone;
		struct ir_net_key key;

		if (i == KEYS_MAX) {
			query_net_wrong(n, arg->value->at, "a flow is made of at most 8 fields");
			return;
		}
		if (!query_network_key(n->c, arg, &key)) {
			n->bad = true;
			continue;
		}
		vec_each (k, &n->q->flow)
			if (str_eq(k->name, key.name)) {
				diag_error(n->c->d, arg->value->at, "there are two fields '%.*s'", STRA(key.name));
				n->bad = true;
			}
		vec_push(n->c->arena, &n->q->flow, key);
	}
}

static bool
is_constant_along(enum ir_net_value v, struct ir_type type)
{
	return v == IR_NET_SWITCH_ID || (v == IR_NET_FIELD && type.kind == IR_PORT);
}

/* What stays the same for all packets of a flow: which switch it is, by which ports, and what their headers say. */
static void
check_static(struct net *n, const struct tree *t)
{
	struct ir_net_query *q = n->q;

	if (q->value == IR_NET_HOP)
		query_net_wrong(n, t->at, "'hop' needs no query: reports know how many hops there were");
	else if (!is_constant_along(q->value, q->type) && !(q->field && q->field->kind == IR_F_HEADER)) {
		diag_error(n->c->d, t->at, "'%.*s' changes from packet to packet, and per_flow(%.*s) asks for what stays the same",
			   STRA(q->value_text), STRA(q->value_text));
		diag_hint(n->c->d, "ask for quantiles, per_flow(quantile(%.*s, [0.5, 0.99]), ...), or per_packet(max(%.*s))",
			  STRA(q->value_text), STRA(q->value_text));
		n->bad = true;
	}
}

/* Quantiles, maxima and sums are of numbers. */
static void
check_number(struct net *n, const struct tree *t)
{
	struct ir_net_query *q = n->q;
	enum ir_kind kind = q->type.kind;

	if (is_constant_along(q->value, q->type) || (kind != IR_INT && kind != IR_TIME && kind != IR_FLOAT)) {
		diag_error(n->c->d, t->at, "'%.*s' is no quantity: it has no %s", STRA(q->value_text), ir_net_kind_name(q->kind));
		diag_hint(n->c->d, "ask for it at each hop: per_flow(%.*s, flow=(...))", STRA(q->value_text));
		n->bad = true;
	}
}

static void
check_quantiles(struct net *n, struct tree *t)
{
	struct ir_net_query *q = n->q;
	bool is_list = t->kind == TREE_LIST;
	uint32_t count = is_list ? t->args.n : 1;

	if (!count || count > IR_NETWORK_QUANTILES)
		query_net_wrong(n, t->at, "between 1 and 8 quantiles are expected here: [0.5, 0.99]");
	for (uint32_t i = 0; i < count && i < IR_NETWORK_QUANTILES; i++) {
		struct tree *item = is_list ? t->args.v[i].value : t;
		double v;

		if (!query_quantile(n->c, item, &v)) {
			n->bad = true;
			continue;
		}
		if (v == 0)
			query_net_wrong(n, item->at, "a quantile over network() is larger than 0");
		for (uint32_t k = 0; k < q->nquantiles; k++)
			if (q->quantiles[k] == v)
				query_net_wrong(n, item->at, "this quantile is asked for twice");
		q->quantiles[q->nquantiles++] = v;
	}
}

/* VALUE, or FUNC(VALUE) of one of the kinds [from, to]. */
static void
check_aggregate(struct net *n, struct tree *t, enum ir_net_kind from, enum ir_net_kind to, const char *usage)
{
	struct str list[4];
	uint32_t count = 0, wanted;

	for (uint32_t k = from; k <= to; k++)
		list[count++] = str_from(ir_net_kind_name((enum ir_net_kind)k));
	for (uint32_t k = 0; t->kind == TREE_CALL && k < count; k++)
		if (str_eq(t->text, list[k]))
			n->q->kind = from + k;
	if (t->kind != TREE_CALL || n->q->kind == IR_NET_STATIC) {
		n->bad = true;
		if (t->kind == TREE_ERROR)
			return;
		diag_error(n->c->d, t->at, "%s is expected here", usage);
		if (t->kind == TREE_CALL)
			diag_nearest(n->c->d, t->text, list, count);
		return;
	}
	wanted = n->q->kind == IR_NET_QUANTILE ? 2 : 1;
	if (t->args.n != wanted) {
		diag_error(n->c->d, t->at, "'%.*s' needs %s", STRA(t->text), wanted == 2 ? "a value and quantiles: quantile(hop.latency, [0.5, 0.99])" : "one value");
		n->bad = true;
		return;
	}
	if (!query_network_value(n->c, t->args.v[0].value, n->q))
		n->bad = true;
	else
		check_number(n, t->args.v[0].value);
	if (wanted == 2)
		check_quantiles(n, t->args.v[1].value);
}

/* frequent(VALUE, SHARE): of anything that can be counted. */
static void
check_frequent(struct net *n, const struct tree *t)
{
	struct ir_net_query *q = n->q;
	struct ir_net_fraction share;

	q->kind = IR_NET_QUANTILE;
	if (t->args.n != 2) {
		query_net_wrong(n, t->at, "'frequent' needs a value and a share: frequent(port_out, 0.1)");
		return;
	}
	if (!query_network_value(n->c, t->args.v[0].value, q) || !query_net_fraction(n->c, t->args.v[1].value, &share)) {
		n->bad = true;
		return;
	}
	q->theta = (double)share.num / share.den;
	if (q->value == IR_NET_SWITCH_ID || q->value == IR_NET_HOP || q->value == IR_NET_UTILIZATION)
		query_net_wrong(n, t->args.v[0].value->at, "there are no frequent values of this: ask for ports, fields, lengths or times");
}

void
query_per_flow(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "value", "flow" };
	struct tree *args[2];

	if (!query_net_once(n, SAID_AGGREGATE, op))
		return;
	if (!query_bind(n->c, op, names, 2, 2, args)) {
		n->bad = true;
		return;
	}
	if (!args[0])
		query_net_wrong(n, op->at, "'per_flow' needs a value: per_flow(switch_id, flow=(...))");
	else if (args[0]->kind == TREE_CALL && str_is(args[0]->text, "frequent"))
		check_frequent(n, args[0]);
	else if (args[0]->kind == TREE_CALL)
		check_aggregate(n, args[0], IR_NET_QUANTILE, IR_NET_QUANTILE, "a value, quantile(VALUE, [P, ...]) or frequent(VALUE, SHARE)");
	else if (!query_network_value(n->c, args[0], n->q))
		n->bad = true;
	else
		check_static(n, args[0]);
	if (args[1])
		check_flow(n, args[1]);
	else
		query_net_wrong(n, op->at, "'per_flow' needs what makes a flow: flow=(ipv4.srcIP, ipv4.dstIP)");
}

void
query_per_packet(struct net *n, const struct tree_op *op)
{
	static const char *const names[] = { "value", "flow" };
	struct tree *args[2];

	if (!query_net_once(n, SAID_AGGREGATE, op))
		return;
	if (!query_bind(n->c, op, names, 2, 1, args)) {
		n->bad = true;
		return;
	}
	if (!args[0])
		query_net_wrong(n, op->at, "'per_packet' needs what it asks: per_packet(max(link.utilization))");
	else
		check_aggregate(n, args[0], IR_NET_MAX, IR_NET_SUM, "max(VALUE), min(VALUE) or sum(VALUE)");
	if (args[1])
		check_flow(n, args[1]);
}
