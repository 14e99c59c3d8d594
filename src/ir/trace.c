/* Reads traces (docs/trace.md). A trace may be anybody's: what isn't as that page says is an error
 * with its line. */
#include "ir/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "packetscope/program.h"

#define LINE_MAX_BYTES (16u << 20)

/* Where a field of the graph stands in a packet's object. */
struct lookup {
	const char *key; /* in the object of the instant; VALID: the header's name */
	uint32_t width;	 /* of the whole field */
};

struct ir_trace {
	struct arena *arena;
	struct diags *d;
	struct str path;
	FILE *file;
	char *line; /* getline's */
	size_t cap;
	uint64_t number; /* of the line */
	struct ir_schema *schema;
	uint64_t start_ns;
	json_t *root; /* the packet at hand */
	const struct ir_graph *g; /* that lookups and values are made for */
	struct lookup *lookups;
	struct ir_value *values;
};

/* One packet's parts while they are read. */
struct parts {
	json_t *root, *queuing;
	json_t *headers[IR_INSTANTS], *valid[IR_INSTANTS]; /* NULL at instants that it didn't reach */
	const char *fate;
	bool dropped;
};

__attribute__((format(printf, 2, 3))) static int
fail(struct ir_trace *t, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		bug("no memory for a message");
	va_end(ap);
	diag_error(t->d, (struct span){ 0, 0 }, "%.*s:%" PRIu64 ": %s", STRA(t->path), t->number, text);
	free(text);
	return -1;
}

/* The next line as an object in t->root; 1, 0 at the end, -1 after an error. */
static int
read_line(struct ir_trace *t)
{
	json_error_t error;
	ssize_t n;

	json_decref(t->root);
	t->root = NULL;
	errno = 0;
	n = getline(&t->line, &t->cap, t->file);
	t->number++;
	if (n < 0 && (errno || ferror(t->file)))
		return fail(t, "%s", strerror(errno));
	if (n < 0)
		return 0;
	if ((size_t)n > LINE_MAX_BYTES)
		return fail(t, "this line is longer than any packet's");
	t->root = json_loadb(t->line, (size_t)n, 0, &error);
	if (!t->root && t->line[n - 1] != '\n')
		return fail(t, "the trace ends in the middle of this line");
	if (!t->root)
		return fail(t, "no JSON: %s", error.text);
	if (!json_is_object(t->root))
		return fail(t, "expected an object");
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
		return fail(t, "a field without a name");
	if (!uint_member(o, "width", 1 << 20, &width))
		return fail(t, "field '%.*s' without a width", STRA(ret->name));
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
		return fail(t, "a header without a name or fields");
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
read_schema(struct ir_trace *t)
{
	json_t *headers = json_object_get(t->root, "headers"), *metadata = json_object_get(t->root, "metadata");
	json_t *item;
	uint64_t version, tick;
	size_t i;

	if (!str_is(str_member(t->arena, t->root, "type"), "trace"))
		return fail(t, "this is no trace: its first line has to say \"type\":\"trace\"");
	if (!uint_member(t->root, "version", INT32_MAX, &version) || version != 1)
		return fail(t, "this trace is of another version of PacketScope");
	if (!uint_member(t->root, "start_ns", INT64_MAX, &t->start_ns) ||
	    !uint_member(t->root, "tick_ns", 1000000000, &tick))
		return fail(t, "the first line needs start_ns and tick_ns");
	if (!json_is_array(headers) || !json_is_array(metadata))
		return fail(t, "the first line needs headers and metadata");
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
	int got;

	t->arena = a;
	t->d = d;
	t->path = str_is(path, "-") ? STR("(standard input)") : path;
	t->schema = arena_new(a, struct ir_schema);
	t->file = open_file(a, path);
	if (!t->file) {
		diag_error(d, (struct span){ 0, 0 }, "%.*s: %s", STRA(path), strerror(errno));
		return NULL;
	}
	got = read_line(t);
	if (got == 0)
		fail(t, "this trace is empty");
	if (got <= 0 || read_schema(t)) {
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
	json_decref(t->root);
	free(t->line);
	if (t->file && t->file != stdin)
		fclose(t->file);
	t->root = NULL;
	t->line = NULL;
	t->file = NULL;
}

/* --- values ----------------------------------------------------------------------------------- */

static void
prepare(struct ir_trace *t, const struct ir_graph *g)
{
	const struct ir_schema *s = g->schema;

	t->g = g;
	t->lookups = arena_array(t->arena, struct lookup, g->fields.n + 1);
	t->values = arena_array(t->arena, struct ir_value, g->fields.n + 1);
	vec_each(it, &g->fields) {
		const struct ir_field *f = *it;
		struct lookup *l = &t->lookups[f->index];
		const struct ir_schema_field *in;

		if (f->kind == IR_F_VALID)
			l->key = str_cstr(t->arena, s->headers.v[f->header].path);
		if (f->kind != IR_F_HEADER && f->kind != IR_F_META)
			continue;
		in = f->kind == IR_F_META ? &s->metadata.v[f->field] :
					    &s->headers.v[f->header].fields.v[f->field];
		l->width = in->width;
		l->key = str_cstr(t->arena, str_fmt(t->arena, "%.*s.%.*s",
						    STRA(f->kind == IR_F_META ? STR("meta") :
										s->headers.v[f->header].path),
						    STRA(in->name)));
	}
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bits hi..lo of "0x...", which may be wider than any integer. */
static int
hex_bits(struct ir_trace *t, const char *key, struct str s, uint32_t width, uint32_t hi, uint32_t lo,
	 ir_u128 *ret)
{
	*ret = 0;
	if (!str_starts(s, STR("0x")) || s.n < 3 || (s.n - 2) > (width + 3) / 4)
		return fail(t, "\"%s\" is no number of %u bits", key, width);
	for (uint32_t i = 2; i < s.n; i++) {
		uint32_t place = (s.n - 1 - i) * 4; /* of this digit's lowest bit */
		int digit = hex_digit(s.p[i]);

		if (digit < 0 || (place + 4 > width && digit >> (width - place)))
			return fail(t, "\"%s\" is no number of %u bits", key, width);
		for (uint32_t b = 0; b < 4; b++)
			if (digit >> b & 1 && place + b >= lo && place + b <= hi)
				*ret |= (ir_u128)1 << (place + b - lo);
	}
	return 0;
}

static int
field_value(struct ir_trace *t, const struct ir_field *f, json_t *object, struct ir_value *ret)
{
	const struct lookup *l = &t->lookups[f->index];
	json_t *v = object ? json_object_get(object, l->key) : NULL;
	ir_u128 bits;

	*ret = IR_ABSENT;
	if (!v)
		return 0;
	if (json_is_string(v)) {
		struct str s = { json_string_value(v), (uint32_t)json_string_length(v) };

		if (hex_bits(t, l->key, s, l->width, f->hi, f->lo, &bits))
			return -1;
	} else if (json_is_integer(v) && json_integer_value(v) >= 0) {
		uint64_t n = (uint64_t)json_integer_value(v);

		if (l->width < 64 && n >> l->width)
			return fail(t, "\"%s\" is no number of %u bits", l->key, l->width);
		bits = f->lo < 64 ? n >> f->lo : 0;
	} else {
		return fail(t, "\"%s\" is no number", l->key);
	}
	if (f->hi - f->lo < 127)
		bits &= ((ir_u128)1 << (f->hi - f->lo + 1)) - 1;
	*ret = ir_int(ir_wrap(f->type, (ir_i128)bits));
	return 0;
}

/* A number that may be missing. */
static int
plain_value(struct ir_trace *t, const json_t *object, const char *key, struct ir_value *ret)
{
	json_t *v = object ? json_object_get(object, key) : NULL;

	*ret = IR_ABSENT;
	if (!v)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return fail(t, "\"%s\" is no number", key);
	*ret = ir_int(json_integer_value(v));
	return 0;
}

static int
port_value(struct ir_trace *t, const json_t *object, const char *key, struct ir_value *ret)
{
	json_t *v = json_object_get(object, key);
	json_int_t n = json_integer_value(v);

	*ret = IR_ABSENT;
	if (!v)
		return 0;
	if (json_is_string(v) && !strcmp(json_string_value(v), "multicast"))
		*ret = ir_int(IR_PORT_MULTICAST);
	else if (json_is_integer(v) && n == -1)
		*ret = ir_int(IR_PORT_DROP);
	else if (json_is_integer(v) && n >= 0 && n < (json_int_t)IR_PORT_MULTICAST)
		*ret = ir_int(n);
	else
		return fail(t, "\"%s\" is no port", key);
	return 0;
}

static struct ir_value
valid_value(const char *header, const json_t *list)
{
	json_t *item;
	size_t i;

	if (!list)
		return IR_ABSENT;
	json_array_foreach(list, i, item)
	{
		if (json_is_string(item) && !strcmp(json_string_value(item), header))
			return ir_int(1);
	}
	return ir_int(0);
}

/* Of the control at whose end the reason is taken; empty when that control dropped nothing. */
static struct ir_value
reason_value(const struct parts *p, enum ir_instant at)
{
	json_t *v = json_object_get(p->root, "drop_reason");
	bool here = !strcmp(p->fate, at == IR_AT_MID ? "dropped_ingress" : "dropped_egress");
	struct ir_value ret = { .tag = IR_V_TEXT, .text = STR("") };

	if (here && json_is_string(v))
		ret.text = (struct str){ json_string_value(v), (uint32_t)json_string_length(v) };
	return ret;
}

static int
value_of(struct ir_trace *t, const struct parts *p, const struct ir_field *f, struct ir_value *ret)
{
	switch (f->kind) {
	case IR_F_HEADER:
	case IR_F_META:
		return field_value(t, f, p->headers[f->at], ret);
	case IR_F_VALID:
		*ret = valid_value(t->lookups[f->index].key, p->valid[f->at]);
		return 0;
	case IR_F_PORT_IN:
		return port_value(t, p->root, "port_in", ret);
	case IR_F_PORT_INTENT:
		return port_value(t, p->root, "intent", ret);
	case IR_F_PORT_OUT:
		return port_value(t, p->root, "port_out", ret);
	case IR_F_TIME_IN:
		return plain_value(t, p->root, "time_in", ret);
	case IR_F_LEN_IN:
		return plain_value(t, p->root, "len_in", ret);
	case IR_F_LEN_OUT:
		return plain_value(t, p->root, "len_out", ret);
	case IR_F_Q_TIME_IN:
		return plain_value(t, p->queuing, "time_in", ret);
	case IR_F_Q_TIME_OUT:
		return plain_value(t, p->queuing, "time_out", ret);
	case IR_F_Q_LEN_IN:
		return plain_value(t, p->queuing, "len_in", ret);
	case IR_F_Q_LEN_OUT:
		return plain_value(t, p->queuing, "len_out", ret);
	case IR_F_Q_DELAY:
		return plain_value(t, p->queuing, "delay", ret);
	case IR_F_DROP_REASON:
		*ret = reason_value(p, f->at);
		return 0;
	case IR_F_INSTANCE: /* of each stream: see struct ir_packet */
		*ret = IR_ABSENT;
		return 0;
	}
	return 0;
}

/* --- packets ---------------------------------------------------------------------------------- */

static int
instance(struct ir_trace *t, const char *key, bool needed, bool *ret_is, uint32_t *ret)
{
	json_t *v = json_object_get(t->root, key);

	*ret_is = v != NULL;
	if (!v && !needed)
		return 0;
	for (uint32_t i = 0; json_is_string(v) && i < 7; i++) {
		if (!strcmp(json_string_value(v), ir_instance_names[i])) {
			*ret = i;
			return 0;
		}
	}
	return fail(t, "\"%s\" isn't one of the instances", key);
}

static int
read_parts(struct ir_trace *t, struct parts *p)
{
	json_t *o = t->root;

	*p = (struct parts){ .root = o, .queuing = json_object_get(o, "queuing") };
	p->headers[IR_AT_IN] = json_object_get(o, "in");
	p->valid[IR_AT_IN] = json_object_get(o, "in_valid");
	p->headers[IR_AT_MID] = json_object_get(o, "mid");
	p->valid[IR_AT_MID] = json_object_get(o, "mid_valid");
	p->headers[IR_AT_OUT] = json_object_get(o, "out");
	p->valid[IR_AT_OUT] = json_object_get(o, "out_valid");
	p->fate = json_string_value(json_object_get(o, "fate"));
	if (!p->fate)
		return fail(t, "a packet without a fate");
	if (p->queuing && !json_is_object(p->queuing))
		return fail(t, "\"queuing\" is no object");
	for (int i = 0; i < IR_INSTANTS; i++) {
		bool out = i == IR_AT_DEQ || i == IR_AT_OUT;

		if ((!out && !p->headers[i]) || (p->headers[i] && !json_is_object(p->headers[i])) ||
		    (!out && !p->valid[i]) || (p->valid[i] && !json_is_array(p->valid[i])))
			return fail(t, "a packet without its headers");
	}
	return 0;
}

static int
read_packet(struct ir_trace *t, struct ir_packet *ret)
{
	uint64_t copies;
	uint32_t as;
	bool is;

	*ret = (struct ir_packet){ .fields = t->values };
	if (instance(t, "instance", true, &is, &as) ||
	    instance(t, "instance_out", false, &ret->egress, &ret->egress_instance))
		return -1;
	ret->ingress = as == PS_NORMAL || as == PS_RESUBMITTED || as == PS_RECIRCULATED;
	/* The ingress control saw what a replica is a copy of. */
	ret->ingress_instance = as == PS_REPLICA ? PS_NORMAL : as;
	if (!uint_member(t->root, "time_in", INT64_MAX, &ret->time_in))
		return fail(t, "a packet without its time_in");
	if (!uint_member(t->root, "copies", INT32_MAX, &copies))
		return fail(t, "a packet without its number of copies");
	ret->copies = (uint32_t)copies;
	return 0;
}

int
ir_trace_next(struct ir_trace *t, const struct ir_graph *g, struct ir_packet *ret)
{
	struct parts p;
	const char *type;
	int got;

	if (t->g != g)
		prepare(t, g);
	do {
		got = read_line(t);
		if (got <= 0)
			return got;
		type = json_string_value(json_object_get(t->root, "type"));
		if (!type)
			return fail(t, "a line without a type");
	} while (strcmp(type, "packet")); /* lines of other types may come in later versions */
	if (read_parts(t, &p) || read_packet(t, ret))
		return -1;
	vec_each(f, &g->fields) if (value_of(t, &p, *f, &t->values[(*f)->index]))
		return -1;
	return 1;
}
