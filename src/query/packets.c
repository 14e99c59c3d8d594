/* .packets(): the losses of a .lost() told apart by fields of the packets. */
#include "query/check.h"

#define CAPACITY_DEFAULT 256
#define CAPACITY_MAX 65536
#define FIELDS_MAX 24

/* What names a packet when the query doesn't say: when it came, and these fields as they stood in the queue (where both of
 * its ends can read them for nothing), of headers that have the first two of a line. */
static const char *const usual[][4] = {
	{ "srcIP", "dstIP", "proto", "id" },
	{ "srcPort", "dstPort", NULL, NULL },
};

static bool
reads_header(const struct ir_expr *e, uint32_t header, const struct ir_field *same)
{
	if (!e)
		return false;
	if (e->op == IR_FIELD && e->field->kind == IR_F_HEADER && e->field->header == header &&
	    (!same || (e->field->field == same->field && e->field->lo == same->lo)))
		return true;
	return reads_header(e->a, header, same) || reads_header(e->b, header, same);
}

static bool
in_keys(const struct ir_node *lost, uint32_t header, const struct ir_field *same)
{
	vec_each (k, &lost->keys)
		if (reads_header(k->expr, header, same))
			return true;
	return false;
}

static bool
add_field(struct checker *c, struct columns *fields, const struct ir_field *f, struct str name)
{
	struct column col = { .name = name, .type = f->type, .is_key = true, .expr = ir_read(c->g, f) };

	return query_add_column(c, fields, col);
}

/* Fields that are a key already say nothing new; IPv6 addresses are long, so they are there when the keys are about IPv6. */
static void
usual_of(struct checker *c, const struct ir_node *lost, uint32_t header, const char *const *names, struct columns *fields)
{
	const struct ir_field *found[4];
	struct str texts[4];

	for (uint32_t i = 0; i < 4; i++) {
		texts[i] = names[i] ? str_fmt(c->arena, "%.*s.%s_mid", STRA(c->schema->headers.v[header].path), names[i])
				    : STR_NONE;
		found[i] = names[i] ? query_probe_field(c, texts[i]) : NULL;
	}
	if (!found[0] || !found[1] || (found[0]->type.width > 32 && !in_keys(lost, header, NULL)))
		return;
	for (uint32_t i = 0; i < 4; i++)
		if (found[i] && !in_keys(lost, header, found[i]) && fields->n < FIELDS_MAX)
			add_field(c, fields, found[i], texts[i]);
}

static void
usual_fields(struct checker *c, struct flow *f, const struct ir_node *lost, struct columns *fields)
{
	add_field(c, fields, query_field(c, false, STR("time_in"), f->q->at), STR("time_in"));
	for (uint32_t h = 0; h < c->schema->headers.n; h++) {
		const struct ir_schema_header *header = &c->schema->headers.v[h];

		if (header->never_extracted || str_find(header->path, '[') >= 0)
			continue;
		for (uint32_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
			usual_of(c, lost, h, usual[i], fields);
	}
}

static bool
written_field(struct checker *c, struct flow *f, const struct tree_arg *arg, struct columns *fields)
{
	struct column col;

	if (!query_item(c, f, arg, false, &col))
		return false;
	if (col.type.kind == IR_FLOAT || col.type.kind == IR_REASON || col.type.kind == IR_DISCARD) {
		diag_error(c->d, arg->value->at, "'%.*s' can't name a packet that was sent towards the queue",
			   STRA(col.name));
		return false;
	}
	col.is_key = true;
	return query_add_column(c, fields, col);
}

static bool
written_fields(struct checker *c, struct flow *f, struct tree *t, struct columns *fields)
{
	struct flow packet = { .q = f->q }; /* names are fields here, not columns */
	struct tree_arg alone = { .value = t };
	bool ok = true;

	if (t->kind != TREE_LIST && t->kind != TREE_SET)
		return written_field(c, &packet, &alone, fields);
	for (uint32_t i = 0; i < t->args.n; i++)
		ok &= written_field(c, &packet, &t->args.v[i], fields);
	if (!t->args.n || t->args.n > FIELDS_MAX) {
		diag_error(c->d, t->at, "1 to %d fields name a packet", FIELDS_MAX);
		return false;
	}
	return ok;
}

static bool
names_differ(struct checker *c, const struct tree_op *op, const struct flow *f, const struct columns *fields)
{
	for (uint32_t i = 0; i < fields->n; i++)
		for (uint32_t k = 0; k < f->columns.n; k++)
			if (str_eq(fields->v[i].name, f->columns.v[k].name)) {
				diag_error(c->d, op->at, "there are two columns '%.*s'", STRA(fields->v[i].name));
				diag_hint(c->d, "keys are columns already");
				return false;
			}
	return true;
}

/* The keys of the loss, the fields, the count. */
static void
new_columns(struct checker *c, struct flow *f, struct ir_node *n, const struct ir_node *lost, struct columns *fields)
{
	struct column count = f->columns.v[f->columns.n - 1];

	f->columns.n--;
	for (uint32_t i = 0; i < lost->keys.n; i++)
		vec_push(c->arena, &n->columns, lost->columns.v[i]);
	vec_each (v, fields) {
		vec_push(c->arena, &n->values, (struct ir_column){ v->name, v->type, true, v->expr });
		vec_push(c->arena, &n->columns, (struct ir_column){ v->name, v->type, true, NULL });
		vec_push(c->arena, &f->columns, *v);
	}
	vec_push(c->arena, &n->columns, (struct ir_column){ count.name, count.type, false, NULL });
	vec_push(c->arena, &f->columns, count);
}

void
query_packets(struct checker *c, struct flow *f, const struct tree_op *op)
{
	static const char *const names[] = { "fields", "capacity" };
	const struct ir_node *lost = f->q->nodes.n ? f->q->nodes.v[f->q->nodes.n - 1] : NULL;
	struct columns fields = { .n = 0 };
	struct ir_node *n;
	uint64_t capacity = CAPACITY_DEFAULT;
	struct tree *args[2];
	bool ok = query_bind(c, op, names, 2, 1, args);

	if (f->lost_track || !lost || lost->kind != IR_LOST) {
		if (!f->lost_track)
			diag_error(c->d, op->name_at, "'packets' stands right behind 'lost', whose packets it names");
		f->bad = true;
		return;
	}
	if (ok && args[1])
		ok = query_constant_int(c, args[1], "'capacity', lost packets of an epoch that can be named,", 1,
					CAPACITY_MAX, &capacity);
	if (ok && args[0])
		ok = written_fields(c, f, args[0], &fields) && names_differ(c, op, f, &fields);
	else if (ok)
		usual_fields(c, f, lost, &fields);
	if (!ok) {
		f->bad = f->lost_track = true;
		return;
	}
	n = query_node(c, f, IR_PACKETS, op);
	n->capacity = (uint32_t)capacity;
	new_columns(c, f, n, lost, &fields);
}
