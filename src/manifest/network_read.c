/* network_read.c - the manifest's section "network": read, and checked so far that whoever decodes by it may index and shift without further
 * thought. That fields and filters are of the graph, only who has the graph can tell. */
#include "manifest/reader.h"

#define QUERIES_MAX 16
#define FIELDS_MAX 32
#define KEYS_MAX 8
#define QUANTILES_MAX 8
#define NUMBERS_MAX 65535

static bool
flag(struct reader *r, const struct where *w, const json_t *o, const char *member)
{
	const json_t *v = json_object_get(o, member);

	if (!json_is_boolean(v))
		reader_complain(r, w, member, "expected true or false");
	return json_is_true(v);
}

/* In (0, 1]. */
static double
share(struct reader *r, const struct where *w, const char *member, const json_t *v)
{
	double d = json_number_value(v);

	if (!json_is_number(v) || !(d > 0) || d > 1) {
		reader_complain(r, w, member, "expected a number above 0 and up to 1");
		return 1;
	}
	return d;
}

static uint32_t
word(struct reader *r, const struct where *w, const json_t *o, const char *member, const char *const *words)
{
	const char *s = json_string_value(json_object_get(o, member));

	for (uint32_t i = 0; s && words[i]; i++)
		if (strcmp(s, words[i]) == 0)
			return i;
	reader_complain(r, w, member, "expected one of the words that there are");
	return 0;
}

static uint32_t
item(struct reader *r, const struct where *w, const char *member, const json_t *v, uint32_t max)
{
	json_int_t i = json_integer_value(v);

	if (json_is_integer(v) && i >= 0 && i <= max)
		return (uint32_t)i;
	reader_complain(r, w, member, "expected numbers of at most %u", max);
	return 0;
}

static void
read_key(struct reader *r, const struct where *w, json_t *o, struct network_flow_key *ret)
{
	static const char *const known[] = { "name", "fields", NULL };
	const json_t *fields;

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->name = reader_name(r, w, o, "name", MUST);
	fields = reader_list(r, w, o, "fields", 4);
	for (size_t i = 0; i < json_array_size(fields); i++)
		vec_push(r->arena, &ret->fields, item(r, w, "fields", json_array_get(fields, i), FIELDS_MAX - 1));
	if (fields && !ret->fields.n)
		reader_complain(r, w, "fields", "there is none");
}

static void
read_hops(struct reader *r, const struct where *w, const json_t *o, const char *member, uint32_t *ret)
{
	const json_t *list = reader_list(r, w, o, member, PINT_HOPS);

	if (list && json_array_size(list) != PINT_HOPS)
		reader_complain(r, w, member, "expected %d of them", PINT_HOPS);
	for (size_t i = 0; i < json_array_size(list); i++)
		ret[i] = item(r, w, member, json_array_get(list, i), UINT32_MAX);
}

static void
read_layer(struct reader *r, const struct where *w, json_t *o, struct pint_schedule *s)
{
	static const char *const known[] = { "share", "replace", "either", NULL };
	uint32_t i = s->layers++;

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	s->share[i] = (uint32_t)reader_number(r, w, o, "share", 0, UINT32_MAX);
	read_hops(r, w, o, "replace", s->replace[i]);
	read_hops(r, w, o, "either", s->either[i]);
	if (i && s->share[i] < s->share[i - 1])
		reader_complain(r, w, "share", "shares are cumulated: they ascend");
	for (uint32_t h = 0; h < PINT_HOPS; h++)
		if (s->either[i][h] < s->replace[i][h]) {
			reader_complain(r, w, "either", "it is at least as much as 'replace'");
			break;
		}
}

/* As pint_code_make does. */
static void
seed(struct pint_code *c, uint32_t number)
{
	for (uint32_t i = 0; i < PINT_COPIES; i++) {
		c->layer_seed[i] = pint_seed(PINT_LAYER, number, i);
		c->act_seed[i] = pint_seed(PINT_ACT, number, i);
		c->value_seed[i] = pint_seed(PINT_VALUE, number, i);
		c->fragment_seed[i] = pint_seed(PINT_FRAGMENT, number, i);
	}
}

static void
read_path(struct reader *r, const struct where *up, json_t *o, struct network_query *ret)
{
	static const char *const known[] = { "fragments", "layers", NULL };
	struct where w = { up, "path", 0 }, in = { &w, "layers", 0 };
	struct pint_code *c = &ret->path;
	const json_t *layers;

	if (!reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	c->bits = (uint8_t)ret->bits;
	c->copies = (uint8_t)ret->copies;
	c->fragments = (uint8_t)reader_number(r, &w, o, "fragments", 0, 32);
	seed(c, ret->number);
	layers = reader_list(r, &w, o, "layers", PINT_LAYERS);
	for (size_t i = 0; i < json_array_size(layers); i++)
		read_layer(r, &(struct where){ &in, NULL, i }, json_array_get(layers, i), &c->schedule);
	if (layers && (!c->schedule.layers || c->schedule.share[c->schedule.layers - 1] != UINT32_MAX))
		reader_complain(r, &w, "layers", "the last one's share is %u", UINT32_MAX);
}

static void
read_range(struct reader *r, const struct where *up, json_t *o, struct network_query *ret)
{
	static const char *const known[] = { "spacing", "randomised", "min", "max", NULL };
	struct where w = { up, "range", 0 };

	if (!reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->range.spacing = (enum pint_spacing)word(r, &w, o, "spacing", network_spacings);
	ret->range.randomised = flag(r, &w, o, "randomised");
	ret->range.bits = (uint8_t)network_code_bits(ret);
	ret->range.min = (uint32_t)reader_number(r, &w, o, "min", 0, UINT32_MAX - 1);
	ret->range.max = (uint32_t)reader_number(r, &w, o, "max", (uint64_t)ret->range.min + 1, UINT32_MAX);
	if (network_code_bits(ret) > PINT_SCALE_BITS)
		reader_complain(r, up, "bits", "numbers are coded in at most %d bits", PINT_SCALE_BITS);
}

/* What a kind has and others have not. */
static void
check_kind(struct reader *r, const struct where *w, const json_t *o, const struct network_query *q)
{
	bool quantile = q->kind == NETWORK_QUANTILE;

	if ((q->quantiles.n || q->theta > 0) != quantile || (q->quantiles.n && q->theta > 0))
		reader_complain(r, w, "quantiles", "quantiles have them, or 'theta', and nothing else");
	if (q->kind > NETWORK_QUANTILE && json_object_get(o, "path"))
		reader_complain(r, w, "path", "this kind of query has none");
	if (q->kind < NETWORK_QUANTILE && json_object_get(o, "range"))
		reader_complain(r, w, "range", "this kind of query has none");
	if (q->kind <= NETWORK_QUANTILE && !q->flow.n)
		reader_complain(r, w, "flow", "this kind of query needs one");
	if (q->is_tag && ((q->kind != NETWORK_MAX && q->kind != NETWORK_MIN) || q->bits != PINT_TAG_BITS || q->copies != 1))
		reader_complain(r, w, "csig", "a tag has %d bits, and tells what is largest or least", PINT_TAG_BITS);
	if (quantile && q->path.fragments != 1)
		reader_complain(r, w, "path", "codes of numbers are one fragment");
	if (q->kind == NETWORK_STATIC && q->path.fragments && (uint32_t)q->path.fragments * q->bits < q->value_bits)
		reader_complain(r, w, "path", "%u fragments of %u bits don't hold values of %u", q->path.fragments, q->bits, q->value_bits);
	if (q->kind == NETWORK_STATIC && !q->path.fragments && q->value != NETWORK_SWITCH_ID && q->value_bits > 16)
		reader_complain(r, w, "value_bits", "values that are hashed have at most 16 bits");
}

static void
read_query(struct reader *r, const struct where *w, json_t *o, struct network_query *ret)
{
	static const char *const known[] = { "name", "kind", "value", "value_name", "value_type", "flow", "filter", "number", "csig", "bits", "copies", "value_bits",
					     "frequency", "theta", "quantiles", "space", "window_ns", "path", "range", NULL };
	const json_t *list, *filter;

	ret->bits = ret->copies = 1;
	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->name = reader_name(r, w, o, "name", MUST);
	ret->kind = (enum network_kind)word(r, w, o, "kind", network_kinds);
	ret->value = (enum network_value)word(r, w, o, "value", network_values);
	ret->value_name = reader_name(r, w, o, "value_name", MUST);
	ret->value_type = reader_name(r, w, o, "value_type", MUST);
	READ_LIST(r, w, o, "flow", KEYS_MAX, read_key, &ret->flow);
	filter = json_object_get(o, "filter");
	ret->filter = json_is_integer(filter) && json_integer_value(filter) == -1 ? -1 :
		(int32_t)reader_number(r, w, o, "filter", 0, INT32_MAX);
	ret->number = (uint32_t)reader_number(r, w, o, "number", 1, NUMBERS_MAX);
	ret->is_tag = json_object_get(o, "csig") && flag(r, w, o, "csig");
	ret->bits = (uint32_t)reader_number(r, w, o, "bits", 1, 32);
	ret->copies = (uint32_t)reader_number(r, w, o, "copies", 1, PINT_COPIES);
	ret->value_bits = (uint32_t)reader_number(r, w, o, "value_bits", 1, 32);
	ret->frequency = share(r, w, "frequency", json_object_get(o, "frequency"));
	if (json_number_value(json_object_get(o, "theta")) != 0)
		ret->theta = share(r, w, "theta", json_object_get(o, "theta"));
	list = reader_list(r, w, o, "quantiles", QUANTILES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		vec_push(r->arena, &ret->quantiles, share(r, w, "quantiles", json_array_get(list, i)));
	ret->space = reader_number(r, w, o, "space", 0, 1u << 30);
	ret->window_ns = reader_number(r, w, o, "window_ns", 1, INT64_MAX);
	if (ret->kind <= NETWORK_QUANTILE)
		read_path(r, w, json_object_get(o, "path"), ret);
	if (ret->kind >= NETWORK_QUANTILE)
		read_range(r, w, json_object_get(o, "range"), ret);
	check_kind(r, w, o, ret);
}

static void
read_part(struct reader *r, const struct where *w, json_t *o, struct network_part *ret)
{
	static const char *const known[] = { "query", "lo", NULL };

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->query = (uint32_t)reader_number(r, w, o, "query", 0, QUERIES_MAX - 1);
	ret->lo = (uint32_t)reader_number(r, w, o, "lo", 0, 31);
}

static void
read_set(struct reader *r, const struct where *w, json_t *o, struct network_set *ret)
{
	static const char *const known[] = { "last", "parts", NULL };

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->last = (uint32_t)reader_number(r, w, o, "last", 0, UINT32_MAX);
	READ_LIST(r, w, o, "parts", QUERIES_MAX, read_part, &ret->parts);
}

/* Parts lie in the digest, apart from each other, and are of different queries. */
static void
check_set(struct reader *r, const struct where *w, const struct manifest_network *n, const struct network_set *s)
{
	uint64_t used = 0;
	uint32_t seen = 0;

	vec_each (p, &s->parts) {
		uint32_t bits;
		uint64_t mask;

		if (p->query >= n->queries.n) {
			reader_complain(r, w, "sets", "there is no query %u", p->query);
			return;
		}
		bits = n->queries.v[p->query].bits * n->queries.v[p->query].copies;
		mask = ((UINT64_C(1) << bits) - 1) << p->lo;
		if (p->lo + bits > n->budget || used & mask || seen >> p->query & 1)
			reader_complain(r, w, "sets", "the bits of query %u are elsewhere", p->query);
		used |= mask;
		seen |= 1u << p->query;
	}
}

static void
check_whole(struct reader *r, const struct where *w, const struct manifest_network *n)
{
	if (!n->queries.n || !n->sets.n)
		reader_complain(r, w, NULL, "there is no query, or no set of queries");
	for (uint32_t i = 0; i < n->sets.n; i++) {
		check_set(r, w, n, &n->sets.v[i]);
		if (i && n->sets.v[i].last <= n->sets.v[i - 1].last)
			reader_complain(r, w, "sets", "they ascend by 'last'");
	}
	if (n->sets.n && n->sets.v[n->sets.n - 1].last != UINT32_MAX)
		reader_complain(r, w, "sets", "'last' of the last one is %u", UINT32_MAX);
	vec_each (q, &n->queries) {
		if (q->bits * q->copies > n->budget)
			reader_complain(r, w, "queries", "%.*s takes more than the budget", STRA(q->name));
		vec_each (k, &q->flow)
			vec_each (f, &k->fields)
				if (*f >= n->fields.n)
					reader_complain(r, w, "queries", "there is no field %u", *f);
	}
}

void
manifest_network_read(struct reader *r, json_t *o, struct manifest_network *ret)
{
	static const char *const known[] = { "version", "budget", "plan", "ethertype", "fields", "identity", "queries", "sets", NULL };
	struct where w = { NULL, "network", 0 };
	const json_t *list;

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	reader_number(r, &w, o, "version", NETWORK_VERSION, NETWORK_VERSION);
	ret->budget = (uint32_t)reader_number(r, &w, o, "budget", 1, 32);
	ret->plan = (uint32_t)reader_number(r, &w, o, "plan", 0, 15);
	ret->ethertype = (uint32_t)reader_number(r, &w, o, "ethertype", 0x600, 0xffff);
	list = reader_list(r, &w, o, "fields", FIELDS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++)
		vec_push(r->arena, &ret->fields, item(r, &w, "fields", json_array_get(list, i), NUMBERS_MAX));
	list = reader_list(r, &w, o, "identity", 64);
	for (size_t i = 0; i < json_array_size(list); i++)
		vec_push(r->arena, &ret->identity, reader_as_name(r, &w, "identity", json_array_get(list, i)));
	READ_LIST(r, &w, o, "queries", QUERIES_MAX, read_query, &ret->queries);
	READ_LIST(r, &w, o, "sets", QUERIES_MAX + 1, read_set, &ret->sets);
	if (!r->failed)
		check_whole(r, &w, ret);
}
