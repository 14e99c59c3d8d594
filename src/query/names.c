/* Fields of packets by the names that queries use. */
#include "query/check.h"

/* Fields that are no header's: name, kind, instant, type. */
static const struct fixed {
	const char *name;
	enum ir_field_kind kind;
	enum ir_instant at;
	struct ir_type type;
} fixed[] = {
	{ "port_in", IR_F_PORT_IN, IR_AT_IN, { IR_PORT, 16, false } },
	{ "port_intent", IR_F_PORT_INTENT, IR_AT_MID, { IR_PORT, 16, false } },
	{ "port_out", IR_F_PORT_OUT, IR_AT_OUT, { IR_PORT, 16, false } },
	{ "time_in", IR_F_TIME_IN, IR_AT_IN, { IR_TIME, 64, false } },
	{ "packet.len_in", IR_F_LEN_IN, IR_AT_IN, { IR_INT, 32, false } },
	{ "packet.len_out", IR_F_LEN_OUT, IR_AT_OUT, { IR_INT, 32, false } },
	{ "queuing.time_in", IR_F_Q_TIME_IN, IR_AT_DEQ, { IR_TIME, 64, false } },
	{ "queuing.time_out", IR_F_Q_TIME_OUT, IR_AT_DEQ, { IR_TIME, 64, false } },
	{ "queuing.len_in", IR_F_Q_LEN_IN, IR_AT_DEQ, { IR_INT, 32, false } },
	{ "queuing.len_out", IR_F_Q_LEN_OUT, IR_AT_DEQ, { IR_INT, 32, false } },
	{ "queuing.delay", IR_F_Q_DELAY, IR_AT_DEQ, { IR_TIME, 64, false } },
	{ "drop.reason", IR_F_DROP_REASON, IR_AT_MID, { IR_REASON, 32, false } },
	{ "drop.class", IR_F_DROP_CLASS, IR_AT_MID, { IR_DISCARD, 32, false } },
	{ "instance", IR_F_INSTANCE, IR_AT_IN, { IR_INSTANCE, 8, false } },
	{ "queuing.bytes", IR_F_Q_BYTES, IR_AT_DEQ, { IR_INT, 32, false } },
	{ "queuing.qdisc", IR_F_QDISC, IR_AT_MID, { IR_QDISC, 32, false } },
	{ "netns", IR_F_NETNS, IR_AT_IN, { IR_INT, 32, false } },
};
#define NFIXED (sizeof(fixed) / sizeof(fixed[0]))
#define NKERNEL 3 /* the last ones, which only kernels know */

static uint32_t
nfixed(const struct checker *c)
{
	return c->schema->is_kernel ? NFIXED : NFIXED - NKERNEL;
}

/* A look-up: with errors reported, or not. */
struct lookup {
	struct checker *c;
	bool egress, silent;
	struct str text;
	struct span at;
};

static const char *
instant_word(enum ir_instant at)
{
	static const char *const words[] = { "in", "mid", "deq", "out" };

	return words[at];
}

static struct str
canonical(struct checker *c, struct str text)
{
	if (str_starts(text, STR("queue.")))
		return str_fmt(c->arena, "queuing.%.*s", STRA(str_sub(text, 6, text.n)));
	return text;
}

/* Is a field that is born at this instant in the stream's tuples? */
static bool
has_instant(struct lookup *l, enum ir_instant at)
{
	if (l->egress || at == IR_AT_IN || at == IR_AT_MID)
		return true;
	if (l->silent)
		return false;
	if (at == IR_AT_OUT)
		diag_error(l->c->d, l->at,
			   "ingress() tuples have no '%.*s': it is known after egress processing",
			   STRA(l->text));
	else
		diag_error(l->c->d, l->at,
			   "ingress() tuples have no '%.*s': it is known after the queue",
			   STRA(l->text));
	diag_hint(l->c->d, "begin the query with egress()");
	return false;
}

/* Kernels know some things that programs don't. */
static bool
is_known_here(struct lookup *l, enum ir_field_kind kind)
{
	bool of_kernels = kind == IR_F_Q_BYTES || kind == IR_F_QDISC || kind == IR_F_NETNS;

	if (!of_kernels || l->c->schema->is_kernel)
		return true;
	if (!l->silent)
		diag_error(l->c->d, l->at, "only the Linux kernel knows '%.*s': this is a program's", STRA(l->text));
	return false;
}

static const struct ir_field *
fixed_field(struct lookup *l, const struct fixed *f)
{
	struct ir_field like = {
		.kind = f->kind, .at = f->at, .type = f->type, .text = str_from(f->name)
	};

	if (ir_is_text(f->type.kind) && l->egress)
		like.at = IR_AT_OUT;
	if (f->kind == IR_F_INSTANCE && l->egress)
		like.at = IR_AT_DEQ; /* of the egress pass */
	if (!is_known_here(l, f->kind) || !has_instant(l, f->at))
		return NULL;
	return ir_field(l->c->g, &like);
}

/* Takes `_in`, `_mid`, `_out` off a name. */
static bool
split_instant(struct str *text, enum ir_instant *ret)
{
	static const enum ir_instant all[] = { IR_AT_IN, IR_AT_MID, IR_AT_OUT };

	for (uint32_t i = 0; i < 3; i++) {
		const char *word = instant_word(all[i]);
		uint32_t n = (uint32_t)strlen(word) + 1;

		if (text->n <= n || text->p[text->n - n] != '_' || !str_ends(*text, str_from(word)))
			continue;
		*ret = all[i];
		text->n -= n;
		return true;
	}
	return false;
}

static int32_t
header_index(const struct ir_schema *s, struct str path)
{
	for (uint32_t i = 0; i < s->headers.n; i++)
		if (str_eq(s->headers.v[i].path, path))
			return (int32_t)i;
	return -1;
}

/* `hdr.ipv4` is how programs write it. */
static struct str
without_root(const struct ir_schema *s, struct str text)
{
	static const char *const roots[] = { "hdr.", "headers." };

	for (uint32_t i = 0; i < 2; i++) {
		struct str root = str_from(roots[i]), alone = str_sub(root, 0, root.n - 1);

		if (str_starts(text, root) && header_index(s, alone) < 0)
			return str_sub(text, root.n, text.n);
	}
	return text;
}

/* Splits at the longest prefix that is a header. */
static int32_t
split_header(const struct ir_schema *s, struct str text, struct str *retfield)
{
	for (uint32_t i = text.n; i-- > 1;) {
		int32_t header;

		if (text.p[i] != '.')
			continue;
		header = header_index(s, str_sub(text, 0, i));
		if (header < 0)
			continue;
		*retfield = str_sub(text, i + 1, text.n);
		return header;
	}
	return -1;
}

/* Headers that end with the path, or begin with it and an index or a dot. */
static void
hint_headers(struct checker *c, struct str path)
{
	struct str *list = arena_array(c->arena, struct str, c->schema->headers.n + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->schema->headers.n; i++) {
		struct str h = c->schema->headers.v[i].path;

		if (h.n > path.n &&
		    ((str_ends(h, path) && h.p[h.n - path.n - 1] == '.') ||
		     (str_starts(h, path) && (h.p[path.n] == '[' || h.p[path.n] == '.')))) {
			diag_hint(c->d, "did you mean '%.*s'?", STRA(h));
			return;
		}
		list[n++] = h;
	}
	if (str_nearest(path, list, n).n)
		diag_nearest(c->d, path, list, n);
	else if (n && n <= 12) {
		struct str all = list[0];

		for (uint32_t i = 1; i < n; i++)
			all = str_fmt(c->arena, "%.*s, %.*s", STRA(all), STRA(list[i]));
		diag_hint(c->d, "the program's headers are: %.*s", STRA(all));
	}
}

/* A name without a dot, or nearly one that is no header's: perhaps a parameter, or a field whose
 * header is missing. */
static void
unknown_name(struct lookup *l, struct str field)
{
	struct checker *c = l->c;
	const struct ir_schema *s = c->schema;
	struct str *list = arena_array(c->arena, struct str, NFIXED + c->defs.n + s->ports.n);
	uint32_t n = 0, hi, lo;

	for (; n < nfixed(c); n++)
		list[n] = str_from(fixed[n].name);
	vec_each (p, &s->ports)
		list[n++] = *p;
	vec_each (def, &c->defs)
		if ((*def)->tree->is_param)
			list[n++] = (*def)->name;
	for (uint32_t i = 0; i < s->headers.n && !str_nearest(l->text, list, n).n; i++) {
		if (ir_schema_resolve(&s->headers.v[i], field, &hi, &lo) < 0)
			continue;
		diag_error(c->d, l->at, "'%.*s' needs the header that it is a field of",
			   STRA(l->text));
		diag_hint(c->d, "write '%.*s.%.*s'", STRA(s->headers.v[i].path), STRA(l->text));
		return;
	}
	query_unknown(c, l->at, "field, parameter or constant", l->text, list, n);
}

static void
unknown_header(struct lookup *l, struct str text)
{
	int64_t dot = str_rfind(text, '.');
	struct str path = dot > 0 ? str_sub(text, 0, (uint32_t)dot) : text;

	if (l->silent)
		return;
	if (dot < 0) {
		unknown_name(l, text);
		return;
	}
	diag_error(l->c->d, l->at, "the program has no header '%.*s'", STRA(path));
	hint_headers(l->c, path);
}

static struct str
join_names(struct checker *c, const struct ir_schema_header *h, const uint32_t *list, uint32_t n)
{
	struct str all = STR_NONE;

	for (uint32_t i = 0; i < n; i++)
		all = str_fmt(c->arena, "%.*s%s%.*s", STRA(all), i ? ", " : "",
			      STRA(h->fields.v[list[i]].name));
	return all;
}

static void
unknown_field(struct lookup *l, const struct ir_schema_header *h, struct str name, bool ambiguous)
{
	struct str names[128];
	uint32_t list[64], n = 0, nnames;

	if (l->silent)
		return;
	if (ambiguous) {
		n = ir_schema_candidates(h, name, list, 64);
		diag_error(l->c->d, l->at,
			   "'%.*s' is ambiguous in header '%.*s': it may be any of %.*s",
			   STRA(name), STRA(h->path), STRA(join_names(l->c, h, list, n)));
		return;
	}
	for (; n < h->fields.n && n < 64; n++)
		list[n] = n;
	nnames = ir_schema_names(h, names, 128);
	diag_error(l->c->d, l->at, "header '%.*s' has no field '%.*s'", STRA(h->path), STRA(name));
	if (str_nearest(name, names, nnames).n)
		diag_nearest(l->c->d, name, names, nnames);
	else if (n)
		diag_hint(l->c->d, "its fields are: %.*s", STRA(join_names(l->c, h, list, n)));
}

static bool
too_wide(struct lookup *l, uint32_t width)
{
	if (width >= 1 && width <= 128)
		return false;
	if (!l->silent)
		diag_error(l->c->d, l->at, "'%.*s' has %u bits; queries handle fields of 1 to 128",
			   STRA(l->text), width);
	return true;
}

static const struct ir_field *
metadata_field(struct lookup *l, struct str name, enum ir_instant at)
{
	const struct ir_schema *s = l->c->schema;
	struct str *names = arena_array(l->c->arena, struct str, s->metadata.n + 1);
	uint32_t n = 0;

	for (; n < s->metadata.n; n++) {
		const struct ir_schema_field *f = &s->metadata.v[n];
		struct ir_field like = { .kind = IR_F_META,
					 .at = at,
					 .field = n,
					 .hi = f->width - 1,
					 .type = { IR_INT, (uint16_t)f->width, false } };

		names[n] = str_starts(f->name, STR("meta.")) ? str_sub(f->name, 5, f->name.n)
							     : f->name;
		if (!str_eq(names[n], name))
			continue;
		if (too_wide(l, f->width))
			return NULL;
		like.text = str_fmt(l->c->arena, "meta.%.*s_%s", STRA(name), instant_word(at));
		if (at == IR_AT_IN && !l->silent)
			diag_error(l->c->d, l->at,
				   "user metadata has no value before ingress processing: write "
				   "'meta.%.*s_mid' or 'meta.%.*s_out'",
				   STRA(name), STRA(name));
		return at == IR_AT_IN || !has_instant(l, at) ? NULL : ir_field(l->c->g, &like);
	}
	if (!l->silent)
		query_unknown(l->c, l->at, "user metadata", name, names, n);
	return NULL;
}

static const struct ir_field *
header_field(struct lookup *l, uint32_t header, struct str name, enum ir_instant at)
{
	const struct ir_schema_header *h = &l->c->schema->headers.v[header];
	struct ir_field like = { .kind = IR_F_HEADER, .at = at, .header = header };
	int32_t field = ir_schema_resolve(h, name, &like.hi, &like.lo);
	const char *when = instant_word(at);

	if (field < 0) {
		unknown_field(l, h, name, field == -2);
		return NULL;
	}
	like.field = (uint32_t)field;
	if (too_wide(l, like.hi - like.lo + 1) || !has_instant(l, at))
		return NULL;
	like.type = (struct ir_type){ IR_INT, (uint16_t)(like.hi - like.lo + 1), false };
	like.text = str_fmt(l->c->arena, "%.*s.%.*s_%s", STRA(h->path),
			    STRA(h->fields.v[field].name), when);
	if (like.type.width == h->fields.v[field].width)
		like.type.kind = ir_schema_kind(h, like.field);
	else
		like.text = str_fmt(l->c->arena, "%.*s[%u:%u]", STRA(like.text), like.hi, like.lo);
	return ir_field(l->c->g, &like);
}

static void
hint_instants(struct lookup *l)
{
	if (l->egress)
		diag_hint(l->c->d, "write '%.*s_in', '%.*s_mid' or '%.*s_out'", STRA(l->text),
			  STRA(l->text), STRA(l->text));
	else
		diag_hint(l->c->d, "write '%.*s_in' or '%.*s_mid'", STRA(l->text), STRA(l->text));
}

/* A header's field without its instant is the commonest mistake. */
static const struct ir_field *
without_instant(struct lookup *l, struct str text)
{
	const struct ir_schema *s = l->c->schema;
	struct str field = STR_NONE, names[NFIXED];
	int32_t header = split_header(s, without_root(s, text), &field);
	uint32_t hi, lo;

	if (l->silent)
		return NULL;
	for (uint32_t i = 0; i < nfixed(l->c); i++)
		names[i] = str_from(fixed[i].name);
	if (header >= 0 && ir_schema_resolve(&s->headers.v[header], field, &hi, &lo) >= 0) {
		diag_error(l->c->d, l->at, "'%.*s' needs the instant at which it is taken",
			   STRA(l->text));
		hint_instants(l);
	} else if (header >= 0) {
		unknown_field(l, &s->headers.v[header], field, false);
	} else if (str_starts(text, STR("meta."))) {
		diag_error(l->c->d, l->at,
			   "'%.*s' needs the instant at which it is taken: _mid or _out",
			   STRA(l->text));
	} else if (str_find(text, '.') >= 0 && !str_nearest(text, names, nfixed(l->c)).n) {
		unknown_header(l, text);
	} else {
		unknown_name(l, text);
	}
	return NULL;
}

static bool
is_group(struct str text)
{
	return str_starts(text, STR("queuing.")) || str_starts(text, STR("packet.")) ||
	       str_starts(text, STR("drop."));
}

static const struct ir_field *
look_up(struct lookup *l)
{
	const struct ir_schema *s = l->c->schema;
	struct str known = canonical(l->c, l->text), field = STR_NONE, names[NFIXED], text;
	enum ir_instant at = IR_AT_IN;
	int32_t header;

	for (uint32_t i = 0; i < NFIXED; i++) {
		names[i] = str_from(fixed[i].name);
		if (str_eq(known, names[i]))
			return fixed_field(l, &fixed[i]);
	}
	text = without_root(s, l->text);
	if (!split_instant(&text, &at))
		return without_instant(l, text);
	header = split_header(s, text, &field);
	if (header >= 0)
		return header_field(l, (uint32_t)header, field, at);
	if (str_starts(text, STR("meta.")) && s->is_kernel && !l->silent) {
		diag_error(l->c->d, l->at, "the kernel has no user metadata: there is no '%.*s'", STRA(l->text));
		return NULL;
	}
	if (str_starts(text, STR("meta.")))
		return metadata_field(l, str_sub(text, 5, text.n), at);
	if (is_group(known) && !l->silent)
		query_unknown(l->c, l->at, "field", known, names, nfixed(l->c));
	else
		unknown_header(l, text);
	return NULL;
}

const struct ir_field *
query_field(struct checker *c, bool egress, struct str text, struct span at)
{
	struct lookup l = { c, egress, false, text, at };

	return look_up(&l);
}

const struct ir_field *
query_probe_field(struct checker *c, struct str text)
{
	struct lookup l = { c, true, true, text, { 0, 0 } };

	return look_up(&l);
}

const struct ir_field *
query_valid(struct checker *c, bool egress, struct str text, struct span at)
{
	struct lookup l = { c, egress, false, text, at };
	struct str path = without_root(c->schema, text);
	struct ir_field like = { .kind = IR_F_VALID, .type = { IR_BOOL, 1, false } };
	int32_t header;

	if (!split_instant(&path, &like.at)) {
		if (header_index(c->schema, path) >= 0) {
			diag_error(c->d, at, "'%.*s' needs the instant at which it is asked for",
				   STRA(text));
			hint_instants(&l);
		} else {
			diag_error(c->d, at, "the program has no header '%.*s'", STRA(path));
			hint_headers(c, path);
		}
		return NULL;
	}
	header = header_index(c->schema, path);
	if (header < 0) {
		diag_error(c->d, at, "the program has no header '%.*s'", STRA(path));
		hint_headers(c, path);
		return NULL;
	}
	if (!has_instant(&l, like.at))
		return NULL;
	like.header = (uint32_t)header;
	like.text = str_fmt(c->arena, "valid(%.*s_%s)", STRA(path), instant_word(like.at));
	return ir_field(c->g, &like);
}
