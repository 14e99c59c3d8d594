/* network_write.c - the manifest's section "network" as JSON (docs/manifest.md). */
#include "manifest/reader.h"

const char *const network_kinds[] = { "static", "quantile", "max", "min", "sum", NULL };
const char *const network_values[] = { "switch_id", "hop", "hop.latency", "link.utilization", "field", NULL };
const char *const network_spacings[] = { "multiplicative", "additive", NULL };

static json_t *
text(struct str s)
{
	return json_stringn(s.n ? s.p : "", s.n);
}

static json_t *
numbers(const uint32_t *v, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(list, json_integer(v[i]));
	return list;
}

/* A list of what `make` makes of each element. NULL: one of them could not be made. */
#define LIST(vec, make)                                                        \
	({                                                                     \
		json_t *list_ = json_array();                                  \
		int bad_ = 0;                                                  \
		vec_each (it_, vec)                                            \
			bad_ |= json_array_append_new(list_, make(it_));       \
		if (bad_) {                                                    \
			json_decref(list_);                                    \
			list_ = NULL;                                          \
		}                                                              \
		list_;                                                         \
	})

static json_t *
name(const struct str *s)
{
	return text(*s);
}

static json_t *
number(const double *v)
{
	return json_real(*v);
}

static json_t *
key(const struct network_flow_key *k)
{
	return json_pack("{s:o, s:o}", "name", text(k->name), "fields", numbers(k->fields.v, k->fields.n));
}

static json_t *
path(const struct pint_code *c)
{
	json_t *layers = json_array();

	for (uint32_t i = 0; i < c->schedule.layers; i++)
		json_array_append_new(layers, json_pack("{s:I, s:o, s:o}", "share", (json_int_t)c->schedule.share[i], "replace",
							numbers(c->schedule.replace[i], PINT_HOPS), "either",
							numbers(c->schedule.either[i], PINT_HOPS)));
	return json_pack("{s:i, s:o}", "fragments", (int)c->fragments, "layers", layers);
}

static json_t *
range(const struct pint_range *r)
{
	return json_pack("{s:s, s:b, s:I, s:I}", "spacing", network_spacings[r->spacing], "randomised", (int)r->randomised, "min",
			 (json_int_t)r->min, "max", (json_int_t)r->max);
}

static json_t *
query(const struct network_query *q)
{
	json_t *o = json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:I, s:I, s:I, s:I, s:f, s:f, s:o, s:I, s:I}", "name", text(q->name), "kind",
			      network_kinds[q->kind], "value", network_values[q->value], "value_name", text(q->value_name),
			      "value_type", text(q->value_type), "flow", LIST(&q->flow, key), "filter",
			      (int)q->filter, "number", (json_int_t)q->number, "bits", (json_int_t)q->bits, "copies",
			      (json_int_t)q->copies, "value_bits", (json_int_t)q->value_bits, "frequency", q->frequency, "theta", q->theta, "quantiles",
			      LIST(&q->quantiles, number), "space", (json_int_t)q->space, "window_ns", (json_int_t)q->window_ns);
	int bad = o ? 0 : 1;

	if (q->is_tag)
		bad |= json_object_set_new(o, "csig", json_true());
	if (q->kind <= NETWORK_QUANTILE)
		bad |= json_object_set_new(o, "path", path(&q->path));
	if (q->kind >= NETWORK_QUANTILE)
		bad |= json_object_set_new(o, "range", range(&q->range));
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
part(const struct network_part *p)
{
	return json_pack("{s:I, s:I}", "query", (json_int_t)p->query, "lo", (json_int_t)p->lo);
}

static json_t *
set(const struct network_set *s)
{
	return json_pack("{s:I, s:o}", "last", (json_int_t)s->last, "parts", LIST(&s->parts, part));
}

json_t *
manifest_network_write(const struct manifest_network *n)
{
	return json_pack("{s:i, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "version", NETWORK_VERSION, "budget", (json_int_t)n->budget, "plan",
			 (json_int_t)n->plan, "ethertype", (json_int_t)n->ethertype, "fields", numbers(n->fields.v, n->fields.n),
			 "identity", LIST(&n->identity, name), "queries", LIST(&n->queries, query), "sets", LIST(&n->sets, set));
}
