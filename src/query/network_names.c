/* What names mean in queries over network(): values of a hop, and fields of headers, which are taken as the packet arrives at a switch and are
 * written without their instant. */
#include "query/check.h"

#define NVALUES 11

/* Those that are fields of packets in other queries too come behind network()'s own. */
static const char *const values[NVALUES] = {
	"switch_id", "hop", "hop.latency", "link.utilization", "port_in", "port_out",
	"queuing.delay", "queuing.len_in", "queuing.len_out", "packet.len_in", "packet.len_out",
};

static struct str
arriving(struct checker *c, struct str text)
{
	return str_fmt(c->arena, "%.*s_in", STRA(text));
}

const struct ir_field *
query_network_field(struct checker *c, struct str text, struct span at)
{
	const struct ir_field *f = query_probe_field(c, arriving(c, text));

	if (!f)
		f = query_probe_field(c, text);
	if (f && f->kind == IR_F_HEADER && f->at == IR_AT_IN)
		return f;
	for (uint32_t i = 0; i < NVALUES; i++)
		if (str_is(text, values[i])) {
			diag_error(c->d, at, "only fields of headers can stand here: '%.*s' differs from switch to switch", STRA(text));
			return NULL;
		}
	if (str_starts(text, STR("meta.")))
		diag_error(c->d, at, "queries over network() don't see user metadata: it is each switch's own");
	else if (f && f->kind == IR_F_HEADER)
		diag_error(c->d, at, "queries over network() have fields as packets arrive: write '%.*s' without its instant", STRA(text));
	else if (f)
		diag_error(c->d, at, "queries over network() have no '%.*s'", STRA(text));
	else
		query_field(c, true, arriving(c, text), at); /* its message is the right one */
	return NULL;
}

static bool
own_value(const struct tree *t, struct ir_net_query *q)
{
	static const struct ir_type types[] = {
#define X(id, text, kind, width) [id] = { kind, width, false },
		IR_NET_VALUES(X)
#undef X
	};

	for (uint32_t i = 0; i < IR_NET_FIELD; i++) {
		if (!str_is(t->text, values[i]))
			continue;
		q->value = (enum ir_net_value)i;
		q->type = types[i];
		q->value_text = str_from(values[i]);
		return true;
	}
	return false;
}

static struct str
without_short_form(struct checker *c, struct str text)
{
	if (str_starts(text, STR("queue.")))
		return str_fmt(c->arena, "queuing.%.*s", STRA(str_sub(text, 6, text.n)));
	return text;
}

/* Does it look like one of `values`, or like a header's field? */
static bool
is_plain(struct str text)
{
	static const char *const groups[] = { "hop.", "link.", "queuing.", "packet.", "drop." };

	for (uint32_t i = 0; i < 5; i++)
		if (str_starts(text, str_from(groups[i])))
			return true;
	return str_find(text, '.') < 0;
}

static const struct ir_field *
value_field(struct checker *c, const struct tree *t)
{
	struct str text = without_short_form(c, t->text), list[NVALUES];

	for (uint32_t i = 0; i < NVALUES; i++) {
		list[i] = str_from(values[i]);
		if (i >= IR_NET_FIELD && str_eq(text, list[i]))
			return query_field(c, true, text, t->at);
	}
	if (!is_plain(text))
		return query_network_field(c, text, t->at);
	query_unknown(c, t->at, "value of network()", text, list, NVALUES);
	return NULL;
}

bool
query_network_value(struct checker *c, const struct tree *t, struct ir_net_query *q)
{
	if (t->kind == TREE_ERROR)
		return false;
	if (t->kind != TREE_PATH) {
		diag_error(c->d, t->at, "a value of network() is expected here: switch_id, hop.latency, a field...");
		return false;
	}
	if (own_value(t, q))
		return true;
	q->value = IR_NET_FIELD;
	q->field = value_field(c, t);
	if (!q->field)
		return false;
	q->type = q->field->type;
	q->value_text = t->text;
	if (q->type.width <= 32 || q->type.kind == IR_TIME)
		return true;
	diag_error(c->d, t->at, "'%.*s' has %u bits: digests are made of values of up to 32", STRA(t->text), q->type.width);
	return false;
}

/* Is it a header of ports, as TCP and UDP are, at the packet's outside? */
static bool
is_transport(const struct ir_schema_header *h)
{
	uint32_t hi, lo;

	return str_find(h->path, '.') < 0 && ir_schema_resolve(h, STR("srcPort"), &hi, &lo) >= 0 &&
	       ir_schema_resolve(h, STR("dstPort"), &hi, &lo) >= 0;
}

/* l4.srcPort, where no header is called l4. */
static bool
either(struct checker *c, struct str name, struct ir_net_key *ret)
{
	uint32_t hi, lo;

	vec_each (h, &c->schema->headers) {
		const struct ir_field *f;

		if (!is_transport(h) || ir_schema_resolve(h, name, &hi, &lo) < 0 || ret->nfields == IR_NETWORK_EITHER)
			continue;
		f = query_probe_field(c, str_fmt(c->arena, "%.*s.%.*s_in", STRA(h->path), STRA(name)));
		if (f && (!ret->nfields || f->type.width == ret->type.width)) {
			ret->fields[ret->nfields++] = f;
			ret->type = f->type;
		}
	}
	return ret->nfields > 0;
}

static bool
has_header(struct checker *c, const char *path)
{
	vec_each (h, &c->schema->headers)
		if (str_is(h->path, path))
			return true;
	return false;
}

bool
query_network_key(struct checker *c, const struct tree_arg *arg, struct ir_net_key *ret)
{
	const struct tree *t = arg->value;

	*ret = (struct ir_net_key){ .name = arg->name.n ? arg->name : t->text };
	if (t->kind == TREE_ERROR)
		return false;
	if (t->kind != TREE_PATH) {
		diag_error(c->d, t->at, "a flow is made of fields of headers: flow=(ipv4.srcIP, ipv4.dstIP)");
		return false;
	}
	if (str_starts(t->text, STR("l4.")) && !has_header(c, "l4") && either(c, str_sub(t->text, 3, t->text.n), ret))
		return true;
	ret->fields[0] = query_network_field(c, t->text, t->at);
	if (!ret->fields[0])
		return false;
	ret->nfields = 1;
	ret->type = ret->fields[0]->type;
	return true;
}
