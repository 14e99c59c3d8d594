/* Reading a manifest: every member is checked before anything is believed. Whoever uses a manifest
 * may index registers by its numbers and allocate by its sizes without further thought. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>

#include "base/arena.h"
#include "manifest/manifest.h"

#define ROWS_MAX (1u << 24)
#define STAGES_MAX 64
#define COLUMNS_MAX 64
#define LIST_MAX 65536
#define WORDS_MAX 256
#define NAME_MAX_BYTES 1024

struct reader {
	struct arena *arena;
	struct diags *diags;
	struct span at; /* the file */
	bool failed;
};

/* Where in the file: "states[3].ring", built only for messages. */
struct where {
	const struct where *up;
	const char *member; /* NULL: an element */
	size_t index;
};

static struct str
path_text(struct arena *a, const struct where *w)
{
	struct str up;

	if (!w)
		return STR("");
	up = path_text(a, w->up);
	if (!w->member)
		return str_fmt(a, "%.*s[%zu]", STRA(up), w->index);
	return str_fmt(a, up.n ? "%.*s.%s" : "%.*s%s", STRA(up), w->member);
}

static void complain(struct reader *r, const struct where *w, const char *member, const char *fmt,
		     ...) __attribute__((format(printf, 4, 5)));

static void
complain(struct reader *r, const struct where *w, const char *member, const char *fmt, ...)
{
	struct where inner = { w, member, 0 };
	struct str path = path_text(r->arena, member ? &inner : w);
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	diag_error(r->diags, r->at, "manifest: %.*s%s%s", STRA(path), path.n ? ": " : "", what);
	r->failed = true;
}

static bool
is_object(struct reader *r, const struct where *w, const json_t *o)
{
	if (!json_is_object(o))
		complain(r, w, NULL, "expected an object");
	return json_is_object(o);
}

/* Nobody writes members that nobody reads: an unknown one is a newer file or a slip. */
static void
only(struct reader *r, const struct where *w, json_t *o, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		const char *const *k = known;

		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			complain(r, w, NULL, "unknown member \"%.60s\"", key);
	}
}

static uint64_t
number(struct reader *r, const struct where *w, const json_t *o, const char *member, uint64_t min,
       uint64_t max)
{
	const json_t *v = json_object_get(o, member);
	json_int_t i = json_integer_value(v);

	if (!json_is_integer(v))
		complain(r, w, member, "expected a number");
	else if (i < 0 || (uint64_t)i < min || (uint64_t)i > max)
		complain(r, w, member, "%lld is not in %llu..%llu", (long long)i,
			 (unsigned long long)min, (unsigned long long)max);
	else
		return (uint64_t)i;
	return min;
}

static uint32_t
power(struct reader *r, const struct where *w, const json_t *o, const char *member, uint32_t max)
{
	uint32_t n = (uint32_t)number(r, w, o, member, 1, max);

	if (n & (n - 1))
		complain(r, w, member, "%u is not a power of two", n);
	return n & (n - 1) ? 1 : n;
}

static struct str
any_text(struct reader *r, const struct where *w, const char *member, const json_t *v)
{
	if (!json_is_string(v)) {
		complain(r, w, member, "expected a string");
		return STR("");
	}
	return str_dup(r->arena,
		       (struct str){ json_string_value(v), (uint32_t)json_string_length(v) });
}

/* Names go to command lines and messages: printable, no white space. */
static struct str
as_name(struct reader *r, const struct where *w, const char *member, const json_t *v)
{
	struct str s = any_text(r, w, member, v);

	if (s.n > NAME_MAX_BYTES) {
		complain(r, w, member, "a name of %u bytes", s.n);
		return STR("");
	}
	for (uint32_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f) {
			complain(r, w, member, "a name with white space or control characters");
			return STR("");
		}
	return s;
}

enum need { MUST, MAY, MUST_NOT };

static struct str
name(struct reader *r, const struct where *w, const json_t *o, const char *member, enum need need)
{
	const json_t *v = json_object_get(o, member);
	struct str s = as_name(r, w, member, v);

	if (need == MUST && json_is_string(v) && json_string_length(v) == 0)
		complain(r, w, member, "expected a name");
	if (need == MUST_NOT && s.n > 0)
		complain(r, w, member, "this kind of state has none");
	return s;
}

static const json_t *
list(struct reader *r, const struct where *w, const json_t *o, const char *member, size_t max)
{
	const json_t *v = json_object_get(o, member);

	if (!json_is_array(v))
		complain(r, w, member, "expected a list");
	else if (json_array_size(v) > max)
		complain(r, w, member, "more than %zu elements", max);
	else
		return v;
	return NULL;
}

/* Columns of up to `elsewhere` bits need no registers of their own: a first value sits in the cell,
 * a stream's columns only in the ring. */
static void
read_column(struct reader *r, const struct where *w, json_t *o, uint32_t elsewhere,
	    struct manifest_column *ret)
{
	static const char *const known[] = { "width", "signed", "words", NULL };
	const json_t *words;
	uint32_t need;

	if (!is_object(r, w, o))
		return;
	only(r, w, o, known);
	ret->width = (uint32_t)number(r, w, o, "width", 1, 128);
	if (!json_is_boolean(json_object_get(o, "signed")))
		complain(r, w, "signed", "expected true or false");
	ret->is_signed = json_is_true(json_object_get(o, "signed"));
	words = list(r, w, o, "words", 4);
	for (size_t i = 0; i < json_array_size(words); i++) {
		struct str s = as_name(r, w, "words", json_array_get(words, i));

		if (s.n == 0)
			complain(r, w, "words", "expected names");
		vec_push(r->arena, &ret->words, s);
	}
	need = (ret->width + 31) / 32;
	if (!words)
		return;
	if (ret->words.n == need || (ret->words.n == 1 && ret->width <= 64) ||
	    (ret->words.n == 0 && ret->width <= elsewhere))
		return;
	complain(r, w, "words", "%u registers do not make %u bits", ret->words.n, ret->width);
}

#define READ_COLUMNS(r, w, o, member, elsewhere, ret)                         \
	do {                                                                  \
		const json_t *list_ = list(r, w, o, member, COLUMNS_MAX);     \
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

	if (!o || !is_object(r, &w, o))
		return;
	only(r, &w, o, known);
	ret->rows = power(r, &w, o, "rows", ROWS_MAX);
	ret->sequence = name(r, &w, o, "sequence", MUST);
	ret->epoch = name(r, &w, o, "epoch", MUST);
	READ_COLUMNS(r, &w, o, "columns", 0, &ret->columns);
}

static void
read_log(struct reader *r, const struct where *up, json_t *o, struct manifest_log *ret)
{
	static const char *const known[] = { "rows", "sequence", "row", NULL };
	struct where w = { up, "log", 0 };

	if (!o || !is_object(r, &w, o))
		return;
	only(r, &w, o, known);
	ret->rows = power(r, &w, o, "rows", ROWS_MAX);
	ret->sequence = name(r, &w, o, "sequence", MUST);
	ret->row = name(r, &w, o, "row", MUST);
}

static void
read_packets_side(struct reader *r, const struct where *up, const char *member, json_t *o,
		  struct manifest_packets_side *ret)
{
	static const char *const known[] = { "count", "check", "sums", NULL };
	struct where w = { up, member, 0 };
	const json_t *sums;

	if (!is_object(r, &w, o))
		return;
	only(r, &w, o, known);
	ret->count = name(r, &w, o, "count", MUST);
	ret->check = name(r, &w, o, "check", MUST);
	sums = list(r, &w, o, "sums", WORDS_MAX);
	for (size_t i = 0; i < json_array_size(sums); i++)
		vec_push(r->arena, &ret->sums, as_name(r, &w, "sums", json_array_get(sums, i)));
}

static void
read_packets(struct reader *r, const struct where *up, json_t *o, struct manifest_packets *ret)
{
	static const char *const known[] = { "capacity", "cells", "tables", "factors",
					     "fields",	 "in",	  "out",    NULL };
	struct where w = { up, "packets", 0 };
	const json_t *factors;

	if (!o || !is_object(r, &w, o))
		return;
	only(r, &w, o, known);
	ret->capacity = (uint32_t)number(r, &w, o, "capacity", 1, ROWS_MAX);
	ret->cells = (uint32_t)number(r, &w, o, "cells", 1, ROWS_MAX);
	ret->tables = power(r, &w, o, "tables", ROWS_MAX);
	factors = list(r, &w, o, "factors", MANIFEST_PARTS);
	if (json_array_size(factors) != MANIFEST_PARTS)
		complain(r, &w, "factors", "expected %d of them", MANIFEST_PARTS);
	for (size_t i = 0; i < json_array_size(factors) && i < MANIFEST_PARTS; i++)
		ret->factors[i] = (uint32_t)json_integer_value(json_array_get(factors, i));
	if ((uint64_t)ret->cells * ret->tables > ROWS_MAX)
		complain(r, &w, "cells", "%u cells in %u tables are too many", ret->cells, ret->tables);
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
	const json_t *fields;

	if (!o || !is_object(r, &w, o))
		return;
	only(r, &w, o, known);
	ret->raw = true;
	ret->from = (uint32_t)number(r, &w, o, "from", 0, LIST_MAX);
	fields = list(r, &w, o, "fields", COLUMNS_MAX);
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *v = json_array_get(fields, i);

		if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > LIST_MAX)
			complain(r, &w, "fields", "expected numbers of fields");
		vec_push(r->arena, &ret->fields, (uint32_t)json_integer_value(v));
	}
	if (ret->kind != MANIFEST_STREAM)
		complain(r, &w, "fields", "only a stream has them");
	if (ret->fields.n != ret->keys.n || ret->values.n)
		complain(r, &w, "fields", "%u fields for %u keys and %u values", ret->fields.n, ret->keys.n, ret->values.n);
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
	complain(r, w, "kind", "expected reduce, distinct, lost or stream");
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
		complain(r, w, "packets", "only losses have these");
	if (p->in.sums.n != words || p->out.sums.n != words)
		complain(r, w, "packets", "names have %u words, not %u and %u", words, p->in.sums.n,
			 p->out.sums.n);
	if (p->fields.n > 32)
		complain(r, w, "packets", "more than 32 fields");
}

/* What belongs together. */
static void
check_state(struct reader *r, const struct where *w, const struct manifest_state *s)
{
	bool lost = s->kind == MANIFEST_LOST;
	bool counters = s->absent.n || s->overflow_in.n || s->overflow_out.n;

	if ((s->kind == MANIFEST_STREAM || !s->stages) && !s->ring.rows)
		complain(r, w, "ring", "a stream needs one");
	if (counters && s->epoch_cells == 0)
		complain(r, w, "epoch_cells", "counters need cells");
	if (s->ring.rows && s->ring.columns.n != s->keys.n + s->values.n + lost)
		complain(r, w, "ring", "%u columns for %u keys and %u values", s->ring.columns.n,
			 s->keys.n, s->values.n + lost);
	if (s->ring_out.rows && (!lost || !s->ring.rows || s->ring_out.columns.n != 1))
		complain(r, w, "ring_out", "it belongs to a ring of losses, and has one column");
	if (lost && !s->ring.rows != !s->ring_out.rows)
		complain(r, w, "ring_out", "losses have a ring on both sides of the queue");
	if (lost && !s->ring.rows && !(s->overflow_in.n && s->overflow_out.n))
		complain(r, w, "overflow_in", "losses without a ring need counters on both sides");
	if (s->packets.capacity)
		check_packets(r, w, s);
	if ((uint64_t)s->rows * s->stages > ROWS_MAX)
		complain(r, w, "rows", "%u rows in %u stages are too many", s->rows, s->stages);
	for (uint32_t i = 0; i < s->keys.n; i++)
		if (s->kind != MANIFEST_STREAM && s->stages && s->keys.v[i].words.n == 0)
			complain(r, w, "keys", "a key without registers");
}

static void
read_state(struct reader *r, const struct where *w, json_t *o, struct manifest_state *ret)
{
	static const char *const known[] = {
		"query",       "name",	      "kind",	      "window_ns", "rows",   "stages",
		"generations", "cell",	      "cell_out",     "keys",	   "values", "epoch_cells",
		"absent",      "overflow_in", "overflow_out", "log", "ring",	   "ring_out",
		"packets",     "rest",	      NULL
	};
	bool lost, stream;

	if (!is_object(r, w, o))
		return;
	only(r, w, o, known);
	if (!read_kind(r, w, o, &ret->kind))
		return;
	lost = ret->kind == MANIFEST_LOST;
	/* without a table all tuples take the ring, as a stream's do */
	stream = ret->kind == MANIFEST_STREAM || json_integer_value(json_object_get(o, "stages")) == 0;
	ret->query = (uint32_t)number(r, w, o, "query", 0, LIST_MAX);
	ret->name = name(r, w, o, "name", MAY);
	ret->window_ns = number(r, w, o, "window_ns", 1, INT64_MAX);
	ret->rows = stream ? (uint32_t)number(r, w, o, "rows", 0, ROWS_MAX)
			   : power(r, w, o, "rows", ROWS_MAX);
	ret->stages = (uint32_t)number(r, w, o, "stages", stream ? 0 : 1, STAGES_MAX);
	ret->generations = (uint32_t)number(r, w, o, "generations", 1, 1u << 20);
	ret->cell = name(r, w, o, "cell", stream ? MUST_NOT : MUST);
	ret->cell_out = name(r, w, o, "cell_out", lost && !stream ? MUST : MUST_NOT);
	ret->epoch_cells = json_integer_value(json_object_get(o, "epoch_cells")) == 0
				   ? (uint32_t)number(r, w, o, "epoch_cells", 0, 0)
				   : power(r, w, o, "epoch_cells", ROWS_MAX);
	ret->absent = name(r, w, o, "absent", MAY);
	ret->overflow_in = name(r, w, o, "overflow_in", MAY);
	ret->overflow_out = name(r, w, o, "overflow_out", lost ? MAY : MUST_NOT);
	READ_COLUMNS(r, w, o, "keys", stream ? 128 : 0, &ret->keys);
	READ_COLUMNS(r, w, o, "values", stream ? 128 : 32, &ret->values);
	read_log(r, w, json_object_get(o, "log"), &ret->log);
	read_ring(r, w, "ring", json_object_get(o, "ring"), &ret->ring);
	read_ring(r, w, "ring_out", json_object_get(o, "ring_out"), &ret->ring_out);
	read_packets(r, w, json_object_get(o, "packets"), &ret->packets);
	read_rest(r, w, json_object_get(o, "rest"), ret);
	check_state(r, w, ret);
}

static void
read_extra(struct reader *r, const struct where *w, json_t *o, struct manifest_extra *ret)
{
	static const char *const known[] = { "table", "action", "parameter", "code", NULL };

	if (!is_object(r, w, o))
		return;
	only(r, w, o, known);
	ret->table = name(r, w, o, "table", MUST);
	ret->action = name(r, w, o, "action", MUST);
	ret->parameter = name(r, w, o, "parameter", MUST);
	ret->code = (uint32_t)number(r, w, o, "code", 0, UINT32_MAX);
	if (ret->code & 0xfffff)
		complain(r, w, "code", "%u is not a site shifted by 20", ret->code);
}

static void
read_site(struct reader *r, const struct where *w, json_t *o, struct manifest_site *ret)
{
	static const char *const known[] = { "site", "text", "discard", "discard_default", NULL };

	if (!is_object(r, w, o))
		return;
	only(r, w, o, known);
	ret->site = (uint32_t)number(r, w, o, "site", 1, 4095);
	ret->text = name(r, w, o, "text", MUST);
	if (json_object_get(o, "discard")) /* without them drop.class is empty */
		ret->discard = name(r, w, o, "discard", MAY);
	if (json_object_get(o, "discard_default"))
		ret->discard_default = name(r, w, o, "discard_default", MAY);
}

#define READ_LIST(r, o, member, reader, ret)                               \
	do {                                                               \
		const json_t *list_ = list(r, NULL, o, member, LIST_MAX);  \
		struct where in_ = { NULL, member, 0 };                    \
		for (size_t i_ = 0; i_ < json_array_size(list_); i_++) {   \
			struct where at_ = { &in_, NULL, i_ };             \
			__typeof__(*(ret)->v) one_;                        \
			memset(&one_, 0, sizeof(one_));                    \
			reader(r, &at_, json_array_get(list_, i_), &one_); \
			vec_push((r)->arena, ret, one_);                   \
		}                                                          \
	} while (0)

static void
read_multicast(struct reader *r, json_t *o, struct manifest *ret)
{
	static const char *const known[] = { "register", "groups", NULL };
	struct where w = { NULL, "multicast", 0 };

	if (!o || !is_object(r, &w, o))
		return;
	only(r, &w, o, known);
	ret->multicast_sizes = name(r, &w, o, "register", MUST);
	ret->multicast_groups = (uint32_t)number(r, &w, o, "groups", 1, 65536);
}

static void
read_whole(struct reader *r, json_t *o, struct manifest *ret)
{
	static const char *const known[] = { "version", "target", "program", "tick_ns", "multicast",
					     "states",	"extras", "sites",   "graph",	NULL };

	if (!json_is_object(o)) {
		diag_error(r->diags, r->at, "manifest: expected an object");
		r->failed = true;
		return;
	}
	if (number(r, NULL, o, "version", 1, MANIFEST_VERSION) != MANIFEST_VERSION || r->failed)
		return;
	only(r, NULL, o, known);
	ret->target = name(r, NULL, o, "target", MUST);
	ret->program = any_text(r, NULL, "program", json_object_get(o, "program"));
	ret->tick_ns = (uint32_t)number(r, NULL, o, "tick_ns", 1, 1000000000);
	ret->graph = any_text(r, NULL, "graph", json_object_get(o, "graph"));
	read_multicast(r, json_object_get(o, "multicast"), ret);
	READ_LIST(r, o, "states", read_state, &ret->states);
	READ_LIST(r, o, "extras", read_extra, &ret->extras);
	READ_LIST(r, o, "sites", read_site, &ret->sites);
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
