/* Reading a manifest: every member is checked before anything is believed. Whoever uses a manifest
 * may index registers by its numbers and allocate by its sizes without further thought. */
#include <errno.h>

#include "manifest/reader.h"

#define ROWS_MAX (1u << 24)
#define STAGES_MAX 64
#define COLUMNS_MAX 64
#define LIST_MAX 65536
#define WORDS_MAX 256

/* Columns of up to `elsewhere` bits need no registers of their own: a first value sits in the cell,
 * a stream's columns only in the ring. */
static void
read_column(struct reader *r, const struct where *w, json_t *o, uint32_t elsewhere,
	    struct manifest_column *ret)
{
	static const char *const known[] = { "width", "signed", "words", NULL };
	const json_t *words;
	uint32_t need;

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->width = (uint32_t)reader_number(r, w, o, "width", 1, 128);
	if (!json_is_boolean(json_object_get(o, "signed")))
		reader_complain(r, w, "signed", "expected true or false");
	ret->is_signed = json_is_true(json_object_get(o, "signed"));
	words = reader_list(r, w, o, "words", 4);
	for (size_t i = 0; i < json_array_size(words); i++) {
		struct str s = reader_as_name(r, w, "words", json_array_get(words, i));

		if (s.n == 0)
			reader_complain(r, w, "words", "expected names");
		vec_push(r->arena, &ret->words, s);
	}
	need = (ret->width + 31) / 32;
	if (!words)
		return;
	if (ret->words.n == need || (ret->words.n == 1 && ret->width <= 64) ||
	    (ret->words.n == 0 && ret->width <= elsewhere))
		return;
	reader_complain(r, w, "words", "%u registers do not make %u bits", ret->words.n, ret->width);
}

#define READ_COLUMNS(r, w, o, member, elsewhere, ret)                         \
	do {                                                                  \
		const json_t *list_ = reader_list(r, w, o, member, COLUMNS_MAX);     \
		struct where in_ = { w, member, 0 };                          \
		for (size_t i_ = 0; i_ < json_array_size(list_); i_++) {      \
			struct where at_ = { &in_, NULL, i_ };                \
			struct manifest_column c_ = { 0 };                    \
			read_column(r, &at_, json_array_get(list_, i_),       \
				    i_ ? (elsewhere)&128 : (elsewhere), &c_); \
			vec_push((r)->arena, ret, c_);                        \
		}                                                             \
	} while (0)

static void
read_ring(struct reader *r, const struct where *up, const char *member, json_t *o,
	  struct manifest_ring *ret)
{
	static const char *const known[] = { "rows", "sequence", "epoch", "columns", NULL };
	struct where w = { up, member, 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->rows = reader_power(r, &w, o, "rows", ROWS_MAX);
	ret->sequence = reader_name(r, &w, o, "sequence", MUST);
	ret->epoch = reader_name(r, &w, o, "epoch", MUST);
	READ_COLUMNS(r, &w, o, "columns", 0, &ret->columns);
}

static void
read_log(struct reader *r, const struct where *up, json_t *o, struct manifest_log *ret)
{
	static const char *const known[] = { "rows", "sequence", "row", NULL };
	struct where w = { up, "log", 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->rows = reader_power(r, &w, o, "rows", ROWS_MAX);
	ret->sequence = reader_name(r, &w, o, "sequence", MUST);
	ret->row = reader_name(r, &w, o, "row", MUST);
}

static void
read_number(struct reader *r, const struct where *w, const json_t *o, uint32_t *ret)
{
	if (!json_is_integer(o) || json_integer_value(o) < 0 || json_integer_value(o) > UINT32_MAX)
		reader_complain(r, w, NULL, "expected a number of 32 bits");
	*ret = (uint32_t)json_integer_value(o);
}

static void
read_refine(struct reader *r, const struct where *up, json_t *o, struct manifest_refine *ret)
{
	static const char *const known[] = { "cells", "on", "member", "factors", "mix", NULL };
	struct where w = { up, "refine", 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->cells = reader_power(r, &w, o, "cells", ROWS_MAX);
	ret->on = reader_name(r, &w, o, "on", MUST);
	ret->member = reader_name(r, &w, o, "member", MUST);
	ret->mix = (uint32_t)reader_number(r, &w, o, "mix", 0, UINT32_MAX);
	READ_LIST(r, &w, o, "factors", WORDS_MAX, read_number, &ret->factors);
}

static void
read_packets_side(struct reader *r, const struct where *up, const char *member, json_t *o,
		  struct manifest_packets_side *ret)
{
	static const char *const known[] = { "count", "check", "sums", NULL };
	struct where w = { up, member, 0 };
	const json_t *sums;

	if (!reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->count = reader_name(r, &w, o, "count", MUST);
	ret->check = reader_name(r, &w, o, "check", MUST);
	sums = reader_list(r, &w, o, "sums", WORDS_MAX);
	for (size_t i = 0; i < json_array_size(sums); i++)
		vec_push(r->arena, &ret->sums, reader_as_name(r, &w, "sums", json_array_get(sums, i)));
}

static void
read_packets(struct reader *r, const struct where *up, json_t *o, struct manifest_packets *ret)
{
	static const char *const known[] = { "capacity", "cells", "tables", "factors",
					     "fields",	 "in",	  "out",    NULL };
	struct where w = { up, "packets", 0 };
	const json_t *factors;

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->capacity = (uint32_t)reader_number(r, &w, o, "capacity", 1, ROWS_MAX);
	ret->cells = (uint32_t)reader_number(r, &w, o, "cells", 1, ROWS_MAX);
	ret->tables = reader_power(r, &w, o, "tables", ROWS_MAX);
	factors = reader_list(r, &w, o, "factors", MANIFEST_PARTS);
	if (json_array_size(factors) != MANIFEST_PARTS)
		reader_complain(r, &w, "factors", "expected %d of them", MANIFEST_PARTS);
	for (size_t i = 0; i < json_array_size(factors) && i < MANIFEST_PARTS; i++)
		ret->factors[i] = (uint32_t)json_integer_value(json_array_get(factors, i));
	if ((uint64_t)ret->cells * ret->tables > ROWS_MAX)
		reader_complain(r, &w, "cells", "%u cells in %u tables are too many", ret->cells, ret->tables);
	READ_COLUMNS(r, &w, o, "fields", 128, &ret->fields);
	read_packets_side(r, &w, "in", json_object_get(o, "in"), &ret->in);
	read_packets_side(r, &w, "out", json_object_get(o, "out"), &ret->out);
}

/* What the controller runs itself, of the packets' fields. */
static void
read_rest(struct reader *r, const struct where *up, json_t *o, struct manifest_state *ret)
{
	static const char *const known[] = { "from", "fields", NULL };
	struct where w = { up, "rest", 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->raw = true;
	ret->from = (uint32_t)reader_number(r, &w, o, "from", 0, LIST_MAX);
	READ_LIST(r, &w, o, "fields", COLUMNS_MAX, read_number, &ret->fields);
	if (ret->kind != MANIFEST_STREAM)
		reader_complain(r, &w, "fields", "only a stream has them");
	if (ret->fields.n != ret->keys.n || ret->values.n)
		reader_complain(r, &w, "fields", "%u fields for %u keys and %u values", ret->fields.n, ret->keys.n, ret->values.n);
}

static void
read_part_key(struct reader *r, const struct where *w, json_t *o, struct manifest_part_key *ret)
{
	static const char *const known[] = { "key", "lo", NULL };

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->key = (uint32_t)reader_number(r, w, o, "key", 0, COLUMNS_MAX);
	ret->lo = (uint32_t)reader_number(r, w, o, "lo", 0, 31);
}

/* Which rows of a table that queries share. */
static void
read_part(struct reader *r, const struct where *up, json_t *o, struct manifest_state *ret)
{
	static const char *const known[] = { "state", "mark", "absent", "keys", "values", NULL };
	struct where w = { up, "part", 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->part.any = true;
	ret->part.state = (uint32_t)reader_number(r, &w, o, "state", 0, LIST_MAX);
	ret->part.mark = json_object_get(o, "mark") ? (int32_t)reader_number(r, &w, o, "mark", 0, 31) : -1;
	ret->part.absent = json_object_get(o, "absent") ? (int32_t)reader_number(r, &w, o, "absent", 0, 31) : -1;
	READ_LIST(r, &w, o, "keys", COLUMNS_MAX, read_part_key, &ret->part.keys);
	if (ret->part.keys.n != ret->keys.n)
		reader_complain(r, &w, "keys", "%u for %u keys", ret->part.keys.n, ret->keys.n);
	if (json_object_get(o, "values"))
		READ_LIST(r, &w, o, "values", COLUMNS_MAX, read_number, &ret->part.values);
	else
		for (uint32_t i = 0; i < ret->values.n; i++)
			vec_push(r->arena, &ret->part.values, 0);
	if (ret->part.values.n != ret->values.n)
		reader_complain(r, &w, "values", "%u for %u values", ret->part.values.n, ret->values.n);
	if (ret->stages || ret->cell.n || ret->ring.rows || (ret->kind != MANIFEST_REDUCE && ret->kind != MANIFEST_DISTINCT) ||
	    ret->query == MANIFEST_SHARED)
		reader_complain(r, &w, NULL, "only for counts and distinct keys of a query without a table of its own");
}

/* Parts are of tables that are there, and look like one row and a count. */
static void
check_parts(struct reader *r, const struct manifest *m)
{
	struct where in = { NULL, "states", 0 };

	for (uint32_t i = 0; i < m->states.n; i++) {
		const struct manifest_part *p = &m->states.v[i].part;
		const struct manifest_state *of = p->any && p->state < m->states.n ? &m->states.v[p->state] : NULL;
		struct where w = { &in, NULL, i };

		if (p->any && (!of || of->query != MANIFEST_SHARED || of->window_ns != m->states.v[i].window_ns))
			reader_complain(r, &w, "part", "state %u is no table that queries with its epochs share", p->state);
		if (of && of->values.n < 2 && (p->mark >= 0 || p->absent >= 0))
			reader_complain(r, &w, "part", "the table has no marks");
		for (uint32_t k = 0; of && k < p->keys.n && k < m->states.v[i].keys.n; k++)
			if (p->keys.v[k].key >= of->keys.n ||
			    p->keys.v[k].lo + m->states.v[i].keys.v[k].width > of->keys.v[p->keys.v[k].key].width)
				reader_complain(r, &w, "part", "the table has no such key %u", k);
		for (uint32_t k = 0; of && k < p->values.n; k++)
			if (p->values.v[k] >= of->values.n)
				reader_complain(r, &w, "part", "the table has no such value %u", k);
	}
}

static bool
read_kind(struct reader *r, const struct where *w, const json_t *o, enum manifest_kind *ret)
{
	static const char *const kinds[] = { "reduce", "distinct", "lost", "stream" };
	const char *s = json_string_value(json_object_get(o, "kind"));

	for (uint32_t i = 0; s && i < 4; i++)
		if (strcmp(s, kinds[i]) == 0) {
			*ret = (enum manifest_kind)i;
			return true;
		}
	reader_complain(r, w, "kind", "expected reduce, distinct, lost or stream");
	return false;
}

static void
check_packets(struct reader *r, const struct where *w, const struct manifest_state *s)
{
	const struct manifest_packets *p = &s->packets;
	uint32_t words = 1; /* what says which fields are there */

	for (uint32_t i = 0; i < s->keys.n; i++)
		words += (s->keys.v[i].width + 31) / 32;
	for (uint32_t i = 0; i < p->fields.n; i++)
		words += (p->fields.v[i].width + 31) / 32;
	if (s->kind != MANIFEST_LOST)
		reader_complain(r, w, "packets", "only losses have these");
	if (p->in.sums.n != words || p->out.sums.n != words)
		reader_complain(r, w, "packets", "names have %u words, not %u and %u", words, p->in.sums.n,
			 p->out.sums.n);
	if (p->fields.n > 32)
		reader_complain(r, w, "packets", "more than 32 fields");
}

/* What belongs together. */
static void
check_state(struct reader *r, const struct where *w, const struct manifest_state *s)
{
	bool lost = s->kind == MANIFEST_LOST;
	bool counters = s->absent.n || s->overflow_in.n || s->overflow_out.n;

	if ((s->kind == MANIFEST_STREAM || !s->stages) && !s->ring.rows && !s->part.any)
		reader_complain(r, w, "ring", "a stream needs one");
	if (counters && s->epoch_cells == 0)
		reader_complain(r, w, "epoch_cells", "counters need cells");
	if (s->ring.rows && s->ring.columns.n != s->keys.n + s->values.n + lost)
		reader_complain(r, w, "ring", "%u columns for %u keys and %u values", s->ring.columns.n,
			 s->keys.n, s->values.n + lost);
	if (s->ring_out.rows && (!lost || !s->ring.rows || s->ring_out.columns.n != 1))
		reader_complain(r, w, "ring_out", "it belongs to a ring of losses, and has one column");
	if (lost && !s->ring.rows != !s->ring_out.rows)
		reader_complain(r, w, "ring_out", "losses have a ring on both sides of the queue");
	if (lost && !s->ring.rows && !(s->overflow_in.n && s->overflow_out.n))
		reader_complain(r, w, "overflow_in", "losses without a ring need counters on both sides");
	if (s->query == MANIFEST_SHARED && (s->kind != MANIFEST_REDUCE || !s->stages || !s->values.n || !s->replaces))
		reader_complain(r, w, "query", "a table that queries share counts packets by key");
	if (s->packets.capacity)
		check_packets(r, w, s);
	if ((uint64_t)s->rows * s->stages > ROWS_MAX)
		reader_complain(r, w, "rows", "%u rows in %u stages are too many", s->rows, s->stages);
	for (uint32_t i = 0; i < s->keys.n; i++)
		if (s->kind != MANIFEST_STREAM && s->stages && s->keys.v[i].words.n == 0)
			reader_complain(r, w, "keys", "a key without registers");
}

static void
read_state(struct reader *r, const struct where *w, json_t *o, struct manifest_state *ret)
{
	static const char *const known[] = {
		"query",       "name",	      "kind",	      "window_ns", "rows",   "stages",
		"generations", "cell",	      "cell_out",     "keys",	   "values", "epoch_cells",
		"absent",      "overflow_in", "overflow_out", "log", "ring",	   "ring_out",
		"packets",     "refine",      "rest",	      "part",	   "replaces", NULL
	};
	bool lost, stream;

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	if (!read_kind(r, w, o, &ret->kind))
		return;
	lost = ret->kind == MANIFEST_LOST;
	/* without a table all tuples take the ring, as a stream's do */
	stream = ret->kind == MANIFEST_STREAM || json_integer_value(json_object_get(o, "stages")) == 0;
	ret->query = json_is_null(json_object_get(o, "query")) && json_object_get(o, "query") ?
			     MANIFEST_SHARED : (uint32_t)reader_number(r, w, o, "query", 0, LIST_MAX);
	ret->name = reader_name(r, w, o, "name", MAY);
	ret->window_ns = reader_number(r, w, o, "window_ns", 1, INT64_MAX);
	ret->rows = stream ? (uint32_t)reader_number(r, w, o, "rows", 0, ROWS_MAX)
			   : reader_power(r, w, o, "rows", ROWS_MAX);
	ret->stages = (uint32_t)reader_number(r, w, o, "stages", stream ? 0 : 1, STAGES_MAX);
	ret->generations = (uint32_t)reader_number(r, w, o, "generations", 1, 1u << 20);
	ret->cell = reader_name(r, w, o, "cell", stream ? MUST_NOT : MUST);
	ret->cell_out = reader_name(r, w, o, "cell_out", lost && !stream ? MUST : MUST_NOT);
	ret->epoch_cells = json_integer_value(json_object_get(o, "epoch_cells")) == 0
				   ? (uint32_t)reader_number(r, w, o, "epoch_cells", 0, 0)
				   : reader_power(r, w, o, "epoch_cells", ROWS_MAX);
	ret->absent = reader_name(r, w, o, "absent", MAY);
	ret->overflow_in = reader_name(r, w, o, "overflow_in", MAY);
	ret->overflow_out = reader_name(r, w, o, "overflow_out", lost ? MAY : MUST_NOT);
	READ_COLUMNS(r, w, o, "keys", stream ? 128 : 0, &ret->keys);
	READ_COLUMNS(r, w, o, "values", stream ? 128 : 32, &ret->values);
	read_log(r, w, json_object_get(o, "log"), &ret->log);
	read_ring(r, w, "ring", json_object_get(o, "ring"), &ret->ring);
	read_ring(r, w, "ring_out", json_object_get(o, "ring_out"), &ret->ring_out);
	read_packets(r, w, json_object_get(o, "packets"), &ret->packets);
	read_refine(r, w, json_object_get(o, "refine"), &ret->refine);
	read_rest(r, w, json_object_get(o, "rest"), ret);
	ret->replaces = json_is_true(json_object_get(o, "replaces"));
	read_part(r, w, json_object_get(o, "part"), ret);
	check_state(r, w, ret);
}

static void
read_extra(struct reader *r, const struct where *w, json_t *o, struct manifest_extra *ret)
{
	static const char *const known[] = { "table", "action", "parameter", "code", NULL };

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->table = reader_name(r, w, o, "table", MUST);
	ret->action = reader_name(r, w, o, "action", MUST);
	ret->parameter = reader_name(r, w, o, "parameter", MUST);
	ret->code = (uint32_t)reader_number(r, w, o, "code", 0, UINT32_MAX);
	if (ret->code & 0xfffff)
		reader_complain(r, w, "code", "%u is not a site shifted by 20", ret->code);
}

static void
read_site(struct reader *r, const struct where *w, json_t *o, struct manifest_site *ret)
{
	static const char *const known[] = { "site", "text", "discard", "discard_default", NULL };

	if (!reader_is_object(r, w, o))
		return;
	reader_only(r, w, o, known);
	ret->site = (uint32_t)reader_number(r, w, o, "site", 1, 4095);
	ret->text = reader_name(r, w, o, "text", MUST);
	if (json_object_get(o, "discard")) /* without them drop.class is empty */
		ret->discard = reader_name(r, w, o, "discard", MAY);
	if (json_object_get(o, "discard_default"))
		ret->discard_default = reader_name(r, w, o, "discard_default", MAY);
}

static void
read_multicast(struct reader *r, json_t *o, struct manifest *ret)
{
	static const char *const known[] = { "register", "groups", NULL };
	struct where w = { NULL, "multicast", 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->multicast_sizes = reader_name(r, &w, o, "register", MUST);
	ret->multicast_groups = (uint32_t)reader_number(r, &w, o, "groups", 1, 65536);
}

static void
read_signal(struct reader *r, json_t *o, struct manifest_signal *ret)
{
	static const char *const known[] = { "register", "digest", "window_ns", NULL };
	struct where w = { NULL, "signal", 0 };

	if (!o || !reader_is_object(r, &w, o))
		return;
	reader_only(r, &w, o, known);
	ret->reg = reader_name(r, &w, o, "register", MUST);
	ret->digest = reader_name(r, &w, o, "digest", MUST);
	ret->window_ns = reader_number(r, &w, o, "window_ns", 1000, INT64_MAX);
}

static void
read_whole(struct reader *r, json_t *o, struct manifest *ret)
{
	static const char *const known[] = { "version", "target", "program", "tick_ns", "multicast", "signal",
					     "states",	"extras", "sites",   "graph",	"network", NULL };

	if (!json_is_object(o)) {
		diag_error(r->diags, r->at, "manifest: expected an object");
		r->failed = true;
		return;
	}
	if (reader_number(r, NULL, o, "version", 1, MANIFEST_VERSION) != MANIFEST_VERSION || r->failed)
		return;
	reader_only(r, NULL, o, known);
	ret->target = reader_name(r, NULL, o, "target", MUST);
	ret->program = reader_any_text(r, NULL, "program", json_object_get(o, "program"));
	ret->tick_ns = (uint32_t)reader_number(r, NULL, o, "tick_ns", 1, 1000000000);
	ret->graph = reader_any_text(r, NULL, "graph", json_object_get(o, "graph"));
	read_multicast(r, json_object_get(o, "multicast"), ret);
	read_signal(r, json_object_get(o, "signal"), &ret->signal);
	READ_LIST(r, NULL, o, "states", LIST_MAX, read_state, &ret->states);
	check_parts(r, ret);
	READ_LIST(r, NULL, o, "extras", LIST_MAX, read_extra, &ret->extras);
	READ_LIST(r, NULL, o, "sites", LIST_MAX, read_site, &ret->sites);
	manifest_network_read(r, json_object_get(o, "network"), &ret->network);
}

bool
manifest_read(struct arena *a, struct diags *d, struct str path, struct manifest *ret)
{
	int err = 0;
	const struct source *s = source_read(diags_sources(d), path, &err);
	struct reader r = { .arena = a, .diags = d };
	struct manifest m;
	json_error_t wrong;
	json_t *o;

	if (!s) {
		diag_error(d, (struct span){ 0, 0 }, "%.*s: %s", STRA(path), strerror(err));
		return false;
	}
	r.at = (struct span){ s->base, s->base };
	manifest_init(&m, a);
	o = json_loadb(s->text.n ? s->text.p : "", s->text.n, JSON_REJECT_DUPLICATES, &wrong);
	if (!o) {
		uint32_t place = wrong.position > 0 ? (uint32_t)wrong.position - 1 : 0;

		if (place > s->text.n)
			place = s->text.n;
		diag_error(d, (struct span){ s->base + place, s->base + place }, "manifest: %.100s",
			   wrong.text);
		return false;
	}
	read_whole(&r, o, &m);
	json_decref(o);
	if (!r.failed)
		*ret = m;
	return !r.failed;
}
