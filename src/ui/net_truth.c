#include "ui/net_truth.h"

#define WAITING_MAX 65536 /* reports of a switch whose rows have not come */

/* A way that a flow took. */
struct way {
	uint32_t path;
	uint64_t last_ns; /* start of the last epoch in which a packet took it */
};

struct flow {
	VEC(struct way) ways;
	bool is_decoded;
};

/* A report in a switch's ring. */
struct waiting {
	uint32_t pid, path;
	bool is_done;
};

struct ring {
	const uint32_t *next; /* reports so far */
	const uint8_t *pids;
	uint32_t rows, stride, seen; /* of pids, bytes */
	VEC(struct waiting) waiting;
	uint32_t head; /* before it all are done */
};

struct net_truth {
	struct net_run *run;
	const struct manifest_network *plan;
	struct ring *rings; /* by switch's id - 1; made when first used */
	const struct manifest_state *state;
	struct map flows; /* by query and key */
	uint32_t *nodes;  /* room for a path */
	struct net_truth_counts counts;
};

static bool
asks_for_paths(const struct network_query *q)
{
	return q->kind == NETWORK_STATIC && q->value == NETWORK_SWITCH_ID;
}

struct net_truth *
net_truth_make(struct net_run *r, const struct compilation *c)
{
	struct net_truth *t = arena_new(r->arena, struct net_truth);
	bool any = false;

	t->run = r;
	t->plan = &c->manifest.network;
	map_init(&t->flows, r->arena);
	t->rings = arena_array(r->arena, struct ring, r->net->t->switches.n);
	t->nodes = arena_array(r->arena, uint32_t, r->net->t->switches.n + 256);
	vec_each(s, &c->manifest.states)
		if (str_is(s->name, NETWORK_REPORTS))
			t->state = s;
	vec_each(q, &t->plan->queries)
		any |= asks_for_paths(q);
	return any && t->state && !t->state->raw ? t : NULL;
}

/* --- reports --- */

static const void *
cells(struct sw *sw, struct str name, uint32_t *ret_stride)
{
	int index = sw_register_index(sw, name);

	if (index < 0 || sw_program(sw)->registers[index].cell != 4)
		bug("no ring of reports");
	*ret_stride = sw_program(sw)->registers[index].stride;
	return sw_register_cells(sw, (uint32_t)index);
}

static uint32_t
newest(const struct ring *ring)
{
	return *(const uint32_t *)(ring->pids + (size_t)((ring->seen - 1) % ring->rows) * ring->stride);
}

static struct ring *
ring_of(struct net_truth *t, const struct net_switch *s)
{
	struct ring *ring = &t->rings[t->run->net->t->nodes.v[s->node].id - 1];

	if (ring->rows)
		return ring;
	ring->rows = t->state->ring.rows;
	ring->next = cells(s->soft.sw, t->state->ring.sequence, &ring->stride);
	ring->pids = cells(s->soft.sw, t->state->ring.columns.v[0].words.v[0], &ring->stride);
	return ring;
}

void
net_truth_last_hop(struct net_truth *t, struct net_switch *s, const struct net_packet *p)
{
	struct ring *ring = ring_of(t, s);

	if (*ring->next == ring->seen)
		return; /* it came without a digest */
	ring->seen = *ring->next;
	if (ring->head > 1024 && ring->head > ring->waiting.n / 2) {
		ring->waiting.n -= ring->head;
		memmove(ring->waiting.v, ring->waiting.v + ring->head, ring->waiting.n * sizeof(*ring->waiting.v));
		ring->head = 0;
	}
	if (ring->waiting.n - ring->head > WAITING_MAX)
		ring->head += WAITING_MAX / 2; /* rows that were lost */
	vec_push(t->run->arena, &ring->waiting, (struct waiting){ newest(ring), p->path, false });
}

/* The path of the report with this number; 0: nobody knows. */
static uint32_t
take(struct ring *ring, uint32_t pid)
{
	uint32_t i = ring->head, path = 0;

	while (i < ring->waiting.n && (ring->waiting.v[i].is_done || ring->waiting.v[i].pid != pid))
		i++;
	if (i < ring->waiting.n) {
		path = ring->waiting.v[i].path;
		ring->waiting.v[i].is_done = true;
	}
	while (ring->head < ring->waiting.n && ring->waiting.v[ring->head].is_done)
		ring->head++;
	return path;
}

/* --- flows --- */

struct key {
	uint32_t query, n;
	ir_i128 values[16];
};

static struct flow *
flow_of(struct net_truth *t, const struct key *key)
{
	struct str text = { (const char *)key, (uint32_t)(offsetof(struct key, values) + key->n * sizeof(*key->values)) };
	struct flow *f = map_get(&t->flows, text);

	if (f)
		return f;
	f = arena_new(t->run->arena, struct flow);
	map_put(&t->flows, str_dup(t->run->arena, text), f);
	return f;
}

static void
add_way(struct net_truth *t, struct flow *f, uint32_t path, uint64_t time_ns)
{
	vec_each(w, &f->ways)
		if (w->path == path) {
			w->last_ns = time_ns > w->last_ns ? time_ns : w->last_ns;
			return;
		}
	vec_push(t->run->arena, &f->ways, (struct way){ path, time_ns });
}

/* The flow of a report, for one query; false: a field of its key is absent. Columns: pid, hops, digest, there, the fields. */
static bool
report_key(const struct net_truth *t, uint32_t query, const struct ir_value *values, struct key *ret)
{
	const struct network_query *q = &t->plan->queries.v[query];
	uint64_t there = (uint64_t)values[3].i;

	memset(ret, 0, sizeof(*ret));
	ret->query = query;
	if (q->flow.n > 16)
		return false;
	vec_each(k, &q->flow) {
		uint32_t i = 0;

		while (i < k->fields.n && !(there >> k->fields.v[i] & 1))
			i++;
		if (i == k->fields.n)
			return false;
		ret->values[ret->n++] = values[4 + k->fields.v[i]].i;
	}
	return true;
}

void
net_truth_reports(struct net_truth *t, const struct net_switch *s, const struct ir_result *r)
{
	struct ring *ring = ring_of(t, s);
	struct key key;

	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *values = ir_result_row(r, i);
		uint32_t path = take(ring, (uint32_t)values[0].i);

		t->counts.reports++;
		t->counts.unmatched += !path;
		for (uint32_t q = 0; path && q < t->plan->queries.n; q++)
			if (asks_for_paths(&t->plan->queries.v[q]) && report_key(t, q, values, &key))
				add_way(t, flow_of(t, &key), path, r->epoch * r->query->window_ns);
	}
}

/* --- rows --- */

/* Whether what is known of a decoded path is so in the true one. */
static bool
fits(struct net_truth *t, const struct ir_value *list, uint32_t path)
{
	const struct net_topology *topology = t->run->net->t;
	uint32_t n = net_path_nodes(t->run->world, path, t->nodes, topology->switches.n + 256);

	if (n != list->list.n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (list->list.items[i].tag == IR_V_INT && list->list.items[i].i != topology->nodes.v[t->nodes[i]].id)
			return false;
	return true;
}

static bool
is_whole(const struct ir_value *list)
{
	for (uint32_t i = 0; i < list->list.n; i++)
		if (list->list.items[i].tag != IR_V_INT)
			return false;
	return list->list.n > 0;
}

static void
judge(struct net_truth *t, struct flow *f, const struct ir_value *list, uint64_t from_ns)
{
	bool before = false, now = false;

	vec_each(w, &f->ways) {
		bool fit = fits(t, list, w->path);

		before |= fit;
		now |= fit && w->last_ns >= from_ns;
	}
	if (is_whole(list)) {
		t->counts.rows++;
		f->is_decoded = true;
	}
	if (!before)
		t->counts.wrong++;
	else if (is_whole(list) && now)
		t->counts.right++;
	else if (is_whole(list))
		t->counts.stale++;
}

static const struct network_query *
query_of(const struct net_truth *t, struct str name)
{
	vec_each(q, &t->plan->queries)
		if (str_eq(q->name, name))
			return q;
	return NULL;
}

void
net_truth_result(struct net_truth *t, const struct ir_result *r)
{
	const struct network_query *q = query_of(t, r->query->name);
	uint32_t column = 0;

	while (column < r->ncolumns && !str_is(r->columns[column].name, "path"))
		column++;
	if (!q || !asks_for_paths(q) || column == r->ncolumns || q->flow.n > 16)
		return;
	for (uint32_t i = 0; i < r->nrows; i++) {
		const struct ir_value *values = ir_result_row(r, i);
		struct key key;

		memset(&key, 0, sizeof(key));
		key.query = (uint32_t)(q - t->plan->queries.v);
		for (uint32_t c = 0; c < q->flow.n; c++)
			key.values[key.n++] = values[c].i;
		t->counts.mixed += pint_collector_is_mixed(r, i);
		if (values[column].tag == IR_V_LIST)
			judge(t, flow_of(t, &key), &values[column], r->epoch * r->query->window_ns);
	}
}

struct net_truth_counts
net_truth_counts(const struct net_truth *t)
{
	struct net_truth_counts c = t->counts;

	for (uint32_t i = 0; i < t->flows.n; i++) {
		const struct flow *f = t->flows.entries[i].value;

		c.flows += f->ways.n > 0;
		c.decoded += f->ways.n > 0 && f->is_decoded;
	}
	return c;
}
