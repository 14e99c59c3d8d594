/* Reads traces (docs/trace.md). A trace may be anybody's: what isn't as that page says is an error
 * with its line. */
#include "ir/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ir/trace_line.h"

#define LINE_MAX_BYTES (16u << 20)

int
ir_trace_fail(struct ir_trace *t, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		bug("no memory for a message");
	va_end(ap);
	diag_error(t->d, (struct span){ 0, 0 }, "%.*s:%" PRIu64 ": %s", STRA(t->path), t->number,
		   text);
	free(text);
	return -1;
}

/* 1, 0 at the end, -1 after an error. */
static int
read_line(struct ir_trace *t)
{
	ssize_t n;

	errno = 0;
	n = getline(&t->line, &t->cap, t->file);
	t->number++;
	if (n < 0 && (errno || ferror(t->file)))
		return ir_trace_fail(t, "%s", strerror(errno));
	if (n < 0)
		return 0;
	if ((size_t)n > LINE_MAX_BYTES)
		return ir_trace_fail(t, "this line is longer than any packet's");
	if (t->line[n - 1] != '\n')
		return ir_trace_fail(t, "the trace ends in the middle of this line");
	t->length = (size_t)n;
	return 1;
}

/* --- the first line ------------------------------------------------------------------------- */

static bool
uint_member(const json_t *o, const char *key, json_int_t max, uint64_t *ret)
{
	json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > max)
		return false;
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

static struct str
str_member(struct arena *a, const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	struct str s = { json_string_value(v), (uint32_t)json_string_length(v) };

	return json_is_string(v) ? str_dup(a, s) : STR_NONE;
}

static int
read_field(struct ir_trace *t, const json_t *o, struct ir_schema_field *ret)
{
	uint64_t width;

	ret->name = str_member(t->arena, o, "name");
	if (!ret->name.n)
		return ir_trace_fail(t, "a field without a name");
	if (!uint_member(o, "width", 1 << 20, &width))
		return ir_trace_fail(t, "field '%.*s' without a width", STRA(ret->name));
	ret->width = (uint32_t)width;
	return 0;
}

static int
read_header(struct ir_trace *t, const json_t *o)
{
	struct ir_schema_header h = { .path = str_member(t->arena, o, "name") };
	json_t *fields = json_object_get(o, "fields"), *item;
	size_t i;

	if (!h.path.n || !json_is_array(fields))
		return ir_trace_fail(t, "a header without a name or fields");
	json_array_foreach(fields, i, item)
	{
		struct ir_schema_field f = { 0 };

		if (read_field(t, item, &f))
			return -1;
		vec_push(t->arena, &h.fields, f);
	}
	vec_push(t->arena, &t->schema->headers, h);
	return 0;
}

static int
read_schema(struct ir_trace *t, const json_t *root)
{
	json_t *headers = json_object_get(root, "headers"),
	       *metadata = json_object_get(root, "metadata");
	json_t *item;
	uint64_t version, tick;
	size_t i;

	if (!str_is(str_member(t->arena, root, "type"), "trace"))
		return ir_trace_fail(
			t, "this is no trace: its first line has to say \"type\":\"trace\"");
	if (!uint_member(root, "version", INT32_MAX, &version) || version != 1)
		return ir_trace_fail(t, "this trace is of another version of PacketScope");
	if (!uint_member(root, "start_ns", INT64_MAX, &t->start_ns) ||
	    !uint_member(root, "tick_ns", 1000000000, &tick))
		return ir_trace_fail(t, "the first line needs start_ns and tick_ns");
	if (!json_is_array(headers) || !json_is_array(metadata))
		return ir_trace_fail(t, "the first line needs headers and metadata");
	t->schema->tick_ns = (uint32_t)tick;
	json_array_foreach(headers, i, item) if (read_header(t, item)) return -1;
	json_array_foreach(metadata, i, item)
	{
		struct ir_schema_field f = { 0 };

		if (read_field(t, item, &f))
			return -1;
		if (str_starts(f.name, STR("meta.")))
			f.name = str_sub(f.name, 5, f.name.n);
		vec_push(t->arena, &t->schema->metadata, f);
	}
	return 0;
}

static int
read_first(struct ir_trace *t)
{
	json_error_t error;
	json_t *root;
	int ret;

	ret = read_line(t);
	if (ret <= 0)
		return ret ? ret : ir_trace_fail(t, "this trace is empty");
	root = json_loadb(t->line, t->length, 0, &error);
	if (!json_is_object(root))
		ret = ir_trace_fail(t, root ? "expected an object" : "no JSON: %s", error.text);
	else
		ret = read_schema(t, root);
	json_decref(root);
	return ret;
}

/* Opening a directory works; reading it doesn't. */
static FILE *
open_file(struct arena *a, struct str path)
{
	FILE *f = str_is(path, "-") ? stdin : fopen(str_cstr(a, path), "re");
	struct stat st;

	if (f && f != stdin && !fstat(fileno(f), &st) && S_ISDIR(st.st_mode)) {
		fclose(f);
		errno = EISDIR;
		return NULL;
	}
	return f;
}

struct ir_trace *
ir_trace_open(struct arena *a, struct diags *d, struct str path)
{
	struct ir_trace *t = arena_new(a, struct ir_trace);

	t->arena = a;
	t->d = d;
	t->path = str_is(path, "-") ? STR("(standard input)") : path;
	t->schema = arena_new(a, struct ir_schema);
	t->file = open_file(a, path);
	if (!t->file) {
		diag_error(d, (struct span){ 0, 0 }, "%.*s: %s", STRA(path), strerror(errno));
		return NULL;
	}
	if (read_first(t)) {
		ir_trace_close(t);
		return NULL;
	}
	return t;
}

const struct ir_schema *
ir_trace_schema(const struct ir_trace *t)
{
	return t->schema;
}

uint64_t
ir_trace_start_ns(const struct ir_trace *t)
{
	return t->start_ns;
}

void
ir_trace_close(struct ir_trace *t)
{
	if (!t)
		return;
	free(t->line);
	if (t->file && t->file != stdin)
		fclose(t->file);
	t->line = NULL;
	t->file = NULL;
}

/* --- what the graph wants -----------------------------------------------------------------------
 */

static void
want(struct ir_trace *t, struct map *m, struct str key, uint32_t width, const struct ir_field *f)
{
	struct want *w = map_get(m, key);

	if (!w) {
		w = arena_new(t->arena, struct want);
		w->key = str_cstr(t->arena, key);
		w->width = width;
		map_put(m, str_from(w->key), w);
	}
	vec_push(t->arena, &w->fields, f);
}

static void
want_field(struct ir_trace *t, const struct ir_schema *s, const struct ir_field *f)
{
	const struct ir_schema_header *h = f->kind == IR_F_META ? NULL : &s->headers.v[f->header];
	const struct ir_schema_field *in = h ? &h->fields.v[f->field] : &s->metadata.v[f->field];
	struct str key =
		str_fmt(t->arena, "%.*s.%.*s", STRA(h ? h->path : STR("meta")), STRA(in->name));

	want(t, &t->headers[f->at], key, in->width, f);
}

static void
prepare(struct ir_trace *t, const struct ir_graph *g)
{
	t->g = g;
	t->values = arena_array(t->arena, struct ir_value, g->fields.n + 1);
	for (int i = 0; i < IR_INSTANTS; i++) {
		map_init(&t->headers[i], t->arena);
		map_init(&t->valid[i], t->arena);
	}
	vec_each (it, &g->fields) {
		const struct ir_field *f = *it;

		if (f->kind == IR_F_VALID)
			want(t, &t->valid[f->at], g->schema->headers.v[f->header].path, 1, f);
		if (f->kind == IR_F_HEADER || f->kind == IR_F_META)
			want_field(t, g->schema, f);
	}
}

/* --- packets ---------------------------------------------------------------------------------- */

int
ir_trace_next(struct ir_trace *t, const struct ir_graph *g, struct ir_packet *ret)
{
	struct json j;
	struct parts p;
	int got;

	if (t->g != g)
		prepare(t, g);
	do { /* lines of other types may come in later versions */
		got = read_line(t);
		if (got <= 0)
			return got;
		p = (struct parts){ 0 };
		for (uint32_t i = 0; i < g->fields.n; i++)
			t->values[i].tag = IR_V_ABSENT;
		json_init(&j, t->line, t->length);
		got = ir_trace_members(t, &j, &p);
		if (j.error)
			return ir_trace_fail(t, "%s (at byte %td)", j.error, j.p - t->line + 1);
	} while (got > 0);
	return got < 0 || ir_trace_packet(t, &p, ret) ? -1 : 1;
}
